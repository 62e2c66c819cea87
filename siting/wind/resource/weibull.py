"""Weibull distributions of wind speed, overall and by direction."""

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
    "weibull_or_none",
]

Float = NDArray[np.float64]

# Shapes outside are no wind climate: 1 is exponential, 3.6 nearly normal
_K_LOW, _K_HIGH = 0.6, 12.0
_LEAST_HOURS = 100


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
    if v.size < _LEAST_HOURS:
        raise DataError(
            say("siting.wind_resource.too_few_hours_weibull_fit"),
            got=f"{v.size}",
            expected=f"{_LEAST_HOURS}",
        )
    if (v < 0).any():
        raise DataError(
            say("siting.wind_resource.negative_wind_speed"),
            todo=say("siting.wind_resource.run_quality_check_first"),
        )
    mean, cube, above = _moments(v)
    if not _varies(v):
        raise DataError(
            say("siting.wind_resource.wind_speed_does_not_vary"), got=f"{mean:g} m/s throughout"
        )

    found = _solved(mean, cube, above)
    if found is None:
        raise ModelError(
            say("siting.wind_resource.no_weibull_distribution_fits"),
            got=say("siting.wind_resource.cube_over_mean_3", ratio=cube / mean**3),
        )
    return found


def weibull_or_none(speed_m_s: Float) -> Weibull | None:
    """The fit of `fit_weibull`; None where there is none.

    Parameters
    ----------
    speed_m_s : (t,) float
        Not negative; NaN is left out.

    Examples
    --------
    >>> weibull_or_none(np.full(8760, 5.0)) is None
    True
    """
    v = np.asarray(speed_m_s, dtype=float)
    v = v[np.isfinite(v)]
    return _solved(*_moments(v)) if v.size >= _LEAST_HOURS and _varies(v) else None


def _moments(v: Float) -> tuple[float, float, float]:
    """Mean, mean cube, share above the mean."""
    mean = float(v.mean())
    return mean, float((v**3).mean()), float((v > mean).mean())


def _varies(v: Float) -> bool:
    return bool(v.mean() > 0 and v.std() >= 1e-6 * v.mean())


def _solved(mean: float, cube: float, above: float) -> Weibull | None:
    """The distribution with that mean cube and that share of hours above the mean.

    ``A^3 Gamma(1 + 3/k) = cube`` and ``exp(-(mean/A)^k) = above``. Where the share decides
    nothing, the ratio of cube and mean does; None where neither does.
    """

    def scale(k: float) -> float:
        return float((cube / gamma(1.0 + 3.0 / k)) ** (1.0 / 3.0))

    def by_share(k: float) -> float:
        return float(np.exp(-((mean / scale(k)) ** k)) - above)

    def by_ratio(k: float) -> float:
        return float(gamma(1.0 + 3.0 / k) / gamma(1.0 + 1.0 / k) ** 3 - cube / mean**3)

    for gap in (by_share, by_ratio):
        if gap(_K_LOW) * gap(_K_HIGH) <= 0:
            k = float(brentq(gap, _K_LOW, _K_HIGH, xtol=1e-8))
            return Weibull(scale(k), k)
    return None


def fit_sectors(speed_m_s: Float, direction_deg: Float, sectors: int = 12) -> SectorWeibull:
    """Weibull fit of each of `sectors` equal sectors, the first centred on north.

    A sector with fewer than 100 hours, or whose wind no Weibull distribution describes, has
    NaN for its scale and shape.

    Raises
    ------
    DataError
        When no hour has both speed and direction, or a speed is negative.
    """
    v, wd = np.asarray(speed_m_s, dtype=float), np.asarray(direction_deg, dtype=float)
    good = np.isfinite(v) & np.isfinite(wd)
    if (v[good] < 0).any():
        raise DataError(
            say("siting.wind_resource.negative_wind_speed"),
            todo=say("siting.wind_resource.run_quality_check_first"),
        )
    if not good.any():
        raise DataError(say("siting.wind_resource.no_hour_has_wind_speed_2"))
    width = 360.0 / sectors
    sector = np.floor(np.where(good, wd, 0) / width + 0.5).astype(int) % sectors
    hours = np.bincount(sector[good], minlength=sectors).astype(np.int64)
    a, k = np.full(sectors, np.nan), np.full(sectors, np.nan)
    for s in range(sectors):
        own = v[good & (sector == s)]
        fit = weibull_or_none(own)
        if fit is not None:
            a[s], k[s] = fit.a_m_s, fit.k
    return SectorWeibull(hours / hours.sum(), a, k, hours)
