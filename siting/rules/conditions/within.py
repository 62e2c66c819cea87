"""Land near a feature: setbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field, model_validator

from gis.errors import ModelError
from gis.say import say
from layers.numbers import NotNegative
from siting.rules.conditions.base import Parameter
from siting.rules.conditions.canvas import Answer, Canvas
from siting.rules.conditions.features import FeatureTest

__all__ = ["Within", "formula_m"]

V = TypeVar("V")

# Measured from the drawn line or point itself, without a half width.
_FROM_THE_LINE = ("centre_line", "point", "ground_mark")

_FACTORS = {
    "fall_distance": 1.5,  # WD-044: 1.5 x (hub height + rotor radius)
    "tenth_height": 10.0,  # WD-036..038: height not above 1/10 or 1/8 of the distance
    "eighth_height": 8.0,
}


def formula_m(
    name: str, hub_height_m: float | None, rotor_radius_m: float | None
) -> float | None:
    """Distance of a `Within.distance_of` formula [m]; None when the turbine is not known.

    Examples
    --------
    >>> formula_m("fall_distance", 100.0, 80.0)
    270.0
    >>> formula_m("tenth_height", 100.0, 80.0)
    1800.0
    """
    if hub_height_m is None or rotor_radius_m is None:
        return None
    return _FACTORS[name] * (hub_height_m + rotor_radius_m)


class Within(FeatureTest):
    """Land not farther than `distance_m` from the legal edge of a feature.

    The distance is one on the ground: on the map it is longer or shorter by the map's scale
    at the feature (`gis.cells.ground.feature_scales`).

    Attributes
    ----------
    distance_m
        Distance [m]; None while a `distance_of` formula waits for a turbine. Then land
        within the smaller of `bounds_m` is hit and land up to the larger cannot be judged.
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
    distance_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    distance_of: Literal["", "fall_distance", "tenth_height", "eighth_height"] = ""
    bounds_m: tuple[NotNegative, NotNegative]
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

    @property
    def measured_from(self) -> str:
        """See `FeatureTest`."""
        return self.from_

    @property
    def from_edge(self) -> bool:
        """See `FeatureTest`: a pipeline, a mark or a mast is measured from itself."""
        return self.from_ not in _FROM_THE_LINE

    @property
    def needed_m(self) -> float:
        """See `FeatureTest`."""
        return self.distance_m or 0.0

    @property
    def reach_m(self) -> float:
        """See `FilterTest`."""
        return self.bounds_m[1] if self.distance_m is None else self.distance_m

    @property
    def metres(self) -> float:
        """The distance [m].

        Raises
        ------
        ModelError
            While it waits for a turbine.
        """
        if self.distance_m is None:
            raise ModelError(
                say("siting.rules.distance_depends_on_turbine_which"),
                where=say("siting.rules.at_within", layer=self.layer),
                todo=say("siting.rules.give_hub_height_m_rotor"),
            )
        return self.distance_m

    @property
    def parameter(self) -> Parameter:
        """See `RuleTest`."""
        return Parameter(
            name="distance_m", value=self.distance_m, unit="m", bounds=self.bounds_m
        )

    def parameter_text(self) -> str:
        """See `RuleTest`."""
        return self.distance_of if self.distance_m is None else f"{self.distance_m:g} m"

    def resolved(self, hub_height_m: float | None, rotor_radius_m: float | None) -> Self:
        """See `RuleTest`; a distance that is given caps the formula's."""
        out = super().resolved(hub_height_m, rotor_radius_m)
        if not self.distance_of:
            return out
        found = formula_m(self.distance_of, hub_height_m, rotor_radius_m)
        if found is None:
            return out
        metres = found if self.distance_m is None else min(self.distance_m, found)
        return out.model_copy(update={"distance_m": metres})

    def judged(self, canvas: Canvas[V], answer: Answer) -> V:
        """See `LayerTest`."""

        def near(distance_m: float) -> V:
            return canvas.near(
                answer.layer_id, self.where, distance_m, from_edge=self.from_edge
            )

        if self.distance_m is not None:
            return near(self.distance_m)
        unknown = canvas.lacking(replace(answer, state="no_turbine"))
        low, high = self.bounds_m
        return canvas.one_of([near(low), canvas.all_of([near(high), unknown])])
