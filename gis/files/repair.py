"""Polygons that are not valid: where they cross themselves, and a repair that is reported."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.constants import constants
from gis.crs.systems import CrsLike, as_crs, reproject, same_crs
from gis.errors import DataError
from gis.files.child import in_child
from gis.files.notes import Note
from gis.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

__all__ = ["Repair", "crossings", "moved", "repair_note", "repair_polygons"]

_VERTEX_BYTES = 16


@dataclass(frozen=True)
class Repair:
    """What was wrong with one geometry and what the repair did.

    Attributes
    ----------
    index
        Position of the geometry.
    reason
        GEOS' words, such as ``"Self-intersection"``.
    places
        Where the ring crosses itself (x, y) in the data's units; the first few.
    parts_before, parts_after
        Number of polygons.
    area_change
        Planar area after less before, in squared units of the data, of the parts that the
        even-odd reading and the repair differ in; relative to the area.
    """

    index: int
    reason: str
    places: tuple[tuple[float, float], ...]
    parts_before: int
    parts_after: int
    area_change: float


def crossings(geom: shapely.Geometry, limit: int = 20) -> list[tuple[float, float]]:
    """Points where the rings of a polygon cross or touch themselves or one another.

    Parameters
    ----------
    geom : Polygon or MultiPolygon
    limit : int
        At most so many points.

    Examples
    --------
    A bow tie crosses itself in the middle:

    >>> crossings(shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)]))
    [(1.0, 1.0)]
    >>> crossings(shapely.box(0, 0, 1, 1))
    []

    Two parts that overlap cross one another:

    >>> two = shapely.multipolygons([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    >>> sorted(crossings(two))
    [(1.0, 2.0), (2.0, 1.0)]
    """
    # rings are taken of the parts: get_rings passes over a multipolygon
    rings = shapely.get_rings(shapely.get_parts(geom))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if len(xy) < 2:
        return []
    same = (ring[1:] == ring[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    a, b, owner = xy[:-1][same], xy[1:][same], ring[:-1][same]
    segments = np.asarray(shapely.linestrings(np.stack([a, b], axis=1)))
    tree = shapely.STRtree(segments)
    i, j = tree.query(segments, predicate="intersects")
    keep = i < j
    i, j = i[keep], j[keep]
    meets = np.asarray(shapely.intersection(segments[i], segments[j])).tolist()
    found: dict[tuple[float, float], None] = {}
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for k, o in enumerate(owner.tolist()):
        first.setdefault(o, k)
        last[o] = k
    for p, q, meet in zip(i.tolist(), j.tolist(), meets, strict=True):
        is_point = shapely.get_type_id(meet) == shapely.GeometryType.POINT
        o = int(owner[p])
        neighbours = o == owner[q] and (q == p + 1 or (p == first[o] and q == last[o]))
        if neighbours and is_point:
            continue  # consecutive edges share their vertex
        for x, y in shapely.get_coordinates(meet).tolist():
            found.setdefault((x, y), None)
        if len(found) >= limit:
            break
    return list(found)[:limit]


def repair_polygons(
    geoms: Sequence[Any] | npt.NDArray[Any], where: str = ""
) -> tuple[npt.NDArray[Any], list[Repair]]:
    """Make polygons valid, and say for each that was not what was wrong.

    Parameters
    ----------
    geoms : (n,) geometries
        Points, lines and None pass unchanged.
    where : str
        File and layer, for the message when a ring crosses itself too often to be mended.

    Returns
    -------
    geoms : (n,) geometries
        Valid; what is left of a polygon that had no area is empty.
    repairs : list of Repair

    Examples
    --------
    >>> out, repairs = repair_polygons([shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])])
    >>> repairs[0].reason, repairs[0].places, repairs[0].parts_after
    ('Self-intersection', ((1.0, 1.0),), 2)
    """
    array = np.asarray(geoms, dtype=object).reshape(-1).copy()
    kind = shapely.get_type_id(array)
    suspects = np.flatnonzero(np.isin(kind, (3, 6)))
    large = shapely.get_num_coordinates(array) > constants("limits")["repair_vertices"]
    if not large[suspects].any():
        bad = suspects[~shapely.is_valid(array[suspects])]
        _refuse_tangled(array[bad], where)
        fixed, found = _repaired(array[bad])
    else:
        # a ring that runs to and fro takes the square of its vertices, crossing or not
        _refuse_to_and_fro(array[suspects[large[suspects]]], where)
        bad = suspects[~in_child(shapely.is_valid, array[suspects], where=where)]
        _refuse_tangled(array[bad], where)
        size = int(shapely.get_num_coordinates(array[bad]).sum()) * _VERTEX_BYTES
        fixed, found = in_child(_repaired, array[bad], where=where, size=size)
    array[bad] = fixed
    return array, [replace(r, index=int(bad[r.index])) for r in found]


def _refuse_to_and_fro(shapes: npt.NDArray[Any], where: str) -> None:
    """Refuse an outline of which no library decides in time whether it crosses itself.

    Edges are held against those whose boxes overlap theirs: in an outline that goes round, a
    few; in a comb of long teeth beside one another, all. A sample of edges tells which it is.

    Raises
    ------
    DataError
    """
    limits = constants("limits")
    for shape in shapes:
        a, b = _edges(shape)
        low, high = np.minimum(a, b), np.maximum(a, b)
        n = len(low)
        at = np.linspace(0, n - 1, int(limits["repair_sample"])).astype(int)
        beside = [
            np.count_nonzero(((low <= high[k]) & (high >= low[k])).all(axis=1)) for k in at
        ]
        mean = float(np.mean(beside))
        if n * mean > limits["repair_pairs"]:
            raise DataError(
                say("gis.given.to_and_fro"),
                where=where,
                got=say("gis.given.edges_beside", edges=n, beside=mean),
                todo=say("gis.given.simplify"),
            )


def _edges(shape: shapely.Geometry) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Start and end of every edge of a polygon's rings, (n, 2) each."""
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(shape)), return_index=True
    )
    kept = ring[1:] == ring[:-1]
    return xy[:-1][kept], xy[1:][kept]


def _refuse_tangled(shapes: npt.NDArray[Any], where: str) -> None:
    """Refuse an outline that crosses itself so often that its repair is no outline any more.

    Every crossing becomes a vertex: a scribble of 20,000 edges has some 4e7 of them, which
    fill the memory of the machine. A sample of edges tells how many there are.

    Raises
    ------
    DataError
    """
    limits = constants("limits")
    most = limits["repair_crossings"]
    for shape in shapes:
        a, b = _edges(shape)
        n = len(a)
        if n * (n - 1) / 2 <= most:
            continue
        found = 0
        at = np.linspace(0, n - 1, int(limits["repair_sample"])).astype(int)
        for k in at:
            along, across = b[k] - a[k], b - a
            # two edges cross when the ends of each lie on either side of the other
            own = _side(along, a - a[k]) * _side(along, b - a[k]) < 0
            other = _side(across, a[k] - a) * _side(across, b[k] - a) < 0
            found += int(np.count_nonzero(own & other))
        about = n * found / len(at) / 2
        if about > most:
            raise DataError(
                say("gis.given.tangled"),
                where=where,
                got=say("gis.given.crossings", n=about),
                expected=say("gis.given.crossings_most", n=most),
                todo=say("gis.given.simplify"),
            )


def _side(u: npt.NDArray[Any], v: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sign of the turn from `u` to `v`."""
    turn: npt.NDArray[Any] = np.sign(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
    return turn


def moved(
    gdf: gpd.GeoDataFrame, crs: CrsLike, where: str = "", *, last: bool = False
) -> gpd.GeoDataFrame:
    """Features in another CRS, polygons valid there as well.

    A vertex that moves by a rounding error can cross the edge it lies beside, and the next
    union of such a polygon fails.

    Parameters
    ----------
    last : bool
        As of `gis.crs.systems.reproject`.

    Raises
    ------
    DataError
        As `gis.crs.systems.reproject`.
    """
    out = reproject(gdf, crs, where, last=last)
    if same_crs(as_crs(gdf.crs, where), out.crs):
        return out
    shapes, repairs = repair_polygons(out.geometry.to_numpy(), where)
    return out.set_geometry(shapes, crs=out.crs) if repairs else out


def _repaired(array: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], list[Repair]]:
    """Polygons that are not valid, mended one by one."""
    array = array.copy()
    repairs: list[Repair] = []
    for k in range(len(array)):
        before = array[k]
        reason = re.sub(r"\[.*", "", str(shapely.is_valid_reason(before))).strip()
        fixed = shapely.make_valid(before, method="structure", keep_collapsed=False)
        parts = [
            p
            for p in shapely.get_parts(fixed)
            if shapely.get_type_id(p) == shapely.GeometryType.POLYGON
        ]
        after = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
        was = float(shapely.area(before))
        change = (float(shapely.area(after)) - was) / was if was else 0.0
        repairs.append(
            Repair(
                k,
                reason,
                tuple(crossings(before)),
                len(shapely.get_parts(before)),
                len(parts),
                change,
            )
        )
        array[k] = after
    return array, repairs


# GEOS's words for what is wrong with a polygon -> the sentence for it
_REASONS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "ring_self_intersection",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "nested_holes",
    "Nested shells": "nested_shells",
    "Interior is disconnected": "disconnected",
    "Too few points in geometry component": "too_few",
    "Duplicate Rings": "duplicate_rings",
    "Invalid Coordinate": "coordinate",
    "Ring is not closed": "not_closed",
}


def _reason(text: str) -> str:
    key = _REASONS.get(text)
    return say(f"gis.files.reason_{key}") if key else text


def repair_note(repairs: Sequence[Repair], where: str, parcels: Sequence[str] = ()) -> Note:
    """What was repaired in a file, in a sentence; the first repair with its places.

    Parameters
    ----------
    repairs : sequence of Repair
        At least one.
    where : str
        File and layer.
    parcels : sequence of str, optional
        Name of the parcel of each repair, where the file has names.

    Examples
    --------
    >>> repair_note([Repair(0, "Self-intersection", ((1.0, 1.0),), 1, 2, 0.0)], "a")("en")
    'a: 1 invalid polygon was repaired. Number 1: Self-intersection at (1, 1); ...'
    """
    first = repairs[0]
    at = ", ".join(f"({x:.10g}, {y:.10g})" for x, y in first.places[:6])
    worst = max(abs(r.area_change) for r in repairs)
    which = (
        say("gis.files.which_parcel", name=parcels[0])
        if parcels
        else say("gis.files.which_number", n=first.index + 1)
    )
    return Note(
        "repaired",
        where,
        say(
            "gis.files.repaired",
            n=len(repairs),
            which=which,
            reason=_reason(first.reason),
            at=at,
            worst=worst,
        ),
        {"n": float(len(repairs)), "area_change_frac": worst},
    )
