"""Coverage: the fewest places, the most weight within a limit, twice, and on several levels.

References
----------
Toregas et al. 1971, Oper. Res. 19: 1363 (all covered). Church and ReVelle 1974, Papers Reg.
Sci. Assoc. 32: 101 (most covered). Hogan and ReVelle 1986, Manage. Sci. 32: 1434 (backup).
Moore and ReVelle 1982, Geogr. Anal. 14: 164 (levels).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from gis.types import F8
from siting.facilities.median import median
from siting.facilities.question import Found, Mask, Question, found_of, within
from siting.programme import Rows, solved

__all__ = ["all_covered", "backed_up", "levels_covered", "most_covered"]

_OF_PROGRAMME = 0.6  # of the time; the rest is for another way where it does not prove


def _near(q: Question, limit: float) -> Mask:
    """Demand (rows) that places cover; forbidden places cover nothing."""
    return within(q.cost, limit) & q.allowed[None, :]


def _alike(near: Mask, weight: F8) -> tuple[Mask, F8]:
    """Demand that the same places cover as one, with its weight together."""
    rows, back = np.unique(np.packbits(near, axis=1), axis=0, return_inverse=True)
    out = np.unpackbits(rows, axis=1, count=near.shape[1]).astype(bool)
    return out, np.bincount(back.ravel(), weights=weight, minlength=len(rows)).astype(float)


def _bounds(q: Question, more_low: F8, more_high: F8) -> object:
    from scipy.optimize import Bounds

    low = np.concatenate([q.fixed.astype(float), more_low])
    high = np.concatenate([q.allowed.astype(float), more_high])
    return Bounds(low, high)


def _open_new(q: Question, rows: Rows, number: float) -> None:
    """At most so many new places, or so much money."""
    new = np.flatnonzero(~q.standing)
    # chosen ones are paid for whatever there is
    most = max(number, float(q.price[q.state == 2].sum()))
    rows.add(np.zeros(len(new)), new, q.price[new], -np.inf, most, 1)


def _covering(rows: Rows, near: Mask, extra: npt.NDArray[np.intp] | None, least: float) -> None:
    """Open places near each row, less its own column, are at least `least`."""
    i, j = np.nonzero(near)
    n = len(near)
    if extra is None:
        rows.add(i, j, 1.0, least, np.inf, n)
        return
    at = np.concatenate([i, np.arange(n)])
    columns = np.concatenate([j, extra])
    value = np.concatenate([np.ones(len(i)), -np.ones(n)])
    rows.add(at, columns, value, least, np.inf, n)


def _opened(q: Question, x: F8 | None) -> Mask:
    return q.fixed.copy() if x is None else np.asarray(x[: len(q.state)] > 0.5)


def all_covered(q: Question, limit: float, time_limit_s: float) -> Found:
    """The fewest (or cheapest) new places with all demand within a limit.

    Demand no allowed place covers is left out; `Found.served` says which.

    Parameters
    ----------
    q : Question
    limit : float
        Of cost, included.
    time_limit_s : float
    """
    near = _near(q, limit)
    asked = q.asks & near.any(axis=1)
    groups, _ = _alike(near[asked], q.weight[asked])
    m = len(q.state)
    rows = Rows(m)
    if len(groups):
        _covering(rows, groups, None, 1.0)
    else:
        _open_new(q, rows, float(q.price.sum()))
    price = np.where(q.standing, 0.0, q.price)
    none = np.zeros(0)
    found = solved(price, rows, _bounds(q, none, none), np.ones(m), time_limit_s)
    opened = _opened(q, found.x)
    if found.x is None and len(groups):  # out of time: greed covers all
        while not groups[:, opened].any(axis=1).all():
            left = groups[~groups[:, opened].any(axis=1)].sum(axis=0) / q.price
            opened[int(np.argmax(np.where(opened | ~q.allowed, -1.0, left)))] = True
    bound = float(found.mip_dual_bound) if found.mip_dual_bound is not None else 0.0
    if np.array_equal(q.price, np.round(q.price)):
        bound = float(np.ceil(bound - 1e-6))
    return found_of(
        q,
        "lscp",
        opened,
        value=float(price[opened].sum()),
        bound=bound,
        in_time=found.status == 0,
        limit=limit,
    )


def _fill(q: Question, opened: Mask, number: float) -> Mask:
    """Places left over are those that bring demand nearest; none covers more."""
    opened = opened.copy()
    ways = np.where(
        np.isfinite(q.cost),
        q.cost,
        np.nanmax(np.where(np.isfinite(q.cost), q.cost, np.nan), initial=0.0) * 2 + 1,
    )
    while True:
        left = number - float(q.price[opened & ~q.standing].sum())
        may = q.allowed & ~opened & (q.price <= left + 1e-9)
        if not may.any():
            return opened
        near = ways[:, opened].min(axis=1) if opened.any() else np.full(len(ways), np.inf)
        total = (np.minimum(ways[:, may], near[:, None]) * q.weight[:, None]).sum(axis=0)
        opened[np.flatnonzero(may)[int(np.argmin(total))]] = True


def most_covered(q: Question, number: float, limit: float, time_limit_s: float) -> Found:
    """As much weight within a limit as a number of new places (or a budget) covers.

    Parameters
    ----------
    q : Question
    number : float
        New places, chosen ones among them; with prices the money there is.
    limit : float
        Of cost, included.
    time_limit_s : float

    Returns
    -------
    Found
        Where fewer places cover as much, the others bring demand nearer.
    """
    near = _near(q, limit)
    asked = q.asks & near.any(axis=1)
    groups, weight = _alike(near[asked], q.weight[asked])
    m, k = len(q.state), len(groups)
    whole = bool(np.array_equal(q.weight, np.round(q.weight)))
    if not k:
        opened = _fill(q, q.fixed, number)
        return found_of(
            q, "mclp", opened, value=0.0, bound=0.0, in_time=True, limit=limit, asked=number
        )
    rows = Rows(m + k)
    _covering(rows, groups, m + np.arange(k), 0.0)
    _open_new(q, rows, number)
    gain = np.concatenate([np.zeros(m), -weight])
    kind = np.concatenate([np.ones(m), np.zeros(k)])
    plain = bool((q.price == 1).all())
    part = _OF_PROGRAMME if plain else 1.0
    found = solved(gain, rows, _bounds(q, np.zeros(k), np.ones(k)), kind, time_limit_s * part)
    opened = _opened(q, found.x)
    useful = groups[:, opened]
    for j in np.flatnonzero(opened & ~q.fixed):  # what adds nothing is opened elsewhere
        rest = opened.copy()
        rest[j] = False
        if groups[:, rest].any(axis=1) @ weight >= useful.any(axis=1) @ weight - 1e-9:
            opened = rest
    opened = _fill(q, opened, number)
    value = float(weight[groups[:, opened].any(axis=1)].sum())
    bound = (
        -float(found.mip_dual_bound)
        if found.mip_dual_bound is not None
        else float(weight.sum())
    )
    in_time = found.status == 0
    if plain and not in_time:
        # the same as a median where what is not covered costs its weight
        cost = np.where(groups, 0.0, 1.0)
        missed = median(replace(q, cost=cost, weight=weight), int(number), time_limit_s * 0.4)
        bound = min(bound, float(weight.sum()) - missed.bound)
        if weight.sum() - missed.value > value:
            opened, value = missed.opened, float(weight.sum()) - missed.value
        in_time = missed.in_time
    if whole:
        bound = float(np.floor(bound + 1e-6))
    return found_of(
        q,
        "mclp",
        opened,
        value=value,
        bound=max(bound, value),
        in_time=in_time,
        limit=limit,
        asked=number,
    )


def backed_up(
    q: Question, number: float | None, limit: float, time_limit_s: float
) -> tuple[Found, float]:
    """Coverage first, then as much weight as can be within the limit of two open places.

    Parameters
    ----------
    q : Question
    number : float or None
        New places; None for the fewest that cover all.
    limit : float
    time_limit_s : float

    Returns
    -------
    Found and float
        The answer, its value the weight covered twice, and the weight covered once.
    """
    start = time.monotonic()
    first = (
        all_covered(q, limit, time_limit_s / 2)
        if number is None
        else most_covered(q, number, limit, time_limit_s / 2)
    )
    near = _near(q, limit)
    asked = q.asks & near.any(axis=1)
    groups, weight = _alike(near[asked], q.weight[asked])
    m, k = len(q.state), len(groups)
    once = float(weight[groups[:, first.opened].any(axis=1)].sum()) if k else 0.0
    if not k:
        return first, 0.0
    rows = Rows(m + 2 * k)
    at = np.arange(k)
    i, j = np.nonzero(groups)
    rows.add(
        np.concatenate([i, at, at]),
        np.concatenate([j, m + at, m + k + at]),
        np.concatenate([np.ones(len(i)), -np.ones(2 * k)]),
        0.0,
        np.inf,
        k,
    )
    rows.add(
        np.tile(at, 2),
        np.concatenate([m + k + at, m + at]),
        np.repeat([1.0, -1.0], k),
        -np.inf,
        0.0,
        k,
    )
    rows.add(np.zeros(k), m + at, weight, once - 1e-6 * max(1.0, once), np.inf, 1)
    _open_new(q, rows, first.value if number is None else number)
    gain = np.concatenate([np.zeros(m + k), -weight])
    kind = np.concatenate([np.ones(m), np.zeros(2 * k)])
    kind[m : m + k] = 1
    left = time_limit_s - (time.monotonic() - start)
    found = solved(gain, rows, _bounds(q, np.zeros(2 * k), np.ones(2 * k)), kind, left)
    opened = first.opened if found.x is None else _opened(q, found.x)
    twice = float(weight[(groups & opened[None, :]).sum(axis=1) >= 2].sum())
    bound = (
        -float(found.mip_dual_bound)
        if found.mip_dual_bound is not None
        else float(weight.sum())
    )
    answer = found_of(
        q,
        "backup",
        opened,
        value=twice,
        bound=max(bound, twice),
        in_time=found.status == 0 and first.in_time,
        limit=limit,
        asked=float("nan") if number is None else number,
    )
    return answer, once


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

    top, m = len(limits), len(q.state)
    near = [_near(q, limit) for limit in limits]
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
    found = solved(gain, rows, Bounds(low, high), kind, time_limit_s)
    level_of = np.zeros(m, np.int8)
    if found.x is not None:
        on = found.x[: m * top].reshape(top, m) > 0.5
        level_of = on.sum(axis=0).astype(np.int8)
    else:
        level_of[q.fixed] = np.where(have[q.fixed] > 0, have[q.fixed], top)
    level_of = _levels_left(q, level_of, numbers)
    met = np.ones(len(q.weight), dtype=bool)
    for level, cover in enumerate(near):
        met &= cover[:, level_of > level].any(axis=1)
    value = float(q.weight[met].sum())
    bound = (
        -float(found.mip_dual_bound)
        if found.mip_dual_bound is not None
        else float(weight.sum())
    )
    return found_of(
        q,
        "hierarchical",
        level_of > 0,
        value=value,
        bound=max(value, bound),
        in_time=found.status == 0,
        asked=float(sum(numbers)),
        met=met,
        level=level_of,
    )


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
