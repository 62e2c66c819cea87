"""What a change of law moves: rules from one day to another, and the land between.

The county is screened once, with the rules of both days; the states of either day, and of each
change alone, are counted from its codes: those of separate screenings, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from gis.cells.coverage import Runs
from gis.cells.rasterize import coverage_runs, ragged
from layers.open.contradiction import refuse_contradictions
from layers.open.county import plan_grid_of
from layers.plan.model import Plan
from siting.rules.changes import RuleChange, rule_changes
from siting.rules.load import load_rules
from siting.rules.model import Rule
from siting.rules.outcome import MISS
from siting.screen.coded import (
    OUTSIDE,
    PROVISIONAL,
    STATES,
    Effect,
    Screening,
    says,
    screen_program,
    state_count,
    state_of,
    with_missing,
)
from siting.screen.factors import compile_rules
from siting.screen.on_day import plan_on
from siting.screen.screening import ALL_TECHS, county_runs, loaded_rules, rules_of, source_of
from siting.screen.section import ScreeningSection
from siting.screen.sources import ReadSource, Source

__all__ = ["LandChange", "LawDiff", "Moved", "ProjectDiff", "TechDiff", "law_diff"]

Ints = npt.NDArray[np.int64]

_INSIDE = tuple(i for i in range(len(STATES)) if i not in (OUTSIDE, PROVISIONAL))


@dataclass(frozen=True)
class Moved:
    """Land by its state before and after.

    Attributes
    ----------
    quanta : (n, n) int
        Rows are states before, columns those after, in the order of
        `siting.screen.coded.STATES`; whole multiples of `quantum_m2`, so sums are exact.
    """

    quanta: Ints
    quantum_m2: float

    @property
    def before_m2(self) -> dict[str, float]:
        """Area by state before [m2]."""
        return self._by_state(self.quanta.sum(axis=1))

    @property
    def after_m2(self) -> dict[str, float]:
        """Area by state after [m2]."""
        return self._by_state(self.quanta.sum(axis=0))

    @property
    def transitions_m2(self) -> dict[tuple[str, str], float]:
        """Area that changes its state [m2], by state before and after."""
        return {
            (STATES[i], STATES[j]): float(self.quanta[i, j] * self.quantum_m2)
            for i in self._told
            for j in self._told
            if i != j
        }

    @property
    def moved_m2(self) -> float:
        """Area that changes its state [m2]."""
        still = int(np.trace(self.quanta))
        return float((int(self.quanta.sum()) - still) * self.quantum_m2)

    @property
    def _told(self) -> tuple[int, ...]:
        """States to be told: provisional only where the plan tells it apart."""
        return (*_INSIDE, PROVISIONAL) if len(self.quanta) > PROVISIONAL else _INSIDE

    def _by_state(self, quanta: Ints) -> dict[str, float]:
        return {STATES[i]: float(quanta[i] * self.quantum_m2) for i in self._told}


@dataclass(frozen=True)
class LandChange:
    """One change of a rule and the land it moves by itself.

    Attributes
    ----------
    moved
        From the state before to the state with this change alone; None for a rule that judges
        no land by itself (a condition on projects, another part of a project).
    """

    change: RuleChange
    moved: Moved | None


@dataclass(frozen=True)
class ProjectDiff:
    """What a change of law moves inside one project.

    Attributes
    ----------
    moved
        Its land from the one day to the other.
    rules
        Ids of the rules that come, go or change and that hit its land, or cannot judge it, on
        one of the days.
    """

    name: str
    moved: Moved
    rules: tuple[str, ...]


@dataclass(frozen=True)
class TechDiff:
    """What a change of law moves for one technology.

    Attributes
    ----------
    screening
        With the rules of both days.
    state_before, state_after : (n,) uint8
        State of every code of `screening` on each day. With ``screening.code`` they give the
        states of every cell, and so of any project whose cells are known.
    moved
        From the one day to the other.
    changes
        Each change alone; together they need not add up to the whole, where one rule takes
        land that another leaves.
    projects
        Projects that a change touches; those it does not touch are left out.
    """

    tech: str
    screening: Screening
    state_before: npt.NDArray[np.uint8]
    state_after: npt.NDArray[np.uint8]
    moved: Moved
    changes: tuple[LandChange, ...]
    projects: tuple[ProjectDiff, ...] = ()


@dataclass(frozen=True)
class LawDiff:
    """Rules of two days side by side.

    Attributes
    ----------
    changes
        Rules that come, go and change, by id.
    techs
        The land behind them, for each technology; empty without a plan.
    """

    first: date
    second: date
    changes: tuple[RuleChange, ...]
    techs: tuple[TechDiff, ...] = ()


def law_diff(
    first: date,
    second: date,
    plan: Plan | None = None,
    *,
    techs: Sequence[str] = (),
    projects: Mapping[str, BaseGeometry] | None = None,
) -> LawDiff:
    """Rules that come, go or change between two days, and with a plan the land each moves.

    Parameters
    ----------
    first, second : date
        In either order.
    plan : Plan, optional
        Its books, place, project, scenario and layers; without one, all rules of the toolkit
        and no land.
    techs : sequence of str
        ``pv``, ``wind``, ``afforest``, ``wetland``, ``grass``; the plan's, or all, when empty.
    projects : mapping of str to geometry, optional
        Land of projects in the plan's CRS, by name; only with a plan.

    Examples
    --------
    >>> found = law_diff(date(2026, 12, 31), date(2027, 1, 1), techs=["pv"])
    >>> [(c.rule_id, c.turn, c.aspects) for c in found.changes]
    [('PV-081', 'changes', ('text',))]
    """
    if plan is None:
        wanted = tuple(techs) or ALL_TECHS
        days = (load_rules(wanted, as_of=day, project=None) for day in (first, second))
        return LawDiff(first, second, rule_changes(*days))
    refuse_contradictions(plan)
    wanted = tuple(techs) or plan.section(ScreeningSection).techs
    before, after = plan_on(plan, first), plan_on(plan, second)
    changes = rule_changes(loaded_rules(before, wanted), loaded_rules(after, wanted))
    source = source_of(plan)
    grid = plan_grid_of(plan)
    zones = {k: coverage_runs(ragged([v]), grid) for k, v in (projects or {}).items()}
    out: list[TechDiff] = []
    for tech in wanted:
        own = [c for c in changes if tech in c.rule.applies_to]
        found, source = _tech_diff(before, after, tech, own, source, zones)
        out.append(found)
    return LawDiff(first, second, changes, tuple(out))


def _same_land(a: Rule, b: Rule) -> bool:
    """Whether two texts of a rule hit the same land, whatever they do to it."""
    return a.test == b.test and a.law_known == b.law_known


def _tech_diff(
    before: Plan,
    after: Plan,
    tech: str,
    changes: Sequence[RuleChange],
    source: Source,
    zones: Mapping[str, Runs],
) -> tuple[TechDiff, Source]:
    old, new = (dict(_acting(p, tech)) for p in (before, after))
    rules = [r for r, _ in old.values()]
    column = {("old", i): n for n, i in enumerate(old)}
    for i, (rule, _) in new.items():
        if i in old and _same_land(old[i][0], rule):
            column["new", i] = column["old", i]
        else:
            column["new", i] = len(rules)
            rules.append(rule)
    section = before.section(ScreeningSection)
    program = compile_rules(
        rules, source, plan_grid_of(before), county_runs(before), zones=zones
    )
    engine = section.engine if section.engine in ("serial", "threads") else "threads"
    found = screen_program(
        program,
        source,
        effects=["none"] * len(rules),
        tile_px=section.tile_px,
        engine=engine,
        workers=section.workers,
    )
    found = with_missing(found, section.missing)
    count = np.zeros((len(found.table), 4), dtype=np.int64)
    for i, (_, effect) in old.items():
        count += _says(found, column["old", i], effect)
    end = np.zeros_like(count)
    for i, (_, effect) in new.items():
        end += _says(found, column["new", i], effect)
    start, last = _states(count), _states(end)

    def alone(change: RuleChange) -> Moved | None:
        i = change.rule_id
        if i not in old and i not in new:
            return None
        changed = count.copy()
        if i in old:
            changed -= _says(found, column["old", i], old[i][1])
        if i in new:
            changed += _says(found, column["new", i], new[i][1])
        return _moved(found, start, _states(changed))

    def inside(name: str) -> ProjectDiff:
        own = np.rint(found.zones[name] / found.quantum_m2).astype(np.int64)
        land = found.outcomes[own > 0]
        touching = [
            c.rule_id
            for c in changes
            for side in ("old", "new")
            if (k := column.get((side, c.rule_id))) is not None and (land[:, k] != MISS).any()
        ]
        moved = _moved(found, start, last, own)
        return ProjectDiff(name, moved, tuple(dict.fromkeys(touching)))

    touched = [p for p in map(inside, zones) if p.rules or p.moved.moved_m2]
    done = TechDiff(
        tech=tech,
        screening=found,
        state_before=start,
        state_after=last,
        moved=_moved(found, start, last),
        changes=tuple(LandChange(c, alone(c)) for c in changes),
        projects=tuple(touched),
    )
    return done, ReadSource(source, program.features)


def _acting(plan: Plan, tech: str) -> Iterable[tuple[str, tuple[Rule, Effect]]]:
    """Rules that may move land on the plan's day, by id."""
    for rule, effect in zip(*rules_of(plan, tech), strict=True):
        yield rule.id, (rule, effect)


def _says(found: Screening, column: int, effect: Effect) -> Ints:
    """Whether a rule says taken, unknown, conditional, or waits, (n, 4), by code."""
    own = found.waiting[:, [column]]
    return np.stack(says(found.outcomes[:, [column]], [effect], own), axis=1)


def _states(count: Ints) -> npt.NDArray[np.uint8]:
    out = state_of(*count.T)
    out[0] = OUTSIDE
    return out


def _moved(
    found: Screening,
    before: npt.NDArray[np.uint8],
    after: npt.NDArray[np.uint8],
    own: Ints | None = None,
) -> Moved:
    """Land by its two states, of the county or of `own` quanta of each code."""
    n = state_count(found.missing)
    pair = before.astype(np.intp) * n + after
    quanta = np.zeros(n * n, dtype=np.int64)
    np.add.at(quanta, pair, found.quanta if own is None else own)
    return Moved(quanta.reshape(n, n), found.quantum_m2)
