"""A rule as it stands in a book: one test, and every text it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import Share
from layers.spec import Frozen, Text
from siting.rules.area import Elsewhere, HoldsIn
from siting.rules.conditions.base import Test
from siting.rules.kind import AppliesTo, Part, Project, RuleKind, Scenario
from siting.rules.law import SourceStep, calendar
from siting.rules.model import Rule, RuleId, Stated
from siting.rules.version import ALWAYS, Version

__all__ = ["Entry", "strength"]

_STRENGTH: dict[RuleKind, int] = {"preference": 0, "conditional": 1, "hard": 2}
# a rule with one text may be written without a table of versions
_SHORT = ("law", "article", "citation", "quote", "no_quote", "valid_from", "valid_to")
_SHORT_TOO = ("source_step", "source", "since_law", "until_law", "last_text")


def strength(kind: RuleKind, step: SourceStep, scenario: Scenario, *, firm: bool) -> RuleKind:
    """What a text may do to land: a hard one excludes only when it is firm.

    In the conservative scenario a text that was only reported, or whose validity nobody could
    confirm, or a draft, excludes too; one known from memory never does.

    Examples
    --------
    >>> strength("hard", "secondary", "base", firm=False)
    'conditional'
    """
    if kind != "hard" or firm or (scenario == "conservative" and step != "recalled"):
        return kind
    return "conditional"


class Entry(Frozen):
    """A rule of a book; see `siting.rules.model.Rule` for the fields both share.

    Attributes
    ----------
    kind
        As its texts state it, where a text says no other.
    versions
        The texts, in the order of their days.
    replaced_by
        Rule that takes its place when the last of them has ended.
    """

    id: RuleId
    applies_to: tuple[AppliesTo, ...] = Field(min_length=1)
    holds_in: HoldsIn
    kind: RuleKind
    title: Text
    stated: Stated
    test: Test
    versions: tuple[Version, ...] = Field(min_length=1)
    parts: tuple[Part, ...] = ()
    projects: tuple[Project, ...] = ()
    approval: Text | None = None
    scenarios: tuple[Scenario, ...] = ALWAYS
    kind_in: dict[Scenario, RuleKind] = Field(default_factory=dict)
    read_as: RuleKind | None = None
    review: Text | None = None
    engineering: bool = False
    kept: dict[str, Share] = Field(default_factory=dict)
    elsewhere: Elsewhere | None = None
    replaced_by: RuleId | None = None
    book: str = ""

    @model_validator(mode="before")
    @classmethod
    def _one_text(cls, data: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
        if not isinstance(data, Mapping) or "versions" in data:
            return data
        keys = (*_SHORT, *_SHORT_TOO)
        if not any(k in data for k in keys):
            return data
        rest = {k: v for k, v in data.items() if k not in keys}
        return {**rest, "versions": [{k: data[k] for k in keys if k in data}]}

    @model_validator(mode="after")
    def _whole(self) -> Entry:
        if self.read_as is not None and self.review is None:
            raise ValueError(say("siting.rules.read_needs_review_say_why"))
        for v in self.versions:
            if v.set and self.test.relaxed(**v.set) is None:
                raise ValueError(say("siting.rules.rule_has_no_such_parameter"), str(v.set))
        return self

    def kind_of(self, version: Version, scenario: Scenario) -> RuleKind:
        """Kind of one of its texts in a scenario, before asking how well it was read."""
        stated = version.kind or self.kind
        return self.kind_in.get(scenario, self.read_as or stated)

    def strength_of(self, version: Version, scenario: Scenario) -> RuleKind:
        """What one of its texts may do to land in a scenario."""
        firm = version.firm or self.engineering
        return strength(self.kind_of(version, scenario), version.step, scenario, firm=firm)

    def chosen(
        self, day: date, scenario: Scenario = "base"
    ) -> tuple[Version, tuple[Version, ...], bool] | None:
        """The text that counts on a day, the others in force, and whether the law is known.

        The text that may do most to land counts; among equals the one to be relied on most
        (a draft least), then the newest. Before the first
        text, between two texts, and after the last one when the calendar was not read since,
        the law of the day is not known and the next or last text stands for it. Nor is it after
        a text that is no law of the calendar, unless the book says that nothing took its place
        (``last_text``). None where the rule is not in force.
        """
        if scenario not in self.scenarios:
            return None
        live = [v for v in self.versions if v.on(day)]
        taking = [v for v in live if scenario in v.scenarios]
        if taking:
            first = max(
                taking,
                key=lambda v: (
                    _STRENGTH[self.strength_of(v, scenario)],
                    v.reliable,
                    v.begins or date.min,
                ),
            )
            return first, tuple(v for v in taking if v is not first), True
        if live:
            return None
        own = [v for v in self.versions if scenario in v.scenarios]
        later = [v for v in own if v.begins and day < v.begins]
        ended = [v for v in own if v.ends and v.ends < day]
        if later:  # before the first text, or between two when one in the middle is not found
            return min(later, key=lambda v: v.begins or day), (), False
        if ended and self.replaced_by is None:
            last = max(ended, key=lambda v: v.ends or day)
            by_calendar = bool(last.law) and (last.ends or day) <= calendar().read_on
            if not (last.last_text or by_calendar):
                return last, (), False
        return None

    def on(self, day: date, scenario: Scenario = "base") -> Rule | None:
        """The rule on a day, as its text states it; None where it is not in force."""
        found = self.chosen(day, scenario)
        return None if found is None else self._rule(*found[:2], day, known=found[2])

    def as_stated(self, day: date) -> Rule:
        """The rule for a list of all: in force or not, by the text nearest to a day."""
        found = self.chosen(day, self.scenarios[0])
        if found is not None:
            return self._rule(*found[:2], day, known=found[2])
        late = [v for v in self.versions if v.begins and v.begins > day]
        if late:
            return self._rule(min(late, key=lambda v: v.begins or day), (), day, known=True)
        ended = [v for v in self.versions if v.ends and v.ends < day]
        last = max(ended, key=lambda v: v.ends or day) if ended else self.versions[-1]
        return self._rule(last, (), day, known=True)

    def _rule(
        self, version: Version, also: tuple[Version, ...], day: date, *, known: bool
    ) -> Rule:
        coming = [v for v in self.versions if v.begins and v.begins > day]
        after = min(coming, key=lambda v: v.begins or day, default=None)
        test = (self.test.relaxed(**version.set) if version.set else None) or self.test
        return Rule.model_construct(
            id=self.id,
            applies_to=self.applies_to,
            holds_in=self.holds_in,
            kind=version.kind or self.kind,
            title=version.title or self.title,
            stated=self.stated,
            test=test,
            law=version.law,
            citation=version.cited,
            quote=version.quote,
            no_quote=version.no_quote,
            source=version.read_at,
            source_step=version.step,
            validity=version.validity,
            valid_from=version.begins,
            valid_to=version.ends,
            day_known=version.day_known,
            also=tuple(v.cited for v in also),
            next_from=after.begins if after else None,
            next_law=after.law if after else "",
            next_text=after.cited if after else "",
            parts=self.parts,
            projects=self.projects,
            approval=version.approval or self.approval,
            scenarios=version.scenarios if version.scenarios != ALWAYS else self.scenarios,
            kind_in=self.kind_in,
            read_as=self.read_as,
            review=version.review or self.review,
            engineering=self.engineering,
            kept=self.kept,
            elsewhere=self.elsewhere,
            as_of=day,
            law_known=known,
            book=self.book,
        )
