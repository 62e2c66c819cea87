"""Change that is none: strips thinner than the tolerance, given back to the land beside them.

A change is looked at as the whole patch of land that went from one class to another, whatever
parcels it is made of: dividing a parcel changes nothing. A patch in which no circle as wide as
the tolerance fits is a boundary drawn twice. If all boundaries are shifted by ``d``, a circle
inside such a patch lies in the earlier class, and moved by ``d`` in the later one, which are
disjoint: it is no wider than ``d``. So a shift below the tolerance is no change.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from carbon_sink.overlay.pieces import I8, NONE, Pieces, Shapes, grouped_union, polygonal

__all__ = ["Judged", "judged"]

Mask = npt.NDArray[np.bool_]
F8 = npt.NDArray[np.float64]

_TOUCH_M = 1e-3
_QUAD = 16
_SLACK = 1.002  # a circle of 16 segments a quarter is 0.12 % too small
_AT_A_TIME = 2_000


@dataclass(frozen=True)
class Judged:
    """Pieces with the class they count with at each date.

    Attributes
    ----------
    pieces
        Cut where only a part of a piece is thin.
    start, end : ndarray of int64, shape (n,)
        Class before and after as it counts; `NONE` for land only one survey has.
    patch : ndarray of int64, shape (n,)
        Number of the patch of change, `NONE` for land that did not change.
    absorbed : ndarray of bool, shape (n,)
        Land that was given to its neighbour.
    """

    pieces: Pieces
    start: I8
    end: I8
    patch: I8
    absorbed: Mask


def _linked(pieces: Pieces, rows: I8, pair: I8) -> I8:
    """Number of the patch of each of `rows`: neighbours of the same change are one."""
    shape = pieces.shape[rows]
    i, j = shapely.STRtree(shape).query(shape)
    near = (i < j) & (pair[i] == pair[j])
    i, j = i[near], j[near]
    touch = shapely.dwithin(shape[i], shape[j], _TOUCH_M)
    i, j = i[touch], j[touch]
    n = len(rows)
    graph = sparse.coo_array((np.ones(len(i), np.int8), (i, j)), shape=(n, n))
    number: I8 = connected_components(graph, directed=False)[1].astype(np.int64)
    return number


def _buffered(shapes: Shapes, distance: float) -> Shapes:
    def one(at: int) -> Shapes:
        some = shapes[at : at + _AT_A_TIME]
        return np.asarray(shapely.buffer(some, distance, quad_segs=_QUAD))

    if not len(shapes):
        return shapes
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(one, range(0, len(shapes), _AT_A_TIME))))


def _surely_wide(shapes: Shapes, width_m: float) -> Mask:
    """A circle of the width fits: the area of a shape is at most its inradius x perimeter."""
    size: Mask = shapely.area(shapes) >= width_m / 2 * shapely.length(shapes)
    return size


def _wide(shapes: Shapes, width_m: float) -> Mask:
    """Whether a circle of the width fits into each shape."""
    out = _surely_wide(shapes, width_m)
    west, south, east, north = shapely.bounds(shapes).T
    side = np.minimum(east - west, north - south)
    open_ = np.flatnonzero(~out & (side >= width_m))
    out[open_] = ~shapely.is_empty(_buffered(shapes[open_], -width_m / 2))
    return out


def _tails(shapes: Shapes, width_m: float, least_m2: float) -> tuple[I8, Shapes]:
    """Thin parts of wide shapes, of at least `least_m2`: which shape, and the part."""
    inner = _buffered(shapes, -width_m / 2)
    opened = _buffered(inner, width_m / 2 * _SLACK)
    left = polygonal(np.asarray(shapely.difference(shapes, opened)))
    parts, owner = shapely.get_parts(left, return_index=True)
    big = shapely.area(parts) >= least_m2
    return owner[big].astype(np.int64), parts[big]


def _divided(
    pieces: Pieces, rows: I8, patch: I8, thin_patch: I8, thin: Shapes
) -> tuple[Pieces, I8]:
    """Pieces cut along the thin parts of their patches; rows (new numbers) that are thin."""
    if not len(thin):
        return pieces, np.empty(0, np.int64)
    i, j = shapely.STRtree(thin).query(pieces.shape[rows], predicate="intersects")
    keep = patch[i] == thin_patch[j]
    i, j = i[keep], j[keep]
    hit, group = np.unique(i, return_inverse=True)
    cover = grouped_union(thin[j], group.astype(np.int64), len(hit))
    at = rows[hit]
    inside = polygonal(np.asarray(shapely.intersection(pieces.shape[at], cover)))
    some = shapely.area(inside) > 0
    at, cover, inside = at[some], cover[some], inside[some]
    outside = polygonal(np.asarray(shapely.difference(pieces.shape[at], cover)))
    shape = pieces.shape.copy()
    whole = shapely.area(outside) <= 0
    shape[at] = np.where(whole, inside, outside)
    extra = np.flatnonzero(~whole)
    n = len(pieces)
    grown = Pieces(
        np.concatenate([pieces.before, pieces.before[at[extra]]]),
        np.concatenate([pieces.after, pieces.after[at[extra]]]),
        np.concatenate([shape, inside[extra]]),
        np.empty(0),
    )
    grown = replace(grown, plane_m2=shapely.area(grown.shape))
    return grown, np.concatenate([at[whole], n + np.arange(len(extra))]).astype(np.int64)


# ---------------------------------------------------------------- neighbours


_MIX = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64
)


def _segments(shapes: Shapes, rows: I8) -> tuple[npt.NDArray[np.uint64], I8, F8]:
    """Edges of polygons: a key of the millimetres of their ends, row, length [m]."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    owner = rows[part_of[ring_of]]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    kept = ring[1:] == ring[:-1]
    length = np.hypot(*(xy[1:] - xy[:-1]).T)[kept]
    mm = np.rint(xy * 1000.0).astype(np.int64)
    first, last = mm[:-1][kept], mm[1:][kept]
    flip = (first[:, 0] > last[:, 0]) | (
        (first[:, 0] == last[:, 0]) & (first[:, 1] > last[:, 1])
    )
    first[flip], last[flip] = last[flip], first[flip]
    ends = np.concatenate([first, last], axis=1).view(np.uint64)
    key = np.zeros(len(ends), np.uint64)
    for column, mix in zip(ends.T, _MIX, strict=True):
        key = (key ^ column) * mix
        key ^= key >> np.uint64(29)
    return key, owner[ring[:-1][kept]], length


def _shared(pieces: Pieces, thin: I8, beside: I8) -> pd.DataFrame:
    """Length of edge each thin piece shares with others: ``thin, beside, length_m``."""
    key, row, length = _segments(pieces.shape[thin], thin)
    wanted = np.sort(key)
    found: list[pd.DataFrame] = []
    for at in range(0, len(beside), 50_000):
        some = beside[at : at + 50_000]
        other, of, _ = _segments(pieces.shape[some], some)
        place = np.minimum(np.searchsorted(wanted, other), len(wanted) - 1)
        hit = wanted[place] == other
        found.append(pd.DataFrame({"key": other[hit], "beside": of[hit]}))
    own = pd.DataFrame({"key": key, "thin": row, "length_m": length})
    met = own.merge(pd.concat([pd.DataFrame({"key": key[:0], "beside": row[:0]}), *found]))
    met = met[met["thin"] != met["beside"]]
    return met.groupby(["thin", "beside"], as_index=False).agg(length_m=("length_m", "sum"))


def _near(pieces: Pieces, thin: I8, beside: I8, reach_m: float = 0.05) -> pd.DataFrame:
    """The same where vertices do not match: land of the neighbour within `reach_m` of it."""
    wide = _buffered(pieces.shape[thin], reach_m)
    i, j = shapely.STRtree(pieces.shape[beside]).query(wide)
    keep = thin[i] != beside[j]
    i, j = i[keep], j[keep]
    area = shapely.area(shapely.intersection(wide[i], pieces.shape[beside[j]]))
    hit = area > 1e-9
    return pd.DataFrame(
        {"thin": thin[i[hit]], "beside": beside[j[hit]], "length_m": area[hit] / reach_m}
    )


def _choose(met: pd.DataFrame, start: I8, end: I8, patch: I8) -> pd.DataFrame:
    """The neighbour each thin patch goes to: ``patch`` -> ``start, end, to_patch``."""
    t, b = met["thin"].to_numpy(), met["beside"].to_numpy()
    rows = pd.DataFrame(
        {
            "patch": patch[t],
            "start": start[b],
            "end": end[b],
            "to_patch": patch[b],
            "length_m": met["length_m"].to_numpy(),
        }
    )
    kin = (start[b] == start[t]) & (start[t] != NONE) | (end[b] == end[t]) & (end[t] != NONE)
    rows = rows[kin & ~((start[b] == start[t]) & (end[b] == end[t]))]
    rows["changed"] = rows["start"] != rows["end"]
    # millimetres: two edges of a strip that are equally long are so whatever the last bit says
    by = rows.groupby(["patch", "changed", "start", "end"], as_index=False).agg(
        length_m=("length_m", "sum"), to_patch=("to_patch", "min")
    )
    own = pd.Series(start[t], index=patch[t]).groupby(level=0).first()
    by["later"] = by["start"] != by["patch"].map(own)
    by["mm"] = -(by["length_m"] * 1000.0).round()
    by = by.sort_values(["patch", "changed", "mm", "later", "start", "end"])
    chosen: pd.DataFrame = by.drop_duplicates("patch").set_index("patch")
    return chosen


def judged(
    pieces: Pieces, start: I8, end: I8, *, tolerance_m: float, tail_m2: float = 100.0
) -> Judged:
    """Give strips thinner than the tolerance to the land beside them.

    Parameters
    ----------
    pieces : Pieces
    start, end : ndarray of int64, shape (n,)
        Class of every piece at either date, `NONE` where there is no parcel.
    tolerance_m : float
        Narrower patches of change are boundaries drawn twice [m]; 0 absorbs nothing.
    tail_m2 : float
        Thin parts of a wide patch that are at least so large are given away too [m2]; smaller
        ones are the corners of the patch.

    Returns
    -------
    Judged
        A strip goes to the neighbour that has one of its two classes at the same date, to
        land that did not change before land that did, and of these to the one it shares the
        longest edge with; where there is none it counts with its earlier class.
    """
    n = len(pieces)
    moved = np.flatnonzero(start != end)
    patch = np.full(n, NONE, np.int64)
    nothing = np.zeros(n, bool)
    if not len(moved):
        return Judged(pieces, start, end, patch, nothing)
    pair = (start[moved] + 1) * (int(end.max(initial=0)) + 2) + end[moved] + 1
    own = _linked(pieces, moved, pair)
    patch[moved] = own
    if tolerance_m <= 0:
        return Judged(pieces, start, end, patch, nothing)
    count = int(own.max()) + 1
    wide, thin_patch, thin = _widths(pieces.shape[moved], own, count, tolerance_m, tail_m2)
    pieces, tail_rows = _divided(pieces, moved, own, thin_patch, thin)
    extra = len(pieces) - n
    source = np.concatenate([np.arange(n), _origin(pieces, n, moved, extra)])
    start, end, patch = start[source], end[source], patch[source]
    absorbed = np.zeros(len(pieces), bool)
    absorbed[np.flatnonzero((patch != NONE) & ~wide[patch])] = True
    absorbed[tail_rows] = True
    # a tail is a patch of its own
    patch[tail_rows] = count + np.arange(len(tail_rows))
    return _absorb(pieces, start, end, patch, absorbed)


def _origin(pieces: Pieces, n: int, moved: I8, extra: int) -> I8:
    """Row each added piece was cut from: the piece of the same two parcels."""
    if not extra:
        return np.empty(0, np.int64)
    keys = pd.MultiIndex.from_arrays([pieces.before[moved], pieces.after[moved]])
    wanted = pd.MultiIndex.from_arrays([pieces.before[n:], pieces.after[n:]])
    return moved[keys.get_indexer(wanted)].astype(np.int64)


def _widths(
    shapes: Shapes, own: I8, count: int, tolerance_m: float, tail_m2: float
) -> tuple[Mask, I8, Shapes]:
    """Which patches are wide, and the thin parts of those."""
    size = np.bincount(own, minlength=count)
    whole = np.empty(count, object)
    first = np.full(count, -1, np.int64)
    first[own[::-1]] = np.arange(len(own))[::-1]
    whole[:] = shapes[first]
    many = np.flatnonzero(size > 1)
    place = np.full(count, -1, np.int64)
    place[many] = np.arange(len(many))
    held = size[own] > 1
    whole[many] = grouped_union(shapes[held], place[own[held]], len(many))
    wide = _wide(whole, tolerance_m)
    at = np.flatnonzero(wide)
    owner, thin = _tails(whole[at], tolerance_m, tail_m2)
    return wide, at[owner], thin


def _absorb(pieces: Pieces, start: I8, end: I8, patch: I8, absorbed: Mask) -> Judged:
    start, end, patch = start.copy(), end.copy(), patch.copy()
    open_ = absorbed.copy()
    while open_.any():
        rows = np.flatnonzero(open_)
        b = np.isin(pieces.before, pieces.before[rows]) & (pieces.before != NONE)
        a = np.isin(pieces.after, pieces.after[rows]) & (pieces.after != NONE)
        beside = np.flatnonzero((a | b) & ~open_)
        met = _shared(pieces, rows, beside)
        chosen = _choose(met, start, end, patch)
        lone = rows[~np.isin(patch[rows], chosen.index)]
        if len(lone):
            near = _near(pieces, lone, np.flatnonzero(~open_))
            chosen = pd.concat([chosen, _choose(near, start, end, patch)])
        hit = rows[np.isin(patch[rows], chosen.index)]
        if not len(hit):
            break
        target = chosen.loc[patch[hit]]
        start[hit], end[hit] = target["start"].to_numpy(), target["end"].to_numpy()
        patch[hit] = target["to_patch"].to_numpy()
        open_[hit] = False
    rows = np.flatnonzero(open_)
    kept = np.where(start[rows] != NONE, start[rows], end[rows])
    start[rows] = end[rows] = kept
    patch[start == end] = NONE
    return Judged(pieces, start, end, patch, absorbed)
