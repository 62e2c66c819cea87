"""Values of a plan a person fills in on the page: what they are called, and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel
from typing_extensions import TypedDict

from geoplan.app.edit import alone, changed_plan, plan_text_of, refuse_changed
from geoplan.app.workspace import Project
from geoplan.plan_file import SECTIONS
from gis.errors import ConfigError
from gis.files.plain_text import ungrouped
from gis.say import both, say
from gis.toml import read_toml
from layers.plan.model import Plan
from layers.spec import Frozen, Text

__all__ = ["Parameter", "ParameterRow", "parameter_rows", "parameters", "set_parameter"]

_T = "geoplan.app"


class Parameter(Frozen):
    """A value of ``parameters.toml``.

    Attributes
    ----------
    takes
        What it is, or the words it may be.
    words
        Beginning of the sentences that say those words.
    """

    title: Text
    unit: str = ""
    takes: Literal["number", "count", "year", "day", "flag"] | tuple[str, ...] = "number"
    words: str = ""


class ParameterRow(TypedDict):
    """A value as the page shows it.

    Attributes
    ----------
    value
        As the plan has it; empty where the plan leaves it to its default.
    usual
        The default; empty where there is none.
    choices
        Of words.
    """

    key: str
    title: dict[str, str]
    unit: str
    takes: str
    value: str
    usual: str
    choices: list[dict[str, str]]


def _leaves(table: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Parameter]]:
    for key, value in table.items():
        at = f"{place}.{key}".lstrip(".")
        if "title" in value:
            yield at, Parameter.model_validate(value)
        else:
            yield from _leaves(value, at)


@cache
def parameters() -> Mapping[str, Parameter]:
    """All of them, by their place in the plan.

    Examples
    --------
    >>> parameters()["pv.yield_map.horizon_reach_m"].unit
    'm'
    """
    return dict(_leaves(read_toml("geoplan.app", "parameters.toml")))


def default_of(key: str) -> object:
    """What a plan has where it does not say a value; None for nothing.

    Examples
    --------
    >>> default_of("sites.min_width_m"), default_of("energy.base_year")
    (100.0, None)
    """
    first, *rest = key.split(".")
    model: Any = SECTIONS.get(first) or Plan.model_fields[first].annotation
    found: object = None
    for name in rest:
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return None
        spec = model.model_fields[name]
        found = None if spec.is_required() else spec.get_default()
        model = spec.annotation
    return found


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def parameter_rows(project: Project) -> list[ParameterRow]:
    """Every value with what the plan says of it."""
    doc = tomlkit.parse(plan_text_of(project)).unwrap()
    out: list[ParameterRow] = []
    for key, own in parameters().items():
        value: Any = doc
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        words = own.takes if isinstance(own.takes, tuple) else ()
        out.append(
            {
                "key": key,
                "title": own.title.model_dump(),
                "unit": own.unit,
                "takes": "words" if words else str(own.takes),
                "value": _shown(value),
                # a year of 0 is none
                "usual": "" if own.takes == "year" else _shown(default_of(key)),
                "choices": [{"id": w, **both(say(f"{own.words}{w}"))} for w in words],
            }
        )
    return out


def _read(own: Parameter, text: str) -> object:
    """What was filled in, as TOML holds it."""
    if isinstance(own.takes, tuple):
        if text in own.takes:
            return text
        raise ValueError(text)
    if own.takes == "flag":
        return {"true": True, "false": False}[text]
    if own.takes == "day":
        return date.fromisoformat(text)
    if own.takes in ("count", "year"):
        return int(ungrouped(text))
    number = float(ungrouped(text))
    return int(number) if number == int(number) else number


@alone
def set_parameter(project: Project, key: str, text: str, was: str | None = None) -> None:
    """Write a value into the plan; an empty one leaves it to its default.

    Parameters
    ----------
    was : str, optional
        What stood there when it was shown.

    Raises
    ------
    ConfigError
        When there is no such value, it cannot be read, the plan would not be valid, or
        somebody changed the same meanwhile.
    """
    own = parameters().get(key)
    if own is None:
        raise ConfigError(say(f"{_T}.no_such_value"), got=key[:60])
    if was is not None:
        now = next(r["value"] for r in parameter_rows(project) if r["key"] == key)
        refuse_changed(changed=now != was)
    value: object = None
    if text.strip():
        try:
            value = _read(own, text.strip())
        except (ValueError, KeyError, OverflowError) as err:
            raise ConfigError(
                say(f"{_T}.value_not_read"),
                where=say(f"{_T}.value_named", title=own.title),
                got=text[:60],
                expected=say(f"{_T}.takes_{own.takes}") if isinstance(own.takes, str) else "",
            ) from err
    changed_plan(project, {key: value})
