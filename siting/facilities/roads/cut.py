"""Lines cut where they meet on the ground, and long ones into pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.types import F8

__all__ = ["crossings", "cut", "in_pieces"]

Ints = npt.NDArray[np.intp]
_SAME_M = 1e-3  # points nearer than this are one
_CORNERS = 16  # of a part of a line that is looked at by itself
_ON_M = 1e-9  # along a line: a vertex that is where a cut is


def crossings(lines: Any, apart: Any, tolerance: float) -> tuple[Ints, F8]:  # noqa: ANN401 - arrays
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


def cut(lines: Any, who: Ints, at: F8) -> tuple[Any, Ints]:  # noqa: ANN401 - arrays
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


def in_pieces(lines: Any, turn_deg: float, most_m: float) -> tuple[Any, Ints]:  # noqa: ANN401
    """Lines cut where they have turned or are long, in their order, and whose each piece is.

    Parameters
    ----------
    lines : (n,) lines
    turn_deg : float
        No piece holds directions of two sectors of so many degrees.
    most_m : float
        No piece is longer.

    Examples
    --------
    >>> corner = shapely.LineString([(0, 0), (9, 0), (9, 5), (9, 7)])
    >>> pieces, of = in_pieces(np.array([corner]), 30.0, 8.0)
    >>> shapely.length(pieces).tolist(), of.tolist()
    ([8.0, 1.0, 7.0], [0, 0, 0])
    """
    xy, line = shapely.get_coordinates(lines, return_index=True)
    inner = line[1:] == line[:-1]
    step = np.diff(xy, axis=0)
    run = np.cumsum(np.where(inner, np.hypot(*step.T), 0.0))
    # half a sector aside: most roads of a plain run along the axes
    sector = np.floor(np.degrees(np.arctan2(step[:, 1], step[:, 0])) / turn_deg + 0.5)
    turned = np.flatnonzero(inner[1:] & inner[:-1] & (sector[1:] != sector[:-1]))
    begin = np.searchsorted(line, line[turned])  # first vertex of the line
    long = shapely.length(lines)
    n = np.maximum(0, np.ceil(long / most_m - _SAME_M).astype(np.intp) - 1)
    whole = np.repeat(np.arange(len(lines)), n)
    rank = np.arange(len(whole)) - np.repeat(np.cumsum(n) - n, n) + 1
    who = np.r_[line[turned], whole].astype(np.intp)
    at = np.r_[run[turned] - np.where(begin > 0, run[begin - 1], 0.0), most_m * rank]
    inside = (at > _SAME_M) & (at < long[who] - _SAME_M)
    order = np.lexsort((at[inside], who[inside]))
    who, at = who[inside][order], at[inside][order]
    if not len(who):
        return lines, np.arange(len(lines))
    first = np.r_[True, (who[1:] != who[:-1]) | (np.diff(at) > _SAME_M)]
    return _pieces(lines, who[first], at[first])
