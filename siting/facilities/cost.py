"""From demand to places over roads: minutes or metres, and how far one gets in a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import ConfigError, DataError
from gis.say import say
from gis.types import F8
from siting.facilities.network import Network, speed_table
from siting.facilities.roads.access import Joined, Unit, finer, joined_roads, part_of

__all__ = ["Reach", "isochrones", "od_costs", "straight_costs"]

Ints = npt.NDArray[np.intp]
_MOST_HELD = 40_000_000  # costs of all nodes from some places at once
_ALIKE_M = 1e-6  # distances that differ by rounding alone
_MOST_PAIRS = 10_000_000  # demand and places beside one road, looked at at once
_DEGREES = 180.0
_PLANE_M = 100_000.0  # coordinates of a national plane are larger
_STEP_M = 100.0  # pieces of roads around which an isochrone is drawn


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


def _nodes(
    net: Network, joined: Joined, unit: Unit, access: float, *, leaving: bool
) -> tuple[Ints, Ints, F8]:
    """Places, nodes they come to first (or leave last), and what it costs to get there."""
    e = joined.edge
    pace = net.speed[e] if unit == "min" else 1.0
    foot = access if unit == "min" else 1.0
    # one leaves along the road to its end, against it to its start; comes the other way round
    to_end, to_start = net.forward[e], net.backward[e]
    if not leaving:
        to_end, to_start = to_start, to_end
    back = joined.apart[0] / foot + joined.near[0] / pace
    ahead = joined.apart[1] / foot + np.maximum(net.length_m[e] - joined.near[1], 0.0) / pace
    place = np.concatenate([joined.place[to_start], joined.place[to_end]])
    node = np.concatenate([net.start[e][to_start], net.end[e][to_end]])
    cost = np.concatenate([back[to_start], ahead[to_end]])
    order = np.lexsort((cost, node, place))
    place, node, cost = place[order], node[order], cost[order]
    least = np.r_[True, (np.diff(place) != 0) | (np.diff(node) != 0)][: len(place)]
    return place[least], node[least], cost[least]


def _graph(net: Network, places: Joined, unit: Unit, access: float) -> Any:  # noqa: ANN401
    """The net against the way, from places to whence they are reached.

    Returns
    -------
    csr_array
        Nodes of the net first, a node of each place after them; nothing leads back to places.
    """
    from scipy.sparse import csr_array

    k = len(net.nodes)
    f, b = net.forward, net.backward
    cost = net.length_m / net.speed if unit == "min" else net.length_m
    place, node, way = _nodes(net, places, unit, access, leaving=False)
    tails = np.concatenate([net.end[f], net.start[b], k + place])
    heads = np.concatenate([net.start[f], net.end[b], node])
    values = np.concatenate([cost[f], cost[b], way])
    # of edges side by side the least counts
    sort = np.lexsort((values, heads, tails))
    tails, heads, values = tails[sort], heads[sort], values[sort]
    first = np.r_[True, (np.diff(tails) != 0) | (np.diff(heads) != 0)][: len(tails)]
    size = k + len(places.on)
    return csr_array((values[first], (tails[first], heads[first])), shape=(size, size))


def _on_one_edge(
    net: Network,
    one: tuple[Joined, F8],
    two: tuple[Joined, F8],
    unit: Unit,
    access: float,
    most_m: float,
    out: F8,
) -> None:
    """Demand and places beside the same edge: `out` is lowered to what it costs along it."""
    (demand, here), (place, there) = one, two
    order = np.argsort(place.edge, kind="stable")
    edge = place.edge[order]
    low = np.searchsorted(edge, demand.edge, side="left")
    n = np.searchsorted(edge, demand.edge, side="right") - low
    block = np.cumsum(n) // _MOST_PAIRS
    for rows in np.split(np.flatnonzero(n), np.flatnonzero(np.diff(block[n > 0])) + 1):
        m = n[rows]
        i = np.repeat(rows, m)
        j = order[np.arange(len(i)) - np.repeat(np.cumsum(m) - m, m) + low[i]]
        at, cost = _along_edge(net, (demand, i), (place, j), unit, access)
        np.minimum.at(out, at, cost)
        if unit == "min":
            crossed = _across(net, (demand, i, here), (place, j, there), most_m)
            np.minimum.at(out, (demand.place[i], place.place[j]), crossed / access)


def _along_edge(
    net: Network, one: tuple[Joined, Ints], two: tuple[Joined, Ints], unit: Unit, access: float
) -> tuple[tuple[Ints, Ints], F8]:
    """Cost of each pair of rows on one edge that may be driven that way."""
    (demand, i), (place, j) = one, two
    e = demand.edge[i]
    gone = place.along[j] - demand.along[i]
    may = ((gone >= 0) & net.forward[e]) | ((gone <= 0) & net.backward[e])
    i, j, e, gone = i[may], j[may], e[may], gone[may]
    pace, foot = (net.speed[e], access) if unit == "min" else (1.0, 1.0)
    cost = np.abs(gone) / pace + (demand.away[i] + place.away[j]) / foot
    for on, off in ((1, 0), (0, 1)):  # aslant at both ends, where there is room for it
        way = (place.near[off][j] - demand.near[on][i]) * (1 if on else -1)
        aslant = way / pace + (demand.apart[on][i] + place.apart[off][j]) / foot
        cost = np.where((way >= 0) & ((gone > 0) == bool(on)), np.minimum(cost, aslant), cost)
    return (demand.place[i], place.place[j]), cost


def _across(
    net: Network, one: tuple[Joined, Ints, F8], two: tuple[Joined, Ints, F8], most_m: float
) -> F8:
    """Metres on foot over a road that is crossed and not driven, whatever its direction.

    The two ways stand at equal angles to it; where one may not walk so far, at the end of what
    both may. Where a road bends, a place on it that is nearly the best.
    """
    (demand, i, here), (place, j, there) = one, two
    e = demand.edge[i]
    begin, end = (shapely.get_coordinates(shapely.get_point(net.line[e], k)) for k in (0, -1))
    chord = np.hypot(*(end - begin).T)
    along = (end - begin) / np.where(chord > 0, chord, 1.0)[:, None]
    a, b = here[demand.place[i]], there[place.place[j]]
    (foot, off), (other, away) = (_beside_line(x - begin, along) for x in (a, b))
    room, more = (np.sqrt(np.maximum(most_m**2 - x**2, 0.0)) for x in (off, away))
    low = np.maximum(0.0, np.maximum(foot - room, other - more))
    high = np.minimum(chord, np.minimum(foot + room, other + more))
    both = off + away
    share = np.divide(off, both, out=np.full(len(off), 0.5), where=both > 0)
    at = np.clip(foot + share * (other - foot), low, np.maximum(low, high))
    at *= net.length_m[e] / np.where(chord > 0, chord, 1.0)
    over = shapely.get_coordinates(shapely.line_interpolate_point(net.line[e], at))
    ways = [np.hypot(*(x - over).T) for x in (a, b)]
    may = np.maximum(*ways) <= most_m + _ALIKE_M
    return np.where(may, ways[0] + ways[1], np.inf)


def _beside_line(to: F8, along: F8) -> tuple[F8, F8]:
    """How far along a line of a direction one stands square to it, and how far away."""
    return (to * along).sum(axis=1), np.abs(along[:, 0] * to[:, 1] - along[:, 1] * to[:, 0])


def _beside(one: F8, two: F8, most_m: float) -> tuple[Ints, Ints, F8]:
    """Pairs of places so near that one walks from one to the other."""
    points: Any = shapely.points(two)
    i, j = shapely.STRtree(points).query(
        shapely.points(one), predicate="dwithin", distance=most_m
    )
    return i, j, np.hypot(*(one[i] - two[j]).T)


def _check(xy: npt.ArrayLike, what: str, net: Network | None = None) -> F8:
    out = np.array(xy, float, ndmin=2)
    if out.size and out.shape[1:] != (2,):
        raise DataError(
            say("siting.facilities.place_two_columns"), where=what, got=str(out.shape)
        )
    out = out.reshape(-1, 2)
    if not np.isfinite(out).all():
        raise DataError(say("siting.facilities.place_no_number"), where=what)
    if net is not None and len(out) and len(net.nodes):
        # no node of a national plane is so near both axes as degrees are
        near = (np.abs(out) <= _DEGREES).all(axis=1)
        if near.any() and (np.abs(net.nodes) > _PLANE_M).any(axis=1).all():
            got = ", ".join(f"{v:g}" for v in out[near][0])
            raise DataError(say("siting.facilities.place_in_degrees"), where=what, got=got)
    return out


def _walk(access_kmh: float | None, most_access_m: float) -> float:
    """Metres a minute beside roads; on foot when no speed is given."""
    pace = float(speed_table()["access"]["speed_kmh"]) if access_kmh is None else access_kmh
    if not 0 < pace < np.inf:
        what = say("siting.facilities.speed_not_positive")
        raise ConfigError(what, where="access_kmh", got=f"{pace:g}")
    if not 0 <= most_access_m < np.inf:
        what = say("siting.facilities.access_no_number")
        raise ConfigError(what, where="most_access_m", got=f"{most_access_m:g}")
    return pace * 1000.0 / 60.0


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

    Places get on any road no farther than allowed, by the way that costs least; not onto a
    class that is kept apart (an expressway has ramps). Places no farther than that from one
    another are walked between.

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

    Raises
    ------
    ConfigError
        For a unit there is not, a speed that is not above 0, a distance below 0.
    DataError
        For places that are no numbers, or in degrees.

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

    demand, place = _check(demand_xy, "demand", net), _check(place_xy, "candidates", net)
    n, m = len(demand), len(place)
    if unit not in get_args(Unit):
        what, known = say("siting.facilities.no_such_unit"), ", ".join(get_args(Unit))
        raise ConfigError(what, where="unit", got=str(unit), expected=known)
    walk = _walk(access_kmh, most_access_m)
    net = finer(net, place, most_access_m) if unit == "min" else net
    asks, opens = (joined_roads(net, xy, most_access_m, unit, walk) for xy in (demand, place))
    graph = _graph(net, opens, unit, walk)
    who, node, way = _nodes(net, asks, unit, walk, leaving=True)
    begin = np.flatnonzero(np.r_[True, np.diff(who) != 0][: len(who)])
    k = len(net.nodes)
    out = np.full((n, m), np.inf)
    step = max(1, _MOST_HELD // max(graph.shape[0], len(who)))
    for a in range(0, m, step):
        b = min(m, a + step)
        if len(who):
            cost = dijkstra(graph, indices=np.arange(k + a, k + b))[:, node] + way
            out[who[begin], a:b] = np.minimum.reduceat(cost, begin, axis=1).T
        some = part_of(opens, a, b), place[a:b]
        _on_one_edge(net, (asks, demand), some, unit, walk, most_access_m, out[:, a:b])
    near = most_access_m if unit == "min" else 0.0
    i, j, far = _beside(demand, place, near)
    np.minimum.at(out, (i, j), far / walk)
    return Reach(out, ~asks.on, ~opens.on)


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

    Raises
    ------
    ConfigError
        Without minutes, or for some that are not above 0; as `od_costs`.
    DataError
        For places that are no numbers, or in degrees.
    """
    from scipy.sparse.csgraph import dijkstra

    place = _check(place_xy, "candidates", net)
    if not limits or not all(0 < v < np.inf for v in limits):
        raise ConfigError(
            say("siting.facilities.minutes_no_number"), where="limits", got=str(limits)
        )
    walk = _walk(access_kmh, most_access_m)
    net = finer(net, place, most_access_m)
    opens = joined_roads(net, place, most_access_m, "min", walk)
    top = max(limits)
    if not len(place):
        return [shapely.Polygon() for _ in limits]
    every: Any = shapely.points(place)  # who is off the net is reached from beside
    k = len(net.nodes)
    graph = _graph(net, opens, "min", walk)
    time = dijkstra(graph, indices=k + np.arange(len(place)), min_only=True, limit=top)
    pieces, when = _pieces(net, time[:k], opens, walk, top)
    out = []
    for limit in limits:
        near = when < limit
        radius = np.minimum((limit - when[near]) * walk, most_access_m)
        shapes = shapely.buffer(pieces[near], np.maximum(radius, 1.0), quad_segs=4)
        # and on foot around the places themselves
        own = shapely.buffer(every, min(limit * walk, most_access_m), quad_segs=4)
        out.append(shapely.union_all(np.concatenate([shapes, own])))
    return out


def _pieces(
    net: Network, time: F8, opens: Joined, walk: float, top: float
) -> tuple[npt.NDArray[np.object_], F8]:
    """Pieces of roads one gets on from beside them, and the minutes from their farther end."""
    seen = np.minimum(time[net.start], time[net.end]) < top
    seen[opens.edge[opens.away / walk < top]] = True
    seen &= net.beside
    edge = np.flatnonzero(seen)
    n = np.maximum(1, np.ceil(net.length_m[edge] / _STEP_M).astype(np.intp)) + 1
    of = np.repeat(np.arange(len(edge)), n)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n)
    e = edge[of]
    s = net.length_m[e] * rank / (n[of] - 1)
    # from a point of the edge to its start is against the edge
    back = np.where(net.backward[e], time[net.start[e]] + s / net.speed[e], np.inf)
    on = np.where(
        net.forward[e], time[net.end[e]] + (net.length_m[e] - s) / net.speed[e], np.inf
    )
    t = np.minimum(back, on)
    # straight along the edge to places beside it
    at = np.full(len(net.length_m), -1)
    at[edge] = np.arange(len(edge))
    mine = np.flatnonzero((at[opens.edge] >= 0) & (opens.away / walk < top))
    first = np.cumsum(n) - n
    count = n[at[opens.edge[mine]]]
    turn = np.repeat(mine, count)
    rank = np.arange(len(turn)) - np.repeat(np.cumsum(count) - count, count)
    j = first[at[opens.edge[turn]]] + rank
    gone = opens.along[turn] - s[j]
    f, b = net.forward[e[j]], net.backward[e[j]]
    may = ((gone >= 0) & f) | ((gone <= 0) & b)
    cost = opens.away[turn] / walk + np.abs(gone) / net.speed[e[j]]
    np.minimum.at(t, j[may], cost[may])
    xy = shapely.get_coordinates(shapely.line_interpolate_point(net.line[e], s))
    inner = np.flatnonzero(of[1:] == of[:-1])
    lines = shapely.linestrings(np.stack([xy[inner], xy[inner + 1]], axis=1))
    return np.asarray(lines, object), np.maximum(t[inner], t[inner + 1])
