"""Wind profile between heights: power law and logarithmic law, given or fitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, ModelError
from gis.say import say

__all__ = ["Profile", "fit_log", "fit_power", "log_law", "power_law", "to_height"]

Float = NDArray[np.float64]

# Above this the surface-layer profile no longer holds and the extrapolation is refused
_TOP_M = 300.0


@dataclass(frozen=True)
class Profile:
    """A profile law with its one parameter.

    Attributes
    ----------
    law
        ``"power"``: v2 = v1 (h2/h1)^value; ``"log"``: v2 = v1 ln(h2/value) / ln(h1/value).
    value
        Exponent [-] or roughness length [m].
    origin
        ``"given"``, ``"fitted"`` or ``"default"``.
    """

    law: Literal["power", "log"]
    value: float
    origin: Literal["given", "fitted", "default"] = "given"


def power_law(speed_m_s: Float | float, from_m: float, to_m: float, exponent: float) -> Float:
    """Speed at `to_m` by the power law.

    Examples
    --------
    >>> round(float(power_law(6.0, 10.0, 80.0, 1 / 3)), 9)
    12.0
    """
    return np.asarray(np.asarray(speed_m_s, dtype=float) * (to_m / from_m) ** exponent)


def log_law(speed_m_s: Float | float, from_m: float, to_m: float, roughness_m: float) -> Float:
    """Speed at `to_m` by the neutral logarithmic law.

    Raises
    ------
    ModelError
        When a height is not above the roughness length.

    Examples
    --------
    >>> round(float(log_law(5.0, 10.0, 100.0, 0.1)), 9)
    7.5
    """
    if min(from_m, to_m) <= roughness_m or roughness_m <= 0:
        raise ModelError(
            say("siting.wind_resource.logarithmic_law_needs_heights_above"),
            got=say(
                "siting.wind_resource.m_m_over_m",
                from_m=from_m,
                to_m=to_m,
                roughness_m=roughness_m,
            ),
        )
    factor = np.log(to_m / roughness_m) / np.log(from_m / roughness_m)
    return np.asarray(np.asarray(speed_m_s, dtype=float) * factor)


def _means(lower: Float, upper: Float, from_m: float, to_m: float) -> tuple[float, float]:
    a, b = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    if a.shape != b.shape:
        raise DataError(
            say("siting.wind_resource.two_heights_have_not_same"), got=f"{a.shape}, {b.shape}"
        )
    if not 0 < from_m < to_m:
        raise DataError(
            say("siting.wind_resource.heights_must_increase_from_above"),
            got=f"{from_m:g} m, {to_m:g} m",
        )
    # calm hours carry no energy and make ratios meaningless (IEC 61400-50-1 uses 3 m/s)
    good = np.isfinite(a) & np.isfinite(b) & (a >= 3.0)
    if good.sum() < 24:
        raise DataError(
            say("siting.wind_resource.too_few_hours_both_heights"), got=f"{good.sum()}"
        )
    return float(a[good].mean()), float(b[good].mean())


def fit_power(lower: Float, upper: Float, from_m: float, to_m: float) -> Profile:
    """Exponent from concurrent speeds at two heights: ln(v2/v1) / ln(h2/h1) of the means.

    Raises
    ------
    DataError
        With fewer than 24 concurrent hours above 3 m/s.

    Examples
    --------
    >>> v = np.full(48, 6.0)
    >>> round(fit_power(v, v * 2**0.2, 40.0, 80.0).value, 9)
    0.2
    """
    a, b = _means(lower, upper, from_m, to_m)
    return Profile("power", float(np.log(b / a) / np.log(to_m / from_m)), "fitted")


def fit_log(lower: Float, upper: Float, from_m: float, to_m: float) -> Profile:
    """Roughness length from concurrent speeds at two heights.

    ``ln z0 = (v2 ln h1 - v1 ln h2) / (v2 - v1)`` of the means.

    Raises
    ------
    ModelError
        When the speed does not grow with height.

    Examples
    --------
    >>> v = np.full(48, 5.0)
    >>> round(fit_log(v, v * 1.5, 10.0, 100.0).value, 9)
    0.1
    """
    a, b = _means(lower, upper, from_m, to_m)
    if b <= a:
        raise ModelError(
            say("siting.wind_resource.wind_speed_does_not_grow"),
            got=say(
                "siting.wind_resource.m_s_at_m_m",
                speed_m_s=a,
                from_m=from_m,
                other_m_s=b,
                to_m=to_m,
            ),
            todo=say("siting.wind_resource.use_power_law"),
        )
    return Profile(
        "log", float(np.exp((b * np.log(from_m) - a * np.log(to_m)) / (b - a))), "fitted"
    )


def to_height(speed_m_s: Float, from_m: float, to_m: float, profile: Profile) -> Float:
    """Speed at `to_m` by `profile`.

    Raises
    ------
    ModelError
        Above 300 m, where the surface-layer laws do not hold.
    """
    if not 0 < to_m <= _TOP_M:
        raise ModelError(
            say("siting.wind_resource.height_outside_range_profile_laws"),
            got=f"{to_m:g} m",
            expected=say("siting.wind_resource.n_0_m", TOP_M=_TOP_M),
        )
    law = power_law if profile.law == "power" else log_law
    return law(speed_m_s, from_m, to_m, profile.value)
