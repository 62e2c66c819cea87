"""Cells to codes, and codes to exact areas.

A grid of bit masks has few distinct masks. They are numbered, so that one small table
answers every question about the masks, and each number gets the area of its cells.

Areas are added as whole multiples of a fixed quantum: integer sums do not depend on the
order of the tiles, so any tiling, thread or worker gives the same bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.cell_area import areal_scale
from gis.cells.coverage import Runs
from gis.cells.grid import Grid, Window, cell_size_m, grid_bounds, grid_crs
from gis.cells.jit import for_long, kernel
from gis.types import F8, I8, U4, U8

__all__ = [
    "CellAreas",
    "area_rows",
    "cell_areas",
    "encode",
    "merge_tables",
    "sums_by",
    "tally",
    "tally_pairs",
]


_NODES = 10
_ROW_STEP = 16  # rows between exact areas; linear between them is better than 1e-10
_FRACTION_BITS = 24
_SUM_BITS = 62


@kernel
def _encode(
    words: U8, row: I8, start: I8, stop: I8, r0: int, c0: int, code: U4, table: U8, slot: I8
) -> int:
    """Number the masks of the cells in the runs; -1 when the table is too small."""
    n_words, height, width = words.shape
    room = table.shape[0]
    bits = len(slot) - 1
    n = 1  # 0 is for cells in no run
    for k in range(height):
        prev = np.uint32(0)
        prev_c = -2
        for i in range(row[r0 + k], row[r0 + k + 1]):
            for c in range(max(start[i] - c0, 0), min(stop[i] - c0, width)):
                if prev_c == c - 1:
                    same = True
                    for j in range(n_words):
                        if words[j, k, c] != words[j, k, c - 1]:
                            same = False
                            break
                    if same:
                        code[k, c] = prev
                        prev_c = c
                        continue
                h = np.uint64(1469598103934665603)
                for j in range(n_words):
                    h = (h ^ words[j, k, c]) * np.uint64(0x9E3779B97F4A7C15)
                    h = h ^ (h >> np.uint64(29))
                at = np.int64(h & np.uint64(bits))
                while True:
                    found = slot[at]
                    if found == 0:
                        if n == room:
                            return -1
                        for j in range(n_words):
                            table[n, j] = words[j, k, c]
                        slot[at] = n
                        found = n
                        n += 1
                        break
                    same = True
                    for j in range(n_words):
                        if table[found, j] != words[j, k, c]:
                            same = False
                            break
                    if same:
                        break
                    at = (at + 1) & bits
                prev = np.uint32(found)
                code[k, c] = prev
                prev_c = c
    return n


def encode(words: U8, runs: Runs, window: Window) -> tuple[U4, U8]:
    """Number the distinct masks of a window.

    Parameters
    ----------
    words : (k, h, w) uint64
        Bit masks of the cells, k words each.
    runs : Runs
        The cells that count, in the whole grid.
    window : (slice, slice)
        Where the words lie in the grid.

    Returns
    -------
    code : (h, w) uint32
        0 for cells in no run, else the row of the mask in `table`.
    table : (n, k) uint64
        The masks; row 0 is a placeholder for code 0.

    Examples
    --------
    >>> runs = Runs(np.array([0, 1]), np.array([1]), np.array([3]), np.array([1.0]))
    >>> words = np.array([[[9, 5, 5, 7]]], np.uint64)
    >>> code, table = encode(words, runs, (slice(0, 1), slice(0, 4)))
    >>> code.tolist(), table.tolist()
    ([[0, 1, 1, 0]], [[0], [5]])
    """
    n_words, height, width = words.shape
    code = np.zeros((height, width), dtype=np.uint32)
    room = 4096
    while True:
        table = np.zeros((room, n_words), dtype=np.uint64)
        slot = np.zeros(4 * room, dtype=np.int64)
        n = _encode(
            words,
            runs.row,
            runs.start,
            runs.stop,
            int(window[0].start),
            int(window[1].start),
            code,
            table,
            slot,
        )
        if n >= 0:
            return code, table[:n].copy()
        room *= 8


def merge_tables(tables: list[U8]) -> tuple[U8, list[U4]]:
    """One table for the tables of all tiles, sorted, and each tile's codes in it.

    The order depends on the masks alone, not on the tiles they were found in.

    Examples
    --------
    >>> a, b = np.array([[0], [7], [5]], np.uint64), np.array([[0], [6]], np.uint64)
    >>> table, maps = merge_tables([a, b])
    >>> table[:, 0].tolist(), [m.tolist() for m in maps]
    ([0, 5, 6, 7], [[0, 3, 1], [0, 2]])
    """
    n_words = tables[0].shape[1] if tables else 1
    found = np.concatenate([t[1:] for t in tables] or [np.zeros((0, n_words), np.uint64)])
    # np.unique compares whole rows as records, many times slower than word by word
    order = np.lexsort(found.T[::-1])
    found = found[order]
    first = np.ones(len(found), dtype=bool)
    first[1:] = (found[1:] != found[:-1]).any(axis=1)
    masks = found[first]
    inverse = np.empty(len(found), dtype=np.int64)
    inverse[order] = np.cumsum(first) - 1
    table = np.concatenate([np.zeros((1, n_words), np.uint64), masks])
    maps, at = [], 0
    for t in tables:
        m = np.zeros(len(t), dtype=np.uint32)
        m[1:] = inverse[at : at + len(t) - 1] + 1
        at += len(t) - 1
        maps.append(m)
    return table, maps


@dataclass(frozen=True)
class CellAreas:
    """Ellipsoidal areas of a grid's cells as a polynomial.

    Attributes
    ----------
    coefficients : (10, 10) float
        Chebyshev coefficients of the cell area [m2] over the grid, rows by columns.
    shape : (int, int)
    quantum_m2 : float
        Areas are added in whole multiples of this; a power of two.
    """

    coefficients: F8
    shape: tuple[int, int]
    quantum_m2: float


@lru_cache(maxsize=8)
def cell_areas(grid: Grid) -> CellAreas:
    """The ellipsoidal cell areas of `grid`, ready for `tally`.

    Notes
    -----
    Exact areal scale at 10 x 10 Chebyshev nodes, so a 600 km zone is good to 1e-11; the mean
    of a cell differs from its centre by less than 1e-12 for cells up to 20 m.
    """
    cheb = np.polynomial.chebyshev
    left, bottom, right, top = grid_bounds(grid)
    cell = cell_size_m(grid)
    nodes = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    x, y = np.meshgrid(
        (left + right) / 2 + (right - left) / 2 * nodes,
        (top + bottom) / 2 - (top - bottom) / 2 * nodes,
    )
    scale = areal_scale(x.ravel(), y.ravel(), grid_crs(grid)).reshape(_NODES, _NODES)
    inverse = np.linalg.inv(cheb.chebvander(nodes, _NODES - 1))
    total = (right - left) * (top - bottom)
    bits = min(_FRACTION_BITS, int(_SUM_BITS - math.ceil(math.log2(total))))
    return CellAreas(
        coefficients=inverse @ scale @ inverse.T * cell * cell,
        shape=(int(grid.shape[0]), int(grid.shape[1])),
        quantum_m2=2.0**-bits,
    )


@kernel
def _area_rows(c: F8, height: int, width: int, first: int, c0: int, out: F8) -> None:
    """Cell areas of every 16th row, from row 16 x `first` on, for the columns from c0."""
    n = c.shape[0]
    by_row = np.empty(n)
    for k in range(out.shape[0]):
        # the last one is the grid's last row: outside its nodes the polynomial is worthless
        v = (min((first + k) * 16, height - 1) + 0.5) * 2.0 / height - 1.0
        for j in range(n):
            a = 0.0
            b = 0.0
            for i in range(n - 1, 0, -1):
                a, b = c[i, j] + 2.0 * v * a - b, a
            by_row[j] = c[0, j] + v * a - b
        for x in range(out.shape[1]):
            u = (c0 + x + 0.5) * 2.0 / width - 1.0
            a = 0.0
            b = 0.0
            for j in range(n - 1, 0, -1):
                a, b = by_row[j] + 2.0 * u * a - b, a
            out[k, x] = by_row[0] + u * a - b


def _area_rows_plain(c: F8, height: int, width: int, first: int, c0: int, out: F8) -> None:
    """As `_area_rows`: the same steps in the same order, all rows at once."""
    n = c.shape[0]
    row = np.minimum((first + np.arange(out.shape[0])) * 16, height - 1)
    v = ((row + 0.5) * 2.0 / height - 1.0)[:, None]
    a, b = np.zeros(()), np.zeros(())
    for i in range(n - 1, 0, -1):
        a, b = c[i] + 2.0 * v * a - b, a
    by_row = c[0] + v * a - b
    u = (c0 + np.arange(out.shape[1]) + 0.5) * 2.0 / width - 1.0
    a, b = np.zeros(()), np.zeros(())
    for j in range(n - 1, 0, -1):
        a, b = by_row[:, j, None] + 2.0 * u * a - b, a
    out[:] = by_row[:, 0, None] + u * a - b


@kernel
def _tally(
    code: U4,
    row: I8,
    start: I8,
    stop: I8,
    share: F8,
    r0: int,
    c0: int,
    areas: F8,
    first: int,
    per: float,
    last: int,
    out: I8,
) -> None:
    height, width = code.shape
    for k in range(height):
        at = (r0 + k) // 16 - first
        step = min(16, last - (r0 + k) // 16 * 16)
        t = ((r0 + k) % 16) / step if step > 0 else 0.0
        for i in range(row[r0 + k], row[r0 + k + 1]):
            s = share[i] * per
            for c in range(max(start[i] - c0, 0), min(stop[i] - c0, width)):
                area = areas[at, c] + t * (areas[at + 1, c] - areas[at, c])
                out[code[k, c]] += np.int64(area * s + 0.5)


def area_rows(areas: CellAreas, window: Window) -> F8:
    """Cell areas [m2] of every 16th row of the grid that a window needs, for its columns."""
    r, c = window
    first = int(r.start) // _ROW_STEP
    last = (int(r.stop) - 1) // _ROW_STEP + 1
    rows = np.empty((last - first + 1, c.stop - c.start))
    work = for_long(_area_rows, _area_rows_plain, (r.stop - r.start) * rows.shape[1])
    work(areas.coefficients, *areas.shape, first, int(c.start), rows)
    return rows


def tally(
    code: U4, n: int, runs: Runs, areas: CellAreas, window: Window, rows: F8 | None = None
) -> I8:
    """Ellipsoidal area of each code inside the runs.

    Parameters
    ----------
    code : (h, w) uint32
        Codes below `n`.
    n : int
    runs : Runs
        The cells that count and their share, in the whole grid.
    areas : CellAreas
    window : (slice, slice)
        Where `code` lies in the grid.
    rows : array, optional
        Of `area_rows`, when several runs are tallied in one window.

    Returns
    -------
    (n,) int
        In multiples of ``areas.quantum_m2``.
    """
    r, c = window
    out = np.zeros(n, dtype=np.int64)
    if runs.row[r.start] == runs.row[r.stop]:
        return out
    _tally(
        code,
        runs.row,
        runs.start,
        runs.stop,
        runs.share,
        int(r.start),
        int(c.start),
        area_rows(areas, window) if rows is None else rows,
        int(r.start) // _ROW_STEP,
        1.0 / areas.quantum_m2,
        areas.shape[0] - 1,
        out,
    )
    return out


@kernel
def _tally_pairs(
    code: npt.NDArray[Any],
    word: U8,
    row: I8,
    start: I8,
    stop: I8,
    share: F8,
    r0: int,
    c0: int,
    areas: F8,
    first: int,
    per: float,
    last: int,
    out: I8,
) -> None:
    height, width = word.shape
    for k in range(height):
        at = (r0 + k) // 16 - first
        step = min(16, last - (r0 + k) // 16 * 16)
        t = ((r0 + k) % 16) / step if step > 0 else 0.0
        for i in range(row[r0 + k], row[r0 + k + 1]):
            s = share[i] * per
            for c in range(max(start[i] - c0, 0), min(stop[i] - c0, width)):
                w = word[k, c]
                if w:
                    area = areas[at, c] + t * (areas[at + 1, c] - areas[at, c])
                    out[code[k, c], np.int64(w)] += np.int64(area * s + 0.5)


def tally_pairs(
    code: npt.NDArray[Any],
    word: U8,
    out: I8,
    runs: Runs,
    areas: CellAreas,
    window: Window,
) -> None:
    """Add up the ellipsoidal area of each pair of a code and a mask that is not 0.

    Parameters
    ----------
    code : (h, w) uint16 or uint32
    word : (h, w) uint64
    out : (n, m) int
        What is added to, in multiples of ``areas.quantum_m2``: codes and masks stay below n
        and m. Column 0 is left as it is.
    runs, areas, window
        See `tally`.
    """
    r, c = window
    _tally_pairs(
        code,
        word,
        runs.row,
        runs.start,
        runs.stop,
        runs.share,
        int(r.start),
        int(c.start),
        area_rows(areas, window),
        int(r.start) // _ROW_STEP,
        1.0 / areas.quantum_m2,
        areas.shape[0] - 1,
        out,
    )


def sums_by(group: npt.NDArray[Any], quanta: I8, n: int) -> I8:
    """Quanta of each of n groups, whatever the order of the rows.

    Both arrays are of one shape.

    Examples
    --------
    >>> sums_by(np.array([0, 1, 0]), np.array([2**55 + 1, 5, 2**55]), 2).tolist()
    [72057594037927937, 5]
    """
    out = np.zeros(n, dtype=np.int64)
    np.add.at(out, group, quanta)
    return out
