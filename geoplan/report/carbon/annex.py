"""Long tables, pictures and pages of works of the carbon chapter, at the end of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from geoplan.report.carbon.ccer import EX_ANTE
from geoplan.report.carbon.change import change_annex
from geoplan.report.carbon.monitor import SERIES, trend_annex
from geoplan.report.carbon.potential import CHOSEN
from geoplan.report.carbon.stock import stock_annex
from geoplan.report.carbon.survey import survey_annex
from geoplan.report.carbon.targets import path_annex
from geoplan.report.carbon.works import work_pages
from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["carbon_annex"]

ANNEX: dict[str, tuple[str, ...]] = {
    "carbon_by_class": (
        *("title_", "area_ha", "total_tc", "low_tc", "high_tc", "not_estimated", "grade"),
    ),
    "carbon_by_township": ("township", "area_ha", "total_tc", "low_tc", "high_tc"),
    "carbon_change_waterfall": (
        *("before", "after", "area_ha", "adjusted_ha", "change_tc", "low_tc", "high_tc"),
    ),
    "survey_changes": (
        *("change_id", "change_kind", "before", "after", "township", "area_ha", "change_tc"),
        *("low_tc", "high_tc", "parcels_before", "parcels_after"),
    ),
    "survey_disturbance": (
        *("event", "disturbance", "date", "number", "township", "before", "area_ha"),
        *("in_change_ha", "share_lost_frac", "loss_tc"),
    ),
    "carbon_zones": (
        *("soc_depth_cm", "climate_zone", "chosen", "total_tc", "total_low_tc"),
        *("total_high_tc", "area_not_estimated_frac"),
    ),
    "survey_by_township": (
        *("township", "land_take_ha", "afforestation_ha", "degradation_ha", "restoration_ha"),
        *("other_ha", "unchanged_ha", "area_ha", "change_tc"),
    ),
    "carbon_reconciliation": (
        *("topic_", "method_", "value", "unit", "low", "high", "ratio_to_first", "note_"),
    ),
    "carbon_variance": ("label_", "share_frac", "grade", "spread", "source"),
    "stand_by_group": (
        *("by_", "member_", "stands", "area_ha", "arbor_ha", "volume_m3", "living_tc"),
        *("living_low_tc", "living_high_tc", "total_tc", "not_estimated_ha"),
    ),
    "stand_volume": ("species_", "age_class_", "stands", "area_ha", "volume_m3", "m3_ha"),
    "stand_sources": ("route_", "label_", "stands", "area_ha", "living_tc", "grade", "sources"),
    "stand_gain": ("method_", "species_", "stands", "area_ha", "volume_m3_yr", "gain_tc_yr"),
    "stand_findings": ("finding_", "stand_id", "township", "got", "expected", "unit", "taken_"),
    "stand_plot_means": (
        *("estimator_", "n", "mean_m3_ha", "se_m3_ha", "low_m3_ha", "high_m3_ha", "total_m3"),
    ),
    "soil_by_class": (
        *("land_class", "depth_cm", "n", "mean_tc_ha", "se_tc_ha", "low_tc_ha", "high_tc_ha"),
    ),
    "projects": CHOSEN,
    "ccer_ex_ante": EX_ANTE,
    "ccer_monitoring": ("title_", "unit", "how_", "why_", "often_"),
    "monitor_targets": SERIES,
    "tradeoff": (
        *("site_id", "area_ha", "stock_tc", "lost_if_cleared_tco2", "energy_mwh_yr"),
        "avoided_tco2_yr",
    ),
}
"""Table of the run -> columns shown; the workbook holds all columns and rows."""

_MOST = 60
_NUMBERS = ("parcels_before", "parcels_after")
_SHOWN = 3


def _first(numbers: object) -> str:
    """The first numbers of a list, and how many more: a cell holds no page of them.

    Examples
    --------
    >>> _first("12 13 14 15 17 … (+8)"), _first("12 13")
    ('12 13 14 … (+10)', '12 13')
    """
    listed, _, rest = str(numbers or "").partition(" … (+")
    given = listed.split()
    more = len(given) - _SHOWN + (int(rest.rstrip(")")) if rest else 0)
    return " ".join(given[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")


PARTS: tuple[Callable[[RunSummary, Path, str], Iterator[Block]], ...] = (
    *(stock_annex, change_annex, survey_annex, path_annex, trend_annex),
)
"""What is no table of one frame: pictures, gains and losses, trends."""


def carbon_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The annex, when the run has a carbon chapter.

    Parameters
    ----------
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    """
    frames = {
        name: frame
        for name in ANNEX
        if (frame := optional_table(run, name)) is not None and len(frame)
    }
    works = list(work_pages(s, run, lang))
    own = [block for part in PARTS for block in part(s, run, lang)]
    if s.carbon is None or not (frames or works or own):
        return
    yield Heading(1, say("geoplan.carbon_chapter.h_annex")(lang))
    yield from works
    if works and (own or frames):  # what follows is not of the last work
        yield Heading(2, say("geoplan.carbon_chapter.h_more")(lang))
    yield from own
    notes = {
        "carbon_by_township": getattr(s.carbon, "townships_note", None),
        "survey_by_township": s.survey.townships_note if s.survey else None,
    }
    for name, frame in frames.items():
        shown = frame
        if "change_tc" in ANNEX[name] and "change_tc" not in frame.columns:
            shown = frame = frame.rename(columns={"total_tc": "change_tc"})
        if "selected" in frame.columns:  # what was chosen is what a reader looks for
            shown = frame[frame["selected"].astype(bool)].sort_values("rank", kind="stable")
        if name == "survey_changes":
            shown = frame.sort_values("area_ha", ascending=False, kind="stable").assign(
                **{c: frame[c].map(_first) for c in _NUMBERS}
            )
        yield frame_table(
            f"annex_{name}",
            say(f"geoplan.report.c_{name}")(lang),
            shown,
            ANNEX[name],
            lang,
            digits=3 if name == "carbon_variance" else 1,
            most=_MOST,
        )
        if (note := notes.get(name)) is not None:
            yield Paragraph(note(lang), "note")
