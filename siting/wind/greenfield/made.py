"""One machine laid out on the land of a new farm: layout, noise, flicker, yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.say import say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.farm import FarmYield, farm_rose, farm_yield, turbulence_of
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.impact.noise import limit_of
from siting.wind.impact.people import dwellings
from siting.wind.impact.standing import Standing, heard_db
from siting.wind.inputs import machines_of, user_turbines
from siting.wind.machine.existing import existing_turbines
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.candidates import Candidate, lay_out
from siting.wind.repower.neighbours import Effects, effects
from siting.wind.repower.standing_farm import ground_at
from siting.wind.resource.hub import hub_series
from siting.wind.resource.roughness import with_roughness
from siting.wind.resource.sources import (
    WindSource,
    sources_at,
    wind_source_spread_frac,
    wind_source_warnings,
)
from siting.wind.section import RepowerSection, WindSection
from siting.wind.terrain import flow_of

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["Made", "corners_of", "made"]

Float = NDArray[np.float64]

_FLICKER_ROUNDS = 3
_FURTHER = 1.35  # the distance to dwellings is raised by this while flicker is over its limit
_REACH_M = 4000.0


@dataclass(frozen=True, eq=False)
class Made:
    """One machine laid out on the land, and what it yields.

    Attributes
    ----------
    effect
        What neighbours hear and see, turbines that stand near by included.
    sources
        Every source of wind of the plan, at this hub.
    standing
        Turbines near by that stay.
    """

    candidate: Candidate
    result: FarmYield
    effect: Effects
    sources: tuple[WindSource, ...]
    standing: Standing
    warnings: list[Warn]


def corners_of(area: BaseGeometry) -> tuple[Float, Float]:
    """Corners of the hull of an area."""
    points = shapely.get_coordinates(shapely.convex_hull(area))
    return points[:, 0], points[:, 1]


def _standing(plan: Plan, wind: WindSection, area: BaseGeometry) -> Standing:
    """Turbines within reach of the area, with their machines."""
    frame, _ = existing_turbines(plan, wind, plan_crs(plan))
    if frame is None or not len(frame):
        return Standing()
    close = frame[frame.geometry.distance(area) < _REACH_M]
    machines, _ = machines_of(close, user_turbines(plan, wind))
    return Standing(close["x"].to_numpy(float), close["y"].to_numpy(float), machines)


def made(
    plan: Plan,
    section: GreenfieldSection,
    wind: WindSection,
    weather: Weather,
    area: BaseGeometry,
    machine: Turbine,
) -> Made:
    """Layout of one machine with noise and flicker kept, and its yield.

    Raises
    ------
    ModelError
        When the land holds none.
    """
    corners = corners_of(area)
    repower = plan.section(RepowerSection).model_copy(
        update={
            "mode": "max",
            "max_turbines": section.max_turbines,
            "least_full_load_hours_h": section.least_full_load_hours_h,
            "reuse_pads": False,
            "extent_m": 10.0,
        }
    )
    warnings: list[Warn] = []
    near, _ = dwellings(plan, *corners, _REACH_M)
    standing = _standing(plan, wind, area)
    stay = (standing.x_m, standing.y_m)
    neighbours = None
    if len(standing.machines):
        if all(m.ct is not None for m in standing.machines):
            neighbours = (*stay, standing.machines)
        else:
            text = say("siting.wind_layout.standing_without_thrust", n=len(standing.machines))
            warnings.append(Warn("greenfield_standing_no_ct", text))
    already = None
    if near is not None:
        already = heard_db(standing, near, ground_factor=repower.ground_factor)
        limit = repower.noise_limit_night_db or limit_of(repower.noise_area).night_db
        loud = int((already > limit).sum())
        if loud:
            text = say("siting.wind_layout.standing_too_loud", n=loud, limit_db=limit)
            warnings.append(Warn("greenfield_standing_noise", text))
    wind, more = with_roughness(plan, wind, weather, *corners)
    warnings += more
    middle, _, _ = flow_of(plan, wind, weather, *corners, machine.hub_m)
    series = hub_series(
        weather,
        machine.hub_m,
        wind,
        mean_speed_m_s=None if middle is None else float(np.mean(middle)),
    )
    rose, more = farm_rose(series)
    warnings += more
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
            already_db=already,
        )
        screening = candidate.screening
        empty = gpd.GeoDataFrame({"x": [], "y": []}, geometry=[], crs=plan_crs(plan))
        effect, more = effects(plan, repower, weather, empty, [], candidate, None, standing)
        warnings += more
        flicker = effect.flicker
        over = 0 if flicker is None else (flicker.over_after or 0) - (flicker.over_before or 0)
        if over <= 0:
            break
        further = max(candidate.setback_m, machine.hub_m) * _FURTHER
        repower = repower.model_copy(update={"dwelling_setback_m": further})
    x, y = candidate.layout.x_m, candidate.layout.y_m
    means, faster, more = flow_of(plan, wind, weather, x, y, machine.hub_m)
    warnings += more
    sources = sources_at(plan, wind, weather, machine, x, y)
    warnings += wind_source_warnings(sources)
    result = farm_yield(
        x,
        y,
        machine,
        weather,
        wind,
        mean_speed_m_s=means,
        speedups=faster,
        ground_m=ground_at(plan, x, y, weather),
        neighbours=neighbours,
        source_spread_frac=wind_source_spread_frac(sources),
    )
    return Made(candidate, result, effect, sources, standing, warnings)
