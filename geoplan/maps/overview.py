"""A picture of many polygons for low zooms, where each would be smaller than a pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.maps.rasters import Chunk, class_chunks
from gis.cells.webmap import WebRaster

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["overview_chunks"]

_RADIUS_M = 6_378_137.0
STEP_M = 38.21851414258813
"""Pixel of zoom 12 in EPSG:3857 metres: 2 pi R / (256 * 2**12)."""


def overview_chunks(
    ll: gpd.GeoDataFrame, index: npt.NDArray[Any], colours: list[str]
) -> list[Chunk]:
    """Polygons painted by class at zoom 12.

    Parameters
    ----------
    ll : GeoDataFrame
        Polygons in lon/lat.
    index : (n,) int
        Class of each polygon, -1 for none.
    colours : list of str
        Colour of each class.
    """
    from PIL import Image, ImageDraw  # heavy

    parts, part_of = shapely.get_parts(np.asarray(ll.geometry.values), return_index=True)
    rings = shapely.get_exterior_ring(parts)
    coords, point_of = shapely.get_coordinates(rings, return_index=True)
    x = _RADIUS_M * np.radians(coords[:, 0])
    y = _RADIUS_M * np.log(np.tan(np.pi / 4 + np.radians(coords[:, 1]) / 2))
    west, north = float(x.min()), float(y.max())
    width = int((x.max() - west) / STEP_M) + 2
    height = int((north - y.min()) / STEP_M) + 2
    xy = np.column_stack([(x - west) / STEP_M, (north - y) / STEP_M]) - 0.5
    image = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(image)
    ends = np.cumsum(np.bincount(point_of, minlength=len(rings)))
    # large first, so that a parcel inside another's hole is not painted over
    order = np.argsort(-shapely.area(parts), kind="stable")
    for i in order:
        value = int(index[part_of[i]])
        if value >= 0:
            start = ends[i - 1] if i else 0
            draw.polygon(xy[start : ends[i]].ravel().tolist(), fill=value + 1)
    values = np.asarray(image)
    web = WebRaster(values, values > 0, west, north, STEP_M, 1.0)
    return class_chunks(web, {i + 1: c for i, c in enumerate(colours)})
