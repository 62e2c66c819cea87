"""An entry of the plan as the answers of a form, and answers as an entry."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from geoplan.app.forms.choices import Choice
from geoplan.app.forms.fields import Form, FormField, Part
from gis.files.plain_text import ungrouped
from gis.say import Sentence, say
from layers.plan.rows import Entry

__all__ = ["answers_of", "entry_of", "meant", "name_of"]

_T = "geoplan.app"
_PARTED = re.compile(r"\s*[,，、;；]\s*")
Answers = Mapping[str, Any]
Faults = dict[str, Sentence]
Offers = Mapping[str, list[Choice]]


def _get(entry: Mapping[str, Any], place: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    found: Any = entry
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _set(entry: Entry, place: str, value: object) -> None:
    """Write a place; None takes it away, and a table that is then empty with it."""
    *path, last = place.split(".")
    at = entry
    for name in path:
        if not isinstance(at.get(name), dict):
            if value is None:
                return
            at[name] = {}
        at = at[name]
    if value is not None:
        at[last] = value
        return
    at.pop(last, None)
    if path and not at:
        _set(entry, ".".join(path), None)


# -------------------------------------------------- what a plan says in other words
def _unfolded(entry: Entry) -> Entry:
    """A case of facilities with what it weighs by, and where its factor is from, as answers."""
    out = copy.deepcopy(entry)
    demand = out.get("demand")
    if isinstance(demand, dict):
        by = "each" if demand.pop("each", False) else ""
        demand["by"] = demand.pop("weight", "") or demand.pop("measure", "") or by
        factor = demand.get("factor")
        demand["use"] = "own" if isinstance(factor, dict) else factor or ""
        if isinstance(factor, str):
            del demand["factor"]
    return out


def _folded(entry: Entry, old: Entry) -> Entry:
    """The other way round; keys keep the places they had."""
    demand = entry.get("demand", {})
    by, use = demand.pop("by", ""), demand.pop("use", "")
    if use != "own":
        demand.pop("factor", None)
    added: Entry = {}
    if by == "each":
        added["each"] = True
    elif by.startswith("area_"):
        added["measure"] = by
    elif by:
        added["weight"] = by
    if use and use != "own":
        added["factor"] = use
    demand |= added
    held = old.get("demand")
    if isinstance(held, dict):
        first = {k: demand[k] for k in held if k in demand}
        entry["demand"] = {**first, **demand}
    return entry


_FOLDED: Mapping[str, Callable[[Entry, Entry], Entry]] = {"facilities": _folded}
_UNFOLDED: Mapping[str, Callable[[Entry], Entry]] = {"facilities": _unfolded}


# ------------------------------------------------------------------ plan -> answers
def _number(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _fits(takes: str, value: object) -> bool:
    """Whether a value is of the kind a field asks for: two may write one place."""
    if takes in ("many", "names", "numbers", "rows"):
        return isinstance(value, list)
    if takes == "map":
        return isinstance(value, Mapping)
    return not isinstance(value, list) and (takes == "title" or not isinstance(value, Mapping))


def _answer(part: Part, value: Any) -> Any:  # noqa: ANN401 - what the page shows
    takes = part.takes
    if value is None or not _fits(takes, value):
        return [] if takes in ("many", "rows", "map") else _nothing(takes)
    if takes == "title":
        both = value if isinstance(value, Mapping) else {"zh": value}
        return {k: str(both.get(k, "")) for k in ("zh", "en")}
    if takes in ("names", "numbers"):
        return say(f"{_T}.comma")("zh").join(_number(v) for v in value)
    if takes == "many":
        return [str(v) for v in value]
    if takes == "flag":
        return "true" if value else "false"
    return _number(value)


def _nothing(takes: str) -> object:
    return {"zh": "", "en": ""} if takes == "title" else ""


def _listed(field: FormField, value: Any) -> list[Entry]:  # noqa: ANN401
    if not _fits(field.takes, value):
        return []
    rows = value
    if field.takes == "map":
        name, own = field.parts
        if not all(_fits(own.takes, v) for v in value.values()):
            return []
        rows = [{name.key: k, own.key: v} for k, v in value.items()]
    return [{p.key: _answer(p, row.get(p.key)) for p in field.parts} for row in rows]


def answers_of(form: Form, entry: Mapping[str, Any]) -> Entry:
    """An entry of the plan as the page shows it.

    Examples
    --------
    >>> from geoplan.app.forms.fields import forms
    >>> given = {"name": "一期", "capacity_mw": 49.5, "year": 2015}
    >>> shown = answers_of(forms()["plants"], given)
    >>> shown["name"], shown["capacity_mw"], shown["technology"]
    ({'zh': '一期', 'en': ''}, '49.5', '')
    """
    seen = _UNFOLDED.get(form.id, copy.deepcopy)(dict(entry))
    out: Entry = {}
    for f in form.fields:
        value = _get(seen, f.place)
        listed = f.takes in ("rows", "map") and value is not None
        out[f.key] = _listed(f, value) if listed else _answer(f, value)
    return out


# ------------------------------------------------------------------ answers -> plan
def name_of(given: object) -> str:
    """An answer as one word, for conditions: the first language that is filled in."""
    if isinstance(given, Mapping):
        return str(given.get("zh") or given.get("en") or "").strip()
    if isinstance(given, list):
        return "*" if given else ""
    return str(given or "").strip()


def _holds(asked: Mapping[str, tuple[str, ...]], form: Form, given: Answers, o: Offers) -> bool:
    for key, wanted in asked.items():
        own, _, kind = key.partition(":")
        answer = name_of(given.get(own))
        if kind:
            field = next(f for f in form.fields if f.key == own)
            found = {k for c in o[field.offers] if c["id"] == answer for k in c["kinds"]}
            if not found & set(wanted):
                return False
        elif answer not in wanted and not ("*" in wanted and answer):
            return False
    return True


def meant(form: Form, field: FormField, given: Answers, offers: Offers) -> bool:
    """Whether a field is asked under the answers of the others."""
    return not field.when or any(_holds(w, form, given, offers) for w in field.when)


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) and abs(number) < 1e15 else number


def _read(part: Part, given: Any) -> Any:  # noqa: ANN401 - as TOML holds it
    """An answer as the plan holds it; None for an empty one.

    Raises
    ------
    ValueError, KeyError, OverflowError
        When it cannot be read.
    """
    if part.takes == "title":
        words = {k: str(given.get(k, "")).strip() for k in ("zh", "en")}
        said = [v for v in words.values() if v]
        if not said:
            return None
        if isinstance(part, FormField) and part.pair:
            return {k: v or said[0] for k, v in words.items()}
        return words if len(said) == 2 and said[0] != said[1] else said[0]
    if part.takes == "many":
        return [str(v) for v in given] or None
    text = str(given).strip()
    if not text:
        return None
    if part.takes == "number":
        return _whole(float(ungrouped(text)))
    if part.takes in ("count", "year"):
        return int(ungrouped(text))
    if part.takes == "day":
        return date.fromisoformat(text)
    if part.takes == "flag":
        return {"true": True, "false": False}[text]
    if part.takes in ("names", "numbers"):
        items = [x for x in _PARTED.split(text) if x]
        return [_whole(float(x)) for x in items] if part.takes == "numbers" else items
    return text


def _in(part: Part, value: object, given: Answers, offers: Offers) -> bool:
    """Whether a list offers an answer."""
    if not part.offers:
        return value in part.values
    of = name_of(given.get(part.of)) if part.of else ""
    return any(c["id"] == value and c["of"] in ("", of) for c in offers[part.offers])


def _refused(part: Part, given: object) -> Sentence:
    takes = part.takes if part.takes != "numbers" else "number"
    expected = say(f"{_T}.takes_{takes}")
    return say(f"{_T}.not_read", got=str(given)[:40], expected=expected)


def _rows(field: FormField, given: Iterable[Answers]) -> tuple[object, Sentence | None]:
    rows: list[Entry] = []
    for one in given:
        row: Entry = {}
        for p in field.parts:
            answer = one.get(p.key, _nothing(p.takes))
            try:
                row[p.key] = _read(p, answer)
            except (ValueError, KeyError, OverflowError):
                return None, say(f"{_T}.in_part", title=p.title, why=_refused(p, answer))
        if all(v is None for v in row.values()):
            continue
        lacking = next((p for p in field.parts if p.required and row[p.key] is None), None)
        if lacking is not None:
            return None, say(f"{_T}.fill_in_part", title=lacking.title)
        rows.append(row)
    if field.takes == "rows":
        return rows or None, None
    name, own = field.parts
    keys = [str(r[name.key]) for r in rows]
    twice = next((k for k in keys if keys.count(k) > 1), None)
    if twice is not None:
        return None, say(f"{_T}.twice", name=twice)
    return {str(r[name.key]): r[own.key] for r in rows} or None, None


def entry_of(
    form: Form, given: Answers, offers: Offers, old: Mapping[str, Any]
) -> tuple[Entry, Faults]:
    """What the plan shall hold, and what is wrong with the answers by field.

    Parameters
    ----------
    old : mapping
        The entry that is changed; empty for a new one. What no field asks for stays.
    """
    entry = _UNFOLDED.get(form.id, copy.deepcopy)(dict(old))
    faults: Faults = {}
    asked = [f for f in form.fields if meant(form, f, given, offers)]
    for place in {f.place for f in form.fields} - {f.place for f in asked}:
        _set(entry, place, None)
    for f in asked:
        answer = given.get(f.key, [] if f.takes in ("many", "rows", "map") else "")
        value: object = None
        try:
            if f.takes in ("rows", "map"):
                value, fault = _rows(f, answer)
                if fault is not None:
                    faults[f.key] = fault
            else:
                value = _read(f, answer or _nothing(f.takes))
        except (ValueError, KeyError, OverflowError):
            faults[f.key] = _refused(f, answer)
        if value is None and f.required and f.key not in faults:
            faults[f.key] = say(f"{_T}.fill_in")
        held = _get(entry, f.place)
        if (
            f.takes == "choice"
            and value not in (None, held)
            and not _in(f, value, given, offers)
        ):
            faults[f.key] = say(f"{_T}.not_offered", got=str(value)[:40])
        if not (value == held and type(value) is not bool):
            _set(entry, f.place, value)
    fold = _FOLDED.get(form.id)
    return (entry if fold is None else fold(entry, dict(old))), faults
