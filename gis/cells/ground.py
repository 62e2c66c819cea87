"""Distances on the ground: how many metres of the map are a metre on the ellipsoid."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from gis.constants import constants
from gis.crs.systems import CrsLike, as_crs, transform_points

__all__ = ["derivatives", "ellipsoid", "feature_scales", "length_scale"]

F8 = npt.NDArray[np.float64]

_STEP_M = 500.0
_LATTICE_M = 1000.0
_KEY = 1 << 24  # kilometres of one axis fit into half a key
_CHUNK = 1 << 16  # features looked at at a time
_ROUNDED_UP = 1.0 + 1e-9  # a place at exactly the distance is not lost to rounding


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


def feature_scales(bounds: F8, crs: CrsLike) -> F8:
    """Planar metres for one ground metre at features, never too few.

    The law's distances are metres on the ground; the plane's are longer or shorter by the
    scale of the map. Each feature has one scale, the largest at the corners of its bounds, so
    that everybody who measures from a feature uses the same.

    Parameters
    ----------
    bounds : (n, 4) float
        xmin, ymin, xmax, ymax of each feature in `crs`; NaN where it has no geometry.
    crs : CrsLike
        Planar, in metres.

    Returns
    -------
    (n,) float
        NaN where the bounds are.

    Notes
    -----
    In a Gauss-Krueger zone the scale grows with the square of the distance from the central
    meridian: its largest value in a rectangle is at a corner, and interpolation between
    points 1 km apart is too large by 3e-9 at most, never too small. A feature 10 km wide has
    its scale 3e-5 too large at its far end: 1 cm in 300 m, to the safe side.

    Examples
    --------
    >>> box = np.array([[629_200.0, 4_300_100.0, 629_300.0, 4_300_200.0]])
    >>> feature_scales(box, 4544).round(6).tolist()
    [1.000206]
    """
    out = np.full(len(bounds), np.nan)
    for at in range(0, len(bounds), _CHUNK):
        part = np.asarray(bounds[at : at + _CHUNK], dtype=np.float64)
        there = np.isfinite(part).all(axis=1)
        if not there.any():
            continue
        x, y = part[there][:, [0, 0, 2, 2]].ravel(), part[there][:, [1, 3, 1, 3]].ravel()
        corner = _interpolated(x / _LATTICE_M, y / _LATTICE_M, crs)
        out[at : at + _CHUNK][there] = corner.reshape(-1, 4).max(axis=1)
    return out * _ROUNDED_UP


def _interpolated(x: F8, y: F8, crs: CrsLike) -> F8:
    """Scale at places in kilometres, linear between whole ones."""
    col, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    key, index = np.unique(col * _KEY + row, return_inverse=True)
    east = np.floor_divide(key + _KEY // 2, _KEY)
    north = key - east * _KEY
    nodes = [
        length_scale((east + i) * _LATTICE_M, (north + j) * _LATTICE_M, crs)[index]
        for i, j in ((0, 0), (1, 0), (0, 1), (1, 1))
    ]
    fx, fy = x - col, y - row
    south = nodes[0] + fx * (nodes[1] - nodes[0])
    return np.asarray(south + fy * (nodes[2] + fx * (nodes[3] - nodes[2]) - south))
