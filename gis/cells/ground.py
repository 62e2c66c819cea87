"""Distances on the ground: how many metres of the map are a metre on the ellipsoid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj

from gis.constants import constants
from gis.crs.systems import CrsLike, as_crs, transform_points
from gis.types import F8

__all__ = ["derivatives", "ellipsoid", "feature_scales", "length_scale"]


_STEP_M = 500.0
_LATTICE_M = 5000.0
_SHEET = 8  # lattice steps of a sheet, whose scales are computed together
_CHUNK = 1 << 16  # features looked at at a time
_ROUNDED_UP = 1.0 + 1e-9  # a place at exactly the distance is not lost to rounding
_FAR_M = 5000.0  # the law asks for 2 km at most; farther preferences need no millimetre
_RADIUS_M = 6.335e6  # smallest radius of curvature of the ellipsoid, b^2 / a


@lru_cache(maxsize=1)
def ellipsoid() -> tuple[float, float]:
    """Semi-minor axis [m] and first eccentricity squared of CGCS2000."""
    c = constants("cgcs2000")
    f = 1.0 / c["inverse_flattening"]
    return c["semi_major_m"] * (1.0 - f), f * (2.0 - f)


def derivatives(x: F8, y: F8, crs: CrsLike, step: float) -> tuple[F8, F8, F8, F8, F8]:
    """Derivatives of longitude and latitude [rad] by x and y, and the latitude, at points.

    Fourth-order central differences of (L, B) with step h: the error is (h/R)^4, 4e-17 for
    500 m, plus 4e-12 of rounding.
    """
    offsets = ((1, 0), (-1, 0), (2, 0), (-2, 0), (0, 1), (0, -1), (0, 2), (0, -2))
    px = np.concatenate([x] + [x + i * step for i, _ in offsets])
    py = np.concatenate([y] + [y + j * step for _, j in offsets])
    lon, lat = transform_points(px, py, crs, 4490)
    lon, lat = np.radians(lon).reshape(9, -1), np.radians(lat).reshape(9, -1)

    def slope(v: F8, i: int) -> F8:
        return np.asarray((8.0 * (v[i] - v[i + 1]) - (v[i + 2] - v[i + 3])) / (12.0 * step))

    return slope(lon, 1), slope(lon, 5), slope(lat, 1), slope(lat, 5), lat[0]


def length_scale(x: npt.ArrayLike, y: npt.ArrayLike, crs: CrsLike) -> F8:
    """Planar metres of `crs` for one metre on the ellipsoid, at points.

    Where the projection is not conformal, in the direction in which they are most: a
    distance multiplied by it is nowhere shorter on the ground.

    Parameters
    ----------
    x, y : (n,) float
        Places in a planar CRS [m].
    crs : CrsLike
        In metres.

    Returns
    -------
    (n,) float

    Examples
    --------
    On the central meridian of a Gauss-Krueger zone the plane is true; 130 km east of it a
    planar metre is short by (130 / 6371)^2 / 2:

    >>> length_scale([500_000.0, 630_000.0], [4_300_000.0] * 2, 4544).round(6).tolist()
    [1.0, 1.000208]
    """
    fx, fy = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    lon_x, lon_y, lat_x, lat_y, lat = derivatives(fx, fy, as_crs(crs), _STEP_M)
    b, e2 = ellipsoid()
    w2 = 1 - e2 * np.sin(lat) ** 2
    meridian = b * np.sqrt(1 - e2) / w2**1.5  # M = a (1 - e2) / W^3, with b = a sqrt(1 - e2)
    across = b / np.sqrt(1 - e2) / np.sqrt(w2) * np.cos(lat)  # N cos B = a cos B / W
    east_x, east_y = across * lon_x, across * lon_y
    north_x, north_y = meridian * lat_x, meridian * lat_y
    # the smaller singular value: ground metres of a planar one where they are fewest
    even = np.hypot(east_x + north_y, north_x - east_y)
    odd = np.hypot(east_x - north_y, north_x + east_y)
    return np.asarray(2.0 / np.abs(even - odd))


def feature_scales(bounds: F8, crs: CrsLike, reach_m: npt.ArrayLike = 0.0) -> F8:
    """Planar metres for one ground metre around features, never too few.

    The law's distances are metres on the ground; the plane's are longer or shorter by the
    scale of the map. Each feature has one scale for a distance, the largest half way out at
    the corners of its bounds, so that everybody who measures from it uses the same.

    Parameters
    ----------
    bounds : (n, 4) float
        xmin, ymin, xmax, ymax of each feature in `crs`; NaN where it has no geometry.
    crs : CrsLike
        Planar, in metres.
    reach_m : (n,) float or float
        How far is measured from each feature [m]; beyond 5 km it is as for 5 km.

    Returns
    -------
    (n,) float
        NaN where the bounds are.

    Notes
    -----
    In a Gauss-Krueger zone the scale grows with the square of the distance from the central
    meridian: its largest value in a rectangle is at a corner, a distance has the scale of
    its middle, and interpolation between points 5 km apart is too large by 8e-8 at most,
    never too small. A feature 10 km wide has its scale 3e-5 too large at its far end: 1 cm in
    300 m, to the safe side.

    Examples
    --------
    >>> box = np.array([[629_200.0, 4_300_100.0, 629_300.0, 4_300_200.0]])
    >>> feature_scales(box, 4544).round(6).tolist()
    [1.000206]
    """
    out = np.full(len(bounds), np.nan)
    reach = np.minimum(np.asarray(reach_m, dtype=np.float64), _FAR_M)
    half = np.broadcast_to(reach / 2, len(bounds))
    key = as_crs(crs)
    for at in range(0, len(bounds), _CHUNK):
        part = np.asarray(bounds[at : at + _CHUNK], dtype=np.float64)
        there = np.isfinite(part).all(axis=1)
        if not there.any():
            continue
        wide = part[there] + half[at : at + _CHUNK][there, None] * [-1.0, -1.0, 1.0, 1.0]
        x, y = wide[:, [0, 0, 2, 2]].ravel(), wide[:, [1, 3, 1, 3]].ravel()
        corner = _interpolated(x / _LATTICE_M, y / _LATTICE_M, key)
        out[at : at + _CHUNK][there] = corner.reshape(-1, 4).max(axis=1)
    # the mean of a square over a distance is larger than in its middle, by d^2 / 24
    return np.asarray(out * (_ROUNDED_UP + (half / _RADIUS_M) ** 2 / 6))


@lru_cache(maxsize=256)
def _sheet(crs: pyproj.CRS, east: int, north: int) -> F8:
    """Scales at the lattice points of one sheet, (north, east), its far edges included."""
    i = np.arange(_SHEET + 1, dtype=np.float64)
    x, y = np.meshgrid((east * _SHEET + i) * _LATTICE_M, (north * _SHEET + i) * _LATTICE_M)
    return length_scale(x.ravel(), y.ravel(), crs).reshape(x.shape)


def _interpolated(x: F8, y: F8, crs: pyproj.CRS) -> F8:
    """Scale at places in lattice steps, linear between whole ones."""
    col, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = x - col, y - row
    sheets = np.stack([col // _SHEET, row // _SHEET], axis=1)
    out = np.empty(len(x))
    low, high = sheets.min(axis=0), sheets.max(axis=0)
    for east in range(int(low[0]), int(high[0]) + 1):
        for north in range(int(low[1]), int(high[1]) + 1):
            own = np.flatnonzero((sheets[:, 0] == east) & (sheets[:, 1] == north))
            if not len(own):
                continue
            k = _sheet(crs, east, north)
            i, j = row[own] - north * _SHEET, col[own] - east * _SHEET
            south = k[i, j] + fx[own] * (k[i, j + 1] - k[i, j])
            top = k[i + 1, j] + fx[own] * (k[i + 1, j + 1] - k[i + 1, j])
            out[own] = south + fy[own] * (top - south)
    return out
