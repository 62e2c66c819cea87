"""Lines that sites share: who may join whose collector station, and how good that can get."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.types import F8
from siting.connection.problem import Problem

__all__ = ["cheapest_ways", "near_hubs", "share_lines"]

_LEAST_HUBS = 3  # of each site, however many ways there are
_LEAST_GAIN = 1e-9

Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def _takes(p: Problem) -> Mask:
    """Stations a shared line may end at; what it carries has the size of the voltage."""
    return np.asarray((p.free > 0) & (p.free >= p.low) & (p.high > 0) & (p.bays > 0))


def _near(hub_cost: F8) -> tuple[Ints, Ints]:
    """Pairs of a site and the site of a collector it may join, by site."""
    i, h = np.nonzero(np.isfinite(hub_cost) & ~np.eye(len(hub_cost), dtype=bool))
    return i, h


def _joins(p: Problem, i: Ints, h: Ints, by_hub: F8, j: int) -> Mask:
    """Of pairs, which may share a line to station `j`.

    A line to a collector longer than one's own to the station is never shorter, as long as
    the site of the collector fits the station without its neighbour.
    """
    open_ = np.isfinite(p.trunk_cost[:, j]) & _takes(p)[j]
    out = open_[h] & (p.capacity[i] + p.capacity[h] <= p.high[j])
    if not np.isfinite(p.bays[j]):
        alone = p.fits[:, j]
        out &= ~(alone[i] & alone[h] & (by_hub >= p.cost[i, j]))
    return np.asarray(out)


def near_hubs(p: Problem, hub_cost: F8, most: int) -> tuple[list[tuple[Ints, Ints]], bool]:
    """By station, who may join whose collector; the nearest alone where that is too many.

    Parameters
    ----------
    most : int
        Ways there may be.

    Returns
    -------
    ways : list of (site, site of the collector)
    all_ways : bool
        Whether none was left out.
    """
    i, h = _near(hub_cost)
    by_hub = hub_cost[i, h]
    found = [_joins(p, i, h, by_hub, j) for j in range(p.fits.shape[1])]
    order = np.lexsort((h, by_hub, i))
    first = np.searchsorted(i, i)  # pairs stand by site
    place = np.empty(len(i), np.intp)
    place[order] = np.arange(len(i)) - first[order]
    few = len(p.capacity)
    all_ways = True
    while few > _LEAST_HUBS and sum(int(m.sum()) for m in found) > most:
        few = max(_LEAST_HUBS, few // 2)
        found = [m & (place < few) for m in found]
        all_ways = False
    return [(i[m], h[m]) for m in found], all_ways


def _most_of_a_group(p: Problem) -> F8:
    """MW of sites one shared line to each station can have at most, in some best allocation.

    Where sites are connected in part a station may have more of them than it takes. But a site
    whose MW the others there could take as well needs no line, so without the smallest of them
    the rest is less than what the station takes.
    """
    most: F8 = np.minimum(p.high, p.capacity.sum())
    if not p.split:
        more = p.capacity.max(initial=0.0) if p.partly else 0.0
        fits: F8 = np.minimum(most, p.free + more)
        most = np.where(p.partly & (p.low > 0), most, fits)
    return most


def cheapest_ways(p: Problem, keep: Mask, by_size: float = 0.0) -> tuple[F8, Mask]:
    """The least any way from a site to a station costs it, shared lines among them.

    The cost of a shared line is divided among its sites so that no group is charged more than
    it costs: the sums are below the cost of any allocation.

    Parameters
    ----------
    by_size : float
        Part of a shared line that is charged to its sites by their MW, over the most MW a group
        can have [0-1]; the rest is charged to the site of the collector.

    Returns
    -------
    cost : (n, k) float64
        Infinite where there is no way.
    reach : (n, k) bool
    """
    cost = np.where(keep, p.cost, np.inf)
    if p.hub_cost is None:
        return cost, keep
    i, h = _near(p.hub_cost)
    by_hub = p.hub_cost[i, h]
    n = len(p.capacity)
    most = _most_of_a_group(p)
    for j in range(p.fits.shape[1]):
        joins = np.flatnonzero(_joins(p, i, h, by_hub, j))
        if not len(joins):
            continue
        own, hubs = i[joins], h[joins]  # sites in order
        share = by_size * np.minimum(1.0, p.capacity / max(most[j], 1e-9))
        trunk = p.trunk_cost[:, j]
        at = np.flatnonzero(np.diff(own, prepend=-1))
        member = np.full(n, np.inf)
        member[own[at]] = np.minimum.reduceat(by_hub[joins] + trunk[hubs] * share[own], at)
        carried = np.zeros(n, dtype=bool)
        carried[hubs] = True
        carries = np.where(carried, trunk * (1.0 - by_size + share), np.inf)
        cost[:, j] = np.minimum(cost[:, j], np.minimum(member, carries))
    return cost, np.isfinite(cost)


def share_lines(p: Problem, at: Ints, mw: F8, hub: Ints) -> Ints:
    """Sites of one station join a collector among them where that is cheaper.

    Who is connected, where, and with how many MW stays as it is.

    Parameters
    ----------
    at : (n,) intp
        Station of each site, -1 for none.
    mw : (n,) float64
        Routed from each.
    hub : (n,) intp
        See `siting.connection.problem.Solved`; groups that stand stay.

    Returns
    -------
    (n,) intp
        `hub` with the groups that pay added.
    """
    hub = hub.copy()
    if p.hub_cost is None:
        return hub
    for j in np.flatnonzero(_takes(p)):
        own = np.flatnonzero((at == j) & (hub < 0))
        while len(own) > 1:
            group = _best_group(p, p.hub_cost, own, mw, int(j))
            if group is None:
                break
            hub[group] = group[0]
            own = own[~np.isin(own, group)]
    return hub


def _best_group(p: Problem, hub_cost: F8, own: Ints, mw: F8, j: int) -> Ints | None:
    """The collector among `own` that saves most, first of its group; None where none pays."""
    gain = p.cost[own, j][:, None] - hub_cost[np.ix_(own, own)]
    np.fill_diagonal(gain, -np.inf)
    more = p.trunk_cost[own, j] - p.cost[own, j]
    best = _LEAST_GAIN
    group: Ints | None = None
    possible = np.clip(gain, 0.0, None).sum(axis=0) - more
    for h in np.argsort(-possible, kind="stable"):
        if possible[h] <= best:
            break
        room = p.high[j] - p.capacity[own[h]]
        picked = []
        for i in np.argsort(-gain[:, h], kind="stable"):
            if gain[i, h] <= _LEAST_GAIN:
                break
            if p.capacity[own[i]] <= room + 1e-9:
                picked.append(i)
                room -= p.capacity[own[i]]
        saved = float(gain[picked, h].sum() - more[h]) if picked else -np.inf
        whole = own[[h, *picked]]
        if saved > best and mw[whole].sum() >= p.low[j] - 1e-9:
            best, group = saved, whole
    return group
