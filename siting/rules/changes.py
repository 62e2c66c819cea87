"""What becomes of the rules from one day to another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from siting.rules.model import Rule

__all__ = ["Aspect", "RuleChange", "Turn", "rule_changes"]

Turn: TypeAlias = Literal["comes", "goes", "changes"]
Aspect: TypeAlias = Literal["kind", "parameter", "text", "known"]
"""What of a rule is another: its kind, its test, its text, or whether its law is known."""


@dataclass(frozen=True)
class RuleChange:
    """One rule that is not the same on two days.

    Attributes
    ----------
    turn
        Whether it comes, goes, or changes.
    aspects
        What changes; empty where it comes or goes.
    before, after
        The rule on each day; None where it is not in force.
    """

    turn: Turn
    aspects: tuple[Aspect, ...]
    before: Rule | None
    after: Rule | None

    @property
    def rule(self) -> Rule:
        """The rule by its newer text."""
        found = self.after or self.before
        if found is None:
            raise AssertionError
        return found

    @property
    def rule_id(self) -> str:
        """Id of the rule."""
        return self.rule.id


def rule_changes(before: Iterable[Rule], after: Iterable[Rule]) -> tuple[RuleChange, ...]:
    """Rules that come, go or change, by id.

    Parameters
    ----------
    before, after : iterable of Rule
        As `siting.rules.load_rules` gives them for each day.

    Examples
    --------
    >>> from datetime import date
    >>> from siting.rules import load_rules
    >>> days = date(2026, 8, 14), date(2026, 8, 15)  # the code of 2026 comes into force
    >>> found = rule_changes(*(load_rules("pv", as_of=d) for d in days))
    >>> [(c.turn, c.aspects) for c in found if c.rule_id == "PV-025"]
    [('changes', ('text',))]
    """
    old, new = {r.id: r for r in before}, {r.id: r for r in after}
    out = []
    for i in sorted({*old, *new}):
        a, b = old.get(i), new.get(i)
        if a is None or b is None:
            out.append(RuleChange("goes" if a else "comes", (), a, b))
        elif aspects := _aspects(a, b):
            out.append(RuleChange("changes", aspects, a, b))
    return tuple(out)


def _aspects(a: Rule, b: Rule) -> tuple[Aspect, ...]:
    pairs: tuple[tuple[Aspect, bool], ...] = (
        ("kind", (a.kind, a.stated_kind, a.read_as) != (b.kind, b.stated_kind, b.read_as)),
        ("parameter", a.test != b.test),
        ("text", (a.law, a.citation, a.quote) != (b.law, b.citation, b.quote)),
        ("known", a.law_known != b.law_known),
    )
    return tuple(name for name, differs in pairs if differs)
