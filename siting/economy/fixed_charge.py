"""Levelised cost of energy by a fixed charge on the investment: the short formula."""

from __future__ import annotations

import numpy_financial as npf

from gis.errors import ConfigError
from gis.say import say

__all__ = ["fixed_charge_rate", "lcoe_fixed_charge"]


def fixed_charge_rate(
    discount_frac: float, years: int, *, tax_frac: float = 0.0, depreciation_yr: int = 0
) -> float:
    """Share of the investment that has to be earned each year.

    Parameters
    ----------
    discount_frac : float
        Discount rate, real for a real LCOE and nominal for a nominal one.
    years : int
    tax_frac : float
        Income tax; the depreciation lowers it.
    depreciation_yr : int
        Straight-line depreciation; 0 takes the life.

    Notes
    -----
    ``FCR = CRF (1 - tau D) / (1 - tau)`` with the capital recovery factor CRF, income tax tau
    and the present value D of the depreciation over the investment.

    References
    ----------
    .. [1] Short, W., Packey, D., Holt, T. (1995). NREL/TP-462-5173. :doi:`10.2172/35391`

    Examples
    --------
    Without tax it is the annuity: 10 % over one year asks for 1.1.

    >>> round(fixed_charge_rate(0.10, 1), 12)
    1.1
    >>> fixed_charge_rate(0.0, 20)
    0.05
    """
    if years < 1 or not discount_frac > -1.0 or not 0.0 <= tax_frac < 1.0:
        raise ConfigError(
            say("siting.economy.no_discount_factor"),
            got=say("siting.economy.rate_and_years", rate_frac=discount_frac, years=years),
            expected=say("siting.economy.rate_expected"),
        )
    recovery = -float(npf.pmt(discount_frac, years, 1.0))
    if tax_frac == 0.0:
        return recovery
    n = min(depreciation_yr, years) if depreciation_yr > 0 else years
    shield = -float(npf.pv(discount_frac, n, 1.0 / n))
    return recovery * (1.0 - tax_frac * shield) / (1.0 - tax_frac)


def lcoe_fixed_charge(
    capex_cny: float,
    opex_cny_yr: float,
    energy_mwh_yr: float,
    fixed_charge_frac: float,
    *,
    variable_cny_mwh: float = 0.0,
) -> float:
    """``(FCR * capex + opex) / energy + variable``, all of one typical year [CNY/MWh].

    Raises
    ------
    ConfigError
        When there is no energy.

    References
    ----------
    .. [1] System Advisor Model help, LCOE calculator (fixed-charge-rate method).

    Examples
    --------
    >>> lcoe_fixed_charge(1000.0, 20.0, 10.0, 0.08)
    10.0
    """
    if not energy_mwh_yr > 0.0:
        raise ConfigError(
            say("siting.economy.no_energy"),
            got=say("siting.economy.energy_of_years", energy=energy_mwh_yr, years=1),
            expected=say("siting.economy.energy_expected"),
        )
    return (fixed_charge_frac * capex_cny + opex_cny_yr) / energy_mwh_yr + variable_cny_mwh
