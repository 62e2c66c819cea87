"""What the money of one plant hangs on, as one value that can be varied."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gis.types import F8
from siting.economy.cash_flow import CashFlow, cash_flow, most_debt_frac, yearly_revenue
from siting.economy.lcoe import Costs, Finance, lcoe
from siting.economy.section import DebtSection, Mechanism

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """One plant, its prices, its costs, its debt.

    Attributes
    ----------
    energy_mwh
        f8[years]: energy sold in each operating year [MWh].
    price_cny_mwh
        Mean market price of its hours in the first year [CNY/MWh].
    growth_frac
        Nominal change of market prices a year.
    """

    energy_mwh: F8
    price_cny_mwh: float
    costs: Costs
    finance: Finance
    growth_frac: float = 0.0
    mechanism: Mechanism | None = None
    debt: DebtSection | None = None
    loss_carry_yr: int = 0

    @property
    def revenue_cny(self) -> F8:
        """Income of each operating year [CNY]."""
        m = self.mechanism
        if m is None:
            return yearly_revenue(
                self.energy_mwh, price_cny_mwh=self.price_cny_mwh, growth_frac=self.growth_frac
            )
        return yearly_revenue(
            self.energy_mwh,
            price_cny_mwh=self.price_cny_mwh,
            growth_frac=self.growth_frac,
            share_frac=m.share_frac,
            agreed_cny_mwh=m.price_cny_mwh,
            reference_cny_mwh=m.reference_cny_mwh,
            agreed_years=m.years,
        )

    def flow(self) -> CashFlow:
        """Cash flow of the case."""
        return cash_flow(
            self.energy_mwh,
            self.revenue_cny,
            self.costs,
            self.finance,
            debt=self.debt,
            loss_carry_yr=self.loss_carry_yr,
        )

    def lcoe_cny_mwh(self) -> float:
        """Real LCOE [CNY/MWh]; it knows no debt and no price."""
        return lcoe(self.costs, self.energy_mwh, self.finance).real_cny_mwh

    def most_debt_frac(self) -> float:
        """Largest share of the investment the weakest year can carry; NaN when not asked."""
        if self.debt is None:
            return float("nan")
        return most_debt_frac(
            self.energy_mwh,
            self.revenue_cny,
            self.costs,
            self.finance,
            self.debt,
            loss_carry_yr=self.loss_carry_yr,
        )

    def with_energy(self, energy_mwh: F8) -> Case:
        """The same case with other energy, such as its P90."""
        return replace(self, energy_mwh=energy_mwh)
