"""English that is written for several, said of one: ``1 row was``, not ``1 rows were``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from numbers import Real
from string import Formatter
from typing import Any, NamedTuple

from gis.kept_toml import own_toml

__all__ = ["at_one", "forms_at_one"]


class _Words(NamedTuple):
    nouns: Mapping[str, str]
    verbs: Mapping[str, str]
    counted: re.Pattern[str]
    said: tuple[re.Pattern[str], ...]
    more: re.Pattern[str]
    before: Sequence[str]


@cache
def _words() -> _Words:
    table = own_toml(files("gis").joinpath("singular.toml").read_text(encoding="utf-8"))
    nouns, verbs, chained, ends, stops = (
        rf"(?:{'|'.join(table[k])})\b" for k in ("nouns", "verbs", "chained", "ends", "stops")
    )
    place = r"\{(?P<%s>\w+)(?P<%s>:[^{}]*)?\}"
    # words of kind between a count and what it counts: "hard rules"
    kind = rf"(?: (?!{ends}|{stops})[a-z\-]+){{0,2}}?"
    # between a noun and its verb: what it is of, in brackets, or from where
    aside = r"\{[^{}]*\}|\([^()]*\)|\.(?! |$)"
    between = rf"(?:{aside}|(?! {stops})[^;:.,(){{}}])*?"
    return _Words(
        table["nouns"],
        table["verbs"],
        re.compile(
            rf"(?P<before>\w+ |^)??(?P<there>there (?:are|were) )?{place % ('name', 'form')}"
            rf"(?: of {place % ('all', 'all_form')})?"
            rf"(?:(?P<kind>{kind}[ \-])(?P<noun>{nouns})"
            rf"|(?: of them| more| others)?(?= {verbs}))"
        ),
        tuple(re.compile(rf"({b} )({verbs})") for b in (" that", between)),
        re.compile(
            rf"((?:{aside}|(?! which\b)[^;:.(){{}}])*?(?:,(?= {chained})| and| or) )({verbs})"
        ),
        table["before"],
    )


def _is_one(value: object, form: str | None) -> bool:
    """Whether a number is written as a bare 1."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and format(value, (form or ":")[1:]) == "1"


def _verbs(rest: str, words: _Words) -> str:
    """What follows one thing, with the verbs that say something of it."""
    done = ""
    that, verb = words.said
    for pattern in (that, verb, words.more, words.more):
        found = pattern.match(rest)
        if found is not None:
            done += found[1] + words.verbs[found[2]]
            rest = rest[found.end() :]
        elif pattern is verb:
            break  # of nothing that is said of it another may follow
    return done + rest


def _named_one(text: str, values: Mapping[str, Any]) -> str:
    """What stands before a row of names that is one name: ``rule A``, not ``rules A``."""
    for name, value in values.items():
        if not isinstance(value, str) or len(getattr(value, "items", ())) != 1:
            continue
        words = _words()
        found = re.search(rf"\b(?P<noun>{'|'.join(words.nouns)}) \{{{name}\}}", text)
        if found is not None:
            of_one = f"{words.nouns[found['noun']]} {{{name}}}"
            text = text[: found.start()] + of_one + _verbs(text[found.end() :], words)
    return text


def at_one(text: str, values: Mapping[str, Any]) -> str:
    """The English template of a message, with what follows a count of one in the singular.

    Parameters
    ----------
    text : str
        With its places not yet filled.
    values : mapping
        What they will be filled with.

    Examples
    --------
    >>> at_one("{n} rows have no place and were left out; {m} rows stay", {"n": 1, "m": 5})
    '{n} row has no place and was left out; {m} rows stay'
    """
    text = _named_one(text, values)
    if not any(isinstance(v, Real) and 0 < float(v) < 2 for v in values.values()):
        return text
    words, at = _words(), 0
    while (found := words.counted.search(text, at)) is not None:
        one = _is_one(values.get(found["name"]), found["form"])
        of_one = _is_one(values.get(found["all"]), found["all_form"]) if found["all"] else one
        said, rest = found[0], text[found.end() :]
        if of_one and found["noun"]:
            said = said[: -len(found["noun"])] + words.nouns[found["noun"]]
        there, before = (found[k] or "" for k in ("there", "before"))
        if one and (there or before.strip() not in words.before):
            said = said.replace(there, there.replace("are", "is").replace("were", "was"), 1)
            rest = _verbs(rest, words)
        text = text[: found.start()] + said + rest
        at = found.start() + len(said)
    return text


def forms_at_one(texts: Mapping[str, str]) -> dict[str, str]:
    """English templates a page fills itself, as they read where one of their values is 1.

    Parameters
    ----------
    texts : mapping
        Key -> template.

    Returns
    -------
    dict
        ``key#place`` -> template; only where it reads otherwise.

    Examples
    --------
    >>> forms_at_one({"found": "{n} results in {m} layers", "none": "no results"})
    {'found#n': '{n} result in {m} layers', 'found#m': '{n} results in {m} layer'}
    """
    out = {}
    for key, text in texts.items():
        places = [name for _, name, _, _ in Formatter().parse(text) if name]
        for one in dict.fromkeys(places):
            said = at_one(text, {name: 1 if name == one else 2 for name in places})
            if said != text:
                out[f"{key}#{one}"] = said
    return out
