"""Zones and withdrawn datums of China against the EPSG registry and the national rule."""

from __future__ import annotations

import pytest
from pyproj.database import query_crs_info

from gis.crs.china import china_crs, gk_epsg, old_datum, zone_of_longitude

REGISTRY = {
    int(c.code): c.name
    for c in query_crs_info(auth_name="EPSG", allow_deprecated=True)
    if c.code.isdigit()
}
OLD = {"Xian 1980": "Xi'an 80", "Beijing 1954": "Beijing 54"}


def test_every_crs_of_a_withdrawn_datum_is_told_and_no_other():
    """By code alone, over the whole registry: the blocks hold these codes and no more."""
    told = {code: old_datum("", code) for code in REGISTRY}
    for code, name in REGISTRY.items():
        plain = not name.startswith("New Beijing") and "height" not in name
        expected = next((d for n, d in OLD.items() if name.startswith(n) and plain), "")
        assert told[code] == expected, (code, name)


@pytest.mark.parametrize(
    ("name", "datum"),
    [
        ("Xian_1980_3_Degree_GK_Zone_35", "Xi'an 80"),
        ("Xi'an 1980 / GK", "Xi'an 80"),
        ("西安80坐标系", "Xi'an 80"),
        ("Beijing_1954_GK_Zone_18", "Beijing 54"),
        ("北京54", "Beijing 54"),
        ("Pulkovo 1942", "Beijing 54"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 35", ""),
    ],
)
def test_names_of_withdrawn_datums(name, datum):
    assert old_datum(name, None) == datum


@pytest.mark.parametrize(
    ("lon", "zone3", "zone6"),
    [
        # 3-degree zone n has its meridian at 3 n, 6-degree zone n at 6 n - 3 (GB/T 22021)
        (105.0, 35, 18),
        (106.499, 35, 18),
        (106.5, 36, 18),
        (107.999, 36, 18),
        (108.0, 36, 19),
        (75.0, 25, 13),
        (135.0, 45, 23),
    ],
)
def test_zone_of_a_longitude(lon, zone3, zone6):
    assert zone_of_longitude(lon) == zone3
    assert zone_of_longitude(lon, 6) == zone6
    middle3, middle6 = 3.0 * zone3, 6.0 * zone6 - 3.0
    assert abs(lon - middle3) <= 1.5
    assert abs(lon - middle6) <= 3.0


def test_codes_with_and_without_the_zone_number_are_told_apart():
    rows = china_crs()
    for zone in range(25, 46):
        with_number, without = gk_epsg(zone, prefixed=True), gk_epsg(zone)
        assert rows[with_number].prefixed
        assert not rows[without].prefixed
        assert rows[with_number].false_easting_m == zone * 1e6 + 500_000.0
        assert rows[without].false_easting_m == 500_000.0
        assert rows[with_number].central_meridian_deg == 3.0 * zone
    assert gk_epsg(24) is None
