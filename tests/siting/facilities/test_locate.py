"""Models against every possible choice, and what holds whatever the numbers."""

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import siting
import siting.facilities.capacities.flows as flows
from gis.errors import ConfigError, DataError
from siting.facilities.capacities.mended import mended
from siting.facilities.capacities.sent import sent
from siting.facilities.cover import backed_up
from siting.facilities.decide import apart_at_least
from siting.facilities.levels import levels_covered
from siting.facilities.locate import coverage_curve, locate, locate_by_year
from siting.facilities.question import ask

FEW = settings(max_examples=10, deadline=None)


def case(seed, n=11, m=9):
    rng = np.random.default_rng(seed)
    d, s = rng.random((n, 2)) * 10, rng.random((m, 2)) * 10
    cost = np.hypot(*(d[:, None] - s[None]).transpose(2, 0, 1))
    return cost, rng.integers(1, 9, n).astype(float), s


def choices(m, p, have=()):
    free = [j for j in range(m) if j not in have]
    for own in itertools.combinations(free, p):
        yield [*have, *own]


@FEW
@given(seed=st.integers(0, 10_000), p=st.integers(1, 4))
def test_median_cover_and_center_are_the_best_of_all_choices(seed, p):
    cost, weight, _ = case(seed)
    q = ask(cost, weight)
    nearest = [cost[:, c].min(axis=1) for c in choices(9, p)]
    assert locate("p_median", q, number=p).value == pytest.approx(
        min(weight @ d for d in nearest)
    )
    assert locate("p_center", q, number=p).value == pytest.approx(min(d.max() for d in nearest))
    assert locate("mclp", q, number=p, limit=2.5).value == pytest.approx(
        max(weight @ (d <= 2.5) for d in nearest)
    )


@FEW
@given(seed=st.integers(0, 10_000))
def test_places_that_stand_are_forbidden_or_chosen(seed):
    cost, weight, _ = case(seed)
    q = ask(cost, weight, existing=[0], forbidden=[1], preselected=[2])
    own = [[0, 2, j] for j in range(3, 9)]
    found = locate("p_median", q, number=2)
    assert found.value == pytest.approx(min(weight @ cost[:, c].min(axis=1) for c in own))
    assert found.opened[[0, 2]].all()
    assert not found.opened[1]
    assert found.new == 2
    cover = locate("mclp", q, number=2, limit=3.0)
    assert cover.value == pytest.approx(
        max(weight @ (cost[:, c].min(axis=1) <= 3) for c in own)
    )


@FEW
@given(seed=st.integers(0, 10_000))
def test_fewest_places_are_the_least_number_that_covers_all(seed):
    cost, weight, _ = case(seed)
    q = ask(cost, weight)
    found = locate("lscp", q, limit=4.0)
    can = (cost <= 4.0).any(axis=1)
    least = next(
        p
        for p in range(10)
        if any((cost[:, c] <= 4.0).any(axis=1)[can].all() for c in choices(9, p))
    )
    assert found.value == least
    assert (found.served > 0).tolist() == can.tolist()


@FEW
@given(seed=st.integers(0, 10_000), p=st.integers(1, 5))
def test_center_fewest_and_most_covered_agree(seed, p):
    cost, weight, _ = case(seed)
    q = ask(cost, weight)
    radius = locate("p_center", q, number=p).value
    assert locate("lscp", q, limit=radius).value <= p
    assert locate("lscp", q, limit=radius * (1 - 1e-6)).value > p or (
        locate("lscp", q, limit=radius * (1 - 1e-6)).served.min() == 0
    )
    assert locate("mclp", q, number=p, limit=radius).value == weight.sum()


@FEW
@given(seed=st.integers(0, 10_000))
def test_more_places_are_never_worse(seed):
    cost, weight, _ = case(seed)
    q = ask(cost, weight)
    medians = [locate("p_median", q, number=p).value for p in range(1, 10)]
    covered = [locate("mclp", q, number=p, limit=2.0).value for p in range(10)]
    assert medians == sorted(medians, reverse=True)
    assert covered == sorted(covered)


@FEW
@given(seed=st.integers(0, 10_000))
def test_other_numbers_for_the_same_places_change_nothing(seed):
    cost, weight, _ = case(seed)
    rng = np.random.default_rng(seed)
    i, j = rng.permutation(11), rng.permutation(9)
    a, b = ask(cost, weight), ask(cost[np.ix_(i, j)], weight[i])
    for how in ({"number": 3}, {"number": 3, "limit": 2.0}):
        model = "mclp" if "limit" in how else "p_median"
        assert locate(model, a, **how).value == pytest.approx(locate(model, b, **how).value)


@FEW
@given(seed=st.integers(0, 10_000), p=st.integers(2, 5))
def test_dispersion_is_the_best_of_all_choices(seed, p):
    _, _, places = case(seed)
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    best = max(min(apart[a, b] for a, b in itertools.combinations(c, 2)) for c in choices(9, p))
    q = ask(np.zeros((1, 9)), [1.0])
    assert locate("p_dispersion", q, number=p, between=apart).value == pytest.approx(best)


@pytest.mark.parametrize("seed", range(3))
def test_capacities_are_kept_and_nothing_better_is_missed(seed):
    cost, weight, _ = case(seed, n=5, m=4)
    room = np.full(4, np.ceil(weight.sum() / 2))
    q = ask(cost, weight, capacity=room)
    found = locate("capacitated_p_median", q, number=3)
    assert (found.flow.sum(axis=0) <= room + 1e-6).all()
    assert found.served == pytest.approx(np.ones(5), abs=1e-5)
    values = []
    for c in choices(4, 3):
        shut = [j for j in range(4) if j not in c]
        sent = locate("transport", ask(cost, weight, capacity=room, forbidden=shut))
        values.append(sent.value if sent.served.min() > 1 - 1e-6 else np.inf)
    assert found.value == pytest.approx(min(values), rel=1e-5)
    free = locate("p_median", ask(cost, weight), number=3)
    assert found.value >= free.value * (1 - 1e-5)


def test_capacity_below_demand_serves_what_it_can():
    q = ask([[1.0], [2.0]], [6.0, 6.0], capacity=[9.0])
    found = locate("transport", q)
    # the nearer demand whole, half of the other
    assert found.served.tolist() == pytest.approx([1.0, 0.5])
    assert found.value == pytest.approx(6 * 1 + 3 * 2)
    assert locate("capacitated_mclp", q, number=1, limit=1.5).value == pytest.approx(6.0)


def test_coverage_with_capacity_counts_the_capacity():
    q = ask([[1.0, 9.0], [1.0, 9.0], [9.0, 1.0]], [5.0, 5.0, 4.0], capacity=[6.0, 6.0])
    found = locate("capacitated_mclp", q, number=2, limit=2.0)
    assert found.value == pytest.approx(6 + 4)
    none = locate("capacitated_mclp", q, number=2, limit=0.5)
    assert (str(none.value), str(none.bound)) == ("0.0", "0.0")  # no zero has a sign


def test_twice_covered_comes_after_once():
    # two demands, three places: a covers 0 and 1, b covers 0, c covers 1
    near = np.array([[1.0, 1.0, 9.0], [1.0, 9.0, 1.0]])
    found, once = backed_up(ask(near, [3.0, 5.0]), 2, 2.0, 5.0)
    assert once == 8
    assert found.value == 5  # a and c
    assert found.opened.tolist() == [True, False, True]


def test_backup_of_demand_nobody_can_cover_is_no_number_of_places():
    found = locate("backup", ask([[9.0, 9.0]], [5.0], preselected=[0, 1]), limit=2.0)
    assert (found.model, found.value, found.gap) == ("backup", 0.0, 0.0)


def test_backup_gives_no_covered_weight_away_for_twice_covered():
    """Places 0 and 1 cover the large demand twice; the 0.02 only place 2 covers comes first."""
    q = ask([[1, 1, 9], [9, 9, 1]], [82_742.0, 0.02])
    found = locate("backup", q, number=2, limit=2.0)
    assert found.opened[2]
    assert (found.value, found.gap) == (0.0, 0.0)


def test_a_place_of_a_higher_level_serves_the_lower_ones():
    line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    # level 1 within 1, level 2 within 2: one of each; every demand needs both
    found = levels_covered(ask(line, np.ones(5)), [1, 1], [1.0, 2.0], 5.0)
    level = found.level
    every = [
        sum(min(abs(i - a), abs(i - b)) <= 1 and abs(i - b) <= 2 for i in range(5))
        for a in range(5)
        for b in range(5)
        if a != b
    ]
    assert found.value == max(every)
    assert sorted(level[level > 0].tolist()) == [1, 2]


def test_what_no_way_leads_to_is_a_state():
    cost = [[1.0, np.inf], [np.inf, np.inf], [np.inf, 2.0]]
    q = ask(cost, [1.0, 5.0, 1.0])
    assert q.reached.tolist() == [True, False, True]
    for model, how in (("lscp", {"limit": 9.0}), ("p_median", {"number": 2})):
        found = locate(model, q, **how)
        assert found.to.tolist() == [0, -1, 1]
        assert found.served.tolist() == [1, 0, 1]
        assert np.isinf(found.cost[1])


def test_reaching_more_comes_before_reaching_it_sooner():
    cost = [[1.0, 50.0, np.inf], [np.inf, 50.0, np.inf], [np.inf, np.inf, 1.0]]
    found = locate("p_median", ask(cost, [1.0, 1.0, 1.0]), number=1)
    assert found.opened.tolist() == [False, True, False]
    assert (found.value, found.gap) == (100.0, 0.0)


def test_more_asked_than_there_are_opens_all():
    found = locate("mclp", ask(np.ones((2, 3)), [1.0, 1.0]), number=9, limit=2.0)
    assert found.opened.all()
    assert (found.asked, found.new) == (9, 3)


def test_a_budget_buys_places_by_their_price():
    q = ask([[1.0, 9, 9], [9, 1.0, 9], [9, 9, 1.0]], [6.0, 5.0, 5.0], price=[10.0, 5.0, 5.0])
    found = locate("mclp", q, number=10.0, limit=2.0)
    assert found.opened.tolist() == [False, True, True]
    assert found.value == 10


def test_years_keep_what_was_opened():
    cost, weight, _ = case(3)
    found = locate_by_year("mclp", ask(cost, weight), {2025: 1, 2030: 3}, limit=2.0)
    assert not (found[2025].opened & ~found[2030].opened).any()
    assert found[2030].opened.sum() == 3
    with pytest.raises(ConfigError, match="fewer places"):
        locate_by_year("mclp", ask(cost, weight), {2025: 3, 2030: 1}, limit=2.0)


def test_the_curve_rises_to_all_that_can_be_covered():
    cost, weight, _ = case(5)
    curve = coverage_curve(ask(cost, weight), 2.0, 9)
    assert curve["covered"].is_monotonic_increasing
    assert curve["covered"].iloc[-1] == weight[(cost <= 2.0).any(axis=1)].sum()
    assert curve["new"].tolist() == list(range(10))


def test_no_time_gives_an_answer_that_says_so():
    rng = np.random.default_rng(1)
    cost = rng.random((120, 120))
    found = locate("p_median", ask(cost, np.ones(120)), number=8, time_limit_s=1e-4)
    assert found.opened.sum() == 8
    assert not found.in_time
    assert found.bound <= found.value


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"weight": [1.0, -1.0]}, "no number of 0 or more"),
        ({"weight": [1.0, np.nan]}, "no number of 0 or more"),
        ({"weight": [1.0]}, "number of rows"),
        ({"cost": [[1.0], [-2.0]]}, "not below 0"),
        ({"capacity": [1.0, 2.0]}, "valid number for each"),
    ],
)
def test_arrays_that_cannot_be_are_refused(given, words):
    whole = {"cost": [[1.0], [2.0]], "weight": [1.0, 1.0]} | given
    with pytest.raises(DataError, match=words):
        ask(**whole)


@pytest.mark.parametrize(
    ("model", "how", "words"),
    [
        ("best", {}, "such model"),
        ("mclp", {"number": 1}, "needs a limit"),
        ("p_median", {}, "needs a number"),
        ("p_median", {"number": -1}, "0 or more"),
        ("p_median", {"number": 1.5}, "whole number"),
        ("transport", {}, "no capacity"),
        ("p_dispersion", {"number": 1}, "distances between"),
    ],
)
def test_questions_that_lack_something_are_refused(model, how, words):
    with pytest.raises(ConfigError, match=words):
        locate(model, ask([[1.0, 1.0]], [1.0]), **how)


def test_more_chosen_than_asked_is_refused():
    with pytest.raises(ConfigError, match="chosen beforehand"):
        locate("p_median", ask([[1.0, 1.0]], [1.0], preselected=[0, 1]), number=1)


def test_a_plain_transport_is_proven():
    cost, weight, _ = case(2)
    found = locate("transport", ask(cost, weight, capacity=np.full(9, weight.sum() / 3)))
    assert found.gap == 0
    assert found.value > 0


@pytest.mark.parametrize("number", [5, 10])
def test_the_longest_way_of_300_to_300_is_proven_by_the_fewest_that_cover(number):
    """So many places cover all within the answer, and a hair below it they do not."""
    rng = np.random.default_rng(0)
    one, two = rng.uniform(0, 100, (2, 300, 2))
    q = ask(np.hypot(*(one[:, None] - two[None]).transpose(2, 0, 1)), np.ones(300))
    found = locate("p_center", q, number=number, time_limit_s=60.0)
    assert (found.gap, found.in_time) == (0.0, True)
    enough = locate("lscp", q, limit=found.value, time_limit_s=60.0)
    assert enough.value <= number
    # the fewest, or what they cannot be better than, are one more
    assert locate("lscp", q, limit=found.value * (1 - 1e-6), time_limit_s=60.0).bound > number


def test_the_longest_way_keeps_what_stands_and_what_is_chosen():
    """Of 0..9 on a line 0 stands and 2 is chosen: the third, at 7, leaves 2 steps to each."""
    line = np.abs(np.subtract.outer(np.arange(10.0), np.arange(10.0)))
    q = ask(line, np.ones(10), existing=[0], preselected=[2])
    found = locate("p_center", q, number=2)
    assert (np.flatnonzero(found.opened).tolist(), found.value) == ([0, 2, 7], 2.0)
    # none may be opened beside them: 9 is 7 from 2
    assert locate("p_center", q, number=1).value == 7.0


def _plane(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    a, b = rng.uniform(0, 50, (n, 2)), rng.uniform(0, 50, (m, 2))
    return np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)), rng.integers(1, 500, n) * 1.0


def test_a_median_of_2000_by_500_is_proven():
    """No exchange of two places is better than the proven ones."""
    cost, weight = _plane(3, 2000, 500)
    found = locate("p_median", ask(cost, weight), number=5, time_limit_s=60.0)
    assert found.in_time
    assert found.gap == 0
    own = np.flatnonzero(found.opened)
    value = float(weight @ cost[:, own].min(axis=1))
    assert found.value == pytest.approx(value)
    for k in range(5):
        rest = cost[:, np.delete(own, k)].min(axis=1)
        assert (weight @ np.minimum(cost, rest[:, None])).min() >= value * (1 - 1e-12)


def test_a_search_for_the_longest_way_ends_with_its_time():
    cost, weight = _plane(4, 2000, 500)
    locate("p_center", ask(cost[:20], weight[:20]), number=2)  # kernels are there
    start = time.monotonic()
    found = locate("p_center", ask(cost, weight), number=20, time_limit_s=2.0)
    assert time.monotonic() - start < 12.0  # beside others at work; 77 s once
    assert found.bound <= found.value == cost[:, found.opened].min(axis=1).max()
    # each demand needs a place within the longest way, and no bound is below the nearest
    assert found.bound >= cost.min(axis=1).max()
    assert found.opened.sum() == 20


def test_a_budget_holds_where_places_have_capacities_too():
    """Two places of 3 yuan with 4 to spend: one is built, 1 x 1 + 1 x 5 = 6."""
    q = ask([[1.0, 5.0], [5.0, 1.0]], [1, 1], price=[3.0, 3.0], capacity=[10.0, 10.0])
    found = locate("capacitated_p_median", q, number=4.0)
    assert found.new == 3.0
    assert found.opened.sum() == 1
    assert found.value == pytest.approx(6.0)
    # what stands serves demand 0 for nothing; 2 yuan buy the place that serves demand 1
    cost = [[0.0, 9.0], [np.inf, 4.0]]
    q = ask(cost, [1, 1], existing=[0], price=[9.0, 2.0], capacity=[1.0, 1.0])
    found = locate("capacitated_p_median", q, number=2.0)
    assert found.opened.tolist() == [True, True]
    assert found.value == pytest.approx(4.0)


@pytest.mark.parametrize("seed", range(6))
def test_levels_are_the_best_of_all_choices(seed):
    """Of 8 places one stands, one is chosen as a village, one as any, one is forbidden."""
    cost, weight, _ = case(seed, m=8)
    q = ask(cost, weight, existing=[0], preselected=[1, 2], forbidden=[3])
    kept = np.array([0, 1, 0, 0, 0, 0, 0, 0], np.int8)
    found = locate("hierarchical", q, number=[3, 1], limit=[3.0, 6.0], levels=kept)
    best = 0.0
    for level in itertools.product(*([2], [1], [1, 2], [0], *[range(3)] * 4)):
        level = np.array(level)
        new = np.bincount(level[1:], minlength=3)
        if new[1] <= 3 and new[2] <= 1:
            near = [(cost[:, level > k] <= far).any(axis=1) for k, far in enumerate((3, 6))]
            best = max(best, float(weight[near[0] & near[1]].sum()))
    assert (found.value, found.bound, found.in_time) == (best, best, True)
    assert (found.level[0], found.level[1], found.level[3]) == (2, 1, 0)
    assert np.bincount(found.level[1:], minlength=3).tolist() == [3, 3, 1]


def test_served_by_levels_is_within_the_limit_of_every_level():
    q = ask([[1.0]], [100.0])
    found = locate("hierarchical", q, number=[1, 0], limit=[2.0, 2.0])
    assert found.value == 0.0
    assert found.served.tolist() == [0.0]
    assert found.level.tolist() == [1]
    assert locate("hierarchical", q, number=[0, 1], limit=[2.0, 2.0]).served.tolist() == [1.0]


def test_what_is_open_keeps_its_level_and_the_number_asked_is_opened():
    """A town's place of the first year stays one, though later demand lies elsewhere."""
    line = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    early = locate("hierarchical", ask(line, [9, 1, 1, 1]), number=[0, 1], limit=[0.5, 0.5])
    assert np.flatnonzero(early.level).tolist() == [0]
    late = ask(line, [1, 1, 1, 9], preselected=[0])
    found = locate("hierarchical", late, number=[1, 1], limit=[9.0, 0.5], levels=early.level)
    assert found.level[0] == 2
    assert np.bincount(found.level, minlength=3).tolist() == [2, 1, 1]


def test_a_way_as_long_as_the_limit_is_within_it_but_for_its_last_digits():
    q = ask([[2.000000000002], [2.001]], [3.0, 1.0])
    assert locate("mclp", q, number=1, limit=2.0).value == 3.0
    assert locate("lscp", q, limit=2.0).served.tolist() == [1.0, 0.0]


def test_a_median_seeks_within_its_limit():
    """Demand 10 at 0 and 6 at 20; places at 9, 20 and 10.

    Without a limit 9 and 20 are best: 90; within 8 nobody reaches the 10, so any place beside
    20 serves the 6 alone.
    """
    q = ask([[9.0, 20.0, 10.0], [11.0, 0.0, 10.0]], [10.0, 6.0])
    assert locate("p_median", q, number=1).value == 9 * 10 + 11 * 6
    found = locate("p_median", q, number=1, limit=8.0)
    assert (found.value, found.gap, found.served.tolist()) == (0.0, 0.0, [0.0, 1.0])
    assert np.flatnonzero(found.opened).tolist() == [1]
    # who is beyond the limit still has its nearest place
    assert found.cost.tolist() == [20.0, 0.0]


@pytest.mark.parametrize("unit", [1.0, 1.0 / 64])
def test_a_median_serves_a_little_more_before_it_saves_cost(unit):
    """A serves 5 + 5 at 1 each, B serves 11 at 100: eleven come first, at 1,100 of cost.

    One more is less than the least demand.
    """
    weight = np.array([5.0, 5.0, 11.0]) * unit
    q = ask([[1.0, np.inf], [1.0, np.inf], [np.inf, 100.0]], weight)
    found = locate("p_median", q, number=1)
    assert (found.value, found.gap) == (1100 * unit, 0.0)
    assert found.opened.tolist() == [False, True]


@pytest.mark.parametrize("whole", [False, True])
def test_room_comes_before_cost(whole):
    """Forty-one of fifty are served at 9 each where another place holds thirty at 1 each."""
    q = ask([[1.0, 9.0, 5.0]] * 50, [1.0] * 50, capacity=[30, 41, 20])
    found = locate("capacitated_p_median", q, number=1, whole=whole)
    assert (found.value, found.served.sum(), found.gap) == (pytest.approx(369), 41, 0.0)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("model", ["capacitated_p_median", "capacitated_mclp"])
def test_money_for_no_place_opens_none(model, whole):
    q = ask([[1.0, 7.0], [9.0, 4.0]], [3.0, 7.0], price=[2.0, 4.0], capacity=[8.0, 5.0])
    limit = None if model == "capacitated_p_median" else 8.0
    found = locate(model, q, number=1.0, limit=limit, whole=whole)
    assert (found.value, found.new, found.served.sum()) == (0.0, 0, 0.0)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_of_weight_and_cost_change_no_choice(scale):
    """Two of three places hold all demand together: the best pair by the transport of each."""
    cost = np.array([[1.0, 3.0, 2.0], [2.0, 1.0, 4.0], [4.0, 2.0, 1.0]])
    q = ask(cost * scale, np.full(3, 2.0) * scale, capacity=np.full(3, 3.0) * scale)
    found = locate("capacitated_p_median", q, number=2)
    best = min(
        locate(
            "transport", ask(cost[:, list(p)] * scale, q.weight, capacity=q.capacity[:2])
        ).value
        for p in ((0, 1), (0, 2), (1, 2))
    )
    assert found.value == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("model", ["p_center", "p_dispersion"])
def test_a_model_that_seeks_a_distance_takes_no_limit(model):
    with pytest.raises(ConfigError, match="leave out limit"):
        locate(model, ask([[1.0], [9.0]], [3.0, 1.0]), number=1, limit=5.0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("whole", [False, True])
def test_flows_keep_within_the_limit_and_are_the_best_there(seed, whole):
    """By brute force over places; of a limit as of any way that is not there."""
    chance = np.random.default_rng(seed)
    cost = chance.integers(1, 12, (5, 4)).astype(float)
    weight, room = chance.integers(1, 6, 5).astype(float), chance.integers(4, 9, 4)
    q = ask(cost, weight, capacity=room)
    found = locate("capacitated_p_median", q, number=2, limit=6.0, whole=whole)
    assert (found.flow[cost > 6.0] == 0).all()
    assert found.gap == 0.0
    best = max(
        (
            _sent(cost, weight, room, both, whole)
            for both in itertools.combinations(range(4), 2)
        ),
    )
    assert (float(found.flow.sum()), -found.value) == pytest.approx(best, abs=1e-5)


def _sent(cost, weight, room, both, whole):
    """Most weight within 6 of two places, then least cost: every way to share whole units."""
    if whole:
        ways = itertools.product([*both, None], repeat=len(weight))
        found = []
        for way in ways:
            load = dict.fromkeys(both, 0.0)
            spent = 0.0
            for i, j in enumerate(way):
                if j is not None:
                    load[j] += weight[i]
                    spent += weight[i] * cost[i, j]
            within = all(j is None or cost[i, j] <= 6 for i, j in enumerate(way))
            if within and all(load[j] <= room[j] for j in both):
                found.append((sum(load.values()), -spent))
        return max(found)
    from scipy.optimize import linprog

    near = [(i, j) for i in range(len(weight)) for j in both if cost[i, j] <= 6]
    take = np.array([[float(a == i) for a, _ in near] for i in range(len(weight))])
    give = np.array([[float(b == j) for _, b in near] for j in both])
    rows, most = np.vstack([take, give]), [*weight, *(room[j] for j in both)]
    sent = -linprog([-1.0] * len(near), A_ub=rows, b_ub=most).fun
    spent = linprog(
        [cost[i, j] for i, j in near],
        A_ub=rows,
        b_ub=most,
        A_eq=[[1.0] * len(near)],
        b_eq=[sent],
    ).fun
    return sent, -spent


def test_whole_demands_have_an_answer_and_a_bound_where_time_is_up(monkeypatch):
    """Demand 3, 3 in places of 4 and 4 at 1 and 2: one goes to each, 3 x 1 + 3 x 2.

    The programme without whole numbers puts 4 into the nearer: 4 x 1 + 2 x 2 = 8.
    """
    q = ask([[1.0, 2.0], [1.0, 2.0]], [3.0, 3.0], capacity=[4.0, 4.0])
    real, calls = flows.solved, []

    def ended(cost, rows, bounds, kind, limit_s):
        found = real(cost, rows, bounds, kind, limit_s)
        calls.append(kind.any())
        if len(calls) == 1:  # of the least cost, ended before its first bound
            return SimpleNamespace(x=found.x, fun=found.fun, status=1, mip_dual_bound=None)
        return found

    monkeypatch.setattr(flows, "solved", ended)
    found = locate("capacitated_p_median", q, number=2, whole=True)
    assert (found.value, found.bound) == pytest.approx((9.0, 8.0))
    assert not found.in_time
    # nothing of the programme at all: each to the nearest place that has room
    none = SimpleNamespace(x=None, fun=None, status=1, mip_dual_bound=None)
    monkeypatch.setattr(flows, "solved", lambda *_: none)
    packed = locate("capacitated_p_median", q, number=2, whole=True)
    assert packed.flow.tolist() == [[3.0, 0.0], [0.0, 3.0]]
    assert (packed.value, packed.in_time, packed.way) == (9.0, False, "bounded")


@pytest.mark.parametrize("limit", [float("nan"), -1.0])
def test_a_limit_that_cannot_be_is_refused(limit):
    with pytest.raises(ConfigError, match="limit"):
        locate("mclp", ask([[1.0]], [1.0]), number=1, limit=limit)


def test_the_public_question_takes_ways_that_lead_nowhere():
    """What costs from place to place return can be asked; a cost that is no number cannot."""
    q = siting.facility_question([[1.0, np.inf]], [3.0])
    assert q.reached.tolist() == [True]
    pc, _ = siting.connectivity([1.0, 1.0], [[0, np.inf], [np.inf, 0]], half_distance=1.0)
    assert pc == 0.5  # each reaches itself alone: (1 + 1) / 2 ** 2
    with pytest.raises(DataError):
        siting.facility_question([[np.nan]], [3.0])
    with pytest.raises(ConfigError):
        siting.coverage_curve(q, -1.0, 2)


@pytest.mark.parametrize("seed", range(12))
def test_places_with_no_near_pair_are_there_or_not(seed):
    """Every set of so many of 11 places, with one open before and one forbidden."""
    rng = np.random.default_rng(seed)
    m = 11
    near = np.triu(rng.random((m, m)) < rng.uniform(0.1, 0.6), 1)
    near = near | near.T
    fixed, allowed = np.arange(m) == 3, np.arange(m) != 5
    free = [j for j in range(m) if j not in (3, 5)]
    for number in range(1, 7):
        sets = itertools.combinations(free, number)
        there = any(not near[np.ix_([3, *own], [3, *own])].any() for own in sets)
        found, sure = apart_at_least(near, fixed, allowed, number, "whole", 5.0)
        assert sure
        assert (found is not None) == there
        if found is not None:
            own = np.flatnonzero(found)
            assert len(own) == number + 1
            assert 3 in own
            assert 5 not in own
            assert not near[np.ix_(own, own)].any()


@pytest.mark.parametrize("p", [5, 15, 40])
def test_places_far_apart_are_proven_at_300(p):
    """No pair of the answer is nearer than it says, and so it is with the programme."""
    cost, weight = _plane(p, 300, 300)
    rng = np.random.default_rng(p)
    xy = rng.uniform(0, 50, (300, 2))
    between = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    found = locate("p_dispersion", ask(cost, weight), number=p, between=between)
    own = np.flatnonzero(found.opened)
    assert len(own) == p
    assert between[np.ix_(own, own)][np.triu_indices(p, 1)].min() == found.value
    assert (found.gap, found.in_time) == (0.0, True)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cheap", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_exchanges_keep_capacities_and_bounds_never_cut_off_the_best(seed, cheap, whole):
    """All pairs of 6 places as the oracle; capacities of which two hold all, or not."""
    rng = np.random.default_rng(seed)
    cost, weight = rng.uniform(1, 9, (8, 6)), rng.integers(1, 6, 8).astype(float)
    room = np.full(6, weight.sum() * (1.0 if cheap else 0.4))
    q, limit = ask(cost, weight, capacity=room), 9.0 if cheap else 5.0
    best = np.inf
    for both in itertools.combinations(range(6), 2):
        shut = [j for j in range(6) if j not in both]
        only = ask(cost, weight, capacity=room, forbidden=shut)
        one = sent(only, limit, cheap=cheap, limit_s=9.0)
        best = min(best, one.value if cheap else weight.sum() - one.served)
    first = np.arange(6) < 2
    how = {"cheap": cheap, "whole": whole, "until": time.monotonic() + 9.0}
    found = mended(q, 2, first, limit, **how)
    assert found.opened.sum() == 2
    assert (found.flow.sum(axis=0) <= room * found.opened + 1e-6).all()
    assert (found.flow.sum(axis=1) <= weight + 1e-6).all()
    assert not whole or np.isin(found.flow, [0.0, *weight]).all()
    spent = found.flow * cost if cheap else -found.flow
    total = spent.sum() + (0.0 if cheap else weight.sum())
    assert found.total == pytest.approx(total)
    # some demand lies beyond the limit of every place: no price counts it
    lost = 0.0 if cheap else weight[(cost > limit).all(axis=1)].sum()
    assert found.low + lost <= best + 1e-6
    assert best <= found.total + 1e-6
    # so few places are all tried but for those the bound excludes
    assert whole or found.total == pytest.approx(best)
    # the bound is of use: no more than a third below, where all can be served
    assert not cheap or found.low >= best * 2 / 3


def test_whole_demands_end_with_their_time():
    """A limit of 2 s took 11 s once; 60 places of 15 ask the programme, 300 of 20 do not."""
    for n, m, p in ((100, 60, 8), (300, 300, 20)):
        cost, weight = _plane(p, n, m)
        room = np.full(m, weight.sum() / p * 1.3)
        q = ask(cost, weight, capacity=room)
        locate("capacitated_p_median", q, number=p, whole=True, time_limit_s=0.1)
        start = time.monotonic()
        found = locate("capacitated_p_median", q, number=p, whole=True, time_limit_s=1.0)
        assert time.monotonic() - start < 4.0  # beside others at work
        assert found.served.min() == 1.0
        assert np.isin(found.flow, [0.0, *weight]).all()
        assert (found.flow.sum(axis=0) <= room + 1e-6).all()
        free = locate("p_median", ask(cost, weight), number=p)
        assert free.value <= found.bound <= found.value


def _some_of(seed=5, n=60, m=30):
    rng = np.random.default_rng(seed)
    cost, weight = rng.uniform(1, 50, (n, m)), rng.integers(1, 100, n).astype(float)
    room = rng.uniform(0.5, 1.5, m) * weight.sum() / 6 * 1.3
    return ask(cost, weight, capacity=room, price=rng.integers(1, 4, m).astype(float))


@pytest.mark.parametrize("whole", [False, True])
def test_nothing_is_proven_of_cost_where_time_ended_and_more_might_be_served(
    monkeypatch, whole
):
    """No programme ends: what is served is an answer, and its cost has no gap but 1."""
    none = SimpleNamespace(x=None, fun=None, status=1, mip_dual_bound=None)
    monkeypatch.setattr(flows, "solved", lambda *_: none)
    for number in (2, 6):
        q = _some_of()
        found = locate("capacitated_p_median", q, number=number, whole=whole)
        if found.flow.sum() < min(q.weight.sum(), q.capacity.sum()) * (1 - 1e-9):
            assert (found.in_time, found.way) == (False, "bounded")
            assert (found.gap, found.bound) == (1.0, 0.0)


def test_a_budget_serves_no_less_for_seeking_the_least_cost():
    """The places of the most that can be served are an answer of the median too."""
    q = _some_of()
    most = locate("capacitated_mclp", q, number=12, limit=50.0)
    found = locate("capacitated_p_median", q, number=12)
    assert found.new <= 12
    assert found.flow.sum() >= most.flow.sum() * (1 - 1e-6)


@pytest.mark.parametrize("pairs", [0, 10_000])
def test_serving_more_goes_before_any_cost_and_a_budget_is_spent(monkeypatch, pairs):
    """Of 10 at 1 from a place of 9 and 100 from one of 10 all are served, for 10 x 100.

    With the programme and without: 3 yuan buy the second of two places of 2 and 3 yuan.
    """
    monkeypatch.setattr(flows, "_MOST_PAIRS", pairs)
    q = ask([[1.0, 100.0]], [10.0], capacity=[9.0, 10.0])
    for whole in (False, True):
        found = locate("capacitated_p_median", q, number=1, whole=whole)
        assert (found.opened.tolist(), found.value) == ([False, True], 1000.0)
    priced = ask([[1.0, 100.0]], [10.0], capacity=[9.0, 10.0], price=[2.0, 3.0])
    found = locate("capacitated_p_median", priced, number=3.0)
    assert (found.opened.tolist(), found.value) == ([False, True], 1000.0)
    # no new place at all, and none that could be exchanged
    stands = ask([[1.0, 2.0]], [1.0], capacity=[1.0, 1.0], existing=[0])
    assert locate("capacitated_p_median", stands, number=0).value == 1.0


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("model", ["capacitated_p_median", "capacitated_mclp"])
@pytest.mark.parametrize("seed", range(8))
def test_no_place_gives_more_than_it_has_beside_one_far_larger(seed, model, whole):
    """Weights of 1e-3 beside 1e4: last digits of the large are not room of the small."""
    rng = np.random.default_rng(seed)
    weight = rng.integers(1, 9, 7) * 10.0 ** rng.integers(-3, 5, 7)
    room = rng.integers(1, 9, 4) * 10.0 ** rng.integers(-3, 6, 4)
    q = ask(rng.uniform(1, 9, (7, 4)), weight, capacity=room)
    how = {"limit": 6.0} if model == "capacitated_mclp" else {}
    found = locate(model, q, number=2, whole=whole, time_limit_s=2.0, **how)
    assert (found.flow.sum(axis=0) <= room * (1 + 1e-9)).all()
    assert (found.flow.sum(axis=1) <= weight * (1 + 1e-9)).all()
