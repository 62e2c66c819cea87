"""The stack of uncertainties of a PV plant's energy, each with its source."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError
from gis.say import listed, say
from layers.spec import Origin, Text, text_of
from siting.economy.p_values import Component

__all__ = ["default_components", "interannual_frac", "stack"]


@cache
def default_components() -> tuple[Component, ...]:
    """The stack of ``uncertainty.csv``."""
    text = resources.files("siting.pv").joinpath("data", "uncertainty.csv").read_text("utf-8")
    return tuple(
        Component(
            id=r["id"],
            title=Text(zh=r["title_zh"], en=r["title_en"]),
            sd_frac=float(r["sd_frac"]),
            yearly=r["yearly"] == "yes",
            source=Text(zh=r["source_zh"], en=r["source_en"]),
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
    correction: float = float("nan"),
    sources: float = float("nan"),
    measured: tuple[float, Origin] | None = None,
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
    correction : float
        What a long-term correction of the light leaves uncertain, one standard deviation;
        energy goes with light.
    sources : float
        What the spread of the plan's sources of light tells, one standard deviation.
    measured : (float, str or Text), optional
        Standard deviation of light measured at the site and where it is from; takes the place
        of that of modelled light.
    given : mapping
        Component id -> standard deviation.

    Raises
    ------
    ConfigError
        For an id the stack does not have.
    """
    given = dict(given or {})
    computed = {
        "interannual": (interannual, text_of(say("siting.pv_study.from_weather_years"))),
        "dc_model": (
            abs(model_spread) / np.sqrt(12.0),
            text_of(say("siting.pv_study.spread_of_dc_models")),
        ),
        "decomposition": (
            abs(decomposition_spread) / np.sqrt(12.0),
            text_of(say("siting.pv_study.spread_of_decompositions")),
        ),
        "sources": (sources, text_of(say("siting.pv_study.spread_of_sources"))),
        "correction": (
            correction or float("nan"),
            text_of(say("siting.pv_study.of_correction")),
        ),
    }
    out = []
    for c in default_components():
        if c.id in given:
            c = replace(
                c,
                sd_frac=given.pop(c.id),
                source=text_of(say("layers.words.origin.plan")),
                quality="user",
            )
        elif c.id in computed and np.isfinite(computed[c.id][0]):
            sd, source = computed[c.id]
            c = replace(c, sd_frac=float(sd), source=source, quality="computed")
        elif c.id == "resource" and measured is not None:
            c = replace(c, sd_frac=measured[0], source=measured[1], quality="secondary")
        out.append(c)
    if given:
        raise ConfigError(
            say("siting.pv_study.no_such_uncertainty"),
            got=listed(given),
            expected=listed(c.id for c in default_components()),
        )
    return tuple(out)
