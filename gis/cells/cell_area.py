"""Ellipsoidal area of raster cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, Window, full_window, grid_crs
from gis.cells.ground import derivatives, ellipsoid
from gis.crs.systems import CrsLike, as_crs, crs_name
from gis.errors import DataError
from gis.say import say
from gis.types import F8

__all__ = ["area_rows", "areal_scale", "cell_area_m2"]

_NODES = 10  # Chebyshev nodes a side; 600 km of Gauss-Krueger need 8 for 1e-11


def _jacobian(x: F8, y: F8, crs: CrsLike, step: float) -> F8:
    """Square metres on the ellipsoid for one square unit of the CRS, at points."""
    lon_x, lon_y, lat_x, lat_y, lat = derivatives(x, y, crs, step)
    det = lon_x * lat_y - lat_x * lon_y
    b, e2 = ellipsoid()
    # M N cos B = b^2 cos B / (1 - e2 sin^2 B)^2
    return np.asarray(np.abs(det) * b * b * np.cos(lat) / (1 - e2 * np.sin(lat) ** 2) ** 2)


def areal_scale(x: npt.ArrayLike, y: npt.ArrayLike, crs: CrsLike) -> F8:
    """Ellipsoidal square metres in one planar square unit of `crs`, at points.

    Examples
    --------
    On the central meridian of a Gauss-Krueger zone the plane is true:

    >>> areal_scale([500_000.0], [4_300_000.0], 4544).round(9).tolist()
    [1.0]
    """
    fx, fy = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    crs = as_crs(crs)
    return _jacobian(fx, fy, crs, 0.005 if crs.is_geographic else 500.0)


def cell_area_m2(grid: Grid, window: Window | None = None) -> F8:
    """Ellipsoidal area of each cell of a window.

    Parameters
    ----------
    grid : Grid
        In any CRS that the ellipsoid can be reached from.
    window : Window, optional
        Part of the grid; the whole when left out.

    Returns
    -------
    (h, w) float
        Area [m2], better than 1e-9 relative.

    Raises
    ------
    DataError
        When the window reaches outside the projection.

    Notes
    -----
    The exact areal scale at 10 x 10 Chebyshev nodes is interpolated by the polynomial through
    them; a cell's mean differs from its centre by the second derivative times cell^2 / 24,
    which is added.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((499_990, 4_300_000, 500_010, 4_300_020), 4544, 10)
    >>> cell_area_m2(g).round(6).tolist()
    [[100.0, 100.0], [100.0, 100.0]]
    """
    rows, cols = window or full_window(grid)
    w = cols.stop - cols.start
    u = (np.arange(w) + 0.5) * (2.0 / w) - 1.0
    per_row = _row_series(grid, rows, cols)
    return np.asarray(per_row @ np.polynomial.chebyshev.chebvander(u, _NODES - 1).T)


def area_rows(grid: Grid, window: Window | None = None, tolerance: float = 1e-11) -> F8:
    """Cell areas as one short polynomial a row, for kernels that cannot hold a whole array.

    Parameters
    ----------
    grid, window : as for `cell_area_m2`
    tolerance : float
        Relative size of the terms that may be left out.

    Returns
    -------
    (h, d) float
        Coefficients [m2] of 1, u, u^2 ... with u from -1 at the window's left edge to 1 at its
        right edge, taken at the cell's centre.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((499_990, 4_300_000, 500_010, 4_300_020), 4544, 10)
    >>> area_rows(g)[0].round(6).tolist()
    [100.0]
    """
    rows, cols = window or full_window(grid)
    series = _row_series(grid, rows, cols)
    size = np.abs(series).max(axis=0) / np.abs(series[:, 0]).max()
    d = int(np.flatnonzero(size > tolerance).max()) + 1
    to_powers = np.zeros((d, d))
    for i in range(d):
        powers = np.polynomial.chebyshev.cheb2poly([0.0] * i + [1.0])
        to_powers[i, : len(powers)] = powers
    return np.ascontiguousarray(series[:, :d] @ to_powers)


def _row_series(grid: Grid, rows: slice, cols: slice) -> F8:
    """Chebyshev coefficients of the cell areas along each row of a window."""
    cheb = np.polynomial.chebyshev
    crs = grid_crs(grid)
    t = grid.transform
    h, w = rows.stop - rows.start, cols.stop - cols.start
    x0, x1 = t.c + t.a * cols.start, t.c + t.a * cols.stop
    y0, y1 = t.f + t.e * rows.start, t.f + t.e * rows.stop
    half_x, half_y = (x1 - x0) / 2, (y1 - y0) / 2
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    gx, gy = np.meshgrid((x0 + x1) / 2 + half_x * nodes, (y0 + y1) / 2 + half_y * nodes)
    scale = areal_scale(gx.ravel(), gy.ravel(), crs).reshape(_NODES, _NODES)
    if not np.isfinite(scale).all():
        raise DataError(
            say("gis.cells.window_reaches_outside_projection"),
            where=say("gis.cells.at_cell_area"),
            got=say("gis.cells.x_y", x0=x0, x1=x1, y0=y0, y1=y1, crs=crs_name(crs)),
        )
    inverse = np.linalg.inv(cheb.chebvander(nodes, _NODES - 1))
    c = inverse @ scale @ inverse.T  # coefficients: rows along y, columns along x
    v = (np.arange(h) + 0.5) * (2.0 / h) - 1.0
    bend_x = np.zeros_like(c)
    bend_y = np.zeros_like(c)
    bend_x[:, :-2] = cheb.chebder(c, 2, axis=1)
    bend_y[:-2, :] = cheb.chebder(c, 2, axis=0)
    # In u a cell is 2/w wide, and the mean over it adds second derivative * (2/w)^2 / 24.
    c = c + bend_x / (6.0 * w * w) + bend_y / (6.0 * h * h)
    return np.asarray(cheb.chebvander(v, _NODES - 1) @ c * abs(t.a * t.e))
