"""One analyst's scenario: the screening it starts from and the rules that were moved."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from gis.errors import ConfigError
from gis.say import listed, say
from layers.open.county_parts import zone_runs
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Frozen
from siting.rules import relaxed
from siting.screen.coded import Screening, effect_of, screen_program, with_missing
from siting.screen.factors import compile_rules
from siting.screen.judged.share import judged_codes, judged_share
from siting.screen.program import Program
from siting.screen.screening import county_runs, program_of, source_of
from siting.screen.section import ScenarioName, ScreeningSection
from siting.screen.sources import Source
from siting.screen.whatif import Move, WhatIf, what_if, what_ifs
from siting.sites.judged import least_share
from siting.sites.section import SitesSection

__all__ = [
    "Base",
    "Change",
    "Session",
    "Sessions",
    "base_of",
    "evaluate_changes",
    "judged_too_little",
    "merged_changes",
    "of_rules",
    "rebased",
]

Kind = Literal["hard", "conditional", "preference", "off"]


class Change(Frozen):
    """One rule moved: another effect, distance or limit."""

    rule_id: str = Field(pattern=r"^[A-Za-z]{1,8}-?[A-Za-z0-9_-]{1,24}$")
    kind: Kind | None = None
    distance_m: float | None = Field(default=None, ge=0, le=100_000)
    limit: float | None = Field(default=None, ge=-1e9, le=1e9)

    @model_validator(mode="after")
    def _something(self) -> Change:
        if self.kind is None and self.distance_m is None and self.limit is None:
            raise ValueError(say("geoplan.faults.give_a_change"))
        if self.distance_m is not None and self.limit is not None:
            raise ValueError(say("geoplan.faults.distance_or_limit"))
        return self

    @property
    def moves(self) -> bool:
        """Whether the rule has to be burned again."""
        return self.distance_m is not None or self.limit is not None


def merged_changes(changes: Iterable[Change]) -> tuple[Change, ...]:
    """One change a rule: what a later one leaves out an earlier one has said.

    Examples
    --------
    >>> moved = Change(rule_id="PV-001", kind="hard"), Change(rule_id="PV-001", distance_m=5)
    >>> [(c.kind, c.distance_m) for c in merged_changes(moved)]
    [('hard', 5.0)]
    """
    out: dict[str, Change] = {}
    for change in changes:
        own = change.model_dump(exclude_none=True)
        before = out.get(change.rule_id)
        out[change.rule_id] = change if before is None else before.model_copy(update=own)
    return tuple(out.values())


@dataclass(frozen=True)
class Base:
    """A screening with what is needed to change it."""

    found: Screening
    program: Program
    source: Source

    def little_judged(self, plan: Plan) -> npt.NDArray[np.bool_] | None:
        """Cells of which less than the plan's limit was judged; None where it does not ask.

        Of the screening as it is: a rule that is moved is judged no more and no less.
        """
        if self.found.missing != "provisional":
            return None
        limit = plan.section(ScreeningSection).judged_limit
        little = np.nan_to_num(judged_codes(self.found).frac) < limit
        return np.asarray(self.found.code.map(little))


def base_of(
    plan: Plan,
    tech: str,
    scenario: Any = None,  # noqa: ANN401 - ScenarioName or None
    progress: Callable[[int, int], None] | None = None,
) -> Base:
    """Screen the county for `tech` and keep the prepared rules."""
    source = source_of(plan)
    program, effects = program_of(plan, tech, scenario, zones={}, source=source)
    section = plan.section(ScreeningSection)
    found = screen_program(
        program,
        source,
        effects=effects,
        tile_px=section.tile_px,
        engine="threads",
        workers=section.workers,
        progress=progress,
    )
    name = scenario or section.scenario
    found = with_missing(found, section.missing)
    return Base(replace(found, tech=tech, scenario=name), program, source)


def _with_kinds(base: Base, changes: tuple[Change, ...], recalled: bool) -> Screening:  # noqa: FBT001
    effects = list(base.found.effects)
    for change in changes:
        if change.kind is None:
            continue
        i = _index(base, change.rule_id)
        if change.kind == "off":
            effects[i] = "none"
            continue
        rule = base.found.rules[i].model_copy(update={"kind": change.kind})
        effects[i] = effect_of(rule, recalled_excludes=recalled)
    return replace(base.found, effects=tuple(effects))


def _index(base: Base, rule_id: str) -> int:
    try:
        return base.found.rule_index(rule_id)
    except KeyError as err:
        raise ConfigError(say("geoplan.faults.rule_not_in_force"), where=rule_id) from err


def of_rules(base: Base, changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of rules this screening has; those of other uses do not move it."""
    own = {r.id for r in base.found.rules}
    return tuple(c for c in changes if c.rule_id in own)


def evaluate_changes(plan: Plan, base: Base, changes: tuple[Change, ...]) -> WhatIf | None:
    """The county with `changes`; None when there are none.

    Any number of rules may change their effect, distance or limit at once.

    Raises
    ------
    ConfigError
        For an unknown rule, or a parameter it has not.
    """
    if not changes:
        return None
    recalled = plan.section(ScreeningSection).recalled_excludes
    found = _with_kinds(base, changes, recalled)
    workers = plan.section(ScreeningSection).workers
    # a rule that is off says nothing, wherever it stands
    moved = [c for c in changes if c.moves and c.kind != "off"]
    if moved:
        moves = [Move(c.rule_id, c.distance_m, c.limit) for c in moved]
        return what_ifs(found, base.program, base.source, moves, raster=True, workers=workers)
    return what_if(
        found,
        base.program,
        base.source,
        changes[0].rule_id,
        kind=changes[0].kind,
        recalled_excludes=recalled,
        raster=True,
        workers=workers,
    )


def judged_too_little(plan: Plan, base: Base, changes: tuple[Change, ...]) -> tuple[Warn, ...]:
    """That a run of what is on the screen would list no sites: too little of the law is judged.

    A rule that is off is no rule any more, judged or not: the share of the others moves.
    """
    recalled = plan.section(ScreeningSection).recalled_excludes
    share = judged_share(_with_kinds(base, changes, recalled))
    least = least_share(plan, plan.section(SitesSection))
    if share.hard_frac >= least:
        return ()
    text = say(
        "geoplan.serve.judged_too_little",
        share_pct=100 * share.hard_frac,
        n=share.hard_n,
        m=share.hard_of,
        limit_pct=100 * least,
    )
    return (Warn("judged_too_little", text, base.found.tech),)


def rebased(
    plan: Plan,
    base: Base,
    changes: tuple[Change, ...],
    progress: Callable[[int, int], None] | None = None,
) -> Base:
    """Screen again with every change in place, so that the next one can move."""
    by_id = {c.rule_id: c for c in changes}
    recalled = plan.section(ScreeningSection).recalled_excludes
    rules, effects = [], []
    for rule, effect in zip(base.found.rules, base.found.effects, strict=True):
        change = by_id.pop(rule.id, None)
        if change is not None and change.kind == "off":
            continue
        if change is not None and change.moves:
            rule = relaxed(rule, distance_m=change.distance_m, limit=change.limit)
        if change is not None and change.kind is not None:
            rule = rule.model_copy(update={"kind": change.kind})
            effect = effect_of(rule, recalled_excludes=recalled)
        rules.append(rule)
        effects.append(effect)
    if by_id:
        raise ConfigError(say("geoplan.faults.rule_not_in_force"), where=listed(by_id))
    program = compile_rules(
        rules, base.source, base.found.grid, county_runs(plan), zones=zone_runs(plan)
    )
    section = plan.section(ScreeningSection)
    found = screen_program(
        program,
        base.source,
        effects=tuple(effects),
        engine="threads",
        tile_px=section.tile_px,
        workers=section.workers,
        progress=progress,
    )
    found = with_missing(found, base.found.missing)
    found = replace(found, tech=base.found.tech, scenario=base.found.scenario)
    return Base(found, program, base.source)


@dataclass
class Session:
    """What one browser tab is looking at; nothing in it is shared with another.

    Attributes
    ----------
    scenario, frozen
        Where it starts from when not from the plan: a scenario, rules moved for good.
    bases
        Technology -> the screening of these.
    changes
        Rules moved since. A rule is one rule, whichever technologies it is of.
    states
        (technology, "base" or "what") -> state raster last computed, for its picture.
    """

    id: str
    touched: float = field(default_factory=time.monotonic)
    scenario: ScenarioName | None = None
    frozen: tuple[Change, ...] = ()
    bases: dict[str, Base] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    states: dict[tuple[str, str], npt.NDArray[np.uint8]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    busy: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """The sessions that are open; the one not touched longest goes when there are too many.

    A registry shared by requests, so it is the one thing here that changes, behind a lock.
    """

    def __init__(self, most: int = 12) -> None:
        self.most = most
        self._gone: deque[str] = deque(maxlen=1000)
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def create(self, session_id: str) -> Session:
        """A new, empty session."""
        session = Session(session_id)
        with self._lock:
            self._open[session_id] = session
            while len(self._open) > self.most:
                self._gone.append(self._open.popitem(last=False)[0])
        return session

    def made_room(self, session_id: str) -> bool:
        """Whether that session was closed because newer ones came."""
        with self._lock:
            return session_id in self._gone

    def get(self, session_id: str) -> Session | None:
        """The session of that id, now the most recent, or None."""
        with self._lock:
            found = self._open.get(session_id)
            if found is not None:
                found.touched = time.monotonic()
                self._open.move_to_end(session_id)
            return found
