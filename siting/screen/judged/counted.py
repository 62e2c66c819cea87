"""One pass over the outcomes of all codes: counts, areas by rule, and what decides each code.

A table of codes may have millions of rows; nothing of its size is made here but the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from gis.cells.jit import for_few, kernel
from gis.types import I1, I4, I8, U1, Mask
from siting.rules.outcome import HIT, UNKNOWN

__all__ = [
    "areas_by_rule",
    "count_says",
    "first_hits",
    "pairs_of_rules",
    "roles_of",
    "without_each",
]

NONE, SOFT, HARD = 0, 1, 2
"""What a hit of a rule does: nothing, a condition, or taking the land."""

_PARTS = 2  # of a large table, each gone through by a thread
_FEW = 1 << 16  # codes one thread has gone through before another has begun

_ROLES = {"none": NONE, "conditional": SOFT, "taken": HARD}


def roles_of(effects: Sequence[str]) -> U1:
    """Effects of rules as numbers.

    Examples
    --------
    >>> roles_of(["taken", "none", "conditional"]).tolist()
    [2, 0, 1]
    """
    return np.array([_ROLES[e] for e in effects], dtype=np.uint8)


@kernel
def _count(outcomes: I1, role: U1, late: Mask, out: I4) -> None:
    by_code = late.shape[0] > 1
    for i in range(outcomes.shape[0]):
        k = i if by_code else 0
        for j in range(outcomes.shape[1]):
            said = outcomes[i, j]
            if role[j] == NONE:
                continue
            if said == HIT:
                out[0 if role[j] == HARD else 2, i] += 1
            elif said == UNKNOWN:
                out[3 if late[k, j] else 1, i] += 1


def count_says(outcomes: I1, role: U1, late: Mask) -> I4:
    """How many rules say taken, unknown, conditional, and wait for a layer, by code.

    Parameters
    ----------
    outcomes : (n, r) int8
    role : (r,) uint8
        See `roles_of`.
    late : (1, r) or (n, r) bool
        Rules whose unknown is that of a layer that is not there.

    Returns
    -------
    (4, n) int32

    Examples
    --------
    >>> one = np.array([[HIT, UNKNOWN, HIT]], np.int8)
    >>> count_says(one, roles_of(["taken", "taken", "none"]), np.zeros((1, 3), bool)).T.tolist()
    [[1, 1, 0, 0]]
    """
    out = np.zeros((4, len(outcomes)), dtype=np.int32)
    count = for_few(_count, outcomes.size)
    count(np.ascontiguousarray(outcomes), role, np.ascontiguousarray(late), out)
    return out


@kernel
def _areas(outcomes: I1, role: U1, quanta: I8, out: I8) -> None:
    for i in range(outcomes.shape[0]):
        q = quanta[i]
        if q == 0:
            continue
        hard = soft = 0
        last_hard = last_soft = 0
        for j in range(outcomes.shape[1]):
            said = outcomes[i, j]
            if said == UNKNOWN:
                out[3, j] += q
            elif said == HIT:
                out[0, j] += q
                if role[j] == HARD:
                    hard += 1
                    last_hard = j
                elif role[j] == SOFT:
                    soft += 1
                    last_soft = j
        if hard == 1:
            out[2, last_hard] += q
        if soft == 1:
            out[2, last_soft] += q
        if hard + soft == 1:
            out[1, last_hard if hard else last_soft] += q


def areas_by_rule(outcomes: I1, role: U1, quanta: I8) -> I8:
    """Quanta each rule hits; that no other rule, or none of the same role, hits; unknown.

    Returns
    -------
    (4, r) int

    Examples
    --------
    >>> said = np.array([[0, 0], [HIT, HIT], [HIT, UNKNOWN]], np.int8)
    >>> areas_by_rule(said, roles_of(["taken", "conditional"]), np.array([0, 5, 3])).tolist()
    [[8, 5], [3, 0], [8, 5], [0, 3]]
    """
    out = np.zeros((4, outcomes.shape[1]), dtype=np.int64)
    _areas(np.ascontiguousarray(outcomes), role, quanta, out)
    return out


@kernel
def _pairs(outcomes: I1, quanta: I8, out: I8) -> None:
    hit = np.empty(outcomes.shape[1], np.int64)
    for i in range(outcomes.shape[0]):
        q = quanta[i]
        if q == 0:
            continue
        n = 0
        for j in range(outcomes.shape[1]):
            if outcomes[i, j] == HIT:
                hit[n] = j
                n += 1
        for a in range(n):
            for b in range(a, n):
                out[hit[a], hit[b]] += q


def pairs_of_rules(outcomes: I1, quanta: I8) -> I8:
    """Quanta two rules hit together, (r, r); on the diagonal what each hits.

    Examples
    --------
    >>> said = np.array([[HIT, HIT], [0, HIT]], np.int8)
    >>> pairs_of_rules(said, np.array([5, 3])).tolist()
    [[5, 5], [5, 8]]
    """
    out = np.zeros((outcomes.shape[1], outcomes.shape[1]), dtype=np.int64)
    _pairs(np.ascontiguousarray(outcomes), quanta, out)
    return np.asarray(np.triu(out) + np.triu(out, 1).T, dtype=np.int64)


@kernel
def _first(outcomes: I1, order: I8, quanta: I8, out: I8) -> None:
    for i in range(outcomes.shape[0]):
        for k in range(len(order)):
            if outcomes[i, order[k]] == HIT:
                out[k] += quanta[i]
                break


def first_hits(outcomes: I1, order: I8, quanta: I8) -> I8:
    """Quanta of the codes of which each rule, in an order, is the first that hits.

    Examples
    --------
    >>> said = np.array([[HIT, HIT], [0, HIT]], np.int8)
    >>> first_hits(said, np.array([1, 0]), np.array([5, 3])).tolist()
    [8, 0]
    """
    out = np.zeros(len(order), dtype=np.int64)
    _first(np.ascontiguousarray(outcomes), order, quanta, out)
    return out


@kernel
def _without(
    outcomes: I1, role: U1, late: Mask, quanta: I8, rank: I8, first: int, last: int, out: I8
) -> None:
    by_code = late.shape[0] > 1
    for i in range(first, last):
        q = quanta[i]
        if q == 0:
            continue
        k = i if by_code else 0
        hard = open_ = waiting = soft = 0
        by_hard = by_open = by_waiting = by_soft = 0
        for j in range(outcomes.shape[1]):
            said = outcomes[i, j]
            if role[j] == NONE:
                continue
            if said == HIT:
                if role[j] == HARD:
                    hard += 1
                    by_hard = j
                    if hard == 2:  # no rule by itself frees it
                        break
                else:
                    soft += 1
                    by_soft = j
            elif said == UNKNOWN:
                if late[k, j]:
                    waiting += 1
                    by_waiting = j
                else:
                    open_ += 1
                    by_open = j
        # the first that says anything is the state, and by one rule alone; the next one is
        # what it would be
        if hard:
            n, by, state = hard, by_hard, 0
        elif open_:
            n, by, state = open_, by_open, 1
        elif waiting:
            n, by, state = waiting, by_waiting, 2
        else:
            n, by, state = soft, by_soft, 3
        if n != 1:
            continue
        would = 4
        if state < 3 and soft:
            would = 3
        if state < 2 and waiting:
            would = 2
        if state < 1 and open_:
            would = 1
        out[by, rank[state]] -= q
        out[by, rank[would]] += q


def without_each(
    outcomes: I1, role: U1, late: Mask, quanta: I8, rank: Sequence[int], n_states: int
) -> I8:
    """Change of quanta by state when each rule is dropped.

    Land changes its state only without the one rule that decides it: the only one that says
    what the state is called after.

    Parameters
    ----------
    outcomes, role, late
        See `count_says`.
    quanta : (n,) int
    rank : sequence of 5 int
        Number of the state that taken, unknown, waiting, conditional and no rule at all make.
    n_states : int

    Returns
    -------
    (r, n_states) int

    Examples
    --------
    >>> said = np.array([[HIT, HIT], [HIT, 0], [0, 0]], np.int8)
    >>> role, late = roles_of(["taken", "conditional"]), np.zeros((1, 2), bool)
    >>> without_each(said, role, late, np.array([5, 3, 1]), (3, 4, 5, 2, 1), 6).tolist()
    [[0, 3, 5, -8, 0, 0], [0, 0, 0, 0, 0, 0]]
    """
    table, waits = np.ascontiguousarray(outcomes), np.ascontiguousarray(late)
    ranks = np.array(rank, dtype=np.int64)
    edges = np.linspace(0, len(table), _PARTS + 1).astype(int).tolist()

    def some(first: int, last: int) -> I8:
        out = np.zeros((table.shape[1], n_states), dtype=np.int64)
        _without(table, role, waits, quanta, ranks, first, last, out)
        return out

    if len(table) < _FEW:
        return some(0, len(table))
    with ThreadPoolExecutor(_PARTS) as pool:
        # whole numbers: their order is of no account
        return np.asarray(sum(pool.map(some, edges[:-1], edges[1:])), dtype=np.int64)
