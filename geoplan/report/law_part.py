"""The law behind the map, for the report: what was judged, is not settled, will change."""

from __future__ import annotations

from collections.abc import Iterator

from geoplan.glossary import tech_word
from geoplan.judged_words import (
    FIRST_LAYERS,
    judged_statement,
    next_layer_lines,
    next_title,
)
from geoplan.law_words import law_statement, validity_word
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import number
from geoplan.summary import RunSummary
from gis.say import listed, say
from siting.rules.citation import cited
from siting.rules.words import step_word
from siting.sites.step_sites import refused_words

__all__ = ["judged_blocks", "judged_first", "law_blocks"]

_SHARES = frozenset({4, 5})
_LOOK_UP_WIDTHS = (3.8, 1.2, 1.4, 1.6, 1.2, 1.5)
_HA_KM2 = 100.0
_NUMBERS = frozenset({3, 4, 5, 6, 7})
_NEXT_WIDTHS = (0.6, 2.6, 2.8, 0.9, 1.1, 1.3, 1.6, 1.6)
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


def judged_first(s: RunSummary, lang: str) -> Iterator[Block]:
    """What is known on page one: the judged share, and the layers to fetch first."""
    open_parts = {
        tech: part.judged
        for tech, part in (s.screening or {}).items()
        if part.judged is not None and part.judged.n < part.judged.of
    }
    if not open_parts:
        return
    yield Heading(2, say("geoplan.report.h_judged")(lang))
    for tech, judged in open_parts.items():
        yield Paragraph(judged_statement(tech, judged)(lang))
        if judged.below_ha > 0:
            line = say(
                "geoplan.report.below_limit",
                below_km2=judged.below_ha / _HA_KM2,
                limit_pct=100 * judged.limit,
            )
            yield Paragraph(line(lang))
        if lines := next_layer_lines(judged):
            yield Paragraph(say("geoplan.common.next_layers")(lang))
            yield Items([line(lang) for line in lines])
    for one in s.sites_refused:
        yield Paragraph(refused_words(one)(lang), "banner")


def judged_blocks(s: RunSummary, lang: str) -> Iterator[Block]:
    """Every layer that is not there, in the order to fetch them, by technology."""
    for tech, part in (s.screening or {}).items():
        judged = part.judged
        if judged is None or len(judged.next_layers) <= FIRST_LAYERS:
            continue
        rows = [
            [
                str(i),
                next_title(x)(lang),
                x.holder(lang) if x.holder is not None else "—",
                str(len(x.rules)),
                number(100 * x.frac, 0),
                number(100 * x.hard_frac, 0),
                number(x.above_ha),
                number(x.lifted_ha),
            ]
            for i, x in enumerate(judged.next_layers, 1)
        ]
        headers = [
            say(f"geoplan.report.{k}")(lang)
            for k in (
                *("next_order", "layer", "next_holder", "next_rules", "next_share"),
                *("next_hard_share", "next_above", "next_lifted"),
            )
        ]
        title = say("geoplan.report.c_next_layers", tech=tech_word(tech))(lang)
        yield Table(f"next_layers_{tech}", title, headers, rows, _NUMBERS, _NEXT_WIDTHS)
