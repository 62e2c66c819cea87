"""What candidates of a plan see over its ground."""

from __future__ import annotations

import numpy as np

from gis.cells.grid import cell_size_m, origin, plan_grid
from gis.errors import DataError
from gis.say import Sentence, say
from gis.types import F8
from layers.open.county import plan_crs
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from siting.facilities.section import CostOf, FacilityCase
from siting.facilities.visible import heights, sight_costs

__all__ = ["ground_told", "seen_from"]

_LEAST_CELL_M = 30.0


def _ground(plan: Plan, demand_xy: F8, place_xy: F8) -> tuple[F8, tuple[float, float, float]]:
    """Ground level around places, NaN where nobody knows it, with its corner and cell."""
    every = np.vstack([demand_xy, place_xy])
    cell = max(plan.area.cell_m, _LEAST_CELL_M)
    low, high = every.min(axis=0) - 2 * cell, every.max(axis=0) + 2 * cell
    grid = plan_grid((low[0], low[1], high[0], high[1]), plan_crs(plan), cell)
    found = open_raster(plan, "dem", grid)
    if found is None:
        raise DataError(say("siting.facilities.no_places"), where="dem")
    values, valid = found
    return np.where(valid, values.astype(float), np.nan), (*origin(grid), cell_size_m(grid))


def ground_told(plan: Plan, case: FacilityCase, demand_xy: F8, place_xy: F8) -> list[Sentence]:
    """What must be said of ground nobody knows: who stands on it, and that it hides nothing.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
        Of ``by = "sight"``.
    demand_xy, place_xy : (n, 2), (m, 2) float64
    """
    ground, at = _ground(plan, demand_xy, place_xy)
    unknown = np.isnan(ground)
    if not unknown.any():
        return []
    n, m = (int(np.isnan(heights(ground, *at, xy)).sum()) for xy in (demand_xy, place_xy))
    share = float(unknown.mean())
    return [say("siting.facilities.ground_unknown", name=case.name, n=n, m=m, share=share)]


def seen_from(plan: Plan, cost: CostOf, demand_xy: F8, place_xy: F8) -> F8:
    """Metres from places to the demand they see; infinite where they do not.

    Parameters
    ----------
    plan : Plan
        With the layer ``dem``.
    cost : CostOf
        Of ``by = "sight"``.
    demand_xy, place_xy : (n, 2), (m, 2) float64

    Raises
    ------
    DataError
        Without the ground.
    """
    ground, at = _ground(plan, demand_xy, place_xy)
    limit = cost.limit
    most = max(limit) if isinstance(limit, tuple) else limit
    scale = {"km": 1000.0, "cny": 1000.0 / (cost.cny_km or 1.0)}.get(cost.unit, 1.0)
    return sight_costs(
        ground,
        *at,
        demand_xy,
        place_xy,
        eye_m=cost.eye_m or 0.0,
        target_m=cost.target_m,
        reach_m=np.inf if most is None else most * scale,
    )
