"""The wind-PV station of the repowering step: hourly series of both on the plan's weather."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.errors import GeoplanError
from gis.say import say
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from layers.result import Warn
from siting.economy.storage import required_battery
from siting.economy.storage_rule import storage_choice, storage_note
from siting.wind.repower.hybrid import (
    best_split,
    complementarity,
    connection,
    duration_curve,
    hourly_profile,
)
from siting.wind.repower.station_energy import Station, price_of_hours, station_tables
from siting.wind.section import RepowerSection
from siting.wind.summary import BatterySize, HybridSummary, NoHybrid

if TYPE_CHECKING:
    from siting.economy.p_values import Component
    from siting.wind.farm import FarmYield

__all__ = ["hybrid_station", "pv_hourly_frac"]


def pv_hourly_frac(
    plan: Plan, at: tuple[float, float] | None = None
) -> pd.Series[float] | None:
    """Hourly output of the plan's PV system over its AC rating; None without PV weather.

    Parameters
    ----------
    plan : Plan
    at : (float, float), optional
        Place in the plan's CRS [m], whose light is taken as that of a PV site there; the
        series as it is without one.
    """
    section = plan.sections.get("pv")
    if section is None or section.weather is None:
        return None
    from layers.weather import weather_of
    from siting.pv.plant.chain import resource, site_yield
    from siting.pv.plant.losses import loss_rows
    from siting.pv.study.section import PvSection

    weather, _ = weather_of(section.weather, plan_file(plan, section.weather.path))
    plant = plan.section(PvSection).plant
    # a sketch before the site is known: usual tilt, ground cover, height and LID
    plant = plant.changed(
        tilt_deg=30.0 if plant.tilt_deg is None else plant.tilt_deg,
        gcr=0.4 if plant.gcr is None else plant.gcr,
        clearance_m=0.2 * plant.collector_m,
        losses={"lid": loss_rows()["lid"].value, **plant.losses},
    )
    res = resource(weather)
    if at is not None:
        from siting.pv.study.context import light_of
        from siting.pv.study.site_light import scaled_resource

        res = scaled_resource(res, light_of(plan, res).at(*at).factor)
    found = site_yield(res, plant)
    hourly: pd.Series[float] = found.hourly["ac_kw_kwp"].clip(lower=0.0)
    return hourly * float(section.dc_ac_ratio)


def hybrid_station(
    plan: Plan,
    section: RepowerSection,
    farm: FarmYield,
    wind_mw: float,
    *,
    at: tuple[float, float] | None = None,
) -> tuple[HybridSummary | NoHybrid, dict[str, pd.DataFrame], list[Warn]]:
    """Complementarity, curtailment and best split of the new farm with PV beside it.

    The light of the PV is that of `at`, the middle of the farm in the plan's CRS [m].

    Returns
    -------
    summary, tables, warnings
        Energies are means of a year; `NoHybrid` without PV.
    """
    spec = section.hybrid
    try:
        pv = pv_hourly_frac(plan) if at is None else pv_hourly_frac(plan, at)
    except GeoplanError as err:
        return (
            NoHybrid(),
            {},
            [Warn("hybrid_no_pv", say("siting.wind_repower.hybrid_no_pv_2", err=err))],
        )
    if pv is None:
        return (
            NoHybrid(),
            {},
            [
                Warn(
                    "hybrid_no_pv",
                    say("siting.wind_repower.hybrid_no_pv"),
                )
            ],
        )
    wind = pd.Series(farm.power_kw / 1000.0 / wind_mw, index=farm.series.index)
    both = pd.concat([wind.rename("wind"), pv.rename("pv")], axis=1, join="inner").dropna()
    if len(both) < 8000:
        return (
            NoHybrid(),
            {},
            [
                Warn(
                    "hybrid_no_overlap",
                    say("siting.wind_repower.hybrid_no_overlap"),
                )
            ],
        )
    a = np.clip(both["wind"].to_numpy(float), 0.0, None)
    b = both["pv"].to_numpy(float)
    index = pd.DatetimeIndex(both.index)
    years = len(both) / 8760.0
    limit = spec.export_limit_mw or wind_mw
    pv_mw = spec.pv_mw or wind_mw
    battery = None
    warnings: list[Warn] = []
    per_mw = None
    if spec.storage and spec.round_trip_frac is not None:
        size = storage_choice(
            plan,
            power_frac=spec.storage_power_frac,
            duration_h=spec.storage_hours_h,
            where="[repower.hybrid]",
        )
        battery = required_battery(
            wind_mw + pv_mw,
            power_frac=size.power_frac,
            duration_h=size.duration_h,
            round_trip_frac=spec.round_trip_frac,
        )
        per_mw = required_battery(
            1.0,
            power_frac=size.power_frac,
            duration_h=size.duration_h,
            round_trip_frac=spec.round_trip_frac,
        )
        note = storage_note(plan)
        if note is not None:
            warnings.append(Warn("storage_rule", note))
    price = None if battery is None else price_of_hours(plan, index)
    one = connection(a, b, wind_mw, pv_mw, limit, battery, price)
    alone = connection(a, b, wind_mw, 0.0, limit)
    match = complementarity(index, a, b)
    best, table = best_split(a, b, limit, oversize=spec.oversize, battery_per_mw=per_mw)
    table[["sent_mwh", "score"]] /= years
    profile = pd.concat(
        {
            "wind": hourly_profile(index, a).stack(),
            "pv": hourly_profile(index, b).stack(),
        },
        axis=1,
    ).reset_index()
    profile.columns = ["month", "hour", "wind_frac", "pv_frac"]
    curves = pd.DataFrame(
        {
            "hours_frac": duration_curve(a)["hours_frac"],
            "wind_mw": duration_curve(a * wind_mw)["power"],
            "pv_mw": duration_curve(b * pv_mw)["power"],
            "both_mw": duration_curve(a * wind_mw + b * pv_mw)["power"],
        }
    )
    summary = HybridSummary(
        wind_mw=wind_mw,
        pv_mw=pv_mw,
        limit_mw=limit,
        correlation_hourly=match.hourly,
        correlation_daily=match.daily,
        correlation_monthly=match.monthly,
        firm_wind_frac=match.firm_wind_frac,
        firm_pv_frac=match.firm_pv_frac,
        firm_both_frac=match.firm_both_frac,
        low_hours_frac=match.low_hours_frac,
        produced_mwh_yr=one.produced_mwh / years,
        sent_mwh_yr=one.sent_mwh / years,
        curtailed_mwh_yr=one.curtailed_mwh / years,
        curtailed_frac=one.curtailed_frac,
        stored_mwh_yr=one.stored_mwh / years,
        connection_use_frac=one.use_frac,
        connection_use_wind_alone_frac=alone.use_frac,
        battery=None
        if battery is None
        else BatterySize(power_mw=battery.power_mw, energy_mwh=battery.energy_mwh),
        best_wind_share=best.wind_mw / (best.wind_mw + best.pv_mw),
        oversize=spec.oversize,
    )
    station = Station(index, a, b, wind_mw, pv_mw, limit, battery, price)
    return (
        summary,
        {
            "hybrid_split": table,
            "hybrid_profile": profile,
            "hybrid_duration": curves,
            **_tables(plan, station, farm, pv),
        },
        warnings,
    )


def _tables(
    plan: Plan, station: Station, farm: FarmYield, pv: pd.Series[float]
) -> dict[str, pd.DataFrame]:
    components, loss = _of_pv(plan, pv)
    return station_tables(plan, station, farm, components, pv_loss_frac_yr=loss)


def _of_pv(plan: Plan, pv: pd.Series[float]) -> tuple[tuple[Component, ...], float]:
    """Uncertainties and degradation of the PV of the plan."""
    from siting.pv.study.section import PvSection
    from siting.pv.study.uncertainty import interannual_frac, stack

    section = plan.section(PvSection)
    years = pv.groupby(pd.DatetimeIndex(pv.index).year).agg(["sum", "count"])
    by_year = years.loc[years["count"] > 8000, "sum"].to_numpy(float)
    components = stack(interannual=interannual_frac(by_year), given=section.uncertainty)
    return components, float(section.plant.module.degradation_frac_yr)
