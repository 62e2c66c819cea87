"""A new wind farm: machines for the wind's class, layout, P50 to P99, cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.errors import DataError, GeoplanError
from gis.say import say
from gis.toml import read_toml
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from siting.economy.lcoe import Costs, Finance, lcoe
from siting.economy.section import MoneySection
from siting.screen.section import ScreeningSection
from siting.sites.section import SitesSection
from siting.wind.farm_tables import farm_tables
from siting.wind.greenfield.area import farm_area
from siting.wind.greenfield.made import Made, made
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.greenfield.summary import GreenfieldPart, GreenfieldSummary
from siting.wind.inputs import (
    atlas_means,
    distinct,
    given_in_time,
    plan_weather,
    user_turbines,
)
from siting.wind.layout.land import rules_at
from siting.wind.machine.generic import machine_words
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.climate import (
    hour_month_table,
    speed_class_table,
    weibull_table,
)
from siting.wind.resource.hub import hub_series
from siting.wind.resource.iec_class import iec_class
from siting.wind.resource.sources import wind_sources_table
from siting.wind.section import RepowerSection, WindSection
from siting.wind.summary import WakeModelEnergy

if TYPE_CHECKING:
    from layers.weather import Weather
    from siting.wind.farm import FarmYield

__all__ = ["greenfield_step", "with_area"]

Float = NDArray[np.float64]


def with_area(
    plan: Plan, *, zone: str = "", polygon: str = "", turbine: tuple[str, ...] = ()
) -> Plan:
    """`plan` with the command line's choice of land and machines in its section.

    Raises
    ------
    ConfigError
        For a turbine the library does not have.
    """
    section = plan.section(GreenfieldSection)
    user = user_turbines(plan, plan.section(WindSection)) if turbine else {}
    for name in turbine:
        library_turbine(name, user)
    given = {"zone": zone, "polygon": polygon, "turbine": turbine or section.turbine}
    # a wind farm is asked for: land is judged for nothing else
    only = {"techs": ("wind",)}
    screening = plan.section(ScreeningSection).model_copy(update=only)
    sites = plan.section(SitesSection).model_copy(update=only)
    return plan.with_sections(
        greenfield=section.model_copy(update=given), screening=screening, sites=sites
    )


def greenfield_step(plan: Plan, work: Path, progress: Progress) -> StepResult[GreenfieldPart]:
    """Lay out a new farm on the land the rules leave; nothing where the plan asks for none.

    Returns
    -------
    StepResult
        Layers ``greenfield_turbines``, ``greenfield_area``; tables ``greenfield_candidates``,
        ``greenfield_turbines``, ``greenfield_losses``, ``greenfield_uncertainty``,
        ``greenfield_p_values``, ``greenfield_life``, ``greenfield_equipment``,
        ``greenfield_hour_month``, ``greenfield_monthly``, ``greenfield_sources``,
        ``greenfield_weibull``, ``greenfield_speed_classes``, ``greenfield_speed_hours``;
        summary ``greenfield``.

    Raises
    ------
    ConfigError, DataError, ModelError
        A zone that is not there, no wind, land that holds no turbine.
    """
    section = plan.section(GreenfieldSection)
    if not section.zone and not section.polygon:
        return StepResult(summary=GreenfieldPart())
    wind = plan.section(WindSection)
    name, area, of_area = farm_area(plan, section, work)
    weather = plan_weather(plan, wind)
    if weather is None:
        raise DataError(say("siting.wind.no_weather"), where="[wind.weather]")
    progress("greenfield", 0, 3)
    user = user_turbines(plan, wind)
    machines, iec, warnings = _machines(plan, section, wind, weather, area, user)
    warnings += of_area
    done: list[Made] = []
    rows: list[dict[str, object]] = []
    failed: list[GeoplanError] = []
    for machine in machines:
        try:
            one = made(plan, section, wind, weather, area, machine)
        except GeoplanError as err:
            failed.append(err)
            rows.append({"turbine": machine.id, "fits": False, "reason_zh": err.text("zh"),
                         "reason_en": err.text("en")})  # fmt: skip
            continue
        done.append(one)
        rows.append(
            {**_row(one, section, plan), "fits": True, "reason_zh": "", "reason_en": ""}
        )
    if not done:
        raise failed[0]
    progress("greenfield", 2, 3)
    costs = [r["lcoe_cny_mwh"] for r in rows if r["fits"]]
    energy = [m.result.levels.life[50] for m in done]
    cheap = all(c is not None for c in costs)
    best = int(np.argmin(np.array(costs, dtype=float)) if cheap else np.argmax(energy))
    chosen = done[best]
    table = pd.DataFrame(rows)
    table["chosen"] = table["turbine"] == chosen.candidate.machine.id
    turbines = _turbines(plan, chosen)
    warnings += [*chosen.warnings, *chosen.result.warnings]
    land = chosen.candidate.land
    if land.refused_ha.get("not_judged", 0.0) > 0:
        text = say("siting.wind_layout.area_not_judged", ha=land.refused_ha["not_judged"])
        warnings.append(Warn("greenfield_not_judged", text))
    if chosen.effect.noise is None:
        warnings.append(Warn("greenfield_no_dwellings", say("siting.wind_layout.no_dwellings")))
    progress("greenfield", 3, 3)
    shape = gpd.GeoDataFrame({"name": [name]}, geometry=[area], crs=plan_crs(plan))
    return StepResult(
        summary=GreenfieldPart(greenfield=_summary(plan, section, name, area, iec, chosen)),
        tables={
            "greenfield_candidates": table,
            "greenfield_turbines": pd.DataFrame(turbines.drop(columns="geometry")),
            **farm_tables(
                "greenfield",
                name,
                chosen.result,
                [chosen.candidate.machine] * len(turbines),
                chosen.candidate.capacity_mw,
                utc_offset_h=weather.utc_offset_h,
                in_time=given_in_time(wind),
            ),
            "greenfield_sources": wind_sources_table(chosen.sources),
            "greenfield_weibull": weibull_table(chosen.result.series),
            "greenfield_speed_classes": speed_class_table(chosen.result.series),
            **_speed_hours(chosen.result, weather, wind),
        },
        layers={"greenfield_turbines": turbines, "greenfield_area": shape},
        warnings=distinct(warnings),
    )


def _machines(
    plan: Plan,
    section: GreenfieldSection,
    wind: WindSection,
    weather: Weather,
    area: BaseGeometry,
    user: dict[str, Turbine],
) -> tuple[list[Turbine], str, list[Warn]]:
    """The plan's machines, or those of the class its wind asks for; and that class."""
    point = shapely.get_coordinates(area.representative_point())
    means, warnings = atlas_means(plan, wind, point[:, 0], point[:, 1])
    proposals = read_toml("siting.wind.greenfield", "classes.toml")["turbines"]
    lead = library_turbine((section.turbine or proposals["III"])[0], user)
    mean = None if means is None else float(means[0])
    series = hub_series(weather, lead.hub_m, wind, mean_speed_m_s=mean)
    found = iec_class(series.mean_speed_m_s, section.gust_50yr_m_s, section.turbulence_15)
    if section.gust_50yr_m_s is None or section.turbulence_15 is None:
        text = say("siting.wind_layout.class_by_mean_only", iec=found.name)
        warnings.append(Warn("iec_class_by_mean", text))
    names = section.turbine or proposals[found.speed]
    machines = [library_turbine(n, user) for n in names]
    for m in machines:
        label = m.iec_class.strip().upper()
        mild = ["IV", "III", "II", "I"]
        own = next((c for c in ("III", "II", "IV", "I") if label.startswith(c)), "")
        if own and found.speed != "S" and mild.index(own) < mild.index(found.speed):
            text = say(
                "siting.wind_layout.machine_class_too_mild",
                turbine=machine_words(m.id),
                own=m.iec_class,
                iec=found.name,
            )
            warnings.append(Warn("iec_class_machine", text))
    return machines, found.name, warnings


def _speed_hours(
    result: FarmYield, weather: Weather, wind: WindSection
) -> dict[str, pd.DataFrame]:
    """Wind by month and hour; the hours of a distribution have no order in time."""
    if not given_in_time(wind):
        return {}
    hours = hour_month_table(result.series, weather.utc_offset_h)
    return {"greenfield_speed_hours": hours}


def _given(*options: float | None) -> float | None:
    """The first figure that is given: the farm's own, the market's, repowering's."""
    return next((v for v in options if v is not None), None)


def _cost(
    section: GreenfieldSection, plan: Plan, made: Made
) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Investment, LCOE, and the keys that are missing for them."""
    other, money = plan.section(RepowerSection), plan.section(MoneySection)
    price = _given(section.capex_cny_kw, money.wind.capex_cny_kw, other.capex_cny_kw)
    yearly = _given(section.opex_cny_kw_yr, money.wind.opex_cny_kw_yr, other.opex_cny_kw_yr)
    rate = _given(section.discount_frac, money.discount_nominal_frac, other.discount_frac)
    given = {"capex_cny_kw": price, "opex_cny_kw_yr": yearly, "discount_frac": rate}
    missing = tuple(f"greenfield.{k}" for k, v in given.items() if v is None)
    kw = made.candidate.capacity_mw * 1000.0
    if price is None or yearly is None or rate is None:
        return None if price is None else price * kw, None, missing
    energy = [made.result.levels.life[50]] * section.life_yr
    found = lcoe(Costs(price * kw, yearly * kw), energy, Finance(rate))
    return price * kw, found.real_cny_mwh, ()


def _row(made: Made, section: GreenfieldSection, plan: Plan) -> dict[str, object]:
    p50, mw = made.result.levels.life[50], made.candidate.capacity_mw
    return {
        "turbine": made.candidate.machine.id,
        "turbines": len(made.candidate.layout.x_m),
        "capacity_mw": mw,
        "p50_mwh_yr": p50,
        "p90_mwh_yr": made.result.levels.life[90],
        "full_load_hours_h": p50 / mw,
        "wake_loss_frac": made.result.farm_wake_loss_frac,
        "dwelling_setback_m": made.candidate.setback_m,
        "lcoe_cny_mwh": _cost(section, plan, made)[1],
    }


def _turbines(plan: Plan, made: Made) -> gpd.GeoDataFrame:
    x, y = made.candidate.layout.x_m, made.candidate.layout.y_m
    states, hits, unknown = rules_at(made.candidate.screening, x, y)
    machine, result = made.candidate.machine, made.result
    cut = 1.0 - result.levels.haircut_frac
    frame = gpd.GeoDataFrame(
        {
            "turbine_id": [f"G{i + 1:02d}" for i in range(len(x))],
            "turbine": machine.id,
            "capacity_kw": machine.rated_kw,
            "hub_m": machine.hub_m,
            "rotor_m": machine.rotor_m,
            "mean_speed_m_s": result.speed_m_s,
            "gross_mwh_yr": result.gross_mwh_yr,
            "wake_loss_frac": result.wake_loss_frac,
            "p50_mwh_yr": result.net_mwh_yr * cut,
            "full_load_hours_h": result.net_mwh_yr * cut / (machine.rated_kw / 1000.0),
            "land_state": states,
            "conditional_rules": [" ".join(h) for h in hits],
            "rules_not_judged": [" ".join(u) for u in unknown],
        },
        geometry=gpd.points_from_xy(x, y),
        crs=plan_crs(plan),
    )
    ll = frame.geometry.to_crs("EPSG:4326")
    frame["lon"], frame["lat"] = ll.x.to_numpy(), ll.y.to_numpy()
    return frame


def _summary(
    plan: Plan,
    section: GreenfieldSection,
    name: str,
    area: BaseGeometry,
    iec: str,
    made: Made,
) -> GreenfieldSummary:
    levels, machine, land = made.result.levels, made.candidate.machine, made.candidate.land
    capex, cost, missing = _cost(section, plan, made)
    mw = made.candidate.capacity_mw
    cell_ha = float(np.prod(np.abs([land.grid.resolution.x, land.grid.resolution.y]))) / 1e4
    spread, noise = made.result.spread, made.effect.noise
    if noise is not None and not len(made.standing.machines):  # nothing stood here before
        noise = noise.model_copy(update={"max_before_db": None})
    return GreenfieldSummary(
        name=name,
        area_ha=float(area.area) / 1e4,
        usable_ha=float(land.allowed.sum()) * cell_ha,
        refused_ha=land.refused_ha,
        iec_class=iec,
        machine_class=machine.iec_class,
        turbine=machine.id,
        turbine_kind=machine.kind,
        turbines=len(made.candidate.layout.x_m),
        capacity_mw=mw,
        mean_speed_m_s=float(made.result.speed_m_s.mean()),
        wake_loss_frac=made.result.farm_wake_loss_frac,
        wakes={}
        if spread is None
        else {
            k: WakeModelEnergy(aep_mwh_yr=e.aep_mwh_yr, wake_loss_frac=e.wake_loss_frac)
            for k, e in spread.by_model.items()
        },
        p50_mwh_yr=levels.life[50],
        p75_mwh_yr=levels.life[75],
        p90_mwh_yr=levels.life[90],
        p95_mwh_yr=levels.life[95],
        p99_mwh_yr=levels.life[99],
        p90_one_year_mwh=levels.one_year[90],
        full_load_hours_h=levels.life[50] / mw,
        noise=noise,
        flicker=made.effect.flicker,
        capex_cny=capex,
        lcoe_cny_mwh=cost,
        missing=missing,
    )
