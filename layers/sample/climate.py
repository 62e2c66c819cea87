"""Hourly weather of the invented county, made from monthly climate and clear skies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from gis.cells.jit import kernel
from gis.toml import FrozenDict, read_toml
from gis.types import F8
from layers.sample.frame import county_data

__all__ = ["climate_facts", "hourly_load", "hourly_weather"]


def climate_facts() -> FrozenDict:
    """The tables of ``climate.toml``."""
    return read_toml("layers.sample", "climate.toml")


def _ar1(n: int, persistence: float, rng: np.random.Generator) -> F8:
    """A standard normal series in which neighbours resemble each other."""
    series: F8 = rng.normal(size=n) * np.sqrt(1 - persistence**2)
    series[0] = rng.normal()
    _accumulate(series, persistence)
    return series


@kernel
def _accumulate(series: F8, persistence: float) -> None:
    for i in range(1, series.size):
        series[i] += persistence * series[i - 1]


def hourly_load() -> pd.DataFrame:
    """Load of an invented park over a year of 365 days, the same every time.

    Returns
    -------
    DataFrame
        ``time`` (start of the hour, UTC+08:00), ``load_kw``, ``synthetic``; 8,760 rows, whose
        mean is ``mean_kw`` of ``county.toml`` times what Sundays and the yearly stop leave.
    """
    f = county_data()["park_load"]
    time = pd.date_range("2023-01-01", periods=8760, freq="h")
    hour, day = time.hour.to_numpy() + 0.5, time.day_of_year.to_numpy()
    load = 1 + f["day_swing"] * np.cos(2 * np.pi * (hour - 15) / 24)
    load += f["season_swing"] * np.cos(2 * np.pi * (day - 15) / 365)
    load[time.day_of_week == 6] *= f["sunday_frac"]
    first, last = f["stop_days"]
    load[(day >= first) & (day <= last)] *= f["stop_frac"]
    return pd.DataFrame(
        {
            "time": time.strftime("%Y-%m-%d %H:%M"),
            "load_kw": np.round(f["mean_kw"] * load, 1),
            "synthetic": True,
        }
    )


def hourly_weather(years: int) -> pd.DataFrame:
    """Hourly weather of `years` invented years, the same every time.

    Clear-sky irradiance is pvlib's Ineichen model with its monthly turbidity; a persistent
    random cloud factor, whose monthly mean is given, dims it, and the Erbs model splits it.
    GHI = DNI cos z + DHI holds in every hour. Wind is Weibull-distributed and persistent.

    Parameters
    ----------
    years : int
        How many, from ``first_year`` on.

    Returns
    -------
    DataFrame
        Columns of the hourly schema and ``wind_speed_100m_m_s``; ``time`` is the middle of
        the hour, UTC+08:00.

    References
    ----------
    Ineichen & Perez (2002), doi:10.1016/S0038-092X(02)00045-2; Erbs, Klein & Duffie (1982),
    doi:10.1016/0038-092X(82)90302-4.
    """
    import pvlib

    f = climate_facts()
    rng = np.random.default_rng(53615)
    first = f["first_year"]
    time = pd.date_range(
        f"{first}-01-01 00:30", f"{first + years - 1}-12-31 23:30", freq="h", tz="Etc/GMT-8"
    )
    n = len(time)
    month = time.month.to_numpy() - 1
    year = time.year.to_numpy() - first
    hour = time.hour.to_numpy() + 0.5
    pressure = pvlib.atmosphere.alt2pres(f["altitude_m"])
    sun = pvlib.solarposition.get_solarposition(
        time, f["lat"], f["lon"], altitude=f["altitude_m"], pressure=pressure
    )
    zenith = sun["apparent_zenith"].to_numpy()
    turbidity = pvlib.clearsky.lookup_linke_turbidity(time, f["lat"], f["lon"]).to_numpy()
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(zenith), pressure
    )
    extra = pvlib.irradiance.get_extra_radiation(time).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):  # below the horizon
        clear = pvlib.clearsky.ineichen(
            zenith, airmass, turbidity, altitude=f["altitude_m"], dni_extra=extra
        )
    clear_ghi = np.nan_to_num(clear["ghi"])
    # cloud: a day's factor and an hour's flicker, each persistent
    days = np.arange(n) // 24
    day = _ar1(int(days[-1]) + 1, 0.45, rng)[days]
    flicker = _ar1(n, 0.6, rng)
    mean = np.array(f["clear_index"])[month]
    # a skewed factor in (0, 1]: most hours bright, some dark
    factor = 1.02 * ndtr(0.95 * day + 0.35 * flicker + 1.1) ** 0.75
    for m in range(12):
        pick = month == m
        weight = clear_ghi[pick]
        factor[pick] *= mean[pick][0] / ((factor[pick] * weight).sum() / weight.sum())
    spread = 1 + f["year_spread_ghi"] * rng.normal(size=years)
    ghi = clear_ghi * np.clip(factor, 0.03, 1.08)
    total = np.array([ghi[year == y].sum() for y in range(years)]) / 1000
    ghi = ghi * (f["ghi_kwh_m2_yr"] * spread / total)[year]
    ghi = np.clip(ghi, 0, 1.1 * clear_ghi)
    split = pvlib.irradiance.erbs(ghi, zenith, time.day_of_year.to_numpy())
    cos_z = np.cos(np.radians(zenith))
    up = (zenith < 87.0) & (ghi > 0)
    dni = np.where(up, np.nan_to_num(split["dni"]), 0.0)
    dni = np.minimum(np.round(dni, 1), np.round(extra * 0.85, 1))
    ghi = np.round(np.where(zenith < 90.0, ghi, 0.0), 1)
    dni = np.where(up, np.minimum(dni, ghi / np.maximum(cos_z, 0.05)), 0.0)
    dhi = np.maximum(ghi - dni * np.maximum(cos_z, 0), 0.0)

    monthly = np.array(f["temp_air_c"])
    # smooth between the middles of the months
    at = (time.day_of_year.to_numpy() - 15.2) / 30.44
    low = np.floor(at).astype(int)
    part = at - low
    temp = monthly[low % 12] * (1 - part) + monthly[(low + 1) % 12] * part
    swing = np.array(f["temp_range_c"])[month] / 2
    temp = temp + swing * np.cos(2 * np.pi * (hour - 15.5) / 24)
    temp = temp + 2.6 * _ar1(n, 0.985, rng)
    humidity = np.array(f["humidity_pct"], float)[month]
    humidity = np.clip(humidity - 2.0 * (temp - monthly[month]) + 8 * _ar1(n, 0.97, rng), 8, 98)

    gauss = _ar1(n, 0.93, rng)
    k = f["wind_weibull_k"]
    speed = (-np.log(np.clip(ndtr(-gauss), 1e-9, 1))) ** (1 / k)
    season = np.array(f["wind_10m_m_s"])
    speed *= (season / season.mean())[month] ** 0.6
    night = np.cos(2 * np.pi * (hour - 2.0) / 24)
    speed *= 1 + 0.08 * night
    windy = 1 + f["year_spread_wind"] * rng.normal(size=years)
    at_100 = speed * f["wind_100m_mean_m_s"] / speed.mean() * windy[year]
    shear = 0.28 + 0.10 * night
    at_10 = at_100 * 0.1**shear
    sectors = np.array(f["rose"])
    turn = ndtr(_ar1(n, 0.96, rng))
    edges = np.r_[0, np.cumsum(sectors / sectors.sum())]
    direction = (np.interp(turn, edges, np.arange(9) * 45.0) - 22.5) % 360

    return pd.DataFrame(
        {
            "time": time.strftime("%Y-%m-%d %H:%M"),
            "ghi_w_m2": ghi,
            "dni_w_m2": np.round(dni, 2),
            "dhi_w_m2": np.round(dhi, 2),
            "temp_air_c": np.round(temp, 1),
            "relative_humidity_frac": np.round(humidity / 100, 3),
            "pressure_pa": np.round(
                pressure - 12.0 * (temp - 9.0) + 250 * _ar1(n, 0.99, rng), 0
            ),
            "wind_speed_m_s": np.round(at_10, 2),
            "wind_direction_deg": np.round(direction, 0) % 360,
            "wind_speed_100m_m_s": np.round(at_100, 2),
        }
    )
