"""Kernels of `gis.cells.parcels`: opening by a disc, and outlines of patches."""

from __future__ import annotations

import numpy as np

from gis.cells.jit import kernel
from gis.cells.runs.kernels import run_at
from gis.types import F8, I4, I8, U1, Mask

__all__ = ["fits_disc", "thin_rings", "trace_rings"]


_LONG = 5  # half cells: a run of three and a half cells is no step of a staircase


@kernel
def fits_disc(mask: Mask, half: I8, n: int, out: Mask) -> None:
    """Mark the cells of all discs of n cells across that lie wholly inside a mask.

    ``half[k]`` is the first column of the disc in its row k; the row ends at n - half[k]. Only
    the n rows a disc lies in are held.
    """
    h, w = mask.shape
    # run[r % n, c]: cells of the mask in row r that end at c
    run = np.zeros((n, w + 1), np.int32)
    marks = np.zeros((n, w + 1), np.int32)
    for r in range(h + n - 1):
        if r < h:
            own = run[r % n]
            for c in range(w):
                own[c + 1] = own[c] + 1 if mask[r, c] else 0
        top = r - n + 1
        if top < 0:
            continue
        if r < h:
            for c in range(w - n + 1):
                fits = True
                for k in range(n):
                    last = c + n - half[k]
                    if run[(top + k) % n, last] < n - 2 * half[k]:
                        fits = False
                        break
                if fits:
                    for k in range(n):
                        marks[(top + k) % n, c + half[k]] += 1
                        marks[(top + k) % n, c + n - half[k]] -= 1
        # no later disc reaches into the uppermost row
        done = marks[top % n]
        open_discs = 0
        for c in range(w):
            open_discs += done[c]
            out[top, c] = open_discs > 0
            done[c] = 0
        done[w] = 0


@kernel
def _run_of(row: I8, start: I4, r: int, c: int) -> int:
    """The run of a cell, of the last cell where c is the rim; -1 beside the raster."""
    if r < 0 or r >= len(row) - 1:
        return -1
    return int(run_at(row, start, r, c))


@kernel
def _beside(row: I8, start: I4, r: int, c: int, k: int) -> int:
    """The run of a cell that lies next to one of run k in the same row."""
    if k >= 0:
        while k + 1 < row[r + 1] and start[k + 1] <= c:
            k += 1
        while start[k] > c:
            k -= 1
    return k


@kernel
def _pair(start: I4, label: I4, width: int, c: int, k: int) -> tuple[int, int]:
    """Labels on either side of the lattice line c in the row of run k, which c lies in."""
    if k < 0:
        return 0, 0
    if c >= width:
        return label[k], 0
    if c <= 0:
        return 0, label[k]
    return label[k - 1] if start[k] == c else label[k], label[k]


@kernel
def _corner_kind(smooth: Mask, a: int, b: int, e: int, f: int) -> int:
    """What to do with the lattice point between cells a, b above and e, f below it.

    0: an ordinary point, whose corner is cut; 1: a point that stays as it is, since one of
    its labels is not smoothed; 2: a junction, where outlines of several labels meet.
    """
    lone_corners = (b == 0 and e == 0) or (a == 0 and f == 0)
    distinct = 1 + (b != a) + (e != a and e != b) + (f != a and f != b and f != e)
    if not lone_corners and (distinct > 2 or (a == f and b == e and a != b)):
        return 2
    if smooth[a] and smooth[b] and smooth[e] and smooth[f]:
        return 0
    return 1


@kernel
def trace_rings(
    row: I8,
    start: I4,
    label_of: I4,
    w: int,
    smooth: Mask,
    seen: U1,
    top: int,
    points: I4,
    ring_start: I8,
    ring_label: I4,
) -> tuple[int, int]:
    """Outlines of all labels, with the label on the right hand (clockwise shells on a map).

    A point is x, y, whether it is a junction, and the label across the edge that follows.
    Coordinates are half cells from the corner of the raster, so that a cut corner is a whole
    number and neighbours have the very same points. ``seen`` is a bit a cell, all 0.

    Returns
    -------
    n_rings, n_points : int
        Needed; when more than the arrays hold, nothing beyond them is written and the caller
        comes again with larger ones.
    """
    d_row = (0, 1, 0, -1)  # east, south, west, north
    d_col = (1, 0, -1, 0)
    n_rings = n_points = 0
    for r0 in range(len(row) - 1):
        j = row[r0 - 1] if r0 > 0 else 0
        for run in range(row[r0], row[r0 + 1]):
            label = label_of[run]
            end = start[run + 1] if run + 1 < row[r0 + 1] else w
            # an upper edge is walked along in one go: only where it begins can a ring begin
            c0 = start[run]
            fresh = True
            while c0 < end:
                above, above_end = 0, end
                if r0 > 0:
                    while j + 1 < row[r0] and start[j + 1] <= c0:
                        j += 1
                    above = label_of[j]
                    above_end = min(start[j + 1] if j + 1 < row[r0] else w, end)
                at, here = np.int64(r0) * w + c0, c0
                c0 = above_end
                if label == 0 or above == label:
                    fresh = True
                    continue
                begins, fresh = fresh, False
                if not begins or seen[at >> 3] & (1 << (at & 7)):
                    continue
                if n_rings < len(ring_label):
                    ring_label[n_rings] = label
                    ring_start[n_rings] = n_points
                n_rings += 1
                begin = n_points
                r, c, d = r0, here, 0
                over, under = _run_of(row, start, r - 1, c), run
                while True:
                    r += d_row[d]
                    c += d_col[d]
                    if d == 1:
                        over, under = under, _run_of(row, start, r, c)
                    elif d == 3:
                        over, under = _run_of(row, start, r - 1, c), over
                    else:
                        over = _beside(row, start, r - 1, c, over)
                        under = _beside(row, start, r, c, under)
                    a, b = _pair(start, label_of, w, c, over)
                    e, f = _pair(start, label_of, w, c, under)
                    # the two cells ahead of point (r, c), seen along d
                    if d == 0:
                        right, left = f, b
                    elif d == 1:
                        right, left = e, f
                    elif d == 2:
                        right, left = a, e
                    else:
                        right, left = b, a
                    turn = d
                    if right != label:
                        turn = (d + 1) % 4
                    elif left == label:
                        turn = (d + 3) % 4
                    kind = _corner_kind(smooth, a, b, e, f)
                    other = b if turn == 0 else f if turn == 1 else e if turn == 2 else a
                    if kind == 2 or (turn != d and kind == 1):
                        if n_points < top:
                            points[n_points, 0], points[n_points, 1] = 2 * c, 2 * r
                            points[n_points, 2], points[n_points, 3] = kind == 2, other
                        n_points += 1
                    elif turn != d:
                        # the middles of the two edges that meet in this corner
                        if n_points + 1 < top:
                            points[n_points, 0] = 2 * c - d_col[d]
                            points[n_points, 1] = 2 * r - d_row[d]
                            points[n_points, 2], points[n_points, 3] = 0, other
                            points[n_points + 1, 0] = 2 * c + d_col[turn]
                            points[n_points + 1, 1] = 2 * r + d_row[turn]
                            points[n_points + 1, 2], points[n_points + 1, 3] = 0, other
                        n_points += 2
                    if turn == 0 and d != 0:
                        at = np.int64(r) * w + c
                        seen[at >> 3] |= 1 << (at & 7)
                    d = turn
                    if r == r0 and c == here and d == 0:
                        break
                if n_points <= top:
                    n_points = _tidy(points, begin, n_points)
    if n_rings < len(ring_start):
        ring_start[n_rings] = n_points
    return n_rings, n_points


@kernel
def _tidy(points: I4, a: int, z: int) -> int:
    """Drop repeated points of a ring in place; its new end."""
    k = a
    for i in range(a, z):
        same = k > a and points[i, 0] == points[k - 1, 0] and points[i, 1] == points[k - 1, 1]
        if not same:
            points[k] = points[i]
            k += 1
        elif points[i, 2]:
            points[k - 1] = points[i]
    while k - a > 1 and points[k - 1, 0] == points[a, 0] and points[k - 1, 1] == points[a, 1]:
        k -= 1
    return k


@kernel
def _before(points: I4, i: int, j: int) -> bool:
    """Whether point i comes before point j, by x then y."""
    if points[i, 0] != points[j, 0]:
        return bool(points[i, 0] < points[j, 0])
    return bool(points[i, 1] < points[j, 1])


@kernel
def _farthest(points: I4, a: int, n: int, i: int, span: int) -> int:
    """Step 1..span-1 from point i to the point farthest from it; ties by place."""
    best, far = 0, np.int64(-1)
    p = a + i
    for k in range(1, span):
        q = a + (i + k) % n
        dx, dy = np.int64(points[q, 0] - points[p, 0]), np.int64(points[q, 1] - points[p, 1])
        dist = dx * dx + dy * dy
        if dist > far or (dist == far and _before(points, q, a + (i + best) % n)):
            best, far = k, dist
    return best


@kernel
def _thin(
    points: I4, a: int, n: int, i: int, span: int, tol2: float, keep: Mask, stack: I8
) -> None:
    """Douglas-Peucker between ring points i and i + span, whose ends stay.

    All figures are whole numbers and ties go by place, so both neighbours of an edge keep the
    same points though they walk it in opposite directions.
    """
    stack[0], stack[1] = i, span
    depth = 1
    while depth > 0:
        depth -= 1
        s, m = stack[2 * depth], stack[2 * depth + 1]
        p, q = a + s % n, a + (s + m) % n
        px, py = np.int64(points[p, 0]), np.int64(points[p, 1])
        dx, dy = points[q, 0] - px, points[q, 1] - py
        best, far = 0, np.int64(0)
        for k in range(1, m):
            t = a + (s + k) % n
            cross = abs(dx * (points[t, 1] - py) - dy * (points[t, 0] - px))
            if cross > far or (
                cross == far and best and _before(points, t, a + (s + best) % n)
            ):
                best, far = k, cross
        if best and float(far) * far > tol2 * float(dx * dx + dy * dy):
            keep[a + (s + best) % n] = True
            stack[2 * depth], stack[2 * depth + 1] = s, best
            stack[2 * depth + 2], stack[2 * depth + 3] = s + best, m - best
            depth += 2


@kernel
def _mark_corners(points: I4, a: int, n: int) -> None:
    """Mark (2) both points of a cut corner between two long straight runs: no staircase.

    It goes by the two runs and the cut alone, so it is the same seen from either side.
    """
    for i in range(n):
        p, q = a + i, a + (i + 1) % n
        if abs(points[p, 0] - points[q, 0]) != 1 or abs(points[p, 1] - points[q, 1]) != 1:
            continue
        o, r = a + (i - 1) % n, a + (i + 2) % n
        before = abs(points[p, 0] - points[o, 0]) + abs(points[p, 1] - points[o, 1])
        after = abs(points[r, 0] - points[q, 0]) + abs(points[r, 1] - points[q, 1])
        if before >= _LONG and after >= _LONG:
            if points[p, 2] == 0:
                points[p, 2] = 2
            if points[q, 2] == 0:
                points[q, 2] = 2


@kernel
def thin_rings(
    points: I4,
    ring_start: I8,
    ring_label: I4,
    n_rings: int,
    level: I8,
    tolerance: F8,
    keep: Mask,
    place: F8,
    area2: F8,
) -> None:
    """Choose the points of all rings, place them, and add up twice the area of each label.

    All in half cells. ``tolerance[level]``: an edge takes the finer of its two labels' levels.
    """
    stack = np.empty(4 * 64 + 4 * (ring_start[1:] - ring_start[:-1])[:n_rings].max(), np.int64)
    for ring in range(n_rings):
        a, z = ring_start[ring], ring_start[ring + 1]
        n = z - a
        label = ring_label[ring]
        _mark_corners(points, a, n)
        first = -1
        for i in range(n):
            if points[a + i, 2]:
                first = i
                break
        if first < 0:
            first = 0
            for i in range(1, n):
                if _before(points, a + i, a + first):
                    first = i
        i = first
        while True:
            span = 1
            while span < n and not points[a + (i + span) % n, 2]:
                span += 1
            keep[a + i % n] = True
            keep[a + (i + span) % n] = True
            finer = max(level[label], level[points[a + i % n, 3]])
            tol2 = tolerance[finer] ** 2
            if tolerance[finer] < 0.0:
                for k in range(span):
                    keep[a + (i + k) % n] = True
            elif span == n:
                half = _farthest(points, a, n, i, span)
                keep[a + (i + half) % n] = True
                _thin(points, a, n, i, half, tol2, keep, stack)
                _thin(points, a, n, i + half, n - half, tol2, keep, stack)
            else:
                _thin(points, a, n, i, span, tol2, keep, stack)
            i += span
            if i >= first + n:
                break
        chosen = np.flatnonzero(keep[a:z]) + a
        m = len(chosen)
        for k in range(m):
            place[chosen[k], 0] = points[chosen[k], 0]
            place[chosen[k], 1] = points[chosen[k], 1]
        if m > 2:
            _keep_area(points, a, z, chosen, place)
        for k in range(m):
            p, q = chosen[k], chosen[(k + 1) % m]
            area2[label] += place[p, 0] * place[q, 1] - place[q, 0] * place[p, 1]


@kernel
def _keep_area(points: I4, a: int, z: int, chosen: I8, place: F8) -> None:
    """Shift chosen points so that what thinning took on either side is given back.

    A chord cuts off twice the area s; each of its ends takes half of it, by moving square to
    the line between its own neighbours. Junctions stay. Walked backwards all signs change
    twice, so both neighbours of an edge come to the same places.
    """
    m = len(chosen)
    lost = np.zeros(m)
    for k in range(m):
        p, q = chosen[k], chosen[(k + 1) % m]
        x0, y0 = np.int64(points[p, 0]), np.int64(points[p, 1])
        total = np.int64(0)
        i = p
        while i != q:
            j = i + 1 if i + 1 < z else a
            total += (points[i, 0] - x0) * (points[j, 1] - y0)
            total -= (points[j, 0] - x0) * (points[i, 1] - y0)
            i = j
        lost[k] = float(total)
    for k in range(m):
        i = chosen[k]
        p, q = chosen[k - 1], chosen[(k + 1) % m]
        dx, dy = float(points[q, 0] - points[p, 0]), float(points[q, 1] - points[p, 1])
        length2 = dx * dx + dy * dy
        share = (lost[k - 1] + lost[k]) * 0.5
        if points[i, 2] == 1 or length2 == 0.0 or share == 0.0:
            continue
        # moving by d along the normal changes twice the area by d * length
        d = share / length2
        if d * d * length2 > 1.0:
            d = np.sign(share) / np.sqrt(length2)  # never more than half a cell
        place[i, 0] += d * dy
        place[i, 1] -= d * dx
