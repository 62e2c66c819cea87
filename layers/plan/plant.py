"""A plant that stands, is built or was announced, as a plan names it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from layers.numbers import Lat, Lon, Year
from layers.spec import Frozen, Title

__all__ = ["Plant"]


class Plant(Frozen):
    """An existing or announced plant, as an attributed fact.

    Attributes
    ----------
    energy_mwh
        What storage holds [MWh]; over its capacity it is the hours it lasts.
    """

    name: Title
    technology: Literal["pv", "wind", "storage", "coal", "other"]
    capacity_mw: Annotated[float, Field(gt=0, le=100_000)]
    energy_mwh: Annotated[float, Field(gt=0, le=10_000_000)] | None = None
    status: Literal["operating", "construction", "announced", "retired"] = "operating"
    lon: Lon | None = None
    lat: Lat | None = None
    location: Literal["exact", "approximate", "unknown"] = "approximate"
    year: Year | None = None
    on_grid: date | None = None
    source: str
    licence: str = ""
    note: str = ""
