"""What the command line library says, in the language of the person.

The library speaks English only, and its exceptions carry finished sentences. Each of them is
found by its wording in ``geoplan/text/usage.toml`` and filled again in the other language; one
that is not known there is replaced by a general sentence rather than left in English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from unicodedata import east_asian_width

from gis.say import Lang, say, texts_of

__all__ = ["spoken_help", "spoken_message"]


@cache
def _patterns(part: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Wording -> key, the longest fixed wording first."""
    out = []
    for key, words in texts_of("geoplan.usage").items():
        full = f"geoplan.usage.{key}"
        if full.startswith(part) and not key.endswith(".other"):
            pieces = re.split(r"\{(\w+)\}", words["en"])
            fixed = sum(len(p) for p in pieces[::2])
            pattern = "".join(
                re.escape(p) if i % 2 == 0 else f"(?P<{p}>.+?)" for i, p in enumerate(pieces)
            )
            out.append((fixed, re.compile(pattern, re.S), full))
    return tuple((p, k) for _, p, k in sorted(out, key=lambda x: -x[0]))


def _said(part: str, text: str, lang: Lang) -> str:
    for pattern, key in _patterns(part):
        found = pattern.fullmatch(text.strip())
        if found:
            return say(key, **_values(found.groupdict(), lang))(lang)
    return say(f"{part}other")(lang)


def _values(found: Mapping[str, str], lang: Lang) -> dict[str, str]:
    return {
        k: _said("geoplan.usage.why.", v, lang) if k == "why" else v for k, v in found.items()
    }


def spoken_message(text: str, lang: Lang) -> str:
    """A message of the library in `lang`.

    Parameters
    ----------
    text : str
        What the library's exception says.
    lang : {"zh", "en"}

    Examples
    --------
    >>> spoken_message("No such option: --nope", "zh")
    '没有 --nope 这个选项'
    >>> spoken_message("Invalid value for '--workers': Input should be a finite number", "zh")
    "'--workers' 的值无效：应为有限的数字"
    >>> spoken_message("Something new in a later version.", "zh")
    '命令行有误'
    """
    return text.strip() if lang == "en" else _said("geoplan.usage.message.", text, lang)


def spoken_help(text: str, lang: Lang) -> str:
    r"""A help page of the library with its headings in `lang`.

    Examples
    --------
    >>> print(spoken_help("Usage: geoplan [OPTIONS]\n\nOptions:\n  --json  ...", "zh"))
    用法：geoplan [选项]
    <BLANKLINE>
    选项：
      --json  ...
    >>> print(spoken_help("  --port <int range>  ...", "zh"))
      --port <整数>       ...
    """
    if lang == "en":
        return text
    words = {
        k.removeprefix("help."): v
        for k, v in texts_of("geoplan.usage").items()
        if k.startswith("help.")
    }
    for key in ("usage", "options", "commands", "arguments"):
        w = words[key]
        text = re.sub(rf"^{re.escape(w['en'])}", w[lang], text, flags=re.M)
    for key in ("any_options", "any_command", "this_help"):
        text = text.replace(words[key]["en"], words[key][lang])
    for key in ("default", "required", "required_with_default"):
        text = text.replace(words[key]["en"], words[key][lang])
    for key in sorted(k for k in words if k.startswith("kind_")):
        text = _in_column(text, words[key]["en"], words[key][lang])
    return text


def _in_column(text: str, old: str, new: str) -> str:
    """`new` for `old`, with as many blanks after it as keep the next column in its place."""
    longer = sum(2 if east_asian_width(c) in "WF" else 1 for c in new) - len(old)
    at = re.compile(rf"{re.escape(old)}( *)")
    return at.sub(lambda m: new + " " * (len(m[1]) and max(len(m[1]) - longer, 1)), text)
