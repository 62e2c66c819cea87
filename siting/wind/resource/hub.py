"""Wind speed and air density at hub height out of the plan's weather."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError, Fault, raise_faults
from gis.say import listed, say
from gis.toml import FrozenDict, read_toml
from layers.result import Warn
from siting.wind.resource.density import (
    density_at_altitude_kg_m3,
    density_kg_m3,
    pressure_at_height_pa,
)
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.qc import TOP_M_S, screen
from siting.wind.resource.shear import Profile, fit_profile, to_height
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["HubSeries", "default", "hub_series", "quality_warnings", "speed_heights_m"]

Float = NDArray[np.float64]
_LAPSE_K_M = 0.0065


def _defaults() -> FrozenDict:
    return read_toml("siting.wind.turbines", "defaults.toml")


def default(table: str, key: str) -> float:
    """A default of ``turbines/defaults.toml``, which holds its unit, source and quality."""
    return float(_defaults()[table][key]["value"])


@dataclass(frozen=True, eq=False)
class HubSeries:
    """Hourly wind at hub height.

    Attributes
    ----------
    index
        Middle of each hour.
    speed_m_s, rho_kg_m3 : (t,) float
        NaN where missing.
    direction_deg : (t,) float or None
        Where the wind comes from, clockwise from north.
    hub_m, profile, speed_scale
        Height, profile law used, factor by which the long-term mean was met.
    warnings
        What was assumed.
    """

    index: pd.DatetimeIndex
    speed_m_s: Float
    rho_kg_m3: Float
    direction_deg: Float | None
    hub_m: float
    profile: Profile
    speed_scale: float
    warnings: tuple[Warn, ...] = ()

    @property
    def mean_speed_m_s(self) -> float:
        """Mean over the hours with data [m/s]."""
        return float(np.nanmean(self.speed_m_s))


def _profile(
    weather: Weather, heights: dict[float, str], section: WindSection, hub_m: float
) -> tuple[Profile, list[Warn]]:
    """The profile law: given, fitted to every height of the series, or assumed."""
    law = section.shear
    given = section.shear_exponent if law == "power" else section.roughness_length_m
    if given is not None:
        return Profile(law, given, "given"), []
    if len(heights) > 1:
        return _fitted(weather, heights, section, hub_m)
    key = "exponent" if law == "power" else "roughness_length_m"
    value = default("shear", key)
    return Profile(law, value, "default"), [
        Warn(
            "wind_shear_assumed",
            say("siting.wind_resource.wind_shear_assumed", exponent=value),
        )
    ]


def _fitted(
    weather: Weather, heights: dict[float, str], section: WindSection, hub_m: float
) -> tuple[Profile, list[Warn]]:
    """Over all heights; where they do not lie on one profile, of the two next to the hub.

    A mast of 10 m sheltered by a hedge bends a profile that begins with it.
    """
    speeds = {h: _screened(weather, weather.column(c), section)[0] for h, c in heights.items()}
    profile = fit_profile(speeds, section.shear)
    warnings: list[Warn] = []
    if profile.largest_residual_frac > default("shear", "residual_frac"):
        near = sorted(sorted(heights, key=lambda h: (abs(h - hub_m), -h))[:2])
        all_of_them = profile
        profile = fit_profile({h: speeds[h] for h in near}, section.shear)
        text = say(
            "siting.wind_resource.profile_residual",
            heights=listed(f"{h:g}" for h in all_of_them.heights_m),
            residual=all_of_them.largest_residual_frac,
            value=all_of_them.value,
            near=listed(f"{h:g}" for h in near),
            near_value=profile.value,
        )
        warnings.append(Warn("wind_profile_residual", text))
    if section.shear == "power" and profile.value < 0:
        text = say(
            "siting.wind_resource.negative_shear",
            exponent=profile.value,
            heights=listed(f"{h:g}" for h in profile.heights_m),
        )
        warnings.append(Warn("wind_shear_negative", text))
    return profile, warnings


def hub_series(
    weather: Weather,
    hub_m: float,
    section: WindSection,
    *,
    mean_speed_m_s: float | None = None,
    ground_m: float | None = None,
) -> HubSeries:
    """Wind speed and density at `hub_m`.

    Parameters
    ----------
    weather : Weather
        Hourly schema with wind speed at one or more heights.
    hub_m : float
        Hub height above ground [m].
    section : WindSection
        Profile law and long-term mean.
    mean_speed_m_s : float, optional
        Long-term mean at ``section.mean_speed_height_m`` at this very place; wins over the
        plan's.
    ground_m : float, optional
        Ground level of the turbine [m]; the station's where not given.

    Returns
    -------
    HubSeries

    Raises
    ------
    DataError
        Without wind speed, or when no hour is valid.
    """
    heights = speed_heights_m(weather)
    if not heights:
        raise DataError(
            say("siting.wind_resource.weather_has_no_wind_speed"),
            where=weather.where,
            expected=say("siting.wind_resource.wind_speed_m_s_wind"),
        )
    profile, warnings = _profile(weather, heights, section, hub_m)
    nearest = min(heights, key=lambda h: (abs(h - hub_m), -h))
    raw = weather.column(heights[nearest])
    raw, more = _screened(weather, raw, section)
    warnings += more
    missing = int(np.isnan(raw).sum())
    if missing == raw.size:
        raise DataError(
            say("siting.wind_resource.no_hour_has_wind_speed"),
            where=weather.where,
            got=say("siting.wind_resource.all_nan"),
        )
    if missing:
        warnings.append(
            Warn(
                "wind_speed_missing",
                say(
                    "siting.wind_resource.wind_speed_missing",
                    missing=missing,
                    size=missing / raw.size,
                ),
            )
        )
    _refuse_impossible(weather, profile, float(np.nanmean(raw)), nearest)
    speed = to_height(raw, nearest, hub_m, profile)
    goal = mean_speed_m_s if mean_speed_m_s is not None else section.mean_speed_m_s
    scale = 1.0
    if goal is not None:
        at = to_height(raw, nearest, section.mean_speed_height_m, profile)
        scale = float(goal / np.nanmean(at))
        speed = speed * scale
        if not 0.8 <= scale <= 1.25:
            warnings.append(
                Warn(
                    "wind_speed_bias",
                    say("siting.wind_resource.wind_speed_bias", scale=scale),
                )
            )
    rho, more = _density(weather, hub_m, ground_m)
    direction = (
        weather.column("wind_direction_deg") if "wind_direction_deg" in weather.hourly else None
    )
    return HubSeries(
        weather.index, speed, rho, direction, hub_m, profile, scale, (*warnings, *more)
    )


def _refuse_impossible(
    weather: Weather, profile: Profile, mean_m_s: float, height_m: float
) -> None:
    """No place has such a mean wind, no wind such a profile: units or columns are wrong.

    Raises
    ------
    DataError
    """
    faults = []
    most, steep = default("possible", "mean_m_s"), default("possible", "exponent")
    if mean_m_s > most:
        faults.append(
            Fault(
                say("siting.wind_resource.mean_impossible"),
                where=weather.where,
                got=say("siting.wind_resource.mean_at", mean_m_s=mean_m_s, height_m=height_m),
                expected=f"<= {most:g} m/s",
                todo=say("siting.wind_resource.check_unit_of_speed"),
            )
        )
    if profile.law == "power" and profile.origin != "given" and abs(profile.value) > steep:
        faults.append(
            Fault(
                say("siting.wind_resource.shear_impossible"),
                where=weather.where,
                got=say(
                    "siting.wind_resource.exponent_of",
                    exponent=profile.value,
                    heights=listed(f"{h:g}" for h in profile.heights_m),
                ),
                expected=f"-{steep:g} - {steep:g}",
                todo=say("siting.wind_resource.check_heights"),
            )
        )
    raise_faults(DataError, faults)


def quality_warnings(weather: Weather, section: WindSection) -> list[Warn]:
    """What the quality check finds in the wind speeds of a series, at every height."""
    return [
        warn
        for name in speed_heights_m(weather).values()
        for warn in _screened(weather, weather.column(name), section)[1]
    ]


def _screened(weather: Weather, raw: Float, section: WindSection) -> tuple[Float, list[Warn]]:
    """`raw` without the hours the quality check refuses, and what it found.

    Impossible values always go. Frozen, iced and jumping hours of a *measured* series go
    too; in a modelled series they are only told, since smooth models repeat values.
    """
    hourly = weather.hourly
    found = screen(
        weather.index,
        raw,
        direction_deg=hourly["wind_direction_deg"].to_numpy(float)
        if "wind_direction_deg" in hourly
        else None,
        temp_c=hourly["temp_air_c"].to_numpy(float) if "temp_air_c" in hourly else None,
    )
    with np.errstate(invalid="ignore"):
        impossible = (raw < 0) | (raw > TOP_M_S)
    out = np.where(impossible | (section.measured & ~found.valid), np.nan, raw)
    warnings = []
    for check in found.checks:
        if check.code == "gap":
            continue
        kept = check.code not in {"negative", "range"} and not section.measured
        done = say(f"siting.wind_resource.{'told_only' if kept else 'taken_as_missing'}")
        warnings.append(
            Warn(
                f"wind_{check.code}",
                say("siting.wind_resource.finding_and_deed", finding=check.text, deed=done),
            )
        )
    return out, warnings


def _density(
    weather: Weather, hub_m: float, ground_m: float | None
) -> tuple[Float, list[Warn]]:
    hourly = weather.hourly
    ground = weather.altitude_m if ground_m is None else ground_m
    rise = ground + hub_m - weather.altitude_m
    temp = hourly["temp_air_c"].to_numpy(float) if "temp_air_c" in hourly else None
    if temp is None or np.isnan(temp).all():
        level = density_at_altitude_kg_m3(ground + hub_m)
        return np.full(len(hourly), float(level)), [
            Warn(
                "air_density_from_altitude",
                say("siting.wind_resource.air_density_from_altitude"),
            )
        ]
    warnings: list[Warn] = []
    aloft = temp - _LAPSE_K_M * (rise - 2.0)
    pressure = hourly["pressure_pa"].to_numpy(float) if "pressure_pa" in hourly else None
    if pressure is None or np.isnan(pressure).all():
        base = pressure_at_height_pa(101_325.0, 15.0, ground + hub_m)
        at_hub: Float = np.full(len(hourly), float(base))
        warnings.append(
            Warn(
                "air_pressure_from_altitude",
                say("siting.wind_resource.air_pressure_from_altitude"),
            )
        )
    else:
        at_hub = pressure_at_height_pa(pressure, temp, rise)
    wet = (
        hourly["relative_humidity_frac"].to_numpy(float)
        if "relative_humidity_frac" in hourly
        else np.zeros(len(hourly))
    )
    rho = density_kg_m3(aloft, at_hub, np.nan_to_num(wet))
    holes = np.isnan(rho)
    if holes.any() and not holes.all():
        # a missing temperature must not throw away an hour of wind: the mean stands in
        rho = np.where(holes, np.nanmean(rho), rho)
    return np.asarray(rho), warnings
