"""Rows of a case that is answered: its places, its demand, its townships."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.say import say
from gis.types import F8
from siting.facilities.asking import Asking
from siting.facilities.places import Places
from siting.facilities.question import NEEDS_LIMIT, Found, Question, within
from siting.facilities.section import FacilityCase

__all__ = ["demand_rows", "mean_cost", "moved", "site_rows", "township_rows"]


def moved(f: Found, q: Question) -> F8:
    """Weight that goes to a place: with capacities only what is served."""
    return q.weight if f.flow is None else np.asarray(f.flow.sum(axis=1))


def mean_cost(cost: F8, weight: F8) -> float | None:
    """Mean cost by weight of what is reached; None where nothing is."""
    reached = np.isfinite(cost) & (weight > 0)
    return float(np.average(cost[reached], weights=weight[reached])) if reached.any() else None


def _states(f: Found, q: Question, leads: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    """State of each demand: served, part, not_served, unreachable, no_weight."""
    out = np.full(len(q.weight), "not_served", object)
    out[f.served > 0] = "part"
    out[f.served >= 1 - 1e-6] = "served"
    out[~leads] = "unreachable"
    out[~q.asks] = "no_weight"
    return out


def _load(f: Found, q: Question) -> tuple[F8, npt.NDArray[np.intp]]:
    """Weight and number of demand places each place serves."""
    m = len(q.state)
    if f.flow is not None:
        return f.flow.sum(axis=0), (f.flow > 0).sum(axis=0)
    mine = (f.served > 0) & (f.to >= 0) & q.asks
    load = np.bincount(f.to[mine], weights=q.weight[mine], minlength=m)
    return load.astype(float), np.bincount(f.to[mine], minlength=m)


def _only(f: Found, q: Question, limit: float) -> F8:
    """Weight no other open place is near enough to serve; not known where capacities count."""
    if f.flow is not None:
        return np.full(len(q.state), np.nan)
    near = within(q.cost, limit) & f.opened[None, :]
    alone = near & (near.sum(axis=1) == 1)[:, None]
    return np.asarray(q.weight @ alone)


def _of_levels(
    f: Found, q: Question, limits: tuple[float, ...]
) -> tuple[F8, npt.NDArray[np.intp], F8]:
    """Weight and number each place serves on any of its levels, and what it alone does.

    Demand counts that is within the limits of all levels, with the nearest place of each.
    """
    level = np.zeros(len(q.state), np.int8) if f.level is None else f.level
    mine = np.zeros(q.cost.shape, dtype=bool)
    alone = mine.copy()
    met = (f.served > 0) & q.asks
    for k, limit in enumerate(limits):
        near = within(q.cost, limit) & (level > k)[None, :] & met[:, None]
        to = np.argmin(np.where(near, q.cost, np.inf), axis=1)
        has = near.any(axis=1)
        mine[has, to[has]] = True
        alone |= near & (near.sum(axis=1) == 1)[:, None]
    return np.asarray(q.weight @ mine), mine.sum(axis=0), np.asarray(q.weight @ alone)


def _spare(case: FacilityCase, p: Places, f: Found) -> float:
    """Capacity that may be closed where the plan counts it."""
    if case.count != "capacity" or not case.open:
        return math.inf
    asked = case.open[max(case.open, key=int)]
    have = float(np.nansum(p.capacity[f.opened]))
    return have - float(asked if not isinstance(asked, tuple) else sum(asked)) + 1e-9


def site_rows(
    case: FacilityCase, p: Places, q: Question, years: Mapping[int, Found], townships: list[str]
) -> pd.DataFrame:
    """Every place: its state, what it serves, and why."""
    last = years[max(years)]
    limit = case.cost.limit
    if isinstance(limit, tuple):
        load, n, only = _of_levels(last, q, limit)
    else:
        load, n = _load(last, q)
        only = _only(last, q, math.inf if limit is None else float(limit))
    covers = case.model in NEEDS_LIMIT and last.flow is None
    spare = _spare(case, p, last)
    opened_in = np.full(len(p.name), np.nan)
    for year in sorted(years, reverse=True):
        opened_in[years[year].opened & ~p.stands] = year
    rows = []
    for i, name in enumerate(p.name):
        closable = bool(covers and p.stands[i] and only[i] <= 0)
        # what stands elsewhere is not the county's to close
        closable = closable and not p.capacity[i] > spare and not p.beyond[i]
        why = p.excluded[i]
        if why is not None:
            state, reason = "excluded", why
        elif p.stands[i]:
            state = "existing"
            key = "reason_closable" if closable else "reason_existing"
            key = "reason_beyond" if p.beyond[i] else key
            reason = say(f"siting.facilities.{key}", n=int(n[i]), weight=load[i])
        elif last.opened[i]:
            state = "new"
            key = "reason_chosen" if np.isfinite(only[i]) else "reason_sent"
            key = key if n[i] else "reason_filled"
            reason = say(f"siting.facilities.{key}", n=int(n[i]), weight=load[i], only=only[i])
        else:
            state, reason = "not_chosen", say("siting.facilities.reason_left")
        rows.append(
            {
                "facility_case": case.id,
                "name": name,
                "layer": p.layer[i],
                "township": townships[i],
                "facility_state": state,
                "open_year": opened_in[i],
                "capacity_n": p.capacity[i],
                "facility_level": np.nan
                if last.level is None or not last.level[i]
                else last.level[i],
                "load_weight": load[i],
                "served_n": int(n[i]),
                "only_weight": only[i] if last.opened[i] else np.nan,
                "closable": closable,
                "why_chosen_zh": reason("zh"),
                "why_chosen_en": reason("en"),
                "x": p.xy[i, 0],
                "y": p.xy[i, 1],
            }
        )
    return pd.DataFrame(rows)


def demand_rows(
    case: FacilityCase,
    a: Asking,
    p: Places,
    q: Question,
    f: Found,
    leads: npt.NDArray[np.bool_],
    townships: list[str],
) -> pd.DataFrame:
    """Every demand place: its state, its cost, who serves it, and how many places could."""
    near = np.full(len(a.name), np.nan)
    limit = case.cost.limit
    if limit is not None and not isinstance(limit, tuple):
        near = (within(q.cost, float(limit)) & f.opened[None, :]).sum(axis=1).astype(float)
    return pd.DataFrame(
        {
            "facility_case": case.id,
            "name": a.name,
            "township": townships,
            "demand_weight": a.weight,
            "demand_state": _states(f, q, leads),
            "served_frac": f.served,
            "travel_cost": np.where(np.isfinite(f.cost), f.cost, np.nan),
            "cost_unit": case.cost.unit,
            "near_n": near,
            "served_by": [p.name[j] if j >= 0 else "" for j in f.to],
            "x": a.xy[:, 0],
            "y": a.xy[:, 1],
        }
    )


def township_rows(demand: pd.DataFrame, going: F8) -> pd.DataFrame:
    """Demand and what is served, by township; means are of the weight that goes."""
    rows = []
    for name, own in demand.assign(going=going).groupby("township", sort=True):
        weight = own["demand_weight"].to_numpy(float)
        cost = own["travel_cost"].to_numpy(float)
        total = float(weight.sum())
        served = float(weight @ own["served_frac"].to_numpy(float))
        cut = own["demand_state"].eq("unreachable").to_numpy()
        mean = mean_cost(np.where(np.isnan(cost), np.inf, cost), own["going"].to_numpy(float))
        rows.append(
            {
                "facility_case": own["facility_case"].iloc[0],
                "township": name,
                "places_n": len(own),
                "demand_weight": total,
                "served_weight": served,
                "gap_weight": total - served if total - served > 1e-9 * total else 0.0,
                "served_frac": served / total if total > 0 else np.nan,
                "unreachable_weight": float(weight[cut].sum()),
                "travel_cost": np.nan if mean is None else mean,
                "cost_unit": own["cost_unit"].iloc[0],
            }
        )
    return pd.DataFrame(rows)
