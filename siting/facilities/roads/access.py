"""Roads one gets on from beside them: which, where along them, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import shapely

from gis.types import F8
from siting.facilities.network import Network
from siting.facilities.roads.cut import in_pieces

__all__ = ["Joined", "Unit", "finer", "joined_roads", "part_of"]

Unit = Literal["min", "m"]
Ints = npt.NDArray[np.intp]
_MOST_PAIRS = 20_000_000  # places and roads looked at at once
_MOST_SIDES = 4_000_000  # places and straight sides of roads looked at at once
_NEAREST = 1000  # roads that are looked at for minutes
_OF_A_KIND = 24  # and of each kind, where those are all of others
_TURN_DEG, _PIECE_M = 30.0, 500.0  # by which a piece of an edge turns, and its length, at most
_ALIKE_M = 1e-6  # distances that differ by rounding alone


@dataclass(frozen=True)
class Joined:
    """Ways of places onto the roads beside them, a row each.

    Attributes
    ----------
    place : (r,) intp
        Ascending.
    edge : (r,) intp
        Of the net.
    along, away : (r,) float64
        Metres from the start of the edge to its nearest point, and metres from there.
    near, apart : pairs of (r,) float64
        Where one gets on from or towards the start, and towards the end; metres from there.
    on : (n,) bool
        Of each place: near enough a road.
    """

    place: Ints
    edge: Ints
    along: F8
    away: F8
    near: tuple[F8, F8]
    apart: tuple[F8, F8]
    on: npt.NDArray[np.bool_]


def finer(net: Network, xy: F8, most_m: float) -> Network:
    """The net with edges near places in pieces that hardly turn, the same ways in it.

    From a place to one beside the same edge the best way along it is known where it hardly
    bends; a road around a lake does.
    """
    open_ = np.flatnonzero(net.beside)
    tree = shapely.STRtree(net.line[open_])
    points: Any = shapely.points(xy)
    at = open_[np.unique(tree.query(points, predicate="dwithin", distance=most_m)[1])]
    pieces, of = in_pieces(net.line[at], _TURN_DEG, _PIECE_M)
    if len(pieces) == len(at):
        return net
    rest = np.setdiff1d(np.arange(len(net.line)), at)
    last = np.r_[of[1:] != of[:-1], True]
    first = np.r_[True, last[:-1]]
    of = at[of]
    joint = len(net.nodes) + np.cumsum(~last) - 1  # the node behind each piece but the last
    corner = shapely.get_coordinates(shapely.get_point(pieces[~last], -1))
    every = np.r_[rest, of]
    return replace(
        net,
        nodes=np.r_[net.nodes, corner],
        start=np.r_[net.start[rest], np.where(first, net.start[of], np.r_[0, joint[:-1]])],
        end=np.r_[net.end[rest], np.where(last, net.end[of], joint)],
        length_m=np.r_[net.length_m[rest], shapely.length(pieces)],
        speed=net.speed[every],
        forward=net.forward[every],
        backward=net.backward[every],
        line=np.r_[net.line[rest], pieces],
        part=np.r_[net.part, net.part[net.start[of[~last]]]],
        beside=net.beside[every],
    )


def joined_roads(net: Network, xy: F8, most_m: float, unit: Unit, walk: float) -> Joined:
    """Roads one gets on from beside them, no farther than allowed.

    The nearest road may lead nowhere, or only away. So for minutes all are looked at (of more
    than a thousand the nearest). In metres a way across the fields would be the shortest of
    all: there it is the nearest road, and what lies farther only up to the nearest that leads
    both ways in the largest part of the net.

    Parameters
    ----------
    net : Network
    xy : (n, 2) float64
        Places, in the plane of the net [m].
    most_m : float
        Farther from a road than this is off the net.
    unit : {"min", "m"}
    walk : float
        Metres a minute beside roads.
    """
    points: Any = shapely.points(xy)
    open_ = np.flatnonzero(net.beside)
    tree = shapely.STRtree(net.line[open_])
    found: list[tuple[Ints, Ints, F8]] = []
    step = max(1, _MOST_PAIRS // max(1, len(open_)))
    kind, main = _kinds(net, unit), _main(net)
    for a in range(0, len(xy), step):
        place, near = tree.query(points[a : a + step], predicate="dwithin", distance=most_m)
        place, edge = place + a, open_[near]
        away = np.asarray(shapely.distance(points[place], net.line[edge]), np.float64)
        order = np.lexsort((edge, away, kind[edge], place))
        place, edge, away = place[order], edge[order], away[order]
        rank, nearest = _ranks(away, (np.diff(place) != 0) | (np.diff(kind[edge]) != 0))
        # the roads of a junction are equally near, and each may lead elsewhere
        few = (rank < (_OF_A_KIND if unit == "min" else 1)) | (away <= nearest + _ALIKE_M)
        if unit == "m":
            enough = np.full(len(xy), np.inf)
            np.minimum.at(enough, place[main[edge]], away[main[edge]])
            few &= away <= enough[place] + _ALIKE_M
        else:
            by_place = np.lexsort((edge, away, place))
            rank, _ = _ranks(away[by_place], np.diff(place[by_place]) != 0)
            few[by_place[rank < _NEAREST]] = True
        found.append((place[few], edge[few], away[few]))
    none = np.zeros(0, np.intp)
    place = np.concatenate([none, *(f[0] for f in found)])
    edge = np.concatenate([none, *(f[1] for f in found)])
    away = np.concatenate([np.zeros(0), *(f[2] for f in found)])
    along = np.asarray(shapely.line_locate_point(net.line[edge], points[place]), np.float64)
    on = np.zeros(len(points), bool)
    on[place] = True
    if unit == "m":
        return Joined(place, edge, along, away, (along, along), (away, away), on)
    near, apart = _entries(net, xy, place, edge, walk, most_m)
    return Joined(place, edge, along, away, near, apart, on)


def _ranks(away: F8, changes: npt.NDArray[np.bool_]) -> tuple[Ints, F8]:
    """Rank of each row within its group, and the distance of the group's first."""
    first = np.r_[True, changes][: len(away)]
    begin = np.flatnonzero(first)[np.cumsum(first) - 1]
    return np.arange(len(away)) - begin, away[begin]


def _entries(
    net: Network, xy: F8, place: Ints, edge: Ints, walk: float, most_m: float
) -> tuple[tuple[F8, F8], tuple[F8, F8]]:
    """Where it takes least to get on from or towards the start, and towards the end.

    Who walks more slowly than the road runs walks aslant to it, as light is refracted; on
    each straight side of a road the best place is known, and of a bend the best side counts;
    no place is farther than `most_m`.
    """
    used, of = np.unique(edge, return_inverse=True)
    corner, owner = shapely.get_coordinates(net.line[used], return_index=True)
    inner = np.flatnonzero(owner[1:] == owner[:-1])
    side = corner[inner + 1] - corner[inner]
    long = np.hypot(*side.T)
    count = np.bincount(owner[inner], minlength=len(used))
    first = np.cumsum(count) - count
    run = np.cumsum(long) - long
    run -= np.repeat(run[first], count) if len(first) else run
    near, apart = np.empty((2, len(place))), np.empty((2, len(place)))
    n = count[of]
    block = np.cumsum(n) // _MOST_SIDES
    for rows in np.split(np.arange(len(place)), np.flatnonzero(np.diff(block)) + 1):
        m = n[rows]
        if not len(m):
            continue
        begin = np.cumsum(m) - m
        k = np.repeat(first[of[rows]] - begin, m) + np.arange(int(m.sum()))
        at = xy[np.repeat(place[rows], m)] - corner[inner[k]]
        scale = np.where(long[k] > 0, long[k], 1.0)
        foot = (at * side[k]).sum(axis=1) / scale
        off = np.abs(at[:, 0] * side[k][:, 1] - at[:, 1] * side[k][:, 0]) / scale
        off = np.where(long[k] > 0, off, np.hypot(*at.T))
        v = np.repeat(net.speed[edge[rows]], m)
        whole = np.repeat(net.length_m[edge[rows]], m)
        fast = v > walk
        aslant = np.full(len(k), np.inf)
        aslant[fast] = off[fast] * walk / np.sqrt(v[fast] ** 2 - walk**2)
        room = np.sqrt(np.maximum((most_m + _ALIKE_M) ** 2 - off**2, 0.0))
        low, high = np.maximum(foot - room, 0.0), np.minimum(foot + room, long[k])
        beyond = (off > most_m + _ALIKE_M) | (low > high)
        for way, to in enumerate((foot - aslant, foot + aslant)):
            there = np.clip(to, low, np.maximum(low, high))
            far = np.hypot(off, there - foot)
            along = run[k] + there
            cost = far / walk + (along if way == 0 else whole - along) / v
            cost[beyond] = np.inf
            best = _first_least(cost, begin, m)
            near[way, rows], apart[way, rows] = along[best], far[best]
    return (near[0], near[1]), (apart[0], apart[1])


def _first_least(values: F8, begin: Ints, count: Ints) -> Ints:
    """Of each group of values the first that is least."""
    least = np.repeat(np.minimum.reduceat(values, begin), count)
    found = np.flatnonzero(values == least)
    group = np.searchsorted(begin, found, side="right") - 1
    return found[np.unique(group, return_index=True)[1]]


def _main(net: Network) -> npt.NDArray[np.bool_]:
    """Edges that lead both ways in the largest part of the net."""
    return np.asarray(net.forward & net.backward & (net.part[net.start] == 0))


def _kinds(net: Network, unit: Unit) -> Ints:
    """Edges alike: of one direction and part of the net, and for minutes of one speed."""
    speed = net.speed if unit == "min" else np.zeros(len(net.speed))
    every = np.column_stack([speed, net.forward, net.backward, net.part[net.start] == 0])
    return np.unique(every, axis=0, return_inverse=True)[1].ravel().astype(np.intp)


def part_of(joined: Joined, low: int, high: int) -> Joined:
    """The rows of some places, numbered from 0."""
    a, b = np.searchsorted(joined.place, [low, high])
    near, apart = ((pair[0][a:b], pair[1][a:b]) for pair in (joined.near, joined.apart))
    return Joined(
        joined.place[a:b] - low,
        joined.edge[a:b],
        joined.along[a:b],
        joined.away[a:b],
        near,
        apart,
        joined.on[low:high],
    )
