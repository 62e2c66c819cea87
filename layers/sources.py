"""What a source of figures is called: layers by their titles, one language of two."""

from __future__ import annotations

import re
from functools import cache

from gis.say import LANGS, say
from layers.catalogue import layer, layer_ids
from layers.spec import Text

__all__ = ["source_text", "source_words"]

_BREAK = re.compile(r"([;,:()]\s*|\s+(?=\())")  # between the parts of a source
_SAMPLE = "layers.sources.sample_weather"  # what the sample's weather says of itself


@cache
def _layer_ids() -> frozenset[str]:
    return frozenset(layer_ids())


@cache
def _synthetic() -> frozenset[str]:
    """The word for made-up data in either language, and both beside one another."""
    own = [say("layers.sources.synthetic")(lang) for lang in LANGS]
    return frozenset({*own, " ".join(own)})


def _source(part: str, lang: str) -> str:
    if part in _layer_ids():
        return layer(part).title(lang)
    return say("layers.sources.synthetic")(lang) if part in _synthetic() else part


def source_words(text: str, lang: str) -> str:
    """A source with its layers by their titles; words that are no layer stay as they are.

    A part between separators is taken for an id only as a whole: a sentence in which a road
    is named is nobody's layer.

    Examples
    --------
    >>> source_words("forest_land", "zh"), source_words("ndvi; ndvi_base, 5 %", "en")
    ('林地图斑（林草湿“一张图”）', 'NDVI; NDVI of the base year, 5 %')
    >>> source_words("survey of the road bureau", "zh")
    'survey of the road bureau'
    >>> source_words("synthetic", "zh"), source_words("合成 synthetic", "en")
    ('合成', 'synthetic')
    """
    if text == say(_SAMPLE)("en"):
        return say(_SAMPLE)(lang)
    parts = _BREAK.split(text)
    return "".join(p if i % 2 else _source(p, lang) for i, p in enumerate(parts))


def source_text(text: str) -> Text:
    """A source in both languages, for a sentence.

    Examples
    --------
    >>> source_text("synthetic").zh
    '合成'
    """
    return Text(**{lang: source_words(text, lang) for lang in LANGS})
