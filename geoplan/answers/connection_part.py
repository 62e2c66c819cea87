"""What the grid takes, capacity by year and capacity targets in the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.capacity_lines import capacity_statement, grid_lines
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["connection_annex", "connection_blocks"]

SHORT: dict[str, tuple[str, ...]] = {
    "capacity_targets": (
        *("title_", "year", "target_mw", "gap_mw", "met_with", "short_mw"),
        *("blocked_by", "met_year"),
    ),
    "expansion": (
        *("year", "plants_mw", "retired_mw", "sites_with_grid_mw", "free_mw"),
        *("total_with_grid_least_mw", "total_with_grid_mw", "target_mw", "met_with_grid"),
    ),
}
ANNEX: dict[str, tuple[str, ...]] = {
    "connection_sites": (
        *("site_id", "grid_state", "unconditional_mw", "with_approvals_mw", "with_grid_mw"),
        *("shortfall_mw", "station", "collector", "voltage_kv", "line_km"),
        *("line_cost_cny", "reinforcement_cny"),
    ),
    "connection_stations": (
        *("station_id", "voltage_kv", "free_mw", "routed_mw", "left_mw", "lines_n"),
        *("sites_n", "load_frac"),
    ),
    "connection_works": (
        *("station_id", "name", "work_kind", "year", "certainty", "add_mw", "cost_cny"),
        *("counts", "source"),
    ),
    "capacity_ledger": (
        *("name_", "technology", "capacity_mw", "plant_status", "year", "retires"),
        *("retires_late", "found_in", "source"),
    ),
}
_MOST = 60


def connection_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The answer in sentences, and the two tables that carry it."""
    if s.connection is None:
        return
    yield Heading(1, say("geoplan.report.h_connection")(lang))
    words = capacity_statement(s)
    if words is not None:
        yield Paragraph(words(lang), "banner")
    yield Paragraph(say("geoplan.report.note_connection")(lang))
    if lines := [line(lang) for line in grid_lines(s)]:
        yield Items(lines)
    yield from _tables(SHORT, run, lang)


def connection_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Sites, stations and plants one by one."""
    if s.connection is None:
        return
    yield Heading(1, say("geoplan.report.h_connection_annex")(lang))
    yield from _tables(ANNEX, run, lang)


def _tables(tables: dict[str, tuple[str, ...]], run: Path, lang: str) -> Iterator[Block]:
    for name, columns in tables.items():
        frame = optional_table(run, name)
        if frame is None or frame.empty:
            continue
        # a column nobody gave a figure for tells nothing
        shown = [c for c in columns if c not in frame or frame[c].notna().any()]
        caption = say(f"geoplan.report.c_{name}")(lang)
        yield frame_table(name, caption, frame, shown, lang, most=_MOST)
