"""Rule books into the rules in force for a question, a day and a scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from gis.errors import ConfigError, Fault, raise_faults
from gis.files.given import given_bytes
from gis.say import listed, os_reason, say
from gis.toml import parse_toml
from layers.model_faults import model_faults
from layers.numbers import Count
from layers.plan.locality import Locality, known_division
from layers.spec import Frozen, Text
from siting.rules.area import HoldsIn
from siting.rules.class_reasons import ClassReason, class_faults, with_classes
from siting.rules.entry import Entry, strength
from siting.rules.faults import rule_faults
from siting.rules.kind import AppliesTo, Project, RuleKind, Scenario
from siting.rules.model import Override, Rule
from siting.rules.replaced import on_the_day, replacement_faults
from siting.rules.version import Version

__all__ = [
    "Book",
    "all_rules",
    "apply_override",
    "kind_in_force",
    "load_rules",
    "read_book",
    "relaxed",
    "rule_book_versions",
    "rule_books",
    "rules_elsewhere",
    "split_by_area",
]


_TALLEST_M = 400.0  # no hub or blade is near: a larger figure is in another unit


class _BookHead(Frozen):
    id: str
    title: Text
    as_of: date
    version: Count = 1
    holds_in: HoldsIn | None = None  # for every rule of the book that names no area itself
    engineering: bool = False  # not law: a book of what nobody builds on, class by class


@dataclass(frozen=True)
class Book:
    """A rule book: one TOML.

    Attributes
    ----------
    as_of
        Day its law was looked up.
    sha256
        Of the file.
    engineering
        Whether it is no law: what nobody builds on, whatever the law says.
    classes
        Classes of land with the reason, in an engineering book.
    """

    id: str
    title: Text
    as_of: date
    version: int
    sha256: str
    entries: tuple[Entry, ...]
    engineering: bool = False
    classes: tuple[ClassReason, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules as stated on its day."""
        return tuple(e.as_stated(self.as_of) for e in self.entries)

    @property
    def stamp(self) -> str:
        """What the provenance names: day, version and the first digits of the digest."""
        return f"{self.as_of.isoformat()} v{self.version} {self.sha256[:12]}"


def _stands() -> dict[str, str]:
    """Key -> the tables of a book it may be written in."""
    tables: dict[str, type[Frozen]] = {
        "[book]": _BookHead,
        "[[rules]]": Entry,
        "[[rules.versions]]": Version,
    }
    keys = {k for model in tables.values() for k in model.model_fields if k != "book"}
    return {
        k: say(
            "siting.rules.key_stands_in",
            tables=listed([t for t, model in tables.items() if k in model.model_fields]),
        )
        for k in keys
    }


def _parse(raw: bytes, name: str, *, bundled: bool = False) -> Book:
    doc = parse_toml(raw, name, quoted=False, own=bundled)
    faults = [
        Fault(
            say("siting.rules.unknown_key"),
            where=f"{name} [{k}]",
            expected=say("siting.rules.book_rules"),
        )
        for k in doc
        if k not in ("book", "rules", "classes")
    ]
    head: _BookHead | None = None
    try:
        head = _BookHead.model_validate(doc.get("book", {}))
    except ValidationError as err:
        faults += model_faults(err, name, ("book",), stands=_stands())
    classes: list[ClassReason] = []
    for i, row in enumerate(doc.get("classes", [])):
        where = f"{name} [[classes]] {row.get('code', i + 1)}"
        try:
            classes.append(ClassReason.model_validate(row))
        except ValidationError as err:
            faults += model_faults(err, where)
    entries: list[Entry] = []
    own = {"book": head.id, "engineering": head.engineering} if head else {}
    area = {} if head is None or head.holds_in is None else {"holds_in": head.holds_in}
    for i, row in enumerate(doc.get("rules", [])):
        where = f"{name} {row.get('id', f'rule {i + 1}')}"
        try:
            entry = Entry.model_validate({**area, **with_classes(row, classes), **own})
        except ValidationError as err:
            faults += model_faults(err, where, stands=_stands())
            continue
        faults += rule_faults(entry.test, where)
        entries.append(entry)
    faults += class_faults(classes, (e.id for e in entries), name)
    raise_faults(ConfigError, faults)
    if head is None:
        raise AssertionError
    return Book(
        head.id,
        head.title,
        head.as_of,
        head.version,
        hashlib.sha256(raw).hexdigest(),
        tuple(entries),
        head.engineering,
        tuple(classes),
    )


def read_book(path: Path | str) -> Book:
    """A rule book of one's own.

    Raises
    ------
    ConfigError
        When it cannot be read, or with every fault of it.
    """
    path = Path(path)
    try:
        raw = given_bytes(path, ConfigError)
    except OSError as err:
        raise ConfigError(
            say("siting.rules.rule_book_cannot_read"), where=str(path), got=os_reason(err)
        ) from err
    return _parse(raw, path.name)


@cache
def _bundled() -> tuple[Book, ...]:
    found = [
        _parse(f.read_bytes(), f.name, bundled=True)
        for f in files("siting.rules").joinpath("books").iterdir()
        if f.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda b: b.id))


def rule_books(books: Sequence[str | Path] | None = None) -> tuple[Book, ...]:
    """Rule books by id or path; all that come with the toolkit when `books` is None.

    Parameters
    ----------
    books : sequence of str or path, optional
        ``"bundled"`` stands for every book of the toolkit, so that
        ``["bundled", "county.toml"]`` extends them.

    Raises
    ------
    ConfigError
        For an unknown book, or a rule id used twice.
    """
    bundled = {b.id: b for b in _bundled()}
    if books is None:
        return tuple(bundled.values())
    out: list[Book] = []
    for name in books:
        if str(name) == "bundled":
            out += bundled.values()
        elif str(name) in bundled:
            out.append(bundled[str(name)])
        elif Path(name).suffix == ".toml":
            out.append(read_book(name))
        else:
            raise ConfigError(
                say("siting.rules.no_such_rule_book"),
                where=say("siting.rules.at_book", book=str(name)),
                expected=say("siting.rules.book_choices", books=listed(bundled)),
            )
    seen: dict[str, str] = {}
    faults = []
    for book in out:
        for entry in book.entries:
            if entry.id in seen:
                faults.append(
                    Fault(
                        say("siting.rules.rule_id_used_twice"),
                        where=f"{entry.id} in {book.id}",
                        got=say("siting.rules.also", other=seen[entry.id]),
                    )
                )
            seen[entry.id] = book.id
    faults += replacement_faults({e.id: e for b in out for e in b.entries})
    raise_faults(ConfigError, faults)
    return tuple(out)


def rule_book_versions(books: Sequence[str | Path] | None = None) -> dict[str, str]:
    """Book id -> day, version and digest, for the provenance of a result."""
    return {b.id: b.stamp for b in rule_books(books)}


def all_rules(books: Sequence[str | Path] | None = None) -> tuple[Rule, ...]:
    """Every rule as the books state it, by id; nothing left out or demoted.

    Examples
    --------
    >>> rules = all_rules()
    >>> len({r.id for r in rules}) == len(rules) > 200
    True
    """
    rules = [r for b in rule_books(books) for r in b.rules]
    return tuple(sorted(rules, key=lambda r: r.id))


def kind_in_force(rule: Rule, scenario: Scenario) -> RuleKind:
    """Kind of a rule in a scenario: a hard one whose text is not firm is conditional."""
    kind = rule.kind_in.get(scenario, rule.read_as or rule.kind)
    return strength(kind, rule.source_step, scenario, firm=rule.firm or rule.engineering)


def _resolved(rule: Rule, hub_height_m: float | None, rotor_radius_m: float | None) -> Rule:
    """`rule` with every distance formula turned into metres, where the turbine is known."""
    test = rule.test.resolved(hub_height_m, rotor_radius_m)
    return rule if test == rule.test else rule.model_copy(update={"test": test})


def relaxed(rule: Rule, *, distance_m: float | None = None, limit: float | None = None) -> Rule:
    """`rule` with another distance or limit, for a what-if; bounds are not looked at.

    Raises
    ------
    ConfigError
        When its test has no such parameter.

    Examples
    --------
    >>> road = next(r for r in all_rules() if r.id == "PV-035")
    >>> relaxed(road, distance_m=50).test.distance_m
    50.0
    """
    changes = {"distance_m": distance_m, "limit": limit}
    given = {k: v for k, v in changes.items() if v is not None}
    test = rule.test.relaxed(**given)
    if test is None:
        raise ConfigError(
            say("siting.rules.rule_has_no_such_parameter"),
            where=rule.id,
            got=listed(given),
            expected=say("siting.rules.distance_m_on_within_rule"),
        )
    return rule.model_copy(update={"test": test})


def apply_override(rule: Rule, change: Override) -> Rule | None:
    """`rule` as the plan changed it; None when it is switched off.

    Raises
    ------
    ConfigError
        When the parameter is not there or outside its bounds.
    """
    if change.off:
        return None
    where = f"override of {rule.id}"
    out = rule
    if change.kind is not None:
        out = out.model_copy(update={"kind": change.kind, "stated_kind": rule.kind})
    if change.distance_m is not None or change.limit is not None:
        out = relaxed(out, distance_m=change.distance_m, limit=change.limit)
        own = rule.test.parameter
        bounds = own.bounds if own is not None else None
        asked = change.distance_m if change.distance_m is not None else change.limit
        if bounds and asked is not None and not bounds[0] <= asked <= bounds[1]:
            raise ConfigError(
                say("siting.rules.value_outside_what_rule_allows"),
                where=where,
                got=f"{asked:g}",
                expected=say("siting.rules.to", low=bounds[0], high=bounds[1]),
                todo=say("siting.rules.article_says", citation=rule.quote or rule.citation),
            )
    return out.model_copy(update={"overridden": change.reason})


def _place(here: Locality | str | None) -> Locality | None:
    """A place given as a county code or in full; a code of no province is refused.

    A place nobody knows would lose every rule of a province in silence.
    """
    place = Locality(adcode=here) if isinstance(here, str) else here
    if place and place.adcode and place.country == "CN" and not known_division(place.adcode):
        raise ConfigError(
            say("siting.rules.no_such_division"),
            where="here",
            got=place.adcode,
            expected=say("siting.rules.code_of_a_division"),
        )
    return place


def _worded(rule: Rule, here: Locality) -> Rule:
    """`rule` in the words that fit the place, marked when its area is not known there."""
    changes: dict[str, Any] = {}
    other = rule.elsewhere
    if other is not None and other.wanted(here):
        if other.title is not None:
            changes["title"] = other.title
        if other.citation:
            changes["citation"] = other.citation
        if other.no_quote:
            changes |= {"quote": "", "no_quote": other.no_quote}
    if rule.holds_in.standing(here) == "area_unknown":
        changes["area_known"] = False
    return rule.model_copy(update=changes) if changes else rule


def split_by_area(
    rules: Iterable[Rule], here: Locality | str | None
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Rules that hold at a place, in the words for it, and those that hold elsewhere.

    Parameters
    ----------
    rules : iterable of Rule
    here : Locality or str, optional
        The place, or its county code; None asks for no place and keeps every rule.
    """
    place = _place(here)
    if place is None:
        return tuple(rules), ()
    given = tuple(rules)
    kept = [_worded(r, place) for r in given if r.holds_in.standing(place) != "not_here"]
    away = [r for r in given if r.holds_in.standing(place) == "not_here"]
    return tuple(kept), tuple(away)


def rules_elsewhere(
    applies_to: str | Iterable[str],
    here: Locality | str,
    *,
    books: Sequence[str | Path] | None = None,
    as_of: date | None = None,
    scenario: Scenario = "base",
    project: Project = "new",
) -> tuple[Rule, ...]:
    """Rules that would be in force for a question but hold elsewhere, by id.

    Parameters
    ----------
    applies_to, books, as_of, scenario, project
        See `load_rules`.
    here : Locality or str
        The place, or its county code.

    Examples
    --------
    >>> [r.id for r in rules_elsewhere("grass", "650102")]
    ['GR-007', 'GR-008']
    """
    found = _on_the_day(applies_to, rule_books(books), as_of, scenario)
    asked = [r for r in found if not r.projects or project in r.projects]
    return split_by_area(asked, here)[1]


def _on_the_day(
    applies_to: str | Iterable[str],
    books: Sequence[Book],
    as_of: date | None,
    scenario: Scenario,
) -> tuple[Rule, ...]:
    """Rules of a question on a day, by id, wherever they hold."""
    wanted = {applies_to} if isinstance(applies_to, str) else set(applies_to)
    day = as_of or max((b.as_of for b in books), default=date.min)
    own = {b.id: b for b in _bundled()}
    if all(own.get(b.id) is b for b in books):
        every = _bundled_on(tuple(b.id for b in books), day, scenario)
    else:
        every = _all_on(books, day, scenario)
    found = [rule for entry, rule in every if not wanted.isdisjoint(entry.applies_to)]
    return tuple(sorted(found, key=lambda r: r.id))


def _all_on(
    books: Sequence[Book], day: date, scenario: Scenario
) -> tuple[tuple[Entry, Rule], ...]:
    entries = {e.id: e for b in books for e in b.entries}
    return tuple(on_the_day(entries, day, scenario))


@lru_cache(maxsize=8)
def _bundled_on(
    ids: tuple[str, ...], day: date, scenario: Scenario
) -> tuple[tuple[Entry, Rule], ...]:
    """Rules of the toolkit's own books on a day: every question asks for the same ones."""
    own = {b.id: b for b in _bundled()}
    return _all_on([own[i] for i in ids], day, scenario)


def _question_faults(
    wanted: set[str], scenario: str, hub_height_m: float | None, rotor_radius_m: float | None
) -> list[Fault]:
    """Faults of what is asked: an unknown question would look like land without a rule."""
    out = [
        Fault(
            say("siting.rules.no_such_question"),
            where="applies_to",
            got=str(name),
            expected=listed(get_args(AppliesTo)),
        )
        for name in sorted(wanted - set(get_args(AppliesTo)))
    ]
    if scenario not in get_args(Scenario):
        out.append(
            Fault(
                say("siting.rules.no_such_scenario"),
                where="scenario",
                got=str(scenario),
                expected=listed(get_args(Scenario)),
            )
        )
    if (hub_height_m is None) != (rotor_radius_m is None):
        out.append(
            Fault(
                say("siting.rules.hub_and_rotor_together"),
                where="hub_height_m, rotor_radius_m",
                got=listed((hub_height_m, rotor_radius_m)),
            )
        )
    for name, value in (("hub_height_m", hub_height_m), ("rotor_radius_m", rotor_radius_m)):
        if value is not None and not 0 < value < _TALLEST_M:
            out.append(
                Fault(
                    say("siting.rules.no_such_size"),
                    where=name,
                    got=f"{value:g} m",
                    expected=f"0 < {name} < {_TALLEST_M:g} m",
                )
            )
    return out


def load_rules(
    applies_to: str | Iterable[str],
    *,
    books: Sequence[str | Path] | None = None,
    as_of: date | None = None,
    overrides: Iterable[Override] = (),
    scenario: Scenario = "base",
    hub_height_m: float | None = None,
    rotor_radius_m: float | None = None,
    place: str = "",
    here: Locality | str | None = None,
    project: Project | None = "new",
) -> tuple[Rule, ...]:
    """The rules in force for a question, by id.

    Parameters
    ----------
    applies_to : str or iterable of str
        ``pv``, ``wind``, ``afforest``, ``wetland``, ``grass``.
    books : sequence of str or path, optional
        See `rule_books`.
    as_of : date, optional
        Day of the law; the day of the books when None.
    overrides : iterable of Override
        Changes of the plan; those of rules that are not in force here are left alone.
    scenario : {"base", "hard", "conservative"}
        ``hard`` keeps hard rules only; ``conservative`` lets drafts, reported texts and
        documents of unknown validity exclude land too.
    hub_height_m, rotor_radius_m : float, optional
        Turbine of formulas such as the fall distance [m].
    place : str
        Where the overrides are written (file and key), for messages.
    here : Locality or str, optional
        The place that is judged, or its county code (``"640221"``): rules of other areas
        are left out (`rules_elsewhere` names them), and where it cannot be told whether a
        rule holds it is kept with ``area_known`` False. None asks for no place.
    project : {"new", "expansion", "repower", "village"}
        What is planned; rules about another kind of project are left out. None keeps the
        rules of every kind.

    Returns
    -------
    tuple of Rule
        As the text in force on the day has them. A hard rule whose text is not firm comes
        back *conditional* and needs legal review; `Rule.stated_kind` keeps what the book
        says. A rule whose law on that day is not known has ``law_known`` False.

    Raises
    ------
    ConfigError
        With every faulty override, an unknown rule id among them.

    Examples
    --------
    >>> park = next(r for r in load_rules("pv") if r.id == "PV-017")
    >>> park.kind, park.stated_kind, park.needs_review
    ('conditional', 'hard', True)
    >>> [r.id for r in load_rules("wind", here="650102") if "宁夏" in r.citation]
    []
    """
    wanted = {applies_to} if isinstance(applies_to, str) else set(applies_to)
    raise_faults(ConfigError, _question_faults(wanted, scenario, hub_height_m, rotor_radius_m))
    found = rule_books(books)
    changes = {c.id: c for c in overrides}
    known = {e.id for b in found for e in b.entries}

    def at(rule_id: str) -> str:
        return f'{place} id = "{rule_id}"' if place else f"override of {rule_id}"

    faults = [
        Fault(
            say("siting.rules.no_such_rule"),
            where=at(i),
            todo=say("siting.rules.see_geoplan_rules"),
        )
        for i in changes
        if i not in known
    ]
    out: list[Rule] = []
    everywhere = _on_the_day(wanted, found, as_of, scenario)
    for rule in split_by_area(everywhere, here)[0]:
        if project is not None and rule.projects and project not in rule.projects:
            continue
        kind = kind_in_force(rule, scenario)
        ready = _resolved(rule, hub_height_m, rotor_radius_m)
        if kind != rule.kind:
            ready = ready.model_copy(update={"kind": kind, "stated_kind": rule.kind})
        if scenario != "base":
            ready = ready.model_copy(update={"scenario": scenario})
        if rule.id in changes:
            try:
                changed = apply_override(ready, changes[rule.id])
            except ConfigError as err:
                spot = at(rule.id)
                faults += [
                    Fault(f.what, where=spot, got=f.got, expected=f.expected, todo=f.todo)
                    for f in err.faults
                ]
                continue
            if changed is None:
                continue
            ready = changed
        if scenario == "hard" and ready.kind != "hard":
            continue
        out.append(ready)
    raise_faults(ConfigError, faults)
    return tuple(sorted(out, key=lambda r: r.id))
