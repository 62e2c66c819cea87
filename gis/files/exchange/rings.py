"""The shape of a parcel whose rings are written one after another, their order kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.errors import Fault
from gis.files.repair import Repair, repair_polygons
from gis.say import say

if TYPE_CHECKING:
    from gis.files.exchange.lines import ParcelText

__all__ = ["ParcelShape", "nested", "parcel_shape"]


@dataclass(frozen=True, eq=False)
class ParcelShape:
    """A parcel as a polygon.

    Attributes
    ----------
    shape
        Polygon or multipolygon; rings begin and run as they are written unless `repairs` or
        `joined` says otherwise.
    order
        Ring of the text each ring of `shape` is, in the order parts and holes have; empty
        when rings had to be mended or joined.
    opened
        Rings that do not repeat their first point at the end.
    repairs
        What was mended.
    joined
        Whether rings that overlap or share an edge became others (even-odd).
    """

    shape: Any
    order: tuple[str, ...] = ()
    opened: frozenset[str] = frozenset()
    repairs: tuple[Repair, ...] = ()
    joined: bool = False


def parcel_shape(parcel: ParcelText, where: str, faults: list[Fault]) -> ParcelShape:
    """Polygon of one parcel; a ring inside another is a hole, one outside another part.

    Parameters
    ----------
    parcel : ParcelText
    where : str
        File and parcel, for messages.
    faults : list of Fault
        Rings that are too short or do not close are added. A ring may leave out the repeated
        first point when its last point has a name of its own and the parcel has as many
        points as its own line declares.
    """
    if not parcel.rings:
        faults.append(Fault(say("gis.files.parcel_without_points"), where=where))
    polygons: dict[str, Any] = {}
    opened: set[str] = set()
    whole = parcel.cells.get("n_points", "") == str(parcel.n_lines)
    for name, ring in parcel.rings.items():
        first, last = parcel.ends[name]
        may_be_open = whole and first != last and len(ring) > 2
        if ring[0] != ring[-1] and may_be_open:
            opened.add(name)
            polygons[name] = shapely.Polygon([*ring, ring[0]])
        elif len(ring) < 4:
            faults.append(
                Fault(
                    say("gis.files.ring_has_too_few_points", name=name),
                    where=where,
                    got=str(len(ring)),
                )
            )
        elif ring[0] != ring[-1]:
            faults.append(
                Fault(
                    say("gis.files.ring_not_closed", name=name),
                    where=where,
                    got=say("gis.files.first_last", first=ring[0], last=ring[-1]),
                    todo=say("gis.files.repeat_first_point_at_end"),
                )
            )
        else:
            polygons[name] = shapely.Polygon(ring)
    if len(polygons) < 2:
        shape = next(iter(polygons.values()), shapely.Polygon())
        return ParcelShape(shape, tuple(polygons), frozenset(opened))
    valid, repairs = repair_polygons(list(polygons.values()), where)
    if not repairs:
        found = nested(list(polygons.values()))
        if found is not None:
            order = tuple(list(polygons)[k] for k in found[1])
            return ParcelShape(found[0], order, frozenset(opened))
    shape = shapely.Polygon()
    for one in valid:
        shape = shapely.symmetric_difference(shape, one)
    return ParcelShape(shape, (), frozenset(opened), tuple(repairs), joined=not repairs)


def nested(rings: Sequence[Any]) -> tuple[Any, tuple[int, ...]] | None:
    """Shells with their holes; points begin and run as in the rings.

    Parameters
    ----------
    rings : sequence of Polygon
        Valid, without holes.

    Returns
    -------
    shape : Polygon or MultiPolygon
    order : tuple of int
        Which ring each ring of `shape` is.
    None
        When rings cross or share an edge.

    Examples
    --------
    >>> outer, hole = shapely.box(0, 0, 9, 9), shapely.box(2, 2, 3, 3)
    >>> shape, order = nested([hole, outer])
    >>> shape.area, order, nested([outer, shapely.box(5, 5, 12, 12)])
    (80.0, (1, 0), None)
    """
    shapes = np.asarray(rings, dtype=object)
    if len(shapes) == 1:
        return shapes[0], (0,)
    inner, outer = shapely.STRtree(shapes).query(shapes, predicate="within")
    around: list[list[int]] = [[] for _ in shapes]
    for i, j in zip(inner.tolist(), outer.tolist(), strict=True):
        if i != j:
            around[i].append(j)
    depth = [len(a) for a in around]
    holes: dict[int, list[int]] = {i: [] for i in range(len(shapes)) if depth[i] % 2 == 0}
    for i, own in enumerate(around):
        if depth[i] % 2:
            shell = next((j for j in own if depth[j] == depth[i] - 1), None)
            if shell is None:
                return None
            holes[shell].append(i)
    parts = [
        shapely.Polygon(shapes[s].exterior, [shapes[h].exterior for h in inside])
        for s, inside in holes.items()
    ]
    shape = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    if not shapely.is_valid(shape):
        return None
    return shape, tuple(k for s, inside in holes.items() for k in (s, *inside))
