"""Trends and breaks against figures worked out by hand or by definition."""

from __future__ import annotations

import math

import numpy as np
import pytest

from carbon_sink.monitor.trend import trend_of
from gis.errors import ModelError


def test_a_series_by_hand():
    # 2010..2014: 1, 3, 2, 5, 4. Pairs in order: 10; rising: all but (3,2) and (5,4): 8 - 2 = 6
    t = trend_of([2010, 2011, 2012, 2013, 2014], [1, 3, 2, 5, 4])
    assert t.tau == pytest.approx(0.6)
    # of 5! = 120 orders 1 + 4 + 9 = 14 have two inversions or fewer: 2 x 14 / 120
    assert t.p == pytest.approx(28 / 120)
    # slopes: 2, .5, 4/3, .75, -1, 1, 1/3, 3, 1, -1: median of the sorted middle two 0.75 and 1
    assert t.slope == pytest.approx((0.75 + 1.0) / 2)
    assert (t.level, t.level_year) == (3, 2012)
    assert (t.break_year, math.isnan(t.break_p)) == (None, True)


def test_what_is_seen_in_a_year_to_come_by_hand():
    t = trend_of([2010, 2011, 2012, 2013, 2014], [1, 3, 2, 5, 4])
    # off the line 3 + 0.875 (year - 2012): -0.25, 0.875, -1, 1.125, -0.75; squares 3.65625;
    # sqrt(3.65625 / 3 x (1 + 1 / 5)) = 1.20934, t of three degrees at 97.5 % 3.18245
    assert t.spread == pytest.approx(1.20934 * 3.18245, rel=1e-5)
    assert t.at(2012) == pytest.approx((3.0, 3.0 - 3.84866, 3.0 + 3.84866), rel=1e-5)
    # three years on the slope's own ends are 3 x (low - 0.875) and 3 x (high - 0.875) off
    line, low, high = t.at(2015)
    assert line == pytest.approx(3.0 + 3 * 0.875)
    assert (line - low) ** 2 == pytest.approx(t.spread**2 + (3 * (t.slope_low - 0.875)) ** 2)
    assert (high - line) ** 2 == pytest.approx(t.spread**2 + (3 * (t.slope_high - 0.875)) ** 2)


def test_no_value_sits_on_its_own_end_where_dates_lie_off_the_line():
    # 0.6 a year, every third date 0.2 above: most slopes are 0.6, so its interval begins there
    years = np.arange(2010, 2022)
    values = 30.0 + 0.6 * (years - 2010) + np.where(years % 3 == 0, 0.2, 0.0)
    t = trend_of(years, values)
    assert t.slope == pytest.approx(0.6)
    for year, value in zip(years, values, strict=True):
        line, low, high = t.at(year)
        assert low < line < high
        assert low <= value <= high


@pytest.mark.slow
def test_nineteen_of_twenty_dates_to_come_lie_in_their_interval():
    rng = np.random.default_rng(3)
    x = np.arange(2010, 2022)
    inside = 0
    for _ in range(400):
        t = trend_of(x, 0.5 * x + rng.normal(0, 1, len(x)))
        _, low, high = t.at(2025)
        inside += low <= 0.5 * 2025 + rng.normal(0, 1) <= high
    assert inside / 400 == pytest.approx(0.95, abs=0.035)  # three standard errors


def test_order_of_dates_changes_nothing_and_gaps_count_as_years():
    years, values = np.array([2010, 2013, 2014, 2020]), np.array([1.0, 4.0, 5.0, 11.0])
    t = trend_of(years, values)
    assert t.slope == pytest.approx(1.0)
    again = trend_of(years[::-1], values[::-1])
    assert again == t
    assert t.at(2030) == pytest.approx((21.0, 21.0, 21.0))


def test_a_jump_is_found_where_it_is_and_noise_is_not():
    rng = np.random.default_rng(5)
    years = np.arange(2000, 2020)
    noise = rng.normal(0, 0.3, 20)
    jump = trend_of(years, np.where(years >= 2011, 6.0, 1.0) + noise)
    assert jump.break_year == 2011
    assert jump.break_p <= 0.002
    found = [trend_of(years, rng.normal(0, 1, 20), seed=k).break_year for k in range(40)]
    assert sum(b is not None for b in found) <= 6  # 5 % by chance: 2 of 40, 6 at 99 %
    line = trend_of(years, 3.0 * years)
    assert (line.break_year, line.break_p) == (None, 1.0)


def test_scale_and_shift_change_slope_and_nothing_else():
    rng = np.random.default_rng(8)
    years, values = np.arange(2005, 2017), rng.normal(0, 1, 12).cumsum()
    a, b = trend_of(years, values), trend_of(years + 3, 10 * values + 7)
    assert b.slope == pytest.approx(10 * a.slope)
    assert (b.tau, b.p) == pytest.approx((a.tau, a.p))
    assert (a.break_year is None) == (b.break_year is None)


def test_constant_nan_and_too_few():
    t = trend_of(range(2010, 2016), [2.0] * 6)
    assert (t.slope, t.p, t.break_year) == (0.0, 1.0, None)
    with_gap = trend_of([2010, 2011, 2012, 2013, 2014], [1, np.nan, 3, 4, 5])
    assert (with_gap.n, with_gap.slope) == (4, 1.0)
    for wrong in (([2010, 2011, 2012], [1, 2, 3]), ([2010, 2010, 2011, 2012], [1, 2, 3, 4])):
        with pytest.raises(ModelError):
            trend_of(*wrong)
