"""Yes or no: do so few places cover all, are so many places so far apart.

A search over distances asks this again and again. Rows and columns that say nothing are left
out first; greed says yes, the programme without whole numbers says no, and only what lies
between both goes to the programme.

References
----------
Garfinkel and Nemhauser 1972, Integer Programming, ch. 8 (rows and columns that say nothing).
Elloumi, Labbe and Pochet 2004, INFORMS J. Comput. 16: 84 (bounds before whole numbers).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.cells.jit.compiled import kernel
from siting.facilities.median import interchange
from siting.facilities.question import Mask
from siting.programme import Rows, solved

__all__ = ["Asked", "Effort", "apart_at_least", "cover_with", "least_yes"]

Effort = Literal["greedy", "bound", "whole"]
# step, effort and seconds -> places, and whether it is sure
Asked = Callable[[int, Effort, float], tuple[Mask | None, bool]]
_EPS = 1e-6
_PASSES = 3
_LITTLE = 0.9  # a pass that keeps more than this is the last
_ROUGH = 16  # bounds are asked until this part of the steps is left
_EXCHANGED = 3  # starts that are mended by exchange
_FEW_ROWS = 400  # so many go to the programme at once
_WORK, _UNSAID = 100_000_000, -1  # looks at pairs, about a tenth of a second
_STARTS = 24  # greed begins so often, each time a little otherwise


def _inside(small: npt.NDArray[np.float32]) -> Mask:
    """Whether row i lies within row j, of rows of 0 and 1; of equal rows the first stays."""
    common = small @ small.T
    size = small.sum(axis=1)
    within = common >= size[:, None] - 0.5
    equal = within & within.T
    within &= ~(equal & np.tri(len(small), dtype=bool).T)
    np.fill_diagonal(within, val=False)
    return np.asarray(within)


def _reduced(near: Mask) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns that still say something."""
    rows, columns = np.arange(near.shape[0]), np.arange(near.shape[1])
    for _ in range(_PASSES):
        part = near[np.ix_(rows, columns)].astype(np.float32)
        # a row that holds another one is met with it
        keep = ~_inside(part).any(axis=0)
        part = part[keep]
        # a column within another one is never better
        own = ~_inside(np.ascontiguousarray(part.T)).any(axis=1)
        rows, columns = rows[keep], columns[own]
        if keep.mean() > _LITTLE and own.mean() > _LITTLE:
            break
    return rows, columns


def _greedy(near: Mask, number: int) -> Mask | None:
    """The place that covers most of what is rare, again and again, then exchanged.

    Begins several times, each a little otherwise by chance.
    """
    rng = np.random.default_rng(0)
    for k in range(_STARTS):
        opened = np.zeros(near.shape[1], dtype=bool)
        rare = 1.0 / near.sum(axis=1) * (1.0 if k == 0 else rng.uniform(0.5, 1.5, len(near)))
        left = rare.copy()
        while left.any() and opened.sum() < number:
            j = int(np.argmax(left @ near))
            opened[j] = True
            left[near[:, j]] = 0.0
        if left.any() and k < _EXCHANGED and 0 < opened.sum() < len(opened):
            far = (~near).astype(float)
            opened, _ = interchange(far, np.zeros(len(opened), bool), opened, np.inf)
            left = (~near[:, opened].any(axis=1)).astype(float)
        if not left.any():
            return opened
    return None


def _strangers(near: Mask) -> npt.NDArray[np.intp]:
    """Rows of which no two have a place together: each needs one of its own."""
    may = np.ones(len(near), dtype=bool)
    size, own = near.sum(axis=1), []
    while may.any():
        i = int(np.argmin(np.where(may, size, np.iinfo(size.dtype).max)))
        may &= ~near[:, near[i]].any(axis=1)
        own.append(i)
    return np.array(own, np.intp)


def cover_with(
    near: Mask, fixed: Mask, allowed: Mask, number: int, effort: Effort, limit_s: float
) -> tuple[Mask | None, bool]:
    """Whether `number` places besides the fixed ones cover every row.

    Parameters
    ----------
    near : (n, m) bool
        Which place covers which row.
    fixed, allowed : (m,) bool
        Open anyway, and open or to be opened.
    number : int
    effort : {"greedy", "bound", "whole"}
        Greed can only say yes, the bound only no, whole numbers say either.
    limit_s : float

    Returns
    -------
    (m,) bool or None, and bool
        Open places, and whether the answer is sure; None and True is a no.

    Examples
    --------
    >>> near = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]], bool)
    >>> none, all_of = np.zeros(3, bool), np.ones(3, bool)
    >>> cover_with(near, none, all_of, 1, "whole", 1.0)
    (None, True)
    >>> cover_with(near, none, all_of, 2, "whole", 1.0)[1]
    True
    """
    opened = fixed.copy()
    left = near[~near[:, fixed].any(axis=1)]
    columns = np.flatnonzero(allowed & ~fixed)
    left = left[:, columns]
    if not left.any(axis=1).all() or (len(left) and number <= 0):
        return None, True
    if not len(left):
        return opened, True
    if effort == "greedy":
        found = _greedy(left, number)
        if found is None:
            return None, False
        opened[columns[found]] = True
        return opened, True
    some = _strangers(left)
    if len(some) > number:
        return None, True
    if effort == "bound":
        return None, _too_few(left, number, limit_s)
    own, sure = _covering(left, some, number, limit_s)
    if own is None:
        return None, sure
    opened[columns[own]] = True
    return opened, True


def _covering(
    near: Mask, some: npt.NDArray[np.intp], number: int, limit_s: float
) -> tuple[npt.NDArray[np.intp] | None, bool]:
    """Whether so few columns cover all rows: asked of some rows, then of those it missed too.

    References
    ----------
    Chen and Chen 2009, Comput. Oper. Res. 36: 1646 (p-center by a relaxation to some demand).
    """
    until = time.monotonic() + limit_s
    if len(near) <= _FEW_ROWS:
        some = np.arange(len(near))
    # of columns that cover the same of some rows the first stays: the one that covers most
    order = np.argsort(-near.sum(axis=0), kind="stable")
    while True:
        part = near[np.ix_(some, order)]
        r, c = _reduced(part)
        part = part[np.ix_(r, c)]
        rows, m = Rows(len(c)), len(c)
        i, j = np.nonzero(part)
        rows.add(i, j, 1.0, 1.0, np.inf, len(part))
        rows.add(np.zeros(m), np.arange(m), 1.0, -np.inf, number, 1)
        left_s = until - time.monotonic()
        if left_s <= 0:
            return None, False
        answer = solved(np.zeros(m), rows, _unit(m), np.ones(m), left_s)
        if answer.x is None:
            return None, answer.status == 2
        own = order[c[answer.x > 0.5]]
        bare = np.flatnonzero(~near[:, own].any(axis=1))
        if not len(bare):
            return own, True
        more = bare[_strangers(near[bare])]
        some = np.concatenate([some, more])


def _too_few(near: Mask, number: int, limit_s: float) -> bool:
    """Whether a programme without whole numbers says that so few columns do not cover all."""
    r, c = _reduced(near)
    m = len(c)
    rows = Rows(m)
    i, j = np.nonzero(near[np.ix_(r, c)])
    rows.add(i, j, 1.0, 1.0, np.inf, len(r))
    answer = solved(np.ones(m), rows, _unit(m), np.zeros(m), limit_s)
    return bool(answer.status == 0 and answer.fun > number + _EPS)


def _unit(m: int) -> Any:  # noqa: ANN401 - of scipy
    from scipy.optimize import Bounds

    return Bounds(np.zeros(m), np.ones(m))


def _crowds(near: Mask) -> int:
    """Sets of places all too near one another that hold every place: one of each at most."""
    left, n = np.ones(len(near), dtype=bool), 0
    degree = near.sum(axis=1)
    while left.any():
        may, n = left.copy(), n + 1
        while may.any():
            k = int(np.argmax(np.where(may, degree, -1)))
            left[k] = False
            may &= near[k]
    return n


def _cliques(near: Mask) -> list[npt.NDArray[np.intp]]:
    """Sets of places all too near one another, so that every such pair is in one of them."""
    left = near.copy()
    degree = near.sum(axis=1)
    out: list[npt.NDArray[np.intp]] = []
    for i in np.argsort(-degree, kind="stable").tolist():
        while left[i].any():
            own, may = [i], near[i].copy()
            new = left[i] & may
            while may.any():
                # pairs no set has yet come first, then the place that has most near it
                k = int(np.argmax(np.where(may, degree + len(near) * new, -1)))
                own.append(k)
                may &= near[k]
                new &= may
            clique = np.array(own, np.intp)
            left[np.ix_(clique, clique)] = False
            out.append(clique)
    return out


def apart_at_least(
    near: Mask, fixed: Mask, allowed: Mask, number: int, effort: Effort, limit_s: float
) -> tuple[Mask | None, bool]:
    """Whether `number` places besides the fixed ones are there with no near pair.

    Parameters
    ----------
    near : (m, m) bool
        Pairs that are too near one another.
    fixed, allowed, number, effort, limit_s
        As `cover_with`.

    Returns
    -------
    (m,) bool or None, and bool
        As `cover_with`.

    Examples
    --------
    >>> line = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) < 2
    >>> none, all_of = np.zeros(5, bool), np.ones(5, bool)
    >>> found, sure = apart_at_least(line, none, all_of, 3, "whole", 1.0)
    >>> np.flatnonzero(found).tolist(), apart_at_least(line, none, all_of, 4, "whole", 1.0)
    ([0, 2, 4], (None, True))
    """
    near = near & ~np.eye(len(near), dtype=bool)
    if near[np.ix_(fixed, fixed)].any():
        return None, True
    may = np.flatnonzero(allowed & ~fixed & ~near[:, fixed].any(axis=1))
    opened = fixed.copy()
    if len(may) < number:
        return None, True
    part = near[np.ix_(may, may)]
    if effort == "greedy":
        found = _independent(part, number)
        if found is None:
            return None, False
        opened[may[found]] = True
        return opened, True
    if _crowds(part) < number:
        return None, True
    if effort == "whole":
        own = np.zeros(number, np.intp)
        said = _looked_through(part, own, _WORK)
        if said != _UNSAID:
            opened[may[own]] = said == 1
            return (opened, True) if said == 1 else (None, True)
    m = len(may)
    rows = Rows(m)
    none = np.zeros(m)
    for clique in _cliques(part):
        rows.add(np.zeros(len(clique)), clique, 1.0, -np.inf, 1.0, 1)
    if not rows.rows:
        rows.add(np.zeros(m), np.arange(m), 1.0, -np.inf, m, 1)
    if effort == "bound":
        answer = solved(none - 1.0, rows, _unit(m), none, limit_s)
        return None, bool(answer.status == 0 and -answer.fun < number - _EPS)
    rows.add(np.zeros(m), np.arange(m), 1.0, number, np.inf, 1)
    answer = solved(none, rows, _unit(m), none + 1.0, limit_s)
    if answer.x is None:
        return None, answer.status == 2
    opened[may[answer.x > 0.5]] = True
    return opened, True


@kernel
def _looked_through(near: Mask, own: npt.NDArray[np.intp], work: int) -> int:
    """Whether as many places as `own` holds are there with no near pair: 1, 0, or -1 unsaid.

    Place by place, as long as sets of places all near one another do not say that too few are
    left. A place found is put into `own`.
    """
    m, p = len(near), len(own)
    cand = np.zeros((p + 1, m), np.intp)
    bound = np.zeros((p + 1, m), np.intp)
    n, at = np.zeros(p + 1, np.intp), np.zeros(p + 1, np.intp)
    fresh = np.arange(m)
    left, depth, size = np.zeros(m, np.intp), 0, m
    new = True
    while depth >= 0:
        if new:  # sets of places all near one another, one after another
            k, done = 0, 0
            taken = np.zeros(size, np.bool_)
            while done < size:
                k += 1
                first = done
                for i in range(size):
                    if taken[i]:
                        continue
                    all_near = True
                    for j in range(first, done):
                        work -= 1
                        if not near[fresh[i], cand[depth, j]]:
                            all_near = False
                            break
                    work -= 1
                    if all_near:
                        taken[i] = True
                        cand[depth, done] = fresh[i]
                        bound[depth, done] = k
                        done += 1
            n[depth] = size
            at[depth] = size - 1
            new = False
        if work < 0:
            return -1
        i = at[depth]
        if i < 0 or depth + bound[depth, i] < p:
            depth -= 1
            continue
        at[depth] = i - 1
        v = cand[depth, i]
        own[depth] = v
        if depth + 1 == p:
            return 1
        size = 0
        for j in range(i):
            if not near[v, cand[depth, j]]:
                left[size] = cand[depth, j]
                size += 1
        if depth + 1 + size < p:
            continue
        fresh = left[:size].copy()
        depth += 1
        new = True
    return 0


def _independent(near: Mask, number: int) -> npt.NDArray[np.intp] | None:
    """Places of the fewest near ones left, one after another; some starts by chance."""
    rng = np.random.default_rng(0)
    for start in range(_STARTS):
        may = np.ones(len(near), dtype=bool)
        own: list[int] = []
        count = near.sum(axis=1).astype(float)
        if start:
            count += rng.uniform(0.0, 0.3 * count.mean() + 1.0, len(count))
        while may.any() and len(own) < number:
            j = int(np.argmin(np.where(may, count, np.inf)))
            own.append(j)
            gone = may & near[j]
            gone[j] = True
            count -= near[:, gone].sum(axis=1)
            may &= ~gone
        if len(own) >= number:
            return np.array(own, np.intp)
    return None


def least_yes(low: int, high: int, asked: Asked, until: float) -> tuple[Mask | None, int, int]:
    """The least step that is a yes, by halves: by bounds, by greed, then for certain.

    Parameters
    ----------
    low, high : int
        No step below `low` is a yes; `high` is one, or there is none below it.
    asked : callable
        Step, effort and seconds -> places and whether it is sure, as `cover_with`.
    until : float
        `time.monotonic` at which to stop.

    Returns
    -------
    (m,) bool or None, int, int
        Places of the best step found (None where `high` stayed), the step no answer is below,
        and the best one; both are the same where all was asked in time.
    """
    best: Mask | None = None
    first, last = low, high
    while first < last and time.monotonic() < until:
        mid = (first + last) // 2
        found, _ = asked(mid, "greedy", 0.0)
        if found is None:
            first = mid + 1
        else:
            best, last = found, mid
    high = last
    while last - low > (high - low) // _ROUGH and time.monotonic() < until:
        mid = (low + last) // 2
        if asked(mid, "bound", until - time.monotonic())[1]:
            low = mid + 1
        else:
            last = mid
    # the answer is often where the bound or greed ends: look there first
    ends = [high - 1, low]
    while low < high and time.monotonic() < until:
        mid = min(max(ends.pop(0), low), high - 1) if ends else (low + high) // 2
        found, sure = asked(mid, "whole", until - time.monotonic())
        if found is not None:
            best, high = found, mid
        elif sure:
            low = mid + 1
        else:
            break
    return best, low, high
