"""A simple boundary inside a boundary of many points."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.area import polygon_area_m2
from siting.check.inner_outline import inner_outline, simple_site
from siting.check.short_edges import short_edges, without_short_edges

CELL = 10.0


def blob(seed: int, n: int) -> shapely.Geometry:
    """Land made of cells: a random walk of them, as screening leaves it."""
    rng = np.random.default_rng(seed)
    steps = np.cumsum(rng.integers(-1, 2, size=(n, 2)), axis=0)
    cells = shapely.box(*(CELL * np.column_stack([steps, steps + 1])).T)
    return shapely.union_all(cells)


@settings(max_examples=40)
@given(
    st.integers(0, 10_000), st.integers(1, 120), st.sampled_from([0.0, 2.5, 5.0, 10.0, 40.0])
)
def test_nothing_lies_outside_and_corners_are_old_corners(seed: int, n: int, tolerance: float):
    land = blob(seed, n)
    simple = inner_outline(land, tolerance)
    assert simple.is_valid
    assert simple.difference(land).area == pytest.approx(0.0, abs=1e-6)
    old = {tuple(p) for p in shapely.get_coordinates(land)}
    assert {tuple(p) for p in shapely.get_coordinates(simple)} <= old
    assert len(shapely.get_parts(simple)) == len(shapely.get_parts(land))


@given(st.integers(0, 10_000), st.integers(1, 120))
@settings(max_examples=20)
def test_a_tolerance_of_nothing_gives_up_nothing(seed: int, n: int):
    land = blob(seed, n)
    assert inner_outline(land, 0.0).area == pytest.approx(land.area, rel=1e-12)


def test_a_stair_becomes_a_line():
    # n steps of side c below the diagonal: the inner corners lie on a line, a cut loses c^2/2
    n, c = 50, 10.0
    xy = [(0.0, 0.0), (n * c, 0.0)]
    for i in range(n):
        xy += [(n * c - i * c, (i + 1) * c), (n * c - (i + 1) * c, (i + 1) * c)]
    stair = shapely.Polygon(xy)
    simple = inner_outline(stair, c)
    corners = len(simple.exterior.coords) - 1
    assert corners <= 6
    assert stair.area - simple.area <= (n + 1) * c * c
    assert stair.covers(simple)


def test_a_hole_stays_free():
    square = shapely.box(0, 0, 1000, 1000)
    stair = blob(3, 60)
    hole = shapely.affinity.translate(stair, 500, 500)
    land = square.difference(hole)
    simple = inner_outline(land, 20.0)
    assert simple.intersection(hole).area == pytest.approx(0.0, abs=1e-6)
    assert square.covers(simple)


def test_a_site_of_many_points_gets_a_hundred_or_so_and_says_what_it_gave_up():
    # a disc of 3 km drawn by cells of 10 m: about 2,400 corners
    c = np.arange(-150, 150) * CELL
    x, y = (v.ravel() for v in np.meshgrid(c, c))
    inside = np.hypot(x + 5, y + 5) < 1500
    disc = shapely.union_all(shapely.box(x, y, x + 10, y + 10)[inside])
    disc = shapely.affinity.translate(disc, 500_000, 4_300_000)
    m2 = float(polygon_area_m2([disc], 4544)[0])
    site = gpd.GeoDataFrame(
        {"site_id": ["PV-01"], "tech": ["pv"], "area_m2": [m2], "area_ha": [m2 / 1e4],
         "area_mu": [m2 * 0.0015], "capacity_mw": [m2 * 0.0015 / 25], "grid_mw": [1.0],
         "shortfall_mw": [m2 * 0.0015 / 25 - 1]},
        geometry=[disc], crs=4544,
    )  # fmt: skip
    found = simple_site(site, CELL, 4523)
    assert found.points_before > 1000
    assert found.points <= 200
    new = found.sites.geometry.iloc[0]
    assert new.difference(disc).area == pytest.approx(0.0, abs=1e-3)
    assert found.deviation_m <= 2 * CELL + 0.1
    far = disc.boundary.hausdorff_distance(new.boundary)
    assert far <= found.deviation_m < far + 0.5
    row = found.sites.iloc[0]
    assert row["area_ha"] * 1e4 == pytest.approx(row["area_m2"])
    assert row["capacity_mw"] == pytest.approx(row["area_mu"] / 25)  # 25 mu a megawatt
    assert row["area_mu"] < m2 * 0.0015
    assert (row["grid_mw"], row["shortfall_mw"]) == (
        1.0,
        pytest.approx(row["area_mu"] / 25 - 1),
    )
    assert found.loss_m2 == pytest.approx(disc.area - new.area, rel=0.01)


def test_a_site_of_few_points_is_drawn_in_for_rounding_alone():
    """0.1 mm off the 4 km around a square: 4,000 x 0.0001 m2, its plane 1 to 0.9998 of it."""
    site = gpd.GeoDataFrame(
        {"site_id": ["PV-01"], "area_m2": [1.0], "area_ha": [1.0], "area_mu": [1.0]},
        geometry=[shapely.box(500_000, 4_300_000, 501_000, 4_301_000)], crs=4544,
    )  # fmt: skip
    found = simple_site(site, CELL, 4523)
    assert (found.deviation_m, found.points, found.drawn_in_m) == (0.0, 4, 1e-4)
    was = float(polygon_area_m2(site.geometry, site.crs)[0])
    assert was - found.sites.iloc[0]["area_m2"] == pytest.approx(0.4, rel=1e-3)
    assert found.loss_m2 == pytest.approx(0.4, rel=1e-3)


def test_an_arc_that_bulges_into_the_land_gets_few_points_too():
    """Around half a disc of 1 km, 1.5 m an edge: tangents 5 m off stand 11 degrees apart."""
    disc = shapely.Point(500_000, 4_300_000).buffer(1000, quad_segs=1024)
    land = shapely.box(497_000, 4_300_000, 503_000, 4_303_000).difference(disc)
    simple = inner_outline(land, 10.0)
    # cos(half the angle) = 1000 / 1005 between tangents; 180 degrees take 16 of them
    assert len(simple.exterior.coords) < 30 < 2000 < len(land.exterior.coords)
    assert simple.difference(land).area == pytest.approx(0.0, abs=1e-3)
    assert land.boundary.hausdorff_distance(simple.boundary) <= 10.0


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_short_edges_go_and_no_land_is_added(seed: int, arcs: int):
    """A square less round distances from houses: joins of 0.3 m an edge, and slivers."""
    rng = np.random.default_rng(seed)
    land: shapely.Geometry = shapely.box(0, 0, 400, 400)
    for x, y, r in rng.uniform((0, 0, 3), (400, 400, 30), (arcs, 3)):
        land = land.difference(shapely.Point(x, y).buffer(r, quad_segs=int(r * 4)))
    parts = shapely.get_parts(land)
    land = parts[np.argmax(shapely.area(parts))]
    simple = without_short_edges(land, 1.0)
    assert simple.is_valid
    assert simple.difference(land).area == pytest.approx(0.0, abs=1e-6)
    assert short_edges(simple, 1.0) <= max(2, 0.02 * short_edges(land, 1.0))
    assert shapely.hausdorff_distance(land.boundary, simple.boundary, 0.1) <= 1.0 + 1e-9


def test_a_site_of_few_points_loses_its_short_edges_alone():
    """A corner cut at 0.5 m: its cut end goes with a triangle of 999.65 m by 0.35 m."""
    site = gpd.GeoDataFrame(
        {"site_id": ["PV-01"], "tech": ["pv"], "area_m2": [1e6], "area_ha": [100.0],
         "area_mu": [1500.0]},
        geometry=[shapely.Polygon([(500_000, 4_300_000), (501_000, 4_300_000),
                                   (501_000, 4_300_999.65), (500_999.65, 4_301_000),
                                   (500_000, 4_301_000)])], crs=4544,
    )  # fmt: skip
    found = simple_site(site, CELL, 4523)
    assert (found.points_before, found.points, found.deviation_m) == (5, 4, 0.4)
    assert found.loss_m2 == pytest.approx(999.65 * 0.35 / 2 + 0.4, rel=1e-4)


def test_a_part_too_small_to_be_staked_out_is_given_up():
    """A square of 1 km and one of 0.1 m beside it, 0.01 m2."""
    parts = [shapely.box(500_000, 4_300_000, 501_000, 4_301_000),
             shapely.box(502_000, 4_300_000, 502_000.1, 4_300_000.1)]  # fmt: skip
    site = gpd.GeoDataFrame(
        {"site_id": ["PV-01"], "area_m2": [1e6], "area_ha": [100.0], "area_mu": [1500.0]},
        geometry=[shapely.MultiPolygon(parts)], crs=4544,
    )  # fmt: skip
    found = simple_site(site, CELL, 4523)
    assert found.points == 4
    assert found.sites.geometry.iloc[0].within(parts[0])
    assert found.loss_m2 == pytest.approx(0.4 + 0.01, rel=1e-2)


def test_few_points_are_not_bought_with_much_land():
    """Land of ragged edges gives up 6 % for 200 points, or 3 % for as few as that leaves."""
    for seed in range(8):
        land = blob(seed, 2000)
        parts = shapely.get_parts(land)
        land = shapely.affinity.translate(
            parts[np.argmax(shapely.area(parts))], 500_000, 4_300_000
        )
        m2 = float(polygon_area_m2([land], 4544)[0])
        site = gpd.GeoDataFrame(
            {"site_id": ["PV-01"], "area_m2": [m2], "area_ha": [m2 / 1e4],
             "area_mu": [m2 * 0.0015]}, geometry=[land], crs=4544,
        )  # fmt: skip
        found = simple_site(site, CELL, 4523)
        loss = found.loss_m2 / m2
        assert loss <= (0.061 if found.points <= 200 else 0.031), (seed, found.points, loss)
