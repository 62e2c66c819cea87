"""Text of data on its way into documents: no control characters, no formulas."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_meant", "harmless", "harmless_table", "ungrouped", "washed"]

# what XML 1.0 cannot hold, and with it no workbook, Word document or SVG
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# a number with its sign: no spreadsheet runs it, and with an apostrophe it were one no longer
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?([eE][+-]?\d+)?%?")


def washed(text: str) -> str:
    r"""`text` with a blank for every character no document can hold.

    Examples
    --------
    >>> washed("A\x0btown"), washed("half a pair \ud83d")
    ('A town', 'half a pair  ')

    A text that needs none of it is given back as the same object, sentences in two languages
    among them:

    >>> from gis.say import say
    >>> one = say("gis.system.ENOSPC")
    >>> washed(one) is one
    True
    """
    return text if _NOT_XML.search(text) is None else _NOT_XML.sub(" ", text)


def harmless(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A cell whose text a spreadsheet does not run as a formula.

    Parameters
    ----------
    value : any
        Text that begins with ``= + - @``, a tab or a return gets a leading apostrophe; a number
        with its sign, and what is no text, passes.

    Examples
    --------
    >>> harmless("=HYPERLINK(1)"), harmless("-5 m"), harmless(-5), harmless("a=b")
    ("'=HYPERLINK(1)", "'-5 m", -5, 'a=b')
    >>> harmless("-0.290"), harmless("+3%"), harmless("-1+2")
    ('-0.290', '+3%', "'-1+2")
    """
    if not isinstance(value, str):
        return value
    text = washed(value)
    runs = text.startswith(_FORMULA) and _NUMBER.fullmatch(text) is None
    return "'" + text if runs else text


def as_meant(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A cell without the apostrophe that `harmless` put before it.

    Examples
    --------
    >>> as_meant(harmless("=1+1")), as_meant("'tis"), as_meant(2)
    ('=1+1', "'tis", 2)
    """
    if not isinstance(value, str) or not value.startswith("'"):
        return value
    return value[1:] if harmless(value[1:]) == value else value


_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")


def ungrouped(text: str) -> str:
    """A number as pages print it, without the commas between its thousands.

    Examples
    --------
    >>> ungrouped("1,200"), ungrouped("１，２００．５"), ungrouped("1,2")
    ('1200', '1200.5', '1,2')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    return plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain


def harmless_table(table: pd.DataFrame) -> pd.DataFrame:
    """A table of `harmless` cells under `harmless` names."""
    from pandas import StringDtype
    from pandas.api.types import is_numeric_dtype

    out = table.copy()
    for i, kind in enumerate(out.dtypes):
        column = out.iloc[:, i]
        # words repeat: mostly none of the few there are needs anything
        if isinstance(kind, StringDtype) and all(harmless(v) is v for v in column.unique()):
            continue
        if not is_numeric_dtype(kind):
            out.isetitem(i, column.map(harmless).array)
    return out.set_axis([harmless(c) for c in out.columns], axis=1)
