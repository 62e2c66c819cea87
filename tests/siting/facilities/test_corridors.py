"""Ways over land that is more or less hard to cross."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError, DataError
from siting.facilities.connected import answer_connectivity
from siting.facilities.corridors import classed, cost_between, cost_net, least_cost_ways, shown
from tests.siting.facilities.test_case import CRS
from tests.siting.facilities.test_kinds import box, world  # noqa: F401 - a fixture

CELL = 10.0


def test_a_wall_with_a_gap_is_gone_round():
    """Seven columns, a wall in the middle one open in the top row: 2 + 2 steps aslant.

    From (4, 2) to (4, 4) on cells of 10 m: four rows up along the wall and down again. The
    patches are the cells beside it, so the way has 2 x 4 steps, the ones about the gap aslant:
    up 3, aslant 1, aslant 1, down 3 = 6 + 2 sqrt(2) steps, less half a cell at each end.
    """
    land = np.ones((5, 7))
    land[1:, 3] = np.inf
    patch = np.zeros((5, 7), np.int32)
    patch[4, 2], patch[4, 4] = 1, 2
    cost = cost_between(land, patch, 2, CELL)
    assert cost[0, 1] == pytest.approx((6 + 2 * 2**0.5 - 1) * CELL)
    (way,) = least_cost_ways(cost_net(land, CELL), land, patch, [(1, 2)], CELL)
    rows, columns, turn = shown(way, patch.shape)
    corners = list(zip(rows[turn].tolist(), columns[turn].tolist(), strict=True))
    assert corners == [(4, 2), (1, 2), (0, 3), (1, 4), (4, 4)]
    land[0, 3] = np.inf  # and now there is no way
    assert np.isinf(cost_between(land, patch, 2, CELL)[0, 1])


def test_hard_land_is_crossed_where_going_round_is_longer():
    """One cell of resistance 3 straight through (3 + half 1s) against 5 cells round about."""
    land = np.ones((3, 3))
    land[:, 1] = (1.0, 3.0, 3.0)
    patch = np.zeros((3, 3), np.int32)
    patch[2, 0], patch[2, 2] = 1, 2
    # through: 10 (1/2 + 3 + 1/2) - 10 = 30; over the top: 2 + 2 sqrt(2) steps less one = 38.3
    assert cost_between(land, patch, 2, CELL)[0, 1] == pytest.approx(30.0)
    land[1:, 1] = 4.0  # 40 against 38.3
    round_about = (2 + 2 * 2**0.5 - 1) * CELL
    assert cost_between(land, patch, 2, CELL)[0, 1] == pytest.approx(round_about)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 9999))
def test_harder_land_makes_no_way_shorter_and_patches_are_a_metric(seed):
    rng = np.random.default_rng(seed)
    land = rng.uniform(1, 5, (12, 14))
    patch = np.zeros(land.shape, np.int32)
    for k, (r, c) in enumerate(rng.permutation(12 * 14)[:4, None] // [[14, 1]] % [[12, 14]]):
        patch[r, c] = k + 1
    cost = cost_between(land, patch, 4, CELL)
    assert (cost == cost.T).all()
    assert np.allclose(cost_between(3.0 * land, patch, 4, CELL), 3.0 * cost)
    harder = land + rng.uniform(0, 2, land.shape) * (patch == 0)
    assert (cost_between(harder, patch, 4, CELL) >= cost - 1e-9).all()
    # no way is shorter than the straight one over the easiest land
    where = {k: np.argwhere(patch == k)[0] for k in range(1, 5)}
    for i in range(4):
        for j in range(i):
            apart = np.hypot(*(where[i + 1] - where[j + 1])) * CELL
            ends = (land[tuple(where[i + 1])] + land[tuple(where[j + 1])]) * CELL / 2
            assert cost[i, j] + ends >= apart - 1e-9
            (way,) = least_cost_ways(cost_net(land, CELL), land, patch, [(i + 1, j + 1)], CELL)
            net = cost_net(land, CELL)
            steps = sum(net[a, b] for a, b in pairwise(way.tolist()))
            assert steps - ends == pytest.approx(cost[i, j])


def test_the_longest_beginning_of_a_class_counts():
    codes = np.array(["0301", "0305", "1006", ""], object)
    assert classed(codes, {"03": 1.0, "0305": 2.0}, np.nan)[:2].tolist() == [1.0, 2.0]
    assert np.isnan(classed(codes, {"03": 1.0}, np.nan)[2:]).all()


def _case(**more):
    land = {"layer": "land_parcels", "field": "dlbm", "source": "of a test", "cell_m": 50.0}
    return {
        "id": "green",
        "demand": {"layer": "water_body", "each": True},
        "model": "connectivity",
        "patches": {
            "half_distance_m": 1000.0,
            "source": "of a test",
            "resistance": {**land, "values": {"03": 1.0, "10": 4.0}, **more},
        },
    }


@pytest.mark.parametrize("cell_m", [50.0, 130.0, 300.0])
def test_no_way_is_shorter_than_the_straight_line(world, cell_m):  # noqa: F811
    """Edges 280 m apart, on cells that leave away half of one at both ends; 1 a metre."""
    patches = gpd.GeoDataFrame(geometry=[box(0, 0, 1000), box(1280, 0, 1000)], crs=CRS)
    parcels = gpd.GeoDataFrame(
        {"dlbm": ["0301"]}, geometry=[shapely.box(0, 0, 3000, 1000)], crs=CRS
    )
    layers = {"water_body": patches, "land_parcels": parcels}
    found = answer_connectivity(*world(_case(cell_m=cell_m), layers))
    (row,) = found.more["facility_links"].to_dict("records")
    assert row["distance_m"] >= 280.0 - 1e-6
    assert row["way_cost_m"] >= 280.0 - 1e-6


def test_a_corridor_follows_the_cheap_land(world):  # noqa: F811
    """1,000 m of road land (4 a metre) between two woods, and woods round about it.

    The road fills x 1,000 to 2,000 below y 1,000; above it is wood. Straight through costs
    4,000. The patches reach up to y 1,000, so along the upper edge it is 1,000 m.
    """
    patches = gpd.GeoDataFrame(geometry=[box(0, 0, 1000), box(2000, 0, 1000)], crs=CRS)
    parcels = gpd.GeoDataFrame(
        {"dlbm": ["1006", "0301"]},
        geometry=[box(1000, 0, 1000), shapely.box(0, 1000, 3000, 2000)],
        crs=CRS,
    )
    layers = {"water_body": patches, "land_parcels": parcels}
    found = answer_connectivity(*world(_case(), layers))
    (row,) = found.more["facility_links"].to_dict("records")
    # over the wood on cells of 50 m: up and down aslant, 19 straight steps less half cells
    assert row["way_cost_m"] == pytest.approx(1000.0, rel=0.05)
    assert row["distance_m"] == pytest.approx(1000.0, rel=0.1)
    assert row["step_probability"] == pytest.approx(0.5 ** (row["way_cost_m"] / 1000.0))
    assert shapely.get_coordinates(found.shapes["facility_links"][0])[
        :, 1
    ].max() == pytest.approx(1025.0)
    # through the road alone: 4,000
    only = {"water_body": patches, "land_parcels": parcels.iloc[:1]}
    found = answer_connectivity(*world(_case(), only))
    (row,) = found.more["facility_links"].to_dict("records")
    assert row["way_cost_m"] == pytest.approx(4000.0, rel=0.03)
    # and where nobody may cross it, the two stand alone
    far = gpd.GeoDataFrame({"dlbm": ["0301"]}, geometry=[box(4000, 0, 1000)], crs=CRS)
    only["land_parcels"] = pd.concat([parcels.iloc[:1], far], ignore_index=True)
    found = answer_connectivity(*world(_case(values={"03": 1.0}), only))
    assert found.more["facility_links"].empty
    # 1 and 1 of a county of 100, each for itself
    assert found.answer.pc == pytest.approx(2 / 100**2, rel=1e-3)


def test_land_without_its_column_and_patches_below_a_cell_are_refused(world):  # noqa: F811
    patches = gpd.GeoDataFrame(geometry=[box(0, 0, 10), box(2000, 0, 1000)], crs=CRS)
    parcels = gpd.GeoDataFrame({"dlbm": ["0301"]}, geometry=[box(0, 0, 3000)], crs=CRS)
    layers = {"water_body": patches, "land_parcels": parcels}
    with pytest.raises(DataError, match="no such column of classes"):
        answer_connectivity(*world(_case(field="kind"), layers))
    with pytest.raises(DataError, match="smaller than a cell"):
        answer_connectivity(*world(_case(), layers))


def test_ways_of_many_pairs_are_those_of_each_pair_from_either_end():
    """Costs of the ways agree with those between patches, whichever end was begun at."""
    rng = np.random.default_rng(5)
    land = rng.uniform(1.0, 9.0, (15, 17))
    patch = np.zeros(land.shape, np.int32)
    for k, (r, c) in enumerate([(0, 0), (14, 16), (7, 8), (0, 16)], 1):
        patch[r, c] = k
    between = cost_between(land, patch, 4, CELL)
    pairs = [(1, 3), (3, 2), (4, 3), (2, 1)]
    for (i, j), way in zip(
        pairs, least_cost_ways(cost_net(land, CELL), land, patch, pairs, CELL), strict=True
    ):
        assert [patch.ravel()[way[0]], patch.ravel()[way[-1]]] == [i, j]
        row, column = np.divmod(way, land.shape[1])
        step = np.hypot(np.diff(row), np.diff(column)) * CELL
        hard = land.ravel()[way]
        cost = float(((hard[:-1] + hard[1:]) / 2 * step).sum())
        edges = (hard[0] + hard[-1]) / 2 * CELL  # ways lead from edge to edge
        assert cost - edges == pytest.approx(between[i - 1, j - 1])


def test_classes_no_land_has_are_told_and_none_at_all_refused(world):  # noqa: F811
    patches = gpd.GeoDataFrame(geometry=[box(0, 0, 1000), box(1280, 0, 1000)], crs=CRS)
    parcels = gpd.GeoDataFrame(
        {"dlbm": ["0301"]}, geometry=[shapely.box(0, 0, 3000, 1000)], crs=CRS
    )
    layers = {"water_body": patches, "land_parcels": parcels}
    found = answer_connectivity(*world(_case(), layers))
    assert [t("zh") for t in found.told] == [
        "设施案例“green”：给了阻力值而用地图层没有的类别：10"
    ]
    for values in ({"99": 1.0}, {"0302": 1.0}):
        with pytest.raises(ConfigError, match=r"none of these classes.*got .*expected 0301"):
            answer_connectivity(*world(_case(values=values), layers))


def test_advice_follows_whether_patches_are_too_few_or_too_many(world):  # noqa: F811
    patches = gpd.GeoDataFrame(geometry=[box(0, 0, 1000)], crs=CRS)
    few = {"half_distance_m": 9.0, "source": "of a test", "least_ha": 1e9}
    case = {**_case(), "patches": few}
    with pytest.raises(DataError, match=r"make patches\.least_ha smaller"):
        answer_connectivity(*world(case, {"water_body": patches}))
