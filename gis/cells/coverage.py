"""Exact share of each cell that polygons cover, as runs of cells along the rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gis.cells.grid import Grid, Window, cell_size_m, full_window, origin
from gis.cells.jit import kernel
from gis.cells.ragged import HOLE, LINE, Ragged
from gis.types import F8, I4, I8

__all__ = ["Runs", "coverage", "coverage_runs", "expand_runs"]


# A share this close to 0 or 1 is 0 or 1: it is rounding of the sums along a row.
_SNAP = 1e-11
_BAND = 64


@dataclass(frozen=True)
class Runs:
    """Coverage of a grid in runs of cells; cells in no run are not covered.

    Attributes
    ----------
    row : (h + 1,) int
        Where each row starts in the runs.
    start, stop : (n,) int
        First column of a run and the one after its last.
    share : (n,) float
        Covered share of every cell of the run, above 0, 1 when covered whole.
    """

    row: I8
    start: I8
    stop: I8
    share: F8

    def cells(self) -> float:
        """Covered area in cells."""
        return math.fsum(((self.stop - self.start) * self.share).tolist())


@kernel
def _accumulate(
    xy: F8,
    part: I8,
    sign: F8,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
    area: F8,
    cover: F8,
    touched: I4,
    count: I8,
) -> bool:
    """Add the edges' signed trapezoids of rows r0 .. r0 + len(area) to the row buffers.

    A piece of an edge inside cell c covers the part of that cell right of it, and all cells
    further right by its height. `cover` has one column more on the left for what lies west
    of the grid. `touched` collects the cells of each row that an edge runs through, some
    more than once.
    """
    rows, width = area.shape
    for p in range(len(part) - 1):
        if sign[p] == 0.0:
            continue
        for i in range(part[p], part[p + 1] - 1):
            ua = (xy[i, 0] - x0) / cell - c0
            ub = (xy[i + 1, 0] - x0) / cell - c0
            va = (y0 - xy[i, 1]) / cell - r0
            vb = (y0 - xy[i + 1, 1]) / cell - r0
            way = sign[p]
            if va > vb:
                ua, ub, va, vb = ub, ua, vb, va
                way = -way
            if va == vb or vb <= 0.0 or va >= rows:
                continue
            slope = (ub - ua) / (vb - va)
            k = max(math.floor(va), 0)
            k_end = min(math.ceil(vb), rows)
            while k < k_end:
                v1 = max(va, float(k))
                v2 = min(vb, k + 1.0)
                u1 = ua if v1 == va else ua + (v1 - va) * slope
                u2 = ub if v2 == vb else ua + (v2 - va) * slope
                h = v2 - v1
                if h > 0.0:
                    lo = min(u1, u2)
                    hi = max(u1, u2)
                    if lo >= width:
                        pass
                    elif hi <= 0.0:
                        cover[k, 0] += way * h
                    elif hi - lo < 1e-12:
                        c = math.floor(lo)
                        if c < 0:
                            cover[k, 0] += way * h
                        elif c < width:
                            if count[k] == 0 or touched[k, count[k] - 1] != c:
                                if count[k] == touched.shape[1]:
                                    return False
                                touched[k, count[k]] = c
                                count[k] += 1
                            area[k, c] += way * h * (1.0 - (0.5 * (lo + hi) - c))
                            cover[k, c + 1] += way * h
                    else:
                        per = h / (hi - lo)
                        if lo < 0.0:
                            cover[k, 0] += way * per * (0.0 - lo)
                            lo = 0.0
                        hi = min(hi, float(width))
                        c = math.floor(lo)
                        while lo < hi:
                            end = min(hi, c + 1.0)
                            piece = per * (end - lo)
                            if c < width:
                                if count[k] == 0 or touched[k, count[k] - 1] != c:
                                    if count[k] == touched.shape[1]:
                                        return False
                                    touched[k, count[k]] = c
                                    count[k] += 1
                                area[k, c] += way * piece * (1.0 - (0.5 * (lo + end) - c))
                                cover[k, c + 1] += way * piece
                            lo = end
                            c += 1
                k += 1
    return True


@kernel
def _scan(
    area: F8,
    cover: F8,
    touched: I4,
    count: I8,
    start: I8,
    stop: I8,
    share: F8,
    row: I8,
    base: int,
    snap: float,
) -> int:
    """Sum along the rows into runs and clear the buffers; the number of runs."""
    rows, width = area.shape
    n = 0
    for k in range(rows):
        row[k] = base + n
        total = cover[k, 0]
        cover[k, 0] = 0.0
        at = 0  # the first cell not decided yet
        cells = touched[k, : count[k]]
        cells.sort()
        for i in range(count[k] + 1):
            c = width if i == count[k] else int(cells[i])
            if i > 0 and c < width and c == cells[i - 1]:
                continue
            # between touched cells the share does not change
            if at < c and abs(total) >= snap:
                v = 1.0 if abs(total - 1.0) < snap else total
                if n > row[k] - base and stop[n - 1] == at and share[n - 1] == v:
                    stop[n - 1] = c
                else:
                    start[n] = at
                    stop[n] = c
                    share[n] = v
                    n += 1
            if c == width:
                break
            v = total + area[k, c]
            total += cover[k, c + 1]
            area[k, c] = 0.0
            cover[k, c + 1] = 0.0
            at = c + 1
            if abs(v) < snap:
                continue
            if abs(v - 1.0) < snap:
                v = 1.0
            if n > row[k] - base and stop[n - 1] == c and share[n - 1] == v:
                stop[n - 1] = c + 1
            else:
                start[n] = c
                stop[n] = c + 1
                share[n] = v
                n += 1
        count[k] = 0
    return n


def _signs(shapes: Ragged) -> F8:
    """+1 or -1 per part so that shells add and holes take away; 0 for lines and points."""
    out = np.zeros(len(shapes.kind))
    for p in np.flatnonzero(shapes.kind > LINE):
        ring = shapes.xy[shapes.part[p] : shapes.part[p + 1]]
        ring = ring - ring[0]
        twice = float(np.dot(ring[:-1, 0], ring[1:, 1]) - np.dot(ring[1:, 0], ring[:-1, 1]))
        if twice:
            out[p] = math.copysign(1.0, twice) * (-1.0 if shapes.kind[p] == HOLE else 1.0)
    return out


def coverage_runs(shapes: Ragged, grid: Grid) -> Runs:
    """The exact share of every cell that the polygons cover together.

    Parameters
    ----------
    shapes : Ragged
        Polygons that do not overlap one another; lines and points are passed over.
    grid : Grid

    Returns
    -------
    Runs
        Sums to the planar area of the polygons (inside the grid) to 1e-12 of a row's cells.

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> from gis.cells.ragged import ragged
    >>> g = plan_grid((0, 0, 30, 20), 4544, 10)
    >>> runs = coverage_runs(ragged([shapely.box(5, 0, 20, 10)]), g)
    >>> runs.row.tolist(), runs.start.tolist(), runs.share.tolist()
    ([0, 0, 2], [0, 1], [0.5, 1.0])
    """
    height, width = (int(n) for n in grid.shape)
    x0, y0 = origin(grid)
    cell = cell_size_m(grid)
    sign = _signs(shapes)
    row = np.zeros(height + 1, dtype=np.int64)
    found: list[tuple[I8, I8, F8]] = []
    some = shapes.xy[:, 1] if len(shapes.xy) else np.array([y0])
    across = shapes.xy[:, 0] if len(shapes.xy) else np.array([x0])
    left = min(max(int((across.min() - x0) / cell) - 1, 0), width - 1)
    right = max(min(int((across.max() - x0) / cell) + 2, width), left + 1)
    first = max(int((y0 - some.max()) / cell) - 1, 0)
    final = min(int((y0 - some.min()) / cell) + 2, height)
    area = np.zeros((_BAND, right - left))
    cover = np.zeros((_BAND, right - left + 1))
    touched = np.empty((_BAND, 64), dtype=np.int32)
    total = 0
    for r0 in range(0, height, _BAND):
        rows = min(_BAND, height - r0)
        if r0 + rows <= first or r0 >= final:
            row[r0 : r0 + rows] = total
            continue
        count = np.zeros(_BAND, dtype=np.int64)
        a, c = area[:rows], cover[:rows]
        while not _accumulate(
            shapes.xy, shapes.part, sign, x0, y0, cell, r0, left, a, c, touched, count
        ):
            # an edge along a row touches more cells than there was room for: start again
            touched = np.empty((_BAND, 4 * touched.shape[1]), dtype=np.int32)
            count[:] = 0
            a[:] = 0.0
            c[:] = 0.0
        room = 2 * int(count.sum()) + rows
        start = np.empty(room, dtype=np.int64)
        stop = np.empty(room, dtype=np.int64)
        share = np.empty(room)
        n = _scan(a, c, touched, count, start, stop, share, row[r0 : r0 + rows], total, _SNAP)
        found.append((start[:n] + left, stop[:n] + left, share[:n]))
        total += n
    row[height] = total
    if not found:
        empty = np.empty(0, dtype=np.int64)
        return Runs(row, empty, empty, np.empty(0))
    start, stop, share = (np.concatenate(c) for c in zip(*found, strict=True))
    return Runs(row, start, stop, share)


@kernel
def _expand(row: I8, start: I8, stop: I8, share: F8, r0: int, c0: int, out: F8) -> None:
    height, width = out.shape
    for k in range(height):
        for i in range(row[r0 + k], row[r0 + k + 1]):
            a = max(start[i] - c0, 0)
            b = min(stop[i] - c0, width)
            for c in range(a, b):
                out[k, c] = share[i]


def expand_runs(runs: Runs, window: Window) -> F8:
    """Coverage of the cells of a window, (h, w) shares."""
    r, c = window
    out = np.zeros((r.stop - r.start, c.stop - c.start))
    _expand(runs.row, runs.start, runs.stop, runs.share, r.start, c.start, out)
    return out


def coverage(shapes: Ragged, grid: Grid, window: Window | None = None) -> F8:
    """The exact share of every cell that the polygons cover, as an array.

    Parameters
    ----------
    shapes : Ragged
        Polygons that do not overlap one another.
    grid : Grid
    window : (slice, slice), optional
        Part of the grid wanted; any window gives the same bits.

    Returns
    -------
    (h, w) float
        0 to 1.

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> from gis.cells.ragged import ragged
    >>> g = plan_grid((0, 0, 30, 20), 4544, 10)
    >>> coverage(ragged([shapely.box(5, 0, 20, 10)]), g).tolist()
    [[0.0, 0.0, 0.0], [0.5, 1.0, 0.0]]
    """
    return expand_runs(coverage_runs(shapes, grid), window or full_window(grid))
