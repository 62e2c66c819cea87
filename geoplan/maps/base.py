"""The base of the page: relief, water, roads, towns, the three lines; all of the plan's own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geoplan.maps.contents import RunContents
from geoplan.maps.relief import relief_of
from geoplan.maps.themes import themes
from gis.cells.webmap import WebRaster
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["BASE_LAYERS", "WithBase", "base_frame", "base_frames", "hillshade_web", "with_base"]

_NAMES = ("name", "road_class", "settlement_class")
BASE_LAYERS = {v.layer: v.sources[0] for v in themes().vector if v.layer.startswith("base_")}
"""Layer of the page -> layer of the catalogue."""
_TOLERANCE_M = 25.0  # below the 0.5 mm line of a map of 1:50,000
_LEAST_M2 = 20_000.0  # a polygon below is less than two pixels of a view of the county
_MOST_POINTS = 250_000
"""Corners of a layer of the base; one with more is left to the county's own software."""
_AROUND_M = 1_000.0  # what lies beyond the county is not the plan's
_FLAT = 0.7071067811865476  # light on flat land, see `geoplan.maps.relief.hillshade`
_DARKEST = 110.0


@dataclass(frozen=True)
class WithBase(RunContents):
    """A run with the layers of the base beside its own.

    Attributes
    ----------
    frames
        Layers of the base by name.
    shade
        Shadow of the relief on the map's pixels, 0 none; None without heights.
    """

    frames: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    shade: WebRaster | None = None

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """A layer of the base, else of the run."""
        return self.frames[name] if name in self.frames else super().layer(name)


def with_base(contents: RunContents, plan: Plan) -> WithBase:
    """A run with the base its plan has layers for.

    Shapes are simplified to 25 m, for the eye alone: nothing is measured on them.

    Raises
    ------
    DataError
        When a layer cannot be read.
    """
    frames = base_frames(plan, contents.layers)
    return WithBase(
        path=contents.path,
        summary=contents.summary,
        layers=(*frames, *contents.layers),
        tables=contents.tables,
        rasters=contents.rasters,
        open_rules=contents.open_rules,
        titles=contents.titles,
        frames=frames,
        shade=hillshade_web(plan),
    )


def base_frames(plan: Plan, but: Collection[str] = ()) -> dict[str, gpd.GeoDataFrame]:
    """The layers of the base a plan has, by their names; not those named in `but`.

    Raises
    ------
    DataError
        When a layer cannot be read.
    """
    county = county_boundary(plan)
    found = {n: base_frame(plan, n, county) for n in BASE_LAYERS if n not in but}
    return {n: frame for n, frame in found.items() if frame is not None}


def base_frame(
    plan: Plan, name: str, county: shapely.Geometry | None = None
) -> gpd.GeoDataFrame | None:
    """A layer of the base, thinned for the eye; None where the plan has none of it.

    Raises
    ------
    DataError
        When the layer cannot be read.
    """
    layer_id = BASE_LAYERS[name]
    if layer_state(plan, layer_id) != "available":
        return None
    own = county_boundary(plan) if county is None else county
    return _shown(open_features(plan, layer_id), own)


def _shown(given: gpd.GeoDataFrame | None, county: shapely.Geometry) -> gpd.GeoDataFrame | None:
    """Features in the county, thinned for the eye; None where nothing is left."""
    if given is None or given.empty:
        return None
    around = shapely.buffer(county, _AROUND_M)
    left, bottom, right, top = (float(v) for v in shapely.bounds(county))
    seen = given.cx[left:right, bottom:top]
    seen = seen[[*(c for c in _NAMES if c in seen), "geometry"]]
    kept = shapely.simplify(seen.geometry.to_numpy(), _TOLERANCE_M)
    kept = shapely.intersection(kept, around)
    dims = shapely.get_dimensions(kept)
    whole = dims == (dims.max() if len(dims) else -1)
    large = (dims < 2) | (shapely.area(kept) >= _LEAST_M2)
    out = seen.set_geometry(kept)[whole & large & ~shapely.is_empty(kept)]
    if out.empty or shapely.get_num_coordinates(out.geometry.to_numpy()).sum() > _MOST_POINTS:
        return None
    return out.reset_index(drop=True)


def hillshade_web(plan: Plan) -> WebRaster | None:
    """Shadow of the relief on web map pixels, 0 (flat or lit) to 110; None without heights."""
    import pyproj
    from scipy.ndimage import map_coordinates

    relief = relief_of(plan)
    box = tuple(float(v) for v in shapely.bounds(county_boundary(plan)))
    found = None if relief is None else relief((box[0], box[1], box[2], box[3]))
    if found is None:
        return None
    light, (left, bottom, right, top) = found
    shade = np.clip((_FLAT - np.nan_to_num(light, nan=_FLAT)) / _FLAT, 0.0, 1.0) * _DARKEST
    crs = pyproj.CRS.from_user_input(plan_crs(plan))
    to = pyproj.Transformer.from_crs(crs, "EPSG:3857", always_xy=True)
    west, south, east, north = to.transform_bounds(left, bottom, right, top)
    step = max(east - west, north - south) / max(shade.shape)
    wide, high = int((east - west) / step), int((north - south) / step)
    x, y = np.meshgrid(
        west + (np.arange(wide) + 0.5) * step, north - (np.arange(high) + 0.5) * step
    )
    e, n = to.transform(x, y, direction="INVERSE")
    rows = (top - n) / (top - bottom) * shade.shape[0] - 0.5
    cols = (e - left) / (right - left) * shade.shape[1] - 0.5
    values = map_coordinates(shade, [rows, cols], order=1, cval=0.0).astype(np.uint8)
    return WebRaster(values, values > 0, west, north, step, 1.0)
