"""Land of certain classes, or of any other."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar

from pydantic import Field

from gis.errors import Fault
from gis.say import say
from layers.spec import Layer
from layers.vocabulary import ecosystems, groups, vocabularies, vocabulary
from siting.rules.conditions.base import LayerTest
from siting.rules.conditions.canvas import Answer, Canvas, ClassMeasure, Gauge, Measure

__all__ = ["InClasses", "NotInClasses"]

V = TypeVar("V")


class _Classes(LayerTest):
    classes: tuple[str, ...] = Field(min_length=1)

    @property
    def asked_classes(self) -> tuple[str, ...]:
        """See `FilterTest`."""
        return self.classes

    def faults(self, layer: Layer, where: str) -> list[Fault]:
        """A layer without classes, and classes nobody knows."""
        if layer.kind != "classes" and not layer.vocabulary:
            return [
                Fault(say("siting.rules.test_needs_layer_classes"), where=where, got=layer.kind)
            ]
        names = (layer.vocabulary,) if layer.vocabulary else vocabularies()
        known = {*ecosystems(), *groups(), *(c for n in names for c in vocabulary(n).entries)}
        return [
            Fault(
                say("siting.rules.no_such_class"),
                where=where,
                got=c,
                expected=say("siting.rules.ecosystem_class_group_code_vocabulary"),
            )
            for c in self.classes
            if c not in known
        ]

    def judged(self, canvas: Canvas[V], answer: Answer) -> V:
        """See `LayerTest`."""
        return self.of_classes(canvas, answer)

    def measure(self, gauge: Gauge) -> tuple[Measure, ...]:
        """The class of the land."""
        answer = gauge.answer(self.layer, by_class=True)
        found = gauge.land_class(answer.layer_id) if answer.state == "available" else None
        if found is None:
            return ()
        return (ClassMeasure(layer=answer.layer_id, class_=found.code, title=found.title),)


class InClasses(_Classes):
    """Land of the classes listed: ecosystem classes, their groups, or codes.

    A code that may be several classes, some of them listed, cannot be decided.
    """

    type: Literal["in_classes"] = "in_classes"
    about_land: ClassVar[bool] = True


class NotInClasses(_Classes):
    """Land of any class that is not listed; no data is unknown."""

    type: Literal["not_in_classes"] = "not_in_classes"

    def of_classes(self, canvas: Canvas[V], answer: Answer) -> V:
        """See `LayerTest`."""
        return canvas.no(canvas.classes(answer.layer_id, self.classes))
