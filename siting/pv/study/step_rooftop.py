"""The rooftop step of a run: roofs, the 15 % target, an industrial user's own use."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from gis.errors import DataError
from gis.say import Sentence, say
from layers.open.plan_file import plan_file
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from layers.units import convert
from layers.weather import weather_of
from siting.pv.plant.chain import Resource, resource, site_yield
from siting.pv.plant.facing import equator_azimuth_deg
from siting.pv.study.context import light_of
from siting.pv.study.load_curve import load_curve_kw, self_consumption
from siting.pv.study.roof_light import roof_factors
from siting.pv.study.rooftop import (
    priority_list,
    roof_plant,
    rooftop_table,
    rooftop_target,
    share_table,
)
from siting.pv.study.section import PvSection, RooftopSection
from siting.pv.study.site_light import SiteLight, scaled_resource
from siting.pv.study.summary import NoRooftop, OwnUse, RooftopPart, RooftopSummary

__all__ = ["rooftop_step"]


def _skip(code: str, text: Sentence) -> StepResult[RooftopPart]:
    return StepResult(
        summary=RooftopPart(rooftop=NoRooftop()), warnings=[Warn(code, text, "rooftop")]
    )


def _with_target(plan: Plan) -> tuple[RooftopSection, tuple[Warn, ...]]:
    """The section with the share the plan's own target asks for."""
    section = plan.section(RooftopSection)
    target = rooftop_target(plan)
    if target is None:
        return section, ()
    goal = convert(target.value, target.unit, "%") / 100.0
    if not goal > 0:
        return section.model_copy(update={"share_target_frac": None}), ()
    told: tuple[Warn, ...] = ()
    own = section.share_target_frac
    if own is not None and not math.isclose(own, goal):
        said = say(
            "siting.pv_study.rooftop_two_targets",
            own_pct=100 * own,
            goal_pct=100 * goal,
            target=target.id,
        )
        told = (Warn("rooftop_two_targets", said, "[rooftop] share_target_frac"),)
    return section.model_copy(update={"share_target_frac": goal}), told


def rooftop_step(
    plan: Plan,
    work: Path,  # noqa: ARG001 - every step has it
    progress: Progress,
) -> StepResult[RooftopPart]:
    """Rooftop potential of the county's buildings.

    Returns
    -------
    StepResult
        Layer ``rooftops`` (public and industrial roofs); tables ``rooftop_share``,
        ``rooftop_priority``, ``rooftop_by_use``.
    """
    section, told = _with_target(plan)
    pv = plan.section(PvSection)
    source = section.weather or pv.weather
    if source is None:
        return _skip(
            "rooftop_no_weather",
            say("siting.pv_study.rooftop_no_weather"),
        )
    buildings = open_features(plan, "buildings")
    if buildings is None or buildings.empty:
        return _skip(
            "rooftop_no_buildings",
            say("siting.pv_study.rooftop_no_buildings"),
        )
    progress("rooftop", 0, 2)
    weather, _ = weather_of(source, plan_file(plan, source.path))
    # a roof's yield is a mean: three years tell it within a per cent
    res = resource(weather)
    res = resource(weather, years=res.years[-3:])
    roofs = rooftop_table(buildings, res, section, pv)
    light = light_of(plan, res)
    flat = roof_plant(
        section,
        pv,
        tilt_deg=section.flat_tilt_deg,
        azimuth_deg=equator_azimuth_deg(weather.lat),
        gcr=section.flat_gcr,
    )
    own = roof_factors(light, res, flat, roofs.geometry.to_numpy())
    roofs[["kwh_kwp", "kwh_yr"]] = roofs[["kwh_kwp", "kwh_yr"]].mul(own, axis=0)
    progress("rooftop", 1, 2)
    share, priority = (
        share_table(roofs, section, country=plan.area.country),
        priority_list(roofs, section),
    )
    by_use = (
        pd.DataFrame(roofs.drop(columns="geometry"))
        .groupby("use", as_index=False)
        .agg(
            buildings=("building_id", "count"),
            roof_m2=("area_m2", "sum"),
            kwp=("kwp", "sum"),
            kwh_yr=("kwh_yr", "sum"),
            # of no building known is not known
            installed_kwp=("installed_kwp", lambda kwp: kwp.sum(min_count=1)),
        )
    )
    warnings = list(told)
    n_assumed = int(roofs["roof_assumed"].sum())
    if n_assumed:
        warnings.append(
            Warn(
                "rooftop_assumed",
                say("siting.pv_study.rooftop_assumed", n_assumed=n_assumed),
                "buildings",
            )
        )
    if section.installed_field not in buildings:
        warnings.append(
            Warn(
                "rooftop_installed_unknown",
                say(
                    "siting.pv_study.rooftop_installed_unknown",
                    installed_field=section.installed_field,
                ),
                "buildings",
            )
        )
    everything = share[share["use"] == "all_public"].iloc[0]
    if everything["not_said"] and everything["installed_known"]:
        text = say(
            "siting.pv_study.rooftop_installed_part",
            n=int(everything["not_said"]),
            of=int(everything["buildings"]),
        )
        warnings.append(Warn("rooftop_installed_part", text, "buildings"))
    needed = priority[priority["needed"]] if len(priority) else priority
    summary = RooftopSummary(
        target_frac=section.share_target_frac,
        share_number=everything["share_number"],
        share_area=everything["share_area"],
        public_buildings=int(everything["buildings"]),
        needed_buildings=len(needed),
        needed_kwp=float(needed["kwp"].sum()) if len(needed) else 0.0,
        needed_mwh_yr=float(needed["kwh_yr"].sum()) / 1000.0 if len(needed) else 0.0,
        potential_mwp=float(roofs["kwp"].sum()) / 1000.0,
        potential_mwh_yr=float(roofs["kwh_yr"].sum()) / 1000.0,
        self_consumption=_own_use(plan, section, pv, res, roofs, light),
    )
    shown = roofs[roofs["use"].isin((*section.public_uses, "industrial"))]
    progress("rooftop", 2, 2)
    return StepResult(
        summary=RooftopPart(rooftop=summary),
        tables={
            "rooftop_share": share,
            "rooftop_priority": priority,
            "rooftop_by_use": by_use,
        },
        layers={"rooftops": shown.reset_index(drop=True)},
        warnings=warnings,
    )


def _own_use(
    plan: Plan,
    section: RooftopSection,
    pv: PvSection,
    res: Resource,
    roofs: pd.DataFrame,
    light: SiteLight,
) -> OwnUse | None:
    """Self-consumption of the building the plan names, against its load."""
    if not section.load_path or not section.load_building:
        return None
    load = load_curve_kw(plan, section.load_path)
    row = roofs[roofs["building_id"] == section.load_building]
    if row.empty:
        raise DataError(
            say("siting.pv_study.no_such_building"),
            where="rooftop.load_building",
            got=section.load_building,
        )
    roof = row.iloc[0]
    middle = roof["geometry"].centroid
    one = scaled_resource(
        resource(res.weather, years=res.years[-1:]), light.at(middle.x, middle.y).factor
    )
    plant = roof_plant(
        section,
        pv,
        tilt_deg=float(roof["tilt_deg"]),
        azimuth_deg=float(roof["azimuth_deg"]),
        gcr=section.flat_gcr if roof["roof"] == "flat" else 0.0,
    )
    hourly = site_yield(one, plant).hourly["ac_kw_kwp"].to_numpy()
    n = min(len(load), len(hourly))
    if n < 8760:
        raise DataError(
            say("siting.pv_study.load_curve_too_short"),
            where=section.load_path,
            got=say("siting.pv_study.hours", n=len(load)),
        )
    found = self_consumption(hourly[:n] * float(roof["kwp"]), load[:n])
    return OwnUse(
        building_id=section.load_building,
        pv_kwh=found.pv_kwh,
        load_kwh=found.load_kwh,
        self_consumed_frac=found.self_consumed_frac,
        covered_frac=found.covered_frac,
    )
