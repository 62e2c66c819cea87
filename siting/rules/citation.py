"""Citations as a reader meets them: titles stay as they are, all else is in his language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gis.say import Lang, Sentence, say, sentences
from layers.spec import Text
from siting.rules.article import article_words
from siting.rules.law import calendar

__all__ = ["cited", "cited_text"]

_TABLES = ("layers.words.citation.", "siting.rules.citation.")


@cache
def _marks() -> Mapping[str, Sentence]:
    keys = (k for t in _TABLES for k in sentences(t.partition(".")[0]) if k.startswith(t))
    return MappingProxyType({say(k)("zh"): say(k) for k in keys})


@cache
def _editions() -> tuple[tuple[str, str], ...]:
    """Every text of the calendar as the law and as English cites it, the longest first."""
    pairs = {e.cited(): e.cited(lang="en") for e in calendar().editions}
    return tuple(sorted(pairs.items(), key=lambda p: -len(p[0])))


def _english(part: str) -> str:
    if part in _marks():
        return _marks()[part]("en")
    for law, english in _editions():
        if part.startswith(law):
            at = part.removeprefix(law)
            words = _marks()[at]("en") if at in _marks() else article_words(at)
            return english + (
                say("siting.rules.cited_article", article=words)("en") if at else ""
            )
    return part


@cache
def cited(text: str, lang: Lang) -> str:
    """A citation or quote in `lang`: titles and words of laws stand as they are.

    A rule book writes "default value" in place of a law where there is none; that mark is
    no name and is said in the language of the reader, as numbers, days and articles are.

    Examples
    --------
    >>> cited("工程缺省值；GB 50797-2012", "en"), cited("《草原法》", "en")
    ('engineering default; GB 50797-2012', '《草原法》')
    >>> cited("《草原法》（2021-04-29）第四十二条", "en")
    '《草原法》 (2021-04-29), art. 42'
    >>> cited("工程缺省值；GB 50797-2012", "zh")
    '工程缺省值；GB 50797-2012'
    """
    if lang == "zh":
        return text
    whole = _english(text)
    if whole != text:
        return whole
    parts = re.split("[;\uff1b]", text)
    found = [_english(p) for p in parts]
    return "; ".join(found) if found != parts else text


def cited_text(text: str) -> Text:
    """A citation or quote in both languages.

    Examples
    --------
    >>> cited_text("工程缺省值").en
    'engineering default'
    """
    return Text(zh=cited(text, "zh"), en=cited(text, "en"))
