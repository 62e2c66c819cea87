"""Which system a text means: its code, its name, or none."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from gis.crs.china import china_crs
from gis.crs.identity import (
    as_crs,
    bounds_ll,
    china_row,
    crs_name,
    epsg_of,
    same_crs,
    transform_points,
)
from gis.crs.systems import pick_gk_crs, reproject
from gis.errors import DataError

LOCAL = "+proj=laea +lat_0=39 +lon_0=106"  # no code of any registry


def esri(code: int, *changes: tuple[str, str]) -> str:
    text = pyproj.CRS.from_epsg(code).to_wkt("WKT1_ESRI")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


ROUNDED = ("298.257222101", "298.25")  # a flattening typed short, as drawing programs do


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (esri(4523, ROUNDED), 4523),
        (esri(4545, ROUNDED), 4545),
        # other ways to write the same names
        (esri(4523, ROUNDED, ("_GK_Zone_", "_Gauss-Kruger_Zone_")), 4523),
        (esri(4545, ROUNDED, ("CGCS2000_3", "cgcs_2000_3")), 4545),
        (esri(4545, ROUNDED, ("CGCS2000_3_Degree_GK_CM_108E",
                              "CGCS2000 3 Degree Gauss-Kruger CM 108")), 4545),
        (esri(4523, ROUNDED, ("Zone_35", "Zone_35 (2)")), 4523),
        # a name that contradicts the numbers, or no name: the numbers are all that is known
        (esri(4545, ROUNDED, ("CM_108E", "CM_105E")), None),
        (esri(4545, ROUNDED, ("CGCS2000_3_Degree_GK_CM_108E", "site_grid")), None),
        (esri(4523, ROUNDED, ("35500000.0", "35500000.5")), None),
        (esri(4523, ROUNDED, ("105.0", "105.25")), None),
        (LOCAL, None),
    ],
)  # fmt: skip
def test_texts_are_taken_for_a_code_when_their_numbers_are_its_own(text, code):
    assert epsg_of(text) == code
    # and so a point stays where the text puts it: 105 E or 108 E, 39 N
    lon = 108.0 if 'Central_Meridian",108' in text else 105.0
    own = pyproj.Transformer.from_crs(4490, pyproj.CRS(text), always_xy=True)
    x, y = transform_points([lon], [39.0], 4490, text)
    assert (x[0], y[0]) == pytest.approx(own.transform(lon, 39.0), abs=100.0)


@pytest.mark.parametrize("code", [4491, 4501, 4513, 4523, 4533, 4535, 4545])
def test_texts_of_gdal_without_a_registry_number(code):
    text = pyproj.CRS.from_epsg(code).to_wkt("WKT1_GDAL")
    assert pyproj.CRS.from_wkt(text).to_epsg() is None
    assert epsg_of(text) == code


def test_systems_of_degrees_have_no_zone():
    for code in (4490, 4326, 3857):
        row = china_crs()[code]
        assert (row.zone, row.central_meridian_deg) == (0, 0.0)
        assert (row.false_easting_m, row.zone_width_deg) == (0.0, 0.0)
        assert not row.is_gk
    assert china_row(4490) == china_crs()[4490]
    assert china_row(4490).family == "geographic"
    row = china_row(4523)
    assert (row.zone, row.central_meridian_deg, row.false_easting_m) == (
        35,
        105.0,
        35_500_000.0,
    )
    assert row.zone_width_deg == 3.0
    assert china_row(4507).zone_width_deg == 6.0
    assert china_row(LOCAL) is None


def test_systems_without_a_code_are_compared_as_they_are():
    other = "+proj=laea +lat_0=39 +lon_0=107"
    assert same_crs(LOCAL, LOCAL)
    assert same_crs(LOCAL, pyproj.CRS(LOCAL).to_wkt())
    assert not same_crs(LOCAL, other)
    assert not same_crs(LOCAL, 4544)
    assert not same_crs(4544, LOCAL)
    assert not same_crs(4544, 4545)
    assert same_crs(4544, 4544)


def test_a_name_with_its_code_or_alone():
    assert crs_name(4544) == "CGCS2000 / 3-degree Gauss-Kruger CM 105E (EPSG:4544)"
    assert crs_name(LOCAL) == "unknown"


def test_points_go_to_a_system_without_a_code_and_back():
    # the origin of the projection is 0, 0; an azimuthal map keeps the length of the meridian
    # to (s / 2R)^2 / 6: 55.5 km for half a degree
    x, y = transform_points([106.0, 106.0], [39.0, 39.5], 4490, LOCAL)
    assert x == pytest.approx([0.0, 0.0], abs=1e-6)
    assert y == pytest.approx([0.0, 55_505.0], abs=30.0)
    back = transform_points(x, y, LOCAL, 4490)
    np.testing.assert_allclose(back, ([106.0, 106.0], [39.0, 39.5]), atol=1e-9)


def test_points_of_one_system_are_copied_not_shared():
    x = np.array([1.0, 2.0])
    out, _ = transform_points(x, x, 4544, "EPSG:4544")
    assert out.tolist() == [1.0, 2.0]
    assert not np.shares_memory(out, x)


def test_the_extent_of_a_box_in_degrees():
    # the foot of the meridian arc of 4 320 km on the ellipsoid is 39.01 N; the edges bulge,
    # so the extent holds every corner
    w, s, e, n = bounds_ll((450_000, 4.3e6, 550_000, 4.4e6), 4544)
    assert (w + e) / 2 == pytest.approx(105.0, abs=1e-9)
    lon, lat = transform_points([450_000, 450_000, 500_000], [4.3e6, 4.4e6, 4.4e6], 4544, 4490)
    assert w == pytest.approx(min(lon), abs=1e-9)
    assert s == pytest.approx(lat[0], abs=1e-9)
    assert n == pytest.approx(lat[2], abs=1e-6)
    assert lat[2] - lat[1] > 1e-3  # the middle of the upper edge is north of its corners
    assert bounds_ll((105.0, 38.0, 106.0, 39.0), 4490) == (105.0, 38.0, 106.0, 39.0)


def test_a_text_that_cannot_be_read_is_shown_to_its_80th_letter():
    with pytest.raises(DataError) as e:
        as_crs("q" * 79 + "zy", "a.prj")
    assert e.value.faults[0].got == "q" * 79 + "z"


@pytest.mark.parametrize("text", [" 4544 ", "4544", 4544, "EPSG:4544", "epsg:4544"])
def test_a_number_is_a_code(text):
    assert as_crs(text) is as_crs(4544)


# ------------------------------------------------------------------ a zone for a place


@pytest.mark.parametrize(
    ("extent", "what"),
    [
        ((106.0, 39.0, 106.0, 39.0), ""),  # a point
        ((106.1, 39.0, 106.0, 39.0), "reversed"),
        ((106.0, 39.1, 106.0, 39.0), "reversed"),
        ((102.0, 39.0, 108.0, 39.5), ""),  # two zones of three degrees
        ((102.0, 39.0, 111.0, 39.5), ""),  # three zones: the widest that has one plane
        ((102.0, 39.0, 111.1, 39.5), "9.10 degrees"),
        # 3..54 N and the zones 25 (from 73.5 E) to 45 (up to 136.5 E)
        ((106.0, 2.0, 107.0, 3.0), ""),
        ((106.0, 2.0, 107.0, 2.9), "outside China"),
        ((106.0, 54.0, 107.0, 55.0), ""),
        ((106.0, 54.1, 107.0, 55.0), "outside China"),
        ((73.5, 39.0, 73.5, 39.0), ""),
        ((73.4, 39.0, 73.4, 39.0), "outside China"),
        ((136.4, 47.0, 136.4, 47.0), ""),
        ((136.5, 47.0, 136.5, 47.0), "outside China"),
    ],
)
def test_borders_of_the_choice_of_a_zone(extent, what):
    if what:
        with pytest.raises(DataError) as e:
            pick_gk_crs(extent)
        assert what in e.value.text("en")
    else:
        middle = (extent[0] + extent[2]) / 2
        row = china_row(pick_gk_crs(extent))
        assert abs(row.central_meridian_deg - middle) <= 1.5


def test_an_extent_turned_round_is_shown():
    with pytest.raises(DataError, match=r"107, 38, 106, 39"):
        pick_gk_crs((107.0, 38.0, 106.0, 39.0))
    with pytest.raises(DataError, match=r"6\.0000\.\.6\.5000 E, 50\.0000\.\.51\.0000 N"):
        pick_gk_crs((6.0, 50.0, 6.5, 51.0))


# ------------------------------------------------------------------ features


def frame(*shapes: object, crs: object = 4490) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def test_features_of_the_system_come_back_as_they_are():
    given = frame(shapely.box(450_000, 4.3e6, 460_000, 4.4e6), crs=4544)
    assert reproject(given, 4544) is given
    text = frame(*given.geometry, crs=pyproj.CRS.from_wkt(esri(4544)))
    out = reproject(text, 4544)
    assert out.crs == pyproj.CRS.from_epsg(4544)
    assert out.crs.to_wkt() == pyproj.CRS.from_epsg(4544).to_wkt()
    assert out.total_bounds.tolist() == given.total_bounds.tolist()


@pytest.mark.parametrize("shapes", [(), (shapely.Polygon(),)])
def test_features_without_land_lie_anywhere(shapes):
    out = reproject(frame(*shapes), 4544)
    assert len(out) == len(shapes)
    assert epsg_of(out.crs) == 4544


def test_features_that_do_not_reach_the_target_are_refused():
    # the pole of an azimuthal map's far side has no place on it
    far = "+proj=gnom +lat_0=39 +lon_0=106"
    with pytest.raises(DataError, match="cannot be brought from"):
        reproject(frame(shapely.box(-74.0, -39.5, -73.0, -38.5), crs=4326), far)
    with pytest.raises(DataError, match="swapped"):
        reproject(frame(shapely.box(38.6, 106.2, 39.1, 106.9), shapely.Polygon()), 4544)
