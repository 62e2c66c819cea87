"""A page of the county alone, for a plan that has not been run yet."""

from __future__ import annotations

from geoplan.maps.contents import InMemory, county_frame, plan_summary
from geoplan.maps.page import MapOptions, PageData, page_data
from layers.open.county import zone_geometries
from layers.plan.model import Plan

__all__ = ["bare_page"]


def bare_page(plan: Plan, lang: str) -> PageData:
    """Page data with the county and its zones, and nothing computed."""
    frames = {"county": county_frame(plan)}
    zones = zone_geometries(plan)
    if len(zones):
        frames["zones"] = zones
    contents = InMemory(
        path=plan.path.parent,
        summary=plan_summary(plan),
        layers=tuple(frames),
        tables=(),
        rasters={},
        frames=frames,
    )
    return page_data(contents, MapOptions(lang=lang))
