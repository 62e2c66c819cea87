"""A county by its code, its Chinese name, its pinyin or its English form.

Examples
--------
>>> find_county("石嘴山市平罗县").adcode, find_county("Pingluo County").name
('640221', '平罗县')
>>> find_county("píng luó").title("en")
'Pingluo County'
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from gis.errors import ConfigError
from gis.say import Listed, listed, say
from gis.toml import read_toml
from layers.bundled_county import bundled_divisions
from layers.plan.locality import division_title, known_division
from layers.spec import Text

__all__ = [
    "County",
    "counties_like",
    "counties_under",
    "county_title",
    "find_county",
    "syllables",
]

_MANY = 40  # counties named in one message
_NEAR = 6
_CODE = re.compile(r"\d{2}|\d{4}|\d{6}")
_HAN = re.compile(r"[\u3400-\u9fff]")
_NO_LETTER = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class County:
    """A county people may mean.

    Attributes
    ----------
    adcode, name, city, province
        Six-digit code and Chinese names; the city is the province's name where there is none.
    """

    adcode: str
    name: str
    city: str
    province: str

    @property
    def title(self) -> Text:
        """What a plan of it is called."""
        return county_title(self.name)


def _peoples() -> dict[str, str]:
    found: dict[str, str] = read_toml("layers.recognise", "places.toml")["people"]
    return found


def _parts(name: str) -> tuple[str, str, list[str]]:
    """Specific part of a county's name, English generic term, and its peoples."""
    words = read_toml("layers.recognise", "places.toml")["words"]
    for kind in read_toml("layers.recognise", "places.toml")["kind"]:
        if name.endswith(kind["zh"]) and len(name) > len(kind["zh"]):
            stem = name.removesuffix(kind["zh"])
            peoples: list[str] = []
            own_rule = kind["zh"].startswith(words["autonomous"])
            found = own_rule
            while found:
                found = False
                for zh, en in _peoples().items():
                    if stem.endswith(zh) and len(stem) > len(zh):
                        stem, found = stem.removesuffix(zh), True
                        peoples.insert(0, en)
                        break
            if not peoples and own_rule and stem in _peoples():
                return stem.removesuffix(words["people"]), kind["en"], []
            return stem, kind["en"], peoples
    return name, "", []


@cache
def syllables(name: str) -> tuple[str, ...]:
    """Pinyin of a name without tones, a syllable each; u with two dots is v."""
    from pypinyin import lazy_pinyin  # a dictionary

    for written, reading in read_toml("layers.recognise", "places.toml")["readings"].items():
        if written in name:
            before, _, after = name.partition(written)
            return (*syllables(before), *reading.split(), *syllables(after))
    return tuple(lazy_pinyin(name, v_to_u=False)) if name else ()


def _joined(syllables: Iterable[str]) -> str:
    """Syllables as one word, with the apostrophe where two would read as others."""
    out = ""
    for s in syllables:
        out += f"'{s}" if out and s[:1] in "aeo" else s
    return out.replace("v", "\u00fc")


def county_title(name: str) -> Text:
    r"""The name of a county in both languages; English in pinyin with its generic term.

    Examples
    --------
    >>> county_title("单县").en, county_title("绿春县").en
    ('Shanxian County', 'L\xfcchun County')
    >>> county_title("三江侗族自治县").en
    'Sanjiang Dong Autonomous County'
    """
    stem, generic, peoples = _parts(name)
    # a name of one syllable keeps its generic in pinyin (GB/T 28039-2011)
    kept = len(name) if len(stem) == 1 and not peoples else len(stem)
    spoken = syllables(name)[:kept]
    return Text(zh=name, en=" ".join([_joined(spoken).capitalize(), *peoples, generic]).strip())


# ---------------------------------------------------------------- forms of a name


def _plain(text: str) -> str:
    """Letters of a romanised name: no tones, blanks, marks or case; u with two dots is v."""
    text = unicodedata.normalize("NFD", text.casefold().replace("\u00df", "ss"))
    text = re.sub("u[\u0300-\u0307\u030a-\u036f]*\u0308[\u0300-\u036f]*", "v", text)
    return _NO_LETTER.sub("", "".join(c for c in text if not unicodedata.combining(c)))


def _short(name: str) -> str:
    for ending in read_toml("layers.recognise", "places.toml")["short"]["endings"]:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return str(name.removesuffix(ending))
    return name


@cache
def _read(name: str) -> frozenset[str]:
    """Spellings of a name in letters: as written, and as a dictionary of words reads it."""
    from pypinyin import lazy_pinyin

    forms = {"".join(syllables(name)), "".join(lazy_pinyin(name, v_to_u=False))}
    return frozenset(forms | {f.replace("v", "u") for f in forms})


@cache
def _above(name: str, short: str, english: str = "") -> tuple[frozenset[str], frozenset[str]]:
    """Forms of a city or province: in Chinese, and in letters."""
    zh = frozenset({"", name, short, _short(name)})
    letters = {f for n in zh for f in (_read(n) if n else [""])}
    return zh, frozenset(letters | {_plain(english)})


def _english(county: County) -> str:
    """English name of the province of a county."""
    return division_title(county.adcode[:2]).en


@cache
def _own(name: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Forms of a county, the whole name first: in Chinese, and in letters."""
    stem, _, peoples = _parts(name)
    read = "".join(syllables(name)[: len(stem)])
    spoken = {_plain(f"{read}{''.join(peoples)}")}
    shorts = {stem} if len(stem) > 1 else set()
    return (
        (frozenset({name}), _read(name)),
        (frozenset(shorts), frozenset(f for s in shorts for f in _read(s)) | spoken),
    )


def _asked(text: str) -> str:
    """What is asked for, in the form that is compared."""
    if _HAN.search(text):
        return re.sub(r"[\s\u3000,，、/·.-]+", "", text)
    generic = read_toml("layers.recognise", "places.toml")["words"]["generic"]
    words = [_plain(w) for w in re.split(r"[\s,/_-]+", text)]
    kept = [w for w in words if w and w not in generic]
    return "".join(kept)


@cache
def _all() -> tuple[tuple[County, str, str], ...]:
    """Every county with the short names of its city and province."""
    return tuple(
        (
            County(
                r["district_adcode"], r["district_name"], r["city_name"], r["province_name"]
            ),
            r["city_short"],
            r["province_short"],
        )
        for r in bundled_divisions()
    )


def _fits(
    asked: str, own: frozenset[str], city: frozenset[str], province: frozenset[str]
) -> bool:
    """Whether a text is a county's name, with its city or province before or behind it."""
    for name in own:
        if name and name in asked:
            if asked.startswith(name) and _fits_above(asked[len(name) :], city, province):
                return True
            if asked.endswith(name) and _fits_above(asked[: -len(name)], province, city):
                return True
    return False


def _fits_above(rest: str, first: frozenset[str], second: frozenset[str]) -> bool:
    return any(rest.startswith(a) and rest[len(a) :] in second for a in first)


def _named(asked: str) -> Iterator[County]:
    """Counties a text names; by the whole name before the short one."""
    chinese = bool(_HAN.search(asked))
    k = 0 if chinese else 1
    for level in (0, 1):
        found = []
        for county, city_short, province_short in _all():
            own = _own(county.name)[level][k]
            city = _above(county.city, city_short)[k]
            province = _above(county.province, province_short, _english(county))[k]
            if _fits(asked, own, city, province):
                found.append(county)
        if found:
            yield from found
            return


def _shown(counties: Iterable[County]) -> Listed:
    several = list(counties)
    each = [
        say(
            "layers.recognise.county",
            adcode=c.adcode,
            name=c.name,
            city="" if c.city == c.province else c.city,
            province=c.province,
        )
        for c in several[:_MANY]
    ]
    return listed([*each, *(["..."] if len(several) > _MANY else [])])


def _under(asked: str) -> tuple[str, list[County]]:
    """A city or province a text means, and its counties."""
    everything = _all()
    if _CODE.fullmatch(asked):
        prefix = asked
        while prefix.endswith("00"):
            prefix = prefix[:-2]
        return asked, [c for c, _, _ in everything if prefix and c.adcode.startswith(prefix)]
    k = 0 if _HAN.search(asked) else 1
    for of_city in (True, False):
        found = []
        for c, city_short, province_short in everything:
            forms = (
                _above(c.city, city_short)
                if of_city
                else _above(c.province, province_short, _english(c))
            )[k]
            if asked in forms and asked:
                found.append(c)
        if found:
            return asked, found
    return asked, []


def _near(asked: str) -> list[County]:
    """Counties whose name is nearly what is asked for; those that sound the same come first."""
    chinese = bool(_HAN.search(asked))
    spoken = _read(asked) | _read(_parts(asked)[0]) if chinese else frozenset()
    forms: dict[str, list[County]] = {}
    found = []
    for county, _, _ in _all():
        for level in _own(county.name):
            if spoken & level[1]:
                found.append(county)
            for form in level[0 if chinese else 1]:
                forms.setdefault(form, []).append(county)
    close = difflib.get_close_matches(asked, forms, n=_NEAR, cutoff=0.6)
    found += [c for form in close for c in forms[form]]
    return list(dict.fromkeys(found))[:_NEAR]


def counties_under(asked: str) -> tuple[County, ...]:
    """The counties of a province or a city, or the county itself.

    Parameters
    ----------
    asked : str
        A code of a province, city or county (six digits), or the name of one.

    Raises
    ------
    ConfigError
        As `find_county`, when it is none of them.

    Examples
    --------
    >>> [c.name for c in counties_under("640200")], len(counties_under("640000"))
    (['大武口区', '惠农区', '平罗县'], 22)
    """
    text = unicodedata.normalize("NFKC", asked).strip()
    coded = _CODE.fullmatch(text)
    if not coded or any(c.adcode == text for c, _, _ in _all()):
        below = [] if coded else _under(_asked(text))[1]
        return tuple(below) or (find_county(text),)
    return tuple(_under(text)[1]) or (find_county(text),)


def counties_like(asked: str, most: int = 8) -> list[County]:
    """Counties a text that is still being typed may mean; by code, name, city or pinyin.

    Parameters
    ----------
    asked : str
        The beginning of a code, or a name as `find_county` takes it.
    most : int
        How many to give.

    Examples
    --------
    >>> [c.name for c in counties_like("6402")], [c.adcode for c in counties_like("pingluo")]
    (['大武口区', '惠农区', '平罗县'], ['640221'])
    """
    text = unicodedata.normalize("NFKC", asked).strip()
    if not text:
        return []
    if text.isdigit():
        return [c for c, _, _ in _all() if c.adcode.startswith(text)][:most]
    form = _asked(text)
    found = list(_named(form)) or _under(form)[1] or _near(form)
    found += [c for c, _, _ in _all() if c.name.startswith(text)]
    return list(dict.fromkeys(found))[:most]


def find_county(asked: str) -> County:
    """The one county a person means.

    Parameters
    ----------
    asked : str
        Six-digit code; Chinese name, whole or without its kind, with or without city and
        province; pinyin with or without tones, blanks and kind; English form.

    Raises
    ------
    ConfigError
        When several counties are called so (each is named with code, city and province),
        when it is a city or a province (its counties are named), or when there is none
        (near names are suggested).

    Examples
    --------
    >>> find_county("640200")
    Traceback (most recent call last):
    gis.errors.ConfigError: 640200: this is a city or a province, ...
    """
    text = unicodedata.normalize("NFKC", asked).strip()
    if _CODE.fullmatch(text):
        exact = [c for c, _, _ in _all() if c.adcode == text]
        if exact:
            return exact[0]
    form = text if _CODE.fullmatch(text) else _asked(text)
    found = [] if _CODE.fullmatch(text) else list(_named(form))
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            say("layers.recognise.several_counties", n=len(found)),
            where=asked,
            expected=_shown(found),
            todo=say("layers.recognise.give_code_or_city"),
        )
    name, below = _under(form)
    if below:
        raise ConfigError(
            say("layers.recognise.is_no_county", n=len(below)),
            where=name if _CODE.fullmatch(text) else asked,
            expected=_shown(below),
            todo=say("layers.recognise.give_county"),
        )
    near = _near_code(text) if text.isdigit() else _near(form)
    raise ConfigError(
        say("layers.recognise.no_such_county"),
        where=asked or repr(asked),
        expected=_shown(near) if near else say("layers.recognise.code_or_name"),
        todo=say("layers.recognise.correct_name"),
    )


def _near_code(text: str) -> list[County]:
    """Counties of the same city, else with nearly the same code."""
    if not known_division(text):
        return []
    everything = [c for c, _, _ in _all()]
    same = [c for c in everything if c.adcode[:4] == text[:4]]
    close = difflib.get_close_matches(text, [c.adcode for c in everything], n=_NEAR)
    return same or [c for c in everything if c.adcode in close]
