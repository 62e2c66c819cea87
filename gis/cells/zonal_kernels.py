"""Kernels of `gis.cells.zonal`: exact covered fractions of cells, tallied as they come.

An edge that crosses a row over a height dy at mean position m within cell c covers dy * (1 - m)
of cell c and dy of every cell to the east; so it leaves dy * (1 - m) in c and dy * m in c + 1,
and the running sum along the row gives the covered fraction. Edges are cut at rows and
columns; an edge west of the raster counts for its first column, one east of it for none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.types import F8, I8, Mask

__all__ = ["class_kernel", "present_codes", "sum_kernel"]


_BUFFER = 1 << 17  # cells held at a time: 1 MiB stays in the cache
_NOISE = 1e-12  # rounding left in a cell that nothing covers


@kernel
def present_codes(values: npt.NDArray[Any], found: Mask) -> None:
    """Mark every value that occurs."""
    h, w = values.shape
    for r in range(h):
        for c in range(w):
            found[values[r, c]] = True


@kernel
def _row(acc: F8, base: int, w: int, xa: float, xb: float, d: float) -> None:
    """Leave the cover of one edge piece in one row."""
    left, right = (xa, xb) if xa < xb else (xb, xa)
    if left < 0.0 or right > w:
        if left >= w:
            return
        if right <= 0.0:
            acc[base] += d
            return
        inv = d / (right - left)
        if left < 0.0:
            acc[base] -= left * inv
            left = 0.0
        right = min(right, float(w))
        d = (right - left) * inv
    c = int(left)
    if right <= c + 1:
        m = d * ((left + right) * 0.5 - c)
        acc[base + c] += d - m
        acc[base + c + 1] += m
        return
    inv = d / (right - left)
    x = left
    while x < right:
        x1 = min(c + 1.0, right)
        piece = (x1 - x) * inv
        m = piece * ((x + x1) * 0.5 - c)
        acc[base + c] += piece - m
        acc[base + c + 1] += m
        x = x1
        c += 1


@kernel
def _edge(
    acc: F8,
    stride: int,
    lo: I8,
    hi: I8,
    n_rows: int,
    w: int,
    xa: float,
    ya: float,
    xb: float,
    yb: float,
    m: float,
) -> None:
    """Leave the cover of one edge in all rows 0..n_rows-1 that it crosses."""
    if ya > yb:
        xa, ya, xb, yb, m = xb, yb, xa, ya, -m
    if yb <= 0.0 or ya >= n_rows or ya == yb:
        return
    slope = (xb - xa) / (yb - ya)
    if ya < 0.0:
        xa -= ya * slope
        ya = 0.0
    if yb > n_rows:
        xb = xa + (n_rows - ya) * slope
        yb = float(n_rows)
    y, x = ya, xa
    r = int(ya)
    while y < yb:
        if r + 1 < yb:
            y1 = r + 1.0
            x1 = xa + (y1 - ya) * slope
        else:
            y1, x1 = yb, xb
        _row(acc, r * stride, w, x, x1, (y1 - y) * m)
        a, b = (x, x1) if x < x1 else (x1, x)
        lo[r] = min(lo[r], max(int(a), 0))
        hi[r] = max(hi[r], min(int(b) + 1, w))
        y, x = y1, x1
        r += 1


@kernel
def _turn(xy: F8, a: int, z: int) -> float:
    """Twice the signed area of a ring, about its first vertex."""
    x0, y0 = xy[a, 0], xy[a, 1]
    total = 0.0
    for i in range(a + 1, z - 1):
        total += (xy[i, 0] - x0) * (xy[i + 1, 1] - y0) - (xy[i + 1, 0] - x0) * (xy[i, 1] - y0)
    return total


@kernel
def _strip(
    acc: F8,
    stride: int,
    lo: I8,
    hi: I8,
    n_rows: int,
    w: int,
    xy: F8,
    part: I8,
    sign: F8,
    first: int,
    last: int,
    x_left: float,
    y_top: float,
    inv: float,
) -> None:
    """Leave the cover of all rings of a feature in the rows of a strip.

    ``x_left`` and ``y_top`` are the strip's own corner.
    """
    for r in range(n_rows):
        lo[r] = w
        hi[r] = -1
    for p in range(first, last):
        a, z = part[p], part[p + 1]
        m = sign[p]
        x1, y1 = (xy[a, 0] - x_left) * inv, (y_top - xy[a, 1]) * inv
        for i in range(a + 1, z):
            x0, y0 = x1, y1
            x1, y1 = (xy[i, 0] - x_left) * inv, (y_top - xy[i, 1]) * inv
            _edge(acc, stride, lo, hi, n_rows, w, x0, y0, x1, y1, m)


@kernel
def _prepare(xy: F8, part: I8, shell: Mask, first: int, last: int, sign: F8) -> float:
    """Sign of each ring so that covers are positive; the feature's planar area."""
    total = 0.0
    for p in range(first, last):
        turn = _turn(xy, part[p], part[p + 1])
        ring = 1.0 if shell[p] else -1.0
        # counter-clockwise rings go down on their left side, where rows count upwards
        sign[p] = ring if turn > 0.0 else -ring
        total += ring * abs(turn) * 0.5
    return total


@kernel
def _frame_of(
    xy: F8, a: int, z: int, x_left: float, y_top: float, inv: float, h: int, w: int
) -> tuple[int, int, int, int]:
    """Rows and columns of the raster that a feature's box meets: r0, r1, c0, c1."""
    xmin = ymin = np.inf
    xmax = ymax = -np.inf
    for i in range(a, z):
        xmin, xmax = min(xmin, xy[i, 0]), max(xmax, xy[i, 0])
        ymin, ymax = min(ymin, xy[i, 1]), max(ymax, xy[i, 1])
    c0, c1 = np.floor((xmin - x_left) * inv), np.ceil((xmax - x_left) * inv)
    r0, r1 = np.floor((y_top - ymax) * inv), np.ceil((y_top - ymin) * inv)
    return (
        int(max(r0, 0.0)),
        int(min(r1, float(h))),
        int(max(c0, 0.0)),
        int(min(c1, float(w))),
    )


@kernel
def class_kernel(
    xy: F8,
    part: I8,
    shell: Mask,
    feature: I8,
    first: int,
    last: int,
    x_left: float,
    y_top: float,
    cell: float,
    values: npt.NDArray[Any],
    column: I8,
    mask: Mask,
    has_mask: bool,  # noqa: FBT001
    weights: F8,
    hist: F8,
    cells: F8,
    planar: F8,
) -> None:
    """Tally class areas of features first..last-1 into ``hist`` (its last column: unknown)."""
    h, w = values.shape
    inv = 1.0 / cell
    n_u = 2.0 / w
    d = weights.shape[1]
    unknown = hist.shape[1] - 1
    size = max(_BUFFER, 2 * (w + 2))
    acc = np.zeros(size)
    lo = np.empty(h + 1, np.int64)
    hi = np.empty(h + 1, np.int64)
    sign = np.empty(max(part.shape[0] - 1, 1))
    for f in range(first, last):
        p0, p1 = feature[f], feature[f + 1]
        if p0 == p1:
            continue
        planar[f] = _prepare(xy, part, shell, p0, p1, sign)
        r0, r1, c0, c1 = _frame_of(xy, part[p0], part[p1], x_left, y_top, inv, h, w)
        if r0 >= r1 or c0 >= c1:
            continue
        width = c1 - c0
        stride = width + 2
        rows = min(size // stride, r1 - r0)
        total = 0.0
        for s in range(r0, r1, rows):
            n_rows = min(rows, r1 - s)
            _strip(
                acc,
                stride,
                lo,
                hi,
                n_rows,
                width,
                xy,
                part,
                sign,
                p0,
                p1,
                x_left + c0 * cell,
                y_top - s * cell,
                inv,
            )
            for k in range(n_rows):
                base = k * stride
                r = s + k
                cover = 0.0
                for c in range(lo[k], hi[k] + 1):
                    cover += acc[base + c]
                    acc[base + c] = 0.0
                    if c < width and cover > _NOISE:
                        j = unknown
                        if not has_mask or mask[r, c0 + c]:
                            j = column[values[r, c0 + c]]
                        u = (c0 + c + 0.5) * n_u - 1.0
                        area = weights[r, d - 1]
                        for q in range(d - 2, -1, -1):
                            area = area * u + weights[r, q]
                        hist[f, j] += cover * area
                        total += cover
        cells[f] = total


@kernel
def sum_kernel(
    xy: F8,
    part: I8,
    shell: Mask,
    feature: I8,
    first: int,
    last: int,
    x_left: float,
    y_top: float,
    cell: float,
    values: npt.NDArray[Any],
    mask: Mask,
    has_mask: bool,  # noqa: FBT001
    weights: F8,
    sums: F8,
    planar: F8,
) -> None:
    """Tally into ``sums``: value * area, value * fraction, known area, unknown area, cells."""
    h, w = values.shape
    inv = 1.0 / cell
    n_u = 2.0 / w
    d = weights.shape[1]
    size = max(_BUFFER, 2 * (w + 2))
    acc = np.zeros(size)
    lo = np.empty(h + 1, np.int64)
    hi = np.empty(h + 1, np.int64)
    sign = np.empty(max(part.shape[0] - 1, 1))
    for f in range(first, last):
        p0, p1 = feature[f], feature[f + 1]
        if p0 == p1:
            continue
        planar[f] = _prepare(xy, part, shell, p0, p1, sign)
        r0, r1, c0, c1 = _frame_of(xy, part[p0], part[p1], x_left, y_top, inv, h, w)
        if r0 >= r1 or c0 >= c1:
            continue
        width = c1 - c0
        stride = width + 2
        rows = min(size // stride, r1 - r0)
        for s in range(r0, r1, rows):
            n_rows = min(rows, r1 - s)
            _strip(
                acc,
                stride,
                lo,
                hi,
                n_rows,
                width,
                xy,
                part,
                sign,
                p0,
                p1,
                x_left + c0 * cell,
                y_top - s * cell,
                inv,
            )
            for k in range(n_rows):
                base = k * stride
                r = s + k
                cover = 0.0
                for c in range(lo[k], hi[k] + 1):
                    cover += acc[base + c]
                    acc[base + c] = 0.0
                    if c < width and cover > _NOISE:
                        u = (c0 + c + 0.5) * n_u - 1.0
                        area = weights[r, d - 1]
                        for q in range(d - 2, -1, -1):
                            area = area * u + weights[r, q]
                        v = float(values[r, c0 + c])
                        known = (not has_mask or mask[r, c0 + c]) and v == v
                        if known:
                            sums[f, 0] += v * cover * area
                            sums[f, 1] += v * cover
                            sums[f, 2] += cover * area
                        else:
                            sums[f, 3] += cover * area
                        sums[f, 4] += cover
