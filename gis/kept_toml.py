"""What the product's own TOML files say, kept as JSON under the digest of their text.

Reading TOML takes twenty times as long as JSON, and a question at one place reads two hundred
such files. What is kept is data, never code, and is told apart by content: a file that changed
has another name, and one that was damaged is read from its text again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from gis.machine import cache_path

__all__ = ["own_toml"]

_FORM = b"1\n"  # of what is written; another one is another name
_HEAD = 64


def own_toml(text: str) -> Any:  # noqa: ANN401 - whatever TOML holds
    """The tables of a TOML text that comes with the product.

    Parameters
    ----------
    text : str

    Raises
    ------
    tomllib.TOMLDecodeError

    Examples
    --------
    >>> own_toml("a = 1")
    {'a': 1}
    """
    base = cache_path()
    file = base / "toml" / f"{hashlib.sha256(_FORM + text.encode()).hexdigest()}.json"
    kept = _read(file)
    if kept is not None:
        return kept
    found = tomllib.loads(text)
    if base.is_dir():  # made by a command that keeps data; the help alone makes none
        _write(file, found)
    return found


def _read(file: Path) -> Any:  # noqa: ANN401 - of the file; None when it is not there or damaged
    try:
        raw = file.read_bytes()
    except OSError:
        return None
    head, body = raw[:_HEAD], raw[_HEAD:]
    if hashlib.sha256(body).hexdigest().encode() != head:
        return None
    found, dates = json.loads(body)
    for path, day in dates:
        *way, last = path
        at: Any = found
        for step in way:
            at = at[step]
        at[last] = date.fromisoformat(day)
    return found


def _dates(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, str]]:  # noqa: ANN401
    """Where dates stand, which JSON does not know."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in steps:
        if isinstance(one, dict | list):
            yield from _dates(one, (*path, key))
        elif isinstance(one, date) and not isinstance(one, datetime):
            yield (*path, key), one.isoformat()


def _write(file: Path, found: Any) -> None:  # noqa: ANN401
    try:
        body = json.dumps(
            (found, list(_dates(found))), ensure_ascii=False, default=_only_dates
        ).encode()
    except TypeError:  # a time of day, which is kept nowhere
        return
    with contextlib.suppress(OSError):  # a cache that cannot be written is none
        file.parent.mkdir(exist_ok=True)
        aside = file.with_suffix(f".{os.getpid()}")
        aside.write_bytes(hashlib.sha256(body).hexdigest().encode() + body)
        aside.replace(file)


def _only_dates(value: object) -> None:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError
