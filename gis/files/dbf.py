"""The encoding of a Shapefile's attribute table, found from its bytes."""

from __future__ import annotations

from pathlib import Path

__all__ = ["dbf_encoding"]

_SAMPLE_BYTES = 4_000_000
_GBK_LDID = 0x4D  # the dBASE language byte for code page 936
_HEADER = 32


def dbf_encoding(shp: Path) -> tuple[str, str]:
    """Encoding of the table beside a ``.shp`` and how it is known.

    Returns
    -------
    encoding : str
        ``""`` when a ``.cpg`` names it or all bytes are plain ASCII (nothing to decide).
    reason : str
        ``"cpg"``, ``"ascii"``, ``"utf-8"`` (valid UTF-8), ``"ldid"`` (the language byte says
        936) or ``"gb18030"`` (not UTF-8, valid GB18030), ``"unknown"`` (neither).

    Notes
    -----
    Bytes that are valid UTF-8 beyond ASCII are very rarely meant otherwise; GBK text almost
    never passes as UTF-8, and so UTF-8 is tried first.
    """
    for cpg in (shp.with_suffix(".cpg"), shp.with_suffix(".CPG")):
        if cpg.is_file() and cpg.read_text(encoding="ascii", errors="ignore").strip():
            return "", "cpg"
    dbf = next((p for s in (".dbf", ".DBF") if (p := shp.with_suffix(s)).is_file()), None)
    if dbf is None:
        return "", "ascii"
    with dbf.open("rb") as stream:
        data = stream.read(_SAMPLE_BYTES)
    if len(data) < _HEADER:
        return "", "ascii"
    ldid = data[29]
    header = int.from_bytes(data[8:10], "little")
    record = max(int.from_bytes(data[10:12], "little"), 1)
    # Field names: 11 bytes each, zero-padded; records: whole ones, since fields are padded
    # with spaces a character is never cut by the sample.
    names = b" ".join(
        data[i : i + 11].split(b"\x00")[0] for i in range(_HEADER, header - 1, _HEADER)
    )
    whole = (len(data) - header) // record * record
    body = data[header : header + whole] if whole > 0 else b""
    text = names + b" " + body
    if text.isascii():
        return "", "ascii"
    if _decodes(text, "utf-8", record):
        return "UTF-8", "utf-8"
    if _decodes(text, "gb18030", record):
        return "GB18030", "ldid" if ldid == _GBK_LDID else "gb18030"
    return "", "unknown"


def _decodes(text: bytes, encoding: str, record: int) -> bool:
    """Whether the text is valid but for a few fields cut in mid-character by their writer."""
    allowed = max(len(text) // record // 50, 1)
    decoded = text.decode(encoding, errors="replace")
    return decoded.count("\ufffd") <= allowed
