"""A rule as one text of law has it: words, strength and days."""

from __future__ import annotations

from datetime import date
from functools import cached_property

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import Number
from layers.spec import Frozen, Text
from siting.rules.kind import RuleKind, Scenario
from siting.rules.law import SourceStep, Validity, calendar, days_of, edition, narrowed

__all__ = ["Version"]

ALWAYS: tuple[Scenario, ...] = ("base", "hard", "conservative")
_VALID: tuple[Validity, ...] = ("draft", "unknown", "confirmed")
_READ: tuple[SourceStep, ...] = ("recalled", "secondary", "mirror", "primary")


class Version(Frozen):
    """One text a rule rests on.

    Attributes
    ----------
    law, article
        Edition in the law calendar, and the article.
    citation
        Words in place of a law: practice, a standard's default, a county's own text.
    quote, no_quote
        The words of the text, or why there are none.
    kind
        Where this text is stronger or weaker than the rule's kind.
    set
        Parameters of the test where this text has another number, by name.
    since_law, until_law
        Editions whose coming into force begins this text's days, or ends them the day before.
    valid_from, valid_to
        Days of a text that is no law.
    last_text
        The rule ends with it: that nothing took its place was looked up.
    source_step, source
        How well these words were read, where better or worse than the edition's text.
    scenarios
        Scenarios in which this text takes part.
    title, approval, review
        In place of the rule's.
    """

    law: str = ""
    article: str = ""
    citation: str = ""
    quote: str = ""
    no_quote: str = ""
    kind: RuleKind | None = None
    set: dict[str, Number] = Field(default_factory=dict)
    since_law: str = ""
    until_law: str = ""
    last_text: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    source_step: SourceStep | None = None
    source: str = ""
    scenarios: tuple[Scenario, ...] = ALWAYS
    title: Text | None = None
    approval: Text | None = None
    review: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Version:
        if bool(self.law) == bool(self.citation):
            raise ValueError(say("siting.rules.give_law_or_citation"))
        known = {e.id for e in calendar().editions}
        for law in (self.law, self.since_law, self.until_law):
            if law and law not in known:
                raise ValueError(say("siting.rules.no_such_law"), law)
        if self.citation and self.source_step is None:
            raise ValueError(say("siting.rules.citation_needs_source_step"))
        if bool(self.quote) == bool(self.no_quote):
            raise ValueError(say("siting.rules.give_quote_no_quote_reason"))
        if self.begins and self.ends and self.begins > self.ends:
            raise ValueError(say("siting.rules.valid_from_after_valid"))
        return self

    @cached_property
    def _days(self) -> tuple[date | None, date | None]:
        days: tuple[date | None, date | None] = (None, None)
        if self.law:
            own = edition(self.law)
            days = days_of(own, edition(own.stands_for) if own.stands_for else None)
        since = edition(self.since_law) if self.since_law else None
        return narrowed(days, since, edition(self.until_law) if self.until_law else None)

    @cached_property
    def begins(self) -> date | None:
        """First day it judges; None for a text without a day (practice)."""
        days = [self.valid_from, self._days[0]]
        return max((d for d in days if d), default=None)

    @cached_property
    def ends(self) -> date | None:
        """Last day it judges; None when none is known."""
        days = [self.valid_to, self._days[1]]
        return min((d for d in days if d), default=None)

    @property
    def day_known(self) -> bool:
        """Whether `begins` is the day itself and not the latest it can be."""
        if not self.law or edition(self.law).day_known:
            return True
        if self.since_law and edition(self.since_law).in_force == self.begins:
            return edition(self.since_law).day_known
        return self.valid_from is not None and self.valid_from == self.begins

    @property
    def step(self) -> SourceStep:
        """How well its words were read."""
        return self.source_step or edition(self.law).source_step

    @property
    def validity(self) -> Validity:
        """Whether the document is known to be in force in its days."""
        return edition(self.law).validity if self.law else "confirmed"

    @cached_property
    def cited(self) -> str:
        """Document and article, in the language of the law."""
        return edition(self.law).cited(self.article) if self.law else self.citation

    @property
    def read_at(self) -> str:
        """Where its words were read."""
        return self.source or (edition(self.law).source if self.law else "")

    @property
    def firm(self) -> bool:
        """Whether land may be excluded on it: words read in full, document in force."""
        return self.step in ("primary", "mirror") and self.validity == "confirmed"

    @property
    def reliable(self) -> int:
        """How much it can be relied on beside another text: firm ones alike, a draft least."""
        if self.firm:
            return 100
        return 10 * _VALID.index(self.validity) + _READ.index(self.step)

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.begins or day) <= day <= (self.ends or day)
