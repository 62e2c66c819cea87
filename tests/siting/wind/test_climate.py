"""The wind climate as tables: sectors, classes, months and hours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from siting.wind.resource.climate import hour_month_table, speed_class_table, weibull_table
from siting.wind.resource.hub import HubSeries


def series(speed, direction=None, index=None) -> HubSeries:
    speed = np.asarray(speed, dtype=float)
    if index is None:
        index = pd.date_range("2021-01-01", periods=speed.size, freq="h", tz="UTC")
    return HubSeries(index, speed, np.full(speed.size, 1.1), direction, 100.0, None, 1.0)


def test_weibull_of_each_sector_and_of_all():
    """Quantiles of Weibull(8, 2) from the north, of Weibull(5, 2) from the south.

    Mean of a Weibull with k = 2: A sqrt(pi) / 2 = 7.0898 and 4.4311 m/s.
    """
    u = (np.arange(6000) + 0.5) / 6000
    base = np.sqrt(-np.log(1 - u))
    speed = np.concatenate([8.0 * base, 5.0 * base])
    wind_from = np.concatenate([np.full(6000, 359.0), np.full(6000, 181.0)])
    table = weibull_table(series(speed, wind_from), sectors=4)
    assert table["sector_deg"].tolist()[:4] == [0.0, 90.0, 180.0, 270.0]
    north, east, south = (table.iloc[i] for i in (0, 1, 2))
    assert (north["a_m_s"], north["k"]) == pytest.approx((8.0, 2.0), rel=2e-3)
    assert (south["a_m_s"], south["k"]) == pytest.approx((5.0, 2.0), rel=2e-3)
    assert north["weibull_mean_m_s"] == pytest.approx(8 * np.sqrt(np.pi) / 2, rel=2e-3)
    assert north["frequency"] == south["frequency"] == 0.5
    assert np.isnan(east["a_m_s"])
    assert east["hours"] == 0
    whole = table.iloc[-1]
    assert np.isnan(whole["sector_deg"])
    assert whole["hours"] == 12_000
    # the fit keeps the mean cube: A^3 Gamma(1 + 3/k)
    from scipy.special import gamma

    cube = whole["a_m_s"] ** 3 * gamma(1 + 3 / whole["k"])
    assert cube == pytest.approx((speed**3).mean(), rel=1e-6)


def test_a_series_without_directions_has_one_row():
    u = (np.arange(500) + 0.5) / 500
    table = weibull_table(series(7.0 * np.sqrt(-np.log(1 - u))))
    assert len(table) == 1
    classes = speed_class_table(series([1.0, 3.0, 3.5, np.nan]))
    assert classes["sector_deg"].isna().all()
    assert classes["frequency"].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_too_short_a_series_gives_no_fit():
    assert np.isnan(weibull_table(series([5.0, 6.0]))["a_m_s"].iloc[-1])
    assert len(speed_class_table(series([np.nan, np.nan]))) == 0


def test_classes_hold_their_lower_edge_and_add_up():
    """2.0 m/s belongs to 2-4; 345 deg to the sector of north (345 to 15)."""
    table = speed_class_table(series([2.0, 1.999, 5.0], np.array([345.0, 344.9, 15.0])))
    kept = table[table["frequency"] > 0]
    assert kept[["sector_deg", "from_m_s"]].values.tolist() == [[0, 2], [30, 4], [330, 0]]
    assert table["frequency"].sum() == pytest.approx(1.0, abs=1e-12)


def test_hours_are_told_on_the_local_clock():
    """One hour at 2021-01-31 20:00 UTC is 04:00 on the first of February at UTC+8."""
    index = pd.DatetimeIndex(["2021-01-31T20:00", "2021-02-01T20:00"], tz="UTC")
    table = hour_month_table(series([4.0, 8.0], index=index), 8.0)
    assert len(table) == 288
    known = table[table["speed_m_s"].notna()]
    assert known.values.tolist() == [[2, 4, 6.0]]
