"""Which features of a layer a test means: conditions on fields, three-valued."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from gis.errors import Fault
from gis.say import listed, say
from layers.numbers import Code, Number
from layers.spec import Frozen, Layer
from layers.vocabulary import vocabulary

__all__ = [
    "Condition",
    "Match",
    "Where",
    "as_conditions",
    "matches",
    "where_faults",
]

Bools = npt.NDArray[np.bool_]
Scalar: TypeAlias = str | Code | Number
_SHOWN = 12  # values of a closed list named in a fault


class Condition(Frozen):
    """What one field of a feature must be.

    Attributes
    ----------
    in_
        Accepted values (key ``in``).
    not_
        Values that do not count (key ``not``).
    contains
        Texts one of which must occur in the value.
    min, max
        Inclusive bounds of a number.
    gt, lt
        Bounds that do not belong to the range themselves.
    missing
        What a feature without a value is: ``"unknown"`` (cannot be judged), ``"hit"`` or
        ``"miss"``.
    """

    in_: tuple[Scalar, ...] = Field(default=(), alias="in")
    not_: tuple[Scalar, ...] = Field(default=(), alias="not")
    contains: tuple[str, ...] = ()
    min: Number | None = None
    max: Number | None = None
    gt: Number | None = None
    lt: Number | None = None
    missing: Literal["unknown", "hit", "miss"] = "unknown"

    @model_validator(mode="after")
    def _something(self) -> Condition:
        bounds = (self.min, self.max, self.gt, self.lt)
        if not (self.in_ or self.not_ or self.contains) and all(b is None for b in bounds):
            raise ValueError(say("siting.rules.give_not_contains_min_max"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(say("siting.rules.min_above_max"))
        return self


Where: TypeAlias = dict[str, Scalar | tuple[Scalar, ...] | Condition]


def as_conditions(where: Where) -> dict[str, Condition]:
    """`where` with every short form written out.

    Examples
    --------
    >>> as_conditions({"road_class": "national"})["road_class"].in_
    ('national',)
    """
    out: dict[str, Condition] = {}
    for name, value in where.items():
        if isinstance(value, Condition):
            out[name] = value
        else:
            accepted = value if isinstance(value, tuple) else (value,)
            out[name] = _among(accepted, tuple(map(type, accepted)))
    return out


@lru_cache(maxsize=4096)
def _among(accepted: tuple[Scalar, ...], _types: tuple[type, ...]) -> Condition:
    """The condition of a short form; 1 and True are two."""
    return Condition.model_validate({"in": accepted})


@dataclass(frozen=True)
class Match:
    """Which features a condition holds for.

    Attributes
    ----------
    hit : (n,) bool
    unknown : (n,) bool
        Features that lack a value the condition asks for; never also `hit`.
    """

    hit: Bools
    unknown: Bools


def _three_valued(column: pd.Series[Any], rule: Condition) -> tuple[Bools, Bools]:
    blank = column.isna().to_numpy() | (column.astype(str).str.strip() == "").to_numpy()
    ok: Bools = np.ones(len(column), bool)
    if rule.in_ or rule.not_ or rule.contains:
        text = column.astype(str).str.strip()
        as_number = pd.to_numeric(column, errors="coerce")

        def among(accepted: tuple[str | int | float, ...]) -> Bools:
            out: Bools = text.isin([a for a in accepted if isinstance(a, str)]).to_numpy()
            numeric = [a for a in accepted if not isinstance(a, str)]
            return out | as_number.isin(numeric).to_numpy() if numeric else out

        if rule.in_:
            ok &= among(rule.in_)
        if rule.not_:
            ok &= ~among(rule.not_)
        if rule.contains:
            found = [text.str.contains(c, regex=False, case=False) for c in rule.contains]
            ok &= np.logical_or.reduce([f.to_numpy() for f in found])
    bounds = (rule.min, rule.max, rule.gt, rule.lt)
    if any(b is not None for b in bounds):
        number = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
        blank |= np.isnan(number)
        if rule.min is not None:
            ok &= number >= rule.min
        if rule.max is not None:
            ok &= number <= rule.max
        if rule.gt is not None:
            ok &= number > rule.gt
        if rule.lt is not None:
            ok &= number < rule.lt
    ok &= ~blank
    return ok, blank


def matches(where: Where, table: pd.DataFrame) -> Match:
    """Features of `table` that `where` means; all fields must agree.

    Parameters
    ----------
    where : mapping
        Field -> condition; empty means every feature.
    table : (n,) frame
        With canonical field names; an absent field is missing in every feature.

    Returns
    -------
    Match
        Three-valued: a feature that fails one field is no hit whatever else is missing.

    Examples
    --------
    >>> t = pd.DataFrame({"road_class": ["national", "county", None]})
    >>> m = matches({"road_class": "national"}, t)
    >>> m.hit.tolist(), m.unknown.tolist()
    ([True, False, False], [False, False, True])
    """
    if not len(table):
        return Match(np.zeros(0, bool), np.zeros(0, bool))
    hit = np.ones(len(table), bool)
    failed = np.zeros(len(table), bool)
    for name, rule in as_conditions(where).items():
        column = table[name] if name in table.columns else pd.Series([None] * len(table))
        ok, blank = _three_valued(column.reset_index(drop=True), rule)
        if rule.missing == "hit":
            ok, blank = ok | blank, np.zeros_like(blank)
        elif rule.missing == "miss":
            blank = np.zeros_like(blank)
        failed |= ~ok & ~blank
        hit &= ok
    return Match(hit=hit, unknown=~hit & ~failed)


def where_faults(layer: Layer, where: Where, at: str) -> list[Fault]:
    """Fields the layer does not have, and values a field of it cannot take."""
    return [f for n, c in as_conditions(where).items() for f in _field(layer, n, c, at)]


def _field(layer: Layer, name: str, condition: Condition, where: str) -> list[Fault]:
    try:
        field = layer.field(name)
    except KeyError:
        return [
            Fault(
                say("siting.rules.layer_has_no_such_field"),
                where=where,
                got=name,
                expected=listed(f.name for f in layer.fields),
            )
        ]
    asked = [*condition.in_, *condition.not_]
    known: set[str] = set(field.values)
    if name == layer.vocabulary:
        known = set(vocabulary(name).entries)
    if known:
        return [
            Fault(
                say("siting.rules.field_has_no_such_value"),
                where=f"{where} {name}",
                got=str(v),
                expected=listed(sorted(known)[:_SHOWN]),
            )
            for v in asked
            if str(v) not in known
        ]
    return []
