"""Entries of a ``[[table]]`` in the text of a plan: one added, changed or taken out.

Every other character of the file is kept: the order of the entries, what is remarked above
and beside them, and how the keys that stay were written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit

from layers.plan.write import edited_plan

__all__ = ["Entry", "edited_row", "rows_of"]

_HEADING = re.compile(r"^\s*\[\[?\s*([^\[\]]+?)\s*\]?\]\s*(#.*)?$")
Row = Mapping[str, Any]
Entry = dict[str, Any]
"""A table of a plan as TOML holds it, before its model reads it."""


def rows_of(text: str, table: str) -> list[Entry]:
    r"""The entries of ``[[table]]`` (``"plants"``, ``"map.tiles"``) as the file holds them.

    Examples
    --------
    >>> rows_of('[[plants]]\nyear = 2015\n', "plants")
    [{'year': 2015}]
    """
    found: Any = tomllib.loads(text)
    for name in table.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    rows = found if isinstance(found, list) else []
    return [dict(r) for r in rows if isinstance(r, Mapping)]


def edited_row(text: str, table: str, index: int | None, row: Row | None) -> str:
    r"""The text of a plan with one entry of ``[[table]]`` changed.

    Parameters
    ----------
    text : str
        A plan file, however a person wrote it.
    table : str
        Place of the list.
    index : int or None
        Which entry; None adds one behind the last.
    row : mapping or None
        The entry as it shall be; None takes it out.

    Returns
    -------
    str

    Examples
    --------
    >>> text = "[[plants]] # ours\nyear = 2015 # on grid\nmw = 50\n"
    >>> print(edited_row(text, "plants", 0, {"year": 2015, "mw": 49.5}), end="")
    [[plants]] # ours
    year = 2015 # on grid
    mw = 49.5
    """
    rows: list[Row] = [*rows_of(text, table)]
    row = None if row is None else _given(row)
    if row is None:
        wanted = [r for i, r in enumerate(rows) if i != index]
    elif index is None:
        wanted = [*rows, row]
    else:
        wanted = [row if i == index else r for i, r in enumerate(rows)]
    tried = _in_place(text, table, index, row)
    if tried is not None and _same(tried, text, table, wanted):
        return tried
    # written some other way, such as a list in one line
    return edited_plan(text, {table: wanted or None})


def _same(tried: str, text: str, table: str, wanted: list[Row]) -> bool:
    """Whether a text holds the wanted entries and all else of the text it was made of."""
    try:
        if rows_of(tried, table) != wanted:
            return False
        return _without(tried, table) == _without(text, table)
    except tomllib.TOMLDecodeError:
        return False


def _without(text: str, table: str) -> Entry:
    doc = tomllib.loads(text)
    *path, last = table.split(".")
    at: Any = doc
    for name in path:
        at = at.get(name, {})
    at.pop(last, None)
    if path and not at:
        doc.pop(path[0], None)
    return doc


def _in_place(text: str, table: str, index: int | None, row: Row | None) -> str | None:
    """The text with the entry where it stood; None where it is written some other way."""
    lines = text.splitlines(keepends=True)
    spans = _spans(lines, table)
    if (index is not None and index >= len(spans)) or len(spans) != len(rows_of(text, table)):
        return None
    if row is None:
        first, last = spans[index or 0]
        # blank lines that parted it from the next go with it
        while last < len(lines) and not lines[last].strip():
            last += 1
        return "".join([*lines[:first], *lines[last:]])
    if index is None:
        at = spans[-1][1] if spans else len(lines)
        before, after = "".join(lines[:at]), "".join(lines[at:])
        ended = "" if before.endswith("\n") else "\n"
        own = _written(table, row)
        own = f"{ended}\n{own}" if before else own
        if "\r\n" in text:
            own = own.replace("\n", "\r\n")
        return f"{before}{own}{after}"
    first, last = spans[index]
    own = _changed("".join(lines[first:last]), table, row)
    return "".join([*lines[:first], own, *lines[last:]])


def _spans(lines: list[str], table: str) -> list[tuple[int, int]]:
    """First line of each entry, and the line behind its last one that says something."""
    out: list[tuple[int, int]] = []
    start: int | None = None
    for i, line in enumerate([*lines, "[end]"]):
        found = _HEADING.match(line)
        if found is None:
            continue
        name = found.group(1).replace(" ", "")
        own = name == table and line.lstrip().startswith("[[")
        if start is not None and (own or not name.startswith(f"{table}.")):
            out.append((start, _said(lines, start, i)))
            start = None
        if own:
            start = i
    return out


def _said(lines: list[str], start: int, end: int) -> int:
    """The line behind the last key: blank lines and remarks there belong to what follows."""
    while end > start + 1 and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return end


def _given(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """What is not None."""
    if isinstance(value, Mapping):
        return {str(k): _given(v) for k, v in value.items() if v is not None}
    return [_given(v) for v in value] if isinstance(value, list | tuple) else value


def _written(table: str, row: Row) -> str:
    """A new entry under its heading; its parts stand in one line each."""
    doc = tomlkit.document()
    for key, value in row.items():
        doc.add(key, _item(value))
    return f"[[{table}]]\n{doc.as_string()}"


def _item(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """A value in one line."""
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        for key, one in value.items():
            inline.add(key, _item(one))
        return inline
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for one in value:
            array.append(_item(one))
        return array
    return tomlkit.item(value)


def _changed(own: str, table: str, row: Row) -> str:
    """An entry with the keys that differ written anew."""
    doc = tomlkit.parse(own)
    at: Any = doc
    for name in table.split("."):
        at = at[name]
    _merge(at[0], row)
    return tomlkit.dumps(doc)


def _merge(held: Any, row: Row) -> None:  # noqa: ANN401 - a table of tomlkit
    old = held.unwrap()
    for key in [k for k in old if k not in row]:
        held.remove(key)
    for key, value in row.items():
        if key in old and old[key] == value and type(old[key]) is type(value):
            continue
        if key not in old:
            held.add(key, _item(value))
        elif isinstance(value, Mapping) and isinstance(old[key], Mapping):
            _merge(held[key], value)
        else:
            note = held[key].trivia.comment if hasattr(held[key], "trivia") else ""
            held[key] = _item(value)
            if note:
                held[key].comment(note.lstrip("#").strip())
