"""The audit of the law: every text a rule rests on, against calendar and statutes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import get_args

from gis.say import listed, say
from siting.rules.audit.cited import Cited, cited_texts, in_force
from siting.rules.audit.days import calendar_findings, day_findings, text_findings
from siting.rules.audit.findings import Check, LawAudit, LawFinding
from siting.rules.audit.quotes import compare_quotes, quote_findings, uncompared_bans
from siting.rules.audit.statute import Statute, stored_statutes
from siting.rules.citation import cited_text
from siting.rules.law import Calendar
from siting.rules.law import calendar as own_calendar
from siting.rules.load import Book, rule_books
from siting.rules.words import step_word

__all__ = ["audit"]

_COMPARED = ("same", "quote_elsewhere", "quote_not_found")


def audit(
    books: Sequence[Book] | None = None,
    calendar: Calendar | None = None,
    texts: Mapping[str, Statute] | None = None,
    day: date | None = None,
    *,
    years: float = 5.0,
    unused: Sequence[str] = (),
) -> LawAudit:
    """Compare rule books with the law calendar and the texts of the statutes.

    Parameters
    ----------
    books : sequence of Book, optional
        All that come with the toolkit when None.
    calendar : Calendar, optional
        The toolkit's when None.
    texts : mapping of str to Statute, optional
        Texts by edition (`siting.rules.audit.statute.read_statutes`); the cited articles
        that come with the toolkit when None.
    day : date, optional
        Day of the law; the latest day of the books when None.
    years : float
        Texts that end within so many years are told [yr].
    unused : sequence of str
        Files that are the text of no edition, to be told.

    Returns
    -------
    LawAudit
        Faults first, then what is only told.

    Examples
    --------
    >>> found = audit()
    >>> found.faults, found.compared >= 122
    ((), True)
    """
    books = rule_books() if books is None else books
    calendar = own_calendar() if calendar is None else calendar
    texts = stored_statutes() if texts is None else texts
    day = day or max((b.as_of for b in books), default=calendar.read_on)
    cited = cited_texts(books, calendar)
    compared = compare_quotes(cited, texts)
    findings = [
        *quote_findings(compared),
        *uncompared_bans(compared, day),
        *_source_findings(cited, day),
        *day_findings(cited, calendar, day, years),
        *calendar_findings(calendar),
        *text_findings(calendar, texts),
    ]
    if unused:
        text = say("siting.audit.file_not_known", n=len(unused), names=listed(unused))
        findings.append(LawFinding("file_not_known", fault=False, text=text))
    order = get_args(Check)
    return LawAudit(
        as_of=day,
        rules=sum(len(b.entries) for b in books),
        editions=len(calendar.editions),
        quotes=len(compared),
        compared=sum(c.outcome in _COMPARED for c in compared),
        in_words=sum(c.outcome == "same_words" for c in compared),
        texts=sum(e.id in texts for e in calendar.editions),
        findings=tuple(sorted(findings, key=lambda f: (not f.fault, order.index(f.check)))),
    )


def _source_findings(cited: Sequence[Cited], day: date) -> Iterator[LawFinding]:
    """Hard rules without a source, and texts that may not exclude land by themselves."""
    for c in cited:
        if c.version.law and c.edition is None:
            text = say("siting.audit.no_such_law", rule=c.entry.id, law=c.version.law)
            yield LawFinding("no_such_law", True, text, c.version.law, rules=(c.entry.id,))
    live = list(in_force(cited, day))
    for c in live:
        values = {"rule": c.entry.id, "document": c.document}
        about = (c.version.law, c.version.article, (c.entry.id,))
        if c.stated_kind == "hard" and not c.source.strip():
            text = say("siting.audit.hard_without_source", **values)
            yield LawFinding("hard_without_source", True, text, *about)
        elif c.excludes and not c.version.quote and not c.entry.engineering:
            text = say("siting.audit.hard_without_quote", **values)
            yield LawFinding("hard_without_quote", True, text, *about)
    groups: dict[str, list[Cited]] = {}
    for c in live:
        if c.stated_kind == "hard" and c.entry.test.is_filter and not c.excludes:
            groups.setdefault(c.version.law or c.version.citation, []).append(c)
    for key, own in groups.items():
        ids = tuple(dict.fromkeys(c.entry.id for c in own))
        first = own[0]
        validity = first.edition.validity if first.edition else "confirmed"
        text = say(
            "siting.audit.not_firm",
            document=first.edition.cited_text() if first.edition else cited_text(key),
            step=step_word(first.step),
            validity=say(f"siting.audit.validity.{validity}"),
            ids=listed(ids),
        )
        yield LawFinding("not_firm", False, text, first.version.law, rules=ids)
