"""Kernels of `gis.cells.runs`: cells to runs and back, numbers and boxes of runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.types import I4, I8

__all__ = [
    "boxes_of_runs",
    "count_runs",
    "cut_runs",
    "fill_window",
    "label_runs",
    "merged_runs",
    "run_at",
    "split_runs",
]

Array = npt.NDArray[Any]


@kernel
def count_runs(cells: Array, count: I8) -> None:
    """Runs of each row."""
    h, w = cells.shape
    for r in range(h):
        n = 1 if w > 0 else 0
        for c in range(1, w):
            if cells[r, c] != cells[r, c - 1]:
                n += 1
        count[r] = n


@kernel
def split_runs(cells: Array, row: I8, start: I4, value: Array) -> None:
    """First column and value of each run."""
    h, w = cells.shape
    for r in range(h):
        k = row[r]
        for c in range(w):
            if c == 0 or cells[r, c] != cells[r, c - 1]:
                start[k], value[k] = c, cells[r, c]
                k += 1


@kernel
def run_at(row: I8, start: I4, r: int, c: int) -> int:
    """The run of a row that column c lies in."""
    low, high = row[r], row[r + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if start[middle] <= c:
            low = middle
        else:
            high = middle
    return int(low)


@kernel
def fill_window(
    row: I8, start: I4, value: Array, top: int, left: int, width: int, out: Array
) -> None:
    """Write the cells of a window of a raster that is `width` wide."""
    h, w = out.shape
    for r in range(h):
        k, last = run_at(row, start, top + r, left), row[top + r + 1]
        c = 0
        while c < w:
            end = (start[k + 1] if k + 1 < last else width) - left
            v = value[k]
            for i in range(c, min(end, w)):
                out[r, i] = v
            c = end
            k += 1


@kernel
def cut_runs(
    row: I8,
    start: I4,
    value: Array,
    top: int,
    left: int,
    right: int,
    new_row: I8,
    new_start: I4,
    new: Array,
) -> int:
    """Runs of a window; how many there are."""
    n = 0
    for r in range(len(new_row) - 1):
        new_row[r] = n
        k, last = run_at(row, start, top + r, left), row[top + r + 1]
        while k < last and start[k] < right:
            new_start[n], new[n] = max(start[k] - left, 0), value[k]
            n += 1
            k += 1
    new_row[-1] = n
    return n


@kernel
def merged_runs(
    row: I8, start: I4, value: Array, new_row: I8, new_start: I4, new: Array
) -> int:
    """Join runs of a row that touch and are equal; how many are left."""
    n = 0
    for r in range(len(row) - 1):
        new_row[r] = n
        for k in range(row[r], row[r + 1]):
            if k > row[r] and value[k] == new[n - 1]:
                continue
            new_start[n], new[n] = start[k], value[k]
            n += 1
    new_row[-1] = n
    return n


@kernel
def boxes_of_runs(row: I8, start: I4, value: I4, width: int, out: I8) -> None:
    """Widen the boxes of all numbers by their runs."""
    for r in range(len(row) - 1):
        for k in range(row[r], row[r + 1]):
            v = value[k]
            if v <= 0:
                continue
            end = start[k + 1] if k + 1 < row[r + 1] else width
            out[v, 0] = min(out[v, 0], r)
            out[v, 1] = r + 1
            out[v, 2] = min(out[v, 2], start[k])
            out[v, 3] = max(out[v, 3], end)


@kernel
def _root(parent: I4, k: int) -> int:
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


@kernel
def label_runs(row: I8, start: I4, value: Array, width: int, label: I4) -> I8:
    """Number the patches of each value above 0, joined by cell edges, in the order of cells.

    Gives the value of each number; number 0 is no patch.
    """
    parent = np.zeros(1024, np.int32)
    n = 0
    for r in range(len(row) - 1):
        j = row[r - 1] if r > 0 else row[r]
        for k in range(row[r], row[r + 1]):
            label[k] = 0
            v = value[k]
            end = start[k + 1] if k + 1 < row[r + 1] else width
            # runs of the row above that share a cell edge with this one
            while r > 0 and j < row[r] and start[j] < end:
                above_end = start[j + 1] if j + 1 < row[r] else width
                if v > 0 and value[j] == v:
                    if label[k] == 0:
                        label[k] = _root(parent, label[j])
                    else:
                        a, b = _root(parent, label[j]), _root(parent, label[k])
                        parent[max(a, b)] = min(a, b)
                        label[k] = min(a, b)
                if above_end > end:
                    break
                j += 1
            if v > 0 and label[k] == 0:
                n += 1
                if n == len(parent):
                    longer = np.zeros(2 * n, np.int32)
                    for i in range(n):  # a slice would bring its message in, 3 s to compile
                        longer[i] = parent[i]
                    parent = longer
                parent[n] = n
                label[k] = n
    # the root of a patch is the number of its first cell
    count = 0
    number = np.zeros(n + 1, np.int32)
    for i in range(1, n + 1):
        root = _root(parent, i)
        if root == i:
            count += 1
            number[i] = count
        else:
            number[i] = number[root]
    values = np.zeros(count + 1, np.int64)
    for k in range(len(label)):
        i = number[label[k]]
        label[k] = i
        if i > 0:
            values[i] = value[k]
    return values
