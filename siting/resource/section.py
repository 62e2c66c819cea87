"""Plan section ``[resource]``: further series and maps, and how a short one is corrected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import listed, say
from layers.numbers import Lat, Lon, Year
from layers.spec import Checked, Frozen, Origin, Title
from layers.weather.schema import WeatherSource

__all__ = [
    "LongTermMethod",
    "LongTermSection",
    "ResourceSection",
    "ResourceWeather",
    "StationRecord",
]

LongTermMethod = Literal["variance_ratio", "least_squares", "quantile_mapping"]


ByMonth = Annotated[
    tuple[Annotated[float, Field(ge=0, le=400)], ...], Field(min_length=12, max_length=12)
]


class ResourceWeather(WeatherSource):
    """``[[resource.weather]]``: one more series, with the keys of any weather and an id.

    Attributes
    ----------
    id
        Name in tables and messages.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class LongTermSection(Frozen):
    """``[resource.long_term]``: how a short measured series is corrected by a long one.

    Attributes
    ----------
    method
        Relation between the two; ``"off"`` corrects nothing.
    sectors
        Equal sectors of wind direction with a relation each, the first centred on north.
    """

    method: Literal["variance_ratio", "least_squares", "quantile_mapping", "off"] = (
        "variance_ratio"
    )
    sectors: Annotated[int, Field(ge=1, le=36)] = 12


class StationRecord(Checked):
    """``[[resource.records]]``: what a station recorded, beside the series a yield rests on.

    Attributes
    ----------
    lon, lat, altitude_m
        Of the station.
    measured
        Whether a pyranometer made it; False for sums modelled from sunshine or satellites.
    years
        First and last year.
    annual_kwh_m2, monthly_kwh_m2
        Mean sums of GHI, as published; or
    path, columns, unit
        A CSV of daily sums with columns ``year``, ``month``, ``day``, ``ghi`` (or as mapped).
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Title
    lon: Lon
    lat: Lat
    altitude_m: Annotated[float, Field(ge=-430, le=9000)] | None = None
    measured: bool
    years: tuple[Year, Year]
    annual_kwh_m2: Annotated[float, Field(ge=300, le=3000)] | None = None
    monthly_kwh_m2: ByMonth | None = None
    path: str = ""
    columns: dict[Literal["year", "month", "day", "ghi"], str] = Field(default_factory=dict)
    unit: Literal["MJ/m2", "kWh/m2", "Wh/m2", "J/cm2"] = "MJ/m2"
    source: Origin

    @model_validator(mode="after")
    def _one_way(self) -> StationRecord:
        ways = (
            self.annual_kwh_m2 is not None,
            self.monthly_kwh_m2 is not None,
            bool(self.path),
        )
        if sum(ways) != 1:
            raise ValueError(say("siting.resource.record_in_one_way"))
        if self.years[0] > self.years[1]:
            raise ValueError(say("siting.resource.years_in_order"))
        return self


class ResourceSection(Checked):
    """``[resource]``: every further source of light and wind, and the long-term correction.

    Attributes
    ----------
    weather
        Further series. One with ``role = "measured"`` (short) is corrected by one with
        ``role = "reference"`` (long).
    records
        Stations' records, told beside the series.
    """

    weather: tuple[ResourceWeather, ...] = ()
    records: tuple[StationRecord, ...] = ()
    long_term: LongTermSection = LongTermSection()

    @model_validator(mode="after")
    def _named_once(self) -> ResourceSection:
        ids = [*(w.id for w in self.weather), *(r.id for r in self.records)]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(say("siting.long_term.id_twice", ids=listed(twice)))
        return self
