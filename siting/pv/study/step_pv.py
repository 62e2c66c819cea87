"""The PV step of a run: yield of every PV site, and the county's yield raster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import ModelError
from gis.say import in_lang, listed, say
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, read_layer
from layers.spec import Text
from siting.connection.on_sites import taken_land
from siting.economy.p_values import p_value_table
from siting.economy.plant_tables import (
    HOUR_MONTH_COLUMNS,
    LIFE_COLUMNS,
    hour_month_energy,
    life_energy,
)
from siting.economy.storage_rule import storage_note
from siting.economy.waterfall import Waterfall
from siting.pv.plant.waterfall import UNIT, waterfall_table
from siting.pv.study.agrivoltaic import compare_variants
from siting.pv.study.assess import (
    Assessment,
    monthly_table,
)
from siting.pv.study.context import (
    PvContext,
    assess_place,
    official_clock,
    pv_context,
)
from siting.pv.study.equipment_table import COLUMNS, equipment_table
from siting.pv.study.section import PvSection, ReferencePlant
from siting.pv.study.spacing import land_need
from siting.pv.study.summary import (
    FindingSummary,
    NoPv,
    PvPart,
    PvSummary,
    SiteSummary,
    WeatherSummary,
)
from siting.pv.study.targets import cumulative_curve, provisional_mw
from siting.pv.study.yield_map import yield_map_of
from siting.resource.sources import monthly_table as monthly_table_of_sources
from siting.resource.sources import sources_table

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["pv_step", "reference_table"]

F8 = npt.NDArray[np.float64]
_NO_WEATHER = Warn(
    "pv_no_weather",
    say("siting.pv_study.pv_no_weather"),
    "pv",
)


def pv_step(plan: Plan, work: Path, progress: Progress) -> StepResult[PvPart]:
    """Yields of the PV sites an earlier step left in `work`, and the yield raster.

    Returns
    -------
    StepResult
        Tables ``pv_sites``, ``pv_waterfall``, ``pv_monthly``, ``pv_p_values``,
        ``pv_uncertainty``, ``pv_equipment``, ``pv_land``, ``pv_references``, ``pv_curve``,
         with a battery ``pv_storage`` and with variants ``pv_agrivoltaic``; raster
        ``pv_yield``.
    """
    section = plan.section(PvSection)
    context = pv_context(plan)
    if context is None:
        return StepResult(summary=PvPart(pv=NoPv()), warnings=[_NO_WEATHER])
    sites = read_layer(work, "sites")
    sites = sites[(sites["tech"] == "pv") & (sites["capacity_mw"] > 0)]
    done: list[Assessment] = []
    warnings = list(context.warnings)
    for i, site in enumerate(sites.itertuples(index=False)):
        progress("pv", i, len(sites))
        point = shapely.point_on_surface(site.geometry)
        try:
            done.append(
                assess_place(
                    context,
                    str(site.site_id),
                    x=point.x,
                    y=point.y,
                    lat=float(site.lat),
                    capacity_mw=float(site.capacity_mw),
                )
            )
        except ModelError as err:
            warnings.append(
                Warn(
                    "pv_site_refused",
                    say("siting.pv_study.pv_site_refused", site_id=site.site_id, err=err),
                    str(site.site_id),
                )
            )
    progress("pv", len(sites), len(sites))
    tables = _tables(plan, section, sites, done)
    warnings += _mixed(done)
    tables["resource_sources"] = sources_table(context.sources)
    tables["resource_monthly"] = monthly_table_of_sources(context.sources)
    if section.agrivoltaic and section.mounting == "fixed" and done:
        best = max(done, key=lambda a: a.capacity_mw)
        tables["pv_agrivoltaic"] = compare_variants(
            best.result.resource or context.res, section, best.design
        )
    if done and done[0].storage is not None:
        tables["pv_storage"] = _storage_table(done, len(context.res.years))
    rasters, map_summary = yield_map_of(plan, work, context, progress)
    note = storage_note(plan) if section.storage.enabled else None
    if note is not None:
        warnings.append(Warn("pv_storage", note, "pv.storage"))
    table = tables["pv_sites"]
    summary = PvSummary(
        weather=_weather_summary(context),
        mounting=section.mounting,
        tilt_deg=context.tilt_deg,
        sites=tuple(SiteSummary.model_validate(row) for row in table.to_dict("records")),
        capacity_mw=float(table["capacity_mw"].sum()),
        provisional_mw=provisional_mw(table),
        p50_mwh_yr=float(table["p50_mwh_yr"].sum()),
        p90_mwh_yr=float(table["p90_mwh_yr"].sum()),
        yield_map=map_summary,
        storage_note=note,
    )
    return StepResult(
        summary=PvPart(pv=summary), tables=tables, rasters=rasters, warnings=warnings
    )


def _mixed(done: list[Assessment]) -> list[Warn]:
    """A word where sites take their light from different sources."""
    count = Counter(a.light.source for a in done if a.light is not None)
    if len(count) < 2:
        return []
    parts = [
        say("siting.resource.light_of_sites", source=say(f"siting.resource.of_{k}"), n=n)
        for k, n in sorted(count.items())
    ]
    return [Warn("light_mixed", say("siting.resource.light_mixed", parts=listed(parts)), "pv")]


def _hours(a: Assessment, plan: Plan) -> pd.DataFrame:
    """Energy of a plant by month and hour of the official clock."""
    hourly = a.result.hourly["ac_kw_kwp"]
    clock = official_clock(plan, pd.DatetimeIndex(hourly.index))
    return hour_month_energy(
        a.name, clock.floor("h"), hourly.to_numpy() * a.dc_mw, yearly_mwh=a.p50_mwh_yr
    )


def _weather_summary(context: PvContext) -> WeatherSummary:
    weather = context.res.weather
    return WeatherSummary(
        source=weather.source,
        synthetic=weather.synthetic,
        years=context.res.years,
        typical_year=weather.typical_year,
        ghi_kwh_m2_yr=float(context.res.ghi_w_m2.sum()) / 1000.0 / len(context.res.years),
        findings=tuple(
            FindingSummary(
                code=f.code,
                level=f.level,
                value=f.value,
                text=Text(zh=f.text("zh"), en=f.text("en")),
            )
            for f in context.findings
        ),
    )


_SITE_COLUMNS = (
    "site_id",
    "capacity_mw",
    "dc_mw",
    "p50_mwh_yr",
    "p75_mwh_yr",
    "p90_mwh_yr",
    "p99_mwh_yr",
    "full_load_hours_h",
)


def _tables(
    plan: Plan, section: PvSection, sites: gpd.GeoDataFrame, done: list[Assessment]
) -> dict[str, pd.DataFrame]:
    table = pd.DataFrame([a.row() for a in done])
    if table.empty:
        table = pd.DataFrame({c: pd.Series(dtype="float64") for c in _SITE_COLUMNS})
        table["site_id"] = table["site_id"].astype(str)
    known = (
        *("zone", "township", "area_ha", "conditional_rules", "provisional"),
        "unconditional_frac",
    )
    extra = [c for c in known if c in sites]
    if extra:
        # without any site a file knows no type of its columns
        own = sites[["site_id", *extra]].astype({"site_id": str})
        table = table.merge(own, on="site_id", how="left")
    falls, levels, land = [], [], []
    by_id = (
        dict(zip(sites["site_id"], sites["area_ha"], strict=True)) if "area_ha" in sites else {}
    )
    for a in done:
        fall = waterfall_table(a.result.waterfall)
        fall.insert(0, "site_id", a.name)
        falls.append(fall)
        of_site = p_value_table(a.p)
        of_site.insert(0, "site_id", a.name)
        levels.append(of_site)
        area_ha = float(by_id.get(a.name, 0.0))
        if area_ha > 0.0:
            need = land_need(
                a.capacity_mw,
                area_ha,
                dc_ac_ratio=section.dc_ac_ratio,
                efficiency_frac=section.module.efficiency_frac,
                gcr=a.design.plant.designed()[1],
                index_ha_mw=section.index_ha_mw,
            )
            land.append(
                {
                    "site_id": a.name,
                    "area_ha": area_ha,
                    "ha_mw": area_ha / a.capacity_mw,
                    "array_ha": need.array_ha,
                    "array_fits": need.array_ha <= area_ha,
                    "index_ha": float("nan") if need.index_ha is None else need.index_ha,
                }
            )
    components = [(a.name, c) for a in done for c in a.components]
    equipment = [equipment_table(a.result).assign(site_id=a.name) for a in done]
    return {
        "pv_equipment": pd.concat(equipment, ignore_index=True)[["site_id", *COLUMNS]]
        if equipment
        else pd.DataFrame(columns=["site_id", *COLUMNS]),
        "pv_sites": table,
        "pv_waterfall": pd.concat(falls, ignore_index=True)
        if falls
        else waterfall_table(Waterfall(UNIT, ())).assign(site_id=""),
        "pv_monthly": pd.concat([monthly_table(a) for a in done], ignore_index=True)
        if done
        else pd.DataFrame({"site_id": [], "month": [], "energy_mwh": []}),
        "pv_p_values": pd.concat(levels, ignore_index=True)
        if levels
        else pd.DataFrame(
            columns=["site_id", "level", "one_year_mwh", "ten_year_mwh", "life_mean_mwh"]
        ),
        "pv_uncertainty": pd.DataFrame(
            [
                {
                    "site_id": name,
                    "component": c.id,
                    "title_zh": c.title.zh,
                    "title_en": c.title.en,
                    "sd_frac": c.sd_frac,
                    "yearly": c.yearly,
                    "source_zh": in_lang(c.source, "zh"),
                    "source_en": in_lang(c.source, "en"),
                    "quality": c.quality,
                }
                for name, c in components
            ],
            columns=[
                "site_id",
                "component",
                "title_zh",
                "title_en",
                "sd_frac",
                "yearly",
                "source_zh",
                "source_en",
                "quality",
            ],
        ),
        "pv_land": pd.DataFrame(land, columns=_LAND_COLUMNS),
        "pv_references": reference_table(section.references),
        "pv_life": pd.concat(
            [
                life_energy(a.name, "pv", a.capacity_mw, a.energy_mwh, a.p.sd_one_year_frac)
                for a in done
            ],
            ignore_index=True,
        )
        if done
        else pd.DataFrame(columns=list(LIFE_COLUMNS)),
        "pv_hour_month": pd.concat([_hours(a, plan) for a in done], ignore_index=True)
        if done
        else pd.DataFrame(columns=list(HOUR_MONTH_COLUMNS)),
        "pv_curve": cumulative_curve(plan, table, taken_land(plan, sites)),
    }


def reference_table(references: Sequence[ReferencePlant]) -> pd.DataFrame:
    """Land of the real plants a plan names, to compare the sites' with."""
    columns = ("name_zh", "name_en", "land_ha", "plant_mw", "of_modules", "ha_mw", "source")
    rows = [
        (r.name.zh, r.name.en, r.land_ha, r.capacity_mw, r.of_modules, r.ha_mw, r.source)
        for r in references
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _storage_table(done: list[Assessment], years: int) -> pd.DataFrame:
    """What each site's battery gets back of clipped and curtailed energy a year."""
    return pd.DataFrame(
        [
            {
                "site_id": a.name,
                "recovered_mwh_yr": a.storage.recovered_mwh / years,
                "lost_mwh_yr": a.storage.lost_mwh / years,
                "cycles_yr": a.storage.cycles / years,
            }
            for a in done
            if a.storage is not None
        ]
    )


_LAND_COLUMNS = [
    "site_id",
    "area_ha",
    "ha_mw",
    "array_ha",
    "array_fits",
    "index_ha",
]
