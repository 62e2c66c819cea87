"""Areas by code: what `tally` adds up is the ellipsoidal area of the covered cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.cells.cell_area import cell_area_m2
from gis.cells.coverage import coverage, coverage_runs
from gis.cells.grid import plan_grid
from gis.cells.ragged import ragged
from gis.cells.tally import area_rows, cell_areas, encode, merge_tables, tally, tally_pairs

# 130 km east of the meridian, where a cell of the plane is 0.04 % too large
X, Y = 630_000.0, 4_300_000.0


@pytest.fixture(scope="module")
def world():
    grid = plan_grid((X, Y, X + 700, Y + 530), 4544, 10.0)
    shape = shapely.Polygon([(X + 13, Y + 7), (X + 690, Y + 40), (X + 500, Y + 521)])
    return grid, coverage_runs(ragged([shape]), grid), coverage(ragged([shape]), grid)


def test_rows_of_areas_are_the_exact_cell_areas(world):
    grid, _, _ = world
    exact = cell_area_m2(grid)
    assert abs(exact[0, 0] - 100.0) > 0.03  # not the plane's
    areas = cell_areas(grid)
    window = (slice(16, 53), slice(4, 60))
    rows = area_rows(areas, window)
    # rows 16, 32, 48 and the last of the grid
    np.testing.assert_allclose(rows, exact[[16, 32, 48, 52], 4:60], rtol=1e-11)


@pytest.mark.parametrize("window", [(slice(0, 53), slice(0, 70)), (slice(9, 50), slice(3, 64))])
def test_areas_of_codes_add_up(world, window):
    grid, runs, share = world
    code = (np.add.outer(np.arange(53), np.arange(70)) % 3).astype(np.uint32)
    areas = cell_areas(grid)
    got = tally(np.ascontiguousarray(code[window]), 3, runs, areas, window) * areas.quantum_m2
    exact = cell_area_m2(grid) * share
    for k in range(3):
        want = exact[window][code[window] == k].sum()
        # between every 16th row areas are taken as straight: 1e-9 at most
        assert got[k] == pytest.approx(want, rel=1e-9)


def test_areas_of_pairs_are_those_of_codes(world):
    grid, runs, share = world
    window = (slice(0, 53), slice(0, 70))
    code = (np.add.outer(np.arange(53), np.arange(70)) % 3).astype(np.uint16)
    word = (np.arange(53)[:, None] // 20 + np.zeros(70, int)).astype(np.uint64)
    areas = cell_areas(grid)
    pairs = np.zeros((3, 3), np.int64)
    tally_pairs(code, word, pairs, runs, areas, window)
    got = pairs * areas.quantum_m2
    exact = cell_area_m2(grid) * share
    assert (got[:, 0] == 0).all()  # masks of 0 are not asked for
    for k in range(3):
        for w in (1, 2):
            want = exact[(code == k) & (word == w)].sum()
            assert got[k, w] == pytest.approx(want, rel=1e-9)


def test_no_rounding_has_a_direction(world):
    grid, runs, share = world
    window = (slice(0, 53), slice(0, 70))
    areas = cell_areas(grid)
    # a coarse quantum q: 1,779 cells, whose areas differ by several q, each rounded to it
    q = 2.0**-12
    coarse = type(areas)(areas.coefficients, areas.shape, q)
    zero = np.zeros((53, 70), np.uint32)
    got = tally(zero, 1, runs, coarse, window)[0] * q
    want = (cell_area_m2(grid) * share).sum()
    # cutting off would lose half a quantum a cell, 0.22 m2; rounding leaves what neighbours of
    # nearly the same area have in common, less than a quarter
    assert abs(got - want) < 0.25 * q * np.count_nonzero(share)


def test_tables_of_tiles_become_one(world):
    _, runs, _ = world
    rng = np.random.default_rng(5)
    words = rng.integers(0, 6, (2, 53, 70)).astype(np.uint64)
    windows = [(slice(0, 30), slice(0, 70)), (slice(30, 53), slice(0, 70))]
    coded = [encode(np.ascontiguousarray(words[:, w[0], w[1]]), runs, w) for w in windows]
    table, maps = merge_tables([t for _, t in coded])
    assert np.array_equal(np.unique(table[1:], axis=0), table[1:])  # sorted, none twice
    for (code, _), to, w in zip(coded, maps, windows, strict=True):
        own = words[:, w[0], w[1]]
        inside = code > 0
        assert np.array_equal(table[to[code]][inside].T, own[:, inside])


@pytest.mark.parametrize("top", [0, 5])
def test_every_row_has_the_area_of_its_latitude(top):
    """Web Mercator: areas fall by 1.9e-5 from one row of 100 m to the next.

    Between every 16th row they are taken as straight, which is good to
    (16 x 1.57e-5)^2 / 8 x f'' / f, 2e-8.
    """
    grid = plan_grid((11.8e6, 4.5e6, 11.801e6, 4.507e6), 3857, 100.0)
    runs = coverage_runs(ragged([shapely.box(11.8e6, 4.5e6, 11.801e6, 4.507e6)]), grid)
    rows = grid.shape[0]
    window = (slice(top, rows), slice(0, 10))
    code = np.repeat(np.arange(rows - top, dtype=np.uint32)[:, None], 10, axis=1)
    areas = cell_areas(grid)
    exact = cell_area_m2(grid)[top:].sum(axis=1)
    assert exact[0] < exact[1] * (1 - 1.8e-5)
    got = tally(code, rows - top, runs, areas, window) * areas.quantum_m2
    np.testing.assert_allclose(got, exact, rtol=5e-8)
    ones = np.ones((rows - top, 10), np.uint64)
    pairs = np.zeros((rows - top, 2), np.int64)
    tally_pairs(code.astype(np.uint16), ones, pairs, runs, areas, window)
    np.testing.assert_allclose(pairs[:, 1] * areas.quantum_m2, exact, rtol=5e-8)
