"""What is paid to a lender each year, and how much a cash flow can carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.types import F8
from siting.economy.section import DebtSection

__all__ = ["DebtService", "debt_service"]


@dataclass(frozen=True)
class DebtService:
    """Payments of the years 1 to n.

    Attributes
    ----------
    principal_cny
        Borrowed in year 0 [CNY].
    interest_cny, repaid_cny
        f8[years], interest and principal paid in each year [CNY].
    """

    principal_cny: float
    interest_cny: F8
    repaid_cny: F8

    @property
    def paid_cny(self) -> F8:
        """Interest and principal of each year [CNY]."""
        return self.interest_cny + self.repaid_cny


def debt_service(principal_cny: float, debt: DebtSection, years: int) -> DebtService:
    """Interest and repayment of each operating year.

    Parameters
    ----------
    principal_cny : float
        Borrowed [CNY].
    debt : DebtSection
    years : int
        Operating life; a debt that runs longer is paid off with its last year's remainder.

    Examples
    --------
    1,000 at 10 % over two years in equal parts of principal: 500 a year and interest on
    what is left.

    >>> loan = DebtSection(share_frac=0.7, rate_frac=0.1, years=2, repayment="equal_principal")
    >>> s = debt_service(1000.0, loan, 3)
    >>> s.interest_cny.tolist(), s.repaid_cny.tolist()
    ([100.0, 50.0, 0.0], [500.0, 500.0, 0.0])
    """
    interest, repaid = np.zeros(years), np.zeros(years)
    paying = debt.years - debt.grace_yr
    rate = debt.rate_frac
    equal = debt.repayment == "equal_principal" or rate == 0
    # of every size of the rate; the textbook form divides 0 by 0 for a tiny one
    annuity = 0.0 if equal else principal_cny * rate / -np.expm1(-paying * np.log1p(rate))
    left = principal_cny
    for year in range(min(debt.years, years)):
        interest[year] = left * rate
        if year >= debt.grace_yr:
            repaid[year] = principal_cny / paying if equal else annuity - interest[year]
            left -= repaid[year]
    if debt.years > years:
        repaid[-1] += left
    return DebtService(principal_cny, interest, repaid)
