"""Many geometries at once, land by land: cut, joined and taken from one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["LONG", "areas_of_each", "by_land", "clipped", "less", "meet", "nothing", "plus"]

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

LONG = 64
"""Points; shorter features are taken whole, once for all land near them."""
_EMPTY = shapely.MultiPolygon()
_AREAS = (3, 6)  # shapely: polygon, polygons


def areas_of_each(geometries: Array) -> Array:
    """The polygons of each; points and lines of an intersection have no area."""
    kinds = shapely.get_type_id(geometries)
    odd = np.flatnonzero(~np.isin(kinds, _AREAS))
    if not len(odd):
        return geometries
    out = geometries.copy()
    for i in odd:
        parts = shapely.get_parts(shapely.get_parts(geometries[i]))
        kept = parts[np.isin(shapely.get_type_id(parts), _AREAS)]
        out[i] = shapely.union_all(kept) if len(kept) else _EMPTY
    return out


def nothing(n: int) -> Array:
    """Empty areas."""
    out = np.empty(n, dtype=object)
    out[:] = _EMPTY
    return out


def by_land(land: Ints, geometries: Array) -> tuple[Ints, Array]:
    """Lands that have any, and the union of what belongs to each."""
    order = np.argsort(land, kind="stable")
    land, geometries = land[order], geometries[order]
    start = np.flatnonzero(np.diff(land, prepend=-1))
    ends = np.append(start[1:], len(land)) if len(start) else start
    out = geometries[start].copy()
    for i, (a, b) in enumerate(zip(start, ends, strict=True)):
        if b - a > 1:
            out[i] = shapely.union_all(geometries[a:b])
    return land[start], out


def clipped(shapes: Array, lands: Array, beyond_m: Any) -> Array:  # noqa: ANN401
    """Features cut to the box of the land beside each and some metres around; short ones whole.

    Parameters
    ----------
    beyond_m : float or (n,) float
    """
    out = shapes.copy()
    beyond = np.broadcast_to(beyond_m, len(shapes))
    for i in np.flatnonzero(shapely.get_num_coordinates(shapes) > LONG):
        xmin, ymin, xmax, ymax = lands[i].bounds
        d = beyond[i]
        part = shapely.clip_by_rect(shapes[i], xmin - d, ymin - d, xmax + d, ymax + d)
        if shapely.is_valid(part) and not shapely.is_empty(part):
            out[i] = part
    return out


def _pairwise(op: Callable[[Array, Array], Array], a: Array, b: Array, both: bool) -> Array:  # noqa: FBT001 - see below
    """`op` where its outcome is not plain: both operands there, or the second."""
    there = ~shapely.is_empty(b)
    if both:
        there &= ~shapely.is_empty(a)
    out = a.copy() if not both else nothing(len(a))
    if there.any():
        out[there] = op(a[there], b[there])
    return areas_of_each(out)


def meet(a: Array, b: Array) -> Array:
    """What each pair has in common."""
    return _pairwise(shapely.intersection, a, b, True)


def less(a: Array, b: Array) -> Array:
    """What each of the first has beyond the second."""
    return _pairwise(shapely.difference, a, b, False)


def plus(a: Array, b: Array) -> Array:
    """Each pair together."""
    return _pairwise(shapely.union, a, b, False)
