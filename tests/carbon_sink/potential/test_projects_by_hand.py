"""Candidates as projects: figures, answers of the CCER method, and the choice among them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from carbon_sink.change.measures import measure_kinds
from carbon_sink.potential.ccer import CcerFacts, ccer_screen, verdict
from carbon_sink.potential.pipeline import choose, fits
from carbon_sink.potential.projects import (
    SinkRate,
    as_projects,
    measure_of,
    select_projects,
    sink_rate,
)
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.uncertainty import Estimate

TABLE = load_coefficients()
FACTS = {
    "area_m2": 400.0, "group": "unused", "ecosystem": "sand", "dlbm": "1205",
    "planting": "shrub", "non_forest_years": 3, "planned_land": True, "clearing_frac": 0.2,
    "rain_mm": 180.0, "tenure": True,
}  # fmt: skip


def answers(**change: Any) -> dict[str, str]:
    return {c.id: c.answer for c in ccer_screen(CcerFacts(**{**FACTS, **change}))}


@pytest.mark.parametrize(
    ("change", "check", "answer"),
    [
        ({"started": 2020}, "area", "pass"),
        ({"started": 2019}, "area", "fail"),
        ({"non_forest_years": None}, "non_forest", "unknown"),
        ({"planned_land": None}, "planned", "unknown"),
        ({"clearing_frac": None}, "clearing", "unknown"),
        # shrubs that stand would be cleared, a wood that stands was forest
        ({"clearing_frac": None, "ecosystem": "shrubland"}, "clearing", "fail"),
        ({"clearing_frac": 0.1, "ecosystem": "shrubland"}, "clearing", "pass"),
        ({"ecosystem": "forest_arbor"}, "non_forest", "fail"),
        ({"ecosystem": "forest_arbor", "non_forest_years": 9}, "non_forest", "fail"),
        ({"ecosystem": "orchard"}, "planting", "fail"),
        ({"planting": "bamboo"}, "planting", "pass"),
        ({"passage_or_town": True}, "greening", "fail"),
        *(({"group": g}, "greening", "fail") for g in ("built", "mine", "urban_green")),
        ({"group": "water"}, "not_wetland", "fail"),
        ({"tenure": None}, "tenure", "unknown"),
        ({"tenure": False}, "tenure", "fail"),
        # "年均降水量<400mm": under it, not at it; either of the other grounds will do
        ({"rain_mm": 399.0}, "additionality", "pass"),
        ({"rain_mm": 400.0}, "additionality", "unknown"),
        ({"rain_mm": None}, "additionality", "unknown"),
        ({"rain_mm": None, "key_zone": True}, "additionality", "pass"),
        ({"rain_mm": 600.0, "welfare_forest": True}, "additionality", "pass"),
        ({"rain_mm": 600.0, "welfare_forest": False}, "additionality", "unknown"),
    ],
)
def test_each_condition_by_itself(change, check, answer):
    found = answers(**change)
    assert found[check] == answer
    others = {k: v for k, v in found.items() if k != check}
    assert set(others.values()) == {"pass"} or change.get("group") == "water"


def test_a_verdict_is_the_worst_answer():
    checks = ccer_screen(CcerFacts(**FACTS))
    assert verdict(checks) == "pass"
    assert verdict(ccer_screen(CcerFacts(**{**FACTS, "planned_land": None}))) == "unknown"
    both = {**FACTS, "planned_land": None, "area_m2": 1.0}
    assert verdict(ccer_screen(CcerFacts(**both))) == "fail"
    assert verdict(()) == "pass"
    area = next(c for c in ccer_screen(CcerFacts(**both)) if c.id == "area")
    assert "400" in area.title.en + area.reason.en


def test_the_history_of_the_land_is_said_where_it_is_known():
    def said(**change):
        checks = ccer_screen(CcerFacts(**{**FACTS, **change}))
        return next(c for c in checks if c.id == "non_forest").reason.en

    assert said() == "today 1205, 3 years without forest"
    assert said(non_forest_years=None) == "the land's history was not given"


# ------------------------------------------------------------------ projects


def candidates(**columns: Any) -> pd.DataFrame:
    base = {
        "candidate_id": ["A", "B", "C"], "area_ha": [10.0, 20.0, 40.0],
        "score": [0.5, 0.9, 0.1],
        "ecosystem": ["sand", "bare", "grass_other"], "group": ["unused", "unused", "grass"],
        "dlbm": ["1205", "1206", "0404"],
    }  # fmt: skip
    return pd.DataFrame({**base, **columns})


RATE = SinkRate(
    measure_kinds()["shrub"], 10, Estimate(6.0, 3.0, 9.0, 6.0, 6.0, 1.5, ()), ("soc",),
    ("biomass",), math.nan,
)  # fmt: skip
PRICED = PotentialSection(
    costs={"shrub": {"yuan_per_ha": 1100.0, "source": "s"}},
    irrigation_m3_ha_yr={"shrub": 200.0},
)


def test_figures_of_projects():
    land = candidates(ecosystem=["sand", "bare", "forest_other"])
    out, checks = as_projects(land, RATE, PRICED)
    assert out["rate_basis"].tolist() == ["measured", "carried_over", "carried_over"]
    assert out["gain_tc"].tolist() == [60.0, 120.0, 240.0]
    e = RATE.gain_tc_ha
    assert out["gain_low_tc"].tolist() == [a * e.low for a in (10, 20, 40)]
    assert out["gain_high_tc"].tolist() == [a * e.high for a in (10, 20, 40)]
    # 6 tC over ten years are 0.6 x 44 / 12 = 2.2 tCO2 a year
    assert out["tco2e_yr"].tolist() == pytest.approx([22.0, 44.0, 88.0])
    assert out["cost_yuan"].tolist() == [11_000.0, 22_000.0, 44_000.0]
    assert out["water_m3_yr"].tolist() == [2_000.0, 4_000.0, 8_000.0]
    assert out["yuan_per_tco2"].tolist() == pytest.approx([50.0] * 3)  # 1,100 by 22 t
    assert out["methane_tco2e_yr"].isna().all()
    assert out["not_estimated"].tolist() == ["biomass"] * 3
    assert out["additional"].all()
    assert len(checks) == 3 * 10
    none = as_projects(candidates(), RATE, PotentialSection())[0]
    assert none[["cost_yuan", "water_m3_yr", "yuan_per_tco2"]].isna().all(axis=None)
    unknown = SinkRate(RATE.kind, 10, None, (), ("biomass", "soc"), math.nan)
    lacking = as_projects(candidates(), unknown, PRICED)[0]
    columns = ["gain_tc", "gain_low_tc", "gain_high_tc", "tco2e_yr", "yuan_per_tco2"]
    assert lacking[columns].isna().all(axis=None)
    source = SinkRate(RATE.kind, 10, Estimate(-6.0, -9.0, -3.0, 0.0, 0.0, 0.0, ()), (), (), 1.5)
    turned = as_projects(land, source, PRICED)[0]
    assert turned["yuan_per_tco2"].isna().all()  # no price of a tonne that is given off
    assert turned["methane_tco2e_yr"].tolist() == [15.0, 30.0, 60.0]


def answer_of(checks: pd.DataFrame, check: str) -> list[str]:
    return checks[checks["check"] == check]["answer"].tolist()


def test_what_the_plan_and_the_layers_say_of_a_candidate():
    for says, answer in (("yes", "pass"), ("no", "fail"), ("unknown", "unknown")):
        section = PotentialSection(planned_afforestation_land=says)
        _, checks = as_projects(candidates(), RATE, section)
        assert answer_of(checks, "planned") == [answer] * 3
        # a layer is asked where the plan does not know
        _, checks = as_projects(
            candidates(), RATE, section, planned=np.array([True, False, True])
        )
        wanted = ["pass", "fail", "pass"] if says == "unknown" else [answer] * 3
        assert answer_of(checks, "planned") == wanted
    years = pd.Series([2.0, np.nan, 3.0])
    _, checks = as_projects(candidates(), RATE, PotentialSection(), non_forest_years=years)
    assert answer_of(checks, "non_forest") == ["fail", "unknown", "pass"]
    section = PotentialSection(non_forest_years=5)
    _, checks = as_projects(candidates(), RATE, section, non_forest_years=years)
    assert answer_of(checks, "non_forest") == ["pass"] * 3
    # sand and bare land have nothing to clear; of grass nobody knows
    assert answer_of(checks, "clearing") == ["pass", "pass", "unknown"]
    # 400 m2 are 0.04 ha
    small = candidates(area_ha=[0.04, 0.0399, 1.0])
    out, checks = as_projects(small, RATE, PotentialSection())
    assert answer_of(checks, "area") == ["pass", "fail", "pass"]
    assert out["ccer"].tolist()[1] == "fail"
    assert out["ccer_reasons_en"].str.contains("399|400").tolist()[1]
    _, checks = as_projects(small, RATE, PotentialSection(), started=2019)
    assert answer_of(checks, "area") == ["fail", "fail", "pass"]
    belt = SinkRate(measure_kinds()["shelterbelt"], 10, None, (), (), math.nan)
    _, checks = as_projects(candidates(), belt, PotentialSection())
    assert set(answer_of(checks, "greening")) == {"fail"}
    grass = SinkRate(measure_kinds()["reseeding"], 10, None, (), (), math.nan)
    _, checks = as_projects(candidates(), grass, PotentialSection())
    assert set(answer_of(checks, "planting")) == {"fail"}


def test_rates_of_measures_by_pool():
    shrub = sink_rate("shrub", TABLE, years=10, depth_cm=100)
    assert (shrub.estimated, shrub.not_estimated) == (("soc",), ("biomass",))
    assert math.isnan(shrub.methane_tco2e_ha_yr)
    nothing = sink_rate("reseeding", TABLE, years=10, depth_cm=30)
    assert nothing.gain_tc_ha is None
    assert math.isnan(nothing.tco2e_ha_yr)
    zero = sink_rate("pv_greening", TABLE, years=10, depth_cm=30)
    e = zero.gain_tc_ha
    assert (e.value, e.low, e.high, zero.tco2e_ha_yr) == (0.0, 0.0, 0.0, 0.0)
    wet = sink_rate("wetland_restoration", TABLE, years=10, depth_cm=30)
    assert wet.gain_tc_ha.value == pytest.approx(4.99)
    assert wet.methane_tco2e_ha_yr == pytest.approx(6.58)
    section = PotentialSection()
    assert [measure_of(a, section) for a in ("afforest", "grass", "wetland")] == [
        section.afforest_measure, section.grass_measure, section.wetland_measure,
    ]  # fmt: skip


# ------------------------------------------------------------------ the choice


def priced(cost: list[float], sink: list[float] | None = None) -> pd.DataFrame:
    gain = [60.0, 120.0, 240.0] if sink is None else sink
    table = candidates(gain_tc=gain, cost_yuan=cost, water_m3_yr=[1.0, 2.0, 4.0])
    return table.assign(yuan_per_tco2=np.array(cost) / np.array(gain))


def test_the_choice_gives_way_when_a_figure_is_not_there():
    out, chosen, warned = select_projects(priced([3.0, 2.0, 9.0]), PotentialSection(), 15.0)
    assert (chosen.objective, out["selected"].tolist()) == ("least_cost", [False, True, False])
    assert warned == []
    out, chosen, warned = select_projects(priced([np.nan] * 3), PotentialSection(), 25.0)
    assert [w.code for w in warned] == ["costs_not_given"]
    assert (chosen.objective, out["selected"].tolist()) == ("least_area", [True, True, False])
    most = PotentialSection(objective="most_sink")
    _, chosen, warned = select_projects(priced([1.0] * 3, [np.nan] * 3), most, 5.0)
    assert [w.code for w in warned] == ["sink_not_estimated"]
    assert chosen.objective == "least_area"
    # a gain below nothing is nothing: the sum may still pass it by the largest piece
    out, chosen, _ = select_projects(priced([1.0] * 3), most, -30.0)
    assert out["selected"].tolist() == [False, False, True]
    assert (chosen.shortfall_ha, chosen.feasible) == (0.0, True)


def test_ranks_by_price_then_carbon_then_score():
    out, _, _ = select_projects(priced([600.0, 120.0, 480.0]), PotentialSection(), 1.0)
    assert out["rank"].tolist() == [3, 1, 2]  # 10, 1 and 2 yuan
    out, _, _ = select_projects(
        priced([np.nan] * 3, [50.0, 120.0, 280.0]), PotentialSection(), 1
    )
    assert out["rank"].tolist() == [3, 2, 1]  # 5, 6 and 7 t to the hectare
    out, _, _ = select_projects(priced([np.nan] * 3), PotentialSection(), 1.0)
    assert out["rank"].tolist() == [2, 1, 3]  # 0.5, 0.9 and 0.1
    tied = priced([np.nan] * 3).assign(score=0.5, candidate_id=["C", "A", "B"])
    assert select_projects(tied, PotentialSection(), 1.0)[0]["rank"].tolist() == [3, 1, 2]


def test_choices_within_bounds():
    area, sink = np.array([4.0, 5.0, 6.0]), np.array([8.0, 5.0, 3.0])
    cost, water = np.array([9.0, 2.0, 4.0]), np.array([1.0, 3.0, 5.0])
    s = choose(area, sink, cost, water, gain_ha=9.0)
    assert (s.taken.tolist(), s.cost, s.sink, s.shortfall_ha) == ([False, True, True], 6, 8, 0)
    s = choose(area, sink, cost, water, gain_ha=9.0, water_budget_m3=7.0)
    assert s.taken.tolist() == [True, True, False]  # 4 m3 and 11 yuan; 8 m3 are too much
    s = choose(area, sink, cost, water, gain_ha=9.0, budget=6.0, objective="most_sink")
    assert s.taken.tolist() == [False, True, True]
    s = choose(area, sink, cost, water, gain_ha=9.0, objective="least_area")
    assert s.taken.tolist() == [True, True, False]
    # not within the bounds: as much land as they allow, and what is short
    s = choose(area, sink, cost, water, gain_ha=12.0, water_budget_m3=4.0)
    assert (s.taken.tolist(), s.feasible, s.shortfall_ha) == ([True, True, False], False, 3.0)
    lacking = choose(area, sink, np.array([9.0, np.nan, 4.0]), water, gain_ha=5.0)
    assert lacking.taken.tolist() == [False, False, True]
    for gain, fine, short in ((1.0, False, 1.0), (0.0, True, 0.0), (-1.0, True, 0.0)):
        none = choose(*[np.zeros(0)] * 4, gain_ha=gain)
        assert (none.feasible, none.shortfall_ha, none.cost) == (fine, short, 0.0)
        assert (none.sink, len(none.taken)) == (0.0, 0)


@pytest.mark.parametrize(
    ("left", "conditional", "more", "answer"),
    [
        (10.0, 0.0, {}, "yes"),
        (9.9, 0.1, {}, "conditional"),
        (9.9, 0.05, {}, "no"),
        (10.0, 0.0, {"water_ha": 10.0}, "yes"),
        (99.0, 0.0, {"water_ha": 9.9}, "no"),
        (99.0, 0.0, {"screened": False}, "unknown"),
        (0.0, 0.0, {"waiting_ha": 9.0}, "no"),
        (0.0, 0.0, {"waiting_ha": 10.0}, "unknown"),
        (0.0, 0.0, {"waiting_ha": 10.0, "water_ha": 10.0}, "unknown"),
        (0.0, 0.0, {"waiting_ha": 10.0, "water_ha": 9.9}, "no"),
        (99.0, 0.0, {"screened": False, "water_ha": 1.0}, "unknown"),
    ],
)
def test_whether_the_forest_wanted_fits(left, conditional, more, answer):
    found = fits(10.0, left, conditional, **more)
    assert (found.answer, found.wanted_ha, found.provisional) == (answer, 10.0, False)
    assert fits(10.0, left, conditional, provisional=True, **more).provisional
