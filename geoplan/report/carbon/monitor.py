"""Yearly monitoring in the report: trends, targets by year, totals of the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.monitor.outcome import MonitorSummary
from geoplan.report.carbon.conclusion import between_ends
from geoplan.report.cell_words import cell_word
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import known, number, with_unit
from geoplan.summary import RunSummary
from gis.say import say
from layers.answers.figure import gap_unit
from layers.result import optional_table

__all__ = ["SERIES", "monitor_blocks", "trend_annex"]

_LEAST_P = 0.001
SERIES = ("title_", "caliber", "year", "value", "low", "high", "unit", "basis", "met")
"""Columns of targets by year."""


def monitor_blocks(s: RunSummary, _run: Path, lang: str) -> Iterator[Block]:
    """When each target is met, and where the tables of the inventory are made."""
    found = s.monitor
    if not isinstance(found, MonitorSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_monitor")(lang))
    if found.targets:
        yield Items([t.text(lang) for t in found.targets])
    yield Paragraph(say("geoplan.carbon_chapter.mrv_door")(lang), "note")


def _chance(p: float) -> str:
    """A probability of three decimals; one that is nearly nothing is not told as 0."""
    return f"< {_LEAST_P}" if known(p) and p < _LEAST_P else number(p, 3)


def trend_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Trends of the series: the interval in one column, so that words keep their room."""
    trends = optional_table(run, "monitor_trends")
    if not isinstance(s.monitor, MonitorSummary) or trends is None or not len(trends):
        return
    rows = [
        [
            r[f"title_{lang}"],
            str(cell_word("caliber", r["caliber"], r, lang) or r["caliber"]),
            number(r["dates"], 0),
            "–".join(dict.fromkeys(f"{r[k]:.0f}" for k in ("from_year", "to_year"))),
            with_unit(r["slope"], 3, gap_unit(r["unit"])(lang)),
            between_ends(r["slope_low"], r["slope_high"], 3),
            _chance(r["p"]),
            f"{r['break_year']:.0f}" if known(r["break_year"]) else "—",
        ]
        for r in trends.to_dict("records")
    ]
    keys = (
        *("trend_of", "trend_caliber", "trend_dates", "trend_years", "trend_slope"),
        *("difference_plain", "trend_p", "trend_break"),
    )
    yield Table(
        "monitor_trends",
        say("geoplan.report.c_monitor_trends")(lang),
        [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys],
        rows,
        frozenset({2, 4, 5, 6}),
        (2.4, 3.2, 0.9, 1.7, 1.8, 2.2, 1.0, 1.2),
    )
