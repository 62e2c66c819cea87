"""PV, wind, repowering and rooftops in the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table
from gis.errors import DataError
from layers.result import read_table

__all__ = ["energy_blocks"]

# table of the run -> columns shown; the workbook holds all of them
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "pv": {
        "pv_sites": (
            *("site_id", "capacity_mw", "p50_mwh_yr", "p75_mwh_yr", "p90_mwh_yr"),
            *("full_load_hours_h", "lcoe_cny_kwh"),
        ),
        "pv_waterfall": ("step", "title_", "loss_frac", "loss_pct", "energy_mwh_yr"),
        "pv_uncertainty": ("component", "title_", "sd_frac", "source"),
        "pv_targets": ("year", "capacity_mw", "target_mw", "gap_mw", "source"),
    },
    "wind": {
        "wind_turbines": (
            *("turbine_id", "model", "capacity_kw", "hub_m", "rotor_m", "mean_speed_m_s"),
            *("gross_mwh_yr", "wake_loss_frac", "p50_mwh_yr", "full_load_hours_h"),
        ),
        "wind_losses": ("lang", "loss_frac", "loss_mwh_yr", "left_mwh_yr", "source", "quality"),
        "wind_wakes": ("model", "gross_mwh_yr", "net_mwh_yr", "wake_loss_frac"),
        "wind_uncertainty": ("lang", "energy_frac", "source", "quality"),
    },
    "repower": {
        "repower_before_after": ("quantity", "title_", "before", "after", "unit"),
        "repower_eligibility": ("turbine_id", "eligible", "reason_", "citation"),
        "repower_wakes": ("wake_model", "aep_mwh_yr", "wake_loss_frac"),
        "repower_noise": ("dwelling_id", "before_db_a", "after_db_a", "limit_db_a", "met"),
        "repower_flicker": ("dwelling_id", "worst_case_h_yr", "expected_h_yr"),
    },
    "rooftop": {
        "rooftop_by_use": (
            "use",
            "title_",
            "buildings",
            "roof_area_m2",
            "capacity_kwp",
            "mwh_yr",
        ),
        "rooftop_priority": ("building_id", "use", "roof_area_m2", "capacity_kwp", "mwh_yr"),
    },
}


def energy_blocks(s: Mapping[str, Any], run: Path, say: Any, lang: str) -> Iterator[Block]:  # noqa: ANN401
    """Blocks of every energy part the run has.

    Parameters
    ----------
    s : mapping
        ``summary.json``.
    run : Path
        Run folder.
    say : callable
        Strings in `lang`.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    for part, tables in PARTS.items():
        if part not in s:
            continue
        yield Heading(1, say(f"h_{part}"))
        yield Paragraph(say(f"note_{part}"))
        shown = False
        for name, columns in tables.items():
            try:
                frame = read_table(run, name)
            except DataError:
                continue
            if len(frame):
                shown = True
                digits = 3 if {"loss_frac", "sd_frac"} & set(frame.columns) else 1
                most = 60 if name == "rooftop_priority" else 200
                yield frame_table(
                    name, say(f"c_{name}"), frame, columns, lang, digits=digits, most=most
                )
        yield from figure_blocks(run, part, say, lang)
        if not shown:
            yield Paragraph(say("not_estimated_part"))
