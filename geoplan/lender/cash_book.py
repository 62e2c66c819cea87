"""The cash flow of one plant as a workbook with live formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from geoplan.report.workbook import print_ready
from gis.files.plain_text import harmless
from gis.say import in_lang, say
from siting.economy.cash_flow import CashFlow
from siting.economy.lcoe import Finance
from siting.money.plants import PlantCase

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["INPUT_ROWS", "write_cash_book"]

_INPUT, _HEAD = "FFF2CC", "D9E2F3"
# inputs by row of the first sheet, and how they are shown
INPUT_ROWS = {
    "capex": (4, "#,##0"),
    "opex": (5, "#,##0"),
    "price": (6, "0.00"),
    "growth": (7, "0.0%"),
    "mech_share": (8, "0.0%"),
    "mech_price": (9, "0.00"),
    "mech_reference": (10, "0.00"),
    "mech_years": (11, "0"),
    "discount": (12, "0.00%"),
    "inflation": (13, "0.00%"),
    "depreciation": (14, "0"),
    "residual": (15, "#,##0"),
    "debt_share": (16, "0.0%"),
    "debt_rate": (17, "0.00%"),
    "debt_years": (18, "0"),
    "debt_grace": (19, "0"),
    "debt_annuity": (20, "0"),
    "energy": (21, "0.0%"),
}
_COLUMNS = (
    *("year", "energy", "index", "market", "mechanism", "revenue", "opex", "replaced"),
    *("residual", "depreciation", "balance", "interest", "repaid", "rate", "profit", "carried"),
    *("tax", "profit_alone", "carried_alone", "tax_alone", "project", "equity", "dscr"),
)
_FIRST = 12  # row of year 0 on the sheets of flows
_SHARE, _MONEY, _COVER = "0.0%", "#,##0", "0.00"


def write_cash_book(path: Path, found: PlantCase, *, lang: str) -> Path:
    """Write inputs, and the cash flow at P50 and P90 as formulas of them.

    Yellow cells are inputs. Energy and tax rate of each year stand on the sheets of flows.

    Parameters
    ----------
    path : Path
        Ends in ``.xlsx``.
    found : PlantCase
        With a case; a plant without one has no cash flow to write.
    lang : {"zh", "en"}

    Raises
    ------
    ValueError
        When the plant has no case.
    """
    from openpyxl import Workbook

    if found.case is None or found.p90 is None:
        raise ValueError(say("geoplan.lender.no_case", plant=found.plant.id))
    book = Workbook()
    sheet = book.active
    sheet.title = say("geoplan.lender.sheet_inputs")(lang)
    _inputs(sheet, found, lang)
    for key, case in (("p50", found.case), ("p90", found.p90)):
        flow = book.create_sheet(say(f"geoplan.lender.sheet_{key}")(lang))
        _flow(flow, sheet.title, case.flow(), case.finance, case.loss_carry_yr, lang)
    for one in book.worksheets:
        one.sheet_view.showGridLines = False
        print_ready(one, 1 if one is sheet else _FIRST - 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _given(sheet: Worksheet, ref: str, value: float, fmt: str) -> None:
    from openpyxl.styles import PatternFill

    cell = sheet[ref]
    cell.value, cell.number_format = value, fmt
    cell.fill = PatternFill("solid", fgColor=_INPUT)


def _inputs(sheet: Worksheet, found: PlantCase, lang: str) -> None:
    from openpyxl.styles import Font

    case = found.case
    assert case is not None  # noqa: S101 - write_cash_book asked for it
    m, d, f, costs = case.mechanism, case.debt, case.finance, case.costs
    reference = None if m is None else m.reference_cny_mwh
    values = {
        "capex": costs.capex_cny,
        "opex": costs.opex_cny_yr,
        "price": case.price_cny_mwh,
        "growth": case.growth_frac,
        "mech_share": 0.0 if m is None else m.share_frac,
        "mech_price": 0.0 if m is None else m.price_cny_mwh,
        "mech_reference": 0.0 if reference is None else reference,
        "mech_years": 0 if m is None else m.years,
        "discount": f.discount_nominal_frac,
        "inflation": f.inflation_frac,
        "depreciation": f.depreciation_yr,
        "residual": costs.residual_cny,
        "debt_share": 0.0 if d is None else d.share_frac,
        "debt_rate": 0.0 if d is None else d.rate_frac,
        "debt_years": 0 if d is None else d.years,
        "debt_grace": 0 if d is None else d.grace_yr,
        "debt_annuity": int(d is not None and d.repayment == "annuity"),
        "energy": 1.0,
    }
    sheet["A1"] = say("geoplan.lender.book_title", plant=harmless(found.plant.id))(lang)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = say("geoplan.lender.book_hint")(lang)
    used = {u.key: u for u in found.terms.used}
    for key, (row, fmt) in INPUT_ROWS.items():
        sheet.cell(row=row, column=1, value=say(f"geoplan.lender.in_{key}")(lang))
        if key == "mech_reference" and reference is None:
            sheet[f"B{row}"] = f"=B{INPUT_ROWS['price'][0]}"
            sheet[f"B{row}"].number_format = fmt
        else:
            _given(sheet, f"B{row}", values[key], fmt)
    last = max(row for row, _ in INPUT_ROWS.values())
    sheet.cell(row=last + 2, column=1, value=say("geoplan.lender.where_from")(lang))
    for i, u in enumerate(used.values(), last + 3):
        word = say(f"geoplan.lender.{'of_plan' if u.given else 'of_default'}")(lang)
        sheet.cell(row=i, column=1, value=u.key)
        sheet.cell(row=i, column=2, value=u.value)
        sheet.cell(row=i, column=3, value=u.unit)
        sheet.cell(row=i, column=4, value=harmless(f"{word} {in_lang(u.source, lang)}".strip()))
    for column, width in zip("ABCD", (46, 18, 14, 80), strict=True):
        sheet.column_dimensions[column].width = width


def _flow(
    sheet: Worksheet, inputs: str, flow: CashFlow, finance: Finance, carry_yr: int, lang: str
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    at = {key: f"'{inputs}'!$B${row}" for key, (row, _) in INPUT_ROWS.items()}
    col = {name: get_column_letter(i) for i, name in enumerate(_COLUMNS, 1)}
    n = len(flow.energy_mwh) - 1
    top, end = _FIRST, _FIRST + n
    for i, name in enumerate(_COLUMNS, 1):
        cell = sheet.cell(row=top - 1, column=i, value=say(f"geoplan.lender.col_{name}")(lang))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=_HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[col[name]].width = 15
    given = finance.tax_frac
    rates = [given] * n if isinstance(given, float | int) else list(given)
    # a loss that expires is followed oldest first, which no formula of a row can say
    formula_tax = carry_yr == 0 or carry_yr >= n
    for t in range(n + 1):
        r = top + t
        c = {name: f"{letter}{r}" for name, letter in col.items()}
        before = {name: f"{letter}{r - 1}" for name, letter in col.items()}
        sheet[c["year"]] = t
        if t == 0:
            sheet[c["project"]] = f"=-{at['capex']}"
            sheet[c["equity"]] = f"=-{at['capex']}*(1-{at['debt_share']})"
            continue
        _given(sheet, c["energy"], float(flow.energy_mwh[t]), _MONEY)
        _given(sheet, c["replaced"], float(flow.replaced_cny[t]), _MONEY)
        _given(sheet, c["rate"], float(rates[t - 1]), _SHARE)
        y = c["year"]
        borrowed = f"{at['capex']}*{at['debt_share']}"
        paying = f"({at['debt_years']}-{at['debt_grace']})"
        written = {
            "index": f"=(1+{at['growth']})^({y}-1)",
            "market": f"={c['energy']}*{at['energy']}*{at['price']}*{c['index']}",
            "mechanism": f"=IF({y}<={at['mech_years']},{c['energy']}*{at['energy']}*"
            f"{at['mech_share']}*({at['mech_price']}-{at['mech_reference']}*{c['index']}),0)",
            "revenue": f"={c['market']}+{c['mechanism']}",
            "opex": f"={at['opex']}*(1+{at['inflation']})^{y}",
            "residual": f"={at['residual']}*(1+{at['inflation']})^{y}" if t == n else "=0",
            "depreciation": f"=IF({y}<=MIN({at['depreciation']},{n}),"
            f"{at['capex']}/MIN({at['depreciation']},{n}),0)",
            "balance": f"={borrowed}" if t == 1 else f"={before['balance']}-{before['repaid']}",
            "interest": f"={c['balance']}*{at['debt_rate']}",
            "repaid": _repaid(c, at, borrowed, paying, last=t == n),
            "profit": f"={c['revenue']}-{c['opex']}-{c['replaced']}-{c['depreciation']}"
            f"+{c['residual']}-{c['interest']}",
            "profit_alone": f"={c['profit']}+{c['interest']}",
            "project": f"={c['revenue']}-{c['opex']}-{c['replaced']}+{c['residual']}"
            f"-{c['tax_alone']}",
            "equity": f"={c['revenue']}-{c['opex']}-{c['replaced']}+{c['residual']}-{c['tax']}"
            f"-{c['interest']}-{c['repaid']}",
            "dscr": f"=IF({c['interest']}+{c['repaid']}>0,({c['revenue']}-{c['opex']}"
            f'-{c["replaced"]}-{c["tax"]})/({c["interest"]}+{c["repaid"]}),"")',
        }
        for kind in ("", "_alone"):
            profit = c[f"profit{kind}"]
            if not formula_tax:
                computed = flow.tax_cny[t] if not kind else _tax_alone(flow, t)
                _given(sheet, c[f"tax{kind}"], float(computed), _MONEY)
                continue
            old = before[f"carried{kind}"] if carry_yr and t > 1 else "0"
            written[f"carried{kind}"] = f"=MAX(0,{old}-{profit})" if carry_yr else "=0"
            written[f"tax{kind}"] = f"=MAX(0,{profit}-{old})*{c['rate']}"
        for name, formula in written.items():
            sheet[c[name]] = formula
            sheet[c[name]].number_format = {"index": "0.000", "dscr": _COVER}.get(name, _MONEY)
    _results(sheet, at, col, (top, end), lang, formula_tax=formula_tax)
    sheet.freeze_panes = f"B{top}"


def _repaid(
    c: dict[str, str], at: dict[str, str], borrowed: str, paying: str, *, last: bool
) -> str:
    """Principal of a year: nothing in grace and after the last, else by the kind of debt."""
    equal = f"{borrowed}/{paying}"
    annuity = f"-PMT({at['debt_rate']},{paying},{borrowed})-{c['interest']}"
    kind = f"IF(OR({at['debt_annuity']}=0,{at['debt_rate']}=0),{equal},{annuity})"
    y = c["year"]
    normal = f"IF(OR({y}<={at['debt_grace']},{y}>{at['debt_years']}),0,{kind})"
    return f"=IF({at['debt_years']}>={y},{c['balance']},0)" if last else f"={normal}"


def _tax_alone(flow: CashFlow, t: int) -> float:
    """Tax without debt: what is left between the project's running money and its flow."""
    running = flow.revenue_cny[t] - flow.opex_cny[t] - flow.replaced_cny[t]
    return float(running + flow.residual_cny[t] - flow.project_cny[t])


def _results(
    sheet: Worksheet,
    at: dict[str, str],
    col: dict[str, str],
    rows: tuple[int, int],
    lang: str,
    *,
    formula_tax: bool,
) -> None:
    from openpyxl.styles import Font

    top, end = rows

    def span(name: str, start: int = top) -> str:
        return f"{col[name]}{start}:{col[name]}{end}"

    first = top + 1
    rate, cover = at["discount"], span("dscr", first)
    shown: Sequence[tuple[str, str, str]] = (
        ("npv", f"={col['project']}{top}+NPV({rate},{span('project', first)})", _MONEY),
        ("irr", f'=IFERROR(IRR({span("project")}),"-")', "0.00%"),
        ("equity_npv", f"={col['equity']}{top}+NPV({rate},{span('equity', first)})", _MONEY),
        ("equity_irr", f'=IFERROR(IRR({span("equity")}),"-")', "0.00%"),
        ("least_dscr", f'=IF(COUNT({cover})>0,MIN({cover}),"-")', _COVER),
        ("mean_dscr", f'=IF(COUNT({cover})>0,AVERAGE({cover}),"-")', _COVER),
    )
    for i, (key, formula, fmt) in enumerate(shown, 1):
        sheet.cell(row=i, column=1, value=say(f"geoplan.lender.out_{key}")(lang))
        cell = sheet.cell(row=i, column=3, value=formula)
        cell.number_format, cell.font = fmt, Font(bold=True)
    if not formula_tax:
        sheet.cell(row=8, column=1, value=say("geoplan.lender.tax_is_a_number")(lang))
