"""Coordinate systems: read them, choose one for a place, and refuse coordinates that lie.

The door to `gis.crs.identity` (which system is meant, points moved), `gis.crs.plausible`
(coordinates that contradict their system) and `gis.crs.gcj02` (shifted web-map coordinates).
Coordinates are always x = east, y = north.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from gis.crs.china import gk_epsg, zone_of_longitude
from gis.crs.gcj02 import (
    Suspicion,
    bd09_to_wgs84,
    gcj02_to_wgs84,
    suspect_gcj02,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from gis.crs.identity import (
    CrsLike,
    as_crs,
    bounds_ll,
    china_row,
    corners_ll,
    crs_name,
    epsg_of,
    same_crs,
    transform_points,
    transformer,
)
from gis.crs.plausible import CHINA_LAT, check_coordinates
from gis.errors import DataError
from gis.say import say
from gis.toml import read_toml

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "CrsLike",
    "Suspicion",
    "as_crs",
    "bd09_to_wgs84",
    "bounds_ll",
    "check_coordinates",
    "china_row",
    "corners_ll",
    "crs_name",
    "epsg_of",
    "gcj02_to_wgs84",
    "longest_scale",
    "pick_gk_crs",
    "reproject",
    "same_crs",
    "scale_limits",
    "scale_off",
    "suspect_gcj02",
    "transform_points",
    "transform_shape",
    "transformer",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

_WIDEST_DEG = 9
"""Of an extent in one zone: at 45 N a distance at its edge is 0.3 % too long, or less."""
_AT_A_TIME = 50_000  # features moved in one go


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
        When the extent is not in China, is swapped, or is wider than 9 degrees.

    Notes
    -----
    A county on a zone border has two equal choices (Pingluo lies on 106.5 E): the bureau's
    habit decides, this function takes the zone of the middle. Away from the meridian planar
    area grows with the square of the distance, 0.04 % at 1.5 degrees and 38.9 N, and so no
    area is taken from the plane (`gis.cells.area`). Distances grow half as fast:
    `longest_scale` says by how much at the edge of a wide county.

    Examples
    --------
    >>> epsg_of(pick_gk_crs((106.2, 38.5, 106.7, 39.1)))
    4544
    """
    check_coordinates(bounds_ll, 4490, "extent")
    west, south, east, north = bounds_ll
    if west > east or south > north:
        raise DataError(
            say("gis.crs.extent_reversed"),
            where=say("gis.crs.at_extent"),
            got=f"{west:g}, {south:g}, {east:g}, {north:g}",
            expected=say("gis.crs.west_south_east_north"),
            todo=say("gis.crs.give_in_order"),
        )
    zone = zone_of_longitude((west + east) / 2)
    code = gk_epsg(zone, prefixed=prefixed)
    in_china = south <= CHINA_LAT[1] and north >= CHINA_LAT[0]
    if code is None or not in_china:
        raise DataError(
            say("gis.crs.extent_lies_outside_china_gauss"),
            where=say("gis.crs.at_extent"),
            got=f"{west:.4f}..{east:.4f} E, {south:.4f}..{north:.4f} N",
            todo=say("gis.crs.state_projected_crs_plan_example"),
        )
    if east - west > _WIDEST_DEG:
        raise DataError(
            say("gis.crs.extent_wider_than_three_zones"),
            where=say("gis.crs.at_extent"),
            got=say("gis.crs.degrees", n=east - west),
            expected=say("gis.crs.degrees_at_most", n=_WIDEST_DEG),
            todo=say("gis.crs.split_area_state_one_projected"),
        )
    return as_crs(code)


def longest_scale(bounds_ll: tuple[float, float, float, float], crs: CrsLike) -> float:
    """How much longer a distance is in the plane than on the ground, at most, in an extent.

    Parameters
    ----------
    bounds_ll : (west, south, east, north)
        Extent [deg].
    crs : CRS
        Projected.

    Returns
    -------
    float
        Largest of the scales at the corners and in the middles of the sides; 1 is true to
        scale.

    Examples
    --------
    On the meridian of a zone, and 1.5 degrees from it:

    >>> round(longest_scale((105.0, 38.9, 105.0, 38.9), 4544), 6)
    1.0
    >>> round(longest_scale((105.0, 38.9, 106.5, 38.9), 4544), 6)
    1.000208
    """
    # conformal or not: the longest that a short line of any direction becomes
    return float(np.max(_factors(bounds_ll, crs).tissot_semimajor))


def scale_off(bounds_ll: tuple[float, float, float, float], crs: CrsLike) -> float:
    """How far a distance in the plane is from the one on the ground at most, as a share of it.

    Parameters
    ----------
    bounds_ll, crs
        As of `longest_scale`.

    Examples
    --------
    In the plane of web maps a metre at 38.9 N is 1 / cos(38.9 deg) = 1.285 m:

    >>> round(scale_off((106.5, 38.9, 106.5, 38.9), 3857), 3)
    0.285
    >>> scale_off((105.8, 38.5, 107.0, 39.2), 4544) < 4e-4
    True
    """
    found = _factors(bounds_ll, crs)
    longest, shortest = np.max(found.tissot_semimajor), np.min(found.tissot_semiminor)
    return float(max(abs(longest - 1.0), abs(1.0 - shortest)))


def scale_limits() -> Mapping[str, Any]:
    """From which `scale_off` a plane is told of (``told``) and not taken (``refused``).

    Examples
    --------
    >>> scale_limits()["refused"]
    0.01
    """
    limits: Mapping[str, Any] = read_toml("gis.crs", "plane.toml")["scale"]
    return limits


def _factors(bounds_ll: tuple[float, float, float, float], crs: CrsLike) -> Any:  # noqa: ANN401
    """Of corners and middles of an extent."""
    west, south, east, north = bounds_ll
    lon = np.repeat([west, (west + east) / 2, east], 3)
    lat = np.tile([south, (south + north) / 2, north], 3)
    return pyproj.Proj(as_crs(crs)).get_factors(lon, lat)


def reproject(
    gdf: gpd.GeoDataFrame, crs: CrsLike, where: str = "", *, last: bool = False
) -> gpd.GeoDataFrame:
    """Bring features into `crs` after checking that they are where they claim to be.

    Parameters
    ----------
    last : bool
        Nobody needs the features given: of many they are let go as they are moved.

    Raises
    ------
    DataError
        When the features have no CRS, or `check_coordinates` refuses them, or they do not
        reach the target.
    """
    target = as_crs(crs, where)
    source = as_crs(gdf.crs, where)
    bounds = tuple(gdf.total_bounds)
    if not gdf.geometry.is_empty.all():
        check_coordinates(bounds, source, where)
    if same_crs(source, target):
        return gdf if gdf.crs == target else gdf.set_crs(target, allow_override=True)
    out = _to_crs(gdf, target, last=last)
    if np.isinf(out.total_bounds).any():
        raise DataError(
            say(
                "gis.crs.features_cannot_brought_from",
                source=crs_name(source),
                target=crs_name(target),
            ),
            where=where,
            got=str(bounds),
        )
    return out


def _to_crs(gdf: gpd.GeoDataFrame, target: pyproj.CRS, *, last: bool) -> gpd.GeoDataFrame:
    """As its own method, which holds all vertices four times over, some features at a time."""
    if len(gdf) <= _AT_A_TIME:
        return gdf.to_crs(target)
    shapes = gdf.geometry
    out, array = gdf.copy(deep=False), shapes.array
    moved = np.empty(len(gdf), dtype=object)
    for at in range(0, len(gdf), _AT_A_TIME):
        part = slice(at, at + _AT_A_TIME)
        moved[part] = np.asarray(array[part].to_crs(target))
        if last:
            array[part] = None
    out.geometry = type(shapes)(moved, index=gdf.index, crs=target)
    return out


def transform_shape(geometry: BaseGeometry, source: CrsLike, target: CrsLike) -> BaseGeometry:
    """A geometry in another system, vertex by vertex.

    Raises
    ------
    DataError
        As `transform_points`.
    """

    def move(xy: np.ndarray) -> np.ndarray:
        return np.column_stack(transform_points(xy[:, 0], xy[:, 1], source, target))

    return shapely.transform(geometry, move)
