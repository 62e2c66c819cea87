"""Land nobody may build on, and land not judged, as areas QGIS can hatch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from geoplan.report.qgis.layouts import HATCHED
from gis.cells.grid import plan_grid
from gis.cells.parcels import polygonize
from gis.cells.webmap import Preview, read_preview, web_bands
from gis.files.raster_info import raster_info
from siting.screen.coded import STATES, TAKEN, UNDECIDED

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["hatched_land"]

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


def _areas(seen: Preview) -> gpd.GeoDataFrame | None:
    left, bottom, right, top = seen.bounds
    high, wide = seen.values.shape
    cell = max((right - left) / wide, (top - bottom) / high)
    grid = plan_grid(seen.bounds, seen.crs, cell)
    rows, cols = np.indices(grid.shape)
    x, y = grid.affine @ (cols + 0.5, rows + 0.5)
    row = np.floor((top - y) / (top - bottom) * high).astype(int)
    col = np.floor((x - left) / (right - left) * wide).astype(int)
    inside = (row >= 0) & (row < high) & (col >= 0) & (col < wide)
    states = np.where(seen.valid, seen.values, 0)
    cells = np.where(inside, states[row.clip(0, high - 1), col.clip(0, wide - 1)], 0)
    kept = np.where(np.isin(cells, (TAKEN, UNDECIDED)), cells, 0).astype(np.uint8)
    kept = median_filter(np.where(kept == TAKEN, kept, 0), _SMOOTH)
    kept[cells == UNDECIDED] = UNDECIDED  # little land, and it lies in strips
    if not kept.any():
        return None
    areas = polygonize(kept, grid, min_area_m2=_LEAST_CELLS * cell * cell)
    if areas.empty:
        return None
    named = areas[["geometry"]].assign(state=[STATES[int(v)] for v in areas["value"]])
    return named[["state", "geometry"]].reset_index(drop=True)
