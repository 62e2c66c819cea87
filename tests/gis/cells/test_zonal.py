"""Zonal areas: exact, equal to exactextract, and the same for windows and threads."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.area import polygon_area_m2
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import origin, plan_grid, window_grid, windows
from gis.cells.zonal import class_areas, zonal_means
from gis.errors import DataError

X0, Y0 = 555_000.0, 4_300_000.0


def shapes(seed: int, n: int, size: float = 3000.0) -> np.ndarray:
    """Random stars, some with a hole, some of two parts, some beyond the grid."""
    rng = np.random.default_rng(seed)
    out = []
    for i in range(n):
        k = int(rng.integers(3, 40))
        t = np.sort(rng.uniform(0, 2 * np.pi, k))
        r = rng.uniform(0.3, 1, k) * rng.uniform(3, 400)
        cx, cy = rng.uniform(-100, size + 100, 2)
        star = shapely.Polygon(np.c_[X0 + cx + r * np.cos(t), Y0 + cy + r * np.sin(t)])
        star = shapely.make_valid(star.buffer(0))
        if i % 3 == 1:
            star = star.difference(shapely.Point(X0 + cx + 3, Y0 + cy).buffer(r.min() / 2))
        if i % 3 == 2:
            star = star.union(shapely.box(X0 + cx, Y0 + cy + 500, X0 + cx + 33, Y0 + cy + 507))
        out.append(star)
    return np.array(out, dtype=object)


def grid_and_codes(cells: int = 300):
    grid = plan_grid((X0, Y0, X0 + cells * 10, Y0 + cells * 10), 4544, 10)
    codes = np.random.default_rng(1).choice([10, 20, 30, 255], grid.shape).astype(np.uint8)
    return grid, codes


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_areas_close_with_the_polygon(seed):
    grid, codes = grid_and_codes()
    geoms = shapes(seed, 9)
    got = class_areas(geoms, codes, grid, ellipsoidal=False)
    total = got.area_m2.sum(axis=1) + got.unknown_m2 + got.outside_m2
    np.testing.assert_allclose(total, shapely.area(geoms), rtol=1e-11, atol=1e-7)
    frame = shapely.box(*grid.boundingbox.bbox)
    inside = shapely.area(shapely.intersection(geoms, frame))
    np.testing.assert_allclose(got.cells * 100, inside, rtol=1e-9, atol=1e-6)


def test_equal_to_exactextract():
    exactextract = pytest.importorskip("exactextract")
    import geopandas as gpd
    from exactextract.raster import NumPyRasterSource

    grid, codes = grid_and_codes()
    left, top = origin(grid)
    h, w = grid.shape
    geoms = shapes(5, 150)
    geoms = geoms[shapely.covers(shapely.box(*grid.boundingbox.bbox), geoms)]
    source = NumPyRasterSource(
        codes, xmin=left, ymax=top, xmax=left + w * 10, ymin=top - h * 10
    )
    frame = gpd.GeoDataFrame({"id": range(len(geoms))}, geometry=geoms, crs=4544)
    theirs = exactextract.exact_extract(
        source, frame, ["unique", "frac", "count"], output="pandas"
    )
    ours = class_areas(geoms, codes, grid, ellipsoidal=False)
    place = {int(c): k for k, c in enumerate(ours.codes)}
    assert len(geoms) > 30
    for i in range(len(geoms)):
        want = np.zeros(len(place))
        for code, frac in zip(theirs["unique"][i], theirs["frac"][i], strict=True):
            want[place[int(code)]] = frac * theirs["count"][i]
        # exactextract adds up in float32
        np.testing.assert_allclose(ours.area_m2[i] / 100, want, atol=1e-6 * max(want.max(), 1))


def test_brute_force_on_a_few_cells():
    """Every cell cut with the polygon by GEOS."""
    grid = plan_grid((X0, Y0, X0 + 80, Y0 + 60), 4544, 10)
    codes = np.arange(48, dtype=np.int16).reshape(6, 8)
    geom = (
        shapely.Point(X0 + 41.3, Y0 + 29.1)
        .buffer(24.7)
        .difference(shapely.box(X0 + 37, Y0 + 22, X0 + 55, Y0 + 31))
    )
    got = class_areas([geom], codes, grid, ellipsoidal=False)
    want = {}
    for r in range(6):
        for c in range(8):
            cell = shapely.box(
                X0 + c * 10, Y0 + 50 - r * 10, X0 + c * 10 + 10, Y0 + 60 - r * 10
            )
            if (a := geom.intersection(cell).area) > 1e-9:
                want[int(codes[r, c])] = a
    assert got.codes.tolist() == sorted(want)
    np.testing.assert_allclose(got.area_m2[0], [want[k] for k in sorted(want)], rtol=1e-10)


def test_ellipsoidal_weights_are_cell_areas():
    grid, codes = grid_and_codes()
    whole = shapely.box(X0, Y0, X0 + 3000, Y0 + 3000)
    got = class_areas([whole], codes, grid)
    area = cell_area_m2(grid)
    want = [area[codes == c].sum() for c in got.codes]
    np.testing.assert_allclose(got.area_m2[0], want, rtol=1e-10)
    # the frame is straight in the plane, the formula's edges in B-L: cut it fine
    assert got.area_m2.sum() == pytest.approx(
        polygon_area_m2(shapely.segmentize(whole, 20), 4544)[0], rel=1e-9
    )


def test_windows_add_up_and_threads_do_not_matter():
    grid, codes = grid_and_codes()
    geoms = np.concatenate([shapes(k, 60) for k in range(20)])
    one = class_areas(geoms, codes, grid, threads=1)
    two = class_areas(geoms, codes, grid, threads=2)
    assert (one.area_m2 == two.area_m2).all()
    total = np.zeros_like(one.area_m2)
    for window in windows(grid, 128):
        part = class_areas(geoms, codes[window], window_grid(grid, window))
        total[:, np.searchsorted(one.codes, part.codes)] += part.area_m2
    np.testing.assert_allclose(total, one.area_m2, rtol=1e-9, atol=1e-6)


def test_unknown_is_apart_and_never_a_class():
    grid, codes = grid_and_codes(20)
    valid = codes != 255
    box = shapely.box(X0, Y0, X0 + 200, Y0 + 200)
    got = class_areas([box], codes, grid, valid=valid, ellipsoidal=False)
    assert 255 not in got.codes
    assert got.unknown_m2[0] == pytest.approx(100 * (~valid).sum())
    nothing = class_areas([box], codes, grid, valid=np.zeros_like(valid))
    assert nothing.codes.size == 0
    assert nothing.unknown_m2[0] > 0


def test_means_and_totals():
    grid = plan_grid((X0, Y0, X0 + 40, Y0 + 20), 4544, 10)
    values = np.array([[1.0, 2, np.nan, 4], [5, 6, 7, 8]], np.float32)
    box = shapely.box(X0 + 5, Y0 + 5, X0 + 30, Y0 + 20)
    # fractions: upper row 0.5, 1, 1 (unknown); lower row half of that
    got = zonal_means([box, None], values, grid, ellipsoidal=False)
    weight = 0.5 + 1 + 0.25 + 0.5 + 0.5
    total = 0.5 * 1 + 2 + 0.25 * 5 + 0.5 * 6 + 0.5 * 7
    assert got.total[0] == pytest.approx(total)
    assert got.mean[0] == pytest.approx(total / weight)
    assert got.known_m2[0] == pytest.approx(weight * 100)
    assert got.unknown_m2[0] == pytest.approx(100)
    assert np.isnan(got.mean[1])


def test_outside_the_raster_is_told():
    grid, codes = grid_and_codes(10)
    far = shapely.box(X0 + 5000, Y0, X0 + 5100, Y0 + 100)
    half = shapely.box(X0 - 50, Y0, X0 + 50, Y0 + 100)
    got = class_areas([far, half, None], codes, grid, ellipsoidal=False)
    np.testing.assert_allclose(got.outside_m2, [10_000, 5_000, 0])
    # half a square of 100 m beyond each side of the raster in turn
    west, south, east, north = grid.boundingbox.bbox
    middle = ((west + east) / 2, (south + north) / 2)
    ends = [(west, middle[1]), (middle[0], south), (east, middle[1]), (middle[0], north)]
    squares = np.array([shapely.box(x - 50, y - 50, x + 50, y + 50) for x, y in ends])
    sides = class_areas(squares, codes, grid, ellipsoidal=False)
    np.testing.assert_allclose(sides.outside_m2, 5_000, rtol=1e-6)
    np.testing.assert_allclose(got.area_m2.sum(axis=1), [0, 5_000, 0])
    true = class_areas([far, half], codes, grid)
    want = polygon_area_m2([far, half], 4544) - (0, true.area_m2[1].sum())
    np.testing.assert_allclose(true.outside_m2, want, rtol=1e-5)


def test_long_thin_and_large_features_in_strips():
    """A feature larger than the kernel's buffer is worked off in strips."""
    grid = plan_grid((X0, Y0, X0 + 12_000, Y0 + 9_000), 4544, 10)
    codes = np.ones(grid.shape, np.uint8)
    diagonal = shapely.LineString([(X0 + 50, Y0 + 60), (X0 + 11_900, Y0 + 8_900)]).buffer(7.3)
    big = shapely.Point(X0 + 6000, Y0 + 4500).buffer(4400)
    got = class_areas([diagonal, big], codes, grid, ellipsoidal=False)
    np.testing.assert_allclose(got.area_m2[:, 0], [diagonal.area, big.area], rtol=1e-11)


@pytest.mark.parametrize(
    ("codes", "what"),
    [
        (np.zeros((3, 3)), "integers"),
        (np.zeros((4, 3), np.uint8), "shape"),
        (np.zeros((4, 3), np.float32), "integers"),
    ],
)
def test_refused_rasters(codes, what):
    grid = plan_grid((X0, Y0, X0 + 30, Y0 + 30), 4544, 10)
    with pytest.raises(DataError, match=what):
        class_areas([shapely.box(X0, Y0, X0 + 1, Y0 + 1)], codes, grid)


def test_negative_and_wide_codes():
    grid = plan_grid((X0, Y0, X0 + 20, Y0 + 10), 4544, 10)
    codes = np.array([[-1, 1_000_000]], np.int64)
    got = class_areas([shapely.box(X0, Y0, X0 + 20, Y0 + 10)], codes, grid, ellipsoidal=False)
    assert got.codes.tolist() == [-1, 1_000_000]
    np.testing.assert_allclose(got.area_m2, [[100, 100]])


def test_a_polygon_of_more_cells_than_are_held_at_a_time():
    """A square of 600 x 600 cells, worked through in strips: rows 0, 1, 2 ... as values."""
    grid = plan_grid((X0, Y0, X0 + 6400, Y0 + 6400), 4544, 10)
    values = np.repeat(np.arange(640.0)[:, None], 640, axis=1)
    left, top = origin(grid)
    square = shapely.box(left + 200, top - 6200, left + 6200, top - 200)  # rows 20 to 619
    found = zonal_means([square], values, grid, ellipsoidal=False)
    assert found.mean[0] == pytest.approx((20 + 619) / 2)
    assert found.total[0] == pytest.approx(600 * 600 * (20 + 619) / 2)
