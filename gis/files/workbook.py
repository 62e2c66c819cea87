"""A sheet of an Excel workbook, read when its size can be held."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.constants import constants
from gis.errors import DataError
from gis.files.child import in_child
from gis.files.given import given_file
from gis.foreign import foreign_reason
from gis.say import say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SheetCell", "read_book", "read_sheet"]

_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_SMALL = 8 << 20  # read at once; more is read in a process that can be ended
_CHUNK = 1 << 20


def read_sheet(path: Path, sheet: str = "", *, label: str = "") -> pd.DataFrame:
    """The rows of a sheet as pandas gives them, without a header.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.xlsm``.
    sheet : str
        Its name; the first when empty.
    label : str
        Name of the file in messages.

    Raises
    ------
    DataError
        No workbook, no such sheet, more rows and columns than are held, or a small file that
        unpacks to a large one.
    """
    where = label or str(path)
    unpacked = _check_size(path, where)
    if unpacked <= _SMALL:
        return _sheet(path, sheet, where)
    return in_child(_sheet, path, sheet, where, where=where, size=unpacked)


def _unreadable(where: str, err: Exception) -> DataError:
    """What is told of a workbook that is none or damaged."""
    return DataError(
        say("gis.files.workbook_cannot_read"),
        where=where,
        got=foreign_reason(err),
        expected=say("gis.files.workbook_whole"),
        todo=say("gis.files.workbook_save_again"),
    )


def _check_size(path: Path, where: str) -> int:
    """Bytes of all members unpacked; what their table says is as much as will be read."""
    limits = constants("limits")
    try:
        with zipfile.ZipFile(path) as book:
            members = book.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as err:
        raise _unreadable(where, err) from err
    total = sum(m.file_size for m in members)
    times = total / max(path.stat().st_size, 1)
    swells = total > _SMALL and times > limits["xlsx_ratio_max"]
    if swells or total > limits["xlsx_bytes_max"]:
        raise DataError(
            say("gis.files.archive_would_unpack_too_much"),
            where=where,
            got=say("gis.files.mb_times_its_size", size=total / 1e6, times=times),
        )
    if len(members) > limits["zip_members_max"]:
        raise DataError(say("gis.files.archive_has_too_many_files"), where=where)
    return total


def _check_extent(path: Path, where: str) -> None:
    """Refuse a sheet whose farthest cell makes a table that cannot be held."""
    most = int(constants("limits")["table_cells_max"])
    with zipfile.ZipFile(path) as book:
        names = [m.filename for m in book.infolist() if "worksheets/" in m.filename]
        for name in names:
            width, height, tail = 0, 0, b""
            with book.open(name) as stream:
                while chunk := stream.read(_CHUNK):
                    for column, row in _CELL.findall(tail + chunk):
                        width, height = max(width, _index(column)), max(height, int(row))
                    tail = chunk[-40:]
            if width * height > most:
                raise DataError(
                    say("gis.files.table_too_large"),
                    where=where,
                    got=say("gis.files.n_cells", rows=height, cols=width),
                    expected=say("gis.files.at_most_cells", ceiling=most),
                    todo=say("gis.files.delete_far_cells"),
                )


def _index(letters: bytes) -> int:
    """Number of a column, from 1.

    Examples
    --------
    >>> _index(b"A"), _index(b"AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _sheet(path: Path, sheet: str, where: str) -> pd.DataFrame:
    import pandas as pd

    try:
        _check_extent(path, where)
        return pd.read_excel(path, sheet_name=sheet or 0, engine="openpyxl", header=None)
    except DataError:
        raise
    except Exception as err:
        raise _unreadable(where, err) from err


@dataclass(frozen=True)
class SheetCell:
    """A cell of a workbook as text.

    Attributes
    ----------
    text
        Its value; days as 2024-12-31, whole numbers without a point, empty for nothing.
    formula
        Whether it holds a formula, which nobody evaluates.
    """

    text: str
    formula: bool = False


def read_book(path: Path, *, label: str = "") -> dict[str, list[list[SheetCell]]]:
    """Every sheet of a workbook as rows of cells; formulas are marked and not evaluated.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.xlsm``.
    label : str
        Name of the file in messages.

    Raises
    ------
    DataError
        No workbook, more cells than are held, or a small file that unpacks to a large one.
    """
    where = label or str(path)
    path = given_file(path)
    unpacked = _check_size(path, where)
    if unpacked <= _SMALL:
        return _book(path, where)
    return in_child(_book, path, where, where=where, size=unpacked)


def _book(path: Path, where: str) -> dict[str, list[list[SheetCell]]]:
    from openpyxl import load_workbook

    try:
        _check_extent(path, where)
        # in full, not as a stream: a stream trusts what the file says of its own size
        book = load_workbook(path, data_only=False, keep_links=False)
        return {
            sheet.title: [[_cell(c) for c in row] for row in sheet.iter_rows()]
            for sheet in book.worksheets
        }
    except DataError:
        raise
    except Exception as err:
        raise _unreadable(where, err) from err


def _cell(cell: Any) -> SheetCell:  # noqa: ANN401 - a cell of the library
    value = cell.value
    if value is None:
        return SheetCell("")
    if cell.data_type == "f":
        return SheetCell(str(getattr(value, "text", value)), formula=True)
    if isinstance(value, datetime):
        return SheetCell(value.date().isoformat())
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return SheetCell(str(int(value)))
    return SheetCell(str(value).strip())
