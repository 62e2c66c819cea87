"""Columns of the file of a layer as its fields, and what the values of a column mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired

from typing_extensions import TypedDict

from geoplan.app.entry import EntryTold, Words
from geoplan.app.one_layer import change_layer
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.files.look.tables import column_values, look_at_tables
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.plan.model import LayerSource, Plan
from layers.recognise.fields import field_fit
from layers.vocabulary import vocabulary

__all__ = ["FieldRow", "columns_of", "field_row", "map_layer"]

_T = "geoplan.app"
_MOST_VALUES = 200


_NUMBERS = ("number", "integer")


class FieldRow(TypedDict):
    """A field of a layer, the column it is read from, and what values were taken for."""

    id: str
    title: Words
    required: bool
    number: bool
    column: str
    choices: list[dict[str, str]]
    values: dict[str, str]


class Columns(TypedDict):
    """What a file offers for the fields of a layer: columns, and values of one of them.

    Attributes
    ----------
    guessed
        Field -> column it is read from when nobody says another.
    """

    columns: list[str]
    guessed: dict[str, str]
    values: NotRequired[list[str]]


def field_row(layer_id: str, name: str, source: LayerSource | None) -> FieldRow:
    """A field of a layer as the page lists it."""
    spec = layer_of(layer_id).field(name)
    return {
        "id": name,
        "title": spec.title.model_dump(),
        "required": spec.required,
        "number": spec.type in _NUMBERS,
        "column": "" if source is None else source.fields.get(name, ""),
        "choices": _choices(layer_id, name, source),
        "values": {} if source is None else dict(source.values.get(name, {})),
    }


def _choices(layer_id: str, name: str, source: LayerSource | None) -> list[dict[str, str]]:
    """What the values of a field may mean; empty where any text will do."""
    if name != _classes(layer_id, source):
        return [_choice(k, v) for k, v in layer_of(layer_id).field(name).values.items()]
    entries = sorted(vocabulary(name).entries.items())
    return [
        {"id": str(code), **{k: f"{code} {text}" for k, text in e.title.model_dump().items()}}
        for code, e in entries
    ]


def _classes(layer_id: str, source: LayerSource | None) -> str:
    """The field that holds the codes of a list; empty where none does."""
    spec = layer_of(layer_id)
    name = ("" if source is None else source.vocabulary) or spec.vocabulary
    return name if name in {f.name for f in spec.fields} else ""


def _choice(value: str, spellings: tuple[str, ...]) -> dict[str, str]:
    """A value of a field as people call it: its first Chinese spelling, its own name."""
    own = next((x for x in spellings if not x.isascii()), value)
    return {"id": value, "zh": own, "en": value.replace("_", " ")}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _source(plan: Plan, layer_id: str) -> tuple[LayerSource, Path]:
    source = plan.layers.get(layer_id)
    if source is None or not source.path:
        raise ConfigError(say(f"{_T}.layer_has_no_file"), got=layer_id[:60])
    return source, plan.resolve(source.path)


def columns_of(project: Project, layer_id: str, column: str = "", field: str = "") -> Columns:
    """The columns of the file of a layer, and the values of one of them.

    Of the codes of a list only those are told that the list does not have, and the blank; of a
    field of numbers what is no number.

    Raises
    ------
    ConfigError
        When the layer has no file, or its file no such table or column.
    """
    plan = load_plan(project.plan)
    source, path = _source(plan, layer_id)
    looks = look_at_tables(path)
    own = [k for k in looks if k.kind != "none" and source.layer in ("", k.layer)]
    if not own:
        raise ConfigError(say(f"{_T}.no_such_table"), got=source.layer[:60])
    names = [str(c) for c in own[0].sample.columns]
    out: Columns = {
        "columns": names,
        "guessed": dict(field_fit(layer_of(layer_id), names).columns),
    }
    if column:
        if column not in out["columns"]:
            raise ConfigError(say(f"{_T}.no_such_column"), got=column[:60])
        values = list(column_values(path, own[0].layer, column))
        if field and field == _classes(layer_id, source):
            known = vocabulary(field).entries
            values = ["", *(v for v in values if v.strip() and v.strip() not in known)]
        elif field and layer_of(layer_id).field(field).type in _NUMBERS:
            # words are given numbers; what is one already needs none
            values = [v for v in values if v.strip() and not _is_number(v)]
        out["values"] = values[:_MOST_VALUES]
    return out


def map_layer(
    project: Project,
    layer_id: str,
    fields: Mapping[str, str],
    values: Mapping[str, Mapping[str, str]],
    mark: str = "",
) -> EntryTold:
    """Say which column is which field, and what its values mean.

    Parameters
    ----------
    mark : str
        Of the layer when it was shown.

    Raises
    ------
    ConfigError
        When the plan would not be valid.
    """
    plan = load_plan(project.plan)
    _source(plan, layer_id)
    spec = layer_of(layer_id)
    known = {f.name for f in spec.fields}
    strange = sorted({*fields, *values} - known)
    if strange:
        raise ConfigError(say(f"{_T}.no_such_field"), got=listed((s[:40] for s in strange), 3))
    changes: dict[str, object] = {
        f"layers.{layer_id}.fields": {k: v for k, v in fields.items() if v} or None,
        f"layers.{layer_id}.values": {k: dict(v) for k, v in values.items() if v} or None,
    }
    return change_layer(project, layer_id, changes, mark)
