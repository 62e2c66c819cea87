"""Tables of points (Excel, CSV): boundary vertices become polygons, the rest points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.coordinate_txt import _crs_of_eastings
from gis.files.degrees import degree_columns, degrees_of_text
from gis.files.exchange.rings import nested
from gis.files.notes import Note
from gis.files.repair import repair_note, repair_polygons
from gis.files.table_rows import headed, read_table
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["is_coordinate", "read_vertices"]

# Headers as they are met; the words decide before the values do.
_LON = re.compile(r"^(lon|lng|long|longitude|经度|东经|l\(?经度\)?)", re.I)
_LAT = re.compile(r"^(lat|latitude|纬度|北纬)", re.I)
_EAST = re.compile(r"(东|横|easting|^east|^e$)", re.I)
_NORTH = re.compile(r"(北|纵|northing|^north|^n$)", re.I)
_X = re.compile(r"^x([^a-z]|$)", re.I)
_Y = re.compile(r"^y([^a-z]|$)", re.I)
_RING = re.compile(r"(圈号|环号|^ring)", re.I)
_PARCEL = re.compile(r"(地块|宗地|图斑|parcel|polygon|^site|^zone)", re.I)
_VERTEX = re.compile(r"(界址点|拐点|点号|vertex|^point|^j\d*$)", re.I)

Float = npt.NDArray[np.float64]


def is_coordinate(column: str) -> bool:
    """Whether a header is one of a coordinate.

    Examples
    --------
    >>> is_coordinate("lon"), is_coordinate("X"), is_coordinate("remark")
    (True, True, False)
    """
    text = column.strip()
    return any(p.search(text) for p in (_LON, _LAT, _EAST, _NORTH, _X, _Y))


def _first(columns: list[str], pattern: re.Pattern[str]) -> str:
    return next((c for c in columns if pattern.search(str(c).strip())), "")


def _axes(table: pd.DataFrame, where: str) -> tuple[Any, Any]:
    """East and north columns as float arrays; numbers may be held as text."""
    parts = degree_columns(table, where)
    if parts is not None:
        return parts
    columns = list(table.columns)
    values = {c: _numbers(table[c]) for c in columns}
    numbers = [c for c in columns if np.isfinite(values[c]).any()]
    for a, b in _pairs(numbers):
        x, y = values[a], values[b]
        if _X.search(a.strip()) and _is_northing(x) and not _is_northing(y):
            return y, x  # national tables: X is the northing
        _refuse_whole_degrees(x, y, where)
        return x, y
    raise DataError(
        say("gis.files.no_coordinate_columns"),
        where=where,
        got=listed(columns[:12]),
        expected=say("gis.files.x_y_lon_lat_columns"),
    )


def _numbers(values: pd.Series[Any]) -> Float:
    """A column as numbers; what is written in degrees, minutes and seconds too."""
    import pandas as pd

    out = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    for k in np.flatnonzero(np.isnan(out) & values.notna().to_numpy()):
        out[k] = degrees_of_text(str(values.iloc[k]))
    return out


def _refuse_whole_degrees(x: Float, y: Float, where: str) -> None:
    """Refuse places at whole degrees: their minutes stand in a column that is not known."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) < 2 or np.abs(x).max() > 180 or np.abs(y).max() > 90:
        return
    if (x == np.round(x)).all() and (y == np.round(y)).all():
        raise DataError(
            say("gis.files.whole_degrees"),
            where=where,
            got=f"{x[0]:g}, {y[0]:g}",
            todo=say("gis.files.name_dms_columns"),
        )


def _pairs(columns: list[str]) -> list[tuple[str, str]]:
    """Columns that are east and north by their headers, the clearest words first."""
    found = [
        (_first(columns, east), _first(columns, north))
        for east, north in ((_LON, _LAT), (_EAST, _NORTH), (_X, _Y))
    ]
    return [(a, b) for a, b in found if a and b and a != b]


def _is_head(names: list[str]) -> bool:
    return bool(_pairs(names))


def _row(table: pd.DataFrame, bad: Any) -> int:  # noqa: ANN401 - (n,) bool
    """Number of the first bad row as a table program shows it."""
    first = table.index[bad][0]
    # a row with more fields than the header has makes its first ones the index
    return int(first) + 2 if isinstance(first, int) else int(np.flatnonzero(bad)[0]) + 2


def _is_northing(values: Any) -> bool:  # noqa: ANN401
    """Seven digits and more than any easting without zone number has."""
    v = values[np.isfinite(values)]
    return bool(v.size and (v > 1e6).all() and (v < 6.1e6).all())


def read_vertices(
    path: Path, crs: str = "", layer: str = "", *, label: str = "", kind: str = ""
) -> gpd.GeoDataFrame:
    """Read a table of coordinates.

    Parameters
    ----------
    path : Path
        ``.csv`` (UTF-8 or GBK) or ``.xlsx``.
    crs : str
        Needed when the coordinates do not say it (degrees and 8-digit eastings do).
    layer : str
        Sheet of the workbook; the first when empty.
    label : str
        Name of the file in messages, such as the archive it came in.
    kind : {"", "point", "polygon"}
        What the rows are. Empty: vertices where a column numbers them or their rings.

    Returns
    -------
    GeoDataFrame
        Points with all columns, or polygons, one a parcel. A number of a vertex that comes
        again begins another ring: inside the first it is a hole, elsewhere a parcel of its
        own, or a part of the parcel that is named. Rings that cross themselves are mended;
        `gis.files.notes.notes_of` tells both.

    Raises
    ------
    DataError
        When columns, system or values are not clear.
    """
    import geopandas as gpd

    where = label or str(path)
    table = headed(read_table(path, layer, where), _is_head)
    if table.empty:
        raise DataError(say("gis.files.table_empty"), where=where)
    x, y = _axes(table, where)
    bad = ~(np.isfinite(x) & np.isfinite(y))
    if bad.any():
        raise DataError(
            say("gis.files.rows_without_coordinates"),
            where=where,
            got=say("gis.files.first_row", n=int(bad.sum()), row=_row(table, bad)),
            todo=say("gis.files.fill_delete_them"),
        )
    table = table.reset_index(drop=True)
    columns = list(table.columns)
    if not crs:
        # exchanged columns are told apart from metres, and then from one another
        degrees = max(np.abs(x).max(), np.abs(y).max()) <= 180
        crs = "EPSG:4490" if degrees else f"EPSG:{_crs_of_eastings(x, y, where)}"
    target = as_crs(crs, where)
    ring, vertex = _first(columns, _RING), _first(columns, _VERTEX)
    parcel = _first([c for c in columns if c not in (ring, vertex)], _PARCEL)
    if kind == "point" or not (ring or vertex):
        return gpd.GeoDataFrame(table, geometry=shapely.points(x, y), crs=target)
    keys = np.array(_down(table[parcel]) if parcel else ["1"] * len(table))
    rings = np.array(_down(table[ring]) if ring else [""] * len(table))
    labels = table[vertex].astype(str).tolist() if vertex else []
    names: list[str] = []
    parts: list[Any] = []
    owner: list[int] = []
    restarted = 0
    for key in dict.fromkeys(keys.tolist()):
        number = len(names)
        names.append(key)
        mine = np.flatnonzero(keys == key)
        for name in dict.fromkeys(rings[mine].tolist()):
            at = mine[rings[mine] == name]
            own = [at] if ring else _runs(at, x, y, labels)
            restarted += len(own) - 1
            for one in own:
                if len(one) < 3:
                    raise DataError(
                        say("gis.files.parcel_ring_has_too_few", parcel=key, name=name or "1"),
                        where=where,
                        got=str(len(one)),
                    )
                parts.append(shapely.Polygon(np.c_[x[one], y[one]]))
                owner.append(number)
    mended, repairs = repair_polygons(parts, where)
    if restarted and not parcel:
        owner = _own_parcels(mended)
        names = [str(k + 1) for k in range(max(owner) + 1)]
    frame = gpd.GeoDataFrame(
        {"parcel_no": names}, geometry=_even_odd(mended, owner, len(names)), crs=target
    )
    notes = []
    if restarted:
        text = say("gis.files.rings_restarted", n=len(parts), parcels=len(names))
        notes.append(Note("rings_restarted", where, text, {"n": float(len(parts))}))
    if repairs:
        named = [names[owner[r.index]] for r in repairs]
        notes.append(repair_note(repairs, where, named))
    frame.attrs["notes"] = tuple(notes)
    return frame


def _down(values: pd.Series[Any]) -> list[str]:
    """A column of keys as texts; a blank cell belongs to the one above it."""
    filled = values.ffill()
    whole = [isinstance(v, float) and v.is_integer() for v in filled]
    return [str(int(v)) if w else str(v) for v, w in zip(filled, whole, strict=True)]


def _runs(
    at: npt.NDArray[np.int64], x: Float, y: Float, labels: Sequence[str]
) -> list[npt.NDArray[np.int64]]:
    """Rows of one parcel cut into rings: where its first point or a label comes again.

    Examples
    --------
    >>> x = np.array([0.0, 1, 1, 5, 6, 6])
    >>> names = ["J1", "J2", "J3", "J1", "J2", "J3"]
    >>> [r.tolist() for r in _runs(np.arange(6), x, x, names)]
    [[0, 1, 2], [3, 4, 5]]
    """
    out: list[list[int]] = [[]]
    seen: set[str] = set()
    # a millimetre, or the degrees it takes
    same = 1e-3 if np.abs(x[at]).max() > 360 else 1e-8
    for k in at.tolist():
        now = out[-1]
        back = len(now) >= 3 and np.hypot(x[k] - x[now[0]], y[k] - y[now[0]]) <= same
        if now and labels and labels[k] in seen and not back:
            out.append([])
            seen = set()
        out[-1].append(k)
        if labels:
            seen.add(labels[k])
        if back:
            out.append([])
            seen = set()
    return [np.array(r, dtype=np.int64) for r in out if r]


def _own_parcels(rings: Any) -> list[int]:  # noqa: ANN401
    """Parcel of each ring: a ring inside another belongs to it, the rest are their own."""
    inner, outer = shapely.STRtree(rings).query(rings, predicate="covered_by")
    around: dict[int, list[int]] = {}
    for k, p in zip(inner.tolist(), outer.tolist(), strict=True):
        if k != p and shapely.area(rings[p]) > shapely.area(rings[k]):
            around.setdefault(k, []).append(p)
    top = [
        max([*around.get(k, []), k], key=lambda i: shapely.area(rings[i]))
        for k in range(len(rings))
    ]
    number = {k: i for i, k in enumerate(dict.fromkeys(top))}
    return [number[k] for k in top]


def _even_odd(rings: Any, owner: Sequence[int], n: int) -> list[Any]:  # noqa: ANN401
    """One shape a parcel: a ring inside another is a hole, one outside another part.

    Points begin and run as in the table unless rings of a parcel cross or share an edge.
    """
    own: list[list[Any]] = [[] for _ in range(n)]
    for ring, number in zip(rings, owner, strict=True):
        own[number].append(ring)
    shapes = []
    for parts in own:
        plain = [p for p in parts if p.geom_type == "Polygon" and not len(p.interiors)]
        found = nested(plain) if parts and len(plain) == len(parts) else None
        shape: Any = shapely.Polygon() if found is None else found[0]
        if found is None:
            for ring in parts:
                shape = shapely.symmetric_difference(shape, ring)
        shapes.append(shape)
    return shapes
