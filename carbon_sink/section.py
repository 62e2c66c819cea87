"""Plan sections carbon_sink owns: ``[carbon]`` and ``[potential]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from carbon_sink.ecosystems import ecosystems
from carbon_sink.species import species_table
from carbon_sink.stand_section import SocFactors, SoilSection, StandsSection
from gis.say import say
from layers.numbers import Box, Count, NotNegative, Number, Positive
from layers.provinces import ClimateZone
from layers.spec import Frozen, Text, Title

__all__ = [
    "SECTIONS",
    "CarbonSection",
    "FvcEndpoints",
    "Measure",
    "NamedWork",
    "Official",
    "PotentialSection",
    "SpeciesShare",
    "StockVolume",
    "UserArea",
    "UserDensity",
    "VolumeGrowth",
    "YearCost",
]

Fraction = Annotated[float, Field(ge=0, le=1)]
Year = Annotated[int, Field(ge=1950, le=2100)]


class UserDensity(Frozen):
    """A carbon density of the user's own, with where it comes from.

    Attributes
    ----------
    value_tc_ha, low_tc_ha, high_tc_ha
        Density and its range [tC/ha].
    depth_cm
        Bottom of the soil layer; required for soil carbon.
    """

    ecosystem: str
    pool: Literal["agb", "bgb", "biomass", "dead_wood", "litter", "soc"]
    value_tc_ha: NotNegative
    low_tc_ha: NotNegative | None = None
    high_tc_ha: NotNegative | None = None
    depth_cm: Literal[30, 100] | None = None
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> UserDensity:
        if self.pool == "soc" and self.depth_cm is None:
            raise ValueError(say("carbon_sink.room.soil_needs_depth"))
        if (self.low_tc_ha is None) != (self.high_tc_ha is None):
            raise ValueError(say("carbon_sink.room.give_both_ends"))
        if (
            self.low_tc_ha is not None
            and self.high_tc_ha is not None
            and not self.low_tc_ha <= self.value_tc_ha <= self.high_tc_ha
        ):
            raise ValueError(say("carbon_sink.room.value_outside_range"))
        return self


class SpeciesShare(Frozen):
    """Share of the stock volume by species of the tree table."""

    species: str
    share_frac: Annotated[float, Field(gt=0, le=1)]

    @field_validator("species")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in species_table():
            known = ", ".join(species_table())
            raise ValueError(say("carbon_sink.room.no_such_species"), known)
        return value


class StockVolume(Frozen):
    """A standing volume of one year, from an inventory.

    Attributes
    ----------
    volume_m3
        Stock volume [m3].
    arbor_area_ha
        Area it stands on; the continuous form needs it.
    """

    year: Year
    volume_m3: Positive
    arbor_area_ha: Positive | None = None
    species: tuple[SpeciesShare, ...] = (SpeciesShare(species="poplar", share_frac=1.0),)
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> StockVolume:
        total = sum(s.share_frac for s in self.species)
        if abs(total - 1.0) > 1e-6:
            raise ValueError(say("carbon_sink.room.species_shares", total=total))
        return self


class VolumeGrowth(Frozen):
    """Net yearly growth of the standing volume [m3/yr], from an inventory."""

    m3_yr: Number
    source: Annotated[str, Field(min_length=1)]


class UserArea(Frozen):
    """An area the parcels cannot show (shelterbelts, four-side trees), with its source."""

    area_ha: NotNegative
    source: Annotated[str, Field(min_length=1)]


class Official(Frozen):
    """A published total to reconcile with."""

    quantity: Literal[
        "forest_area_ha", "wetland_area_ha", "grassland_area_ha", "county_carbon_mtc"
    ]
    value: Positive
    year: Year
    caliber: str = ""
    source: Annotated[str, Field(min_length=1)]


class FvcEndpoints(Frozen):
    """NDVI of bare soil and of full cover, frozen for all years.

    Attributes
    ----------
    soil_sd, vegetation_sd
        Uncertainty of the endpoints [NDVI], for the interval of the proxy.
    """

    soil: Annotated[float, Field(ge=-0.2, le=0.5)]
    vegetation: Annotated[float, Field(gt=0.2, le=1)]
    soil_sd: NotNegative = 0.02
    vegetation_sd: NotNegative = 0.02
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _apart(self) -> FvcEndpoints:
        if self.vegetation - self.soil < 0.1:
            raise ValueError(say("carbon_sink.room.endpoints_too_close"))
        return self


class YearCost(Frozen):
    """Price of a measure, of the user or with a source."""

    yuan_per_ha: NotNegative
    source: Annotated[str, Field(min_length=1)]


class Measure(Frozen):
    """A measure of the scenario: what, how much a year, from when to when.

    Attributes
    ----------
    kind
        Id of ``data/measures.toml``.
    ha_per_year
        Area treated each year [ha].
    additional
        Whether the gain would not have come without the measure; grazing exclusion under
        the standing ban is not additional.
    rate_tc_ha_yr
        The user's own rate where the table has none (reseeding).
    survival_frac
        Area that survives [0-1].
    water_m3_ha_yr
        Irrigation need [m3/ha/yr], of the user.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: str
    ha_per_year: Positive
    start: Year
    end: Year
    additional: bool | None = None
    rate_tc_ha_yr: Annotated[float, Field(ge=-1000, le=1000)] | None = None
    rate_source: str = ""
    survival_frac: Fraction = 1.0
    counts_as_forest_after_years: Annotated[int, Field(ge=0, le=200)] = 5
    water_m3_ha_yr: NotNegative | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Measure:
        if self.end < self.start:
            raise ValueError(say("carbon_sink.room.end_before_start"))
        if self.rate_tc_ha_yr is not None and not self.rate_source:
            raise ValueError(say("carbon_sink.room.own_rate_needs_source"))
        return self


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

    @field_validator("crosswalk")
    @classmethod
    def _ecosystems(cls, crosswalk: dict[str, str]) -> dict[str, str]:
        for code, name in crosswalk.items():
            if name not in ecosystems():
                raise ValueError(
                    say("carbon_sink.cover.no_such_ecosystem_of", code=code, name=name)
                )
        return crosswalk

    def stock_of_year(self, year: int) -> StockVolume | None:
        """The inventory of `year`, else the latest one up to it, else the earliest."""
        ordered = sorted(self.stock_volume, key=lambda s: s.year)
        earlier = [s for s in ordered if not year or s.year <= year]
        return next(iter(earlier[-1:] or ordered[:1]), None)


class NamedWork(Frozen):
    """A work the plan names, and where it is: a layer's features, townships, or a box."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Title
    action: Literal["afforest", "grass", "wetland", "shelterbelt", "greening"]
    bounds_ll: Box | None = None
    layer: str = ""
    name_contains: str = ""
    townships: tuple[str, ...] = ()
    quote: str = ""
    section: str = ""
    status: Literal["official", "approximate", "synthetic"] = "approximate"
    note: Text | None = None


class PotentialSection(Frozen):
    """``[potential]``: candidate land, water, money and the question asked of them.

    Attributes
    ----------
    min_area_ha
        Smallest candidate; CCER-14-001-V01 asks for 400 m2 in one piece.
    objective
        Close the gap at least cost, or store most carbon.
    forest_gain_ha
        Net gain of forest asked for; by default 2030 target minus today.
    water_budget_m3_yr
        Water that may be used for planting [m3/yr]; unlimited is never assumed.
    years
        Years over which the sink of a candidate is counted.
    pv_greening_tc_ha_yr
        Carbon gained under panels; 0, since the measured soil difference was not
        significant.
    """

    min_area_ha: Positive = 0.5
    max_slope_deg: Positive = 35.0
    max_candidates: Annotated[int, Field(ge=1, le=5000)] = 2000
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
    pv_greening_tc_ha_yr: NotNegative = 0.0
    grid_emission_factor_tco2_mwh: Positive | None = None
    grid_emission_factor_source: str = ""


SECTIONS: dict[str, type[BaseModel]] = {"carbon": CarbonSection, "potential": PotentialSection}
