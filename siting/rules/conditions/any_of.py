"""One of several tests suffices."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeVar

from pydantic import Field

from siting.rules.conditions.base import Filter, FilterTest
from siting.rules.conditions.canvas import Canvas, Gauge, Measure

__all__ = ["AnyOf"]

V = TypeVar("V")


class AnyOf(FilterTest):
    """Land hit by at least one of the tests."""

    type: Literal["any_of"] = "any_of"
    about_land: ClassVar[bool] = True
    _inner: ClassVar[tuple[str, ...]] = ("when", "tests")
    tests: tuple[Filter, ...] = Field(min_length=2)

    def own(self, canvas: Canvas[V]) -> V:
        """See `FilterTest`."""
        return canvas.one_of([t.on(canvas) for t in self.tests])

    def measure(self, gauge: Gauge) -> tuple[Measure, ...]:
        """What each of the tests measures."""
        return tuple(m for t in self.tests for m in t.measure(gauge))
