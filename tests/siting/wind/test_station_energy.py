"""A wind-PV station by year, hour and probability: figures by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from layers.plan.read import read_plan
from layers.spec import Text
from siting.economy.p_values import Component
from siting.economy.storage import Battery
from siting.sections import SECTIONS
from siting.wind.repower.station_energy import Station, price_of_hours, station_tables

PLAN = """
[plan]
id = "p"
title = "t"
as_of = 2026-01-01
[area]
crs = "EPSG:4523"
cell_m = 100.0
[area.boundary]
adcode = "640221"
"""
HOURS = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-8")
DAY = ((HOURS.hour >= 8) & (HOURS.hour < 16)).astype(float)


def part(sd, yearly):
    return Component("x", Text(zh="x", en="x"), sd, yearly, "", "")


def farm(haircut=0.0):
    parts = (part(0.12, yearly=False), part(0.09, yearly=True))
    return SimpleNamespace(levels=SimpleNamespace(haircut_frac=haircut), components=parts)


def plan_of(folder, more=""):
    path = folder / "plan.toml"
    path.write_text(PLAN + more, encoding="utf-8")
    return read_plan(path, SECTIONS, frozenset())


def tables(folder, station, of=None, loss=0.004):
    pv = (part(0.05, yearly=False), part(0.03, yearly=True))
    return station_tables(plan_of(folder), station, of or farm(), pv, pv_loss_frac_yr=loss)


def test_without_a_limit_that_binds_all_is_sent(tmp_path):
    """10 MW of wind at 0.5 and 20 MW of PV at 0.6 for 8 h: 43,800 and 35,040 MWh; the PV loses
    0.4 % a year of the first, 9.6 % in year 25."""
    station = Station(HOURS, np.full(8760, 0.5), 0.6 * DAY, 10.0, 20.0, 30.0, None, None)
    found = tables(tmp_path, station)
    life = found["hybrid_life"]
    assert life["p50_mwh"].iloc[0] == pytest.approx(43_800 + 35_040)
    assert life["p50_mwh"].iloc[-1] == pytest.approx(43_800 + 35_040 * (1 - 24 * 0.004))
    assert life["p50_mwh"].iloc[6] == pytest.approx(43_800 + 35_040 * (1 - 6 * 0.004))
    assert found["hybrid_hour_month"]["energy_mwh"].sum() == pytest.approx(78_840)
    noon = found["hybrid_hour_month"].query("month == 1 and hour == 12")["energy_mwh"].iloc[0]
    assert noon == pytest.approx(31 * 17.0)
    # fully correlated: the deviations add up by shares of the energy
    wind = 43_800 / 78_840
    sd = np.hypot(wind * 0.12 + (1 - wind) * 0.05, wind * 0.09 + (1 - wind) * 0.03)
    assert life["p90_mwh"].iloc[0] == pytest.approx(78_840 * (1 - 1.2815516 * sd), rel=1e-6)


def test_what_the_limit_cuts_off_ages_less_than_the_modules(tmp_path):
    """5 + 12 MW into 10 MW: 10 MW by day as long as the modules give 5 MW (42 % of them)."""
    station = Station(HOURS, np.full(8760, 0.5), 0.6 * DAY, 10.0, 20.0, 10.0, None, None)
    life = tables(tmp_path, station)["hybrid_life"]["p50_mwh"]
    assert life.iloc[0] == pytest.approx(365 * (8 * 10 + 16 * 5))
    assert life.iloc[-1] == pytest.approx(life.iloc[0])


def test_a_haircut_is_of_the_wind_alone(tmp_path):
    station = Station(HOURS, np.full(8760, 0.5), 0.6 * DAY, 10.0, 20.0, 30.0, None, None)
    life = tables(tmp_path, station, farm(0.1))["hybrid_life"]["p50_mwh"]
    assert life.iloc[0] == pytest.approx(0.9 * 43_800 + 35_040)


def test_a_battery_sells_when_the_price_is_high(tmp_path):
    """4 MWh held back at 100 CNY go out at 400 in the evening, less a fifth on the way."""
    path = tmp_path / "tou.toml"
    months = list(range(1, 13))
    path.write_text(
        'title = "t"\nsource = "s"\ndate = "2026"\n'
        f"[[periods]]\nmonths = {months}\nhours = [[0, 18]]\ncny_mwh = 100.0\n"
        f"[[periods]]\nmonths = {months}\nhours = [[18, 24]]\ncny_mwh = 400.0\n",
        encoding="utf-8",
    )
    plan = plan_of(tmp_path, '[money]\nprice_path = "tou.toml"\n')
    price = price_of_hours(plan, HOURS)
    assert set(price[:18]) == {100.0}
    assert set(price[18:24]) == {400.0}
    one = {"wind_mw": 10.0, "pv_mw": 20.0, "limit_mw": 30.0}
    store = Battery(2.0, 4.0, 0.8)
    station = Station(
        HOURS, np.zeros(8760), 0.6 * DAY, **one, battery=store, price_cny_mwh=price
    )
    sent = station.sent_mw()
    evening = np.asarray(HOURS.hour) >= 18
    assert sent[evening].sum() == pytest.approx(365 * 4.0 * np.sqrt(0.8), rel=1e-6)
    assert price_of_hours(plan_of(tmp_path, "[money]\nprice_cny_mwh = 250.0\n"), HOURS) is None
