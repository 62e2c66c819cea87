"""The resampling kernels against their definition, every place of a small file.

They are called uncompiled: what is tested is what is written.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from affine import Affine

from gis.cells import resample
from gis.cells.grid import plan_grid
from gis.cells.resample import Places, file_box, places, window_rows
from gis.errors import DataError

VALUES = np.arange(1.0, 13.0).reshape(3, 4)
KNOWN = np.array([[1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 1]], bool)
R0, C0 = 5, 7  # the part of the file that was read begins here


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_series_is_chebyshevs_sum(n):
    c = np.random.default_rng(n).normal(size=n)
    for u in (-1.0, -0.3, 0.0, 0.7, 1.0):
        want = np.polynomial.chebyshev.chebval(u, c)
        assert resample._series.py_func(c, u) == pytest.approx(want, abs=1e-12)


def at(rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Series of a window whose cells lie at these file rows and columns."""
    u = np.linspace(-1.0, 1.0, len(cols))
    # a straight line through evenly spaced columns
    middle, half = (cols[0] + cols[-1]) / 2, (cols[-1] - cols[0]) / 2
    return np.array([[middle, half]] * len(rows)), np.array([[r, 0.0] for r in rows]), u


def test_the_nearest_cell_is_the_one_that_holds_the_centre():
    rows, cols = np.arange(4.0, 9.01, 0.25), np.arange(6.0, 12.01, 0.25)
    column, row, u = at(rows, cols)
    out, valid = np.zeros((len(rows), len(cols))), np.zeros((len(rows), len(cols)), bool)
    resample.resample_nearest.py_func(VALUES, KNOWN, R0, C0, column, row, u, out, valid)
    hits = 0
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            a, b = math.floor(r) - R0, math.floor(c) - C0
            there = 0 <= a <= 2 and 0 <= b <= 3 and KNOWN[a, b]
            assert valid[i, j] == there
            assert out[i, j] == (VALUES[a, b] if there else 0.0)
            hits += there
    assert hits == KNOWN.sum() * 16


def test_bilinear_by_its_definition():
    """Weights fall straight from 1 at a centre to 0 at the next; what is unknown has none."""
    rows, cols = np.arange(4.9, 8.2, 0.25), np.arange(6.9, 11.2, 0.25)
    column, row, u = at(rows, cols)
    out, valid = np.zeros((len(rows), len(cols))), np.zeros((len(rows), len(cols)), bool)
    resample.resample_linear.py_func(VALUES, KNOWN, R0, C0, column, row, u, out, valid)
    for i, r in enumerate(rows):
        for j, c in enumerate(cols):
            a, b = math.floor(r) - R0, math.floor(c) - C0
            there = 0 <= a <= 2 and 0 <= b <= 3 and KNOWN[a, b]
            assert valid[i, j] == there
            if not there:
                continue
            weights = [
                (
                    max(0.0, 1 - abs(r - R0 - p - 0.5)) * max(0.0, 1 - abs(c - C0 - q - 0.5)),
                    p,
                    q,
                )
                for p in range(3)
                for q in range(4)
                if KNOWN[p, q]
            ]
            want = sum(w * VALUES[p, q] for w, p, q in weights) / sum(w for w, *_ in weights)
            assert out[i, j] == pytest.approx(want)


def test_bilinear_where_only_the_corner_of_a_cell_is_asked():
    # at the very corner (6, 8) all four neighbours weigh a quarter; three of them are unknown
    known = np.zeros((3, 4), bool)
    known[1, 1] = True
    column, row, u = np.array([[8.0]]), np.array([[6.0]]), np.zeros(1)
    out, valid = np.zeros((1, 1)), np.zeros((1, 1), bool)
    resample.resample_linear.py_func(VALUES, known, R0, C0, column, row, u, out, valid)
    assert (out.item(), valid.item()) == (6.0, True)


@pytest.mark.parametrize("how", [0, 1, 2])
@pytest.mark.parametrize(("half_row", "half_column"), [(0.25, 0.25), (0.5, 0.75), (1.3, 0.9)])
def test_by_overlap_is_the_overlap_of_boxes(how, half_row, half_column):
    rows, cols = np.arange(3.6, 9.5, 0.35), np.arange(5.6, 12.5, 0.35)
    values = np.array([[1.0, 2.0, 2.0, 1.0], [2.0, 1.0, 3.0, 3.0], [1.0, 3.0, 3.0, 2.0]])
    column, row, u = at(rows, cols)
    shape = (len(rows), len(cols))
    out, valid = np.zeros(shape), np.zeros(shape, bool)
    resample.resample_box.py_func(values, KNOWN, R0, C0, column, row, u, half_column, half_row,
                                  how, out, valid)  # fmt: skip
    cells = {
        (p, q): shapely.box(C0 + q, R0 + p, C0 + q + 1, R0 + p + 1)
        for p in range(3)
        for q in range(4)
        if KNOWN[p, q]
    }
    seen = 0
    for i, r in enumerate(rows):
        for j in range(len(cols)):
            c = column[i, 0] + column[i, 1] * u[j]
            box = shapely.box(c - half_column, r - half_row, c + half_column, r + half_row)
            share = {k: shapely.intersection(box, s).area for k, s in cells.items()}
            known = sum(share.values())
            if abs(known - box.area / 2) < 1e-6 or (how == 1 and known < 1e-6):
                continue  # half of it, but for rounding
            assert valid[i, j] == (known > 0 if how == 1 else known > box.area / 2)
            if not valid[i, j]:
                assert out[i, j] == 0.0
                continue
            seen += 1
            total = sum(a * values[k] for k, a in share.items())
            if how == 0:
                assert out[i, j] == pytest.approx(total / known)
            elif how == 1:
                assert out[i, j] == pytest.approx(total)
            else:
                by_code = {
                    v: sum(a for k, a in share.items() if values[k] == v) for v in (1, 2, 3)
                }
                most = max(by_code.values())
                assert by_code[out[i, j]] == pytest.approx(most, abs=1e-8)
    assert seen > 40


def one_box(values: list[list[float]], how: int, known: np.ndarray | None = None) -> tuple:
    """One grid cell over the whole of a file."""
    v = np.array(values, float)
    h, w = v.shape
    out, valid = np.zeros((1, 1)), np.zeros((1, 1), bool)
    k = np.ones(v.shape, bool) if known is None else known
    resample.resample_box.py_func(v, k, 0, 0, np.array([[w / 2]]), np.array([[h / 2]]),
                                  np.zeros(1), w / 2, h / 2, how, out, valid)  # fmt: skip
    return out.item(), valid.item()


def test_of_classes_as_frequent_the_lowest_is_taken():
    assert one_box([[7, 7, 3, 3, 5]], 2) == (3.0, True)
    assert one_box([[3, 3, 7, 7, 5]], 2) == (3.0, True)
    assert one_box([[7, 7, 7, 3, 3]], 2) == (7.0, True)
    assert one_box([[9, 3, 3, 7, 7]], 2) == (3.0, True)
    # more classes than are counted: those seen first are
    many = [[*range(100, 164), 5, 5, 5, 163]]
    assert one_box(many, 2) == (163.0, True)
    # exactly half of it known is enough for a mean, and anything for a sum
    half = np.array([[True, True, False, False]])
    assert one_box([[1, 3, 9, 9]], 0, half) == (2.0, True)
    assert one_box([[1, 3, 9, 9]], 2, half) == (1.0, True)
    few = np.array([[True, False, False, False]])
    assert one_box([[1, 3, 9, 9]], 0, few) == (0.0, False)
    assert one_box([[1, 3, 9, 9]], 1, few) == (1.0, True)
    assert one_box([[1, 3, 9, 9]], 1, np.zeros((1, 4), bool)) == (0.0, False)


# ------------------------------------------------------------------ where cells lie

GRID = plan_grid((500_000, 4_300_000, 500_100, 4_300_060), 4544, 10)  # 6 x 10 cells


def test_a_grid_in_a_file_of_its_own_system():
    # cells of 5 m, the file's corner 20 m west and 10 m north of the grid's
    p = places(Affine(5.0, 0, 499_980.0, 0, -5.0, 4_300_070.0), 4544, GRID)
    assert (p.half_column, p.half_row, p.shape) == (
        pytest.approx(1.0),
        pytest.approx(1.0),
        (6, 10),
    )
    assert p.ratio == pytest.approx(2.0)
    column, row, u = window_rows(p, slice(0, 6), slice(0, 10))
    assert u.tolist() == pytest.approx([-0.9, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 0.9])
    for i in range(6):
        for j in range(10):
            # the centre of cell j is 10 j + 5 + 20 m from the file's left: 2 j + 5 columns
            assert resample._series.py_func(column[i], u[j]) == pytest.approx(2 * j + 5)
            assert resample._series.py_func(row[i], u[j]) == pytest.approx(2 * i + 3)
    part = window_rows(p, slice(2, 4), slice(3, 5))
    np.testing.assert_array_equal(part[0], column[2:4])
    np.testing.assert_array_equal(part[1], row[2:4])
    np.testing.assert_array_equal(part[2], u[3:5])
    oblong = places(Affine(20.0, 0, 500_000.0, 0, -5.0, 4_300_060.0), 4544, GRID)
    assert (oblong.half_column, oblong.half_row) == pytest.approx((0.25, 1.0))
    assert oblong.ratio == pytest.approx(1.0)  # the root of half by two


def test_a_grid_in_a_file_in_degrees():
    # 3.6 arc seconds: 0.001 degrees; a grid cell spans 10 m of about 86.5 and 111 m
    p = places(Affine(0.001, 0, 105.0, 0, -0.001, 39.0), 4490, GRID)
    import pyproj

    to = pyproj.Transformer.from_crs(4544, 4490, always_xy=True)
    column, row, u = window_rows(p, slice(0, 6), slice(0, 10))
    for i in range(6):
        for j in range(10):
            lon, lat = to.transform(500_005 + 10 * j, 4_300_055 - 10 * i)
            got = resample._series.py_func(column[i], u[j])
            assert got == pytest.approx((lon - 105.0) / 0.001, abs=1e-5)
            got = resample._series.py_func(row[i], u[j])
            assert got == pytest.approx((39.0 - lat) / 0.001, abs=1e-5)
    (west, east), lat = ((500_000, 500_010), 4_300_030)
    step = to.transform(east, lat)[0] - to.transform(west, lat)[0]
    assert 2 * p.half_column == pytest.approx(step / 0.001, rel=1e-3)


def test_a_grid_that_cannot_be_placed_is_refused():
    wide = plan_grid((0, 0, 1.2e7, 1.0e7), 4544, 20_000)
    with pytest.raises(DataError):
        places(Affine(0.001, 0, 105.0, 0, -0.001, 39.0), 4490, wide)


def shifted(columns: float, rows: float) -> Places:
    """A grid of 10 x 10 cells that are the file's, but for a shift."""
    column = np.array([[5.0 + columns, 5.0], [0.0, 0.0]])
    row = np.array([[5.0 + rows, 0.0], [5.0, 0.0]])
    return Places(column, row, 0.5, 0.5, (10, 10))


@pytest.mark.parametrize(
    ("columns", "rows", "want"),
    [
        # rows 2..4 and columns 3..6 of the shifted grid, and three cells more on every side
        (0.5, 0.5, (0, 8, 0, 10)),
        (5.5, 4.5, (3, 12, 5, 15)),
        (50.5, 40.5, (39, 48, 50, 60)),
        (94.5, 0.5, (0, 8, 94, 100)),
        (99.5, 0.5, (0, 8, 99, 100)),
        (100.5, 0.5, None),
        (0.5, 100.5, (99, 100, 0, 10)),
        (0.5, 101.5, None),
        (-8.5, 0.5, (0, 8, 0, 1)),
        (-9.5, 0.5, None),
        (0.5, -6.5, (0, 1, 0, 10)),
        (0.5, -7.5, None),
    ],
)
def test_the_part_of_a_file_a_window_needs(columns, rows, want):
    found = file_box(shifted(columns, rows), slice(2, 4), slice(3, 6), (100, 100))
    assert found == want
