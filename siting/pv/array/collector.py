"""The collector: the cheapest tree of lines found in which no feeder carries too much."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import ModelError
from gis.say import say

__all__ = ["Collector", "collector_lines", "current_a"]

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
_ALL = 400  # nodes up to which every pair may be joined
_NEAR = 24


@dataclass(frozen=True)
class Collector:
    """Lines from each node towards the substation.

    Attributes
    ----------
    towards : i8[n]
        Node each node's line runs to; -1 is the substation.
    length_m : f8[n]
        Along and across the rows [m].
    power_mw : f8[n]
        What the line carries: the node and all behind it [MW].
    feeder : i8[n]
        Number of the feeder, by the node next to the substation.
    """

    towards: I8
    length_m: F8
    power_mw: F8
    feeder: I8


def current_a(power_mw: npt.ArrayLike, kv: float, power_factor: float) -> F8:
    """Current of a three-phase line [A].

    Examples
    --------
    >>> round(float(current_a(25.0, 35.0, 0.95)), 1)
    434.1
    """
    kw = np.asarray(power_mw, dtype=np.float64) * 1000.0
    return np.asarray(kw / (np.sqrt(3.0) * kv * power_factor))


def collector_lines(
    xy: F8, power_mw: F8, root: tuple[float, float], most_mw: float
) -> Collector:
    """A short tree joining all nodes to the substation, no feeder above its limit.

    Parameters
    ----------
    xy : f8[n, 2]
        Transformers, in a frame whose axes the lines follow [m].
    power_mw : f8[n]
    root : (x, y)
        The substation [m].
    most_mw : float
        Most power on a feeder [MW].

    Raises
    ------
    ModelError
        When one node alone is above the limit.

    Notes
    -----
    Esau and Williams' heuristic: every node begins with a line of its own to the substation;
    again and again the two groups are joined that save most by it. Without a limit the
    tree is the shortest one.

    References
    ----------
    .. [1] Esau, L. R., Williams, K. C. (1966). On teleprocessing system design, part II. IBM
       Systems Journal 5(3), 142-147. :doi:`10.1147/sj.53.0142`

    Examples
    --------
    Three nodes on a line, all on one feeder, then on feeders of two at most:

    >>> xy = np.array([[100.0, 0.0], [200.0, 0.0], [300.0, 0.0]])
    >>> float(collector_lines(xy, np.ones(3), (0.0, 0.0), 9.0).length_m.sum())
    300.0
    >>> c = collector_lines(xy, np.ones(3), (0.0, 0.0), 2.0)
    >>> float(c.length_m.sum()), sorted(c.power_mw.tolist())
    (400.0, [1.0, 1.0, 2.0])
    """
    n = len(xy)
    if n and float(power_mw.max()) > most_mw + 1e-9:
        raise ModelError(
            say("siting.pv_array.node_above_feeder"),
            where="feeder_mw",
            got=f"{float(power_mw.max()):.2f} MW",
            expected=f"<= {most_mw:g} MW",
            todo=say("siting.pv_array.smaller_block_or_larger_feeder"),
        )
    home = np.abs(xy - np.asarray(root)).sum(axis=1)
    joined = _joined(xy, power_mw, home, most_mw)
    return _rooted(n, joined, home, power_mw, xy)


def _neighbours(xy: F8) -> tuple[I8, I8]:
    n = len(xy)
    if n <= _ALL:
        a, b = np.triu_indices(n, 1)
        return a.astype(np.int64), b.astype(np.int64)
    from scipy.spatial import cKDTree

    _, near = cKDTree(xy).query(xy, k=_NEAR + 1, p=1)
    a = np.repeat(np.arange(n), _NEAR)
    b = near[:, 1:].ravel()
    pairs = np.unique(np.sort(np.column_stack([a, b]), axis=1), axis=0)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _joined(xy: F8, power_mw: F8, home: F8, most_mw: float) -> list[tuple[int, int]]:
    """Pairs of nodes that are joined."""
    a, b = _neighbours(xy)
    cost = np.abs(xy[a] - xy[b]).sum(axis=1)
    group = list(range(len(xy)))
    gate = home.astype(float).tolist()  # of a group: its shortest way home
    load = power_mw.astype(float).tolist()

    def top(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    saved = np.maximum(home[a], home[b]) - cost
    ends = list(zip(a.tolist(), b.tolist(), cost.tolist(), strict=True))
    heap = [(-s, k) for k, s in enumerate(saved.tolist()) if s > 1e-9]
    heapq.heapify(heap)
    out = []
    while heap:
        minus, k = heapq.heappop(heap)
        i, j, length = ends[k]
        p, q = top(i), top(j)
        if p == q or load[p] + load[q] > most_mw + 1e-9:
            continue
        # joining saves the longer of the two ways home
        now = max(gate[p], gate[q]) - length
        if now <= 1e-9:
            continue
        if now < -minus - 1e-9:
            heapq.heappush(heap, (-now, k))
            continue
        group[p] = q
        load[q] += load[p]
        gate[q] = min(gate[p], gate[q])
        out.append((i, j))
    return out


def _rooted(n: int, joined: list[tuple[int, int]], home: F8, power_mw: F8, xy: F8) -> Collector:
    """The forest hung up at each group's node nearest to the substation."""
    beside: list[list[int]] = [[] for _ in range(n)]
    for i, j in joined:
        beside[i].append(j)
        beside[j].append(i)
    towards = np.full(n, -1, dtype=np.int64)
    feeder = np.full(n, -1, dtype=np.int64)
    length = home.astype(np.float64).copy()
    carried = power_mw.astype(np.float64).copy()
    number = 0
    for start in np.argsort(home, kind="stable").tolist():
        if feeder[start] >= 0:
            continue
        way, feeder[start] = [start], number
        for i in way:
            for j in beside[i]:
                if feeder[j] < 0:
                    feeder[j], towards[j] = number, i
                    length[j] = float(np.abs(xy[i] - xy[j]).sum())
                    way.append(j)
        for i in reversed(way[1:]):
            carried[towards[i]] += carried[i]
        number += 1
    return Collector(towards, length, carried, feeder)
