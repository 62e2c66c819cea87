"""Reviews written and read again: whether each is of this run, or of an older one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import shapely

from geoplan.register.adding import epsg_of, stamp_of
from geoplan.register.checking import project_in
from geoplan.register.ledger import Entry, Stamp
from geoplan.register.project import checked_row, tech_of
from geoplan.register.reviews import (
    SUBJECTS,
    Opinion,
    Review,
    append_review,
    reviews_of,
)
from geoplan.register.store import Place, may_be_there, opened
from gis.crs.systems import as_crs, transform_shape
from gis.errors import ConfigError, DataError
from gis.say import Sentence, listed, say
from layers.open.county import plan_crs
from layers.plain_json import digest
from layers.plan.model import Plan
from siting.check.law_days import rules_named
from siting.rules import rule_books
from siting.screen.screening import book_paths

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from geoplan.maps.contents import RunContents

__all__ = ["Present", "Standing", "add_review", "present_of", "standing_reviews"]

_SAME_M = 0.01  # corners of one boundary written and read again


@dataclass(frozen=True)
class Present:
    """The run and law reviews are held against.

    Attributes
    ----------
    run_id
        Of the finished run; empty where there is none.
    rules_hash
        Of its rule books; of the plan's where there is no run.
    sites, techs
        Id of a site of the run -> its land in the plan's CRS, its technology.
    """

    run_id: str
    rules_hash: str
    sites: Mapping[str, BaseGeometry] = field(default_factory=dict)
    techs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """A review and what it is worth today.

    Attributes
    ----------
    current
        Whether it is of this run: same run, same rule books, same state of a project.
    why
        What is another since: ``run``, ``no_run``, ``rules``, ``land``, ``same_land``,
        ``gone``, ``entry``, ``no_project``.
    latest
        Whether its author said nothing later of the same.
    run_id
        Of the run it is held against.
    """

    review: Review
    current: bool
    why: tuple[str, ...]
    latest: bool
    run_id: str

    @property
    def words(self) -> Sentence:
        """Whether it is of this run, and else why not."""
        o = self.review.opinion
        if self.current:
            return say(f"geoplan.review.standing.current_{o.subject}")
        before = self.review.stamp.run_id or say("geoplan.review.standing.none")
        why = listed(
            say(f"geoplan.review.standing.{w}", before=before, after=self.run_id)
            for w in self.why
        )
        old = "old" if o.subject == "site" or "run" in self.why else "old_project"
        return say(f"geoplan.review.standing.{old}", why=why)


def present_of(plan: Plan, run: RunContents | None) -> Present:
    """What reviews of a plan are held against now.

    Parameters
    ----------
    plan : Plan
    run : RunContents or None
        The finished run.
    """
    if run is None:
        return Present("", stamp_of(plan, "", "").rules_hash)
    found = run.summary
    books = digest(found.provenance.rule_books)[:16]
    if "sites" not in run.layers:
        return Present(found.run.id, books)
    frame = run.layer("sites")
    names = frame["site_id"].astype(str)
    return Present(
        found.run.id,
        books,
        dict(zip(names, frame.geometry, strict=True)),
        dict(zip(names, frame["tech"].astype(str), strict=True)),
    )


def _rule(plan: Plan, name: str, tech: str) -> str:
    """The id of a rule as its book writes it."""
    (found, *more) = rules_named(plan, name)
    if more or found.casefold() != name.casefold():
        raise ConfigError(
            say("geoplan.review.no_such_rule"),
            where="rule",
            got=name[:60],
            todo=say("siting.screen.see_geoplan_rules"),
        )
    every = [e for b in rule_books(book_paths(plan)) for e in b.entries if e.id == found]
    if tech and not any(tech in e.applies_to for e in every):
        raise ConfigError(
            say("geoplan.review.not_of_tech"),
            where="rule",
            got=found,
            todo=say("siting.screen.see_geoplan_rules"),
        )
    return found


def add_review(
    place: Place,
    plan: Plan,
    values: Mapping[str, Any],
    who: str,
    present: Present,
    where: str,
) -> Standing:
    """Write what a reviewer says; the register is made when it is not there.

    Parameters
    ----------
    place : Place
    plan : Plan
    values : mapping
        Fields of `Opinion`.
    who : str
        As the reviewer calls himself; a review without a name is none.
    present : Present
    where : str
        Where the values come from, for messages.

    Raises
    ------
    ConfigError, DataError
        For a wrong value, nobody's name, a site the run does not have, a project the register
        does not have, a rule no book has or that is not for this use of land.
    """
    opinion, faults = checked_row(Opinion, values, where)
    if opinion is None:
        raise ConfigError(faults)
    stamp = stamp_of(plan, who, present.run_id)
    if not stamp.who:
        raise ConfigError(
            say("geoplan.review.nobody"),
            where=say("geoplan.review.nobody_where"),
            todo=say("geoplan.review.nobody_todo"),
        )
    stamp = Stamp(stamp.at, stamp.who, stamp.run_id, stamp.plan, present.rules_hash)
    land = None
    if opinion.subject == "site":
        land = _site(opinion.id, present)
        opinion = _with_rule(plan, opinion, present.techs[opinion.id])
    elif not may_be_there(place):
        project_in({}, opinion.id)  # a register is not made for it
    own = epsg_of(plan)
    with opened(place, own, write=True) as ledger:
        entry = 0
        if opinion.subject == "project":
            found = project_in(ledger.current(), opinion.id)
            own_id = {"id": found.project.id}
            opinion = _with_rule(plan, opinion, tech_of(found.project.kind))
            opinion = opinion.model_copy(update=own_id)
            entry, land = found.seq, found.geometry
        elif land is not None and ledger.epsg != own:
            land = transform_shape(land, plan_crs(plan), as_crs(ledger.epsg))
        written = append_review(ledger, Review(stamp, opinion, entry, land))
    return Standing(written, current=True, why=(), latest=True, run_id=present.run_id)


def _with_rule(plan: Plan, opinion: Opinion, tech: str) -> Opinion:
    if not opinion.rule:
        return opinion
    return opinion.model_copy(update={"rule": _rule(plan, opinion.rule, tech)})


def _site(name: str, present: Present) -> BaseGeometry:
    if not present.run_id:
        raise DataError(
            say("geoplan.review.no_run"), where=name, todo=say("geoplan.faults.run_first")
        )
    if name not in present.sites:
        raise ConfigError(
            say("geoplan.faults.no_such_site"),
            where="id",
            got=name,
            expected=listed(list(present.sites)[:12]),
        )
    return present.sites[name]


def standing_reviews(
    place: Place,
    plan: Plan,
    present: Present,
    *,
    subject: str = "",
    name: str = "",
    history: bool = True,
) -> tuple[Standing, ...]:
    """Reviews with what they are worth today, the oldest first; none without a register.

    Parameters
    ----------
    place : Place
    plan : Plan
    present : Present
    subject, name : str
        Sites or projects alone, and of one id.
    history : bool
        Also those their authors have replaced by later ones.

    Raises
    ------
    ConfigError
        For a subject that is none.
    """
    if subject and subject not in SUBJECTS:
        raise ConfigError(
            say("geoplan.register.no_such_subject"),
            where="--of",
            got=subject[:40],
            expected=listed(SUBJECTS),
        )
    if not may_be_there(place):
        return ()
    with opened(place, epsg_of(plan)) as ledger:
        reviews = reviews_of(ledger, subject, name)
        projects = ledger.current() if any(_of_project(r) for r in reviews) else {}
        epsg = ledger.epsg
    lands = present.sites
    if epsg != epsg_of(plan):
        own = {r.opinion.id for r in reviews} & set(lands)
        crs = as_crs(epsg)
        lands = {i: transform_shape(lands[i], plan_crs(plan), crs) for i in own}
    last = {_key(r): r.seq for r in reviews}
    out = [_standing(r, present, lands, projects, last[_key(r)] == r.seq) for r in reviews]
    return tuple(s for s in out if history or s.latest)


def _of_project(review: Review) -> bool:
    return review.opinion.subject == "project"


def _key(review: Review) -> tuple[str, str, str, str]:
    o = review.opinion
    return o.subject, o.id, o.rule, review.stamp.who


def _standing(
    review: Review,
    present: Present,
    lands: Mapping[str, BaseGeometry],
    projects: Mapping[str, Entry],
    latest: bool,  # noqa: FBT001 - one call
) -> Standing:
    o, s = review.opinion, review.stamp
    why: list[str] = []
    if s.run_id != present.run_id:
        why.append("run" if present.run_id else "no_run")
    if s.rules_hash != present.rules_hash:
        why.append("rules")
    if o.subject == "project":
        now = projects.get(o.id)
        if now is None:
            why.append("no_project")
        elif now.seq != review.entry:
            why.append("entry")
            if not _same(now.geometry, review.geometry):
                why.append("land")
    elif why and present.run_id:
        land = lands.get(o.id)
        if land is None:
            why.append("gone")
        else:
            why.append("same_land" if _same(land, review.geometry) else "land")
    return Standing(review, not why, tuple(why), latest, present.run_id)


def _same(a: BaseGeometry | None, b: BaseGeometry | None) -> bool:
    if a is None or b is None:
        return a is b
    return bool(shapely.equals_exact(shapely.normalize(a), shapely.normalize(b), _SAME_M))
