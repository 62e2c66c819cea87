"""Values of the plan's rasters where turbines stand: ground level, slope, atlas wind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.cells.grid import Grid, cell_size_m, origin, plan_grid
from gis.crs.systems import transform_points
from gis.files.raster_info import raster_info
from layers.open.county import plan_crs
from layers.open.plan_file import plan_files
from layers.open.plan_layers import open_raster
from layers.open.read_layer import layer_state
from layers.plan.model import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["at_points", "grid_around", "raster_on", "sample_layer"]

Float = NDArray[np.float64]

# the cell of a reanalysis or of a mean over one (ERA5 0.25 deg, MERRA-2 0.5 deg); atlases of
# winds have 250 m to 3 km
_COARSE_M = 10_000.0


def grid_around(plan: Plan, x_m: Float, y_m: Float, margin_m: float, cell_m: float) -> Grid:
    """Grid that covers points and `margin_m` around them."""
    bounds = (
        float(np.min(x_m)) - margin_m,
        float(np.min(y_m)) - margin_m,
        float(np.max(x_m)) + margin_m,
        float(np.max(y_m)) + margin_m,
    )
    return plan_grid(bounds, plan_crs(plan), cell_m)


def raster_on(plan: Plan, layer_id: str, grid: Grid) -> Float | None:
    """A raster layer on `grid`, NaN where unknown; None when the plan has none."""
    found = open_raster(plan, layer_id, grid)
    if found is None:
        return None
    values, valid = found
    return np.where(valid, values.astype(np.float64), np.nan)


def at_points(values: Float, grid: Grid, x_m: Float, y_m: Float) -> Float:
    """Value of the cell each point lies in; NaN outside the grid."""
    left, top = origin(grid)
    cell = cell_size_m(grid)
    col = np.floor((np.asarray(x_m) - left) / cell).astype(int)
    row = np.floor((top - np.asarray(y_m)) / cell).astype(int)
    inside = (row >= 0) & (col >= 0) & (row < values.shape[0]) & (col < values.shape[1])
    out = np.full(np.shape(x_m), np.nan)
    out[inside] = values[row[inside], col[inside]]
    return out


def sample_layer(
    plan: Plan, layer_id: str, x_m: Float | Sequence[float], y_m: Float | Sequence[float]
) -> Float | None:
    """A raster layer at points, NaN where unknown; None when the plan has no such layer.

    Between the middles of cells values are mixed, as in every raster of the plan; of cells of
    a reanalysis, each of them the mean of some hundred square kilometres, the cell a point
    lies in is taken.
    """
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    if layer_state(plan, layer_id) == "available":
        x, y = _cell_middles(plan, layer_id, x, y)
    cell = max(plan.area.cell_m, 30.0)
    grid = grid_around(plan, x, y, 4 * cell, cell)
    values = raster_on(plan, layer_id, grid)
    return None if values is None else at_points(values, grid, x, y)


def _cell_middles(plan: Plan, layer_id: str, x: Float, y: Float) -> tuple[Float, Float]:
    """Middles of the file's cells the points lie in where those are coarse, else the points."""
    source = plan.layers[layer_id]
    if not source.path or source.in_database or source.variable:
        return x, y
    info = raster_info(plan_files(plan, source)[0], crs=source.crs)
    fx, fy = transform_points(x, y, plan_crs(plan), info.crs)
    col, row = ~info.transform @ (fx, fy)
    mx, my = info.transform @ (np.floor(col) + 0.5, np.floor(row) + 0.5)
    px, py = transform_points(mx, my, info.crs, plan_crs(plan))
    ox, _ = transform_points(mx + abs(info.cell[0]), my, info.crs, plan_crs(plan))
    coarse = bool(np.isfinite(ox - px).all() and np.abs(ox - px).min() > _COARSE_M)
    return (px, py) if coarse else (x, y)
