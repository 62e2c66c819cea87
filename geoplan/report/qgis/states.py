"""Land taken, not judged or without a figure, as areas QGIS can hatch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from geoplan.report.qgis.layouts import HATCHED
from gis.cells.grid import Grid, plan_grid
from gis.cells.parcels import polygonize
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside
from gis.cells.webmap import Preview, read_preview, web_bands
from gis.files.raster_info import raster_info
from siting.screen.coded import STATES, TAKEN, UNDECIDED

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["bare_land", "hatched_land"]

_ACROSS = 600
"""Cells across the longer side: lines of hatching stand two millimetres apart on a sheet of
the county, which is a hundredth of it; the colours beneath have the exact edge."""
_LEAST_CELLS = 3
"""Of a patch: a smaller one would hold no line of its hatching."""
_SMOOTH = 3


def hatched_land(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """Areas of both states of each technology, for the eye: nothing is measured on them.

    Parameters
    ----------
    path : Path
        ``eligibility.tif`` of a run, a band a technology.

    Returns
    -------
    dict
        ``hatched_<tech>`` -> ``state`` (``taken``, ``unknown``) and geometry, in the raster's
        system; a technology without such land has none.
    """
    out = {}
    bounds = raster_info(path).bounds
    for band, tech in enumerate(web_bands(path), start=1):
        seen = read_preview(path, bounds, band=band, max_px=_ACROSS * _ACROSS)
        found = None if seen is None or not tech else _areas(seen)
        if found is not None:
            out[f"{HATCHED}{tech}"] = found
    return out


def bare_land(path: Path, county: BaseGeometry) -> gpd.GeoDataFrame | None:
    """Areas of the county a quantity has no figure for, for the eye as well.

    Parameters
    ----------
    path : Path
        Raster of the quantity.
    county : Polygon or MultiPolygon
        In the raster's system.

    Returns
    -------
    GeoDataFrame or None
        ``value`` (``none``) and geometry; None where the quantity is known everywhere.
    """
    seen = read_preview(path, raster_info(path).bounds, max_px=_ACROSS * _ACROSS)
    if seen is None:
        return None
    known, grid = _square(seen, seen.valid)
    bare = inside(ragged([county]), grid) & ~known
    areas = _patches(bare.astype(np.uint8), grid)
    return None if areas is None else areas.assign(value="none")[["value", "geometry"]]


def _square(seen: Preview, values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Grid]:
    """Values of a preview on square cells; 0 where it does not reach."""
    left, bottom, right, top = seen.bounds
    high, wide = values.shape
    cell = max((right - left) / wide, (top - bottom) / high)
    grid = plan_grid(seen.bounds, seen.crs, cell)
    rows, cols = np.indices(grid.shape)
    x, y = grid.affine @ (cols + 0.5, rows + 0.5)
    row = np.floor((top - y) / (top - bottom) * high).astype(int)
    col = np.floor((x - left) / (right - left) * wide).astype(int)
    reached = (row >= 0) & (row < high) & (col >= 0) & (col < wide)
    placed = values[row.clip(0, high - 1), col.clip(0, wide - 1)]
    return np.where(reached, placed, np.zeros((), values.dtype)), grid


def _patches(cells: npt.NDArray[np.uint8], grid: Grid) -> gpd.GeoDataFrame | None:
    if not cells.any():
        return None
    least_m2 = _LEAST_CELLS * grid.resolution.x**2
    areas = polygonize(cells, grid, min_area_m2=least_m2)
    return None if areas.empty else areas


def _areas(seen: Preview) -> gpd.GeoDataFrame | None:
    cells, grid = _square(seen, np.where(seen.valid, seen.values, 0))
    kept = np.where(cells == TAKEN, cells, 0).astype(np.uint8)
    kept = median_filter(kept, _SMOOTH)
    kept[cells == UNDECIDED] = UNDECIDED  # little land, and it lies in strips
    areas = _patches(kept, grid)
    if areas is None:
        return None
    named = areas[["geometry"]].assign(state=[STATES[int(v)] for v in areas["value"]])
    return named[["state", "geometry"]].reset_index(drop=True)
