"""The way of the chosen pieces through the method, their value, and rates by kind of land."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from carbon_sink.ccer_section import CcerTerms, SiteRate, Valuation
from carbon_sink.potential.ccer import ccer_method
from carbon_sink.potential.ccer_path import ccer_path, monitoring_plan
from carbon_sink.potential.ex_ante import ex_ante
from carbon_sink.potential.pipeline import choose
from carbon_sink.potential.projects import as_projects, select_projects, sink_rate
from carbon_sink.potential.step_warnings import baseline_warnings
from carbon_sink.potential.tradeoff import energy_for_forest
from carbon_sink.potential.valuation import present_value, valuation_factor
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficient_file import load_coefficients
from gis.errors import ModelError

TABLE = load_coefficients()
CO2 = 44 / 12
SHRUB = sink_rate("shrub", TABLE, years=10, depth_cm=100)
POPLAR = sink_rate("afforest_poplar", TABLE, years=10, depth_cm=100)


def land(**columns) -> pd.DataFrame:
    base = {
        "candidate_id": ["A1", "A2", "A3"], "action": "afforest", "area_ha": [60.0, 40.0, 30.0],
        "score": [0.9, 0.5, 0.1], "ecosystem": ["sand", "sand", "saline"],
        "group": "unused", "dlbm": ["1205", "1205", "1204"],
    }  # fmt: skip
    return pd.DataFrame({**base, **columns})


# ------------------------------------------------------------------ rates by kind of land


def test_saline_land_does_not_get_the_rate_of_sand_shrubs():
    out, _ = as_projects(land(), SHRUB, PotentialSection())
    assert out["rate_basis"].tolist() == ["measured", "measured", "none"]
    # 60 ha x 0.67075 tC/ha/yr x 10 years
    assert out["gain_tc"].iloc[0] == pytest.approx(402.45)
    none = ["gain_tc", "gain_low_tc", "gain_high_tc", "tco2e_yr"]
    assert out[none].iloc[2].isna().all()
    assert out["not_estimated"].tolist()[2] == "biomass soc"


def test_a_rate_of_the_plan_is_used_on_its_land_only():
    own = {"measure": "shrub", "ecosystem": "saline", "tc_ha_yr": 0.2, "low_tc_ha_yr": 0.1,
           "high_tc_ha_yr": 0.3, "source": "trial plots"}  # fmt: skip
    out, _ = as_projects(land(), SHRUB, PotentialSection(rates=[own]))
    assert out["rate_basis"].tolist() == ["measured", "measured", "user"]
    # 30 ha x 10 years x 0.2, 0.1, 0.3
    ends = out[["gain_tc", "gain_low_tc", "gain_high_tc"]].iloc[2].tolist()
    assert ends == pytest.approx([60.0, 30.0, 90.0])
    other, _ = as_projects(land(), POPLAR, PotentialSection(rates=[own]))
    assert other["rate_basis"].iloc[2] == "none"  # of another measure


@pytest.mark.parametrize(
    "wrong",
    [
        {"ecosystem": "desert"},
        {"source": ""},
        {"tc_ha_yr": math.nan},
        {"tc_ha_yr": 1e6},
        {"low_tc_ha_yr": 0.1},
        {"low_tc_ha_yr": 0.3, "high_tc_ha_yr": 0.4},
    ],
)
def test_a_rate_that_says_nothing_is_refused(wrong):
    good = {"measure": "shrub", "ecosystem": "saline", "tc_ha_yr": 0.2, "source": "s"}
    SiteRate.model_validate(good)
    with pytest.raises(ValidationError):
        SiteRate.model_validate({**good, **wrong})


# ------------------------------------------------------------------ all candidates count


def test_ten_thousand_candidates_are_chosen_from_near_the_optimum():
    rng = np.random.default_rng(3)
    area = rng.lognormal(1.0, 1.0, 10_000) + 0.5
    cost = area * rng.uniform(5_000, 12_000, 10_000)
    none = np.zeros(10_000)
    s = choose(area, area, cost, none, gain_ha=2_000.0)
    assert s.feasible
    assert s.area_ha >= 2_000.0 - 1e-6
    # whoever buys the cheapest hectares, a part of the last, pays least: a bound from below
    order = np.argsort(cost / area)
    before = np.cumsum(area[order]) - area[order]
    part = np.clip((2_000.0 - before) / area[order], 0, 1)
    bound = float((cost[order] * part).sum())
    assert bound * (1 - 1e-9) <= s.cost <= bound * 1.0002
    assert s.gap_frac == pytest.approx(s.cost / bound - 1, abs=1e-6)


def test_what_the_choice_did_not_look_at_is_said_with_its_hectares():
    out, _ = as_projects(land(), SHRUB, PotentialSection())
    section = PotentialSection(max_candidates=2)
    chosen, _, warned = select_projects(out, section, 50.0)
    said = next(w for w in warned if w.code == "candidates_not_looked_at")
    assert "30 ha" in said.text("en")
    assert "30 公顷" in said.text("zh")
    assert len(chosen) == 3  # they still count
    assert not chosen["selected"].iloc[2]
    everything = select_projects(out, PotentialSection(), 50.0)[2]
    assert "candidates_not_looked_at" not in {w.code for w in everything}


# ------------------------------------------------------------------ value


def test_invest_valuation():
    # natcap/invest tests/test_carbon.py: 43 a tonne, 2016 to 2030, r = -7.1 %, c = 2.8 %
    factor = valuation_factor(43.0, 14, -0.071, 0.028)
    assert factor == pytest.approx(59.0013607, abs=5e-8)
    # its raster: -58 t/ha on 1e-4 ha are -0.3422078 and -78 t/ha -0.4602106
    assert factor * -58e-4 == pytest.approx(-0.3422078, abs=1e-6)
    assert factor * -78e-4 == pytest.approx(-0.4602106, abs=1e-6)
    # its unit test: 50, 2 years, 50 %, 5 %
    assert valuation_factor(50.0, 2, 0.5, 0.05) == pytest.approx(40.87302, abs=5e-6)
    assert valuation_factor(43.0, 14, 0.0, 0.0) == 43.0


def test_a_price_that_rises_is_worth_more():
    flat = present_value([1.0, 1.0, 1.0], 10.0, 0.05, 0.0)
    assert flat == pytest.approx(10 + 10 / 1.05 + 10 / 1.05**2)
    assert present_value([1.0, 1.0, 1.0], 10.0, 0.05, 0.03) > flat
    # InVEST's change of 3 % divides: a price that falls
    assert valuation_factor(10.0, 3, 0.05, 0.03) * 3 < flat
    assert math.isnan(present_value([1.0, math.nan], 10.0, 0.05, 0.0))


@pytest.mark.parametrize(
    "wrong", [(0.0, 3, 0.1), (-1.0, 3, 0.1), (1.0, 0, 0.1), (1.0, 3, -1.0), (math.nan, 3, 0.1),
     (math.inf, 3, 0.1), (1.0, 3, math.inf)]
)  # fmt: skip
def test_a_value_of_nothing_is_refused(wrong):
    with pytest.raises(ModelError):
        valuation_factor(*wrong)


def test_price_and_discount_have_no_defaults():
    good = {"price_yuan_tco2e": 80.0, "discount_frac": 0.05, "price_growth_frac": 0.0,
            "source": "s"}  # fmt: skip
    assert PotentialSection().value is None
    for key in good:
        with pytest.raises(ValidationError):
            Valuation.model_validate({k: v for k, v in good.items() if k != key})


# ------------------------------------------------------------------ the path


def path_of(section, rate=POPLAR, found=None, rain=180.0, gain=100.0):
    own = land(ecosystem="sand") if found is None else found
    projects, checks = as_projects(own, rate, section, rain_mm=rain)
    projects, _, _ = select_projects(projects, section, gain)
    return projects, ccer_path(
        projects, checks, rate, section, TABLE, start_year=2027, rain_mm=rain, depth_cm=100,
        draws=2_000,
    )  # fmt: skip


def states(path):
    return {s.id: s.state for s in path.steps}


def test_what_the_annex_decides_is_asked_for_and_nothing_is_made_up():
    _, path = path_of(PotentialSection())
    found = states(path)
    annex = ("baseline", "leakage", "buffer", "crediting", "pools", "creditable")
    assert {found[k] for k in annex} == {"needs_annex"}
    assert found["additionality"] == "waived"  # 180 mm are under 400
    assert path.yearly[["baseline_tco2e", "creditable_tco2e"]].isna().all(axis=None)
    assert path.value is None
    baseline = next(s for s in path.steps if s.id == "baseline")
    assert "附件" in baseline.text.zh
    assert "annex" in baseline.text.en


def test_removals_follow_the_growth_line():
    projects, path = path_of(PotentialSection())
    area = projects["area_ha"][projects["selected"]].sum()
    assert area == 100.0  # 60 + 40 of 60, 40, 30
    yearly = path.yearly.set_index("age_years")
    # 2.17 age - 14.9 tC/ha is below nothing until 6.866 years: nothing is removed before
    assert yearly.loc[:6, "removal_tco2e"].tolist() == [0.0] * 6
    # in its seventh year the stand reaches 2.17 x (7 - 6.866) tC/ha, then grows by 2.17
    assert yearly.loc[7, "gain_tc"] == pytest.approx(100 * 2.17 * (7 - 6.866))
    assert yearly.loc[8, "removal_tco2e"] == pytest.approx(100 * 2.17 * CO2)
    assert yearly.loc[10, "total_tc"] == pytest.approx(100 * 2.17 * (10 - 6.866))
    assert yearly["gain_tc"].sum() == pytest.approx(yearly.loc[10, "total_tc"])
    assert (yearly["total_low_tc"] <= yearly["total_tc"] + 1e-9).all()
    assert yearly.loc[1, "year"] == 2027


def test_deductions_by_hand():
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": 0.1, "leakage_frac": 0.05,
             "buffer_frac": 0.2, "pools": ["biomass"], "source": "annex"}  # fmt: skip
    value = {"price_yuan_tco2e": 80.0, "discount_frac": 0.06, "price_growth_frac": 0.0,
             "source": "s"}  # fmt: skip
    section = PotentialSection(
        ccer=terms, value=value, costs={"afforest_poplar": {"yuan_per_ha": 1.0, "source": "s"}}
    )
    _, path = path_of(section)
    one = path.yearly.set_index("age_years").loc[8]
    net = 100 * 2.17 * CO2 - 0.1 * 100
    assert one["leakage_tco2e"] == pytest.approx(0.05 * net)
    assert one["deduction_tco2e"] == pytest.approx(0.2 * 0.95 * net)
    assert one["creditable_tco2e"] == pytest.approx(0.8 * 0.95 * net)
    assert states(path)["creditable"] == "computed"
    step = next(s for s in path.steps if s.id == "creditable")
    last = path.yearly.iloc[-1]
    assert step.value == pytest.approx(path.yearly["creditable_tco2e"].sum())
    assert (step.low, step.high) == (
        last["creditable_total_low_tco2e"], last["creditable_total_high_tco2e"]
    )  # fmt: skip
    assert step.low <= step.value <= step.high
    credit = path.yearly["creditable_tco2e"].to_numpy()
    worth = sum(c * 80 / 1.06**t for t, c in enumerate(credit))
    assert path.value.present_value_yuan == pytest.approx(worth)
    assert path.value.net_yuan == pytest.approx(worth - 100.0)
    assert path.value.of == "creditable"
    assert path.value.even_value_yuan == pytest.approx(
        credit.sum() * valuation_factor(80.0, 10, 0.06)
    )


def test_a_baseline_above_the_growth_leaves_nothing_to_credit_and_no_value():
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": 50.0, "leakage_frac": 0.05,
             "buffer_frac": 0.2, "pools": ["biomass"], "source": "annex"}  # fmt: skip
    value = {"price_yuan_tco2e": 80.0, "discount_frac": 0.06, "price_growth_frac": 0.0,
             "source": "s"}  # fmt: skip
    _, path = path_of(PotentialSection(ccer=terms, value=value))
    step = next(s for s in path.steps if s.id == "creditable")
    assert step.value < 0
    # poplar of 10 years: 2.17 x 10 - 14.9 = 6.8 tC/ha, x 44/12 / 10 = 2.49 tCO2e/ha/yr
    assert "is 50.00 tCO2e/ha/yr and the pools that count grow by 2.49" in step.text.en
    assert "nothing can be credited" in step.text.en
    assert path.value is None
    (told,) = baseline_warnings(path)
    assert told.where == "[potential.ccer] baseline_tco2e_ha_yr"
    _, good = path_of(
        PotentialSection(ccer={**terms, "baseline_tco2e_ha_yr": 0.1}, value=value)
    )
    assert baseline_warnings(good) == []
    assert good.value is not None


@pytest.mark.parametrize(("loss", "told"), [(2.4, []), (2.6, ["ccer_mostly_baseline"])])
def test_a_baseline_that_is_most_of_what_is_credited_is_told_with_both_figures(loss, told):
    """Poplar of 10 years grows by 2.49 tCO2e/ha/yr: a loss of 2.6 is more than half of it."""
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": -loss, "leakage_frac": 0.1,
             "buffer_frac": 0.2, "pools": ["biomass"], "source": "annex"}  # fmt: skip
    _, path = path_of(PotentialSection(ccer=terms))
    found = baseline_warnings(path)
    assert [w.code for w in found] == told
    for w in found:
        assert "a loss of -2.60 tCO2e/ha/yr, more than the 2.49" in w.text("en")


def test_the_interval_of_removals_goes_through_the_deductions():
    # the one pool with a rate counts: (end - baseline) x (1 - 0.05) x (1 - 0.2) of each end
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": 0.1, "leakage_frac": 0.05,
             "buffer_frac": 0.2, "pools": ["soc"], "source": "annex"}  # fmt: skip
    sand = land(ecosystem="sand")
    _, path = path_of(PotentialSection(ccer=terms), SHRUB, sand)
    table = path.yearly
    assert (table["removal_high_tco2e"] > table["removal_low_tco2e"]).any()
    for end in ("", "_low", "_high"):
        year = 0.76 * (table[f"removal{end}_tco2e"] - 0.1 * 100)
        total = 0.76 * (table[f"removal_total{end}_tco2e"] - 0.1 * 100 * table["age_years"])
        assert table[f"creditable{end}_tco2e"].tolist() == pytest.approx(year.tolist())
        assert table[f"creditable_total{end}_tco2e"].tolist() == pytest.approx(total.tolist())
    step = next(s for s in path.steps if s.id == "creditable")
    assert step.low < step.value < step.high


def test_a_pool_that_counts_and_has_no_rate_leaves_nothing_creditable():
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": 0.0, "leakage_frac": 0.0,
             "buffer_frac": 0.2, "pools": ["biomass", "soc"], "source": "annex"}  # fmt: skip
    _, path = path_of(PotentialSection(ccer=terms))
    step = next(s for s in path.steps if s.id == "creditable")
    assert step.state == "not_estimated"
    assert math.isnan(step.value)
    assert "soil organic carbon" in step.text.en


def test_one_deduction_that_is_missing_leaves_nothing_creditable():
    terms = {"crediting_years": 10, "baseline_tco2e_ha_yr": 0.0, "leakage_frac": 0.0,
             "buffer_frac": 0.2, "pools": ["biomass"], "source": "annex"}  # fmt: skip
    for key in ("crediting_years", "baseline_tco2e_ha_yr", "leakage_frac", "buffer_frac",
                "pools"):  # fmt: skip
        section = PotentialSection(ccer={k: v for k, v in terms.items() if k != key})
        _, path = path_of(section)
        assert path.yearly["creditable_tco2e"].isna().all()
        assert states(path)["creditable"] == "needs_annex"


def test_land_without_a_rate_is_not_in_the_estimate():
    found = land(area_ha=[60.0, 40.0, 30.0], ecosystem=["sand", "saline", "saline"])
    projects, path = path_of(PotentialSection(), SHRUB, found, gain=125.0)
    assert projects["selected"].all()
    assert path.yearly["area_ha"].tolist() == [60.0] * 10
    ex = next(s for s in path.steps if s.id == "ex_ante")
    assert "70 ha" in ex.text.en
    saline = land(ecosystem="saline")
    projects, path = path_of(PotentialSection(), SHRUB, saline)
    assert len(path.yearly) == 0
    assert states(path)["ex_ante"] == "not_estimated"


def test_without_a_ground_additionality_has_to_be_shown():
    cases = ((500.0, "unknown", "to_show"), (500.0, "yes", "waived"),
             (None, "unknown", "to_show"), (180.0, "no", "waived"))  # fmt: skip
    for rain, key, state in cases:
        section = PotentialSection(ccer={"key_ecological_zone": key})
        _, path = path_of(section, rain=rain)
        assert states(path)["additionality"] == state
        if key == "yes":  # 500 mm are no ground: the zone is, and the page names it
            step = next(s for s in path.steps if s.id == "additionality")
            assert "国家重点生态功能区" in step.text.zh
            assert "400" not in step.text.zh


def test_rain_just_under_the_threshold_is_under_it():
    # 399.6 mm are less than 400, 400.0 and 400.4 are not
    found = land(rainfall_mm=[399.6, 400.0, 400.4])
    _, checks = as_projects(found, SHRUB, PotentialSection())
    own = checks[checks["check"] == "additionality"].set_index("candidate_id")["answer"]
    assert own.to_dict() == {"A1": "pass", "A2": "unknown", "A3": "unknown"}


def test_nothing_chosen_is_said():
    path = ccer_path(
        None, pd.DataFrame(), SHRUB, PotentialSection(), TABLE, start_year=2027, rain_mm=180.0,
        depth_cm=100,
    )  # fmt: skip
    assert states(path)["conditions"] == "none"
    assert len(path.yearly) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"leakage_frac": 0.05},  # no source
        {"leakage_frac": 1.5, "source": "s"},
        {"buffer_frac": -0.1, "source": "s"},
        {"crediting_years": 0, "source": "s"},
        {"crediting_years": True, "source": "s"},
        {"baseline_tco2e_ha_yr": "nan", "source": "s"},
        {"pools": ["litter"], "source": "s"},
        {"tenure": "maybe"},
        {"leakage": 0.1, "source": "s"},
    ],
)
def test_terms_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValidationError):
        CcerTerms.model_validate(wrong)


def test_the_method_is_data_with_sources():
    method = ccer_method()
    assert (method.limits.least_area_m2, method.limits.non_forest_years) == (400.0, 3)
    assert {w.id for w in method.waiver} == {"rain", "key_zone", "welfare_forest"}
    assert all(w.source and w.quality for w in method.waiver)
    plan = monitoring_plan()
    assert plan["parameter"].is_unique
    assert plan["often_en"].str.contains("annex").all()  # no frequency is made up


def test_an_equivalent_area_says_how_large_it_is():
    # 3,260,150 ha are 15.8 counties of 206,580 ha
    avoided = 3_260_150 * SHRUB.tco2e_ha_yr
    found = energy_for_forest(avoided, SHRUB, county_ha=206_580.0, candidates_ha=17_018.0)
    assert found["times_county"] == pytest.approx(15.78, abs=0.01)
    assert "15.8 times the county" in found["text"].en
    assert "17,018 公顷" in found["text"].zh
    small = energy_for_forest(0.05 * 206_580 * SHRUB.tco2e_ha_yr, SHRUB, county_ha=206_580.0)
    assert "5.0% of the county" in small["text"].en
    unknown = energy_for_forest(math.nan, SHRUB, county_ha=206_580.0)
    assert math.isnan(unknown["times_county"])
    assert "not converted" in unknown["text"].en


def test_splitting_a_piece_changes_no_total():
    whole = as_projects(land(ecosystem="sand"), SHRUB, PotentialSection())[0]
    halves = (
        land(ecosystem="sand")
        .loc[[0, 0, 1, 2]]
        .assign(candidate_id=list("abcd"), area_ha=[45.0, 15.0, 40.0, 30.0])
    )
    split = as_projects(halves.reset_index(drop=True), SHRUB, PotentialSection())[0]
    kw = {"start_year": 2027, "depth_cm": 100, "draws": 1_000}
    a = ex_ante(whole, SHRUB, PotentialSection(), TABLE, **kw)
    b = ex_ante(split, SHRUB, PotentialSection(), TABLE, **kw)
    np.testing.assert_allclose(a["total_tc"], b["total_tc"], rtol=1e-12)
    assert whole["gain_tc"].sum() == pytest.approx(split["gain_tc"].sum(), rel=1e-12)
