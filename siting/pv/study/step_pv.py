"""The PV step of a run: yield of every PV site, and the county's yield raster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.grid import Grid, cell_size_m, origin, plan_grid
from gis.cells.terrain import aspect_deg, slope_deg
from gis.errors import DataError, ModelError
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_file import plan_file
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, read_layer
from layers.spec import Text
from layers.weather import Finding, Weather, prepare_weather, read_weather
from siting.economy.p_values import p_value_table, p_values
from siting.economy.storage_rule import StorageChoice, storage_choice, storage_note
from siting.economy.waterfall import Waterfall
from siting.pv.light.horizon import horizon_of_dem
from siting.pv.plant.chain import Resource, resource
from siting.pv.plant.plant import LEVEL, Slope
from siting.pv.plant.waterfall import UNIT, waterfall_table
from siting.pv.study.agrivoltaic import compare_variants
from siting.pv.study.assess import (
    Assessment,
    assess,
    best_tilt_deg,
    decomposition_spread,
    monthly_table,
)
from siting.pv.study.county import county_yield, write_county_yield
from siting.pv.study.section import PvSection, ReferencePlant
from siting.pv.study.spacing import land_need, slope_components
from siting.pv.study.summary import (
    FindingSummary,
    NoPv,
    PvPart,
    PvSummary,
    SiteSummary,
    TargetSummary,
    WeatherSummary,
    YieldMapSummary,
)
from siting.pv.study.targets import cumulative_curve, target_table
from siting.pv.study.uncertainty import stack

__all__ = ["PvContext", "assess_place", "pv_context", "pv_step", "yield_map_of"]

F8 = npt.NDArray[np.float64]
_NO_WEATHER = Warn(
    "pv_no_weather",
    say("siting.pv_study.pv_no_weather"),
    "pv",
)
_TERRAIN_M = 50.0


@dataclass(frozen=True)
class PvContext:
    """What all sites of a county share.

    Attributes
    ----------
    section, res
        The plan's section and the weather of whole years with the sun.
    tilt_deg
        Of fixed modules: given, or the best.
    decomposition
        Spread of the decomposition models; NaN where DNI was measured.
    findings, warnings
        Of the weather.
    grid, dem
        Elevation model around the county; None without one.
    battery
        Size of a battery beside each plant; None unless switched on.
    """

    section: PvSection
    res: Resource
    tilt_deg: float
    decomposition: float
    findings: list[Finding]
    grid: Grid | None
    dem: F8 | None
    warnings: tuple[Warn, ...]
    battery: StorageChoice | None


def pv_context(plan: Plan) -> PvContext | None:
    """Read weather and terrain of a plan; None when it names no weather.

    Raises
    ------
    DataError
        When the weather cannot be used.
    """
    section = plan.section(PvSection)
    if section.weather is None:
        return None
    raw = _raw_weather(plan, section)
    weather, findings = prepare_weather(
        raw, decomposition=section.weather.decomposition, clock=section.weather.clock
    )
    res = resource(weather)
    tilt = section.tilt_deg
    if tilt is None:
        tilt = (
            0.0
            if section.mounting == "tracker"
            else best_tilt_deg(res, section.plant, weather.lat)
        )
    rebuilt = any(w.code == "weather_decomposed" for w in weather.warnings)
    spread = decomposition_spread(raw, section.plant, tilt or 30.0) if rebuilt else float("nan")
    grid, dem = _terrain(plan, _TERRAIN_M)
    warnings = list(weather.warnings)
    if dem is None:
        warnings.append(
            Warn(
                "pv_no_dem",
                say("siting.pv_study.pv_no_dem"),
                "dem",
            )
        )
    battery = None
    if section.storage.enabled:
        battery = storage_choice(
            plan,
            power_frac=section.storage.power_frac,
            duration_h=section.storage.duration_h,
            where="[pv.storage]",
        )
    return PvContext(section, res, tilt, spread, findings, grid, dem, tuple(warnings), battery)


def _raw_weather(plan: Plan, section: PvSection) -> Weather:
    source = section.weather
    if source is None:
        raise DataError(say("siting.pv_study.no_weather"), where="[pv.weather]")
    path = plan_file(plan, source.path)
    if source.lon is None and (path.is_dir() or path.suffix in {".nc", ".zarr"}):
        centre = _centre_ll(plan)
        source = source.model_copy(update={"lon": centre[0], "lat": centre[1]})
    return read_weather(path, source)


def _centre_ll(plan: Plan) -> tuple[float, float]:
    from gis.crs.systems import transform_points

    point = county_boundary(plan).representative_point()
    lon, lat = transform_points(
        np.array([point.x]), np.array([point.y]), plan_crs(plan), "EPSG:4326"
    )
    return float(lon[0]), float(lat[0])


def _terrain(plan: Plan, cell_m: float) -> tuple[Grid | None, F8 | None]:
    """Heights on a grid with room around the county, NaN where unknown."""
    margin = 5_000.0
    x0, y0, x1, y1 = county_boundary(plan).bounds
    bounds = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
    grid = plan_grid(bounds, plan_crs(plan), cell_m)
    found = open_raster(plan, "dem", grid)
    if found is None:
        return None, None
    values, valid = found
    return grid, np.where(valid, values.astype(np.float64), np.nan)


def _cell_of(grid: Grid, x: float, y: float) -> tuple[int, int]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    return int((top - y) / cell), int((x - left) / cell)


def assess_place(
    context: PvContext,
    name: str,
    *,
    x: float,
    y: float,
    lat: float,
    capacity_mw: float,
    decimals: int = 6,
) -> Assessment:
    """Assess a plant at a point in the plan CRS.

    Slope and horizon are those of the elevation model around the point: the mean plane of a
    250 m neighbourhood, and the profile seen from it.
    """
    ground = LEVEL
    altitude, horizon = None, None
    section = context.section
    facing = 270.0 if section.mounting == "tracker" else section.azimuth_deg
    if context.dem is not None and context.grid is not None:
        row, col = _cell_of(context.grid, x, y)
        height, width = context.dem.shape
        near = 3
        if near <= row < height - near and near <= col < width - near:
            part = context.dem[row - near : row + near + 1, col - near : col + near + 1]
            if np.isfinite(part).all():
                cell = cell_size_m(context.grid)
                slope = np.asarray(slope_deg(part, cell), dtype=np.float64)[1:-1, 1:-1]
                aspect = np.asarray(aspect_deg(part, cell), dtype=np.float64)[1:-1, 1:-1]
                rises, along = slope_components(slope, np.nan_to_num(aspect), facing)
                ground = Slope(
                    round(float(rises.mean()), decimals), round(float(along.mean()), decimals)
                )
                altitude = float(part.mean())
                if section.horizon:
                    horizon = horizon_of_dem(
                        context.dem,
                        row,
                        col,
                        cell_m=cell,
                        reach_m=section.yield_map.horizon_reach_m,
                    )
    return assess(
        name,
        section,
        context.res,
        capacity_mw=capacity_mw,
        tilt_deg=context.tilt_deg,
        lat=lat,
        slope=ground,
        altitude_m=altitude,
        horizon=horizon,
        decomposition=context.decomposition,
        battery=context.battery,
    )


def pv_step(plan: Plan, work: Path, progress: Progress) -> StepResult[PvPart]:
    """Yields of the PV sites an earlier step left in `work`, and the yield raster.

    Returns
    -------
    StepResult
        Tables ``pv_sites``, ``pv_waterfall``, ``pv_monthly``, ``pv_p_values``,
        ``pv_uncertainty``, ``pv_land``, ``pv_references``, ``pv_targets``, ``pv_curve``, with
        a battery ``pv_storage`` and with variants ``pv_agrivoltaic``; raster ``pv_yield``.
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
    if section.agrivoltaic and section.mounting == "fixed" and done:
        best = max(done, key=lambda a: a.capacity_mw)
        tables["pv_agrivoltaic"] = compare_variants(context.res, section, best.design)
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
        p50_mwh_yr=float(table["p50_mwh_yr"].sum()),
        p90_mwh_yr=float(table["p90_mwh_yr"].sum()),
        yield_map=map_summary,
        targets=tuple(
            TargetSummary.model_validate(row) for row in tables["pv_targets"].to_dict("records")
        ),
        storage_note=note,
    )
    return StepResult(
        summary=PvPart(pv=summary), tables=tables, rasters=rasters, warnings=warnings
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
    plan: Plan, section: PvSection, sites: pd.DataFrame, done: list[Assessment]
) -> dict[str, pd.DataFrame]:
    table = pd.DataFrame([a.row() for a in done])
    if table.empty:
        table = pd.DataFrame({c: pd.Series(dtype="float64") for c in _SITE_COLUMNS})
        table["site_id"] = table["site_id"].astype(str)
    extra = [c for c in ("zone", "township", "area_ha", "conditional_rules") if c in sites]
    if extra:
        table = table.merge(sites[["site_id", *extra]], on="site_id", how="left")
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
    components = done[0].components if done else ()
    return {
        "pv_sites": table,
        "pv_waterfall": pd.concat(falls, ignore_index=True)
        if falls
        else waterfall_table(Waterfall(UNIT, ())).assign(site_id=""),
        "pv_monthly": pd.concat([monthly_table(a) for a in done], ignore_index=True)
        if done
        else pd.DataFrame({"site_id": [], "month": [], "energy_mwh": []}),
        "pv_p_values": pd.concat(levels, ignore_index=True)
        if levels
        else pd.DataFrame(columns=["site_id", "level", "one_year_mwh", "life_mean_mwh"]),
        "pv_uncertainty": pd.DataFrame(
            [
                {
                    "component": c.id,
                    "title_zh": c.title.zh,
                    "title_en": c.title.en,
                    "sd_frac": c.sd_frac,
                    "yearly": c.yearly,
                    "source": c.source,
                    "quality": c.quality,
                }
                for c in components
            ],
            columns=[
                "component",
                "title_zh",
                "title_en",
                "sd_frac",
                "yearly",
                "source",
                "quality",
            ],
        ),
        "pv_land": pd.DataFrame(land, columns=_LAND_COLUMNS),
        "pv_references": reference_table(section.references),
        "pv_targets": target_table(plan, table),
        "pv_curve": cumulative_curve(plan, table),
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


def yield_map_of(
    plan: Plan, work: Path, context: PvContext, progress: Progress
) -> tuple[dict[str, Path], YieldMapSummary | None]:
    """The yield raster of fixed modules; nothing without an elevation model."""
    section = context.section
    if not section.yield_map.enabled or context.dem is None:
        return {}, None
    grid, dem = _terrain(plan, section.yield_map.cell_m)
    if grid is None or dem is None:
        return {}, None
    county = county_boundary(plan)
    inside = _inside(county, grid, dem.shape)
    tilt = context.tilt_deg
    if section.mounting == "tracker":
        fixed = section.plant.changed(mounting="fixed")
        tilt = section.tilt_deg or best_tilt_deg(context.res, fixed, context.res.weather.lat)
    # the map shows the mean of all weather years; one node for the county
    found = county_yield(
        context.res,
        section,
        grid,
        dem,
        inside,
        tilt_deg=tilt,
        progress=lambda done, of: progress("pv_yield", done, of),
    )
    path = write_county_yield(
        work / "pv_yield.tif",
        found,
        tags={
            "unit": "kWh/kWp a year; last band MW/ha",
            "mounting": f"fixed, tilt {tilt:g} deg, azimuth {section.azimuth_deg:g} deg",
            "transposition": section.yield_map.transposition,
            "weather": context.res.weather.source,
            "synthetic": str(context.res.weather.synthetic).lower(),
        },
    )
    annual = found.annual_kwh_kwp[np.isfinite(found.annual_kwh_kwp)]
    if not len(annual):
        return {"pv_yield": path}, None
    return {"pv_yield": path}, YieldMapSummary(
        cells=len(annual),
        cell_m=section.yield_map.cell_m,
        mean_kwh_kwp=float(annual.mean()),
        p05_kwh_kwp=float(np.quantile(annual, 0.05)),
        p95_kwh_kwp=float(np.quantile(annual, 0.95)),
        # the map shows P50; the same stack as the sites' gives the factor to its P90
        p90_over_p50=p_values(1.0, stack(given=section.uncertainty)).one_year[90],
        tilt_deg=tilt,
    )


def _inside(
    county: shapely.Geometry, grid: Grid, shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    from gis.cells.grid import cell_centres

    x, y = cell_centres(grid)
    shapely.prepare(county)
    xx, yy = np.meshgrid(x, y)
    return np.asarray(shapely.contains_xy(county, xx.ravel(), yy.ravel())).reshape(shape)
