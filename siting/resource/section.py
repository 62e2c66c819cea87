"""Plan section ``[resource]``: further series and maps, and how a short one is corrected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import listed, say
from layers.spec import Checked, Frozen
from layers.weather.schema import WeatherSource

__all__ = ["LongTermMethod", "LongTermSection", "ResourceSection", "ResourceWeather"]

LongTermMethod = Literal["variance_ratio", "least_squares", "quantile_mapping"]


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

    method: LongTermMethod | Literal["off"] = "variance_ratio"
    sectors: Annotated[int, Field(ge=1, le=36)] = 12


class ResourceSection(Checked):
    """``[resource]``: every further source of light and wind, and the long-term correction.

    Attributes
    ----------
    weather
        Further series. One with ``role = "measured"`` (short) is corrected by one with
        ``role = "reference"`` (long).
    """

    weather: tuple[ResourceWeather, ...] = ()
    long_term: LongTermSection = LongTermSection()

    @model_validator(mode="after")
    def _named_once(self) -> ResourceSection:
        ids = [w.id for w in self.weather]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(say("siting.long_term.id_twice", ids=listed(twice)))
        return self
