"""LCOE by a fixed charge rate, against the annuity and against the long formula."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError
from siting.economy.fixed_charge import fixed_charge_rate, lcoe_fixed_charge
from siting.economy.lcoe import Costs, Finance, lcoe


def test_rate_without_tax_is_the_capital_recovery_factor():
    """8 % over 20 years: 0.08 / (1 - 1.08^-20) = 0.1018522."""
    assert fixed_charge_rate(0.08, 20) == pytest.approx(0.1018522, abs=1e-7)


@pytest.mark.parametrize("tax", [0.0, 0.25])
def test_short_and_long_formula_agree_on_equal_years(tax):
    """Equal energy and costs each year, no inflation: both solve the same equation."""
    rate = fixed_charge_rate(0.07, 25, tax_frac=tax, depreciation_yr=20)
    short = lcoe_fixed_charge(1000.0, 20.0, 100.0, rate)
    long = lcoe(Costs(1000.0, 20.0), [100.0] * 25, Finance(0.07, 0.0, tax, 20)).real_cny_mwh
    assert short == pytest.approx(long, rel=1e-12)


def test_variable_cost_is_added():
    assert lcoe_fixed_charge(1000.0, 0.0, 50.0, 0.1, variable_cny_mwh=3.0) == 5.0


@pytest.mark.parametrize("given", [(-1.0, 20), (0.1, 0)])
def test_what_has_no_rate_is_refused(given):
    with pytest.raises(ConfigError):
        fixed_charge_rate(*given)


def test_no_energy_no_lcoe():
    with pytest.raises(ConfigError):
        lcoe_fixed_charge(1.0, 1.0, 0.0, 0.1)
