"""Rasters of runs hold the cells they were made of, and say of them what cells say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gis.cells.by_label import cells_by_label
from gis.cells.grid import plan_grid
from gis.cells.parcels import label_patches, opened, opened_in_strips
from gis.cells.runs import in_strips, joined, run_raster, strips
from gis.cells.runs import raster as module

few = settings(max_examples=30, deadline=None)
KINDS = (np.uint8, np.uint16, np.int32, np.uint32, np.int64, bool)


@st.composite
def cells(draw):
    """Classes of a few cells that hang together, of any type."""
    h, w = draw(st.integers(1, 14)), draw(st.integers(1, 17))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    found = np.kron(rng.integers(0, 4, (h // 2 + 1, w // 3 + 1)), np.ones((2, 3), int))[:h, :w]
    return found.astype(draw(st.sampled_from(KINDS)))


@st.composite
def windows_of(draw, shape):
    r = sorted(draw(st.lists(st.integers(0, shape[0]), min_size=2, max_size=2, unique=True)))
    c = sorted(draw(st.lists(st.integers(0, shape[1]), min_size=2, max_size=2, unique=True)))
    return slice(*r), slice(*c)


@few
@given(st.data())
def test_cells_come_back_whole_in_windows_and_one_by_one(data):
    a = data.draw(cells())
    runs, window = run_raster(a), data.draw(windows_of(a.shape))
    np.testing.assert_array_equal(np.asarray(runs), a)
    assert np.asarray(runs).dtype == a.dtype
    np.testing.assert_array_equal(runs[window], a[window])
    np.testing.assert_array_equal(np.asarray(runs.crop(window)), a[window])
    at = (data.draw(st.integers(0, a.shape[0] - 1)), data.draw(st.integers(-a.shape[1], -1)))
    assert runs[at] == a[at]
    # runs of a row that touch differ
    for r in range(a.shape[0]):
        own = runs.value[runs.row[r] : runs.row[r + 1]]
        assert (own[1:] != own[:-1]).all()
        assert len(own) == 1 + (a[r, 1:] != a[r, :-1]).sum()


@few
@given(cells(), st.integers(0, 99))
def test_a_table_is_looked_up_as_of_cells(a, seed):
    table = np.random.default_rng(seed).integers(0, 2, 4).astype(np.uint8)
    found = run_raster(a.astype(np.uint8)).map(table)
    want = table[a.astype(np.uint8)]
    np.testing.assert_array_equal(np.asarray(found), want)
    assert len(found.start) == len(run_raster(want).start)


@few
@given(cells(), st.integers(1, 6), st.integers(1, 6))
def test_tiles_are_joined_and_gaps_are_zero(a, high, wide):
    grid = plan_grid((0, 0, 10 * a.shape[1], 10 * a.shape[0]), 4544, 10)
    tiles, want = [], np.zeros_like(a)
    for k, r in enumerate(range(0, a.shape[0], high)):
        for j, c in enumerate(range(0, a.shape[1], wide)):
            window = (slice(r, min(r + high, a.shape[0])), slice(c, min(c + wide, a.shape[1])))
            if (k + j) % 3:
                tiles.append((window, run_raster(a[window])))
                want[window] = a[window]
    found = joined(grid, reversed(tiles), a.dtype)
    np.testing.assert_array_equal(np.asarray(found), want)


@few
@given(cells())
def test_patches_are_those_of_the_cells(a):
    grid = plan_grid(
        (500_000, 4_300_000, 500_000 + 10 * a.shape[1], 4_300_000 + 10 * a.shape[0]), 4544, 10
    )
    labels, area, values = label_patches(a, grid)
    dense = np.asarray(labels)
    want = np.zeros(a.shape, int)
    n = 0
    for value in np.unique(a[a > 0]):
        own, k = ndimage.label(a == value)
        want[own > 0] = own[own > 0] + n
        n += k
    # numbered by class, then by the first cell
    order = [dense[tuple(np.argwhere(want == k)[0])] for k in range(1, n + 1)]
    assert order == list(range(1, n + 1))
    np.testing.assert_array_equal(dense, want)
    assert [int(values[dense[p]]) for p in map(tuple, np.argwhere(a > 0))] == [
        int(a[p]) for p in map(tuple, np.argwhere(a > 0))
    ]
    by_cells, count = cells_by_label(dense.astype(np.int32), grid, n)
    assert area.tolist() == by_cells.tolist()
    assert count.tolist() == np.bincount(dense[dense > 0], minlength=n + 1).tolist()
    boxes = labels.boxes(n)
    for k, box in enumerate(ndimage.find_objects(dense), 1):
        assert boxes[k].tolist() == [box[0].start, box[0].stop, box[1].start, box[1].stop]


@few
@given(cells(), st.sampled_from([10, 25, 40, 60]))
def test_opening_window_by_window_is_opening_the_whole(a, width):
    grid = plan_grid((0, 0, 10 * a.shape[1], 10 * a.shape[0]), 4544, 10)
    mask = a > 0
    own = opened_in_strips(mask.__getitem__, grid, width)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_STRIP", 2 * a.shape[1])
        assert len(list(strips(a.shape))) == -(-a.shape[0] // 2)
        found = in_strips(a.shape, own, bool)
    np.testing.assert_array_equal(np.asarray(found), opened(mask, grid, width))


def test_a_raster_takes_memory_by_its_borders_and_not_by_its_cells():
    # one square: two runs at most in a row outside of it, three inside; 12 bytes each
    def held(n):
        a = np.zeros((n, n), np.uint16)
        a[n // 4 : n // 2, n // 4 : n // 2] = 1
        return run_raster(a).nbytes

    assert held(2000) < 2.01 * held(1000)
    assert held(2000) < 2000 * 2000 * 2 / 100


@pytest.mark.parametrize("at", [np.s_[::2, :], np.s_[1, :], np.s_[:, ::-1], np.s_[[0], :]])
def test_what_is_no_window_is_refused(at):
    with pytest.raises(IndexError, match="asarray"):
        run_raster(np.ones((2, 2), np.uint8))[at]


def test_cells_of_runs_are_written_out_anew():
    with pytest.raises(ValueError, match="anew"):
        np.asarray(run_raster(np.ones((2, 2), np.uint8)), copy=False)
