"""Rules and attribution in the annex: states, rules one by one, changes of the plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.glossary import kind_word, state_word, tech_word
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import number
from geoplan.summary import RunSummary
from gis.say import say
from layers.plan.model import Plan
from layers.units import MU_PER_HA
from siting.rules.citation import cited
from siting.screen.screening import book_paths
from siting.screen.section import ScreeningSection
from siting.screen.summary import TechScreening

__all__ = ["STATES", "override_blocks", "rule_blocks", "told"]

STATES = ("left", "conditional", "provisional", "unknown", "taken")
"""Order of the table."""


def told(part: TechScreening) -> tuple[str, ...]:
    """States a run tells apart."""
    return tuple(x for x in STATES if x in part.area_ha)


def rule_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Land by state, the waterfall and every rule, by technology; none of a run without."""
    if s.screening is None:
        return
    yield Heading(1, say("geoplan.report.h_rules")(lang))
    mark = say("layers.words.mark.legal_review")
    yield Paragraph(say("geoplan.report.rules_note", mark=mark)(lang))
    days = {r.law.as_of for p in (s.screening or {}).values() for r in p.rules if r.law.plain}
    for day in sorted(x for x in days if x):
        yield Paragraph(say("geoplan.report.rules_plain", day=day)(lang), "note")
    yield Paragraph(say("geoplan.report.rules_text")(lang), "note")
    for tech, part in (s.screening or {}).items():
        yield Heading(2, tech_word(tech)(lang))
        total = sum(part.area_ha.values())
        rows = [
            [
                state_word(k, tech)(lang),
                number(part.area_ha[k], 2),
                number(part.area_ha[k] * MU_PER_HA, 1),
                number(100 * part.area_ha[k] / total if total else None, 2),
            ]
            for k in told(part)
        ]
        rows.append(
            [
                say("geoplan.report.total")(lang),
                number(total, 2),
                number(total * MU_PER_HA, 1),
                number(100.0, 2),
            ]
        )
        headers = [say("geoplan.cli.state")(lang), "ha", say("geoplan.report.mu")(lang), "%"]
        yield Table(
            f"state_{tech}",
            say("geoplan.report.c_state")(lang),
            headers,
            rows,
            frozenset({1, 2, 3}),
            (3, 2, 2, 1),
            True,
        )
        yield from figure_blocks(run, f"waterfall_{tech}", lang)
        yield from _rule_table(part, tech, lang)


def _rule_table(part: TechScreening, tech: str, lang: str) -> Iterator[Block]:
    rows = []
    idle = []
    waiting = []
    for r in part.rules:
        title = r.title(lang)
        if r.needs_review:
            mark = say("layers.words.mark.legal_review")
            title += say("siting.check.explain.review", mark=mark)(lang)
        # the text itself stands in the workbook: on paper it is forty pages nobody reads
        told = (x(lang) for x in r.law.exceptions())
        law = say("geoplan.common.semicolon")(lang).join((cited(r.citation, lang), *told))
        if r.judged and not r.gross_ha:
            idle.append([r.rule_id, title, kind_word(r.kind)(lang), cited(r.citation, lang)])
        elif r.judged or r.state == "incomplete":  # what it hits is hit
            rows.append(
                [
                    r.rule_id,
                    title,
                    kind_word(r.kind)(lang),
                    law,
                    number(r.gross_ha),
                    number(r.exclusive_ha),
                ]
            )
        if not r.judged:
            waiting.append(
                [
                    r.rule_id,
                    title,
                    kind_word(r.kind)(lang),
                    str(r.reason),
                ]
            )
    head = [
        say("geoplan.report.id")(lang),
        say("geoplan.report.rule")(lang),
        say("geoplan.report.kind")(lang),
    ]
    yield Table(
        f"rules_{tech}",
        say("geoplan.report.c_rules")(lang),
        [
            *head,
            say("geoplan.report.article")(lang),
            say("geoplan.report.gross")(lang),
            say("geoplan.report.exclusive")(lang),
        ],
        rows,
        frozenset({4, 5}),
        (1.0, 3.4, 1.5, 5.4, 1.1, 1.1),
    )
    if idle:
        yield Table(
            f"idle_{tech}",
            say("geoplan.report.c_idle")(lang),
            [*head, say("geoplan.report.article")(lang)],
            idle,
            widths=(1.2, 4, 1.6, 4),
        )
    if waiting:
        yield Table(
            f"waiting_{tech}",
            say("geoplan.report.c_waiting")(lang),
            [*head, say("geoplan.report.reason")(lang)],
            waiting,
            widths=(1.2, 4, 1.6, 4),
        )


def override_blocks(plan: Plan, lang: str) -> Iterator[Block]:
    """Changes of rules by the plan, with reasons."""
    from siting.rules import overrides_table

    section = plan.section(ScreeningSection)
    if section.overrides:
        frame = overrides_table(section.overrides, lang, books=book_paths(plan))
        rows = [[str(v) for v in row] for row in frame.itertuples(index=False)]
        yield Heading(2, say("geoplan.report.h_overrides")(lang))
        yield Table(
            "overrides",
            say("geoplan.report.c_overrides")(lang),
            list(map(str, frame.columns)),
            rows,
        )
