"""Entries of the register as rows: appended, never changed, the last of a project is its state.

One set of statements serves a GeoPackage and a PostGIS schema; what differs between them is a
`Dialect`. See {doc}`docs/develop/decisions/7-register`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geoplan.register.project import FIELDS, Project, checked_row, id_of
from gis.errors import DataError, Fault, raise_faults
from gis.say import Sentence, say

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "CHECK",
    "HISTORY",
    "Check",
    "Dialect",
    "Entry",
    "Finding",
    "Ledger",
    "Stamp",
    "as_read",
]

_NUMBERS = {"year": "INTEGER", "capacity_mw": "REAL", "energy_mwh": "REAL", "area_ha": "REAL"}
_STAMP = ("at", "who", "event", "run_id", "plan", "rules_hash")
HISTORY: tuple[tuple[str, str], ...] = (
    *((k, "TEXT") for k in _STAMP),
    *((k, _NUMBERS.get(k, "TEXT")) for k in FIELDS),
)
"""Columns of the history besides ``seq`` and ``geom``, with their types."""

CHECK: tuple[str, ...] = ("at", "who", "run_id", "plan", "as_of", "rules_hash", "basis")
"""Columns of a check besides ``seq``; ``basis`` holds rules and layers as JSON."""

_FINDING = ("check_seq", "id", "entry", "tech", "result", "area_m2", "rules")


@dataclass(frozen=True)
class Stamp:
    """Who wrote an entry, when, and on which law and run.

    Attributes
    ----------
    at
        UTC, ISO 8601.
    who
        As they call themselves.
    run_id
        Of the run of the plan that was finished then; empty where there was none.
    rules_hash
        Names the rule books.
    """

    at: str
    who: str
    run_id: str
    plan: str
    rules_hash: str


@dataclass(frozen=True)
class Entry:
    """One line of the history: what became of a project, and how it stands since.

    Attributes
    ----------
    seq
        Grows from entry to entry; 0 before it is written.
    event
        ``"added"`` or ``"changed"``.
    geometry
        In the system of the register; None where the land is not known.
    """

    stamp: Stamp
    event: str
    project: Project
    geometry: BaseGeometry | None = None
    seq: int = 0


@dataclass(frozen=True)
class Finding:
    """What a check found for one project.

    Attributes
    ----------
    entry
        Entry of the history that was judged.
    tech
        Rules it was held against; empty where there are none of its kind.
    result
        As of a boundary check, ``"no_rules"`` or ``"no_land"``.
    area_m2
        Of its boundary, on the ellipsoid; 0 without one.
    rules
        Rules that do not pass: id -> (result, area hit, area not judged) [m2].
    """

    id: str
    entry: int
    tech: str
    result: str
    area_m2: float
    rules: Mapping[str, tuple[str, float, float]]


@dataclass(frozen=True)
class Check:
    """One check of the whole register.

    Attributes
    ----------
    as_of
        Day of the law.
    basis
        Rules (by technology and id) and layers as they were, for the next check to compare.
    """

    stamp: Stamp
    as_of: str
    basis: Mapping[str, Any]
    findings: tuple[Finding, ...]
    seq: int = 0


@dataclass(frozen=True)
class Dialect:
    """How a database takes values.

    Attributes
    ----------
    mark
        Stands for a value.
    prefix
        Of every table, with its point.
    geometry_in, geometry_out
        A geometry as a value, and as a column that is read.
    encoded, decoded
        A geometry as a cell, and back.
    """

    mark: str
    prefix: str
    geometry_in: str
    geometry_out: str
    encoded: Callable[[BaseGeometry | None], Any]
    decoded: Callable[[Any, str], BaseGeometry | None]


@dataclass(frozen=True)
class Ledger:
    """An open register, inside one transaction.

    Attributes
    ----------
    call
        Runs a statement with values and gives back the cursor.
    where
        The register, for messages.
    epsg
        Its system.
    reviewed
        Whether it has a table of reviews; one made by an earlier version gets it with the
        first write.
    undone
        Whether the writer before was killed in the midst, and what it wrote is not in it.
    """

    call: Callable[[str, Sequence[Any]], Any]
    dialect: Dialect
    where: str
    epsg: int
    reviewed: bool = True
    undone: bool = False

    @property
    def told(self) -> tuple[Sentence, ...]:
        """What whoever opens it has to know."""
        return (say("geoplan.register.write_undone", file=self.where),) if self.undone else ()

    def current(self) -> dict[str, Entry]:
        """Every project as it stands, by id."""
        found = self._entries("projects", "", ())
        return {e.project.id: e for e in sorted(found, key=lambda e: (e.project.id, e.seq))}

    def shown(self, project_id: str = "", *, history: bool = False) -> list[Entry]:
        """Entries of one project or of all: as they stand, or every one there was."""
        if history:
            return list(self.history(project_id))
        wanted = id_of(project_id)
        return [e for i, e in self.current().items() if wanted in ("", i)]

    def history(self, project_id: str = "") -> tuple[Entry, ...]:
        """Every entry, of one project or of all, the oldest first."""
        project_id = id_of(project_id)
        found = self._entries("history", "", ())
        # an earlier version kept ids of full width as they came
        return tuple(e for e in found if project_id in ("", e.project.id))

    def append(self, entries: Iterable[Entry]) -> int:
        """Write entries behind those that are there; their number."""
        names = [k for k, _ in HISTORY]
        marks = ", ".join([*[self.dialect.mark] * len(names), self.dialect.geometry_in])
        text = (
            f"INSERT INTO {self.dialect.prefix}history ({', '.join(names)}, geom) "
            f"VALUES ({marks})"
        )
        n = 0
        for entry in entries:
            self.call(text, [*_cells(entry), self.dialect.encoded(entry.geometry)])
            n += 1
        return n

    def last_check(self) -> Check | None:
        """The latest check; None before the first."""
        p = self.dialect.prefix
        names = ", ".join(("seq", *CHECK))
        row = self.call(
            f"SELECT {names} FROM {p}checks ORDER BY seq DESC LIMIT 1", ()
        ).fetchone()
        if row is None:
            return None
        seq, at, who, run_id, plan, as_of, rules_hash, basis = row
        rows = self.call(
            f"SELECT {', '.join(_FINDING[1:])} FROM {p}findings "
            f"WHERE check_seq = {self.dialect.mark} ORDER BY id",
            (seq,),
        ).fetchall()
        with as_read(self.where):
            return Check(
                Stamp(at, who, run_id, plan, rules_hash),
                as_of,
                json.loads(basis),
                tuple(
                    Finding(i, e, t, r, a, {k: tuple(v) for k, v in json.loads(own).items()})
                    for i, e, t, r, a, own in rows
                ),
                seq,
            )

    def add_check(self, check: Check) -> None:
        """Write a check and what it found."""
        p, mark = self.dialect.prefix, self.dialect.mark
        s = check.stamp
        values = (s.at, s.who, s.run_id, s.plan, check.as_of, s.rules_hash, _json(check.basis))
        seq = self.call(
            f"INSERT INTO {p}checks ({', '.join(CHECK)}) "
            f"VALUES ({', '.join([mark] * len(CHECK))}) RETURNING seq",
            values,
        ).fetchone()[0]
        text = (
            f"INSERT INTO {p}findings ({', '.join(_FINDING)}) "
            f"VALUES ({', '.join([mark] * len(_FINDING))})"
        )
        for f in check.findings:
            own = (seq, f.id, f.entry, f.tech, f.result, f.area_m2, _json(f.rules))
            self.call(text, own)

    def _entries(self, table: str, more: str, values: Sequence[Any]) -> tuple[Entry, ...]:
        d = self.dialect
        names = [k for k, _ in HISTORY]
        rows = self.call(
            f"SELECT seq, {', '.join(names)}, {d.geometry_out} FROM {d.prefix}{table}{more} "
            "ORDER BY seq",
            values,
        ).fetchall()
        faults: list[Fault] = []
        out = []
        for row in rows:
            seq, stamp, cells = row[0], row[1:7], row[7:-1]
            at, who, event, run_id, plan, rules_hash = (str(x) for x in stamp)
            with as_read(f"{self.where} {seq}"):
                given = dict(zip(FIELDS, cells, strict=True))
                given["documents"] = tuple(json.loads(given["documents"] or "[]"))
            project, wrong = checked_row(Project, given, f"{self.where} {seq}")
            faults += wrong
            if project is not None:
                land = d.decoded(row[-1], f"{self.where} {seq}")
                made = Stamp(at, who, run_id, plan, rules_hash)
                out.append(Entry(made, event, project, land, seq))
        raise_faults(DataError, faults)
        return tuple(out)


def _cells(entry: Entry) -> list[Any]:
    s, p = entry.stamp, entry.project
    own = {k: getattr(p, k) for k in FIELDS} | {"documents": _json(p.documents)}
    return [s.at, s.who, entry.event, s.run_id, s.plan, s.rules_hash, *own.values()]


def _json(value: Any) -> str:  # noqa: ANN401 - what JSON holds
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


class as_read:  # noqa: N801 - reads as a block
    """What a row holds that nobody wrote with this program is told as a fault of the file."""

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, err: Any, trace: Any) -> None:  # noqa: ANN401
        if isinstance(err, (ValueError, TypeError, AttributeError, RecursionError)):
            raise DataError(say("geoplan.register.damaged"), where=self.where) from err
