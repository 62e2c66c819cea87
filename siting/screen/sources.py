"""Where rules take their layers from: a plan, or anything with the same six answers.

`Source` is the one port: screening cell by cell and the exact check both read through it.
Which layer answers a test (slope from heights, land cover for parcels) is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, Window, cell_size_m, origin
from gis.errors import ConfigError
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.open.near import features_near
from layers.open.plan_layers import (
    LayerState,
    layer_state,
    open_features,
    open_raster,
    own_classes,
    vocabulary_of,
)
from layers.open.unlisted import unlisted_classes
from layers.plan.model import Plan
from siting.rules.conditions.canvas import Answer
from siting.screen.drawn.features import (
    Bounds,
    Drawn,
    Features,
    KeptLayer,
    drawn_near,
    features_of,
)
from siting.screen.judged.coarse import coarse_m
from siting.screen.section import HalfWidth, ScreeningSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "DERIVED",
    "Bounds",
    "Drawn",
    "Features",
    "MemorySource",
    "PlanSource",
    "ReadSource",
    "Source",
    "Values",
    "answering",
    "consulted",
    "drawn_near",
    "features_of",
    "laid",
    "vocabulary_in",
]

DERIVED = {"slope": "dem", "aspect": "dem"}
"""Layer -> the layer it is made from where the plan does not have it."""
# Where land classes may be read from when the layer a rule names is not there.
_CLASS_LAYERS = ("land_parcels", "land_cover")

Values = tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]
T = TypeVar("T")


class Source(Protocol):
    """What rules ask of a place that has layers."""

    def state(self, layer_id: str) -> LayerState:
        """Whether the layer is there, assumed absent, or missing."""

    def features(self, layer_id: str) -> Features:
        """All features of an available layer, those outside the area included."""

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """Features of an available layer whose bounds touch a box, in the layer's order."""

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """Values of an available layer on the grid, and where they are known."""

    def vocabulary(self, layer_id: str) -> str:
        """Name of the vocabulary the layer's codes are in, or empty."""

    def incomplete(self, layer_id: str) -> bool:
        """Whether an available layer lacks features, so that its silence means nothing."""


def answering(source: Source, layer_id: str, *, by_class: bool = False) -> Answer:
    """The layer that answers a test of `layer_id`, and whether it is there.

    Slope and aspect are computed from heights where there is no such layer. A test that asks
    for land classes and nothing else may be answered by parcels or by land cover.
    """
    state = source.state(layer_id)
    if state == "available":
        return Answer(layer_id, state)
    base = DERIVED.get(layer_id)
    if base is not None:
        found = source.state(base)
        if found == "available":
            return Answer(layer_id, found, base)
        if state == "missing":
            return Answer(base, found)
    if by_class and layer_id in _CLASS_LAYERS:
        for other in _CLASS_LAYERS:
            if source.state(other) == "available":
                return Answer(other, "available")
    return Answer(layer_id, state)


def consulted(layer_ids: Iterable[str]) -> frozenset[str]:
    """Every layer `answering` may ask about for tests of these layers.

    Examples
    --------
    >>> sorted(consulted(["slope", "land_cover"]))
    ['dem', 'land_cover', 'land_parcels', 'slope']
    """
    asked = frozenset(layer_ids)
    more = {DERIVED[x] for x in asked if x in DERIVED}
    return asked | more | (set(_CLASS_LAYERS) if asked & set(_CLASS_LAYERS) else set())


def vocabulary_in(source: Source, layer_id: str) -> str:
    """Vocabulary of a layer's codes: the source's own, else the catalogue's."""
    return source.vocabulary(layer_id) or layer_of(layer_id).vocabulary


def laid(
    values: npt.NDArray[Any],
    known: npt.NDArray[np.bool_] | None,
    corner: tuple[float, float],
    grid: Grid,
    window: Window,
) -> Values:
    """Cells of an array on a window of a grid; nothing is known outside the array.

    Parameters
    ----------
    values : (h, w) array
        On cells of the size of the grid's.
    known : (h, w) bool or None
        Everywhere when None.
    corner : (x, y)
        Left and top of the array.
    grid, window
        Cells wanted.
    """
    cell = cell_size_m(grid)
    x, y = origin(grid)
    row = round((corner[1] - y) / cell) + window[0].start
    col = round((x - corner[0]) / cell) + window[1].start
    shape = (window[0].stop - window[0].start, window[1].stop - window[1].start)
    out = np.zeros(shape, dtype=values.dtype)
    sure = np.zeros(shape, dtype=bool)
    r0, r1 = max(row, 0), min(row + shape[0], values.shape[0])
    c0, c1 = max(col, 0), min(col + shape[1], values.shape[1])
    if r0 < r1 and c0 < c1:
        place = (slice(r0 - row, r1 - row), slice(c0 - col, c1 - col))
        out[place] = values[r0:r1, c0:c1]
        sure[place] = True if known is None else known[r0:r1, c0:c1]
    return out, sure


def _there(found: T | None, layer_id: str) -> T:
    if found is None:
        raise ConfigError(
            say("siting.screen.plan_does_not_have_layer"), where=f"layer {layer_id}"
        )
    return found


@dataclass(frozen=True)
class PlanSource:
    """The layers of a plan, with the half widths it states.

    Layers are opened once a source and kept with their spatial index, so that many pieces of
    land can be asked about; for one piece alone only what lies near it is read.
    """

    plan: Plan
    alone: bool = False
    _opened: dict[str, KeptLayer] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def state(self, layer_id: str) -> LayerState:
        """See `Source`; classes too coarse to judge by, or of the plan's own, are not there."""
        found = layer_state(self.plan, layer_id)
        if found != "available":
            return found
        unread = own_classes(self.plan, layer_id) or coarse_m(self.plan, layer_id) > 0
        return "missing" if unread else found

    def _table(self, layer_id: str) -> gpd.GeoDataFrame:
        return _there(open_features(self.plan, layer_id), layer_id)

    def _own(self) -> tuple[HalfWidth, ...]:
        return self.plan.section(ScreeningSection).half_widths

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        return features_of(self._table(layer_id), layer_id, self._own())

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """See `Source`."""
        if self.alone:
            found = _there(features_near(self.plan, layer_id, box), layer_id)
            return KeptLayer(found, layer_id, self._own()).near(box)
        if layer_id not in self._opened:
            kept = KeptLayer(self._table(layer_id), layer_id, self._own())
            self._opened[layer_id] = kept
        return self._opened[layer_id].near(box)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        return _there(open_raster(self.plan, layer_id, grid, window), layer_id)

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`.

        Raises
        ------
        ConfigError
            A raster of classes of which nothing says what they mean.
        """
        name = vocabulary_of(self.plan, layer_id)
        if not name and layer_of(layer_id).kind == "classes":
            raise unlisted_classes(self.plan, layer_id)
        return name

    def incomplete(self, layer_id: str) -> bool:
        """See `Source`; the plan says so of its layer."""
        found = self.plan.layers.get(layer_id)
        return found is not None and found.available and bool(found.incomplete)


@dataclass(frozen=True)
class ReadSource:
    """A source some of whose features were read already.

    Attributes
    ----------
    base
        Asked for everything else.
    read
        Layer id -> features.
    """

    base: Source
    read: Mapping[str, Features]

    def state(self, layer_id: str) -> LayerState:
        """See `Source`."""
        return self.base.state(layer_id)

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        found = self.read.get(layer_id)
        return found if found is not None else self.base.features(layer_id)

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """See `Source`."""
        found = self.read.get(layer_id)
        return self.base.near(layer_id, box) if found is None else drawn_near(found, box)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        return self.base.raster(layer_id, grid, window)

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        return self.base.vocabulary(layer_id)

    def incomplete(self, layer_id: str) -> bool:
        """See `Source`."""
        return self.base.incomplete(layer_id)


@dataclass(frozen=True)
class MemorySource:
    """Layers held in memory, for tests, notebooks and other people's data.

    Attributes
    ----------
    vectors
        Layer id -> features or GeoDataFrame.
    rasters
        Layer id -> (values, valid) on `grid`; outside it nothing is known.
    grid
        Where the rasters lie.
    absent
        Layers assumed absent; every other layer is missing.
    vocabularies
        Layer id -> vocabulary of its codes.
    half_widths
        Half widths in place of those of the rule books' table, as a plan states them.
    partial
        Layers that lack features.
    """

    vectors: Mapping[str, Any] = field(default_factory=dict)
    rasters: Mapping[str, Values] = field(default_factory=dict)
    grid: Grid | None = None
    absent: frozenset[str] = frozenset()
    vocabularies: Mapping[str, str] = field(default_factory=dict)
    half_widths: tuple[HalfWidth, ...] = ()
    partial: frozenset[str] = frozenset()

    def state(self, layer_id: str) -> LayerState:
        """See `Source`."""
        if layer_id in self.vectors or layer_id in self.rasters:
            return "available"
        return "assumed_absent" if layer_id in self.absent else "missing"

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        found = self.vectors[layer_id]
        return (
            found
            if isinstance(found, Features)
            else features_of(found, layer_id, self.half_widths)
        )

    def near(self, layer_id: str, box: Bounds) -> Drawn:
        """See `Source`."""
        found = self.vectors[layer_id]
        if isinstance(found, Features):
            return drawn_near(found, box)
        return KeptLayer(found, layer_id, self.half_widths).near(box)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        if self.grid is None:
            raise ConfigError(
                say("siting.screen.rasters_have_no_grid"), where=f"layer {layer_id}"
            )
        values, valid = self.rasters[layer_id]
        return laid(values, valid, origin(self.grid), grid, window)

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        return self.vocabularies.get(layer_id, "")

    def incomplete(self, layer_id: str) -> bool:
        """See `Source`."""
        return layer_id in self.partial
