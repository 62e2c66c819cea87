"""Sites: contiguous land that is left, wide and large enough, as polygons.

Land is labelled on the screening grid, split where it is too large, and outlined. Holes stay
holes: land that is taken inside a site is never part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.cells.by_label import areas_by_label
from gis.cells.cell_area import area_rows
from gis.cells.grid import (
    Grid,
    Window,
    cell_size_m,
    grid_crs,
    halo_window,
    window_grid,
    windows,
)
from gis.cells.parcel_kernels import renumber
from gis.cells.parcels import label_patches, opened, polygonize
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, touched, within
from gis.errors import DataError
from gis.prepared import prepared
from gis.say import say
from gis.types import F8
from layers.open.county import zone_geometries
from layers.open.plan_layers import open_features, open_raster
from layers.plan.model import Plan
from layers.result import Warn
from siting.screen.coded import CONDITIONAL, LEFT, PROVISIONAL
from siting.sites.split import split_patch

if TYPE_CHECKING:
    import geopandas as gpd

    from siting.sites.section import SitesSection

__all__ = ["outline_sites", "site_labels"]

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]
Barrier: TypeAlias = Callable[[Window], F8]
"""Where block borders should run, for the cells of a window."""

_TILE = 2048  # cells of one side of what is read at a time
_ROUNDS = 8  # each round at least halves what is too large


def _joined(
    mask: Mask, grid: Grid, roads: npt.NDArray[np.object_] | None, gap_m: float
) -> Mask:
    """The mask with the strips of small roads added that are no wider than `gap_m`.

    Only cells within half the gap of such a road are added, so two pieces become one site
    where a small road is all that parts them.
    """
    if roads is None or not len(roads) or gap_m <= 0:
        return mask
    near: Mask = within(ragged(roads), gap_m / 2, grid)
    joined: Mask = mask | near
    return joined


def site_labels(
    mask: Mask,
    grid: Grid,
    section: SitesSection,
    *,
    roads: npt.NDArray[np.object_] | None = None,
    barrier: Barrier | None = None,
    parts: npt.NDArray[np.uint16] | None = None,
) -> Labels:
    """Number the pieces of a mask that can be sites.

    Parameters
    ----------
    mask : (h, w) bool
        Land a site may be made of.
    grid : Grid
    section : SitesSection
        Smallest area and width, largest area, gap bridged across small roads.
    roads : geometries, optional
        Centre lines of the roads a site may straddle, in the grid's CRS.
    barrier : callable, optional
        Where block borders should run when a piece is split, for a window of the grid: higher
        along roads and steps of the ground.
    parts : (h, w) uint16, optional
        Cells of two numbers are never in one site, whatever the roads.

    Returns
    -------
    (h, w) int32
        1 to n in no order that means anything; 0 is no site. Road strips between two parts
        of a site are 0.

    Raises
    ------
    DataError
        When mask and grid differ in shape.
    """
    if mask.shape != tuple(grid.shape):
        raise DataError(
            say("siting.sites.mask_and_grid_differ"), where="sites", got=str(mask.shape)
        )
    # necks first: what hangs together only by a neck is two pieces
    wide = _opened(mask, grid, section.min_width_m, parts)
    joined = _joined(wide, grid, roads, section.merge_across_m)
    patches = joined if parts is None else np.where(joined, parts.astype(np.int32) + 1, 0)
    labels, area, _ = label_patches(patches, grid)
    del patches
    rows_m2 = area_rows(grid)
    if joined is not wide:
        labels[~wide] = 0
        area = areas_by_label(labels, grid, len(area) - 1, rows=rows_m2)
    del joined, wide
    used = 0
    boxes = _slices(labels, len(area) - 1)
    for k in np.flatnonzero(area >= section.min_area_ha * 1e4).tolist():
        window = boxes[k]
        own, measure = labels[window], partial(_areas, grid=grid, window=window, rows=rows_m2)
        cost = None if barrier is None else partial(barrier, window)
        part = _blocks(own == k, measure, section, cost)
        there = np.flatnonzero(measure(part) > 0)
        number = np.zeros(int(there[-1]) + 1, np.int32)
        # below 0: no number of a piece that is still to come
        number[there] = -np.arange(used + 1, used + len(there) + 1)
        np.copyto(own, number[part], where=part > 0)
        used += len(there)
    np.negative(labels, out=labels)
    return np.maximum(labels, 0, out=labels)


def _opened(
    mask: Mask, grid: Grid, width_m: float, parts: npt.NDArray[np.uint16] | None
) -> Mask:
    """What of the mask is wide enough, of each part for itself."""
    if parts is None:
        return opened(mask, grid, width_m)
    out: Mask = np.zeros(mask.shape, bool)
    for k in np.unique(parts).tolist():
        out |= opened(mask & (parts == k), grid, width_m)
    return out


def _areas(part: Labels, grid: Grid, window: Window, rows: F8) -> F8:
    """Area of each block of a window, none for 0."""
    return areas_by_label(part, grid, int(part.max(initial=0)), window, rows)


def _blocks(
    here: Mask,
    areas: Callable[[Labels], F8],
    section: SitesSection,
    barrier: Callable[[], F8] | None,
) -> Labels:
    """A piece as blocks no larger than the limit and, if that can be, no smaller.

    The barrier is asked for once, when there is something to split.
    """
    limit = section.max_area_ha * 1e4
    part = here.astype(np.int32)
    sizes = areas(part)
    cost: F8 | None = None
    for k in range(_ROUNDS):
        large = np.flatnonzero(sizes > limit).tolist()
        if not large:
            break
        if k == 0 and barrier is not None:
            cost = barrier()
        used = len(sizes) - 1
        for b in large:
            own = part == b
            split = split_patch(own, max(2, int(np.ceil(sizes[b] / limit))), cost)
            np.add(split, used - 1, out=part, where=own & (split > 1))
            used += int(split.max()) - 1
        sizes = areas(part)
    for b in range(1, len(sizes)):
        # a block below the smallest area would be lost land: it goes to a neighbour
        if 0 < sizes[b] < section.min_area_ha * 1e4:
            part = _absorb(part, b)
    return part


def _slices(labels: Labels, n: int) -> list[tuple[slice, slice]]:
    from scipy.ndimage import find_objects

    found = find_objects(labels, max_label=n)
    empty = (slice(0, 0), slice(0, 0))
    return [empty, *(f if f is not None else empty for f in found)]


def _absorb(part: Labels, block: int) -> Labels:
    """Give the cells of a block to the neighbour it shares most cell edges with."""
    edges: dict[int, int] = {}
    for axis in (0, 1):
        first = part[:-1] if axis == 0 else part[:, :-1]
        second = part[1:] if axis == 0 else part[:, 1:]
        for mine, other in ((first, second), (second, first)):
            beside = other[(mine == block) & (other > 0) & (other != block)]
            for k, count in zip(*np.unique(beside, return_counts=True), strict=True):
                edges[int(k)] = edges.get(int(k), 0) + int(count)
    if not edges:
        return part
    return np.where(part == block, max(edges, key=lambda k: (edges[k], -k)), part)


def outline_sites(labels: Labels, grid: Grid, *, county: shapely.Geometry) -> gpd.GeoDataFrame:
    """Polygons of numbered sites, cut to the county.

    Returns
    -------
    GeoDataFrame
        label, area_m2 (ellipsoidal), geometry; a site of several parts is a multipolygon.
        They never overlap.
    """
    import geopandas as gpd  # heavy

    used = labels > 0
    down, right = np.flatnonzero(used.any(axis=1)), np.flatnonzero(used.any(axis=0))
    if not len(down):
        empty: dict[str, list[float]] = {"label": [], "area_m2": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=grid_crs(grid))
    # only the part of the county that holds sites
    window = (slice(int(down[0]), int(down[-1]) + 1), slice(int(right[0]), int(right[-1]) + 1))
    del used
    pieces = polygonize(labels[window], window_grid(grid, window))
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
    state: npt.NDArray[np.integer],
    grid: Grid,
    *,
    bound: Mask | None = None,
) -> Mask:
    """Cells a site may be made of, by their state and what the plan keeps free.

    Parameters
    ----------
    state : (h, w) integer
        Of the screening: 1 left, 2 conditional, 5 provisional.
    bound : (h, w) bool, optional
        Where a condition is known; provisional land may have some.
    """
    mask: Mask = (state == LEFT) | (state == PROVISIONAL)
    if section.include_conditional:
        mask |= state == CONDITIONAL
    elif bound is not None:
        mask &= ~bound
    if section.zones_only and plan.zones:
        zones = zone_geometries(plan)
        own = zones[zones["purpose"].isin([tech, "general"])]
        mask &= inside(ragged(np.asarray(own.geometry.array)), grid)
    for layer_id in section.exclude_layers:
        taken = open_features(plan, layer_id)
        if taken is not None:
            mask &= ~touched(ragged(np.asarray(taken.geometry.array)), grid)
    return mask


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


def largest_sites(labels: Labels, area_m2: F8, n: int, tech: str) -> tuple[Labels, list[Warn]]:
    """The `n` largest sites, numbered by size, and a warning when there are more.

    Parameters
    ----------
    labels : (h, w) int32
        Renumbered in place.
    area_m2 : (k + 1,) float
        Area of each number.
    n : int
    tech : str
    """
    order = 1 + np.argsort(-area_m2[1:], kind="stable")
    new = np.zeros(len(area_m2), np.int32)
    new[order[:n]] = np.arange(1, min(n, len(order)) + 1)
    renumber(labels, new)
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
