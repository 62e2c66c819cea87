"""The plan's mast and its references: the wind made long before a farm is computed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from gis.say import listed, say
from layers.result import Warn
from siting.resource.plan_series import (
    SeriesKey,
    read_series,
    refuse_typical,
    resource_section,
    roles,
)
from siting.wind.resource.corrected import CorrectedWind, corrected_wind
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.mast_qc import screened_mast, shifted_months

if TYPE_CHECKING:
    from layers.plan.model import Plan
    from layers.weather import Weather
    from siting.resource.section import LongTermMethod
    from siting.wind.section import WindSection

__all__ = ["plan_wind_correction"]


def plan_wind_correction(plan: Plan, section: WindSection) -> CorrectedWind | None:
    """The plan's mast made long; None without a mast, a reference, or a wish for it.

    The mast is ``[wind.weather]`` with ``role = "measured"``, or the entry of
    ``[[resource.weather]]`` with that role and a wind speed; references are the entries with
    ``role = "reference"`` and a wind speed.

    Raises
    ------
    DataError
        When a series cannot be read, or the two share too little.
    """
    masts, references = roles(plan, section.weather)
    settings = resource_section(plan).long_term
    if not masts or settings.method == "off":
        return None
    return _corrected(masts, references, settings.method, settings.sectors)


@lru_cache(maxsize=2)
def _corrected(
    masts: tuple[SeriesKey, ...],
    references: tuple[SeriesKey, ...],
    method: LongTermMethod,
    sectors: int,
) -> CorrectedWind | None:
    """The correction of files as they were at their marks: several steps ask for it."""
    mast = next((m for m in map(read_series, masts) if speed_heights_m(m)), None)
    if mast is None:
        return None
    long = {
        key[0]: series
        for key in references
        if speed_heights_m(series := read_series(key, near=mast))
    }
    if not long:
        return None
    refuse_typical(long)
    clean = screened_mast(mast)
    found = corrected_wind(clean, long, method=method, sectors=sectors)
    return _with_clock(found, clean, long[found.reference])


def _with_clock(found: CorrectedWind, mast: Weather, reference: Weather) -> CorrectedWind:
    """The same with the months whose clock does not agree told."""
    months = shifted_months(_top(mast), _top(reference))
    if not months:
        return found
    named = listed(
        say("siting.wind_resource.mast_clock_month", month=m, hours=h)
        for m, h in months.items()
    )
    warn = Warn("mast_clock", say("siting.wind_resource.mast_clock", months=named), mast.where)
    weather = found.weather.with_hourly(found.weather.hourly, [warn])
    return replace(found, weather=weather)


def _top(weather: Weather) -> pd.Series:
    heights = speed_heights_m(weather)
    return pd.Series(weather.column(heights[max(heights)]), weather.index.tz_convert("UTC"))
