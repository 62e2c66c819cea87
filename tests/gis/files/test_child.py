"""Files that keep a reader for ever, or fill the memory, end with a message in time."""

from __future__ import annotations

import sqlite3
import time
import zipfile

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from gis.constants import constants
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.files import child
from gis.files.child import in_child
from gis.files.read import read_features
from gis.files.repair import repair_polygons
from gis.files.write import write_drawing, write_features

BOX = shapely.box(640_000, 4_300_000, 640_500, 4_300_400)
FRAME = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[BOX], crs=4544)


@pytest.fixture
def short(monkeypatch):
    """Ceilings of a second, so that a test need not wait for the real ones."""
    limits = {**constants("limits"), "reader_seconds": 4.0, "reader_seconds_per_mb": 0.0}
    monkeypatch.setattr(child, "constants", lambda _name: limits)


@pytest.mark.slow
def test_the_process_answers_faults_and_goes_on(short):
    assert in_child(sorted, [3, 1, 2], where="a") == [1, 2, 3]
    faults = [Fault("odd", where="plan.toml")]
    with pytest.raises(ConfigError, match=r"plan\.toml: odd"):
        in_child(raise_faults, ConfigError, faults, where="a")
    with pytest.raises(DataError, match=r"a\.dxf.*'x' is no number"):
        in_child(float, "x", where="a.dxf")
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"a\.dxf.*more than 4 s"):
        in_child(time.sleep, 60, where="a.dxf")
    assert time.perf_counter() - start < 10
    with pytest.raises(DataError, match="memory"):
        in_child(bytearray, 40_000_000_000, where="a.dxf")
    assert in_child(len, "abc", where="a") == 3


@pytest.mark.slow
def test_a_drawing_without_an_end_is_refused(tmp_path, short):
    path = tmp_path / "a.dxf"
    path.write_bytes(b"0\nSECTsON\r")  # keeps GDAL 3.12 for ever
    with pytest.raises(DataError, match="cut off"):
        read_features(path, crs="EPSG:4544")
    path.write_bytes(b"0\nSECTsON\r 999 EOF")
    with pytest.raises(DataError, match=r"a\.dxf"):
        read_features(path, crs="EPSG:4544")
    good = write_drawing(tmp_path / "b.dxf", FRAME)
    found = read_features(good, crs="EPSG:4544")
    assert found.geometry.area.sum() == pytest.approx(500 * 400, rel=1e-9)


@pytest.mark.slow
def test_a_view_without_an_end_is_refused_and_its_table_is_read(tmp_path, short):
    path = write_features(tmp_path / "a.gpkg", "a", FRAME)
    with sqlite3.connect(path) as base:
        base.execute(
            "create view v as with recursive n(x) as (select 1 union all select x + 1 from n)"
            " select x as fid, (select geom from a limit 1) as geom from n"
        )
        base.execute(
            "insert into gpkg_contents(table_name, data_type, identifier, srs_id)"
            " select 'v', 'features', 'v', srs_id from gpkg_contents limit 1"
        )
        base.execute(
            "insert into gpkg_geometry_columns select 'v', column_name, geometry_type_name,"
            " srs_id, z, m from gpkg_geometry_columns limit 1"
        )
    assert len(read_features(path, layer="a")) == 1
    with pytest.raises(DataError, match=r"more than 4 s|memory"):
        read_features(path, layer="v")


@pytest.mark.slow
@pytest.mark.parametrize("crosses", [False, True])
def test_a_ring_that_runs_to_and_fro_is_refused_in_time(short, crosses):
    # half a million spikes of a kilometre: GEOS compares each with thousands of others
    draw = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    r, s = 3000 + 500 * draw.standard_normal((2, angle.size))
    xy = np.c_[r * np.cos(angle), (s if crosses else r) * np.sin(angle)]
    start = time.perf_counter()
    with pytest.raises(DataError, match=r"a\.shp.*(time|memory)"):
        repair_polygons([shapely.Polygon(xy)], "a.shp")
    assert time.perf_counter() - start < 60


@pytest.mark.slow
def test_a_sound_polygon_of_a_million_vertices_is_read_in_seconds(tmp_path):
    angle = np.linspace(0, 2 * np.pi, 1_000_000, endpoint=False)
    r = 3000 + 200 * np.sin(40 * angle) + 5 * np.sin(9000 * angle)
    ring = np.c_[641_000 + r * np.cos(angle), 4_302_000 + r * np.sin(angle)]
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Polygon(ring)], crs=4544)
    path = write_features(tmp_path / "a.gpkg", "a", frame)
    start = time.perf_counter()
    found = read_features(path)
    assert time.perf_counter() - start < 20
    # area of r(t): pi * (3000^2 + 200^2 / 2 + 5^2 / 2)
    assert found.geometry.area.sum() == pytest.approx(
        np.pi * (3000**2 + 200**2 / 2 + 5**2 / 2), rel=1e-5
    )


def _workbook(path, **cells):
    book = openpyxl.Workbook()
    sheet = book.active
    for at, value in {"A1": "lon", "B1": "lat", "A2": 106.6, "B2": 38.8, **cells}.items():
        sheet[at] = value
    book.save(path)
    return path


def test_a_workbook_that_reaches_too_far_or_swells_is_refused_at_once(tmp_path):
    assert len(read_features(_workbook(tmp_path / "a.xlsx"))) == 1
    with pytest.raises(DataError, match="reaches too far"):
        read_features(_workbook(tmp_path / "far.xlsx", XFD1048576=1))
    bomb = tmp_path / "bomb.xlsx"
    row = b'<row r="2"><c r="A2"><v>106.6</v></c><c r="B2"><v>38.8</v></c></row>'
    with zipfile.ZipFile(tmp_path / "a.xlsx") as good:
        members = {i.filename: good.read(i) for i in good.infolist()}
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members.items():
            if "sheet1" in name:
                content = content.replace(b"</sheetData>", row * 300_000 + b"</sheetData>")
            out.writestr(name, content)
    start = time.perf_counter()
    with pytest.raises(DataError, match="unpack to too much"):
        read_features(bomb)
    assert time.perf_counter() - start < 2


def test_a_table_of_one_long_line_is_refused_at_once(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"a"b"' * 200_000, encoding="utf-8")
    start = time.perf_counter()
    with pytest.raises(DataError, match="too long for a header"):
        read_features(path)
    assert time.perf_counter() - start < 2


def test_a_row_with_more_fields_than_the_header_is_named(tmp_path):
    path = tmp_path / "a.csv"
    pd.DataFrame({"lon": [106.6, 106.7], "lat": [38.8, 38.9]}).to_csv(path)
    text = path.read_text(encoding="utf-8").replace("1,106.7,38.9", "P1,,38.9")
    path.write_text(text.replace(",lon", "lon"), encoding="utf-8")
    with pytest.raises(DataError, match="the first is row 3"):
        read_features(path)
