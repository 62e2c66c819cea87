"""Figures of array design that no law gives: conventions, which come as data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.errors import Fault
from gis.say import listed, say
from layers.numbers import Number
from layers.spec import Frozen, Origin, Text
from siting.pv.plant.module import data_toml

__all__ = ["Convention", "convention_faults", "conventions"]


class Convention(Frozen):
    """A figure that a drawing needs and no law gives: ``siting/pv/data/array.toml``."""

    id: str
    title: Text
    value: Number
    bounds: tuple[Number, Number]
    unit: str
    source: Origin
    quality: str


@cache
def conventions() -> Mapping[str, Convention]:
    """Conventions of array design by key.

    Examples
    --------
    >>> conventions()["collector_kv"].value, conventions()["collector_kv"].quality
    (35.0, 'practice')
    """
    rows = data_toml("array.toml")
    return MappingProxyType(
        {k: Convention.model_validate({"id": k, **row}) for k, row in rows.items()}
    )


def convention_faults(given: Mapping[str, float]) -> list[Fault]:
    """What cannot be of figures given in place of conventions."""
    rows = conventions()
    faults = [
        Fault(
            say("siting.pv_array.convention_out_of_bounds"),
            where=key,
            got=f"{value:g}",
            expected=f"{rows[key].bounds[0]:g} .. {rows[key].bounds[1]:g} {rows[key].unit}",
        )
        for key, value in given.items()
        if key in rows and not rows[key].bounds[0] <= value <= rows[key].bounds[1]
    ]
    unknown = [k for k in given if k not in rows]
    if unknown:
        faults.append(
            Fault(
                say("siting.pv_array.no_such_convention"),
                got=listed(unknown),
                expected=listed(rows),
            )
        )
    return faults
