"""Full-load hours of one turbine type all over the county, before wakes and losses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.cells.grid import Grid, plan_grid
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside
from gis.files.write import write_cog
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from siting.wind.machine.engine import cell_energy, power_table
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.density import density_at_altitude_kg_m3
from siting.wind.resource.ground import raster_on
from siting.wind.resource.hub import hub_series
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["full_load_hours", "write_yield_map"]

Float = NDArray[np.float64]


def full_load_hours(
    machine: Turbine,
    weather: Weather,
    section: WindSection,
    mean_speed_m_s: Float,
    ground_m: Float | None = None,
) -> Float:
    """Gross full-load hours of a turbine where the long-term mean wind is known.

    Parameters
    ----------
    mean_speed_m_s : (...) float
        At ``section.mean_speed_height_m``; NaN where unknown.
    ground_m : (...) float, optional
        Ground level; air density follows it by the standard atmosphere.

    Returns
    -------
    (...) float
        [h]; NaN where the wind is unknown. Without wakes and losses.
    """
    mean = np.asarray(mean_speed_m_s, dtype=float)
    known = np.isfinite(mean) & (mean > 0)
    out = np.full(mean.shape, np.nan)
    if not known.any():
        return out
    middle = float(mean[known].mean())
    series = hub_series(weather, machine.hub_m, section, mean_speed_m_s=middle)
    scale = np.ones(int(known.sum()))
    if ground_m is not None:
        level = np.asarray(ground_m, dtype=float)[known] + machine.hub_m
        base = float(density_at_altitude_kg_m3(weather.altitude_m + machine.hub_m))
        ratio = density_at_altitude_kg_m3(level) / base
        scale = np.where(np.isfinite(ratio), ratio, 1.0)
    found = cell_energy(
        power_table(machine, section.density_correction),
        series.speed_m_s,
        series.rho_kg_m3,
        series=np.zeros(int(known.sum()), dtype=np.int64),
        speed_scale=mean[known] / middle,
        rho_scale=scale,
    )
    out[known] = found.mwh_yr / (machine.rated_kw / 1000.0)
    return out


def write_yield_map(
    plan: Plan, section: WindSection, weather: Weather, machine: Turbine, path: Path
) -> tuple[Path, Grid, Float] | None:
    """Raster of `full_load_hours` over the county; None when the plan has no wind atlas."""
    if not section.atlas_layer:
        return None
    border = county_boundary(plan)
    xmin, ymin, xmax, ymax = border.bounds
    cell = max(plan.area.cell_m, section.map_cell_m)
    grid = plan_grid((xmin, ymin, xmax, ymax), plan_crs(plan), cell)
    mean = raster_on(plan, section.atlas_layer, grid)
    if mean is None:
        return None
    county = inside(ragged(np.array([border], dtype=object)), grid)
    mean = np.where(county, mean, np.nan)
    hours = full_load_hours(machine, weather, section, mean, raster_on(plan, "dem", grid))
    written = write_cog(
        path,
        np.where(np.isfinite(hours), hours, -1.0).astype(np.float32),
        grid,
        dtype="float32",
        nodata=-1.0,
        tags={"unit": "h", "turbine": machine.id, "basis": "gross, before wakes and losses"},
        descriptions=[f"gross full-load hours of {machine.id}"],
    )
    return written, grid, hours
