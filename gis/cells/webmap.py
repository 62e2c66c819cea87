"""Rasters as a page or a sheet shows them: placed by the very grid they are read on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Preview",
    "WebRaster",
    "inside_web",
    "mercator_bounds_ll",
    "read_preview",
    "warp_web",
    "warp_web_bands",
    "web_bands",
]

_RADIUS_M = 6_378_137.0
"""Radius of the Web Mercator sphere (EPSG method 1024)."""


@dataclass(frozen=True)
class WebRaster:
    """One band on a north-up EPSG:3857 grid.

    Attributes
    ----------
    values : (h, w) array
        Values; meaningless where `valid` is False.
    valid : (h, w) bool
        Where the source has data.
    west_m, north_m : float
        Outer corner of the first cell in EPSG:3857.
    step_m : float
        Cell edge in EPSG:3857 metres (not ground metres).
    shrink : float
        1 when the picture is as fine as the source, 2 when cells are twice as long ...
    """

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]
    west_m: float
    north_m: float
    step_m: float
    shrink: float


def mercator_bounds_ll(
    west_m: float, south_m: float, east_m: float, north_m: float
) -> tuple[float, float, float, float]:
    """EPSG:3857 bounds as (west, south, east, north) in degrees.

    Examples
    --------
    >>> [round(v, 6) for v in mercator_bounds_ll(0, 0, 111319.490793, 0)]
    [0.0, 0.0, 1.0, 0.0]
    """

    def lat(y: float) -> float:
        return float(np.degrees(2 * np.arctan(np.exp(y / _RADIUS_M)) - np.pi / 2))

    def lon(x: float) -> float:
        return float(np.degrees(x / _RADIUS_M))

    return lon(west_m), lat(south_m), lon(east_m), lat(north_m)


def web_bands(path: Path) -> tuple[str, ...]:
    """Descriptions of the bands of a raster (empty text where there is none).

    Raises
    ------
    DataError
        When the file cannot be opened as a raster.
    """
    import rasterio  # heavy
    from rasterio.errors import RasterioIOError

    try:
        with rasterio.open(path) as src:
            return tuple(d or "" for d in src.descriptions)
    except RasterioIOError as err:
        raise DataError(
            say("gis.cells.not_raster"), where=str(path), got=foreign_reason(err)
        ) from err


def warp_web(
    path: Path,
    *,
    band: int = 1,
    kind: Literal["classes", "intensive"] = "classes",
    max_px: int = 40_000_000,
) -> WebRaster:
    """Band `band` of a raster, warped to EPSG:3857; see `warp_web_bands`.

    Parameters
    ----------
    path : path
        A raster GDAL can read, with a CRS.
    band : int
        From 1.
    kind, max_px
        As in `warp_web_bands`.

    Raises
    ------
    DataError
        When the file cannot be opened or has no CRS.
    """
    return warp_web_bands(path, bands=(band,), kind=kind, max_px=max_px)[0]


def warp_web_bands(
    path: Path,
    *,
    bands: tuple[int, ...] = (),
    kind: Literal["classes", "intensive"] = "classes",
    max_px: int = 40_000_000,
) -> tuple[WebRaster, ...]:
    """Bands of a raster, warped to EPSG:3857 and placed on one grid.

    Parameters
    ----------
    path : path
        A raster GDAL can read, with a CRS.
    bands : tuple of int
        From 1; all of them when empty.
    kind : {"classes", "intensive"}
        Classes are taken from the nearest cell, so no class is invented; quantities are
        interpolated bilinearly.
    max_px : int
        The picture is made coarser until it has at most this many pixels.

    Returns
    -------
    tuple of WebRaster
        On the grid GDAL suggests for the source (about one output cell a source cell).

    Raises
    ------
    DataError
        When the file cannot be opened or has no CRS.

    Notes
    -----
    The picture is placed by the corner of the grid it was warped to; stretching a
    Gauss-Krueger array over its lon/lat box is up to 1.2 km off in a county. GDAL warps once
    more for a mask, in pieces of another size; where the file names a value for no data, the
    mask is read off the values, and agrees with them everywhere.
    """
    import rasterio  # heavy
    import rasterio.warp
    from affine import Affine
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioIOError
    from rasterio.vrt import WarpedVRT

    try:
        src = rasterio.open(path)
    except RasterioIOError as err:
        raise DataError(
            say("gis.cells.not_raster"), where=str(path), got=foreign_reason(err)
        ) from err
    with src:
        if src.crs is None:
            raise DataError(
                say("gis.cells.raster_has_no_crs"),
                where=str(path),
                todo=say("gis.cells.give_one_gdal_edit_srs"),
            )
        transform, width, height = rasterio.warp.calculate_default_transform(
            src.crs, "EPSG:3857", src.width, src.height, *src.bounds
        )
        shrink = max(1.0, float(np.sqrt(width * height / max_px)))
        step = float(transform.a) * shrink
        width = int(np.ceil(width / shrink))
        height = int(np.ceil(height / shrink))
        resampling = Resampling.nearest if kind == "classes" else Resampling.bilinear
        wanted = bands or tuple(range(1, src.count + 1))
        empty = [src.nodatavals[b - 1] for b in wanted]
        with WarpedVRT(
            src,
            crs="EPSG:3857",
            transform=Affine(step, 0.0, transform.c, 0.0, -step, transform.f),
            width=width,
            height=height,
            resampling=resampling,
            add_alpha=src.nodata is None,
        ) as vrt:
            # one by one: together GDAL cuts its work in other pieces, and places shift a little
            values = [vrt.read(b) for b in wanted]
            valid = [
                vrt.read_masks(b) > 0 if e is None else v != e
                for b, v, e in zip(wanted, values, empty, strict=True)
            ]
    for k, v in zip(valid, values, strict=True):
        if np.issubdtype(v.dtype, np.floating):
            k &= np.isfinite(v)
    at = (float(transform.c), float(transform.f), step, shrink)
    return tuple(WebRaster(v, k, *at) for v, k in zip(values, valid, strict=True))


def inside_web(web: WebRaster, area_m: BaseGeometry) -> npt.NDArray[np.bool_]:
    """Pixels whose centre lies inside an area.

    Parameters
    ----------
    web : WebRaster
    area_m : Polygon or MultiPolygon
        In EPSG:3857.

    Returns
    -------
    (h, w) array of bool

    Examples
    --------
    >>> from shapely import box
    >>> blank = np.zeros((2, 3), bool)
    >>> inside_web(WebRaster(blank, blank, 0.0, 20.0, 10.0, 1.0), box(0, 10, 20, 20))
    array([[ True,  True, False],
           [False, False, False]])
    """
    from affine import Affine
    from rasterio.features import geometry_mask  # heavy

    placed = Affine(web.step_m, 0.0, web.west_m, 0.0, -web.step_m, web.north_m)
    found: npt.NDArray[np.bool_] = geometry_mask(
        [area_m], web.values.shape, placed, invert=True
    )
    return found


@dataclass(frozen=True)
class Preview:
    """Part of a raster at the resolution of a printed picture, in the raster's own CRS.

    Attributes
    ----------
    values, valid : (h, w) arrays
    bounds : (left, bottom, right, top)
        What the cells cover, snapped outwards to the raster's cells.
    crs : str
        WKT of the raster's CRS.
    """

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]
    bounds: tuple[float, float, float, float]
    crs: str


def read_preview(
    path: Path,
    bounds: tuple[float, float, float, float],
    *,
    band: int = 1,
    kind: Literal["classes", "intensive"] = "classes",
    max_px: int = 6_000_000,
    own_cells: bool = False,
) -> Preview | None:
    """Cells of a raster inside `bounds` (its own CRS), thinned to at most `max_px`.

    Parameters
    ----------
    path : path
    bounds : (left, bottom, right, top)
        In the raster's CRS; the part outside the raster is left out.
    band, kind, max_px
        As in `warp_web`.
    own_cells : bool
        Thinned from the cells themselves, never from overviews, whose cells may be means.

    Returns
    -------
    Preview or None
        None when `bounds` and raster do not meet.

    Raises
    ------
    DataError
        When the file cannot be opened.
    """
    import rasterio  # heavy
    from rasterio.enums import Resampling
    from rasterio.errors import RasterioIOError
    from rasterio.windows import Window

    try:
        src = rasterio.open(path, **({"OVERVIEW_LEVEL": "NONE"} if own_cells else {}))
    except RasterioIOError as err:
        raise DataError(
            say("gis.cells.not_raster"), where=str(path), got=foreign_reason(err)
        ) from err
    with src:
        step = float(src.transform.a)
        left, top = float(src.transform.c), float(src.transform.f)
        col0 = max(0, int(np.floor((bounds[0] - left) / step)))
        col1 = min(src.width, int(np.ceil((bounds[2] - left) / step)))
        row0 = max(0, int(np.floor((top - bounds[3]) / step)))
        row1 = min(src.height, int(np.ceil((top - bounds[1]) / step)))
        if col1 <= col0 or row1 <= row0:
            return None
        window = Window(col0, row0, col1 - col0, row1 - row0)
        thin = max(1.0, float(np.sqrt((col1 - col0) * (row1 - row0) / max_px)))
        shape = (max(1, int((row1 - row0) / thin)), max(1, int((col1 - col0) / thin)))
        how = Resampling.nearest if kind == "classes" else Resampling.average
        values = src.read(band, window=window, out_shape=shape, resampling=how)
        valid = src.read_masks(band, window=window, out_shape=shape) > 0
        crs = src.crs.to_wkt() if src.crs else ""
    if np.issubdtype(values.dtype, np.floating):
        valid &= np.isfinite(values)
    area = (left + col0 * step, top - row1 * step, left + col1 * step, top - row0 * step)
    return Preview(values, valid, area, crs)
