"""What the screening step writes into ``summary.json``."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from layers.spec import Outcome, Text
from siting.rules import ShownKind, SourceStep, Validity
from siting.rules.in_force import InForce
from siting.screen.coded import Effect

__all__ = [
    "CountyArea",
    "JudgedSummary",
    "LawChange",
    "LawLookUp",
    "LawSummary",
    "LayerNext",
    "RuleSummary",
    "ScenarioSummary",
    "ScreenSummary",
    "TechScreening",
    "WaterfallStep",
]


class CountyArea(Outcome):
    """Area of the county."""

    area_km2: float = Field(description="ellipsoidal, as the cells add up [km2]")
    area_ha: float = Field(description="the same [ha]")
    area_mu: float = Field(description="the same [mu]")
    polygon_area_km2: float = Field(description="ellipsoidal, of the boundary itself [km2]")


class RuleSummary(Outcome):
    """What one rule of a technology takes."""

    rule_id: str
    title: Text
    kind: ShownKind = Field(description="kind in force; engineering is no law")
    stated_kind: ShownKind = Field(description="kind the source states")
    effect: Effect = Field(description="what a hit does to land")
    source_step: SourceStep = Field(
        description="how well its text was read: primary, mirror, secondary or recalled"
    )
    needs_review: bool = Field(description="to be shown as needing legal review")
    citation: str
    quote: str
    law: InForce = Field(description="the text in force on the day, and how well it was read")
    judged: bool = Field(description="false: its areas say nothing, or the least of it")
    state: str = Field(
        description="judged, missing, law_unknown, assumed_absent, no_turbine, or incomplete: "
        "judged where its layer shows something, its areas are the least"
    )
    reason: str = Field(description="why it was not judged, in the plan's language")
    gross_ha: float = Field(description="land it hits [ha]")
    exclusive_ha: float = Field(description="land no other rule in force hits [ha]")
    overridden: str = Field(description="reason of the plan's change; empty without one")


class WaterfallStep(Outcome):
    """What one rule takes off what the rules before it left."""

    rule_id: str
    area_ha: float = Field(description="newly hit [ha]")
    left_ha: float = Field(description="hit by no rule so far [ha]")


class LawLookUp(Outcome):
    """A document a lawyer must look up, and what hangs on it."""

    law: str = Field(description="edition of the law calendar; empty for a text that is no law")
    document: str
    name: Text = Field(description="what it is called in a list")
    source_step: SourceStep
    validity: Validity
    rules: tuple[str, ...]
    if_void_ha: float = Field(description="land whose state changes if it falls away [ha]")
    if_confirmed_ha: float = Field(
        description="land whose state changes if it is confirmed as stated [ha]"
    )

    @property
    def moves_ha(self) -> float:
        """What is at stake: the larger of both [ha]."""
        return max(self.if_void_ha, self.if_confirmed_ha)


class LawChange(Outcome):
    """A change of law that is already known and falls into the life of a project."""

    rule_id: str
    day: date = Field(description="first day of the new state")
    change: Literal["ends", "changes"]
    text: str = Field(description="the text that ends, or the one that comes")
    name: Text = Field(description="what its document is called in a list")


class LawSummary(Outcome):
    """The law behind a screening."""

    as_of: date = Field(description="day of the law")
    unsettled_ha: float = Field(
        description="land whose state rests on texts not read in full or not confirmed [ha]"
    )
    look_ups: tuple[LawLookUp, ...] = Field(description="the documents behind it, by land")
    unknown_rules: tuple[str, ...] = Field(description="rules whose law that day is not known")
    changes: tuple[LawChange, ...] = Field(
        description="changes of law known to come within the life of a project"
    )

    @property
    def first(self) -> tuple[LawLookUp, ...]:
        """Documents of law whose look-up moves land, the one that moves most first.

        Defaults and practice are no documents a lawyer could look up; they stand in
        `look_ups` all the same.
        """
        return tuple(x for x in self.look_ups if x.law and x.moves_ha > 0)


class ScenarioSummary(Outcome):
    """One scenario set beside the plan's."""

    area_ha: dict[str, float] = Field(description="state -> area [ha]")
    difference_ha: dict[str, float] = Field(description="state -> change from the plan's [ha]")


class LayerNext(Outcome):
    """What one more layer would bring, when those before it have come."""

    complete_it: bool = Field(
        default=False, description="it is there and lacks features: complete it"
    )

    layer: str
    title: Text
    core: bool = Field(description="one of the layers without which no answer holds")
    holder: Text | None = Field(description="whom to ask")
    rules: tuple[str, ...] = Field(description="rules that wait for it")
    alone_ha: float = Field(description="land decided if this layer came alone [ha]")
    lifted_ha: float = Field(description="land decided by then [ha]")
    above_ha: float = Field(description="land at or above the limit of the share by then [ha]")
    frac: float = Field(description="judged share by then, 0 to 1")
    hard_frac: float = Field(description="the same of hard rules")
    n: int = Field(description="rules judged by then")


class JudgedSummary(Outcome):
    """How much of the rules in force was judged, and which layer to fetch next."""

    frac: float = Field(description="hard and conditional rules, by the land they take, 0 to 1")
    n: int = Field(description="rules judged")
    of: int = Field(description="rules in force")
    hard_frac: float = Field(description="hard rules alone, 0 to 1")
    hard_n: int = Field(description="hard rules judged")
    hard_of: int = Field(description="hard rules in force")
    limit: float = Field(description="land with a smaller share is hatched")
    above_ha: float = Field(description="land with at least that share [ha]")
    below_ha: float = Field(description="land with less [ha]")
    next_layers: tuple[LayerNext, ...] = Field(
        description="layers that are not there or not complete, the most useful in front"
    )


class TechScreening(Outcome):
    """The county for one technology."""

    area_ha: dict[str, float] = Field(description="state -> area [ha]")
    area_mu: dict[str, float] = Field(description="state -> area [mu]")
    closure: float = Field(description="areas by state against the county, relative")
    scenario: str
    rules: tuple[RuleSummary, ...]
    waterfall: tuple[WaterfallStep, ...]
    not_judged: int = Field(description="rules that could not be judged")
    of: int = Field(description="rules in force")
    provisional: bool = Field(description="whether a rule was not judged")
    not_judged_rules: tuple[str, ...] = Field(description="their ids")
    not_in_force_here_rules: tuple[str, ...] = Field(description="rules of other areas")
    area_unknown_rules: tuple[str, ...] = Field(description="rules whose area is not known")
    other_project_rules: tuple[str, ...] = Field(
        default=(), description="rules about another kind of project"
    )
    other_part_rules: tuple[str, ...] = Field(
        default=(), description="rules about parts of a project that are not screened"
    )
    law: LawSummary = Field(description="the law behind it")
    judged: JudgedSummary | None = Field(
        default=None, description="how much was judged, and which layer to fetch next"
    )
    scenarios: dict[str, ScenarioSummary] | None = Field(
        default=None, description="scenario -> areas; left out when none is compared"
    )

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        out: dict[str, object] = write(self)
        return {k: v for k, v in out.items() if k != "scenarios" or v is not None}


class ScreenSummary(Outcome):
    """The county and what screening leaves of it."""

    county: CountyArea
    screening: dict[str, TechScreening] = Field(description="technology -> screening")
