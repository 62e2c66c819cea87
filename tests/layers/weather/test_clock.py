"""When the clock of a series can be told, and when it cannot."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from layers.weather import Weather, clock_offset_h, toa_mean_w_m2

LON, LAT = 106.7, 38.8


def bright(start, days, share=0.7, late_h=0.0):
    """Cloudless days: a share of what arrives at the top of the atmosphere."""
    index = pd.date_range(f"{start} 00:30", periods=24 * days, freq="h", tz="Etc/GMT-8")
    sent = toa_mean_w_m2(index - pd.Timedelta(hours=late_h), LON, LAT)
    top = sent.max()
    ghi = share * top * (sent / top) ** 1.15
    table = pd.DataFrame({"ghi_w_m2": ghi}, index=index)
    return Weather(table, lon=LON, lat=LAT, altitude_m=1100.0, utc_offset_h=8.0, label="mid")


@pytest.mark.parametrize("late_h", [-3.0, 0.0, 0.5, 8.0])
def test_ten_bright_days_of_one_month_are_enough(late_h):
    assert clock_offset_h(bright("2001-06-10", 10, late_h=late_h)) == pytest.approx(
        late_h, abs=0.06
    )


def test_a_week_is_not():
    assert np.isnan(clock_offset_h(bright("2001-06-10", 7)))
    # nor are two half months of seven days each
    assert np.isnan(clock_offset_h(bright("2001-06-24", 14)))


def test_dim_series_are_told_down_to_fifty_watts():
    """The brightest hour of a day in June sends some 1,190 W/m2."""
    assert clock_offset_h(bright("2001-06-10", 12, share=0.1, late_h=1.0)) == pytest.approx(
        1.0, abs=0.06
    )
    assert np.isnan(clock_offset_h(bright("2001-06-10", 12, share=0.03)))
