"""Citations as a reader meets them: a law by its own name, a default in his language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.say import Lang, Sentence, say, sentences

__all__ = ["cited"]

_TABLE = "layers.words.citation."


@cache
def _marks() -> Mapping[str, Sentence]:
    keys = (k for k in sentences("layers") if k.startswith(_TABLE))
    return MappingProxyType({say(k)("zh"): say(k) for k in keys})


def cited(text: str, lang: Lang) -> str:
    """A citation or quote in `lang`: names and words of laws stand as they are.

    A rule book writes "default value" in place of a law where there is none; that mark is
    no name and is said in the language of the reader.

    Examples
    --------
    >>> cited("工程缺省值;GB 50797-2012", "en"), cited("《草原法》", "en")
    ('engineering default; GB 50797-2012', '《草原法》')
    >>> cited("工程缺省值;GB 50797-2012", "zh")
    '工程缺省值;GB 50797-2012'
    """
    parts = text.split(";")
    if lang == "zh" or not set(parts) & set(_marks()):
        return text
    return "; ".join(_marks()[p](lang) if p in _marks() else p for p in parts)
