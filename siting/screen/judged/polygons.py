"""Land of a screening as polygons: left and conditional, and provisional beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha, to_mu
from gis.cells.runs import RunRaster
from gis.prepared import prepared
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from siting.rules.words import state_word
from siting.screen.coded import CONDITIONAL, PROVISIONAL, STATES, Screening
from siting.screen.judged.share import judged_codes
from siting.screen.section import ScreeningSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["eligible_polygons", "provisional_polygons"]


def eligible_polygons(plan: Plan, found: Screening) -> gpd.GeoDataFrame:
    """Polygons of land left and of conditional land, cut to the county."""
    land = np.where(found.state <= CONDITIONAL, found.state, 0)
    value, table = _polygons(plan, found, found.code.map(land))
    states = [STATES[int(v)] for v in value]
    words = [state_word(s, found.tech)("zh") for s in states]
    table.insert(0, "state", states)
    table.insert(1, "state_zh", words)
    return table


def provisional_polygons(plan: Plan, found: Screening) -> gpd.GeoDataFrame:
    """Polygons of provisional land, those of little judged share apart."""
    limit = plan.section(ScreeningSection).judged_limit
    little = np.nan_to_num(judged_codes(found).frac) < limit
    of_code = np.where(found.state == PROVISIONAL, 1 + little, 0).astype(np.uint8)
    value, table = _polygons(plan, found, found.code.map(of_code))
    word = state_word("provisional", found.tech)
    table.insert(0, "state", "provisional")
    table.insert(1, "state_zh", word("zh"))
    table.insert(2, "hatched", np.asarray(value) == 2)
    table.insert(3, "limit_frac", limit)
    return table


def _polygons(
    plan: Plan, found: Screening, raster: RunRaster
) -> tuple[npt.NDArray[Any], gpd.GeoDataFrame]:
    """Values and polygons of a raster's land, cut to the county, with their areas."""
    import geopandas as gpd  # heavy

    from gis.cells.parcels import polygonize

    least = plan.section(ScreeningSection).min_polygon_ha * 10_000.0
    shapes = polygonize(raster, found.grid, min_area_m2=least)
    geometry = np.asarray(shapes.geometry.array, dtype=object)
    county = county_boundary(plan)
    county = prepared(county)
    over = ~shapely.covers(county, geometry) if len(geometry) else np.zeros(0, dtype=bool)
    # an edge along the border is a line beside the polygon
    geometry[over] = [polygonal(g) for g in shapely.intersection(geometry[over], county)]
    keep = ~shapely.is_empty(geometry) & (shapely.area(geometry) > 0)
    value, geometry = shapes["value"].to_numpy()[keep], geometry[keep]
    crs = plan_crs(plan)
    area = polygon_area_m2(geometry, crs) if len(geometry) else np.zeros(0)
    table = gpd.GeoDataFrame(
        {"area_ha": to_ha(area), "area_mu": to_mu(area)}, geometry=geometry, crs=crs
    )
    return value, table
