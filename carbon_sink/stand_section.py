"""Tables of ``[carbon]`` about stands and soils: ``[carbon.stands]``, ``[carbon.soil]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from carbon_sink.section_values import TcHa, check_ends
from carbon_sink.species import species_table
from gis.say import say
from layers.spec import Frozen

__all__ = [
    "RootShoot",
    "SocFactors",
    "SoilSection",
    "StandDensity",
    "StandGrowth",
    "StandsSection",
    "VolumeError",
]

Source = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
SoilFactor = Annotated[float, Field(gt=0, le=3)]
"""A stock change factor: IPCC 2019, Vol. 4, Tables 5.5 and 6.2 lie between 0.4 and 1.5 [-]."""


def _species(value: str) -> str:
    if value and value not in species_table():
        known = ", ".join(species_table())
        raise ValueError(say("carbon_sink.room.no_such_species"), known)
    return value


class VolumeError(Frozen):
    """Half the 95 % interval of the whole volume over the volume [0-1], from the survey."""

    half_width_frac: Share
    source: Source


class StandGrowth(Frozen):
    """Net yearly growth of the standing volume of a species, as a share of it [1/yr].

    Attributes
    ----------
    species
        Of the tree table; empty for every species without a row of its own.
    share_yr
        0.05 for 5 % a year. A standing volume that grows by more than three tenths in a year
        is per cent written as a share.
    """

    species: str = ""
    share_yr: Annotated[float, Field(ge=-1, le=0.3)]
    source: Source

    _known = field_validator("species")(_species)


class RootShoot(Frozen):
    """Below-ground over above-ground biomass, to compare stands with a map of what is above."""

    ratio: Annotated[float, Field(gt=0, le=5)]
    source: Source


class StandDensity(Frozen):
    """Living biomass of some stands, of the user's own [tC/ha].

    Attributes
    ----------
    stands, townships, species, forest_types
        Which stands; every list that is given must hold the stand. An empty one asks nothing.
    year
        Survey year it is for; 0 for any.
    """

    value_tc_ha: TcHa
    low_tc_ha: TcHa | None = None
    high_tc_ha: TcHa | None = None
    stands: tuple[str, ...] = ()
    townships: tuple[str, ...] = ()
    species: tuple[str, ...] = ()
    forest_types: tuple[str, ...] = ()
    year: Annotated[int, Field(ge=0, le=2200)] = 0
    source: Source

    @model_validator(mode="after")
    def _in_order(self) -> StandDensity:
        low, high = self.low_tc_ha, self.high_tc_ha
        check_ends("value_tc_ha", self.value_tc_ha, low, high, ("low_tc_ha", "high_tc_ha"))
        for name in self.species:
            _species(name)
        return self


class StandsSection(Frozen):
    """``[carbon.stands]``: volume and carbon of the forest map, stand by stand.

    Attributes
    ----------
    calibrate
        Multiply the map's volume by what the plots say: by their ratio or by their regression
        on the map; none unless said.
    strata
        Attribute by which plots are weighed.
    beyond
        Stands without a volume that are older than their growth line: not estimated, or held
        at its last age.
    densities
        The first that fits a stand stands for its living biomass, before volume and age.
    in_county_total
        The mean density of the stands of tree forest stands for the class in the totals of
        the county; else the class default does, and a difference is told.
    """

    volume_error: VolumeError | None = None
    growth: tuple[StandGrowth, ...] = ()
    calibrate: Literal["none", "ratio", "regression"] = "none"
    strata: Literal["species", "age_class", "origin", "forest_type"] = "species"
    beyond: Literal["none", "hold"] = "none"
    agb_root_shoot: RootShoot | None = None
    densities: tuple[StandDensity, ...] = ()
    in_county_total: bool = False


class SoilSection(Frozen):
    """``[carbon.soil]``: how layers of soil profiles become one stock.

    Attributes
    ----------
    som_factor
        Organic matter per organic carbon where samples give organic matter.
    below
        Profiles that end above the depth: refused, or gone on with like their last layer.
    """

    som_factor: Annotated[float, Field(gt=1, lt=3)] | None = None
    below: Literal["refuse", "last_layer"] = "refuse"


class SocFactors(Frozen):
    """Soil carbon of a class as ``reference x land use x management x input``.

    Attributes
    ----------
    reference, land_use, management, input
        Ids of the coefficient table, or numbers of the user's with a source. A factor left out
        is 1 (nominal), and the result says so.
    """

    ecosystem: str
    reference: str | Annotated[TcHa, Field(gt=0)]
    land_use: str | SoilFactor | None = None
    management: str | SoilFactor | None = None
    input: str | SoilFactor | None = None
    source: str = ""

    @model_validator(mode="after")
    def _own_needs_source(self) -> SocFactors:
        given = (self.reference, self.land_use, self.management, self.input)
        if any(isinstance(v, float | int) for v in given) and not self.source:
            raise ValueError(say("carbon_sink.room.own_rate_needs_source"))
        return self
