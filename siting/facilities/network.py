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
from siting.facilities.roads.cut import crossings, cut

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Network", "road_network", "speed_table"]

Ints = npt.NDArray[np.intp]

_KMH = 1000.0 / 60.0  # metres a minute
_JOINED_ENDS = 2
_SAME_M = 1e-3  # points nearer than this are one
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
    pieces, of = cut(lines, *crossings(lines, over[back], gap))
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
