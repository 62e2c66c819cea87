"""Places with capacities exchanged by the prices of a transport, and a bound of such prices.

References
----------
Mulvey and Beck 1984, EJOR 18: 339 (exchange with capacities). Lorena and Senne 2004, Comput.
Oper. Res. 31: 863 (prices of being served, with capacities).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from gis.cells.jit.compiled import kernel
from gis.types import F8
from siting.facilities.capacities.sent import Sent, sent
from siting.facilities.question import FORBIDDEN, Question, within

__all__ = ["bettered", "low_bound"]

_IN, _OUT = 6, 6  # places looked at for each exchange
_ROUNDS = 400
_STILL = 15  # rounds without a better bound before steps are halved
_BETTER = 1e-9


@kernel
def _profits(cost: F8, weight: F8, room: F8, price: F8, out: F8) -> None:
    """What each place saves at these prices with what it holds; the cost at most 0."""
    n, m = cost.shape
    less, own = np.zeros(n), np.zeros(n)
    for j in range(m):
        k, total, full = 0, 0.0, 0.0
        for i in range(n):
            d = cost[i, j] - price[i]
            if d < 0.0:
                less[k], own[k] = d, weight[i]
                total += weight[i]
                full += d * weight[i]
                k += 1
        if total <= room[j]:
            out[j] = full
            continue
        order = np.argsort(less[:k])
        left, saved = room[j], 0.0
        for i in order:
            take = min(own[i], left)
            saved += take * less[i]
            left -= take
            if left <= 0.0:
                break
        out[j] = saved


@kernel
def _taken(cost: F8, weight: F8, room: F8, price: F8, j: int, take: F8) -> None:
    """What place j serves at these prices, added to `take`."""
    n = len(cost)
    less = np.empty(n)
    for i in range(n):
        less[i] = cost[i, j] - price[i]
    left = room[j]
    for i in np.argsort(less):
        if less[i] >= 0.0 or left <= 0.0:
            break
        own = min(weight[i], left)
        take[i] += own
        left -= own


def _ways(q: Question, limit: float, *, cheap: bool) -> F8:
    near = within(q.cost, limit) & q.allowed[None, :] & q.asks[:, None]
    return np.where(near, q.cost if cheap else 0.0, np.inf)


def _room(q: Question) -> F8:
    return np.zeros(len(q.state)) if q.capacity is None else q.capacity


def _ahead(one: Sent, two: Sent, *, cheap: bool) -> bool:
    """Whether the first serves more, or as much at less cost."""
    room = _BETTER * max(1.0, two.served)
    if abs(one.served - two.served) > room or not cheap:
        return one.served > two.served + room
    return one.value < two.value * (1 - _BETTER)


def bettered(q: Question, first: Sent, limit: float, *, cheap: bool, until: float) -> Sent:
    """Exchange an open place for a closed one as long as more is served, or at less cost.

    Parameters
    ----------
    q : Question
        With capacities, without prices.
    first : Sent
        With which to begin.
    limit : float
        Longest way.
    cheap : bool
        Whether cost is sought beside what is served.
    until : float
        `time.monotonic` at which to stop.
    """
    best, ways = first, _ways(q, limit, cheap=cheap)
    saved = np.zeros(len(q.state))
    again = True
    while again and time.monotonic() < until:
        again = False
        _profits(ways, q.weight, _room(q), best.price, saved)
        closed = np.flatnonzero(q.allowed & ~best.opened)
        own = np.flatnonzero(best.opened & ~q.fixed)
        come = closed[np.argsort(saved[closed], kind="stable")[:_IN]]
        go = own[np.argsort(-saved[own], kind="stable")[:_OUT]]
        for c, r in ((c, r) for c in come for r in go):
            if time.monotonic() > until:
                break
            opened = best.opened.copy()
            opened[[c, r]] = True, False
            only = replace(q, state=np.where(opened, q.state, FORBIDDEN).astype(np.int8))
            found = sent(only, limit, cheap=cheap, limit_s=max(0.1, until - time.monotonic()))
            if found.in_time and _ahead(found, best, cheap=cheap):
                best, again = found, True
                break
    return best


def low_bound(
    q: Question, number: int, first: Sent, limit: float, *, cheap: bool, until: float
) -> float:
    """What no choice of so many new places is below, of cost, or of weight not served.

    Parameters
    ----------
    q, first, limit, cheap, until
        As `bettered`; of `cheap` everything can be served.
    number : int
        New places, chosen ones among them.

    Returns
    -------
    float
    """
    ways, weight, room = _ways(q, limit, cheap=cheap), q.weight, _room(q)
    finite = ways[np.isfinite(ways)]
    if not len(finite):
        return 0.0 if cheap else float(weight.sum())
    lost = ~np.isfinite(ways).any(axis=1)
    dear = float(finite.max()) * (min(ways.shape) + 1.0) + 1.0 if cheap else 1.0
    start = first.price if cheap else first.price / max(first.price.max(), 1.0)
    price = np.clip(start, 0.0, dear)
    price[lost] = 0.0 if cheap else dear
    upper = first.value if cheap else float(weight.sum()) - first.served
    free = np.flatnonzero(q.allowed & ~q.fixed)
    new = min(max(number - int((q.state == 2).sum()), 0), len(free))
    saved, best, still, step = np.zeros(len(q.state)), -np.inf, 0, 1.0
    for _ in range(_ROUNDS):
        _profits(ways, weight, room, price, saved)
        chosen = free[np.argsort(saved[free], kind="stable")[:new]]
        own = np.concatenate([np.flatnonzero(q.fixed), chosen])
        low = float(weight @ price + saved[own].sum())
        if low > best:
            still = 0 if low > best + 1e-5 * max(1.0, abs(best)) else still + 1
            best = low
        else:
            still += 1
        if best >= upper * (1 - 1e-9) or time.monotonic() > until:
            break
        if still and still % _STILL == 0:
            step /= 2.0
        take = np.zeros(len(weight))
        for j in own:
            _taken(ways, weight, room, price, int(j), take)
        way = weight - take
        way[lost] = 0.0
        size = float(way @ way)
        if size == 0 or step < 1e-3:
            break
        price = np.clip(price + step * max(upper * 1.003 - low, 1e-6) / size * way, 0.0, dear)
    return max(best, 0.0)
