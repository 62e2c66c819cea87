"""The step ``facilities``: every case of ``[[facilities]]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.errors import ConfigError, Fault, GeoplanError
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from layers.open.county import plan_crs
from layers.open.plan_layers import layer_report, open_features
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from layers.spec import Text, text_of
from layers.units import known
from siting.facilities.buses.answer import answer_transfers
from siting.facilities.case import Answered, answer_case
from siting.facilities.connected import answer_connectivity
from siting.facilities.cost import isochrones
from siting.facilities.looked_at import check_speeds, check_targets, loose_roads, waiting_for
from siting.facilities.network import Network, road_network, speed_table
from siting.facilities.section import FacilitiesSection, FacilityCase
from siting.facilities.seen import ground_told
from siting.facilities.summary import FacilitiesPart, FacilityAnswer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["FoundCases", "facilities_step", "facility_answers"]

_ANSWERS: dict[str, Callable[[Plan, FacilityCase], Answered]] = {
    "transfers": answer_transfers,
    "connectivity": answer_connectivity,
}
_WITHOUT_SHAPE = frozenset({"no_geometry", "geometry_dropped"})
_SHAPED = {  # tables whose rows have shapes -> their layers
    "facility_links": "facility_corridors",
    "facility_patches": "facility_patches",
    "facility_routes": "facility_routes",
}
_RINGS_MIN = (10.0, 30.0)  # circles a map shows where the case has no limit


class _Roads:
    """Graphs of the plan's roads, one for each table of speeds."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._held: dict[tuple[tuple[str, float], ...], Network] = {}

    def __call__(self, case: FacilityCase) -> Network:
        key = tuple(sorted(case.cost.speeds_kmh.items()))
        if key not in self._held:
            check_speeds(self._plan, case)
            roads = open_features(self._plan, "road")
            self._held[key] = road_network(roads, case.cost.speeds_kmh)
        return self._held[key]

    def told(self) -> Iterator[Warn]:
        """What a reader must know of the roads, once."""
        held = self._held.values()
        every = (t for net in held for t in (*net.told, *loose_roads(net)))
        for text in dict.fromkeys(every):
            yield Warn("facilities_roads", text, "road")


def _without(
    case: FacilityCase, *, waits: tuple[str, ...] = (), why: Text | None = None
) -> FacilityAnswer:
    limit = case.cost.limit
    return FacilityAnswer(
        id=case.id,
        title=case.name,
        model=case.model,
        unit=case.cost.unit,
        limit=() if limit is None else limit if isinstance(limit, tuple) else (limit,),
        weight_unit="",
        synthetic=False,
        waits_for=waits,
        refused=why,
        targets=case.target,
        quote=case.quote,
        note=case.note,
    )


@dataclass(frozen=True)
class FoundCases:
    """Cases of a plan, answered.

    Attributes
    ----------
    answers
        In the order of the plan.
    done
        Those that were computed, with their tables.
    warnings
        What a reader must know.
    roads
        The graph of the roads for a case.
    refused
        Why others have no answer, by the id of the case.
    """

    answers: list[FacilityAnswer]
    done: dict[str, Answered]
    warnings: list[Warn]
    roads: Callable[[FacilityCase], Network]
    refused: Mapping[str, GeoplanError]


def facility_answers(
    plan: Plan, only: str = "", progress: Progress | None = None
) -> FoundCases:
    """All cases of a plan, or one of them.

    Parameters
    ----------
    plan : Plan
    only : str
        Id of a case; all when empty.
    progress : callable, optional

    Returns
    -------
    FoundCases

    Raises
    ------
    ConfigError
        When the plan has no such case, or a case names no target of the plan.
    """
    cases = plan.section(FacilitiesSection).cases
    check_targets(plan, cases)
    if only:
        named = [c for c in cases if c.id == only]
        if not named:
            raise ConfigError(
                say("siting.facilities.no_such_case"),
                where=f"{plan.path.name} [[facilities]] --case",
                got=only,
                expected=listed(c.id for c in cases),
            )
        cases = tuple(named)
    roads = _Roads(plan)
    answers: list[FacilityAnswer] = []
    done: dict[str, Answered] = {}
    refused: dict[str, GeoplanError] = {}
    warnings: list[Warn] = []
    default_speeds = False
    for k, case in enumerate(cases):
        if progress is not None:
            progress("facilities", k, len(cases))
        if waits := waiting_for(plan, case):
            names = listed(layer_of(i).title for i in waits)
            text = say("siting.facilities.waiting", name=case.name, layers=names)
            warnings.append(Warn("facilities_waiting", text, case.id))
            answers.append(_without(case, waits=waits))
            continue
        try:
            one = (
                _ANSWERS[case.model](plan, case)
                if case.model in _ANSWERS
                else answer_case(plan, case, roads)
            )
        except GeoplanError as err:
            faults = [_of_case(plan, case, f) for f in err.faults]
            refused[case.id] = type(err)(faults)
            each = [(f.text("zh"), f.text("en")) for f in faults]
            zh, en = (dict.fromkeys(told) for told in zip(*each, strict=True))
            why = Text(zh="；".join(zh), en="; ".join(en))
            text = say("siting.facilities.refused", name=case.name, why=why)
            warnings.append(Warn("facilities_refused", text, case.id))
            answers.append(_without(case, why=why))
            continue
        by_road = "road" in case.layers and case.cost.unit == "min"
        # a class the case gives no speed for has the table's
        default_speeds |= by_road and not {*speed_table()["road"]} <= {*case.cost.speeds_kmh}
        done[case.id] = one
        answers.append(one.answer.model_copy(update={"against": _against(plan, case, one)}))
        warnings += [Warn("facilities", t, case.id) for t in one.told]
        if case.cost.by == "sight":
            ground = ground_told(plan, case, *(_xy(t) for t in (one.demand, one.sites)))
            warnings += [Warn("facilities", t, case.id) for t in ground]
    if progress is not None:
        progress("facilities", len(cases), len(cases))
    warnings += [*roads.told(), *_of_layers(plan, cases, done), *_not_reached(cases, answers)]
    if default_speeds:
        source = Text(**speed_table()["source"])
        text = say("siting.facilities.speeds_recalled", source=source)
        warnings.append(Warn("speeds_recalled", text, "road"))
    return FoundCases(answers, done, warnings, roads, refused)


def _of_case(plan: Plan, case: FacilityCase, fault: Fault) -> Fault:
    """A fault with its plan and case before a place that names neither."""
    own = f"[[facilities]] {case.id}"
    if isinstance(fault.where, Sentence):
        given = {"file": plan.path.name, "at": fault.where}
        head = "" if fault.where.startswith(own) else f"{own} "
        where: str = say("siting.facilities.case_at", **given, case=head)
    else:
        rest = fault.where.removeprefix(plan.path.name).strip().removeprefix(own).strip()
        rest = "" if rest == case.id else rest
        where = f"{plan.path.name} {own} {rest}".strip()
    return Fault(
        fault.what, where=where, got=fault.got, expected=fault.expected, todo=fault.todo
    )


def _against(plan: Plan, case: FacilityCase, one: Answered) -> tuple[Text, ...]:
    """Targets of the case, and how far what it counts is from them."""
    by_year = {y.year: y for y in one.answer.years}
    out = []
    for t in (t for t in plan.targets if t.id in case.target):
        y = by_year.get(t.year)
        have = y.capacity if y is not None and case.count == "capacity" else None
        key = "untold" if have is None else "met" if have >= t.value else "short"
        out.append(
            text_of(
                say(
                    f"siting.facilities.target_{key}",
                    title=t.title,
                    year=str(t.year),
                    value=t.value,
                    unit=t.unit if (unit := known(t.unit)) is None else unit.title,
                    have=have or 0.0,
                    lacks=t.value - (have or 0.0),
                )
            )
        )
    return tuple(out)


def _xy(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    return table[["x", "y"]].to_numpy(np.float64)


def _of_layers(
    plan: Plan, cases: Sequence[FacilityCase], done: Mapping[str, Answered]
) -> Iterator[Warn]:
    """Layers said to lack something, and features without a shape, cases together."""
    named = {c.id: c for c in cases if c.id in done}
    for layer_id in dict.fromkeys(i for c in named.values() for i in c.layers):
        source = plan.layers.get(layer_id)
        if source is None or not source.available:
            continue
        title = layer_of(layer_id).title
        used = listed(c.name for c in named.values() if layer_id in c.layers)
        if source.incomplete:
            text = say(
                "siting.facilities.layer_incomplete",
                layer=title,
                cases=used,
                why=source.incomplete,
            )
            yield Warn("facilities_incomplete", text, layer_id)
        report = layer_report(plan, layer_id)
        for lost in report.warnings if report is not None else ():
            if lost.code in _WITHOUT_SHAPE:
                text = say(
                    "siting.facilities.no_shape", layer=title, cases=used, what=lost.text
                )
                yield Warn("facilities_no_shape", text, layer_id)


def _not_reached(
    cases: Sequence[FacilityCase], answers: Sequence[FacilityAnswer]
) -> Iterator[Warn]:
    """Demand that reaches nothing, all cases in one sentence; what is not seen in another."""
    cut = [(c, n) for c, a in zip(cases, answers, strict=True) if (n := _cut(c, a))]
    for key in ("unreachable", "unseen"):
        own = [(c, n) for c, n in cut if (c.cost.by == "sight") == (key == "unseen")]
        if own:
            each = [say("siting.facilities.case_n", name=c.name, n=n) for c, n in own]
            text = say(f"siting.facilities.{key}", cases=listed(each))
            yield Warn("facilities", text, own[0][0].id if len(own) == 1 else "facilities")


def _cut(case: FacilityCase, answer: FacilityAnswer) -> int:
    """Places of demand no way leads from; pairs of a bus are none."""
    return 0 if case.bus or case.patches else answer.states.get("unreachable", 0)


def _points(table: pd.DataFrame, crs: Any) -> gpd.GeoDataFrame:  # noqa: ANN401 - of pyproj
    import geopandas as gpd  # heavy

    shapes = shapely.points(table["x"].to_numpy(float), table["y"].to_numpy(float))
    return gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=shapes, crs=crs)


def _rings(
    plan: Plan,
    found: FoundCases,
    crs: Any,  # noqa: ANN401 - of pyproj
) -> gpd.GeoDataFrame:
    """What lies within the minutes of any open place, by case."""
    import geopandas as gpd  # heavy

    rows, shapes = [], []
    for case in plan.section(FacilitiesSection).cases:
        if case.id not in found.done or "road" not in case.layers or case.cost.unit != "min":
            continue
        limit = case.cost.limit
        limits = limit if isinstance(limit, tuple) else (limit,) if limit else _RINGS_MIN
        shape_of = isochrones(
            found.roads(case),
            found.done[case.id].open_xy,
            tuple(limits),
            most_access_m=case.cost.most_access_m,
            access_kmh=case.cost.access_kmh,
        )
        for minutes, shape in zip(limits, shape_of, strict=True):
            if not shape.is_empty:
                rows.append({"facility_case": case.id, "within_min": minutes})
                shapes.append(shape)
    columns = ["facility_case", "within_min"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=shapes, crs=crs)


def facilities_step(
    plan: Plan,
    work: Path,  # noqa: ARG001 - every step is called alike
    progress: Progress,
) -> StepResult[FacilitiesPart]:
    """Where to build by the cases of the plan.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder; nothing of it is read.
    progress : callable

    Returns
    -------
    StepResult
        Tables ``facility_sites``, ``facility_demand``, ``facility_townships``,
        ``facility_years``, ``facility_curve``, ``facility_transfers``,
        ``facility_routes``, ``facility_patches``, ``facility_links``; layers
        ``facility_sites``, ``facility_demand``, ``facility_reach``, ``facility_routes``,
        ``facility_corridors``, ``facility_patches``.
    """
    found = facility_answers(plan, "", progress)
    done, warnings = found.done, found.warnings
    part = FacilitiesPart(facilities=tuple(found.answers))
    if not done:
        return StepResult(summary=part, warnings=warnings)
    crs = plan_crs(plan)
    layers, tables = {}, _tables(done)
    for name, frames in (
        ("facility_sites", [d.sites for d in done.values()]),
        ("facility_demand", [d.demand for d in done.values()]),
        ("facility_townships", [d.townships for d in done.values()]),
    ):
        own = [f for f in frames if len(f)]
        if not own:
            continue
        whole = pd.concat(own, ignore_index=True)
        if "x" in whole:
            layers[name] = _points(whole, crs)
        tables[name] = whole.drop(columns=["x", "y"], errors="ignore")
    rings = _rings(plan, found, crs)
    if len(rings):
        layers["facility_reach"] = rings
    for table, layer in _SHAPED.items():
        every = [d.shapes[table] for d in done.values() if table in d.shapes]
        if every and len(shapes := np.concatenate(every)):
            import geopandas as gpd  # heavy

            layers[layer] = gpd.GeoDataFrame(tables[table].copy(), geometry=shapes, crs=crs)
    return StepResult(summary=part, tables=tables, layers=layers, warnings=warnings)


def _tables(done: dict[str, Answered]) -> dict[str, pd.DataFrame]:
    """Years and curves of all cases as rows."""
    years = [
        {
            "facility_case": key,
            "year": y.year,
            "asked_n": y.asked,
            "new_sites": y.new_sites,
            "capacity_n": y.capacity,
            "served_weight": y.served,
            "served_frac": y.served_frac,
            "mean_cost": y.mean_cost,
            "cost_unit": one.answer.unit,
            "sought_value": y.value,
            "gap_frac": y.gap,
        }
        for key, one in done.items()
        for y in one.answer.years
    ]
    curve = [
        {"facility_case": key, **point.model_dump()}
        for key, one in done.items()
        for point in one.answer.curve
    ]
    out = {"facility_years": pd.DataFrame(years)} if years else {}
    out |= {"facility_curve": pd.DataFrame(curve)} if curve else {}
    for one in done.values():
        for name, table in one.more.items():
            out[name] = pd.concat([out[name], table]) if name in out else table
    return out
