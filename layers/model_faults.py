"""What pydantic refuses, as faults that speak both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from gis.errors import Fault
from gis.say import Listed, Sentence, listed, say, sentences

__all__ = ["model_faults", "told_error"]

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


def _shown(value: object) -> str:
    """A value as TOML writes it, cut where it is long."""
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
    if kind == "table_type" and (told := _keys_of(str(ctx.get("class_name", "")))):
        return told
    key = f"layers.model.expected_{kind}"
    return say(key, **ctx) if key in sentences("layers") else ""


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


def _below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _below(one)


def _keys_of(name: str) -> Sentence | str:
    """The keys of a table that is called for, those it must have first; empty if unsure."""
    found = {
        tuple((k, f.is_required()) for k, f in m.model_fields.items())
        for m in _below(BaseModel)
        if m.__name__ == name
    }
    if len(found) != 1:
        return ""
    must, may = ([k for k, r in next(iter(found)) if r is needed] for needed in (True, False))
    if must:
        return say("layers.model.expected_table_of", keys=listed(must))
    return say("layers.model.expected_table_of_some", keys=listed(may)) if may else ""


def _keys(e: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(p) for p in e["loc"] if not _BRANCH.search(str(p)))


def _of_other_branch(e: Mapping[str, Any], every: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a value is of a kind that another branch of the union takes."""
    if not _kind(e).endswith("_type"):
        return False
    return any(_keys(x) == _keys(e) and not _kind(x).endswith("_type") for x in every)


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
    out = []
    every = err.errors(include_url=False)
    for e in every:
        if _follows(e, every) or _of_other_branch(e, every):
            continue
        kind = _kind(e)
        steps = [str(p) for p in e["loc"] if not _BRANCH.search(str(p))]
        key = ".".join((*prefix, *steps))
        # a table written as one line says nothing, its own sentence does
        whole = kind in {"value_error", "assertion_error"} and _tables(e["input"])
        quiet = e["type"] in _QUIET or whole or (kind == "table_type" and not e["input"])
        out.append(
            Fault(
                _what(e, kind, e.get("ctx", {})),
                where=f"{where} [{key}]" if key else where,
                got="" if quiet else _shown(e["input"]),
                expected=_expected(kind, e.get("ctx", {})),
                todo=(stands or {}).get(steps[-1], "") if kind == "extra_forbidden" else "",
            )
        )
    return out
