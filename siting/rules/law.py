"""The law calendar: which text was in force on which day.

The days of a law stand in ``laws.toml`` and nowhere else; a version of a rule names an edition.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Literal, TypeAlias

from pydantic import Field, ValidationError, model_validator

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import Sentence, say
from gis.toml import read_toml
from layers.model_faults import model_faults
from layers.spec import Frozen, Text

__all__ = ["Calendar", "Edition", "SourceStep", "Validity", "calendar", "edition"]

SourceStep: TypeAlias = Literal["primary", "mirror", "secondary", "recalled"]
"""How well a text was read: the text itself, a copy of the whole text or sentence, a report of
it, or memory alone."""

Validity: TypeAlias = Literal["confirmed", "unknown", "draft"]
"""Whether the document is known to be in force in its days, or is only a draft."""


_ISSUED = re.compile(r"〔(\d{4})〕(\d+)")
_ORDER = re.compile(r"(\d+)\D{0,2}$")
_NUMBER = 20  # signs of a document number; what is longer tells how it was passed


def _named(title: str, mark: str) -> Sentence:
    if mark:
        return say("siting.rules.named", title=title, mark=mark)
    return say("siting.rules.named_bare", title=title)


def _plain_number(number: str) -> str:
    """The number of a document as English writes it; empty where it has none."""
    if number.isascii():
        return number
    issued = _ISSUED.search(number)
    if issued is not None:
        return f"{issued[1]} No. {issued[2]}"
    order = _ORDER.search(number)
    return f"No. {order[1]}" if order is not None else ""


class Edition(Frozen):
    """One text of a law: as passed, or as amended.

    Attributes
    ----------
    id
        What versions of rules name.
    title, number
        Of the document.
    short
        What a long title is called in a list; empty where the title is short.
    passed, in_force, last_day
        Day of the text, first day in force and last day in force; None for a last day that is
        not known to come, and for a first day of a document that carries none.
    day_known
        False when only the month or year of `in_force` is known: the latest day it can be.
    validity
        Whether a look-up confirmed that it is in force in these days.
    checked
        Day of that look-up.
    repealed_by, repealing_article
        Edition and article that ended it.
    source_step, source
        How well its text was read, and where.
    file
        Name of its text in a folder of statutes; empty when there is none.
    note
        What a lawyer must look up.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    short: str = ""
    number: str = ""
    passed: date | None = None
    in_force: date | None = None
    last_day: date | None = None
    day_known: bool = True
    validity: Validity = "confirmed"
    checked: date
    repealed_by: str = ""
    repealing_article: str = ""
    source_step: SourceStep
    source: str = Field(min_length=1)
    file: str = ""
    note: Text | None = None

    @model_validator(mode="after")
    def _days(self) -> Edition:
        if self.in_force and self.last_day and self.in_force > self.last_day:
            raise ValueError(say("siting.rules.law_ends_before_it_begins"))
        if self.repealed_by and not (self.last_day and self.repealing_article):
            raise ValueError(say("siting.rules.repeal_needs_day_and_article"))
        return self

    @property
    def name(self) -> Text:
        """What the edition is called in a list: title and number, or the year.

        Examples
        --------
        >>> edition("roads_2011").name("zh")
        '《公路安全保护条例》（国务院令第593号）'
        >>> edition("ningxia_land_2015").name("en")
        'Ningxia notice on land for new energy (2015 No. 108)'
        """
        known = self.passed or self.in_force
        year = str(known.year) if known else ""
        mark = self.number if 0 < len(self.number) <= _NUMBER else year
        return Text(
            zh=_named(self.short or self.title.zh, mark)("zh"),
            en=_named(self.title.en, _plain_number(mark) or year)("en"),
        )

    def cited(self, article: str = "") -> str:
        """How the edition is cited, in the language of the law.

        Examples
        --------
        >>> edition("roads_2011").cited("第十一条")
        '《公路安全保护条例》（国务院令第593号，2011-03-07，2011-07-01施行）第十一条'
        """
        days = [self.number] if self.number else []
        if self.passed:
            days.append(self.passed.isoformat())
        if self.in_force and self.in_force != self.passed and self.day_known:
            days.append(say("siting.rules.cited_in_force", day=self.in_force)("zh"))
        if self.last_day:
            days.append(say("siting.rules.cited_until", day=self.last_day)("zh"))
        if self.validity != "confirmed":
            days.append(say(f"siting.rules.validity.{self.validity}")("zh"))
        return say(
            "siting.rules.cited" if days else "siting.rules.cited_bare",
            title=self.title.zh,
            days=say("siting.rules.cited_comma")("zh").join(days),
            article=article,
        )("zh")


class Calendar(Frozen):
    """All editions, and the day they were last looked up.

    Attributes
    ----------
    read_on
        After this day nothing is known of laws to come, but for texts already passed.
    editions
        In the order of the file.
    """

    read_on: date
    editions: tuple[Edition, ...]


@cache
def calendar() -> Calendar:
    """The law calendar.

    Examples
    --------
    >>> code = next(e for e in calendar().editions if e.id == "code_2026")
    >>> code.in_force.isoformat()
    '2026-08-15'
    """
    doc = read_toml("siting.rules", "laws.toml")
    try:
        found = Calendar.model_validate({"read_on": doc["read_on"], "editions": doc["laws"]})
    except ValidationError as err:
        raise_faults(ConfigError, model_faults(err, "laws.toml"))
        raise
    known = {e.id for e in found.editions}
    raise_faults(
        ConfigError,
        [
            Fault(say("siting.rules.no_such_law"), where=f"laws.toml {e.id}", got=e.repealed_by)
            for e in found.editions
            if e.repealed_by and e.repealed_by not in known
        ],
    )
    return found


@cache
def _by_id() -> dict[str, Edition]:
    return {e.id: e for e in calendar().editions}


def edition(law: str) -> Edition:
    """One edition of the calendar.

    Raises
    ------
    KeyError
        When the calendar has none of this id.
    """
    return _by_id()[law]
