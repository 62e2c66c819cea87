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
