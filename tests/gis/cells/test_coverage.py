"""Exact coverage of cells against GEOS, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.cells.coverage import coverage, coverage_runs, expand_runs
from gis.cells.grid import plan_grid
from gis.cells.ragged import ragged

CELL = 10.0


def by_geos(shape, grid):
    """Share of each cell by intersection."""
    h, w = grid.shape
    x0, y0 = grid.transform.c, grid.transform.f
    out = np.zeros((h, w))
    for r in range(h):
        for c in range(w):
            box = shapely.box(
                x0 + c * CELL, y0 - (r + 1) * CELL, x0 + (c + 1) * CELL, y0 - r * CELL
            )
            out[r, c] = shapely.intersection(shape, box).area / CELL**2
    return out


def star(seed, n, middle, size):
    """A star-shaped polygon of n corners, simple by construction."""
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, n))
    away = size * rng.uniform(0.3, 1.0, n)
    return shapely.Polygon(
        np.c_[middle[0] + away * np.cos(turn), middle[1] + away * np.sin(turn)]
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 12), st.floats(20, 90))
def test_shares_are_those_of_geos(seed, n, size):
    """Polygons that reach over every side of the grid, with a hole."""
    grid = plan_grid((0, 0, 90, 70), 4544, CELL)
    shell = star(seed, n, (45 + 20 * np.sin(seed), 35 + 20 * np.cos(seed)), size)
    assume(shell.is_valid)
    hole = shapely.Point(shell.representative_point()).buffer(4.0)
    shape = shapely.difference(shell, hole)
    assume(shape.geom_type in {"Polygon", "MultiPolygon"})
    got = coverage(ragged([shape]), grid)
    np.testing.assert_allclose(got, by_geos(shape, grid), atol=1e-9)
    window = (slice(2, 5), slice(3, 8))
    assert np.array_equal(coverage(ragged([shape]), grid, window), got[window])


def test_winding_does_not_matter():
    grid = plan_grid((0, 0, 60, 60), 4544, CELL)
    ring = [(5, 5), (55, 8), (47, 52), (12, 44)]
    inner = [(20, 20), (30, 20), (30, 31), (20, 30)]
    shapes = [shapely.Polygon(ring[::a], [inner[::b]]) for a in (1, -1) for b in (1, -1)]
    first = coverage(ragged([shapes[0]]), grid)
    for other in shapes[1:]:
        np.testing.assert_allclose(coverage(ragged([other]), grid), first, atol=1e-12)
    assert first.sum() * CELL**2 == pytest.approx(shapes[0].area, rel=1e-12)


def test_upright_edges_split_their_cells():
    # x from 3 to 47: 0.7 of the first column, 0.7 of the fifth; y from 12 to 38 likewise
    grid = plan_grid((0, 0, 60, 60), 4544, CELL)
    got = coverage(ragged([shapely.box(3, 12, 47, 38)]), grid)
    across = np.array([0.7, 1, 1, 1, 0.7, 0])
    down = np.array([0, 0, 0.8, 1, 0.8, 0])
    np.testing.assert_allclose(got, down[:, None] * across[None, :], atol=1e-12)


def test_a_shape_outside_covers_nothing_and_one_around_everything():
    grid = plan_grid((0, 0, 60, 60), 4544, CELL)
    for away in ((-90, 0), (90, 0), (0, 90), (0, -90)):
        shape = shapely.box(away[0], away[1], away[0] + 50, away[1] + 50)
        assert coverage(ragged([shape]), grid).sum() == 0
    assert (coverage(ragged([shapely.box(-5, -5, 65, 65)]), grid) == 1.0).all()
    # a shape to the west whose rows are the grid's leaves nothing behind, east of it
    bar = shapely.box(-30, 20, 15, 40)
    assert coverage(ragged([bar]), grid).sum() == pytest.approx(1.5 * 2)


def test_lines_are_passed_over_and_rows_beyond_a_band_are_right():
    # 64 rows are worked on at a time; the shape crosses that border
    grid = plan_grid((0, 0, 30, 1500), 4544, CELL)
    shape = shapely.Polygon([(2, 3), (28, 3), (22, 1490), (4, 1490)])
    line = shapely.LineString([(0, 0), (30, 1500)])
    got = coverage(ragged([line, shape]), grid)
    np.testing.assert_allclose(got, by_geos(shape, grid), atol=1e-9)
    runs = coverage_runs(ragged([shape]), grid)
    assert runs.cells() * CELL**2 == pytest.approx(shape.area, rel=1e-12)
    assert np.array_equal(expand_runs(runs, (slice(60, 70), slice(0, 3))), got[60:70])


def test_a_long_edge_along_a_row_has_room():
    # 300 cells of one row are touched: more than the first buffer of 64
    grid = plan_grid((0, 0, 3000, 40), 4544, CELL)
    shape = shapely.Polygon([(0, 11), (3000, 19), (3000, 30), (0, 30)])
    got = coverage(ragged([shape]), grid)
    np.testing.assert_allclose(got, by_geos(shape, grid), atol=1e-9)
