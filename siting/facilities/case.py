"""One case answered: arrays of a plan's layers, a model, and tables that say why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError
from gis.say import Sentence, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.plan.model import Plan
from layers.spec import Text, text_of
from siting.facilities.asking import Asking, area_at, demand_of, weight_unit
from siting.facilities.case_rows import (
    demand_rows,
    mean_cost,
    moved,
    site_rows,
    township_rows,
)
from siting.facilities.cost import od_costs, straight_costs
from siting.facilities.equity import gini, quantile
from siting.facilities.locate import coverage_curve, locate, locate_by_year
from siting.facilities.network import Network
from siting.facilities.places import Places, places_of, township_of
from siting.facilities.question import Found, Question, ask
from siting.facilities.section import FacilityCase
from siting.facilities.seen import seen_from
from siting.facilities.summary import CurvePoint, FacilityAnswer, FacilityYear

__all__ = ["Answered", "NetworkOf", "answer_case", "whole_answer"]

NetworkOf = Callable[[FacilityCase], Network]
_CURVE_POINTS = 12
_MOST_PAIRS = 50_000_000  # of demand and places; a search holds several numbers of each
_MOST_OF_CURVE = 40  # new sites the curve goes to at most


@dataclass(frozen=True)
class Answered:
    """A case with its tables.

    Attributes
    ----------
    answer : FacilityAnswer
    sites, demand : DataFrame
        One row a place, with ``x``, ``y`` in the plan CRS.
    townships : DataFrame
        Demand and what is served, by township.
    told
        What a reader has to know.
    open_xy : (k, 2) float64
        Places open in the last year.
    more
        Tables of cases about places as a whole, by name.
    shapes
        Of the rows of tables in `more`, by name of the table.
    """

    answer: FacilityAnswer
    sites: pd.DataFrame
    demand: pd.DataFrame
    townships: pd.DataFrame
    told: tuple[Sentence, ...]
    open_xy: F8 = field(default_factory=lambda: np.zeros((0, 2)))
    more: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    shapes: Mapping[str, npt.NDArray[np.object_]] = field(default_factory=dict)


def _costs(
    plan: Plan,
    case: FacilityCase,
    a: Asking,
    p: Places,
    net_of: NetworkOf,
    told: list[Sentence],
) -> tuple[F8, F8 | None, npt.NDArray[np.bool_]]:
    """From demand to places, between places where the model asks, and whether a way leads."""
    c = case.cost
    if (n := len(a.xy)) * (m := len(p.xy)) > _MOST_PAIRS:
        raise ConfigError(
            say("siting.facilities.pairs_many", n=n, m=m),
            where="[demand.cell_m]" if case.demand.raster else "[demand]",
            expected=say("gis.files.at_most", most=_MOST_PAIRS),
            todo=say("siting.facilities.pairs_many_todo"),
        )
    scale = {"min": 1.0, "m": 1.0, "km": 1e-3, "cny": 1e-3 * (c.cny_km or 1.0)}[c.unit]

    def way(one: F8, two: F8) -> F8:
        if c.by == "straight":
            return straight_costs(one, two) * scale
        if c.by == "sight":
            return seen_from(plan, c, one, two) * scale
        reach = od_costs(
            net_of(case),
            one,
            two,
            unit="min" if c.unit == "min" else "m",
            most_access_m=c.most_access_m,
            access_kmh=c.access_kmh,
        )
        return reach.cost * scale

    between = way(p.xy, p.xy) if case.model == "p_dispersion" else None
    cost = way(a.xy, p.xy)
    # excluded places too: that a way leads there is no lack of roads
    leads = np.asarray(np.isfinite(cost).any(axis=1))
    if c.inside:
        own, other = (area_at(plan, case, c.inside, xy) for xy in (a.xy, p.xy))
        cost[(own[:, None] != other[None, :]) | (own < 0)[:, None]] = np.inf
        usable = other[[w is None for w in p.excluded]]
        alone = (own >= 0) & ~np.isin(own, usable)
        for key, lost in (("in_no_area", own < 0), ("area_without_place", alone)):
            if (lost & (a.weight > 0)).any():
                told.append(
                    say(
                        f"siting.facilities.{key}",
                        name=case.name,
                        n=int((lost & (a.weight > 0)).sum()),
                        weight=float(a.weight[lost].sum()),
                        layer=layer_of(c.inside).title,
                    )
                )
    return cost, between, leads


def _numbers(case: FacilityCase, p: Places, told: list[Sentence]) -> dict[int, Any]:
    """New places (or money) until each year."""
    free = sum(w is None for w in p.excluded) - int(p.stands.sum())
    out: dict[int, Any] = {}
    have = float(np.nansum(p.capacity[p.stands]))
    for year, number in case.open.items():
        if isinstance(number, tuple):
            out[int(year)] = tuple(int(v) for v in number)
            if sum(number) > free:
                told.append(_more_asked(case, year, sum(number), free))
            continue
        new = float(number)
        if case.count == "capacity" and case.candidates and case.candidates.capacity:
            new = max(0, math.ceil((new - have) / case.candidates.capacity - 1e-9))
        if case.count != "budget" and new > free:
            told.append(_more_asked(case, year, new, free))
            new = free
        out[int(year)] = new
    return out


def _more_asked(case: FacilityCase, year: str, asked: float, free: int) -> Sentence:
    key = "more_asked" if free else "none_to_open"
    return say(f"siting.facilities.{key}", name=case.name, year=year, asked=asked, n=free)


def _question(case: FacilityCase, a: Asking, p: Places, cost: F8) -> Question:
    price = None
    if case.count == "budget" and case.candidates is not None:
        price = np.full(len(p.name), case.candidates.price_cny or 1.0)
    sized = case.model in {"capacitated_p_median", "capacitated_mclp", "transport"}
    if sized and np.isnan(p.capacity).all():
        raise ConfigError(
            say("siting.facilities.no_capacity"),
            where=f"[[facilities]] {case.id}",
            todo=say("siting.facilities.capacity_case_todo"),
        )
    return ask(
        cost,
        a.weight,
        existing=p.stands,
        forbidden=np.array([w is not None for w in p.excluded]),
        preselected=p.chosen & np.array([w is None for w in p.excluded]),
        price=price,
        capacity=np.nan_to_num(p.capacity) if sized else None,
    )


def _solve(
    case: FacilityCase, q: Question, opens: dict[int, Any], between: F8 | None, now: int
) -> dict[int, Found]:
    how: dict[str, Any] = {
        "limit": case.cost.limit,
        "between": between,
        "whole": case.whole,
        "time_limit_s": case.time_limit_s,
    }
    model = case.model
    if model == "transfers" or model == "connectivity":
        raise AssertionError
    if not opens:
        return {now: locate(model, q, **how)}
    return locate_by_year(model, q, opens, **how)


def _year(year: int, f: Found, q: Question, p: Places, asked: float | None) -> FacilityYear:
    total = float(q.weight.sum())
    served = float(f.served @ q.weight)
    known = np.isfinite(p.capacity[f.opened])
    return FacilityYear(
        year=year,
        asked=asked,
        new_sites=int((f.opened & ~p.stands).sum()),
        capacity=float(np.nansum(p.capacity[f.opened])) if known.any() else None,
        served=served,
        served_frac=served / total if total > 0 else None,
        mean_cost=mean_cost(f.cost, moved(f, q)),
        value=f.value if math.isfinite(f.value) else None,
        bound=f.bound if math.isfinite(f.bound) else None,
        gap=f.gap,
        in_time=f.in_time,
        way=f.way,
    )


def _curve(
    case: FacilityCase, q: Question, most: int
) -> tuple[tuple[CurvePoint, ...], int | None]:
    """Coverage over new sites, and after how many no more is covered."""
    limit = case.cost.limit
    if not case.curve or limit is None or isinstance(limit, tuple) or q.capacity is not None:
        return (), None
    plain = replace(q, price=np.ones(len(q.state)))
    fewest = locate("lscp", plain, limit=limit, time_limit_s=case.time_limit_s / 2)
    enough = int(fewest.value) if fewest.gap == 0 else None
    top = min(max(most, enough or most, 1), _MOST_OF_CURVE)
    table = coverage_curve(
        plain, limit, top, time_limit_s=case.time_limit_s, points=_CURVE_POINTS, also=[most]
    )
    points = tuple(
        CurvePoint(
            new_sites=int(r["new"]),
            coverage_frac=r["covered_frac"],
            bound_frac=r["bound_frac"],
            mean_cost=None if np.isnan(r["mean_cost"]) else r["mean_cost"],
        )
        for r in table.to_dict("records")
    )
    return points, enough


def _sentence(case: FacilityCase, year: FacilityYear, states: Mapping[str, int]) -> Text:
    missed = states.get("not_served", 0) + states.get("part", 0)
    key = "answer_left_seen" if case.cost.by == "sight" else "answer_left"
    cut = states.get("unreachable", 0)
    left = say(f"siting.facilities.{key}", missed=missed, cut=cut)
    return text_of(
        say(
            f"siting.facilities.{'answer' if case.cost.limit else 'answer_any'}",
            year=str(year.year),
            new=year.new_sites,
            served=year.served_frac or 0.0,
            left=left,
        )
    )


def whole_answer(
    plan: Plan,
    case: FacilityCase,
    unit: str,
    **found: Any,  # noqa: ANN401 - fields of the answer
) -> FacilityAnswer:
    """The answer of a case about places as a whole: what every answer says, and what is found.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
    unit : str
        Of its cost.
    **found
        Fields of `FacilityAnswer`.
    """
    return FacilityAnswer(
        id=case.id,
        title=case.name,
        model=case.model,
        unit=unit,
        limit=(),
        weight_unit="",
        synthetic=any(plan.layers[i].synthetic for i in case.layers if i in plan.layers),
        waits_for=(),
        refused=None,
        targets=case.target,
        quote=case.quote,
        note=case.note,
        **found,
    )


def answer_case(plan: Plan, case: FacilityCase, net_of: NetworkOf) -> Answered:
    """Where to build, who is reached, and why.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
        Of the plan; its layers are there.
    net_of : callable
        The graph of roads for a case.

    Raises
    ------
    DataError, ConfigError
        For layers or a case that cannot be.
    """
    a, p = demand_of(plan, case), places_of(plan, case)
    told = [*a.told, *p.told]
    cost, between, leads = _costs(plan, case, a, p, net_of, told)
    q = _question(case, a, p, cost)
    now = plan.plan.as_of.year
    opens = _numbers(case, p, told)
    years = _solve(case, q, opens, between, now)
    last = years[max(years)]
    c = case.candidates
    if q.capacity is not None and c is not None and c.capacity is None:
        told.append(say("siting.facilities.candidates_hold_nothing", name=case.name))
    if q.capacity is not None:
        have, need = float(q.capacity[last.opened].sum()), float(q.weight.sum())
        if have < need:
            told.append(
                say("siting.facilities.too_little", name=case.name, capacity=have, weight=need)
            )
    rows = []
    for year, f in years.items():
        given = case.open.get(str(year))
        asked = float(sum(given)) if isinstance(given, tuple) else given
        rows.append(_year(year, f, q, p, asked))
        if not f.in_time:
            told.append(
                say("siting.facilities.out_of_time", name=case.name, year=str(year), gap=f.gap)
            )
    demand = demand_rows(case, a, p, q, last, leads, township_of(plan, a.xy))
    sites = site_rows(case, p, q, years, township_of(plan, p.xy))
    by_state = demand.groupby("demand_state")["demand_weight"].agg(["size", "sum"])
    states = {str(k): int(v) for k, v in by_state["size"].items()}
    curve, enough = _curve(case, q, rows[-1].new_sites)
    limit = case.cost.limit
    d = case.demand
    going = moved(last, q)
    fair = [quantile(last.cost, going, s) for s in (0.5, 0.9)]
    even = gini(last.cost, going)
    answer = FacilityAnswer(
        id=case.id,
        title=case.name,
        model=case.model,
        unit=case.cost.unit,
        limit=() if limit is None else limit if isinstance(limit, tuple) else (limit,),
        weight_unit=weight_unit(d),
        synthetic=any(plan.layers[i].synthetic for i in case.layers if i in plan.layers),
        waits_for=(),
        refused=None,
        demand=len(a.name),
        weight=float(a.weight.sum()),
        states=states,
        weights={str(k): float(v) for k, v in by_state["sum"].items()},
        existing=int(p.stands.sum()),
        candidates=int((q.allowed & ~p.stands).sum()),
        excluded=sum(w is not None for w in p.excluded),
        closable=int(sites["closable"].sum()),
        years=tuple(rows),
        curve=curve,
        enough=enough,
        cost_p50=None if np.isnan(fair[0]) else fair[0],
        cost_p90=None if np.isnan(fair[1]) else fair[1],
        gini=None if np.isnan(even) else even,
        targets=case.target,
        quote=case.quote,
        note=case.note,
        factor=None if d.factor is None else d.factor.source,
        sentence=_sentence(case, rows[-1], states),
    )
    by_township = township_rows(demand, going)
    return Answered(answer, sites, demand, by_township, tuple(told), p.xy[last.opened])
