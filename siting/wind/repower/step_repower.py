"""The repowering step of a run: what replaces the old turbines, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import ConfigError, GeoplanError, ModelError
from gis.say import Sentence, listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan, locality_of
from layers.result import Progress, StepResult, Warn
from siting.wind.farm import FarmYield, farm_rose, farm_yield, turbulence_of
from siting.wind.farm_tables import farm_tables
from siting.wind.impact.people import dwellings
from siting.wind.impact.standing import Standing, heard_db
from siting.wind.inputs import (
    atlas_means,
    distinct,
    given_in_time,
    local_gross_mwh,
    machines_of,
    plan_weather,
    user_turbines,
)
from siting.wind.layout.land import screening_size, warn_land
from siting.wind.machine.existing import existing_turbines
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.candidates import Candidate, better, candidate_turbines, lay_out
from siting.wind.repower.compare import compare, mean_age_yr
from siting.wind.repower.economics import compare_money
from siting.wind.repower.eligibility import LawStatement, eligibility
from siting.wind.repower.hybrid_station import hybrid_station
from siting.wind.repower.layers import line_layer, new_layer, pad_layer
from siting.wind.repower.neighbours import effects
from siting.wind.repower.of_arrays import Repowering
from siting.wind.repower.parks import park_positions
from siting.wind.repower.standing_farm import (
    Neighbours,
    ground_at,
    spread_frac,
    standing_yield,
)
from siting.wind.resource.hub import hub_series
from siting.wind.resource.roughness import with_roughness
from siting.wind.section import RepowerSection, WindSection
from siting.wind.summary import NoRepower, ParkSummary, RepowerPart, RepowerSummary
from siting.wind.terrain import flow_of

if TYPE_CHECKING:
    from layers.weather import Weather
    from siting.screen.coded import Screening

__all__ = ["repower_step", "with_options"]

Float = NDArray[np.float64]


def _no(code: str, text: Sentence) -> StepResult[RepowerPart]:
    return StepResult(summary=RepowerPart(repower=NoRepower()), warnings=[Warn(code, text)])


def with_options(
    plan: Plan,
    *,
    turbine: tuple[str, ...] = (),
    mode: Literal["", "keep_capacity", "max"] = "",
    seed: int | None = None,
) -> Plan:
    """`plan` with the command line's choice of turbines, mode and seed in its section.

    Raises
    ------
    ConfigError
        For a turbine the library does not have.
    """
    section = plan.section(RepowerSection)
    changed: dict[str, object] = {}
    if turbine:
        user = user_turbines(plan, plan.section(WindSection))
        for name in turbine:
            library_turbine(name, user)
        changed["turbine"] = turbine
    if mode:
        changed["mode"] = mode
    if seed is not None:
        changed["seed"] = seed
    return plan.with_sections(repower=section.model_copy(update=changed))


def repower_step(plan: Plan, work: Path, progress: Progress) -> StepResult[RepowerPart]:
    """Replace the old turbines by fewer, larger ones on the land the rules leave.

    Returns
    -------
    StepResult
        Layers ``turbines_new``, ``repower_pads`` (old positions with the rules that hit
        them), ``wind_dwellings``, ``noise_contours``, ``wind_lines``, ``park_turbines``;
        rasters ``flicker``, ``turbine_visibility_before``, ``turbine_visibility_after``;
        tables ``repower_eligibility``, ``repower_compare``, ``repower_candidates``,
        ``repower_law``, ``repower_losses``, ``park_wind``; summary ``repower``.

    Raises
    ------
    ConfigError, DataError, ModelError
        Candidates that cannot be, data that contradict themselves, land that holds none.
    """
    section = plan.section(RepowerSection)
    wind = plan.section(WindSection)
    frame, warnings = existing_turbines(plan, wind, plan_crs(plan))
    if frame is None:
        return _no(
            "no_turbines",
            say("siting.wind_repower.no_turbines"),
        )
    weather = plan_weather(plan, wind)
    if weather is None:
        return _no(
            "no_weather",
            say("siting.wind_repower.no_weather"),
        )
    go = frame["farm"].isin(section.farms) if section.farms else frame["farm"] == frame["farm"]
    if not go.any():
        raise ConfigError(
            say("siting.wind_repower.no_turbine_belongs_farms_named"),
            where="[repower] farms",
            got=listed(section.farms),
            expected=listed(sorted(set(frame["farm"]))),
        )
    wind, more = with_roughness(
        plan, wind, weather, frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    )
    warnings += more
    old, stay = frame[go].reset_index(drop=True), frame[~go].reset_index(drop=True)
    user = user_turbines(plan, wind)
    judged = eligibility(pd.DataFrame(old.drop(columns="geometry")), plan.plan.as_of)
    progress("repower", 0, 6)
    others, _ = machines_of(stay, user)
    near_by = (
        None
        if stay.empty or any(m.ct is None for m in others)
        else (stay["x"].to_numpy(float), stay["y"].to_numpy(float), others)
    )
    spread = spread_frac(plan, wind, weather, old, user)
    before, old_machines, more = standing_yield(plan, old, weather, wind, user, near_by, spread)
    warnings += more
    progress("repower", 1, 6)
    standing = Standing(stay["x"].to_numpy(float), stay["y"].to_numpy(float), others)
    farm = _Farm(old, stay, before, near_by, standing, spread)
    try:
        chosen, compared, more = _choose(plan, section, wind, weather, farm, user)
    except ModelError as err:
        if section != RepowerSection():
            raise
        # nobody asked for it: the other steps of a run are not held up
        return _no("repower_none_fits", say("siting.wind_repower.none_fits", err=err))
    warnings += more
    candidate, after = chosen
    progress("repower", 3, 6)
    effect, more = effects(
        plan,
        section,
        weather,
        old,
        old_machines,
        candidate,
        work if section.rasters else None,
        standing,
    )
    warnings += more
    progress("repower", 4, 6)
    lines, more = line_layer(plan, section, candidate)
    warnings += more
    turbulence, _ = turbulence_of(wind)
    parks, park_table, more = park_positions(
        plan,
        section,
        after.rose,
        user,
        turbulence=turbulence,
        energy=lambda machine, px, py: local_gross_mwh(plan, wind, weather, machine, px, py),
    )
    warnings += more
    hybrid, hybrid_tables, more = hybrid_station(
        plan,
        section,
        after,
        candidate.capacity_mw,
        at=(float(candidate.layout.x_m.mean()), float(candidate.layout.y_m.mean())),
    )
    warnings += more
    progress("repower", 5, 6)
    new = new_layer(old, candidate, after)
    pads = pad_layer(old, candidate)
    old_mw = float(old["capacity_kw"].sum()) / 1000.0
    both = Repowering(before, after, old_mw, candidate.capacity_mw)
    table, facts, law = compare(
        plan, section, old, old_machines, both, candidate, effect, lines, judged
    )
    layers: dict[str, gpd.GeoDataFrame] = {"turbines_new": new, "repower_pads": pads}
    layers |= {k: v for k, v in effect.layers.items() if len(v)}
    if len(lines):
        layers["wind_lines"] = lines
    if parks is not None and len(parks):
        layers["park_turbines"] = parks
    progress("repower", 6, 6)
    summary = RepowerSummary(
        mode=section.mode,
        turbine=candidate.machine.id,
        turbine_kind=candidate.machine.kind,
        seed=section.seed,
        encouraged=int(judged["encouraged"].sum()),
        of=len(judged),
        parks=tuple(ParkSummary.model_validate(r) for r in park_table.to_dict("records")),
        hybrid=hybrid,
        **{k: getattr(facts, k) for k in type(facts).model_fields},
    )
    return StepResult(
        summary=RepowerPart(repower=summary),
        tables={
            "repower_compare": table,
            "repower_candidates": compared,
            "repower_eligibility": judged,
            "repower_law": _law_table(law),
            **farm_tables(
                "repower",
                "repower",
                after,
                [candidate.machine] * len(new),
                candidate.capacity_mw,
                utc_offset_h=weather.utc_offset_h,
                in_time=given_in_time(wind),
            ),
            "park_wind": park_table,
            **effect.tables,
            **hybrid_tables,
        },
        layers=layers,
        rasters=effect.rasters,
        warnings=distinct([*warnings, *after.warnings]),
    )


def _law_table(law: tuple[LawStatement, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [r.id for r in law],
            "met": [r.met for r in law],
            "zh": [r.text("zh") for r in law],
            "en": [r.text("en") for r in law],
            "citation": [r.citation for r in law],
            "source_step": [r.source_step for r in law],
            "validity": [r.validity for r in law],
        }
    )


@dataclass(frozen=True, eq=False)
class _Farm:
    """What is replaced, what stays, and what is yielded before.

    Attributes
    ----------
    old, stay
        Turbines, a row each.
    before
        Yield of the old ones.
    near_by
        Those that stay, as neighbours; None where they cannot be reckoned with.
    standing
        The same as sources of noise.
    spread_frac
        Deviation of the energy that the plan's sources of wind tell.
    """

    old: gpd.GeoDataFrame
    stay: gpd.GeoDataFrame
    before: FarmYield
    near_by: Neighbours | None
    standing: Standing
    spread_frac: float


def _choose(
    plan: Plan,
    section: RepowerSection,
    wind: WindSection,
    weather: Weather,
    farm: _Farm,
    user: dict[str, Turbine],
) -> tuple[tuple[Candidate, FarmYield], pd.DataFrame, list[Warn]]:
    """Lay out every candidate turbine and take the best."""
    old, stay = farm.old, farm.stay
    x, y = old["x"].to_numpy(float), old["y"].to_numpy(float)
    old_kw = float(old["capacity_kw"].sum())
    near, warnings = dwellings(plan, x, y, section.extent_m + 4000.0)
    already = None
    if near is not None:
        already = heard_db(farm.standing, near, ground_factor=section.ground_factor)
    turbulence, _ = turbulence_of(wind)
    years = mean_age_yr(old, plan)
    rows: list[dict[str, object]] = []
    done: list[tuple[Candidate, FarmYield]] = []
    failed: list[GeoplanError] = []
    screened: dict[tuple[float, float], Screening] = {}
    means, _ = atlas_means(plan, wind, x, y)
    for machine in candidate_turbines(section, user, locality_of(plan)):
        series = hub_series(
            weather,
            machine.hub_m,
            wind,
            mean_speed_m_s=None if means is None else float(means.mean()),
        )
        rose, _ = farm_rose(series)
        key = screening_size(plan, machine)
        try:
            candidate = lay_out(
                plan,
                machine,
                section,
                rose,
                old_xy=(x, y),
                old_kw=old_kw,
                stay_xy=(stay["x"].to_numpy(float), stay["y"].to_numpy(float)),
                near=near,
                turbulence=turbulence,
                screening=screened.get(key),
                already_db=already,
            )
        except GeoplanError as err:
            failed.append(err)
            told = {"reason_zh": err.text("zh"), "reason_en": err.text("en")}
            rows.append({"turbine": machine.id, "fits": False, **told})
            continue
        screened[key] = candidate.screening
        layout = candidate.layout
        new_means, faster, more = flow_of(
            plan, wind, weather, layout.x_m, layout.y_m, machine.hub_m
        )
        warnings += more
        after = farm_yield(
            layout.x_m,
            layout.y_m,
            [machine] * len(layout.x_m),
            weather,
            wind,
            mean_speed_m_s=new_means,
            speedups=faster,
            ground_m=ground_at(plan, layout.x_m, layout.y_m, weather),
            neighbours=farm.near_by,
            source_spread_frac=farm.spread_frac,
        )
        money = compare_money(
            section,
            new_kw=candidate.capacity_mw * 1000,
            new_mwh_yr=after.levels.life[50],
            old_kw=old_kw,
            old_mwh_yr=farm.before.levels.life[50],
            old_years=years,
        )
        done.append((candidate, after))
        rows.append(
            {
                "turbine": machine.id,
                "fits": True,
                "turbines": len(layout.x_m),
                "capacity_mw": candidate.capacity_mw,
                "p50_mwh_yr": after.levels.life[50],
                "p90_mwh_yr": after.levels.life[90],
                "full_load_hours_h": after.levels.life[50] / candidate.capacity_mw,
                "wake_loss_frac": after.farm_wake_loss_frac,
                "noise_max_db": float(candidate.noise_db.max(initial=-np.inf))
                if candidate.noise_db.size
                else None,
                "dwelling_setback_m": candidate.setback_m,
                "lcoe_cny_mwh": money.lcoe_cny_mwh,
                "npv_gain_cny": money.gain_cny,
                "reason_zh": "",
                "reason_en": "",
            }
        )
    if not done:
        raise failed[0]
    table = pd.DataFrame(rows)
    fits = table[table["fits"]]
    gains = fits["npv_gain_cny"].tolist()
    money_known = all(g is not None and g == g for g in gains)
    score = gains if money_known else fits["p50_mwh_yr"].tolist()
    best = better(score)
    table["chosen"] = False
    table.loc[fits.index[best], "chosen"] = True
    warnings += warn_land(done[best][0].land)
    if done[best][0].sound_estimated:
        level = done[best][0].sound_power_db
        warnings.append(
            Warn(
                "sound_power_estimated",
                say("siting.wind_repower.sound_power_estimated_2", level=level),
            )
        )
    return done[best], table, warnings
