"""Whether the county's mean temperature speaks for the climate zone that is counted with."""

from __future__ import annotations

import numpy as np
import shapely

from carbon_sink.section import CarbonSection
from gis.cells.grid import cell_centres, full_window, plan_grid
from gis.prepared import points_inside
from gis.say import say
from gis.toml import read_toml
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["mean_temperature", "warmth_warnings"]

_CELL_M = 1000.0  # cells the mean of the county is taken of


def mean_temperature(plan: Plan) -> float | None:
    """Mean temperature of the county by the plan's layer ``air_temperature``.

    Returns
    -------
    float or None
        [degC]; None without the layer, or where it knows nothing of the county.
    """
    county = county_boundary(plan)
    grid = plan_grid(tuple(shapely.bounds(county)), plan_crs(plan), _CELL_M)
    found = open_raster(plan, "air_temperature", grid)
    if found is None:
        return None
    values, known = found
    x, y = np.meshgrid(*map(np.ravel, cell_centres(grid, full_window(grid))))
    inside = known & points_inside(county, x, y)
    return float(values[inside].mean(dtype=float)) if inside.any() else None


def warmth_warnings(plan: Plan, section: CarbonSection) -> list[Warn]:
    """A warning where the layer of temperatures lies in another zone than the plan's.

    References
    ----------
    IPCC 2006 Guidelines, Vol. 4, Ch. 3, Annex 3A.5.
    """
    mean = mean_temperature(plan)
    if mean is None:
        return []
    limit = float(read_toml("carbon_sink", "climate_limits.toml")["warm_temperate"]["value"])
    spoken = "warm_temperate_dry" if mean > limit else "cool_temperate_dry"
    if spoken == section.climate_zone:
        return []
    return [
        Warn(
            "climate_zone_of_layer",
            say(
                "carbon_sink.room.climate_zone_of_layer",
                mean=mean,
                limit=limit,
                zone=say(f"carbon_sink.change.zone_{spoken}"),
                used=say(f"carbon_sink.change.zone_{section.climate_zone}"),
            ),
            "air_temperature",
        )
    ]
