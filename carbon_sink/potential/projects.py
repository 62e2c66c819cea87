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
    Basis,
    MeasureKind,
    measure_kind,
    stand_gain_terms,
    with_derived_rows,
)
from carbon_sink.potential.candidates import Action
from carbon_sink.potential.ccer import (
    CcerCheck,
    CcerFacts,
    area_check,
    ccer_screen,
    verdict,
)
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

__all__ = [
    "SinkRate",
    "as_projects",
    "chosen_first",
    "rate_on_land",
    "select_projects",
    "sink_rate",
]

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


def rate_on_land(
    rate: SinkRate, ecosystem: str, section: PotentialSection
) -> tuple[Basis, Estimate | None]:
    """The gain of a hectare of one kind of land over the years counted, and what it rests on.

    Returns
    -------
    basis : {"measured", "carried_over", "user", "none"}
    gain : Estimate or None
        None where the land has no rate; never the rate of other land in silence.
    """
    own = next(
        (r for r in section.rates if (r.measure, r.ecosystem) == (rate.kind.id, ecosystem)),
        None,
    )
    if own is not None:
        value = own.tc_ha_yr * rate.years
        low = value if own.low_tc_ha_yr is None else own.low_tc_ha_yr * rate.years
        high = value if own.high_tc_ha_yr is None else own.high_tc_ha_yr * rate.years
        return "user", Estimate(value, value, value, math.nan, low, high, ())
    basis = rate.kind.basis_on(ecosystem)
    if basis == "none" or rate.gain_tc_ha is None:
        return "none", None
    return basis, rate.gain_tc_ha


def _yes(known: str) -> bool | None:
    return {"yes": True, "no": False}.get(known)


def _value(column: pd.Series[float] | None, at: int) -> float | None:
    """A row of a column, None where it is not known."""
    if column is None:
        return None
    value = float(column.iloc[at])
    return value if math.isfinite(value) else None


def as_projects(
    found: gpd.GeoDataFrame,
    rate: SinkRate,
    section: PotentialSection,
    *,
    non_forest_years: pd.Series[float] | None = None,
    planned: npt.NDArray[np.bool_] | None = None,
    started: int = 2026,
    rain_mm: float | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Sink, cost, water and CCER answer of each candidate, and all CCER checks as a table.

    Parameters
    ----------
    found : GeoDataFrame
        From `candidates`; a column ``rainfall_mm`` is the rain of each.
    non_forest_years, planned : Series, optional
        Per candidate what layers say; NaN or missing is unknown.
    rain_mm : float, optional
        Rain of the county, for candidates without their own.

    Returns
    -------
    projects : GeoDataFrame
        With ``measure, rate_basis, gain_tc, gain_low_tc, gain_high_tc, tco2e_yr,
        methane_tco2e_yr, cost_yuan, water_m3_yr, yuan_per_tco2, ccer, ccer_reasons_zh/en``.
    checks : DataFrame
        ``candidate_id, check, answer, reason_zh, reason_en``.
    """
    out = found.copy()
    area = out["area_ha"].to_numpy(np.float64)
    lands = {str(e): rate_on_land(rate, str(e), section) for e in out["ecosystem"].unique()}
    gains = [lands[str(e)][1] for e in out["ecosystem"]]
    out["measure"] = rate.kind.id
    out["measure_zh"], out["measure_en"] = rate.kind.title.zh, rate.kind.title.en
    out["rate_basis"] = [lands[str(e)][0] for e in out["ecosystem"]]
    for column, part in (
        ("gain_tc", "value"),
        ("gain_low_tc", "low"),
        ("gain_high_tc", "high"),
    ):
        out[column] = area * np.array([getattr(g, part) if g else math.nan for g in gains])
    out["not_estimated"] = [
        " ".join(rate.not_estimated if g else ("biomass", "soc")) for g in gains
    ]
    out["additional"] = rate.kind.additional
    out["tco2e_yr"] = out["gain_tc"] * constants()["co2_per_c"] / rate.years
    out["methane_tco2e_yr"] = area * rate.methane_tco2e_ha_yr
    price = section.costs.get(rate.kind.id)
    out["cost_yuan"] = area * (price.yuan_per_ha if price else math.nan)
    need = section.irrigation_m3_ha_yr.get(rate.kind.id, math.nan)
    out["water_m3_yr"] = area * need
    total = out["tco2e_yr"] * rate.years
    out["yuan_per_tco2"] = out["cost_yuan"] / total.where(total > 0)
    rain = out["rainfall_mm"] if "rainfall_mm" in out.columns else None
    screened: dict[tuple[object, ...], tuple[CcerCheck, ...]] = {}
    rows, answers, zh, en = [], [], [], []
    for k, row in enumerate(out.itertuples()):
        years = section.non_forest_years
        if years is None:
            value = _value(non_forest_years, k)
            years = None if value is None else int(value)
        plan_says = _yes(section.planned_afforestation_land)
        if plan_says is None and planned is not None:
            plan_says = bool(planned[k])
        own_rain = _value(rain, k)
        facts = CcerFacts(
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
            # whole millimetres, so that the sentence is one for many candidates; cut and not
            # rounded, since 399.6 are under 400
            rain_mm=rain_mm if own_rain is None else math.floor(own_rain),
            key_zone=_yes(section.ccer.key_ecological_zone),
            welfare_forest=_yes(section.ccer.public_welfare_forest),
            tenure=_yes(section.ccer.tenure),
        )
        same = (facts.group, facts.ecosystem, facts.dlbm, years, plan_says, facts.rain_mm)
        if same not in screened:
            screened[same] = ccer_screen(facts)
        checks = tuple(area_check(facts) if c.id == "area" else c for c in screened[same])
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
    area = projects["area_ha"].to_numpy(np.float64)
    looked = np.zeros(len(projects), bool)
    looked[np.argsort(-area, kind="stable")[: section.max_candidates]] = True
    if not looked.all():
        action = str(projects["action"].iloc[0]) if "action" in projects.columns else "afforest"
        warns.append(
            Warn(
                "candidates_not_looked_at",
                say(
                    "carbon_sink.potential.candidates_not_looked_at",
                    action=say(f"carbon_sink.potential.action_{action}"),
                    kept=int(looked.sum()),
                    n=int((~looked).sum()),
                    ha=float(area[~looked].sum()),
                ),
                "[potential] max_candidates",
            )
        )
    chosen = choose(
        area[looked],
        sink[looked],
        cost[looked],
        projects["water_m3_yr"].to_numpy(np.float64)[looked],
        gain_ha=max(gain_ha, 0.0),
        objective=objective,
        water_budget_m3=section.water_budget_m3_yr,
        budget=section.budget_yuan,
    )
    out = projects.copy()
    out["selected"] = False
    out.loc[out.index[looked], "selected"] = chosen.taken
    keys = ["yuan_per_tco2", "_minus_gain", "_minus_score", "candidate_id"]
    order = out.assign(
        _minus_gain=-(out["gain_tc"] / out["area_ha"]), _minus_score=-out["score"]
    ).sort_values(keys, na_position="last")
    out["rank"] = pd.Series(np.arange(1, len(out) + 1), index=order.index)
    return out, chosen, warns


def chosen_first(projects: pd.DataFrame) -> pd.DataFrame:
    """Candidates with the chosen ones before all others, each by rank.

    Examples
    --------
    >>> t = pd.DataFrame({"candidate_id": ["a", "b", "c"], "rank": [1, 3, 2],
    ...                   "selected": [False, True, True]})
    >>> chosen_first(t)["candidate_id"].tolist()
    ['c', 'b', 'a']
    """
    keys = [k for k in ("selected", "rank", "candidate_id") if k in projects.columns]
    return projects.sort_values(
        keys, ascending=[k != "selected" for k in keys], na_position="last", kind="stable"
    ).reset_index(drop=True)


def measure_of(action: Action, section: PotentialSection) -> str:
    """The measure a plan uses for an action."""
    return {
        "afforest": section.afforest_measure,
        "grass": section.grass_measure,
        "wetland": section.wetland_measure,
    }[action]
