"""Roads to a graph: junctions cleaned, bridges kept apart, one-way streets one way.

Lines meet where they share a point, where one ends on another, and where they cross on the
ground. They do not meet at a bridge or tunnel, nor where a class that is kept apart (an
expressway) is crossed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.rings import check_vertices
from gis.crs.systems import bounds_ll, scale_limits, scale_off
from gis.errors import DataError
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from gis.types import F8

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Network", "road_network", "speed_table"]

Ints = npt.NDArray[np.intp]

_KMH = 1000.0 / 60.0  # metres a minute
_JOINED_ENDS = 2
_SAME_M = 1e-3  # points nearer than this are one
_CORNERS = 16  # of a part of a line that is looked at by itself
_ON_M = 1e-9  # along a line: a vertex that is where a cut is
_MEANINGS = {
    "oneway": ("forward", "backward", "both"),
    "bridge": ("over", "ground"),
    "tunnel": ("over", "ground"),
}


def speed_table() -> Mapping[str, Any]:
    """Speeds by class of road [km/h], on foot beside it, and tolerances, with their sources."""
    return read_toml("siting.facilities", "speeds.toml")


@dataclass(frozen=True)
class Network:
    """Edges between junctions.

    Attributes
    ----------
    nodes : (k, 2) float64
        Junctions and ends, in metres of the plane.
    start, end : (e,) intp
        Of each edge.
    length_m : (e,) float64
        Along the road.
    speed : (e,) float64
        Metres a minute.
    forward, backward : (e,) bool
        Ways an edge may be driven.
    line : (e,) object
        Shapes of edges, from start to end.
    part : (k,) intp
        Which connected part of the net a node is in; 0 is the largest.
    beside : (e,) bool
        Whether one gets on from beside the road: not onto a class that is kept apart.
    told
        What a reader has to know: roads left out, words nobody understands.
    """

    nodes: F8
    start: Ints
    end: Ints
    length_m: F8
    speed: F8
    forward: npt.NDArray[np.bool_]
    backward: npt.NDArray[np.bool_]
    line: npt.NDArray[np.object_]
    part: Ints
    beside: npt.NDArray[np.bool_]
    told: tuple[Sentence, ...] = ()


def _word(value: Any) -> str:  # noqa: ANN401 - what a column holds
    """One spelling of what a column of yes and no holds; empty where it holds nothing."""
    text = "" if value is None or value != value else str(value).strip().lower()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else text


def _column(roads: gpd.GeoDataFrame, name: str) -> npt.NDArray[np.object_]:
    if name not in roads:
        return np.full(len(roads), "", object)
    return np.array([_word(v) for v in roads[name]], object)


def _strange(roads: gpd.GeoDataFrame, words: Mapping[str, Any]) -> list[Sentence]:
    """Words of the columns that mean nothing here, and how such roads are taken."""
    out = []
    for name, keys in _MEANINGS.items():
        known = {"", *(w for k in keys for w in words[k])}
        found = [w for w in _column(roads, name) if w not in known]
        if found:
            got = listed(sorted(set(found))[:8])
            out.append(say(f"siting.facilities.road_{name}", field=name, n=len(found), got=got))
    return out


def _speeds(roads: gpd.GeoDataFrame, speeds: Mapping[str, float]) -> tuple[F8, list[Sentence]]:
    """Km/h of each road; NaN and told without a class or a speed for it."""
    if "road_class" not in roads:
        raise DataError(
            say("siting.facilities.roads_without_class"),
            where="road",
            expected="road_class",
            todo=say("siting.facilities.roads_class_todo"),
        )
    kinds = [None if v is None or v != v or v == "" else str(v) for v in roads["road_class"]]
    lacks = np.array([k is None or k not in speeds for k in kinds], bool)
    out = np.array([speeds.get(str(k), np.nan) for k in kinds], float)
    if not (np.isfinite(out) & (out > 0))[~lacks].all():
        raise DataError(say("siting.facilities.speed_not_positive"), where="cost.speeds")
    if not lacks.any():
        return out, []
    named = sorted({"-" if k is None else k for k in np.array(kinds, object)[lacks]})[:8]
    if lacks.all():
        raise DataError(
            say("siting.facilities.class_without_speed", n=len(lacks)),
            where="road [road_class]",
            got=listed(named),
            expected=listed(speeds),
            todo=say("siting.facilities.roads_class_todo"),
        )
    length = shapely.length(np.asarray(roads.geometry.array, dtype=object))
    told = say(
        "siting.facilities.roads_left_out",
        n=int(lacks.sum()),
        km=float(np.nansum(length[lacks])) / 1000.0,
        every=float(np.nansum(length)) / 1000.0,
        got=listed(named),
    )
    return out, [told]


def _crossings(lines: Any, apart: Any, tolerance: float) -> tuple[Ints, F8]:  # noqa: ANN401 - arrays
    """Lines and the distances along them at which they are to be cut."""
    parts, owner, begins = _short(lines)
    tree = shapely.STRtree(parts)
    ends: Any = shapely.points(
        np.concatenate([shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)])
    )
    of = np.tile(np.arange(len(lines)), 2)
    # an end on another line cuts it
    e, other = tree.query(ends, predicate="dwithin", distance=tolerance)
    keep = of[e] != owner[other]
    e, other = e[keep], other[keep]
    at: list[Any] = [begins[other] + shapely.line_locate_point(parts[other], ends[e])]
    who = [owner[other]]
    # lines that cross on the ground cut one another; parts of one may meet at their ends
    whole = np.bincount(owner)[owner] == 1
    a, b = tree.query(parts, predicate="crosses" if whole.all() else "intersects")
    keep = (owner[a] < owner[b]) & ~apart[owner[a]] & ~apart[owner[b]]
    a, b = a[keep], b[keep]
    if not whole.all():
        both_whole = np.flatnonzero(whole[a] & whole[b])
        beside = both_whole[~shapely.crosses(parts[a[both_whole]], parts[b[both_whole]])]
        a, b = np.delete(a, beside), np.delete(b, beside)
    if len(a):
        meet = shapely.intersection(parts[a], parts[b])
        found, back = shapely.get_parts(meet, return_index=True)
        points = shapely.get_type_id(found) == 0
        # stretches that two lines share: both ends of it
        lines_too = shapely.get_type_id(found) == 1
        both = [found[points]]
        index = [back[points]]
        for k in (0, -1):
            both.append(shapely.get_point(found[lines_too], k))
            index.append(back[lines_too])
        where, pair = np.concatenate(both), np.concatenate(index)
        for side in (a, b):
            own = side[pair]
            who.append(owner[own])
            at.append(begins[own] + shapely.line_locate_point(parts[own], where))
    # a point that lines share (a vertex of both) is a junction whatever the class
    cuts, shares = _shared_vertices(lines)
    crossed, own_at = _own_crossings(lines, apart)
    return np.concatenate([*who, shares, crossed]), np.concatenate([*at, cuts, own_at])


def _short(lines: Any) -> tuple[Any, Ints, F8]:  # noqa: ANN401 - arrays
    """Lines in parts of few corners, the line of each, and how far along it a part begins.

    What is sought on a part is found in its few corners, not in all of the line's.
    """
    n = shapely.get_num_points(lines)
    if not (n > _CORNERS).any():
        return lines, np.arange(len(lines)), np.zeros(len(lines))
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.cumsum(n) - n
    rank = np.arange(len(xy)) - first[owner]
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[first] = 0.0
    run = np.concatenate([np.cumsum(s) for s in np.split(step, first[1:])])
    # a corner between two parts ends one and begins the next
    between = (rank > 0) & (rank < n[owner] - 1) & (rank % (_CORNERS - 1) == 0)
    twice = np.repeat(np.arange(len(xy)), 1 + between)
    second = np.r_[False, twice[1:] == twice[:-1]]
    own = owner[twice]
    part = np.cumsum(second | np.r_[False, own[1:] != own[:-1]])
    starts = np.r_[True, part[1:] != part[:-1]]
    shapes = np.asarray(shapely.linestrings(xy[twice], indices=part))
    return shapes, own[starts].astype(np.intp), run[twice[starts]]


def _own_crossings(lines: Any, apart: Any) -> tuple[Ints, F8]:  # noqa: ANN401 - arrays
    """Lines that cross or end on themselves on the ground, and where along them."""
    who: list[int] = []
    at: list[float] = []
    for k in np.flatnonzero(~shapely.is_simple(lines) & ~apart):
        xy = shapely.get_coordinates(lines[k])
        step = np.hypot(*np.diff(xy, axis=0).T)
        run = np.r_[0.0, np.cumsum(step)[:-1]]
        sides: Any = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
        parts = shapely.get_parts(shapely.node(lines[k]))
        ends: Any = shapely.points(
            np.unique(
                np.concatenate(
                    [shapely.get_coordinates(shapely.get_point(parts, j)) for j in (0, -1)]
                ),
                axis=0,
            )
        )
        for end in ends:  # a line passes a crossing of its own twice
            on = np.flatnonzero(shapely.distance(sides, end) <= _SAME_M)
            at += (run[on] + shapely.line_locate_point(sides[on], end)).tolist()
            who += [int(k)] * len(on)
    return np.array(who, np.intp), np.array(at, float)


def _shared_vertices(lines: Any) -> tuple[F8, Ints]:  # noqa: ANN401 - array
    """Where an inner vertex of a line is a vertex of another one as well."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    key = np.round(xy * 1000).astype(np.int64)
    order = np.lexsort((owner, key[:, 1], key[:, 0]))
    same = np.zeros(len(xy), dtype=bool)
    pair = (key[order][1:] == key[order][:-1]).all(axis=1)
    pair &= owner[order][1:] != owner[order][:-1]
    same[order[1:][pair]] = True
    same[order[:-1][pair]] = True
    first = np.r_[True, owner[1:] != owner[:-1]]
    last = np.r_[first[1:], True]
    inner = same & ~first & ~last
    if not inner.any():
        return np.zeros(0), np.zeros(0, np.intp)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[first] = 0.0
    run = np.cumsum(step)
    run -= run[first][np.cumsum(first) - 1]
    return run[inner], owner[inner].astype(np.intp)


def _cut(lines: Any, who: Ints, at: F8) -> tuple[Any, Ints]:  # noqa: ANN401 - arrays
    """Lines cut at distances along them, and which line each piece is of."""
    # a cut beside an end stays: what meets the line there meets its end, as junctions of
    # one tolerance are one
    length = shapely.length(lines)
    inside = (at > _SAME_M) & (at < length[who] - _SAME_M)
    who, at = who[inside], at[inside]
    touched = np.zeros(len(lines), dtype=bool)
    touched[who] = True
    if not touched.any():
        return lines, np.arange(len(lines))
    order = np.lexsort((at, who))
    who, at = who[order], at[order]
    first = np.r_[True, (who[1:] != who[:-1]) | (np.diff(at) > _SAME_M)]
    cut_lines = np.flatnonzero(touched)
    pieces, of = _pieces(lines[cut_lines], np.searchsorted(cut_lines, who[first]), at[first])
    rest = np.flatnonzero(~touched)
    return np.concatenate([lines[rest], pieces]), np.concatenate([rest, cut_lines[of]])


def _pieces(lines: Any, who: Ints, at: F8) -> tuple[Any, Ints]:  # noqa: ANN401 - arrays
    """Lines cut at distances along them, rising, and the line of each piece.

    Vertices and cuts are put into the order of the way; a cut ends one piece and begins the
    next, and a vertex where a cut lies is that cut.
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    begins = np.r_[True, line[1:] != line[:-1]]
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[begins] = 0.0
    # each line by itself: a sum over all would be known to less than a micrometre
    run = np.concatenate([np.cumsum(s) for s in np.split(step, np.flatnonzero(begins)[1:])])
    # the last vertex of the line at or before each cut, which are in order as the vertices are
    is_cut = np.r_[np.zeros(len(xy), bool), np.ones(len(who), bool)]
    order = np.lexsort((is_cut, np.r_[run, at], np.r_[line, who]))
    n = (np.cumsum(~is_cut[order]) - 1)[is_cut[order]]
    n = np.clip(n, np.searchsorted(line, who), np.searchsorted(line, who, side="right") - 2)
    length = run[n + 1] - run[n]
    slope = (xy[n + 1] - xy[n]) / np.where(length > 0, length, 1.0)[:, None]
    point = slope * (at - run[n])[:, None] + xy[n]
    # inner vertices where the cut or the end before or after them lies
    before = (np.cumsum(is_cut[order]) - 1)[~is_cut[order]]
    there = (run <= _ON_M) | (run[np.searchsorted(line, line, side="right") - 1] - run <= _ON_M)
    for k in (before, before + 1):
        own = np.clip(k, 0, len(who) - 1)
        there |= (k == own) & (who[own] == line) & (np.abs(at[own] - run) <= _ON_M)
    there &= ~begins & np.r_[~begins[1:], False]
    order = order[np.r_[~there, np.ones(len(who), bool)][order]]
    way, is_cut = np.concatenate([xy, point])[order], is_cut[order]
    lines_of = np.r_[line, who][order]
    twice = np.repeat(np.arange(len(way)), 1 + is_cut)
    second = np.r_[False, twice[1:] == twice[:-1]]
    own = lines_of[twice]
    piece = np.cumsum(second | np.r_[False, own[1:] != own[:-1]])
    starts = np.r_[True, piece[1:] != piece[:-1]]
    return np.asarray(shapely.linestrings(way[twice], indices=piece)), own[starts]


def _junctions(xy: F8, tolerance: float) -> tuple[F8, Ints]:
    """Ends that are nearer than the tolerance are one node."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    same, first, back = np.unique(
        np.round(xy * 1000).astype(np.int64), axis=0, return_index=True, return_inverse=True
    )
    own = xy[first]
    pairs = cKDTree(own).query_pairs(tolerance + 2 * _SAME_M, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(same),) * 2)
    k, label = connected_components(graph, directed=False)
    nodes = np.zeros((k, 2))
    np.add.at(nodes, label, own)
    nodes /= np.bincount(label, minlength=k)[:, None]
    return nodes, label[back.ravel()].astype(np.intp)


def road_network(
    roads: gpd.GeoDataFrame,
    speeds: Mapping[str, float] | None = None,
    *,
    tolerance_m: float | None = None,
) -> Network:
    """The graph of a layer of roads.

    Parameters
    ----------
    roads : GeoDataFrame
        In a plane of metres, with ``road_class``; ``oneway``, ``bridge`` and ``tunnel`` where
        known. Roads without a class, or without a speed for it, are left out and told of.
    speeds : mapping, optional
        Km/h by class; the table of the toolkit when not given.
    tolerance_m : float, optional
        Ends nearer than this are one junction; an end so near a road meets it.

    Returns
    -------
    Network

    Raises
    ------
    DataError
        Without any road of a class with a speed, without any line, in degrees.

    Examples
    --------
    >>> import geopandas as gpd
    >>> xy = [[(0, 0), (2000, 0)], [(1000, -500), (1000, 500)]]
    >>> lines = [shapely.LineString(p) for p in xy]
    >>> kinds = {"road_class": ["county", "village"]}
    >>> roads = gpd.GeoDataFrame(kinds, geometry=lines, crs="EPSG:4544")
    >>> net = road_network(roads)
    >>> len(net.nodes), len(net.length_m), float(net.length_m.sum())
    (5, 4, 3000.0)
    """
    table = speed_table()
    check_vertices(np.asarray(roads.geometry.array, dtype=object), "road")
    _needs_metres(roads)
    gap = float(table["clean"]["junction_m"]) if tolerance_m is None else tolerance_m
    kmh, told = _speeds(roads, dict(table["road"]) | dict(speeds or {}))
    shapes = np.asarray(roads.geometry.array, dtype=object)
    lines, back = shapely.get_parts(shapely.force_2d(shapes), return_index=True)
    lines = shapely.remove_repeated_points(lines)
    good = (shapely.get_type_id(lines) == 1) & (shapely.length(lines) > 0)
    good &= np.isfinite(kmh[back])
    lines, back = lines[good], back[good]
    bare = int(np.isfinite(kmh).sum()) - len(np.unique(back))
    if bare and len(lines):
        told = [*told, say("siting.facilities.roads_without_shape", n=bare)]
    if not len(lines):
        raise DataError(say("siting.facilities.no_roads"), where="road")
    words = table["words"]
    apart = roads["road_class"].isin(table["clean"]["grade_separated"]).to_numpy(bool)
    over = apart | np.isin(_column(roads, "bridge"), words["over"])
    over |= np.isin(_column(roads, "tunnel"), words["over"])
    pieces, of = _cut(lines, *_crossings(lines, over[back], gap))
    length = shapely.length(pieces)
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(pieces, k)) for k in (0, -1)]
    )
    nodes, label = _junctions(ends, gap)
    start, end = label[: len(pieces)], label[len(pieces) :]
    loop = (start == end) & (length <= _JOINED_ENDS * gap)  # a crumb within a junction
    keep = ~loop
    road = back[of][keep]
    oneway = _column(roads, "oneway")[road]
    forward = ~np.isin(oneway, words["backward"])
    backward = ~np.isin(oneway, words["forward"])
    return Network(
        nodes=nodes,
        start=start[keep],
        end=end[keep],
        length_m=length[keep],
        speed=kmh[road] * _KMH,
        forward=forward,
        backward=backward,
        line=pieces[keep],
        part=_parts(len(nodes), start[keep], end[keep]),
        beside=~apart[road],
        told=(*told, *_strange(roads, words)),
    )


def _needs_metres(roads: gpd.GeoDataFrame) -> None:
    """Lengths are in metres of a plane; without a CRS coordinates may not look like degrees."""
    crs = roads.crs
    if crs is None:
        west, south, east, north = roads.total_bounds
        degrees = max(abs(west), abs(east)) <= 180.0 and max(abs(south), abs(north)) <= 90.0
        wrong = degrees and not (west <= 0 <= east and south <= 0 <= north)
    else:
        wrong = crs.is_geographic or crs.axis_info[0].unit_conversion_factor != 1.0
        if not wrong and (off := _off(roads)) > scale_limits()["refused"]:
            raise DataError(
                say("siting.facilities.roads_off"),
                where="road",
                got=f"{crs.to_string()}, {off:.1%}",
                todo=say("siting.facilities.roads_off_todo"),
            )
    if wrong:
        got = "-" if crs is None else str(crs.to_string())
        raise DataError(say("siting.facilities.roads_in_degrees"), where="road", got=got)


def _off(roads: gpd.GeoDataFrame) -> float:
    """How far lengths are from those on the ground where the roads are."""
    west, south, east, north = map(float, roads.total_bounds)
    if not np.isfinite([west, south, east, north]).all():
        return 0.0  # no road at all
    return scale_off(bounds_ll((west, south, east, north), roads.crs), roads.crs)


def _parts(k: int, start: Ints, end: Ints) -> Ints:
    """Connected part of each node, the largest first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(start)), (start, end)), shape=(k, k))
    n, label = connected_components(graph, directed=False)
    rank = np.empty(n, np.intp)
    rank[np.argsort(-np.bincount(label, minlength=n), kind="stable")] = np.arange(n)
    return np.asarray(rank[label])
