"""Change between two dates: transition matrix, stock-difference and gain-loss.

Both methods run on the same matrix and the same draws of every coefficient. They differ by
design: stock-difference takes soil and litter at their new equilibrium at once, gain-loss
lets them move over 20 years (equations 2.23 and 2.25); both are shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.ipcc import TRANSITION_YEARS
from carbon_sink.stock.pools import LIVING, Density
from carbon_sink.stock.uncertainty import Estimate, Factor, Term, monte_carlo
from gis.errors import DataError, ModelError
from gis.say import say

__all__ = [
    "CARRIERS",
    "StockChange",
    "matrix_of",
    "pairs_of",
    "parcel_transitions",
    "stock_change",
    "waterfall",
]

Carrier = Literal["living", "dead_wood", "litter", "soc"]
CARRIERS: tuple[Carrier, ...] = ("living", "dead_wood", "litter", "soc")
"""What a change is told by; living biomass is one, divided or not."""


def _densities(choice: Choice, ecosystem: str, carrier: Carrier) -> list[Density]:
    pools = LIVING if carrier == "living" else (carrier,)
    return [choice[ecosystem, p] for p in pools if (ecosystem, p) in choice]


def transition_terms(
    choice: Choice, before: str, after: str, area_ha: float, carrier: Carrier
) -> list[Term] | None:
    """Terms of the change of one carrier on converted land; None when not estimated.

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
    """Change of the county's carbon between two dates.

    Attributes
    ----------
    years
        Between the dates.
    stock_difference
        Carrier, and ``total`` -> change over the period [tC].
    stock_difference_yr, gain_loss_yr
        Total a year by either method [tC/yr].
    gain_loss_parts_yr
        biomass, dead_matter, soil, growth -> [tC/yr].
    not_estimated_ha
        Carrier -> converted area with no density on one side.
    converted_ha, known_ha
        Area that changed class, area known at both dates.
    """

    years: float
    stock_difference: Mapping[str, Estimate]
    stock_difference_yr: Estimate | None
    gain_loss_yr: Estimate | None
    gain_loss_parts_yr: Mapping[str, Estimate]
    not_estimated_ha: Mapping[str, float]
    converted_ha: float
    known_ha: float


def pairs_of(transitions: pd.DataFrame) -> dict[tuple[str, str], float]:
    """(before, after) -> area [ha], summed over places.

    Examples
    --------
    >>> pairs_of(pd.DataFrame({"before": ["a", "a"], "after": ["b", "b"],
    ...                        "area_ha": [1.0, 2.0]}))
    {('a', 'b'): 3.0}
    """
    grouped = transitions.groupby(["before", "after"], sort=True)["area_ha"].sum()
    table = grouped.reset_index()
    return {
        (str(b), str(a)): float(v)
        for b, a, v in zip(table["before"], table["after"], table["area_ha"], strict=True)
    }


def _pairs(transitions: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    for (before, after), area in pairs_of(transitions).items():
        yield before, after, area


def _scaled(terms: Sequence[Term], factor: float) -> list[Term]:
    return [Term(t.weight * factor, t.factors) for t in terms]


def stock_change(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    years: float,
    growth: Mapping[str, str] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> StockChange:
    """Change by stock-difference (2.8) and by gain-loss (2.7, 2.15, 2.16, 2.23, 2.25).

    Parameters
    ----------
    transitions : DataFrame
        ``before, after, area_ha``; land that stayed included.
    choice : mapping
        Densities, the same at both dates.
    years : float
        Between the dates.
    growth : mapping, optional
        Ecosystem -> id of a yearly rate of living biomass on land that remained; none by
        default, since growth of standing forest is not measured here.

    Returns
    -------
    StockChange

    Examples
    --------
    100 ha of irrigated field (33.11) to grassland (43.0) in 0-30 cm soil: +989 tC of soil at
    equilibrium, 1/20 of it a year by gain-loss.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.stock.pools import choose_densities
    >>> t = load_coefficients()
    >>> c = choose_densities(t, depth_cm=(0, 30), zone="cool_temperate_dry")
    >>> m = pd.DataFrame({"before": ["cropland_irrigated"], "after": ["grass_other"],
    ...                   "area_ha": [100.0]})
    >>> r = stock_change(m, c, t, years=10.0)
    >>> round(r.stock_difference["soc"].value, 6)
    989.0
    >>> round(r.gain_loss_parts_yr["soil"].value, 6)
    49.45
    """
    if years <= 0:
        raise ModelError(say("carbon_sink.change.dates_must_lie_apart"), got=f"{years:g} years")
    by: dict[str, list[Term]] = {c: [] for c in CARRIERS}
    missing: dict[str, float] = dict.fromkeys(CARRIERS, 0.0)
    converted = known = 0.0
    grown: list[Term] = []
    for before, after, area in _pairs(transitions):
        known += area
        converted += area if before != after else 0.0
        for c in CARRIERS:
            terms = transition_terms(choice, before, after, area, c)
            if terms is None:
                missing[c] += area
            else:
                by[c] += terms
        if before == after and growth and before in growth:
            grown.append(Term(area, (Factor(growth[before]),)))
    total = [t for c in CARRIERS for t in by[c]]
    slow = 1.0 / max(TRANSITION_YEARS, years)
    parts = {
        "biomass": _scaled(by["living"], 1.0 / years),
        "dead_matter": _scaled([*by["dead_wood"], *by["litter"]], slow),
        "soil": _scaled(by["soc"], slow),
        "growth": grown,
    }
    wanted: dict[str, list[Term]] = {f"sd/{c}": t for c, t in by.items()}
    wanted |= {f"gl/{k}": t for k, t in parts.items()}
    wanted["sd/total"] = total
    wanted["sd_yr"] = _scaled(total, 1.0 / years)
    wanted["gl_yr"] = [t for p in parts.values() for t in p]
    found = monte_carlo({k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed)
    return StockChange(
        years,
        {k[3:]: e for k, e in found.items() if k.startswith("sd/")},
        found.get("sd_yr"),
        found.get("gl_yr"),
        {k[3:]: e for k, e in found.items() if k.startswith("gl/")},
        missing,
        converted,
        known,
    )


def waterfall(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """What each transition added to or took from the stock, largest first [tC].

    Returns
    -------
    DataFrame
        ``before, after, area_ha``, carriers and total with interval; carriers that are not
        estimated on one side are NaN and stand in ``not_estimated``.
    """
    wanted: dict[str, list[Term]] = {}
    rows = []
    for before, after, area in _pairs(transitions):
        if before == after:
            continue
        row: dict[str, object] = {"before": before, "after": after, "area_ha": area}
        all_terms: list[Term] = []
        for c in CARRIERS:
            terms = transition_terms(choice, before, after, area, c)
            row[f"{c}_tc"] = math.nan
            if terms is not None:
                row[f"{c}_tc"] = math.fsum(t.weight * _product(t, table) for t in terms)
                all_terms += terms
        row["not_estimated"] = " ".join(c for c in CARRIERS if math.isnan(row[f"{c}_tc"]))  # type: ignore[arg-type]
        wanted[f"{before}>{after}"] = all_terms
        rows.append(row)
    found = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        e = found.get(f"{row['before']}>{row['after']}")
        row["total_tc"] = e.value if e else math.nan
        row["low_tc"] = e.low if e else math.nan
        row["high_tc"] = e.high if e else math.nan
    out = pd.DataFrame(rows)
    return out.sort_values("total_tc", key=abs, ascending=False) if len(out) else out


def _product(term: Term, table: Coefficients) -> float:
    return math.prod(float(f.of(table[f.coefficient].value)) for f in term.factors)


def change_by_place(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    place: str,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Stock-difference of each place with its interval, adding up to the county's [tC]."""
    wanted: dict[str, list[Term]] = {}
    rows = []
    for name, part in transitions.groupby(place, sort=True):
        terms: list[Term] = []
        converted = missing = 0.0
        for before, after, area in _pairs(part):
            if before != after:
                converted += area
            found = [transition_terms(choice, before, after, area, c) for c in CARRIERS]
            if any(f is None for f in found):
                missing += area
            terms += [t for f in found if f for t in f]
        wanted[str(name)] = terms
        rows.append(
            {
                place: name,
                "known_ha": float(part["area_ha"].sum()),
                "converted_ha": converted,
                "partly_not_estimated_ha": missing,
            }
        )
    estimates = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        e = estimates.get(str(row[place]))
        row["change_tc"] = e.value if e else 0.0
        row["low_tc"] = e.low if e else 0.0
        row["high_tc"] = e.high if e else 0.0
    return pd.DataFrame(rows)


def matrix_of(transitions: pd.DataFrame) -> pd.DataFrame:
    """The transition matrix [ha]: rows before, columns after, with sums.

    Examples
    --------
    >>> m = matrix_of(pd.DataFrame({"before": ["a", "a"], "after": ["a", "b"],
    ...                             "area_ha": [3.0, 1.0]}))
    >>> m.loc["a", "b"], m.loc["total", "total"]
    (np.float64(1.0), np.float64(4.0))
    """
    wide = transitions.pivot_table(
        index="before", columns="after", values="area_ha", aggfunc="sum", fill_value=0.0
    )
    names = sorted({*wide.index, *wide.columns})
    wide = wide.reindex(index=names, columns=names, fill_value=0.0)
    wide["total"] = wide.sum(axis=1)
    wide.loc["total"] = wide.sum(axis=0)
    return wide


def parcel_transitions(
    before: pd.DataFrame, after: pd.DataFrame, *, key: str = "parcel_id"
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Transitions of parcels that keep their number between two survey years.

    Parameters
    ----------
    before, after : DataFrame
        `key`, ``ecosystem``, ``area_m2``.

    Returns
    -------
    transitions : DataFrame
        ``before, after, area_ha`` over the parcels of both years (area of the later year).
    only_before, only_after : DataFrame
        Parcels of one year only: footprints that do not match, reported and left out.

    Raises
    ------
    DataError
        A parcel number used twice.
    """
    for name, table in (("earlier", before), ("later", after)):
        if not table[key].is_unique:
            raise DataError(
                say("carbon_sink.change.parcel_number_used_twice"),
                where=f"{name} parcels",
                got=key,
            )
    both = before.merge(after, on=key, suffixes=("_1", "_2"))
    transitions = pd.DataFrame(
        {
            "before": both["ecosystem_1"],
            "after": both["ecosystem_2"],
            "area_ha": both["area_m2_2"].to_numpy(np.float64) / 1e4,
        }
    )
    return (
        transitions,
        before[~before[key].isin(after[key])],
        after[~after[key].isin(before[key])],
    )
