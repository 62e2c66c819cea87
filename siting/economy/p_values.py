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
    sd_life_frac
        The same of the mean over the life (of the long-term mean where no life is given).
    one_year, life
        Level (50, 75, 90, 95, 99) -> energy, unit of the input.
    haircut_frac
        Cut of the P50 for a known bias; it is in all levels already.
    """

    sd_one_year_frac: float
    sd_life_frac: float
    one_year: Mapping[int, float]
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
) -> PValues:
    """P-values for one year and for the mean of the life; components are independent.

    Parameters
    ----------
    p50 : float
        Central estimate of the yearly energy, net of all losses.
    components : sequence of Component
    years : int, optional
        Operating life; without it `PValues.life` is of the long-term mean, in which the
        weather of single years has no part.
    haircut_frac : float
        Cut of the P50 for a known bias.

    Examples
    --------
    6 % of method and 8 % of each year's weather: 10 % for one year, and for the mean of
    four years sqrt(0.06**2 + 0.08**2 / 4) = 7.2 %.

    >>> a, b = (Component(k, Text(zh="甲", en="a"), sd, y, "", "") for k, sd, y in
    ...         (("method", 0.06, False), ("weather", 0.08, True)))
    >>> p = p_values(100.0, [a, b], years=4)
    >>> round(p.sd_one_year_frac, 6), round(p.sd_life_frac, 3), round(p.one_year[90], 1)
    (0.1, 0.072, 87.2)
    """
    fixed = sum(c.sd_frac**2 for c in components if not c.yearly)
    yearly = sum(c.sd_frac**2 for c in components if c.yearly)
    one = float(np.sqrt(fixed + yearly))
    life = float(np.sqrt(fixed + (0.0 if years is None else yearly / max(years, 1))))
    middle = p50 * (1.0 - haircut_frac)

    def at(sd: float) -> dict[int, float]:
        found = exceedance_curve(middle, sd, levels)
        return dict(zip(levels, found.tolist(), strict=True))

    return PValues(one, life, at(one), at(life), haircut_frac)


def p_value_table(p: PValues) -> pd.DataFrame:
    """One row a level: ``level`` ("P90"), ``one_year_mwh``, ``life_mean_mwh``."""
    import pandas as pd  # heavy

    return pd.DataFrame(
        {
            "level": [f"P{q}" for q in p.one_year],
            "one_year_mwh": list(p.one_year.values()),
            "life_mean_mwh": list(p.life.values()),
        }
    )
