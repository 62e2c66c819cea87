"""How much of the law was judged, and what to fetch next, in the words every product shares."""

from __future__ import annotations

from geoplan.glossary import tech_word
from gis.say import Sentence, say
from layers.spec import Text
from siting.screen.summary import JudgedSummary, LayerNext

__all__ = ["FIRST_LAYERS", "judged_statement", "layer_line", "next_layer_lines", "next_title"]

_HA_KM2 = 100.0

FIRST_LAYERS = 3
"""Layers named on page one; all of them stand in the table of next layers."""


def judged_statement(tech: str, judged: JudgedSummary) -> Sentence:
    """How much of the rules was judged, weighed and counted."""
    return say(
        "geoplan.common.judged",
        tech=tech_word(tech),
        share_pct=100 * judged.frac,
        n=judged.n,
        m=judged.of,
        hard_pct=100 * judged.hard_frac,
        hard_n=judged.hard_n,
        hard_m=judged.hard_of,
    )


def next_title(one: LayerNext) -> Sentence | Text:
    """Name of a layer to get; one that is there and lacks features says so."""
    if not one.complete_it:
        return one.title
    return say("siting.screen.to_complete", layer=one.title)


def layer_line(one: LayerNext, judged: JudgedSummary) -> Sentence:
    """What one more layer would bring, when those before it have come."""
    key = "next_layer" if one.holder is None else "next_layer_from"
    return say(
        f"geoplan.common.{key}",
        layer=next_title(one),
        holder=one.holder or one.title,
        n_rules=len(one.rules),
        share_pct=100 * one.frac,
        n=one.n,
        m=judged.of,
        above_km2=one.above_ha / _HA_KM2,
        limit_pct=100 * judged.limit,
        lifted_km2=one.lifted_ha / _HA_KM2,
    )


def next_layer_lines(judged: JudgedSummary | None) -> list[Sentence]:
    """The first layers to fetch, one line each; none when no rule waits for a layer."""
    if judged is None:
        return []
    return [layer_line(x, judged) for x in judged.next_layers[:FIRST_LAYERS]]
