"""Features of a layer, all or those near a piece of land, as rules read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.ragged import Ragged, ragged, shapes_of
from siting.rules.features import half_widths
from siting.rules.where import Match, Where, matches
from siting.screen.section import HalfWidth

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Bounds", "Drawn", "Features", "KeptLayer", "drawn_near", "features_of"]

_LINES = (1, 2, 5)  # shapely: line, ring, lines
_FEW = 8  # pieces of land a layer is asked about before it is worked out as a whole

Bounds = tuple[float, float, float, float]


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


@dataclass(frozen=True)
class Drawn:
    """Some features of one layer as shapes, for exact geometry.

    Attributes
    ----------
    shapes : (n,) geometries
        In the plan CRS.
    table : (n,) DataFrame
        Attributes by canonical name.
    half_width_m : (n,) float
        From the drawn geometry to the edge the law measures from.
    layer, rows
        The layer they are some of, where it is asked often, and which of it, (n,) int.
    """

    shapes: npt.NDArray[Any]
    table: pd.DataFrame
    half_width_m: npt.NDArray[np.float64]
    layer: KeptLayer | None = None
    rows: npt.NDArray[np.intp] | None = None

    def meant(self, where: Where) -> Match:
        """Features that a condition of a rule means; see `siting.rules.where.matches`."""
        if self.layer is None or self.rows is None:
            return matches(where, self.table)
        found = self.layer.meant(where)
        return Match(found.hit[self.rows], found.unknown[self.rows])


@dataclass(frozen=True, eq=False)
class KeptLayer:
    """A layer that is asked about one piece of land after the other.

    What depends on a feature alone (attributes, half width, whether a condition means it) is
    worked out once for all of them when it is asked often: a table of ten rows costs as much as
    one of a thousand. The answers are the same.

    Attributes
    ----------
    table : GeoDataFrame
        All features, in the plan CRS.
    layer_id : str
    own : tuple of HalfWidth
        In place of those of the rule books' table.
    """

    table: gpd.GeoDataFrame
    layer_id: str
    own: tuple[HalfWidth, ...] = ()
    _asked: list[Bounds] = field(default_factory=list, init=False, repr=False)
    _meant: list[tuple[Where, Match]] = field(default_factory=list, init=False, repr=False)

    @cached_property
    def whole(self) -> Drawn:
        """All features."""
        shapes = np.asarray(self.table.geometry.array, dtype=object)
        half = _half_widths(self.layer_id, self.table, self.own)
        return Drawn(shapes, _attributes(self.table), half)

    def near(self, box: Bounds) -> Drawn:
        """Features whose bounds touch a box, in the layer's order."""
        rows = np.sort(self.table.sindex.query(shapely.box(*box)))
        if len(self._asked) < _FEW:
            self._asked.append(box)
            found = self.table.iloc[rows].reset_index(drop=True)
            shapes = np.asarray(found.geometry.array, dtype=object)
            half = _half_widths(self.layer_id, found, self.own)
            return Drawn(shapes, _attributes(found), half)
        every = self.whole
        return Drawn(
            every.shapes[rows],
            every.table.iloc[rows].reset_index(drop=True),
            every.half_width_m[rows],
            self,
            rows,
        )

    def meant(self, where: Where) -> Match:
        """Features a condition means, of the whole layer; kept by the condition itself."""
        for known, found in self._meant:
            if known is where:
                return found
        found = matches(where, self.whole.table)
        self._meant.append((where, found))
        return found


def _half_widths(
    layer_id: str, table: gpd.GeoDataFrame, own: Sequence[HalfWidth]
) -> npt.NDArray[np.float64]:
    """Half widths of the rule books' table, and in their place those a plan states."""
    out = half_widths(layer_id, table)
    asked = [h for h in own if h.layer == layer_id]
    if asked:
        line = np.isin(shapely.get_type_id(table.geometry.to_numpy()), _LINES)
        for h in asked:
            hit = matches({**h.where}, table).hit if h.where else line
            out[hit & line] = h.half_width_m
    return out


def features_of(
    table: gpd.GeoDataFrame, layer_id: str, own: Sequence[HalfWidth] = ()
) -> Features:
    """A GeoDataFrame as `Features`.

    Parameters
    ----------
    table : GeoDataFrame
    layer_id : str
    own : sequence of HalfWidth
        Half widths in place of those of the rule books' table.
    """
    return Features(
        shapes=ragged(np.asarray(table.geometry.array, dtype=object)),
        table=_attributes(table),
        half_width_m=_half_widths(layer_id, table, own),
    )


def _attributes(table: gpd.GeoDataFrame) -> pd.DataFrame:
    # as a plain table first: without its shapes a GeoDataFrame copies every column
    plain: pd.DataFrame = pd.DataFrame(table).drop(columns=table.geometry.name)
    return plain.reset_index(drop=True)


def drawn_near(found: Features, box: Bounds) -> Drawn:
    """Features whose bounds touch a box, as shapes."""
    b = found.shapes.bounds
    touch = (b[:, 2] >= box[0]) & (b[:, 0] <= box[2])
    touch &= (b[:, 3] >= box[1]) & (b[:, 1] <= box[3])
    index = np.flatnonzero(touch)
    half = found.half_width_m if len(found.half_width_m) else np.zeros(len(found))
    return Drawn(
        shapes_of(found.shapes.take(index)),
        found.table.iloc[index].reset_index(drop=True),
        np.asarray(half[index], dtype=np.float64),
    )
