"""The first step of a run: screen the county for every technology the plan asks for."""

from __future__ import annotations

import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_km2, to_mu
from gis.cells.grid import windows
from gis.errors import ModelError
from gis.files.write_raster import write_cog
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.open.acceptance import parcel_faults
from layers.open.contradiction import contradiction_warnings, refuse_contradictions
from layers.open.county import county_boundary, plan_crs, zone_geometries
from layers.open.county_parts import zone_runs
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, within
from layers.spec import Text
from siting.rules.words import tech_word
from siting.screen.attribution import leave_one_out, waterfall
from siting.screen.coded import (
    OUTSIDE,
    STATES,
    Screening,
    areas_by_state,
    in_use,
)
from siting.screen.how import tiles_folder
from siting.screen.judged.coarse import coarse_warnings, own_class_warnings
from siting.screen.judged.polygons import eligible_polygons, provisional_polygons
from siting.screen.judged.tell import (
    NO_SHARE,
    judged_percent,
    judged_summary,
    next_layers_table,
)
from siting.screen.law_summary import calendar_warnings, law_of, law_warnings
from siting.screen.scenarios import (
    ScenarioMap,
    scenario_map,
    scenarios_compared,
)
from siting.screen.screening import (
    not_in_force_of,
    other_parts_of,
    other_projects_of,
    screen_with_program,
    source_of,
)
from siting.screen.section import ScreeningSection
from siting.screen.sources import ReadSource, consulted
from siting.screen.summary import (
    CountyArea,
    RuleSummary,
    ScenarioSummary,
    ScreenSummary,
    TechScreening,
    WaterfallStep,
)
from siting.screen.tables import (
    areas_table,
    codes_table,
    law_tables,
    not_judged,
    overlap_table,
    rules_table,
)

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["screen_step"]

_COLOURS = {
    0: (0, 0, 0, 0),
    1: (44, 160, 68, 255),
    2: (240, 190, 60, 255),
    3: (200, 70, 60, 255),
    4: (150, 150, 150, 255),
    5: (122, 106, 165, 255),
}
_CLOSURE = 1e-9
_BLOCK = 2048  # cells of a side of what is written at a time
_COLUMNS = ("left", "conditional", "taken", "unknown", "provisional")


def _county_layer(plan: Plan, area_m2: float) -> gpd.GeoDataFrame:
    import geopandas as gpd  # heavy

    return gpd.GeoDataFrame(
        {
            "name_zh": [plan.plan.title.zh],
            "name_en": [plan.plan.title.en],
            "area_km2": [to_km2(area_m2)],
        },
        geometry=[county_boundary(plan)],
        crs=plan_crs(plan),
    )


def _townships_layer(plan: Plan, found: Screening) -> gpd.GeoDataFrame | None:
    if "townships" not in plan.layers:
        return None
    table = open_features(plan, "townships")
    if table is None:
        return None
    out = table[[c for c in table.columns if c in ("name", "code", table.geometry.name)]].copy()
    out["geometry"] = shapely.intersection(
        np.asarray(out.geometry.array), county_boundary(plan)
    )
    out = out.set_geometry("geometry", crs=plan_crs(plan))
    # a layer of a whole province names those of other counties as well
    out = out[~out.geometry.is_empty].reset_index(drop=True)
    for state in sorted(areas_by_state(found), key=_COLUMNS.index):
        out[f"{found.tech}_{state}_ha"] = [
            to_ha(areas_by_state(found, str(n))[state]) if str(n) in found.zones else np.nan
            for n in out["name"]
        ]
    return out


def _rule_rows(found: Screening, table: pd.DataFrame, lang: str) -> tuple[RuleSummary, ...]:
    own = [c for c in RuleSummary.model_fields if c in table.columns]
    return tuple(
        RuleSummary(
            title=Text(zh=r["title_zh"], en=r["title_en"]),
            reason=r[f"reason_{lang}"],
            law=rule.in_force,
            **{k: r[k] for k in own},
        )
        for rule, r in zip(found.rules, table.to_dict("records"), strict=True)
    )


def _summary(plan: Plan, found: Screening, table: pd.DataFrame) -> TechScreening:
    areas = areas_by_state(found)
    open_rules = not_judged(found)
    in_force = [e for e in found.effects if e != "none"]
    total = sum(areas.values())
    closure = abs(total - found.county_m2) / found.county_m2
    if closure > _CLOSURE:
        raise ModelError(
            say("siting.screen.areas_by_state_do_not"),
            got=say("siting.screen.relative", closure=closure),
        )
    fall = waterfall(found)
    return TechScreening(
        area_ha={k: to_ha(v) for k, v in areas.items()},
        area_mu={k: to_mu(v) for k, v in areas.items()},
        closure=closure,
        scenario=found.scenario,
        rules=_rule_rows(found, table, plan.plan.lang),
        waterfall=tuple(
            WaterfallStep(rule_id=i, area_ha=to_ha(float(a)), left_ha=to_ha(float(b)))
            for i, a, b in zip(fall["rule_id"], fall["area_m2"], fall["left_m2"], strict=True)
            if a > 0
        ),
        not_judged=len(open_rules),
        of=len(in_force),
        provisional=bool(open_rules),
        not_judged_rules=tuple(r.id for r in open_rules),
        not_in_force_here_rules=tuple(r.id for r in not_in_force_of(plan, found.tech)),
        area_unknown_rules=tuple(r.id for r in found.rules if not r.area_known),
        other_project_rules=tuple(r.id for r in other_projects_of(plan, found.tech)),
        other_part_rules=tuple(r.id for r in other_parts_of(plan, found.tech)),
        law=law_of(plan, found),
        judged=judged_summary(found, plan.section(ScreeningSection).judged_limit),
    )


def _scenarios(areas: pd.DataFrame, tech: str) -> dict[str, ScenarioSummary]:
    """Areas of the scenarios set beside the plan's, from the table of them."""
    part = areas[(areas["tech"] == tech) & ~areas["own"]]
    return {
        str(name): ScenarioSummary(
            area_ha=dict(zip(t["state"], t["area_ha"], strict=True)),
            difference_ha=dict(zip(t["state"], t["difference_ha"], strict=True)),
        )
        for name, t in part.groupby("scenario", sort=False)
    }


def _warnings(plan: Plan, found: Screening) -> list[Warn]:
    asked = consulted(x for r in found.rules for x in r.layer_ids)
    out = [*coarse_warnings(plan, sorted(asked)), *own_class_warnings(plan, sorted(asked))]
    # a law nobody knows is told by itself: no layer would help
    partly = {
        r.id: v
        for r, v, e in zip(found.rules, found.verdicts, found.effects, strict=True)
        if v.state == "incomplete" and e != "none"
    }
    open_rules = [r for r in not_judged(found) if r.law_known and r.id not in partly]
    where = f"screening {found.tech}"
    if open_rules:
        out.append(
            Warn(
                "rules_not_judged",
                say(
                    "siting.screen.rules_not_judged",
                    tech=tech_word(found.tech),
                    n=len(open_rules),
                ),
                where,
            )
        )
    if partly:
        names = dict.fromkeys(x for v in partly.values() for x in v.incomplete)
        text = say(
            "siting.screen.rules_partly_judged",
            tech=tech_word(found.tech),
            n=len(partly),
            layers=listed(layer_of(x).title for x in names),
        )
        out.append(Warn("rules_partly_judged", text, where))
    machine = [
        r
        for r, v, e in zip(found.rules, found.verdicts, found.effects, strict=True)
        if v.turbine and e != "none"
    ]
    if machine:
        text = say(
            "siting.screen.turbine_not_given", tech=tech_word(found.tech), n=len(machine)
        )
        out.append(Warn("turbine_not_given", text, where))
    silent = sorted({x for v in found.verdicts for x in v.all_nodata})
    out += [
        Warn(
            "layer_all_nodata",
            say("siting.screen.layer_all_nodata", layer=layer_of(x).title),
            where,
        )
        for x in silent
    ]
    return out


def _bands(found: list[Screening], by_code: list[npt.NDArray[np.uint8]]) -> Any:  # noqa: ANN401
    """One band a technology, of a value for every code."""
    grid = found[0].grid
    for window in windows(grid, _BLOCK):
        bands: list[npt.NDArray[np.uint8]] = [
            v[s.code[window]] for s, v in zip(found, by_code, strict=True)
        ]
        yield window, np.stack(bands)


@dataclass(frozen=True)
class _Products:
    """What is written of one technology."""

    summary: TechScreening
    tables: dict[str, pd.DataFrame]
    layers: dict[str, gpd.GeoDataFrame]
    towns: gpd.GeoDataFrame | None
    raster: Path


def _products(plan: Plan, one: Screening, work: Path, tags: dict[str, str]) -> _Products:
    """Tables, polygons and the raster of codes of a screening."""
    tech, table = one.tech, rules_table(one)
    tables = {
        f"rules_{tech}": table,
        f"codes_{tech}": codes_table(one),
        f"waterfall_{tech}": waterfall(one),
        f"without_{tech}": leave_one_out(one),
        f"overlap_{tech}": overlap_table(one),
    }
    summary = _summary(plan, one, table)
    layers = {f"eligible_{tech}": eligible_polygons(plan, one)}
    if plan.section(ScreeningSection).missing == "provisional":
        layers[f"provisional_{tech}"] = provisional_polygons(plan, one)
    raster = write_cog(
        work / f"screening_{tech}.tif",
        ((w, one.code[w]) for w in windows(one.grid, _BLOCK)),
        one.grid,
        dtype=str(one.code.dtype),
        nodata=0,
        tags=tags,
        descriptions=[f"code of table codes_{tech}"],
    )
    return _Products(summary, tables, layers, _townships_layer(plan, one), raster)


def screen_step(plan: Plan, work: Path, progress: Progress) -> StepResult[ScreenSummary]:
    """Screen the county for every technology of the plan.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder; ``eligibility.tif`` and ``screening_<tech>.tif`` are written into it.
    progress : callable

    Returns
    -------
    StepResult
        Layers ``county``, ``zones``, ``townships``, ``eligible_<tech>`` and, where the plan
        tells it apart, ``provisional_<tech>``; rasters
        ``eligibility`` (one band a technology), ``screening_<tech>`` (codes) and, where the
        plan tells provisional land apart, ``judged_share`` (percent); tables
        ``rules_<tech>``, ``codes_<tech>``, ``waterfall_<tech>``, ``without_<tech>`` (each
        rule dropped), ``overlap_<tech>`` (rules two by two), ``next_layers`` (which layer to
        fetch next) and ``areas``; layer
        ``land_parcels_faults`` where acceptance found any. When the plan
        compares scenarios: tables ``scenario_areas`` and ``scenario_transitions``, and
        rasters ``eligibility_<scenario>``.

    Raises
    ------
    ConfigError
        When the plan assumes a layer absent that its own parcels show.
    """
    refuse_contradictions(plan)
    section = plan.section(ScreeningSection)
    techs = section.techs
    others = [name for name in section.compare if name != section.scenario]
    zones = zone_runs(plan)
    source = source_of(plan)
    found: list[Screening] = []
    maps: list[list[ScenarioMap]] = []
    tables: dict[str, pd.DataFrame] = {}
    layers: dict[str, gpd.GeoDataFrame] = {}
    rasters: dict[str, Path] = {}
    summary: dict[str, TechScreening] = {}
    aside = tiles_folder(plan, work)
    warnings: list[Warn] = [
        *contradiction_warnings(plan),
        *calendar_warnings(plan.plan.as_of, "screening"),
    ]
    tags = {"software": "geoplan", "plan": plan.plan.id, "synthetic": str(plan.plan.synthetic)}
    made: list[Future[_Products]] = []
    # what is made of a screening is made while the next technology is screened
    with ThreadPoolExecutor(1) as aside_of_it:
        for i, tech in enumerate(techs):
            label = f"screen {tech}"
            one_of = within(progress, i, len(techs))
            one_of(label, 0, 1)
            one, program = screen_with_program(
                plan,
                tech,
                zones=zones,
                source=source,
                progress=partial(one_of, label),
                folder=None if aside is None else aside / tech,
            )
            # the next technology asks for much the same layers
            source = ReadSource(source, program.features)
            found.append(one)
            made.append(aside_of_it.submit(_products, plan, one, work, tags))
            maps.append([scenario_map(plan, one, program, source, name) for name in others])
        progress("screen", len(techs), len(techs))
        products = [m.result() for m in made]
    for one, own in zip(found, products, strict=True):
        tables |= own.tables
        layers |= own.layers
        rasters[f"screening_{one.tech}"] = own.raster
        summary[one.tech] = own.summary
        told = {(w.code, w.where) for w in warnings}
        warnings += [w for w in _warnings(plan, one) if (w.code, w.where) not in told]
        warnings += law_warnings(one.tech, own.summary.law)
        if own.towns is not None:
            before = layers.get("townships")
            towns = own.towns
            if before is not None:
                new = [c for c in towns.columns if c not in before.columns]
                towns = before.join(towns[new])
            layers["townships"] = towns
    tables |= law_tables({tech: one.law for tech, one in summary.items()})
    judged = {tech: one.judged for tech, one in summary.items() if one.judged is not None}
    tables["next_layers"] = next_layers_table(judged)
    if section.missing == "provisional":
        rasters["judged_share"] = write_cog(
            work / "judged_share.tif",
            _bands(found, [judged_percent(s) for s in found]),
            found[0].grid,
            dtype="uint8",
            nodata=NO_SHARE,
            tags={**tags, "unit": "%"},
            descriptions=list(techs),
        )
    tables["areas"] = pd.concat([areas_table(s) for s in found], ignore_index=True)
    numbers = (OUTSIDE, *sorted(in_use(section.missing)))
    rasters["eligibility"] = write_cog(
        work / "eligibility.tif",
        _bands(found, [s.state for s in found]),
        found[0].grid,
        dtype="uint8",
        nodata=0,
        tags={**tags, "states": ", ".join(f"{i} {STATES[i]}" for i in numbers)},
        colormap=_COLOURS if len(found) == 1 else None,
        descriptions=list(techs),
    )
    if others:
        compared = scenarios_compared(found, maps, work, tags, _COLOURS)
        tables |= compared[0]
        rasters |= compared[1]
        areas = compared[0]["scenario_areas"]
        summary = {
            tech: one.model_copy(update={"scenarios": _scenarios(areas, tech)})
            for tech, one in summary.items()
        }
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)
    area = found[0].county_m2
    polygon = float(
        polygon_area_m2([shapely.segmentize(county_boundary(plan), 100.0)], plan_crs(plan))[0]
    )
    layers["county"] = _county_layer(plan, area)
    # parcels against each other take as much memory again: what is done goes first
    del found, maps, source, program, one, made, products, own
    faults = parcel_faults(plan)
    if faults is not None and len(faults):
        layers["land_parcels_faults"] = faults
    layers["zones"] = zone_geometries(plan)
    county = CountyArea(
        area_km2=to_km2(area),
        area_ha=to_ha(area),
        area_mu=to_mu(area),
        polygon_area_km2=to_km2(polygon),
    )
    return StepResult(
        summary=ScreenSummary(county=county, screening=summary),
        tables=tables,
        layers=layers,
        rasters=rasters,
        warnings=warnings,
    )
