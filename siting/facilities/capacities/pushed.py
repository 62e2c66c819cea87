"""Demand pushed to open places along the shortest chains: a transport mended place by place.

A few open places make a small graph: an arc is as long as moving one demand between its places
costs at least. A demand that finds its place full moves others along the shortest chain
to a place with room; a new place draws demand along chains that make the whole cheaper. Each
push keeps the flow the cheapest of its amount, so an exchange of two places costs some pushes
and no programme.

References
----------
Ahuja, Magnanti and Orlin 1993, Network Flows, ch. 9 (successive shortest paths).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gis.cells.jit.compiled import kernel
from gis.types import F8

__all__ = ["Load", "exchanged", "loaded"]

_LITTLE = 1e-12  # of a cost, or of a weight: none


class Load(NamedTuple):
    """Who goes where; the last column is nowhere.

    Attributes
    ----------
    cost : (n, k + 1) float64
        To the open places, and of not being served.
    flow : (k + 1, n) float64
    left : (k + 1,) float64
        Room.
    step : (k + 1, k + 1) float64
        What moving a demand from one place to another costs most cheaply.
    by : (k + 1, k + 1) int64
        The demand that does.
    small, none : float
        A cost, and an amount, that are last digits.
    """

    cost: F8
    flow: F8
    left: F8
    step: F8
    by: npt.NDArray[np.int64]
    small: float
    none: float

    @property
    def value(self) -> float:
        """Cost of all, those not served among it."""
        way = np.where(self.flow.T > 0, self.cost, 0.0)
        return float((self.flow.T * way).sum())


@kernel
def _steps(cost: F8, flow: F8, j: int, step: F8, by: npt.NDArray[np.int64]) -> None:
    """Row j of the cheapest moves."""
    n, k = cost.shape
    for to in range(k):
        step[j, to] = np.inf
    for i in range(n):
        if flow[j, i] > 0.0:
            own = cost[i, j]
            for to in range(k):
                d = cost[i, to] - own
                if d < step[j, to]:
                    step[j, to] = d
                    by[j, to] = i
    step[j, j] = np.inf


@kernel
def _joined(cost: F8, i: int, j: int, step: F8, by: npt.NDArray[np.int64]) -> None:
    """Row j of the cheapest moves, now that demand i is there too."""
    for to in range(cost.shape[1]):
        d = cost[i, to] - cost[i, j]
        if to != j and d < step[j, to]:
            step[j, to] = d
            by[j, to] = i


@kernel
def _ways(step: F8, way: F8, back: npt.NDArray[np.int64], small: float) -> None:
    """Shortest chains from what `way` holds."""
    k = len(way)
    for _ in range(k):
        again = False
        for j in range(k):
            own = way[j]
            if own == np.inf:
                continue
            for to in range(k):
                d = own + step[j, to]
                if d < way[to] - small:
                    way[to] = d
                    back[to] = j
                    again = True
        if not again:
            break


@kernel
def _along(
    cost: F8,
    flow: F8,
    step: F8,
    by: npt.NDArray[np.int64],
    back: npt.NDArray[np.int64],
    end: int,
    most: float,
    small: float,
) -> tuple[float, int]:
    """Move as much as can be along the chain that ends at a place: how much, and its start."""
    k = len(back)
    t, at, hops = most, end, 0
    while back[at] >= 0 and hops <= k:
        j = back[at]
        t = min(t, flow[j, by[j, at]])
        at = j
        hops += 1
    if hops > k:  # a ring of the last digits
        return 0.0, -1
    first = at
    at = end
    while back[at] >= 0:
        j = back[at]
        i = by[j, at]
        flow[j, i] -= t
        if flow[j, i] <= small:
            flow[at, i] += flow[j, i]
            flow[j, i] = 0.0
        flow[at, i] += t
        at = j
    at = end
    while True:
        _steps(cost, flow, at, step, by)
        if back[at] < 0:
            break
        at = back[at]
    return t, first


@kernel
def _put(
    cost: F8,
    flow: F8,
    left: F8,
    step: F8,
    by: npt.NDArray[np.int64],
    i: int,
    amount: float,
    small: float,
    none: float,
) -> None:
    """Serve so much of demand i, the cheapest way."""
    k = len(left)
    way, back = np.empty(k), np.empty(k, np.int64)
    while amount > 0.0:
        near = 0
        for j in range(1, k):
            if cost[i, j] < cost[i, near]:
                near = j
        if left[near] > 0.0:
            t = min(amount, left[near])
            flow[near, i] += t
            left[near] -= t
            amount -= t
            _joined(cost, i, near, step, by)
            continue
        for j in range(k):
            way[j] = cost[i, j]
            back[j] = -1
        _ways(step, way, back, small)
        end = k - 1
        for j in range(k):
            if left[j] > none and way[j] < way[end]:
                end = j
        # the chain as it is before the demand is put at its start
        at = end
        hops = 0
        while back[at] >= 0 and hops <= k:
            at = back[at]
            hops += 1
        if hops > k:
            end, at = k - 1, k - 1
            back[end] = -1
        t, first = _along(cost, flow, step, by, back, end, min(amount, left[end]), none)
        flow[first, i] += t
        left[end] -= t
        amount -= t
        _joined(cost, i, first, step, by)
        if amount <= none:
            flow[k - 1, i] += amount if t == 0.0 else 0.0
            break


@kernel
def _draw(
    cost: F8,
    flow: F8,
    left: F8,
    step: F8,
    by: npt.NDArray[np.int64],
    new: int,
    small: float,
    none: float,
) -> None:
    """Demand moves to a new place as long as the whole is cheaper."""
    k = len(left)
    way, back = np.empty(k), np.empty(k, np.int64)
    while left[new] > none:
        for j in range(k):
            way[j] = 0.0
            back[j] = -1
        way[new] = np.inf
        _ways(step, way, back, small)
        if way[new] >= -small:
            break
        t, first = _along(cost, flow, step, by, back, new, left[new], none)
        if t <= 0.0:
            break
        left[first] += t
        left[new] -= t


@kernel
def _filled(
    cost: F8,
    flow: F8,
    left: F8,
    step: F8,
    by: npt.NDArray[np.int64],
    small: float,
    none: float,
    weight: F8,
) -> None:
    for i in range(len(weight)):
        if weight[i] > 0.0:
            _put(cost, flow, left, step, by, i, weight[i], small, none)


@kernel
def _swapped(
    cost: F8,
    flow: F8,
    left: F8,
    step: F8,
    by: npt.NDArray[np.int64],
    small: float,
    none: float,
    old: int,
    column: F8,
    room: float,
) -> float:
    """Another place in a column: the cost of all."""
    n, k = cost.shape
    gone = flow[old].copy()
    for i in range(n):
        flow[old, i] = 0.0
        cost[i, old] = column[i]
    left[old] = room
    for j in range(k):
        _steps(cost, flow, j, step, by)
    _draw(cost, flow, left, step, by, old, small, none)
    for i in range(n):
        if gone[i] > 0.0:
            _put(cost, flow, left, step, by, i, gone[i], small, none)
    total = 0.0
    for j in range(k):
        for i in range(n):
            if flow[j, i] > 0.0:
                total += flow[j, i] * cost[i, j]
    return total


def loaded(ways: F8, weight: F8, room: F8, unserved: float) -> Load:
    """All demand to open places at the least cost, what they cannot hold nowhere.

    Parameters
    ----------
    ways : (n, k) float64
        To open places; infinite where no way leads.
    weight : (n,) float64
    room : (k,) float64
    unserved : float
        Cost of a unit that is not served.

    Examples
    --------
    >>> one = loaded(np.array([[1.0, 5.0], [2.0, 9.0]]), np.ones(2), np.array([1.0, 1.0]), 99.0)
    >>> one.flow.tolist(), one.value  # 5 + 2 is less than 1 + 9
    ([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]], 7.0)
    """
    n, k = ways.shape
    cost = np.ascontiguousarray(np.column_stack([ways, np.full(n, unserved)]))
    left = np.append(room.astype(float), np.inf)
    flow, step = np.zeros((k + 1, n)), np.full((k + 1, k + 1), np.inf)
    by = np.zeros((k + 1, k + 1), np.int64)
    top = float(cost[np.isfinite(cost)].max())
    one = Load(cost, flow, left, step, by, _LITTLE * top, _LITTLE * max(1.0, weight.sum()))
    _filled(*one, weight)
    return one


def exchanged(one: Load, old: int, ways: F8, room: float) -> tuple[Load, float]:
    """The place of a column given up for another one: the new load, and its cost.

    Parameters
    ----------
    one : Load
    old : int
        Column.
    ways : (n,) float64
        To the other place.
    room : float
        What it holds.
    """
    new = one._replace(
        cost=one.cost.copy(),
        flow=one.flow.copy(),
        left=one.left.copy(),
        step=one.step.copy(),
        by=one.by.copy(),
    )
    return new, float(_swapped(*new, old, ways, float(room)))


@kernel
def _whole(
    cost: F8, weight: F8, left: F8, to: npt.NDArray[np.int64], small: float, none: float
) -> None:
    """Whole demands moved, and exchanged, as long as the whole is cheaper."""
    n, k = cost.shape
    again = True
    while again:
        again = False
        for i in range(n):
            if weight[i] == 0.0:
                continue
            a = to[i]
            for b in range(k):
                less = weight[i] * (cost[i, a] - cost[i, b])
                if less > small and left[b] >= weight[i] - none:
                    left[a] += weight[i]
                    left[b] -= weight[i]
                    to[i] = a = b
                    again = True
            for o in range(i):
                b = to[o]
                if a == b or weight[o] == 0.0:
                    continue
                less = weight[i] * (cost[i, a] - cost[i, b])
                less += weight[o] * (cost[o, b] - cost[o, a])
                more = weight[i] - weight[o]
                if less > small and left[b] >= more - none and left[a] >= -more - none:
                    left[a] += more
                    left[b] -= more
                    to[i], to[o] = b, a
                    a = b
                    again = True


def packed(one: Load, weight: F8) -> tuple[F8, float]:
    """Whole demands to the places of a load, each to one: flow as of the load, and the cost.

    Those that go to one place stay; the others, the largest first, go to the cheapest place
    that has room; then demands are moved and exchanged.

    Examples
    --------
    >>> ways, weight = np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([3.0, 3.0])
    >>> flow, cost = packed(loaded(ways, weight, np.array([4.0, 4.0]), 99.0), weight)
    >>> sorted(flow.sum(axis=1).tolist()), cost  # 3 to each: 3 x 1 + 3 x 2
    ([0.0, 3.0, 3.0], 9.0)
    """
    k, n = one.flow.shape
    small = one.none
    left = one.left + one.flow.sum(axis=1)
    to = np.argmax(one.flow, axis=0)
    every = np.arange(n)
    split = one.flow[to, every] < weight - small
    to[split] = k - 1
    np.subtract.at(left, to[~split], weight[~split])
    for i in sorted(np.flatnonzero(split), key=lambda i: -weight[i]):
        may = left >= weight[i] - small
        to[i] = int(np.argmin(np.where(may, one.cost[i], np.inf)))
        left[to[i]] -= weight[i]
    _whole(one.cost, weight, left, to, one.small * max(1.0, float(weight.sum())), small)
    flow = np.zeros((k, n))
    flow[to, every] = weight
    asked = weight > 0
    return flow, float(weight[asked] @ one.cost[every, to][asked])
