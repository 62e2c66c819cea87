"""China's national coordinate systems as a table: which code is which zone.

The table is ``china_crs.csv``; a test compares every row with the EPSG registry.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["ChinaCrs", "china_crs", "gk_epsg", "old_datum", "zone_of_longitude"]

_OLD = re.compile(r"xi.?an.?(19)?80|beijing.?(19)?54|西安.?80|北京.?54|pulkovo", re.IGNORECASE)
# EPSG blocks of the two withdrawn datums: geographic, 6-degree and 3-degree Gauss-Krueger.
_OLD_EPSG = {
    "Xi'an 80": ((4610, 4610), (2327, 2390)),
    "Beijing 54": ((4214, 4214), (2401, 2442), (21413, 21423), (21453, 21463), (21473, 21483)),
}


@dataclass(frozen=True)
class ChinaCrs:
    """One national coordinate system.

    Attributes
    ----------
    epsg
        Its code.
    family
        ``geographic``, ``web_mercator``, ``gk3_zone``, ``gk3_cm``, ``gk6_zone`` or ``gk6_cm``;
        ``_zone`` means the easting starts with the zone number.
    zone
        Zone number, 0 where there is none.
    central_meridian_deg, false_easting_m, zone_width_deg
        Of the Gauss-Krueger projection; 0 where it is none.
    """

    epsg: int
    family: str
    zone: int
    central_meridian_deg: float
    false_easting_m: float
    zone_width_deg: float

    @property
    def is_gk(self) -> bool:
        """Whether it is a Gauss-Krueger zone."""
        return self.family.startswith("gk")

    @property
    def prefixed(self) -> bool:
        """Whether eastings carry the zone number in front (8 digits)."""
        return self.family.endswith("_zone")


@lru_cache(maxsize=1)
def china_crs() -> dict[int, ChinaCrs]:
    """The table, by EPSG code.

    Examples
    --------
    >>> china_crs()[4523].central_meridian_deg, china_crs()[4523].zone
    (105.0, 35)
    """
    text = files("gis.crs").joinpath("china_crs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {
        int(r["epsg"]): ChinaCrs(
            int(r["epsg"]),
            r["family"],
            int(r["zone"] or 0),
            float(r["central_meridian_deg"] or 0),
            float(r["false_easting_m"] or 0),
            float(r["zone_width_deg"] or 0),
        )
        for r in rows
    }


def zone_of_longitude(lon_deg: float, width_deg: int = 3) -> int:
    """Number of the zone a longitude lies in; a border belongs to the zone east of it.

    Examples
    --------
    >>> zone_of_longitude(106.49), zone_of_longitude(106.5), zone_of_longitude(106.5, 6)
    (35, 36, 18)
    """
    if width_deg == 3:
        return int((lon_deg + 1.5) // 3)
    return int(lon_deg // 6) + 1


def gk_epsg(zone: int, width_deg: int = 3, *, prefixed: bool = False) -> int | None:
    """EPSG code of a zone, or None when China has no such zone.

    Examples
    --------
    >>> gk_epsg(35), gk_epsg(35, prefixed=True), gk_epsg(18, 6), gk_epsg(11)
    (4544, 4523, 4507, None)
    """
    family = f"gk{width_deg}_{'zone' if prefixed else 'cm'}"
    for row in china_crs().values():
        if row.family == family and row.zone == zone:
            return row.epsg
    return None


def old_datum(name: str, epsg: int | None) -> str:
    """Name of the withdrawn national datum a CRS stands on, empty when it does not.

    Examples
    --------
    >>> old_datum("Xian_1980_3_Degree_GK_Zone_35", None), old_datum("CGCS2000", 4490)
    ("Xi'an 80", '')
    """
    for datum, blocks in _OLD_EPSG.items():
        if epsg is not None and any(a <= epsg <= b for a, b in blocks):
            return datum
    if m := _OLD.search(name.replace("_", " ").replace("'", "")):
        return "Xi'an 80" if m.group(0)[0] in "xX西" else "Beijing 54"
    return ""
