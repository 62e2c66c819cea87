"""Masks to polygons: right areas, no overlap, no staircase, nothing narrow."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import plan_grid
from gis.cells.parcels import AREA_CHANGE_MAX, label_patches, opened, polygonize
from gis.errors import DataError

X0, Y0 = 555_000.0, 4_300_000.0


def grid_of(mask: np.ndarray):
    h, w = mask.shape
    return plan_grid((X0, Y0, X0 + w * 10, Y0 + h * 10), 4544, 10)


def blobs(seed: int, n: int = 120, sigma: float = 2.5, share: float = 0.45) -> np.ndarray:
    z = ndimage.gaussian_filter(np.random.default_rng(seed).random((n, n)), sigma)
    return z > np.quantile(z, 1 - share)


def no_overlap(shapes: np.ndarray) -> bool:
    tree = shapely.STRtree(shapes)
    i, j = tree.query(shapes, predicate="intersects")
    pairs = i < j
    return bool(
        (shapely.area(shapely.intersection(shapes[i[pairs]], shapes[j[pairs]])) < 1e-6).all()
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 4), st.floats(0.1, 0.9))
def test_patches_are_valid_apart_and_true_to_area(seed, sigma, share):
    mask = blobs(seed, 80, sigma, share)
    got = polygonize(mask, grid_of(mask))
    geoms = got.geometry.to_numpy()
    assert shapely.is_valid(geoms).all()
    assert (np.abs(got["area_m2"] / got["cells_area_m2"] - 1) <= AREA_CHANGE_MAX).all()
    assert no_overlap(geoms)
    assert len(got) == ndimage.label(mask)[1]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_classes_stay_a_coverage(seed):
    """Neighbours keep one edge: the polygons cover the square once, without gap."""
    z = ndimage.gaussian_filter(np.random.default_rng(seed).random((60, 60)), 2)
    classes = np.digitize(z, np.quantile(z, [0.3, 0.5, 0.8])) + 1
    got = polygonize(classes, grid_of(classes))
    geoms = got.geometry.to_numpy()
    assert shapely.is_valid(geoms).all()
    assert shapely.coverage_is_valid(geoms)
    # the square's own four corners are cut by half a cell in all at most
    assert shapely.area(shapely.union_all(geoms)) == pytest.approx(
        shapely.area(geoms).sum(), rel=1e-9
    )
    assert shapely.area(geoms).sum() == pytest.approx(360_000, abs=51)
    assert sorted(set(got["value"])) == [1, 2, 3, 4]


def test_diagonal_staircase_becomes_a_straight_line():
    mask = np.add.outer(np.arange(60), np.arange(60)) < 50
    got = polygonize(mask, grid_of(mask))
    raw = polygonize(mask, grid_of(mask), smooth=False)
    assert len(got.geometry[0].exterior.coords) <= 7
    assert len(raw.geometry[0].exterior.coords) > 90
    # the formula's edges are straight in B-L: over a 500 m edge along x that is
    # L^3 tan B / (12 N) = 1.3 m2 off the line that is straight in the plane
    assert raw["area_m2"][0] == pytest.approx(raw["cells_area_m2"][0], abs=2.0)


def test_shallow_staircase_is_straightened_too():
    """A rise of one cell in five: the long edge keeps far fewer points than its 40 steps."""
    mask = np.arange(200)[None, :] // 5 + np.arange(100)[:, None] < 70
    got = polygonize(mask, grid_of(mask))
    assert len(got.geometry[0].exterior.coords) < 25


def test_small_patches_and_area_on_the_ellipsoid():
    mask = np.zeros((30, 30), bool)
    mask[2:12, 2:12] = True  # 1 ha
    mask[20:25, 20:24] = True  # 0.2 ha
    grid = grid_of(mask)
    labels, area, _ = label_patches(mask, grid, min_area_m2=5_000)
    labels = np.asarray(labels)
    assert labels.max() == 1
    assert area[1] == pytest.approx(cell_area_m2(grid)[2:12, 2:12].sum(), rel=1e-10)
    # 10,000 m2 in the plane are less on the ground here
    assert len(polygonize(mask, grid, min_area_m2=10_000)) == 0
    assert len(polygonize(mask, grid, min_area_m2=1_000)) == 2


def test_necks_and_spikes_are_cut():
    mask = np.zeros((40, 80), bool)
    mask[10:30, 5:30] = True
    mask[10:30, 50:75] = True
    mask[19:21, 30:50] = True  # a neck of 20 m
    mask[0:10, 15:16] = True  # a spike of 10 m
    grid = grid_of(mask)
    assert len(polygonize(mask, grid)) == 1
    wide = polygonize(mask, grid, min_width_m=50)
    assert len(wide) == 2
    # nothing of the neck or spike is left, and the squares lose but their corners
    assert wide["cells_area_m2"].sum() == pytest.approx(2 * 500 * 100, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 7))
def test_opening_is_part_of_the_mask_and_repeats_itself(seed, n):
    mask = blobs(seed, 50, 1.5, 0.6)
    grid = grid_of(mask)
    once = opened(mask, grid, n * 10.0)
    assert not (once & ~mask).any()
    assert (opened(once, grid, n * 10.0) == once).all()
    # by the definition, with scipy
    at = np.arange(n) - (n - 1) / 2
    disc = at[:, None] ** 2 + at[None, :] ** 2 <= (n / 2) ** 2
    padded = np.pad(mask, n)
    fits = ndimage.binary_erosion(padded, disc)
    # scipy centres an even disc one cell lower right; erosion and reflected dilation undo it
    want = np.zeros_like(padded)
    for r, c in np.argwhere(fits):
        r0, c0 = r - n // 2, c - n // 2
        want[r0 : r0 + n, c0 : c0 + n] |= disc
    assert (once == want[n:-n, n:-n]).all()


def test_corner_contact_holes_and_rim():
    mask = np.zeros((40, 40), bool)
    mask[0:20, 0:20] = True
    mask[20:40, 20:40] = True  # meets the first in one point
    mask[5:9, 5:9] = False
    got = polygonize(mask, grid_of(mask))
    assert len(got) == 2
    assert got.geometry.is_valid.all()
    assert shapely.get_num_interior_rings(got.geometry.to_numpy()).tolist() == [1, 0]
    ring = np.ones((30, 30), bool)
    ring[10:20, 10:20] = False
    ring[9, 20] = False  # the hole reaches a second one by a corner
    one = polygonize(ring, grid_of(ring))
    assert len(one) == 1
    assert one.geometry.is_valid.all()


def test_empty_and_refused():
    mask = np.zeros((5, 5), bool)
    got = polygonize(mask, grid_of(mask))
    assert len(got) == 0
    assert got.crs.to_epsg() == 4544
    with pytest.raises(DataError, match="shape"):
        polygonize(mask[:3], grid_of(mask))
    with pytest.raises(DataError, match="whole numbers"):
        polygonize(mask.astype(float), grid_of(mask))


def test_rectangles_keep_their_sides():
    """Corners between long runs are no stairs: eight points, the four sides where they were."""
    mask = np.zeros((60, 60), bool)
    mask[10:40, 10:50] = True
    shape = polygonize(mask, grid_of(mask)).geometry[0]
    assert len(shape.exterior.coords) == 9
    assert shape.bounds == (X0 + 100, Y0 + 200, X0 + 500, Y0 + 500)


@pytest.mark.parametrize("radius", [12, 20, 33, 50])
def test_a_smoothed_disc_keeps_what_its_chords_cut_off(radius):
    """A polygon of n corners on a circle lacks 2 pi^2 / (3 n^2) of the disc's area.

    The corners are moved outwards so that it is given back; of the loss, less than a
    twentieth is left, either way.
    """
    n = 2 * radius + 10
    grid = plan_grid((500_000, 4_300_000, 500_000 + 10 * n, 4_300_000 + 10 * n), 4544, 10)
    y, x = np.mgrid[:n, :n] - (n - 1) / 2
    mask = x**2 + y**2 <= radius**2
    shape = polygonize(mask, grid).geometry.iloc[0]
    corners = len(shapely.get_coordinates(shape)) - 1
    assert corners < 2 * radius  # the staircase has 8 radius of them
    lost = 2 * np.pi**2 / (3 * corners**2)
    assert abs(shape.area / (mask.sum() * 100.0) - 1) < lost / 20


def test_a_width_of_one_cell_cuts_nothing():
    """A strip one cell wide stays at a least width of a cell, and goes at two."""
    grid = plan_grid((500_000, 4_300_000, 500_100, 4_300_100), 4544, 10)
    mask = np.zeros((10, 10), dtype=bool)
    mask[3, 2:9] = True
    for width, patches in ((10.0, 1), (20.0, 0)):
        labels, area, _ = label_patches(mask, grid, min_width_m=width)
        labels = np.asarray(labels)
        assert len(area) - 1 == patches
        assert (labels > 0).sum() == 7 * patches


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64"])
def test_patches_are_those_of_each_class_by_itself(dtype):
    """Against scipy, class by class: the same numbers, areas, classes and order."""
    rng = np.random.default_rng(3)
    mask = rng.integers(-1 if dtype.startswith("int") else 0, 4, (60, 80))
    mask = (np.kron(mask, np.ones((2, 3), int)) * (1000 if dtype == "int64" else 1)).astype(
        dtype
    )
    grid = plan_grid((5e5, 43e5, 5e5 + 2400, 43e5 + 1200), 4544, 10)
    least = 900.0  # more than the smallest patches of 6 cells of 100 m2
    labels, area, values = label_patches(mask, grid, min_area_m2=least)
    labels = np.asarray(labels)
    want = np.zeros(mask.shape, int)
    n, classes = 0, [0]
    for value in sorted({int(v) for v in mask.ravel() if v > 0}):
        part, found = ndimage.label(mask == value)
        for k in range(1, found + 1):
            if (part == k).sum() > 6:
                n += 1
                classes.append(value)
                want[part == k] = n
    assert (labels == want).all()
    assert values.tolist() == classes
    assert area[1:] == pytest.approx(np.bincount(want.ravel())[1:] * 100.0, rel=1e-3)


def test_patches_of_classes_are_held_once():
    """Numbers take 4 bytes a cell, and nothing else does: a county has 40 million cells."""
    grid = plan_grid((5e5, 43e5, 5e5 + 12_000, 43e5 + 12_000), 4544, 10)
    mask = np.zeros((1200, 1200), np.uint8)
    mask[:600, :700], mask[500:, 600:] = 1, 2
    polygonize(mask, grid)  # compiled, imported
    tracemalloc.start()
    try:
        polygonize(mask, grid)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # a raster of int32, and buffers of 65,536 points of outlines of up to 4 MB in all
    assert most < 4 * mask.size + 4e6
