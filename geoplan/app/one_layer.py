"""One layer as the page changes it: what the doctor says of it, before it counts."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import PurePath

from geoplan.app.edit import changed_text, plan_text_of, refuse_changed, without_remarks
from geoplan.app.entry import EntryTold, Words, keep_unread, layer_mark
from geoplan.app.remedies import only_for_plans
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from gis.errors import Fault, GeoplanError
from gis.files.look.tables import look_at_tables
from gis.say import Lang, Sentence, both, listed, say
from layers.catalogue import layer as layer_of
from layers.doctor.findings import data_findings
from layers.open.kinds import KINDS, kind_word
from layers.open.plan_layers import layer_report
from layers.plan.model import LayerSource, Plan
from layers.plan.write import edited_plan, write_plan
from layers.vocabulary.classed import NAMES

__all__ = ["change_layer", "same_as_shown"]

_T = "geoplan.app"
_CUT = "\n"  # no remark holds it
# faults of one column, which is chosen below the file: the file is taken all the same
_OF_COLUMNS = {
    "layers.open.field_missing",
    "layers.open.field_holds_text_where_number",
    "layers.open.field_holds_values_not_its",
    "layers.open.number_cannot_be",
    "layers.open.number_not_whole",
    "layers.open.no_date",
    "layers.vocabulary.codes_not",
    "layers.vocabulary.class_unknown_much",
}
# said by choosing a meaning for each value
_MEANINGS = {
    "layers.open.say_what_they_mean_values",
    "layers.vocabulary.say_what_code_means",
    "layers.vocabulary.say_what_blank_means",
}


def change_layer(
    project: Project,
    layer_id: str,
    changes: Mapping[str, object],
    mark: str,
    *,
    of_file: bool = False,
) -> EntryTold:
    """Look at a layer as it would be, and write it into the plan when nothing is wrong.

    Parameters
    ----------
    changes : mapping
        As `layers.plan.write.edited_plan` takes them.
    mark : str
        Of the entry when it was shown; empty where nobody saw it.
    of_file : bool
        Whether its file was chosen: what is wrong with columns is told, and mended afterwards.

    Raises
    ------
    ConfigError
        When the plan would not be valid, or the entry was changed meanwhile.
    """
    same_as_shown(load_plan(project.plan), layer_id, mark)
    tried = project.folder / f".layer-{secrets.token_hex(4)}.toml"
    try:
        write_plan(tried, edited_plan(plan_text_of(project), changes), replace=True)
        told = _looked_at(load_plan(tried), layer_id)
    finally:
        tried.unlink(missing_ok=True)
    if told["rest"] or (told["faults"] and not of_file):
        return told

    def edit(text: str) -> str:
        same_as_shown(load_plan(project.plan), layer_id, mark)
        if of_file:  # what was said of the file before
            text = without_remarks(text, partial(_guessed, layer_id), f"layers.{layer_id}")
        return edited_plan(text, changes)

    now = changed_text(project, edit) or load_plan(project.plan)
    keep_unread(project, now, layer_id, told["faults"])
    return {**told, "written": True}


def _guessed(layer_id: str, lang: Lang) -> str:
    """How the remark of a plan begins that says what a file was taken for, and why."""
    title = layer_of(layer_id).title
    made = say("geoplan.newplan.guess", title=title, level=_CUT, score=0.0, reasons="")
    return made(lang).partition(_CUT)[0]


def same_as_shown(plan: Plan, layer_id: str, mark: str) -> None:
    """Refuse to write over what somebody changed since the layer was shown.

    Raises
    ------
    ConfigError
        When the mark is not the layer's any more.
    """
    refuse_changed(changed=bool(mark) and mark != layer_mark(plan.layers.get(layer_id)))


def _looked_at(plan: Plan, layer_id: str) -> EntryTold:
    out: EntryTold = {"faults": {}, "rest": [], "told": [], "written": False}
    source = plan.layers[layer_id]
    alone = plan.model_copy(update={"layers": {layer_id: source}, "zones": ()})
    try:
        report = layer_report(alone, layer_id)
    except GeoplanError as err:
        for fault in err.faults:
            field = _field_of(fault, layer_id, source)
            words = _words(fault, layer_id, field)
            if field:
                out["faults"].setdefault(field, words)
            else:
                out["rest"].append(words)
        if not out["rest"]:  # columns that are missing hide what the shapes are
            out["rest"] = [_words(f) for f in _other_shapes(alone, layer_id)]
        return out
    said = [] if report is None else [w.text for w in report.warnings]
    said += _twice_read(layer_id, source)
    said += [
        f.text for f in data_findings(alone) if f.layer == layer_id and f.severity != "note"
    ]
    out["told"] = _once(both(t) for t in said)
    return out


def _twice_read(layer_id: str, source: LayerSource) -> list[Sentence]:
    """Columns two fields are read from: they may be meant, and are told.

    A column of names that gives the codes too is meant: the plan says what each name means.
    """
    fields: dict[str, list[str]] = {}
    for name, column in source.fields.items():
        fields.setdefault(column, []).append(name)
    spec = layer_of(layer_id)
    meant = {spec.vocabulary, NAMES} if source.values.get(spec.vocabulary) else set()
    return [
        say(
            f"{_T}.column_twice",
            column=column,
            fields=listed(spec.field(n).title for n in names),
        )
        for column, names in fields.items()
        if len(names) > 1 and set(names) != meant
    ]


def _other_shapes(plan: Plan, layer_id: str) -> list[Fault]:
    """What is wrong with the shapes of a file whose columns do not fit."""
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    if not source.path or spec.geometry not in ("line", "polygon"):
        return []
    looks = look_at_tables(plan.resolve(source.path))
    kinds = {k.kind for k in looks if source.layer in ("", k.layer)}
    if not kinds or kinds & {spec.geometry, "mixed"}:
        return []
    what = say("layers.open.layer_holds_another_kind_geometry")
    met = listed(kind_word(k) for k in sorted(kinds) if k in KINDS)
    return [Fault(what, got=met, expected=kind_word(spec.geometry))]


def _once(texts: Iterable[Words]) -> list[Words]:
    return list({t["en"]: t for t in texts}.values())


def _key(text: object) -> str:
    return text.key if isinstance(text, Sentence) else ""


def _field_of(fault: Fault, layer_id: str, source: LayerSource) -> str:
    """The field a fault is of; empty for one of the whole layer."""
    if _key(fault.what) not in _OF_COLUMNS:
        return ""
    known = [f.name for f in layer_of(layer_id).fields]
    named = str(fault.todo.values.get("name", "")) if isinstance(fault.todo, Sentence) else ""
    if named in known:
        return named
    last = str(fault.where).rsplit(" ", 1)[-1].strip("()")
    if last in known:
        return last
    column = str(fault.where).rpartition("] ")[2]
    return next((k for k in known if source.fields.get(k) == column), "")


def _words(fault: Fault, layer_id: str = "", field: str = "") -> Words:
    """A fault as the page tells it: no key of a plan, no place on the disk."""
    meanings = _key(fault.todo) in _MEANINGS
    expected: str = fault.expected
    if _key(fault.what) == "layers.open.field_missing" and " / " in str(expected) and field:
        # a field is called by its title; its names in files are the reader's own
        expected = say(f"{_T}.a_column_of", title=layer_of(layer_id).field(field).title)
    own = Fault(
        fault.what,
        got=_name_alone(fault.got),
        expected="" if meanings else expected,
        todo=say(f"{_T}.give_meanings") if meanings else _todo(fault),
    )
    return {"zh": own.text("zh"), "en": own.text("en")}


def _todo(fault: Fault) -> str:
    if _key(fault.what) == "layers.open.field_holds_text_where_number":
        return say(f"{_T}.give_numbers")
    return "" if only_for_plans(str(fault.todo)) else fault.todo


def _name_alone(text: str) -> str:
    """A path of the server's disk by its last part."""
    return PurePath(text).name if PurePath(str(text)).is_absolute() else text
