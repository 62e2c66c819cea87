"""What an audit of the law found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from gis.say import Lang
from layers.plain_json import JsonObject

__all__ = ["Check", "LawAudit", "LawFinding"]

Check: TypeAlias = Literal[
    "no_such_law",
    "article_missing",
    "article_not_kept",
    "quote_elsewhere",
    "quote_not_found",
    "ban_not_compared",
    "cited_as_in_force",
    "ended",
    "ends_soon",
    "next_text",
    "other_edition",
    "hard_without_source",
    "hard_without_quote",
    "not_firm",
    "check_old",
    "calendar_old",
    "force_before_passed",
    "editions_overlap",
    "days_between",
    "ends_without_follower",
    "repeal_not_named",
    "repeal_day",
    "repealed_by_text",
    "commencement",
    "file_not_known",
    "not_compared",
    "no_text",
]
"""What was looked at, in the order it is told; sentences in ``siting/text/audit.toml``."""


@dataclass(frozen=True)
class LawFinding:
    """One thing an audit found.

    Attributes
    ----------
    check
        What was looked at.
    fault
        True when it must be put right, False when it is only told.
    text
        The sentence, in the language it is called with.
    law, article
        Edition of the law calendar, and article.
    rules
        Ids of the rules it concerns.
    """

    check: Check
    fault: bool
    text: Callable[[Lang], str]
    law: str = ""
    article: str = ""
    rules: tuple[str, ...] = ()

    def as_dict(self, lang: Lang) -> JsonObject:
        """For ``--json``."""
        return {
            "check": self.check,
            "fault": self.fault,
            "law": self.law,
            "article": self.article,
            "rules": list(self.rules),
            "text": self.text(lang),
        }


@dataclass(frozen=True)
class LawAudit:
    """An audit of rule books against law calendar and texts.

    Attributes
    ----------
    as_of
        The day it was made for.
    rules, editions
        Rules of the books, editions of the calendar.
    quotes
        Quotes of all versions.
    compared, in_words
        Quotes compared with whole articles, and with some words of an article only.
    texts
        Editions of which a text, or some articles, are at hand.
    findings
        Faults first.
    """

    as_of: date
    rules: int
    editions: int
    quotes: int
    compared: int
    in_words: int
    texts: int
    findings: tuple[LawFinding, ...]

    @property
    def faults(self) -> tuple[LawFinding, ...]:
        """What must be put right."""
        return tuple(f for f in self.findings if f.fault)

    @property
    def notes(self) -> tuple[LawFinding, ...]:
        """What is only told."""
        return tuple(f for f in self.findings if not f.fault)

    def as_dict(self, lang: Lang) -> JsonObject:
        """For ``--json``."""
        return {
            "as_of": self.as_of.isoformat(),
            "clean": not self.faults,
            "rules": self.rules,
            "editions": self.editions,
            "quotes": self.quotes,
            "quotes_compared": self.compared,
            "quotes_compared_in_words": self.in_words,
            "texts": self.texts,
            "findings": [f.as_dict(lang) for f in self.findings],
        }
