"""The way of a line from a site to the nearest substation that fits: least-cost path.

The cost of a step is its length times how much harder the ground is than flat open land, plus
what is crossed. It is counted in metres of such land and compares ways; it is not a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.grid import Grid, cell_centres, cell_size_m, origin, plan_grid
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside, touched, within
from gis.cells.terrain import slope_deg
from gis.toml import read_toml
from gis.types import F8
from layers.open.plan_layers import open_features, open_raster
from layers.plan.model import Plan
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from siting.sites.section import SitesSection

__all__ = [
    "Route",
    "connect",
    "connection_table",
    "cost_surface",
    "find_routes",
    "one_point",
    "voltage_for",
]


def connection_table() -> Mapping[str, Any]:
    """The tables of ``connection.toml``: voltages, cost factors, ranking weights."""
    return read_toml("siting.sites", "connection.toml")


def voltage_for(capacity_mw: float) -> float:
    """Voltage a plant of a capacity connects at [kV]; NaN where the capacity is not known.

    Examples
    --------
    >>> voltage_for(20), voltage_for(80), voltage_for(400), voltage_for(float("nan"))
    (35.0, 110.0, 220.0, nan)
    """
    if not capacity_mw >= 0.0:
        return float("nan")
    for row in connection_table()["voltage"]:
        if capacity_mw <= row["up_to_mw"]:
            return float(row["kv"])
    return float(connection_table()["voltage"][-1]["kv"])


def _land_factor(plan: Plan, grid: Grid, table: Mapping[str, float], unknown: float) -> F8:
    """Factor of the land class of each cell, from the parcels or the land cover."""
    import pandas as pd

    factor = np.full(grid.shape, unknown)
    parcels = open_features(plan, "land_parcels")
    if parcels is not None:
        entries = vocabulary("dlbm").entries
        of, classes = pd.factorize(parcels["dlbm"].astype(str), use_na_sentinel=False)
        groups = [min(entries[c].group, default="") if c in entries else "" for c in classes]
        own = np.array([table.get(g, unknown) for g in groups], dtype=np.float64)[of]
        shapes = np.asarray(parcels.geometry.array)
        for value in np.unique(own):
            factor[inside(ragged(shapes[own == value]), grid)] = value
        return factor
    cover = open_raster(plan, "land_cover", grid)
    if cover is None:
        return factor
    name = plan.layers["land_cover"].vocabulary
    if not name:
        return factor
    codes, valid = cover
    listed = vocabulary(name)
    for entry in listed.entries.values():
        if entry.group:
            here = valid & (codes == listed.raster_values([entry.code])[0])
            factor[here] = max(table.get(g, unknown) for g in entry.group)
    return factor


def _crossings(plan: Plan, grid: Grid, table: Mapping[str, float]) -> F8:
    """Metres of open land added by what runs through each cell, at most the dearest."""
    out = np.zeros(grid.shape)

    def add(shapes: npt.NDArray[np.object_], metres: float) -> None:
        if len(shapes) and metres > 0:
            hit = touched(ragged(shapes), grid)
            out[hit] = np.maximum(out[hit], metres)

    for layer, field in (("road", "road_class"), ("railway", "rail_class")):
        features = open_features(plan, layer)
        if features is None or field not in features:
            continue
        for kind, own in features.groupby(field):
            add(np.asarray(own.geometry.array), table.get(str(kind), 0.0))
    for layer in ("river", "canal", "power_line"):
        features = open_features(plan, layer)
        if features is not None:
            add(np.asarray(features.geometry.array), table[layer])
    return out


def cost_surface(plan: Plan, grid: Grid) -> F8:
    """Cost of crossing each cell once, per metre of way.

    Parameters
    ----------
    plan : Plan
    grid : Grid
        A coarse grid: a way is sought, not a survey.

    Returns
    -------
    (h, w) float64
        At least 0.5; 1 is flat open land. What is crossed is spread over one cell.
    """
    spec = connection_table()["route"]
    cell = cell_size_m(grid)
    cost = _land_factor(plan, grid, spec["land_factor"], spec["unknown_factor"])
    dem = open_raster(plan, "dem", grid)
    if dem is not None:
        heights = np.where(dem[1], dem[0], np.nan).astype(np.float32)
        slope = slope_deg(heights, cell)
        step = np.digitize(np.nan_to_num(slope), spec["slope_deg"])
        cost *= np.asarray(spec["slope_factor"])[step]
    for layer, factor in spec["avoid"].items():
        features = open_features(plan, layer)
        if features is not None:
            cost[inside(ragged(np.asarray(features.geometry.array)), grid)] *= factor
    roads = open_features(plan, "road")
    if roads is not None and len(roads):
        beside = within(ragged(np.asarray(roads.geometry.array)), spec["along_road_m"], grid)
        cost[beside] *= spec["along_road_factor"]
    return np.maximum(cost + _crossings(plan, grid, spec["crossing_m"]) / cell, 0.5)


@dataclass(frozen=True)
class Route:
    """A way from a site to a substation.

    Attributes
    ----------
    station
        Row of the substation.
    line
        From the site's edge to the substation.
    length_m, cost_m
        Length, and cost in metres of flat open land.
    straight_m
        Distance as the crow flies from the site's edge.
    """

    station: int
    line: shapely.LineString
    length_m: float
    cost_m: float
    straight_m: float


def _cell_of(grid: Grid, x: F8, y: F8) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    row = np.clip(((top - y) // cell).astype(np.int64), 0, grid.shape[0] - 1)
    col = np.clip(((x - left) // cell).astype(np.int64), 0, grid.shape[1] - 1)
    return row, col


def find_routes(
    cost: F8,
    grid: Grid,
    sites: npt.NDArray[np.object_],
    stations: npt.NDArray[np.object_],
) -> list[Route | None]:
    """The cheapest way from each site to any of the substations.

    Parameters
    ----------
    cost : (h, w) float64
        See `cost_surface`.
    grid : Grid
    sites : polygons
        In the grid's CRS.
    stations : points
        All that fit; the cheapest to reach is chosen for each site.

    Returns
    -------
    list of Route or None
        None where no way was found.
    """
    from skimage.graph import MCP_Geometric

    if not len(stations):
        return [None] * len(sites)
    xy = shapely.get_coordinates(stations)
    rows, cols = _cell_of(grid, xy[:, 0], xy[:, 1])
    search = MCP_Geometric(cost, sampling=(cell_size_m(grid),) * 2)
    reached, _ = search.find_costs(list(zip(rows.tolist(), cols.tolist(), strict=True)))
    owner = {(r, c): i for i, (r, c) in reversed(list(enumerate(zip(rows, cols, strict=True))))}
    cx, cy = cell_centres(grid)
    out: list[Route | None] = []
    for site in sites:
        hit = touched(ragged([site]), grid)
        r, c = np.nonzero(hit)
        if not len(r):
            out.append(None)
            continue
        best = int(np.argmin(reached[r, c]))
        if not np.isfinite(reached[r[best], c[best]]):
            out.append(None)
            continue
        path = search.traceback((int(r[best]), int(c[best])))
        station = owner[(path[0][0], path[0][1])]
        end = stations[station]
        middle = [(float(cx[j]), float(cy[i])) for i, j in reversed(path[1:-1])]
        first = middle[0] if middle else (end.x, end.y)
        # from the site's edge, straight to the first cell of the way
        start = shapely.Point(shapely.shortest_line(site, shapely.Point(first)).coords[0])
        points = [(start.x, start.y), *middle, (end.x, end.y)]
        bends = shapely.LineString(points).simplify(cell_size_m(grid) / 2).coords
        line = shapely.LineString(bends)
        out.append(
            Route(
                station=station,
                line=line,
                length_m=float(line.length),
                cost_m=float(reached[r[best], c[best]]),
                straight_m=float(shapely.distance(site, end)),
            )
        )
    return out


def one_point(shape: Any) -> shapely.Point | None:  # noqa: ANN401 - any geometry, or none
    """The one place of a station: a point; of several or a yard, the middle of its hull.

    None where there is no place.

    Examples
    --------
    >>> one_point(shapely.MultiPoint([(0, 0), (2, 0)])).x
    1.0
    """
    if shape is None or bool(shapely.is_empty(shape)):
        return None
    parts = shapely.get_parts(shape)
    point = parts[0] if len(parts) == 1 else shapely.centroid(shapely.convex_hull(shape))
    if not isinstance(point, shapely.Point):
        point = shapely.centroid(point)
    return point if np.isfinite(point.x) and np.isfinite(point.y) else None


def connect(
    plan: Plan, sites: gpd.GeoDataFrame, section: SitesSection
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """Substation and way of each site, and the ways as features.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id``, ``capacity_mw`` and polygons in the plan CRS.

    Returns
    -------
    connections : DataFrame
        One row a site: connection_kv, substation, substation_kv, substation_distance_m,
        route_length_m, route_cost_m; NaN and empty where no way was sought or found.
    routes : GeoDataFrame
        site_id, substation, voltage_kv, length_m, cost_m.
    """
    import geopandas as gpd  # heavy
    import pandas as pd

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
        return out, gpd.GeoDataFrame(geometry=[], crs=sites.crs)
    if "status" in stations:
        stations = stations[stations["status"] != "planned"]
    # a layer of several points a feature is a habit of many programs
    places = [one_point(shape) for shape in stations.geometry]
    stations = stations.set_geometry(places, crs=stations.crs)
    stations = stations[[p is not None for p in places]]
    if not len(stations):
        return out, gpd.GeoDataFrame(geometry=[], crs=sites.crs)
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
    for need in sorted(set(out["connection_kv"].dropna())):
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
    routes = gpd.GeoDataFrame(lines, geometry="geometry" if lines else [], crs=sites.crs)
    return out, routes
