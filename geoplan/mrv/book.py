"""The inventory of a run as a workbook with live formulas.

Sheets: activity data and factors (inputs, yellow), carbon and CO2 by formula, change, other
gases beside, uncertainty by formula, targets by year, trends, checks, log of recalculations.
Every total is a formula; the same totals stand in ``summary.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbon_sink.monitor.inventory import POOLS
from carbon_sink.monitor.outcome import MonitorSummary
from carbon_sink.outcome_change import ChangeSummary
from carbon_sink.stock.constants import constants
from geoplan.report.cell_words import cell_word
from geoplan.report.exports import field_docs
from geoplan.report.workbook import cell_value, print_ready
from geoplan.summary import RunSummary
from gis.files.plain_text import harmless
from gis.say import say
from layers.result import optional_table

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["TOTALS", "write_mrv_book"]

_INPUT, _HEAD, _SUM = "FFF2CC", "D9E2F3", "E2EFDA"
_FIRST = 5
TOTALS = {"area": "B4", "carbon": "B5", "co2": "B6", "u95": "B7", "ch4": "B8", "n2o": "B9"}
"""Cell of the first sheet that holds each total of the summary."""
_S = "geoplan.mrv"
_IDS = frozenset({"check", "indicator", "target_id"})
_OWN_HEADS = frozenset(
    {"slope", "from_year", "to_year", "note_zh", "note_en", "before_tc", "after_tc"}
)


def _sheet(book: Workbook, key: str, lang: str, *, first: bool = False) -> Worksheet:
    sheet = book.active if first else book.create_sheet()
    assert sheet is not None  # noqa: S101 - a new book has a sheet
    sheet.title = say(f"{_S}.sheet_{key}")(lang)
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = say(f"{_S}.title_{key}")(lang)
    sheet["A2"] = say(f"{_S}.hint_{key}")(lang)
    return sheet


def _heads(sheet: Worksheet, row: int, names: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for n, name in enumerate(names, 1):
        cell = sheet.cell(row=row, column=n, value=name)
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=_HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[cell.column_letter].width = 16
    sheet.freeze_panes = sheet.cell(row=row + 1, column=1)


def _fill(cell: Any, fill: str) -> None:  # noqa: ANN401
    from openpyxl.styles import PatternFill

    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)


def _put(sheet: Worksheet, row: int, column: int, value: Any, fill: str = "") -> None:  # noqa: ANN401
    """A value of the run; words of a file are never a formula."""
    held = cell_value(value)
    cell = sheet.cell(row=row, column=column)
    cell.value = harmless(held) if isinstance(held, str) else held
    _fill(cell, fill)


def _formula(
    sheet: Worksheet, row: int, column: int, text: str, fmt: str, fill: str = ""
) -> None:
    cell = sheet.cell(row=row, column=column)
    cell.value, cell.number_format = text, fmt
    _fill(cell, fill)


def _activity(book: Workbook, table: pd.DataFrame, lang: str) -> tuple[str, int, int]:
    """Inputs: area, its error, factors of the pools, their error."""
    sheet = _sheet(book, "activity", lang)
    names = ["category", "class", "year", "area", "area_u95", *(f"pool_{p}" for p in POOLS),
             "factor_u95", "grade", "sources"]  # fmt: skip
    _heads(sheet, _FIRST - 1, [say(f"{_S}.h_{n}")(lang) for n in names])
    for k, one in enumerate(table.to_dict("records")):
        row = _FIRST + k
        # pools that are 0 by rule make no stock of a class of which nothing is estimated
        known = one["total_tc"] == one["total_tc"]
        pools = [one[f"{p}_tc_ha"] if known else None for p in POOLS]
        values = [one[f"category_{lang}"], one[f"title_{lang}"], one["year"] or None,
                  one["area_ha"], one["area_u95_frac"], *pools,
                  one["factor_u95_frac"], one["grade"], one["sources"]]  # fmt: skip
        for column, value in enumerate(values, 1):
            _put(sheet, row, column, value, _INPUT if 4 <= column <= 6 + len(POOLS) else "")
    return sheet.title, _FIRST, _FIRST + len(table) - 1


def _stock(book: Workbook, table: pd.DataFrame, source: str, lang: str) -> tuple[str, int, int]:
    """Carbon by class and pool: area times factor, a formula each; empty is not estimated."""
    sheet = _sheet(book, "stock", lang)
    names = ["category", "class", *(f"pool_{p}" for p in POOLS), "total_tc", "total_co2", "u95"]
    _heads(sheet, _FIRST - 1, [say(f"{_S}.h_{n}")(lang) for n in names])
    last = _FIRST + len(table) - 1
    at = f"'{source}'!"
    for row in range(_FIRST, last + 1):
        _formula(sheet, row, 1, f"={at}A{row}", "General")
        _formula(sheet, row, 2, f"={at}B{row}", "General")
        for n in range(len(POOLS)):
            factor = f"{at}{_letter(6 + n)}{row}"
            text = f'=IF(ISNUMBER({factor}),{at}D{row}*{factor},"")'
            _formula(sheet, row, 3 + n, text, "#,##0")
        pools = f"C{row}:{_letter(2 + len(POOLS))}{row}"
        total, u95 = (_letter(3 + len(POOLS) + i) for i in (0, 2))
        _formula(sheet, row, 3 + len(POOLS), f'=IF(COUNT({pools})>0,SUM({pools}),"")', "#,##0")
        _formula(
            sheet, row, 4 + len(POOLS),
            f'=IF(ISNUMBER({total}{row}),{total}{row}*{constants()["co2_per_c"]!r},"")',
            "#,##0",
        )  # fmt: skip
        factor_u = f"{at}{_letter(6 + len(POOLS))}{row}"
        _formula(
            sheet, row, 5 + len(POOLS),
            f'=IF(ISNUMBER({factor_u}),SQRT(N({factor_u})^2+N({at}E{row})^2),"")', "0.0%",
        )  # fmt: skip
    row = last + 1
    _put(sheet, row, 1, say(f"{_S}.sum")(lang), _SUM)
    for column in range(3, 5 + len(POOLS)):
        letter = _letter(column)
        text = f"=SUM({letter}{_FIRST}:{letter}{last})"
        _formula(sheet, row, column, text, "#,##0", _SUM)
    # empty text in a product of ranges fails: the square of each row stands beside it
    square = 6 + len(POOLS)
    sheet.cell(row=_FIRST - 1, column=square, value=say(f"{_S}.h_square")(lang))
    for r in range(_FIRST, last + 1):
        _formula(
            sheet, r, square,
            f"=IF(AND(ISNUMBER({total}{r}),ISNUMBER({u95}{r})),({total}{r}*{u95}{r})^2,0)",
            "0.00E+00",
        )  # fmt: skip
    squares = f"{_letter(square)}{_FIRST}:{_letter(square)}{last}"
    text = f'=IF({total}{row}>0,SQRT(SUM({squares}))/{total}{row},"")'
    _formula(sheet, row, 5 + len(POOLS), text, "0.0%", _SUM)
    return sheet.title, row, len(POOLS)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _gases(book: Workbook, gases: pd.DataFrame, lang: str) -> tuple[str, dict[str, int]]:
    sheet = _sheet(book, "gases", lang)
    names = ("gas", "area", "factor_kg", "gwp", "emission", "source", "note")
    _heads(sheet, _FIRST - 1, [say(f"{_S}.h_{n}")(lang) for n in names])
    rows = {}
    for k, one in enumerate(gases.to_dict("records")):
        row = _FIRST + k
        rows[str(one["gas"])] = row
        values = [one[f"title_{lang}"], one["area_ha"], one["factor_kg_ha_yr"], one["gwp100"]]
        for column, value in enumerate(values, 1):
            _put(sheet, row, column, value, _INPUT if column > 1 else "")
        text = f'=IF(COUNT(B{row}:D{row})=3,B{row}*C{row}/1000*D{row},"")'
        _formula(sheet, row, 5, text, "#,##0.0")
        _put(sheet, row, 6, one["source"])
        _put(sheet, row, 7, one[f"note_{lang}"])
    return sheet.title, rows


def _change(book: Workbook, frame: pd.DataFrame, s: RunSummary, lang: str) -> None:
    """Land that changed: area, change of a hectare, and their product by formula.

    What a row lacks stands in it, and what the total is a bound of below the total.
    """
    sheet = _sheet(book, "change", lang)
    names = ("before", "after", "area", "per_ha", "change_tc", "change_co2", "low", "high",
             "lacks")  # fmt: skip
    _heads(sheet, _FIRST - 1, [say(f"{_S}.h_{n}")(lang) for n in names])
    for k, one in enumerate(frame.to_dict("records")):
        row = _FIRST + k
        mapped, total = cell_value(one.get("area_ha")), cell_value(one.get("total_tc"))
        area = cell_value(one.get("adjusted_ha")) or mapped
        known = area and total is not None
        for column, value in enumerate(
            (
                cell_word("before", one["before"], one, lang),
                cell_word("after", one["after"], one, lang),
                area,
                total / area if known else None,
            ),
            1,
        ):
            _put(sheet, row, column, value, _INPUT if column > 2 else "")
        _formula(sheet, row, 5, f'=IF(COUNT(C{row}:D{row})=2,C{row}*D{row},"")', "#,##0.0")
        co2 = constants()["co2_per_c"]
        # a gain of stock is a removal: negative in an inventory of emissions
        _formula(sheet, row, 6, f'=IF(ISNUMBER(E{row}),-E{row}*{co2!r},"")', "#,##0.0")
        _put(sheet, row, 7, one.get("low_tc"))
        _put(sheet, row, 8, one.get("high_tc"))
        lacks = one.get("not_estimated") or ""
        _put(sheet, row, 9, cell_word("not_estimated", lacks, one, lang) if lacks else "")
    last = _FIRST + len(frame) - 1
    _put(sheet, last + 1, 1, say(f"{_S}.sum")(lang), _SUM)
    for column in (3, 5, 6):
        letter = _letter(column)
        _formula(
            sheet, last + 1, column, f"=SUM({letter}{_FIRST}:{letter}{last})", "#,##0.0", _SUM
        )
    told = getattr(getattr(s, "carbon", None), "change", None)
    if isinstance(told, ChangeSummary):
        _put(sheet, last + 2, 1, told.bound_note(lang))


def _plain(book: Workbook, key: str, frame: pd.DataFrame, lang: str) -> None:
    """A table of the run, its columns in one language."""
    sheet = _sheet(book, key, lang)
    other = "en" if lang == "zh" else "zh"
    names = [c for c in frame.columns if not str(c).endswith(f"_{other}")]
    if f"title_{lang}" in names:  # ids are for machines where the name stands beside
        names = [c for c in names if c not in _IDS]
    docs = field_docs()
    heads = [
        say(f"{_S}.h_{c}")(lang) if c in _OWN_HEADS else docs.get(str(c), {}).get(lang, str(c))
        for c in names
    ]
    _heads(sheet, _FIRST - 1, heads)
    for k, one in enumerate(frame.to_dict("records")):
        for column, name in enumerate(names, 1):
            _put(sheet, _FIRST + k, column, cell_word(str(name), one[name], one, lang))


def write_mrv_book(path: Path, s: RunSummary, run: Path, *, lang: str) -> Path:
    """Write the inventory of a finished run.

    Parameters
    ----------
    path : Path
        Ends in ``.xlsx``.
    s : RunSummary
    run : Path
        Its folder.
    lang : {"zh", "en"}

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        When the run has no step monitor or no carbon.
    """
    from openpyxl import Workbook

    table, gases = optional_table(run, "mrv_activity"), optional_table(run, "mrv_gases")
    if not isinstance(s.monitor, MonitorSummary) or table is None or gases is None:
        raise ValueError(say(f"{_S}.no_inventory"))
    book = Workbook()
    cover = _sheet(book, "cover", lang, first=True)
    at, _, _ = _activity(book, table, lang)
    stock, total_row, n = _stock(book, table, at, lang)
    gas, rows = _gases(book, gases, lang)
    change = optional_table(run, "carbon_change_waterfall")
    if change is not None and len(change):
        _change(book, change, s, lang)
    for key, name in (
        ("targets", "monitor_targets"),
        ("trends", "monitor_trends"),
        ("series", "monitor_series"),
        ("checks", "mrv_checks"),
        ("log", "mrv_recalculations"),
    ):
        frame = optional_table(run, name)
        if frame is not None and len(frame):
            _plain(book, key, frame, lang)
    _cover(cover, s, lang, at=at, table=table, stock=(stock, total_row, n), gas=(gas, rows))
    for one in book.worksheets:
        print_ready(one, 1 if one is cover else _FIRST - 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _cover(
    sheet: Worksheet,
    s: RunSummary,
    lang: str,
    *,
    at: str,
    table: pd.DataFrame,
    stock: tuple[str, int, int],
    gas: tuple[str, dict[str, int]],
) -> None:
    """Totals, each a formula of the other sheets; other gases below and in no sum."""
    name, row, n = stock
    last = _FIRST + len(table) - 1
    total, co2, u95 = (_letter(3 + n + i) for i in range(3))
    formulas = {
        "area": (f"=SUM('{at}'!D{_FIRST}:D{last})", "#,##0.0"),
        "carbon": (f"='{name}'!{total}{row}", "#,##0"),
        "co2": (f"='{name}'!{co2}{row}", "#,##0"),
        "u95": (f"='{name}'!{u95}{row}", "0.0%"),
        "ch4": (f"='{gas[0]}'!E{gas[1]['ch4']}", "#,##0.0"),
        "n2o": (f"='{gas[0]}'!E{gas[1]['n2o']}", "#,##0.0"),
    }
    sheet["A1"] = say(f"{_S}.title_cover")(lang) + " · " + harmless(s.plan.title(lang))
    for key, cell in TOTALS.items():
        at_row = int(cell[1:])
        _put(sheet, at_row, 1, say(f"{_S}.total_{key}")(lang))
        text, fmt = formulas[key]
        _formula(sheet, at_row, 2, text, fmt, _SUM)
    lines = [say(f"{_S}.{key}") for key in ("stock_is_no_flux", "apart", "shared", "form")]
    if s.plan.synthetic:
        lines.insert(0, say(f"{_S}.synthetic"))
    drawn = getattr(getattr(s, "carbon", None), "total_tc", None)
    if drawn is not None:
        lines.append(say(f"{_S}.drawn", low=drawn.low, high=drawn.high))
    depth = getattr(getattr(s, "carbon", None), "soc_depth_cm", None)
    if depth is not None:
        lines.append(say(f"{_S}.soil_depth", depth=depth))
    for k, line in enumerate(lines):
        sheet.cell(row=12 + k, column=1, value=line(lang))
    sheet.column_dimensions["A"].width = 60
    sheet.column_dimensions["B"].width = 22
