"""From a mask to polygons that can stand as parcels: large and wide enough, no stairs.

The mask is labelled first and small patches fall away before anything is traced. Corners of
the pixel outline are cut in the middle of the cell edges, which turns a diagonal staircase
into a straight line and changes a patch by half a cell in all; edges between junctions are then
thinned by a rule that both neighbours follow to the same points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2
from gis.cells.by_label import cells_by_label
from gis.cells.grid import Grid, cell_size_m, grid_crs, origin, require_grid
from gis.cells.parcel_kernels import (
    fits_disc,
    label_classes,
    renumber,
    thin_rings,
    trace_rings,
)
from gis.edges.match import mismatched
from gis.errors import DataError
from gis.say import say
from gis.types import I4, Mask

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["AREA_CHANGE_MAX", "cells_outline", "label_patches", "opened", "polygonize"]


AREA_CHANGE_MAX = 0.005
"""Smoothing may change the area of a patch by this share at most."""

_BYTE = 255
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
    n = int(np.ceil(min_width_m / cell_size_m(grid) - 1e-9))
    if n <= 1:
        return mask.copy()
    out = np.zeros(mask.shape, bool)
    if min(mask.shape) >= n:
        middle = (n - 1) / 2
        at = np.arange(n) - middle
        inside = at[:, None] ** 2 + at[None, :] ** 2 <= (n / 2) ** 2
        fits_disc(np.ascontiguousarray(mask), inside.argmax(axis=1).astype(np.int64), n, out)
    return out


def label_patches(
    mask: npt.NDArray[Any],
    grid: Grid,
    *,
    min_area_m2: float = 0.0,
    min_width_m: float = 0.0,
) -> tuple[I4, npt.NDArray[np.float64], npt.NDArray[Any]]:
    """Patches of a mask or of classes that are large and wide enough.

    Parameters
    ----------
    mask : (h, w) bool or integer
        True, or a class above 0; patches of a class are joined by cell edges.
    grid : Grid
    min_area_m2, min_width_m : float
        Ellipsoidal area, and width as in `opened`.

    Returns
    -------
    labels : (h, w) int32
        1 to n, 0 elsewhere.
    area_m2 : (n + 1,) float
        Ellipsoidal area by label; 0 for label 0.
    values : (n + 1,)
        Class of each label.
    """
    found = _patches(mask, grid, min_area_m2, min_width_m)
    return found.labels, found.area_m2, found.values


def _patches(
    mask: npt.NDArray[Any], grid: Grid, min_area_m2: float, min_width_m: float
) -> _Patches:
    require_grid(grid, "parcels")
    if mask.shape != tuple(grid.shape):
        raise DataError(
            say("gis.cells.mask_does_not_have_grid"),
            where=say("gis.cells.at_parcels"),
            got=str(mask.shape),
            expected=str(tuple(grid.shape)),
        )
    if mask.dtype.kind not in "biu":
        raise DataError(
            say("gis.cells.mask_bool_whole_numbers"),
            where=say("gis.cells.at_parcels"),
            got=str(mask.dtype),
        )
    found = _kept(_coded(mask), grid, min_area_m2)
    if min_width_m > cell_size_m(grid) and len(found.area_m2) > 1:
        # opening can cut a patch in pieces, some of them too small
        wide = np.zeros(mask.shape, mask.dtype)
        for value in np.unique(found.values[1:]):
            own = np.isin(found.labels, np.flatnonzero(found.values == value))
            wide[opened(own, grid, min_width_m)] = value
        found = _kept(_coded(wide), grid, min_area_m2)
    return found


@dataclass(frozen=True)
class _Patches:
    """Patches by label, 0 among them: area, cells and class."""

    labels: I4
    area_m2: npt.NDArray[np.float64]
    cells: npt.NDArray[np.int64]
    values: npt.NDArray[np.int64]


def _coded(mask: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The mask in as few bytes as hold it, of three kinds: few kernels are compiled."""
    if mask.dtype == bool:
        return np.ascontiguousarray(mask).view(np.uint8)
    if mask.dtype == np.uint8:
        return np.ascontiguousarray(mask)
    low, high = (int(mask.min()), int(mask.max())) if mask.size else (0, 0)
    if low >= 0 and high <= _BYTE:
        return np.ascontiguousarray(mask, dtype=np.uint8)
    most = np.iinfo(np.int32).max
    small = -most <= low and high <= most
    return np.ascontiguousarray(mask, dtype=np.int32 if small else np.int64)


def _kept(classes: npt.NDArray[Any], grid: Grid, min_area_m2: float) -> _Patches:
    """The patches of at least an area, in the order of classes, then of cells."""
    labels = np.empty(classes.shape, np.int32)
    values = label_classes(classes, labels)
    area, cells = cells_by_label(labels, grid, len(values) - 1)
    keep = area >= min_area_m2
    keep[0] = False
    kept = np.flatnonzero(keep)
    kept = kept[np.argsort(values[kept], kind="stable")]
    new = np.zeros(len(values), np.int32)
    new[kept] = np.arange(1, len(kept) + 1)
    renumber(labels, new)
    rows = np.concatenate(([0], kept))
    return _Patches(labels, area[rows], cells[rows], values[rows])


def polygonize(
    mask: npt.NDArray[Any],
    grid: Grid,
    *,
    min_area_m2: float = 0.0,
    min_width_m: float = 0.0,
    smooth: bool = True,
) -> gpd.GeoDataFrame:
    """Polygons of the patches of a mask, or of each class of a raster.

    Parameters
    ----------
    mask : (h, w) bool or integer
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


def _traced(labels: I4, soft: Mask, room: int) -> _Rings:
    while True:
        points = np.empty((room, 4), np.int32)
        start, owner = np.empty(room, np.int64), np.empty(room - 1, np.int32)
        n_rings, n_points = trace_rings(labels, soft, room, points, start, owner)
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
    labels = np.empty(mask.shape, np.int32)
    n = len(label_classes(_coded(mask), labels)) - 1
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
