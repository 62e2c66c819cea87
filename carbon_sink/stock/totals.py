"""Carbon stock by class, pool and place: area times density, nothing more.

Totals equal the sum of area times density in float64; what has no coefficient is listed as
not estimated, with its area, and never counted as zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carbon_sink.stock.coefficients import WEAK, Coefficients
from carbon_sink.stock.pools import LIVING, POOLS, Density, Pool, ecosystems
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo

__all__ = [
    "Coverage",
    "coverage_of",
    "pool_estimates",
    "stock_by_class",
    "stock_by_place",
    "stock_terms",
]

Densities = Mapping[tuple[str, Pool], Density]
_COLUMNS = ("agb", "bgb", "biomass", "dead_wood", "litter", "soc")


def stock_terms(
    area_ha: Mapping[str, float], densities: Densities, pools: Iterable[Pool] = POOLS
) -> list[Term]:
    """Terms of the stock of `pools` over all ecosystems [tC]."""
    wanted = set(pools)
    return [
        t
        for (eco, pool), d in densities.items()
        if pool in wanted and area_ha.get(eco)
        for t in d.terms(area_ha[eco])
    ]


def pool_estimates(
    area_ha: Mapping[str, float],
    densities: Densities,
    table: Coefficients,
    *,
    draws: int,
    seed: int,
) -> dict[str, Estimate]:
    """Estimate of each pool, of living biomass and of the total, on common draws [tC].

    Returns
    -------
    dict
        Keys: every pool with an estimate, ``"living"`` and ``"total"``.
    """
    totals: dict[str, list[Term]] = {p: stock_terms(area_ha, densities, [p]) for p in POOLS}
    totals["living"] = stock_terms(area_ha, densities, LIVING)
    totals["total"] = stock_terms(area_ha, densities)
    present = {k: v for k, v in totals.items() if v}
    return monte_carlo(present, table, draws=draws, seed=seed)


def stock_by_class(
    area_ha: Mapping[str, float],
    densities: Densities,
    table: Coefficients,
    *,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """One row per ecosystem: area, tC by pool, total with interval, grade, sources.

    Returns
    -------
    DataFrame
        Pools that are not estimated are NaN and named in ``not_estimated``. `total_tc` sums
        the pools that are; it is NaN where none is.
    """
    terms = {e: stock_terms({e: a}, densities) for e, a in area_ha.items()}
    found = monte_carlo(
        {e: t for e, t in terms.items() if t}, table, draws=draws, seed=seed, shares=False
    )
    rows = []
    for eco, area in sorted(area_ha.items(), key=lambda kv: -kv[1]):
        own = {p: densities[eco, p] for p in POOLS if (eco, p) in densities}
        pools: dict[str, float] = {
            p: own[p].value(table) if p in own else math.nan for p in POOLS
        }
        est = found.get(eco)
        counted = [p for p in own if own[p].parts]
        known = ecosystems().get(eco)
        rows.append(
            {
                "ecosystem": eco,
                "title_zh": known.title.zh if known else eco,
                "title_en": known.title.en if known else eco,
                "group": known.group if known else "other",
                "area_ha": area,
                **{f"{p}_tc_ha": pools[p] for p in _COLUMNS},
                **{f"{p}_tc": pools[p] * area for p in _COLUMNS},
                "total_tc": est.value if est else math.nan,
                "low_tc": est.low if est else math.nan,
                "high_tc": est.high if est else math.nan,
                "not_estimated": " ".join(missing_pools(eco, densities)),
                "grade": " ".join(sorted({own[p].grade(table) for p in counted})),
                "sources": "; ".join(dict.fromkeys(own[p].sources(table) for p in counted)),
            }
        )
    return pd.DataFrame(rows)


def missing_pools(ecosystem: str, densities: Densities) -> list[str]:
    """Pools of an ecosystem nobody estimated; undivided biomass stands for both halves."""
    has = {p for e, p in densities if e == ecosystem}
    wanted = ["agb", "bgb", "dead_wood", "litter", "soc"]
    if "biomass" in has:
        wanted = wanted[2:]
    return [p for p in wanted if p not in has]


def stock_by_place(
    areas: pd.DataFrame,
    densities: Densities,
    table: Coefficients,
    *,
    place: str,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """One row per place with tC by pool and the total's interval, all on common draws.

    Parameters
    ----------
    areas : DataFrame
        Columns `place`, ``ecosystem``, ``area_ha``; summed where repeated.
    """
    wide = areas.groupby([place, "ecosystem"], sort=True)["area_ha"].sum()
    totals: dict[str, list[Term]] = {}
    rows = []
    for name in wide.index.get_level_values(0).unique():
        own = {str(k): float(v) for k, v in wide.loc[name].items()}
        rows.append({place: name, "area_ha": math.fsum(own.values()), "_own": own})
        totals[str(name)] = stock_terms(own, densities)
    found = monte_carlo(
        {k: v for k, v in totals.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        own = row.pop("_own")
        for p in POOLS:
            parts = [
                a * densities[e, p].value(table) for e, a in own.items() if (e, p) in densities
            ]
            row[f"{p}_tc"] = math.fsum(parts) if parts else math.nan
        est = found.get(str(row[place]))
        row["total_tc"] = est.value if est else math.nan
        row["low_tc"] = est.low if est else math.nan
        row["high_tc"] = est.high if est else math.nan
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Coverage:
    """How much of land and total rests on what.

    Attributes
    ----------
    area_not_estimated_frac
        Area with at least one pool missing, and with all pools missing.
    weak_frac
        Share of the total that rests on T1, C or X rows.
    by_grade
        Grade -> share of the total.
    """

    area_partly_estimated_frac: float
    area_not_estimated_frac: float
    weak_frac: float
    by_grade: Mapping[str, float]


def coverage_of(
    area_ha: Mapping[str, float], densities: Densities, table: Coefficients
) -> Coverage:
    """Shares of the area not estimated and of the total resting on weak rows.

    A product is as weak as its weakest coefficient.
    """
    whole = math.fsum(area_ha.values())
    partly = math.fsum(a for e, a in area_ha.items() if missing_pools(e, densities))
    none = math.fsum(
        a
        for e, a in area_ha.items()
        if not any((e, p) in densities and densities[e, p].parts for p in POOLS)
    )
    by: dict[str, float] = {}
    for (e, _), d in densities.items():
        if area_ha.get(e) and d.parts:
            grade = d.grade(table)
            by[grade] = by.get(grade, 0.0) + area_ha[e] * d.value(table)
    total = math.fsum(by.values())
    shares = {g: v / total for g, v in sorted(by.items())} if total else {}
    return Coverage(
        partly / whole if whole else math.nan,
        none / whole if whole else math.nan,
        math.fsum(v for g, v in shares.items() if g in WEAK) if total else math.nan,
        shares,
    )


def parcel_densities(
    ecosystem: pd.Series[str], densities: Densities, table: Coefficients
) -> pd.DataFrame:
    """Carbon density of each parcel by pool [tC/ha]; NaN is not estimated.

    Returns
    -------
    DataFrame
        ``<pool>_tc_ha`` and ``total_tc_ha``, index of `ecosystem`.
    """
    names = pd.Index(ecosystem.unique())
    rows = {
        e: [densities[e, p].value(table) if (e, p) in densities else np.nan for p in POOLS]
        for e in names
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[f"{p}_tc_ha" for p in POOLS])
    frame["total_tc_ha"] = frame.sum(axis=1, min_count=1)
    # a class with nothing but pools set to zero by rule has no estimate, not a stock of zero
    counted = {e for (e, _), d in densities.items() if d.parts}
    frame.loc[~frame.index.isin(counted), "total_tc_ha"] = np.nan
    return frame.loc[list(ecosystem)].set_axis(ecosystem.index)
