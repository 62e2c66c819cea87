"""Ellipsoidal area: of polygons by the national formula, and of raster cells.

Area is never taken from the plane: at the border of two 3-degree zones the plane is 0.04 %
too large, and at the far side of a county 0.07 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from gis.cells.grid import Grid, Window, full_window, grid_crs
from gis.cells.ground import derivatives, ellipsoid
from gis.cells.jit import kernel
from gis.cells.ragged import SHELL, Ragged
from gis.cells.rings import Geometries, check_vertices, polygon_rings
from gis.constants import constants
from gis.crs.systems import CrsLike, as_crs, check_coordinates, crs_name, transform_points
from gis.errors import DataError
from gis.say import say
from gis.types import F8

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "MU_M2",
    "area_rows",
    "areal_scale",
    "cell_area_m2",
    "polygon_area",
    "polygon_area_m2",
    "rings_area_m2",
    "series_coefficients",
    "to_ha",
    "to_km2",
    "to_mu",
]

N = TypeVar("N", float, F8, "pd.Series[float]")

_AT_A_TIME = 50_000  # polygons
_THREADED_RINGS = 2000  # below it a thread costs more than it saves

_UNITS = constants("units")
_MU: float = _UNITS["mu_m2_denominator"]
_MU_IN_M2: float = _UNITS["mu_m2_numerator"]
MU_M2: float = _MU_IN_M2 / _MU
"""Square metres in one mu: 10000/15, so that 1 ha is exactly 15 mu."""


def to_ha(area_m2: N) -> N:
    """Square metres to hectares.

    Examples
    --------
    >>> to_ha(15_000.0)
    1.5
    """
    return area_m2 / 10_000.0


def to_mu(area_m2: N) -> N:
    """Square metres to mu.

    Examples
    --------
    >>> to_mu(10_000.0)
    15.0
    """
    return area_m2 * _MU / _MU_IN_M2


def to_km2(area_m2: N) -> N:
    """Square metres to square kilometres.

    Examples
    --------
    >>> to_km2(2_065_800_000.0)
    2065.8
    """
    return area_m2 / 1_000_000.0


def series_coefficients(e2: float) -> tuple[float, float, float, float, float]:
    """A, B, C, D, E of the national area formula for an eccentricity squared.

    Notes
    -----
    They are the Fourier coefficients of cos B / (1 - e2 sin2 B)2, the ellipsoid's area
    element, integrated over B and cut after the eighth power of e. Cutting costs 8e-13 of the
    area.

    References
    ----------
    国务院第二次全国土地调查领导小组办公室, 国土调查办发〔2008〕32号, 图幅理论面积与图斑椭球面积
    计算公式及要求: terms A-E. The constants printed there are Xi'an 80's; here CGCS2000's.

    Examples
    --------
    >>> series_coefficients(0.0)
    (1.0, 0.0, 0.0, 0.0, 0.0)
    """
    e4, e6, e8 = e2 * e2, e2**3, e2**4
    return (
        1.0 + 3 / 6 * e2 + 30 / 80 * e4 + 35 / 112 * e6 + 630 / 2304 * e8,
        1 / 6 * e2 + 15 / 80 * e4 + 21 / 112 * e6 + 420 / 2304 * e8,
        3 / 80 * e4 + 7 / 112 * e6 + 180 / 2304 * e8,
        1 / 112 * e6 + 45 / 2304 * e8,
        5 / 2304 * e8,
    )


@kernel
def _ring_areas(
    lon: F8,
    lat: F8,
    ring_start: npt.NDArray[np.int64],
    first: int,
    last: int,
    factor: float,
    k: F8,
    out: F8,
) -> None:
    """Areas of rings first..last-1 into out; lon and lat in degrees, factor = 2 b^2."""
    rad = math.pi / 180.0
    for r in range(first, last):
        a, z = ring_start[r], ring_start[r + 1]
        lon0 = lon[a]
        total = 0.0
        for i in range(a, z - 1):
            db = (lat[i + 1] - lat[i]) * rad
            if db == 0.0:
                continue  # along a parallel the trapezoid has no height
            mean_lon = ((lon[i] - lon0) + (lon[i + 1] - lon0)) * 0.5 * rad
            bm = (lat[i] + lat[i + 1]) * 0.5 * rad
            s1, c1 = math.sin(db * 0.5), math.cos(bm)
            # Odd multiples of both angles by the recurrence f(n+2) = 2 cos(2x) f(n) - f(n-2).
            s2, c2 = 2.0 - 4.0 * s1 * s1, 4.0 * c1 * c1 - 2.0
            s3, c3 = s1 * (s2 + 1.0), c1 * (c2 - 1.0)
            s5, c5 = s2 * s3 - s1, c2 * c3 - c1
            s7, c7 = s2 * s5 - s3, c2 * c5 - c3
            s9, c9 = s2 * s7 - s5, c2 * c7 - c5
            band = (
                k[0] * s1 * c1
                - k[1] * s3 * c3
                + k[2] * s5 * c5
                - k[3] * s7 * c7
                + k[4] * s9 * c9
            )
            total += mean_lon * band
        out[r] = abs(total * factor)


def polygon_area_m2(geoms: Geometries, crs: CrsLike, where: str = "") -> F8:
    """Ellipsoidal area of polygons by the national formula, on CGCS2000.

    Parameters
    ----------
    geoms : geometry, sequence, array or GeoSeries of n polygons or multipolygons
        Holes are taken off; None and empty have area 0.
    crs : CRS
        Of the coordinates: geographic or projected.

    Returns
    -------
    (n,) float
        Area [m2].

    Raises
    ------
    DataError
        When a geometry is not a polygon or a vertex does not reach the ellipsoid.

    Notes
    -----
    Each edge, straight in latitude and longitude, and the meridian of the ring's first vertex
    enclose a trapezoid of area ``2 b2 dL (A sin(dB/2) cos Bm - B sin(3dB/2) cos 3Bm + ...)``,
    dL its mean longitude from that meridian; the ring is their sum. Edges straight in the
    plane or geodesics differ by less than 0.1 m2 on a 30 ha parcel.

    References
    ----------
    国土调查办发〔2008〕32号, 图幅理论面积与图斑椭球面积计算公式及要求.

    Examples
    --------
    One degree by one degree at the equator, edges along meridians and parallels:

    >>> import shapely
    >>> area = polygon_area_m2([shapely.box(105, 0, 106, 1), None], 4490)
    >>> (area / 1e6).round(1).tolist()
    [12308.5, 0.0]
    """
    crs = as_crs(crs, where)
    if isinstance(geoms, Ragged):
        return rings_area_m2(geoms, *_lon_lat(polygon_rings(geoms, where).xy, crs, where))
    shapes = np.asarray(geoms, dtype=object).reshape(-1)
    out = np.zeros(len(shapes))
    # vertices of half a million parcels four times over are a third of a gigabyte
    for at in range(0, len(shapes), _AT_A_TIME):
        some = slice(at, at + _AT_A_TIME)
        flat = polygon_rings(shapes[some], where, first_number=at)
        out[some] = rings_area_m2(flat, *_lon_lat(flat.xy, crs, where))
    return out


def polygon_area(
    shapes: shapely.Geometry | Sequence[Any] | gpd.GeoSeries | gpd.GeoDataFrame,
    crs: CrsLike | None = None,
) -> Any:  # noqa: ANN401 - as many areas as shapes, in the same kind of container
    """Ellipsoidal area of polygons: what a land survey calls their area.

    Parameters
    ----------
    shapes : geometry, sequence of geometries, GeoSeries or GeoDataFrame
        Polygons or multipolygons in longitude and latitude or in a projected CRS; None and
        empty have area 0.
    crs : CRS, optional
        Of shapes that do not carry one: ``"EPSG:4490"``, ``4544`` or a `pyproj.CRS`.

    Returns
    -------
    float, (n,) array or pandas Series
        Area [m2]: a number for one geometry, a Series with the index of a GeoSeries or
        GeoDataFrame, an array for other sequences.

    Raises
    ------
    DataError
        When no CRS is known or two contradict each other, coordinates cannot be in it
        (metres called degrees, swapped axes), a geometry is no polygon or crosses itself.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import shapely
    >>> square = shapely.box(106.0, 38.9, 106.01, 38.91)
    >>> round(polygon_area(square, "EPSG:4490"))
    962956
    >>> row = gpd.GeoSeries([square], index=["a"], crs=4490)
    >>> polygon_area(row).round().to_dict()
    {'a': 962956.0}
    >>> polygon_area(square)
    Traceback (most recent call last):
    gis.errors.DataError: no coordinate system is declared; give crs, for example "EPSG:4490"
    """
    own = getattr(shapes, "crs", None)
    if own is None and crs is None:
        raise DataError(say("gis.cells.area_no_crs"), todo=say("gis.cells.area_give_crs"))
    declared = as_crs(own if own is not None else crs)
    if own is not None and crs is not None and not declared.equals(as_crs(crs), True):
        raise DataError(
            say("gis.cells.area_two_crs"),
            got=crs_name(as_crs(crs)),
            expected=crs_name(declared),
        )
    index = getattr(shapes, "index", None) if own is not None else None
    one = isinstance(shapes, shapely.Geometry)
    column = getattr(shapes, "geometry", shapes) if own is not None else shapes
    array = np.asarray([column] if one else column, dtype=object).reshape(-1)
    check_vertices(array, "shapes")
    bad = np.flatnonzero(~shapely.is_valid(array) & ~shapely.is_missing(array))
    if bad.size:
        raise DataError(
            say("gis.cells.area_not_valid", n=len(bad), first=int(bad[0])),
            got=shapely.is_valid_reason(array[bad[0]]),
            todo=say("gis.cells.area_make_valid"),
        )
    if not (shapely.is_missing(array) | shapely.is_empty(array)).all():
        xmin, ymin, xmax, ymax = shapely.total_bounds(array).tolist()
        check_coordinates((xmin, ymin, xmax, ymax), declared)
    area = polygon_area_m2(array, declared)
    if one:
        return float(area[0])
    if index is None:
        return area
    import pandas as pd  # heavy

    return pd.Series(area, index=index, name="area_m2")


def _lon_lat(xy: F8, crs: pyproj.CRS, where: str) -> tuple[F8, F8]:
    """Vertices on the ellipsoid [deg]."""
    x, y = np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1])
    if crs.is_geographic:
        return x, y
    lon, lat = transform_points(x, y, crs, 4490)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise DataError(
            say("gis.cells.vertices_do_not_reach_ellipsoid"), where=where, got=crs_name(crs)
        )
    return lon, lat


def rings_area_m2(flat: Ragged, lon: F8, lat: F8) -> F8:
    """Area [m2] of flattened polygons whose vertices are at `lon`, `lat` [deg]."""
    b, e2 = ellipsoid()
    k = np.array(series_coefficients(e2))
    n_rings = len(flat.part) - 1
    per_ring = np.zeros(n_rings)
    cuts = [0, n_rings // 2, n_rings] if n_rings > _THREADED_RINGS else [0, n_rings]

    def work(i: int) -> None:
        _ring_areas(lon, lat, flat.part, cuts[i], cuts[i + 1], 2 * b * b, k, per_ring)

    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        list(pool.map(work, range(len(cuts) - 1)))
    signed = np.where(flat.kind == SHELL, per_ring, -per_ring)
    out = np.zeros(len(flat))
    # Only features that have rings: reduceat would read past the empty ones.
    filled = np.flatnonzero(np.diff(flat.feature))
    if filled.size:
        out[filled] = np.add.reduceat(signed, flat.feature[:-1][filled])
    return out


# --- cells -------------------------------------------------------------------------------

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
