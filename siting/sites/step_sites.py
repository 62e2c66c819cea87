"""The step ``sites``: land left becomes sites with all that is known about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import MU_M2, cell_area_m2, to_ha, to_mu
from gis.cells.grid import Grid, cell_size_m, grid_crs, plan_grid
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, touched, within
from gis.crs.systems import transform_points
from gis.files.read import read_raster
from gis.say import say
from layers.open.county import county_boundary, plan_grid_of, zone_geometries
from layers.open.plan_layers import (
    layer_state,
    open_features,
    open_raster,
    townships,
    warnings_of,
)
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, read_summary, read_table
from siting.screen.section import ScreeningSection, SitesSection
from siting.sites.candidates import outline_sites, site_labels
from siting.sites.facts import (
    approvals,
    dlbm_areas,
    ground_facts,
    largest_of,
    nearest_road,
    overlaps,
)
from siting.sites.final import final_boundaries
from siting.sites.ranking import favourable_fracs, preference_of, preference_ranking
from siting.sites.route import connection_table, cost_surface, find_routes, voltage_for

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["rank_sites", "sites_step"]

_LEFT, _CONDITIONAL = 1, 2
F8 = npt.NDArray[np.float64]


def _mask(plan: Plan, section: SitesSection, tech: str, state: Any, grid: Grid) -> Any:  # noqa: ANN401
    mask = state == _LEFT
    if section.include_conditional:
        mask |= state == _CONDITIONAL
    if section.zones_only and plan.zones:
        zones = zone_geometries(plan)
        own = zones[zones["purpose"].isin([tech, "general"])]
        mask &= inside(ragged(np.asarray(own.geometry.array)), grid)
    for layer_id in section.exclude_layers:
        taken = open_features(plan, layer_id)
        if taken is not None and len(taken):
            mask &= ~touched(ragged(np.asarray(taken.geometry.array)), grid)
    return mask


def _barrier(plan: Plan, grid: Grid) -> F8:
    """Where block borders should run: 2 on a road, up to 1 on a step of the ground."""
    out = np.zeros(grid.shape)
    cell = cell_size_m(grid)
    dem = open_raster(plan, "dem", grid)
    if dem is not None:
        heights = np.where(dem[1], dem[0], np.nanmean(np.where(dem[1], dem[0], np.nan)))
        across, along = np.gradient(heights, cell)
        steep = np.hypot(across, along)
        out += np.clip(steep / 0.2, 0, 1)  # a fifth: 11 degrees
    roads = open_features(plan, "road")
    if roads is not None and len(roads):
        out[within(ragged(np.asarray(roads.geometry.array)), cell * 0.75, grid)] += 2.0
    return out


def rank_sites(sites: pd.DataFrame, weights: dict[str, float]) -> pd.DataFrame:
    """Score and rank of each site by a weighted sum of criteria scaled over the sites.

    Parameters
    ----------
    sites : DataFrame
        capacity_mw, unconditional_frac, slope_mean_deg, ghi_kwh_m2, route_cost_m,
        road_distance_m.
    weights : mapping
        Weight of capacity, unconditional, slope, irradiation, connection, road.

    Returns
    -------
    DataFrame
        score (0-1, of the criteria known for the site) and rank (1 is best).

    Examples
    --------
    >>> t = pd.DataFrame({"capacity_mw": [10.0, 30.0], "unconditional_frac": [1.0, 1.0],
    ...     "slope_mean_deg": [2.0, 2.0], "ghi_kwh_m2": [np.nan] * 2,
    ...     "route_cost_m": [np.nan] * 2, "road_distance_m": [np.nan] * 2})
    >>> rank_sites(t, {"capacity": 1.0})["rank"].tolist()
    [2, 1]
    """
    good = {
        "capacity": sites["capacity_mw"],
        "unconditional": sites["unconditional_frac"],
        "slope": -sites["slope_mean_deg"],
        "irradiation": sites["ghi_kwh_m2"],
        "connection": -sites["route_cost_m"] / sites["capacity_mw"],
        "road": -sites["road_distance_m"],
    }
    total = pd.Series(0.0, index=sites.index)
    used = pd.Series(0.0, index=sites.index)
    for name, weight in weights.items():
        values = good[name].astype(float)
        low, high = values.min(), values.max()
        # a criterion all sites share decides nothing and counts fully
        scaled = (values - low) / (high - low) if high > low else values.notna() * 1.0
        known = values.notna()
        total += (weight * scaled).where(known, 0.0)
        used += np.where(known, weight, 0.0)
    score = (total / used.where(used > 0)).fillna(0.0)
    order = score.rank(method="first", ascending=False).astype(int)
    return pd.DataFrame({"score": score, "rank": order})


def _routes(
    plan: Plan, sites: gpd.GeoDataFrame, section: SitesSection
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Substation and way of each site, and the ways as features."""
    columns = {
        "connection_kv": [voltage_for(c) for c in sites["capacity_mw"]],
        "substation": "",
        "substation_kv": np.nan,
        "substation_distance_m": np.nan,
        "route_length_m": np.nan,
        "route_cost_m": np.nan,
    }
    out = pd.DataFrame(columns, index=range(len(sites)))
    stations = open_features(plan, "substations") if section.route else None
    if stations is None or not len(stations) or not len(sites):
        return out, []
    if "status" in stations:
        stations = stations[stations["status"] != "planned"]
    bounds = shapely.union_all(
        [shapely.box(*sites.total_bounds), shapely.box(*stations.total_bounds)]
    ).bounds
    cell = section.route_cell_m
    margin = 20 * cell
    box = (bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin)
    grid = plan_grid(box, sites.crs, cell)
    cost = cost_surface(plan, grid)
    lines: list[dict[str, Any]] = []
    shapes = np.asarray(sites.geometry.array)
    kv = stations["voltage_kv"].to_numpy(float)
    for need in sorted(set(out["connection_kv"])):
        rows = np.flatnonzero(out["connection_kv"] == need)
        # the next voltage that exists, when there is no substation of this one
        at = min((v for v in kv if v >= need), default=float("nan"))
        fit = np.flatnonzero(kv == at)
        if not len(fit):
            continue
        points = np.asarray(stations.geometry.array)[fit]
        found = find_routes(cost, grid, shapes[rows], points)
        for i, route in zip(rows.tolist(), found, strict=True):
            if route is None:
                continue
            station = stations.iloc[fit[route.station]]
            name = str(station.get("name", "") or "")
            out.loc[i, "substation"] = name
            out.loc[i, "substation_kv"] = at
            out.loc[i, "substation_distance_m"] = route.straight_m
            out.loc[i, "route_length_m"] = route.length_m
            out.loc[i, "route_cost_m"] = route.cost_m
            lines.append(
                {
                    "site_id": sites["site_id"].iloc[i],
                    "substation": name,
                    "voltage_kv": at,
                    "length_m": route.length_m,
                    "cost_m": route.cost_m,
                    "geometry": route.line,
                }
            )
    return out, lines


def _largest(
    labels: npt.NDArray[np.int32], cell_m2: F8, n: int, tech: str
) -> tuple[npt.NDArray[np.int32], list[Warn]]:
    """The `n` largest sites, numbered by size, and a warning when there are more."""
    weights = np.broadcast_to(cell_m2, labels.shape).ravel()
    area = np.bincount(labels.ravel(), weights=weights)
    order = 1 + np.argsort(-area[1:], kind="stable")
    new = np.zeros(len(area), np.int32)
    new[order[:n]] = np.arange(1, min(n, len(order)) + 1)
    if len(order) <= n:
        return new[labels], []
    lost = to_ha(float(area[order[n:]].sum()))
    warning = Warn(
        "sites_cut",
        say("siting.sites.sites_cut", tech=tech, n_order=len(order), n=n, lost=lost),
        "sites",
    )
    return new[labels], [warning]


def _tech_sites(
    plan: Plan,
    work: Path,
    tech: str,
    band: int,
    section: SitesSection,
    progress: Progress,
) -> tuple[gpd.GeoDataFrame, dict[str, pd.DataFrame], list[dict[str, Any]], list[Warn]]:
    grid = plan_grid_of(plan)
    rasters = read_summary(work, "screen")["rasters"]
    state, _ = read_raster(work / rasters["eligibility"], grid, kind="classes", band=band)
    code, _ = read_raster(work / rasters[f"screening_{tech}"], grid, kind="classes")
    mask = _mask(plan, section, tech, state, grid)
    roads = None
    if section.merge_across_m > 0:
        table = open_features(plan, "road")
        if table is not None:
            own = table[table["road_class"].isin(section.merge_road_classes)]
            roads = np.asarray(own.geometry.array)
    labels = site_labels(mask, grid, section, roads=roads, barrier=_barrier(plan, grid))
    labels, warnings = _largest(labels, cell_area_m2(grid), section.max_sites, tech)
    sites = outline_sites(labels, grid, county=county_boundary(plan))
    sites = sites[sites["area_m2"] >= section.min_area_ha * 1e4].reset_index(drop=True)
    sites["tech"] = tech
    # numbers by size first; ranks come when the facts are known
    order = sites["area_m2"].rank(method="first", ascending=False).astype(int)
    sites["site_id"] = [f"{tech.upper()}-{k:02d}" for k in order]
    sites, proof = final_boundaries(
        sites,
        plan,
        tech,
        min_area_m2=section.min_area_ha * 1e4,
        min_width_m=min(section.min_width_m, cell_size_m(grid)),
        progress=lambda done, of: progress(f"certify {tech}", done, of),
    )
    sites["area_ha"], sites["area_mu"] = to_ha(sites["area_m2"]), to_mu(sites["area_m2"])
    sites["capacity_mw"] = (
        sites["area_m2"] / MU_M2 / section.mu_per_mw if tech == "pv" else np.nan
    )
    shapes = np.asarray(sites.geometry.array)
    zones = zone_geometries(plan) if plan.zones else None
    sites["zone"] = largest_of(shapes, zones, "zone")
    sites["township"] = largest_of(shapes, townships(plan), "name")
    points = shapely.point_on_surface(shapes) if len(shapes) else np.zeros(0, object)
    xy = shapely.get_coordinates(points)
    lon, lat = transform_points(xy[:, 0], xy[:, 1], grid_crs(grid), "EPSG:4326")
    sites["lon"], sites["lat"] = np.round(lon, 6), np.round(lat, 6)
    sites = sites.join(ground_facts(plan, sites, grid)).join(nearest_road(plan, sites))
    cell_m2 = cell_area_m2(grid)
    need = approvals(
        sites,
        labels,
        code,
        np.broadcast_to(cell_m2, labels.shape),
        read_table(work, f"codes_{tech}"),
        read_table(work, f"rules_{tech}"),
    )
    listed = need.groupby("site_id")["rule_id"].agg(";".join).to_dict()
    sites["conditional_rules"] = [str(listed.get(i, "")) for i in sites["site_id"]]
    left = np.bincount(
        labels.ravel(), weights=(cell_m2 * (state == _LEFT)).ravel(), minlength=labels.max() + 1
    )
    total = np.bincount(
        labels.ravel(),
        weights=np.broadcast_to(cell_m2, labels.shape).ravel(),
        minlength=len(left),
    )
    sites["unconditional_frac"] = [float(left[k] / total[k]) for k in sites["label"]]
    sites["favourable_frac"] = favourable_fracs(plan, tech, sites.geometry.array)
    ways, lines = _routes(plan, sites, section)
    sites = sites.join(ways)
    tables = {
        "sites_dlbm": dlbm_areas(plan, sites),
        "sites_approvals": need,
        "sites_overlaps": overlaps(plan, sites),
        "sites_certificate": proof,
    }
    return sites, tables, lines, warnings


_COLUMNS = [
    "site_id",
    "rank",
    "score",
    "tech",
    "zone",
    "township",
    "area_m2",
    "area_ha",
    "area_mu",
    "area_before_m2",
    "certified",
    "not_judged",
    "capacity_mw",
    "unconditional_frac",
    "favourable_frac",
    "slope_mean_deg",
    "slope_p95_deg",
    "slope_max_deg",
    "south_share",
    "elevation_mean_m",
    "ghi_kwh_m2",
    "road_distance_m",
    "road_class",
    "connection_kv",
    "substation",
    "substation_kv",
    "substation_distance_m",
    "route_length_m",
    "route_cost_m",
    "conditional_rules",
    "lon",
    "lat",
    "geometry",
]


def sites_step(plan: Plan, work: Path, progress: Progress) -> StepResult:
    """Sites of every technology of ``[sites] techs`` from the screening in `work`.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder with the finished step ``screen``.
    progress : callable

    Returns
    -------
    StepResult
        Layers ``sites`` and ``routes`` (with routes found); tables ``sites_dlbm``,
        ``sites_approvals``, ``sites_overlaps``, ``sites_certificate`` (every hard rule with
        its overlap in m2); where ``[preference]`` gives weights or comparisons the sites are
        ranked by it, with tables ``preference_..._<tech>``; summary ``{"sites": [...]}``.
    """
    import geopandas as gpd  # heavy

    section = plan.section(SitesSection)
    techs = plan.section(ScreeningSection).techs
    wanted = [t for t in section.techs if t in techs]
    parts: list[gpd.GeoDataFrame] = []
    tables: dict[str, list[pd.DataFrame]] = {}
    lines: list[dict[str, Any]] = []
    # whoever reads of a site must know what its layers are worth
    warnings: list[Warn] = [*warnings_of(plan)]
    weights = {**connection_table()["rank"], **section.weights}
    wishes = preference_of(plan)
    by_preference: dict[str, Any] = {}
    for i, tech in enumerate(wanted):
        progress(f"sites {tech}", i, len(wanted))
        sites, more, ways, warns = _tech_sites(
            plan, work, tech, techs.index(tech) + 1, section, progress
        )
        if wishes is None:
            sites = sites.join(rank_sites(sites, weights))
        else:
            ranking, ranked = preference_ranking(sites, tech, wishes, plan.plan.lang)
            sites[["score", "rank"]] = ranking.sites[["score", "rank"]].to_numpy()
            sites["rank"] = sites["rank"].astype(int)
            by_preference[tech] = {
                "weights": {
                    c.id: float(w)
                    for c, w in zip(ranking.criteria, ranking.weights, strict=True)
                },
                "unknown": list(ranking.unknown),
            }
            for name, table in ranked.items():
                tables[name] = [table]
        parts.append(sites)
        for name, table in more.items():
            tables.setdefault(name, []).append(table)
        lines += ways
        warnings += warns
    progress("sites", len(wanted), len(wanted))
    crs = grid_crs(plan_grid_of(plan))
    if parts:
        merged = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=crs)
        merged = merged.sort_values(["tech", "rank"])[_COLUMNS].reset_index(drop=True)
    else:
        empty: dict[str, list[Any]] = {c: [] for c in _COLUMNS if c != "geometry"}
        merged = gpd.GeoDataFrame(empty, geometry=[], crs=crs)
    layers = {"sites": merged}
    if lines:
        layers["routes"] = gpd.GeoDataFrame(lines, crs=crs)
    if not len(merged):
        warnings.append(
            Warn(
                "no_sites",
                say("siting.sites.no_sites"),
                "sites",
            )
        )
    if layer_state(plan, "substations") != "available":
        warnings.append(
            Warn(
                "no_substations",
                say("siting.sites.no_substations"),
                "sites",
            )
        )
    rows = merged.drop(columns="geometry").to_dict("records")
    summary = {
        "sites": rows,
        "sites_basis": {
            "mu_per_mw": section.mu_per_mw,
            "source": section.mu_per_mw_source,
            "min_area_ha": section.min_area_ha,
            "min_width_m": section.min_width_m,
            "max_area_ha": section.max_area_ha,
            "weights": weights if wishes is None else {},
            "preference": by_preference,
            "route_quality": connection_table()["route"]["quality"],
        },
    }
    return StepResult(
        summary=summary,
        tables={k: pd.concat(v, ignore_index=True) for k, v in tables.items()},
        layers=layers,
        warnings=warnings,
    )
