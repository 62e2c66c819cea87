"""P-values of yearly energy from a stack of uncertainties, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError
from gis.say import say

__all__ = [
    "Component",
    "PValues",
    "default_components",
    "interannual_frac",
    "p_values",
    "stack",
]

LEVELS = (50, 75, 90, 99)


@dataclass(frozen=True)
class Component:
    """One source of uncertainty.

    Attributes
    ----------
    sd_frac
        Standard deviation over the yield.
    yearly
        True when each year draws anew (weather); the mean of n years then has
        ``sd / sqrt(n)``.
    """

    id: str
    title_zh: str
    title_en: str
    sd_frac: float
    yearly: bool
    source: str
    quality: str

    def __post_init__(self) -> None:
        if not 0.0 <= self.sd_frac < 1.0:
            raise ConfigError(
                say("siting.pv_study.uncertainty_fraction_from_0_below"),
                where=self.id,
                got=str(self.sd_frac),
                todo=say("siting.pv_study.n_5_0_05"),
            )


@dataclass(frozen=True)
class PValues:
    """Energy that is exceeded with a probability.

    Attributes
    ----------
    sd_one_year_frac, sd_life_frac
        Combined standard deviation of any one year, and of the mean over the life.
    one_year, life
        Level (50, 75, 90, 99) -> energy, unit of the input.
    """

    sd_one_year_frac: float
    sd_life_frac: float
    one_year: Mapping[int, float]
    life: Mapping[int, float]


@cache
def default_components() -> tuple[Component, ...]:
    """The stack of ``uncertainty.csv``."""
    text = resources.files("siting.pv").joinpath("data", "uncertainty.csv").read_text("utf-8")
    return tuple(
        Component(
            id=r["id"],
            title_zh=r["title_zh"],
            title_en=r["title_en"],
            sd_frac=float(r["sd_frac"]),
            yearly=r["yearly"] == "yes",
            source=r["source"],
            quality=r["quality"],
        )
        for r in csv.DictReader(text.splitlines())
    )


def interannual_frac(by_year: Sequence[float] | pd.Series | npt.NDArray[np.float64]) -> float:
    """Year-to-year standard deviation over the mean; NaN below five years.

    Examples
    --------
    >>> round(interannual_frac([98.0, 102.0, 100.0, 99.0, 101.0]), 4)
    0.0158
    """
    values = np.asarray(by_year, dtype=np.float64)
    if len(values) < 5 or values.mean() <= 0.0:
        return float("nan")
    return float(values.std(ddof=1) / values.mean())


def stack(
    *,
    interannual: float = float("nan"),
    model_spread: float = float("nan"),
    decomposition_spread: float = float("nan"),
    given: Mapping[str, float] | None = None,
) -> tuple[Component, ...]:
    """The default stack with what was computed at the site, and what the plan gives.

    Parameters
    ----------
    interannual : float
        From `interannual_frac`; NaN keeps the default.
    model_spread : float
        Relative difference of the two DC models; half of it, as a rectangular
        distribution, is the standard deviation ``spread / sqrt(12)``.
    decomposition_spread : float
        The same for the decomposition models, where DNI was rebuilt from GHI.
    given : mapping
        Component id -> standard deviation.

    Raises
    ------
    ConfigError
        For an id the stack does not have.
    """
    given = dict(given or {})
    computed = {
        "interannual": (interannual, "standard deviation of the weather years"),
        "dc_model": (
            abs(model_spread) / np.sqrt(12.0),
            "spread of Huld and PVWatts at the site, rectangular",
        ),
        "decomposition": (
            abs(decomposition_spread) / np.sqrt(12.0),
            "spread of the decomposition models at the site, rectangular",
        ),
    }
    out = []
    for c in default_components():
        if c.id in given:
            c = Component(
                c.id, c.title_zh, c.title_en, given.pop(c.id), c.yearly, "plan file", "user"
            )
        elif c.id in computed and np.isfinite(computed[c.id][0]):
            sd, source = computed[c.id]
            c = Component(c.id, c.title_zh, c.title_en, float(sd), c.yearly, source, "computed")
        out.append(c)
    if given:
        raise ConfigError(
            say("siting.pv_study.no_such_uncertainty"),
            got=", ".join(given),
            expected=", ".join(c.id for c in default_components()),
        )
    return tuple(out)


def p_values(
    p50: float,
    components: Sequence[Component],
    *,
    years: int = 25,
    levels: Sequence[int] = LEVELS,
) -> PValues:
    """P-values for one year and for the mean of the life, normal and independent.

    Examples
    --------
    A combined 8 % gives a P90 of 0.897 and a P75 of 0.946 of the P50.

    >>> c = Component("x", "", "", 0.08, False, "", "")
    >>> p = p_values(1.0, [c])
    >>> round(p.one_year[90], 3), round(p.one_year[75], 3)
    (0.897, 0.946)
    """
    fixed = sum(c.sd_frac**2 for c in components if not c.yearly)
    yearly = sum(c.sd_frac**2 for c in components if c.yearly)
    one, life = float(np.sqrt(fixed + yearly)), float(np.sqrt(fixed + yearly / max(years, 1)))

    def at(sd: float) -> dict[int, float]:
        return {q: max(0.0, p50 * (1.0 - NormalDist().inv_cdf(q / 100.0) * sd)) for q in levels}

    return PValues(one, life, at(one), at(life))
