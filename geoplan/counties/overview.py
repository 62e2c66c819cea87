"""One map of many counties: their borders, how each ended, and all sites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

from geoplan.counties.many import ManyCounties
from geoplan.counties.work import Outcome
from geoplan.maps.contents import InMemory, plan_summary
from geoplan.maps.page import MapOptions, page_data
from geoplan.maps.write import page_html
from gis.cells.area import polygonal
from layers.bundled_county import bundled_county

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["write_overview"]

_LL = "EPSG:4490"
_SHOWN = (
    *("adcode", "name_zh", "name_en", "state", "area_km2"),
    *("sites_pv", "sites_pv_mw", "sites_wind"),
)


def write_overview(
    path: Path,
    many: ManyCounties,
    outcomes: Sequence[Outcome],
    table: pd.DataFrame,
    sites: gpd.GeoDataFrame | None,
    lang: str,
) -> Path:
    """Write the map as one self-contained file.

    Parameters
    ----------
    path : Path
    many : ManyCounties
    outcomes : sequence of Outcome
    table : DataFrame
        One row a county, in the order of `outcomes`.
    sites : GeoDataFrame or None
        Of all counties, in lon/lat.
    lang : {"zh", "en"}
        Language the page opens in.
    """
    import geopandas as gpd  # heavy

    counties = [o.task.county for o in outcomes]
    shapes = [bundled_county(c.adcode).geometry_ll for c in counties]
    shown = [c for c in _SHOWN if c in table]
    frames = {
        "county": gpd.GeoDataFrame(
            {"name_zh": [many.title.zh], "name_en": [many.title.en]},
            geometry=[polygonal(shapely.union_all(shapes))],
            crs=_LL,
        ),
        "counties": gpd.GeoDataFrame(table[shown], geometry=shapes, crs=_LL),
    }
    if sites is not None and len(sites):
        frames["sites"] = sites
    head = many.common.plan.model_copy(update={"id": many.id, "title": many.title})
    contents = InMemory(
        path=path.parent,
        summary=plan_summary(many.common.model_copy(update={"plan": head})),
        layers=tuple(frames),
        tables=(),
        rasters={},
        frames=frames,
    )
    tmp = path.with_name(f"{path.name}.tmp")
    tmp.write_text(page_html(page_data(contents, MapOptions(lang=lang))), encoding="utf-8")
    tmp.replace(path)
    return path
