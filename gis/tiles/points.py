"""Values at the points of a lattice as a raster, each in the middle of its cell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from gis.files.whole_file import whole_file
from gis.say import say

__all__ = ["write_points_raster"]


def write_points_raster(
    out: Path, values: Mapping[tuple[float, float], float], step_deg: float
) -> Path:
    """Write values at points of a lattice as a GeoTIFF in WGS 84.

    Parameters
    ----------
    out : Path
    values : mapping
        (lon, lat) [deg] -> value; points that are missing are not known.
    step_deg : float
        Distance of two neighbours [deg].

    Returns
    -------
    Path
        `out`.
    """
    lon = np.array([p[0] for p in values])
    lat = np.array([p[1] for p in values])
    west, north = lon.min(), lat.max()
    col = np.round((lon - west) / step_deg).astype(int)
    row = np.round((north - lat) / step_deg).astype(int)
    cells = np.full((row.max() + 1, col.max() + 1), np.nan, np.float32)
    cells[row, col] = list(values.values())
    half = step_deg / 2
    transform = Affine(step_deg, 0, west - half, 0, -step_deg, north + half)
    with (
        whole_file(out, say("gis.files.raster_cannot_be_written")) as part,
        rasterio.open(
            part,
            "w",
            driver="GTiff",
            width=cells.shape[1],
            height=cells.shape[0],
            count=1,
            dtype="float32",
            crs="EPSG:4326",
            transform=transform,
            nodata=float("nan"),
        ) as made,
    ):
        made.write(cells, 1)
    return out
