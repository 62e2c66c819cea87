"""Plan section ``[park]``: parks whose power balance is asked for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import NotNegative, Positive
from layers.spec import Frozen

__all__ = ["ParkBalanceSection", "ParkSection", "PlusSection"]

Frac = Annotated[float, Field(ge=0.0, le=1.0)]


class ParkBalanceSection(Frozen):
    """``[[park.balance]]``: supply set against the load of one zone or park.

    Attributes
    ----------
    zone
        Id of ``[[zones]]``, or name of a feature of the layer ``industrial_park``.
    load_path
        CSV with the column ``load_kw``, one value an hour of a year of 8,760 hours, from the
        first hour of the year in official time.
    roofs_frac
        Share of the PV potential of the roofs inside that is built.
    ground_mw, wind_mw
        PV on the ground and wind power that supply it [MW AC].
    storage_mw, storage_mwh, round_trip_frac
        A battery: power, usable energy, energy given back over energy taken in.
    export_mw
        Most that may be sent to the grid [MW]; all of it when not given.
    """

    zone: Annotated[str, Field(min_length=1)]
    load_path: Annotated[str, Field(min_length=1)]
    roofs_frac: Frac = 1.0
    ground_mw: NotNegative = 0.0
    wind_mw: NotNegative = 0.0
    storage_mw: NotNegative = 0.0
    storage_mwh: NotNegative = 0.0
    round_trip_frac: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    export_mw: NotNegative | None = None

    @model_validator(mode="after")
    def _whole_battery(self) -> ParkBalanceSection:
        if (self.storage_mw > 0) != (self.storage_mwh > 0):
            raise ValueError(say("siting.zones.battery_in_two"))
        if self.storage_mw > 0 and self.round_trip_frac is None:
            raise ValueError(say("siting.zones.battery_needs_efficiency"))
        return self


class PlusSection(Frozen):
    """``[park.plus]``: distances of "光伏+" that only the bureau can set; none is assumed.

    Attributes
    ----------
    livestock_near_m
        Farthest a livestock farm may lie from pasture under panels [m].
    tourism_near_m
        Farthest a landscape zone may lie from panels that are to be visited [m].
    slope_max_deg
        Steepest ground for any kind [deg]; the slope of each parcel is shown without it.
    """

    livestock_near_m: Positive | None = None
    tourism_near_m: Positive | None = None
    slope_max_deg: Positive | None = None


class ParkSection(Frozen):
    """``[park]``.

    Attributes
    ----------
    plus
        Conditions of "光伏+".
    balance
        Parks whose load is known.
    """

    plus: PlusSection = PlusSection()
    balance: tuple[ParkBalanceSection, ...] = ()
