"""Where on the pages of the workspace a finding of the doctor is mended: no key of a plan."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from geoplan.app.entry import Words, layer_mark
from geoplan.app.forms.fields import forms
from geoplan.app.parameters import parameters
from gis.errors import Fault, GeoplanError
from gis.say import LANGS, Lang, Sentence, both, in_lang, say
from gis.toml import read_toml
from layers.catalogue import layers
from layers.plan.model import Plan
from layers.spec import Layer

__all__ = [
    "LayerNamed",
    "Remedy",
    "only_for_plans",
    "page_error",
    "page_fault",
    "page_words",
    "remedied",
    "remedy_of",
]

_T = "geoplan.app"
_TABLE = re.compile(r"\[\[?([a-z_.]+)\]\]?")
_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
# what only somebody who writes plans or commands reads
_CODE = re.compile(
    r"\[\[?[a-z_.]+\]|--[a-z]|geoplan |[a-z]+_[a-z_]+|\b(date|fields|values|crs)\b|="
)
_COMMAND = re.compile(r"\bgeoplan [a-z]+|--[a-z]")
_LISTED = 12
# plan file and key, as faults name their place: "plan.toml [layers.road] 等级 (road_class)"
_PLACE = re.compile(r"\S*\.toml\s+\[([a-z0-9_.]+)\]\s*([^\uff1a:]*)")
_FILE = re.compile(r"\.[\w-]+\.toml(,? )?")  # a plan of the workspace's own
# remedies whose fields stand on the doctor's page alone
_BESIDE_FINDING = frozenset({"fill", "cell", "dates"})

Written = Mapping[str, Any]
"""What ``doctor.json`` holds."""


class LayerNamed(TypedDict):
    """A layer a finding is about, with the date the plan gives it and its mark."""

    id: str
    title: Words
    date: str
    mark: str


class Remedy(TypedDict):
    """What to do about a finding on these pages.

    Attributes
    ----------
    text
        Where to click and what to fill in.
    beside
        ``"dates"``, ``"layers"``, ``"values"``, ``"data"`` or nothing: what is shown with it.
    layers, keys, part
        Of these.
    in_plan
        The same for somebody who edits the plan file; empty where it is no other.
    """

    text: Words
    beside: str
    layers: list[LayerNamed]
    keys: list[str]
    part: str
    in_plan: Words


def plan_keys(text: str) -> list[str]:
    """Places of a plan a sentence names.

    Examples
    --------
    >>> plan_keys("state it in the plan: [sites] min_area_ha, min_width_m; [carbon] year")
    ['sites.min_area_ha', 'sites.min_width_m', 'carbon.year']
    """
    out: dict[str, None] = {}
    found = list(_TABLE.finditer(text))
    ends = [*(f.start() for f in found[1:]), len(text)][: len(found)]
    for table, end in zip(found, ends, strict=True):
        rest = text[table.end() : end].split(";")[0]
        names = [n for n in (_KEY.match(x.strip()) for x in rest.split(",")) if n]
        for name in names:
            out[f"{table.group(1)}.{name.group()}"] = None
        if not names:
            out[table.group(1)] = None
    return list(out)


def only_for_plans(todo: str) -> bool:
    """Whether a remedy, in English, is for somebody who writes plans or commands.

    Examples
    --------
    >>> only_for_plans("name it: fields.free_mw = ..."), only_for_plans("draw it again")
    (True, False)
    """
    return _CODE.search(todo) is not None


def _way(code: str, todo: str, layer: str) -> tuple[str, list[str]]:
    """The sentence of a remedy, and values of the plan that are filled in beside it."""
    table = read_toml("geoplan.app", "remedies.toml")
    own = table["codes"].get(code)
    if own is not None:
        return own, list(table["keys"].get(own, ()))
    keys = plan_keys(todo)
    filled = [k for k in keys if k in parameters()]
    if filled:
        return "fill", filled
    if _listed_on_page(keys):
        return "form", []
    if any(k.endswith("weather") or ".weather" in k for k in keys):
        return "weather", []
    if "--repair" in todo:
        return "repair", []
    if not only_for_plans(todo):
        return "", []
    return ("layer" if layer else "plan"), []


def _listed_on_page(keys: Sequence[str]) -> str:
    """The form that has one of these places of a plan; empty for none."""
    at = [f for f in forms().values() for k in keys if f"{k}.".startswith(f"{f.table}.")]
    return at[0].id if at else ""


def _named(ids: Sequence[str], plan: Plan) -> list[LayerNamed]:
    known = layers()
    return [
        {
            "id": i,
            "title": known[i].title.model_dump(),
            "date": plan.layers[i].date,
            "mark": layer_mark(plan.layers[i]),
        }
        for i in ids
        if i in known and i in plan.layers
    ]


def _about(code: str, layer: str, todo: str, plan: Plan) -> list[str]:
    """The layers a remedy is about."""
    if layer:
        return [layer]
    given = {k: v for k, v in plan.layers.items() if v.path or v.table or v.sql}
    if code == "date_missing":
        return [k for k, v in given.items() if not v.date][:_LISTED]
    keys = [k.split(".") for k in plan_keys(todo)]
    return [k[1] for k in keys if k[0] == "layers" and len(k) > 1]


def remedy_of(code: str, layer: str, todo: Mapping[str, str], plan: Plan) -> Remedy:
    """What a finding asks for, as somebody who has only the pages does it.

    Parameters
    ----------
    code, layer
        Of the finding.
    todo
        Its own remedy, in both languages.
    plan
        The plan as it is now.
    """
    table = read_toml("geoplan.app", "remedies.toml")
    way, keys = _way(code, todo.get("en", ""), layer)
    keys_named = plan_keys(todo.get("en", "")) if way == "form" else []
    about = _named(_about(code, layer, todo.get("en", ""), plan), plan)
    if way == "layer" and not about:
        way = "plan"
    if not way:
        return {
            "text": dict(todo), "beside": "", "layers": [], "keys": [], "part": "",
            "in_plan": {"zh": "", "en": ""},
        }  # fmt: skip
    return {
        "text": both(say(f"{_T}.do_{way}")),
        "beside": table["beside"][way],
        "layers": about,
        "keys": keys,
        "part": table["part"].get(way, "") or _listed_on_page(keys_named),
        "in_plan": dict(todo),
    }


def _place(where: str) -> str:
    """A place of the plan as the pages call it; empty where they have no name for it."""
    found = _PLACE.fullmatch(where.strip())
    if found is None:
        return _FILE.sub("", where)
    table, _, name = found[1].partition(".")
    if table == "layers" and name.partition(".")[0] in layers():
        return _of_layer(layers()[name.partition(".")[0]], found[2].strip())
    known = parameters().get(f"{found[1]}.{found[2].strip()}".strip("."))
    if known is not None:
        return say(f"{_T}.value_named", title=known.title)
    form = forms().get(_listed_on_page([found[1]]))
    if table == "zones":
        return say(f"{_T}.zones")
    return "" if form is None else say(f"{_T}.value_named", title=form.title)


def _of_layer(spec: Layer, of: str) -> Sentence:
    """A layer, and a field of it or the column it is read from."""
    # what a plan calls the field stands behind the column, in brackets
    column, _, named = of.partition(" (")
    fields = {f.name: f.title for f in spec.fields}
    name = named.rstrip(")") or column.rpartition(".")[2]
    if name in fields:
        return say(f"{_T}.field_of_layer", title=spec.title, field=fields[name])
    if not column or column.isascii():  # a key of the plan
        return say(f"{_T}.value_named", title=spec.title)
    return say(f"{_T}.field_of_layer", title=spec.title, field=column)


def page_words(text: str) -> str:
    """A sentence that speaks of commands as the pages say it: by their buttons.

    Examples
    --------
    >>> page_words(say("geoplan.faults.run_first"))
    'start a run on the page “Run” and wait for its end'
    """
    said: Mapping[str, str] = read_toml("geoplan.app", "remedies.toml")["said"]
    if isinstance(text, Sentence) and text.key in said:
        return say(f"{_T}.{said[text.key]}", **text.values)
    return text


def page_fault(fault: Fault) -> Fault:
    """A fault as somebody who has only the pages reads it: its place and remedy are theirs.

    Examples
    --------
    >>> fault = Fault("not a number", where=".tried.toml [layers.road] 等级 (road_class)")
    >>> page_fault(fault).text("zh")
    '公路的“技术/行政等级”：not a number'
    """
    where, todo = str(fault.where), str(fault.todo)
    code = fault.what.key.rpartition(".")[2] if isinstance(fault.what, Sentence) else ""
    found = _PLACE.fullmatch(where.strip())
    keys = [*found[1].split("."), ""] if found else [""]
    layer = keys[1] if keys[0] == "layers" and keys[1] in layers() else ""
    way = _way(code, todo, layer)[0] if todo else ""
    if way in _BESIDE_FINDING:
        way = "examine"
    own = "" if way in ("", "plan") or not only_for_plans(todo) else f"{_T}.do_{way}"
    now = page_words(say(own) if own else fault.todo)
    if _COMMAND.search(now):
        now = say(f"{_T}.do_by_command")
    return Fault(
        page_words(fault.what),
        where=_place(where) if found or _FILE.search(where) else fault.where,
        got=fault.got,
        expected=fault.expected,
        todo=now,
    )


def page_error(err: GeoplanError) -> GeoplanError:
    """An error with each of its faults as the pages tell it."""
    return type(err)([page_fault(f) for f in err.faults])


def _in_words(text: str, lang: Lang) -> str:
    """A sentence that begins with a place of the plan, with its name on the pages instead."""
    found = _PLACE.match(text)
    if found is None or text[found.end() : found.end() + 1] not in ("：", ":"):
        return text
    rest = text[found.end() + 1 :].lstrip()
    place = str(in_lang(_place(found[0]), lang))
    return say("gis.say.at", where=place, what=rest)(lang) if place else rest


def remedied(found: Written, plan: Plan) -> dict[str, object]:
    """What the doctor wrote, each finding with what to do about it here."""
    return {
        **found,
        "findings": [
            {
                **f,
                "text": {lang: _in_words(f["text"][lang], lang) for lang in LANGS},
                "remedy": remedy_of(f["code"], f["layer"], f["todo"], plan),
            }
            for f in found["findings"]
        ],
    }
