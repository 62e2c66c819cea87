"""The repowering step of a run: what replaces the old turbines, and what it changes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.errors import ConfigError, GeoplanError
from gis.grid import cell_size_m
from layers.boundary import plan_crs
from layers.open import open_features
from layers.plan import Plan
from layers.result import Progress, StepResult, Warn
from siting.land.route import cost_surface
from siting.wind.candidates import Candidate, better, candidate_turbines, lay_out
from siting.wind.economics import carbon, compare_money, recycling
from siting.wind.eligibility import eligibility, repower_consequences, rule_limit
from siting.wind.existing import existing_turbines
from siting.wind.farm import FarmYield, farm_rose, farm_yield, turbulence_of
from siting.wind.ground import grid_around, sample_layer
from siting.wind.hub import hub_series
from siting.wind.impact import Impact, impact
from siting.wind.land import rules_at, warn_land
from siting.wind.noise import limit_of
from siting.wind.parks import park_positions
from siting.wind.people import dwellings
from siting.wind.section import RepowerSection, WindSection
from siting.wind.sketch import collector, nearest_way
from siting.wind.step_wind import (
    atlas_means,
    distinct,
    machines_of,
    plan_weather,
    user_turbines,
)
from siting.wind.turbine import Turbine

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["repower_step"]

Float = NDArray[np.float64]
_STATE = ("outside", "left", "conditional", "taken", "unknown")


def _no(code: str, zh: str, en: str) -> StepResult:
    return StepResult(summary={"repower": {"estimated": False}}, warnings=[Warn(code, zh, en)])


def repower_step(plan: Plan, work: Path, progress: Progress) -> StepResult:
    """Replace the old turbines by fewer, larger ones on the land the rules leave.

    Returns
    -------
    StepResult
        Layers ``turbines_new``, ``repower_pads`` (old positions with the rules that hit
        them), ``wind_dwellings``, ``noise_contours``, ``wind_lines``, ``park_turbines``;
        rasters ``flicker``, ``turbine_visibility``; tables ``repower_eligibility``,
        ``repower_compare``, ``repower_candidates``, ``repower_law``, ``repower_losses``,
        ``park_wind``; summary ``repower``.

    Raises
    ------
    ConfigError, DataError, ModelError
        Candidates that cannot be, data that contradict themselves, land that holds none.
    """
    section: RepowerSection = plan.section("repower")
    wind: WindSection = plan.section("wind")
    frame, warnings = existing_turbines(plan, wind, plan_crs(plan))
    if frame is None:
        return _no(
            "no_turbines",
            "计划未给出现有风电机组，以大代小未估算",
            "the plan names no existing turbines; repowering not estimated",
        )
    weather = plan_weather(plan, wind)
    if weather is None:
        return _no(
            "no_weather",
            "计划未给出逐时气象，以大代小未估算",
            "the plan gives no hourly weather; repowering not estimated",
        )
    go = frame["farm"].isin(section.farms) if section.farms else frame["farm"] == frame["farm"]
    if not go.any():
        raise ConfigError(
            "no turbine belongs to the farms named",
            where="[repower] farms",
            got=", ".join(section.farms),
            expected=", ".join(sorted(set(frame["farm"]))),
        )
    old, stay = frame[go].reset_index(drop=True), frame[~go].reset_index(drop=True)
    user = user_turbines(plan, wind)
    judged = eligibility(pd.DataFrame(old.drop(columns="geometry")), plan.plan.as_of)
    progress("repower", 0, 6)
    before, old_machines, more = _yield_of(plan, old, weather, wind, user)
    warnings += more
    progress("repower", 1, 6)
    chosen, compared, more = _choose(plan, section, wind, weather, old, stay, before, user)
    warnings += more
    candidate, after = chosen
    progress("repower", 3, 6)
    effect, more = impact(
        plan, section, weather, old, old_machines, candidate, work if section.rasters else None
    )
    warnings += more
    progress("repower", 4, 6)
    lines, more = _lines(plan, section, candidate)
    warnings += more
    turbulence, _ = turbulence_of(wind)
    parks, park_table, more = park_positions(
        plan, section, after.rose, user, turbulence=turbulence
    )
    warnings += more
    progress("repower", 5, 6)
    new = _new_layer(old, candidate, after)
    pads = _pads(old, candidate)
    compare, facts = _compare(
        plan, section, old, old_machines, before, candidate, after, effect, lines, judged
    )
    law = pd.DataFrame(facts.pop("law"))
    layers: dict[str, gpd.GeoDataFrame] = {"turbines_new": new, "repower_pads": pads}
    layers |= {k: v for k, v in effect.layers.items() if len(v)}
    if len(lines):
        layers["wind_lines"] = lines
    if parks is not None and len(parks):
        layers["park_turbines"] = parks
    progress("repower", 6, 6)
    summary = {
        "estimated": True,
        "mode": section.mode,
        "turbine": candidate.machine.id,
        "turbine_kind": candidate.machine.kind,
        "seed": section.seed,
        "encouraged": int(judged["encouraged"].sum()),
        "of": len(judged),
        **facts,
        "parks": park_table.to_dict("records"),
    }
    return StepResult(
        summary={"repower": summary},
        tables={
            "repower_compare": compare,
            "repower_candidates": compared,
            "repower_eligibility": judged,
            "repower_law": law,
            "repower_losses": pd.DataFrame(after.waterfall),
            "park_wind": park_table,
            **effect.tables,
        },
        layers=layers,
        rasters=effect.rasters,
        warnings=distinct([*warnings, *after.warnings]),
    )


def _yield_of(
    plan: Plan,
    frame: gpd.GeoDataFrame,
    weather: Weather,
    wind: WindSection,
    user: dict[str, Turbine],
) -> tuple[FarmYield, list[Turbine], list[Warn]]:
    machines, warnings = machines_of(frame, user)
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    means, more = atlas_means(plan, wind, x, y)
    found = farm_yield(
        x,
        y,
        machines,
        weather,
        wind,
        mean_speed_m_s=means,
        ground_m=_ground(plan, x, y, weather),
        capacity_kw=frame["capacity_kw"].to_numpy(float),
    )
    return found, machines, [*warnings, *more, *found.warnings]


def _ground(plan: Plan, x: Float, y: Float, weather: Weather) -> Float | None:
    ground = sample_layer(plan, "dem", x, y)
    if ground is None:
        return None
    return np.where(np.isnan(ground), weather.altitude_m, ground)


def _choose(
    plan: Plan,
    section: RepowerSection,
    wind: WindSection,
    weather: Weather,
    old: gpd.GeoDataFrame,
    stay: gpd.GeoDataFrame,
    before: FarmYield,
    user: dict[str, Turbine],
) -> tuple[tuple[Candidate, FarmYield], pd.DataFrame, list[Warn]]:
    """Lay out every candidate turbine and take the best."""
    x, y = old["x"].to_numpy(float), old["y"].to_numpy(float)
    old_kw = float(old["capacity_kw"].sum())
    near, warnings = dwellings(plan, x, y, section.extent_m + 4000.0)
    night = section.noise_limit_night_db or limit_of(section.noise_area).night_db
    turbulence, _ = turbulence_of(wind)
    years = _age(old, plan)
    rows: list[dict[str, Any]] = []
    done: list[tuple[Candidate, FarmYield]] = []
    failed: list[GeoplanError] = []
    means, _ = atlas_means(plan, wind, x, y)
    for machine in candidate_turbines(section, user):
        series = hub_series(
            weather,
            machine.hub_m,
            wind,
            mean_speed_m_s=None if means is None else float(means.mean()),
        )
        rose, _ = farm_rose(series)
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
                night_limit_db=night,
                turbulence=turbulence,
            )
        except GeoplanError as err:
            failed.append(err)
            rows.append({"turbine": machine.id, "fits": False, "reason": str(err)})
            continue
        layout = candidate.layout
        new_means, _ = atlas_means(plan, wind, layout.x_m, layout.y_m)
        after = farm_yield(
            layout.x_m,
            layout.y_m,
            [machine] * len(layout.x_m),
            weather,
            wind,
            mean_speed_m_s=new_means,
            ground_m=_ground(plan, layout.x_m, layout.y_m, weather),
        )
        money = compare_money(
            section,
            new_kw=candidate.capacity_mw * 1000,
            new_mwh_yr=after.levels.p50_mwh_yr,
            old_kw=old_kw,
            old_mwh_yr=before.levels.p50_mwh_yr,
            old_years=years,
        )
        done.append((candidate, after))
        rows.append(
            {
                "turbine": machine.id,
                "fits": True,
                "turbines": len(layout.x_m),
                "capacity_mw": candidate.capacity_mw,
                "p50_mwh_yr": after.levels.p50_mwh_yr,
                "p90_mwh_yr": after.levels.p90_mwh_yr,
                "full_load_hours_h": after.levels.p50_mwh_yr / candidate.capacity_mw,
                "wake_loss_frac": float(
                    1
                    - (after.gross_mwh_yr * (1 - after.wake_loss_frac)).sum()
                    / after.gross_mwh_yr.sum()
                ),
                "noise_max_db": float(candidate.noise_db.max(initial=-np.inf))
                if candidate.noise_db.size
                else None,
                "dwelling_setback_m": candidate.setback_m,
                "lcoe_cny_mwh": money.lcoe_cny_mwh,
                "npv_gain_cny": money.gain_cny,
                "reason": "",
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
                f"新机型声功率级按容量估算 {level:.1f} dB(A)，须以制造商资料复核",
                f"sound power of the new turbine estimated at {level:.1f} dB(A) from its"
                " rating; the maker's data replace it",
            )
        )
    return done[best], table, warnings


def _age(old: gpd.GeoDataFrame, plan: Plan) -> float:
    dates = pd.to_datetime(old["on_grid"].replace("", None), errors="coerce")
    if dates.isna().all():
        return float("nan")
    return float(((pd.Timestamp(plan.plan.as_of) - dates).dt.days / 365.2425).mean())


def _new_layer(
    old: gpd.GeoDataFrame, candidate: Candidate, after: FarmYield
) -> gpd.GeoDataFrame:
    x, y = candidate.layout.x_m, candidate.layout.y_m
    states, hits, _ = rules_at(candidate.screening, x, y)
    pads = np.hypot(
        x[:, None] - old["x"].to_numpy(float), y[:, None] - old["y"].to_numpy(float)
    ).min(axis=1)
    n = len(x)
    frame = gpd.GeoDataFrame(
        {
            "turbine_id": [f"N{i + 1:02d}" for i in range(n)],
            "turbine": candidate.machine.id,
            "curve_kind": candidate.machine.kind,
            "capacity_kw": candidate.machine.rated_kw,
            "hub_m": candidate.machine.hub_m,
            "rotor_m": candidate.machine.rotor_m,
            "mean_speed_m_s": after.speed_m_s,
            "gross_mwh_yr": after.gross_mwh_yr,
            "wake_loss_frac": after.wake_loss_frac,
            "p50_mwh_yr": after.net_mwh_yr * (1 - after.levels.haircut_frac),
            "full_load_hours_h": after.net_mwh_yr
            * (1 - after.levels.haircut_frac)
            / (candidate.machine.rated_kw / 1000.0),
            "land_state": [_STATE[s] for s in states],
            "conditional_rules": [" ".join(h) for h in hits],
            "nearest_pad_m": pads,
        },
        geometry=gpd.points_from_xy(x, y),
        crs=old.crs,
    )
    ll = frame.geometry.to_crs("EPSG:4326")
    frame["lon"], frame["lat"] = ll.x.to_numpy(), ll.y.to_numpy()
    return frame


def _pads(old: gpd.GeoDataFrame, candidate: Candidate) -> gpd.GeoDataFrame:
    """Old positions: may a turbine of the new size stand there, and what says no."""
    x, y = old["x"].to_numpy(float), old["y"].to_numpy(float)
    states, hits, unknown = rules_at(candidate.screening, x, y)
    near = np.hypot(
        x[:, None] - candidate.layout.x_m[None, :], y[:, None] - candidate.layout.y_m[None, :]
    ).min(axis=1)
    return gpd.GeoDataFrame(
        {
            "turbine_id": old["turbine_id"],
            "land_state": [_STATE[s] for s in states],
            "rules": [" ".join(h) for h in hits],
            "not_judged": [" ".join(u) for u in unknown],
            "reused": near <= 50.0,
        },
        geometry=old.geometry.to_numpy(),
        crs=old.crs,
    )


def _lines(
    plan: Plan, section: RepowerSection, candidate: Candidate
) -> tuple[gpd.GeoDataFrame, list[Warn]]:
    """Cables to the substation and roads to the turbines, by least cost."""
    x, y = candidate.layout.x_m, candidate.layout.y_m
    warnings: list[Warn] = []
    station: tuple[float, float] | None = None
    if section.substation_ll is not None:
        point = gpd.GeoSeries(
            gpd.points_from_xy([section.substation_ll[0]], [section.substation_ll[1]]),
            crs="EPSG:4326",
        ).to_crs(plan_crs(plan))
        station = (float(point.x.iloc[0]), float(point.y.iloc[0]))
    else:
        found = open_features(plan, "substations")
        if found is not None and len(found):
            centre = shapely.Point(x.mean(), y.mean())
            best = found.geometry.distance(centre).idxmin()
            spot = found.geometry.loc[best].centroid
            station = (float(spot.x), float(spot.y))
    if station is None:
        warnings.append(
            Warn(
                "no_substation",
                "缺变电站图层，集电线路只连接机组",
                "no substation layer; the collector joins the turbines only",
            )
        )
    xs = x if station is None else np.append(x, station[0])
    ys = y if station is None else np.append(y, station[1])
    cell = max(plan.area.cell_m, 50.0)
    span = max(float(np.ptp(xs)), float(np.ptp(ys)))
    cell = max(cell, span / 600.0)
    grid = grid_around(plan, xs, ys, 1000.0, float(np.ceil(cell / 10.0) * 10.0))
    cost = cost_surface(plan, grid)
    ways = collector(cost, grid, x, y, station)
    roads = open_features(plan, "road")
    if roads is not None and len(roads):
        lines = np.asarray(roads.geometry.array, dtype=object)
        box = shapely.box(xs.min(), ys.min(), xs.max(), ys.max()).buffer(5000.0)
        close = lines[shapely.intersects(lines, box)]
        ways += nearest_way(cost, grid, x, y, close)
    frame = gpd.GeoDataFrame(
        {
            "kind": [w.kind for w in ways],
            "length_m": [w.length_m for w in ways],
            "straight_m": [w.straight_m for w in ways],
        },
        geometry=[w.line for w in ways],
        crs=plan_crs(plan),
    )
    return frame, warnings


def _compare(
    plan: Plan,
    section: RepowerSection,
    old: gpd.GeoDataFrame,
    old_machines: list[Turbine],
    before: FarmYield,
    candidate: Candidate,
    after: FarmYield,
    effect: Impact,
    lines: gpd.GeoDataFrame,
    judged: pd.DataFrame,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The before and after table, and what goes into the summary."""
    n, m = len(old), len(candidate.layout.x_m)
    old_mw = float(old["capacity_kw"].sum()) / 1000.0
    new_mw = candidate.capacity_mw
    road_m = float(lines.loc[lines["kind"] == "road", "length_m"].sum()) if len(lines) else 0.0
    cable_m = (
        float(lines.loc[lines["kind"] == "cable", "length_m"].sum()) if len(lines) else 0.0
    )
    width = rule_limit("WD-071").value
    old_land = None if section.old_pad_m2 is None else n * section.old_pad_m2
    new_land = None if section.new_pad_m2 is None else m * section.new_pad_m2
    ratio = new_land / old_land if old_land and new_land else None
    money = compare_money(
        section,
        new_kw=new_mw * 1000,
        new_mwh_yr=after.levels.p50_mwh_yr,
        old_kw=old_mw * 1000,
        old_mwh_yr=before.levels.p50_mwh_yr,
        old_years=_age(old, plan),
    )
    co2 = carbon(section.grid_factor, before.levels.p50_mwh_yr, after.levels.p50_mwh_yr)
    waste = recycling(
        n,
        float(np.mean([t.rotor_m for t in old_machines])),
        blade_mass_t=section.blade_mass_t,
        hub_mass_t=section.hub_mass_t,
    )
    pads = np.hypot(
        candidate.layout.x_m[:, None] - old["x"].to_numpy(float),
        candidate.layout.y_m[:, None] - old["y"].to_numpy(float),
    ).min(axis=1)

    def wake(found: FarmYield) -> float:
        kept = (found.gross_mwh_yr * (1 - found.wake_loss_frac)).sum()
        return float(1 - kept / found.gross_mwh_yr.sum())

    rows: list[tuple[str, str, str, str, float | None, float | None]] = [
        ("turbines", "机组台数", "turbines", "", n, m),
        ("capacity", "装机容量", "capacity", "MW", old_mw, new_mw),
        (
            "unit",
            "单机容量",
            "unit capacity",
            "MW",
            old_mw / n,
            candidate.machine.rated_kw / 1000.0,
        ),
        (
            "gross",
            "毛发电量",
            "gross energy",
            "MWh/yr",
            float(before.gross_mwh_yr.sum()),
            float(after.gross_mwh_yr.sum()),
        ),
        ("wake", "尾流损失", "wake loss", "-", wake(before), wake(after)),
        (
            "p50",
            "P50 发电量",
            "P50 energy",
            "MWh/yr",
            before.levels.p50_mwh_yr,
            after.levels.p50_mwh_yr,
        ),
        (
            "p75",
            "P75 发电量",
            "P75 energy",
            "MWh/yr",
            before.levels.p75_mwh_yr,
            after.levels.p75_mwh_yr,
        ),
        (
            "p90",
            "P90 发电量",
            "P90 energy",
            "MWh/yr",
            before.levels.p90_mwh_yr,
            after.levels.p90_mwh_yr,
        ),
        (
            "hours",
            "等效满负荷小时",
            "full-load hours",
            "h",
            before.levels.p50_mwh_yr / old_mw,
            after.levels.p50_mwh_yr / new_mw,
        ),
        (
            "pad_land",
            "机位永久用地",
            "permanent land of pads",
            "ha",
            None if old_land is None else old_land / 1e4,
            None if new_land is None else new_land / 1e4,
        ),
        ("road_land", "新增道路用地", "new road land", "ha", None, road_m * width / 1e4),
        ("road", "新增道路长度", "new roads", "m", None, road_m),
        ("cable", "集电线路长度", "collector lines", "m", None, cable_m),
        (
            "pads_reused",
            "利用原机位",
            "turbines on old pads",
            "",
            None,
            float((pads <= 50.0).sum()),
        ),
        *effect.rows,
        (
            "co2",
            "减排量",
            "CO2 not emitted by the grid",
            "t/yr",
            co2["before_tco2_yr"],
            co2["after_tco2_yr"],
        ),
        ("lcoe", "平准化度电成本", "LCOE", "CNY/MWh", None, money.lcoe_cny_mwh),
        (
            "npv",
            "净现值（续运 / 改造）",
            "net present value (run on / repower)",
            "CNY",
            money.npv_run_on_cny,
            money.npv_repower_cny,
        ),
    ]
    table = pd.DataFrame(rows, columns=["item", "zh", "en", "unit", "before", "after"])
    table["before"] = pd.to_numeric(table["before"])
    table["after"] = pd.to_numeric(table["after"])
    moved = float(pads.max(initial=0.0)) > 50.0
    law = repower_consequences(
        old_mw=old_mw,
        new_mw=new_mw,
        unit_mw=candidate.machine.rated_kw / 1000.0,
        years_on_grid=float(judged["years_on_grid"].mean()),
        land_ratio=ratio,
        same_positions=not moved,
        full_load_hours_h=after.levels.p50_mwh_yr / new_mw,
        min_unit_mw=section.min_capacity_mw,
    )
    facts: dict[str, Any] = {
        "before": dict(zip(table["item"], table["before"], strict=True)),
        "after": dict(zip(table["item"], table["after"], strict=True)),
        "recycling": waste,
        "co2": co2,
        "money": {**asdict(money), "gain_cny": money.gain_cny},
        "land_refused_ha": candidate.land.refused_ha,
        "cell_m": cell_size_m(candidate.land.grid),
        "spacing_m": {"main": candidate.spacing.main_m, "cross": candidate.spacing.cross_m},
        "wakes": {
            k: {"aep_mwh_yr": e.aep_mwh_yr, "wake_loss_frac": e.wake_loss_frac}
            for k, e in (after.spread.by_model if after.spread else {}).items()
        },
        "noise": effect.noise,
        "flicker": effect.flicker,
        "law": law,
    }
    facts["law_summary"] = [
        {"id": r["id"], "met": r["met"], "text": {"zh": r["zh"], "en": r["en"]}} for r in law
    ]
    return table, facts
