"""P-values of yearly energy from a stack of uncertainties, for PV and wind alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from gis.types import F8
from layers.spec import Origin, Text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEVELS", "Component", "PValues", "exceedance_curve", "p_value_table", "p_values"]

LEVELS = (50, 75, 90, 95, 99)
"""Probabilities of exceedance that are reported [%]."""

_TEN = 10  # years of the middle column: the usual tenor of debt


@dataclass(frozen=True)
class Component:
    """One source of uncertainty of the energy.

    Attributes
    ----------
    sd_frac
        Standard deviation over the energy.
    yearly
        True when each year draws anew (weather); the mean of n years then has
        ``sd / sqrt(n)``.
    source, quality
        Where the value is from; quality ``"computed"`` when it is of this very case,
        ``"user"`` or ``"user input"`` when the plan gives it.
    """

    id: str
    title: Text
    sd_frac: float
    yearly: bool
    source: Origin
    quality: str

    def __post_init__(self) -> None:
        if not 0.0 <= self.sd_frac < 1.0:
            raise ConfigError(
                say("siting.economy.uncertainty_is_a_fraction"),
                where=self.id,
                got=str(self.sd_frac),
                todo=say("siting.economy.write_per_cent_as_fraction"),
            )


@dataclass(frozen=True)
class PValues:
    """Energy that is exceeded with a probability, normally distributed about the P50.

    Attributes
    ----------
    sd_one_year_frac
        Combined standard deviation of any one year.
    sd_ten_year_frac
        The same of the mean of the first ten years (of the life where it is shorter).
    sd_life_frac
        The same of the mean over the life (of the long-term mean where no life is given).
    one_year, ten_year, life
        Level (50, 75, 90, 95, 99) -> energy a year, unit of the input: of the first year, of
        the mean of the first ten, of the mean of the life; degradation is in the last two.
    haircut_frac
        Cut of the P50 for a known bias; it is in all levels already.
    """

    sd_one_year_frac: float
    sd_ten_year_frac: float
    sd_life_frac: float
    one_year: Mapping[int, float]
    ten_year: Mapping[int, float]
    life: Mapping[int, float]
    haircut_frac: float = 0.0


def exceedance_curve(p50: float, sd_frac: float, probability_pct: npt.ArrayLike) -> F8:
    """Energy that is exceeded with each probability; unit of `p50`, never negative.

    Parameters
    ----------
    p50 : float
        Median energy.
    sd_frac : float
        Combined standard deviation over the P50.
    probability_pct : float or f8[n]
        Probabilities of exceedance, above 0 and below 100 [%].

    Raises
    ------
    ConfigError
        For a probability outside 0 to 100 %, or a negative deviation.

    Examples
    --------
    A combined 8 % gives a P90 of 0.897 and a P75 of 0.946 of the P50.

    >>> exceedance_curve(1.0, 0.08, [75.0, 90.0]).round(3).tolist()
    [0.946, 0.897]
    """
    p = np.atleast_1d(np.asarray(probability_pct, dtype=np.float64))
    if not ((p > 0.0) & (p < 100.0)).all() or not sd_frac >= 0.0:
        raise ConfigError(
            say("siting.economy.no_such_probability"),
            got=say("siting.economy.probability_and_deviation", p=p.tolist(), sd=sd_frac),
            expected=say("siting.economy.probability_and_deviation_range"),
        )
    normal = NormalDist()
    z = np.array([normal.inv_cdf(q / 100.0) for q in p.tolist()])
    return np.maximum(p50 * (1.0 - z * sd_frac), 0.0)


def p_values(
    p50: float,
    components: Sequence[Component],
    *,
    years: int | None = None,
    haircut_frac: float = 0.0,
    levels: Sequence[int] = LEVELS,
    of_first: Sequence[float] = (),
) -> PValues:
    """P-values of one year, ten years and the life; components are independent.

    Parameters
    ----------
    p50 : float
        Central estimate of the first year's energy, net of all losses.
    components : sequence of Component
    years : int, optional
        Operating life; without it `PValues.life` is of the long-term mean, in which the
        weather of single years has no part.
    haircut_frac : float
        Cut of the P50 for a known bias.
    of_first : sequence of float
        Energy of each operating year over that of the first (degradation), as many as
        `years`; without it every year is like the first.

    Raises
    ------
    ConfigError
        When there are not as many years as `years` says.

    Examples
    --------
    6 % of method and 8 % of each year's weather: 10 % for one year, and for the mean of
    four years sqrt(0.06**2 + 0.08**2 / 4) = 7.2 %.

    >>> a, b = (Component(k, Text(zh="甲", en="a"), sd, y, "", "") for k, sd, y in
    ...         (("method", 0.06, False), ("weather", 0.08, True)))
    >>> p = p_values(100.0, [a, b], years=4)
    >>> round(p.sd_one_year_frac, 6), round(p.sd_life_frac, 3), round(p.one_year[90], 1)
    (0.1, 0.072, 87.2)

    With 1 % less of the first year's energy each year the mean of four is 0.985 of the first:

    >>> q = p_values(100.0, [a, b], years=4, of_first=[1.0, 0.99, 0.98, 0.97])
    >>> round(q.life[50], 6), round(q.life[90] / p.life[90], 6), q.one_year == p.one_year
    (98.5, 0.985, True)
    """
    share = np.asarray(of_first, dtype=np.float64)
    if share.size and years is not None and share.size != years:
        raise ConfigError(
            say("siting.economy.one_share_each_year"),
            where="of_first",
            got=str(share.size),
            expected=str(years),
        )
    if share.size:
        years = int(share.size)
    fixed = sum(c.sd_frac**2 for c in components if not c.yearly)
    yearly = sum(c.sd_frac**2 for c in components if c.yearly)
    middle = p50 * (1.0 - haircut_frac)
    ten = min(_TEN, years or _TEN)

    def of_mean(n: int | None) -> tuple[float, dict[int, float]]:
        """Deviation and levels of the mean of `n` years; None: of the long-term mean."""
        sd = float(np.sqrt(fixed + (0.0 if n is None else yearly / max(n, 1))))
        kept = float(share[:n].mean()) if share.size else 1.0
        found = exceedance_curve(middle * kept, sd, levels)
        return sd, dict(zip(levels, found.tolist(), strict=True))

    (sd_one, one), (sd_ten, of_ten), (sd_life, life) = map(of_mean, (1, ten, years))
    return PValues(sd_one, sd_ten, sd_life, one, of_ten, life, haircut_frac)


def p_value_table(p: PValues) -> pd.DataFrame:
    """One row a level: ``level``, ``one_year_mwh``, ``ten_year_mwh``, ``life_mean_mwh``."""
    import pandas as pd  # heavy

    return pd.DataFrame(
        {
            "level": [f"P{q}" for q in p.one_year],
            "one_year_mwh": list(p.one_year.values()),
            "ten_year_mwh": list(p.ten_year.values()),
            "life_mean_mwh": list(p.life.values()),
        }
    )
