"""From demand to places over roads: minutes or metres, and how far one gets in a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import DataError
from gis.say import say
from gis.types import F8
from siting.facilities.network import Network, speed_table

__all__ = ["Reach", "isochrones", "od_costs", "straight_costs"]

Unit = Literal["min", "m"]
Ints = npt.NDArray[np.intp]
_MOST_HELD = 40_000_000  # costs of all nodes from some places at once
_STEP_M = 100.0  # pieces of roads around which an isochrone is drawn


@dataclass(frozen=True)
class _Joined:
    """Places on their nearest road."""

    edge: Ints
    along: F8  # metres from the start of the edge
    away: F8  # metres from the road
    on: npt.NDArray[np.bool_]  # near enough a road


@dataclass(frozen=True)
class Reach:
    """Cost from demand to places, and who is off the net.

    Attributes
    ----------
    cost : (n, m) float64
        Minutes or metres; infinite where no way leads.
    demand_off, place_off : (n,), (m,) bool
        Farther from any road than allowed.
    """

    cost: F8
    demand_off: npt.NDArray[np.bool_]
    place_off: npt.NDArray[np.bool_]


def _join(net: Network, xy: F8, most_m: float) -> _Joined:
    points = shapely.points(xy)
    tree = shapely.STRtree(net.line)
    _, edge = tree.query_nearest(points, all_matches=False) if len(xy) else (None, np.zeros(0))
    edge = np.array(edge, np.intp)
    away = shapely.distance(points, net.line[edge])
    along = shapely.line_locate_point(net.line[edge], points)
    return _Joined(
        edge.astype(np.intp), np.asarray(along), np.asarray(away), np.asarray(away <= most_m)
    )


def _graph(net: Network, joined: _Joined, unit: Unit, access: float) -> tuple[Any, Ints]:
    """The net with a node more for each place; edges are cut where places join them.

    Returns
    -------
    csr_array and (p,) intp
        Cost along directed edges, and the node of each place.
    """
    from scipy.sparse import csr_array

    k, p, e = len(net.nodes), len(joined.edge), len(net.length_m)
    # where places join: a node on the road each, in order along the edge
    order = np.lexsort((joined.along, joined.edge))
    edge, along = joined.edge[order], joined.along[order]
    on_road = k + np.arange(p)
    place = k + p + order
    new_edge = np.r_[True, edge[1:] != edge[:-1]] if p else np.zeros(0, bool)
    last = np.r_[new_edge[1:], True] if p else np.zeros(0, bool)
    whole = np.ones(e, dtype=bool)
    whole[edge] = False
    before = np.r_[0, on_road[:-1]] if p else on_road
    tail = np.where(new_edge, net.start[edge], before)
    gone = np.where(new_edge, 0.0, np.r_[0.0, along[:-1]] if p else along)
    start = np.concatenate([net.start[whole], tail, on_road[last]])
    end = np.concatenate([net.end[whole], on_road, net.end[edge[last]]])
    owner = np.concatenate([np.flatnonzero(whole), edge, edge[last]])
    length = np.concatenate(
        [net.length_m[whole], along - gone, net.length_m[edge[last]] - along[last]]
    )
    length = np.maximum(length, 0.0)
    cost = length / net.speed[owner] if unit == "min" else length
    beside = joined.away[order] / (access if unit == "min" else 1.0)
    beside = np.where(joined.on[order], beside, np.inf)
    f, b = net.forward[owner], net.backward[owner]
    side = np.isfinite(beside)
    tails = np.concatenate([start[f], end[b], place[side], on_road[side]])
    heads = np.concatenate([end[f], start[b], on_road[side], place[side]])
    values = np.concatenate([cost[f], cost[b], beside[side], beside[side]])
    # of edges side by side the least counts, and no edge is nothing
    values = np.maximum(values, 1e-9)
    size = k + 2 * p
    sort = np.lexsort((values, heads, tails))
    tails, heads, values = tails[sort], heads[sort], values[sort]
    first = np.r_[True, (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])]
    graph = csr_array((values[first], (tails[first], heads[first])), shape=(size, size))
    nodes = np.empty(p, np.intp)
    nodes[order] = place
    return graph, nodes


def _check(xy: npt.ArrayLike, what: str) -> F8:
    out = np.array(xy, float, ndmin=2).reshape(-1, 2)
    if not np.isfinite(out).all():
        raise DataError(say("siting.facilities.place_no_number"), where=what)
    return out


def od_costs(
    net: Network,
    demand_xy: npt.ArrayLike,
    place_xy: npt.ArrayLike,
    *,
    unit: Unit = "min",
    most_access_m: float = 2000.0,
    access_kmh: float | None = None,
) -> Reach:
    """Cost from each demand to each place over the roads.

    Parameters
    ----------
    net : Network
    demand_xy, place_xy : (n, 2), (m, 2) array_like
        In the plane of the net [m].
    unit : {"min", "m"}
    most_access_m : float
        Farther from a road than this is off the net.
    access_kmh : float, optional
        Speed from a place to its road; on foot when not given.

    Returns
    -------
    Reach

    Examples
    --------
    >>> import geopandas as gpd
    >>> from siting.facilities.network import road_network
    >>> line = [shapely.LineString([(0, 0), (4000, 0)])]
    >>> roads = gpd.GeoDataFrame({"road_class": ["county"]}, geometry=line, crs="EPSG:4544")
    >>> net = road_network(roads)
    >>> od_costs(net, [[0, 0]], [[2000, 0], [4000, 9000]]).cost.round(6).tolist()
    [[3.0, inf]]
    """
    from scipy.sparse.csgraph import dijkstra

    demand, place = _check(demand_xy, "demand"), _check(place_xy, "candidates")
    n, m = len(demand), len(place)
    joined = _join(net, np.vstack([demand, place]), most_access_m)
    speed = float(speed_table()["access"]["speed_kmh"]) if access_kmh is None else access_kmh
    graph, nodes = _graph(net, joined, unit, speed * 1000.0 / 60.0)
    turned = graph.T.tocsr()  # from places against the way
    out = np.full((n, m), np.inf)
    step = max(1, _MOST_HELD // graph.shape[0])
    for a in range(0, m, step):
        own = nodes[n + a : n + min(m, a + step)]
        out[:, a : a + step] = dijkstra(turned, indices=own)[:, nodes[:n]].T
    same = (demand[:, None] == place[None]).all(axis=2) if n * m < _MOST_HELD else None
    if same is not None:
        out[same] = 0.0
    return Reach(out, ~joined.on[:n], ~joined.on[n:])


def straight_costs(demand_xy: npt.ArrayLike, place_xy: npt.ArrayLike) -> F8:
    """Metres as the crow flies, (n, m).

    Examples
    --------
    >>> straight_costs([[0, 0]], [[3, 4]]).tolist()
    [[5.0]]
    """
    a, b = _check(np.asarray(demand_xy), "demand"), _check(np.asarray(place_xy), "candidates")
    return np.asarray(np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)))


def isochrones(
    net: Network,
    place_xy: npt.ArrayLike,
    limits: tuple[float, ...],
    *,
    most_access_m: float = 2000.0,
    access_kmh: float | None = None,
) -> list[Any]:
    """What lies within a time of any of the places, as one polygon a limit.

    Along the roads, in pieces of 100 m that are reached whole, and beside them as far as one
    walks in the time that is left.

    Parameters
    ----------
    net : Network
    place_xy : (m, 2) array_like
    limits : tuple of float
        Minutes.
    most_access_m : float
        No farther from a road than this.
    access_kmh : float, optional
        Speed beside roads; on foot when not given.

    Returns
    -------
    list of shapely geometry
        Empty polygons where nothing is reached.
    """
    from scipy.sparse.csgraph import dijkstra

    place = _check(place_xy, "candidates")
    speed = float(speed_table()["access"]["speed_kmh"]) if access_kmh is None else access_kmh
    walk = speed * 1000.0 / 60.0
    joined = _join(net, place, most_access_m)
    graph, nodes = _graph(net, joined, "min", walk)
    top = max(limits)
    own = nodes[joined.on]
    if not len(own):
        return [shapely.Polygon() for _ in limits]
    turned = graph.T.tocsr()
    time = dijkstra(turned, indices=own, min_only=True, limit=top)
    k = len(net.nodes)
    # on an edge with places the time is that of the nearest of ends and places
    at_edge: dict[int, list[tuple[float, float]]] = {}
    for rank, i in enumerate(np.lexsort((joined.along, joined.edge))):
        base = float(time[k + rank])
        at_edge.setdefault(int(joined.edge[i]), []).append((float(joined.along[i]), base))
    t0, t1 = time[net.start], time[net.end]
    seen = np.flatnonzero((np.minimum(t0, t1) < top) | np.isin(np.arange(len(t0)), [*at_edge]))
    lines, minutes = [], []
    for e in seen:
        parts = max(1, int(np.ceil(net.length_m[e] / _STEP_M)))
        s = np.linspace(0.0, net.length_m[e], parts + 1)
        v = net.speed[e]
        # toward the place: from a point of the edge to its start is against the edge
        t = np.full(len(s), np.inf)
        if net.backward[e]:
            t = np.minimum(t, t0[e] + s / v)
        if net.forward[e]:
            t = np.minimum(t, t1[e] + (net.length_m[e] - s) / v)
        for along, base in at_edge.get(int(e), ()):
            way = np.where(s < along, net.forward[e], net.backward[e]) | (s == along)
            t = np.where(way, np.minimum(t, base + np.abs(s - along) / v), t)
        xy = shapely.get_coordinates(shapely.line_interpolate_point(net.line[e], s))
        lines.append(np.stack([xy[:-1], xy[1:]], axis=1))
        minutes.append(np.maximum(t[:-1], t[1:]))
    pieces = np.asarray(shapely.linestrings(np.concatenate(lines)), object)
    when = np.concatenate(minutes)
    out = []
    for limit in limits:
        near = when < limit
        radius = np.minimum((limit - when[near]) * walk, most_access_m)
        shapes = shapely.buffer(pieces[near], np.maximum(radius, 1.0), quad_segs=4)
        out.append(shapely.union_all(shapes) if len(shapes) else shapely.Polygon())
    return out
