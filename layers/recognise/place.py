"""Where a table or raster lies to a county, and in which system it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from gis.crs.china import gk_epsg, zone_of_longitude
from gis.crs.systems import as_crs, check_coordinates, corners_ll, transform_points
from gis.errors import GeoplanError
from gis.files.look.tables import areas_near
from gis.prepared import points_inside, prepared
from gis.toml import read_toml
from layers.bundled_county import bundled_county, bundled_county_at
from layers.recognise.counties import County

__all__ = [
    "Ground",
    "Where",
    "county_ground",
    "km_away",
    "likely_systems",
    "no_land_inside",
    "where_is",
    "where_is_box",
]

Box = tuple[float, float, float, float]
_WGS84 = "EPSG:4326"
_ZONES = range(13, 46)  # of 6 and of 3 degrees in China
_KM_DEG = 111.0
_TOUCH_DEG2 = 1e-9  # some ten square metres: what two drawings of a border share
_CODES = ("xzqdm", "zldwdm", "qsdwdm", "xzdm", "qxdm", "xzqhdm")


@dataclass(frozen=True)
class Ground:
    """The county things are compared with.

    Attributes
    ----------
    shape_ll
        Its bundled boundary, prepared.
    """

    county: County
    shape_ll: BaseGeometry


@dataclass(frozen=True)
class Where:
    """Where something lies.

    Attributes
    ----------
    crs
        System in which it does.
    declared
        Whether the file declares that system; a plan must name it otherwise.
    away_km
        From the county to its box; 0 where they meet.
    own_frac
        Share of the places looked at that lie in the county; NaN where none was.
    covered_frac
        Share of the county's box under its box.
    own_code_frac
        Share of rows whose code of a division is of the county; NaN without codes.
    other
        Code and name of another county it is about; empty where none is known.
    fault
        Why its system is not known, in the words of the house; None where it is.
    """

    crs: str = ""
    declared: bool = True
    away_km: float = float("nan")
    own_frac: float = float("nan")
    covered_frac: float = 0.0
    own_code_frac: float = float("nan")
    other: str = ""
    fault: GeoplanError | None = None


def county_ground(county: County) -> Ground:
    """The bundled boundary of a county, ready to be asked."""
    shape = bundled_county(county.adcode).geometry_ll
    shape = prepared(shape)
    return Ground(county, shape)


def likely_systems(ground: Ground) -> tuple[str, ...]:
    """Systems a drawing of the county is likely in: its zones of 3 degrees, both spellings."""
    lon = ground.shape_ll.centroid.x
    zones = [zone_of_longitude(lon) + k for k in (0, -1, 1)]
    codes = [gk_epsg(z, prefixed=p) for p in (False, True) for z in zones]
    return tuple(f"EPSG:{c}" for c in codes if c)


def _possible(box: Box) -> list[str]:
    """Systems the numbers of a box may be in, the likeliest first."""
    if max(map(abs, box)) <= 180:
        return ["EPSG:4490"]
    prefixed = box[0] >= 1e7
    zones = [int(box[0] // 1e6)] if prefixed else list(_ZONES)
    codes = [gk_epsg(z, w, prefixed=prefixed) for w in (3, 6) for z in zones]
    return [f"EPSG:{c}" for c in dict.fromkeys(codes) if c]


def _declared_fault(box: Box, crs: str, label: str) -> GeoplanError | None:
    try:
        check_coordinates(box, as_crs(crs, label), label)
    except GeoplanError as err:
        return err
    return None


def km_away(box_ll: Box, ground: Ground) -> float:
    """From a county to a box in degrees [km]; 0 where they meet."""
    shape = shapely.box(*box_ll)
    if shapely.intersects(ground.shape_ll, shape):
        return 0.0
    ends = shapely.get_coordinates(shapely.shortest_line(ground.shape_ll, shape))
    away_m = pyproj.Geod(ellps="WGS84").inv(*ends[0], *ends[1])[2]
    return float(away_m) / 1000.0


def where_is_box(box: Box | None, declared: str, ground: Ground, label: str) -> Where:
    """Where a box of coordinates lies: in its declared system, else in the one that fits.

    Parameters
    ----------
    box
        In the file's own coordinates.
    declared : str
        System the file declares; empty where it declares none.
    ground : Ground
    label : str
        File, for messages.
    """
    if box is None:
        return Where()
    fault = _declared_fault(box, declared, label) if declared else None
    near_km = float(read_toml("layers.recognise", "evidence.toml")["place"]["near_km"])
    if declared and fault is None:
        found = _placed(box, declared, ground, declared=True)
        if found is not None and found.away_km <= near_km:
            return found
    for crs in _possible(box):
        other = _placed(box, crs, ground, declared=False)
        if other is not None and other.away_km == 0.0:
            return other
    if declared and fault is None and found is not None:
        return found
    only = _possible(box)
    if not declared and len(only) == 1:  # a zone in front of the eastings leaves one system
        lies = _placed(box, only[0], ground, declared=False)
        if lies is not None:
            return lies
    return Where(declared=bool(declared), fault=fault)


def _placed(box: Box, crs: str, ground: Ground, *, declared: bool) -> Where | None:
    box_ll = corners_ll(box, crs)
    if box_ll is None:
        return None
    county = shapely.box(*ground.shape_ll.bounds)
    covered = shapely.area(shapely.intersection(county, shapely.box(*box_ll)))
    return Where(
        crs=crs,
        declared=declared,
        away_km=km_away(box_ll, ground),
        covered_frac=float(covered / shapely.area(county)),
    )


def where_is(
    box: Box | None,
    declared: str,
    points: npt.NDArray[np.float64],
    sample: pd.DataFrame,
    ground: Ground,
    label: str,
) -> Where:
    """Where a table lies, by its box, by places of its rows and by the codes they carry.

    Parameters
    ----------
    points : (n, 2) array
        Places of some rows, in the file's own coordinates.
    sample : DataFrame
        Attributes of some rows.
    """
    from dataclasses import replace

    found = where_is_box(box, declared, ground, label)
    codes = _own_codes(sample, ground.county.adcode)
    own, other = float("nan"), codes[1]
    if found.crs and len(points):
        lon, lat = transform_points(points[:, 0], points[:, 1], found.crs, _WGS84)
        good = np.isfinite(lon) & np.isfinite(lat)
        lon, lat = lon[good], lat[good]
        if len(lon):
            own = float(points_inside(ground.shape_ll, lon, lat).mean())
            if own == 0.0 and not other:
                at = bundled_county_at(float(np.median(lon)), float(np.median(lat)))
                if at is not None and at.adcode != ground.county.adcode:
                    other = f"{at.adcode} {at.name}"
    return replace(found, own_frac=own, own_code_frac=codes[0], other=other)


def no_land_inside(path: Path, table: str, crs: str, ground: Ground) -> bool:
    """Whether none of a table's areas has land in the county; touching it is none.

    Parameters
    ----------
    crs : str
        System the table is in.
    """
    w, s, e, n = ground.shape_ll.bounds
    x, y = transform_points(np.array([w, w, e, e]), np.array([s, n, s, n]), _WGS84, crs)
    rim = 0.02 * max(np.ptp(x), np.ptp(y))
    box = (x.min() - rim, y.min() - rim, x.max() + rim, y.max() + rim)
    try:
        shapes = areas_near(path, table, box)
    except GeoplanError:
        return False  # not a file whose areas can be asked for; its reader tells
    points = shapely.get_coordinates(shapes)
    lon, lat = transform_points(points[:, 0], points[:, 1], crs, _WGS84)
    there = shapely.set_coordinates(shapes.copy(), np.column_stack([lon, lat]))
    cut = shapely.intersection(shapely.make_valid(there), ground.shape_ll)
    return not bool((shapely.area(cut) > _TOUCH_DEG2).any())


def _own_codes(sample: pd.DataFrame, adcode: str) -> tuple[float, str]:
    """Share of rows with the county's code, and the county most others are of."""
    for column in sample.columns:
        if str(column).lower() not in _CODES:
            continue
        heads = sample[column].dropna().astype(str).str.strip().str[:6]
        heads = heads[heads.str.fullmatch(r"[1-9]\d{5}")]
        if not len(heads):
            continue
        own = float((heads == adcode).mean())
        if own > 0:
            return own, ""
        code = str(heads.mode().iloc[0])
        try:
            return own, f"{code} {bundled_county(code).name}"
        except GeoplanError:
            return own, code
    return float("nan"), ""
