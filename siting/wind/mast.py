"""The plan's mast and its references: the wind made long before a farm is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gis.say import listed, say
from layers.open.plan_file import plan_file
from layers.provenance import file_mark
from layers.result import Warn
from siting.resource.section import ResourceSection
from siting.wind.resource.corrected import CorrectedWind, corrected_wind
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.mast_qc import screened_mast, shifted_months

if TYPE_CHECKING:
    from layers.plan.model import Plan
    from layers.weather import Weather, WeatherSource
    from siting.resource.section import LongTermMethod
    from siting.wind.section import WindSection

__all__ = ["plan_correction", "resource_section"]


def resource_section(plan: Plan) -> ResourceSection:
    """``[resource]`` of a plan; the defaults where it was read without."""
    found = (s for s in plan.sections.values() if isinstance(s, ResourceSection))
    return next(found, ResourceSection())


def plan_correction(plan: Plan, section: WindSection) -> CorrectedWind | None:
    """The plan's mast made long; None without a mast, a reference, or a wish for it.

    The mast is ``[wind.weather]`` with ``role = "measured"``, or the entry of
    ``[[resource.weather]]`` with that role and a wind speed; references are the entries with
    ``role = "reference"`` and a wind speed.

    Raises
    ------
    DataError
        When a series cannot be read, or the two share too little.
    """
    resource = resource_section(plan)
    settings = resource.long_term
    if settings.method == "off":
        return None
    own = section.weather
    if own is not None and own.role != "measured":
        return None
    masts = _of_role(resource, "measured") if own is None else [own]
    if not masts or not _of_role(resource, "reference"):
        return None
    return _corrected(
        tuple(_key(plan, s) for s in masts),
        tuple((s.id, *_key(plan, s)) for s in resource.weather if s.role == "reference"),
        settings.method,
        settings.sectors,
    )


def _of_role(resource: ResourceSection, role: str) -> Sequence[WeatherSource]:
    return [w for w in resource.weather if w.role == role]


def _key(plan: Plan, source: WeatherSource) -> tuple[Path, int, str]:
    path = plan_file(plan, source.path)
    kind = type(source).model_fields.keys() - {"id"}
    return path, file_mark(path), source.model_dump_json(include=kind)


@lru_cache(maxsize=2)
def _corrected(
    masts: tuple[tuple[Path, int, str], ...],
    references: tuple[tuple[str, Path, int, str], ...],
    method: LongTermMethod,
    sectors: int,
) -> CorrectedWind | None:
    """The correction of files as they were at their marks: several steps ask for it."""
    mast = next((m for m in map(_read, masts) if speed_heights_m(m)), None)
    if mast is None:
        return None
    long = {
        name: series
        for name, path, mark, text in references
        if speed_heights_m(series := _read((path, mark, text), near=mast))
    }
    if not long:
        return None
    clean = screened_mast(mast)
    found = corrected_wind(clean, long, method=method, sectors=sectors)
    return _with_clock(found, clean, long[found.reference])


def _read(key: tuple[Path, int, str], *, near: Weather | None = None) -> Weather:
    from layers.weather import WeatherSource, read_weather

    path, _, text = key
    source = WeatherSource.model_validate_json(text)
    cut = path.is_dir() or "*" in path.name or path.suffix in {".nc", ".zarr"}
    if near is not None and source.lon is None and cut:
        source = source.model_copy(update={"lon": near.lon, "lat": near.lat})
    return read_weather(path, source)


def _with_clock(found: CorrectedWind, mast: Weather, reference: Weather) -> CorrectedWind:
    """The same with the months whose clock does not agree told."""
    from dataclasses import replace

    months = shifted_months(_top(mast), _top(reference))
    if not months:
        return found
    named = listed(
        say("siting.wind_resource.mast_clock_month", month=m, hours=h)
        for m, h in months.items()
    )
    warn = Warn("mast_clock", say("siting.wind_resource.mast_clock", months=named), mast.source)
    weather = found.weather.with_hourly(found.weather.hourly, [warn])
    return replace(found, weather=weather)


def _top(weather: Weather) -> pd.Series:
    heights: Mapping[float, str] = speed_heights_m(weather)
    return pd.Series(weather.column(heights[max(heights)]), weather.index.tz_convert("UTC"))
