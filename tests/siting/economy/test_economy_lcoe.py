"""LCOE, NPV, IRR and avoided emissions against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError, ModelError
from siting.economy.emissions import avoided_tco2_yr, grid_factor, grid_factors
from siting.economy.lcoe import (
    Costs,
    Finance,
    discount_factors,
    irr,
    lcoe,
    npv,
)


def test_lcoe_by_annuity():
    """1,000 CNY at 8 % over 20 years, 100 MWh a year, 10 CNY a year of running costs.

    Annuity factor (1 - 1.08^-20)/0.08 = 9.818147; 1000/981.8147 + 0.1 = 1.118522.
    """
    r = lcoe(Costs(1000.0, 10.0), [100.0] * 20, Finance(0.08))
    assert r.nominal_cny_mwh == pytest.approx(1.118522, abs=1e-6)
    assert r.real_cny_mwh == pytest.approx(r.nominal_cny_mwh)


def test_real_and_nominal():
    """One year, 10 % nominal, 5 % inflation: nominal 110, real 110/1.05 CNY/MWh."""
    r = lcoe(Costs(100.0, 0.0), [1.0], Finance(0.10, 0.05))
    assert r.nominal_cny_mwh == pytest.approx(110.0)
    assert r.real_cny_mwh == pytest.approx(110.0 / 1.05)


def test_real_lcoe_is_the_lcoe_at_the_real_rate():
    """Without tax, real LCOE at nominal d and inflation i is the LCOE at (1+d)/(1+i)-1."""
    energy = np.linspace(100.0, 90.0, 25)
    a = lcoe(Costs(5e3, 80.0), energy, Finance(0.08, 0.03)).real_cny_mwh
    b = lcoe(Costs(5e3, 80.0), energy, Finance(1.08 / 1.03 - 1.0)).nominal_cny_mwh
    assert a == pytest.approx(b)


def test_price_at_lcoe_gives_zero_npv_with_tax():
    """Selling at the nominal LCOE, after 25 % tax with 10 years' depreciation: NPV = 0."""
    costs = Costs(1000.0, 20.0, ((5, 50.0),), 30.0)
    f = Finance(0.07, 0.02, 0.25, 10)
    energy = np.linspace(60.0, 55.0, 15)
    price = lcoe(costs, energy, f).nominal_cny_mwh
    years = np.arange(1, 16)
    inflation = 1.02**years
    cost = 20.0 * inflation
    cost[4] += 50.0 * inflation[4]
    cost[-1] -= 30.0 * inflation[-1]
    depreciation = np.where(years <= 10, 100.0, 0.0)
    flow = 0.75 * (price * energy - cost) + 0.25 * depreciation
    assert npv(0.07, np.concatenate([[-1000.0], flow])) == pytest.approx(0.0, abs=1e-8)


def test_a_price_rising_from_the_real_lcoe_gives_zero_npv_with_tax():
    """First year's price p (1 + i), after 25 % tax with 10 years' depreciation: NPV = 0."""
    f = Finance(0.07, 0.02, 0.25, 10)
    energy = np.linspace(60.0, 55.0, 15)
    price = lcoe(Costs(1000.0, 20.0), energy, f).real_cny_mwh
    years = np.arange(1, 16)
    flow = 0.75 * (price * energy - 20.0) * 1.02**years + 0.25 * np.where(years <= 10, 100.0, 0)
    assert npv(0.07, np.concatenate([[-1000.0], flow])) == pytest.approx(0.0, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    capex=st.floats(1.0, 1e9),
    opex=st.floats(0.0, 1e7),
    rate=st.floats(0.0, 0.2),
    tax=st.floats(0.0, 0.4),
)
def test_parts_add_up(capex, opex, rate, tax):
    r = lcoe(Costs(capex, opex), [1e4] * 25, Finance(rate, 0.0, tax))
    assert sum(r.parts_real_cny_mwh.values()) == pytest.approx(r.real_cny_mwh, rel=1e-9)


def test_rates():
    assert discount_factors(0.0, 3).tolist() == [1.0] * 4


def test_irr_of_an_annuity():
    """1,000 for 10 x 162.745 is 10 % (annuity factor 6.144567)."""
    assert irr([-1000.0] + [1000.0 / 6.144567] * 10) == pytest.approx(0.10, abs=1e-6)
    assert np.isnan(irr([-1.0, -1.0]))
    with pytest.raises(ModelError, match="more than once"):
        irr([-100.0, 230.0, -132.0])


@pytest.mark.parametrize(
    ("costs", "energy", "finance"),
    [
        (Costs(1.0, 0.0), [], Finance(0.05)),
        (Costs(1.0, 0.0), [0.0, 0.0], Finance(0.05)),
        (Costs(1.0, 0.0), [5.0, -1.0], Finance(0.05)),
        (Costs(1.0, 0.0), [5.0, float("inf")], Finance(0.05)),
        (Costs(1.0, 0.0), [5.0, float("nan")], Finance(0.05)),
        (Costs(-1.0, 0.0), [1.0], Finance(0.05)),
        (Costs(1.0, 0.0, ((9, 1.0),)), [1.0], Finance(0.05)),
        (Costs(1.0, 0.0), [1.0], Finance(-1.0)),
        (Costs(1.0, 0.0), [1.0, 1.0], Finance(0.05, 0.0, (0.1,))),
        (Costs(1.0, 0.0), [1.0], Finance(0.05, 0.0, 1.2)),
    ],
)
def test_bad_money_is_refused(costs, energy, finance):
    with pytest.raises(ConfigError):
        lcoe(costs, energy, finance)


def test_grid_factors_are_cited_and_none_is_default():
    """Averages of the grids as the ministry's lists were read (MEE/NBS 2022 and 2023); those
    of the province stand in one table of a program only."""
    f = grid_factors()
    assert {k: (v.kgco2_kwh, v.year, v.quality) for k, v in f.items()} == {
        "national_2022": (0.5366, 2022, "secondary"),
        "national_2022_residual": (0.5856, 2022, "secondary"),
        "national_2023": (0.5306, 2023, "secondary"),
        "northwest_2023": (0.5543, 2023, "secondary"),
        "ningxia_2022": (0.6423, 2022, "unverified"),
        "ningxia_2021": (0.6546, 2021, "unverified"),
    }
    # what is left without traded non-fossil power is dirtier
    assert f["national_2022_residual"].kgco2_kwh > f["national_2022"].kgco2_kwh
    assert all(v.source and v.year > 2000 for v in f.values())
    assert avoided_tco2_yr(2000.0, f["national_2023"]) == pytest.approx(1061.2)
    with pytest.raises(ConfigError, match="national_2022"):
        grid_factor("atlantis")
