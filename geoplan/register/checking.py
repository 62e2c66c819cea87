"""The whole register against today's layers and law, and what changed since the last time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoplan.register.adding import epsg_of, in_plan_crs
from geoplan.register.ledger import Check, Entry, Finding, Ledger, Stamp
from geoplan.register.project import id_of, tech_of
from geoplan.register.store import Place, opened
from gis.cells.area import polygon_area_m2, polygonal
from gis.errors import ConfigError
from gis.prepared import prepared
from gis.say import listed, say
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from layers.result import Progress, Warn
from siting.check.drawing import limits
from siting.check.law_days import Touched, rules_named, touched_by, with_replacements
from siting.check.many import Judged, check_lands
from siting.check.since import RuleMoved, basis_of, moved_since
from siting.check.told import told_of_rules
from siting.rules import Rule
from siting.screen.law_summary import calendar_warnings, unknown_warnings
from siting.screen.screening import rules_of

__all__ = [
    "NO_LAND",
    "NO_RULES",
    "Checked",
    "Impact",
    "ProjectMoved",
    "check_register",
    "impact_of",
    "lands_of",
    "project_in",
]

NO_RULES, NO_LAND = "no_rules", "no_land"
_HALF_M = 0.5  # a point is judged on a square metre
_QUIET = ("pass", "favourable")
_POINTS = (0, 4)


@dataclass(frozen=True)
class ProjectMoved:
    """What changed for one project since the check before.

    Attributes
    ----------
    before, after
        Result of the whole; empty before its first check.
    rules
        Rules that say something else, with the reason.
    """

    id: str
    name: str
    before: str
    after: str
    rules: tuple[RuleMoved, ...]


@dataclass(frozen=True)
class Checked:
    """A check of the register.

    Attributes
    ----------
    entries
        Projects by id, as they were judged.
    check
        What was found and on what it rests.
    before
        Day and time of the check it is compared with; empty for the first.
    moved
        Projects that are judged otherwise than before; new ones are not among them.
    new
        Ids that were not in the check before.
    told
        What a reader must know of the layers it rests on, and land outside the county.
    """

    entries: Mapping[str, Entry]
    check: Check
    before: str
    moved: tuple[ProjectMoved, ...]
    new: tuple[str, ...]
    told: tuple[Warn, ...] = ()


def _land(geometry: Any) -> Any:  # noqa: ANN401
    """The land of a project; a point is a square metre around it."""
    if shapely.get_type_id(geometry) not in _POINTS:
        return geometry
    spots = [
        shapely.box(x - _HALF_M, y - _HALF_M, x + _HALF_M, y + _HALF_M)
        for x, y in shapely.get_coordinates(geometry)
    ]
    return shapely.union_all(spots)


def lands_of(
    entries: Iterable[Entry], epsg: int, plan: Plan
) -> dict[str, dict[str, BaseGeometry]]:
    """Land of projects that can be judged: technology -> id -> polygon in the plan's CRS."""
    out: dict[str, dict[str, BaseGeometry]] = {}
    for entry in entries:
        tech = tech_of(entry.project.kind)
        own = in_plan_crs(entry.geometry, epsg, plan)
        if tech and own is not None:
            out.setdefault(tech, {})[entry.project.id] = _land(own)
    return out


def check_register(
    place: Place,
    plan: Plan,
    stamp: Stamp,
    *,
    only: str = "",
    progress: Progress = lambda *_: None,
) -> Checked:
    """Judge every project on today's layers and law, write it down, and compare.

    Parameters
    ----------
    place : Place
    plan : Plan
    stamp : Stamp
    only : str
        Id of the one project that is judged; the next check of all is compared with the last
        one of all, so this is not written down.
    progress : callable
        Told how many projects are judged.

    Raises
    ------
    ConfigError, DataError
        As `siting.check.many.check_lands`, when there is no register, or no such project.
    """
    with opened(place, epsg_of(plan)) as ledger:
        epsg, entries, undone = ledger.epsg, ledger.current(), _of_register(ledger)
    if only:
        entry = project_in(entries, only)
        entries = {entry.project.id: entry}
    lands = lands_of(entries.values(), epsg, plan)
    judged: dict[str, Judged] = {}
    whole = sum(map(len, lands.values()))
    for tech, named in sorted(lands.items()):
        had = len(judged)

        def judged_now(done: int, _of: int, had: int = had) -> None:
            progress("register", had + done, whole)

        found = check_lands(plan, tech, list(named.values()), progress=judged_now)
        judged |= dict(zip(named, found, strict=True))
    check = Check(
        stamp,
        plan.plan.as_of.isoformat(),
        basis_of(plan, sorted(lands)),
        tuple(_finding(e, judged.get(i), epsg, plan) for i, e in entries.items()),
    )
    with opened(place, epsg, write=not only) as ledger:
        before = ledger.last_check()
        if not only:
            ledger.add_check(check)
        moved = _moved(ledger, before, check, entries) if before else ()
    old = {f.id for f in before.findings} if before else set()
    new = tuple(i for i in entries if i not in old) if before else ()
    told = (*undone, *_told(plan, lands))
    return Checked(entries, check, before.stamp.at if before else "", moved, new, told)


def _of_register(ledger: Ledger) -> tuple[Warn, ...]:
    return tuple(Warn("register_undone", text, ledger.where) for text in ledger.told)


def _told(plan: Plan, lands: Mapping[str, Mapping[str, BaseGeometry]]) -> tuple[Warn, ...]:
    """Warnings of law and layers of the rules, and projects that reach out of the county."""
    if not lands:
        return ()
    by_tech = {tech: rules_of(plan, tech)[0] for tech in sorted(lands)}
    rules = {r.id: r for own in by_tech.values() for r in own}
    county = prepared(county_boundary(plan))
    out = []
    for own in lands.values():
        for name, land in own.items():
            if shapely.covers(county, land):
                continue
            beyond = _area(polygonal(shapely.difference(land, county)), plan)
            if beyond > limits()["overlap_m2"]:
                text = say("siting.check.outside_county", beyond=beyond)
                out.append(Warn("outside_county", text, name))
    law = _told_of_law(plan, by_tech)
    return (*law, *told_of_rules(plan, rules.values()), *sorted(out, key=lambda w: w.where))


def _told_of_law(plan: Plan, by_tech: Mapping[str, Iterable[Rule]]) -> Iterable[Warn]:
    """What of the law of the day is not known: the calendar's age, and rules by use."""
    yield from calendar_warnings(plan.plan.as_of, "register")
    for tech, rules in by_tech.items():
        unknown = [r.id for r in rules if not r.law_known]
        yield from unknown_warnings(tech, unknown, plan.plan.as_of, "register")


def project_in(entries: Mapping[str, Entry], name: str) -> Entry:
    """A project as it stands.

    Raises
    ------
    ConfigError
        When the register does not have it.
    """
    if id_of(name) not in entries:
        raise ConfigError(
            say("geoplan.review.no_such_project"),
            where="id",
            got=name[:64],
            expected=listed(list(entries)[:12]),
        )
    return entries[id_of(name)]


def _finding(entry: Entry, judged: Judged | None, epsg: int, plan: Plan) -> Finding:
    project = entry.project
    tech = tech_of(project.kind)
    if judged is None:
        result = NO_LAND if tech else NO_RULES
        area = _area(in_plan_crs(entry.geometry, epsg, plan), plan)
        return Finding(project.id, entry.seq, tech, result, area, {})
    rules = {
        r.rule.id: (r.says, r.hit_m2, r.unknown_m2)
        for r in judged.rules
        if r.says not in _QUIET or r.hit_m2 or r.unknown_m2
    }
    point = shapely.get_type_id(entry.geometry) in _POINTS
    area = 0.0 if point else judged.area_m2
    return Finding(project.id, entry.seq, tech, judged.result, area, rules)


def _area(geometry: Any, plan: Plan) -> float:  # noqa: ANN401
    if geometry is None or shapely.get_dimensions(geometry) < 2:
        return 0.0
    return float(np.sum(polygon_area_m2([geometry], plan_crs(plan))))


def _moved(
    ledger: Ledger, before: Check, after: Check, entries: Mapping[str, Entry]
) -> tuple[ProjectMoved, ...]:
    old = {f.id: f for f in before.findings}
    lands = {e.seq: e for e in ledger.history()}
    out = []
    for now in after.findings:
        was = old.get(now.id)
        if was is None:
            continue
        a, b = lands.get(was.entry), lands.get(now.entry)
        same = bool(a and b and _wkb(a) == _wkb(b) and was.tech == now.tech)
        rules = moved_since(
            was.rules if was.tech == now.tech else {},
            now.rules,
            before.basis,
            after.basis,
            now.tech,
            same_land=same,
        )
        if rules or was.result != now.result:
            name = entries[now.id].project.name
            out.append(ProjectMoved(now.id, name, was.result, now.result, rules))
    return tuple(out)


def _wkb(entry: Entry) -> bytes:
    return b"" if entry.geometry is None else bytes(shapely.to_wkb(entry.geometry))


@dataclass(frozen=True)
class Impact:
    """What rules and their changes do to the register.

    Attributes
    ----------
    rules
        Ids that were asked about.
    names
        Project id -> name.
    touched
        By day, rule and project.
    told
        What of the law of the plan's day is not known.
    """

    rules: tuple[str, ...]
    names: Mapping[str, str]
    touched: tuple[Touched, ...]
    told: tuple[Warn, ...] = ()


def impact_of(place: Place, plan: Plan, name: str) -> Impact:
    """Projects a rule, a rule book or a text of law touches, and what its changes do.

    Raises
    ------
    ConfigError
        When there is no such rule, book or text.
    """
    rules = with_replacements(plan, rules_named(plan, name))
    with opened(place, epsg_of(plan)) as ledger:
        epsg, entries, undone = ledger.epsg, ledger.current(), _of_register(ledger)
    lands = lands_of(entries.values(), epsg, plan)
    names = {i: e.project.name for i, e in entries.items()}
    asked = {
        tech: [r for r in rules_of(plan, tech)[0] if r.id in rules] for tech in sorted(lands)
    }
    told = (*undone, *_told_of_law(plan, asked))
    return Impact(rules, names, touched_by(plan, rules, lands), told)
