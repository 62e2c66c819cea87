"""What the wind room is given - series, atlas, lists, classes - at the limits of what holds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gis.cells.grid import plan_grid
from gis.errors import DataError
from siting.wind import inputs
from siting.wind.machine.existing import _from_csv
from siting.wind.machine.library import read_turbine_csv
from siting.wind.machine.turbine import RHO0_KG_M3
from siting.wind.resource import roughness
from siting.wind.resource.hub import hub_series
from siting.wind.resource.qc import screen
from siting.wind.resource.shear import Profile, to_height
from siting.wind.section import WindSection
from siting.wind.yield_map import full_load_hours
from siting.wind.yields import wind_weather
from tests.siting.wind.test_wind_formulas import TIMES, ramp

PLAN = SimpleNamespace(area=SimpleNamespace(cell_m=10.0))
NOWHERE = (np.zeros(3), np.zeros(3))


def test_means_of_an_atlas_with_and_without_holes(monkeypatch):
    """A hole takes the mean of the rest: (6 + 7)/2. Nothing but holes is told as a fault."""
    layers = {"atlas": np.array([6.0, 6.5, 7.0])}
    monkeypatch.setattr(inputs, "sample_layer", lambda _, layer, *__: layers.get(layer))
    section = WindSection(atlas_layer="atlas", mean_speed_height_m=100.0)
    whole, none = inputs.atlas_means(PLAN, section, *NOWHERE)
    assert (whole.tolist(), none) == ([6.0, 6.5, 7.0], [])
    layers["atlas"] = np.array([6.0, np.nan, 7.0])
    filled, (warning,) = inputs.atlas_means(PLAN, section, *NOWHERE)
    assert filled.tolist() == [6.0, 6.5, 7.0]
    assert warning.code == "wind_atlas_holes"
    assert "1" in warning.text("en")
    layers["atlas"] = np.full(3, np.nan)
    with pytest.raises(DataError, match="atlas"):
        inputs.atlas_means(PLAN, section, *NOWHERE)
    layers.clear()
    lost, (warning,) = inputs.atlas_means(PLAN, section, *NOWHERE)
    assert (lost, warning.code) == (None, "wind_atlas_missing")
    assert inputs.atlas_means(PLAN, WindSection(), *NOWHERE) == (None, [])


def test_findings_of_the_wind_alone(monkeypatch):
    """Gaps of the wind are told; what is wrong with the sun's columns is not asked for."""
    plan = SimpleNamespace(section=lambda _: WindSection())
    monkeypatch.setattr(inputs, "plan_weather", lambda *_: None)
    assert inputs.wind_findings(plan) == []
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0)
    monkeypatch.setattr(inputs, "plan_weather", lambda *_: wind)
    about = next(iter(inputs._ABOUT_WIND))
    findings = [SimpleNamespace(code=about), SimpleNamespace(code="ghi_night")]
    monkeypatch.setattr("layers.weather.check_weather", lambda _: findings)
    assert [f.code for f in inputs.wind_findings(plan)] == [about]


def test_capacity_in_megawatts_is_read_in_kilowatts(tmp_path):
    """Of a list that has both columns the one in kilowatts holds; a list in GBK is read."""
    path = tmp_path / "old.csv"
    path.write_text("turbine_id,capacity_mw,lon,lat\nA,1.5,106,39\n", encoding="utf-8")
    assert _from_csv(path)["capacity_kw"].tolist() == [1500.0]
    path.write_text(
        "turbine_id,capacity_mw,capacity_kw,lon,lat\nA,9,2000,106,39\n", encoding="utf-8"
    )
    assert _from_csv(path)["capacity_kw"].tolist() == [2000.0]
    name = "\u4e00\u53f7"
    path.write_bytes(f"turbine_id,capacity_kw,lon,lat\n{name},2000,106,39\n".encode("gb18030"))
    assert _from_csv(path)["turbine_id"].tolist() == [name]
    path.write_text("turbine_id,lon\nA,106\n", encoding="utf-8")
    with pytest.raises(DataError, match="capacity_kw, lat"):
        _from_csv(path)


def test_a_curve_in_gbk_with_its_machine_on_the_first_row(tmp_path):
    """What a row leaves out is taken from the row that has it; the first figure holds."""
    name = "\u98ce\u673a"
    path = tmp_path / "own.csv"
    text = (
        "turbine,wind_speed_m_s,power_kw,ct,rated_kw,rotor_m,hub_m,sound_power_db\n"
        f"{name},3,0,0.9,2000,100,90,104.5\n{name},12,2000,0.4,2000,100,95,\n"
        f"{name},25,2000,0.1,,,,\n"
    )
    path.write_bytes(text.encode("gb18030"))
    found = read_turbine_csv(path)[name]
    assert (found.rated_kw, found.rotor_m, found.hub_m) == (2000.0, 100.0, 90.0)
    assert found.sound_power_db == 104.5
    assert found.ct.tolist() == [0.9, 0.4, 0.1]
    assert found.density_kg_m3 == RHO0_KG_M3 == 1.225  # ISO 2533 at sea level
    assert ramp().density_kg_m3 == 1.225


def test_both_laws_are_fitted_to_two_heights():
    """From 30 to 90 m over z0 = 0.05 m the speed grows by ln(1800)/ln(600) = 1.17174; at
    150 m it is ln(3000)/ln(600) = 1.25160 times that of 30 m. As a power law the same two
    heights have the exponent ln 1.17174/ln 3 = 0.144266, 1.26127 at 150 m."""
    ratio = np.log(1800.0) / np.log(600.0)
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=30.0)
    hourly = wind.hourly.assign(wind_speed_90m_m_s=6.0 * ratio)
    both = wind.with_hourly(hourly)
    log = hub_series(both, 150.0, WindSection(shear="log"))
    assert log.profile.value == pytest.approx(0.05, rel=1e-9)
    power = hub_series(both, 150.0, WindSection(shear="power"))
    assert power.profile.value == pytest.approx(np.log(ratio) / np.log(3.0), rel=1e-9)
    assert power.mean_speed_m_s == pytest.approx(6.0 * 5.0**power.profile.value, rel=1e-9)
    assert log.mean_speed_m_s == pytest.approx(6.0 * np.log(3000) / np.log(600), rel=1e-9)


def test_a_profile_is_drawn_to_300_m():
    assert to_height(np.array([5.0]), 300.0, 150.0, Profile("power", 1.0))[0] == 2.5


def test_no_spread_while_it_blows_is_a_frozen_sensor():
    """Above 2 m/s an hour without any gust is frozen; at 2 m/s, and with gusts, it is not."""
    t = pd.date_range("2022-01-01", periods=4, freq="h", tz="UTC")
    found = screen(t, np.array([2.0, 2.1, 5.0, 5.1]), spread_m_s=np.array([0.0, 0.0, 0.1, 0.0]))
    assert [(c.code, c.hours) for c in found.checks] == [("frozen", 2)]
    assert found.valid.tolist() == [True, False, True, False]
    assert found.coverage_frac == 0.5
    assert found.monthly_frac == {1: 0.5}


def test_sensors_stand_still_from_six_hours_on():
    """Six equal hours are frozen, five are not, nor is a calm of 0.5 m/s. Ice: for six hours
    the vane does not turn by a degree while it is below 2 C and 1 m/s."""

    def checks(v, wd=None, temp=None):
        t = pd.date_range("2022-01-01", periods=len(v), freq="h", tz="UTC")
        found = screen(t, np.asarray(v, float), direction_deg=wd, temp_c=temp)
        return {c.code: c.hours for c in found.checks}

    for n, hours in ((5, 0), (6, 6), (7, 7)):
        v = np.concatenate([[4.0], np.full(n, 5.0), [6.0]])
        assert checks(v).get("frozen", 0) == hours, n
    assert checks(np.full(9, 0.5)) == {}
    assert checks(np.full(9, 0.51)) == {"frozen": 9}
    calm = np.linspace(0.1, 0.9, 9)
    still = np.full(9, 90.0)
    assert checks(calm, still, np.full(9, 1.9)) == {"icing": 9}
    assert checks(calm, still, np.full(9, 2.0)) == {}
    assert checks(calm + 0.95, still, np.full(9, 1.9)) == {}
    assert checks(calm, still + np.arange(9.0), np.full(9, 1.9)) == {}
    assert checks(np.array([3.0, 24.0, 3.9])) == {"jump": 2}
    assert checks(np.array([3.0, 23.0, 3.0])) == {}  # 20 m/s within an hour may be
    assert checks(np.array([60.0, 50.0])) == {}
    bad = np.array([0.0, 360.0, 361.0, -1.0])
    assert checks(np.array([3.0, 4.0, 5.0, 6.0]), bad) == {"direction": 2}


def test_hours_that_are_not_there_are_a_gap():
    """Ten hours from first to last, six rows: four are absent, 0.6 is covered."""
    t = pd.date_range("2022-01-01", periods=10, freq="h", tz="UTC")[[0, 1, 2, 3, 4, 9]]
    found = screen(t, np.array([3.0, 4.0, 5.0, 4.0, 3.0, 5.0]))
    assert [(c.code, c.hours) for c in found.checks] == [("gap", 4)]
    assert found.coverage_frac == pytest.approx(0.6)
    with pytest.raises(DataError):
        screen(t, np.zeros(5))
    with pytest.raises(DataError):
        screen(t.tz_localize(None), np.zeros(6))


def test_roughness_within_the_radius_of_a_turbine(monkeypatch):
    """Cells of 100 m; turbines at (150, 750) and (950, 50), radius 100 m: each has its own
    cell and the four beside it, whose middles are just 100 m away, not those across."""
    grid = plan_grid((0, 0, 1200, 1000), 4544, 100)
    asked = []
    codes = np.full(grid.shape, 2)
    for row, col in ((2, 1), (1, 1), (3, 1), (2, 0), (2, 2), (9, 9), (8, 9), (9, 8), (9, 10)):
        codes[row, col] = 1
    monkeypatch.setattr(roughness, "grid_around", lambda *a: asked.append(a[3:]) or grid)
    monkeypatch.setattr(roughness, "open_raster", lambda *_: (codes, codes > 0))
    monkeypatch.setattr(roughness, "vocabulary_of", lambda *_: "x")
    monkeypatch.setattr(roughness, "roughness_of_classes", lambda _: {1: 0.1, 2: 1.0})
    monkeypatch.setattr(roughness, "_data", lambda: {"radius_m": 100.0})
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=10.0)
    x, y = np.array([150.0, 950.0]), np.array([750.0, 50.0])
    section = WindSection(shear="log")
    found, _ = roughness.with_roughness(PLAN, section, wind, x, y)
    assert found.roughness_length_m == pytest.approx(0.1)
    assert asked == [(100.0, 30.0)]  # cells of 30 m at least
    codes[2, 2] = 2
    found, _ = roughness.with_roughness(PLAN, section, wind, x, y)
    assert found.roughness_length_m == pytest.approx(0.1 ** (8 / 9))  # one of nine has 1 m
    monkeypatch.setattr(roughness, "roughness_of_classes", lambda _: {})
    assert roughness.with_roughness(PLAN, section, wind, x, y) == (section, [])
    monkeypatch.setattr(roughness, "open_raster", lambda *_: None)
    assert roughness.with_roughness(PLAN, section, wind, x, y) == (section, [])


def test_a_length_of_nothing_is_no_roughness():
    """Water without waves, and classes without a figure, are left out of the mean."""
    z = np.array([0.0, -1.0, np.nan, 0.01, 1.0])
    assert roughness.mean_roughness_m(z) == pytest.approx(0.1)


def test_hours_of_a_map_follow_the_density_of_the_ground():
    """Hub at sea level (a station 80 m below it): on ground of 920 m it hangs at 1,000 m,
    where the air has 1.1117 of 1.2250 kg/m3 (ISO 2533). On the ramp the energy goes with
    the speed, so with the cube root: 0.96815. Ground that is not known changes nothing."""
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0, altitude_m=-80.0)
    section = WindSection(mean_speed_height_m=80.0)
    mean = np.array([6.0, 6.0, 6.0, np.nan])
    ground = np.array([-80.0, 920.0, np.nan, 0.0])
    found = full_load_hours(ramp(), wind, section, mean, ground)
    assert found[1] / found[0] == pytest.approx(0.96815, abs=2e-4)
    assert found[2] == found[0] == full_load_hours(ramp(), wind, section, mean)[0]
    assert np.isnan(found[3])
    assert np.isnan(full_load_hours(ramp(), wind, section, mean[3:], ground[3:])).all()
