"""The parts of ``summary.json`` that the steps carbon, targets and potential own."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from carbon_sink.outcome_change import (
    ChangeRefused,
    ChangeSummary,
    Interval,
    InventorySummary,
    ModelChoice,
    Spread,
    interval,
    spread,
)
from layers.relation import Symbol
from layers.spec import Outcome, Text

__all__ = [
    "CarbonPart",
    "CarbonSummary",
    "ChangeRefused",
    "ChangeSummary",
    "ForestFit",
    "IndicatorRow",
    "Interval",
    "PotentialPart",
    "PotentialSummary",
    "Spread",
    "TargetsPart",
    "interval",
    "spread",
]


class Words(Outcome):
    """Words in both languages; empty where there are none."""

    zh: str
    en: str

    def __call__(self, lang: str) -> str:
        """The words in `lang` (``"zh"`` or ``"en"``)."""
        return self.zh if lang == "zh" else self.en


class CarbonMissing(Outcome):
    """No land to compute from."""

    state: Literal["missing"] = "missing"
    needs: tuple[str, ...] = Field(description="layers one of which is needed")


class ClosureSummary(Outcome):
    """Sum of the land against the county."""

    parcels_ha: float = Field(description="sum of the parcels [ha]")
    county_ha: float = Field(description="ellipsoidal area of the county [ha]")
    relative: float = Field(description="difference over the county's area")


class WetlandFlux(Outcome):
    """Burial and methane of the wetland there is, outside of the stock."""

    caliber: str = Field(description="caliber of the wetland")
    area_ha: float = Field(description="its area [ha]")
    burial_tc_yr: Spread = Field(description="carbon buried [tC/yr]")
    burial_tco2_yr: float = Field(description="the same as CO2, a removal negative [tCO2/yr]")
    methane_tco2e_yr: Spread = Field(description="methane [tCO2e/yr]")
    net_tco2e_yr: Spread = Field(description="sum of both [tCO2e/yr]")
    needs_review: bool = Field(description="whether the methane factor was recalled")
    note: Text = Field(description="how to read it")


class CarbonSummary(Outcome):
    """Carbon stock of the county, and what it rests on."""

    state: Literal["computed"] = "computed"
    land_source: str = Field(description="layer the land comes from")
    area_source: str = Field(description="TBDLMJ, TBMJ, ellipsoidal or raster")
    closure: ClosureSummary = Field(description="land against the county")
    soc_depth_cm: int = Field(description="soil layer, 0 to this [cm]")
    climate_zone: str = Field(description="IPCC climate zone of the headline")
    volume_form: str | None = Field(description="form of the stock volume; null without one")
    total_tc: Spread | None = Field(description="all pools estimated [tC]")
    total_tco2e: float | None = Field(description="the same [tCO2e]")
    approach1_tc: Spread | None = Field(description="by error propagation [tC]")
    pools_tc: dict[str, Spread] = Field(description="by pool, and living [tC]")
    area_not_estimated_frac: float = Field(description="land with no pool estimated [0-1]")
    area_partly_estimated_frac: float = Field(description="land that lacks a pool [0-1]")
    weak_frac: float = Field(description="of the total on T1, C or X rows [0-1]")
    by_grade_frac: dict[str, float] = Field(description="grade -> share of the total [0-1]")
    recalled_rows_on: tuple[str, ...] = Field(description="recalled rows the plan switched on")
    draws: int = Field(description="Monte Carlo draws")
    area_ha_by_group: dict[str, float] = Field(description="land by group [ha]")
    wetland_flux: WetlandFlux | None = Field(description="burial and methane of wetland")
    choices: tuple[ModelChoice, ...] = Field(description="total under other choices")
    choices_low_tc: float | None = Field(description="lowest end among them [tC]")
    choices_high_tc: float | None = Field(description="highest end among them [tC]")
    inventories: InventorySummary | None = Field(description="between two stock inventories")
    change: ChangeSummary | ChangeRefused | None = Field(description="between two land covers")


class CarbonPart(Outcome):
    """What the step carbon adds to the summary."""

    carbon: CarbonSummary | CarbonMissing = Field(description="carbon stock of the county")


class IndicatorRow(Outcome):
    """An indicator against one target; null (NaN) where nothing is known."""

    id: str = Field(description="target")
    indicator: str = Field(description="indicator")
    value: float | None = Field(description="today, in `unit`")
    low: float | None = Field(description="lower end of the interval")
    high: float | None = Field(description="upper end of the interval")
    unit: str = Field(description="unit as the plan writes it")
    unit_zh: str = Field(description="unit in Chinese")
    unit_en: str = Field(description="unit in English")
    target: float = Field(description="what the plan asks for")
    year: int = Field(description="until when")
    relation: Symbol = Field(description="how the value should stand to the target")
    caliber: str = Field(description="definition")
    data_year: int = Field(description="date of the data; 0 when not known")
    numerator: float | None = Field(description="of a share, in `numerator_unit`")
    denominator: float | None = Field(description="of a share")
    numerator_unit: str = Field(description="their unit; empty for others")
    gap: float | None = Field(description="target minus value")
    gap_ha: float | None = Field(description="the same as land [ha]")
    gap_mu: float | None = Field(description="the same as land [mu]")
    met: bool | None = Field(description="null: uncertain or not estimated")
    quality: str = Field(description="official, measured, proxy or not_estimated")
    section: str = Field(description="section of the plan text")
    quote: str = Field(description="its words")
    source_step: str = Field(description="how well the plan's words were read")
    source: str = Field(description="data")
    met_text: Literal["yes", "no", "unknown", "uncertain"] = Field(description="for readers")
    title: Words = Field(description="title of the target")
    note: Words = Field(description="what has to be known of the figure")
    caliber_title: Words = Field(description="the definition in words")


class TargetsPart(Outcome):
    """What the step targets adds to the summary."""

    indicators: tuple[IndicatorRow, ...] = Field(description="one entry a target")
    indicators_file: str = Field(description="exchange document in the run folder")


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
    gain_tc: float = Field(description="their carbon over the years counted [tC]")
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
    ccer: dict[str, int] = Field(description="answer of the CCER screen -> how many")


class EnergyForForest(Outcome):
    """Land of a sink that removes what the energy projects avoid."""

    measure: str = Field(description="kind of measure")
    avoided_tco2_yr: float | None = Field(description="emissions avoided [tCO2/yr]")
    sink_tco2e_ha_yr: float | None = Field(description="removal of a hectare [tCO2e/ha/yr]")
    equivalent_ha: float | None = Field(description="hectares that remove as much [ha]")
    equivalent_low_ha: float | None = Field(description="lower end [ha]")
    equivalent_high_ha: float | None = Field(description="upper end [ha]")


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


class PotentialSummary(Outcome):
    """Candidates, projects, and whether the wanted forest fits."""

    state: Literal["computed"] = "computed"
    forest_gain: ForestFit | None = Field(description="whether it fits; null: not asked")
    selection: SelectionSummary | None = Field(description="projects chosen")
    rates: dict[str, RateSummary] = Field(description="action -> what a hectare stores")
    candidates: dict[str, CandidateSummary] = Field(description="action -> candidates")
    tradeoff: TradeoffSummary | None = Field(description="with the land of energy sites")


class PotentialMissing(Outcome):
    """No parcels to look for candidates on."""

    state: Literal["missing"] = "missing"


class PotentialPart(Outcome):
    """What the step potential adds to the summary."""

    potential: PotentialSummary | PotentialMissing = Field(description="what could be added")
