"""Balance of a park by hand and by what always holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import DataError
from siting.zones.balance import Battery, hourly_balance
from siting.zones.park import link_rules

HOURS = st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)), min_size=1, max_size=60)


def test_three_hours_by_hand() -> None:
    # 10 kW of supply for two hours against 4, 4 and 9 kW; a battery of 3 kW and 5 kWh whose
    # round trip of 0.64 loses a fifth on each way; the grid takes 2 kW
    found = hourly_balance(
        np.array([10.0, 10.0, 0.0]),
        np.array([4.0, 4.0, 9.0]),
        battery=Battery(3.0, 5.0, 0.64),
        export_kw=2.0,
    )
    assert found.direct.tolist() == [4.0, 4.0, 0.0]
    assert found.charged.tolist() == [3.0, 3.0, 0.0]
    assert found.stored.tolist() == pytest.approx([2.4, 4.8, 4.8 - 3.0 / 0.8])
    assert found.discharged.tolist() == pytest.approx([0.0, 0.0, 3.0])
    assert found.sent.tolist() == [2.0, 2.0, 0.0]
    assert found.curtailed.tolist() == pytest.approx([1.0, 1.0, 0.0])
    assert found.bought.tolist() == pytest.approx([0.0, 0.0, 6.0])
    assert found.used_frac == pytest.approx(11.0 / 20.0)
    assert found.covered_frac == pytest.approx(11.0 / 17.0)
    assert found.sent_frac == pytest.approx(4.0 / 20.0)


def test_conditions_of_a_direct_supply() -> None:
    # half of the supply is used, a third of the load is met
    found = hourly_balance(np.array([2.0]), np.array([3.0]))
    rules = {r.id: r for r in link_rules(found)}
    assert rules["own_use_of_supply"].met is True  # all 2 of 2
    assert rules["own_use_of_load"].value == pytest.approx(2 / 3)
    little = {
        r.id: r.met for r in link_rules(hourly_balance(np.array([10.0]), np.array([3.2])))
    }
    # 32 % of the supply is used
    assert little == {
        "own_use_of_supply": False,
        "own_use_of_load": True,
        "own_use_of_load_2030": True,
    }


@given(
    hours=HOURS,
    power=st.floats(0.1, 1e5),
    energy=st.floats(0.1, 1e6),
    trip=st.floats(0.3, 1.0),
    export=st.one_of(st.just(math.inf), st.floats(0, 1e5)),
)
def test_every_hour_closes_and_the_battery_makes_no_energy(
    hours, power, energy, trip, export
) -> None:
    supply, load = (np.array(x) for x in zip(*hours, strict=True))
    found = hourly_balance(supply, load, battery=Battery(power, energy, trip), export_kw=export)
    assert found.closure <= 1e-9
    parts = (
        *(found.direct, found.charged, found.discharged),
        *(found.sent, found.curtailed, found.bought),
    )
    for part in parts:
        assert (part >= 0).all()
    assert (found.charged <= power * (1 + 1e-12)).all()
    assert (found.discharged <= power * (1 + 1e-12)).all()
    assert (found.stored >= 0).all()
    assert (found.stored <= energy * (1 + 1e-12)).all()
    assert (found.sent <= export).all()
    # what comes out went in, less the losses, and what is left is still held
    one_way = math.sqrt(trip)
    held = math.fsum(found.charged) * one_way - math.fsum(found.discharged) / one_way
    assert held == pytest.approx(found.stored[-1], rel=1e-6, abs=1e-6 * energy)


@given(hours=HOURS)
def test_a_battery_never_buys_more(hours) -> None:
    supply, load = (np.array(x) for x in zip(*hours, strict=True))
    bare = hourly_balance(supply, load)
    with_one = hourly_balance(supply, load, battery=Battery(1e4, 2e4, 0.85))
    assert math.fsum(with_one.bought) <= math.fsum(bare.bought) + 1e-6


@pytest.mark.parametrize(
    ("supply", "load"),
    [([1.0, 2.0], [1.0]), ([math.nan], [1.0]), ([1.0], [-1.0]), ([math.inf], [1.0])],
)
def test_series_that_cannot_be_are_refused(supply, load) -> None:
    with pytest.raises(DataError):
        hourly_balance(np.array(supply), np.array(load))


def test_shares_of_nothing_are_not_known() -> None:
    found = hourly_balance(np.zeros(3), np.zeros(3))
    assert all(math.isnan(x) for x in (found.used_frac, found.covered_frac, found.sent_frac))
    assert all(r.met is None for r in link_rules(found))
