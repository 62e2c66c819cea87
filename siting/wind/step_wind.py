"""The wind step of a run: what the turbines that stand yield on the plan's weather."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from siting.wind.farm import FarmYield
from siting.wind.farm_tables import farm_tables
from siting.wind.inputs import (
    distinct,
    given_in_time,
    machines_of,
    plan_weather,
    user_turbines,
)
from siting.wind.machine.existing import existing_turbines
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.reference import reference_kw
from siting.wind.machine.turbine import Turbine, specific_power_w_m2
from siting.wind.plan_farm import plan_farm
from siting.wind.plants import plant_estimates
from siting.wind.resource.climate import (
    hour_month_table,
    speed_class_table,
    weibull_table,
)
from siting.wind.resource.hub import hub_series
from siting.wind.section import WindSection
from siting.wind.site_yields import site_yields
from siting.wind.summary import (
    NoWind,
    ReferenceCheck,
    WindMapSummary,
    WindPart,
    WindSite,
    WindSummary,
    WindWeather,
)
from siting.wind.yield_map import write_yield_map

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather

__all__ = ["wind_step"]

Float = NDArray[np.float64]

# A turbine this far outside the county is a wrong coordinate, not a neighbour's machine
_FAR_M = 20_000.0


def _outside(frame: gpd.GeoDataFrame, plan: Plan) -> list[Warn]:
    border = county_boundary(plan)
    distance = frame.geometry.distance(border).to_numpy()
    far = distance > _FAR_M
    if far.any():
        raise DataError(
            say("siting.wind.turbines_far_outside_county"),
            where="turbines",
            got=", ".join(
                f"{i} ({d / 1000:.0f} km)"
                for i, d in zip(frame["turbine_id"][far], distance[far], strict=True)
            ),
            todo=say("siting.wind.check_order_coordinates_coordinate_system"),
        )
    near = int((distance > 0).sum())
    if not near:
        return []
    return [
        Warn(
            "turbines_outside",
            say("siting.wind.turbines_outside", near=near),
        )
    ]


def wind_step(plan: Plan, work: Path, progress: Progress) -> StepResult[WindPart]:
    """Yield of every existing turbine, of the plan's wind plants and of the wind sites found.

    Returns
    -------
    StepResult
        Layer ``turbines_existing``; raster ``wind_yield`` (gross full-load hours, where the
        plan has a wind atlas); tables ``wind_turbines``, ``wind_losses``,
        ``wind_uncertainty``, ``wind_p_values``, ``wind_wakes``, ``wind_rose``,
        ``wind_weibull``, ``wind_speed_classes``, ``wind_hour_month``, ``wind_life``,
        ``wind_energy_hour_month``, ``wind_monthly``, ``wind_equipment``, ``wind_plants``,
        ``wind_sites``, ``wind_sources``; summary ``wind``.

    Raises
    ------
    DataError
        Turbines that cannot be (duplicates, far outside, hub below the rotor), weather
        without wind.
    """
    section = plan.section(WindSection)
    frame, warnings = existing_turbines(plan, section, plan_crs(plan))
    if frame is not None:
        warnings += _outside(frame, plan)
    progress("wind", 0, 3)
    weather = plan_weather(plan, section)
    mapped, more = _map(plan, section, weather, work)
    plants, plant_table, of_plants = plant_estimates(plan, section, weather)
    progress("wind", 1, 3)
    site_table, of_sites = site_yields(plan, section, weather, work)
    warnings += [*more, *of_plants, *of_sites]
    tables = {}
    if len(plant_table):
        tables["wind_plants"] = plant_table
    if len(site_table):
        tables["wind_sites"] = site_table
    found = tuple(WindSite.model_validate(r) for r in site_table.to_dict("records"))
    if frame is None or weather is None:
        code = "no_turbines" if frame is None else "no_weather"
        missing = Warn(code, say(f"siting.wind.{code}"))
        standing = {} if frame is None else {"turbines_existing": _bare(frame)}
        none = NoWind(
            turbines=0 if frame is None else len(frame),
            map=mapped[0],
            plants=plants,
            sites=found,
            weather=None if weather is None else _weather(weather, 1.0),
        )
        return StepResult(
            summary=WindPart(wind=none),
            layers=standing,
            rasters=mapped[1],
            tables=tables,
            warnings=distinct([*warnings, missing]),
        )
    machines, more = machines_of(frame, user_turbines(plan, section))
    warnings += more
    farm = plan_farm(plan, section, frame, weather, machines)
    result = farm.result
    warnings += farm.warnings
    progress("wind", 2, 3)
    table = _table(frame, machines, result).assign(rix_frac=farm.rix_frac)
    check = _reference(machines[0], weather, farm.section, farm.means, farm.ground)
    layer = _bare(frame).merge(
        table.drop(columns=[c for c in table if c in frame and c != "turbine_id"]),
        on="turbine_id",
        validate="1:1",
    )
    progress("wind", 3, 3)
    summary = _summary(table, result, weather, farm.section, check, mapped[0])
    return StepResult(
        summary=WindPart(wind=summary.model_copy(update={"plants": plants, "sites": found})),
        rasters=mapped[1],
        tables={
            **tables,
            "wind_turbines": table,
            **farm_tables(
                "wind",
                farm.name,
                result,
                machines,
                float(table["capacity_kw"].sum()) / 1000.0,
                utc_offset_h=weather.utc_offset_h,
                in_time=given_in_time(farm.section),
            ),
            "wind_sources": farm.sources,
            "wind_wakes": _wakes(result),
            "wind_rose": _rose(result),
            "wind_weibull": weibull_table(result.series),
            "wind_speed_classes": speed_class_table(result.series),
            **_hours(result, weather, farm.section),
        },
        layers={"turbines_existing": layer},
        warnings=distinct(warnings),
    )


def _bare(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.drop(columns=["x", "y"])


def _weather(weather: Weather, scale: float) -> WindWeather:
    return WindWeather(source=weather.source, synthetic=weather.synthetic, speed_scale=scale)


def _map(
    plan: Plan, section: WindSection, weather: Weather | None, work: Path
) -> tuple[tuple[WindMapSummary | None, dict[str, Path]], list[Warn]]:
    """The county's raster of gross full-load hours and its mean."""
    if weather is None or not section.map_turbine:
        return (None, {}), []
    machine = library_turbine(section.map_turbine, user_turbines(plan, section))
    found = write_yield_map(plan, section, weather, machine, work / "wind_yield.tif")
    if found is None:
        return (None, {}), []
    path, _, hours = found
    known = hours[np.isfinite(hours)]
    summary = WindMapSummary(
        turbine=machine.id,
        basis="gross",
        mean_h=float(known.mean()) if known.size else None,
        best_tenth_h=float(np.quantile(known, 0.9)) if known.size else None,
    )
    return (summary, {"wind_yield": path}), []


def _table(frame: gpd.GeoDataFrame, machines: list[Turbine], result: FarmYield) -> pd.DataFrame:
    capacity = frame["capacity_kw"].to_numpy(float)
    cut = 1.0 - result.levels.haircut_frac
    return pd.DataFrame(
        {
            "turbine_id": frame["turbine_id"],
            "farm": frame["farm"],
            "model": frame["model"],
            "curve": [m.id for m in machines],
            "curve_kind": [m.kind for m in machines],
            "capacity_kw": capacity,
            "hub_m": [m.hub_m for m in machines],
            "rotor_m": [m.rotor_m for m in machines],
            "specific_power_w_m2": [specific_power_w_m2(m) for m in machines],
            "on_grid": frame["on_grid"],
            "mean_speed_m_s": result.speed_m_s,
            "gross_mwh_yr": result.gross_mwh_yr,
            "wake_loss_frac": result.wake_loss_frac,
            "p50_mwh_yr": result.net_mwh_yr * cut,
            "full_load_hours_h": result.net_mwh_yr * cut / (capacity / 1000.0),
            "lon": frame["lon"],
            "lat": frame["lat"],
        }
    )


def _reference(
    machine: Turbine,
    weather: Weather,
    section: WindSection,
    means: Float | None,
    ground: Float | None,
) -> ReferenceCheck:
    """The same turbine by windpowerlib and by the engine in windpowerlib's correction."""
    from siting.wind.machine.engine import power_table, series_kw

    series = hub_series(
        weather,
        machine.hub_m,
        section,
        mean_speed_m_s=None if means is None else float(means[0]),
        ground_m=None if ground is None else float(ground[0]),
    )
    v, rho = series.speed_m_s, series.rho_kg_m3
    theirs = float(np.nanmean(reference_kw(machine, v, rho))) * 8.76
    ours = float(np.nanmean(series_kw(power_table(machine, "windpowerlib"), v, rho))) * 8.76
    return ReferenceCheck(
        curve=machine.id,
        windpowerlib_mwh_yr=theirs,
        engine_mwh_yr=ours,
        difference_frac=ours / theirs - 1.0 if theirs > 0 else None,
    )


def _wakes(result: FarmYield) -> pd.DataFrame:
    if result.spread is None:
        return pd.DataFrame(columns=["model", "gross_mwh_yr", "net_mwh_yr", "wake_loss_frac"])
    rows = [
        {
            "model": name,
            "gross_mwh_yr": float(e.gross_mwh_yr.sum()),
            "net_mwh_yr": e.aep_mwh_yr,
            "wake_loss_frac": e.wake_loss_frac,
        }
        for name, e in result.spread.by_model.items()
    ]
    return pd.DataFrame(rows)


def _rose(result: FarmYield) -> pd.DataFrame:
    rose = result.rose
    energy = rose.frequency * rose.speed_m_s**3
    total = float(energy.sum())
    return pd.DataFrame(
        {
            "direction_deg": rose.direction_deg,
            "frequency": rose.direction_frequency,
            "mean_speed_m_s": (rose.frequency @ rose.speed_m_s)
            / np.maximum(rose.direction_frequency, 1e-12),
            "energy_share": energy.sum(axis=1) / total if total > 0 else 0.0,
        }
    )


def _hours(
    result: FarmYield, weather: Weather, section: WindSection
) -> dict[str, pd.DataFrame]:
    """Hours and months; the hours drawn from a distribution have no order in time."""
    if not given_in_time(section):
        return {}
    return {"wind_hour_month": hour_month_table(result.series, weather.utc_offset_h)}


def _summary(
    table: pd.DataFrame,
    result: FarmYield,
    weather: Weather,
    section: WindSection,
    check: ReferenceCheck,
    mapped: WindMapSummary | None,
) -> WindSummary:
    capacity = float(table["capacity_kw"].sum()) / 1000.0
    levels = result.levels
    spread = None if result.spread is None else result.spread.spread_frac
    return WindSummary(
        turbines=len(table),
        capacity_mw=capacity,
        mean_speed_m_s=float(table["mean_speed_m_s"].mean()),
        mean_rho_kg_m3=float(np.nanmean(result.series.rho_kg_m3)),
        gross_mwh_yr=float(table["gross_mwh_yr"].sum()),
        wake_loss_frac=float(
            1.0
            - (table["gross_mwh_yr"] * (1 - table["wake_loss_frac"])).sum()
            / table["gross_mwh_yr"].sum()
        ),
        wake_spread_frac=spread,
        p50_mwh_yr=levels.life[50],
        p75_mwh_yr=levels.life[75],
        p90_mwh_yr=levels.life[90],
        p95_mwh_yr=levels.life[95],
        p99_mwh_yr=levels.life[99],
        p90_one_year_mwh=levels.one_year[90],
        wakes_by_hour=result.wakes_by_hour,
        uncertainty_frac=levels.sd_life_frac,
        haircut_frac=levels.haircut_frac,
        full_load_hours_h=levels.life[50] / capacity,
        density_correction=section.density_correction,
        reference=check,
        weather=_weather(weather, result.series.speed_scale),
        map=mapped,
    )
