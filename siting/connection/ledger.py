"""Plants that stand, are built or planned: every one once, wherever it is listed.

A plant may be in the plan's ``[[plants]]``, be drawn as ``turbines`` or ``existing_pv``, and be
a project of a register. It is found to be the same by name or by place, counted once, and told.
What stands and what is yet to be built are two plants, also under one name and on one land: a
farm that is repowered, or a second phase. That is told too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel

from gis.crs.systems import transform_points
from gis.say import Sentence, listed, say
from layers.open.county import plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan, Plant
from layers.spec import Text, text_of
from siting.connection.drawn import drawn_once, number_of
from siting.connection.matching import Found, Parts, grouped, plain_name
from siting.connection.registered import Project, Stage, registered_in
from siting.connection.section import ConnectionSection
from siting.retire.schedule import factors
from siting.wind.machine.existing import existing_turbines
from siting.wind.section import WindSection

__all__ = [
    "LEDGER_COLUMNS",
    "NEW_ENERGY",
    "Counted",
    "Project",
    "counted_plants",
    "ledger",
    "told_ledger",
    "turbines_id",
    "year_of",
]

NEW_ENERGY = frozenset({"pv", "wind"})
"""Technologies counted as new-energy capacity (新能源发电装机)."""

LEDGER_COLUMNS = (
    *("name_zh", "name_en", "technology", "capacity_mw", "status", "year", "year_known"),
    *("source", "id", "found_in", "retires", "retires_late"),
)
_STATUS: Mapping[str, str] = {"planned": "announced"}
_Section = TypeVar("_Section", bound=BaseModel)


def _section(plan: Plan, kind: type[_Section]) -> _Section:
    try:
        return plan.section(kind)
    except KeyError:  # a plan read without it
        return kind()


def year_of(plant: Plant) -> int | None:
    """When a plant came on the grid, or is to; None where the plan does not say."""
    return plant.on_grid.year if plant.on_grid is not None else plant.year


def _of_plan(plan: Plan) -> Iterable[Found]:
    for number, p in enumerate(plan.plants, 1):
        if p.technology in NEW_ENERGY and p.status != "retired":
            stage: Stage = (
                "planned"
                if p.status == "announced"
                else "construction"
                if p.status == "construction"
                else "operating"
            )
            known = p.location != "unknown"
            yield Found(
                Project(
                    f"plants.{number}",
                    p.name,
                    p.technology,
                    stage,
                    year_of(p),
                    p.capacity_mw,
                    p.source,
                    p.lon if known else None,
                    p.lat if known else None,
                    p.location == "exact",
                ),
                "plants",
                None,
            )


def _first_year(years: Iterable[float]) -> int | None:
    return min((int(y) for y in years if y == y), default=None)


def _parts(years: Iterable[float], mw: Iterable[float]) -> Parts:
    """MW by year, of a plant built in several; what has no year came with the first."""
    pairs = list(zip(years, mw, strict=True))
    first = _first_year(y for y, _ in pairs)
    out: dict[int, float] = {}
    for year, part in pairs if first is not None else ():
        own = int(year) if year == year else int(first or 0)
        out[own] = out.get(own, 0.0) + (part if part == part else 0.0)
    sized = {year: part for year, part in out.items() if part > 0}
    return tuple(sorted(sized.items())) if len(sized) > 1 else ()


def _equal_rows(plan: Plan) -> list[Text]:
    """Names of plants the plan lists twice in the same words: a stage of its own has others."""
    rows: dict[tuple[object, ...], list[Text]] = {}
    for p in plan.plants:
        if p.status != "retired":
            key = (plain_name(p.name.zh), p.technology, p.status, year_of(p), p.capacity_mw)
            rows.setdefault(key, []).append(p.name)
    return [names[0] for names in rows.values() if len(names) > 1]


def turbines_id(farm: str) -> str:
    """The id a farm of the turbines has in the ledger."""
    return f"turbines.{farm or 'turbines'}"


def _of_turbines(plan: Plan) -> Iterable[Found]:
    section = _section(plan, WindSection)
    if not (section.existing or section.existing_csv or "turbines" in plan.layers):
        return
    table, _ = existing_turbines(plan, section, plan_crs(plan))
    if table is None or not len(table):
        return
    if "status" in table:
        table = table[table["status"] != "retired"]
    for farm, own in table.groupby(table["farm"].astype(str), sort=True):
        kw = pd.to_numeric(own["capacity_kw"], errors="coerce")
        days = pd.to_datetime(own["on_grid"].astype(object), errors="coerce")
        years = days.dt.year.astype(float)
        name = str(farm) or "turbines"
        words = (
            Text(zh=name, en=name)
            if farm
            else text_of(say("siting.connection.some_turbines", n=len(own)))
        )
        yield Found(
            Project(
                turbines_id(str(farm)),
                words,
                "wind",
                "operating",
                _first_year(years),
                float(kw.sum()) / 1000.0,
                "turbines",
                exact=True,
            ),
            "turbines",
            shapely.convex_hull(shapely.union_all(np.asarray(own.geometry.array))),
            _parts(years, kw / 1000.0),
        )


def _of_existing_pv(plan: Plan, told: list[Sentence]) -> Iterable[Found]:
    table = open_features(plan, "existing_pv") if "existing_pv" in plan.layers else None
    if table is None:
        return
    groups: dict[str, list[Any]] = {}
    names: dict[str, str] = {}
    others = [p.name for p in plan.plants] + [p.name for p in registered_in(plan).projects]
    elsewhere = {plain_name(n) for name in others for n in (name.zh, name.en)}
    twins: dict[str, frozenset[str]] = {}
    for name, row, also in drawn_once(table, elsewhere, told):
        same = name if name.startswith("#") else plain_name(name) or name
        names.setdefault(same, name)
        groups.setdefault(same, []).append(row)
        twins[same] = twins.get(same, frozenset()) | also
    for same, rows in groups.items():
        name = names[same]
        # a plant in several polygons repeats its capacity in each of them, or shares it out
        given = [number_of(r.get("capacity_mw")) for r in rows]
        known = [v for v in given if v > 0]
        if not known:
            told.append(say("siting.connection.pv_without_capacity", name=name))
            continue
        years = [v if (v := number_of(r.get("year"))) > 0 else math.nan for r in rows]
        dated = {y for y, v in zip(years, given, strict=True) if y == y and v > 0}
        alike = len(known) > 1 and max(known) - min(known) <= 1e-9
        # what came in another year is another part of it, whatever its capacity
        repeated = alike and len(dated) <= 1
        mw = known[0] if repeated else sum(known)
        if alike:
            key = "pv_in_parts" if repeated else "pv_of_years"
            told.append(say(f"siting.connection.{key}", name=name, n=len(known), mw=known[0]))
        yield Found(
            Project(
                f"existing_pv.{name}",
                Text(zh=name, en=name),
                "pv",
                "operating",
                _first_year(years),
                mw,
                "existing_pv",
                exact=True,
            ),
            "existing_pv",
            shapely.union_all([r.geometry for r in rows]),
            () if repeated else _parts(years, given),
            twins[same],
        )


def _area(project: Project) -> shapely.Geometry | None:
    """Its boundary; None where it is known by a point at most."""
    land: shapely.Geometry | None = project.land
    return land if land is not None and shapely.get_dimensions(land) == 2 else None


def _life(plan: Plan, kind: str) -> tuple[int, int]:
    own = _section(plan, ConnectionSection).plant_life_yr
    own_kind: Literal["pv", "wind"] = "pv" if kind == "pv" else "wind"
    given = own.get(own_kind)
    life = factors()[f"life_{own_kind}"]
    return (given, given) if given is not None else (int(life.low), int(life.high))


@dataclass(frozen=True)
class Counted:
    """A plant and every list it was found in.

    Attributes
    ----------
    found
        List (``plants``, ``projects``, ``turbines``, ``existing_pv``) and the plant as the list
        has it; the first one counts.
    parts
        Year and MW of the one that counts, a part for each year it was built in. The years are
        those of the list that has several, else of the first that has one.
    place
        In the plan's CRS: inside its land where a list has it, else its point; None without.
    """

    found: tuple[tuple[str, Project], ...]
    parts: tuple[tuple[int | None, float], ...]
    place: tuple[float, float] | None = None

    @property
    def first(self) -> Project:
        """The plant as it is counted."""
        return self.found[0][1]

    @property
    def lists(self) -> tuple[str, ...]:
        """Lists it is in, the one that counts first."""
        return tuple(dict.fromkeys(where for where, _ in self.found))


def counted_plants(
    plan: Plan, projects: Iterable[Project] = ()
) -> tuple[tuple[Counted, ...], list[Sentence]]:
    """Every PV and wind plant once with all it is called elsewhere, and what is to be told.

    See `told_ledger`.
    """
    told: list[Sentence] = []
    register = registered_in(plan)
    every = (*register.projects, *projects)
    told += register.told
    listed_ = [Found(p, "projects", _area(p)) for p in every if p.kind in NEW_ENERGY]
    if register.open:
        told.append(say("siting.connection.registered_open", ids=listed(register.open)))
    if again := _equal_rows(plan):
        told.append(say("siting.connection.plant_rows_equal", names=listed(again)))
    found = [*_of_plan(plan), *listed_, *_of_turbines(plan), *_of_existing_pv(plan, told)]
    kept, twins = grouped(found, plan)
    told += twins
    out = []
    for own in kept:
        first, dated = own[0], _dated_by(own)
        parts = _years_of(dated, first.project.capacity_mw)
        if dated is not first:
            second = say(f"siting.connection.list_{dated.where}")
            years = listed(str(year) for year, _ in parts)
            name = first.project.name
            told.append(
                say("siting.connection.years_of_list", name=name, second=second, years=years)
            )
        pairs = tuple((o.where, o.project) for o in own)
        out.append(Counted(pairs, parts, _place(plan, own)))
    return tuple(out), told


def _place(plan: Plan, own: Sequence[Found]) -> tuple[float, float] | None:
    """A point inside the land of a plant, or the one a list gives."""
    for o in own:
        if o.shape is not None and not shapely.is_empty(o.shape):
            spot = shapely.point_on_surface(o.shape)
            return float(spot.x), float(spot.y)
    for o in own:
        if o.project.lon is not None and o.project.lat is not None:
            x, y = transform_points(
                np.array([o.project.lon]), np.array([o.project.lat]), 4490, plan_crs(plan)
            )
            return float(x[0]), float(y[0])
    return None


def _dated_by(own: Sequence[Found]) -> Found:
    """The row that says when a plant was built: one of several years, else the first dated."""
    several = [o for o in own if o.parts]
    return next(iter((*several, *(o for o in own if o.project.year is not None), own[0])))


def _years_of(dated: Found, mw: float) -> tuple[tuple[int | None, float], ...]:
    """Year and MW of a plant of `mw`, shared out as the row that is dated has it."""
    total = math.fsum(part for _, part in dated.parts)
    if not total > 0:
        return ((dated.project.year, mw),)
    return tuple((year, mw * part / total) for year, part in dated.parts)


def told_ledger(
    plan: Plan, projects: Iterable[Project] = ()
) -> tuple[pd.DataFrame, tuple[Sentence, ...]]:
    """Every PV and wind plant once, and which were found in two places.

    Of a plant in two lists the first counts: the plan's ``[[plants]]``, then projects (those of
    the register a run was given, and `projects`), then
    turbines, then land of existing PV.

    Returns
    -------
    table : DataFrame
        `LEDGER_COLUMNS`: ``capacity_mw`` [MW AC, as its list gives it], ``status`` (operating,
        construction, announced), ``found_in`` (lists it is in, the one that counts first),
        ``retires`` and ``retires_late`` (first year it no longer counts; empty without a year;
        not before the year after `as_of` where it is listed as standing). A plant built in
        several years has a row for each.
    told : tuple of Sentence
    """
    kept, told = counted_plants(plan, projects)
    now = plan.plan.as_of.year
    rows = []
    for one in kept:
        p = one.first
        for year, mw in one.parts:
            if year is None:
                told.append(say("siting.connection.plant_without_year", name=p.name))
            ends = [None if year is None else year + life for life in _life(plan, p.kind)]
            if p.stage == "operating" and ends[0] is not None and ends[0] <= now:
                # it stands, says its list: until the day of the plan it is not counted out
                told.append(
                    say(
                        "siting.connection.past_life",
                        name=p.name,
                        mw=mw,
                        year=str(year),
                        end=str(ends[0]),
                        now=str(now),
                    )
                )
                ends = [None if e is None else max(e, now + 1) for e in ends]
            rows.append(
                {
                    "name_zh": p.name.zh,
                    "name_en": p.name.en,
                    "technology": p.kind,
                    "capacity_mw": mw,
                    "status": _STATUS.get(p.stage, p.stage),
                    "year": year,
                    "year_known": year is not None,
                    "source": p.source,
                    "id": f"{p.id}.{year}" if len(one.parts) > 1 else p.id,
                    "found_in": " ".join(one.lists),
                    "retires": ends[0],
                    "retires_late": ends[1],
                }
            )
    table = pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))
    whole = dict.fromkeys(("year", "retires", "retires_late"), "Int64")
    return table.astype(whole), tuple(told)


def ledger(plan: Plan, projects: Iterable[Project] = ()) -> pd.DataFrame:
    """The plan's PV and wind plants, each once, see `told_ledger`.

    A plant whose year is not known counts from the start and never retires, and its row says
    so. An uncertain location is kept: the plan attributed it to the county.
    """
    return told_ledger(plan, projects)[0]
