"""Sites as polygons: which land they may be made of, and the outlines of numbered land.

Holes stay holes: land that is taken inside a site is never part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.cells.grid import (
    Grid,
    Window,
    cell_size_m,
    grid_crs,
    halo_window,
    window_grid,
    windows,
)
from gis.cells.parcels import polygonize
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, touched, within
from gis.cells.runs import Cells, RunRaster
from gis.prepared import prepared
from gis.say import say
from gis.types import F8, Mask
from layers.open.county import zone_geometries
from layers.open.plan_layers import open_features, open_raster
from layers.plan.model import Plan
from layers.result import Warn
from siting.screen.coded import CONDITIONAL, LEFT, PROVISIONAL
from siting.sites.labels import Barrier

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.sites.section import SitesSection

__all__ = ["border_barrier", "largest_sites", "outline_sites", "site_mask"]

_TILE = 2048  # cells of one side of what is read at a time


def outline_sites(
    labels: RunRaster, grid: Grid, *, county: shapely.Geometry
) -> gpd.GeoDataFrame:
    """Polygons of numbered sites, cut to the county.

    Parameters
    ----------
    labels : RunRaster of int32
    grid : Grid
    county : polygon

    Returns
    -------
    GeoDataFrame
        label, area_m2 (ellipsoidal), geometry; a site of several parts is a multipolygon.
        They never overlap.
    """
    import geopandas as gpd  # heavy

    top, bottom, left, right = labels.map_runs(labels.value > 0).boxes(1)[1].tolist()
    if not bottom:
        empty: dict[str, list[float]] = {"label": [], "area_m2": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=grid_crs(grid))
    # only the part of the county that holds sites
    window = (slice(top, bottom), slice(left, right))
    pieces = polygonize(labels.crop(window), window_grid(grid, window))
    shapes = np.asarray(pieces.geometry.array)
    value = pieces["value"].to_numpy()
    county = prepared(county)
    over = ~shapely.covers(county, shapes) if len(shapes) else np.zeros(0, bool)
    shapes[over] = shapely.intersection(shapes[over], county)
    rows = []
    for k in np.unique(value).tolist():
        own = shapely.get_parts(shapes[value == k])
        own = own[shapely.get_dimensions(own) == 2]
        if len(own):
            rows.append((k, own[0] if len(own) == 1 else shapely.multipolygons(own)))
    table = pd.DataFrame(rows, columns=["label", "geometry"])
    geometry = np.array(table.pop("geometry"), dtype=object)
    area = polygon_area_m2(geometry, grid_crs(grid)) if len(geometry) else np.zeros(0)
    table["area_m2"] = area
    return gpd.GeoDataFrame(table, geometry=geometry, crs=grid_crs(grid))


def site_mask(
    plan: Plan,
    section: SitesSection,
    tech: str,
    state: Cells,
    grid: Grid,
    *,
    bound: Cells | None = None,
) -> Callable[[Window], Mask]:
    """Cells a site may be made of, by their state and what the plan keeps free.

    Parameters
    ----------
    state : (h, w) integer, or RunRaster
        Of the screening: 1 left, 2 conditional, 5 provisional.
    bound : (h, w) bool, or RunRaster, optional
        Where a condition is known; provisional land may have some.

    Returns
    -------
    callable
        Gives the cells of a window; a cell has the same value in every window.
    """
    allowed = None
    if section.zones_only and plan.zones:
        zones = zone_geometries(plan)
        own = zones[zones["purpose"].isin([tech, "general"])]
        allowed = ragged(np.asarray(own.geometry.array))
    tables = [open_features(plan, layer_id) for layer_id in section.exclude_layers]
    kept_free = [ragged(np.asarray(t.geometry.array)) for t in tables if t is not None]

    def at(window: Window) -> Mask:
        here = state[window]
        mask: Mask = (here == LEFT) | (here == PROVISIONAL)
        if section.include_conditional:
            mask |= here == CONDITIONAL
        elif bound is not None:
            mask &= ~bound[window]
        if allowed is not None:
            mask &= inside(allowed, grid, window)
        for taken in kept_free:
            mask &= ~touched(taken, grid, window)
        return mask

    return at


def border_barrier(plan: Plan, grid: Grid) -> Barrier:
    """Where block borders should run: 2 on a road, up to 1 on a step of the ground.

    Returns
    -------
    callable
        Gives the cells of a window; a cell has the same value in every window.
    """
    cell = cell_size_m(grid)
    roads = open_features(plan, "road")
    lines = (
        None if roads is None or not len(roads) else ragged(np.asarray(roads.geometry.array))
    )
    level = cache(partial(_mean_height, plan, grid))

    def at(window: Window) -> F8:
        out = np.zeros((window[0].stop - window[0].start, window[1].stop - window[1].start))
        outer, inner = halo_window(grid, window, 1)  # a step takes the cells beside it
        dem = open_raster(plan, "dem", grid, outer)
        if dem is not None and min(dem[1].shape) > 1:
            out += _step(*dem, cell, inner, level)
        if lines is not None:
            out[within(lines, cell * 0.75, grid, window)] += 2.0
        return out

    return at


def _step(
    heights: F8, known: Mask, cell_m: float, inner: Window, level: Callable[[], Any]
) -> F8 | float:
    """How much of a full step the ground rises by, of the cells inside."""
    if not known.all():
        mean = level()
        if mean is None:
            return 0.0
        heights = np.where(known, heights, mean)
    across, along = np.gradient(heights, cell_m)
    steep: F8 = np.hypot(across, along)[inner]
    return np.asarray(np.clip(steep / 0.2, 0, 1))  # a fifth: 11 degrees


def _mean_height(plan: Plan, grid: Grid) -> np.floating | None:
    """Mean of the known heights, in the type of the heights; None where none is known."""
    total, n = 0.0, 0
    dtype: np.dtype[np.floating] = np.dtype(np.float32)
    for window in windows(grid, _TILE):
        dem = open_raster(plan, "dem", grid, window)
        if dem is not None:
            dtype = dem[0].dtype
            total += float(np.sum(dem[0], where=dem[1], dtype=np.float64))
            n += int(dem[1].sum())
    return dtype.type(total / n) if n else None


def largest_sites(
    labels: RunRaster, area_m2: F8, n: int, tech: str
) -> tuple[RunRaster, list[Warn]]:
    """The `n` largest sites, numbered by size, and a warning when there are more.

    Parameters
    ----------
    labels : RunRaster of int32
    area_m2 : (k + 1,) float
        Area of each number.
    n : int
    tech : str
    """
    order = 1 + np.argsort(-area_m2[1:], kind="stable")
    new = np.zeros(len(area_m2), np.int32)
    new[order[:n]] = np.arange(1, min(n, len(order)) + 1)
    labels = labels.map(new)
    if len(order) <= n:
        return labels, []
    lost = to_ha(float(area_m2[order[n:]].sum()))
    warning = Warn(
        "sites_cut",
        say(
            "siting.sites.sites_cut",
            tech=say(f"siting.sites.tech_{tech}"),
            n_order=len(order),
            n=n,
            lost=lost,
        ),
        "sites",
    )
    return labels, [warning]
