"""What stands in a raster, seen from its header and the cells of a few windows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.files.child import in_child
from gis.files.given import given_file
from gis.files.look.tables import Box, declared_system
from gis.files.raster_info import open_raster_file
from gis.say import say

__all__ = ["RasterLook", "look_at_raster"]

_CELLS = 192  # edge of a window that is looked at


@dataclass(frozen=True)
class RasterLook:
    """A raster as its header and some of its cells show it.

    Attributes
    ----------
    crs
        Declared system; empty where none is.
    bounds
        In its own coordinates.
    values
        Known values of the first band in some windows.
    """

    count: int
    dtype: str
    crs: str
    bounds: Box
    cell: float
    values: npt.NDArray[np.float64]
    unit: str
    description: str


def look_at_raster(path: str | Path) -> RasterLook:
    """A raster from its header and the cells of nine windows.

    Raises
    ------
    DataError
        When it is no raster, has no place, or points to another file.
    """
    path = given_file(path)
    found: RasterLook = in_child(_raster, path, where=str(path), size=path.stat().st_size)
    return found


def _raster(path: Path) -> RasterLook:
    from rasterio.windows import Window

    with open_raster_file(path) as src:
        if src.transform.is_identity and not src.gcps[0]:
            raise DataError(say("gis.files.raster_not_georeferenced"), where=str(path))
        parts = []
        high, wide = min(src.height, _CELLS), min(src.width, _CELLS)
        for row in sorted({0, (src.height - high) // 2, src.height - high}):
            for col in sorted({0, (src.width - wide) // 2, src.width - wide}):
                part = src.read(1, window=Window(col, row, wide, high), masked=True)
                parts.append(np.asarray(part.compressed(), dtype=np.float64))
        values = np.concatenate(parts)
        scale, offset = src.scales[0] or 1.0, src.offsets[0] or 0.0
        b = src.bounds
        return RasterLook(
            count=src.count,
            dtype=str(src.dtypes[0]),
            crs=declared_system(src.crs),
            bounds=(
                min(b.left, b.right),
                min(b.bottom, b.top),
                max(b.left, b.right),
                max(b.bottom, b.top),
            ),
            cell=float(abs(src.transform.a)),
            values=values[np.isfinite(values)] * scale + offset,
            unit=src.units[0] or "",
            description=src.descriptions[0] or "",
        )
