"""The layout search's kernels against their definitions and numbers by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from siting.wind.layout.kernel import (
    _energy,
    _site,
    _square,
    allowed,
    anneal,
    greedy,
    too_close,
)
from siting.wind.layout.optimise import (
    Search,
    Task,
    _candidates,
    _random_start,
    _table,
    optimise,
)
from siting.wind.layout.region import (
    Region,
    Spacing,
    circle_region,
    feasible,
    mask_region,
    ring_region,
)
from siting.wind.machine.turbine import power_kw
from siting.wind.resource.rose import Rose
from siting.wind.wake.gaussian import GaussWake, direction_vectors, gauss_aep
from tests.siting.wind.test_wind_formulas import ramp

MACHINE = ramp(ct=0.8)
WAKE = GaussWake(k=0.04, epsilon_d=0.3, ct=0.8, rotor_m=80.0)
ROSE = Rose(
    np.array([0.0, 90.0, 180.0, 270.0]),
    np.array([6.0, 9.0]),
    np.array([[0.1, 0.05], [0.05, 0.1], [0.1, 0.1], [0.2, 0.3]]),
)


def power(v):
    return power_kw(MACHINE, v)


# ------------------------------------------------------------------ land and distance


def test_edges_of_masks_circles_and_rings():
    mask = mask_region(np.array([[1, 0], [1, 1]], dtype=bool), 0.0, 200.0, 100.0).rules
    # a cell holds its west and north edge
    for x, y, on in (
        (0, 200, True), (99, 101, True), (100, 150, False), (100, 100, True), (0, 0.5, True),
        (199, 1, True), (200, 50, False), (-1, 50, False), (50, 201, False), (50, 0, False),
    ):  # fmt: skip
        assert bool(allowed(float(x), float(y), *mask)) is on, (x, y)
    disc = circle_region(50.0, 10.0, 20.0).rules
    assert allowed(60.0, 20.0, *disc)
    assert allowed(10.0, -30.0, *disc)
    assert not allowed(60.1, 20.0, *disc)
    assert not allowed(46.0, 56.0, *disc)  # 36, 36: 50.9 m away
    outer = np.array([[0, 0], [30, 0], [30, 30], [0, 30]], dtype=float)
    hole = np.array([[10, 10], [20, 10], [20, 20], [10, 20]], dtype=float)
    rings = ring_region([outer, hole]).rules
    assert allowed(5.0, 15.0, *rings)
    assert allowed(25.0, 15.0, *rings)
    assert not allowed(15.0, 15.0, *rings)
    assert not allowed(31.0, 15.0, *rings)
    triangle = ring_region([np.array([[0, 0], [30, 0], [0, 30]], dtype=float)]).rules
    assert allowed(10.0, 19.0, *triangle)  # the slope is x + y = 30
    assert not allowed(10.0, 21.0, *triangle)
    assert allowed(1e9, 1e9, *Region().rules)  # nothing judges


def test_ellipse_of_distances():
    """600 m along a west wind and 300 m across it; just at the limit is far enough."""
    e = Spacing(600.0, 300.0, 270.0).ellipse
    assert too_close(599.0, 0.0, e)
    assert not too_close(600.0, 0.0, e)
    assert too_close(0.0, -299.0, e)
    assert not too_close(0.0, -300.0, e)
    # (0.6, 0.8) of the half axes lies on the ellipse
    assert too_close(359.0, 240.0, e)
    assert not too_close(360.1, 240.1, e)
    # a wind from the south-west turns it by 45 degrees: 400, 400 are 566 m along it
    turned = Spacing(600.0, 300.0, 225.0).ellipse
    assert too_close(400.0, 400.0, turned)
    assert not too_close(400.0, -400.0, turned)


def test_factor_and_bonus_of_a_cell():
    factor = np.array([[1.1, 1.2], [1.3, 1.4]], dtype=np.float32)
    bonus = np.array([[1, 2], [3, 4]], dtype=np.float32)
    frame = np.array([100.0, 300.0, 100.0])
    assert _site(150.0, 250.0, factor, bonus, frame) == pytest.approx((1.1, 1.0))
    assert _site(299.0, 101.0, factor, bonus, frame) == pytest.approx((1.4, 4.0))
    assert _site(200.0, 300.0, factor, bonus, frame) == pytest.approx((1.2, 2.0))
    for x, y in ((99.0, 200.0), (300.0, 200.0), (150.0, 301.0), (150.0, 100.0)):
        assert _site(x, y, factor, bonus, frame) == (1.0, 0.0)
    empty = np.zeros((0, 0), dtype=np.float32)
    assert _site(150.0, 250.0, empty, empty, frame) == (1.0, 0.0)


# ------------------------------------------------------------------ energy of one turbine


def test_energy_is_read_between_the_rows_of_its_table():
    """Losses 0, 0.5 and 1 bring 100, 80 and 0: 0.25 lies half way, 0.75 at 40."""
    table = np.array([100.0, 80.0, 0.0])
    for loss, energy in ((0.0, 100.0), (0.25, 90.0), (0.5, 80.0), (0.75, 40.0), (1.0, 0.0)):
        assert _energy(table, loss * loss) == pytest.approx(energy)
    assert _energy(table, 4.0) == 0.0
    assert _energy(table, -1e-9) == 100.0


def test_table_of_energies():
    """8 m/s all year: 800 kW and 7,008 MWh; at half the wind 3,504, at none nothing."""
    one = Rose(np.array([0.0]), np.array([8.0]), np.array([[1.0]]))
    table = _table(one, power)
    assert table.shape[0] == 1
    assert table[0, 0] == pytest.approx(7008.0)
    assert table[0, -1] == 0.0
    middle = np.interp(0.5, np.linspace(0, 1, table.shape[1]), table[0])
    assert middle == pytest.approx(3504.0)
    both = _table(ROSE, power)
    # 0.2 of the hours at 600 kW and 0.3 at 900 kW
    assert both[3, 0] == pytest.approx((0.2 * 600 + 0.3 * 900) * 8.76)


def test_squared_deficit_by_hand():
    """800 m behind and 40 m beside: sigma = 0.04 800 + 24 = 56 m, ct D2/8 = 640 m2.

    1 - sqrt(1 - 640/56^2) = 0.1079, times exp(-40^2/(2 56^2)) = 0.7748: 0.08361.
    """
    args = (0.04, 24.0, 640.0)
    by_hand = (1 - math.sqrt(1 - 640 / 56**2)) * math.exp(-(40**2) / (2 * 56**2))
    assert by_hand == pytest.approx(0.0836, abs=1e-4)
    # wind to the east (c, s) = (1, 0), to the north (0, 1)
    assert _square(800.0, 40.0, 1.0, 0.0, *args) == pytest.approx(by_hand**2)
    assert _square(800.0, -40.0, 1.0, 0.0, *args) == pytest.approx(by_hand**2)
    assert _square(-40.0, 800.0, 0.0, 1.0, *args) == pytest.approx(by_hand**2)
    assert _square(-800.0, 40.0, 1.0, 0.0, *args) == 0.0
    assert _square(0.0, 40.0, 1.0, 0.0, *args) == 0.0
    # beyond six sigmas (336 m) there is nothing, within them next to nothing
    assert _square(800.0, 337.0, 1.0, 0.0, *args) == 0.0
    assert 0.0 < _square(800.0, 335.0, 1.0, 0.0, *args) < 1e-15


# ------------------------------------------------------------------ the search


def whole(x, y, factor, bonus, frame, movable):
    """Energy of a layout by its definition, one pair after the other."""
    table = _table(ROSE, power)
    cos, sin = direction_vectors(ROSE.direction_deg)
    total = 0.0
    for i in range(len(x)):
        rel, extra = _site(x[i], y[i], factor, bonus, frame)
        total += extra if i < movable else 0.0
        for d in range(len(cos)):
            loss2 = sum(
                _square(x[i] - x[j], y[i] - y[j], cos[d], sin[d], 0.04, 24.0, 640.0)
                for j in range(len(x))
                if j != i
            )
            total += rel * _energy(table[d], loss2)
    return total


def annealed(steps, movable=5, seed=7, hot=200.0):
    """Five turbines (one may stay) on 3 by 3 km of uneven wind and bonus."""
    rng = np.random.default_rng(3)
    mask = np.ones((30, 30), dtype=bool)
    mask[10:14, :20] = False
    factor, bonus = rng.uniform(0.9, 1.1, (30, 30)), rng.uniform(-50.0, 50.0, (30, 30))
    region = mask_region(mask, 0.0, 3000.0, 100.0, factor=factor, bonus=bonus)
    spacing = Spacing(400.0, 240.0, 270.0)
    x = np.array([250.0, 850.0, 1450.0, 2050.0, 2650.0])
    y = np.array([250.0, 250.0, 300.0, 250.0, 350.0])
    begin = x.copy(), y.copy()
    cos, sin = direction_vectors(ROSE.direction_deg)
    best = anneal(
        x, y, movable, cos, sin, 0.04, np.full(5, 24.0), np.full(5, 640.0),
        _table(ROSE, power), *region.rules, region.factor, region.bonus, spacing.ellipse,
        region.box, steps, hot, 1.0, seed,
    )  # fmt: skip
    return best, x, y, begin, region, spacing


@pytest.mark.parametrize("movable", [5, 4])
def test_energy_kept_while_moving_is_that_of_the_layout(movable):
    """The energy carried through thousands of moves is the definition's at the end."""
    start, x0, y0, begin, region, _ = annealed(0, movable)
    assert np.array_equal(x0, begin[0])
    rest = (region.factor, region.bonus, region.frame, movable)
    assert start == pytest.approx(whole(x0, y0, *rest), rel=1e-12)
    best, x, y, begin, region, spacing = annealed(4000, movable)
    assert best == pytest.approx(whole(x, y, *rest), rel=1e-9)
    assert best > start * 1.01
    assert not np.array_equal(x, begin[0])
    if movable == 4:
        assert (x[4], y[4]) == (begin[0][4], begin[1][4])
    assert feasible(x, y, region, spacing) == []


def test_without_heat_no_move_loses():
    """Cold from the start: the layout at the end is the best one, and cold finds less."""
    cold, *_ = annealed(3000, hot=1.0)
    start, *_ = annealed(0)
    assert cold > start


def test_greedy_adds_what_brings_most():
    """Each turbine goes where the whole gains most, by trying every place."""
    rng = np.random.default_rng(11)
    cx, cy = rng.uniform(0, 3000, 40), rng.uniform(0, 3000, 40)
    value, factor = rng.uniform(-30, 30, 40), rng.uniform(0.9, 1.1, 40)
    ellipse = Spacing(400.0, 240.0, 270.0).ellipse
    table = _table(ROSE, power)
    cos, sin = direction_vectors(ROSE.direction_deg)

    def energy(chosen):
        total = 0.0
        for i in chosen:
            total += value[i]
            for d in range(4):
                loss2 = sum(
                    _square(cx[i] - cx[j], cy[i] - cy[j], cos[d], sin[d], 0.04, 24.0, 640.0)
                    for j in chosen
                    if j != i
                )
                total += factor[i] * _energy(table[d], loss2)
        return total

    chosen: list[int] = []
    for _ in range(6):
        free = [
            c
            for c in range(40)
            if not any(too_close(cx[c] - cx[t], cy[c] - cy[t], ellipse) for t in chosen)
        ]
        chosen.append(max(free, key=lambda c: energy([*chosen, c])))
    gains = [energy(chosen[: k + 1]) - energy(chosen[:k]) for k in range(6)]

    def place(goal, least):
        x, y = np.zeros(goal), np.zeros(goal)
        n = greedy(
            cx, cy, value, x, y, 0, goal, cos, sin, 0.04, 24.0, 640.0, table, ellipse, factor,
            least,
        )  # fmt: skip
        return n, x, y

    n, x, y = place(6, 0.0)
    assert n == 6
    assert x.tolist() == cx[chosen].tolist()
    assert y.tolist() == cy[chosen].tolist()
    # stops at the first addition that brings less
    n, _, _ = place(6, (gains[3] + gains[2]) / 2)
    assert n == 3
    # with no room left it stops as well
    n, _, _ = place(40, 0.0)
    assert 6 <= n < 40


def test_candidates_are_middles_of_cells_and_no_more_than_asked():
    mask = np.zeros((3, 4), dtype=bool)
    mask[0, 3] = mask[2, 1] = True
    region = mask_region(mask, 1000.0, 5000.0, 100.0)
    x, y = _candidates(region, 10, np.random.default_rng(1))
    assert sorted(zip(x.tolist(), y.tolist(), strict=True)) == [
        (1150.0, 4750.0),
        (1350.0, 4950.0),
    ]
    x, _ = _candidates(region, 1, np.random.default_rng(1))
    assert len(x) == 1
    x, y = _candidates(circle_region(50.0, 10.0, 20.0), 30, np.random.default_rng(1))
    assert len(x) == 30
    assert (np.hypot(x - 10.0, y - 20.0) <= 50.0).all()


def test_random_starts_keep_their_distance_to_those_that_stay():
    region = circle_region(500.0)
    spacing = Spacing(300.0, 300.0)
    hold = (np.array([0.0]), np.array([0.0]))
    for seed in range(5):
        x, y = _random_start(3, region, spacing, np.random.default_rng(seed), hold)
        assert (np.hypot(x, y) >= 300.0 - 1e-6).all()
        gap = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(3, 1)]
        assert (gap >= 300.0 - 1e-6).all()


def test_history_and_energy_of_the_best_start():
    """Energies told are those of the layouts; the answer is the best start's last stage."""
    region = circle_region(700.0)
    task = Task(ROSE, WAKE, power, region, Spacing(200.0, 200.0))
    found = optimise(4, task, Search(starts=2, steps=2000, seed=5))
    told = found.history_mwh_yr
    assert list(told) == ["start", "annealed"]
    again = gauss_aep(found.x_m, found.y_m, ROSE, WAKE, power).aep_mwh_yr
    assert found.aep_mwh_yr == told["annealed"] == pytest.approx(again)
    assert told["annealed"] >= told["start"]
