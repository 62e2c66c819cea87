"""Fuzzy membership: from a value to how well it fits, 0 to 1."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from gis.say import say
from gis.types import F8
from layers.numbers import Number, Positive
from layers.spec import Frozen

__all__ = [
    "Bell",
    "Curve",
    "Falling",
    "Logistic",
    "Points",
    "Rising",
    "Trapezoid",
    "membership",
]


class Rising(Frozen):
    """0 up to `worst`, 1 from `best` on, straight between."""

    type: Literal["rising"] = "rising"
    worst: Number
    best: Number

    @model_validator(mode="after")
    def _order(self) -> Rising:
        if not self.worst < self.best:
            raise ValueError(say("siting.sites.rising_worst_below_best"))
        return self


class Falling(Frozen):
    """1 up to `best`, 0 from `worst` on, straight between."""

    type: Literal["falling"] = "falling"
    best: Number
    worst: Number

    @model_validator(mode="after")
    def _order(self) -> Falling:
        if not self.best < self.worst:
            raise ValueError(say("siting.sites.falling_best_below_worst"))
        return self


class Trapezoid(Frozen):
    """0 outside of `low`..`high`, 1 inside of `best_low`..`best_high`."""

    type: Literal["trapezoid"] = "trapezoid"
    low: Number
    best_low: Number
    best_high: Number
    high: Number

    @model_validator(mode="after")
    def _order(self) -> Trapezoid:
        if not self.low <= self.best_low <= self.best_high <= self.high:
            raise ValueError(say("siting.sites.trapezoid_order"))
        return self


class Logistic(Frozen):
    """1 / (1 + exp(-steepness (x - middle))); a negative steepness falls."""

    type: Literal["logistic"] = "logistic"
    middle: Number
    steepness: Number

    @model_validator(mode="after")
    def _steep(self) -> Logistic:
        if self.steepness == 0:
            raise ValueError(say("siting.sites.steepness_zero"))
        return self


class Bell(Frozen):
    """exp(-((x - best) / width)^2 / 2)."""

    type: Literal["bell"] = "bell"
    best: Number
    width: Positive


class Points(Frozen):
    """Straight lines through points (x, membership); level outside."""

    type: Literal["points"] = "points"
    points: tuple[tuple[Number, Annotated[float, Field(ge=0, le=1)]], ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _order(self) -> Points:
        x = [p[0] for p in self.points]
        if x != sorted(set(x)):
            raise ValueError(say("siting.sites.points_must_rise"))
        return self


Curve: TypeAlias = Annotated[
    Rising | Falling | Trapezoid | Logistic | Bell | Points, Field(discriminator="type")
]


def membership(curve: Curve, x: npt.ArrayLike) -> F8:
    """How well values fit, 0 to 1.

    Parameters
    ----------
    curve : Curve
    x : array_like
        Values in the criterion's unit; NaN = not known.

    Returns
    -------
    array of float
        Same shape; NaN where the value is not known, never 0 for it.

    Examples
    --------
    >>> membership(Falling(best=3, worst=20), [1, 11.5, 30, float("nan")]).tolist()
    [1.0, 0.5, 0.0, nan]
    """
    v = np.asarray(x, dtype=np.float64)
    with np.errstate(over="ignore"):
        match curve:
            case Rising():
                out = np.clip((v - curve.worst) / (curve.best - curve.worst), 0, 1)
            case Falling():
                out = np.clip((curve.worst - v) / (curve.worst - curve.best), 0, 1)
            case Trapezoid():
                out = np.minimum(
                    _edge(v - curve.low, curve.best_low - curve.low),
                    _edge(curve.high - v, curve.high - curve.best_high),
                )
            case Logistic():
                out = 1.0 / (1.0 + np.exp(-curve.steepness * (v - curve.middle)))
            case Bell():
                out = np.exp(-(((v - curve.best) / curve.width) ** 2) / 2)
            case Points():
                px, py = np.array(curve.points, dtype=np.float64).T
                out = np.interp(v, px, py)
    return np.where(np.isnan(v), np.nan, out)


def _edge(inside: F8, width: float) -> F8:
    """One flank of a trapezoid; a flank without width is a step."""
    if width == 0:
        return np.where(inside >= 0, 1.0, 0.0)
    return np.asarray(np.clip(inside / width, 0, 1))
