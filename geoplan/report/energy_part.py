"""PV, wind, repowering and rooftops in the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, with_millions
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["energy_blocks"]

# table of the run -> columns shown; the workbook holds all of them
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "pv": {
        "pv_sites": (
            *("site_id", "capacity_mw", "dc_mw", "specific_kwh_kwp", "p50_mwh_yr"),
            *(
                "p75_mwh_yr",
                "p90_mwh_yr",
                "uncertainty_frac",
                "full_load_hours_h",
                "ghi_kwh_m2",
                "light_source",
            ),
        ),
        "resource_sources": (
            *("title_", "source_kind", "value", "unit", "measured", "years_", "distance_km"),
            *("ground_m", "used"),
        ),
        "pv_waterfall": ("title_", "before_kwh_kwp", "delta_kwh_kwp", "change_frac"),
        "pv_p_values": ("level", "one_year_mwh", "ten_year_mwh", "life_mean_mwh"),
        "pv_uncertainty": ("title_", "sd_frac", "source_", "quality"),
        "pv_land": ("site_id", "ha_mw", "array_ha", "array_fits"),
        "pv_references": ("name_", "plant_mw", "land_ha", "ha_mw", "source"),
    },
    "wind": {
        "wind_turbines": (
            *("turbine_id", "model", "capacity_kw", "hub_m", "rotor_m", "mean_speed_m_s"),
            *("gross_mwh_yr", "wake_loss_frac", "p50_mwh_yr", "full_load_hours_h"),
        ),
        "wind_weibull": (
            *("sector_deg", "frequency", "hours", "a_m_s", "k", "weibull_mean_m_s"),
        ),
        "wind_losses": (
            "lang",
            "loss_frac",
            "loss_mwh_yr",
            "left_mwh_yr",
            "source_",
            "quality",
        ),
        "wind_wakes": ("model", "gross_mwh_yr", "net_mwh_yr", "wake_loss_frac"),
        "wind_p_values": ("level", "one_year_mwh", "ten_year_mwh", "life_mean_mwh"),
        "wind_uncertainty": ("lang", "energy_frac", "source_", "quality"),
    },
    "repower": {
        "repower_compare": ("lang", "unit", "before", "after"),
        "repower_eligibility": (
            *("turbine_id", "capacity_kw", "on_grid", "years_on_grid", "encouraged", "reason_"),
        ),
        "repower_candidates": (
            *("turbine", "turbines", "capacity_mw", "p50_mwh_yr", "p90_mwh_yr"),
            *("wake_loss_frac", "noise_max_db", "chosen", "reason_"),
        ),
        "wind_dwellings": (
            *("dwelling", "noise_before_db", "noise_after_db", "over_night"),
            *("flicker_before_h_yr", "flicker_after_h_yr", "flicker_expected_h_yr"),
        ),
        "park_wind": ("park", "area_ha", "free_ha", "turbines", "capacity_mw", "energy_mwh_yr"),
    },
    "money": {
        "money_plants": (
            *("plant", "capacity_mw", "sold_mwh_yr", "price_cny_mwh", "lcoe_real_cny_mwh"),
            *("npv_mcny", "irr_frac", "equity_irr_frac", "least_dscr_p50", "least_dscr_p90"),
            "missing",
        ),
        "money_flow": (
            *("year", "energy_mwh", "revenue_mcny", "opex_mcny", "replaced_mcny", "tax_mcny"),
            *("interest_mcny", "repaid_mcny", "project_mcny", "equity_mcny", "dscr"),
        ),
        "money_tornado": (
            *(
                "input",
                "move",
                "npv_low_mcny",
                "npv_high_mcny",
                "irr_low_frac",
                "irr_high_frac",
            ),
            *("lcoe_low_cny_mwh", "lcoe_high_cny_mwh"),
        ),
        "money_inputs": ("tech", "key", "value", "unit", "given", "source_"),
    },
    "rooftop": {
        "rooftop_share": (
            *("use", "buildings", "with_pv", "share_number", "share_area", "potential_kwp"),
            *("potential_mwh_yr", "target"),
        ),
        "rooftop_by_use": ("use", "buildings", "roof_m2", "kwp", "kwh_yr", "installed_kwp"),
        "rooftop_priority": (
            *("rank", "building_id", "use", "usable_m2", "kwp", "kwh_yr", "needed"),
        ),
    },
}
# tables with rows for every site: the report shows the best ranked one, the workbook all
OF_ONE_SITE = {
    "pv_waterfall": "site_id",
    "pv_p_values": "site_id",
    "pv_uncertainty": "site_id",
    "money_flow": "plant",
    "money_tornado": "plant",
}
FIGURES = {"pv": ("capacity",), "wind": ("windrose", "weibull", "windhours")}
P50 = 50
DIGITS = {"money_plants": 2, "money_flow": 2, "money_tornado": 2, "money_inputs": 3}
MOST = {"rooftop_priority": 40, "wind_dwellings": 40, "repower_eligibility": 60}
FINE = frozenset(
    {
        *("loss_frac", "sd_frac", "change_frac", "energy_frac", "share_number", "ha_mw"),
        "weibull_mean_m_s",
    }
)


def energy_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
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
        if getattr(s, part) is None:
            continue
        yield Heading(1, say(f"geoplan.report.h_{part}")(lang))
        yield Paragraph(say(f"geoplan.report.note_{part}")(lang))
        if part == "pv":
            yield Paragraph(say("geoplan.report.note_p90_total")(lang), "note")
        shown = False
        for name, columns in tables.items():
            frame = optional_table(run, name)
            if frame is None or frame.empty:
                continue
            shown = True
            caption = say(f"geoplan.report.c_{name}")(lang)
            if name in OF_ONE_SITE:
                key = OF_ONE_SITE[name]
                site = frame[key].iloc[0]
                frame = frame[frame[key] == site]
                if name == "money_flow":
                    frame = frame[frame["level"] == P50]
                caption = f"{caption} · {site}"
            frame = with_millions(frame)
            digits = DIGITS.get(name, 3 if FINE & set(frame.columns) else 1)
            most = MOST.get(name, 200)
            yield frame_table(name, caption, frame, columns, lang, digits=digits, most=most)
        for name in (part, *FIGURES.get(part, ())):
            yield from figure_blocks(run, name, lang)
        if not shown:
            yield Paragraph(say("geoplan.report.not_estimated_part")(lang))
