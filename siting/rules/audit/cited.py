"""Rules of the books with their texts, seen with a calendar that need not be the toolkit's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from siting.rules.entry import Entry, strength
from siting.rules.kind import RuleKind
from siting.rules.law import Calendar, Edition, SourceStep
from siting.rules.load import Book
from siting.rules.version import Version

__all__ = ["Cited", "cited_texts", "in_force"]


@dataclass(frozen=True)
class Cited:
    """One text a rule rests on.

    Attributes
    ----------
    edition
        Of the calendar; None for a text that is no law, or is not in it.
    begins, ends
        First and last day; None is open.
    """

    entry: Entry
    version: Version
    edition: Edition | None
    begins: date | None
    ends: date | None

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.begins or day) <= day <= (self.ends or day)

    @property
    def stated_kind(self) -> RuleKind:
        """Kind before asking how well it was read."""
        return self.entry.kind_of(self.version, "base")

    @property
    def document(self) -> str:
        """Document and article, in the language of the law."""
        article = self.version.article
        if self.edition:
            return self.edition.cited(article)
        return self.version.citation or f"{self.version.law} {article}"

    @property
    def step(self) -> SourceStep:
        """How well its words were read."""
        own = self.version.source_step
        return own or (self.edition.source_step if self.edition else "recalled")

    @property
    def source(self) -> str:
        """Where its words were read."""
        return self.version.source or (self.edition.source if self.edition else "")

    @property
    def firm(self) -> bool:
        """Whether land may be excluded on it."""
        confirmed = self.edition is None or self.edition.validity == "confirmed"
        return confirmed and self.step in ("primary", "mirror")

    @property
    def excludes(self) -> bool:
        """Whether it takes land in the base scenario."""
        firm = self.firm or self.entry.engineering
        kind = strength(self.stated_kind, self.step, "base", firm=firm)
        return kind == "hard" and self.entry.test.is_filter


def cited_texts(books: Iterable[Book], calendar: Calendar) -> tuple[Cited, ...]:
    """Every text of every rule, by rule."""
    editions = {e.id: e for e in calendar.editions}
    return tuple(
        _cited(entry, v, editions)
        for book in books
        for entry in sorted(book.entries, key=lambda e: e.id)
        for v in entry.versions
    )


def _cited(entry: Entry, version: Version, editions: Mapping[str, Edition]) -> Cited:
    law = editions.get(version.law)
    begins = [version.valid_from, law.in_force if law else None]
    ends = [version.valid_to, law.last_day if law else None]
    return Cited(
        entry,
        version,
        law,
        max((d for d in begins if d), default=None),
        min((d for d in ends if d), default=None),
    )


def in_force(texts: Iterable[Cited], day: date) -> Iterator[Cited]:
    """Those in force on a day."""
    return (c for c in texts if c.on(day))
