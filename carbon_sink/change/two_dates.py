"""Change of carbon between two dates, by pool, by transition and by place.

One estimate, read in two ways: the stock at the later date less the stock at the earlier
(equation 2.8) and what was gained less what was lost (2.7, 2.15, 2.16, 2.23, 2.25) are the same
numbers, since both rest on the same classes, ages and coefficients. Two inventories of the
standing volume are other data (`carbon_sink.stock.inventories`) and stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.area_terms import part_terms, with_area
from carbon_sink.change.conversion import (
    CARRIERS,
    Bound,
    Carrier,
    Conversion,
    Missing,
    Period,
    Planted,
    convert,
    tonnes,
    touched,
)
from carbon_sink.change.land_groups import dense_labels
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import LIVING, Density
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo

__all__ = [
    "CARRIERS",
    "StockChange",
    "change_by_place",
    "change_terms",
    "change_total",
    "row_changes",
    "stock_change",
    "transition_terms",
    "waterfall",
]

_BIOMASS = ("cleared", "grown")


def _densities(choice: Choice, ecosystem: str, carrier: Carrier) -> list[Density]:
    pools = LIVING if carrier == "living" else (carrier,)
    return [choice[ecosystem, p] for p in pools if (ecosystem, p) in choice]


def transition_terms(
    choice: Choice, before: str, after: str, area_ha: float, carrier: Carrier
) -> list[Term] | None:
    """Terms of one carrier's change until its new equilibrium; None when not estimated.

    What the land will hold in the end, not what it holds after some years (`stock_change`).
    Land that stays in its class changes by nothing: its two stocks are one and the same draw.
    """
    if before == after:
        return []
    new, old = _densities(choice, after, carrier), _densities(choice, before, carrier)
    if not new or not old:
        return None
    gained = [t for d in new for t in d.terms(area_ha)]
    lost = [Term(-t.weight, t.factors) for d in old for t in d.terms(area_ha)]
    return gained + lost


@dataclass(frozen=True)
class StockChange:
    """Change of carbon on some land between two dates.

    Attributes
    ----------
    years
        Between the dates.
    stock_difference
        Carrier, and ``total`` -> change over the period [tC].
    stock_difference_yr
        The total a year [tC/yr].
    parts
        cleared (negative), grown, standing (growth of land that kept its class),
        dead_matter, soil -> over the period [tC]; they add up to the total.
    not_estimated_ha
        Carrier -> land whose change is not, or not wholly, estimated.
    missing
        Those lands one by one, with the side that is missing.
    bound
        What the total is: ``whole``; ``at_most`` where losses are missing, ``at_least``
        where gains are, ``open`` where both.
    more_loss_tc
        The most that losses missing may add, as far as it is known [tC].
    converted_ha, known_ha
        Area that changed class, area known at both dates, as mapped.
    lines
        Growth lines the change rests on.
    """

    years: float
    stock_difference: Mapping[str, Estimate]
    stock_difference_yr: Estimate | None
    parts: Mapping[str, Estimate]
    not_estimated_ha: Mapping[str, float]
    missing: tuple[Missing, ...]
    bound: Bound
    more_loss_tc: float
    converted_ha: float
    known_ha: float
    lines: tuple[str, ...] = ()

    @property
    def gain_loss_yr(self) -> Estimate | None:
        """The same total as gains less losses a year: one estimate, not a second one."""
        return self.stock_difference_yr


def stock_change(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    years: float,
    to_year: int = 0,
    planted: Planted = "start",
    growth: Mapping[str, str] | None = None,
    ambiguous: Mapping[str, frozenset[str]] | None = None,
    area: AreaError | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> StockChange:
    """Change of carbon on land that was classified at two dates.

    Parameters
    ----------
    transitions : DataFrame
        ``before, after, area_ha``, land that stayed included; where known ``age_years`` or
        ``planted_year`` of what stands at the later date, and ``species``.
    choice : mapping
        Densities, the same at both dates.
    years : float
        Between the dates.
    to_year, planted, growth, ambiguous
        See `carbon_sink.change.conversion.Period`.
    area : AreaError, optional
        Error of the areas; they are taken as exact without it.

    Returns
    -------
    StockChange

    Raises
    ------
    ModelError
        Dates that do not lie apart.
    DataError
        Areas that are no numbers, ages below zero, species nobody knows.

    Examples
    --------
    100 ha of irrigated field (33.11) to grassland (43.0) in 0-30 cm soil, 989 tC when the soil
    is at its new equilibrium after 20 years: half of it in 10.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.stock.pools import choose_densities
    >>> t = load_coefficients()
    >>> c = choose_densities(t, depth_cm=(0, 30), zone="cool_temperate_dry")
    >>> m = pd.DataFrame({"before": ["cropland_irrigated"], "after": ["grass_other"],
    ...                   "area_ha": [100.0]})
    >>> round(stock_change(m, c, t, years=10.0).stock_difference["soc"].value, 6)
    494.5

    100 ha of forest built over: 42.65 tC/ha of trees and 0.81 of litter are lost, the soil
    may lose up to 43 tC/ha more.

    >>> m = m.assign(before="forest_arbor", after="built")
    >>> r = stock_change(m, c, t, years=8.0)
    >>> round(r.stock_difference["total"].value, 6), r.bound, round(r.more_loss_tc, 6)
    (-4346.0, 'at_most', 4300.0)
    """
    period = Period(years, to_year, planted, growth or {}, ambiguous or {})
    found = convert(transitions, choice, table, period)
    wanted = {
        f"sd/{c}": part_terms((p for p in found.parts if p.carrier == c), area)
        for c in CARRIERS
    }
    kinds = dict.fromkeys(p.kind for p in found.parts)
    for kind in kinds:
        own = [p for p in found.parts if p.kind == kind]
        wanted[f"part/{kind}"] = part_terms(own, area)
    wanted["sd/total"] = part_terms(found.parts, area)
    wanted["sd_yr"] = part_terms(found.parts, area, 1.0 / years)
    estimates = monte_carlo(
        {k: v for k, v in wanted.items() if v}, with_area(table, area), draws=draws, seed=seed
    )
    moved = (transitions["before"] != transitions["after"]).to_numpy()
    ha = transitions["area_ha"].to_numpy(np.float64)
    return StockChange(
        years,
        {k[3:]: e for k, e in estimates.items() if k.startswith("sd/")},
        estimates.get("sd_yr"),
        {k[5:]: e for k, e in estimates.items() if k.startswith("part/")},
        _not_estimated(found),
        found.missing,
        found.bound,
        math.fsum(m.most_tc for m in found.missing if not math.isnan(m.most_tc)),
        math.fsum(ha[moved]),
        math.fsum(ha),
        found.lines,
    )


def change_terms(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    area: AreaError | None = None,
) -> list[Term]:
    """Terms of the total of `stock_change`; those of an error of areas need its rows too."""
    return part_terms(convert(transitions, choice, table, period).parts, area)


def change_total(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    area: AreaError | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> Estimate | None:
    """The total of `stock_change` alone [tC]; None where nothing is estimated."""
    terms = change_terms(transitions, choice, table, period, area=area)
    if not terms:
        return None
    known = with_area(table, area)
    return monte_carlo({"total": terms}, known, draws=draws, seed=seed, shares=False)["total"]


def _not_estimated(found: Conversion) -> dict[str, float]:
    """Land of each carrier with a side missing, once where both are."""
    out: dict[str, float] = {}
    for c in CARRIERS:
        by: dict[int, float] = {}
        for m in found.missing:
            if m.carrier == c:
                by[m.group] = max(by.get(m.group, 0.0), m.area_ha)
        out[c] = math.fsum(by.values())
    return out


def row_changes(
    transitions: pd.DataFrame, choice: Choice, table: Coefficients, period: Period
) -> pd.DataFrame:
    """Change of every row of a table of transitions, parcel by parcel [tC].

    Returns
    -------
    DataFrame
        Index of `transitions`: ``<carrier>_tc`` (NaN where nothing of it is estimated, 0 where
        a rule says that converted land holds none at either date),
        ``total_tc``, ``before_tc`` and ``after_tc`` with ``after_tc - before_tc`` the total,
        and ``not_estimated`` (carriers that lack a side). They add up to `stock_change`.
    """
    found = convert(transitions, choice, table, period)
    n = len(transitions)
    out = pd.DataFrame(index=transitions.index)
    lacking = np.full(n, "", dtype=object)
    moved = (transitions["before"] != transitions["after"]).to_numpy()
    total, some = np.zeros(n), np.zeros(n, bool)
    for c in CARRIERS:
        known = touched(found.parts, n, c)
        value = tonnes(found.parts, table, n, carrier=c)
        none = moved.copy()
        for m in found.missing:
            if m.carrier == c:
                lacking[m.rows] += f"{c} "
                none[m.rows] = False
        out[f"{c}_tc"] = np.where(known, value, np.where(none, 0.0, np.nan))
        total, some = total + value, some | known
    stayed = ~moved & (lacking == "")
    out["total_tc"] = np.where(some | stayed, total, np.nan)
    out["before_tc"] = _stood(transitions, found, choice, table)
    out["after_tc"] = out["before_tc"] + out["total_tc"]
    out["not_estimated"] = [" ".join(dict.fromkeys(str(x).split())) for x in lacking]
    return out


def _stood(
    transitions: pd.DataFrame, found: Conversion, choice: Choice, table: Coefficients
) -> np.ndarray:
    """Stock of every row at the earlier date: by class, what was cleared by what stood."""
    n = len(transitions)
    area = transitions["area_ha"].to_numpy(np.float64)
    labels = dense_labels(transitions, "before")
    stock = _total_density(labels, choice, table) * area
    gone = np.zeros(n, bool)
    cleared = [p for p in found.parts if p.kind == "cleared"]
    for p in cleared:
        gone[p.rows] = True
    mean = _total_density(labels, choice, table, LIVING) * area
    return np.asarray(np.where(gone, stock - mean - tonnes(cleared, table, n), stock))


def _total_density(
    labels: pd.Series[str], choice: Choice, table: Coefficients, pools: Sequence[str] = ()
) -> np.ndarray:
    """Sum of the pools of each class that are estimated [tC/ha]; 0 where none is."""
    by: dict[str, float] = {}
    for label in labels.unique():
        own = [
            d.value(table)
            for (e, pool), d in choice.items()
            if e == label and (not pools or pool in pools)
        ]
        by[label] = math.fsum(own)
    return labels.map(by).to_numpy(np.float64)


def _by_label(
    transitions: pd.DataFrame,
    labels: Sequence[Hashable],
    found: Conversion,
    table: Coefficients,
    area: AreaError | None,
    *,
    draws: int,
    seed: int,
) -> dict[Hashable, Estimate]:
    """Total of the rows of each label, all on common draws."""
    keys = pd.Series(list(labels), index=range(len(transitions)), dtype=object).fillna("")
    code, names = pd.factorize(keys)
    wanted: dict[str, list[Term]] = {}
    for p in found.parts:
        sums = np.bincount(code[p.rows], weights=p.weight, minlength=len(names))
        for k in np.unique(code[p.rows]):
            own = wanted.setdefault(str(k), [])
            weight = float(sums[k])
            if area is None:
                own.append(Term(weight, p.factors))
            else:
                own += area.terms(weight, p.factors, f"{p.before}>{p.after}")
    estimates = monte_carlo(
        {k: v for k, v in wanted.items() if v},
        with_area(table, area),
        draws=draws,
        seed=seed,
        shares=False,
    )
    return {names[int(k)]: e for k, e in estimates.items()}


def waterfall(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    area: AreaError | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """What each transition added to or took from the stock, largest first [tC].

    Returns
    -------
    DataFrame
        ``before, after, area_ha``, carriers, ``before_tc`` and ``after_tc`` at printed
        coefficients (of ``adjusted_ha``, with `area`), the total with its interval; a carrier
        nothing of which is estimated is NaN, one that lacks a side in ``not_estimated``.
    """
    rows = transitions[transitions["before"] != transitions["after"]].reset_index(drop=True)
    if not len(rows):
        return pd.DataFrame()
    each = row_changes(rows, choice, table, period)
    pair = list(zip(rows["before"].astype(str), rows["after"].astype(str), strict=True))
    found = convert(rows, choice, table, period)
    estimates = _by_label(rows, pair, found, table, area, draws=draws, seed=seed)
    values = each.drop(columns="not_estimated").assign(area_ha=rows["area_ha"].to_numpy())
    values = values if area is None else area.adjusted(values, pair)
    keys = [rows["before"].astype(str), rows["after"].astype(str)]
    out = values.groupby(keys).sum(min_count=1)
    out["not_estimated"] = (
        each["not_estimated"]
        .groupby(keys)
        .agg(lambda x: " ".join(dict.fromkeys(" ".join(x).split())))
    )
    out = out.reset_index()
    total = [estimates.get(k) for k in zip(out["before"], out["after"], strict=True)]
    out["total_tc"] = [e.value if e else math.nan for e in total]
    out["low_tc"] = [e.low if e else math.nan for e in total]
    out["high_tc"] = [e.high if e else math.nan for e in total]
    return out.sort_values("total_tc", key=abs, ascending=False, kind="stable")


def change_by_place(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    place: str,
    area: AreaError | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Change of each place with its interval, adding up to that of all land [tC].

    NaN where a place has land to estimate and nothing of it is; 0 where it has none.
    """
    rows = transitions.reset_index(drop=True)
    found = convert(rows, choice, table, period)
    names = rows[place].fillna("").astype(str)
    estimates = _by_label(rows, list(names), found, table, area, draws=draws, seed=seed)
    lacking = np.zeros(len(rows), bool)
    for m in found.missing:
        lacking[m.rows] = True
    ha = rows["area_ha"]
    moved = rows["before"] != rows["after"]
    out = pd.DataFrame(
        {
            "known_ha": ha.groupby(names).sum(),
            "converted_ha": ha.where(moved, 0.0).groupby(names).sum(),
            "partly_not_estimated_ha": ha.where(lacking, 0.0).groupby(names).sum(),
        }
    )
    out.index.name = place
    out = out.reset_index()
    total = [estimates.get(k) for k in out[place]]
    none = np.where(out["partly_not_estimated_ha"] > 0, math.nan, 0.0)
    for column, end in (("change_tc", "value"), ("low_tc", "low"), ("high_tc", "high")):
        out[column] = [getattr(e, end) if e else n for e, n in zip(total, none, strict=True)]
    return out
