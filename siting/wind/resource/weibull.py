"""Weibull distributions of wind speed, of all hours and by sector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gamma

from gis.errors import DataError, ModelError
from gis.say import say

__all__ = [
    "SectorWeibull",
    "Weibull",
    "fit_sectors",
    "fit_weibull",
    "weibull_mean_m_s",
]

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Weibull:
    """Weibull distribution of wind speed: scale [m/s] and shape [-]."""

    a_m_s: float
    k: float


@dataclass(frozen=True, eq=False)
class SectorWeibull:
    """Weibull distributions by direction.

    Attributes
    ----------
    frequency : (d,) float
        Share of hours, sums to 1.
    a_m_s, k : (d,) float
        NaN where a sector has too few hours for a fit.
    hours : (d,) int
        Hours behind each fit.
    """

    frequency: Float
    a_m_s: Float
    k: Float
    hours: NDArray[np.int64]


def weibull_mean_m_s(a_m_s: float, k: float) -> float:
    """Mean of a Weibull distribution, A Gamma(1 + 1/k).

    Examples
    --------
    >>> round(weibull_mean_m_s(7.2, 2.0), 4)
    6.3808
    """
    return float(a_m_s * gamma(1.0 + 1.0 / k))


def fit_weibull(speed_m_s: Float) -> Weibull:
    """Fit that keeps the mean cube of the speed and the share of hours above the mean.

    Energy is in the cube, so the fit keeps it, unlike moments of the first two orders.

    Raises
    ------
    DataError
        With fewer than 100 valid hours, or no spread.

    References
    ----------
    I. Troen, E. L. Petersen, European Wind Atlas, Riso, 1989, chapter 8 (total energy
    and the frequency above the mean are kept).

    Examples
    --------
    >>> u = (np.arange(20000) + 0.5) / 20000
    >>> w = fit_weibull(8.0 * (-np.log(1 - u)) ** (1 / 2.2))
    >>> round(w.a_m_s, 2), round(w.k, 2)
    (8.0, 2.2)
    """
    v = np.asarray(speed_m_s, dtype=float)
    v = v[np.isfinite(v)]
    if v.size < 100:
        raise DataError(
            say("siting.wind_resource.too_few_hours_weibull_fit"),
            got=f"{v.size}",
            expected="100",
        )
    if (v < 0).any():
        raise DataError(
            say("siting.wind_resource.negative_wind_speed"),
            todo=say("siting.wind_resource.run_quality_check_first"),
        )
    mean, cube = float(v.mean()), float((v**3).mean())
    above = float((v > mean).mean())
    if mean <= 0 or v.std() < 1e-6 * mean:
        raise DataError(
            say("siting.wind_resource.wind_speed_does_not_vary"), got=f"{mean:g} m/s throughout"
        )

    # A from the cube: A^3 Gamma(1 + 3/k) = cube; share above the mean: exp(-(mean/A)^k)
    def gap(k: float) -> float:
        a = (cube / gamma(1.0 + 3.0 / k)) ** (1.0 / 3.0)
        return float(np.exp(-((mean / a) ** k)) - above)

    low, high = 0.6, 12.0
    if gap(low) * gap(high) > 0:
        # the share above the mean does not decide; the ratio of moments does
        ratio = cube / mean**3

        def gap(k: float) -> float:
            return float(gamma(1 + 3 / k) / gamma(1 + 1 / k) ** 3 - ratio)

        if gap(low) * gap(high) > 0:
            raise ModelError(
                say("siting.wind_resource.no_weibull_distribution_fits"),
                got=say("siting.wind_resource.cube_over_mean_3", ratio=ratio),
            )
    k = float(brentq(gap, low, high, xtol=1e-8))
    return Weibull(float((cube / gamma(1.0 + 3.0 / k)) ** (1.0 / 3.0)), k)


def fit_sectors(speed_m_s: Float, direction_deg: Float, sectors: int = 12) -> SectorWeibull:
    """Weibull fit of each of `sectors` equal sectors, the first centred on north.

    Raises
    ------
    DataError
        When no hour has both speed and direction.
    """
    v, wd = np.asarray(speed_m_s, dtype=float), np.asarray(direction_deg, dtype=float)
    good = np.isfinite(v) & np.isfinite(wd)
    if not good.any():
        raise DataError(say("siting.wind_resource.no_hour_has_wind_speed_2"))
    width = 360.0 / sectors
    sector = np.floor(np.where(good, wd, 0) / width + 0.5).astype(int) % sectors
    hours = np.bincount(sector[good], minlength=sectors).astype(np.int64)
    a, k = np.full(sectors, np.nan), np.full(sectors, np.nan)
    for s in range(sectors):
        try:
            fit = fit_weibull(v[good & (sector == s)])
        except (DataError, ModelError):
            continue
        a[s], k[s] = fit.a_m_s, fit.k
    return SectorWeibull(hours / hours.sum(), a, k, hours)
