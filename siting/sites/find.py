"""Land left becomes sites: pieces, exact boundaries, and what is known about each."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import MU_M2, to_ha, to_mu
from gis.cells.by_label import areas_by_label
from gis.cells.grid import Grid, cell_size_m, grid_crs
from gis.cells.runs import RunRaster, in_strips
from gis.crs.systems import transform_points
from gis.machine import give_back_memory
from gis.say import listed, say
from layers.open.county import county_boundary, zone_geometries
from layers.open.plan_layers import open_features, townships
from layers.plan.model import Plan
from layers.result import Progress, Warn
from siting.screen.coded import LEFT, STATES
from siting.sites.candidates import (
    border_barrier,
    largest_sites,
    outline_sites,
    site_mask,
)
from siting.sites.facts import (
    approvals,
    dlbm_areas,
    ground_facts,
    holder_of,
    land_by_code,
    largest_of,
    nearest_road,
    overlaps,
)
from siting.sites.final import final_boundaries
from siting.sites.judged import (
    bound,
    enough_judged,
    judged_facts,
    least_share,
    share_of_land,
)
from siting.sites.labels import site_labels
from siting.sites.ranking import favourable_fracs
from siting.sites.route import connect
from siting.sites.section import SitesSection
from siting.sites.zone_cut import outline_parts, zone_parts

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Screened", "TechSites", "find_sites"]


@dataclass(frozen=True)
class Screened:
    """What the screening of one technology says, on the grid of the plan.

    Attributes
    ----------
    state : RunRaster of uint8
        State of each cell (1 left, 2 conditional ...).
    code : RunRaster of unsigned integer
        Screening code of each cell.
    codes, rules : DataFrame
        Tables ``codes_<tech>`` and ``rules_<tech>``.
    """

    state: RunRaster
    code: RunRaster
    codes: pd.DataFrame
    rules: pd.DataFrame


@dataclass(frozen=True)
class TechSites:
    """Sites of one technology, not ranked yet.

    Attributes
    ----------
    sites : GeoDataFrame
        The columns of `siting.sites.summary.SiteRow` but score and rank.
    tables
        ``sites_dlbm``, ``sites_approvals``, ``sites_overlaps``, ``sites_certificate``.
    routes : GeoDataFrame
        Ways to substations, see `siting.sites.route.connect`.
    warnings
        What the reader must know.
    refused_m2
        Land that may be used but of which too few hard rules were judged [m2].
    """

    sites: gpd.GeoDataFrame
    tables: Mapping[str, pd.DataFrame]
    routes: gpd.GeoDataFrame
    warnings: tuple[Warn, ...]
    refused_m2: float = 0.0


def _bridged_roads(plan: Plan, section: SitesSection) -> npt.NDArray[np.object_] | None:
    """Centre lines of the roads a site may straddle."""
    table = open_features(plan, "road") if section.merge_across_m > 0 else None
    if table is None:
        return None
    own = table[table["road_class"].isin(section.merge_road_classes)]
    return np.asarray(own.geometry.array)


def _outlines(
    plan: Plan,
    tech: str,
    screened: Screened,
    grid: Grid,
    section: SitesSection,
) -> tuple[gpd.GeoDataFrame, RunRaster, list[Warn], float]:
    """Pieces of land as polygons with ids by size, their labels, a warning if cut, and land.

    The land [m2] is that of which too little was judged for a site.

    Those that the county's border makes too small are left out with the final boundaries.
    """
    code, state = screened.code, screened.state
    tied = None if section.include_conditional else code.map(bound(screened.codes))
    allowed = in_strips(
        state.shape, site_mask(plan, section, tech, state, grid, bound=tied), bool
    )
    known = code.map(enough_judged(screened.codes, least_share(plan, section)))
    refused_m2 = _land_m2(_both(allowed, known.map_runs(~known.value)), grid)
    mask = _both(allowed, known)
    parts = zone_parts(plan, grid) if section.cut_at_zones and plan.zones else None
    land = None
    if parts is not None:
        # on both sides of a line, whatever side sites are wanted on
        both = section.model_copy(update={"zones_only": False})
        wider = in_strips(
            state.shape, site_mask(plan, both, tech, state, grid, bound=tied), bool
        )
        land = _both(known, wider)
    del allowed, known, tied
    roads = _bridged_roads(plan, section)
    labels = site_labels(
        mask,
        grid,
        section,
        roads=roads,
        barrier=border_barrier(plan, grid),
        parts=None if parts is None else parts.index,
    )
    del mask
    area = areas_by_label(labels, grid, int(labels.value.max(initial=0)))
    labels, warnings = largest_sites(labels, area, section.max_sites, tech)
    if parts is None or land is None:
        sites = outline_sites(labels, grid, county=county_boundary(plan))
    else:
        sites = outline_parts(labels, land, parts, grid)
    sites["tech"] = tech
    # numbers by size first; ranks come when the facts are known
    order = sites["area_m2"].rank(method="first", ascending=False).astype(int)
    sites["site_id"] = [f"{tech.upper()}-{k:02d}" for k in order]
    return sites, labels, warnings, refused_m2


def _with_place(plan: Plan, sites: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoDataFrame:
    """Sites with zone, township and a point inside in degrees."""
    shapes = np.asarray(sites.geometry.array)
    points = shapely.point_on_surface(shapes) if len(shapes) else np.zeros(0, object)
    xy = shapely.get_coordinates(points)
    lon, lat = transform_points(xy[:, 0], xy[:, 1], grid_crs(grid), "EPSG:4326")
    zones = zone_geometries(plan) if plan.zones else None
    holder, largest, share = holder_of(shapes, zones, "zone")
    return sites.assign(
        zone=holder,
        zone_most=largest,
        zone_frac=share,
        township=largest_of(shapes, townships(plan), "name"),
        lon=np.round(lon, 6),
        lat=np.round(lat, 6),
    )


def _both(one: RunRaster, other: RunRaster) -> RunRaster:
    return in_strips(one.shape, lambda w: one[w] & other[w], bool)


def _land_m2(mask: RunRaster, grid: Grid) -> float:
    """Ellipsoidal area of the cells of a mask [m2]."""
    return float(areas_by_label(mask, grid, 1)[1])


def _by_code(
    sites: gpd.GeoDataFrame, land: pd.DataFrame, screened: Screened
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Approvals each site needs, and what the screening says of its land."""
    codes, rules = screened.codes, screened.rules
    need = approvals(sites, land, codes, rules)
    listed = need.groupby("site_id")["rule_id"].agg(";".join).to_dict()
    left = (codes["state"] == STATES[LEFT]).to_numpy()
    known = pd.DataFrame(
        {
            "conditional_rules": [str(listed.get(i, "")) for i in sites["site_id"]],
            "unconditional_frac": share_of_land(sites, land, left, codes),
        },
        index=sites.index,
    )
    return need, known.join(judged_facts(sites, land, codes, rules))


def _above_limit(sites: gpd.GeoDataFrame, most_ha: float) -> list[Warn]:
    """Sites above the largest area: of one cell, or whose outline is drawn beyond its cells."""
    above = sites[sites["area_ha"] > most_ha]
    if not len(above):
        return []
    text = say(
        "siting.sites.sites_above_limit",
        sites=listed(above["site_id"]),
        largest=float(above["area_ha"].max()),
        limit=most_ha,
    )
    return [Warn("sites_above_limit", text, "sites")]


def find_sites(
    plan: Plan,
    tech: str,
    screened: Screened,
    grid: Grid,
    section: SitesSection,
    progress: Progress,
) -> TechSites:
    """Sites of one technology with all that is known about them.

    Parameters
    ----------
    plan : Plan
    tech : {"pv", "wind"}
    screened : Screened
    grid : Grid
        Of the screening.
    section : SitesSection
    progress : callable
    """
    sites, labels, warnings, refused_m2 = _outlines(plan, tech, screened, grid, section)
    give_back_memory()
    sites, proof = final_boundaries(
        sites,
        plan,
        tech,
        min_area_m2=section.min_area_ha * 1e4,
        min_width_m=min(section.min_width_m, cell_size_m(grid)),
        progress=lambda done, of: progress(f"certify {tech}", done, of),
    )
    area = sites["area_m2"]
    sites = sites.assign(
        area_ha=to_ha(area),
        area_mu=to_mu(area),
        capacity_mw=area / MU_M2 / section.mu_per_mw if tech == "pv" else np.nan,
    )
    warnings += _above_limit(sites, section.max_area_ha)
    sites = _with_place(plan, sites, grid)
    # what is known about sites comes from different layers, and mostly from outside of the
    # interpreter: two at a time
    with ThreadPoolExecutor(2) as pool:
        ground = pool.submit(ground_facts, plan, sites, grid)
        ways = pool.submit(connect, plan, sites, section)
        classes = pool.submit(dlbm_areas, plan, sites)
        others = pool.submit(overlaps, plan, sites)
        land = land_by_code(sites, labels, screened.code, grid)
        del labels
        need, judged = _by_code(sites, land, screened)
        favoured = favourable_fracs(plan, tech, sites.geometry.array)
        sites = sites.join(ground.result()).join(nearest_road(plan, sites)).join(judged)
        sites["favourable_frac"] = favoured
        connections, routes = ways.result()
        tables = {
            "sites_dlbm": classes.result(),
            "sites_approvals": need,
            "sites_overlaps": others.result(),
            "sites_certificate": proof,
        }
    return TechSites(sites.join(connections), tables, routes, tuple(warnings), refused_m2)
