"""Pairs of classes counted over cells: kernels, and twins in numpy with the same bits.

A short piece of work is over with the twins before the compiler is loaded.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.cells.jit import for_long, kernel
from gis.types import F8

__all__ = ["between_rows", "count_pairs"]

F4 = npt.NDArray[np.float32]
I8 = npt.NDArray[np.int64]
_BINS = 1 << 17
"""Pairs of class values a twin has a place for, declared or not."""


@kernel
def _count(
    before: npt.NDArray[np.integer],
    after: npt.NDArray[np.integer],
    known_before: npt.NDArray[np.bool_],
    known_after: npt.NDArray[np.bool_],
    area: F8,
    slot_before: npt.NDArray[np.int16],
    slot_after: npt.NDArray[np.int16],
    delta: F8,
    cells: I8,
    sums: F8,
    change: F4,
) -> int:
    """Count one window; the first class value nobody declared, or -1.

    The sum of a pair is held as long as cells of it follow one another.
    """
    height, width = area.shape
    drawn = change.shape[0] > 0
    i = 0
    j = 0
    n = 0
    s = sums[0, 0]
    for r in range(height):
        for c in range(width):
            a = area[r, c]
            if a <= 0.0:  # outside the area of interest
                if drawn:
                    change[r, c] = np.nan
                continue
            i_now = 0
            j_now = 0
            if known_before[r, c]:
                i_now = slot_before[before[r, c]]
                if i_now < 0:
                    return int(before[r, c])
            if known_after[r, c]:
                j_now = slot_after[after[r, c]]
                if j_now < 0:
                    return int(after[r, c])
            if i_now != i or j_now != j:
                cells[i, j] += n
                sums[i, j] = s
                i = i_now
                j = j_now
                n = 0
                s = sums[i, j]
            n += 1
            s += a
            if drawn:
                change[r, c] = np.float32(delta[i, j])
    cells[i, j] += n
    sums[i, j] = s
    return -1


def _count_plain(
    before: npt.NDArray[np.integer],
    after: npt.NDArray[np.integer],
    known_before: npt.NDArray[np.bool_],
    known_after: npt.NDArray[np.bool_],
    area: F8,
    slot_before: npt.NDArray[np.int16],
    slot_after: npt.NDArray[np.int16],
    delta: F8,
    cells: I8,
    sums: F8,
    change: F4,
) -> int:
    """As `_count`, for few class values: cells of a bin are added in their order, too."""
    tops = int(before.max(initial=0)) + 1, int(after.max(initial=0)) + 1
    n = tops[1] + 1
    bins = (tops[0] + 1) * n
    if min(before.min(initial=0), after.min(initial=0)) < 0 or bins > _BINS:
        return int(
            _count(
                before, after, known_before, known_after, area, slot_before, slot_after, delta,
                cells, sums, change,
            )
        )  # fmt: skip
    pair = np.empty(bins + area.size, np.intp)
    here = pair[bins:].reshape(area.shape)
    if known_before.all():
        np.multiply(before, n, out=here, dtype=np.intp)
    else:
        here[:] = n * tops[0]
        np.multiply(before, n, out=here, dtype=np.intp, where=known_before)
    if known_after.all():
        here += after
    else:
        np.add(here, tops[1], out=here, where=~known_after)
        np.add(here, after, out=here, dtype=np.intp, where=known_after)
    every = bool(area.min(initial=1.0) > 0.0)
    inside = slice(None) if every else ~(area <= 0.0)
    shown, weights = here[inside].ravel(), area[inside].ravel()
    found = np.bincount(shown, minlength=bins)
    i = np.append(slot_before[: tops[0]], np.int16(0))
    j = np.append(slot_after[: tops[1]], np.int16(0))
    there = np.flatnonzero(found)
    u, v = np.divmod(there, n)
    bad = there[(i[u] < 0) | (j[v] < 0)]
    if bad.size:
        u0, v0 = divmod(int(shown[np.isin(shown, bad)][0]), n)
        return u0 if i[u0] < 0 else v0
    cells[i[u], j[v]] += found[there]
    # the sums so far come first, so that each goes on where it was
    pair[:bins] = np.arange(bins)
    so_far = np.zeros(bins)
    so_far[there] = sums[i[u], j[v]]
    keys = pair if every else np.concatenate([pair[:bins], shown])
    added = np.bincount(keys, weights=np.concatenate([so_far, weights]), minlength=bins)
    sums[i[u], j[v]] = added[there]
    if len(change):
        of_bin = delta[i[:, None], j].astype(np.float32).ravel()
        change[:] = np.float32(np.nan)
        change[inside] = of_bin[here[inside]]
    return -1


def count_pairs(
    before: npt.NDArray[np.integer],
    after: npt.NDArray[np.integer],
    known: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    area: F8,
    slots: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]],
    delta: F8,
    into: tuple[I8, F8],
    *,
    drawn: bool,
) -> tuple[F4, int]:
    """Add cells and area of each pair of classes.

    Parameters
    ----------
    before, after : ndarray of int, shape (h, w)
    known : two arrays of bool
    area : ndarray, shape (h, w)
        Cells without area are passed over.
    slots : two arrays
        Class value -> its place, from 1; below 0 where nobody declared it.
    delta : ndarray
        Change of each pair of places.
    into : (cells, area)
        By pairs of places; what is added to. Place 0 is land without a class.
    drawn : bool
        Whether the change of each cell is wanted.

    Returns
    -------
    change : (h, w) float32, empty when not wanted
    strange : int
        The first class value nobody declared, or -1.
    """
    change = np.empty(area.shape if drawn else (0, 0), np.float32)
    work = for_long(_count, _count_plain, area.size)
    strange = work(before, after, *known, area, *slots, delta, *into, change)
    return change, int(strange)


@kernel
def _between_rows(rows: F8, first: int, r0: int, last: int, out: F8) -> None:
    """Cell areas of a window from every 16th row, linear between (better than 1e-10)."""
    height, width = out.shape
    for k in range(height):
        at = (r0 + k) // 16 - first
        step = min(16, last - (r0 + k) // 16 * 16)
        t = ((r0 + k) % 16) / step if step > 0 else 0.0
        for c in range(width):
            out[k, c] = rows[at, c] + t * (rows[at + 1, c] - rows[at, c])


def _between_rows_plain(rows: F8, first: int, r0: int, last: int, out: F8) -> None:
    """As `_between_rows`, all rows between two exact ones at once."""
    up = np.diff(rows, axis=0)
    end = r0 + len(out)
    for at in range(r0 // 16, (end - 1) // 16 + 1):
        low, high = max(at * 16, r0), min(at * 16 + 16, end)
        step = min(16, last - at * 16)
        t = (np.arange(low, high) % 16)[:, None] / step if step > 0 else 0.0
        part = out[low - r0 : high - r0]
        np.multiply(up[at - first], t, out=part)
        part += rows[at - first]


def between_rows(rows: F8, first: int, r0: int, last: int, out: F8) -> None:
    """Cell areas of a window from those of every 16th row.

    Parameters
    ----------
    rows : ndarray
        Of the grid's rows 16 x `first` and on.
    first : int
    r0, last : int
        First row of the window and last of the grid.
    out : ndarray, shape (h, w)
        What is filled.
    """
    for_long(_between_rows, _between_rows_plain, out.size)(rows, first, r0, last, out)
