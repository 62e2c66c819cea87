"""Outlines of parcels held against each other: land drawn twice, wedges, gaps, the union.

What was found of a large layer is kept in the cache, by the outlines themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygonal, to_ha
from gis.machine import give_back_memory
from gis.prepared import prepared
from gis.toml import read_toml
from gis.types import Mask
from layers.open.coverage import union_of, unmatched
from layers.open.kept import Arrays, kept_arrays
from layers.open.read_layer import Key, opened

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "ParcelFault",
    "counted_once",
    "inside_county",
    "layer_counted_once",
    "layer_outlines",
    "outline_faults",
    "overlaps",
    "row_words",
]

Shapes = npt.NDArray[Any]
Pair = tuple[int, int, Any]
_MANY = 100_000  # polygons whose copies are worth giving back
_AT_A_TIME = 10_000  # polygons whose bytes are in memory at once


def _limits(part: str) -> Any:  # noqa: ANN401 - a table of data
    return read_toml("layers.open", "acceptance.toml")[part]


@dataclass(frozen=True)
class ParcelFault:
    """One fault: what, of which parcel, where.

    Attributes
    ----------
    kind
        What is wrong.
    row, other
        Row of the parcel, and of the earlier one it meets; -1 for none.
    shape
        The land that is meant, on the map.
    area_m2
        Of that land.
    got, expected
        What the table says and should; NaN where there is nothing to say.
    name
        Of a parcel that is no row of the table.
    """

    kind: str
    row: int
    shape: Any
    area_m2: float
    other: int = -1
    got: float = float("nan")
    expected: float = float("nan")
    name: str = ""


# ---------------------------------------------------------------- land counted once


def _meeting(shapes: Shapes, rows: npt.NDArray[np.int64]) -> tuple[Any, Any]:
    """Rows and all polygons that meet them; the tree is of the rows, which are few."""
    other, some = shapely.STRtree(shapes[rows]).query(shapes)
    one = rows[some]
    meets = shapely.intersects(shapes[one], shapes[other])
    return one[meets], other[meets]


def _pairs(shapes: Shapes, apart: Mask, least_m2: float) -> list[Pair]:
    """Polygons that share land, sought from those with an edge that matches no neighbour's.

    How often land is covered changes at such an edge alone. So land that is covered twice is
    bounded by them, at one of its sides ends a polygon that has one, and from it all others
    are found by going on from those that share land to what lies beside them.
    """
    found: dict[tuple[int, int], Any] = {}
    asked = np.zeros(len(shapes), dtype=bool)
    rows = np.flatnonzero(apart)
    while len(rows):
        asked[rows] = True
        one, other = _meeting(shapes, rows)
        left, right = np.minimum(one, other), np.maximum(one, other)
        left, right = np.unique(np.column_stack([left, right])[left != right], axis=0).T
        new = np.array(
            [p not in found for p in zip(left.tolist(), right.tolist(), strict=True)], bool
        )
        left, right = left[new], right[new]
        shared = shapely.intersection(shapes[left], shapes[right])
        hit = np.flatnonzero(shapely.area(shared) > least_m2)
        found |= {(int(left[k]), int(right[k])): polygonal(shared[k]) for k in hit}
        both = np.unique(np.concatenate([left[hit], right[hit]]))
        beside = np.unique(_meeting(shapes, both)[1])
        rows = beside[~asked[beside]]
    return [(i, j, found[i, j]) for i, j in sorted(found)]


def overlaps(
    shapes: Shapes, *, least_m2: float | None = None, apart: Mask | None = None
) -> list[Pair]:
    """Pairs of polygons that share land, and the land they share.

    A coverage whose edges match has no overlap: it is looked for where an edge does not. A
    vertex more on one side of an edge is none either.

    Parameters
    ----------
    shapes : (n,) polygons
        Valid, on the map.
    least_m2 : float, optional
        Less shared land than this is none; that of ``acceptance.toml`` when not given.
    apart : (n,) bool, optional
        Where it is known: polygons of which an edge matches no neighbour's.

    Returns
    -------
    list of (row, later row, polygons)

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10)])
    >>> [(i, j, p.area) for i, j, p in overlaps(pair)]
    [(0, 1, 10.0)]

    An island drawn on a parcel whose own edges all match:

    >>> cells = [shapely.box(x, y, x + 10, y + 10) for x in (0, 10, 20) for y in (0, 10, 20)]
    >>> [(i, j, p.area) for i, j, p in overlaps([*cells, shapely.box(12, 12, 18, 18)])]
    [(4, 9, 36.0)]
    """
    shapes = np.asarray(shapes, dtype=object)
    least = _limits("overlap")["least_m2"] if least_m2 is None else least_m2
    return _pairs(shapes, unmatched(shapes) if apart is None else apart, least)


def counted_once(
    shapes: Shapes,
    *,
    least_m2: float | None = None,
    words: Callable[[int], str] | None = None,
    apart: Mask | None = None,
) -> Shapes:
    """Polygons without the land another has: nothing counts twice, whatever their order.

    Of two that share land the smaller keeps it: it was drawn on the larger, which lacks a hole.
    Of two of one size the one that lies more to the west or south does, of two on one place the
    one whose `words` are first.

    Parameters
    ----------
    shapes : (n,) polygons
    least_m2 : float, optional
        See `overlaps`.
    words : callable, optional
        What a row says, asked for polygons that are drawn twice.
    apart : (n,) bool, optional
        See `overlaps`.

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10)])
    >>> [g.area for g in counted_once(pair)], [g.area for g in counted_once(pair[::-1])]
    ([100.0, 90.0], [90.0, 100.0])
    """
    given = np.asarray(shapes, dtype=object)
    out = given.copy()

    def rank(row: int) -> tuple[float, ...]:
        return (round(given[row].area, 3), *(round(v, 3) for v in given[row].bounds))

    for a, b, shared in overlaps(given, least_m2=least_m2, apart=apart):
        first, second = rank(a), rank(b)
        if first == second and words is not None:
            loses = b if words(a) <= words(b) else a
        else:
            loses = b if first <= second else a
        out[loses] = polygonal(shapely.difference(out[loses], shared))
    return out


def row_words(frame: gpd.GeoDataFrame) -> Callable[[int], str]:
    """What a row of a table says beside its shape, for `counted_once`."""

    def words(row: int) -> str:
        return "|".join(map(str, frame.drop(columns=frame.geometry.name).iloc[row]))

    return words


def inside_county(shapes: Shapes, county: BaseGeometry) -> Shapes:
    """Polygons cut to the county; those that lie in it whole are the same objects.

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(95, 0, 105, 10)])
    >>> [g.area for g in inside_county(pair, shapely.box(-1, -1, 100, 100))]
    [100.0, 50.0]
    """
    out = np.asarray(shapes, dtype=object).copy()
    county = prepared(county)
    cut = np.flatnonzero(~shapely.covers(county, out))
    out[cut] = [polygonal(g) for g in shapely.intersection(out[cut], county)]
    return out


@lru_cache(maxsize=8)
def _changes(key: Key, county_wkb: bytes, least_m2: float | None) -> tuple[Any, ...]:
    """Rows and shapes cut to the county, then those cut by another one: few of a layer."""
    frame = opened(*key)[0]
    shapes = np.asarray(frame.geometry.array, dtype=object)
    inside = inside_county(shapes, shapely.from_wkb(county_wkb))
    # those that share no land share none when they are cut
    apart = np.zeros(len(shapes), dtype=bool)
    apart[_apart(key)] = True
    once = counted_once(inside, least_m2=least_m2, words=row_words(frame), apart=apart)
    cut, later = (
        np.flatnonzero([a is not b for a, b in zip(x, y, strict=True)])
        for x, y in ((shapes, inside), (inside, once))
    )
    return cut, inside[cut], later, once[later]


def layer_counted_once(
    key: Key, county: BaseGeometry, *, least_m2: float | None = None
) -> tuple[Shapes, Shapes]:
    """`inside_county` of a layer and `counted_once` of that, found once for all that ask.

    Parameters
    ----------
    key
        Of the layer, as `opened` takes it.
    county : polygon
        In the plan CRS.
    least_m2 : float, optional
        See `overlaps`.

    Returns
    -------
    inside, once : (n,) polygons
        New arrays; shapes that are whole are those of the layer.
    """
    cut, cut_shapes, later, later_shapes = _changes(key, shapely.to_wkb(county), least_m2)
    inside = np.asarray(opened(*key)[0].geometry.array, dtype=object).copy()
    inside[cut] = cut_shapes
    once = inside.copy()
    once[later] = later_shapes
    return inside, once


# ---------------------------------------------------------------- faults of outlines


def _packed(shapes: Sequence[Any]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(shapely.to_wkb(shapely.geometrycollections(shapes)), dtype=np.uint8)


def _unpacked(kept: npt.NDArray[np.uint8]) -> Shapes:
    return np.asarray(shapely.get_parts(shapely.from_wkb(kept.tobytes())))


def _bytes_of(shapes: Shapes) -> Iterator[bytes]:
    for at in range(0, len(shapes), _AT_A_TIME):
        yield from shapely.to_wkb(shapes[at : at + _AT_A_TIME])


@lru_cache(maxsize=8)
def _apart(key: Key) -> npt.NDArray[np.int64]:
    """Rows of a layer's polygons of which an edge matches no neighbour's, kept likewise."""
    shapes = np.asarray(opened(*key)[0].geometry.array, dtype=object)
    found = kept_arrays(
        "outlines",
        chain((b"apart",), _bytes_of(shapes)),
        lambda: {"rows": np.flatnonzero(unmatched(shapes))},
    )
    return found["rows"]


@lru_cache(maxsize=4)
def layer_outlines(key: Key) -> tuple[tuple[Pair, ...], Any]:
    """Pairs of a layer's polygons that share land, and the union of all, in the plan CRS.

    Kept between starts, by the polygons themselves.
    """
    shapes = np.asarray(opened(*key)[0].geometry.array, dtype=object)
    least = float(_limits("overlap")["least_m2"])

    def make() -> Arrays:
        apart = np.zeros(len(shapes), dtype=bool)
        apart[_apart(key)] = True
        pairs = _pairs(shapes, apart, least)
        rows = np.array([p[:2] for p in pairs], dtype=np.int64).reshape(-1, 2)
        apart[rows] = True  # edges that match do not make a coverage of what lies twice
        union = union_of(shapes, ~apart)
        if len(shapes) > _MANY:
            give_back_memory()  # of the copy the library makes of every shape
        return {
            "rows": rows,
            "shared": _packed([p[2] for p in pairs]),
            "union": _packed([union]),
        }

    made_of = chain((b"outlines of all", str(least).encode()), _bytes_of(shapes))
    found = kept_arrays("outlines", made_of, make)
    shared = _unpacked(found["shared"])
    pairs = [(int(i), int(j), p) for (i, j), p in zip(found["rows"], shared, strict=True)]
    return tuple(pairs), _unpacked(found["union"])[0]


def _width_m(shape: Any) -> float:  # noqa: ANN401
    return 2.0 * float(shapely.area(shape)) / max(float(shapely.length(shape)), 1e-9)


def outline_faults(key: Key, county: Any) -> Iterator[ParcelFault]:  # noqa: ANN401
    """Parcels twice, wedges, overlaps, several parts and gaps of a layer, by the map's areas.

    Parameters
    ----------
    key
        Of the layer, as `opened` takes it.
    county : polygon
        In the plan CRS; gaps outside are none.
    """
    shapes = np.asarray(opened(*key)[0].geometry.array)
    pairs, union = layer_outlines(key)
    limits = _limits("overlap")
    size = shapely.area(shapes)
    for i, j, shared in pairs:
        area = float(shapely.area(shared))
        least = min(size[i], size[j])
        twice = abs(size[i] - size[j]) <= limits["same_frac"] * least
        if twice and area >= least * (1 - limits["same_frac"]):
            yield ParcelFault("doubled", j, shared, area, i)
        elif _width_m(shared) < limits["wedge_m"]:
            yield ParcelFault("wedge", j, shared, area, i)
        else:
            yield ParcelFault("overlap", j, shared, area, i)
    parts = shapely.get_num_geometries(shapes)
    for k in np.flatnonzero(parts > 1):
        yield ParcelFault("multi_part", int(k), shapes[k], float(size[k]), got=float(parts[k]))
    yield from _gaps(shapes, union, county)


def _gaps(shapes: Shapes, union: Any, county: Any) -> Iterator[ParcelFault]:  # noqa: ANN401
    """Holes between the parcels, inside the county."""
    least, most = _limits("overlap"), _limits("gap")["most_ha"]
    outline = shapely.get_parts(polygonal(union))
    rings = [shapely.Polygon(ring) for part in outline for ring in part.interiors]
    holes = [polygonal(shapely.intersection(r, county)) for r in rings]
    holes = [h for h in holes if h.area > least["least_m2"] and to_ha(h.area) <= most]
    if not holes:
        return
    tree = shapely.STRtree(shapes)
    for hole, row in zip(holes, tree.nearest(shapely.boundary(holes)), strict=True):
        kind = "wedge_gap" if _width_m(hole) < least["wedge_m"] else "gap"
        yield ParcelFault(kind, int(row), hole, float(hole.area))
