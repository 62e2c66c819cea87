"""Change between two land covers: its pools and parts, what it is a bound of, other choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from carbon_sink.outcome_change import AdjustedArea
from carbon_sink.summary import CarbonSummary, ChangeRefused, ChangeSummary
from geoplan.report.carbon.conclusion import between
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table
from layers.sources import source_text

__all__ = ["area_table", "change_annex", "change_blocks"]

_MOST = 6
"""Transitions in the chapter, the largest change first; the annex has all of them."""


def change_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Transitions, the change they make, what it is a bound of, and the inventories."""
    carbon = s.carbon if isinstance(s.carbon, CarbonSummary) else None
    if carbon is None or (carbon.change is None and carbon.inventories is None):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_change")(lang))
    if carbon.inventories is not None:
        yield Paragraph(carbon.inventories.note(lang))
    change = carbon.change
    if change is None:
        return
    if isinstance(change, ChangeRefused):
        yield Paragraph(change.reason(lang))
        return
    yield Paragraph(change.bound_note(lang))
    frame = optional_table(run, "carbon_change_waterfall")
    if frame is not None and len(frame):
        areas = [c for c in ("area_ha", "adjusted_ha") if c in frame.columns]
        columns = ("before", "after", *areas, "change_tc", "low_tc", "high_tc")
        frame = frame.rename(columns={"total_tc": "change_tc"})
        caption = say("geoplan.report.c_carbon_change_waterfall")(lang)
        yield frame_table("carbon_change", caption, frame, columns, lang, digits=0, most=_MOST)
    yield from _difference(change, lang)
    yield Paragraph(change.method_note(lang))
    yield from _choices(change, lang)
    if change.area_source:
        source = say(
            "geoplan.carbon_chapter.area_source", source=source_text(change.area_source)
        )
        yield Paragraph(source(lang))


def change_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The matrix as a picture, gains and losses, and areas by checked places."""
    carbon = s.carbon if isinstance(s.carbon, CarbonSummary) else None
    change = carbon.change if carbon is not None else None
    if change is None or isinstance(change, ChangeRefused):
        return
    yield from figure_blocks(run, "transitions", lang, width_frac=0.75)
    yield from _gain_loss(change, lang)
    yield from area_table("carbon_change_areas", change.areas, lang)


def _headers(lang: str, *keys: str) -> list[str]:
    return [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys]


def _difference(change: ChangeSummary, lang: str) -> Iterator[Block]:
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
        yield Table(
            "carbon_difference",
            say("geoplan.carbon_chapter.c_difference")(lang),
            _headers(lang, "carrier", "difference", "difference_between", "not_estimated_ha"),
            rows,
            frozenset({1, 2, 3}),
            (2, 2, 3, 2),
            "total" in change.stock_difference_tc,
        )


def _gain_loss(change: ChangeSummary, lang: str) -> Iterator[Block]:
    parts = [
        [say(f"geoplan.carbon_chapter.part_{k}")(lang), number(e.value, 0), between(e, 1.0, 0)]
        for k, e in change.gain_loss_tc.items()
    ]
    if parts and (total := change.stock_difference_tc.get("total")):
        words = say("geoplan.cells.pool.total")(lang)
        parts.append([words, number(total.value, 0), between(total, 1.0, 0)])
        yield Table(
            "carbon_gain_loss",
            say("geoplan.carbon_chapter.c_gain_loss")(lang),
            _headers(lang, "part", "gain_loss", "gain_loss_between"),
            parts,
            frozenset({1, 2}),
            (2, 2, 3),
            True,
        )


def _choices(change: ChangeSummary, lang: str) -> Iterator[Block]:
    """Totals under other choices of the model, and their envelope."""
    if not change.choices:
        return
    rows = [
        [
            c.title(lang),
            number(c.total_tc.value, 0),
            between(c.total_tc, 1.0, 0),
            say("geoplan.carbon_chapter.chosen_one")(lang) if c.chosen else "",
        ]
        for c in change.choices
    ]
    yield Table(
        "carbon_change_choices",
        say("geoplan.carbon_chapter.c_choices")(lang),
        _headers(lang, "choice", "difference", "difference_between", "headline"),
        rows,
        frozenset({1, 2}),
        (3, 2, 3, 1),
        False,
    )


def area_table(id_: str, areas: Sequence[AdjustedArea], lang: str) -> Iterator[Block]:
    """Areas as mapped and as estimated from checked places; nothing without any."""
    if areas:
        rows = [
            [
                a.title(lang),
                number(a.mapped_ha, 0),
                number(a.adjusted_ha, 0),
                number(a.se_ha, 0),
            ]
            for a in areas
        ]
        yield Table(
            id_,
            say("geoplan.carbon_chapter.c_areas")(lang),
            _headers(lang, "stratum", "mapped_ha", "adjusted_ha", "se_ha"),
            rows,
            frozenset({1, 2, 3}),
            (3, 2, 2, 2),
            False,
        )
