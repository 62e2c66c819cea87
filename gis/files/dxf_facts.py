"""What a DXF says of itself before its shapes: its unit, and what is not shown."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gis.files.given import given_bytes
from gis.toml import read_toml

__all__ = ["DxfFacts", "dxf_encoding", "dxf_facts"]

_HEAD_BYTES = 4 << 20  # the header and enough of the text to judge it
_UNICODE_SINCE = 1021  # $ACADVER of AutoCAD 2007: UTF-8 from here on, whatever the code page
_BINARY = b"AutoCAD Binary DXF"
_LONG_CODE = 255
_DOUBLE = 8  # bytes
_FROZEN = 1  # bit of group 70 of a layer
_ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
# group 60 of an entity: 1 is invisible
_INVISIBLE = re.compile(rb"\n\s*60\s*\r?\n\s*1\s*\r?\n")


@dataclass(frozen=True)
class DxfFacts:
    """What a drawing says of itself.

    Attributes
    ----------
    unit
        Of its lengths: ``"m"``, ``"mm"`` ...; empty where it says none.
    metres
        One unit in metres; 1 where it says none.
    hidden
        Names of layers that are frozen or off.
    invisible
        Handles of objects that are not shown.
    """

    unit: str = ""
    metres: float = 1.0
    hidden: frozenset[str] = frozenset()
    invisible: frozenset[str] = frozenset()


def dxf_encoding(path: Path) -> str:
    """Encoding of a drawing's text; empty when the driver's own choice is right.

    Notes
    -----
    Drawings since AutoCAD 2007 are UTF-8 and still name the Chinese code page, which the
    driver then believes. Older ones without a code page, or with the western one, are judged
    by their bytes.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith(_BINARY):
        head = _as_text(head)
    version = re.search(rb"\$ACADVER\s+1\s+AC(\d{4})", head)
    if version and int(version[1]) >= _UNICODE_SINCE:
        return "UTF-8"
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+(\S+)", head)
    if page and page[1].upper() != b"ANSI_1252":
        return ""
    text = head[: head.rfind(b"\n") + 1]
    if text.isascii():
        return ""
    for name in ("UTF-8", "GB18030"):
        try:
            text.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return ""


def _as_text(data: bytes) -> bytes:
    """A binary drawing in the lines of a text one; up to where it cannot be read.

    References
    ----------
    AutoCAD DXF Reference, "Group Code Value Types" and "Binary DXF Files".
    """
    at = data.find(b"\x00", len(_BINARY)) + 1
    # codes are two bytes since release 13; before, one, and 255 for those above
    wide = data[at : at + 2] == b"\x00\x00"
    out: list[bytes] = []
    while at < len(data):
        size = 2 if wide else 1
        code = int.from_bytes(data[at : at + size], "little")
        at += size
        if not wide and code == _LONG_CODE:
            code = int.from_bytes(data[at : at + 2], "little")
            at += 2
        form, n = _form(code)
        if form == "text":
            end = data.find(b"\x00", at)
            if end < 0:
                break
            value, at = data[at:end], end + 1
        elif at + max(n, 1) > len(data):
            break
        elif form == "chunk":
            value, at = b"", at + 1 + data[at]
        else:
            number = struct.unpack_from(form, data, at)[0]
            value, at = f"{number:.17g}".encode() if n == _DOUBLE else b"%d" % number, at + n
        out += [b"%d" % code, value]
    return b"\n".join(out) + b"\n"


@cache
def _form(code: int) -> tuple[str, int]:
    """How the value of a group is written: ``"text"``, ``"chunk"`` or a form of `struct`."""
    rows = read_toml("gis.files", "drawings.toml")["binary"]["values"]
    for row in rows:
        if row["from"] <= code <= row["to"]:
            form = str(row["form"])
            return form, 0 if form in ("text", "chunk") else struct.calcsize(form)
    return "text", 0


def _pairs(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Group code and value, two lines each; what is no code ends the reading."""
    lines = iter(text.splitlines())
    for code in lines:
        value = next(lines, b"")
        try:
            yield int(code), value.strip()
        except ValueError:
            return


def _section(data: bytes, name: bytes) -> bytes:
    found = re.search(rb"\n\s*2\s*\r?\n\s*" + name + rb"\s*\r?\n", data)
    if found is None:
        return b""
    end = data.find(b"ENDSEC", found.end())
    return data[found.end() : end if end >= 0 else len(data)]


def dxf_facts(path: Path) -> DxfFacts:
    """Unit and hidden parts of a DXF, of text or binary.

    Parameters
    ----------
    path : Path
    """
    data = given_bytes(path)
    if data.startswith(_BINARY):
        data = _as_text(data)
    data = b"\n" + data
    head = _section(data, b"HEADER")
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+ANSI_(\d+)", head)
    encoding = dxf_encoding(path) or (f"cp{page[1].decode()}" if page else "utf-8")
    units = re.search(rb"\$INSUNITS\s+70\s+(\d+)", head)
    table = read_toml("gis.files", "drawings.toml")["units"]
    unit, metres = table.get(units[1].decode() if units else "", ("", 1.0))
    return DxfFacts(
        unit,
        float(metres),
        frozenset(_hidden(_section(data, b"TABLES"), encoding)),
        frozenset(_invisible(_section(data, b"ENTITIES"))),
    )


def _text(value: bytes, encoding: str) -> str:
    try:
        text = value.decode(encoding, "replace")
    except LookupError:
        text = value.decode("utf-8", "replace")
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)


def _hidden(tables: bytes, encoding: str) -> Iterator[str]:
    name, hidden, inside = "", False, False
    for code, value in _pairs(tables):
        if code == 0:
            if inside and hidden:
                yield name
            name, hidden, inside = "", False, value == b"LAYER"
        elif inside and code == 2:
            name = _text(value, encoding)
        elif inside and code in (62, 70):
            number = int(value) if re.fullmatch(rb"-?\d{1,9}", value) else 0
            hidden |= number < 0 if code == 62 else bool(number & _FROZEN)
    if inside and hidden:
        yield name


def _invisible(entities: bytes) -> Iterator[str]:
    if _INVISIBLE.search(entities) is None:
        return
    handle, unseen = "", False
    for code, value in _pairs(entities):
        if code == 0:
            if unseen and handle:
                yield handle
            handle, unseen = "", False
        elif code == 5:
            handle = value.decode("ascii", "replace")
        elif code == 60:
            unseen = value == b"1"
    if unseen and handle:
        yield handle
