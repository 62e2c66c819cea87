"""Removals of the chosen pieces year by year, before the deductions of the method and after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from carbon_sink.ccer_section import CcerTerms
from carbon_sink.change.measures import stand_gain_terms, with_derived_rows
from carbon_sink.potential.projects import SinkRate
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["ex_ante"]

_CO2 = "co2_per_c"
_POOLS = ("biomass", "soc")
_ENDS = ("", "_low", "_high")


def _by_year(
    rate: SinkRate,
    area_ha: float,
    user_tc_yr: tuple[float, float, float],
    years: int,
    table: Coefficients,
    counted: Sequence[str],
    *,
    depth_cm: int,
    draws: int,
    seed: int,
) -> list[dict[str, float]]:
    """Carbon gained in each year by pool, and the sum and what counts with intervals [tC]."""
    wanted: dict[str, list[Term]] = {}
    pools: set[str] = set()
    for year in range(1, years + 1):
        now = stand_gain_terms(rate.kind, area_ha, float(year), depth_cm=depth_cm)
        then = stand_gain_terms(rate.kind, -area_ha, float(year - 1), depth_cm=depth_cm)
        for name in ("all", "sum", "counted", "counted_sum"):
            wanted[f"{year}/{name}"] = []
        for pool, terms in now.items():
            if terms is None:
                continue
            pools.add(pool)
            own = [t for t in [*terms, *(then[pool] or [])] if t.weight]
            whole = [t for t in terms if t.weight]
            wanted[f"{year}/{pool}"] = own
            wanted[f"{year}/all"] += own
            wanted[f"{year}/sum"] += whole
            if pool in counted:
                wanted[f"{year}/counted"] += own
                wanted[f"{year}/counted_sum"] += whole
    known = {k: v for k, v in wanted.items() if v}
    found = monte_carlo(known, table, draws=draws, seed=seed, shares=False) if known else {}
    rows = []
    for year in range(1, years + 1):
        row = {
            f"{pool}_tc": (found[k].value if (k := f"{year}/{pool}") in found else 0.0)
            if pool in pools
            else math.nan
            for pool in _POOLS
        }
        row |= _ends("gain", found.get(f"{year}/all"), user_tc_yr, 1)
        row["own_rate_tc"] = user_tc_yr[0]
        # ends of a sum are not the sums of ends: drawn for the sum itself
        row |= _ends("total", found.get(f"{year}/sum"), user_tc_yr, year)
        for name, key, times in (("counted", "counted", 1), ("sum", "counted_sum", year)):
            part = _ends(name, found.get(f"{year}/{key}"), user_tc_yr, times)
            row |= part if set(counted) <= pools else dict.fromkeys(part, math.nan)
        rows.append(row)
    return rows


def _ends(
    name: str, found: Estimate | None, user_tc_yr: tuple[float, float, float], times: int
) -> dict[str, float]:
    """A sum with its interval, and the user's own rate in it for so many years."""
    drawn = (found.value, found.low, found.high) if found else (0.0, 0.0, 0.0)
    return {
        f"{name}{end}_tc": d + u * times
        for end, d, u in zip(_ENDS, drawn, user_tc_yr, strict=True)
    }


def ex_ante(
    chosen: gpd.GeoDataFrame | pd.DataFrame,
    rate: SinkRate,
    section: PotentialSection,
    table: Coefficients,
    *,
    start_year: int,
    depth_cm: int,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Removals of the chosen pieces year by year, before deductions and after.

    Pieces are planted together in `start_year` and grow along the rates of the measure, so a
    young stand stores nothing where its line says so.

    Parameters
    ----------
    chosen : DataFrame
        Of `as_projects`: ``area_ha, rate_basis, ecosystem``.
    rate : SinkRate
    section : PotentialSection
    start_year : int
    depth_cm : int
        Bottom of the soil layer of the rates.

    Returns
    -------
    DataFrame
        ``year, age_years, area_ha, biomass_tc, soc_tc, own_rate_tc, gain_tc, low_tc, high_tc,
        total_tc, total_low_tc, total_high_tc, removal_tco2e, removal_low_tco2e,
        removal_high_tco2e, removal_total_tco2e, removal_total_low_tco2e,
        removal_total_high_tco2e (since planting), baseline_tco2e, leakage_tco2e,
        deduction_tco2e, creditable_tco2e, creditable_low_tco2e, creditable_high_tco2e,
        creditable_total_tco2e, creditable_total_low_tco2e, creditable_total_high_tco2e (since
        planting)``; NaN where the annex is needed. Area without a rate is not in it.
    """
    terms = section.ccer
    years = terms.crediting_years or section.years
    basis = chosen["rate_basis"].astype(str)
    measured = basis.isin(["measured", "carried_over"]).to_numpy()
    area = chosen["area_ha"].to_numpy(np.float64)
    own = basis.eq("user").to_numpy()
    if not (measured | own).any():
        return pd.DataFrame()
    user = tuple(
        float(chosen[c].to_numpy(np.float64)[own].sum()) / rate.years
        for c in ("gain_tc", "gain_low_tc", "gain_high_tc")
    )
    rows = _by_year(
        rate, float(area[measured].sum()), (user[0], user[1], user[2]), years,
        with_derived_rows(table), terms.pools, depth_cm=depth_cm, draws=draws, seed=seed,
    )  # fmt: skip
    out = pd.DataFrame(rows)
    out = out.rename(columns={"gain_low_tc": "low_tc", "gain_high_tc": "high_tc"})
    out.insert(0, "year", [start_year + k for k in range(years)])
    out.insert(1, "age_years", range(1, years + 1))
    out.insert(2, "area_ha", float(area[measured | own].sum()))
    co2 = constants()[_CO2]
    pairs = (("", "gain_tc"), ("_low", "low_tc"), ("_high", "high_tc"))
    sums = (
        ("_total", "total_tc"),
        ("_total_low", "total_low_tc"),
        ("_total_high", "total_high_tc"),
    )
    for new, old in (*pairs, *sums):
        out[f"removal{new}_tco2e"] = out[old] * co2
    return _deducted(out, terms)


def _deducted(out: pd.DataFrame, terms: CcerTerms) -> pd.DataFrame:
    """(removal of the pools counted - baseline) x (1 - leakage) x (1 - deduction).

    Leakage and deduction are shares below one, so the ends of what counts stay ends.
    """

    def given(value: float | None) -> float:
        return math.nan if value is None else value

    co2 = constants()[_CO2]
    if not terms.pools:
        out[[c for c in out.columns if c.startswith(("counted", "sum"))]] = math.nan
    out["baseline_tco2e"] = given(terms.baseline_tco2e_ha_yr) * out["area_ha"]
    net = out["counted_tc"] * co2 - out["baseline_tco2e"]
    out["leakage_tco2e"] = net * given(terms.leakage_frac)
    out["deduction_tco2e"] = (net - out["leakage_tco2e"]) * given(terms.buffer_frac)
    left = (1.0 - given(terms.leakage_frac)) * (1.0 - given(terms.buffer_frac))
    if terms.crediting_years is None:
        left = math.nan
    so_far = out["baseline_tco2e"] * out["age_years"]
    for end in _ENDS:
        year = out.pop(f"counted{end}_tc") * co2 - out["baseline_tco2e"]
        out[f"creditable{end}_tco2e"] = year * left
    for end in _ENDS:
        out[f"creditable_total{end}_tco2e"] = (out.pop(f"sum{end}_tc") * co2 - so_far) * left
    return out
