"""Graphs of roads: where they meet, how one drives, what is reached."""

import itertools

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from gis.errors import ConfigError, DataError
from siting.facilities.cost import isochrones, od_costs, straight_costs
from siting.facilities.looked_at import loose_roads
from siting.facilities.network import road_network, speed_table


def roads(*lines, kind="county", **columns):
    kinds = kind if isinstance(kind, list) else [kind] * len(lines)
    return gpd.GeoDataFrame(
        {"road_class": kinds, **columns},
        geometry=[LineString(x) for x in lines],
        crs="EPSG:4544",
    )


# who walks at 4 km/h to a road of 40 does best not to walk square to it (Snell): of the minutes
# square to it this much is left
ASLANT = np.sqrt(1 - (4 / 40) ** 2)
LOLLIPOP = [(0, 0), (1000, 0), (1000, 1000), (500, 1000), (500, 0)]
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
    # 5 km at 40 km/h; 200 m at 4 km/h, aslant as 4 is to 40, and 4 km at 40
    assert reach.cost[:, 0] == pytest.approx([7.5, 3.0 * ASLANT + 6.0])
    metres = od_costs(net, [[1000, 200]], [[5000, 0]], unit="m")
    assert metres.cost[0, 0] == pytest.approx(4200)


def test_neighbours_walk_to_one_another():
    # 1,500 m off the road, 10 m apart: on foot at 4 km/h
    net = road_network(roads([(-5000, 0), (5000, 0)]))
    assert od_costs(net, [[0, 1500]], [[10, 1500]]).cost[0, 0] == pytest.approx(0.15)


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
    cost = od_costs(net, xy[used], xy[used], unit="m", most_access_m=1e-3).cost
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
        (roads([(0, 0), (1, 0)], kind=[""]), "class without a speed"),
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


# ---------------------------------------------------------------- getting on


def test_nobody_gets_on_an_expressway_from_beside_it():
    # 100 m beside the expressway, 200 m beside the county road: 3 min on foot, 4 km at 40 km/h
    want = 3.0 * ASLANT + 6.0
    net = road_network(
        roads(
            [(-5000, 0), (5000, 0)], [(-5000, 300), (5000, 300)], kind=["expressway", "county"]
        )
    )
    assert od_costs(net, [[0, 100]], [[4000, 300]]).cost[0, 0] == pytest.approx(want)
    ramped = road_network(
        roads(
            [(-5000, 0), (4000, 0), (5000, 0)],
            [(4000, 0), (4000, 300)],
            [(-5000, 300), (5000, 300)],
            kind=["expressway", "county", "county"],
        )
    )
    assert od_costs(ramped, [[0, 100]], [[4000, 300]]).cost[0, 0] == pytest.approx(want)
    only = road_network(roads([(0, 0), (9000, 0)], kind="expressway"))
    assert od_costs(only, [[100, 50]], [[900, 0]]).demand_off.tolist() == [True]
    # ten minutes on foot around the place itself, a circle of 667 m
    (ring,) = isochrones(only, [[100, 50]], (10.0,))
    assert ring.area == pytest.approx(np.pi * (4000 / 6) ** 2, rel=0.03)


@pytest.mark.parametrize(("unit", "want"), [("min", 1.5 * ASLANT + 6.0), ("m", 100.0 + 4000.0)])
def test_a_road_that_leads_nowhere_is_not_the_one_that_is_taken(unit, want):
    island = roads([(-5000, 0), (5000, 0)], [(-20, 110), (20, 110)])
    cost = od_costs(road_network(island), [[0, 100]], [[4000, 0]], unit=unit).cost
    assert cost[0, 0] == pytest.approx(want)


def test_the_nearest_road_is_left_for_one_that_is_faster():
    # 100 m to the end of a village track of kilometres, 900 m at 20 km/h to the county road
    net = road_network(
        roads(
            [(0, 0), (20000, 0)],
            [(5000, 0), (5000, 3000), (12000, 3000), (12000, 1000)],
            kind=["county", "village"],
        )
    )
    village, place = [[12000, 900]], [[12000, 0]]
    assert od_costs(net, village, place, access_kmh=20).cost[0, 0] == pytest.approx(2.7)
    # metres are along the roads: nobody drives across the fields to save some
    metres = od_costs(net, village, place, unit="m").cost[0, 0]
    assert metres == pytest.approx(100 + 2000 + 7000 + 3000 + 7000)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 9999))
def test_what_an_isochrone_holds_is_reached_in_its_minutes(seed):
    rng = np.random.default_rng(seed)
    lines = [rng.random((2, 2)) * 8000 for _ in range(12)]
    kinds = rng.choice(["county", "village", "township"], 12).tolist()
    net = road_network(roads(*lines, kind=kinds, oneway=rng.choice(["", "yes"], 12).tolist()))
    place = rng.random((2, 2)) * 8000
    demand = rng.random((80, 2)) * 8000
    least = od_costs(net, demand, place).cost.min(axis=1)
    (ring,) = isochrones(net, place, (20.0,))
    inside = shapely.intersects(ring, shapely.points(demand))
    # an inch of road is drawn a metre wide: 0.015 min on foot
    assert (least[inside] <= 20.0 + 0.02).all()


# ---------------------------------------------------------------- words and junctions


@pytest.mark.parametrize("word", ["yes", "Y", 1, 1.0, True, "1.0", " Yes ", "是", "单行"])
def test_one_way_is_one_way_however_it_is_written(word):
    net = road_network(roads([(0, 0), (9, 0)], [(50, 0), (90, 0)], oneway=[word, None]))
    assert (net.forward.tolist(), net.backward.tolist()) == ([True, True], [False, True])
    assert net.told == ()


@pytest.mark.parametrize("word", [-1, -1.0, "-1.0", "reverse", "反向"])
def test_against_the_drawing_is_read_from_numbers_too(word):
    net = road_network(roads([(0, 0), (9, 0)], [(50, 0), (90, 0)], oneway=[word, np.nan]))
    assert (net.forward.tolist(), net.backward.tolist()) == ([False, True], [True, True])


@pytest.mark.parametrize("word", ["yes", "Y", 1, 1.0, True, "1.0", "aqueduct", "桥", "高架"])
def test_a_bridge_is_a_bridge_however_it_is_written(word):
    assert len(road_network(roads(*CROSS, bridge=[word, None])).length_m) == 2


def test_words_nobody_understands_are_told():
    net = road_network(roads(*CROSS, oneway=["reversible", "no"], bridge=["maybe", None]))
    assert len(net.length_m) == 4
    assert net.backward.all()
    assert [t("zh") for t in net.told] == [
        "道路的“单行”一栏（oneway）有 1 条的值不认识，按双向计：reversible",
        "道路的“桥梁”一栏（bridge）有 1 条的值不认识，按在地面上计：maybe",
    ]


def test_roads_that_hang_together_by_nothing_are_told_once():
    net = road_network(roads(*CROSS, [(0, 5000), (1000, 5000)], [(0, 7000), (0, 8000)]))
    (told,) = loose_roads(net)  # 2 km of 6
    assert told("en").startswith("2 parts of the road net")
    assert "(2.0 km, 33.3%)" in told("en")
    assert "2.0 公里，占 33.3%" in told("zh")
    assert loose_roads(road_network(roads(*CROSS))) == []


def test_a_road_without_a_class_is_left_out_and_told():
    lines = roads([(0, 0), (6000, 0)], [(0, 50), (2000, 50)], kind=["county", None])
    net = road_network(lines)
    assert net.length_m.sum() == 6000
    (told,) = net.told
    assert told("en").startswith("1 road has no class")
    assert "2.0 of 8.0 km" in told("en")


@pytest.mark.parametrize(
    ("lines", "one", "two", "want"),
    [
        # they cross within a metre of the end of both
        (([(0, 0), (100, 0)], [(99.1, -0.9), (99.1, 100)]), (0, 0), (99.1, 100), 199.1),
        # an end near the end of another and beside it
        (([(0, 0), (1000, 0)], [(0.9, 0.9), (0.9, 500)]), (1000, 0), (0.9, 500), 1498.2),
        # two roads meet a third within a metre of one another
        (
            ([(0, 0), (100, 0)], [(50, 0), (50, 90)], [(50.9, -0.9), (50.9, -90)]),
            (50, 90),
            (50.9, -90),
            90 + 89.1,
        ),
        # a line that ends on itself, and one that crosses itself
        ((LOLLIPOP,), (0, 0), (500, 990), 500 + 990),
        (([*LOLLIPOP[:-1], (500, -500)],), (0, 0), (500, -500), 1000),
    ],
)
def test_junctions_within_the_tolerance_and_of_a_line_with_itself(lines, one, two, want):
    net = road_network(roads(*lines))
    assert net.part.max() == 0
    assert od_costs(net, [one], [two], unit="m").cost[0, 0] == pytest.approx(want, abs=1.0)


def test_a_ramp_that_crosses_over_itself_has_no_junction_there():
    lines = roads([*LOLLIPOP[:-1], (500, -500)], bridge=["yes"])
    cost = od_costs(road_network(lines), [[0, 0]], [[500, -500]], unit="m").cost
    assert cost[0, 0] == pytest.approx(1000 + 1000 + 500 + 1500)


def _county_road(crs="EPSG:4544", at=(500000.0, 4300000.0)):
    line = shapely.LineString([at, (at[0] + 4000.0, at[1])])
    return gpd.GeoDataFrame({"road_class": ["county"]}, geometry=[line], crs=crs)


def test_roads_in_degrees_or_feet_are_refused_with_or_without_a_crs():
    degrees = gpd.GeoDataFrame(
        {"road_class": ["county"]}, geometry=[shapely.LineString([(106, 38), (107, 39)])]
    )
    feet = _county_road("EPSG:2263")
    for roads in (degrees, degrees.set_crs(4490), feet):
        with pytest.raises(DataError, match="degrees or feet"):
            road_network(roads)
    # a plane of one's own around its middle has no CRS and is taken
    assert len(road_network(_county_road(None, (-2000.0, 0.0))).length_m) == 1


@pytest.mark.parametrize(
    ("places", "words"),
    [([[106.5, 38.8]], "looks like degrees"), ([[501000.0, 4300000.0, 3.0]], "two columns")],
)
def test_places_in_degrees_or_of_three_columns_are_refused(places, words):
    net = road_network(_county_road())
    for ask in (
        lambda: od_costs(net, [[501000.0, 4300000.0]], places),
        lambda: isochrones(net, places, (5.0,)),
    ):
        with pytest.raises(DataError, match=words):
            ask()


@pytest.mark.parametrize("limits", [(), (-1.0,), (float("nan"),), (5.0, 0.0)])
def test_isochrones_need_minutes(limits):
    with pytest.raises(ConfigError, match="minutes above 0"):
        isochrones(road_network(_county_road()), [[501000.0, 4300000.0]], limits)


@given(seed=st.integers(0, 10_000), unit=st.sampled_from(["m", "min"]))
@settings(max_examples=25, deadline=None)
def test_ways_between_junctions_of_one_way_streets_are_those_of_scipy(seed, unit):
    """At a junction every road is the nearest: of one-way roads one alone may lead nowhere."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    rng = np.random.default_rng(seed)
    at = np.array([(x, y) for y in range(4) for x in range(4)], float) * 1000.0 + [5e5, 4.3e6]
    pairs = [(i, i + 1) for i in range(16) if i % 4 < 3] + [(i, i + 4) for i in range(12)]
    kept = [p[:: rng.choice([1, -1])] for p in pairs if rng.random() < 0.8]
    net = road_network(roads(*([at[i], at[j]] for i, j in kept), oneway=["yes"] * len(kept)))
    tail, head = np.array(kept).T
    graph = coo_array((np.full(len(kept), 1000.0), (tail, head)), shape=(16, 16))
    want = dijkstra(graph)
    on = np.isin(np.arange(16), kept)  # a corner without a road stands beside others
    pace = 1.0 if unit == "m" else float(speed_table()["road"]["county"]) * 1000.0 / 60.0
    got = od_costs(net, at[on], at[on], unit=unit, most_access_m=10.0).cost
    np.testing.assert_allclose(got, want[on][:, on] / pace, rtol=1e-9)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"unit": "km"}, "no such unit; got km; expected min, m"),
        ({"access_kmh": 0.0}, "above 0"),
        ({"access_kmh": -4.0}, "above 0; got -4"),
        ({"access_kmh": float("nan")}, "above 0"),
        ({"most_access_m": -5.0}, "0 or more; got -5"),
        ({"most_access_m": float("nan")}, "0 or more"),
    ],
)
def test_speeds_and_distances_of_an_access_are_numbers_that_can_be(given, words):
    net = road_network(_county_road())
    here = [[500_000.0, 4_300_000.0]]
    with pytest.raises(ConfigError, match=words):
        od_costs(net, here, here, **given)
    if "unit" not in given:
        with pytest.raises(ConfigError, match=words):
            isochrones(net, here, (5.0,), **given)


def test_lengths_of_roads_are_those_on_the_ground():
    """A metre of web maps at 38.9 N is 78 cm: 28.5 % more metres than there are."""
    with pytest.raises(
        DataError, match=r"not those on the ground.*EPSG:3857, 28\.\d%.*3-degree"
    ):
        road_network(_county_road("EPSG:3857", at=(11_850_000.0, 4_707_000.0)))
    # the next zone is 0.03 % off, UTM 0.04 %
    road_network(_county_road("EPSG:32648", at=(600_000.0, 4_300_000.0)))


def test_roads_without_a_line_are_told_and_coordinates_without_end_refused():
    line = LineString([(500_000, 4_300_000), (501_000, 4_300_000)])
    table = gpd.GeoDataFrame(
        {"road_class": ["county"] * 3}, geometry=[line, None, LineString()], crs="EPSG:4544"
    )
    net = road_network(table)
    assert [t("zh") for t in net.told] == ["2 条道路没有线，不在路网中"]
    table.loc[1, "geometry"] = LineString([(500_000, np.inf), (501_000, 4_300_000)])
    with pytest.raises(DataError, match="finite"):
        road_network(table)


U_TURN = [(0, 0), (10_000, 0), (10_000, 500), (0, 500)]


@pytest.mark.parametrize("cuts", [[], [1], [1, 2], "all"])
def test_a_way_does_not_depend_on_how_a_road_is_drawn(cuts):
    """400 m on foot to the farther arm and 3 km on it, less what walking aslant saves."""
    if cuts == "all":
        whole = LineString(U_TURN)
        at = [whole.interpolate(d).coords[0] for d in np.arange(0, 20_501, 100)]
        lines = list(itertools.pairwise(at))
    else:
        ends = [0, *cuts, 3]
        lines = [U_TURN[a : b + 1] for a, b in itertools.pairwise(ends)]
    net = road_network(roads(*lines))
    want = 400 / 4000 * 60 * ASLANT + 3000 / 40_000 * 60
    got = od_costs(net, [[3000, 100]], [[0, 500]]).cost
    assert got[0, 0] == pytest.approx(want, rel=1e-6)


def test_a_road_beyond_many_lanes_is_looked_at():
    """Thirty lanes lead away by 20 km; 580 m across the field runs the road that is meant."""
    lanes = [[(-20 * i, 0), (-20 * i, 30)] for i in range(30)]
    ring = [[(0, 0), (-20_000, 0)], [(-20_000, 0), (-20_000, 600), (5000, 600)]]
    net = road_network(roads(*ring, *lanes, kind="village"))
    kmh = float(speed_table()["road"]["village"])
    aslant = np.sqrt(1 - (4 / kmh) ** 2)
    want = 580 / 4000 * 60 * aslant + 3300 / (kmh * 1000) * 60
    got = od_costs(net, [[-300, 20]], [[3000, 600]]).cost
    assert got[0, 0] == pytest.approx(want, rel=1e-6)


def test_nobody_walks_farther_than_allowed():
    """Who may walk 100 m gets on within 100 m, though 20 km/h aslant would take 115."""
    net = road_network(roads([(-9000, 0), (9000, 0)]))
    got = od_costs(net, [[0, 99]], [[5000, 0]], most_access_m=100.0, access_kmh=20.0).cost
    # sqrt(100^2 - 99^2) = 14.1 m along the road
    ahead = np.sqrt(100**2 - 99**2)
    want = 100 / 20_000 * 60 + (5000 - ahead) / 40_000 * 60
    assert got[0, 0] == pytest.approx(want, rel=1e-6)


def _finely(net, demand, place, walk, most):
    """Minutes over a point every 4 m of each road, from each of which one may get off or on."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    k, tails, heads, values, spots = len(net.nodes), [], [], [], []
    for e, line in enumerate(net.line):
        n = max(1, int(np.ceil(net.length_m[e] / 4)))
        s = np.linspace(0, net.length_m[e], n + 1)
        node = np.r_[net.start[e], k + np.arange(n - 1), net.end[e]]
        k += n - 1
        xy = shapely.get_coordinates(shapely.line_interpolate_point(line, s))
        spots.append(np.c_[xy, node])
        for ways, a, b in ((net.forward, 0, 1), (net.backward, 1, 0)):
            if ways[e]:
                tails.append(node[a : len(node) - b])
                heads.append(node[b : len(node) - a])
                values.append(np.diff(s) / net.speed[e])
    spot = np.concatenate(spots)
    for xy, first, leaving in ((demand, k, True), (place, k + len(demand), False)):
        far = np.hypot(*(xy[:, None] - spot[None, :, :2]).transpose(2, 0, 1))
        i, j = np.nonzero(far <= most)
        one, two = first + i, spot[j, 2].astype(int)
        tails.append(one if leaving else two)
        heads.append(two if leaving else one)
        values.append(far[i, j] / walk)
    t, h, v = (np.concatenate(x) for x in (tails, heads, values))
    order = np.lexsort((v, h, t))
    t, h, v = t[order], h[order], v[order]
    least = np.r_[True, (np.diff(t) != 0) | (np.diff(h) != 0)]
    size = k + len(demand) + len(place)
    graph = coo_array((np.maximum(v, 1e-12)[least], (t[least], h[least])), shape=(size, size))
    out = dijkstra(graph.tocsr(), indices=k + np.arange(len(demand)))[:, k + len(demand) :]
    beside = np.hypot(*(demand[:, None] - place[None]).transpose(2, 0, 1))
    return np.where(beside <= most, np.minimum(out, beside / walk), out)


@pytest.mark.parametrize("seed", range(30))
def test_minutes_are_the_least_over_all_places_to_get_on_and_off(seed):
    """Streets with corners, some of one way; a grid of 4 m is at most 0.1 min of 4 km/h off."""
    rng = np.random.default_rng(seed)
    lines = [rng.random((rng.integers(2, 6), 2)) * 1500 + [5e5, 4.3e6] for _ in range(3)]
    ways = rng.choice(["", "yes", "-1"], 3, p=[0.6, 0.2, 0.2])
    kinds = rng.choice(["national", "village", "county"], 3).tolist()
    net = road_network(roads(*lines, kind=kinds, oneway=ways))
    demand, place = (rng.random((n, 2)) * 1500 + [5e5, 4.3e6] for n in (6, 4))
    kmh, most = rng.choice([4.0, 20.0]), float(rng.choice([600.0, 3000.0]))
    got = od_costs(net, demand, place, access_kmh=kmh, most_access_m=most).cost
    want = _finely(net, demand, place, kmh * 1000 / 60, most)
    np.testing.assert_array_equal(np.isfinite(got), np.isfinite(want))
    both = np.isfinite(got)
    assert (got[both] - want[both] <= 0.1).all()
    assert (want[both] - got[both] <= 0.1).all()


@pytest.mark.parametrize("step", [3000, 200, 20])
def test_a_road_is_crossed_on_foot_however_many_points_it_has(step):
    """Against the only way it runs: 849 m at 4 km/h, half of it on either side."""
    line = [(x, 0) for x in range(-1000, 2001, step)]
    net = road_network(roads(line, kind="village", oneway=["-1"]))
    got = od_costs(net, [[100, 300]], [[700, -300]], most_access_m=430.0).cost
    assert got[0, 0] == pytest.approx(np.hypot(600, 600) / 4000 * 60, rel=1e-6)
    short = od_costs(net, [[100, 300]], [[700, -300]], most_access_m=420.0).cost
    assert np.isinf(short[0, 0])
