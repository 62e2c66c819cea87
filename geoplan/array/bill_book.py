"""The bill of quantities as a workbook with live formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from geoplan.report.workbook import print_ready
from gis.files.plain_text import harmless
from gis.files.whole_file import whole_file
from gis.say import say
from siting.pv.array.bill import BillRow, bill
from siting.pv.array.features import collector_features, fence_m
from siting.pv.array.study import PolygonPlant

__all__ = ["write_bill_book"]

_INPUT = PatternFill("solid", fgColor="FFF2CC")
_HEAD = PatternFill("solid", fgColor="D9E2F3")
_BOLD = Font(bold=True)
Columns = dict[str, Sequence[Any] | np.ndarray]
_BILL_HEAD = 4  # row of the head on the first sheet
_SHEETS = ("bill", "figures", "blocks", "lines", "assumed", "told")
# figures a formula of the bill stands on -> attribute of the rules or key of a convention
_FIGURES = (
    *("table_modules", "table_strings", "table_piles", "module_w", "margin", "road_width"),
    *("site_ha", "ac_mw", "class_step"),
)


def _words(key: str) -> str:
    return f"geoplan.array.{key}"


def _head(sheet: Worksheet, row: int, titles: Sequence[str], lang: str) -> None:
    for i, key in enumerate(titles, 1):
        cell = sheet.cell(row=row, column=i, value=say(_words(key))(lang))
        cell.font, cell.fill = _BOLD, _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for i, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(i)].width = width


def write_bill_book(path: Path, found: PolygonPlant, *, lang: str = "zh") -> Path:
    """Write the bill of quantities of a plant.

    Sheets: the bill, the figures its formulas stand on (yellow: change one and the bill
    follows), transformers with their tables, lines of the collector, everything assumed,
    everything to be told. Unit prices are empty cells: none is assumed.

    Parameters
    ----------
    path : Path
        Ends in ``.xlsx``.
    found : PolygonPlant
    lang : {"zh", "en"}
    """
    book = Workbook()
    names = {k: say(_words(f"sheet_{k}"))(lang) for k in _SHEETS}
    first = book.active
    first.title = names["bill"]
    sheets = {"bill": first} | {k: book.create_sheet(names[k]) for k in _SHEETS[1:]}
    at = _figures(sheets["figures"], found, lang, names["figures"])
    blocks = _blocks(sheets["blocks"], found, lang, names["blocks"])
    lines = _lines(sheets["lines"], found, lang, names["lines"])
    _bill(sheets["bill"], found, lang, {**blocks, **lines, **at})
    _assumed(sheets["assumed"], found, lang)
    _told(sheets["told"], found, lang)
    for key, sheet in sheets.items():
        sheet.sheet_view.showGridLines = False
        print_ready(sheet, _BILL_HEAD if key == "bill" else 1)
    what = say("geoplan.array.book_cannot_be_written")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, what, str(path)) as part:
        book.save(part)
    return path


def _figures(sheet: Worksheet, found: PolygonPlant, lang: str, name: str) -> dict[str, str]:
    """The inputs of the bill; gives the reference of each."""
    a, r = found.array, found.array.rules
    values = {
        "table_modules": r.table_modules,
        "table_strings": r.table_strings,
        "table_piles": r.table_piles,
        "module_w": 1000.0 * r.module_kw,
        "margin": r.other["cable_margin_frac"],
        "road_width": r.road_m,
        "site_ha": a.site_m2 / 1e4,
        "ac_mw": a.ac_mw,
        "class_step": r.other["cable_class_a"],
    }
    _head(sheet, 1, ("figure", "value"), lang)
    out = {}
    for i, key in enumerate(_FIGURES, 2):
        sheet.cell(row=i, column=1, value=say(_words(f"figure_{key}"))(lang))
        cell = sheet.cell(row=i, column=2, value=values[key])
        cell.number_format = "0.0%" if key == "margin" else "General"
        if key not in {"site_ha", "ac_mw", "class_step"}:
            cell.fill = _INPUT
        out[key] = f"'{name}'!$B${i}"
    _widths(sheet, (44, 18))
    return out


def _blocks(sheet: Worksheet, found: PolygonPlant, lang: str, name: str) -> dict[str, str]:
    """A row a transformer, counted on the layer of tables; gives the range of each column."""
    a = found.array
    g = a.groups
    of_table = g.inverter_transformer[g.table_inverter]
    n = len(g.transformer_xy)
    columns: Columns = {
        "transformer": [f"BT{k + 1}" for k in range(n)],
        "part": g.transformer_part + 1,
        "tables": np.bincount(of_table, minlength=n),
        "inverters": np.bincount(g.inverter_transformer, minlength=n),
        "ac_mw": g.transformer_mw,
        "string_cable": np.bincount(of_table, g.string_cable_m, minlength=n),
        "low_cable": np.bincount(g.inverter_transformer, g.low_cable_m, minlength=n),
    }
    if a.earth is not None:
        for key, values in (("cut", a.earth.cut_m3), ("fill", a.earth.fill_m3)):
            columns[key] = np.bincount(of_table, np.nan_to_num(values), minlength=n)
    return _columns(sheet, columns, lang, name)


def _lines(sheet: Worksheet, found: PolygonPlant, lang: str, name: str) -> dict[str, str]:
    """A row a line of the collector."""
    lines = collector_features(found.array)
    columns: Columns = {
        "line": lines["name"].tolist(),
        "from": [f"BT{k}" for k in lines["from_transformer"]],
        "to": [f"BT{k}" if k else "-" for k in lines["to_transformer"]],
        "feeder": lines["feeder"],
        "ac_mw": lines["mw"],
        "current": lines["current_a"],
        "class": lines["class_a"],
        "length": lines["length_m"],
        "outside": lines["outside_m"],
    }
    found_ = _columns(sheet, columns, lang, name)
    return {f"line_{k}": v for k, v in found_.items()}


def _columns(sheet: Worksheet, columns: Columns, lang: str, name: str) -> dict[str, str]:
    _head(sheet, 1, [f"column_{k}" for k in columns], lang)
    out = {}
    for j, (key, values) in enumerate(columns.items(), 1):
        for i, value in enumerate(list(values), 2):
            plain = value.item() if isinstance(value, np.generic) else value
            cell = sheet.cell(row=i, column=j, value=harmless(plain))
            if isinstance(plain, float):
                cell.number_format = "0.00"
        letter = get_column_letter(j)
        out[key] = f"'{name}'!${letter}$2:${letter}${len(list(values)) + 1}"
    sheet.freeze_panes = "A2"
    _widths(sheet, (14,) * len(columns))
    return out


def _formula(row: BillRow, at: dict[str, str]) -> Any:  # noqa: ANN401 - a formula or a number
    """The quantity of a row from the other sheets."""
    count = f"SUM({at['tables']})"
    if row.key.startswith("collector_"):
        top = row.key.removeprefix("collector_")
        km = f"SUMIF({at['line_class']},{top},{at['line_length']})/1000"
        return f"={km}*(1+{at['margin']})"
    formulas = {
        "modules": f"={count}*{at['table_modules']}",
        "strings": f"={count}*{at['table_strings']}",
        "tables": f"={count}",
        "piles": f"={count}*{at['table_piles']}",
        "inverters": f"=SUM({at['inverters']})",
        "transformers": f"=ROWS({at['tables']})",
        "string_cable": f"=SUM({at['string_cable']})/1000*(1+{at['margin']})",
        "low_cable": f"=SUM({at['low_cable']})/1000*(1+{at['margin']})",
    }
    if row.key in ("cut", "fill"):
        return f"=SUM({at[row.key]})" if row.key in at and row.quantity is not None else None
    return formulas.get(row.key, row.quantity)


def _bill(sheet: Worksheet, found: PolygonPlant, lang: str, at: dict[str, str]) -> None:
    a = found.array
    sheet["A1"] = harmless(say(_words("book_title"), site=found.site.name)(lang))
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = say(_words("book_hint"))(lang)
    titles = ("item", "quantity", "unit", "basis", "kind", "unit_price", "amount")
    _head(sheet, _BILL_HEAD, [f"bill_{k}" for k in titles], lang)
    rows = bill(a)
    top, last = _BILL_HEAD + 1, _BILL_HEAD + len(rows)
    where = {}
    for i, row in enumerate(rows, top):
        where[row.key] = i
        sheet.cell(row=i, column=1, value=row.item(lang))
        value = _formula(row, at)
        cell = sheet.cell(row=i, column=2)
        cell.value = say(_words("not_estimated"))(lang) if value is None else value
        cell.number_format = "0" if row.unit in ("", "m2", "m3") else "0.000"
        sheet.cell(row=i, column=3, value=row.unit or say(_words("pieces"))(lang))
        sheet.cell(row=i, column=4, value=harmless(row.basis(lang)))
        sheet.cell(row=i, column=5, value=say(_words(f"kind_{row.kind}"))(lang))
        sheet.cell(row=i, column=6).fill = _INPUT
        amount = f'=IF(OR(F{i}="",NOT(ISNUMBER(B{i}))),"",B{i}*F{i})'
        sheet.cell(row=i, column=7, value=amount)
    roads = where["road_area"]
    sheet.cell(
        row=where["roads"], column=2
    ).value = f"=IF({at['road_width']}>0,B{roads}/{at['road_width']}/1000,0)"
    sheet.cell(row=where["fence"], column=2).value = fence_m(a) / 1000.0
    sheet.cell(row=last + 1, column=1, value=say(_words("total"))(lang)).font = _BOLD
    sheet.cell(row=last + 1, column=7, value=f"=SUM(G{top}:G{last})").font = _BOLD
    modules = f"B{where['modules']}"
    dc = f"{modules}*{at['module_w']}/1000000"
    extra = (
        ("dc_mw", f"={dc}", "0.000"),
        ("ac_mw", f"={at['ac_mw']}", "0.000"),
        ("dc_ac", f"={dc}/{at['ac_mw']}", "0.000"),
        ("ha_mwp", f"={at['site_ha']}/({dc})", "0.000"),
    )
    for i, (key, formula, fmt) in enumerate(extra, last + 3):
        sheet.cell(row=i, column=1, value=say(_words(f"bill_{key}"))(lang))
        sheet.cell(row=i, column=2, value=formula).number_format = fmt
    sheet.cell(row=last + 8, column=1, value=say(_words("not_in_bill"))(lang))
    sheet.freeze_panes = "A5"
    _widths(sheet, (46, 16, 8, 80, 12, 14, 18))


def _assumed(sheet: Worksheet, found: PolygonPlant, lang: str) -> None:
    _head(sheet, 1, ("figure", "value", "bill_unit", "source", "given"), lang)
    for i, row in enumerate(found.assumed, 2):
        given = say(_words("by_user" if row.given else "by_default"))(lang)
        cells = (row.title(lang), row.value, row.unit, row.source(lang), given)
        for j, value in enumerate(cells, 1):
            sheet.cell(row=i, column=j, value=harmless(value))
    _widths(sheet, (36, 18, 8, 100, 12))


def _told(sheet: Worksheet, found: PolygonPlant, lang: str) -> None:
    _head(sheet, 1, ("code", "where", "what"), lang)
    for i, w in enumerate(found.warnings, 2):
        for j, value in enumerate((w.code, w.where, w.text("zh" if lang == "zh" else "en")), 1):
            sheet.cell(row=i, column=j, value=harmless(value))
    _widths(sheet, (30, 30, 120))
