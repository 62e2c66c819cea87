"""As many MW as stations take: a bound nobody can pass, and exchanges that come near it.

Where a station has few bays, which sites stand in them decides how many MW it takes. The bound
is the linear programme in which a site may stand in part of a bay; its larger parts, and sites
that change places as long as that adds MW, come near it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.types import F8
from siting.connection.problem import Mask, Problem

__all__ = ["mw_bound", "shares", "with_exchanges"]

_LIMIT_S = 5.0  # of the linear programme
_STEP = 0.01  # of the flow [MW]
_MW = 1e-6

Ints = npt.NDArray[np.intp]


def mw_bound(p: Problem, keep: Mask, reach: Mask) -> tuple[float, Ints | None]:
    """MW no allocation can pass, and an assignment to begin with.

    Parameters
    ----------
    p : Problem
    keep : (n, k) bool
        Pairs that may be joined by a line of their own.
    reach : (n, k) bool
        By shared lines too.

    Returns
    -------
    float
    (n,) intp or None
        Station of each site, -1 for none; None where nothing limits the bays.
    """
    room = p.free
    if p.hub_cost is not None:  # a bay takes a group of sites
        with np.errstate(invalid="ignore"):
            room = np.fmin(room, p.bays * p.high)
    most = _flow(p.capacity, room, reach)
    if not np.isfinite(p.bays).any():
        return most, None
    bound, at = _relaxed(p, keep)
    return (most if p.hub_cost is not None else min(most, bound)), at


def _relaxed(p: Problem, keep: Mask) -> tuple[float, Ints]:
    """The linear programme in which a site may stand in part of a bay, and its larger parts."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    n, k = keep.shape
    site, station = np.nonzero(keep)
    m, size = len(site), p.capacity[site]
    column = np.arange(m)
    rows = np.concatenate([site, n + station, n + k + station])
    values = np.concatenate([np.ones(m), size, np.ones(m)])
    limits = csr_array((values, (rows, np.tile(column, 3))), shape=(n + 2 * k, m))
    # of a station without a limit no more than all sites
    most = np.concatenate([np.ones(n), p.free, np.minimum(p.bays, n)])
    found = linprog(
        -size, limits, most, bounds=(0, 1), method="highs", options={"time_limit": _LIMIT_S}
    )
    at = np.full(n, -1, np.intp)
    if found.status != 0:
        return np.inf, at
    large = np.flatnonzero(found.x >= 0.5)
    at[site[large]] = station[large]
    for j in range(k):  # halves of several sites may stand in one bay, or in the last MW
        own = np.flatnonzero(at == j)
        own = own[np.argsort(p.capacity[own], kind="stable")]
        left = p.capacity[own].sum() - np.cumsum(p.capacity[own]) + p.capacity[own]
        extra = max(0, len(own) - int(min(p.bays[j], n)))
        if not p.partly:
            extra = max(extra, int((left > p.free[j] + 1e-12).sum()))
        at[own[:extra]] = -1
    return -float(found.fun), at


def _flow(capacity: F8, free: F8, reach: Mask) -> float:
    """The largest flow of MW from sites to stations, rounded up."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_flow

    n, k = reach.shape
    site, station = np.nonzero(reach)
    size = np.ceil(capacity / _STEP).astype(np.int64)
    room = np.minimum(np.ceil(free / _STEP), size.sum()).astype(np.int64)
    source, sink = n + k, n + k + 1
    tail = np.concatenate([np.full(n, source), site, n + np.arange(k)])
    head = np.concatenate([np.arange(n), n + station, np.full(k, sink)])
    limit = np.concatenate([size, size[site], room])
    unit = max(1, int(np.ceil(size.sum() / 2**30)))  # flows are 32 bits wide
    limit = -(-limit // unit)
    graph = csr_array((limit.astype(np.int32), (tail, head)), shape=(sink + 1, sink + 1))
    flow = int(maximum_flow(graph, source, sink).flow_value)
    reached = float(capacity[reach.any(axis=1)].sum())
    return min(flow * unit * _STEP, reached, float(free.sum()))


def _least(p: Problem, size: float) -> float:
    return max(_MW, min(p.least_mw, size))


def with_exchanges(p: Problem, keep: Mask, at: Ints) -> Ints:
    """The same assignment after moves and exchanges, each of which adds MW."""
    at, size = at.copy(), p.capacity
    k = len(p.free)
    on = at >= 0
    whole = np.asarray(np.bincount(at[on], weights=size[on], minlength=k), np.float64)
    lines, done = np.bincount(at[on], minlength=k), np.zeros(k, bool)
    while True:
        slack = np.where(done, 0.0, p.free - whole)
        j = int(np.argmax(slack))
        if slack[j] <= _MW:
            return at
        add, out, into = _best(p, keep, at, whole, j, may_add=lines[j] + 1 <= p.bays[j])
        if add <= _MW:
            done[j] = True
            continue
        k_of = at[into]
        if k_of >= 0:
            whole[k_of] -= size[into]
            lines[k_of] -= 1
        if out >= 0:
            at[out] = k_of
            whole[j] -= size[out]
            lines[j] -= 1
            if k_of >= 0:
                whole[k_of] += size[out]
                lines[k_of] += 1
        at[into] = j
        whole[j] += size[into]
        lines[j] += 1
        done[:] = False


def _best(
    p: Problem,
    keep: Mask,
    at: Ints,
    whole: F8,
    j: int,
    *,
    may_add: bool,
) -> tuple[float, int, int]:
    """MW a station gains at most by one change, who leaves it (-1 nobody) and who comes."""
    size = p.capacity
    come = keep[:, j] & (at != j)
    from_ = np.maximum(at, 0)
    elsewhere = at >= 0
    there = whole[from_]
    had = np.minimum(p.free[from_], there)
    best = (0.0, -1, -1)
    leavers = ([-1] if may_add else []) + np.flatnonzero(at == j).tolist()
    for out in leavers:
        less = 0.0 if out < 0 else float(size[out])
        now = whole[j] - less + size
        can = come & (now <= p.free[j] + 1e-12) if not p.partly else come
        gain = np.minimum(p.free[j], now) - min(p.free[j], whole[j])
        then = there - size + less
        lost = np.where(elsewhere, had - np.minimum(p.free[from_], then), 0.0)
        if out >= 0:
            can = can & (~elsewhere | keep[out, from_])
            if not p.partly:
                can = can & (~elsewhere | (then <= p.free[from_] + 1e-12))
        net = np.where(can, gain - lost, -np.inf)
        into = int(np.argmax(net))
        if net[into] > best[0] + _MW:
            best = (float(net[into]), out, into)
    return best


def shares(p: Problem, at: Ints) -> tuple[Ints, F8]:
    """Stations of sites and MW of each: who is not needed to fill a station has no line."""
    at, mw = at.copy(), np.zeros(len(at))
    for j in range(len(p.free)):
        own = np.flatnonzero(at == j)
        own = own[np.argsort(p.capacity[own], kind="stable")]
        over = float(p.capacity[own].sum()) - float(p.free[j])
        while len(own) and over >= p.capacity[own[0]] - 1e-12:
            over -= float(p.capacity[own[0]])
            at[own[0]] = -1
            own = own[1:]
        given = p.capacity[own].astype(float)
        # the largest gives way first, none below the least that is worth a line
        for q in range(len(own) - 1, -1, -1):
            if over <= 0:
                break
            less = min(over, given[q] - _least(p, given[q]))
            given[q] -= less
            over -= less
        mw[own] = given
        if over > _MW:  # all at their least, and still too many: the smallest has no line
            mw[own[0]], at[own[0]] = 0.0, -1
    return at, mw
