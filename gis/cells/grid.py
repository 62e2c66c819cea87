"""The raster grid of a plan: planar metres, north up, square cells on whole multiples.

A grid is an odc-geo ``GeoBox``, made only here. Cell edges lie on multiples of the cell size,
so two grids of one CRS and cell size always share their cells.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyproj
from affine import Affine

from gis.constants import constants
from gis.crs.systems import CrsLike, as_crs
from gis.dask_later import dask_later
from gis.errors import DataError
from gis.say import say

with dask_later():
    from odc.geo.geobox import GeoBox

__all__ = [
    "Grid",
    "Window",
    "cell_centres",
    "cell_size_m",
    "full_window",
    "grid_bounds",
    "grid_crs",
    "halo_window",
    "origin",
    "own_grid",
    "plan_grid",
    "require_grid",
    "window_bounds",
    "window_grid",
    "windows",
]

Grid: TypeAlias = GeoBox
Window: TypeAlias = tuple[slice, slice]

# An edge this close to a cell border (in cells) lies on it: 1e-6 of 10 m is 10 micrometres.
_SNAP = 1e-6


def plan_grid(bounds: tuple[float, float, float, float], crs: CrsLike, cell_m: float) -> Grid:
    """Make the grid that covers `bounds`.

    Parameters
    ----------
    bounds : (xmin, ymin, xmax, ymax)
        Extent in `crs` [m]; widened to whole multiples of `cell_m`.
    crs : pyproj.CRS, int or str
        A projected CRS in metres.
    cell_m : float
        Side of a cell [m].

    Returns
    -------
    Grid
        North-up, square cells, at least one.

    Raises
    ------
    DataError
        When the CRS is not planar in metres, the extent is empty or not finite, the cell is
        not positive, or the grid would have more cells than the ceiling.

    Examples
    --------
    >>> g = plan_grid((400_003, 4_300_001, 400_051, 4_300_029), 4544, 10)
    >>> g.shape, origin(g)
    (Shape2d(x=6, y=3), (400000.0, 4300030.0))
    """
    crs = as_crs(crs, where=say("gis.cells.at_grid"))
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise DataError(
            say("gis.cells.grid_needs_projected_crs_metres"),
            where=say("gis.cells.at_grid"),
            got=crs.name,
            todo=say("gis.cells.take_3_degree_gauss_kruger"),
        )
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise DataError(
            say("gis.cells.cell_size_must_above_0"),
            where=say("gis.cells.at_grid"),
            got=str(cell_m),
        )
    xmin, ymin, xmax, ymax = (float(v) for v in bounds)
    if not all(map(math.isfinite, (xmin, ymin, xmax, ymax))) or xmax <= xmin or ymax <= ymin:
        raise DataError(
            say("gis.cells.extent_grid_empty_not_finite"),
            where=say("gis.cells.at_grid"),
            got=str(tuple(bounds)),
            expected=say("gis.cells.xmin_xmax_ymin_ymax"),
        )
    c0, c1 = math.floor(xmin / cell_m + _SNAP), math.ceil(xmax / cell_m - _SNAP)
    r0, r1 = math.floor(ymin / cell_m + _SNAP), math.ceil(ymax / cell_m - _SNAP)
    shape = (max(r1 - r0, 1), max(c1 - c0, 1))
    ceiling = int(constants("limits")["grid_cells_max"])
    if shape[0] * shape[1] > ceiling:
        raise DataError(
            say("gis.cells.grid_has_too_many_cells"),
            where=say("gis.cells.at_grid"),
            got=say("gis.cells.x_cells_m", rows=shape[0], cols=shape[1], cell_m=cell_m),
            expected=say("gis.cells.at_most", ceiling=ceiling),
            todo=say("gis.cells.take_larger_cells_check_extent"),
        )
    return GeoBox(shape, Affine(cell_m, 0, c0 * cell_m, 0, -cell_m, r1 * cell_m), crs)


def own_grid(shape: tuple[int, int], transform: Affine, crs: CrsLike) -> Grid:
    """The cells of a raster file as a grid, wherever their edges lie.

    Parameters
    ----------
    shape : (rows, columns)
    transform : Affine
    crs : pyproj.CRS, int or str

    Raises
    ------
    DataError
        When the file's cells are not square, not north-up, or not in planar metres.

    Examples
    --------
    >>> g = own_grid((3, 2), Affine(10, 0, 5, 0, -10, 35), 4544)
    >>> origin(g), cell_size_m(g)
    ((5.0, 35.0), 10.0)
    """
    known = as_crs(crs, where=say("gis.cells.at_grid"))
    if not known.is_projected or known.axis_info[0].unit_name != "metre":
        raise DataError(
            say("gis.cells.grid_needs_projected_crs_metres"),
            where=say("gis.cells.at_grid"),
            got=known.name,
        )
    return require_grid(GeoBox(shape, transform, known))


def require_grid(grid: Grid, where: str = "grid") -> Grid:
    """Give back `grid` when it is north-up with square cells, else refuse.

    Raises
    ------
    DataError
        When it is empty, rotated, south-up, without CRS, or its cells are not square.
    """
    t = grid.transform
    if 0 in grid.shape or grid.crs is None:
        raise DataError(say("gis.cells.grid_empty_has_no_crs"), where=where)
    if t.b != 0 or t.d != 0 or t.a <= 0 or not math.isclose(t.a, -t.e, rel_tol=1e-9):
        raise DataError(
            say("gis.cells.grid_not_north_up_square"), where=where, got=str(tuple(t)[:6])
        )
    return grid


def grid_crs(grid: Grid) -> pyproj.CRS:
    """The pyproj CRS of a grid."""
    return _known_crs(str(grid.crs))


@lru_cache(maxsize=64)
def _known_crs(text: str) -> pyproj.CRS:
    return as_crs(text)


def cell_size_m(grid: Grid) -> float:
    """Side of a cell [m].

    Examples
    --------
    >>> cell_size_m(plan_grid((0, 0, 30, 20), 4544, 10))
    10.0
    """
    return float(grid.transform.a)


def origin(grid: Grid) -> tuple[float, float]:
    """Outer corner of the first cell: left x and top y [m].

    Examples
    --------
    >>> origin(plan_grid((0, 0, 30, 20), 4544, 10))
    (0.0, 20.0)
    """
    return float(grid.transform.c), float(grid.transform.f)


def full_window(grid: Grid) -> Window:
    """The window that is the whole grid."""
    return slice(0, int(grid.shape[0])), slice(0, int(grid.shape[1]))


def windows(grid: Grid, tile_px: int = 1024) -> list[Window]:
    """Windows that cover the grid once, row by row.

    Examples
    --------
    >>> windows(plan_grid((0, 0, 30, 20), 4544, 10), tile_px=2)
    [(slice(0, 2, None), slice(0, 2, None)), (slice(0, 2, None), slice(2, 3, None))]
    """
    if tile_px < 1:
        raise DataError(
            say("gis.cells.tile_has_at_least_one"),
            where=say("gis.cells.at_windows"),
            got=str(tile_px),
        )
    h, w = (int(n) for n in grid.shape)
    return [
        (slice(r, min(r + tile_px, h)), slice(c, min(c + tile_px, w)))
        for r in range(0, h, tile_px)
        for c in range(0, w, tile_px)
    ]


def halo_window(grid: Grid, window: Window, halo_px: int) -> tuple[Window, Window]:
    """`window` widened by `halo_px`, cut to the grid, and where `window` lies inside it.

    Examples
    --------
    >>> g = plan_grid((0, 0, 50, 50), 4544, 10)
    >>> halo_window(g, (slice(0, 2), slice(2, 4)), 1)[0]
    (slice(0, 3, None), slice(1, 5, None))
    """
    h, w = (int(n) for n in grid.shape)
    r, c = window
    outer = (
        slice(max(r.start - halo_px, 0), min(r.stop + halo_px, h)),
        slice(max(c.start - halo_px, 0), min(c.stop + halo_px, w)),
    )
    inner = (
        slice(r.start - outer[0].start, r.stop - outer[0].start),
        slice(c.start - outer[1].start, c.stop - outer[1].start),
    )
    return outer, inner


def window_grid(grid: Grid, window: Window) -> Grid:
    """The part of the grid inside `window`, itself a grid.

    Examples
    --------
    >>> g = plan_grid((0, 0, 30, 20), 4544, 10)
    >>> origin(window_grid(g, (slice(1, 2), slice(1, 3))))
    (10.0, 10.0)
    """
    r, c = window
    t = grid.transform
    shape = (int(r.stop - r.start), int(c.stop - c.start))
    return GeoBox(
        shape, Affine(t.a, 0, t.c + t.a * c.start, 0, t.e, t.f + t.e * r.start), grid.crs
    )


def grid_bounds(grid: Grid) -> tuple[float, float, float, float]:
    """Outer edges (xmin, ymin, xmax, ymax) [m]."""
    return window_bounds(grid, full_window(grid))


def window_bounds(grid: Grid, window: Window) -> tuple[float, float, float, float]:
    """Outer edges of a window (xmin, ymin, xmax, ymax) [m].

    Examples
    --------
    >>> window_bounds(plan_grid((0, 0, 30, 20), 4544, 10), (slice(0, 1), slice(0, 2)))
    (0.0, 10.0, 20.0, 20.0)
    """
    r, c = window
    t = grid.transform
    return (
        float(t.c + t.a * c.start),
        float(t.f + t.e * r.stop),
        float(t.c + t.a * c.stop),
        float(t.f + t.e * r.start),
    )


def cell_centres(
    grid: Grid, window: Window | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Coordinates of cell centres.

    Returns
    -------
    x : (w,) float
        From west to east [m].
    y : (h,) float
        From north to south [m].

    Examples
    --------
    >>> x, y = cell_centres(plan_grid((0, 0, 30, 20), 4544, 10))
    >>> x.tolist(), y.tolist()
    ([5.0, 15.0, 25.0], [15.0, 5.0])
    """
    r, c = window or full_window(grid)
    t = grid.transform
    x = t.c + t.a * (np.arange(c.start, c.stop) + 0.5)
    y = t.f + t.e * (np.arange(r.start, r.stop) + 0.5)
    return x, y
