"""The carbon chapter: conclusion, stock, change, potential, wetland, energy and targets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from geoplan.report.carbon.calibers import caliber_blocks
from geoplan.report.carbon.ccer import ccer_blocks
from geoplan.report.carbon.change import change_blocks
from geoplan.report.carbon.conclusion import conclusion, has_carbon
from geoplan.report.carbon.monitor import monitor_blocks
from geoplan.report.carbon.potential import energy_blocks, potential_blocks
from geoplan.report.carbon.stands import pools_blocks, stands_blocks
from geoplan.report.carbon.stock import flux_blocks, stock_blocks
from geoplan.report.carbon.survey import survey_blocks
from geoplan.report.carbon.targets import path_blocks
from geoplan.report.carbon.works import works_blocks
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.report.frames import typeset
from geoplan.summary import RunSummary
from gis.say import say

__all__ = ["as_sentences", "carbon_blocks"]

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
    if not has_carbon(s):
        return
    yield Heading(1, say("geoplan.report.h_carbon")(lang))
    yield Paragraph(say("geoplan.report.note_carbon")(lang))
    for section in SECTIONS:
        for block in section(s, run, lang):
            yield as_sentences(block) if lang == "en" else block


def as_sentences(block: Block) -> Block:
    """A paragraph or a list whose texts begin and end as English sentences do.

    Parts of the run that say the same in a line of a table or of the terminal do not.

    Examples
    --------
    >>> as_sentences(Paragraph("the total is an upper bound")).text
    'The total is an upper bound.'
    >>> as_sentences(Items(["tCO₂e are counted", "met in 2031 (earliest 2028)"])).texts
    ('tCO₂e are counted.', 'Met in 2031 (earliest 2028).')
    """
    if isinstance(block, Paragraph):
        return replace(block, text=_sentence(block.text))
    if isinstance(block, Items):
        return replace(block, texts=tuple(_sentence(t) for t in block.texts))
    return block


def _sentence(text: str) -> str:
    word = re.match(r"[a-z]+", text)
    if word is not None and not text[word.end() : word.end() + 1].isalpha():
        text = text[0].upper() + text[1:]
    text = typeset(text)
    return text if not text or text[-1] in ".:;!?" else f"{text}."
