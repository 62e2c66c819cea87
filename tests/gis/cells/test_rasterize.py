"""Cells against shapely and GDAL: not one may differ."""

import numpy as np
import pytest
import rasterio.features
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gis.cells import rasterize
from gis.cells.grid import cell_centres, plan_grid, windows
from gis.cells.rasterize import (
    burn_within,
    coverage,
    coverage_runs,
    inside,
    load_ragged,
    ragged,
    save_ragged,
    touched,
    within,
)

CELL = 10.0
GRID = plan_grid((500_000, 4_300_000, 500_480, 4_300_400), 4544, CELL)
X, Y = cell_centres(GRID)
CENTRES = shapely.points(*np.meshgrid(X, Y))


def _by_shapely(geoms, distances):
    out = np.zeros(GRID.shape, dtype=bool)
    for g, d in zip(geoms, np.broadcast_to(distances, len(geoms)), strict=True):
        out |= shapely.distance(CENTRES, g) <= d
    return out


def _star(rng, cx, cy, r, n=24, *, holed=True):
    """A valid, wildly toothed polygon, with a hole in it."""
    a = np.sort(rng.uniform(0, 2 * np.pi, n))
    k = rng.uniform(0.45, 1, n) * r
    shell = np.c_[cx + k * np.cos(a), cy + k * np.sin(a)]
    hole = np.c_[cx + 0.3 * r * np.cos(a), cy + 0.3 * r * np.sin(a)]
    p = shapely.Polygon(shell, [hole] if holed else None)
    return p if p.is_valid else p.buffer(0)


def _random(rng, n=6):
    x = lambda k: 500_000 + rng.uniform(-150, 630, k)  # noqa: E731 - also outside the grid
    y = lambda k: 4_300_000 + rng.uniform(-150, 550, k)  # noqa: E731
    lines = [shapely.LineString(np.c_[x(7), y(7)]) for _ in range(n)]
    points = [shapely.Point(x(1)[0], y(1)[0]) for _ in range(n)]
    multi = [
        shapely.MultiPoint(np.c_[x(3), y(3)]),
        shapely.GeometryCollection([lines[0], points[0]]),
    ]
    stars = [_star(rng, x(1)[0], y(1)[0], rng.uniform(4, 180)) for _ in range(n)]
    return lines + points + multi + stars


@pytest.mark.parametrize("seed", range(12))
def test_within_equals_shapely_distance(seed):
    rng = np.random.default_rng(seed)
    geoms = _random(rng)
    distance = rng.uniform(0, 120, len(geoms))
    distance[::4] = 0
    assert np.array_equal(within(ragged(geoms), distance, GRID), _by_shapely(geoms, distance))


whole = st.integers(-6, 54).map(lambda v: v * 5.0)


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(np.float64, (5, 2), elements=whole),
    st.sampled_from([0, 5, 10, 25, 50, 65, 12.5, 14.142135623730951]),
)
def test_ties_are_decided_as_geos_does(xy, d):
    # vertices on cell centres and edges, distances of 3-4-5 and 5-12-13 triangles: every
    # cell centre that can lie exactly on the limit does
    xy = np.add(xy, [500_000, 4_300_000])
    geoms = [shapely.LineString(xy), shapely.Point(xy[0])]
    polygon = shapely.Polygon(xy)
    if polygon.is_valid and polygon.area:
        geoms.append(polygon)
    for g in geoms:
        assert np.array_equal(within(ragged([g]), d, GRID), _by_shapely([g], d))


def test_triangle_3_4_5():
    # from a centre, 3 cells east and 4 north is 50 m away: in at 50, out at 49.999999
    p = shapely.Point(X[5], Y[20])
    assert within(ragged([p]), 50.0, GRID)[16, 8]
    assert not within(ragged([p]), 49.999999, GRID)[16, 8]
    # and the diagonal of a diamond is not reached: |3| + |4| = 7 cells is more than 5
    assert not within(ragged([p]), 50.0, GRID)[16, 9]


def test_neighbour_outside_the_grid_counts():
    west = shapely.box(499_000, 4_300_000, 499_900, 4_300_400)  # ends 100 m west of the grid
    hit = within(ragged([west]), 125.0, GRID)
    assert hit[:, :2].all()  # centres at 105 and 115 m
    assert hit[:, 2].all()  # 125 m exactly
    assert not hit[:, 3:].any()


@pytest.mark.parametrize("tile", [7, 16, 1000])
def test_windows_never_change_a_bit(tile):
    rng = np.random.default_rng(5)
    geoms = _random(rng, 10)
    shapes = ragged(geoms)
    mask = (np.uint64(1) << np.arange(len(geoms), dtype=np.uint64)).astype(np.uint64)
    once = np.zeros(GRID.shape, dtype=np.uint64)
    burn_within(once, shapes, 33.3, GRID, mask=mask)
    parts = np.zeros_like(once)
    for w in windows(GRID, tile):
        out = np.zeros((w[0].stop - w[0].start, w[1].stop - w[1].start), dtype=np.uint64)
        burn_within(out, shapes, 33.3, GRID, w, mask=mask)
        parts[w] = out
    assert np.array_equal(once, parts)


def test_mirrored_east_west():
    rng = np.random.default_rng(8)
    geoms = _random(rng)
    axis = 2 * (500_000 + 240)
    mirrored = [shapely.transform(g, lambda c: np.c_[axis - c[:, 0], c[:, 1]]) for g in geoms]
    a = within(ragged(geoms), 40.0, GRID)
    assert np.array_equal(a[:, ::-1], within(ragged(mirrored), 40.0, GRID))


@pytest.mark.parametrize("seed", range(8))
def test_inside_equals_gdal(seed):
    rng = np.random.default_rng(seed + 100)
    stars = [
        _star(rng, 500_000 + rng.uniform(0, 480), 4_300_000 + rng.uniform(0, 400), 150)
        for _ in range(5)
    ]
    # vertical edges through cell centres; horizontal ones beside them, where GDAL gives a
    # row on the lower edge to both neighbours
    multi = shapely.MultiPolygon(
        [
            shapely.box(500_000, 4_300_000, 500_035, 4_300_044),
            shapely.box(500_105, 4_300_006, 500_200, 4_300_094),
        ]
    )
    for g in [*stars, multi]:
        gdal = rasterio.features.rasterize([g], GRID.shape, transform=GRID.transform)
        assert np.array_equal(inside(ragged([g]), GRID), gdal.astype(bool))


def test_polygons_that_share_an_edge_share_no_cell():
    # the edge runs through cell centres; each of the 4 x 4 cells goes to exactly one
    g = plan_grid((0, 0, 40, 40), 4544, 10)
    a, b = shapely.box(0, 0, 15, 40), shapely.box(15, 0, 40, 40)
    assert (inside(ragged([a]), g).astype(int) + inside(ragged([b]), g) == 1).all()


@pytest.mark.parametrize("seed", range(6))
def test_touched_equals_shapely_intersects(seed):
    rng = np.random.default_rng(seed)
    cells = shapely.box(
        *[v for p in [np.meshgrid(X - 5, Y - 5), np.meshgrid(X + 5, Y + 5)] for v in p]
    )
    geoms = _random(rng, 3)
    for g in geoms:
        whole = touched(ragged([g]), GRID)
        assert np.array_equal(whole, shapely.intersects(cells, g))
        corner = (slice(3, 21), slice(17, 40))
        assert np.array_equal(touched(ragged([g]), GRID, corner), whole[corner])


def test_touching_a_corner_counts_for_all_four_cells():
    g = plan_grid((0, 0, 40, 40), 4544, 10)
    hit = touched(ragged([shapely.Point(20, 20)]), g)
    assert hit.sum() == 4
    assert hit[1:3, 1:3].all()


@pytest.mark.parametrize("seed", range(6))
def test_coverage_equals_intersection_area(seed):
    rng = np.random.default_rng(seed)
    g = _star(rng, 500_240, 4_300_200, rng.uniform(60, 190))
    cells = shapely.box(
        *[v for p in [np.meshgrid(X - 5, Y - 5), np.meshgrid(X + 5, Y + 5)] for v in p]
    )
    want = shapely.area(shapely.intersection(cells, g)) / CELL**2
    got = coverage(ragged([g]), GRID)
    assert np.abs(got - want).max() < 1e-9
    assert coverage_runs(ragged([g]), GRID).cells() * CELL**2 == pytest.approx(
        g.area, rel=1e-12
    )


def test_coverage_outside_the_grid_is_cut():
    # half of the box lies west, north and south of the grid
    g = shapely.box(499_000, 4_299_000, 500_105, 4_302_000)
    got = coverage(ragged([g]), GRID)
    assert (got[:, :10] == 1).all()
    assert got[:, 10] == pytest.approx(0.5)
    assert not got[:, 11:].any()


def test_coverage_by_window_is_the_same_bits():
    rng = np.random.default_rng(1)
    shapes = ragged([_star(rng, 500_240, 4_300_200, 190)])
    once = coverage(shapes, GRID)
    for w in windows(GRID, 9):
        assert np.array_equal(coverage(shapes, GRID, w), once[w])


def test_ring_direction_does_not_matter():
    p = shapely.box(500_003, 4_300_004, 500_107, 4_300_209)
    a = coverage(ragged([p]), GRID)
    b = coverage(ragged([shapely.Polygon(p.exterior.coords[::-1])]), GRID)
    assert a == pytest.approx(b)


def test_empty_and_missing_geometries_hit_nothing():
    shapes = ragged([None, shapely.Polygon(), shapely.LineString()])
    assert len(shapes) == 3
    assert not within(shapes, 100.0, GRID).any()
    assert len(ragged([])) == 0
    assert not within(ragged([]), 100.0, GRID).any()
    assert coverage(ragged([]), GRID).sum() == 0


def test_nan_distance_leaves_the_feature_out():
    shapes = ragged([shapely.Point(X[3], Y[3]), shapely.Point(X[30], Y[30])])
    hit = within(shapes, np.array([np.nan, 5.0]), GRID)
    assert hit.sum() == 1
    assert hit[30, 30]


def test_saved_coordinates_come_back(tmp_path):
    shapes = ragged(_random(np.random.default_rng(3)))
    save_ragged(tmp_path, shapes)
    for mapped in (False, True):
        again = load_ragged(tmp_path, mapped=mapped)
        assert all(
            np.array_equal(getattr(shapes, k), getattr(again, k), equal_nan=k == "bounds")
            for k in ("xy", "part", "kind", "feature", "bounds")
        )


def test_take_keeps_parts_together():
    geoms = _random(np.random.default_rng(4))
    pick = np.array([13, 2, 2, 9])
    a = ragged(geoms).take(pick)
    b = ragged([geoms[i] for i in pick])
    assert np.array_equal(a.xy, b.xy)
    assert np.array_equal(a.feature, b.feature)


@pytest.mark.parametrize("seed", range(3))
def test_strips_never_change_a_cell(monkeypatch, seed):
    shapes = ragged(_random(np.random.default_rng(seed)))
    far = np.random.default_rng(seed).uniform(0, 60, len(shapes))
    part = (slice(3, 38), slice(5, 47))

    def masks():
        return [
            *(within(shapes, far, GRID, w) for w in (None, part)),
            *(f(shapes, GRID, w) for f in (touched, inside) for w in (None, part)),
        ]

    whole = masks()
    assert all(m.any() and not m.all() for m in whole)
    for cells in (1, 97, 48 * 7):  # a row, two rows or seven at a time
        monkeypatch.setattr(rasterize, "_STRIP", cells)
        for a, b in zip(whole, masks(), strict=True):
            np.testing.assert_array_equal(a, b)
