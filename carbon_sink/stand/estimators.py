"""Means of a population from a sample of plots, and the error of each mean.

Plots are taken as a simple random sample, within strata where there are strata. A ratio and a
regression estimator use what the forest map says of every stand; they are worth having where
plots and map agree, and are no better than the plain mean where they do not.

References
----------
Cochran, W. G. 1977. Sampling Techniques, 3rd ed. Wiley. Ch. 2 (simple random), 5 (stratified),
6 (ratio, eq. 6.13), 7 (linear regression, eq. 7.29).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import listed, say
from gis.types import F8

__all__ = [
    "Agreement",
    "SampleMean",
    "agreement",
    "ratio_mean",
    "regression_mean",
    "simple_mean",
    "stratified_mean",
]

_LEVEL = 0.975
"""Upper quantile of a two-sided 95 % interval."""

_WHERE = "[layers.forest_plots]"
"""Layer the values are of; the step says its file."""


@dataclass(frozen=True)
class SampleMean:
    """A mean of the population and its error.

    Attributes
    ----------
    value, se
        Mean, and standard error of the mean; the error is NaN for fewer plots than it needs.
    low, high
        95 % interval by Student's t.
    n, df
        Plots, and degrees of freedom of the t.
    slope
        Ratio or regression coefficient; NaN where there is none.
    """

    value: float
    se: float
    low: float
    high: float
    n: int
    df: float
    slope: float = math.nan

    @property
    def relative_half_width(self) -> float:
        """Half the interval over the mean [-]; NaN for a mean of 0."""
        return (self.high - self.value) / self.value if self.value else math.nan


@dataclass(frozen=True)
class Agreement:
    """Map against plots.

    Attributes
    ----------
    bias, rmse
        Mean of map minus plot, and root of the mean square of it.
    bias_se
        Standard error of the bias.
    r
        Correlation; NaN where one side does not vary.
    """

    n: int
    bias: float
    bias_se: float
    rmse: float
    r: float
    mean_map: float
    mean_plot: float


def _checked(*columns: npt.ArrayLike, least: int) -> list[F8]:
    out = [np.asarray(c, np.float64).ravel() for c in columns]
    short = {len(c) for c in out}
    finite = all(bool(np.isfinite(c).all()) for c in out)
    if len(short) > 1 or not finite or min(short) < least:
        raise DataError(
            say("carbon_sink.stand.sample_unusable"),
            where=_WHERE,
            got=say("carbon_sink.stand.sample_got", n=min(short)),
            expected=say("carbon_sink.stand.sample_expected", least=least),
        )
    return out


def _mean(
    value: float, variance: float, n: int, df: float, slope: float = math.nan
) -> SampleMean:
    from scipy import stats  # heavy

    se = math.sqrt(variance) if variance >= 0 else math.nan
    half = float(stats.t.ppf(_LEVEL, df)) * se if df > 0 else math.nan
    return SampleMean(value, se, value - half, value + half, n, df, slope)


def _unsampled(n: int, population: float) -> float:
    """Share of the population that is not in the sample (1 for an endless one)."""
    if population < n:
        raise DataError(
            say("carbon_sink.stand.population_smaller"),
            where="population",
            got=f"{population:g}",
            expected=f">= {n}",
        )
    return 1.0 - n / population if math.isfinite(population) else 1.0


def simple_mean(y: npt.ArrayLike, *, population: float = math.inf) -> SampleMean:
    """Mean of a simple random sample.

    Parameters
    ----------
    y : array_like, shape (n,)
        n >= 2 finite values.
    population : float
        Number of units the plots were taken from; without end where not given.

    Raises
    ------
    DataError
        Fewer than two plots, or values that are no numbers.

    Examples
    --------
    Variance 2.5, five plots: se = sqrt(2.5 / 5).

    >>> m = simple_mean([1, 2, 3, 4, 5])
    >>> m.value, round(m.se, 6)
    (3.0, 0.707107)
    """
    (v,) = _checked(y, least=2)
    n = len(v)
    variance = _unsampled(n, population) * float(v.var(ddof=1)) / n
    return _mean(float(v.mean()), variance, n, n - 1)


def stratified_mean(
    y: npt.ArrayLike, stratum: npt.ArrayLike, weights: Mapping[str, float]
) -> SampleMean:
    """Mean over strata, each weighed by its share of the population.

    Parameters
    ----------
    y : array_like, shape (n,)
    stratum : array_like of str, shape (n,)
    weights : mapping
        Stratum -> size (area); every stratum needs two plots.

    Returns
    -------
    SampleMean
        Degrees of freedom by Satterthwaite (Cochran 1977, eq. 5.16).

    Raises
    ------
    DataError
        A stratum with fewer than two plots, named.

    Examples
    --------
    Weights 0.6 and 0.4: mean 0.6 x 2 + 0.4 x 10 = 5.2, variance
    0.36 x 2 / 2 + 0.16 x 8 / 2 = 1.

    >>> m = stratified_mean([1, 3, 8, 12], ["a", "a", "b", "b"], {"a": 60.0, "b": 40.0})
    >>> round(m.value, 9), round(m.se, 9)
    (5.2, 1.0)
    """
    (v,) = _checked(y, least=2)
    names = np.asarray(stratum, dtype=object).astype(str)
    total = math.fsum(weights.values())
    few = [k for k, w in weights.items() if w > 0 and int((names == k).sum()) < 2]
    if few or not total > 0:
        raise DataError(
            say("carbon_sink.stand.stratum_needs_two"),
            where=_WHERE,
            got=listed(sorted(few)),
            expected=say("carbon_sink.stand.two_plots_each"),
        )
    value = variance = tail = 0.0
    n = 0
    for key, size in weights.items():
        own = v[names == key]
        if not size > 0:
            continue
        share = size / total
        part = share**2 * float(own.var(ddof=1)) / len(own)
        value += share * float(own.mean())
        variance += part
        tail += part**2 / (len(own) - 1)
        n += len(own)
    df = variance**2 / tail if tail > 0 else float(n - len(weights))
    return _mean(value, variance, n, df)


def ratio_mean(
    y: npt.ArrayLike, x: npt.ArrayLike, x_mean: float, *, population: float = math.inf
) -> SampleMean:
    """Mean by the ratio of plots to the map on the plots, times the mean of the map.

    Parameters
    ----------
    y, x : array_like, shape (n,)
        Plot and map on it; the map's sum must be positive.
    x_mean : float
        Mean of the map over the whole population.

    Returns
    -------
    SampleMean
        `slope` is the ratio R; the variance is ``(1 - f) / n * sum((y - R x)^2) / (n - 1)``.

    Examples
    --------
    Plots are twice the map everywhere: no error is left.

    >>> m = ratio_mean([2, 4, 6], [1, 2, 3], 5.0)
    >>> m.value, m.se, m.slope
    (10.0, 0.0, 2.0)
    """
    v, u = _checked(y, x, least=2)
    if not u.sum() > 0:
        raise DataError(
            say("carbon_sink.stand.map_is_zero"),
            where=_WHERE,
            got=f"{u.sum():g}",
            expected="> 0",
        )
    n = len(v)
    ratio = float(v.sum() / u.sum())
    left = float(((v - ratio * u) ** 2).sum()) / (n - 1)
    return _mean(ratio * x_mean, _unsampled(n, population) * left / n, n, n - 1, ratio)


def regression_mean(
    y: npt.ArrayLike, x: npt.ArrayLike, x_mean: float, *, population: float = math.inf
) -> SampleMean:
    """Mean by the regression of plots on the map.

    Returns
    -------
    SampleMean
        ``y_mean + b (x_mean - x_mean of the plots)`` with variance
        ``(1 - f) / n * residual sum of squares / (n - 2)``.

    Raises
    ------
    DataError
        Fewer than three plots, or a map that is the same on all of them.

    Examples
    --------
    >>> m = regression_mean([3, 5, 7], [1, 2, 3], 4.0)
    >>> round(m.value, 9), round(m.slope, 9)
    (9.0, 2.0)
    """
    v, u = _checked(y, x, least=3)
    n = len(v)
    sxx = float(((u - u.mean()) ** 2).sum())
    if not sxx > 0:
        raise DataError(
            say("carbon_sink.stand.map_does_not_vary"), where=_WHERE, got=f"{u[0]:g}"
        )
    b = float(((u - u.mean()) * (v - v.mean())).sum()) / sxx
    left = float(((v - v.mean() - b * (u - u.mean())) ** 2).sum()) / (n - 2)
    value = float(v.mean()) + b * (x_mean - float(u.mean()))
    return _mean(value, _unsampled(n, population) * left / n, n, n - 2, b)


def agreement(map_value: npt.ArrayLike, plot: npt.ArrayLike) -> Agreement:
    """Bias, error of the bias and root mean square of map minus plot.

    Examples
    --------
    >>> a = agreement([2, 4], [1, 5])
    >>> a.bias, a.rmse
    (0.0, 1.0)
    """
    m, p = _checked(map_value, plot, least=2)
    off = m - p
    flat = not (m.std() > 0 and p.std() > 0)
    return Agreement(
        n=len(off),
        bias=float(off.mean()),
        bias_se=float(off.std(ddof=1)) / math.sqrt(len(off)),
        rmse=math.sqrt(float((off**2).mean())),
        r=math.nan if flat else float(np.corrcoef(m, p)[0, 1]),
        mean_map=float(m.mean()),
        mean_plot=float(p.mean()),
    )
