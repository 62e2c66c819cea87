"""Data frames as a formatted workbook: frozen headers, widths, no formula from text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.files.plain_text import harmless, washed

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["cell_value", "fill_sheet", "write_workbook"]

_MAX_WIDTH = 60
_CJK = 0x2E80


def cell_value(value: Any) -> Any:  # noqa: ANN401
    """`value` as a cell holds it: empty for what is not known, text for lists.

    Examples
    --------
    >>> cell_value(float("nan")) is None, cell_value(np.int64(3)), cell_value(["a"])
    (True, 3, '["a"]')
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict):
        value = json.dumps(value, ensure_ascii=False)
    return washed(value) if isinstance(value, str) else value


def fill_sheet(ws: Worksheet, table: pd.DataFrame, title: Callable[[str], str] = str) -> None:
    """Write `table` into `ws` with a frozen, filtered header.

    Parameters
    ----------
    ws : Worksheet
        An empty sheet.
    table : DataFrame
        Rows to write; text that a spreadsheet would run is escaped as in the CSV.
    title : callable
        Column name -> header.
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
    ws.freeze_panes = "A2"
    ws.auto_filter.ref = ws.dimensions
    for i, column in enumerate(table.columns, 1):
        texts = [title(str(column)), *map(str, table[column].head(200))]
        # a Chinese character is about two columns wide
        width = max(sum(2 if ord(ch) > _CJK else 1 for ch in t) for t in texts)
        ws.column_dimensions[get_column_letter(i)].width = min(max(width + 2, 9), _MAX_WIDTH)


def write_workbook(path: Path, tables: Mapping[str, pd.DataFrame]) -> Path:
    """Write each table as a sheet of a new workbook at `path`."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        fill_sheet(book.create_sheet(name[:31]), table)
    book.save(path)
    return path
