"""Yearly monitoring in the report: trends, targets by year, totals of the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.monitor.outcome import MonitorSummary
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["SERIES", "monitor_blocks"]

_TRENDS = (
    *("title_", "caliber", "unit", "dates", "from_year", "to_year", "slope", "slope_low"),
    *("slope_high", "p", "break_year"),
)
SERIES = ("title_", "caliber", "year", "value", "low", "high", "unit", "basis", "met")
"""Columns of targets by year."""
_MOST = 12


def monitor_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """When each target is met, trends of the series, gases that stand beside the carbon."""
    found = s.monitor
    if not isinstance(found, MonitorSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_monitor")(lang))
    if found.targets:
        yield Items([t.text(lang) for t in found.targets])
    trends = optional_table(run, "monitor_trends")
    if trends is not None and len(trends):
        caption = say("geoplan.report.c_monitor_trends")(lang)
        yield frame_table(
            "monitor_trends", caption, trends, _TRENDS, lang, digits=3, most=_MOST
        )
    yield Paragraph(say("geoplan.carbon_chapter.mrv_door")(lang), "note")
