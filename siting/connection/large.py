"""Thousands of sites: a good allocation and its distance to bounds nobody can pass.

MW are bounded by `siting.connection.most`. Lines are bounded by the Lagrangian
of the stations' limits and of the MW to be connected: whatever the two kinds of prices are, its
value is at most the cost of any allocation of as many MW [1]_. The prices that make it largest
also say which sites to begin with; what they give is mended by moves and exchanges.

References
----------
.. [1] Fisher, M. L. (1981). The Lagrangian relaxation method for solving integer programming
   problems. Management Science 27, 1-18. doi:10.1287/mnsc.27.1.1
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.types import F8
from siting.connection.most import mw_bound, shares, with_exchanges
from siting.connection.problem import Problem, Solved, gap
from siting.connection.shared import cheapest_ways, share_lines

__all__ = ["solve_large", "with_shared"]

_TURNS = 250  # of the prices
_PASSES = 6  # of moves and exchanges
_MW = 1e-6
_NO_WAY = 1e12  # cost of a pair nobody may join
_BY_SIZE = (0.0, 0.5, 1.0)  # of the cost of shared lines: each division gives a bound

Ints = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Prices:
    mw: float
    room: F8


def _bound(cost: F8, size: F8, free: F8, mw: float, at: _Prices) -> tuple[float, F8, Ints]:
    """The Lagrangian at prices, and what each site would do by them."""
    by_price = cost - (at.mw - at.room)[None, :] * size[:, None]
    best = np.argmin(by_price, axis=1)
    value = by_price[np.arange(len(size)), best]
    on = value < 0
    total = at.mw * mw - float(at.room @ free) + float(value[on].sum())
    return total, on, best


def _prices(cost: F8, size: F8, free: F8, mw: float, guess: float) -> tuple[float, _Prices]:
    """Prices that make the bound as large as a subgradient method gets it."""
    k = cost.shape[1]
    per_mw = np.sort((cost / size[:, None]).min(axis=1))
    at = _Prices(float(per_mw[min(len(per_mw) - 1, int(0.9 * len(per_mw)))]), np.zeros(k))
    best_value, best, pace, still = -np.inf, at, 1.5, 0
    for _ in range(_TURNS):
        value, on, to = _bound(cost, size, free, mw, at)
        if value > best_value + 1e-9:
            best_value, best, still = value, at, 0
        else:
            still += 1
            if still > 12:
                pace, still, at = pace / 2, 0, best
                continue
        used = np.bincount(to[on], weights=size[on], minlength=k)
        slope_mw = mw - float(used.sum())
        slope = used - free
        slope = np.where((at.room <= 0) & (slope < 0), 0.0, slope)
        norm = slope_mw**2 + float(slope @ slope)
        if norm < 1e-12:
            break
        step = pace * max(guess - value, 1e-3 * abs(guess)) / norm
        at = _Prices(max(0.0, at.mw + step * slope_mw), np.maximum(0.0, at.room + step * slope))
    return best_value, best


class _Filling:
    """Who is where while an allocation is built: MW of each site, and room of each station."""

    def __init__(self, p: Problem, cost: F8) -> None:
        n = len(p.capacity)
        self.p, self.cost = p, cost
        self.at = np.full(n, -1)
        self.mw = np.zeros(n)
        self.room = p.free.astype(float).copy()
        self.bays = p.bays.copy()

    def least(self, i: int) -> float:
        size = float(self.p.capacity[i])
        return max(_MW, min(self.p.least_mw, size)) if self.p.partly else size

    def put(self, i: int, j: int, mw: float = np.inf) -> None:
        given = min(float(self.p.capacity[i]), self.room[j], mw)
        self.at[i], self.mw[i] = j, given
        self.room[j] -= given
        self.bays[j] -= 1

    def take(self, i: int) -> None:
        j = self.at[i]
        self.room[j] += self.mw[i]
        self.bays[j] += 1
        self.at[i], self.mw[i] = -1, 0.0

    def set(self, at: Ints, mw: F8) -> None:
        k, on = len(self.room), at >= 0
        self.at, self.mw = at.copy(), mw.copy()
        self.room = self.p.free - np.bincount(at[on], weights=mw[on], minlength=k)
        self.bays = self.p.bays - np.bincount(at[on], minlength=k)

    def spent(self) -> float:
        on = np.flatnonzero(self.at >= 0)
        return float(self.cost[on, self.at[on]].sum())


def _begin(f: _Filling, order: Ints, by_price: F8) -> None:
    for i in order:
        can = (f.room >= f.least(i) - 1e-12) & (f.bays >= 1) & np.isfinite(f.cost[i])
        whole = can & (f.room >= f.p.capacity[i] - 1e-9)
        pick = whole if whole.any() else can
        if pick.any():
            f.put(int(i), int(np.argmin(np.where(pick, by_price[i], np.inf))))


def _fill(f: _Filling) -> None:
    """Sites without a station into what is left, the cheapest MW first."""
    for j in np.argsort(-f.room, kind="stable"):
        while f.room[j] > _MW and f.bays[j] >= 1:
            size = np.minimum(f.p.capacity, f.room[j])
            least = np.minimum(f.p.least_mw, f.p.capacity) if f.p.partly else f.p.capacity
            can = (f.at < 0) & np.isfinite(f.cost[:, j]) & (size >= np.maximum(least, _MW))
            if not can.any():
                break
            # a site that fills the room alone, else the most MW for the line
            alone = can & (f.p.capacity >= f.room[j])
            rate = np.where(can, f.cost[:, j] / size, np.inf)
            f.put(
                int(np.argmin(np.where(alone, rate, np.inf) if alone.any() else rate)), int(j)
            )


def _grow(f: _Filling) -> None:
    """Sites connected in part go where there is room for more of them."""
    part = np.flatnonzero((f.at >= 0) & (f.mw < f.p.capacity - _MW))
    for i in part:
        room = f.room + np.where(np.arange(len(f.room)) == f.at[i], f.mw[i], 0.0)
        can = np.isfinite(f.cost[i]) & (f.bays >= 1)
        can[f.at[i]] = True
        more = np.where(can, np.minimum(room, f.p.capacity[i]), -1.0)
        best = more.max()
        if best > f.mw[i] + _MW:
            to = int(np.argmin(np.where(more >= best - _MW, f.cost[i], np.inf)))
            f.take(int(i))
            f.put(int(i), to)


def _mend(f: _Filling) -> None:
    """Shorter lines for the same MW: moves, and exchanges with sites left over."""
    for _ in range(_PASSES):
        before = f.spent()
        on = np.flatnonzero(f.at >= 0)
        for i in on[np.argsort(-f.cost[on, f.at[on]], kind="stable")]:
            here = f.at[i]
            room = (f.room >= f.mw[i] - 1e-12) & (f.bays >= 1)
            price = np.where(room, f.cost[i], np.inf)
            price[here] = f.cost[i, here]
            to = int(np.argmin(price))
            mw = f.mw[i]
            if to != here and mw >= f.least(i):
                f.take(int(i))
                f.at[i], f.mw[i] = to, mw
                f.room[to] -= mw
                f.bays[to] -= 1
                continue
            least = np.minimum(f.p.least_mw, f.p.capacity) if f.p.partly else f.p.capacity
            can = (f.at < 0) & (f.p.capacity >= mw - 1e-12) & (least <= mw + 1e-12)
            price = np.where(can, f.cost[:, here], np.inf)
            other = int(np.argmin(price))
            if price[other] < f.cost[i, here] - 1e-12:
                f.at[other], f.mw[other] = here, mw
                f.at[i], f.mw[i] = -1, 0.0
        _drop(f)
        _swap(f)
        if f.spent() > before - 1e-9:
            break


def _drop(f: _Filling) -> None:
    """MW of a site into what its neighbours at the station have left, and no line for it."""
    for j in range(len(f.room)):
        own = np.flatnonzero(f.at == j)
        for i in own[np.argsort(-f.cost[own, j] / np.maximum(f.mw[own], _MW), kind="stable")]:
            rest = np.flatnonzero((f.at == j) & (np.arange(len(f.at)) != i))
            spare = f.p.capacity[rest] - f.mw[rest]
            if not f.p.partly or spare.sum() < f.mw[i] - 1e-12:
                continue
            need = f.mw[i] - np.concatenate([[0.0], np.cumsum(spare)[:-1]])
            f.mw[rest] += np.clip(need, 0.0, spare)
            f.at[i], f.mw[i] = -1, 0.0
            f.bays[j] += 1


def _swap(f: _Filling) -> None:
    """Two sites change stations where both lines together become shorter."""
    for i in np.flatnonzero(f.at >= 0):
        here = f.at[i]
        others = np.flatnonzero((f.at >= 0) & (f.at != here))
        if not len(others):
            continue
        there = f.at[others]
        fits = (f.room[there] + f.mw[others] >= f.mw[i]) & (
            f.room[here] + f.mw[i] >= f.mw[others]
        )
        gain = f.cost[i, here] + f.cost[others, there] - f.cost[i, there] - f.cost[others, here]
        gain = np.where(fits, gain, -np.inf)
        best = int(np.argmax(gain))
        if gain[best] > 1e-9:
            o, t = int(others[best]), int(there[best])
            change = f.mw[i] - f.mw[o]
            f.at[i], f.at[o] = t, here
            f.room[t] -= change
            f.room[here] += change


def _joined(p: Problem, f: _Filling) -> Ints:
    """Lines shared where that is cheaper; bays that come free take more sites."""
    hub = np.full(len(f.at), -1, np.intp)
    while True:
        before = f.mw.sum()
        now = share_lines(p, f.at, f.mw, hub)
        joins = (now >= 0) & (hub < 0) & (now != np.arange(len(now)))
        hub = now
        np.add.at(f.bays, f.at[joins], 1)
        if not joins.any():
            return hub
        # a site that stands in a group stays where it is: only others are added
        _fill(f)
        if f.mw.sum() <= before + _MW:
            return hub


def solve_large(p: Problem, keep: Mask) -> Solved:
    """A good allocation of many pairs, one station a site; with its gaps.

    Lines are shared among sites of one station after they were chosen. The bounds know every
    shared line there may be, so the gaps hold with them.
    """
    n, k = keep.shape
    cost = np.where(keep, p.cost, np.inf)
    own = np.flatnonzero(keep.any(axis=1))
    reach = cheapest_ways(p, keep)[1]
    most, begun = mw_bound(p, keep, reach)
    finite = np.where(np.isfinite(cost[own]), cost[own], _NO_WAY)
    size = p.capacity[own]
    guess = float(finite.min(axis=1, initial=_NO_WAY).sum())
    guess *= min(1.0, 1.2 * most / max(size.sum(), _MW))
    f = _Filling(p, cost)
    if len(own):
        _, at = _prices(finite, size, p.free, most, guess)
        by_price = np.full((n, k), np.inf)
        by_price[own] = finite - (at.mw - at.room)[None, :] * size[:, None]
        order = own[np.argsort((by_price[own].min(axis=1)) / size, kind="stable")]
        _begin(f, order, by_price)
        _grow(f)
        _fill(f)
        _more(f, keep, most, begun)
        _mend(f)
    return _finished(p, keep, f, most)


def _more(f: _Filling, keep: Mask, most: float, begun: Ints | None) -> None:
    """Other sites in few bays where that connects more MW."""
    for start in (f.at, begun):
        if start is None or f.mw.sum() >= most * (1.0 - 1e-9):
            continue
        at, mw = shares(f.p, with_exchanges(f.p, keep, start))
        if mw.sum() > f.mw.sum() + _MW:
            f.set(at, mw)
    _fill(f)


def with_shared(p: Problem, keep: Mask, found: Solved) -> Solved:
    """An allocation of lines of their own, with lines shared where that is cheaper."""
    f = _Filling(p, np.where(keep, p.cost, np.inf))
    for i, j in zip(*np.nonzero(found.mw > 0), strict=True):
        f.put(int(i), int(j), float(found.mw[i, j]))
    reach = cheapest_ways(p, keep)[1]
    return _finished(p, keep, f, mw_bound(p, keep, reach)[0])


def _finished(p: Problem, keep: Mask, f: _Filling, most: float) -> Solved:
    """Lines shared where that pays, and the distance to the bounds of MW and of lines."""
    n, k = keep.shape
    hub_of = _joined(p, f)
    mw = np.zeros((n, k))
    hub = np.full((n, k), -1, np.intp)
    on = np.flatnonzero(f.at >= 0)
    mw[on, f.at[on]] = f.mw[on]
    hub[on, f.at[on]] = hub_of[on]
    got, spent = float(f.mw.sum()), _spent(p, f, hub_of)
    return Solved(
        mw,
        hub,
        gap(-got, -most),
        gap(spent, _floor(p, keep, got, spent)),
        in_time=True,
        exact=False,
    )


def _floor(p: Problem, keep: Mask, mw: float, spent: float) -> float:
    """Cost no allocation of as many MW can be below, the best of several bounds."""
    best = 0.0
    for by_size in (0.0,) if p.hub_cost is None else _BY_SIZE:
        least, reach = cheapest_ways(p, keep, by_size)
        any_way = np.flatnonzero(reach.any(axis=1))
        if not len(any_way):
            break
        by_any = np.where(np.isfinite(least[any_way]), least[any_way], _NO_WAY)
        floor, _ = _prices(by_any, p.capacity[any_way], p.free, mw, max(spent, _MW))
        best = max(best, floor)
    return best


def _spent(p: Problem, f: _Filling, hub: Ints) -> float:
    """Cost of the lines, shared ones once."""
    on = np.flatnonzero(f.at >= 0)
    total = f.spent()
    if p.hub_cost is None:
        return total
    for i in on[hub[on] >= 0]:
        now = p.trunk_cost[i, f.at[i]] if hub[i] == i else p.hub_cost[i, hub[i]]
        total += float(now - p.cost[i, f.at[i]])
    return total
