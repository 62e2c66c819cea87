"""A data frame of a run as a table of a document, with documented headers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from geoplan.report.cell_words import cell_word, unit_word
from geoplan.report.document import Table
from geoplan.report.exports import field_docs

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_table"]

_CJK = 0x2E80
_NARROW, _HEADER, _WIDE = 5, 9, 40


def _shown(value: Any, digits: int) -> str:  # noqa: ANN401
    if value is None or (isinstance(value, float) and value != value):
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int):
        return f"{value:,d}"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return str(value)


def _digits(column: pd.Series, unit: str, digits: int) -> int:
    """Decimals of a column; none for counts, which missing ones turn into fractions."""
    from pandas.api.types import is_float_dtype

    if unit or not is_float_dtype(column):
        return digits
    known = column.dropna()
    return 0 if len(known) and (known == known.round()).all() else digits


def frame_table(
    id_: str,
    caption: str,
    frame: pd.DataFrame,
    columns: Sequence[str],
    lang: str,
    *,
    digits: int = 1,
    most: int = 200,
) -> Table:
    """The `columns` of `frame` that exist, as a captioned table.

    Parameters
    ----------
    id_, caption : str
        For cross references, and above the table.
    frame : DataFrame
        A table of the run.
    columns : sequence of str
        Names in the order wanted; those the frame lacks are left out. A name ending in
        ``_`` stands for that name plus the language (``title_`` -> ``title_zh``), ``lang``
        for the column called like the language.
    lang : str
        ``"zh"`` or ``"en"``.
    digits : int
        Decimals of fractional numbers.
    most : int
        Rows shown; the full table is in the workbook.
    """
    docs = field_docs()
    names = [lang if c == "lang" else c + lang if c.endswith("_") else c for c in columns]
    names = [c for c in names if c in frame.columns]
    headers = []
    for name in names:
        doc = docs.get(name, {})
        unit = f" [{unit_word(doc['unit'], lang)}]" if doc.get("unit") else ""
        headers.append(doc.get(lang, name) + unit)
    records = frame.head(most).to_dict("records")
    places = {n: _digits(frame[n], docs.get(n, {}).get("unit", ""), digits) for n in names}
    rows = [[_shown(cell_word(n, r[n], r, lang), places[n]) for n in names] for r in records]
    import pandas as pd

    numeric = frozenset(
        i for i, n in enumerate(names) if pd.api.types.is_numeric_dtype(frame[n])
    )
    widths = [_width(headers[i], [row[i] for row in rows]) for i in range(len(names))]
    return Table(id_, caption, headers, rows, numeric, widths)


def _width(header: str, texts: Sequence[str]) -> float:
    """Relative width of a column: its longest text, within bounds; Chinese counts twice.

    A header may be broken over lines, a number may not: a long header counts for little.
    """
    longest = max((_signs(text) for text in texts), default=0)
    return float(min(max(longest, min(_signs(header), _HEADER), _NARROW), _WIDE))


def _signs(text: str) -> int:
    return sum(2 if ord(c) > _CJK else 1 for c in text)
