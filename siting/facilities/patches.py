"""Patches of a case ``connectivity``: how far what lives in them gets, and over what land."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field

from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.catalogue import layers
from layers.numbers import NotNegative, Positive
from layers.spec import Frozen, Origin

__all__ = [
    "AnyLayer",
    "AreaLayer",
    "FeatureLayer",
    "LayerId",
    "Patches",
    "Resistance",
    "Sourced",
]

_FEATURES = ("point", "line", "polygon")


def _in_catalogue(name: str) -> str:
    if name and name not in layers():
        near = get_close_matches(name, layers(), n=3)
        if near:
            raise ValueError(say("siting.facilities.layer_did_you_mean", names=listed(near)))
        raise ValueError(
            say("siting.facilities.no_such_layer"), say("siting.facilities.see_layers")
        )
    return name


def _of_areas(name: str) -> str:
    if name and layer_of(name).geometry != "polygon":
        raise ValueError(say("siting.facilities.layer_of_areas"), "polygon")
    return name


def _of_features(name: str) -> str:
    if layer_of(name).geometry not in _FEATURES:
        raise ValueError(say("siting.facilities.layer_of_features"), ", ".join(_FEATURES))
    return name


LayerId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_in_catalogue)]
# or none: one type with its own words, as a choice of two tells a fault of each
AnyLayer = Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]*)?$"), AfterValidator(_in_catalogue)]
AreaLayer = Annotated[AnyLayer, AfterValidator(_of_areas)]
FeatureLayer = Annotated[LayerId, AfterValidator(_of_features)]


def _said(source: Origin) -> Origin:
    if not source:
        raise ValueError(say("siting.facilities.factor_without_source"))
    return source


Sourced = Annotated[Origin, AfterValidator(_said)]


class Resistance(Frozen):
    """How hard land is to cross, by its class: corridors then follow the cheapest way.

    Attributes
    ----------
    layer, field
        Areas that cover the land, and their column of classes.
    values
        Class, or its beginning, -> resistance of a metre; the longest beginning counts. User
        input: studies set it by species.
    other
        Of land without a value; nobody passes it when not given.
    cell_m
        Side of the cells a way is sought in.
    source
        Of the values.
    """

    layer: AreaLayer
    field: Annotated[str, Field(min_length=1)]
    values: Annotated[dict[str, Positive], Field(min_length=1)]
    other: Positive | None = None
    cell_m: Annotated[float, Field(ge=5.0, le=2000.0, allow_inf_nan=False)] = 100.0
    source: Sourced


class Patches(Frozen):
    """How far what lives in patches gets: model ``connectivity``.

    Attributes
    ----------
    half_distance_m, source
        At which half arrive, from edge to edge; user input.
    least_ha
        Smaller patches do not count.
    touch_m
        Areas no farther apart than this are one patch: neighbours whose corners differ by the
        last digits of their coordinates.
    resistance
        Of the land between; without it ways are straight. `half_distance_m` is then of land
        of resistance 1.
    """

    half_distance_m: Positive
    source: Sourced
    least_ha: NotNegative = 0.0
    touch_m: NotNegative = 0.1
    resistance: Resistance | None = None
