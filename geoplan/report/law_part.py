"""The law behind the map, for the report: its day, what is not settled, what will change."""

from __future__ import annotations

from collections.abc import Iterator

from geoplan.glossary import tech_word
from geoplan.law_words import law_statement, validity_word
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.frames import number
from geoplan.summary import RunSummary
from gis.say import listed, say
from siting.rules.citation import cited
from siting.rules.words import step_word

__all__ = ["law_blocks"]

_SHARES = frozenset({4, 5})
_LOOK_UP_WIDTHS = (3.8, 1.2, 1.4, 1.6, 1.2, 1.5)
_CHANGE_WIDTHS = (1.2, 1.8, 1.2, 4.2)


def law_blocks(s: RunSummary, lang: str) -> Iterator[Block]:
    """Documents to look up, and changes of law known to come, by technology."""
    parts = s.screening or {}
    if not parts:
        return
    yield Heading(2, say("geoplan.report.h_law_pending")(lang))
    for tech, part in parts.items():
        law = part.law
        word = tech_word(tech)
        yield Paragraph(law_statement(tech, law)(lang))
        rows = [
            [
                cited(x.document, lang),
                step_word(x.source_step)(lang),
                validity_word(x)(lang),
                listed(x.rules)(lang),
                number(x.if_void_ha),
                number(x.if_confirmed_ha),
            ]
            for x in law.look_ups
        ]
        heads: tuple[str, ...] = (
            *("document", "step", "validity"),
            *("rules", "if_void", "if_confirmed"),
        )
        headers = [say(f"geoplan.report.law_{h}")(lang) for h in heads]
        if rows:
            title = say("geoplan.report.c_law_look_ups", tech=word)(lang)
            yield Table(f"law_look_ups_{tech}", title, headers, rows, _SHARES, _LOOK_UP_WIDTHS)
        same: dict[tuple[str, str, str], list[str]] = {}
        for c in law.changes:
            same.setdefault((c.day.isoformat(), c.change, c.text), []).append(c.rule_id)
        coming = [
            [
                day,
                listed(dict.fromkeys(ids))(lang),
                say(f"geoplan.report.law_{change}")(lang),
                cited(text, lang),
            ]
            for (day, change, text), ids in same.items()
        ]
        if coming:
            heads = ("from", "rules", "what", "text")
            headers = [say(f"geoplan.report.law_{h}")(lang) for h in heads]
            title = say("geoplan.report.c_law_changes", tech=word)(lang)
            yield Table(f"law_changes_{tech}", title, headers, coming, widths=_CHANGE_WIDTHS)
