"""Points alone as a boundary: a ring in the order of the rows."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from gis.crs.systems import as_crs
from gis.errors import DataError
from siting.check.outline import _zone_advice, as_polygons

CRS = "EPSG:4544"
RING = [(0.0, 0.0), (40.0, 0.0), (40.0, 30.0), (0.0, 30.0)]


def points(*xy: tuple[float, float]) -> gpd.GeoDataFrame:
    names = [f"J{i}" for i in range(len(xy))]
    return gpd.GeoDataFrame({"name": names}, geometry=list(map(shapely.Point, xy)), crs=CRS)


def test_points_are_joined_in_their_order():
    frame = points(*RING)
    frame.attrs["notes"] = "kept"
    found = as_polygons(frame, "x")
    assert shapely.area(found.geometry.to_numpy()).tolist() == [1200.0]
    assert found.crs == CRS
    assert found.attrs == {"notes": "kept"}
    three = as_polygons(points(*RING[:3]), "x")
    assert shapely.area(three.geometry.to_numpy()).tolist() == [600.0]


def test_points_that_cross_are_refused_and_not_mended():
    with pytest.raises(DataError, match=r"Self-intersection.*20 15"):
        as_polygons(points(RING[0], RING[2], RING[1], RING[3]), "x")


LINE = gpd.GeoDataFrame({"name": ["L"]}, geometry=[shapely.LineString(RING)], crs=CRS)


@pytest.mark.parametrize("frame", [points(*RING[:2]), LINE])
def test_two_points_or_a_line_are_no_land(frame):
    with pytest.raises(DataError, match="polygon"):
        as_polygons(frame, "x")


def test_polygons_among_other_shapes_are_found_and_the_others_named():
    """A collection of a point and a polygon, and a feature of each: which is the boundary?"""
    land, spot = shapely.Polygon(RING), shapely.Point(RING[0])
    both = [shapely.GeometryCollection([spot, land, shapely.MultiPoint([spot])])]
    for shapes, dots in ((both, 2), ([land, spot], 1)):
        frame = gpd.GeoDataFrame(geometry=shapes, crs=CRS)
        with pytest.raises(DataError) as err:
            as_polygons(frame, "x")
        assert f"{dots} 个点、1 个多边形" in err.value.text("zh")
        assert "除多边形外还有" in err.value.text("zh")
        assert "has no polygons" not in err.value.text("en")


def test_a_file_of_which_every_feature_was_left_out_says_why(tmp_path):
    from gis.files.read import read_features

    path = tmp_path / "flat.geojson"
    # there and back: no area
    ring = "[[106.6,38.7],[106.62,38.72],[106.61,38.71],[106.6,38.7]]"
    path.write_text(f'{{"type":"Polygon","coordinates":[{ring}]}}', encoding="utf-8")
    frame = read_features(path, kind="polygon")
    assert len(frame) == 0
    (note,) = frame.attrs["notes"]
    with pytest.raises(DataError, match="polygon") as err:
        as_polygons(frame, str(path))
    for lang in ("zh", "en"):
        assert note.text(lang) in err.value.text(lang)


def test_polygons_stay_as_they_are():
    frame = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 0, 3, 1)])],
        crs=CRS,
    )
    assert as_polygons(frame, "x") is frame


@pytest.mark.parametrize("zone", [25, 36, 45])
def test_the_zone_that_would_fit_is_found_from_the_first_to_the_last(zone):
    # 3-degree zones of China: 25 about 75 E (EPSG:4534) to 45 about 135 E (EPSG:4554)
    right = 4509 + zone
    shape = shapely.box(480_000, 4_300_000, 481_000, 4_301_000)
    county = gpd.GeoDataFrame(geometry=[shape.buffer(5000)], crs=right).geometry.iloc[0]
    wrong = gpd.GeoDataFrame(geometry=[shape], crs=4539)
    advice = _zone_advice(wrong, county, as_crs(right))
    assert advice.startswith(f"EPSG:{right} ")
    assert f"CM {3 * zone}E" in advice
