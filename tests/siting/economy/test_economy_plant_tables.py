"""Energy by year of operation and by month and hour: sums that close."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataError
from siting.economy.plant_tables import hour_month_energy, life_energy


def test_a_leap_year_and_a_plain_one_make_a_mean_year():
    """1 MWh each hour of 2020 and 2021: 744 h in January; February has (29 + 28) / 2 days of
    each hour in a mean year of 8,772 h, so its hours hold 28.5 each."""
    t = pd.date_range("2020-01-01", "2021-12-31 23:00", freq="h")
    table = hour_month_energy("A", t, np.ones(len(t)), yearly_mwh=8772.0)
    by = table.set_index(["month", "hour"])["energy_mwh"]
    assert by[1, 0] == pytest.approx(31.0)
    assert by[2, 5] == pytest.approx(28.5)
    assert table["energy_mwh"].sum() == pytest.approx(8772.0, rel=1e-12)


def test_half_hours_fall_into_their_hour():
    t = pd.date_range("2021-06-01", periods=4, freq="30min")
    table = hour_month_energy("A", t, [1.0, 2.0, 3.0, 4.0], yearly_mwh=10.0)
    by = table.set_index(["month", "hour"])["energy_mwh"]
    assert (by[6, 0], by[6, 1]) == (3.0, 7.0)


def test_no_energy_is_refused():
    t = pd.date_range("2021-06-01", periods=2, freq="h")
    with pytest.raises(DataError):
        hour_month_energy("A", t, [0.0, 0.0], yearly_mwh=1.0)
    with pytest.raises(DataError):
        hour_month_energy("A", t, [1.0], yearly_mwh=1.0)


def test_p90_of_each_year():
    """z(90 %) = 1.281552: 100 * (1 - 0.08 * 1.281552) = 89.7476."""
    table = life_energy("F", "wind", 49.5, [100.0, 50.0], 0.08)
    assert table["p90_mwh"].tolist() == pytest.approx([89.747587, 44.873794], abs=1e-6)
    assert table["year"].tolist() == [1, 2]
