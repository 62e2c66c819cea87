"""Grids: snapped, north-up, square; windows cover them once."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from odc.geo.geobox import GeoBox

from gis.cells.grid import (
    cell_centres,
    cell_size_m,
    full_window,
    grid_bounds,
    halo_window,
    origin,
    plan_grid,
    require_grid,
    window_bounds,
    window_grid,
    windows,
)
from gis.errors import DataError


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-1e5, 1e6),
    st.floats(0, 6e6),
    st.floats(1, 900),
    st.floats(1, 900),
    st.sampled_from([1.0, 10.0, 30.0, 2.5]),
)
def test_grid_covers_its_extent_with_less_than_a_cell_to_spare(x, y, w, h, cell):
    grid = plan_grid((x, y, x + w, y + h), 4544, cell)
    xmin, ymin, xmax, ymax = grid_bounds(grid)
    slack = 2e-6 * cell
    assert x - cell - slack < xmin <= x + slack
    assert y - cell - slack < ymin <= y + slack
    assert x + w - slack <= xmax < x + w + cell + slack
    assert y + h - slack <= ymax < y + h + cell + slack
    assert xmin / cell == pytest.approx(round(xmin / cell), abs=1e-6)
    assert cell_size_m(grid) == cell


def test_extent_on_cell_edges_is_not_widened():
    grid = plan_grid((500_000, 4_300_000, 500_100, 4_300_050), 4544, 10)
    assert grid.shape == (5, 10)
    assert origin(grid) == (500_000, 4_300_050)


@pytest.mark.parametrize(
    ("bounds", "crs", "cell", "what"),
    [
        ((0, 0, 1, 1), 4490, 0.1, "projected CRS"),
        ((0, 0, 0, 1), 4544, 10, "empty"),
        ((0, 0, float("inf"), 1), 4544, 10, "not finite"),
        ((0, 0, 1, 1), 4544, 0, "above 0"),
        ((0, 0, 1e9, 1e9), 4544, 1, "too many cells"),
    ],
)
def test_refused_grids(bounds, crs, cell, what):
    with pytest.raises(DataError, match=what):
        plan_grid(bounds, crs, cell)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 25))
def test_windows_cover_every_cell_once(h, w, tile):
    grid = plan_grid((0, 0, w * 10, h * 10), 4544, 10)
    count = np.zeros(grid.shape, int)
    for window in windows(grid, tile):
        count[window] += 1
    assert (count == 1).all()


def test_window_geometry():
    grid = plan_grid((0, 0, 100, 80), 4544, 10)
    window = (slice(2, 5), slice(3, 7))
    part = window_grid(grid, window)
    assert grid_bounds(part) == window_bounds(grid, window) == (30, 30, 70, 60)
    x, y = cell_centres(grid, window)
    assert x.tolist() == [35, 45, 55, 65]
    assert y.tolist() == [55, 45, 35]
    outer, inner = halo_window(grid, window, 4)
    assert outer == (slice(0, 8), slice(0, 10))
    assert np.arange(8)[outer[0]][inner[0]].tolist() == [2, 3, 4]
    assert full_window(grid) == (slice(0, 8), slice(0, 10))


def test_halo_rows_and_columns_do_not_mix():
    # 100 x 100 cells; a window of 10 rows from 20 and 5 columns from 60, 3 cells around it
    grid = plan_grid((500_000, 4_300_000, 501_000, 4_301_000), 4544, 10)
    outer, inner = halo_window(grid, (slice(20, 30), slice(60, 65)), 3)
    assert outer == (slice(17, 33), slice(57, 68))
    assert inner == (slice(3, 13), slice(3, 8))


@pytest.mark.parametrize(
    ("a", "e", "b", "square"),
    [
        (10.0, -10.0, 0.0, True),
        (0.5, -0.5, 0.0, True),
        (-0.5, 0.5, 0.0, False),  # turned round
        (10.0, 10.0, 0.0, False),  # south up
        (10.0, -9.0, 0.0, False),
        (10.0, -10.0, 0.1, False),
    ],
)
def test_only_north_up_square_grids_pass(a, e, b, square):
    grid = GeoBox((3, 4), Affine(a, b, 500_000.0, 0.0, e, 4_300_000.0), 4544)
    if square:
        assert require_grid(grid) is grid
        return
    with pytest.raises(DataError, match="north-up"):
        require_grid(grid)
