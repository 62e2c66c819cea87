"""The WAsP files a plan names, in the plan's coordinate system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.crs.systems import transform_points
from layers.open.county import plan_crs
from layers.open.plan_file import plan_file
from siting.wind.resource.wasp_grid import WindGrid, read_wind_grid
from siting.wind.resource.wasp_map import MapLine, WaspMap, read_wasp_map

if TYPE_CHECKING:
    from layers.plan.model import Plan
    from siting.wind.section import WindSection

__all__ = ["plan_map", "plan_wind_grid"]

Float = NDArray[np.float64]


def plan_wind_grid(plan: Plan, section: WindSection) -> WindGrid | None:
    """The plan's flow model at its nodes, in the plan's system; None without one."""
    if not section.grid_path:
        return None
    grid = read_wind_grid(plan_file(plan, section.grid_path))
    x, y = _to_plan(plan, section, grid.x_m, grid.y_m)
    return WindGrid(x, y, grid.ground_m, grid.height_m, grid.wind, grid.source)


def plan_map(plan: Plan, section: WindSection) -> WaspMap | None:
    """The plan's WAsP map in the plan's system; None without one."""
    if not section.map_path:
        return None
    found = read_wasp_map(plan_file(plan, section.map_path))
    lines = []
    for line in found.lines:
        x, y = _to_plan(plan, section, line.xy_m[:, 0], line.xy_m[:, 1])
        lines.append(MapLine(np.column_stack([x, y]), line.height_m, line.left_m, line.right_m))
    return WaspMap(tuple(lines), found.source)


def _to_plan(plan: Plan, section: WindSection, x: Float, y: Float) -> tuple[Float, Float]:
    return transform_points(x, y, section.wasp_crs or plan_crs(plan), plan_crs(plan))
