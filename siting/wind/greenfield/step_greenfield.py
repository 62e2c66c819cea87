"""A new wind farm: machines for the wind's class, layout, P50 to P99, cost."""

from __future__ import annotations

from dataclasses import dataclass
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
from siting.wind.farm import FarmYield, farm_rose, farm_yield, turbulence_of
from siting.wind.farm_tables import farm_tables
from siting.wind.greenfield.area import farm_area
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.greenfield.summary import GreenfieldPart, GreenfieldSummary
from siting.wind.impact.people import dwellings
from siting.wind.inputs import (
    atlas_means,
    distinct,
    given_in_time,
    machines_of,
    plan_weather,
    user_turbines,
)
from siting.wind.layout.land import rules_at
from siting.wind.machine.existing import existing_turbines
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.candidates import Candidate, lay_out
from siting.wind.repower.neighbours import Effects, effects
from siting.wind.resource.hub import hub_series
from siting.wind.resource.iec_class import iec_class
from siting.wind.section import RepowerSection, WindSection
from siting.wind.summary import WakeModelEnergy

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["greenfield_step", "with_area"]

Float = NDArray[np.float64]

_FLICKER_ROUNDS = 3
_FURTHER = 1.35  # the distance to dwellings is raised by this while flicker is over its limit
_REACH_M = 4000.0


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
    sections = {**plan.sections, "greenfield": section.model_copy(update=given)}
    return plan.model_copy(update={"sections": sections})


@dataclass(frozen=True, eq=False)
class _Made:
    """One machine laid out on the land, and what it yields."""

    candidate: Candidate
    result: FarmYield
    effect: Effects
    warnings: list[Warn]


def greenfield_step(plan: Plan, work: Path, progress: Progress) -> StepResult[GreenfieldPart]:
    """Lay out a new farm on the land the rules leave; nothing where the plan asks for none.

    Returns
    -------
    StepResult
        Layers ``greenfield_turbines``, ``greenfield_area``; tables ``greenfield_candidates``,
        ``greenfield_turbines``, ``greenfield_losses``, ``greenfield_uncertainty``,
        ``greenfield_p_values``, ``greenfield_life``, ``greenfield_equipment``,
        ``greenfield_hour_month``, ``greenfield_monthly``; summary ``greenfield``.

    Raises
    ------
    ConfigError, DataError, ModelError
        A zone that is not there, no wind, land that holds no turbine.
    """
    section = plan.section(GreenfieldSection)
    if not section.zone and not section.polygon:
        return StepResult(summary=GreenfieldPart())
    wind = plan.section(WindSection)
    name, area = farm_area(plan, section, work)
    weather = plan_weather(plan, wind)
    if weather is None:
        raise DataError(say("siting.wind.no_weather"), where="[wind.weather]")
    progress("greenfield", 0, 3)
    user = user_turbines(plan, wind)
    machines, iec, warnings = _machines(plan, section, wind, weather, area, user)
    made: list[_Made] = []
    rows: list[dict[str, object]] = []
    failed: list[GeoplanError] = []
    for machine in machines:
        try:
            one = _made(plan, section, wind, weather, area, machine)
        except GeoplanError as err:
            failed.append(err)
            rows.append({"turbine": machine.id, "fits": False, "reason_zh": err.text("zh"),
                         "reason_en": err.text("en")})  # fmt: skip
            continue
        made.append(one)
        rows.append(
            {**_row(one, section, plan), "fits": True, "reason_zh": "", "reason_en": ""}
        )
    if not made:
        raise failed[0]
    progress("greenfield", 2, 3)
    costs = [r["lcoe_cny_mwh"] for r in rows if r["fits"]]
    energy = [m.result.levels.life[50] for m in made]
    cheap = all(c is not None for c in costs)
    best = int(np.argmin(np.array(costs, dtype=float)) if cheap else np.argmax(energy))
    chosen = made[best]
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
        },
        layers={"greenfield_turbines": turbines, "greenfield_area": shape},
        warnings=distinct(warnings),
    )


def _corners(area: BaseGeometry) -> tuple[Float, Float]:
    points = shapely.get_coordinates(shapely.convex_hull(area))
    return points[:, 0], points[:, 1]


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
                turbine=m.id,
                own=m.iec_class,
                iec=found.name,
            )
            warnings.append(Warn("iec_class_machine", text))
    return machines, found.name, warnings


def _made(
    plan: Plan,
    section: GreenfieldSection,
    wind: WindSection,
    weather: Weather,
    area: BaseGeometry,
    machine: Turbine,
) -> _Made:
    """Layout of one machine with noise and flicker kept, and its yield."""
    corners = _corners(area)
    repower = plan.section(RepowerSection).model_copy(
        update={
            "mode": "max",
            "max_turbines": section.max_turbines,
            "least_full_load_hours_h": section.least_full_load_hours_h,
            "reuse_pads": False,
            "extent_m": 10.0,
        }
    )
    near, _ = dwellings(plan, *corners, _REACH_M)
    standing, _ = existing_turbines(plan, wind, plan_crs(plan))
    stay = (np.zeros(0), np.zeros(0))
    neighbours = None
    if standing is not None and len(standing):
        close = standing[standing.geometry.distance(area) < _REACH_M]
        stay = (close["x"].to_numpy(float), close["y"].to_numpy(float))
        others, _ = machines_of(close, user_turbines(plan, wind))
        if len(close) and all(m.ct is not None for m in others):
            neighbours = (*stay, others)
    middle, _ = atlas_means(plan, wind, *corners)
    series = hub_series(
        weather,
        machine.hub_m,
        wind,
        mean_speed_m_s=None if middle is None else float(np.mean(middle)),
    )
    rose, warnings = farm_rose(series)
    turbulence, _ = turbulence_of(wind)
    screening = None
    for _ in range(_FLICKER_ROUNDS):
        candidate = lay_out(
            plan,
            machine,
            repower,
            rose,
            old_xy=corners,
            old_kw=0.0,
            stay_xy=stay,
            near=near,
            turbulence=turbulence,
            screening=screening,
            area=area,
        )
        screening = candidate.screening
        empty = gpd.GeoDataFrame({"x": [], "y": []}, geometry=[], crs=plan_crs(plan))
        effect, more = effects(plan, repower, weather, empty, [], candidate, None)
        warnings += more
        over = 0 if effect.flicker is None else effect.flicker.over_after or 0
        if not over:
            break
        further = max(candidate.setback_m, machine.hub_m) * _FURTHER
        repower = repower.model_copy(update={"dwelling_setback_m": further})
    x, y = candidate.layout.x_m, candidate.layout.y_m
    means, _ = atlas_means(plan, wind, x, y)
    result = farm_yield(
        x, y, machine, weather, wind, mean_speed_m_s=means, neighbours=neighbours
    )
    return _Made(candidate, result, effect, warnings)


def _cost(
    section: GreenfieldSection, plan: Plan, made: _Made
) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Investment, LCOE, and the keys that are missing for them."""
    other = plan.section(RepowerSection)
    price = section.capex_cny_kw or other.capex_cny_kw
    yearly = section.opex_cny_kw_yr or other.opex_cny_kw_yr
    rate = other.discount_frac if section.discount_frac is None else section.discount_frac
    given = {"capex_cny_kw": price, "opex_cny_kw_yr": yearly, "discount_frac": rate}
    missing = tuple(f"greenfield.{k}" for k, v in given.items() if v is None)
    kw = made.candidate.capacity_mw * 1000.0
    if price is None or yearly is None or rate is None:
        return None if price is None else price * kw, None, missing
    energy = [made.result.levels.life[50]] * section.life_yr
    found = lcoe(Costs(price * kw, yearly * kw), energy, Finance(rate))
    return price * kw, found.real_cny_mwh, ()


def _row(made: _Made, section: GreenfieldSection, plan: Plan) -> dict[str, object]:
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


def _turbines(plan: Plan, made: _Made) -> gpd.GeoDataFrame:
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
    made: _Made,
) -> GreenfieldSummary:
    levels, machine, land = made.result.levels, made.candidate.machine, made.candidate.land
    capex, cost, missing = _cost(section, plan, made)
    mw = made.candidate.capacity_mw
    cell_ha = float(np.prod(np.abs([land.grid.resolution.x, land.grid.resolution.y]))) / 1e4
    spread, noise = made.result.spread, made.effect.noise
    if noise is not None:  # nothing stood here before
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
