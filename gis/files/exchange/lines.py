"""The lines of a coordinate text, none of them lost: before, in and after parcels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gis.errors import Fault
from gis.say import say

__all__ = [
    "FIELDS",
    "FileText",
    "ParcelText",
    "PointLine",
    "decimals_of",
    "end_of",
    "is_remark",
    "point_of",
    "points_of",
    "split_text",
    "with_cells",
    "with_numbers",
]

FIELDS = ("n_points", "area_ha", "parcel_no", "name", "geometry_kind", "sheet", "use", "dlbm")
"""Cells of a parcel's own line, in the order of the format."""

_REMARKS = ("#", "//", ";")  # how a line of remarks begins
_COMMA = re.compile("([,\uff0c])")  # full-width ones are typed by hand
_OWN_LINE = re.compile(r"(?P<cells>.*?)(?P<close>@+\s*)", re.DOTALL)
_NUMBER = re.compile(r"(\s*)(\S+)(\s*)")
_NORTH, _EAST = 4, 6  # of the pieces a point's line is cut into at its commas
_LEAST_DECIMALS = 3  # a changed point is written to the millimetre at least


@dataclass(frozen=True)
class PointLine:
    """One boundary point: its name, its ring, its place as the line says it."""

    label: str
    ring: str
    northing: float
    easting: float


@dataclass(frozen=True, eq=False)
class ParcelText:
    """The lines of one parcel and what they say.

    Attributes
    ----------
    lead
        What stands between the parcel before and this one: blank lines, remarks, sections.
    head
        Its own line, which ends in ``@``; empty when the points begin without.
    body
        From there to the end of its last point.
    cells
        Cells of `head` by name, those that are there.
    rings
        Ring -> its points (easting, northing) as written.
    ends
        Ring -> names of its first and last point.
    n_lines
        Lines of points, those that cannot be read among them.
    """

    lead: str
    head: str
    body: str
    cells: Mapping[str, str]
    rings: Mapping[str, tuple[tuple[float, float], ...]]
    ends: Mapping[str, tuple[str, str]]
    n_lines: int

    def whole(self) -> str:
        """All its lines."""
        return self.lead + self.head + self.body


@dataclass(frozen=True, eq=False)
class FileText:
    """A coordinate text cut into its parts; joined again they are the text.

    Attributes
    ----------
    start
        Lines before the first parcel.
    header
        Its keys and values, those of later sections among them.
    end
        Lines after the last point.
    """

    start: str
    header: Mapping[str, str]
    parcels: tuple[ParcelText, ...]
    end: str


@dataclass
class _Open:
    """A parcel that is being read."""

    lead: str
    head: str
    cells: Mapping[str, str]
    body: list[str] = field(default_factory=list)
    rings: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    ends: dict[str, tuple[str, str]] = field(default_factory=dict)
    n_lines: int = 0

    def add(self, point: PointLine) -> None:
        self.rings.setdefault(point.ring, []).append((point.easting, point.northing))
        first = self.ends.get(point.ring, (point.label, ""))[0]
        self.ends[point.ring] = (first, point.label)

    def closed(self) -> ParcelText:
        rings = {k: tuple(v) for k, v in self.rings.items()}
        return ParcelText(
            self.lead,
            self.head,
            "".join(self.body),
            MappingProxyType(dict(self.cells)),
            MappingProxyType(rings),
            MappingProxyType(dict(self.ends)),
            self.n_lines,
        )


def is_remark(line: str) -> bool:
    """Whether a line is blank or a remark.

    Examples
    --------
    >>> is_remark(" # drawn by hand"), is_remark("J1,1,4e6,35e6")
    (True, False)
    """
    text = line.strip()
    return not text or text.startswith(_REMARKS)


def point_of(line: str) -> PointLine | None:
    """What a line says of a point, None when it says none.

    Examples
    --------
    >>> point_of("J1,1,4300000.50,35500000.25").easting
    35500000.25
    >>> point_of("5,0.9,1,A,,,,,@") is None, point_of("# J1,1,4300000,35500000") is None
    (True, True)
    """
    if is_remark(line):
        return None
    cells = [c.strip() for c in line.strip().replace("\uff0c", ",").split(",")]
    try:
        point = PointLine(cells[0], cells[1], float(cells[2]), float(cells[3]))
    except (ValueError, IndexError):
        return None
    # "nan" and "inf" are numbers to the language and no places
    return point if math.isfinite(point.northing) and math.isfinite(point.easting) else None


def points_of(body: str) -> Iterator[tuple[str, PointLine | None]]:
    """The lines of a parcel, each with the point it says."""
    for line in body.splitlines(keepends=True):
        yield line, point_of(line)


def end_of(line: str) -> str:
    r"""How a line ends, empty where the file ends without.

    Examples
    --------
    >>> end_of("a\r\n"), end_of("a\n"), end_of("a")
    ('\r\n', '\n', '')
    """
    return line[len(line.rstrip("\r\n")) :]


def split_text(text: str, where: str, faults: list[Fault]) -> FileText:
    r"""Cut a coordinate text into its parts.

    Parameters
    ----------
    text : str
    where : str
        File, for messages.
    faults : list of Fault
        Lines among the points that are neither a point nor a remark are added.

    Examples
    --------
    >>> one = "[地块坐标]\n4,1,1,A,,,,,@\nJ1,1,4e6,35e6\n\n"
    >>> found = split_text(one, "a.txt", [])
    >>> found.parcels[0].cells["name"], found.end
    ('A', '\n')
    >>> found.start + "".join(p.whole() for p in found.parcels) + found.end == one
    True
    """
    header: dict[str, str] = {}
    section, start = "", ""
    pending: list[str] = []
    parcels: list[_Open] = []

    def begin(head: str, cells: Mapping[str, str]) -> None:
        nonlocal start
        lead = "".join(pending)
        pending.clear()
        if not parcels:
            start, lead = lead, ""
        parcels.append(_Open(lead, head, cells))

    for number, raw in enumerate(text.splitlines(keepends=True), 1):
        line = raw.strip()
        if is_remark(line):
            pending.append(raw)
        elif line.startswith("["):
            section = line.strip("[]")
            pending.append(raw)
        elif "坐标" not in section:
            key, _, value = line.partition("=")
            header[key.strip()] = value.strip()
            pending.append(raw)
        elif line.endswith("@"):
            cells = [c.strip() for c in line.split(",")]
            cells[-1] = cells[-1].rstrip("@")
            begin(raw, dict(zip(FIELDS, cells, strict=False)))
        else:
            point = point_of(raw)
            if point is None:
                faults.append(_no_point(where, number, line))
            elif not parcels:
                begin("", {})
            if parcels:
                now = parcels[-1]
                now.body += [*pending, raw]
                now.n_lines += 1
                pending.clear()
                if point is not None:
                    now.add(point)
            else:
                pending.append(raw)
    end = "".join(pending)
    return FileText(
        start if parcels else end,
        MappingProxyType(header),
        tuple(p.closed() for p in parcels),
        end if parcels else "",
    )


def _no_point(where: str, number: int, line: str) -> Fault:
    return Fault(
        say("gis.files.this_line_no_boundary_point"),
        where=say("gis.files.at_line", file=where, line=number),
        got=line.replace("\uff0c", ",")[:60],
        expected="J1,1,X(north),Y(east)",
    )


def decimals_of(number: str, default: int) -> int:
    """Decimals a number is written with.

    Examples
    --------
    >>> decimals_of("4300000.500", 4), decimals_of("4300000", 4), decimals_of("4.3e6", 4)
    (3, 0, 4)
    """
    whole, _, decimals = number.strip().partition(".")
    written = (whole + decimals).lstrip("+-").isdigit()
    return len(decimals) if written else default


def with_numbers(
    line: str, northing: float | None, easting: float | None, decimals: int | None
) -> str:
    r"""A point's line with another place, all else as it is; None leaves a number.

    Parameters
    ----------
    decimals : int, optional
        As the number is written now when None, to the millimetre at least.

    Examples
    --------
    >>> with_numbers("J1, 1, 4300000.50, 35500000.25\r\n", 4300001.0, None, None)
    'J1, 1, 4300001.000, 35500000.25\r\n'
    """
    pieces = _COMMA.split(line)
    for at, value in ((_NORTH, northing), (_EAST, easting)):
        found = None if value is None else _NUMBER.fullmatch(pieces[at])
        if found is not None:
            own = max(decimals_of(found[2], 4), _LEAST_DECIMALS)
            text = f"{value:.{own if decimals is None else decimals}f}"
            pieces[at] = f"{found[1]}{text}{found[3]}"
    return "".join(pieces)


def with_cells(head: str, changed: Mapping[str, str]) -> str:
    r"""A parcel's own line with other cells, all else as it is.

    Examples
    --------
    >>> with_cells("5,0.90,1,A,,,,,@\n", {"area_ha": "0.9971", "dlbm": "0301"})
    '5,0.9971,1,A,,,,0301,@\n'
    """
    found = _OWN_LINE.fullmatch(head)
    if found is None:
        return head
    inner = found["cells"]
    last = "," if inner.endswith(",") else ""
    cells = inner.removesuffix(",").split(",")
    for name, value in changed.items():
        at = FIELDS.index(name)
        if at >= len(cells):
            if not value:
                continue
            cells += [""] * (at + 1 - len(cells))
        cells[at] = value
    return ",".join(cells) + last + found["close"]
