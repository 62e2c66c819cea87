"""What a rule is: a test, and the law it comes from.

A *filter* test says which land is hit; checklists and notes are conditions on a project and
never become a mask. What a test means, it says itself (`siting.rules.conditions`). How a rule
stands in a book, with every text it ever rested on, is an `siting.rules.entry.Entry`; a `Rule`
is that entry on one day.

Notes
-----
Feature tests measure from the **legal edge**: the distance of a `Within` test is added to
the half width of a centre line (`siting.rules.half_widths`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import Number, Share
from layers.spec import Checked, Frozen, Text
from siting.rules.area import Elsewhere, HoldsIn
from siting.rules.conditions.base import Test
from siting.rules.conditions.canvas import LAW, Answer, Canvas
from siting.rules.in_force import InForce
from siting.rules.kind import AppliesTo, Part, Project, RuleKind, Scenario, ShownKind
from siting.rules.law import SourceStep, Validity

__all__ = [
    "AppliesTo",
    "Override",
    "Part",
    "Project",
    "Rule",
    "RuleKind",
    "Scenario",
    "Stated",
]

V = TypeVar("V")

RuleId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-\d{3,}[a-z]?$")]


class Stated(Frozen):
    """The rule as the source table has it, word for word."""

    layer: str
    operator: str
    parameter: str = ""
    unit: str = ""


class Rule(Checked):
    """One rule of law or practice, as it stands on one day.

    Attributes
    ----------
    holds_in
        Area the rule is law in: a country, divisions, or a basin; no default.
    elsewhere
        How it reads outside the area its words were written for.
    area_known
        False when `load_rules` could not tell whether the rule holds at the place.
    as_of
        The day it stands on; None for a rule made by hand.
    law_known
        False on a day before its first text, or after its last one ended and nobody has yet
        looked up what followed: land it would hit cannot be judged.
    kind
        In force after `load_rules`; as the source states it in the books.
    stated_kind
        What the source states, filled by `load_rules` when it differs from `kind`.
    law, citation, quote, source
        Edition of the law calendar, and the text in force on the day.
    also
        Further texts in force on the same day that say the same.
    source_step, validity
        How well the text was read, and whether it is known to be in force.
    valid_from, valid_to
        First and last day of the text, of a draft those of the text it stands for; None is
        open.
    day_known
        False when only the latest these days can be is known.
    next_from, next_law, next_text
        First day of the next text that is already passed, its edition and its citation.
    parts
        Parts of a project the rule is about; empty for all. A county is screened for the part
        that takes the land (array, turbine); a boundary that says which part is where is
        judged part by part.
    projects
        Kinds of project the rule is about (new, expansion, repower, village); empty for all.
    scenarios
        Scenarios in which the rule takes part.
    kind_in
        Kind in a scenario where it differs.
    scenario
        Scenario it was loaded for.
    read_as
        Kind to use in place of the stated one, with `review` saying why.
    review
        Why a lawyer must look at it; a text not read in full always needs it.
    engineering
        Not law: nobody builds there, whatever the law books say.
    kept
        Classes that may lie inside a boundary up to a share of it, by code: such land is kept
        as it is and not built on.
    no_quote
        Why there is no quote; required exactly when `quote` is empty.
    overridden
        Reason given by the plan when it changed the rule.
    """

    id: RuleId
    applies_to: tuple[AppliesTo, ...] = Field(min_length=1)
    holds_in: HoldsIn
    kind: RuleKind
    title: Text
    stated: Stated
    test: Test
    law: str = ""
    citation: str = Field(min_length=1)
    quote: str = ""
    no_quote: str = ""
    source: str = ""
    source_step: SourceStep
    validity: Validity = "confirmed"
    valid_from: date | None = None
    valid_to: date | None = None
    day_known: bool = True
    also: tuple[str, ...] = ()
    next_from: date | None = None
    next_law: str = ""
    next_text: str = ""
    parts: tuple[Part, ...] = ()
    projects: tuple[Project, ...] = ()
    approval: Text | None = None
    scenarios: tuple[Scenario, ...] = ("base", "hard", "conservative")
    kind_in: dict[Scenario, RuleKind] = Field(default_factory=dict)
    read_as: RuleKind | None = None
    review: Text | None = None
    engineering: bool = False
    kept: dict[str, Share] = Field(default_factory=dict)
    elsewhere: Elsewhere | None = None
    scenario: Scenario = "base"
    as_of: date | None = None
    area_known: bool = True
    law_known: bool = True
    book: str = ""
    stated_kind: RuleKind | None = None
    overridden: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if bool(self.quote) == bool(self.no_quote):
            raise ValueError(say("siting.rules.give_quote_no_quote_reason"))
        if self.read_as is not None and self.review is None:
            raise ValueError(say("siting.rules.read_needs_review_say_why"))
        return self

    @property
    def is_filter(self) -> bool:
        """Whether the rule says something about land (and not about a project)."""
        return self.test.is_filter

    def on(self, canvas: Canvas[V]) -> V:
        """Land its test hits, in three values; never hit on a day whose law is not known."""
        found = self.test.on(canvas)
        if self.law_known:
            return found
        return canvas.all_of([found, canvas.lacking(Answer(LAW, "law_unknown"))])

    @property
    def firm(self) -> bool:
        """Whether it may exclude land: its words read in full, its document in force."""
        return self.source_step in ("primary", "mirror") and self.validity == "confirmed"

    @property
    def shown_kind(self) -> ShownKind:
        """Its kind as every door shows it: one that is no law is told as such."""
        return "engineering" if self.engineering else self.kind

    @property
    def in_force(self) -> InForce:
        """The text it rests on, and the day: what every answer tells of the law."""
        draft = self.validity == "draft"  # no day of entry, whatever days it is read on
        return InForce(
            as_of=self.as_of,
            known=self.law_known,
            citation=self.citation,
            source_step=self.source_step,
            validity=self.validity,
            valid_from=None if draft else self.valid_from,
            valid_to=None if draft else self.valid_to,
            day_known=self.day_known,
            also=self.also,
            next_from=self.next_from,
            next_text=self.next_text,
            engineering=self.engineering,
            needs_review=self.needs_review,
            review=self.review,
        )

    @property
    def needs_review(self) -> bool:
        """Whether it must be shown as "needs legal review"."""
        settled = self.firm and self.review is None and self.area_known and self.law_known
        return not settled and not self.engineering

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Ids of every layer the rule reads, conditions included."""
        return tuple(dict.fromkeys(i for t in self.test.nested() for i in t.reads))


class Override(Checked):
    """A change of one rule by the plan (``off`` leaves it out); the reason is reported."""

    id: str
    reason: str = Field(min_length=1)
    distance_m: Number | None = None
    limit: Number | None = None
    kind: RuleKind | None = None
    off: bool = False

    @model_validator(mode="after")
    def _something(self) -> Override:
        given = [self.distance_m is not None, self.limit is not None, self.kind is not None]
        if self.off == any(given):
            raise ValueError(say("siting.rules.give_distance_m_limit_kind"))
        return self
