"""The ground of a plant: its elevation model, its mean slope."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from shapely.geometry.base import BaseGeometry

from gis.cells.grid import Grid, cell_size_m, origin, plan_grid
from gis.crs.systems import as_crs
from gis.files.read_raster import raster_info, read_raster
from gis.prepared import points_inside
from layers.open.plan_layers import layer_state, open_raster
from layers.open.read_layer import file_of
from siting.pv.array.earthwork import Ground
from siting.pv.plant.plant import Slope
from siting.pv.study.spacing import slope_components

if TYPE_CHECKING:
    import pyproj

    from layers.plan.model import Plan

__all__ = ["ground_of_file", "ground_of_plan", "mean_slope"]

_MARGIN_M = 200.0
_MOST_CELLS = 4_000_000
_EARTH_LIMITS = (-500.0, 9000.0)
_M_DEG = 111_320.0


def _grid(site: BaseGeometry, crs: pyproj.CRS, cell_m: float) -> Grid:
    x0, y0, x1, y1 = site.bounds
    m = _MARGIN_M + 2 * cell_m
    bounds = (x0 - m, y0 - m, x1 + m, y1 + m)
    while (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / cell_m**2 > _MOST_CELLS:
        cell_m *= 2.0
    return plan_grid(bounds, crs, cell_m)


def _cell_m(path: Path) -> float:
    """Size of a cell of a raster file [m]."""
    info = raster_info(path)
    crs = as_crs(info.crs)
    scale = _M_DEG if crs.is_geographic else crs.axis_info[0].unit_conversion_factor
    return max(info.cell) * scale


def ground_of_file(path: Path, site: BaseGeometry, crs: pyproj.CRS) -> Ground:
    """Heights of a raster file around a site.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    source = _cell_m(path)
    grid = _grid(site, crs, float(np.clip(source, 1.0, 100.0)))
    values, valid = read_raster(path, grid, kind="intensive", limits=_EARTH_LIMITS)
    return Ground(grid, np.where(valid, values.astype(np.float64), np.nan), source)


def ground_of_plan(plan: Plan, site: BaseGeometry, crs: pyproj.CRS) -> Ground | None:
    """Heights of a plan's elevation model around a site; None without one."""
    if layer_state(plan, "dem") != "available":
        return None
    source = _cell_m(file_of(plan, "dem", plan.layers["dem"]))
    grid = _grid(site, crs, float(np.clip(source, 1.0, 100.0)))
    found = open_raster(plan, "dem", grid)
    if found is None:
        return None
    values, valid = found
    return Ground(grid, np.where(valid, values.astype(np.float64), np.nan), source)


def mean_slope(
    ground: Ground, land: BaseGeometry, facing_deg: float
) -> tuple[Slope, float] | None:
    """Mean slope of the land as seen from rows, and its mean height [m].

    None where no height is known inside.

    Examples
    --------
    A plane that rises 5 % to the north, under rows that face south:

    >>> import shapely
    >>> grid = plan_grid((0.0, 0.0, 300.0, 300.0), "EPSG:32648", 10.0)
    >>> z = np.repeat(np.arange(30)[::-1, None] * 0.5, 30, axis=1)
    >>> slope, height = mean_slope(Ground(grid, z, 10.0), shapely.box(50, 50, 250, 250), 180.0)
    >>> round(slope.rise, 6), abs(round(slope.axis_rise, 6)), height
    (0.05, 0.0, 7.25)
    """
    cell = cell_size_m(ground.grid)
    left, top = origin(ground.grid)
    h, w = ground.dem_m.shape
    down, east = (np.asarray(g) for g in np.gradient(ground.dem_m, cell))
    x = left + (np.arange(w) + 0.5) * cell
    y = top - (np.arange(h) + 0.5) * cell
    xx, yy = np.meshgrid(x, y)
    inside = points_inside(land, xx.ravel(), yy.ravel()).reshape(h, w)
    inside &= np.isfinite(down) & np.isfinite(east)
    if not inside.any():
        # a plant smaller than a cell stands on the cell's own slope
        middle = land.centroid
        r = int(np.clip((top - middle.y) / cell, 0, h - 1))
        c = int(np.clip((middle.x - left) / cell, 0, w - 1))
        inside[r, c] = np.isfinite(down[r, c]) and np.isfinite(east[r, c])
        if not inside.any():
            return None
    dz_east, dz_north = float(east[inside].mean()), -float(down[inside].mean())
    tangent = float(np.hypot(dz_east, dz_north))
    aspect = float(np.rad2deg(np.arctan2(-dz_east, -dz_north)))
    rise, along = slope_components(np.rad2deg(np.arctan(tangent)), aspect, facing_deg)
    slope = Slope(round(float(rise), 6), round(float(along), 6))
    return slope, float(ground.dem_m[inside].mean())
