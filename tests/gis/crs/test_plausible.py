"""Coordinates against their system: every border of `gis.crs.plausible`, at it and beside it.

Zone 35 of the 3-degree zones has EPSG:4544 (eastings near 500 km) and EPSG:4523 (eastings
that start with 35), zone 18 of the 6-degree zones EPSG:4507 and EPSG:4496; both lie on the
meridian of 105 E. No unprefixed easting reaches 1,000 km, no northing of the country 6,100 km.
"""

from __future__ import annotations

import math

import pyproj
import pytest

from gis.crs.plausible import check_coordinates
from gis.errors import DataError

FINE = ""
SWAPPED = "the axes are swapped"
NOT_IN = "the coordinates are not in EPSG"
METRES = "metres in a CRS of degrees"
DEGREES = "degrees in a CRS of metres"
TWO = "two zones in one layer"


def said(bounds: tuple[float, ...], crs: object) -> str:
    """The refusal in English, nothing when there is none."""
    try:
        check_coordinates(bounds, crs, "x.shp")
    except DataError as e:
        return e.text("en")
    return ""


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_every_side_is_finite(at, bad):
    box = [106.0, 38.0, 107.0, 39.0]
    box[at] = bad
    assert "not finite" in said(tuple(box), 4490)


@pytest.mark.parametrize(
    ("bounds", "what"),
    [
        # longitudes count to 360 on world grids; beyond, and beyond 180 north, are metres
        ((0, -90, 360, 90), FINE),
        ((-360, -90, 0, 90), FINE),
        ((0, -90, 360.1, 90), METRES),
        ((-360.1, -90, 0, 90), METRES),
        ((0, -90, 10, 180), SWAPPED),
        ((0, -90, 10, 180.1), METRES),
        ((0, -180, 10, 90), SWAPPED),
        ((0, -180.1, 10, 90), METRES),
        # no latitude passes 90 degrees
        ((0, -90, 10, 90.1), SWAPPED),
        ((0, -90.1, 10, 90), SWAPPED),
        # 3..54 in x and 73..136 in y is the country with its axes swapped
        ((3, 73, 54, 90), SWAPPED),
        ((2.9, 73, 54, 90), FINE),
        ((3, 72.9, 54, 90), FINE),
        ((3, 73, 54.1, 90), FINE),
    ],
)
def test_borders_of_degrees(bounds, what):
    found = said(bounds, 4490)
    assert what in found
    assert bool(what) == bool(found)


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("sign", [-1, 1])
def test_up_to_180_in_a_system_of_metres_are_degrees(at, sign):
    box = [0.0, 0.0, 0.0, 0.0]
    box[at] = 180.0 * sign
    assert DEGREES in said(tuple(box), 4544)
    box[at] = 180.1 * sign
    assert DEGREES not in said(tuple(box), 4544)
    assert NOT_IN in said(tuple(box), 4544)


@pytest.mark.parametrize(
    ("bounds", "crs", "what"),
    [
        # eastings -200..1,200 km without a number, northings 200..6,100 km
        ((-2e5, 2e5, 1.2e6, 6.1e6), 4544, FINE),
        ((-200_001, 2e5, 1.2e6, 6.1e6), 4544, NOT_IN),
        ((-2e5, 2e5, 1_200_001, 6.1e6), 4544, NOT_IN),
        ((-2e5, 199_999, 1.2e6, 6.1e6), 4544, NOT_IN),
        ((-2e5, 2e5, 1.2e6, 6_100_001), 4544, NOT_IN),
        # with a number the whole million is the zone's
        ((35_000_000, 2e5, 35_999_999, 6.1e6), 4523, FINE),
        ((35_000_000, 199_999, 35_999_999, 6.1e6), 4523, NOT_IN),
        ((35_000_000, 2e5, 35_999_999, 6_100_001), 4523, NOT_IN),
        ((35_000_000, 2e5, 36_000_000, 6.1e6), 4523, TWO),
        ((34_999_999, 2e5, 35_000_000, 6.1e6), 4523, TWO),
        # a step into eight digits is one of two zones, below it is none
        ((9_999_999, 4.2e6, 10_000_000, 4.3e6), 4544, TWO),
        ((8_000_000, 4.2e6, 9_999_999, 4.3e6), 4544, NOT_IN),
        # y with a zone number, or of 100..900 km, beside an x of 1,000..6,100 km: swapped
        ((4.29e6, 1.0e7, 4.33e6, 4.9999999e7), 4523, SWAPPED),
        ((4.29e6, 9_999_999, 4.33e6, 1.1e7), 4544, NOT_IN),
        ((4.29e6, 1.0e7, 4.33e6, 5.0e7), 4544, NOT_IN),
        ((4.29e6, 1e5, 4.33e6, 9e5), 4544, SWAPPED),
        ((4.29e6, 99_999, 4.33e6, 9e5), 4544, NOT_IN),
        ((4.29e6, 1e5, 4.33e6, 900_001), 4544, NOT_IN),
        ((4.29e6, 3e5, 6.1e6, 5e5), 4544, SWAPPED),
        ((4.29e6, 3e5, 6_100_001, 5e5), 4544, NOT_IN),
        ((1_000_000, 3e5, 1_100_000, 5e5), 4544, FINE),  # 500 km east, in the tropics
        ((1_000_001, 3e5, 1_100_000, 5e5), 4544, SWAPPED),
    ],
)
def test_borders_of_gauss_krueger(bounds, crs, what):
    found = said(bounds, crs)
    assert what in found
    assert bool(what) == bool(found)


@pytest.mark.parametrize(
    ("bounds", "crs", "words"),
    [
        # with a number where none belongs: the same zone with a number, of the same width
        ((35.50e6, 35.54e6), 4544, ("zone number 35, EPSG:4544 has none", "declare EPSG:4523")),
        ((18.50e6, 18.54e6), 4507, ("zone number 18, EPSG:4507 has none", "declare EPSG:4496")),
        ((18.50e6, 18.54e6), 4544, ("zone number 18", "check the declared CRS")),
        ((1.0e7, 1.05e7), 4544, ("zone number 10", "check the declared CRS")),
        # no number where one belongs
        ((500_000, 540_000), 4523, ("no zone number, EPSG:4523 needs 35",
                                    "declare EPSG:4544 if the meridian is 105 E")),
        ((500_000, 540_000), 4496, ("no zone number, EPSG:4496 needs 18",
                                    "declare EPSG:4507 if the meridian is 105 E")),
        ((9_900_000, 9_999_999), 4523, ("no zone number", "EPSG:4544")),
        # another zone: of 3 degrees if there is one, else of 6
        ((36.40e6, 36.44e6), 4523, ("of zone 36, EPSG:4523 is zone 35", "declare EPSG:4524")),
        ((18.50e6, 18.54e6), 4523, ("of zone 18, EPSG:4523 is zone 35", "declare EPSG:4496")),
        ((35.50e6, 35.54e6), 4496, ("of zone 35, EPSG:4496 is zone 18", "declare EPSG:4523")),
        ((50.50e6, 50.54e6), 4523, ("of zone 50", "check the declared CRS")),
        # two of them
        ((35.9e6, 36.1e6), 4523, ("start with 35 and 36", "one zone")),
        # beyond: what is expected is said with the easting of the meridian
        ((1.3e6, 1.4e6), 4507, ("not in EPSG:4507", "eastings near 500000,")),
    ],
)  # fmt: skip
def test_the_refusal_says_the_numbers_and_the_way_out(bounds, crs, words):
    found = said((bounds[0], 4.29e6, bounds[1], 4.33e6), crs)
    for w in words:
        assert w in found
    # the extent as it was read, side by side
    if "one zone" not in words:
        assert f"x {bounds[0]:.10g}..{bounds[1]:.10g}, y 4290000..4330000" in found


def test_northings_beyond_the_country_are_said_with_the_prefixed_easting():
    found = said((35.5e6, 6.2e6, 35.6e6, 6.3e6), 4523)
    assert "not in EPSG:4523" in found
    assert "eastings near 35500000," in found


@pytest.mark.parametrize(
    ("bounds", "advice"),
    [
        ((35.50e6, 4.29e6, 35.54e6, 4.33e6), "zone 35: declare EPSG:4523"),
        ((4.29e6, 35.50e6, 4.33e6, 35.54e6), "zone 35: declare EPSG:4523"),  # axes swapped
        ((35_000_000, 4.29e6, 35_999_999, 4.33e6), "zone 35: declare EPSG:4523"),
        ((35_999_990, 4.29e6, 35_999_999, 4.33e6), "zone 35: declare EPSG:4523"),
        ((13.5e6, 4.29e6, 13.6e6, 4.33e6), "zone 13: declare EPSG:4491"),  # of 6 degrees
        ((35.9e6, 4.29e6, 36.1e6, 4.33e6), "declare the projected CRS"),  # two zones
        ((12.5e6, 4.29e6, 12.6e6, 4.33e6), "declare the projected CRS"),  # no zone of China
        ((500_000, 4.29e6, 540_000, 4.33e6), "declare the projected CRS"),
    ],
)
def test_metres_declared_as_degrees_are_told_by_their_zone_number(bounds, advice):
    found = said(bounds, 4490)
    assert METRES in found
    assert advice in found


def utm(west: float, south: float, east: float, north: float) -> tuple[float, ...]:
    """A box in UTM zone 48 N from its south-western and north-eastern corner."""
    t = pyproj.Transformer.from_crs(4326, 32648, always_xy=True)
    return (*t.transform(west, south), *t.transform(east, north))


@pytest.mark.parametrize(
    ("corners", "inside"),
    [
        # the registry's area is 102..108 E, 0..84 N; five degrees around it are forgiven
        ((97.01, 10, 107, 20), True),
        ((96.99, 10, 107, 20), False),
        ((103, 10, 112.99, 20), True),
        ((103, 10, 113.01, 20), False),
        ((103, -4.99, 107, 20), True),
        ((103, -5.01, 107, 20), False),
        ((103, 10, 107, 88.99), True),
        ((103, 10, 107, 89.01), False),
    ],
)
def test_five_degrees_around_the_area_of_a_system_are_forgiven(corners, inside):
    found = said(utm(*corners), 32648)
    assert ("outside the area" in found) != inside
    if not inside:
        assert "102..108 E, 0..84 N" in found
        assert "check the declared CRS" in found


def test_swapped_columns_of_another_system_are_told():
    west, south, east, north = utm(104, 38, 106, 39)
    assert said((west, south, east, north), 32648) == ""
    found = said((south, west, north, east), 32648)
    assert SWAPPED in found
    assert "swap the two columns" in found
    # swapped or not, it is nowhere near
    assert "outside the area" in said((2e7, 2e7, 2.1e7, 2.1e7), 32648)


def test_a_system_without_an_area_or_across_the_date_line_is_not_judged():
    assert said((1e6, 1e6, 2e6, 2e6), "+proj=laea +lat_0=39 +lon_0=106") == ""
    area = pyproj.CRS(3832).area_of_use
    assert area.west > area.east
    assert said((1e7, 1e6, 1.1e7, 2e6), 3832) == ""
