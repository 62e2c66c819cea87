"""Formulas of the wind room against numbers derived by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataError
from layers.spec import Text
from layers.weather import Weather
from siting.economy.p_values import Component, p_values
from siting.wind.farm import farm_yield
from siting.wind.impact.flicker import SunSteps, flicker_hours, sun_steps
from siting.wind.impact.visual import visible_turbines
from siting.wind.layout.region import Spacing
from siting.wind.machine.library import turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.economics import carbon, compare_money, recycling
from siting.wind.repower.eligibility import eligibility
from siting.wind.repower.hybrid import best_split, complementarity, connection, duration_curve
from siting.wind.resource.density import (
    density_at_altitude_kg_m3,
    density_kg_m3,
    equivalent_speed_m_s,
    pressure_at_height_pa,
)
from siting.wind.resource.distribution import weather_of_rose, weather_of_weibull
from siting.wind.resource.hub import hub_series
from siting.wind.resource.qc import screen
from siting.wind.resource.rose import Rose, refine, rose_from_series
from siting.wind.resource.shear import Profile, fit_profile, to_height
from siting.wind.resource.weibull import fit_sectors, fit_weibull
from siting.wind.section import RepowerSection, WeibullSector, WindSection
from siting.wind.uncertainty import loss_chain, speed_sensitivity, uncertainty_stack
from siting.wind.wake.gaussian import design_wake, gauss_aep, gauss_gradient, simple_bastankhah
from siting.wind.wake.models import WakeSpread, pywake_aep
from siting.wind.yields import wind_weather

TIMES = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")


def ramp(ct: float | None = None, rotor_m: float = 80.0) -> Turbine:
    """100 kW for every m/s up to 10 m/s, 1,000 kW from there to 25 m/s."""
    v = np.array([0.0, 10.0, 25.0])
    return Turbine(
        id="ramp", rated_kw=1000.0, rotor_m=rotor_m, hub_m=80.0, hubs_m=(80.0,), speed_m_s=v,
        power_kw=np.array([0.0, 1000.0, 1000.0]), ct=None if ct is None else np.full(3, ct),
        ct_kind="none" if ct is None else "given", kind="generic", manufacturer="",
        source="test", licence="",
    )  # fmt: skip


# ------------------------------------------------------------------ density


def test_moist_air_by_hand():
    """25 C, 100 kPa, half saturated: p_w = 0.0000205 exp(0.0631846 298.15) = 3113.19 Pa.

    rho = (100000/287.05287 - 0.5 3113.19 (1/287.05287 - 1/461.5))/298.15
        = (348.368 - 2.0498)/298.15 = 1.161557 kg/m3.
    """
    assert density_kg_m3(25.0, 1e5, 0.5) == pytest.approx(1.161557, abs=2e-6)
    assert density_kg_m3(25.0, 1e5, 0.5) < density_kg_m3(25.0, 1e5)


def test_standard_atmosphere():
    """ISO 2533 at 1,000 m and 2,000 m: 898.76 and 795.01 hPa, 1.1117 and 1.0066 kg/m3."""
    for h, hpa, rho in ((1000.0, 898.76, 1.1117), (2000.0, 795.01, 1.0066)):
        assert pressure_at_height_pa(101_325.0, 15.0, h) == pytest.approx(hpa * 100, rel=2e-4)
        assert density_at_altitude_kg_m3(h) == pytest.approx(rho, rel=2e-4)
    # the pressure of the atmosphere with a temperature of one's own: p/(R T)
    assert density_at_altitude_kg_m3(1000.0, 25.0) == pytest.approx(
        89_876 / (287.053 * 298.15), rel=2e-4
    )


def test_equivalent_speed_is_the_cube_root():
    assert equivalent_speed_m_s(10.0, 1.225 * 0.512) == pytest.approx(8.0)


# ------------------------------------------------------------------ shear


def test_calm_hours_do_not_bend_the_profile():
    """Hours of 1 m/s below and 8 m/s above are left out: the exponent stays 0.2."""
    low = np.concatenate([np.full(48, 6.0), np.full(48, 1.0)])
    high = np.concatenate([np.full(48, 6.0 * 2**0.2), np.full(48, 8.0)])
    assert fit_profile({40.0: low, 80.0: high}).value == pytest.approx(0.2, abs=1e-12)


def test_fits_invert_their_laws():
    v = np.full(48, 5.0)
    lifted = v * math.log(90 / 0.05) / math.log(30 / 0.05)
    assert fit_profile({30.0: v, 90.0: lifted}, "log").value == pytest.approx(0.05, rel=1e-9)
    assert fit_profile({30.0: v, 90.0: v * 3**0.14}).value == pytest.approx(0.14, rel=1e-9)


def _three_heights(factor_10_m: float) -> Weather:
    """0.2 between 10, 40 and 100 m, the lowest sheltered by `factor_10_m`."""
    t = pd.date_range("2023-01-01 00:30", periods=240, freq="h", tz="UTC")
    base = 8.0 + np.sin(np.arange(240) / 5.0)
    columns = {f"wind_speed_{h}m_m_s": base * (h / 100.0) ** 0.2 for h in (10, 40, 100)}
    columns["wind_speed_10m_m_s"] = columns["wind_speed_10m_m_s"] * factor_10_m
    return Weather(pd.DataFrame(columns, t), lon=106.0, lat=39.0, altitude_m=1100.0)


def test_a_sheltered_height_does_not_bend_the_profile_at_the_hub():
    """Of 10 and 100 m alone the exponent would be 0.2 - ln(0.7) / ln 10 = 0.355."""
    sound = hub_series(_three_heights(1.0), 140.0, WindSection())
    assert sound.profile.value == pytest.approx(0.2, abs=1e-9)
    assert sound.profile.heights_m == (10.0, 40.0, 100.0)
    assert sound.profile.largest_residual_frac < 1e-9
    bent = hub_series(_three_heights(0.7), 140.0, WindSection())
    assert bent.profile.value == pytest.approx(0.2, abs=1e-9)
    assert bent.profile.heights_m == (40.0, 100.0)
    assert {w.code for w in bent.warnings} - {w.code for w in sound.warnings} == {
        "wind_profile_residual"
    }


def test_wind_that_falls_with_height_is_told():
    swapped = _three_heights(1.0)
    names = {"wind_speed_10m_m_s": "wind_speed_100m_m_s"}
    names |= {v: k for k, v in names.items()}
    swapped = swapped.with_hourly(swapped.hourly.rename(columns=names))
    found = hub_series(swapped, 100.0, WindSection())
    assert found.profile.value < 0
    assert "wind_shear_negative" in {w.code for w in found.warnings}


def test_profiles_end_at_300_m():
    from gis.errors import ModelError

    assert to_height(np.array([5.0]), 100.0, 300.0, Profile("power", 0.0))[0] == 5.0
    with pytest.raises(ModelError, match="outside the range"):
        to_height(np.array([5.0]), 100.0, 301.0, Profile("power", 0.1))


# ------------------------------------------------------------------ Weibull, rose, distribution


def test_weibull_fit_keeps_cube_and_share_above_the_mean():
    """Two-valued wind, 1/4 of hours at 10 and 3/4 at 4 m/s: cube 298, share above 5.5 = 1/4."""
    v = np.repeat([10.0, 4.0, 4.0, 4.0], 100)
    fit = fit_weibull(v)
    cube = fit.a_m_s**3 * math.gamma(1 + 3 / fit.k)
    assert cube == pytest.approx(298.0, rel=1e-6)
    assert math.exp(-((5.5 / fit.a_m_s) ** fit.k)) == pytest.approx(0.25, abs=1e-6)


def test_sectors_are_centred_on_north():
    v = np.tile([4.0, 6.0, 9.0], 200)
    fit = fit_sectors(v, np.tile([350.0, 10.0, 0.0], 200), 4)
    assert fit.hours.tolist() == [600, 0, 0, 0]


def test_wind_below_nothing_has_no_distribution():
    v = np.full(200, 6.0)
    v[7] = -0.5
    with pytest.raises(DataError):
        fit_sectors(v, np.zeros(200), 4)


def test_rose_of_hours_by_hand():
    """Bin 4-5 m/s with 4.0 and 4.9 m/s stands at ((64 + 117.649)/2)^(1/3) = 4.4950 m/s.

    A calm hour without direction counts (north); one of 4 m/s without direction does not.
    """
    v = np.array([4.0, 4.9, 0.3, 4.0])
    rose = rose_from_series(v, np.array([85.0, 95.0, np.nan, np.nan]), sectors=4)
    assert rose.direction_frequency == pytest.approx([1 / 3, 2 / 3, 0, 0])
    assert rose.speed_m_s[4] == pytest.approx(4.4950, abs=1e-4)
    assert (rose.frequency[1] * rose.speed_m_s**3).sum() == pytest.approx(181.649 / 3)


def test_main_direction_carries_most_energy():
    """60 % of hours at 4 m/s (38.4) from the north, 40 % at 8 m/s (204.8) from the south."""
    rose = Rose(
        np.array([0.0, 180.0]), np.array([4.0, 8.0]), np.array([[0.6, 0.0], [0.0, 0.4]])
    )
    assert rose.main_direction_deg == 180.0
    nearly = Rose(
        np.array([0.0, 180.0]), np.array([4.0, 6.0]), np.array([[0.7, 0.0], [0.0, 0.3]])
    )
    # 44.8 against 64.8 by the cube, 2.8 against 1.8 by the speed
    assert nearly.main_direction_deg == 180.0


def test_refining_keeps_hours_and_centres():
    rose = Rose(np.array([0.0, 90.0, 180.0, 270.0]), np.array([8.0]), np.full((4, 1), 0.25))
    fine = refine(rose, 2)
    assert fine.frequency.sum() == pytest.approx(1.0)
    assert fine.direction_deg.tolist() == [22.5 + 45 * k for k in range(8)]


def test_hours_of_a_distribution():
    """A = 8, k = 3: mean 8 Gamma(4/3) = 7.1438, mean cube 512; calm hours fill a rose up."""
    place = {"lon": 0.0, "lat": 0.0, "altitude_m": 0.0, "height_m": 100.0}
    sector = WeibullSector(direction_deg=90.0, frequency=1.0, a_m_s=8.0, k=3.0)
    v = weather_of_weibull([sector], **place).hourly["wind_speed_m_s"]
    assert v.mean() == pytest.approx(7.1438, rel=1e-3)
    assert (v**3).mean() == pytest.approx(512.0, rel=1e-3)
    for given, kept in ((90.0, 90.0), (359.5, 359.5), (360.0, 0.0)):
        turned = sector.model_copy(update={"direction_deg": given})
        hourly = weather_of_weibull([turned], **place).hourly
        assert set(hourly["wind_direction_deg"]) == {kept}
    rose = Rose(np.array([0.0]), np.array([8.0]), np.array([[0.995]]))
    drawn = weather_of_rose(rose, **place).hourly["wind_speed_m_s"]
    assert (drawn == 0).mean() == pytest.approx(0.005, abs=1e-4)
    assert len(drawn) == 8760 * 4


# ------------------------------------------------------------------ hub


def test_density_at_a_hub_above_the_station():
    """Ground 1,200 m, station 1,000 m, hub 100 m: the air is 300 m above the barometer and
    cooled by 0.0065 (300 - 2) = 1.937 K, since the thermometer hangs at 2 m.

    p = 90000 (1 - 0.0065 300/293.15)^5.25588 = 86897 Pa, T = 293.15 - 1.937 = 291.213 K,
    rho = 86897/(287.05287 291.213) = 1.03952 kg/m3.
    """
    wind = wind_weather(
        TIMES, np.full(8760, 6.0), height_m=100.0, altitude_m=1000.0,
        temp_air_c=np.full(8760, 20.0), pressure_pa=np.full(8760, 90_000.0),
    )  # fmt: skip
    found = hub_series(wind, 100.0, WindSection(shear_exponent=0.1), ground_m=1200.0)
    p = 90_000 * (1 - 0.0065 * 300 / 293.15) ** 5.25588
    assert p == pytest.approx(86_897, abs=40)
    assert found.rho_kg_m3[0] == pytest.approx(p / (287.05287 * 291.213), rel=1e-5)


def test_scaled_to_the_mean_at_its_own_height():
    """5 m/s at 10 m, 0.2: 7.924 m/s at 100 m; scaled to 9 m/s there, the 80 m hub has
    9 0.8^0.2 = 8.607 m/s. The factor 9/7.924 = 1.136 is near; 12/7.924 = 1.51 is told."""
    wind = wind_weather(TIMES, np.full(8760, 5.0), height_m=10.0)
    section = WindSection(shear_exponent=0.2, mean_speed_m_s=9.0, mean_speed_height_m=100.0)
    found = hub_series(wind, 80.0, section)
    assert found.mean_speed_m_s == pytest.approx(9 * 0.8**0.2, rel=1e-9)
    assert found.speed_scale == pytest.approx(9 / (5 * 10**0.2), rel=1e-9)
    assert "wind_speed_bias" not in {w.code for w in found.warnings}
    far = hub_series(wind, 80.0, section.model_copy(update={"mean_speed_m_s": 12.0}))
    assert "wind_speed_bias" in {w.code for w in far.warnings}


def test_impossible_hours_go_and_a_lost_temperature_does_not_take_the_wind():
    wind = wind_weather(
        TIMES, np.full(8760, 6.0), height_m=100.0, temp_air_c=np.full(8760, 10.0)
    )
    hourly = wind.hourly
    hourly.iloc[0, hourly.columns.get_loc("wind_speed_m_s")] = -3.0
    hourly.iloc[1, hourly.columns.get_loc("wind_speed_m_s")] = 99.0
    hourly.iloc[5, hourly.columns.get_loc("temp_air_c")] = np.nan
    found = hub_series(wind, 100.0, WindSection(shear_exponent=0.1))
    assert np.isnan(found.speed_m_s).nonzero()[0].tolist() == [0, 1]
    assert found.rho_kg_m3[5] == pytest.approx(found.rho_kg_m3[4], rel=1e-9)


def test_speeds_above_60_m_s_are_a_finding():
    t = pd.date_range("2022-01-01", periods=4, freq="h", tz="UTC")
    found = screen(t, np.array([59.0, 61.0, 5.0, 6.0]))
    assert [(c.code, c.hours) for c in found.checks if c.code == "range"] == [("range", 1)]


def test_a_jump_counts_up_and_down_but_not_beside_what_cannot_be():
    """From 5 to 50 m/s and back are two jumps; the fall back from 70 m/s is none."""
    t = pd.date_range("2022-01-01", periods=8, freq="h", tz="UTC")
    found = screen(t, np.array([5.0, 5.1, 50.0, 5.2, 5.3, 70.0, 5.4, 5.5]))
    assert [(c.code, c.hours) for c in found.checks] == [("jump", 2), ("range", 1)]
    assert np.flatnonzero(~found.valid).tolist() == [2, 3, 5]


# ------------------------------------------------------------------ flicker


def one_sun(azimuth=180.0, elevation=30.0, **more) -> SunSteps:
    one = np.array([1])
    return SunSteps(
        np.array([azimuth]), np.array([elevation]), one * 0, one,
        np.array([more.get("shine", 1.0)]), np.array([more.get("rotor", np.nan)]),
        more.get("step_h", 0.25),
    )  # fmt: skip


def test_flicker_counts_a_step_once_and_in_its_length():
    """Two turbines shade one place in one step of a quarter of an hour: 0.25 h, 15 min."""
    foot = np.zeros((2, 3))
    spot = np.array([[0.0, 173.2, 0.0]])
    sun = one_sun(shine=0.4, rotor=180.0)
    found = flicker_hours(spot, foot, np.array([100.0]), np.array([80.0]), sun, eye_m=0.0,
                          expected=True)  # fmt: skip
    assert found.worst_h_yr[0] == 0.25
    assert found.worst_min_day[0] == 15.0
    assert found.expected_h_yr[0] == pytest.approx(0.1)


def test_the_eye_is_above_the_ground():
    """Eye 50 m up: the axis of the shadow passes 50/tan 30 = 86.6 m north of the hub.

    The disc of 40 m about the hub reaches 80 m along the ground: 6.6 to 166.6 m.
    """
    spots = np.array([[0.0, 8.0, 0.0], [0.0, 165.0, 0.0], [0.0, 168.0, 0.0]])
    found = flicker_hours(
        spots, np.zeros((1, 3)), np.array([100.0]), np.array([80.0]), one_sun(), eye_m=50.0
    )
    assert found.worst_h_yr.tolist() == [0.25, 0.25, 0.0]


def test_reach_is_flat():
    """A place 790 m away is within ten diameters of 80 m, however high the hub."""
    spot = np.array([[0.0, 790.0, 0.0]])
    el = math.degrees(math.atan(160 / 790))
    found = flicker_hours(
        spot, np.zeros((1, 3)), np.array([160.0]), np.array([80.0]), one_sun(elevation=el),
        eye_m=0.0,
    )  # fmt: skip
    assert found.worst_h_yr[0] == 0.25


def test_sun_steps_are_the_middle_of_each_step_on_the_local_clock():
    """At 120 E the sun is highest near 04:00 UTC = noon of the local clock.

    21 March 2023, equinox: at 0 N the sun stands within a degree of the zenith; azimuths of
    a grid turned by 2 deg are 2 deg more. Every step is a quarter of an hour, above 3 deg.
    """
    sun = sun_steps(120.0, 39.0, step_min=15)
    assert sun.step_h == 0.25
    assert 3.0 <= sun.elevation_deg.min() < 3.2
    top = sun.elevation_deg.argmax()
    assert sun.month[top] == 6
    assert sun.day.max() == 364
    turned = sun_steps(120.0, 39.0, step_min=15, north_offset_deg=2.0)
    assert turned.azimuth_deg[100] == pytest.approx((sun.azimuth_deg[100] + 2.0) % 360)
    # the first step of 1 January by the local clock begins in the old year of UTC
    assert sun.day[0] == 0
    # steps centred on :07:30: mornings and evenings of the solstice mirror about noon
    import pvlib

    at = pvlib.solarposition.spa_python(
        pd.DatetimeIndex(["2023-01-01 01:07:30"], tz="UTC"), 39.0, 120.0, altitude=0.0
    )
    gap = np.abs(sun.azimuth_deg[:40] - float(at["azimuth"].iloc[0]))
    assert gap.min() == pytest.approx(0.0, abs=1e-6)


def test_days_are_days_of_the_local_clock():
    """At 150 E the morning sun of 1 February is 31 January in UTC (local is UTC + 10 h)."""
    sun = sun_steps(150.0, -30.0, step_min=30)
    first = int(np.flatnonzero(sun.month == 2)[0])
    assert sun.azimuth_deg[first] < 180.0  # a day begins in the east
    assert sun.day[first] == 31
    assert sun.elevation_deg[first] < 12.0


def test_sunshine_and_turning_blades():
    """120 W/m2 is sunshine, 119 is not; blades turn from 3 to 25 m/s; both are needed."""
    index = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    n = len(index)

    def chance(dni, speed):
        table = pd.DataFrame(
            {"dni_w_m2": dni, "wind_speed_m_s": speed, "wind_direction_deg": 200.0},
            index=index,
        )
        return sun_steps(106.0, 39.0, step_min=60, weather=table)

    assert chance(np.full(n, 120.0), 8.0).shine.tolist()[:3] == [1.0, 1.0, 1.0]
    assert chance(np.full(n, 119.0), 8.0).shine.max() == 0.0
    assert chance(np.full(n, 500.0), 2.9).shine.max() == 0.0
    assert chance(np.full(n, 500.0), 3.0).shine.min() == 1.0
    assert chance(np.full(n, 500.0), 25.1).shine.max() == 0.0
    assert set(chance(np.full(n, 500.0), 8.0).rotor_deg) == {200.0}


def test_the_eye_looks_over_a_low_wall():
    """Wall of 10 m at 50 m, tip 150 m at 1,000 m: the ray from 1.7 m has 9.1 m there; an eye
    of 5 m sees (12.2 m), one of 1.7 m does not."""
    z = np.zeros((1, 110))
    z[0, 10] = 10.0
    foot = np.array([[1055.0, 5.0, 0.0]])
    args = (z, 0.0, 10.0, 10.0, foot, np.array([150.0]))
    assert visible_turbines(*args, eye_m=1.7)[0, 5] == 0
    assert visible_turbines(*args, eye_m=5.0)[0, 5] == 1


# ------------------------------------------------------------------ wakes


def test_design_wake_by_hand():
    """ct 0.64: beta = (1 + 0.6)/(2 0.6) = 1.3333, epsilon = 0.2 sqrt(1.3333) = 0.23094;
    k = 0.38 0.1 + 0.004 = 0.042."""
    rose = Rose(np.array([0.0]), np.array([8.0]), np.array([[1.0]]))
    wake = design_wake(ramp(0.64), rose, 0.1)
    assert wake.epsilon_d == pytest.approx(0.2 * math.sqrt(4 / 3))
    assert (wake.k, wake.ct) == (pytest.approx(0.042), pytest.approx(0.64))


def test_thrust_is_weighted_with_energy():
    """Half the hours at 4 m/s (400 kW, ct 0.8), half at 8 (800 kW, ct 0.5): 0.6."""
    v = np.array([0.0, 4.0, 8.0, 10.0, 25.0])
    machine = Turbine(
        id="two", rated_kw=1000.0, rotor_m=80.0, hub_m=80.0, hubs_m=(80.0,), speed_m_s=v,
        power_kw=np.array([0.0, 400.0, 800.0, 1000.0, 1000.0]),
        ct=np.array([0.8, 0.8, 0.5, 0.3, 0.1]), ct_kind="given", kind="generic",
        manufacturer="", source="test", licence="",
    )  # fmt: skip
    rose = Rose(np.array([0.0]), np.array([4.0, 8.0]), np.array([[0.5, 0.5]]))
    assert design_wake(machine, rose, 0.1).ct == pytest.approx(0.6)


def test_offset_wake_by_hand():
    """1 km behind and 80 m aside: centre deficit 0.1666 times exp(-80^2/(2 78.42^2)).

    sigma = 0.0324555 1000 + 130/sqrt(8) = 78.417 m; radical 1 - 0.8889 130^2/(8 sigma^2) =
    0.694637; deficit 0.166551; bell exp(-0.520388) = 0.594290: 0.098980.
    """
    rose = Rose(np.array([0.0]), np.array([9.0]), np.array([[1.0]]))
    x, y = np.array([80.0, 0.0]), np.array([0.0, 1000.0])
    found = gauss_aep(x, y, rose, simple_bastankhah(130.0), lambda v: v)
    assert 1 - found.turbine_mwh_yr[0] / found.gross_mwh_yr[0] == pytest.approx(
        0.098980, abs=2e-5
    )
    assert found.turbine_mwh_yr[1] == pytest.approx(8.76 * 9.0)


def test_two_wakes_add_as_squares():
    """Two turbines at one distance upwind, both aside by 80 m: sqrt(2) of one deficit."""
    rose = Rose(np.array([0.0]), np.array([9.0]), np.array([[1.0]]))
    x, y = np.array([0.0, -80.0, 80.0]), np.array([0.0, 1000.0, 1000.0])
    found = gauss_aep(x, y, rose, simple_bastankhah(130.0), lambda v: v)
    loss = 1 - found.turbine_mwh_yr[0] / found.gross_mwh_yr[0]
    assert loss == pytest.approx(math.sqrt(2) * 0.098980, abs=3e-5)


def test_gradient_of_three_turbines_is_the_difference_quotient():
    rose = Rose(np.array([0.0, 70.0]), np.array([8.0]), np.array([[0.6], [0.4]]))
    wake = simple_bastankhah(130.0)
    x, y = np.array([0.0, 90.0, -350.0]), np.array([0.0, 900.0, 450.0])

    def aep(dx, dy, i):
        a, b = x.copy(), y.copy()
        a[i] += dx
        b[i] += dy
        return gauss_aep(a, b, rose, wake, lambda v: v**3).aep_mwh_yr

    _, gx, gy = gauss_gradient(x, y, rose, wake, lambda v: v**3, lambda v: 3 * v**2)
    for i in range(3):
        assert gx[i] == pytest.approx(10 * (aep(0.05, 0, i) - aep(-0.05, 0, i)), rel=1e-5)
        assert gy[i] == pytest.approx(10 * (aep(0, 0.05, i) - aep(0, -0.05, i)), rel=1e-5)


def test_spread_of_models():
    """90, 100 and 95 MWh: (100 - 90)/sqrt(12)/95 = 0.030387."""
    energies = {"a": 90.0, "b": 100.0, "c": 95.0}
    models = {k: SimpleNamespace(aep_mwh_yr=v) for k, v in energies.items()}
    assert WakeSpread(models).spread_frac == pytest.approx(0.030387, abs=1e-6)


def test_gross_energy_of_pywake_follows_density():
    """One turbine, 8 m/s all year at 0.8 of the reference density: 800 kW 0.8^(1/3) 8.76."""
    rose = Rose(np.array([0.0]), np.array([8.0]), np.array([[1.0]]))
    found = pywake_aep(
        np.zeros(1), np.zeros(1), [ramp(0.6)], rose, "noj", rho_kg_m3=0.98, turbulence=0.1
    )
    assert found.gross_mwh_yr[0] == pytest.approx(800 * 0.8 ** (1 / 3) * 8.76, rel=1e-6)
    assert found.aep_mwh_yr == pytest.approx(found.gross_mwh_yr[0], rel=1e-9)


def test_bastankhah_of_pywake_by_hand():
    """ct 0.64, TI 0.1, 1 km behind a rotor of 80 m: k = 0.042, beta = 4/3,
    sigma = 42 + 0.2 sqrt(4/3) 80 = 60.475 m, deficit 1 - sqrt(1 - 0.64 80^2/(8 sigma^2)) =
    1 - sqrt(1 - 0.140002) = 0.072637. Power falls as the speed on the ramp. PyWake's own
    form of the model is within 2 % of it.
    """
    rose = Rose(np.array([0.0]), np.array([8.0]), np.array([[1.0]]))
    found = pywake_aep(
        np.zeros(2), np.array([0.0, 1000.0]), [ramp(0.64)] * 2, rose, "bastankhah",
        rho_kg_m3=1.225, turbulence=0.1, step_deg=360.0,
    )  # fmt: skip
    loss = 1 - found.turbine_mwh_yr[0] / found.gross_mwh_yr[0]
    assert loss == pytest.approx(0.072637, rel=0.02)


def test_spacing_ellipse_lies_along_the_wind():
    """West wind: the long half axis points east."""
    assert Spacing(500.0, 300.0, 270.0).ellipse == pytest.approx([1.0, 0.0, 500.0, 300.0])


# ------------------------------------------------------------------ farm, losses, uncertainty


def test_losses_one_after_the_other():
    """100 less 10 % wakes, 3 %, 2 %, 1 %: 90 87.3 85.554 84.69846; curtailment 0."""
    fall = loss_chain(100.0, 0.1)
    assert [s.after for s in fall.steps] == pytest.approx(
        [100, 90, 87.3, 85.554, 84.69846, 84.69846]
    )


def parts(**changed):
    given = {
        "sensitivity": 2.0, "years": 4.0, "annual_energy_frac": None,
        "profile": Profile("power", 0.143, "default"), "from_m": 50.0, "hub_m": 100.0,
        "wake_spread_frac": 0.03, "curve_kind": "generic", "measured": False,
    }  # fmt: skip
    return {c.id: c.sd_frac for c in uncertainty_stack(**{**given, **changed})}


def test_uncertainty_components_by_hand():
    """Sensitivity 2: modelled wind 0.07 2; four years 0.06/2 2; default shear 0.05 ln 2 2."""
    found = parts()
    assert found["measurement"] == pytest.approx(0.14)
    assert found["long_term"] == pytest.approx(0.06)
    assert found["shear"] == pytest.approx(0.05 * math.log(2) * 2)
    assert found["wake"] == 0.03
    assert found["power_curve"] == 0.06
    assert found["one_year"] == pytest.approx(0.12)
    assert parts(measured=True)["measurement"] == pytest.approx(0.06)
    assert parts(annual_energy_frac=0.02)["long_term"] == pytest.approx(0.01)  # 4 years
    assert parts(annual_energy_frac=0.02)["one_year"] == pytest.approx(0.02)
    assert parts(source_spread_frac=0.2)["measurement"] == 0.2
    assert parts(source_spread_frac=0.1)["measurement"] == pytest.approx(0.14)
    assert "correction" not in found
    assert parts(correction_sd_frac=0.02)["correction"] == pytest.approx(0.04)
    assert parts(curve_kind="published")["power_curve"] == 0.03
    fitted = Profile("power", 0.2, "fitted")
    assert parts(profile=fitted)["shear"] == pytest.approx(0.02 * math.log(2) * 2)
    assert parts(from_m=200.0)["shear"] == pytest.approx(0.05 * math.log(2) * 2)


@pytest.mark.slow
def test_a_year_of_wind_has_the_spread_of_its_years_in_its_p90():
    """Ten years, every second with 10 % more energy: the energies differ by 10 % of 1.05.

    A straight power curve: energy goes with speed. Standard deviation of five 1.0 and five
    1.1: 0.05 sqrt(10 / 9) = 0.0527, over the mean 1.05 is 0.0502.
    """
    times = pd.date_range("2010-01-01 00:30", "2019-12-31 23:30", freq="h", tz="UTC")
    speed = np.where(times.year % 2 == 0, 5.0, 5.5)
    wind = wind_weather(times, speed, height_m=80.0)
    found = farm_yield([0.0], [0.0], ramp(), wind, WindSection(density_correction="off"))
    sd = {c.id: c for c in found.components}
    assert sd["one_year"].sd_frac == pytest.approx(0.0502, abs=2e-4)
    assert sd["one_year"].quality == "computed"
    assert sd["long_term"].sd_frac == pytest.approx(0.0502 / np.sqrt(10.0), rel=0.01)
    p50 = found.levels.one_year[50]
    fixed = sum(c.sd_frac**2 for c in found.components if not c.yearly)
    z = 1.2815516
    yearly = sd["one_year"].sd_frac ** 2
    for levels, years in ((found.levels.ten_year, 10), (found.levels.life, 25)):
        assert levels[90] / p50 == pytest.approx(1 - z * np.sqrt(fixed + yearly / years))
    assert found.levels.one_year[90] / p50 == pytest.approx(
        1 - z * np.sqrt(fixed + sd["one_year"].sd_frac ** 2)
    )


def test_p90_of_any_one_year_of_the_review():
    """P90 / P50 of 0.919 in the long term and 9.5 % from year to year give 0.854."""
    sd = (1 - 0.919) / 1.2815516
    both = [
        Component(k, Text(zh="甲", en="a"), v, y, "", "")
        for k, v, y in (("all", sd, False), ("one_year", 0.095, True))
    ]
    assert p_values(1.0, both).one_year[90] == pytest.approx(0.854, abs=5e-4)


def test_sensitivity_of_a_straight_curve_is_one():
    v = np.full(100, 5.0)
    assert speed_sensitivity(ramp(), v, np.full(100, 1.225)) == pytest.approx(1.0, abs=1e-3)


def test_hours_of_the_farm_add_up_to_its_energy():
    """Hourly power is net of wakes and losses: its mean times 8.76 is the net energy.

    Two turbines of 80 m rotor in line, 500 m apart, wind along the line half of the time.
    """
    wind = wind_weather(
        TIMES, np.full(8760, 8.0), height_m=80.0,
        wind_direction_deg=np.tile([0.0, 90.0], 4380),
    )  # fmt: skip
    section = WindSection(shear_exponent=0.0)
    found = farm_yield([0.0, 0.0], [0.0, 500.0], ramp(0.7), wind, section)
    assert 0.01 < found.farm_wake_loss_frac < 0.3
    assert found.power_kw.mean() * 8.76 == pytest.approx(found.net_mwh_yr.sum(), rel=1e-9)
    kept = 0.97 * 0.98 * 0.99
    assert found.net_mwh_yr == pytest.approx(
        found.gross_mwh_yr * (1 - found.wake_loss_frac) * kept
    )
    assert found.waterfall.net == pytest.approx(found.net_mwh_yr.sum())
    assert found.wake_loss_frac[0] > 0.02 > found.wake_loss_frac[1] - 1e-9


def test_another_rating_scales_the_energy():
    wind = wind_weather(TIMES, np.full(8760, 8.0), height_m=80.0)
    whole = farm_yield([0.0], [0.0], ramp(), wind)
    half = farm_yield([0.0], [0.0], ramp(), wind, capacity_kw=np.array([500.0]))
    assert half.gross_mwh_yr[0] == pytest.approx(0.5 * whole.gross_mwh_yr[0])


def test_years_of_a_series_make_it_surer():
    """Five years, each of one speed 5.8 to 6.2 m/s: sd (ddof 1) 0.15811/6 = 0.026352.

    On the ramp energy goes with the speed: long-term 0.026352/sqrt(5), one year 0.026352.
    """
    times = pd.date_range("2017-01-01", "2021-12-31 23:00", freq="h", tz="UTC")
    mean = {2017: 5.8, 2018: 5.9, 2019: 6.0, 2020: 6.1, 2021: 6.2}
    v = np.array([mean[y] for y in times.year])
    wind = wind_weather(times, v, height_m=80.0)
    found = farm_yield([0.0], [0.0], ramp(), wind, WindSection(shear_exponent=0.0))
    by = {c.id: c.sd_frac for c in found.components}
    assert by["one_year"] == pytest.approx(0.026352, rel=2e-3)
    assert by["long_term"] == pytest.approx(0.026352 / math.sqrt(5), rel=2e-3)


# ------------------------------------------------------------------ repowering


def test_net_values_by_hand():
    """No interest: 20 years of (0.3 2500 - 100) CNY less 5000, with 50 for the old parts;
    running on: 20 - 10 = 10 years of (0.3 1500 - 120) CNY; 10.4 years on grid count as 10.
    """
    plan = RepowerSection(
        capex_cny_kw=5000, opex_cny_kw_yr=100, discount_frac=0.0, tariff_cny_kwh=0.30,
        old_opex_cny_kw_yr=120, old_salvage_cny_kw=50,
    )  # fmt: skip
    found = compare_money(
        plan, new_kw=1.0, new_mwh_yr=2.5, old_kw=1.0, old_mwh_yr=1.5, old_years=10.4
    )
    assert found.npv_repower_cny == pytest.approx(20 * (750 - 100) - 5000 + 50)
    assert found.npv_run_on_cny == pytest.approx(10 * (450 - 120))
    assert found.gain_cny == pytest.approx(8050 - 3300)
    # past its life the old farm brings nothing more
    spent = compare_money(
        plan, new_kw=1.0, new_mwh_yr=2.5, old_kw=1.0, old_mwh_yr=1.5, old_years=20.5
    )
    assert spent.npv_run_on_cny == 0.0
    # 4 kW at 5,000 and 20 times 4 kW at 100 CNY over 20 years of 2.5 MWh
    four = compare_money(
        plan, new_kw=4.0, new_mwh_yr=2.5, old_kw=1.0, old_mwh_yr=1.5, old_years=10.4
    )
    assert four.lcoe_cny_mwh == pytest.approx((4 * 5000 + 20 * 4 * 100) / (20 * 2.5))


def test_blades_and_carbon():
    found = recycling(10, 80.0, blade_mass_t=6.0, hub_mass_t=10.0)
    assert (found.blades, found.blade_t, found.hub_t) == (30, 180.0, 100.0)
    assert found.blade_length_m == 40.0
    co2 = carbon("national_2022", 1000.0, 3000.0)
    # 0.5366 kgCO2/kWh, national grid 2022
    assert co2.before_tco2_yr == pytest.approx(536.6)
    assert co2.added_tco2_yr == pytest.approx(1073.2)


def test_years_on_grid_are_gregorian():
    """14.95 years: 5,460 days are 14.949 Gregorian years, 15.17 of 360 days."""
    table = pd.DataFrame(
        {"turbine_id": ["a"], "capacity_kw": [2000.0], "on_grid": ["2011-01-19"]}
    )
    found = eligibility(table, pd.Timestamp("2026-01-01").date()).iloc[0]
    assert found["years_on_grid"] == pytest.approx(5461 / 365.2425, abs=0.01)
    assert not found["encouraged"]


@pytest.mark.parametrize(
    ("capacity_kw", "on_grid", "encouraged", "reason"),
    [
        (850.0, "2020-01-01", True, "unit below 1.5 MW"),
        (850.0, "", True, "unit below 1.5 MW"),
        (1500.0, "2005-01-01", True, "21.0 years on grid, over 15"),
        (1500.0, "2020-01-01", False, "6.0 years on grid and not below 1.5 MW"),
        (1500.0, "", False, "no date on grid"),
    ],
)
def test_the_reason_is_the_one_that_decides(capacity_kw, on_grid, encouraged, reason):
    """Over 15 years on grid or below 1.5 MW (the notice on repowering), on 2026-01-01."""
    table = pd.DataFrame(
        {"turbine_id": ["a"], "capacity_kw": [capacity_kw], "on_grid": [on_grid]}
    )
    found = eligibility(table, pd.Timestamp("2026-01-01").date()).iloc[0]
    assert found["encouraged"] == encouraged
    assert found["reason_en"].startswith(reason)


# ------------------------------------------------------------------ wind and PV


def test_firmness_by_hand():
    """Ten hours, wind 0 to 0.9, PV all 0.5: the 10 % quantile of 0..0.9 is 0.09, of both
    (0.25..0.7) 0.295; no hour has both below a tenth."""
    t = pd.date_range("2022-01-01", periods=10, freq="h", tz="UTC")
    found = complementarity(t, np.arange(10) / 10, np.full(10, 0.5))
    assert found.firm_wind_frac == pytest.approx(0.09)
    assert found.firm_pv_frac == 0.5
    assert found.firm_both_frac == pytest.approx(0.295)
    assert found.low_hours_frac == 0.0
    both = complementarity(t, np.full(10, 0.05), np.tile([0.0, 0.5], 5))
    assert both.low_hours_frac == 0.5


def test_connection_by_hand():
    """10 MW wind at 1 and 0.2, 10 MW PV at 0.5 and 0 behind 12 MW: 12 + 2 of 24 MWh."""
    found = connection(np.array([1.0, 0.2]), np.array([0.5, 0.0]), 10.0, 10.0, 12.0)
    assert found.use_frac == pytest.approx(14 / 24)
    assert found.curtailed_frac == pytest.approx(3 / 17)


def test_best_split_follows_energy_and_cost():
    """Wind 0.6 all hours, PV 0.3: all wind sends most. At three times the cost of PV, PV
    gives more for the money: 0.3/1 against 0.6/3."""
    wind, pv = np.full(10, 0.6), np.full(10, 0.3)
    best, table = best_split(wind, pv, 10.0, steps=3)
    assert (best.wind_mw, best.pv_mw) == (10.0, 0.0)
    assert table["pv_mw"].tolist() == [10.0, 5.0, 0.0]
    cheap, _ = best_split(wind, pv, 10.0, steps=3, wind_cost=3.0, pv_cost=1.0)
    assert (cheap.wind_mw, cheap.pv_mw) == (0.0, 10.0)


def test_duration_curve_falls():
    assert duration_curve(np.arange(11.0), 3)["power"].tolist() == [10.0, 5.0, 0.0]


def test_a_published_machine_is_offered():
    assert turbine("iea_3370_130").rated_kw == 3370.0


@pytest.mark.parametrize(
    ("lon", "lat"), [(180.5, 0.0), (-180.5, 0.0), (0.0, 90.5), (0.0, -90.5)]
)
def test_sun_of_no_place_is_refused(lon, lat):
    with pytest.raises(DataError):
        sun_steps(lon, lat)
    assert len(sun_steps(float(np.clip(lon, -180, 180)), lat / 2, step_min=60).month)
