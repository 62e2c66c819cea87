"""Values weather cannot have: gaps where they are few, refused where they are a column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataError
from layers.weather import WeatherSource, check_weather, prepare_weather, weather_of
from layers.weather.clean import cleaned_table
from layers.weather.edge import limits_of
from layers.weather.whole_years import month_donors
from tests.layers.weather.test_weather import HEAD, clear, csv_file, weather


def of_file(tmp_path, table):
    path = csv_file(tmp_path / "w.csv", table, label="mid", **HEAD)
    return weather_of(WeatherSource(path=str(path)), path)


def codes(weather):
    return {w.code for w in weather.warnings}


@pytest.mark.parametrize("mark", [-9900.0, -999.0, -9999.0, 9999.0, 99999.0, -99.9])
def test_missing_marks_are_gaps_in_every_column(mark):
    t = clear()
    t.iloc[10:20] = mark
    out, warnings = cleaned_table(t, "w.csv")
    assert out.iloc[10:20].isna().all().all()
    pd.testing.assert_frame_equal(out.drop(out.index[10:20]), t.drop(t.index[10:20]))
    assert {w.code for w in warnings} == {"weather_missing_marks"}
    assert len(warnings) == t.shape[1]
    assert "10 hours" in warnings[0].text("en")


def test_other_impossible_values_are_gaps_and_told():
    t = clear()
    t.iloc[5, 3] = 61.0
    t.iloc[6, 4] = -3.0
    out, warnings = cleaned_table(t, "w.csv")
    assert np.isnan(out.iloc[5, 3])
    assert np.isnan(out.iloc[6, 4])
    assert [w.code for w in warnings] == ["weather_limits"] * 2
    assert "61" in warnings[0].text("zh")


@pytest.mark.parametrize(
    ("column", "change", "advice"),
    [
        ("temp_air_c", lambda v: v + 273.15, "273.15"),
        ("ghi_w_m2", lambda v: v * 3.6 + 1600, "W/m2"),
        ("wind_speed_m_s", lambda v: v + 70.0, "km/h"),
    ],
)
def test_a_whole_column_outside_is_refused_with_advice(tmp_path, column, change, advice):
    t = clear()
    t[column] = change(t[column])
    with pytest.raises(DataError, match="another unit") as err:
        of_file(tmp_path, t)
    assert column in str(err.value)
    assert advice in str(err.value)


def test_infinite_values_are_refused(tmp_path):
    t = clear()
    t.iloc[4000, 0] = np.inf
    with pytest.raises(DataError, match="infinite"):
        of_file(tmp_path, t)


def test_one_table_of_limits_for_arrays_and_files():
    low, high, unit, _ = limits_of("temp_air_c")
    assert (low, high, unit) == (-90.0, 60.0, "deg C")  # WMO archive: -89.2 and 56.7
    t = clear()
    t.iloc[0, 3] = -89.2
    assert cleaned_table(t, "w")[1] == []


def test_gaps_of_noon_do_not_lift_the_year(tmp_path):
    """30 noon hours of 9999 raised GHI by 17.7 %; a gap is filled from its neighbours."""
    t = clear()
    noon = np.flatnonzero(t.index.hour == 12)[::12][:30]
    clean, _ = of_file(tmp_path, t)
    t.iloc[noon, 0] = 9999.0
    got, findings = of_file(tmp_path, t)
    true = clean.hourly["ghi_w_m2"].sum()
    assert got.hourly["ghi_w_m2"].sum() == pytest.approx(true, rel=2e-3)
    assert "weather_missing_marks" in codes(got)
    assert "gap" in {f.code for f in findings}


def test_zeros_of_a_dead_logger_are_gaps(tmp_path):
    t = clear()
    true = float(t["ghi_w_m2"].sum())
    days = t.index.normalize().isin(pd.date_range("2001-06-03", "2001-06-07", tz=t.index.tz))
    t.loc[days, ["ghi_w_m2", "dni_w_m2", "dhi_w_m2"]] = 0.0
    assert float(t["ghi_w_m2"].sum()) < 0.985 * true  # 5 of 365 days in June
    got, _ = of_file(tmp_path, t)
    assert float(got.hourly["ghi_w_m2"].sum()) == pytest.approx(true, rel=2e-3)
    assert "weather_dead_logger" in codes(got)
    # both sums are told: that of the file stands in the table of sources
    read, used = float(t["ghi_w_m2"].sum()) / 1e3, float(got.hourly["ghi_w_m2"].sum()) / 1e3
    told = next(str(w.text("en")) for w in got.warnings if w.code == "weather_gaps_filled")
    assert f"{read:,.0f} kWh/m² a year" in told
    assert f"filled {used:,.0f}" in told


def test_a_series_without_gaps_is_not_said_to_be_filled(tmp_path):
    got, _ = of_file(tmp_path, clear())
    assert "weather_gaps_filled" not in codes(got)


def test_messages_name_the_file_and_not_the_station(tmp_path):
    t = clear()
    t.iloc[:3000, 0] = float("nan")
    with pytest.raises(DataError) as caught:
        of_file(tmp_path, t)
    assert caught.value.faults[0].where.endswith(".csv")


def test_most_of_the_day_at_zero_is_refused():
    t = clear()
    t.iloc[:1500, :3] = 0.0
    with pytest.raises(DataError, match="dead logger"):
        prepare_weather(weather(t))


def test_days_missing_at_the_start_of_january_keep_their_weight(tmp_path):
    """18 days of January left out cost 4.2 % of a year's energy."""
    t = clear()
    true = float(t["ghi_w_m2"].sum())
    late = t[t.index >= "2001-01-19"]
    got, _ = of_file(tmp_path, late)
    assert len(got.index) == 8760
    # the days that are left stand for the month: it brightens by a tenth from its start
    assert float(got.hourly["ghi_w_m2"].sum()) == pytest.approx(true, rel=5e-3)
    assert float(late["ghi_w_m2"].sum()) < 0.98 * true


def test_a_month_that_is_not_there_is_refused(tmp_path):
    t = clear()
    with pytest.raises(DataError, match="months with next to no data"):
        of_file(tmp_path, t[(t.index < "2001-01-02") | (t.index >= "2001-01-28")])


def test_donors_are_of_the_month_and_hour_and_taken_in_turn():
    i = pd.date_range("2023-01-01 00:30", "2023-02-28 23:59", freq="h")
    missing = np.asarray((i.month == 1) & (i.day > 20))
    to = month_donors(missing, i)
    assert (i.month[to] == i.month).all()
    assert (i.hour[to] == i.hour).all()
    assert not missing[to].any()
    assert (to[~missing] == np.arange(len(i))[~missing]).all()
    # 11 days take 11 of the 20 that are there, none twice
    assert len(set(to[missing & np.asarray(i.hour == 5)].tolist())) == 11


def test_wind_in_kilometres_an_hour_is_told():
    t = clear()
    rng = np.random.default_rng(1)
    t["wind_speed_m_s"] = rng.weibull(2.0, len(t)) * 5.0 * 3.6  # 4.4 m/s as km/h
    found = {f.code: f for f in check_weather(weather(t))}
    assert found["wind_unit"].value == pytest.approx(16.0, abs=0.3)
    t["wind_speed_m_s"] /= 3.6
    assert "wind_unit" not in {f.code for f in check_weather(weather(t))}


def test_a_wind_that_never_changes_is_told():
    t = clear()
    t["wind_speed_m_s"] = 5.0
    assert "wind_constant" in {f.code for f in check_weather(weather(t))}


def test_the_other_half_of_the_earth_is_told():
    t = clear()
    assert "hemisphere" not in {f.code for f in check_weather(weather(t))}
    half = len(t) // 2
    turned = t.set_axis(t.index, axis=0).copy()
    turned.iloc[:, :] = np.roll(t.to_numpy(), half // 24 * 24, axis=0)
    assert "hemisphere" in {f.code for f in check_weather(weather(turned))}


# ---------------------------------------------------------------- cases kept beside


@pytest.mark.parametrize(
    ("case", "ghi", "temp", "wind", "rel"),
    [
        # expected.md: gaps as EPW's are read, and the clean year
        ("b09/w15_tmy3_missing.csv", 1586.9, 9.68, 2.81, 1e-4),
        ("b10/w1_ghi_9999.csv", 1587.8, 9.68, 2.81, 1e-3),
    ],
)
def test_cases_with_missing_marks(shared, case, ghi, temp, wind, rel):
    path = shared / "cases" / case
    got, _ = weather_of(WeatherSource(path=str(path)), path)
    assert got.hourly["ghi_w_m2"].sum() / 1000 == pytest.approx(ghi, rel=rel)
    assert got.hourly["temp_air_c"].mean() == pytest.approx(temp, abs=0.01)
    assert got.hourly["wind_speed_m_s"].mean() == pytest.approx(wind, abs=0.01)
    assert "weather_missing_marks" in codes(got)
