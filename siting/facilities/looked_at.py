"""What can be seen of cases before one is answered: targets, layers they wait for, names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from gis.errors import ConfigError, Fault, GeoplanError, raise_faults
from gis.say import Sentence, listed, say
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan
from layers.result import Warn
from siting.facilities.asking import demand_of
from siting.facilities.buses.answer import bus_stops
from siting.facilities.network import Network, speed_table
from siting.facilities.places import places_of
from siting.facilities.section import FacilitiesSection, FacilityCase

__all__ = [
    "Seen",
    "cases_seen",
    "check_speeds",
    "check_targets",
    "loose_roads",
    "waiting_for",
]

_NEAR = 3  # targets of a name like it

_Look = Callable[[Plan, FacilityCase], tuple[Sentence, ...]]


def waiting_for(plan: Plan, case: FacilityCase) -> tuple[str, ...]:
    """Layers the case cannot do without; none of what the county is said not to have."""
    states = {i: layer_state(plan, i) for i in case.layers}
    none = {i for i in case.may_lack if states[i] == "assumed_absent"}
    return tuple(i for i, s in states.items() if s != "available" and i not in none)


def loose_roads(net: Network) -> list[Sentence]:
    """Whether roads hang together, and how much of them does not; said once.

    Parameters
    ----------
    net : Network
    """
    loose = net.part[net.start] > 0
    if not loose.any():
        return []
    km = float(net.length_m[loose].sum()) / 1000.0
    every = float(net.length_m.sum()) / 1000.0
    n = len(set(net.part[net.start[loose]].tolist()))
    return [say("siting.facilities.roads_loose", n=n, km=km, share=km / every)]


def check_targets(plan: Plan, cases: Sequence[FacilityCase]) -> None:
    """Whether the plan has the targets its cases name.

    Raises
    ------
    ConfigError
        With every one that it has not, and the ones that are near or all there are.
    """
    known = sorted({t.id for t in plan.targets})
    faults = [
        Fault(
            say("siting.facilities.no_such_target"),
            where=f"{plan.path.name} [[facilities]] {case.id} [target]",
            got=strange,
            expected=listed(get_close_matches(strange, known, n=_NEAR) or known),
            todo="" if known else say("siting.facilities.no_targets_todo"),
        )
        for case in cases
        for strange in case.target
        if strange not in known
    ]
    raise_faults(ConfigError, faults)


def check_speeds(plan: Plan, case: FacilityCase) -> None:
    """Whether every class a speed is given for is one of the table or of the plan's roads.

    Raises
    ------
    ConfigError
        With classes that are near.
    """
    given = case.cost.speeds_kmh
    roads = open_features(plan, "road") if given else None
    if roads is None or "road_class" not in roads:
        return
    own = (str(v) for v in roads["road_class"].dropna().unique())
    known = list(dict.fromkeys([*speed_table()["road"], *own]))
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=2) or known
            raise ConfigError(
                say("siting.facilities.speed_of_no_road"),
                where=f"[[facilities]] {case.id} [cost.speeds_kmh]",
                got=name,
                expected=listed(near),
            )


def _speeds_told(plan: Plan, case: FacilityCase) -> tuple[Sentence, ...]:
    check_speeds(plan, case)
    return ()


@dataclass(frozen=True)
class Seen:
    """What is seen of cases without an answer.

    Attributes
    ----------
    faults
        What keeps a case from an answer, each with its case where it has no place of its own.
    warnings
        What a reader of the answer would be told of layers.
    """

    faults: tuple[Fault, ...] = ()
    warnings: tuple[Warn, ...] = ()


def _demand_told(plan: Plan, case: FacilityCase) -> tuple[Sentence, ...]:
    return demand_of(plan, case).told


def _places_told(plan: Plan, case: FacilityCase) -> tuple[Sentence, ...]:
    return places_of(plan, case).told


def _stops_told(plan: Plan, case: FacilityCase) -> tuple[Sentence, ...]:
    return () if case.bus is None else tuple(bus_stops(plan, case, case.bus)[2])


def _looks(case: FacilityCase) -> tuple[_Look, ...]:
    if case.bus is not None:
        return (_stops_told,)
    return () if case.patches is not None else (_demand_told, _places_told, _speeds_told)


def cases_seen(plan: Plan) -> Seen:
    """What keeps cases from an answer that can be seen without one, and what is told of layers.

    Targets, fields, weights, names and stops are looked at; cases that wait for layers are not.

    Parameters
    ----------
    plan : Plan
    """
    faults: list[Fault] = []
    warnings: list[Warn] = []
    cases = plan.section(FacilitiesSection).cases
    try:
        check_targets(plan, cases)
    except GeoplanError as err:
        faults.extend(err.faults)
    for case in cases:
        if waiting_for(plan, case):
            continue
        for look in _looks(case):
            try:
                warnings += [Warn("facilities", t, case.id) for t in look(plan, case)]
            except GeoplanError as err:
                for f in err.faults:
                    f.where = f.where or f"[[facilities]] {case.id}"
                faults.extend(err.faults)
    return Seen(tuple(faults), tuple(warnings))
