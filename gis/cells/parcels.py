"""From a mask to polygons that can stand as parcels: large and wide enough, no stairs.

The runs of its rows are labelled first and small patches fall away before anything is traced.
Corners of the pixel outline are cut in the middle of the cell edges, which turns a diagonal
staircase into a straight line and changes a patch by half a cell in all; edges between
junctions are then thinned by a rule that both neighbours follow to the same points.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2
from gis.cells.by_label import cells_by_label
from gis.cells.grid import (
    Grid,
    Window,
    cell_size_m,
    grid_crs,
    halo_window,
    origin,
    require_grid,
    window_grid,
)
from gis.cells.parcel_kernels import fits_disc, thin_rings, trace_rings
from gis.cells.runs import Cells, RunRaster, in_strips, run_raster
from gis.cells.runs.kernels import label_runs
from gis.edges.match import mismatched
from gis.errors import DataError
from gis.say import say
from gis.types import Mask

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "AREA_CHANGE_MAX",
    "cells_outline",
    "label_patches",
    "opened",
    "opened_in_strips",
    "polygonize",
]


AREA_CHANGE_MAX = 0.005
"""Smoothing may change the area of a patch by this share at most."""

_SAFETY = 0.95  # of the limit: planar and ellipsoidal shares differ a little
# Distance from the cut outline in cells, coarse to fine: 0.85 straightens every even staircase
# (its corners lie 0.8 cells apart across); -1 is the pixel outline itself.
_TOLERANCES = (0.85, 0.6, 0.4, 0.2, 0.0, -1.0)


def opened(mask: Mask, grid: Grid, min_width_m: float) -> Mask:
    """The part of a mask in which a disc of `min_width_m` across fits.

    Parameters
    ----------
    mask : (h, w) bool
    grid : Grid
    min_width_m : float
        Rounded up to whole cells; one cell or less changes nothing.

    Returns
    -------
    (h, w) bool
        The union of all such discs: necks and spikes that are narrower are gone.

    Examples
    --------
    A strip of two cells holds a disc of 20 m, not one of 30 m:

    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 50, 40), 4544, 10)
    >>> m = np.zeros((4, 5), bool); m[1:3] = True
    >>> int(opened(m, g, 20).sum()), int(opened(m, g, 30).sum())
    (10, 0)
    """
    n = _cells_across(grid, min_width_m)
    if n <= 1:
        return mask.copy()
    out = np.zeros(mask.shape, bool)
    if min(mask.shape) >= n:
        middle = (n - 1) / 2
        at = np.arange(n) - middle
        inside = at[:, None] ** 2 + at[None, :] ** 2 <= (n / 2) ** 2
        fits_disc(np.ascontiguousarray(mask), inside.argmax(axis=1).astype(np.int64), n, out)
    return out


def _cells_across(grid: Grid, width_m: float) -> int:
    return int(np.ceil(width_m / cell_size_m(grid) - 1e-9))


def opened_in_strips(
    mask: Callable[[Window], Mask], grid: Grid, min_width_m: float
) -> Callable[[Window], Mask]:
    """As `opened`, of a mask that is given window by window: so is the answer.

    A window takes as many cells more on each side as a disc is across.
    """
    reach = _cells_across(grid, min_width_m)

    def part(window: Window) -> Mask:
        outer, inner = halo_window(grid, window, reach)
        return opened(mask(outer), window_grid(grid, outer), min_width_m)[inner]

    return part


def label_patches(
    mask: Cells,
    grid: Grid,
    *,
    min_area_m2: float = 0.0,
    min_width_m: float = 0.0,
) -> tuple[RunRaster, npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Patches of a mask or of classes that are large and wide enough.

    Parameters
    ----------
    mask : (h, w) bool or integer, or RunRaster
        True, or a class above 0; patches of a class are joined by cell edges.
    grid : Grid
    min_area_m2, min_width_m : float
        Ellipsoidal area, and width as in `opened`.

    Returns
    -------
    labels : RunRaster of int32
        1 to n, 0 elsewhere.
    area_m2 : (n + 1,) float
        Ellipsoidal area by label; 0 for label 0.
    values : (n + 1,)
        Class of each label.
    """
    found = _patches(mask, grid, min_area_m2, min_width_m)
    return found.labels, found.area_m2, found.values


def _patches(mask: Cells, grid: Grid, min_area_m2: float, min_width_m: float) -> _Patches:
    require_grid(grid, "parcels")
    if tuple(mask.shape) != tuple(grid.shape):
        raise DataError(
            say("gis.cells.mask_does_not_have_grid"),
            where=say("gis.cells.at_parcels"),
            got=str(tuple(mask.shape)),
            expected=str(tuple(grid.shape)),
        )
    if mask.dtype.kind not in "biu":
        raise DataError(
            say("gis.cells.mask_bool_whole_numbers"),
            where=say("gis.cells.at_parcels"),
            got=str(mask.dtype),
        )
    runs = mask if isinstance(mask, RunRaster) else run_raster(mask)
    found = _kept(runs, grid, min_area_m2)
    if min_width_m > cell_size_m(grid) and len(found.area_m2) > 1:
        # opening can cut a patch in pieces, some of them too small
        values, classes = found.values, np.unique(found.values[1:])
        kept = found.labels.map(values)

        def wide(window: Window) -> npt.NDArray[Any]:
            out = np.zeros((window[0].stop - window[0].start, grid.shape[1]), values.dtype)
            for value in classes:
                own = opened_in_strips(partial(_is, kept, value), grid, min_width_m)
                out[own(window)] = value
            return out

        found = _kept(in_strips(runs.shape, wide), grid, min_area_m2)
    return found


def _is(cells: RunRaster, value: int, window: Window) -> Mask:
    return np.asarray(cells[window] == value)


@dataclass(frozen=True)
class _Patches:
    """Patches by label, 0 among them: area, cells and class."""

    labels: RunRaster
    area_m2: npt.NDArray[np.float64]
    cells: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]


def _kinds(value: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values of runs in one of two types: few kernels are compiled."""
    most = np.iinfo(np.int32).max
    low, high = (int(value.min()), int(value.max())) if value.size else (0, 0)
    return value.astype(np.int32 if -most <= low and high <= most else np.int64, copy=False)


def _numbered(classes: RunRaster) -> tuple[RunRaster, npt.NDArray[np.int64]]:
    """Patches of each class in the order of cells, and the class of each number."""
    label = np.empty(len(classes.start), np.int32)
    kind = _kinds(classes.value)
    values = label_runs(classes.row, classes.start, kind, classes.shape[1], label)
    return RunRaster(classes.shape, classes.row, classes.start, label), values


def _kept(classes: RunRaster, grid: Grid, min_area_m2: float) -> _Patches:
    """The patches of at least an area, in the order of classes, then of cells."""
    labels, values = _numbered(classes)
    area, cells = cells_by_label(labels, grid, len(values) - 1)
    keep = area >= min_area_m2
    keep[0] = False
    kept = np.flatnonzero(keep)
    kept = kept[np.argsort(values[kept], kind="stable")]
    new = np.zeros(len(values), np.int32)
    new[kept] = np.arange(1, len(kept) + 1)
    rows = np.concatenate(([0], kept))
    return _Patches(labels.map(new), area[rows], cells[rows], values[rows])


def polygonize(
    mask: Cells,
    grid: Grid,
    *,
    min_area_m2: float = 0.0,
    min_width_m: float = 0.0,
    smooth: bool = True,
) -> gpd.GeoDataFrame:
    """Polygons of the patches of a mask, or of each class of a raster.

    Parameters
    ----------
    mask : (h, w) bool or integer, or RunRaster
    grid : Grid
    min_area_m2, min_width_m : float
        See `label_patches`.
    smooth : bool
        Cut the stairs; False keeps the pixel outline.

    Returns
    -------
    GeoDataFrame
        patch (1 to n), value (class), cells_area_m2 (ellipsoidal area of the cells), area_m2
        (ellipsoidal area of the polygon), geometry in the grid's CRS: valid, not overlapping,
        each within 0.5 % of its cells' area.

    Raises
    ------
    DataError
        A mask that is not bool or whole numbers, or not of the grid's shape.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((500_000, 4_300_000, 500_300, 4_300_300), 4544, 10)
    >>> m = np.add.outer(np.arange(30), np.arange(30)) < 25
    >>> p = polygonize(m, g, min_area_m2=1000)
    >>> len(p), bool(p.geometry.is_valid.all()), len(p.geometry[0].exterior.coords) < 8
    (1, True, True)
    """
    import geopandas as gpd

    found = _patches(mask, grid, min_area_m2, min_width_m)
    n = len(found.area_m2) - 1
    geoms = _shapes(found, grid, smooth=smooth)
    crs = grid_crs(grid)
    return gpd.GeoDataFrame(
        {
            "patch": np.arange(1, n + 1),
            "value": found.values[1:],
            "cells_area_m2": found.area_m2[1:],
            "area_m2": polygon_area_m2(geoms, crs) if n else np.empty(0),
        },
        geometry=geoms,
        crs=crs,
    )


@dataclass(frozen=True)
class _Rings:
    """Outlines of all labels in half cells, one after the other."""

    points: npt.NDArray[np.int32]
    start: npt.NDArray[np.int64]
    owner: npt.NDArray[np.int32]


def _traced(labels: RunRaster, soft: Mask, room: int) -> _Rings:
    h, w = labels.shape
    while True:
        points = np.empty((room, 4), np.int32)
        start, owner = np.empty(room, np.int64), np.empty(room - 1, np.int32)
        seen = np.zeros(h * w // 8 + 1, np.uint8)
        n_rings, n_points = trace_rings(
            labels.row, labels.start, labels.value, w, soft, seen, room, points, start, owner
        )
        if n_points < room and n_rings < room - 1:
            return _Rings(points[:n_points], start[: n_rings + 1], owner[:n_rings])
        room = 2 * max(n_points, n_rings) + 16


def cells_outline(mask: Mask, grid: Grid) -> shapely.MultiPolygon:
    """The cells of a mask as one area, corner for corner.

    The outline is walked along, not put together from the cells: of a small raster it takes a
    tenth of the time of their union.

    Parameters
    ----------
    mask : (h, w) bool
    grid : Grid

    Returns
    -------
    MultiPolygon
        Valid; empty where no cell is set.

    Examples
    --------
    Two cells that meet in a corner are two parts, and a cell left out is a hole:

    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 30, 30), 4544, 10)
    >>> found = cells_outline(np.eye(3, dtype=bool)[:, ::-1], g)
    >>> len(found.geoms), found.area
    (3, 300.0)
    >>> m = np.ones((3, 3), bool); m[1, 1] = False
    >>> cells_outline(m, g).area, len(cells_outline(m, g).geoms[0].interiors)
    (800.0, 1)
    """
    labels, values = _numbered(run_raster(mask))
    n = len(values) - 1
    if n < 1:
        return shapely.MultiPolygon()
    corners = np.zeros(n + 1, bool)
    rings = _traced(labels, corners, 1 << 10)
    every = np.ones(len(rings.points), bool)
    place = rings.points[:, :2].astype(np.float64)
    shapes = _split_where_needed(_polygons(rings, every, place, grid, n))
    return shapely.MultiPolygon(list(shapely.get_parts(shapes)))


def _shapes(found: _Patches, grid: Grid, *, smooth: bool) -> npt.NDArray[Any]:
    """One polygon a label, as smooth as its area and its neighbours allow.

    Every label begins at the coarsest level. One that would change too much, is not valid or
    meets another takes the next finer level; the last is the pixel outline, always right.
    """
    n = len(found.cells) - 1
    if n == 0:
        return np.empty(0, dtype=object)
    pixel = len(_TOLERANCES) - 1
    level = np.zeros(n + 1, np.int64)
    level[1:] = 0 if smooth else pixel
    cells = found.cells[1:]
    tolerance = np.array(_TOLERANCES) * 2.0
    limit = AREA_CHANGE_MAX * _SAFETY * cells
    soft, rings = level < pixel, _traced(found.labels, level < pixel, 1 << 16)
    while True:
        if ((level < pixel) != soft).any():
            soft, rings = level < pixel, _traced(found.labels, level < pixel, 1 << 16)
        keep = np.zeros(len(rings.points), bool)
        place = np.empty((len(rings.points), 2))
        area2 = np.zeros(n + 1)
        thin_rings(
            rings.points,
            rings.start,
            rings.owner,
            len(rings.owner),
            level,
            tolerance,
            keep,
            place,
            area2,
        )
        # twice the area in half cells: a cell is 8
        bad = np.abs(area2[1:] / 8.0 - cells) > limit
        if not bad.any():
            geoms = _polygons(rings, keep, place, grid, n)
            bad = _conflicts(geoms)
        bad &= level[1:] < pixel
        if not bad.any():
            return _split_where_needed(geoms)
        level[1:][bad] += 1


def _polygons(
    rings: _Rings, keep: Mask, place: npt.NDArray[np.float64], grid: Grid, n: int
) -> npt.NDArray[Any]:
    left, top = origin(grid)
    half = cell_size_m(grid) / 2
    # close each ring with its first kept point
    ring_of = np.repeat(np.arange(len(rings.owner)), np.diff(rings.start))[keep]
    kept = place[keep] * (half, -half) + (left, top)
    count = np.bincount(ring_of, minlength=len(rings.owner))
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    at = np.arange(len(kept)) + ring_of
    closed = np.empty((len(kept) + len(count), 2))
    closed[at] = kept
    closed[first + count + np.arange(len(count))] = kept[first]
    ring = np.repeat(np.arange(len(count)), count + 1)
    lines = np.asarray(shapely.linearrings(closed, indices=ring))
    # the label is on the right hand: its shell is clockwise, its holes are not
    shell = ~np.asarray(shapely.is_ccw(lines))
    order = np.argsort(rings.owner, kind="stable")
    holes_of = order[~shell[order]]
    shells = np.empty(n, dtype=object)
    shells[rings.owner[shell] - 1] = lines[shell]
    out: npt.NDArray[Any] = np.asarray(shapely.polygons(shells))
    owner, first_hole = np.unique(rings.owner[holes_of], return_index=True)
    for label, group in zip(owner, np.split(holes_of, first_hole[1:]), strict=False):
        out[label - 1] = shapely.Polygon(shells[label - 1], list(lines[group]))
    return out


def _conflicts(geoms: npt.NDArray[Any]) -> Mask:
    """Polygons that are not valid, overlap another or share an edge in two versions."""
    return np.asarray(~shapely.is_valid(geoms) | mismatched(geoms))


def _split_where_needed(geoms: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A pixel outline that meets itself in a point is written as GIS files want it."""
    wrong = np.flatnonzero(~shapely.is_valid(geoms))
    for k in wrong:
        geoms[k] = shapely.make_valid(geoms[k], method="structure", keep_collapsed=False)
    return geoms
