"""Fuzzy curves, AHP, weighted overlay and the firmness of a ranking."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import TypeAdapter, ValidationError
from scipy.stats import beta

from gis.errors import ConfigError, ModelError
from siting.sites.ahp import ahp_weights, pairwise_matrix, random_index
from siting.sites.curves import (
    Bell,
    Curve,
    Falling,
    Logistic,
    Points,
    Rising,
    Trapezoid,
    membership,
)
from siting.sites.preference import (
    PreferenceSection,
    criteria_of,
    overlay,
    rank_by_preference,
)
from siting.sites.preference_tables import curve_text, ranking_tables
from siting.sites.sensitivity import ranks_of, tornado, weights_monte_carlo

NAN = float("nan")

# ------------------------------------------------------------------ curves


@pytest.mark.parametrize(
    ("curve", "x", "y"),
    [
        (Rising(worst=2, best=4), [1, 2, 3, 4, 9], [0, 0, 0.5, 1, 1]),
        (Falling(best=3, worst=20), [0, 3, 11.5, 20, 40], [1, 1, 0.5, 0, 0]),
        (
            Trapezoid(low=0, best_low=1, best_high=2, high=4),
            [-1, 0.5, 1, 2, 3, 4],
            [0, 0.5, 1, 1, 0.5, 0],
        ),
        (Trapezoid(low=1, best_low=1, best_high=2, high=2), [0.9, 1, 2, 2.1], [0, 1, 1, 0]),
        # 1/(1+e^0) and 1/(1+e^-1), e^-1/2 by hand
        (Logistic(middle=5, steepness=1), [5, 6], [0.5, 0.7310585786]),
        (Bell(best=5, width=2), [5, 7], [1, 0.6065306597]),
        (Points(points=((0, 0), (1, 1), (3, 0.5))), [-1, 0.5, 2, 9], [0, 0.5, 0.75, 0.5]),
    ],
)
def test_curve_by_hand(curve, x, y):
    np.testing.assert_allclose(membership(curve, x), y, atol=1e-9)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_membership_stays_in_0_to_1(x):
    for curve in (
        Rising(worst=-3, best=8),
        Falling(best=0, worst=1),
        Trapezoid(low=-5, best_low=0, best_high=0, high=1),
        Logistic(middle=0, steepness=-4),
        Bell(best=1, width=3),
        Points(points=((0, 0.2), (5, 1))),
    ):
        assert 0 <= membership(curve, x) <= 1
        assert np.isnan(membership(curve, NAN))


@pytest.mark.parametrize(
    "bad",
    [
        {"type": "rising", "worst": 4, "best": 2},
        {"type": "rising", "worst": 3, "best": 3},
        {"type": "falling", "worst": 3, "best": 3},
        {"type": "falling", "worst": 2, "best": 4},
        {"type": "trapezoid", "low": 1, "best_low": 0, "best_high": 2, "high": 3},
        {"type": "logistic", "middle": 0, "steepness": 0},
        {"type": "bell", "best": 0, "width": 0},
        {"type": "points", "points": [[1, 0], [0, 1]]},
        {"type": "points", "points": [[0, 0], [1, 1.5]]},
        {"type": "rising", "worst": 0, "best": 1, "beste": 2},
        {"type": "cubic"},
    ],
)
def test_faulty_curves_are_refused(bad):
    with pytest.raises(ValidationError):
        TypeAdapter(Curve).validate_python(bad)


# ------------------------------------------------------------------ AHP


def test_ahp_three_criteria_by_hand():
    """For n = 3 the eigenvector is the geometric mean of the rows.

    (15^1/3, 1, 15^-1/3) = (2.4662, 1, 0.4055), sum 3.8717; lambda = 1 + t + 1/t with
    t = (3 x 3 / 5)^(1/3) = 1.21644 -> 3.03851; CI = 0.019255; CR = 0.019255 / 0.58 = 0.0332.
    """
    found = ahp_weights([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    np.testing.assert_allclose(found.weights, [0.63699, 0.25828, 0.10473], atol=5e-6)
    assert found.lambda_max == pytest.approx(3.03851, abs=5e-6)
    assert found.consistency_ratio == pytest.approx(0.03320, abs=5e-6)


def test_contradiction_is_refused_and_named_unless_noted():
    # a > b > c > a: as contradictory as three comparisons can be
    matrix = [[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]
    with pytest.raises(ModelError, match="contradict") as err:
        ahp_weights(matrix, ["slope", "sun", "grid"])
    assert err.value.exit_code == 4
    found = ahp_weights(matrix, ["slope", "sun", "grid"], note="decided by the panel")
    np.testing.assert_allclose(found.weights, 1 / 3)
    assert found.consistency_ratio > 0.1
    assert found.note


def test_the_limit_of_consistency_is_a_tenth():
    """For n = 3, lambda = 1 + t + 1/t with t = (a13 / (a12 a23))^(1/3) and RI = 0.58.

    a13 = 2.7 after two comparisons of 1: t = 1.3925, lambda = 3.11066, CR = 0.0954;
    a13 = 2.904: t = 1.42669, lambda = 3.12761, CR = 0.1100.
    """

    def matrix(far):
        return [[1, 1, far], [1, 1, 1], [1 / far, 1, 1]]

    found = ahp_weights(matrix(2.7))
    assert found.consistency_index == pytest.approx(0.05533, abs=2e-5)
    assert found.consistency_ratio == pytest.approx(0.0954, abs=1e-4)
    with pytest.raises(ModelError, match=r"0\.110"):
        ahp_weights(matrix(2.904))


def test_the_comparison_that_agrees_least_is_named_as_it_was_said():
    # weights 8 : 4 : 2 : 1 agree in five comparisons; a/d is said to be 2 in place of 8
    w = np.array([8.0, 4.0, 2.0, 1.0])
    matrix = w[:, None] / w[None, :]
    matrix[0, 3], matrix[3, 0] = 2.0, 0.5
    first, second, said, implied = ahp_weights(matrix, "abcd", note="a test").worst
    assert (first, second, said) == ("a", "d", 2.0)
    assert implied > said


@pytest.mark.parametrize(
    ("value", "inside"),
    [("1/9", True), (9, True), (9.01, False), ("1/9.5", False), (0.1, False)],
)
def test_saatys_scale_ends_at_nine(value, inside):
    if inside:
        assert pairwise_matrix("ab", {"a/b": value})[0, 1] == pytest.approx(
            float(Fraction(value))
        )
    else:
        with pytest.raises(ConfigError):
            pairwise_matrix("ab", {"a/b": value})


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1, 2]], "not square"),
        ([[1, 2], [0.5001, 1]], "not reciprocal"),
        ([[1, -2], [-0.5, 1]], "positive"),
        ([[1, 2], [2, 1]], "not reciprocal"),
        ([[2, 2], [0.5, 2]], "not reciprocal"),
        (np.ones((16, 16)), "too many"),
    ],
)
def test_faulty_matrices(matrix, message):
    with pytest.raises((ConfigError, ModelError), match=message):
        ahp_weights(matrix)


@given(st.integers(2, 9).flatmap(lambda n: arrays(float, n, elements=st.floats(0.1, 1))))
def test_consistent_matrices_give_their_weights_back(w):
    found = ahp_weights(w[:, None] / w[None, :])
    np.testing.assert_allclose(found.weights, w / w.sum(), atol=1e-9)
    assert abs(found.consistency_ratio) < 1e-9


def test_pairwise_statements():
    matrix = pairwise_matrix(["a", "b", "c"], {"a/b": 2, "c/a": "1/4", "b/c": 2})
    np.testing.assert_allclose(matrix, [[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]])
    with pytest.raises(ConfigError) as err:
        pairwise_matrix(["a", "b"], {"a/b": 10, "b/a": 1, "a/x": 2, "a/a": 1})
    assert len(err.value.faults) == 3
    with pytest.raises(ConfigError, match="a/c, b/c"):
        pairwise_matrix(["a", "b", "c"], {"a/b": 2})
    with pytest.raises(ConfigError, match="not a comparison"):
        pairwise_matrix(["a", "b"], {"a/b": "three"})


def test_random_index_table():
    assert [random_index(n) for n in (1, 2, 3, 4, 9)] == [0, 0, 0.58, 0.9, 1.45]


# ------------------------------------------------------------------ overlay


def test_unknown_is_not_zero():
    got = overlay([[0.5, NAN], [0.5, 1.0]], [1, 1])
    assert np.isnan(got[0])
    assert got[1] == 0.75
    # a criterion that weighs nothing may be unknown
    assert overlay([[0.5, NAN]], [1, 0]).tolist() == [0.5]


@given(
    arrays(float, (6, 3), elements=st.floats(0, 1)),
    arrays(float, 3, elements=st.floats(0.01, 1)),
)
def test_overlay_lies_between_the_memberships(m, w):
    got = overlay(m, w)
    assert (got >= m.min(axis=1) - 1e-12).all()
    assert (got <= m.max(axis=1) + 1e-12).all()


# ------------------------------------------------------------------ sensitivity


def test_ranks_ties_and_unknown():
    assert ranks_of([[0.1, NAN, 0.9], [0.5, 0.5, 0.5]]).tolist() == [[2, 3, 1], [1, 2, 3]]


@settings(max_examples=25)
@given(arrays(float, (5, 3), elements=st.floats(0, 1)))
def test_monte_carlo_closes_and_keeps_dominance(m):
    m[0] = np.minimum(m[1:].max(axis=0) + 0.01, 1.01)  # better in everything
    found = weights_monte_carlo(m, [0.2, 0.3, 0.5], draws=200, top_k=2)
    np.testing.assert_allclose(found.acceptability.sum(axis=0), 1)
    np.testing.assert_allclose(found.acceptability.sum(axis=1), 1)
    assert found.stable[0] == 1
    assert found.top.sum() == pytest.approx(2)


def test_monte_carlo_probability_by_hand():
    """Two sites, two criteria: A = (1, 0), B = (0, 1). A leads when w1 > 1/2.

    With equal weights the Dirichlet is symmetric, so each leads half of the time; the
    standard error of 20,000 draws is 0.0035.
    """
    found = weights_monte_carlo([[1, 0], [0, 1]], [1, 1], draws=20_000, seed=3)
    assert found.acceptability[0, 0] == pytest.approx(0.5, abs=4 * 0.0035)


def test_spread_is_the_coefficient_of_variation():
    # one site with membership 1 in the first of four criteria: its score is that weight,
    # mean 1/4, standard deviation 0.25 / 4; p05..p95 of a near-normal is +- 1.645 sd
    found = weights_monte_carlo([[1, 0, 0, 0]], [1, 1, 1, 1], draws=50_000, spread=0.25)
    half = (found.score_p95[0] - found.score_p05[0]) / 2
    assert half == pytest.approx(1.645 * 0.0625, rel=0.03)


def test_same_seed_same_answer():
    m = np.random.default_rng(1).random((30, 4))
    a, b = (weights_monte_carlo(m, [1, 2, 3, 4], draws=500, seed=9) for _ in range(2))
    np.testing.assert_array_equal(a.acceptability, b.acceptability)


def test_tornado_by_hand():
    """Weights 0.6 and 0.4, site (1, 0): score = w1. Swing 25 %: 0.45 to 0.75."""
    bars = tornado([[1, 0], [0.5, 0.5]], [0.6, 0.4], ["sun", "grid"], site=0, swing=0.25)
    first = bars.set_index("criterion").loc["sun"]
    assert (first.score_low, first.score, first.score_high) == pytest.approx((0.45, 0.6, 0.75))
    # at 0.45 the other site (0.5 always) leads
    assert (first.rank_low, first["rank"], first.rank_high) == (2, 1, 1)
    # the weight of grid from 0.3 to 0.5 moves the score from 0.7 to 0.5
    second = bars.set_index("criterion").loc["grid"]
    assert (second.score_low, second.score_high) == pytest.approx((0.7, 0.5))
    assert bars["range"].is_monotonic_decreasing


def test_unknown_memberships_are_refused():
    with pytest.raises(ModelError, match="known"):
        weights_monte_carlo([[1, NAN]], [1, 1])
    with pytest.raises(ModelError, match="no sites"):
        weights_monte_carlo(np.empty((0, 2)), [1, 1])


# ------------------------------------------------------------------ ranking of sites

SITES = pd.DataFrame(
    {
        "slope_mean_deg": [3.0, 11.5, 1.0],
        "ghi_kwh_m2": [1695.0, 1695.0, NAN],
        "substation_distance_m": [10_000.0, 0.0, 0.0],
        "unconditional_frac": [1.0, 0.5, 1.0],
    }
)


def test_ranking_with_equal_weights_by_hand():
    found = rank_by_preference(SITES, "pv")
    # favourable_frac is in no column: left out and named; 4 criteria of weight 1/4
    assert found.unknown == ("favourable",)
    np.testing.assert_allclose(found.weights, 0.25)
    # site 1: (1 + 1 + 0.5 + 1) / 4; site 2: (0.5 + 1 + 1 + 0.5) / 4; site 3: GHI unknown
    np.testing.assert_allclose(found.sites["score"], [0.875, 0.75, NAN])
    assert found.sites["rank"].tolist() == [1, 2, 3]
    assert found.sites["known"].tolist() == [True, True, False]
    assert len(found.tornado) == 4


def test_ranking_with_weights_and_own_curve():
    section = PreferenceSection(
        weights={"slope": 1, "connection": 3},
        curves={"slope": Falling(best=0, worst=10)},
        draws=200,
    )
    found = rank_by_preference(SITES, "pv", section)
    # slope 3 deg -> 0.7; 10 km -> 0.5: (0.7 + 1.5) / 4
    assert found.sites["score"].iloc[0] == pytest.approx(0.55)
    assert found.criteria[0].quality == "plan"


def test_ranking_with_comparisons():
    section = PreferenceSection(
        pairwise={
            "slope/connection": 3,
            "slope/unconditional": 5,
            "connection/unconditional": 3,
        },
        draws=200,
    )
    found = rank_by_preference(SITES, "pv", section)
    assert found.ahp is not None
    assert found.weights[0] == pytest.approx(0.63699, abs=5e-6)
    bad = PreferenceSection(
        pairwise={
            "slope/connection": 9,
            "connection/unconditional": 9,
            "unconditional/slope": 9,
        }
    )
    with pytest.raises(ModelError, match="contradict"):
        rank_by_preference(SITES, "pv", bad)


def test_section_faults():
    with pytest.raises(ValidationError, match="not both"):
        PreferenceSection(weights={"slope": 1}, pairwise={"slope/connection": 2})
    with pytest.raises(ConfigError, match="no such criterion"):
        rank_by_preference(SITES, "pv", PreferenceSection(weights={"soil": 1}))
    with pytest.raises(ConfigError, match="no such criterion"):
        rank_by_preference(SITES, "wind", PreferenceSection(weights={"irradiation": 1}))


def test_criteria_data_are_complete():
    for tech in ("pv", "wind"):
        for c in criteria_of(tech):
            assert c.source
            assert c.title.zh != c.title.en


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_say_weights_sources_and_firmness(lang):
    section = PreferenceSection(
        pairwise={
            "slope/connection": 3,
            "slope/unconditional": 5,
            "connection/unconditional": 3,
        },
        draws=200,
    )
    tables = ranking_tables(rank_by_preference(SITES, "pv", section), lang)
    assert list(tables) == ["criteria", "pairwise", "sites", "tornado"]
    first = tables["criteria"]
    assert first.iloc[:, 1].sum() == pytest.approx(1, abs=1e-3)
    assert "TD/T 1075" in first.iloc[0, 4]
    for curve in (
        Rising(worst=0, best=1),
        Trapezoid(low=0, best_low=1, best_high=2, high=3),
        Logistic(middle=0, steepness=1),
        Bell(best=0, width=1),
        Points(points=((0, 0), (1, 1))),
    ):
        assert curve_text(curve)(lang)


def test_ranks_and_scores_under_moving_weights_against_the_beta_distribution():
    """Two criteria at 0.5 each: the first weight is Beta(c/2, c/2), c = 1 / 0.25^2 - 1 = 15.

    Sites A (1, 0), B (0, 1) and C (0.4, 0.4) score x, 1 - x and 0.4, so C comes third where
    0.4 < x < 0.6 and second elsewhere.
    """
    found = weights_monte_carlo(
        [[1, 0], [0, 1], [0.4, 0.4]], [1, 1], draws=40_000, spread=0.25, top_k=2, seed=3
    )
    x = beta(7.5, 7.5)
    third = x.cdf(0.6) - x.cdf(0.4)
    assert found.rank.tolist() == [1, 2, 3]
    # four standard deviations of a share of 40 000 draws
    near = {"abs": 4 * (third * (1 - third) / 40_000) ** 0.5}
    assert found.acceptability[2, 2] == pytest.approx(third, **near)
    assert found.acceptability[2, 0] == 0.0
    assert found.stable[2] == pytest.approx(third, **near)
    assert found.top[2] == pytest.approx(1 - third, **near)
    assert found.stable[0] == pytest.approx(0.5, abs=0.01)
    assert found.score_p05[0] == pytest.approx(x.ppf(0.05), abs=0.005)
    assert found.score_p95[0] == pytest.approx(x.ppf(0.95), abs=0.005)
    # A is first in half of the draws and third in more than a twentieth (x < 0.4)
    assert (found.rank_p05[0], found.rank_p95[0]) == (1.0, 3.0)
    assert found.rank_mean.sum() == pytest.approx(6.0)


def test_a_weight_swings_to_one_and_no_further():
    bars = tornado([[1.0, 0.0], [0.0, 1.0]], [0.9, 0.1], ["a", "b"], site=0, swing=0.25)
    a = bars.set_index("criterion").loc["a"]
    # 0.9 x 1.25 would be 1.125; down: 0.675, the other takes the rest
    assert (a["weight_low"], a["weight_high"]) == (pytest.approx(0.675), 1.0)
    assert (a["score_low"], a["score_high"]) == (pytest.approx(0.675), pytest.approx(1.0))
    assert a["range"] == pytest.approx(0.325)
