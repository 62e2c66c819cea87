"""Numbers of articles as a law writes them, and as English cites them."""

from __future__ import annotations

import re

from gis.say import say

__all__ = ["NUMERAL", "article_numbers", "article_words", "numeral_value"]

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}
NUMERAL = "[零〇一二三四五六七八九十百千]+"
"""Pattern of a Chinese number up to the thousands."""

_NUMBER = re.compile(rf"第({NUMERAL})条(?:之({NUMERAL}))?")
_RANGE = re.compile(rf"第({NUMERAL})条(?:至|-|—|~|～)第({NUMERAL})条")
_PARAGRAPH = re.compile(rf"第({NUMERAL})款")
_ITEM = re.compile(rf"第?（({NUMERAL})）项?")
_PART = re.compile(rf"^({NUMERAL})(?=$|[（(])")
_AND = "、"


def numeral_value(numeral: str) -> int:
    """The value of a Chinese number.

    Examples
    --------
    >>> numeral_value("一千二百四十二")
    1242
    """
    total = digit = 0
    for c in numeral:
        if c in _UNITS:
            total += (digit or 1) * _UNITS[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def _numeral(value: int) -> str:
    names = "零一二三四五六七八九"
    out = ""
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit = value // size % 10
        if digit:
            out += names[digit] + unit
        elif out and value % size and not out.endswith("零"):
            out += "零"
    return out[1:] if out.startswith("一十") else out


def article_numbers(cited: str) -> tuple[str, ...]:
    """Numbers of the articles a citation names; a range is every article in it.

    Examples
    --------
    >>> article_numbers("第五十八条（三）、第六十条至第六十二条")
    ('第五十八条', '第六十条', '第六十一条', '第六十二条')
    >>> article_numbers("三（一）2")
    ()
    """

    def every(found: re.Match[str]) -> str:
        low, high = numeral_value(found[1]), numeral_value(found[2])
        return _AND.join(f"第{_numeral(i)}条" for i in range(low, high + 1))

    spread = _RANGE.sub(every, cited)
    return tuple(dict.fromkeys(m[0] for m in _NUMBER.finditer(spread)))


def _english(article: str) -> str:
    def one(found: re.Match[str]) -> str:
        number = numeral_value(found[1])
        extra = f"-{numeral_value(found[2])}" if found[2] else ""
        return say("siting.rules.article.number", number=f"{number}{extra}")("en")

    def part(found: re.Match[str]) -> str:
        return say("siting.rules.article.part", number=numeral_value(found[1]))("en")

    def paragraph(found: re.Match[str]) -> str:
        return say("siting.rules.article.paragraph", number=numeral_value(found[1]))("en")

    out = _RANGE.sub(
        lambda m: say(
            "siting.rules.article.range",
            low=numeral_value(m[1]),
            high=numeral_value(m[2]),
        )("en"),
        article,
    )
    out = _PARAGRAPH.sub(paragraph, _PART.sub(part, _NUMBER.sub(one, out)))
    return _ITEM.sub(lambda m: f"({numeral_value(m[1])})", out)


def article_words(article: str) -> str:
    """An article as English cites it; a clause without a number stays as it is.

    Examples
    --------
    >>> article_words("第五十六条（二）、第三十条"), article_words("一（二）")
    ('art. 56(2), art. 30', 'part 1(2)')
    >>> [article_words(a) for a in ("第十条至第十二条", "第八条之一第二款", "4.1.2")]
    ['arts. 10-12', 'art. 8-1 para. 2', '4.1.2']
    """
    return ", ".join(_english(a) for a in article.split(_AND))
