"""The step ``zones``: a sheet for each zone of the plan and each industrial park."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gis.errors import ConfigError, raise_faults
from gis.say import listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, optional_layer
from siting.zones.asked import zone_faults
from siting.zones.overlap import overlaps
from siting.zones.park import park_balance
from siting.zones.places import Place, places
from siting.zones.pv_plus import pv_plus
from siting.zones.section import ParkSection
from siting.zones.sheet import Results, results, zone_approvals, zone_land, zone_sheet
from siting.zones.summary import ParkBalance, ZoneSheet, ZoneSite, ZonesPart

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["zones_step"]

# as they stand in the table; the last where the plan tells it apart
_STATES = ("left", "conditional", "taken", "unknown", "provisional")


def _balances(
    plan: Plan, found: tuple[Place, ...], r: Results
) -> tuple[dict[str, ParkBalance], list[pd.DataFrame], list[Warn]]:
    by_id = {p.id: p for p in found}
    out: dict[str, ParkBalance] = {}
    hours, warnings = [], []
    raise_faults(ConfigError, zone_faults(plan))
    for i, section in enumerate(plan.section(ParkSection).balance):
        where = f"[[park.balance]] {i + 1} zone"
        balance, table, why = park_balance(plan, section, by_id[section.zone], r.roofs)
        if balance is not None:
            out[section.zone] = balance
            hours.append(table)
        if why is not None:
            warnings.append(Warn("park_balance_not_estimated", why, where))
    return out, hours, warnings


def _plus(
    plan: Plan, work: Path
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, pd.DataFrame], list[Warn]]:
    """Parcels by the kinds of "光伏+" they suit, and their land by kind."""
    usable = optional_layer(work, "eligible_pv")
    if usable is None:
        return {}, {}, []
    usable = usable[usable["state"].isin(["left", "conditional"])]
    parcels, missing = pv_plus(plan, plan.section(ParkSection).plus, usable)
    if parcels is None:
        return {}, {}, []
    table = (
        pd.DataFrame(parcels.drop(columns="geometry"))
        .groupby("plus", as_index=False)
        .agg(parcels=("parcel_id", "count"), area_ha=("area_ha", "sum"))
    )
    warnings = [
        Warn(
            "pv_plus_unknown",
            say("siting.zones.plus_unknown", title=kind.title, why=why),
            "[park.plus]",
        )
        for kind, why in missing
    ]
    return {"pv_plus": parcels}, {"pv_plus_areas": table}, warnings


def _row(s: ZoneSheet) -> dict[str, object]:
    """The sheet as a row of the table and layer ``zone_sheets``."""
    land = s.land_ha.get("pv", {})
    return {
        "zone": s.id,
        "zone_kind": s.kind,
        "title_zh": s.title.zh,
        "title_en": s.title.en,
        "area_ha": s.area_ha,
        **{f"pv_{k}_ha": land[k] for k in _STATES if k in land},
        "sites": sum(x.held for x in s.sites),
        "unconditional_mw": s.capacity.unconditional_mw,
        "with_approvals_mw": s.capacity.with_approvals_mw,
        "with_grid_mw": s.capacity.with_grid_mw,
        "with_approvals_mwp": s.capacity.with_approvals_mwp,
        "pv_no_site_ha": s.pv_no_site_ha,
        "pv_p50_mwh_yr": s.pv_p50_mwh_yr,
        "pv_p90_mwh_yr": s.pv_p90_mwh_yr,
        "wind_unconditional_mw": s.wind.unconditional_mw,
        "wind_with_approvals_mw": s.wind.with_approvals_mw,
        "wind_with_grid_mw": s.wind.with_grid_mw,
        "wind_p50_mwh_yr": s.wind_p50_mwh_yr,
        "wind_p90_mwh_yr": s.wind_p90_mwh_yr,
        "both_unconditional_mw": s.both.unconditional_mw,
        "both_with_approvals_mw": s.both.with_approvals_mw,
        "both_with_grid_mw": s.both.with_grid_mw,
        "both_shared_ha": s.both.shared_ha,
        "approvals": s.approvals,
        "storage_mw": s.storage_mw,
        "storage_mwh": s.storage_mwh,
        **{f"fit_{k}_ha": s.conflict_ha.get(k) for k in ("afforest", "grass", "wetland")},
        "roofs": s.roofs,
        "roofs_kwp": s.roofs_kwp,
        "roofs_mwh_yr": s.roofs_mwh_yr,
        "park_turbines": s.park_turbines,
        "park_wind_mw": s.park_wind_mw,
        "park_wind_mwh_yr": s.park_wind_mwh_yr,
        "load_mwh": s.balance.load_mwh if s.balance else None,
        "used_frac": s.balance.used_frac if s.balance else None,
        "covered_frac": s.balance.covered_frac if s.balance else None,
    }


def _numbers(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows as a table: a column nobody could fill holds NaN, not objects."""
    table = pd.DataFrame(rows)
    texts = {"zone", "zone_kind", "title_zh", "title_en"}
    return table.astype({c: float for c in table.columns if c not in texts})


def zones_step(plan: Plan, work: Path, progress: Progress) -> StepResult[ZonesPart]:
    """A sheet for every zone of the plan and every industrial park.

    Returns
    -------
    StepResult
        Tables ``zone_sheets``, ``zone_dlbm``, ``zone_sites``, ``zone_approvals``,
        ``park_hours``, ``pv_plus_areas``; layers ``zone_sheets``, ``pv_plus``; summary
        ``zones``.
    """
    import geopandas as gpd  # heavy

    found = places(plan)
    plus_layers, plus_tables, told = _plus(plan, work)
    if not found:
        return StepResult(
            summary=ZonesPart(zones=()), tables=plus_tables, layers=plus_layers, warnings=told
        )
    progress("zones", 0, 2)
    r = results(plan, work)
    balances, hours, warnings = _balances(plan, found, r)
    sheets = tuple(zone_sheet(r, p, balances.get(p.id)) for p in found)
    progress("zones", 1, 2)
    rows = _numbers([_row(s) for s in sheets])
    sites = pd.DataFrame(
        [{"zone": s.id, **x.model_dump()} for s in sheets for x in s.sites],
        columns=["zone", *ZoneSite.model_fields],
    )
    tables = {
        "zone_sheets": rows,
        "zone_dlbm": zone_land(plan, found),
        "zone_sites": sites,
        "zone_approvals": pd.concat([zone_approvals(r, p) for p in found], ignore_index=True),
    }
    if hours:
        tables["park_hours"] = pd.concat(hours, ignore_index=True)
    layer: gpd.GeoDataFrame = gpd.GeoDataFrame(
        rows, geometry=[p.shape for p in found], crs=plan_crs(plan)
    )
    for s in sheets:
        partly = [x.site_id for x in s.sites if not x.held]
        if partly and s.kind == "zone":
            text = say("siting.zones.sites_reach_in", sites=listed(partly), zone=s.title)
            warnings.append(Warn("sites_reach_in", text, s.id))
    warnings += overlaps(found, sheets, plan_crs(plan))
    progress("zones", 2, 2)
    return StepResult(
        summary=ZonesPart(zones=sheets),
        tables=tables | plus_tables,
        layers={"zone_sheets": layer, **plus_layers},
        warnings=[*warnings, *told],
    )
