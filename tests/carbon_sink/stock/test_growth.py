"""Living biomass by age: nothing right after planting, then along the published lines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.growth import (
    full_grown,
    grown_years,
    growth_lines,
    line_of_ecosystem,
    line_of_species,
    stand_density,
)
from carbon_sink.stock.uncertainty import Factor, Term, monte_carlo
from gis.errors import ModelError

TABLE = load_coefficients()


def test_lines_give_the_printed_figures():
    # Zhao et al. 2016: poplar 2.17 age - 14.9, elm 0.43 age - 4.78
    got = stand_density(["poplar", "poplar", "elm"], [9.0, 49.0, 90.0], TABLE)
    assert got == pytest.approx([4.63, 91.43, 33.92], abs=1e-9)
    # the youngest and the oldest stand measured: 4.6 and 91.4 tC/ha, 33.9 of elm
    assert got == pytest.approx([4.6, 91.4, 33.9], abs=0.05)


def test_nothing_stands_right_after_planting_and_never_less_than_nothing():
    for line in growth_lines().values():
        for age in (0.0, 1.0, line.zero_age(TABLE)):
            assert stand_density(line.species, age, TABLE).tolist() == [0.0]


@given(st.floats(0, 49), st.floats(0, 49))
def test_older_is_never_less(one, two):
    low, high = sorted([one, two])
    a, b = stand_density(["poplar", "poplar"], [low, high], TABLE)
    assert 0 <= a <= b


def test_beyond_the_line_is_not_estimated_unless_held():
    ages = [10.0, 60.0, np.nan]
    got = stand_density(["poplar"] * 3, ages)
    assert got[0] == pytest.approx(2.17 * 10 - 14.9)
    assert np.isnan(got[1:]).all()  # older than the line, and of unknown age
    held = stand_density(["poplar"] * 3, ages, beyond="hold")
    assert held[1] == pytest.approx(91.43)
    assert np.isnan(held[2])


def test_the_interval_is_that_of_the_slope():
    # slope 2.17 +- 4.303 x 0.313 (student t of 2 degrees of freedom): 0.82 to 3.52 tC/ha/yr;
    # 8 - 6.866 years of it on 100 ha: 93 to 399 tC
    line = line_of_species("poplar")
    grown = float(grown_years(line, 8.0, TABLE))
    terms = [Term(100.0 * grown, (Factor(line.slope),))]
    e = monte_carlo({"x": terms}, TABLE, draws=20_000)["x"]
    assert e.value == pytest.approx(246.0)
    assert e.low == pytest.approx(93.0, rel=0.1)
    assert e.high == pytest.approx(399.0, rel=0.05)


def test_an_age_below_zero_is_refused():
    with pytest.raises(ModelError):
        stand_density(["poplar"], [-1.0], TABLE)


def test_who_has_a_line():
    assert line_of_ecosystem("forest_arbor") is line_of_species("poplar")
    assert line_of_species("pine") is None
    assert line_of_ecosystem("shrubland") is None
    assert full_grown("grass_other").years == 1.0
    assert full_grown("forest_arbor") is None
