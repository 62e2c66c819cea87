"""Places with a capacity: who is served by whom, and which places to open.

References
----------
Mulvey and Beck 1984, EJOR 18: 339 (capacitated medians). Current and Storbeck 1988, Environ.
Plan. B 15: 153 (coverage with capacities). Hitchcock 1941, J. Math. Phys. 20: 224 (transport).
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from gis.types import F8
from siting.facilities.capacities.mended import bettered, low_bound
from siting.facilities.capacities.sent import Sent, packed, sent
from siting.facilities.cover import most_covered
from siting.facilities.median import median
from siting.facilities.question import Found, Mask, Question, found_of, share_gap, within
from siting.programme import Rows, solved

__all__ = ["capacitated", "transport"]

Ints = npt.NDArray[np.intp]

_FINE = 1e-4  # an answer so near its bound is not bettered
_MOST_PAIRS = 30_000  # above it places are chosen without capacities, then demand is sent


def _pairs(q: Question, limit: float, may: Mask) -> tuple[Ints, Ints]:
    near = within(q.cost, limit) & may[None, :] & q.asks[:, None]
    i, j = np.nonzero(near)
    return i, j


def _programme(
    q: Question, i: Ints, j: Ints, number: float, *, whole: bool
) -> tuple[Rows, Any, F8]:
    """Columns: share of demand i from place j of each pair, then whether places are open."""
    from scipy.optimize import Bounds

    room = np.zeros(len(q.state)) if q.capacity is None else q.capacity
    k, m, n = len(i), len(q.state), len(q.weight)
    rows = Rows(k + m)
    at = np.arange(k)
    rows.add(i, at, 1.0, -np.inf, 1.0, n)
    size = np.minimum(room, q.weight.sum())  # more than all demand says nothing
    rows.add(
        np.concatenate([j, np.arange(m)]),
        np.concatenate([at, k + np.arange(m)]),
        np.concatenate([q.weight[i], -size]),
        -np.inf,
        0.0,
        m,
    )
    rows.add(
        np.tile(at, 2),
        np.concatenate([at, k + j]),
        np.repeat([1.0, -1.0], k),
        -np.inf,
        0.0,
        k,
    )
    new = np.flatnonzero(~q.standing)
    most = max(number, float(q.price[q.state == 2].sum()))
    rows.add(np.zeros(len(new)), k + new, q.price[new], -np.inf, most, 1)
    low, high = np.zeros(k + m), np.ones(k + m)
    low[k:] = q.fixed
    high[k:] = q.allowed
    kind = np.zeros(k + m)
    kind[:k] = whole
    kind[k:] = 1
    return rows, Bounds(low, high), kind


def _flow(q: Question, i: Ints, j: Ints, share: F8) -> F8:
    out = np.zeros(q.cost.shape)
    out[i, j] = np.where(share > 1e-7, share, 0.0) * q.weight[i]
    return out


def _two_stages(
    q: Question, limit: float, number: float, *, whole: bool, cheap: bool, limit_s: float
) -> tuple[Mask, F8, float, float, float, bool] | None:
    """First as much as can be served, then (`cheap`) at the least cost.

    Returns
    -------
    opened, flow, served, bound of the sought value, value, in_time
    """
    start = time.monotonic()
    i, j = _pairs(q, limit, q.allowed)
    k, m = len(i), len(q.state)
    if not k:
        return q.fixed, np.zeros(q.cost.shape), 0.0, 0.0, 0.0, True
    rows, bounds, kind = _programme(q, i, j, number, whole=whole)
    gain = np.concatenate([-q.weight[i], np.zeros(m)])
    first = solved(gain, rows, bounds, kind, limit_s / 2 if cheap else limit_s)
    if first.x is None:
        return None
    served = -float(first.fun)
    in_time, x = first.status == 0, first.x
    value = served
    bound = -float(first.mip_dual_bound if first.mip_dual_bound is not None else first.fun)
    if cheap:
        has = np.bincount(i, minlength=len(q.weight)) > 0
        if served >= float(q.weight[has].sum()) * (1 - 1e-9):  # all, to the last digit
            rows.low[0] = has.astype(float)
        else:
            rows.add(np.zeros(k), np.arange(k), q.weight[i], served * (1 - 1e-9), np.inf, 1)
        cost = np.concatenate([q.weight[i] * q.cost[i, j], np.zeros(m)])
        left = limit_s - (time.monotonic() - start)
        second = solved(cost, rows, bounds, kind, left)
        if second.x is not None:
            x = second.x
        value = float(cost @ x)
        under = second.mip_dual_bound
        bound = float(under) if under is not None else 0.0
        if second.status != 0:  # ended before its first bound: that without whole numbers holds
            loose = solved(cost, rows, bounds, np.zeros(k + m), limit_s / 4)
            bound = max(bound, float(loose.fun) if loose.status == 0 else 0.0)
        in_time = in_time and second.status == 0
    opened = np.asarray(x[k:] > 0.5)
    return opened, _flow(q, i, j, x[:k]), served, bound, value, in_time


def transport(q: Question, time_limit_s: float = 60.0, limit: float = np.inf) -> Found:
    """Demand sent to places that are all open, within their capacities, at the least cost.

    Where capacities are below demand as much as can be is served first; the rest is told by
    `Found.served`.

    Parameters
    ----------
    q : Question
        With capacities.
    time_limit_s : float
    limit : float
        Longest cost of a pair.

    Raises
    ------
    ConfigError
        Without capacities.
    """
    _needs_capacity(q)
    one = sent(q, limit, cheap=True, limit_s=time_limit_s)
    return found_of(
        q,
        "transport",
        one.opened,
        value=one.value,
        bound=min(one.bound, one.value),
        in_time=one.in_time,
        flow=one.flow,
    )


def _needs_capacity(q: Question) -> None:
    if q.capacity is None:
        raise ConfigError(
            say("siting.facilities.no_capacity"), todo=say("siting.facilities.capacity_todo")
        )


def capacitated(
    q: Question,
    number: float,
    time_limit_s: float,
    *,
    limit: float | None = None,
    whole: bool = False,
) -> Found:
    """New places that serve as much as their capacities allow.

    Parameters
    ----------
    q : Question
        With capacities.
    number : float
        New places (or budget), chosen ones among them.
    time_limit_s : float
    limit : float, optional
        With it as much weight within it as can be (coverage); without, the least sum of
        weight times cost among the ways to serve as much as can be (median).
    whole : bool
        A demand goes to one place only.

    Raises
    ------
    ConfigError
        Without capacities.
    """
    _needs_capacity(q)
    model = "capacitated_p_median" if limit is None else "capacitated_mclp"
    reach = np.inf if limit is None else limit
    start = time.monotonic()
    # without capacities first: its places, sent within capacities, are an answer, and its
    # value is a bound
    free = replace(q, capacity=None)
    plain = bool((q.price == 1).all())
    if limit is not None:
        rough = most_covered(free, number, limit, time_limit_s / 4)
    elif plain:
        rough = median(free, int(number), time_limit_s / 4)
    else:  # a median knows no prices: places that serve most, however far, are an answer
        far = float(q.cost[np.isfinite(q.cost)].max(initial=0.0))
        rough = capacitated(q, number, time_limit_s / 3, limit=far, whole=whole)
    open_only = replace(q, state=np.where(rough.opened, q.state, 3).astype(np.int8))
    first: Sent | None = None
    if whole:
        first = packed(open_only, reach, cheap=limit is None)
    elif rough.opened.any():
        first = sent(open_only, reach, cheap=limit is None, limit_s=time_limit_s / 4)
        if plain:
            until = start + 0.4 * time_limit_s
            first = bettered(q, first, reach, cheap=limit is None, until=until)
    most = min(rough.bound, _room_of_best(q, number)) if limit is not None else 0.0
    everything = float(q.weight[q.asks & q.reached].sum()) * (1 - 1e-9)
    best: tuple[Mask, F8, float, float, bool, float] | None = None
    if first is not None:
        flow, served, value, in_time = first.flow, first.served, first.value, first.in_time
        # what serves less may cost less, and a median knows no prices
        full = plain and served >= everything
        late = start + 0.75 * time_limit_s
        if limit is not None and plain and not whole:
            short = low_bound(q, int(number), first, reach, cheap=False, until=late)
            most = min(most, float(q.weight.sum()) - short)
        bound = rough.bound if full else 0.0
        if limit is None and full and not whole:
            low = low_bound(q, int(number), first, reach, cheap=True, until=late)
            bound = max(bound, low)
        bound = min(bound, value) if limit is None else max(most, value)
        best = (first.opened, flow, value, bound, in_time and rough.in_time, served)
        if in_time and (full or limit is not None) and share_gap(value, bound) <= _FINE:
            return _told(q, model, best, "bounded" if value != bound else "exact", number)
    pairs = len(_pairs(q, reach, q.allowed)[0])
    if pairs <= _MOST_PAIRS or whole or best is None:
        left = max(0.1, time_limit_s - (time.monotonic() - start))
        found = _two_stages(q, reach, number, whole=whole, cheap=limit is None, limit_s=left)
        if found is not None:
            opened, flow, served, bound, value, in_time = found
            if plain and limit is None and served >= everything:
                bound = max(bound, rough.bound)  # capacities make no way shorter
            bound = min(bound, value) if limit is None else max(value, min(bound, most))
            worse = best is not None and (
                best[2] > value if limit is not None else best[5] > served * (1 + 1e-9)
            )
            if not worse:
                one = (opened, flow, value, bound, in_time, served)
                return _told(q, model, one, "exact", number)
            if best is not None and limit is not None:
                best = (*best[:3], max(best[2], min(best[3], bound)), in_time, best[5])
        elif best is not None:  # no time for one look
            best = (*best[:4], False, best[5])
    if best is None:
        best = (rough.opened, np.zeros(q.cost.shape), 0.0, most, False, 0.0)
    return _told(q, model, best, "bounded", number)


def _told(
    q: Question,
    model: str,
    one: tuple[Mask, F8, float, float, bool, float],
    way: Literal["exact", "bounded"],
    number: float,
) -> Found:
    opened, flow, value, bound, in_time, served = one
    found = found_of(
        q,
        model,
        opened,
        value=value,
        bound=bound,
        in_time=in_time,
        way=way,
        flow=flow,
        asked=number,
    )
    everything = float(q.weight[q.asks & q.reached].sum())
    most = min(everything, _room_of_best(q, number))
    if found.gap == 0 and served >= most * (1 - 1e-9):
        return replace(found, in_time=True)  # a bound proves it, whatever the time
    if model == "capacitated_p_median" and not in_time and served < most * (1 - 1e-9):
        # it may be that more can be served: its cost is no measure of what is served now
        return replace(found, bound=0.0, gap=1.0, way="bounded")
    return found


def _room_of_best(q: Question, number: float) -> float:
    """What the largest places hold that may be open together, by their prices."""
    room = np.zeros(len(q.state)) if q.capacity is None else q.capacity
    new = np.flatnonzero(q.allowed & ~q.standing)
    order = new[np.argsort(-room[new])]
    cheap = np.sort(q.price[new]).cumsum()
    n = int((cheap <= number + 1e-9).sum())
    return float(room[q.standing].sum() + room[order[:n]].sum())
