"""Where a plan lies: its country, its county code and its river basins.

Law and figures hold in an area; this module says how the area of a plan is known, never
which law there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from gis.toml import read_toml
from layers.spec import Text

__all__ = [
    "UNTOLD",
    "Basin",
    "Locality",
    "basins",
    "division_title",
    "first_level",
    "known_country",
    "known_division",
]


@dataclass(frozen=True)
class Basin:
    """A river basin as a law bounds it.

    Attributes
    ----------
    adcode
        First digits of the divisions it touches; not every county of theirs lies in it.
    source
        The law and its article.
    """

    id: str
    title: Text
    adcode: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Locality:
    """What is known of where a plan lies.

    Attributes
    ----------
    country
        ISO 3166-1 code of two letters; empty when not known.
    adcode
        Code of the county, or of the city or province when the plan is about one; empty
        when not known.
    basins
        Basins it lies in; None when nobody said.
    """

    country: str = "CN"
    adcode: str = ""
    basins: tuple[str, ...] | None = None

    @property
    def prefix(self) -> str:
        """The digits of the code that say something.

        Examples
        --------
        >>> Locality(adcode="650102").prefix, Locality(adcode="650000").prefix
        ('650102', '65')
        """
        code = self.adcode
        while code.endswith("00"):
            code = code[:-2]
        return code


UNTOLD = Locality()
"""A place in China of which nothing more is known."""


@cache
def _table() -> Mapping[str, Any]:
    return read_toml("layers", "data/areas.toml")


@cache
def basins() -> Mapping[str, Basin]:
    """River basins by id.

    Examples
    --------
    >>> basins()["yellow_river"].title("en"), len(basins()["yellow_river"].adcode)
    ('Yellow River basin', 9)
    """
    return MappingProxyType(
        {
            key: Basin(key, Text.model_validate(b["title"]), tuple(b["adcode"]), b["source"])
            for key, b in _table()["basin"].items()
        }
    )


@cache
def first_level() -> frozenset[str]:
    """First two digits of the codes of all provinces.

    Examples
    --------
    >>> len(first_level()), "64" in first_level(), "99" in first_level()
    (34, True, False)
    """
    return frozenset(code for code in _table()["adcode"] if len(code) == 2)


def known_division(code: str) -> bool:
    """Whether the first digits of a code are those of a province; an empty code is none.

    Examples
    --------
    >>> known_division("640221"), known_division("999999")
    (True, False)
    """
    return code[:2] in first_level()


def known_country(code: str) -> bool:
    """Whether two letters are those of a country in ``layers/data/areas.toml``.

    Examples
    --------
    >>> known_country("CN"), known_country("XX")
    (True, False)
    """
    return code in _table()["country"]


def division_title(code: str) -> Text:
    """Name of a country (two letters) or of an administrative division (first digits).

    A division that has no name here is called by its province and code.

    Examples
    --------
    >>> division_title("65")("en"), division_title("650102")("en"), division_title("CN")("en")
    ('Xinjiang', 'Xinjiang 650102', 'China')
    """
    if code in _table()["country"]:
        return Text.model_validate(_table()["country"][code])
    names = _table()["adcode"]
    if code in names:
        return Text.model_validate(names[code])
    above = names.get(code[:2])
    if above is None:
        return Text(zh=code, en=code)
    return Text(zh=f"{above['zh']} {code}", en=f"{above['en']} {code}")
