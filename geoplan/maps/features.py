"""Vector layers as the page carries them: columns and coordinate differences, gzipped.

GeoJSON of 80,000 parcels is 60 MB; the same as integers, each the difference from the point
before, split into byte planes so that equal bytes stand together, gzips to a few megabytes.
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.errors import DataError
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["pack_features", "unpack_features"]

_MAGIC = b"GPV1"
_LEVEL = 6


def _planes(values: npt.NDArray[np.int64]) -> bytes:
    """Differences, zigzag, one byte plane after another (low bytes first)."""
    delta = np.diff(values, prepend=0)
    zigzag = ((delta << 1) ^ (delta >> 63)).astype("<u4")
    return zigzag.view(np.uint8).reshape(-1, 4).T.tobytes()


def _unplanes(raw: bytes, n: int) -> npt.NDArray[np.int64]:
    zigzag = (
        np.frombuffer(raw, np.uint8).reshape(4, n).T.copy().view("<u4").ravel().astype(np.int64)
    )
    return np.cumsum((zigzag >> 1) ^ -(zigzag & 1))


def _column(series: pd.Series, decimals: int | None) -> dict[str, list[Any]]:
    """One attribute: numbers as such, everything else as codes into its distinct values."""
    import pandas as pd  # heavy

    if pd.api.types.is_bool_dtype(series):
        series = series.map({True: "yes", False: "no"})
    if pd.api.types.is_numeric_dtype(series):
        values = series.to_numpy(dtype=float, na_value=np.nan)
        rounded = np.round(values, 6 if decimals is None else decimals)
        whole = bool(np.all(~np.isfinite(rounded) | (rounded == np.trunc(rounded))))
        plain: list[Any] = [
            None if not np.isfinite(v) else int(v) if whole else float(v) for v in rounded
        ]
        return {"v": plain}
    text = series.astype(object).map(_plain_text)
    codes, uniques = pd.factorize(text, use_na_sentinel=True)
    return {"d": [str(u) for u in uniques], "c": [int(c) for c in codes]}


def _plain_text(value: Any) -> str | None:  # noqa: ANN401 - a cell of any table
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(str(v) for v in value)
    return str(value)


def pack_features(
    gdf_ll: gpd.GeoDataFrame,
    fields: Mapping[str, int | None],
    *,
    step_deg: float = 1e-6,
) -> str:
    """Features in lon/lat as base64 of gzipped columns.

    Parameters
    ----------
    gdf_ll : GeoDataFrame
        Points, lines or polygons in degrees; one geometry family.
    fields : mapping
        Column -> decimals to keep (None for text or six decimals).
    step_deg : float
        Coordinates are kept to this step [degree]; 1e-6 is 0.1 m.

    Returns
    -------
    str

    Raises
    ------
    DataError
        When the layer mixes points, lines and polygons.

    Examples
    --------
    >>> import geopandas as gpd
    >>> one = gpd.GeoDataFrame({"id": ["a"]}, geometry=[shapely.box(106, 38, 106.5, 39)])
    >>> meta, xy = unpack_features(pack_features(one, {"id": None}))
    >>> meta["n"], xy.shape, [float(v) for v in xy[0]]
    (1, (5, 2), [106.5, 38.0])
    """
    geoms = np.asarray(gdf_ll.geometry.values)
    keep = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    geoms = geoms[keep]
    frame = gdf_ll.loc[keep]
    parts, part_of = shapely.get_parts(geoms, return_index=True)
    dims = set(shapely.get_dimensions(parts).tolist())
    if len(dims) > 1:
        raise DataError(
            say("geoplan.faults.mixed_geometry"),
            where=str(getattr(gdf_ll, "name", "layer")),
            todo=say("geoplan.faults.split_by_geometry"),
        )
    dim = dims.pop() if dims else 2
    if dim == 2:
        lines, ring_part = shapely.get_rings(parts, return_index=True)
        line_of = part_of[ring_part]
    else:
        lines, line_of = parts, part_of
    coords, point_of = shapely.get_coordinates(lines, return_index=True)
    grid = np.round(coords / step_deg).astype(np.int64)
    rings_per_feature = np.bincount(line_of, minlength=len(geoms))
    points_per_ring = np.bincount(point_of, minlength=len(lines))
    meta = {
        "n": len(geoms),
        "dim": dim,
        "rings": len(lines),
        "points": len(grid),
        "step": step_deg,
        "attrs": {k: _column(frame[k], d) for k, d in fields.items() if k in frame},
    }
    head = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode()
    raw = b"".join(
        (
            _MAGIC,
            struct.pack("<I", len(head)),
            head,
            rings_per_feature.astype("<u2").view(np.uint8).reshape(-1, 2).T.tobytes(),
            points_per_ring.astype("<u4").view(np.uint8).reshape(-1, 4).T.tobytes(),
            _planes(grid[:, 0]),
            _planes(grid[:, 1]),
        )
    )
    return base64.b64encode(gzip.compress(raw, _LEVEL, mtime=0)).decode()


def unpack_features(text: str) -> tuple[dict[str, Any], npt.NDArray[np.float64]]:
    """Head and coordinates (n, 2) of what `pack_features` wrote; the page does the same.

    Raises
    ------
    DataError
        When `text` is not a packed layer.
    """
    raw = gzip.decompress(base64.b64decode(text))
    if raw[:4] != _MAGIC:
        raise DataError(
            say("geoplan.faults.not_a_packed_layer"),
            where=say("geoplan.faults.at_map_data"),
            got=repr(raw[:4]),
        )
    (length,) = struct.unpack("<I", raw[4:8])
    meta: dict[str, Any] = json.loads(raw[8 : 8 + length])
    at = 8 + length + 2 * meta["n"] + 4 * meta["rings"]
    n = meta["points"]
    x = _unplanes(raw[at : at + 4 * n], n)
    y = _unplanes(raw[at + 4 * n : at + 8 * n], n)
    return meta, np.column_stack([x, y]) * meta["step"]


def features_bounds(layers: Sequence[gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    """Common (west, south, east, north) of layers that are all in lon/lat."""
    boxes = np.array([g.total_bounds for g in layers if len(g)])
    lo, hi = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(lo[0]), float(lo[1]), float(hi[0]), float(hi[1])
