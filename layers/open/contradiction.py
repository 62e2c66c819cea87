"""Layers a plan assumes absent although its land parcels show that they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.errors import ConfigError, Fault, raise_faults
from gis.prepared import prepared
from gis.say import Listed, listed, say
from gis.toml import parse_toml
from layers.catalogue import layer as layer_of
from layers.numbers import NotNegative
from layers.open.county import county_boundary, plan_crs
from layers.open.parcel_outlines import counted_once
from layers.open.plan_layers import open_features, vocabulary_of
from layers.open.read_layer import layer_state, where_of
from layers.open.shelf.reports import kept_areas
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Frozen, Text
from layers.vocabulary import vocabulary

__all__ = [
    "Contradiction",
    "contradiction_faults",
    "contradiction_warnings",
    "contradictions",
    "refuse_contradictions",
]

_PARCELS = "land_parcels"


class _Pair(Frozen):
    """A layer, and classes of the land survey that show it is there."""

    layer: str
    classes: tuple[str, ...]
    least_ha: NotNegative | None = None
    reason: Text


@dataclass(frozen=True)
class Contradiction:
    """A layer assumed absent, and the parcels that say otherwise.

    Attributes
    ----------
    layer_id
        The layer.
    area_ha
        Class code -> ellipsoidal area of its parcels inside the county [ha].
    least_ha
        From this area on it is a fault of the plan [ha]; None where the classes make the
        layer likely and do not prove it.
    reason
        Why the classes show it.
    """

    layer_id: str
    area_ha: Mapping[str, float]
    least_ha: NotNegative | None
    reason: Text

    @property
    def total_ha(self) -> float:
        """Area of all the classes [ha]."""
        return float(sum(self.area_ha.values()))

    @property
    def is_fault(self) -> bool:
        """Whether the plan is refused for it."""
        return self.least_ha is not None and self.total_ha >= self.least_ha


@cache
def _pairs() -> tuple[_Pair, ...]:
    raw = files("layers.open").joinpath("contradiction.toml").read_bytes()
    return tuple(
        _Pair.model_validate(row)
        for row in parse_toml(raw, "contradiction.toml", own=True)["pairs"]
    )


def _class_areas(plan: Plan, codes: set[str]) -> dict[str, float]:
    """Ellipsoidal area of the parcels of some classes inside the county [ha]."""
    table = open_features(plan, _PARCELS)
    words = vocabulary_of(plan, _PARCELS)
    if table is None or words != "dlbm" or words not in table.columns:
        return {}
    own = table[table[words].astype(str).isin(codes)]
    shapes = np.asarray(own.geometry.array, dtype=object)
    if not len(shapes):
        return {}
    county = county_boundary(plan)
    county = prepared(county)
    over = ~shapely.covers(county, shapes)
    shapes[over] = shapely.intersection(shapes[over], county)
    area = to_ha(polygon_area_m2(counted_once(shapes), plan_crs(plan)))
    found = own[words].astype(str).to_numpy()
    return {c: float(area[found == c].sum()) for c in sorted(set(found))}


def contradictions(plan: Plan) -> tuple[Contradiction, ...]:
    """Layers of a plan that are assumed absent although its parcels show them.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    tuple of Contradiction
        Empty where the plan has no parcels of the land survey.

    Raises
    ------
    DataError
        When the parcels cannot be opened.
    """
    asked = [p for p in _pairs() if layer_state(plan, p.layer) == "assumed_absent"]
    if not asked or layer_state(plan, _PARCELS) != "available":
        return ()
    codes = {c for p in asked for c in p.classes}
    areas = kept_areas(plan, _PARCELS, codes, lambda: _class_areas(plan, codes))
    found = []
    for p in asked:
        own = {c: areas[c] for c in p.classes if areas.get(c, 0.0) > 0}
        if own:
            found.append(Contradiction(p.layer, own, p.least_ha, p.reason))
    return tuple(found)


def _classes(found: Contradiction) -> Listed:
    survey = vocabulary("dlbm").entries
    return listed(
        say("layers.open.class_area", code=c, title=survey[c].title, area_ha=a)
        for c, a in found.area_ha.items()
    )


def contradiction_faults(plan: Plan) -> list[Fault]:
    """Faults of a plan whose parcels show layers that it assumes absent."""
    return [
        Fault(
            say(
                "layers.open.parcels_contradict_absence",
                title=layer_of(c.layer_id).title,
                reason=c.reason,
            ),
            where=where_of(plan, c.layer_id),
            got=say("layers.open.parcels_show", total_ha=c.total_ha, classes=_classes(c)),
            expected=say("layers.open.less_than_ha", least_ha=c.least_ha or 0.0),
            todo=say("layers.open.give_layer_or_ask", layer_id=c.layer_id),
        )
        for c in contradictions(plan)
        if c.is_fault
    ]


def contradiction_warnings(plan: Plan) -> list[Warn]:
    """What the parcels make likely, or show on little land, for the reader of a result."""
    return [
        Warn(
            "layer_contradicted",
            say(
                "layers.open.layer_contradicted",
                title=layer_of(c.layer_id).title,
                total_ha=c.total_ha,
                classes=_classes(c),
                reason=c.reason,
            ),
            where_of(plan, c.layer_id),
        )
        for c in contradictions(plan)
        if not c.is_fault
    ]


def refuse_contradictions(plan: Plan) -> None:
    """Refuse a plan that assumes a layer absent which its own parcels show.

    Raises
    ------
    ConfigError
        With every such layer, the area and classes that show it, and what to do.
    """
    raise_faults(ConfigError, contradiction_faults(plan))
