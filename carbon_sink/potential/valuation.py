"""Present value of a sink, at price and discount of the user."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gis.errors import ModelError
from gis.say import say

__all__ = ["present_value", "valuation_factor"]


def _sensible(price: float, discount_frac: float, other_frac: float) -> None:
    given = (price, discount_frac, other_frac)
    if not (all(map(math.isfinite, given)) and price > 0 and min(given[1:]) > -1):
        raise ModelError(
            say("carbon_sink.potential.valuation_unclear"),
            got=f"{price:g}, {discount_frac:g}, {other_frac:g}",
            expected="> 0, > -1, > -1",
        )


def valuation_factor(
    price: float, years: int, discount_frac: float, rate_change_frac: float = 0.0
) -> float:
    """What a tonne stored evenly over `years` is worth today, by InVEST's formula.

    ``price / years * sum(1 / ((1 + r)^t (1 + c)^t), t = 0 .. years - 1)``.

    Parameters
    ----------
    price : float
        Of a tonne today [money/t]; the result is of the same tonne, of carbon or of CO2.
    years : int
        Over which it is stored.
    discount_frac : float
        Market discount r a year.
    rate_change_frac : float
        InVEST's *annual price change* c. It divides: a positive one lowers the worth of later
        years. A price that grows by g a year is ``c = 1 / (1 + g) - 1``.

    Returns
    -------
    float
        [money/t].

    Raises
    ------
    ModelError
        No year, a price that is none, a rate of -100 % or less.

    References
    ----------
    natcap/invest, ``carbon._calculate_valuation_constant`` and its unit tests.

    Examples
    --------
    The case of InVEST's test: 43 a tonne, 14 years, r = -7.1 %, c = 2.8 %.

    >>> round(valuation_factor(43.0, 14, -0.071, 0.028), 7)
    59.0013607
    >>> round(valuation_factor(50.0, 2, 0.50, 0.05), 5)
    40.87302
    >>> valuation_factor(43.0, 14, 0.0)
    43.0
    """
    _sensible(price, discount_frac, rate_change_frac)
    if years < 1:
        raise ModelError(
            say("carbon_sink.potential.valuation_years"), got=str(years), expected=">= 1"
        )
    ratio = 1.0 / ((1.0 + discount_frac) * (1.0 + rate_change_frac))
    return price / years * math.fsum(ratio**t for t in range(years))


def present_value(
    yearly_t: npt.ArrayLike, price: float, discount_frac: float, price_growth_frac: float
) -> float:
    """What removals of successive years are worth today.

    Parameters
    ----------
    yearly_t : array_like, shape (n,)
        Tonnes of year 0, 1, ...; NaN makes the value NaN.
    price : float
        Of a tonne in year 0 [money/t].
    discount_frac, price_growth_frac : float
        A year.

    Examples
    --------
    Even removals are worth what `valuation_factor` says of their sum:

    >>> round(present_value([1 / 14] * 14, 43.0, -0.071, 1 / 1.028 - 1), 7)
    59.0013607
    """
    _sensible(price, discount_frac, price_growth_frac)
    tonnes = np.asarray(yearly_t, np.float64)
    ratio = (1.0 + price_growth_frac) / (1.0 + discount_frac)
    return float(np.sum(tonnes * price * ratio ** np.arange(tonnes.size)))
