"""Long-term correction: on pairs whose truth is known, and on measured years left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.errors import DataError
from siting.resource.long_term import long_term
from siting.resource.relation import METHODS, relate


def _pair(seed: int, years: int = 8) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Reference, its direction, and the site: 1.3 of it from the north half, 0.9 else.

    One wind with a memory of a day and years that differ; either side sees it with noise.
    """
    rng = np.random.default_rng(seed)
    t = pd.date_range("2010-01-01 00:30", periods=years * 8760, freq="h", tz="UTC")
    memory = np.exp(-1.0 / 24.0)
    shocks = rng.normal(size=t.size) * np.sqrt(1 - memory**2)
    z = pd.Series(shocks).ewm(alpha=1 - memory, adjust=False).mean().to_numpy() / (1 - memory)
    year = (t - t[0]).days.to_numpy() // 365
    x = np.exp(1.6 + 0.45 * z + 0.08 * rng.normal(size=years + 1)[year])
    wd = rng.uniform(0, 360, t.size)
    north = (wd < 90) | (wd >= 270)
    y = np.where(north, 1.3, 0.9) * x * np.exp(0.1 * rng.normal(size=t.size))
    x = x * np.exp(0.1 * rng.normal(size=t.size))
    return pd.Series(x, t), pd.Series(wd, t), pd.Series(y, t)


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_long_term_mean_of_a_known_site_is_met_within_what_is_said_to_be_left(method):
    """Twelve sites: the misses have the deviation the jackknife says, here without drift."""
    misses, uncorrected = [], []
    for seed in range(12):
        x, wd, y = _pair(seed)
        found = long_term(
            y[:8760], x, method=method, direction_deg=wd, sectors=4, drift_frac=0.0
        )
        miss = found.mean_long_term / y.mean() - 1.0
        misses.append(miss / found.sd_frac)
        uncorrected.append(y[:8760].mean() / y.mean() - 1.0)
        assert found.sd_frac < 0.02
    # the mean square of twelve unit deviates lies between 0.25 and 2.4 in 99.7 of 100 draws
    # (chi-square of 12 over 12)
    assert 0.25 < np.mean(np.square(misses)) < 2.4
    assert np.std(uncorrected) > 0.04  # what the correction had to find


def test_sectors_have_the_relation_they_were_made_with():
    x, wd, _ = _pair(3, years=2)
    y = x.where((wd >= 90) & (wd < 270), 1.3 * x + 0.5)
    found = long_term(y[:8760], x, direction_deg=wd, sectors=4)
    slope, intercept = (found.sectors[c].to_numpy() for c in ("slope", "intercept"))
    assert (slope[0], intercept[0]) == pytest.approx((1.3, 0.5), abs=1e-9)  # 315 to 45 deg
    assert (slope[2], intercept[2]) == pytest.approx((1.0, 0.0), abs=1e-9)  # 135 to 225 deg
    assert found.sectors["own"].all()
    assert np.isnan(found.sectors["sector_deg"].iloc[-1])


def test_the_line_of_least_squares_loses_cubes_and_that_of_equal_spread_keeps_them():
    rng = np.random.default_rng(1)
    x = rng.weibull(2.0, 20_000) * 8.0
    y = 0.6 * x + 0.4 * rng.weibull(2.0, 20_000) * 8.0
    spread = {m: float(relate(y, x, m).of(x).std() / y.std()) for m in METHODS}
    r = np.corrcoef(x, y)[0, 1]
    assert spread["least_squares"] == pytest.approx(r, abs=1e-3)  # s of the line is r s_y
    assert spread["variance_ratio"] == pytest.approx(1.0, abs=1e-3)
    assert spread["quantile_mapping"] == pytest.approx(1.0, abs=0.01)


def test_quantiles_carry_a_relation_that_is_no_line():
    x = np.random.default_rng(2).uniform(0.0, 20.0, 40_000)
    found = relate(x**2 / 20.0, x, "quantile_mapping")
    asked = np.array([2.0, 10.0, 18.0])
    # between quantiles 0.2 m/s apart a chord lies above the parabola by 0.2**2 / 8 / 20 * 2
    assert found.of(asked) == pytest.approx(asked**2 / 20.0, abs=0.1)
    # a storm beyond what was seen goes on by the ratio of the ends (1 at 20 m/s)
    assert found.of(np.array([24.0]))[0] == pytest.approx(24.0, abs=0.05)


def test_what_cannot_be_corrected_is_refused_and_what_is_thin_is_told():
    t = pd.date_range("2020-01-01", periods=3000, freq="h", tz="UTC")
    x = pd.Series(6.0 + 3.0 * np.sin(np.arange(3000) / 9.0), t)
    with pytest.raises(DataError, match="share too little"):
        long_term(x[:700], x)
    with pytest.raises(DataError, match="does not vary"):
        long_term(x, x * 0.0 + 5.0)
    with pytest.raises(DataError, match="negative"):
        long_term(x - 9.0, x)
    late = x.set_axis(t + pd.Timedelta(hours=3))
    found = long_term(x, late)
    assert {w.code for w in found.warnings} >= {
        "long_term_season", "long_term_clock", "long_term_short_reference",
    }  # fmt: skip
    assert found.overlap.lag_h == -3


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_measured_light_is_held_against_the_years_left_out(shared, method):
    """Yinchuan (measured) by Taole, 1991-2017: every pair of years gives the other 25.

    The two stations' years do not move together (a break in 2014), and the correction says
    so: its own deviation is that of the misses, and no smaller than without it.
    """
    site, reference = (_daily(shared, number)["1991":"2017"] for number in ("53614", "53615"))
    misses, said, no_gain = [], [], 0
    for first in range(1991, 2017):
        years = [str(first), str(first + 1)]
        found = long_term(site[years[0] : years[1]], reference, quantity="ghi", method=method)
        out = ~site.index.year.isin([first, first + 1])
        told = found.series.reindex(site.index)[out].mean()
        misses.append(told / site[out].mean() - 1.0)
        said.append(found.sd_frac)
        no_gain += "long_term_no_gain" in {w.code for w in found.warnings}
        assert found.overlap.r > 0.9
    # twelve pairs of years without common years: chi-square of 12 over 12, as above
    assert 0.25 < np.mean(np.square(misses)) / np.mean(np.square(said)) < 2.4
    assert no_gain == 26


def _daily(shared, number: str) -> pd.Series:
    table = pd.read_csv(shared / "data" / "solar_daily" / f"cdsrd_{number}.csv")
    t = pd.to_datetime(table[["year", "month", "day"]])
    return pd.Series(table["GHI(MJ/m2)"].to_numpy() / 3.6, pd.DatetimeIndex(t))
