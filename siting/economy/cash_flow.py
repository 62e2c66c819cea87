"""The money of each year, before and after debt, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from gis.types import F8
from siting.economy.debt import DebtService, debt_service
from siting.economy.lcoe import (
    Costs,
    Finance,
    depreciation_cny,
    npv,
    tax_rates,
    yearly_costs,
)
from siting.economy.section import DebtSection

__all__ = ["CashFlow", "cash_flow", "income_tax", "most_debt_frac", "yearly_revenue"]

_NO_DEBT = 1e-6
_REAL, _LEAST_RATE = 1e-9, -0.99
_MOST_DEBT = 0.999


@dataclass(frozen=True)
class CashFlow:
    """Money of the years 0 to n and its measures.

    All series are f8[n + 1] in nominal CNY; year 0 holds the investment.

    Attributes
    ----------
    energy_mwh, revenue_cny, opex_cny, replaced_cny, residual_cny
        Energy sold, income, running costs, replaced parts, value left.
    depreciation_cny, interest_cny, tax_cny, repaid_cny, drawn_cny
        For tax, of the debt, and the debt itself.
    project_cny
        Flow before debt, tax as if there were none.
    equity_cny
        Flow to the owner after debt and tax.
    dscr
        Cash available for debt service over debt service; NaN in years without.
    npv_cny, irr_frac, equity_npv_cny, equity_irr_frac
        Of both flows; NaN where no rate does.
    payback_yr
        Years until the project has paid itself back, undiscounted; NaN: never.
    """

    energy_mwh: F8
    revenue_cny: F8
    opex_cny: F8
    replaced_cny: F8
    residual_cny: F8
    depreciation_cny: F8
    interest_cny: F8
    repaid_cny: F8
    drawn_cny: F8
    tax_cny: F8
    project_cny: F8
    equity_cny: F8
    dscr: F8
    npv_cny: float
    irr_frac: float
    equity_npv_cny: float
    equity_irr_frac: float
    payback_yr: float

    @property
    def least_dscr(self) -> float:
        """Smallest cover of the debt service; NaN without debt."""
        known = self.dscr[np.isfinite(self.dscr)]
        return float(known.min()) if known.size else float("nan")

    @property
    def mean_dscr(self) -> float:
        """Mean cover of the debt service; NaN without debt."""
        known = self.dscr[np.isfinite(self.dscr)]
        return float(known.mean()) if known.size else float("nan")


def yearly_revenue(
    energy_mwh: npt.ArrayLike,
    *,
    price_cny_mwh: float,
    growth_frac: float = 0.0,
    share_frac: float = 0.0,
    agreed_cny_mwh: float = 0.0,
    reference_cny_mwh: float | None = None,
    agreed_years: int = 0,
) -> F8:
    """Income of each year: the market, and the difference settled on a share of the energy.

    Parameters
    ----------
    energy_mwh : f8[years]
        Energy sold [MWh].
    price_cny_mwh : float
        Mean market price of the plant's hours in the first year [CNY/MWh].
    growth_frac : float
        Nominal change of market prices a year; the agreed price is fixed.
    share_frac, agreed_cny_mwh, agreed_years
        The mechanism: share of the energy, agreed price [CNY/MWh], years.
    reference_cny_mwh : float, optional
        Price the difference is counted from; the plant's own where empty. It moves with the
        market.

    Examples
    --------
    100 MWh at 200, half of it settled to 300 in the first year: 20,000 + 5,000.

    >>> yearly_revenue([100.0, 100.0], price_cny_mwh=200.0, share_frac=0.5,
    ...                agreed_cny_mwh=300.0, agreed_years=1).tolist()
    [25000.0, 20000.0]
    """
    energy = np.asarray(energy_mwh, dtype=np.float64)
    rise = (1.0 + growth_frac) ** np.arange(len(energy))
    reference = price_cny_mwh if reference_cny_mwh is None else reference_cny_mwh
    settled = np.where(
        np.arange(len(energy)) < agreed_years, agreed_cny_mwh - reference * rise, 0.0
    )
    return np.asarray(energy * (price_cny_mwh * rise + share_frac * settled))


def income_tax(profit_cny: npt.ArrayLike, rate_frac: npt.ArrayLike, carry_yr: int = 0) -> F8:
    """Income tax of each year; a loss lowers the profit of years after it, oldest first.

    Parameters
    ----------
    profit_cny : f8[years]
        Profit before tax [CNY].
    rate_frac : f8[years]
    carry_yr : int
        Years a loss may be carried forward; 0: not at all.

    Examples
    --------
    >>> income_tax([-100.0, 60.0, 60.0], 0.25, carry_yr=5).tolist()
    [0.0, 0.0, 5.0]
    >>> income_tax([-100.0, 60.0, 60.0], 0.25, carry_yr=1).tolist()
    [0.0, 0.0, 15.0]
    """
    profit = np.asarray(profit_cny, dtype=np.float64)
    rate = np.broadcast_to(np.asarray(rate_frac, dtype=np.float64), profit.shape)
    losses: list[list[float]] = []  # year, what is left of its loss
    out = np.zeros_like(profit)
    for year, earned in enumerate(profit.tolist()):
        taxed = earned
        if earned < 0:
            losses.append([year, -earned])
            continue
        for loss in losses:
            if year - loss[0] <= carry_yr:
                used = min(loss[1], taxed)
                loss[1] -= used
                taxed -= used
        out[year] = taxed * rate[year]
    return out


def cash_flow(
    energy_mwh: npt.ArrayLike,
    revenue_cny: npt.ArrayLike,
    costs: Costs,
    finance: Finance,
    *,
    debt: DebtSection | None = None,
    loss_carry_yr: int = 0,
) -> CashFlow:
    r"""Cash flow of a plant.

    Parameters
    ----------
    energy_mwh, revenue_cny : f8[years]
        Sold and earned in the years 1 to n [MWh], [CNY].
    costs : Costs
        In money of year 0; running costs rise with inflation.
    finance : Finance
        `tax_frac` may hold one rate a year.
    debt : DebtSection, optional
    loss_carry_yr : int
        See `income_tax`.

    Returns
    -------
    CashFlow

    Raises
    ------
    ConfigError
        For a replacement outside the life, or tax rates for another number of years.

    Notes
    -----
    The investment falls in year 0; interest while building belongs to it. Cover of the debt
    service is (revenue - running costs - replacements - tax) / (interest + repayment), the
    value left at the end is not in it.

    Examples
    --------
    1,000 invested, 110 a year for ten years without tax: the rate at which it neither gains
    nor loses is that of the annuity factor 1000/110.

    >>> flow = cash_flow([1.0] * 10, [110.0] * 10, Costs(1000.0, 0.0), Finance(0.0))
    >>> round(flow.npv_cny, 6), round(flow.irr_frac, 4)
    (100.0, 0.0177)
    """
    energy = np.asarray(energy_mwh, dtype=np.float64)
    revenue = np.asarray(revenue_cny, dtype=np.float64)
    years = len(energy)
    rates = tax_rates(finance, years)
    opex, replaced, residual = yearly_costs(costs, finance, years)
    depreciation = depreciation_cny(costs, finance, years)
    loan = _loan(costs, debt, years)
    profit = revenue - opex - replaced - depreciation + residual
    tax = income_tax(profit - loan.interest_cny, rates, loss_carry_yr)
    tax_alone = income_tax(profit, rates, loss_carry_yr)
    running = revenue - opex - replaced
    project = np.r_[-costs.capex_cny, running + residual - tax_alone]
    equity = np.r_[
        loan.principal_cny - costs.capex_cny, running + residual - tax - loan.paid_cny
    ]
    paid = loan.paid_cny
    dscr = np.full(years, np.nan)
    serviced = paid > 0
    dscr[serviced] = (running - tax)[serviced] / paid[serviced]
    rate = finance.discount_nominal_frac
    return CashFlow(
        energy_mwh=_from_zero(energy),
        revenue_cny=_from_zero(revenue),
        opex_cny=_from_zero(opex),
        replaced_cny=_from_zero(replaced),
        residual_cny=_from_zero(residual),
        depreciation_cny=_from_zero(depreciation),
        interest_cny=_from_zero(loan.interest_cny),
        repaid_cny=_from_zero(loan.repaid_cny),
        drawn_cny=np.r_[loan.principal_cny, np.zeros(years)],
        tax_cny=_from_zero(tax),
        project_cny=project,
        equity_cny=equity,
        dscr=np.r_[np.nan, dscr],
        npv_cny=npv(rate, project),
        irr_frac=_irr(project),
        equity_npv_cny=npv(rate, equity),
        equity_irr_frac=_irr(equity),
        payback_yr=_payback(project),
    )


def most_debt_frac(
    energy_mwh: npt.ArrayLike,
    revenue_cny: npt.ArrayLike,
    costs: Costs,
    finance: Finance,
    debt: DebtSection,
    *,
    loss_carry_yr: int = 0,
) -> float:
    """Largest share of the investment that can be borrowed at `debt.least_dscr`; NaN without.

    Notes
    -----
    The cover falls with every yuan borrowed (the interest saves less tax than it costs), so
    there is one share at which the weakest year just meets it.
    """
    wanted = debt.least_dscr
    if wanted is None:
        return float("nan")

    def short(share: float) -> float:
        loan = debt.model_copy(update={"share_frac": share})
        flow = cash_flow(
            energy_mwh, revenue_cny, costs, finance, debt=loan, loss_carry_yr=loss_carry_yr
        )
        return flow.least_dscr - wanted

    if short(_NO_DEBT) <= 0:
        return 0.0
    if short(_MOST_DEBT) >= 0:
        return 1.0
    return float(brentq(short, _NO_DEBT, _MOST_DEBT, xtol=1e-9))


def _loan(costs: Costs, debt: DebtSection | None, years: int) -> DebtService:
    if debt is None:
        return DebtService(0.0, np.zeros(years), np.zeros(years))
    return debt_service(costs.capex_cny * debt.share_frac, debt, years)


def _from_zero(values: npt.NDArray[np.floating]) -> F8:
    return np.concatenate(([0.0], values))


def _irr(flow: F8) -> float:
    """The one rate at which the flow is worth nothing; NaN with none or several.

    A year of replacements turns the sign of a flow more than once without a second rate, so
    the rates are counted and not the turns. One rate of gain beside rates of loss is the one:
    they come of payments at the very end, which a rate of loss blows up.
    """
    if not (flow > 0).any() or not (flow < 0).any():
        return float("nan")
    roots = np.roots(flow[::-1])  # of x = 1 / (1 + rate)
    real = roots[np.abs(roots.imag) < _REAL * np.abs(roots)].real
    rates = 1.0 / real[real > 0] - 1.0
    rates = rates[rates > _LEAST_RATE]
    rates = rates[rates >= 0] if (rates >= 0).any() else rates
    return float(rates[0]) if rates.size == 1 else float("nan")


def _payback(flow: F8) -> float:
    total = np.cumsum(flow)
    above = np.flatnonzero(total >= 0)
    if not above.size or above[0] == 0:
        return float("nan") if not above.size else 0.0
    year = int(above[0])
    return float(year - total[year] / flow[year])
