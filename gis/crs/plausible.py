"""Coordinates that cannot be in the system they are declared to be in."""

from __future__ import annotations

import math

import numpy as np
import pyproj

from gis.crs.china import ChinaCrs, gk_epsg
from gis.crs.identity import CrsLike, as_crs, china_row, crs_name, transform_points
from gis.errors import DataError
from gis.say import say

__all__ = ["CHINA_LAT", "CHINA_LON", "check_coordinates"]

# China with its seas, in degrees: enough to tell latitude from longitude.
# no system has a coordinate beyond it in any unit down to a tenth of a millimetre
_FARTHEST = 1e12
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)


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
        raise DataError(say("gis.crs.coordinates_not_finite"), where=where, got=str(box))
    shown = f"x {box[0]:.10g}..{box[2]:.10g}, y {box[1]:.10g}..{box[3]:.10g}"
    if max(map(abs, box)) > _FARTHEST:
        raise DataError(
            say("gis.crs.coordinates_beyond_earth"),
            where=where,
            got=shown,
            todo=say("gis.crs.find_broken_vertex"),
        )
    if got.is_geographic:
        _check_degrees(box, shown, got, where)
        return
    if max(map(abs, box)) <= 180:
        raise DataError(
            say("gis.crs.degrees_crs_metres_declared", crs=crs_name(got)),
            where=where,
            got=shown,
            todo=say("gis.crs.declare_epsg_4490_4326_this"),
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
            say("gis.crs.metres_crs_degrees_declared", crs=crs_name(crs)),
            where=where,
            got=shown,
            todo=_guess_gk(box),
        )
    china_swapped = _inside(xmin, xmax, CHINA_LAT) and _inside(ymin, ymax, CHINA_LON)
    if china_swapped or max(abs(ymin), abs(ymax)) > 90:
        raise DataError(
            say("gis.crs.axes_swapped_x_holds_latitude"),
            where=where,
            got=shown,
            expected=say("gis.crs.x_longitude_y_latitude"),
            todo=say("gis.crs.swap_two_columns_epsg_4490"),
        )


def _guess_gk(box: tuple[float, ...]) -> str:
    """Advice: the zone that an 8-digit easting names."""
    for lo, hi in ((box[0], box[2]), (box[1], box[3])):
        zone = int(lo // 1e6)
        if zone == int(hi // 1e6):
            code = gk_epsg(zone, prefixed=True) or gk_epsg(zone, 6, prefixed=True)
            if code:
                return say("gis.crs.easting_names_zone", zone=zone, code=code)
    return say("gis.crs.declare_projected_crs")


def _check_gk(box: tuple[float, ...], shown: str, row: ChinaCrs, where: str) -> None:
    xmin, ymin, xmax, ymax = box
    northing = (2.0e5, 6.1e6)  # 2 to 55 degrees north
    width = int(row.zone_width_deg)
    y_is_easting = (ymin >= 1.0e7 and ymax < 5e7) or _inside(ymin, ymax, (1e5, 9e5))
    # An unprefixed easting never passes 1,000 km, so an x above it can only be a northing.
    if y_is_easting and _inside(xmin, xmax, northing) and xmin > 1e6:
        raise DataError(
            say("gis.crs.axes_swapped_x_holds_northing"),
            where=where,
            got=shown,
            expected=say("gis.crs.x_easting_y_northing"),
            todo=say("gis.crs.swap_two_columns_national_tables"),
        )
    zone, last = int(xmin // 1e6), int(xmax // 1e6)
    eight_digits = xmin >= 1e7
    if xmax >= 1e7 and zone != last:
        raise DataError(
            say("gis.crs.two_zones_one_layer"),
            where=where,
            got=say("gis.crs.eastings_start", first=zone, second=last),
            expected=say("gis.crs.one_zone"),
            todo=say("gis.crs.bring_both_parts_one_zone"),
        )
    if eight_digits and not row.prefixed:
        code = gk_epsg(zone, width, prefixed=True)
        raise DataError(
            say("gis.crs.eastings_carry_zone_number_epsg", zone=zone, epsg=row.epsg),
            where=where,
            got=shown,
            todo=say("gis.crs.declare_epsg", code=code)
            if code
            else say("gis.crs.check_declared_crs"),
        )
    if not eight_digits and row.prefixed:
        code = gk_epsg(row.zone, width)
        raise DataError(
            say("gis.crs.eastings_carry_no_zone_number", epsg=row.epsg, zone=row.zone),
            where=where,
            got=shown,
            todo=say(
                "gis.crs.declare_epsg_if_meridian_e",
                code=code,
                central_meridian_deg=row.central_meridian_deg,
            ),
        )
    if eight_digits and zone != row.zone:
        code = gk_epsg(zone, 3, prefixed=True) or gk_epsg(zone, 6, prefixed=True)
        raise DataError(
            say("gis.crs.eastings_zone_epsg_zone", got=zone, epsg=row.epsg, zone=row.zone),
            where=where,
            got=shown,
            todo=say("gis.crs.declare_epsg", code=code)
            if code
            else say("gis.crs.check_declared_crs"),
        )
    # eastings with the right zone number lie within a zone's million already
    near = row.prefixed or _inside(xmin, xmax, (-2e5, 1.2e6))
    if not (near and _inside(ymin, ymax, northing)):
        raise DataError(
            say("gis.crs.coordinates_not_epsg", epsg=row.epsg),
            where=where,
            got=shown,
            expected=say(
                "gis.crs.eastings_near_northings_200000_6100000",
                false_easting_m=row.false_easting_m,
            ),
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
        say("gis.crs.axes_swapped_x_holds_northing")
        if swapped
        else say("gis.crs.coordinates_lie_outside_area", crs=crs_name(crs)),
        where=where,
        got=shown,
        expected=say(
            "gis.crs.place_e_n",
            west=area.west,
            east=area.east,
            south=area.south,
            north=area.north,
        ),
        todo=say("gis.crs.swap_two_columns") if swapped else say("gis.crs.check_declared_crs"),
    )
