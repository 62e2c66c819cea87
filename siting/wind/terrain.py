"""What a plan says of the flow over its terrain: a flow model's grid, speed-ups, ruggedness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import listed, say
from layers.open.plan_file import plan_file
from layers.result import Warn
from siting.wind.inputs import atlas_means
from siting.wind.resource.ground import grid_around, raster_on
from siting.wind.resource.hub import HubSeries, hub_series
from siting.wind.resource.rix import RADIUS_M, rix_frac
from siting.wind.resource.speedups import grid_speedups, read_speedups
from siting.wind.resource.wasp_plan import plan_map, plan_wind_grid

if TYPE_CHECKING:
    from layers.plan.model import Plan
    from layers.weather import Weather
    from siting.wind.section import WindSection

__all__ = ["FlowModel", "Terrain", "flow_of", "terrain_of"]

Float = NDArray[np.float64]
FlowModel = Literal["grid", "speedups", "atlas", "none"]

_CELL_M = 30.0
_OVER_M = 200.0  # radii end inside the grid


@dataclass(frozen=True, eq=False)
class Terrain:
    """The flow over the terrain at the turbines.

    Attributes
    ----------
    flow
        What tells one position from another: a grid, speed-ups, the atlas alone, nothing.
    speedups : (n, s) float or None
        Factors on the series by sector.
    rix_frac : (n,) float
        Ruggedness index; NaN without a ground level.
    """

    flow: FlowModel
    speedups: Float | None
    rix_frac: Float
    warnings: tuple[Warn, ...]


def terrain_of(
    plan: Plan,
    section: WindSection,
    x_m: Float,
    y_m: Float,
    turbine_ids: Sequence[str],
    series: HubSeries,
    *,
    by_atlas: bool,
) -> Terrain:
    """Flow and ruggedness at the turbines.

    Parameters
    ----------
    series : HubSeries
        Of the leading machine, not scaled to an atlas.
    by_atlas : bool
        Whether the atlas gives each turbine its mean.

    Raises
    ------
    DataError
        When a turbine lies outside the flow model, or lacks its speed-ups.
    """
    warnings: list[Warn] = []
    flow: FlowModel = "atlas" if by_atlas else "none"
    factors: Float | None = None
    if section.speedups_path:
        flow = "speedups"
        factors = read_speedups(plan_file(plan, section.speedups_path), turbine_ids)
    grid = plan_wind_grid(plan, section)
    if grid is not None:
        flow = "grid"
        wind = grid.at(x_m, y_m)
        outside = ~np.isfinite(wind.mean_m_s)
        if outside.any():
            raise DataError(
                say("siting.wasp.turbines_outside_grid"),
                where=grid.source,
                got=listed((i for i, o in zip(turbine_ids, outside, strict=True) if o), 10),
                todo=say("siting.wasp.check_wasp_crs"),
            )
        factors = grid_speedups(wind, grid.height_m, series)
    if by_atlas and factors is not None:
        warnings.append(Warn("atlas_not_used", say("siting.wasp.atlas_not_used")))
    rugged = _rix(plan, section, x_m, y_m)
    if factors is None:
        known = rugged[np.isfinite(rugged)]
        key = "no_flow_model" if known.size else "no_flow_model_no_dem"
        values = {"least": known.min(), "most": known.max()} if known.size else {}
        warnings.append(Warn("no_flow_model", say(f"siting.wasp.{key}", **values)))
    return Terrain(flow, factors, rugged, tuple(warnings))


def flow_of(
    plan: Plan,
    section: WindSection,
    weather: Weather,
    x_m: Float,
    y_m: Float,
    hub_m: float,
    turbine_ids: Sequence[str] = (),
) -> tuple[Float | None, Float | None, list[Warn]]:
    """Mean speeds (atlas) or speed-ups (flow model) at places, as `farm_yield` takes them.

    Parameters
    ----------
    hub_m : float
        Hub height of the machine there [m].
    turbine_ids : sequence of str
        Of turbines that stand; a table of speed-ups knows no others.

    Returns
    -------
    mean_speed_m_s : (n,) float or None
    speedups : (n, s) float or None
        Never both.
    list of Warn
        Places outside the flow model take the atlas's mean, or the series as it is.
    """
    warnings: list[Warn] = []
    grid = plan_wind_grid(plan, section)
    if grid is not None:
        wind = grid.at(x_m, y_m)
        outside = int((~np.isfinite(wind.mean_m_s)).sum())
        if not outside:
            series = hub_series(weather, hub_m, section)
            return None, grid_speedups(wind, grid.height_m, series), warnings
        text = say("siting.wasp.places_outside_grid", n=outside, name=grid.source)
        warnings.append(Warn("outside_flow_model", text))
    if section.speedups_path and turbine_ids:
        path = plan_file(plan, section.speedups_path)
        return None, read_speedups(path, turbine_ids), warnings
    if section.speedups_path:
        text = say("siting.wasp.speedups_of_standing")
        warnings.append(Warn("outside_flow_model", text))
    means, more = atlas_means(plan, section, x_m, y_m)
    return means, None, [*warnings, *more]


def _rix(plan: Plan, section: WindSection, x_m: Float, y_m: Float) -> Float:
    """Ruggedness by the plan's elevation model, else by the contours of its map."""
    cell = max(plan.area.cell_m, _CELL_M)
    grid = grid_around(plan, x_m, y_m, RADIUS_M + _OVER_M, cell)
    level = raster_on(plan, "dem", grid)
    if level is None:
        found = plan_map(plan, section)
        if found is None:
            return np.full(np.shape(x_m), np.nan)
        level = found.heights_on(grid)
    return rix_frac(level, grid, x_m, y_m)
