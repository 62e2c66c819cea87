"""Who connects where: against every possible allocation, and what must always hold."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError
from siting.connection.allocate import allocate
from siting.connection.problem import fitting_mw
from siting.connection.section import ConnectionSection, LinePrice, VoltageClass


def sites_of(capacity, **more):
    ids = [f"s{i}" for i in range(len(capacity))]
    return pd.DataFrame({"site_id": ids, "capacity_mw": capacity, **more})


def stations_of(free, kv=110.0, **more):
    ids = [f"t{j}" for j in range(len(free))]
    return pd.DataFrame({"station_id": ids, "voltage_kv": kv, "free_mw": free, **more})


ANY_SIZE = ConnectionSection(voltage=(VoltageClass(kv=110.0, up_to_mw=1e6),))


def best_of_all(capacity, free, km, low, high, bays, *, partly, max_km):
    """Most MW, then least km, over every way to give each site one station or none."""
    n, k = km.shape
    fits = (capacity[:, None] >= low) & (capacity[:, None] <= high) & (km <= max_km)
    ways = np.array(list(itertools.product(range(-1, k), repeat=n)))
    fine = np.ones(len(ways), bool)
    mw, cost = np.zeros(len(ways)), np.zeros(len(ways))
    for j in range(k):
        own = ways == j
        load = own @ capacity
        fine &= ~(own & ~fits[:, j]).any(axis=1) & (own.sum(axis=1) <= bays[j])
        fine &= partly | (load <= free[j] + 1e-9)
        mw += np.minimum(load, free[j])
        cost += own @ km[:, j]
    most = mw[fine].max()
    return most, cost[fine & (mw >= most - 1e-7)].min()


@pytest.mark.parametrize("seed", range(10))
def test_it_is_the_best_of_all_allocations(seed):
    """Up to 7 sites and 3 stations: each of at most 4^7 = 16,384 ways is tried."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 8)), int(rng.integers(1, 4))
    capacity = np.round(rng.uniform(5, 300, n), 1)
    free = np.round(rng.uniform(0, 400, k), 1)
    km = np.round(rng.uniform(0, 40, (n, k)), 2)
    kv = rng.choice([110.0, 220.0], k)
    bays = rng.choice([1.0, 2.0, 9.0], k)
    how = ConnectionSection(partly=bool(seed % 2), max_km=30.0)
    low, high = fitting_mw(kv, how)
    found = allocate(sites_of(capacity), stations_of(free, kv, bays=bays), km, how=how)
    mw, cost = best_of_all(capacity, free, km, low, high, bays, partly=how.partly, max_km=30.0)
    assert found.sites["grid_mw"].sum() == pytest.approx(mw, abs=1e-4)
    assert found.objective_value == pytest.approx(cost, abs=1e-4)
    assert found.in_time
    assert found.mw_gap == pytest.approx(0.0, abs=1e-9)


def best_with_collectors(capacity, free, km, between):
    """Most MW and least km where one site may carry the others' lines; one station."""
    n = len(capacity)
    best = (-1.0, 0.0)
    # each site: out, alone, or by way of site h, which has a line of its own
    for way in itertools.product(range(-2, n), repeat=n):
        if any(h >= 0 and (h == i or way[h] != -1) for i, h in enumerate(way)):
            continue
        on = [i for i, h in enumerate(way) if h != -2]
        mw = min(sum(capacity[i] for i in on), free)
        cost = sum(km[i] if way[i] == -1 else between[i, way[i]] for i in on)
        if mw > best[0] + 1e-9 or (abs(mw - best[0]) <= 1e-9 and cost < best[1] - 1e-9):
            best = (mw, cost)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_shared_lines_are_the_best_of_all(seed):
    """Four sites and one station: every tree of depth two is tried."""
    rng = np.random.default_rng(100 + seed)
    place = rng.uniform(0, 20, (4, 2))
    at = np.array([30.0, 10.0])
    capacity = np.round(rng.uniform(5, 60, 4), 1)
    free = float(rng.uniform(50, 200))
    km = np.hypot(*(place - at).T)
    between = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    how = ANY_SIZE.model_copy(update={"collector_km": 100.0})
    found = allocate(
        sites_of(capacity), stations_of([free]), km[:, None], between_km=between, how=how
    )
    mw, cost = best_with_collectors(capacity, free, km, between)
    assert found.sites["grid_mw"].sum() == pytest.approx(mw, abs=1e-4)
    assert found.objective_value == pytest.approx(cost, abs=1e-4)


def test_a_collector_is_used_where_it_is_shorter_and_takes_one_bay():
    """Two sites side by side 20 km away: 20 + 1 km shared, 40 km with a line each."""
    between = np.array([[0.0, 1.0], [1.0, 0.0]])
    km = np.array([[20.0], [20.0]])
    one = stations_of([100.0], bays=[1])
    shared = allocate(sites_of([30.0, 40.0]), one, km, between_km=between, how=ANY_SIZE)
    assert shared.objective_value == pytest.approx(21.0)
    assert shared.sites["grid_mw"].sum() == pytest.approx(70.0)
    assert shared.stations["lines"].tolist() == [1]
    alone = allocate(sites_of([30.0, 40.0]), one, km, how=ANY_SIZE)
    assert alone.sites["grid_mw"].sum() == pytest.approx(40.0)  # one bay, the larger site


def test_a_collector_has_its_price():
    """At 1 CNY a km two lines cost 40; shared 21 and the collector: 18 is cheaper, 20 not."""
    between = np.array([[0.0, 1.0], [1.0, 0.0]])
    km = np.array([[20.0], [20.0]])
    for price, cost in ((18.0, 39.0), (20.0, 40.0)):
        how = ConnectionSection(
            voltage=(VoltageClass(kv=110.0, up_to_mw=1e6),),
            line_price=(LinePrice(kv=110.0, cny_km=1.0, source="a test"),),
            collector_cny=price,
            collector_source="a test",
        )
        sites = sites_of([40.0, 40.0])  # 110 kV by size, as the station
        found = allocate(sites, stations_of([100.0]), km, between_km=between, how=how)
        assert found.objective == "cny"
        assert found.objective_value == pytest.approx(cost)


def test_no_price_is_made_up():
    how = ConnectionSection(line_price=(LinePrice(kv=220.0, cny_km=2e6, source="a test"),))
    found = allocate(sites_of([50.0]), stations_of([100.0]), np.array([[7.0]]), how=how)
    assert found.objective == "km"
    assert found.objective_value == pytest.approx(7.0)
    assert found.sites["line_cost_cny"].isna().all()
    assert found.sites["reinforcement_cny"].isna().all()
    assert any("110" in t("en") for t in found.told)


def test_reinforcement_costs_only_what_the_plan_says():
    how = ConnectionSection(reinforce_cny_mw=1e6, reinforce_source="a test")
    found = allocate(sites_of([80.0]), stations_of([50.0]), np.array([[1.0]]), how=how)
    assert found.sites["grid_state"].tolist() == ["part"]
    assert found.sites["reinforcement_cny"].tolist() == [pytest.approx(30e6)]


def test_every_reason_has_its_own_state():
    """110 kV takes 30 to 100 MW where 35 kV exists as well; 20 MW goes to 35 kV."""
    sites = sites_of(
        [80.0, 80.0, 400.0, np.nan, 90.0], provisional=[False, False, False, False, True]
    )
    stations = stations_of([80.0, 0.0], [110.0, 35.0])
    km = np.array([[1.0, 1.0], [99.0, 99.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]])
    found = allocate(sites, stations, km, how=ConnectionSection(max_km=50.0))
    states = found.sites["grid_state"].tolist()
    assert states == ["connected", "too_far", "voltage", "unknown", "provisional"]
    full = allocate(sites.iloc[:1], stations_of([0.0]), np.array([[1.0]]))
    assert full.sites["grid_state"].tolist() == ["reinforcement"]
    unknown = allocate(sites.iloc[:1], stations_of([np.nan]), np.array([[1.0]]))
    assert unknown.sites["grid_state"].tolist() == ["free_unknown"]
    assert unknown.sites["grid_mw"].isna().all()
    none = allocate(sites.iloc[:1], stations_of([]), np.zeros((1, 0)))
    assert none.sites["grid_state"].tolist() == ["no_station"]
    assert none.sites["grid_mw"].isna().all()


@pytest.mark.parametrize("price", [(), (LinePrice(kv=220.0, cny_km=2e6, source="a test"),)])
def test_a_station_that_does_not_stand_takes_no_voltage_away(price):
    """50 MW go to 110 kV; where none stands the next higher takes them, at its own price."""
    how, km = ConnectionSection(line_price=price), np.array([[3.0, 7.0]])
    later = stations_of([0.0, 100.0], [110.0, 220.0], stands=[False, True])
    found = allocate(sites_of([50.0]), later, km, how=how)
    assert found.sites["grid_state"].tolist() == ["connected"]
    assert found.sites["grid_mw"].tolist() == [50.0]
    assert found.sites["station"].tolist() == ["t1"]
    assert found.objective_value == pytest.approx(7.0 * (2e6 if price else 1.0))
    assert not found.told
    # it stands and is full: its own voltage, and no capacity
    full = allocate(sites_of([50.0]), later.assign(stands=True), km, how=how)
    assert full.sites["grid_state"].tolist() == ["reinforcement"]
    # of a list of which none stands yet, the grid lacks capacity, not voltage
    none = allocate(sites_of([50.0]), later.assign(stands=False, free_mw=0.0), km, how=how)
    assert none.sites["grid_state"].tolist() == ["reinforcement"]


def test_a_site_is_whole_or_in_part_or_split_as_the_plan_says():
    """100 MW and two stations of 60: in part 60, split 100, whole none."""
    sites, stations = sites_of([100.0]), stations_of([60.0, 60.0])
    km = np.array([[1.0, 2.0]])

    def mw(**keys):
        found = allocate(sites, stations, km, how=ConnectionSection(**keys))
        return float(found.sites["grid_mw"].sum())

    assert mw() == pytest.approx(60.0)
    assert mw(split=True) == pytest.approx(100.0)
    assert mw(partly=False) == pytest.approx(0.0)
    assert mw(partly=False, split=True) == pytest.approx(100.0)
    assert mw(least_mw=70.0) == pytest.approx(0.0)


def test_negative_free_capacity_takes_nothing_and_is_told():
    found = allocate(sites_of([50.0]), stations_of([-20.0]), np.array([[1.0]]))
    assert [t("en") for t in found.told] == [
        "free capacity of substation t0 is negative (-20 MW): overloaded, counted as 0"
    ]
    assert found.sites["grid_mw"].tolist() == [0.0]
    assert found.sites["grid_state"].tolist() == ["reinforcement"]


@pytest.mark.parametrize(
    ("sites", "stations", "km", "word"),
    [
        (
            sites_of([1.0]).drop(columns="capacity_mw"),
            stations_of([1.0]),
            [[1.0]],
            "capacity_mw",
        ),
        (pd.concat([sites_of([1.0])] * 2), stations_of([1.0]), [[1.0], [1.0]], "s0"),
        (sites_of(["many"]), stations_of([1.0]), [[1.0]], "many"),
        (sites_of([1.0]), stations_of(["full"]), [[1.0]], "full"),
        (sites_of([1.0]), stations_of([1.0]), [[1.0, 2.0]], "(1, 2)"),
        (sites_of([1.0]), stations_of([1.0]), [[-1.0]], "-1"),
        (sites_of([-5.0]), stations_of([1.0]), [[1.0]], "capacity_mw, s0.*-5"),
        (sites_of([np.inf]), stations_of([1.0]), [[1.0]], "capacity_mw, s0.*inf"),
        (sites_of([1.0]), stations_of([np.inf]), [[1.0]], "free_mw, t0.*inf"),
        (sites_of([1.0]), stations_of([-np.inf]), [[1.0]], "free_mw, t0.*inf"),
        (sites_of([1.0]), stations_of([1.0], kv=-110.0), [[1.0]], "voltage_kv, t0"),
        (sites_of([1.0]), stations_of([1.0], bays=["two"]), [[1.0]], "bays, t0.*two"),
        (sites_of([1.0]), stations_of([1.0], bays=[-1]), [[1.0]], "bays, t0.*-1"),
        (sites_of([1.0]), stations_of([1.0], bays=[0.9]), [[1.0]], "bays, t0.*0.9.*whole"),
    ],
)
def test_what_cannot_be_is_refused(sites, stations, km, word):
    with pytest.raises(ConfigError, match=word.replace("(", r"\(").replace(")", r"\)")):
        allocate(sites, stations, np.array(km))


def test_published_assignment_problem():
    """CSPLib problem 034, warehouse location (P. Van Hentenryck, The OPL Optimization
    Programming Language, 1999; csplib.org/Problems/prob034, CC BY 4.0 as recalled).

    Ten stores, five warehouses of 1, 4, 2, 1, 3 stores, 30 for each that is kept. The
    published optimum 383 keeps all but Paris: with those four the stores cost 383 - 4 x 30
    = 263, and no less, or 383 would not be the optimum.
    """
    supply = np.array(
        [
            [20, 24, 11, 25, 30],
            [28, 27, 82, 83, 74],
            [74, 97, 71, 96, 70],
            [2, 55, 73, 69, 61],
            [46, 96, 59, 83, 4],
            [42, 22, 29, 67, 59],
            [1, 5, 73, 59, 56],
            [10, 73, 13, 43, 96],
            [93, 35, 63, 85, 46],
            [47, 65, 55, 71, 95],
        ],
        float,
    )
    kept = [0, 1, 2, 4]
    room = np.array([1.0, 4.0, 2.0, 1.0, 3.0])
    stores = sites_of(np.ones(10))
    found = allocate(stores, stations_of(room[kept]), supply[:, kept], how=ANY_SIZE)
    assert found.sites["grid_mw"].tolist() == [1.0] * 10
    assert found.objective_value == pytest.approx(383.0 - 4 * 30.0)
    assert (found.mw_gap, found.cost_gap) == (pytest.approx(0.0), pytest.approx(0.0))
    # Bonn has store 3, as published
    assert found.sites.set_index("site_id").at["s3", "station"] == "t0"
    every = allocate(stores, stations_of(room), supply, how=ANY_SIZE)
    assert 383.0 - 5 * 30.0 <= every.objective_value <= 263.0


TRANSPORT = {
    # F. S. Hillier, G. J. Lieberman, Introduction to Operations Research, chapter 9: the P & T
    # Company, truckloads of canned peas from three canneries to four warehouses. Z = 152,535.
    "hillier_lieberman": (
        [75, 125, 100],
        [80, 65, 70, 85],
        [[464, 513, 654, 867], [352, 416, 690, 791], [995, 682, 388, 685]],
        5,
        152_535.0,
    ),
    # G. B. Dantzig, Linear Programming and Extensions, Princeton 1963, chapter 3-3; model
    # TRNSPORT of the GAMS library: thousands of miles at 90 $ a case, least cost 153.675.
    "dantzig": (
        [350, 600],
        [325, 300, 275],
        [[2.5, 1.7, 1.8], [2.5, 1.8, 1.4]],
        25,
        153.675 / 0.09,
    ),
}


@pytest.mark.parametrize("name", sorted(TRANSPORT))
def test_published_transport_problem(name):
    """As many MW as are asked for, at the published least cost.

    A line costs what it costs whatever it carries, so a load goes as sites of one lot each: all
    amounts are whole lots, and so is then a best way (its corners are sums of them).
    """
    supply, demand, cost, lot, best = TRANSPORT[name]
    lots = np.repeat(np.arange(len(supply)), np.array(supply) // lot)
    sites = sites_of(np.full(len(lots), float(lot)))
    sites["site_id"] = [f"s{i:03d}" for i in range(len(lots))]
    found = allocate(sites, stations_of(demand), np.array(cost, float)[lots], how=ANY_SIZE)
    assert found.sites["grid_mw"].sum() == pytest.approx(sum(demand))
    assert found.stations["routed_mw"].tolist() == pytest.approx(demand)
    assert found.objective_value * lot == pytest.approx(best, rel=1e-9)
    assert (found.mw_gap, found.cost_gap) == (pytest.approx(0.0), pytest.approx(0.0))


def test_out_of_time_the_best_so_far_is_given_and_told(monkeypatch):
    """Without any answer of the solver a way is built: 70 of 90 MW go to the 70 free."""
    from types import SimpleNamespace

    from siting.connection import milp

    monkeypatch.setattr(milp, "solved", lambda *_: SimpleNamespace(x=None, status=1))
    km = np.array([[3.0, 9.0], [4.0, 1.0], [2.0, 6.0]])
    found = allocate(sites_of([30.0, 30.0, 30.0]), stations_of([40.0, 30.0]), km, how=ANY_SIZE)
    assert not found.in_time
    assert found.sites["grid_mw"].sum() == pytest.approx(70.0)
    assert (found.stations["routed_mw"] <= found.stations["free_mw"] + 1e-9).all()
    assert any("best found so far" in t("en") for t in found.told)
    assert found.cost_gap >= 0.0


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_conservation_and_order(data):
    n, k = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    number = st.integers(1, 99).map(float)
    capacity = data.draw(st.lists(number, min_size=n, max_size=n))
    free = data.draw(st.lists(number, min_size=k, max_size=k))
    km = np.array(data.draw(st.lists(number, min_size=n * k, max_size=n * k))).reshape(n, k)
    found = allocate(sites_of(capacity), stations_of(free), km, how=ANY_SIZE)
    assert (found.stations["routed_mw"] <= found.stations["free_mw"] + 1e-6).all()
    assert (found.sites["grid_mw"] <= found.sites["capacity_mw"] + 1e-6).all()
    assert found.routed["mw"].sum() == pytest.approx(found.sites["grid_mw"].sum())
    # a site goes to one station, so the stations together may keep some room
    assert found.sites["grid_mw"].sum() <= min(sum(capacity), sum(free)) + 1e-6
    assert found.sites["grid_mw"].sum() >= min(max(capacity), max(free)) - 1e-6
    turned = allocate(
        sites_of(capacity).iloc[::-1],
        stations_of(free).iloc[::-1],
        km[::-1, ::-1],
        how=ANY_SIZE,
    )
    pd.testing.assert_frame_equal(found.sites, turned.sites)
    more = allocate(sites_of(capacity), stations_of([f + 10.0 for f in free]), km, how=ANY_SIZE)
    assert more.sites["grid_mw"].sum() >= found.sites["grid_mw"].sum() - 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.3, 3.0])
def test_two_thousand_sites_and_fifty_stations(share):
    """Nothing is routed twice, gaps are told, and MW are within 1 % of the bound."""
    rng = np.random.default_rng(7)
    place, at = rng.uniform(0, 100, (2000, 2)), rng.uniform(0, 100, (50, 2))
    capacity = rng.uniform(5, 100, 2000)
    free = rng.uniform(0, 1, 50)
    free *= share * capacity.sum() / free.sum()
    km = np.hypot(*(place[:, None] - at[None]).transpose(2, 0, 1))
    found = allocate(sites_of(capacity), stations_of(free), km, how=ANY_SIZE)
    assert (found.stations["routed_mw"] <= found.stations["free_mw"] + 1e-6).all()
    assert not found.exact
    assert found.mw_gap < 0.01
    assert found.cost_gap < 0.15
    assert any("pairs" in t("en") for t in found.told)


@pytest.mark.parametrize(
    ("free", "km", "max_km", "told"),
    [
        ([100.0, 0.0], 50.0, None, True),  # the 110 kV station is full
        ([100.0, np.nan], 50.0, None, True),  # nobody knows what it has
        ([100.0, 300.0], 200.0, 60.0, True),  # it is too far
        ([40.0, 0.0], 50.0, None, False),  # the 220 kV station has not the room either
        ([100.0, 60.0], 50.0, None, False),  # it takes the site
    ],
)
def test_a_site_kept_from_a_higher_voltage_with_room_is_told(free, km, max_km, told):
    """50 MW go to 110 kV by the table (to 100 MW) where such a station stands."""
    found = allocate(
        pd.DataFrame({"site_id": ["A"], "capacity_mw": [50.0]}),
        pd.DataFrame(
            {"station_id": ["高站", "低站"], "voltage_kv": [220.0, 110.0], "free_mw": free}
        ),
        np.array([[5.0, km]]),
        how=ConnectionSection(max_km=max_km),
    )
    words = [t("zh") for t in found.told if "高站" in t("zh")]
    assert len(words) == told
    assert all("A" in w and "电网公司" in w for w in words)


def _largest_first(size, kv, free, bays):
    """MW of the plainest way: large sites where a bay has most MW left."""
    room, left, total = free.copy(), bays.copy(), 0.0
    for mw in sorted(size, reverse=True):
        fits = (kv == 110.0) if mw <= 100.0 else (kv == 220.0)
        can = fits & (left > 0) & (room > 1e-9)
        if can.any():
            j = int(np.argmax(np.where(can, room / np.maximum(left, 1), -1.0)))
            total += min(mw, room[j])
            room[j] -= min(mw, room[j])
            left[j] -= 1
    return total


def _many(seed, n=900, k=30):
    rng = np.random.default_rng(seed)
    size, kv = rng.uniform(2, 150, n), rng.choice([110.0, 220.0], k)
    free, bays = rng.uniform(50, 800, k), rng.integers(2, 9, k).astype(float)
    places, at = rng.uniform(0, 100, (n, 2)), rng.uniform(0, 100, (k, 2))
    km = np.hypot(*(places[:, None] - at[None]).transpose(2, 0, 1))
    return size, kv, free, bays, km


@pytest.mark.parametrize("seed", range(6))
def test_few_bays_of_many_sites_take_the_most_mw_and_never_less_with_more(seed):
    size, kv, free, bays, km = _many(seed)

    def routed(room, doors):
        stations = stations_of(room, kv).assign(bays=doors)
        found = allocate(sites_of(size), stations, km)
        table = found.stations  # in the order of its names
        assert (table["lines"] <= table["bays"]).all()
        assert (table["routed_mw"] <= table["free_mw"] + 1e-6).all()
        assert found.mw_gap < 0.002
        return float(found.routed["mw"].sum())

    plain = routed(free, bays)
    assert plain >= _largest_first(size, kv, free, bays) - 1e-6
    j = seed % len(free)
    more = np.arange(len(free)) == j
    assert routed(free + 60.0 * more, bays) >= plain - 1e-5
    assert routed(free, bays + more) >= plain - 1e-5


def test_a_site_without_a_bay_does_not_ask_for_a_stronger_grid():
    """300 MW are free and 299 MW are asked for: what lacks is the bay."""
    how = ConnectionSection(reinforce_cny_mw=5e5, reinforce_source="a test")
    stations = stations_of([300.0]).assign(bays=0)
    found = allocate(sites_of([99.0, 100.0, 100.0]), stations, np.ones((3, 1)), how=how)
    assert found.sites["grid_state"].tolist() == ["no_bay"] * 3
    assert found.sites["shortfall_mw"].tolist() == [99.0, 100.0, 100.0]
    assert found.sites["reinforcement_cny"].isna().all()
    # two bays, 150 MW: the third lacks capacity, whatever the bays
    two = allocate(
        sites_of([99.0, 100.0, 100.0]), stations_of([199.0]).assign(bays=2), np.ones((3, 1))
    )
    assert sorted(two.sites["grid_state"]) == ["connected", "connected", "reinforcement"]


def test_distances_that_lie_on_their_side_are_refused():
    """Three sites and two stations have as many distances as two and three."""
    km = np.array([[1.0, 9.0, 9.0], [9.0, 1.0, 1.0]])
    with pytest.raises(ConfigError, match=r"\(2, 3\)"):
        allocate(sites_of([40.0, 60.0, 70.0]), stations_of([100.0, 100.0]), km)
    found = allocate(sites_of([40.0, 60.0, 70.0]), stations_of([100.0, 100.0]), km.T)
    # 40 at the first, 60 and 40 of 70 at the second: 30 more go nowhere nearer
    assert found.stations["routed_mw"].sum() == pytest.approx(found.routed["mw"].sum())


def test_a_distance_that_is_not_known_is_told_and_not_a_line():
    """60 MW at 9 km connect; 80 MW whose distance is NaN do not, though 140 MW are free."""
    sites = pd.DataFrame({"site_id": ["a", "b"], "capacity_mw": [80.0, 60.0]})
    one = pd.DataFrame({"station_id": ["s"], "voltage_kv": [110.0], "free_mw": [140.0]})
    found = allocate(sites, one, np.array([[np.nan], [9.0]]))
    assert found.routed[["site_id", "mw"]].values.tolist() == [["b", 60.0]]
    assert sum("(a)" in t("en") and "NaN" in t("zh") for t in found.told) == 1
    far = allocate(sites, one, np.array([[np.inf], [9.0]]))
    assert not any("NaN" in t("zh") for t in far.told)
