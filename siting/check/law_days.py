"""Days on which a rule changes, and the land each change touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gis.errors import ConfigError
from gis.say import listed, say
from layers.plan.model import Plan
from siting.check.many import RuleFound, check_lands
from siting.check.overlap import NOTHING_M2
from siting.check.since import LawEvent, law_days
from siting.rules import rule_books
from siting.rules.entry import Entry
from siting.screen.on_day import plan_on
from siting.screen.screening import book_paths

__all__ = ["Touched", "days_of_rule", "rules_named", "touched_by", "with_replacements"]


@dataclass(frozen=True)
class Touched:
    """What a rule says about one piece of land before and from a day on.

    Attributes
    ----------
    day
        First day of the new state; None for a rule without known days, as it stands today.
    before, after
        What it says the day before, and on the day; None where it is not in force.
    """

    name: str
    rule_id: str
    day: date | None
    before: RuleFound | None
    after: RuleFound | None

    @property
    def moves(self) -> bool:
        """Whether the change of law changes anything for this land."""
        a, b = (_state(x) for x in (self.before, self.after))
        return a != b

    @property
    def law_days(self) -> tuple[tuple[LawEvent, str], ...]:
        """Which text ended the day before, and which began on the day."""
        if self.day is None:
            return ()
        was, now = (_term(x) for x in (self.before, self.after))
        return law_days(was, now, (self.day - timedelta(days=1)).isoformat(), str(self.day))


def _term(found: RuleFound | None) -> Mapping[str, str]:
    """First and last day of the text a finding rests on."""
    if found is None:
        return {}
    law = found.rule.in_force
    return {"since": str(law.valid_from or ""), "until": str(law.valid_to or "")}


def _state(found: RuleFound | None) -> tuple[str, float, float]:
    if found is None or (found.hit_m2 <= NOTHING_M2 and found.unknown_m2 <= NOTHING_M2):
        return ("", 0.0, 0.0)
    return (found.says, round(found.hit_m2, 2), round(found.unknown_m2, 2))


def rules_named(plan: Plan, name: str) -> tuple[str, ...]:
    """Ids of the rules a rule's id, a rule book's id, or an edition of a law means.

    Raises
    ------
    ConfigError
        When it is none of them.
    """
    books = rule_books(book_paths(plan))
    every = [e for b in books for e in b.entries]
    found = [e.id for e in every if e.id.casefold() == name.casefold()]
    found = found or [e.id for b in books if b.id == name for e in b.entries]
    found = found or [e.id for e in every if any(v.law == name for v in e.versions)]
    if not found:
        raise ConfigError(
            say("siting.check.no_such_rule_or_book"),
            where=name,
            expected=listed(b.id for b in books),
            todo=say("siting.screen.see_geoplan_rules"),
        )
    return tuple(dict.fromkeys(found))


def with_replacements(plan: Plan, rule_ids: Sequence[str]) -> tuple[str, ...]:
    """Rules with those that take their place: what an end does to land is seen in both."""
    every = (e for b in rule_books(book_paths(plan)) for e in b.entries)
    next_of = {e.id: e.replaced_by for e in every if e.replaced_by}
    out = list(dict.fromkeys(rule_ids))
    for rule_id in out:  # it grows by those that follow, and theirs
        follows = next_of.get(rule_id)
        if follows and follows not in out:
            out.append(follows)
    return tuple(out)


def days_of_rule(plan: Plan, rule_id: str) -> tuple[date, ...]:
    """First days of a new state of a rule: a text comes, or the last one has ended.

    Where a text ends that another stood above already, the rule says what it did.

    Examples
    --------
    >>> from geoplan.demo import sample_plan
    >>> [d.isoformat() for d in days_of_rule(sample_plan("tiny"), "WD-020")]
    ['2019-03-27', '2024-03-27']
    """
    found = set()
    for book in rule_books(book_paths(plan)):
        for entry in book.entries:
            if entry.id != rule_id:
                continue
            days = {v.begins for v in entry.versions if v.begins and v.begins.year > 1}
            days |= {
                v.ends + timedelta(days=1)
                for v in entry.versions
                if v.ends and v.ends.year < date.max.year
            }
            found |= {d for d in days if _text(entry, d) != _text(entry, d - timedelta(days=1))}
    return tuple(sorted(found))


def _text(entry: Entry, day: date) -> list[object]:
    """The text that counts on a day and whether it is known to, in each use of land rules."""
    chosen = (entry.chosen(day, s) for s in entry.scenarios)
    return [None if c is None else (c[0], c[2]) for c in chosen]


def touched_by(
    plan: Plan,
    rule_ids: Sequence[str],
    lands: Mapping[str, Mapping[str, Any]],
) -> tuple[Touched, ...]:
    """Land that rules touch, and what their latest and their coming changes do to it.

    Parameters
    ----------
    plan : Plan
        Its day says which changes have come.
    rule_ids : sequence of str
    lands : mapping
        Technology -> name -> polygon in the plan's CRS.

    Returns
    -------
    tuple of Touched
        By day, rule and name: each piece of land a rule hits, or cannot judge, on one of the
        two sides of one of the days.
    """
    days: dict[date | None, list[str]] = {}
    for i in rule_ids:
        for day in _asked(days_of_rule(plan, i), plan.plan.as_of):
            days.setdefault(day, []).append(i)
    out: list[Touched] = []
    for day, own in sorted(days.items(), key=lambda x: x[0] or date.min):
        for tech, named in lands.items():
            after = _found(plan_on(plan, day) if day else plan, tech, named, own)
            before = (
                _found(plan_on(plan, day - timedelta(days=1)), tech, named, own)
                if day
                else after
            )
            out += [
                one
                for i in own
                for name in named
                if _touches(
                    one := Touched(name, i, day, before.get((name, i)), after.get((name, i)))
                )
            ]
    return tuple(out)


def _asked(days: Iterable[date], as_of: date) -> list[date | None]:
    """The change that made the rule what it is, and those to come."""
    past = [d for d in days if d <= as_of]
    asked: list[date | None] = [*past[-1:], *(d for d in days if d > as_of)]
    return asked or [None]


def _touches(one: Touched) -> bool:
    return any(_state(x)[0] for x in (one.before, one.after))


def _found(
    plan: Plan, tech: str, named: Mapping[str, Any], rule_ids: Sequence[str]
) -> dict[tuple[str, str], RuleFound]:
    judged = check_lands(plan, tech, list(named.values()), rule_ids)
    return {
        (name, r.rule.id): r for name, one in zip(named, judged, strict=True) for r in one.rules
    }
