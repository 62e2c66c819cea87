"""The balance of a park: roofs, ground PV, wind and a battery against its load, by the hour."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.say import Sentence, say
from gis.toml import read_toml
from gis.types import F8
from layers.answers.answer import Words
from layers.plan.model import Plan
from siting.pv.study.load_curve import load_curve_kw
from siting.wind.farm import farm_yield
from siting.wind.inputs import plan_weather, user_turbines
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.repower.hybrid_station import pv_hourly_frac
from siting.wind.section import WindSection
from siting.wind.terrain import flow_of
from siting.zones.balance import Battery, HourlyBalance, hourly_balance
from siting.zones.places import Place, shares_inside
from siting.zones.section import ParkBalanceSection
from siting.zones.summary import LinkRule, ParkBalance

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["link_rules", "park_balance", "read_load"]

YEAR_H = 8760


def read_load(plan: Plan, section: ParkBalanceSection) -> F8:
    """The load of a year [kW], f8[8760].

    Raises
    ------
    DataError
        See `load_curve_kw`; also for another length.
    """
    load = load_curve_kw(plan, section.load_path)
    if len(load) != YEAR_H:
        raise DataError(
            say("siting.zones.load_year"),
            where=section.load_path,
            got=say("siting.zones.hours", n=len(load)),
        )
    return load


def _year_of(hourly: pd.Series[float], tz: str = "Etc/GMT-8") -> F8:
    """Mean of a series by hour of a year of 365 days in official time, f8[8760]."""
    index = pd.DatetimeIndex(hourly.index)
    at = index.tz_convert(tz) if index.tz is not None else index
    # a shift of the clock to whole hours; 29 February is left out as in a load of 8,760 h
    at = at.floor("h")
    parts = {"m": at.month, "d": at.day, "h": at.hour}
    frame = pd.DataFrame({"v": hourly.to_numpy(float), **parts})
    frame = frame[~((frame["m"] == 2) & (frame["d"] == 29))]
    mean = frame.groupby(["m", "d", "h"])["v"].mean()
    every = pd.date_range("2001-01-01", periods=YEAR_H, freq="h")
    wanted = pd.MultiIndex.from_arrays([every.month, every.day, every.hour])
    return np.asarray(mean.reindex(wanted).interpolate(limit_direction="both"), np.float64)


def _wind_frac(plan: Plan, x: float, y: float) -> F8 | None:
    """Hourly output of one machine of the plan over its rating; None without weather."""
    section = plan.section(WindSection)
    weather = plan_weather(plan, section)
    if weather is None:
        return None
    machine = library_turbine(section.plant_turbine, user_turbines(plan, section))
    at = np.array([x]), np.array([y])
    means, faster, _ = flow_of(plan, section, weather, *at, machine.hub_m)
    found = farm_yield(*at, machine, weather, section, mean_speed_m_s=means, speedups=faster)
    series = pd.Series(found.power_kw / machine.rated_kw, index=found.series.index)
    return _year_of(series.clip(lower=0.0))


@cache
def _rules() -> dict[str, dict[str, object]]:
    return read_toml("siting.zones", "green_link.toml")


def link_rules(found: HourlyBalance) -> tuple[LinkRule, ...]:
    """The conditions of a direct green supply against a balance."""
    shares = {"used": found.used_frac, "covered": found.covered_frac}
    out = []
    for key, rule in _rules().items():
        value = shares[str(rule["share"])]
        limit = float(rule["at_least"])  # type: ignore[arg-type]
        out.append(
            LinkRule(
                id=key,
                title=Words.model_validate(rule["title"]),
                value=value,
                limit=limit,
                met=None if math.isnan(value) else value >= limit,
                citation=str(rule["citation"]),
                quality=str(rule["quality"]),
            )
        )
    return tuple(out)


def park_balance(
    plan: Plan, section: ParkBalanceSection, place: Place, roofs: gpd.GeoDataFrame | None
) -> tuple[ParkBalance | None, pd.DataFrame, Sentence | None]:
    """A year of the park by the hour.

    Returns
    -------
    balance
        None without the weather it needs.
    hours : DataFrame
        ``hour, supply_kw, load_kw, direct_kw, charged_kw, discharged_kw, sent_kw,
        curtailed_kw, bought_kw, stored_kwh``.
    why : Sentence or None
        What is missing.
    """
    load = read_load(plan, section)
    centre = place.shape.representative_point()
    pv = pv_hourly_frac(plan, (centre.x, centre.y))
    if pv is None:
        return None, pd.DataFrame(), say("siting.zones.no_pv_weather")
    per_mw = _year_of(pv)
    ground = per_mw * section.ground_mw * 1e3
    roof = np.zeros(YEAR_H)
    if roofs is not None and len(roofs):
        inside = roofs[shares_inside(roofs, place.shape) > 0.5]
        # the shape of the day is that of the plan's PV, the energy that of each roof
        kwh = float(inside["kwh_yr"].sum()) * section.roofs_frac
        roof = per_mw * (kwh / per_mw.sum() if per_mw.sum() > 0 else 0.0)
    wind = np.zeros(YEAR_H)
    if section.wind_mw > 0:
        frac = _wind_frac(plan, centre.x, centre.y)
        if frac is None:
            return None, pd.DataFrame(), say("siting.zones.no_wind_weather")
        wind = frac * section.wind_mw * 1e3
    battery = None
    if section.storage_mw > 0:
        battery = Battery(
            section.storage_mw * 1e3, section.storage_mwh * 1e3, section.round_trip_frac or 1.0
        )
    found = hourly_balance(
        ground + roof + wind,
        load,
        battery=battery,
        export_kw=math.inf if section.export_mw is None else section.export_mw * 1e3,
    )

    def mwh(values: F8) -> float:
        return math.fsum(values) / 1e3

    balance = ParkBalance(
        roofs_mwh=mwh(roof),
        ground_mwh=mwh(ground),
        wind_mwh=mwh(wind),
        load_mwh=mwh(found.load),
        direct_mwh=mwh(found.direct),
        charged_mwh=mwh(found.charged),
        discharged_mwh=mwh(found.discharged),
        sent_mwh=mwh(found.sent),
        curtailed_mwh=mwh(found.curtailed),
        bought_mwh=mwh(found.bought),
        used_frac=found.used_frac,
        covered_frac=found.covered_frac,
        sent_frac=found.sent_frac,
        closure=found.closure,
        rules=link_rules(found),
    )
    hours = pd.DataFrame(
        {
            "zone": place.id,
            "hour": np.arange(YEAR_H),
            "supply_kw": found.supply,
            "load_kw": found.load,
            "direct_kw": found.direct,
            "charged_kw": found.charged,
            "discharged_kw": found.discharged,
            "sent_kw": found.sent,
            "curtailed_kw": found.curtailed,
            "bought_kw": found.bought,
            "stored_kwh": found.stored,
        }
    )
    return balance, hours, None
