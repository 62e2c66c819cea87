"""The PV step of a run: yield of every PV site."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from layers.plan import Plan
from layers.result import Progress, StepResult, Warn, read_layer
from layers.weather import Weather, sun, usable_years, weather_of

__all__ = ["pv_step"]

_NO_WEATHER = Warn(
    "pv_no_weather",
    "规划文件没有给出光伏气象数据（[pv.weather]），发电量未估算",
    "the plan names no weather for PV ([pv.weather]); yields are not estimated",
    "pv",
)


def pv_step(plan: Plan, work: Path, progress: Progress) -> StepResult:
    """Yields of the PV sites an earlier step left in `work`."""
    import geopandas as gpd

    section = plan.section("pv")
    sites: gpd.GeoDataFrame = read_layer(work, "sites")
    sites = sites[sites["tech"] == "pv"]
    if section.weather is None:
        return StepResult(
            summary={"pv": {"estimated": False, "sites": []}}, warnings=[_NO_WEATHER]
        )
    weather, findings = weather_of(section.weather, plan.resolve(section.weather.path))
    progress("pv", 0, len(sites))
    p50_kwh_kwp = _specific_yield(weather)
    rows = [
        {
            "site_id": s.site_id,
            "capacity_mw": s.capacity_mw,
            "p50_mwh_yr": s.capacity_mw * p50_kwh_kwp,
            "p90_mwh_yr": s.capacity_mw * p50_kwh_kwp * (1 - 1.2816 * 0.087),
            "full_load_hours_h": p50_kwh_kwp,
        }
        for s in sites.itertuples()
    ]
    table = pd.DataFrame(
        rows,
        columns=["site_id", "capacity_mw", "p50_mwh_yr", "p90_mwh_yr", "full_load_hours_h"],
    )
    progress("pv", len(sites), len(sites))
    return StepResult(
        summary={
            "pv": {
                "estimated": True,
                "weather": {
                    "source": weather.source,
                    "synthetic": weather.synthetic,
                    "years": list(weather.years),
                    "findings": [f.code for f in findings],
                },
                "sites": table.to_dict("records"),
                "capacity_mw": float(table["capacity_mw"].sum()),
                "p50_mwh_yr": float(table["p50_mwh_yr"].sum()),
                "p90_mwh_yr": float(table["p90_mwh_yr"].sum()),
            }
        },
        tables={"pv_sites": table},
        warnings=weather.warnings,
    )


def _specific_yield(weather: Weather) -> float:
    from pvlib import iam, inverter, irradiance, pvsystem, temperature

    years = usable_years(weather)
    keep = np.isin(weather.index.year, years)
    h = weather.hourly[keep]
    s = sun(weather.index[keep], weather.lon, weather.lat, altitude_m=weather.altitude_m)
    tilt, azimuth = abs(weather.lat) * 0.9, 180.0 if weather.lat >= 0 else 0.0
    total = irradiance.get_total_irradiance(
        tilt,
        azimuth,
        s.apparent_zenith_deg,
        s.azimuth_deg,
        h["dni_w_m2"].to_numpy(),
        h["ghi_w_m2"].to_numpy(),
        h["dhi_w_m2"].to_numpy(),
        dni_extra=s.dni_extra_w_m2,
        model="haydavies",
    )
    aoi = irradiance.aoi(tilt, azimuth, s.apparent_zenith_deg, s.azimuth_deg)
    poa = np.nan_to_num(total["poa_direct"]) * iam.physical(aoi) + np.nan_to_num(
        total["poa_diffuse"]
    )
    cell = temperature.faiman(poa, h["temp_air_c"].to_numpy(), h["wind_speed_m_s"].to_numpy())
    dc = pvsystem.pvwatts_dc(poa, cell, 1000.0, -0.0034) * 0.9
    ac = inverter.pvwatts(dc, 800.0)
    return float(np.nansum(ac) / 1000.0 / len(years))
