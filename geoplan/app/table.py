"""The table of layers: what was found and taken for what, what is missing, who has it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from geoplan.app.columns import FieldRow, field_row
from geoplan.app.edit import alone, changed_plan, changed_text, without_remarks
from geoplan.app.entry import EntryTold, Words, layer_mark, unread_of
from geoplan.app.one_layer import change_layer, same_as_shown
from geoplan.app.workspace import Project
from geoplan.new_plan import wanted_layers
from geoplan.newplan.found import rank_of
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.say import both, in_lang, say
from layers.catalogue import layer as layer_of
from layers.catalogue import layers
from layers.doctor.age import age_findings
from layers.plan.model import LayerSource, Plan
from layers.plan.write import edited_plan
from layers.recognise.named import named_layer

__all__ = [
    "LayerRow",
    "choices",
    "findings_of",
    "layer_rows",
    "named_in_plan",
    "same_file",
    "say_absent",
    "say_facts",
    "take_file",
]

_T = "geoplan.app"
_MOST_FILES = 400
Found = Mapping[str, Any]
"""What a folder gave, as the job that looked through it wrote it."""


class LayerRow(TypedDict):
    """A layer as the page lists it.

    Attributes
    ----------
    state
        ``"found"``, ``"absent"``, ``"missing"``.
    level
        ``"high"``, ``"medium"``, ``"low"``; empty where a person said what it is.
    decides
        How many rules wait for it, and the steps that read it.
    incomplete
        Why the layer is not whole; empty where it is.
    unread
        Field -> why the layer cannot be used: no run begins before it is mended.
    """

    id: str
    mark: str
    title: Words
    about: Words
    priority: str
    state: str
    file: str
    table: str
    level: str
    score: float | None
    date: str
    crs: str
    reasons: dict[str, list[str]]
    remarks: dict[str, list[str]]
    strange: dict[str, list[str]]
    rows: int | None
    note: Words
    holder: Words
    formats: list[str]
    rules: int
    steps: list[Words]
    fields: list[FieldRow]
    raster: bool
    incomplete: Words
    unread: dict[str, Words]


def findings_of(project: Project) -> dict[str, Found]:
    """What was found when the project was made, in both languages; empty without a folder."""
    try:
        found = json.loads((project.own / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def layer_rows(project: Project, plan: Plan) -> list[LayerRow]:
    """Every layer the plan names or rules wait for, the core first."""
    found = {k: v.get("layers", {}) for k, v in findings_of(project).items()}
    wanted = wanted_layers(plan.area.code)
    known = layers()
    ids = sorted({*plan.layers, *wanted} & set(known), key=rank_of)
    unread = unread_of(project, plan)
    out = [_row(i, plan.layers.get(i), found, wanted.get(i, 0), unread.get(i, {})) for i in ids]
    order = {"found": 0, "missing": 1, "absent": 2}
    return sorted(out, key=lambda r: order[r["state"]])


def _state(source: LayerSource | None) -> str:
    if source is None or source.required_from_user:
        return "missing"
    return "found" if source.available else "absent"


def _row(
    layer_id: str,
    source: LayerSource | None,
    found: Mapping[str, Found],
    rules: int,
    unread: Mapping[str, Words],
) -> LayerRow:
    spec, supply = layer_of(layer_id), layer_of(layer_id).supply
    guess: dict[str, Found] = {}
    if source is not None and source.path:
        own = {k: v.get(layer_id, {}) for k, v in found.items()}
        guess = {k: v for k, v in own.items() if same_file(v, source)}
    one = guess.get("zh", {})
    note = "" if source is None else source.assumed_absent or source.required_from_user
    strange = one.get("not_understood", {})
    return {
        "id": layer_id,
        "mark": layer_mark(source),
        "title": spec.title.model_dump(),
        "about": spec.about.model_dump(),
        "priority": "later" if supply is None else supply.priority,
        "state": _state(source),
        "file": "" if source is None else source.path or source.table,
        "table": "" if source is None else source.layer,
        "level": str(one.get("level", "")),
        "score": one.get("score"),
        "date": "" if source is None else source.date,
        "crs": "" if source is None else source.crs,
        "reasons": {k: list(v.get("reasons", [])) for k, v in guess.items()},
        "remarks": {k: list(v.get("remarks", [])) for k, v in guess.items()},
        "strange": {k: list(v) for k, v in strange.items()},
        "rows": one.get("rows"),
        "note": _words(note),
        "holder": both(say(f"{_T}.holder_unknown") if supply is None else supply.holder),
        "formats": [] if supply is None else list(supply.formats),
        "rules": rules,
        "steps": [] if supply is None else [_step(s) for s in supply.steps],
        "fields": [field_row(layer_id, f.name, source) for f in spec.fields],
        "raster": spec.kind != "features",
        "incomplete": _words("" if source is None else source.incomplete),
        "unread": dict(unread),
    }


def _words(text: object) -> Words:
    return {k: str(in_lang(text, k)) for k in ("zh", "en")}


def _step(name: str) -> Words:
    room = "doctor" if name == "check" else "cli"
    return both(say(f"geoplan.{room}.step_{name}"))


def same_file(guess: Found, source: LayerSource) -> bool:
    """Whether what was found is what a layer is read from."""
    path = guess.get("path")
    first = path[0] if isinstance(path, list) and path else path
    return first == source.path and guess.get("layer", "") == source.layer


@alone
def say_absent(project: Project, layer_id: str, reason: str, mark: str = "") -> None:
    """Say that there is none of a layer in the county, or that it is to come.

    Parameters
    ----------
    reason : str
        Why it is taken to be absent; empty where it is to come.
    mark : str
        Of the layer when it was shown.

    Raises
    ------
    ConfigError
        For an unknown layer, or one somebody changed meanwhile.
    """
    if layer_id not in layers():
        raise ConfigError(say(f"{_T}.no_such_layer"), got=layer_id[:60])
    plan = load_plan(project.plan)
    same_as_shown(plan, layer_id, mark)
    supply = layer_of(layer_id).supply
    holder = say(f"{_T}.holder_unknown") if supply is None else supply.holder
    entry = (
        {"assumed_absent": reason} if reason else {"required_from_user": holder(plan.plan.lang)}
    )
    changed_plan(project, {f"layers.{layer_id}": entry})


_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@alone
def say_facts(
    project: Project, layer_id: str, day: str, *, complete: bool = False, mark: str = ""
) -> list[Words]:
    """Say of which day the data of a layer are, and that nothing is missing in them.

    Parameters
    ----------
    day : str
        Year, month or day as ISO; empty where nobody knows.
    complete : bool
        Whether a person has compared them with what the authority has.
    mark : str
        Of the layer when it was shown.

    Returns
    -------
    list of dict
        What the doctor says of the day, in both languages.

    Raises
    ------
    ConfigError
        When the layer has no data, the day is none or still to come, or somebody changed the
        layer meanwhile.
    """
    plan = load_plan(project.plan)
    same_as_shown(plan, layer_id, mark)
    source = plan.layers.get(layer_id)
    if source is None or not source.available:
        raise ConfigError(say(f"{_T}.layer_has_no_file"), got=layer_id[:60])
    where = say(f"{_T}.value_named", title=layer_of(layer_id).title)
    if day and not _is_day(day):
        raise ConfigError(
            say(f"{_T}.value_not_read"),
            where=where,
            got=day[:40],
            expected=say(f"{_T}.takes_date"),
        )
    today = max(date.today(), plan.plan.as_of).isoformat()
    if day > today[: len(day)]:
        raise ConfigError(
            say(f"{_T}.day_to_come"), where=where, got=day, expected=f"<= {today}"
        )
    changes: dict[str, object] = {f"layers.{layer_id}.date": day or None}
    if complete and source.incomplete:
        changes[f"layers.{layer_id}.incomplete"] = False

    def edit(text: str) -> str:
        if day:
            undated = say("geoplan.newplan.no_date")
            text = without_remarks(text, undated, f"layers.{layer_id}")
        return edited_plan(text, changes)

    now = changed_text(project, edit) or plan
    alone = now.model_copy(update={"layers": {layer_id: now.layers[layer_id]}})
    return [both(f.text) for f in age_findings(alone)]


def _is_day(text: str) -> bool:
    """Whether a year, a month or a day there is.

    Examples
    --------
    >>> [_is_day(t) for t in ("2024", "2024-02", "2024-02-30", "2024.2")]
    [True, True, False, False]
    """
    if _DAY.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text)
    except ValueError:
        return False
    return True


def choices(project: Project, plan: Plan) -> list[dict[str, str]]:
    """Files and tables a layer may be read from, as the plan would name them."""
    out: dict[tuple[str, str], None] = {}
    one = findings_of(project).get("zh", {})
    for found in one.get("layers", {}).values():
        path = found["path"]
        out[(path if isinstance(path, str) else path[0], found.get("layer", ""))] = None
    for miss in one.get("not_taken", []):
        out[(miss["path"], miss.get("table", ""))] = None
    for source in plan.layers.values():
        if source.path:
            out[(source.path, source.layer)] = None
    if project.data.is_dir():
        for path in sorted(_brought(project.data))[:_MOST_FILES]:
            out.setdefault((named_in_plan(plan, path), ""), None)
    return [{"path": p, "table": t} for p, t in out]


def _brought(folder: Path) -> list[Path]:
    """Files that were brought in which may be data; zones and projects are none."""
    from layers.recognise.walk import held_files

    held = [h.path for h in held_files(folder) if h.kind not in ("other", "refused")]
    return [p for p in held if p.relative_to(folder).parts[0] not in ("zones", "register")]


def named_in_plan(plan: Plan, path: Path) -> str:
    """A file as the plan names it: from its data folder on."""
    try:
        return Path(os.path.relpath(path, plan.data_root)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def take_file(
    project: Project, layer_id: str, path: str, table: str, mark: str = ""
) -> EntryTold:
    """Read a layer from a file that was found or brought in, when it can be that layer.

    Parameters
    ----------
    mark : str
        Of the layer when it was shown.

    Raises
    ------
    ConfigError
        For an unknown layer, or a file that is none of those.
    """
    plan = load_plan(project.plan)
    if layer_id not in layers():
        raise ConfigError(say(f"{_T}.no_such_layer"), got=layer_id[:60])
    if {"path": path, "table": table} not in choices(project, plan):
        raise ConfigError(say(f"{_T}.not_there"), got=path[:120])
    entry: dict[str, object] = {"path": path}
    entry |= {"layer": table} if table else {}
    found = named_layer([plan.resolve(path)], table, layer_id, plan.area.code)
    if found is not None:
        guess, crs = found
        entry |= {"crs": crs} if crs else {}
        entry |= {k: dict(v) for k, v in (("fields", guess.fields),) if v}
        if guess.constants:
            entry["constants"] = dict(guess.constants)
        if guess.values:
            entry["values"] = {k: dict(v) for k, v in guess.values.items()}
    changes: dict[str, object] = {f"layers.{layer_id}": entry}
    return change_layer(project, layer_id, changes, mark, of_file=True)
