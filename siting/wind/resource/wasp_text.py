"""What the readers of WAsP's text files share: lines, numbers, limits."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NoReturn

from gis.errors import DataError
from gis.files.given import given_bytes
from gis.say import Sentence, os_reason, say
from gis.toml import read_toml

__all__ = ["limit", "lines_of", "numbers", "refuse"]


def limit(name: str) -> float:
    """A limit of ``wasp.toml``."""
    return float(read_toml("siting.wind.turbines", "wasp.toml")[name]["value"])


def refuse(
    path: Path, what: Sentence, line: int = 0, got: str = "", expected: str = ""
) -> NoReturn:
    """Refuse the file, with the line where it went wrong.

    Raises
    ------
    DataError
        Always.
    """
    where: str = path.name
    if line:
        where = say("siting.wasp.at_line", name=path.name, line=line)
    todo = say("siting.wasp.export_again")
    raise DataError(what, where=where, got=got[:80], expected=expected, todo=todo)


def lines_of(path: Path) -> list[str]:
    """Lines of a text file of unknown encoding; the numbers in it are ASCII.

    Raises
    ------
    DataError
        When it cannot be opened, is too large, or is no text.
    """
    try:
        raw = given_bytes(path)
    except OSError as err:
        raise DataError(
            say("siting.wasp.not_opened"), where=str(path), got=os_reason(err)
        ) from err
    if b"\0" in raw:
        refuse(path, say("siting.wasp.no_text"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    lines = text.splitlines()
    if not any(s.strip() for s in lines):
        refuse(path, say("siting.wasp.empty"))
    return lines


def numbers(path: Path, lines: list[str], at: int, least: int = 1) -> list[float]:
    """The numbers of line `at` (from 0), at least `least`, all finite.

    Raises
    ------
    DataError
    """
    if at >= len(lines):
        refuse(path, say("siting.wasp.ends_too_early"), len(lines))
    try:
        out = [float(t) for t in lines[at].replace(",", " ").split()]
    except ValueError:
        refuse(path, say("siting.wasp.no_number"), at + 1, lines[at])
    if len(out) < least:
        refuse(path, say("siting.wasp.too_few_numbers", least=least), at + 1, lines[at])
    if not all(map(math.isfinite, out)):
        refuse(path, say("siting.wasp.not_finite"), at + 1, lines[at])
    return out
