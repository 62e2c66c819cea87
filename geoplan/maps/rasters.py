"""Rasters as pictures for the page: 1,024-pixel WebP chunks in EPSG:3857.

Classes and signed quantities are lossless, the others WebP quality 80. The chunk's corners
come from the grid the raster was warped to, so a picture lies within half a pixel of the
vectors.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.cells.webmap import WebRaster, mercator_bounds_ll

__all__ = [
    "Chunk",
    "Pattern",
    "blank_chunks",
    "class_chunks",
    "coarser",
    "code_chunks",
    "lined",
    "low_zoom",
    "patterned",
    "ramp_chunks",
    "ramp_colours",
    "ramp_digits",
    "ramp_limits",
    "shade_chunks",
]

CHUNK_PX = 1024
_MOST_DIGITS = 8
QUALITY = 80
LOW_PX = 1_500_000
"""Pixels of the coarse picture: about a screen."""
EQUATOR_M = 2 * np.pi * 6_378_137.0
TILE_PX = 256
_PALER = 4  # times less colour between the lines of a hatching
_AT_A_TIME = 2  # pictures painted and packed side by side; both leave the interpreter free


@dataclass(frozen=True)
class Chunk:
    """One picture: base64 WebP and its (west, south, east, north) in degrees."""

    webp: str
    bounds_ll: tuple[float, float, float, float]


def _webp(rgba: npt.NDArray[np.uint8], *, lossless: bool) -> str:
    from PIL import Image  # heavy

    out = io.BytesIO()
    image = Image.fromarray(rgba)
    if lossless:
        image.save(out, "WEBP", lossless=True, quality=40, method=2, exact=False)
    else:
        image.save(out, "WEBP", quality=QUALITY, method=2)
    return base64.b64encode(out.getvalue()).decode()


def _chunks(
    web: WebRaster,
    paint: Any,  # noqa: ANN401 - a function of (values, valid) -> RGBA
    *,
    lossless: bool,
) -> list[Chunk]:
    h, w = web.values.shape
    corners = [(r, c) for r in range(0, h, CHUNK_PX) for c in range(0, w, CHUNK_PX)]

    def drawn(corner: tuple[int, int]) -> Chunk | None:
        r, c = corner
        rows, cols = slice(r, min(r + CHUNK_PX, h)), slice(c, min(c + CHUNK_PX, w))
        rgba = paint(web.values[rows, cols], web.valid[rows, cols])
        if not rgba[..., 3].any():
            return None
        west = web.west_m + cols.start * web.step_m
        north = web.north_m - rows.start * web.step_m
        east = web.west_m + cols.stop * web.step_m
        south = web.north_m - rows.stop * web.step_m
        bounds = mercator_bounds_ll(west, south, east, north)
        return Chunk(_webp(rgba, lossless=lossless), bounds)

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        return [chunk for chunk in pool.map(drawn, corners) if chunk is not None]


def _painted(
    table: npt.NDArray[np.uint8], index: npt.NDArray[np.integer]
) -> npt.NDArray[np.uint8]:
    """Rows of a table of four bytes, taken as one word each."""
    words = np.ascontiguousarray(table).view(np.uint32)[:, 0]
    out: npt.NDArray[np.uint8] = words[index][..., None].view(np.uint8)
    return out


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def coarser(web: WebRaster, max_px: int = LOW_PX) -> WebRaster | None:
    """`web` thinned to at most `max_px` pixels for low zooms; None when it is no larger.

    Every n-th pixel is taken, so a class picture still shows only real classes.
    """
    if web.values.size <= 2 * max_px:
        return None
    n = int(np.ceil(np.sqrt(web.values.size / max_px)))
    # whole blocks only, so that the coarse grid ends where its last pixel ends
    h, w = (s - s % n for s in web.values.shape)
    pick = (slice(n // 2, h, n), slice(n // 2, w, n))
    return WebRaster(
        web.values[pick],
        web.valid[pick],
        web.west_m,
        web.north_m,
        web.step_m * n,
        web.shrink * n,
    )


def low_zoom(web: WebRaster) -> float:
    """Zoom up to which a picture is fine enough: one and a half screen pixels a cell."""
    return float(np.log2(EQUATOR_M / TILE_PX / web.step_m) + np.log2(1.5))


def lined(rgba: npt.NDArray[np.uint8], where: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """A picture with lines of its colour on a paler ground where asked."""
    row, col = np.indices(where.shape)
    between = where & ((row + col) % HATCH_PX >= HATCH_PX // 3)
    out = rgba.copy()
    out[between, :3] = 255 - (255 - out[between, :3]) // _PALER
    return out


HATCH_PX = 8
"""Pixels from line to line of a hatching."""

Pattern = Literal["lines", "back", "dots", "veil"]
"""Pale ground with lines; dark lines the other way; white dots; white bands over all."""


def patterned(
    rgba: npt.NDArray[np.uint8], where: npt.NDArray[np.bool_], pattern: Pattern
) -> npt.NDArray[np.uint8]:
    """A picture with a pattern where asked, told without colour.

    Examples
    --------
    Two pixels of eight of every row are dark in ``"back"``; one is lost where it is shrunk:

    >>> grey = np.full((8, 8, 4), 200, np.uint8)
    >>> (patterned(grey, np.ones((8, 8), bool), "back")[..., 0] < 200).sum(axis=1).tolist()
    [2, 2, 2, 2, 2, 2, 2, 2]
    """
    if pattern == "lines":
        return lined(rgba, where)
    row, col = np.indices(where.shape)
    out = rgba.copy()
    if pattern == "back":
        on = where & ((row - col) % HATCH_PX < HATCH_PX // 4)
        out[on, :3] = out[on, :3] // 5 * 3
    elif pattern == "dots":
        out[where & (row % 4 < 2) & (col % 4 < 2), :3] = 255
    else:
        out[where & ((row + col) % (2 * HATCH_PX) < HATCH_PX // 2), :3] = 255
    return out


def class_chunks(web: WebRaster, colours: Mapping[int, str]) -> list[Chunk]:
    """Pictures of a classified raster; values without a colour are transparent.

    Parameters
    ----------
    web : WebRaster
        Integer classes.
    colours : mapping
        Value -> ``"#rrggbb"``.
    """
    size = max((*colours, 0)) + 2
    table = np.zeros((size, 4), np.uint8)
    for value, colour in colours.items():
        table[value] = (*_rgb(colour), 255)

    def paint(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        index = np.where(valid & (values >= 0) & (values < size), values, size - 1)
        return _painted(table, index.astype(np.intp, copy=False))

    return _chunks(web, paint, lossless=True)


def blank_chunks(web: WebRaster, colour: str) -> list[Chunk]:
    """Pictures of land without a value: lines of `colour` where `web` is valid."""
    rgb = _rgb(colour)

    def paint(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        out = np.zeros((*values.shape, 4), np.uint8)
        out[valid] = (*rgb, 255)
        return patterned(out, valid, "lines")

    return _chunks(web, paint, lossless=True)


def shade_chunks(web: WebRaster) -> list[Chunk]:
    """Pictures of a shadow: black, as opaque as the value."""

    def paint(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        out = np.zeros((*values.shape, 4), np.uint8)
        out[..., 3] = np.where(valid, values, 0)
        return out

    return _chunks(web, paint, lossless=False)


def code_chunks(web: WebRaster) -> list[Chunk]:
    """Pictures that carry a code per pixel in red + 256 green + 65536 blue, exactly."""

    def paint(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        code = np.where(valid, values, 0).astype(np.uint32)
        out = np.zeros((*code.shape, 4), np.uint8)
        out[..., 0], out[..., 1], out[..., 2] = code & 255, code >> 8 & 255, code >> 16 & 255
        out[..., 3] = np.where(valid, 255, 0)
        return out

    return _chunks(web, paint, lossless=True)


def ramp_colours(stops: tuple[str, ...], n: int = 256) -> npt.NDArray[np.uint8]:
    """`n` colours between `stops`, linear in sRGB.

    Examples
    --------
    >>> ramp_colours(("#000000", "#ffffff"), 3).tolist()
    [[0, 0, 0], [127, 127, 127], [255, 255, 255]]
    """
    given = np.array([_rgb(c) for c in stops], float)
    at = np.linspace(0, len(stops) - 1, n)
    low = np.minimum(at.astype(int), len(stops) - 2)
    part = (at - low)[:, None]
    out: npt.NDArray[np.uint8] = (given[low] * (1 - part) + given[low + 1] * part).astype(
        np.uint8
    )
    return out


_ENDS_PCT = (2.0, 98.0)
"""Percentiles a ramp spans: a few odd cells do not take the colours from all others."""


_RAMP_STEPS = 255
"""Colours of a ramp; odd, so that the middle of a symmetric one is a colour of its own."""


def ramp_limits(
    values: npt.NDArray[np.floating], *, symmetric: bool = False
) -> tuple[float, float] | None:
    """Values of the first and the last colour; None where there is nothing to tell apart.

    Parameters
    ----------
    values : (n,) array
        Values that are shown; NaN has none.
    symmetric : bool
        The middle colour is 0. The limits then come from the values that are not 0: land that
        did not change must not take the span from the land that did.

    Examples
    --------
    98.4 % of a county unchanged, the rest 40.7 tC/ha more:

    >>> change = np.repeat([0.0, 40.7], [984, 16])
    >>> ramp_limits(change, symmetric=True)
    (-40.7, 40.7)
    >>> ramp_limits(np.zeros(9), symmetric=True) is None
    True
    """
    shown = values[np.isfinite(values)]
    if symmetric:
        shown = shown[shown != 0]
    if not shown.size:
        return None
    low, high = (float(v) for v in np.percentile(shown, _ENDS_PCT))
    if symmetric:
        high = max(abs(low), abs(high))
        low = -high
    return low, high


def ramp_digits(low: float, high: float, decimals: int) -> int:
    """Decimals that tell the ends of a ramp apart: two figures of the larger, at least.

    Examples
    --------
    Ends of 0.054 are no 0.1, and those of 0.004 no -0.0:

    >>> ramp_digits(-0.054, 0.054, 1), ramp_digits(-0.004, 0.004, 1), ramp_digits(0.0, 43.2, 1)
    (3, 4, 1)
    """
    size, apart = max(abs(low), abs(high)), abs(high - low)
    if not (math.isfinite(size) and apart > 0):
        return decimals
    wanted = max(1 - math.floor(math.log10(size)), -math.floor(math.log10(apart)))
    return min(max(decimals, wanted), _MOST_DIGITS)


def ramp_chunks(
    web: WebRaster, stops: tuple[str, ...], low: float, high: float, *, parted: bool = False
) -> list[Chunk]:
    """Pictures of a quantity, `low` in the first colour and `high` in the last.

    Where nothing stands in the middle, gain on one side and loss on the other (`parted`), no
    pixel may take a tint of its neighbours: such a picture is lossless.
    """
    table = np.full((_RAMP_STEPS, 4), 255, np.uint8)
    table[:, :3] = ramp_colours(stops, _RAMP_STEPS)
    span = (high - low) or 1.0

    def place(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        share = np.nan_to_num((values.astype(np.float64) - low) / span)
        if parted:
            share = np.interp(np.nan_to_num(values), (low, 0.0, high), (0.0, 0.5, 1.0))
        return np.clip(share * (_RAMP_STEPS - 1), 0, _RAMP_STEPS - 1).astype(np.int64)

    # of one byte each value is placed once, and not each pixel
    every = place(np.arange(256, dtype=np.uint8)) if web.values.dtype == np.uint8 else None

    def paint(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        painted = _painted(table, place(values) if every is None else every[values])
        painted[..., 3] = np.where(valid, 255, 0)
        return painted

    return _chunks(web, paint, lossless=parted or low == -high)
