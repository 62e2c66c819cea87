"""Targets whose verdict hangs on the caliber, with all calibers side by side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["caliber_blocks"]

_COLUMNS = ("title_", "caliber_", "value", "target", "unit", "gap", "met", "caliber_meant")


def caliber_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """One table, and the plan's reason for the caliber it means."""
    sides = optional_table(run, "targets_by_caliber")
    if sides is None or not len(sides):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_calibers")(lang))
    yield frame_table(
        "targets_by_caliber",
        say("geoplan.report.c_targets_by_caliber")(lang),
        sides,
        _COLUMNS,
        lang,
        digits=2,
    )
    for row in s.indicators or ():
        if len(row.calibers) < 2:
            continue
        if row.caliber_meant:
            words = say(
                "geoplan.carbon_chapter.caliber_meant",
                title=row.title(lang),
                caliber=row.caliber_title(lang),
                reason=row.caliber_reason(lang) or say("geoplan.carbon_chapter.no_reason"),
            )
        else:
            words = say("geoplan.carbon_chapter.caliber_open", title=row.title(lang))
        yield Paragraph(words(lang))
