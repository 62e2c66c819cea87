"""Features of a file straight into coordinate arrays, without a geometry object in between.

For files that were checked before: no repair, no guessing. `gis.files.read` is the
door for what comes from outside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio

from gis.cells.jit import kernel
from gis.cells.ragged import HOLE, LINE, POINT, SHELL, Ragged
from gis.errors import DataError
from gis.types import F8, I8, U1

__all__ = ["read_ragged", "wkb_ragged"]


_OTHER = -1


@kernel
def _u4(data: U1, at: int) -> int:
    value = np.int64(0)
    for i in range(4):
        value |= np.int64(data[at + i]) << (8 * i)
    return int(value)


@kernel
def _walk(
    data: U1, start: I8, write: int, feature: I8, part: I8, kind: U1, xy: U1
) -> tuple[int, int]:
    """Count (write 0) or copy the parts and points of little-endian 2-D WKB.

    Gives (parts, points); (-1, feature) for a geometry it does not know.
    """
    n_part = 0
    n_point = 0
    for f in range(len(start) - 1):
        at = start[f]
        end = start[f + 1]
        if write:
            feature[f] = n_part
        if at == end:
            continue
        if data[at] != 1:
            return _OTHER, f
        shape = _u4(data, at + 1)
        at += 5
        members = 1
        if 4 <= shape <= 6:
            members = _u4(data, at)
            at += 4
        elif not 1 <= shape <= 3:
            return _OTHER, f
        for _ in range(members):
            own = shape
            if shape > 3:
                if data[at] != 1:
                    return _OTHER, f
                own = _u4(data, at + 1)
                at += 5
            rings = 1
            if own == 3:
                rings = _u4(data, at)
                at += 4
            for ring in range(rings):
                count = 1
                if own > 1:
                    count = _u4(data, at)
                    at += 4
                if write:
                    part[n_part] = n_point
                    if own == 1:
                        kind[n_part] = POINT
                    elif own == 2:
                        kind[n_part] = LINE
                    else:
                        kind[n_part] = SHELL if ring == 0 else HOLE
                    a = n_point * 16
                    for i in range(count * 16):
                        xy[a + i] = data[at + i]
                at += count * 16
                n_part += 1
                n_point += count
        if at != end:
            return _OTHER, f
    if write:
        feature[len(start) - 1] = n_part
        part[n_part] = n_point
    return n_part, n_point


@kernel
def _bounds(xy: F8, part: I8, feature: I8, out: F8) -> None:
    for f in range(len(feature) - 1):
        a = part[feature[f]]
        b = part[feature[f + 1]]
        if a == b:
            continue
        x0 = x1 = xy[a, 0]
        y0 = y1 = xy[a, 1]
        for i in range(a + 1, b):
            x0 = min(x0, xy[i, 0])
            x1 = max(x1, xy[i, 0])
            y0 = min(y0, xy[i, 1])
            y1 = max(y1, xy[i, 1])
        out[f, 0] = x0
        out[f, 1] = y0
        out[f, 2] = x1
        out[f, 3] = y1


def wkb_ragged(data: U1, start: I8) -> Ragged:
    """Decode well-known binary.

    Parameters
    ----------
    data : (n,) uint8
        Geometries one after the other: little-endian, two dimensions, points, lines,
        polygons and their multi forms.
    start : (f + 1,) int
        Where each geometry starts; an empty span is a feature without geometry.

    Returns
    -------
    Ragged

    Raises
    ------
    DataError
        For any other geometry.

    Examples
    --------
    >>> import shapely
    >>> blob = np.frombuffer(shapely.to_wkb(shapely.box(0, 0, 2, 1)), np.uint8)
    >>> wkb_ragged(blob, np.array([0, len(blob)])).bounds.tolist()
    [[0.0, 0.0, 2.0, 1.0]]
    """
    none = np.empty(0, dtype=np.int64)
    byte = np.empty(0, dtype=np.uint8)
    n_part, n_point = _walk(data, start, 0, none, none, byte, byte)
    if n_part == _OTHER:
        raise DataError(
            "a geometry is not plain little-endian WKB of two dimensions",
            where=f"feature {n_point}",
            todo="read the file with gis.files.read",
        )
    feature = np.empty(len(start), dtype=np.int64)
    part = np.zeros(n_part + 1, dtype=np.int64)
    kind = np.empty(n_part, dtype=np.uint8)
    xy = np.empty((n_point, 2))
    _walk(data, start, 1, feature, part, kind, xy.reshape(-1).view(np.uint8))
    bounds = np.full((len(start) - 1, 4), np.nan)
    _bounds(xy, part, feature, bounds)
    return Ragged(xy, part, kind, feature, bounds)


def _column(chunks: list[Any]) -> npt.NDArray[Any]:
    return np.concatenate([c.to_numpy(zero_copy_only=False) for c in chunks])


def read_ragged(
    path: Path | str,
    layer: str | None = None,
    *,
    columns: list[str] | None = None,
    where: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> tuple[Ragged, dict[str, npt.NDArray[Any]]]:
    """Read a layer of a file that was checked before.

    Parameters
    ----------
    path : path
    layer : str, optional
    columns : list of str, optional
        Attributes wanted; all when not given.
    where : str, optional
        Attribute filter in SQL.
    bbox : (xmin, ymin, xmax, ymax), optional
        Only features that meet it.

    Returns
    -------
    shapes : Ragged
    fields : dict of str to (f,) array

    Raises
    ------
    DataError
        When the file or layer cannot be read, or holds geometries with more dimensions.
    """
    try:
        # batches, so that the file's bytes are never in memory twice
        with pyogrio.open_arrow(
            path, layer=layer, columns=columns, where=where, bbox=bbox, use_pyarrow=True
        ) as (meta, reader):
            name = meta["geometry_name"] or "wkb_geometry"
            found = [_batch(b, name) for b in reader]
            names = [n for n in reader.schema.names if n != name and n in meta["fields"]]
    except pyogrio.errors.DataSourceError as err:
        raise DataError("the file cannot be read", where=str(path), got=str(err)) from err
    if not found:
        empty = np.zeros((0, 4))
        zero = np.zeros(1, dtype=np.int64)
        none = np.zeros(0, dtype=np.uint8)
        return Ragged(np.zeros((0, 2)), zero, none, zero, empty), {}
    fields = {n: _column([b[n] for _, b in found]) for n in names}
    return _joined([s for s, _ in found]), fields


def _batch(batch: Any, name: str) -> tuple[Ragged, Any]:
    array = batch.column(batch.schema.get_field_index(name))
    _, offsets, data = array.buffers()
    wide = np.int64 if "large" in str(array.type) else np.int32
    start = np.frombuffer(offsets, wide)[array.offset : array.offset + len(array) + 1]
    # copies a little: the kernels know one (writable) kind of array
    blob = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    blob = blob[: int(start[-1])].copy()
    rest = {n: batch.column(i) for i, n in enumerate(batch.schema.names) if n != name}
    return wkb_ragged(blob, start.astype(np.int64)), rest


def _joined(parts: list[Ragged]) -> Ragged:
    if len(parts) == 1:
        return parts[0]

    def offsets(arrays: list[I8]) -> I8:
        out, at = [np.zeros(1, dtype=np.int64)], 0
        for a in arrays:
            out.append(a[1:] + at)
            at += int(a[-1])
        return np.concatenate(out)

    return Ragged(
        xy=np.concatenate([p.xy for p in parts]),
        part=offsets([p.part for p in parts]),
        kind=np.concatenate([p.kind for p in parts]),
        feature=offsets([p.feature for p in parts]),
        bounds=np.concatenate([p.bounds for p in parts]),
    )
