"""The step ``survey``: what became of each parcel between two land surveys."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import pandas as pd

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.change_report import adjusted_areas
from carbon_sink.change.change_words import bound_words
from carbon_sink.change.choices import change_choices, choice_ends, undated
from carbon_sink.change.comparable import change_choice
from carbon_sink.change.conversion import Period
from carbon_sink.change.land_groups import planted_too_early
from carbon_sink.change.layer_dates import survey_date_faults, survey_year_warnings
from carbon_sink.cover.local_classes import marks_of_townships, not_in_change
from carbon_sink.local import carbon_section
from carbon_sink.overlay.overlay import NOT_SURVEYED, Overlay, overlay
from carbon_sink.section import CarbonSection
from carbon_sink.stand.county_total import with_stands
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import monte_carlo
from carbon_sink.summary import interval
from carbon_sink.survey.area import survey_area_error
from carbon_sink.survey.carbon import ChangeCarbon, change_carbon, combined_terms
from carbon_sink.survey.changes import (
    absorbed_area,
    by_kind,
    by_place,
    change_pieces,
    change_rows,
    standing_pieces,
    survey_matrix,
)
from carbon_sink.survey.disturbance import Losses, Register, losses_of, read_register
from carbon_sink.survey.kinds import change_kinds, check_overrides
from carbon_sink.survey.one_survey import one_survey
from carbon_sink.survey.opened import two_surveys
from carbon_sink.survey.outcome import (
    DisturbanceSummary,
    KindSummary,
    SurveyPart,
    SurveySummary,
)
from carbon_sink.survey.stands import stand_ages
from carbon_sink.survey.told import carbon_told, early_told, register_told, survey_told
from gis.errors import ConfigError, DataError, raise_faults
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.provinces import ClimateZone
from layers.result import Progress, StepResult
from layers.spec import text_of

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
        ``survey_disturbance``; summary ``survey``. Without two surveys the losses of the
        register after the one survey, if the plan has both.
    """
    section = with_stands(carbon_section(plan), work)
    progress("survey", 0, 3)
    raise_faults(ConfigError, survey_date_faults(plan))
    found = two_surveys(plan, section)
    first, last = section.survey_before, section.survey_after
    if found is None or first is None or last is None:
        return one_survey(plan, section)
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
    at_both = (laid.pieces["start"] != NOT_SURVEYED) & (laid.pieces["end"] != NOT_SURVEYED)
    if not at_both.any():
        raise DataError(
            say("carbon_sink.survey.no_land_in_common"),
            where="[carbon.survey_before], [carbon.survey_after]",
            todo=say("carbon_sink.survey.give_surveys_of_one_land"),
        )
    pieces = change_pieces(laid, found.before, found.after, section.survey.kinds)
    early = planted_too_early(pieces, first.year, {})
    early_ha = float(pieces["area_ha"][early].sum())
    pieces = pieces.assign(planted_year=pieces["planted_year"].mask(early))
    standing = standing_pieces(laid, found.before, found.after, section.growth)
    rows = change_rows(laid, pieces, found.before, found.after, crs)
    arbor = found.before.ecosystem == "forest_arbor"
    arbor_ha = float(found.before.area_m2[arbor].sum()) / 1e4

    def chosen(zone: ClimateZone | None) -> tuple[Choice, Coefficients]:
        return change_choice(section, {}, arbor_ha or None, zone, year=first.year)

    choice, table = chosen(None)
    period = Period(
        float(last.year - first.year), last.year, section.planted, dict(section.growth)
    )
    transitions = laid.transitions().rename(columns={"place": "township"})
    area, foreign = survey_area_error(plan, section, transitions)
    carbon = change_carbon(
        pieces,
        rows,
        choice,
        table,
        period,
        standing=standing,
        local=marks_of_townships(section, first.year),
        area=area,
        draws=section.draws,
        seed=section.seed,
    )
    rows = rows.join(carbon.rows).reset_index(drop=True)
    open_land = undated(carbon.land, chosen, period, area)
    choices = change_choices(carbon.land, chosen, section, period, area, open_land)
    progress("survey", 2, 3)
    register = _register(plan, section)
    losses = None
    if register is not None:
        ages = stand_ages(laid, found.before, found.after, period)
        losses = losses_of(
            register,
            laid.pieces,
            laid.shape,
            choice,
            table,
            ages=ages,
            to_year=last.year,
            local=marks_of_townships(section, first.year),
            draws=section.draws,
            seed=section.seed,
        )
    kinds = _with_carbon(by_kind(laid, rows), carbon.by_kind, "kind")
    places = _with_carbon(by_place(laid, pieces), carbon.by_township, "township")
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
    low, high = choice_ends(choices)
    summary = summary.model_copy(
        update={
            "parcels_before": len(found.before),
            "parcels_after": len(found.after),
            "synthetic": plan.plan.synthetic or first.synthetic or last.synthetic,
            "choices": choices,
            "choices_low_tc": low,
            "choices_high_tc": high,
            "areas": adjusted_areas(area),
            "area_source": area.source if area else "",
            "disturbance": _disturbance(
                section, register, losses, carbon, choice, table, period, area
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
        warnings=[
            *survey_year_warnings(plan),
            *not_in_change(section, first.year, last.year),
            *found.warnings,
            *survey_told(laid, summary),
            *early_told(early_ha, first.year),
            *carbon_told(carbon, summary, period, open_land, table),
            *foreign,
            *register_told(section, losses, register),
        ],
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
    total, named = carbon.total, bool((laid.places["place"] != "").any())
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
        bound_note=text_of(
            bound_words(total) if total else say("carbon_sink.change.bound_whole")
        ),
        more_loss_tc=total.more_loss_tc if total else 0.0,
        standing_tc=interval(carbon.standing) if carbon.standing else None,
        planted=section.planted,
        choices=(),
        choices_low_tc=None,
        choices_high_tc=None,
        areas=(),
        area_source="",
        townships_note=text_of(say("carbon_sink.room.townships_cut")) if named else None,
        not_estimated_ha=dict(total.not_estimated_ha) if total else {},
        disturbance=None,
        synthetic=False,
    )


def _disturbance(
    section: CarbonSection,
    register: Register | None,
    losses: Losses | None,
    carbon: ChangeCarbon,
    choice: Choice,
    table: Coefficients,
    period: Period,
    area: AreaError | None,
) -> DisturbanceSummary | None:
    if register is None or losses is None:
        return None
    both = combined_terms(carbon, choice, table, period, area)
    both += [*losses.terms, *losses.forgone]
    parts = {"all": both, "forgone": list(losses.forgone)}
    known = table if area is None else table.with_rows(area.rows)
    found = (
        monte_carlo(
            {k: v for k, v in parts.items() if v},
            known,
            draws=section.draws,
            seed=section.seed,
        )
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
        forgone_tc=interval(found["forgone"]) if "forgone" in found else None,
        with_change_tc=interval(found["all"]) if "all" in found else None,
    )
