"""Which coordinate system a code or text means, and points moved between two of them.

Compared by EPSG code, never by equality: an ESRI ``.prj`` of CGCS2000 is the same system as
EPSG:4490 though the two objects differ. Coordinates are always x = east, y = north here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError, ProjError

from gis.crs.china import ChinaCrs, china_crs, gk_epsg, old_datum
from gis.errors import DataError, GeoplanError
from gis.say import say
from gis.types import F8

__all__ = [
    "CrsLike",
    "as_crs",
    "bounds_ll",
    "china_row",
    "corners_ll",
    "crs_name",
    "epsg_of",
    "same_crs",
    "transform_points",
    "transformer",
]

CrsLike: TypeAlias = pyproj.CRS | int | str | None


@lru_cache(maxsize=256)
def _crs(text: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(text)


@lru_cache(maxsize=256)
def _epsg(text: str) -> int | None:
    """EPSG code of a CRS text; ESRI texts need the lower confidence, then the name decides."""
    crs = _crs(text)
    code = crs.to_epsg()
    if code is not None:
        return int(code)
    # guesses are taken for national systems only, whose texts vary most, and only where the
    # numbers agree: the registry's own guess for a rounded ellipsoid is another zone
    return next((c for c in _guesses(crs) if c is not None and _agrees(crs, c)), None)


def _guesses(crs: pyproj.CRS) -> tuple[int | None, ...]:
    """What the registry, then the name, takes a system for."""
    name = crs.name.replace(" ", "_")
    zone, meridian = (
        re.search(rf"CGCS_?2000_3_Degree_(?:GK|Gauss-Kruger)_{word}_(\d+)", name, re.I)
        for word in ("Zone", "CM")
    )
    return (
        crs.to_epsg(min_confidence=25),
        gk_epsg(int(zone[1]), prefixed=True) if zone else None,
        gk_epsg(int(meridian[1]) // 3) if meridian else None,
    )


def _agrees(crs: pyproj.CRS, code: int) -> bool:
    """Whether a system has the meridian and the false easting of a row of China's table."""
    row = china_crs().get(code)
    if row is None or not row.is_gk:
        return row is not None
    operation = crs.coordinate_operation
    found: dict[str, object] = {p.name: p.value for p in operation.params} if operation else {}
    return (
        found.get("Longitude of natural origin") == row.central_meridian_deg
        and found.get("False easting") == row.false_easting_m
    )


def as_crs(crs: CrsLike, where: str = "") -> pyproj.CRS:
    """Read a CRS from a code, text, WKT or CRS object.

    A system that is known to the EPSG registry comes back as the registry has it, so ESRI
    texts and codes of one system give equal objects.

    Raises
    ------
    DataError
        When it is empty, cannot be read, or stands on Xi'an 80 or Beijing 54.

    Examples
    --------
    >>> as_crs("EPSG:4544").name
    'CGCS2000 / 3-degree Gauss-Kruger CM 105E'
    >>> as_crs(4610)
    Traceback (most recent call last):
    ...
    gis.errors.DataError: the CRS stands on Xi'an 80; got Xian 1980; ...
    """
    if crs is None or crs == "":
        raise DataError(
            say("gis.crs.no_coordinate_system_declared"),
            where=where,
            expected=say("gis.crs.crs_such_epsg_4490_epsg"),
            todo=say("gis.crs.write_crs_into_file_prj"),
        )
    text = str(crs.to_wkt()) if hasattr(crs, "to_wkt") else str(crs)
    if re.fullmatch(r"\d{4,6}", text.strip()):
        text = f"EPSG:{text.strip()}"
    try:
        got = _crs(text)
    except CRSError as e:
        raise DataError(
            say("gis.crs.coordinate_system_cannot_read"),
            where=where,
            got=text[:80],
            expected=say("gis.crs.epsg_code_wkt"),
            todo=say("gis.crs.another_code"),
        ) from e
    code = _epsg(text)
    if datum := old_datum(got.name, code):
        raise DataError(
            say("gis.crs.crs_stands_on", datum=datum),
            where=where,
            got=got.name,
            expected="CGCS2000 (EPSG:4490, 4513-4554)",
            todo=say("gis.crs.have_bureau_convert_data"),
        )
    return got if code is None else _crs(f"EPSG:{code}")


def epsg_of(crs: CrsLike) -> int | None:
    """EPSG code of a CRS, None when the registry has none.

    Examples
    --------
    >>> epsg_of(pyproj.CRS.from_epsg(4523).to_wkt("WKT1_ESRI"))
    4523
    """
    return _epsg(str(as_crs(crs).to_wkt()))


def same_crs(a: CrsLike, b: CrsLike) -> bool:
    """Whether two CRSs are one system, by code where both have one.

    Examples
    --------
    >>> same_crs(4490, pyproj.CRS.from_epsg(4490).to_wkt("WKT1_ESRI"))
    True
    """
    pa, pb = as_crs(a), as_crs(b)
    if pa is pb:
        return True
    ea, eb = epsg_of(pa), epsg_of(pb)
    return ea == eb and (ea is not None or bool(pa == pb))


def crs_name(crs: CrsLike) -> str:
    """Name and code for a message, ``CGCS2000 ... (EPSG:4544)``."""
    got = as_crs(crs)
    code = epsg_of(got)
    return f"{got.name} (EPSG:{code})" if code else str(got.name)


def china_row(crs: CrsLike) -> ChinaCrs | None:
    """The row of China's table that a CRS is, or None.

    Examples
    --------
    >>> china_row(4544).zone
    35
    """
    return china_crs().get(epsg_of(crs) or 0)


@lru_cache(maxsize=64)
def _transformer(src: str, dst: str) -> pyproj.Transformer:
    try:
        return pyproj.Transformer.from_crs(_crs(src), _crs(dst), always_xy=True)
    except ProjError as err:  # a projection of a name nobody has
        raise DataError(
            say("gis.crs.no_way_between_systems"),
            where=crs_name(_crs(src)),
            got=crs_name(_crs(dst)),
            expected=say("gis.crs.crs_such_epsg_4490_epsg"),
            todo=say("gis.crs.write_crs_into_file_prj"),
        ) from err


def _key(crs: CrsLike) -> str:
    got = as_crs(crs)
    code = epsg_of(got)
    return f"EPSG:{code}" if code else str(got.to_wkt())


def transformer(src: CrsLike, dst: CrsLike) -> pyproj.Transformer:
    """The cached pyproj transformer between two CRSs, x always east."""
    return _transformer(_key(src), _key(dst))


def transform_points(
    x: npt.ArrayLike, y: npt.ArrayLike, src: CrsLike, dst: CrsLike
) -> tuple[F8, F8]:
    """Move points from one CRS to another.

    Parameters
    ----------
    x, y : (n,) float
        East and north, or longitude and latitude, in `src`.

    Returns
    -------
    x, y : (n,) float
        In `dst`; infinite where the projection does not reach.

    Notes
    -----
    CGCS2000 and WGS 84 are taken as equal (PROJ's ballpark step): they differ by less than
    a metre, and no public parameters exist.

    Examples
    --------
    >>> x, y = transform_points([105.0], [0.0], 4490, 4544)
    >>> x.round(6).tolist(), y.round(6).tolist()
    ([500000.0], [0.0])
    """
    fx, fy = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    a, b = _key(src), _key(dst)
    if a == b:
        return fx.copy(), fy.copy()
    tx, ty = _transformer(a, b).transform(fx, fy)
    return np.asarray(tx), np.asarray(ty)


def corners_ll(
    bounds: tuple[float, float, float, float], crs: CrsLike
) -> tuple[float, float, float, float] | None:
    """Longitude-latitude extent of the corners of a box; None where they cannot be in `crs`.

    Examples
    --------
    >>> corners_ll((105, 38, 106, 39), 4490)
    (105.0, 38.0, 106.0, 39.0)
    >>> corners_ll((1e12, 1e12, 2e12, 2e12), 4544) is None
    True
    """
    west, south, east, north = bounds
    try:
        lon, lat = transform_points(
            [west, east, west, east], [south, south, north, north], crs, 4326
        )
    except GeoplanError:
        return None
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def bounds_ll(
    bounds: tuple[float, float, float, float], crs: CrsLike
) -> tuple[float, float, float, float]:
    """Longitude-latitude extent of a box in `crs` (edges densified).

    Examples
    --------
    >>> w, s, e, n = bounds_ll((500_000, 0, 500_000, 0), 4544)
    >>> round(w, 9)
    105.0
    """
    w, s, e, n = transformer(crs, 4490).transform_bounds(*bounds, densify_pts=21)
    return float(w), float(s), float(e), float(n)
