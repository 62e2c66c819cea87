"""Degrees, minutes and seconds: in three columns, or written as a text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["degree_columns", "degrees_of_text"]

Float = npt.NDArray[np.float64]

_LON = r"(lon|lng|long|longitude|经度?|东经|l)"
_LAT = r"(lat|latitude|纬度?|北纬|b)"
# what a header calls the parts, in and out of brackets
_PARTS = (
    r"[\s_(（\[.]*(度|deg(ree)?s?|d|°)[)）\]]*$",
    r"[\s_(（\[.]*(分|min(ute)?s?|m|′|')[)）\]]*$",
    r"[\s_(（\[.]*(秒|sec(ond)?s?|s|″|\"|'')[)）\]]*$",
)
_TEXT = re.compile(
    r"""^\s*(?P<before>[NSEW]|东经|西经|北纬|南纬|[-+])?\s*
    (?P<d>\d{1,3}(?:\.\d+)?)\s*(?:°|度|º|d|:|\s|-)\s*
    (?:(?P<m>\d{1,2}(?:\.\d+)?)\s*(?:′|'|’|分|m|:|\s|-|$)\s*)?
    (?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:″|"|”|''|′′|秒|s)?\s*)?
    (?P<after>[NSEW])?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_MINUS = {"S", "W", "西经", "南纬", "-"}


def degrees_of_text(text: str) -> float:
    """Degrees of ``106°38′57.25″``, ``E106-38-57.25`` or ``106:38.95``; NaN for others.

    Examples
    --------
    >>> degrees_of_text("东经106°39′")
    106.65
    >>> degrees_of_text("106 38 60"), degrees_of_text("abc")
    (nan, nan)
    """
    found = _TEXT.match(text)
    if found is None:
        return float("nan")
    d, m, s = (float(found[k] or 0.0) for k in "dms")
    whole = d == int(d) and (found["s"] is None or m == int(m))
    if m >= 60 or s >= 60 or not (whole or found["m"] is None):
        return float("nan")
    marks = {(found["before"] or "").upper(), (found["after"] or "").upper()}
    value = d + m / 60 + s / 3600
    return -value if marks & _MINUS else value


def degree_columns(table: pd.DataFrame, where: str) -> tuple[Float, Float] | None:
    """Longitude and latitude from columns of degrees, minutes and seconds; None without.

    Raises
    ------
    DataError
        For minutes or seconds outside 0 to 60, and degrees that are no whole numbers beside
        them.
    """
    found = [_of(table, axis, where) for axis in (_LON, _LAT)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _of(table: pd.DataFrame, axis: str, where: str) -> Float | None:
    import pandas as pd

    names = []
    for part in _PARTS:
        pattern = re.compile("^" + axis + part, re.IGNORECASE)
        names.append(next((c for c in table.columns if pattern.search(c.strip())), None))
    if names[0] is None or names[1] is None:
        return None
    d, m, s = (
        np.zeros(len(table))
        if n is None
        else pd.to_numeric(table[n], errors="coerce").to_numpy(dtype=np.float64)
        for n in names
    )
    # a blank second is none; a blank degree is no place
    m, s = np.nan_to_num(m), np.nan_to_num(s)
    wrong = (m < 0) | (m >= 60) | (s < 0) | (s >= 60)
    wrong |= (d != np.floor(d)) & np.isfinite(d) & ((m > 0) | (s > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            say("gis.files.no_minutes_seconds"),
            where=where,
            got=say("gis.files.dms_of_row", row=row + 2, d=d[row], m=m[row], s=s[row]),
            expected=say("gis.files.dms_range"),
        )
    value = np.abs(d) + m / 60 + s / 3600
    return np.asarray(np.where(np.signbit(d), -value, value), dtype=np.float64)
