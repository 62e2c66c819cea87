"""Candidates as projects: sink, cost, water, CCER screen, and the choice among them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.measures import (
    MeasureKind,
    measure_kind,
    stand_gain_terms,
    with_derived_rows,
)
from carbon_sink.potential.candidates import Action
from carbon_sink.potential.ccer import CcerFacts, ccer_screen, verdict
from carbon_sink.potential.pipeline import Objective, Selection, choose
from carbon_sink.section import PotentialSection
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.uncertainty import Estimate, monte_carlo
from gis.say import say
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["SinkRate", "as_projects", "select_projects", "sink_rate"]

_CLEARED: Mapping[str, float] = {"sand": 0.0, "bare": 0.0}
"""Share of vegetation to clear: the survey maps sand and bare land only under 5 % cover."""


@dataclass(frozen=True)
class SinkRate:
    """What one hectare of a measure stores over the years counted.

    Attributes
    ----------
    gain_tc_ha
        Over `years`; None when no pool is estimated.
    pools
        Pools in it, and those not estimated.
    """

    kind: MeasureKind
    years: int
    gain_tc_ha: Estimate | None
    estimated: tuple[str, ...]
    not_estimated: tuple[str, ...]
    methane_tco2e_ha_yr: float

    @property
    def tco2e_ha_yr(self) -> float:
        """Mean removal a year [tCO2e/ha/yr], positive for a sink; NaN when not estimated."""
        if self.gain_tc_ha is None:
            return math.nan
        return self.gain_tc_ha.value * constants()["co2_per_c"] / self.years


def sink_rate(
    measure: str,
    table: Coefficients,
    *,
    years: int,
    depth_cm: int,
    draws: int = 10_000,
    seed: int = 0,
) -> SinkRate:
    """Carbon one hectare of `measure` stores over `years`, pools listed.

    Examples
    --------
    Sand shrubs, soil 0-100 cm: 0.671 tC/ha/yr = 2.46 tCO2/ha/yr; biomass has no rate.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> r = sink_rate("shrub", load_coefficients(), years=10, depth_cm=100)
    >>> round(r.tco2e_ha_yr, 2), r.not_estimated
    (2.46, ('biomass',))
    """
    kind = measure_kind(measure, "[potential]")
    table = with_derived_rows(table)
    parts = stand_gain_terms(kind, 1.0, float(years), depth_cm=depth_cm)
    known = [p for p, t in parts.items() if t is not None]
    terms = [t for p in known for t in parts[p] or []]
    estimate = None
    if terms:
        estimate = monte_carlo({"x": terms}, table, draws=draws, seed=seed)["x"]
    elif kind.zero:
        estimate = Estimate(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())
    methane = wetland_net(1.0, table).methane_tco2e_yr.value if kind.methane else math.nan
    missing = tuple(p for p, t in parts.items() if t is None)
    return SinkRate(kind, years, estimate, tuple(known), missing, methane)


def _planting(kind: MeasureKind) -> Literal["arbor", "shrub", "other"]:
    if kind.action not in {"afforest", "shelterbelt"}:
        return "other"
    return "shrub" if kind.ecosystem == "shrubland" else "arbor"


def as_projects(
    found: gpd.GeoDataFrame,
    rate: SinkRate,
    section: PotentialSection,
    *,
    non_forest_years: pd.Series[float] | None = None,
    planned: npt.NDArray[np.bool_] | None = None,
    started: int = 2026,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Sink, cost, water and CCER answer of each candidate, and all CCER checks as a table.

    Parameters
    ----------
    found : GeoDataFrame
        From `candidates`.
    non_forest_years, planned : Series, optional
        Per candidate what layers say; NaN or missing is unknown.

    Returns
    -------
    projects : GeoDataFrame
        With ``measure, gain_tc, gain_low_tc, gain_high_tc, tco2e_yr, methane_tco2e_yr,
        cost_yuan, water_m3_yr, yuan_per_tco2, ccer, ccer_reasons_zh/en``.
    checks : DataFrame
        ``candidate_id, check, answer, reason_zh, reason_en``.
    """
    out = found.copy()
    area = out["area_ha"].to_numpy(np.float64)
    e = rate.gain_tc_ha
    out["measure"] = rate.kind.id
    out["measure_zh"], out["measure_en"] = rate.kind.title.zh, rate.kind.title.en
    out["gain_tc"] = area * (e.value if e else math.nan)
    out["gain_low_tc"] = area * (e.low if e else math.nan)
    out["gain_high_tc"] = area * (e.high if e else math.nan)
    out["not_estimated"] = " ".join(rate.not_estimated)
    out["additional"] = rate.kind.additional
    out["tco2e_yr"] = area * rate.tco2e_ha_yr
    out["methane_tco2e_yr"] = area * rate.methane_tco2e_ha_yr
    price = section.costs.get(rate.kind.id)
    out["cost_yuan"] = area * (price.yuan_per_ha if price else math.nan)
    need = section.irrigation_m3_ha_yr.get(rate.kind.id, math.nan)
    out["water_m3_yr"] = area * need
    total = out["tco2e_yr"] * rate.years
    out["yuan_per_tco2"] = out["cost_yuan"] / total.where(total > 0)
    rows, answers, zh, en = [], [], [], []
    for k, row in enumerate(out.itertuples()):
        years = section.non_forest_years
        if years is None and non_forest_years is not None:
            value = non_forest_years.iloc[k]
            years = int(value) if math.isfinite(value) else None
        plan_says = {"yes": True, "no": False, "unknown": None}[
            section.planned_afforestation_land
        ]
        if plan_says is None and planned is not None:
            plan_says = bool(planned[k])
        checks = ccer_screen(
            CcerFacts(
                area_m2=row.area_ha * 1e4,
                group=row.group,
                ecosystem=row.ecosystem,
                dlbm=row.dlbm,
                planting=_planting(rate.kind),
                passage_or_town=rate.kind.action == "shelterbelt",
                non_forest_years=years,
                planned_land=plan_says,
                clearing_frac=_CLEARED.get(row.ecosystem),
                started=started,
            )
        )
        answers.append(verdict(checks))
        open_ = [c for c in checks if c.answer != "pass"]
        zh.append("；".join(f"{c.title.zh}：{c.reason.zh}" for c in open_))
        en.append("; ".join(f"{c.title.en}: {c.reason.en}" for c in open_))
        rows += [
            {
                "candidate_id": row.candidate_id,
                "check": c.id,
                "title_zh": c.title.zh,
                "title_en": c.title.en,
                "answer": c.answer,
                "reason_zh": c.reason.zh,
                "reason_en": c.reason.en,
            }
            for c in checks
        ]
    out["ccer"] = answers
    out["ccer_reasons_zh"], out["ccer_reasons_en"] = zh, en
    return out, pd.DataFrame(rows)


def select_projects(
    projects: gpd.GeoDataFrame, section: PotentialSection, gain_ha: float
) -> tuple[gpd.GeoDataFrame, Selection, list[Warn]]:
    """Choose among projects, and rank them.

    Returns
    -------
    projects : GeoDataFrame
        With ``selected`` and ``rank`` (1 best: cheapest per tonne, else most carbon per
        hectare, else best score).
    selection : Selection
    warnings : list of Warn
        Where the objective asked for had to give way.
    """
    warns: list[Warn] = []
    objective: Objective = section.objective
    sink = projects["gain_tc"].to_numpy(np.float64)
    cost = projects["cost_yuan"].to_numpy(np.float64)
    if objective == "least_cost" and not np.isfinite(cost).any():
        objective = "least_area"
        warns.append(
            Warn(
                "costs_not_given",
                say("carbon_sink.potential.costs_not_given"),
                "[potential.costs]",
            )
        )
    if objective == "most_sink" and not np.isfinite(sink).any():
        objective = "least_area"
        warns.append(
            Warn(
                "sink_not_estimated",
                say("carbon_sink.potential.sink_not_estimated"),
            )
        )
    chosen = choose(
        projects["area_ha"].to_numpy(np.float64),
        sink,
        cost,
        projects["water_m3_yr"].to_numpy(np.float64),
        gain_ha=max(gain_ha, 0.0),
        objective=objective,
        water_budget_m3=section.water_budget_m3_yr,
        budget=section.budget_yuan,
    )
    out = projects.copy()
    out["selected"] = chosen.taken
    keys = ["yuan_per_tco2", "_minus_gain", "_minus_score", "candidate_id"]
    order = out.assign(
        _minus_gain=-(out["gain_tc"] / out["area_ha"]), _minus_score=-out["score"]
    ).sort_values(keys, na_position="last")
    out["rank"] = pd.Series(np.arange(1, len(out) + 1), index=order.index)
    return out, chosen, warns


def measure_of(action: Action, section: PotentialSection) -> str:
    """The measure a plan uses for an action."""
    return {
        "afforest": section.afforest_measure,
        "grass": section.grass_measure,
        "wetland": section.wetland_measure,
    }[action]
