"""The part of ``summary.json`` that the step potential owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Outcome, Text

__all__ = [
    "CandidateSummary",
    "EnergyForForest",
    "ForestFit",
    "PathStep",
    "PotentialMissing",
    "PotentialPart",
    "PotentialSummary",
    "PublishedRow",
    "RateSummary",
    "SelectionSummary",
    "TradeoffSummary",
    "ValueSummary",
    "WorkSummary",
]


class RateSummary(Outcome):
    """What a hectare of a measure stores."""

    measure: str = Field(description="kind of measure")
    title: Text = Field(description="its name")
    tco2e_ha_yr: float = Field(description="mean removal [tCO2e/ha/yr]")
    gain_tc_ha: float | None = Field(description="over the years counted [tC/ha]")
    gain_low_tc_ha: float | None = Field(description="lower end [tC/ha]")
    gain_high_tc_ha: float | None = Field(description="upper end [tC/ha]")
    years: int = Field(description="years counted")
    not_estimated: tuple[str, ...] = Field(description="pools without a rate")
    additional: bool = Field(description="whether it would not have come anyway")
    methane_tco2e_ha_yr: float | None = Field(description="methane beside it [tCO2e/ha/yr]")
    caution: Text = Field(description="what to be careful with")


class SelectionSummary(Outcome):
    """Projects chosen."""

    objective: str = Field(description="what they were chosen for")
    count: int = Field(description="how many")
    area_ha: float = Field(description="their area [ha]")
    gain_tc: float | None = Field(description="their carbon over the years counted [tC]")
    not_estimated_ha: float = Field(description="of their area without a rate, not in it [ha]")
    carried_over_ha: float = Field(description="at a rate of other land [ha]")
    cost_yuan: float | None = Field(description="their price [CNY]")
    water_m3_yr: float | None = Field(description="their water [m3/yr]")
    reached: bool = Field(description="whether the gain asked for is reached")
    shortfall_ha: float = Field(description="what is missing to it [ha]")
    solver_gap_frac: float = Field(description="proven distance from the optimum [0-1]")


class CandidateSummary(Outcome):
    """Candidates of one action."""

    count: int = Field(description="how many")
    left_ha: float = Field(description="on land without conditions [ha]")
    conditional_ha: float = Field(description="on land with conditions [ha]")
    measured_ha: float = Field(description="on land the rate was measured on [ha]")
    carried_over_ha: float = Field(description="on other land, the rate carried over [ha]")
    own_rate_ha: float = Field(description="with a rate of the plan [ha]")
    not_estimated_ha: float = Field(description="on land without a rate [ha]")
    ccer: dict[str, int] = Field(description="answer of the CCER screen -> how many")


class EnergyForForest(Outcome):
    """Land of a sink that removes what the energy projects avoid."""

    measure: str = Field(description="kind of measure")
    avoided_tco2_yr: float | None = Field(description="emissions avoided [tCO2/yr]")
    sink_tco2e_ha_yr: float | None = Field(description="removal of a hectare [tCO2e/ha/yr]")
    equivalent_ha: float | None = Field(description="hectares that remove as much [ha]")
    equivalent_low_ha: float | None = Field(description="lower end [ha]")
    equivalent_high_ha: float | None = Field(description="upper end [ha]")
    times_county: float | None = Field(description="the same over the county's area")
    text: Text = Field(description="how large that is")


class TradeoffSummary(Outcome):
    """Carbon on the land of energy sites beside the emissions they avoid."""

    sites: int = Field(description="how many")
    area_ha: float = Field(description="their land [ha]")
    stock_tc: float | None = Field(description="carbon on it [tC]")
    lost_if_cleared_tco2: float | None = Field(description="living biomass, all cleared [tCO2]")
    greening_tco2_yr: float | None = Field(description="gain under panels [tCO2/yr]")
    avoided_tco2_yr: float | None = Field(description="emissions avoided [tCO2/yr]")
    grid_factor_tco2_mwh: float | None = Field(description="grid factor [tCO2/MWh]")
    grid_factor_source: str = Field(description="where it is from")
    energy_for_forest: EnergyForForest = Field(description="as land of a sink")
    caveats: tuple[Text, ...] = Field(description="why the two are not one currency")


class ForestFit(Outcome):
    """Whether the wanted forest fits on lawful land."""

    answer: Literal["yes", "no", "conditional", "unknown"] = Field(description="the answer")
    wanted_ha: float = Field(description="net gain of forest asked for [ha]")
    wanted_km2: float = Field(description="the same [km2]")
    left_ha: float = Field(description="lawful, suitable land without conditions [ha]")
    conditional_ha: float = Field(description="with conditions [ha]")
    with_water_ha: float | None = Field(description="what the water budget allows of both [ha]")
    provisional: bool = Field(description="whether some rules were not judged")
    text: Text = Field(description="the answer as a sentence")


class PathStep(Outcome):
    """One step of the way through the afforestation method."""

    id: str = Field(description="step")
    title: Text = Field(description="its name")
    state: Literal[
        "pass", "unknown", "fail", "none", "waived", "to_show", "given", "needs_annex",
        "computed", "not_estimated", "listed",
    ] = Field(description="how far it is known")  # fmt: skip
    value: float | None = Field(description="its figure, where it has one")
    low: float | None = Field(description="lower end")
    high: float | None = Field(description="upper end")
    unit: str = Field(description="unit of the figure")
    text: Text = Field(description="what is known, or what it needs")
    source: str = Field(description="where that is from")


class ValueSummary(Outcome):
    """What the removals of the chosen pieces are worth today, at the user's terms."""

    of: Literal["creditable", "before_deductions"] = Field(description="which removals")
    years: int = Field(description="years counted")
    tco2e: float = Field(description="removals in them [tCO2e]")
    price_yuan_tco2e: float = Field(description="price of the user [CNY/tCO2e]")
    discount_frac: float = Field(description="discount of the user a year")
    price_growth_frac: float = Field(description="growth of the price of the user a year")
    present_value_yuan: float = Field(description="each year at its own discount [CNY]")
    even_factor_yuan_tco2e: float = Field(
        description="InVEST's factor: a tonne spread evenly over the years [CNY/tCO2e]"
    )
    even_value_yuan: float = Field(description="the removals at that factor [CNY]")
    cost_yuan: float | None = Field(description="price of the pieces [CNY]")
    net_yuan: float | None = Field(description="present value less that price [CNY]")
    source: str = Field(description="where price and discount are from")


class PublishedRow(Outcome):
    """A figure published of a work."""

    title: Text = Field(description="what it is")
    value: float = Field(description="as it was printed, in `unit`")
    unit: str = Field(description="its unit")
    source: str = Field(description="where it was printed")
    date: str = Field(description="when")


class WorkSummary(Outcome):
    """A work the plan names."""

    id: str = Field(description="work")
    title: Text = Field(description="its name")
    action: str = Field(description="afforest, grass, wetland, shelterbelt or greening")
    status: str = Field(description="how well its place is known")
    located: bool = Field(description="whether it has a place")
    own_page: bool = Field(description="whether the report gives it a page")
    missing_zh: str = Field(description="what is missing, in Chinese; empty: nothing")
    missing_en: str = Field(description="the same in English")
    area_ha: float | None = Field(description="its area in the county [ha]")
    cropland_ha: float | None = Field(description="farmland in it [ha]")
    basic_farmland_ha: float | None = Field(description="permanent basic farmland in it [ha]")
    convertible_ha: float | None = Field(description="farmland that may return to wetland [ha]")
    water_m3_yr: float | None = Field(description="water it needs a year [m3/yr]")
    water_source: str = Field(description="where that need is from")
    stock_tc: float | None = Field(description="carbon on it [tC]")
    low_tc: float | None = Field(description="lower end [tC]")
    high_tc: float | None = Field(description="upper end [tC]")
    change_tc: float | None = Field(description="change of stock by the work [tC]")
    change_low_tc: float | None = Field(description="lower end [tC]")
    change_high_tc: float | None = Field(description="upper end [tC]")
    gain_tc: float | None = Field(description="gain over the years counted [tC]")
    methane_tco2e_yr: float | None = Field(description="methane beside it [tCO2e/yr]")
    published: tuple[PublishedRow, ...] = Field(description="figures published of it")
    quote: str = Field(description="words of the plan")
    section: str = Field(description="where they stand")
    note: Text | None = Field(description="what has to be known")


class PotentialSummary(Outcome):
    """Candidates, projects, and whether the wanted forest fits."""

    state: Literal["computed"] = "computed"
    forest_gain: ForestFit | None = Field(description="whether it fits; null: not asked")
    selection: SelectionSummary | None = Field(description="projects chosen")
    rates: dict[str, RateSummary] = Field(description="action -> what a hectare stores")
    candidates: dict[str, CandidateSummary] = Field(description="action -> candidates")
    tradeoff: TradeoffSummary | None = Field(description="with the land of energy sites")
    ccer_path: tuple[PathStep, ...] = Field(description="the way of the chosen pieces")
    value: ValueSummary | None = Field(description="of their removals; null without a price")
    works: tuple[WorkSummary, ...] = Field(description="works the plan names")


class PotentialMissing(Outcome):
    """No parcels to look for candidates on."""

    state: Literal["missing"] = "missing"


class PotentialPart(Outcome):
    """What the step potential adds to the summary."""

    potential: PotentialSummary | PotentialMissing = Field(description="what could be added")
