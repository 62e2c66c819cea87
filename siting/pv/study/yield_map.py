"""The county's yield raster as a run makes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.grid import Grid
from gis.prepared import points_inside
from layers.open.county import county_boundary
from layers.plan.model import Plan
from layers.result import Progress
from siting.economy.p_values import p_values
from siting.pv.study.context import PvContext
from siting.pv.study.county import CountyYield, county_yield, map_plant, write_county_yield
from siting.pv.study.design import best_tilt_deg
from siting.pv.study.ground import far_ground, terrain
from siting.pv.study.site_light import light_response
from siting.pv.study.summary import (
    YieldMapSummary,
)
from siting.pv.study.uncertainty import stack
from siting.resource.atlas import atlas_light

__all__ = ["yield_map_of"]

_FLAT_GCR = 0.4  # of the plant that tells how yield goes with light; it hardly matters


def yield_map_of(
    plan: Plan, work: Path, context: PvContext, progress: Progress
) -> tuple[dict[str, Path], YieldMapSummary | None]:
    """The yield raster of fixed modules; nothing without an elevation model."""
    section = context.section
    if not section.yield_map.enabled or context.dem is None:
        return {}, None
    grid, dem = terrain(plan, section.yield_map.cell_m)
    if grid is None or dem is None:
        return {}, None
    county = county_boundary(plan)
    inside = _inside(county, grid, dem.shape)
    tilt = context.tilt_deg
    if section.mounting != "fixed":
        fixed = section.plant.changed(mounting="fixed")
        tilt = section.tilt_deg or best_tilt_deg(context.res, fixed, context.res.weather.lat)
    # the map shows the mean of all weather years; one node for the county
    found = county_yield(
        context.res,
        section,
        grid,
        dem,
        inside,
        tilt_deg=tilt,
        far=None if context.far is None else far_ground(plan, section.yield_map.cell_m),
        progress=lambda done, of: progress("pv_yield", done, of),
    )
    found = _in_own_light(plan, context, found, tilt)
    path = write_county_yield(
        work / "pv_yield.tif",
        found,
        tags={
            "unit": "kWh/kWp a year; last band MW/ha",
            "mounting": f"fixed, tilt {tilt:g} deg, azimuth {section.azimuth_deg:g} deg",
            "transposition": section.yield_map.transposition,
            "weather": context.res.weather.source,
            "synthetic": str(context.res.weather.synthetic).lower(),
        },
    )
    annual = found.annual_kwh_kwp[np.isfinite(found.annual_kwh_kwp)]
    if not len(annual):
        return {"pv_yield": path}, None
    return {"pv_yield": path}, YieldMapSummary(
        cells=len(annual),
        cell_m=section.yield_map.cell_m,
        mean_kwh_kwp=float(annual.mean()),
        p05_kwh_kwp=float(np.quantile(annual, 0.05)),
        p95_kwh_kwp=float(np.quantile(annual, 0.95)),
        # the map shows P50; the same stack as the sites' gives the factor to its P90
        p90_over_p50=p_values(
            1.0,
            stack(
                sources=context.light.spread_frac,
                correction=context.res.weather.correction_sd_frac,
                given=section.uncertainty,
            ),
        ).one_year[90],
        tilt_deg=tilt,
    )


def _in_own_light(
    plan: Plan, context: PvContext, found: CountyYield, tilt_deg: float
) -> CountyYield:
    """The map with every cell in the light of its place, as the sites are."""
    factors = context.light.factors_on(found.grid, atlas_light(plan, found.grid))
    if (factors == 1.0).all():
        return found
    section = context.section
    flat = map_plant(section).changed(
        mounting="fixed",
        tilt_deg=tilt_deg,
        gcr=_FLAT_GCR if section.gcr is None else section.gcr,
    )
    ratio = light_response(context.res, flat, factors.reshape(12, -1)).reshape(factors.shape)
    return replace(found, monthly_kwh_kwp=found.monthly_kwh_kwp * ratio)


def _inside(
    county: shapely.Geometry, grid: Grid, shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    from gis.cells.grid import cell_centres

    x, y = cell_centres(grid)
    xx, yy = np.meshgrid(x, y)
    return points_inside(county, xx.ravel(), yy.ravel()).reshape(shape)
