"""The cells classes of land are counted on: never coarser than the map they are of."""

from __future__ import annotations

import math
from collections.abc import Iterable

from affine import Affine

from gis.cells.grid import Grid, cell_size_m, own_grid, plan_grid
from gis.crs.identity import same_crs
from gis.crs.systems import CrsLike, as_crs
from gis.errors import DataError
from gis.files.read import RasterInfo, raster_info
from layers.open.county import county_boundary, plan_crs, plan_grid_of
from layers.open.plan_layers import layer_state
from layers.open.raster_values import cell_m
from layers.open.read_layer import file_of
from layers.plan.model import Plan

__all__ = ["cover_grid"]

Box = tuple[float, float, float, float]
_ALIKE = 0.99  # of the plan's cell; a map in degrees is rarely of just the plan's cells


def cover_grid(plan: Plan, layer_ids: Iterable[str]) -> Grid:
    """The plan's grid, or one as fine as the finest of these rasters.

    A class has no mean: on cells coarser than its map a belt of one cell is either all of the
    land or none of it. Cells of the map itself, where it is in the plan's system, have no half
    cell at the county's border whose middle the map does not hold.

    Parameters
    ----------
    plan : Plan
    layer_ids : iterable of str
        Rasters of classes; those the plan does not give are passed over.
    """
    grid = plan_grid_of(plan)
    maps = [
        raster_info(file_of(plan, i, plan.layers[i]), crs=plan.layers[i].crs)
        for i in layer_ids
        if layer_state(plan, i) == "available"
    ]
    finest = min(maps, key=cell_m, default=None)
    if finest is None or cell_m(finest) > (2.0 - _ALIKE) * cell_size_m(grid):
        return grid
    box, crs = county_boundary(plan).bounds, plan_crs(plan)
    own = _upon(finest, box, crs) if same_crs(as_crs(finest.crs), crs) else None
    if own is not None:
        return own
    finer = cell_m(finest) < _ALIKE * cell_size_m(grid)
    return plan_grid(box, crs, cell_m(finest)) if finer else grid


def _upon(
    info: RasterInfo, box: tuple[float, float, float, float], crs: CrsLike
) -> Grid | None:
    """Cells of a raster that cover a box; None where they are not square and north-up."""
    t, side = info.transform, info.cell[0]
    west, south, east, north = box
    first, last = math.floor((west - t.c) / side), math.ceil((east - t.c) / side)
    top, bottom = math.floor((t.f - north) / side), math.ceil((t.f - south) / side)
    corner = Affine(t.a, t.b, t.c + first * side, t.d, t.e, t.f - top * side)
    try:
        return own_grid((bottom - top, last - first), corner, crs)
    except DataError:
        return None
