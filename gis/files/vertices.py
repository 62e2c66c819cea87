"""Tables of points (Excel, CSV): boundary vertices become polygons, the rest points."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.child import in_child
from gis.files.coordinate_txt import _crs_of_eastings, read_text
from gis.files.given import foreign
from gis.files.repair import repair_note, repair_polygons
from gis.files.workbook import read_sheet
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["read_vertices"]

# Headers as they are met; the words decide before the values do.
_LON = re.compile(r"^(lon|lng|long|longitude|经度|东经|l\(?经度\)?)", re.I)
_LAT = re.compile(r"^(lat|latitude|纬度|北纬)", re.I)
_EAST = re.compile(r"(东|横|easting|^east|^e$)", re.I)
_NORTH = re.compile(r"(北|纵|northing|^north|^n$)", re.I)
_X = re.compile(r"^x([^a-z]|$)", re.I)
_Y = re.compile(r"^y([^a-z]|$)", re.I)
_RING = re.compile(r"(圈号|环号|^ring)", re.I)
_PARCEL = re.compile(r"(地块|宗地|图斑|parcel|polygon|^site|^zone)", re.I)
_SMALL = 8_000_000  # characters
_LONG_LINE, _LONGEST_LINE = 2_000, 50_000
_TITLE_ROWS = 10  # a header is looked for in so many
_VERTEX = re.compile(r"(界址点|拐点|点号|vertex|^point|^j\d*$)", re.I)


def _first(columns: list[str], pattern: re.Pattern[str]) -> str:
    return next((c for c in columns if pattern.search(str(c).strip())), "")


def _axes(table: pd.DataFrame, where: str) -> tuple[Any, Any]:
    """East and north columns as float arrays; numbers may be held as text."""
    import pandas as pd

    columns = list(table.columns)
    values = {c: pd.to_numeric(table[c], errors="coerce").to_numpy(float) for c in columns}
    numbers = [c for c in columns if np.isfinite(values[c]).any()]
    for a, b in _pairs(numbers):
        x, y = values[a], values[b]
        if _X.search(a.strip()) and _is_northing(x) and not _is_northing(y):
            return y, x  # national tables: X is the northing
        return x, y
    raise DataError(
        say("gis.files.no_coordinate_columns"),
        where=where,
        got=", ".join(columns[:12]),
        expected=say("gis.files.x_y_lon_lat_columns"),
    )


def _pairs(columns: list[str]) -> list[tuple[str, str]]:
    """Columns that are east and north by their headers, the clearest words first."""
    found = [
        (_first(columns, east), _first(columns, north))
        for east, north in ((_LON, _LAT), (_EAST, _NORTH), (_X, _Y))
    ]
    return [(a, b) for a, b in found if a and b and a != b]


def _headed(table: pd.DataFrame) -> pd.DataFrame:
    """The table below its header, which may stand under a title."""
    table = table.dropna(how="all")
    table.columns = [str(c) for c in table.columns]
    if _pairs(list(table.columns)):
        return table
    for k in range(min(len(table), _TITLE_ROWS)):
        names = [str(v).strip() for v in table.iloc[k]]
        if _pairs(names) and len(set(names)) == len(names):
            below = table.iloc[k + 1 :].copy()
            below.columns = names
            return below
    return table


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
    path: Path, crs: str = "", layer: str = "", *, label: str = ""
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

    Returns
    -------
    GeoDataFrame
        With a vertex or ring column: polygons, one a parcel. Otherwise: points, all columns.
        Rings that cross themselves are mended, which `gis.files.notes.notes_of` tells.

    Raises
    ------
    DataError
        When columns, system or values are not clear.
    """
    import geopandas as gpd
    import pandas as pd

    where = label or str(path)
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        table = read_sheet(path, layer, label=where)
    else:
        text, _ = read_text(path)
        # pandas guesses the separator by expressions that a long line keeps for ever
        line = text.find("\n")
        if (line if line >= 0 else len(text)) > _LONGEST_LINE:
            raise DataError(
                say("gis.files.table_cannot_read"),
                where=where,
                got=say("gis.files.no_lines"),
                expected=say("gis.files.x_y_lon_lat_columns"),
            )
        if len(text) > _SMALL or line > _LONG_LINE:
            table = in_child(_separated, text, where, where=where, size=len(text))
        else:
            table = _separated(text, where)
    table = _headed(table)
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
        degrees = np.abs(x).max() <= 180 and np.abs(y).max() <= 90
        crs = "EPSG:4490" if degrees else f"EPSG:{_crs_of_eastings(x, y, where)}"
    target = as_crs(crs, where)
    ring, vertex = _first(columns, _RING), _first(columns, _VERTEX)
    parcel = _first([c for c in columns if c not in (ring, vertex)], _PARCEL)
    if not ring and not vertex:
        return gpd.GeoDataFrame(table, geometry=shapely.points(x, y), crs=target)
    keys = table[parcel].astype(str) if parcel else pd.Series("1", index=table.index)
    rings = table[ring].astype(str) if ring else pd.Series("1", index=table.index)
    rows, parts, owner = [], [], []
    for number, key in enumerate(dict.fromkeys(keys)):
        index = np.flatnonzero((keys == key).to_numpy())
        for name in dict.fromkeys(rings.iloc[index]):
            at = index[(rings.iloc[index] == name).to_numpy()]
            if len(at) < 3:
                raise DataError(
                    say("gis.files.parcel_ring_has_too_few", parcel=key, name=name),
                    where=where,
                    got=str(len(at)),
                )
            parts.append(shapely.Polygon(np.c_[x[at], y[at]]))
            owner.append(number)
        rows.append({"parcel_no": key})
    mended, repairs = repair_polygons(parts, where)
    frame = gpd.GeoDataFrame(rows, geometry=_even_odd(mended, owner, len(rows)), crs=target)
    if repairs:
        named = [rows[owner[r.index]]["parcel_no"] for r in repairs]
        frame.attrs["notes"] = (repair_note(repairs, where, named),)
    return frame


def _separated(text: str, where: str) -> pd.DataFrame:
    """A table of text, whatever separates its columns."""
    import pandas as pd

    with foreign(say("gis.files.table_cannot_read"), where):
        return pd.read_csv(io.StringIO(text), sep=None, engine="python")


def _even_odd(rings: Any, owner: Sequence[int], n: int) -> list[Any]:  # noqa: ANN401
    """One shape a parcel: a ring inside another is a hole, one outside another part."""
    shapes: list[Any] = [shapely.Polygon()] * n
    for ring, number in zip(rings, owner, strict=True):
        shapes[number] = shapely.symmetric_difference(shapes[number], ring)
    return shapes
