"""Rows of a mixed-integer programme, and the one call of its solver (HiGHS, by scipy)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gis.quiet import SOLVER_LINES, without_lines
from gis.types import F8

__all__ = ["Rows", "narrowed", "relaxed", "solved"]

_LEAST_S = 0.05  # a solver that is called has this time at least


class Rows:
    """Rows of a programme as they are added; columns are fixed at the start."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.at: list[tuple[Any, Any, Any]] = []
        self.low: list[F8] = []
        self.high: list[F8] = []
        self.rows = 0

    def add(self, row: Any, column: Any, value: Any, low: Any, high: Any, n: int) -> None:  # noqa: ANN401
        """`n` rows; entries (row counted from the first of them, column, value)."""
        row, column = np.asarray(row, np.int64), np.asarray(column, np.int64)
        self.at.append((row + self.rows, column, np.broadcast_to(value, row.shape)))
        self.low.append(np.broadcast_to(np.asarray(low, float), n))
        self.high.append(np.broadcast_to(np.asarray(high, float), n))
        self.rows += n

    def constraint(self) -> Any:  # noqa: ANN401 - of scipy
        """All rows as scipy takes them."""
        from scipy.optimize import LinearConstraint
        from scipy.sparse import csr_array

        r, c, v = (np.concatenate(x) for x in zip(*self.at, strict=True))
        matrix = csr_array((v, (r, c)), shape=(self.rows, self.columns))
        return LinearConstraint(matrix, np.concatenate(self.low), np.concatenate(self.high))


def solved(c: F8, rows: Any, bounds: Any, kind: F8, limit_s: float) -> Any:  # noqa: ANN401
    """The least of ``c @ x``, proven, or the best in the time there is.

    Parameters
    ----------
    c : (k,) float64
    rows : Rows or scipy.optimize.LinearConstraint
        Of `k` columns.
    bounds : scipy.optimize.Bounds
    kind : (k,) float64
        1 for a whole number, 0 for any.
    limit_s : float
        Seconds after which the search ends.

    Returns
    -------
    scipy.optimize.OptimizeResult
        ``x`` is None where nothing was found; ``status`` 0 is proven best, 2 has no answer.
    """
    from scipy.optimize import milp

    limits = rows.constraint() if isinstance(rows, Rows) else rows
    options = {"time_limit": max(limit_s, _LEAST_S), "mip_rel_gap": 0.0}
    with without_lines(SOLVER_LINES):
        return milp(c, integrality=kind, bounds=bounds, constraints=limits, options=options)


def relaxed(c: F8, rows: Rows, bounds: Any, limit_s: float) -> Any:  # noqa: ANN401
    """The least of ``c @ x`` without whole numbers, with prices; None where time ended.

    Parameters
    ----------
    c, rows, bounds, limit_s
        As `solved`.

    Returns
    -------
    scipy.optimize.OptimizeResult or None
    """
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    limits = rows.constraint()
    above, below = np.isfinite(limits.ub), np.isfinite(limits.lb)
    found = linprog(
        c,
        A_ub=vstack([limits.A[above], -limits.A[below]]),
        b_ub=np.concatenate([limits.ub[above], -limits.lb[below]]),
        bounds=np.column_stack([bounds.lb, bounds.ub]),
        method="highs-ds",
        options={"time_limit": max(limit_s, _LEAST_S)},
    )
    return found if found.status == 0 else None


def narrowed(bounds: Any, loose: Any, better: float) -> Any:  # noqa: ANN401
    """Bounds of whole numbers that leave out only what is no better than an answer there is.

    Parameters
    ----------
    bounds : scipy.optimize.Bounds
        Of columns that are 0 or 1.
    loose : scipy.optimize.OptimizeResult
        Of `relaxed`.
    better : float
        A better answer is at most so much.

    References
    ----------
    Nemhauser and Wolsey 1988, Integer and Combinatorial Optimization, II.5 (reduced costs).
    """
    from scipy.optimize import Bounds

    room = better - loose.fun + 1e-6 * max(1.0, abs(better))
    less, more = loose.lower.marginals > room, -loose.upper.marginals > room
    return Bounds(np.where(more, bounds.ub, bounds.lb), np.where(less, bounds.lb, bounds.ub))
