"""The encoding of a Shapefile's attribute table, found from its bytes."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

__all__ = ["dbf_encoding"]

_SAMPLE_BYTES = 4_000_000
_GBK_LDID = 0x4D  # the dBASE language byte for code page 936
_HEADER = 32
_GBK = re.compile(r"936|gb-?_?(k|2312|18030)", re.IGNORECASE)
# of bytes read as GB2312: hanzi and its punctuation, which a western text does not give
_HANZI_LEAST = 0.9


def dbf_encoding(shp: Path) -> tuple[str, str]:
    """Encoding of the table beside a ``.shp`` and how it is known.

    Returns
    -------
    encoding : str
        ``""`` when a ``.cpg`` names it rightly or all bytes are plain ASCII.
    reason : str
        ``"cpg"``, ``"ascii"``, ``"utf-8"`` (valid UTF-8), ``"ldid"`` (the language byte says
        936) or ``"gb18030"`` (not UTF-8, valid GB18030), ``"unknown"`` (neither);
        ``"cpg wrong"`` where the bytes are not what the ``.cpg`` says.

    Notes
    -----
    Bytes that are valid UTF-8 beyond ASCII are very rarely meant otherwise; GBK text almost
    never passes as UTF-8, and so UTF-8 is tried first. A ``.cpg`` of another encoding is
    believed unless the bytes say otherwise beyond doubt: valid UTF-8, or hanzi of GB2312
    nearly throughout.
    """
    said = _cpg(shp)
    found, reason = _by_bytes(shp)
    if not said or reason == "ascii":
        return found, ("cpg" if said and reason == "ascii" else reason)
    if _GBK.search(said):
        # GDAL does not know every name of it
        return ("UTF-8", "cpg wrong") if found == "UTF-8" else ("GB18030", "cpg")
    if _is_utf8(said):
        return (found, "cpg wrong") if found and found != "UTF-8" else ("", "cpg")
    if found == "UTF-8" or (found == "GB18030" and _mostly_hanzi(shp)):
        return found, "cpg wrong"
    return "", "cpg"


def _cpg(shp: Path) -> str:
    """What the ``.cpg`` says; empty without one."""
    for cpg in (shp.with_suffix(".cpg"), shp.with_suffix(".CPG")):
        if cpg.is_file():
            return cpg.read_text(encoding="ascii", errors="ignore")[:80].strip()
    return ""


def _is_utf8(name: str) -> bool:
    if name.strip() == "65001":
        return True
    try:
        return codecs.lookup(name).name == "utf-8"
    except LookupError:
        return False


def _text_of(shp: Path) -> tuple[bytes, int, int]:
    """Field names and whole records of the table, length of a record, language byte."""
    dbf = next((p for s in (".dbf", ".DBF") if (p := shp.with_suffix(s)).is_file()), None)
    if dbf is None:
        return b"", 1, 0
    with dbf.open("rb") as stream:
        data = stream.read(_SAMPLE_BYTES)
    if len(data) < _HEADER:
        return b"", 1, 0
    header = int.from_bytes(data[8:10], "little")
    record = max(int.from_bytes(data[10:12], "little"), 1)
    # Field names: 11 bytes each, zero-padded; records: whole ones, since fields are padded
    # with spaces a character is never cut by the sample.
    names = b" ".join(
        data[i : i + 11].split(b"\x00")[0] for i in range(_HEADER, header - 1, _HEADER)
    )
    whole = (len(data) - header) // record * record
    body = data[header : header + whole] if whole > 0 else b""
    return names + b" " + body, record, data[29]


def _by_bytes(shp: Path) -> tuple[str, str]:
    text, record, ldid = _text_of(shp)
    if text.isascii():
        return "", "ascii"
    if _decodes(text, "utf-8", record):
        return "UTF-8", "utf-8"
    if _decodes(text, "gb18030", record):
        return "GB18030", "ldid" if ldid == _GBK_LDID else "gb18030"
    return "", "unknown"


def _mostly_hanzi(shp: Path) -> bool:
    """Whether what is beyond ASCII reads as GB2312, as Chinese text does and Latin does not."""
    text = _text_of(shp)[0]
    beyond = sum(b >= 0x80 for b in text)
    pairs = re.findall(rb"[\xb0-\xf7\xa1-\xa3][\xa1-\xfe]", text)
    return 2 * len(pairs) >= _HANZI_LEAST * beyond


def _decodes(text: bytes, encoding: str, record: int) -> bool:
    """Whether the text is valid but for a few fields cut in mid-character by their writer."""
    allowed = max(len(text) // record // 50, 1)
    decoded = text.decode(encoding, errors="replace")
    return decoded.count("\ufffd") <= allowed
