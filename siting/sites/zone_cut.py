"""Sites that end at the lines of the plan's zones: no cell is shared out, no strip is lost.

Cells belong to a zone by their centre, so that every cell is part of one site; outlines are
taken a few cells beyond the line and cut along the line itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygonal
from gis.cells.grid import (
    Grid,
    Window,
    cell_size_m,
    grid_crs,
    halo_window,
    origin,
    window_grid,
)
from gis.cells.ragged import Ragged, ragged
from gis.cells.rasterize import inside
from gis.cells.runs import RunRaster, in_strips
from gis.types import Mask
from layers.open.county import county_boundary, zone_geometries
from layers.plan.model import Plan
from siting.sites.candidates import outline_sites
from siting.sites.labels import Labels

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["ZoneParts", "outline_parts", "zone_parts"]

# Cells an outline is taken beyond the line: its corners are smoothed over a cell or two, and
# none of that may lie inside.
_BEYOND = 4


@dataclass(frozen=True)
class ZoneParts:
    """The county by its zones.

    Attributes
    ----------
    index : RunRaster of uint16
        Of each cell, by its centre: 0 outside of all zones, else the number of the part, from
        1 on; where no zone lies on another that of the zone.
    shapes : sequence of polygons
        By that number, none overlapping another; together the county.
    """

    index: RunRaster
    shapes: tuple[Any, ...]


def zone_parts(plan: Plan, grid: Grid) -> ZoneParts:
    """The land that lies in the same zones, part by part; first what no zone has.

    Zones that lie on one another are cut along the borders of each.
    """
    cuts: list[tuple[Ragged, list[tuple[int, int]]]] = []
    shapes: list[Any] = [county_boundary(plan)]
    least = cell_size_m(grid) ** 2  # lines that are meant to be one differ by less
    for zone in zone_geometries(plan).geometry.array:
        moved: list[tuple[int, int]] = []
        cuts.append((ragged(np.array([zone], dtype=object)), moved))
        for k in range(len(shapes)):
            both = polygonal(shapely.intersection(shapes[k], zone))
            left = polygonal(shapely.difference(shapes[k], zone))
            if both.area < least or (k and left.area < least):
                continue  # it lies beyond the zone, or wholly inside
            moved.append((k, len(shapes)))
            shapes[k] = left
            shapes.append(both)

    def index(window: Window) -> npt.NDArray[np.uint16]:
        rows, cols = window
        out = np.zeros((rows.stop - rows.start, cols.stop - cols.start), np.uint16)
        for zone, moved in cuts:
            there = inside(zone, grid, window)
            for k, new in moved:
                out[there & (out == k)] = new
        return out

    shape = (int(grid.shape[0]), int(grid.shape[1]))
    return ZoneParts(in_strips(shape, index, np.uint16), tuple(shapes))


def _window(shape: Any, grid: Grid) -> Window:  # noqa: ANN401 - shapely has no common type
    """Cells of a shape and of what its outlines reach beyond."""
    cell, (left, top) = cell_size_m(grid), origin(grid)
    xmin, ymin, xmax, ymax = shapely.bounds(shape).tolist()
    rows = int((top - ymax) / cell) - _BEYOND - 1, int((top - ymin) / cell) + _BEYOND + 2
    columns = int((xmin - left) / cell) - _BEYOND - 1, int((xmax - left) / cell) + _BEYOND + 2
    (h, w) = grid.shape
    return (
        slice(min(max(rows[0], 0), h), min(max(rows[1], 0), h)),
        slice(min(max(columns[0], 0), w), min(max(columns[1], 0), w)),
    )


def _grown(labels: Labels, free: Mask) -> Labels:
    """Labels spread by one cell over free cells; where two meet, the one above or left."""
    out = labels.copy()
    for to, of in (
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
    ):
        here = free[to] & (out[to] == 0) & (labels[of] > 0)
        out[to][here] = labels[of][here]
    return out


def _beyond(
    labels: RunRaster, mask: RunRaster, index: RunRaster, k: int, grid: Grid, part: Window
) -> Labels:
    """Labels of a part of the county, in a window, and of the cells they reach beyond it."""
    outer, inner = halo_window(grid, part, _BEYOND)
    own = index[outer] == k
    found = np.where(own, labels[outer], 0).astype(np.int32)
    free = mask[outer] & ~own
    for _ in range(_BEYOND):
        found = _grown(found, free)
    return found[inner]


def outline_parts(
    labels: RunRaster, mask: RunRaster, parts: ZoneParts, grid: Grid
) -> gpd.GeoDataFrame:
    """As `siting.sites.candidates.outline_sites`, each site cut along the line of its zone.

    Parameters
    ----------
    labels : RunRaster of int32
        Sites, none in two parts of the county.
    mask : RunRaster of bool
        Land a site may be made of, on both sides of every line.
    parts : ZoneParts
    grid : Grid
    """
    import geopandas as gpd  # heavy

    found = []
    for k, shape in enumerate(parts.shapes):
        if shapely.is_empty(shape):
            continue
        window = _window(shape, grid)
        here, free, index = (one.crop(window) for one in (labels, mask, parts.index))
        own = window_grid(grid, window)
        part = in_strips(here.shape, partial(_beyond, here, free, index, k, own))
        if part.any():
            found.append(outline_sites(part, own, county=shape))
    if not found:
        return outline_sites(labels, grid, county=parts.shapes[0])
    table = pd.concat(found, ignore_index=True).sort_values("label", ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=grid_crs(grid))
