"""Many features taken a few at a time: the same arrays, shapes and faults as all at once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.cells import ragged as flat
from gis.crs import systems
from gis.errors import DataError
from gis.files import checked_features, read_features

SHAPES = np.array(
    [
        shapely.Point(1, 2),
        None,
        shapely.box(0, 0, 3, 2).difference(shapely.box(1, 0.5, 2, 1)),
        shapely.LineString([(0, 0), (3, 4), (5, 4)]),
        shapely.Polygon(),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(4, 4, 5, 6)]),
        shapely.GeometryCollection([shapely.Point(7, 7), shapely.box(8, 8, 9, 9)]),
        shapely.force_3d(shapely.LineString([(1, 1), (2, 2)])),
    ],
    dtype=object,
)


@pytest.mark.parametrize("few", [1, 2, 3, 7])
def test_features_flattened_in_parts_are_those_of_one_go(monkeypatch, few):
    whole = flat.ragged(SHAPES)
    monkeypatch.setattr(flat, "_AT_A_TIME", few)
    parts = flat.ragged(SHAPES)
    for name in flat.RAGGED_FILES:
        one, other = getattr(whole, name), getattr(parts, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert parts.xy.flags["C_CONTIGUOUS"]


def test_a_feature_of_a_later_part_is_named_by_its_own_number(monkeypatch):
    bad = np.array([shapely.Point(0, 0), shapely.Point(1, 1), shapely.Point(np.nan, 2)])
    with pytest.raises(DataError) as whole:
        flat.ragged(bad)
    monkeypatch.setattr(flat, "_AT_A_TIME", 2)
    with pytest.raises(DataError) as parts:
        flat.ragged(bad)
    assert str(parts.value) == str(whole.value)
    assert "2" in str(parts.value)


def test_features_moved_in_parts_are_those_of_one_go(monkeypatch):
    boxes = [shapely.box(106 + 0.01 * k, 38, 106.004 + 0.01 * k, 38.01) for k in range(5)]
    table = gpd.GeoDataFrame({"n": range(5)}, geometry=boxes, crs=4490, index=[3, 1, 4, 1, 5])
    table.attrs["notes"] = ("said",)
    whole = systems.reproject(table, 4544)
    monkeypatch.setattr(systems, "_AT_A_TIME", 2)
    parts = systems.reproject(table, 4544)
    assert whole.geometry.to_wkb().tolist() == parts.geometry.to_wkb().tolist()
    assert parts.crs == whole.crs
    assert parts.attrs == whole.attrs
    assert parts.columns.tolist() == whole.columns.tolist()
    assert parts.index.tolist() == whole.index.tolist()
    assert table.crs == 4490
    assert table.geometry.notna().all()
    let_go = systems.reproject(table, 4544, last=True)
    assert let_go.geometry.to_wkb().tolist() == whole.geometry.to_wkb().tolist()
    assert table.geometry.isna().all()


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp"])
def test_rows_read_in_parts_are_those_of_one_go(monkeypatch, tmp_path, suffix):
    """A column that is empty in one part, or holds whole numbers there and none in another."""
    n = 7
    table = gpd.GeoDataFrame(
        {
            "word": [None] * 4 + ["a", "b", None],
            "none": [None] * n,
            "count": [1, 2, 3, 4, None, 6, 7],
            "whole": range(n),
            "day": [None, None, "2024-01-02", None, "2020-05-06", None, None],
        },
        geometry=[shapely.box(106 + 0.01 * k, 38, 106.004 + 0.01 * k, 38.01) for k in range(n)],
        crs=4490,
    )
    path = tmp_path / f"a.{suffix}"
    table.astype({"none": "str", "day": "datetime64[ms]"}).to_file(path, encoding="utf-8")
    whole = read_features.read_features(path)
    for few in (1, 2, 3):
        monkeypatch.setattr(read_features, "_AT_A_TIME", few)
        parts = read_features.read_features(path)
        pd.testing.assert_frame_equal(
            parts.drop(columns="geometry"), whole.drop(columns="geometry")
        )
        assert parts.geometry.to_wkb().tolist() == whole.geometry.to_wkb().tolist()
        assert parts.crs == whole.crs
        assert parts.attrs == whole.attrs


def test_a_lost_point_of_a_later_part_is_named(monkeypatch):
    lines = [shapely.LineString([(106, 38), (106.1, 38)]) for _ in range(4)]
    lines.append(shapely.LineString([(106, 38), (np.inf, 38), (106, 39)]))
    table = gpd.GeoDataFrame({"name": list("abcde")}, geometry=lines, crs=4490)
    monkeypatch.setattr(checked_features, "_AT_A_TIME", 2)
    with pytest.raises(DataError) as found:
        checked_features._refuse_lost_points(table, "a.gpkg")
    assert found.value.faults[0].got == "e"
