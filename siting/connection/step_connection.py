"""The step ``connection``: sites compete for the grid, capacity by year, and the targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.say import Sentence, say
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, optional_layer, read_layer
from layers.spec import text_of
from layers.units import convert
from siting.connection.allocate import Allocation
from siting.connection.capacity import Capacity, capacity_of, capacity_words, site_capacity
from siting.connection.distances import line_lengths
from siting.connection.expansion import (
    CAPACITY_TECHS,
    expansion_table,
    target_rows,
)
from siting.connection.kinds import same_land_words, shared_land_ha, with_wind
from siting.connection.ledger import told_ledger
from siting.connection.on_sites import taken_land
from siting.connection.problem import fitting_mw, standing_kv
from siting.connection.section import ConnectionSection
from siting.connection.stations import known_stations
from siting.connection.storage import StorageAsked, stores
from siting.connection.summary import ConnectionPart, ConnectionSummary
from siting.connection.words import target_words
from siting.connection.works import known_works
from siting.connection.yearly import Grids, grid_years, potentials_of
from siting.energy.section import EnergySection
from siting.pv.study.section import PvSection

if TYPE_CHECKING:
    import geopandas as gpd
from siting.sites.section import SitesSection

__all__ = ["connection_step"]

_MW = 1e-6
_STATION_WORDS = {"status": "station_status", "sites": "sites_n", "lines": "lines_n"}


def _storage(plan: Plan) -> StorageAsked | None:
    """Storage the plan asks for beside new plants; None where it asks for none."""
    asked = [t for t in plan.targets if t.indicator == "storage_power_share"]
    if not asked:
        return None
    last = max(asked, key=lambda t: t.year)
    share = convert(last.value, last.unit, "%") / 100.0
    return StorageAsked(share, stores(plan), plan.section(EnergySection).base_year)


def _lines(
    sites: gpd.GeoDataFrame,
    stations: gpd.GeoDataFrame,
    found: Allocation,
    routes: gpd.GeoDataFrame | None,
) -> gpd.GeoDataFrame:
    """Lines of the allocation: the way the sites' step found there, else a straight line."""
    import geopandas as gpd  # heavy

    shape = dict(zip(sites["site_id"].astype(str), sites.geometry, strict=True))
    point = dict(zip(stations["station_id"], stations.geometry, strict=True))
    name = dict(zip(stations["station_id"], stations["name"], strict=True))
    ways: dict[tuple[str, str], Any] = {}
    if routes is not None and len(routes):
        pairs = zip(routes["site_id"], routes["substation"], routes.geometry, strict=True)
        # a name two stations have says nothing of where a way leads
        alone = set(stations["name"][~stations["name"].duplicated(keep=False)])
        ways = {(str(a), str(b)): line for a, b, line in pairs if b in alone}
    rows = []
    for one in found.routed.to_dict("records"):
        name_of, to = str(one["site_id"]), str(one["station_id"])
        hub = str(one["collector"])
        joins = hub not in ("", name_of)
        end = shape[hub] if joins else point[to]
        way = None if joins else ways.get((name_of, str(name[to])))
        straight = shapely.shortest_line(shape[name_of], end)
        if joins and float(shapely.length(straight)) == 0.0:
            # side by side: drawn from middle to middle
            straight = shapely.LineString(
                [shapely.point_on_surface(shape[name_of]), shapely.point_on_surface(end)]
            )
        rows.append(
            {
                "site_id": name_of,
                "station": to,
                "collector": hub,
                "mw": one["mw"],
                "voltage_kv": one["voltage_kv"],
                "line_km": one["line_km"],
                "way_km": np.nan if way is None else float(shapely.length(way)) / 1000.0,
                "geometry": straight if way is None else way,
            }
        )
    columns = ["site_id", "station", "collector", "mw", "voltage_kv", "line_km", "way_km"]
    return gpd.GeoDataFrame(
        rows, columns=[*columns, "geometry"], geometry="geometry", crs=sites.crs
    )


def connection_step(plan: Plan, work: Path, progress: Progress) -> StepResult[ConnectionPart]:
    """What the grid takes of the sites in `work`, and what stands by which year.

    Parameters
    ----------
    plan : Plan
    work : Path
        Run folder with the finished step ``sites``; capacities of wind sites are those of the
        step ``wind`` where it was run.
    progress : callable

    Returns
    -------
    StepResult
        Tables ``connection_sites``, ``connection_stations``, ``connection_routed``,
        ``capacity_ledger``, ``capacity_targets``, ``expansion``, ``connection_works``;
        layers ``connection_lines`` and ``connection_stations``.
    """
    how = plan.section(ConnectionSection)
    ratio = plan.section(PvSection).dc_ac_ratio
    now = plan.plan.as_of.year
    sites = with_wind(work, read_layer(work, "sites"))
    sites = sites.assign(shared_ha=shared_land_ha(sites))
    drawn = open_features(plan, "power_line") if "power_line" in plan.layers else None
    table = open_features(plan, "substations") if "substations" in plan.layers else None
    lines = None if drawn is None else np.asarray(drawn.geometry.array)
    stations, told = known_stations(table, lines)
    if stations.crs is None:
        stations = stations.set_crs(sites.crs)
    entry = plan.layers.get("power_line")
    source = "" if entry is None else entry.source
    works, more = known_works(stations, how, drawn, source, plan.plan.lang)
    told += more
    if table is not None and not len(stations):
        told.append(say("siting.connection.no_usable_station"))
    km, between, every_pair = line_lengths(sites, stations, how)
    plants, twice = told_ledger(plan)
    years = range(now, max([how.until, now, *(t.year for t in plan.targets)]) + 1)
    everything = CAPACITY_TECHS["new_energy_capacity"]
    asked = [CAPACITY_TECHS[t.indicator] for t in plan.targets if t.indicator in CAPACITY_TECHS]
    kinds = [everything, *asked]
    lengths = (km, between)

    def by_kind(left: gpd.GeoDataFrame) -> tuple[Grids, list[Sentence]]:
        return grid_years(left, stations, lengths, how, works, years, kinds, progress)

    grids, more = by_kind(sites)
    told += more
    by_year = grids[everything]
    first, free_now = by_year[now].all_land, by_year[now].free_mw
    taken = taken_land(plan, sites)
    potentials = potentials_of(sites, taken, grids, lambda left: by_kind(left)[0], ratio)
    per_tech = sites["tech"].value_counts()
    cut = frozenset(per_tech.index[per_tech >= plan.section(SitesSection).max_sites])
    targets = target_rows(
        plan.targets, plants, potentials, now=now, storage=_storage(plan), cut=cut
    )
    growth = expansion_table(plants, potentials[everything], plan.targets, everything)
    rows = _site_table(sites, first)
    by_tech = {
        tech: capacity_of(rows[rows["tech"] == tech], dc_ac_ratio=ratio)
        for tech in sorted(set(rows["tech"]))
    }
    total = capacity_of(rows, dc_ac_ratio=ratio)
    if not every_pair:
        told.append(say("siting.connection.near_collectors"))
    if first.objective == "cny" and how.detour_factor == 1.0:
        told.append(say("siting.connection.costs_are_straight"))
    told += [*(t for t in first.told if t not in told), *twice, *taken.told]
    told += same_land_words(sites)
    summary = _summary(first, total, by_tech, plants, growth, targets, works, now, free_now)
    loads = _gone_with(stations, first)
    return StepResult(
        summary=ConnectionPart(connection=summary),
        tables={
            "connection_sites": rows,
            "connection_stations": _in_words(first.stations),
            "connection_routed": first.routed,
            "capacity_ledger": plants.rename(columns={"status": "plant_status"}),
            "capacity_targets": targets,
            "expansion": growth,
            "connection_works": works,
        },
        layers={
            "connection_lines": _lines(sites, stations, first, optional_layer(work, "routes")),
            "connection_stations": _in_words(loads),
        },
        warnings=[
            *(Warn("connection", text, "connection") for text in told),
            *_answers(summary, targets),
        ],
    )


def _site_table(sites: gpd.GeoDataFrame, found: Allocation) -> pd.DataFrame:
    """Rows of `found` with the three capacities of each site."""
    own = pd.DataFrame(sites.drop(columns=sites.geometry.name)).astype({"site_id": str})
    kept = [c for c in ("tech", "rank", "zone", "township") if c in own]
    known = ["unconditional_frac", "provisional", "conditional_rules", "shared_ha"]
    own = own[["site_id", *kept, *(c for c in known if c in own)]]
    rows = own.merge(found.sites, on="site_id", how="left")
    return rows.join(site_capacity(rows))


def _in_words(stations: Any) -> Any:  # noqa: ANN401 - with a place or without
    """Stations under the names of their columns in tables."""
    return stations.drop(columns="stands").rename(columns=_STATION_WORDS)


def _gone_with(stations: gpd.GeoDataFrame, found: Allocation) -> gpd.GeoDataFrame:
    """Stations as features, with what is routed to them."""
    own = stations[["station_id", "geometry"]]
    return own.merge(found.stations, on="station_id", how="left")


def _summary(
    found: Allocation,
    total: Capacity,
    by_tech: Mapping[str, Capacity],
    plants: pd.DataFrame,
    growth: pd.DataFrame,
    targets: pd.DataFrame,
    works: pd.DataFrame,
    now: int,
    free_mw: float,
) -> ConnectionSummary:
    states = Counter(found.sites["grid_state"])
    money = found.sites["reinforcement_cny"]
    columns = ["name", "voltage_kv", "free_mw", "routed_mw", "left_mw", "lines", "sites"]
    loads = found.stations[["station_id", *columns, "load_frac"]]
    return ConnectionSummary.model_validate(
        {
            "year": now,
            "capacity": total,
            "by_tech": dict(by_tech),
            "known": bool(np.isfinite(found.stations["free_mw"].to_numpy(float)).any()),
            "states": dict(sorted(states.items())),
            "shortfall_mw": float(found.sites["shortfall_mw"].sum()),
            "no_bay_mw": float(
                found.sites.loc[found.sites["grid_state"] == "no_bay", "shortfall_mw"].sum()
            ),
            "reinforcement_cny": float(money.sum()) if money.notna().any() else None,
            "free_mw": free_mw,
            "fitting_mw": _fitting(found),
            "objective": found.objective,
            "objective_value": found.objective_value,
            "detour_factor": found.how.detour_factor,
            "mw_gap": found.mw_gap,
            "cost_gap": found.cost_gap,
            "in_time": found.in_time,
            "exact": found.exact,
            "stations": _records(loads),
            "works": _records(works),
            "ledger": _records(plants),
            "expansion": _records(growth),
            "targets": _records(targets),
            "sentence": text_of(capacity_words(total)),
        }
    )


def _fitting(found: Allocation) -> float:
    """Free capacity of stations whose voltage fits one site at least [MW]."""
    low, high = fitting_mw(standing_kv(found.stations), found.how)
    size = found.sites["capacity_mw"].to_numpy(float)
    fits = np.asarray(((size[:, None] >= low) & (size[:, None] <= high)).any(axis=0))
    free = found.stations["free_mw"].to_numpy(float)
    return float(np.nansum(free[fits]))


def _records(table: pd.DataFrame) -> list[dict[str, object]]:
    """Rows with None where a table holds nothing."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _answers(summary: ConnectionSummary, targets: pd.DataFrame) -> list[Warn]:
    """What a reader must not miss: sites beyond the grid, and targets that hang on it."""
    out = []
    short = summary.shortfall_mw - summary.no_bay_mw
    if short > _MW:
        n = summary.states.get("part", 0) + summary.states.get("reinforcement", 0)
        text = say("siting.connection.needs_reinforcement", n=n, mw=short)
        out.append(Warn("connection_reinforcement", text, "connection"))
    if n := summary.states.get("no_bay", 0):
        text = say("siting.connection.sites_no_bay", n=n, mw=summary.no_bay_mw)
        out.append(Warn("connection_no_bay", text, "connection"))
    for state in ("too_far", "voltage", "free_unknown"):
        if n := summary.states.get(state, 0):
            text = say(f"siting.connection.sites_{state}", n=n)
            out.append(Warn(f"connection_{state}", text, "connection"))
    for row in targets.to_dict("records"):
        told = target_words(row)
        if told is not None and {"grid", "plant_land"} & set(str(row["blocked_by"]).split()):
            out.append(Warn("connection_target", told, str(row["id"])))
    return out
