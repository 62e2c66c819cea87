"""One door to the models: where to build, by number, by budget, by year."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import ConfigError
from gis.say import listed, say
from gis.types import F8
from siting.facilities.capacities.flows import capacitated, transport
from siting.facilities.cover import all_covered, backed_up, most_covered
from siting.facilities.levels import levels_covered
from siting.facilities.median import median
from siting.facilities.question import (
    MODELS,
    NEEDS_LIMIT,
    NEEDS_NUMBER,
    NO_LIMIT,
    Found,
    Model,
    Question,
    found_of,
    within_ways,
)
from siting.facilities.scaled import factors, in_own_units, scaled
from siting.facilities.spread import center, dispersion

__all__ = ["coverage_curve", "locate", "locate_by_year"]


def locate(
    model: Model,
    question: Question,
    *,
    number: Any = None,  # noqa: ANN401 - a number, or one a level
    limit: Any = None,  # noqa: ANN401 - a cost, or one a level
    between: F8 | None = None,
    whole: bool = False,
    levels: Any = None,  # noqa: ANN401 - (m,) int8
    time_limit_s: float = 20.0,
) -> Found:
    """Where to build by one of the models.

    Parameters
    ----------
    model : str
        ``"lscp"`` fewest places for all, ``"mclp"`` most weight within `limit`,
        ``"p_median"`` least weight times cost, ``"p_center"`` least longest cost,
        ``"capacitated_p_median"``, ``"capacitated_mclp"``, ``"hierarchical"`` (levels),
        ``"transport"`` (all open, demand is sent), ``"p_dispersion"`` (far apart),
        ``"backup"`` (covered twice).
    question : Question
        Of `siting.facilities.question.ask`.
    number : int, float or sequence of int
        New places, those chosen beforehand among them; a budget where places have prices;
        of ``"hierarchical"`` one a level.
    limit : float or sequence of float
        Cost within which demand counts as served; one a level. No way beyond it is gone: a
        median first serves as much weight as can be within it.
    between : (m, m) float64, optional
        From place to place, of ``"p_dispersion"``.
    whole : bool
        Capacities: a demand goes to one place only.
    levels : (m,) int8, optional
        Levels places of ``"hierarchical"`` have already and keep; 0 where they have none.
    time_limit_s : float
        After it the best so far is given and says so.

    Returns
    -------
    Found
        With the distance to the best there can be.

    Raises
    ------
    ConfigError
        For a model that does not exist, lacks its number or limit, or knows no limit; for more
        chosen places than the number.

    Examples
    --------
    >>> from siting.facilities.question import ask
    >>> line = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))
    >>> found = locate("p_median", ask(line, np.ones(5)), number=1)
    >>> np.flatnonzero(found.opened).tolist(), found.value, found.gap
    ([2], 6.0, 0.0)
    """
    if model not in MODELS:
        raise ConfigError(
            say("siting.facilities.no_such_model"), got=str(model), expected=listed(MODELS)
        )
    if model in NEEDS_NUMBER and number is None:
        raise ConfigError(say("siting.facilities.number_lacking", model=model))
    if model in NEEDS_LIMIT and limit is None:
        raise ConfigError(say("siting.facilities.limit_lacking", model=model))
    if model in NO_LIMIT and limit is not None:
        raise ConfigError(
            say("siting.facilities.limit_not_sought", model=model), got=str(limit)
        )
    numbers = np.atleast_1d(np.asarray(0 if number is None else number, float))
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ConfigError(say("siting.facilities.number_negative"), got=str(number))
    limits_given = np.atleast_1d(np.asarray([] if limit is None else limit, float))
    if np.isnan(limits_given).any() or (limits_given < 0).any():
        raise ConfigError(
            say("siting.facilities.limit_no_number"), got=str(limit), expected=">= 0"
        )
    priced = not np.array_equal(question.price, np.ones(len(question.state)))
    plain = model in {"p_median", "p_center", "p_dispersion"}
    if plain and (priced or numbers[0] != np.floor(numbers[0])):
        raise ConfigError(say("siting.facilities.whole_number", model=model), got=str(number))
    chosen = float(question.price[question.state == 2].sum())
    if number is not None and chosen > numbers.sum() + 1e-9:
        raise ConfigError(
            say("siting.facilities.more_chosen"),
            got=f"{chosen:g}",
            expected=f"<= {numbers.sum():g}",
            todo=say("siting.facilities.more_chosen_todo"),
        )
    by = factors(question, between)
    if model == "hierarchical":  # a number a level, no budget
        by = by._replace(price=1.0)
    found = _located(
        model,
        scaled(question, by),
        numbers=numbers * by.price if priced else numbers,
        number=None if number is None else float(numbers[0]) * by.price,
        limits=limits_given * by.cost,
        between=np.zeros((0, 0)) if between is None else np.asarray(between, float) * by.cost,
        whole=whole,
        levels=levels,
        s=time_limit_s,
    )
    return in_own_units(model, found, by)


def _located(
    model: Model,
    q: Question,
    *,
    numbers: F8,
    number: float | None,
    limits: F8,
    between: F8,
    whole: bool,
    levels: Any,  # noqa: ANN401 - as locate
    s: float,
) -> Found:
    """By the model, of a question without fault."""
    limit = float(limits[0]) if len(limits) else None
    reach = np.inf if limit is None else limit
    several = 0.0 if number is None else number
    if model == "lscp":
        return all_covered(q, reach, s)
    if model == "mclp":
        return most_covered(q, several, reach, s)
    if model == "p_median":
        return _near_median(q, int(several), s, limit)
    if model == "p_center":
        return center(q, int(several), s)
    if model == "hierarchical":
        return levels_covered(q, [int(v) for v in numbers], limits.tolist(), s, levels)
    if model == "backup":
        return backed_up(q, number, reach, s)[0]
    if model == "p_dispersion":
        return dispersion(q, between, int(several), s)
    if model == "transport":
        return transport(q, s, reach)
    if model == "capacitated_mclp":
        return capacitated(q, several, s, limit=reach, whole=whole)
    return capacitated(within_ways(q, limit), several, s, whole=whole)


def _near_median(q: Question, number: int, time_limit_s: float, limit: float | None) -> Found:
    """A median of the ways within a limit; who is beyond it still has its nearest place."""
    found = median(within_ways(q, limit), number, time_limit_s)
    if limit is None:
        return found
    return found_of(
        q,
        found.model,
        found.opened,
        value=found.value,
        bound=found.bound,
        in_time=found.in_time,
        way=found.way,
        asked=found.asked,
        limit=limit,
    )


def locate_by_year(
    model: Model,
    question: Question,
    opens: Mapping[int, Any],
    **how: Any,  # noqa: ANN401 - as locate
) -> dict[int, Found]:
    """Year after year; what is open stays open.

    Parameters
    ----------
    model, question
        As `locate`.
    opens : mapping
        Year -> new places in all until then; must not fall.
    **how
        As `locate`.

    Raises
    ------
    ConfigError
        When a later year has fewer places than an earlier one.
    """
    years = sorted(opens)
    for before, after in itertools.pairwise(years):
        if (np.asarray(opens[after]) < np.asarray(opens[before])).any():
            of = {"few": str(opens[before]), "many": str(opens[after])}
            raise ConfigError(
                say("siting.facilities.fewer_later", before=str(before), after=str(after), **of)
            )
    out: dict[int, Found] = {}
    q, levels = question, None
    for year in years:
        out[year] = locate(model, q, number=opens[year], levels=levels, **how)
        levels = out[year].level
        kept = out[year].opened & ~q.standing
        q = replace(q, state=np.where(kept, 2, q.state).astype(np.int8))
    return out


def coverage_curve(
    question: Question,
    limit: float,
    most: int,
    *,
    time_limit_s: float = 20.0,
    points: int = 12,
    also: Sequence[int] = (),
) -> pd.DataFrame:
    """Weight within a limit over the number of new places: how many are enough.

    Parameters
    ----------
    question : Question
        Without prices.
    limit : float
    most : int
        Largest number; no more than there are places.
    time_limit_s : float
        For all points together.
    points : int
        At most so many numbers are asked; 0 and the largest always are.
    also : sequence of int
        Numbers asked beside them.

    Returns
    -------
    DataFrame
        ``new``, ``covered`` (weight), ``covered_frac`` of all weight, ``bound_frac`` (what
        cannot be more), ``mean_cost`` of all that is reached.
    """
    free = int((question.allowed & ~question.standing).sum())
    most = min(most, free)
    chosen = int((question.state == 2).sum())
    even = np.round(np.linspace(chosen, most, min(points, most - chosen + 1)))
    asked = np.unique(np.append(even, [n for n in also if chosen <= n <= most])).astype(int)
    total = float(question.weight.sum())
    rows = []
    for number in asked:
        part = time_limit_s / len(asked)
        one = locate("mclp", question, number=int(number), limit=limit, time_limit_s=part)
        reached = np.isfinite(one.cost) & question.asks
        weight = question.weight[reached]
        mean = float(weight @ one.cost[reached] / weight.sum()) if weight.sum() > 0 else np.nan
        rows.append(
            {
                "new": int(number),
                "covered": one.value,
                "covered_frac": min(one.value / total, 1.0) if total > 0 else np.nan,
                "bound_frac": one.bound / total if total > 0 else np.nan,
                "mean_cost": mean,
            }
        )
    return pd.DataFrame(rows)
