"""The assessment of one plant: design, yield, P-values, money; one call for a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ModelError
from gis.say import say
from layers.result import Warn
from layers.weather import Finding, Weather, check_weather, prepare_weather
from siting.economy.emissions import avoided_tco2_yr, grid_factor
from siting.economy.lcoe import Costs, Finance, Lcoe, lcoe
from siting.economy.p_values import Component, PValues, p_values
from siting.economy.price_dispatch import dispatch_for_price
from siting.economy.storage import Dispatch, dispatch, required_battery
from siting.economy.storage_rule import StorageChoice
from siting.pv.light.horizon import Horizon
from siting.pv.plant.chain import Resource, SiteYield, resource, site_yield
from siting.pv.plant.plant import LEVEL, PvPlant, Slope
from siting.pv.study.design import Design, cost_facts, design
from siting.pv.study.section import PvSection
from siting.pv.study.site_light import ChosenLight
from siting.pv.study.uncertainty import interannual_frac, stack

__all__ = [
    "Assessment",
    "assess",
    "decomposition_spread",
    "energy_by_year_mwh",
    "monthly_table",
]


@dataclass(frozen=True)
class Assessment:
    """Everything asked of one plant.

    Attributes
    ----------
    capacity_mw, dc_mw
        Grid capacity and module power.
    p
        Energy of the first year [MWh/yr] at P50, P75, P90, P99: for one year, and for the
        mean of the life.
    model_spread_frac
        PVWatts over Huld minus one (the sign says which is higher).
    lcoe
        Discount rate -> LCOE.
    energy_mwh
        Energy of each operating year with degradation, P50.
    light
        Where the light of the place is from; None where it was not asked (arrays).
    findings, lonlat
        Of the weather's check; longitude and latitude of the place [deg], where known.
    """

    name: str
    design: Design
    result: SiteYield
    capacity_mw: float
    dc_mw: float
    p: PValues
    components: tuple[Component, ...]
    model_spread_frac: float
    energy_mwh: np.ndarray
    lcoe: Mapping[float, Lcoe]
    costs: Costs
    finance: Finance
    storage: Dispatch | None
    avoided_tco2_yr: float | None
    light: ChosenLight | None = None
    warnings: tuple[Warn, ...] = ()
    findings: tuple[Finding, ...] = ()
    lonlat: tuple[float, float] | None = None

    @property
    def p50_mwh_yr(self) -> float:
        """Energy of the first year [MWh/yr]."""
        return self.p.one_year[50]

    @property
    def full_load_hours_h(self) -> float:
        """Energy over grid capacity [h/yr]."""
        return self.p50_mwh_yr / self.capacity_mw

    @property
    def capacity_factor(self) -> float:
        """Full-load hours over the hours of a year."""
        return self.full_load_hours_h / 8760.0

    def row(self) -> dict[str, Any]:
        """The plant as one row of ``pv_sites``."""
        s = self.design.plant
        out: dict[str, Any] = {
            "site_id": self.name,
            "capacity_mw": self.capacity_mw,
            "dc_mw": self.dc_mw,
            "mounting": s.mounting,
            "tilt_deg": s.tilt_deg if s.mounting == "fixed" else float("nan"),
            "azimuth_deg": s.azimuth_deg if s.mounting == "fixed" else float("nan"),
            "pitch_m": self.design.pitch_m,
            "gcr": s.gcr,
            "ghi_kwh_m2": float("nan") if self.light is None else self.light.kwh_m2,
            "light_source": "series" if self.light is None else self.light.source,
            "poa_kwh_m2": self.result.poa_kwh_m2,
            "specific_kwh_kwp": self.result.kwh_kwp_yr,
            "performance_ratio": self.result.performance_ratio,
            "p50_mwh_yr": self.p.one_year[50],
            "p75_mwh_yr": self.p.one_year[75],
            "p90_mwh_yr": self.p.one_year[90],
            "p99_mwh_yr": self.p.one_year[99],
            "p90_ten_year_mwh_yr": self.p.ten_year[90],
            "p90_life_mwh_yr": self.p.life[90],
            "uncertainty_frac": self.p.sd_one_year_frac,
            "model_spread_frac": self.model_spread_frac,
            "full_load_hours_h": self.full_load_hours_h,
            "capacity_factor": self.capacity_factor,
            "life_mwh": float(self.energy_mwh.sum()),
        }
        for rate, value in self.lcoe.items():
            out[f"lcoe_{rate * 100:g}pct_cny_mwh"] = value.real_cny_mwh
        out["avoided_tco2_yr"] = (
            float("nan") if self.avoided_tco2_yr is None else self.avoided_tco2_yr
        )
        return out


def energy_by_year_mwh(first_mwh: float, years: int, degradation_frac_yr: float) -> np.ndarray:
    """Energy of each operating year with linear degradation [MWh], f8[years].

    The first year holds the module's first-year loss already (LID in the waterfall).

    Examples
    --------
    >>> energy_by_year_mwh(100.0, 3, 0.01).round(6).tolist()
    [100.0, 99.0, 98.0]
    """
    return np.asarray(first_mwh * np.maximum(1.0 - degradation_frac_yr * np.arange(years), 0.0))


def decomposition_spread(weather: Weather, plant: PvPlant, tilt_deg: float) -> float:
    """Relative spread of yield over three decomposition models at one place.

    Parameters
    ----------
    weather : Weather
        As read, before `prepare_weather`.
    """
    found = []
    findings = check_weather(weather)
    for model in ("dirint", "erbs", "boland"):
        prepared, _ = prepare_weather(weather, decomposition=model, findings=findings)
        res = resource(prepared)
        open_plane = plant.changed(tilt_deg=tilt_deg, gcr=0.0, bifacial=False, mounting="fixed")
        found.append(site_yield(res, open_plane).kwh_kwp_yr)
    return (max(found) - min(found)) / float(np.mean(found))


def assess(
    name: str,
    section: PvSection,
    res: Resource,
    *,
    capacity_mw: float,
    tilt_deg: float,
    lat: float,
    slope: Slope = LEVEL,
    altitude_m: float | None = None,
    horizon: Horizon | None = None,
    decomposition: float = float("nan"),
    battery: StorageChoice | None = None,
    light: ChosenLight | None = None,
    price_cny_mwh: npt.NDArray[np.float64] | None = None,
) -> Assessment:
    """Assess one plant.

    Parameters
    ----------
    name : str
        Its site id.
    section : PvSection
    res : Resource
        Weather of whole years, see `siting.pv.plant.chain.resource`.
    capacity_mw : float
        Grid (AC) capacity [MW].
    tilt_deg, lat, slope
        See `design`.
    altitude_m : float, optional
        Of the site; moves the air temperature from the station's height.
    horizon : Horizon, optional
    decomposition : float
        From `decomposition_spread` where DNI was rebuilt; NaN otherwise.
    battery : StorageChoice, optional
        Size of a battery beside the plant.
    light : ChosenLight, optional
        Where the light of `res` is from.
    price_cny_mwh : f8[n], optional
        Price of each hour of `res`; the battery then sells when it is high.

    Raises
    ------
    ModelError
        For a site without capacity.
    """
    if not capacity_mw > 0.0:
        raise ModelError(
            say("siting.pv_study.no_capacity_no_yield"),
            where=name,
            got=f"{capacity_mw} MW",
            todo=say("siting.pv_study.leave_out_empty_sites"),
        )
    found = design(section.plant, lat, tilt_deg=tilt_deg, slope=slope, site=name)
    plant = found.plant
    if altitude_m is not None and np.isfinite(altitude_m):
        lapse = float(cost_facts()["lapse_k_m"]["value"])
        warmer = lapse * (altitude_m - res.weather.altitude_m)
        res = replace(res, temp_air_c=res.temp_air_c + warmer)
    result = site_yield(res, plant, slope=slope, horizon=horizon)
    other = plant.changed(dc="pvwatts" if plant.dc == "huld" else "huld")
    cross = site_yield(res, other, slope=slope, horizon=horizon)
    spread = cross.kwh_kwp_yr / result.kwh_kwp_yr - 1.0
    components = stack(
        interannual=interannual_frac(result.by_year_kwh_kwp),
        model_spread=spread,
        decomposition_spread=decomposition,
        correction=res.weather.correction_sd_frac,
        sources=float("nan") if light is None else light.spread_frac,
        measured=None if light is None else light.measured_sd,
        given=section.uncertainty,
    )
    dc_mw = capacity_mw * section.dc_ac_ratio
    p50 = result.kwh_kwp_yr * dc_mw
    energy = energy_by_year_mwh(p50, section.years, plant.module.degradation_frac_yr)
    of_first = (energy / p50).tolist()
    p = p_values(p50, components, years=section.years, of_first=of_first)
    costs, finance, by_rate = _money(section, capacity_mw, energy)
    storage = _storage(section, battery, result, capacity_mw, dc_mw, price_cny_mwh)
    avoided = None
    if section.grid_factor:
        avoided = avoided_tco2_yr(p50, grid_factor(section.grid_factor))
    return Assessment(
        name=name,
        design=found,
        result=result,
        capacity_mw=capacity_mw,
        dc_mw=dc_mw,
        p=p,
        components=components,
        model_spread_frac=spread,
        energy_mwh=energy,
        lcoe=by_rate,
        costs=costs,
        finance=finance,
        storage=storage,
        avoided_tco2_yr=avoided,
        light=light,
    )


def _money(
    section: PvSection, capacity_mw: float, energy_mwh: np.ndarray
) -> tuple[Costs, Finance, dict[float, Lcoe]]:
    c, facts = section.cost, cost_facts()
    capex_kw = c.capex_cny_kw or float(facts["capex_cny_kw"]["value"])
    share = facts["opex_frac_yr"]["value"] if c.opex_frac_yr is None else c.opex_frac_yr
    capex = capex_kw * capacity_mw * 1000.0
    costs = Costs(capex_cny=capex, opex_cny_yr=capex * float(share))
    rates = (
        tuple(facts["discount_nominal_frac"]["illustration"])
        if c.discount_nominal_frac is None
        else (c.discount_nominal_frac,)
    )
    finance = Finance(rates[len(rates) // 2], c.inflation_frac, c.tax_frac, c.depreciation_yr)
    out = {
        rate: lcoe(costs, energy_mwh, replace(finance, discount_nominal_frac=rate))
        for rate in rates
    }
    return costs, finance, out


def _storage(
    section: PvSection,
    size: StorageChoice | None,
    result: SiteYield,
    capacity_mw: float,
    dc_mw: float,
    price_cny_mwh: npt.NDArray[np.float64] | None = None,
) -> Dispatch | None:
    s = section.storage
    if size is None or s.round_trip_frac is None:
        return None
    battery = required_battery(
        capacity_mw,
        power_frac=size.power_frac,
        duration_h=size.duration_h,
        round_trip_frac=s.round_trip_frac,
    )
    # clipped power is taken before the inverter's limit; the grid may take still less
    # at night the plant draws what its inverters use: nothing to store
    sent = np.maximum(result.hourly["ac_kw_kwp"].to_numpy(), 0.0) * dc_mw
    clipped = result.hourly["clipped_kw_kwp"].to_numpy() * dc_mw
    limit = capacity_mw * (s.grid_limit_frac or 1.0)
    limit_mw = np.full(len(sent), limit)
    if s.grid_limit_frac is None:
        # without a grid limit of its own the plant sends what its inverters let through
        limit_mw = np.where(clipped > 0.0, sent, np.maximum(limit, sent))
    if price_cny_mwh is None:
        return dispatch(sent + clipped, limit_mw, battery)
    return dispatch_for_price(sent + clipped, limit_mw, battery, price_cny_mwh)


def monthly_table(a: Assessment) -> pd.DataFrame:
    """Month, light, specific yield and energy of a plant [MWh]."""
    out = a.result.monthly()
    out.insert(0, "site_id", a.name)
    out["energy_mwh"] = out["ac_kwh_kwp"] * a.dc_mw
    return out
