"""The longest way as short as can be (p-center), and places far from one another.

References
----------
Hakimi 1964, Oper. Res. 12: 450. Minieka 1970, SIAM Rev. 12: 138 (a row of coverings).
Kuby 1987, Geogr. Anal. 19: 315 (p-dispersion).
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from gis.cells.jit.compiled import kernel
from gis.errors import ConfigError
from gis.say import say
from gis.types import F8
from siting.facilities.decide import Asked, Effort, apart_at_least, cover_with, least_yes
from siting.facilities.question import CHOSEN, Found, Mask, Question, found_of

__all__ = ["center", "dispersion"]

Ints = npt.NDArray[np.intp]

_TRIES = 2000  # exchanges without a better one, after which the search ends
_DRAWS = 20000  # exchanges of places that are to be far apart, and how often they begin
_STARTS = 3
_BATCH = 100  # exchanges between two looks at the clock


def center(q: Question, number: int, time_limit_s: float) -> Found:
    """The places with the least longest cost of any demand.

    The answer is one of the costs: it is looked for by halves, each with a covering. Demand
    no way leads from is left out.

    Parameters
    ----------
    q : Question
    number : int
        New places, chosen ones among them.
    time_limit_s : float
    """
    until = time.monotonic() + time_limit_s
    rows = q.asks & q.reached
    cost = q.cost[np.ix_(rows, q.allowed)]
    opened = _spread_out(q, rows, number)
    if not len(cost):
        return found_of(q, "p_center", opened, value=0.0, bound=0.0, in_time=True, asked=number)
    steps = np.unique(cost[np.isfinite(cost)])
    # no demand is nearer than its nearest place
    nearest = float(cost.min(axis=1).max())
    first = int(np.searchsorted(steps, nearest))
    half = (time.monotonic() + until) / 2.0
    opened = _nearer(q, q.cost[rows], opened, nearest, half)
    high = q.cost[rows][:, opened].min(axis=1).max() if opened.any() else np.inf
    # nothing that reaches all is known yet where high is infinite
    last = int(np.searchsorted(steps, high)) if np.isfinite(high) else len(steps)
    own, new = q.cost[rows], number - int((q.state == CHOSEN).sum())

    def asked(step: int, effort: Effort, limit_s: float) -> tuple[Mask | None, bool]:
        if effort == "greedy":  # exchange found all that greed finds
            return None, False
        return cover_with(own <= steps[step], q.fixed, q.allowed, new, effort, limit_s)

    found, low_at, high_at = _least_proven(first, last, asked, until)
    in_time = low_at == high_at
    if in_time and high_at == len(steps):
        # so few places do not reach all: the longest way is of those that are reached
        return found_of(
            q, "p_center", opened, value=np.inf, bound=np.inf, in_time=True, asked=number
        )
    best = _filled(q, opened if found is None else found, rows, number)
    value = float(q.cost[rows][:, best].min(axis=1).max())
    bound = value if in_time else float(steps[min(low_at, len(steps) - 1)])
    return found_of(
        q, "p_center", best, value=value, bound=bound, in_time=in_time, asked=number
    )


def _least_proven(
    low: int, high: int, asked: Asked, until: float
) -> tuple[Mask | None, int, int]:
    """`least_yes` where what was exchanged is mostly the best: the step beneath it comes first.

    A no there is the proof, and it gets half of the time.
    """
    best: Mask | None = None
    if low < high:
        best, sure = asked(high - 1, "whole", (until - time.monotonic()) / 2)
        if best is not None:
            high -= 1
        elif sure:
            low = high
    if low < high:
        found, low, high = least_yes(low, high, asked, until)
        best = best if found is None else found
    return best, low, high


@kernel
def _exchanged(near: Mask, own: Ints, free: Mask, weight: F8, count: Ints, draws: F8) -> None:
    """Exchange places until all is covered or there are no draws; own, weight, count change."""
    n, m = near.shape
    p = len(own)
    gain, loss = np.zeros((p, m)), np.zeros(p)
    opened = np.full(m, -1)
    for k in range(p):
        opened[own[k]] = k
    shut = came = -1
    for draw in draws:
        bare = 0
        for i in range(n):
            bare += count[i] == 0
        if not bare:
            return
        pick, one = int(draw * bare), -1
        gain[:] = 0.0
        loss[:] = 0.0
        base = np.zeros(m)
        for i in range(n):
            if count[i] == 0:
                if pick == 0:
                    one = i
                pick -= 1
                weight[i] += 1.0
                for j in range(m):
                    base[j] += weight[i] * near[i, j]
            elif count[i] == 1:
                mine = -1
                for k in range(p):
                    if near[i, own[k]]:
                        mine = k
                loss[mine] += weight[i]
                for j in range(m):
                    gain[mine, j] += weight[i] * near[i, j]
        best, r, c = -np.inf, -1, -1
        for j in range(m):
            if near[one, j] and opened[j] < 0 and j != shut:
                for k in range(p):
                    now = base[j] + gain[k, j] - loss[k]
                    if free[own[k]] and own[k] != came and now > best:
                        best, r, c = now, k, j
        shut = came = -1
        if r < 0:
            continue
        for i in range(n):
            count[i] += int(near[i, c]) - int(near[i, own[r]])
        shut, came = own[r], c
        opened[own[r]], opened[c] = -1, r
        own[r] = c


def _nearer(q: Question, cost: F8, opened: Mask, enough: float, until: float) -> Mask:
    """Open places exchanged one by one until long no shorter longest cost is found.

    What is as far as the longest cost or farther is not covered; demand that stays so weighs
    more with every exchange. A place just closed, or just opened, rests for one exchange.

    References
    ----------
    Gao, Weise and Li 2015, Eur. J. Oper. Res. 246: 750 (weights of what is not covered).
    Mladenovic, Labbe and Hansen 2003, Networks 42: 48 (exchange for the p-center).
    """
    own = np.flatnonzero(opened)
    if not len(cost) or not (~q.fixed)[own].any():
        return opened
    best, weight = own.copy(), np.ones(len(cost))
    value = float(cost[:, own].min(axis=1).max())
    tries, rng = _TRIES, np.random.default_rng(0)
    while value > enough and tries and time.monotonic() < until:
        near = (cost < value) & q.allowed[None, :]
        count = near[:, own].sum(axis=1)
        _exchanged(near, own, ~q.fixed, weight, count, rng.random(_BATCH))
        if not (count == 0).any():
            best, value = own.copy(), float(cost[:, own].min(axis=1).max())
            tries = _TRIES
        else:
            tries -= _BATCH
    out = np.zeros(len(opened), dtype=bool)
    out[best] = True
    return out


def _spread_out(q: Question, rows: Mask, number: int) -> Mask:
    """The place that helps the farthest demand most, again and again."""
    opened = q.fixed.copy()
    return _filled(q, opened, rows, number)


def _filled(q: Question, opened: Mask, rows: Mask, number: int) -> Mask:
    opened = opened.copy()
    cost = q.cost[rows]
    far = float(cost[np.isfinite(cost)].max(initial=0.0)) + 1.0
    cost = np.where(np.isfinite(cost), cost, far)
    near = cost[:, opened].min(axis=1) if opened.any() else np.full(len(cost), far)
    while (opened & ~q.standing).sum() < number:
        may = np.flatnonzero(q.allowed & ~opened)
        if not len(may):
            break
        after = np.minimum(cost[:, may], near[:, None])
        worst = after.max(axis=0, initial=0.0)
        total = after.sum(axis=0)
        j = may[np.lexsort((total, worst))[0]]
        opened[j] = True
        near = np.minimum(near, cost[:, j])
    return opened


def dispersion(q: Question, between: F8, number: int, time_limit_s: float) -> Found:
    """Places of which the nearest two are as far apart as can be.

    Parameters
    ----------
    q : Question
        Its demand says who goes where in the end; it has no say in the choice.
    between : (m, m) float64
        Distance from place to place; infinite where no way leads.
    number : int
        New places, chosen ones among them; those that stand count in the distance.
    time_limit_s : float

    Raises
    ------
    ConfigError
        When the table is not one of places to places, or fewer than two are open.
    """
    m = len(q.state)
    if between.shape != (m, m) or np.isnan(between).any():
        raise ConfigError(say("siting.facilities.between_shape", n=m), got=str(between.shape))
    until = time.monotonic() + time_limit_s
    number = min(number, int((q.allowed & ~q.standing).sum()))
    size = int(q.standing.sum()) + number
    if size < 2:
        raise ConfigError(say("siting.facilities.two_places"), got=str(size), expected="2")
    apart = np.minimum(between, between.T)
    upper = np.triu_indices(m, 1)
    steps = np.unique(apart[upper])

    def closest(opened: Mask) -> float:
        own = np.flatnonzero(opened)
        return float(apart[np.ix_(own, own)][np.triu_indices(len(own), 1)].min())

    fixed = np.flatnonzero(q.fixed)
    most = closest(q.fixed) if len(fixed) > 1 else np.inf
    half = (time.monotonic() + until) / 2.0
    best = _farther(q, apart, _far_apart(q, apart, size), most, half)
    top = min(len(steps) - 1, int(np.searchsorted(steps, most)))
    new = size - len(fixed)

    def asked(step: int, effort: Effort, limit_s: float) -> tuple[Mask | None, bool]:
        return apart_at_least(
            apart < steps[top - step], q.fixed, q.allowed, new, effort, limit_s
        )

    # steps counted from above: the first yes is the farthest apart
    known = top - int(np.searchsorted(steps, closest(best)))
    found, low_at, high_at = _least_proven(0, known, asked, until)
    best = best if found is None else found
    in_time = low_at == high_at
    value = closest(best)
    return found_of(
        q,
        "p_dispersion",
        best,
        value=value,
        bound=value if in_time else float(steps[top - low_at]),
        in_time=in_time,
        asked=number,
    )


@kernel
def _parted(near: Mask, own: Ints, free: Mask, draws: F8) -> int:
    """Exchange places until no two are near or there are no draws; own changes.

    A place that came in or went out rests for some exchanges.
    """
    m, p = len(near), len(own)
    inside, count = np.zeros(m, np.bool_), np.zeros(m, np.intp)
    rest = np.zeros(m, np.intp)
    for k in range(p):
        inside[own[k]] = True
        for j in range(m):
            count[j] += near[own[k], j]
    for step in range(1, len(draws) + 1):
        total, most, r = 0, 0, -1
        for k in range(p):
            total += count[own[k]]
            now = count[own[k]]
            loose = free[own[k]] and rest[own[k]] < step
            # of equals one by chance
            if loose and (now > most or (now == most and now > 0 and draws[step - 1] < 0.5)):
                most, r = now, k
        if total == 0:
            return 0
        if r < 0:
            continue
        out, best, c = own[r], np.inf, -1
        first = int(draws[step - 1] * m)
        for i in range(m):
            j = (first + i) % m
            if inside[j] or not free[j] or rest[j] >= step:
                continue
            now = count[j] - near[out, j]
            if now < best:
                best, c = now, j
        if c < 0:
            continue
        for j in range(m):
            count[j] += int(near[c, j]) - int(near[out, j])
        inside[out], inside[c] = False, True
        own[r] = c
        rest[out] = step + 5 + int(draws[step - 1] * 7)
        rest[c] = step + 1
    return 1


def _farther(q: Question, apart: F8, opened: Mask, most: float, until: float) -> Mask:
    """Open places exchanged one by one until long no set farther apart is found.

    References
    ----------
    Glover 1989, ORSA J. Comput. 1: 190 (what was moved rests).
    """
    rng = np.random.default_rng(0)
    best, free = np.flatnonzero(opened), q.allowed & ~q.fixed
    pairs = np.triu_indices(len(best), 1)
    if not free.any():
        return opened
    while time.monotonic() < until:
        value = float(apart[np.ix_(best, best)][pairs].min())
        if value >= most:
            break
        near = (apart <= value) & ~np.eye(len(apart), dtype=bool)
        for _ in range(_STARTS):
            own = best.copy()
            if _parted(near, own, free, rng.random(_DRAWS)) == 0:
                best = own
                break
        else:
            break
    out = np.zeros(len(opened), dtype=bool)
    out[best] = True
    return out


def _far_apart(q: Question, apart: F8, size: int) -> Mask:
    """The two farthest places, then the one farthest from those that are open, and so on."""
    best = q.fixed.copy()
    if not best.any():
        both = np.outer(q.allowed, q.allowed) & ~np.eye(len(apart), dtype=bool)
        pair = int(np.argmax(np.where(both, apart, -1.0)))
        best[list(divmod(pair, len(apart)))] = True
    while best.sum() < size:
        away = apart[:, best].min(axis=1)
        best[int(np.argmax(np.where(best | ~q.allowed, -1.0, away)))] = True
    return best
