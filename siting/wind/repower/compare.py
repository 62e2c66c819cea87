"""Before and after: the table and the facts of a repowering."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.cells.grid import cell_size_m
from layers.plan.model import Plan, locality_of
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.candidates import Candidate
from siting.wind.repower.economics import carbon, compare_money, recycling
from siting.wind.repower.eligibility import (
    LawStatement,
    least_unit_mw,
    repower_consequences,
    rule_limit,
)
from siting.wind.repower.of_arrays import Repowering, compared, yield_rows
from siting.wind.repower.row import Row, row
from siting.wind.section import RepowerSection
from siting.wind.summary import (
    Compared,
    LawSummary,
    MoneySummary,
    RepowerFacts,
    SpacingSummary,
    WakeModelEnergy,
)

if TYPE_CHECKING:
    from siting.wind.repower.neighbours import Effects

__all__ = ["compare", "mean_age_yr"]


def mean_age_yr(old: gpd.GeoDataFrame, plan: Plan) -> float:
    """Mean years on grid of the old turbines on the plan's day; NaN without dates."""
    dates = pd.to_datetime(old["on_grid"].replace("", None), errors="coerce")
    if dates.isna().all():
        return float("nan")
    return float(((pd.Timestamp(plan.plan.as_of) - dates).dt.days / 365.2425).mean())


def compare(
    plan: Plan,
    section: RepowerSection,
    old: gpd.GeoDataFrame,
    old_machines: list[Turbine],
    both: Repowering,
    candidate: Candidate,
    effect: Effects,
    lines: gpd.GeoDataFrame,
    judged: pd.DataFrame,
) -> tuple[pd.DataFrame, RepowerFacts, tuple[LawStatement, ...]]:
    """The before and after table, and what goes into the summary."""
    n, m = len(old), len(candidate.layout.x_m)
    before, after, old_mw, new_mw = both.before, both.after, both.before_mw, both.after_mw
    road_m = float(lines.loc[lines["kind"] == "road", "length_m"].sum()) if len(lines) else 0.0
    cable_m = (
        float(lines.loc[lines["kind"] == "cable", "length_m"].sum()) if len(lines) else 0.0
    )
    width = rule_limit("WD-071").value
    old_land = None if section.old_pad_m2 is None else n * section.old_pad_m2
    new_land = None if section.new_pad_m2 is None else m * section.new_pad_m2
    ratio = new_land / old_land if old_land and new_land else None
    money = compare_money(
        section,
        new_kw=new_mw * 1000,
        new_mwh_yr=after.levels.life[50],
        old_kw=old_mw * 1000,
        old_mwh_yr=before.levels.life[50],
        old_years=mean_age_yr(old, plan),
    )
    co2 = carbon(section.grid_factor, before.levels.life[50], after.levels.life[50])
    waste = recycling(
        n,
        float(np.mean([t.rotor_m for t in old_machines])),
        blade_mass_t=section.blade_mass_t,
        hub_mass_t=section.hub_mass_t,
    )
    pads = np.hypot(
        candidate.layout.x_m[:, None] - old["x"].to_numpy(float),
        candidate.layout.y_m[:, None] - old["y"].to_numpy(float),
    ).min(axis=1)

    rows: list[Row] = [
        *yield_rows(before, after, old_mw, new_mw),
        row(
            "pad_land",
            "ha",
            None if old_land is None else old_land / 1e4,
            None if new_land is None else new_land / 1e4,
        ),
        row("road_land", "ha", None, road_m * width / 1e4),
        row("road", "m", None, road_m),
        row("cable", "m", None, cable_m),
        row(
            "pads_reused",
            "",
            None,
            float((pads <= 50.0).sum()),
        ),
        *effect.rows,
        row(
            "co2",
            "t/yr",
            co2.before_tco2_yr,
            co2.after_tco2_yr,
        ),
        row("lcoe", "CNY/MWh", None, money.lcoe_cny_mwh),
        row(
            "npv",
            "CNY",
            money.npv_run_on_cny,
            money.npv_repower_cny,
        ),
    ]
    table = compared(rows)
    moved = float(pads.max(initial=0.0)) > 50.0
    here = locality_of(plan)
    law = repower_consequences(
        old_mw=old_mw,
        new_mw=new_mw,
        unit_mw=candidate.machine.rated_kw / 1000.0,
        years_on_grid=float(judged["years_on_grid"].mean()),
        land_ratio=ratio,
        same_positions=not moved,
        full_load_hours_h=after.levels.life[50] / new_mw,
        min_unit_mw=least_unit_mw(section.min_capacity_mw, here)[0],
        here=here,
    )
    facts = RepowerFacts(
        before=_figures(table, "before"),
        after=_figures(table, "after"),
        recycling=waste,
        co2=co2,
        money=MoneySummary(**asdict(money), gain_cny=money.gain_cny),
        land_refused_ha=candidate.land.refused_ha,
        cell_m=cell_size_m(candidate.land.grid),
        spacing_m=SpacingSummary(
            main=candidate.spacing.main_m, cross=candidate.spacing.cross_m
        ),
        wakes={
            k: WakeModelEnergy(aep_mwh_yr=e.aep_mwh_yr, wake_loss_frac=e.wake_loss_frac)
            for k, e in (after.spread.by_model if after.spread else {}).items()
        },
        noise=effect.noise,
        flicker=effect.flicker,
        law_summary=tuple(LawSummary(id=r.id, met=r.met, text=r.text) for r in law),
    )
    return table, facts, tuple(law)


def _figures(table: pd.DataFrame, column: str) -> Compared:
    return {
        str(item): None if value != value else float(value)
        for item, value in zip(table["item"], table[column], strict=True)
    }
