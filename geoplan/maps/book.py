"""A book of paper maps: one sheet for each township or site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geoplan.charts.style import house_style, save_figure
from geoplan.maps.contents import RunContents, paper_contents
from gis.errors import ConfigError
from gis.say import listed, say
from layers.result import Progress

if TYPE_CHECKING:
    import geopandas as gpd

from geoplan.maps.print import PrintRequest, padded_bounds, sheet_figure, sheet_title

__all__ = ["map_book"]


def _site_rows(row: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    def number(key: str, decimals: int, unit: str, factor: float = 1.0) -> str:
        value = row.get(key)
        if not isinstance(value, int | float) or not np.isfinite(value):
            return say("geoplan.common.not_estimated")(lang)
        return f"{value * factor:,.{decimals}f} {unit}"

    ha, mu = say("geoplan.common.unit.ha")(lang), say("geoplan.common.unit.mu")(lang)
    out = [
        (say("geoplan.print.site_area")(lang), number("area_ha", 4, ha)),
        ("", number("area_ha", 2, mu, 15.0)),
        (say("geoplan.print.site_capacity")(lang), number("capacity_mw", 1, "MW")),
        (say("geoplan.print.site_p50")(lang), number("p50_mwh_yr", 1, "GWh/yr", 1e-3)),
        (say("geoplan.print.site_p90")(lang), number("p90_mwh_yr", 1, "GWh/yr", 1e-3)),
        (say("geoplan.print.site_slope")(lang), number("slope_mean_deg", 1, "°")),
        (say("geoplan.print.site_township")(lang), str(row.get("township") or "")),
    ]
    lon, lat = row.get("lon"), row.get("lat")
    if isinstance(lon, float) and isinstance(lat, float):
        out.append((say("geoplan.print.site_centre")(lang), f"{lon:.5f}°, {lat:.5f}°"))
    return out


def _book_frame(contents: RunContents, by: str) -> gpd.GeoDataFrame:
    if by == "township":
        gdf = contents.layer("townships")
        return gdf.assign(_name=gdf["name"].astype(str))
    gdf = contents.layer("sites")
    if "pv_sites" in contents.tables:
        table = contents.table("pv_sites")
        new = [c for c in table.columns if c not in gdf.columns]
        gdf = gdf.merge(table[["site_id", *new]], on="site_id", how="left")
    return gdf.assign(_name=gdf["site_id"].astype(str))


def map_book(
    run: Path,
    out: Path,
    request: PrintRequest,
    *,
    by: str,
    only: Sequence[str] = (),
    county: gpd.GeoDataFrame | None = None,
    progress: Progress = lambda *_: None,
) -> list[Path]:
    """One sheet for each township or site, and all of them in one PDF.

    Parameters
    ----------
    run : path
    out : path
        A ``.pdf`` holds the whole book; a folder gets one PNG a sheet.
    request : PrintRequest
        Its theme is what each sheet shows.
    by : {"township", "site"}
    only : sequence of str
        Names to print; all when empty.
    county : GeoDataFrame, optional
        For a run that has none, see `geoplan.maps.contents.paper_contents`.
    progress : callable
        Told how many sheets are done; what came before them counts as one.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    ConfigError
        When the run has no such features.
    """
    from matplotlib.backends.backend_pdf import PdfPages

    contents = paper_contents(run, county)
    layer = {"township": "townships", "site": "sites"}.get(by, "")
    if layer not in contents.layers:
        raise ConfigError(
            say("geoplan.faults.no_such_series"),
            where="--book",
            got=by,
            expected=say("geoplan.faults.township_or_site"),
        )
    frame = _book_frame(contents, by)
    if only:
        frame = frame[frame["_name"].isin(list(only))]
    if frame.empty:
        raise ConfigError(
            say("geoplan.faults.nothing_to_print"), where="--book", got=listed(only)
        )
    theme = sheet_title(contents, replace(request, title="")).removeprefix(
        contents.summary.plan.title(request.lang)
    )
    written: list[Path] = []
    book = PdfPages(out, metadata={"CreationDate": None}) if out.suffix == ".pdf" else None
    with house_style():
        for i, row in enumerate(frame.to_dict("records")):
            progress("paper", i + 1, len(frame) + 1)
            name = row["_name"]
            shape = row[frame.geometry.name]
            title = say(f"geoplan.print.book_{by}", name=name, theme=theme.lstrip(": "))(
                request.lang
            )
            rows = _site_rows(row, request.lang) if by == "site" else ()
            pad = 0.6 if by == "site" else 0.05
            figure, _ = sheet_figure(
                contents,
                replace(request, title=title),
                padded_bounds(shape.bounds, pad),
                focus=shape,
                rows=rows,
                sheet_of=(i + 1, len(frame)),
            )
            if book is not None:
                book.savefig(figure)
            else:
                safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60]
                written.append(save_figure(figure, out / f"{by}_{i + 1:02d}_{safe}.png"))
    if book is not None:
        book.close()
        written.append(out)
    return written
