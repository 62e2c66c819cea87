"""Places with capacities chosen by prices of being served, then exchanged.

A price of being served for each demand says what each place saves with what it holds, and so
what every choice of places costs at least. Choices the prices like are tried with all demand
sent; then places are exchanged, but only for choices that may be cheaper by the prices.

References
----------
Mulvey and Beck 1984, EJOR 18: 339 (exchange with capacities). Lorena and Senne 2004, Comput.
Oper. Res. 31: 863 (prices of being served, with capacities). Beasley 1985, EJOR 21: 270
(closing places by the bound).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from gis.cells.jit.compiled import kernel
from gis.types import F8
from siting.facilities.capacities.pushed import Load, exchanged, loaded, packed
from siting.facilities.question import Mask, Question, within

__all__ = ["Mended", "mended"]

_ROUNDS = 400
_STILL = 15  # rounds without a better bound before steps are halved
_KEPT = 0.3  # how much of the way before is kept at each step
_OFTEN = 8  # of so many better bounds the places of one are tried
_BETTER = 1e-9
_DEAR = 100.0  # chains of ways an unserved unit costs
_BOUND_S, _EXCHANGE_S = 0.45, 0.85  # shares of the time after which bounds, and exchanges, end


@kernel
def _filling(less: F8, own: F8, k: int, room: float) -> tuple[float, float]:
    """What the best of k demands save in a room, and how much the last of them saves a unit."""
    low, high, saved, left, last = 0, k, 0.0, room, 0.0
    while low < high and left > 0.0:
        pivot = less[(low + high) // 2]
        a, at, b = low, low, high  # below, the same, above
        amount, full, same = 0.0, 0.0, 0.0
        while at < b:
            d = less[at]
            if d < pivot:
                less[a], less[at] = d, less[a]
                own[a], own[at] = own[at], own[a]
                amount += own[a]
                full += d * own[a]
                a += 1
                at += 1
            elif d > pivot:
                b -= 1
                less[b], less[at] = d, less[b]
                own[b], own[at] = own[at], own[b]
            else:
                same += own[at]
                at += 1
        if amount > left:
            high = a
            continue
        left -= amount
        saved += full
        take = min(same, left)
        saved += take * pivot
        left -= take
        last = pivot
        low = b
    return saved, last


@kernel
def _profits(ways: F8, weight: F8, room: F8, price: F8, out: F8, last: F8) -> None:
    """What each place saves at these prices with what it holds; the cost at most 0."""
    m, n = ways.shape
    less, own = np.zeros(n), np.zeros(n)
    for j in range(m):
        k, total, full = 0, 0.0, 0.0
        for i in range(n):
            d = ways[j, i] - price[i]
            if d < 0.0:
                less[k], own[k] = d, weight[i]
                total += weight[i]
                full += d * weight[i]
                k += 1
        if total <= room[j]:
            out[j], last[j] = full, 0.0
        else:
            out[j], last[j] = _filling(less, own, k, room[j])


@kernel
def _taken(ways: F8, weight: F8, room: F8, price: F8, last: F8, share: F8, take: F8) -> None:
    """What open places serve at these prices, added to `take`."""
    m, n = ways.shape
    for j in range(m):
        if share[j] == 0.0:
            continue
        left = room[j]
        for i in range(n):
            if ways[j, i] - price[i] < last[j]:
                take[i] += share[j] * weight[i]
                left -= weight[i]
        if last[j] == 0.0:
            continue
        for i in range(n):
            if ways[j, i] - price[i] == last[j]:
                own = min(weight[i], left)
                take[i] += share[j] * own
                left -= own


@dataclass(frozen=True)
class _Part:
    """Ways, rooms, and which places are open anyway or may be, for how much."""

    ways: F8  # (m, n)
    weight: F8
    room: F8
    fixed: Mask
    free: Mask
    cost: F8
    money: float
    dear: float
    whole: bool

    def bought(self, saved: F8) -> tuple[F8, float]:
        """Shares of places the money buys that save most, and what a yuan more would save."""
        share = self.fixed.astype(float)
        free = np.flatnonzero(self.free)
        order = free[np.argsort(saved[free] / self.cost[free], kind="stable")]
        left = self.money - np.concatenate([[0.0], np.cumsum(self.cost[order])[:-1]])
        share[order] = np.clip(left / self.cost[order], 0.0, 1.0)
        last = order[share[order] < 1.0]
        return share, float(saved[last[0]] / self.cost[last[0]]) if len(last) else 0.0

    def filled(self, opened: Mask, saved: F8) -> Mask:
        """With the places the money left over buys, those that save most first."""
        out = opened.copy()
        while True:
            left = self.money - float(self.cost[out & ~self.fixed].sum()) + 1e-9
            may = np.flatnonzero(self.free & ~out & (self.cost <= left))
            if not len(may):
                return out
            out[may[np.argmin(saved[may] / self.cost[may])]] = True

    def load(self, opened: Mask) -> Load:
        own = np.flatnonzero(opened)
        ways = np.ascontiguousarray(self.ways[own].T)
        return loaded(ways, self.weight, self.room[own], self.dear)

    def total(self, one: Load, value: float, below: float = np.inf) -> float:
        """Cost of a load; of whole demands, where it may be below so much, that of them."""
        if not self.whole or value >= below:
            return value
        return packed(one, self.weight)[1]


@dataclass(frozen=True)
class _Prices:
    """The best bound, its prices, what places save at them, and the best choice so far."""

    low: float
    price: F8
    saved: F8
    opened: Mask
    total: float

    def least(self, p: _Part, without: float, opened: Mask) -> F8:
        """What the choice costs at least with each place in place of one that saves so much."""
        base = float(p.weight @ self.price + self.saved[opened].sum())
        return base - without + self.saved


@dataclass(frozen=True)
class Mended:
    """An answer, its bound, and the places that may be in a better one.

    Attributes
    ----------
    opened : (m,) bool
    flow : (n, m) float64
    total : float
        Cost, with `dear` for what is not served.
    low : float
        What no choice is below.
    dear : float
        Cost of a unit that is not served: more than any chain of ways.
    may : (m,) bool
        Places that are in any better answer there may be, of those that serve no less.
    """

    opened: Mask
    flow: F8
    total: float
    low: float
    dear: float
    may: Mask


def _part(q: Question, number: float, limit: float, *, cheap: bool, whole: bool) -> _Part:
    near = within(q.cost, limit) & q.allowed[None, :] & q.asks[:, None]
    ways = np.where(near, q.cost if cheap else 0.0, np.inf)
    finite = ways[near]
    # more than any chain of ways, and so much that other places do not outweigh it
    chain = float(finite.max(initial=0.0)) * (min(ways.shape) + 1.0) + 1.0
    dear = _DEAR * chain if cheap else 1.0
    weight = np.where(near.any(axis=1), q.weight, 0.0)
    room = np.zeros(len(q.state)) if q.capacity is None else q.capacity
    free = q.allowed & ~q.fixed & near.any(axis=0) & (room > 0)
    money = max(number - float(q.price[q.state == 2].sum()), 0.0)
    column = np.ascontiguousarray(ways.T)
    return _Part(column, weight, room, q.fixed, free, q.price, money, dear, whole)


def _priced(p: _Part, first: _Prices, step: float, until: float) -> _Prices:
    """Prices moved towards what is served too little; places they like are tried."""
    best, price, opened, total = first, first.price, first.opened, first.total
    saved, last, smooth = np.zeros(len(p.room)), np.zeros(len(p.room)), np.zeros(len(p.weight))
    still = better = 0
    tried = set()
    for _ in range(_ROUNDS):
        _profits(p.ways, p.weight, p.room, price, saved, last)
        share, _ = p.bought(saved)
        low = float(p.weight @ price + share @ saved)
        if low > best.low:
            still = 0 if low > best.low + 1e-5 * max(1.0, abs(best.low)) else still + 1
            best = _Prices(low, price, saved.copy(), opened, total)
            better += 1
            one = p.filled(np.asarray(share >= 1.0), saved)
            if better % _OFTEN == 0 and one.tobytes() not in tried:
                tried.add(one.tobytes())
                load = p.load(one)
                if (now := p.total(load, load.value, total)) < total * (1 - _BETTER):
                    opened, total = one, now
        else:
            still += 1
        if best.low >= total * (1 - _BETTER) or time.monotonic() > until:
            break
        if still and still % _STILL == 0:
            step /= 2.0
        take = np.zeros(len(p.weight))
        _taken(p.ways, p.weight, p.room, price, last, share, take)
        smooth = _KEPT * smooth + p.weight - take
        size = float(smooth @ smooth)
        if size == 0 or step < 1e-3:
            break
        # an answer that leaves much unserved is no measure of a step
        far = min(total * 1.003 - low, abs(low)) if low else total
        way = step * max(far, 1e-6) / size
        price = np.clip(price + way * smooth, 0.0, p.dear)
    return replace(best, opened=opened, total=total)


def _exchanges(p: _Part, b: _Prices, until: float) -> _Prices:
    """Exchange an open place for a closed one as long as the whole is cheaper."""
    opened = p.filled(b.opened, b.saved)
    own, one = np.flatnonzero(opened), p.load(opened)
    total = p.total(one, one.value)
    while time.monotonic() < until:
        slack = p.money - float(p.cost[opened & ~p.fixed].sum()) + 1e-9
        loose = np.flatnonzero(~p.fixed[own])
        closed = np.flatnonzero(p.free & ~opened)
        if not len(loose) or not len(closed):
            break
        least = np.array([b.least(p, b.saved[own[c]], opened)[closed] for c in loose])
        dear = p.cost[closed][None, :] - p.cost[own[loose]][:, None] > slack
        least = np.where(dear, np.inf, least).reshape(len(loose), len(closed))
        order = np.argsort(least, axis=None, kind="stable")
        found = False
        for flat in order:
            r, c = divmod(int(flat), len(closed))
            if least[r, c] >= total * (1 - _BETTER) or time.monotonic() > until:
                break
            new, now = exchanged(one, int(loose[r]), p.ways[closed[c]], p.room[closed[c]])
            now = p.total(new, now, total)
            if now < total * (1 - _BETTER):
                opened = opened.copy()
                opened[[own[loose[r]], closed[c]]] = False, True
                own[loose[r]], total, one, found = closed[c], now, new, True
                break
        if not found:
            break
    return replace(b, opened=opened, total=total)


def mended(
    q: Question,
    number: float,
    first: Mask,
    limit: float,
    *,
    cheap: bool,
    whole: bool,
    until: float,
) -> Mended:
    """New places for so much money that serve most, then (`cheap`) at the least cost.

    Parameters
    ----------
    q : Question
        With capacities.
    number : float
        New places (or a budget), chosen ones among them.
    first : (m,) bool
        Open places to begin with.
    limit : float
        Longest way.
    cheap : bool
        Whether cost is sought beside what is served.
    whole : bool
        A demand goes to one place only.
    until : float
        `time.monotonic` at which to stop.
    """
    start = time.monotonic()
    p = _part(q, number, limit, cheap=cheap, whole=whole)
    two = np.sort(p.ways[first], axis=0)[:2] if first.any() else np.zeros((0, len(p.weight)))
    price = np.minimum(two[-1], p.dear) if len(two) else np.full(len(p.weight), p.dear)
    one = p.load(first)
    b = _Prices(-np.inf, price, np.zeros(len(p.room)), first, p.total(one, one.value))
    for step, share in ((1.0, 0.0), (0.5, 0.4)):
        left = (until - start) * (1 - share)
        since = until - left
        b = _priced(p, b, step, since + left * _BOUND_S)
        if b.low >= b.total * (1 - _BETTER):
            break
        before = b.total
        b = _exchanges(p, b, since + left * _EXCHANGE_S)
        if b.total >= before:
            break
    one = p.load(b.opened)
    flow, total = packed(one, p.weight) if whole else (one.flow, one.value)
    spread = np.zeros(q.cost.shape)
    spread[:, b.opened] = flow[:-1].T
    bought, rate = p.bought(b.saved)
    none = p.free & (bought == 0) & (b.low + b.saved - rate * p.cost > total * (1 - _BETTER))
    return Mended(b.opened, spread, total, min(b.low, total), p.dear, q.allowed & ~none)
