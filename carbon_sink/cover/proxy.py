"""What a classified raster shows of an indicator: a proxy of no legal caliber."""

from __future__ import annotations

from collections.abc import Mapping

from carbon_sink.cover.classes import ecosystems
from carbon_sink.cover.land import County
from gis.say import say
from layers.spec import Text, text_of

__all__ = ["PROXIES", "classes_of", "note_of", "sure_and_maybe"]

LAND_COVER = "land_cover"
PROXIES: Mapping[str, Text] = {LAND_COVER: text_of(say("carbon_sink.cover.proxy_land_cover"))}
"""Definitions that never stand in for a legal caliber, with their words."""


def classes_of(*groups: str) -> frozenset[str]:
    """Ecosystems of some groups.

    Examples
    --------
    >>> sorted(classes_of("forest"))
    ['forest_arbor']
    """
    return frozenset(e for e, x in ecosystems().items() if x.group in groups)


def sure_and_maybe(county: County, classes: frozenset[str]) -> tuple[float, float]:
    """Area that surely is one of `classes`, and area that may be [ha]."""
    sure = maybe = 0.0
    for eco, area in county.by_ecosystem().items():
        options = county.ambiguous.get(eco, frozenset({eco}))
        sure += area if options <= classes else 0.0
        maybe += area if options & classes else 0.0
    return sure, maybe


def note_of(high: float) -> Text:
    """What a reader has to know of a proxy whose upper end is `high`."""
    key = "proxy_interval" if high > 0 else "proxy_none_seen"
    return text_of(say(f"carbon_sink.cover.{key}"))
