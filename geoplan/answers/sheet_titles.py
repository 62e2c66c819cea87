"""What the sheets of the workbook are called."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

from geoplan.glossary import tech_word
from gis.say import say, sentences

__all__ = ["free_title", "sheet_title"]

_LONGEST = 31  # signs of the title of a sheet, by Excel
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_PAUSE = re.compile(r"\uff08|\uff1a|\uff0c|\uff1b|: | \(|\[|, |; ")


def _titled(name: str, lang: str) -> str:
    known = sentences("geoplan")
    if f"geoplan.sheets.{name}" in known:
        return say(f"geoplan.sheets.{name}")(lang)
    family, _, tech = name.partition("_")
    if f"geoplan.sheets.of_{family}" in known and f"geoplan.common.tech.{tech}" in known:
        return say(f"geoplan.sheets.of_{family}", tech=tech_word(tech))(lang)
    if (
        f"geoplan.report.c_{name}" in known
        and "{" not in known[f"geoplan.report.c_{name}"][lang]
    ):
        return _PAUSE.split(say(f"geoplan.report.c_{name}")(lang))[0]
    return name


def sheet_title(name: str, lang: str, taken: Collection[str] = ()) -> str:
    """Title of the sheet of a table, in words.

    Parameters
    ----------
    name : str
        The table.
    lang : {"zh", "en"}
    taken : collection of str
        Titles there are; one that is there is numbered.

    Examples
    --------
    >>> sheet_title("rules_pv", "zh"), sheet_title("pv_sites", "zh")
    ('光伏规则', '各场址光伏发电量')
    >>> sheet_title("wind_rose", "en"), sheet_title("nobody_named_it", "zh")
    ('Wind rose', 'nobody_named_it')
    """
    return free_title(_titled(name, lang), name, taken)


def free_title(words: str, name: str, taken: Collection[str] = ()) -> str:
    """`words` as a workbook takes them for a sheet, numbered where one is called so already.

    A workbook does not tell capital letters from small ones.

    Examples
    --------
    >>> free_title("充电桩: 一期/二期", "charging"), free_title("甲", "charging", {"甲"})
    ('充电桩  一期 二期', '甲 2')
    >>> free_title("Green corridors", "patches", ["green corridors"])
    'Green corridors 2'
    """
    title = _FORBIDDEN.sub(" ", words)[:_LONGEST].strip() or name[:_LONGEST]
    known = {t.casefold() for t in taken}
    if title.casefold() not in known:
        return title
    numbered = (f"{title[: _LONGEST - 3].strip()} {n}" for n in count(2))
    return next(t for t in numbered if t.casefold() not in known)
