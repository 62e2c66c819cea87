"""Data frames as a formatted workbook: frozen headers, widths, no formula from text."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping
from functools import cache
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.files.plain_text import harmless, washed
from layers.units import unit_of

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = [
    "cell_value",
    "fill_sheet",
    "lay_out",
    "nothing",
    "print_ready",
    "shown_decimals",
    "write_workbook",
]

_MAX_WIDTH = 60
_PER_CENT = "0.0%"
_CJK = 0x2E80
_LINE, _HIGHEST_PT = 1.4, 400.0  # of the type's size; a spreadsheet allows 409 pt
_PAGE = 250  # columns of 7/96 inch in the 10.3 inches of A4 across, 11 pt shrunk to 6 pt
_DECIMALS = MappingProxyType({"m2": 2, "ha": 4, "mu": 2, "pct": 2})
_WIDER = 1.1  # a Chinese character is 2.1 columns wide, and words end before the line does


def nothing(value: Any) -> bool:  # noqa: ANN401
    """Whether a cell holds nothing, by any of the words a table has for it.

    Examples
    --------
    >>> import pandas as pd
    >>> nothing(None), nothing(float("nan")), nothing(pd.NA), nothing(pd.NaT), nothing("")
    (True, True, True, True, False)
    """
    import pandas as pd

    if isinstance(value, float):
        return value != value
    return value is None or value is pd.NA or value is pd.NaT


def cell_value(value: Any) -> Any:  # noqa: ANN401
    """`value` as a cell holds it: empty for what is not known, text for lists.

    Examples
    --------
    >>> cell_value(float("nan")) is None, cell_value(np.int64(3)), cell_value(["a"])
    (True, 3, '["a"]')
    """
    if type(value) is str:  # most cells
        return washed(value)
    if isinstance(value, np.generic):
        value = value.item()
    if nothing(value):
        return None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict):
        value = json.dumps(value, ensure_ascii=False)
    return washed(value) if isinstance(value, str) else value


def shown_decimals(column: str) -> int | None:
    """Decimals of a column of areas or shares, by the unit in its heading.

    Examples
    --------
    >>> shown_decimals("area ha"), shown_decimals("area [mu]"), shown_decimals("rules")
    (4, 2, None)
    """
    unit = column.rpartition(" ")[2].strip("[]")
    return next((n for key, n in _DECIMALS.items() if unit in _called(key)), None)


@cache
def _called(unit: str) -> tuple[str, ...]:
    title = unit_of(unit).title
    return title.zh, title.en


def fill_sheet(
    ws: Worksheet,
    table: pd.DataFrame,
    title: Callable[[str], str] = str,
    *,
    shares: Container[str] = (),
) -> None:
    """Write `table` into `ws` with a frozen, filtered header.

    Parameters
    ----------
    ws : Worksheet
        An empty sheet.
    table : DataFrame
        Rows to write; text that a spreadsheet would run is escaped as in the CSV.
    title : callable
        Column name -> header.
    shares : container of str
        Columns that hold shares of one, shown in per cent.
    """
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    ws.append([harmless(title(str(c))) for c in table.columns])
    for row in table.itertuples(index=False):
        ws.append([harmless(cell_value(v)) for v in row])
    for cell in ws[1]:
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for i in (i for i, c in enumerate(table.columns, 1) if str(c) in shares):
        for (cell,) in ws.iter_rows(min_row=2, min_col=i, max_col=i):
            cell.number_format = _PER_CENT
    ws.freeze_panes = "A2"
    ws.auto_filter.ref = ws.dimensions
    for i, column in enumerate(table.columns, 1):
        texts = [title(str(column)), *map(str, table[column].head(200))]
        width = max(map(_columns_wide, texts))
        ws.column_dimensions[get_column_letter(i)].width = min(max(width + 2, 9), _MAX_WIDTH)
    print_ready(ws)


def print_ready(ws: Worksheet, head: int = 1, first: int | None = None) -> None:
    """Long text wrapped in rows as high as it needs, all columns on pages of A4 across.

    Parameters
    ----------
    ws : Worksheet
        A filled sheet with the widths of its columns.
    head : int
        The row that stands on top of each page.
    first : int, optional
        Row from which text is wrapped, the one below the head unless told.

    Examples
    --------
    120 letters in a column of 60 are 120 x 1.1 / 58.5 = 2.3, three lines of 11 x 1.4 pt:

    >>> from openpyxl import Workbook
    >>> ws = Workbook().active
    >>> ws.append(["what"])
    >>> ws.append(["x" * 120])
    >>> ws.column_dimensions["A"].width = 60
    >>> print_ready(ws)
    >>> round(ws.row_dimensions[2].height, 1), ws.print_title_rows
    (49.2, '$1:$1')
    """
    from openpyxl.styles import Alignment

    widths = _widths(ws)
    for cells in ws.iter_rows(min_row=first or head + 1):
        long = [
            type(c.value) is str and c.data_type == "s" and _columns_wide(c.value) > w - 1
            for c, w in zip(cells, widths, strict=True)
        ]
        if any(long):
            for cell, wrap in zip(cells, long, strict=True):
                cell.alignment = Alignment(wrap_text=wrap, vertical="top")
    _printed(ws, head)


def _widths(ws: Worksheet) -> list[float]:
    from openpyxl.utils import get_column_letter

    letters = map(get_column_letter, range(1, ws.max_column + 1))
    return [ws.column_dimensions[x].width for x in letters]


def _printed(ws: Worksheet, head: int, columns: int | None = None) -> None:
    """Rows as high as their wrapped text, and as many pages across as type of 6 pt needs.

    Pages are numbered, each has the first column. LibreOffice gives a row of wrapped text
    without a height that of one line.
    """
    widths = _widths(ws)
    for cells in ws.iter_rows():
        high = 0.0
        for cell, width in zip(cells, widths, strict=True):
            if not cell.has_style or cell.value is None or not cell.alignment.wrap_text:
                continue
            room = max(width - 1.5, 1.0) / _WIDER
            lines = sum(
                max(1, ceil(_columns_wide(t) / room)) for t in str(cell.value).splitlines()
            )
            if lines > 1:
                high = max(high, lines * _LINE * (cell.font.size or 11) + 3.0)
        if high:
            ws.row_dimensions[cells[0].row].height = min(high, _HIGHEST_PT)
    ws.page_setup.orientation = "landscape"
    ws.page_setup.paperSize = ws.PAPERSIZE_A4
    wide, first = sum(widths[:columns]), widths[0]
    across = 1 if wide <= _PAGE else ceil((wide - first) / (_PAGE - first))
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = across, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.print_title_rows = f"{head}:{head}"
    if across > 1:
        ws.print_title_cols = "A:A"
    ws.oddFooter.center.text = "&P / &N"


def _columns_wide(text: str) -> int:
    """Width of a text in columns: a Chinese character is about two wide."""
    return len(text) if text.isascii() else len(text) + sum(ord(ch) > _CJK for ch in text)


def lay_out(ws: Worksheet, widths: Mapping[int, float], printed: int) -> None:
    """Widths, wrapped text in rows as high as it needs, A4 landscape with the header on top.

    Parameters
    ----------
    ws : Worksheet
        A filled sheet with one header row.
    widths : mapping
        Column, from 1 -> width in characters.
    printed : int
        Columns that are printed and wrapped; those to the right are for the screen.
    """
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    for column, width in widths.items():
        ws.column_dimensions[get_column_letter(column)].width = width
    for cells in ws.iter_rows():
        for cell in cells:
            inside = cell.column <= printed
            cell.alignment = Alignment(wrap_text=inside, vertical="top")
    _printed(ws, 1, printed)
    ws.print_area = f"A1:{get_column_letter(printed)}{max(ws.max_row, 2)}"
    ws.page_margins.left = ws.page_margins.right = 0.3
    ws.page_margins.top = ws.page_margins.bottom = 0.4


def write_workbook(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    decimals: Mapping[str, int] = MappingProxyType({}),
) -> Path:
    """Write each table as a sheet of a new workbook at `path`.

    Columns in `decimals` show all of so many, those that are 0 too; other columns of areas and
    shares as many as the area table has, though their cells hold all.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        ws = book.create_sheet(name[:31])
        fill_sheet(ws, table)
        for i, column in enumerate(map(str, table.columns), 1):
            digits = decimals.get(column, shown_decimals(column))
            if digits is None:
                continue
            shown = f"0.{'0' * digits}"
            for (cell,) in ws.iter_rows(min_row=2, min_col=i, max_col=i):
                cell.number_format = shown
    book.save(path)
    return path
