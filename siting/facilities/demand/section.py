"""Who is to be reached, as a plan says it, and the factors that make a demand of a weight."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, Strict, field_validator, model_validator

from gis.say import listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.numbers import Positive, Year
from layers.open.kinds import kind_word
from layers.spec import Frozen
from layers.units import known
from siting.facilities.patches import AnyLayer, AreaLayer, Sourced

__all__ = ["Demand", "Factor", "Where", "factors"]

_COUNTED = frozenset({"head", "person", "vehicle"})  # units of fields that are no measure
Leaves = Literal["blades", "pv_modules"]
Where = dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]


def factors() -> Mapping[str, Any]:
    """Factors a case may name, each with its source."""
    return read_toml("siting.facilities", "factors.toml")


class Factor(Frozen):
    """What turns a weight into a demand: litres a head, tonnes a mu.

    Attributes
    ----------
    value
        Multiplies the weight.
    unit
        Of the product, for readers.
    per
        Unit of the weight it is of; where it is given, no other weight is multiplied by it.
    source, quality
        A factor without a source is refused.
    """

    value: Positive
    unit: Annotated[str, Field(min_length=1)]
    per: str = ""
    source: Sourced
    quality: Literal["official", "measured", "cited", "assumed", "synthetic"] = "cited"

    @model_validator(mode="after")
    def _of_product(self) -> Factor:
        _, _, per = self.unit.partition("/")
        weighed = [w for w in re.split(r"[()\s/]+", per) if _weighs(w)]
        if weighed:
            raise ValueError(
                say("siting.facilities.factor_unit_rate", per=listed(weighed)),
                "",
                say("siting.facilities.factor_unit_rate_todo"),
            )
        return self


def _weighs(unit: str) -> bool:
    """Whether a unit is one that a weight is in: a count, or a measure of anything but time."""
    one = known(unit)
    return unit in _COUNTED if one is None else one.quantity != "time"


class Demand(Frozen):
    """Who is to be reached.

    Attributes
    ----------
    layer
        Features of the catalogue.
    weight
        A number field of theirs. Without one nothing is estimated: each counts 1 only where
        `each` says so.
    where
        Field -> values: only features that have one of them ask.
    once
        A field that names what a feature is a part of (a farm of several yards): features of
        one value are one place, whose weight counts once.
    each
        Every feature counts one.
    measure
        Every feature counts its area, on the ellipsoid.
    outside
        A layer of areas: what lies in them does not ask (where a network of heat is).
    retired, until
        In place of a layer: what plants of the county leave (``"blades"``, ``"pv_modules"``)
        by the end of a year at most, in tonnes, where they stand
        (`siting.facilities.leaving`).
    cell_m
        Of a raster: its cells are summed to places of this size. What is counted (people) is
        summed; a share (of canopy) becomes hectares.
    """

    layer: AnyLayer = ""
    weight: str = ""
    each: bool = False
    measure: Literal["", "area_ha", "area_mu", "area_m2"] = ""
    factor: Factor | None = None
    where: Where = Field(default_factory=dict)
    once: str = ""
    outside: AreaLayer = ""
    retired: tuple[Leaves, ...] = ()
    until: Annotated[Year, Strict()] | None = None
    cell_m: Positive = 1000.0

    @field_validator("factor", mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:  # noqa: ANN401 - what TOML holds
        """A factor of the toolkit is given by its name."""
        if not isinstance(given, str):
            return given
        if given not in factors():
            raise ValueError(say("siting.facilities.no_such_factor"), ", ".join(factors()))
        own = ("value", "unit", "per", "source", "quality")
        return {k: factors()[given][k] for k in own if k in factors()[given]}

    @property
    def raster(self) -> bool:
        """Whether cells ask, not features."""
        return bool(self.layer) and layer_of(self.layer).geometry == "raster"

    @model_validator(mode="after")
    def _weighs_something(self) -> Demand:
        ways = bool(self.weight) + self.each + bool(self.measure)
        if bool(self.retired) == bool(self.layer) or bool(self.retired) != bool(self.until):
            raise ValueError(say("siting.facilities.layer_or_retired"))
        if self.retired:
            if ways or self.factor or self.where or self.once or self.outside:
                raise ValueError(say("siting.facilities.retired_alone"))
            return self
        if ways != (0 if self.raster else 1):
            raise ValueError(say("siting.facilities.weight_or_each"))
        kind = layer_of(self.layer).geometry
        if self.measure and kind != "polygon":
            title, word = layer_of(self.layer).title, kind_word(kind)
            raise ValueError(
                say("siting.facilities.measure_needs_areas", layer=title, kind=word)
            )
        per = "" if self.factor is None else self.factor.per
        unit = self._unit
        if per and unit is not None and unit != per:
            of = unit or say("siting.facilities.unit_place")
            raise ValueError(say("siting.facilities.factor_of_other", per=per, unit=of))
        return self

    @property
    def _unit(self) -> str | None:
        """Of what is weighed, before a factor; empty for places, None where nobody knows."""
        if self.each:
            return ""
        if self.measure:
            return self.measure.removeprefix("area_")
        layer = layer_of(self.layer)
        if self.raster:
            return layer.unit if layer.kind == "extensive" else "ha"
        return next((f.unit for f in layer.fields if f.name == self.weight and f.unit), None)
