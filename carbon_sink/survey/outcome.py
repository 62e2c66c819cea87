"""What the step survey adds to ``summary.json``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carbon_sink.outcome_change import AdjustedArea, ModelChoice
from carbon_sink.summary import Interval
from layers.spec import Outcome, Text

__all__ = ["DisturbanceSummary", "KindSummary", "SurveyPart", "SurveySummary"]


class KindSummary(Outcome):
    """Land of one kind of change."""

    kind: str = Field(description="land_take, afforestation, degradation, restoration or other")
    title: Text = Field(description="its name")
    definition: Text = Field(description="what it means")
    source: Text = Field(description="where the meaning is from")
    area_ha: float = Field(description="land [ha]")
    changes: int = Field(description="rows of the change list")
    change_tc: float | None = Field(description="carbon over the period [tC]; null: none known")
    low_tc: float | None = Field(description="lower end [tC]")
    high_tc: float | None = Field(description="upper end [tC]")


class DisturbanceSummary(Outcome):
    """Losses of the register of disturbances."""

    events: int = Field(description="events of the period")
    out_of_period: int = Field(description="entries without a date of the period, left out")
    loss_tc: Interval | None = Field(description="living biomass lost, negative [tC]")
    not_estimated_ha: float = Field(description="land without a share lost or a density [ha]")
    in_change_ha: float = Field(description="land whose loss is in its change of class [ha]")
    elsewhere_ha: float = Field(description="land no earlier survey has [ha]")
    forgone_tc: Interval | None = Field(
        description="growth after the event of what it took, which the change counts [tC]"
    )
    with_change_tc: Interval | None = Field(description="change of class and losses [tC]")


class SurveySummary(Outcome):
    """Change between two land surveys, parcel by parcel."""

    from_year: int = Field(description="year of the earlier survey")
    to_year: int = Field(description="year of the later survey")
    years: float = Field(description="between them")
    tolerance_m: float = Field(description="narrower changes are boundaries drawn twice [m]")
    parcels_before: int = Field(description="parcels of the earlier survey")
    parcels_after: int = Field(description="parcels of the later survey")
    county_ha: float = Field(description="county [ha]; the areas below add up to it")
    changed_ha: float = Field(description="land that changed its class [ha]")
    unchanged_ha: float = Field(description="land that did not [ha]")
    before_only_ha: float = Field(description="land the earlier survey alone has [ha]")
    after_only_ha: float = Field(description="land the later survey alone has [ha]")
    neither_ha: float = Field(description="land neither has [ha]")
    absorbed_ha: float = Field(description="strips given to the land beside them [ha]")
    changes: int = Field(description="rows of the change list")
    kinds: tuple[KindSummary, ...] = Field(description="one entry a kind of change")
    change_tc: dict[str, Interval] = Field(description="by pool and total, period [tC]")
    change_tc_yr: Interval | None = Field(description="total a year [tC/yr]")
    bound: Literal["whole", "at_most", "at_least", "open"] = Field(
        description="what the total is where pools are missing"
    )
    bound_note: Text = Field(description="the same in words, with the land it is about")
    more_loss_tc: float = Field(description="the most that missing losses may add [tC]")
    standing_tc: Interval | None = Field(
        description="of the total, growth of land that kept its class [tC]; null: not told"
    )
    planted: Literal["start", "even", "end"] = Field(
        description="when land of unknown age was planted"
    )
    choices: tuple[ModelChoice, ...] = Field(description="total under other choices")
    choices_low_tc: float | None = Field(description="lowest end among them [tC]")
    choices_high_tc: float | None = Field(description="highest end among them [tC]")
    areas: tuple[AdjustedArea, ...] = Field(description="areas by checked places, if given")
    area_source: str = Field(description="where the error of areas is from; empty: none")
    townships_note: Text | None = Field(
        description="what the areas by township are of; null without townships"
    )
    not_estimated_ha: dict[str, float] = Field(description="pool -> change without it [ha]")
    disturbance: DisturbanceSummary | None = Field(description="null: the plan has no register")
    synthetic: bool = Field(description="whether a survey is invented")


class SurveyPart(Outcome):
    """What the step survey adds to the summary."""

    survey: SurveySummary | None = Field(description="null: the plan has no two surveys")
