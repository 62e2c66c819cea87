"""What pydantic refuses, as faults that speak both languages."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from gis.errors import Fault
from gis.say import LANGS, Listed, Sentence, listed, say, sentences
from layers.model_keys import keys_at, keys_of

__all__ = ["YesNo", "model_faults", "told_error"]

_LONGEST = 80
# pydantic's kinds of error that mean the same to the writer of a file
_SAME = {
    "int_parsing": "int_type",
    "int_parsing_size": "int_type",
    "int_from_float": "int_type",
    "float_parsing": "float_type",
    "bool_parsing": "bool_type",
    "string_sub_type": "string_type",
    "string_unicode": "string_type",
    "enum": "literal_error",
    "date_parsing": "date_type",
    "date_from_datetime_parsing": "date_type",
    "date_from_datetime_inexact": "date_type",
    "datetime_type": "date_type",
    "datetime_parsing": "date_type",
    "datetime_from_date_parsing": "date_type",
    "time_type": "time_type",
    "time_parsing": "time_type",
    "list_type": "array_type",
    "tuple_type": "array_type",
    "set_type": "array_type",
    "frozen_set_type": "array_type",
    "iterable_type": "array_type",
    "dict_type": "table_type",
    "mapping_type": "table_type",
    "model_type": "table_type",
    "model_attributes_type": "table_type",
    "dataclass_type": "table_type",
    "union_tag_invalid": "literal_error",
    "union_tag_not_found": "missing",
    "missing_argument": "missing",
    "missing_keyword_only_argument": "missing",
    "unexpected_keyword_argument": "extra_forbidden",
    "path_type": "string_type",
}
# a step pydantic adds for a branch of a union; no key of a file has such a name
_BRANCH = re.compile(r"^(constrained-\w+|(tuple|list|dict|function-\w+)\[.*\])$")
_QUIET = frozenset({"missing", "extra_forbidden", "union_tag_not_found"})


class YesNo(str):
    """A true or false that stands where a number is called for."""

    __slots__ = ()


def _shown(value: object) -> str:
    """A value as TOML writes it, cut where it is long."""
    if isinstance(value, YesNo):
        return say("layers.model.yes_no", value=str(value))
    if isinstance(value, date):
        out = value.isoformat()
    else:
        try:
            out = json.dumps(value, ensure_ascii=False, default=str)
        except (TypeError, ValueError):
            out = str(value)
    return out if len(out) <= _LONGEST else out[: _LONGEST - 3] + "..."


def _choices(text: str) -> list[str]:
    """``"'a', 'b' or 'c'"`` as its items, in double quotes as TOML writes them."""
    return [
        bare or f'"{quoted}"'
        for quoted, bare in re.findall(r"'([^']*)'|([^\s,']+)", text)
        if bare != "or"
    ]


def _expected(kind: str, ctx: Mapping[str, Any]) -> str:
    if kind in {"value_error", "assertion_error"}:
        # a validator of ours raises ValueError(sentence) or ValueError(sentence, expected)
        said: tuple[str, ...] = getattr(ctx.get("error"), "args", ())
        return said[1] if len(said) > 1 else ""
    if kind == "literal_error":
        return listed(_choices(str(ctx.get("expected") or ctx.get("expected_tags") or "")))
    if kind == "table_type" and (told := _table_of(keys_of(str(ctx.get("class_name", ""))))):
        return told
    key = f"layers.model.expected_{kind}"
    return say(key, **ctx) if key in sentences("layers") else ""


def _todo(ctx: Mapping[str, Any]) -> str:
    """What a validator of ours says is to be done: ValueError(sentence, expected, todo)."""
    said: tuple[str, ...] = getattr(ctx.get("error"), "args", ())
    return said[2] if len(said) > 2 else ""


def _item(e: Mapping[str, Any]) -> int | None:
    """Which item of a list is meant, as people count; a table in it has a place of its own."""
    last = e["loc"][-1] if e["loc"] else ""
    return last + 1 if isinstance(last, int) and not isinstance(e["input"], Mapping) else None


def _what(e: Mapping[str, Any], kind: str, ctx: Mapping[str, Any]) -> str:
    if kind in {"value_error", "assertion_error"}:
        error = ctx.get("error")
        said = error.args[0] if isinstance(error, Exception) and error.args else ""
        if isinstance(said, Sentence | Listed):
            return said
        return say("layers.model.value_error_because", reason=said or e["type"])
    key = f"layers.model.{kind}"
    return say(key if key in sentences("layers") else "layers.model.other")


def _follows(e: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list is only called too short because one of its items is at fault."""
    if e["type"] != "too_short" or len(e["input"]) < e["ctx"]["min_length"]:
        return False
    n = len(e["loc"])
    return any(len(x["loc"]) > n and x["loc"][:n] == e["loc"] for x in every)


def _tables(given: object) -> bool:
    """Whether what was given is a table, or a list of tables."""
    if isinstance(given, Mapping):
        return len(given) > 1 or any(isinstance(v, Mapping | list) for v in given.values())
    return isinstance(given, list) and any(isinstance(v, Mapping) for v in given)


def _table_of(found: Mapping[str, bool]) -> Sentence | str:
    """The keys of a table that is called for, those it must have first; empty if unsure."""
    must, may = ([k for k, r in found.items() if r is needed] for needed in (True, False))
    if must:
        return say("layers.model.expected_table_of", keys=listed(must))
    return say("layers.model.expected_table_of_some", keys=listed(may)) if may else ""


def _keys(e: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(p) for p in e["loc"] if not _BRANCH.search(str(p)))


def _of_other_branch(e: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value is of a kind that another branch of the union takes."""
    if not _kind(e).endswith("_type"):
        return False
    own = _keys(e)
    return any(
        (keys[: len(own)] == own and len(keys) > len(own))
        or (keys == own and not _kind(x).endswith("_type"))
        for x in every
        for keys in (_keys(x),)
    )


def _near(key: str, known: Sequence[str]) -> Sentence | str:
    """Which key may be meant."""
    near = difflib.get_close_matches(key, known, n=2)
    near = near or [k for k in known if k.startswith(key) or key.startswith(k)]
    return say("layers.model.key_near", keys=listed(near)) if near else ""


def _or(items: Iterable[str]) -> Sentence | str:
    """What is expected: one thing, or what each branch of a union takes."""
    first, *more = dict.fromkeys(items)
    out: Sentence | str = first
    for one in more:
        out = say("layers.model.expected_either", one=out, other=one)
    return out


def _kind(e: Mapping[str, Any]) -> str:
    kind = _SAME.get(e["type"], e["type"])
    if kind in {"too_long", "too_short"} and isinstance(e["input"], str):
        kind = f"string_{kind}"  # a limit behind a check of our own knows no kind
    return str(kind)


def told_error(e: Mapping[str, Any]) -> tuple[str, str, str]:
    """What is wrong, what was given and what is expected, of one of pydantic's errors.

    Parameters
    ----------
    e : mapping
        Of ``ValidationError.errors()``, or of a request.

    Examples
    --------
    >>> told_error({"type": "float_parsing", "loc": ("lon",), "input": "ten"})
    ('the value is of another kind', '"ten"', 'a number')
    """
    kind, ctx = _kind(e), e.get("ctx", {})
    got = "" if e["type"] in _QUIET else _shown(e["input"])
    return _what(e, kind, ctx), got, _expected(kind, ctx)


def model_faults(
    err: ValidationError,
    where: str,
    prefix: tuple[str, ...] = (),
    *,
    stands: Mapping[str, str] | None = None,
) -> list[Fault]:
    """Every fault a model found, with the key it is at.

    Parameters
    ----------
    err : ValidationError
    where : str
        File the model was read from.
    prefix : tuple of str
        Keys above those the error names.
    stands : mapping of str to str, optional
        Key -> what to do when it is unknown where it was written.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> try:
    ...     _ = TypeAdapter(float).validate_python("ten")
    ... except ValidationError as err:
    ...     print(model_faults(err, "plan.toml", ("area", "cell_m"))[0])
    plan.toml [area.cell_m]: the value is of another kind; got "ten"; expected a number
    """
    every: list[Mapping[str, Any]] = [*err.errors(include_url=False)]
    at: dict[tuple[tuple[str, ...], str], list[Mapping[str, Any]]] = {}
    for e in every:
        if not (_follows(e, every) or _of_other_branch(e, every)):
            kind = "a kind" if _kind(e).endswith("_type") else str(len(at))
            at.setdefault((_keys(e), kind), []).append(e)
    out = []
    for (steps, _), (e, *others) in at.items():
        kind = _kind(e)
        item = _item(e)
        key = ".".join((*prefix, *(steps if item is None else steps[:-1])))
        # a table written as one line says nothing, its own sentence does
        whole = kind in {"value_error", "assertion_error"} and _tables(e["input"])
        quiet = e["type"] in _QUIET or whole or (kind == "table_type" and not e["input"])
        expected = _or(_expected(_kind(x), x.get("ctx", {})) for x in (e, *others))
        todo = _todo(e.get("ctx", {}))
        if kind == "missing":
            table = keys_at(err.title, e["loc"])
            # words in both languages may be written as one text
            expected = (set(table) != set(LANGS) and _table_of(table)) or expected
        if kind == "extra_forbidden":
            known = list(keys_at(err.title, e["loc"][:-1]))
            expected = listed(known)
            todo = (stands or {}).get(steps[-1], "") or _near(steps[-1], known)
        what = _what(e, kind, e.get("ctx", {}))
        out.append(
            Fault(
                what if item is None else say("layers.model.item", n=item, what=what),
                where=f"{where} [{key}]" if key else where,
                got="" if quiet else _shown(e["input"]),
                expected=expected,
                todo=todo,
            )
        )
    return out
