"""The plan section of connection: what the grid takes, by which rules, until which year."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from layers.numbers import NotNegative, Positive, Year
from layers.spec import Checked, Frozen, Origin

__all__ = ["Certainty", "ConnectionSection", "LinePrice", "Upgrade", "VoltageClass"]

Certainty = Literal["certain", "likely", "possible"]


class VoltageClass(Frozen):
    """Which size of plant stations of one voltage take, in place of the toolkit's table."""

    kv: Positive
    from_mw: NotNegative = 0.0
    up_to_mw: Positive
    source: Origin = ""

    @model_validator(mode="after")
    def _in_order(self) -> VoltageClass:
        if self.from_mw > self.up_to_mw:
            raise ValueError(say("siting.connection.class_upside_down"))
        return self


class LinePrice(Frozen):
    """Price of a line of one voltage."""

    kv: Positive
    cny_km: Positive
    source: Origin


class Upgrade(Frozen):
    """Free capacity a station gains: a transformer, a line out of it.

    Attributes
    ----------
    station
        Name of the station in the layer ``substations``.
    kind
        What is built; told beside it.
    year
        From the first day of which it counts.
    certainty
        ``"certain"`` (approved or being built), ``"likely"``, ``"possible"``.
    cost_cny
        Not estimated where it is not given.
    """

    station: Annotated[str, Field(min_length=1)]
    kind: Literal["transformer", "line"] = "transformer"
    year: Year
    add_mw: Positive
    certainty: Certainty = "possible"
    cost_cny: NotNegative | None = None
    source: Origin


class ConnectionSection(Checked):
    """``[connection]``: sites compete for the free capacity of stations.

    Attributes
    ----------
    partly
        A site may be connected with a part of its capacity; the rest needs reinforcement.
        Off, a site is connected whole or not at all.
    split
        A site may go to more than one station.
    least_mw
        Smallest part of a site that is connected [MW]; a smaller site whole.
    max_km
        Longest line; no limit when not given.
    collectors
        Sites may share a line from a collector station at one of them.
    collector_km
        Longest line from a site to it.
    collector_cny, collector_source
        Price of a collector station. With line prices and without this none is built.
    voltage
        Which size of plant stations of a voltage take; with it only the voltages listed.
    detour_factor, detour_source
        How much longer a line is than the straight one, everywhere; 1 without it. It counts in
        ``max_km``, ``collector_km``, in lengths and in costs.
    line_price
        By voltage. Without one for every voltage in use the least line in km is sought.
    reinforce_cny_mw, reinforce_source
        Price of a MW of free capacity more. Without it reinforcement has no cost.
    upgrades
        Free capacity stations gain.
    count_on
        Of planned stations and upgrades those of this certainty count from their year.
    until
        Last year of the expansion.
    plant_life_yr
        Years a plant stands, by technology, in place of the toolkit's.
    time_limit_s
        For all searches of one year together; after it the best found so far is given, with
        its gap.
    """

    partly: bool = True
    split: bool = False
    least_mw: NotNegative = 0.0
    max_km: Positive | None = None
    collectors: bool = True
    collector_km: Positive = 15.0
    collector_cny: NotNegative | None = None
    collector_source: Origin = ""
    voltage: tuple[VoltageClass, ...] = ()
    detour_factor: Annotated[float, Field(ge=1.0, le=3.0)] = 1.0
    detour_source: Origin = ""
    line_price: tuple[LinePrice, ...] = ()
    reinforce_cny_mw: NotNegative | None = None
    reinforce_source: Origin = ""
    upgrades: tuple[Upgrade, ...] = ()
    count_on: tuple[Certainty, ...] = ("certain",)
    until: Year = 2035
    plant_life_yr: dict[Literal["pv", "wind"], Annotated[int, Field(ge=1, le=100)]] = Field(
        default_factory=dict
    )
    time_limit_s: Annotated[float, Field(gt=0, le=3600)] = 20.0

    @model_validator(mode="after")
    def _prices_have_a_source(self) -> ConnectionSection:
        for value, source in (
            (self.collector_cny, self.collector_source),
            (self.reinforce_cny_mw, self.reinforce_source),
            (None if self.detour_factor == 1.0 else self.detour_factor, self.detour_source),
        ):
            if value is not None and not source:
                raise ValueError(say("siting.connection.price_without_source"))
        for rows in (self.voltage, self.line_price):
            if len({r.kv for r in rows}) < len(rows):
                raise ValueError(say("siting.connection.voltage_twice"))
        return self
