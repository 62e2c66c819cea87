"""Yield of turbines that stand, and what every layout of the step needs of the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.farm import FarmYield, farm_yield
from siting.wind.inputs import machines_of
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.ground import sample_layer
from siting.wind.resource.sources import sources_at, wind_source_spread_frac
from siting.wind.section import WindSection
from siting.wind.terrain import flow_of

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather

__all__ = ["Neighbours", "ground_at", "spread_frac", "standing_yield"]

Float = NDArray[np.float64]
Neighbours = tuple[Float, Float, list[Turbine]]


def standing_yield(
    plan: Plan,
    frame: gpd.GeoDataFrame,
    weather: Weather,
    wind: WindSection,
    user: dict[str, Turbine],
    near_by: Neighbours | None,
    spread: float,
) -> tuple[FarmYield, list[Turbine], list[Warn]]:
    """Yield of turbines with their machines; `spread` is that of the sources of wind."""
    machines, warnings = machines_of(frame, user)
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    ids = [str(i) for i in frame["turbine_id"]]
    means, faster, more = flow_of(plan, wind, weather, x, y, machines[0].hub_m, ids)
    found = farm_yield(
        x,
        y,
        machines,
        weather,
        wind,
        mean_speed_m_s=means,
        speedups=faster,
        ground_m=ground_at(plan, x, y, weather),
        capacity_kw=frame["capacity_kw"].to_numpy(float),
        neighbours=near_by,
        source_spread_frac=spread,
    )
    return found, machines, [*warnings, *more, *found.warnings]


def spread_frac(
    plan: Plan,
    wind: WindSection,
    weather: Weather,
    frame: gpd.GeoDataFrame,
    user: dict[str, Turbine],
) -> float:
    """What the plan's sources of wind tell of the energy where turbines stand."""
    machines, _ = machines_of(frame, user)
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    return wind_source_spread_frac(sources_at(plan, wind, weather, machines[0], x, y))


def ground_at(plan: Plan, x: Float, y: Float, weather: Weather) -> Float | None:
    """Ground level at places, the weather's where the elevation model has none."""
    level = sample_layer(plan, "dem", x, y)
    if level is None:
        return None
    return np.where(np.isnan(level), weather.altitude_m, level)
