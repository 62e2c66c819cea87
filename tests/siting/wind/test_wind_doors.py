"""Wind that cannot be, at every door of wind: refused, or a told gap that keeps the year.

The year has a mean of its own in each month and one in odd hours, so a month that
loses days keeps its mean by those that are left: the right answer is that of the whole year.
"""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

from geoplan.cli import main
from geoplan.plan_file import load_plan
from gis.errors import DataError
from layers.plain_json import to_json
from siting.wind.inputs import plan_weather, wind_findings
from siting.wind.section import WindSection
from siting.wind.step_wind import wind_step
from siting.wind.yields import wind_weather, wind_yield
from tests.siting.wind.test_wind_step import ROWS, _plan, _quiet

TIMES = pd.date_range("2022-01-01 00:30", periods=8760, freq="h", tz="UTC+08:00")
MONTH = TIMES.month.to_numpy()
# 5 to 8 m/s by month, half a metre up and down by hour
SPEED = 5.0 + MONTH / 4.0 + np.where(np.arange(8760) % 2, 0.5, -0.5)
MEAN = float(SPEED.mean())
BODY = '[wind]\nexisting_csv = "t.csv"\n'
JUNE = np.flatnonzero(MONTH == 6)


def table():
    return pd.DataFrame(
        {
            "time": TIMES.strftime("%Y-%m-%d %H:%M"),
            "wind_speed_m_s": SPEED,
            "wind_direction_deg": np.arange(8760) % 360.0,
            "temp_air_c": 10.0 + MONTH,
            "pressure_pa": 88_700.0,
        }
    )


def plan_of(folder, change):
    plan = _plan(folder, BODY, ROWS)
    change(table()).to_csv(folder / "w.csv", index=False)
    return plan


def put(column, rows, value):
    def change(t):
        t.loc[rows, column] = value
        return t

    return change


def times(column, factor, offset=0.0):
    return lambda t: t.assign(**{column: t[column] * factor + offset})


REFUSED = {
    "kelvin": (times("temp_air_c", 1.0, 273.15), "273.15"),
    "hectopascal": (times("pressure_pa", 0.01), "multiply hPa by 100"),
    "infinite": (put("wind_speed_m_s", [100, 200], np.inf), "infinite"),
    "infinite direction": (put("wind_direction_deg", [7], -np.inf), "infinite"),
    "half a year": (lambda t: t[(MONTH >= 4) & (MONTH <= 9)], "whole year"),
    "a month alone": (lambda t: t[MONTH == 5], "whole year"),
    "a month of marks": (put("wind_speed_m_s", JUNE, -999.0), "months with next to no data"),
    "a month of a dead logger": (put("wind_speed_m_s", JUNE, 0.0), "months with next to"),
    "no wind at all": (times("wind_speed_m_s", 0.0), "months with next to no data"),
    "knots as text": (lambda t: t.assign(wind_speed_m_s="5 kn"), "no numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_by_plan_step_and_doctor(tmp_path, case):
    change, words = REFUSED[case]
    plan = plan_of(tmp_path, change)
    for door in (
        lambda: wind_step(plan, tmp_path, _quiet),
        lambda: wind_findings(plan),
        lambda: plan_weather(plan, plan.section(WindSection)),
    ):
        with pytest.raises(DataError, match=words) as err:
            door()
        assert "w.csv" in str(err.value)


TOLD = {
    # change -> code, whether the mean of the year is kept
    "marks -9900": (put("wind_speed_m_s", JUNE[:240], -9900.0), "weather_missing_marks"),
    "marks 999": (put("wind_speed_m_s", JUNE[:240], 999.0), "weather_missing_marks"),
    "marks 9999": (put("wind_speed_m_s", JUNE[:240], 9999.0), "weather_missing_marks"),
    "impossible": (put("wind_speed_m_s", JUNE[:240], 75.0), "weather_limits"),
    "negative": (put("wind_speed_m_s", JUNE[:240], -3.0), "weather_limits"),
    "a dead logger": (put("wind_speed_m_s", JUNE[:240], 0.0), "weather_wind_dead"),
    "empty": (put("wind_speed_m_s", JUNE[:240], np.nan), "wind_gaps_by_month"),
    "rows not there": (lambda t: t.drop(index=JUNE[:240]), "wind_gaps_by_month"),
    "direction marks": (put("wind_direction_deg", JUNE[:240], 999.0), "weather_missing_marks"),
}


@pytest.mark.parametrize("case", TOLD)
def test_gaps_are_told_and_the_year_keeps_its_mean(tmp_path, case):
    change, code = TOLD[case]
    plan = plan_of(tmp_path, change)
    got = plan_weather(plan, plan.section(WindSection))
    # zeros of 10 days left in would move the year by 2.7 %, marks of 999 by 400 %
    assert got.hourly["wind_speed_m_s"].mean() == pytest.approx(MEAN, rel=1e-9)
    step = wind_step(plan, tmp_path, _quiet)
    assert code in {w.code for w in step.warnings}


@pytest.mark.slow
def test_energy_of_a_year_with_a_dead_logger_is_that_of_the_year(tmp_path):
    """240 hours of nothing in June cost 2.8 % of the energy when they count as wind."""
    p50 = {}
    for name, change in (("whole", lambda t: t), ("dead", TOLD["a dead logger"][0])):
        folder = tmp_path / name
        folder.mkdir()
        found = wind_step(plan_of(folder, change), folder, _quiet)
        p50[name] = to_json(found.summary)["wind"]["p50_mwh_yr"]
    # the wakes see other directions in the hours that stand in
    assert p50["dead"] == pytest.approx(p50["whole"], rel=1e-4)


def test_a_calm_of_a_day_is_wind():
    """24 hours of calm were measured (Jartai); 48 are a logger."""
    for hours, missing in ((24, 0), (47, 0), (48, 48), (500, 500)):
        v = SPEED.copy()
        v[1000 : 1000 + hours] = 0.0
        got = wind_weather(TIMES, v, height_m=70.0)
        assert int(got.hourly["wind_speed_m_s"].isna().sum()) == missing
        assert ("weather_wind_dead" in {w.code for w in got.warnings}) == bool(missing)


@pytest.mark.slow
def test_kilometres_an_hour_and_a_constant_wind_are_told_at_every_door(tmp_path, capsys):
    """Twice the wind is 13 m/s at 10 m: no land station has that as a mean."""
    for change, code, word in (
        (times("wind_speed_m_s", 2.0), "weather_wind_unit", "km/h"),
        (times("wind_speed_m_s", 0.0, 6.0), "weather_wind_constant", "hardly changes"),
    ):
        plan = plan_of(tmp_path, change)
        found = wind_step(plan, tmp_path, _quiet)
        assert code in {w.code for w in found.warnings}
        assert code.removeprefix("weather_") in {f.code for f in wind_findings(plan)}
        assert main(["doctor", str(tmp_path / "plan.toml"), "--json", "--lang", "en"]) in {0, 3}
        weather = json.loads(capsys.readouterr().out)["weather"]
        assert any(word in w["text"]["en"] for w in weather)


def test_a_wind_in_which_every_machine_stands_is_refused_with_the_unit(tmp_path):
    """6.6 m/s at 10 m as km/h are 24, and 38 at the hub: above the cut-out of any machine."""
    plan = plan_of(tmp_path, times("wind_speed_m_s", 3.6))
    assert "wind_unit" in {f.code for f in wind_findings(plan)}
    with pytest.raises(DataError, match="divide km/h by"):
        wind_step(plan, tmp_path, _quiet)


def test_arrays_have_the_gate_of_files():
    one = "generic_1500_325"

    def codes(v, **more):
        found = wind_yield(TIMES, v, one, height_m=10.0, shear_exponent=0.14, **more)
        return {w.code for w in found.warnings}

    assert "weather_wind_unit" in codes(SPEED * 3.0)
    assert "weather_wind_constant" in codes(np.full(8760, 6.0))
    assert codes(SPEED).isdisjoint({"weather_wind_unit", "weather_wind_constant"})
    dead = SPEED.copy()
    dead[JUNE[:240]] = 0.0
    found = wind_yield(TIMES, dead, one, height_m=10.0, shear_exponent=0.14)
    whole = wind_yield(TIMES, SPEED, one, height_m=10.0, shear_exponent=0.14)
    assert "weather_wind_dead" in {w.code for w in found.warnings}
    assert found.gross_mwh_yr == pytest.approx(whole.gross_mwh_yr, rel=5e-3)
    for v, words in (
        (np.where(np.arange(8760) == 5, np.inf, SPEED), "wind_speed_m_s"),
        (np.where(np.arange(8760) == 5, -9900.0, SPEED), "wind_speed_m_s"),
        (SPEED * np.nan, "wind_speed_m_s"),
    ):
        with pytest.raises(DataError, match=words):
            wind_yield(TIMES, v, one, height_m=10.0)
    with pytest.raises(DataError, match="temp_air_c"):
        wind_yield(TIMES, SPEED, one, height_m=10.0, temp_air_c=np.full(8760, 283.0))
    half = (MONTH >= 4) & (MONTH <= 9)
    found = wind_yield(TIMES[half], SPEED[half], one, height_m=10.0)
    assert any("months" in w.text("en") or "month" in w.text("en") for w in found.warnings)


@pytest.mark.slow
def test_an_hour_of_storm_ends_no_run(tmp_path):
    """59.9 m/s at 10 m are 79 m/s at the hub: the machine stands, the year loses one hour."""
    p50 = {}
    for name, change in (("calm", 0.0), ("storm", 59.9)):
        folder = tmp_path / name
        folder.mkdir()
        found = wind_step(
            plan_of(folder, put("wind_speed_m_s", [4000], change)), folder, _quiet
        )
        p50[name] = to_json(found.summary)["wind"]["gross_mwh_yr"]
    assert p50["storm"] == pytest.approx(p50["calm"], rel=1e-9)


def test_a_stuck_anemometer_is_told_by_doctor_as_by_the_step(tmp_path, capsys):
    """30 days of 7.3 m/s to the digit: the quality check finds what the limits cannot."""

    def stuck(t):
        t.loc[JUNE, "wind_speed_m_s"] = 7.3
        return t

    plan = plan_of(tmp_path, stuck)
    step = {w.code: w.text("en") for w in wind_step(plan, tmp_path, _quiet).warnings}
    main(["doctor", str(tmp_path / "plan.toml"), "--json", "--lang", "en"])
    told = [w["text"]["en"] for w in json.loads(capsys.readouterr().out)["weather"]]
    assert step["wind_frozen"] in told


def test_a_series_of_another_place_is_told_by_doctor_and_step(tmp_path, capsys):
    """From 39.02 S to the south of the county at 38.6 N: 77.6 deg x 110.7 km/deg = 8,590 km."""
    plan_of(tmp_path, lambda t: t)
    path = tmp_path / "plan.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("lat = 39.02", "lat = -39.02"), encoding="utf-8")
    step = {w.code: w.text("en") for w in wind_step(load_plan(path), tmp_path, _quiet).warnings}
    km = float(re.search(r"lies ([\d,]+) km", step["weather_far"])[1].replace(",", ""))
    assert km == pytest.approx(8590, rel=0.005)
    main(["doctor", str(path), "--json", "--lang", "en"])
    told = [w["text"]["en"] for w in json.loads(capsys.readouterr().out)["weather"]]
    assert step["weather_far"] in told
