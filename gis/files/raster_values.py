"""What the values of a raster are: known, a fill nobody declared, or out of their range.

A fill value is a mark for *nothing here*. Taken for a value, -9999 is a hole of ten kilometres
whose floor is flat land.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from rasterio.windows import Window as FileWindow

from gis.constants import constants
from gis.files.given import foreign
from gis.files.raster_info import RasterInfo, open_raster_file, raster_info
from gis.machine import stamp_of
from gis.say import say
from gis.types import Array, Mask

__all__ = ["Kind", "RasterSurvey", "fill_mask", "known_mask", "raw_limits", "survey_raster"]

Kind = Literal["classes", "intensive", "extensive"]
Limits = tuple[float, float]
Box = tuple[float, float, float, float]

_STRIP = 4_000_000  # cells looked at in one go


@dataclass(frozen=True)
class RasterSurvey:
    """What stands in a part of a raster.

    Attributes
    ----------
    cells, known
        Looked at, and those that hold a value.
    fills
        Fill value nobody declared -> its cells; they are not known.
    outside
        Known cells whose value lies outside the limits.
    low, high
        Smallest and largest known value, scaled; NaN without any.
    low_outside, high_outside
        The same of the cells outside the limits.
    codes
        Of classes: code -> its cells.
    zeros, low_nonzero, high_nonzero
        Known cells that hold exactly 0 in the file, and the smallest and largest of the
        others, in the file's own numbers; NaN without any.
    """

    cells: int
    known: int
    fills: Mapping[float, int]
    outside: int
    low: float
    high: float
    low_outside: float
    high_outside: float
    codes: Mapping[int, int]
    zeros: int
    low_nonzero: float
    high_nonzero: float

    @property
    def zeros_apart(self) -> bool:
        """Whether zeros lie farther below all other values than these lie apart."""
        spread = self.high_nonzero - self.low_nonzero
        return self.zeros > 0 and self.low_nonzero > spread  # false for NaN


def raw_limits(limits: Limits | None, scale: float, offset: float) -> Limits | None:
    """Limits of scaled values, as the file's own numbers.

    Examples
    --------
    >>> [round(v, 3) for v in raw_limits((0.0, 1.0), 0.01, 0.0)]
    [-0.0, 100.0]
    """
    if limits is None:
        return None
    # a millionth of the range is rounding, not a value
    slack = 1e-6 * (limits[1] - limits[0])
    ends = sorted(((limits[0] - slack - offset) / scale, (limits[1] + slack - offset) / scale))
    return ends[0], ends[1]


def known_mask(values: Array, nodata: float | None) -> Mask:
    """Where values are not the declared nodata, NaN or beyond any quantity."""
    if values.dtype.kind == "f":
        known = np.abs(values) < constants("raster_fill")["huge"]  # false for NaN too
        if nodata is not None and not math.isnan(nodata):
            known &= values != values.dtype.type(nodata)
        return np.asarray(known)
    if nodata is None or math.isnan(nodata) or nodata != int(nodata):
        return np.ones(values.shape, dtype=bool)
    limits = np.iinfo(values.dtype)
    if not limits.min <= nodata <= limits.max:
        return np.ones(values.shape, dtype=bool)
    return np.asarray(values != values.dtype.type(int(nodata)))


def fill_mask(values: Array, limits: Limits | None, kind: Kind) -> Mask | None:
    """Cells that hold a known fill value nobody declared; None when there is none.

    Parameters
    ----------
    values : array
        The file's own numbers.
    limits : (low, high), optional
        What these numbers can be. Marks outside are fills; without limits none is, since
        nothing says that it is no value.
    kind : str
        Classes have no fills of their own. Of a quantity whose mean counts, some marks are
        fills even inside the limits.
    """
    if kind == "classes" or limits is None:
        return None
    fills = constants("raster_fill")
    found: Mask | None = None
    for mark in fills["marks"]:
        inside = limits[0] <= mark <= limits[1]
        if inside and not (kind == "intensive" and mark in fills["always"]):
            continue
        here = values == _as_type(mark, values.dtype)
        if here.any():
            found = here if found is None else found | here
    return found


def _as_type(mark: float, dtype: np.dtype[np.generic]) -> float:
    """The mark as the file's type would hold it (float32 rounds -9999.9)."""
    return float(np.float32(mark)) if dtype == np.float32 else float(mark)


def survey_raster(
    path: str | Path,
    *,
    kind: Kind,
    box: Box | None = None,
    band: int = 1,
    nodata: float | None = None,
    scale: float | None = None,
    offset: float | None = None,
    limits: Limits | None = None,
    crs: str = "",
) -> RasterSurvey:
    """Look at every cell of a raster, or of a part of it.

    Parameters
    ----------
    path : path
    kind : {"classes", "intensive", "extensive"}
    box : (xmin, ymin, xmax, ymax), optional
        Part to look at, in the file's CRS; the whole when left out.
    band, nodata, scale, offset, crs
        As for `gis.files.read.read_raster`.
    limits : (low, high), optional
        What a scaled value can be.

    Raises
    ------
    DataError
        When the file cannot be read or has no such band.
    """
    path = Path(path)
    info = raster_info(path, crs=crs)
    return _survey(
        str(path), stamp_of(path), kind, _window(info, box), band, nodata,
        info.scales[band - 1] if scale is None else scale,
        info.offsets[band - 1] if offset is None else offset,
        limits, crs,
    )  # fmt: skip


def _window(info: RasterInfo, box: Box | None) -> tuple[int, int, int, int]:
    h, w = info.shape
    if box is None:
        return 0, h, 0, w
    back = ~info.transform
    corners = [back @ (x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    cols, rows = [c for c, _ in corners], [r for _, r in corners]
    # a cell more on every side: slopes need neighbours
    r0, r1 = max(math.floor(min(rows)) - 1, 0), min(math.ceil(max(rows)) + 1, h)
    c0, c1 = max(math.floor(min(cols)) - 1, 0), min(math.ceil(max(cols)) + 1, w)
    return r0, max(r1, r0), c0, max(c1, c0)


@lru_cache(maxsize=256)
def _survey(
    path: str,
    _stamp: tuple[int, ...],
    kind: Kind,
    window: tuple[int, int, int, int],
    band: int,
    nodata: float | None,
    scale: float,
    offset: float,
    limits: Limits | None,
    crs: str,
) -> RasterSurvey:
    info = raster_info(path, crs=crs)
    r0, r1, c0, c1 = window
    raw = raw_limits(limits, scale, offset)
    fill = nodata if nodata is not None else info.nodata[band - 1]
    known = outside = 0
    fills: dict[float, int] = {}
    codes: dict[int, int] = {}
    low, high, low_out, high_out = math.inf, -math.inf, math.inf, -math.inf
    zeros, low_nz, high_nz = 0, math.inf, -math.inf
    step = max(_STRIP // max(c1 - c0, 1), 1)
    with open_raster_file(Path(path)) as src:
        for top in range(r0, r1 if c1 > c0 else r0, step):
            part = FileWindow(c0, top, c1 - c0, min(step, r1 - top))
            with foreign(lambda: say("gis.files.raster_damaged"), path):
                values = src.read(band, window=part)
                valid = known_mask(values, fill)
                if info.masked:
                    valid &= src.read_masks(band, window=part) > 0
            marks = fill_mask(values, raw, kind)
            if marks is not None:
                which, n = np.unique(values[marks & valid], return_counts=True)
                for v, k in zip(which.tolist(), n.tolist(), strict=True):
                    fills[float(v)] = fills.get(float(v), 0) + k
                valid &= ~marks
            here = values[valid]
            known += here.size
            if not here.size:
                continue
            if kind == "classes":
                which, n = np.unique(here, return_counts=True)
                for v, k in zip(which.tolist(), n.tolist(), strict=True):
                    codes[int(v)] = codes.get(int(v), 0) + k
            low, high = min(low, float(here.min())), max(high, float(here.max()))
            other = here[here != 0]
            zeros += here.size - other.size
            if other.size:
                low_nz, high_nz = (
                    min(low_nz, float(other.min())),
                    max(high_nz, float(other.max())),
                )
            if raw is not None and kind != "classes":
                bad = here[(here < raw[0]) | (here > raw[1])]
                outside += bad.size
                if bad.size:
                    low_out = min(low_out, float(bad.min()))
                    high_out = max(high_out, float(bad.max()))

    def scaled(a: float, b: float) -> tuple[float, float]:
        if not (math.isfinite(a) and math.isfinite(b)):
            return math.nan, math.nan
        ends = sorted((a * scale + offset, b * scale + offset))
        return ends[0], ends[1]

    return RasterSurvey(
        max((r1 - r0) * (c1 - c0), 0), known, fills, outside,
        *scaled(low, high), *scaled(low_out, high_out), codes,
        zeros, *((low_nz, high_nz) if low_nz <= high_nz else (math.nan, math.nan)),
    )  # fmt: skip
