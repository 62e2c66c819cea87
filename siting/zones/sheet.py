"""What one zone or park holds, gathered from the steps before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from layers.plan.model import Plan
from layers.provinces import province
from layers.result import optional_layer, optional_table, read_layer, read_table
from siting.connection.capacity import capacity_of
from siting.connection.kinds import shared_land_ha, with_wind
from siting.pv.study.section import PvSection
from siting.sites.facts import dlbm_areas
from siting.zones.places import Place, fine_outline, shares_inside
from siting.zones.summary import ParkBalance, ZoneSheet, ZoneSite

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Results", "results", "zone_approvals", "zone_land", "zone_sheet"]

_MOST = 0.5  # a place holds a site with more than half of it
_SINKS = ("afforest", "grass", "wetland")


@dataclass(frozen=True)
class Results:
    """Tables and layers of the run that the sheets read; None where a step had no result.

    Attributes
    ----------
    sites
        With yields (``p50_mwh_yr``, ``p90_mwh_yr``), the capacity of wind sites where turbines
        were placed and, where the grid was shared out, ``grid_mw`` and ``station``.
    fit
        afforest, grass, wetland -> land that screening leaves for it.
    """

    plan: Plan
    sites: gpd.GeoDataFrame
    areas: pd.DataFrame
    approvals: pd.DataFrame
    roofs: gpd.GeoDataFrame | None
    park_wind: pd.DataFrame | None
    fit: dict[str, gpd.GeoDataFrame]


def results(plan: Plan, work: Path) -> Results:
    """Read what earlier steps left in `work`."""
    sites = with_wind(work, read_layer(work, "sites"))
    yields = [
        table[["site_id", "p50_mwh_yr", "p90_mwh_yr"]]
        for name in ("pv_sites", "wind_sites")
        if (table := optional_table(work, name)) is not None and len(table)
    ]
    if yields:
        sites = sites.merge(pd.concat(yields), on="site_id", how="left")
    else:
        sites = sites.assign(p50_mwh_yr=math.nan, p90_mwh_yr=math.nan)
    grid = optional_table(work, "connection_sites")
    if grid is not None:
        sites = sites.merge(grid[["site_id", "grid_mw", "station"]], on="site_id", how="left")
    fit = {
        tech: layer
        for tech in _SINKS
        if (layer := optional_layer(work, f"eligible_{tech}")) is not None
    }
    return Results(
        plan,
        sites,
        read_table(work, "areas"),
        read_table(work, "sites_approvals"),
        optional_layer(work, "rooftops"),
        optional_table(work, "park_wind"),
        fit,
    )


def zone_land(plan: Plan, found: tuple[Place, ...]) -> pd.DataFrame:
    """Land of each place by class of the survey, adding up to its area."""
    import geopandas as gpd  # heavy

    from layers.open.county import plan_crs

    frame = gpd.GeoDataFrame(
        {"site_id": [p.id for p in found], "area_m2": [p.area_m2 for p in found]},
        geometry=[fine_outline(p.shape) for p in found],
        crs=plan_crs(plan),
    )
    return dlbm_areas(plan, frame).rename(columns={"site_id": "zone"})


def _known(value: object) -> float | None:
    number = float(value) if isinstance(value, int | float | np.number) else math.nan
    return None if math.isnan(number) else number


def _total(values: pd.Series) -> float | None:
    """Sum, None where nothing is known or a part is missing."""
    known = pd.to_numeric(values, errors="coerce")
    return float(known.sum()) if len(known) and known.notna().all() else None


def _sites_in(r: Results, place: Place) -> gpd.GeoDataFrame:
    """Sites that lie in the place with any part of them, and with which."""
    share = shares_inside(r.sites, place.shape)
    own = r.sites.assign(in_zone=share)[share > 0]
    return own.sort_values(["tech", "rank"])


def zone_approvals(r: Results, place: Place) -> pd.DataFrame:
    """Rules that ask for an approval on the sites a place holds, by area, with the article."""
    own = _sites_in(r, place)
    held = own[own["in_zone"] > _MOST]["site_id"]
    rows = r.approvals[r.approvals["site_id"].isin(held)]
    keys = ["rule_id", "title_zh", "title_en", "citation", "source_step"]
    table = rows.groupby(keys, as_index=False, sort=False).agg(
        sites=("site_id", "nunique"), area_ha=("area_ha", "sum")
    )
    table.insert(0, "zone", place.id)
    out: pd.DataFrame = table.sort_values("area_ha", ascending=False, ignore_index=True)
    return out


def _land(r: Results, place: Place) -> dict[str, dict[str, float]]:
    own = r.areas[(r.areas["zone"] == place.id) & (r.areas["zone_kind"] == place.kind)]
    return {
        str(tech): dict(zip(part["state"], part["area_ha"].astype(float), strict=True))
        for tech, part in own.groupby("tech", sort=False)
    }


def _conflicts(r: Results, held: gpd.GeoDataFrame) -> dict[str, float]:
    """Land of PV sites that the rules of a sink leave open as well [ha]."""
    pv = np.asarray(held[held["tech"] == "pv"].geometry.array)
    out = {}
    for tech, layer in r.fit.items():
        shapes = np.asarray(layer.geometry.array)
        if not len(pv) or not len(shapes):
            out[tech] = 0.0
            continue
        site, other = shapely.STRtree(shapes).query(pv, predicate="intersects")
        # a site that touches land meets it in points and lines
        cut = [polygonal(g) for g in shapely.intersection(pv[site], shapes[other])]
        area = polygon_area_m2(cut, held.crs) if len(cut) else np.zeros(0)
        out[tech] = float(to_ha(float(np.sum(area))))
    return out


def _no_site_ha(land: dict[str, float] | None, sites: gpd.GeoDataFrame) -> float | None:
    """Land that may be used and that no site has: the capacities do not count it."""
    if land is None:
        return None
    inside = float((sites["in_zone"] * sites["area_ha"]).sum())
    return max(0.0, land.get("left", 0.0) + land.get("conditional", 0.0) - inside)


def zone_sheet(r: Results, place: Place, balance: ParkBalance | None) -> ZoneSheet:
    """All of one place; what a step did not estimate is null."""
    own = _sites_in(r, place)
    held = own[own["in_zone"] > _MOST]
    held = held.assign(shared_ha=shared_land_ha(held))
    pv, wind = held[held["tech"] == "pv"], held[held["tech"] == "wind"]
    ratio = r.plan.section(PvSection).dc_ac_ratio
    capacity, of_wind, both = (capacity_of(x, dc_ac_ratio=ratio) for x in (pv, wind, held))
    rule = found.storage if (found := province(r.plan.area.code)) is not None else None
    storage_mw = None if rule is None else rule.power_frac * both.with_approvals_mw
    hours = None if rule is None else rule.duration_h
    roofs = None if r.roofs is None else r.roofs[shares_inside(r.roofs, place.shape) > _MOST]
    land = _land(r, place)
    turbines = None
    if r.park_wind is not None and place.kind == "park":
        rows = r.park_wind[r.park_wind["park"] == place.id]
        turbines = (
            rows[["turbines", "capacity_mw", "energy_mwh_yr"]].sum() if len(rows) else None
        )
    return ZoneSheet(
        id=place.id,
        kind=place.kind,
        title=place.title,
        purpose=place.purpose,
        status=place.status,
        area_ha=float(to_ha(place.area_m2)),
        land_ha=land,
        sites=tuple(_site(row) for row in own.to_dict("records")),
        capacity=capacity,
        pv_no_site_ha=_no_site_ha(land.get("pv"), own[own["tech"] == "pv"]),
        wind=of_wind,
        both=both,
        pv_p50_mwh_yr=_total(pv["p50_mwh_yr"]),
        pv_p90_mwh_yr=_total(pv["p90_mwh_yr"]),
        wind_p50_mwh_yr=_total(wind["p50_mwh_yr"]),
        wind_p90_mwh_yr=_total(wind["p90_mwh_yr"]),
        approvals=len(zone_approvals(r, place)),
        storage_mw=storage_mw,
        storage_mwh=None if storage_mw is None or hours is None else storage_mw * hours,
        conflict_ha=_conflicts(r, held),
        roofs=None if roofs is None else len(roofs),
        roofs_kwp=None if roofs is None else float(roofs["kwp"].sum()),
        roofs_mwh_yr=None if roofs is None else float(roofs["kwh_yr"].sum()) / 1e3,
        park_turbines=None if turbines is None else int(turbines["turbines"]),
        park_wind_mw=None if turbines is None else float(turbines["capacity_mw"]),
        park_wind_mwh_yr=None if turbines is None else float(turbines["energy_mwh_yr"]),
        balance=balance,
    )


def _word(row: dict[str, object], column: str) -> str:
    found = row.get(column)
    return found if isinstance(found, str) else ""


def _station(row: dict[str, object]) -> str:
    """The station a site is given, or where nobody knows what the grid takes the nearest.

    The nearest is no connection of a site the grid has no room for.
    """
    shared_out = _known(row.get("grid_mw")) is not None
    return _word(row, "station" if shared_out else "substation")


def _site(row: dict[str, object]) -> ZoneSite:
    share = float(row["in_zone"])  # type: ignore[arg-type]
    return ZoneSite(
        site_id=str(row["site_id"]),
        tech="pv" if row["tech"] == "pv" else "wind",
        rank=int(row["rank"]),  # type: ignore[call-overload]
        zone_frac=share,
        held=share > _MOST,
        area_ha=float(row["area_ha"]),  # type: ignore[arg-type]
        capacity_mw=_known(row["capacity_mw"]),
        p50_mwh_yr=_known(row["p50_mwh_yr"]),
        p90_mwh_yr=_known(row["p90_mwh_yr"]),
        substation=(station := _station(row)),
        route_length_m=_known(row.get("route_length_m"))
        if station and station == _word(row, "substation")
        else None,
    )
