"""Demand sent to places that are all open."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from gis.types import F8
from siting.facilities.question import Mask, Question, within

__all__ = ["Sent", "sent"]

_FIRST = 6  # nearest places of a demand with which a transport begins
_MORE = 4  # places of a demand that come in at once


@dataclass(frozen=True)
class Sent:
    """Who is sent where.

    Attributes
    ----------
    opened : (m,) bool
    flow : (n, m) float64
    served : float
    bound, value : float
        Of what is sought: cost, or weight that is served.
    in_time : bool
    """

    opened: Mask
    flow: F8
    served: float
    bound: float
    value: float
    in_time: bool


def sent(q: Question, limit: float, *, cheap: bool, limit_s: float) -> Sent:
    """Demand to places that are all open: as much as can be, then (`cheap`) at the least cost.

    One linear programme: what is not sent costs more than any chain of ways. It begins with
    the nearest places of each demand; others come in as long as prices say that one is better.

    Parameters
    ----------
    q : Question
        Its allowed places are open.
    limit : float
        Longest way.
    cheap : bool
        Whether cost is sought, or only what is served.
    limit_s : float

    References
    ----------
    Ford and Fulkerson 1958, Manage. Sci. 5: 97 (columns as they are needed).
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    until = time.monotonic() + limit_s
    near = within(q.cost, limit) & q.allowed[None, :] & q.asks[:, None]
    rows, places = np.flatnonzero(near.any(axis=1)), np.flatnonzero(q.allowed)
    flow = np.zeros(q.cost.shape)
    if not len(rows):
        return Sent(q.allowed, flow, 0.0, 0.0, 0.0, True)
    way = np.where(near, q.cost, np.inf)[np.ix_(rows, places)]
    weight, room = q.weight[rows], np.zeros(len(places))
    if q.capacity is not None:
        room = np.minimum(q.capacity[places], weight.sum())
    n, m = way.shape
    dear = float(way[np.isfinite(way)].max()) * (min(n, m) + 1.0) + 1.0
    price = way if cheap else np.where(np.isfinite(way), 0.0, np.inf)
    order = np.argsort(way, axis=1, kind="stable")[:, : min(_FIRST, m)]
    use = np.zeros((n, m), dtype=bool)
    np.put_along_axis(use, order, np.take_along_axis(np.isfinite(way), order, axis=1), axis=1)
    while True:
        i, j = np.nonzero(use)
        k = len(i)
        cost = np.concatenate([price[i, j], np.full(n, dear)])
        ones, every = np.ones(k), np.arange(k)
        whole = csr_array(
            (np.ones(k + n), (np.append(i, np.arange(n)), np.arange(k + n))), shape=(n, k + n)
        )
        held = csr_array((ones, (j, every)), shape=(m, k + n))
        left = until - time.monotonic()
        found = linprog(
            cost,
            A_ub=held,
            b_ub=room,
            A_eq=whole,
            b_eq=weight,
            method="highs",
            options={"time_limit": max(left, 0.05)},
        )
        if found.x is None or found.status != 0:
            value = float((flow * _or_0(q)).sum()) if cheap else float(flow.sum())
            low = 0.0 if cheap else float(weight.sum())
            return Sent(q.allowed, flow, float(flow.sum()), low, value, False)
        flow[np.ix_(rows, places)] = 0.0
        flow[rows[i], places[j]] = np.where(found.x[:k] > 1e-9 * weight[i], found.x[:k], 0.0)
        y, z = found.eqlin.marginals, found.ineqlin.marginals
        less = price - y[:, None] - z[None, :]
        less[use] = 0.0
        worse = less < -1e-9 * max(1.0, float(np.abs(y).max()))
        done = not worse.any()
        if done or time.monotonic() > until:
            break
        few = np.argsort(less, axis=1, kind="stable")[:, : min(_MORE, m)]
        np.put_along_axis(
            use,
            few,
            np.take_along_axis(use, few, axis=1) | np.take_along_axis(worse, few, axis=1),
            axis=1,
        )
    served = float(flow.sum())
    value = float((flow * _or_0(q)).sum()) if cheap else served
    # what prices say may be gained yet
    short = 0.0 if done else -float(weight @ np.minimum(less.min(axis=1), 0.0))
    bound = max(value - short, 0.0) if cheap else min(value + short, float(weight.sum()))
    return Sent(q.allowed, flow, served, bound, value, done)


def _or_0(q: Question) -> F8:
    return np.where(np.isfinite(q.cost), q.cost, 0.0)
