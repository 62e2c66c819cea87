"""The canvas of shapes: where a rule hits a piece of land, as exact geometry.

Setbacks are buffers drawn *outside* the true circle (circumscribed arcs), so land that is
outside of the polygon is outside of the legal distance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.burn import touch
from gis.cells.grid import cell_size_m, origin
from gis.cells.parcels import cells_outline
from gis.cells.ragged import ragged
from gis.prepared import prepared
from gis.types import F8
from layers.vocabulary import vocabulary
from siting.check.near import Nearby, NearLayer
from siting.rules import Rule
from siting.rules.classes import class_outcomes, value_outcomes
from siting.rules.conditions.canvas import Answer, LandClass, NearFeature, Operator
from siting.rules.outcome import HIT, UNKNOWN
from siting.rules.where import Where
from siting.screen.derived import or_beyond, value_at
from siting.screen.judged.silence import fills_land, silence_is_open
from siting.screen.sources import Drawn, Values

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["QUAD_SEGS", "Ground", "Shapes", "ground_of", "outer_buffer"]

QUAD_SEGS = 256
"""Segments in a quarter of a circle: the buffer is 4.7e-6 wider than asked, 0.1 mm in 20 m."""

_FAR_M = 5000.0  # beyond it arcs are drawn four times as fine
_EMPTY = shapely.MultiPolygon()
_AREAS = (3, 6)  # shapely: polygon, polygons

Array = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """What a rule says about a piece of land.

    Attributes
    ----------
    hit, unknown : polygon or multipolygon
        Parts of the land the rule hits, and parts it cannot judge; they do not overlap.
    missing, assumed_absent
        Layers that were not there.
    incomplete
        Layers that lack features: land they are silent about is not judged.
    silent
        The part of `unknown` that rests on their silence alone.
    """

    hit: BaseGeometry = _EMPTY
    unknown: BaseGeometry = _EMPTY
    missing: tuple[str, ...] = ()
    assumed_absent: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    silent: BaseGeometry = _EMPTY

    @property
    def lacking(self) -> tuple[str, ...]:
        """Layers that were not there, whatever the plan says of them."""
        return self.missing + self.assumed_absent

    @property
    def judged(self) -> bool:
        """Whether every layer the rule reads was there and, where silent, complete."""
        there = not (self.missing or self.assumed_absent)
        return there and (not self.incomplete or self.unknown.is_empty)

    @property
    def doubtful(self) -> BaseGeometry:
        """The part of `unknown` that a complete layer would leave unknown too."""
        if self.silent.is_empty:
            return self.unknown
        return _areas(shapely.difference(self.unknown, self.silent))


def outer_buffer(geometry: Any, distance_m: Any) -> Any:  # noqa: ANN401 - shapely's own types
    """Buffer that holds every point within `distance_m`, arcs circumscribed.

    Examples
    --------
    >>> ring = outer_buffer(shapely.Point(0, 0), 100.0)
    >>> bool(shapely.distance(shapely.boundary(ring), shapely.Point(0, 0)) >= 100 - 1e-9)
    True
    """
    metres = np.asarray(distance_m, dtype=np.float64)
    segs = QUAD_SEGS if metres.max(initial=0.0) <= _FAR_M else 4 * QUAD_SEGS
    return shapely.buffer(geometry, metres / math.cos(math.pi / (4 * segs)), quad_segs=segs)


def _areas(geometry: BaseGeometry) -> BaseGeometry:
    """The polygons of a geometry; points and lines of an intersection have no area."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    parts = shapely.get_parts(shapely.get_parts(geometry))
    kept = parts[np.isin(shapely.get_type_id(parts), (3, 6))]
    return shapely.union_all(kept) if len(kept) else _EMPTY


def _cut(geometries: Array, land: BaseGeometry) -> BaseGeometry:
    """Union of geometries, cut to the land."""
    if not len(geometries):
        return _EMPTY
    land = prepared(land)
    near = geometries[shapely.intersects(land, geometries)]
    if not len(near):
        return _EMPTY
    return _areas(shapely.intersection(shapely.union_all(near), land))


def _and(a: Ground, b: Ground) -> Ground:
    hit = _areas(shapely.intersection(a.hit, b.hit))
    may_a, may_b = shapely.union(a.hit, a.unknown), shapely.union(b.hit, b.unknown)
    may = _areas(shapely.intersection(may_a, may_b))
    return _joined(a, b, hit, may)


def _or(a: Ground, b: Ground) -> Ground:
    hit = _areas(shapely.union(a.hit, b.hit))
    return _joined(a, b, hit, _areas(shapely.union(hit, shapely.union(a.unknown, b.unknown))))


def _joined(a: Ground, b: Ground, hit: BaseGeometry, may: BaseGeometry) -> Ground:
    return Ground(
        hit,
        _areas(shapely.difference(may, hit)),
        tuple(dict.fromkeys(a.missing + b.missing)),
        tuple(dict.fromkeys(a.assumed_absent + b.assumed_absent)),
        tuple(dict.fromkeys(a.incomplete + b.incomplete)),
    )


def _of_cells(mask: Bools, near: Nearby) -> BaseGeometry:
    """The part of the land that lies in cells that are set."""
    if not mask.any():
        return _EMPTY
    if mask.all():
        return near.land
    cells = cells_outline(mask, near.grid)
    if not shapely.intersects(near.land, cells):
        return _EMPTY
    return _areas(shapely.intersection(cells, near.land))


def _from_cells(hit: Bools, unknown: Bools, near: Nearby) -> Ground:
    return Ground(_of_cells(hit, near), _of_cells(unknown, near))


def _distances(near: Nearby, drawn: Drawn, *, from_edge: bool) -> F8:
    """From the land to the edge that is measured from, on the ground [m]."""
    edge = drawn.half_width_m if from_edge else np.zeros(len(drawn.shapes))
    planar = np.asarray(shapely.distance(drawn.shapes, near.land), dtype=np.float64)
    return np.maximum(near.on_ground(drawn, planar) - edge, 0.0)


def _label(drawn: Drawn, row: int, columns: tuple[str, ...]) -> str:
    for column in columns:
        if column in drawn.table.columns:
            value = drawn.table[column].iloc[row]
            if isinstance(value, str) and value:
                return value
    return ""


@dataclass(frozen=True)
class Shapes:
    """`siting.rules.conditions.canvas.Canvas` of exact shapes, and its `Gauge`.

    Attributes
    ----------
    nearby
        The land, with the layers that were gathered for it.
    vouched
        As if every layer were complete.
    """

    nearby: Nearby
    vouched: bool = False

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """See `Canvas`."""
        return self.nearby.answer(layer_id, by_class=by_class)

    def lacking(self, answer: Answer) -> Ground:
        """See `Canvas`."""
        if answer.state == "assumed_absent":
            return Ground(assumed_absent=(answer.layer_id,))
        name = "turbine" if answer.state == "no_turbine" else answer.layer_id
        return Ground(unknown=self.nearby.land, missing=(name,))

    def _drawn(self, layer_id: str) -> Drawn:
        drawn = self.nearby.layers[layer_id].drawn
        if drawn is None:
            raise AssertionError(layer_id)  # a feature layer that is available has features
        return drawn

    def _reached(self, layer_id: str, chosen: Bools, reach_m: F8) -> BaseGeometry:
        """Land within `reach_m` of features on the ground."""
        drawn = self._drawn(layer_id)
        if not chosen.any():
            return _EMPTY
        far = self.nearby.on_map(drawn, reach_m)[chosen]
        shapes = drawn.shapes[chosen]
        close = shapely.distance(shapes, self.nearby.land) <= far * 1.01
        picked, far = shapes[close], far[close]
        return _cut(np.where(far > 0, outer_buffer(picked, far), picked), self.nearby.land)

    def near(
        self, layer_id: str, where: Where, distance_m: float, *, from_edge: bool
    ) -> Ground:
        """See `Canvas`."""
        drawn = self._drawn(layer_id)
        found = self.nearby.layers[layer_id].meant(where)
        reach = np.full(len(drawn.shapes), distance_m)
        if from_edge:
            reach = reach + drawn.half_width_m
        hit = self._reached(layer_id, found.hit, reach)
        unknown = self._reached(layer_id, found.unknown, reach)
        return self._silent(layer_id, hit, unknown, distance_m)

    def covered(self, layer_id: str, where: Where) -> Ground:
        """See `Canvas`."""
        drawn = self._drawn(layer_id)
        found = self.nearby.layers[layer_id].meant(where)
        half = drawn.half_width_m
        hit = self._reached(layer_id, found.hit, half)
        unknown = self._reached(layer_id, found.unknown, half)
        thin = (half == 0) & ~np.isin(shapely.get_type_id(drawn.shapes), _AREAS)
        if (thin & found.hit).any():
            hit = _areas(shapely.union(hit, self.crossed(drawn.shapes[thin & found.hit])))
        if (thin & found.unknown).any():
            crossed = self.crossed(drawn.shapes[thin & found.unknown])
            unknown = _areas(shapely.union(unknown, crossed))
        return self._silent(layer_id, hit, unknown)

    def crossed(self, shapes: Array) -> BaseGeometry:
        """Cells of the land that lines or points touch: they have no land of their own."""
        flat, grid = ragged(shapes), self.nearby.grid
        words = np.zeros(tuple(grid.shape), dtype=np.uint64)
        ones = np.ones(len(flat), dtype=np.uint64)
        every = np.arange(len(flat), dtype=np.int64)
        x0, y0 = origin(grid)
        cell = cell_size_m(grid)
        touch(words, flat.xy, flat.part, flat.feature, every, ones, x0, y0, cell, 0, 0)
        return _of_cells(words > 0, self.nearby)

    def _silent(
        self, layer_id: str, hit: BaseGeometry, unknown: BaseGeometry, distance_m: float = 0.0
    ) -> Ground:
        """Where the layer says nothing, one that must be complete leaves land unknown.

        So does one that is not complete, wherever nothing is hit.
        """
        may = _areas(shapely.difference(unknown, hit))
        open_: tuple[str, ...] = ()
        if silence_is_open(self.nearby.place.source, layer_id, distance_m):
            open_ = (layer_id,)
        if open_ and not self.vouched:
            rest = _areas(shapely.difference(self.nearby.land, hit))
            return Ground(hit, rest, incomplete=open_)
        if not fills_land(layer_id):
            return Ground(hit, may, incomplete=open_)
        bare = _areas(shapely.difference(self._bare(layer_id), hit))
        return Ground(hit, _areas(shapely.union(may, bare)), incomplete=open_)

    def _bare(self, layer_id: str) -> BaseGeometry:
        """Land that no feature of a layer covers; many rules ask for the same of one land.

        Taken from the land before what a rule hits: the difference with a union of both would
        leave slivers along the edges of the land, which have an area on the ellipsoid.
        """
        known = self.nearby.bare
        if layer_id not in known:
            covered = _cut(self._drawn(layer_id).shapes, self.nearby.land)
            known[layer_id] = _areas(shapely.difference(self.nearby.land, covered))
        return known[layer_id]

    def classes(self, layer_id: str, classes: Iterable[str]) -> Ground:
        """See `Canvas`."""
        layer, land = self.nearby.layers[layer_id], self.nearby.land
        words = layer.vocabulary
        outcomes = class_outcomes(tuple(classes), words, f"layer {layer_id}")
        if layer.drawn is not None:
            of, codes = layer.classes
            out = np.array([outcomes.get(c, UNKNOWN) for c in codes], dtype=np.int8)[of]
            shapes = layer.drawn.shapes
            hit, unknown = _cut(shapes[out == HIT], land), _cut(shapes[out == UNKNOWN], land)
            return self._silent(layer_id, hit, unknown)
        values, known = self._cells(layer)
        cells = np.where(known, value_outcomes(values, outcomes, words), UNKNOWN)
        return _from_cells(cells == HIT, cells == UNKNOWN, self.nearby)

    def _cells(self, layer: NearLayer) -> Values:
        if layer.cells is None:
            raise AssertionError  # a raster that is available has cells
        return layer.cells

    def limit(self, answer: Answer, operator: Operator, limit: float) -> Ground:
        """See `Canvas`."""
        cells = self._cells(self.nearby.layers[answer.layer_id])
        words = np.zeros(tuple(self.nearby.grid.shape), dtype=np.uint64)
        cell = cell_size_m(self.nearby.grid)
        or_beyond(words, cells, answer, cell, operator, limit, hit=1, unknown=2)
        return _from_cells((words & 1) > 0, (words & 2) > 0, self.nearby)

    def all_of(self, parts: Iterable[Ground]) -> Ground:
        """See `Canvas`."""
        return reduce(_and, parts)

    def one_of(self, parts: Iterable[Ground]) -> Ground:
        """See `Canvas`."""
        return reduce(_or, parts)

    def no(self, part: Ground) -> Ground:
        """See `Canvas`."""
        may = shapely.union(part.hit, part.unknown)
        rest = _areas(shapely.difference(self.nearby.land, may))
        return Ground(rest, part.unknown, part.missing, part.assumed_absent, part.incomplete)

    def features(
        self, layer_id: str, where: Where, *, from_edge: bool
    ) -> tuple[NearFeature, ...]:
        """See `Gauge`."""
        drawn = self.nearby.layers[layer_id].drawn
        if drawn is None:
            return ()  # a raster answers for the features
        far = _distances(self.nearby, drawn, from_edge=from_edge)
        chosen = np.flatnonzero(drawn.meant(where).hit)
        return tuple(
            NearFeature(
                name=_label(drawn, k, ("name", "ref")),
                code=_label(drawn, k, ("code", "tbbh", "bsm")),
                distance_m=float(far[k]),
                half_width_m=float(drawn.half_width_m[k]) if from_edge else 0.0,
            )
            for k in chosen[np.argsort(far[chosen], kind="stable")].tolist()
        )

    def value(self, answer: Answer) -> float | None:
        """See `Gauge`."""
        cells = self._cells(self.nearby.layers[answer.layer_id])
        return value_at(cells, answer, cell_size_m(self.nearby.grid))

    def land_class(self, layer_id: str) -> LandClass | None:
        """See `Gauge`."""
        layer = self.nearby.layers[layer_id]
        code: Any = None
        if layer.drawn is not None:
            rows = np.flatnonzero(shapely.intersects(layer.drawn.shapes, self.nearby.land))
            code = layer.drawn.table[layer.vocabulary].iloc[rows[0]] if len(rows) else None
        elif layer.cells is not None and layer.cells[1][0, 0]:
            code = int(layer.cells[0][0, 0])
        if code is None:
            return None
        try:
            entry = vocabulary(layer.vocabulary)[code]
        except KeyError:
            return LandClass(str(code), None)
        return LandClass(entry.code, entry.title)


def ground_of(rule: Rule, near: Nearby) -> Ground:
    """Where a filter rule hits the land of `near`, and where it cannot be judged.

    Parameters
    ----------
    rule : Rule
        A filter rule; its layers must have been gathered.
    near : Nearby

    Returns
    -------
    Ground
        Exact for feature layers; raster tests follow the cells' edges.
    """
    found = rule.on(Shapes(near))
    if not found.incomplete or found.unknown.is_empty:
        return found
    doubtful = rule.on(Shapes(near, vouched=True)).unknown
    return replace(found, silent=_areas(shapely.difference(found.unknown, doubtful)))
