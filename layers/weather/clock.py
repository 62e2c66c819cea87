"""How far the clock of a series is from the sun's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.weather.schema import Weather
from layers.weather.sun import toa_mean_w_m2

__all__ = ["clock_offset_h"]

_ENVELOPE = 0.9
"""Quantile over the days of a month taken as the clear-sky profile."""
_LEAST_DAYS = 8


def clock_offset_h(weather: Weather) -> float:
    """Hours by which the irradiance comes too late [h]; NaN when it cannot be told.

    Positive: the values belong to an earlier time than their stamps say. The profile of
    bright days of each month is compared with what arrives at the top of the atmosphere,
    shifted until both agree best. Works for offsets from -12 to 12 h, so it also tells UTC
    from local time; morning and afternoon clouds or mountains that differ limit it to about
    0.1 h.

    Parameters
    ----------
    weather : Weather
        With ``ghi_w_m2``.

    Returns
    -------
    float
        NaN when there are fewer than 8 days with sun, or the sun hardly rises.
    """
    ghi = weather.hourly["ghi_w_m2"]
    index = weather.index
    profiles, months = _profiles(ghi, index)
    if not len(profiles):
        return float("nan")
    seen = np.stack(profiles)
    # middle of each month on the index's own clock
    hours = np.arange(24) + float(index.minute[0]) / 60.0 - weather.utc_offset_h
    year = int(index.year[0])
    days = pd.DatetimeIndex([pd.Timestamp(year=year, month=m, day=15) for m in months])
    base = days.tz_localize("UTC").repeat(24) + pd.to_timedelta(
        np.tile(hours, len(months)), unit="h"
    )

    def misfit(offset_h: float) -> float:
        stamps = base - pd.Timedelta(hours=offset_h)
        model = toa_mean_w_m2(stamps, weather.lon, weather.lat, weather.step_h)
        model = model.reshape(seen.shape)
        top = model.max(axis=1, keepdims=True)
        # air mass bends the profile of the clear sky: empirical exponent of Meinel
        shape = (model / np.maximum(top, 1e-9)) ** 1.15
        power = np.maximum((shape**2).sum(axis=1), 1e-9)
        scale = (shape * seen).sum(axis=1) / power
        rest = ((seen - scale[:, None] * shape) ** 2).sum(axis=1) / (seen**2).sum(axis=1)
        return float(rest.sum())

    coarse = np.arange(-12.0, 12.0, 0.5)
    best = float(coarse[np.argmin([misfit(d) for d in coarse])])
    for step in (0.1, 0.02):
        near = best + step * np.arange(-6, 7)
        best = float(near[np.argmin([misfit(d) for d in near])])
    return round((best + 12.0) % 24.0 - 12.0, 2)


def _profiles(ghi: pd.Series, index: pd.DatetimeIndex) -> tuple[list[np.ndarray], list[int]]:
    """Bright-day profile of each month on the index's own clock, 24 values each."""
    profiles, months = [], []
    hour = index.hour
    for month in range(1, 13):
        sel = index.month == month
        days = index[sel].normalize().nunique()
        if days < _LEAST_DAYS:
            continue
        part = ghi[sel].groupby(hour[sel]).quantile(_ENVELOPE)
        profile = part.reindex(range(24)).fillna(0.0).to_numpy()
        if profile.max() > 50.0:
            profiles.append(profile)
            months.append(month)
    return profiles, months
