"""Coordinate texts come back to the letter, and change only where a parcel changed."""

from __future__ import annotations

import difflib
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.errors import DataError
from gis.files.coordinate_txt import read_coordinate_txt
from gis.files.exchange.lines import split_text
from gis.files.exchange.write import write_coordinate_txt
from gis.files.notes import notes_of
from gis.files.read_features import read_features
from gis.files.write import write_drawing
from tests.gis.files.exchange.files import Drawn, drawn_files

ORDINARY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def opened(raw: bytes) -> tuple[Path, gpd.GeoDataFrame]:
    path = Path(tempfile.mkdtemp(prefix="geoplan-txt-"), "地块.txt")
    path.write_bytes(raw)
    return path, read_features(path)


def written(frame: gpd.GeoDataFrame, **how: object) -> bytes:
    path = Path(tempfile.mkdtemp(prefix="geoplan-txt-"), "out.txt")
    write_coordinate_txt(path, frame, **how)
    return path.read_bytes()


@ORDINARY
@given(drawn_files())
def test_a_file_comes_back_to_the_letter(drawn: Drawn):
    _, frame = opened(drawn.raw)
    assert len(frame) == drawn.n_parcels
    assert written(frame) == drawn.raw
    # there and back through another zone, through degrees, and with rows taken out and put back
    assert written(frame.to_crs(4545).to_crs(4490)) == drawn.raw
    assert written(frame.iloc[::-1].sort_index().reset_index(drop=True)) == drawn.raw


@ORDINARY
@given(drawn_files(), st.data())
def test_one_changed_parcel_changes_only_its_lines(drawn: Drawn, data: st.DataObject):
    path, frame = opened(drawn.raw)
    at = data.draw(st.integers(0, len(frame) - 1))
    kind = data.draw(st.sampled_from(["moved", "more", "name"]))
    changed = frame.copy()
    shape = frame.geometry.iloc[at]
    if kind == "name":
        changed.loc[at, "name"] = "改名后"
    elif kind == "moved":
        changed.loc[[at], "geometry"] = [
            shapely.transform(shape, lambda xy: xy + np.array([0, 7.5]))
        ]
    else:
        changed.loc[[at], "geometry"] = [
            shape.difference(shapely.box(0, 0, 1, 1)).segmentize(90)
        ]
    path.write_bytes(written(changed))
    back = read_features(path)
    own = back.geometry.iloc[at]
    assert own.equals_exact(changed.geometry.iloc[at], 1e-3) or kind == "more"
    assert own.symmetric_difference(changed.geometry.iloc[at]).area < 1.0
    assert back["name"].iloc[at] == changed["name"].iloc[at]
    old = drawn.raw.decode(drawn.encoding).splitlines()
    new = path.read_bytes().decode(drawn.encoding).splitlines()
    heads = [i for i, line in enumerate(old) if line.rstrip().endswith("@")]
    blocks = [range(a, b) for a, b in zip(heads, [*heads[1:], len(old)], strict=True)]
    mine = blocks[at]
    for tag, i1, i2, _, _ in difflib.SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            assert mine.start <= i1 <= i2 <= mine.stop
            assert kind != "name" or (i1, i2) == (mine.start, mine.start + 1)
    # the parcels that did not change are what they were, to the letter
    for block in blocks[:at] + blocks[at + 1 :]:
        text = "\n".join(old[i] for i in block if old[i].strip())
        assert text in "\n".join(line for line in new if line.strip())


LINES = st.sampled_from(
    (
        *("[属性描述]", "[地块坐标]", "[其他]", "带号=35", "", " ", "=", "# 说明", "@", ",@"),
        *("4,1,1,甲,@", "J1,1,4300000,35500000", "J1，1，4300000，35500001", "J2,1,x,y"),
        *("\x0b", "a\u2028b"),
    )
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\x85", ""])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LINES, ENDS)))
def test_no_character_of_a_text_is_lost(lines):
    text = "".join(a + b for a, b in lines)
    found = split_text(text, "a.txt", [])
    assert found.start + "".join(p.whole() for p in found.parcels) + found.end == text


def test_eastings_without_their_zone_stay_so():
    raw = (
        text_of([square(0, 0)]).replace(b",355", b",5").replace(b"\xb4\xf8\xba\xc5=35\r\n", b"")
    )
    path, _ = opened(text_of([square(0, 0)]))
    path.write_bytes(raw)
    frame = read_features(path, crs="EPSG:4544")
    assert written(frame) == raw
    assert written(frame.to_crs(4490)) == raw
    frame.geometry = frame.geometry.translate(0.5, 0)
    assert b"J1,1,4300000.000,500000.500" in written(frame)


HEAD = (
    "[属性描述]\r\n格式版本号=1.01\r\n数据产生单位=测绘院\r\n自定义=甲\r\n"
    "坐标系=2000国家大地坐标系\r\n几度分带=3\r\n带号=35\r\n[地块坐标]\r\n"
)


def text_of(*parcels: list[list[tuple[float, float]]], end: str = "\r\n") -> bytes:
    """A file of parcels, each a list of rings (easting, northing) that close."""
    lines = []
    for k, rings in enumerate(parcels, 1):
        lines.append(f"{sum(map(len, rings))},1.0000,{k},地块{k},面,,光伏,0404,@")
        lines += [
            f"J{j},{r},{y:.3f},{x:.3f}"
            for r, ring in enumerate(rings, 1)
            for j, (x, y) in enumerate(ring, 1)
        ]
    return (HEAD + end.join(lines) + end).encode("gb18030")


def square(east: float, north: float, size: float = 100.0) -> list[tuple[float, float]]:
    corners = [(0, 0), (0, size), (size, size), (size, 0), (0, 0)]
    return [(35_500_000 + east + x, 4_300_000 + north + y) for x, y in corners]


def test_the_first_point_stays_the_first():
    hole = square(200, 200, 50)
    _, frame = opened(text_of([square(0, 0, 400), hole], [square(900, 0), square(1200, 0)]))
    first = [tuple(p.exterior.coords[0]) for p in shapely.get_parts(frame.geometry.to_numpy())]
    assert first == [square(0, 0)[0], square(900, 0)[0], square(1200, 0)[0]]
    assert list(frame.geometry.iloc[0].interiors[0].coords) == hole
    assert frame.geometry.iloc[1].geom_type == "MultiPolygon"
    # written anew as well: J1 is the first point, whatever its corner
    frame.attrs.clear()
    lines = written(frame).decode("gb18030").splitlines()
    assert "J1,1,4300000.0000,35500000.0000" in lines
    assert lines.index("J1,1,4300000.0000,35500900.0000") > lines.index(
        "J5,2,4300200.0000,35500200.0000"
    )


def test_geoparquet_keeps_the_text_and_a_geopackage_is_told_it():
    raw = text_of([square(0, 0)], [square(300, 0)])
    path, frame = opened(raw)
    frame.to_parquet(path.with_suffix(".parquet"))
    assert written(gpd.read_parquet(path.with_suffix(".parquet"))) == raw
    frame.to_crs(4490).to_file(path.with_suffix(".gpkg"))
    lost = gpd.read_file(path.with_suffix(".gpkg"))
    assert written(lost) != raw
    assert written(lost, like=path) == raw


def test_parcels_may_be_left_out_added_and_sorted():
    raw = text_of([square(0, 0)], [square(300, 0)], [square(600, 0)])
    _, frame = opened(raw)
    one, two, three = (raw.index(f"5,1.0000,{k}".encode()) for k in (1, 2, 3))
    assert written(frame.iloc[[2, 0]]) == raw[:one] + raw[three:] + raw[one:two]
    new = frame.iloc[[0]].copy()
    new["parcel_no"], new["name"] = "4", "新"
    new.geometry = new.geometry.translate(0, 900)
    import pandas as pd

    both = pd.concat([frame, new], ignore_index=True)
    both.attrs = frame.attrs
    got = written(both)
    assert got.startswith(raw)
    # 100 m x 100 m some 4.30e6 m north, on the meridian: 1 ha within 1e-4
    head, first = got[len(raw) :].decode("gb18030").splitlines()[:2]
    assert head.split(",")[2:] == ["4", "新", "面", "", "光伏", "0404", "@"]
    assert float(head.split(",")[1]) == pytest.approx(1.0, abs=5e-4)
    assert first == "J1,1,4300900.000,35500000.000"


def test_a_text_in_another_zone_is_another_text():
    raw = text_of([square(0, 0)])
    _, frame = opened(raw)
    got = written(frame, crs="EPSG:4524").decode("gb18030")
    assert "带号=36" in got
    assert "自定义" not in got
    # its own zone asked for by name, with or without the number in front, is no other
    assert written(frame, crs="EPSG:4523") == written(frame, crs="EPSG:4544") == raw


def test_unit_day_and_encoding_are_put_into_the_text():
    import datetime

    raw = text_of([square(0, 0)])
    _, frame = opened(raw)
    day = datetime.date(2026, 5, 1)
    got = written(frame, unit="自然资源局", date=day, encoding="utf-8").decode("utf-8")
    # a key the header does not have is not added
    assert got == raw.decode("gb18030").replace("测绘院", "自然资源局")


def test_what_was_mended_is_said_and_written_anew():
    bow = [(0, 0), (100, 100), (100, 0), (0, 100), (0, 0)]
    bow = [(35_500_000.0 + x, 4_300_000.0 + y) for x, y in bow]
    raw = text_of([bow], [square(300, 0)])
    _, frame = opened(raw)
    assert [n.code for n in notes_of(frame)] == ["repaired"]
    got = written(frame)
    at = raw.index(b"5,1.0000,2")
    assert got.endswith(raw[at:])
    assert got[: raw.index(b"5,1.0000,1")] == raw[: raw.index(b"5,1.0000,1")]
    # two triangles, each with its first point again, where one ring crossed itself
    assert got[raw.index(b"5,1.0000,1") :].startswith(b"8,")
    # among several rings it is mended as the file is read
    _, frame = opened(text_of([bow, square(300, 0)]))
    assert [n.code for n in notes_of(frame)] == ["repaired"]
    assert frame.geometry.iloc[0].is_valid


def test_rings_that_overlap_are_said():
    raw = text_of([square(0, 0), square(50, 0)])
    _, frame = opened(raw)
    (note,) = notes_of(frame)
    assert note.code == "rings_joined"
    # two squares of 100 m that share 50 m: even-odd leaves 2 x 50 m x 100 m
    assert frame.geometry.iloc[0].area == pytest.approx(10_000)
    assert written(frame) == raw


def test_a_ring_without_its_closing_point():
    whole = text_of([square(0, 0)])
    last = b"J5,1,4300000.000,35500000.000\r\n"
    _, frame = opened(whole.replace(last, b"").replace(b"5,1.0000", b"4,1.0000"))
    assert [n.code for n in notes_of(frame)] == ["rings_closed"]
    assert frame.geometry.iloc[0].area == pytest.approx(10_000)
    # the parcel says five points and has four: one was lost
    with pytest.raises(DataError, match="not closed"):
        opened(whole.replace(last, b""))


def test_a_changed_area_becomes_the_ellipsoidal_one():
    raw = text_of([square(0, 0)], [square(300, 0)]).replace(b"1.0000,1", b"0.90000,1")
    _, frame = opened(raw)
    frame.loc[0, "area_ha"] = 2.0
    # 100 m x 100 m on the central meridian
    assert written(frame) == raw.replace(b"0.90000,1", b"1.00000,1")


def test_cells_of_other_kinds_are_written_plainly():
    frame = gpd.GeoDataFrame(
        {"parcel_no": [7.0], "name": [None], "use": [np.nan], "dlbm": ["0301\n"]},
        geometry=[shapely.Polygon(square(0, 0))],
        crs=4523,
    )
    assert ",7,,面,,,0301,@" in written(frame).decode("gb18030")


def test_lines_that_are_nothing_are_told_and_remarks_are_not():
    raw = text_of([square(0, 0)]).decode("gb18030")
    _, frame = opened(raw.replace("J3", "// 拐点\r\n\r\nJ3").encode("gb18030"))
    assert written(frame) == raw.replace("J3", "// 拐点\r\n\r\nJ3").encode("gb18030")
    with pytest.raises(DataError, match="line 12"):
        opened(raw.replace("J3", "拐点\r\nJ3").encode("gb18030"))
    with pytest.raises(DataError):
        read_coordinate_txt(Path(__file__))


def test_a_parcel_without_a_line_of_its_own_gets_one_when_it_has_a_name():
    raw = text_of([square(0, 0)])
    bare = b"".join(x for x in raw.splitlines(keepends=True) if not x.endswith(b"@\r\n"))
    _, frame = opened(bare)
    assert written(frame) == bare
    frame["name"], frame["parcel_no"] = "地块1", "1"
    frame["use"], frame["dlbm"] = "光伏", "0404"
    assert written(frame) == raw


def test_an_empty_table_leaves_the_header():
    raw = text_of([square(0, 0)], [square(300, 0)])
    _, frame = opened(raw)
    assert written(frame.iloc[:0]) == HEAD.encode("gb18030")


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "1e400"])
def test_numbers_that_are_none_are_refused(bad):
    raw = text_of([square(0, 0)]).replace(b"35500100.000", bad.encode())
    with pytest.raises(DataError):
        opened(raw)
    first = text_of([square(0, 0)]).replace(b"J1,1,4300000.000", f"J1,1,{bad}".encode())
    with pytest.raises(DataError):
        opened(first)


def test_the_first_point_of_a_table_of_points_stays_the_first(tmp_path):
    rows = ["ring,point,X,Y"]
    for ring, corners in (
        (1, square(0, 0, 400)),
        (2, square(100, 100, 50)),
        (3, square(900, 0)),
    ):
        rows += [f"{ring},J{k},{y},{x}" for k, (x, y) in enumerate(corners[2:-1] + corners[:2])]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    (shape,) = read_features(path).geometry
    outer, other = shape.geoms
    assert outer.exterior.coords[0] == square(0, 0, 400)[2]
    assert outer.interiors[0].coords[0] == square(100, 100, 50)[2]
    assert other.exterior.coords[0] == square(900, 0)[2]


def test_the_first_point_of_a_drawing_stays_the_first(tmp_path):
    outer, hole = square(0, 0, 400), square(100, 100, 50)
    land = shapely.Polygon(outer[2:-1] + outer[:2], [hole[1:-1] + hole[:1]])
    path = tmp_path / "a.dxf"
    write_drawing(path, gpd.GeoDataFrame(geometry=[land], crs=4523))
    (shape,) = read_features(path, crs="EPSG:4523", kind="polygon").geometry
    assert shape.equals_exact(land, 1e-6)
