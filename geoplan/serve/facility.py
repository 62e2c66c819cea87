# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""What-if of facilities on the map: another limit, another number by year."""

from __future__ import annotations

import copy
import threading
import tomllib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
import pyproj
from fastapi import FastAPI, Request
from pydantic import Field, ValidationError
from typing_extensions import TypedDict

from geoplan.answers.facility_part import facility_lines
from geoplan.serve.facility_words import form_faults
from geoplan.serve.save import SavedOf, save_plan, saved_answer
from geoplan.serve.working import Working
from gis.errors import ConfigError
from gis.prepared import points_inside
from gis.say import Lang, both, listed, say
from layers.model_faults import model_faults
from layers.open.contradiction import refuse_contradictions
from layers.open.county import county_boundary_ll, plan_crs
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.facilities.case import Answered
from siting.facilities.section import (
    Candidates,
    Existing,
    FacilitiesSection,
    FacilityCase,
    OwnPlace,
)
from siting.facilities.step_facilities import facility_answers

__all__ = ["FacilityAsked", "answer_facilities", "moved_rows", "with_moved"]

PlaceName = Annotated[str, Field(max_length=200)]
Year = Annotated[str, Field(pattern=r"^\d{4}$")]


class FacilityAsked(Frozen):
    """A case of the plan with what was moved; what is left out stays as the plan has it.

    Attributes
    ----------
    limit
        In the unit of the case's cost.
    open
        Year -> number, of years the plan names.
    places
        Candidates added, which are built; the case has candidates then.
    without
        Names of candidates that are not to be built.
    closed
        Names of facilities that stand and are taken out.
    """

    case: Annotated[str, Field(max_length=60)]
    limit: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None
    open: Annotated[
        dict[Year, Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]],
        Field(max_length=50),
    ] = Field(default_factory=dict)
    places: Annotated[tuple[OwnPlace, ...], Field(max_length=50)] = ()
    without: Annotated[tuple[PlaceName, ...], Field(max_length=500)] = ()
    closed: Annotated[tuple[PlaceName, ...], Field(max_length=500)] = ()


class FacilitySaved(FacilityAsked):
    """What was moved, to be kept as a scenario of this name."""

    name: Annotated[str, Field(max_length=60)]


class FacilityRow(TypedDict):
    """A case and what of it moves; None and empty where it has levels.

    `places` are names of places of one's own that are taken.
    """

    id: str
    title: dict[str, str]
    limit: float | None
    unit: dict[str, str]
    open: dict[str, float]
    candidates: bool
    places: list[str]


class FacilitySite(TypedDict):
    """A place of the answer: where it is, what became of it and why."""

    name: str
    state: str
    word: str
    year: int | None
    reason: str
    lon: float
    lat: float


class FacilityTold(TypedDict):
    """The case answered, in the language of the page."""

    lines: list[str]
    warnings: list[str]
    sites: list[FacilitySite]


def _row(case: FacilityCase) -> FacilityRow:
    limit = case.cost.limit
    return {
        "id": case.id,
        "title": case.name.model_dump(),
        "limit": None if isinstance(limit, tuple) else limit,
        "unit": both(say(f"siting.facilities.unit_{case.cost.unit}")),
        "open": {y: float(n) for y, n in case.open.items() if not isinstance(n, tuple)},
        "candidates": case.candidates is not None,
        "places": [p.name for p in case.candidates.places] if case.candidates else [],
    }


def with_moved(plan: Plan, asked: FacilityAsked) -> Plan:
    """The plan with its case as it was moved.

    Raises
    ------
    ConfigError
        When the plan has no such case, or what was moved is nothing of it.
    """
    section = plan.section(FacilitiesSection)
    rows = {c.id: _row(c) for c in section.cases}
    row = rows.get(asked.case)
    if row is None or not set(asked.open) <= set(row["open"]):
        raise ConfigError(say("geoplan.serve.no_such_case"), got=asked.case)
    if asked.limit is not None and row["limit"] is None:
        raise ConfigError(say("geoplan.serve.no_such_case"), where="limit", got=asked.case)
    lon, lat = (np.array([getattr(p, k) for p in asked.places]) for k in ("lon", "lat"))
    inside = points_inside(county_boundary_ll(plan), lon, lat)
    outside = [p.name for p, there in zip(asked.places, inside, strict=True) if not there]
    if outside:
        raise ConfigError(
            say("geoplan.serve.place_outside", places=listed(outside)),
            todo=say("geoplan.serve.place_outside_todo"),
        )
    cases = []
    for case in section.cases:
        if case.id == asked.case:
            moved = {} if asked.limit is None else {"limit": asked.limit}
            cost = case.cost.model_copy(update=moved)
            own = {
                "cost": cost,
                "candidates": _placed(case, asked),
                "existing": _standing(case, asked),
            }
            case = case.model_copy(update={**own, "open": {**case.open, **asked.open}})
            case = _as_planned(case)
        cases.append(case)
    whole = section.model_copy(update={"cases": tuple(cases)})
    return plan.with_sections(facilities=whole)


def _as_planned(case: FacilityCase) -> FacilityCase:
    """The case read as a plan's is: what a plan refuses no map answers."""
    try:
        return FacilityCase.model_validate(case.model_dump(exclude_unset=True))
    except ValidationError as err:
        found = model_faults(err, f"[[facilities]] {case.id}")
        raise ConfigError(form_faults(found, case)) from err


def _standing(case: FacilityCase, asked: FacilityAsked) -> Existing | None:
    """Facilities of the case without those taken out."""
    e = case.existing
    if not asked.closed:
        return e
    if e is None:
        raise ConfigError(say("geoplan.serve.no_existing"), got=case.id)
    return e.model_copy(update={"closed": (*e.closed, *asked.closed)})


def moved_rows(rows: Sequence[Mapping[str, Any]], asked: FacilityAsked) -> list[object]:
    """The cases of a plan document with one of them as it was moved.

    Parameters
    ----------
    rows : sequence of mapping
        ``[[facilities]]`` as the file has it.
    asked : FacilityAsked

    Examples
    --------
    >>> rows = [{"id": "a", "cost": {"limit": 5, "unit": "km"}, "open": {"2030": 3}}]
    >>> moved_rows(rows, FacilityAsked(case="a", limit=8, open={"2030": 4}))
    [{'id': 'a', 'cost': {'limit': 8.0, 'unit': 'km'}, 'open': {'2030': 4.0}}]
    """
    out: list[object] = []
    for row in rows:
        own = copy.deepcopy(dict(row))
        if own.get("id") == asked.case:
            _move(own, asked)
        out.append(own)
    return out


def _move(own: MutableMapping[str, Any], asked: FacilityAsked) -> None:
    if asked.limit is not None:
        own.setdefault("cost", {})["limit"] = asked.limit
    if asked.open:
        own["open"] = {**own.get("open", {}), **asked.open}
    if asked.closed:
        own["existing"]["closed"] = [*own["existing"].get("closed", []), *asked.closed]
    if asked.places or asked.without:
        c = own["candidates"]
        kept = [n for n in c.get("preselected", []) if n not in asked.without]
        c["places"] = [*c.get("places", []), *(p.model_dump() for p in asked.places)]
        c["preselected"] = [*kept, *(p.name for p in asked.places)]
        c["forbidden"] = [*c.get("forbidden", []), *asked.without]
        for key in ("places", "preselected", "forbidden"):
            if not c[key]:
                del c[key]


def _placed(case: FacilityCase, asked: FacilityAsked) -> Candidates | None:
    """Candidates of the case with those added and without those taken out."""
    c = case.candidates
    if c is None:
        if asked.places or asked.without:
            raise ConfigError(say("geoplan.serve.no_candidates"), got=case.id)
        return None
    names = tuple(p.name for p in asked.places)
    if len({*names}) < len(names):
        raise ConfigError(say("geoplan.serve.place_twice"), got=listed(names))
    return c.model_copy(
        update={
            "places": (*c.places, *asked.places),
            "preselected": (*(n for n in c.preselected if n not in asked.without), *names),
            "forbidden": (*c.forbidden, *asked.without),
        }
    )


def _sites(found: Answered, plan: Plan, lang: str) -> list[FacilitySite]:
    """Places that stand, are built, or are excluded; those left out are many and silent."""
    if found.sites.empty:  # buses, patches: places as a whole
        return []
    t = found.sites[found.sites["facility_state"] != "not_chosen"]
    to = pyproj.Transformer.from_crs(plan_crs(plan), 4490, always_xy=True)
    lon, lat = to.transform(t["x"].to_numpy(float), t["y"].to_numpy(float))
    return [
        {
            "name": str(r["name"]),
            "state": str(r["facility_state"]),
            "word": say(f"geoplan.cells.facility_state.{r['facility_state']}")(lang),
            "year": None if pd.isna(r["open_year"]) else int(r["open_year"]),
            "reason": str(r[f"why_chosen_{lang}"]),
            "lon": round(float(x), 7),
            "lat": round(float(y), 7),
        }
        for (_, r), x, y in zip(t.iterrows(), lon, lat, strict=True)
    ]


def answer_facilities(
    app: FastAPI,
    of: SavedOf,
    spoken: Callable[[Request], Lang],
    working: Working | None = None,
) -> None:
    """Put the addresses of the facilities' what-if into `app`.

    Parameters
    ----------
    app : FastAPI
    of : SavedOf
        The plan, and where plans are saved beside.
    spoken : callable
        The language of a request.
    working : Working, optional
        Is told what goes on.
    """
    works, one, plan = working or Working(), threading.Lock(), of.plan

    @app.get("/api/facilities")
    def cases() -> list[FacilityRow]:
        return [_row(c) for c in plan.section(FacilitiesSection).cases]

    @app.post("/api/facility")
    def facility(request: Request, asked: FacilityAsked) -> FacilityTold:
        moved = with_moved(plan, asked)
        with works.at(say("geoplan.serve.work_facility")) as told, one:
            refuse_contradictions(plan)
            found = facility_answers(moved, asked.case, told)
        lang = spoken(request)
        return {
            "lines": list(facility_lines(found.answers, lang)),
            "warnings": [w.text(lang) for w in found.warnings],
            "sites": [s for one in found.done.values() for s in _sites(one, moved, lang)],
        }

    @app.post("/api/facility/save")
    def save(asked: FacilitySaved, request: Request) -> dict[str, str]:
        with_moved(plan, asked)
        doc = tomllib.loads(plan.path.read_text(encoding="utf-8-sig"))
        rows = moved_rows(doc["facilities"], asked)
        settings = {"facilities": rows}
        path = save_plan(plan, (), asked.name, "", beside=of.beside, settings=settings)
        return saved_answer(path, of, spoken(request))
