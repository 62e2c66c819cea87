"""Indicators of plan targets that are about energy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.toml import read_toml
from layers.relation import Symbol
from layers.spec import Outcome, Text
from layers.units import Quantity

__all__ = ["EnergyIndicator", "energy_indicators"]


class EnergyIndicator(Outcome):
    """An indicator a target may speak of, as `layers.plan.target.TargetKind` asks.

    Attributes
    ----------
    quantity
        What its unit measures.
    relation
        What is meant where a target gives none.
    """

    id: str
    quantity: Quantity
    title: Text
    relation: Symbol = ">="
    target_calibers: tuple[str, ...] = ()


@cache
def energy_indicators() -> Mapping[str, EnergyIndicator]:
    """Every one by its id, from ``siting/targets.toml``.

    Examples
    --------
    >>> energy_indicators()["new_energy_capacity"].quantity
    'power'
    """
    table = read_toml("siting", "targets.toml")
    return MappingProxyType({k: EnergyIndicator(id=k, **row) for k, row in table.items()})
