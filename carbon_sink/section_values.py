"""Values inside the plan sections of carbon: densities, inventories, areas, measures."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from carbon_sink.species import species_table
from gis.say import say
from layers.numbers import Count, NotNegative, Number, Positive
from layers.spec import Frozen

__all__ = [
    "AreaAccuracy",
    "Fraction",
    "FvcEndpoints",
    "Measure",
    "Official",
    "SpeciesShare",
    "StockVolume",
    "UserArea",
    "UserDensity",
    "VolumeGrowth",
    "Year",
    "YearCost",
    "check_ends",
]

Fraction = Annotated[float, Field(ge=0, le=1)]
MOST_TC_HA = 3_000.0
"""More carbon than a hectare of any pool holds: a unit is wrong [tC/ha]."""
TcHa = Annotated[float, Field(ge=0, le=MOST_TC_HA)]
Year = Annotated[int, Field(ge=1950, le=2100)]


def check_ends(
    name: str, value: float, low: float | None, high: float | None, names: tuple[str, str]
) -> None:
    """Refuse one end without the other, and a value outside both; keys by their own names.

    Raises
    ------
    ValueError
    """
    keys = {"low": names[0], "high": names[1]}
    if (low is None) != (high is None):
        raise ValueError(say("carbon_sink.room.give_both_ends", **keys))
    if low is not None and high is not None and not low <= value <= high:
        ends = {"value": value, "low_is": low, "high_is": high}
        raise ValueError(say("carbon_sink.room.value_outside_range", name=name, **keys, **ends))


class UserDensity(Frozen):
    """A carbon density of the user's own, with where it comes from.

    Attributes
    ----------
    value_tc_ha, low_tc_ha, high_tc_ha
        Density and its range [tC/ha].
    depth_cm
        Bottom of the soil layer; required for soil carbon.
    year
        Date it is of: the stock of that year, and what is lost after it; 0 for any.
    townships, parcels
        Land it is of: townships, and numbers of parcels of the land survey. A list that is
        given must hold the parcel; without any it is of all land of the class.
    """

    ecosystem: str
    pool: Literal["agb", "bgb", "biomass", "dead_wood", "litter", "soc"]
    value_tc_ha: TcHa
    low_tc_ha: TcHa | None = None
    high_tc_ha: TcHa | None = None
    depth_cm: Literal[30, 100] | None = None
    year: Annotated[int, Field(ge=0, le=2200)] = 0
    townships: tuple[str, ...] = ()
    parcels: tuple[str, ...] = ()
    source: Annotated[str, Field(min_length=1)]

    @property
    def of_some_land(self) -> bool:
        """Whether it is of some townships or parcels alone."""
        return bool(self.townships or self.parcels)

    def rivals(self, other: UserDensity) -> bool:
        """Whether nothing tells which of two densities a parcel would take."""
        halves = {"agb": {"agb", "biomass"}, "bgb": {"bgb", "biomass"}}
        own = halves.get(self.pool, {self.pool})
        if self.pool == "biomass":
            own = {"agb", "bgb", "biomass"}
        same = (self.ecosystem, self.depth_cm, self.year, bool(self.townships)) == (
            other.ecosystem,
            other.depth_cm,
            other.year,
            bool(other.townships),
        )
        if not same or other.pool not in own or bool(self.parcels) != bool(other.parcels):
            return False
        return all(
            not a or bool(set(a) & set(b))
            for a, b in ((self.townships, other.townships), (self.parcels, other.parcels))
        )

    @model_validator(mode="after")
    def _consistent(self) -> UserDensity:
        if self.pool == "soc" and self.depth_cm is None:
            raise ValueError(say("carbon_sink.room.soil_needs_depth"))
        low, high = self.low_tc_ha, self.high_tc_ha
        check_ends("value_tc_ha", self.value_tc_ha, low, high, ("low_tc_ha", "high_tc_ha"))
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
    error_frac
        Relative standard error of the volume, of the inventory's own sample [0-1].
    """

    year: Year
    volume_m3: Positive
    arbor_area_ha: Positive | None = None
    error_frac: Annotated[float, Field(gt=0, le=1)] | None = None
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


class AreaAccuracy(Frozen):
    """Error of the areas of a change: checked places, or one relative standard error.

    Attributes
    ----------
    strata
        Rows and columns of `matrix`: ``before>after`` in the words of the tables, ``*`` for
        any class, ``stable`` for land that kept its class, ``*`` alone for the rest.
    matrix
        Checked places; rows as mapped, columns as found.
    path
        The same as a CSV: strata in the first row and column.
    error_frac
        Relative standard error of the area of every change, as of a survey.
    """

    strata: tuple[str, ...] = ()
    matrix: tuple[tuple[Count, ...], ...] = ()
    path: str = ""
    error_frac: Annotated[float, Field(gt=0, le=1)] | None = None
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _one_of(self) -> AreaAccuracy:
        given = [bool(self.matrix), bool(self.path), self.error_frac is not None]
        if sum(given) != 1 or (bool(self.strata) != bool(self.matrix)):
            raise ValueError(say("carbon_sink.room.accuracy_one_way"))
        n = len(self.strata)
        if len(self.matrix) != n or any(len(r) != n for r in self.matrix):
            raise ValueError(say("carbon_sink.room.accuracy_square", n=n))
        if len(set(self.strata)) < n:
            raise ValueError(say("carbon_sink.room.accuracy_strata_twice"))
        return self


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
