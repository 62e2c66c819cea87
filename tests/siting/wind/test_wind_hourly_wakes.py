"""Wakes of single hours against PyWake's time series and against the annual energy."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest

from siting.wind.farm import farm_yield
from siting.wind.machine.library import turbine
from siting.wind.section import WindSection
from siting.wind.wake.hourly import direction_by_hour, farm_of, hourly_speed
from siting.wind.wake.models import _model, _turbines, wake_spread
from siting.wind.yields import wind_weather
from tests.siting.wind.test_wind_of_arrays import TIMES

MODELS = ("bastankhah", "turbopark", "noj")


def park(n, seed=3):
    rng = np.random.default_rng(seed)
    g = np.arange(n)
    x = (g % 7) * 900.0 + rng.uniform(-100, 100, n)
    y = (g // 7) * 1100.0 + rng.uniform(-100, 100, n)
    return x, y, rng


@pytest.mark.parametrize("model", MODELS)
def test_every_hour_is_that_of_pywakes_time_series(model):
    """Two types of rotor and hub in one farm; the wind at each rotor agrees with PyWake.

    Hours in which a rotor is within a hair of its cut-in differ by a wake more or less.
    """
    from py_wake.site import UniformSite

    x, y, rng = park(12)
    machines = [turbine("iea_3370_130")] * 7 + [turbine("nrel_bespoke_6000_170")] * 5
    wd, ws = rng.uniform(0, 360, 300), rng.weibull(2, 300) * 8
    got = hourly_speed(
        farm_of(x, y, machines, 1.1), wd, np.tile(ws, (12, 1)), model, turbulence=0.1
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rotors, which = _turbines(machines, 1.1)
        theirs = _model(model, UniformSite([1.0], ti=0.1), rotors, 0.1, 0.075)(
            x, y, type=which, wd=wd, ws=ws, time=True
        ).WS_eff.to_numpy()
    off = np.abs(got - theirs)
    assert np.quantile(off, 0.99) < 0.003
    assert got.mean() == pytest.approx(theirs.mean(), rel=3e-4)


def row_of_five(direction):
    """Five IEA 3.4 MW turbines 5 D apart from west to east, 8 m/s all year."""
    wind = wind_weather(
        TIMES, np.full(8760, 8.0), height_m=110.0,
        wind_direction_deg=np.resize(direction, 8760),
    )  # fmt: skip
    machine = turbine("iea_3370_130")
    return farm_yield(np.arange(5) * 650.0, np.zeros(5), machine, wind, WindSection())


def test_a_row_loses_half_along_and_nothing_across():
    """T10: hours of west and of north wind in turn; the annual mean was in both (0.85)."""
    found = row_of_five([270.0, 0.0])
    kept = found.after_wake_kw / found.gross_kw
    assert kept[1] == pytest.approx(1.0, abs=1e-9)
    assert kept[0] == pytest.approx(0.50, abs=0.06)
    assert found.wakes_by_hour
    # the year is the mean of its hours
    assert 1 - found.farm_wake_loss_frac == pytest.approx((kept[0] + 1) / 2)


def test_hours_agree_with_the_energy_of_the_rose():
    """The same climate as a rose by PyWake: 12 turbines, within 0.3 % by model."""
    x, y, rng = park(12)
    wd, ws = rng.uniform(0, 360, 8760), rng.weibull(2, 8760) * 8.5
    machine = turbine("iea_3370_130")
    wind = wind_weather(TIMES, ws, height_m=110.0, wind_direction_deg=wd)
    found = farm_yield(x, y, machine, wind, WindSection(turbulence_intensity=0.1))
    rho = float(np.nanmean(found.series.rho_kg_m3))
    annual = wake_spread(x, y, [machine] * 12, found.rose, rho_kg_m3=rho, turbulence=0.1)
    for model in MODELS:
        one, other = found.spread.by_model[model], annual.by_model[model]
        assert one.wake_loss_frac == pytest.approx(other.wake_loss_frac, abs=0.003)


def test_long_series_read_a_table():
    """Three years repeat one: the table of directions and speeds gives the same farm energy."""
    x, y, rng = park(6)
    machine = [turbine("iea_3370_130")] * 6
    farm = farm_of(x, y, machine, 1.1)
    wd, ws = rng.uniform(0, 360, 7000), rng.weibull(2, 7000) * 8
    once = hourly_speed(farm, wd, np.tile(ws, (6, 1)), "turbopark", turbulence=0.1)
    many = hourly_speed(farm, np.tile(wd, 3), np.tile(ws, (6, 3)), "turbopark", turbulence=0.1)
    assert many[:, :7000].mean() == pytest.approx(once.mean(), rel=5e-4)


def test_blockage_slows_the_front_row():
    """Self-similar model (10.1002/we.2137), a rotor 2.5 D = 5 R behind, both on one axis.

    Induction a = 0.2460 c + 0.0586 c^2 + 0.0883 c^3 of c = 1.1 ct at the wind the rotor
    behind has; 5 R before it the wind falls by a (1 - 5/sqrt(26)).
    """
    machine = turbine("iea_3370_130")
    farm = farm_of(np.array([0.0, 325.0]), np.zeros(2), [machine] * 2, 1.225)
    wind = np.full((2, 1), 8.0)
    west = np.array([270.0])
    off = hourly_speed(farm, west, wind, "noj", turbulence=0.1)
    on = hourly_speed(farm, west, wind, "noj", turbulence=0.1, blockage=True)
    assert off[0, 0] == 8.0
    behind = off[1, 0]  # the rotor behind stands in the wake: its own thrust counts
    c = 1.1 * float(np.interp(behind, machine.speed_m_s, machine.ct))
    a = c * (0.2460 + c * (0.0586 + c * 0.0883))
    assert on[0, 0] == pytest.approx(8.0 * (1 - a * (1 - 5 / np.sqrt(26))), rel=1e-4)


def test_directions_in_few_values_are_not_spread():
    assert direction_by_hour(np.array([270.0, 0.0, 90.0, 0.0]))[2] == 0.0
    filled, missing, _ = direction_by_hour(np.array([np.nan, 10.0, np.nan, 13.7]))
    assert filled.tolist() == [10.0, 10.0, 10.0, 13.7]
    assert missing == 2


@pytest.mark.slow
def test_33_turbines_and_one_year_take_less_than_two_seconds():
    x, y, rng = park(33)
    machine = [turbine("nrel_bespoke_6000_170")] * 33
    farm = farm_of(x * 1.5, y * 1.5, machine, 1.1)
    wd, wind = rng.uniform(0, 360, 8760), np.tile(rng.weibull(2, 8760) * 8, (33, 1))
    hourly_speed(farm, wd[:2], wind[:, :2], "turbopark", turbulence=0.1)
    start = time.process_time()
    for model in MODELS:
        hourly_speed(farm, wd, wind, model, turbulence=0.1)
    assert time.process_time() - start < 2.0
