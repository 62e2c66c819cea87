"""Measure, correlate, predict: a short measured series made long by a long reference.

The relation is found where both know a value, and applied to every value of the reference.
How far to trust it is found by leaving runs of time out: what the rest predicts for a run is
held against what was measured there. The spread of the long-term mean over the runs, and the
drift no overlap can show, are the uncertainty that enters the yield.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say
from gis.toml import read_toml
from layers.result import Warn
from siting.resource.relation import METHODS, Relation, relate

if TYPE_CHECKING:
    from siting.resource.section import LongTermMethod

__all__ = ["HoldOut", "LongTerm", "Overlap", "by_best_reference", "limit", "long_term"]

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
Quantity = Literal["wind_speed", "ghi"]

UNITS = {"wind_speed": "m/s", "ghi": "kWh/m2/d"}
"""Unit of a value of each quantity."""

_DAYS_YR = 365.25


def limit(name: str) -> float:
    """A limit of ``limits.toml``, which holds its unit and reason."""
    return float(read_toml("siting.resource", "limits.toml")[name]["value"])


@dataclass(frozen=True)
class Overlap:
    """What the two series have in common.

    Attributes
    ----------
    n
        Common values (hours of wind, days of light).
    first, last
        Days of the first and last of them.
    months
        Calendar months with at least a quarter of their values, 1-12.
    mean_site, mean_reference
        Over the common values.
    r
        Correlation (Pearson).
    lag_h
        Shift of the reference's clock with the best correlation [h]; 0 is none.
    """

    n: int
    first: str
    last: str
    months: tuple[int, ...]
    mean_site: float
    mean_reference: float
    r: float
    lag_h: int = 0


@dataclass(frozen=True)
class HoldOut:
    """How well a relation predicts runs of time it was not found from.

    Attributes
    ----------
    bias_frac
        Mean of all predictions over mean of all measurements, less one.
    block_error_frac
        Root of the mean square of the error of each run's mean, over the mean.
    rmse
        Of single values, unit of the quantity.
    cube_bias_frac
        Of the mean cube of wind speed, which stands for energy; None for light.
    """

    method: LongTermMethod
    bias_frac: float
    block_error_frac: float
    rmse: float
    cube_bias_frac: float | None


@dataclass(frozen=True, eq=False)
class LongTerm:
    """A short series corrected by a long one.

    Attributes
    ----------
    series
        Predicted values at every time of the reference; NaN where it has none.
    mean_long_term, mean_reference
        Of the prediction and of the reference, over the reference's period.
    jackknife_frac, method_frac, drift_frac
        Standard deviation of `mean_long_term` over itself: from the overlap (block
        jackknife); from the choice of method (the range of the methods' means as a
        rectangular distribution); from what moves over the years, which no overlap shows.
    uncorrected_sd_frac
        The same of the measured mean taken as it is: the reference's spread of years over
        the root of the years measured; NaN where the reference has fewer than five.
    reference_yr
        Length of the reference [yr].
    sectors
        One row a sector: ``sector_deg`` (NaN for all directions together), ``n``,
        ``slope``, ``intercept``, ``r``, ``own`` (whether it has a relation of its own).
    hold_out
        One entry a method; the first is the method used.
    """

    quantity: Quantity
    method: LongTermMethod
    overlap: Overlap
    mean_long_term: float
    mean_reference: float
    jackknife_frac: float
    method_frac: float
    drift_frac: float
    uncorrected_sd_frac: float
    reference_yr: float
    sectors: pd.DataFrame
    hold_out: tuple[HoldOut, ...]
    series: pd.Series
    warnings: tuple[Warn, ...] = ()

    @property
    def sd_frac(self) -> float:
        """What the correction leaves uncertain of the long-term mean, one deviation."""
        return float(np.hypot(np.hypot(self.jackknife_frac, self.method_frac), self.drift_frac))

    @property
    def factor(self) -> float:
        """Long-term mean over the mean of the common values."""
        return self.mean_long_term / self.overlap.mean_site

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return UNITS[self.quantity]


def by_best_reference(
    names: Iterable[str], correct: Callable[[str, float | None], LongTerm]
) -> tuple[str, dict[str, LongTerm], float | None]:
    """The reference whose overlap correlates best, all corrections, and the drift they tell.

    Parameters
    ----------
    names : iterable of str
        Ids of the references.
    correct : callable
        Correction by a reference, with a drift [-] or with the default one (None).

    Returns
    -------
    name, corrections, drift
        The spread of the long-term means of several references stands for the drift no
        overlap shows; None with one.
    """
    found = {name: correct(name, None) for name in names}
    drift: float | None = None
    if len(found) > 1:
        means = np.array([f.mean_long_term for f in found.values()])
        drift = float(means.std(ddof=1) / means.mean())
        found = {name: correct(name, drift) for name in found}
    return max(found, key=lambda name: found[name].overlap.r), found, drift


def long_term(
    site: pd.Series,
    reference: pd.Series,
    *,
    quantity: Quantity = "wind_speed",
    method: LongTermMethod = "variance_ratio",
    direction_deg: pd.Series | None = None,
    sectors: int = 12,
    drift_frac: float | None = None,
) -> LongTerm:
    """Correct a short series by a long reference.

    Parameters
    ----------
    site, reference : Series of float
        Values by time, on clocks that agree: hourly wind speed [m/s], or daily sums of
        global irradiation [kWh/m2]. NaN is missing.
    quantity : {"wind_speed", "ghi"}
        Of both.
    method : str
        See `siting.resource.relation.relate`.
    direction_deg : Series, optional
        Wind direction of the *reference* at its times [deg]; without it one relation
        serves all.
    sectors : int
        Equal sectors of direction, the first centred on north.
    drift_frac : float, optional
        See `LongTerm`; ``limits.toml`` has a value for each quantity.

    Raises
    ------
    DataError
        When the two share too few values, a value is negative or infinite, or one of them
        does not vary.

    Examples
    --------
    A site with 1.2 times the wind of its reference, measured in a weak year: the long-term
    mean is 1.2 times the reference's, and the overlap leaves nothing uncertain.

    >>> t = pd.date_range("2020-01-01", periods=3 * 8760, freq="h", tz="UTC")
    >>> x = 6.0 + 3.0 * np.sin(np.arange(t.size) / 7.0) + 0.5 * (t.year.to_numpy() - 2021)
    >>> wind = pd.Series(x, t)
    >>> found = long_term(1.2 * wind[:8760], wind)
    >>> round(float(found.mean_long_term / wind.mean()), 6), found.jackknife_frac < 1e-9
    (1.2, True)
    >>> round(found.overlap.mean_site, 2), round(found.mean_long_term, 2)
    (6.6, 7.2)
    """
    y, x = _checked(site, "site"), _checked(reference, "reference")
    both = y.index.intersection(x.index)
    y_all, x_all = y.reindex(both).to_numpy(float), x.reindex(both).to_numpy(float)
    known = np.isfinite(y_all) & np.isfinite(x_all)
    least = int(limit("least_overlap_h" if quantity == "wind_speed" else "least_overlap_d"))
    if int(known.sum()) < least:
        raise DataError(
            say("siting.long_term.too_little_in_common"),
            where="site, reference",
            got=say("siting.long_term.n_values", n=int(known.sum())),
            expected=say("siting.long_term.n_values", n=least),
            todo=say("siting.long_term.check_periods_and_clocks"),
        )
    count = sectors if direction_deg is not None else 1
    wd = None if direction_deg is None else direction_deg.reindex(x.index).to_numpy(float)
    of_reference = _sector(wd, x.size, count)
    at = x.index.get_indexer(both[known])
    pair = _Pair(y_all[known], x_all[known], of_reference[at], count)
    long_x = x.to_numpy(float)
    relations, whole = _fitted(pair, np.ones(pair.site.size, dtype=bool), method)
    predicted = _applied(relations, long_x, of_reference)
    mean = float(np.nanmean(predicted))
    hold, sd, spread = _left_out(pair, long_x, of_reference, method, quantity)
    overlap = _overlap(both[known], pair, whole.r, quantity)
    found = LongTerm(
        quantity=quantity,
        method=method,
        overlap=overlap,
        mean_long_term=mean,
        mean_reference=float(np.nanmean(long_x)),
        jackknife_frac=sd / mean if mean > 0 else float("nan"),
        method_frac=spread / mean / np.sqrt(12.0) if mean > 0 else float("nan"),
        drift_frac=limit(f"drift_{quantity}") if drift_frac is None else drift_frac,
        uncorrected_sd_frac=_uncorrected(x, y, both[known]),
        reference_yr=_years(x),
        sectors=_sector_table(relations, whole, pair),
        hold_out=hold,
        series=pd.Series(predicted, x.index),
    )
    return _told(found)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Common values of both and the sector of each."""

    site: Float
    reference: Float
    sector: Whole
    sectors: int


def _checked(values: pd.Series, name: str) -> pd.Series:
    v = pd.to_numeric(values, errors="coerce").astype(float)
    raw = v.to_numpy()
    if not isinstance(v.index, pd.DatetimeIndex) or not v.index.is_unique:
        raise DataError(say("siting.long_term.times_once_each"), where=name)
    if np.isinf(raw).any() or (raw < 0).any():
        raise DataError(
            say("siting.long_term.negative_or_infinite"),
            where=name,
            got=f"{float(np.nanmin(raw)):g}",
            todo=say("siting.long_term.screen_first"),
        )
    return v


def _sector(direction_deg: Float | None, n: int, sectors: int) -> Whole:
    """Sector of each time; -1 where the direction is not known."""
    if direction_deg is None:
        return np.zeros(n, dtype=np.int64)
    known = np.isfinite(direction_deg)
    width = 360.0 / sectors
    number = np.floor(np.where(known, direction_deg, 0.0) / width + 0.5).astype(np.int64)
    return np.where(known, number % sectors, -1)


def _fitted(
    pair: _Pair, use: NDArray[np.bool_], method: LongTermMethod
) -> tuple[list[Relation], Relation]:
    """Relation of each sector and, last of the list, that of all directions."""
    whole = relate(pair.site[use], pair.reference[use], method)
    out = []
    least = limit("least_sector_n")
    for s in range(pair.sectors):
        here = use & (pair.sector == s)
        if pair.sectors == 1 or here.sum() < least or np.ptp(pair.reference[here]) == 0.0:
            out.append(whole)
        else:
            out.append(relate(pair.site[here], pair.reference[here], method))
    return [*out, whole], whole


def _applied(relations: Sequence[Relation], reference: Float, sector: Whole) -> Float:
    out = np.full(reference.shape, np.nan)
    for s in np.unique(sector):
        here = sector == s  # -1, no direction, is the relation of all, the last
        out[here] = relations[s].of(reference[here])
    return out


def _left_out(
    pair: _Pair, long_x: Float, of_reference: Whole, method: LongTermMethod, quantity: Quantity
) -> tuple[tuple[HoldOut, ...], float, float]:
    """Each method held against runs left out; the jackknife's deviation; the methods' range."""
    n = pair.site.size
    blocks = min(int(limit("blocks")), n // 5)
    run = np.arange(n) * blocks // n
    out = []
    means = np.zeros(blocks)
    by_method = []
    for one in (method, *(m for m in METHODS if m != method)):
        guess = np.zeros(n)
        for b in range(blocks):
            relations, _ = _fitted(pair, run != b, one)
            here = run == b
            guess[here] = _applied(relations, pair.reference[here], pair.sector[here])
            if one == method:
                means[b] = np.nanmean(_applied(relations, long_x, of_reference))
        out.append(_held(one, guess, pair.site, run, quantity))
        relations, _ = _fitted(pair, run >= 0, one)
        by_method.append(float(np.nanmean(_applied(relations, long_x, of_reference))))
    sd = float(np.sqrt((blocks - 1) / blocks * ((means - means.mean()) ** 2).sum()))
    return tuple(out), sd, max(by_method) - min(by_method)


def _held(
    method: LongTermMethod, guess: Float, site: Float, run: Whole, quantity: Quantity
) -> HoldOut:
    mean = float(site.mean())
    size = np.bincount(run)
    error = np.bincount(run, weights=guess - site) / size
    cubes = float((guess**3).mean() / (site**3).mean() - 1.0)
    return HoldOut(
        method=method,
        bias_frac=float(guess.mean() / mean - 1.0),
        block_error_frac=float(np.sqrt((error**2).mean()) / mean),
        rmse=float(np.sqrt(((guess - site) ** 2).mean())),
        cube_bias_frac=cubes if quantity == "wind_speed" else None,
    )


def _overlap(times: pd.Index, pair: _Pair, r: float, quantity: Quantity) -> Overlap:
    index = pd.DatetimeIndex(times)
    per_day = 24.0 if quantity == "wind_speed" else 1.0
    share = np.bincount(index.month, minlength=13)[1:] / (30.0 * per_day)
    months = np.flatnonzero(share >= limit("least_month_frac")) + 1
    return Overlap(
        n=len(index),
        first=f"{index[0]:%Y-%m-%d}",
        last=f"{index[-1]:%Y-%m-%d}",
        months=tuple(int(m) for m in months),
        mean_site=float(pair.site.mean()),
        mean_reference=float(pair.reference.mean()),
        r=r,
        lag_h=_lag_h(index, pair) if quantity == "wind_speed" else 0,
    )


def _lag_h(index: pd.DatetimeIndex, pair: _Pair) -> int:
    """Shift of the reference with the best correlation; 0 unless it is clearly better."""
    site, reference = pd.Series(pair.site, index), pd.Series(pair.reference, index)
    most = int(limit("lag_h"))
    r = {}
    for lag in range(-most, most + 1):
        moved = reference.set_axis(index + pd.Timedelta(hours=lag)).reindex(index)
        r[lag] = float(site.corr(moved))
    best = max(r, key=lambda k: (r[k], -abs(k)))
    return best if r[best] > r[0] + limit("lag_gain") else 0


def _years(reference: pd.Series) -> float:
    """Years with values: of hours or of days, whichever the series has."""
    index = pd.DatetimeIndex(reference.index[reference.notna().to_numpy()])
    return float(len(index.normalize().unique()) / _DAYS_YR)


def _uncorrected(reference: pd.Series, site: pd.Series, common: pd.Index) -> float:
    """Deviation of the measured mean from the long term, by the reference's own years."""
    by_year = reference.groupby(pd.DatetimeIndex(reference.index).year).agg(["mean", "count"])
    whole = by_year["mean"][by_year["count"] > 0.9 * by_year["count"].max()]
    if len(whole) < 5:
        return float("nan")
    years = max(_years(site.reindex(common)), 1.0 / 12.0)
    return float(whole.std(ddof=1) / whole.mean() / np.sqrt(years))


def _sector_table(relations: list[Relation], whole: Relation, pair: _Pair) -> pd.DataFrame:
    width = 360.0 / pair.sectors
    rows = []
    if pair.sectors > 1:
        for s, f in enumerate(relations[:-1]):
            n = int((pair.sector == s).sum())
            rows.append((s * width, n, f.slope, f.intercept, f.r, f is not whole))
    rows.append((np.nan, whole.n, whole.slope, whole.intercept, whole.r, True))
    return pd.DataFrame(rows, columns=["sector_deg", "n", "slope", "intercept", "r", "own"])


def _told(found: LongTerm) -> LongTerm:
    """The same with what a reader has to know of it."""
    o = found.overlap
    out = []
    if len(o.months) < limit("whole_year_months"):
        text = say("siting.long_term.not_a_whole_year", months=len(o.months))
        out.append(Warn("long_term_season", text))
    if o.r < limit("least_r"):
        text = say("siting.long_term.weak_correlation", r=o.r, least=limit("least_r"))
        out.append(Warn("long_term_weak", text))
    if o.lag_h:
        text = say("siting.long_term.clock_shifted", hours=o.lag_h)
        out.append(Warn("long_term_clock", text))
    if found.sd_frac >= found.uncorrected_sd_frac:
        both = {"corrected": found.sd_frac, "uncorrected": found.uncorrected_sd_frac}
        out.append(Warn("long_term_no_gain", say("siting.long_term.no_gain", **both)))
    if found.reference_yr < 5.0:
        text = say("siting.long_term.short_reference", years=found.reference_yr)
        out.append(Warn("long_term_short_reference", text))
    return replace(found, warnings=tuple(out))
