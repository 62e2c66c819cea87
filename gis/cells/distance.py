"""Exact Euclidean distance to the nearest cell of a set, in two passes.

For distances to *features* that the law counts, use `gis.cells.rasterize`: it measures from the
geometry itself. Distances between cells are for what only exists as cells (a land cover
class) and for maps.
"""

from __future__ import annotations

import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from gis.cells.jit import kernel
from gis.errors import DataError
from gis.say import say
from gis.types import F4, U2, Mask

__all__ = ["distance_m", "halo_px"]


_FAR = 65_535  # no cell of the set in this column; also the longest column


@kernel
def _columns(inside: Mask, out: U2, c0: int, c1: int) -> None:
    """Cells to the nearest cell of the set within the column."""
    height = inside.shape[0]
    for c in range(c0, c1):
        out[0, c] = 0 if inside[0, c] else _FAR
    for r in range(1, height):
        for c in range(c0, c1):
            if inside[r, c]:
                out[r, c] = 0
            else:
                d = out[r - 1, c]
                out[r, c] = d + 1 if d < _FAR else _FAR
    for r in range(height - 2, -1, -1):
        for c in range(c0, c1):
            d = out[r + 1, c]
            if d < _FAR and d + 1 < out[r, c]:
                out[r, c] = d + 1


@kernel
def _rows(near: U2, out: F4, r0: int, r1: int, cell: float) -> None:
    """Lower envelope of the parabolas of a row (Felzenszwalb and Huttenlocher)."""
    width = near.shape[1]
    at = np.empty(width, dtype=np.int64)
    start = np.empty(width + 1, dtype=np.float64)
    height = np.empty(width, dtype=np.float64)
    for r in range(r0, r1):
        n = 0
        for c in range(width):
            d = near[r, c]
            if d == _FAR:
                continue
            f = float(d) * float(d)
            s = -math.inf
            while n > 0:
                b = at[n - 1]
                s = (f + float(c) * c - height[n - 1] - float(b) * b) / (2.0 * (c - b))
                if s > start[n - 1]:
                    break
                n -= 1  # the first one stays: it starts at minus infinity
            at[n] = c
            height[n] = f
            start[n] = s
            n += 1
        if n == 0:
            for c in range(width):
                out[r, c] = np.inf
            continue
        start[n] = math.inf
        k = 0
        for c in range(width):
            while start[k + 1] < c:
                k += 1
            x = float(c - at[k])
            out[r, c] = math.sqrt(x * x + height[k]) * cell


def _parts(n: int, workers: int) -> list[tuple[int, int]]:
    cut = np.linspace(0, n, workers + 1).astype(int).tolist()
    return [(a, b) for a, b in itertools.pairwise(cut) if b > a]


def _run(jobs: list[Any], workers: int) -> None:
    if workers == 1:
        for fn, args in jobs:
            fn(*args)
        return
    with ThreadPoolExecutor(workers) as pool:
        for future in [pool.submit(fn, *args) for fn, args in jobs]:
            future.result()


def _near(inside: Mask, workers: int) -> U2:
    if inside.ndim != 2 or inside.shape[0] >= _FAR:
        raise DataError(say("gis.cells.set_must_grid_fewer_than"), got=str(inside.shape))
    inside = np.ascontiguousarray(inside, dtype=bool)
    near = np.empty(inside.shape, dtype=np.uint16)
    if inside.size:
        parts = _parts(inside.shape[1], workers)
        _run([(_columns, (inside, near, a, b)) for a, b in parts], workers)
    return near


def distance_m(inside: Mask, cell_m: float, *, workers: int = 2) -> F4:
    """Distance from every cell centre to the nearest cell centre of a set.

    Parameters
    ----------
    inside : (h, w) bool
        The set.
    cell_m : float
        Side of a cell [m].
    workers : int
        Threads.

    Returns
    -------
    (h, w) float32
        Distance [m]; 0 inside the set, infinite when it is empty.

    Raises
    ------
    DataError
        When there are 65,535 rows or more.

    Notes
    -----
    Exact: squared distances are whole numbers and the envelope is computed in float64 (in
    float32 it errs from 4,096 columns on).

    References
    ----------
    Felzenszwalb P.F., Huttenlocher D.P., Distance transforms of sampled functions, Theory of
    Computing 8, 2012, pp. 415-428, doi:10.4086/toc.2012.v008a019.

    Examples
    --------
    Three cells east and four south is five cells away:

    >>> inside = np.zeros((5, 4), bool)
    >>> inside[0, 0] = True
    >>> float(distance_m(inside, 10.0)[4, 3])
    50.0
    """
    near = _near(inside, workers)
    out = np.empty(near.shape, dtype=np.float32)
    if near.size:
        parts = _parts(near.shape[0], workers)
        _run([(_rows, (near, out, a, b, cell_m)) for a, b in parts], workers)
    return out


def halo_px(distance: float, cell_m: float) -> int:
    """Cells of halo that a distance between cell centres needs around a window.

    Examples
    --------
    >>> halo_px(300.0, 10.0), halo_px(305.0, 10.0)
    (30, 30)
    """
    return math.floor(distance / cell_m + 1e-9)
