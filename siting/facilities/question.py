"""The question of where to build, in arrays, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import listed, say
from gis.types import F8

__all__ = [
    "CHOSEN",
    "FORBIDDEN",
    "MODELS",
    "NEEDS_LIMIT",
    "NEEDS_NUMBER",
    "NO_LIMIT",
    "Found",
    "Mask",
    "Model",
    "Question",
    "ask",
    "found_of",
    "share_gap",
    "within",
    "within_ways",
]

Model = Literal[
    "lscp",
    "mclp",
    "p_median",
    "p_center",
    "capacitated_p_median",
    "capacitated_mclp",
    "hierarchical",
    "transport",
    "p_dispersion",
    "backup",
]
MODELS: tuple[Model, ...] = get_args(Model)
NEEDS_LIMIT = frozenset({"lscp", "mclp", "capacitated_mclp", "hierarchical", "backup"})
SERVES = frozenset({"mclp", "capacitated_mclp", "hierarchical", "backup"})  # weight is sought
NO_LIMIT = frozenset({"p_center", "p_dispersion"})  # they seek a distance themselves
WHOLE = frozenset({"capacitated_p_median", "capacitated_mclp", "transport"})  # undivided
NEEDS_NUMBER = frozenset(MODELS) - {"lscp", "transport", "backup"}

Mask = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]

FREE, STANDS, CHOSEN, FORBIDDEN = 0, 1, 2, 3
_LAST_DIGITS = 1e-9


@dataclass(frozen=True)
class Question:
    """Demand, places for facilities, and what it takes from one to the other.

    Attributes
    ----------
    cost : (n, m) float64
        Minutes, metres or yuan from demand (row) to place (column); infinite where no way
        leads.
    weight : (n,) float64
        Of each demand; 0 asks for nothing.
    state : (m,) int8
        0 free, 1 stands already (open, does not count as new), 2 chosen beforehand (open,
        counts), 3 forbidden.
    price : (m,) float64
        Of opening a place; 1 where a number of places is asked.
    capacity : (m,) float64 or None
        Weight a place serves.
    """

    cost: F8
    weight: F8
    state: npt.NDArray[np.int8]
    price: F8
    capacity: F8 | None = None

    @property
    def fixed(self) -> Mask:
        """Places that are open whatever is chosen."""
        return np.asarray((self.state == STANDS) | (self.state == CHOSEN))

    @property
    def allowed(self) -> Mask:
        """Places that are open or may be opened."""
        return np.asarray(self.state != FORBIDDEN)

    @property
    def standing(self) -> Mask:
        """Places that stand already."""
        return np.asarray(self.state == STANDS)

    @property
    def asks(self) -> Mask:
        """Demand that weighs something."""
        return np.asarray(self.weight > 0)

    @property
    def reached(self) -> Mask:
        """Demand from which a way leads to an allowed place."""
        return np.asarray(np.isfinite(self.cost[:, self.allowed]).any(axis=1))


def _marked(marks: Sequence[int] | npt.ArrayLike, m: int, where: str) -> Mask:
    """Places named by number or by a row of yes and no."""
    given = np.asarray(marks)
    if given.dtype == bool and given.shape == (m,):
        return given
    out = np.zeros(m, dtype=bool)
    if given.size:
        if given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= m:
            raise ConfigError(
                say("siting.facilities.no_such_place"),
                where=where,
                got=str(given.tolist()[:8]),
                expected=f"0..{m - 1}",
            )
        out[given] = True
    return out


def ask(
    cost: npt.ArrayLike,
    weight: npt.ArrayLike,
    *,
    existing: npt.ArrayLike = (),
    preselected: npt.ArrayLike = (),
    forbidden: npt.ArrayLike = (),
    price: npt.ArrayLike | None = None,
    capacity: npt.ArrayLike | None = None,
) -> Question:
    """A question with every fault of its arrays told at once.

    Parameters
    ----------
    cost : (n, m) array_like
        From demand to places; infinite where no way leads.
    weight : (n,) array_like
        Of demand; not negative.
    existing, preselected, forbidden : array_like
        Numbers of places, or a row of yes and no each.
    price : (m,) array_like, optional
        Of a place; positive. With it a number of places is a budget.
    capacity : (m,) array_like, optional
        Weight a place serves.

    Raises
    ------
    DataError
        For a cost that is negative or no number, weights that are, lengths that differ.
    ConfigError
        For a place that does not exist or is both open and forbidden.

    Examples
    --------
    >>> q = ask([[1.0, 4.0], [np.inf, 2.0]], [3.0, 0.0], forbidden=[0])
    >>> q.reached.tolist(), q.asks.tolist()
    ([True, True], [True, False])
    """
    d = np.array(cost, float, ndmin=2)
    w = np.array(weight, float, ndmin=1)
    n, m = d.shape
    faults = []
    if w.shape != (n,):
        faults.append(
            Fault(
                say("siting.facilities.lengths_differ"),
                where="weight",
                got=f"{len(w)}",
                expected=f"{n}",
            )
        )
    if np.isnan(d).any() or (d < 0).any():
        faults.append(Fault(say("siting.facilities.cost_no_number"), where="cost"))
    if not np.isfinite(w).all() or (w < 0).any():
        bad = np.flatnonzero(~(np.isfinite(w) & (w >= 0)))
        faults.append(
            Fault(
                say("siting.facilities.weight_no_number", n=len(bad)),
                where=f"weight[{int(bad[0])}]",
                got=f"{w[bad[0]]:g}",
                todo=say("siting.facilities.weight_todo"),
            )
        )
    rows = {"price": (price, 0.0), "capacity": (capacity, -1.0)}
    kept: dict[str, F8 | None] = {}
    for name, (given, above) in rows.items():
        kept[name] = None if given is None else np.array(given, float, ndmin=1)
        row = kept[name]
        if row is not None and (
            row.shape != (m,) or np.isnan(row).any() or not (row > above).all()
        ):
            faults.append(Fault(say("siting.facilities.row_of_places", n=m), where=name))
    raise_faults(DataError, faults)
    state = np.zeros(m, np.int8)
    stands, chosen = _marked(existing, m, "existing"), _marked(preselected, m, "preselected")
    closed = _marked(forbidden, m, "forbidden")
    if (closed & (stands | chosen)).any():
        both = np.flatnonzero(closed & (stands | chosen))
        raise ConfigError(
            say("siting.facilities.open_and_forbidden"),
            where="forbidden",
            got=listed(map(str, both[:8])),
        )
    state[closed], state[chosen], state[stands] = FORBIDDEN, CHOSEN, STANDS
    own = kept["price"]
    return Question(d, w, state, np.ones(m) if own is None else own, kept["capacity"])


@dataclass(frozen=True)
class Found:
    """Which places are open, who goes where, and how far that is from the best there can be.

    Attributes
    ----------
    model : str
    opened : (m,) bool
        Open places, those that stand among them.
    to : (n,) intp
        Nearest open place of each demand; with capacities the one that serves most of it;
        -1 where none is reached.
    cost : (n,) float64
        To that place; infinite where none is reached.
    served : (n,) float64
        Share of the weight that is served: within the limit of a coverage, of a capacity, or
        reached at all.
    flow : (n, m) float64 or None
        Weight from demand to places, where capacities count.
    value, bound : float
        What was sought (weight covered, weight times cost, number of places, longest cost),
        and what it cannot be better than.
    gap : float
        Distance between both as a share; 0 is proven best.
    in_time : bool
        False where the time limit ended the search.
    way : str
        ``"exact"`` of the programme, ``"bounded"`` of a way that is mended, with a bound.
    asked, new : int or float
        New places (or budget) asked and opened.
    level : (m,) int8 or None
        Of each place of a model of levels, from 1; 0 where none is.
    """

    model: str
    opened: Mask
    to: Ints
    cost: F8
    served: F8
    flow: F8 | None
    value: float
    bound: float
    gap: float
    in_time: bool
    way: Literal["exact", "bounded"]
    asked: float
    new: float
    level: npt.NDArray[np.int8] | None = None


def within(cost: F8, limit: float) -> Mask:
    """Costs up to a limit: a sum of ways that is it but for its last digits counts.

    Examples
    --------
    >>> within(np.array([2.000000000002, 2.001, np.inf]), 2.0).tolist()
    [True, False, False]
    """
    return np.asarray((cost <= limit * (1.0 + _LAST_DIGITS)) & np.isfinite(cost))


def within_ways(q: Question, limit: float | None) -> Question:
    """The same question where ways beyond a limit are none.

    Examples
    --------
    >>> within_ways(ask([[1.0, 9.0]], [3.0]), 5.0).cost.tolist()
    [[1.0, inf]]
    """
    if limit is None:
        return q
    return replace(q, cost=np.where(within(q.cost, limit), q.cost, np.inf))


def share_gap(value: float, bound: float) -> float:
    """Distance of a value to its bound on either side, as a share of the larger.

    Examples
    --------
    >>> share_gap(110.0, 99.0), share_gap(99.0, 110.0), share_gap(0.0, 0.0)
    (0.1, 0.1, 0.0)
    >>> share_gap(np.inf, np.inf), share_gap(np.inf, 5.0)  # no way to anyone; none found yet
    (0.0, 1.0)
    """
    if value == bound:
        return 0.0
    if not (np.isfinite(value) and np.isfinite(bound)):
        return 1.0
    size = max(abs(value), abs(bound))
    return 0.0 if size < 1e-12 else abs(value - bound) / size


def found_of(
    q: Question,
    model: str,
    opened: Mask,
    *,
    value: float,
    bound: float,
    in_time: bool,
    way: Literal["exact", "bounded"] = "exact",
    asked: float = float("nan"),
    limit: float = float("inf"),
    flow: F8 | None = None,
    met: Mask | None = None,
    level: npt.NDArray[np.int8] | None = None,
) -> Found:
    """The answer of open places: who goes to which, and what is served within `limit`.

    With `met` what is served is said by it.
    """
    n = len(q.weight)
    if flow is None:
        cost = np.where(opened[None, :], q.cost, np.inf)
        to = np.argmin(cost, axis=1) if cost.shape[1] else np.zeros(n, np.intp)
        least = cost[np.arange(n), to] if cost.shape[1] else np.full(n, np.inf)
        served = within(least, limit) if met is None else met
        share = served.astype(float)
    else:
        to = np.argmax(flow, axis=1)
        total = flow.sum(axis=1)
        share = np.divide(total, q.weight, out=np.zeros(n), where=q.weight > 0)
        way_of = np.where(np.isfinite(q.cost), q.cost, 0.0)
        mean = np.divide(
            (flow * way_of).sum(axis=1), total, out=np.full(n, np.inf), where=total > 0
        )
        least = mean
    to = np.where(np.isfinite(least), to, -1).astype(np.intp)
    # what is served is told as a share of all there is
    scale = float(q.weight.sum()) if model in SERVES else 0.0
    close = abs(value - bound) <= 1e-7 * max(1.0, abs(value), scale)
    return Found(
        model=model,
        opened=opened,
        to=to,
        cost=least,
        served=np.clip(share, 0.0, 1.0),
        flow=flow,
        value=float(value) + 0.0,  # no zero has a sign
        bound=float(value if close else bound) + 0.0,
        gap=0.0 if close else share_gap(value, bound),
        in_time=in_time,
        way=way,
        asked=asked,
        new=float(q.price[opened & ~q.standing].sum()),
        level=level,
    )
