"""The canvas of points: what a rule says of single places, to the last millimetre.

Where shapes tell how much land is hit, points tell whether a place is: with the distance
itself instead of a drawn buffer, and with edges belonging to what they bound, as in the mask
of cells. A mask and an explanation of one of its cell centres are the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.grid import cell_size_m, origin
from gis.types import F8
from siting.check.near import Nearby
from siting.rules.classes import class_outcomes, value_outcomes
from siting.rules.conditions.canvas import Answer, Operator
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.rules.where import Match, Where, matches
from siting.screen.derived import or_beyond
from siting.screen.judged.silence import fills_land, silence_is_open
from siting.screen.sources import Drawn

__all__ = ["Points"]

I1 = npt.NDArray[np.int8]

_POLYGONS = (3, 6)  # shapely: polygon, polygons


@dataclass(frozen=True)
class Points:
    """`siting.rules.conditions.canvas.Canvas` of places: outcomes, int8[n].

    Attributes
    ----------
    nearby
        What was gathered around the places; they lie inside its land.
    xy : (n, 2) float
        The places, in the CRS of the land.
    slack_m
        How well the places are known [m]: one so near an edge lies on it.
    missing, assumed_absent
        Layers that were not there (or ``"turbine"``); filled while a rule is read.
    incomplete
        Layers whose silence leaves places open; filled likewise.
    vouched
        As if every layer were complete.
    """

    nearby: Nearby
    xy: F8
    slack_m: float = 0.0
    missing: dict[str, None] = field(default_factory=dict)
    assumed_absent: dict[str, None] = field(default_factory=dict)
    incomplete: dict[str, None] = field(default_factory=dict)
    vouched: bool = False

    def _all(self, outcome: int) -> I1:
        return np.full(len(self.xy), outcome, dtype=np.int8)

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """See `Canvas`."""
        return self.nearby.answer(layer_id, by_class=by_class)

    def lacking(self, answer: Answer) -> I1:
        """See `Canvas`."""
        if answer.state == "assumed_absent":
            self.assumed_absent[answer.layer_id] = None
            return self._all(MISS)
        name = "turbine" if answer.state == "no_turbine" else answer.layer_id
        self.missing[name] = None
        return self._all(UNKNOWN)

    def _drawn(self, layer_id: str) -> Drawn:
        drawn = self.nearby.layers[layer_id].drawn
        if drawn is None:
            raise AssertionError(layer_id)  # a feature layer that is available has features
        return drawn

    def _distances(self, drawn: Drawn) -> F8:
        """From every place to every feature, on the map [m]."""
        points = np.asarray(shapely.points(self.xy), dtype=object).reshape(-1, 1)
        far = np.asarray(shapely.distance(points, drawn.shapes[None, :]), dtype=np.float64)
        return np.maximum(far - self.slack_m, 0.0)

    def _reached(self, layer_id: str, found: Match, reach_m: F8, distance_m: float = 0.0) -> I1:
        drawn = self._drawn(layer_id)
        far = self._distances(drawn)
        near = far <= self.nearby.on_map(drawn, reach_m)
        return self._joined(layer_id, far, near & found.hit, near & found.unknown, distance_m)

    def _joined(
        self,
        layer_id: str,
        far: F8,
        hit: Any,  # noqa: ANN401
        unknown: Any,  # noqa: ANN401
        distance_m: float = 0.0,
    ) -> I1:
        """Hit, else unknown; where the layer must be complete and is silent, unknown too.

        The same where it is not complete, wherever nothing is hit.
        """
        out = np.where(unknown.any(axis=1), UNKNOWN, MISS)
        if silence_is_open(self.nearby.place.source, layer_id, distance_m):
            self.incomplete[layer_id] = None
            out = out if self.vouched else self._all(UNKNOWN)
        if fills_land(layer_id):
            out = np.where((far <= 0).any(axis=1), out, UNKNOWN)
        return np.where(hit.any(axis=1), HIT, out).astype(np.int8)

    def near(self, layer_id: str, where: Where, distance_m: float, *, from_edge: bool) -> I1:
        """See `Canvas`."""
        drawn = self._drawn(layer_id)
        reach = np.full(len(drawn.shapes), distance_m)
        if from_edge:
            reach = reach + drawn.half_width_m
        return self._reached(layer_id, matches(where, drawn.table), reach, distance_m)

    def covered(self, layer_id: str, where: Where) -> I1:
        """See `Canvas`."""
        drawn = self._drawn(layer_id)
        found = matches(where, drawn.table)
        half = drawn.half_width_m
        area = np.isin(shapely.get_type_id(drawn.shapes), _POLYGONS)
        thin = (half == 0) & ~area
        out = self._reached(layer_id, found, np.where(thin, -1.0, half))
        if not thin.any():
            return out
        crossed = shapely.intersects(self._cells()[:, None], drawn.shapes[None, :]) & thin
        may = np.where((crossed & found.unknown).any(axis=1), UNKNOWN, MISS)
        line = np.where((crossed & found.hit).any(axis=1), HIT, may)
        return np.maximum(out, line).astype(np.int8)

    def _index(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Row and column of the cell each place lies in."""
        grid = self.nearby.grid
        cell = cell_size_m(grid)
        x0, y0 = origin(grid)
        row = np.clip(np.floor((y0 - self.xy[:, 1]) / cell), 0, grid.shape[0] - 1)
        col = np.clip(np.floor((self.xy[:, 0] - x0) / cell), 0, grid.shape[1] - 1)
        return row.astype(np.intp), col.astype(np.intp)

    def _cells(self) -> npt.NDArray[Any]:
        row, col = self._index()
        cell = cell_size_m(self.nearby.grid)
        x0, y0 = origin(self.nearby.grid)
        left, top = x0 + col * cell, y0 - row * cell
        return np.asarray(shapely.box(left, top - cell, left + cell, top))

    def classes(self, layer_id: str, classes: Iterable[str]) -> I1:
        """See `Canvas`."""
        layer = self.nearby.layers[layer_id]
        words = layer.vocabulary
        outcomes = class_outcomes(tuple(classes), words, f"layer {layer_id}")
        if layer.drawn is not None:
            codes = layer.drawn.table[words]
            known = [UNKNOWN if pd.isna(c) else outcomes.get(str(c), UNKNOWN) for c in codes]
            of = np.array(known, dtype=np.int8)
            far = self._distances(layer.drawn)
            inside = far <= 0
            return self._joined(layer_id, far, inside & (of == HIT), inside & (of == UNKNOWN))
        if layer.cells is None:
            raise AssertionError(layer_id)  # a raster that is available has cells
        values, valid = (a[self._index()] for a in layer.cells)
        of = value_outcomes(values, outcomes, words)
        return np.where(valid, of, UNKNOWN).astype(np.int8)

    def limit(self, answer: Answer, operator: Operator, limit: float) -> I1:
        """See `Canvas`."""
        grid = self.nearby.grid
        cells = self.nearby.layers[answer.layer_id].cells
        if cells is None:
            raise AssertionError(answer.layer_id)  # a raster that is available has cells
        words = np.zeros(tuple(grid.shape), dtype=np.uint64)
        or_beyond(
            words, cells, answer, cell_size_m(grid), operator, limit, hit=HIT, unknown=UNKNOWN
        )
        return words[self._index()].astype(np.int8)

    def all_of(self, parts: Iterable[I1]) -> I1:
        """See `Canvas`."""
        return reduce(np.minimum, parts)

    def one_of(self, parts: Iterable[I1]) -> I1:
        """See `Canvas`."""
        return reduce(np.maximum, parts)

    def no(self, part: I1) -> I1:
        """See `Canvas`."""
        return np.asarray(HIT - part, dtype=np.int8)
