"""What a plan reads beside its layers: hourly weather, and imagery beneath the map."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from typing_extensions import TypedDict

from geoplan.app.edit import changed_text, plan_text_of, refuse_changed, without_remarks
from geoplan.app.entry import mark_of
from geoplan.app.table import choices, findings_of, named_in_plan
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from geoplan.tiles.archive import KINDS, open_archive
from geoplan.tiles.base import has_tiles, plan_box
from geoplan.tiles.section import map_section
from gis.errors import ConfigError, DataError, Fault, GeoplanError
from gis.files.look.rasters import look_at_raster
from gis.say import Lang, both, say
from layers.open.county import boundary_warnings, county_boundary_ll
from layers.plan.model import Plan
from layers.plan.rows import edited_row, rows_of
from layers.plan.write import edited_plan, write_plan
from layers.weather.read import read_weather
from layers.weather.schema import WeatherSource

__all__ = [
    "ImageryRow",
    "boundary_mark",
    "boundary_told",
    "drop_imagery",
    "imagery_rows",
    "take_boundary",
    "take_imagery",
    "take_weather",
    "weather_choices",
    "weather_mark",
    "weather_path",
]

_T = "geoplan.app"
_CUT = "\n"  # no name holds it
# what a plan says of a boundary that is not its own yet
_OF_BUNDLED = ("geoplan.newplan.boundary", "geoplan.newplan.boundary_path")
_MOST = 20_000  # files looked at by their names
_SHOWN = 60
_WEATHER = (".epw", ".tm2", ".tmy", ".csv", ".nc", ".nc4")


class ImageryRow(TypedDict):
    """A file of imagery.

    Attributes
    ----------
    state
        ``"used"``, ``"other"``, or ``"tif"`` for a picture that is no archive of tiles.
    title
        How the map names it.
    """

    path: str
    title: str
    state: str


def _files(project: Project, plan: Plan, suffixes: tuple[str, ...]) -> Iterator[str]:
    """Files of the data folder and of those brought in, as the plan names them."""
    seen: set[str] = set()
    n = 0
    for root in (plan.data_root, project.data):
        for folder, below, names in os.walk(root):
            below[:] = [d for d in sorted(below) if not d.startswith(".")]
            for name in sorted(names):
                n += 1
                if n > _MOST:
                    return
                if name.startswith((".", "~$")) or not name.casefold().endswith(suffixes):
                    continue
                named = named_in_plan(plan, Path(folder) / name)
                if named not in seen:
                    seen.add(named)
                    yield named


def weather_path(plan: Plan) -> str:
    """The weather file the plan names for PV, or for wind; empty for none."""
    for name in ("pv", "wind"):
        weather = getattr(plan.sections.get(name), "weather", None)
        if weather is not None:
            return str(weather.path)
    return ""


def weather_choices(project: Project, plan: Plan) -> list[str]:
    """Files that may be weather, by their names; tables of layers are not among them."""
    taken = {s.path for s in plan.layers.values() if s.path}
    found = [f for f in _files(project, plan, _WEATHER) if f not in taken]
    return sorted(found, key=lambda f: (not f.casefold().endswith(".epw"), f))[:_SHOWN]


def weather_mark(plan: Plan) -> str:
    """What tells the weather of a plan from that after somebody changed it."""
    sections = [plan.sections.get(name) for name in ("pv", "wind")]
    return mark_of(repr([getattr(s, "weather", None) for s in sections]))


def boundary_mark(plan: Plan) -> str:
    """What tells the boundary of a plan from that after somebody changed it."""
    return mark_of(plan.area.boundary.model_dump_json() + plan.area.adcode)


def take_weather(project: Project, path: str, mark: str = "") -> None:
    """Estimate yields on a weather file.

    Parameters
    ----------
    mark : str
        Of the weather when it was shown.

    Raises
    ------
    ConfigError, DataError
        For a file that is none of those offered, or cannot be read as hourly weather, and when
        somebody took another meanwhile.
    """
    plan = load_plan(project.plan)
    refuse_changed(changed=bool(mark) and mark != weather_mark(plan))
    if path not in weather_choices(project, plan):
        raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
    read = read_weather(plan.resolve(path), WeatherSource(path=path))
    changes: dict[str, object] = {"pv.weather": {"path": path}}
    if any(str(c).startswith("wind_speed") for c in read.hourly.columns):
        changes["wind.weather"] = {"path": path}

    def edit(text: str) -> str:
        now = weather_mark(load_plan(project.plan))
        refuse_changed(changed=bool(mark) and mark != now)
        return edited_plan(text, changes)

    changed_text(project, edit)


def take_boundary(project: Project, path: str, table: str, mark: str = "") -> None:
    """Take the county from a file that was found or brought in.

    Parameters
    ----------
    mark : str
        Of the boundary when it was shown.

    Raises
    ------
    ConfigError, DataError
        For a file that is none of those offered, or gives no boundary, and when somebody took
        another meanwhile: nothing is changed.
    """
    plan = load_plan(project.plan)
    refuse_changed(changed=bool(mark) and mark != boundary_mark(plan))
    if {"path": path, "table": table} not in choices(project, plan):
        raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
    entry = {"path": path} | ({"layer": table} if table else {})
    changes: dict[str, object] = {"area.boundary": entry}
    if plan.area.boundary.adcode:  # the file does not say which county it is
        changes["area.adcode"] = plan.area.boundary.adcode
    tried = project.folder / f".boundary-{secrets.token_hex(4)}.toml"
    try:
        text = edited_plan(plan_text_of(project), changes)
        write_plan(tried, text, replace=True)
        county_boundary_ll(load_plan(tried))
    except DataError as err:  # the file it was tried with is of nobody's concern
        where = say(f"{_T}.value_named", title=say(f"{_T}.boundary"))
        faults = [
            Fault(f.what, where=where, got=f.got, expected=f.expected, todo=f.todo)
            for f in err.faults
        ]
        raise DataError(faults) from err
    finally:
        tried.unlink(missing_ok=True)

    def edit(text: str) -> str:
        now = boundary_mark(load_plan(project.plan))
        refuse_changed(changed=bool(mark) and mark != now)
        remarks: tuple[Callable[[str], str], ...] = (_outline_of, *map(say, _OF_BUNDLED))
        for made in remarks:
            text = without_remarks(text, made)
        return edited_plan(text, changes)

    changed_text(project, edit)


def _outline_of(lang: Lang) -> str:
    """How the remark of a plan begins that says which file the boundary is the outline of."""
    made = say("geoplan.newplan.own_boundary", name=_CUT, share=0.0)
    return made(lang).partition(_CUT)[0]


def boundary_told(plan: Plan) -> list[dict[str, str]]:
    """What must be said of the county's boundary, in both languages.

    That the bundled one is not official stands on the page already.
    """
    said = [w for w in boundary_warnings(plan) if w.code.startswith("boundary_")]
    return [both(w.text) for w in said if w.code != "boundary_not_official"]


def imagery_rows(project: Project, plan: Plan) -> list[ImageryRow]:
    """Imagery the plan shows, then archives it does not, then pictures that are no layer."""
    used = {t.path: t for t in map_section(plan).tiles}
    out: list[ImageryRow] = [
        {
            "path": path,
            "title": Path(path).name if t.title is None else t.title(plan.plan.lang),
            "state": "used",
        }
        for path, t in used.items()
    ]
    out += [
        {"path": path, "title": Path(path).name, "state": "other"}
        for path in list(_files(project, plan, KINDS))[:_SHOWN]
        if path not in used
    ]
    missed = findings_of(project).get("zh", {}).get("not_taken", [])
    for path in dict.fromkeys(str(m["path"]) for m in missed):
        picture = path.casefold().endswith((".tif", ".tiff"))
        if picture and _coloured(plan.resolve(path)):
            out.append({"path": path, "title": Path(path).name, "state": "tif"})
    return out


def _coloured(path: Path) -> bool:
    """Whether a raster is a picture: three bands or four of bytes."""
    try:
        look = look_at_raster(path)
    except GeoplanError:
        return False
    return look.count in (3, 4) and look.dtype in ("uint8", "uint16")


def take_imagery(project: Project, path: str) -> None:
    """Lay an archive of tiles beneath the map.

    Raises
    ------
    ConfigError, DataError
        For a file that is none of those offered, cannot be read, or lies elsewhere.
    """
    plan = load_plan(project.plan)
    if path not in {r["path"] for r in imagery_rows(project, plan) if r["state"] == "other"}:
        raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
    archive = open_archive(plan.resolve(path))
    if not has_tiles(archive, plan_box(plan)):
        raise ConfigError(say("geoplan.tiles.elsewhere"), got=path[:120])
    own = {"path": path, "title": archive.name or Path(path).stem}
    changed_text(project, lambda text: edited_row(text, "map.tiles", None, own))


def drop_imagery(project: Project, path: str) -> None:
    """Take an archive from beneath the map; its file stays.

    Raises
    ------
    ConfigError
        When the plan names none of it.
    """

    def edit(text: str) -> str:
        used = [t.get("path") for t in rows_of(text, "map.tiles")]
        if path not in used:
            raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
        return edited_row(text, "map.tiles", used.index(path), None)

    changed_text(project, edit)
