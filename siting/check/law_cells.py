"""The law behind a rule as cells of a table to read."""

from __future__ import annotations

from gis.say import listed
from siting.rules import Rule
from siting.rules.citation import cited_text

__all__ = ["LAW_CELLS", "law_row"]

LAW_CELLS = ("law_day", "law_days", "law_basis", "law_also", "law_next", "law_review")
"""Columns of the tables of rules that tell the law of the day."""


def law_row(rule: Rule, lang: str) -> dict[str, str]:
    """The law behind a rule as cells to read."""
    law = rule.in_force
    coming = law.next_words()
    review = law.review_words()
    return {
        "law_day": law.day_words()(lang),
        "law_days": law.days_words()(lang),
        "law_basis": law.basis_words()(lang),
        "law_also": listed(cited_text(x) for x in law.also)(lang),
        "law_next": coming(lang) if coming else "",
        "law_review": review(lang) if review else "",
    }
