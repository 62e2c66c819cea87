"""Models against published optima."""

import itertools

import numpy as np
import pytest

from siting.facilities.cover import backed_up
from siting.facilities.locate import locate
from siting.facilities.question import ask
from tests.siting.facilities.published import (
    PMED_CENTER,
    PMED_MEDIAN,
    lattice_of_spopt,
    pmed,
    san_francisco,
)


def test_san_francisco_p_median_has_the_published_mean():
    metres, people = san_francisco()
    found = locate("p_median", ask(metres, people), number=4)
    # spopt, test_p_median.py: mean_dist
    assert found.value / people.sum() == pytest.approx(2982.1268579890657, rel=1e-12)
    assert found.gap == 0
    assert found.opened.sum() == 4


def test_san_francisco_mclp_leaves_21_tracts():
    metres, people = san_francisco()
    found = locate("mclp", ask(metres, people), number=4, limit=5000.0)
    # spopt, test_mclp.py: n_cli_uncov 21, perc_cov 89.75609756097561
    assert int((found.served == 0).sum()) == 21
    assert found.served.mean() * 100 == pytest.approx(89.75609756097561)
    assert found.gap == 0


def test_san_francisco_backup_is_the_best_of_all_choices():
    """Of the 12,870 choices of 8 stores, the fewest that cover all within 5,000 m."""
    metres, _ = san_francisco()
    near = metres <= 5000.0
    own = np.array(list(itertools.combinations(range(16), 8)))
    times = np.zeros((205, len(own)), np.int8)
    for k in range(8):
        times += near[:, own[:, k]]
    best = int((times[:, times.min(axis=0) > 0] >= 2).sum(axis=0).max())
    found, once = backed_up(ask(metres, np.ones(205)), None, 5000.0, 20.0)
    assert (once, found.new, found.value) == (205, 8, best)


@pytest.mark.parametrize("number", range(1, 11))
def test_small_or_library_medians_are_proven(number):
    ways, p = pmed(number)
    found = locate("p_median", ask(ways, np.ones(len(ways))), number=p)
    assert (found.value, found.bound, found.gap) == (PMED_MEDIAN[number - 1],) * 2 + (0,)
    assert found.opened.sum() == p


@pytest.mark.parametrize("number", [2, 5, 10])
def test_or_library_centers(number):
    ways, p = pmed(number)
    found = locate("p_center", ask(ways, np.ones(len(ways))), number=p)
    assert (found.value, found.gap) == (PMED_CENTER[number - 1], 0)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(11, 41))
def test_all_or_library_medians_are_proven(number):
    ways, p = pmed(number)
    found = locate("p_median", ask(ways, np.ones(len(ways))), number=p, time_limit_s=120.0)
    assert (found.value, found.bound) == (PMED_MEDIAN[number - 1],) * 2


def test_capacitated_median_of_spopt():
    # spopt, test_c_p_median.py: capacities 5, 7, 10; demand 4, 10; two places
    cost = [[3.0, 5.0, 4.0], [2.0, 4.0, 9.0]]
    found = locate(
        "capacitated_p_median", ask(cost, [4, 10], capacity=[5, 7, 10]), number=2, whole=True
    )
    assert found.to.tolist()[1] == 2  # 10 fit nowhere else
    assert found.served.tolist() == [1, 1]


def test_three_places_of_spopt_with_two_chosen_beforehand():
    """spopt, known_objval of test_p_center.py, test_p_dispersion.py and test_p_median.py."""
    cost, weight, between = lattice_of_spopt()
    even = ask(cost, np.ones(100), preselected=[3, 4])
    assert locate("p_center", even, number=3).value == pytest.approx(6.2520432, abs=1e-6)
    far = locate("p_dispersion", even, number=3, between=between)
    assert far.value == pytest.approx(4.213464, abs=1e-6)
    median = locate("p_median", ask(cost, weight, preselected=[3, 4]), number=3)
    assert median.value == pytest.approx(1872.5093264630818, rel=1e-12)
    assert np.flatnonzero(median.opened).tolist() == [1, 3, 4]


def test_a_capacity_that_binds_is_not_a_gap():
    """15 of 300 places of a twelfth of all demand each: what is covered without them fits."""
    rng = np.random.default_rng(1)
    d, s = rng.random((300, 2)) * 50, rng.random((300, 2)) * 50
    cost = np.hypot(*(d[:, None] - s[None]).transpose(2, 0, 1))
    weight = rng.integers(1, 500, 300).astype(float)
    free = locate("mclp", ask(cost, weight), number=15, limit=8.0)
    room = np.full(300, weight.sum() / 12)
    held = locate("capacitated_mclp", ask(cost, weight, capacity=room), number=15, limit=8.0)
    assert held.value == pytest.approx(free.value)
    assert held.gap == 0
