"""The days of the calendar: against themselves, against the texts, and on one day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from gis.say import listed, say
from siting.rules.article import article_numbers
from siting.rules.audit.cited import Cited, in_force
from siting.rules.audit.findings import Check, LawFinding
from siting.rules.audit.statute import (
    Statute,
    abolished_in,
    commencement_in,
)
from siting.rules.law import Calendar, Edition

__all__ = ["calendar_findings", "day_findings", "text_findings"]

_DAY = timedelta(days=1)
_YEAR = timedelta(days=365.2425)


def _finding(
    check: Check,
    edition: Edition,
    *,
    fault: bool,
    rules: Iterable[str] = (),
    article: str = "",
    **values: object,
) -> LawFinding:
    ids = tuple(dict.fromkeys(rules))
    text = say(
        f"siting.audit.{check}",
        document=edition.cited_text(article),
        ids=listed(ids),
        n=len(ids),
        **values,
    )
    return LawFinding(check, fault, text, edition.id, article, ids)


def _by_title(editions: Iterable[Edition]) -> dict[str, list[Edition]]:
    out: dict[str, list[Edition]] = {}
    for e in editions:
        if e.in_force and e.validity != "draft":
            out.setdefault(e.title.zh, []).append(e)
    return {k: sorted(v, key=lambda e: e.in_force or date.min) for k, v in out.items()}


def calendar_findings(calendar: Calendar) -> Iterator[LawFinding]:
    """Days of the calendar that do not agree with one another."""
    editions = {e.id: e for e in calendar.editions}
    titles = _by_title(calendar.editions)
    for e in calendar.editions:
        if e.passed and e.in_force and e.in_force < e.passed:
            yield _finding("force_before_passed", e, fault=True, day=e.in_force, other=e.passed)
        after = editions.get(e.repealed_by)
        if after and e.last_day and after.in_force and after.in_force != e.last_day + _DAY:
            yield _finding(
                "repeal_day",
                e,
                fault=True,
                day=e.last_day,
                other=after.cited_text(),
            )
        later = [x for x in titles.get(e.title.zh, []) if x.in_force and e.last_day]
        if e.last_day and not after and not any(_begins(x) > e.last_day for x in later):
            yield _finding("ends_without_follower", e, fault=False, day=e.last_day)
    for own in titles.values():
        for first, second in pairwise(own):
            begins = _begins(second)
            if first.last_day is None or first.last_day >= begins:
                yield _finding(
                    "editions_overlap", first, fault=True, other=second.cited_text(), day=begins
                )
            elif first.last_day + _DAY < begins:
                yield _finding(
                    "days_between",
                    first,
                    fault=False,
                    other=second.cited_text(),
                    day=first.last_day + _DAY,
                    last=begins - _DAY,
                )


def _begins(edition: Edition) -> date:
    return edition.in_force or date.min


def text_findings(calendar: Calendar, texts: Mapping[str, Statute]) -> Iterator[LawFinding]:
    """What the texts say of days and repeals, against the calendar."""
    editions = {e.id: e for e in calendar.editions}
    for e in calendar.editions:
        other = texts.get(e.repealed_by)
        if other and other.whole:
            named = [
                t
                for a in article_numbers(e.repealing_article)
                for t in abolished_in(other.articles.get(a, ""))
            ]
            if e.title.zh not in named:
                yield _finding(
                    "repeal_not_named",
                    e,
                    fault=True,
                    other=editions[e.repealed_by].cited_text(e.repealing_article),
                )
        own = texts.get(e.id)
        for number, text in own.articles.items() if own else ():
            day = commencement_in(text)
            if day is None:
                continue
            # an amended text keeps the day of its first edition
            if e.passed and e.in_force and day >= e.passed and day != e.in_force:
                yield _finding(
                    "commencement", e, fault=True, article=number, day=day, other=e.in_force
                )
            yield from _repealed_by(e, number, text, day, calendar)


def _repealed_by(
    by: Edition, number: str, text: str, day: date, calendar: Calendar
) -> Iterator[LawFinding]:
    """Editions a text repeals that the calendar has in force after it."""
    titles = set(abolished_in(text))
    for e in calendar.editions:
        lives = e.last_day is None or e.last_day >= day
        older = e.in_force is not None and e.in_force < day
        if e.title.zh in titles and e.id != by.id and older and lives:
            yield _finding(
                "repealed_by_text", e, fault=True, other=by.cited_text(number), day=day
            )


def day_findings(
    cited: Sequence[Cited], calendar: Calendar, day: date, years: float
) -> Iterator[LawFinding]:
    """What the rules rest on, on one day: ended, ending, followed, not looked up for long."""
    rules: dict[str, list[Cited]] = {}
    for c in cited:
        rules.setdefault(c.entry.id, []).append(c)
    live = list(in_force(cited, day))
    yield from _ended(rules, day)
    yield from _ahead(live, rules, day, years)
    yield from _other_editions(live, rules, calendar, day)
    for own in _by_law(c for c in live if c.excludes).values():
        edition = own[0].edition
        if edition and day - edition.checked > _YEAR:
            ids = (c.entry.id for c in own)
            yield _finding("check_old", edition, fault=True, rules=ids, day=edition.checked)
    if day > calendar.read_on:
        text = say("siting.audit.calendar_old", day=day, other=calendar.read_on)
        yield LawFinding("calendar_old", fault=False, text=text)


def _by_law(cited: Iterable[Cited]) -> dict[str, list[Cited]]:
    out: dict[str, list[Cited]] = {}
    for c in cited:
        if c.edition:
            out.setdefault(c.edition.id, []).append(c)
    return out


def _by_end(cited: Iterable[Cited]) -> dict[str, list[Cited]]:
    """By the text whose end it is: a draft never ends, the text it stands for does."""
    out: dict[str, list[Cited]] = {}
    for c in cited:
        ending = c.final or c.edition
        if ending:
            out.setdefault(ending.id, []).append(c)
    return out


def _ended(rules: Mapping[str, Sequence[Cited]], day: date) -> Iterator[LawFinding]:
    """Rules whose last text ended: told where the book says so, a fault where it does not."""
    ended = [
        max(own, key=lambda c: c.ends or date.min)
        for own in rules.values()
        if not any(c.ends is None or c.ends >= day for c in own)
    ]
    known = [
        c for c in ended if c.version.last_text or c.version.valid_to or c.entry.replaced_by
    ]
    for c in known:
        said = bool(c.version.last_text or c.entry.replaced_by or c.version.law)
        key = "ended" if said else "ended_open"
        text = say(f"siting.audit.{key}", rule=c.entry.id, document=c.document, day=c.ends)
        at = c.version.law, c.version.article, (c.entry.id,)
        yield LawFinding("ended", not said, text, *at)
    for own in _by_end(c for c in ended if c not in known).values():
        edition = own[0].final or own[0].edition
        if edition:
            ids = (c.entry.id for c in own)
            yield _finding(
                "cited_as_in_force", edition, fault=True, rules=ids, day=edition.last_day
            )


def _ahead(
    live: Sequence[Cited], rules: Mapping[str, Sequence[Cited]], day: date, years: float
) -> Iterator[LawFinding]:
    """Texts in force that end within some years, and texts passed that take over."""
    until = day + years * _YEAR
    ends, follow = [], []
    for c in live:
        coming = [x for x in rules[c.entry.id] if x.begins and x.begins > day]
        if coming:
            follow += coming
        elif c.ends and c.ends <= until:
            ends.append(c)
    for own in _by_end(ends).values():
        edition, last = own[0].final or own[0].edition, min(c.ends for c in own if c.ends)
        if edition:
            ids = (c.entry.id for c in own)
            yield _finding("ends_soon", edition, fault=False, rules=ids, day=last)
    for own in _by_law(follow).values():
        edition = own[0].edition
        if edition:
            ids = (c.entry.id for c in own)
            first = min(c.begins for c in own if c.begins)
            yield _finding("next_text", edition, fault=False, rules=ids, day=first)


def _other_editions(
    live: Sequence[Cited],
    rules: Mapping[str, Sequence[Cited]],
    calendar: Calendar,
    day: date,
) -> Iterator[LawFinding]:
    """Later editions of a law in force that a rule resting on it does not name."""
    titles = _by_title(calendar.editions)
    for own in _by_law(live).values():
        edition = own[0].edition
        if edition is None:
            continue
        for later in titles.get(edition.title.zh, []):
            if later.in_force is None or later.in_force <= (edition.in_force or date.min):
                continue
            ids = [
                c.entry.id
                for c in own
                if later.id not in {x.version.law for x in rules[c.entry.id]}
            ]
            if ids:
                yield _finding(
                    "other_edition",
                    edition,
                    fault=later.in_force <= day,
                    rules=ids,
                    other=later.cited_text(),
                    day=later.in_force,
                )
