"""Capacity by year: plants, their retirement, sites as the grid takes them; and the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

from layers.plan.target import Target
from layers.relation import holds, missing, relation
from layers.units import convert
from siting.connection.capacity import Capacity
from siting.connection.storage import StorageAsked

__all__ = ["CAPACITY_TECHS", "Potential", "expansion_table", "plants_in", "target_rows"]

CAPACITY_TECHS: Mapping[str, frozenset[str]] = {
    "new_energy_capacity": frozenset({"pv", "wind"}),
    "pv_capacity": frozenset({"pv"}),
    "wind_capacity": frozenset({"wind"}),
}
"""Indicators of targets that ask for installed capacity, and the technologies they count."""


@dataclass(frozen=True)
class Potential:
    """What sites of some technologies may add in a year.

    Attributes
    ----------
    capacity
        With the grid as it stands in that year.
    grid_unconditional_mw
        What the grid takes of land free of every condition, where nothing else is connected;
        NaN where it is not known.
    free_mw
        Free capacity of all stations in that year, NaN where none is known.
    alone
        Whether the run has sites of another kind and the grid was left to these.
    works
        Name and year of planned works the grid of that year has beyond that of the plan's day.
    taken_ha, taken_mw
        Land of the sites on which plants of the ledger count, and its MW: left out of the rest.
    least
        The same where plants known by a point take all of the sites they are in; None where
        nothing hangs on that.
    """

    capacity: Capacity
    grid_unconditional_mw: float
    free_mw: float
    alone: bool = False
    works: tuple[str, ...] = ()
    taken_ha: float = 0.0
    taken_mw: float = 0.0
    least: Potential | None = None


_Held: TypeAlias = bool | Literal["uncertain"] | None


def plants_in(plants: pd.DataFrame, techs: frozenset[str], year: int) -> dict[str, float]:
    """MW of plants in a year: operating, building, planned, retired; and retired at the latest.

    A plant counts from its year (from the start where it is not known) up to the year before it
    retires.

    Parameters
    ----------
    plants : DataFrame
        See `siting.connection.ledger.told_ledger`.
    """
    own = plants[plants["technology"].isin(techs)]
    begun = own["year"].fillna(0).astype(int) <= year
    gone = own["retires"].fillna(9999).astype(int) <= year
    gone_late = own["retires_late"].fillna(9999).astype(int) <= year
    mw = own["capacity_mw"].astype(float)
    status = own["status"]
    there = begun & ~gone
    return {
        "operating_mw": float(mw[there & (status == "operating")].sum()),
        "building_mw": float(mw[there & (status == "construction")].sum()),
        "planned_mw": float(mw[there & (status == "announced")].sum()),
        "retired_mw": float(mw[begun & gone].sum()),
        "retired_at_least_mw": float(mw[begun & gone_late].sum()),
    }


def expansion_table(
    plants: pd.DataFrame,
    potentials: Mapping[int, Potential],
    targets: Sequence[Target],
    techs: frozenset[str] = frozenset({"pv", "wind"}),
) -> pd.DataFrame:
    """Year by year what stands, what the sites may add, and whether the target then holds.

    Parameters
    ----------
    plants : DataFrame
        The ledger.
    potentials : mapping
        Year -> what sites may add in it.
    targets : sequence of Target
        Those of the last year up to a year count in it, all of them where there are several;
        before the first there is none.

    Returns
    -------
    DataFrame
        One row a year [MW AC]: operating, building, planned, retired (at the design life; at
        least), ``plants_mw`` (the first three), ``sites_unconditional_mw``,
        ``sites_with_approvals_mw``, ``sites_with_grid_mw``, ``sites_shared_ha`` (land these
        three add up PV and wind of), ``free_mw`` of stations,
        ``total_with_grid_mw``, ``total_with_grid_least_mw`` (where plants known by a point
        take all of the sites they are in; empty without such plants), ``target_mw`` and
        ``met_with_grid`` (empty where it is not known, or the target lies between the two
        totals). Land of sites on which plants count is in no site's MW here:
        ``sites_taken_ha`` and ``sites_taken_mw``.
    """
    goals: dict[int, list[tuple[float, str]]] = {}
    for t in targets:
        if CAPACITY_TECHS.get(t.indicator) == techs:
            goals.setdefault(t.year, []).append((convert(t.value, t.unit, "MW"), t.relation))
    rows = []
    for year in sorted(potentials):
        one = potentials[year]
        own = plants_in(plants, techs, year)
        stands = own["operating_mw"] + own["building_mw"] + own["planned_mw"]
        grid = one.capacity.with_grid_mw
        total = stands + _or_nan(grid)
        low = stands + _or_nan((one.least or one).capacity.with_grid_mw)
        past = [y for y in goals if y <= year]
        own_goals = goals[max(past)] if past else []
        # of several of one year the first that does not hold is the one to look at
        goal = next(
            (g for g in own_goals if _judged(low, total, g[1], g[0]) is not True),
            own_goals[0] if own_goals else None,
        )
        met = None if goal is None else _judged(low, total, goal[1], goal[0])
        rows.append(
            {
                "year": year,
                **own,
                "plants_mw": stands,
                "sites_unconditional_mw": one.capacity.unconditional_mw,
                "sites_with_approvals_mw": one.capacity.with_approvals_mw,
                "sites_with_grid_mw": _or_nan(grid),
                "sites_shared_ha": _or_nan(one.capacity.shared_ha),
                "sites_taken_ha": one.taken_ha,
                "sites_taken_mw": one.taken_mw,
                "free_mw": one.free_mw,
                "total_with_grid_mw": total,
                "total_with_grid_least_mw": float("nan") if one.least is None else low,
                "target_mw": float("nan") if goal is None else goal[0],
                "met_with_grid": None if met == "uncertain" else met,
            }
        )
    return pd.DataFrame(rows)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _judged(low: float, high: float, symbol: str, goal: float) -> _Held:
    """Whether a target holds between two figures; None where they are not known."""
    return relation(symbol).judged(high, goal, low=low, high=high)


def target_rows(
    targets: Sequence[Target],
    plants: pd.DataFrame,
    potentials: Mapping[frozenset[str], Mapping[int, Potential]],
    *,
    now: int,
    storage: StorageAsked | None = None,
    cut: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Each capacity target: when it is met, with what, and what blocks it.

    Sites count from the year of the plan's `as_of` on; the time to build is not estimated.

    Parameters
    ----------
    targets : sequence of Target
    plants : DataFrame
        The ledger.
    potentials : mapping
        Technologies -> year -> what sites may add.
    now : int
        Year of the plan's ``as_of``.
    storage : StorageAsked, optional
        What is there by the year of a target counts for the plants that are new by then and for
        the gap.
    cut : set of str
        Technologies of which the list of sites holds no more: land beside it is not counted.

    Returns
    -------
    DataFrame
        One row a target [MW AC]: ``gap_mw`` after plants (0 when met), the three capacities of
        the sites in its year, ``met_by_plants``, ``met_with_unconditional`` (on free land and
        within the grid), ``met_with_grid`` (and with approvals), ``met_with_reinforcement``
        (whatever the grid takes), ``met_with`` (the first of plants, unconditional, approvals,
        reinforcement that does, or none, or uncertain), ``met_year`` (first year from which it
        holds until its own year with the grid as it then is, or the first after it; empty where
        there is none), ``blocked_by`` (of time, permit, grid, grid_unknown, land, storage,
        provisional where sites wait for layers, sites where the run has none, site_list where
        its list is at its limit, plants where more stand than there may be, plant_land where
        it hangs on how far plants known by a point reach over sites; spaces between),
        ``short_mw`` (what is missing with the grid, or what is over), ``storage_needed_mw`` and
        ``storage_mw``, ``grid_added_mw`` (free capacity in its year beyond that of the plan's
        day) and ``grid_works`` (what adds it, by name and year), ``grid_alone`` (whether the
        grid was left to the sites of its kind: of two such targets each may then be met, and
        both not), ``sites_taken_ha`` and ``sites_taken_mw`` (land of sites on which plants
        count, left out of the three), ``sum_low_mw`` and ``sum_high_mw`` (of plants and sites
        between which it is not known; empty where it is). What hangs on it is counted low in
        ``short_mw`` and ``met_year``.
    """
    rows = []
    for t in targets:
        techs = CAPACITY_TECHS.get(t.indicator)
        if techs is None:
            continue
        by_year = potentials[techs]
        goal = convert(t.value, t.unit, "MW")
        rows.append(_target_row(t, goal, plants, techs, by_year, now, storage, cut))
    return pd.DataFrame(rows, columns=list(_TARGET_COLUMNS))


def _no_land(blocks: Sequence[str], c: Capacity, lacks: float, *, cut: bool) -> list[str]:
    """What blocks a target where land does: sites that wait for layers, a list cut short."""
    if "land" not in blocks:
        return list(blocks)
    waits = ["provisional"] if c.provisional_mw > 0 else []
    if waits and c.with_approvals_mw + c.provisional_mw >= lacks:
        return [*waits, *(b for b in blocks if b != "land")]
    return [*waits, *("site_list" if b == "land" and cut else b for b in blocks)]


_MORE, _LESS = frozenset({">=", ">"}), frozenset({"<=", "<"})
_TARGET_COLUMNS = (
    *("id", "title_zh", "title_en", "year", "target_mw", "operating_mw", "building_mw"),
    *("planned_mw", "retired_mw", "gap_mw", "sites_unconditional_mw"),
    *(
        "sites_with_approvals_mw",
        "sites_with_grid_mw",
        "sites_provisional_mw",
        "sites_shared_ha",
        "sites_taken_ha",
        "sites_taken_mw",
    ),
    *("sum_low_mw", "sum_high_mw"),
    *("met_by_plants", "met_with_unconditional", "met_with_grid", "met_with_reinforcement"),
    *("met_with", "met_year", "blocked_by", "short_mw", "storage_needed_mw", "storage_mw"),
    *("grid_added_mw", "grid_works", "grid_alone", "section", "quote"),
)


def _target_row(
    t: Target,
    goal: float,
    plants: pd.DataFrame,
    techs: frozenset[str],
    by_year: Mapping[int, Potential],
    now: int,
    storage: StorageAsked | None,
    cut: frozenset[str],
) -> dict[str, object]:
    own = plants_in(plants, techs, t.year)
    have = own["operating_mw"] + own["building_mw"] + own["planned_mw"]
    late = t.year < now
    one = by_year[min(max(t.year, min(by_year)), max(by_year))]
    c = one.capacity
    least = one.least or one
    gap = missing(have, t.relation, goal)
    grid = _or_nan(least.capacity.with_grid_mw)
    # what is left out of a target of the past can no longer be built for it
    sums = {
        way: (have + _or_nan(low), have + _or_nan(high))
        for way, low, high in (
            ("unconditional", least.grid_unconditional_mw, one.grid_unconditional_mw),
            ("approvals", least.capacity.with_grid_mw, c.with_grid_mw),
            ("reinforcement", least.capacity.with_approvals_mw, c.with_approvals_mw),
        )
    }
    by: dict[str, _Held] = {
        "plants": holds(have, t.relation, goal),
        **{k: None if late else _judged(*v, t.relation, goal) for k, v in sums.items()},
    }
    # more than there may be: no site is asked for, and none helps
    over = not by["plants"] and have > goal
    if (by["plants"] and t.relation in _MORE) or (t.relation in _LESS and not late) or over:
        # more never hurts the one kind; of the other nobody has to build a site
        by = dict.fromkeys(by, by["plants"])
    unsure = [k for k, v in by.items() if v == "uncertain"]
    way = next((k for k, v in by.items() if v is True), "uncertain" if unsure else "none")
    between = sums[unsure[0]] if unsure else (float("nan"), float("nan"))
    blocked = [] if by["plants"] else ["plants"] if over else _blocked(by, late)
    if blocked == ["land"] and not c.sites:
        blocked = ["sites"]  # what land there is nobody knows from this run
    needed = have_storage = float("nan")
    if storage is not None and gap == gap:
        needed = 0.0 if over else storage.needed_mw(plants, gap, t.year)
        have_storage = storage.have_mw(t.year)
        if not by["plants"] and have_storage < needed:
            blocked.append("storage")
    short = gap
    if not (by["plants"] or over or late):
        short = float("nan") if grid != grid else missing(have + grid, t.relation, goal)
    return {
        "id": t.id,
        "title_zh": t.title.zh,
        "title_en": t.title.en,
        "year": t.year,
        "target_mw": goal,
        **{k: own[k] for k in ("operating_mw", "building_mw", "planned_mw", "retired_mw")},
        "gap_mw": gap,
        "sites_unconditional_mw": c.unconditional_mw,
        "sites_with_approvals_mw": c.with_approvals_mw,
        "sites_with_grid_mw": _or_nan(c.with_grid_mw),
        "sites_provisional_mw": c.provisional_mw,
        "sites_shared_ha": _or_nan(c.shared_ha),
        "sites_taken_ha": one.taken_ha,
        "sites_taken_mw": one.taken_mw,
        "sum_low_mw": between[0],
        "sum_high_mw": between[1],
        "met_by_plants": by["plants"],
        **{
            f"met_with_{name}": None if by[k] == "uncertain" else by[k]
            for name, k in (
                ("unconditional", "unconditional"),
                ("grid", "approvals"),
                ("reinforcement", "reinforcement"),
            )
        },
        "met_with": way,
        "met_year": _met_year(t, goal, plants, techs, by_year, now),
        "blocked_by": " ".join(_no_land(blocked, c, gap, cut=bool(cut & techs))),
        "short_mw": short,
        "storage_needed_mw": needed,
        "storage_mw": have_storage,
        "grid_added_mw": one.free_mw - by_year[max(now, min(by_year))].free_mw,
        "grid_works": "; ".join(one.works),
        "grid_alone": one.alone,
        "section": t.section,
        "quote": t.quote,
    }


def _blocked(by: Mapping[str, _Held], late: bool) -> list[str]:  # noqa: FBT001
    if late:
        return ["time"]
    if by["unconditional"] is True:
        return []
    land = ["plant_land"] if "uncertain" in by.values() else []
    if by["approvals"] is True:
        return ["permit", *land]
    if not by["reinforcement"]:
        return ["land"]
    if by["approvals"] is None:
        return ["permit", "grid_unknown", *land]
    # the grid keeps nothing away that nobody knows to be there
    grid = by["approvals"] is False or by["reinforcement"] is True
    return ["permit", *(["grid"] if grid else []), *land]


def _met_year(
    t: Target,
    goal: float,
    plants: pd.DataFrame,
    techs: frozenset[str],
    by_year: Mapping[int, Potential],
    now: int,
) -> int | None:
    """First year from which plants, or plants and the sites the grid takes, meet it.

    It then holds in every year up to that of the target: what is met for some years before, and
    no longer in its year because plants retire, is not met. Of a target that its year does not
    meet it is the first year after.
    """

    def met(year: int) -> bool:
        own = plants_in(plants, techs, year)
        have = own["operating_mw"] + own["building_mw"] + own["planned_mw"]
        if holds(have, t.relation, goal):
            return True
        one = by_year.get(year)
        grid = None if one is None else (one.least or one).capacity.with_grid_mw
        wanted = year >= now and grid is not None and have < goal
        return wanted and holds(have + (grid or 0.0), t.relation, goal)

    if met(t.year):
        first = t.year
        while first > min(t.year, now) and met(first - 1):
            first -= 1
        return first
    return next((y for y in range(t.year + 1, max(by_year) + 1) if met(y)), None)
