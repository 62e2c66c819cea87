"""Which candidates to take: integer optimisation under area, water and money.

Whole candidates are taken or left (HiGHS through scipy). All candidates count: the linear
relaxation of all of them is solved first, candidates its prices decide are held, and only those
near the margin are decided as whole numbers; the distance to the relaxation bounds what that
can cost. When the wanted gain cannot be had within water and money, the answer says how much
can.

References
----------
Balas, E., Zemel, E. (1980). An algorithm for large zero-one knapsack problems. Operations
Research 28: 1130-1154, 10.1287/opre.28.5.1130 (the core of a knapsack).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from gis.errors import ModelError
from gis.quiet import SOLVER_LINES, without_lines
from gis.say import say
from gis.types import F8

__all__ = ["Selection", "choose", "fits"]

Objective = Literal["least_cost", "most_sink", "least_area"]
Fit = Literal["yes", "no", "conditional", "unknown"]


@dataclass(frozen=True)
class Selection:
    """Candidates taken.

    Attributes
    ----------
    taken : ndarray of bool, shape (n,)
    area_ha, sink, cost, water_m3 : float
        Their sums; NaN where a candidate taken has no figure.
    feasible
        Whether the wanted gain was reached.
    shortfall_ha
        What is missing to it.
    gap_frac
        Solver's proven distance from the optimum.
    """

    taken: npt.NDArray[np.bool_]
    area_ha: float
    sink: float
    cost: float
    water_m3: float
    feasible: bool
    shortfall_ha: float
    objective: Objective
    gap_frac: float


def _told(values: F8) -> F8:
    """Numbers with ten digits, as the solver is given them."""
    size = np.floor(np.log10(np.abs(values), where=values != 0, out=np.zeros(len(values))))
    step = 10.0 ** (9 - size)
    return np.asarray(np.round(values * step) / step)


_CORE = 150  # candidates decided as whole numbers at first; four times as many if they fail


def _whole(
    aim: F8, rows: Sequence[tuple[F8, float, float]], seconds: float
) -> npt.NDArray[np.bool_] | None:
    with without_lines(SOLVER_LINES):
        found = milp(
            c=aim,
            constraints=[LinearConstraint(a[None, :], low, high) for a, low, high in rows],
            integrality=np.ones(len(aim)),
            bounds=Bounds(0, 1),
            options={"time_limit": seconds, "mip_rel_gap": 1e-4},
        )
    return None if found.x is None else np.asarray(found.x > 0.5)


def _relaxed(aim: F8, rows: Sequence[tuple[F8, float, float]]) -> tuple[F8, F8, float] | None:
    """Shares taken, reduced costs and value where candidates may be split; None: infeasible."""
    upper = [(a, high) for a, _, high in rows if np.isfinite(high)]
    upper += [(-a, -low) for a, low, _ in rows if np.isfinite(low)]
    found = linprog(
        c=aim,
        A_ub=np.array([a for a, _ in upper]) if upper else None,
        b_ub=np.array([b for _, b in upper]) if upper else None,
        bounds=np.column_stack([np.zeros(len(aim)), np.ones(len(aim))]),
        method="highs-ds",
        options={"presolve": False},  # takes a hundred times as long as the solution
    )
    if found.x is None or found.status != 0:
        return None
    reduced = np.asarray(found.lower.marginals) + np.asarray(found.upper.marginals)
    return np.asarray(found.x), reduced, float(found.fun)


def _solve(
    aim: F8,
    rows: Sequence[tuple[F8, float, float]],
    allowed: npt.NDArray[np.bool_],
    size_of: F8,
    seconds: float,
) -> tuple[npt.NDArray[np.bool_] | None, float]:
    """Candidates taken and the proven distance from the optimum; None where nothing fits."""
    # areas summed in another order differ in their last bit, and on that a solver that stops
    # near the optimum takes other candidates: it is not shown what nobody measured
    own = np.flatnonzero(allowed)
    taken = np.zeros(len(aim), bool)
    c = _told(aim[own])
    told = [(_told(a[own]), low, high) for a, low, high in rows]
    if not len(own):
        fits_none = all(low <= 0 <= high for _, low, high in told)
        return (taken, 0.0) if fits_none else (None, np.nan)
    relaxed = _relaxed(c, told)
    if relaxed is None:
        return None, np.nan
    share, reduced, bound = relaxed
    # a candidate whose reduced cost is far from nothing is in, or out, at every optimum near
    # among equals the smallest first: with them a sum is filled to a hair
    near = np.round(np.abs(reduced) / max(float(np.abs(reduced).max()), 1e-300), 9)
    split = (share > 1e-9) & (share < 1 - 1e-9)
    order = np.lexsort((size_of[own], near, ~split))
    size = _CORE
    while True:
        core = order[:size]
        held = np.zeros(len(own))
        held[order[size:]] = np.round(share[order[size:]])
        rest = [
            (a[core], low - float(a @ held), high - float(a @ held)) for a, low, high in told
        ]
        found = _whole(c[core], rest, seconds)
        if found is not None or size >= len(own):
            break
        size *= 4
    if found is None:
        return None, np.nan
    held[core] = found
    taken[own[held > 0.5]] = True
    value = float(c @ held)
    gap = abs(value - bound) / abs(value) if value else 0.0
    return taken, gap


def choose(
    area_ha: F8,
    sink: F8,
    cost: F8,
    water_m3: F8,
    *,
    gain_ha: float,
    objective: Objective = "least_cost",
    water_budget_m3: float | None = None,
    budget: float | None = None,
    seconds: float = 20.0,
) -> Selection:
    """Take candidates so that their area reaches `gain_ha`.

    Parameters
    ----------
    area_ha, sink, cost, water_m3 : ndarray, shape (n,)
        Per candidate: area, carbon over the years counted, price, yearly water. NaN means
        not known; such a candidate is not taken where the objective or a budget needs the
        figure.
    gain_ha : float
        Area wanted.
    objective : {"least_cost", "most_sink", "least_area"}
        `most_sink` may take more than the gain when money and water allow and both or one
        of them is bounded; without any bound it takes the least area over the gain.
    water_budget_m3, budget : float, optional

    Returns
    -------
    Selection

    Raises
    ------
    ModelError
        When the solver fails.

    Examples
    --------
    Wanted 10 ha of pieces of 6, 5 and 4 ha at 3, 1 and 1 a piece: 6 + 4 at 4 or 6 + 5 at 4;
    5 + 4 is short.

    >>> s = choose(np.array([6.0, 5.0, 4.0]), np.ones(3), np.array([3.0, 1.0, 1.5]),
    ...            np.zeros(3), gain_ha=10.0)
    >>> s.taken.tolist(), s.cost
    ([True, True, False], 4.0)
    """
    n = len(area_ha)
    if n == 0:
        return Selection(
            np.zeros(0, bool),
            0.0,
            0.0,
            0.0,
            0.0,
            gain_ha <= 0,
            max(gain_ha, 0.0),
            objective,
            0.0,
        )
    allowed = np.ones(n, bool)
    rows: list[tuple[F8, float, float]] = []
    for values, limit in ((water_m3, water_budget_m3), (cost, budget)):
        if limit is not None:
            allowed &= np.isfinite(values)
            rows.append((np.nan_to_num(values), -np.inf, limit))
    aims = {"least_cost": cost, "most_sink": -sink, "least_area": area_ha}
    aim = aims[objective]
    allowed &= np.isfinite(aim)
    aim = np.nan_to_num(aim)
    wanted = (area_ha, gain_ha, np.inf)
    if objective == "most_sink" and water_budget_m3 is None and budget is None:
        # nothing holds the sum back: the best per hectare, to the gain and one more
        rows.append((area_ha, -np.inf, gain_ha + float(area_ha.max())))
    taken, gap = _solve(aim, [*rows, wanted], allowed, area_ha, seconds)
    feasible = taken is not None
    if taken is None:
        taken, gap = _solve(-area_ha, rows, allowed, area_ha, seconds)
    if taken is None:
        raise ModelError(say("carbon_sink.potential.no_solution"), where="[potential]")
    got = float(area_ha[taken].sum())
    return Selection(
        taken,
        got,
        float(sink[taken].sum()),
        float(cost[taken].sum()),
        float(water_m3[taken].sum()),
        feasible,
        max(gain_ha - got, 0.0),
        objective,
        gap,
    )


@dataclass(frozen=True)
class FitAnswer:
    """Whether the wanted gain of forest fits on lawful land.

    Attributes
    ----------
    answer
        yes, conditional (only with land that needs approvals), no, or unknown.
    left_ha, conditional_ha
        Suitable land without and with conditions, in candidates of the smallest size.
    with_water_ha
        What the water budget allows of both; NaN when water was not judged.
    water_ha
        What it is enough for, with or without the land; NaN when water was not judged.
    waiting_ha
        Land of the county that could not be judged, available to nothing yet.
    """

    answer: Fit
    wanted_ha: float
    left_ha: float
    conditional_ha: float
    with_water_ha: float
    provisional: bool
    waiting_ha: float = 0.0
    water_ha: float = np.nan


def fits(
    wanted_ha: float,
    left_ha: float,
    conditional_ha: float,
    *,
    water_ha: float = np.nan,
    screened: bool = True,
    provisional: bool = False,
    waiting_ha: float = 0.0,
) -> FitAnswer:
    """Answer the plan's question from the areas.

    Land that could not be judged (`waiting_ha`) is never counted as available; where only it
    could make room, the answer is unknown. Water for less than is wanted (`water_ha`) is a no
    whatever the land.

    Examples
    --------
    >>> fits(2890.0, 3500.0, 0.0).answer, fits(2890.0, 500.0, 3000.0).answer
    ('yes', 'conditional')
    >>> fits(2890.0, 3500.0, 0.0, water_ha=900.0).answer
    'no'
    >>> fits(2890.0, 500.0, 0.0, waiting_ha=9000.0).answer
    'unknown'
    """
    answer: Fit
    if not screened:
        answer = "unknown"
    elif np.isfinite(water_ha) and water_ha < wanted_ha:
        answer = "no"
    elif left_ha >= wanted_ha:
        answer = "yes"
    elif left_ha + conditional_ha >= wanted_ha:
        answer = "conditional"
    elif left_ha + conditional_ha + waiting_ha >= wanted_ha:
        answer = "unknown"
    else:
        answer = "no"
    waits = waiting_ha if screened else 0.0
    both = float(np.minimum(water_ha, left_ha + conditional_ha))
    areas = (wanted_ha, left_ha, conditional_ha, both)
    return FitAnswer(answer, *areas, provisional, waits, water_ha)
