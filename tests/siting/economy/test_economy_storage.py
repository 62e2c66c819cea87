"""Battery size and dispatch: balances hold, and hand-made cases come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError, DataError
from layers.plan.model import Plan
from siting.economy.price_dispatch import dispatch_for_price
from siting.economy.storage import Battery, dispatch, required_battery
from siting.economy.storage_rule import storage_choice, storage_note


def plan_of(adcode: str) -> Plan:
    text = {"zh": "x", "en": "x"}
    place = {"adcode": adcode} if adcode else {"path": "county.gpkg"}
    return Plan.model_validate(
        {
            "plan": {"id": "t", "title": text, "as_of": "2026-01-01"},
            "area": {"boundary": place},
        }
    )


def test_ten_per_cent_two_hours():
    """Ningxia asks for 10 % and 2 h: 1,000 MW carries 100 MW / 200 MWh."""
    size = storage_choice(plan_of("640221"), power_frac=None, duration_h=None, where="[pv]")
    b = required_battery(
        1000.0, power_frac=size.power_frac, duration_h=size.duration_h, round_trip_frac=0.85
    )
    assert (b.power_mw, b.energy_mwh) == (100.0, 200.0)
    assert size.source


def test_a_plans_own_battery_counts_before_the_provinces():
    one = storage_choice(plan_of("640221"), power_frac=0.2, duration_h=None, where="[pv]")
    assert (one.power_frac, one.duration_h) == (0.2, 2.0)
    both = storage_choice(plan_of(""), power_frac=0.2, duration_h=4.0, where="[pv]")
    assert (both.power_frac, both.duration_h, both.source) == (0.2, 4.0, "")


@pytest.mark.parametrize("adcode", ["", "650102"])
def test_without_a_figure_no_battery_is_assumed(adcode):
    plan = plan_of(adcode)
    assert storage_note(plan) is None
    with pytest.raises(ConfigError, match=r"\[pv\.storage\].*give both"):
        storage_choice(plan, power_frac=None, duration_h=2.0, where="[pv.storage]")


def test_hand_made_day():
    """Limit 5, plant 8, 8, 0, 0; battery 2 MW, 3 MWh, no loss.

    Hour 1 takes 2, hour 2 takes 1 (full), 2 are lost; hours 3 and 4 give 2 and 1 back.
    """
    r = dispatch([8.0, 8.0, 0.0, 0.0], 5.0, Battery(2.0, 3.0, 1.0))
    assert r.charge_mw.tolist() == [2.0, 1.0, 0.0, 0.0]
    assert r.lost_mw.tolist() == [1.0, 2.0, 0.0, 0.0]
    assert r.discharge_mw.tolist() == [0.0, 0.0, 2.0, 1.0]
    assert r.sent_mw.tolist() == [5.0, 5.0, 2.0, 1.0]
    assert r.recovered_mwh == 3.0
    assert r.cycles == pytest.approx(1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.0, 20.0), min_size=1, max_size=60),
    st.floats(0.0, 12.0),
    st.floats(0.0, 6.0),
    st.floats(0.0, 20.0),
    st.floats(0.5, 1.0),
    st.sampled_from([0.25, 1.0]),
)
def test_energy_balance(available, limit, power, energy, eta, step_h):
    r = dispatch(available, limit, Battery(power, energy, eta), step_h=step_h)
    a = np.array(available)
    np.testing.assert_allclose(r.direct_mw + r.charge_mw + r.lost_mw, a, atol=1e-9)
    assert (r.sent_mw <= limit + 1e-9).all()
    assert (r.charge_mw <= power + 1e-9).all()
    assert (r.discharge_mw <= power + 1e-9).all()
    assert (r.content_mwh >= -1e-9).all()
    assert (r.content_mwh <= energy + 1e-9).all()
    # what went in, less the loss each way, is what came out and what is left
    went_in = r.charge_mw.sum() * step_h * np.sqrt(eta)
    came_out = r.discharge_mw.sum() * step_h / np.sqrt(eta)
    assert went_in == pytest.approx(came_out + r.content_mwh[-1], abs=1e-7)


def test_no_battery_loses_everything_above():
    r = dispatch([7.0, 3.0], 5.0, Battery(0.0, 0.0, 1.0))
    assert r.lost_mwh == 2.0
    assert r.recovered_mwh == 0.0
    assert np.isnan(r.cycles)


def test_bad_input_is_refused():
    with pytest.raises(DataError, match="missing or negative"):
        dispatch([np.nan], 1.0, Battery(1.0, 1.0, 0.9))
    with pytest.raises(DataError):
        dispatch([-1.0], 1.0, Battery(1.0, 1.0, 0.9))
    for power_mw, energy_mwh, eta in (
        (1.0, 1.0, 1.2), (1.0, 1.0, 0.0), (-0.1, 1.0, 0.9), (1.0, -0.1, 0.9),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="no battery"):
            Battery(power_mw, energy_mwh, eta)
    with pytest.raises(ConfigError, match="no length"):
        dispatch([1.0], 1.0, Battery(1.0, 1.0, 0.9), step_h=0.0)


def test_flat_prices_recover_what_the_rule_recovers():
    """With one price the best sale is the most energy, and the rule sends the most."""
    rng = np.random.default_rng(3)
    available, battery = rng.uniform(0.0, 10.0, 300), Battery(2.0, 5.0, 0.85)
    rule = dispatch(available, 6.0, battery)
    best = dispatch_for_price(available, 6.0, battery, np.full(300, 250.0))
    assert best.sent_mw.sum() == pytest.approx(rule.sent_mw.sum(), rel=1e-9)


def test_energy_waits_for_a_price_worth_its_loss():
    """0.81 of 100 comes back: it waits for 130 (105.3) and not for 120 (97.2)."""
    battery = Battery(1.0, 1.0, 0.81)
    waits = dispatch_for_price([1.0, 0.0], 9.0, battery, [100.0, 130.0])
    stays = dispatch_for_price([1.0, 0.0], 9.0, battery, [100.0, 120.0])
    assert waits.discharge_mw.tolist() == pytest.approx([0.0, 0.81])
    assert stays.discharge_mw.tolist() == pytest.approx([0.0, 0.0])


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_chasing_prices_never_earns_less_and_balances(seed):
    rng = np.random.default_rng(seed)
    available, price = rng.uniform(0.0, 10.0, 60), rng.uniform(0.0, 500.0, 60)
    battery = Battery(2.0, 4.0, float(rng.uniform(0.6, 1.0)))
    rule = dispatch(available, 6.0, battery)
    best = dispatch_for_price(available, 6.0, battery, price)
    assert best.sent_mw @ price >= rule.sent_mw @ price - 1e-6
    assert best.direct_mw + best.charge_mw + best.lost_mw == pytest.approx(available, abs=1e-9)
    assert (best.sent_mw <= 6.0 + 1e-9).all()


@pytest.mark.parametrize("price", [[1.0], [1.0, np.nan]])
def test_a_price_for_each_step(price):
    with pytest.raises(DataError):
        dispatch_for_price([1.0, 1.0], 2.0, Battery(1.0, 1.0, 0.9), price)


@pytest.mark.slow
def test_years_are_solved_one_after_the_other():
    """Two equal years earn twice what one does."""
    rng = np.random.default_rng(5)
    available, price = rng.uniform(0.0, 10.0, 8784), rng.uniform(0.0, 500.0, 8784)
    battery = Battery(2.0, 4.0, 0.85)
    one = dispatch_for_price(available, 6.0, battery, price)
    two = dispatch_for_price(np.tile(available, 2), 6.0, battery, np.tile(price, 2))
    assert two.sent_mw @ np.tile(price, 2) == pytest.approx(2 * (one.sent_mw @ price))
