"""The law calendar: which text was in force on which day.

The days of a law stand in ``laws.toml`` and nowhere else; a version of a rule names an edition.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Literal, TypeAlias

from pydantic import Field, ValidationError, model_validator

from gis.errors import ConfigError, Fault, raise_faults
from gis.say import Lang, Sentence, say
from gis.toml import read_toml
from layers.model_faults import model_faults
from layers.spec import Frozen, Text
from siting.rules.article import article_words

__all__ = [
    "Calendar",
    "Edition",
    "KnownTo",
    "SourceStep",
    "Validity",
    "calendar",
    "days_of",
    "edition",
    "narrowed",
]

SourceStep: TypeAlias = Literal["primary", "mirror", "secondary", "recalled"]
"""How well a text was read: the text itself, a copy of the whole text or sentence, a report of
it, or memory alone."""

Validity: TypeAlias = Literal["confirmed", "unknown", "draft"]
"""Whether the document is known to be in force in its days, or is only a draft."""

KnownTo: TypeAlias = Literal["day", "month", "year"]
"""How much of the days of a document is known."""


_ONE_DAY = timedelta(days=1)
_ISSUED = re.compile(r"〔(\d{4})〕(\d+)")
_ORDER = re.compile(r"(\d+)\D{0,2}$")
_NUMBER = 20  # signs of a document number; what is longer tells how it was passed


def _named(title: str, mark: str) -> Sentence:
    if mark:
        return say("siting.rules.named", title=title, mark=mark)
    return say("siting.rules.named_bare", title=title)


def _plain_number(number: str) -> str:
    """The number of a document in digits; empty where it has none."""
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
    number_en
        The number in English, where it is more than digits.
    known_to
        How much of these days is known; where it is no day, the latest they can be stand here.
    validity
        Whether a look-up confirmed that it is in force in these days.
    stands_for
        Of a draft: the edition that followed it and was not obtained; the draft is read in its
        place while that one is in force.
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
    number_en: str = ""
    passed: date | None = None
    in_force: date | None = None
    last_day: date | None = None
    known_to: KnownTo = "day"
    validity: Validity = "confirmed"
    stands_for: str = ""
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
        if self.validity == "draft" and (self.in_force or self.last_day):
            raise ValueError(say("siting.rules.draft_has_no_days"))
        if self.stands_for and self.validity != "draft":
            raise ValueError(say("siting.rules.only_draft_stands_for"))
        return self

    @property
    def day_known(self) -> bool:
        """Whether the day it came into force is known."""
        return self.known_to == "day"

    def _known(self, day: date, lang: Lang) -> str:
        """What is known of one of its days."""
        key = f"siting.rules.known_{self.known_to}"
        return say(key, day=day, year=day.year, month=day.month)(lang)

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

    def cited(self, article: str = "", lang: Lang = "zh") -> str:
        """How the edition is cited; its title stays in the language of the law.

        Examples
        --------
        >>> edition("roads_2011").cited("第十一条")
        '《公路安全保护条例》（国务院令第593号，2011-03-07，2011-07-01施行）第十一条'
        >>> edition("grassland_2021").cited("第四十二条", "en")
        '《草原法》 (2021-04-29), art. 42'
        >>> edition("ningxia_land_2015").cited(lang="en").split(" (")[1]
        '2015 No. 108, 2015, not known to be in force)'
        """
        number = self.number
        if lang == "en":
            number = self.number_en or _plain_number(number)
        days = [number] if number else []
        if self.passed:
            days.append(self._known(self.passed, lang))
        if self.in_force and self.in_force != self.passed and self.day_known:
            days.append(say("siting.rules.cited_in_force", day=self.in_force)(lang))
        if self.last_day:
            last = self._known(self.last_day, lang)
            days.append(say("siting.rules.cited_until", day=last)(lang))
        if self.validity != "confirmed":
            days.append(say(f"siting.rules.validity.{self.validity}")(lang))
        at = article_words(article) if lang == "en" else article
        return say(
            "siting.rules.cited" if days else "siting.rules.cited_bare",
            title=self.title.zh,
            days=say("siting.rules.cited_comma")(lang).join(days),
            article=say("siting.rules.cited_article", article=at)(lang) if at else "",
        )(lang)

    def cited_text(self, article: str = "") -> Text:
        """The citation in both languages."""
        return Text(zh=self.cited(article), en=self.cited(article, "en"))


def days_of(law: Edition, final: Edition | None = None) -> tuple[date | None, date | None]:
    """First and last day on which rules rest on an edition.

    Those it is in force on; of a draft, those of the text it stands for, else every day from
    its own on.

    Parameters
    ----------
    law : Edition
    final : Edition, optional
        The edition it stands for.

    Examples
    --------
    >>> draft = edition("wind_forest_grass_draft_2025")
    >>> [d.isoformat() for d in days_of(draft, edition(draft.stands_for))]
    ['2026-01-22', '2030-12-31']
    """
    if law.validity != "draft":
        return law.in_force, law.last_day
    return (final.in_force, final.last_day) if final else (law.passed, None)


def narrowed(
    days: tuple[date | None, date | None], since: Edition | None, until: Edition | None
) -> tuple[date | None, date | None]:
    """Days of a text that holds only since, or only until, another one comes into force.

    Examples
    --------
    >>> law, code = edition("grassland_2021"), edition("code_2026")
    >>> [str(d) for d in narrowed(days_of(law), None, code)]
    ['2021-04-29', '2026-08-14']
    """
    first, last = days
    begins = [first, since.in_force if since else None]
    ends = [last, until.in_force - _ONE_DAY if until and until.in_force else None]
    return max((d for d in begins if d), default=None), min(
        (d for d in ends if d), default=None
    )


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
    raise_faults(ConfigError, list(_calendar_faults(found.editions)))
    return found


def _calendar_faults(editions: Sequence[Edition]) -> Iterator[Fault]:
    """Editions named that are not there, and those that are there twice."""
    times = Counter(e.id for e in editions)
    for law, n in times.items():
        if n > 1:
            yield Fault(say("siting.rules.law_id_used_twice"), where=f"laws.toml {law}")
    for e in editions:
        for other in (e.repealed_by, e.stands_for):
            if other and other not in times:
                yield Fault(
                    say("siting.rules.no_such_law"), where=f"laws.toml {e.id}", got=other
                )


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
