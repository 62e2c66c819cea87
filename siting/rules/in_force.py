"""The text a rule rests on and the day it was asked for: one value for every answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from gis.say import Sentence, listed, say
from layers.spec import Frozen, Text
from siting.rules.citation import cited_text
from siting.rules.law import SourceStep, Validity, calendar
from siting.rules.words import step_word

__all__ = ["LAW_COLUMNS", "InForce", "as_read", "law_cells", "law_from_cells"]

_ALSO = "; "  # between citations in one cell; a citation holds none


def as_read(words: Sentence, day: date) -> Sentence:
    """What is said of a day's law, with the day up to which the calendar was read.

    Unchanged for a day no law can have come before.

    Examples
    --------
    >>> as_read(say("siting.rules.in_force.undated"), date(2100, 1, 1))("en")[:35]
    'text (no day asked for) (law calend'
    """
    read = calendar().read_on
    return words if day <= read else say("siting.rules.in_force.read", words=words, read=read)


class InForce(Frozen):
    """The law behind one rule, on one day.

    Attributes
    ----------
    as_of
        The day; None for a rule that was made by hand.
    known
        False: the law of that day is not known, and `citation` is the text nearest to it.
    citation
        The text in force.
    source_step, validity
        How well it was read, and whether it is known to be in force.
    valid_from, valid_to
        First and last day of the text; None is open.
    day_known
        False when only the latest these days can be is known.
    also
        Further texts in force on the day that say the same.
    next_from, next_text
        First day of the next text that is already passed, and its citation.
    engineering
        No law: nobody builds there.
    needs_review, review
        Whether a lawyer must look at it, and why where more is to be said than that the text
        was not read in full.
    """

    as_of: date | None = None
    known: bool = True
    citation: str
    source_step: SourceStep
    validity: Validity = "confirmed"
    valid_from: date | None = None
    valid_to: date | None = None
    day_known: bool = True
    also: tuple[str, ...] = ()
    next_from: date | None = None
    next_text: str = ""
    engineering: bool = False
    needs_review: bool = False
    review: Text | None = None

    @property
    def practice(self) -> bool:
        """Whether it is no text of the law calendar: there is nothing to be in force."""
        return self.validity == "confirmed" and not (self.valid_from or self.valid_to)

    def day_words(self) -> Sentence:
        """``law in force on 2026-11-27``, or that the law of the day is not known."""
        if self.engineering:
            return say("siting.rules.in_force.engineering")
        if self.as_of is None:
            return say("siting.rules.in_force.undated")
        if not self.known:
            return say("siting.rules.in_force.unknown", day=self.as_of)
        if self.practice:
            return say("siting.rules.in_force.practice")
        words = say(f"siting.rules.in_force.on_day.{self.validity}", day=self.as_of)
        return as_read(words, self.as_of)

    def days_words(self) -> Sentence:
        """Since when and until when the text is in force."""
        since, until = self.valid_from, self.valid_to
        if self.validity == "draft":
            return say("siting.rules.in_force.no_day_draft")
        if since is None and until is None:
            return say("siting.rules.in_force.no_day")
        if since is None:
            return say("siting.rules.in_force.until", until=until)
        about = "" if self.day_known else "_about"
        if until is None:
            return say(f"siting.rules.in_force.since{about}", since=since)
        return say(f"siting.rules.in_force.between{about}", since=since, until=until)

    def basis_words(self) -> Sentence:
        """How well the text was read, and whether it is known to be in force."""
        step = step_word(self.source_step)
        if not self.known or self.practice:
            return step
        validity = say(f"siting.rules.in_force.validity.{self.validity}")
        return say("siting.rules.in_force.basis", step=step, validity=validity)

    def next_words(self) -> Sentence | None:
        """The text already passed that comes next; None where none is."""
        if self.next_from is None or self.next_text == self.citation:
            return None
        text = cited_text(self.next_text)
        return say("siting.rules.in_force.next", day=self.next_from, text=text)

    def review_words(self) -> Sentence | None:
        """That a lawyer must look at it, and why; None where nobody must."""
        if not self.needs_review:
            return None
        mark = say("layers.words.mark.legal_review")
        reason = self.review or say(f"siting.rules.in_force.review.{self._doubt}")
        return say("siting.rules.needs_review_because", mark=mark, reason=reason)

    @property
    def _doubt(self) -> str:
        """What is not settled about the text itself."""
        if not self.known:
            return "law_unknown"
        if self.source_step not in ("primary", "mirror"):
            return self.source_step
        return "area" if self.validity == "confirmed" else self.validity

    def remarks(self) -> Iterator[Sentence]:
        """What a reader must know besides the text and its article, line by line."""
        if not self.engineering:
            yield say(
                "siting.rules.in_force.days", days=self.days_words(), basis=self.basis_words()
            )
        if self.also:
            yield say(
                "siting.rules.in_force.also", texts=listed(cited_text(x) for x in self.also)
            )
        coming = self.next_words()
        if coming is not None:
            yield coming
        review = self.review_words()
        if review is not None:
            yield review

    @property
    def plain(self) -> bool:
        """A text read in full, in force on the day without an end that is known."""
        read = self.known and self.source_step in ("primary", "mirror")
        sure = self.validity == "confirmed" and self.day_known and self.valid_to is None
        return self.as_of is not None and not self.practice and read and sure

    def exceptions(self) -> Iterator[Sentence]:
        """`lines` without what holds for every plain text: only what sets this one apart.

        Examples
        --------
        >>> law = InForce(as_of=date(2026, 11, 27), citation="《甲法》第一条",
        ...     source_step="mirror", valid_from=date(2019, 8, 26))
        >>> list(law.exceptions())
        []
        >>> ends = law.model_copy(update={"valid_to": date(2030, 12, 31)})
        >>> [x("en") for x in ends.exceptions()][1]
        'since 2019-08-26, until 2030-12-31; Full-text copy, validity confirmed'
        """
        said = self.lines()
        if self.plain:
            next(said), next(said)  # the day, and since when
        yield from said

    def lines(self) -> Iterator[Sentence]:
        """All of it: the day, then `remarks`; the citation stands beside them."""
        yield self.day_words()
        yield from self.remarks()

    def words(self, lang: str) -> str:
        """`lines` in one piece, for a cell of a table.

        Examples
        --------
        >>> InForce(as_of=date(2026, 11, 27), citation="《甲法》第一条", source_step="mirror",
        ...     valid_from=date(2019, 8, 26)).words("en")
        'law in force on 2026-11-27; since 2019-08-26; Full-text copy, validity confirmed'
        """
        return say("siting.rules.in_force.joint")(lang).join(x(lang) for x in self.lines())


LAW_COLUMNS = (
    "law_day",
    "law_known",
    "validity",
    "valid_from",
    "valid_to",
    "day_known",
    "also",
    "next_from",
    "next_text",
    "engineering",
    "review_zh",
    "review_en",
)
"""Columns of a table of rules that hold its law, beside those every such table has."""


def law_cells(law: InForce) -> dict[str, str | bool]:
    """The law behind a rule as cells of a row; days as ISO text, empty where there is none."""
    return {
        "law_day": _iso(law.as_of),
        "law_known": law.known,
        "validity": law.validity,
        "valid_from": _iso(law.valid_from),
        "valid_to": _iso(law.valid_to),
        "day_known": law.day_known,
        "also": _ALSO.join(law.also),
        "next_from": _iso(law.next_from),
        "next_text": law.next_text,
        "engineering": law.engineering,
        "review_zh": law.review.zh if law.review else "",
        "review_en": law.review.en if law.review else "",
    }


def law_from_cells(row: Mapping[Any, Any]) -> InForce | None:
    """The law behind a rule from a row that `law_cells` filled; None from another table.

    Examples
    --------
    >>> law = InForce(citation="《甲法》", source_step="primary", also=("《乙法》", "《丙法》"))
    >>> row = {"citation": law.citation, "source_step": "primary", "needs_review": False}
    >>> law_from_cells({**row, **law_cells(law)}) == law, law_from_cells(row)
    (True, None)
    """
    if any(c not in row for c in (*LAW_COLUMNS, "source_step")):
        return None
    review = row["review_zh"]
    return InForce(
        as_of=_day(row["law_day"]),
        known=bool(row["law_known"]),
        citation=str(row["citation"]),
        source_step=row["source_step"],
        validity=row["validity"],
        valid_from=_day(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        day_known=bool(row["day_known"]),
        also=tuple(x for x in str(row["also"]).split(_ALSO) if x),
        next_from=_day(row["next_from"]),
        next_text=str(row["next_text"]),
        engineering=bool(row["engineering"]),
        needs_review=bool(row["needs_review"]),
        review=Text(zh=str(review), en=str(row["review_en"])) if review else None,
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: Any) -> date | None:  # noqa: ANN401 - a cell of a table
    return date.fromisoformat(str(text)) if text else None
