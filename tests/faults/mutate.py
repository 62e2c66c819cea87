"""Broken copies of a file, drawn from a seed: bytes, words, lines and numbers changed."""

from __future__ import annotations

import io
import random
import re
import zipfile

__all__ = ["mutated"]

# what breaks readers: values no field can hold, marks of other formats, ends that never come
_WORDS = (
    b"nan", b"NaN", b"inf", b"-inf", b"1e999", b"-1e308", b"1e-320", b"-1", b"0", b"-9999",
    b"9" * 400, b"9" * 5000, b"0.1e", b"null", b"None", b"true", b"[]", b"{}", b"[[", b"\"",
    b"'", b"", b" ", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b",,,,", b";",
    b"\t", b"=1+1", b"-0.0", b"99999999999999999999", b"1900-01-00", b"2999-13-45",
    b"0001-01-01", b"../../x", b"/dev/zero", b"C:\\x", "\u202e".encode(), "点".encode(),
    "点".encode("gbk"), b"\xed\xa0\x80", b"<!ENTITY", b"<", b">", b"</a>", b"&#0;",
    b"[" * 3000, b"{" * 3000, b"1,2,3", b"180", b"-181", b"90.1", b"500000", b"4300000",
    b"0x10", b"1_0", b"1e5",
)  # fmt: skip
# of archives: whole ones with a broken file in them
_INSIDE = 0.7
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_]\w*|\"[^\"\n]{0,60}\"|[^\s\w]")


def mutated(raw: bytes, draw: random.Random, *, text: bool) -> bytes:
    """`raw` with one to four things changed.

    Parameters
    ----------
    raw : bytes
        A good file.
    draw : random.Random
        Decides everything.
    text : bool
        Whether lines, words and numbers are changed too, or bytes alone.
    """
    changes = (_bits, _cut, _copy, _insert, _remove)
    if text:
        changes = (_number, _number, _word, _line, _lines_swapped, _line_twice, *changes)
    if raw.startswith(b"PK\x03\x04") and draw.random() < _INSIDE:
        return _member(raw, draw)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 4))):
        raw = draw.choice(changes)(raw, draw)
    return raw


def _member(raw: bytes, draw: random.Random) -> bytes:
    """An archive that is whole, with one broken file in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        names = sorted(old.namelist())
        broken = draw.choice(names)
        for name in names:
            body = old.read(name)
            if name == broken:
                body = mutated(body, draw, text=not name.endswith((".shp", ".shx", ".dbf")))
            # the same day on every machine
            new.writestr(zipfile.ZipInfo(name), body)
    return out.getvalue()


def _span(raw: bytes, draw: random.Random, most: int) -> tuple[int, int]:
    a = draw.randrange(len(raw) + 1)
    return a, min(len(raw), a + draw.randint(1, most))


def _bits(raw: bytes, draw: random.Random) -> bytes:
    out = bytearray(raw)
    for _ in range(draw.randint(1, 8)):
        if out:
            out[draw.randrange(len(out))] ^= 1 << draw.randrange(8)
    return bytes(out)


def _cut(raw: bytes, draw: random.Random) -> bytes:
    return raw[: draw.randrange(len(raw) + 1)]


def _copy(raw: bytes, draw: random.Random) -> bytes:
    a, b = _span(raw, draw, 400)
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + raw[a:b] * draw.choice((1, 1, 2, 30)) + raw[at:]


def _insert(raw: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(raw) + 1)
    return raw[:at] + draw.choice(_WORDS) + raw[at:]


def _remove(raw: bytes, draw: random.Random) -> bytes:
    a, b = _span(raw, draw, 60)
    return raw[:a] + raw[b:]


def _replaced(raw: bytes, pattern: re.Pattern[bytes], draw: random.Random) -> bytes:
    found = list(pattern.finditer(raw))
    if not found:
        return _insert(raw, draw)
    one = draw.choice(found)
    return raw[: one.start()] + draw.choice(_WORDS) + raw[one.end() :]


def _number(raw: bytes, draw: random.Random) -> bytes:
    return _replaced(raw, _NUMBER, draw)


def _word(raw: bytes, draw: random.Random) -> bytes:
    return _replaced(raw, _WORD, draw)


def _line(raw: bytes, draw: random.Random) -> bytes:
    lines = raw.split(b"\n")
    del lines[draw.randrange(len(lines))]
    return b"\n".join(lines)


def _lines_swapped(raw: bytes, draw: random.Random) -> bytes:
    lines = raw.split(b"\n")
    i, j = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"\n".join(lines)


def _line_twice(raw: bytes, draw: random.Random) -> bytes:
    lines = raw.split(b"\n")
    i = draw.randrange(len(lines))
    return b"\n".join([*lines[: i + 1], *lines[i:]])
