"""Geometries as flat coordinate arrays: what the kernels read, and what a cache can map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.mapped import map_array
from gis.errors import DataError
from gis.say import say
from gis.types import F8, I8

__all__ = [
    "HOLE",
    "LINE",
    "POINT",
    "RAGGED_FILES",
    "SHELL",
    "Ragged",
    "load_ragged",
    "ragged",
    "save_ragged",
    "shapes_of",
]

POINT, LINE, SHELL, HOLE = 0, 1, 2, 3
"""What a part is: a point, a line, the outer ring of a polygon or one of its holes."""


_AT_A_TIME = 50_000  # features flattened in one go

RAGGED_FILES = ("xy", "part", "kind", "feature", "bounds")
"""Names of the arrays, as attributes and as files."""


@dataclass(frozen=True)
class Ragged:
    """Features as ragged coordinates.

    Attributes
    ----------
    xy : (n, 2) float
        Vertices of all parts, one part after the other [m].
    part : (p + 1,) int
        Where each part starts in `xy`.
    kind : (p,) uint8
        `POINT`, `LINE`, `SHELL` or `HOLE`.
    feature : (f + 1,) int
        Where each feature starts in the parts; an empty feature has no part.
    bounds : (f, 4) float
        xmin, ymin, xmax, ymax of each feature; NaN for an empty one.
    """

    xy: F8
    part: I8
    kind: npt.NDArray[np.uint8]
    feature: I8
    bounds: F8

    def __len__(self) -> int:
        return len(self.feature) - 1

    def take(self, index: I8) -> Ragged:
        """The features at `index`, in that order.

        Examples
        --------
        >>> import shapely
        >>> r = ragged([shapely.Point(0, 0), shapely.LineString([(0, 0), (3, 4)])])
        >>> r.take(np.array([1])).xy.tolist()
        [[0.0, 0.0], [3.0, 4.0]]
        """
        index = np.asarray(index, dtype=np.int64)
        parts, feature = _spans(self.feature[:-1][index], self.feature[1:][index])
        points, part = _spans(self.part[:-1][parts], self.part[1:][parts])
        return Ragged(
            xy=np.ascontiguousarray(self.xy[points]),
            part=part,
            kind=self.kind[parts],
            feature=feature,
            bounds=np.ascontiguousarray(self.bounds[index]),
        )


def _spans(start: I8, stop: I8) -> tuple[I8, I8]:
    """Indices start..stop of every span in a row, and the offsets of the spans in them."""
    size = stop - start
    offset = np.zeros(len(size) + 1, dtype=np.int64)
    np.cumsum(size, out=offset[1:])
    index = np.arange(offset[-1], dtype=np.int64)
    index += np.repeat(start - offset[:-1], size)
    return index, offset


def ragged(geoms: Sequence[Any] | npt.NDArray[Any]) -> Ragged:
    """Flatten shapely geometries.

    Parameters
    ----------
    geoms : sequence of shapely geometries
        Of any type, mixed; None and empty ones become features without parts. A third
        coordinate is dropped. Polygons must be valid (no overlapping parts).

    Returns
    -------
    Ragged

    Raises
    ------
    DataError
        When a coordinate is not finite.

    Examples
    --------
    >>> import shapely
    >>> r = ragged([shapely.box(0, 0, 2, 1), None, shapely.Point(5, 5)])
    >>> len(r), r.kind.tolist(), r.feature.tolist()
    (3, [2, 0], [0, 1, 1, 2])
    """
    import shapely  # not needed where coordinates come from a cache

    values = np.asarray(geoms, dtype=object).reshape(-1)
    if len(values) <= _AT_A_TIME:
        return _flat(values, 0)
    # rings as geometries of their own take ten times their vertices: a few at a time
    xy = np.empty((int(shapely.get_num_coordinates(values).sum()), 2))
    bounds = np.empty((len(values), 4))
    part, kind, feature = [np.zeros(1, np.int64)], [], [np.zeros(1, np.int64)]
    n = 0
    for at in range(0, len(values), _AT_A_TIME):
        some = _flat(values[at : at + _AT_A_TIME], at)
        xy[n : n + len(some.xy)] = some.xy
        bounds[at : at + len(some)] = some.bounds
        part.append(some.part[1:] + n)
        kind.append(some.kind)
        feature.append(some.feature[1:] + feature[-1][-1])
        n += len(some.xy)
    return Ragged(
        xy[:n], np.concatenate(part), np.concatenate(kind), np.concatenate(feature), bounds
    )


def _flat(values: npt.NDArray[Any], before: int) -> Ragged:
    """Features flattened in one go; `before` them came others."""
    import shapely

    owner = np.arange(len(values), dtype=np.int64)
    simple = values
    # collections of collections: take parts until only points, lines and polygons are left
    while len(simple) and bool((shapely.get_type_id(simple) > 3).any()):
        simple, index = shapely.get_parts(simple, return_index=True)
        owner = owner[index]
    type_id = shapely.get_type_id(simple)
    keep = (type_id >= 0) & ~shapely.is_empty(simple)
    simple, owner, type_id = simple[keep], owner[keep], type_id[keep]

    area = type_id == 3
    rings, of_ring = shapely.get_rings(simple[area], return_index=True)
    where = np.flatnonzero(area)[of_ring]
    first = np.ones(len(rings), dtype=bool)
    first[1:] = of_ring[1:] != of_ring[:-1]
    rest = np.flatnonzero(~area)
    parts = np.concatenate([rings, simple[rest]])
    order = np.concatenate([where, rest])
    kind = np.concatenate(
        [np.where(first, SHELL, HOLE), np.where(type_id[rest] == 0, POINT, LINE)]
    ).astype(np.uint8)
    by = np.argsort(order, kind="stable")
    parts, kind, owner = parts[by], kind[by], owner[order[by]]

    xy, of_point = shapely.get_coordinates(parts, return_index=True)
    if not np.isfinite(xy).all():
        bad = owner[of_point[~np.isfinite(xy).all(axis=1)][0]]
        raise DataError(
            say("gis.cells.coordinate_not_finite_number"),
            where=say("gis.cells.at_feature", n=before + bad),
        )
    part = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum(np.bincount(of_point, minlength=len(parts)), out=part[1:])
    feature = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=len(values)), out=feature[1:])
    bounds = np.full((len(values), 4), np.nan)
    if len(values):
        bounds[:] = shapely.bounds(values)
    return Ragged(np.ascontiguousarray(xy), part, kind, feature, bounds)


def shapes_of(flat: Ragged) -> npt.NDArray[Any]:
    """Shapely geometries of flattened features; what `ragged` was given, vertex by vertex.

    Returns
    -------
    (f,) geometries
        A feature of several points, lines or polygons is a multi-geometry, one of mixed
        parts a collection, one without parts an empty collection.

    Examples
    --------
    >>> import shapely
    >>> print(shapes_of(ragged([shapely.box(0, 0, 2, 1)]))[0])
    POLYGON ((2 0, 2 1, 0 1, 0 0, 2 0))
    """
    import shapely  # not needed where coordinates come from a cache

    out = np.empty(len(flat), dtype=object)
    for f in range(len(flat)):
        found: list[Any] = []
        shell, holes = None, []

        def closed(shell: Any, holes: list[Any], into: list[Any]) -> None:  # noqa: ANN401
            if shell is not None:
                into.append(shapely.Polygon(shell, holes))

        for p in range(flat.feature[f], flat.feature[f + 1]):
            xy = flat.xy[flat.part[p] : flat.part[p + 1]]
            if flat.kind[p] == HOLE:
                holes.append(xy)
                continue
            closed(shell, holes, found)
            shell, holes = (xy, []) if flat.kind[p] == SHELL else (None, [])
            if flat.kind[p] == POINT:
                found.append(shapely.Point(xy[0]))
            elif flat.kind[p] == LINE:
                found.append(shapely.LineString(xy))
        closed(shell, holes, found)
        if len(found) == 1:
            out[f] = found[0]
            continue
        types = {g.geom_type for g in found}
        if types == {"Polygon"}:
            out[f] = shapely.MultiPolygon(found)
        elif types == {"LineString"}:
            out[f] = shapely.MultiLineString(found)
        elif types == {"Point"}:
            out[f] = shapely.MultiPoint(found)
        else:
            out[f] = shapely.GeometryCollection(found)
    return out


def save_ragged(folder: Path, shapes: Ragged) -> None:
    """Write the arrays of `shapes` as ``.npy`` files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in RAGGED_FILES:
        np.save(folder / f"{name}.npy", getattr(shapes, name), allow_pickle=False)


def load_ragged(folder: Path, *, mapped: bool = False) -> Ragged:
    """Read what `save_ragged` wrote.

    Parameters
    ----------
    mapped : bool
        Map the files into memory instead of reading them.

    Raises
    ------
    DataError
        When a file of the set is missing.
    """
    arrays = {}
    for name in RAGGED_FILES:
        path = folder / f"{name}.npy"
        if not path.exists():
            raise DataError(
                say("gis.cells.prepared_coordinates_incomplete"),
                where=str(path),
                todo=say("gis.cells.delete_cache_folder_made_again"),
            )
        if mapped:
            arrays[name] = map_array(path).array
        else:
            arrays[name] = np.load(path, allow_pickle=False)
    return Ragged(**arrays)
