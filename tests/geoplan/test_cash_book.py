"""The cash-flow workbook recalculated by another program comes to the same figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geoplan.lender.cash_book import write_cash_book
from siting.economy.case import Case
from siting.economy.lcoe import Costs, Finance
from siting.economy.section import DebtSection, Mechanism
from siting.money.plants import Plant, PlantCase
from siting.money.terms import Terms
from tests.geoplan.test_workbooks import faults, formulas, needs_office, recalculated

LOAN = DebtSection(share_frac=0.7, rate_frac=0.045, years=12, grace_yr=1)
RULE = Mechanism(share_frac=0.6, price_cny_mwh=260.0, years=8, reference_cny_mwh=220.0)


def found(**more: object) -> PlantCase:
    energy = 150_000.0 * (1.0 - 0.004 * np.arange(20))
    taxes = (0.0, 0.0, 0.0, 0.125, 0.125, 0.125, *[0.25] * 14)
    finance = Finance(0.06, 0.02, taxes, 15)
    costs = Costs(300e6, 5e6, ((12, 8e6),), 10e6)
    case = Case(energy, 240.0, costs, finance, growth_frac=-0.01, **more)
    plant = Plant("=PV-01", "pv", 100.0, energy, 0.9 * energy, None)
    terms = Terms(3000.0, 50.0, (), 0.0, finance, (), ())
    p90 = case.with_energy(0.9 * energy)
    return PlantCase(plant, terms, 1.0, 240.0, costs, finance, case, p90, ())


def test_a_name_is_no_formula(tmp_path: Path) -> None:
    path = write_cash_book(tmp_path / "a.xlsx", found(debt=LOAN), lang="en")
    assert ("Inputs", "A1") not in formulas(path)


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"debt": LOAN, "mechanism": RULE},
        {"debt": LOAN.model_copy(update={"repayment": "equal_principal"}), "loss_carry_yr": 20},
        {"debt": LOAN.model_copy(update={"years": 25}), "loss_carry_yr": 5},
    ],
)
def test_formulas_come_to_what_the_library_computes(tmp_path: Path, more: dict) -> None:
    one = found(**more)
    path = write_cash_book(tmp_path / "cash.xlsx", one, lang="zh")
    book = recalculated(path, tmp_path)
    assert faults(book) == []
    for name, case in (("现金流P50", one.case), ("现金流P90", one.p90)):
        sheet, flow = book[name], case.flow()
        assert sheet["C1"].value == pytest.approx(flow.npv_cny, abs=1.0)
        assert sheet["C2"].value == pytest.approx(flow.irr_frac, abs=1e-7)
        assert sheet["C3"].value == pytest.approx(flow.equity_npv_cny, abs=1.0)
        if case.debt is not None:
            rate = flow.equity_irr_frac
            wanted = "-" if np.isnan(rate) else pytest.approx(rate, abs=1e-7)
            assert sheet["C4"].value == wanted
            assert sheet["C5"].value == pytest.approx(flow.least_dscr, abs=1e-7)
            assert sheet["C6"].value == pytest.approx(flow.mean_dscr, abs=1e-7)
        last = [c.value for c in sheet[12 + 20]]
        assert last[20] == pytest.approx(flow.project_cny[-1], abs=1.0)
        assert last[21] == pytest.approx(flow.equity_cny[-1], abs=1.0)
