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
from carbon_sink.cover.indicator import Indicator, Treated
from carbon_sink.cover.indicators import indicators
from carbon_sink.section import Measure
from carbon_sink.stock.coefficients import Coefficient, Coefficients, user_coefficient
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.uncertainty import Term, monte_carlo
from layers.answers.figure import Figure, in_unit
from layers.plan.model import Target
from layers.relation import holds
from layers.units import convert, from_ha, unit_of

__all__ = ["Scenario", "TargetPath", "own_rates", "scenario", "target_paths"]

_ENDS = ("value", "low", "high")


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
            user_coefficient(
                key,
                kind="rate",
                pool="biomass",
                value=m.rate_tc_ha_yr,
                unit="tC/ha/yr",
                source=m.rate_source,
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
        sums: dict[str, float] = {"year": year}
        for name, column in (("all", ""), ("additional", "additional_")):
            e = found.get(f"{year}//{name}")
            held = [r for r in out if r["year"] == year and (r["additional"] or not column)]
            # where no work has a rate nothing is known, where none has begun it is nothing
            lacks = bool(held) and all(r["not_estimated"] for r in held)
            nothing = math.nan if lacks else 0.0
            for end, attr in zip(("tc", "low_tc", "high_tc"), _ENDS, strict=True):
                key = f"{column or ('gain_' if end == 'tc' else '')}{end}"
                sums[key] = getattr(e, attr) if e else nothing
        totals.append(sums)
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


def target_paths(
    targets: Sequence[Target],
    figures: Mapping[str, Figure],
    measures: Sequence[Measure],
    *,
    first_year: int,
    last_year: int,
    shrub_is_forest: bool,
    growth: Mapping[str, float] | None = None,
) -> list[TargetPath]:
    """Indicators year by year, as land under the measures comes to count.

    Parameters
    ----------
    figures : mapping
        Target id -> today's figure in the caliber of the target.
    shrub_is_forest : bool
        Whether new shrubland is booked as state special shrubland (under 400 mm).
    growth : mapping, optional
        Indicator -> what it grows by a year in its own unit, where the plan says so.

    Returns
    -------
    list of TargetPath
        For indicators that grow, or that land under a measure moves; planted land counts
        only after the years the measure says where the indicator asks for standing forest.
    """
    out = []
    years = range(first_year, last_year + 1)
    for t in targets:
        figure = figures.get(t.id)
        if figure is None or math.isnan(figure.value):
            continue
        kind = indicators()[figure.id]
        base = in_unit(figure, t.unit)
        if growth and figure.id in growth:
            step = convert(growth[figure.id], kind.unit, t.unit)
            start = figure.year or first_year
            values = {y: base.value + step * (y - start) for y in years}
        elif kind.counts is not None and measures:
            land = {
                y: _counted_ha(kind, figure, measures, y, shrub_is_forest=shrub_is_forest)
                for y in years
            }
            values = {y: base.value + _as_unit(ha, figure, t.unit) for y, ha in land.items()}
        else:
            continue
        out.append(_path(t, figure.caliber, values))
    return out


def _counted_ha(
    kind: Indicator,
    figure: Figure,
    measures: Sequence[Measure],
    year: int,
    *,
    shrub_is_forest: bool,
) -> float:
    """Land under measures that the indicator counts in a year [ha]."""
    counted = 0.0
    for m in measures:
        what = measure_kind(m.kind)
        land = Treated(what.action, what.ecosystem, figure.caliber, shrub_is_forest)
        if kind.counts is not None and kind.counts(land):
            delay = m.counts_as_forest_after_years if kind.delayed else 0
            counted += treated_ha(m, year - delay)
    return counted


def _as_unit(area_ha: float, figure: Figure, unit: str) -> float:
    """What an area adds to a figure, in the unit of its target."""
    if unit_of(unit).quantity == "share":
        return convert(area_ha / figure.denominator * 100.0, "%", unit)
    return from_ha(area_ha, unit)


def _path(target: Target, caliber: str, values: dict[int, float]) -> TargetPath:
    met = {y: holds(v, target.relation, target.value) for y, v in values.items()}
    first = next((y for y, ok in met.items() if ok), None)
    return TargetPath(target, caliber, values, first, met.get(target.year))
