"""Carbon stock, its uncertainty and its reconciliation in the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.summary import PotentialSummary
from geoplan.report.document import Block, Figure, Heading, Paragraph
from geoplan.report.figures import figure_blocks, figure_path
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["carbon_blocks"]

TABLES: dict[str, tuple[str, ...]] = {
    "carbon_by_pool": ("pool", "depth_cm", "mean_tc", "median_tc", "low_tc", "high_tc"),
    "carbon_by_class": (
        *("title_", "area_ha", "living_tc", "dead_wood_tc", "litter_tc", "soc_tc"),
        *("total_tc", "low_tc", "high_tc", "not_estimated", "grade"),
    ),
    "carbon_reconciliation": (
        *("topic_", "method_", "value", "unit", "low", "high", "ratio_to_first", "note_"),
    ),
    "carbon_by_township": ("township", "area_ha", "total_tc", "low_tc", "high_tc"),
    "carbon_change_waterfall": ("before", "after", "area_ha", "total_tc", "low_tc", "high_tc"),
    "carbon_variance": ("coefficient", "share_frac", "grade", "spread", "source"),
    "carbon_zones": (
        *("soc_depth_cm", "climate_zone", "chosen", "soc_tc", "total_tc", "total_low_tc"),
        *("total_high_tc", "area_not_estimated_frac", "weak_frac"),
    ),
    "scenario_targets": (
        *("target_id", "caliber", "target_year", "value", "target", "unit", "met_in"),
        "met_on_time",
    ),
    "works": ("title_", "action", "area_ha", "stock_tc", "candidates_ha", "gain_tc", "needs"),
    "projects": (
        *("rank", "candidate_id", "measure_", "township", "area_mu", "gain_tc", "tco2e_yr"),
        *("water_m3_yr", "yuan_per_tco2", "ccer", "selected"),
    ),
    "tradeoff": (
        *("site_id", "area_ha", "land", "stock_tc", "lost_if_cleared_tco2", "energy_mwh_yr"),
        "avoided_tco2_yr",
    ),
}


def carbon_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Blocks of the carbon part, when the run has one.

    Parameters
    ----------
    s : mapping
        ``summary.json``.
    run : Path
        Run folder.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    if s.carbon is None:
        return
    yield Heading(1, say("geoplan.report.h_carbon")(lang))
    yield Paragraph(say("geoplan.report.note_carbon")(lang))
    gain = s.potential.forest_gain if isinstance(s.potential, PotentialSummary) else None
    if gain:
        yield Paragraph(f"{say('geoplan.report.forest_question')(lang)} {gain.text(lang)}")
    for name, columns in TABLES.items():
        frame = optional_table(run, name)
        if frame is not None and len(frame):
            digits = 3 if name == "carbon_variance" else 1
            yield frame_table(
                name,
                say(f"geoplan.report.c_{name}")(lang),
                frame,
                columns,
                lang,
                digits=digits,
                most=60,
            )
    yield from figure_blocks(run, "carbon", lang)
    yield from figure_blocks(run, "transitions", lang)
    yield from _paths(s, run, lang)


def _paths(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The path of each target, named as the plan names it."""
    for row in s.indicators or ():
        path = figure_path(run, f"path_{row.id}", lang)
        if path.exists():
            caption = say("geoplan.report.f_path", name=row.title(lang))(lang)
            yield Figure(f"fig_path_{row.id}", caption, path, caption)
