"""The ground of a plan: heights near its sites, and as far as the horizon is looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gis.cells.distance import distance_m
from gis.cells.grid import Grid, cell_centres, cell_size_m, origin, plan_grid
from gis.prepared import points_inside
from gis.say import say
from gis.types import F8
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from layers.result import Warn
from siting.pv.light.horizon import Horizon, horizon_grid
from siting.pv.study.section import PvSection

__all__ = ["FarGround", "far_ground", "horizon_warning", "known_reach_m", "terrain"]

_NEAR_M = 5_000.0  # room around the boundary for slopes and hills near by
_MOST_CELLS = 16_000_000  # of the far ground, 128 MB; cells grow beyond
_SKIPPED_CELLS = 10  # of grown cells: nearer than that the fine ground tells the angle
_SHELL_M = 500.0
_HOLE_FRAC = 0.05  # of a shell; less is a lake without heights, not the end of the file


@dataclass(frozen=True, eq=False)
class FarGround:
    """Heights as far as the horizon is looked for.

    Attributes
    ----------
    grid, dem_m
        f8[h, w], NaN where unknown: hides nothing. Cells are those of the near ground unless
        that would be more than 16 million; then they are a whole number of times as large.
    grown
        How many times.
    known_m
        How far outside the boundary heights are known, at most the reach [m].
    reach_m
        How far is looked [m].
    """

    grid: Grid
    dem_m: F8
    grown: int
    known_m: float
    reach_m: float

    def profiles(self, x: F8, y: F8, ground_m: F8, n_azimuths: int) -> F8:
        """Horizon of places in the plan's CRS standing at `ground_m`, f8[n, azimuths]."""
        left, top = origin(self.grid)
        cell = cell_size_m(self.grid)
        found = horizon_grid(
            self.dem_m,
            (top - y) / cell - 0.5,
            (x - left) / cell - 0.5,
            cell_m=cell,
            n_azimuths=n_azimuths,
            reach_m=self.reach_m,
            from_m=0.0 if self.grown == 1 else _SKIPPED_CELLS * cell,
            ground_m=ground_m,
        )
        return np.asarray(found, dtype=np.float64)

    def raised(self, near: Horizon, *, x: float, y: float, ground_m: float) -> Horizon:
        """The horizon of a place with what stands behind the near ground."""
        far = self.profiles(
            np.array([x]), np.array([y]), np.array([ground_m]), len(near.elevation_deg)
        )
        return Horizon(np.maximum(near.elevation_deg, far[0]))

    @property
    def warning(self) -> Warn | None:
        """That heights end sooner than the horizon is asked for; None where they do not."""
        if self.known_m >= self.reach_m - _SHELL_M:
            return None
        return Warn(
            "pv_horizon_cut",
            say(
                "siting.pv_study.pv_horizon_cut",
                known_km=self.known_m / 1000.0,
                reach_km=self.reach_m / 1000.0,
            ),
            "dem",
        )


def _grid_around(plan: Plan, cell_m: float, margin_m: float) -> Grid:
    x0, y0, x1, y1 = county_boundary(plan).bounds
    bounds = (x0 - margin_m, y0 - margin_m, x1 + margin_m, y1 + margin_m)
    return plan_grid(bounds, plan_crs(plan), cell_m)


def _heights(plan: Plan, grid: Grid) -> F8 | None:
    found = open_raster(plan, "dem", grid)
    if found is None:
        return None
    values, valid = found
    return np.where(valid, values.astype(np.float64), np.nan)


def terrain(plan: Plan, cell_m: float) -> tuple[Grid | None, F8 | None]:
    """Heights on a grid with room around the county, NaN where unknown."""
    grid = _grid_around(plan, cell_m, _NEAR_M)
    dem = _heights(plan, grid)
    return (None, None) if dem is None else (grid, dem)


def far_ground(plan: Plan, cell_m: float) -> FarGround | None:
    """Heights as far outside the boundary as ``[pv.yield_map] horizon_reach_m`` says.

    None without an elevation model, or where the plan asks for no horizon.
    """
    section = plan.section(PvSection)
    if not section.horizon:
        return None
    reach = section.yield_map.horizon_reach_m
    x0, y0, x1, y1 = county_boundary(plan).bounds
    cells = (x1 - x0 + 2 * reach) * (y1 - y0 + 2 * reach) / cell_m**2
    grown = max(1, int(np.ceil(np.sqrt(cells / _MOST_CELLS))))
    grid = _grid_around(plan, cell_m * grown, reach)
    dem = _heights(plan, grid)
    if dem is None:
        return None
    known = known_reach_m(dem, grid, county_boundary(plan), reach)
    return FarGround(grid, dem, grown, known, reach)


def horizon_warning(plan: Plan) -> Warn | None:
    """That heights end sooner than the plan asks the horizon for."""
    far = far_ground(plan, _SHELL_M / 2.0)
    return None if far is None else far.warning


def known_reach_m(dem_m: F8, grid: Grid, boundary: shapely.Geometry, reach_m: float) -> float:
    """How far outside `boundary` heights are known on all sides, at most `reach_m` [m].

    Shells of 500 m around the boundary: the first of which a twentieth is unknown is the
    end. A hole of less is a lake without heights.

    Examples
    --------
    Heights to 3 km around a square of 4 km:

    >>> from gis.cells.grid import plan_grid
    >>> grid = plan_grid((-10_000, -10_000, 14_000, 14_000), "EPSG:4545", 500)
    >>> dem = np.full(grid.shape, np.nan)
    >>> dem[14:34, 14:34] = 1100.0
    >>> known_reach_m(dem, grid, shapely.box(0, 0, 4_000, 4_000), 10_000.0)
    3000.0
    """
    cell = cell_size_m(grid)
    step = max(1, int(_SHELL_M / 2.0 / cell))
    x, y = cell_centres(grid)
    xx, yy = np.meshgrid(x[::step], y[::step])
    inside = points_inside(boundary, xx.ravel(), yy.ravel()).reshape(xx.shape)
    if not inside.any():
        return reach_m
    away = np.asarray(distance_m(inside, step * cell), dtype=np.float64)
    unknown = ~np.isfinite(dem_m[::step, ::step])
    # from a cell inside to one outside it is half a cell to the boundary
    shell = np.floor(np.maximum(away - step * cell / 2.0, 0.0) / _SHELL_M).astype(np.int64)
    outside = ~inside & (shell * _SHELL_M < reach_m)
    of = np.bincount(shell[outside])
    missing = np.bincount(shell[outside], weights=unknown[outside], minlength=len(of))
    ends = np.flatnonzero(missing > _HOLE_FRAC * np.maximum(of, 1))
    return float(ends[0] * _SHELL_M) if len(ends) else reach_m
