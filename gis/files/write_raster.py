"""Write rasters as cloud-optimised GeoTIFFs with nodata, colours and provenance inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import ColorInterp
from rasterio.env import get_gdal_config
from rasterio.windows import Window as FileWindow

from gis.cells.grid import Grid, Window, full_window, grid_crs, require_grid
from gis.constants import constants
from gis.crs.systems import epsg_of
from gis.errors import DataError
from gis.files.whole_file import whole_file
from gis.say import say
from gis.types import Array

__all__ = ["write_cog"]

Blocks = Iterable[tuple[Window, Array]]
Colour = tuple[int, int, int] | tuple[int, int, int, int]

_BLOCK = 512
_CACHE = "write_cache_bytes_max"
_COG_MIN = 16  # GDAL's smallest tile


def write_cog(
    path: str | Path,
    blocks: Blocks | Array,
    grid: Grid,
    *,
    dtype: str,
    nodata: float | None,
    tags: Mapping[str, str] | None = None,
    colormap: Mapping[int, Colour] | None = None,
    descriptions: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    statistics: bool = False,
    overviews: bool = True,
) -> Path:
    """Write a raster as a cloud-optimised GeoTIFF.

    Parameters
    ----------
    path : path
        Replaced only when the new file is complete.
    blocks : (h, w) or (bands, h, w) array, or iterable of (window, array)
        Blocks may come in any order and need not cover the grid: what is missing is nodata (0
        without one). Memory holds one block at a time.
    grid : Grid
    dtype : str
        Of the file, such as ``"uint8"`` or ``"float32"``.
    nodata : float or None
    tags : mapping
        Provenance and the like; an entry ``TIFFTAG_IMAGEDESCRIPTION`` shows in every viewer.
    colormap : mapping of value to (r, g, b[, a]), optional
        For one band of uint8 or uint16.
    descriptions : one text a band, optional
        Also sets the number of bands when blocks are streamed.
    units : one text a band, optional
    statistics : bool
        Least, greatest, mean and deviation of each band, kept in the file.
    overviews : bool
        Reduced copies: nearest for whole numbers, average for floats.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        A block that does not fit its window, a nodata value the type cannot hold, or a disk
        that is full or not writable (the file that was there stays).

    Notes
    -----
    Floats are compressed with predictor 3, whole numbers with 2; DEFLATE opens everywhere.
    """
    path = Path(path)
    require_grid(grid, str(path))
    kind = np.dtype(dtype)
    _check_nodata(nodata, kind, str(path))
    if isinstance(blocks, np.ndarray):
        bands = 1 if blocks.ndim == 2 else len(blocks)
        blocks = _strips(blocks, grid)
    else:
        bands = len(descriptions) if descriptions else 1
    if descriptions is not None and len(descriptions) != bands:
        raise DataError(
            say("gis.files.one_description_band"),
            where=str(path),
            got=say("gis.files.bands", n_descriptions=len(descriptions), bands=bands),
        )
    crs = grid_crs(grid)
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": int(grid.shape[0]),
        "width": int(grid.shape[1]),
        "count": bands,
        "dtype": kind.name,
        "crs": f"EPSG:{code}" if (code := epsg_of(crs)) else crs.to_wkt(),
        "transform": grid.transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "bigtiff": "if_safer",
        "sparse_ok": True,
    }
    # the file aside is read once and gone: packing it costs more than a little room on the disk
    if bands * profile["height"] * profile["width"] * kind.itemsize > _plain_most():
        profile |= {"compress": "deflate", "zlevel": 1}
    # GDAL's cache is 5 % of the machine's memory unless told otherwise: 1.2 GB of 24
    cache = min(int(get_gdal_config("GDAL_CACHEMAX")), constants("limits")[_CACHE])
    with (
        whole_file(path, say("gis.files.raster_cannot_be_written")) as done,
        rasterio.Env(GDAL_CACHEMAX=cache),
    ):
        raw = done.with_name("raw.tif" if done.name != "raw.tif" else "blocks.tif")
        with rasterio.open(raw, "w", **profile) as out:
            _fill(out, blocks, kind, bands, str(path))
            out.update_tags(**{k: str(v) for k, v in (tags or {}).items()})
            for i, text in enumerate(descriptions or (), 1):
                out.set_band_description(i, text)
            if units is not None:
                out.units = tuple(units)
            if colormap:
                out.write_colormap(1, {int(k): tuple(v) for k, v in colormap.items()})
            elif bands > 1:
                # without it viewers take three bands for red, green and blue
                out.colorinterp = [ColorInterp.gray] + [ColorInterp.undefined] * (bands - 1)
        floating = kind.kind == "f"
        rasterio.shutil.copy(
            raw,
            done,
            driver="COG",
            blocksize=_BLOCK,
            compress="DEFLATE",
            predictor="FLOATING_POINT" if floating else "STANDARD",
            overviews="IGNORE_EXISTING" if overviews else "NONE",
            overview_resampling="AVERAGE" if floating else "NEAREST",
            bigtiff="IF_SAFER",
            num_threads="2",
            statistics="YES" if statistics else "AUTO",
        )
    return path


def _plain_most() -> int:
    """Bytes of a raster that is laid aside as it is."""
    return int(constants("limits")["write_plain_bytes_max"])


def _check_nodata(nodata: float | None, kind: np.dtype[Any], where: str) -> None:
    if nodata is None or kind.kind == "f":
        return
    limits = np.iinfo(kind)
    if nodata != int(nodata) or not limits.min <= nodata <= limits.max:
        raise DataError(
            say("gis.files.cannot_hold_nodata_value", name=kind.name),
            where=where,
            got=str(nodata),
            expected=say("gis.files.whole_number", min=limits.min, max=limits.max),
        )


def _strips(array: Array, grid: Grid) -> Blocks:
    rows, cols = full_window(grid)
    if array.shape[-2:] != (rows.stop, cols.stop):
        raise DataError(
            say("gis.files.array_does_not_have_grid"),
            got=str(array.shape),
            expected=str((rows.stop, cols.stop)),
        )
    for r in range(0, rows.stop, _BLOCK):
        part = slice(r, min(r + _BLOCK, rows.stop))
        yield (part, cols), array[..., part, :]


def _fill(out: Any, blocks: Blocks, kind: np.dtype[Any], bands: int, where: str) -> None:  # noqa: ANN401
    for (rows, cols), block in blocks:
        shape = (rows.stop - rows.start, cols.stop - cols.start)
        data = np.asarray(block)
        if data.ndim == 2:
            data = data[np.newaxis]
        if data.shape != (bands, *shape):
            raise DataError(
                say("gis.files.block_does_not_fit_its"),
                where=where,
                got=str(data.shape),
                expected=str((bands, *shape)),
            )
        if data.dtype == bool:
            data = data.astype(kind)
        elif data.dtype != kind and not np.can_cast(data.dtype, kind, "same_kind"):
            raise DataError(
                say("gis.files.values_would_cut", given=data.dtype.name, wanted=kind.name),
                where=where,
                todo=say("gis.files.convert_them_on_purpose_first"),
            )
        part = FileWindow(cols.start, rows.start, shape[1], shape[0])
        out.write(data.astype(kind, copy=False), window=part)
