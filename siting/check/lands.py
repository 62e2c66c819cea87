"""The canvas of many pieces of land at once: what `siting.check.shapes` says of each.

A register is judged as a whole: each layer is read once, each rule asks each layer once, and
only pairs of land and feature that can meet are ever cut. Geometry is that of `Shapes`; the two
agree to the rounding of the cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.grid import cell_size_m, origin, plan_grid
from gis.prepared import prepared
from gis.types import F8
from siting.check.near import Nearby, NearLayer, Place, gather, land_box
from siting.check.pieces import (
    LONG,
    areas_of_each,
    by_land,
    clipped,
    less,
    meet,
    nothing,
    plus,
)
from siting.check.shapes import Ground, Shapes, outer_buffer
from siting.rules import Rule, matches
from siting.rules.classes import class_outcomes
from siting.rules.conditions.canvas import Answer, Operator
from siting.rules.outcome import HIT, UNKNOWN
from siting.rules.where import Where
from siting.screen.judged.silence import fills_land, silence_is_open
from siting.screen.sources import Drawn

__all__ = ["Grounds", "Lands", "ManyShapes", "grounds_of", "survey"]

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

_AREAS = (3, 6)  # shapely: polygon, polygons
# features are cut to their reach and so much beyond: no arc at a cut end reaches the land
_BEYOND = 1.05


@dataclass(frozen=True)
class Grounds:
    """What a rule says about many pieces of land; see `siting.check.shapes.Ground`.

    Attributes
    ----------
    hit, unknown : (n,) polygons
        Parts of each piece the rule hits, and parts it cannot judge; they do not overlap.
    missing, assumed_absent, incomplete
        Layers that were not there, or lack features; the same for all land.
    doubtful : (n,) polygons, optional
        Parts of `unknown` that complete layers would leave unknown too; None for all of it.
    """

    hit: Array
    unknown: Array
    missing: tuple[str, ...] = ()
    assumed_absent: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    doubtful: Array | None = None


@dataclass(frozen=True)
class Lands:
    """Pieces of land, with the layers rules read around all of them.

    Attributes
    ----------
    lands : (n,) polygons
        In the place's CRS.
    around
        Layers around the box of all land.
    spots
        Each piece with the cells of rasters that lie under it.
    """

    lands: Array
    around: Nearby
    spots: tuple[Nearby, ...]
    tree: shapely.STRtree
    pieces: dict[str, tuple[Ints, Ints, Array]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    bare: dict[str, Array] = field(default_factory=dict, init=False, repr=False, compare=False)
    reached: dict[Any, Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    touched: dict[Any, Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def drawn(self, layer_id: str) -> Drawn:
        """Features of a layer near any of the land."""
        found = self.around.layers[layer_id].drawn
        if found is None:
            raise AssertionError(layer_id)  # a feature layer that is available has features
        return found


def survey(rules: Iterable[Rule], place: Place, lands: Array) -> Lands:
    """Everything the rules read around many pieces of land, each layer read once.

    Parameters
    ----------
    rules : iterable of Rule
    place : Place
    lands : (n,) polygons
        In the place's CRS; near to one another, for rasters are read for the box of them all.

    Raises
    ------
    DataError
        When a layer of the place cannot be opened.
    """
    lands = np.asarray(lands, dtype=object)
    lands = prepared(lands)
    # a point at the rim has a cell of its own, which may be the one beside the box of them all
    boxes = np.array([land_box(land, place.cell_m) for land in lands])
    whole = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    around = gather(rules, place, shapely.box(*whole))
    spots = tuple(_spot(around, land) for land in lands)
    return Lands(lands, around, spots, shapely.STRtree(lands))


def _spot(around: Nearby, land: Any) -> Nearby:  # noqa: ANN401
    """One piece of land with its share of the cells that were read for all of them."""
    place = around.place
    grid = plan_grid(land_box(land, place.cell_m), place.crs, place.cell_m)
    (x, y), (x0, y0) = origin(grid), origin(around.grid)
    cell = cell_size_m(grid)
    row, col = round((y0 - y) / cell), round((x - x0) / cell)
    height, width = grid.shape
    layers = {}
    for key, layer in around.layers.items():
        if layer.cells is None:
            continue
        values, known = layer.cells
        halo = values.shape[0] - around.grid.shape[0]  # heights have a cell more on each side
        part = (slice(row, row + height + halo), slice(col, col + width + halo))
        layers[key] = NearLayer(layer.vocabulary, cells=(values[part], known[part]))
    return Nearby(land, place, grid, layers)


def _and(a: Grounds, b: Grounds) -> Grounds:
    hit = meet(a.hit, b.hit)
    return _joined(a, b, hit, meet(plus(a.hit, a.unknown), plus(b.hit, b.unknown)))


def _or(a: Grounds, b: Grounds) -> Grounds:
    hit = plus(a.hit, b.hit)
    return _joined(a, b, hit, plus(hit, plus(a.unknown, b.unknown)))


def _joined(a: Grounds, b: Grounds, hit: Array, may: Array) -> Grounds:
    return Grounds(
        hit,
        less(may, hit),
        tuple(dict.fromkeys(a.missing + b.missing)),
        tuple(dict.fromkeys(a.assumed_absent + b.assumed_absent)),
        tuple(dict.fromkeys(a.incomplete + b.incomplete)),
    )


@dataclass(frozen=True)
class ManyShapes:
    """`siting.rules.conditions.canvas.Canvas` of many pieces of land.

    Attributes
    ----------
    asked
        The land, with the layers that were gathered for it.
    vouched
        As if every layer were complete.
    """

    asked: Lands
    vouched: bool = False

    @property
    def _lands(self) -> Array:
        return self.asked.lands

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """See `Canvas`."""
        return self.asked.around.answer(layer_id, by_class=by_class)

    def lacking(self, answer: Answer) -> Grounds:
        """See `Canvas`."""
        none = nothing(len(self._lands))
        if answer.state == "assumed_absent":
            return Grounds(none, none, assumed_absent=(answer.layer_id,))
        name = "turbine" if answer.state == "no_turbine" else answer.layer_id
        return Grounds(none, self._lands, missing=(name,))

    def _pieces(self, layer_id: str) -> tuple[Ints, Ints, Array]:
        """Pairs of feature and land that meet, and the feature."""
        known = self.asked.pieces
        if layer_id not in known:
            shapes = self.asked.drawn(layer_id).shapes
            feature, land = self.asked.tree.query(shapes, predicate="intersects")
            # not cut: neighbours would no longer have the same points along their common edge
            known[layer_id] = (feature, land, shapes[feature])
        return known[layer_id]

    def _touched(self, layer_id: str, chosen: npt.NDArray[np.bool_]) -> Array:
        """Land inside chosen features; many rules ask for the same."""
        known, key = self.asked.touched, (layer_id, chosen.tobytes())
        if key not in known:
            feature, land, shapes = self._pieces(layer_id)
            own = chosen[feature]
            known[key] = self._cut(land[own], shapes[own])
        return known[key]

    def _cut(self, land: Ints, shapes: Array) -> Array:
        """Union of what belongs to each land, cut to it.

        In this order: an area on the ellipsoid depends on the points along an edge, and cuts
        of single features would leave points where they meet.
        """
        out = nothing(len(self._lands))
        own, union = by_land(land, shapes)
        out[own] = shapely.intersection(union, self._lands[own])
        return areas_of_each(out)

    def _reached(self, layer_id: str, chosen: npt.NDArray[np.bool_], reach_m: F8) -> Array:
        """Land within `reach_m` of features on the ground; many rules ask for the same."""
        key = (layer_id, chosen.tobytes(), reach_m.tobytes())
        if key not in self.asked.reached:
            self.asked.reached[key] = self._found(layer_id, chosen, reach_m)
        return self.asked.reached[key]

    def _found(self, layer_id: str, chosen: npt.NDArray[np.bool_], reach_m: F8) -> Array:
        n = len(self._lands)
        if not chosen.any():
            return nothing(n)
        drawn = self.asked.drawn(layer_id)
        far = self.asked.around.on_map(drawn, reach_m)
        near, at, inside = self._pieces(layer_id)
        within = (chosen & (far <= 0))[near]
        own = np.flatnonzero(chosen & (far > 0))
        k, land = self.asked.tree.query(
            drawn.shapes[own], predicate="dwithin", distance=far[own] * 1.01
        )
        zones = _zones(drawn.shapes[own][k], k, far[own][k], self._lands[land])
        meets = shapely.intersects(self._lands[land], zones)
        return self._cut(
            np.concatenate([at[within], land[meets]]),
            np.concatenate([inside[within], zones[meets]]),
        )

    def near(
        self, layer_id: str, where: Where, distance_m: float, *, from_edge: bool
    ) -> Grounds:
        """See `Canvas`."""
        drawn = self.asked.drawn(layer_id)
        found = matches(where, drawn.table)
        reach = np.full(len(drawn.shapes), distance_m, dtype=np.float64)
        if from_edge:
            reach = reach + drawn.half_width_m
        hit = self._reached(layer_id, found.hit, reach)
        return self._silent(
            layer_id, hit, self._reached(layer_id, found.unknown, reach), distance_m
        )

    def covered(self, layer_id: str, where: Where) -> Grounds:
        """See `Canvas`."""
        drawn = self.asked.drawn(layer_id)
        found = matches(where, drawn.table)
        half = drawn.half_width_m
        thin = (half == 0) & ~np.isin(shapely.get_type_id(drawn.shapes), _AREAS)
        hit = self._reached(layer_id, found.hit, half)
        hit = plus(hit, self._crossed(drawn.shapes[thin & found.hit]))
        unknown = self._reached(layer_id, found.unknown, half)
        unknown = plus(unknown, self._crossed(drawn.shapes[thin & found.unknown]))
        return self._silent(layer_id, hit, unknown)

    def _crossed(self, shapes: Array) -> Array:
        """Cells of each land that lines or points touch."""
        out = nothing(len(self._lands))
        if not len(shapes):
            return out
        # the cells of a land reach a cell beyond it
        far = 2 * self.asked.around.place.cell_m
        feature, land = self.asked.tree.query(shapes, predicate="dwithin", distance=far)
        for i in np.unique(land):
            near = Shapes(self.asked.spots[i])
            out[i] = near.crossed(shapes[feature[land == i]])
        return out

    def _silent(
        self, layer_id: str, hit: Array, unknown: Array, distance_m: float = 0.0
    ) -> Grounds:
        """As `Shapes`: where the layer says nothing, some leave land unknown."""
        may = less(unknown, hit)
        open_: tuple[str, ...] = ()
        if silence_is_open(self.asked.around.place.source, layer_id, distance_m):
            open_ = (layer_id,)
        if open_ and not self.vouched:
            return Grounds(hit, less(self._lands, hit), incomplete=open_)
        if not fills_land(layer_id):
            return Grounds(hit, may, incomplete=open_)
        return Grounds(hit, plus(may, less(self._bare(layer_id), hit)), incomplete=open_)

    def _bare(self, layer_id: str) -> Array:
        """Land that no feature of a layer covers."""
        known = self.asked.bare
        if layer_id not in known:
            every = np.ones(len(self.asked.drawn(layer_id).shapes), dtype=bool)
            known[layer_id] = less(self._lands, self._touched(layer_id, every))
        return known[layer_id]

    def classes(self, layer_id: str, classes: Iterable[str]) -> Grounds:
        """See `Canvas`."""
        layer = self.asked.around.layers[layer_id]
        if layer.drawn is None:
            asked = tuple(classes)
            return self._each(lambda spot: Shapes(spot).classes(layer_id, asked))
        words = layer.vocabulary
        outcomes = class_outcomes(tuple(classes), words, f"layer {layer_id}")
        codes = layer.drawn.table[words].astype(str).tolist()
        out = np.array([outcomes.get(c, UNKNOWN) for c in codes], dtype=np.int8)
        hit = self._touched(layer_id, out == HIT)
        return self._silent(layer_id, hit, self._touched(layer_id, out == UNKNOWN))

    def limit(self, answer: Answer, operator: Operator, limit: float) -> Grounds:
        """See `Canvas`."""
        return self._each(lambda spot: Shapes(spot).limit(answer, operator, limit))

    def _each(self, says: Callable[[Nearby], Ground]) -> Grounds:
        """What cells say of each land."""
        found = [says(spot) for spot in self.asked.spots]
        hit, unknown = nothing(len(found)), nothing(len(found))
        for i, own in enumerate(found):
            hit[i], unknown[i] = own.hit, own.unknown
        return Grounds(hit, unknown)

    def all_of(self, parts: Iterable[Grounds]) -> Grounds:
        """See `Canvas`."""
        return reduce(_and, parts)

    def one_of(self, parts: Iterable[Grounds]) -> Grounds:
        """See `Canvas`."""
        return reduce(_or, parts)

    def no(self, part: Grounds) -> Grounds:
        """See `Canvas`."""
        rest = less(self._lands, plus(part.hit, part.unknown))
        return replace(part, hit=rest)


def _zones(shapes: Array, which: Ints, far: F8, lands: Array) -> Array:
    """Land within a distance of features, as far as it can meet the land beside each.

    A long feature is cut around the land first: what lies farther than the distance from all
    of the land adds nothing to it.
    """
    out = np.empty(len(shapes), dtype=object)
    long = shapely.get_num_coordinates(shapes) > LONG
    short = np.flatnonzero(~long)
    if len(short):
        _, first, back = np.unique(which[short], return_index=True, return_inverse=True)
        one = short[first]
        out[short] = outer_buffer(shapes[one], far[one])[back]
    if long.any():
        cut = clipped(shapes[long], lands[long], _BEYOND * far[long] + 1.0)
        out[long] = outer_buffer(cut, far[long])
    return out


def grounds_of(rule: Rule, asked: Lands) -> Grounds:
    """Where a filter rule hits each piece of land, and where it cannot be judged.

    Parameters
    ----------
    rule : Rule
        A filter rule; its layers must have been gathered (`survey`).
    asked : Lands

    Returns
    -------
    Grounds
        Of each piece what `siting.check.shapes.ground_of` says of it alone.
    """
    found = rule.on(ManyShapes(asked))
    if not found.incomplete or shapely.is_empty(found.unknown).all():
        return found
    doubtful = rule.on(ManyShapes(asked, vouched=True)).unknown
    return replace(found, doubtful=meet(found.unknown, doubtful))
