"""Every target of the plan in the report: how it ends, who answers for it, what closes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.target_table import (
    count_line,
    ending_word,
    gap_text,
    target_text,
    value_text,
)
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.figures import figure_blocks
from geoplan.summary import RunSummary
from gis.say import say
from layers.answers.answer import TargetAnswer

__all__ = ["target_blocks"]


def _why(a: TargetAnswer, lang: str) -> str:
    parts = (a.reason, a.note, a.year_note, a.closes)
    return ("；" if lang == "zh" else "; ").join(w(lang) for w in parts if w(lang)) or "—"


def _figures(a: TargetAnswer, lang: str) -> list[str]:
    gap = gap_text(a, lang) or "—"
    return [
        a.title(lang),
        str(a.year),
        ending_word(a.answer)(lang),
        value_text(a, lang) or say("geoplan.report.not_estimated")(lang),
        str(a.data_year) if a.data_year else "—",
        target_text(a, lang),
        gap,
        a.responsible(lang) or say("geoplan.targets.nobody_named")(lang),
    ]


def target_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """All targets in two tables, figures first, then source and reason; and the picture."""
    answers = s.targets or ()
    yield Heading(1, say("geoplan.report.h_targets")(lang))
    if not answers:
        yield Paragraph(say("geoplan.report.no_targets")(lang))
        return
    yield Paragraph(count_line(answers)(lang))
    yield Table(
        "targets",
        say("geoplan.report.c_targets")(lang),
        [
            say("geoplan.report.target")(lang),
            say("geoplan.report.year")(lang),
            say("geoplan.targets.h_ending")(lang),
            say("geoplan.report.value")(lang),
            say("geoplan.targets.h_data_year")(lang),
            say("geoplan.report.target")(lang),
            say("geoplan.targets.h_gap")(lang),
            say("geoplan.targets.h_responsible")(lang),
        ],
        [_figures(a, lang) for a in answers],
        frozenset({3, 5, 6}),
        (2.2, 0.7, 0.9, 2, 0.7, 1.5, 1.3, 3),
    )
    yield Table(
        "targets_why",
        say("geoplan.targets.c_why")(lang),
        [
            say("geoplan.report.target")(lang),
            say("geoplan.report.caliber")(lang),
            say("geoplan.report.quote")(lang),
            say("geoplan.targets.h_why")(lang),
        ],
        [
            [
                f"{a.title(lang)} ({a.year})",
                a.caliber_title(lang) or "—",
                f"{a.section}「{a.quote}」",
                _why(a, lang),
            ]
            for a in answers
        ],
        widths=(2, 1.4, 3.4, 4.2),
    )
    yield from figure_blocks(run, "targets", lang)
