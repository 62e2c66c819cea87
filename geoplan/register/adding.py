"""Adding to the register: what is new or another becomes an entry, the rest stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.register.ledger import Entry, Stamp
from geoplan.register.project import (
    FIELDS,
    STAGES,
    Project,
    checked_row,
    one_line,
    stage_title,
)
from geoplan.register.reading import Brought, Telling, require_fit
from geoplan.register.store import Place, opened
from gis.crs.systems import as_crs, transform_shape
from gis.crs.systems import epsg_of as code_of
from gis.errors import DataError, Fault, raise_faults
from gis.prepared import prepared
from gis.say import both, say
from layers.open.county import county_boundary, plan_crs
from layers.plain_json import digest
from layers.plan.model import Plan

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Added",
    "add_projects",
    "added_lines",
    "epsg_of",
    "in_plan_crs",
    "stamp_of",
]

_WHO = 100
_NAMED = 8


@dataclass(frozen=True)
class Added:
    """What became of the projects that were brought.

    Attributes
    ----------
    added, changed, same
        Their ids.
    no_kind
        Those added of which nobody said the kind: no rules are asked of them.
    unread
        Headings of the file that hold something and are no field of a project.
    told
        What had to be set right or guessed when the file was read, and stages that went back.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    no_kind: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    told: tuple[Telling, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """For ``--json``; what is told in both languages."""
        return {**vars(self), "told": [dict(both(t)) for t in self.told]}


def epsg_of(plan: Plan) -> int:
    """System of a register that is made for a plan: the plan's."""
    return code_of(plan_crs(plan)) or 4490


def stamp_of(plan: Plan, who: str, run_id: str) -> Stamp:
    """Who writes, now, on the rule books of a plan.

    Raises
    ------
    DataError
        For a name that fills more than a line.
    """
    from siting.rules import rule_book_versions
    from siting.screen.screening import book_paths

    name = " ".join(who.split())
    if len(name) > _WHO or any(ord(c) < 32 for c in name):
        raise DataError(say("geoplan.register.who_too_long"), where="--who", got=name[:40])
    return Stamp(
        at=datetime.now(UTC).isoformat(timespec="microseconds"),
        who=name,
        run_id=run_id,
        plan=plan.plan.id,
        rules_hash=digest(rule_book_versions(book_paths(plan)))[:16],
    )


def in_plan_crs(geometry: BaseGeometry | None, epsg: int, plan: Plan) -> BaseGeometry | None:
    """Land of the register in the plan's CRS."""
    if geometry is None or epsg == epsg_of(plan):
        return geometry
    return transform_shape(geometry, as_crs(epsg), plan_crs(plan))


def add_projects(place: Place, plan: Plan, brought: Sequence[Brought], stamp: Stamp) -> Added:
    """Write projects into the register, all of them or none.

    Parameters
    ----------
    place : Place
    plan : Plan
    brought : sequence of Brought
        A field without a value stays as the register has it; an unchanged project makes no
        entry.
    stamp : Stamp

    Returns
    -------
    Added

    Raises
    ------
    DataError
        Every fault of every project; nothing is written then.
    """
    faults = list(_twice(brought))
    own_epsg, county = epsg_of(plan), county_boundary(plan)
    county = prepared(county)
    with opened(place, own_epsg, write=True) as ledger:
        known = ledger.current()
        entries: list[Entry] = []
        same: list[str] = []
        told: list[Telling] = [*ledger.told, *(t for one in brought for t in one.told)]
        told += _read_as(brought)
        for one in brought:
            was = known.get(one.id)
            project, wrong = _project(one, was)
            wrong += one.faults
            land = one.geometry
            if land is not None:
                kind = project.kind if project else "other"
                wrong += require_fit(land, kind, county, one.where)
                if ledger.epsg != own_epsg:
                    land = transform_shape(land, plan_crs(plan), as_crs(ledger.epsg))
            elif was is not None:
                land = was.geometry
            if project is not None:
                wrong += _documents(project, place.path.parent, one.where)
            faults += wrong
            if project is None or wrong:
                continue
            if was is not None and was.project == project and _same(was.geometry, land):
                same.append(project.id)
                continue
            told += _back(project, was)
            entries.append(Entry(stamp, "changed" if was else "added", project, land))
        raise_faults(DataError, faults)
        # one order whatever the order of the file: the history of an import is the same
        entries.sort(key=lambda e: e.project.id)
        ledger.append(entries)
    return Added(
        tuple(e.project.id for e in entries if e.event == "added"),
        tuple(e.project.id for e in entries if e.event == "changed"),
        tuple(sorted(same)),
        _no_kind(brought, entries),
        tuple(dict.fromkeys(h for one in brought for h in one.unread)),
        tuple(dict.fromkeys(told)),
    )


def _no_kind(brought: Sequence[Brought], entries: Iterable[Entry]) -> tuple[str, ...]:
    named = {b.id for b in brought if b.values.get("kind")}
    new = [e.project.id for e in entries if e.event == "added"]
    return tuple(i for i in new if i not in named)


def added_lines(done: Added) -> Iterator[Telling]:
    """What a reader must not miss: what was set right, columns not read, kinds not given."""
    yield from done.told
    for key, found in (("no_kind", done.no_kind), ("unread", done.unread)):
        if found:
            more = "…" if len(found) > _NAMED else ""
            names = ", ".join(found[:_NAMED]) + more
            yield say(f"geoplan.register.{key}", n=len(found), ids=names)


def _project(one: Brought, was: Entry | None) -> tuple[Project | None, list[Fault]]:
    """The project with what the file brings over what the register has."""
    base: dict[str, Any] = {}
    if was is not None:
        base = {k: getattr(was.project, k) for k in FIELDS}
    return checked_row(Project, {**base, **one.values}, one.where)


def _back(project: Project, was: Entry | None) -> list[Telling]:
    """That a project stands at an earlier stage than before: a correction, or a slip."""
    if was is None or STAGES.index(project.stage) >= STAGES.index(was.project.stage):
        return []
    before, after = stage_title(was.project.stage), stage_title(project.stage)
    return [say("geoplan.register.stage_back", id=project.id, before=before, after=after)]


def _read_as(brought: Iterable[Brought]) -> list[Telling]:
    """Ids that came in characters of another width, and what they are kept as."""
    came = ((one_line(str(b.values.get("id", ""))), b.id) for b in brought)
    return [say("geoplan.register.id_read_as", got=a, id=b) for a, b in came if a != b]


def _same(a: BaseGeometry | None, b: BaseGeometry | None) -> bool:
    if a is None or b is None:
        return a is b
    return a.wkb == b.wkb or bool(a.normalize().equals_exact(b.normalize(), 1e-6))


def _twice(brought: Iterable[Brought]) -> Iterable[Fault]:
    """Ids that stand twice: which of them counts nobody could say."""
    first: dict[str, str] = {}
    for one in brought:
        key = one.id
        if key in first and key:
            yield Fault(
                say("geoplan.register.id_twice", id=key),
                where=one.where,
                got=first[key],
                todo=say("geoplan.register.one_row_each"),
            )
        first.setdefault(key, one.where)


def _documents(project: Project, folder: Path, where: str) -> list[Fault]:
    """Documents that are not there, or that a link leads out of the folder to."""
    root = folder.resolve()
    out = []
    for name in project.documents:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            out.append(Fault(say("geoplan.register.document_outside"), where=where, got=name))
        elif not path.is_file():
            out.append(
                Fault(
                    say("geoplan.register.document_missing"),
                    where=where,
                    got=name,
                    expected=say("geoplan.register.document_below", folder=str(folder)),
                )
            )
    return out
