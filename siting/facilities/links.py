"""Habitat patches as a graph: probability of connectivity, and what each patch adds to it.

References
----------
Saura and Pascual-Hortal 2007, Landsc. Urban Plan. 83: 91 (PC); Saura and Rubio 2010,
Ecography 33: 523 (parts of dPC).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError
from gis.say import say
from gis.types import F8

__all__ = ["connectivity"]


def _products(distance: F8, decay: float) -> F8:
    """Largest product of probabilities along any chain of patches: the shortest way."""
    from scipy.sparse.csgraph import csgraph_from_dense, floyd_warshall

    # a distance of 0 is a way; none is infinite
    way = floyd_warshall(csgraph_from_dense(distance, null_value=np.inf))
    np.fill_diagonal(way, 0.0)
    return np.asarray(np.exp(-decay * way))


def connectivity(
    area: npt.ArrayLike,
    distance: npt.ArrayLike,
    *,
    half_distance: float,
    landscape_area: float | None = None,
) -> tuple[float, pd.DataFrame]:
    """Probability of connectivity (PC), and of each patch how much is lost without it (dPC).

    A step between two patches has the probability ``exp(-k d)``, with `k` such that it is one
    half at `half_distance`; a way over several patches the product of its steps.

    Parameters
    ----------
    area : (n,) array_like
        Of patches, all in one unit; not negative.
    distance : (n, n) array_like
        Between patches, along least-cost ways or straight; infinite where none leads.
    half_distance : float
        At which half of the dispersers arrive, in the unit of `distance`; user input.
    landscape_area : float, optional
        Of the whole landscape; the sum of patches when not given.

    Returns
    -------
    float and DataFrame
        PC; and of each patch ``dpc_pct`` with its parts ``intra_pct`` (its own area),
        ``flux_pct`` (its area times what reaches it) and ``connector_pct`` (as a stepping
        stone), which add up to it.

    Raises
    ------
    DataError
        For areas or distances that cannot be.

    Examples
    --------
    >>> pc, lost = connectivity([2.0, 1.0], [[0, 5], [5, 0]], half_distance=5.0)
    >>> pc * 9, lost["dpc_pct"].round(6).tolist()  # 4 + 1 + 2 * 2 * 1 / 2
    (7.0, [85.714286, 42.857143])
    """
    a, d = np.array(area, float), np.array(distance, float)
    n = len(a)
    whole = float(a.sum()) if landscape_area is None else landscape_area
    fine = d.shape == (n, n) and not np.isnan(d).any() and (d >= 0).all()
    if (
        not fine
        or not (np.isfinite(a) & (a >= 0)).all()
        or not whole > 0
        or not half_distance > 0
    ):
        raise DataError(
            say("siting.facilities.patches_wrong"),
            where="area, distance",
            got=f"{a.shape}, {d.shape}",
        )
    d = np.minimum(d, d.T)
    decay = float(np.log(2.0)) / half_distance
    product = _products(d, decay)
    total = float(a @ product @ a)
    rows = []
    for k in range(n):
        keep = np.arange(n) != k
        rest = a[keep] @ _products(d[np.ix_(keep, keep)], decay) @ a[keep]
        flux = 2.0 * float(a[k] * (product[k, keep] @ a[keep]))
        own = float(a[k] ** 2)
        lost = total - float(rest)
        parts = np.array([lost, own, flux, max(lost - own - flux, 0.0)])
        rows.append(100.0 * parts / total if total > 0 else np.full(4, np.nan))
    names = ["dpc_pct", "intra_pct", "flux_pct", "connector_pct"]
    return total / whole**2, pd.DataFrame(np.array(rows).reshape(-1, 4), columns=names)
