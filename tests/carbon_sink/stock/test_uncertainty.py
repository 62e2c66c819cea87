"""Approach 1 against approach 2 and closed forms; draws shared by parcels and dates."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficient, Coefficients
from carbon_sink.stock.pools import choose_densities
from carbon_sink.stock.totals import pool_estimates, stock_terms
from carbon_sink.stock.uncertainty import (
    Factor,
    Term,
    draw,
    monte_carlo,
    propagate,
    value_of,
)
from gis.errors import ConfigError

TABLE = load_coefficients()


def normal(name: str, mean: float, sd: float, spread: str = "normal") -> Coefficient:
    return Coefficient(
        name, name, "stock", "soc", (0, 30), mean, "tC/ha", math.nan, math.nan, spread, sd,
        math.nan, "B", False, "", "test", "", "B",
    )  # fmt: skip


def table(*rows: Coefficient) -> Coefficients:
    return Coefficients({r.id: r for r in rows})


def test_sum_of_independent_normals_both_ways():
    # 100 x N(40, 4) + 50 x N(20, 6): mean 5000, sd = sqrt(400**2 + 300**2) = 500
    t = table(normal("a", 40, 4), normal("b", 20, 6))
    terms = [Term(100, (Factor("a"),)), Term(50, (Factor("b"),))]
    one = propagate(terms, t)
    assert one.value == 5000
    assert one.sd == pytest.approx(500, rel=1e-12)
    assert dict(one.shares) == pytest.approx({"a": 0.64, "b": 0.36})
    two = monte_carlo({"x": terms}, t, draws=200_000, seed=5)["x"]
    assert two.mean == pytest.approx(5000, rel=1e-3)
    assert two.sd == pytest.approx(500, rel=0.01)
    assert two.low == pytest.approx(5000 - 1.96 * 500, rel=5e-3)
    assert two.high == pytest.approx(5000 + 1.96 * 500, rel=5e-3)
    assert dict(two.shares) == pytest.approx({"a": 0.64, "b": 0.36}, abs=0.01)


def test_shares_do_not_depend_on_the_unit():
    # variances 9 and 16 to 25, and the same of areas a thousand times smaller
    t = table(normal("a", 100.0, 3.0), normal("b", 100.0, 4.0))
    for area in (1.0, 1e-3):
        terms = [Term(area, (Factor("a"),)), Term(area, (Factor("b"),))]
        found = dict(monte_carlo({"x": terms}, t, draws=20_000)["x"].shares)
        assert found == pytest.approx({"b": 16 / 25, "a": 9 / 25}, abs=0.02)


def test_product_of_two_closed_form():
    # X ~ N(40, 4), Y ~ N(2, 0.3): Var = mx2 sy2 + my2 sx2 + sx2 sy2 = 144 + 64 + 1.44 = 209.44
    t = table(normal("x", 40, 4), normal("y", 2, 0.3))
    terms = [Term(1.0, (Factor("x"), Factor("y")))]
    two = monte_carlo({"p": terms}, t, draws=400_000, seed=2)["p"]
    assert two.sd == pytest.approx(math.sqrt(209.44), rel=0.01)
    # approach 1 leaves the last term out: sqrt(208)
    assert propagate(terms, t).sd == pytest.approx(math.sqrt(208), rel=1e-12)
    # first-order shares 64 and 144 of 209.44; the rest is interaction
    assert dict(two.shares) == pytest.approx({"x": 64 / 209.44, "y": 144 / 209.44}, abs=0.01)
    assert sum(s for _, s in two.shares) < 1


def test_a_shared_coefficient_adds_linearly():
    # two areas of one class: half widths add, they do not combine by root of squares
    t = table(normal("a", 40, 4))
    e = propagate([Term(60, (Factor("a"),)), Term(40, (Factor("a"),))], t)
    assert e.sd == pytest.approx(400)


def test_the_interval_does_not_shrink_with_the_number_of_parcels():
    chosen = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
    widths = []
    for n in (1, 10_000):
        areas = [1000.0 / n] * n
        terms = [t for a in areas for t in stock_terms({"marsh": a}, chosen)]
        e = monte_carlo({"x": terms}, TABLE, draws=4000, seed=1)["x"]
        widths.append((e.high - e.low) / e.value)
    # brute force with independent draws would give a hundredth; the same draws give the same
    assert widths[1] == pytest.approx(widths[0], rel=1e-9)


def test_draws_do_not_depend_on_company():
    row = TABLE["wetland_Yinchuan_plain_all/SOC_density"]
    alone = draw(row, 2000, 9)
    f = Factor(row.id)
    other = Factor("shrub_Tamarix_柽柳/SOC_0-100cm")
    small = monte_carlo({"x": [Term(2.0, (f,))]}, TABLE, draws=2000, seed=9)["x"]
    large = monte_carlo(
        {"x": [Term(2.0, (f,))], "y": [Term(1.0, (other,))]}, TABLE, draws=2000, seed=9
    )["x"]
    assert small == large
    assert small.mean == pytest.approx(2 * alone.mean(), rel=1e-12)


def test_both_dates_share_the_draws():
    # 1000 ha before, 1000.001 ha after: with independent draws the change would drown in noise
    f = (Factor("wetland_Yinchuan_plain_all/SOC_density"),)
    e = monte_carlo({"d": [Term(1000.001, f), Term(-1000.0, f)]}, TABLE, draws=5000, seed=0)[
        "d"
    ]
    assert e.value == pytest.approx(0.02669, rel=1e-6)
    assert 0.0195 < e.low < e.high < 0.0335  # 0.001 ha x 19.54 .. 33.42
    same = monte_carlo({"d": [Term(5.0, f), Term(-5.0, f)]}, TABLE, draws=2000)["d"]
    assert same.low == same.high == same.value == 0.0


def test_user_assumed_spread_is_named():
    t = TABLE.with_assumed_cv(0.25)
    f = (Factor("carbon_fraction_林下植被/凋落物/CF"),)
    e = monte_carlo({"x": [Term(1.0, f)]}, t, draws=20_000)["x"]
    assert e.assumed == ("carbon_fraction_林下植被/凋落物/CF",)
    assert e.sd == pytest.approx(0.25 * 0.42, rel=0.05)
    bare = monte_carlo({"x": [Term(1.0, f)]}, TABLE, draws=1000)["x"]
    assert bare.without_spread == ("carbon_fraction_林下植被/凋落物/CF",)
    assert bare.low == bare.high == 0.42


def test_student_t_gives_its_printed_interval():
    # poplar rate 2.17, se 0.313, 2 df: 0.82 - 3.52
    e = monte_carlo(
        {"x": [Term(1.0, (Factor("afforest_poplar_小叶杨/rate_tree_biomass"),))]},
        TABLE, draws=200_000, seed=4,
    )["x"]  # fmt: skip
    assert e.low == pytest.approx(0.82, abs=0.03)
    assert e.high == pytest.approx(3.52, abs=0.03)


def test_too_few_draws():
    with pytest.raises(ConfigError, match="too few"):
        monte_carlo({}, TABLE, draws=10)


@settings(max_examples=40, deadline=None)
@given(
    areas=st.lists(st.floats(0.01, 1e5), min_size=1, max_size=30),
    value=st.floats(0.1, 400),
)
def test_total_is_area_times_density(areas, value):
    t = table(normal("a", value, 0.1 * value))
    terms = [Term(a, (Factor("a"),)) for a in areas]
    assert value_of(terms, t) == pytest.approx(math.fsum(areas) * value, rel=1e-12)


def test_forty_thousand_parcels_ten_thousand_draws():
    rng = np.random.default_rng(3)
    chosen = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
    names = sorted({e for e, _ in chosen})
    parcels = pd.DataFrame(
        {"eco": rng.choice(names, 40_000), "area_ha": rng.lognormal(1, 1, 40_000)}
    )
    start = time.perf_counter()
    area = {str(k): float(v) for k, v in parcels.groupby("eco")["area_ha"].sum().items()}
    e = pool_estimates(area, chosen, TABLE, draws=10_000, seed=0)["total"]
    assert time.perf_counter() - start < 2.0
    exact = sum(area[k] * d.value(TABLE) for (k, _), d in chosen.items() if k in area)
    assert e.value == pytest.approx(exact, rel=1e-9)
