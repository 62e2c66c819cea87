"""What tests of feature layers share: which features, and what is measured to them."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from gis.errors import Fault
from gis.say import say
from gis.types import F8
from layers.spec import Layer
from siting.rules.conditions.base import LayerTest
from siting.rules.conditions.canvas import FeatureMeasure, Gauge, Measure
from siting.rules.where import Where, where_faults

__all__ = ["FeatureTest"]


class FeatureTest(LayerTest):
    """A test of the features that `where` means; all of the layer when it is empty."""

    where: Where = Field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """See `FilterTest`."""
        return tuple(self.where)

    @property
    def measured_from(self) -> str:
        """Where the law measures from."""
        return "edge"

    @property
    def from_edge(self) -> bool:
        """Whether the half width of a line is added before a distance is measured."""
        return True

    def reaches_m(self, half_width_m: F8) -> F8:
        """How far it reaches from drawn geometry of these half widths, on the ground [m]."""
        own = half_width_m if self.from_edge else np.zeros_like(half_width_m)
        return np.asarray(own + self.metres, dtype=np.float64)

    @property
    def metres(self) -> float:
        """The distance [m]; 0 for none."""
        return 0.0

    @property
    def needed_m(self) -> float:
        """The distance asked for [m]; 0 for none."""
        return 0.0

    def faults(self, layer: Layer, where: str) -> list[Fault]:
        """A layer that has no features, fields it has not, values they cannot take."""
        if layer.kind != "features":
            return [
                Fault(say("siting.rules.test_needs_feature_layer"), where=where, got=layer.kind)
            ]
        return where_faults(layer, self.where, where)

    def measure(self, gauge: Gauge) -> tuple[Measure, ...]:
        """The nearest feature, and those within the distance."""
        answer = gauge.answer(self.layer, by_class=bool(self.asked_classes))
        if answer.state != "available":
            return ()
        found = gauge.features(answer.layer_id, self.where, from_edge=self.from_edge)
        if not found:
            return ()
        hits = [f.name or f.code for f in found if f.distance_m <= self.needed_m]
        return (
            FeatureMeasure(
                layer=answer.layer_id,
                name=found[0].name,
                code=found[0].code,
                from_=self.measured_from,
                distance_m=found[0].distance_m,
                needed_m=self.needed_m,
                half_width_m=found[0].half_width_m,
                hits=tuple(dict.fromkeys(h for h in hits if h)),
            ),
        )
