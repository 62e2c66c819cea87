"""Plan sections carbon_sink owns: ``[carbon]`` and ``[potential]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from carbon_sink.ccer_section import CcerTerms, SiteRate, Valuation
from carbon_sink.ecosystems import ecosystems
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section_values import (
    AreaAccuracy,
    Fraction,
    FvcEndpoints,
    Measure,
    Official,
    SpeciesShare,
    StockVolume,
    UserArea,
    UserDensity,
    VolumeGrowth,
    Year,
    YearCost,
)
from carbon_sink.stand_section import SocFactors, SoilSection, StandsSection
from carbon_sink.survey_keys import DisturbanceShares, SurveyOverlay, SurveySource
from gis.say import say
from layers.numbers import Box, Count, NotNegative, Number, Positive
from layers.provinces import ClimateZone
from layers.spec import Frozen, Text, Title

__all__ = [
    "SECTIONS",
    "AreaAccuracy",
    "CarbonSection",
    "FvcEndpoints",
    "Measure",
    "NamedWork",
    "Official",
    "PotentialSection",
    "PublishedFact",
    "SpeciesShare",
    "StockVolume",
    "UserArea",
    "UserDensity",
    "VolumeGrowth",
    "YearCost",
]


class CarbonSection(Frozen):
    """``[carbon]``: dates, calibers, coefficients, uncertainty, scenario.

    Attributes
    ----------
    year, base_year
        Dates of `land_parcels` / `land_cover` and of `land_cover_base`; 0 when unknown.
    soc_depth_cm
        Soil layer of the total, 0-30 or 0-100 cm; rows of another depth are never added.
    climate_zone
        IPCC zone of the headline; by default the first of `climate_zones`.
    climate_zones
        Zones shown beside one another; those of the province by default.
    special_shrub
        Which 0305 parcels are state special shrubland, where no forest layer says so:
        none, all (county under 400 mm, confirmed by the user) or unknown (an interval).
    ndvi_bands
        Bands (dates) of the NDVI layers whose maximum is the peak-season composite; empty
        when the layer's own band is one already.
    use_rows
        Recalled coefficients switched on by id or subject.
    assumed_cv
        CV for rows without a published spread, shown as *assumed*.
    overlap_tolerance_m2
        Overlap between two parcels that is digitising noise and counts twice [m2].
    pools
        Table of carbon pools by class of the land cover, in InVEST's layout, beside the plan.
    soc_factors
        Soil carbon of a class as a reference times factors of use, tillage and input.
    planted
        When land whose planting year is not known was converted between the dates: right
        after the earlier (``start``, the oldest it can be), evenly over the years, or at
        the later (``end``); all three are shown.
    area_accuracy
        Error of the areas of the change.
    survey_before, survey_after
        Two land surveys laid upon one another by the step ``survey``.
    """

    year: Annotated[int, Field(ge=0, le=2200)] = 0
    base_year: Annotated[int, Field(ge=0, le=2200)] = 0
    soc_depth_cm: Literal[30, 100] = 30
    climate_zone: ClimateZone = "cool_temperate_dry"
    climate_zones: tuple[ClimateZone, ...] = ()
    accept_unconfirmed_depth: bool = False
    forest_caliber: Literal["decree", "special_shrub", "integrated"] = "integrated"
    wetland_caliber: Literal["narrow", "broad", "broad_law"] = "broad_law"
    special_shrub: Literal["none", "all", "unknown"] = "unknown"
    annual_rainfall_mm: Positive | None = None
    shelterbelt: UserArea | None = None
    four_side_trees: UserArea | None = None
    use_rows: tuple[str, ...] = ()
    assumed_cv: Annotated[float, Field(gt=0, le=2)] | None = None
    n_plots: dict[str, Count] = Field(default_factory=dict)
    between_study_cv: NotNegative = 0.0
    densities: tuple[UserDensity, ...] = ()
    stock_volume: tuple[StockVolume, ...] = ()
    volume_growth: VolumeGrowth | None = None
    volume_form: Literal["continuous", "constant"] = "continuous"
    carbon_fraction: Literal["measured", "methodology"] = "measured"
    protection_layers: tuple[str, ...] = (
        "nature_reserve",
        "natural_park",
        "wetland_reserve_small",
    )
    grass_type_areas_ha: dict[str, NotNegative] = Field(default_factory=dict)
    crosswalk: dict[str, str] = Field(default_factory=dict)
    growth: dict[str, str] = Field(default_factory=dict)
    planted: Literal["start", "even", "end"] = "start"
    area_accuracy: AreaAccuracy | None = None
    fvc: FvcEndpoints | None = None
    ndvi_bands: tuple[Annotated[int, Field(ge=1, le=65_535)], ...] = ()
    saline_vegetated_fvc: Fraction | None = None
    official: tuple[Official, ...] = ()
    match_tolerance_frac: Annotated[float, Field(gt=0, le=0.5)] = 0.05
    closure_tolerance_frac: Annotated[float, Field(gt=0, le=0.1)] = 0.005
    overlap_tolerance_m2: NotNegative = 1.0
    draws: Annotated[int, Field(ge=1000, le=1_000_000)] = 10_000
    seed: Count = 0
    measures: tuple[Measure, ...] = ()
    rate_depth_cm: Literal[30, 100] = 100
    scenario_end: Year = 2035
    pools: str = ""
    stands: StandsSection = StandsSection()
    soil: SoilSection = SoilSection()
    soc_factors: tuple[SocFactors, ...] = ()
    survey_before: SurveySource | None = None
    survey_after: SurveySource | None = None
    survey: SurveyOverlay = SurveyOverlay()
    disturbance: DisturbanceShares = DisturbanceShares()

    @model_validator(mode="after")
    def _two_surveys(self) -> CarbonSection:
        first, last = self.survey_before, self.survey_after
        if (first is None) != (last is None):
            raise ValueError(say("carbon_sink.survey.give_both_surveys"))
        if first is not None and first.covers == "changes":
            raise ValueError(say("carbon_sink.survey.earlier_of_changes_alone"))
        if first is not None and last is not None and last.year <= first.year:
            raise ValueError(
                say("carbon_sink.survey.years_out_of_order", first=first.year, last=last.year)
            )
        return self

    @field_validator("crosswalk")
    @classmethod
    def _ecosystems(cls, crosswalk: dict[str, str]) -> dict[str, str]:
        for code, name in crosswalk.items():
            if name not in ecosystems():
                raise ValueError(
                    say("carbon_sink.cover.no_such_ecosystem_of", code=code, name=name)
                )
        return crosswalk

    @model_validator(mode="after")
    def _dates_in_order(self) -> CarbonSection:
        if self.year and self.base_year and self.base_year >= self.year:
            raise ValueError(
                say("carbon_sink.room.years_not_in_order", base=self.base_year, year=self.year)
            )
        return self

    @field_validator("stock_volume")
    @classmethod
    def _one_volume_a_year(cls, given: tuple[StockVolume, ...]) -> tuple[StockVolume, ...]:
        years = [s.year for s in given]
        for year in sorted({y for y in years if years.count(y) > 1}):
            raise ValueError(say("carbon_sink.room.two_volumes_of_a_year", year=str(year)))
        return given

    @field_validator("densities")
    @classmethod
    def _one_density_a_pool(cls, given: tuple[UserDensity, ...]) -> tuple[UserDensity, ...]:
        for i, d in enumerate(given):
            if any(d.rivals(other) for other in given[:i]):
                raise ValueError(
                    say("carbon_sink.room.density_twice", eco=d.ecosystem, pool=d.pool)
                )
        return given

    def stock_of_year(self, year: int) -> StockVolume | None:
        """The inventory of `year`, else the latest one up to it, else the earliest."""
        ordered = sorted(self.stock_volume, key=lambda s: s.year)
        earlier = [s for s in ordered if not year or s.year <= year]
        return next(iter(earlier[-1:] or ordered[:1]), None)


class PublishedFact(Frozen):
    """A figure published of a work, as it was printed."""

    title: Title
    value: Number
    unit: Literal["mu", "ha", "km2", "m3", "%"]
    source: Annotated[str, Field(min_length=1)]
    date: str


class NamedWork(Frozen):
    """A work the plan names, and where it is: a layer's features, townships, or a box.

    Attributes
    ----------
    water_m3_ha_yr
        Water it needs a year [m3/ha/yr], of the user, with `water_source`.
    published
        Figures published of it, to set beside what the layers give.
    own_page
        Whether the report gives it a page.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Title
    action: Literal["afforest", "grass", "wetland", "shelterbelt", "greening"]
    bounds_ll: Box | None = None
    layer: str = ""
    name_contains: str = ""
    townships: tuple[str, ...] = ()
    water_m3_ha_yr: NotNegative | None = None
    water_source: str = ""
    published: tuple[PublishedFact, ...] = ()
    own_page: bool = False
    quote: str = ""
    section: str = ""
    status: Literal["official", "approximate", "synthetic"] = "approximate"
    note: Text | None = None

    @model_validator(mode="after")
    def _sourced(self) -> NamedWork:
        if self.water_m3_ha_yr is not None and not self.water_source:
            raise ValueError(say("carbon_sink.room.water_needs_source"), self.id)
        return self


class PotentialSection(Frozen):
    """``[potential]``: candidate land, water, money and the question asked of them.

    Attributes
    ----------
    min_area_ha
        Smallest candidate; CCER-14-001-V01 asks for 400 m2 in one piece.
    max_candidates
        Most candidates the choice looks at, the largest first; all by default. Those it does
        not look at still count in the totals, and their hectares are said.
    objective
        Close the gap at least cost, or store most carbon.
    forest_gain_ha
        Net gain of forest asked for; by default 2030 target minus today.
    water_budget_m3_yr
        Water that may be used for planting [m3/yr]; unlimited is never assumed.
    years
        Years over which the sink of a candidate is counted.
    rates
        The user's own rates by measure and kind of land.
    ccer, value
        Terms of the afforestation method; price and discount of the user.
    pv_greening_tc_ha_yr
        Carbon gained under panels; 0, since the measured soil difference was not
        significant.
    """

    min_area_ha: Positive = 0.5
    max_slope_deg: Positive = 35.0
    max_candidates: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    objective: Literal["least_cost", "most_sink"] = "least_cost"
    forest_gain_ha: Positive | None = None
    water_budget_m3_yr: NotNegative | None = None
    budget_yuan: NotNegative | None = None
    years: Annotated[int, Field(ge=1, le=60)] = 10
    afforest_measure: str = "shrub"
    grass_measure: str = "grazing_exclusion"
    wetland_measure: str = "wetland_restoration"
    irrigation_m3_ha_yr: dict[str, NotNegative] = Field(default_factory=dict)
    costs: dict[str, YearCost] = Field(default_factory=dict)
    non_forest_years: Annotated[int, Field(ge=0, le=200)] | None = None
    planned_afforestation_land: Literal["yes", "no", "unknown"] = "unknown"
    works: tuple[NamedWork, ...] = ()
    rates: tuple[SiteRate, ...] = ()
    ccer: CcerTerms = CcerTerms()
    value: Valuation | None = None
    pv_greening_tc_ha_yr: NotNegative = 0.0
    grid_emission_factor_tco2_mwh: Positive | None = None
    grid_emission_factor_source: str = ""


SECTIONS: dict[str, type[BaseModel]] = {
    "carbon": CarbonSection,
    "potential": PotentialSection,
    "monitor": MonitorSection,
}
