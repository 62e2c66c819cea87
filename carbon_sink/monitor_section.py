"""``[monitor]``: series of dates, figures of other years, what an inventory has to record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, model_validator

from carbon_sink.section_values import check_ends
from gis.say import say
from layers.numbers import Factor, NotNegative, Number, Share, Year
from layers.spec import Frozen

__all__ = ["MonitorSection", "Recalculation", "SeriesDate", "YearValue"]

Source = Annotated[str, Field(min_length=1)]


def _again(keys: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [k for k, n in Counter(keys).items() if n > 1]


class SeriesDate(Frozen):
    """A layer of another year: NDVI, land cover or survey parcels.

    Attributes
    ----------
    layer
        Which layer of the plan it stands in for.
    scale, vocabulary, inner_layer
        As for the layers of the plan; those of the plan's own layer by default.
    """

    layer: Literal["ndvi", "land_cover", "land_parcels"]
    year: Year
    path: Source
    inner_layer: str = ""
    scale: Factor | None = None
    vocabulary: str = ""
    source: Source


class YearValue(Frozen):
    """A figure of an indicator in a year, published or measured elsewhere."""

    indicator: str
    caliber: str = ""
    year: Year
    value: Number
    low: Number | None = None
    high: Number | None = None
    unit: str
    source: Source

    @model_validator(mode="after")
    def _ordered(self) -> YearValue:
        check_ends("value", self.value, self.low, self.high, ("low", "high"))
        return self


class Recalculation(Frozen):
    """A published stock that was computed anew, for the log [tC]."""

    year: Year
    what: Source
    before_tc: NotNegative
    after_tc: NotNegative
    reason: Source
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class MonitorSection(Frozen):
    """``[monitor]``.

    Attributes
    ----------
    least_dates
        Dates a trend needs; with fewer there is none.
    last_year
        Until when targets are told.
    area_u95_frac
        Half the 95 % interval of the area of a class over the area [0-1], of the survey or
        of an accuracy sample; without it the uncertainty of areas is not estimated.
    n2o_kg_ha_yr
        Nitrous oxide of wetland soil, of the user; there is no default.
    """

    series: tuple[SeriesDate, ...] = ()
    values: tuple[YearValue, ...] = ()
    least_dates: Annotated[int, Field(ge=4, le=50)] = 4
    last_year: Annotated[int, Field(ge=2000, le=2100)] = 2035
    area_u95_frac: Share | None = None
    area_u95_source: str = ""
    n2o_kg_ha_yr: NotNegative | None = None
    n2o_source: str = ""
    recalculations: tuple[Recalculation, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> MonitorSection:
        pairs = (("area_u95_frac", "area_u95_source"), ("n2o_kg_ha_yr", "n2o_source"))
        for value, source in pairs:
            if getattr(self, value) is not None and not getattr(self, source):
                raise ValueError(say("carbon_sink.monitor.needs_source", name=value), source)
        for layer, year in _again((d.layer, d.year) for d in self.series):
            raise ValueError(say("carbon_sink.monitor.date_twice", layer=layer, year=str(year)))
        stated = ((" ".join(filter(None, (v.indicator, v.caliber))), v.year)
                  for v in self.values)  # fmt: skip
        for name, year in _again(stated):
            raise ValueError(say("carbon_sink.monitor.value_twice", name=name, year=str(year)))
        return self
