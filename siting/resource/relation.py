"""Relations of a measured and a reference series: two lines, and quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say

if TYPE_CHECKING:
    from siting.resource.section import LongTermMethod

__all__ = ["METHODS", "Relation", "relate"]

Float = NDArray[np.float64]

METHODS: tuple[LongTermMethod, ...] = ("variance_ratio", "least_squares", "quantile_mapping")
"""Relations that can be had."""

_QUANTILES = 100
_LEAST = 10


@dataclass(frozen=True, eq=False)
class Relation:
    """What the reference says of the site.

    Attributes
    ----------
    method
        One of `METHODS`.
    n
        Common values it was found from.
    slope, intercept
        Of the line; of quantile mapping those of the two means, for the table.
    r
        Correlation of the two (Pearson).
    reference_at, site_at : (q,) float
        Quantiles of both, for quantile mapping alone.
    """

    method: LongTermMethod
    n: int
    slope: float
    intercept: float
    r: float
    reference_at: Float | None = None
    site_at: Float | None = None

    def of(self, reference: Float) -> Float:
        """The site's values for those of the reference, never negative; NaN stays NaN.

        Examples
        --------
        >>> Relation("least_squares", 99, 2.0, -1.0, 1.0).of(np.array([3.0, 0.2])).tolist()
        [5.0, 0.0]
        """
        x = np.asarray(reference, dtype=float)
        if self.reference_at is None or self.site_at is None:
            return np.asarray(np.maximum(self.intercept + self.slope * x, 0.0))
        low, high = self.reference_at[0], self.reference_at[-1]
        inside = np.interp(x, self.reference_at, self.site_at)
        # beyond what was seen the ends go on by their ratio: a storm is not cut off
        above = x * (self.site_at[-1] / high) if high > 0 else inside
        below = x * (self.site_at[0] / low) if low > 0 else inside
        out = np.where(x > high, above, np.where(x < low, below, inside))
        return np.asarray(np.where(np.isnan(x), np.nan, np.maximum(out, 0.0)))


def relate(site: Float, reference: Float, method: LongTermMethod) -> Relation:
    """The relation of two series of the same times.

    Parameters
    ----------
    site, reference : (n,) float
        Without NaN.
    method : str
        ``"least_squares"``: the line of least squares. It is right on the mean and loses
        the part of the spread the reference does not explain, so that cubes come out low.
        ``"variance_ratio"``: the line that gives the site's mean and spread,
        ``y = m_y + (s_y / s_x) (x - m_x)`` [1]_. ``"quantile_mapping"``: the whole
        distribution, 100 quantiles of each.

    Raises
    ------
    DataError
        With fewer than ten values, or a reference that does not vary.

    References
    ----------
    .. [1] Rogers, A. L., Rogers, J. W., Manwell, J. F. (2005). Comparison of the performance
       of four measure-correlate-predict algorithms. J. Wind Eng. Ind. Aerodyn. 93, 243-264.
       doi:10.1016/j.jweia.2004.12.002

    Examples
    --------
    A line without scatter is found by both lines:

    >>> x = np.linspace(0.0, 20.0, 50)
    >>> [(round(f.slope, 9), round(f.intercept, 9))
    ...  for f in (relate(0.8 * x + 1.0, x, m) for m in METHODS[:2])]
    [(0.8, 1.0), (0.8, 1.0)]
    """
    x, y = np.asarray(reference, dtype=float), np.asarray(site, dtype=float)
    s_x, s_y = (float(v.std()) if v.size >= _LEAST else 0.0 for v in (x, y))
    if not s_x > 0.0:
        raise DataError(
            say("siting.long_term.reference_does_not_vary"),
            got=say("siting.long_term.n_values", n=x.size),
        )
    m_x, m_y = float(x.mean()), float(y.mean())
    r = float(((x - m_x) * (y - m_y)).mean() / (s_x * s_y)) if s_y > 0 else 0.0
    slope = s_y / s_x if method == "variance_ratio" else r * s_y / s_x
    if method != "quantile_mapping":
        return Relation(method, x.size, slope, m_y - slope * m_x, r)
    at = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    ends = np.concatenate([[0.0], at, [1.0]])
    q_x, q_y = np.quantile(x, ends), np.quantile(y, ends)
    # equal quantiles of the reference (calms) stand for the mean of the site's
    distinct, where = np.unique(q_x, return_inverse=True)
    mean_y = np.bincount(where, weights=q_y) / np.bincount(where)
    return Relation(method, x.size, slope, m_y - slope * m_x, r, distinct, mean_y)
