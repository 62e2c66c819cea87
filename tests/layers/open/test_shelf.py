"""What is kept of layers between commands: the same answers, and never those of another day."""

import json
import math
import os
import time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.cells.grid import plan_grid
from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.write import write_cog
from gis.say import listed, say
from layers.open import near as near_module
from layers.open import plan_layers
from layers.open.contradiction import contradictions
from layers.open.near import features_near, first_looks, keep_layers
from layers.open.plan_layers import layer_report, open_features, open_raster, told_of
from layers.open.shelf import marks
from layers.open.shelf.rows import keep_rows, kept_rows
from layers.open.shelf.words import UnwritableError, from_json, to_words, warn_from, warn_to
from layers.result import Warn
from layers.spec import Text
from tests.layers.open.test_open import X, Y, lines, plan_of, squares  # noqa: F401 - a fixture

CRS = as_crs("EPSG:4544")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, for which a file that was written just now is an old one."""
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(marks, "_SETTLED_S", 0.0)
    return tmp_path / "cache"


def same(a, b):
    """The same table to the last bit; None and NaN are not one another."""
    pd.testing.assert_frame_equal(
        pd.DataFrame(a.drop(columns=a.geometry.name)),
        pd.DataFrame(b.drop(columns=b.geometry.name)),
        check_exact=True,
        check_index_type=False,
    )
    assert list(a.columns) == list(b.columns)
    for name in a.columns:
        if a[name].dtype == object:
            assert [type(v) for v in a[name]] == [type(v) for v in b[name]]
    assert a.index.tolist() == b.index.tolist()
    assert a.crs == b.crs
    assert shapely.to_wkb(a.geometry.to_numpy()).tolist() == (
        shapely.to_wkb(b.geometry.to_numpy()).tolist()
    )


# ---------------------------------------------------------------- rows on disk

word = st.one_of(st.none(), st.text(max_size=4), st.just(math.nan))
row = st.tuples(
    word,
    st.one_of(st.none(), st.text(max_size=4)),
    st.floats(width=64),
    st.integers(-(2**62), 2**62),
    st.booleans(),
    st.floats(0, 1000),
    st.floats(0, 1000),
    st.floats(0.1, 300),
)


@given(st.lists(row, min_size=1, max_size=20), st.floats(0, 1000), st.floats(0, 500))
def test_rows_near_a_box_come_back_to_the_last_bit(tmp_path_factory, rows, at, size):
    anything, text, number, whole, flag, x, y, side = zip(*rows, strict=True)
    table = gpd.GeoDataFrame(
        {
            "any": np.array([*anything, None], dtype=object)[:-1],
            "text": pd.Series(text, dtype="str"),
            "number": np.array(number),
            "day": np.array(whole).view("datetime64[us]"),
            "geometry": shapely.box(x, y, np.add(x, side), np.add(y, side)),
            "whole": np.array(whole),
            "flag": np.array(flag),
        },
        crs=CRS,
    )
    path = tmp_path_factory.mktemp("rows") / "some.rows"
    keep_rows(path, "m", table, CRS)
    box = (at, at, at + size, at + size)
    expected = table.iloc[np.sort(table.sindex.query(shapely.box(*box)))]
    same(kept_rows(path, "m").near(box, CRS), expected)
    same(kept_rows(path, "m").near((-9e9, -9e9, 9e9, 9e9), CRS), table)
    assert kept_rows(path, "another") is None


@pytest.mark.parametrize(
    "values",
    [
        [pd.Timestamp("2026-01-01", tz="Asia/Shanghai")] * 2,
        [b"a", b"b"],
        [[1], [2]],
        [np.float32(1), "a"],
        pd.Categorical(["a", "b"]),
        pd.array([1, None], dtype="Int64"),
    ],
)
def test_a_table_with_anything_else_is_not_kept(tmp_path, values):
    keep_rows(tmp_path / "a.rows", "m", squares(2, odd=values), CRS)
    assert not (tmp_path / "a.rows").exists()


def test_a_table_in_another_system_is_not_kept(tmp_path):
    keep_rows(tmp_path / "a.rows", "m", squares(2).to_crs(4490), CRS)
    assert not (tmp_path / "a.rows").exists()


def test_a_damaged_file_is_none(tmp_path):
    path, every = tmp_path / "a.rows", (-9e9, -9e9, 9e9, 9e9)
    keep_rows(path, "m", squares(3, name=["a", "b", "c"]), CRS)
    sound = path.read_bytes()
    for at in range(len(sound)):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        kept = kept_rows(path, "m")
        found = None if kept is None else kept.near(every, CRS)
        if found is not None:  # a blank of the head
            same(found, squares(3, name=["a", "b", "c"]))
    for end in range(0, len(sound), 7):
        path.write_bytes(sound[:end])
        kept = kept_rows(path, "m")
        assert kept is None or kept.near(every, CRS) is None


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    "text",
    [
        say("gis.say.got", value=3),
        say("gis.say.got", value=np.float64(0.1)),
        say("gis.say.got", value=listed(["a", say("gis.system.ENOSPC"), 2.5, None])),
        say("gis.say.got", value=Text(zh="路", en="road")),
        Text(zh="路", en="road"),
    ],
)
def test_a_warning_is_said_as_before(text):
    warn = Warn("c", text, say("gis.say.got", value="w"))
    again = warn_from(json.loads(json.dumps(warn_to(warn))))
    assert again.as_dict() == warn.as_dict()
    assert again.where("zh") == warn.where("zh")


def test_what_no_sentence_holds_is_not_written():
    with pytest.raises(UnwritableError):
        to_words(object())
    assert from_json(to_words(None)) is None


# ---------------------------------------------------------------- doors

ROADS = '[layers.road]\npath = "road.gpkg"\nfields = { road_class = "DJ" }\n'


def roads(tmp_path, grades):
    """A file of roads, one 50 m above the other."""
    table = lines(DJ=grades, name=[f"n{i}" for i in range(len(grades))])
    table.to_file(tmp_path / "road.gpkg")


@pytest.fixture
def opens(monkeypatch):
    """Layers that were opened whole, in turn."""
    asked, real = [], plan_layers.open_features

    def spy(plan, layer_id):
        asked.append(layer_id)
        return real(plan, layer_id)

    monkeypatch.setattr(near_module, "open_features", spy)
    return asked


BOX = (X, Y + 40, X + 10, Y + 60)


def test_a_layer_is_opened_once_and_read_near_the_place_after(plan_of, tmp_path, opens):  # noqa: F811
    roads(tmp_path, ["国道", "省道", "县道"])
    plan = plan_of(ROADS)
    whole = open_features(plan, "road")
    expected = whole.iloc[[1]]
    assert first_looks(plan, ["road"]) == 1
    for _ in range(3):
        same(features_near(plan, "road", BOX), expected)
    assert opens == ["road"]
    assert len(features_near(plan, "road", (X, Y - 500, X + 1, Y - 400))) == 0
    assert features_near(plan, "railway", BOX) is None
    layer_report(plan, "road")
    assert first_looks(plan, ["road", "railway"]) == 0


def _turned(tmp_path, plan_of):  # noqa: F811
    """The same size, the same time of writing, other bytes."""
    path = tmp_path / "road.gpkg"
    before = path.stat()
    data = path.read_bytes()
    path.write_bytes(data.replace(b"n1", b"m1"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    return plan_of(ROADS)


def _beside(tmp_path, plan_of):  # noqa: F811
    (tmp_path / "road.gpkg-wal").write_bytes(b"")
    return plan_of(ROADS)


def _plan(tmp_path, plan_of):  # noqa: F811
    return plan_of(ROADS + 'where = { DJ = "省道" }\n')


def _county(tmp_path, plan_of):  # noqa: F811
    shape = shapely.box(X, Y, X + 2e4, Y + 1e4)
    gpd.GeoDataFrame(geometry=[shape], crs="EPSG:4544").to_file(tmp_path / "county.gpkg")
    return plan_of(ROADS)


@pytest.mark.parametrize("change", [_turned, _beside, _plan, _county])
def test_nothing_kept_is_used_once_something_changed(plan_of, tmp_path, opens, change):  # noqa: F811
    roads(tmp_path, ["国道", "省道", "县道"])
    plan = plan_of(ROADS)
    features_near(plan, "road", BOX)
    layer_report(plan, "road")
    time.sleep(0.02)  # past a tick of the clock of the disk
    plan = change(tmp_path, plan_of)
    assert first_looks(plan, ["road"]) == 1
    found = features_near(plan, "road", BOX)
    assert opens == ["road", "road"]
    same(found, open_features(plan, "road").iloc[[0 if change is _plan else 1]])


def test_other_code_looks_anew(plan_of, tmp_path, opens, monkeypatch):  # noqa: F811
    roads(tmp_path, ["国道", "省道", "县道"])
    plan = plan_of(ROADS)
    features_near(plan, "road", BOX)
    layer_report(plan, "road")
    monkeypatch.setattr(marks, "_code", lambda: "of another version")
    assert first_looks(plan, ["road"]) == 1
    features_near(plan, "road", BOX)
    assert opens == ["road", "road"]


def test_a_file_written_a_moment_ago_is_not_kept(plan_of, tmp_path, opens, monkeypatch):  # noqa: F811
    monkeypatch.setattr(marks, "_SETTLED_S", 60.0)
    roads(tmp_path, ["国道", "省道", "县道"])
    plan = plan_of(ROADS)
    for _ in range(2):
        features_near(plan, "road", BOX)
        layer_report(plan, "road")
    assert opens == ["road", "road"]
    assert not (tmp_path / "cache" / "layers").exists()


def test_the_code_of_reading_is_part_of_the_mark(monkeypatch):
    before = marks._code.__wrapped__()
    monkeypatch.setattr(marks, "code_digest", lambda *rooms: "/".join(rooms))
    assert marks._code.__wrapped__() != before


def test_warnings_are_the_same_before_and_after(plan_of, tmp_path, monkeypatch):  # noqa: F811
    """Roads that cross themselves are no fault; parcels that do are mended and told."""
    bow = shapely.Polygon([(X, Y), (X + 90, Y + 90), (X + 90, Y), (X, Y + 90)])
    table = squares(4, DLBM=["0101", "0102", "0301", "0401"], BSM=list("abcd"))
    table.loc[1, "geometry"] = bow
    table.to_file(tmp_path / "p.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "p.gpkg"\n')
    first = told_of(plan, ["land_parcels"])
    assert len(first) >= 3  # mended, of two shapes, of little of the county
    looked = []
    monkeypatch.setattr(plan_layers, "_looked_at", lambda *a: looked.append(a))
    again = told_of(plan, ["land_parcels"])
    assert [w.as_dict() for w in again] == [w.as_dict() for w in first]
    assert looked == []


def test_what_is_refused_is_refused_each_time(plan_of, tmp_path):  # noqa: F811
    squares(2, DLBM=["0101", "9999"]).to_file(tmp_path / "p.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "p.gpkg"\n')
    for _ in range(2):
        with pytest.raises(DataError):
            layer_report(plan, "land_parcels")
        with pytest.raises(DataError):
            features_near(plan, "land_parcels", BOX)


def test_townships_are_part_of_what_is_found_of_polygons(plan_of, tmp_path):  # noqa: F811
    squares(2).to_file(tmp_path / "a.gpkg")
    squares(2, name=["a", "b"]).to_file(tmp_path / "t.gpkg")
    plan = plan_of('[layers.wetland]\npath = "a.gpkg"\n[layers.townships]\npath = "t.gpkg"\n')
    layer_report(plan, "wetland")
    assert first_looks(plan, ["wetland"]) == 0
    squares(2, name=["a", "c"]).to_file(tmp_path / "t.gpkg")
    assert first_looks(plan, ["wetland"]) == 1


def test_classes_that_contradict_are_measured_once(plan_of, tmp_path, monkeypatch):  # noqa: F811
    squares(2, DLBM=["1001", "0101"]).to_file(tmp_path / "p.gpkg")
    text = '[layers.land_parcels]\npath = "p.gpkg"\n[layers.railway]\nassumed_absent = "无"\n'
    first = contradictions(plan_of(text))
    monkeypatch.setattr("layers.open.contradiction.open_features", lambda *_: None)
    assert contradictions(plan_of(text)) == first
    assert first


def test_a_file_that_names_others_is_not_kept(tmp_path):
    (tmp_path / "a.vrt").write_text("<OGRVRTDataSource/>")
    assert marks._marks([tmp_path / "a.vrt"]) is None
    assert marks._marks([tmp_path / "gone.gpkg"]) is None


def test_a_raster_is_looked_at_once_and_refused_once_it_changes(plan_of, tmp_path, monkeypatch):  # noqa: F811
    heights = np.full((100, 100), 1100.0, np.float32)
    grid = plan_grid((X, Y, X + 1e4, Y + 1e4), CRS, 100.0)
    write_cog(tmp_path / "dem.tif", heights, grid, dtype="float32", nodata=-9999.0)
    plan = plan_of('[layers.dem]\npath = "dem.tif"\n')
    looked, real = [], plan_layers._looked_at

    def spy(plan, layer_id):
        looked.append(layer_id)
        return real(plan, layer_id)

    monkeypatch.setattr(plan_layers, "_looked_at", spy)
    first, again = layer_report(plan, "dem"), layer_report(plan, "dem")
    assert looked == ["dem"]
    assert [w.as_dict() for w in first.warnings] == [w.as_dict() for w in again.warnings]
    assert [w.code for w in first.warnings] == ["one_value"]
    heights[3, 4] = 123_456.0  # no height on Earth
    write_cog(tmp_path / "dem.tif", heights, grid, dtype="float32", nodata=-9999.0)
    with pytest.raises(DataError):
        open_raster(plan, "dem", grid)
    assert looked == ["dem", "dem"]


def test_all_layers_of_a_plan_are_kept_at_once(plan_of, tmp_path, opens):  # noqa: F811
    roads(tmp_path, ["国道", "省道"])
    plan = plan_of(ROADS + '[layers.railway]\npath = "gone.gpkg"\n')
    keep_layers(plan)
    assert first_looks(plan, ["road"]) == 0
    features_near(plan, "road", BOX)
    assert opens == ["road"]
