"""Blades and modules that plants of the county leave by a year, where they stand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.say import Sentence, listed, say
from gis.types import F8
from layers.plan.model import Plan
from layers.spec import Text
from siting.connection.ledger import Counted, counted_plants
from siting.pv.study.section import PvSection
from siting.retire.schedule import ITEMS, Plant, PlantKind, Retired, factors, retirement

__all__ = ["Leaving", "leaving_plants"]

_KINDS: dict[str, PlantKind] = {"pv": "pv", "wind": "wind"}
_SHOWN = 5

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Leaving:
    """Plants of which something has come out of service.

    Attributes
    ----------
    names : list of str
    xy : (n, 2) float64
        In the plan's CRS.
    mass_t : (n,) float64
        At most, by the end of the year.
    told
        Totals of both ends, factors and their sources, and what is not estimated.
    """

    names: list[str]
    xy: F8
    mass_t: F8
    told: tuple[Sentence, ...]


def _plants(plan: Plan, one: Counted) -> list[Plant]:
    """A plant that stands, a part for each year it was built in; MWp of PV."""
    if not any(p.stage == "operating" for _, p in one.found):
        return []
    p = one.first
    ratio = float(plan.section(PvSection).dc_ac_ratio) if p.kind == "pv" else 1.0
    return [
        Plant(p.id, p.name.zh, _KINDS[p.kind], mw * ratio, "" if year is None else str(year))
        for year, mw in one.parts
    ]


def _by(rows: Sequence[Retired], year: int) -> tuple[float, float]:
    """Tonnes that have come out by the end of a year, at least and at most."""
    least = [r.low_t for r in rows if r.last is not None and r.last <= year]
    most = [r.high_t for r in rows if r.first is not None and r.first <= year]
    return math.fsum(least), math.fsum(most)


def leaving_plants(
    plan: Plan, items: Sequence[str], year: int, case: Text, inside: Callable[[F8], Mask]
) -> Leaving:
    """What plants that stand leave by the end of a year, each at its place.

    Plants are those of the ledger of capacity: of the register, the plan and the layers, each
    once. Lives and masses are factors with their sources; a plant without a year, and what no
    factor is known for, is not estimated and told.

    Parameters
    ----------
    plan : Plan
    items : sequence of str
        ``"blades"``, ``"pv_modules"``.
    year : int
    case : Text
        Name of the case, for what is told.
    inside : callable
        Which points lie in the county: what stands elsewhere is not its to take.
    """
    names: list[str] = []
    xy: list[tuple[float, float]] = []
    mass: list[float] = []
    nowhere: list[str] = []
    beyond: list[float] = []
    open_: dict[str, tuple[Sentence, list[str]]] = {}
    sums = {item: [0.0, 0.0] for item in items}
    counted, of_ledger = counted_plants(plan)
    for one in counted:
        found = [r for r in retirement(_plants(plan, one)) if r.item in items]
        for r in found:
            if r.why is not None:
                open_.setdefault(r.why("en"), (r.why, []))[1].append(r.plant.name)
        ends = {item: _by([r for r in found if r.item == item], year) for item in items}
        most = math.fsum(high for _, high in ends.values())
        if most <= 0:
            continue
        if one.place is None:
            nowhere.append(one.first.name.zh)
            continue
        if not inside(np.array([one.place], np.float64))[0]:
            beyond.append(most)
            continue
        for item, (low, high) in ends.items():
            sums[item][0] += low
            sums[item][1] += high
        names.append(one.first.name.zh)
        xy.append(one.place)
        mass.append(most)
    told = [*_totals(case, sums, year), *of_ledger]
    if beyond:
        n, mass_t = len(beyond), math.fsum(beyond)
        told.append(say("siting.facilities.leaving_beyond", name=case, n=n, mass=mass_t))
    for why, plants in open_.values():
        own = list(dict.fromkeys(plants))
        few, n = listed(own, _SHOWN), len(own)
        told.append(say("siting.facilities.leaving_open", name=case, n=n, why=why, plants=few))
    if nowhere:
        few = listed(nowhere, _SHOWN)
        n = len(nowhere)
        told.append(say("siting.facilities.leaving_nowhere", name=case, n=n, plants=few))
    at = np.array(xy, np.float64).reshape(-1, 2)
    return Leaving(names, at, np.array(mass, np.float64), tuple(told))


def _totals(case: Text, sums: dict[str, list[float]], year: int) -> list[Sentence]:
    """Both ends of each kind, and the factors they come of."""
    book = factors()
    kinds = {item: kind for kind, own in ITEMS.items() for item in own}
    return [
        say(
            "siting.facilities.leaving",
            name=case,
            year=str(year),
            item=say(f"siting.facilities.leaves_{item}"),
            low=low,
            high=high,
            factor=book[item].source,
            life=book[f"life_{kinds[item]}"].source,
        )
        for item, (low, high) in sums.items()
    ]
