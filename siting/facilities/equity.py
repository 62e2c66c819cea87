"""How cost is spread over people."""

from __future__ import annotations

import numpy as np

from gis.types import F8

__all__ = ["gini", "quantile"]


def quantile(cost: F8, weight: F8, share: float) -> float:
    """Cost within which a share of the weight lies; NaN without weight.

    Examples
    --------
    >>> quantile(np.array([1.0, 2.0, 9.0]), np.array([5.0, 4.0, 1.0]), 0.9)
    2.0
    """
    keep = (weight > 0) & np.isfinite(cost)
    if not keep.any():
        return float("nan")
    c, w = cost[keep], weight[keep]
    order = np.argsort(c, kind="stable")
    run = np.cumsum(w[order])
    at = np.searchsorted(run, share * run[-1] * (1 - 1e-12))
    return float(c[order][min(int(at), len(c) - 1)])


def gini(cost: F8, weight: F8) -> float:
    """Gini coefficient of cost over weight, 0 where all are as near; NaN without weight.

    Unreachable demand is left out; it is told beside it.

    References
    ----------
    Lerman and Yitzhaki 1989, J. Econometrics 42: 43 (weighted form).

    Examples
    --------
    >>> gini(np.array([3.0, 3.0]), np.array([1.0, 9.0]))
    0.0
    >>> gini(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    0.5
    """
    keep = (weight > 0) & np.isfinite(cost)
    if not keep.any():
        return float("nan")
    c, w = cost[keep], weight[keep]
    order = np.argsort(c, kind="stable")
    c, w = c[order], w[order] / w.sum()
    mean = float(c @ w)
    if mean == 0:
        return 0.0
    rank = np.cumsum(w) - w / 2
    out = 2.0 / mean * float(((c - mean) * (rank - rank @ w) * w).sum())
    return 0.0 if abs(out) < 1e-12 else out
