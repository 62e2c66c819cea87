"""Equations of the Guidelines, each with a number worked out by hand."""

from __future__ import annotations

import pytest

from carbon_sink.stock import ipcc
from gis.errors import ModelError


def test_2_8a_stock_difference():
    # (239 - 216) ktC in 5 years
    assert ipcc.stock_difference(216e3, 239e3, 5) == pytest.approx(4600.0)


def test_2_8b_stock_from_volume():
    # 21,836 ha x 25.2 m3/ha x (0.378 x 1.446) t/m3 x 1.227 x 0.496, by hand 183,046 tC
    bcef = 0.378 * 1.446
    assert bcef == pytest.approx(0.546588)
    # 550,267.2 m3 x 0.546588 = 300,769.45 t; x 1.227 = 369,044.1 t; x 0.496 = 183,045.9 tC
    assert ipcc.biomass_carbon(21_836, 25.2, bcef, 0.227, 0.496) == pytest.approx(
        183_045.9, rel=1e-6
    )


def test_2_23_transition_of_litter():
    # 0.81 tC/ha of litter reached in 20 years on 2,884 ha: 116.802 tC/yr
    assert ipcc.dom_conversion(0.81, 0.0, 2884) == pytest.approx(116.802)
    assert ipcc.dom_conversion(0.81, 0.0, 2884, 10) == pytest.approx(233.604)
    with pytest.raises(ModelError):
        ipcc.dom_conversion(1, 0, 1, 0)


def test_2_25_cropland_example_of_the_guidelines():
    """One million ha of warm temperate moist cropland, SOC_REF 88 (2006, Vol. 4 Ch. 5).

    Before: 400,000 ha with low and 600,000 ha with medium input, full tillage (FLU 0.69);
    after 20 years 200,000 low input, 700,000 reduced tillage (1.08), 100,000 no-till (1.15).
    400,000 x 88 x 0.69 x 0.92 + 600,000 x 88 x 0.69 = 22.345 + 36.432 = 58.777 Mt
    200,000 x 55.8624 + 700,000 x 65.5776 + 100,000 x 69.828 = 11.172 + 45.904 + 6.983 = 64.060
    change 5.283 Mt, 0.264 Mt/yr
    """
    before = ipcc.mineral_soil_stock(
        [88, 88], [0.69, 0.69], [1, 1], [0.92, 1], [400_000, 600_000]
    )
    after = ipcc.mineral_soil_stock(
        [88] * 3, [0.69] * 3, [1, 1.08, 1.15], [0.92, 1, 1], [200_000, 700_000, 100_000]
    )
    assert before / 1e6 == pytest.approx(58.777, abs=1e-3)
    assert after / 1e6 == pytest.approx(64.060, abs=1e-3)
    assert ipcc.mineral_soil_change(after, before) / 1e6 == pytest.approx(0.264, abs=1e-3)


def test_2_25_divides_by_the_inventory_when_longer_than_d():
    assert ipcc.mineral_soil_change(100, 0, 40) == 2.5
    assert ipcc.mineral_soil_change(100, 0, 5) == 5.0


def test_co2_of_a_gain_is_a_removal():
    # plan: +16.6 ktC by 2030 are 61 ktCO2
    assert ipcc.co2_of(16.63e3) == pytest.approx(-61e3, rel=1e-3)


def test_2_16_conversion():
    # 50 ha from 10 to 0 t d.m. and 20 ha from 0 to 5 t, CF 0.47: (-500 + 100) x 0.47 = -188
    assert ipcc.conversion_change([0, 5], [10, 0], [50, 20], 0.47) == pytest.approx(-188)
