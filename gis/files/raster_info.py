"""Raster files opened, one after the other or held open, and what they say of themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioIOError

from gis.crs.systems import as_crs, check_coordinates, epsg_of
from gis.errors import DataError
from gis.files.archive import check_hdf5
from gis.files.given import foreign, given_file, raster_drivers
from gis.files.notes import Note
from gis.machine import stamp_of
from gis.say import listed, say

__all__ = ["HeldRasters", "RasterInfo", "held_rasters", "open_raster_file", "raster_info"]

_FILLS = (-9999.0, -99999.0, -32768.0, -3.4028234663852886e38, 255.0, 65535.0, 32767.0)
_GLOBE_DEG = 361.0
_HELD_BYTES = 1 << 24
"""Read from one opening before it is closed: the driver keeps the blocks until then."""

_Key = tuple[Path, tuple[int, ...]]


@dataclass(frozen=True)
class RasterInfo:
    """What a raster file says of itself.

    Attributes
    ----------
    shape : (rows, columns)
    cell : (x, y)
        Size of a cell in units of its CRS.
    nodata : per band; None where none is declared
    scales, offsets, units : per band; what the file says of its own values
    colours : per band; ``"gray"``, ``"palette"``, ``"red"`` ... as the file declares them
    notes : remarks, such as a missing nodata value
    """

    path: str
    shape: tuple[int, int]
    count: int
    dtype: str
    crs: str
    bounds: tuple[float, float, float, float]
    transform: Affine
    cell: tuple[float, float]
    nodata: tuple[float | None, ...]
    masked: bool
    descriptions: tuple[str, ...]
    tags: dict[str, str]
    notes: tuple[Note, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    units: tuple[str, ...]
    colours: tuple[str, ...]


def open_raster_file(path: Path) -> Any:  # noqa: ANN401
    """The open rasterio data set of a file.

    Raises
    ------
    DataError
        When it is missing or no raster, or points to another file.
    """
    path = given_file(path)
    if not path.exists():
        raise DataError(
            say("gis.files.file_missing"), where=str(path), todo=say("gis.files.check_path")
        )
    with foreign(lambda: say("gis.files.file_cannot_read_raster"), str(path)):
        check_hdf5(path)
        src = _opened(path)
        if src.tags(ns="OVERVIEWS"):
            # GDAL would open the file they name, wherever it is
            src.close()
            raise DataError(
                say("gis.given.points_elsewhere"),
                where=str(path),
                got=say("gis.given.overviews_elsewhere"),
                todo=say("gis.given.export_data"),
            )
        return src


def _opened(path: Path) -> Any:  # noqa: ANN401
    """The data set, opened by none but the drivers of its suffix."""
    *others, last = raster_drivers(path)
    for driver in others:
        try:
            return rasterio.open(path, driver=driver)
        except RasterioIOError:
            continue
    return rasterio.open(path, driver=last)


@dataclass(frozen=True)
class HeldRasters:
    """Openings nobody reads just now; each belongs to one reader at a time.

    Copied into another process it holds none.

    Attributes
    ----------
    free : dict
        Path and stamp of a file -> openings, each with the bytes read from it so far. A file
        that was replaced has another stamp, so it is opened anew.
    """

    free: dict[_Key, list[tuple[Any, int]]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[HeldRasters], tuple[()]]:
        """As another process gets it."""
        return HeldRasters, ()

    @contextmanager
    def reading(self, path: Path, size: int) -> Iterator[Any]:
        """An opening of a file for one read.

        Parameters
        ----------
        path : Path
        size : int
            Bytes about to be read.

        Raises
        ------
        DataError
            As `gis.files.raster_info.open_raster_file`.
        OSError
            When the file is gone.
        """
        key = path, stamp_of(path)
        kept = self.free.setdefault(key, [])
        try:
            src, read = kept.pop()
        except IndexError:
            src, read = open_raster_file(path), 0
        try:
            yield src
        except BaseException:
            src.close()
            raise
        if read + size < _HELD_BYTES:
            kept.append((src, read + size))
        else:
            src.close()

    def close(self) -> None:
        """Close what is open."""
        for kept in self.free.values():
            while kept:
                kept.pop()[0].close()


@contextmanager
def held_rasters() -> Iterator[HeldRasters]:
    """Openings for the windows of a piece of work, closed at its end.

    Examples
    --------
    >>> with held_rasters() as held:
    ...     held.free
    {}
    """
    held = HeldRasters()
    try:
        yield held
    finally:
        held.close()


def raster_info(path: str | Path, *, crs: str = "") -> RasterInfo:
    """Describe a raster and note what is odd about it.

    Parameters
    ----------
    path : path
    crs : str
        CRS of a file that declares none.

    Raises
    ------
    DataError
        Missing or unreadable file, no CRS, no georeference, coordinates that contradict
        the CRS.
    """
    path = given_file(path)
    if not path.exists():
        raise DataError(
            say("gis.files.file_missing"), where=str(path), todo=say("gis.files.check_path")
        )
    with foreign(lambda: say("gis.files.file_cannot_read_raster"), str(path)):
        return _info(str(path), stamp_of(path), crs)


@lru_cache(maxsize=256)
def _info(path: str, _stamp: tuple[int, ...], crs: str) -> RasterInfo:
    with open_raster_file(Path(path)) as src:
        if src.transform.is_identity and not src.gcps[0]:
            raise DataError(
                say("gis.files.raster_not_georeferenced"),
                where=path,
                todo=say("gis.files.add_tfw_use_geotiff"),
            )
        if src.crs is None and not crs:
            b = src.bounds
            raise DataError(
                say("gis.files.no_coordinate_system_declared"),
                where=path,
                got=f"x {b.left:.8g}..{b.right:.8g}, y {b.bottom:.8g}..{b.top:.8g}",
                todo=say("gis.files.write_crs_plainly"),
            )
        if any(str(d).startswith("complex") for d in src.dtypes):
            raise DataError(
                say("gis.files.raster_complex"),
                where=path,
                got=listed(sorted({str(d) for d in src.dtypes})),
                expected=say("gis.files.real_numbers"),
                todo=say("gis.files.export_real_part"),
            )
        text = crs or src.crs.to_wkt()
        bounds = (
            min(src.bounds.left, src.bounds.right),
            min(src.bounds.bottom, src.bounds.top),
            max(src.bounds.left, src.bounds.right),
            max(src.bounds.bottom, src.bounds.top),
        )
        system = as_crs(text, path)
        # global rasters reach a little beyond the poles and 180 degrees
        if not system.is_geographic or max(map(abs, bounds)) > _GLOBE_DEG:
            check_coordinates(bounds, system, path)
        masked = any(
            MaskFlags.per_dataset in flags or MaskFlags.alpha in flags
            for flags in src.mask_flag_enums
        )
        t = src.transform
        return RasterInfo(
            path,
            (src.height, src.width),
            src.count,
            str(src.dtypes[0]),
            f"EPSG:{code}" if (code := epsg_of(system)) else system.to_wkt(),
            bounds,
            t,
            (math.hypot(t.a, t.d), math.hypot(t.b, t.e)),
            tuple(src.nodatavals),
            masked,
            tuple(d or "" for d in src.descriptions),
            dict(src.tags()),
            (*_nodata_notes(src, path, masked=masked), *_scale_notes(src, path)),
            tuple(_usable(s) for s in src.scales),
            tuple(float(o) if math.isfinite(o) else 0.0 for o in src.offsets),
            tuple(u or "" for u in src.units),
            tuple(c.name for c in src.colorinterp),
        )


def _usable(scale: float) -> float:
    """The scale a file declares; one that would make all values the same is none."""
    return float(scale) if math.isfinite(scale) and scale != 0 else 1.0


def _scale_notes(src: Any, path: str) -> list[Note]:  # noqa: ANN401
    """A declared scale or offset that cannot be one is not used, and that is told."""
    bad = [
        f"{name} {value:g}"
        for scale, offset in zip(src.scales, src.offsets, strict=True)
        for name, value, usable in (
            ("scale", scale, math.isfinite(scale) and scale != 0),
            ("offset", offset, math.isfinite(offset)),
        )
        if not usable
    ]
    if not bad:
        return []
    shown = ", ".join(dict.fromkeys(bad))
    return [Note("scale_unusable", path, say("gis.files.scale_unusable", shown=shown))]


def _nodata_notes(src: Any, path: str, *, masked: bool) -> list[Note]:  # noqa: ANN401
    """Explain a raster without nodata, and name values that look like one."""
    if masked or any(v is not None for v in src.nodatavals):
        return []
    h, w = src.height, src.width
    shrink = max(h, w) / 512
    sample = src.read(
        1, out_shape=(max(int(h / max(shrink, 1)), 1), max(int(w / max(shrink, 1)), 1))
    )
    kind = np.dtype(sample.dtype).kind
    if kind == "f" and np.isnan(sample).any():
        return []  # NaN is nodata by itself
    found = [v for v in _FILLS if (sample == np.asarray(v, np.float64)).any()]
    if kind != "f":
        found = [v for v in found if v in (sample.min(), sample.max())]
    notes = [
        Note(
            "no_nodata",
            path,
            say("gis.files.no_nodata"),
        )
    ]
    if found:
        shown = ", ".join(f"{v:g}" for v in found)
        notes.append(
            Note(
                "suspect_fill",
                path,
                say("gis.files.suspect_fill", shown=shown),
                {"value": float(found[0])},
            )
        )
    return notes
