"""A page of the county alone, for a plan that has not been run yet."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from geoplan.maps.contents import RunContents
from geoplan.maps.page import MapOptions, PageData, page_data
from layers.open.county import county_boundary, plan_crs, zone_geometries
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["bare_page"]


class _PlanContents(RunContents):
    """The plan's own layers in the shape of a run."""

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """County or zones of the plan."""
        frames: MappingProxyType[str, gpd.GeoDataFrame] = self.summary["_frames"]
        return frames[name]


def bare_page(plan: Plan, lang: str) -> PageData:
    """Page data with the county and its zones, and nothing computed."""
    import geopandas as gpd  # heavy

    title = plan.plan.title.model_dump()
    county = gpd.GeoDataFrame(
        {"name": [title["zh"]]}, geometry=[county_boundary(plan)], crs=plan_crs(plan)
    )
    frames = {"county": county}
    zones = zone_geometries(plan)
    if len(zones):
        frames["zones"] = zones
    contents = _PlanContents(
        path=plan.path.parent,
        summary={
            "plan": {"title": title, "synthetic": plan.plan.synthetic},
            "_frames": MappingProxyType(frames),
        },
        layers=tuple(frames),
        tables=(),
        rasters={},
    )
    return page_data(contents, MapOptions(lang=lang))
