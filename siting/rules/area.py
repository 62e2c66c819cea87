"""The area a rule holds in: a country, administrative divisions, or a river basin."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import listed, say
from layers.plan.locality import Locality, basins, division_title, known_country
from layers.spec import Frozen, Text

__all__ = ["Elsewhere", "HoldsIn", "Standing"]

Standing = Literal["in_force", "not_here", "area_unknown"]
Prefix = Annotated[str, Field(pattern=r"^\d{2}(\d{2}){0,2}$")]


class HoldsIn(Frozen):
    """Where a rule is law; exactly one of the three is given.

    Attributes
    ----------
    country
        ISO 3166-1 code of two letters, for national law and the defaults beside it.
    adcode
        First digits (2, 4 or 6) of the codes of the divisions it was made for.
    basin
        River basin, see ``layers/data/areas.toml``.

    Examples
    --------
    >>> HoldsIn(adcode=["64"]).standing(Locality(adcode="640221"))
    'in_force'
    >>> HoldsIn(adcode=["64"]).standing(Locality(adcode="650102"))
    'not_here'
    >>> HoldsIn(adcode=["640221"]).standing(Locality(adcode="640000"))  # in a part of it
    'area_unknown'
    """

    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    adcode: tuple[Prefix, ...] = ()
    basin: str = ""

    @model_validator(mode="after")
    def _one_of(self) -> HoldsIn:
        if sum(map(bool, (self.country, self.adcode, self.basin))) != 1:
            raise ValueError(say("siting.rules.give_one_area"))
        if self.country and not known_country(self.country):
            raise ValueError(say("siting.rules.no_such_country", country=self.country))
        if self.basin and self.basin not in basins():
            raise ValueError(
                say("siting.rules.no_such_basin", basin=self.basin, known=listed(basins()))
            )
        return self

    def standing(self, here: Locality) -> Standing:
        """Whether the rule holds at a place; ``area_unknown`` when the place is not told.

        A plan about a whole province or city lies in the area of a county's document only in
        part: that, too, is not known.
        """
        if self.country:
            if not here.country:
                return "area_unknown"
            return "in_force" if self.country == here.country else "not_here"
        if here.country and here.country != "CN":
            return "not_here"
        if self.basin:
            if here.basins is not None:
                return "in_force" if self.basin in here.basins else "not_here"
            # the law names the divisions the basin touches, the plan must name the county
            near = _related(basins()[self.basin].adcode, here.prefix)
            return "not_here" if near == "not_here" else "area_unknown"
        return _related(self.adcode, here.prefix)

    def words(self, lang: str) -> str:
        """The area in words.

        Examples
        --------
        >>> HoldsIn(adcode=["64"]).words("zh"), HoldsIn(basin="yellow_river").words("en")
        ('宁夏回族自治区', 'Yellow River basin')
        """
        if self.basin:
            return basins()[self.basin].title(lang)
        codes = (self.country,) if self.country else self.adcode
        return listed(division_title(c) for c in codes)(lang)


def _related(prefixes: tuple[str, ...], code: str) -> Standing:
    if not code:
        return "area_unknown"
    if any(code.startswith(p) for p in prefixes):
        return "in_force"
    return "area_unknown" if any(p.startswith(code) for p in prefixes) else "not_here"


class Elsewhere(Frozen):
    """How a rule reads outside an area its words were written for.

    Attributes
    ----------
    outside
        First digits of the codes the first wording is for.
    title, citation, no_quote
        Words in place of it; `no_quote` says why its quote does not belong here.
    """

    outside: tuple[Prefix, ...] = Field(min_length=1)
    title: Text | None = None
    citation: str = ""
    no_quote: str = ""

    @model_validator(mode="after")
    def _something(self) -> Elsewhere:
        if self.title is None and not self.citation and not self.no_quote:
            raise ValueError(say("siting.rules.give_other_words"))
        return self

    def wanted(self, here: Locality) -> bool:
        """Whether a place is known to lie outside."""
        if here.country and here.country != "CN":
            return True
        return _related(self.outside, here.prefix) == "not_here"
