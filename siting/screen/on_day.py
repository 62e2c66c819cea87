"""What is in force where on a day: every rule of the books, and why one does not count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from gis.say import Sentence, listed, say
from layers.plan.model import Plan, locality_of
from siting.rules.entry import Entry
from siting.rules.kind import Scenario
from siting.rules.load import kind_in_force, load_rules, rule_books
from siting.rules.model import Rule
from siting.screen.screening import (
    ALL_TECHS,
    about_land_of,
    book_paths,
    loaded_rules,
    scenario_of,
)
from siting.screen.section import ScreeningSection

__all__ = ["OnDay", "Standing", "on_the_day", "plan_on", "rules_on_day"]

Standing: TypeAlias = Literal[
    "in_force",
    "not_yet",
    "law_unknown",
    "ended",
    "other_scenario",
    "elsewhere",
    "other_project",
    "other_part",
    "left_out",
]
"""Whether a rule counts on a day at a place, or why it does not."""


@dataclass(frozen=True)
class OnDay:
    """A rule on a day.

    Attributes
    ----------
    rule
        By the text in force on the day; by the nearest one where none is.
    standing
        ``"in_force"``; ``"not_yet"`` and ``"law_unknown"`` (before its first text; between two
        or after the last: land it would hit cannot be judged); ``"ended"``;
        ``"other_scenario"``; ``"elsewhere"`` (holds in other areas); ``"other_project"``,
        ``"other_part"`` (about another kind or part of a project); ``"left_out"`` (by the
        plan).
    """

    rule: Rule
    standing: Standing

    @property
    def counts(self) -> bool:
        """Whether it judges land or projects on the day."""
        return self.standing == "in_force"

    def words(self) -> Sentence:
        """The standing, with what explains it."""
        rule = self.rule
        if self.standing == "in_force" and not rule.area_known:
            return say("siting.on_day.area_unknown", area=rule.holds_in.words)
        return say(f"siting.on_day.{self.standing}", **self._why())

    def _why(self) -> Mapping[str, object]:
        rule = self.rule
        match self.standing:
            case "not_yet":
                return {"since": rule.valid_from}
            case "ended":
                return {"until": rule.valid_to}
            case "elsewhere":
                return {"area": rule.holds_in.words}
            case "other_project":
                own = listed(say(f"siting.check.project.{p}") for p in rule.projects)
                return {"projects": own}
            case "other_part":
                return {"parts": listed(say(f"siting.check.part.{p}") for p in rule.parts)}
            case _:
                return {}


def plan_on(plan: Plan, day: date) -> Plan:
    """`plan` as if it stood on another day."""
    return plan.model_copy(update={"plan": plan.plan.model_copy(update={"as_of": day})})


def rules_on_day(
    plan: Plan | None = None, day: date | None = None, applies_to: str = ""
) -> tuple[OnDay, ...]:
    """Every rule of the books on a day, by id.

    Parameters
    ----------
    plan : Plan, optional
        Whose books, place, kind of project, scenario and changes count; all rules of the
        toolkit wherever they hold when None.
    day : date, optional
        The plan's when None, else the latest day of the books.
    applies_to : str
        ``pv``, ``wind``, ``afforest``, ``wetland``, ``grass``, or empty for all.

    Examples
    --------
    >>> by_id = {x.rule.id: x for x in rules_on_day(day=date(2024, 6, 1))}
    >>> by_id["WD-020"].standing, by_id["WD-020"].words()
    ('ended', 'ended on 2024-03-26')
    """
    books = rule_books(None if plan is None else book_paths(plan))
    if day is None:
        day = (
            max((b.as_of for b in books), default=date.min) if plan is None else plan.plan.as_of
        )
    wanted = (applies_to,) if applies_to else ALL_TECHS
    if plan is None:
        ready = load_rules(wanted, as_of=day, project=None)
    else:
        plan = plan_on(plan, day)
        ready = loaded_rules(plan, wanted)
    known = {r.id: r for r in ready}
    entries = sorted((e for b in books for e in b.entries), key=lambda e: e.id)
    return tuple(
        on_the_day(e, day, known, plan, wanted)
        for e in entries
        if not set(wanted).isdisjoint(e.applies_to)
    )


def on_the_day(
    entry: Entry, day: date, ready: Mapping[str, Rule], plan: Plan | None, techs: Sequence[str]
) -> OnDay:
    """Where a rule stands on a day, `ready` being the rules in force by id."""
    rule = ready.get(entry.id)
    section = None if plan is None else plan.section(ScreeningSection)
    scenario: Scenario = "base" if section is None else scenario_of(section.scenario)
    if rule is None:
        return _not_loaded(entry, day, scenario, plan)
    if section is not None:
        own = [t for t in techs if t in rule.applies_to]
        if not any(about_land_of(rule, t) for t in own):
            return OnDay(rule, "other_part")
        if section.scenario == "custom" and section.kinds.get(rule.id):
            kind = section.kinds[rule.id]
            if kind == "off":
                return OnDay(rule, "left_out")
            rule = rule.model_copy(update={"kind": kind, "stated_kind": rule.kind})
        if section.scenario == "hard_only" and "hard" not in (rule.kind, rule.stated_kind):
            return OnDay(rule, "other_scenario")
    if not rule.law_known:
        first = min((v.begins for v in entry.versions if v.begins), default=day)
        return OnDay(rule, "not_yet" if day < first else "law_unknown")
    return OnDay(rule, "in_force")


def _as_it_counts(rule: Rule, scenario: Scenario) -> Rule:
    """With the kind it would have where it counts: a text only reported forbids nothing."""
    kind = kind_in_force(rule, scenario)
    return rule.model_copy(update={"kind": kind, "stated_kind": rule.kind})


def _not_loaded(entry: Entry, day: date, scenario: Scenario, plan: Plan | None) -> OnDay:
    rule = entry.on(day, scenario)
    if rule is None:
        for other in entry.scenarios:
            found = entry.on(day, other)
            if found is not None:
                return OnDay(_as_it_counts(found, other), "other_scenario")
        return OnDay(_as_it_counts(entry.as_stated(day), scenario), "ended")
    rule = _as_it_counts(rule, scenario)
    if plan is not None:
        if rule.holds_in.standing(locality_of(plan)) == "not_here":
            return OnDay(rule, "elsewhere")
        if rule.projects and plan.section(ScreeningSection).project not in rule.projects:
            return OnDay(rule, "other_project")
    # before the first text of a rule that takes the place of another one
    return OnDay(rule, "left_out" if rule.law_known else "not_yet")
