"""The step ``potential``: candidates, projects, named works, and the trade-off with energy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.asked.bounds import value_bounds
from carbon_sink.asked.data import works_warnings
from carbon_sink.asked.keys import potential_faults
from carbon_sink.cover.land import county_area_m2
from carbon_sink.cover.sampling import sample_layer
from carbon_sink.local import carbon_section
from carbon_sink.potential.candidates import Action, candidates, suitability
from carbon_sink.potential.ccer_path import ccer_path
from carbon_sink.potential.fit_answer import answer_of, forest_fit
from carbon_sink.potential.outcome import (
    CandidateSummary,
    PotentialMissing,
    PotentialPart,
    PotentialSummary,
    RateSummary,
    SelectionSummary,
)
from carbon_sink.potential.pipeline import Selection
from carbon_sink.potential.projects import (
    SinkRate,
    as_projects,
    chosen_first,
    measure_of,
    select_projects,
    sink_rate,
)
from carbon_sink.potential.site_tradeoff import site_tradeoff
from carbon_sink.potential.step_warnings import (
    baseline_warnings,
    rain_differs,
    rain_warnings,
    rate_warnings,
    waiting_warnings,
)
from carbon_sink.potential.works import named_works, work_summaries, works_table
from carbon_sink.section import CarbonSection, PotentialSection
from carbon_sink.stand.county_total import with_stands
from carbon_sink.stock.inputs import stock_inputs
from gis.errors import ConfigError, DataError, raise_faults
from gis.say import say
from layers.open.county import plan_grid_of
from layers.open.plan_layers import layer_state, open_features, vocabulary_of
from layers.plan.model import Plan
from layers.result import (
    Progress,
    StepResult,
    Warn,
    optional_layer,
    read_summary,
)
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["potential_step", "wanted_forest_ha"]

ACTIONS: tuple[Action, ...] = ("afforest", "grass", "wetland")


def wanted_forest_ha(plan: Plan, section: PotentialSection, county_ha: float) -> float | None:
    """Net gain of forest asked for [ha]: the user's, else between the plan's two targets.

    10.6 % in 2025 and 12 % in 2030 of 206,580 ha are 28.9 km2.
    """
    if section.forest_gain_ha is not None:
        return section.forest_gain_ha
    goals = sorted(
        (t.year, t.value)
        for t in plan.targets
        if t.indicator == "forest_cover" and t.unit == "%"
    )
    if len(goals) < 2:
        return None
    return (goals[-1][1] - goals[0][1]) / 100.0 * county_ha


def _provisional(work: Path, action: str) -> bool:
    """Whether the run's screening left rules of an action unjudged."""
    try:
        found = read_summary(work, "screen")
    except DataError:
        return False
    part = found.get("summary", {}).get("screening", {}).get(action, {})
    return bool(part.get("provisional", False))


def _state_ha(work: Path, action: str, *states: str) -> float:
    """Land of the county that the run's screening of an action found in these states [ha]."""
    try:
        found = read_summary(work, "screen")
    except DataError:
        return 0.0
    part = found.get("summary", {}).get("screening", {}).get(action, {})
    return math.fsum(float(part.get("area_ha", {}).get(s, 0.0)) for s in states)


def _non_forest_years(
    plan: Plan,
    carbon: CarbonSection,
    x: np.ndarray,
    y: np.ndarray,
) -> pd.Series[float] | None:
    """Years since a date at which the land cover was no forest; NaN where it may have been."""
    if not carbon.base_year or layer_state(plan, "land_cover_base") != "available":
        return None
    values = sample_layer(plan, "land_cover_base", plan_grid_of(plan), x, y)
    if values is None:
        return None
    words = vocabulary(vocabulary_of(plan, "land_cover_base"))
    trees = {
        e.raster_value if e.raster_value is not None else int(e.code)
        for e in words.entries.values()
        if "forest_arbor" in e.ecosystem
    }
    years = float(plan.plan.as_of.year - carbon.base_year)
    open_land = np.isfinite(values) & ~np.isin(values, list(trees))
    return pd.Series(np.where(open_land, years, np.nan))


def _planned(plan: Plan, points: np.ndarray) -> npt.NDArray[np.bool_] | None:
    """Whether a point lies on land the forest layer calls afforestable."""
    layer = open_features(plan, "forest_land")
    if layer is None or "forest_type" not in layer.columns:
        return None
    own = layer[layer["forest_type"] == "afforestable"]
    if not len(own):
        return None
    tree = shapely.STRtree(np.asarray(own.geometry.array))
    at, _ = tree.query(points, predicate="within")
    out = np.zeros(len(points), bool)
    out[at] = True
    return out


def _projects(
    plan: Plan,
    carbon: CarbonSection,
    section: PotentialSection,
    parcels: gpd.GeoDataFrame,
    eligible: gpd.GeoDataFrame,
    action: Action,
    rate: SinkRate,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    found = candidates(
        parcels,
        eligible,
        action,
        min_area_ha=section.min_area_ha,
    )
    found = suitability(found, plan, plan_grid_of(plan), action)
    steep = found["slope_deg"] > section.max_slope_deg
    found = found[~steep].reset_index(drop=True)
    points = shapely.point_on_surface(np.asarray(found.geometry.array))
    history = _non_forest_years(plan, carbon, shapely.get_x(points), shapely.get_y(points))
    return as_projects(
        found,
        rate,
        section,
        non_forest_years=history,
        planned=_planned(plan, points),
        started=section.ccer.start_year or plan.plan.as_of.year,
        rain_mm=carbon.annual_rainfall_mm,
    )


def _hectares(found: pd.DataFrame, *basis: str) -> float:
    return float(found["area_ha"][found["rate_basis"].isin(basis)].sum())


def _selection(s: Selection | None, projects: pd.DataFrame | None) -> SelectionSummary | None:
    if s is None or projects is None:
        return None
    own = projects[projects["selected"]]
    return SelectionSummary(
        objective=s.objective,
        count=int(s.taken.sum()),
        area_ha=s.area_ha,
        gain_tc=float(own["gain_tc"].sum(min_count=1)),
        not_estimated_ha=_hectares(own, "none"),
        carried_over_ha=_hectares(own, "carried_over"),
        cost_yuan=s.cost,
        water_m3_yr=s.water_m3,
        reached=s.feasible,
        shortfall_ha=s.shortfall_ha,
        solver_gap_frac=s.gap_frac,
    )


def potential_step(plan: Plan, work: Path, progress: Progress) -> StepResult[PotentialPart]:
    """Candidates and projects under the run's screening, and whether the forest fits.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder with the layers ``eligible_<action>``, ``ecosystem`` and ``sites`` of
        earlier steps; what is missing is said, not guessed.
    progress : callable

    Returns
    -------
    StepResult
        Layers ``candidates`` and ``works``; tables ``projects``, ``ccer_checks``,
        ``ccer_monitoring``, ``ccer_ex_ante``, ``works``, ``tradeoff``; summary ``potential``.
    """
    carbon = with_stands(carbon_section(plan), work)
    section = plan.section(PotentialSection)
    progress("potential", 0, 5)
    raise_faults(ConfigError, potential_faults(plan))
    inputs = stock_inputs(plan, carbon)
    if inputs is None or inputs.county.parcels is None:
        note = Warn(
            "potential_needs_parcels",
            say("carbon_sink.room.potential_needs_parcels"),
            "land_parcels",
        )
        return StepResult(summary=PotentialPart(potential=PotentialMissing()), warnings=[note])
    parcels, local = inputs.county.parcels, inputs.local
    choice, table = inputs.densities, inputs.table
    warns = [*rain_warnings(carbon, section), *works_warnings(plan), *value_bounds(plan)]
    parts: dict[str, gpd.GeoDataFrame] = {}
    checks: list[pd.DataFrame] = []
    rates: dict[str, SinkRate] = {}
    for n, action in enumerate(ACTIONS, 1):
        progress("potential", n, 5)
        rates[action] = sink_rate(
            measure_of(action, section),
            table,
            years=section.years,
            depth_cm=carbon.rate_depth_cm,
            draws=carbon.draws,
            seed=carbon.seed,
        )
        eligible = optional_layer(work, f"eligible_{action}")
        if eligible is None:
            warns.append(
                Warn(
                    f"{action}_not_screened",
                    say(
                        "carbon_sink.room.this_run_did_not_screen",
                        title=say(f"carbon_sink.potential.action_{action}"),
                        action=action,
                    ),
                    "[screening] techs",
                )
            )
            continue
        parts[action], own = _projects(
            plan, carbon, section, parcels, eligible, action, rates[action]
        )
        checks.append(own)
        warns += rate_warnings(parts[action], action)
        warns += waiting_warnings(_state_ha(work, action, "provisional"), action)
    if "afforest" in parts:
        warns += rain_differs(carbon, parts["afforest"])

    county_ha = county_area_m2(plan) / 1e4
    wanted = wanted_forest_ha(plan, section, county_ha)
    chosen: Selection | None = None
    answer = None
    if wanted is not None:
        answer = answer_of(
            parts.get("afforest"),
            section,
            wanted,
            provisional=_provisional(work, "afforest"),
            waiting_ha=_state_ha(work, "afforest", "provisional", "unknown"),
        )
        if "afforest" in parts and len(parts["afforest"]):
            parts["afforest"], chosen, more = select_projects(
                parts["afforest"], section, wanted
            )
            warns += more
    progress("potential", 4, 5)
    layers: dict[str, gpd.GeoDataFrame] = {}
    tables: dict[str, pd.DataFrame] = {}
    everything = [p for p in parts.values() if len(p)]
    if everything:
        both = pd.concat(everything, ignore_index=True)
        if "selected" in both.columns:
            both["selected"] = (
                both["selected"].astype("boolean").fillna(value=False).astype(bool)
            )
        both = chosen_first(both)
        layers["candidates"] = both
        tables["projects"] = pd.DataFrame(both.drop(columns="geometry"))
        tables["ccer_checks"] = pd.concat(checks, ignore_index=True)
    forest = parts.get("afforest")
    path = ccer_path(
        forest if chosen is not None else None,
        checks[0] if forest is not None else pd.DataFrame(),
        rates["afforest"],
        section,
        table,
        start_year=plan.plan.as_of.year,
        rain_mm=carbon.annual_rainfall_mm,
        depth_cm=carbon.rate_depth_cm,
        draws=carbon.draws,
        seed=carbon.seed,
    )
    warns += baseline_warnings(path)
    tables["ccer_monitoring"] = path.monitoring
    if len(path.yearly):
        tables["ccer_ex_ante"] = path.yearly
    named = named_works(plan, section.works)
    works, layer = works_table(
        plan,
        named,
        parcels if local.parcels is None else local.parcels,
        choice,
        table,
        years=section.years,
        depth_cm=carbon.rate_depth_cm,
        projects=layers.get("candidates"),
        draws=carbon.draws,
        seed=carbon.seed,
    )
    if len(works):
        tables["works"] = works
    if layer is not None:
        layers["works"] = layer
    room_ha = float(forest["area_ha"].sum()) if forest is not None else math.nan
    trade, trade_summary = site_tradeoff(work, section, rates["afforest"], county_ha, room_ha)
    if trade is not None:
        tables["tradeoff"] = trade
    progress("potential", 5, 5)
    summary = PotentialSummary(
        forest_gain=forest_fit(answer) if answer else None,
        selection=_selection(chosen, forest),
        rates={a: _rate(r) for a, r in rates.items()},
        candidates={a: _candidates(p) for a, p in parts.items()},
        tradeoff=trade_summary,
        ccer_path=path.steps,
        value=path.value,
        works=work_summaries(works, named),
    )
    return StepResult(
        summary=PotentialPart(potential=summary), tables=tables, layers=layers, warnings=warns
    )


def _candidates(found: gpd.GeoDataFrame) -> CandidateSummary:
    return CandidateSummary(
        count=len(found),
        left_ha=float(found["area_ha"][found["state"] == "left"].sum()),
        conditional_ha=float(found["area_ha"][found["state"] == "conditional"].sum()),
        measured_ha=_hectares(found, "measured"),
        carried_over_ha=_hectares(found, "carried_over"),
        own_rate_ha=_hectares(found, "user"),
        not_estimated_ha=_hectares(found, "none"),
        ccer={str(k): int(v) for k, v in found["ccer"].value_counts().items()},
    )


def _rate(r: SinkRate) -> RateSummary:
    e = r.gain_tc_ha
    return RateSummary(
        measure=r.kind.id,
        title=r.kind.title,
        tco2e_ha_yr=r.tco2e_ha_yr,
        gain_tc_ha=e.value if e else None,
        gain_low_tc_ha=e.low if e else None,
        gain_high_tc_ha=e.high if e else None,
        years=r.years,
        not_estimated=r.not_estimated,
        additional=r.kind.additional,
        methane_tco2e_ha_yr=r.methane_tco2e_ha_yr,
        caution=r.kind.caution,
    )
