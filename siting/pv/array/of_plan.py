"""The plant of a site of a run, or of a polygon under weather, ground and law of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import shapely

from gis.errors import ConfigError, ModelError
from gis.say import listed, say
from layers.open.county import boundary_warnings, plan_crs
from layers.plan.model import Plan
from layers.result import Warn, read_layer
from siting.check.near import place_of
from siting.check.outline import read_outline
from siting.pv.array.ground import ground_of_plan
from siting.pv.array.place import PolygonFiles, connection_xy, file_land, polygon_site
from siting.pv.array.study import PolygonPlant, plant_of_polygon
from siting.pv.study.context import pv_context
from siting.pv.study.land_plan import connection_point
from siting.pv.study.section import PvSection
from siting.screen.screening import rules_of
from siting.sites.final import cut_free

__all__ = ["study_in_plan", "study_of_site"]


def study_of_site(
    plan: Plan,
    run: Path,
    site_id: str,
    section: PvSection,
    *,
    files: PolygonFiles | None = None,
    named: frozenset[str] = frozenset(),
    figures: Mapping[str, float] | None = None,
) -> PolygonPlant:
    """The plant of a PV site of a run: ``geoplan pv PLAN --site ID --layout``.

    The site's polygon is land that screening left and the rules were cut from; the collector
    ends where the grid connection of the run leaves it, or at the point of `files`. Land that
    `files` says is not to be built on stays free.

    Raises
    ------
    ConfigError
        For an unknown site.
    ModelError
        When no table fits.
    """
    sites = read_layer(run, "sites")
    pv = sites[sites["tech"] == "pv"]
    row = pv[pv["site_id"].astype(str) == site_id]
    if row.empty:
        ids = pv["site_id"].astype(str).tolist()
        raise ConfigError(
            say("siting.pv_study.no_such_pv_site"),
            got=site_id,
            expected=listed(ids[:20]) or say("siting.pv_study.no_pv_site"),
        )
    shape, crs = row.geometry.iloc[0], plan_crs(plan)
    point = connection_point(run, site_id, shape)
    at, told = (float(point.x), float(point.y)), list[Warn]()
    if files is not None and files.connection_ll is not None:
        at, told = connection_xy(files.connection_ll, shape, crs)
    no_go = None
    if files is not None and files.no_go is not None:
        no_go = shapely.intersection(shape, file_land(files.no_go, crs))
    site = polygon_site(
        site_id,
        shape,
        crs,
        connection=at,
        no_go=None if no_go is None or not no_go.area > 0.0 else no_go,
        ground=ground_of_plan(plan, shape, crs),
    )
    context = pv_context(plan.with_sections(pv=section))
    found = plant_of_polygon(site, section, context, named=named, figures=figures)
    text = say(
        "siting.pv_array.run_counts_with",
        run=float(row["capacity_mw"].iloc[0]),
        drawn=found.array.ac_mw,
    )
    told.append(Warn("array_capacity", text, site_id))
    return replace(found, warnings=(*told, *found.warnings))


def study_in_plan(
    plan: Plan,
    files: PolygonFiles,
    section: PvSection,
    *,
    named: frozenset[str] = frozenset(),
    figures: Mapping[str, float] | None = None,
) -> PolygonPlant:
    """The plant of a polygon in the county of a plan: ``geoplan pv PLAN --polygon FILE``.

    Land that the hard rules of the day take, and land they cannot judge for want of a value, is
    left out; rules whose layer is missing are told.

    Raises
    ------
    DataError
        See `siting.check.outline.read_outline`.
    ModelError
        When the rules take all of it, or no table fits.
    """
    outline = read_outline(files.polygon, plan, layer=files.layer, crs=files.crs)
    crs = plan_crs(plan)
    shape = shapely.union_all([p for p in shapely.get_parts(outline.land) if p.area > 0.0])
    free, cuts = cut_free(shape, *rules_of(plan, "pv"), place_of(plan))
    no_go = shapely.difference(shape, free)
    if files.no_go is not None:
        no_go = shapely.union(no_go, file_land(files.no_go, crs))
    if shapely.difference(shape, no_go).area <= 0.0:
        taken = [c.rule_id for c in cuts if c.before_m2 > 0.0]
        raise ModelError(
            say("siting.pv_array.no_such_site_land"),
            where=str(files.polygon),
            got=str(listed(taken)),
        )
    told = [*boundary_warnings(plan)]
    told += [
        Warn(f.code, f.text, files.polygon.name)
        for f in outline.findings
        if f.severity != "remark"
    ]
    open_ = [c.rule_id for c in cuts if not c.judged]
    if open_:
        text = say("siting.pv_array.rules_not_judged", n=len(open_), rules=listed(open_))
        told.append(Warn("array_rules_not_judged", text, files.polygon.name))
    at = None
    if files.connection_ll is not None:
        at, far = connection_xy(files.connection_ll, shape, crs)
        told += far
    site = polygon_site(
        files.polygon.stem,
        shape,
        crs,
        no_go=no_go if no_go.area > 0.0 else None,
        connection=at,
        ground=ground_of_plan(plan, shape, crs),
    )
    context = pv_context(plan.with_sections(pv=section))
    found = plant_of_polygon(site, section, context, named=named, figures=figures)
    return replace(found, warnings=(*told, *found.warnings))
