"""Wakes against numbers derived by hand: at limits, on both sides of them, and by symmetry."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gis.errors import ConfigError, DataError, ModelError
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.rose import Rose
from siting.wind.wake import models
from siting.wind.wake.gaussian import (
    GaussWake,
    LayoutEnergy,
    design_wake,
    gauss_aep,
    gauss_gradient,
    simple_bastankhah,
)
from siting.wind.wake.gaussian_kernel import pair_deficit
from siting.wind.wake.models import WakeSpread, first_turbines, pywake_aep, wake_spread
from tests.siting.wind.test_wind_formulas import ramp

NORTH = Rose(np.array([0.0]), np.array([8.0]), np.array([[1.0]]))
TWELVE = Rose(np.arange(12) * 30.0, np.array([8.0]), np.full((12, 1), 1 / 12))
AIR = {"rho_kg_m3": 1.225, "turbulence": 0.1}


# ------------------------------------------------------------------ one wake


def test_a_wake_begins_behind_the_rotor():
    """Nothing abreast or upwind. With epsilon 10 m and ct D^2/8 = 100 m2 the root is empty
    at the rotor, so all wind is taken there; 10 m on, sigma = 0.1 10 + 10 = 11 m:
    1 - sqrt(1 - 100/121) = 0.583402, 11 m aside times exp(-1/2)."""
    wake = (0.1, 10.0, 100.0)
    assert pair_deficit(0.0, 0.0, *wake) == 0.0
    assert pair_deficit(-5.0, 0.0, *wake) == 0.0
    assert pair_deficit(1e-12, 0.0, 0.1, 9.0, 100.0) == pytest.approx(1.0)
    assert pair_deficit(10.0, 0.0, *wake) == pytest.approx(0.583402, abs=1e-6)
    assert pair_deficit(10.0, 11.0, *wake) == pytest.approx(0.583402 * math.exp(-0.5), abs=1e-6)
    assert pair_deficit(10.0, -11.0, *wake) == pair_deficit(10.0, 11.0, *wake)


@pytest.mark.parametrize(
    ("k", "epsilon", "ct", "rotor"),
    [
        (0.0, 0.25, 0.8, 80.0), (1.0, 0.25, 0.8, 80.0), (0.04, 0.0, 0.8, 80.0),
        (0.04, 2.0, 0.8, 80.0), (0.04, 0.25, 0.8, 0.0), (0.04, 0.25, -0.01, 80.0),
        (0.04, 0.25, 1.0, 80.0),
    ],
)  # fmt: skip
def test_what_is_no_wake(k, epsilon, ct, rotor):
    with pytest.raises(ModelError):
        GaussWake(k, epsilon, ct, rotor)


def test_the_ends_of_what_is_a_wake():
    """Just inside: growth below one, a width below two rotors, no thrust, half a metre."""
    assert GaussWake(0.999, 1.999, 0.0, 0.5).ct == 0.0
    assert GaussWake(1e-6, 1e-6, 0.999, 80.0).k == 1e-6


def test_wake_of_the_search_at_a_great_thrust():
    """The width at the rotor needs sqrt(1 - ct): it ends at ct 0.899, root 0.317805,
    epsilon = 0.2 sqrt(0.5 1.317805/0.317805) = 0.287979; the thrust itself at 0.96."""
    epsilon = 0.2 * math.sqrt(0.5 * (1 + math.sqrt(0.101)) / math.sqrt(0.101))
    assert epsilon == pytest.approx(0.287979, abs=1e-6)
    for ct, kept in ((0.93, 0.93), (0.96, 0.96), (0.99, 0.96), (1.1, 0.96)):
        wake = design_wake(ramp(ct), NORTH, 0.1)
        assert wake.epsilon_d == pytest.approx(epsilon, rel=1e-9)
        assert wake.ct == pytest.approx(kept)
        assert wake.rotor_m == 80.0


def test_thrust_is_weighted_over_all_directions():
    """Hours of 4 and 8 m/s are 0.5 and 0.5 over both directions, 0.4 and 0.6 in each: with
    400 kW at ct 0.8 and 800 kW at 0.5, (320 + 400)/1200 = 0.6."""
    v = np.array([0.0, 4.0, 8.0, 10.0, 25.0])
    kw = np.array([0.0, 400.0, 800.0, 1000.0, 1000.0])
    machine = Turbine("two", 1000.0, 80.0, 80.0, v, kw, np.array([0.8, 0.8, 0.5, 0.3, 0.1]))
    f = np.array([[0.3, 0.1], [0.2, 0.4]])
    rose = Rose(np.array([0.0, 180.0]), np.array([4.0, 8.0]), f)
    assert design_wake(machine, rose, 0.1).ct == pytest.approx(0.6)
    gale = Rose(np.array([0.0]), np.array([26.0]), np.array([[1.0]]))
    with pytest.raises(ModelError, match="ramp"):
        design_wake(ramp(0.8), gale, 0.1)


# ------------------------------------------------------------------ layouts


def test_places_that_are_none():
    args = (NORTH, simple_bastankhah(80.0), lambda v: v)
    square = np.zeros((2, 2))
    for x, y in (
        (np.zeros(2), np.zeros(3)), (square, square),
        (np.array([0.0, np.nan]), np.array([0.0, 500.0])),
        (np.array([0.0, 500.0]), np.array([0.0, np.inf])),
    ):  # fmt: skip
        with pytest.raises(DataError):
            gauss_aep(x, y, *args)
    alone = gauss_aep(np.float64(3.0), np.float64(4.0), *args)
    assert alone.turbine_mwh_yr == pytest.approx([8.0 * 8.76])
    assert alone.wake_loss_frac == 0.0


def test_share_lost_to_wakes():
    net, gross = np.array([60.0, 90.0]), np.array([100.0, 100.0])
    assert LayoutEnergy(net, gross, net).wake_loss_frac == pytest.approx(0.25)
    assert LayoutEnergy(net * 0, gross * 0, net * 0).wake_loss_frac == 0.0
    small = LayoutEnergy(np.array([0.1]), np.array([0.4]), np.array([0.1]))
    assert small.wake_loss_frac == pytest.approx(0.75)


def test_turbines_abreast_neither_wake_nor_push_one_another():
    """West wind; the second stands behind the first, the third exactly beside the second."""
    rose = Rose(np.array([270.0]), np.array([8.0]), np.array([[1.0]]))
    wake = simple_bastankhah(80.0)
    x, y = np.array([0.0, 800.0, 800.0]), np.array([0.0, 0.0, 5000.0])
    power, slope = (lambda v: v), (lambda v: np.ones_like(v))
    aep, gx, gy = gauss_gradient(x, y, rose, wake, power, slope)
    found = gauss_aep(x, y, rose, wake, power)
    assert aep == pytest.approx(found.aep_mwh_yr, rel=1e-12)
    # the only loss is that of the second: 1 - sqrt(1 - ct D^2/(8 sigma^2))
    sigma = 0.0324555 * 800 + 80 / math.sqrt(8)
    root = math.sqrt(1 - 8 / 9 * 6400 / 8 / sigma**2)
    assert found.turbine_mwh_yr / 70.08 == pytest.approx([1.0, root, 1.0], abs=1e-9)
    # farther behind loses less: d/dx of the root = ct D^2/8 k/(sigma^3 root)
    by_x = 70.08 * 8 / 9 * 800 * 0.0324555 / (sigma**3 * root)
    assert gx == pytest.approx([-by_x, by_x, 0.0], rel=1e-9)
    assert gy == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)


def test_gradient_where_all_wind_is_taken():
    """So near that the root is empty the centre is one: only the bell changes, sideways by
    -cross/sigma^2 and, as it widens, by k cross^2/sigma^3. Numbers against differences."""
    rose = Rose(np.array([270.0]), np.array([8.0]), np.array([[1.0]]))
    wake = GaussWake(k=0.04, epsilon_d=0.2, ct=0.9, rotor_m=80.0)
    x, y = np.array([0.0, 100.0]), np.array([0.0, 15.0])
    sigma = 0.04 * 100 + 16
    assert sigma**2 < 0.9 * 6400 / 8
    power, slope = (lambda v: v), (lambda v: np.ones_like(v))
    aep, gx, gy = gauss_gradient(x, y, rose, wake, power, slope)
    bell = math.exp(-0.5 * 225 / sigma**2)
    assert aep == pytest.approx(70.08 * (2 - bell), rel=1e-12)
    assert gx[1] == pytest.approx(-70.08 * bell * 0.04 * 225 / sigma**3, rel=1e-9)
    assert gy[1] == pytest.approx(70.08 * bell * 15 / sigma**2, rel=1e-9)
    assert gx.sum() == pytest.approx(0.0, abs=1e-12)
    assert gy.sum() == pytest.approx(0.0, abs=1e-12)


# ------------------------------------------------------------------ PyWake's models


@pytest.mark.parametrize(
    ("model", "step", "directions"),
    [
        ("bastankhah", None, 180), ("turbopark", None, 360), ("noj", None, 72),
        ("noj", 7.0, 60), ("noj", 30.0, 12), ("noj", 29.9, 24), ("noj", 90.0, 12),
    ],
)  # fmt: skip
def test_directions_a_model_is_run_over(model, step, directions):
    """Sectors of 30 degrees in steps of 2, 1 and 5; 7 degrees need five parts of 6."""
    found = pywake_aep(
        np.zeros(1), np.zeros(1), [ramp(0.6)], TWELVE, model, step_deg=step, **AIR
    )
    assert found.direction_mwh_yr.size == directions
    assert found.aep_mwh_yr == pytest.approx(800 * 8.76, rel=1e-9)


def test_jensen_by_hand():
    """Induction by Madsen's fit, a = 0.0883 ct^3 + 0.0586 ct^2 + 0.246 ct = 0.204590 at 0.64
    (H. A. Madsen et al., Wind Energy Science 5 (2020) 1, 10.5194/wes-5-1-2020); 1 km on the
    wake is 80 + 2 0.075 1000 = 230 m wide, at sea (0.04) 160 m: 2a (80/230)^2 = 0.049504
    and 2a/4 = 0.102295."""
    x, y = np.zeros(2), np.array([0.0, 1000.0])
    for more, lost in (({}, 0.049504), ({"noj_k": 0.04}, 0.102295)):
        found = pywake_aep(x, y, [ramp(0.64)] * 2, NORTH, "noj", **AIR, **more)
        assert 1 - found.turbine_mwh_yr / found.gross_mwh_yr == pytest.approx(
            [lost, 0.0], abs=2e-6
        )


def test_a_wake_passes_under_a_turbine_on_a_hill():
    """The wake of Jensen reaches 115 m about its axis: 160 m higher nothing is felt."""
    x, y = np.zeros(2), np.array([0.0, 1000.0])
    for hill, lost in ((np.array([160.0, 0.0]), 0.0), (np.array([160.0, 160.0]), 0.049504)):
        found = pywake_aep(x, y, [ramp(0.64)] * 2, NORTH, "noj", ground_m=hill, **AIR)
        assert found.wake_loss_frac == pytest.approx(lost / 2, abs=2e-6)


def test_directions_in_blocks_give_the_same(monkeypatch):
    """A block holds so many pairs of turbines; one direction at a time gives the same."""
    x, y = np.array([0.0, 100.0, 250.0]), np.array([0.0, 600.0, -300.0])
    args = (x, y, [ramp(0.64)] * 3, TWELVE, "noj")
    whole = pywake_aep(*args, **AIR)
    monkeypatch.setattr(models, "_PAIRS", 9 * 7)
    parts = pywake_aep(*args, **AIR)
    assert parts.direction_mwh_yr == pytest.approx(whole.direction_mwh_yr, rel=1e-12)
    assert parts.turbine_mwh_yr == pytest.approx(whole.turbine_mwh_yr, rel=1e-12)
    assert whole.turbine_mwh_yr.sum() == pytest.approx(whole.direction_mwh_yr.sum())
    # all winds alike: what the layout loses does not change when it is turned by 30 degrees
    a = math.radians(30.0)
    turned = pywake_aep(
        x * math.cos(a) - y * math.sin(a), x * math.sin(a) + y * math.cos(a), *args[2:], **AIR
    )
    assert turned.turbine_mwh_yr == pytest.approx(whole.turbine_mwh_yr, rel=1e-9)


def test_curves_at_the_density_of_the_place():
    """At 0.512 of the density the speed counts 0.8: 10 m/s brings the power of 8, 12.5 the
    rated power, and the cut-out stays at 25 m/s of true speed. In air of 1.331 times the
    density (1.1) 9 m/s bring the power of 9.9 and rated power lasts to the cut-out."""
    v = np.array([3.0, 10.0, 25.0])
    machine = Turbine(
        "line", 1000.0, 80.0, 80.0, v, np.array([300.0, 1000.0, 1000.0]),
        np.array([0.9, 0.2, 0.05]),
    )  # fmt: skip
    thin, which = models._turbines([machine], 1.225 * 0.512)
    assert which.tolist() == [0]
    # the first point, 3 m/s, stands at 3.75 m/s; below it nothing is produced
    for speed, kw in (
        (0.0, 0.0), (3.74, 0.0), (3.75, 300.0), (10.0, 800.0), (12.5, 1000.0), (25.0, 1000.0),
        (25.01, 0.0), (40.0, 0.0),
    ):  # fmt: skip
        assert float(thin.power(speed, type=0)) / 1000 == pytest.approx(kw, abs=1e-3), speed
    # thrust: 0.9 at 3.75 m/s, half way between 0.9 and 0.2 at 8.125 m/s
    for speed, ct in ((3.74, 0.0), (3.75, 0.9), (8.125, 0.55), (12.5, 0.2), (25.01, 0.0)):
        assert float(thin.ct(speed, type=0)) == pytest.approx(ct, abs=1e-6), speed
    thick, _ = models._turbines([machine], 1.225 * 1.331)
    for speed, kw in ((9.0, 990.0), (23.0, 1000.0), (24.9, 1000.0), (25.0, 1000.0), (25.1, 0)):
        assert float(thick.power(speed, type=0)) / 1000 == pytest.approx(kw, abs=1e-3), speed
    assert float(thick.ct(25.0, type=0)) == pytest.approx(0.05)
    assert float(thick.ct(25.1, type=0)) == 0.0
    # a curve that begins at 0 m/s has its first point once
    calm, _ = models._turbines([ramp(0.64)], 1.225)
    assert float(calm.power(0.0, type=0)) == 0.0
    assert float(calm.power(4.0, type=0)) == pytest.approx(400_000.0)
    assert float(calm.ct(4.0, type=0)) == pytest.approx(0.64)


def test_one_kind_of_turbine_a_type_and_tower():
    from siting.wind.machine.turbine import with_hub

    low, high = ramp(0.6), with_hub(ramp(0.6), 120.0)
    found, which = models._turbines([low, high, low, high], 1.225)
    assert which.tolist() == [0, 1, 0, 1]
    assert found.hub_height(which).tolist() == [80.0, 120.0, 80.0, 120.0]
    assert found.diameter(which).tolist() == [80.0] * 4


def test_turbines_on_one_another_are_named():
    """0.9 m apart is one place; rotors of 80 m need 80 m (a metre less is a rounded place)."""
    machines = [ramp(0.6)] * 3
    x = np.array([500.0, 0.0, 0.9])
    with pytest.raises(DataError) as told:
        pywake_aep(x, np.zeros(3), machines, NORTH, "noj", **AIR)
    assert "1" in str(told.value)
    assert "2" in str(told.value)
    near = pywake_aep(x * (79.5 / 0.9), np.zeros(3), machines, NORTH, "noj", **AIR)
    assert near.gross_mwh_yr == pytest.approx([800 * 8.76] * 3)
    for a, b in ((np.zeros(2), np.zeros(3)), (np.zeros(3), np.zeros(2)), (np.zeros(1),) * 2):
        with pytest.raises(DataError):
            pywake_aep(a, b, machines, NORTH, "noj", **AIR)


def test_models_that_are_none():
    args = (np.zeros(1), np.zeros(1), [ramp(0.6)], NORTH)
    with pytest.raises(ConfigError):
        wake_spread(*args, models=(), **AIR)
    with pytest.raises(ConfigError, match="larsen"):
        pywake_aep(*args, "larsen", step_deg=1.0, **AIR)


def test_means_of_models_and_of_our_turbines_alone():
    """Two models: (80, 60) and (90, 70) of 100 each; means 85 and 65, 150 in all. Of the
    first alone: 80 and 90, spread 10/sqrt(12)/85 = 0.033962."""
    gross = np.array([100.0, 100.0])
    both = WakeSpread(
        {
            k: LayoutEnergy(np.array(v), gross, np.array([sum(v) / 2] * 2))
            for k, v in {"a": [80.0, 60.0], "b": [90.0, 70.0]}.items()
        }
    )
    assert both.turbine_mwh_yr.tolist() == [85.0, 65.0]
    assert (both.mean_mwh_yr, both.gross_mwh_yr) == (150.0, 200.0)
    ours = first_turbines(both, 1)
    assert (ours.mean_mwh_yr, ours.gross_mwh_yr) == (85.0, 100.0)
    assert ours.turbine_mwh_yr.tolist() == [85.0]
    assert ours.spread_frac == pytest.approx(0.033962, abs=1e-6)
    assert ours.by_model["a"].wake_loss_frac == pytest.approx(0.2)
