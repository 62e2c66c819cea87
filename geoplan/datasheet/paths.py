"""Paths as people write them into a cell: in quotes, of another system, several at once."""

from __future__ import annotations

import re
from pathlib import Path

from geoplan.datasheet.layout import DATABASE

__all__ = ["is_there", "leads", "paths", "plain"]

_QUOTES = "\"'\u201c\u201d\u2018\u2019"  # a file manager copies a path in quotes
_BETWEEN = re.compile(r"[;\uff1b\n]+")
_WILD = re.compile(r"[*?\[]")


def leads(file: Path, path: str) -> bool:
    """Whether a path of a sheet leads to a file, its pattern to any."""
    if path.lower().startswith(DATABASE):
        return True
    if is_there(file.parent / path):
        return True
    if not _WILD.search(path):
        return False
    whole = file.parent / path
    n = next(i for i, part in enumerate(whole.parts) if _WILD.search(part))
    try:
        found = Path(*whole.parts[:n]).glob(str(Path(*whole.parts[n:])))
        return next(iter(found), None) is not None
    except (OSError, ValueError):
        return False


def plain(path: str) -> str:
    r"""A path without quotes, its parts apart by slashes as every system reads them.

    Examples
    --------
    >>> plain(' "D:\\data\\a.shp" '), plain("a/b.shp")
    ('D:/data/a.shp', 'a/b.shp')
    """
    return path.strip().strip(_QUOTES).strip().replace("\\", "/")


def paths(file: Path, text: str) -> tuple[str, ...]:
    """The files a cell names, apart by semicolons or lines; a file may be called so, too."""
    if not text.strip():
        return ()
    if is_there(file.parent / text):
        return (text,)
    return tuple(p for part in _BETWEEN.split(text) if (p := plain(part)))


def is_there(path: Path) -> bool:
    """Whether a path leads to something; one that no system can have does not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
