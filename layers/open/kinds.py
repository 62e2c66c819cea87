"""Points, lines and areas: their types of geometry, and what they are called."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.say import Listed, Sentence, listed, say

__all__ = ["KINDS", "kind_word", "kinds_met"]

KINDS = {"point": (0, 4), "line": (1, 2, 5), "polygon": (3, 6)}
"""Kind of a layer -> ids of the types its features have."""


def kind_word(kind: str) -> Sentence:
    """What geometry of a kind is called.

    Examples
    --------
    >>> kind_word("line"), kind_word("line")("zh")
    ('lines', '线')
    """
    return say(f"layers.recognise.kind_{kind}")


def kinds_met(geometries: npt.NDArray[np.object_]) -> Listed:
    """What geometries are, each kind once.

    Examples
    --------
    >>> kinds_met(np.array([shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])]))
    'points, lines'
    """
    met = {int(k) for k in shapely.get_type_id(geometries)}
    return listed(kind_word(k) for k, own in KINDS.items() if met & {*own})
