"""Numbers of sites: contiguous land that is left, wide and large enough, split where too large.

Land is gone through in strips of rows and kept as runs; only a piece that is too large is laid
out as cells, by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from gis.cells.by_label import areas_by_label
from gis.cells.cell_area import area_rows
from gis.cells.grid import Grid, Window, window_grid
from gis.cells.parcels import label_patches, opened_in_strips
from gis.cells.ragged import Ragged, ragged
from gis.cells.rasterize import within
from gis.cells.runs import Cells, RunRaster, in_strips, run_raster
from gis.errors import DataError
from gis.say import say
from gis.types import F8, Mask
from siting.sites.split import split_patch, split_straight

if TYPE_CHECKING:
    from siting.sites.section import SitesSection

__all__ = ["Barrier", "Labels", "site_labels"]

Labels = npt.NDArray[np.int32]
Barrier: TypeAlias = Callable[[Window], F8]
"""Where block borders should run, for the cells of a window."""

_WHOLE = 1 << 24  # cells of the box of a piece that is split by what lies in it alone
_SQUARE = 2048  # cells of a side a larger one is first cut into


def site_labels(
    mask: Cells,
    grid: Grid,
    section: SitesSection,
    *,
    roads: npt.NDArray[np.object_] | None = None,
    barrier: Barrier | None = None,
    parts: Cells | None = None,
) -> RunRaster:
    """Number the pieces of a mask that can be sites.

    Parameters
    ----------
    mask : (h, w) bool, or RunRaster
        Land a site may be made of.
    grid : Grid
    section : SitesSection
        Smallest area and width, largest area, gap bridged across small roads.
    roads : geometries, optional
        Centre lines of the roads a site may straddle, in the grid's CRS.
    barrier : callable, optional
        Where block borders should run when a piece is split, for a window of the grid: higher
        along roads and steps of the ground.
    parts : (h, w) uint16, or RunRaster, optional
        Cells of two numbers are never in one site, whatever the roads.

    Returns
    -------
    RunRaster of int32
        1 to n in no order that means anything; 0 is no site. Road strips between two parts
        of a site are 0.

    Raises
    ------
    DataError
        When mask and grid differ in shape.

    Notes
    -----
    A piece whose box has more than 16.8 million cells is cut along a grid of 2,048 cells before
    it is split: what is split is held as cells.
    """
    if tuple(mask.shape) != tuple(grid.shape):
        raise DataError(
            say("siting.sites.mask_and_grid_differ"),
            where="sites",
            got=str(tuple(mask.shape)),
        )
    land = mask if isinstance(mask, RunRaster) else run_raster(mask)
    cut = parts if isinstance(parts, RunRaster) or parts is None else run_raster(parts)
    # necks first: what hangs together only by a neck is two pieces
    wide = _opened(land, grid, section.min_width_m, cut)
    near = None
    if roads is not None and len(roads) and section.merge_across_m > 0:
        near = ragged(roads)
    patches = _patches(wide, grid, near, section.merge_across_m, cut)
    labels, area, _ = label_patches(patches, grid)
    rows_m2 = area_rows(grid)
    if near is not None:
        joined = labels
        labels = in_strips(land.shape, lambda w: np.where(wide[w], joined[w], 0))
        area = areas_by_label(labels, grid, len(area) - 1, rows=rows_m2)
    return _split(labels, area, grid, section, rows_m2, barrier)


def _opened(land: RunRaster, grid: Grid, width_m: float, parts: RunRaster | None) -> RunRaster:
    """What of the land is wide enough, of each part for itself."""
    if parts is None:
        own = opened_in_strips(land.__getitem__, grid, width_m)
        return in_strips(land.shape, own, bool)
    of_part = [
        opened_in_strips(partial(_in_part, land, parts, k), grid, width_m)
        for k in np.unique(parts.value).tolist()
    ]

    def told(window: Window) -> Mask:
        return np.asarray(np.logical_or.reduce([one(window) for one in of_part]), bool)

    return in_strips(land.shape, told, bool)


def _in_part(land: RunRaster, parts: RunRaster, k: int, window: Window) -> Mask:
    return np.asarray(land[window] & (parts[window] == k))


def _patches(
    wide: RunRaster, grid: Grid, roads: Ragged | None, gap_m: float, parts: RunRaster | None
) -> RunRaster:
    """What hangs together: the strips of small roads no wider than `gap_m` are added.

    Only cells within half the gap of such a road are added, so two pieces become one site
    where a small road is all that parts them. Cells of two parts have two numbers.
    """
    if roads is None and parts is None:
        return wide

    def told(window: Window) -> Labels:
        joined = wide[window]
        if roads is not None:
            joined = joined | within(roads, gap_m / 2, grid, window)
        number = 1 if parts is None else parts[window].astype(np.int32) + 1
        return np.where(joined, number, 0).astype(np.int32)

    return in_strips(wide.shape, told)


def _split(
    labels: RunRaster,
    area: F8,
    grid: Grid,
    section: SitesSection,
    rows_m2: F8,
    barrier: Barrier | None,
) -> RunRaster:
    """Pieces that are large enough, numbered anew, those that are too large as blocks."""
    number, used = np.zeros(len(area), np.int32), 0
    blocks: list[tuple[Window, RunRaster]] = []
    boxes = labels.boxes(len(area) - 1)
    for k in np.flatnonzero(area >= section.min_area_ha * 1e4).tolist():
        if area[k] <= section.max_area_ha * 1e4:
            used += 1
            number[k] = used
            continue
        for window, here in _in_squares(labels, k, boxes[k], grid, section):
            measure = partial(_areas, grid=grid, window=window, rows=rows_m2)
            cost = None if barrier is None else partial(barrier, window)
            part = _blocks(here, measure, section, cost)
            there = np.flatnonzero(measure(part) > 0)
            new = np.zeros(int(there[-1]) + 1, np.int32)
            new[there] = np.arange(used + 1, used + len(there) + 1)
            blocks.append((window, run_raster(new[part])))
            used += len(there)
    whole = labels.map(number)
    if not blocks:
        return whole

    def told(window: Window) -> Labels:
        out: Labels = whole[window]
        for (r, c), own in blocks:
            top, end = max(r.start, window[0].start), min(r.stop, window[0].stop)
            if top < end:
                found = own[top - r.start : end - r.start, :]
                to = out[top - window[0].start : end - window[0].start, c]
                np.copyto(to, found, where=found > 0)
        return out

    return in_strips(labels.shape, told)


def _in_squares(
    labels: RunRaster, k: int, box: npt.NDArray[np.int64], grid: Grid, section: SitesSection
) -> Iterator[tuple[Window, Mask]]:
    """A piece as cells in its window, one too large for that part by part."""
    window = _window(box)
    if (box[1] - box[0]) * (box[3] - box[2]) <= _WHOLE:
        yield window, labels[window] == k
        return
    own = labels.crop(window)
    across = -(-own.shape[1] // _SQUARE)

    def square(part: Window) -> Labels:
        r = np.arange(part[0].start, part[0].stop)[:, None] // _SQUARE
        c = np.arange(own.shape[1])[None, :] // _SQUARE
        return np.where(own[part] == k, 1 + r * across + c, 0).astype(np.int32)

    pieces, area, _ = label_patches(in_strips(own.shape, square), window_grid(grid, window))
    pieces = pieces.map(_held(pieces, area, section.min_area_ha * 1e4))
    held = pieces.boxes(len(area) - 1)
    for i in np.flatnonzero(held[:, 1] > 0).tolist():
        r, c = _window(held[i])
        place = (
            slice(window[0].start + r.start, window[0].start + r.stop),
            slice(window[1].start + c.start, window[1].start + c.stop),
        )
        yield place, pieces[r, c] == i


def _held(pieces: RunRaster, area: F8, least_m2: float) -> Labels:
    """New number of each piece: of one below the least area that of its longest neighbour."""
    out, size = np.arange(len(area), dtype=np.int32), area.copy()
    boxes, (h, w) = pieces.boxes(len(area) - 1), pieces.shape
    for k in np.argsort(area[1:], kind="stable") + 1:
        if size[out[k]] >= least_m2 or out[k] != k:
            continue
        r0, r1, c0, c1 = boxes[k].tolist()
        around = (slice(max(r0 - 1, 0), min(r1 + 1, h)), slice(max(c0 - 1, 0), min(c1 + 1, w)))
        to = _neighbour(out[pieces[around]], int(k))
        if to:
            size[to] += size[k]
            out[out == k] = to
            # what became one is looked around as one: there is always a neighbour left
            boxes[to, 0::2] = np.minimum(boxes[to, 0::2], boxes[k, 0::2])
            boxes[to, 1::2] = np.maximum(boxes[to, 1::2], boxes[k, 1::2])
    return out


def _window(box: npt.NDArray[np.int64]) -> Window:
    r0, r1, c0, c1 = box.tolist()
    return slice(r0, r1), slice(c0, c1)


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
    # one cell that is above the limit is not split
    while large := np.flatnonzero((sizes > limit) & (np.bincount(part.ravel()) > 1)).tolist():
        if cost is None and barrier is not None:
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
            part = _absorb(part, b, sizes, limit)
            sizes = areas(part)
    return part


def _absorb(part: Labels, block: int, sizes: F8, limit: float) -> Labels:
    """Give the cells of a block to a neighbour, best one that has room for them.

    Where none has, the block and the neighbour with most cell edges are shared out anew in
    halves: the least area is half the limit at most, so both are large enough.
    """
    full = np.flatnonzero(sizes + sizes[block] > limit)
    room = np.where(np.isin(part, full[full != block]), 0, part)
    if to := _neighbour(room, block):
        return np.where(part == block, to, part)
    if not (to := _neighbour(part, block)):
        return part
    halves = split_straight((part == block) | (part == to), 2)
    return np.where(halves == 0, part, np.where(halves == 1, block, to)).astype(np.int32)


def _neighbour(part: Labels, block: int) -> int:
    """The block that shares most cell edges with another, 0 when none does."""
    edges: dict[int, int] = {}
    for axis in (0, 1):
        first = part[:-1] if axis == 0 else part[:, :-1]
        second = part[1:] if axis == 0 else part[:, 1:]
        for mine, other in ((first, second), (second, first)):
            beside = other[(mine == block) & (other > 0) & (other != block)]
            for k, count in zip(*np.unique(beside, return_counts=True), strict=True):
                edges[int(k)] = edges.get(int(k), 0) + int(count)
    return max(edges, key=lambda k: (edges[k], -k)) if edges else 0
