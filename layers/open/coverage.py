"""Polygons side by side: those whose edges match no neighbour's, and the union of all.

The library copies every shape it is given; of a large layer it is given
neighbourhoods one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from gis.types import Mask

__all__ = ["union_of", "unmatched"]

Shapes = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]
_AT_A_TIME = 50_000  # polygons of a neighbourhood


def _along_curve(shapes: Shapes) -> Rows:
    """Rows in the order of a curve through the middles of their boxes; empty shapes first."""
    there = ~shapely.is_empty(shapes)
    step = np.full(len(shapes), -1, dtype=np.int64)
    step[there] = geopandas.GeoSeries(shapes[there]).hilbert_distance()
    return np.argsort(step, kind="stable")


def _neighbourhoods(shapes: Shapes) -> Iterator[tuple[Rows, Rows]]:
    """Rows of a neighbourhood, and rows of others whose boxes meet its box."""
    bounds, order = shapely.bounds(shapes), _along_curve(shapes)
    west, south, east, north = np.ascontiguousarray(bounds.T)
    for at in range(0, len(order), _AT_A_TIME):
        rows = order[at : at + _AT_A_TIME]
        low, high = np.fmin.reduce(bounds[rows, :2]), np.fmax.reduce(bounds[rows, 2:])
        near = (west <= high[0]) & (south <= high[1]) & (east >= low[0]) & (north >= low[1])
        near[rows] = False
        yield rows, np.flatnonzero(near)


def unmatched(shapes: Shapes) -> Mask:
    """Polygons with an edge that matches no neighbour's; the edges themselves are let go.

    Parameters
    ----------
    shapes : (n,) polygons
        Valid, on the map; an empty one meets nobody.

    Examples
    --------
    >>> row = np.array([shapely.box(k, 0, k + 1, 1) for k in (0, 1, 1.5)])
    >>> unmatched(row).tolist()
    [False, True, True]
    """

    def of(some: Shapes) -> Mask:
        return np.asarray(~shapely.is_empty(shapely.coverage_invalid_edges(some)))

    if len(shapes) <= _AT_A_TIME:
        return of(shapes)
    out = np.zeros(len(shapes), dtype=bool)
    for rows, near in _neighbourhoods(shapes):
        out[rows] = of(shapes[np.concatenate([rows, near])])[: len(rows)]
    return out


def _coverage_union(shapes: Shapes) -> Any:  # noqa: ANN401
    """The union where neighbours share their edges vertex by vertex."""
    if len(shapes) <= _AT_A_TIME:
        return shapely.coverage_union_all(shapes)
    order = _along_curve(shapes)
    parts = [
        shapely.coverage_union_all(shapes[order[at : at + _AT_A_TIME]])
        for at in range(0, len(order), _AT_A_TIME)
    ]
    return shapely.coverage_union_all(parts)


def union_of(shapes: Shapes, matching: Mask) -> Any:  # noqa: ANN401
    """The union of polygons, quickly where neighbours share their edges vertex by vertex.

    Parameters
    ----------
    shapes : (n,) polygons
    matching : (n,) bool
        The opposite of `unmatched`.

    Examples
    --------
    >>> row = np.array([shapely.box(k, 0, k + 1, 1) for k in (0, 1, 1.5)])
    >>> union_of(row, ~unmatched(row)).area
    2.5
    """
    if matching.all():
        return _coverage_union(shapes)
    if not matching.any():
        return shapely.union_all(shapes)
    # the quick way is right only among those whose edges match; the few others are laid over
    quick = _coverage_union(shapes[matching])
    if not shapely.is_valid(quick):
        return shapely.union_all(shapes)
    return shapely.union_all([quick, *shapes[~matching]])
