"""The parts of ``summary.json`` that tell a change: estimates, bounds, choices of the model."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carbon_sink.stock.uncertainty import Estimate
from layers.spec import Outcome, Text

__all__ = [
    "AdjustedArea",
    "ChangeRefused",
    "ChangeSummary",
    "Footprint",
    "Interval",
    "InventorySummary",
    "LandCompared",
    "MissingChange",
    "ModelChoice",
    "Spread",
    "WetlandGain",
    "interval",
    "spread",
]


class Interval(Outcome):
    """An estimate: at printed coefficients, and by its draws."""

    value: float = Field(description="every coefficient at its printed value")
    mean: float = Field(description="mean of the draws")
    median: float = Field(description="median of the draws")
    low: float = Field(description="2.5 % of the draws")
    high: float = Field(description="97.5 % of the draws")


class Spread(Interval):
    """An estimate with its standard deviation."""

    sd: float = Field(description="standard deviation of the draws")


def interval(e: Estimate) -> Interval:
    """An estimate as its interval."""
    return Interval(value=e.value, mean=e.mean, median=e.median, low=e.low, high=e.high)


def spread(e: Estimate) -> Spread:
    """An estimate with its standard deviation."""
    return Spread(value=e.value, mean=e.mean, median=e.median, low=e.low, high=e.high, sd=e.sd)


class Footprint(Outcome):
    """Where two dates know the land [ha]."""

    both: float = Field(description="at both dates")
    before_only: float = Field(description="at the earlier date only")
    after_only: float = Field(description="at the later date only")
    neither: float = Field(description="at neither")


class WetlandGain(Outcome):
    """Methane beside the carbon of new wetland."""

    gained_ha: float = Field(description="net new wetland [ha]")
    carbon_tco2_yr: float = Field(description="burial, a removal negative [tCO2/yr]")
    methane_tco2e_yr: Interval = Field(description="methane [tCO2e/yr]")
    net_tco2e_yr: Interval = Field(description="sum of both [tCO2e/yr]")
    needs_review: bool = Field(description="whether the methane factor was recalled")


class ModelChoice(Outcome):
    """The same total under another choice of the model, beside the interval and not in it."""

    kind: Literal["climate_zone", "planted", "volume_form"] = Field(
        description="what is chosen"
    )
    choice: str = Field(description="the choice")
    title: Text = Field(description="the choice in words")
    chosen: bool = Field(description="whether the headline rests on it")
    total_tc: Interval = Field(description="total under it [tC]")


class MissingChange(Outcome):
    """Land where a pool's change is not estimated."""

    pool: str = Field(description="living, dead_wood, litter or soc")
    side: Literal["loss", "gain", "either"] = Field(description="which side is missing")
    before: str = Field(description="class before")
    after: str = Field(description="class after")
    area_ha: float = Field(description="land of it [ha]")
    most_tc: float | None = Field(description="the most it can add to the loss [tC]")


class AdjustedArea(Outcome):
    """Area of a stratum as mapped and as estimated from checked places."""

    stratum: str = Field(description="transitions it takes in")
    title: Text = Field(description="the same in words")
    mapped_ha: float = Field(description="as mapped [ha]")
    adjusted_ha: float = Field(description="unbiased estimate [ha]")
    se_ha: float = Field(description="standard error of the estimate [ha]")


class LandCompared(Outcome):
    """Land of a group in the stock and in the later land cover of the change."""

    group: str = Field(description="group of classes")
    stock_ha: float = Field(description="land the stock is counted on [ha]")
    change_ha: float = Field(description="land the change is counted on [ha]")


class InventorySummary(Outcome):
    """Change of the forest's living biomass between two inventories of its volume."""

    from_year: int = Field(description="earlier inventory")
    to_year: int = Field(description="later inventory")
    from_m3: float = Field(description="its volume [m3]")
    to_m3: float = Field(description="volume of the later one [m3]")
    change_tc: Interval = Field(description="stock-difference [tC]")
    change_tc_yr: Interval = Field(description="a year [tC/yr]")
    note: Text = Field(description="what it rests on")


class ChangeRefused(Outcome):
    """Two land covers that cannot be compared."""

    state: Literal["refused"] = "refused"
    reason: Text = Field(description="why")


class ChangeSummary(Outcome):
    """Change between two land covers."""

    state: Literal["computed"] = "computed"
    from_year: int = Field(description="earlier date")
    to_year: int = Field(description="later date")
    years: float = Field(description="between the dates")
    footprints_ha: Footprint = Field(description="where the dates know the land [ha]")
    converted_ha: float = Field(description="land that changed its class, as mapped [ha]")
    not_estimated_ha: dict[str, float] = Field(
        description="carrier -> land whose change is not, or not wholly, estimated"
    )
    stock_before_tc: float = Field(description="pools estimated, earlier date [tC]")
    stock_after_tc: float | None = Field(
        description="the same land, later date [tC]; null where no change is estimated"
    )
    stock_difference_tc: dict[str, Interval] = Field(
        description="by carrier and total, over the period [tC]"
    )
    stock_difference_tc_yr: Interval | None = Field(description="total a year [tC/yr]")
    gain_loss_tc: dict[str, Interval] = Field(
        description="the same total in its parts: cleared, grown, standing, dead_matter, soil"
    )
    gain_loss_tc_yr: Interval | None = Field(description="sum of the parts a year [tC/yr]")
    one_estimate: bool = Field(
        description="whether both readings rest on the same data and are one estimate"
    )
    method_note: Text = Field(description="what the two readings rest on")
    bound: Literal["whole", "at_most", "at_least", "open"] = Field(
        description="what the total is, since parts of it are not estimated"
    )
    bound_note: Text = Field(description="the same in words, with the land it is about")
    more_loss_tc: float = Field(description="the most that missing losses may add [tC]")
    missing: tuple[MissingChange, ...] = Field(description="land not estimated, one by one")
    planted: Literal["start", "even", "end"] = Field(
        description="when land of unknown age was planted"
    )
    choices: tuple[ModelChoice, ...] = Field(description="total under other choices")
    choices_low_tc: float | None = Field(description="lowest end among them [tC]")
    choices_high_tc: float | None = Field(description="highest end among them [tC]")
    areas: tuple[AdjustedArea, ...] = Field(description="areas with their error, if given")
    area_source: str = Field(description="where the error of areas is from; empty: none")
    land: tuple[LandCompared, ...] = Field(description="land of the stock and of the change")
    growth_estimated: bool = Field(description="whether growth of standing trees is in it")
    wetland_gain: WetlandGain | None = Field(description="methane of new wetland")
