"""Ellipsoidal area of polygons by the national formula, and the units of areas.

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

from gis.cells.ground import ellipsoid
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
    "polygon_area",
    "polygon_area_m2",
    "polygonal",
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


def polygonal(geometry: Any) -> Any:  # noqa: ANN401
    """The polygons of a geometry as one; empty when it has none.

    What two polygons share may hold the points and lines in which they touch.

    Examples
    --------
    >>> mixed = shapely.from_wkt("GEOMETRYCOLLECTION(POINT(9 9), POLYGON((0 0,1 0,1 1,0 0)))")
    >>> polygonal(mixed).wkt
    'MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))'
    """
    parts = shapely.get_parts(shapely.get_parts(geometry))
    kept = parts[np.isin(shapely.get_type_id(parts), (3, 6))] if len(parts) else parts
    return shapely.multipolygons(shapely.get_parts(kept)) if len(kept) else shapely.Polygon()


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
