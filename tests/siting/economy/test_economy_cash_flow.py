"""Cash flow, debt, tax and mechanism against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError
from siting.economy.case import Case
from siting.economy.cash_flow import cash_flow, income_tax, most_debt_frac, yearly_revenue
from siting.economy.debt import debt_service
from siting.economy.lcoe import Costs, Finance, lcoe, npv
from siting.economy.section import DebtSection, Mechanism, VarySection
from siting.economy.tornado import tornado

LOAN = DebtSection(share_frac=0.7, rate_frac=0.05, years=3)


def test_annuity():
    """700 at 5 % over three years: 700 * 0.05 / (1 - 1.05^-3) = 257.0460 a year; first
    year 35 of interest."""
    s = debt_service(700.0, LOAN, 5)
    assert s.paid_cny.tolist() == pytest.approx(
        [257.04599, 257.04599, 257.04599, 0, 0], abs=1e-4
    )
    assert s.interest_cny[0] == pytest.approx(35.0)
    assert s.repaid_cny.sum() == pytest.approx(700.0, abs=1e-9)


def test_years_of_grace_pay_interest_alone():
    loan = DebtSection(
        share_frac=0.5, rate_frac=0.1, years=3, grace_yr=1, repayment="equal_principal"
    )
    s = debt_service(100.0, loan, 3)
    assert s.interest_cny.tolist() == pytest.approx([10.0, 10.0, 5.0])
    assert s.repaid_cny.tolist() == pytest.approx([0.0, 50.0, 50.0])


def test_a_debt_without_interest_is_paid_in_equal_parts():
    s = debt_service(90.0, LOAN.model_copy(update={"rate_frac": 0.0}), 3)
    assert s.paid_cny.tolist() == [30.0, 30.0, 30.0]


def test_a_debt_longer_than_the_life_is_paid_off_at_its_end():
    s = debt_service(700.0, LOAN, 2)
    assert s.repaid_cny.sum() == pytest.approx(700.0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    principal=st.floats(1.0, 1e9),
    rate=st.floats(0.0, 0.3),
    years=st.integers(1, 30),
    grace=st.integers(0, 5),
    kind=st.sampled_from(["annuity", "equal_principal"]),
)
def test_payments_are_worth_what_was_borrowed(principal, rate, years, grace, kind):
    """At the rate of the debt the payments are worth the principal, however they are paid."""
    loan = DebtSection(
        share_frac=0.5, rate_frac=rate, years=years, grace_yr=min(grace, years - 1),
        repayment=kind,
    )  # fmt: skip
    s = debt_service(principal, loan, years)
    assert npv(rate, [0.0, *s.paid_cny]) == pytest.approx(principal, rel=1e-9)


def test_cash_flow_by_hand():
    """1,000 invested, 400 a year over 3 years, 100 of running costs, tax 25 %, depreciation
    over 2 years. Profit 400 - 100 - 500 = -200, -200, 300: tax 0, 0, 75.
    Project: -1000, 300, 300, 225. At 10 %: 300/1.1 + 300/1.21 + 225/1.331 - 1000 = -310.2930.
    """
    flow = cash_flow([1.0] * 3, [400.0] * 3, Costs(1000.0, 100.0), Finance(0.10, 0.0, 0.25, 2))
    assert flow.project_cny.tolist() == pytest.approx([-1000.0, 300.0, 300.0, 225.0])
    assert flow.npv_cny == pytest.approx(-310.2930, abs=1e-3)
    assert flow.equity_cny.tolist() == flow.project_cny.tolist()
    assert np.isnan(flow.least_dscr)


def test_losses_carried_forward_by_hand():
    """The same with both losses of 200 carried: 300 of profit are used up, no tax is left."""
    flow = cash_flow(
        [1.0] * 3,
        [400.0] * 3,
        Costs(1000.0, 100.0),
        Finance(0.10, 0.0, 0.25, 2),
        loss_carry_yr=5,
    )
    assert flow.tax_cny.tolist() == [0.0, 0.0, 0.0, 0.0]


def test_oldest_loss_first_and_it_expires():
    """Losses 100 (year 1) and 50 (year 2); carried two years. Year 3 earns 60: from the
    first. Year 4 earns 80: the first has expired with 40 left, 50 of the second: 30 taxed."""
    tax = income_tax([-100.0, -50.0, 60.0, 80.0], 0.5, carry_yr=2)
    assert tax.tolist() == [0.0, 0.0, 0.0, 15.0]


def test_cover_by_hand():
    """700 of debt (annuity 257.046), 400 earned a year without tax: cover 400/257.046."""
    flow = cash_flow([1.0] * 3, [400.0] * 3, Costs(1000.0, 0.0), Finance(0.1), debt=LOAN)
    assert flow.least_dscr == pytest.approx(400.0 / 257.04599, abs=1e-6)
    assert flow.equity_cny[0] == pytest.approx(-300.0)
    assert flow.equity_cny[1] == pytest.approx(400.0 - 257.04599, abs=1e-4)


def test_interest_lowers_the_tax():
    """Profit 400 - 1000/3 = 66.67; less 35 of interest 31.67: tax 25 % = 7.9167."""
    flow = cash_flow(
        [1.0] * 3, [400.0] * 3, Costs(1000.0, 0.0), Finance(0.1, 0.0, 0.25, 3), debt=LOAN
    )
    assert flow.tax_cny[1] == pytest.approx((400.0 - 1000.0 / 3.0 - 35.0) * 0.25)


def test_most_debt_without_tax_is_the_present_value_of_the_weakest_year():
    """Cover 1.3 on 300 a year, 5 % over 3 years: payment 300/1.3 = 230.769, worth
    230.769 * (1 - 1.05^-3)/0.05 = 628.4417 of 1,000."""
    loan = LOAN.model_copy(update={"least_dscr": 1.3})
    share = most_debt_frac([1.0] * 3, [300.0] * 3, Costs(1000.0, 0.0), Finance(0.1), loan)
    assert share == pytest.approx(0.6284417, abs=1e-6)
    assert np.isnan(most_debt_frac([1.0], [1.0], Costs(1.0, 0.0), Finance(0.1), LOAN))


def test_no_debt_is_carried_by_a_plant_that_earns_nothing():
    loan = LOAN.model_copy(update={"least_dscr": 1.3})
    assert most_debt_frac([1.0], [0.0], Costs(1000.0, 0.0), Finance(0.1), loan) == 0.0


def test_mechanism_settles_the_difference_both_ways():
    """100 MWh at 250; 80 % agreed at 200 against a reference of 260: 25,000 - 80 * 60."""
    got = yearly_revenue(
        [100.0, 100.0],
        price_cny_mwh=250.0,
        share_frac=0.8,
        agreed_cny_mwh=200.0,
        reference_cny_mwh=260.0,
        agreed_years=1,
    )
    assert got.tolist() == pytest.approx([20200.0, 25000.0])


def test_all_energy_agreed_at_its_own_price_earns_the_agreed_price():
    """Whatever the market does, energy settled against its own price earns the agreed one."""
    got = yearly_revenue(
        [10.0] * 4,
        price_cny_mwh=123.0,
        growth_frac=-0.05,
        share_frac=1.0,
        agreed_cny_mwh=260.0,
        agreed_years=4,
    )
    assert got.tolist() == pytest.approx([2600.0] * 4)


def test_selling_at_the_lcoe_neither_gains_nor_loses():
    """Nominal LCOE as price, a taxed plant that makes a profit each year: NPV 0."""
    energy = np.linspace(100.0, 90.0, 20)
    costs, finance = Costs(5000.0, 50.0, ((10, 200.0),)), Finance(0.07, 0.02, 0.25, 20)
    price = lcoe(costs, energy, finance).nominal_cny_mwh
    flow = cash_flow(energy, energy * price, costs, finance)
    assert flow.project_cny.sum() > 0
    assert (flow.tax_cny[1:] >= 0).all()
    # the long formula gives a loss its tax back at once; here none is made but at the parts
    made = (
        energy * price - flow.opex_cny[1:] - flow.depreciation_cny[1:] - flow.replaced_cny[1:]
    )
    back = np.where(made < 0, made * 0.25, 0.0)
    assert flow.npv_cny == pytest.approx(npv(0.07, [0.0, *back]), abs=1e-6)


def test_a_replacement_outside_the_life_is_refused():
    with pytest.raises(ConfigError):
        cash_flow([1.0], [1.0], Costs(1.0, 0.0, ((2, 1.0),)), Finance(0.1))


def case(**more: object) -> Case:
    return Case(np.full(10, 100.0), 300.0, Costs(150_000.0, 2000.0), Finance(0.06), **more)


def test_tornado_by_hand():
    """NPV = -150000 + a (30000 - 2000), a = (1 - 1.06^-10)/0.06 = 7.360087. Price + 10 %
    brings 3,000 a year: + 22,080.26; the investment + 10 %: -15,000."""
    bars = {b.input: b for b in tornado(case(), VarySection())}
    base = case().flow().npv_cny
    assert base == pytest.approx(-150000 + 7.360087 * 28000, abs=0.1)
    assert bars["price"].npv_high_cny - base == pytest.approx(22080.26, abs=0.1)
    assert bars["energy"].npv_low_cny == pytest.approx(bars["price"].npv_low_cny)
    assert bars["capex"].npv_high_cny - base == pytest.approx(-15000.0, abs=1e-6)
    assert "interest" not in bars
    assert bars["price"].lcoe_low_cny_mwh == bars["price"].lcoe_high_cny_mwh


def test_tornado_is_ordered_by_width():
    bars = tornado(case(debt=LOAN), VarySection(price_frac=0.3))
    widths = [abs(b.npv_high_cny - b.npv_low_cny) for b in bars]
    assert widths == sorted(widths, reverse=True)
    assert bars[0].input == "price"


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0.01, 0.99), price=st.floats(10.0, 900.0), years=st.integers(1, 25))
def test_debt_and_equity_pay_for_the_project(share, price, years):
    """Without tax the owner's flow and the lender's are the project's, year by year."""
    loan = DebtSection(share_frac=share, rate_frac=0.05, years=min(years, 15))
    c = Case(np.full(years, 10.0), price, Costs(1000.0, 20.0), Finance(0.06), debt=loan)
    flow = c.flow()
    lender = flow.interest_cny + flow.repaid_cny - flow.drawn_cny
    assert flow.equity_cny + lender == pytest.approx(flow.project_cny, abs=1e-6)


def test_mechanism_of_a_plan_reaches_the_case():
    m = Mechanism(share_frac=0.5, price_cny_mwh=400.0, years=10)
    gain = case(mechanism=m).revenue_cny - case().revenue_cny
    assert gain.tolist() == pytest.approx([0.5 * 100.0 * 100.0] * 10)


def test_a_year_of_replacements_leaves_one_rate():
    """-100, 60, -10, 60 turns sign three times; 0.0525 a year is the only rate that solves
    -100 + 60 x - 10 x2 + 60 x3 = 0 with x = 1 / (1 + rate)."""
    flow = cash_flow([1.0] * 3, [60.0, -10.0, 60.0], Costs(100.0, 0.0), Finance(0.05))
    x = 1.0 / (1.0 + flow.irr_frac)
    assert -100 + 60 * x - 10 * x**2 + 60 * x**3 == pytest.approx(0.0, abs=1e-9)
    assert flow.irr_frac == pytest.approx(0.0493, abs=5e-3)


def test_two_rates_are_none():
    """-100, 230, -132 is worth nothing at 10 % and at 20 %."""
    flow = cash_flow([1.0] * 2, [230.0, -132.0], Costs(100.0, 0.0), Finance(0.05))
    assert np.isnan(flow.irr_frac)
