"""What is wrong with a weather series: limits, gaps, closure and clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from gis.errors import Fault
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.weather.clean import limits_row
from layers.weather.clock import clock_offset_h
from layers.weather.schema import COLUMNS, Weather
from layers.weather.sun import Sun, sun

__all__ = ["CLOCK_TOLERANCE_H", "CLOSURE_TOLERANCE", "Finding", "check_weather", "light_faults"]

_HEIGHT = re.compile(r"^wind_speed_([0-9.]+)m_m_s$")
CLOCK_TOLERANCE_H = 0.25
"""A clock further from the sun's than this is a finding [h]."""
CLOSURE_TOLERANCE = 0.05
"""Mean |GHI - DNI cos z - DHI| over mean GHI above which the three do not close."""


@dataclass(frozen=True)
class Finding:
    """One result of the check.

    Attributes
    ----------
    code
        ``"closure"``, ``"clock"``, ``"limits"``, ``"negative"``, ``"night"``, ``"gap"``,
        ``"empty_day"``, ``"clear_sky"``, ``"leap_year"``, ``"incomplete_year"``,
        ``"polar"``, ``"absent"``, ``"hemisphere"``, ``"wind_unit"``, ``"wind_constant"``.
    level
        ``"error"`` makes results wrong, ``"warning"`` was or will be handled, ``"info"``.
    value, unit
        The number behind the finding; NaN when there is none.
    text
        The sentence, in the language it is called with.
    """

    code: str
    level: Literal["error", "warning", "info"]
    value: float
    unit: str
    text: Sentence


def check_weather(weather: Weather) -> list[Finding]:
    """Quality report of `weather`; an empty list means nothing was found.

    Parameters
    ----------
    weather : Weather

    Returns
    -------
    list of Finding
        Clock and closure first; the same finding for the same data.

    References
    ----------
    .. [1] Long, C. N., Dutton, E. G. (2010). BSRN Global Network recommended QC tests,
       V2.0. hdl:10013/epic.38770.d001 (closure and physical limits)
    """
    out: list[Finding] = []
    if "ghi_w_m2" in weather.hourly:
        out += _clock(weather)
        s = sun(weather.index, weather.lon, weather.lat, altitude_m=weather.altitude_m)
        out += _closure(weather, s)
        out += _night(weather, s)
        out += _clear_sky(weather, s)
        out += _hemisphere(weather)
    out += _wind(weather)
    out += _limits(weather)
    out += _gaps(weather)
    out += _years(weather)
    return out


def light_faults(findings: list[Finding], where: str) -> list[Fault]:
    """What of a series' findings makes its light useless for any yield or correction.

    Parameters
    ----------
    findings : list of Finding
        Of `check_weather`.
    where : str
        What a message names the series by.
    """
    by_code = {f.code: f for f in findings}
    faults = []
    if "polar" in by_code:
        faults.append(Fault(say("layers.weather.sun_never_rises_this_series"), where=where))
    if "clock" in by_code and by_code["clock"].level == "error":
        faults.append(
            Fault(
                say("layers.weather.clock_weather_hours_off"),
                where=where,
                got=by_code["clock"].text,
                todo=say("layers.weather.state_clock_file_weather_tz"),
            )
        )
    if "clear_sky" in by_code:
        faults.append(
            Fault(
                say("layers.weather.irradiance_does_not_fit_place"),
                where=where,
                got=by_code["clear_sky"].text,
                todo=say("layers.weather.check_weather_units_weather_lon"),
            )
        )
    return faults


def _clock(weather: Weather) -> list[Finding]:
    offset = clock_offset_h(weather)
    if not np.isfinite(offset) or abs(offset) <= CLOCK_TOLERANCE_H:
        return []
    late = say("layers.weather.clock_late" if offset > 0 else "layers.weather.clock_early")
    hint = ""
    if abs(abs(offset) - 0.5) < 0.15:
        hint = say("layers.weather.clock_hint_label")
    elif abs(abs(offset) - abs(weather.lon / 15.0)) < 1.0 and abs(offset) > 2.0:
        hint = say("layers.weather.clock_hint_utc")
    return [
        Finding(
            "clock",
            "warning" if abs(offset) < 2.0 else "error",
            offset,
            "h",
            say("layers.weather.clock", way=late, hours=abs(offset), hint=hint),
        )
    ]


def _closure(weather: Weather, s: Sun) -> list[Finding]:
    h = weather.hourly
    absent = [c for c in ("dni_w_m2", "dhi_w_m2") if c not in h or h[c].isna().all()]
    if absent:
        return [
            Finding(
                "absent",
                "warning",
                float(len(absent)),
                "columns",
                say(
                    "layers.weather.components_absent",
                    columns=listed(COLUMNS[c].title for c in absent),
                ),
            )
        ]
    day = s.zenith_deg < 85.0
    ghi = h["ghi_w_m2"].to_numpy()
    gap = ghi - h["dni_w_m2"].to_numpy() * s.cos_zenith - h["dhi_w_m2"].to_numpy()
    use = day & np.isfinite(gap)
    if not use.any() or ghi[use].mean() <= 0.0:
        return []
    mean_ghi = float(ghi[use].mean())
    relative = float(np.abs(gap[use]).mean()) / mean_ghi
    bias = float(gap[use].mean())
    if relative <= CLOSURE_TOLERANCE:
        return []
    return [
        Finding(
            "closure",
            "warning",
            bias,
            "W/m2",
            say("layers.weather.closure", bias=bias, relative=relative),
        )
    ]


def _night(weather: Weather, s: Sun) -> list[Finding]:
    ghi = weather.hourly["ghi_w_m2"].to_numpy()
    # 8 deg below the horizon no part of a one-hour interval sees the sun
    dark = s.zenith_deg > 98.0
    if not (s.zenith_deg < 89.0).any():
        return [
            Finding(
                "polar",
                "error",
                float("nan"),
                "",
                say("layers.weather.polar"),
            )
        ]
    n = int((ghi[dark] > 10.0).sum())
    if n == 0:
        return []
    return [
        Finding(
            "night",
            "warning",
            float(n),
            "hours",
            say("layers.weather.night", n=n),
        )
    ]


def _clear_sky(weather: Weather, s: Sun) -> list[Finding]:
    """Total against the Ineichen clear sky with pvlib's monthly Linke turbidity.

    Real climates reach 0.3 to 1.0 of it; outside 0.2 to 1.1 the unit or the place is wrong.
    """
    import pvlib

    # a year is enough for a mean
    n = min(len(weather.index), round(8784 / weather.step_h))
    index, zenith = weather.index[:n], s.apparent_zenith_deg[:n]
    ghi = weather.hourly["ghi_w_m2"].to_numpy(dtype=np.float64)[:n]
    day = (zenith < 85.0) & np.isfinite(ghi)
    if day.sum() < 24:
        return []
    turbidity = pvlib.clearsky.lookup_linke_turbidity(index[day], weather.lat, weather.lon)
    pressure = pvlib.atmosphere.alt2pres(weather.altitude_m)
    airmass = pvlib.atmosphere.get_absolute_airmass(
        pvlib.atmosphere.get_relative_airmass(zenith[day]), pressure
    )
    clear = pvlib.clearsky.ineichen(
        zenith[day],
        airmass,
        np.asarray(turbidity, dtype=np.float64),
        altitude=weather.altitude_m,
        dni_extra=s.dni_extra_w_m2[:n][day],
    )["ghi"]
    ratio = float(ghi[day].sum() / np.nansum(clear))
    if 0.2 <= ratio <= 1.1:
        return []
    return [
        Finding(
            "clear_sky",
            "error",
            ratio,
            "frac",
            say("layers.weather.clear_sky", ratio=ratio),
        )
    ]


def _hemisphere(weather: Weather) -> list[Finding]:
    """Whether the half year that should be the brighter one is the darker."""
    least = _rule("hemisphere_least_lat_deg")
    month = weather.index.month
    ghi = weather.hourly["ghi_w_m2"]
    means = ghi.groupby(month).mean()
    if abs(weather.lat) < least or len(means) < 12 or means.isna().any():
        return []
    north_summer = float(means.loc[[4, 5, 6, 7, 8, 9]].mean())
    north_winter = float(means.loc[[1, 2, 3, 10, 11, 12]].mean())
    bright, dark = (
        (north_summer, north_winter) if weather.lat > 0 else (north_winter, north_summer)
    )
    ratio = bright / dark if dark > 0 else np.inf
    if ratio >= _rule("hemisphere_ratio"):
        return []
    text = say("layers.weather.hemisphere", lat=weather.lat, ratio=ratio)
    return [Finding("hemisphere", "warning", ratio, "frac", text)]


def _wind(weather: Weather) -> list[Finding]:
    """Wind speeds in another unit, and winds that never change."""
    out = []
    for name in map(str, weather.hourly.columns):
        if not name.startswith("wind_speed"):
            continue
        v = weather.hourly[name].to_numpy(dtype=np.float64)
        v = v[np.isfinite(v)]
        if v.size < 24:
            continue
        at_height = _HEIGHT.match(name)
        height = float(at_height[1]) if at_height else weather.wind_height_m
        mean = float(v.mean())
        top = _rule("wind_mean_top_m_s") * (height / _rule("wind_mean_height_m")) ** _rule(
            "wind_mean_exponent"
        )
        if mean > top:
            text = say("layers.weather.wind_unit", name=name, mean=mean, height=height)
            out.append(Finding("wind_unit", "warning", mean, "m/s", text))
        cv = float(v.std() / mean) if mean > 0 else 0.0
        if cv < _rule("wind_constant_cv"):
            text = say("layers.weather.wind_constant", name=name, cv=cv)
            out.append(Finding("wind_constant", "warning", cv, "frac", text))
    return out


def _rule(key: str) -> float:
    return float(read_toml("layers.weather", "quality.toml")[key])


def _limits(weather: Weather) -> list[Finding]:
    out = []
    for name, values in weather.hourly.items():
        row = limits_row(str(name))
        if row is None:
            continue
        low, high = row[:2]
        v = values.to_numpy(dtype=np.float64)
        below, above = int((v < low).sum()), int((v > high).sum())
        if below and str(name).endswith("_w_m2"):
            out.append(
                Finding(
                    "negative",
                    "warning",
                    float(below),
                    "hours",
                    say("layers.weather.negative", name=name, below=below),
                )
            )
            below = 0
        if below or above:
            out.append(
                Finding(
                    "limits",
                    "warning",
                    float(below + above),
                    "hours",
                    say(
                        "layers.weather.limits",
                        name=name,
                        n=below + above,
                        low=low,
                        high=high,
                        worst=float(v[(v < low) | (v > high)][0]),
                    ),
                )
            )
    return out


def _gaps(weather: Weather) -> list[Finding]:
    out = []
    for name in ("ghi_w_m2", "temp_air_c", "wind_speed_m_s"):
        if name not in weather.hourly:
            continue
        missing = weather.hourly[name].isna()
        n = int(missing.sum())
        if n == 0:
            continue
        days = missing.groupby(weather.index.normalize()).all()
        empty = int(days.sum())
        out.append(
            Finding(
                "gap",
                "warning" if n < 0.05 * len(missing) else "error",
                float(n),
                "hours",
                say("layers.weather.gap", name=name, n=n, share=n / len(missing)),
            )
        )
        if empty:
            out.append(
                Finding(
                    "empty_day",
                    "warning",
                    float(empty),
                    "days",
                    say("layers.weather.empty_day", name=name, empty=empty),
                )
            )
    return out


def _years(weather: Weather) -> list[Finding]:
    out = []
    counts = pd.Series(1, index=weather.index.year).groupby(level=0).sum()
    for year, n in counts.items():
        hours = n * weather.step_h
        if hours == 8784:
            out.append(
                Finding(
                    "leap_year",
                    "info",
                    8784.0,
                    "hours",
                    say("layers.weather.leap_year", year=year),
                )
            )
        elif hours < 8760:
            out.append(
                Finding(
                    "incomplete_year",
                    "warning",
                    float(hours),
                    "hours",
                    say("layers.weather.incomplete_year", year=year, hours=hours),
                )
            )
    return out
