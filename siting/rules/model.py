"""What a rule is: a tagged union of tests, and the law it comes from.

A *filter* test says which land is hit; `Checklist` and `Note` items are conditions on a
project and never become a mask. The engine evaluates the tests; this module fixes their
meaning.

Notes
-----
Feature tests measure from the **legal edge**: the distance of a `Within` test is added to
the half width of a centre line (`siting.rules.half_widths`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, model_validator

from gis.say import say
from layers.spec import Frozen, Text
from siting.rules.area import Elsewhere, HoldsIn

__all__ = [
    "Above",
    "AnyOf",
    "Below",
    "Checklist",
    "Condition",
    "Filter",
    "InClasses",
    "Intersects",
    "NotInClasses",
    "Note",
    "Override",
    "Part",
    "Rule",
    "RuleKind",
    "Scenario",
    "Test",
    "Where",
    "Within",
    "as_conditions",
    "layers_of",
    "nested_tests",
]

RuleKind = Literal["hard", "conditional", "preference"]
Scenario = Literal["base", "hard", "conservative"]
AppliesTo = Literal["pv", "wind", "afforest", "wetland", "grass"]
Part = Literal["array", "substation", "road", "line", "turbine"]
Scalar: TypeAlias = str | int | float


class Condition(Frozen):
    """What one field of a feature must be.

    Attributes
    ----------
    in_
        Accepted values (key ``in``).
    not_
        Values that do not count (key ``not``).
    contains
        Texts one of which must occur in the value.
    min, max
        Inclusive bounds of a number.
    gt, lt
        Bounds that do not belong to the range themselves.
    missing
        What a feature without a value is: ``"unknown"`` (cannot be judged), ``"hit"`` or
        ``"miss"``.
    """

    in_: tuple[Scalar, ...] = Field(default=(), alias="in")
    not_: tuple[Scalar, ...] = Field(default=(), alias="not")
    contains: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    gt: float | None = None
    lt: float | None = None
    missing: Literal["unknown", "hit", "miss"] = "unknown"

    @model_validator(mode="after")
    def _something(self) -> Condition:
        bounds = (self.min, self.max, self.gt, self.lt)
        if not (self.in_ or self.not_ or self.contains) and all(b is None for b in bounds):
            raise ValueError(say("siting.rules.give_not_contains_min_max"))
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(say("siting.rules.min_above_max"))
        return self


Where: TypeAlias = dict[str, Scalar | tuple[Scalar, ...] | Condition]


def as_conditions(where: Where) -> dict[str, Condition]:
    """`where` with every short form written out.

    Examples
    --------
    >>> as_conditions({"road_class": "national"})["road_class"].in_
    ('national',)
    """
    out: dict[str, Condition] = {}
    for name, value in where.items():
        if isinstance(value, Condition):
            out[name] = value
        else:
            accepted = value if isinstance(value, tuple) else (value,)
            out[name] = Condition.model_validate({"in": accepted})
    return out


class _Filter(Frozen):
    when: tuple[Filter, ...] = ()


class Intersects(_Filter):
    """Land inside a feature (for a line: inside its half width)."""

    type: Literal["intersects"] = "intersects"
    layer: str
    where: Where = Field(default_factory=dict)


class Within(_Filter):
    """Land not farther than `distance_m` from the legal edge of a feature.

    Attributes
    ----------
    distance_m
        Distance [m]; None while a `distance_of` formula waits for a turbine.
    distance_of
        ``"fall_distance"``: 1.5 (hub height + rotor radius), ``"tenth_height"``: 10 x tip
        height, ``"eighth_height"``: 8 x tip height; the last two never exceed `distance_m`.
    bounds_m
        Smallest and largest distance a plan may set; the smallest is the law's figure
        where there is one.
    from_
        Where the law measures from (key ``from``).
    """

    type: Literal["within"] = "within"
    layer: str
    where: Where = Field(default_factory=dict)
    distance_m: Annotated[float, Field(ge=0)] | None = None
    distance_of: Literal["", "fall_distance", "tenth_height", "eighth_height"] = ""
    bounds_m: tuple[float, float]
    from_: Literal[
        "edge",
        "centre_line",
        "land_edge",
        "outer_conductor",
        "embankment_toe",
        "ground_mark",
        "point",
        "wall",
    ] = Field(default="edge", alias="from")

    @model_validator(mode="after")
    def _inside(self) -> Within:
        low, high = self.bounds_m
        if low > high:
            raise ValueError(say("siting.rules.bounds_m_wrong_way_round"))
        if self.distance_m is None and not self.distance_of:
            raise ValueError(say("siting.rules.give_distance_m_distance"))
        if self.distance_m is not None and not low <= self.distance_m <= high:
            raise ValueError(
                say("siting.rules.distance_m_outside_bounds_m", distance_m=self.distance_m)
            )
        return self


class InClasses(_Filter):
    """Land of the classes listed: ecosystem classes, their groups, or codes.

    A code that may be several classes, some of them listed, cannot be decided.
    """

    type: Literal["in_classes"] = "in_classes"
    layer: str
    classes: tuple[str, ...] = Field(min_length=1)


class NotInClasses(_Filter):
    """Land of any class that is not listed; no data is unknown."""

    type: Literal["not_in_classes"] = "not_in_classes"
    layer: str
    classes: tuple[str, ...] = Field(min_length=1)


class _Threshold(_Filter):
    layer: str
    limit: float
    unit: str
    inclusive: bool = True
    bounds: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _inside(self) -> _Threshold:
        if self.bounds is not None and not self.bounds[0] <= self.limit <= self.bounds[1]:
            raise ValueError(say("siting.rules.limit_outside_bounds", limit=self.limit))
        return self


class Above(_Threshold):
    """Raster cells at or above (`inclusive`) or above the limit."""

    type: Literal["above"] = "above"


class Below(_Threshold):
    """Raster cells at or below (`inclusive`) or below the limit."""

    type: Literal["below"] = "below"


class AnyOf(_Filter):
    """Land hit by at least one of the tests."""

    type: Literal["any_of"] = "any_of"
    tests: tuple[Filter, ...] = Field(min_length=2)


class Checklist(Frozen):
    """A condition on the project, to be ticked off; never a mask."""

    type: Literal["checklist"] = "checklist"
    quantity: str
    operator: Literal[">=", ">", "<=", "<", "="]
    value: float
    unit: str
    about: Text | None = None


class Note(Frozen):
    """Something to know or to hand in; never a mask."""

    type: Literal["note"] = "note"
    about: Text


Filter: TypeAlias = Annotated[
    Intersects | Within | InClasses | NotInClasses | Above | Below | AnyOf,
    Field(discriminator="type"),
]
Test: TypeAlias = Annotated[
    Intersects | Within | InClasses | NotInClasses | Above | Below | AnyOf | Checklist | Note,
    Field(discriminator="type"),
]


class Stated(Frozen):
    """The rule as the source table has it, word for word."""

    layer: str
    operator: str
    parameter: str = ""
    unit: str = ""


class Rule(Frozen):
    """One rule of law or practice.

    Attributes
    ----------
    holds_in
        Area the rule is law in: a country, divisions, or a basin; no default.
    elsewhere
        How it reads outside the area its words were written for.
    area_known
        False when `load_rules` could not tell whether the rule holds at the place.
    kind
        In force after `load_rules`; as the source states it in the books.
    stated_kind
        What the source states, filled by `load_rules` when it differs from `kind`.
    confidence
        ``"recalled"`` rules were not seen in the original; alone they never exclude land.
    activity
        What the rule is about; ``"build"`` unless it concerns only lines and roads,
        repowering, distributed plants, planting, reclaiming, occupation or restoration.
    parts
        Parts of a project the rule is about (array, substation, road, line, turbine); empty
        for all. Looked at only where a boundary says which part is where.
    scenarios
        Scenarios in which the rule takes part.
    kind_in
        Kind in a scenario where it differs.
    read_as
        Kind to use in place of the stated one, with `review` saying why.
    valid_from, valid_to
        First and last day in force; None is open.
    superseded_on
        From this day on the rule lives only in scenarios that name it.
    form_from, form_before
        A text revised on `form_from`; `form_before` says how it read earlier.
    review
        Why a lawyer must look at it; recalled rules always need it.
    no_quote
        Why there is no quote; required exactly when `quote` is empty.
    overridden
        Reason given by the plan when it changed the rule.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-\d{3,}[a-z]?$")]
    applies_to: tuple[AppliesTo, ...] = Field(min_length=1)
    holds_in: HoldsIn
    kind: RuleKind
    confidence: Literal["verified", "recalled"]
    grade: str = ""
    title: Text
    citation: str = Field(min_length=1)
    quote: str = ""
    no_quote: str = ""
    source: str = ""
    stated: Stated
    test: Test
    activity: Literal[
        "build",
        "lines_and_roads",
        "repower",
        "distributed",
        "plant",
        "reclaim",
        "occupy",
        "restore",
        "graze",
    ] = "build"
    parts: tuple[Part, ...] = ()
    approval: Text | None = None
    scenarios: tuple[Scenario, ...] = ("base", "hard", "conservative")
    kind_in: dict[Scenario, RuleKind] = Field(default_factory=dict)
    read_as: RuleKind | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    superseded_on: date | None = None
    form_from: date | None = None
    form_before: Text | None = None
    review: Text | None = None
    elsewhere: Elsewhere | None = None
    area_known: bool = True
    book: str = ""
    stated_kind: RuleKind | None = None
    overridden: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if bool(self.quote) == bool(self.no_quote):
            raise ValueError(say("siting.rules.give_quote_no_quote_reason"))
        if (self.form_from is None) != (self.form_before is None):
            raise ValueError(say("siting.rules.form_from_form_before_come"))
        if self.read_as is not None and self.review is None:
            raise ValueError(say("siting.rules.read_needs_review_say_why"))
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError(say("siting.rules.valid_from_after_valid"))
        return self

    @property
    def is_filter(self) -> bool:
        """Whether the rule says something about land (and not about a project)."""
        return not isinstance(self.test, Checklist | Note)

    @property
    def needs_review(self) -> bool:
        """Whether it must be shown as "needs legal review"."""
        recalled = self.confidence == "recalled"
        return recalled or self.review is not None or not self.area_known

    @property
    def layer_ids(self) -> tuple[str, ...]:
        """Ids of every layer the rule reads, conditions included."""
        return layers_of(self.test)


class Override(Frozen):
    """A change of one rule by the plan (``off`` leaves it out); the reason is reported."""

    id: str
    reason: str = Field(min_length=1)
    distance_m: float | None = None
    limit: float | None = None
    kind: RuleKind | None = None
    off: bool = False

    @model_validator(mode="after")
    def _something(self) -> Override:
        given = [self.distance_m is not None, self.limit is not None, self.kind is not None]
        if self.off == any(given):
            raise ValueError(say("siting.rules.give_distance_m_limit_kind"))
        return self


def nested_tests(test: BaseModel) -> tuple[BaseModel, ...]:
    """`test` and every test inside it (``when`` and the members of an `AnyOf`)."""
    out: list[BaseModel] = [test]
    children: list[Any] = [*getattr(test, "when", ()), *getattr(test, "tests", ())]
    for child in children:
        out += nested_tests(child)
    return tuple(out)


def layers_of(test: BaseModel) -> tuple[str, ...]:
    """Ids of the layers a test reads, in order, each once."""
    found = [t.layer for t in nested_tests(test) if hasattr(t, "layer")]
    return tuple(dict.fromkeys(found))


for _model in (_Filter, Intersects, Within, InClasses, NotInClasses, Above, Below, AnyOf, Rule):
    _model.model_rebuild()
