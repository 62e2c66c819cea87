"""The coordinate system of an export: what is asked for, whether it fits place and format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2
from gis.crs.china import gk_epsg
from gis.crs.systems import (
    as_crs,
    bounds_ll,
    china_row,
    crs_name,
    pick_gk_crs,
    reproject,
    same_crs,
    transform_points,
)
from gis.errors import ConfigError, DataError, Fault
from gis.say import Sentence, say
from gis.toml import read_toml
from gis.types import F8

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["ZONES", "System", "asked_crs", "fitting", "target_crs"]

ZONES = {"cgcs2000-3": False, "cgcs2000-3-zone": True}
"""Word for the plan's 3-degree zone -> whether eastings start with the zone number."""
_OPTION = "--crs"
_PARTS = 3  # of an extent on each side, each judged for itself
_EDGE = 16  # points on a side: what is straight in degrees is bent in the plane
_LEAST_DEG = 0.01
_DRAWN = ("dxf",)
_TABLES = ("txt", "points")

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class System:
    """The system of an export.

    Attributes
    ----------
    crs
        What features are brought to.
    told
        What is to be known of it.
    """

    crs: pyproj.CRS
    told: tuple[Sentence, ...] = ()


def asked_crs(text: str) -> pyproj.CRS | None:
    """The system an option names; None for the words of `ZONES`.

    Raises
    ------
    ConfigError
        For one that cannot be read, stands on a withdrawn datum, or is not of a plane or of
        longitude and latitude (heights, coordinates of space).

    Examples
    --------
    >>> asked_crs("EPSG:4544").name, asked_crs("cgcs2000-3")
    ('CGCS2000 / 3-degree Gauss-Kruger CM 105E', None)
    """
    if text.lower() in ZONES:
        return None
    try:
        found = as_crs(text, _OPTION)
    except DataError as err:
        # the command line is wrong, and no file of the bureau's
        raise ConfigError(
            [
                Fault(
                    f.what,
                    where=_OPTION,
                    got=f.got,
                    expected=say("geoplan.export.crs_expected"),
                    todo=say("geoplan.export.crs_todo"),
                )
                for f in err.faults
            ]
        ) from err
    flat = found.is_geographic or found.is_projected
    if not flat or len(found.axis_info) != 2 or not _storable(found):
        raise _wrong(say("geoplan.export.crs_not_flat"), found)
    return found


def _storable(crs: pyproj.CRS) -> bool:
    """Whether files can say the system; a turned pole has no form they all know."""
    import pyproj

    try:
        return bool(crs.to_wkt("WKT1_GDAL"))
    except pyproj.exceptions.CRSError:
        return False


def _wrong(what: Sentence, crs: pyproj.CRS, expected: str = "") -> ConfigError:
    return ConfigError(
        what,
        where=_OPTION,
        got=crs_name(crs),
        expected=expected or say("geoplan.export.crs_expected"),
        todo=say("geoplan.export.crs_todo"),
    )


def target_crs(text: str, boxes: gpd.GeoDataFrame) -> pyproj.CRS:
    """The system asked for; of the two words the plan's zone, else the nearest.

    Parameters
    ----------
    text : str
        Of the option; not empty.
    boxes : GeoDataFrame
        In the plan's system; their extent decides where it is no 3-degree zone.
    """
    asked = asked_crs(text)
    if asked is not None:
        return asked
    prefixed = ZONES[text.lower()]
    own = china_row(as_crs(boxes.crs, _OPTION))
    if own is not None and own.is_gk and own.zone_width_deg == 3:
        return as_crs(gk_epsg(own.zone, prefixed=prefixed), _OPTION)
    west, south, east, north = reproject(boxes, 4490, _OPTION).total_bounds.tolist()
    return pick_gk_crs((west, south, east, north), prefixed=prefixed)


def fitting(text: str, boxes: gpd.GeoDataFrame, formats: Sequence[str]) -> System:
    """The system asked for, once it fits the formats and the place.

    Parameters
    ----------
    text : str
        Of the option; not empty.
    boxes : GeoDataFrame
        See `target_crs`.
    formats : sequence of str
        That take a system.

    Raises
    ------
    ConfigError
        For a system of another place; for one in degrees, in other units than metres or whose
        plane is too far from true areas, where a drawing is asked for; for one that is no
        Gauss-Krueger zone, where coordinate texts or tables of points are.
    """
    crs, zones = target_crs(text, boxes), " / ".join(ZONES)
    row = china_row(crs)
    if set(formats) & set(_TABLES) and (row is None or not row.is_gk):
        raise _wrong(say("geoplan.export.crs_tables"), crs, zones)
    drawn = bool(set(formats) & set(_DRAWN))
    metres = crs.is_projected and all(a.unit_conversion_factor == 1 for a in crs.axis_info)
    if drawn and not metres:
        raise _wrong(say("geoplan.export.crs_drawing"), crs, zones)
    box = bounds_ll(boxes.total_bounds.tolist(), boxes.crs)
    beyond_deg = _beyond_deg(crs, box)
    if not crs.is_projected:
        deg = f"{beyond_deg:.1f}"
        said = say("geoplan.export.crs_beyond", crs=crs_name(crs), deg=deg)
        return System(crs, (said,) if beyond_deg > 0 else ())
    if same_crs(crs, boxes.crs):
        return System(crs)
    off = _area_off(crs, box)
    if abs(off) <= _limits()["area_frac_most"]:
        return System(crs)
    share = {"percent": f"{100 * off:+.1f}"}
    if drawn:
        raise _wrong(say("geoplan.export.crs_drawing_areas", **share), crs, zones)
    return System(crs, (say("geoplan.export.crs_areas", crs=crs_name(crs), **share),))


def _limits() -> dict[str, float]:
    return dict(read_toml("geoplan.export", "fit.toml"))


def _beyond_deg(crs: pyproj.CRS, box: Box) -> float:
    """How far a place reaches out of the area a system is made for [deg]; 0 inside.

    Raises
    ------
    ConfigError
        When it is of another place.
    """
    area = crs.area_of_use
    if area is None:
        return 0.0
    west, south, east, north = box
    # an area that crosses the date line goes on beyond 180 degrees
    end = area.east + 360 if area.east < area.west else area.east
    over = [max(area.west - west - k, east + k - end) for k in (-360, 0, 360)]
    out = max(min(over), area.south - south, north - area.north, 0.0)
    if out > _limits()["outside_deg_most"]:
        sides = {k: getattr(area, k) for k in ("west", "south", "east", "north")}
        extent = f"{west:.2f}..{east:.2f} E, {south:.2f}..{north:.2f} N"
        raise _wrong(
            say("geoplan.export.crs_elsewhere", extent=extent),
            crs,
            say("geoplan.export.crs_of", place=say("gis.crs.place_e_n", **sides)),
        )
    return out


def _area_off(crs: pyproj.CRS, box: Box) -> float:
    """How far areas on the plane are from those on the ellipsoid, where they are farthest.

    Raises
    ------
    ConfigError
        When the projection does not reach the place.
    """
    west, south, east, north = box
    pad = max(_LEAST_DEG - min(east - west, north - south), 0) / 2
    xs = np.linspace(west - pad, east + pad, _PARTS + 1)
    ys = np.linspace(south - pad, north + pad, _PARTS + 1)
    cells = [
        shapely.segmentize(shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]), step)
        for i in range(_PARTS)
        for j in range(_PARTS)
        for step in [max(xs[1] - xs[0], ys[1] - ys[0]) / _EDGE]
    ]
    true = polygon_area_m2(np.array(cells), 4490)

    def planar(points: F8) -> F8:
        return np.column_stack(transform_points(points[:, 0], points[:, 1], 4490, crs))

    plane = shapely.area(shapely.transform(np.array(cells), planar))
    if not (np.isfinite(plane).all() and (plane > 0).all()):
        raise _wrong(say("geoplan.export.crs_not_reached"), crs)
    unit = crs.axis_info[0].unit_conversion_factor
    off = plane * unit**2 / true - 1
    return float(off[np.abs(off).argmax()])
