"""Plan section ``[energy]``: what only the county's statistics know."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import NotNegative, Positive, Year
from layers.spec import Frozen, Origin

__all__ = ["EnergySection", "EnergyYear"]

Frac = Annotated[float, Field(ge=0.0, le=1.0)]


class EnergyYear(Frozen):
    """``[[energy.years]]``: the county's energy statistics of one year.

    Attributes
    ----------
    total_tce
        Energy consumed [tce]; the denominator of the non-fossil share.
    non_fossil_other_tce
        Non-fossil energy consumed beside the county's own PV and wind power [tce]: bought
        green power, hydro power, biomass, heat of the sun and the ground.
    generation_gce_kwh
        Coal a kWh of thermal power takes [gce/kWh] (发电煤耗), for the statistical caliber.
    pv_mwh, wind_mwh
        Metered generation in the county [MWh]; where left out it follows from the ledger and
        the hours this run computed.
    local_use_frac
        Share of that generation consumed in the county [0-1].
    peak_load_mw, response_mw
        Highest load, and load that can be shifted or shed on demand [MW].
    source
        Where the figures are from.
    """

    year: Year
    total_tce: Positive | None = None
    non_fossil_other_tce: NotNegative | None = None
    generation_gce_kwh: Annotated[float, Field(gt=100.0, lt=600.0)] | None = None
    pv_mwh: NotNegative | None = None
    wind_mwh: NotNegative | None = None
    local_use_frac: Frac | None = None
    peak_load_mw: Positive | None = None
    response_mw: NotNegative | None = None
    source: Origin


class EnergySection(Frozen):
    """``[energy]``: statistics by year, and how far back *new* capacity reaches.

    Attributes
    ----------
    base_year
        Plants of later years are new (新增); storage and its share are judged on them.
    storage_complete
        Whether ``[[plants]]`` names all storage there is: only then is none named none.
    """

    base_year: Year | None = None
    storage_complete: bool = False
    years: tuple[EnergyYear, ...] = ()

    @model_validator(mode="after")
    def _once(self) -> EnergySection:
        years = [y.year for y in self.years]
        twice = sorted({y for y in years if years.count(y) > 1})
        if twice:
            raise ValueError(say("siting.energy.year_twice"), ", ".join(map(str, twice)))
        return self

    def of_year(self, year: int) -> EnergyYear | None:
        """Statistics of `year`, or the latest before it; None where there are none."""
        earlier = [y for y in self.years if y.year <= year]
        return max(earlier, key=lambda y: y.year, default=None)
