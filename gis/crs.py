"""Coordinate systems: read them, choose one for a place, and refuse coordinates that lie.

Compared by EPSG code, never by equality: an ESRI ``.prj`` of CGCS2000 is the same system as
EPSG:4490 though the two objects differ. Coordinates are always x = east, y = north here.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.exceptions import CRSError

from gis.china import ChinaCrs, china_crs, gk_epsg, old_datum, zone_of_longitude
from gis.errors import DataError
from gis.gcj02 import (
    Suspicion,
    bd09_to_wgs84,
    gcj02_to_wgs84,
    suspect_gcj02,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "CrsLike",
    "Suspicion",
    "as_crs",
    "bd09_to_wgs84",
    "bounds_ll",
    "check_coordinates",
    "china_row",
    "crs_name",
    "epsg_of",
    "gcj02_to_wgs84",
    "pick_gk_crs",
    "reproject",
    "same_crs",
    "suspect_gcj02",
    "transform_points",
    "transformer",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

F8 = npt.NDArray[np.float64]
CrsLike: TypeAlias = pyproj.CRS | int | str | None

# China with its seas, in degrees: enough to tell latitude from longitude.
_CHINA_LON = (73.0, 136.0)
_CHINA_LAT = (3.0, 54.0)
_OLD_TODO = (
    "have the bureau convert the data to CGCS2000 (the local parameters are restricted and "
    "not part of this toolkit), then read them again"
)


@lru_cache(maxsize=256)
def _crs(text: str) -> pyproj.CRS:
    return pyproj.CRS.from_user_input(text)


@lru_cache(maxsize=256)
def _epsg(text: str) -> int | None:
    """EPSG code of a CRS text; ESRI texts need the lower confidence, then the name decides."""
    crs = _crs(text)
    code = crs.to_epsg()
    if code is None and (guess := crs.to_epsg(min_confidence=25)) in china_crs():
        code = guess  # a guess is taken for national systems only, whose texts vary most
    if code is not None:
        return int(code)
    name = crs.name.replace(" ", "_")
    if m := re.search(r"CGCS_?2000_3_Degree_(?:GK|Gauss-Kruger)_Zone_(\d+)", name, re.I):
        return gk_epsg(int(m.group(1)), prefixed=True)
    if m := re.search(r"CGCS_?2000_3_Degree_(?:GK|Gauss-Kruger)_CM_(\d+)E?", name, re.I):
        return gk_epsg(int(m.group(1)) // 3)
    return None


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
            "no coordinate system is declared",
            where=where,
            expected="a CRS such as EPSG:4490 or EPSG:4544",
            todo="write the CRS into the file (.prj) or declare it in the plan",
        )
    text = str(crs.to_wkt()) if hasattr(crs, "to_wkt") else str(crs)
    if re.fullmatch(r"\d{4,6}", text.strip()):
        text = f"EPSG:{text.strip()}"
    try:
        got = _crs(text)
    except CRSError as e:
        raise DataError(
            "the coordinate system cannot be read",
            where=where,
            got=text[:80],
            expected="an EPSG code or WKT",
        ) from e
    code = _epsg(text)
    if datum := old_datum(got.name, code):
        raise DataError(
            f"the CRS stands on {datum}",
            where=where,
            got=got.name,
            expected="CGCS2000 (EPSG:4490, 4513-4554)",
            todo=_OLD_TODO,
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
    return ea == eb if ea and eb else bool(pa == pb)


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


def pick_gk_crs(
    bounds_ll: tuple[float, float, float, float], *, prefixed: bool = False
) -> pyproj.CRS:
    """The 3-degree Gauss-Krueger zone whose meridian is nearest to the middle of an extent.

    Parameters
    ----------
    bounds_ll : (west, south, east, north)
        Extent [deg].
    prefixed : bool
        Whether eastings start with the zone number.

    Raises
    ------
    DataError
        When the extent is not in China, is swapped, or is wider than 6 degrees.

    Notes
    -----
    A county on a zone border has two equal choices (Pingluo lies on 106.5 E): the bureau's
    habit decides, this function takes the zone of the middle. Away from the meridian planar
    area grows with the square of the distance, 0.04 % at 1.5 degrees and 38.9 N, and so no
    area is taken from the plane (`gis.area`).

    Examples
    --------
    >>> epsg_of(pick_gk_crs((106.2, 38.5, 106.7, 39.1)))
    4544
    """
    check_coordinates(bounds_ll, 4490, "extent")
    west, south, east, north = bounds_ll
    zone = zone_of_longitude((west + east) / 2)
    code = gk_epsg(zone, prefixed=prefixed)
    in_china = south <= _CHINA_LAT[1] and north >= _CHINA_LAT[0]
    if code is None or not in_china:
        raise DataError(
            "the extent lies outside China's Gauss-Krueger zones",
            where="extent",
            got=f"{west:.4f}..{east:.4f} E, {south:.4f}..{north:.4f} N",
            todo="state the projected CRS of the plan (for example the local UTM zone)",
        )
    if east - west > 6:
        raise DataError(
            "the extent is wider than two zones",
            where="extent",
            got=f"{east - west:.2f} degrees",
            expected="at most 6",
            todo="split the area, or state one projected CRS",
        )
    return _crs(f"EPSG:{code}")


def check_coordinates(
    bounds: tuple[float, float, float, float], crs: CrsLike, where: str = ""
) -> None:
    """Refuse an extent that cannot be in the CRS it is declared to be in.

    Finds swapped axes, degrees in a metres CRS and the reverse, an easting with or without
    zone number against the declared CRS, another zone's number, and two zones in one layer.

    Parameters
    ----------
    bounds : (xmin, ymin, xmax, ymax)
        Extent of the data in the units of `crs`.
    crs : CRS
        What the data are declared to be in.
    where : str
        File or layer for the message.

    Raises
    ------
    DataError
        With what the coordinates look like and the CRS to declare instead.

    Examples
    --------
    >>> check_coordinates((500_000, 4.29e6, 540_000, 4.33e6), 4544)
    >>> check_coordinates((38.6, 106.2, 39.1, 106.9), 4490, "county.shp")
    Traceback (most recent call last):
    ...
    gis.errors.DataError: county.shp: the axes are swapped: ...
    """
    got = as_crs(crs, where)
    box = tuple(float(v) for v in bounds)
    if not all(map(math.isfinite, box)):
        raise DataError("coordinates are not finite", where=where, got=str(box))
    shown = f"x {box[0]:.10g}..{box[2]:.10g}, y {box[1]:.10g}..{box[3]:.10g}"
    if got.is_geographic:
        _check_degrees(box, shown, got, where)
        return
    if max(map(abs, box)) <= 180:
        raise DataError(
            f"degrees in a CRS of metres: {crs_name(got)} is declared",
            where=where,
            got=shown,
            todo="declare EPSG:4490 (or 4326) for this layer",
        )
    row = china_row(got)
    if row is not None and row.is_gk:
        _check_gk(box, shown, row, where)
    else:
        _check_area_of_use(box, shown, got, where)


def _inside(lo: float, hi: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= lo and hi <= limits[1]


def _check_degrees(box: tuple[float, ...], shown: str, crs: pyproj.CRS, where: str) -> None:
    xmin, ymin, xmax, ymax = box
    if max(abs(xmin), abs(xmax)) > 360 or max(abs(ymin), abs(ymax)) > 180:
        raise DataError(
            f"metres in a CRS of degrees: {crs_name(crs)} is declared",
            where=where,
            got=shown,
            todo=_guess_gk(box),
        )
    china_swapped = _inside(xmin, xmax, _CHINA_LAT) and _inside(ymin, ymax, _CHINA_LON)
    if china_swapped or max(abs(ymin), abs(ymax)) > 90:
        raise DataError(
            "the axes are swapped: x holds latitude and y longitude",
            where=where,
            got=shown,
            expected="x = longitude, y = latitude",
            todo="swap the two columns (EPSG:4490 files must be written longitude first)",
        )


def _guess_gk(box: tuple[float, ...]) -> str:
    """Advice: the zone that an 8-digit easting names."""
    for lo, hi in ((box[0], box[2]), (box[1], box[3])):
        zone = int(lo // 1e6)
        if lo >= 1e7 and zone == int(hi // 1e6):
            code = gk_epsg(zone, prefixed=True) or gk_epsg(zone, 6, prefixed=True)
            if code:
                return f"the easting starts with zone {zone}: declare EPSG:{code}"
    return "declare the projected CRS of this layer (for example EPSG:4544)"


def _check_gk(box: tuple[float, ...], shown: str, row: ChinaCrs, where: str) -> None:
    xmin, ymin, xmax, ymax = box
    northing = (2.0e5, 6.1e6)  # 2 to 55 degrees north
    width = int(row.zone_width_deg)
    y_is_easting = (ymin >= 1.0e7 and ymax < 5e7) or _inside(ymin, ymax, (1e5, 9e5))
    # An unprefixed easting never passes 1,000 km, so an x above it can only be a northing.
    if y_is_easting and _inside(xmin, xmax, northing) and xmin > 1e6:
        raise DataError(
            "the axes are swapped: x holds the northing and y the easting",
            where=where,
            got=shown,
            expected="x = easting, y = northing",
            todo="swap the two columns (national tables call the northing X)",
        )
    zones = (int(xmin // 1e6), int(xmax // 1e6))
    eight_digits = xmin >= 1e7
    if xmax >= 1e7 and zones[0] != zones[1]:
        raise DataError(
            "two zones in one layer",
            where=where,
            got=f"eastings that start with {zones[0]} and {zones[1]}",
            expected="one zone",
            todo="bring both parts to one zone first (reproject each, then merge)",
        )
    if eight_digits and not row.prefixed:
        code = gk_epsg(zones[0], width, prefixed=True)
        raise DataError(
            f"the eastings carry zone number {zones[0]}, EPSG:{row.epsg} has none",
            where=where,
            got=shown,
            todo=f"declare EPSG:{code}" if code else "check the declared CRS",
        )
    if not eight_digits and row.prefixed:
        code = gk_epsg(row.zone, width)
        raise DataError(
            f"the eastings carry no zone number, EPSG:{row.epsg} needs {row.zone}",
            where=where,
            got=shown,
            todo=f"declare EPSG:{code} if the meridian is {row.central_meridian_deg:g} E",
        )
    if eight_digits and zones[0] != row.zone:
        code = gk_epsg(zones[0], 3, prefixed=True) or gk_epsg(zones[0], 6, prefixed=True)
        raise DataError(
            f"the eastings are of zone {zones[0]}, EPSG:{row.epsg} is zone {row.zone}",
            where=where,
            got=shown,
            todo=f"declare EPSG:{code}" if code else "check the declared CRS",
        )
    base = row.zone * 1e6 if row.prefixed else 0.0
    if not (_inside(xmin - base, xmax - base, (-2e5, 1.2e6)) and _inside(ymin, ymax, northing)):
        raise DataError(
            f"the coordinates are not in EPSG:{row.epsg}",
            where=where,
            got=shown,
            expected=f"eastings near {row.false_easting_m:.0f}, northings 200000..6100000",
        )


def _check_area_of_use(box: tuple[float, ...], shown: str, crs: pyproj.CRS, where: str) -> None:
    """Foreign systems: the extent must fall near the area the registry gives for the system."""
    area = crs.area_of_use
    if area is None or area.west > area.east:
        return

    def near(b: tuple[float, ...]) -> bool:
        lon, lat = transform_points([b[0], b[2]], [b[1], b[3]], crs, 4326)
        margin = 5.0  # degrees; systems are used a little beyond their stated area
        return bool(
            np.isfinite(lon).all()
            and np.isfinite(lat).all()
            and lon.min() >= area.west - margin
            and lon.max() <= area.east + margin
            and lat.min() >= area.south - margin
            and lat.max() <= area.north + margin
        )

    if near(box):
        return
    swapped = near((box[1], box[0], box[3], box[2]))
    raise DataError(
        "the axes are swapped: x holds the northing and y the easting"
        if swapped
        else f"the coordinates lie outside the area of {crs_name(crs)}",
        where=where,
        got=shown,
        expected=f"a place in {area.west:g}..{area.east:g} E, {area.south:g}..{area.north:g} N",
        todo="swap the two columns" if swapped else "check the declared CRS",
    )


@lru_cache(maxsize=64)
def _transformer(src: str, dst: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_crs(src), _crs(dst), always_xy=True)


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


def reproject(gdf: gpd.GeoDataFrame, crs: CrsLike, where: str = "") -> gpd.GeoDataFrame:
    """Bring features into `crs` after checking that they are where they claim to be.

    Raises
    ------
    DataError
        When the features have no CRS, or `check_coordinates` refuses them, or they do not
        reach the target.
    """
    target = as_crs(crs, where)
    source = as_crs(gdf.crs, where)
    if len(gdf) and not gdf.geometry.is_empty.all():
        check_coordinates(tuple(gdf.total_bounds), source, where)
    if same_crs(source, target):
        return gdf if gdf.crs == target else gdf.set_crs(target, allow_override=True)
    out = gdf.to_crs(target)
    if len(out) and not np.isfinite(np.nan_to_num(out.total_bounds, nan=0.0)).all():
        raise DataError(
            f"features cannot be brought from {crs_name(source)} to {crs_name(target)}",
            where=where,
            got=str(tuple(gdf.total_bounds)),
        )
    return out
