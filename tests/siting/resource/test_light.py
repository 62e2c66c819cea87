"""A pyranometer of three months made long by a reference, for a plan with PV."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pvlib
import pytest

from gis.errors import ConfigError, DataError
from layers.plan.read import read_plan
from layers.weather import Weather
from siting.pv.study.context import pv_context, pv_weather
from siting.pv.study.section import PvSection
from siting.pv.study.uncertainty import stack
from siting.resource.light import corrected_light, daily_sums
from siting.resource.plan_series import plan_light_correction
from siting.sections import SECTIONS

SERIES = """
path = "{file}"
role = "{role}"
tz = "UTC+08:00"
label = "mid"
lon = 106.6
lat = 38.9
altitude_m = 1100
"""
PLAN = (
    """
[plan]
id = "t"
title = { zh = "试", en = "t" }
as_of = 2026-01-01
[area]
boundary = { adcode = "640221" }
[pv.weather]"""
    + SERIES.format(file="site.csv", role="measured")
    + '[[resource.weather]]\nid = "satellite"'
    + SERIES.format(file="far.csv", role="reference")
)


def _light() -> pd.DataFrame:
    """Clear-sky hours of a place near, two years, with days of cloud."""
    t = pd.date_range("2021-01-01 00:30", "2022-12-31 23:30", freq="h", tz="Etc/GMT-8")
    noon = np.cos((t.hour.to_numpy() + 0.5 - 12.9) / 24 * 2 * np.pi)
    season = 0.55 - 0.25 * np.cos((t.day_of_year.to_numpy() - 10) / 365 * 2 * np.pi)
    sky = np.random.default_rng(1).uniform(0.4, 1.0, 730)[np.arange(t.size) // 24]
    ghi = np.clip(noon + season - 0.55, 0.0, None) * 900.0 * sky
    return pd.DataFrame({"ghi_w_m2": ghi, "temp_air_c": 10.0, "wind_speed_m_s": 3.0}, t)


@pytest.mark.slow
def test_three_months_of_a_pyranometer_set_the_level_of_all_years(tmp_path):
    far = _light()
    site = far.iloc[24 * 60 : 24 * 160].copy()
    site["ghi_w_m2"] *= 0.9  # the site has 0.9 of the reference's light
    for name, table in (("far", far), ("site", site)):
        stamps = table.index.strftime("%Y-%m-%d %H:%M")
        table.reset_index(drop=True).assign(time=stamps).to_csv(
            tmp_path / f"{name}.csv", index=False
        )
    (tmp_path / "p.toml").write_text(PLAN, encoding="utf-8")
    plan = read_plan(tmp_path / "p.toml", SECTIONS, frozenset())
    weather, _ = pv_weather(plan)
    assert len(weather.index) == 17_520
    assert weather.column("ghi_w_m2").sum() == pytest.approx(
        0.9 * far["ghi_w_m2"].sum(), rel=2e-3
    )
    # no scatter: what is left is the drift no overlap shows
    assert weather.correction_sd_frac == pytest.approx(0.026, abs=1e-3)
    codes = {w.code for w in weather.warnings}
    assert {"long_term_corrected", "long_term_season", "long_term_short_reference"} <= codes
    parts = {c.id: c.sd_frac for c in stack(correction=weather.correction_sd_frac)}
    assert parts["correction"] == weather.correction_sd_frac
    assert {c.id: c.sd_frac for c in stack()}["correction"] == 0.0


def _written(folder, **tables: pd.DataFrame) -> None:
    for name, table in tables.items():
        stamps = table.index.strftime("%Y-%m-%d %H:%M")
        table.reset_index(drop=True).assign(time=stamps).to_csv(
            folder / f"{name}.csv", index=False
        )


@pytest.mark.parametrize("own", ["measured", "reference", ""])
def test_the_series_of_pv_may_be_either_side_or_neither(tmp_path, own):
    """0.9 of the reference's light over a hundred days, whichever entry stands where."""
    far = _light().iloc[: 24 * 200]
    site = far.iloc[24 * 60 : 24 * 160].copy()
    site["ghi_w_m2"] *= 0.9
    _written(tmp_path, far=far, site=site)
    pair = {"site": "measured", "far": "reference"}
    mine = "far" if own != "measured" else "site"
    text = PLAN.partition("[pv.weather]")[0] + "[pv.weather]"
    text += SERIES.format(file=f"{mine}.csv", role=own)
    for name, role in pair.items():
        if name != mine or not own:
            text += f'[[resource.weather]]\nid = "{name}"'
            text += SERIES.format(file=f"{name}.csv", role=role)
    (tmp_path / "p.toml").write_text(text, encoding="utf-8")
    plan = read_plan(tmp_path / "p.toml", SECTIONS, frozenset())
    source = plan.section(PvSection).weather
    found = plan_light_correction(plan, source)
    if not own:
        assert found is None  # it stands for itself
        return
    # the hundred days are brighter than the two hundred: 0.9 of their light is the long term
    assert found.correction.mean_long_term == pytest.approx(
        0.9 * found.correction.mean_reference, rel=1e-6
    )


def test_dead_hours_and_missing_ones_make_no_day():
    table = _light().iloc[: 24 * 4].copy()
    table.iloc[36, 0] = 0.0  # noon of the second day: a dead logger
    table.iloc[60, 0] = np.nan
    place = {"lon": 106.6, "lat": 38.9, "altitude_m": 1100.0}
    found = daily_sums(Weather(table, **place, utc_offset_h=8.0), 8.0)
    assert found.isna().tolist() == [False, True, True, False]
    assert found.iloc[0] == pytest.approx(table["ghi_w_m2"].iloc[:24].sum() / 1000.0)


def _clear(lon: float = 106.6, lat: float = 38.9) -> Weather:
    """Half a year of a sky without turbidity, on the clock of its place."""
    t = pd.date_range("2021-01-01 00:30", periods=4380, freq="h", tz="Etc/GMT-8")
    sky = pvlib.location.Location(lat, lon, altitude=1100).get_clearsky(t, "haurwitz")
    return Weather(
        sky[["ghi"]].rename(columns={"ghi": "ghi_w_m2"}) * 0.75,
        lon=lon,
        lat=lat,
        altitude_m=1100.0,
        utc_offset_h=8.0,
        file="site.csv",
    )


def test_light_that_cannot_be_of_its_place_corrects_nothing():
    """MJ/m2 of an hour are W/m2 over 278; their correlation with the truth is one."""
    good = _clear()
    small = good.with_hourly(good.hourly * 0.0036)
    late = good.with_hourly(good.hourly.set_axis(good.index + pd.Timedelta(hours=5), axis=0))
    for wrong, words in ((small, "does not fit the place"), (late, "hours off")):
        for pair in ((wrong, good), (good, wrong)):
            with pytest.raises(DataError, match=words) as caught:
                corrected_light(pair[0], {"far": pair[1]})
            assert caught.value.faults[0].where == "site.csv"


def test_a_reference_of_another_region_is_told():
    """Four degrees of latitude are 444 km; the drift was found within 250 km."""
    for lat, told in ((42.9, True), (40.9, False)):
        found = corrected_light(_clear(), {"far": _clear(lat=lat)})
        warnings = {w.code: w.text("en") for w in found.weather.warnings}
        assert ("long_term_far" in warnings) == told
        assert not told or "444 km" in warnings["long_term_far"]


@pytest.mark.slow
def test_a_measured_year_alone_and_an_atlas_that_is_not_there(tmp_path):
    """Nothing corrects it: told. Light of an atlas the plan does not have: refused."""
    table = _light().loc["2021"]
    stamps = table.index.strftime("%Y-%m-%d %H:%M")
    table.reset_index(drop=True).assign(time=stamps).to_csv(tmp_path / "site.csv", index=False)
    alone = PLAN.partition("[[resource.weather]]")[0]
    (tmp_path / "plan.toml").write_text(alone, encoding="utf-8")
    found = pv_weather(read_plan(tmp_path / "plan.toml", SECTIONS, frozenset()))
    assert found is not None
    assert "long_term_no_reference" in {w.code for w in found[0].warnings}
    wish = alone.replace("[pv.weather]", '[pv]\nlight = "atlas"\ntilt_deg = 30\n[pv.weather]')
    (tmp_path / "wish.toml").write_text(wish, encoding="utf-8")
    with pytest.raises(ConfigError, match="needs a layer") as caught:
        pv_context(read_plan(tmp_path / "wish.toml", SECTIONS, frozenset()))
    assert caught.value.faults[0].where == "wish.toml [pv] light"


def test_a_component_of_uncertainty_that_is_not_there_is_refused_with_the_plan():
    with pytest.raises(ConfigError, match=r"uncertainty.*no such|no .*uncertainty") as caught:
        PvSection.model_validate({}).changed(uncertainty={"foo": 0.1})
    assert "interannual" in caught.value.faults[0].expected
