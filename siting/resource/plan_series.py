"""The measured series of a plan and the references it is corrected by."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import DataError
from gis.say import say
from layers.open.plan_file import plan_file
from layers.provenance import file_mark
from siting.resource.light import CorrectedLight, corrected_light
from siting.resource.section import ResourceSection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.plan.model import Plan
    from layers.weather import Weather, WeatherSource
    from siting.resource.section import LongTermMethod

__all__ = [
    "SeriesKey",
    "plan_light_correction",
    "read_series",
    "refuse_typical",
    "resource_section",
    "roles",
    "series_key",
]

SeriesKey = tuple[str, Path, int, str]
"""Id of a series, its file, the mark of the file, its source as JSON: the key of a cache."""


def resource_section(plan: Plan) -> ResourceSection:
    """``[resource]`` of a plan; the defaults where it was read without."""
    try:
        return plan.section(ResourceSection)
    except KeyError:
        return ResourceSection()


def roles(
    plan: Plan, own: WeatherSource | None
) -> tuple[tuple[SeriesKey, ...], tuple[SeriesKey, ...]]:
    """Measured series and references of a plan; none where nothing is to be corrected.

    Parameters
    ----------
    own : WeatherSource, optional
        Series of the section that asks. With ``role = "measured"`` it is the measured one,
        with ``"reference"`` one of the references; without a role it stands for itself.
        Without it the entries of ``[[resource.weather]]`` are asked.
    """
    resource = resource_section(plan)
    if resource.long_term.method == "off" or (own is not None and not own.role):
        return (), ()
    every: list[tuple[str, WeatherSource]] = [(w.id, w) for w in resource.weather]
    measured = [(name, w) for name, w in every if w.role == "measured"]
    references = [(name, w) for name, w in every if w.role == "reference"]
    if own is not None and own.role == "measured":
        measured = [(own.role, own)]
    elif own is not None:
        references.insert(0, (own.role, own))
    if not measured or not references:
        return (), ()
    return (
        tuple(series_key(plan, name, s) for name, s in measured),
        tuple(series_key(plan, name, s) for name, s in references),
    )


def series_key(plan: Plan, name: str, source: WeatherSource) -> SeriesKey:
    """What a series is read by."""
    path = plan_file(plan, source.path)
    return name, path, file_mark(path), source.model_dump_json(exclude={"id"})


def read_series(key: SeriesKey, *, near: Weather | None = None) -> Weather:
    """The series of a key; of a cutout without a place the point next to `near`."""
    from layers.weather import WeatherSource, read_weather

    _, path, _, text = key
    source = WeatherSource.model_validate_json(text)
    cut = path.is_dir() or "*" in path.name or path.suffix in {".nc", ".zarr"}
    if near is not None and source.lon is None and cut:
        source = source.model_copy(update={"lon": near.lon, "lat": near.lat})
    return read_weather(path, source)


def plan_light_correction(plan: Plan, own: WeatherSource | None) -> CorrectedLight | None:
    """The plan's measured light made long; None without it, a reference, or a wish for it.

    Raises
    ------
    DataError
        When a series cannot be read, or the two share too little.
    """
    measured, references = roles(plan, own)
    method = resource_section(plan).long_term.method
    if not measured or method == "off":
        return None
    return _corrected(measured, references, method)


@lru_cache(maxsize=2)
def _corrected(
    measured: tuple[SeriesKey, ...], references: tuple[SeriesKey, ...], method: LongTermMethod
) -> CorrectedLight | None:
    site = next((w for w in map(read_series, measured) if "ghi_w_m2" in w.hourly), None)
    if site is None:
        return None
    long = {
        key[0]: series
        for key in references
        if "ghi_w_m2" in (series := read_series(key, near=site)).hourly
    }
    refuse_typical(long)
    return corrected_light(site, long, method=method) if long else None


def refuse_typical(references: Mapping[str, Weather]) -> None:
    """Refuse a typical year as a reference: its months are of no one time.

    Raises
    ------
    DataError
    """
    for name, one in references.items():
        if one.typical_year:
            raise DataError(
                say("siting.long_term.typical_year_no_reference"),
                where=f"[[resource.weather]] {name}",
                got=one.source,
                todo=say("siting.long_term.name_series_of_years"),
            )
