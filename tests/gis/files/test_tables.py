"""Tables of points: what the layer is decides what a row is, and nothing is guessed."""

from __future__ import annotations

import math

import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import DataError
from gis.files.degrees import degrees_of_text
from gis.files.read import notes_of, read_features

E, N = 35_643_900.0, 4_284_500.0


def csv(path, columns, rows):
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False, encoding="utf-8")
    return path


def ring(dx=0.0, dy=0.0, size=200.0, *, close=False):
    """Vertices as national tables have them: label, X (northing), Y (easting)."""
    at = [(0, 0), (0, 1), (1, 1), (1, 0), *([(0, 0)] if close else [])]
    return [
        (f"J{i % 4 + 1}", N + dy + size * n, E + dx + size * e) for i, (n, e) in enumerate(at)
    ]


def codes(frame):
    return {n.code for n in notes_of(frame)}


VERTICES = ["点号", "X", "Y"]


@pytest.mark.parametrize("close", [False, True])
def test_numbers_that_start_again_begin_another_parcel(tmp_path, close):
    rows = [*ring(close=close), *ring(400, close=close)]
    got = read_features(csv(tmp_path / "a.csv", VERTICES, rows), kind="polygon")
    assert [g.area for g in got.geometry] == pytest.approx([40_000.0, 40_000.0])
    assert got.total_bounds.tolist() == [E, N, E + 600, N + 200]
    assert "rings_restarted" in codes(got)


def test_numbers_that_start_again_inside_are_a_hole(tmp_path):
    rows = [*ring(), *ring(50, 50, 100)]
    got = read_features(csv(tmp_path / "a.csv", VERTICES, rows), kind="polygon")
    assert [g.area for g in got.geometry] == pytest.approx([30_000.0])


def test_rings_of_a_named_parcel_are_its_parts(tmp_path):
    rows = [("甲", *r) for r in [*ring(), *ring(400)]] + [("乙", *r) for r in ring(0, 400)]
    got = read_features(csv(tmp_path / "a.csv", ["地块", *VERTICES], rows), kind="polygon")
    assert got["parcel_no"].tolist() == ["甲", "乙"]
    assert [g.area for g in got.geometry] == pytest.approx([80_000.0, 40_000.0])


def test_numbers_that_run_on_are_rings_where_they_close(tmp_path):
    rows = [*ring(close=True), *ring(400, close=True)]
    rows = [(f"J{i + 1}", *r[1:]) for i, r in enumerate(rows)]
    got = read_features(csv(tmp_path / "a.csv", VERTICES, rows), kind="polygon")
    assert len(got) == 2


def test_a_layer_of_points_keeps_every_row(tmp_path):
    path = csv(tmp_path / "a.csv", VERTICES, [*ring(), *ring(400)])
    got = read_features(path, kind="point")
    assert set(got.geom_type) == {"Point"}
    assert len(got) == 8
    assert got["点号"].tolist()[:2] == ["J1", "J2"]


def test_blank_keys_belong_to_the_one_above(tmp_path):
    """A merged cell written as CSV: its value stands in the first row only."""
    rows = [("甲", *ring()[0]), *[("", *r) for r in ring()[1:]]]
    rows += [("乙", *ring(400)[0]), *[("", *r) for r in ring(400)[1:]]]
    got = read_features(csv(tmp_path / "a.csv", ["地块", *VERTICES], rows), kind="polygon")
    assert got["parcel_no"].tolist() == ["甲", "乙"]
    assert [g.area for g in got.geometry] == pytest.approx([40_000.0, 40_000.0])


def workbook(path, rows, merged=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_merged_cells_fill_their_rows(tmp_path):
    rows = [("风电场", "机位号", "经度", "纬度")]
    rows += [("甲" if i == 0 else None, f"F{i}", 106.6 + i / 100, 38.7) for i in range(3)]
    rows += [("乙", "F9", 106.7, 38.8)]
    got = read_features(workbook(tmp_path / "a.xlsx", rows, ["A2:A4"]), kind="point")
    assert got["风电场"].tolist() == ["甲", "甲", "甲", "乙"]


def test_a_title_over_the_table_is_no_value(tmp_path):
    rows = [("拐点坐标表", None, None), tuple(VERTICES), *ring()]
    got = read_features(workbook(tmp_path / "a.xlsx", rows, ["A1:C1"]), kind="polygon")
    assert [g.area for g in got.geometry] == pytest.approx([40_000.0])


# 106 deg 38' 57.252" = 106.649236..., by hand: 38/60 + 57.252/3600 = 0.6492367
LON, LAT = 106 + 38 / 60 + 57.252 / 3600, 38 + 41 / 60 + 11.637 / 3600


@pytest.mark.parametrize(
    "columns",
    [
        ["经度(度)", "经度(分)", "经度(秒)", "纬度(度)", "纬度(分)", "纬度(秒)"],
        ["东经度", "东经分", "东经秒", "北纬度", "北纬分", "北纬秒"],
        ["lon_d", "lon_m", "lon_s", "lat_d", "lat_m", "lat_s"],
        ["经度°", "经度′", "经度″", "纬度°", "纬度′", "纬度″"],
        ["lon (deg)", "lon (min)", "lon (sec)", "lat (deg)", "lat (min)", "lat (sec)"],
    ],
)
def test_columns_of_degrees_minutes_and_seconds(tmp_path, columns):
    path = csv(tmp_path / "a.csv", columns, [(106, 38, 57.252, 38, 41, 11.637)])
    (p,) = read_features(path, kind="point").geometry
    assert (p.x, p.y) == pytest.approx((LON, LAT), abs=1e-9)


def test_a_header_of_two_rows(tmp_path):
    rows = [
        ("机位号", "经度", None, None, "纬度", None, None),
        (None, "度", "分", "秒", "度", "分", "秒"),
        ("F01", 106, 38, 57.252, 38, 41, 11.637),
    ]
    path = workbook(tmp_path / "a.xlsx", rows, ["A1:A2", "B1:D1", "E1:G1"])
    got = read_features(path, kind="point")
    assert (got.geometry[0].x, got.geometry[0].y) == pytest.approx((LON, LAT), abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "106°38′57.252″",
        "106°38'57.252\"E",
        "E106-38-57.252",
        "东经106度38分57.252秒",
        "106:38:57.252",
        "106 38 57.252",
        "106°38.9542′",
    ],
)
def test_degrees_written_as_text(text):
    assert degrees_of_text(text) == pytest.approx(LON, abs=1e-7)


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59999))
def test_degrees_of_text_are_the_sum_of_their_parts(d, m, ms):
    want = d + m / 60 + ms / 3_600_000
    assert degrees_of_text(f"{d}°{m}′{ms / 1000:.3f}″") == pytest.approx(want, abs=1e-12)
    assert degrees_of_text(f"{d}°{m}′{ms / 1000:.3f}″W") == pytest.approx(-want, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["", "abc", "106°60′00″", "106°38′60″", "106.5°30′", "1-2-3-4"]
)
def test_what_is_no_angle_is_none(text):
    assert math.isnan(degrees_of_text(text))


def test_minutes_beyond_sixty_are_refused(tmp_path):
    columns = ["经度(度)", "经度(分)", "经度(秒)", "纬度(度)", "纬度(分)", "纬度(秒)"]
    path = csv(tmp_path / "a.csv", columns, [(106, 38, 57.2, 38, 41, 61.0)])
    with pytest.raises(DataError, match="38 deg 41 min 61 s"):
        read_features(path, kind="point")


def test_whole_degrees_alone_are_refused(tmp_path):
    """Minutes in a column nobody knows: 5 turbines stood 95 km off."""
    rows = [(106, 38, 38, 41), (106, 39, 38, 42)]
    path = csv(tmp_path / "a.csv", ["经度", "甲", "纬度", "乙"], rows)
    with pytest.raises(DataError, match="whole degrees"):
        read_features(path, kind="point")


# ---------------------------------------------------------------- cases kept beside


def test_case_of_two_plots_in_one_table(shared):
    got = read_features(
        shared / "cases" / "b24" / "x5_restarting_point_numbers.xlsx", kind="polygon"
    )
    want = [shapely.box(E, N, E + 200, N + 200), shapely.box(E + 400, N, E + 600, N + 200)]
    assert len(got) == 2
    assert all(a.equals(b) for a, b in zip(got.geometry, want, strict=True))


def test_case_of_survey_marks(shared):
    got = read_features(shared / "cases" / "b25" / "l22_survey_mark.xlsx", kind="point")
    assert len(got) == 6


def test_case_of_turbines_in_degrees_and_minutes(shared):
    got = read_features(shared / "cases" / "b26" / "l16_turbines_dms.xlsx", kind="point")
    assert (got.geometry[0].x, got.geometry[0].y) == pytest.approx((LON, LAT), abs=1e-9)
    assert len(got) == 5
