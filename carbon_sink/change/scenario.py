"""Yearly path to the scenario's end under the plan's measures, and when targets are met."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from carbon_sink.change.measures import (
    MeasureKind,
    measure_kind,
    stand_gain_terms,
    with_derived_rows,
)
from carbon_sink.cover.indicator import Indicator, in_unit
from carbon_sink.section import Measure
from carbon_sink.stock.coefficients import Coefficient, Coefficients
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.uncertainty import Term, monte_carlo
from layers.plan.model import Target
from layers.relation import holds
from layers.units import convert, from_ha

__all__ = ["Scenario", "TargetPath", "own_rates", "scenario", "target_paths"]


@dataclass(frozen=True)
class Scenario:
    """Path of the measures.

    Attributes
    ----------
    path
        One row a year and measure: cumulative area and carbon with its interval, additional
        or not, water.
    total
        One row a year: all measures, and those that are additional.
    """

    path: pd.DataFrame
    total: pd.DataFrame


def own_rates(measures: Sequence[Measure]) -> tuple[dict[str, str], list[Coefficient]]:
    """The users' own rates as rows of the table: measure id -> row id, and the rows."""
    ids, rows = {}, []
    for m in measures:
        if m.rate_tc_ha_yr is None:
            continue
        key = f"user/measure/{m.id}"
        ids[m.id] = key
        rows.append(
            Coefficient(
                id=key,
                subject="user",
                kind="rate",
                pool="biomass",
                depth_cm=None,
                value=m.rate_tc_ha_yr,
                unit="tC/ha/yr",
                low=math.nan,
                high=math.nan,
                spread="none",
                spread_a=math.nan,
                spread_b=math.nan,
                grade="user",
                by_name=False,
                spread_text="",
                source=m.rate_source,
                doi="",
                quality="user",
            )
        )
    return ids, rows


def treated_ha(measure: Measure, year: int) -> float:
    """Area treated until the end of `year`, survivors only [ha].

    Examples
    --------
    >>> m = Measure(id="a", kind="shrub", ha_per_year=100, start=2026, end=2030,
    ...             survival_frac=0.8)
    >>> [treated_ha(m, y) for y in (2025, 2026, 2028, 2040)]
    [0.0, 80.0, 240.0, 400.0]
    """
    seasons = max(0, min(year, measure.end) - measure.start + 1)
    return seasons * measure.ha_per_year * measure.survival_frac


def _gain(
    measure: Measure, kind: MeasureKind, year: int, *, depth_cm: int, own: str
) -> tuple[list[Term], list[str]]:
    """Terms of the carbon gained until the end of `year`, and pools not estimated."""
    terms: list[Term] = []
    missing: set[str] = set()
    area = measure.ha_per_year * measure.survival_frac
    for planted in range(measure.start, min(year, measure.end) + 1):
        parts = stand_gain_terms(kind, area, year - planted, depth_cm=depth_cm, own_rate=own)
        for pool, found in parts.items():
            if found is None:
                missing.add(pool)
            else:
                terms += found
    return terms, sorted(missing)


def scenario(
    measures: Sequence[Measure],
    table: Coefficients,
    *,
    first_year: int,
    last_year: int,
    depth_cm: int,
    draws: int = 10_000,
    seed: int = 0,
) -> Scenario:
    """The path of carbon gained by measures [tC], one draw a coefficient for all years.

    Parameters
    ----------
    measures : sequence of Measure
    depth_cm : int
        Soil layer of the rates, 30 or 100 cm; rates of another depth are left out and the
        pool is listed as not estimated.

    Returns
    -------
    Scenario
    """
    ids, rows = own_rates(measures)
    table = with_derived_rows(table).with_rows(rows)
    wanted: dict[str, list[Term]] = {}
    out = []
    for year in range(first_year, last_year + 1):
        everything: list[Term] = []
        additional: list[Term] = []
        for m in measures:
            kind = measure_kind(m.kind, f"[carbon.measures] {m.id}")
            terms, missing = _gain(m, kind, year, depth_cm=depth_cm, own=ids.get(m.id, ""))
            counts = kind.additional if m.additional is None else m.additional
            everything += terms
            additional += terms if counts else []
            area = treated_ha(m, year)
            out.append(
                {
                    "year": year,
                    "measure": m.id,
                    "kind": kind.id,
                    "title_zh": kind.title.zh,
                    "title_en": kind.title.en,
                    "area_ha": area,
                    "additional": counts,
                    "not_estimated": " ".join(missing),
                    "water_m3": area * m.water_m3_ha_yr
                    if m.water_m3_ha_yr is not None
                    else math.nan,
                    "methane_tco2e_yr": wetland_net(area, table).methane_tco2e_yr.value
                    if kind.methane
                    else math.nan,
                    "caution_zh": kind.caution.zh,
                    "caution_en": kind.caution.en,
                }
            )
            wanted[f"{year}/{m.id}"] = terms
        wanted[f"{year}//all"] = everything
        wanted[f"{year}//additional"] = additional
    found = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in out:
        e = found.get(f"{row['year']}/{row['measure']}")
        row["gain_tc"] = e.value if e else math.nan if row["not_estimated"] else 0.0
        row["low_tc"] = e.low if e else math.nan
        row["high_tc"] = e.high if e else math.nan
    totals = []
    for year in range(first_year, last_year + 1):
        e, a = found.get(f"{year}//all"), found.get(f"{year}//additional")
        totals.append(
            {
                "year": year,
                "gain_tc": e.value if e else 0.0,
                "low_tc": e.low if e else 0.0,
                "high_tc": e.high if e else 0.0,
                "additional_tc": a.value if a else 0.0,
                "additional_low_tc": a.low if a else 0.0,
                "additional_high_tc": a.high if a else 0.0,
            }
        )
    return Scenario(pd.DataFrame(out), pd.DataFrame(totals))


@dataclass(frozen=True)
class TargetPath:
    """An indicator along the scenario against one target.

    Attributes
    ----------
    values
        Year -> indicator in the target's unit.
    met_in
        First year the target holds; None within the scenario never.
    met_on_time
        Whether it holds in the target's year; None when the scenario does not reach it.
    """

    target: Target
    caliber: str
    values: Mapping[int, float]
    met_in: int | None
    met_on_time: bool | None


def _counts(kind: MeasureKind, indicator: Indicator, *, shrub_is_forest: bool) -> bool:
    if indicator.id == "forest_cover":
        if kind.action == "shelterbelt":
            return indicator.caliber == "decree"
        if kind.ecosystem == "shrubland":
            return kind.action == "afforest" and shrub_is_forest
        return kind.action == "afforest"
    return indicator.id == "wetland_area" and kind.action == "wetland"


def target_paths(
    targets: Sequence[Target],
    indicators: Mapping[str, Indicator],
    measures: Sequence[Measure],
    *,
    first_year: int,
    last_year: int,
    shrub_is_forest: bool,
    volume_growth_m3_yr: float | None = None,
) -> list[TargetPath]:
    """Cover indicators year by year, as land under the measures comes to count.

    Parameters
    ----------
    indicators : mapping
        Target id -> today's indicator in the caliber of the target.
    shrub_is_forest : bool
        Whether new shrubland is booked as state special shrubland (under 400 mm).
    volume_growth_m3_yr : float, optional
        Net growth of the standing volume; without it its path is not estimated.

    Returns
    -------
    list of TargetPath
        For forest cover, wetland area and stock volume; planted land counts as forest only
        after the years the measure says.
    """
    out = []
    for t in targets:
        i = indicators.get(t.id)
        if i is None or math.isnan(i.value):
            continue
        if i.id == "forest_stock_volume" and volume_growth_m3_yr is not None:
            out.append(_volume_path(t, i, volume_growth_m3_yr, first_year, last_year))
            continue
        if i.id not in {"forest_cover", "wetland_area"}:
            continue
        base = in_unit(i, t.unit) if i.unit != t.unit else i
        values = {}
        for year in range(first_year, last_year + 1):
            added = 0.0
            for m in measures:
                kind = measure_kind(m.kind)
                if not _counts(kind, i, shrub_is_forest=shrub_is_forest):
                    continue
                delay = m.counts_as_forest_after_years if i.id == "forest_cover" else 0
                added += treated_ha(m, year - delay)
            if i.id == "forest_cover":
                values[year] = base.value + added / i.denominator * 100.0
            else:
                values[year] = base.value + from_ha(added, t.unit)
        out.append(_path(t, i.caliber, values))
    return out


def _path(target: Target, caliber: str, values: dict[int, float]) -> TargetPath:
    met = {y: holds(v, target.relation, target.value) for y, v in values.items()}
    first = next((y for y, ok in met.items() if ok), None)
    return TargetPath(target, caliber, values, first, met.get(target.year))


def _volume_path(
    target: Target, indicator: Indicator, growth_m3_yr: float, first_year: int, last_year: int
) -> TargetPath:
    """The inventory's volume grown from its own year."""
    base = in_unit(indicator, target.unit) if indicator.unit != target.unit else indicator
    start = indicator.year or first_year
    values = {
        y: base.value + convert(growth_m3_yr, "m3", target.unit) * (y - start)
        for y in range(first_year, last_year + 1)
    }
    return _path(target, indicator.caliber, values)
