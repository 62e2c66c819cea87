"""How firmly a ranking stands when the weights move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import ModelError
from gis.say import say
from gis.types import F8

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stability", "ranks_of", "tornado", "weights_monte_carlo"]

Ints = npt.NDArray[np.int64]

_BLOCK = 2_000_000  # numbers of one block of draws


@dataclass(frozen=True)
class Stability:
    """Ranks of sites under many sets of weights.

    Attributes
    ----------
    rank : (n,) int
        With the weights given; 1 is best.
    acceptability : (n, n) float
        Share of the draws in which a site (row) takes a rank (column); rows and columns add
        up to 1.
    rank_mean, rank_p05, rank_p95 : (n,) float
        Of the draws.
    score_p05, score_p95 : (n,) float
    stable : (n,) float
        Share of the draws in which the site keeps its rank.
    top : (n,) float
        Share of the draws in which it is among the best `top_k`.
    top_k, draws, spread, seed
        What was asked.
    """

    rank: Ints
    acceptability: F8
    rank_mean: F8
    rank_p05: F8
    rank_p95: F8
    score_p05: F8
    score_p95: F8
    stable: F8
    top: F8
    top_k: int
    draws: int
    spread: float
    seed: int


def ranks_of(scores: npt.ArrayLike) -> Ints:
    """Ranks by falling score along the last axis; 1 is best, ties by order, NaN last.

    Examples
    --------
    >>> ranks_of([0.2, 0.9, float("nan"), 0.9]).tolist()
    [3, 1, 4, 2]
    """
    s = np.asarray(scores, dtype=np.float64)
    order = np.argsort(np.where(np.isnan(s), np.inf, -s), axis=-1, kind="stable")
    out = np.empty(s.shape, dtype=np.int64)
    np.put_along_axis(out, order, np.arange(1, s.shape[-1] + 1), axis=-1)
    return out


def _checked(memberships: npt.ArrayLike, weights: npt.ArrayLike) -> tuple[F8, F8]:
    m = np.asarray(memberships, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    if m.ndim != 2 or w.shape != (m.shape[1],):
        raise ModelError(
            say("siting.sites.memberships_weights_shapes"),
            where="sensitivity",
            got=say("siting.sites.two_shapes", memberships=m.shape, weights=w.shape),
        )
    if not len(m):
        raise ModelError(say("siting.sites.no_sites_to_rank"), where="sensitivity")
    if not (np.isfinite(m).all() and np.isfinite(w).all() and (w >= 0).all() and w.sum() > 0):
        raise ModelError(
            say("siting.sites.memberships_not_known"),
            where="sensitivity",
            todo=say("siting.sites.leave_out_unknown"),
        )
    return m, w / w.sum()


def weights_monte_carlo(
    memberships: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    draws: int = 10_000,
    spread: float = 0.25,
    top_k: int = 5,
    seed: int = 0,
) -> Stability:
    """Rank the sites again and again with weights drawn around those given.

    Parameters
    ----------
    memberships : (n, k) array_like
        0 to 1, no NaN.
    weights : (k,) array_like
        Not negative; a weight of zero stays zero.
    draws : int
    spread : float
        Coefficient of variation of an average weight (1/k); 0.25 moves it by a quarter.
    top_k : int
        Size of the short list.
    seed : int
        The same seed, the same answer.

    Returns
    -------
    Stability

    Raises
    ------
    ModelError
        When something is not known or no weight is positive.

    Notes
    -----
    Weights come from a Dirichlet distribution with mean w and concentration c; the variance
    of a weight is w (1 - w) / (c + 1). With w = 1/k, spread^2 = (k - 1) / (c + 1).

    References
    ----------
    Lahdelma, R., Salminen, P. (2001): SMAA-2: stochastic multicriteria acceptability
    analysis for group decision making, Operations Research 49, 444-454,
    doi:10.1287/opre.49.3.444.11220 (rank acceptability).

    Examples
    --------
    A site better in everything is first whatever the weights:

    >>> s = weights_monte_carlo([[0.9, 0.8], [0.5, 0.7]], [0.5, 0.5], draws=100)
    >>> s.stable.tolist()
    [1.0, 1.0]
    """
    m, w = _checked(memberships, weights)
    if not (spread > 0 and draws > 0):
        raise ModelError(say("siting.sites.draws_and_spread_positive"), where="sensitivity")
    n = len(m)
    used = w > 0
    k = int(used.sum())
    concentration = max((k - 1) / spread**2 - 1, 1e-3)
    generator = np.random.default_rng(seed)
    counts = np.zeros((n, n), dtype=np.int64)
    scores = np.empty((draws, n))
    step = max(1, _BLOCK // n)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        drawn = generator.dirichlet(concentration * w[used], size)
        scores[start : start + size] = drawn @ m[:, used].T
    ranks = ranks_of(scores)
    for site in range(n):
        counts[site] = np.bincount(ranks[:, site] - 1, minlength=n)
    base = ranks_of(m @ w)
    share = counts / draws
    return Stability(
        rank=base,
        acceptability=share,
        rank_mean=ranks.mean(axis=0),
        rank_p05=np.percentile(ranks, 5, axis=0),
        rank_p95=np.percentile(ranks, 95, axis=0),
        score_p05=np.percentile(scores, 5, axis=0),
        score_p95=np.percentile(scores, 95, axis=0),
        stable=share[np.arange(n), base - 1],
        top=share[:, : min(top_k, n)].sum(axis=1),
        top_k=min(top_k, n),
        draws=draws,
        spread=spread,
        seed=seed,
    )


def tornado(
    memberships: npt.ArrayLike,
    weights: npt.ArrayLike,
    criteria: Sequence[str],
    *,
    site: int = 0,
    swing: float = 0.25,
    top_k: int = 5,
) -> pd.DataFrame:
    """Change one weight at a time and see what it does to a site and to the short list.

    Parameters
    ----------
    memberships : (n, k) array_like
    weights : (k,) array_like
    criteria : sequence of k str
    site : int
        Row whose score is followed.
    swing : float
        Relative change of the weight, down and up; the others are scaled so that the sum
        stays 1.

    Returns
    -------
    DataFrame
        criterion, weight, weight_low, weight_high, score, score_low, score_high, range,
        rank, rank_low, rank_high, top_changes (sites that enter the best `top_k` at either
        end), widest range first.

    Raises
    ------
    ModelError
        See `weights_monte_carlo`.
    """
    import pandas as pd

    m, w = _checked(memberships, weights)
    base = m @ w
    rank = ranks_of(base)
    best = set(np.flatnonzero(rank <= top_k).tolist())
    rows = []
    for j, name in enumerate(criteria):
        ends = []
        for factor in (1 - swing, 1 + swing):
            moved = w.copy()
            moved[j] = min(w[j] * factor, 1.0)
            rest = 1 - w[j]
            others = np.arange(len(w)) != j
            if rest > 0:
                moved[others] *= (1 - moved[j]) / rest
            moved /= moved.sum()
            score = m @ moved
            ends.append((float(moved[j]), score, ranks_of(score)))
        (w_low, s_low, r_low), (w_high, s_high, r_high) = ends
        entered = {
            s for r in (r_low, r_high) for s in np.flatnonzero(r <= top_k).tolist()
        } - best
        rows.append(
            {
                "criterion": name,
                "weight": float(w[j]),
                "weight_low": w_low,
                "weight_high": w_high,
                "score": float(base[site]),
                "score_low": float(s_low[site]),
                "score_high": float(s_high[site]),
                "range": float(abs(s_high[site] - s_low[site])),
                "rank": int(rank[site]),
                "rank_low": int(r_low[site]),
                "rank_high": int(r_high[site]),
                "top_changes": len(entered),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("range", ascending=False, kind="stable").reset_index(drop=True)
