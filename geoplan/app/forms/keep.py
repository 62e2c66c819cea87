"""Forms of a project's plan: what they show, how an entry is checked, written, taken out."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from typing_extensions import TypedDict

from geoplan.app.edit import alone, changed_text, plan_text_of, refuse_changed
from geoplan.app.entry import EntryTold, Words, mark_of
from geoplan.app.forms.answers import answers_of, entry_of
from geoplan.app.forms.choices import Choice, offered
from geoplan.app.forms.fields import Form, FormField, forms
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan, target_kinds
from geoplan.serve.facility_words import form_words
from gis.errors import ConfigError, Fault
from gis.say import both, say
from layers.catalogue import layer as layer_of
from layers.model_faults import told_error
from layers.plan.model import Plan
from layers.plan.plant import Plant
from layers.plan.rows import Entry, edited_row, rows_of
from layers.plan.target import Target, small_share_warnings, target_faults
from layers.plan.write import edited_plan
from layers.spec import Frozen
from siting.facilities.section import FacilitiesSection, FacilityCase

__all__ = ["EntryGiven", "FormView", "FormsView", "drop", "forms_view", "keep"]

_T = "geoplan.app"
_MODELS: Mapping[str, type[BaseModel]] = {
    "plants": Plant,
    "targets": Target,
    "facilities": FacilityCase,
}
# steps pydantic adds for branches of a union
_BRANCHES = ("constrained-", "tuple[", "list[", "dict[", "function-")
_Text = Annotated[str, Field(max_length=2000)]
_Both = Annotated[dict[str, _Text], Field(max_length=2)]
_Part = Annotated[
    dict[Annotated[str, Field(max_length=60)], _Text | _Both], Field(max_length=9)
]
_Answer = _Text | _Both | Annotated[list[_Text | _Part], Field(max_length=600)]


class EntryGiven(Frozen):
    """An entry as it was filled in.

    Attributes
    ----------
    index, mark
        Which entry of the list, and its mark when it was shown; None and empty for a new one.
    try_only
        Whether it is only looked at, not written.
    """

    index: Annotated[int, Field(ge=0, le=100_000)] | None = None
    mark: Annotated[str, Field(max_length=40)] = ""
    answers: Annotated[
        dict[Annotated[str, Field(max_length=60)], _Answer], Field(max_length=120)
    ]
    try_only: bool = False


class EntryRow(TypedDict):
    """An entry of a list; `missing` are layers it reads that the plan has not."""

    mark: str
    answers: dict[str, Any]
    missing: list[Words]


class FormView(TypedDict):
    """A form and the entries there are."""

    id: str
    title: Words
    hint: Words
    add: Words
    names: list[str]
    about: list[str]
    fields: list[dict[str, Any]]
    rows: list[EntryRow]


class FormsView(TypedDict):
    """The forms of a plan and the lists their fields are chosen from."""

    forms: list[FormView]
    offers: dict[str, list[Choice]]


def _form(form_id: str) -> Form:
    form = forms().get(form_id)
    if form is None:
        raise ConfigError(say(f"{_T}.no_such_form"), got=form_id[:40])
    return form


def _entries(form: Form, text: str) -> list[Entry]:
    if not form.of_keys:
        return rows_of(text, form.table)
    found: Any = tomllib.loads(text)
    for name in form.table.split("."):
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
    name, own = (f.key for f in form.fields)
    return [{name: k, own: v} for k, v in found.items()] if isinstance(found, Mapping) else []


def _mark(entry: Mapping[str, Any]) -> str:
    return mark_of(repr(entry))


def _offers(form: Form, plan: Plan) -> dict[str, list[Choice]]:
    parts = [p for f in form.fields for p in (f, *f.parts)]
    return {n: offered(plan, n) for n in sorted({p.offers for p in parts if p.offers})}


def _usual(form: Form, field: FormField) -> str:
    """What holds where a field is left empty; empty where nothing does."""
    model: Any = _MODELS.get(form.id)
    found: object = None
    for name in field.place.split("."):
        inner = [model, *typing.get_args(model)]
        own = next((m for m in inner if isinstance(m, type) and issubclass(m, BaseModel)), None)
        spec = None if own is None else own.model_fields.get(name)
        if spec is None or isinstance(spec.annotation, types.GenericAlias):
            return ""
        found = None if spec.is_required() else spec.get_default()
        model = spec.annotation
    if isinstance(found, bool):
        return "true" if found else "false"
    return f"{found:g}" if isinstance(found, float) else str(found or "")


def _shown(form: Form, field: FormField) -> Entry:
    return {**field.model_dump(mode="json"), "usual": _usual(form, field)}


def _missing(plan: Plan, form: Form) -> dict[str, list[Words]]:
    """Of each case of facilities, by its id."""
    out: dict[str, list[Words]] = {}
    cases = plan.section(FacilitiesSection).cases if form.id == "facilities" else ()
    for case in cases:
        lacking = [
            i
            for i in case.layers
            if i not in case.may_lack
            and not ((source := plan.layers.get(i)) is not None and source.available)
        ]
        out[case.id] = [layer_of(i).title.model_dump() for i in lacking]
    return out


def forms_view(project: Project) -> FormsView:
    """Every form with the entries of the plan."""
    text, plan = plan_text_of(project), load_plan(project.plan)
    out: list[FormView] = []
    offers: dict[str, list[Choice]] = {}
    for form in forms().values():
        offers |= _offers(form, plan)
        missing = _missing(plan, form)
        rows: list[EntryRow] = [
            {
                "mark": _mark(e),
                "answers": answers_of(form, e),
                "missing": missing.get(str(e.get("id")), []),
            }
            for e in _entries(form, text)
        ]
        out.append(
            {
                "id": form.id,
                "title": form.title.model_dump(),
                "hint": form.hint.model_dump(),
                "add": form.add.model_dump(),
                "names": list(form.names),
                "about": list(form.about),
                "fields": [_shown(form, f) for f in form.fields],
                "rows": rows,
            }
        )
    return {"forms": out, "offers": offers}


def _own_id(form: Form, entry: Mapping[str, Any], held: list[Entry]) -> str:
    """A free id that says what it is of."""
    used = {e.get("id") for e in held}
    if form.id == "targets":
        name = f"{entry.get('indicator', 'target')}_{entry.get('year', '')}".strip("_")
        own = [name, *(f"{name}_{n}" for n in range(2, 1000))]
    else:
        own = [f"case_{n}" for n in range(1, 1000)]
    return next(k for k in own if k not in used)


def _ordered(form: Form, entry: Entry) -> Entry:
    """A new entry in the order its model tells it."""
    model = _MODELS.get(form.id)
    if model is None:
        return entry
    if "id" in model.model_fields:
        entry = {"id": entry["id"], **entry}
    first = {k: entry[k] for k in model.model_fields if k in entry}
    return {**first, **entry}


def _wrong(form: Form, entry: Mapping[str, Any]) -> tuple[dict[str, Words], list[Words]]:
    """What the model of an entry, and the indicator of a target, refuse."""
    faults: dict[str, Words] = {}
    rest: list[Words] = []

    def tell(fault: Fault, place: str) -> None:
        own = Fault(form_words(fault.what), got=fault.got, expected=fault.expected)
        words = {"zh": own.text("zh"), "en": own.text("en")}
        field = form.field_at(place) if place else None
        beside = form.beside.get(getattr(fault.what, "key", ""), "")
        key = beside or ("" if field is None else field.key)
        if key:
            faults.setdefault(key, words)
        else:
            rest.append(words)

    model = _MODELS.get(form.id)
    if model is None:
        return faults, rest
    try:
        made = model.model_validate(dict(entry))
    except ValidationError as err:
        for e in err.errors(include_url=False):
            what, got, expected = told_error(e)
            steps = [s for s in map(str, e["loc"]) if not s.startswith(_BRANCHES)]
            whole = isinstance(e.get("input"), Mapping | list)
            tell(Fault(what, got="" if whole else got, expected=expected), ".".join(steps))
        return faults, rest
    if isinstance(made, Target):
        for fault in target_faults([made], target_kinds(), ""):
            tell(fault, fault.where.split()[-1])
    return faults, rest


def _edited(form: Form, text: str, index: int | None, entry: Entry | None) -> str:
    if not form.of_keys:
        return edited_row(text, form.table, index, entry)
    name, own = (f.key for f in form.fields)
    held = _entries(form, text)
    if index is not None:
        whole = len(held) == 1 and entry is None
        place = form.table if whole else f"{form.table}.{held[index][name]}"
        if entry is None or held[index][name] != entry[name]:
            text = edited_plan(text, {place: None})
    if entry is None:
        return text
    return edited_plan(text, {f"{form.table}.{entry[name]}": entry[own]})


def _found(held: list[Entry], index: int, mark: str) -> Entry:
    """The entry that was meant.

    Raises
    ------
    ConfigError
        When the plan has changed since it was shown.
    """
    refuse_changed(changed=index >= len(held) or _mark(held[index]) != mark)
    return held[index]


@alone
def keep(project: Project, form_id: str, given: EntryGiven) -> EntryTold:
    """Check an entry and write it into the plan when nothing is wrong with it.

    Raises
    ------
    ConfigError
        When there is no such form, or the plan has changed since the entry was shown.
    """
    form, plan = _form(form_id), load_plan(project.plan)
    text = plan_text_of(project)
    held = _entries(form, text)
    old = {} if given.index is None else _found(held, given.index, given.mark)
    entry, unread = entry_of(form, given.answers, _offers(form, plan), old)
    faults = {k: both(v) for k, v in unread.items()}
    rest: list[Words] = []
    model = _MODELS.get(form.id)
    if model is not None and "id" in model.model_fields and not old:
        entry["id"] = _own_id(form, entry, held)
    if form.of_keys and not faults:
        key = form.fields[0].key
        others = [e[key] for i, e in enumerate(held) if i != given.index]
        if entry[key] in others:
            faults[key] = both(say(f"{_T}.twice", name=entry[key]))
    if not faults:
        faults, rest = _wrong(form, entry)
    told: EntryTold = {"faults": faults, "rest": rest, "told": [], "written": False}
    if faults or rest:
        return told
    new = entry if old or form.of_keys else _ordered(form, entry)

    def edit(now: str) -> str:
        if given.index is not None:
            _found(_entries(form, now), given.index, given.mark)
        return _edited(form, now, given.index, new)

    try:
        changed_text(project, edit, write=not given.try_only)
    except ConfigError as err:
        told["rest"] = [{"zh": err.text("zh"), "en": err.text("en")}]
        return told
    if form.id == "targets":
        made = Target.model_validate(new)
        told["told"] = [both(w.text) for w in small_share_warnings([made], "")]
    told["written"] = not given.try_only
    return told


@alone
def drop(project: Project, form_id: str, index: int, mark: str) -> None:
    """Take an entry out of the plan.

    Raises
    ------
    ConfigError
        When there is no such form or entry, or the plan would not be valid without it.
    """
    form = _form(form_id)

    def edit(now: str) -> str:
        _found(_entries(form, now), index, mark)
        return _edited(form, now, index, None)

    changed_text(project, edit)
