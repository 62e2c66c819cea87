"""The parts of ``summary.json`` that the steps carbon and targets own."""

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
from layers.answers.answer import TargetAnswer, Words
from layers.relation import Symbol
from layers.spec import Outcome, Text

__all__ = [
    "CarbonPart",
    "CarbonSummary",
    "ChangeRefused",
    "ChangeSummary",
    "IndicatorRow",
    "Interval",
    "Spread",
    "TargetsPart",
    "interval",
    "spread",
]


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
    area_ha: float = Field(description="its area without rivers and canals [ha]")
    flowing_ha: float = Field(description="rivers and canals in it, not estimated [ha]")
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
    townships_note: Text | None = Field(
        description="what the areas by township are of; null without townships"
    )
    area_ha_by_group: dict[str, float] = Field(description="land by group [ha]")
    wetland_flux: WetlandFlux | None = Field(description="burial and methane of wetland")
    choices: tuple[ModelChoice, ...] = Field(description="total under other choices")
    choices_low_tc: float | None = Field(description="lowest end among them [tC]")
    choices_high_tc: float | None = Field(description="highest end among them [tC]")
    inventories: InventorySummary | None = Field(description="between two stock inventories")
    change: ChangeSummary | ChangeRefused | None = Field(description="between two land covers")

    @property
    def mean_tc_ha(self) -> float | None:
        """Stock over the land with any pool estimated [tC/ha]; None without a stock."""
        land_ha = self.closure.parcels_ha * (1.0 - self.area_not_estimated_frac)
        if self.total_tc is None or land_ha <= 0.0:
            return None
        return self.total_tc.value / land_ha


class CarbonPart(Outcome):
    """What the step carbon adds to the summary."""

    carbon: CarbonSummary | CarbonMissing = Field(description="carbon stock of the county")


class CaliberRow(Outcome):
    """A target against one of several calibers."""

    caliber: str = Field(description="definition")
    title: Text = Field(description="the definition in words")
    value: float | None = Field(description="today, in the target's unit")
    gap: float | None = Field(description="target minus value")
    met: bool | None = Field(description="null: uncertain or not estimated")


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
    caliber_meant: bool = Field(description="whether the plan says that it means this one")
    caliber_reason: Words = Field(description="why, in the plan's words")
    calibers: tuple[CaliberRow, ...] = Field(
        (), description="all, where they decide the verdict"
    )
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
    targets: dict[str, TargetAnswer] = Field(description="target -> how it ends")
