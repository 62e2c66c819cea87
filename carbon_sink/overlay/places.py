"""Townships an overlay is told by: disjoint, inside the county, with the rest of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from carbon_sink.overlay.areas import ground_areas
from carbon_sink.overlay.pieces import I8, Shapes, polygonal
from gis.cells.area import polygon_area_m2
from gis.crs.systems import CrsLike
from gis.prepared import prepared

__all__ = ["ELSEWHERE", "Places", "places_of", "split_by_place"]

ELSEWHERE = ""
"""Name of the land of the county outside every township."""
_REST_M2 = 1.0


@dataclass(frozen=True)
class Places:
    """Townships of a county.

    Attributes
    ----------
    name : tuple of str
        `ELSEWHERE` for the county outside the townships.
    shape : ndarray of object
        Disjoint polygons that fill the county.
    area_m2 : ndarray of float64
        Ellipsoidal, adjusted so that they add up to the county's.
    control
        What areas with edges straight on the map are multiplied by for that: the county's by
        the national formula over its own so measured; 1e-8 off 1 where its edges are short,
        1e-5 for a box of 3 km.
    """

    name: tuple[str, ...]
    shape: Shapes
    area_m2: npt.NDArray[np.float64]
    control: float


def places_of(
    county: BaseGeometry,
    crs: CrsLike,
    names: Sequence[str] = (),
    shapes: Sequence[BaseGeometry] | Shapes = (),
) -> Places:
    """Disjoint places that fill the county.

    Land of two townships counts with the first; land of none is a place of its own.

    Examples
    --------
    >>> c = shapely.box(630000, 4300000, 632000, 4301000)
    >>> p = places_of(c, 4544, ["西镇"], [shapely.box(630000, 4300000, 631000, 4301000)])
    >>> p.name, round(float(p.area_m2[1] / p.area_m2.sum()), 4)
    (('西镇', ''), 0.5)
    """
    rest: Any = county
    found: dict[str, Any] = {}
    for name, shape in zip(names, shapes, strict=True):
        own = polygonal(np.array([shapely.intersection(rest, shape)], dtype=object))[0]
        rest = polygonal(np.array([shapely.difference(rest, shape)], dtype=object))[0]
        if own.area > _REST_M2:
            key = str(name)
            found[key] = shapely.union(found[key], own) if key in found else own
    if rest.area > _REST_M2 or not found:
        found[ELSEWHERE] = shapely.union(found[ELSEWHERE], rest) if ELSEWHERE in found else rest
    shape = np.array(list(found.values()), dtype=object)
    whole = float(polygon_area_m2([county], crs)[0])
    area = ground_areas(shape, crs)
    control = whole / float(area.sum())
    return Places(tuple(found), shape, area * control, control)


def split_by_place(shapes: Shapes, places: Places) -> tuple[I8, I8, Shapes]:
    """Cut shapes along the places.

    Returns
    -------
    row, place : ndarray of int64
        Which shape, in which place.
    part : ndarray of object
        The shape itself where it lies in one place.
    """
    where = np.full(len(shapes), -1, np.int64)
    if len(places.name) == 1:
        where[:] = 0
    else:
        tree = shapely.STRtree(shapes)
        for k, place in enumerate(places.shape):
            place = prepared(place)
            near = tree.query(place)
            near = near[where[near] < 0]
            where[near[shapely.covers(place, shapes[near])]] = k
    rows = [np.flatnonzero(where >= 0)]
    at = [where[rows[0]]]
    parts = [shapes[rows[0]]]
    rest_row = np.flatnonzero(where < 0)
    if len(rest_row):
        box = shapely.box(*shapely.bounds(shapes[rest_row]).T)
        i, j = shapely.STRtree(places.shape).query(box, predicate="intersects")
        part = polygonal(np.asarray(shapely.intersection(shapes[rest_row[i]], places.shape[j])))
        keep = shapely.area(part) > 1e-6
        rows.append(rest_row[i[keep]])
        at.append(j[keep].astype(np.int64))
        parts.append(part[keep])
    return np.concatenate(rows), np.concatenate(at), np.concatenate(parts)
