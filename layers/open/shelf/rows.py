"""The features of an opened layer in one file, of which those near a place alone are read.

A head (one line of JSON), then bounds, places and check sums of all rows as arrays, then the
rows: attributes as JSON and the shape as WKB. Numbers, texts, None and shapes come back to the
last bit; a table with anything else in it is not kept.
"""

from __future__ import annotations

import json
import mmap
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs.systems import same_crs
from layers.open.shelf.reports import put

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    import pyproj

__all__ = ["KeptRows", "keep_rows", "kept_rows"]

Box = tuple[float, float, float, float]
_ALIGNED = 8  # bytes an array of a mapped file begins at a multiple of
_SUM = 8  # digits of the check sum in front of the head
_SHAPE = "geometry"
_PLAIN = frozenset({str, bool, int, float, type(None)})


@dataclass(frozen=True, eq=False)
class KeptRows:
    """Features on disk.

    Attributes
    ----------
    columns
        Name and type of the columns, in their order.
    bounds : (n, 4) float
        Of the features.
    at : (n + 1,) int
        Where a row begins, and the end of the last one.
    cut : (n,) int
        Where the attributes of a row end and its shape begins.
    sums : (n,) int
        CRC-32 of the rows.
    data
        The file.
    """

    columns: tuple[tuple[str, str], ...]
    bounds: npt.NDArray[np.float64]
    at: npt.NDArray[np.int64]
    cut: npt.NDArray[np.int64]
    sums: npt.NDArray[np.uint32]
    data: mmap.mmap

    def near(self, box: Box, crs: pyproj.CRS) -> gpd.GeoDataFrame | None:
        """Features whose bounds touch a box, in the layer's order, their row as index.

        None when the file was damaged.
        """
        import geopandas as gpd
        import pandas as pd

        b = self.bounds
        touch = (b[:, 2] >= box[0]) & (b[:, 0] <= box[2])
        touch &= (b[:, 3] >= box[1]) & (b[:, 1] <= box[3])
        rows = np.flatnonzero(touch)
        values: list[list[Any]] = []
        shapes: list[bytes] = []
        for row in rows.tolist():
            start, middle, end = int(self.at[row]), int(self.cut[row]), int(self.at[row + 1])
            if zlib.crc32(self.data[start:end]) != self.sums[row]:
                return None
            values.append(json.loads(self.data[start:middle]))
            shapes.append(self.data[middle:end])
        index = pd.Index(rows, dtype=np.int64)
        found: dict[str, Any] = {}
        for k, (name, kind) in enumerate(self.columns):
            if kind == _SHAPE:
                shape = name
                found[name] = gpd.GeoSeries(shapely.from_wkb(shapes), index=index, crs=crs)
            else:
                found[name] = _column([v[k] for v in values], kind, index)
        return gpd.GeoDataFrame(found, index=index, geometry=shape, crs=crs)


def _column(values: list[Any], kind: str, index: pd.Index) -> pd.Series:
    import pandas as pd

    if kind.startswith("datetime64"):
        return pd.Series(np.array(values, dtype=np.int64).view(kind), index=index)
    return pd.Series(values, index=index, dtype=kind)


def _listed(column: pd.Series) -> list[Any] | None:
    """Values of a column as JSON has them; None where they would come back as others."""
    import pandas as pd

    kind = column.dtype
    if pd.api.types.pandas_dtype(str(kind)) != kind:
        return None
    if isinstance(kind, np.dtype) and kind.kind in "biuf":
        return column.tolist()
    if isinstance(kind, np.dtype) and kind.kind == "M":
        return column.to_numpy().view(np.int64).tolist()
    if isinstance(kind, pd.StringDtype) or kind.kind == "O":
        found = column.tolist()
        return found if {type(v) for v in found} <= _PLAIN else None
    return None


def keep_rows(path: Path, mark: str, table: gpd.GeoDataFrame, crs: pyproj.CRS) -> None:
    """Keep the features of a layer.

    Parameters
    ----------
    path : Path
    mark : str
        Digest of all that decides them.
    table : GeoDataFrame
    crs : CRS
        The one they will be asked for in; a table of another is not kept.
    """
    if not same_crs(table.crs, crs) or not table.columns.is_unique:
        return
    columns: list[tuple[str, str]] = []
    parts: list[list[Any]] = []
    for name in table.columns:
        if name == table.geometry.name:
            columns.append((name, _SHAPE))
            parts.append([None] * len(table))
            continue
        values = _listed(table[name])
        if values is None or not isinstance(name, str):
            return
        columns.append((name, str(table[name].dtype)))
        parts.append(values)
    shapes = shapely.to_wkb(np.asarray(table.geometry.array, dtype=object))
    said = [json.dumps(row).encode() for row in zip(*parts, strict=True)]
    records = [a + b for a, b in zip(said, shapes, strict=True)]
    ends = np.cumsum([len(r) for r in records], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), ends])
    cut = starts[:-1] + np.array([len(s) for s in said], dtype=np.int64)
    sums = np.array([zlib.crc32(r) for r in records], dtype=np.uint32)
    arrays = b"".join(
        a.tobytes() for a in (shapely.bounds(table.geometry.to_numpy()), starts, cut, sums)
    )
    head = {"mark": mark, "n": len(records), "columns": columns, "sum": zlib.crc32(arrays)}
    line = json.dumps(head).encode()
    line += b" " * (-(_SUM + len(line) + 1) % _ALIGNED) + b"\n"
    put(path, b"%08x" % zlib.crc32(line), line, arrays, b"".join(records))


def kept_rows(path: Path, mark: str) -> KeptRows | None:
    """Features that were kept; None when they are not there, damaged, or of another mark."""
    try:
        with path.open("rb") as stream:
            line = stream.readline()
            head = json.loads(line[_SUM:])
            if int(line[:_SUM], 16) != zlib.crc32(line[_SUM:]) or head["mark"] != mark:
                return None
            data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        n, start = int(head["n"]), len(line)
        sizes = (32 * n, 8 * (n + 1), 8 * n, 4 * n)
        if zlib.crc32(data[start : start + sum(sizes)]) != head["sum"]:
            return None
        bounds, at, cut, sums = (
            np.frombuffer(data, dtype=kind, count=size // np.dtype(kind).itemsize, offset=o)
            for kind, size, o in zip(
                ("<f8", "<i8", "<i8", "<u4"),
                sizes,
                np.cumsum((start, *sizes[:-1])).tolist(),
                strict=True,
            )
        )
        first = start + sum(sizes)
        if len(data) != first + (int(at[-1]) if n else 0):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    columns = tuple((str(name), str(kind)) for name, kind in head["columns"])
    return KeptRows(columns, bounds.reshape(n, 4), at + first, cut + first, sums, data)
