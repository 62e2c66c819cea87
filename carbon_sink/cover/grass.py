"""Grassland vegetation cover: the official plot formula, and a labelled NDVI proxy.

The official figure is ``G = sum(C_k A_k) / sum(A_k)`` over grassland types k from ground
plots at peak growth. A satellite mean is another quantity; it is labelled a proxy, carries
an interval, and can be calibrated on plots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carbon_sink.cover.indicator import Indicator
from gis.errors import DataError, ModelError
from gis.say import say
from layers.spec import Text

__all__ = [
    "Calibration",
    "Endpoints",
    "calibrate",
    "check_ndvi",
    "endpoints_of",
    "fvc",
    "grass_cover_official",
    "grass_cover_proxy",
    "peak_composite",
]

F8 = npt.NDArray[np.float64]
_PERCENTILES = (0.5, 99.5)
"""Cumulative NDVI percentiles used in the Ningxia Yellow River zone (ChinaXiv-202006.00190)."""
_TITLE = Text(zh="草原综合植被盖度", en="grassland vegetation cover")


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
            say("carbon_sink.cover.ndvi_scaled_by_10_000")
            if scaled and high <= 10_000
            else say("carbon_sink.cover.this_not_ndvi"),
            where=where,
            got=say("carbon_sink.cover.to", low=low, high=high),
            expected="-1 to 1",
            todo=say("carbon_sink.cover.set_scale_0_0001_on")
            if scaled
            else say("carbon_sink.cover.check_band_nodata_value"),
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
            say("carbon_sink.cover.vegetation_cover_outside_0_1"),
            where=where,
            got=say("carbon_sink.cover.to_2", value=finite.min(), value2=finite.max()),
            expected="a fraction",
            todo=say("carbon_sink.cover.set_scale_0_01_on"),
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
        raise ModelError(say("carbon_sink.cover.no_ndvi_take_endpoints_from"), where=source)
    soil, vegetation = np.percentile(x, _PERCENTILES)
    if vegetation - soil < 0.1:
        raise ModelError(
            say("carbon_sink.cover.scene_has_too_little_contrast"),
            where=source,
            got=say("carbon_sink.cover.to_3", soil=soil, vegetation=vegetation),
            todo=say("carbon_sink.cover.give_carbon_fvc_soil_vegetation"),
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
    y, x = check_fvc(plot_cover, where="grass_plots"), check_fvc(plot_fvc)
    ok = np.isfinite(x) & np.isfinite(y)
    x, y = x[ok], y[ok]
    if len(x) < 5 or float(np.ptp(x)) < 1e-6:
        raise ModelError(
            say("carbon_sink.cover.too_few_plots_no_spread"),
            got=f"{len(x)} plots",
            expected=say("carbon_sink.cover.n_5_more"),
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


def grass_cover_official(
    cover_frac: Mapping[str, Sequence[float]], area_ha: Mapping[str, float], *, year: int
) -> Indicator:
    """The official figure from plots by grassland type [%].

    Parameters
    ----------
    cover_frac : mapping
        Type -> vegetation cover of its plots at peak growth [0-1].
    area_ha : mapping
        Type -> its area [ha].

    Returns
    -------
    Indicator
        With the 95 % interval of the stratified mean (``sum(W_k^2 s_k^2 / n_k)``) where
        every type has two plots or more.

    Raises
    ------
    DataError
        A type without plots or without area, cover outside 0-1.

    References
    ----------
    Yang and Xu 2019, 草业科学 (formula); Cochran 1977, Sampling Techniques, Eq. 5.9.

    Examples
    --------
    0.4 over 300 ha and 0.2 over 100 ha: (120 + 20) / 400 = 35 %.

    >>> i = grass_cover_official({"a": [0.4], "b": [0.2]}, {"a": 300.0, "b": 100.0}, year=2025)
    >>> round(i.value, 6)
    35.0
    """
    if set(cover_frac) != set(area_ha) or not cover_frac:
        raise DataError(
            say("carbon_sink.cover.plots_areas_name_different_grassland"),
            where="grass_plots",
            got=say(
                "carbon_sink.cover.plots_areas",
                value=", ".join(sorted(cover_frac)),
                value2=", ".join(sorted(area_ha)),
            ),
        )
    total = math.fsum(area_ha.values())
    if total <= 0 or min(area_ha.values()) < 0:
        raise DataError(
            say("carbon_sink.cover.grassland_areas_must_positive"), where="grass_plots"
        )
    mean, variance, bounded = 0.0, 0.0, True
    for name, values in cover_frac.items():
        c = check_fvc(values, where=f"grass_plots {name}")
        if not c.size or not np.isfinite(c).all():
            raise DataError(
                say("carbon_sink.cover.grassland_type_without_plot_cover"),
                where=f"grass_plots {name}",
            )
        w = area_ha[name] / total
        mean += w * float(c.mean())
        if len(c) > 1:
            variance += w * w * float(c.var(ddof=1)) / len(c)
        else:
            bounded = False
    half = 1.96 * math.sqrt(variance) if bounded else math.nan
    return Indicator(
        id="grass_cover",
        title=_TITLE,
        value=mean * 100.0,
        unit="%",
        low=max(mean - half, 0.0) * 100.0 if bounded else math.nan,
        high=min(mean + half, 1.0) * 100.0 if bounded else math.nan,
        caliber="plots",
        caliber_title=Text(
            zh="地面样地、按草地类型面积加权（正式口径）",
            en="ground plots, weighted by grassland type (official)",
        ),
        year=year,
        source=f"grass_plots, {sum(len(v) for v in cover_frac.values())} plots in"
        f" {len(cover_frac)} types",
        quality="official",
    )


def grass_cover_proxy(
    ndvi: npt.ArrayLike,
    weight: npt.ArrayLike,
    endpoints: Endpoints,
    *,
    year: int,
    calibration: Calibration | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Indicator:
    """Area-weighted mean FVC of the grassland, labelled a proxy [%].

    Parameters
    ----------
    ndvi, weight : array, same shape
        Peak NDVI, and the grassland area of each cell (any unit, 0 off grassland).
    endpoints : Endpoints
        Frozen; their sd makes the interval, since 0.02 in the soil end alone moves sparse
        cover by 2-3 points.
    calibration : Calibration, optional
        Line to plot cover; its error is added to the interval.

    Returns
    -------
    Indicator

    Raises
    ------
    ModelError
        When no grassland cell has NDVI.
    """
    x, w = check_ndvi(ndvi).ravel(), np.asarray(weight, np.float64).ravel()
    ok = np.isfinite(x) & (w > 0)
    if not ok.any():
        raise ModelError(say("carbon_sink.cover.no_grassland_cell_has_ndvi"), where="ndvi")
    # the mean of a clipped line depends on the distribution of NDVI alone, so the draws run
    # over its histogram, not over millions of cells
    counts, edges = np.histogram(x[ok], bins=2000, range=(-1.0, 1.0), weights=w[ok])
    centre = (edges[:-1] + edges[1:]) / 2.0
    counts /= counts.sum()
    used = counts > 0
    centre, counts = centre[used], counts[used]
    rng = np.random.default_rng([seed, 20190720])
    soil = rng.normal(endpoints.soil, endpoints.soil_sd, draws)
    veg = np.maximum(
        rng.normal(endpoints.vegetation, endpoints.vegetation_sd, draws), soil + 0.05
    )
    cover = np.clip((centre - soil[:, None]) / (veg - soil)[:, None], 0.0, 1.0)
    means = cover @ counts
    value = float(np.average(fvc(x[ok], endpoints), weights=w[ok]))
    if calibration is not None:
        c = calibration
        se = np.sqrt(c.residual_sd**2 / c.n + (c.slope_se * (means - c.mean_fvc)) ** 2)
        means = c.intercept + c.slope * means + se * rng.standard_normal(draws)
        value = c.intercept + c.slope * value
    low, high = np.percentile(means, [2.5, 97.5])
    zh = "NDVI 推算的代用值，不是地面样地的正式口径"
    en = "proxy from NDVI, not the official plot statistic"
    if calibration is not None:
        zh += f"；已用 {calibration.n} 个样地标定（r = {calibration.r:.2f}）"
        en += f"; calibrated on {calibration.n} plots (r = {calibration.r:.2f})"
    return Indicator(
        id="grass_cover",
        title=_TITLE,
        value=value * 100.0,
        unit="%",
        low=max(float(low), 0.0) * 100.0,
        high=min(float(high), 1.0) * 100.0,
        caliber="ndvi_proxy",
        caliber_title=Text(zh="像元二分法 FVC（代用）", en="dimidiate pixel FVC (proxy)"),
        year=year,
        source=f"ndvi; endpoints {endpoints.soil:.3f} / {endpoints.vegetation:.3f}"
        f" ({endpoints.source})",
        quality="proxy",
        note=Text(zh=zh, en=en),
    )
