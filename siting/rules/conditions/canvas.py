"""What a test asks of the place it is judged on, and what it measures there.

A test says its meaning once, in the verbs of a `Canvas`. Two canvases answer: cells of a grid
(`siting.screen.cells`, bits) and exact shapes (`siting.check.shapes`). Both know three values:
a place is hit, is not hit, or cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from gis.say import say
from layers.catalogue import layer as layer_of
from layers.spec import Outcome, Text
from siting.rules.where import Where

__all__ = [
    "LAW",
    "Answer",
    "Canvas",
    "ClassMeasure",
    "FeatureMeasure",
    "Gauge",
    "LandClass",
    "Measure",
    "NearFeature",
    "Operator",
    "State",
    "ValueMeasure",
]

V = TypeVar("V")

LAW = "law"
"""Stands for a layer where it is the law of the day that is not known."""

Operator = Literal[">", ">=", "<", "<="]
State = Literal["available", "assumed_absent", "missing", "no_turbine", "law_unknown"]


@dataclass(frozen=True)
class Answer:
    """Which layer answers a test.

    Attributes
    ----------
    layer_id
        The layer the test names, or the one that answers in its place.
    state
        ``"available"``, or why the test cannot be judged.
    base
        Layer it is computed from (``dem`` for ``slope``); empty when it is read as it is.
    """

    layer_id: str
    state: State
    base: str = ""


class Canvas(Protocol[V]):
    """Where a test is judged; V is land in three values."""

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """Which layer answers a test of `layer_id`; `by_class` when it asks only a class."""

    def lacking(self, answer: Answer) -> V:
        """Land a test says nothing about, because `answer` is not available.

        Unknown everywhere, but for a layer the plan assumes absent: there it is no hit.
        """

    def near(self, layer_id: str, where: Where, distance_m: float, *, from_edge: bool) -> V:
        """Land not farther than `distance_m` on the ground from the features meant.

        From the drawn geometry, or from the legal edge beyond its half width.
        """

    def covered(self, layer_id: str, where: Where) -> V:
        """Land inside the features meant; a line without width takes the cells it crosses."""

    def classes(self, layer_id: str, classes: Iterable[str]) -> V:
        """Land that is of one of `classes`."""

    def limit(self, answer: Answer, operator: Operator, limit: float) -> V:
        """Land whose value is beyond a limit, compared in double precision."""

    def all_of(self, parts: Iterable[V]) -> V:
        """Land that every part hits."""

    def one_of(self, parts: Iterable[V]) -> V:
        """Land that any part hits."""

    def no(self, part: V) -> V:
        """Land that is judged and not hit."""


@dataclass(frozen=True)
class NearFeature:
    """A feature near a piece of land.

    Attributes
    ----------
    distance_m
        On the ground, from the land to the edge the test measures from [m]; 0 inside.
    half_width_m
        From the drawn geometry to that edge [m].
    """

    name: str
    code: str
    distance_m: float
    half_width_m: float


@dataclass(frozen=True)
class LandClass:
    """The class of the land at a place; `title` is None for a code no vocabulary knows."""

    code: str
    title: Text | None


class Gauge(Protocol):
    """A place at which tests are measured."""

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """See `Canvas`."""

    def features(
        self, layer_id: str, where: Where, *, from_edge: bool
    ) -> tuple[NearFeature, ...]:
        """Features meant, the nearest first; empty when none is near or there is no layer."""

    def value(self, answer: Answer) -> float | None:
        """Value of a raster; None where it is not known."""

    def land_class(self, layer_id: str) -> LandClass | None:
        """Class of the land; None where it is not known."""


class Measure(Outcome):
    """What one test measured at a place."""

    layer: str

    @property
    def distance(self) -> float | None:
        """From the place to the nearest feature [m]; None when features are not measured."""
        return None

    @property
    def hit_names(self) -> tuple[str, ...]:
        """Names of the features that hit, the nearest first."""
        return ()

    def words(self, lang: str, *, preference: bool) -> str:
        """As a line to read."""
        raise NotImplementedError


class FeatureMeasure(Measure):
    """The nearest feature a test means.

    Attributes
    ----------
    from_
        Where the law measures from (key ``from``).
    distance_m, needed_m
        To that edge, and the distance the test asks for [m]; 0 for none.
    half_width_m
        Between the drawn geometry and that edge [m].
    hits
        Names of the features within the distance, the nearest first; not written out.
    """

    name: str
    code: str
    from_: str = Field(serialization_alias="from")
    distance_m: float
    needed_m: float
    half_width_m: float
    hits: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def distance(self) -> float:
        """See `Measure`."""
        return self.distance_m

    @property
    def hit_names(self) -> tuple[str, ...]:
        """See `Measure`."""
        return self.hits

    def words(self, lang: str, *, preference: bool) -> str:
        """See `Measure`."""
        title = layer_of(self.layer).title(lang)
        name = self.name or f"{title} {self.code}".strip()
        if self.distance_m == 0 and not self.needed_m:
            return say("siting.rules.measure.inside", name=name)(lang)
        key = "away" if not self.needed_m else "favourable" if preference else "needed"
        return say(
            f"siting.rules.measure.{key}",
            name=name,
            edge=say(f"siting.rules.edge.{self.from_}"),
            distance_m=self.distance_m,
            needed_m=self.needed_m,
        )(lang)


class ValueMeasure(Measure):
    """The value of a raster beside the limit, e.g. ``12.4`` and ``> 15``."""

    value: float
    limit: str
    unit: str

    def words(self, lang: str, *, preference: bool) -> str:
        """See `Measure`."""
        return say(
            f"siting.rules.measure.{'value_favourable' if preference else 'value'}",
            title=layer_of(self.layer).title,
            value=self.value,
            unit=self.unit,
            limit=self.limit,
        )(lang)


class ClassMeasure(Measure):
    """The land class of the place."""

    class_: str = Field(serialization_alias="class")
    title: Text | None = None

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Without a title where no vocabulary knows the code."""
        out: dict[str, object] = write(self)
        return out if self.title else {k: v for k, v in out.items() if k != "title"}

    def words(self, lang: str, *, preference: bool) -> str:
        """See `Measure`."""
        del preference  # a class reads the same either way
        named = self.title(lang) if self.title else ""
        return f"{layer_of(self.layer).title(lang)} {self.class_} {named}".rstrip()
