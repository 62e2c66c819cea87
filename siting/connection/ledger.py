"""Plants that stand, are built or planned: every one once, wherever it is listed.

A plant may be in the plan's ``[[plants]]``, be drawn as ``turbines`` or ``existing_pv``, and be
a project of a register. It is found to be the same by name or by place, counted once, and told.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field, model_serializer

from gis.crs.systems import transform_points
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.open.county import plan_crs
from layers.open.plan_layers import open_features
from layers.plain_json import digest
from layers.plan.model import Plan, Plant
from layers.spec import Frozen, Text, text_of
from siting.connection.section import ConnectionSection
from siting.retire.schedule import factors
from siting.wind.machine.existing import existing_turbines
from siting.wind.section import WindSection

__all__ = [
    "LEDGER_COLUMNS",
    "NEW_ENERGY",
    "Project",
    "Registered",
    "ledger",
    "on_sites",
    "told_ledger",
    "year_of",
]

NEW_ENERGY = frozenset({"pv", "wind"})
"""Technologies counted as new-energy capacity (新能源发电装机)."""

LEDGER_COLUMNS = (
    *("name_zh", "name_en", "technology", "capacity_mw", "status", "year", "year_known"),
    *("source", "id", "found_in", "retires", "retires_late"),
)
Stage = Literal["operating", "construction", "planned"]
_STATUS: Mapping[str, str] = {"planned": "announced"}
if TYPE_CHECKING:
    import geopandas as gpd

_Section = TypeVar("_Section", bound=BaseModel)


@dataclass(frozen=True)
class Project:
    """A plant of a register, or of any list: one row.

    Attributes
    ----------
    id, name
    kind
        ``"pv"`` or ``"wind"``; others count as no new energy.
    stage
        ``"operating"``, ``"construction"`` or ``"planned"``.
    year
        In which it stands, or is to stand; None where nobody knows.
    capacity_mw
        MW AC.
    lon, lat
        A place, where one is known; `exact` where it is surveyed.
    """

    id: str
    name: Text
    kind: str
    stage: Stage
    year: int | None
    capacity_mw: float
    source: str
    lon: float | None = None
    lat: float | None = None
    exact: bool = False


class Registered(Frozen):
    """Projects of the register of a plan, put into it when a run begins.

    Attributes
    ----------
    projects
        Those with a capacity.
    lands
        Id -> land in the plan's CRS, where it is known.
    open
        Ids of PV and wind projects without a declared capacity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    projects: tuple[Project, ...] = ()
    lands: dict[str, Any] = Field(default_factory=dict)
    open: tuple[str, ...] = ()

    @model_serializer
    def _as_digest(self) -> dict[str, object]:
        """What the record of a run keeps: another digest is another run."""
        rows = [repr(p) for p in self.projects]
        lands = [f"{k} {shapely.to_wkb(v, hex=True)}" for k, v in sorted(self.lands.items())]
        return {"projects": len(rows), "sha256": digest([*rows, *lands, *self.open])}


@dataclass(frozen=True)
class _Found:
    project: Project
    where: str
    shape: shapely.Geometry | None


def plain_name(name: str) -> str:
    """A name as it is compared: without spaces, remarks in brackets and case.

    What is in brackets stays where it tells two stages of one plant apart.

    Examples
    --------
    >>> plain_name("五堆子 风电场（机位为合成）"), plain_name("甲电站（二期）")
    ('五堆子风电场', '甲电站二期')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    stages = "|".join(
        map(re.escape, read_toml("siting.connection", "connection.toml")["stages"])
    )
    text = re.sub(rf"\((?![^)]*(?:{stages}|\d))[^)]*\)", "", text)
    return re.sub(r"[^\w]", "", text)


def _section(plan: Plan, kind: type[_Section]) -> _Section:
    try:
        return plan.section(kind)
    except KeyError:  # a plan read without it
        return kind()


def year_of(plant: Plant) -> int | None:
    """When a plant came on the grid, or is to; None where the plan does not say."""
    return plant.on_grid.year if plant.on_grid is not None else plant.year


def _of_plan(plan: Plan) -> Iterable[_Found]:
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
            yield _Found(
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


def _first_year(values: Iterable[Any]) -> int | None:
    years = pd.to_datetime(pd.Series(list(values), dtype="object"), errors="coerce").dt.year
    return None if years.isna().all() else int(years.min())


def _of_turbines(plan: Plan) -> Iterable[_Found]:
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
        name = str(farm) or "turbines"
        words = (
            Text(zh=name, en=name)
            if farm
            else text_of(say("siting.connection.some_turbines", n=len(own)))
        )
        yield _Found(
            Project(
                f"turbines.{name}",
                words,
                "wind",
                "operating",
                _first_year(own["on_grid"]),
                float(kw.sum()) / 1000.0,
                "turbines",
                exact=True,
            ),
            "turbines",
            shapely.convex_hull(shapely.union_all(np.asarray(own.geometry.array))),
        )


def _of_existing_pv(plan: Plan, told: list[Sentence]) -> Iterable[_Found]:
    table = open_features(plan, "existing_pv") if "existing_pv" in plan.layers else None
    if table is None:
        return
    groups: dict[str, list[Any]] = {}
    for number, (_, row) in enumerate(table.iterrows(), 1):
        name = str(row.get("name") or "").strip()
        groups.setdefault(
            name if name not in {"", "nan", "None", "<NA>"} else f"#{number}", []
        ).append(row)
    for name, rows in groups.items():
        # a plant in several polygons repeats its capacity in each of them, or shares it out
        given = [_number(r.get("capacity_mw")) for r in rows]
        known = [v for v in given if v > 0]
        if not known:
            told.append(say("siting.connection.pv_without_capacity", name=name))
            continue
        repeated = len(known) > 1 and max(known) - min(known) <= 1e-9
        mw = known[0] if repeated else sum(known)
        if repeated:
            told.append(say("siting.connection.pv_in_parts", name=name, n=len(rows), mw=mw))
        years = [int(v) for v in (_number(r.get("year")) for r in rows) if v > 0]
        yield _Found(
            Project(
                f"existing_pv.{name}",
                Text(zh=name, en=name),
                "pv",
                "operating",
                min(years, default=None),
                mw,
                "existing_pv",
                exact=True,
            ),
            "existing_pv",
            shapely.union_all([r.geometry for r in rows]),
        )


def _number(value: Any) -> float:  # noqa: ANN401 - whatever a table holds
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _place(found: _Found, plan: Plan) -> shapely.Geometry | None:
    p = found.project
    if found.shape is not None or p.lon is None or p.lat is None:
        return found.shape
    x, y = transform_points(np.array([p.lon]), np.array([p.lat]), "EPSG:4326", plan_crs(plan))
    return shapely.Point(float(x[0]), float(y[0]))


def _same(a: _Found, b: _Found, plan: Plan) -> bool:
    one, other = a.project, b.project
    if one.kind != other.kind:
        return False
    names = {plain_name(one.name.zh), plain_name(one.name.en)} - {""}
    theirs = {plain_name(other.name.zh), plain_name(other.name.en)} - {""}
    if names & theirs:
        return True
    here, there = _place(a, plan), _place(b, plan)
    if here is None or there is None:
        return False
    same = read_toml("siting.connection", "connection.toml")["same"]
    alike = math.isclose(one.capacity_mw, other.capacity_mw, rel_tol=same["capacity_frac"])
    reach = same["exact_m"] if one.exact and other.exact else 0.0
    if alike:
        reach = max(reach, same["approximate_m"])
    return bool(reach and shapely.distance(here, there) <= reach)


def _life(plan: Plan, kind: str) -> tuple[int, int]:
    own = _section(plan, ConnectionSection).plant_life_yr
    own_kind: Literal["pv", "wind"] = "pv" if kind == "pv" else "wind"
    given = own.get(own_kind)
    life = factors()[f"life_{own_kind}"]
    return (given, given) if given is not None else (int(life.low), int(life.high))


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
        ``retires`` and ``retires_late`` (first year it no longer counts; empty without a year).
    told : tuple of Sentence
    """
    told: list[Sentence] = []
    register = _section(plan, Registered)
    every = (*register.projects, *projects)
    listed_ = [_Found(p, "projects", None) for p in every if p.kind in NEW_ENERGY]
    if register.open:
        told.append(say("siting.connection.registered_open", ids=listed(register.open)))
    found = [*_of_plan(plan), *listed_, *_of_turbines(plan), *_of_existing_pv(plan, told)]
    kept: list[tuple[_Found, list[str]]] = []
    for one in found:
        # two rows of one list are two plants, unless its author says otherwise
        twin = next(
            (k for k in kept if k[0].where != one.where and _same(k[0], one, plan)), None
        )
        if twin is None:
            kept.append((one, [one.where]))
            continue
        first = twin[0].project
        twin[1].append(one.where)
        told.append(
            say(
                "siting.connection.plant_twice",
                name=first.name,
                first=say(f"siting.connection.list_{twin[0].where}"),
                mw=first.capacity_mw,
                other=one.project.name,
                second=say(f"siting.connection.list_{one.where}"),
                other_mw=one.project.capacity_mw,
            )
        )
    rows = []
    for one, where in kept:
        p = one.project
        early, late = _life(plan, p.kind)
        if p.year is None:
            told.append(say("siting.connection.plant_without_year", name=p.name))
        rows.append(
            {
                "name_zh": p.name.zh,
                "name_en": p.name.en,
                "technology": p.kind,
                "capacity_mw": p.capacity_mw,
                "status": _STATUS.get(p.stage, p.stage),
                "year": p.year,
                "year_known": p.year is not None,
                "source": p.source,
                "id": p.id,
                "found_in": " ".join(where),
                "retires": None if p.year is None else p.year + early,
                "retires_late": None if p.year is None else p.year + late,
            }
        )
    table = pd.DataFrame(rows, columns=list(LEDGER_COLUMNS))
    whole = dict.fromkeys(("year", "retires", "retires_late"), "Int64")
    return table.astype(whole), tuple(told)


def on_sites(plan: Plan, sites: gpd.GeoDataFrame) -> tuple[Sentence, ...]:
    """Projects of the register that are to be built on land of candidate sites.

    Both are counted, the project as a plant and its site as what may be added: who adds them
    up counts that land twice.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id``, in the plan's CRS.
    """
    found = _section(plan, Registered)
    names = sites["site_id"].astype(str).to_numpy()
    out = []
    for p in found.projects:
        land = found.lands.get(p.id)
        if land is None or p.stage == "operating":
            continue
        hit = shapely.intersection(sites.geometry.to_numpy(), land)
        # a point has no area: it lies in a site or not
        flat = shapely.get_dimensions(land) < 2
        inside = names[~shapely.is_empty(hit) if flat else shapely.area(hit) > 0]
        if len(inside):
            ids = listed(list(inside[:12]))
            mw = p.capacity_mw
            out.append(say("siting.connection.registered_on_site", name=p.name, mw=mw, ids=ids))
    return tuple(out)


def ledger(plan: Plan, projects: Iterable[Project] = ()) -> pd.DataFrame:
    """The plan's PV and wind plants, each once, see `told_ledger`.

    A plant whose year is not known counts from the start and never retires, and its row says
    so. An uncertain location is kept: the plan attributed it to the county.
    """
    return told_ledger(plan, projects)[0]
