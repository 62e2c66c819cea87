"""Wind plants a plan names without their turbines: an estimate at one place, and its needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.crs.systems import transform_points
from gis.say import listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.farm import farm_yield
from siting.wind.inputs import user_turbines
from siting.wind.machine.generic import machine_words
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.section import WindSection
from siting.wind.summary import WindPlant
from siting.wind.terrain import flow_of

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["plant_estimates"]

# what turns the estimate into a yield: places and machines of the turbines
_NEEDS = ("wind.existing_csv", "turbine", "hub_m", "rotor_m", "lon", "lat")


def plant_estimates(
    plan: Plan, section: WindSection, weather: Weather | None
) -> tuple[tuple[WindPlant, ...], pd.DataFrame, list[Warn]]:
    """Every operating wind plant of ``[[plants]]`` as one machine of its capacity.

    The machine is ``[wind] plant_turbine`` scaled to the capacity, at the plant's one place,
    with the losses of the plan but without wakes: where its turbines stand is not known.
    Nothing is estimated where the plan has turbines of its own.

    Returns
    -------
    plants, table, warnings
    """
    if section.existing or section.existing_csv:
        return (), pd.DataFrame(), []
    layer = plan.layers.get("turbines")
    known = layer is not None and bool(layer.path)
    found = [
        p
        for p in plan.plants
        if p.technology == "wind" and p.status == "operating" and p.lon is not None
    ]
    if known or not found:
        return (), pd.DataFrame(), []
    out: list[WindPlant] = []
    warnings: list[Warn] = []
    machine = library_turbine(section.plant_turbine, user_turbines(plan, section))
    needs = _NEEDS if weather is not None else ("wind.weather", *_NEEDS)
    for plant in found:
        speed = p50 = p90 = None
        if weather is not None:
            lon, lat = np.array([float(plant.lon or 0)]), np.array([float(plant.lat or 0)])
            x, y = transform_points(lon, lat, "EPSG:4326", plan_crs(plan))
            means, faster, more = flow_of(plan, section, weather, x, y, machine.hub_m)
            result = farm_yield(
                x,
                y,
                machine,
                weather,
                section,
                mean_speed_m_s=means,
                speedups=faster,
                capacity_kw=np.array([plant.capacity_mw * 1000.0]),
            )
            warnings += [*more, *result.warnings]
            speed = float(result.speed_m_s[0])
            p50, p90 = result.levels.life[50], result.levels.life[90]
        text = say(
            "siting.wind.plant_one_mast",
            name=plant.name,
            mw=plant.capacity_mw,
            turbine=machine_words(machine.id),
            needs=listed(needs),
        )
        warnings.append(Warn("plant_one_mast", text, plan.path.name))
        out.append(
            WindPlant(
                name=plant.name,
                capacity_mw=plant.capacity_mw,
                turbine=machine.id,
                basis="one_mast",
                mean_speed_m_s=speed,
                p50_mwh_yr=p50,
                p90_mwh_yr=p90,
                full_load_hours_h=None if p50 is None else p50 / plant.capacity_mw,
                missing=needs,
            )
        )
    rows = [
        {
            "zh": p.name("zh"),
            "en": p.name("en"),
            **p.model_dump(exclude={"name", "missing"}),
            "missing": ", ".join(p.missing),
        }
        for p in out
    ]
    return tuple(out), pd.DataFrame(rows), warnings
