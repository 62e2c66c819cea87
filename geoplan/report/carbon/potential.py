"""What could be added: land, chosen projects, named works, and forest for energy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.potential.outcome import PotentialSummary
from geoplan.report.carbon.conclusion import size_words
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["CHOSEN", "energy_blocks", "potential_blocks"]

_MOST = 6
CHOSEN: tuple[str, ...] = (
    *("rank", "candidate_id", "measure_", "township", "area_mu", "gain_tc", "tco2e_yr"),
    *("rate_basis", "water_m3_yr", "yuan_per_tco2", "ccer"),
)
"""Columns of chosen projects."""
_SHORT = ("rank", "candidate_id", "measure_", "township", "area_mu", "gain_tc", "ccer")


def potential_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Land by action with what a hectare takes up, and the projects that were chosen."""
    found = s.potential
    if not isinstance(found, PotentialSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_potential")(lang))
    rows = []
    for action, one in found.candidates.items():
        rate = found.rates.get(action)
        rows.append(
            [
                rate.title(lang) if rate else say(f"geoplan.cells.action.{action}")(lang),
                number(one.count, 0),
                number(one.left_ha, 0),
                number(one.conditional_ha, 0),
                number(one.measured_ha, 0),
                number(one.carried_over_ha, 0),
                number(one.not_estimated_ha, 0),
                number(rate.tco2e_ha_yr, 2)
                if rate
                else say("geoplan.carbon_chapter.rate_none")(lang),
                ("✓" if rate.additional else "✗") if rate else "—",
            ]
        )
    keys = (
        *("measure", "candidates_n", "left_ha", "conditional_ha", "measured_ha"),
        *("carried_over_ha", "without_rate_ha", "rate", "additional"),
    )
    yield Table(
        "carbon_candidates",
        say("geoplan.carbon_chapter.c_candidates")(lang),
        [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys],
        rows,
        frozenset({1, 2, 3, 4, 5, 6, 7}),
        (2.6, 1.2, 1.6, 1.6, 1.8, 1.8, 1.6, 1.8, 1.2),
    )
    cautions = dict.fromkeys(r.caution(lang) for r in found.rates.values())
    yield Items(list(cautions))
    projects = optional_table(run, "projects")
    if projects is None or "selected" not in projects.columns:
        return  # nothing was asked of the forest, so nothing was chosen
    chosen = projects[projects["selected"].astype(bool)].sort_values("rank", kind="stable")
    if len(chosen):
        caption = say("geoplan.carbon_chapter.c_chosen", n=min(_MOST, len(chosen)))(lang)
        yield frame_table("projects_chosen", caption, chosen, _SHORT, lang, most=_MOST)


def energy_blocks(s: RunSummary, _run: Path, lang: str) -> Iterator[Block]:
    """Carbon on the land of energy sites, and their emissions avoided as land of a sink."""
    found = s.potential.tradeoff if isinstance(s.potential, PotentialSummary) else None
    if found is None:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_energy")(lang))
    equal = found.energy_for_forest.equivalent_ha
    if equal is not None and s.county is not None:
        yield Paragraph(size_words(equal, s.county.area_km2)(lang))
    yield Items([c(lang) for c in found.caveats])
