"""Which polygons of a coverage meet others elsewhere than along whole common edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.ragged import HOLE, Ragged, ragged
from gis.edges.kernels import BAD, bins_of, match_edges, meet_edges
from gis.types import F8, I4, I8, U1, Mask

__all__ = ["mismatched"]


def mismatched(polygons: npt.NDArray[Any]) -> Mask:
    """Polygons that do not fit their neighbours vertex by vertex.

    Every edge of all polygons is looked at once, whatever they are: where one is of many
    vertices and has many neighbours, as the land around a thousand patches, GEOS' check of a
    coverage goes through its vertices once a neighbour.

    Parameters
    ----------
    polygons : (n,) polygons
        Each valid by itself; of one that is not the answer means nothing. Vertices should
        lie about evenly, as outlines of cells do: edges are sought in bins of one size.

    Returns
    -------
    (n,) bool
        True where an edge crosses, touches or covers an edge of another polygon without
        being the same edge, or lies inside another polygon; as
        `shapely.coverage_invalid_edges`, which tells the edges, too.

    Notes
    -----
    Signs of turns are taken with twice the digits where rounding could change them.

    Examples
    --------
    The second has no vertex where the first one's corner touches it; the third has:

    >>> a, b = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 2)
    >>> c = shapely.Polygon([(1, 0), (1, 1), (1, 2), (2, 2), (2, 0)])
    >>> mismatched(np.array([a, b])).tolist(), mismatched(np.array([a, c])).tolist()
    ([True, True], [False, False])
    """
    flat = ragged(polygons)
    wrong = np.zeros(len(polygons), dtype=bool)
    if len(flat.xy) == 0:
        return wrong
    xy, owner, before, after = _edges(flat)
    start, edges = _bins(xy)
    known = np.zeros(len(xy), np.uint8)
    match_edges(xy, owner, start, edges, known)
    meet_edges(xy, owner, before, after, start, edges, known)
    wrong[owner[(known & BAD) > 0]] = True
    _inside_others(polygons, xy, owner, before, known, wrong)
    return wrong


def _edges(flat: Ragged) -> tuple[F8, I4, I4, I4]:
    """Vertices of closed rings with the inside on the right, a gap after each ring.

    Beside them the polygon of each, and the vertices before and after it in its ring.
    """
    # a vertex written twice is one
    once = np.ones(len(flat.xy), dtype=bool)
    once[1:] = (flat.xy[1:] != flat.xy[:-1]).any(axis=1)
    once[flat.part[:-1]] = True
    size = np.add.reduceat(once.astype(np.int64), flat.part[:-1])
    part = np.append(0, np.cumsum(size))
    points = flat.xy[once]
    n = len(points)
    shift = np.repeat(np.arange(len(size)), size)
    at = np.arange(n) + shift
    # twice the area of each ring, from its first vertex
    first = np.repeat(part[:-1], size)
    x, y = (points - points[first]).T
    follows = np.minimum(np.arange(n) + 1, n - 1)
    cross = x * y[follows] - x[follows] * y
    cross[part[1:] - 1] = 0.0
    ccw = np.add.reduceat(cross, part[:-1]) > 0.0
    turn = ccw != (flat.kind == HOLE)
    index = np.arange(n)
    back = np.repeat(part[:-1] + part[1:] - 1, size) - index
    index = np.where(np.repeat(turn, size), back, index)
    xy = np.full((n + len(size), 2), np.nan)
    xy[at] = points[index]
    owner = np.full(len(xy), -1, np.int32)
    of_part = np.repeat(np.arange(len(flat)), np.diff(flat.feature))
    owner[at] = of_part[shift]
    before = np.arange(-1, len(xy) - 1, dtype=np.int32)
    after = np.arange(1, len(xy) + 1, dtype=np.int32)
    begin, end = at[part[:-1]], at[part[1:] - 1]
    before[begin], after[end] = end - 1, begin + 1
    return xy, owner, before, after


def _bins(xy: F8) -> tuple[I8, I4]:
    """Where each bin starts in a list of edges, and the list."""
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    span = np.maximum(high - low, 1e-9)
    side = float(max(np.sqrt(span[0] * span[1] / len(xy)), span.max() / len(xy)))
    wide, tall = (int(v) + 1 for v in span / side)
    start = np.zeros(wide * tall + 1, np.int64)
    none = np.empty(0, np.int32)
    bins_of(xy, low[0], low[1], side, wide, start, none)
    np.cumsum(start, out=start)
    edges = np.empty(start[-1], np.int32)
    moved = start[:-1].copy()
    bins_of(xy, low[0], low[1], side, wide, np.append(moved, 0), edges)
    return start, edges


def _inside_others(
    polygons: npt.NDArray[Any], xy: F8, owner: I4, before: I4, known: U1, wrong: Mask
) -> None:
    """Mark polygons of which a run of edges without a neighbour lies inside another one.

    Where no edge crosses another, such a run lies inside a polygon wholly or not at all, and
    its first vertex tells which.
    """
    edge = np.isfinite(xy[:, 0])
    edge[:-1] &= np.isfinite(xy[1:, 0])
    edge[-1] = False
    alone = edge & (known == 0)
    # a ring's last vertex is its first again, so the edge before its first is its last
    first = alone & ~alone[np.maximum(before, 0)]
    rings = np.flatnonzero(edge & ~np.append(False, edge[:-1]))
    first[rings[alone[rings]]] = True
    at = np.flatnonzero(first)
    tree = shapely.STRtree(np.asarray(shapely.points(xy[at]), dtype=object))
    of, hit = tree.query(polygons, predicate="contains_properly")
    other = owner[at[hit]] != of
    wrong[owner[at[hit[other]]]] = True
