"""Distributed wind inside industrial parks: positions that keep noise and fall distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.cells.grid import cell_size_m, origin, plan_grid
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, within
from gis.near import within_reach
from gis.say import listed, say
from layers.open.county import plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, locality_of
from layers.result import Warn
from siting.wind.impact.noise import limit_of, noise_setback_m, sound_power_db
from siting.wind.impact.people import dwellings
from siting.wind.layout.optimise import Spacing, Task, mask_region, place_greedy
from siting.wind.machine.generic import machine_words
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine, power_kw, with_hub
from siting.wind.repower.eligibility import law_facts
from siting.wind.resource.rose import Rose
from siting.wind.section import RepowerSection
from siting.wind.wake.gaussian import design_wake

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["park_positions"]

Float = NDArray[np.float64]
LocalEnergy = Callable[[Turbine, Float, Float], Float]
_FALL_LAYERS = ("buildings", "road", "railway", "power_line")


def _clear(
    plan: Plan, layer: str, box: shapely.Polygon, reach: float
) -> NDArray[np.object_] | None:
    frame = open_features(plan, layer)
    if frame is None:
        return None
    shapes = np.asarray(frame.geometry.array, dtype=object)
    return np.asarray(shapes[within_reach(shapes, box, reach)], dtype=object)


def _energy(
    machine: Turbine, x: Float, y: Float, gross_mwh: float, local: LocalEnergy | None
) -> float:
    if not len(x) or local is None:
        return len(x) * gross_mwh
    return float(local(machine, x, y).sum())


def park_positions(
    plan: Plan,
    section: RepowerSection,
    rose: Rose,
    user: Mapping[str, Turbine],
    *,
    turbulence: float,
    energy: LocalEnergy | None = None,
) -> tuple[gpd.GeoDataFrame | None, pd.DataFrame, list[Warn]]:
    """Turbine positions inside the parks of the plan.

    `energy` gives the gross energy of a machine at places, with the wind there; without it
    every place has the wind of `rose`.

    A position keeps the fall distance (``fall_factor`` times hub height plus rotor radius,
    rule WD-044) to buildings, roads, railways and lines, and the distance from which the
    noise of one turbine stays below the night limit at dwellings. Conflicts with the
    Ningxia document 2015 No. 108 are a legal warning, not a mask.

    Returns
    -------
    positions : GeoDataFrame or None
        ``park, turbine, capacity_kw``; None without a park layer.
    table : DataFrame
        One row a park: area, free area, turbines, MW.
    warnings
    """
    spec = section.distributed
    frame = open_features(plan, spec.layer)
    columns = ["park", "area_ha", "free_ha", "turbines", "capacity_mw", "energy_mwh_yr"]
    if frame is None or not len(frame):
        return None, pd.DataFrame(columns=columns), []
    machine = with_hub(library_turbine(spec.turbine, dict(user)), spec.hub_m)
    tip = machine.hub_m + machine.rotor_m / 2
    fall = spec.fall_factor * tip
    power, estimated = sound_power_db(machine)
    area = limit_of(section.noise_area)
    limit = section.noise_limit_night_db or area.night_db
    setback = noise_setback_m(machine.hub_m, power, limit)
    crs = plan_crs(plan)
    cell = max(plan.area.cell_m, 10.0)
    wake = design_wake(machine, rose, turbulence)
    spacing = Spacing(5 * machine.rotor_m, 3 * machine.rotor_m, rose.main_direction_deg)
    gross = float((rose.frequency.sum(axis=0) * power_kw(machine, rose.speed_m_s)).sum() * 8.76)
    rows: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    unknown: set[str] = set()
    for k, park in enumerate(frame.to_dict("records")):
        shape = park[frame.geometry.name]
        name = str(park.get("name") or f"park {k + 1}")
        grid = plan_grid(tuple(shape.buffer(cell).bounds), crs, cell)
        free = inside(ragged(np.array([shape], dtype=object)), grid)
        for layer in _FALL_LAYERS:
            shapes = _clear(plan, layer, shape, fall)
            if shapes is None:
                unknown.add(layer)
            elif len(shapes):
                free &= ~within(ragged(shapes), fall, grid)
        centre = shapely.get_coordinates(shape.centroid)
        near, _ = dwellings(plan, centre[:, 0], centre[:, 1], 8_000.0)
        if near is None:
            unknown.add("dwellings")
        elif len(near.geometry):
            free &= ~within(ragged(near.geometry), setback, grid)
        x = y = np.zeros(0)
        if free.any():
            left, top = origin(grid)
            x, y = place_greedy(
                spec.max_per_park,
                Task(
                    rose,
                    wake,
                    lambda v: power_kw(machine, v),
                    mask_region(free, left, top, cell_size_m(grid)),
                    spacing,
                ),
                seed=section.seed,
            )
        rows.append(
            {
                "park": name,
                "area_ha": shape.area / 1e4,
                "free_ha": float(free.sum()) * cell * cell / 1e4,
                "turbines": len(x),
                "capacity_mw": len(x) * machine.rated_kw / 1000.0,
                "energy_mwh_yr": _energy(machine, x, y, gross, energy),
            }
        )
        points += [
            {
                "park": name,
                "turbine": machine.id,
                "capacity_kw": machine.rated_kw,
                "geometry": shapely.Point(a, b),
            }
            for a, b in zip(x, y, strict=True)
        ]
    fact = law_facts()["park_conflict"]
    warnings = []
    if fact.concerns(locality_of(plan)):
        warnings.append(Warn("park_wind_law", fact.text, where=fact.citation))
    if estimated:
        warnings.append(
            Warn(
                "sound_power_estimated",
                say(
                    "siting.wind_repower.sound_power_estimated",
                    id=machine_words(machine.id),
                    power=power,
                ),
            )
        )
    if unknown:
        warnings.append(
            Warn(
                "park_layers_missing",
                say(
                    "siting.wind_repower.park_layers_missing",
                    layers=listed(sorted(unknown)),
                ),
            )
        )
    found = (
        gpd.GeoDataFrame(points, geometry="geometry", crs=crs)
        if points
        else gpd.GeoDataFrame(
            {"park": [], "turbine": [], "capacity_kw": []}, geometry=[], crs=crs
        )
    )
    return found, pd.DataFrame(rows, columns=columns), warnings
