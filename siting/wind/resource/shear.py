"""Wind profile between heights: power law and logarithmic law, given or fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, ModelError
from gis.say import listed, say

__all__ = [
    "Profile",
    "fit_profile",
    "log_law",
    "power_law",
    "to_height",
]

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
    heights_m
        Heights it was fitted to.
    residual_frac
        Measured mean over the fitted one at each of those heights, less one; of two heights
        none is left.
    """

    law: Literal["power", "log"]
    value: float
    origin: Literal["given", "fitted", "default"] = "given"
    heights_m: tuple[float, ...] = ()
    residual_frac: tuple[float, ...] = ()

    @property
    def largest_residual_frac(self) -> float:
        """The largest of the residuals without its sign; 0 without any."""
        return max(map(abs, self.residual_frac), default=0.0)


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


def fit_profile(
    speeds_m_s: Mapping[float, Float], law: Literal["power", "log"] = "power"
) -> Profile:
    """Profile of concurrent speeds at two heights or more, by least squares over all of them.

    The means of the hours in which every height is known and the lowest blows 3 m/s are
    fitted: ``ln v`` on ``ln h`` for the power law, ``v`` on ``ln h`` for the logarithmic.

    Parameters
    ----------
    speeds_m_s : mapping
        Height [m] -> (t,) speeds; NaN is missing.

    Raises
    ------
    DataError
        With fewer than 24 such hours, or heights that are not above the ground.
    ModelError
        When the speed does not grow with height and the logarithmic law is asked for.

    Examples
    --------
    A mast of three heights on one power law, and one whose lowest is sheltered:

    >>> v = {h: np.full(48, 6.0 * (h / 40.0) ** 0.2) for h in (10.0, 40.0, 100.0)}
    >>> found = fit_profile(v)
    >>> round(found.value, 9), found.largest_residual_frac < 1e-12
    (0.2, True)
    >>> v[10.0] = v[10.0] * 0.7
    >>> found = fit_profile(v)
    >>> [round(r, 3) for r in found.residual_frac]
    [-0.036, 0.098, -0.055]
    """
    heights = sorted(speeds_m_s)
    if len(heights) < 2 or not heights[0] > 0:
        raise DataError(
            say("siting.wind_resource.heights_must_increase_from_above"),
            got=listed(f"{h:g} m" for h in heights),
        )
    rows = [np.asarray(speeds_m_s[h], dtype=float) for h in heights]
    if len({r.shape for r in rows}) > 1:
        raise DataError(
            say("siting.wind_resource.two_heights_have_not_same"),
            got=listed(r.shape for r in rows),
        )
    v = np.vstack(rows)
    # calm hours carry no energy and make ratios meaningless (IEC 61400-50-1 uses 3 m/s)
    good = np.isfinite(v).all(axis=0) & (v[0] >= 3.0)
    if good.sum() < 24:
        raise DataError(
            say("siting.wind_resource.too_few_hours_both_heights"), got=f"{good.sum()}"
        )
    mean = v[:, good].mean(axis=1)
    x = np.log(np.array(heights))
    y = np.log(mean) if law == "power" else mean
    slope, level = (float(c) for c in np.polyfit(x, y, 1))
    if law == "log" and slope <= 0:
        raise ModelError(
            say("siting.wind_resource.wind_speed_does_not_grow"),
            got=say(
                "siting.wind_resource.m_s_at_m_m",
                speed_m_s=float(mean[0]),
                from_m=heights[0],
                other_m_s=float(mean[-1]),
                to_m=heights[-1],
            ),
            todo=say("siting.wind_resource.use_power_law"),
        )
    fitted = level + slope * x
    residual = mean / (np.exp(fitted) if law == "power" else fitted) - 1.0
    value = slope if law == "power" else float(np.exp(-level / slope))
    return Profile(law, value, "fitted", tuple(heights), tuple(float(r) for r in residual))


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
