"""Coverage: the fewest places, the most weight within a limit, and twice.

References
----------
Toregas et al. 1971, Oper. Res. 19: 1363 (all covered). Church and ReVelle 1974, Papers Reg.
Sci. Assoc. 32: 101 (most covered). Hogan and ReVelle 1986, Manage. Sci. 32: 1434 (backup).
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gis.types import F8
from siting.facilities.median import median
from siting.facilities.question import Found, Mask, Question, found_of, within
from siting.programme import Rows, solved

__all__ = ["all_covered", "backed_up", "most_covered"]

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
        none = found_of(
            q,
            "backup",
            first.opened,
            value=0.0,
            bound=0.0,
            in_time=first.in_time,
            limit=limit,
            asked=float("nan") if number is None else number,
        )
        return none, 0.0
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
    rows.add(np.zeros(k), m + at, weight, once - 1e-9 * max(1.0, once), np.inf, 1)
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
