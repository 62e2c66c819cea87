"""Outlines of very many vertices: sound ones are read in seconds, to-and-fro ones refused."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.errors import DataError
from gis.files.read import read_features
from gis.files.repair import repair_polygons

X, Y = 645_000.0, 4_296_000.0


def around(n, radius):
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    r = radius(angle, np.arange(n))
    return shapely.Polygon(np.column_stack([X + r * np.cos(angle), Y + r * np.sin(angle)]))


def lake(n):
    """A shore that waves: it goes round once."""
    return around(n, lambda angle, _: 700.0 + 30.0 * np.sin(37 * angle))


def star(n):
    """Every second vertex in the middle: sound, and every ray lies beside a third of them."""
    return around(n, lambda _, k: np.where(k % 2, 900.0, 100.0))


def slanting(n):
    """Teeth of a kilometre along one another."""
    k = np.arange(n)
    x, y = X + k * (300.0 / n) + np.where(k % 2, 700.0, 0.0), Y + np.where(k % 2, 700.0, 0.0)
    return shapely.Polygon([*zip(x, y, strict=True), (X + 1100, Y - 10), (X - 10, Y - 10)])


@pytest.mark.slow
def test_a_million_vertices_are_read_in_seconds(tmp_path):
    gpd.GeoDataFrame(geometry=[lake(1_000_000)], crs=4544).to_file(tmp_path / "lake.gpkg")
    start = time.perf_counter()
    got = read_features(tmp_path / "lake.gpkg")
    assert time.perf_counter() - start < 15.0  # 2 s on a machine with nothing else to do
    # 700 m round with a wave of 30: pi (700^2 + 30^2 / 2)
    assert float(got.geometry.area.iloc[0]) == pytest.approx(np.pi * 490_450, rel=1e-6)


@pytest.mark.parametrize("shape", [star, slanting])
def test_an_outline_to_and_fro_is_refused_at_once(shape):
    one = shape(200_000)
    start = time.perf_counter()
    with pytest.raises(DataError, match="to and fro") as err:
        repair_polygons(np.array([one]), "a.gpkg")
    assert time.perf_counter() - start < 5.0
    assert "a.gpkg" in str(err.value)
    assert "200,0" in str(err.value)


def test_few_vertices_to_and_fro_are_no_matter():
    out, repairs = repair_polygons(np.array([star(2_000), slanting(2_000)]), "a")
    assert repairs == []
    assert shapely.is_valid(out).all()


def chords(n, step):
    """The regular star polygon {n/step}: every point joined with the one `step` further."""
    angle = 2 * np.pi * step / n * np.arange(n)
    return shapely.Polygon(np.column_stack([X + 700 * np.cos(angle), Y + 700 * np.sin(angle)]))


def test_a_scribble_is_refused_by_the_number_of_its_crossings():
    # {n/k} crosses itself n (k - 1) times (Coxeter, Regular Polytopes, 6.2): each of its
    # edges crosses 2 (k - 1) others
    start = time.perf_counter()
    with pytest.raises(DataError, match="crosses itself so often") as err:
        repair_polygons(np.array([chords(2_001, 1_000)]), "a.gpkg")
    assert time.perf_counter() - start < 2.0
    assert "1,998,999 crossings" in str(err.value)
    assert "a.gpkg" in str(err.value)


def test_a_polygon_that_crosses_itself_seldom_is_mended():
    # 1,001 x 9 crossings
    out, repairs = repair_polygons(np.array([chords(1_001, 10)]), "a")
    assert len(repairs) == 1
    assert shapely.is_valid(out).all()
