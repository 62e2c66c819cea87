"""Several rasters as one: cell for cell where they share their cells, resampled otherwise."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from gis.crs.systems import same_crs
from gis.errors import DataError
from gis.files.given import foreign
from gis.files.raster_info import RasterInfo, open_raster_file, raster_info
from gis.files.raster_values import Kind
from gis.files.whole_file import whole_file
from gis.say import say
from gis.types import Array, Mask

__all__ = ["Mosaic", "mosaic_note", "read_note", "write_mosaic"]

_BLOCK = 512
_CELLS_MAX = 4_000_000_000
_SAME = 1e-3  # of a cell, over a whole file
_HOW = {
    "classes": Resampling.nearest,
    "intensive": Resampling.bilinear,
    "extensive": Resampling.sum,
}


@dataclass(frozen=True)
class Mosaic:
    """What was found on putting rasters together.

    Attributes
    ----------
    cells
        Of the whole.
    twice
        Cells that more than one raster knows.
    differing
        Cells of which two rasters say different things; the first named is believed.
    unknown
        Cells no raster knows: gaps between them, or what each does not know.
    resampled
        Rasters whose cells or system are not those of the first.
    """

    cells: int
    twice: int
    differing: int
    unknown: int
    resampled: int


def _on_cells(info: RasterInfo, first: RasterInfo) -> bool:
    """Whether a raster has the cells of another, shifted by whole ones."""
    a, b = info.transform, first.transform
    if a.b or a.d or b.b or b.d or not same_crs(info.crs, first.crs):
        return False
    if abs(a.a - b.a) * info.shape[1] > _SAME * abs(b.a):
        return False
    if abs(a.e - b.e) * info.shape[0] > _SAME * abs(b.e):
        return False
    col, row = (a.c - b.c) / b.a, (a.f - b.f) / b.e
    # the edges of tiles are written as rounded degrees
    return bool(abs(col - round(col)) < 0.01 and abs(row - round(row)) < 0.01)


def _frame(infos: Sequence[RasterInfo]) -> tuple[Affine, int, int]:
    """The first raster's cells over all of them: transform, rows, columns."""
    first = infos[0]
    t = first.transform
    boxes = [
        i.bounds
        if same_crs(i.crs, first.crs)
        else transform_bounds(i.crs, first.crs, *i.bounds, densify_pts=21)
        for i in infos
    ]
    west, south = min(b[0] for b in boxes), min(b[1] for b in boxes)
    east, north = max(b[2] for b in boxes), max(b[3] for b in boxes)
    c0 = math.floor((west - t.c) / t.a + _SAME)
    r0 = math.floor((north - t.f) / t.e + _SAME)
    c1 = math.ceil((east - t.c) / t.a - _SAME)
    r1 = math.ceil((south - t.f) / t.e - _SAME)
    moved = Affine(t.a, 0.0, t.c + c0 * t.a, 0.0, t.e, t.f + r0 * t.e)
    return moved, r1 - r0, c1 - c0


def write_mosaic(
    paths: Sequence[Path],
    out: Path,
    *,
    kind: Kind,
    band: int = 1,
    crs: str = "",
    highest: bool = False,
) -> Mosaic:
    """Write rasters as one GeoTIFF on the cells of the first.

    Parameters
    ----------
    paths : sequence of Path
        The first knows best: where several know a cell its value counts.
    out : Path
    kind : {"classes", "intensive", "extensive"}
        How a raster of other cells, or of another coordinate system, is brought to those of
        the first: the nearest cell, bilinear, or the total kept.
    band : int
        The band that is read, from 1.
    crs : str
        Of rasters that declare none.
    highest : bool
        Of several values of a cell the highest counts, as of one place on several days; none
        differs then.

    Returns
    -------
    Mosaic

    Raises
    ------
    DataError
        When one cannot be read, the rasters have other scales or types, or are too far apart.
    """
    infos = [raster_info(p, crs=crs) for p in paths]
    first = infos[0]
    for info in infos:
        if not 1 <= band <= info.count:
            raise DataError(say("gis.files.no_band", band=band), where=info.path)
        same = (info.scales[band - 1], info.offsets[band - 1])
        if same != (first.scales[band - 1], first.offsets[band - 1]):
            raise DataError(say("gis.tiles.other_scale"), where=info.path)
    if first.transform.b or first.transform.d:
        raise DataError(say("gis.tiles.turned"), where=first.path)
    transform, rows, cols = _frame(infos)
    if rows * cols > _CELLS_MAX:
        raise DataError(
            say("gis.tiles.too_far_apart"), where=first.path, got=f"{rows} x {cols}"
        )
    kinds = [np.dtype(i.dtype) for i in infos]
    dtype = np.result_type(*kinds)
    nodata = first.nodata[band - 1]
    if nodata is None and dtype.kind == "f":
        nodata = float("nan")
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": cols,
        "count": 1,
        "dtype": dtype,
        "crs": first.crs,
        "transform": transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "deflate",
        "BIGTIFF": "IF_SAFER",
    }
    counts = {"twice": 0, "differing": 0, "unknown": 0}
    with (
        whole_file(out, say("gis.files.raster_cannot_be_written")) as part,
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True),
        contextlib.ExitStack() as stack,
        rasterio.open(part, "w", **profile) as made,
    ):
        made.scales, made.offsets = [first.scales[band - 1]], [first.offsets[band - 1]]
        made.units = [first.units[band - 1]]
        frame = (transform, rows, cols)
        tiles = [stack.enter_context(_tile(i, first, frame, band, kind)) for i in infos]
        for row in range(0, rows, _BLOCK):
            n = min(_BLOCK, rows - row)
            values, known = _strip(tiles, row, (n, cols), dtype, counts, highest=highest)
            if nodata is not None:
                values[~known] = nodata
            window = Window(0, row, cols, n)
            made.write(values, 1, window=window)
            if nodata is None:
                made.write_mask(known, window=window)
    moved = sum(not _on_cells(i, first) for i in infos)
    return Mosaic(rows * cols, counts["twice"], counts["differing"], counts["unknown"], moved)


@dataclass(frozen=True)
class _Tile:
    """A raster on the frame: where its cells begin, and how they are read."""

    src: Any
    band: int
    row: int
    col: int
    nodata: float | None
    masked: bool
    where: str


@contextlib.contextmanager
def _tile(
    info: RasterInfo,
    first: RasterInfo,
    frame: tuple[Affine, int, int],
    band: int,
    kind: Kind,
) -> Iterator[_Tile]:
    transform, rows, cols = frame
    with open_raster_file(Path(info.path)) as src:
        nodata = info.nodata[band - 1]
        if _on_cells(info, first):
            col = round((info.transform.c - transform.c) / transform.a)
            row = round((info.transform.f - transform.f) / transform.e)
            yield _Tile(src, band, row, col, nodata, info.masked, info.path)
            return
        with WarpedVRT(
            src,
            src_crs=info.crs,
            crs=first.crs,
            transform=transform,
            width=cols,
            height=rows,
            resampling=_HOW[kind],
            src_nodata=nodata,
            nodata=nodata,
            add_alpha=nodata is None and src.count == 1,
        ) as warped:
            yield _Tile(warped, band, 0, 0, nodata, nodata is None, info.path)


def _strip(
    tiles: Sequence[_Tile],
    row: int,
    shape: tuple[int, int],
    dtype: np.dtype[Any],
    counts: dict[str, int],
    *,
    highest: bool,
) -> tuple[Array, Mask]:
    values, known = np.zeros(shape, dtype), np.zeros(shape, dtype=bool)
    for tile in tiles:
        r0, r1 = max(row, tile.row), min(row + shape[0], tile.row + tile.src.height)
        if r0 >= r1:
            continue
        part = Window(0, r0 - tile.row, tile.src.width, r1 - r0)
        with foreign(say("gis.files.raster_damaged"), tile.where):
            came = tile.src.read(tile.band, window=part)
            valid = np.ones(came.shape, dtype=bool)
            if tile.nodata is not None:
                valid = came != tile.nodata
            if tile.masked:
                valid &= tile.src.read_masks(tile.band, window=part) > 0
        if came.dtype.kind == "f":
            valid &= np.isfinite(came)
        at = (slice(r0 - row, r1 - row), slice(tile.col, tile.col + tile.src.width))
        both = valid & known[at]
        counts["twice"] += int(both.sum())
        if highest:
            new = valid & (~known[at] | (came > values[at]))
        else:
            counts["differing"] += int((both & (came != values[at])).sum())
            new = valid & ~known[at]
        values[at][new] = came[new]
        known[at] |= valid
    counts["unknown"] += int((~known).sum())
    return values, known


def mosaic_note(found: Mosaic) -> str:
    """What was found as text that `read_note` reads again."""
    return json.dumps(found.__dict__)


def read_note(text: str) -> Mosaic:
    """What `mosaic_note` wrote."""
    return Mosaic(**json.loads(text))
