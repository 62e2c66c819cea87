"""One row of the table that holds the old farm beside the new one."""

from __future__ import annotations

from typing import NamedTuple

from gis.say import say

__all__ = ["Row", "row"]


class Row(NamedTuple):
    """A quantity of the old and the new farm.

    Attributes
    ----------
    item
        Stable name.
    zh, en
        What a reader calls it.
    unit
        Empty for counts.
    before, after
        None where it is not estimated.
    """

    item: str
    zh: str
    en: str
    unit: str
    before: float | None
    after: float | None


def row(
    item: str, unit: str, before: float | None, after: float | None, **limits: float
) -> Row:
    """The row called `item`, with its words in both languages.

    Parameters
    ----------
    **limits
        Numbers its words name.

    Examples
    --------
    >>> row("noise_over", "", 3.0, 0.0, limit_db=45.0).en
    'dwellings above 45 dB(A) by night'
    """
    title = say(f"siting.wind_repower.item_{item}", **limits)
    return Row(item, title("zh"), title("en"), unit, before, after)
