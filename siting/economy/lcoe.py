"""Levelised cost of energy, net present value and internal rate of return.

Money is in CNY, energy in MWh, rates are fractions a year. Year 0 is the year of
investment; energy and running costs come in years 1 to n, at the year's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import numpy_financial as npf

from gis.errors import ConfigError, ModelError
from gis.gate import check_fields
from gis.say import say
from gis.types import F8

__all__ = [
    "Costs",
    "Finance",
    "Lcoe",
    "depreciation_cny",
    "discount_factors",
    "irr",
    "lcoe",
    "npv",
    "tax_rates",
    "yearly_costs",
]


@dataclass(frozen=True)
class Costs:
    """What a plant costs.

    Attributes
    ----------
    capex_cny
        Investment in year 0 [CNY].
    opex_cny_yr
        Running costs of a year in money of year 0 [CNY/yr].
    replacements_cny
        (year, cost in money of year 0 [CNY]) of parts replaced, inverters or batteries.
    residual_cny
        Value left at the end in money of year 0 [CNY]; dismantling is negative.
    """

    capex_cny: float
    opex_cny_yr: float
    replacements_cny: tuple[tuple[int, float], ...] = ()
    residual_cny: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Finance:
    """How money is valued over time.

    Attributes
    ----------
    discount_nominal_frac
        Nominal discount rate (weighted cost of capital), a year.
    inflation_frac
        Rise of prices a year.
    tax_frac
        Income tax of each year, or one rate for all; 0 leaves tax out.
    depreciation_yr
        Straight-line depreciation for tax [years]; only used with a tax.
    """

    discount_nominal_frac: float
    inflation_frac: float = 0.0
    tax_frac: float | tuple[float, ...] = 0.0
    depreciation_yr: int = 20

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True)
class Lcoe:
    """Levelised cost of energy and what it is made of.

    Attributes
    ----------
    real_cny_mwh
        Price in money of year 0 that, rising with inflation, pays all costs [CNY/MWh].
    nominal_cny_mwh
        Constant price that pays all costs [CNY/MWh].
    parts_real_cny_mwh
        Share of capex, opex, replacements, residual and tax in the real LCOE.
    npv_cost_cny, npv_energy_mwh
        Present value of all costs, and energy discounted at the nominal rate.
    """

    real_cny_mwh: float
    nominal_cny_mwh: float
    parts_real_cny_mwh: dict[str, float]
    npv_cost_cny: float
    npv_energy_mwh: float


def discount_factors(rate_frac: float, years: int) -> F8:
    """Factors ``1 / (1 + rate)**t`` of years 0 to `years`; f8[years + 1].

    Raises
    ------
    ConfigError
        When the rate is not above -1 or there is no year.

    Examples
    --------
    >>> discount_factors(0.25, 2).tolist()
    [1.0, 0.8, 0.64]
    """
    if not rate_frac > -1.0 or years < 0:
        raise ConfigError(
            say("siting.economy.no_discount_factor"),
            got=say("siting.economy.rate_and_years", rate_frac=rate_frac, years=years),
            expected=say("siting.economy.rate_expected"),
        )
    return np.asarray((1.0 + rate_frac) ** -np.arange(years + 1, dtype=np.float64))


def npv(rate_frac: float, flows_cny: npt.ArrayLike) -> float:
    """Net present value of money flows of years 0, 1, 2 ... [CNY].

    Examples
    --------
    >>> npv(0.25, [-100.0, 0.0, 156.25])
    0.0
    """
    return float(npf.npv(rate_frac, np.asarray(flows_cny, dtype=np.float64)))


def irr(flows_cny: npt.ArrayLike) -> float:
    """Internal rate of return of flows of years 0, 1, 2 ...; NaN when there is none.

    Only flows that change sign once have one answer; others are refused.

    Raises
    ------
    ModelError
        When the flows change sign more than once.

    Examples
    --------
    >>> round(irr([-100.0, 0.0, 121.0]), 6)
    0.1
    >>> irr([100.0, 10.0])
    nan
    """
    flows = np.asarray(flows_cny, dtype=np.float64)
    signs = np.sign(flows[flows != 0.0])
    changes = int(np.count_nonzero(np.diff(signs)))
    if changes == 0:
        return float("nan")
    if changes > 1:
        raise ModelError(
            say("siting.economy.irr_not_unique"),
            todo=say("siting.economy.use_npv"),
        )
    return float(npf.irr(flows))


def tax_rates(finance: Finance, years: int) -> F8:
    """Income tax of each of the years 1 to n, f8[years].

    Raises
    ------
    ConfigError
        When rates are given for another number of years.
    """
    if isinstance(finance.tax_frac, float | int):
        return np.full(years, float(finance.tax_frac))
    rates = np.asarray(finance.tax_frac, dtype=np.float64)
    if len(rates) != years:
        raise ConfigError(
            say("siting.economy.tax_by_year"),
            got=say("siting.economy.n_rates", n=len(rates)),
            expected=say("siting.economy.one_rate_or_each_year", years=years),
        )
    return rates


def yearly_costs(costs: Costs, finance: Finance, years: int) -> tuple[F8, F8, F8]:
    """Running costs, replacements and the value left at the end in nominal CNY, f8[years] each.

    Raises
    ------
    ConfigError
        When a replacement falls outside the life.

    Examples
    --------
    >>> yearly_costs(Costs(1.0, 100.0), Finance(0.0, 0.5), 2)[0].tolist()
    [150.0, 225.0]
    """
    rise: F8 = (1.0 + finance.inflation_frac) ** np.arange(1, years + 1, dtype=np.float64)
    replaced, residual = np.zeros(years), np.zeros(years)
    for year, cost in costs.replacements_cny:
        if not 1 <= year <= years:
            raise ConfigError(
                say("siting.economy.replacement_outside_life"),
                got=say("siting.economy.in_year", year=year),
                expected=say("siting.economy.years_of_life", years=years),
            )
        replaced[year - 1] += cost * rise[year - 1]
    residual[-1] = costs.residual_cny * rise[-1]
    return np.asarray(costs.opex_cny_yr * rise, dtype=np.float64), replaced, residual


def depreciation_cny(costs: Costs, finance: Finance, years: int) -> F8:
    """Straight-line depreciation of the investment, f8[years]."""
    out = np.zeros(years)
    spread = min(max(finance.depreciation_yr, 1), years)
    out[:spread] = costs.capex_cny / spread
    return out


def lcoe(costs: Costs, energy_mwh: Sequence[float] | F8, finance: Finance) -> Lcoe:
    """Levelised cost of energy, real and nominal.

    Parameters
    ----------
    costs : Costs
    energy_mwh : f8[years]
        Energy sold in each of the years 1 to n [MWh]; degradation included.
    finance : Finance

    Returns
    -------
    Lcoe

    Raises
    ------
    ConfigError
        When there is no energy, a negative year, or a rate that makes no sense.

    Notes
    -----
    With nominal rate d, inflation i, income tax tau[t] and depreciation D[t], the price p[t]
    solves ::

        sum over t of ((1 - tau[t]) (p[t] E[t] - O[t]) + tau[t] D[t]) / (1 + d)^t = I[0]

    with ``p[t] = p[0] (1 + i)^t`` for the real and ``p[t] = p`` for the nominal LCOE.
    Replacements are expensed in their year.

    References
    ----------
    .. [1] Short, W., Packey, D., Holt, T. (1995). A Manual for the Economic Evaluation of
       Energy Efficiency and Renewable Energy Technologies. NREL/TP-462-5173.
       :doi:`10.2172/35391`

    Examples
    --------
    Without discounting the cost of a MWh is all money over all energy.

    >>> r = lcoe(Costs(1000.0, 10.0), [5.0] * 10, Finance(0.0))
    >>> r.real_cny_mwh, r.nominal_cny_mwh
    (22.0, 22.0)
    """
    energy = np.asarray(energy_mwh, dtype=np.float64)
    years = len(energy)
    if years == 0 or not np.isfinite(energy).all() or (energy < 0).any() or energy.sum() <= 0:
        raise ConfigError(
            say("siting.economy.no_energy"),
            got=say(
                "siting.economy.energy_of_years",
                energy=float(energy.sum()) if years else 0.0,
                years=years,
            ),
            expected=say("siting.economy.energy_expected"),
        )
    if costs.capex_cny < 0 or costs.opex_cny_yr < 0:
        raise ConfigError(
            say("siting.economy.cost_negative"),
            got=say(
                "siting.economy.cost_values", capex=costs.capex_cny, opex=costs.opex_cny_yr
            ),
        )
    d = discount_factors(finance.discount_nominal_frac, years)
    prices = (1.0 + finance.inflation_frac) ** np.arange(years + 1)
    d1, p1 = d[1:], prices[1:]
    tax = tax_rates(finance, years)
    keep = 1.0 - tax
    if (tax < 0).any() or (tax >= 1).any():
        raise ConfigError(say("siting.economy.tax_outside_range"), got=str(finance.tax_frac))

    opex, replaced, residual = yearly_costs(costs, finance, years)
    depreciation = depreciation_cny(costs, finance, years)

    # parts in present value after tax; they add up to the numerator exactly
    parts = {
        "capex": costs.capex_cny,
        "opex": float((opex * keep) @ d1),
        "replacements": float((replaced * keep) @ d1),
        "residual": -float((residual * keep) @ d1),
        "depreciation_shield": -float((depreciation * tax) @ d1),
    }
    numerator = sum(parts.values())
    e_nominal = float((energy * keep) @ d1)
    e_real = float((energy * keep * p1) @ d1)
    return Lcoe(
        real_cny_mwh=numerator / e_real,
        nominal_cny_mwh=numerator / e_nominal,
        parts_real_cny_mwh={k: v / e_real for k, v in parts.items()},
        npv_cost_cny=numerator,
        npv_energy_mwh=float(energy @ d1),
    )
