"""The chapters of the body in the order they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from geoplan.report.body.advice import advice_blocks
from geoplan.report.body.amount import amount_blocks
from geoplan.report.body.approvals import approval_blocks
from geoplan.report.body.basis import basis_blocks
from geoplan.report.body.conclusion import conclusion_blocks
from geoplan.report.body.outlook import carbon_blocks, target_blocks
from geoplan.report.body.quality import quality_blocks
from geoplan.report.body.risks import open_blocks, risk_blocks
from geoplan.report.body.where import where_blocks
from geoplan.report.document import Block, Figure, Heading, Paragraph, Table
from geoplan.summary import RunSummary
from gis.say import listed, say
from layers.plan.model import Plan

__all__ = ["CHAPTERS", "body_blocks"]

Chapter = Callable[[Plan, RunSummary, Path, str], Iterator[Block]]

CHAPTERS: tuple[Chapter, ...] = (
    *(conclusion_blocks, advice_blocks, basis_blocks, where_blocks, amount_blocks),
    *(quality_blocks, approval_blocks, carbon_blocks, target_blocks, risk_blocks, open_blocks),
)
"""One a question; one that has nothing to say yields nothing."""


def body_blocks(
    plan: Plan, s: RunSummary, run: Path, lang: str, annex: Sequence[Block]
) -> list[Block]:
    """Blocks of the body.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    annex : sequence of Block
        The annex, numbered: its chapters are listed with what the report rests on, as at
        the end of the body the list would often stand on a page of its own.
    """
    out: list[Block] = []
    for chapter in CHAPTERS:
        out += chapter(plan, s, run, lang)
        if chapter is basis_blocks:
            out += _contents(annex, lang)
    return out


_TABLES = {True: "geoplan.body.annex_tables", False: "geoplan.body.annex_table"}


def _contents(annex: Sequence[Block], lang: str) -> Iterator[Block]:
    """What each chapter of the annex holds."""
    names: list[str] = []
    counts = {Table: 0, Figure: 0}
    spans: list[dict[type, list[int]]] = []
    for block in annex:
        if isinstance(block, Heading) and block.level == 1:
            names.append(block.text)
            spans.append({Table: [], Figure: []})
        elif isinstance(block, Table | Figure):
            counts[type(block)] += 1
            spans[-1][type(block)].append(counts[type(block)])
    told = [
        say(
            "geoplan.body.annex_holds",
            chapter=name,
            held=say(_TABLES[len(span[Table]) > 1], span=_span(span[Table]))
            if span[Table]
            else say("geoplan.body.annex_figures", span=_span(span[Figure])),
        )
        if span[Table] or span[Figure]
        else say("geoplan.common.as_it_is", it=name)
        for name, span in zip(names, spans, strict=True)
    ]
    yield Heading(2, say("geoplan.body.h_annex")(lang))
    yield Paragraph(say("geoplan.body.annex_list", chapters=listed(told))(lang), "note")


def _span(numbers: Sequence[int]) -> str:
    """First and last number.

    Examples
    --------
    >>> _span([3, 4, 5]), _span([7])
    ('3–5', '7')
    """
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])
