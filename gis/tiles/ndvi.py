"""NDVI of a scene from its red and near infrared bands; what clouds hide is unknown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from gis.crs.systems import same_crs
from gis.errors import DataError
from gis.files.given import foreign
from gis.files.raster_info import open_raster_file, raster_info
from gis.files.whole_file import whole_file
from gis.say import say
from gis.types import Array, Mask

__all__ = ["Band", "ndvi_of", "write_ndvi"]

_BLOCK = 512


@dataclass(frozen=True)
class Band:
    """A band of a scene, and what its numbers mean: reflectance = number * scale + offset.

    Attributes
    ----------
    unknown
        Numbers that are no reflectance, such as 0 and 65,535 of Sentinel-2.
    """

    path: Path
    scale: float
    offset: float
    unknown: tuple[float, ...] = ()


def ndvi_of(red: Array, nir: Array) -> Array:
    """(NIR - red) / (NIR + red) of reflectances [1]; NaN where that is none.

    Examples
    --------
    >>> import numpy as np
    >>> ndvi_of(np.array([0.05, 0.0]), np.array([0.45, 0.0])).tolist()
    [0.8, nan]
    """
    total = nir + red
    out = np.full(total.shape, np.nan)
    np.divide(nir - red, total, out=out, where=total > 0)
    # a reflectance below zero (noise over shade and water) gives numbers beyond the index
    out[(out < -1) | (out > 1)] = np.nan
    return out


def write_ndvi(
    red: Band, nir: Band, out: Path, *, classes: Path | None = None, hidden: Iterable[int] = ()
) -> float:
    """Write the NDVI of a scene as a tiled GeoTIFF of the red band's cells.

    Parameters
    ----------
    red, nir : Band
        On the same cells.
    out : Path
        File to write, whole or not at all; NaN is unknown.
    classes : Path, optional
        Classes of the scene (clouds and the like), on cells of any size.
    hidden : iterable of int
        Classes under which the ground was not seen.

    Returns
    -------
    float
        Share of the cells that are known, 0 to 1.

    Raises
    ------
    DataError
        When a band cannot be read, or the bands do not share their cells.
    """
    first, other = raster_info(red.path), raster_info(nir.path)
    step = max(abs(first.cell[0]), abs(first.cell[1]))
    off = max(abs(a - b) for a, b in zip(first.transform, other.transform, strict=True))
    if first.shape != other.shape or off > 0.01 * step or not same_crs(first.crs, other.crs):
        raise DataError(
            say("gis.tiles.bands_of_other_cells"), where=str(nir.path), expected=str(red.path)
        )
    rows, cols = first.shape
    profile = {
        "driver": "GTiff",
        "width": cols,
        "height": rows,
        "count": 1,
        "dtype": "float32",
        "crs": first.crs,
        "transform": first.transform,
        "nodata": float("nan"),
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "deflate",
        "predictor": 3,
        "BIGTIFF": "IF_SAFER",
    }
    seen, hides, known = None, sorted(hidden), 0
    with (
        contextlib.ExitStack() as stack,
        whole_file(out, say("gis.files.raster_cannot_be_written")) as part,
        rasterio.open(part, "w", **profile) as made,
    ):
        reds = stack.enter_context(open_raster_file(red.path))
        nirs = stack.enter_context(open_raster_file(nir.path))
        if classes is not None:
            raster_info(classes)  # refuses what says no place
            given = stack.enter_context(open_raster_file(classes))
            frame = {
                "crs": first.crs,
                "transform": first.transform,
                "width": cols,
                "height": rows,
            }
            seen = stack.enter_context(WarpedVRT(given, resampling=Resampling.nearest, **frame))
        for row in range(0, rows, _BLOCK):
            window = Window(0, row, cols, min(_BLOCK, rows - row))
            with foreign(say("gis.files.raster_damaged"), str(red.path)):
                a, ok_a = _reflectance(reds.read(1, window=window), red)
            with foreign(say("gis.files.raster_damaged"), str(nir.path)):
                b, ok_b = _reflectance(nirs.read(1, window=window), nir)
            values = ndvi_of(a, b)
            values[~(ok_a & ok_b)] = np.nan
            if seen is not None:
                with foreign(say("gis.files.raster_damaged"), str(classes)):
                    values[np.isin(seen.read(1, window=window), hides)] = np.nan
            known += int(np.isfinite(values).sum())
            made.write(values.astype("float32"), 1, window=window)
    return known / (rows * cols)


def _reflectance(numbers: Array, band: Band) -> tuple[Array, Mask]:
    ok = ~np.isin(numbers, band.unknown)
    return numbers.astype(float) * band.scale + band.offset, ok
