"""What the name of a table or a file says: which layers are called so, and of which date."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gis.toml import read_toml
from layers.catalogue import layers
from layers.recognise.counties import syllables

__all__ = ["NameFit", "date_in", "name_fits"]

_HAN = r"\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_HAN}]+|[A-Za-z]+")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d{2})(?:[\u5e74._-]?(0[1-9]|1[0-2])(?!\d))?")
_CODE_BEFORE = re.compile(r"(?<!\d)[1-9]\d{5}(?=(?:19|20)\d{2}(?!\d))")  # 6402212023
_BRACKET = re.compile(r"[\uff08(].*")
_SHORT = 3  # letters of initials that may stand for a name
_WORDS = 6  # words of an English name


@dataclass(frozen=True)
class NameFit:
    """How a name fits a layer.

    Attributes
    ----------
    whole
        Whether the name says nothing else.
    head
        Whether it ends with the layer's name after a proper name: a hill's nature reserve.
    changed
        Whether the rest makes another thing of it: reserved, planned, an update alone.
    name
        The spelling of the layer that was found.
    rest
        What the name says besides.
    """

    whole: bool
    name: str
    rest: str
    head: bool = False
    changed: bool = False


def date_in(name: str) -> str:
    """The year, or year and month, in a name; empty where there is none.

    Examples
    --------
    >>> date_in("DLTB_2023年度变更"), date_in("640221XZQ"), date_in("红线202307")
    ('2023', '', '2023-07')
    """
    found = _DATE.search(_CODE_BEFORE.sub("", unicodedata.normalize("NFKC", name)))
    if found is None:
        return ""
    return "-".join(p for p in found.groups() if p)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())


@cache
def _chinese() -> Mapping[str, frozenset[str]]:
    """Chinese names of layers -> the layers called so."""
    out: dict[str, set[str]] = {}
    for key, spec in layers().items():
        for name in (spec.title.zh, *spec.names):
            plain = _BRACKET.sub("", name)
            if re.search(f"[{_HAN}]", plain):
                out.setdefault(plain, set()).add(key)
    return MappingProxyType({k: frozenset(v) for k, v in out.items()})


@cache
def _latin() -> Mapping[str, frozenset[str]]:
    """Codes, English names, pinyin and initials of layers -> the layers called so.

    What the catalogue spells out is never taken by the initials of another layer.
    """
    out: dict[str, set[str]] = {}
    for key, spec in layers().items():
        for name in (key, spec.title.en, *spec.names):
            if not re.search(f"[{_HAN}]", name):
                out.setdefault(_letters(name), set()).add(key)
    spoken: dict[str, set[str]] = {}
    for name, keys in _chinese().items():
        parts = syllables(name)
        whole, initials = "".join(parts), "".join(p[:1] for p in parts)
        for form in (whole, initials if len(initials) > _SHORT else ""):
            if form and form not in out:
                spoken.setdefault(form, set()).update(keys)
    joined = out | spoken
    return MappingProxyType({k: frozenset(v) for k, v in joined.items() if len(k) > 1})


def _fillers() -> tuple[str, ...]:
    found = read_toml("layers.recognise", "evidence.toml")["words"]["filler"]
    return tuple(sorted(found, key=len, reverse=True))


def _without(text: str, words: Iterable[str]) -> str:
    for word in words:
        text = text.replace(word, "")
    return text


def _is_changed(rest: str) -> bool:
    """Whether the rest of a name makes another thing of it: planned, reserved, rated."""
    changing = read_toml("layers.recognise", "evidence.toml")["words"]["changing"]
    return any(w in rest for w in changing)


def name_fits(name: str, places: Iterable[str] = ()) -> dict[str, NameFit]:
    """Layers a name speaks of.

    Parameters
    ----------
    name : str
        Of a table or a file, without its suffix.
    places : iterable of str
        Names of the county and what it belongs to; they say nothing about the layer.

    Returns
    -------
    dict
        Layer id -> `NameFit`.

    Examples
    --------
    >>> name_fits("640221DLTB_2023")["land_parcels"].whole
    True
    >>> name_fits("永久基本农田储备区")["permanent_basic_farmland"].rest
    '储备'
    """
    plain = unicodedata.normalize("NFKC", name)
    plain = _without(plain, sorted((p for p in places if p), key=len, reverse=True))
    tokens = _TOKEN.findall(plain)
    out: dict[str, NameFit] = {}

    def add(keys: Iterable[str], fit: NameFit) -> None:
        for key in keys:
            if key not in out or (fit.whole and not out[key].whole):
                out[key] = fit

    fillers = _fillers()
    for token in tokens:
        if token.isascii():
            continue
        bare = _without(token, fillers)
        for form in (token, bare):
            if form in _chinese():
                add(_chinese()[form], NameFit(whole=True, name=form, rest=""))
        held = [n for n in _chinese() if n in token]
        longest = [n for n in held if not any(n != o and n in o for o in held)]
        for found in longest:
            rest = _without(token.replace(found, "", 1), fillers)
            # two names in one say which of them it is to none
            alone = len(longest) == 1
            fit = NameFit(
                whole=not rest and alone,
                name=found,
                rest=rest,
                # the last of several names is what the others describe
                head=not _without(token.rpartition(found)[2], fillers),
                changed=_is_changed(rest),
            )
            add(_chinese()[found], fit)
    words = [t.casefold() for t in tokens if t.isascii()]
    start = 0
    while start < len(words):
        # the longest name wins: an old tree's zone is no planning zone
        for n in range(min(_WORDS, len(words) - start), 0, -1):
            several = words[start : start + n]
            if (form := "".join(several)) in _latin():
                add(_latin()[form], NameFit(whole=True, name=" ".join(several), rest=""))
                break
        start += n if form in _latin() else 1
    for word in words:
        for form, keys in _latin().items():
            # DLTBGX is no DLTB: the parcels of an update alone
            if len(form) > _SHORT and word != form and word.startswith(form):
                rest = word.removeprefix(form)
                add(keys, NameFit(whole=False, name=form, rest=rest, changed=True))
    return out
