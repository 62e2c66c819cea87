"""Classes of a measured quantity of features, the same on the page and in QGIS."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from geoplan.maps.contents import same_words
from geoplan.maps.themes import VectorTheme, fixed_bounds, themes
from geoplan.maps.values import Words
from gis.cells.classes import quantile_classes
from gis.say import both, say

__all__ = ["NO_VALUE", "Step", "ramp_steps"]

NO_VALUE = "#9a9a9a"
"""Colour of what has no value, or is of no class (layers.js)."""


@dataclass(frozen=True)
class Step:
    """A class: from `low`, which is in it, to `high`, which is not but in the last one."""

    low: float
    high: float
    colour: str
    label: Words


def ramp_steps(values: npt.ArrayLike, theme: VectorTheme) -> list[Step]:
    """Quantile classes (at most five), of a share its own, with colours and words.

    Parameters
    ----------
    values : array of float
        Of all features; NaN where there is none.
    theme : VectorTheme
        With a ramp.

    Examples
    --------
    >>> theme = next(v for v in themes().vector if v.layer == "targets_by_township")
    >>> [s.label["en"] for s in ramp_steps([0.1, 1.4], theme)][::4]
    ['0.00 – 0.25', '>= 1.00']
    """
    stops = themes().ramp(theme.ramp)
    fixed = fixed_bounds(theme.style_by, len(stops))
    # the last class of a share has no upper end
    edges = (*fixed, fixed[-1]) if fixed else quantile_classes(values, len(stops))
    pairs = list(pairwise(float(e) for e in edges)) or [(float(e), float(e)) for e in edges]
    pick = np.linspace(0, len(stops) - 1, len(pairs)).round().astype(int)
    d, unit = theme.decimals, f" {theme.unit}" if theme.unit else ""
    out = [
        Step(
            a,
            b,
            stops[i],
            same_words(f"{a:,.{d}f}{unit}" if a == b else f"{a:,.{d}f} – {b:,.{d}f}{unit}"),
        )
        for (a, b), i in zip(pairs, pick, strict=True)
    ]
    if fixed:  # a target can be more than met
        a, b = pairs[-1]
        out[-1] = Step(
            a, b, out[-1].colour, both(say("geoplan.qgis.and_more", low=f"{a:,.{d}f}"))
        )
    return out
