"""A plan as the text of a TOML file: the one writer of everybody who makes or changes one.

A plan is read by people first, so the text keeps the order it is given in, says a remark
above what it is about, and never drops a remark a person wrote when a key is changed later.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.items import SingleKey, Table

from gis.errors import ConfigError
from gis.say import os_reason, say

__all__ = ["edited_plan", "plan_text", "write_plan"]

Remarks = Mapping[str, str | Iterable[str]]
_INLINE = 88  # characters a table may take to stand in one line
_TABLES = ("layers",)  # whose entries are tables of their own, however short


def _key(name: str) -> str:
    return SingleKey(name).as_string()


def _lines(text: str | Iterable[str]) -> list[str]:
    """Lines of a remark; what comes from a file may hold line breaks and control characters."""
    parts = [text] if isinstance(text, str) else list(text)
    lines = [line for part in parts for line in str(part).splitlines()]
    return ["".join(c for c in line if c.isprintable()).rstrip() for line in lines]


def _commented(text: str | Iterable[str]) -> list[str]:
    return [f"# {line}".rstrip() for line in _lines(text)]


def _value(value: Any) -> str:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return str(tomlkit.item(value).as_string())


def _is_tables(value: object) -> bool:
    """Whether a value is written as ``[[tables]]``."""
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(v, Mapping) for v in value)
    )


def _own_table(key: str, value: object, place: str, remarks: Remarks) -> bool:
    """Whether a value is a table under its own heading."""
    if not isinstance(value, Mapping):
        return _is_tables(value)
    if not place or place in _TABLES:
        return True
    spoken = any(r.startswith(f"{place}.{key}.") for r in remarks)
    return bool(value) and (spoken or len(_value(value)) + len(key) > _INLINE)


def _table(
    heading: str, table: Mapping[str, Any], place: str, remarks: Remarks
) -> Iterator[str]:
    """Lines of a table and of those under it; keys before tables, as TOML needs it."""
    below = {k for k, v in table.items() if _own_table(k, v, place, remarks)}
    own = len(below) < len(table) or not table or place in remarks
    if heading and (own or heading.startswith("[[")):
        yield ""
        yield from _commented(remarks.get(place, ()))
        yield heading
    for key, value in table.items():
        if key not in below:
            yield from _commented(remarks.get(f"{place}.{key}", ()))
            yield f"{_key(key)} = {_value(value)}"
    path = heading.strip("[]")
    for key in (k for k in table if k in below):
        at, value = f"{place}.{key}".lstrip("."), table[key]
        name = f"{path}.{_key(key)}".lstrip(".")
        if isinstance(value, Mapping):
            yield from _table(f"[{name}]", value, at, remarks)
            continue
        for i, one in enumerate(value):
            yield from _table(f"[[{name}]]", one, f"{at}.{i}", remarks)


def plan_text(
    doc: Mapping[str, Any],
    remarks: Remarks | None = None,
    head: str | Iterable[str] = (),
    foot: str | Iterable[str] = (),
) -> str:
    """A plan document as readable TOML.

    Parameters
    ----------
    doc : mapping
        The tables of a plan, as `tomllib` gives them; their order is kept. Values that are
        None are left out.
    remarks : mapping, optional
        Place (``"layers.road"``, ``"layers.road.path"``, ``"zones.0"``) -> text that stands
        above it as a comment, in the language of the plan's reader.
    head, foot : str or iterable of str
        Comments before the first and after the last table; a line break starts a new line.

    Returns
    -------
    str
        Text that reads back as `doc`.

    Examples
    --------
    >>> doc = {"plan": {"id": "a"}, "layers": {"road": {"path": "r.shp"}}}
    >>> print(plan_text(doc, {"layers.road": "by its name"}, head="first"), end="")
    # first
    <BLANKLINE>
    [plan]
    id = "a"
    <BLANKLINE>
    # by its name
    [layers.road]
    path = "r.shp"
    """
    lines = [*_commented(head), *_table("", _given(doc), "", remarks or {})]
    end = _commented(foot)
    if end:
        lines += ["", *end]
    return "\n".join(lines).lstrip("\n") + "\n"


def _given(value: Any) -> Any:  # noqa: ANN401 - whatever a document holds
    """The document without what is None."""
    if isinstance(value, Mapping):
        return {str(k): _given(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_given(v) for v in value]
    return value


def edited_plan(text: str, changes: Mapping[str, Any], remarks: Remarks | None = None) -> str:
    r"""The text of a plan with some of it changed and every other character kept.

    Parameters
    ----------
    text : str
        A plan file, however a person wrote it.
    changes : mapping
        Place (``"layers.road"``, ``"screening.missing"``) -> value (a table replaces the
        whole table; None takes the key away).
    remarks : mapping, optional
        The same places -> comment that stands first in a table that is written.

    Returns
    -------
    str

    Examples
    --------
    >>> print(edited_plan("[plan] # mine\nid = 1\n", {"plan.id": 2}), end="")
    [plan] # mine
    id = 2
    """
    doc = tomlkit.parse(text)
    for place, value in changes.items():
        *path, last = place.split(".")
        table: Any = doc
        for name in path:
            if name not in table:
                table[name] = tomlkit.table(is_super_table=True)
            table = table[name]
        if value is None:
            table.pop(last, None)
        else:
            before, after = _comments(table.get(last))
            new = _entry(value, (remarks or {}).get(place, ()), table)
            if isinstance(new, Table):
                _keep(new, before, after)
            tail = [] if last in table or isinstance(new, Table) else _tail(table)
            table[last] = new
            for item in tail:
                table.add(item)
    return tomlkit.dumps(doc)


def _tail(table: object) -> list[Any]:
    """Take the remarks behind the last key off a table: they are of the next heading."""
    out: list[Any] = []
    if isinstance(table, Table):
        body = table.value.body
        while body and body[-1][0] is None:
            out.insert(0, body.pop()[1])
    return out


def _comments(table: object) -> tuple[list[str], list[str]]:
    """Comment lines of a table that is replaced: before its last key, and after it.

    To tomlkit what stands above a heading belongs to the table before.
    """
    if not isinstance(table, Table):
        return [], []
    body = table.value.body
    last = max((i for i, (key, _) in enumerate(body) if key is not None), default=-1)
    lines: tuple[list[str], list[str]] = ([], [])
    for i, (key, item) in enumerate(body):
        if key is not None and item.trivia.comment:
            lines[0].append(item.trivia.comment)  # beside a value that goes
        elif key is None and item.as_string().strip():
            lines[i > last].append(item.as_string().strip())
        elif key is None and i > last and lines[1]:
            lines[1].append("")
    return lines


def _keep(table: Table, before: list[str], after: list[str]) -> None:
    """Put comment lines back: of the table itself, and above the next heading."""
    for text in before:
        table.add(tomlkit.comment(text.lstrip("#").removeprefix(" ")))
    if before:
        table.add(tomlkit.nl())
    while after and not after[-1]:
        after.pop()
    for text in after:
        table.add(tomlkit.comment(text.lstrip("#").removeprefix(" ")) if text else tomlkit.nl())


def _entry(value: Any, remark: str | Iterable[str], into: Any) -> Any:  # noqa: ANN401
    """A value as an item of a document; a table stands under a heading where one may."""
    if not isinstance(value, Mapping) or not isinstance(into, Table | Container):
        return tomlkit.item(value)
    table = tomlkit.table()
    for line in _lines(remark):
        table.add(tomlkit.comment(line))
    for key, one in _given(value).items():
        if isinstance(one, Mapping):
            inline = tomlkit.inline_table()
            inline.update(one)
            table.add(key, inline)
        else:
            table.add(key, one)
    table.add(tomlkit.nl())
    return table


def write_plan(out: Path, text: str, *, replace: bool = False) -> Path:
    """Write the text of a plan, whole or not at all.

    Parameters
    ----------
    out : Path
    text : str
    replace : bool
        Whether a file that is there may be replaced; it is refused otherwise.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    ConfigError
        When the file exists, or cannot be written.
    """
    if not replace and os.path.lexists(out):
        raise ConfigError(
            say("layers.plan.file_exists"), where=str(out), todo=say("layers.plan.other_name")
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(out)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as err:
        raise ConfigError(
            say("layers.plan.plan_cannot_be_written"), where=str(out), got=os_reason(err)
        ) from err
    return out
