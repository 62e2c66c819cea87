"""``geoplan pv`` of a polygon: with a plan, or from a folder with nothing but files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from geoplan.commands.options import door_of, emit, finished_run, load, plant_folder, run_at
from gis.say import listed, say

if TYPE_CHECKING:
    from siting.pv.array.study import PolygonPlant
    from siting.pv.study.section import PvSection

__all__ = ["PolygonAsked", "by_option", "polygon_plant", "set_values"]

_OPTIONS = {
    "preset": "--preset",
    "mounting": "--mounting",
    "tilt_deg": "--tilt",
    "azimuth_deg": "--azimuth",
    "gcr": "--gcr",
    "dc_ac_ratio": "--dc-ac",
    "module": "--module",
    "inverter": "--inverter",
}
_MODEL_KEY = re.compile(r"PvSection(?: \[(\w+)([\w.]*)\])?")


@contextmanager
def by_option() -> Iterator[None]:
    """Faults of values of the command line are told at their option, not at a model's field."""
    from gis.errors import ConfigError

    try:
        yield
    except ConfigError as err:
        for fault in err.faults:
            found = _MODEL_KEY.fullmatch(str(fault.where))
            if found:
                key, rest = found[1] or "", found[2] or ""
                option = _OPTIONS.get(key, f"--set {key}" if key else "[pv]")
                fault.where = f"{option} {rest.lstrip('.')}".strip()
        raise ConfigError(err.faults) from err


@dataclass(frozen=True)
class PolygonAsked:
    """What the command line says of a polygon's plant.

    Attributes
    ----------
    plan
        None from a folder without one.
    site
        Of a run of the plan, in place of `polygon`.
    changed
        Keys of ``[pv]`` and their values.
    """

    plan: Path | None
    site: str
    polygon: Path | None
    crs: str
    weather: Path | None
    dem: Path | None
    no_go: Path | None
    connection: tuple[float, float] | None
    changed: dict[str, Any]
    hourly: bool


def set_values(pairs: Iterable[str]) -> Mapping[str, object]:
    """Keys of ``[pv]`` and of ``[pv.array]`` as ``KEY=VALUE`` gives them.

    Raises
    ------
    ConfigError
        For a pair without a sign, or a key there is not.

    Examples
    --------
    >>> set_values(["setback_m=5", "pile_spacing_m=3.5"])
    {'setback_m': 5.0, 'array': {'pile_spacing_m': 3.5}}
    """
    from gis.errors import ConfigError
    from siting.pv.study.conventions import conventions
    from siting.pv.study.section import PvSection

    out: dict[str, object] = {}
    array: dict[str, float] = {}
    for pair in pairs:
        key, sign, text = (part.strip() for part in pair.partition("="))
        known = key in conventions() or key in PvSection.model_fields
        try:
            value: object = float(text)
        except ValueError:
            value = text
        if not sign or not text or not known or (key in conventions() and value == text):
            raise ConfigError(
                say("geoplan.faults.set_key_value"),
                where="--set",
                got=pair,
                expected=listed(("setback_m", "road_m", "block_mw", *conventions())),
            )
        if key in conventions() and isinstance(value, float):
            array[key] = value
        else:
            out[key] = value
    return {**out, "array": array} if array else out


def polygon_plant(
    ctx: typer.Context, asked: PolygonAsked, out: Path | None, lang: str, *, as_json: bool
) -> None:
    """Draw the plant, write its files, say what it holds."""
    from geoplan.array.files import array_lines, array_record, write_array
    from geoplan.summary_text import warning_line

    with by_option():
        found, folder = _found(ctx, asked, out, lang)
    spoken = "zh" if door_of(ctx) == "zh" else "en"
    files = write_array(found, folder, lang=spoken, hourly=asked.hourly)
    if as_json:
        emit(array_record(found, files))
        return
    for line in array_lines(found):
        typer.echo(line(spoken))
    for warning in found.warnings:
        typer.echo(f"! {warning_line(warning, spoken)}")
    for path in files.values():
        typer.echo(path)


def _found(
    ctx: typer.Context, asked: PolygonAsked, out: Path | None, lang: str
) -> tuple[PolygonPlant, Path]:
    from gis.errors import ConfigError
    from siting.pv.array.of_plan import study_in_plan, study_of_site
    from siting.pv.array.place import PolygonFiles, study_of_files
    from siting.pv.study.section import PvSection

    named = frozenset(asked.changed)
    if asked.plan is None:
        door_of(ctx, lang)
        if asked.polygon is None:
            raise ConfigError(
                say("geoplan.faults.plan_or_polygon"),
                where="pv",
                todo=say("geoplan.faults.name_plan_or_polygon"),
            )
        section = PvSection().changed(**asked.changed)
        files = PolygonFiles(
            asked.polygon,
            crs=asked.crs,
            weather=asked.weather,
            dem=asked.dem,
            no_go=asked.no_go,
            connection_ll=asked.connection,
        )
        folder = out or Path.cwd() / "out" / asked.polygon.stem
        return study_of_files(files, section, named=named), folder
    loaded = load(ctx, asked.plan, lang)
    if asked.weather is not None or asked.dem is not None:
        raise ConfigError(
            say("geoplan.faults.plan_has_its_files"),
            where="--weather, --dem",
            todo=say("geoplan.faults.leave_plan_or_files"),
        )
    base: PvSection = loaded.section(PvSection)
    section = base.changed(**asked.changed)
    named |= base.model_fields_set
    folder = plant_folder(loaded, out)
    if asked.polygon is None:
        work = finished_run(ctx, loaded, run_at(out))
        files = PolygonFiles(Path(), no_go=asked.no_go, connection_ll=asked.connection)
        found = study_of_site(loaded, work, asked.site, section, files=files, named=named)
        return found, folder
    files = PolygonFiles(
        asked.polygon, crs=asked.crs, no_go=asked.no_go, connection_ll=asked.connection
    )
    return study_in_plan(loaded, files, section, named=named), folder
