"""What lies near a piece of land: features with their legal reach, and raster cells."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import areal_scale
from gis.cells.grid import Grid, Window, cell_size_m, plan_grid, window_grid
from gis.cells.terrain import aspect_deg, slope_deg
from layers.catalogue import layer as layer_of
from layers.open.county import plan_crs
from layers.open.plan_layers import (
    LayerState,
    layer_state,
    open_features,
    open_raster,
    vocabulary_of,
)
from layers.plan.model import Plan
from siting.rules import (
    InClasses,
    Intersects,
    NotInClasses,
    Rule,
    as_conditions,
    half_widths,
    matches,
    nested_tests,
)
from siting.screen.section import ScreeningSection

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "NearLayer",
    "Nearby",
    "Place",
    "PlanPlace",
    "classes_of",
    "gather",
    "key_of",
    "raster_cells",
]

Floats = npt.NDArray[np.float64]
Cells = tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]

# The widest half width a plan may state (siting.screen.section.HalfWidth).
_WIDEST_M = 500.0
_DERIVED = {"slope": "dem", "aspect": "dem"}
# Where land classes may be read from when the layer a rule names is not there.
_CLASS_LAYERS = ("land_parcels", "land_cover")


class Place(Protocol):
    """What the exact tests ask of a place that has layers."""

    @property
    def crs(self) -> pyproj.CRS:
        """Planar CRS of everything below."""

    @property
    def cell_m(self) -> float:
        """Cell size rasters are read at [m]."""

    def state(self, layer_id: str) -> LayerState:
        """Whether the layer is there, assumed absent, or missing."""

    def table(self, layer_id: str) -> gpd.GeoDataFrame:
        """All features of an available layer."""

    def half_widths_m(self, layer_id: str, table: gpd.GeoDataFrame) -> Floats:
        """From the drawn geometry to the legal edge, feature by feature [m]."""

    def cells(self, layer_id: str, grid: Grid) -> Cells:
        """Values of an available raster layer on a grid, and where they are known."""

    def vocabulary(self, layer_id: str) -> str:
        """Name of the vocabulary the layer's codes are in, or empty."""


@dataclass(frozen=True)
class PlanPlace:
    """The layers of a plan.

    Layers are opened once a place and kept with their spatial index, so that many pieces of
    land can be asked about.
    """

    plan: Plan
    _opened: dict[str, gpd.GeoDataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def crs(self) -> pyproj.CRS:
        """See `Place`."""
        return plan_crs(self.plan)

    @property
    def cell_m(self) -> float:
        """See `Place`."""
        return self.plan.area.cell_m

    def state(self, layer_id: str) -> LayerState:
        """See `Place`."""
        return layer_state(self.plan, layer_id)

    def table(self, layer_id: str) -> gpd.GeoDataFrame:
        """See `Place`."""
        if layer_id not in self._opened:
            found = open_features(self.plan, layer_id)
            if found is None:
                raise KeyError(layer_id)
            self._opened[layer_id] = found
        return self._opened[layer_id]

    def half_widths_m(self, layer_id: str, table: gpd.GeoDataFrame) -> Floats:
        """See `Place`; the plan's own half widths take the place of the table's."""
        out = half_widths(layer_id, table)
        line = np.isin(shapely.get_type_id(table.geometry.to_numpy()), (1, 2, 5))
        for own in self.plan.section(ScreeningSection).half_widths:
            if own.layer == layer_id:
                hit = matches(dict(own.where), table).hit if own.where else line
                out[hit & line] = own.half_width_m
        return out

    def cells(self, layer_id: str, grid: Grid) -> Cells:
        """See `Place`."""
        found = open_raster(self.plan, layer_id, grid)
        if found is None:
            raise KeyError(layer_id)
        return found

    def vocabulary(self, layer_id: str) -> str:
        """See `Place`."""
        return vocabulary_of(self.plan, layer_id)


@dataclass(frozen=True)
class NearLayer:
    """One layer around a piece of land.

    Attributes
    ----------
    layer_id
        The layer that answers; ``land_cover`` may answer for ``land_parcels``.
    table : (n,) GeoDataFrame or None
        Features within reach; None for rasters and layers that are not there.
    half_m : (n,) float
        From the drawn geometry to the legal edge [m].
    search_m
        How far features were looked for [m].
    values, known : (h, w)
        Raster cells on the grid of `Nearby`.
    """

    layer_id: str
    state: LayerState
    vocabulary: str = ""
    table: gpd.GeoDataFrame | None = None
    half_m: Floats | None = None
    search_m: float = 0.0
    values: npt.NDArray[Any] | None = None
    known: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Nearby:
    """A piece of land and all layers the rules read around it.

    Attributes
    ----------
    land
        The piece, in the place's CRS.
    scale
        Planar metres for one metre on the ellipsoid at the land, at least 1: distances are
        multiplied by it, so that the law's metre is never cut short.
    grid
        Of the raster cells.
    """

    land: BaseGeometry
    crs: pyproj.CRS
    scale: float
    grid: Grid
    layers: Mapping[str, NearLayer]


def classes_of(test: object) -> tuple[str, ...]:
    """Land classes a test asks for, when it asks for nothing else.

    Such a test can be answered by land cover where land parcels are not there.
    """
    if isinstance(test, InClasses | NotInClasses):
        return test.classes
    if isinstance(test, Intersects) and set(test.where) == {"dlbm"}:
        condition = as_conditions(test.where)["dlbm"]
        if condition.in_ and not condition.not_:
            return tuple(str(c) for c in condition.in_)
    return ()


def key_of(test: Any) -> str:  # noqa: ANN401 - any test that reads a layer
    """Where `Nearby.layers` keeps what a test reads."""
    layer_id: str = test.layer
    return f"{layer_id}#classes" if classes_of(test) else layer_id


def _answering(place: Place, layer_id: str, *, by_class: bool) -> tuple[str, LayerState]:
    state = place.state(layer_id)
    if state != "available" and layer_id in _DERIVED:
        base = place.state(_DERIVED[layer_id])
        if base == "available":
            return layer_id, "available"
        if state == "missing":
            return _DERIVED[layer_id], base
    if state != "available" and by_class and layer_id in _CLASS_LAYERS:
        for other in _CLASS_LAYERS:
            if place.state(other) == "available":
                return other, "available"
    return layer_id, state


def _derived(place: Place, layer_id: str, grid: Grid) -> Cells:
    """Slope or aspect of the cells, from heights read with one cell more on each side."""
    cell = cell_size_m(grid)
    box = grid.boundingbox
    wider = plan_grid(
        (box.left - cell, box.bottom - cell, box.right + cell, box.top + cell), place.crs, cell
    )
    values, known = place.cells(_DERIVED[layer_id], wider)
    height = np.where(known, values, np.nan).astype(np.float32)
    found = (slope_deg if layer_id == "slope" else aspect_deg)(height, cell)[1:-1, 1:-1]
    return found, np.isfinite(found)


def raster_cells(
    place: Place, layer_id: str, grid: Grid, window: Window | None = None
) -> Cells | None:
    """Cells of a raster layer, slope and aspect computed from heights where need be.

    Returns
    -------
    (values, known) or None
        None when the place has neither the layer nor what it is computed from.
    """
    part = grid if window is None else window_grid(grid, window)
    if place.state(layer_id) == "available":
        return place.cells(layer_id, part)
    base = _DERIVED.get(layer_id)
    if base is None or place.state(base) != "available":
        return None
    return _derived(place, layer_id, part)


def _near_features(
    place: Place, layer_id: str, land: BaseGeometry, search_m: float
) -> tuple[gpd.GeoDataFrame, Floats]:
    table = place.table(layer_id)
    xmin, ymin, xmax, ymax = land.bounds
    box = shapely.box(xmin - search_m, ymin - search_m, xmax + search_m, ymax + search_m)
    found = table.iloc[np.sort(table.sindex.query(box))].reset_index(drop=True)
    return found, place.half_widths_m(layer_id, found)


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
    scale = _scale(land, place.crs)
    grid = plan_grid(_box(land, place.cell_m), place.crs, place.cell_m)
    wanted: dict[str, tuple[str, bool, float]] = {}
    for test in (t for r in rules for t in nested_tests(r.test)):
        layer_id = getattr(test, "layer", "")
        if not layer_id:
            continue
        by_class, key = bool(classes_of(test)), key_of(test)
        far = max(search_m, getattr(test, "distance_m", None) or 0.0)
        if key in wanted:
            far = max(far, wanted[key][2])
        wanted[key] = (layer_id, by_class, far)
    layers = {
        key: _layer(place, layer_id, land, scale * far + _WIDEST_M, grid, by_class=by_class)
        for key, (layer_id, by_class, far) in wanted.items()
    }
    return Nearby(land, place.crs, scale, grid, layers)


def _layer(
    place: Place,
    layer_id: str,
    land: BaseGeometry,
    reach: float,
    grid: Grid,
    *,
    by_class: bool,
) -> NearLayer:
    answer, state = _answering(place, layer_id, by_class=by_class)
    if state != "available":
        return NearLayer(answer, state)
    words = place.vocabulary(answer)
    if layer_of(answer).kind == "features":
        table, half = _near_features(place, answer, land, reach)
        return NearLayer(answer, state, words, table, half, reach)
    derived = answer in _DERIVED and place.state(answer) != "available"
    values, known = _derived(place, answer, grid) if derived else place.cells(answer, grid)
    return NearLayer(answer, state, words, values=values, known=known)


def _box(land: BaseGeometry, cell_m: float) -> tuple[float, float, float, float]:
    xmin, ymin, xmax, ymax = land.bounds
    return (xmin, ymin, max(xmax, xmin + cell_m / 2), max(ymax, ymin + cell_m / 2))


def _scale(land: BaseGeometry, crs: pyproj.CRS) -> float:
    xmin, ymin, xmax, ymax = land.bounds
    found = areal_scale([xmin, xmax, xmin, xmax], [ymin, ymin, ymax, ymax], crs)
    # areal_scale is ellipsoidal over planar area; a length is its square root, upside down
    return max(1.0, 1.0 / math.sqrt(float(np.min(found))))
