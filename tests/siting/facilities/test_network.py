"""Graphs of roads: where they meet, how one drives, what is reached."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from gis.errors import DataError
from siting.facilities.cost import isochrones, od_costs, straight_costs
from siting.facilities.network import road_network, speed_table


def roads(*lines, kind="county", **columns):
    kinds = kind if isinstance(kind, list) else [kind] * len(lines)
    return gpd.GeoDataFrame(
        {"road_class": kinds, **columns},
        geometry=[LineString(x) for x in lines],
        crs="EPSG:4544",
    )


CROSS = ([(0, 0), (2000, 0)], [(1000, -1000), (1000, 1000)])


def test_roads_that_cross_on_the_ground_meet():
    net = road_network(roads(*CROSS))
    assert (len(net.nodes), len(net.length_m), net.part.max()) == (5, 4, 0)
    assert net.length_m.sum() == 4000


@pytest.mark.parametrize(
    "over",
    [{"bridge": ["yes", None]}, {"tunnel": [None, "T"]}, {"kind": ["expressway", "county"]}],
)
def test_a_bridge_passes_over(over):
    net = road_network(roads(*CROSS, **over))
    assert (len(net.length_m), net.part.max()) == (2, 1)


def test_an_expressway_meets_what_shares_a_point_with_it():
    ramp = [(1000, 0), (1000, 500)]
    way = [(0, 0), (1000, 0), (2000, 0)]
    net = road_network(roads(way, ramp, kind=["expressway", "county"]))
    assert (len(net.length_m), net.part.max()) == (3, 0)


def test_an_end_within_the_tolerance_meets_the_road():
    net = road_network(roads([(0, 0), (2000, 0)], [(1000, 0.4), (1000, 900)]))
    assert net.part.max() == 0
    apart = road_network(roads([(0, 0), (2000, 0)], [(1000, 40), (1000, 900)]))
    assert apart.part.max() == 1


def test_minutes_are_length_over_speed_and_access_is_on_foot():
    net = road_network(roads([(0, 0), (6000, 0)]))
    reach = od_costs(net, [[0, 0], [1000, 200]], [[5000, 0]])
    # 5 km at 40 km/h; 200 m at 4 km/h and 4 km at 40
    assert reach.cost[:, 0] == pytest.approx([7.5, 3.0 + 6.0])
    metres = od_costs(net, [[1000, 200]], [[5000, 0]], unit="m")
    assert metres.cost[0, 0] == pytest.approx(4200)


def test_one_way_streets_lead_one_way():
    ring = ([(0, 0), (1000, 0)], [(1000, 0), (1000, 1000), (0, 1000), (0, 0)])
    net = road_network(roads(*ring, oneway=["yes", "yes"]))
    cost = od_costs(net, [[0, 0], [1000, 0]], [[0, 0], [1000, 0]], unit="m").cost
    assert cost == pytest.approx(np.array([[0, 1000], [3000, 0]]), abs=1e-6)
    turned = road_network(roads(*ring, oneway=["-1", "-1"]))
    back = od_costs(turned, [[0, 0], [1000, 0]], [[0, 0], [1000, 0]], unit="m").cost
    assert back == pytest.approx(cost.T, abs=1e-6)


def test_two_places_on_one_one_way_street():
    net = road_network(roads([(0, 0), (1000, 0)], oneway=["yes"]))
    cost = od_costs(net, [[200, 0], [800, 0]], [[500, 0]], unit="m").cost
    assert cost[0, 0] == pytest.approx(300)
    assert np.isinf(cost[1, 0])


def test_another_part_of_the_net_is_not_reached_and_far_places_are_off_it():
    net = road_network(roads([(0, 0), (1000, 0)], [(0, 9000), (1000, 9000)]))
    reach = od_costs(net, [[0, 9000], [0, 4500]], [[1000, 0]])
    assert np.isinf(reach.cost).all()
    assert reach.demand_off.tolist() == [False, True]
    assert sorted(np.bincount(net.part).tolist()) == [2, 2]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9999))
def test_ways_are_those_of_networkx(seed):
    nx = pytest.importorskip("networkx")
    rng = np.random.default_rng(seed)
    xy = rng.random((12, 2)) * 1000
    pairs = [(a, b) for a in range(12) for b in range(a) if rng.random() < 0.25]
    if not pairs:
        return
    graph = nx.Graph()
    graph.add_nodes_from(range(12))
    for a, b in pairs:
        graph.add_edge(a, b, weight=float(np.hypot(*(xy[a] - xy[b]))))
    # bridges: lines meet at their ends only
    net = road_network(
        roads(*[[xy[a], xy[b]] for a, b in pairs], bridge=["yes"] * len(pairs)),
        tolerance_m=1e-3,
    )
    used = sorted({v for pair in pairs for v in pair})
    cost = od_costs(net, xy[used], xy[used], unit="m").cost
    want = dict(nx.all_pairs_dijkstra_path_length(graph))
    for i, a in enumerate(used):
        for j, b in enumerate(used):
            assert cost[i, j] == pytest.approx(want[a].get(b, np.inf), abs=1e-4)


def test_straight_costs_are_never_longer_than_the_roads():
    net = road_network(roads(*CROSS))
    a, b = [[0, 0], [1000, 900]], [[2000, 0]]
    assert (straight_costs(a, b) <= od_costs(net, a, b, unit="m").cost + 1e-9).all()


def test_an_isochrone_holds_the_road_of_its_minutes():
    net = road_network(roads([(0, 0), (19900, 0)]))
    ten, thirty = isochrones(net, [[0, 0]], (10.0, 30.0))
    # 40 km/h: 6,666.7 m in ten minutes, twenty kilometres in thirty
    assert ten.contains(Point(6500, 0.5))
    assert not ten.intersects(Point(6800, 0))
    assert thirty.contains(Point(19899, 0.5))
    assert thirty.contains(ten.buffer(-1))
    # beside the road: on foot, five minutes are left at 3,333 m
    assert ten.contains(Point(3200, 300))
    assert not ten.intersects(Point(3400, 360))


def test_an_isochrone_follows_one_way_streets():
    net = road_network(roads([(0, 0), (4000, 0)], oneway=["yes"]))
    (shape,) = isochrones(net, [[2000, 0]], (2.0,))
    assert shape.intersects(Point(1000, 0))  # from there one drives to the place
    assert not shape.intersects(Point(3000, 0))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (roads([(0, 0), (1, 0)]).drop(columns="road_class"), "roads have no class"),
        (roads([(0, 0), (1, 0)], kind="path"), "class without a speed"),
        (roads([(0, 0), (1, 0)], kind=[None]), "class without a speed"),
        (roads([(0, 0), (0, 0)]), "no line"),
        (roads([(106, 38), (107, 39)]).set_crs("EPSG:4326", allow_override=True), "degrees"),
    ],
)
def test_roads_that_cannot_be_driven_are_refused(table, words):
    with pytest.raises(DataError, match=words):
        road_network(table)


def test_a_plan_gives_a_speed_of_its_own():
    net = road_network(roads([(0, 0), (6000, 0)], kind="path"), {"path": 12.0})
    assert od_costs(net, [[0, 0]], [[6000, 0]]).cost[0, 0] == pytest.approx(30.0)


def test_speeds_have_source_and_quality():
    table = speed_table()
    assert table["quality"] == "recalled"
    assert table["source"]["zh"]
    assert all(0 < v <= 120 for v in table["road"].values())


def test_shapes_of_edges_run_from_start_to_end():
    net = road_network(roads(*CROSS, [(0, 0), (0, 500), (2000, 0)]))
    for line, a, b in zip(net.line, net.start, net.end, strict=True):
        ends = shapely.get_coordinates(line)[[0, -1]]
        assert ends == pytest.approx(net.nodes[[a, b]], abs=1.0)
