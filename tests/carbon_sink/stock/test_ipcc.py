"""Equations 2.7 to 2.25, each with a number worked out by hand."""

from __future__ import annotations

import pytest

from carbon_sink.stock import ipcc
from gis.errors import ModelError


def test_2_7_gain_minus_loss():
    assert ipcc.biomass_change(320.0, 125.5) == 194.5


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


def test_2_9_and_2_10():
    # G_W 1.5 x (1 + 0.46) = 2.19; 200 ha x 2.19 x 0.47 = 205.86
    g = ipcc.annual_growth(1.5, 0.46)
    assert g == pytest.approx(2.19)
    assert ipcc.growth_gain([200], [g], 0.47) == pytest.approx(205.86)
    # I_V 3 x 0.6 x 1.25 = 2.25
    assert ipcc.growth_by_volume(3.0, 0.6, 0.25) == pytest.approx(2.25)


def test_2_11_to_2_14():
    # 2.12: 1,000 m3 x 0.7 x 1.2 x 0.5 = 420
    wood = ipcc.wood_removal(1000, 0.7, 0.2, 0.5)
    assert wood == pytest.approx(420)
    # 2.13: (200 x 0.7 x 1.2 + 50 x 0.4) x 0.5 = (168 + 20) x 0.5 = 94
    fuel = ipcc.fuelwood_loss(200, 0.7, 0.2, 50, 0.4, 0.5)
    assert fuel == pytest.approx(94)
    # 2.14: 30 ha x 40 x 1.25 x 0.5 x 0.2 = 150
    fire = ipcc.disturbance_loss(30, 40, 0.25, 0.5, 0.2)
    assert fire == pytest.approx(150)
    assert ipcc.losses(wood, fuel, fire) == pytest.approx(664)
    with pytest.raises(ModelError):
        ipcc.disturbance_loss(1, 1, 0, 0.5, 1.5)


def test_2_15_and_2_16():
    # 50 ha from 10 to 0 t d.m. and 20 ha from 0 to 5 t, CF 0.47: (-500 + 100) x 0.47 = -188
    c = ipcc.conversion_change([0, 5], [10, 0], [50, 20], 0.47)
    assert c == pytest.approx(-188)
    assert ipcc.biomass_change_conversion(200, c, 30) == pytest.approx(-18)


def test_2_17_to_2_19():
    assert ipcc.dom_change(1.5, -0.25) == 1.25
    # 100 ha x (2.0 - 1.4) x 0.5
    assert ipcc.dom_gain_loss(100, 2.0, 1.4, 0.5) == pytest.approx(30)
    # 100 ha x (5 - 3) / 10 x 0.5
    assert ipcc.dom_stock_difference(100, 3, 5, 10, 0.5) == pytest.approx(10)


def test_2_20_to_2_22():
    # 2.21: 100 ha x 4 x 0.5 x 0.02 = 4
    m = ipcc.mortality([100], [4], 0.5, [0.02])
    assert m == pytest.approx(4)
    # 2.22: (300 x 0.8 x 1.25 - 300 x 0.45) x 0.5 = (300 - 135) x 0.5 = 82.5
    s = ipcc.slash(300, 0.8, 0.25, 0.45, 0.5)
    assert s == pytest.approx(82.5)
    # 2.20: 4 + 82.5 + 150 x 0.3 = 131.5
    assert ipcc.dom_input(m, s, 150, 0.3) == pytest.approx(131.5)


def test_2_23_transition_of_litter():
    # 0.81 tC/ha of litter reached in 20 years on 2,884 ha: 116.802 tC/yr
    assert ipcc.dom_conversion(0.81, 0.0, 2884) == pytest.approx(116.802)
    assert ipcc.dom_conversion(0.81, 0.0, 2884, 10) == pytest.approx(233.604)
    with pytest.raises(ModelError):
        ipcc.dom_conversion(1, 0, 1, 0)


def test_2_24_leaves_inorganic_carbon_out():
    assert ipcc.soil_change(100, 20) == 80


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
