"""Stamps become hourly midpoints; finer data are averaged as their kind demands."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.errors import DataError
from layers.weather.regular import regular_hourly, typical_year_index


def table(start, periods, freq, **columns):
    index = pd.date_range(start, periods=periods, freq=freq, tz="UTC")
    return pd.DataFrame(columns, index=index)


def hourly(t, label="mid", typical_year=False, offset=0.0):
    return regular_hourly(
        t, label=label, utc_offset_h=offset, where="x", typical_year=typical_year
    )[0]


@pytest.mark.parametrize(
    ("label", "first"),
    [("start", "00:30"), ("mid", "00:00"), ("end", "2000-12-31 23:30"), ("instant", "00:00")],
)
def test_what_a_stamp_marks_moves_it_by_half_a_step(label, first):
    got = hourly(table("2001-01-01 00:00", 3, "h", temp_air_c=[1.0, 2, 3]), label)
    want = pd.Timestamp(first if "-" in first else f"2001-01-01 {first}", tz="UTC")
    assert got.index[0] == want
    assert got["temp_air_c"].tolist() == [1, 2, 3]


def test_the_clock_is_the_one_asked_for():
    got = hourly(table("2001-01-01 00:30", 2, "h", temp_air_c=[1.0, 2]), offset=8.0)
    assert str(got.index[0]) == "2001-01-01 08:30:00+08:00"


def test_finer_data_are_averaged_by_kind():
    """Four quarters: means; directions about north as vectors; rain as its sum."""
    t = table(
        "2001-01-01 00:07:30",
        8,
        "15min",
        temp_air_c=[1.0, 2, 3, 6, 5, 5, 5, 5],
        wind_direction_deg=[350.0, 10, 350, 10, 80, 100, 80, 100],
        precipitation_mm=[0.25] * 8,
    )
    got = hourly(t)
    assert got.index.strftime("%H:%M").tolist() == ["00:30", "01:30"]
    assert got["temp_air_c"].tolist() == [3.0, 5.0]
    assert (got["wind_direction_deg"].iloc[0] + 180) % 360 == pytest.approx(180)
    assert got["wind_direction_deg"].iloc[1] == pytest.approx(90)
    assert got["precipitation_mm"].tolist() == [1.0, 1.0]


def test_an_hour_that_lacks_a_sample_is_missing():
    t = table("2001-01-01 00:15", 6, "30min", temp_air_c=[1.0, 2, 3, 4, 5, 6]).drop(
        pd.Timestamp("2001-01-01 01:15", tz="UTC")
    )
    got = hourly(t)["temp_air_c"]
    assert got.iloc[0] == 1.5
    assert pd.isna(got.iloc[1])
    assert got.iloc[2] == 5.5


@pytest.mark.parametrize(("step", "told"), [("3h", "coarser"), ("90min", "coarser"),
                                            ("25min", "does not divide")])  # fmt: skip
def test_steps_that_are_no_part_of_an_hour_are_refused(step, told):
    with pytest.raises(DataError, match=told):
        hourly(table("2001-01-01", 9, step, temp_air_c=[1.0] * 9))


def test_a_typical_year_is_one_year_and_keeps_its_leap_day():
    plain = pd.DatetimeIndex(["2005-02-01 00:30", "2011-07-01 00:30"], tz="UTC")
    assert set(typical_year_index(plain).year) == {1990}
    leap = pd.DatetimeIndex(["2004-02-29 00:30", "2011-07-01 00:30"], tz="UTC")
    moved = typical_year_index(leap)
    assert set(moved.year) == {1992}
    assert moved[0].strftime("%m-%d %H:%M") == "02-29 00:30"
