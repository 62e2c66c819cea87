"""Changes of law that are already known: texts that end, and texts passed but not in force."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from siting.rules.law import edition
from siting.rules.model import Rule

__all__ = ["Change", "law_ahead"]

_YEAR = timedelta(days=365.2425)


@dataclass(frozen=True)
class Change:
    """What becomes of one rule, and when.

    Attributes
    ----------
    day
        First day of the new state.
    change
        ``"ends"``: its text ends and nothing is known to follow; ``"changes"``: another text
        takes over.
    law, text
        Edition and citation of the text that ends, or of the one that comes; for a rule read
        from a draft, the text the draft stands for.
    """

    rule_id: str
    day: date
    change: Literal["ends", "changes"]
    law: str
    text: str


def _ending(rule: Rule) -> tuple[str, str]:
    """The text whose end it is: a draft never ends, the text it stands for does."""
    final = edition(rule.law).stands_for if rule.law else ""
    return (final, edition(final).cited()) if final else (rule.law, rule.citation)


def law_ahead(rules: Iterable[Rule], as_of: date, years: float) -> tuple[Change, ...]:
    """Changes known to come within some years of a day, the nearest first.

    Parameters
    ----------
    rules : iterable of Rule
        In force on `as_of`, as `siting.rules.load_rules` gives them.
    as_of : date
    years : float
        Life of the project [yr].

    Examples
    --------
    >>> from siting.rules import load_rules
    >>> day = date(2026, 11, 27)
    >>> found = law_ahead(load_rules("wind", as_of=day), day, 20)
    >>> [(c.rule_id, c.day.isoformat()) for c in found if c.rule_id == "WD-013"]
    [('WD-013', '2031-01-01')]
    """
    until = as_of + years * _YEAR
    out = []
    for rule in rules:
        if rule.next_from and rule.next_from <= until:
            out.append(
                Change(rule.id, rule.next_from, "changes", rule.next_law, rule.next_text)
            )
        elif rule.valid_to and as_of <= rule.valid_to < until:
            day = rule.valid_to + timedelta(days=1)
            law, text = _ending(rule)
            out.append(Change(rule.id, day, "ends", law, text))
    return tuple(sorted(out, key=lambda c: (c.day, c.rule_id)))
