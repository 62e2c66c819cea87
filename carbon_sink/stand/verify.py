"""The forest map held against measured plots and a map of above-ground biomass."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.section import CarbonSection
from carbon_sink.stand.codes import stand_checks
from carbon_sink.stand.estimators import (
    Agreement,
    SampleMean,
    agreement,
    ratio_mean,
    regression_mean,
    simple_mean,
    stratified_mean,
)
from carbon_sink.stand.stock import group_values
from gis.cells.zonal import zonal_means
from gis.errors import DataError, Fault
from gis.say import listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import plan_grid_of
from layers.open.plan_layers import layer_state, open_features, open_raster
from layers.plan.model import Plan
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "AgbCheck",
    "PlotCheck",
    "calibration_faults",
    "check_agb",
    "check_plots",
    "plots_on_stands",
]

_NAMED = 5
_Z95 = 1.959963984540054
_FEW = 10
"""Plots under which an interval by Student's t says little; a house limit, told with it."""


@dataclass(frozen=True)
class PlotCheck:
    """Plots against the map.

    Attributes
    ----------
    layer
        Plots with their stand, the map's value and the residual map minus plot.
    agreement
        On plots that lie in a stand with a volume.
    means
        Estimators of the mean volume of tree forest, and the map's own mean:
        ``estimator, mean, se, low, high, n, df, slope, total_m3, total_low_m3, total_high_m3``.
    factor, factor_se
        What the chosen calibration multiplies the map's volume with, and the spread that gives
        the interval of the mean; 1 and NaN where none.
    """

    layer: gpd.GeoDataFrame
    agreement: Agreement | None
    means: pd.DataFrame
    factor: float
    factor_se: float
    warnings: tuple[Warn, ...]


@dataclass(frozen=True)
class AgbCheck:
    """Map of above-ground biomass against the stands' living biomass [t d.m./ha or tC/ha]."""

    agreement: Agreement | None
    comparable: bool
    stands: int


def plots_on_stands(plots: gpd.GeoDataFrame, stands: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Row of the stand each plot lies in; -1 outside of all."""
    points = shapely.point_on_surface(np.asarray(plots.geometry.array))
    tree = shapely.STRtree(np.asarray(stands.geometry.array))
    at, stand = tree.query(points, predicate="intersects")
    out = np.full(len(plots), -1, np.int64)
    out[at[::-1]] = stand[::-1]
    return out


def _row(name: str, found: SampleMean, area_ha: float) -> dict[str, object]:
    words = say(f"carbon_sink.stand.mean_{name}")
    return {
        "estimator": name,
        "estimator_zh": words("zh"),
        "estimator_en": words("en"),
        "mean_m3_ha": found.value,
        "se_m3_ha": found.se,
        "low_m3_ha": found.low,
        "high_m3_ha": found.high,
        "n": found.n,
        "df": found.df,
        "slope": found.slope,
        "total_m3": found.value * area_ha,
        "total_low_m3": found.low * area_ha,
        "total_high_m3": found.high * area_ha,
    }


def _means(
    y: F8, x: F8, stratum: npt.NDArray[Any], sizes: dict[str, float], x_mean: float, area: float
) -> tuple[pd.DataFrame, dict[str, SampleMean], list[Warn]]:
    warnings: list[Warn] = []
    found: dict[str, SampleMean] = {}
    makers: dict[str, Callable[[], SampleMean]] = {
        "simple": lambda: simple_mean(y),
        "stratified": lambda: stratified_mean(y, stratum, sizes),
        "ratio": lambda: ratio_mean(y, x, x_mean),
        "regression": lambda: regression_mean(y, x, x_mean),
    }
    for name, make in makers.items():
        try:
            found[name] = make()
        except DataError as err:
            words = say(f"carbon_sink.stand.mean_{name}")
            told = say("carbon_sink.stand.estimator_not_had", name=words, why=err.reason)
            warnings.append(Warn("stand_estimator", told, "forest_plots"))
    rows = [_row(k, v, area) for k, v in found.items()]
    own = SampleMean(x_mean, math.nan, math.nan, math.nan, 0, math.nan)
    rows.insert(0, _row("map", own, area))
    return pd.DataFrame(rows), found, warnings


def check_plots(plan: Plan, section: CarbonSection, t: gpd.GeoDataFrame) -> PlotCheck | None:
    """Plots of the plan against the stands; None without plots that give a volume.

    Parameters
    ----------
    plan : Plan
    section : CarbonSection
    t : GeoDataFrame
        Stands as `sense.sensed` gives them.
    """
    plots = open_features(plan, "forest_plots")
    if plots is None or "volume_m3_ha" not in plots.columns:
        _calibration(section, {}, math.nan)  # refuses where one is asked for
        return None
    warnings = _other_years(plots, section.year) if section.year else []
    plots, told_first = _once(plots)
    warnings += told_first
    at = plots_on_stands(plots, t)
    inside = at >= 0
    x = np.where(inside, t["m3_ha"].to_numpy(np.float64)[at], np.nan)
    arbor = inside & (t["forest_type"] == "arbor").to_numpy()[at]
    y, told_of_volume = _volume(plots)
    warnings += told_of_volume
    used = arbor & np.isfinite(x) & np.isfinite(y)
    layer = plots[["geometry"]].copy()
    layer["plot_id"] = plots["plot_id"].astype(str)
    layer["stand_id"] = np.where(inside, t["stand_id"].to_numpy(object)[at], "")
    layer["plot_m3_ha"], layer["map_m3_ha"] = y, x
    layer["residual_m3_ha"] = np.where(used, x - y, np.nan)
    layer["used"] = used
    out_of = int((~used).sum())
    if out_of:
        told = say("carbon_sink.stand.plots_not_used", n=out_of, of=len(plots))
        warnings.append(Warn("stand_plots_not_used", told, "forest_plots"))
    n = int(used.sum())
    if n < 2:
        _calibration(section, {}, math.nan)  # refuses where one is asked for
        return PlotCheck(layer, None, pd.DataFrame(), 1.0, math.nan, tuple(warnings))
    if n < _FEW:
        told = say("carbon_sink.stand.few_plots", n=n)
        warnings.append(Warn("stand_few_plots", told, "forest_plots"))
    known = (t["forest_type"] == "arbor").to_numpy() & np.isfinite(t["m3_ha"].to_numpy())
    area = t["area_ha"].to_numpy(np.float64)
    whole = math.fsum(area[known])
    x_mean = math.fsum((area * np.nan_to_num(t["m3_ha"].to_numpy(np.float64)))[known]) / whole
    stratum = group_values(t, section.stands.strata).to_numpy(object)
    # in an order of its own: the last bit of a sum must not follow the order of a set
    names = sorted(map(str, set(stratum[known])))
    sizes = {k: math.fsum(area[known & (stratum.astype(str) == k)]) for k in names}
    means, found, told_of = _means(y[used], x[used], stratum[at[used]], sizes, x_mean, whole)
    factor, se = _calibration(section, found, x_mean)
    return PlotCheck(
        layer, agreement(x[used], y[used]), means, factor, se, (*warnings, *told_of)
    )


def _once(plots: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Warn]]:
    """Plots without second rows of one number at one place, which are no sample more."""
    points = shapely.to_wkb(shapely.point_on_surface(np.asarray(plots.geometry.array)))
    key = pd.DataFrame({"plot": plots["plot_id"].astype(str).to_numpy(), "at": points})
    if "year" in plots.columns:
        key["year"] = plots["year"].to_numpy()
    twice = key.duplicated().to_numpy()
    if not twice.any():
        return plots, []
    names = listed(sorted(set(key["plot"][twice]))[:_NAMED])
    told = say("carbon_sink.stand.plots_twice", n=int(twice.sum()), names=names)
    kept = plots[~twice].reset_index(drop=True)
    return kept, [Warn("stand_plots_twice", told, "forest_plots")]


def _volume(plots: gpd.GeoDataFrame) -> tuple[F8, list[Warn]]:
    """Volume of each plot; what no forest holds is left out, as of a stand."""
    y = pd.to_numeric(plots["volume_m3_ha"], errors="coerce").to_numpy(np.float64)
    most = float(stand_checks("volume")["most_m3_ha"])
    wrong = y > most
    if not wrong.any():
        return y, []
    told = say(
        "carbon_sink.stand.plots_cannot_be",
        n=int(wrong.sum()),
        names=listed([str(v) for v in plots["plot_id"].to_numpy()[wrong][:_NAMED]]),
        got=float(y[wrong].max()),
        most=most,
    )
    return np.where(wrong, np.nan, y), [Warn("stand_plots_cannot_be", told, "forest_plots")]


def _other_years(plots: gpd.GeoDataFrame, year: int) -> list[Warn]:
    if "year" not in plots.columns:
        return []
    other = pd.to_numeric(plots["year"], errors="coerce")
    n = int((other.notna() & (other != year)).sum())
    if not n:
        return []
    told = say("carbon_sink.stand.plots_other_year", n=n, year=year)
    return [Warn("stand_plots_other_year", told, "forest_plots")]


def _calibration(
    section: CarbonSection, found: dict[str, SampleMean], x_mean: float
) -> tuple[float, float]:
    """Factor on the map's volume and the spread of it; 1 and NaN where none is asked for."""
    wanted = section.stands.calibrate
    if wanted == "none":
        return 1.0, math.nan
    if wanted not in found or not x_mean > 0:
        raise DataError(
            say("carbon_sink.stand.cannot_calibrate"),
            where="[carbon.stands] calibrate",
            got=wanted,
            todo=say("carbon_sink.stand.leave_out_calibrate"),
        )
    mean = found[wanted]
    if not mean.value > 0:
        raise DataError(
            say("carbon_sink.stand.calibration_not_positive"),
            where="[carbon.stands] calibrate",
            got=f"{mean.value:g} m³/ha",
            expected="> 0",
        )
    # the drawn error is normal: as wide as the interval of the mean, which is Student's
    return mean.value / x_mean, (mean.high - mean.value) / _Z95 / x_mean


def calibration_faults(plan: Plan, section: CarbonSection) -> list[Fault]:
    """That the plan asks for a calibration and has not the layers for it."""
    if section.stands.calibrate == "none":
        return []
    gone = [i for i in ("forest_land", "forest_plots") if layer_state(plan, i) != "available"]
    if not gone:
        return []
    keys = ", ".join(f"[layers.{i}]" for i in gone)
    titles = listed([layer_of(i).title for i in gone])
    return [
        Fault(
            say("carbon_sink.stand.cannot_calibrate"),
            where="[carbon.stands] calibrate",
            got=say("carbon_sink.stand.layers_not_given", titles=titles),
            todo=say("carbon_sink.stand.give_layers_of_calibration", keys=keys),
        )
    ]


def check_agb(
    plan: Plan, section: CarbonSection, t: gpd.GeoDataFrame, living_tc_ha: F8, cf: F8
) -> AgbCheck | None:
    """Map of above-ground biomass against stands; None without the raster.

    Parameters
    ----------
    living_tc_ha : ndarray, shape (n,)
        Living biomass of each stand, roots included.
    cf : ndarray, shape (n,)
        Carbon fraction of each stand, that turns it back to dry matter.

    Returns
    -------
    AgbCheck
        With the user's root:shoot ratio the roots are taken off the stands, and bias and RMSE
        are of like things; without it `comparable` is False and only the correlation means
        something.
    """
    if layer_state(plan, "agb") != "available":
        return None
    own = (t["forest_type"] == "arbor").to_numpy() & np.isfinite(living_tc_ha)
    if own.sum() < 2:
        return AgbCheck(None, comparable=False, stands=int(own.sum()))
    grid = plan_grid_of(plan)
    got = open_raster(plan, "agb", grid)
    if got is None:
        return None
    values, valid = got
    found = zonal_means(np.asarray(t.geometry.array)[own], values, grid, valid=valid)
    shoot = section.stands.agb_root_shoot
    ratio = shoot.ratio if shoot is not None else 0.0
    matter = living_tc_ha[own] / cf[own] / (1.0 + ratio)
    mean = np.asarray(found.mean, np.float64)
    known = np.isfinite(mean)
    if known.sum() < 2:
        return AgbCheck(None, comparable=False, stands=int(known.sum()))
    return AgbCheck(
        agreement(matter[known], mean[known]),
        comparable=shoot is not None,
        stands=int(known.sum()),
    )
