"""What every kind of test knows about itself, and how TOML finds the kinds.

A kind of test is one class in one module of this folder. It says its fields, what is wrong
with them for a layer, which parameter a plan may change, what it means on a canvas, what it
measures and how it reads; nobody else asks for its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import get_annotations
from typing import Annotated, Any, ClassVar, Literal, Self, TypeAlias, TypeVar

from pydantic import PlainValidator, SerializeAsAny

from gis.errors import Fault
from gis.say import say
from layers.numbers import Number
from layers.spec import Frozen, Layer
from siting.rules.conditions.canvas import Answer, Canvas, Gauge, Measure

__all__ = [
    "Demand",
    "Filter",
    "FilterTest",
    "LayerTest",
    "Parameter",
    "RuleTest",
    "Test",
    "kinds",
    "printed_limit",
]

V = TypeVar("V")
_SIGNS = (("<= ", "≤ "), (">= ", "≥ "), (" deg", "°"), ("m2", "m²"))


class Parameter(Frozen):
    """The number of a test that a plan or a what-if may change.

    Attributes
    ----------
    name
        ``"distance_m"`` or ``"limit"``.
    value
        None while a formula waits for a turbine.
    bounds
        What a plan may set; None for anything.
    """

    name: str
    value: Number | None
    unit: str
    bounds: tuple[Number, Number] | None = None


class Demand(Frozen):
    """What a project must have: a quantity compared with a number."""

    quantity: str
    operator: Literal[">=", ">", "<=", "<", "="]
    value: Number
    unit: str


class RuleTest(Frozen):
    """A rule's test; the kinds are its subclasses, told apart by `type`."""

    type: str
    is_filter: ClassVar[bool] = False
    about_land: ClassVar[bool] = False
    """Whether it asks for the kind of land, as a preference of its own."""

    @property
    def inner(self) -> tuple[FilterTest, ...]:
        """Tests inside this one."""
        return ()

    def nested(self) -> tuple[RuleTest, ...]:
        """The test itself and every test inside it."""
        return (self, *(t for own in self.inner for t in own.nested()))

    @property
    def reads(self) -> tuple[str, ...]:
        """Ids of the layers it reads itself."""
        return ()

    def faults(self, layer: Layer, where: str) -> list[Fault]:
        """What is wrong with asking this of a layer it reads."""
        del layer, where
        return []

    @property
    def reach_m(self) -> float:
        """How far from the land features matter [m]; 0 for touching ones."""
        return 0.0

    @property
    def fields(self) -> tuple[str, ...]:
        """Attributes of the layer's features it looks at."""
        return ()

    @property
    def asked_classes(self) -> tuple[str, ...]:
        """Land classes a filter asks for, when it asks for nothing else.

        Such a test of land parcels can be answered by land cover, and the other way round.
        """
        return ()

    def on(self, canvas: Canvas[V]) -> V:
        """Land that is hit, is not, or cannot be judged; only a filter says it."""
        raise NotImplementedError

    @property
    def parameter(self) -> Parameter | None:
        """The number that may be changed; None when there is none."""
        return None

    def relaxed(self, **changes: float) -> Self | None:
        """With another value of its parameter; None when it has no such parameter."""
        own = self.parameter
        if own is None or set(changes) != {own.name}:
            return None
        return self.model_copy(update={own.name: float(changes[own.name])})

    def resolved(self, hub_height_m: float | None, rotor_radius_m: float | None) -> Self:
        """With every formula of a turbine turned into metres, where the turbine is known."""
        del hub_height_m, rotor_radius_m
        return self

    @property
    def demand(self) -> Demand | None:
        """What it demands of the project; None for tests of land and for notes."""
        return None

    def parameter_text(self) -> str:
        """Its parameter with its unit, e.g. ``30 m`` or ``<= 3 deg``."""
        return ""

    def words(self, lang: str) -> str:
        """What it wants, in words or as its parameter."""
        del lang
        return printed_limit(self.parameter_text())

    def measure(self, gauge: Gauge) -> tuple[Measure, ...]:
        """What it measures at a place; conditions under ``when`` are not measured."""
        del gauge
        return ()


class FilterTest(RuleTest):
    """A test that says which land is hit; `when` are further tests that must hit too."""

    is_filter: ClassVar[bool] = True
    _inner: ClassVar[tuple[str, ...]] = ("when",)
    when: tuple[Filter, ...] = ()

    @property
    def inner(self) -> tuple[FilterTest, ...]:
        """Tests inside this one: conditions, and members where there are."""
        return tuple(t for name in self._inner for t in getattr(self, name))

    def on(self, canvas: Canvas[V]) -> V:
        """See `RuleTest`."""
        if not self.when:
            return self.own(canvas)
        return canvas.all_of([self.own(canvas), *(t.on(canvas) for t in self.when)])

    def own(self, canvas: Canvas[V]) -> V:
        """As `on`, without the conditions under ``when``."""
        raise NotImplementedError

    def resolved(self, hub_height_m: float | None, rotor_radius_m: float | None) -> Self:
        """See `RuleTest`; the tests inside are resolved."""
        changes = {
            name: tuple(t.resolved(hub_height_m, rotor_radius_m) for t in getattr(self, name))
            for name in self._inner
            if getattr(self, name)
        }
        return self.model_copy(update=changes) if changes else self


class LayerTest(FilterTest):
    """A test of one layer."""

    layer: str

    @property
    def reads(self) -> tuple[str, ...]:
        """See `RuleTest`."""
        return (self.layer,)

    def own(self, canvas: Canvas[V]) -> V:
        """See `FilterTest`: what cannot be judged, what another layer answers, the rest."""
        answer = canvas.answer(self.layer, by_class=bool(self.asked_classes))
        if answer.state != "available":
            return canvas.lacking(answer)
        if answer.layer_id != self.layer:
            return self.of_classes(canvas, answer)
        return self.judged(canvas, answer)

    def of_classes(self, canvas: Canvas[V], answer: Answer) -> V:
        """The test by land classes alone, on whichever layer of classes is there."""
        return canvas.classes(answer.layer_id, self.asked_classes)

    def judged(self, canvas: Canvas[V], answer: Answer) -> V:
        """The test on its own layer, which is there."""
        raise NotImplementedError


def kinds() -> dict[str, type[RuleTest]]:
    """Every kind of test by its `type`: the classes that have one of their own."""
    found: dict[str, type[RuleTest]] = {}
    rest: list[type[RuleTest]] = [RuleTest]
    while rest:
        cls = rest.pop()
        rest += cls.__subclasses__()
        name = cls.model_fields["type"].default
        if isinstance(name, str) and "type" in get_annotations(cls):
            found[name] = cls
    return found


def _read(value: object, *, filters: bool) -> RuleTest:
    if isinstance(value, RuleTest):
        if filters and not value.is_filter:
            raise ValueError(say("siting.rules.test_is_no_filter", kind=value.type))
        return value
    known = {k: c for k, c in kinds().items() if c.is_filter or not filters}
    name = value.get("type") if isinstance(value, Mapping) else None
    if name not in known:
        raise ValueError(
            say("siting.rules.no_such_test", kind=str(name)), ", ".join(sorted(known))
        )
    return known[str(name)].model_validate(value)


def _any(value: Any) -> RuleTest:  # noqa: ANN401 - whatever TOML holds
    return _read(value, filters=False)


def _filter(value: Any) -> RuleTest:  # noqa: ANN401 - whatever TOML holds
    return _read(value, filters=True)


Filter: TypeAlias = Annotated[SerializeAsAny[FilterTest], PlainValidator(_filter)]
"""A filter test of any kind, read from TOML by its `type`."""

Test: TypeAlias = Annotated[SerializeAsAny[RuleTest], PlainValidator(_any)]
"""A test of any kind, read from TOML by its `type`."""

FilterTest.model_rebuild()
LayerTest.model_rebuild()


def printed_limit(text: str) -> str:
    """A limit as a reader meets it.

    Examples
    --------
    >>> printed_limit("<= 3 deg"), printed_limit(">= 1400 kWh/m2"), printed_limit("30 m")
    ('≤ 3°', '≥ 1400 kWh/m²', '30 m')
    """
    for sign, printed in _SIGNS:
        text = text.replace(sign, printed)
    return text
