"""Two coverages cut into pieces: a parcel of the earlier date on a parcel of the later one.

Everything is a flat array over pieces; a piece without a parcel at one date has -1 there.
Parcels whose outline did not move are found by their bytes and never cut.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

__all__ = ["NONE", "Pieces", "cut", "grouped", "grouped_union", "pieces_of", "polygonal"]

Shapes = npt.NDArray[Any]
I8 = npt.NDArray[np.int64]

NONE = -1
"""No parcel at this date."""
_CRUMB_M2 = 1e-3
"""What two edges that should be one leave behind when they are cut; it is nobody's land."""
_SHORT_M2 = 0.05
"""Less of a parcel than this not found at the other date is the sum of such crumbs."""
_AT_A_TIME = 20_000


@dataclass(frozen=True)
class Pieces:
    """Land of two dates, cut so that each piece has one parcel at each.

    Attributes
    ----------
    before, after : ndarray of int64, shape (n,)
        Row of the parcel of either date, `NONE` where that survey has none.
    shape : ndarray of object, shape (n,)
        Polygons.
    plane_m2 : ndarray of float64, shape (n,)
        Area on the map [m2].
    """

    before: I8
    after: I8
    shape: Shapes
    plane_m2: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.before)


def polygonal(shapes: Shapes) -> Shapes:
    """Polygons only: lines and points that a cut leaves are dropped.

    Examples
    --------
    >>> mixed = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.Point(5, 5)])
    >>> polygonal(np.array([mixed, shapely.Point(0, 0)]))[0].area
    1.0
    """
    out = np.asarray(shapes, dtype=object).copy()
    kind = shapely.get_type_id(out)
    out[np.isin(kind, (0, 1, 2, 4, 5))] = shapely.Polygon()
    for k in np.flatnonzero(kind == 7):
        parts = shapely.get_parts(shapely.get_parts(out[k]))
        parts = parts[shapely.get_type_id(parts) == 3] if len(parts) else parts
        out[k] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return out


def cut(left: Shapes, right: Shapes) -> Shapes:
    """Intersection pair by pair, on two threads."""
    n = len(left)
    starts = range(0, n, _AT_A_TIME)

    def one(at: int) -> Shapes:
        some = slice(at, at + _AT_A_TIME)
        return np.asarray(shapely.intersection(left[some], right[some]))

    if n <= _AT_A_TIME:
        return one(0) if n else np.empty(0, object)
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(pool.map(one, starts)))


def grouped(shapes: Shapes, group: I8, n: int) -> Shapes:
    """Collections of the shapes of each group 0 .. n-1; empty for a group of none."""
    out = np.full(n, shapely.GeometryCollection(), dtype=object)
    order = np.argsort(group, kind="stable")
    shapely.geometrycollections(shapes[order], indices=group[order], out=out)
    return out


def grouped_union(shapes: Shapes, group: I8, n: int) -> Shapes:
    """Union of the shapes of each group 0 .. n-1.

    Examples
    --------
    >>> two = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> [g.area for g in grouped_union(two, np.array([0, 0]), 1)]
    [2.0]
    """
    held = grouped(shapes, group, n)

    def one(at: int) -> Shapes:
        return np.asarray(shapely.union_all(held[at : at + 2000, None], axis=1))

    starts = range(0, n, 2000)
    if not n:
        return held
    with ThreadPoolExecutor(2) as pool:
        return polygonal(np.concatenate(list(pool.map(one, starts))))


def _same(before: Shapes, after: Shapes) -> tuple[I8, I8]:
    """Rows of polygons that are the same at both dates, ring by ring."""
    keys = [pd.Index(shapely.to_wkb(shapely.normalize(s))) for s in (before, after)]
    lone = ~keys[0].duplicated(keep=False)
    if not keys[1].is_unique:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    found = keys[1].get_indexer(keys[0]).astype(np.int64)
    hit = np.flatnonzero((found >= 0) & lone)
    return hit, found[hit]


def _rest(shapes: Shapes, row: I8, other: Shapes, column: I8, area: Any) -> tuple[I8, Shapes]:  # noqa: ANN401
    """Rows of `shapes` that are not whole under their `other` parcels, and what is left."""
    whole = shapely.area(shapes)
    found = np.bincount(row, weights=area, minlength=len(shapes))
    short = np.flatnonzero(whole - found > _SHORT_M2 + 1e-9 * whole)
    met = np.isin(row, short)
    place = np.full(len(shapes), -1, np.int64)
    place[short] = np.arange(len(short))
    cover = grouped_union(other[column[met]], place[row[met]], len(short))
    left = polygonal(np.asarray(shapely.difference(shapes[short], cover)))
    keep = shapely.area(left) > _SHORT_M2
    return short[keep], left[keep]


def pieces_of(before: Shapes, after: Shapes) -> Pieces:
    """Cut two coverages into pieces.

    Parameters
    ----------
    before, after : (n,), (m,) polygons
        Valid, in one system of the plane; within each, no land twice.

    Returns
    -------
    Pieces
        Together they are the union of both coverages.

    Examples
    --------
    >>> old = np.array([shapely.box(0, 0, 10, 10)])
    >>> new = np.array([shapely.box(0, 0, 4, 10), shapely.box(4, 0, 12, 10)])
    >>> p = pieces_of(old, new)
    >>> sorted(zip(p.before.tolist(), p.after.tolist(), p.plane_m2.tolist()))
    [(-1, 1, 20.0), (0, 0, 40.0), (0, 1, 60.0)]
    """
    before, after = (np.asarray(s, dtype=object) for s in (before, after))
    same_b, same_a = _same(before, after)
    free_b = np.setdiff1d(np.arange(len(before)), same_b)
    free_a = np.setdiff1d(np.arange(len(after)), same_a)
    i, j = shapely.STRtree(after[free_a]).query(before[free_b])
    i, j = free_b[i], free_a[j]
    shape = polygonal(cut(before[i], after[j]))
    area = shapely.area(shape)
    keep = area > _CRUMB_M2
    i, j, shape, area = i[keep], j[keep], shape[keep], area[keep]
    row = np.concatenate([same_b, i])
    column = np.concatenate([same_a, j])
    shape = np.concatenate([before[same_b], shape])
    area = np.concatenate([shapely.area(before[same_b]), area])
    lost, lost_shape = _rest(before, row, after, column, area)
    come, come_shape = _rest(after, column, before, row, area)
    none = np.full(len(lost), NONE), np.full(len(come), NONE)
    shape = np.concatenate([shape, lost_shape, come_shape])
    return Pieces(
        np.concatenate([row, lost, none[1]]).astype(np.int64),
        np.concatenate([column, none[0], come]).astype(np.int64),
        shape,
        shapely.area(shape),
    )
