"""Sheets of zones and parks as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from geoplan.answers.zone_part import zone_facts
from geoplan.glossary import state_word, tech_word
from gis.errors import ConfigError
from gis.say import listed, say
from siting.zones.pv_plus import plus_classes
from siting.zones.summary import ZoneSheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plus_lines", "sheets_asked", "zone_lines"]


def sheets_asked(sheets: Sequence[ZoneSheet], name: str) -> tuple[ZoneSheet, ...]:
    """All sheets, or the one of a zone by its id or title.

    Raises
    ------
    ConfigError
        When there is no such zone.
    """
    if not name:
        return tuple(sheets)
    found = tuple(s for s in sheets if name in (s.id, s.title("zh"), s.title("en")))
    if not found:
        raise ConfigError(
            say("siting.zones.no_such_zone"),
            where="--zone",
            got=name,
            expected=listed(s.id for s in sheets),
        )
    return found


def zone_lines(sheets: Sequence[ZoneSheet], lang: str) -> Iterator[str]:
    """Facts, land by state and sites of each."""
    if not sheets:
        yield say("geoplan.zones.none")(lang)
    for s in sheets:
        yield s.title(lang)
        for title, value in zone_facts(s, lang):
            yield f"  {title}: {value}"
        for tech, land in s.land_ha.items():
            parts = listed(
                say("geoplan.zones.land_of_state", state=state_word(k), ha=ha)
                for k, ha in land.items()
            )
            yield f"  {tech_word(tech)(lang)}: {parts(lang)}"
        for x in s.sites:
            yield "  " + say(
                "geoplan.zones.site_line",
                id=x.site_id,
                share=f"{100 * x.zone_frac:.1f} %",
                belongs=say(f"geoplan.zones.{'held' if x.held else 'reaches_in'}"),
                ha=x.area_ha,
                mw="—" if x.capacity_mw is None else f"{x.capacity_mw:,.1f} MW",
            )(lang)


def plus_lines(table: pd.DataFrame | None, lang: str) -> Iterator[str]:
    """Parcels by the kind of PV they can be combined with."""
    if table is None or not len(table):
        return
    yield say("geoplan.zones.h_plus")(lang)
    kinds = plus_classes()
    for row in table.to_dict("records"):
        kind = str(row["plus"])
        title = kinds[kind].title if kind in kinds else say(f"geoplan.zones.plus_{kind}")
        yield "  " + say(
            "geoplan.zones.plus_line",
            title=title,
            n=int(row["parcels"]),
            ha=float(row["area_ha"]),
        )(lang)
