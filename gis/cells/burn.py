"""Kernels that write geometries into a grid of bit masks.

A cell is hit when its *centre* lies within a distance of the geometry. For one row of cells
the points within `d` of a segment form one interval (a capsule cut by a line), so whole runs
of cells are written at once. Where an end of the interval falls on a cell centre to within
rounding, the distance is computed with the very arithmetic of GEOS and decides, so the mask
equals ``shapely.distance(centre, geometry) <= d`` cell by cell.
"""

from __future__ import annotations

import math

import numpy as np

from gis.cells.jit import kernel
from gis.types import F8, I8, U1, U8

__all__ = ["burn", "fill_only", "touch"]


# Ends of an interval nearer to a cell centre than this (in cells) are decided exactly.
_TIE = 1e-6


@kernel
def _distance(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Distance of a point from a segment, in GEOS' order of operations."""
    if ax == bx and ay == by:
        return math.sqrt((px - ax) * (px - ax) + (py - ay) * (py - ay))
    len2 = (bx - ax) * (bx - ax) + (by - ay) * (by - ay)
    r = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / len2
    if r <= 0.0:
        return math.sqrt((px - ax) * (px - ax) + (py - ay) * (py - ay))
    if r >= 1.0:
        return math.sqrt((px - bx) * (px - bx) + (py - by) * (py - by))
    s = ((ay - py) * (bx - ax) - (ax - px) * (by - ay)) / len2
    return abs(s) * math.sqrt(len2)


@kernel
def _capsule(
    out: U8,
    mask: np.uint64,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    d: float,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
    last: I8,
) -> None:
    """Write the cells within `d` of the segment A-B.

    `last` holds for every row of `out` the run written last for this feature, so that the
    overlap of neighbouring segments is not written twice.
    """
    height, width = out.shape
    top = max(ay, by) + d
    bottom = min(ay, by) - d
    r = max(math.ceil((y0 - top) / cell - 0.5 - _TIE), r0)
    r_end = min(math.floor((y0 - bottom) / cell - 0.5 + _TIE), r0 + height - 1)
    if r > r_end:
        return
    left = (min(ax, bx) - d - x0) / cell - 0.5
    right = (max(ax, bx) + d - x0) / cell - 0.5
    if right < c0 - _TIE or left > c0 + width - 1 + _TIE:
        return
    dx = bx - ax
    dy = by - ay
    length = math.sqrt(dx * dx + dy * dy)
    nx = 0.0
    ny = 0.0
    if length > 0.0:
        nx = -dy / length * d
        ny = dx / length * d
    d2 = d * d
    thin = 1e-6 * cell * cell
    while r <= r_end:
        y = y0 - (r + 0.5) * cell
        lo = math.inf
        hi = -math.inf
        # grazing: the interval's ends move fast with rounding here, so look at every cell
        grazing = False
        t = d2 - (y - ay) * (y - ay)
        if t >= -1e-9 * d2:
            if t < thin:
                grazing = True
            s = math.sqrt(max(t, 0.0))
            lo = min(lo, ax - s)
            hi = max(hi, ax + s)
        t = d2 - (y - by) * (y - by)
        if t >= -1e-9 * d2:
            if t < thin:
                grazing = True
            s = math.sqrt(max(t, 0.0))
            lo = min(lo, bx - s)
            hi = max(hi, bx + s)
        if length > 0.0:
            for side in range(2):
                ex = nx if side == 0 else -nx
                ey = ny if side == 0 else -ny
                ya = ay + ey
                yb = by + ey
                if min(ya, yb) <= y <= max(ya, yb):
                    if ya == yb:
                        lo = min(lo, min(ax, bx) + ex)
                        hi = max(hi, max(ax, bx) + ex)
                        grazing = True
                    else:
                        if abs(dx) > 1e3 * abs(dy):
                            grazing = True
                        x = ax + ex + (y - ya) * (dx / (yb - ya))
                        lo = min(lo, x)
                        hi = max(hi, x)
        if lo <= hi:
            f = (lo - x0) / cell - 0.5
            g = (hi - x0) / cell - 0.5
            if grazing:
                # widen by one cell, then let the exact distance trim both ends
                a = math.ceil(max(f, c0 - 2.0)) - 1
                b = math.floor(min(g, c0 + width + 1.0)) + 1
                while a <= b and _distance(x0 + (a + 0.5) * cell, y, ax, ay, bx, by) > d:
                    a += 1
                while b >= a and _distance(x0 + (b + 0.5) * cell, y, ax, ay, bx, by) > d:
                    b -= 1
            else:
                a = math.ceil(max(f, c0 - 2.0) - _TIE)
                if a - f < _TIE and _distance(x0 + (a + 0.5) * cell, y, ax, ay, bx, by) > d:
                    a += 1
                b = math.floor(min(g, c0 + width + 1.0) + _TIE)
                if g - b < _TIE and _distance(x0 + (b + 0.5) * cell, y, ax, ay, bx, by) > d:
                    b -= 1
            a = max(a - c0, 0)
            b = min(b - c0, width - 1)
            if a <= b:
                k = r - r0
                p = last[k, 0]
                q = last[k, 1]
                if a > q + 1 or b < p - 1:
                    for c in range(a, b + 1):
                        out[k, c] |= mask
                    last[k, 0] = a
                    last[k, 1] = b
                else:
                    for c in range(a, p):
                        out[k, c] |= mask
                    for c in range(q + 1, b + 1):
                        out[k, c] |= mask
                    last[k, 0] = min(a, p)
                    last[k, 1] = max(b, q)
        r += 1


@kernel
def _fill(
    out: U8,
    mask: np.uint64,
    xy: F8,
    part: I8,
    kind: U1,
    p0: int,
    p1: int,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
    count: I8,
    scratch: F8,
    last: I8,
) -> F8:
    """Write the cells whose centre is inside the rings of one feature (even-odd).

    The pixel-centre rule of GDAL: rows count in [top, bottom), columns in (left, right].
    """
    height, width = out.shape
    lo = height
    hi = -1
    total = 0
    # how many edges cross each row
    for p in range(p0, p1):
        if kind[p] < 2:
            continue
        for i in range(part[p], part[p + 1] - 1):
            va = (y0 - xy[i, 1]) / cell
            vb = (y0 - xy[i + 1, 1]) / cell
            if va > vb:
                va, vb = vb, va
            a = max(math.ceil(va - 0.5) - r0, 0)
            b = min(math.ceil(vb - 0.5) - r0, height)
            if a < b:
                lo = min(lo, a)
                hi = max(hi, b - 1)
                total += b - a
                for k in range(a, b):
                    count[k] += 1
    if hi < lo:
        return scratch
    if total > len(scratch):
        scratch = np.empty(2 * total, dtype=np.float64)
    at = 0
    for k in range(lo, hi + 1):
        n = count[k]
        count[k] = at
        at += n
    for p in range(p0, p1):
        if kind[p] < 2:
            continue
        for i in range(part[p], part[p + 1] - 1):
            ua = (xy[i, 0] - x0) / cell
            ub = (xy[i + 1, 0] - x0) / cell
            va = (y0 - xy[i, 1]) / cell
            vb = (y0 - xy[i + 1, 1]) / cell
            if va > vb:
                va, vb = vb, va
                ua, ub = ub, ua
            a = max(math.ceil(va - 0.5) - r0, 0)
            b = min(math.ceil(vb - 0.5) - r0, height)
            for k in range(a, b):
                x = (r0 + k + 0.5 - va) * (ub - ua) / (vb - va) + ua
                scratch[count[k]] = x
                count[k] += 1
    start = 0
    for k in range(lo, hi + 1):
        stop = count[k]
        count[k] = 0
        # insertion sort: a row is crossed a few times only
        for i in range(start + 1, stop):
            v = scratch[i]
            j = i - 1
            while j >= start and scratch[j] > v:
                scratch[j + 1] = scratch[j]
                j -= 1
            scratch[j + 1] = v
        for i in range(start, stop - 1, 2):
            a = max(math.floor(max(scratch[i], c0 - 1.0) + 0.5) - c0, 0)
            b = min(math.floor(min(scratch[i + 1], c0 + width + 1.0) + 0.5) - c0, width)
            for c in range(a, b):
                out[k, c] |= mask
            if a < b and b - 1 - a > last[k, 1] - last[k, 0]:
                last[k, 0] = a
                last[k, 1] = b - 1
        start = stop
    return scratch


@kernel
def burn(
    out: U8,
    xy: F8,
    part: I8,
    kind: U1,
    feature: I8,
    bounds: F8,
    select: I8,
    distance: F8,
    mask: U8,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
) -> None:
    """Set the bits ``mask[f]`` of cells whose centre is within ``distance[f]`` of feature f.

    Parameters
    ----------
    out : (h, w) uint64
        Window of a grid, changed in place.
    xy, part, kind, feature, bounds
        See `gis.cells.ragged.Ragged`.
    select : (k,) int
        Features to look at; those outside the window are passed over.
    distance : (f,) float
        Per feature [m]; NaN means never. 0 means inside or on the edge.
    mask : (f,) uint64
    x0, y0, cell
        Left and top edge of the *whole* grid and cell size [m].
    r0, c0
        First row and column of the window in the whole grid. Coordinates are computed from
        the whole grid, so that cutting it into windows never changes a bit.
    """
    height, width = out.shape
    count = np.zeros(height, dtype=np.int64)
    last = np.empty((height, 2), dtype=np.int64)
    scratch = np.empty(256, dtype=np.float64)
    left = x0 + c0 * cell
    right = x0 + (c0 + width) * cell
    top = y0 - r0 * cell
    bottom = y0 - (r0 + height) * cell
    for f in select:
        d = distance[f]
        if not d >= 0.0 or feature[f] == feature[f + 1]:
            continue
        if (
            bounds[f, 0] - d > right
            or bounds[f, 2] + d < left
            or bounds[f, 1] - d > top
            or bounds[f, 3] + d < bottom
        ):
            continue
        k0 = max(int((top - bounds[f, 3] - d) / cell) - 2, 0)
        k1 = min(int((top - bounds[f, 1] + d) / cell) + 3, height)
        for k in range(k0, k1):
            last[k, 0] = 1 << 60
            last[k, 1] = -(1 << 60)
        p0 = feature[f]
        p1 = feature[f + 1]
        polygon = False
        for p in range(p0, p1):
            polygon = polygon or kind[p] >= 2
        if polygon:
            scratch = _fill(
                out, mask[f], xy, part, kind, p0, p1, x0, y0, cell, r0, c0, count, scratch, last
            )
        for p in range(p0, p1):
            s = part[p]
            e = part[p + 1]
            if e - s == 1:
                ax = xy[s, 0]
                ay = xy[s, 1]
                _capsule(out, mask[f], ax, ay, ax, ay, d, x0, y0, cell, r0, c0, last)
            for i in range(s, e - 1):
                ax = xy[i, 0]
                ay = xy[i, 1]
                bx = xy[i + 1, 0]
                by = xy[i + 1, 1]
                _capsule(out, mask[f], ax, ay, bx, by, d, x0, y0, cell, r0, c0, last)


@kernel
def fill_only(
    out: U8,
    xy: F8,
    part: I8,
    kind: U1,
    feature: I8,
    select: I8,
    mask: U8,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
) -> None:
    """Set ``mask[f]`` by GDAL's pixel-centre rule: edges are half open. See `burn`."""
    height = out.shape[0]
    count = np.zeros(height, dtype=np.int64)
    last = np.zeros((height, 2), dtype=np.int64)
    scratch = np.empty(256, dtype=np.float64)
    for f in select:
        scratch = _fill(
            out,
            mask[f],
            xy,
            part,
            kind,
            feature[f],
            feature[f + 1],
            x0,
            y0,
            cell,
            r0,
            c0,
            count,
            scratch,
            last,
        )


@kernel
def touch(
    out: U8,
    xy: F8,
    part: I8,
    feature: I8,
    select: I8,
    mask: U8,
    x0: float,
    y0: float,
    cell: float,
    r0: int,
    c0: int,
) -> None:
    """Set ``mask[f]`` of every cell that an edge, line or point of feature f touches.

    A cell is closed: touching its border or corner counts, on both sides.
    """
    height, width = out.shape
    for f in select:
        for p in range(feature[f], feature[f + 1]):
            s = part[p]
            e = part[p + 1]
            for i in range(s, max(e - 1, s + 1)):
                j = min(i + 1, e - 1)
                ua = (xy[i, 0] - x0) / cell
                ub = (xy[j, 0] - x0) / cell
                va = (y0 - xy[i, 1]) / cell
                vb = (y0 - xy[j, 1]) / cell
                if va > vb:
                    va, vb = vb, va
                    ua, ub = ub, ua
                k0 = max(math.ceil(va) - 1 - r0, 0)
                k1 = min(math.floor(vb) - r0, height - 1)
                for k in range(k0, k1 + 1):
                    # the part of the segment inside the closed row
                    xa = ua
                    xb = ub
                    if va < r0 + k:
                        xa = ua + (r0 + k - va) * (ub - ua) / (vb - va)
                    if vb > r0 + k + 1:
                        xb = ua + (r0 + k + 1 - va) * (ub - ua) / (vb - va)
                    if xa > xb:
                        xa, xb = xb, xa
                    a = max(math.ceil(max(xa, c0 - 1.0)) - 1 - c0, 0)
                    b = min(math.floor(min(xb, c0 + width + 1.0)) - c0, width - 1)
                    for c in range(a, b + 1):
                        out[k, c] |= mask[f]
