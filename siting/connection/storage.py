"""Storage plants of the plan and of the register, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from layers.plan.model import Plan
from layers.spec import Text
from siting.connection.ledger import year_of
from siting.connection.matching import plain_name
from siting.connection.registered import registered_in

__all__ = ["Store", "stores", "stores_mw"]


@dataclass(frozen=True)
class Store:
    """A storage plant.

    Attributes
    ----------
    name
    mw, mwh
        Power [MW] and energy [MWh], the latter None where nobody says.
    stands
        Whether it is operating; else it is being built or planned.
    year
        When it came, or is to come; None where nobody knows.
    """

    name: Text
    mw: float
    mwh: float | None
    stands: bool
    year: int | None


def stores(plan: Plan) -> list[Store]:
    """Storage of the plan and of the register of a run; one in both as the plan has it."""
    own = [
        Store(p.name, p.capacity_mw, p.energy_mwh, p.status == "operating", year_of(p))
        for p in plan.plants
        if p.technology == "storage" and p.status != "retired"
    ]
    names = {plain_name(n) for p in own for n in (p.name.zh, p.name.en)}
    return own + [
        Store(p.name, p.capacity_mw, p.energy_mwh, p.stage == "operating", p.year)
        for p in registered_in(plan).storage
        if plain_name(p.name.zh) not in names
    ]


def stores_mw(found: Sequence[Store], year: int) -> float:
    """Storage that stands, is being built or is planned by a year [MW].

    As plants do, one counts from its year, and from the start where that is not known.

    Examples
    --------
    >>> name = Text(zh="a", en="a")
    >>> stores_mw([Store(name, 30.0, None, True, 2022), Store(name, 9.0, None, False, 2031)],
    ...           2030)
    30.0
    """
    return math.fsum(s.mw for s in found if s.year is None or s.year <= year)
