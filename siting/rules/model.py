"""What a rule is: a test, and the law it comes from.

A *filter* test says which land is hit; checklists and notes are conditions on a project and
never become a mask. What a test means, it says itself (`siting.rules.conditions`).

Notes
-----
Feature tests measure from the **legal edge**: the distance of a `Within` test is added to
the half width of a centre line (`siting.rules.half_widths`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from layers.spec import Frozen, Text
from siting.rules.area import Elsewhere, HoldsIn
from siting.rules.conditions.base import Test

__all__ = ["Override", "Part", "Rule", "RuleKind", "Scenario", "Stated"]

RuleKind = Literal["hard", "conditional", "preference"]
Scenario = Literal["base", "hard", "conservative"]
AppliesTo = Literal["pv", "wind", "afforest", "wetland", "grass"]
Part = Literal["array", "substation", "road", "line", "turbine"]


class Stated(Frozen):
    """The rule as the source table has it, word for word."""

    layer: str
    operator: str
    parameter: str = ""
    unit: str = ""


class Rule(Frozen):
    """One rule of law or practice.

    Attributes
    ----------
    holds_in
        Area the rule is law in: a country, divisions, or a basin; no default.
    elsewhere
        How it reads outside the area its words were written for.
    area_known
        False when `load_rules` could not tell whether the rule holds at the place.
    kind
        In force after `load_rules`; as the source states it in the books.
    stated_kind
        What the source states, filled by `load_rules` when it differs from `kind`.
    confidence
        ``"recalled"`` rules were not seen in the original; alone they never exclude land.
    activity
        What the rule is about; ``"build"`` unless it concerns only lines and roads,
        repowering, distributed plants, planting, reclaiming, occupation or restoration.
    parts
        Parts of a project the rule is about (array, substation, road, line, turbine); empty
        for all. Looked at only where a boundary says which part is where.
    scenarios
        Scenarios in which the rule takes part.
    kind_in
        Kind in a scenario where it differs.
    read_as
        Kind to use in place of the stated one, with `review` saying why.
    valid_from, valid_to
        First and last day in force; None is open.
    superseded_on
        From this day on the rule lives only in scenarios that name it.
    form_from, form_before
        A text revised on `form_from`; `form_before` says how it read earlier.
    review
        Why a lawyer must look at it; recalled rules always need it.
    no_quote
        Why there is no quote; required exactly when `quote` is empty.
    overridden
        Reason given by the plan when it changed the rule.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-\d{3,}[a-z]?$")]
    applies_to: tuple[AppliesTo, ...] = Field(min_length=1)
    holds_in: HoldsIn
    kind: RuleKind
    confidence: Literal["verified", "recalled"]
    grade: str = ""
    title: Text
    citation: str = Field(min_length=1)
    quote: str = ""
    no_quote: str = ""
    source: str = ""
    stated: Stated
    test: Test
    activity: Literal[
        "build",
        "lines_and_roads",
        "repower",
        "distributed",
        "plant",
        "reclaim",
        "occupy",
        "restore",
        "graze",
    ] = "build"
    parts: tuple[Part, ...] = ()
    approval: Text | None = None
    scenarios: tuple[Scenario, ...] = ("base", "hard", "conservative")
    kind_in: dict[Scenario, RuleKind] = Field(default_factory=dict)
    read_as: RuleKind | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    superseded_on: date | None = None
    form_from: date | None = None
    form_before: Text | None = None
    review: Text | None = None
    elsewhere: Elsewhere | None = None
    area_known: bool = True
    book: str = ""
    stated_kind: RuleKind | None = None
    overridden: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if bool(self.quote) == bool(self.no_quote):
            raise ValueError(say("siting.rules.give_quote_no_quote_reason"))
        if (self.form_from is None) != (self.form_before is None):
            raise ValueError(say("siting.rules.form_from_form_before_come"))
        if self.read_as is not None and self.review is None:
            raise ValueError(say("siting.rules.read_needs_review_say_why"))
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError(say("siting.rules.valid_from_after_valid"))
        return self

    @property
    def is_filter(self) -> bool:
        """Whether the rule says something about land (and not about a project)."""
        return self.test.is_filter

    @property
    def needs_review(self) -> bool:
        """Whether it must be shown as "needs legal review"."""
        recalled = self.confidence == "recalled"
        return recalled or self.review is not None or not self.area_known

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Ids of every layer the rule reads, conditions included."""
        return tuple(dict.fromkeys(i for t in self.test.nested() for i in t.reads))


class Override(Frozen):
    """A change of one rule by the plan (``off`` leaves it out); the reason is reported."""

    id: str
    reason: str = Field(min_length=1)
    distance_m: float | None = None
    limit: float | None = None
    kind: RuleKind | None = None
    off: bool = False

    @model_validator(mode="after")
    def _something(self) -> Override:
        given = [self.distance_m is not None, self.limit is not None, self.kind is not None]
        if self.off == any(given):
            raise ValueError(say("siting.rules.give_distance_m_limit_kind"))
        return self
