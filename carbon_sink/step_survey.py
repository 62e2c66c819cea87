"""The step ``survey``: what became of each parcel between two land surveys."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import pandas as pd

from carbon_sink.change.conversion import Period
from carbon_sink.local import carbon_section
from carbon_sink.overlay.overlay import Overlay, overlay
from carbon_sink.section import CarbonSection
from carbon_sink.stand.county_total import with_stands
from carbon_sink.stock.choice import Choice, densities_of, table_of
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import monte_carlo
from carbon_sink.summary import interval
from carbon_sink.survey.carbon import ChangeCarbon, change_carbon, combined_terms
from carbon_sink.survey.changes import (
    absorbed_area,
    by_kind,
    by_place,
    change_pieces,
    change_rows,
    survey_matrix,
)
from carbon_sink.survey.disturbance import Losses, Register, losses_of, read_register
from carbon_sink.survey.kinds import change_kinds, check_overrides
from carbon_sink.survey.opened import two_surveys
from carbon_sink.survey.outcome import (
    DisturbanceSummary,
    KindSummary,
    SurveyPart,
    SurveySummary,
)
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn

__all__ = ["survey_step"]

_LIST = (
    *("change_id", "change_kind", "before", "after", "township", "area_ha", "area_mu"),
    *("living_tc", "dead_wood_tc", "litter_tc", "soc_tc", "total_tc", "low_tc", "high_tc"),
    *("not_estimated", "planted_year", "codes_before", "codes_after"),
    *("parcels_before", "parcels_after"),
)
_WORDS = ("kind_zh", "kind_en", "before_zh", "before_en", "after_zh", "after_en")


def survey_step(plan: Plan, work: Path, progress: Progress) -> StepResult[SurveyPart]:
    """Lay the plan's two surveys upon one another.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder.
    progress : callable

    Returns
    -------
    StepResult
        Layer and table ``survey_changes`` (the change list), tables ``survey_transitions``,
        ``survey_matrix``, ``survey_kinds``, ``survey_by_township`` and, with a register,
        ``survey_disturbance``; summary ``survey``. Without two surveys nothing.
    """
    section = with_stands(carbon_section(plan), work)
    progress("survey", 0, 3)
    found = two_surveys(plan, section)
    first, last = section.survey_before, section.survey_after
    if found is None or first is None or last is None:
        return StepResult(summary=SurveyPart(survey=None))
    check_overrides(section.survey.kinds)
    crs = plan_crs(plan)
    towns = open_features(plan, "townships")
    laid = overlay(
        found.before,
        found.after,
        county=county_boundary(plan),
        crs=crs,
        names=() if towns is None else towns["name"].astype(str).tolist(),
        shapes=() if towns is None else towns.geometry.to_numpy(),
        tolerance_m=section.survey.tolerance_m,
        tail_m2=section.survey.tail_m2,
        covers=last.covers,
    )
    progress("survey", 1, 3)
    pieces = change_pieces(laid, found.after, section.survey.kinds)
    rows = change_rows(laid, pieces, found.before, found.after, crs)
    table = table_of(section)
    choice = densities_of(section, table, {}, use_volume=False)
    period = Period(
        float(last.year - first.year), last.year, section.planted, dict(section.growth)
    )
    carbon = change_carbon(
        pieces, rows, choice, table, period, draws=section.draws, seed=section.seed
    )
    rows = rows.join(carbon.rows).reset_index(drop=True)
    progress("survey", 2, 3)
    register = _register(plan, section)
    losses = None
    if register is not None:
        losses = losses_of(
            register, laid, choice, table, draws=section.draws, seed=section.seed
        )
    kinds = _with_carbon(by_kind(laid, rows), carbon.by_kind, "kind")
    places = _with_carbon(by_place(laid, pieces), carbon.by_township, "township")
    transitions = laid.transitions().rename(columns={"place": "township"})
    named = rows.rename(columns={"kind": "change_kind"})
    tables = {
        "survey_changes": pd.DataFrame(named.drop(columns="geometry"))[list(_LIST)],
        "survey_transitions": transitions,
        "survey_matrix": survey_matrix(transitions),
        "survey_kinds": kinds.rename(columns={"kind": "change_kind"}),
        "survey_by_township": places,
    }
    if losses is not None:
        tables["survey_disturbance"] = losses.rows.rename(columns={"kind": "disturbance"})
    summary = _summary(section, laid, carbon, kinds)
    summary = summary.model_copy(
        update={
            "parcels_before": len(found.before),
            "parcels_after": len(found.after),
            "synthetic": plan.plan.synthetic or first.synthetic or last.synthetic,
            "disturbance": _disturbance(
                section, register, losses, pieces, choice, table, period
            ),
        }
    )
    progress("survey", 3, 3)
    shown = named[[*_LIST, *_WORDS, "geometry"]]
    layer = gpd.GeoDataFrame(shown, geometry="geometry", crs=crs)
    return StepResult(
        summary=SurveyPart(survey=summary),
        tables=tables,
        layers={"survey_changes": layer} if len(layer) else {},
        warnings=[*found.warnings, *_told(section, laid, summary, losses, register)],
    )


def _with_carbon(table: pd.DataFrame, carbon: pd.DataFrame, on: str) -> pd.DataFrame:
    columns = ["change_tc", "low_tc", "high_tc"]
    if on not in carbon.columns:
        return table.assign(**dict.fromkeys(columns, math.nan))
    return table.merge(carbon[[on, *columns]], on=on, how="left")


def _register(plan: Plan, section: CarbonSection) -> Register | None:
    layer = open_features(plan, "disturbance")
    first, last = section.survey_before, section.survey_after
    if layer is None or first is None or last is None:
        return None
    return read_register(
        layer,
        years=(first.year, last.year),
        shares={str(k): v for k, v in section.disturbance.share_lost.items()},
        where="[layers.disturbance]",
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _summary(
    section: CarbonSection,
    laid: Overlay,
    carbon: ChangeCarbon,
    kinds: pd.DataFrame,
) -> SurveySummary:
    first, last = section.survey_before, section.survey_after
    if first is None or last is None:
        raise AssertionError
    area = kinds.set_index("kind")["area_ha"]
    changed = [
        KindSummary(
            kind=str(r["kind"]),
            title=change_kinds()[str(r["kind"])].title,
            definition=change_kinds()[str(r["kind"])].definition,
            source=change_kinds()[str(r["kind"])].source,
            area_ha=float(r["area_ha"]),
            changes=int(r["changes"]),
            change_tc=_number(r["change_tc"]),
            low_tc=_number(r["low_tc"]),
            high_tc=_number(r["high_tc"]),
        )
        for r in kinds.to_dict("records")
        if r["kind"] in change_kinds()
    ]
    total = carbon.total
    return SurveySummary(
        from_year=first.year,
        to_year=last.year,
        years=float(last.year - first.year),
        tolerance_m=section.survey.tolerance_m,
        parcels_before=0,
        parcels_after=0,
        county_ha=math.fsum(laid.places["area_m2"]) / 1e4,
        changed_ha=math.fsum(k.area_ha for k in changed),
        unchanged_ha=float(area["unchanged"]),
        before_only_ha=float(area["before_only"]),
        after_only_ha=float(area["after_only"]),
        neither_ha=float(area["neither"]),
        absorbed_ha=absorbed_area(laid)[0],
        changes=sum(k.changes for k in changed),
        kinds=tuple(changed),
        change_tc={k: interval(e) for k, e in total.stock_difference.items()} if total else {},
        change_tc_yr=(
            interval(total.stock_difference_yr) if total and total.stock_difference_yr else None
        ),
        bound=total.bound if total else "whole",
        not_estimated_ha=dict(total.not_estimated_ha) if total else {},
        disturbance=None,
        synthetic=False,
    )


def _disturbance(
    section: CarbonSection,
    register: Register | None,
    losses: Losses | None,
    pieces: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
) -> DisturbanceSummary | None:
    if register is None or losses is None:
        return None
    both = [*combined_terms(pieces, choice, table, period), *losses.terms]
    found = (
        monte_carlo({"all": both}, table, draws=section.draws, seed=section.seed)
        if both
        else {}
    )
    return DisturbanceSummary(
        events=len(register.events),
        out_of_period=register.out_of_period,
        loss_tc=interval(losses.total) if losses.total else None,
        not_estimated_ha=losses.not_estimated_ha,
        in_change_ha=losses.in_change_ha,
        elsewhere_ha=losses.elsewhere_ha,
        with_change_tc=interval(found["all"]) if "all" in found else None,
    )


def _told(
    section: CarbonSection,
    laid: Overlay,
    s: SurveySummary,
    losses: Losses | None,
    register: Register | None,
) -> list[Warn]:
    where = "[carbon.survey_after]"
    out = []
    least = 1e-6 * s.county_ha
    if max(s.before_only_ha, s.after_only_ha, s.neither_ha) > least:
        text = say(
            "carbon_sink.survey.not_the_same_land",
            before_ha=s.before_only_ha,
            after_ha=s.after_only_ha,
            neither_ha=s.neither_ha,
        )
        out.append(Warn("surveys_cover_other_land", text, where))
    area, n = absorbed_area(laid)
    if n:
        text = say(
            "carbon_sink.survey.slivers_absorbed",
            tolerance_m=laid.tolerance_m,
            area_ha=area,
            n=n,
        )
        out.append(Warn("survey_slivers", text, "[carbon.survey] tolerance_m"))
    if s.changes:
        out.append(
            Warn("survey_kinds_need_review", say("carbon_sink.survey.kinds_need_review"), where)
        )
    lacking = max(s.not_estimated_ha.values(), default=0.0)
    if lacking > 0:
        text = say("carbon_sink.survey.part_not_estimated", area_ha=lacking)
        out.append(Warn("survey_partly_not_estimated", text, where))
    if losses is not None and register is not None:
        out += _register_told(section, losses, register)
    return out


def _register_told(section: CarbonSection, losses: Losses, register: Register) -> list[Warn]:
    where = "[layers.disturbance]"
    first, last = section.survey_before, section.survey_after
    out = []
    if register.out_of_period and first is not None and last is not None:
        text = say(
            "carbon_sink.survey.disturbance_without_date",
            n=register.out_of_period,
            first=first.year + 1,
            last=last.year,
        )
        out.append(Warn("disturbance_out_of_period", text, where))
    for code, area in (
        ("disturbance_without_share", losses.not_estimated_ha),
        ("disturbance_in_change", losses.in_change_ha),
        ("disturbance_elsewhere", losses.elsewhere_ha),
    ):
        if area > 1e-3:
            out.append(Warn(code, say(f"carbon_sink.survey.{code}", area_ha=area), where))
    return out
