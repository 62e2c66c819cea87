"""P-values and waterfalls: one definition for PV and wind."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import ConfigError, ModelError
from layers.spec import Text
from siting.economy.p_values import (
    LEVELS,
    Component,
    exceedance_curve,
    p_value_table,
    p_values,
)
from siting.economy.waterfall import Step, Waterfall, waterfall_of

NAME = Text(zh="甲", en="a")
# Quantiles of the standard normal distribution (any table): P(Z > -z) = level
Z = {50: 0.0, 75: 0.6744898, 90: 1.2815516, 95: 1.6448536, 99: 2.3263479}


def component(sd: float, *, yearly: bool = False) -> Component:
    return Component("x", NAME, sd, yearly, "", "")


@pytest.mark.parametrize("level", LEVELS)
def test_levels_are_those_of_the_normal_distribution(level):
    p = p_values(200.0, [component(0.08)])
    assert p.one_year[level] == pytest.approx(200.0 * (1 - 0.08 * Z[level]), abs=1e-5)
    assert p.life[level] == p.one_year[level]


@pytest.mark.parametrize(
    ("sd", "p90", "p75"), [(0.05, 0.936, 0.966), (0.08, 0.897, 0.946), (0.10, 0.872, 0.933)]
)
def test_p_levels_of_the_review(sd, p90, p75):
    p = p_values(1.0, [component(sd)])
    assert p.one_year[90] == pytest.approx(p90, abs=6e-4)
    assert p.one_year[75] == pytest.approx(p75, abs=6e-4)
    assert p.one_year[50] == 1.0


def test_yearly_draws_average_out():
    """6 % a year and 8 % for good: any year 10 %, the mean of 25 years sqrt(.0064+.000144)."""
    parts = [component(0.06, yearly=True), component(0.08)]
    p = p_values(100.0, parts, years=25)
    assert p.sd_one_year_frac == pytest.approx(0.10)
    assert p.sd_life_frac == pytest.approx(np.sqrt(0.0064 + 0.0036 / 25))
    assert p.life[90] > p.one_year[90]
    # without a life the long-term mean: the weather of single years has no part in it
    assert p_values(100.0, parts).sd_life_frac == pytest.approx(0.08)


def test_degradation_is_in_the_mean_of_ten_years_and_of_the_life():
    """0.4 % of the first year a year: the mean of 25 is 1 - 0.004 12 = 0.952, of ten 0.982."""
    share = 1.0 - 0.004 * np.arange(25)
    parts = [component(0.06, yearly=True), component(0.08)]
    p = p_values(100.0, parts, years=25, of_first=share.tolist())
    assert (p.one_year[50], p.ten_year[50], p.life[50]) == pytest.approx((100, 98.2, 95.2))
    sd = np.sqrt(0.0064 + 0.0036 / 10)
    assert p.ten_year[90] == pytest.approx(98.2 * (1 - Z[90] * sd), abs=1e-4)
    assert p_value_table(p)["ten_year_mwh"].tolist() == list(p.ten_year.values())
    with pytest.raises(ConfigError, match="each operating year"):
        p_values(100.0, parts, years=25, of_first=[1.0])
    # a life below ten years is its own ten
    assert p_values(100.0, parts, years=5).sd_ten_year_frac == pytest.approx(
        np.sqrt(0.0064 + 0.0036 / 5)
    )


def test_haircut_lowers_all_levels():
    plain, cut = p_values(100.0, []), p_values(100.0, [], haircut_frac=0.07)
    assert plain.life[90] == 100.0
    assert cut.life[50] == cut.life[90] == pytest.approx(93.0)
    # the deviation is a share of the cut P50
    wide = p_values(100.0, [component(0.10)], haircut_frac=0.07)
    assert wide.life[90] == pytest.approx(93.0 * (1 - 0.1 * Z[90]))


def test_energy_is_never_negative():
    assert p_values(100.0, [component(0.6)]).one_year[99] == 0.0


def test_table_has_a_row_for_every_level():
    table = p_value_table(p_values(100.0, [component(0.08, yearly=True)], years=16))
    assert table["level"].tolist() == ["P50", "P75", "P90", "P95", "P99"]
    # 8 % a year over 16 years is 2 % of the mean
    assert table["life_mean_mwh"].tolist() == pytest.approx(
        [100.0 - 2.0 * Z[q] for q in LEVELS], abs=1e-5
    )


@pytest.mark.parametrize("sd", [-0.01, 1.0, 5.0, float("nan")])
def test_a_deviation_in_per_cent_is_refused(sd):
    with pytest.raises(ConfigError, match="fraction"):
        component(sd)


@pytest.mark.parametrize(("p", "sd"), [(0.0, 0.1), (100.0, 0.1), (90.0, -0.1)])
def test_curve_outside_its_range_is_refused(p, sd):
    with pytest.raises(ConfigError):
        exceedance_curve(1.0, sd, p)


def test_curve_falls_with_the_probability():
    y = exceedance_curve(10.0, 0.1, np.linspace(1, 99, 99))
    assert (np.diff(y) < 0).all()
    assert y[49] == 10.0
    # P1 lies as far above the P50 as P99 below
    assert y[0] - 10.0 == pytest.approx(10.0 - y[-1])


# ------------------------------------------------------------------ waterfall


def test_steps_add_up_to_the_net():
    fall = waterfall_of("MWh", [("a", NAME, 100.0), ("b", NAME, 110.0), ("c", NAME, 88.0)])
    assert [s.delta for s in fall.steps] == [100.0, 10.0, -22.0]
    assert fall.net == sum(s.delta for s in fall.steps) == 88.0
    assert [s.change_frac for s in fall.steps[1:]] == pytest.approx([0.1, -0.2])
    assert np.isnan(fall.steps[0].change_frac)
    assert fall.closed(88.0 + 8e-8 * 0.9) is fall


@pytest.mark.parametrize("off", [2e-7, -2e-7, float("nan")])
def test_another_end_is_refused(off):
    fall = waterfall_of("MWh", [("a", NAME, 100.0)])
    with pytest.raises(ModelError, match="does not end"):
        fall.closed(100.0 + off)


def test_a_gap_between_steps_is_refused():
    with pytest.raises(ModelError, match=r"b: .*gap"):
        Waterfall("MWh", (Step("a", NAME, 0.0, 100.0), Step("b", NAME, 99.0, -1.0)))


def test_a_waterfall_starts_at_nothing():
    with pytest.raises(ModelError, match="gap"):
        Waterfall("MWh", (Step("a", NAME, 1.0, 100.0),))


def test_no_step_is_no_energy():
    assert Waterfall("MWh", ()).net == 0.0
