"""The land of a PV plant as a table in the words of a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.say import say
from siting.pv.study.land_plan import SiteLayout, land_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["layout_table"]


def layout_table(layout: SiteLayout, lang: str, total_m2: float | None = None) -> pd.DataFrame:
    """The rows of `siting.pv.study.land_plan.land_table` with titles and remarks, for print."""
    import pandas as pd

    found = land_table(layout, total_m2)
    remarks = {
        "array": say(
            "geoplan.pack.layout_r_array",
            dc=f"{layout.dc_mw:.1f}",
            want=f"{layout.wanted_dc_mw:.1f}",
        ),
        "substation": say(
            "geoplan.pack.layout_r_substation"
            if layout.substation_known
            else "geoplan.pack.layout_r_substation_open"
        ),
        "roads": say("geoplan.pack.layout_r_roads", width=f"{layout.rules.road_m:g}"),
        "collector": say(
            "geoplan.pack.layout_r_collector", outside=f"{layout.outside_m / 1000:.2f}"
        ),
        "remaining": say(
            "geoplan.pack.layout_r_remaining", setback=f"{layout.rules.setback_m:g}"
        ),
    }
    rows = [
        (
            say(f"geoplan.pack.part_{r.part}")(lang),
            r.area_ha,
            r.area_mu,
            r.length_km,
            remarks[r.part](lang),
        )
        for r in found.rows
    ]
    total = say("geoplan.pack.part_total")(lang)
    rows.append((total, found.total_ha, found.total_mu, None, ""))
    columns = [
        say(f"geoplan.pack.layout_{k}")(lang) for k in ("part", "ha", "mu", "km", "remark")
    ]
    return pd.DataFrame(rows, columns=columns)
