"""Each quote against the article it cites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gis.say import Lang, listed, say
from siting.rules.article import article_numbers
from siting.rules.audit.cited import Cited
from siting.rules.audit.findings import Check, LawFinding
from siting.rules.audit.statute import Statute, within
from siting.rules.law import Edition
from siting.rules.load import rule_books

__all__ = ["Compared", "compare_quotes", "quote_findings", "uncompared_bans"]

_GAP = "…"  # joins parts of one article


@dataclass(frozen=True)
class Compared:
    """One quote and what became of it.

    Attributes
    ----------
    outcome
        ``"same"``, ``"same_words"`` (only words of the article are at hand), ``"no_text"``, or
        the check it failed.
    missing
        Articles that are cited and not there.
    places
        Where the quote stands instead.
    """

    cited: Cited
    outcome: str
    missing: tuple[str, ...] = ()
    places: tuple[Callable[[Lang], str], ...] = ()


def compare_quotes(
    cited: Sequence[Cited], texts: Mapping[str, Statute]
) -> tuple[Compared, ...]:
    """Every quote of a law against the text of its edition."""
    named = {c.edition.id: c.edition for c in cited if c.edition}
    return tuple(_compared(c, texts, named) for c in cited if c.version.quote)


def _parts(quote: str) -> list[str]:
    return [p for p in quote.split(_GAP) if p.strip()]


def _compared(
    c: Cited, texts: Mapping[str, Statute], editions: Mapping[str, Edition]
) -> Compared:
    statute = texts.get(c.version.law)
    if statute is None:
        return Compared(c, "no_text")
    named = article_numbers(c.version.article)
    parts = _parts(c.version.quote)
    if not named:
        # a notice, a standard: its points are not told apart, the words must be in it
        found = any(within(parts, t) for t in statute.articles.values())
        if found:
            return Compared(c, "same" if statute.complete else "same_words")
        return Compared(c, "quote_not_found" if statute.complete else "not_compared")
    missing = tuple(a for a in named if a not in statute.articles)
    if missing:
        if not statute.whole:
            return Compared(c, "not_compared")
        check = "article_missing" if statute.complete else "article_not_kept"
        return Compared(c, check, missing, _places(parts, c, texts, editions))
    own = [statute.articles[a] for a in named]
    strange = [p for p in parts if not any(within([p], t) for t in own)]
    if not strange:
        return Compared(c, "same" if statute.whole else "same_words")
    if not statute.whole:
        return Compared(c, "not_compared")
    places = _places(strange, c, texts, editions)
    return Compared(c, "quote_elsewhere" if places else "quote_not_found", (), places)


def _places(
    parts: Sequence[str],
    c: Cited,
    texts: Mapping[str, Statute],
    editions: Mapping[str, Edition],
) -> tuple[Callable[[Lang], str], ...]:
    """Articles a quote stands in: of its own text, else of the others."""
    own = texts.get(c.version.law)
    here = [own] if own else []
    for statutes in (here, [t for t in texts.values() if t is not own]):
        found = tuple(
            editions[t.law].cited_text(a)
            for t in statutes
            if t.law in editions
            for a, text in t.articles.items()
            if within(parts, text)
        )
        if found:
            return found
    return ()


def uncompared_bans(compared: Sequence[Compared], day: date) -> Iterator[LawFinding]:
    """Quotes of the toolkit's own books that take land and no text at hand bears out."""
    ours = {b.id for b in rule_books()}
    for c in compared:
        entry, version = c.cited.entry, c.cited.version
        if c.outcome not in ("no_text", "not_compared") or entry.engineering:
            continue
        if entry.book in ours and c.cited.excludes and c.cited.on(day):
            text = say(
                "siting.audit.ban_not_compared",
                rule=entry.id,
                quote=version.quote,
                document=c.cited.document,
            )
            yield LawFinding(
                "ban_not_compared", True, text, version.law, version.article, (entry.id,)
            )


def quote_findings(compared: Sequence[Compared]) -> Iterator[LawFinding]:
    """What is wrong with quotes, and of which laws no text is at hand."""
    for c in compared:
        check: Check
        match c.outcome:
            case "article_missing" | "article_not_kept" | "quote_elsewhere" | "quote_not_found":
                check = c.outcome
            case _:
                continue
        # articles are kept of the toolkit's books; one's own need the whole text
        ours = c.cited.entry.book in {b.id for b in rule_books()}
        yield LawFinding(
            check,
            fault=ours or check != "article_not_kept",
            text=say(
                f"siting.audit.{check}",
                rule=c.cited.entry.id,
                document=c.cited.document,
                quote=c.cited.version.quote,
                missing=listed(c.missing),
                places=listed(c.places or [say("siting.audit.nowhere")]),
            ),
            law=c.cited.version.law,
            article=c.cited.version.article,
            rules=(c.cited.entry.id,),
        )
    for outcome in ("no_text", "not_compared"):
        groups: dict[str, list[Cited]] = {}
        for c in compared:
            if c.outcome == outcome:
                # practice and defaults have no text by nature: one line for all of them
                groups.setdefault(c.cited.version.law, []).append(c.cited)
        for law, own in groups.items():
            ids = tuple(dict.fromkeys(x.entry.id for x in own))
            edition = own[0].edition
            yield LawFinding(
                "no_text" if outcome == "no_text" else "not_compared",
                fault=False,
                text=say(
                    f"siting.audit.{outcome}",
                    document=edition.cited_text() if edition else say("siting.audit.no_law"),
                    n=len(own),
                    ids=listed(ids),
                ),
                law=law,
                rules=ids,
            )
