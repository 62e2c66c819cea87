"""The ecosystem classes carbon counts in."""

from __future__ import annotations

from functools import cache

import layers.vocabulary
from gis.say import say
from layers.spec import text_of
from layers.vocabulary import Ecosystem

__all__ = ["ecosystems"]


@cache
def ecosystems() -> dict[str, Ecosystem]:
    """The toolkit's ecosystem classes, and those carbon needs finer, by id.

    Examples
    --------
    >>> ecosystems()["saline_vegetated"].group
    'unused'
    """
    # the survey's saline land is bimodal in soil carbon: a vegetated margin holds ten times
    # the carbon of a bare flat, so the vegetated part is a class of its own here
    finer = Ecosystem(
        "saline_vegetated", text_of(say("carbon_sink.cover.saline_vegetated")), "unused"
    )
    return {**layers.vocabulary.ecosystems(), finer.id: finer}
