"""Estimators of plots against hand calculation on published data."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_sink.stand.estimators import (
    agreement,
    ratio_mean,
    regression_mean,
    simple_mean,
    stratified_mean,
)
from gis.errors import DataError

# Dead pines on 10 of 200 plots of 1.5 ha: counted on photographs (x, 4,200 in all) and on the
# ground (y). Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, ch. 6 exercises.
X = [12, 29, 21, 24, 17, 32, 12, 5, 33, 41]
Y = [18, 41, 25, 34, 23, 37, 15, 10, 47, 52]
N, X_TOTAL = 200, 4200


def exact():
    """The same by rational numbers: sums of squares and products about the means."""
    n = len(X)
    mx, my = Fraction(sum(X), n), Fraction(sum(Y), n)
    sxx = sum((x - mx) ** 2 for x in X)
    sxy = sum((x - mx) * (y - my) for x, y in zip(X, Y, strict=True))
    syy = sum((y - my) ** 2 for y in Y)
    return n, mx, my, sxx, sxy, syy


def test_sums_of_the_published_data():
    n, mx, my, sxx, sxy, syy = exact()
    # by hand: 226 and 302 trees; squares 6,254 and 10,922, products 8,234
    assert (mx, my) == (Fraction(226, 10), Fraction(302, 10))
    assert sxx == 6254 - Fraction(226**2, n)
    assert sxy == 8234 - Fraction(226 * 302, n)
    assert syy == 10922 - Fraction(302**2, n)


def test_regression_on_the_published_data():
    n, mx, my, sxx, sxy, syy = exact()
    b = sxy / sxx
    want = my + b * (Fraction(X_TOTAL, N) - mx)
    rss = syy - b * sxy
    variance = (1 - Fraction(n, N)) * rss / (n - 2) / n
    got = regression_mean(Y, X, X_TOTAL / N, population=N)
    assert got.value == pytest.approx(float(want), rel=1e-12)
    assert got.se**2 == pytest.approx(float(variance), rel=1e-12)
    assert got.slope == pytest.approx(float(b), rel=1e-12)
    # (8234 - 6825.2) / (6254 - 5107.6) = 1.22889; 30.2 - 1.6 b = 28.2338, 5,646.8 trees in all
    assert got.slope == pytest.approx(1.22889, abs=5e-6)
    assert N * got.value == pytest.approx(5646.8, abs=0.05)


def test_ratio_on_the_published_data():
    n, *_ = exact()
    r = Fraction(302, 226)
    left = sum((y - r * x) ** 2 for x, y in zip(X, Y, strict=True)) / (n - 1)
    variance = (1 - Fraction(n, N)) * left / n
    got = ratio_mean(Y, X, X_TOTAL / N, population=N)
    assert got.value == pytest.approx(float(r * Fraction(X_TOTAL, N)), rel=1e-12)
    assert got.se**2 == pytest.approx(float(variance), rel=1e-12)


def test_simple_mean_of_the_published_data():
    n, _, my, *_, syy = exact()
    got = simple_mean(Y, population=N)
    assert got.value == pytest.approx(float(my))
    assert got.se**2 == pytest.approx(float((1 - Fraction(n, N)) * syy / (n - 1) / n))
    # t of 9 degrees of freedom at 97.5 %: 2.262157
    assert got.high - got.value == pytest.approx(2.262157 * got.se, rel=1e-6)


def test_strata_weigh_by_their_land_not_by_their_plots():
    # ten plots of 10 m3/ha in 1 ha, two of 100 m3/ha in 9 ha: 0.1 x 10 + 0.9 x 100
    y = [10.0] * 10 + [100.0, 100.0]
    got = stratified_mean(y, ["a"] * 10 + ["b"] * 2, {"a": 1.0, "b": 9.0})
    assert got.value == pytest.approx(91.0)
    assert got.se == 0.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: simple_mean([1.0]),
        lambda: simple_mean([1.0, float("nan")]),
        lambda: ratio_mean([1, 2], [0, 0], 1.0),
        lambda: ratio_mean([1, 2], [1, 2, 3], 1.0),
        lambda: regression_mean([1, 2], [1, 2], 1.0),
        lambda: regression_mean([1, 2, 3], [2, 2, 2], 1.0),
        lambda: stratified_mean([1, 2, 3], ["a", "a", "b"], {"a": 1.0, "b": 1.0}),
        lambda: simple_mean([1, 2, 3], population=2),
        lambda: agreement([1.0], [1.0]),
    ],
)
def test_what_cannot_be_estimated_is_refused(make):
    with pytest.raises(DataError):
        make()


def test_a_refusal_names_the_stratum_in_both_languages():
    with pytest.raises(DataError) as err:
        stratified_mean([1, 2, 3], ["榆", "榆", "杨"], {"榆": 1.0, "杨": 2.0})
    assert "杨" in err.value.text("zh")
    assert "two plots" in err.value.text("en")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 200), st.floats(1, 200)), min_size=4, max_size=30),
    st.floats(0.1, 10),
)
def test_units_do_not_matter(rows, factor):
    y, x = np.array(rows).T
    if x.std() < 1e-3:
        return
    for estimate in (ratio_mean, regression_mean):
        one = estimate(y, x, float(x.mean()))
        scaled = estimate(y * factor, x * factor, float(x.mean()) * factor)
        assert scaled.value == pytest.approx(one.value * factor, rel=1e-6)
        # at the map's own mean over the plots both are the plain mean
        assert one.value == pytest.approx(float(y.mean()), rel=1e-6)


def test_bias_and_rmse_by_hand():
    # map minus plot: 2, -1, 2 -> mean 1, squares 9 / 3
    got = agreement([12, 9, 22], [10, 10, 20])
    assert (got.bias, got.rmse) == (1.0, pytest.approx(3**0.5))
    assert got.bias_se == pytest.approx((3.0 / 3) ** 0.5)  # variance 3, three plots
