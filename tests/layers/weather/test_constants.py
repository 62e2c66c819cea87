"""Tables of constants of the weather, entry by entry against their source."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pvlib
import pytest

from gis.toml import read_toml
from layers.weather import decompose, sun, toa_mean_w_m2
from layers.weather.decompose import engerer2_diffuse_frac
from layers.weather.edge import limits_of
from layers.weather.sun import (
    SOLAR_CONSTANT_W_M2,
    declination_rad,
    equation_of_time_h,
)
from layers.weather.units import convert

DAYS = np.arange(1, 366)


def test_spencers_series_are_pvlibs():
    """pvlib has the same series from the same paper: each term to twelve digits."""
    theirs = pvlib.solarposition.equation_of_time_spencer71(DAYS)
    np.testing.assert_allclose(equation_of_time_h(DAYS) * 60.0, theirs, rtol=0, atol=1e-4)
    theirs = pvlib.solarposition.declination_spencer71(DAYS)
    np.testing.assert_allclose(declination_rad(DAYS), theirs, rtol=0, atol=1e-12)


def test_the_distance_of_the_sun_is_pvlibs():
    """At noon on the equator the mean over one second is extraterrestrial x cos(decl)."""
    noon = pd.date_range("2001-01-01 12:00", periods=365, freq="D", tz="UTC")
    eot = equation_of_time_h(DAYS)
    theirs = pvlib.irradiance.get_extra_radiation(
        noon, solar_constant=SOLAR_CONSTANT_W_M2, method="spencer"
    ).to_numpy()
    ours = np.array(
        [
            toa_mean_w_m2(noon[[i]], -15.0 * eot[i], 0.0, 1.0 / 3600.0)[0]
            / math.cos(declination_rad([i + 1])[0])
            for i in range(365)
        ]
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    assert SOLAR_CONSTANT_W_M2 == 1366.1  # ASTM E490-00a


@pytest.mark.parametrize("lat", [-65.0, -10.0, 38.8, 66.0, 80.0])
@pytest.mark.parametrize("lon", [106.7, -170.0])
@pytest.mark.parametrize("day", ["2001-06-21", "2001-03-01", "2001-12-05"])
def test_interval_means_are_the_integral(lat, lon, day):
    """The closed form against 720 points an interval: sunrise, midnight sun, polar night."""
    index = pd.date_range(f"{day} 01:00", periods=12, freq="2h", tz="UTC")
    ours = toa_mean_w_m2(index, lon, lat, step_h=2.0)
    steps = (np.arange(720) + 0.5) / 720.0 * 2.0 - 1.0
    n = index.day_of_year.to_numpy(float)
    hour = index.hour.to_numpy(float)
    decl = pvlib.solarposition.declination_spencer71(n + (hour - 12.0) / 24.0)
    eot_h = pvlib.solarposition.equation_of_time_spencer71(n) / 60.0
    extra = pvlib.irradiance.get_extra_radiation(
        n, solar_constant=SOLAR_CONSTANT_W_M2, method="spencer"
    )
    solar = (hour + lon / 15.0 + eot_h)[:, None] + steps
    omega = np.deg2rad(15.0 * (solar - 12.0))
    phi = np.deg2rad(lat)
    cosz = np.sin(phi) * np.sin(decl)[:, None] + np.cos(phi) * np.cos(decl)[:, None] * np.cos(
        omega
    )
    want = np.asarray(extra) * np.maximum(cosz, 0.0).mean(axis=1)
    np.testing.assert_allclose(ours, want, atol=0.05)


def test_the_cosine_is_never_below_zero():
    index = pd.date_range("2001-06-21", periods=24, freq="h", tz="UTC")
    s = sun(index, 106.7, 38.8)
    assert s.cos_zenith.min() == 0.0
    assert s.zenith_deg.max() > 90.0


# Hourly row of table 2 of Bright and Engerer (2019): C, b0..b5
C, B = -0.0097539, (-5.3169, 8.5084, 0.013241, 0.0074356, -3.0329, 0.56403)


@pytest.mark.parametrize(
    ("ghi", "toa", "clear", "zenith", "hour"),
    [
        (500.0, 1000.0, 800.0, 30.0, 12.0),
        (900.0, 1000.0, 800.0, 20.0, 9.0),  # above the clear sky: the cloud term acts
        (150.0, 600.0, 400.0, 60.0, 16.0),
        (60.0, 300.0, 150.0, 75.0, 6.5),
    ],
)
def test_engerer2_is_the_papers_equation(ghi, toa, clear, zenith, hour):
    kt, ktc = ghi / toa, clear / toa
    power = B[0] + B[1] * kt + B[2] * hour + B[3] * zenith + B[4] * (ktc - kt)
    want = C + (1 - C) / (1 + math.exp(power)) + B[5] * max(0.0, 1 - clear / ghi)
    one = np.ones(1)
    got = engerer2_diffuse_frac(ghi * one, toa * one, clear * one, zenith * one, hour * one)
    assert 0.0 < want < 1.0  # not at a limit, so that every coefficient acts
    assert got[0] == pytest.approx(want, rel=1e-9)


def test_the_split_uses_apparent_solar_time_and_the_suns_height():
    """DHI / GHI is Engerer2's share at the solar time of the place, also with a low sun."""
    lon, lat, alt = 106.7, 38.8, 1100.0
    index = pd.date_range("2001-05-20 22:30", periods=13, freq="h", tz="UTC")
    s = sun(index, lon, lat, altitude_m=alt)
    place = pvlib.location.Location(lat, lon, altitude=alt)
    clear = place.get_clearsky(index, model="ineichen")["ghi"].to_numpy()
    ghi = 0.6 * clear
    dni, dhi = decompose(ghi, index, s, model="engerer2", lon=lon, lat=lat, altitude_m=alt)
    utc_h = index.hour.to_numpy() + 0.5
    eot_h = pvlib.solarposition.equation_of_time_spencer71(index.day_of_year) / 60.0
    solar = (utc_h + lon / 15.0 + eot_h) % 24.0
    toa = s.dni_extra_w_m2 * s.cos_zenith
    kd = engerer2_diffuse_frac(ghi, toa, clear, s.zenith_deg, solar)
    up = s.zenith_deg < 85.0
    assert up.sum() > 10
    assert (s.zenith_deg[up] > 75.0).any()
    np.testing.assert_allclose(dhi[up] / ghi[up], kd[up], rtol=1e-9)
    assert (dni[up] > 0).all()


def test_no_beam_above_what_the_sun_sends_and_none_near_the_horizon():
    index = pd.date_range("2001-05-20 22:00", periods=96, freq="10min", tz="UTC")
    s = sun(index, 106.7, 38.8)
    # twice what reaches the top of the atmosphere
    ghi = 2.0 * s.dni_extra_w_m2 * s.cos_zenith
    dni, dhi = decompose(ghi, index, s, model="erbs", lon=106.7, lat=38.8)
    assert (dni <= s.dni_extra_w_m2).all()
    assert (dhi >= 0).all()
    assert dni[s.zenith_deg >= 87.0].max() == 0.0
    low = (s.zenith_deg > 80.0) & (s.zenith_deg < 86.0)
    assert low.any()
    assert (dni[low] > 0).all()


@pytest.mark.parametrize(
    ("unit", "name", "value", "want"),
    [
        # one hour's energy is the mean power: 1 Wh = 3600 J
        ("W/m2", "ghi_w_m2", 5.0, 5.0),
        ("Wh/m2", "ghi_w_m2", 5.0, 5.0),
        ("Wh/m2/h", "ghi_w_m2", 5.0, 5.0),
        ("kWh/m2", "ghi_w_m2", 0.7, 700.0),
        ("kW-hr/m2", "ghi_w_m2", 0.7, 700.0),
        ("kW/m2", "ghi_w_m2", 0.7, 700.0),
        ("MJ/m2", "ghi_w_m2", 3.6, 1000.0),
        ("MJ/hr", "ghi_w_m2", 3.6, 1000.0),
        ("MJ/m2/h", "ghi_w_m2", 3.6, 1000.0),
        ("kJ/m2", "ghi_w_m2", 3600.0, 1000.0),
        ("J m**-2", "ghi_w_m2", 3.6e6, 1000.0),
        ("W m-2", "ghi_w_m2", 5.0, 5.0),
        ("W/m²", "ghi_w_m2", 5.0, 5.0),
        # the kelvin is 273.15 from the Celsius degree
        ("K", "temp_air_c", 300.0, 26.85),
        ("C", "temp_air_2m_c", 12.0, 12.0),
        ("degC", "temp_dew_c", 12.0, 12.0),
        ("km/h", "wind_speed_m_s", 36.0, 10.0),
        # the international knot is 1852 m an hour
        ("kn", "wind_speed_100m_m_s", 3600.0, 1852.0),
        ("m s-1", "wind_speed_m_s", 7.0, 7.0),
        ("degree", "wind_direction_deg", 90.0, 90.0),
        ("degrees", "wind_direction_100m_deg", 90.0, 90.0),
        ("hPa", "pressure_pa", 900.0, 90_000.0),
        ("mbar", "pressure_pa", 900.0, 90_000.0),
        ("kPa", "pressure_10m_pa", 90.0, 90_000.0),
        ("Pa", "pressure_pa", 90.0, 90.0),
        ("%", "relative_humidity_frac", 55.0, 0.55),
        ("1", "albedo_frac", 0.2, 0.2),
        ("frac", "albedo_frac", 0.2, 0.2),
        ("cm", "snow_depth_m", 25.0, 0.25),
        ("mm", "snow_depth_m", 250.0, 0.25),
        ("m", "snow_depth_m", 0.25, 0.25),
        ("mm", "precipitation_mm", 1.5, 1.5),
        ("mm/hour", "precipitation_mm", 1.5, 1.5),
        ("mm/h", "precipitation_mm", 1.5, 1.5),
        ("m", "precipitation_mm", 0.0015, 1.5),
        ("", "ghi_w_m2", 5.0, 5.0),
    ],
)
def test_every_unit_becomes_the_schemas(unit, name, value, want):
    assert convert(np.array([value]), name, unit, "x")[0] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("model", ["dirint", "erbs", "erbs_driesse", "boland", "engerer2"])
def test_a_reading_below_zero_has_no_beam(model):
    """A cold thermopile reads some watts below zero: no beam may come of it."""
    index = pd.date_range("2001-05-20 23:30", periods=12, freq="h", tz="UTC")
    s = sun(index, 106.7, 38.8)
    ghi = np.full(12, -5.0)
    dni, dhi = decompose(ghi, index, s, model=model, lon=106.7, lat=38.8)
    assert (dni == 0.0).all()
    assert (dhi == ghi).all()


# What was ever measured, or can be: WMO World Weather & Climate Extremes Archive (temperature
# -89.2 and 56.7 deg C, dew point 35 deg C, 1,085 hPa, 305 mm in an hour, snow 11.8 m), the sun
# outside the atmosphere (1,366.1 W/m2 at 0.983 AU: 1,413), IEC 61400-1 class I (50 m/s, mean of
# ten minutes), 300 hPa and 8,849 m on the highest summit, -430 m at the Dead Sea
LIMITS = {
    "ghi_w_m2": (0.0, 1413.0, -10.0, 1500.0, "W/m2"),
    "dni_w_m2": (0.0, 1413.0, -10.0, 1500.0, "W/m2"),
    "dhi_w_m2": (0.0, 700.0, -10.0, 1000.0, "W/m2"),
    "temp_air_c": (-89.2, 56.7, -90.0, 60.0, "deg C"),
    "temp_dew_c": (-89.2, 35.0, -95.0, 40.0, "deg C"),
    "albedo_frac": (0.0, 1.0, 0.0, 1.0, "-"),
    "snow_depth_m": (0.0, 11.8, 0.0, 20.0, "m"),
    "precipitation_mm": (0.0, 305.0, 0.0, 500.0, "mm"),
    "roughness_m": (0.0, 2.0, 0.0, 10.0, "m"),
    "wind_speed_m_s": (0.0, 50.0, 0.0, 60.0, "m/s"),
    "wind_direction_deg": (0.0, 360.0, 0.0, 360.0, "deg"),
    "pressure_pa": (30_000.0, 108_500.0, 30_000.0, 110_000.0, "Pa"),
    "relative_humidity_frac": (0.0, 1.0, 0.0, 1.05, "-"),
    "lat": (-90.0, 90.0, -90.0, 90.0, "deg"),
    "lon": (-180.0, 180.0, -180.0, 180.0, "deg"),
    "altitude_m": (-430.0, 8849.0, -430.0, 9000.0, "m"),
}


def test_every_limit_of_weather_holds_what_was_ever_measured():
    assert set(read_toml("layers.weather", "edges.toml")) == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_weather(name):
    least, most, low, high, unit = LIMITS[name]
    assert limits_of(name)[:3] == (low, high, unit)
    assert low <= least <= most <= high
