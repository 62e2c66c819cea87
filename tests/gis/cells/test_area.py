"""Ellipsoidal areas against the closed form, geodesics and one another."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells import area
from gis.cells.area import MU_M2, polygon_area_m2, to_ha, to_km2, to_mu
from gis.cells.cell_area import area_rows, cell_area_m2
from gis.cells.grid import cell_centres, plan_grid, window_grid
from gis.constants import constants
from gis.crs.systems import transform_points
from gis.errors import DataError

GEOD = pyproj.Geod(a=6378137.0, rf=298.257222101)
E2 = (2 - 1 / 298.257222101) / 298.257222101


def zone_area_m2(south_deg: float, north_deg: float, width_deg: float) -> float:
    """Closed form of the area between two parallels and two meridians.

    S = b^2 dL / 2 * [sin B / (1 - e2 sin2 B) + ln((1 + e sin B) / (1 - e sin B)) / (2 e)]
    (integral of M N cos B).
    """
    b = 6378137.0 * (1 - 1 / 298.257222101)
    e = math.sqrt(E2)

    def f(deg: float) -> float:
        s = math.sin(math.radians(deg))
        return s / (1 - E2 * s * s) + math.log((1 + e * s) / (1 - e * s)) / (2 * e)

    return b * b * math.radians(width_deg) / 2 * (f(north_deg) - f(south_deg))


def test_constants_are_cgcs2000():
    ellipsoid = pyproj.CRS.from_epsg(4490).ellipsoid
    c = constants("cgcs2000")
    assert c["semi_major_m"] == ellipsoid.semi_major_metre
    assert c["inverse_flattening"] == ellipsoid.inverse_flattening


def test_units():
    assert to_mu(10_000.0) == 15.0
    assert pytest.approx(666.6666666666666) == MU_M2
    assert to_ha(25_000.0) == 2.5
    assert to_km2(2.5e6) == 2.5


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 50), st.floats(0.01, 4), st.floats(0.01, 5))
def test_series_is_the_closed_form(south, height, width):
    """A box between parallels has edges straight in B and L; the cut series costs 1e-12."""
    box = shapely.box(100, south, 100 + width, south + height)
    exact = zone_area_m2(south, south + height, width)
    # the closed form is a difference of two areas from the equator, each rounded
    rounding = 1e-14 * zone_area_m2(0.0, south + height, width)
    assert polygon_area_m2(box, 4490)[0] == pytest.approx(exact, rel=1e-11, abs=rounding)


@settings(max_examples=30, deadline=None)
@given(st.floats(104.0, 107.9), st.floats(20, 50), st.floats(0, 6.28))
def test_parcels_agree_with_geodesics(lon, lat, turn):
    """A rectangle of 33 ha, turned: within 0.1 m2 of the polygon of geodesics."""
    c, s = math.cos(turn), math.sin(turn)
    x0, y0 = (float(v[0]) for v in transform_points([lon], [lat], 4490, 4544))
    corners = [(-300, -275), (300, -275), (300, 275), (-300, 275)]
    xy = np.array([(x0 + c * x - s * y, y0 + s * x + c * y) for x, y in corners])
    lon_, lat_ = transform_points(xy[:, 0], xy[:, 1], 4544, 4490)
    geodesic = abs(GEOD.polygon_area_perimeter(lon_, lat_)[0])
    assert polygon_area_m2(shapely.Polygon(xy), 4544)[0] == pytest.approx(geodesic, abs=0.1)


def test_dense_outline_agrees_with_geodesics_to_a_square_centimetre():
    """With 1 m edges geodesics and straight B-L lines are one: 30 ha star to 0.01 m2."""
    t = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    r = 320 * (1 + 0.3 * np.sin(7 * t))
    xy = np.c_[560_000 + r * np.cos(t), 4_310_000 + r * np.sin(t)]
    lon, lat = transform_points(xy[:, 0], xy[:, 1], 4544, 4490)
    geodesic = abs(GEOD.polygon_area_perimeter(lon, lat)[0])
    assert polygon_area_m2(shapely.Polygon(xy), 4544)[0] == pytest.approx(geodesic, abs=0.01)


def test_holes_parts_empty_and_collections():
    box, hole = shapely.box(105, 38, 105.1, 38.1), shapely.box(105.02, 38.02, 105.04, 38.04)
    far = shapely.box(106, 38, 106.1, 38.1)
    whole, inner, other = polygon_area_m2([box, hole, far], 4490)
    ring = box.difference(hole)
    multi = shapely.MultiPolygon([ring, far])
    group = shapely.GeometryCollection([multi, shapely.Point(0, 0)])
    got = polygon_area_m2([ring, None, multi, shapely.Polygon(), group], 4490)
    np.testing.assert_allclose(
        got, [whole - inner, 0, whole - inner + other, 0, whole - inner + other], rtol=1e-14
    )
    assert polygon_area_m2([], 4490).shape == (0,)


def test_order_of_vertices_and_zone_do_not_matter():
    box = shapely.box(106.4, 38.8, 106.6, 38.9)
    a = polygon_area_m2([box, shapely.reverse(box)], 4490)
    assert a[0] == pytest.approx(a[1], rel=1e-14)
    small = shapely.box(600_000, 4_300_000, 600_500, 4_300_500)
    xy = shapely.get_coordinates(small)
    x, y = transform_points(xy[:, 0], xy[:, 1], 4544, 4545)
    again = polygon_area_m2(shapely.Polygon(np.c_[x, y]), 4545)[0]
    assert again == pytest.approx(polygon_area_m2(small, 4544)[0], rel=1e-9)


def test_points_have_no_area():
    with pytest.raises(DataError, match="feature 1"):
        polygon_area_m2([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)], 4490)


@pytest.mark.parametrize("crs", [4544, 4545, 4523, 3857, 32648])
@pytest.mark.parametrize("cell_m", [10.0, 500.0])
def test_cells_are_the_areas_of_their_outlines(crs, cell_m):
    """Single cells against their own outline, edges cut in 40 so that they follow the plane."""
    x, y = (float(v[0]) for v in transform_points([106.9], [39.0], 4490, crs))
    grid = plan_grid((x, y, x + 300 * cell_m, y + 200 * cell_m), crs, cell_m)
    area = cell_area_m2(grid)
    assert area.shape == grid.shape
    xs, ys = cell_centres(grid)
    rng = np.random.default_rng(0)
    rows, cols = rng.integers(0, area.shape[0], 12), rng.integers(0, area.shape[1], 12)
    s = np.linspace(-0.5, 0.5, 41)[:-1]
    one = np.full(40, 0.5)
    ring = np.concatenate([np.c_[s, -one], np.c_[one, s], np.c_[-s, one], np.c_[-one, -s]])
    shapes = [
        shapely.Polygon(ring * cell_m + (xs[c], ys[r])) for r, c in zip(rows, cols, strict=True)
    ]
    want = polygon_area_m2(shapes, crs)
    # coordinates in degrees are good to 1.6e-9 m, that is 3e-10 of a cell of 10 m
    np.testing.assert_allclose(area[rows, cols], want, rtol=1e-9)


def test_cells_of_a_window_are_those_of_the_whole():
    grid = plan_grid((550_000, 4_300_000, 570_000, 4_320_000), 4544, 100)
    window = (slice(20, 60), slice(100, 150))
    part = cell_area_m2(grid, window)
    np.testing.assert_allclose(part, cell_area_m2(grid)[window], rtol=1e-10)
    np.testing.assert_allclose(part, cell_area_m2(window_grid(grid, window)), rtol=1e-10)


def test_row_series_is_the_cell_area():
    grid = plan_grid((550_000, 4_300_000, 600_000, 4_340_000), 4544, 500)
    rows = area_rows(grid)
    u = (np.arange(grid.shape[1]) + 0.5) * 2 / grid.shape[1] - 1
    got = np.polynomial.polynomial.polyval(u, rows.T)
    np.testing.assert_allclose(got, cell_area_m2(grid), rtol=1e-10)


def test_plane_is_too_large_at_the_zone_border():
    """1.5 degrees off the meridian at 38.9 N Gauss-Krueger is 0.0417 % too large (measured
    with PROJ: scale 1.000208)."""
    x, y = (float(v[0]) for v in transform_points([106.5], [38.9], 4490, 4544))
    grid = plan_grid((x, y, x + 100, y + 100), 4544, 10)
    assert 100 / cell_area_m2(grid)[0, 0] - 1 == pytest.approx(4.17e-4, abs=2e-6)


def test_large_cells_are_their_mean_not_their_middle():
    """Web Mercator: a cell is a box of meridians and parallels, whose area is known.

    Its scale falls off with cos^2 of the latitude, so a cell of 50 km differs from 2.5e9 times
    the scale at its middle by some (0.0078^2 / 24) * 2, five millionths.
    """
    grid = plan_grid((11.8e6, 4.4e6, 12.1e6, 5.0e6), 3857, 50_000.0)
    area = cell_area_m2(grid)
    lon, lat = transform_points([11.8e6] * 13, 5.0e6 - 5e4 * np.arange(13), 3857, 4326)
    width = transform_points([11.85e6], [5.0e6], 3857, 4326)[0][0] - lon[0]
    for row in range(12):
        exact = zone_area_m2(lat[row + 1], lat[row], width)
        np.testing.assert_allclose(area[row], exact, rtol=3e-9)


def test_many_polygons_are_measured_in_pieces(monkeypatch):
    """The same areas, whatever the pieces; a fault is named by its place in the whole."""
    shapes = [shapely.box(105 + k, 38, 106 + k, 39 + k / 10) for k in range(7)]
    whole = polygon_area_m2(shapes, 4490)
    monkeypatch.setattr(area, "_AT_A_TIME", 3)
    assert polygon_area_m2(shapes, 4490).tolist() == whole.tolist()
    with pytest.raises(DataError, match="feature 5"):
        polygon_area_m2([*shapes[:5], shapely.Point(105, 38), shapes[6]], 4490)
