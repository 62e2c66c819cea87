"""Raster cells beyond a limit.

The comparison is made in double precision, strict or not as the rule's own word says (超过
against 不小于): `inclusive`. A value kept in single precision is compared as the number it is,
so ``float32(0.1)``, which is 0.1000000015, is above 0.1.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar, cast

from pydantic import model_validator

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.numbers import Number
from layers.spec import Layer
from siting.rules.conditions.base import LayerTest, Parameter
from siting.rules.conditions.canvas import (
    Answer,
    Canvas,
    Gauge,
    Measure,
    Operator,
    ValueMeasure,
)

__all__ = ["Above", "Below"]

V = TypeVar("V")


class _Limit(LayerTest):
    _sign: ClassVar[str] = ""
    limit: Number
    unit: str
    inclusive: bool = True
    bounds: tuple[Number, Number] | None = None

    @model_validator(mode="after")
    def _inside(self) -> _Limit:
        if self.bounds is not None and not self.bounds[0] <= self.limit <= self.bounds[1]:
            raise ValueError(say("siting.rules.limit_outside_bounds", limit=self.limit))
        return self

    @property
    def operator(self) -> Operator:
        """How a value is compared with the limit."""
        return cast("Operator", self._sign + ("=" if self.inclusive else ""))

    def faults(self, layer: Layer, where: str) -> list[Fault]:
        """A layer without numbers, and a unit that is not the layer's."""
        if layer.kind not in ("intensive", "extensive"):
            return [
                Fault(say("siting.rules.test_needs_layer_numbers"), where=where, got=layer.kind)
            ]
        if self.unit == layer.unit:
            return []
        return [
            Fault(
                say("siting.rules.unit_differs_from_layer"),
                where=where,
                got=self.unit,
                expected=layer.unit,
            )
        ]

    @property
    def parameter(self) -> Parameter:
        """See `RuleTest`."""
        return Parameter(name="limit", value=self.limit, unit=self.unit, bounds=self.bounds)

    def parameter_text(self) -> str:
        """See `RuleTest`."""
        return f"{self.operator} {self.limit:g} {self.unit}"

    def judged(self, canvas: Canvas[V], answer: Answer) -> V:
        """See `LayerTest`."""
        raise_faults(ConfigError, self.faults(layer_of(self.layer), f"layer {self.layer}"))
        return canvas.limit(answer, self.operator, self.limit)

    def measure(self, gauge: Gauge) -> tuple[Measure, ...]:
        """The value of the raster, beside the limit."""
        answer = gauge.answer(self.layer)
        value = gauge.value(answer) if answer.state == "available" else None
        if value is None:
            return ()
        limit = f"{self.operator} {self.limit:g}"
        return (ValueMeasure(layer=self.layer, value=value, limit=limit, unit=self.unit),)


class Above(_Limit):
    """Raster cells at or above (`inclusive`) or above the limit."""

    type: Literal["above"] = "above"
    _sign: ClassVar[str] = ">"


class Below(_Limit):
    """Raster cells at or below (`inclusive`) or below the limit."""

    type: Literal["below"] = "below"
    _sign: ClassVar[str] = "<"
