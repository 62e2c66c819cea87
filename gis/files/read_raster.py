"""Read a raster onto the plan's grid; what is not known never comes back as a value."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.windows import Window as FileWindow

from gis.cells.grid import Grid, Window, full_window
from gis.cells.jit import for_few
from gis.cells.resample import (
    Places,
    file_box,
    places,
    resample_box,
    resample_linear,
    resample_nearest,
    window_rows,
)
from gis.constants import constants
from gis.crs.systems import same_crs
from gis.errors import DataError
from gis.files.given import foreign
from gis.files.raster_info import HeldRasters, RasterInfo, open_raster_file, raster_info
from gis.files.raster_values import Kind, fill_mask, known_mask, raw_limits
from gis.say import say
from gis.types import Array, Mask

__all__ = ["Kind", "RasterInfo", "raster_info", "read_raster"]

_MEAN, _SUM, _MODE = 0, 1, 2  # of resample_box
_STRIP = 4_000_000  # cells resampled at a time, in eight bytes each
_COARSER = 1.05  # from this ratio on a cell averages what it covers


def read_raster(
    path: str | Path,
    grid: Grid,
    window: Window | None = None,
    *,
    kind: Kind,
    band: int = 1,
    nodata: float | None = None,
    scale: float | None = None,
    offset: float | None = None,
    limits: tuple[float, float] | None = None,
    crs: str = "",
    held: HeldRasters | None = None,
) -> tuple[Array, Mask]:
    """Read a raster onto the cells of a grid, resampled by what it holds.

    Parameters
    ----------
    path : path
    grid : Grid
    window : Window, optional
        Part of the grid; the whole when left out.
    kind : {"classes", "intensive", "extensive"}
        Classes: the most frequent class of a larger cell, the nearest otherwise. Intensive
        (a mean keeps its meaning: height, radiation): mean of a larger cell, bilinear
        otherwise. Extensive (a sum keeps it: people): the total is kept.
    band : int
        From 1.
    nodata : float, optional
        Takes the place of the declared one.
    scale, offset : float
        value * scale + offset is given back, except of classes; what is left out is taken
        from the file, which may declare its own.
    limits : (low, high), optional
        What a value can be, scaled. What lies outside is not known, marks such as -9999
        before all; `gis.files.raster_values.survey_raster` counts it.
    crs : str
        CRS of a file that declares none.
    held : HeldRasters, optional
        Where the file stays open for the next window (`gis.files.raster_info`).

    Returns
    -------
    array : (h, w)
        Classes: the file's integer type, 0 where not valid. Otherwise float32 (float64 for
        64-bit and extensive data), NaN where not valid.
    valid : (h, w) bool
        Where the raster knows the value: inside it, not nodata, not NaN or infinite; for a
        cell that averages, at least half of it.

    Raises
    ------
    DataError
        Missing or unreadable file, no such band, classes that are not whole numbers, or a
        read above the ceiling of cells.

    Notes
    -----
    A file on the grid's own cells is read as it is. Otherwise positions are transformed cell by
    cell (no approximation), so a window gives the same values as the whole.
    """
    info = raster_info(path, crs=crs)
    if not 1 <= band <= info.count:
        raise DataError(
            say("gis.files.no_band", band=band), where=info.path, expected=f"1..{info.count}"
        )
    scale = info.scales[band - 1] if scale is None else scale
    offset = info.offsets[band - 1] if offset is None else offset
    raw = None if kind == "classes" else raw_limits(limits, scale, offset)
    terms = _Terms(info, band, nodata, raw, kind)
    rows, cols = window or full_window(grid)
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    ceiling = int(constants("limits")["raster_cells_max"])
    if shape[0] * shape[1] > ceiling:
        raise DataError(
            say("gis.files.read_too_large_memory"),
            where=info.path,
            got=say("gis.files.n_cells", rows=shape[0], cols=shape[1]),
            expected=say("gis.files.at_most_cells", ceiling=ceiling),
            todo=say("gis.files.read_window_by_window_gis"),
        )
    with (
        foreign(lambda: say("gis.files.raster_damaged"), info.path),
        _opening(held, Path(path), shape, info) as src,
    ):
        at = _aligned(info, grid, rows, cols)
        if at is not None:
            values, valid = _plain(src, terms, at, shape)
        else:
            values, valid = _warped(src, terms, grid, (rows, cols), shape)
    return _finish(values, valid, kind, scale, offset, info.path)


def _opening(
    held: HeldRasters | None, path: Path, shape: tuple[int, int], info: RasterInfo
) -> Any:  # noqa: ANN401
    if held is None:
        return open_raster_file(path)
    return held.reading(path, shape[0] * shape[1] * np.dtype(info.dtype).itemsize)


@dataclass(frozen=True)
class _Terms:
    """How cells of a file are read."""

    info: RasterInfo
    band: int
    nodata: float | None
    raw_limits: tuple[float, float] | None
    kind: Kind


def _aligned(info: RasterInfo, grid: Grid, rows: slice, cols: slice) -> tuple[int, int] | None:
    """Row and column of the window's first cell in the file, None when cells differ."""
    s, t = info.transform, grid.transform
    if s.b or s.d or s.e > 0 or not _one_system(info.crs, str(grid.crs)):
        return None
    h, w = info.shape
    # the cell sizes must agree to a thousandth of a cell over the whole file
    if abs(s.a - t.a) * w > 1e-3 * t.a or abs(s.e - t.e) * h > 1e-3 * t.a:
        return None
    col = (t.c + t.a * cols.start - s.c) / s.a
    row = (t.f + t.e * rows.start - s.f) / s.e
    if abs(col - round(col)) > 1e-3 or abs(row - round(row)) > 1e-3:
        return None
    return round(row), round(col)


@lru_cache(maxsize=256)
def _one_system(file: str, grid: str) -> bool:
    return same_crs(file, grid)


def _read(
    src: Any,  # noqa: ANN401
    terms: _Terms,
    box: tuple[int, int, int, int],
) -> tuple[Array, Mask]:
    """Cells [r0, r1) x [c0, c1) of the file, which lie inside it."""
    r0, r1, c0, c1 = box
    part = FileWindow(c0, r0, c1 - c0, r1 - r0)
    info, band, raw = terms.info, terms.band, terms.raw_limits
    values = src.read(band, window=part)
    fill = terms.nodata if terms.nodata is not None else info.nodata[band - 1]
    valid = known_mask(values, fill)
    if info.masked:
        valid &= src.read_masks(band, window=part) > 0
    if raw is not None:
        valid &= (values >= raw[0]) & (values <= raw[1])
        marks = fill_mask(values, raw, terms.kind)
        if marks is not None:
            valid &= ~marks
    return values, valid


def _plain(
    src: Any,  # noqa: ANN401
    terms: _Terms,
    at: tuple[int, int],
    shape: tuple[int, int],
) -> tuple[Array, Mask]:
    """The file's own cells; outside the file nothing is known."""
    row, col = at
    h, w = terms.info.shape
    r0, r1 = max(row, 0), min(row + shape[0], h)
    c0, c1 = max(col, 0), min(col + shape[1], w)
    if r0 >= r1 or c0 >= c1:
        return np.zeros(shape, terms.info.dtype), np.zeros(shape, dtype=bool)
    inner, known = _read(src, terms, (r0, r1, c0, c1))
    if inner.shape == shape:
        return inner, known
    values, valid = np.zeros(shape, inner.dtype), np.zeros(shape, dtype=bool)
    place = (slice(r0 - row, r1 - row), slice(c0 - col, c1 - col))
    values[place], valid[place] = inner, known
    return values, valid


def _warped(
    src: Any,  # noqa: ANN401
    terms: _Terms,
    grid: Grid,
    window: Window,
    shape: tuple[int, int],
) -> tuple[Array, Mask]:
    """Cells by their place in the file, strip by strip; outside it nothing is known."""
    rows, cols = window
    at = places(terms.info.transform, terms.info.crs, grid)
    step = max(1, _STRIP // max(shape[1], 1))
    out: Array | None = None
    valid = np.zeros(shape, dtype=bool)
    for top in range(0, shape[0], step):
        part = slice(top, min(top + step, shape[0]))
        own = slice(rows.start + part.start, rows.start + part.stop)
        found = _warped_strip(src, terms, at, (own, cols))
        if found is None:
            continue
        if part.stop - part.start == shape[0]:
            return found
        if out is None:
            out = np.zeros(shape, found[0].dtype)
        out[part], valid[part] = found
    return (np.zeros(shape, terms.info.dtype) if out is None else out), valid


def _warped_strip(
    src: Any,  # noqa: ANN401
    terms: _Terms,
    at: Places,
    window: Window,
) -> tuple[Array, Mask] | None:
    """Cells of some rows; None outside the file."""
    info, kind = terms.info, terms.kind
    rows, cols = window
    shape = (rows.stop - rows.start, cols.stop - cols.start)
    box = file_box(at, rows, cols, info.shape)
    if box is None:
        return None
    r0, r1, c0, c1 = box
    if (r1 - r0) * (c1 - c0) > int(constants("limits")["raster_cells_max"]):
        raise DataError(
            say("gis.files.window_covers_too_many_cells"),
            where=info.path,
            got=f"{r1 - r0} x {c1 - c0}",
            todo=say("gis.files.read_smaller_windows_resample_file"),
        )
    values, known = _read(src, terms, box)
    n, coarser = max(int(values.size), shape[0] * shape[1]), at.ratio > _COARSER
    valid = np.zeros(shape, dtype=bool)
    place = (r0, c0, *window_rows(at, rows, cols))
    if kind == "classes":
        if values.dtype.kind == "f":
            values = _whole(values, known, info.path)
        codes = values.astype(np.int32)
        if not coarser:
            out = np.zeros(shape, np.int32)
            for_few(resample_nearest, n)(codes, known, *place, out, valid)
        else:
            shares = np.zeros(shape)
            for_few(resample_box, n)(
                codes, known, *place, at.half_column, at.half_row, _MODE, shares, valid
            )
            out = shares.astype(np.int32)
        return out.astype(values.dtype), valid
    wide = kind == "extensive" or values.dtype.itemsize > 4 or values.dtype.kind in "iu"
    numbers = np.ascontiguousarray(values, np.float64 if wide else np.float32)
    result = np.zeros(shape)
    if kind == "intensive" and not coarser:
        for_few(resample_linear, n)(numbers, known, *place, result, valid)
    else:
        how = _SUM if kind == "extensive" else _MEAN
        for_few(resample_box, n)(
            numbers, known, *place, at.half_column, at.half_row, how, result, valid
        )
    return result if wide else result.astype(np.float32), valid


def _whole(values: Array, known: Mask, path: str) -> Array:
    """Class codes held as floats, as integers."""
    codes = np.where(known, values, 0)
    if (codes != np.round(codes)).any() or np.abs(codes).max(initial=0) > 2**30:
        raise DataError(
            say("gis.files.class_codes_must_whole_numbers"),
            where=path,
            got=str(codes[codes != np.round(codes)][:1]),
            todo=say("gis.files.this_layer_classes"),
        )
    return codes.astype(np.int32)


def _finish(
    values: Array, valid: Mask, kind: Kind, scale: float, offset: float, path: str
) -> tuple[Array, Mask]:
    if kind == "classes":
        if values.dtype.kind == "f":
            values = _whole(values, valid, path)
        if not valid.all():
            values = np.where(valid, values, values.dtype.type(0))
        return values, valid
    wide = kind == "extensive" or values.dtype in (np.float64, np.int32, np.uint32, np.int64)
    dtype = np.dtype(np.float64 if wide else np.float32)
    out = values.astype(dtype, copy=False)  # just read: nobody else has it
    if scale != 1.0 or offset != 0.0:
        out = out * dtype.type(scale) + dtype.type(offset)
    if not valid.all():
        out[~valid] = np.nan
    return out, valid
