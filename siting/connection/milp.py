"""The mixed-integer programme behind the allocation, solved by HiGHS.

First as many MW as the stations take; then, of all ways to take as many, the one with the least
cost of lines. The two are solved one after the other, so that no weight between MW and km is
made up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.types import F8
from siting.connection.large import solve_large, with_shared
from siting.connection.problem import Problem, Solved, gap, spent
from siting.connection.shared import near_hubs
from siting.programme import Rows, solved

__all__ = ["solve"]

_MOST_PAIRS = 6000  # above it a way is built and mended, and its distance to a bound is told
_MOST_SHARED = 2000  # ways by another site's collector; of more the nearest collectors alone
_FEW = 400  # ways; above it a way is built first, and its MW may be proven the most
_MOST_WAYS = 4000  # with shared lines; of more the search has nothing in its time
_PROVEN = 1e-9
_MW = 1e-6
_REFILL_S = 5.0

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Ways:
    """Ways to join sites to stations: alone, as a collector, by another site's collector."""

    site: Ints
    station: Ints
    hub: Ints  # -1 alone, the site itself as a collector, another site
    cost: F8

    def __len__(self) -> int:
        return len(self.site)


def _ways(p: Problem, keep: npt.NDArray[np.bool_]) -> tuple[_Ways, bool]:
    """Every way, and whether none of the shared ones was left out."""
    site, station = np.nonzero(keep)
    parts = [(site, station, np.full(len(site), -1), p.cost[site, station])]
    all_ways = True
    if p.hub_cost is not None:
        joins, all_ways = near_hubs(p, p.hub_cost, _MOST_SHARED)
        for j, (i, h) in enumerate(joins):
            hubs = np.unique(h)
            parts.append((hubs, np.full(len(hubs), j), hubs, p.trunk_cost[hubs, j]))
            parts.append((i, np.full(len(i), j), h, p.hub_cost[i, h]))
    site_of, station_of, hub, cost = (np.concatenate(c) for c in zip(*parts, strict=True))
    ways = _Ways(site_of.astype(np.intp), station_of.astype(np.intp), hub.astype(np.intp), cost)
    return ways, all_ways


def _model(p: Problem, ways: _Ways) -> tuple[Rows, Any, Any]:
    """Columns: MW of each way, whether it is built, and (split) whether a site is built."""
    from scipy.optimize import Bounds

    m, n, k = len(ways), len(p.capacity), len(p.free)
    whole = p.split and not p.partly
    model = Rows(2 * m + (n if whole else 0))
    at, on = np.arange(m), np.arange(m) + m
    size = p.capacity[ways.site]
    model.add(ways.station, at, 1.0, -np.inf, p.free, k)
    limited = np.isfinite(p.bays)
    if limited.any():
        line = (ways.hub < 0) | (ways.hub == ways.site)
        model.add(
            ways.station[line], on[line], 1.0, -np.inf, np.where(limited, p.bays, np.inf), k
        )
    if p.split:
        model.add(ways.site, at, 1.0, -np.inf, p.capacity, n)
        if whole:
            every = np.arange(n)
            model.add(
                np.concatenate([ways.site, every]),
                np.concatenate([at, 2 * m + every]),
                np.concatenate([np.ones(m), -p.capacity]),
                0.0,
                0.0,
                n,
            )
    else:
        model.add(ways.site, on, 1.0, -np.inf, 1.0, n)
    # MW of a way only where it is built, and no less than the least
    both = np.concatenate([np.arange(m), np.arange(m)])
    built = np.concatenate([at, on])
    exact = not p.partly and not p.split
    most = np.concatenate([np.ones(m), -size])
    model.add(both, built, most, 0.0 if exact else -np.inf, 0.0, m)
    if p.least_mw > 0 and not exact:
        least = np.concatenate([np.ones(m), -np.minimum(p.least_mw, size)])
        model.add(both, built, least, 0.0, np.inf, m)
    _groups(p, ways, model, on)
    low = np.zeros(model.columns)
    high = np.ones(model.columns)
    high[:m] = np.minimum(size, np.maximum(p.free[ways.station], 0.0))
    kind = np.ones(model.columns)
    kind[:m] = 0
    return model, Bounds(low, high), kind


def _groups(p: Problem, ways: _Ways, model: Rows, on: Ints) -> None:
    """A collector has members, members have a collector, and the group fits the voltage."""
    trunk = np.flatnonzero(ways.hub == ways.site)
    if not len(trunk):
        return
    number = {(int(ways.site[t]), int(ways.station[t])): g for g, t in enumerate(trunk)}
    member = np.flatnonzero((ways.hub >= 0) & (ways.hub != ways.site))
    group = np.array(
        [number[int(ways.hub[w]), int(ways.station[w])] for w in member], dtype=np.int64
    )
    g, q = len(trunk), len(member)
    rows = np.arange(q)
    model.add(
        np.concatenate([rows, rows]),
        np.concatenate([on[member], on[trunk[group]]]),
        np.concatenate([np.ones(q), -np.ones(q)]),
        -np.inf,
        0.0,
        q,
    )
    of = np.concatenate([group, np.arange(g)])
    columns = np.concatenate([on[member], on[trunk]])
    model.add(of, columns, np.concatenate([np.ones(q), -np.ones(g)]), 0.0, np.inf, g)
    j = ways.station[trunk]
    # limits beyond all sites together say nothing, and make the numbers ill
    most = np.minimum(p.high[j], p.capacity.sum())
    size = np.concatenate([p.capacity[ways.site[member]], p.capacity[ways.site[trunk]]])
    for limit, low, high in ((most, -np.inf, 0.0), (p.low[j], 0.0, np.inf)):
        value = size.copy()
        value[q:] -= limit
        model.add(of, columns, value, low, high, g)
    routed = np.concatenate([member, trunk])
    model.add(
        np.concatenate([of, np.arange(g)]),
        np.concatenate([routed, on[trunk]]),
        np.concatenate([np.ones(q + g), -p.low[j]]),
        0.0,
        np.inf,
        g,
    )


def solve(p: Problem, time_limit_s: float) -> Solved:
    """As many MW as fit, by the least cost of lines.

    Parameters
    ----------
    p : Problem
    time_limit_s : float
        For all searches together; the best found so far is given after it.
    """
    end = time.monotonic() + time_limit_s
    n, k = p.fits.shape
    keep = p.fits & (p.free > 0)[None, :] & (p.bays > 0)[None, :]
    if keep.sum() > _MOST_PAIRS:
        return solve_large(p, keep)
    ways, all_ways = _ways(p, keep)
    if not len(ways):
        nothing = np.full((n, k), -1, np.intp)
        return Solved(np.zeros((n, k)), nothing, 0.0, 0.0, in_time=True, exact=True)
    built = None if p.split or len(ways) <= _FEW else solve_large(p, keep)
    if built is None or len(ways) <= _MOST_WAYS:
        return _searched(p, keep, ways, built, end, all_ways=all_ways)
    # so many ways that the search has nothing when its time is up: lines of their own first
    alone = replace(p, hub_cost=None, trunk_cost=p.cost)
    found = _searched(alone, keep, _ways(alone, keep)[0], built, end, all_ways=True)
    joined = replace(with_shared(p, keep, found), in_time=found.in_time)
    return replace(_better(p, joined, built), in_time=found.in_time)


def _searched(
    p: Problem,
    keep: npt.NDArray[np.bool_],
    ways: _Ways,
    built: Solved | None,
    end: float,
    *,
    all_ways: bool,
) -> Solved:
    """The best of these ways until `end`, or what is `built` where that is better."""
    model, bounds, kind = _model(p, ways)
    limits = model.constraint()
    m = len(ways)
    gain = np.zeros(model.columns)
    gain[:m] = -1.0
    x, first_done = None, True
    if built is not None and built.mw_gap <= _PROVEN:  # as many MW as there can be
        best, mw_gap = float(built.mw.sum()), built.mw_gap
    else:
        first = solved(gain, limits, bounds, kind, 0.5 * (end - time.monotonic()))
        x, first_done = first.x, first.status == 0
        if x is None:  # nothing in the time there was: a way that is built, with its gap
            return replace(built or solve_large(p, keep), in_time=False)
        best = -float(first.fun)
        mw_gap = gap(-best, float(first.mip_dual_bound))
        if built is not None and not first_done:
            best = max(best, float(built.mw.sum()))
    model.add(np.zeros(m), np.arange(m), 1.0, best - _MW, np.inf, 1)
    cost = np.zeros(model.columns)
    cost[m : 2 * m] = ways.cost
    left = end - time.monotonic()
    second = None if left <= 0 else solved(cost, model.constraint(), bounds, kind, left)
    cost_gap, done = 1.0, False
    if second is not None and second.x is not None:
        x, done = second.x, second.status == 0
        cost_gap = gap(float(second.fun), float(second.mip_dual_bound))
    if x is None:
        return replace(built or solve_large(p, keep), in_time=False)
    if p.split:
        x = _refilled(gain, limits, bounds, x, m)
    mw, hub = _read(p, ways, x)
    in_time = first_done and done
    found = Solved(mw, hub, mw_gap, cost_gap, in_time, exact=True, all_ways=all_ways)
    return found if in_time or p.split else _better(p, found, built or solve_large(p, keep))


def _better(p: Problem, found: Solved, built: Solved) -> Solved:
    """Of what a search had when its time was up, and of what is built, the better one.

    The bounds of both hold for both: of MW always, of lines where both have as many MW.
    """
    had, has = (float(s.mw.sum()) for s in (found, built))
    most = min(s.mw.sum() * (1.0 + s.mw_gap) for s in (found, built))
    costs = [spent(p, s) for s in (found, built)]
    equal = abs(has - had) <= _MW
    first = had > has if not equal else costs[0] <= costs[1]
    best, cost = (found, costs[0]) if first else (built, costs[1])
    floor = cost * (1.0 - best.cost_gap)
    if equal:
        floor = max(c * (1.0 - s.cost_gap) for c, s in zip(costs, (found, built), strict=True))
    return replace(
        best,
        in_time=False,
        mw_gap=gap(-float(best.mw.sum()), -most),
        cost_gap=gap(cost, floor),
    )


def _refilled(gain: F8, limits: Any, bounds: Any, x: F8, m: int) -> F8:  # noqa: ANN401
    """The most MW of the lines that are built, without the tolerances of the search."""
    from scipy.optimize import Bounds

    built = np.round(x[m:])
    low = np.concatenate([bounds.lb[:m], built])
    high = np.concatenate([bounds.ub[:m] * (built[:m] > 0), built])
    again = solved(gain, limits, Bounds(low, high), np.zeros(len(x)), _REFILL_S)
    return x if again.x is None else np.asarray(again.x, float)


def _read(p: Problem, ways: _Ways, x: F8) -> tuple[F8, Ints]:
    """MW and collectors of a solution; MW are filled the same way whatever way it was found."""
    n, k = p.fits.shape
    m = len(ways)
    built = np.flatnonzero(x[m : 2 * m] > 0.5)
    mw = np.zeros((n, k))
    hub = np.full((n, k), -1, np.intp)
    hub[ways.site[built], ways.station[built]] = ways.hub[built]
    if p.split:
        np.add.at(mw, (ways.site[built], ways.station[built]), np.round(x[built], 9))
        over = mw.sum(axis=0)
        return mw * np.minimum(1.0, p.free / np.where(over > 0, over, 1.0)), hub
    for j in range(k):
        own = built[ways.station[built] == j]
        # a collector stands at a site that is connected, then the shortest lines first
        member = ways.hub[own] != ways.site[own]
        own = own[np.lexsort((ways.site[own], ways.cost[own], member))]
        i = ways.site[own]
        size = p.capacity[i]
        given = size if not p.partly else np.minimum(size, p.least_mw)
        rest = max(0.0, p.free[j] - given.sum())
        before = np.concatenate([[0.0], np.cumsum(size - given)[:-1]]) if len(i) else given
        mw[i, j] = given + np.clip(rest - before, 0.0, size - given)
    return mw, hub
