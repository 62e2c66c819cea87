"""Polygons flattened fast, refusing what has no area."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.ragged import HOLE, SHELL, Ragged
from gis.errors import DataError
from gis.say import say

__all__ = ["Geometries", "check_vertices", "polygon_rings"]

Geometries: TypeAlias = shapely.Geometry | Sequence[Any] | npt.NDArray[Any] | Ragged

_POLYGONAL = (-1, 3, 6)  # None, Polygon, MultiPolygon
_COLLECTION = 7


def check_vertices(shapes: npt.NDArray[Any], where: str) -> None:
    """Refuse what is no geometry, and vertices that are no numbers; None is no shape.

    Raises
    ------
    DataError
        With what to give instead.
    """
    if not all(one is None or isinstance(one, shapely.Geometry) for one in shapes):
        raise DataError(
            say("gis.cells.area_needs_polygons"),
            where=where,
            expected=say("gis.cells.polygon_multipolygon"),
            todo=say("gis.cells.area_give_shapes"),
        )
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise DataError(
            say("gis.cells.coordinate_not_finite_number"),
            where=where,
            got="NaN",
            todo=say("gis.cells.area_make_valid"),
        )


def polygon_rings(geoms: Geometries, where: str = "", *, first_number: int = 0) -> Ragged:
    """Flatten polygons and multipolygons.

    Parameters
    ----------
    geoms : geometry, sequence, array or GeoSeries of n geometries, or a Ragged
        None and empty geometries have no rings; of a collection only its polygons count.
        A `Ragged` is given back as it is.
    where : str
        What they are, for messages.
    first_number : int
        Number of the first of them in what `where` names.

    Raises
    ------
    DataError
        When a point or a line is among them, with the number of the first.

    Examples
    --------
    >>> r = polygon_rings([shapely.box(0, 0, 1, 1), None])
    >>> len(r), r.part.tolist(), r.feature.tolist()
    (2, [0, 5], [0, 1, 1])
    """
    if isinstance(geoms, Ragged):
        bad_parts = np.flatnonzero((geoms.kind != SHELL) & (geoms.kind != HOLE))
        if bad_parts.size:
            i = int(np.searchsorted(geoms.feature, bad_parts[0], side="right")) - 1
            raise _not_a_polygon(where, i, say("gis.cells.point_or_line"))
        return geoms
    array = np.asarray(geoms, dtype=object).reshape(-1)
    kind = shapely.get_type_id(array)
    empty = shapely.is_empty(array)
    bad = ~np.isin(kind, (*_POLYGONAL, _COLLECTION)) & ~empty
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        raise _not_a_polygon(where, first_number + i, str(array[i].geom_type))
    if (kind == _COLLECTION).any():
        array = array.copy()
        for k in np.flatnonzero(kind == _COLLECTION):
            array[k] = shapely.multipolygons(_polygons_of(array[k]))
        empty = shapely.is_empty(array)
    n = len(array)
    keep = np.flatnonzero((kind >= 0) & ~empty)
    feature = np.zeros(n + 1, dtype=np.int64)
    bounds = np.full((n, 4), np.nan)
    if keep.size == 0:
        none = np.empty((0, 2))
        return Ragged(none, np.zeros(1, np.int64), np.empty(0, np.uint8), feature, bounds)
    # Multipolygon offsets always have three levels, polygons two: bring both to one form.
    geom_type, xy, offsets = shapely.to_ragged_array(array[keep], include_z=False)
    part, shell = offsets[0], offsets[1]
    first = shell if geom_type == shapely.GeometryType.POLYGON else shell[offsets[2]]
    ring_kind = np.full(len(part) - 1, HOLE, np.uint8)
    ring_kind[shell[:-1][np.diff(shell) > 0]] = SHELL
    counts = np.zeros(n, np.int64)
    counts[keep] = np.diff(first)
    np.cumsum(counts, out=feature[1:])
    bounds[keep] = shapely.bounds(array[keep])
    return Ragged(np.ascontiguousarray(xy), part.astype(np.int64), ring_kind, feature, bounds)


def _not_a_polygon(where: str, index: int, got: str) -> DataError:
    return DataError(
        say("gis.cells.area_needs_polygons"),
        where=say(
            "gis.cells.at_feature_of", layer=where or say("gis.cells.at_geometries"), n=index
        ),
        got=got,
        expected=say("gis.cells.polygon_multipolygon"),
    )


def _polygons_of(geom: shapely.Geometry) -> list[Any]:
    """All polygons of a nested collection."""
    out: list[Any] = []
    for part in shapely.get_parts(geom):
        kind = shapely.get_type_id(part)
        if kind == shapely.GeometryType.POLYGON:
            if not shapely.is_empty(part):
                out.append(part)
        elif kind > shapely.GeometryType.POLYGON:
            out.extend(_polygons_of(part))
    return out
