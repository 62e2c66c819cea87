"""Land inside a feature."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar

from siting.rules.conditions.canvas import Answer, Canvas
from siting.rules.conditions.features import FeatureTest
from siting.rules.where import as_conditions

__all__ = ["Intersects"]

V = TypeVar("V")


class Intersects(FeatureTest):
    """Land inside a feature (for a line: inside its half width).

    A line or point without a width takes no land of its own: the cells of the plan's grid
    that it crosses are hit, in the exact check too.
    """

    type: Literal["intersects"] = "intersects"
    about_land: ClassVar[bool] = True

    @property
    def asked_classes(self) -> tuple[str, ...]:
        """See `FilterTest`: codes of the land survey, when nothing else is asked."""
        if set(self.where) != {"dlbm"}:
            return ()
        condition = as_conditions(self.where)["dlbm"]
        return tuple(map(str, condition.in_)) if condition.in_ and not condition.not_ else ()

    def judged(self, canvas: Canvas[V], answer: Answer) -> V:
        """See `LayerTest`."""
        return canvas.covered(answer.layer_id, self.where)
