"""Zones of a plan: drawn on the page, or taken from a file that was brought in."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue
from typing_extensions import TypedDict

from geoplan.app.edit import changed_text
from geoplan.app.messages import Purpose
from geoplan.app.workspace import Project, below
from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2, to_ha
from gis.errors import ConfigError, Fault, GeoplanError
from gis.say import Sentence, both, listed, say
from layers.open.county import zone_geometries
from layers.plain_json import JsonObject, write_json
from layers.plan.model import Plan
from layers.plan.rows import edited_row, rows_of
from layers.spec import Text
from siting.check.outline import read_outline

if TYPE_CHECKING:
    import pyproj
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "ZoneRow",
    "add_drawn",
    "add_file",
    "drop_zone",
    "zone_faults_of",
    "zone_rows",
    "zone_shapes_ll",
]

_T = "geoplan.app"
_ROUGH_FRAC = 1e-3  # less is the roughness of borders
_NAMED = 5


class ZoneRow(TypedDict):
    """A zone of the plan."""

    id: str
    title: dict[str, str]
    purpose: str
    file: str


def zone_rows(plan: Plan) -> list[ZoneRow]:
    """The zones of a plan in their order."""
    return [
        {"id": z.id, "title": z.title.model_dump(), "purpose": z.purpose, "file": z.path}
        for z in plan.zones
    ]


def zone_shapes_ll(plan: Plan) -> JsonObject:
    """The zones as GeoJSON in longitude and latitude; those that can be read."""
    features: list[JsonValue] = []
    for zone in plan.zones:
        try:
            found = zone_geometries(plan.model_copy(update={"zones": (zone,)}))
        except GeoplanError:
            continue  # the list of zones tells it
        shown = json.loads(found.to_crs("EPSG:4326").to_json(drop_id=True, na="null"))
        features += shown["features"]
    return {"type": "FeatureCollection", "features": features}


def zone_faults_of(plan: Plan) -> list[dict[str, str]]:
    """What keeps zones of a plan from being read, and which overlap, in both languages."""
    out = []
    before: list[tuple[Text, BaseGeometry]] = []
    for zone in plan.zones:
        try:
            found = zone_geometries(plan.model_copy(update={"zones": (zone,)}))
        except GeoplanError as err:
            what = err.faults[0].what
            out.append(both(say(f"{_T}.zone_unfit", title=zone.title, why=what)))
            continue
        land = found.geometry.union_all()
        if told := _overlapped(zone.title, land, before, found.crs):
            out.append(both(told))
        before.append((zone.title, land))
    return out


def _overlapped(
    title: Text,
    land: BaseGeometry,
    before: list[tuple[Text, BaseGeometry]],
    crs: pyproj.CRS,
) -> Sentence | None:
    """How much of a zone lies in those before it; None where borders merely meet."""
    import shapely

    shared = [(t, land.intersection(x)) for t, x in before]
    shared = [(t, x) for t, x in shared if x.area > _ROUGH_FRAC * land.area]
    if not shared:
        return None
    twice = shapely.union_all([x for _, x in shared])
    twice_m2, own_m2 = (float(m2) for m2 in polygon_area_m2([twice, land], crs))
    return say(
        f"{_T}.zone_overlaps",
        title=title,
        others=listed((t for t, _ in shared), _NAMED),
        ha=to_ha(twice_m2),
        share=twice_m2 / own_m2,
    )


def _new_file(folder: Path) -> Path:
    """A file nobody else has or had: runs before may still read that of a zone taken out."""
    folder.mkdir(parents=True, exist_ok=True)
    n = 1
    while True:
        path = folder / f"zone_{n}.geojson"
        try:
            path.open("x").close()
        except FileExistsError:
            n += 1
            continue
        return path


def _refuse_unfit(plan: Plan, title: str, path: Path) -> None:
    """Read an area as a check reads one: what it refuses is no zone either.

    Raises
    ------
    ConfigError
        In the words of the page, naming the zone by its title.
    """
    where = say(f"{_T}.value_named", title=title)
    try:
        outline = read_outline(path, plan)
    except GeoplanError as err:
        raise ConfigError(
            [
                Fault(
                    f.what,
                    where=where,
                    got=_without_folder(f.got, path),
                    expected=f.expected,
                    # a page has no key of a plan to write a system into
                    todo=say(f"{_T}.bring_with_system") if "crs" in str(f.todo) else f.todo,
                )
                for f in err.faults
            ]
        ) from err
    wrong = [f.text for f in outline.findings if f.code == "self_intersection"]
    if wrong:
        own = getattr(wrong[0], "values", {})
        # a reader says that it mended the ring; here it is refused
        told = (
            say(f"{_T}.zone_crosses", reason=own["reason"], at=own["at"])
            if {"reason", "at"} <= set(own)
            else say("geoplan.common.as_it_is", it=wrong[0])
        )
        raise ConfigError(told, where=where, todo=say(f"{_T}.draw_again"))


def _without_folder(text: str, path: Path) -> str:
    return path.name if text == str(path) else text


def _added(
    project: Project,
    plan: Plan,
    title: str,
    purpose: Purpose,
    path: Path,
    title_en: str,
    own: str = "",
) -> str:
    _refuse_unfit(plan, title, path)
    try:
        name = Path(os.path.relpath(path, plan.data_root)).as_posix()
    except ValueError:  # another drive
        name = path.as_posix()
    words = {"zh": title, "en": title_en} if title_en else title
    ids: list[str] = []

    def edit(text: str) -> str:
        # of the text as it is now: two people may add one at a time
        rows = rows_of(text, "zones")
        if title in {t for row in rows for t in _titles(row)}:
            raise ConfigError(say(f"{_T}.twice", name=title))
        used = {str(row.get("id")) for row in rows}
        names = itertools.chain([own] if own else [], (f"zone_{n}" for n in itertools.count(1)))
        ids.append(next(k for k in names if k not in used))
        zone = {"id": ids[-1], "title": words, "path": name, "purpose": purpose}
        return edited_row(text, "zones", None, zone)

    changed_text(project, edit)
    return ids[-1]


def _titles(row: Mapping[str, object]) -> tuple[object, ...]:
    title = row.get("title")
    return tuple(title.values()) if isinstance(title, Mapping) else (title,)


def add_drawn(
    project: Project,
    title: str,
    purpose: Purpose,
    ring: list[tuple[float, float]],
    title_en: str = "",
) -> str:
    """Add the area within a ring that was drawn; id of the zone.

    Parameters
    ----------
    ring : list of (float, float)
        Longitude and latitude of its corners, WGS 84; it need not be closed.

    Raises
    ------
    ConfigError
        When the ring is none, or the plan would not be valid.
    """
    import shapely

    shape = shapely.Polygon(ring) if len(ring) >= 3 else shapely.Polygon()
    if shape.is_empty or not shape.is_valid or shape.area == 0:
        raise ConfigError(say(f"{_T}.no_ring"), todo=say(f"{_T}.draw_again"))
    plan = load_plan(project.plan)
    path = _new_file(project.data / "zones")
    feature = {
        "type": "Feature",
        "properties": {"name": title},
        "geometry": shapely.geometry.mapping(shape),
    }
    try:
        write_json(path, {"type": "FeatureCollection", "features": [feature]})
        return _added(project, plan, title, purpose, path, title_en, path.stem)
    except (GeoplanError, OSError):
        path.unlink(missing_ok=True)
        raise


def add_file(
    project: Project, title: str, purpose: Purpose, path: str, title_en: str = ""
) -> str:
    """Add the area of a file that was brought in; id of the zone.

    Raises
    ------
    ConfigError
        When there is no such file, or the plan would not be valid.
    """
    plan = load_plan(project.plan)
    return _added(project, plan, title, purpose, below(project.data, path), title_en)


def drop_zone(project: Project, zone_id: str) -> None:
    """Take a zone out of the plan; its file stays.

    Raises
    ------
    ConfigError
        When there is none of that id.
    """

    def edit(text: str) -> str:
        ids = [z.get("id") for z in rows_of(text, "zones")]
        if zone_id not in ids:
            raise ConfigError(say(f"{_T}.no_such_zone"), got=zone_id[:60])
        return edited_row(text, "zones", ids.index(zone_id), None)

    changed_text(project, edit)
