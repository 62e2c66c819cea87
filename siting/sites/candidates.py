"""Sites: contiguous land that is left, wide and large enough, as polygons.

Land is labelled on the screening grid, split where it is too large, and outlined. Holes stay
holes: land that is taken inside a site is never part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import Grid, cell_size_m, grid_crs, window_grid
from gis.cells.parcels import label_patches, opened, polygonize
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, touched, within
from gis.errors import DataError
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
    barrier: F8 | None = None,
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
    barrier : (h, w) float, optional
        Where block borders should run when a piece is split: higher along roads and steps
        of the ground.

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
    wide = opened(mask, grid, section.min_width_m)
    joined = _joined(wide, grid, roads, section.merge_across_m)
    labels, _, _ = label_patches(joined, grid)
    labels = np.where(wide, labels, 0).astype(np.int32)
    cell = cell_area_m2(grid)
    n = int(labels.max())
    area = np.bincount(labels.ravel(), weights=cell.ravel(), minlength=n + 1)
    area[0] = 0.0
    out = np.zeros_like(labels)
    used = 0
    slices = _slices(labels, n)
    for k in np.flatnonzero(area >= section.min_area_ha * 1e4).tolist():
        rows, cols = slices[k]
        here = labels[rows, cols] == k
        cost = None if barrier is None else barrier[rows, cols]
        part = _blocks(here, np.broadcast_to(cell, labels.shape)[rows, cols], section, cost)
        for b in np.unique(part[part > 0]).tolist():
            used += 1
            out[rows, cols][part == b] = used
    return out


def _blocks(
    here: Mask,
    cell_m2: F8,
    section: SitesSection,
    barrier: F8 | None,
) -> Labels:
    """A piece as blocks no larger than the limit and, if that can be, no smaller."""
    limit = section.max_area_ha * 1e4
    part = here.astype(np.int32)
    for _ in range(_ROUNDS):
        sizes = np.bincount(part.ravel(), weights=cell_m2.ravel())
        large = [b for b in range(1, len(sizes)) if sizes[b] > limit]
        if not large:
            break
        used = len(sizes) - 1
        for b in large:
            own = part == b
            split = split_patch(own, max(2, int(np.ceil(sizes[b] / limit))), barrier)
            part = np.where(own & (split > 1), split + used - 1, part).astype(np.int32)
            used += int(split.max()) - 1
    sizes = np.bincount(part.ravel(), weights=cell_m2.ravel())
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

    used = np.argwhere(labels > 0)
    if not len(used):
        empty: dict[str, list[float]] = {"label": [], "area_m2": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=grid_crs(grid))
    # only the part of the county that holds sites
    (r0, c0), (r1, c1) = used.min(axis=0).tolist(), used.max(axis=0).tolist()
    window = (slice(r0, r1 + 1), slice(c0, c1 + 1))
    pieces = polygonize(labels[window], window_grid(grid, window))
    shapes = np.asarray(pieces.geometry.array)
    value = pieces["value"].to_numpy()
    shapely.prepare(county)
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


def border_barrier(plan: Plan, grid: Grid) -> F8:
    """Where block borders should run: 2 on a road, up to 1 on a step of the ground."""
    out = np.zeros(grid.shape)
    cell = cell_size_m(grid)
    dem = open_raster(plan, "dem", grid)
    if dem is not None and dem[1].any():
        heights = np.where(dem[1], dem[0], np.nanmean(np.where(dem[1], dem[0], np.nan)))
        across, along = np.gradient(heights, cell)
        steep = np.hypot(across, along)
        out += np.clip(steep / 0.2, 0, 1)  # a fifth: 11 degrees
    roads = open_features(plan, "road")
    if roads is not None and len(roads):
        out[within(ragged(np.asarray(roads.geometry.array)), cell * 0.75, grid)] += 2.0
    return out


def largest_sites(labels: Labels, cell_m2: F8, n: int, tech: str) -> tuple[Labels, list[Warn]]:
    """The `n` largest sites, numbered by size, and a warning when there are more."""
    weights = np.broadcast_to(cell_m2, labels.shape).ravel()
    area = np.bincount(labels.ravel(), weights=weights)
    order = 1 + np.argsort(-area[1:], kind="stable")
    new = np.zeros(len(area), np.int32)
    new[order[:n]] = np.arange(1, min(n, len(order)) + 1)
    if len(order) <= n:
        return new[labels], []
    lost = to_ha(float(area[order[n:]].sum()))
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
    return new[labels], [warning]
