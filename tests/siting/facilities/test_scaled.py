"""Units in which all numbers are small, or large, change no answer."""

import itertools

import numpy as np
import pytest

from siting.facilities.locate import coverage_curve, locate
from siting.facilities.question import ask
from siting.facilities.scaled import factors

SMALL = [2.0**-10, 2.0**-24, 2.0**-40, 2.0**36]  # powers of two: no digit of a number changes


def asked(seed):
    rng = np.random.default_rng(seed)
    cost = np.round(rng.uniform(0, 50, (8, 5)), 1)
    cost[rng.random((8, 5)) < 0.15] = np.inf
    return cost, rng.integers(1, 20, 8).astype(float), rng.integers(1, 6, 5).astype(float)


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("seed", range(4))
def test_a_budget_covers_the_most_in_any_unit(seed, small):
    cost, weight, price = asked(seed)
    sets = [c for n in range(6) for c in itertools.combinations(range(5), n)]
    may = [c for c in sets if price[list(c)].sum() <= 6]
    best = max(float(weight @ (cost[:, list(c)] <= 20).any(axis=1)) for c in may)
    q = ask(cost, weight * small, price=price * small)
    found = locate("mclp", q, number=6 * small, limit=20.0)
    assert found.value / small == pytest.approx(best)
    assert found.gap == 0
    assert found.new <= 6 * small
    assert found.asked == 6 * small
    assert found.new == pytest.approx(float((price * small)[found.opened].sum()))


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("seed", range(4))
def test_the_cheapest_that_covers_all_is_that_in_any_unit(seed, small):
    cost, weight, price = asked(seed)
    near = cost <= 30
    can = near.any(axis=1)
    sets = [list(c) for n in range(6) for c in itertools.combinations(range(5), n)]
    least = min(price[c].sum() for c in sets if near[can][:, c].any(axis=1).all())
    q = ask(cost * small, weight, price=price * small)
    assert locate("lscp", q, limit=30 * small).value / small == pytest.approx(least)


@pytest.mark.parametrize("small", SMALL)
def test_a_transport_by_hand_is_that_in_any_unit(small):
    # 3 and 2 ask, each place holds 2: of the first 2 go 1 far, the second 1 far, 1 is left
    cost, weight, room = np.array([[1.0, 5.0], [np.inf, 1.0]]), np.array([3.0, 2.0]), [2.0, 2.0]
    q = ask(cost * small, weight * small, capacity=np.array(room) * small)
    found = locate("transport", q)
    assert found.flow.sum() / small == pytest.approx(4)
    assert found.flow.sum(axis=0) / small == pytest.approx(room)
    assert found.value / small**2 == pytest.approx(4)


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize(
    ("model", "how", "power"),
    [
        ("p_median", {"number": 2}, 2),
        ("p_center", {"number": 2}, 1),
        ("capacitated_p_median", {"number": 2}, 2),
        ("capacitated_mclp", {"number": 2, "limit": 20.0}, 1),
        ("hierarchical", {"number": [2, 1], "limit": [20.0, 40.0]}, 1),
        ("backup", {"number": 2, "limit": 20.0}, 1),
    ],
)
def test_a_model_answers_the_same_in_any_unit(model, how, power, small):
    cost, weight, _ = asked(11)
    room = {"capacity": np.full(5, 40.0)} if model.startswith("capacitated") else {}
    own = {"capacity": np.full(5, 40.0) * small} if room else {}
    one = locate(model, ask(cost, weight, **room), **how)
    if "limit" in how:
        how = {**how, "limit": np.asarray(how["limit"]) * small}
    two = locate(model, ask(cost * small, weight * small, **own), **how)
    assert (two.value / small**power, two.gap) == (pytest.approx(one.value), one.gap == 0 and 0)
    assert (two.opened == one.opened).all()
    assert two.served == pytest.approx(one.served)
    assert two.cost / small == pytest.approx(one.cost)


def test_numbers_of_their_own_size_are_left_alone():
    cost, weight, price = asked(0)
    assert factors(ask(cost, weight, price=price)) == (1, 1, 1)
    assert factors(ask(cost, weight * 0)) == (1, 1, 1)


def test_a_curve_of_small_weights_covers_what_the_same_weights_in_whole_numbers_do():
    cost, weight, _ = asked(5)
    one = coverage_curve(ask(cost, weight), 20.0, 5)
    two = coverage_curve(ask(cost, weight * SMALL[2]), 20.0, 5)
    assert two["covered_frac"].tolist() == pytest.approx(one["covered_frac"].tolist())
