"""The wind step of a run: what the turbines that stand yield on the plan's weather."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from layers.boundary import county_boundary, plan_crs
from layers.plan import Plan
from layers.result import Progress, StepResult, Warn
from siting.wind.distribution import read_rose_csv, weather_of_rose, weather_of_weibull
from siting.wind.existing import existing_turbines, machine_of
from siting.wind.farm import FarmYield, farm_yield
from siting.wind.ground import sample_layer
from siting.wind.hub import hub_series
from siting.wind.library import read_turbine_csv
from siting.wind.reference import reference_kw
from siting.wind.roughness import with_roughness
from siting.wind.section import WindSection
from siting.wind.turbine import Turbine, specific_power_w_m2

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather

__all__ = ["atlas_means", "machines_of", "plan_weather", "user_turbines", "wind_step"]

Float = NDArray[np.float64]

# A turbine this far outside the county is a wrong coordinate, not a neighbour's machine
_FAR_M = 20_000.0


def user_turbines(plan: Plan, section: WindSection) -> dict[str, Turbine]:
    """The user's own turbines, empty without ``turbines_csv``."""
    return read_turbine_csv(plan.resolve(section.turbines_csv)) if section.turbines_csv else {}


def plan_weather(plan: Plan, section: WindSection) -> Weather | None:
    """The hourly series of the plan; None when it declares none.

    Raises
    ------
    DataError
        When the clock of a series with irradiance is hours off.
    """
    from layers.weather import WeatherSource

    source = section.weather
    if source is None and (section.weibull or section.rose_csv):
        return _distribution(plan, section)
    if source is None:
        source = getattr(plan.sections.get("pv"), "weather", None)
    layer = plan.layers.get("weather")
    if source is None and layer is not None and layer.path:
        source = WeatherSource(path=layer.path, synthetic=layer.synthetic, source=layer.source)
    if source is None:
        return None
    path = plan.resolve(source.path)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _read_weather(path, stamp, source.model_dump_json())


def _distribution(plan: Plan, section: WindSection) -> Weather:
    """Hours drawn from the plan's Weibull sectors or rose, at the middle of the county."""
    import pvlib

    from gis.crs import transform_points

    point = county_boundary(plan).representative_point()
    lons, lats = transform_points(
        np.array([point.x]), np.array([point.y]), plan_crs(plan), "EPSG:4326"
    )
    lon, lat = float(lons[0]), float(lats[0])
    altitude = float(pvlib.location.lookup_altitude(lat, lon))
    height = section.distribution_height_m
    if section.weibull:
        return weather_of_weibull(
            section.weibull, lon=lon, lat=lat, altitude_m=altitude, height_m=height
        )
    rose = read_rose_csv(plan.resolve(section.rose_csv))
    return weather_of_rose(rose, lon=lon, lat=lat, altitude_m=altitude, height_m=height)


@lru_cache(maxsize=2)
def _read_weather(path: Path, stamp: int, source: str) -> Weather:  # noqa: ARG001 - key
    """Weather of a file as it was at `stamp`: several steps of a run read the same one."""
    from layers.weather import WeatherSource, check_weather, read_weather

    weather = read_weather(path, WeatherSource.model_validate_json(source))
    if "ghi_w_m2" in weather.hourly:
        # the sun tells a wrong clock, and a wrong clock mixes day and night winds
        bad = [f for f in check_weather(weather) if f.code == "clock"]
        if bad and bad[0].level == "error":
            raise DataError(
                "the clock of the weather is hours off",
                where=path.name,
                got=bad[0].en,
                todo='state the clock of the file with weather.tz, e.g. "UTC" or "UTC+08:00"',
            )
    return weather


def atlas_means(
    plan: Plan, section: WindSection, x_m: Float, y_m: Float
) -> tuple[Float | None, list[Warn]]:
    """Long-term mean wind speed at each turbine from the plan's atlas layer."""
    if not section.atlas_layer:
        return None, []
    found = sample_layer(plan, section.atlas_layer, x_m, y_m)
    if found is None:
        return None, [
            Warn(
                "wind_atlas_missing",
                f"图层 {section.atlas_layer} 不可用，风速序列未按图集修正",
                f"layer {section.atlas_layer} is not available; the series is not scaled to it",
            )
        ]
    holes = np.isnan(found)
    if holes.all():
        raise DataError(
            "the atlas has no value where the turbines stand",
            where=f"[layers.{section.atlas_layer}]",
            todo="a turbine outside the raster cannot be scaled; check extent and nodata",
        )
    if not holes.any():
        return found, []
    return np.where(holes, np.nanmean(found), found), [
        Warn(
            "wind_atlas_holes",
            f"{int(holes.sum())} 台机组位于图集范围外，按其余机组平均值修正",
            f"{int(holes.sum())} turbines lie outside the atlas; the others' mean is used",
        )
    ]


def machines_of(
    frame: gpd.GeoDataFrame, user: dict[str, Turbine]
) -> tuple[list[Turbine], list[Warn]]:
    """Library machine of every existing turbine."""
    machines: list[Turbine] = []
    warnings: list[Warn] = []
    for row in frame.to_dict("records"):
        machine, more = machine_of(row, user, where=str(row["turbine_id"]))
        machines.append(machine)
        warnings += [Warn(w.code, w.zh, w.en) for w in more]
    return machines, warnings


def _outside(frame: gpd.GeoDataFrame, plan: Plan) -> list[Warn]:
    border = county_boundary(plan)
    distance = frame.geometry.distance(border).to_numpy()
    far = distance > _FAR_M
    if far.any():
        raise DataError(
            "turbines far outside the county",
            where="turbines",
            got=", ".join(
                f"{i} ({d / 1000:.0f} km)"
                for i, d in zip(frame["turbine_id"][far], distance[far], strict=True)
            ),
            todo="check the order of coordinates and the coordinate system",
        )
    near = int((distance > 0).sum())
    if not near:
        return []
    return [
        Warn(
            "turbines_outside",
            f"{near} 台机组位于县界外",
            f"{near} turbines stand outside the county",
        )
    ]


def distinct(warnings: list[Warn]) -> tuple[Warn, ...]:
    """Warnings without repeats, in order."""
    return tuple({(w.code, w.zh): w for w in warnings}.values())


def wind_step(plan: Plan, work: Path, progress: Progress) -> StepResult:  # noqa: ARG001
    """Yield of every existing turbine.

    Returns
    -------
    StepResult
        Layer ``turbines_existing``; tables ``wind_turbines``, ``wind_losses``,
        ``wind_uncertainty``, ``wind_wakes``, ``wind_rose``; summary ``wind``.

    Raises
    ------
    DataError
        Turbines that cannot be (duplicates, far outside, hub below the rotor), weather
        without wind.
    """
    section: WindSection = plan.section("wind")
    frame, warnings = existing_turbines(plan, section, plan_crs(plan))
    if frame is None:
        text = Warn(
            "no_turbines",
            "计划未给出现有风电机组，风电发电量未估算",
            "the plan names no existing turbines; wind yield not estimated",
        )
        return StepResult(
            summary={"wind": {"turbines": 0, "estimated": False}}, warnings=[*warnings, text]
        )
    warnings += _outside(frame, plan)
    progress("wind", 0, 3)
    weather = plan_weather(plan, section)
    machines, more = machines_of(frame, user_turbines(plan, section))
    warnings += more
    if weather is None:
        warnings.append(
            Warn(
                "no_weather",
                "计划未给出逐时气象，风电发电量未估算",
                "the plan gives no hourly weather; wind yield not estimated",
            )
        )
        summary: dict[str, Any] = {"turbines": len(frame), "estimated": False}
        return StepResult(
            summary={"wind": summary},
            layers={"turbines_existing": frame.drop(columns=["x", "y"])},
            warnings=distinct(warnings),
        )
    warnings += list(weather.warnings)
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    section, more = with_roughness(plan, section, weather, x, y)
    warnings += more
    means, more = atlas_means(plan, section, x, y)
    warnings += more
    ground = sample_layer(plan, "dem", x, y)
    if ground is not None and np.isnan(ground).any():
        ground = np.where(np.isnan(ground), weather.altitude_m, ground)
    progress("wind", 1, 3)
    result = farm_yield(
        x,
        y,
        machines,
        weather,
        section,
        mean_speed_m_s=means,
        ground_m=ground,
        capacity_kw=frame["capacity_kw"].to_numpy(float),
    )
    warnings += result.warnings
    progress("wind", 2, 3)
    table = _table(frame, machines, result)
    check = _reference(machines[0], weather, section, means, ground)
    layer = frame.drop(columns=["x", "y"]).merge(
        table.drop(columns=[c for c in table if c in frame and c != "turbine_id"]),
        on="turbine_id",
        validate="1:1",
    )
    progress("wind", 3, 3)
    return StepResult(
        summary={"wind": _summary(table, result, weather, section, check)},
        tables={
            "wind_turbines": table,
            "wind_losses": pd.DataFrame(result.waterfall),
            "wind_uncertainty": _components(result),
            "wind_wakes": _wakes(result),
            "wind_rose": _rose(result),
        },
        layers={"turbines_existing": layer},
        warnings=distinct(warnings),
    )


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
) -> dict[str, Any]:
    """The same turbine by windpowerlib and by the engine in windpowerlib's correction."""
    from siting.wind.engine import power_table, series_kw

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
    return {
        "curve": machine.id,
        "windpowerlib_mwh_yr": theirs,
        "engine_mwh_yr": ours,
        "difference_frac": ours / theirs - 1.0 if theirs > 0 else None,
    }


def _components(result: FarmYield) -> pd.DataFrame:
    rows = [
        {
            "name": c.name,
            "zh": c.zh,
            "en": c.en,
            "energy_frac": c.energy_frac,
            "source": c.source,
            "quality": c.quality,
        }
        for c in result.components
    ]
    return pd.DataFrame(rows)


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


def _summary(
    table: pd.DataFrame,
    result: FarmYield,
    weather: Weather,
    section: WindSection,
    check: dict[str, Any],
) -> dict[str, Any]:
    capacity = float(table["capacity_kw"].sum()) / 1000.0
    levels = result.levels
    spread = None if result.spread is None else result.spread.spread_frac
    return {
        "estimated": True,
        "turbines": len(table),
        "capacity_mw": capacity,
        "mean_speed_m_s": float(table["mean_speed_m_s"].mean()),
        "mean_rho_kg_m3": float(np.nanmean(result.series.rho_kg_m3)),
        "gross_mwh_yr": float(table["gross_mwh_yr"].sum()),
        "wake_loss_frac": float(
            1.0
            - (table["gross_mwh_yr"] * (1 - table["wake_loss_frac"])).sum()
            / table["gross_mwh_yr"].sum()
        ),
        "wake_spread_frac": spread,
        "p50_mwh_yr": levels.p50_mwh_yr,
        "p75_mwh_yr": levels.p75_mwh_yr,
        "p90_mwh_yr": levels.p90_mwh_yr,
        "uncertainty_frac": levels.sigma_frac,
        "haircut_frac": levels.haircut_frac,
        "full_load_hours_h": levels.p50_mwh_yr / capacity,
        "density_correction": section.density_correction,
        "reference": check,
        "weather": {
            "source": weather.source,
            "synthetic": weather.synthetic,
            "speed_scale": result.series.speed_scale,
        },
    }
