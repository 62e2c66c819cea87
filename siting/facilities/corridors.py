"""Least-cost ways between patches over land that is more or less hard to cross.

References
----------
Adriaensen et al. 2003, Landsc. Urban Plan. 64: 233 (least-cost modelling); the cost of a step
between two cells is the mean of both resistances times its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import say
from gis.types import F8, I4, Mask

__all__ = ["classed", "cost_between", "cost_net", "least_cost_ways", "shown"]

_STEPS = ((0, 1, 1.0), (1, 0, 1.0), (1, 1, 2.0**0.5), (1, -1, 2.0**0.5))
_MOST_WORK = 400_000_000  # cells times patches: some minutes

Ints = npt.NDArray[np.intp]


def cost_net(resistance: F8, cell_m: float) -> Any:  # noqa: ANN401 - csr_array
    """Cells as a net of eight neighbours each.

    Parameters
    ----------
    resistance : (h, w) float64
        Of a metre, 1 where it is a metre; NaN or infinite where nobody passes.
    cell_m : float

    Returns
    -------
    csr_array, shape (h * w, h * w)
        Resistance times metres of each step.

    Examples
    --------
    >>> cost_net(np.array([[1.0, 3.0]]), 10.0).toarray().tolist()
    [[0.0, 20.0], [20.0, 0.0]]
    """
    from scipy.sparse import csr_array

    h, w = resistance.shape
    number = np.arange(h * w).reshape(h, w)
    tail, head, cost = [], [], []
    for down, right, length in _STEPS:
        a = (slice(0, h - down), slice(max(0, -right), w - max(0, right)))
        b = (slice(down, h), slice(max(0, right), w + min(0, right)))
        step = (resistance[a] + resistance[b]) / 2.0 * length * cell_m
        open_ = np.isfinite(step)
        tail.append(number[a][open_])
        head.append(number[b][open_])
        cost.append(step[open_])
    i, j, c = np.concatenate(tail), np.concatenate(head), np.concatenate(cost)
    every = (np.concatenate([c, c]), (np.concatenate([i, j]), np.concatenate([j, i])))
    return csr_array(every, shape=(h * w, h * w))


def _from(net: Any, cells: Ints) -> tuple[F8, Ints, Ints]:  # noqa: ANN401 - csr_array
    """From the nearest of some cells: cost, cell before, and which it was."""
    from scipy.sparse.csgraph import dijkstra

    cost, before, first = dijkstra(
        net, directed=True, indices=cells, min_only=True, return_predecessors=True
    )
    return cost, before, first


def _edge(resistance: F8, cell_m: float) -> F8:
    """What half a cell costs: ways lead from edge to edge, cells from middle to middle."""
    return np.asarray(resistance.ravel() * cell_m / 2.0)


def _cells_of(label: I4, k: int) -> Ints:
    return np.flatnonzero(label.ravel() == k)


def cost_between(resistance: F8, label: I4, n: int, cell_m: float) -> F8:
    """Cost of the cheapest way between every two patches, from edge to edge.

    Parameters
    ----------
    resistance : (h, w) float64
        See `cost_net`.
    label : (h, w) int32
        Patch of each cell, from 1; 0 beside them.
    n : int
        Patches.
    cell_m : float

    Returns
    -------
    (n, n) float64
        Resistance times metres; infinite where no way leads.

    Raises
    ------
    DataError
        For more cells and patches than can be gone through.

    Examples
    --------
    Two patches with two cells between them, one of them twice as hard to cross:

    >>> patch = np.array([[1, 0, 0, 2]], np.int32)
    >>> cost_between(np.array([[1.0, 1.0, 2.0, 1.0]]), patch, 2, 10.0).tolist()
    [[0.0, 30.0], [30.0, 0.0]]
    """
    if label.size * n > _MOST_WORK:
        raise DataError(
            say("siting.facilities.corridor_cells"),
            got=f"{label.size:,} x {n}",
            expected=f"<= {_MOST_WORK:,}",
            todo=say("siting.facilities.corridor_cells_todo"),
        )
    net, half = cost_net(resistance, cell_m), _edge(resistance, cell_m)
    out = np.full((n, n), np.inf)
    flat = label.ravel()
    where = np.flatnonzero(flat > 0)
    for k in range(n):
        own = _cells_of(label, k + 1)
        if not len(own):
            continue
        cost, _, first = _from(net, own)
        reached = where[np.isfinite(cost[where])]
        edge = cost[reached] - half[reached] - half[first[reached]]
        np.minimum.at(out[k], flat[reached] - 1, np.maximum(edge, 0.0))
        out[k, k] = 0.0
    return np.asarray(np.minimum(out, out.T))


def least_cost_ways(
    net: Any,  # noqa: ANN401 - csr_array
    resistance: F8,
    label: I4,
    pairs: Sequence[tuple[int, int]],
    cell_m: float,
) -> list[Ints]:
    """Cells of the cheapest way of each pair of patches, its ends in them.

    The net is gone through once for a patch and all its pairs, first where a patch has most.

    Parameters
    ----------
    net : csr_array
        Of `cost_net`.
    resistance, label, cell_m
        As in `cost_between`.
    pairs : sequence of (int, int)
        Labels.

    Returns
    -------
    list of (m,) intp
        Cells by number, row by row, from the first patch of the pair to the second.

    Examples
    --------
    >>> land, patch = np.ones((1, 6)), np.array([[1, 0, 2, 0, 0, 3]], np.int32)
    >>> ways = least_cost_ways(cost_net(land, 1.0), land, patch, [(1, 2), (2, 3)], 1.0)
    >>> [w.tolist() for w in ways]
    [[0, 1, 2], [2, 3, 4, 5]]
    """
    half = _edge(resistance, cell_m)
    out: dict[int, Ints] = {}
    while left := [k for k in range(len(pairs)) if k not in out]:
        own = Counter(p for k in left for p in pairs[k]).most_common(1)[0][0]
        cost, before, first = _from(net, _cells_of(label, own))
        for k in (k for k in left if own in pairs[k]):
            one, two = pairs[k]
            ends = _cells_of(label, two if own == one else one)
            edge = cost[ends] - half[ends] - half[np.maximum(first[ends], 0)]
            way = [int(ends[np.argmin(edge)])]
            while before[way[-1]] >= 0:
                way.append(int(before[way[-1]]))
            out[k] = np.array(way[::-1] if own == one else way, np.intp)
    return [out[k] for k in range(len(pairs))]


def classed(codes: npt.NDArray[np.object_], values: dict[str, float], other: float) -> F8:
    """Resistance of classes by the longest beginning of theirs that has a value.

    Examples
    --------
    >>> classed(np.array(["0301", "1006"], object), {"03": 1.0, "1006": 20.0}, 5.0).tolist()
    [1.0, 20.0]
    """
    known = sorted(values, key=len, reverse=True)

    def of(code: str) -> float:
        return next((values[k] for k in known if code.startswith(k)), other)

    return np.array([of(str(c)) for c in codes], float)


def shown(way: Ints, shape: tuple[int, int]) -> tuple[Ints, Ints, Mask]:
    """Rows and columns of a way, and which of its cells are needed to draw it."""
    row, column = np.divmod(way, shape[1])
    turn = np.ones(len(way), bool)
    if len(way) > 2:
        straight = (np.diff(row, 2) == 0) & (np.diff(column, 2) == 0)
        turn[1:-1] = ~straight
    return row, column, turn
