"""What is computed for a request, in a process that can be stopped."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from geoplan.api.desk import Desk
from geoplan.register.adding import add_projects
from geoplan.register.checking import check_register, impact_of
from geoplan.register.listing import checked_as_dict, impact_as_dict
from geoplan.register.reading import Brought, Telling, land_of_file, point_of, read_brought
from gis.errors import GeoplanError
from gis.say import say
from layers.open.contradiction import refuse_contradictions
from layers.open.plan_layers import told_of
from layers.plain_json import JsonObject, printed_json
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point

__all__ = ["Home", "add", "bring", "check", "check_all", "compute", "explain", "impact"]

Question = Callable[..., Any]
Event = Callable[[str, object], None]


class Home(NamedTuple):
    """The plan that is asked about, its run and its register; see `Desk`."""

    path: Path
    out: Path | None = None
    register: Path | None = None


@lru_cache(maxsize=4)
def _desk(home: Home) -> Desk:
    return Desk(*home)


@lru_cache(maxsize=4)
def _made_ready(home: Home, sha256: str) -> None:  # noqa: ARG001 - an edited plan is another
    """Open the layers of the plan once: what a first question would wait for."""
    told_of(_desk(home).plan())


def compute(
    home: Home, question: Question | None, args: tuple[object, ...], event: Event
) -> None:
    """Answer a question of this module, or make ready for one.

    Parameters
    ----------
    home : Home
    question : callable or None
        Takes the `Desk` and `args`; its answer is given to `event` as ``"text"``, written as
        JSON. None opens the layers alone.
    args : tuple
    event : callable
        Told ``"begins"`` when what follows depends on what was asked, and ``"bug"`` with the
        traceback of what is no fault of the plan or the request.

    Raises
    ------
    GeoplanError
        What the question raises.
    """
    try:
        desk = _desk(home)
        with contextlib.suppress(GeoplanError):  # the question says it, where it matters to it
            _made_ready(home, desk.plan().sha256)
        event("begins", None)
        if question is not None:
            event("text", printed_json(question(desk, *args)))
    except GeoplanError:
        raise
    except Exception:  # noqa: BLE001 - told where it is logged
        event("bug", traceback.format_exc())


def check(desk: Desk, path: Path, tech: str, crs: str, encoding: str, project: str) -> object:
    """The overlap analysis of a boundary; see `check_boundary`."""
    found = check_boundary(path, desk.plan(), tech, crs=crs, encoding=encoding, project=project)
    return found.as_dict()


def explain(desk: Desk, lon: float, lat: float) -> object:
    """Why a point is in or out; see `explain_point`."""
    plan = desk.plan()
    refuse_contradictions(plan)
    return explain_point(plan, lon, lat).as_dict()


def _write(desk: Desk, brought: list[Brought], who: str) -> object:
    return add_projects(desk.place(), desk.plan(), brought, desk.stamp(who)).as_dict()


def add(
    desk: Desk,
    values: JsonObject,
    land: Path | tuple[float, float] | None,
    who: str,
) -> object:
    """Add or change a project whose land is a boundary file, a point or not given."""
    where, plan = say("geoplan.api.boundary_as"), desk.plan()
    shape: Any = None
    told: tuple[Telling, ...] = ()
    if isinstance(land, Path):
        shape, told = land_of_file(land, plan)
    elif land is not None:
        shape = point_of(*land, plan, where)
    return _write(desk, [Brought(where, values, shape, told=told)], who)


def bring(desk: Desk, path: Path, crs: str, encoding: str, who: str) -> object:
    """Add the projects of a boundary file."""
    return _write(desk, list(read_brought(path, desk.plan(), crs=crs, encoding=encoding)), who)


def check_all(desk: Desk, project_id: str, who: str, lang: str) -> object:
    """All boundaries of the register, or one, against today's layers and law."""
    found = check_register(desk.place(), desk.plan(), desk.stamp(who), only=project_id)
    return checked_as_dict(found, lang)


def impact(desk: Desk, name: str) -> object:
    """The projects a rule, book or law touches."""
    return impact_as_dict(impact_of(desk.place(), desk.plan(), name))
