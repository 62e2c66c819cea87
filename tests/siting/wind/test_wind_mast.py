"""A mast: what its heights, its vane and its clock tell, and its wind made long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataError
from layers.plan.read import read_plan
from layers.weather import Weather
from siting.sections import SECTIONS
from siting.wind.inputs import plan_weather
from siting.wind.resource.corrected import corrected_wind
from siting.wind.resource.hub import hub_series
from siting.wind.resource.mast_qc import screened_mast, shadowed, shifted_months
from siting.wind.section import WindSection

HOURS = 8760


def wind(seed: int, years: int) -> tuple[pd.DatetimeIndex, np.ndarray, np.ndarray]:
    """Speed with the memory of half a day and years that differ; directions that wander."""
    rng = np.random.default_rng(seed)
    t = pd.date_range("2018-01-01 00:30", periods=years * HOURS, freq="h", tz="UTC")
    z = np.convolve(rng.normal(size=t.size + 11), np.ones(12) / np.sqrt(12), "valid")
    of_year = np.array([0.8, 1.0, 1.05, 1.1, 0.95, 1.1, 0.9, 1.1])[np.arange(t.size) // HOURS]
    wd = np.cumsum(np.random.default_rng(seed + 1).normal(0, 20, t.size)) % 360.0
    return t, 7.0 * of_year * np.exp(0.4 * z - 0.08), wd


def weather_of(t: pd.DatetimeIndex, **columns: np.ndarray) -> Weather:
    hourly = pd.DataFrame(columns, index=t)
    return Weather(hourly, lon=106.8, lat=38.9, altitude_m=1100.0, source="mast")


def mast(years: int = 1) -> Weather:
    t, v, wd = wind(4, years)
    rng = np.random.default_rng(7)
    noise = lambda: np.exp(0.03 * rng.normal(size=t.size))  # noqa: E731
    cold = 10.0 - 18.0 * np.cos(np.arange(t.size) / HOURS * 2 * np.pi)
    return weather_of(
        t,
        wind_speed_40m_m_s=0.8 * v * noise(),
        wind_speed_100m_m_s=v * noise(),
        wind_direction_deg=wd,
        temp_air_c=cold,
    )


def test_a_sound_mast_keeps_its_hours():
    sound = mast()
    clean = screened_mast(sound)
    assert clean.warnings == ()
    assert clean.hourly.notna().all().all()


def test_what_a_mast_does_wrong_is_found_where_it_was_put_and_nowhere_else():
    sound = mast()
    bad = sound.hourly.copy()
    wd = bad["wind_direction_deg"].to_numpy()
    shade = (wd > 175) & (wd < 205)  # a tower north of the boom: 15 % less at 100 m
    bad.loc[shade, "wind_speed_100m_m_s"] *= 0.85
    bad.iloc[200:220, 0] = 0.3  # ice on the cup of 40 m; 8 below at New Year
    bad.iloc[3000:3024, 1] = bad.iloc[2000:2024, 1].to_numpy()  # a day copied
    bad.iloc[5000:5060, 2] = 217.0  # a vane that sticks
    clean = screened_mast(replace(sound, hourly=bad))
    hourly = clean.hourly
    assert {w.code for w in clean.warnings} == {
        f"mast_{what}" for what in ("shadow", "copied", "vane", "iced")
    }
    blows = sound.hourly.iloc[200:220, 1].to_numpy() >= 4.0  # a lull at both says nothing
    ice = hourly.iloc[200:220, 0].isna().to_numpy()
    assert not (ice & ~blows).any()
    assert (blows & ~ice).sum() <= 2  # a run of fewer than three hours
    assert ice.sum() > 12
    gone = hourly["wind_speed_100m_m_s"].isna().to_numpy()
    assert gone[shade].mean() > 0.95
    assert gone[3000:3024].all()
    assert gone[~shade].mean() < 0.06  # the half sectors beside the shadow and the copied day
    still = hourly["wind_direction_deg"].isna().to_numpy()
    assert still[5000:5060].mean() > 0.7  # but for calms, which turn no vane
    assert not still[:5000].any()
    assert not still[5061:].any()


def test_a_ratio_that_changes_with_the_terrain_is_no_shadow():
    """Half of the compass is rougher: 180 deg are no mast."""
    _, v, wd = wind(5, 1)
    rough = np.where(wd < 180, 0.8, 1.0)
    assert not shadowed(rough * v, v, wd).any()


def test_months_with_another_clock_are_named():
    t, v, _ = wind(6, 1)
    site = pd.Series(v, t)
    late = site.copy()
    march = t.month == 3
    late[march] = site.shift(2)[march]
    assert shifted_months(late.dropna(), site) == {"2018-03": 2}
    assert shifted_months(site, site) == {}


@pytest.mark.slow
def test_every_height_and_the_direction_become_long():
    t, v, wd = wind(4, 8)
    reference = weather_of(t, wind_speed_m_s=0.7 * v, wind_direction_deg=(wd - 15.0) % 360.0)
    found = corrected_wind(mast(), {"era": replace(reference, altitude_m=1600.0)})
    hourly = found.weather.hourly
    assert len(hourly) == 8 * HOURS
    # the first year blows about 0.8 of what the eight do on average
    assert found.top.factor == pytest.approx(v.mean() / v[:HOURS].mean(), rel=0.005)
    assert found.top.factor > 1.15
    assert hourly["wind_speed_100m_m_s"].mean() == pytest.approx(v.mean(), rel=0.01)
    assert hourly["wind_speed_40m_m_s"].mean() == pytest.approx(0.8 * v.mean(), rel=0.01)
    turned = hourly["wind_direction_deg"].to_numpy()[HOURS:] - wd[HOURS:]
    assert np.abs((turned + 180) % 360 - 180).max() < 0.5
    assert found.weather.correction_sd_frac == found.top.sd_frac > 0.02  # the drift alone
    assert "long_term_corrected" in {w.code for w in found.weather.warnings}


@pytest.mark.slow
def test_two_references_tell_the_drift_by_their_spread():
    t, v, _ = wind(4, 8)
    trend = np.linspace(1.0, 1.1, t.size)
    long = {"a": weather_of(t, wind_speed_m_s=v), "b": weather_of(t, wind_speed_m_s=v * trend)}
    found = corrected_wind(mast(), long)
    means = [f.mean_long_term for f in found.by_reference.values()]
    # a trend of 10 % in eight years: over the first year's level b is 5 % above a
    assert means[1] / means[0] == pytest.approx(1.045, abs=0.01)
    spread = abs(means[1] - means[0]) / np.sqrt(2.0) / np.mean(means)
    assert found.top.drift_frac == pytest.approx(spread, rel=1e-6)


PLAN = """
[plan]
id = "t"
title = { zh = "试", en = "t" }
as_of = 2026-01-01
[area]
boundary = { adcode = "640221" }
[wind.weather]
path = "mast.csv"
role = "measured"
tz = "UTC"
label = "mid"
lon = 106.6
lat = 38.9
altitude_m = 1100
[[resource.weather]]
id = "era"
path = "era.csv"
role = "reference"
tz = "UTC"
label = "mid"
lon = 106.6
lat = 38.9
altitude_m = 1100
"""


def csv_of(weather: Weather, path, rows: slice = slice(None)) -> None:
    table = weather.hourly.iloc[rows]
    stamps = table.index.strftime("%Y-%m-%d %H:%M")
    table.round(3).reset_index(drop=True).assign(time=stamps).to_csv(path, index=False)


@pytest.mark.slow
def test_a_plan_with_a_short_mast_and_a_reference_has_the_long_wind(tmp_path):
    t, v, wd = wind(4, 3)
    csv_of(mast(), tmp_path / "mast.csv", slice(0, 5000))  # no whole year
    era = weather_of(t, wind_speed_m_s=0.7 * v, wind_direction_deg=wd)
    csv_of(era, tmp_path / "era.csv")
    (tmp_path / "p.toml").write_text(PLAN, encoding="utf-8")
    plan = read_plan(tmp_path / "p.toml", SECTIONS, frozenset())
    weather = plan_weather(plan, plan.section(WindSection))
    assert set(weather.index.year) == {2018, 2019, 2020}
    assert weather.column("wind_speed_100m_m_s").mean() == pytest.approx(v.mean(), rel=0.02)
    assert {"long_term_corrected", "long_term_season"} <= {w.code for w in weather.warnings}
    off = PLAN + '[resource.long_term]\nmethod = "off"\n'
    (tmp_path / "p.toml").write_text(off, encoding="utf-8")
    plan = read_plan(tmp_path / "p.toml", SECTIONS, frozenset())
    with pytest.raises(Exception, match="one whole year"):
        plan_weather(plan, plan.section(WindSection))


def test_a_mast_without_a_reference_is_screened_too(tmp_path):
    sick = mast()
    hourly = sick.hourly.copy()
    hourly.iloc[5000:5060, 2] = 217.0  # a vane that sticks
    csv_of(replace(sick, hourly=hourly), tmp_path / "mast.csv")
    text = PLAN.partition("[[resource.weather]]")[0]
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    plan = read_plan(tmp_path / "p.toml", SECTIONS, frozenset())
    weather = plan_weather(plan, plan.section(WindSection))
    assert "mast_vane" in {w.code for w in weather.warnings}
    gone = np.isnan(weather.column("wind_direction_deg"))
    assert gone[5000:5060].mean() > 0.7
    assert not gone[:5000].any()


@pytest.mark.parametrize(
    ("heights", "told"),
    [
        (["wind_speed_100m_m_s"], "shear"),  # 25 m/s over 6: an exponent of 1.6
        (["wind_speed_40m_m_s", "wind_speed_100m_m_s"], "mean wind"),  # 7 m/s are 25 km/h
    ],
)
def test_kilometres_an_hour_are_refused(heights, told):
    sound = mast()
    wrong = sound.hourly.copy()
    wrong[heights] *= 3.6
    with pytest.raises(DataError, match=told) as err:
        hub_series(replace(sound, hourly=wrong), 110.0, WindSection())
    assert "mast" in str(err.value)
