"""Change between two land covers, by both methods."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.summary import CarbonSummary, ChangeSummary
from geoplan.report.carbon.conclusion import between
from geoplan.report.document import Block, Heading, Table
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["change_blocks"]

_MOST = 10
"""Transitions in the chapter, the largest change first; the annex has all of them."""


def change_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Transitions, and the change they make by stock-difference and by gain-loss."""
    change = s.carbon.change if isinstance(s.carbon, CarbonSummary) else None
    if change is None:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_change")(lang))
    yield from figure_blocks(run, "transitions", lang)
    frame = optional_table(run, "carbon_change_waterfall")
    if frame is not None and len(frame):
        columns = ("before", "after", "area_ha", "total_tc", "low_tc", "high_tc")
        caption = say("geoplan.report.c_carbon_change_waterfall")(lang)
        yield frame_table("carbon_change", caption, frame, columns, lang, digits=0, most=_MOST)
    yield from _methods(change, lang)


def _methods(change: ChangeSummary, lang: str) -> Iterator[Block]:
    if change.stock_difference_tc:
        rows = [
            [
                say(f"geoplan.cells.pool.{carrier}")(lang),
                number(e.value, 0),
                between(e, 1.0, 0),
                number(change.not_estimated_ha.get(carrier), 0),
            ]
            for carrier, e in change.stock_difference_tc.items()
        ]
        headers = [
            say(f"geoplan.carbon_chapter.{k}")(lang)
            for k in ("carrier", "difference", "difference_between", "not_estimated_ha")
        ]
        yield Table(
            "carbon_difference",
            say("geoplan.carbon_chapter.c_difference")(lang),
            headers,
            rows,
            frozenset({1, 2, 3}),
            (2, 2, 3, 2),
            "total" in change.stock_difference_tc,
        )
    if change.years is None:
        return
    parts = [
        [say(f"geoplan.carbon_chapter.part_{k}")(lang), number(e.value, 0), between(e, 1.0, 0)]
        for k, e in change.gain_loss_parts_tc_yr.items()
    ]
    if total := change.gain_loss_tc_yr:
        words = say("geoplan.cells.pool.total")(lang)
        parts.append([words, number(total.value, 0), between(total, 1.0, 0)])
    if parts:
        yield Table(
            "carbon_gain_loss",
            say("geoplan.carbon_chapter.c_gain_loss")(lang),
            [
                say(f"geoplan.carbon_chapter.{k}")(lang)
                for k in ("carrier", "gain_loss", "gain_loss_between")
            ],
            parts,
            frozenset({1, 2}),
            (2, 2, 3),
            total is not None,
        )
