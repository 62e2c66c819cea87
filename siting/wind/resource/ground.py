"""Values of the plan's rasters where turbines stand: ground level, slope, atlas wind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.cells.grid import Grid, cell_size_m, origin, plan_grid
from layers.open.county import plan_crs
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["at_points", "grid_around", "raster_on", "sample_layer"]

Float = NDArray[np.float64]


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
    """A raster layer at points, NaN where unknown; None when the plan has no such layer."""
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    cell = max(plan.area.cell_m, 30.0)
    grid = grid_around(plan, x, y, 4 * cell, cell)
    values = raster_on(plan, layer_id, grid)
    return None if values is None else at_points(values, grid, x, y)
