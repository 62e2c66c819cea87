"""A table of values on a regular lattice of coordinates as a GeoTIFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.whole_file import whole_file
from gis.say import say
from gis.types import Array

__all__ = ["write_grid"]

_EVEN = 0.02  # of a step; coordinates are written as rounded degrees


def _axis(values: Array, where: str) -> tuple[float, float]:
    """First value and step of coordinates with equal steps."""
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise DataError(say("gis.tiles.no_lattice"), where=where)
    step = (values[-1] - values[0]) / (len(values) - 1)
    even = values[0] + step * np.arange(len(values))
    if step == 0 or np.abs(values - even).max() > _EVEN * abs(step):
        raise DataError(say("gis.tiles.no_lattice"), where=where)
    return float(values[0]), float(step)


def write_grid(out: Path, x: Array, y: Array, values: Array, *, crs: str, where: str) -> None:
    """Write values at coordinates, each in the middle of its cell.

    Parameters
    ----------
    out : Path
        File to write, whole or not at all; NaN is unknown.
    x, y : (w,) and (h,) array
        Coordinates with equal steps, in either direction.
    values : (bands, h, w) array
    crs : str
    where : str
        Of a fault.

    Raises
    ------
    DataError
        When the steps are not equal.
    """
    x0, dx = _axis(np.asarray(x, dtype=float), where)
    y0, dy = _axis(np.asarray(y, dtype=float), where)
    if dx < 0:
        x0, dx, values = x0 + dx * (len(x) - 1), -dx, values[:, :, ::-1]
    if dy > 0:
        y0, dy, values = y0 + dy * (len(y) - 1), -dy, values[:, ::-1]
    profile = {
        "driver": "GTiff",
        "height": values.shape[1],
        "width": values.shape[2],
        "count": values.shape[0],
        "dtype": "float32",
        "crs": as_crs(crs, where).to_wkt(),
        "transform": Affine(dx, 0.0, x0 - dx / 2, 0.0, dy, y0 - dy / 2),
        "nodata": float("nan"),
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }
    with (
        whole_file(out, say("gis.files.raster_cannot_be_written")) as part,
        rasterio.open(part, "w", **profile) as made,
    ):
        made.write(np.ascontiguousarray(values, dtype="float32"))
