"""The register of a project on the page: what stands in it, a new entry, the check of all."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import JsonValue
from typing_extensions import TypedDict

from geoplan.app.entry import Words
from geoplan.app.messages import EntryAsked
from geoplan.app.workspace import Project, below
from geoplan.plan_file import load_plan
from geoplan.register.adding import add_projects, added_lines, epsg_of, stamp_of
from geoplan.register.checking import check_register
from geoplan.register.exporting import export_register
from geoplan.register.ledger import Stamp
from geoplan.register.listing import checked_lines, result_word
from geoplan.register.project import STAGES, kind_title, stage_title
from geoplan.register.reading import Brought, Telling, land_of_file, read_brought
from geoplan.register.store import may_be_there, opened, place_of
from geoplan.summary import read_run_summary
from gis.crs.systems import as_crs, transform_shape
from gis.say import Lang, both, say
from gis.toml import read_toml
from layers.plain_json import JsonObject
from layers.plan.model import Plan
from layers.result import Progress

__all__ = ["RegisterView", "check_all", "enter", "register_view"]


class RegisterRow(TypedDict):
    """A project of the register as it stands.

    Attributes
    ----------
    result
        Of the last check, where that judged the boundary as it is now.
    """

    id: str
    name: str
    kind: Words
    stage: Words
    unit: str
    year: int | None
    capacity_mw: float | None
    result: Words | None


class RegisterView(TypedDict):
    """The register of a project.

    Attributes
    ----------
    shapes
        Land of its projects as GeoJSON, in longitude and latitude.
    as_of
        Day of the law of the last check; empty before the first.
    """

    rows: list[RegisterRow]
    shapes: JsonObject
    as_of: str
    kinds: list[dict[str, str]]
    stages: list[dict[str, str]]


def register_view(project: Project) -> RegisterView:
    """What stands in the register of a project; no rows where there is none yet.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    import shapely

    plan = load_plan(project.plan)
    place = place_of(plan)
    kinds = read_toml("geoplan.register", "words.toml")["kinds"]
    out: RegisterView = {
        "rows": [],
        "shapes": {"type": "FeatureCollection", "features": []},
        "as_of": "",
        "kinds": [{"id": k, **kind_title(k).model_dump()} for k in kinds],
        "stages": [{"id": s, **stage_title(s).model_dump()} for s in STAGES],
    }
    if not may_be_there(place):
        return out
    with opened(place, epsg_of(plan)) as ledger:
        epsg, entries, last = ledger.epsg, ledger.current(), ledger.last_check()
    found = {f.id: f for f in last.findings} if last else {}
    features: list[JsonValue] = []
    for key, entry in entries.items():
        p, own = entry.project, found.get(key)
        now = own is not None and own.entry == entry.seq  # of the boundary as it is
        out["rows"].append(
            {
                "id": p.id,
                "name": p.name,
                "kind": kind_title(p.kind).model_dump(),
                "stage": stage_title(p.stage).model_dump(),
                "unit": p.unit,
                "year": p.year,
                "capacity_mw": p.capacity_mw,
                "result": both(result_word(own.result)) if own is not None and now else None,
            }
        )
        if entry.geometry is not None:
            land = transform_shape(entry.geometry, as_crs(epsg), as_crs("EPSG:4326"))
            features.append(
                {
                    "type": "Feature",
                    "properties": {"id": p.id, "name": p.name},
                    "geometry": json.loads(shapely.to_geojson(land)),
                }
            )
    out["shapes"] = {"type": "FeatureCollection", "features": features}
    out["as_of"] = last.as_of if last else ""
    return out


def _stamp(project: Project, plan: Plan, who: str) -> Stamp:
    """Now, with the newest run of the plan as it stands."""
    text, run_id = project.plan.read_bytes(), ""
    for number in project.finished_runs():
        if project.plan_of_run(number).read_bytes() == text:
            run_id = read_run_summary(project.runs / number).run.id
    return stamp_of(plan, who, run_id)


def enter(project: Project, asked: EntryAsked) -> tuple[list[str], list[Telling]]:
    """Write a project, or all those of a table, into the register.

    Returns
    -------
    written : list of str
        Ids that are new or changed.
    told : list of Telling

    Raises
    ------
    ConfigError, DataError
        When there is no such file, or a field cannot be one of a project: nothing is written.
    """
    plan = load_plan(project.plan)
    path = below(project.data, asked.file) if asked.file else None
    if not asked.id and path is not None:
        brought = list(read_brought(path, plan))
    else:
        given = asked.model_dump(exclude={"file", "who"})
        values = {k: v for k, v in given.items() if v not in ("", None)}
        land, told = (None, ()) if path is None else land_of_file(path, plan)
        where = say("geoplan.app.this_form")(plan.plan.lang)
        brought = [Brought(where, values, land, told=told)]
    done = add_projects(place_of(plan), plan, brought, _stamp(project, plan, asked.who))
    return [*done.added, *done.changed], list(added_lines(done))


def check_all(project: Project, lang: Lang, progress: Progress) -> tuple[list[str], list[Path]]:
    """Judge all boundaries on today's layers and law; what was found, and a workbook of it.

    Raises
    ------
    ConfigError, DataError
        As `geoplan.register.checking.check_register`.
    """
    plan = load_plan(project.plan)
    place = place_of(plan)
    found = check_register(place, plan, _stamp(project, plan, ""), progress=progress)
    with opened(place, epsg_of(plan)) as ledger:
        epsg, entries, history = ledger.epsg, ledger.current(), ledger.history()
        last = ledger.last_check()
    path = project.folder / f"{project.plan.stem}.register.xlsx"
    export_register(path, entries, history, last, epsg, lang)
    return list(checked_lines(found, lang)), [path]
