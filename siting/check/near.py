"""What lies near a piece of land: features with their legal reach, and raster cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.grid import Grid, full_window, plan_grid
from gis.cells.ground import feature_scales
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import plan_crs
from layers.plan.model import Plan
from siting.rules import Rule
from siting.rules.conditions.canvas import Answer
from siting.rules.where import Match, Where
from siting.screen.derived import read_cells
from siting.screen.screening import source_of
from siting.screen.sources import Drawn, Source, Values, answering, vocabulary_in

if TYPE_CHECKING:
    import pyproj
    from shapely.geometry.base import BaseGeometry

__all__ = ["NearLayer", "Nearby", "Place", "gather", "land_box", "place_of"]


# The widest half width a plan may state (siting.screen.section.HalfWidth).
_WIDEST_M = 500.0


@dataclass(frozen=True)
class Place:
    """Layers, and how they are read.

    Attributes
    ----------
    source
        Where the layers come from.
    crs
        Planar CRS of everything.
    cell_m
        Cell size rasters are read at [m].
    """

    source: Source
    crs: pyproj.CRS
    cell_m: float


def place_of(plan: Plan, *, alone: bool = False) -> Place:
    """The layers of a plan for exact tests; opened once and kept.

    Of one piece of land, asked about `alone`, only what lies near it is read.
    """
    return Place(source_of(plan, alone=alone), plan_crs(plan), plan.area.cell_m)


@dataclass(frozen=True)
class NearLayer:
    """One available layer around a piece of land.

    Attributes
    ----------
    vocabulary
        Of its codes; empty where there is none.
    drawn
        Features within reach; None for rasters.
    cells
        Raster values on the grid of `Nearby` (heights with one cell around), and where they
        are known; None for features.
    """

    vocabulary: str = ""
    drawn: Drawn | None = None
    cells: Values | None = None
    _meant: list[tuple[Where, Match]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def meant(self, where: Where) -> Match:
        """Features that a rule means; asked again when its land has been cut."""
        if self.drawn is None:
            raise AssertionError
        for known, found in self._meant:
            if known is where:
                return found
        found = self.drawn.meant(where)
        self._meant.append((where, found))
        return found

    @cached_property
    def classes(self) -> tuple[npt.NDArray[np.intp], list[Any]]:
        """Of features: the number of each one's code, and the codes."""
        import pandas as pd

        if self.drawn is None:
            raise AssertionError
        codes = self.drawn.table[self.vocabulary].astype(str)
        of, distinct = pd.factorize(codes, use_na_sentinel=False)
        return of, distinct.tolist()


@dataclass(frozen=True)
class Nearby:
    """A piece of land and all layers the rules read around it.

    Attributes
    ----------
    land
        The piece, in the place's CRS.
    grid
        Of the raster cells, aligned with the plan's.
    layers
        By the id of the layer that answers.
    bare
        Land that layers do not cover, by id; filled when it is first asked for.
    """

    land: BaseGeometry
    place: Place
    grid: Grid
    layers: Mapping[str, NearLayer]
    bare: dict[str, BaseGeometry] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def on_map(self, drawn: Drawn, reach_m: F8) -> F8:
        """Distances on the ground from features, as metres of the map.

        A reach of 0 is the shape itself, whatever the scale.
        """
        out = np.array(reach_m, dtype=np.float64)
        far = np.flatnonzero(out > 0)
        if len(far):
            out[far] *= feature_scales(_bounds(drawn.shapes[far]), self.crs, out[far])
        return out

    def on_ground(self, drawn: Drawn, planar_m: F8) -> F8:
        """Distances of the map from features, as metres on the ground."""
        return planar_m / feature_scales(_bounds(drawn.shapes), self.crs, planar_m)

    @property
    def crs(self) -> pyproj.CRS:
        """CRS of the land."""
        return self.place.crs

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        """Which layer answers a test; see `siting.screen.sources.answering`."""
        return answering(self.place.source, layer_id, by_class=by_class)


def gather(
    rules: Iterable[Rule], place: Place, land: BaseGeometry, search_m: float = 0.0
) -> Nearby:
    """Everything the rules read around a piece of land.

    Parameters
    ----------
    rules : iterable of Rule
    place : Place
    land : geometry
        In the place's CRS.
    search_m : float
        Look for features at least so far [m]; every layer is searched to the largest
        distance a rule asks of it and the widest half width beyond.

    Raises
    ------
    DataError
        When a layer of the place cannot be opened.
    """
    grid = plan_grid(land_box(land, place.cell_m), place.crs, place.cell_m)
    scale = float(feature_scales(np.array([land.bounds]), place.crs)[0])
    reach: dict[Answer, float] = {}
    for test in (t for r in rules for t in r.test.nested()):
        for layer_id in test.reads:
            answer = answering(place.source, layer_id, by_class=bool(test.asked_classes))
            if answer.state == "available":
                reach[answer] = max(search_m, test.reach_m, reach.get(answer, 0.0))
    layers = {
        # a feature out there may have a scale a little larger than the land's
        answer.layer_id: _layer(place, answer, land, 1.001 * scale * (far + _WIDEST_M), grid)
        for answer, far in reach.items()
    }
    return Nearby(land, place, grid, layers)


def _layer(
    place: Place, answer: Answer, land: BaseGeometry, reach: float, grid: Grid
) -> NearLayer:
    words = vocabulary_in(place.source, answer.layer_id)
    if layer_of(answer.layer_id).kind != "features":
        cells = read_cells(place.source, answer, grid, full_window(grid))
        return NearLayer(words, cells=cells)
    xmin, ymin, xmax, ymax = land.bounds
    box = (xmin - reach, ymin - reach, xmax + reach, ymax + reach)
    return NearLayer(words, drawn=place.source.near(answer.layer_id, box))


def land_box(land: BaseGeometry, cell_m: float) -> tuple[float, float, float, float]:
    """Bounds of land, at least half a cell wide and high: a point has a cell of its own."""
    xmin, ymin, xmax, ymax = land.bounds
    return (xmin, ymin, max(xmax, xmin + cell_m / 2), max(ymax, ymin + cell_m / 2))


def _bounds(shapes: npt.NDArray[Any]) -> F8:
    return np.asarray(shapely.bounds(shapes), dtype=np.float64).reshape(-1, 4)
