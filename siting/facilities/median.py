"""p-median: built by greed, mended by interchange, proven by bounds of Lagrange in branches.

Every question first gets a good answer and a bound. Places that cannot be in any better
answer by the bound are closed, those without which none is better are opened; the rest is
branched on. With 200 demands and 38 places left this takes 0.2 s where the programme in HiGHS
takes 13 s (pmed6, two cores, 2026-11-28), as the bound of both is the same.

References
----------
Teitz and Bart 1968, Oper. Res. 16: 955; Whitaker 1983, INFOR 21: 95 (fast interchange).
Beasley 1985, EJOR 21: 270 (Lagrange, closing places by the bound).
Christofides and Beasley 1982, EJOR 10: 196 (branches with the bound of Lagrange).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from gis.cells.jit.compiled import kernel_with
from gis.types import F8
from siting.facilities.question import Found, Mask, Question, found_of

__all__ = ["interchange", "median"]

_ROUNDS = 1500
_STILL = 25  # rounds without a better bound before steps are halved
_NODE_ROUNDS = 80
_MENDINGS = 3
_BRISK, _STEADY = 0.3, 0.7  # how much of the way before is kept at each step
_EPS = 1e-9
_DIGITS = 4e-15  # of a sum, what is lost in its last digits
_ALIKE = 1e-7  # shares of all weight that differ by less are one


@dataclass(frozen=True)
class _Part:
    """Demand that asks and is reached, and the places that may be open."""

    cost: F8  # weight times cost
    fixed: Mask
    number: int  # open places in all
    places: np.ndarray  # their numbers in the question
    last: float  # cost of a demand nobody reaches, beyond all others together
    whole: bool  # all costs are whole numbers, so answers differ by 1 at least
    room: float  # less of a sum counts as none; 0 for the usual share of it


def _part(q: Question, number: int, *, all_served: bool) -> _Part:
    """The question without what cannot be; `all_served` where it is known that all can be."""
    rows = q.asks & q.reached
    places = np.flatnonzero(q.allowed)
    way = q.cost[np.ix_(rows, places)]
    w = q.weight[rows]
    finite = np.isfinite(way)
    top = float(way[finite].max()) if finite.any() else 0.0
    last, room, cost = 0.0, 0.0, way * w[:, None]
    if not finite.all():
        # serving more goes before any saving of cost: where answers serve all, no demand may
        # be left; where none does, answers may differ by less than the least demand
        few = float(w.min()) if all_served else _ALIKE * float(w.sum())
        if not all_served and np.array_equal(w, np.round(w)):
            few = 1.0
        last = top * (float(w.sum()) / few) + top + 1.0
        # of cost, not of what stands for demand nobody serves, but above its last digits
        least = float(np.where(finite, cost, np.inf).min(axis=1).sum())
        room = _EPS * least + _DIGITS * last * float(w.sum())
        cost = np.where(finite, way, last) * w[:, None]
    whole = (
        bool(np.all(cost == np.round(cost)))
        and float(cost.max(axis=1, initial=0.0).sum()) < 2**50
    )
    fixed = q.fixed[places]
    free = int((~fixed).sum())
    n_open = int(fixed.sum()) + min(max(number - int((q.state == 2).sum()), 0), free)
    return _Part(cost, fixed, n_open, places, last, whole, room)


def _greedy(p: _Part) -> Mask:
    opened = p.fixed.copy()
    near = p.cost[:, opened].min(axis=1) if opened.any() else np.full(len(p.cost), np.inf)
    while opened.sum() < p.number:
        if np.isinf(near).any():
            total = p.cost.sum(axis=0)
        else:
            total = np.minimum(p.cost, near[:, None]).sum(axis=0)
        total = np.where(opened, np.inf, total)
        j = int(np.argmin(total))
        opened[j] = True
        near = np.minimum(near, p.cost[:, j])
    return opened


def interchange(
    cost: F8, fixed: Mask, opened: Mask, until: float, room: float = 0.0
) -> tuple[Mask, float]:
    """Exchange an open place for a closed one as long as the sum of least costs falls.

    Parameters
    ----------
    cost : (n, m) float64
        Weight times cost; finite.
    fixed : (m,) bool
        Open places that stay.
    opened : (m,) bool
        Where to begin.
    until : float
        `time.monotonic` at which to stop.
    room : float
        Less of a sum counts as none; by itself a billionth of it.

    Returns
    -------
    (m,) bool and float
        Places and the sum.

    Examples
    --------
    >>> line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    >>> best, value = interchange(line, np.zeros(5, bool), np.arange(5) == 0, np.inf)
    >>> np.flatnonzero(best).tolist(), value
    ([2], 6.0)
    """
    from scipy.sparse import csr_array

    opened = opened.copy()
    n = len(cost)
    while True:
        own = np.flatnonzero(opened)
        part = cost[:, own]
        if len(own) > 1:
            two = np.argpartition(part, 1, axis=1)[:, :2]
            first = part[np.arange(n), two[:, 0]]
            second = part[np.arange(n), two[:, 1]]
            swap = second < first
            at = np.where(swap, two[:, 1], two[:, 0])
            d1, d2 = np.minimum(first, second), np.maximum(first, second)
        else:
            at, d1 = np.zeros(n, np.intp), part[:, 0]
            d2 = np.full(n, np.inf)
        value = float(d1.sum())
        loose = ~fixed[own]
        closed = np.flatnonzero(~opened)
        if not loose.any() or not len(closed) or time.monotonic() > until:
            return opened, value
        c = cost[:, closed]
        gain = np.maximum(d1[:, None] - c, 0.0).sum(axis=0)
        if len(own) > 1:
            member = csr_array((np.ones(n), (at, np.arange(n))), shape=(len(own), n))
            loss = member @ (d2 - d1)
            back = member @ np.maximum(d2[:, None] - np.maximum(c, d1[:, None]), 0.0)
            profit = gain[None, :] - loss[:, None] + back
        else:
            profit = (value - c.sum(axis=0))[None, :]
        profit[~loose] = -np.inf
        r, i = np.unravel_index(int(np.argmax(profit)), profit.shape)
        if profit[r, i] <= (room or _EPS * max(1.0, value)):
            return opened, value
        opened[own[r]], opened[closed[i]] = False, True


@dataclass(frozen=True)
class _Bound:
    """A bound, its prices, and what it says of places."""

    low: float
    price: F8
    reduced: F8
    chosen: Mask
    often: F8  # how often a place was chosen, the last rounds first


def _room(p: _Part, value: float) -> float:
    """How much less a better answer is at least."""
    if p.whole:
        return 1.0 - 1e-6
    return p.room or _EPS * max(1.0, abs(value))


@kernel_with(fastmath=True)
def _savings(cost: F8, price: F8, out: F8) -> None:
    """What each place saves at these prices; the cost at most 0, summed over demand."""
    n, m = cost.shape
    out[:] = 0.0
    for i in range(n):
        own = price[i]
        for j in range(m):
            less = cost[i, j] - own
            out[j] += less if less < 0.0 else 0.0


def _lagrange(
    p: _Part,
    start: F8,
    one: Mask,
    zero: Mask,
    value: float,
    rounds: int,
    step: float,
    until: float,
    kept: float = _BRISK,
) -> _Bound:
    """Bound from below by prices of being served, with places that are open and shut."""
    n, m = p.cost.shape
    price, still = start, 0
    smooth, often = np.zeros(n), np.zeros(m)
    best = _Bound(-np.inf, start, np.zeros(m), one, often)
    columns = np.flatnonzero(~zero)
    part = np.ascontiguousarray(p.cost[:, columns])
    saved = np.zeros(len(columns))
    need = value - _room(p, value)
    least, most = p.cost.min(axis=1), p.cost.max(axis=1)  # no price beyond these helps
    for _ in range(rounds):
        _savings(part, price, saved)
        rho = np.full(m, np.inf)
        rho[columns] = saved
        order = np.argsort(np.where(one, -np.inf, rho), kind="stable")
        chosen = np.zeros(m, dtype=bool)
        chosen[order[: p.number]] = True
        often = 0.9 * often + 0.1 * chosen
        low = float(price.sum() + rho[chosen].sum())
        if low > best.low:
            still = 0 if low > best.low + 1e-5 * max(1.0, abs(low)) else still + 1
            best = _Bound(low, price, rho, chosen, often)
            if low > need:
                break
            shut = _settled(p, best, one, zero, value)[1]
            if shut.sum() > 1.1 * zero.sum() + 5 or (shut.sum() > zero.sum() and m < 200):
                zero = zero | shut
        else:
            still += 1
        if still and still % _STILL == 0:
            step /= 2.0
        if step < 1e-3 or time.monotonic() > until:
            break
        taken = (p.cost[:, np.flatnonzero(chosen)] < price[:, None]).sum(axis=1)
        smooth = kept * smooth + 1.0 - taken
        size = float(smooth @ smooth)
        if size == 0:
            break
        if zero.sum() > m - len(columns):
            columns = np.flatnonzero(~zero)
            part = np.ascontiguousarray(p.cost[:, columns])
            saved = np.zeros(len(columns))
        way = max(value * 1.003 - low, 1e-4 * abs(value)) / size
        price = np.clip(price + step * way * smooth, least, most)
    return _Bound(best.low, best.price, best.reduced, best.chosen, often)


def _settled(p: _Part, b: _Bound, one: Mask, zero: Mask, value: float) -> tuple[Mask, Mask]:
    """Places in every better answer, and places in none."""
    inside, outside = b.chosen & ~one, ~b.chosen & ~zero
    if not inside.any() or not outside.any():
        return one, zero
    need = value - _room(p, value)
    last, first = b.reduced[inside].max(), b.reduced[outside].min()
    kept = np.zeros_like(one)
    kept[inside] = b.low - b.reduced[inside] + first > need
    shut = np.zeros_like(zero)
    shut[outside] = b.low + b.reduced[outside] - last > need
    return one | kept, zero | shut


def _sum(p: _Part, opened: Mask) -> float:
    return float(p.cost[:, opened].min(axis=1).sum())


def _mend(p: _Part, b: _Bound, until: float) -> tuple[Mask, float]:
    """The places a bound likes best, mended."""
    liked = np.zeros_like(p.fixed)
    liked[np.argsort(np.where(p.fixed, -1.0, -b.often), kind="stable")[: p.number]] = True
    return interchange(p.cost, p.fixed, liked, until, p.room)


def _root(p: _Part, best: Mask, value: float, until: float) -> _Bound:
    """The bound before any branch: brisk from prices between the two nearest, then steady."""
    two = np.partition(p.cost[:, best], min(1, int(best.sum()) - 1), axis=1)
    first, second = two[:, 0], two[:, min(1, two.shape[1] - 1)]
    no = np.zeros_like(p.fixed)
    brisk = _lagrange(
        p, first + 0.3 * (second - first), p.fixed, no, value, _ROUNDS, 1.0, until
    )
    steady = _lagrange(p, brisk.price, p.fixed, no, value, _ROUNDS, 0.5, until, _STEADY)
    return steady if steady.low >= brisk.low else brisk


def _branch(
    p: _Part, best: Mask, value: float, until: float
) -> tuple[Mask, float, float, bool]:
    """Open or shut a place, bound again: the answer, its bound, whether all was looked at."""
    no = np.zeros_like(p.fixed)
    root = _root(p, best, value, until)
    for _ in range(_MENDINGS):
        found, now = _mend(p, root, until)
        if now >= value - _room(p, value):
            break
        best, value = found, now
        again = _lagrange(p, root.price, p.fixed, no, value, _ROUNDS // 5, 0.5, until, _STEADY)
        root = again if again.low >= root.low else root
    stack = [(root.low, root.price, *_settled(p, root, p.fixed, no, value), root)]
    while stack:
        if time.monotonic() > until:
            return best, value, min(value, *(s[0] for s in stack)), False
        low, price, one, zero, b = stack.pop()
        if low > value - _room(p, value):
            continue
        if one.sum() >= p.number or (~zero).sum() <= p.number:
            opened = one if one.sum() >= p.number else ~zero
            if (now := _sum(p, opened)) < value:
                best, value = opened, now
            continue
        j = int(np.argmin(np.where(one | zero, np.inf, np.abs(b.often - 0.5))))
        for side in (zero, one):  # the last is looked at first: open
            at = side.copy()
            at[j] = True
            ones, zeros = (one, at) if side is zero else (at, zero)
            b2 = _lagrange(p, price, ones, zeros, value, _NODE_ROUNDS, 1.0, until)
            if (now := _sum(p, b2.chosen)) < value:
                best, value = b2.chosen, now
            under = max(low, b2.low)
            if under <= value - _room(p, value):
                ones, zeros = _settled(p, b2, ones, zeros, value)
                stack.append((under, b2.price, ones, zeros, b2))
    return best, value, value, True


def median(q: Question, number: int, time_limit_s: float) -> Found:
    """The least sum of weight times cost to the nearest open place.

    Demand no way leads from is left out; demand that the chosen number of places cannot reach
    comes before cost: as much weight as can be is reached.

    Parameters
    ----------
    q : Question
    number : int
        New places, chosen ones among them.
    time_limit_s : float
        After it the best so far is given with its gap.
    """
    start = time.monotonic()
    until = start + time_limit_s
    p = _part(q, number, all_served=True)
    opened, rows = np.zeros(len(q.state), dtype=bool), q.asks & q.reached
    if not len(p.cost) or not p.number:
        opened[p.places[p.fixed]] = True
        return found_of(q, "p_median", opened, value=0.0, bound=0.0, in_time=True, asked=number)
    half = start + 0.5 * time_limit_s
    best, value = interchange(p.cost, p.fixed, _greedy(p), half)
    if p.last and not np.isfinite(q.cost[np.ix_(rows, p.places[best])]).any(axis=1).all():
        p = _part(q, number, all_served=False)
        best, value = interchange(p.cost, p.fixed, best, half, p.room)
    in_time, low = True, value
    if p.number < len(p.fixed):
        best, value, low, in_time = _branch(p, best, value, until)
    opened[p.places[best]] = True
    reached = np.isfinite(np.where(opened, q.cost, np.inf).min(axis=1)) & q.asks
    least = np.where(opened, q.cost, np.inf).min(axis=1)
    real = float((q.weight[reached] * least[reached]).sum())
    # without demand beyond reach both are the same; with it the bound says as much less
    low = real - (value - low) if p.last else low
    if p.last and value - low >= p.last * 1e-9:
        low = min(real, max(low, 0.0))
    return found_of(
        q,
        "p_median",
        opened,
        value=real,
        bound=low,
        in_time=in_time,
        way="exact" if in_time else "bounded",
        asked=number,
    )
