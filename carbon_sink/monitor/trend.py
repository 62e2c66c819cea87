"""Trend and break of a yearly series: Mann-Kendall, Theil-Sen, one break of a line.

Mann-Kendall is Kendall's tau of values against years, exact for short series without ties;
Theil-Sen is the median of all slopes with its interval (both of scipy). What is seen in a year
to come lies about the line as the dates do: its interval holds that spread (of t, n - 2 degrees
of freedom) beside the error of the slope. A break is the year at
which two lines fit better than one by the largest F, whose chance is counted by permuting the
residuals of the one line: a series as short as a county's has no table of critical values.

References
----------
Mann, H. B. (1945). Econometrica 13: 245-259; Sen, P. K. (1968). J. Am. Stat. Assoc. 63:
1379-1389; Andrews, D. W. K. (1993). Econometrica 61: 821-856 (largest F over unknown breaks).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import ModelError
from gis.say import say
from gis.types import F8

__all__ = ["Trend", "trend_of"]

LEAST_FOR_BREAK = 8
_SIDE = 3  # dates on either side of a break: a line through two points fits anything
_DRAWS = 999


@dataclass(frozen=True)
class Trend:
    """Trend of a series.

    Attributes
    ----------
    slope, slope_low, slope_high
        Theil-Sen, in units a year, with its 95 % interval.
    tau, p
        Kendall's tau and its two-sided probability without a trend.
    level, level_year
        Median of values and of years; the line goes through them.
    break_year
        First year of the second line; None where there is no break at 5 % or too few dates.
    break_p
        Probability of as large an F without a break; NaN where it was not judged.
    spread
        Half of the 95 % interval of one date about the line, its level's error included.
    """

    n: int
    slope: float
    slope_low: float
    slope_high: float
    tau: float
    p: float
    level: float
    level_year: float
    break_year: int | None
    break_p: float
    spread: float = 0.0

    def at(self, year: float) -> tuple[float, float, float]:
        """The line in a year, and the 95 % interval of what is seen then.

        The error of the slope and that of a single date are independent: each end is as far
        off as the root of the sum of their squares.
        """
        dt = year - self.level_year
        line = self.level + self.slope * dt
        ends = sorted((self.level + self.slope_low * dt, self.level + self.slope_high * dt))
        down, up = (math.hypot(end - line, self.spread) for end in ends)
        return line, line - down, line + up


def _spread(x: F8, y: F8, slope: float, level: float, middle: float) -> float:
    """Half of the 95 % interval of one date about a line of two parameters."""
    from scipy import stats  # heavy

    off = y - (level + slope * (x - middle))
    if np.allclose(off, 0.0, atol=1e-9 * max(float(np.abs(y).max()), 1e-300)):
        return 0.0  # a line to the last digit
    n = len(x)
    error = math.sqrt(float(off @ off) / (n - 2) * (1.0 + 1.0 / n))
    return float(stats.t.ppf(0.975, n - 2)) * error


def _residual_ss(x: F8, y: F8) -> npt.NDArray[np.float64]:
    """Sum of squared residuals of a line, for each row of `y`."""
    dx = x - x.mean()
    dy = y - y.mean(axis=1, keepdims=True)
    sxx = float(dx @ dx)
    return np.asarray((dy**2).sum(axis=1) - (dy @ dx) ** 2 / sxx)


def _largest_f(x: F8, y: F8) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Largest F of two lines against one for each row of `y`, and where the second begins."""
    n = len(x)
    whole = _residual_ss(x, y)
    cuts = range(_SIDE, n - _SIDE + 1)
    parts = np.array(
        [_residual_ss(x[:k], y[:, :k]) + _residual_ss(x[k:], y[:, k:]) for k in cuts]
    )
    least = np.maximum(parts.min(axis=0), 1e-12 * np.maximum(whole, 1e-300))
    # the year both lines meet belongs to either: the earlier, whatever the last digit says
    best = (parts <= least + 1e-9 * whole).argmax(axis=0)
    f = ((whole - least) / 2.0) / (least / (n - 4))
    return f, np.asarray(best + _SIDE)


def _break(x: F8, y: F8, seed: int) -> tuple[int | None, float]:
    n = len(x)
    if n < LEAST_FOR_BREAK:
        return None, math.nan
    slope, intercept = np.polyfit(x - x.mean(), y, 1)
    line = intercept + slope * (x - x.mean())
    residual = y - line
    if np.allclose(residual, 0.0, atol=1e-9 * max(float(np.abs(y).max()), 1e-300)):
        return None, 1.0  # a line to the last digit has no break
    seen, at = _largest_f(x, y[None, :])
    rng = np.random.default_rng(seed)
    drawn = line + rng.permuted(np.tile(residual, (_DRAWS, 1)), axis=1)
    chance = float((1 + (_largest_f(x, drawn)[0] >= seen[0]).sum()) / (_DRAWS + 1))
    return (int(x[at[0]]) if chance < 0.05 else None), chance


def trend_of(years: npt.ArrayLike, values: npt.ArrayLike, *, seed: int = 0) -> Trend:
    """Trend of a series of dates, which need not be evenly spaced nor in order.

    Parameters
    ----------
    years, values : array_like, shape (n,)
        At least four finite dates; a year only once. NaN values are left out.
    seed : int
        Of the permutations that judge a break.

    Returns
    -------
    Trend

    Raises
    ------
    ModelError
        Fewer than four dates, a year twice.

    Examples
    --------
    Ten years of a line of 0.5 a year: every pair rises, tau is 1 and there is no break.

    >>> t = trend_of(range(2010, 2020), [10 + 0.5 * k for k in range(10)])
    >>> t.slope, round(t.tau, 12), t.break_year, t.at(2024)[0]
    (0.5, 1.0, None, 17.0)
    """
    from scipy import stats  # heavy

    x, y = np.asarray(years, np.float64), np.asarray(values, np.float64)
    known = np.isfinite(y) & np.isfinite(x)
    order = np.argsort(x[known], kind="stable")
    x, y = x[known][order], y[known][order]
    if len(x) < 4:
        raise ModelError(say("carbon_sink.monitor.too_few"), got=str(len(x)), expected=">= 4")
    if len(np.unique(x)) < len(x):
        raise ModelError(say("carbon_sink.monitor.series_year_twice"))
    level, middle = float(np.median(y)), float(np.median(x))
    if np.ptp(y) == 0:
        return Trend(len(x), 0.0, 0.0, 0.0, 0.0, 1.0, level, middle, None, math.nan)
    tau = stats.kendalltau(x, y)
    sen = stats.theilslopes(y, x, 0.95)
    at, chance = _break(x, y, seed)
    return Trend(
        len(x),
        float(sen.slope),
        float(sen.low_slope),
        float(sen.high_slope),
        float(tau.statistic),
        float(tau.pvalue),
        level,
        middle,
        at,
        chance,
        _spread(x, y, float(sen.slope), level, middle),
    )
