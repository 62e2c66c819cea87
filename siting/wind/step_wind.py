"""The wind step of a run: what the turbines that stand yield on the plan's weather."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gis.errors import DataError
from layers.boundary import county_boundary, plan_crs
from layers.plan import Plan
from layers.result import Progress, StepResult, Warn
from siting.wind.engine import power_table, series_kw
from siting.wind.existing import existing_turbines, machine_of
from siting.wind.hub import HubSeries, hub_series
from siting.wind.library import read_turbine_csv
from siting.wind.reference import reference_kw
from siting.wind.section import WindSection
from siting.wind.turbine import Turbine, specific_power_w_m2

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Weather

__all__ = ["plan_weather", "user_turbines", "wind_step"]

# A turbine this far outside the county is a wrong coordinate, not a neighbour's machine
_FAR_M = 20_000.0


def user_turbines(plan: Plan, section: WindSection) -> dict[str, Turbine]:
    """The user's own turbines, empty without ``turbines_csv``."""
    return read_turbine_csv(plan.resolve(section.turbines_csv)) if section.turbines_csv else {}


def plan_weather(plan: Plan, section: WindSection) -> Weather | None:
    """The hourly series of the plan; None when it declares none."""
    from layers.weather import WeatherSource, check_weather, read_weather

    source = section.weather
    if source is None:
        source = getattr(plan.sections.get("pv"), "weather", None)
    layer = plan.layers.get("weather")
    if source is None and layer is not None and layer.path:
        source = WeatherSource(path=layer.path, synthetic=layer.synthetic, source=layer.source)
    if source is None:
        return None
    path = plan.resolve(source.path)
    weather = read_weather(path, source)
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


def _distinct(warnings: list[Warn]) -> tuple[Warn, ...]:
    return tuple({(w.code, w.zh): w for w in warnings}.values())


def wind_step(plan: Plan, work: Path, progress: Progress) -> StepResult:  # noqa: ARG001
    """Yield of every existing turbine.

    Returns
    -------
    StepResult
        Layer ``turbines_existing``; table ``wind_turbines``; summary ``wind``.

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
    weather = plan_weather(plan, section)
    user = user_turbines(plan, section)
    machines: list[Turbine] = []
    for row in frame.to_dict("records"):
        machine, more = machine_of(row, user, where=str(row["turbine_id"]))
        machines.append(machine)
        warnings += [Warn(w.code, w.zh, w.en) for w in more]
    if weather is None:
        warnings.append(
            Warn(
                "no_weather",
                "计划未给出逐时气象，风电发电量未估算",
                "the plan gives no hourly weather; wind yield not estimated",
            )
        )
        frame["p50_mwh_yr"] = np.nan
        summary: dict[str, Any] = {"turbines": len(frame), "estimated": False}
        return StepResult(
            summary={"wind": summary},
            layers={"turbines_existing": frame.drop(columns=["x", "y"])},
            warnings=_distinct(warnings),
        )
    warnings += list(weather.warnings)
    table = _yields(frame, machines, weather, section, warnings, progress)
    layer = frame.drop(columns=["x", "y"]).merge(
        table.drop(
            columns=["lon", "lat", "model", "capacity_kw", "hub_m", "rotor_m", "on_grid"]
        ),
        on="turbine_id",
        validate="1:1",
    )
    return StepResult(
        summary={"wind": _summary(table, weather, section)},
        tables={"wind_turbines": table},
        layers={"turbines_existing": layer},
        warnings=_distinct(warnings),
    )


def _yields(
    frame: gpd.GeoDataFrame,
    machines: list[Turbine],
    weather: Weather,
    section: WindSection,
    warnings: list[Warn],
    progress: Progress,
) -> pd.DataFrame:
    """One row a turbine; turbines of one type and hub share the computation."""
    kinds: dict[tuple[str, float], list[int]] = {}
    for i, m in enumerate(machines):
        kinds.setdefault((m.id, m.hub_m), []).append(i)
    rows: dict[int, dict[str, Any]] = {}
    for done, members in enumerate(kinds.values()):
        progress("wind", done, len(kinds))
        machine = machines[members[0]]
        series = hub_series(weather, machine.hub_m, section)
        warnings += list(series.warnings)
        kw = series_kw(
            power_table(machine, section.density_correction), series.speed_m_s, series.rho_kg_m3
        )
        gross = float(np.nanmean(kw)) * 8.76
        check = float(np.nanmean(reference_kw(machine, series.speed_m_s, series.rho_kg_m3)))
        for i in members:
            rows[i] = _row(frame.iloc[i], machine, series, gross, check * 8.76)
    progress("wind", len(kinds), len(kinds))
    return pd.DataFrame([rows[i] for i in range(len(frame))])


def _row(
    place: pd.Series[Any], machine: Turbine, series: HubSeries, gross: float, check: float
) -> dict[str, Any]:
    rated = float(place["capacity_kw"])
    share = rated / machine.rated_kw  # a curve of a close rating stands in for this machine
    return {
        "turbine_id": place["turbine_id"],
        "model": place["model"],
        "curve": machine.id,
        "curve_kind": machine.kind,
        "capacity_kw": rated,
        "hub_m": machine.hub_m,
        "rotor_m": machine.rotor_m,
        "specific_power_w_m2": specific_power_w_m2(machine),
        "on_grid": place["on_grid"],
        "mean_speed_m_s": series.mean_speed_m_s,
        "mean_rho_kg_m3": float(np.nanmean(series.rho_kg_m3)),
        "gross_mwh_yr": gross * share,
        "windpowerlib_mwh_yr": check * share,
        "p50_mwh_yr": gross * share,
        "full_load_hours_h": gross * share / (rated / 1000.0),
        "lon": place["lon"],
        "lat": place["lat"],
    }


def _summary(table: pd.DataFrame, weather: Weather, section: WindSection) -> dict[str, Any]:
    capacity = float(table["capacity_kw"].sum()) / 1000.0
    p50 = float(table["p50_mwh_yr"].sum())
    return {
        "estimated": True,
        "turbines": len(table),
        "capacity_mw": capacity,
        "gross_mwh_yr": float(table["gross_mwh_yr"].sum()),
        "p50_mwh_yr": p50,
        "p90_mwh_yr": None,
        "full_load_hours_h": p50 / capacity,
        "windpowerlib_mwh_yr": float(table["windpowerlib_mwh_yr"].sum()),
        "density_correction": section.density_correction,
        "weather": {"source": weather.source, "synthetic": weather.synthetic},
    }
