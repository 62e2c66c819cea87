"""The carbon chapter: conclusion, stock, change, potential, wetland, energy and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from geoplan.report.carbon.calibers import caliber_blocks
from geoplan.report.carbon.ccer import ccer_blocks
from geoplan.report.carbon.change import change_blocks
from geoplan.report.carbon.conclusion import conclusion
from geoplan.report.carbon.monitor import monitor_blocks
from geoplan.report.carbon.potential import energy_blocks, potential_blocks
from geoplan.report.carbon.stands import pools_blocks, stands_blocks
from geoplan.report.carbon.stock import flux_blocks, stock_blocks
from geoplan.report.carbon.survey import survey_blocks
from geoplan.report.carbon.targets import path_blocks
from geoplan.report.carbon.works import works_blocks
from geoplan.report.document import Block, Heading, Paragraph
from geoplan.summary import RunSummary
from gis.say import say

__all__ = ["carbon_blocks"]

Section = Callable[[RunSummary, Path, str], Iterator[Block]]

SECTIONS: tuple[Section, ...] = (
    conclusion,
    stock_blocks,
    stands_blocks,
    pools_blocks,
    change_blocks,
    survey_blocks,
    potential_blocks,
    ccer_blocks,
    works_blocks,
    flux_blocks,
    energy_blocks,
    caliber_blocks,
    path_blocks,
    monitor_blocks,
)
"""Sections in the order they are read; one that has nothing to say yields nothing."""


def carbon_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Blocks of the carbon chapter, when the run has one.

    Parameters
    ----------
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    if all(part is None for part in (s.carbon, s.survey, s.pools)):
        return
    yield Heading(1, say("geoplan.report.h_carbon")(lang))
    yield Paragraph(say("geoplan.report.note_carbon")(lang))
    for section in SECTIONS:
        yield from section(s, run, lang)
