"""Area as a person asks for it: in what container, of which CRS, and what is refused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from gis.cells.area import polygon_area
from gis.errors import DataError

SQUARE = shapely.box(106.0, 38.9, 106.01, 38.91)
# Edges along parallels, which geodesics approach as they are cut finer: 100 pieces a side
# leave 1e-6 of a square metre.
GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
TRUTH = abs(GEOD.geometry_area_perimeter(shapely.segmentize(SQUARE, 0.0001))[0])


def test_one_geometry_gives_one_number():
    area = polygon_area(SQUARE, "EPSG:4490")
    assert isinstance(area, float)
    assert area == pytest.approx(TRUTH, rel=1e-11)


@pytest.mark.parametrize("crs", [4490, "EPSG:4326", 4544, 4545, 4523, 32648, 3857])
def test_the_area_does_not_depend_on_the_projection(crs):
    # corners only: an edge straight in the plane leaves the parallel by centimetres
    there = gpd.GeoSeries([SQUARE], crs=4490).to_crs(crs)
    assert polygon_area(there).iloc[0] == pytest.approx(TRUTH, rel=1e-6)
    assert polygon_area(there.iloc[0], crs) == pytest.approx(TRUTH, rel=1e-6)


def test_containers_keep_their_kind_and_index():
    hole = SQUARE.difference(shapely.box(106.004, 38.904, 106.006, 38.906))
    row = gpd.GeoDataFrame({"n": [1, 2, 3]}, index=["a", "b", "c"],
                           geometry=[SQUARE, None, hole], crs=4490)  # fmt: skip
    area = polygon_area(row)
    assert isinstance(area, pd.Series)
    assert list(area.index) == ["a", "b", "c"]
    assert area["b"] == 0.0
    assert area["a"] - area["c"] == pytest.approx(
        polygon_area(shapely.box(106.004, 38.904, 106.006, 38.906), 4490)
    )
    many = polygon_area([SQUARE, shapely.Polygon()], 4490)
    assert isinstance(many, np.ndarray)
    assert many.tolist() == [pytest.approx(TRUTH), 0.0]
    assert polygon_area([], 4490).shape == (0,)


@pytest.mark.parametrize(
    ("shapes", "crs", "told"),
    [
        (SQUARE, None, "no coordinate system"),
        (gpd.GeoSeries([SQUARE]), None, "no coordinate system"),
        (gpd.GeoSeries([SQUARE], crs=4490), 4544, "not the one the shapes carry"),
        (shapely.box(500_000, 4.3e6, 500_010, 4.30001e6), 4490, "metres"),
        (SQUARE, 4544, "degrees"),
        (shapely.box(38.9, 106.0, 38.91, 106.01), 4490, "axes are swapped"),
        (shapely.Point(106, 38.9), 4490, "area needs polygons"),
        (shapely.Polygon([(106, 38), (107, 39), (107, 38), (106, 39)]), 4490, "not valid"),
        (SQUARE, "EPSG:999999", "999999"),
    ],
)
def test_what_has_no_clear_area_is_refused(shapes, crs, told):
    with pytest.raises(DataError, match=told) as err:
        polygon_area(shapes, crs)
    assert err.value.text("zh") != err.value.text("en")


def test_an_unknown_crs_of_another_kind_that_says_the_same_is_accepted():
    row = gpd.GeoSeries([SQUARE], crs=4490)
    assert polygon_area(row, pyproj.CRS(4490)).iloc[0] == pytest.approx(TRUTH)
