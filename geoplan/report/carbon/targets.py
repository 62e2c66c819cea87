"""The path of each target of cover, volume and wetland."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.monitor.outcome import MonitorSummary
from geoplan.report.document import Block, Figure, Heading
from geoplan.report.figures import figure_path
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["path_annex", "path_blocks"]

_WIDTH_FRAC = 0.7
_COLUMNS = ("title_", "caliber", "target_year", "value", "target", "unit", "met_in")


def path_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Paths to the targets, where no section of monitoring says when each is met."""
    rows = list(_due(s, run, lang))
    if rows and not isinstance(s.monitor, MonitorSummary):
        yield Heading(2, say("geoplan.carbon_chapter.h_targets")(lang))
        yield from rows


def _due(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """One row a target: its value in the year asked for."""
    frame = optional_table(run, "scenario_targets")
    if frame is None or not len(frame):
        return
    titles = {row.id: row.title(lang) for row in s.indicators or ()}
    due = frame[frame["year"] == frame["target_year"]].copy()
    due[f"title_{lang}"] = due["target_id"].map(titles).fillna(due["target_id"])
    if len(due):
        caption = say("geoplan.report.c_scenario_targets")(lang)
        yield frame_table("scenario_targets", caption, due, (*_COLUMNS, "met_on_time"), lang)


def path_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The picture of each path; the table where the chapter has none."""
    if isinstance(s.monitor, MonitorSummary):
        yield from _due(s, run, lang)
    for row in s.indicators or ():
        path = figure_path(run, f"path_{row.id}", lang)
        if path.exists():
            caption = say("geoplan.report.f_path", name=row.title(lang))(lang)
            yield Figure(f"fig_path_{row.id}", caption, path, caption, _WIDTH_FRAC)
