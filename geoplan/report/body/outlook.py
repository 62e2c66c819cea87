"""Carbon in a page, and how the targets of the plan end."""

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
from geoplan.report.carbon.conclusion import conclusion, has_carbon
from geoplan.report.carbon.stands import pools_blocks
from geoplan.report.document import Block, Figure, Heading, Items, Paragraph, Table
from geoplan.report.figures import figure_path
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.answers.answer import TargetAnswer
from layers.plan.model import Plan
from layers.result import optional_table

__all__ = ["carbon_blocks", "target_blocks"]

_POOLS = ("pool", "depth_cm", "value_tc", "low_tc", "high_tc")
_CARBON_FRAC = 0.7
_TARGET_WIDTHS = (3.4, 1.0, 1.3, 2.8, 2.2, 1.9)


def carbon_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """The conclusion of the carbon chapter; the chapter itself is in the annex."""
    if not has_carbon(s):
        return
    yield Heading(1, say("geoplan.body.h_carbon")(lang))
    yield Paragraph(say("geoplan.report.note_carbon")(lang))
    yield from (b for b in conclusion(s, run, lang) if not isinstance(b, Heading))
    own = pools_blocks(s, run, lang, "pools_by_class_short")
    yield from (b for b in own if not isinstance(b, Heading))
    pools = optional_table(run, "carbon_by_pool")
    if pools is not None and len(pools):
        title = say("geoplan.report.c_carbon_by_pool")(lang)
        yield frame_table("pools_short", title, pools, _POOLS, lang, digits=0)
    path = figure_path(run, "carbon", lang)
    if path.exists():
        title = say("geoplan.report.f_carbon")(lang)
        yield Figure("body_carbon", title, path, title, _CARBON_FRAC)
    yield Paragraph(say("geoplan.body.carbon_elsewhere")(lang), "note")


def _row(a: TargetAnswer, lang: str) -> list[str]:
    return [
        a.title(lang),
        str(a.year),
        ending_word(a.answer)(lang),
        value_text(a, lang) or say("geoplan.report.not_estimated")(lang),
        target_text(a, lang),
        gap_text(a, lang) or "—",
    ]


def target_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Every target in a row, then what would close the ones that are open."""
    answers = s.targets or ()
    if not answers:
        return
    yield Heading(1, say("geoplan.body.h_targets")(lang))
    yield Paragraph(count_line(answers)(lang))
    heads = [
        say(f"geoplan.{k}")(lang)
        for k in (
            *("report.target", "report.year", "targets.h_ending", "report.value"),
            *("body.asked", "targets.h_gap"),
        )
    ]
    rows = [_row(a, lang) for a in answers]
    title = say("geoplan.body.c_targets")(lang)
    yield Table("target_list", title, heads, rows, widths=_TARGET_WIDTHS)
    yield Paragraph(say("geoplan.body.targets_elsewhere", why="{targets_why}")(lang), "note")
    lacking = [a for a in answers if a.answer in ("not_met", "uncertain") and a.closes(lang)]
    if lacking:
        yield Heading(2, say("geoplan.body.h_closes")(lang))
        yield Items(
            [say("geoplan.body.closes", title=a.title, closes=a.closes)(lang) for a in lacking]
        )
