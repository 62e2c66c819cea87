"""Sites: pieces of land with known areas, widths, holes and ways to the grid."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gis.cells import rasterize
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import origin, plan_grid
from gis.cells.parcels import label_patches
from gis.cells.runs import raster as run_raster_module
from gis.cells.runs import run_raster
from gis.errors import DataError
from siting.sites import labels as site_labelling
from siting.sites import split
from siting.sites.candidates import outline_sites
from siting.sites.facts import approvals, holder_of, land_by_code, largest_of
from siting.sites.judged import share_of_land
from siting.sites.labels import _absorb, site_labels
from siting.sites.ranking import rank_sites
from siting.sites.route import connection_table, find_routes, voltage_for
from siting.sites.section import SitesSection
from siting.sites.split import split_patch

X, Y, CELL = 500_000.0, 4_300_000.0, 20.0
EVERYWHERE = shapely.box(X - 1e5, Y - 1e5, X + 1e5, Y + 1e5)


def grid_of(mask):
    h, w = mask.shape
    return plan_grid((X, Y, X + w * CELL, Y + h * CELL), "EPSG:4544", CELL)


def section(**values):
    base = {"min_area_ha": 1.0, "min_width_m": 0.0, "max_area_ha": 1e6}
    return SitesSection(**(base | values))


def block(shape, *parts):
    mask = np.zeros(shape, bool)
    for rows, cols in parts:
        mask[rows, cols] = True
    return mask


def test_one_block_is_the_whole_mask_also_where_it_does_not_hang_together():
    mask = np.zeros((5, 9), bool)
    mask[:, :3] = mask[:, 6:] = True
    assert (split_patch(mask, 1) == mask).all()


def test_pieces_smaller_than_the_least_area_are_left_out():
    # 10 x 10 cells of 20 m are 4 ha, 4 x 4 are 0.64 ha
    mask = block((40, 40), (slice(0, 10), slice(0, 10)), (slice(20, 24), slice(20, 24)))
    labels = np.asarray(site_labels(mask, grid_of(mask), section()))
    assert labels.max() == 1
    assert (labels > 0).sum() == 100


def test_a_neck_narrower_than_the_least_width_parts_two_sites():
    # two squares of 15 cells joined by a bridge one cell wide
    mask = block(
        (20, 60),
        (slice(0, 15), slice(0, 15)),
        (slice(0, 15), slice(30, 45)),
        (7, slice(15, 30)),
    )
    joined = np.asarray(site_labels(mask, grid_of(mask), section()))
    parted = np.asarray(site_labels(mask, grid_of(mask), section(min_width_m=60.0)))
    assert joined.max() == 1
    assert parted.max() == 2
    assert not parted[7, 20]


def test_small_roads_can_be_bridged_but_are_never_built_on():
    # two squares parted by a road strip of two cells (40 m)
    mask = block((20, 42), (slice(0, 20), slice(0, 20)), (slice(0, 20), slice(22, 42)))
    grid = grid_of(mask)
    x = X + 21 * CELL
    road = np.array([shapely.LineString([(x, Y - 100), (x, Y + 1000)])], object)
    apart = site_labels(mask, grid, section(), roads=road)
    bridged = site_labels(mask, grid, section(merge_across_m=40.0), roads=road)
    elsewhere = np.array([shapely.LineString([(x + 5000, Y), (x + 5000, Y + 1000)])], object)
    other = site_labels(mask, grid, section(merge_across_m=40.0), roads=elsewhere)
    assert tuple(x.value.max() for x in (apart, bridged, other)) == (2, 1, 2)
    assert (bridged[:, 20:22] == 0).all()
    table = outline_sites(bridged, grid, county=EVERYWHERE)
    assert table.geometry[0].geom_type == "MultiPolygon"
    # 2 x 20 x 20 cells of 400 m2, on the ellipsoid within 0.1 %
    assert table["area_m2"][0] == pytest.approx(2 * 400 * 400, rel=2e-3)


def test_holes_stay_holes():
    mask = block((40, 40), (slice(0, 40), slice(0, 40)))
    mask[15:25, 15:25] = False
    grid = grid_of(mask)
    table = outline_sites(site_labels(mask, grid, section()), grid, county=EVERYWHERE)
    shape = table.geometry[0]
    assert len(shape.interiors) == 1
    hole = shapely.Point(X + 400, Y + 400)
    assert not shape.intersects(hole)
    assert table["area_m2"][0] == pytest.approx((1600 - 100) * 400, rel=5e-3)


def test_large_pieces_become_blocks_of_the_size_asked():
    mask = np.ones((50, 100), bool)  # 200 ha
    grid = grid_of(mask)
    labels = site_labels(mask, grid, section(max_area_ha=50.0))
    sizes = np.bincount(np.asarray(labels).ravel())[1:] * 0.04
    assert sizes.sum() == pytest.approx(200.0)  # nothing is lost
    assert sizes.max() <= 50.0
    assert len(sizes) >= 4
    table = outline_sites(labels, grid, county=EVERYWHERE)
    shapes = table.geometry.to_numpy()
    i, _j = shapely.STRtree(shapes).query(shapes, predicate="overlaps")
    assert len(i) == 0


def test_block_borders_follow_a_road():
    mask = np.ones((60, 60), bool)
    barrier = np.zeros(mask.shape)
    barrier[:, 24:26] = 3.0  # a road off the middle
    blocks = split_patch(mask, 2, barrier)
    west, east = blocks[:, :24], blocks[:, 26:]
    assert np.unique(west).size == 1
    assert np.unique(east).size == 1
    assert west[0, 0] != east[0, 0]


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(0, 999))
def test_blocks_cover_the_land_and_nothing_else(n, seed):
    rng = np.random.default_rng(seed)
    mask = np.ones((24, 30), bool)
    mask[rng.integers(0, 24, 5), rng.integers(0, 30, 5)] = False
    blocks = split_patch(mask, n, rng.random(mask.shape) if seed % 2 else None)
    assert ((blocks > 0) == mask).all()
    assert (split_patch(mask, n, None) == split_patch(mask, n, None)).all()


def test_sites_end_at_the_county_border():
    mask = np.ones((30, 30), bool)
    grid = grid_of(mask)
    county = shapely.box(X, Y, X + 333.0, Y + 600.0)
    table = outline_sites(site_labels(mask, grid, section()), grid, county=county)
    assert table.geometry[0].difference(county).area == 0
    assert table["area_m2"][0] == pytest.approx(333 * 600, rel=5e-3)


def test_capacity_by_the_stated_density():
    # 25 mu a megawatt: 1 km2 = 1500 mu = 60 MW (facts 1.2: Xinghai project)
    assert 1e6 / (10_000 / 15) / SitesSection().mu_per_mw == pytest.approx(60.0)
    assert "星海" in SitesSection().mu_per_mw_source


def test_sizes_must_allow_blocks():
    with pytest.raises(ValueError, match="twice min_area_ha"):
        SitesSection(min_area_ha=100.0, max_area_ha=150.0)


# ---------------------------------------------------------------- ways


def test_voltage_by_capacity():
    assert [voltage_for(c) for c in (5, 25, 60, 500, 1500)] == [10, 35, 110, 220, 330]
    # "up to" takes its limit in
    assert [voltage_for(c) for c in (6, 30, 100, 1000)] == [10, 35, 110, 220]
    assert [voltage_for(c) for c in (6.1, 30.1, 100.1, 1000.1)] == [35, 110, 220, 330]
    # what is not known, or cannot be, has no voltage
    assert np.isnan([voltage_for(c) for c in (float("nan"), -1.0)]).all()


def test_the_way_over_open_land_is_straight():
    cost = np.ones((50, 50))
    grid = plan_grid((X, Y, X + 5000, Y + 5000), "EPSG:4544", 100.0)
    site = shapely.box(X + 100, Y + 2400, X + 600, Y + 2600)
    station = np.array([shapely.Point(X + 4550, Y + 2550)], object)
    (way,) = find_routes(cost, grid, np.array([site], object), station)
    # from the site's east edge 600 to 4550: 3950 m
    assert way.straight_m == pytest.approx(3950.0)
    assert way.length_m == pytest.approx(3950.0, rel=0.02)
    assert way.line.coords[-1] == (X + 4550, Y + 2550)
    assert site.distance(shapely.Point(way.line.coords[0])) < 1e-6


def test_the_way_goes_round_what_is_dear_and_takes_the_cheaper_substation():
    cost = np.ones((60, 60))
    cost[10:60, 30] = 1000.0  # a wall with a gap in the north
    grid = plan_grid((X, Y, X + 6000, Y + 6000), "EPSG:4544", 100.0)
    site = np.array([shapely.box(X + 1000, Y + 1000, X + 1300, Y + 1300)], object)
    behind = shapely.Point(X + 4050, Y + 1150)
    (way,) = find_routes(cost, grid, site, np.array([behind], object))
    assert way.length_m > 2 * way.straight_m
    top = max(y for _, y in way.line.coords)
    assert top > Y + 4900  # through the gap, rows 0-9 are above 5000
    # a substation further off, but on this side, is cheaper to reach
    near = shapely.Point(X + 1150, Y + 5550)
    (way,) = find_routes(cost, grid, site, np.array([behind, near], object))
    assert way.station == 1


def test_cost_of_the_way_is_counted_by_hand():
    # 5 cells to the east, each costing 2 a metre, 100 m apart: 4 steps of 200
    cost = np.full((3, 10), 2.0)
    grid = plan_grid((X, Y, X + 1000, Y + 300), "EPSG:4544", 100.0)
    site = np.array([shapely.box(X + 10, Y + 110, X + 90, Y + 190)], object)
    station = np.array([shapely.Point(X + 450, Y + 150)], object)
    (way,) = find_routes(cost, grid, site, station)
    assert way.cost_m == pytest.approx(4 * 200.0)


def test_no_substation_no_way():
    grid = plan_grid((X, Y, X + 300, Y + 300), "EPSG:4544", 100.0)
    site = np.array([shapely.box(X, Y, X + 50, Y + 50)], object)
    assert find_routes(np.ones((3, 3)), grid, site, np.zeros(0, object)) == [None]


def test_every_cost_has_a_source_or_is_called_assumed():
    table = connection_table()
    assert all(row["source"] for row in table["voltage"])
    assert table["route"]["quality"] == "assumed"
    slope = table["route"]["slope_deg"]
    assert list(slope) == sorted(slope)
    assert len(table["route"]["slope_factor"]) == len(slope) + 1
    assert sum(table["rank"].values()) == pytest.approx(1.0)


# ---------------------------------------------------------------- facts and rank


def test_the_area_with_most_of_a_site_names_it():
    import geopandas as gpd

    towns = gpd.GeoDataFrame(
        {"name": ["west", "east"]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)],
    )
    sites = np.array([shapely.box(8, 1, 18, 2), shapely.box(30, 30, 31, 31)], object)
    assert largest_of(sites, towns, "name") == ["east", ""]
    assert largest_of(sites, None, "name") == ["", ""]


def test_approvals_and_their_shares():
    sites = pd.DataFrame({"site_id": ["PV-01", "PV-02"], "label": [1, 2]})
    land = pd.DataFrame({"label": [1, 1, 2], "code": [5, 6, 5], "area_m2": [2e4, 1e4, 1e4]})
    codes = pd.DataFrame({"code": [5, 6], "conditional": ["A-001;B-002", ""]})
    rules = pd.DataFrame(
        {
            "rule_id": ["A-001", "B-002"],
            "title_zh": ["甲", "乙"],
            "title_en": ["a", "b"],
            "citation": ["x", "y"],
            "source_step": ["primary", "recalled"],
        }
    )
    found = approvals(sites, land, codes, rules)
    assert found["site_id"].tolist() == ["PV-01", "PV-01", "PV-02", "PV-02"]
    assert found["rule_id"].tolist() == ["A-001", "B-002"] * 2
    # two of three cells of a hectare; the second site is one cell
    assert found["area_ha"].tolist() == pytest.approx([2.0, 2.0, 1.0, 1.0])
    assert found["share_frac"].tolist() == pytest.approx([2 / 3, 2 / 3, 1.0, 1.0])
    # the outlines were cut to 2.7 ha and 0.9 ha since: two thirds of the one, all of the other
    cut = approvals(sites.assign(area_m2=[2.7e4, 0.9e4]), land, codes, rules)
    assert cut["area_ha"].tolist() == pytest.approx([1.8, 1.8, 0.9, 0.9])
    assert cut["share_frac"].tolist() == pytest.approx([2 / 3, 2 / 3, 1.0, 1.0])


def test_rank_by_hand_and_unknown_criteria_do_not_count():
    t = pd.DataFrame(
        {
            "capacity_mw": [10.0, 20.0, 30.0],
            "unconditional_frac": [1.0, 0.5, 0.0],
            "slope_mean_deg": [np.nan] * 3,
            "ghi_kwh_m2": [np.nan] * 3,
            "route_cost_m": [np.nan] * 3,
            "road_distance_m": [np.nan] * 3,
        }
    )
    # capacity 0, 1/2, 1 and unconditional 1, 1/2, 0, weights 3 : 1
    found = rank_sites(t, {"capacity": 3.0, "unconditional": 1.0, "slope": 5.0})
    assert found["score"].tolist() == pytest.approx([0.25, 0.5, 0.75])
    assert found["rank"].tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("criterion", "column", "values"),
    [
        ("capacity", "capacity_mw", (10.0, 20.0)),
        ("unconditional", "unconditional_frac", (0.2, 0.9)),
        ("slope", "slope_mean_deg", (9.0, 2.0)),
        ("irradiation", "ghi_kwh_m2", (1500.0, 1700.0)),
        ("road", "road_distance_m", (900.0, 100.0)),
    ],
)
def test_the_second_site_is_better_in_every_criterion(criterion, column, values):
    others = ("capacity_mw", "unconditional_frac", "slope_mean_deg")
    others += ("ghi_kwh_m2", "route_cost_m", "road_distance_m")
    same = {name: [1.0, 1.0] for name in others}
    found = rank_sites(pd.DataFrame({**same, column: list(values)}), {criterion: 1.0})
    assert found["rank"].tolist() == [2, 1]
    assert found["score"].tolist() == [0.0, 1.0]


def test_connection_is_judged_by_the_way_per_megawatt():
    t = pd.DataFrame(
        {
            "capacity_mw": [1.0, 6.0],
            "unconditional_frac": [1.0, 1.0],
            "slope_mean_deg": [1.0, 1.0],
            "ghi_kwh_m2": [1.0, 1.0],
            # 10 m and 5 m a megawatt
            "route_cost_m": [10.0, 30.0],
            "road_distance_m": [1.0, 1.0],
        }
    )
    assert rank_sites(t, {"connection": 1.0})["rank"].tolist() == [2, 1]


# ---------------------------------------------------------------- more of splitting


def test_land_that_a_road_parts_is_parted_along_it_first():
    mask = np.ones((10, 30), bool)
    barrier = np.zeros((10, 30))
    barrier[3] = 2.0  # a road along the long side: 90 cells above, 180 below
    blocks = split_patch(mask, 3, barrier)
    assert blocks.max() == 3
    above, below = set(np.unique(blocks[:3])), set(np.unique(blocks[4:]))
    assert not above & below
    # blocks of 100 cells are asked: one above, two below
    assert (len(above), len(below)) == (1, 2)


def test_a_step_of_the_ground_alone_parts_nothing_by_itself():
    mask = np.ones((10, 30), bool)
    barrier = np.zeros((10, 30))
    barrier[3] = 1.0
    blocks = split_patch(mask, 3, barrier)
    # three blocks side by side along the long axis, none of them the land above alone
    assert len(set(np.unique(blocks[:3]))) == 3


def test_cells_joined_by_a_corner_only_are_in_a_block_too():
    mask = np.zeros((7, 7), bool)
    mask[:6, :6] = mask[6, 6] = True
    barrier = np.zeros((7, 7))
    barrier[:, 3] = 1.0
    blocks = split_patch(mask, 2, barrier)
    assert (blocks[mask] > 0).all()
    assert (blocks[~mask] == 0).all()


def test_two_and_a_half_times_the_largest_area_become_three_blocks():
    # 10 x 25 cells of 400 m2 are 10 ha, blocks of at most 4 ha
    mask = np.ones((10, 25), bool)
    labels = site_labels(mask, grid_of(mask), section(min_area_ha=1.0, max_area_ha=4.0))
    sizes = np.bincount(np.asarray(labels).ravel())[1:]
    assert len(sizes) == 3
    assert (sizes <= 100).all()


def test_a_gap_wider_than_the_plan_bridges_stays_a_gap():
    # two pieces 60 m apart, a road in the middle of the gap
    mask = block((23, 10), (slice(0, 10), slice(0, 10)), (slice(13, 23), slice(0, 10)))
    grid = grid_of(mask)
    y = Y + 23 * CELL - 11.5 * CELL
    road = np.array([shapely.LineString([(X - 100, y), (X + 500, y)])], object)
    bridged = site_labels(mask, grid, section(merge_across_m=60.0), roads=road)
    apart = site_labels(mask, grid, section(merge_across_m=39.0), roads=road)
    # half of 60 m reaches the three rows of cells between, half of 39 m only the middle one
    assert (bridged.value.max(), apart.value.max()) == (1, 2)


def test_a_block_too_small_goes_to_the_neighbour_it_shares_most_edges_with():
    part = np.array(
        [
            [2, 2, 2, 2, 3],
            [2, 1, 1, 1, 3],
            [2, 2, 2, 2, 3],
        ],
        np.int32,
    )
    # block 1 has 7 edges with 2 and one with 3
    sizes = np.bincount(part.ravel()).astype(float)  # 3, 9 and 3 cells
    assert not (_absorb(part, 1, sizes, 12.0) == 1).any()
    assert (_absorb(part, 1, sizes, 12.0)[1, 1:4] == 2).all()
    # 12 cells are too many for one block: the other one has room
    assert (_absorb(part, 1, sizes, 11.0)[1, 1:4] == 3).all()
    # none has room for them: 1 and 2 are shared out anew, 6 cells each
    halves = _absorb(part, 1, np.add(sizes, [0, 0, 6, 9]), 11.0)
    assert np.bincount(halves.ravel()).tolist() == [0, 6, 6, 3]


@pytest.mark.parametrize(("min_area_ha", "blocks"), [(0.2, 3), (0.21, 2), (0.4, 2)])
def test_a_block_below_the_least_area_is_no_lost_land(monkeypatch, min_area_ha, blocks):
    # 5 x 11 cells of 400 m2, split into columns 0-4, 5 alone and 6-10: 1 ha, 0.2 ha and 1 ha
    def columns(own, n, barrier):
        assert n == 2  # 2.2 ha by blocks of at most 1.5 ha
        out = np.zeros(own.shape, np.int32)
        out[:, :5], out[:, 5], out[:, 6:] = 1, 2, 3
        return out

    monkeypatch.setattr(site_labelling, "split_patch", columns)
    limits = section(min_area_ha=min_area_ha, max_area_ha=1.5)
    part = site_labelling._blocks(np.ones((5, 11), bool), cells_of_400_m2, limits, None)
    assert np.unique(part).size == blocks
    assert (part > 0).all()
    # alone it shares five edges with either side: the first number takes it
    assert (part[:, 5] == part[0, 0]).all() == (blocks == 2)


def test_a_block_without_a_neighbour_stays():
    part = np.array([[1, 0, 2]], np.int32)
    assert _absorb(part, 1, np.array([0.0, 1.0, 1.0]), 9.0).tolist() == [[1, 0, 2]]


@pytest.mark.parametrize("seed", range(6))
def test_no_block_is_above_the_largest_area_whatever_the_roads(seed):
    """Seeds of blocks that stand on wide roads are walled in by them: all land still is cut."""
    rng = np.random.default_rng(seed)
    mask = rng.random((60, 90)) > 0.08
    cost = np.where(rng.random((60, 90)) > 0.5, 2.0, rng.random((60, 90)))
    limits = section(min_area_ha=8.0, max_area_ha=16.0)  # 200 and 400 cells of 400 m2
    part = site_labelling._blocks(mask, cells_of_400_m2, limits, lambda: cost)
    sizes = np.bincount(part.ravel())[1:] * 0.04
    assert sizes.max() <= 16.0
    assert sizes.sum() == pytest.approx(mask.sum() * 0.04)
    assert sizes[sizes > 0].min() >= 8.0 - 0.04  # halves are of whole cells


def test_a_seed_on_a_hill_does_not_leave_all_land_in_one_block():
    """Seeds stand at columns 9 and 29; the second is on a hill, flooded past by the first."""
    mask, cost = np.ones((20, 40), bool), np.zeros((20, 40))
    cost[8:13, 27:33] = 1.0  # 30 of 800 cells
    assert np.bincount(split_patch(mask, 2, cost).ravel()).tolist() == [0, 400, 400]


def cells_of_400_m2(part):
    return np.bincount(part.ravel()) * np.r_[0.0, np.full(part.max(), 400.0)]


@pytest.mark.parametrize(("max_area_ha", "blocks"), [(8.0, 1), (7.99, 2), (4.0, 2), (3.99, 3)])
def test_a_piece_is_split_when_it_passes_the_largest_area(max_area_ha, blocks):
    # 10 x 20 cells of 400 m2 are 8 ha
    mask = np.ones((10, 20), bool)
    limits = section(min_area_ha=1.0, max_area_ha=max_area_ha)
    part = site_labelling._blocks(mask, cells_of_400_m2, limits, None)
    sizes = np.bincount(part.ravel())[1:] * 0.04
    assert len(sizes) >= blocks
    assert sizes.max() <= max_area_ha + 1e-9
    assert sizes.sum() == pytest.approx(8.0)
    if blocks < 3:
        assert len(sizes) == blocks


def test_the_least_area_is_taken_in():
    # 5 x 5 cells of 20 m planar are 1 ha, a little less on the ellipsoid here
    mask = block((20, 20), (slice(0, 5), slice(0, 5)))
    grid = grid_of(mask)
    exact = float(np.broadcast_to(cell_area_m2(grid), mask.shape)[mask].sum()) / 1e4
    assert site_labels(mask, grid, section(min_area_ha=exact)).value.max() == 1
    assert site_labels(mask, grid, section(min_area_ha=exact * 1.000001)).value.max() == 0
    with pytest.raises(DataError, match="differ"):
        site_labels(mask[:, 1:], grid, section())


# ---------------------------------------------------------------- parts at a time


@pytest.mark.parametrize("seed", range(6))
def test_blocks_do_not_depend_on_how_many_cells_are_looked_at(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    mask = np.zeros((40, 55), bool)
    mask[3:37, 2:50] = rng.random((34, 48)) < 0.9
    barrier = np.round(rng.random(mask.shape) * 3) if seed % 2 else None
    whole = split_patch(mask, 5, barrier)
    for cells in (1, 60, 1000):
        monkeypatch.setattr(split, "_PART", cells)
        np.testing.assert_array_equal(split_patch(mask, 5, barrier), whole)


def test_a_cell_is_nearest_to_the_first_of_seeds_as_near():
    seeds = np.array([[0, 0], [0, 4], [3, 0]])
    found = split._distances((4, 5), seeds)
    # (3, 4) is 3 from (0, 4), 4 from (3, 0) and 5 from (0, 0)
    assert found[3].tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0, 3.0])


def test_land_of_sites_by_code_and_what_is_left_of_it():
    grid = plan_grid((X, Y, X + 60, Y + 40), "EPSG:4544", CELL)
    labels = run_raster(np.array([[2, 2, 0], [2, 1, 1]], np.int32))
    code = run_raster(np.array([[3, 3, 3], [7, 7, 3]], np.uint16))
    sites = pd.DataFrame({"site_id": ["PV-02", "PV-01"], "label": [1, 2]})
    land = land_by_code(sites, labels, code, grid)
    assert land[["label", "code"]].to_numpy().tolist() == [[1, 3], [1, 7], [2, 3], [2, 7]]
    cell = float(cell_area_m2(grid)[0, 0])
    assert land["area_m2"].tolist() == pytest.approx([cell, cell, 2 * cell, cell])
    codes = pd.DataFrame({"code": [7, 0, 3], "state": ["taken", "outside", "left"]})
    left = (codes["state"] == "left").to_numpy()
    assert share_of_land(sites, land, left, codes).tolist() == pytest.approx([1 / 2, 2 / 3])
    # a site whose land is all left is that to the last bit
    assert share_of_land(sites, land, np.ones(3, bool), codes).tolist() == [1.0, 1.0]
    none = land_by_code(sites[:0], labels, code, grid)
    assert list(none.columns) == ["label", "code", "area_m2"]
    assert share_of_land(sites[:0], none, left, codes).tolist() == []


def _land(rows):
    """Every 200 rows a piece of two blocks or more, and one that a road parts."""
    mask = np.zeros((rows, 1200), bool)
    for r in range(0, rows, 200):
        mask[r : r + 90, 100:190] = mask[r : r + 40, 200:220] = mask[r : r + 40, 222:240] = True
    return mask


@pytest.mark.slow
def test_numbering_sites_holds_no_raster(monkeypatch):
    """What is held grows with the rows' runs, by less than half a byte a cell."""
    monkeypatch.setattr(rasterize, "_STRIP", 50_000)
    monkeypatch.setattr(run_raster_module, "_STRIP", 50_000)
    limits = section(min_width_m=60.0, max_area_ha=200.0, merge_across_m=40.0)

    def road(grid):
        x, top = origin(grid)[0] + 221 * CELL, origin(grid)[1]
        ends = [(top - r * CELL, top - (r + 40) * CELL) for r in range(0, grid.shape[0], 200)]
        return np.array([shapely.LineString([(x, a), (x, b)]) for a, b in ends])

    def barrier(window):
        return np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start))

    def found(mask, code):
        grid = grid_of(mask)
        labels = site_labels(run_raster(mask), grid, limits, roads=road(grid), barrier=barrier)
        return land_by_code(outline_sites(labels, grid, county=EVERYWHERE), labels, code, grid)

    most = []
    for rows in (1200, 2400):
        mask = _land(rows)
        code = run_raster(np.ones(mask.shape, np.uint16))
        warm = found(mask, code)  # kernels are compiled
        tracemalloc.start()
        try:
            held = tracemalloc.get_traced_memory()[0]
            again = found(mask, code)
            most.append(tracemalloc.get_traced_memory()[1] - held)
        finally:
            tracemalloc.stop()
        # of 324 ha in two blocks or more, and one that a road parts
        assert again.equals(warm)
        assert len(again) >= 3 * rows // 200
    assert most[1] - most[0] < 0.5 * mask.size / 2


@pytest.mark.parametrize("seed", range(4))
def test_a_piece_too_large_for_cells_is_cut_into_squares(monkeypatch, seed):
    """Nothing is lost, no block is too large, and every block hangs together."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((120, 150), bool)
    mask[5:115, 3:140] = True
    mask[rng.integers(0, 120, 60), rng.integers(0, 150, 60)] = False
    grid, limits = grid_of(mask), section(min_area_ha=4.0, max_area_ha=40.0)
    pieces, area, _ = label_patches(mask, grid)
    large = np.isin(np.asarray(pieces), np.flatnonzero(area >= 4e4))
    monkeypatch.setattr(site_labelling, "_WHOLE", 5_000)
    monkeypatch.setattr(site_labelling, "_SQUARE", 50)
    labels = site_labels(mask, grid, limits)
    found = np.asarray(labels)
    np.testing.assert_array_equal(found > 0, large)
    sizes = np.bincount(found.ravel())[1:] * 0.04
    assert sizes.max() <= 40.0 + 4.0  # what is too small goes to a neighbour
    assert sizes.min() >= 4.0


def test_a_small_piece_joins_others_by_those_it_took_in():
    """2 joins 1, together 5 of 6: only by way of 2 do they touch 3, which is large enough."""
    pieces = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 2, 2, 3, 3], [0, 0, 0, 0, 3, 3]], np.int32)
    held = site_labelling._held(run_raster(pieces), np.array([0.0, 3.0, 2.0, 9.0]), 6.0)
    assert held.tolist() == [0, 3, 3, 3]


def test_a_zone_holds_a_site_with_more_than_half_of_it():
    import geopandas as gpd

    zones = gpd.GeoDataFrame(
        {"zone": ["west", "east"]},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)],
    )
    sites = np.array(
        [
            shapely.box(8, 1, 18, 2),  # 8 of 10 in the east
            shapely.box(19, 0, 29, 1),  # 1 of 10 in the east: reaches in, is not held
            shapely.box(5, 0, 15, 1),  # half in each: neither holds it
            shapely.box(30, 30, 31, 31),
        ],
        object,
    )
    holder, largest, share = holder_of(sites, zones, "zone")
    assert holder == ["east", "", "", ""]
    assert largest[:2] == ["east", "east"]
    assert largest[3] == ""
    assert share.tolist() == [0.8, 0.1, 0.5, 0.0]


def test_sites_cut_at_zones_and_merged_across_roads_exclude_one_another():
    with pytest.raises(ValidationError, match="cut_at_zones"):
        SitesSection(cut_at_zones=True, merge_across_m=30.0)


def test_a_site_is_cut_along_the_line_of_the_zone():
    """Land of 2,000 by 1,200 m, the line 1,013 m from its west side, through cells of 20 m.

    The line runs 13 m into a column of cells: each side has its part of that column, which
    whole cells could not give to both.
    """
    from siting.sites.zone_cut import ZoneParts, outline_parts

    mask = np.zeros((80, 120), bool)
    mask[10:70, 10:110] = True
    grid = grid_of(mask)
    left, top = origin(grid)
    land = shapely.box(left + 200, top - 1400, left + 2200, top - 200)
    zone = shapely.box(left - 1, top - 1601, left + 200 + 1013, top + 1)
    county = shapely.box(left - 1, top - 1601, left + 2401, top + 1)
    index = np.zeros(mask.shape, np.uint16)
    index[:, :61] = 1  # the 61st column has its middle at 1,210 m, before the line
    parts = ZoneParts(run_raster(index), (shapely.difference(county, zone), zone))
    labels = site_labels(mask, grid, section(min_area_ha=20), parts=index)
    table = outline_parts(labels, run_raster(mask), parts, grid)
    assert len(table) == 2
    shapes = table.geometry.array
    in_zone = shapely.intersects(shapes, shapely.centroid(shapely.intersection(land, zone)))
    west, east = shapes[in_zone][0], shapes[~in_zone][0]
    # the corners of the land itself are cut by the outline, at most half a cell each way
    corner = 4 * 20.0**2 / 2
    assert abs(west.area - 1013 * 1200) <= corner
    assert abs(east.area - 987 * 1200) <= corner
    assert west.bounds[2] == pytest.approx(left + 1213, abs=1e-6)
    assert east.bounds[0] == pytest.approx(left + 1213, abs=1e-6)
    assert shapely.intersection(west, east).area == 0.0
    # along the line nothing is lost: what is left of the land lies in its own corners
    lost = shapely.difference(land, shapely.union(west, east))
    line = shapely.LineString([(left + 1213, top - 1400), (left + 1213, top - 200)])
    assert shapely.intersection(lost, line.buffer(100.0)).area < 1e-3


def test_a_piece_too_narrow_beyond_a_line_is_no_site():
    from siting.sites.zone_cut import ZoneParts, outline_parts

    mask = np.zeros((80, 120), bool)
    mask[10:70, 10:110] = True
    grid = grid_of(mask)
    index = np.zeros(mask.shape, np.uint16)
    index[:, :107] = 1  # three columns, 60 m, lie beyond
    labels = site_labels(mask, grid, section(min_area_ha=1, min_width_m=100), parts=index)
    assert (labels[:, 107:] == 0).all()
    left, top = origin(grid)
    line = left + 107 * 20.0
    shapes = (
        shapely.box(line, top - 1600, left + 2400, top),
        shapely.box(left, top - 1600, line, top),
    )
    table = outline_parts(labels, run_raster(mask), ZoneParts(run_raster(index), shapes), grid)
    assert table.geometry.iloc[0].bounds[2] == pytest.approx(line, abs=1e-6)


def test_zones_on_one_another_are_cut_along_the_borders_of_each():
    """A zone stated twice is cut once; one that half covers another makes two parts of it."""
    from geoplan.demo import sample_plan
    from gis.cells.grid import cell_size_m
    from layers.open.county import county_boundary, plan_grid_of, zone_geometries
    from siting.sites.zone_cut import zone_parts

    plan = sample_plan("tiny")
    one = plan.zones[0]
    again = one.model_copy(update={"id": "again"})
    west, south, east, north = one.bounds_ll
    half = one.model_copy(
        update={"id": "half", "bounds_ll": (west, south, (west + east) / 2, north)}
    )
    county = county_boundary(plan)
    for zones, n in (((one, again), 2), ((one, half), 3), ((half, one), 3)):
        own = plan.model_copy(update={"zones": zones})
        found = zone_parts(own, plan_grid_of(plan))
        assert len(found.shapes) == n
        assert set(np.unique(found.index.value)) == set(range(n))
        whole = sum(s.area for s in found.shapes)
        assert whole == pytest.approx(county.area, rel=1e-9)
        for zone in zone_geometries(own).geometry:
            for part in found.shapes:  # no part lies on both sides of a line
                inside = shapely.intersection(part, zone).area
                # but for a sliver of less than a cell between two lines meant to be one
                assert min(inside, part.area - inside) < cell_size_m(plan_grid_of(plan)) ** 2
