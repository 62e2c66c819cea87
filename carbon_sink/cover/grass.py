"""Grassland vegetation cover: the official plot formula, and a labelled NDVI proxy.

The official figure is ``G = sum(C_k A_k) / sum(A_k)`` over grassland types k from ground
plots at peak growth. A satellite mean is another quantity; it is labelled a proxy, carries
an interval, and can be calibrated on plots.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import DataError, ModelError
from gis.say import say
from gis.types import F8

__all__ = [
    "Calibration",
    "Endpoints",
    "calibrate",
    "check_ndvi",
    "endpoints_of",
    "fvc",
    "peak_composite",
]

_PERCENTILES = (0.5, 99.5)
"""Cumulative NDVI percentiles used in the Ningxia Yellow River zone (ChinaXiv-202006.00190)."""


@dataclass(frozen=True)
class Endpoints:
    """NDVI of bare soil and of full cover, frozen across years, with their sd."""

    soil: float
    vegetation: float
    soil_sd: float = 0.02
    vegetation_sd: float = 0.02
    source: str = ""


def check_ndvi(ndvi: npt.ArrayLike, *, where: str = "ndvi") -> F8:
    """NDVI as float64 with NaN for no data; scaled or impossible values are refused.

    Raises
    ------
    DataError
        Values beyond [-1, 1]: scaled by 10,000 (or 250), or not NDVI at all.

    Examples
    --------
    >>> check_ndvi([0.2, float("nan")])
    array([0.2, nan])
    """
    x = np.asarray(ndvi, np.float64)
    finite = x[np.isfinite(x)]
    if not finite.size:
        return x
    low, high = float(finite.min()), float(finite.max())
    if low < -1.0 or high > 1.0:
        scaled = high > 100.0
        raise DataError(
            say("carbon_sink.cover.ndvi_scaled")
            if scaled and high <= 10_000
            else say("carbon_sink.cover.not_ndvi"),
            where=where,
            got=say("carbon_sink.cover.range", low=low, high=high),
            expected=say("carbon_sink.cover.range", low=-1, high=1),
            todo=say("carbon_sink.cover.set_scale_ndvi")
            if scaled
            else say("carbon_sink.cover.check_band"),
        )
    return x


def check_fvc(cover: npt.ArrayLike, *, where: str = "fvc") -> F8:
    """Cover as a fraction; values over 1 (percent) or below 0 are refused.

    Raises
    ------
    DataError
        FVC outside [0, 1].
    """
    x = np.asarray(cover, np.float64)
    finite = x[np.isfinite(x)]
    if finite.size and (finite.min() < 0.0 or finite.max() > 1.0):
        raise DataError(
            say("carbon_sink.cover.cover_out_of_range"),
            where=where,
            got=say("carbon_sink.cover.range", low=finite.min(), high=finite.max()),
            expected=say("carbon_sink.cover.range", low=0, high=1),
            todo=say("carbon_sink.cover.set_scale_percent"),
        )
    return x


def peak_composite(stack: npt.ArrayLike, *, where: str = "ndvi") -> F8:
    """Maximum over dates, ignoring gaps; NaN where every date is missing.

    Examples
    --------
    >>> peak_composite([[0.1, np.nan], [0.4, np.nan]])
    array([0.4, nan])
    """
    x = check_ndvi(stack, where=where)
    filled = np.where(np.isnan(x), -np.inf, x).max(axis=0)
    return np.where(np.isneginf(filled), np.nan, filled)


def endpoints_of(ndvi: npt.ArrayLike, *, source: str) -> Endpoints:
    """Endpoints at the 0.5 % and 99.5 % of NDVI over the whole county.

    Compute them once, over the county including irrigated fields, and freeze them: endpoints
    per year make a trend of their own.

    Raises
    ------
    ModelError
        When the scene has no contrast.
    """
    x = check_ndvi(ndvi)
    x = x[np.isfinite(x)]
    if not x.size:
        raise ModelError(say("carbon_sink.cover.no_ndvi_for_endpoints"), where=source)
    soil, vegetation = np.percentile(x, _PERCENTILES)
    if vegetation - soil < 0.1:
        raise ModelError(
            say("carbon_sink.cover.too_little_contrast"),
            where=source,
            got=say("carbon_sink.cover.endpoints", soil=soil, vegetation=vegetation),
            todo=say("carbon_sink.cover.give_endpoints"),
        )
    return Endpoints(float(soil), float(vegetation), source=source)


def fvc(ndvi: npt.ArrayLike, endpoints: Endpoints, *, where: str = "ndvi") -> F8:
    """Fractional vegetation cover by the dimidiate pixel model [0-1].

    ``FVC = clip((NDVI - NDVI_soil) / (NDVI_veg - NDVI_soil), 0, 1)``; NaN stays NaN.

    Examples
    --------
    >>> fvc([0.05, 0.375, 0.9], Endpoints(0.05, 0.70))
    array([0. , 0.5, 1. ])
    """
    x = check_ndvi(ndvi, where=where)
    return np.clip((x - endpoints.soil) / (endpoints.vegetation - endpoints.soil), 0.0, 1.0)


@dataclass(frozen=True)
class Calibration:
    """Line from proxy to plot cover, ``plot = intercept + slope * fvc``.

    Attributes
    ----------
    residual_sd
        sd of a plot around the line [0-1].
    n, r
        Number of plots, correlation.
    slope_se, mean_fvc
        For the interval of a mean far from the plots' mean.
    """

    intercept: float
    slope: float
    residual_sd: float
    n: int
    r: float
    slope_se: float
    mean_fvc: float


def calibrate(plot_cover: npt.ArrayLike, plot_fvc: npt.ArrayLike) -> Calibration:
    """Least-squares line of plot cover on FVC at the plots (both 0-1).

    Raises
    ------
    ModelError
        Fewer than five plots, or no spread in FVC.

    Examples
    --------
    >>> c = calibrate([0.1, 0.2, 0.3, 0.4, 0.5], [0.2, 0.4, 0.6, 0.8, 1.0])
    >>> round(c.slope, 6), round(c.intercept, 6)
    (0.5, 0.0)
    """
    y, x = check_fvc(plot_cover, where="[layers.grass_plots]"), check_fvc(plot_fvc)
    ok = np.isfinite(x) & np.isfinite(y)
    x, y = x[ok], y[ok]
    if len(x) < 5 or float(np.ptp(x)) < 1e-6:
        raise ModelError(
            say("carbon_sink.cover.cannot_calibrate"),
            got=say("carbon_sink.cover.plots", count=len(x)),
            expected=say("carbon_sink.cover.five_or_more"),
        )
    mx, my = float(x.mean()), float(y.mean())
    sxx = float(((x - mx) ** 2).sum())
    slope = float(((x - mx) * (y - my)).sum()) / sxx
    intercept = my - slope * mx
    residual = y - intercept - slope * x
    sd = math.sqrt(float((residual**2).sum()) / (len(x) - 2))
    syy = float(((y - my) ** 2).sum())
    r = slope * math.sqrt(sxx / syy) if syy > 0 else math.nan
    return Calibration(intercept, slope, sd, len(x), r, sd / math.sqrt(sxx), mx)
