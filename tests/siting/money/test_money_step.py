"""The money step on plants left by earlier steps: figures by hand, what is missing is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.errors import ConfigError
from gis.say import in_lang
from layers.plan.read import read_plan
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder
from siting.economy.plant_tables import hour_month_energy, life_energy
from siting.money.step_money import money_step
from siting.money.terms import needed_words, station_terms
from siting.sections import SECTIONS

PLAN = """
[plan]
id = "p"
title = "t"
as_of = 2026-01-01
[area]
crs = "EPSG:4523"
cell_m = 100.0
[area.boundary]
path = "county.gpkg"
"""
PRICED = (
    PLAN
    + """
[money]
price_cny_mwh = 300.0
source = "合同"
discount_nominal_frac = 0.06
[money.pv]
capex_cny_kw = 3000.0
opex_cny_kw_yr = 50.0
"""
)


def quiet(*_: object) -> None:
    pass


@pytest.fixture
def work(tmp_path):
    """A PV plant of 10 MW, 15,000 MWh in each of 20 years, all of it at 12 h in June."""
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    hours = pd.date_range("2021-06-01 12:00", periods=30, freq="D")
    save_step(
        run,
        "pv",
        StepResult(
            tables={
                "pv_life": life_energy("PV-01", "pv", 10.0, [15000.0] * 20, 0.08),
                "pv_hour_month": hour_month_energy(
                    "PV-01", hours, np.ones(30), yearly_mwh=15000.0
                ),
            }
        ),
    )
    return run.work


def plan_of(tmp_path: Path, text: str):
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, SECTIONS, frozenset())


def test_one_plant_by_hand(tmp_path, work):
    """10 MW: 30 M CNY, 0.5 M a year, 15,000 MWh at 300 = 4.5 M a year. Annuity factor of 6 %
    over 20 years 11.469921: NPV = 4.0 M * 11.469921 - 30 M = 15.879685 M; LCOE =
    30 M / 11.469921 / 15,000 + 33.333 = 207.7025."""
    found = money_step(plan_of(tmp_path, PRICED), work, quiet)
    row = found.tables["money_plants"].iloc[0]
    assert row["npv_cny"] == pytest.approx(15_879_685, abs=10)
    assert row["lcoe_real_cny_mwh"] == pytest.approx(207.7025, abs=1e-3)
    assert row["lcoe_fixed_charge_cny_mwh"] == pytest.approx(207.7025, abs=1e-3)
    assert row["missing"] == ""
    assert found.summary.money.plants[0].npv_cny == row["npv_cny"]
    flow = found.tables["money_flow"]
    assert sorted(flow["level"].unique()) == [50, 90]
    assert len(flow) == 2 * 21
    assert not found.warnings


def test_a_plan_without_money_is_not_asked(tmp_path, work):
    found = money_step(plan_of(tmp_path, PLAN), work, quiet)
    assert found.summary.money.estimated is False
    assert not found.warnings


def test_without_a_price_the_cost_stands_and_the_key_is_named(tmp_path, work):
    text = PRICED.replace("price_cny_mwh = 300.0\n", "")
    found = money_step(plan_of(tmp_path, text), work, quiet)
    row = found.tables["money_plants"].iloc[0]
    assert row["lcoe_real_cny_mwh"] == pytest.approx(207.7025, abs=1e-3)
    assert row["npv_cny"] is None
    assert row["missing"] == "money.price_cny_mwh"
    (warned,) = found.warnings
    assert (warned.code, warned.where) == ("money_missing", "money.price_cny_mwh")
    assert in_lang(warned.text, "zh").endswith("还缺：上网电价（元/MWh）")
    assert "cny_mwh" not in in_lang(warned.text, "en")


def test_every_key_that_may_be_lacking_has_words(tmp_path):
    """Of PV, wind and a station with a battery, from a plan that gives no costs at all."""
    plan = plan_of(tmp_path, PLAN)
    lacking = {*station_terms(plan, 10.0, 10.0, 5.0, 25)[0].missing, "wind.weather"}
    lacking |= {"money.price_cny_mwh", "money.pv.capex_cny_kw", "money.pv.opex_cny_kw_yr"}
    assert "money.storage.capex_cny_kwh" in lacking
    for lang in ("zh", "en"):
        assert "_" not in needed_words(lacking)(lang)


def test_without_a_rate_nothing_is_made_up(tmp_path, work):
    text = PRICED.replace("discount_nominal_frac = 0.06\n", "")
    row = money_step(plan_of(tmp_path, text), work, quiet).tables["money_plants"].iloc[0]
    assert row["missing"] == "money.discount_nominal_frac"
    assert row["lcoe_real_cny_mwh"] is None


def test_curtailment_by_month_takes_what_falls_into_the_month(tmp_path, work):
    """All energy is of June; 10 % there and 50 % elsewhere: 10 % is lost."""
    months = [0.5] * 5 + [0.1] + [0.5] * 6
    text = PRICED.replace("[money.pv]", f"curtailment_frac = {months}\n[money.pv]")
    row = money_step(plan_of(tmp_path, text), work, quiet).tables["money_plants"].iloc[0]
    assert row["curtailed_frac"] == pytest.approx(0.1)
    assert row["sold_mwh_yr"] == pytest.approx(13500.0)


def test_curtailment_by_month_needs_the_hours_of_the_plant(tmp_path):
    """Energy of a distribution has no months: what is sold is not known, nor any money."""
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    life = life_energy("repower", "wind", 10.0, [30000.0] * 25, 0.1)
    save_step(run, "repower", StepResult(tables={"repower_life": life}))
    months = [0.5] + [0.0] * 11
    priced = PRICED.replace("[money.pv]", f"curtailment_frac = {months}\n[money.wind]")
    row = money_step(plan_of(tmp_path, priced), run.work, quiet).tables["money_plants"].iloc[0]
    assert row["missing"] == "wind.weather"
    unknown = ("sold_mwh_yr", "price_cny_mwh", "lcoe_real_cny_mwh", "npv_cny")
    assert all(row[k] is None for k in unknown)
    even = priced.replace(str(months), "0.5")
    row = money_step(plan_of(tmp_path, even), run.work, quiet).tables["money_plants"].iloc[0]
    assert row["sold_mwh_yr"] == pytest.approx(15000.0)


def test_curtailment_by_hour_takes_what_falls_into_the_hour(tmp_path, work):
    """All energy is of 12 h; a fifth of 11 to 13 is lost, nothing elsewhere: 20 %."""
    every = list(range(1, 13))
    (tmp_path / "lost.toml").write_text(
        'title = "t"\nsource = "s"\ndate = "2026"\n'
        f"[[periods]]\nmonths={every}\nhours=[[11, 13]]\nfrac=0.2\n"
        f"[[periods]]\nmonths={every}\nhours=[[13, 11]]\nfrac=0.0\n",
        encoding="utf-8",
    )
    text = PRICED.replace("[money.pv]", 'curtailment_path = "lost.toml"\n[money.pv]')
    row = money_step(plan_of(tmp_path, text), work, quiet).tables["money_plants"].iloc[0]
    assert row["curtailed_frac"] == pytest.approx(0.2)


def test_curtailment_of_everything_is_refused(tmp_path, work):
    every = list(range(1, 13))
    (tmp_path / "lost.toml").write_text(
        'title = "t"\nsource = "s"\ndate = "2026"\n'
        f"[[periods]]\nmonths={every}\nhours=[[0, 24]]\nfrac=1.0\n",
        encoding="utf-8",
    )
    text = PRICED.replace("[money.pv]", 'curtailment_path = "lost.toml"\n[money.pv]')
    with pytest.raises(ConfigError, match="all energy"):
        money_step(plan_of(tmp_path, text), work, quiet)


def test_the_price_is_that_of_the_hours_the_plant_sells_in(tmp_path, work):
    all_months = list(range(1, 13))
    (tmp_path / "tou.toml").write_text(
        'title = "t"\nsource = "s"\ndate = "2026"\n'
        f"[[periods]]\nmonths={all_months}\nhours=[[10, 16]]\ncny_mwh=120.0\n"
        f"[[periods]]\nmonths={all_months}\nhours=[[16, 10]]\ncny_mwh=500.0\n",
        encoding="utf-8",
    )
    text = PRICED.replace("price_cny_mwh = 300.0", 'price_path = "tou.toml"')
    found = money_step(plan_of(tmp_path, text), work, quiet)
    assert found.tables["money_plants"].iloc[0]["price_cny_mwh"] == 120.0


def test_the_debt_case_of_p90(tmp_path, work):
    """P90 of a year: 1 - 1.281552 * 0.08 = 0.897476 of 15,000 MWh at 300 less 0.5 M is
    3,538,641; 21 M at 5 % over 15 years costs 2,023,188 a year: cover 1.7490."""
    text = PRICED + "[money.debt]\nshare_frac=0.7\nrate_frac=0.05\nyears=15\nleast_dscr=1.2\n"
    row = money_step(plan_of(tmp_path, text), work, quiet).tables["money_plants"].iloc[0]
    assert row["debt_cny"] == pytest.approx(21e6)
    assert row["least_dscr_p90"] == pytest.approx(3_538_641 / 2_023_188, abs=1e-4)
    assert row["most_debt_frac_p90"] == 1.0
    assert row["equity_irr_frac"] > row["irr_frac"]


def test_a_station_costs_what_its_parts_cost(tmp_path):
    """10 MW of wind at 4,000, 20 MW of PV at 3,000, 8 MWh at 800: 106.4 M CNY; 0.6 + 1.0 + 0.08
    M a year. 80,000 MWh at 300 less 1.68 M: 22.32 M, times 12.783356 of 6 % over 25 years."""
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    parts = pd.DataFrame(
        [
            {"plant": "hybrid", "part": "wind", "mw": 10.0, "mwh": np.nan},
            {"plant": "hybrid", "part": "pv", "mw": 20.0, "mwh": np.nan},
            {"plant": "hybrid", "part": "storage", "mw": 4.0, "mwh": 8.0},
        ]
    )
    life = life_energy("hybrid", "hybrid", 20.0, [80000.0] * 25, 0.1)
    save_step(run, "repower", StepResult(tables={"hybrid_life": life, "hybrid_parts": parts}))
    text = PRICED + "[money.wind]\ncapex_cny_kw = 4000.0\nopex_cny_kw_yr = 60.0\n"
    row = money_step(plan_of(tmp_path, text), run.work, quiet).tables["money_plants"].iloc[0]
    assert row["npv_cny"] is None
    assert row["missing"] == "money.storage.capex_cny_kwh, money.storage.opex_cny_kwh_yr"
    text += "[money.storage]\ncapex_cny_kwh = 800.0\nopex_cny_kwh_yr = 10.0\n"
    row = money_step(plan_of(tmp_path, text), run.work, quiet).tables["money_plants"].iloc[0]
    assert row["npv_cny"] == pytest.approx(22.32e6 * 12.7833562 - 106.4e6, abs=20)
    assert row["missing"] == ""


def test_debt_that_p90_does_not_carry_is_told(tmp_path, work):
    """Cover of 1.749 at P90 where 1.8 is asked for; 1.7 is met."""
    debt = "[money.debt]\nshare_frac=0.7\nrate_frac=0.05\nyears=15\nleast_dscr="
    told = money_step(plan_of(tmp_path, f"{PRICED}{debt}1.8\n"), work, quiet).warnings
    assert [w.code for w in told] == ["money_dscr_short"]
    assert "PV-01 1.75" in told[0].text("en")
    assert not money_step(plan_of(tmp_path, f"{PRICED}{debt}1.7\n"), work, quiet).warnings


def test_no_plant_is_said(tmp_path):
    run = RunFolder(tmp_path / "out", tmp_path / "work")
    run.work.mkdir()
    found = money_step(plan_of(tmp_path, PRICED), run.work, quiet)
    assert [w.code for w in found.warnings] == ["money_no_plant"]


def test_a_price_without_source_is_said(tmp_path, work):
    text = PRICED.replace('source = "合同"\n', "")
    codes = [w.code for w in money_step(plan_of(tmp_path, text), work, quiet).warnings]
    assert codes == ["money_price_unsourced"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("price_cny_mwh = 300.0", 'price_cny_mwh = 300.0\nprice_path = "a.toml"', "price_path"),
        ("price_cny_mwh = 300.0", "price_cny_mwh = -1.0", "price_cny_mwh"),
        ("price_cny_mwh = 300.0", "price_cny_mwh = 0.3", "CNY/MWh"),
        ("price_cny_mwh = 300.0", "price_cny_mwh = 26000.0", "CNY/MWh"),
        (
            "[money.pv]",
            "[money.storage]\ncapex_cny_kwh = 0.8\n[money.pv]",
            "CNY/kWh",
        ),
        ("capex_cny_kw = 3000.0", "capex_cny_kw = 3.0", "CNY/kW"),
        ("discount_nominal_frac = 0.06", "discount_nominal_frac = 6.0", "discount"),
        ("[money.pv]", "curtailment_frac = [0.1, 0.2]\n[money.pv]", "curtailment_frac"),
        (
            "[money.pv]",
            "[money.debt]\nshare_frac=0.7\nrate_frac=0.05\nyears=2\ngrace_yr=2\n[money.pv]",
            "grace_yr",
        ),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, old, new, told):
    with pytest.raises(ConfigError) as err:
        plan_of(tmp_path, PRICED.replace(old, new))
    assert told in str(err.value)
