"""What a plan says of its afforestation projects: terms of the method, value, own rates."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from carbon_sink.ecosystems import ecosystems
from carbon_sink.section_values import check_ends
from gis.say import say
from layers.numbers import Number, Positive, Share
from layers.spec import Frozen

__all__ = ["CcerTerms", "SiteRate", "Valuation"]

Known = Literal["yes", "no", "unknown"]
Source = Annotated[str, Field(min_length=1)]
_SOURCED = ("baseline_tco2e_ha_yr", "leakage_frac", "buffer_frac", "crediting_years", "pools")


class CcerTerms(Frozen):
    """``[potential.ccer]``: what the method's annex and the project's papers say.

    Every number needs `source`; one that is not given is answered with *needs the method's
    annex* and nothing is computed from it.

    Attributes
    ----------
    start_year
        Year of planting; the plan's date by default.
    crediting_years
        Crediting period.
    baseline_tco2e_ha_yr
        Removal without the project; a loss is negative.
    leakage_frac, buffer_frac
        Shares taken off for leakage and for non-permanence.
    pools
        Pools the method lets count.
    key_ecological_zone, public_welfare_forest
        Grounds on which additionality need not be shown, beside rain.
    tenure
        Whether title to the land is clear (condition b).
    """

    start_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    crediting_years: Annotated[int, Field(ge=1, le=60)] | None = None
    baseline_tco2e_ha_yr: Annotated[Number, Field(ge=-100, le=100)] | None = None
    leakage_frac: Share | None = None
    buffer_frac: Share | None = None
    pools: tuple[Literal["biomass", "soc"], ...] = ()
    key_ecological_zone: Known = "unknown"
    public_welfare_forest: Known = "unknown"
    tenure: Known = "unknown"
    source: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> CcerTerms:
        given = [k for k in _SOURCED if getattr(self, k) not in (None, ())]
        if given and not self.source:
            raise ValueError(say("carbon_sink.ccer.terms_need_source"), ", ".join(given))
        return self


class Valuation(Frozen):
    """``[potential.value]``: price and discount of the user; there are no defaults.

    Attributes
    ----------
    price_yuan_tco2e
        Price of a tonne of CO2 today.
    discount_frac
        Discount a year.
    price_growth_frac
        Growth of the price a year, 0 for a constant price. InVEST's "annual price change" c
        divides, ``1 / (1 + c)``: it is a growth of ``1 / (1 + c) - 1``.
    """

    price_yuan_tco2e: Positive
    discount_frac: Annotated[float, Field(gt=-0.5, le=1, allow_inf_nan=False)]
    price_growth_frac: Annotated[float, Field(gt=-0.5, le=1, allow_inf_nan=False)]
    source: Source


class SiteRate(Frozen):
    """A rate of the user for a measure on one kind of land [tC/ha/yr]."""

    measure: str
    ecosystem: str
    tc_ha_yr: Annotated[float, Field(ge=-100, le=100)]
    low_tc_ha_yr: Annotated[float, Field(ge=-100, le=100)] | None = None
    high_tc_ha_yr: Annotated[float, Field(ge=-100, le=100)] | None = None
    source: Source

    @model_validator(mode="after")
    def _sensible(self) -> SiteRate:
        if self.ecosystem not in ecosystems():
            raise ValueError(
                say(
                    "carbon_sink.cover.no_such_ecosystem_of",
                    code=self.measure,
                    name=self.ecosystem,
                )
            )
        low, high = self.low_tc_ha_yr, self.high_tc_ha_yr
        names = "low_tc_ha_yr", "high_tc_ha_yr"
        check_ends("tc_ha_yr", self.tc_ha_yr, low, high, names)
        return self
