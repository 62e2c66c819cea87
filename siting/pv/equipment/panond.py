"""The text of a .PAN or .OND file: figures by key, curves by name.

The format has no public description. It is lines ``Key=Value`` inside objects that begin with
``Key=Type`` and end with ``End of ...``; writers indent by two spaces, or not at all. Nothing
of a file is trusted: its size, its lines, its depth and every number have limits.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from gis.errors import DataError
from gis.files.given import given_bytes
from gis.say import os_reason, say

__all__ = ["PanOnd", "read_panond", "text_of_file"]

_BYTES = 1_000_000  # the largest files of PVsyst's own library have 20 kB
_LINES = 20_000
_DEPTH = 16
_POINTS = 60
_LARGEST = 1e9
_POINT = re.compile(r"^point_\d+$")


@dataclass(frozen=True)
class PanOnd:
    """What a file says.

    Attributes
    ----------
    kind
        Type of the whole object, such as ``pvModule`` or ``pvGInverter``.
    words
        Key in lower case -> text; of a key given twice the outermost, then the first.
    curves
        Name of a profile in lower case -> its points.
    where
        Name of the file, for faults.
    """

    kind: str
    words: dict[str, str]
    curves: dict[str, tuple[tuple[float, float], ...]]
    where: str

    def number(self, *keys: str) -> float | None:
        """The first of `keys` the file has, as a finite number; None without one.

        A decimal comma is no number: the format parts several numbers by it.

        Raises
        ------
        DataError
            When it is no number, or none that can be.
        """
        for key in keys:
            text = self.words.get(key.lower(), "").rstrip(",").strip()
            if text:
                return _number(text, f"{self.where} {key}")
        return None

    def numbers(self, key: str) -> tuple[float, ...]:
        """All numbers of a key, in order; empty without it."""
        parts = self.words.get(key.lower(), "").split(",")[:_POINTS]
        return tuple(_number(p.strip(), f"{self.where} {key}") for p in parts if p.strip())

    def needed(self, *keys: str) -> float:
        """As `number`; a file without it is refused."""
        found = self.number(*keys)
        if found is None:
            raise DataError(
                say("siting.pv_equipment.key_missing", figure=keys[0]), where=self.where
            )
        return found

    def count(self, key: str) -> int:
        """As `needed`, a whole number above nothing."""
        found = self.needed(key)
        if found != int(found) or found < 1:
            raise DataError(
                say("siting.pv_equipment.no_number"),
                where=f"{self.where} {key}",
                got=f"{found:g}",
            )
        return int(found)


def _number(text: str, where: str) -> float:
    try:
        found = float(text) if len(text) < 40 else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found) or abs(found) > _LARGEST:
        raise DataError(say("siting.pv_equipment.no_number"), where=where, got=text[:40])
    return found


def text_of_file(path: Path, limit: int) -> str:
    """The text of a file up to `limit` bytes: UTF-8, else GBK, else Latin-1.

    Raises
    ------
    DataError
        When it cannot be read, is too large, or is no text.
    """
    try:
        size = path.stat().st_size
        raw = given_bytes(path) if size <= limit else b""
    except OSError as err:
        raise DataError(
            say("siting.pv_equipment.not_read"), where=path.name, got=os_reason(err)
        ) from err
    if size > limit:
        raise DataError(
            say("siting.pv_equipment.too_large"),
            where=path.name,
            got=f"{size / 1e6:.1f} MB",
            expected=say("siting.pv_equipment.at_most_mb", most=limit / 1e6),
        )
    if b"\0" in raw:
        raise DataError(say("siting.pv_equipment.no_text"), where=path.name)
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def read_panond(path: Path) -> PanOnd:
    """Read a .PAN or .OND file.

    Raises
    ------
    DataError
        When it is none, is too large or too deep, or a point of a curve is no number.
    """
    lines = text_of_file(path, _BYTES).splitlines()
    if len(lines) > _LINES:
        raise DataError(
            say("siting.pv_equipment.too_many_lines", n=len(lines), most=_LINES),
            where=path.name,
        )
    kind, inside = "", list[str]()
    found: dict[str, tuple[int, str]] = {}
    curves: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        key, equals, value = (part.strip() for part in line.partition("="))
        low = key.lower()
        if low.startswith("end of"):
            inside = inside[:-1]
            continue
        if low.startswith("pvobject_") or (equals and re.match(r"T[A-Z]\w*$", value)):
            kind = kind or value
            inside.append(low)
        elif low.startswith("remarks"):
            inside.append("remarks")
        elif equals and _POINT.match(low) and inside:
            parts = value.split(",")
            where = f"{path.name} {inside[-1]}"
            points = curves.setdefault(inside[-1], [])
            if len(parts) != 2 or len(points) >= _POINTS:
                raise DataError(say("siting.pv_equipment.no_curve"), where=where, got=line[:60])
            points.append((_number(parts[0], where), _number(parts[1], where)))
        elif equals and "remarks" not in inside:
            known = found.get(low)
            if value and (known is None or known[0] > len(inside)):
                found[low] = (len(inside), value[:500])
        if len(inside) > _DEPTH:
            raise DataError(say("siting.pv_equipment.too_deep", most=_DEPTH), where=path.name)
    if not kind:
        raise DataError(
            say("siting.pv_equipment.no_object"),
            where=path.name,
            expected="PVObject_=pvModule, PVObject_=pvGInverter",
        )
    return PanOnd(
        kind,
        {k: v for k, (_, v) in found.items()},
        {k: tuple(v) for k, v in curves.items()},
        path.name,
    )
