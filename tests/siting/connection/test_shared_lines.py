"""Lines that sites share: what may not be left out, and what is left out is told."""

import numpy as np
import pandas as pd
import pytest

from siting.connection import milp
from siting.connection.allocate import allocate
from siting.connection.section import ConnectionSection, LinePrice, VoltageClass
from tests.siting.connection.test_allocate import ANY_SIZE, sites_of, stations_of


def spread(rng, n, k, side=60.0):
    """Sites and stations in a square, their distances and those between sites [km]."""
    place, at = rng.uniform(0, side, (n, 2)), rng.uniform(0, side, (k, 2))
    km = np.hypot(*(place[:, None] - at[None]).transpose(2, 0, 1))
    return km, np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))


def test_a_small_site_may_carry_the_line_of_a_large_one():
    """20 MW at the fence of a 220 kV station (0.3 km at 3 = 0.9) do not fit it alone.

    With the 150 MW 9.04 km away (at 3 = 27.12) they do: 28.02. By the larger site's own line
    (8.74 at 3 = 26.22) and the smaller one's to it (9.04 at 1) it would be 35.26.
    """
    prices = tuple(
        LinePrice(kv=kv, cny_km=cny, source="a test") for kv, cny in ((35.0, 1.0), (220.0, 3.0))
    )
    how = ConnectionSection(
        line_price=prices, collector_cny=0.0, collector_source="a test", collector_km=30.0
    )
    stations = stations_of([0.0, 200.0], [35.0, 220.0]).iloc[1:]
    low_kv = stations_of([0.0], 110.0, station_id=["x"])
    found = allocate(
        sites_of([20.0, 150.0]),
        pd.concat([stations, low_kv]),
        np.array([[0.3, 99.0], [8.74, 99.0]]),
        between_km=np.array([[0.0, 9.04], [9.04, 0.0]]),
        how=how.model_copy(
            update={
                "line_price": (*prices, LinePrice(kv=110.0, cny_km=2.0, source="a test")),
            }
        ),
    )
    assert found.sites["grid_mw"].sum() == pytest.approx(170.0)
    assert found.objective_value == pytest.approx(28.02)
    assert found.sites["collector"].tolist() == ["s0", "s0"]


def test_mw_of_split_sites_are_whole():
    """What the search allows as a tolerance is not lost: 494.5 MW, not 494.499984."""
    rng = np.random.default_rng(5)
    for _ in range(5):
        n, k = int(rng.integers(2, 6)), int(rng.integers(1, 4))
        capacity = rng.uniform(1, 200, n).round(1)
        km, between = spread(rng, n, k, 30.0)
        free = rng.uniform(0, 300, k).round(1)
        how = ANY_SIZE.model_copy(update={"split": True})
        found = allocate(sites_of(capacity), stations_of(free), km, between_km=between, how=how)
        # all go anywhere and in parts: the smaller of both sums
        assert found.sites["grid_mw"].sum() == pytest.approx(
            min(capacity.sum(), free.sum()), abs=1e-6
        )
        assert (found.stations["routed_mw"] <= free + 1e-9).all()
        lines = found.routed
        sums = lines.groupby("site_id")["mw"].sum()
        assert sums.to_numpy() == pytest.approx(
            found.sites.set_index("site_id")["grid_mw"][sums.index].to_numpy(), abs=1e-6
        )
        assert found.objective_value == pytest.approx(lines["line_km"].sum(), abs=1e-6)


def checked(found, free, km, between, how):
    """What holds of any allocation with shared lines, and the cost of its lines."""
    assert (found.stations["routed_mw"] <= free + 1e-6).all()
    ids = found.sites["site_id"].tolist()
    own = found.routed.set_index("site_id")
    cost = 0.0
    for site, row in own.iterrows():
        i, hub = ids.index(site), row["collector"]
        j = int(str(row["station_id"])[1:])
        if hub in ("", site):
            cost += km[i, j]
            continue
        cost += between[i, ids.index(hub)]
        assert between[i, ids.index(hub)] <= how.collector_km
        # the collector is at a site of the same station that carries the line
        assert own.loc[hub, "station_id"] == row["station_id"]
        assert own.loc[hub, "collector"] == hub
    return cost


@pytest.mark.slow
def test_thousands_of_sites_share_lines_too(monkeypatch):
    """Never longer than without, as many MW, and the bound is one of shared lines."""
    rng = np.random.default_rng(3)
    km, between = spread(rng, 20, 2, 40.0)
    capacity = rng.uniform(1, 90, 20).round(1)
    free = rng.uniform(200, 400, 2).round(1)
    sites, stations = sites_of(capacity), stations_of(free)
    sites["site_id"] = [f"s{i:03d}" for i in range(20)]
    exact = allocate(sites, stations, km, between_km=between, how=ANY_SIZE)
    monkeypatch.setattr(milp, "_MOST_PAIRS", 10)
    alone = allocate(sites, stations, km, how=ANY_SIZE)
    shared = allocate(sites, stations, km, between_km=between, how=ANY_SIZE)
    assert not shared.exact
    assert shared.objective_value < alone.objective_value - 1.0
    assert shared.sites["grid_mw"].sum() == pytest.approx(alone.sites["grid_mw"].sum())
    cost = checked(shared, free, km, between, ANY_SIZE)
    assert cost == pytest.approx(shared.objective_value)
    # no allocation is below the bound that is told
    bound = shared.objective_value * (1.0 - shared.cost_gap)
    assert bound <= exact.objective_value * (1.0 + 1e-9)
    assert any("collector" in t("en") for t in shared.told)


def test_a_bay_that_comes_free_takes_another_site(monkeypatch):
    """One bay: two sites by one line and their collector, not one of them."""
    monkeypatch.setattr(milp, "_MOST_PAIRS", 0)
    between = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 2.0], [2.0, 2.0, 0.0]])
    km = np.array([[20.0], [20.0], [20.0]])
    one = stations_of([200.0], bays=[2])
    found = allocate(sites_of([30.0, 40.0, 50.0]), one, km, between_km=between, how=ANY_SIZE)
    assert found.stations["lines"].tolist() == [2]
    assert found.sites["grid_mw"].sum() == pytest.approx(120.0)


def test_collectors_that_were_left_out_are_told(monkeypatch):
    rng = np.random.default_rng(4)
    km, between = spread(rng, 12, 2)
    args = (sites_of(rng.uniform(1, 50, 12)), stations_of([200.0, 150.0]), km)
    every = allocate(*args, between_km=between, how=ANY_SIZE)
    assert every.told == ()
    monkeypatch.setattr(milp, "_MOST_SHARED", 20)
    few = allocate(*args, between_km=between, how=ANY_SIZE)
    assert any("near each site" in t("en") for t in few.told)
    assert few.objective_value >= every.objective_value - 1e-6


def test_out_of_time_the_better_of_two_ways_is_given():
    """Thousands of shared ways in no time: what is built is as good as without them."""
    rng = np.random.default_rng(6)
    km, between = spread(rng, 60, 6)
    capacity, free = rng.uniform(5, 90, 60).round(1), rng.uniform(50, 400, 6).round(1)
    how = ANY_SIZE.model_copy(update={"time_limit_s": 0.2})
    found = allocate(sites_of(capacity), stations_of(free), km, between_km=between, how=how)
    least = ConnectionSection(voltage=(VoltageClass(kv=110.0, up_to_mw=1e6),))
    alone = allocate(sites_of(capacity), stations_of(free), km, how=least)
    assert not found.in_time
    assert found.sites["grid_mw"].sum() >= alone.sites["grid_mw"].sum() * 0.99
    assert found.objective_value <= 1.3 * alone.objective_value


@pytest.mark.parametrize("seed", range(24))
def test_no_allocation_is_below_the_bound_of_shared_lines(seed, monkeypatch):
    """Sites in part and whole, limits of a group, bays, stations smaller than a site."""
    rng = np.random.default_rng(500 + seed)
    n, k = int(rng.integers(3, 7)), int(rng.integers(1, 3))
    km, between = spread(rng, n, k, 30.0)
    capacity = rng.uniform(1, 90, n).round(1)
    stations = stations_of(rng.uniform(5, 250, k).round(1), bays=rng.choice([1, 2, 9], k))
    limit = float(rng.choice([100.0, 150.0, 1e6]))
    how = ConnectionSection(
        voltage=(VoltageClass(kv=110.0, up_to_mw=limit),),
        partly=bool(seed % 2),
        least_mw=float(rng.choice([0.0, 20.0])),
        collector_km=100.0,
    )
    exact = allocate(sites_of(capacity), stations, km, between_km=between, how=how)
    assert (exact.in_time, exact.exact) == (True, True)
    monkeypatch.setattr(milp, "_MOST_PAIRS", 0)
    built = allocate(sites_of(capacity), stations, km, between_km=between, how=how)
    got, best = (float(a.sites["grid_mw"].sum()) for a in (built, exact))
    assert got <= best + 1e-4
    assert got / (1.0 - built.mw_gap) >= best - 1e-4 if built.mw_gap < 1 else True
    bound = built.objective_value * (1.0 - built.cost_gap)
    assert bound <= exact.objective_value + 1e-6


def many(n=150, k=20):
    """More shared ways than the search can look through; half of the MW fit."""
    rng = np.random.default_rng(1)
    km, between = spread(rng, n, k, 100.0)
    capacity = rng.uniform(5, 100, n).round(1)
    free = rng.uniform(0, 1, k)
    free = (free * 0.5 * capacity.sum() / free.sum()).round(1)
    sites = sites_of(capacity).assign(site_id=[f"s{i:03d}" for i in range(n)])
    return sites, stations_of(free), km, between


def test_one_search_where_the_mw_are_proven_and_none_when_the_time_is_used(monkeypatch):
    """All stations are full: no search for more MW. What is left is for the lines."""
    from types import SimpleNamespace

    limits = []

    def nothing(*args):
        limits.append(args[-1])
        return SimpleNamespace(x=None, status=1)

    monkeypatch.setattr(milp, "solved", nothing)
    sites, stations, km, between = many()
    how = ANY_SIZE.model_copy(update={"time_limit_s": 30.0})
    found = allocate(sites, stations, km, between_km=between, how=how)
    assert len(limits) == 1
    assert limits[0] < 30.0
    assert found.sites["grid_mw"].sum() == pytest.approx(stations["free_mw"].sum())
    assert found.mw_gap == pytest.approx(0.0, abs=1e-12)
    # a line to a station and a share of it: the bound is no longer that of the members alone
    assert 0.1 < found.cost_gap < 0.7
    (proven,) = [t("en") for t in found.told if "not proven" in t("en")]
    assert f"{100 * (1 - found.cost_gap):.0f} %" in proven
    limits.clear()
    none = ANY_SIZE.model_copy(update={"time_limit_s": 1e-6})
    allocate(sites, stations, km, between_km=between, how=none)
    assert limits == []


@pytest.mark.slow
def test_the_time_limit_holds_for_all_searches_together():
    """It was 26 s with a limit of 20: half for MW, what was left for lines, and over it."""
    import time

    sites, stations, km, between = many()
    how = ANY_SIZE.model_copy(update={"time_limit_s": 4.0})
    start = time.monotonic()
    found = allocate(sites, stations, km, between_km=between, how=how)
    assert time.monotonic() - start < 8.0
    assert not found.in_time
    assert found.sites["grid_mw"].sum() == pytest.approx(stations["free_mw"].sum())
