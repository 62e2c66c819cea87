"""Layers that are not complete: what they show counts, what they are silent about does not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from layers.catalogue import layer as layer_of
from siting.rules.model import Rule
from siting.rules.outcome import UNKNOWN
from siting.screen.expression import Node, evaluate
from siting.screen.program import Verdict
from siting.screen.sources import Source

__all__ = ["fills_land", "left_open", "silence_is_open", "silent_codes"]


def silence_is_open(source: Source, layer_id: str, distance_m: float = 0.0) -> bool:
    """Whether land that features of a layer do not reach stays not judged.

    It does where the layer is incomplete. Polygons that must fill the land (parcels) say
    themselves where they are silent: what they cover is known, but not what lies within a
    distance of it.
    """
    if not source.incomplete(layer_id):
        return False
    return distance_m > 0 or not fills_land(layer_id)


def left_open(rule: Rule, source: Source) -> tuple[str, ...]:
    """Layers a rule reads that are there and whose silence leaves land open."""
    pairs = [(layer, test) for test in rule.test.nested() for layer in test.reads]
    return tuple(
        dict.fromkeys(
            layer
            for layer, test in pairs
            if layer_of(layer).kind == "features"
            and source.state(layer) == "available"
            and silence_is_open(source, layer, test.reach_m)
        )
    )


def fills_land(layer_id: str) -> bool:
    """Whether the polygons of a layer must fill the land: where none lies, nothing is known.

    Examples
    --------
    >>> fills_land("land_parcels"), fills_land("road")
    (True, False)
    """
    spec = layer_of(layer_id)
    return spec.unknown == "unknown" and spec.geometry == "polygon"


def silent_codes(
    nodes: Sequence[Node],
    verdicts: Sequence[Verdict],
    outcomes: npt.NDArray[np.int8],
    table: npt.NDArray[np.uint64],
) -> npt.NDArray[np.bool_] | None:
    """Where the silence of incomplete layers alone keeps rules from being judged.

    Returns
    -------
    (n, r) bool or None
        None where no rule waits for an incomplete layer.
    """
    waits = [j for j, v in enumerate(verdicts) if v.awaits and v.incomplete]
    if not waits:
        return None
    out = np.zeros(outcomes.shape, dtype=bool)
    for j in waits:
        if (outcomes[:, j] == UNKNOWN).any():
            told = evaluate(nodes[j], table, vouched=True) != UNKNOWN
            out[:, j] = (outcomes[:, j] == UNKNOWN) & told
    return out
