"""Kernels of pairs of classes and their twins in numpy: one answer, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest

from carbon_sink.change import pair_kernels as k
from gis.cells import tally
from gis.cells.grid import plan_grid

GRID = plan_grid((630_000, 4_300_000, 632_000, 4_301_500), "EPSG:4544", 10)
SHAPE = (37, 53)


def slots(values):
    out = np.full(65_536, -1, np.int16)
    for i, v in enumerate(values, 1):
        out[v] = i
    return out


def counted(work, case, into):
    before, after, kb, ka, area, delta = case
    change = np.full(area.shape, 99.0, np.float32)
    own = slots((0, 3, 255)), slots((3, 7))
    return work(before, after, kb, ka, area, *own, delta, *into, change), change


@pytest.mark.parametrize("dtype", [np.uint8, np.int32])
@pytest.mark.parametrize("gaps", [False, True])
def test_counting_and_its_twin_give_the_same_bits(dtype, gaps):
    rng = np.random.default_rng(5)
    before = rng.choice([0, 3, 255], SHAPE).astype(dtype)
    after = rng.choice([3, 7], SHAPE).astype(dtype)
    area = 100.0 + rng.random(SHAPE)
    kb = ka = np.ones(SHAPE, bool)
    if gaps:
        kb, ka = rng.random(SHAPE) < 0.8, rng.random(SHAPE) < 0.8
        area[rng.random(SHAPE) < 0.1] = 0.0
        area[0, 0] = -1.0
    delta = rng.normal(size=(4, 3))
    delta[0] = delta[:, 0] = np.nan
    case = before, after, kb, ka, area, delta
    found = []
    for work in (k._count.py_func, k._count_plain, k._count):
        into = np.full((4, 3), 5), np.full((4, 3), 0.1)  # what strips before added
        strange, change = counted(work, case, into)
        assert strange == -1
        found.append((into[0].tobytes(), into[1].tobytes(), change.tobytes()))
    assert found[0] == found[1] == found[2]
    # against each pair by itself
    i, j = np.searchsorted([0, 3, 255], before) + 1, np.searchsorted([3, 7], after) + 1
    i, j = np.where(kb, i, 0), np.where(ka, j, 0)
    for a in range(4):
        for b in range(3):
            here = (i == a) & (j == b) & (area > 0)
            assert into[0][a, b] == 5 + here.sum()
            assert into[1][a, b] == pytest.approx(0.1 + area[here].sum(), rel=1e-12)
            np.testing.assert_array_equal(change[here], np.float32(delta[a, b]))
    assert np.isnan(change[area <= 0]).all()


@pytest.mark.parametrize(
    ("before", "after", "strange"),
    [([[3, 4, 5]], [[3, 3, 3]], 4), ([[3, 3, 4]], [[3, 9, 3]], 9), ([[4, 3]], [[9, 3]], 4)],
)
def test_the_first_class_nobody_declared_is_named(before, after, strange):
    case = [np.array(x, np.uint8) for x in (before, after)]
    every = np.ones(case[0].shape, bool)
    rest = every, every, np.ones(every.shape), np.zeros((4, 3))
    for work in (k._count.py_func, k._count_plain):
        into = np.zeros((4, 3), np.int64), np.zeros((4, 3))
        assert counted(work, (*case, *rest), into)[0] == strange


def test_many_class_values_are_left_to_the_kernel():
    before, after = np.array([[255, 0]], np.uint16), np.array([[7, 7]], np.uint16)
    every = np.ones((1, 2), bool)
    after_wide = np.array([[60_000, 7]], np.uint16)
    into = np.zeros((4, 3), np.int64), np.zeros((4, 3))
    case = before, after, every, every, np.ones((1, 2)), np.zeros((4, 3))
    assert counted(k._count_plain, case, into)[0] == -1
    assert into[0][3, 2] == into[0][1, 2] == 1
    case = before, after_wide, *case[2:]
    assert counted(k._count_plain, case, into)[0] == 60_000


@pytest.mark.parametrize("part", [(0, 150), (0, 64), (64, 128), (37, 150), (144, 150)])
def test_areas_of_cells_and_their_twins_give_the_same_bits(part):
    areas = tally.cell_areas(GRID)
    first, last = part[0] // 16, (part[1] - 1) // 16 + 1
    rows = []
    for work in (tally._area_rows.py_func, tally._area_rows_plain):
        out = np.empty((last - first + 1, 20))
        work(areas.coefficients, *areas.shape, first, 11, out)
        rows.append(out)
    assert rows[0].tobytes() == rows[1].tobytes()
    found = []
    for work in (k._between_rows.py_func, k._between_rows_plain):
        out = np.empty((part[1] - part[0], 20))
        work(rows[0], first, part[0], areas.shape[0] - 1, out)
        found.append(out.tobytes())
    assert found[0] == found[1]
