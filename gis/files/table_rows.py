"""Rows of a workbook or CSV under their header: titles above, merged cells, two-line heads."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import DataError
from gis.files.child import in_child
from gis.files.coordinate_txt import read_text
from gis.files.given import foreign
from gis.files.workbook import read_sheet
from gis.say import say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["headed", "read_table"]

_SMALL = 8_000_000  # characters
_LONG_LINE, _LONGEST_LINE = 2_000, 50_000
_TITLE_ROWS = 10  # a header is looked for in so many
_PARTS = {"度", "分", "秒", "°", "′", "″", "'", '"', "deg", "min", "sec", "d", "m", "s"}
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_MERGED = 100_000  # rows filled of one sheet


def read_table(path: Path, layer: str, where: str) -> pd.DataFrame:
    """Rows of a table as they stand, every cell of a merged range with its value.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 or GBK), ``.xlsx`` or ``.xlsm``.
    layer : str
        Sheet of the workbook; the first when empty.
    where : str
        Name of the file in messages.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        table = read_sheet(path, layer, label=where)
        table.index -= 1  # as if its first row were the header
        with foreign(say("gis.files.workbook_cannot_read"), where):
            return _filled(table, path, layer)
    text, _ = read_text(path)
    # pandas guesses the separator by expressions that a long line keeps for ever
    line = text.find("\n")
    if (line if line >= 0 else len(text)) > _LONGEST_LINE:
        raise DataError(
            say("gis.files.table_cannot_read"),
            where=where,
            got=say("gis.files.no_lines"),
            expected=say("gis.files.x_y_lon_lat_columns"),
        )
    if len(text) > _SMALL or line > _LONG_LINE:
        return in_child(_separated, text, where, where=where, size=len(text))
    return _separated(text, where)


def _separated(text: str, where: str) -> pd.DataFrame:
    """A table of text, whatever separates its columns."""
    import pandas as pd

    with foreign(say("gis.files.table_cannot_read"), where):
        return pd.read_csv(io.StringIO(text), sep=None, engine="python")


def _filled(table: pd.DataFrame, path: Path, layer: str) -> pd.DataFrame:
    """A sheet with the value of a merged range down its rows."""
    ranges = _merged(path, layer)
    if not ranges:
        return table
    table = table.astype(object)
    n = 0
    for top, bottom, left, right in ranges:
        n += bottom - top
        if bottom >= len(table) or right >= table.shape[1] or n > _MOST_MERGED:
            continue
        # a title over the whole width is no value of every column
        if bottom > top:
            value: Any = table.iat[top, left]
            table.iloc[top : bottom + 1, left] = value
    return table


def _merged(path: Path, layer: str) -> list[tuple[int, int, int, int]]:
    """Merged ranges of a sheet: first and last row, first and last column, from 0."""
    with zipfile.ZipFile(path) as book:
        names = re.findall(
            r'<sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"',
            book.read("xl/workbook.xml").decode("utf-8", "replace"),
        )
        links = book.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        chosen = next((i for n, i in names if n == layer), names[0][1] if names else "")
        target = next(
            (
                t[1]
                for r in re.findall(r"<Relationship [^>]*>", links)
                if re.search(rf'Id="{re.escape(chosen)}"', r)
                and (t := re.search(r'Target="/?(?:xl/)?([^"]*)"', r))
            ),
            "",
        )
        if not target or f"xl/{target}" not in book.namelist():
            return []
        found = _MERGED.findall(book.read(f"xl/{target}"))
    return [(int(a[1]) - 1, int(a[3]) - 1, _column(a[0]), _column(a[2])) for a in found]


def _column(letters: bytes) -> int:
    n = 0
    for c in letters:
        n = n * 26 + c - 64
    return n - 1


def headed(table: pd.DataFrame, is_head: Callable[[list[str]], Any]) -> pd.DataFrame:
    """The table below its header, which may stand under a title and take two rows.

    Parameters
    ----------
    table : DataFrame
        As `read_table` gives it.
    is_head : callable
        Whether a row of names is a header.
    """
    table = table.dropna(how="all").dropna(axis=1, how="all")
    names = [str(c) for c in table.columns]
    if is_head(names):
        table.columns = names
        return table
    for k in range(min(len(table), _TITLE_ROWS)):
        names = _names(table.iloc[k])
        under = _names(table.iloc[k + 1]) if k + 1 < len(table) else []
        if two := _two_rows(names, under):
            names, below = two, table.iloc[k + 2 :].copy()
        else:
            below = table.iloc[k + 1 :].copy()
        named = [n for n in names if n]
        if is_head(names) and len(set(named)) == len(named):
            below.columns = [n or f"column_{i + 1}" for i, n in enumerate(names)]
            return below.infer_objects()
    return table.set_axis([str(c) for c in table.columns], axis=1)


def _names(row: pd.Series[Any]) -> list[str]:
    return ["" if v is None or v != v else str(v).strip() for v in row]


def _two_rows(names: list[str], under: list[str]) -> list[str]:
    """Names of a header whose second row says degrees, minutes and seconds; empty if none."""
    if sum(u.lower() in _PARTS for u in under) < 4:
        return []
    out, above = [], ""
    for name, part in zip(names, under, strict=True):
        above = name or above
        out.append(f"{above}({part})" if part.lower() in _PARTS else name)
    return out
