"""Columns of a table or a layer as fields of a project: what is read, and in which unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from geoplan.register.project import FIELDS, field_of
from gis.errors import Fault
from gis.files.plain_text import as_meant, ungrouped
from gis.say import LANGS, say
from gis.toml import read_toml
from layers.units import Quantity, convert, known, spelled

__all__ = ["PLACE", "Row", "row_of"]

PLACE = ("lon", "lat")
_UNITS: Mapping[str, tuple[str, Quantity]] = {
    "capacity_mw": ("MW", "power"),
    "energy_mwh": ("MWh", "energy"),
    "area_ha": ("ha", "area"),
}
"""Measures of a project: the unit they are kept in, and what it measures."""

# what the register writes beside the fields: of a check, of a history
_WRITTEN = (
    *(
        "boundary_ha",
        "result",
        "rules",
        "not_judged",
        "as_of",
        "seq",
        "at",
        "who",
        "event",
        "run_id",
    ),
    *("plan", "rules_hash"),
)
_NO_FIELDS = frozenset({"fid", "objectid"})  # numbers a database gives


@dataclass(frozen=True)
class Row:
    """A row as it is read.

    Attributes
    ----------
    values
        Fields it has a value for; nothing is checked yet.
    unread
        Headings of cells that are no field, or that repeat one in other words.
    faults
        Measures in a unit nobody knows, or twice with different values.
    """

    values: Mapping[str, Any]
    unread: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


@cache
def _written() -> frozenset[str]:
    keys = [f"geoplan.register.column.{k}" for k in _WRITTEN]
    keys += [
        f"geoplan.app.entry_{k}" for k in ("result", "who")
    ]  # a table copied from the page
    own = {say(k)(lang) for k in keys for lang in LANGS}
    return frozenset({*(w.casefold() for w in own), *_WRITTEN, *_NO_FIELDS})


@cache
def _heading() -> re.Pattern[str]:
    """A measure, what parts it from its unit, the unit."""
    return re.compile(read_toml("geoplan.register", "words.toml")["heading"]["form"])


@cache
def _meant(heading: str) -> tuple[str, str]:
    """The field of a heading, and the unit it names where that is not the field's own.

    Examples
    --------
    >>> _meant("装机容量（万千瓦）"), _meant("面积/亩"), _meant("capacity_mw"), _meant("备注")
    (('capacity_mw', '万千瓦'), ('area_ha', '亩'), ('capacity_mw', ''), ('', ''))
    """
    field = field_of(heading)
    found = None if field else _heading().fullmatch(heading.strip())
    if found is not None and field_of(found[1]) in _UNITS:
        _, apart, unit = found.groups()
        if apart.strip() or known(unit):  # words behind a blank may be anything
            return field_of(found[1]), unit
    return field, ""


def row_of(row: Mapping[Any, Any], where: str) -> Row:
    """Fields of the register a row has a value for; a field of two columns takes the first.

    Parameters
    ----------
    row : mapping
        Heading -> cell.
    where : str
        File and row, for messages.
    """
    out: dict[str, Any] = {}
    first: dict[str, str] = {}
    unread: list[str] = []
    faults: list[Fault] = []
    for key, cell in row.items():
        heading = str(key)
        if _blank(cell):
            continue
        field, unit = _meant(heading)
        if field not in FIELDS:
            if field not in PLACE and heading.strip().casefold() not in _written():
                unread.append(heading)
            continue
        value = _cell(field, as_meant(cell))
        if unit:
            value, wrong = _in_own_unit(field, value, unit, heading, where)
            faults += wrong
            if wrong:
                continue
        if field not in out:
            out[field], first[field] = value, heading
        elif not _alike(out[field], value):
            if field in _UNITS:
                both = f"{first[field]} = {out[field]}, {heading} = {value}"
                what = say("geoplan.register.field_twice", field=field)
                faults.append(Fault(what, where=where, got=both))
            else:
                unread.append(heading)
    return Row(out, tuple(unread), tuple(faults))


def _alike(a: Any, b: Any) -> bool:  # noqa: ANN401 - cells
    try:
        return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(a)))
    except (TypeError, ValueError):
        return str(a).strip() == str(b).strip()


def _in_own_unit(
    field: str,
    value: Any,  # noqa: ANN401 - a cell
    unit: str,
    heading: str,
    where: str,
) -> tuple[Any, list[Fault]]:
    """A measure in the unit it is kept in."""
    own, quantity = _UNITS[field]
    one = known(unit)
    if one is None or one.quantity != quantity:
        what = say("geoplan.register.heading_unit")
        at = say("geoplan.register.at_field", where=where, field=heading)
        return None, [Fault(what, where=at, got=unit, expected=spelled(quantity))]
    try:
        return convert(float(value), unit, own), []
    except (TypeError, ValueError):
        return value, []  # no number: refused as one


def _blank(value: Any) -> bool:  # noqa: ANN401 - a cell
    if value is None or value is pd.NaT:
        return True
    return bool(value != value) or (isinstance(value, str) and not value.strip())


def _cell(field: str, value: Any) -> Any:  # noqa: ANN401
    """A cell as its field takes it: ids and years that a table holds as 12.0 are whole."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and value.is_integer() and field not in _UNITS:
        value = int(value)
    if field in (*_UNITS, "year"):
        return ungrouped(value) if isinstance(value, str) else value
    return str(value)
