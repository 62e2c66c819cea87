"""Where screening takes its layers from: a plan, or anything with the same four answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.grid import Grid, Window, cell_size_m, origin
from gis.cells.ragged import Ragged, ragged
from gis.errors import ConfigError
from gis.say import say
from layers.open.plan_layers import (
    LayerState,
    layer_state,
    open_features,
    open_raster,
    vocabulary_of,
)
from layers.plan.model import Plan
from siting.rules.features import half_widths

__all__ = ["Features", "MemorySource", "PlanSource", "ReadSource", "Source", "features_of"]

Values = tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class Features:
    """Features of one layer, as the engine reads them.

    Attributes
    ----------
    shapes : Ragged
        Geometry in the plan CRS.
    table : DataFrame
        Attributes by canonical name, without the geometry.
    half_width_m : (f,) float
        From the drawn geometry to the edge the law measures from; 0 where they are one.
    """

    shapes: Ragged
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    half_width_m: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.shapes)


class Source(Protocol):
    """What screening asks of a place that has layers."""

    def state(self, layer_id: str) -> LayerState:
        """Whether the layer is there, assumed absent, or missing."""

    def features(self, layer_id: str) -> Features:
        """All features of an available layer, those outside the area included."""

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """Values of an available layer on the grid, and where they are known."""

    def vocabulary(self, layer_id: str) -> str:
        """Name of the vocabulary the layer's codes are in, or empty."""


def features_of(table: Any, layer_id: str) -> Features:  # noqa: ANN401
    """A GeoDataFrame as `Features`, with the half widths of the rule books' table."""
    return Features(
        shapes=ragged(np.asarray(table.geometry.array, dtype=object)),
        table=pd.DataFrame(table.drop(columns=table.geometry.name)).reset_index(drop=True),
        half_width_m=half_widths(layer_id, table),
    )


@dataclass(frozen=True)
class PlanSource:
    """The layers of a plan."""

    plan: Plan

    def state(self, layer_id: str) -> LayerState:
        """See `Source`."""
        return layer_state(self.plan, layer_id)

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        table = open_features(self.plan, layer_id)
        if table is None:
            raise ConfigError(
                say("siting.screen.plan_does_not_have_layer"), where=f"layer {layer_id}"
            )
        return features_of(table, layer_id)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        found = open_raster(self.plan, layer_id, grid, window)
        if found is None:
            raise ConfigError(
                say("siting.screen.plan_does_not_have_layer"), where=f"layer {layer_id}"
            )
        return found

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        return vocabulary_of(self.plan, layer_id)


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

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        return self.base.raster(layer_id, grid, window)

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        return self.base.vocabulary(layer_id)


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
    """

    vectors: Mapping[str, Any] = field(default_factory=dict)
    rasters: Mapping[str, Values] = field(default_factory=dict)
    grid: Grid | None = None
    absent: frozenset[str] = frozenset()
    vocabularies: Mapping[str, str] = field(default_factory=dict)

    def state(self, layer_id: str) -> LayerState:
        """See `Source`."""
        if layer_id in self.vectors or layer_id in self.rasters:
            return "available"
        return "assumed_absent" if layer_id in self.absent else "missing"

    def features(self, layer_id: str) -> Features:
        """See `Source`."""
        found = self.vectors[layer_id]
        return found if isinstance(found, Features) else features_of(found, layer_id)

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        """See `Source`."""
        if self.grid is None:
            raise ConfigError(
                say("siting.screen.rasters_have_no_grid"), where=f"layer {layer_id}"
            )
        values, valid = self.rasters[layer_id]
        cell = cell_size_m(grid)
        (x, y), (x0, y0) = origin(grid), origin(self.grid)
        row = round((y0 - y) / cell) + window[0].start
        col = round((x - x0) / cell) + window[1].start
        shape = (window[0].stop - window[0].start, window[1].stop - window[1].start)
        out = np.zeros(shape, dtype=values.dtype)
        known = np.zeros(shape, dtype=bool)
        r0, r1 = max(row, 0), min(row + shape[0], values.shape[0])
        c0, c1 = max(col, 0), min(col + shape[1], values.shape[1])
        if r0 < r1 and c0 < c1:
            place = (slice(r0 - row, r1 - row), slice(c0 - col, c1 - col))
            out[place], known[place] = values[r0:r1, c0:c1], valid[r0:r1, c0:c1]
        return out, known

    def vocabulary(self, layer_id: str) -> str:
        """See `Source`."""
        return self.vocabularies.get(layer_id, "")
