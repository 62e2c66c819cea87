"""Shaded relief of the plan's heights, laid over the land of a printed map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.cells.grid import grid_bounds, plan_grid
from gis.cells.terrain import aspect_deg, slope_deg
from gis.types import F8
from layers.open.county import plan_crs
from layers.open.plan_layers import layer_state, open_raster
from layers.plan.model import Plan

__all__ = ["Relief", "draw_relief", "hillshade", "relief_of"]

Bounds = tuple[float, float, float, float]
Relief = Callable[[Bounds], tuple[F8, Bounds] | None]
"""Bounds [m] -> light from 0 (shadow) to 1, NaN where not known, and the bounds it covers."""

_SUN_DEG, _HEIGHT_DEG = 315.0, 45.0  # light of maps: from the north-west
_CELLS = 900  # along the longer side
_STEEP_DEG, _MOST = 25.0, 20.0  # flat land is raised until its steepest reaches this
_STEEP_PCT = 98
_DARK = 0.5


def hillshade(dem_m: F8, cell_m: float, *, exaggeration: float = 1.0) -> F8:
    """Light on a surface, the sun in the north-west at 45 degrees.

    Parameters
    ----------
    dem_m : (h, w) float
        Heights [m]; NaN = not known.
    cell_m : float
        Side of a cell [m].
    exaggeration : float
        Factor on the heights.

    Returns
    -------
    (h, w) float
        0 to 1, NaN where not known.

    References
    ----------
    Horn, B. K. P. (1981), Hill shading and the reflectance map, Proc. IEEE 69(1), 14-47.

    Examples
    --------
    Flat land gets the cosine of 45 degrees:

    >>> round(float(hillshade(np.zeros((3, 3)), 10.0)[1, 1]), 4)
    0.7071
    """
    heights = np.asarray(dem_m, dtype=np.float64) * exaggeration
    slope = np.radians(slope_deg(heights, cell_m).astype(np.float64))
    facing = np.radians(np.nan_to_num(aspect_deg(heights, cell_m)).astype(np.float64))
    zenith = np.radians(90.0 - _HEIGHT_DEG)
    light = np.cos(zenith) * np.cos(slope) + np.sin(zenith) * np.sin(slope) * np.cos(
        np.radians(_SUN_DEG) - facing
    )
    shown: F8 = np.clip(light, 0.0, 1.0)
    return shown


def relief_of(plan: Plan) -> Relief | None:
    """The relief of a plan with heights; None for one without."""
    if layer_state(plan, "dem") != "available":
        return None

    def relief(bounds: Bounds) -> tuple[F8, Bounds] | None:
        cell = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / _CELLS
        grid = plan_grid(bounds, plan_crs(plan), max(cell, 1.0))
        found = open_raster(plan, "dem", grid)
        if found is None or not found[1].any() or min(found[1].shape) < 3:
            return None
        heights = np.where(found[1], found[0], np.nan).astype(np.float64)
        slope = slope_deg(heights, max(cell, 1.0))
        known = slope[np.isfinite(slope)]
        if not known.size:
            return None
        steep = float(np.tan(np.radians(np.percentile(known, _STEEP_PCT))))
        raised = np.tan(np.radians(_STEEP_DEG)) / steep if steep > 0 else 1.0
        factor = float(np.clip(raised, 1.0, _MOST))
        return hillshade(heights, max(cell, 1.0), exaggeration=factor), grid_bounds(grid)

    return relief


def draw_relief(ax: object, relief: Relief | None, bounds: Bounds) -> None:
    """Darken the slopes that face away from the light; nothing without heights.

    Parameters
    ----------
    ax : Axes
    relief : callable, optional
        `relief_of` a plan.
    bounds : (left, bottom, right, top)
        Land on the sheet [m].
    """
    found = None if relief is None else relief(bounds)
    if found is None:
        return
    light, (left, bottom, right, top) = found
    flat = np.cos(np.radians(90.0 - _HEIGHT_DEG))
    shade = np.zeros((*light.shape, 4))
    known = np.nan_to_num(light, nan=flat)
    shade[..., 3] = np.clip((flat - known) / flat, 0.0, 1.0) * _DARK
    ax.imshow(  # type: ignore[attr-defined]
        shade, extent=(left, right, bottom, top), interpolation="bilinear", zorder=2
    )
