"""Layers of the repowering step: new turbines, old pads, cables and roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gis.say import say
from layers.open.county import plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn
from siting.screen.coded import STATES
from siting.sites.route import cost_surface
from siting.wind.layout.land import rules_at
from siting.wind.layout.sketch import collector, nearest_way
from siting.wind.repower.candidates import Candidate
from siting.wind.resource.ground import grid_around
from siting.wind.section import RepowerSection

if TYPE_CHECKING:
    from siting.wind.farm import FarmYield

__all__ = ["line_layer", "new_layer", "pad_layer"]


def new_layer(
    old: gpd.GeoDataFrame, candidate: Candidate, after: FarmYield
) -> gpd.GeoDataFrame:
    """New turbines with their yield, the state of their land and the nearest old pad."""
    x, y = candidate.layout.x_m, candidate.layout.y_m
    states, hits, _ = rules_at(candidate.screening, x, y)
    pads = np.hypot(
        x[:, None] - old["x"].to_numpy(float), y[:, None] - old["y"].to_numpy(float)
    ).min(axis=1)
    n = len(x)
    frame = gpd.GeoDataFrame(
        {
            "turbine_id": [f"N{i + 1:02d}" for i in range(n)],
            "turbine": candidate.machine.id,
            "curve_kind": candidate.machine.kind,
            "capacity_kw": candidate.machine.rated_kw,
            "hub_m": candidate.machine.hub_m,
            "rotor_m": candidate.machine.rotor_m,
            "mean_speed_m_s": after.speed_m_s,
            "gross_mwh_yr": after.gross_mwh_yr,
            "wake_loss_frac": after.wake_loss_frac,
            "p50_mwh_yr": after.net_mwh_yr * (1 - after.levels.haircut_frac),
            "full_load_hours_h": after.net_mwh_yr
            * (1 - after.levels.haircut_frac)
            / (candidate.machine.rated_kw / 1000.0),
            "land_state": [STATES[s] for s in states],
            "conditional_rules": [" ".join(h) for h in hits],
            "nearest_pad_m": pads,
        },
        geometry=gpd.points_from_xy(x, y),
        crs=old.crs,
    )
    ll = frame.geometry.to_crs("EPSG:4326")
    frame["lon"], frame["lat"] = ll.x.to_numpy(), ll.y.to_numpy()
    return frame


def pad_layer(old: gpd.GeoDataFrame, candidate: Candidate) -> gpd.GeoDataFrame:
    """Old positions: may a turbine of the new size stand there, and what says no."""
    x, y = old["x"].to_numpy(float), old["y"].to_numpy(float)
    states, hits, unknown = rules_at(candidate.screening, x, y)
    near = np.hypot(
        x[:, None] - candidate.layout.x_m[None, :], y[:, None] - candidate.layout.y_m[None, :]
    ).min(axis=1)
    return gpd.GeoDataFrame(
        {
            "turbine_id": old["turbine_id"],
            "land_state": [STATES[s] for s in states],
            "rules": [" ".join(h) for h in hits],
            "not_judged": [" ".join(u) for u in unknown],
            "reused": near <= 50.0,
        },
        geometry=old.geometry.to_numpy(),
        crs=old.crs,
    )


def line_layer(
    plan: Plan, section: RepowerSection, candidate: Candidate
) -> tuple[gpd.GeoDataFrame, list[Warn]]:
    """Cables to the substation and roads to the turbines, by least cost."""
    x, y = candidate.layout.x_m, candidate.layout.y_m
    warnings: list[Warn] = []
    station: tuple[float, float] | None = None
    if section.substation_ll is not None:
        point = gpd.GeoSeries(
            gpd.points_from_xy([section.substation_ll[0]], [section.substation_ll[1]]),
            crs="EPSG:4326",
        ).to_crs(plan_crs(plan))
        station = (float(point.x.iloc[0]), float(point.y.iloc[0]))
    else:
        found = open_features(plan, "substations")
        if found is not None and len(found):
            centre = shapely.Point(x.mean(), y.mean())
            best = found.geometry.distance(centre).idxmin()
            spot = found.geometry.loc[best].centroid
            station = (float(spot.x), float(spot.y))
    if station is None:
        warnings.append(
            Warn(
                "no_substation",
                say("siting.wind_repower.no_substation"),
            )
        )
    xs = x if station is None else np.append(x, station[0])
    ys = y if station is None else np.append(y, station[1])
    cell = max(plan.area.cell_m, 50.0)
    span = max(float(np.ptp(xs)), float(np.ptp(ys)))
    cell = max(cell, span / 600.0)
    grid = grid_around(plan, xs, ys, 1000.0, float(np.ceil(cell / 10.0) * 10.0))
    cost = cost_surface(plan, grid)
    ways = collector(cost, grid, x, y, station)
    roads = open_features(plan, "road")
    if roads is not None and len(roads):
        lines = np.asarray(roads.geometry.array, dtype=object)
        box = shapely.box(xs.min(), ys.min(), xs.max(), ys.max()).buffer(5000.0)
        close = lines[shapely.intersects(lines, box)]
        ways += nearest_way(cost, grid, x, y, close)
    frame = gpd.GeoDataFrame(
        {
            "kind": [w.kind for w in ways],
            "length_m": [w.length_m for w in ways],
            "straight_m": [w.straight_m for w in ways],
        },
        geometry=[w.line for w in ways],
        crs=plan_crs(plan),
    )
    return frame, warnings
