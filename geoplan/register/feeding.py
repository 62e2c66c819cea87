"""Projects of the register as plants of the capacity ledger, each counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from geoplan.register.adding import epsg_of, in_plan_crs
from geoplan.register.ledger import Entry
from geoplan.register.section import register_section
from geoplan.register.store import opened, place_of
from gis.crs.systems import as_crs, transform_points
from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from layers.spec import Text
from siting.connection.expansion import plants_in
from siting.connection.ledger import NEW_ENERGY, told_ledger
from siting.connection.registered import REGISTER_INPUT, Project, Registered, Stage

if TYPE_CHECKING:
    from geoplan.summary import RunSummary

__all__ = ["expansion_lines", "ledger_projects", "not_counted_notes", "with_register"]

_NAMED = 8
_STORAGE = frozenset({"storage"})

_STAGES: dict[str, Stage] = {
    "planned": "planned",
    "started": "construction",
    "commissioned": "operating",
    "full": "operating",
}


def ledger_projects(
    plan: Plan, entries: Iterable[Entry], epsg: int, kinds: frozenset[str] = NEW_ENERGY
) -> tuple[tuple[Project, ...], tuple[str, ...]]:
    """PV and wind projects as the ledger takes them, and ids of those without a capacity.

    Parameters
    ----------
    plan : Plan
    entries : iterable of Entry
    epsg : int
        System of the register.
    kinds : frozenset of str
        Which projects, where not those of new energy.
    """
    out, open_ = [], []
    for e in entries:
        p = e.project
        if p.kind not in kinds:
            continue
        if p.capacity_mw is None:
            open_.append(p.id)
            continue
        place: tuple[float | None, float | None] = (None, None)
        land = in_plan_crs(e.geometry, epsg, plan)
        if land is not None:
            spot = land.representative_point()
            lon, lat = transform_points(spot.x, spot.y, plan_crs(plan), as_crs(4490))
            place = (float(np.ravel(lon)[0]), float(np.ravel(lat)[0]))
        year = int(p.commissioned[:4]) if p.commissioned else p.year
        name = Text(zh=p.name, en=p.name)
        out.append(
            Project(
                id=p.id,
                name=name,
                kind=p.kind,
                stage=_STAGES[p.stage],
                year=year,
                capacity_mw=p.capacity_mw,
                source="register",
                lon=place[0],
                lat=place[1],
                land=land,
                energy_mwh=p.energy_mwh,
            )
        )
    return tuple(out), tuple(open_)


def with_register(plan: Plan) -> Plan:
    """The plan with the projects of the register it names, for a run; else as it is.

    Raises
    ------
    ConfigError, DataError
        When the register it names is not there or cannot be read.
    """
    if not register_section(plan).named:
        return plan
    with opened(place_of(plan), epsg_of(plan)) as ledger:
        entries, epsg = list(ledger.current().values()), ledger.epsg
    found = _registered(plan, entries, epsg).model_copy(update={"told": ledger.told})
    return plan.with_sections(registered=found)


def _registered(plan: Plan, entries: Sequence[Entry], epsg: int) -> Registered:
    projects, open_ = ledger_projects(plan, entries, epsg)
    storage, silent = ledger_projects(plan, entries, epsg, _STORAGE)
    return Registered(projects=projects, storage=storage, open=(*open_, *silent))


def not_counted_notes(
    plan: Plan, run: RunSummary, entries: Sequence[Entry], epsg: int
) -> tuple[Sentence, ...]:
    """That a run did not count the energy projects of a register, or not as they stand now.

    Nothing where the register has none of them, or the run counted these very ones.

    Parameters
    ----------
    plan : Plan
    run : RunSummary
    entries : sequence of Entry
        Projects as they stand.
    epsg : int
        System of the register.
    """
    now = _registered(plan, entries, epsg)
    every = (*now.projects, *now.storage)
    read = run.provenance.inputs.get(REGISTER_INPUT)
    if (not every and read is None) or read == now.sha256:
        return ()
    words = []
    for stage in ("operating", "construction", "planned"):
        own = [p for p in every if p.stage == stage]
        mw = {
            key: sum(p.capacity_mw for p in own if (p.kind in _STORAGE) == stored)
            for key, stored in (("mw", False), ("storage", True))
        }
        if own:
            ids = [p.id for p in own]
            more = "…" if len(ids) > _NAMED else ""
            shown = ", ".join(ids[:_NAMED]) + more
            words.append(say(f"geoplan.register.projects_{stage}", ids=shown, n=len(ids), **mw))
    key = "year_register_not_read" if read is None else "year_register_changed"
    return (say(f"geoplan.register.{key}", projects=listed(words)),)


def expansion_lines(
    plan: Plan, entries: Sequence[Entry], epsg: int, last: int, lang: str
) -> Iterator[str]:
    """What stands, is built, planned and retired by year, with the projects of the register.

    Raises
    ------
    ConfigError
        When the last year is before the day of the plan: there is none to show.
    """
    if last < plan.plan.as_of.year:
        raise ConfigError(
            say("geoplan.register.until_past"),
            where="--until",
            got=str(last),
            expected=f">= {plan.plan.as_of.year}",
        )
    projects, open_ = ledger_projects(plan, entries, epsg)
    plants, told = told_ledger(plan, projects)
    for year in range(plan.plan.as_of.year, last + 1):
        own = plants_in(plants, frozenset(NEW_ENERGY), year)
        yield say(
            "geoplan.register.expansion_line",
            year=str(year),
            **{k: own[f"{k}_mw"] for k in ("operating", "building", "planned", "retired")},
        )(lang)
    storage, silent = ledger_projects(plan, entries, epsg, _STORAGE)
    open_ = (*open_, *silent)
    stood = [p for p in storage if p.stage == "operating"]
    if storage:
        yield say(
            "geoplan.register.expansion_storage",
            n=len(storage),
            mw=sum(p.capacity_mw for p in storage),
            stood=sum(p.capacity_mw for p in stood),
        )(lang)
    for note in told:
        yield note(lang)
    if open_:
        yield say("geoplan.register.expansion_open", ids=listed(open_))(lang)
