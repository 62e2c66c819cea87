"""Kernels of `gis.edges.match`: edges in bins, exact turns, edges that do not match."""

from __future__ import annotations

import numpy as np

from gis.cells.jit import kernel
from gis.types import F8, I4, I8, U1

__all__ = ["BAD", "MATCHED", "bins_of", "match_edges", "meet_edges"]

MATCHED, BAD = 1, 2
"""What is known of an edge: another polygon has it the other way round; it is wrong."""

_SURE = 1e-15  # of the two products: below it the sign of their difference is not sure
_SPLIT = 134217729.0  # 2^27 + 1: halves a number of 53 bits
_PAD = 1e-6  # of a bin: far more than rounding, so that what touches shares a bin


@kernel
def bins_of(
    xy: F8, left: float, low: float, side: float, wide: int, start: I8, edges: I4
) -> None:
    """Put every edge into the bins it runs through; ``start`` first counts, then points.

    Called twice: with no room in `edges` the bins are counted into ``start[1:]``, which the
    caller adds up; the second time they are filled, and `start` is moved to each bin's end.
    """
    fill = len(edges) > 0
    high = (len(start) - 1) // wide
    for i in range(len(xy) - 1):
        x0, y0, x1, y1 = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
        if not (np.isfinite(x0) and np.isfinite(x1)):
            continue  # rings are kept apart by a point that is none
        if y0 > y1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        first = max(int((y0 - low) / side - _PAD), 0)
        last = min(int((y1 - low) / side + _PAD), high - 1)
        for r in range(first, last + 1):
            # the part of the edge within this row of bins
            a, b = x0, x1
            if y1 > y0:
                a = x0 + (x1 - x0) * (max(low + r * side, y0) - y0) / (y1 - y0)
                b = x0 + (x1 - x0) * (min(low + (r + 1) * side, y1) - y0) / (y1 - y0)
            c0 = max(int((min(a, b) - left) / side - _PAD), 0)
            c1 = min(int((max(a, b) - left) / side + _PAD), wide - 1)
            for c in range(c0, c1 + 1):
                k = r * wide + c
                if fill:
                    edges[start[k]] = i
                    start[k] += 1
                else:
                    start[k + 1] += 1


@kernel
def _two_product(a: float, b: float) -> tuple[float, float]:
    """A product and what rounding took from it (Dekker 1971)."""
    p = a * b
    c = _SPLIT * a
    ah = c - (c - a)
    al = a - ah
    c = _SPLIT * b
    bh = c - (c - b)
    bl = b - bh
    return p, al * bl - (((p - ah * bh) - al * bh) - ah * bl)


@kernel
def _two_sum(a: float, b: float) -> tuple[float, float]:
    """A sum and what rounding took from it (Knuth)."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@kernel
def _turn(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """1 where c lies on the left hand of the line from a to b, -1 on the right, 0 on it."""
    one = (ax - cx) * (by - cy)
    two = (ay - cy) * (bx - cx)
    found = one - two
    if abs(found) > _SURE * (abs(one) + abs(two)):
        return 1 if found > 0.0 else -1
    # again with what rounding took: differences are pairs of numbers, and so are products
    ux, uxl = _two_sum(ax, -cx)
    uy, uyl = _two_sum(ay, -cy)
    vx, vxl = _two_sum(bx, -cx)
    vy, vyl = _two_sum(by, -cy)
    p, pl = _two_product(ux, vy)
    q, ql = _two_product(uy, vx)
    d, dl = _two_sum(p, -q)
    found = d + (dl + (pl - ql) + (ux * vyl + uxl * vy) - (uy * vxl + uyl * vx))
    return (found > 0.0) - (found < 0.0)


@kernel
def _quarter(dx: float, dy: float) -> int:
    """Quarter of a direction, from the east against the clock."""
    if dx >= 0.0:
        return 0 if dy >= 0.0 else 3
    return 1 if dy >= 0.0 else 2


@kernel
def _angle_greater(o: F8, p: F8, q: F8) -> bool:
    """Whether the direction from o to p comes after that to q, from the east round."""
    a, b = _quarter(p[0] - o[0], p[1] - o[1]), _quarter(q[0] - o[0], q[1] - o[1])
    if a != b:
        return a > b
    return _turn(o[0], o[1], q[0], q[1], p[0], p[1]) > 0


@kernel
def _in_corner(o: F8, before: F8, after: F8, p: F8) -> bool:
    """Whether the edge from o to p runs into the inside of a corner before - o - after.

    The inside is on the right hand of the two edges.
    """
    turned = _angle_greater(o, before, after)
    lo, hi = (after, before) if turned else (before, after)
    between = _angle_greater(o, p, lo) and not _angle_greater(o, p, hi)
    return between != turned


@kernel
def match_edges(xy: F8, owner: I4, start: I8, edges: I4, known: U1) -> None:
    """Mark edges another polygon has: the other way round they match, else both are wrong."""
    for k in range(len(start) - 1):
        for m in range(start[k], start[k + 1]):
            i = edges[m]
            for n in range(m + 1, start[k + 1]):
                j = edges[n]
                if owner[i] == owner[j]:
                    continue
                if (
                    xy[i, 0] == xy[j + 1, 0]
                    and xy[i, 1] == xy[j + 1, 1]
                    and xy[i + 1, 0] == xy[j, 0]
                    and xy[i + 1, 1] == xy[j, 1]
                ):
                    known[i] |= MATCHED
                    known[j] |= MATCHED
                elif (
                    xy[i, 0] == xy[j, 0]
                    and xy[i, 1] == xy[j, 1]
                    and xy[i + 1, 0] == xy[j + 1, 0]
                    and xy[i + 1, 1] == xy[j + 1, 1]
                ):
                    known[i] |= BAD
                    known[j] |= BAD


@kernel
def meet_edges(
    xy: F8, owner: I4, before: I4, after: I4, start: I8, edges: I4, known: U1
) -> None:
    """Mark edges that meet an edge of another polygon elsewhere than in both their ends.

    Of two that meet in an end, one that runs into the other polygon's corner is marked.
    ``before`` and ``after`` are the vertices around vertex i of its ring.
    """
    for k in range(len(start) - 1):
        for m in range(start[k], start[k + 1]):
            i = edges[m]
            ax, ay, bx, by = xy[i, 0], xy[i, 1], xy[i + 1, 0], xy[i + 1, 1]
            for n in range(m + 1, start[k + 1]):
                j = edges[n]
                if owner[i] == owner[j] or (known[i] and known[j]):
                    continue
                cx, cy, dx, dy = xy[j, 0], xy[j, 1], xy[j + 1, 0], xy[j + 1, 1]
                if (
                    max(ax, bx) < min(cx, dx)
                    or max(cx, dx) < min(ax, bx)
                    or max(ay, by) < min(cy, dy)
                    or max(cy, dy) < min(ay, by)
                ):
                    continue
                c, d = _turn(ax, ay, bx, by, cx, cy), _turn(ax, ay, bx, by, dx, dy)
                if c * d > 0:
                    continue
                a, b = _turn(cx, cy, dx, dy, ax, ay), _turn(cx, cy, dx, dy, bx, by)
                if a * b > 0:
                    continue
                same_ac, same_ad = ax == cx and ay == cy, ax == dx and ay == dy
                same_bc, same_bd = bx == cx and by == cy, bx == dx and by == dy
                wrong = True
                if a == 0 and b == 0:
                    # in one line: boxes meet; they share more than an end unless they only
                    # touch in one
                    if (same_ac and same_bd) or (same_ad and same_bc):
                        continue  # the same edge
                    if same_ac or same_ad or same_bc or same_bd:
                        o = 0.0
                        if same_ac:
                            o = (bx - ax) * (dx - ax) + (by - ay) * (dy - ay)
                        elif same_ad:
                            o = (bx - ax) * (cx - ax) + (by - ay) * (cy - ay)
                        elif same_bc:
                            o = (ax - bx) * (dx - bx) + (ay - by) * (dy - by)
                        else:
                            o = (ax - bx) * (cx - bx) + (ay - by) * (cy - by)
                        wrong = o > 0.0
                elif same_ac or same_ad or same_bc or same_bd:
                    wrong = False
                if wrong:
                    known[i] |= BAD if known[i] == 0 else 0
                    known[j] |= BAD if known[j] == 0 else 0
                    continue
                # they meet in one vertex of both
                v = i if same_ac or same_ad else i + 1
                w = j if same_ac or same_bc else j + 1
                if known[i] == 0:
                    end = xy[i + 1] if v == i else xy[i]
                    if _in_corner(xy[w], xy[before[w]], xy[after[w]], end):
                        known[i] |= BAD
                if known[j] == 0:
                    end = xy[j + 1] if w == j else xy[j]
                    if _in_corner(xy[v], xy[before[v]], xy[after[v]], end):
                        known[j] |= BAD
