"""Rules of the books with their texts, seen with a calendar that need not be the toolkit's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from layers.spec import Text
from siting.rules.citation import cited_text
from siting.rules.entry import Entry, strength
from siting.rules.kind import RuleKind
from siting.rules.law import Calendar, Edition, SourceStep, days_of, narrowed
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
    final
        What a draft stands for; None for any other text.
    begins, ends
        First and last day; None is open.
    """

    entry: Entry
    version: Version
    edition: Edition | None
    begins: date | None
    ends: date | None
    final: Edition | None = None

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.begins or day) <= day <= (self.ends or day)

    @property
    def stated_kind(self) -> RuleKind:
        """Kind before asking how well it was read."""
        return self.entry.kind_of(self.version, "base")

    @property
    def document(self) -> Text:
        """Document and article."""
        article = self.version.article
        if self.edition:
            return self.edition.cited_text(article)
        return cited_text(self.version.citation or f"{self.version.law} {article}")

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
    final = editions.get(law.stands_for) if law else None
    own = days_of(law, final) if law else (None, None)
    since, until = editions.get(version.since_law), editions.get(version.until_law)
    first, last = narrowed(own, since, until)
    begins, ends = [version.valid_from, first], [version.valid_to, last]
    return Cited(
        entry,
        version,
        law,
        max((d for d in begins if d), default=None),
        min((d for d in ends if d), default=None),
        final,
    )


def in_force(texts: Iterable[Cited], day: date) -> Iterator[Cited]:
    """Those in force on a day."""
    return (c for c in texts if c.on(day))
