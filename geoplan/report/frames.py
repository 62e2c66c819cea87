"""A data frame of a run as a table of a document, with documented headers."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from geoplan.report.cell_words import cell_word, unit_word
from geoplan.report.document import Table
from geoplan.report.exports import field_docs
from geoplan.report.workbook import nothing
from layers.answers.shown import digits_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SHARE",
    "column_widths",
    "frame_table",
    "known",
    "named_table",
    "number",
    "shown_unit",
    "typeset",
    "with_millions",
    "with_unit",
]

_CJK = 0x2E80
_MILLION = 1e6
_YEARS = (
    "year",
    "met_in",
    "retires",
    "retires_late",
)  # ends of the names of columns that hold years
# in signs; a line of the page holds about _LINE of them, a cell loses _GAP to its edges
_NARROW, _HEADER, _TEXT, _WIDE, _GAP, _LINE = 4, 8, 11, 40, 3, 92
_LONG_LINE = 142  # of a page in landscape: 247 mm of text for 160
_WORD = 20  # longer ones, of which there are few, may break
_NUMBERED = re.compile(r"[0-9A-Za-z]*[0-9]{12,}")  # ids of parcels: never over two lines
_WORDS = re.compile(r"[^\s\u2e80-\uffff]+")
_LARGE = 100_000.0  # from here on decimals say nothing and break lines
_PLACES = {"lon": 5, "lat": 5, "sector_deg": 0}
SHARE = "0-1"
_PERCENT = 100.0


def _shown(value: Any, digits: int) -> str:  # noqa: ANN401
    if nothing(value):
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int):
        return f"{value:,d}"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    return str(value)


def _said(
    name: str, row: Mapping[Hashable, Any], digits: int, lang: str, unit: str = ""
) -> str:
    value = cell_word(name, row[name], row, lang)
    if unit == SHARE and isinstance(value, int | float) and not isinstance(value, bool):
        value = float(value) * _PERCENT
    shown = _shown(value, digits)
    return shown.replace(",", "") if name.endswith(_YEARS) and value == value else shown


def shown_unit(unit: str) -> str:
    """The unit a reader meets: shares are shown in per cent.

    Examples
    --------
    >>> shown_unit("0-1"), shown_unit("MW")
    ('%', 'MW')
    """
    return "%" if unit == SHARE else unit


def typeset(unit: str) -> str:
    """A unit with the small figures of print.

    Examples
    --------
    >>> typeset("m3/ha"), typeset("tCO2e"), typeset("km2"), typeset("H1")
    ('m³/ha', 'tCO₂e', 'km²', 'H1')
    """
    return unit.replace("m2", "m²").replace("m3", "m³").replace("CO2", "CO₂")


def _digits(column: pd.Series, unit: str, digits: int) -> int:
    """Decimals of a column: one at least for shares, in per cent, none for counts.

    A count that is missing somewhere makes the whole column fractions.
    """
    from pandas.api.types import is_float_dtype

    if unit == SHARE:
        return max(digits - 2, 1)
    if column.name in _PLACES:
        return _PLACES[str(column.name)]
    if is_float_dtype(column) and float(column.abs().max()) >= _LARGE:
        return 0
    if unit or not is_float_dtype(column):
        return digits
    known = column.dropna()
    return 0 if len(known) and (known == known.round()).all() else digits


def _mixed(frame: pd.DataFrame, names: Sequence[str]) -> frozenset[str]:
    """Fractions among `names` whose rows have units of their own: each has its own digits.

    Cubic metres by the hundred thousand would take the decimals of a share in the next row.
    """
    from pandas.api.types import is_float_dtype

    if "unit" not in frame.columns or frame["unit"].nunique() < 2:
        return frozenset()
    return frozenset(n for n in names if is_float_dtype(frame[n]) and not n.endswith(_YEARS))


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
        Decimals of fractional numbers; of rows with units of their own those a figure needs.
    most : int
        Rows shown; the full table is in the workbook.
    """
    docs = field_docs()
    names = [lang if c == "lang" else c + lang if c.endswith("_") else c for c in columns]
    names = [c for c in names if c in frame.columns]
    headers = []
    for name in names:
        doc = docs.get(name, {})
        # a share of 0.062 reads as 6.2 %
        word = typeset(unit_word(shown_unit(doc["unit"]), lang)) if doc.get("unit") else ""
        unit = f" [{word}]" if word else ""
        headers.append(doc.get(lang, name) + unit)
    records = frame.head(most).to_dict("records")
    places = {n: _digits(frame[n], docs.get(n, {}).get("unit", ""), digits) for n in names}
    units = {n: docs.get(n, {}).get("unit", "") for n in names}
    mixed = _mixed(frame, [n for n in names if not units[n]])
    rows = [
        [
            digits_text(r[n]) if n in mixed else _said(n, r, places[n], lang, units[n])
            for n in names
        ]
        for r in records
    ]
    import pandas as pd

    numeric = frozenset(
        i for i, n in enumerate(names) if pd.api.types.is_numeric_dtype(frame[n])
    )
    widths = column_widths(headers, rows, numeric)
    wide = column_widths(headers, rows, numeric, landscape=True)
    return Table(id_, caption, headers, rows, numeric, widths, wide=wide)


def named_table(id_: str, caption: str, frame: pd.DataFrame, *, digits: int = 4) -> Table:
    """A frame whose columns are named for the reader already, as a captioned table."""
    from geoplan.report.workbook import cell_value

    def shown(value: Any) -> str:  # noqa: ANN401
        value = cell_value(value)
        if value is None:
            return "—"
        return f"{value:,.{digits}f}" if isinstance(value, float) else str(value)

    rows = [[shown(v) for v in row] for row in frame.itertuples(index=False)]
    numeric = frozenset(i for i, c in enumerate(frame.columns) if frame[c].dtype.kind in "fi")
    headers = [str(c) for c in frame.columns]
    return Table(id_, caption, headers, rows, numeric, column_widths(headers, rows, numeric))


def column_widths(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: frozenset[int],
    *,
    landscape: bool = False,
) -> list[float]:
    """Relative widths: numbers get what they need, texts share the rest of the line.

    A header and a text may be broken over lines, a number may not; on a page in landscape
    there is room for words of up to `_WORD` signs as well.

    Examples
    --------
    >>> rows = [["PV-001", "a text that may be broken over several lines", "5,914,357.9800"]]
    >>> column_widths(["id", "rule", "area"], rows, frozenset({2}))
    [9.0, 40.0, 17.0]
    """
    longest = [max((_signs(r[i]) for r in rows), default=0) for i in range(len(headers))]
    heads = [min(_signs(h), _HEADER) for h in headers]
    least = [
        max(_TEXT, _GAP + max(map(_numbered, (r[i] for r in rows)), default=0))
        for i in range(len(headers))
    ]
    line = _LINE
    if landscape:
        line = _LONG_LINE
        for i, head in enumerate(headers):
            word = min(max(map(_word, (head, *(r[i] for r in rows)))), _WORD)
            heads[i] = max(heads[i], min(_word(head), _WORD))
            least[i] = max(_NARROW, word) + _GAP
    need = [max(n, h, _NARROW) + _GAP for n, h in zip(longest, heads, strict=True)]
    texts = [i for i in range(len(need)) if i not in numeric]
    wanted = sum(min(need[i], _WIDE) for i in texts)
    left = max(line - sum(need[i] for i in numeric), (_NARROW + _GAP) * len(texts))
    share = min(1.0, left / wanted) if wanted else 1.0
    return [
        float(
            need[i]
            if i in numeric
            else max(min(need[i], _WIDE) * share, min(need[i], least[i]))
        )
        for i in range(len(need))
    ]


def _numbered(text: str) -> int:
    """Signs of the longest id of a parcel."""
    return max(map(len, _NUMBERED.findall(text)), default=0)


def _word(text: str) -> int:
    """Signs of the longest word; a line breaks after any Chinese sign."""
    return max(map(len, _WORDS.findall(text)), default=0)


def _signs(text: str) -> int:
    return sum(2 if ord(c) > _CJK else 1 for c in text)


def number(value: Any, digits: int = 1) -> str:  # noqa: ANN401
    """A number for a table: grouped, fixed digits, an em dash when there is none.

    Examples
    --------
    >>> number(1234.56), number(None), number(float("nan")), number(2, 0)
    ('1,234.6', '—', '—', '2')
    """
    return f"{value:,.{digits}f}" if known(value) else "—"


def known(value: Any) -> bool:  # noqa: ANN401
    """Whether there is a number; NaN is none."""
    return not nothing(value)


def with_unit(value: float | None, digits: int, unit: str) -> str:
    """A number with its unit, a dash alone when there is none.

    Examples
    --------
    >>> with_unit(12.34, 1, "MW"), with_unit(None, 1, "MW")
    ('12.3 MW', '—')
    """
    return f"{number(value, digits)} {unit}" if known(value) else "—"


def with_millions(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each amount of money in millions too, ``npv_cny`` as ``npv_mcny``."""
    amounts = [c for c in table.columns if str(c).endswith("_cny")]
    if not amounts:
        return table
    more = {f"{c[:-4]}_mcny": table[c].astype(float) / _MILLION for c in amounts}
    return table.assign(**more)
