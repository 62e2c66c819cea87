"""Values of raster layers at points, and shares of polygons inside others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.cell_area import cell_area_m2
from gis.cells.coverage import coverage_runs, expand_runs
from gis.cells.grid import Grid, Window, cell_size_m, halo_window, origin, windows
from gis.cells.ragged import ragged
from gis.cells.terrain import slope_deg
from gis.prepared import prepared
from gis.types import F8
from layers.open.county import county_boundary
from layers.open.plan_layers import layer_state, open_raster
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "cells_of",
    "inside_window",
    "layer_total",
    "protected_share",
    "sample_layer",
    "sample_slope_deg",
]


def cells_of(grid: Grid, x: F8, y: F8) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row and column of the cell each point lies in; outside the grid beyond its shape."""
    left, top = origin(grid)
    size = cell_size_m(grid)
    col = np.floor((x - left) / size).astype(np.int64)
    row = np.floor((top - y) / size).astype(np.int64)
    return row, col


def inside_window(
    window: Window, row: npt.NDArray[np.int64], col: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which cells lie in a window."""
    r, c = window
    return np.asarray((row >= r.start) & (row < r.stop) & (col >= c.start) & (col < c.stop))


def sample_layer(plan: Plan, layer_id: str, grid: Grid, x: F8, y: F8) -> F8 | None:
    """Value of a raster layer in the cell of each point; None without the layer.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where the raster does not know, and outside the grid.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    out = np.full(len(x), np.nan)
    row, col = cells_of(grid, x, y)
    for window in windows(grid):
        hit = inside_window(window, row, col)
        if not hit.any():
            continue
        got = open_raster(plan, layer_id, grid, window)
        if got is None:
            return None
        values, valid = got
        r, c = row[hit] - window[0].start, col[hit] - window[1].start
        out[hit] = np.where(valid[r, c], values[r, c], np.nan)
    return out


def layer_total(plan: Plan, layer_id: str, grid: Grid) -> tuple[float, float] | None:
    """Sum of a per-hectare raster over the county, and the area it is known on [ha].

    Cells on the border count with the part inside; cell areas are ellipsoidal.

    Returns
    -------
    (total, known_ha) or None
        None without the layer. The total is in the layer's unit times hectares.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    inside = coverage_runs(ragged([county_boundary(plan)]), grid)
    total, known = [], []
    for window in windows(grid):
        share = expand_runs(inside, window)
        if not share.any():
            continue
        got = open_raster(plan, layer_id, grid, window)
        if got is None:
            return None
        values, valid = got
        area = np.where(valid, cell_area_m2(grid, window) * share, 0.0) / 1e4
        total.append(float(np.sum(np.where(valid, values, 0.0) * area)))
        known.append(float(area.sum()))
    return math.fsum(total), math.fsum(known)


def sample_slope_deg(plan: Plan, grid: Grid, x: F8, y: F8) -> F8 | None:
    """Slope at points [deg], from the slope layer, else by Horn from the heights."""
    given = sample_layer(plan, "slope", grid, x, y)
    if given is not None or layer_state(plan, "dem") != "available":
        return given
    out = np.full(len(x), np.nan)
    row, col = cells_of(grid, x, y)
    for window in windows(grid):
        hit = inside_window(window, row, col)
        if not hit.any():
            continue
        wide, _ = halo_window(grid, window, 1)
        got = open_raster(plan, "dem", grid, wide)
        if got is None:
            return None
        heights, valid = got
        slope = slope_deg(np.where(valid, heights, np.nan), cell_size_m(grid))
        out[hit] = slope[row[hit] - wide[0].start, col[hit] - wide[1].start]
    return out


def protected_share(
    wetlands: gpd.GeoDataFrame, designations: Sequence[gpd.GeoDataFrame]
) -> npt.NDArray[np.float64]:
    """Share of each wetland parcel inside the union of all designations [0-1].

    A marsh inside a reserve, a park and a water source counts once.
    """
    geoms = np.asarray(wetlands.geometry.array)
    shares = np.zeros(len(geoms))
    parts = [np.asarray(d.geometry.array) for d in designations if len(d)]
    if not parts or not len(geoms):
        return shares
    union = shapely.union_all(np.concatenate(parts))
    union = prepared(union)
    hit = np.flatnonzero(shapely.intersects(union, geoms))
    inside = shapely.contains_properly(union, geoms[hit])
    shares[hit[inside]] = 1.0
    cut = hit[~inside]
    area = shapely.area(geoms[cut])
    part = shapely.area(shapely.intersection(union, geoms[cut]))
    shares[cut] = np.divide(part, area, out=np.zeros_like(area), where=area > 0)
    return shares
