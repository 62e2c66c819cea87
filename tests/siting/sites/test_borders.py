"""Weights, curves, ranks and routes at their very borders, and tables in numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import ValidationError

from gis.cells.grid import plan_grid
from gis.errors import ConfigError, ModelError
from siting.sites import sensitivity
from siting.sites.ahp import ahp_weights, pairwise_matrix, random_index
from siting.sites.curves import Bell, Falling, Logistic, Points, Rising, Trapezoid, membership
from siting.sites.preference import (
    PreferenceSection,
    criteria_of,
    overlay,
    rank_by_preference,
    weights_of,
)
from siting.sites.preference_tables import ranking_tables
from siting.sites.ranking import preference_of, preference_ranking, rank_sites
from siting.sites.route import find_routes
from siting.sites.sensitivity import ranks_of, tornado, weights_monte_carlo

NAN = float("nan")
X, Y = 500_000.0, 4_300_000.0


# ------------------------------------------------------------------ comparisons


def test_one_and_two_criteria_cannot_contradict():
    one = ahp_weights([[1.0]])
    assert (one.weights.tolist(), one.lambda_max, one.criteria) == ([1.0], 1.0, ("1",))
    assert (one.consistency_index, one.consistency_ratio) == (0.0, 0.0)
    two = ahp_weights([[1, 4], [0.25, 1]], ["a", "b"])
    assert two.weights.tolist() == pytest.approx([0.8, 0.2])
    assert two.consistency_index == pytest.approx(0.0, abs=1e-12)
    assert two.consistency_ratio == 0.0
    assert two.note == ""


@pytest.mark.parametrize(
    ("matrix", "names", "what"),
    [
        (1.0, None, "not square"),
        ([1.0, 1.0], None, "not square"),
        (np.ones((2, 2, 2)), None, "not square"),
        (np.ones((2, 3)), None, "not square"),
        (np.ones((0, 0)), None, "not square"),
        ([[1, 0], [0, 1]], None, "positive"),
        ([[1, NAN], [1, 1]], None, "positive"),
        ([[1, math.inf], [0.1, 1]], None, "positive"),
        (np.ones((2, 2)), ["a"], "1"),
        (np.ones((2, 2)), ["a", "b", "c"], "3"),
        # a ratio of the two of 1 + 2e-6 is no inverse, of 1 + 1e-7 it is
        ([[1, 2], [0.5 * (1 + 2e-6), 1]], ["a", "b"], "a/b"),
    ],
)
def test_matrices_that_are_none(matrix, names, what):
    with pytest.raises(ConfigError, match=what):
        ahp_weights(matrix, names)


def test_an_inverse_to_a_millionth_is_one():
    assert ahp_weights([[1, 2], [0.5 * (1 + 1e-7), 1]]).weights[0] == pytest.approx(2 / 3)


def test_a_contradiction_is_told_in_numbers():
    """a > b > c > a by five each: every row's product is 1, so all weigh a third.

    Each comparison then says 5 where the weights say 1; lambda = 1 + 5 + 1/5 = 6.2,
    CI = (6.2 - 3) / 2 = 1.6, CR = 1.6 / 0.58 = 2.759.
    """
    matrix = [[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]
    with pytest.raises(ModelError) as e:
        ahp_weights(matrix, ["slope", "sun", "grid"])
    text = e.value.text("en")
    assert "2.759" in text
    assert "0.1" in text
    found = ahp_weights(matrix, note="panel")
    assert found.lambda_max == pytest.approx(6.2)
    assert found.consistency_index == pytest.approx(1.6)
    assert found.consistency_ratio == pytest.approx(1.6 / 0.58)
    assert found.worst[3] == pytest.approx(1.0)


def test_the_table_of_random_matrices_has_an_end():
    assert random_index(1) == 0.0
    for bad in (0, 16):
        with pytest.raises(ModelError, match="15"):
            random_index(bad)
    assert random_index(15) == pytest.approx(1.59)


def test_statements_that_are_no_pair_are_all_named():
    given = {"a/b/c": 2, "a": 2, "a/a": 1, "a/z": 2, "b / a": 3, "a/b": 2, "b/c": 9.5}
    with pytest.raises(ConfigError) as e:
        pairwise_matrix(["a", "b", "c"], given)
    told = [str(f.where) for f in e.value.faults]
    assert told == [f"AHP {k!r}" for k in ("a/b/c", "a", "a/a", "a/z", "a/b", "b/c")]
    assert e.value.faults[-1].got == "9.5"
    with pytest.raises(ConfigError) as e:
        pairwise_matrix(["a", "b", "c", "d"], {"b/a": 3})
    assert e.value.faults[0].got == "a/c, a/d, b/c, b/d, c/d"
    for bad in ("1/0", "x", ""):
        with pytest.raises(ConfigError, match="not a comparison"):
            pairwise_matrix(["a", "b"], {"a/b": bad})
    found = pairwise_matrix(["a", "b"], {" b / a ": "1/4"})
    assert found.tolist() == [[1.0, 4.0], [0.25, 1.0]]


# ------------------------------------------------------------------ curves


@pytest.mark.parametrize(
    ("curve", "fields"),
    [
        (Rising, {"worst": 2, "best": 2}),
        (Rising, {"worst": 3, "best": 2}),
        (Falling, {"best": 2, "worst": 2}),
        (Falling, {"best": 3, "worst": 2}),
        (Trapezoid, {"low": 2, "best_low": 1, "best_high": 3, "high": 4}),
        (Trapezoid, {"low": 0, "best_low": 3, "best_high": 2, "high": 4}),
        (Trapezoid, {"low": 0, "best_low": 1, "best_high": 5, "high": 4}),
        (Logistic, {"middle": 1, "steepness": 0}),
        (Bell, {"best": 1, "width": 0}),
        (Points, {"points": ((0, 0),)}),
        (Points, {"points": ((0, 0), (0, 1))}),
        (Points, {"points": ((1, 0), (0, 1))}),
        (Points, {"points": ((0, -0.1), (1, 1))}),
        (Points, {"points": ((0, 0), (1, 1.1))}),
    ],
)
def test_curves_that_are_none(curve, fields):
    with pytest.raises(ValidationError):
        curve(**fields)


@pytest.mark.parametrize(
    ("curve", "x", "y"),
    [
        # flanks without width are steps at the border itself
        (Trapezoid(low=1, best_low=1, best_high=1, high=1), [0.999, 1, 1.001], [0, 1, 0]),
        (Trapezoid(low=0, best_low=0, best_high=2, high=4), [-0.001, 0, 3], [0, 1, 0.5]),
        # exp(-1.5 x 2) = 0.0497871: 1 / (1 + e^-3) = 0.952574; falling: its mirror
        (Logistic(middle=5, steepness=1.5), [7, 5, -5000], [0.9525741268, 0.5, 0]),
        (Logistic(middle=5, steepness=-1.5), [3, 7, 5000], [0.9525741268, 0.0474258732, 0]),
        # a width on either side e^-1/2, twice as far e^-2
        (Bell(best=5, width=3), [2, 8, 11, -1], [0.6065306597] * 2 + [0.1353352832] * 2),
        (
            Points(points=((0, 0.25), (2, 0.75))),
            [-9, 0, 1, 2, 9],
            [0.25, 0.25, 0.5, 0.75, 0.75],
        ),
        (Rising(worst=-2, best=2), [-2, -1, 2], [0, 0.25, 1]),
        (Falling(best=-2, worst=2), [-2, -1, 2], [1, 0.75, 0]),
    ],
)
def test_curves_at_their_borders(curve, x, y):
    np.testing.assert_allclose(membership(curve, x), y, atol=1e-9)
    assert np.isnan(membership(curve, [NAN])).all()


# ------------------------------------------------------------------ weights and overlay


@pytest.mark.parametrize("weights", [[1.0], [1, -1], [0, 0], [1, 2, 3]])
def test_weights_that_are_none(weights):
    with pytest.raises(ConfigError):
        overlay([[0.5, 0.5]], weights)


def test_an_overlay_is_a_weighted_mean_of_any_shape():
    m = np.array([[[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], [[0.0, 1.0], [NAN, 0.0], [1.0, 1.0]]])
    np.testing.assert_allclose(overlay(m, [3, 1]), [[0.75, 0.5, 0.25], [0.25, NAN, 1.0]])
    assert overlay([1.0, 0.0], [3, 1]) == 0.75


def test_a_section_weighs_something_or_says_nothing():
    PreferenceSection(weights={"slope": 0.0, "connection": 1e-9})
    with pytest.raises(ValidationError, match="weight"):
        PreferenceSection(weights={"slope": 0.0})
    with pytest.raises(ValidationError):
        PreferenceSection(weights={"slope": -1.0, "connection": 2.0})
    for field, good, bad in (
        ("spread", (1e-6, 2.0), (0.0, 2.01)),
        ("draws", (100, 1_000_000), (99, 1_000_001)),
        ("swing", (1e-6, 0.999), (0.0, 1.0)),
        ("top_k", (1, 5000), (0, 5001)),
    ):
        for value in good:
            assert getattr(PreferenceSection(**{field: value}), field) == value
        for value in bad:
            with pytest.raises(ValidationError):
                PreferenceSection(**{field: value})


def test_weights_of_a_section_add_up_to_one():
    criteria = criteria_of("pv")
    said = {"slope": 1, "connection": 3, "irradiation": 0}
    kept, w, ahp = weights_of(criteria, PreferenceSection(weights=said))
    assert [c.id for c in kept] == ["slope", "connection"]
    assert w.tolist() == [0.25, 0.75]
    assert ahp is None
    kept, w, ahp = weights_of(criteria, PreferenceSection())
    assert (len(kept), w.tolist()) == (5, [0.2] * 5)
    kept, w, ahp = weights_of(criteria, PreferenceSection(pairwise={"connection/slope": 4}))
    assert [c.id for c in kept] == ["connection", "slope"]
    assert w.tolist() == pytest.approx([0.8, 0.2])
    assert ahp.criteria == ("connection", "slope")
    for strange in (PreferenceSection(weights={"soil": 1}),
                    PreferenceSection(pairwise={"soil/slope": 1})):  # fmt: skip
        with pytest.raises(ConfigError) as e:
            weights_of(criteria, strange)
        assert e.value.faults[0].got == "soil"
    with pytest.raises(ConfigError) as e:
        criteria_of("pv", {"soil": Rising(worst=0, best=1)})
    assert e.value.faults[0].got == "soil"


# ------------------------------------------------------------------ sensitivity


@pytest.mark.parametrize(
    ("memberships", "weights"),
    [
        ([1.0, 0.5], [1.0, 1.0]),
        ([[1.0, 0.5]], [1.0]),
        ([[1.0, 0.5]], [1.0, -1.0]),
        ([[1.0, 0.5]], [0.0, 0.0]),
        ([[1.0, 0.5]], [1.0, math.inf]),
        ([[1.0, math.inf]], [1.0, 1.0]),
    ],
)
def test_what_cannot_be_ranked(memberships, weights):
    with pytest.raises(ModelError):
        weights_monte_carlo(memberships, weights)
    with pytest.raises(ModelError):
        tornado(memberships, weights, ["a", "b"])


@pytest.mark.parametrize("more", [{"spread": 0.0}, {"spread": -1.0}, {"draws": 0}])
def test_draws_and_spread_are_positive(more):
    with pytest.raises(ModelError):
        weights_monte_carlo([[1.0]], [1.0], **more)
    assert weights_monte_carlo([[1.0]], [1.0], draws=1).draws == 1


def test_draws_in_pieces_are_the_draws_at_once(monkeypatch):
    m = np.random.default_rng(5).random((4, 3))
    whole = weights_monte_carlo(m, [1, 2, 3], draws=101, top_k=9, seed=2)
    monkeypatch.setattr(sensitivity, "_BLOCK", 4 * 10)  # ten draws at a time
    parts = weights_monte_carlo(m, [1, 2, 3], draws=101, top_k=9, seed=2)
    np.testing.assert_array_equal(parts.acceptability, whole.acceptability)
    np.testing.assert_array_equal(parts.score_p95, whole.score_p95)
    assert whole.acceptability.sum() == pytest.approx(4.0)
    assert (whole.top_k, whole.draws, whole.spread, whole.seed) == (4, 101, 0.25, 2)
    assert whole.top.tolist() == pytest.approx([1.0] * 4)
    monkeypatch.setattr(sensitivity, "_BLOCK", 1)  # more sites than a block: one at a time
    again = weights_monte_carlo(m, [1, 2, 3], draws=101, top_k=9, seed=2)
    np.testing.assert_array_equal(again.acceptability, whole.acceptability)


def test_one_weight_alone_never_moves():
    # the second criterion weighs nothing: the score is the first, whatever is drawn
    found = weights_monte_carlo([[0.3, 9.0], [0.6, 0.0]], [2.0, 0.0], draws=50, top_k=1)
    assert found.rank.tolist() == [2, 1]
    assert found.stable.tolist() == [1.0, 1.0]
    assert found.top.tolist() == [0.0, 1.0]
    np.testing.assert_allclose(found.score_p05, [0.3, 0.6])
    np.testing.assert_allclose(found.score_p95, [0.3, 0.6])
    bars = tornado([[0.3, 9.0], [0.6, 0.0]], [2.0, 0.0], ["a", "b"], top_k=1)
    a = bars.set_index("criterion").loc["a"]
    # down by a quarter and up to one at most; nothing else weighs, so the sum is one again
    assert (a["weight_low"], a["weight_high"], a["range"]) == (1.0, 1.0, 0.0)


def test_a_tornado_of_three_criteria_by_hand():
    """Weights 0.5, 0.3, 0.2; site 0 scores 0.5, site 1 0.3 + 0.1 = 0.4, site 2 0.45.

    Swing 40 %: the first weight runs 0.3..0.7, the others share the rest as 3 : 2, so at 0.3
    they are 0.42 and 0.28: site 1 has 0.42 + 0.14 = 0.56 and leads.
    """
    m = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.5], [0.45, 0.45, 0.45]]
    bars = tornado(m, [5, 3, 2], "abc", site=0, swing=0.4, top_k=1)
    assert bars["criterion"].tolist() == ["a", "b", "c"]  # ranges 0.4, 0.1714, 0.1
    a, b, c = (bars.iloc[k] for k in range(3))
    assert (a["weight"], a["weight_low"], a["weight_high"]) == pytest.approx((0.5, 0.3, 0.7))
    assert (a["score"], a["score_low"], a["score_high"]) == pytest.approx((0.5, 0.3, 0.7))
    assert (a["rank"], a["rank_low"], a["rank_high"]) == (1, 3, 1)
    assert a["top_changes"] == 1
    # the second runs 0.18..0.42: the first takes 5/7 of the rest, 0.5857 and 0.4143
    assert (b["score_low"], b["score_high"]) == pytest.approx((0.82 * 5 / 7, 0.58 * 5 / 7))
    # at 0.42 site 1 has 0.42 + 0.58 x 2/7 / 2 = 0.5029 and site 2 0.45: both pass site 0
    assert (b["rank_low"], b["rank_high"], b["top_changes"]) == (1, 3, 1)
    # the third runs 0.12..0.28: the first takes 5/8: 0.55 and 0.45; site 2 ties at 0.45
    assert (c["score_low"], c["score_high"]) == pytest.approx((0.55, 0.45))
    assert c["range"] == pytest.approx(0.1)


def test_the_short_list_of_a_tornado():
    m = [[1.0, 0.0], [0.0, 1.0], [0.6, 0.3], [0.0, 0.0]]
    # weights 0.6, 0.4: scores 0.6, 0.4, 0.48, 0; at 0.3 of a: 0.3, 0.7, 0.39
    bars = tornado(m, [0.6, 0.4], "ab", site=3, swing=0.5, top_k=2).set_index("criterion")
    assert bars.loc["a", "top_changes"] == 1  # site 1 comes in
    assert bars.loc["a", "rank"] == bars.loc["a", "rank_low"] == 4
    all_in = tornado(m, [0.6, 0.4], "ab", swing=0.5, top_k=4)
    assert all_in["top_changes"].tolist() == [0, 0]


def test_ranks_are_of_each_row_and_stable():
    assert ranks_of([3.0]).tolist() == [1]
    assert ranks_of([[NAN, NAN, -1.0], [0.0, 5.0, 5.0]]).tolist() == [[2, 3, 1], [3, 1, 2]]


# ------------------------------------------------------------------ sites in order


def table(**columns: list[float]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    names = ("capacity_mw", "unconditional_frac", "slope_mean_deg", "ghi_kwh_m2")
    base = {k: [1.0] * n for k in (*names, "route_cost_m", "road_distance_m")}
    return pd.DataFrame({**base, **columns})


def test_a_criterion_is_scaled_between_the_worst_and_the_best():
    # 2, 4 and 10 degrees: 1, 6/8 and 0; 100, 300, 200 m: 1, 0 and 1/2
    found = rank_sites(
        table(slope_mean_deg=[2.0, 4.0, 10.0], road_distance_m=[100.0, 300.0, 200.0]),
        {"slope": 1.0, "road": 3.0},
    )
    assert found["score"].tolist() == pytest.approx([1.0, 0.1875, 0.375])
    assert found["rank"].tolist() == [1, 3, 2]
    # 10, 4 and 7 m of way to the megawatt: 0, 1 and 1/2
    found = rank_sites(
        table(capacity_mw=[1.0, 10.0, 2.0], route_cost_m=[10.0, 40.0, 14.0]),
        {"connection": 2.0},
    )
    assert found["score"].tolist() == pytest.approx([0.0, 1.0, 0.5])


def test_what_is_not_known_of_a_site_does_not_count_for_it():
    found = rank_sites(
        table(capacity_mw=[10.0, 20.0, 30.0], ghi_kwh_m2=[NAN, 1600.0, 1700.0]),
        {"capacity": 1.0, "irradiation": 1.0},
    )
    # the first by capacity alone (0), the second (1/2 + 0) / 2, the third whole
    assert found["score"].tolist() == pytest.approx([0.0, 0.25, 1.0])
    # a criterion all share counts fully where it is known; nothing known is no merit
    found = rank_sites(
        table(capacity_mw=[10.0, 20.0, NAN], ghi_kwh_m2=[1600.0, NAN, NAN]),
        {"capacity": 1.0, "irradiation": 3.0},
    )
    assert found["score"].tolist() == pytest.approx([0.75, 1.0, 0.0])
    assert found["rank"].tolist() == [2, 1, 3]
    # weights of nothing, and equal scores: in the order of the table
    assert rank_sites(table(capacity_mw=[1.0, 2.0]), {"capacity": 0.0}).to_numpy().tolist() == [
        [0.0, 1.0], [0.0, 2.0],
    ]  # fmt: skip
    assert rank_sites(table(capacity_mw=[1.0, 1.0]), {"capacity": 1.0})["rank"].tolist() == [
        1,
        2,
    ]


SITES = pd.DataFrame(
    {
        "site_id": ["PV-01", "PV-02", "PV-03"],
        "slope_mean_deg": [3.0, 11.5, 1.0],
        "substation_distance_m": [10_000.0, 0.0, NAN],
    }
)


def test_a_ranking_with_an_unknown_site():
    section = PreferenceSection(
        weights={"slope": 1, "connection": 3, "irradiation": 4}, draws=200, top_k=1
    )
    found = rank_by_preference(SITES, "pv", section)
    # no column of irradiation: the others' weights are scaled up to 1/4 and 3/4
    assert found.unknown == ("irradiation",)
    assert found.by_criterion == {"slope": 0.25, "connection": 0.75}
    # 3 deg -> 1 and 10 km -> 0.5; 11.5 deg -> 0.5 and 0 km -> 1
    np.testing.assert_allclose(found.sites["score"], [0.625, 0.875, NAN])
    assert found.sites["rank"].tolist() == [2, 1, 3]
    np.testing.assert_allclose(found.sites["m_connection"], [0.5, 1.0, NAN])
    for column in ("rank_mean", "rank_p05", "rank_p95", "rank_stable_frac", "top_frac"):
        assert found.sites[column].isna().tolist() == [False, False, True]
    assert found.sites["top_frac"][:2].sum() == pytest.approx(1.0)
    # the tornado follows the best site
    assert set(found.tornado["score"]) == {0.875}
    assert found.stability.top_k == 1


def test_a_ranking_of_which_nothing_is_known():
    none = rank_by_preference(SITES[["site_id"]], "pv")
    assert (none.criteria, len(none.weights), none.stability) == ((), 0, None)
    assert none.sites["rank"].tolist() == [1, 2, 3]
    assert none.sites["score"].isna().all()
    assert not none.sites["known"].any()
    assert none.tornado.empty
    # each site lacks one of two: no score, but memberships
    apart = SITES.assign(slope_mean_deg=[NAN, NAN, 1.0])
    found = rank_by_preference(apart, "pv")
    assert found.sites["score"].isna().all()
    assert found.stability is None
    assert found.sites["m_slope"].tolist()[2] == 1.0


def test_tables_of_a_ranking_by_site():
    section = PreferenceSection(pairwise={"slope/connection": 3}, draws=200, note="why")
    ranking, tables = preference_ranking(SITES, "pv", section, "en")
    assert set(tables) == {f"preference_{k}_pv" for k in ("criteria", "pairwise", "sites",
                                                          "tornado")}  # fmt: skip
    assert ranking.sites.index.tolist() == ["PV-01", "PV-02", "PV-03"]
    weights = tables["preference_criteria_pv"].iloc[:, 1].tolist()
    assert weights == [0.75, 0.25]
    pairs = tables["preference_pairwise_pv"].iloc[:, 1].tolist()
    # two criteria agree always: lambda 2, CI and CR 0
    assert (pairs[:3], pairs[4]) == (["2.0000", "0.0000", "0.0000"], "why")
    assert tables["preference_sites_pv"].iloc[:, 1].tolist()[:2] == [0.875, 0.625]
    third = rank_by_preference(SITES, "pv", PreferenceSection(
        weights={"slope": 1, "connection": 2}, draws=200))  # fmt: skip
    assert ranking_tables(third, "en")["criteria"].iloc[:, 1].tolist() == [0.3333, 0.6667]


class _Plan:
    def __init__(self, section: object) -> None:
        self.sections = {} if section is None else {"preference": section}


def test_a_plan_prefers_something_when_it_says_what():
    assert preference_of(_Plan(None)) is None
    assert preference_of(_Plan(PreferenceSection())) is None
    for said in (PreferenceSection(weights={"slope": 1}),
                 PreferenceSection(pairwise={"slope/connection": 1})):  # fmt: skip
        assert preference_of(_Plan(said)) is said


# ------------------------------------------------------------------ ways


def ways(cost: np.ndarray, site: tuple[float, ...], *stations: tuple[float, float]) -> object:
    h, w = cost.shape
    grid = plan_grid((X, Y, X + 100 * w, Y + 100 * h), "EPSG:4544", 100.0)
    box = shapely.box(X + site[0], Y + site[1], X + site[2], Y + site[3])
    points = np.array([shapely.Point(X + x, Y + y) for x, y in stations], object)
    return find_routes(cost, grid, np.array([box], object), points)[0], box


def test_a_way_is_drawn_from_the_edge_over_cell_centres_to_the_station():
    """Five cells north of the site and three east: a diagonal of three and two straight."""
    way, box = ways(np.ones((10, 10)), (10, 10, 90, 90), (350, 560))
    # centres (50, 50) to (350, 550): 3 diagonals of 141.4 m and 2 steps of 100 m
    assert way.cost_m == pytest.approx(3 * 100 * math.sqrt(2) + 200)
    assert way.line.coords[-1] == (X + 350, Y + 560)
    assert way.straight_m == pytest.approx(math.hypot(350 - 90, 560 - 90))
    assert box.distance(shapely.Point(way.line.coords[0])) < 1e-9
    assert way.length_m == pytest.approx(way.line.length)
    assert way.straight_m <= way.length_m <= way.cost_m


def test_costs_are_the_mean_of_the_cells_a_step_joins():
    # 1, 3, 5 and 1 a metre in a row: steps of 2, 4 and 3 times 100 m
    cost = np.array([[1.0, 3.0, 5.0, 1.0]])
    way, _ = ways(cost, (10, 10, 90, 90), (350, 50))
    assert way.cost_m == pytest.approx(200 + 400 + 300)
    assert way.station == 0


def test_a_station_beside_or_in_the_site():
    way, _ = ways(np.ones((3, 3)), (10, 10, 90, 90), (95, 50))
    # in the same cell: no step, a line from the edge
    assert way.cost_m == 0.0
    assert way.straight_m == pytest.approx(5.0)
    assert way.line.coords[0] == pytest.approx((X + 90, Y + 50))
    way, _ = ways(np.ones((3, 3)), (10, 10, 90, 90), (150, 50))
    assert way.cost_m == pytest.approx(100.0)
    assert (way.length_m, way.straight_m) == pytest.approx((60.0, 60.0))
    # of two stations in one cell the first is the one
    way, _ = ways(np.ones((3, 3)), (10, 10, 90, 90), (250, 250), (260, 250))
    assert way.station == 0


def test_stations_and_sites_at_the_edge_of_the_grid():
    # a station just outside is taken into the border cell, on every side
    for x, y in ((-5, 150), (305, 150), (150, -5), (150, 305), (300, 300)):
        way, _ = ways(np.ones((3, 3)), (110, 110, 190, 190), (x, y))
        diagonal = x == y
        assert way.cost_m == pytest.approx(100 * math.sqrt(2) if diagonal else 100.0)
    # a site beyond the grid has no way, nor one behind land that cannot be crossed
    assert ways(np.ones((3, 3)), (900, 900, 990, 990), (50, 50))[0] is None
    wall = np.ones((3, 3))
    wall[:, 1] = -1.0
    assert ways(wall, (210, 110, 290, 190), (50, 150))[0] is None
