"""Coverage on several levels: a village's place, a town's place, each within its limit.

References
----------
Moore and ReVelle 1982, Geogr. Anal. 14: 164 (levels).
Teitz and Bart 1968, Oper. Res. 16: 955 (exchange). Lourenço, Martin and Stützle 2003, Handbook
of Metaheuristics, ch. 11 (a good answer shaken a little, and exchanged again).
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gis.cells.jit.compiled import kernel
from gis.errors import ConfigError
from gis.say import say
from gis.types import F8
from siting.facilities.question import Found, Mask, Question, found_of, within
from siting.programme import Rows, narrowed, relaxed, solved

__all__ = ["levels_covered", "levels_exchanged"]

Levels = npt.NDArray[np.int8]
Ints = npt.NDArray[np.int64]
_SHAKEN = 2  # pairs exchanged by chance
_EXCHANGED = 0.3  # of the time there is after a first bound


@kernel
def _met(near: Mask, weight: F8, level: Levels, count: Ints) -> float:
    """Weight within the limits of all levels; `count` of places near each demand by level."""
    m, n = near.shape[1:]
    count[:] = 0
    for j in range(m):
        for k in range(level[j]):
            for i in range(n):
                count[k, i] += near[k, j, i]
    total = 0.0
    for i in range(n):
        if count[:, i].min() > 0:
            total += weight[i]
    return total


@kernel
def _gain(
    near: Mask, weight: F8, first: Ints, own: Ints, level: Levels, count: Ints, a: int, b: int
) -> float:
    """What exchanging the levels of two places gains."""
    top = near.shape[0]
    la, lb, total = level[a], level[b], 0.0
    for side in range(2):
        j = a if side == 0 else b
        for at in range(first[j], first[j + 1]):
            i = own[at]
            if side == 1:
                seen = False
                for k in range(top):
                    seen = seen or near[k, a, i]
                if seen:
                    continue
            before, after = True, True
            for k in range(top):
                c = count[k, i]
                if c <= 0:
                    before = False
                more = np.int64(lb > k) - np.int64(la > k)
                c += more * (np.int64(near[k, a, i]) - np.int64(near[k, b, i]))
                if c <= 0:
                    after = False
            if before != after:
                total += weight[i] if after else -weight[i]
    return total


@kernel
def _exchange(near: Mask, level: Levels, count: Ints, a: int, b: int) -> None:
    top, _, n = near.shape
    la, lb = level[a], level[b]
    for k in range(top):
        more = np.int64(lb > k) - np.int64(la > k)
        if more != 0:
            for i in range(n):
                count[k, i] += more * (np.int64(near[k, a, i]) - np.int64(near[k, b, i]))
    level[a], level[b] = lb, la


@kernel
def _climbed(
    near: Mask,
    weight: F8,
    first: Ints,
    own: Ints,
    level: Levels,
    count: Ints,
    loose: Ints,
    order: Ints,
) -> float:
    """The best exchange of each open place in turn, as long as one gains."""
    total, still, at, n = 0.0, 0, 0, len(order)
    while still < n:
        a = loose[order[at % n]]
        at += 1
        still += 1
        if level[a] == 0:
            continue
        best, to = 1e-9, -1
        for b in loose:
            if level[b] < level[a]:
                d = _gain(near, weight, first, own, level, count, a, b)
                if d > best:
                    best, to = d, b
        if to >= 0:
            _exchange(near, level, count, a, to)
            total += best
            still = 0
    return total


def levels_exchanged(
    near: Mask, weight: F8, level: Levels, loose: Mask, enough: float, until: float
) -> tuple[Levels, float]:
    """Levels of places exchanged, shaken and exchanged again while there is time.

    Parameters
    ----------
    near : (levels, m, n) bool
        Demand within the limit of each level of each place.
    weight : (n,) float64
    level : (m,) int8
        To begin with; 0 is closed.
    loose : (m,) bool
        Places whose level may change.
    enough : float
        No answer is better than so much: the search ends there.
    until : float
        `time.monotonic` at which to stop.

    Returns
    -------
    (m,) int8 and float
        Levels, and the weight within the limits of all of them.

    Examples
    --------
    >>> near = np.array([[[True, False], [False, True]]])
    >>> one = np.array([1, 0], np.int8)
    >>> levels_exchanged(near, np.array([1.0, 2.0]), one, np.ones(2, bool), 2.0, 0.0)
    (array([0, 1], dtype=int8), 2.0)
    """
    rng = np.random.default_rng(0)
    at, own = np.nonzero(near.any(axis=0))
    first = np.searchsorted(at, np.arange(near.shape[1] + 1))
    may = np.flatnonzero(loose)
    now = level.astype(np.int8)
    count = np.zeros((near.shape[0], near.shape[2]), np.int64)
    near = np.ascontiguousarray(near)
    value = _met(near, weight, now, count)
    best, most = now.copy(), value
    while len(may):
        value += _climbed(near, weight, first, own, now, count, may, rng.permutation(len(may)))
        if value >= most - 1e-9:
            best, most = now.copy(), max(value, most)
        else:  # back to the best
            now = best.copy()
            value = _met(near, weight, now, count)
        opened = may[now[may] > 0]
        if most >= enough - 1e-9 or time.monotonic() > until or not len(opened):
            break
        for a in rng.choice(opened, min(_SHAKEN, len(opened)), replace=False):
            b = rng.choice(may)
            if now[a] != now[b]:
                value += _gain(near, weight, first, own, now, count, a, b)
                _exchange(near, now, count, a, b)
    return best, float(most)


def levels_covered(
    q: Question,
    numbers: Sequence[int],
    limits: Sequence[float],
    time_limit_s: float,
    kept: npt.NDArray[np.int8] | None = None,
) -> Found:
    """As much weight as can be within the limits of all levels; a higher place serves below.

    Parameters
    ----------
    q : Question
        Places that stand count as the highest level.
    numbers : sequence of int
        New places of each level, the lowest first.
    limits : sequence of float
        Of cost to a place of the level or above.
    time_limit_s : float
    kept : (m,) int8, optional
        Levels places have already; 0 where they have none.

    Returns
    -------
    Found
        With the level of each place; served is what is within the limits of all levels.
        Places left over bring demand nearest to a place of their level.

    Raises
    ------
    ConfigError
        When numbers and limits are not as many.
    """
    if len(numbers) != len(limits) or not numbers:
        raise ConfigError(
            say("siting.facilities.levels_differ"), got=f"{len(numbers)}, {len(limits)}"
        )
    from scipy.optimize import Bounds

    # kernels are read, the first time compiled, off the clock
    yes = np.ones(1, bool)
    levels_exchanged(yes.reshape(1, 1, 1), np.ones(1), np.ones(1, np.int8), yes, 1.0, 0.0)
    until = time.monotonic() + time_limit_s
    top, m = len(limits), len(q.state)
    near = [within(q.cost, limit) & q.allowed for limit in limits]
    asked = q.asks & np.logical_and.reduce([a.any(axis=1) for a in near])
    weight = q.weight[asked]
    k = len(weight)
    # a column says that a place is of the level or above it
    rows = Rows(m * top + k)
    places = np.arange(m)
    for level, cover in enumerate(near):
        i, j = np.nonzero(cover[asked])
        if k:
            rows.add(
                np.concatenate([i, np.arange(k)]),
                np.concatenate([j + m * level, m * top + np.arange(k)]),
                np.concatenate([np.ones(len(i)), -np.ones(k)]),
                0.0,
                np.inf,
                k,
            )
        new, higher = places[~q.standing] + m * level, level + 1 < top
        columns = np.concatenate([new, new + m]) if higher else new
        values = np.repeat([1.0, -1.0], len(new)) if higher else np.ones(len(new))
        rows.add(np.zeros(len(columns)), columns, values, -np.inf, numbers[level], 1)
        if higher:
            at = np.tile(places, 2)
            columns = np.concatenate([places + m * level, places + m * (level + 1)])
            rows.add(at, columns, np.repeat([1.0, -1.0], m), 0.0, np.inf, m)
    low, high = np.zeros(m * top + k), np.ones(m * top + k)
    high[: m * top] = np.tile(q.allowed, top)
    low[: m * top] = np.tile(q.standing, top)
    low[:m] = q.fixed
    have = np.zeros(m, np.int8) if kept is None else kept
    for place in np.flatnonzero((have > 0) & q.allowed & ~q.standing):
        low[place : m * int(have[place]) : m] = 1.0
        high[m * int(have[place]) + place : m * top : m] = 0.0
    gain = np.concatenate([np.zeros(m * top), -weight])
    kind = np.concatenate([np.ones(m * top), np.zeros(k)])
    bounds, total = Bounds(low, high), float(weight.sum())
    # without whole numbers first: what it likes, exchanged, is an answer, and what its bound
    # excludes is left out of the search
    loose = relaxed(gain, rows, bounds, time_limit_s / 2)
    liked = np.zeros((top, m)) if loose is None else loose.x[: m * top].reshape(top, m)
    most = total if loose is None else min(total, -float(loose.fun))
    step = 1.0 if np.array_equal(weight, np.round(weight)) else 1e-9 * max(1.0, total)
    enough = float(np.floor(most + 1e-6)) if step == 1.0 else most - step
    level_of = np.where(q.standing, top, have).astype(np.int8)
    level_of = _levels_left(q, _levels_liked(q, level_of, numbers, liked), numbers)
    cover = np.stack([a[asked].T for a in near])
    late = time.monotonic() + _EXCHANGED * (until - time.monotonic())
    level_of, best = levels_exchanged(
        cover, weight, level_of, q.allowed & ~q.fixed, enough, late
    )
    proven = best >= enough - 1e-9
    if not proven and loose is not None:
        left = narrowed(bounds, loose, -best - step)
        found = solved(gain, rows, left, kind, until - time.monotonic())
        if found.x is not None and -found.fun > best + 1e-6 * step:
            level_of = (found.x[: m * top].reshape(top, m) > 0.5).sum(axis=0).astype(np.int8)
        proven = found.status in (0, 2)  # 2: nothing is better
        if found.mip_dual_bound is not None:
            most = min(most, max(best, -float(found.mip_dual_bound)))
            enough = float(np.floor(most + 1e-6)) if step == 1.0 else most
    level_of = _levels_left(q, level_of, numbers)
    met = np.ones(len(q.weight), dtype=bool)
    for level, cover in enumerate(near):
        met &= cover[:, level_of > level].any(axis=1)
    value = float(q.weight[met].sum())
    return found_of(
        q,
        "hierarchical",
        level_of > 0,
        value=value,
        bound=value if proven else max(value, min(enough, most)),
        in_time=proven,
        asked=float(sum(numbers)),
        met=met,
        level=level_of,
    )


def _levels_liked(q: Question, level_of: Levels, numbers: Sequence[int], liked: F8) -> Levels:
    """Places each level likes best, the highest first; chosen ones have a level in any case."""
    out = level_of.copy()
    for level in range(len(numbers), 0, -1):
        used = np.bincount(out[~q.standing], minlength=len(numbers) + 1)
        slots = max(numbers[level - 1] - int(used[level]), 0)
        below = int(np.maximum(np.array(numbers[: level - 1]) - used[1:level], 0).sum())
        chosen = q.fixed & (out == 0)
        must = max(int(chosen.sum()) - below, 0)
        order = np.argsort(-liked[level - 1], kind="stable")
        first = [j for j in order if chosen[j]][:must]
        more = [j for j in order if q.allowed[j] and out[j] == 0 and liked[level - 1, j] > 0]
        own = list(dict.fromkeys([*first, *more]))[:slots]
        out[own] = level
    return out


def _levels_left(
    q: Question, level_of: npt.NDArray[np.int8], numbers: Sequence[int]
) -> npt.NDArray[np.int8]:
    """Places a level may still open are those nearest to its demand, the highest first."""
    out = level_of.copy()
    ways = np.where(np.isfinite(q.cost), q.cost, np.nan)
    ways = np.where(np.isnan(ways), 2.0 * np.nanmax(ways, initial=0.0) + 1.0, ways)
    for level in range(len(numbers), 0, -1):
        while int(((out == level) & ~q.standing).sum()) < numbers[level - 1]:
            may = np.flatnonzero(q.allowed & (out == 0))
            if not len(may):
                return out
            have = out >= level
            near = ways[:, have].min(axis=1) if have.any() else np.full(len(ways), np.inf)
            total = q.weight @ np.minimum(ways[:, may], near[:, None])
            out[may[int(np.argmin(total))]] = level
    return out
