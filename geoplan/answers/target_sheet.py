"""The sheet of targets with live formulas, and the sheet that documents all sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from geoplan.progress.labels import inner_label
from geoplan.report.workbook import cell_value, print_ready
from gis.files.plain_text import harmless
from gis.say import say
from layers.relation import relation
from layers.units import MU_PER_HA
from layers.units import known as known_unit

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["fill_sheet_list", "fill_target_sheet"]

_SHARE = "%"
_HEAD_ROW = 3
_TEXTS = frozenset(
    {
        *("goal", "unit", "relation", "parts_in", "responsible", "section", "quote"),
        *("reason", "closes"),
    }
)
_COLUMNS = (
    "goal", "unit", "relation", "numerator", "denominator", "value", "wanted", "gap",
    "needed_ha", "needed_mu", "met", "low", "high", "parts_in", "year", "data_year",
    "responsible", "section", "quote", "reason", "closes",
)  # fmt: skip
_WIDTHS = (36, 9, 9, 18, 18, 12, 12, 12, 18, 18, 10, 12, 12, 10, 8, 8, 40, 14, 44, 44, 44)
_FINE, _TENTHS, _WHOLE = "0.000", 1_000.0, 100_000.0
_FORMATS = ("@", "@", "@", "#,##0.00", "#,##0.00", "0.000", "0.000", "0.000", "#,##0.0",
            "#,##0.0", "@", "0.000", "0.000", "@", "0", "0", *5 * ("@",))  # fmt: skip
_MOST = "1E+15"  # a number, of whatever amount
_ENDINGS = ("met", "not_met", "uncertain", "not_judged")


def _text(value: Any) -> str:  # noqa: ANN401
    value = cell_value(value)
    return "" if value is None else str(value)


def _end(end: Any, value: Any, cell: str) -> Any:  # noqa: ANN401 - what a table holds
    """An end of the interval: it moves with the value, so that it stays as wide in per cent."""
    if end is None or not value:
        return end
    return f'=IF(N({cell})=0,"",{cell}*{end / value!r})'


def _row(r: int, one: Mapping[Any, Any], lang: str) -> tuple[list[Any], list[int]]:
    """Cells of a target and which of them are inputs (1-based)."""
    unit, symbol = _text(one.get("unit")), _text(one.get("relation")) or ">="
    top, base = cell_value(one.get("numerator")), cell_value(one.get("denominator"))
    parts_in = _text(one.get("numerator_unit"))
    share = unit == _SHARE and top is not None and bool(base)
    of_land = share and parts_in == "ha"
    value: Any = cell_value(one.get("value"))
    inputs = [7]
    if share:
        # the share follows from its areas, which an engineer may change
        value = f'=IF(N(E{r})>0,100*D{r}/E{r},"")'
        inputs += [4, 5]
    else:
        inputs.append(6)
    unknown = f"NOT(AND(ISNUMBER(F{r}),ISNUMBER(G{r})))"  # text is no number either
    judged = relation(symbol)
    land = known_unit(unit)
    factor = f"*E{r}/100" if of_land else ""
    if land is not None and land.quantity == "area":
        factor = f"/{land.per_base!r}"
    short = judged.missing_formula(f"F{r}", f"G{r}")
    area = f'=IF({unknown},"",{short}{factor})' if factor else None
    met, not_met, uncertain, not_judged = (
        f'"{say(f"layers.words.target.{k}")(lang)}"' for k in _ENDINGS
    )
    ending = judged.ending_formula(
        f"F{r}", f"G{r}", f"L{r}", f"M{r}", (met, not_met, uncertain)
    )
    found = cell_value(one.get("value"))
    cells = [
        harmless(_text(one.get(f"title_{lang}"))),
        harmless(_text(one.get(f"unit_{lang}")) or unit),
        symbol,  # of the vocabulary; its cell is text
        top if share else None,
        base if share else None,
        value,
        cell_value(one.get("target")),
        f'=IF({unknown},"",{short})',
        area,
        f'=IF(I{r}="","",I{r}*{MU_PER_HA:g})' if factor else None,
        f"=IF({unknown},{not_judged},{ending})",
        *(_end(cell_value(one.get(k)), found, f"F{r}") for k in ("low", "high")),
        parts_in,
        cell_value(one.get("year")),
        cell_value(one.get("data_year")) or None,
        *(harmless(_text(one.get(k))) for k in (f"responsible_{lang}", "section", "quote")),
        *(harmless(_text(one.get(f"{k}_{lang}"))) for k in ("reason", "closes")),
    ]
    return cells, inputs


def _format(usual: str, one: Mapping[str, Any]) -> str:
    """How figures of a target are shown: as fine as its goal, as in every other answer.

    Examples
    --------
    >>> [_format("0.000", {"target": t}) for t in (10.6, 4_800.0, 550_000.0)]
    ['0.000', '#,##0.0', '#,##0']
    """
    goal = one.get("target")
    size = abs(goal) if isinstance(goal, int | float) else 0.0
    if usual != _FINE or size < _TENTHS:
        return usual
    return "#,##0" if size >= _WHOLE else "#,##0.0"


def fill_target_sheet(ws: Worksheet, indicators: pd.DataFrame, lang: str) -> None:
    """Write the targets of a run with formulas for the area each still needs.

    Parameters
    ----------
    ws : Worksheet
        An empty sheet.
    indicators : DataFrame
        One row a target, from `geoplan.answers.target_table.answer_frame`. A share is worked
        out from its numerator and denominator, so both may be changed; land follows from a
        share of land and from a target stated as an area, for the others none is written.
        How a target ends is a formula too, with the interval around the value; what has no
        value is not judged.
    lang : {"zh", "en"}
    """
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    numbers = DataValidation(
        type="decimal",
        operator="between",
        formula1=f"-{_MOST}",
        formula2=_MOST,
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=say("geoplan.workbook.no_number_title")(lang),
        error=say("geoplan.workbook.no_number")(lang),
    )
    ws.add_data_validation(numbers)
    entry = PatternFill("solid", fgColor="FFF2CC")
    head = PatternFill("solid", fgColor="DDE7F0")
    ws["A1"] = say("geoplan.workbook.hint")(lang)
    for j, key in enumerate(_COLUMNS, 1):
        cell = ws.cell(row=_HEAD_ROW, column=j, value=say(f"geoplan.workbook.{key}")(lang))
        cell.font, cell.fill = Font(bold=True), head
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        ws.column_dimensions[get_column_letter(j)].width = _WIDTHS[j - 1]
    for r, one in enumerate(indicators.to_dict("records"), _HEAD_ROW + 1):
        named = {str(k): v for k, v in one.items()}
        cells, inputs = _row(r, named, lang)
        for j, value in enumerate(cells, 1):
            cell = ws.cell(row=r, column=j, value=value)
            cell.number_format = _format(_FORMATS[j - 1], named)
            if _COLUMNS[j - 1] in _TEXTS and value:
                cell.data_type = "s"  # text of a plan must not become a formula
            if j in inputs:
                cell.fill = entry
                numbers.add(cell)
    ws.freeze_panes = ws.cell(row=_HEAD_ROW + 1, column=2)
    print_ready(ws, _HEAD_ROW)


def fill_sheet_list(
    ws: Worksheet,
    listed: Iterable[tuple[str, str, int, Iterable[str]]],
    title: Callable[[str], str],
    lang: str,
    ids: Mapping[str, str],
) -> None:
    """Write title, step, number of rows, columns and table of every sheet.

    Parameters
    ----------
    ws : Worksheet
        An empty sheet.
    listed : iterable of (name, step, rows, columns)
        Columns by their names; a sheet without rows gives text instead.
    title : callable
        Column -> title.
    lang : {"zh", "en"}
    ids : mapping
        Title of a sheet -> its table, which the CSV is called after.
    """
    from openpyxl.styles import Font, PatternFill

    heads = [say(f"geoplan.workbook.{k}")(lang) for k in ("sheet", "step", "rows", "holds")]
    ws.append([*heads, say("geoplan.sheets.table_id")(lang)])
    for name, step, rows, columns in listed:
        holds = " · ".join(title(c) for c in columns)
        said = inner_label(step, lang) if step else ""
        ws.append([harmless(name), said, rows or None, harmless(holds), ids.get(name)])
        ws.cell(ws.max_row, 1).hyperlink = f"#'{name}'!A1"
    for cell in ws[1]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE7F0")
    ws.freeze_panes = "A2"
    for letter, width in zip("ABCDE", (30, 14, 9, 110, 26), strict=True):
        ws.column_dimensions[letter].width = width
    print_ready(ws)
