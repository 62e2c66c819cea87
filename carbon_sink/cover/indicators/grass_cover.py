"""Composite vegetation cover of grassland: the official plot formula, and a labelled proxy.

The official figure is ``G = sum(C_k A_k) / sum(A_k)`` over grassland types k from ground
plots at peak growth. A satellite mean is another quantity; it is labelled a proxy, carries
an interval, and can be calibrated on plots.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from carbon_sink.cover.grass import Calibration, Endpoints, check_fvc, check_ndvi, fvc
from carbon_sink.cover.grass_ndvi import GrassNdvi, grass_ndvi
from carbon_sink.cover.indicator import Answer, Evidence, Indicator
from carbon_sink.section import CarbonSection
from gis.errors import DataError, GeoplanError, ModelError
from gis.say import listed, say
from layers.answers.figure import Figure
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Text, text_of

__all__ = ["INDICATOR", "grass_cover_official", "grass_cover_proxy", "plots_figure"]

CALIBERS: Mapping[str, Text] = {
    c: text_of(say(f"carbon_sink.grass_cover.{c}")) for c in ("plots", "ndvi_proxy")
}
_PLOTS = "[layers.grass_plots]"
_LEVEL = 0.975  # upper end of a two-sided 95 % interval
_TITLE = text_of(say("carbon_sink.grass_cover.title"))


def grass_cover_official(
    cover_frac: Mapping[str, Sequence[float]], area_ha: Mapping[str, float], *, year: int
) -> Figure:
    """The official figure from plots by grassland type [%].

    Parameters
    ----------
    cover_frac : mapping
        Type -> vegetation cover of its plots at peak growth [0-1].
    area_ha : mapping
        Type -> its area [ha].

    Returns
    -------
    Figure
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
            say("carbon_sink.grass_cover.types_differ"),
            where=_PLOTS,
            got=say(
                "carbon_sink.grass_cover.plots_and_areas",
                plots=listed(sorted(cover_frac)),
                areas=listed(sorted(area_ha)),
            ),
        )
    total = math.fsum(area_ha.values())
    if total <= 0 or min(area_ha.values()) < 0:
        raise DataError(say("carbon_sink.grass_cover.areas_not_positive"), where=_PLOTS)
    mean, bounded = 0.0, True
    parts: list[tuple[float, int]] = []  # variance of each type's share of the mean, its plots
    for name, values in cover_frac.items():
        c = check_fvc(values, where=f"{_PLOTS} {name}")
        if not c.size or not np.isfinite(c).all():
            raise DataError(
                say("carbon_sink.grass_cover.type_without_plots"),
                where=f"{_PLOTS} {name}",
            )
        w = area_ha[name] / total
        mean += w * float(c.mean())
        if len(c) > 1:
            parts.append((w * w * float(c.var(ddof=1)) / len(c), len(c)))
        else:
            bounded = False
    half = _half_width(parts) if bounded else math.nan
    return Figure(
        id="grass_cover",
        title=_TITLE,
        value=mean * 100.0,
        unit="%",
        low=max(mean - half, 0.0) * 100.0 if bounded else math.nan,
        high=min(mean + half, 1.0) * 100.0 if bounded else math.nan,
        caliber="plots",
        caliber_title=CALIBERS["plots"],
        year=year,
        source="grass_plots",
        quality="official",
        note=text_of(
            say(
                "carbon_sink.grass_cover.note_plots",
                n=sum(len(v) for v in cover_frac.values()),
                types=len(cover_frac),
            )
        ),
    )


def _half_width(parts: Sequence[tuple[float, int]]) -> float:
    """Half the 95 % interval of a stratified mean, few plots in a stratum included.

    Student's t with the effective degrees of freedom of strata of unlike variance.

    References
    ----------
    Cochran 1977, Sampling Techniques, Eq. 5.16; Satterthwaite 1946, Biometrics Bulletin 2,
    110-114, doi:10.2307/3002019.
    """
    from scipy import stats  # heavy

    variance = math.fsum(v for v, _ in parts)
    if variance <= 0:
        return 0.0
    freedom = variance**2 / math.fsum(v * v / (n - 1) for v, n in parts)
    return float(stats.t.ppf(_LEVEL, freedom)) * math.sqrt(variance)


def grass_cover_proxy(
    ndvi: npt.ArrayLike,
    weight: npt.ArrayLike,
    endpoints: Endpoints,
    *,
    year: int,
    calibration: Calibration | None = None,
    draws: int = 2000,
    seed: int = 0,
) -> Figure:
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
    Figure

    Raises
    ------
    ModelError
        When no grassland cell has NDVI.
    """
    x, w = check_ndvi(ndvi).ravel(), np.asarray(weight, np.float64).ravel()
    ok = np.isfinite(x) & (w > 0)
    if not ok.any():
        raise ModelError(
            say("carbon_sink.grass_cover.no_ndvi_on_grassland"), where="[layers.ndvi]"
        )
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
    ends = {"soil": endpoints.soil, "vegetation": endpoints.vegetation}
    note = say("carbon_sink.grass_cover.note_proxy", **ends)
    if calibration is not None:
        c = calibration
        note = say("carbon_sink.grass_cover.note_calibrated", n=c.n, r=c.r, **ends)
    return Figure(
        id="grass_cover",
        title=_TITLE,
        value=value * 100.0,
        unit="%",
        low=max(float(low), 0.0) * 100.0,
        high=min(float(high), 1.0) * 100.0,
        caliber="ndvi_proxy",
        caliber_title=CALIBERS["ndvi_proxy"],
        year=year,
        source=f"ndvi; {endpoints.source}",
        quality="proxy",
        note=text_of(note),
    )


def plots_figure(plan: Plan, section: CarbonSection) -> Figure | None:
    """The official figure of the plan's plots; None where they do not give one.

    Raises
    ------
    DataError
        Types of plots that are not those of the areas; see `grass_cover_official`.
    """
    plots = open_features(plan, "grass_plots")
    if plots is None or "cover_pct" not in plots.columns:
        return None
    plots = plots[plots["cover_pct"].notna()]
    if not len(plots):
        return None
    kinds = plots["grass_type"] if "grass_type" in plots.columns else None
    if kinds is not None and section.grass_type_areas_ha:
        by = {str(k): (v / 100.0).tolist() for k, v in plots["cover_pct"].groupby(kinds)}
        return grass_cover_official(by, section.grass_type_areas_ha, year=section.year)
    if "weight" in plots.columns and plots["weight"].notna().all():
        # one weight a plot: the plots of one weight stand for one type of that area
        key = kinds if kinds is not None else plots["weight"]
        by = {str(k): (v / 100.0).tolist() for k, v in plots["cover_pct"].groupby(key)}
        area = {str(k): float(v.iloc[0]) for k, v in plots["weight"].groupby(key)}
        return grass_cover_official(by, area, year=section.year)
    return None


def _of_ndvi(section: CarbonSection, found: GrassNdvi) -> Figure:
    return grass_cover_proxy(
        found.ndvi,
        found.weight,
        found.endpoints,
        year=section.year,
        calibration=found.calibration,
        seed=section.seed,
    )


def _answer(evidence: Evidence) -> Answer:
    plan, section = evidence.plan, evidence.section
    plots = plots_figure(plan, section)
    own = (plots,) if plots is not None else ()
    try:
        found = grass_ndvi(plan, section, evidence.county, evidence.work)
        if found is None:
            return Answer(own)
        return Answer((*own, _of_ndvi(section, found)), found.warnings, found.rasters)
    except GeoplanError as err:
        if not own:
            raise
        unusable = say("carbon_sink.grass_cover.ndvi_unusable", err=err.reason)
        return Answer(own, (Warn("ndvi_unusable", unusable, "ndvi"),))


INDICATOR = Indicator(
    id="grass_cover",
    title=_TITLE,
    unit="%",
    needs="grass_plots / ndvi",
    answer=_answer,
    place=30,
    calibers=CALIBERS,
    denominator=text_of(say("carbon_sink.grass_cover.denominator")),
)
