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
from siting.facilities.capacities.mended import mended
from siting.facilities.capacities.sent import Sent, sent
from siting.facilities.cover import most_covered
from siting.facilities.median import median
from siting.facilities.question import (
    FORBIDDEN,
    Found,
    Mask,
    Question,
    ask,
    found_of,
    share_gap,
    within,
)
from siting.programme import Rows, solved

__all__ = ["capacitated", "transport"]

Ints = npt.NDArray[np.intp]

_FINE = 1e-4  # an answer so near its bound is not bettered
_MOST_PAIRS = 15_000  # more are no programme: it looks at its clock too seldom
_OF_TIME = 0.8  # the share of what is left a programme is given
_LEAST_S = 0.1  # with less time none is asked
_INFEASIBLE = 2  # scipy.optimize.milp
_LAST_DIGITS = 1e-6  # of what is served, that a programme may not find again


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


def _over(q: Question, flow: F8) -> F8:
    """How many times its room each place is given; 1 where it has room for that."""
    room = np.zeros(len(q.state)) if q.capacity is None else q.capacity
    load = flow.sum(axis=0)
    more = load > room * (1 + 1e-9)
    return np.asarray(np.divide(load, room, out=np.ones(len(room)), where=more & (room > 0)))


def _two_stages(
    q: Question,
    limit: float,
    number: float,
    *,
    whole: bool,
    cheap: bool,
    all_served: bool,
    limit_s: float,
) -> Sent | None:
    """First as much as can be served, then (`cheap`) at the least cost, by the programme.

    Where it is known that all can be (`all_served`) nothing is asked first. None where time
    ended without an answer.
    """
    until = time.monotonic() + limit_s
    i, j = _pairs(q, limit, q.allowed)
    k, m = len(i), len(q.state)
    rows, bounds, kind = _programme(q, i, j, number, whole=whole)
    x: F8 | None = None
    has = np.bincount(i, minlength=len(q.weight)) > 0
    in_time, bound, served = True, 0.0, float(q.weight[has].sum())
    if not (cheap and all_served):
        gain = np.concatenate([-q.weight[i], np.zeros(m)])
        first = solved(gain, rows, bounds, kind, limit_s / 3 if cheap else limit_s)
        if first.x is None:
            return None
        in_time, x, served = first.status == 0, first.x, -float(first.fun)
        under = first.mip_dual_bound
        bound = -float(under if under is not None else first.fun)
    if cheap:
        if served >= float(q.weight[has].sum()) * (1 - 1e-9):  # all, to the last digit
            rows.low[0] = has.astype(float)
        else:
            rows.add(np.zeros(k), np.arange(k), q.weight[i], served * (1 - 1e-9), np.inf, 1)
        cost = np.concatenate([q.weight[i] * q.cost[i, j], np.zeros(m)])
        left = (until - time.monotonic()) * _OF_TIME
        second = None if left < _LEAST_S else solved(cost, rows, bounds, kind, left)
        if second is not None and second.status == _INFEASIBLE:
            # the last digits of what was served are those of its largest weight
            rows.low[-1] = rows.low[-1] * (1 - _LAST_DIGITS)
            second = solved(cost, rows, bounds, kind, left)
        in_time = in_time and second is not None and second.status == 0
        bound = 0.0
        if second is not None:
            x = x if second.x is None else second.x
            bound = float(second.mip_dual_bound or 0.0)
        left = until - time.monotonic()
        if not in_time and left >= _LEAST_S:  # without whole numbers, where it saw no bound
            loose = solved(cost, rows, bounds, np.zeros(k + m), left)
            bound = max(bound, float(loose.fun) if loose.status == 0 else 0.0)
    if x is None:
        return None
    share = np.round(x[:k]) if whole else x[:k]
    opened, flow = np.asarray(x[k:] > 0.5), _flow(q, i, j, share)
    over = _over(q, flow)
    if not whole:  # the last digits of the programme are of the largest place
        flow /= over
    elif (over > 1).any():
        return None
    return replace(_valued(q, opened, flow, cheap=cheap), bound=bound, in_time=in_time)


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
    _kernels_read(whole=whole)
    until = time.monotonic() + time_limit_s
    model = "capacitated_p_median" if limit is None else "capacitated_mclp"
    cheap, reach = limit is None, np.inf if limit is None else limit
    # without capacities first: its places are a start, and its value is a bound
    free = replace(q, capacity=None)
    rough: Found | None = None
    if limit is not None:
        rough = most_covered(free, number, limit, time_limit_s / 4)
    elif (q.price == 1).all():
        rough = median(free, int(number), time_limit_s / 4)
    start = q.fixed if rough is None else rough.opened
    few = len(_pairs(q, reach, q.allowed)[0]) <= _MOST_PAIRS
    # where the programme is asked too it has the larger part of the time
    late = until - 0.5 * time_limit_s if few else until
    one = mended(q, number, start, reach, cheap=cheap, whole=whole, until=late)
    best = _valued(q, one.opened, one.flow, cheap=cheap)
    everything = float(q.weight[within(q.cost, reach)[:, q.allowed].any(axis=1)].sum())
    most = min(everything, _room_of_best(q, number))
    full = best.served >= most * (1 - 1e-9)
    all_served = best.served >= everything * (1 - 1e-9)
    if cheap:
        bound = max(one.low - one.dear * (everything - best.served), 0.0) if full else 0.0
        # capacities make no way shorter; what serves less may cost less
        if rough is not None and all_served:
            bound = max(bound, rough.bound)
        bound = min(bound, best.value)
    else:
        bound = min(everything - one.low, most, np.inf if rough is None else rough.bound)
        bound = max(bound, best.value)
    # of a median more served goes before any cost: that no more can be is not proven yet
    sure = time.monotonic() < until and (full or not cheap)
    best = replace(best, bound=bound, in_time=sure)
    may = one.may if all_served or not cheap else q.allowed
    core = replace(q, state=np.where(may, q.state, FORBIDDEN).astype(np.int8))
    few = 0 < len(_pairs(core, reach, core.allowed)[0]) <= _MOST_PAIRS
    if not few or (full and share_gap(best.value, bound) <= _FINE):
        return _told(q, model, best, "bounded" if best.value != bound else "exact", number)
    left = _OF_TIME * (until - time.monotonic())
    other = None
    if left >= _LEAST_S:
        other = _two_stages(
            core,
            reach,
            number,
            whole=whole,
            cheap=cheap,
            all_served=all_served,
            limit_s=left,
        )
    if other is None:  # no time for one look
        return _told(q, model, replace(best, in_time=False), "bounded", number)
    low = other.bound
    if not _ahead(other, best, cheap=cheap):
        low = best.value if other.in_time else low  # no other places have a better answer
        other = replace(best, in_time=other.in_time)
    low = min(max(bound, low), other.value) if cheap else max(min(bound, low), other.value)
    return _told(q, model, replace(other, bound=low), "exact", number)


def _kernels_read(*, whole: bool) -> None:
    """One demand of two places: kernels are read, the first time compiled, off the clock."""
    one = ask([[1.0, 2.0]], [1.0], capacity=[1.0, 1.0])
    first, until = np.array([False, True]), time.monotonic() + 1.0
    mended(one, 1, first, np.inf, cheap=True, whole=whole, until=until)


def _valued(q: Question, opened: Mask, flow: F8, *, cheap: bool) -> Sent:
    """A flow with what it serves and costs; of no bound yet."""
    served = float(flow.sum())
    way = np.where(np.isfinite(q.cost), q.cost, 0.0)
    value = float((flow * way).sum()) if cheap else served
    return Sent(opened, flow, served, 0.0 if cheap else np.inf, value, False)


def _ahead(one: Sent, two: Sent, *, cheap: bool) -> bool:
    """Whether the first serves more, or as much at less cost."""
    room = 1e-9 * max(1.0, two.served)
    if abs(one.served - two.served) > room or not cheap:
        return one.served > two.served + room
    return one.value < two.value


def _told(
    q: Question, model: str, one: Sent, way: Literal["exact", "bounded"], number: float
) -> Found:
    found = found_of(
        q,
        model,
        one.opened,
        value=one.value,
        bound=one.bound,
        in_time=one.in_time,
        way=way,
        flow=one.flow,
        asked=number,
    )
    everything = float(q.weight[q.asks & q.reached].sum())
    most = min(everything, _room_of_best(q, number))
    if found.gap == 0 and one.served >= most * (1 - 1e-9):
        return replace(found, in_time=True)  # a bound proves it, whatever the time
    if model == "capacitated_p_median" and not one.in_time and one.served < most * (1 - 1e-9):
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
