"""A window of a raster as a file of its own, cell for cell as it was."""

from __future__ import annotations

import contextlib
import io
import math
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import rasterio
from pyproj import Transformer
from rasterio.windows import Window

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.given import foreign
from gis.files.raster_info import open_raster_file
from gis.files.whole_file import whole_file
from gis.say import say

__all__ = ["clip_raster"]

Box = tuple[float, float, float, float]


class Remote(Protocol):
    """A GeoTIFF that is elsewhere: GDAL itself never asks the network for it.

    Attributes
    ----------
    name
        For messages.
    """

    name: str

    def view(self) -> io.RawIOBase:
        """It as an open file, with a place of its own to read from."""
        ...


_BLOCK = 512
_REMOTE = "remote.tif"
_MARGIN = 2  # cells around the box, so that what is between two cells at its edge is known
_CELLS_MAX = 4_000_000_000  # a county at 10 m has 0.04 thousand million


def _opened(source: Path | Remote) -> Any:  # noqa: ANN401
    if isinstance(source, Path):
        return open_raster_file(source)

    def opener(path: str, mode: str = "rb") -> io.RawIOBase:
        if path != _REMOTE or mode not in ("r", "rb"):  # no side files
            raise FileNotFoundError(path)
        return source.view()

    with rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"):
        return rasterio.open(_REMOTE, driver="GTiff", opener=opener)


def _window(src: Any, box_ll: Box) -> Window | None:  # noqa: ANN401
    """The cells of a raster a box touches; None when it touches none."""
    if src.crs is None:
        raise DataError(say("gis.files.no_coordinate_system_declared"), where=src.name)
    to_file = Transformer.from_crs("EPSG:4326", as_crs(src.crs.to_wkt()), always_xy=True)
    x0, y0, x1, y1 = to_file.transform_bounds(*box_ll, densify_pts=21)
    t = ~src.transform
    corners = ((x0, y0), (x0, y1), (x1, y0), (x1, y1))
    cols = [t.a * x + t.b * y + t.c for x, y in corners]
    rows = [t.d * x + t.e * y + t.f for x, y in corners]
    c0 = max(math.floor(min(cols)) - _MARGIN, 0)
    r0 = max(math.floor(min(rows)) - _MARGIN, 0)
    c1 = min(math.ceil(max(cols)) + _MARGIN, src.width)
    r1 = min(math.ceil(max(rows)) + _MARGIN, src.height)
    # touching by the margin alone is touching not at all
    inside = (
        max(cols) > 0 and min(cols) < src.width and max(rows) > 0 and min(rows) < src.height
    )
    return Window(c0, r0, c1 - c0, r1 - r0) if inside and c0 < c1 and r0 < r1 else None


def clip_raster(source: Path | Remote, box_ll: Box, out: Path) -> bool:
    """Write what a raster has inside a box as a tiled GeoTIFF of the same cells.

    Parameters
    ----------
    source : Path or Remote
        A raster file, or a GeoTIFF that is elsewhere, of which only what is needed is read.
    box_ll : (west, south, east, north)
        In degrees.
    out : Path
        File to write, whole or not at all.

    Returns
    -------
    bool
        False when the raster does not touch the box; nothing is written then.

    Raises
    ------
    DataError
        When it cannot be read, declares no coordinate system, or the window has too many
        cells.
    """
    where = str(source) if isinstance(source, Path) else source.name
    with contextlib.ExitStack() as stack:
        stack.enter_context(foreign(say("gis.files.raster_damaged"), where))
        src = stack.enter_context(_opened(source))
        window = _window(src, box_ll)
        if window is None:
            return False
        if window.width * window.height * src.count > _CELLS_MAX:
            raise DataError(
                say("gis.files.window_covers_too_many_cells"),
                where=where,
                got=f"{window.height} x {window.width}",
            )
        part = stack.enter_context(whole_file(out, say("gis.files.raster_cannot_be_written")))
        _copy(src, window, part, where)
    return True


def _copy(src: Any, window: Window, out: Path, where: str) -> None:  # noqa: ANN401
    kind = np.dtype(src.dtypes[0])
    profile = {
        "driver": "GTiff",
        "width": window.width,
        "height": window.height,
        "count": src.count,
        "dtype": kind,
        "crs": src.crs,
        "transform": src.window_transform(window),
        "nodata": src.nodata,
        "tiled": True,
        "blockxsize": _BLOCK,
        "blockysize": _BLOCK,
        "compress": "deflate",
        "predictor": 3 if kind.kind == "f" else 2,
        "BIGTIFF": "IF_SAFER",
    }
    with rasterio.open(out, "w", **profile) as made:
        made.scales, made.offsets = src.scales, src.offsets
        made.units = src.units
        for band in range(1, src.count + 1):
            made.set_band_description(band, src.descriptions[band - 1] or "")
        with contextlib.suppress(ValueError):
            made.write_colormap(1, src.colormap(1))
        for row in range(0, window.height, _BLOCK):
            rows = min(_BLOCK, window.height - row)
            strip = Window(window.col_off, window.row_off + row, window.width, rows)
            with foreign(say("gis.files.raster_damaged"), where):
                values = src.read(window=strip)
            made.write(values, window=Window(0, row, window.width, rows))
