"""One site of a run, or one point of the county, assessed and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygon_area_m2
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from gis.say import listed, say
from layers.open.county import boundary_warnings, county_boundary, plan_crs
from layers.open.plan_layers import layer_report
from layers.plan.model import Plan
from layers.result import read_layer
from siting.pv.study.assess import Assessment
from siting.pv.study.context import PvContext, assess_place, pv_context
from siting.pv.study.layout import Layout, LayoutRules, draw_layout
from siting.pv.study.section import PvSection

__all__ = ["MOST_MW", "SiteChoice", "assess_one", "layout_rules"]


MOST_MW = 100_000.0  # more than any plant on earth; a number of watts is above


@dataclass(frozen=True)
class SiteChoice:
    """Which plant to assess.

    Attributes
    ----------
    site_id
        A site of the run; or
    lonlat
        A point [deg], with `capacity_mw` (default 100 MW).
    mounting
        Instead of the plan's.
    changes
        Other keys of ``[pv]`` instead of the plan's (``tilt_deg``, ``module`` ...); files start
        here, not at the plan.
    shape
        Boundary to draw the plant in, instead of the run's; the capacity follows its area.
    """

    site_id: str = ""
    lonlat: tuple[float, float] | None = None
    mounting: Literal["", "fixed", "tracker", "two_axis"] = ""
    capacity_mw: float | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    shape: BaseGeometry | None = None

    def __post_init__(self) -> None:
        if bool(self.site_id) == (self.lonlat is not None):
            raise ConfigError(say("siting.pv_study.give_site_or_point"))
        mw = self.capacity_mw
        if mw is not None and not 0.0 < mw <= MOST_MW:
            raise ConfigError(
                say("siting.pv_study.capacity_cannot_be"),
                where="--capacity-mw",
                got=f"{mw:g}",
                expected=say("siting.pv_study.capacity_range", most=MOST_MW),
            )


def layout_rules(a: Assessment, plan: Plan) -> LayoutRules:
    """How the plant of an assessment is drawn."""
    section = plan.section(PvSection)
    s = a.design.plant
    return LayoutRules(
        pitch_m=a.design.pitch_m,
        collector_m=section.collector_m,
        tilt_deg=s.designed()[0],
        # the rows of trackers run north-south
        azimuth_deg=s.azimuth_deg if s.mounting == "fixed" else 270.0,
        setback_m=section.setback_m,
        road_m=section.road_m,
        block_mw=section.block_mw,
        dc_ac_ratio=s.dc_ac_ratio,
        kw_m2=s.module.efficiency_frac,
    )


def _told(
    a: Assessment, plan: Plan, context: PvContext, lonlat: tuple[float, float]
) -> Assessment:
    """The assessment with everything a run would say of what it rests on."""
    ground = layer_report(plan, "dem")
    found = (
        *boundary_warnings(plan),
        *context.warnings,
        *(() if ground is None else ground.warnings),
        *a.warnings,
    )
    # one sentence once, in the order it was found
    once = {(w.code, w.where, w.text("en")): w for w in found}
    return replace(
        a, warnings=tuple(once.values()), findings=tuple(context.findings), lonlat=lonlat
    )


def _changed(plan: Plan, choice: SiteChoice) -> Plan:
    """The plan with what the choice gives in place of its ``[pv]``."""
    changes = dict(choice.changes)
    if choice.mounting:
        changes["mounting"] = choice.mounting
    if not changes:
        return plan
    # one row alone has no land to count: for a point only
    alone = changes.get("gcr") == 0.0 and choice.lonlat is not None
    if alone:
        del changes["gcr"]
    section = plan.section(PvSection).changed(**changes)
    if alone:
        section = section.model_copy(update={"gcr": 0.0})
    return plan.with_sections(pv=section)


def assess_one(
    plan: Plan, choice: SiteChoice, *, work: Path | None = None
) -> tuple[Assessment, Layout | None]:
    """Assess the chosen plant; a site of a run is drawn too.

    Parameters
    ----------
    plan : Plan
    choice : SiteChoice
    work : Path, optional
        Run folder holding the layer ``sites``; needed with a site id.

    Raises
    ------
    ConfigError
        For an unknown site id.
    DataError
        When the plan has no weather, or the point lies outside the county.
    """
    plan = _changed(plan, choice)
    context = pv_context(plan)
    if context is None:
        raise DataError(
            say("siting.pv_study.no_pv_weather"),
            where=f"{plan.path.name} [pv.weather]",
            todo=say("siting.pv_study.add_pv_weather"),
        )
    if choice.lonlat is not None:
        lon, lat = choice.lonlat
        xs, ys = transform_points(np.array([lon]), np.array([lat]), "EPSG:4326", plan_crs(plan))
        x, y = float(xs[0]), float(ys[0])
        if not county_boundary(plan).buffer(1000.0).contains(shapely.Point(x, y)):
            raise DataError(
                say("siting.pv_study.point_outside_county"),
                got=say("siting.pv_study.lon_lat", lon=lon, lat=lat),
                todo=say("siting.pv_study.longitude_first"),
            )
        found = assess_place(
            context,
            f"point_{lon:.4f}_{lat:.4f}",
            x=x,
            y=y,
            lat=lat,
            capacity_mw=choice.capacity_mw or 100.0,
        )
        return _told(found, plan, context, (lon, lat)), None
    if work is None:
        raise ConfigError(
            say("siting.pv_study.site_needs_its_run"),
            todo=say("siting.pv_study.run_first"),
        )
    sites = read_layer(work, "sites")
    row = sites[(sites["site_id"].astype(str) == choice.site_id) & (sites["tech"] == "pv")]
    if row.empty:
        ids = sites.loc[sites["tech"] == "pv", "site_id"].astype(str).tolist()
        raise ConfigError(
            say("siting.pv_study.no_such_pv_site"),
            got=choice.site_id,
            expected=listed(ids[:20]) or say("siting.pv_study.no_pv_site"),
        )
    site = row.iloc[0]
    point = shapely.point_on_surface(site.geometry)
    shape = site.geometry if choice.shape is None else choice.shape
    own_m2, shape_m2 = polygon_area_m2([site.geometry, shape], sites.crs)
    a = assess_place(
        context,
        choice.site_id,
        x=point.x,
        y=point.y,
        lat=float(site["lat"]),
        capacity_mw=choice.capacity_mw or float(site["capacity_mw"] * shape_m2 / own_m2),
    )
    lons, lats = transform_points(
        np.array([point.x]), np.array([point.y]), sites.crs, "EPSG:4326"
    )
    a = _told(a, plan, context, (float(lons[0]), float(lats[0])))
    return a, draw_layout(shape, sites.crs, layout_rules(a, plan))
