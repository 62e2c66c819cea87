"""Where tables stand: rows of a fixed lattice, each filled as far as the land reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from siting.pv.array.rules import ArrayRules

__all__ = ["Lattice", "Tables", "fill", "free_spans", "turned"]

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
_EPS = 1e-6  # of a metre: no drawing is finer
_ROW_PHASES, _BLOCK_PHASES, _ROAD_PHASES, _FINE = 16, 8, 64, 512


@dataclass(frozen=True)
class Lattice:
    """Where rows and roads may lie, in the frame turned with the rows.

    Attributes
    ----------
    row_m, road_m
        Offsets of the first row across the rows and of the first road along them [m].
    roads
        Whether roads run between blocks.
    """

    row_m: float
    road_m: float
    roads: bool = True


@dataclass(frozen=True)
class Tables:
    """Tables of a plant in the frame turned with the rows, sorted by row and place.

    Attributes
    ----------
    x, y : f8[n]
        Lower left corner [m].
    row : i8[n]
        Number of the row.
    block : i8[n, 2]
        Block across and along the rows.
    """

    lattice: Lattice
    x: F8
    y: F8
    row: I8
    block: I8


def turned(shape: BaseGeometry, azimuth_deg: float, *, back: bool = False) -> BaseGeometry:
    """A shape in the frame in which modules face -y, or back on the map.

    The turn is about the origin of the system, not of the shape: so a part of a polygon is
    filled as the polygon is.
    """
    turn = azimuth_deg - 180.0
    if turn == 0.0:
        return shape
    return affinity.rotate(shape, -turn if back else turn, origin=(0.0, 0.0))


def free_spans(shape: BaseGeometry, bottoms: F8, depth_m: float) -> tuple[I8, F8, F8]:
    """Stretches along rows in which the whole depth of the row lies inside a shape.

    Parameters
    ----------
    shape : polygon or multipolygon
        Valid.
    bottoms : f8[n]
        Lower edges of the rows, rising, no closer than `depth_m` [m].
    depth_m : float

    Returns
    -------
    row, start, end : arrays of equal length
        Number of the row, and the stretch [m].

    Notes
    -----
    A stretch is free where no edge of the shape passes through the row, and inside where an odd
    number of edges crosses the row's middle before it.

    Examples
    --------
    >>> row, a, b = free_spans(shapely.box(0, 0, 10, 5), np.array([-1.0, 1.0]), 2.0)
    >>> row.tolist(), a.tolist(), b.tolist()
    ([1], [0.0], [10.0])
    """
    x1, y1, x2, y2 = _edges(shape)
    low, high = np.minimum(y1, y2), np.maximum(y1, y2)
    first = np.searchsorted(bottoms + depth_m - _EPS, low, side="right")
    last = np.searchsorted(bottoms + _EPS, high, side="left")
    count = np.maximum(last - first, 0)
    edge = np.repeat(np.arange(len(x1)), count)
    row = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    if not len(edge):
        none = np.empty(0)
        return np.empty(0, dtype=np.int64), none, none
    ax, ay, bx, by = x1[edge], y1[edge], x2[edge], y2[edge]
    bottom = bottoms[row]
    rise = by - ay
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.clip((np.stack([bottom, bottom + depth_m]) - ay) / rise, 0.0, 1.0)
    level = rise == 0.0
    t[0], t[1] = np.where(level, 0.0, t[0]), np.where(level, 1.0, t[1])
    ends = ax + t * (bx - ax)
    start, end = ends.min(axis=0), ends.max(axis=0)
    middle = bottom + depth_m / 2
    crosses = (ay <= middle) != (by <= middle)
    order = np.lexsort((start, row))
    row, start, end, crosses = row[order], start[order], end[order], crosses[order]
    # furthest end so far within the row: rows are set apart so that one running maximum does
    width = float(end.max() - start.min()) + 1.0
    shift = (row - row[0]) * width - start.min()
    reach = np.maximum.accumulate(end + shift) - shift
    same = row[1:] == row[:-1]
    odd = np.cumsum(crosses)[:-1] % 2 == 1
    free = same & odd & (start[1:] - reach[:-1] > _EPS)
    return row[:-1][free], reach[:-1][free], start[1:][free]


def _edges(shape: BaseGeometry) -> tuple[F8, F8, F8, F8]:
    rings = shapely.get_parts(shapely.get_rings(shapely.get_parts(shape)))
    xy, of = shapely.get_coordinates(rings, return_index=True)
    own = of[1:] == of[:-1]
    a, b = xy[:-1][own], xy[1:][own]
    return a[:, 0], a[:, 1], b[:, 0], b[:, 1]


def _bottoms(rules: ArrayRules, row_m: float, low: float, high: float) -> tuple[F8, I8]:
    """Lower edges of the lattice's rows between two heights, and their block."""
    per_block = rules.block[0]
    period = per_block * rules.pitch_m + rules.road_gap_m
    first = int(np.floor((low - row_m) / period))
    last = int(np.ceil((high - row_m) / period)) + 1
    block = np.repeat(np.arange(first, last), per_block)
    within = np.tile(np.arange(per_block), last - first)
    y = row_m + block * period + within * rules.pitch_m
    keep = (y >= low - _EPS) & (y + rules.depth_m <= high + _EPS)
    return y[keep], block[keep]


def _cut(
    rules: ArrayRules, row: I8, start: F8, end: F8, road_m: float
) -> tuple[I8, I8, F8, I8]:
    """Stretches cut at the roads: of which, block, where they begin, tables they hold."""
    step = rules.step_m
    width = rules.block[1] * step
    period = width + rules.road_m
    first = np.floor((start - road_m) / period).astype(np.int64)
    count = np.floor((end - road_m) / period).astype(np.int64) - first + 1
    of = np.repeat(np.arange(len(row)), count)
    k = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    left = road_m + k * period
    begin = np.maximum(start[of], left)
    room = np.minimum(end[of], left + width) - begin
    n = np.floor(room / step + _EPS).astype(np.int64)
    keep = n > 0
    return of[keep], k[keep], begin[keep], n[keep]


def fill(shape: BaseGeometry, rules: ArrayRules) -> Tables:
    """The tables that fit into a shape.

    Parameters
    ----------
    shape : polygon or multipolygon
        Land inside the setback, in the frame of `turned`.
    rules : ArrayRules

    Notes
    -----
    Rows and roads lie on a lattice fixed to the coordinate system, in one of a fixed set of
    positions; that of most tables is taken, the first of equal ones. Within a row tables stand
    end to end from where the land begins. As every position of the lattice fills a part of a
    shape with no more tables than the whole, so does the best of them: less land never holds
    more.
    """
    low, high = float(shapely.bounds(shape)[1]), float(shapely.bounds(shape)[3])
    period = rules.block[0] * rules.pitch_m + rules.road_gap_m
    blocks = np.arange(_BLOCK_PHASES) / _BLOCK_PHASES * period
    # a road that fits between two rows moves none: every block position is the same
    starts = blocks if rules.road_gap_m > 0.0 else blocks[:1]
    along = rules.block[1] * rules.step_m + rules.road_m
    roads = np.arange(_ROAD_PHASES) / _ROAD_PHASES * along if rules.road_m else np.zeros(1)
    best, most = Lattice(0.0, 0.0), 0
    for b in starts:
        for k in range(_ROW_PHASES):
            row_m = float(b) + k / _ROW_PHASES * rules.pitch_m
            y, _ = _bottoms(rules, row_m, low, high)
            row, start, end = free_spans(shape, y, rules.depth_m)
            keep = end - start >= rules.step_m - _EPS
            row, start, end = row[keep], start[keep], end[keep]
            for road_m in roads if len(row) else ():
                n = int(_cut(rules, row, start, end, float(road_m))[3].sum())
                if n > most:
                    best, most = Lattice(row_m, float(road_m)), n
    if not most:
        best = _fine(shape, rules, low, high)
    return _placed(shape, rules, best, low, high)


def _fine(shape: BaseGeometry, rules: ArrayRules, low: float, high: float) -> Lattice:
    """The position of most tables of a plant that is a table or two, without roads."""
    best, most = Lattice(0.0, 0.0, roads=False), 0
    for k in range(_FINE):
        row_m = k / _FINE * rules.pitch_m
        y, _ = _bottoms(rules, row_m, low, high)
        _, start, end = free_spans(shape, y, rules.depth_m)
        n = int(np.floor((end - start) / rules.step_m + _EPS).sum())
        if n > most:
            best, most = Lattice(row_m, 0.0, roads=False), n
    return best


def _placed(
    shape: BaseGeometry, rules: ArrayRules, lattice: Lattice, low: float, high: float
) -> Tables:
    y, block = _bottoms(rules, lattice.row_m, low, high)
    row, start, end = free_spans(shape, y, rules.depth_m)
    if lattice.roads:
        of, k, begin, n = _cut(rules, row, start, end, lattice.road_m)
    else:
        n = np.floor((end - start) / rules.step_m + _EPS).astype(np.int64)
        of, k, begin = np.arange(len(row)), np.zeros(len(row), dtype=np.int64), start
    each = np.repeat(np.arange(len(n)), n)
    within = np.arange(int(n.sum())) - np.repeat(np.cumsum(n) - n, n)
    rows = row[of][each]
    # half the gap stands on either side of a table
    x = begin[each] + within * rules.step_m + rules.other["table_gap_m"] / 2
    return Tables(lattice, x, y[rows], rows, np.column_stack([block[rows], k[each]]))
