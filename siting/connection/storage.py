"""Storage plants of the plan and of the register, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from layers.plan.model import Plan
from layers.spec import Text
from siting.connection.ledger import year_of
from siting.connection.matching import plain_name
from siting.connection.registered import registered_in

__all__ = ["StorageAsked", "Store", "stores", "stores_mw"]


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


@dataclass(frozen=True)
class StorageAsked:
    """Storage a plan asks for beside new plants, and the storage there is.

    Attributes
    ----------
    share
        MW of storage for a MW of new plants.
    stores
        What there is, is being built or planned.
    since
        The year after which a plant or a storage is new; None where the plan names none: then
        what is to be built is new, and all storage counts for it.
    """

    share: float
    stores: Sequence[Store]
    since: int | None = None

    def needed_mw(self, plants: pd.DataFrame, gap_mw: float, year: int) -> float:
        """Storage for the plants that are new by a year and for a gap that is filled [MW].

        Plants of an unknown year are not among them.

        Parameters
        ----------
        plants : DataFrame
            See `siting.connection.ledger.told_ledger`.
        """
        if self.since is None:
            return self.share * gap_mw
        begun = plants["year"].gt(self.since) & plants["year"].le(year)
        gone = plants["retires"].le(year).fillna(False)
        new = plants[begun.fillna(False).astype(bool) & ~gone.astype(bool)]
        return self.share * (math.fsum(new["capacity_mw"]) + gap_mw)

    def have_mw(self, year: int) -> float:
        """Storage that counts for them by a year [MW]; of an unknown year as well."""
        new = [
            s
            for s in self.stores
            if self.since is None or s.year is None or s.year > self.since
        ]
        return stores_mw(new, year)


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
