"""Each check of a weather series at its very border, on series written by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pvlib
import pytest

from layers.weather import check

HOUR = pd.date_range("2001-01-01 00:30", periods=100, freq="h", tz="UTC")


def series(index: pd.DatetimeIndex = HOUR, **columns: Any) -> Any:
    return SimpleNamespace(
        index=index, hourly=pd.DataFrame(columns, index=index), lon=106.5, lat=38.9,
        altitude_m=0.0, step_h=1.0, wind_height_m=10.0,
    )  # fmt: skip


def sky(zenith: Any) -> Any:
    z = np.asarray(zenith, float)
    return SimpleNamespace(zenith_deg=z, cos_zenith=np.maximum(np.cos(np.radians(z)), 0.0))


@pytest.mark.parametrize(
    ("offset", "level", "words"),
    [
        (0.25, None, ""),
        (-0.25, None, ""),
        (np.nan, None, ""),
        (0.26, "warning", "0.26 h late"),
        (-0.26, "warning", "0.26 h early"),
        # half an hour, give or take 9 minutes: the label of the interval
        (0.36, "warning", "label"),
        (-0.64, "warning", "label"),
        (0.34, "warning", "sun"),
        (0.66, "warning", "sun"),
        # 106.5 E is 7.1 h: a whole clock off, by an hour at most
        (7.1, "error", "UTC"),
        (-8.0, "error", "UTC"),
        (6.2, "error", "UTC"),
        (6.0, "error", "sun"),
        (8.2, "error", "sun"),
        (1.99, "warning", "sun"),
        (2.0, "error", "sun"),
    ],
)
def test_a_clock_beside_the_suns(monkeypatch, offset, level, words):
    monkeypatch.setattr(check, "clock_offset_h", lambda weather: offset)
    found = check._clock(series(ghi_w_m2=np.zeros(100)))
    if level is None:
        assert found == []
        return
    (f,) = found
    assert (f.code, f.level, f.value, f.unit) == ("clock", level, offset, "h")
    text = f.text("en")
    assert words in text
    if words == "sun":  # no hint
        assert text.endswith("against the sun")


def test_a_clock_close_to_greenwich_is_not_taken_for_utc(monkeypatch):
    # at 30 E local time is two hours off UTC, which is no more than a wrong clock may be
    monkeypatch.setattr(check, "clock_offset_h", lambda weather: 2.0)
    near = series(ghi_w_m2=np.zeros(100))
    near.lon = 30.0
    assert check._clock(near)[0].text("en").endswith("against the sun")
    monkeypatch.setattr(check, "clock_offset_h", lambda weather: 2.1)
    assert "UTC" in check._clock(near)[0].text("en")


def test_three_components_close_to_a_twentieth():
    zenith = np.full(100, 60.0)  # cos 0.5
    zenith[:10] = 85.0  # too low to ask
    dni, dhi = np.full(100, 400.0), np.full(100, 200.0)
    # 20 of 420 are 4.8 %, 22 of 422 5.2 %; 18.5 of 381.5 are 4.8 %, 20 of 380 5.3 %
    for gap, told in ((20.0, False), (22.0, True), (-18.5, False), (-20.0, True)):
        ghi = 0.5 * dni + dhi + gap
        ghi[:10] = 9999.0
        found = check._closure(series(ghi_w_m2=ghi, dni_w_m2=dni, dhi_w_m2=dhi), sky(zenith))
        assert len(found) == told, gap
        for f in found:
            assert (f.code, f.unit, f.value) == ("closure", "W/m2", pytest.approx(gap))
            assert f"{gap:+.0f} W/m²" in f.text("en")
    # what comes and goes does not cancel: 60 above and below are 15 % of 400
    wave = 0.5 * dni + dhi + np.where(np.arange(100) % 2, 60.0, -60.0)
    (f,) = check._closure(series(ghi_w_m2=wave, dni_w_m2=dni, dhi_w_m2=dhi), sky(zenith))
    assert f.value == pytest.approx(0.0, abs=1e-9)
    assert "15%" in f.text("en")
    for nothing in (np.zeros(100), np.full(100, np.nan)):
        bare = series(ghi_w_m2=nothing, dni_w_m2=dni, dhi_w_m2=dhi)
        assert check._closure(bare, sky(zenith)) == []
    low = check._closure(series(ghi_w_m2=wave, dni_w_m2=dni, dhi_w_m2=dhi), sky([85.0] * 100))
    assert low == []


def test_components_that_are_absent_are_counted():
    ghi, none = np.ones(100), np.full(100, np.nan)
    for columns, n in (({}, 2.0), ({"dni_w_m2": ghi}, 1.0), ({"dni_w_m2": none, "dhi_w_m2": ghi}, 1.0)):  # fmt: skip # noqa: E501
        (f,) = check._closure(series(ghi_w_m2=ghi, **columns), sky(np.full(100, 60.0)))
        assert (f.code, f.value, f.unit) == ("absent", n, "columns")


def test_light_in_the_dark():
    zenith = np.full(100, 60.0)
    zenith[:4] = 98.0, 98.1, 120.0, 150.0
    ghi = np.zeros(100)
    ghi[:4] = 500.0, 10.0, 10.1, 500.0
    (f,) = check._night(series(ghi_w_m2=ghi), sky(zenith))
    assert (f.code, f.value, f.unit) == ("night", 2.0, "hours")  # above 10 W/m2, below 98 deg
    assert "2 hours" in f.text("en")
    ghi[2:4] = 0.0
    assert check._night(series(ghi_w_m2=ghi), sky(zenith)) == []
    (f,) = check._night(series(ghi_w_m2=ghi), sky(np.full(100, 89.0)))
    assert (f.code, f.level) == ("polar", "error")
    assert check._night(series(ghi_w_m2=ghi), sky([88.9] + [95.0] * 99)) == []


YEAR = pd.date_range("2001-01-01 00:30", periods=8760, freq="h", tz="UTC")


def halves(summer: float, winter: float, lat: float) -> list[Any]:
    warm = YEAR.month.isin([4, 5, 6, 7, 8, 9])
    w = series(YEAR, ghi_w_m2=np.where(warm, summer, winter))
    w.lat = lat
    return check._hemisphere(w)


def test_the_brighter_half_year_is_the_one_of_the_place():
    assert halves(97.0, 100.0, 38.9) == []  # 0.97 is let pass
    (f,) = halves(96.0, 100.0, 38.9)
    assert (f.code, f.unit, f.value) == ("hemisphere", "frac", pytest.approx(0.96))
    assert "38.90" in f.text("en")
    assert halves(96.0, 100.0, -38.9) == []
    assert halves(100.0, 96.0, -38.9)[0].value == pytest.approx(0.96)
    # near the equator either may be
    assert halves(50.0, 100.0, 14.9) == halves(100.0, 50.0, -14.9) == []
    assert halves(50.0, 100.0, 15.0) != []
    assert halves(100.0, 0.0, 38.9) == []
    part = series(YEAR[:8000], ghi_w_m2=np.where(YEAR[:8000].month < 4, 9.0, 1.0))
    assert check._hemisphere(part) == []  # eleven months


def wind(mean: float, sd: float, name: str = "wind_speed_m_s", n: int = 100) -> list[Any]:
    v = np.where(np.arange(n) % 2, mean + sd, mean - sd)
    found = check._wind(series(HOUR[:n], **{name: v}))
    return [(f.code, f.value) for f in found]


def test_winds_too_strong_or_too_even():
    assert wind(10.0, 3.0) == []
    assert wind(10.1, 3.0) == [("wind_unit", pytest.approx(10.1))]
    # at 80 m by the power 1/7: 10 x 8^0.14286 = 13.46 m/s
    assert wind(13.4, 3.0, "wind_speed_80m_m_s") == []
    assert wind(13.5, 3.0, "wind_speed_80m_m_s") == [("wind_unit", pytest.approx(13.5))]
    # a standard deviation of 5 % of the mean is enough
    assert wind(8.0, 0.41) == []
    assert wind(8.0, 0.39) == [("wind_constant", pytest.approx(0.39 / 8.0))]
    assert wind(0.0, 0.0) == [("wind_constant", 0.0)]
    # less than a day says nothing; a column of another kind neither
    assert wind(99.0, 0.0, n=23) == []
    assert len(wind(99.0, 0.0, n=24)) == 2
    assert wind(99.0, 0.0, "gust_m_s") == []
    high = series(wind_speed_m_s=np.where(np.arange(100) % 2, 16.0, 10.0))
    high.wind_height_m = 80.0
    assert check._wind(high) == []
    mixed = series(gust_m_s=np.ones(100), wind_speed_m_s=np.full(100, 5.0))
    assert [f.code for f in check._wind(mixed)] == ["wind_constant"]


def test_values_beyond_their_limits_are_counted():
    ghi, temp = np.full(100, 5.0), np.full(100, 20.0)
    ghi[:3], temp[:5] = -100.0, (np.nan, 99.0, -99.0, 98.0, 20.0)
    found = check._limits(series(ghi_w_m2=ghi, other=ghi, temp_air_c=temp))
    assert [(f.code, f.value, f.unit) for f in found] == [
        ("negative", 3.0, "hours"), ("limits", 3.0, "hours"),
    ]  # fmt: skip
    assert "3 hours" in found[0].text("en")
    assert "such as 99" in found[1].text("en")
    ghi[3] = 1e5
    both = check._limits(series(ghi_w_m2=ghi))
    assert [(f.code, f.value) for f in both] == [("negative", 3.0), ("limits", 1.0)]
    low, high = check.limits_row("temp_air_c")[:2]
    assert check._limits(series(temp_air_c=np.where(HOUR.hour < 12, low, high))) == []


def test_gaps_are_counted_in_hours_and_whole_days():
    # four days and four hours from midnight: of 100 hours 4 missing are no twentieth, 5 are
    ghi, temp = np.ones(100), np.ones(100)
    ghi[:4], temp[:5] = np.nan, np.nan
    found = check._gaps(series(ghi_w_m2=ghi, temp_air_c=temp, other=temp))
    assert [(f.code, f.level, f.value) for f in found] == [
        ("gap", "warning", 4.0), ("gap", "error", 5.0),
    ]  # fmt: skip
    assert "4 hours are missing (4.0%)" in found[0].text("en")
    ghi[:48], ghi[47] = np.nan, 1.0
    found = check._gaps(series(wind_speed_m_s=ghi))
    assert [(f.code, f.value, f.unit) for f in found] == [
        ("gap", 47.0, "hours"), ("empty_day", 1.0, "days"),
    ]  # fmt: skip
    assert check._gaps(series(ghi_w_m2=np.ones(100))) == []


@pytest.mark.parametrize(
    ("start", "hours", "found"),
    [
        ("2001", 8760, []),
        ("2001", 8759, [("incomplete_year", 8759.0)]),
        ("2004", 8784, [("leap_year", 8784.0)]),
        ("2004", 8783, []),  # a common year's hours are there
        ("2004", 8759, [("incomplete_year", 8759.0)]),
        ("2001", 8761, [("incomplete_year", 1.0)]),
    ],
)
def test_years_are_whole_or_told(start, hours, found):
    index = pd.date_range(f"{start}-01-01 00:30", periods=hours, freq="h", tz="UTC")
    got = check._years(series(index))
    assert [(f.code, f.value) for f in got] == found
    coarse = series(pd.date_range("2001-01-01", periods=2920, freq="3h", tz="UTC"))
    coarse.step_h = 3.0
    assert check._years(coarse) == []


def test_irradiation_of_another_unit_or_place():
    """Against the clear sky 0.2 to 1.1 of it may be; a day's hours at least are needed."""
    index = pd.date_range("2001-06-01 00:30", periods=72, freq="h", tz="UTC")
    w = series(index, ghi_w_m2=np.ones(72))
    s = check.sun(index, w.lon, w.lat)
    place = pvlib.location.Location(w.lat, w.lon, altitude=0.0)
    clear = place.get_clearsky(index)["ghi"].to_numpy()  # Ineichen, by pvlib's own door
    assert clear.max() > 800.0
    for factor, told in ((0.203, 0), (0.197, 1), (1.09, 0), (1.11, 1)):
        w.hourly["ghi_w_m2"] = factor * clear
        found = check._clear_sky(w, s)
        assert len(found) == told
        for f in found:
            assert (f.code, f.level) == ("clear_sky", "error")
            assert f.value == pytest.approx(factor, rel=5e-3)
    high = np.flatnonzero(s.apparent_zenith_deg < 85.0)
    assert len(high) > 24
    ghi = 2.0 * clear
    ghi[high[24:]] = np.nan
    w.hourly["ghi_w_m2"] = ghi
    assert len(check._clear_sky(w, s)) == 1
    w.hourly.iloc[high[0]] = np.nan
    assert check._clear_sky(w, s) == []  # 23 hours of sun
