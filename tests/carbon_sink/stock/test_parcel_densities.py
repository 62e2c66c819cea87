"""What a parcel is told by: density by pool with the interval of its class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.parcel_densities import class_intervals, parcel_densities
from carbon_sink.stock.pools import choose_densities


def intervals(*classes):
    table = load_coefficients()
    choice = choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry")
    series = pd.Series(list(classes), index=[f"p{i}" for i in range(len(classes))])
    values = parcel_densities(series, choice, table)
    return values, class_intervals(series, choice, table, draws=50_000, seed=1)


def test_biomass_of_woods_has_the_percentiles_of_its_triangle():
    """Zhao et al. 2016: mean 42.65 (4.6 to 91.4) tC/ha, a triangle of that mean.

    Its mode is 3 x 42.65 - 4.6 - 91.4 = 31.95;
    2.5 %: 4.6 + sqrt(0.025 x 86.8 x 27.35) = 12.30;
    97.5 %: 91.4 - sqrt(0.025 x 86.8 x 59.45) = 80.04.
    """
    values, found = intervals("forest_arbor")
    assert values["biomass_tc_ha"].iloc[0] == 42.65
    assert found["living_low_tc_ha"].iloc[0] == pytest.approx(12.30, rel=0.02)
    assert found["living_high_tc_ha"].iloc[0] == pytest.approx(80.04, rel=0.01)


def test_parcels_of_a_class_share_its_interval_and_the_order_is_kept():
    _, found = intervals("sand", "forest_arbor", "built", "sand")
    assert list(found.index) == ["p0", "p1", "p2", "p3"]
    pd.testing.assert_series_equal(found.iloc[0], found.iloc[3], check_names=False)
    assert np.isnan(found.loc["p2", "total_low_tc_ha"])  # built land is not estimated, not 0
    known = found.dropna(subset=["total_low_tc_ha"])
    assert (known["total_low_tc_ha"] <= known["total_high_tc_ha"]).all()
