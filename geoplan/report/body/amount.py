"""How much: the three capacities, and what the grid takes year by year."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.capacity_lines import capacity_in, grid_lines, same_land_line
from geoplan.report.document import Block, Figure, Heading, Items, Paragraph, Table
from geoplan.report.figures import figure_path
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import say
from layers.plan.model import Plan
from layers.result import optional_table

__all__ = ["amount_blocks"]

_EXPANSION = (
    *("year", "plants_mw", "retired_mw", "sites_with_grid_mw", "free_mw"),
    *("total_with_grid_least_mw", "total_with_grid_mw", "target_mw"),
)
_CURVE_FRAC = 0.8


def _capacity(s: RunSummary, lang: str) -> Iterator[Block]:
    found = capacity_in(s)
    if found is None:
        yield Paragraph(say("geoplan.body.not_estimated")(lang))
        return
    unknown = say("siting.connection.grid_not_known")(lang)
    rows = []
    for name in ("unconditional", "with_approvals", "with_grid"):
        ac, dc = getattr(found, f"{name}_mw"), getattr(found, f"{name}_mwp")
        label = say(f"geoplan.report.capacity_{name}")(lang)
        rows.append([label, unknown if ac is None else number(ac), number(dc)])
    if found.provisional_mw:
        label = say("geoplan.body.provisional_mw")(lang)
        rows.append([label, number(found.provisional_mw), "—"])
    heads = [say("geoplan.body.capacity_what")(lang), "MW AC", "MWp DC"]
    title = say("geoplan.body.c_capacity")(lang)
    yield Table("capacity", title, heads, rows, frozenset({1, 2}), (4, 2, 2))
    if (words := same_land_line(found)) is not None:
        yield Paragraph(words(lang), "note")


def amount_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Capacity, grid and years."""
    if not s.sites and s.connection is None:
        return
    yield Heading(1, say("geoplan.body.h_much")(lang))
    yield from _capacity(s, lang)
    if lines := [line(lang) for line in grid_lines(s)]:
        yield Items(lines)
    if s.connection is not None:
        yield Paragraph(say("geoplan.report.note_connection")(lang), "note")
    years = optional_table(run, "expansion")
    if years is not None and len(years):
        shown = [c for c in _EXPANSION if c in years and years[c].notna().any()]
        title = say("geoplan.body.c_expansion")(lang)
        yield frame_table("expansion_years", title, years, shown, lang)
    path = figure_path(run, "capacity", lang)
    if path.exists():
        title = say("geoplan.report.f_capacity")(lang)
        yield Figure("body_capacity", title, path, title, _CURVE_FRAC)
