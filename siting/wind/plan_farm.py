"""The turbines of a plan on its weather: their yield, and their hours as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.farm import FarmYield, farm_yield
from siting.wind.farm_tables import HourlyForm, write_hourly
from siting.wind.inputs import (
    atlas_means,
    given_in_time,
    machines_of,
    plan_weather,
    user_turbines,
)
from siting.wind.machine.existing import existing_turbines
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.ground import sample_layer
from siting.wind.resource.hub import hub_series
from siting.wind.resource.roughness import with_roughness
from siting.wind.resource.sources import (
    wind_source_spread_frac,
    wind_source_warnings,
    wind_sources,
    wind_sources_table,
)
from siting.wind.section import WindSection
from siting.wind.terrain import terrain_of

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather

__all__ = ["PlanFarm", "plan_farm", "wind_hours"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlanFarm:
    """The turbines of a plan and their yield.

    Attributes
    ----------
    frame
        A row a turbine.
    means, ground
        Long-term wind and ground level at each; None where the plan has none.
    rix_frac
        Ruggedness at each turbine.
    sources
        All sources of the wind side by side.
    """

    frame: gpd.GeoDataFrame
    machines: list[Turbine]
    weather: Weather
    section: WindSection
    means: Float | None
    ground: Float | None
    result: FarmYield
    rix_frac: Float
    sources: pd.DataFrame
    warnings: list[Warn]

    @property
    def name(self) -> str:
        """The one farm's name, or that of the turbines together."""
        names = sorted({str(n) for n in self.frame["farm"] if str(n)})
        return names[0] if len(names) == 1 else "wind"


def plan_farm(
    plan: Plan,
    section: WindSection,
    frame: gpd.GeoDataFrame,
    weather: Weather,
    machines: list[Turbine],
) -> PlanFarm:
    """Yield of the plan's turbines on its weather."""
    warnings = list(weather.warnings)
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    section, more = with_roughness(plan, section, weather, x, y)
    warnings += more
    means, more = atlas_means(plan, section, x, y)
    warnings += more
    ground = sample_layer(plan, "dem", x, y)
    if ground is not None and np.isnan(ground).any():
        ground = np.where(np.isnan(ground), weather.altitude_m, ground)
    plain = hub_series(weather, machines[0].hub_m, section)
    ids = [str(i) for i in frame["turbine_id"]]
    terrain = terrain_of(plan, section, x, y, ids, plain, by_atlas=means is not None)
    warnings += terrain.warnings
    middle = float(frame["lon"].mean()), float(frame["lat"].mean())
    sources = wind_sources(plan, section, weather, plain, machines[0], x, y, middle)
    warnings += wind_source_warnings(sources)
    means = None if terrain.speedups is not None else means
    result = farm_yield(
        x,
        y,
        machines,
        weather,
        section,
        mean_speed_m_s=means,
        ground_m=ground,
        capacity_kw=frame["capacity_kw"].to_numpy(float),
        speedups=terrain.speedups,
        source_spread_frac=wind_source_spread_frac(sources),
    )
    warnings += result.warnings
    return PlanFarm(
        frame,
        machines,
        weather,
        section,
        means,
        ground,
        result,
        terrain.rix_frac,
        wind_sources_table(sources),
        warnings,
    )


def wind_hours(plan: Plan, folder: Path, forms: Sequence[HourlyForm]) -> dict[str, Path]:
    """Write the hours of the plan's turbines; see `siting.wind.farm_tables.write_hourly`.

    Raises
    ------
    DataError
        Without turbines or weather, or when the weather is a distribution: its hours have no
        order in time.
    """
    section = plan.section(WindSection)
    frame, _ = existing_turbines(plan, section, plan_crs(plan))
    weather = plan_weather(plan, section) if frame is not None else None
    if frame is None or weather is None or not given_in_time(section):
        raise DataError(say("siting.wind.no_hours_to_write"), where="[wind]")
    machines, _ = machines_of(frame, user_turbines(plan, section))
    farm = plan_farm(plan, section, frame, weather, machines)
    return write_hourly(farm.result, folder, weather.utc_offset_h, forms)
