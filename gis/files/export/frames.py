"""Features and tables as every vector format can hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import shapely

from gis.files.plain_text import washed
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

FrameT = TypeVar("FrameT", bound="pd.DataFrame")

__all__ = [
    "KINDS",
    "Held",
    "arrow_table",
    "attributes",
    "held_fields",
    "kind_of",
    "of_one_kind",
    "one_type",
    "plain_columns",
    "plain_text",
    "told_apart",
    "typed",
]

KINDS: Mapping[str, tuple[int, ...]] = {
    "point": (0, 4),
    "line": (1, 2, 5),
    "polygon": (3, 6),
}
"""Kind of geometry -> its type numbers in shapely."""
_COLLECTION = 7
_FIRST_MULTI = 4
_TYPES: Mapping[str, tuple[str, str]] = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}
_EXACT = 2**53  # above it a double no longer holds every whole number


@dataclass(frozen=True)
class Held:
    """What a file really holds of a layer or table, as it was read back.

    Attributes
    ----------
    source
        Name the layer had before.
    layer
        Its name in the file; drivers change names that are words of SQL.
    fields
        Column -> name of its field in the file.
    """

    source: str
    layer: str
    fields: Mapping[str, str]


def attributes(frame: pd.DataFrame) -> list[str]:
    """Columns but the geometry, as texts."""
    import geopandas as gpd

    own = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    return [str(c) for c in frame.columns if c != own]


def told_apart(frame: FrameT, own: Sequence[str] = ()) -> FrameT:
    """The frame with names no two of which differ in case only, nor are a format's own.

    Drivers fill the fields they made by names whose case they pass over: of two, one stays
    empty without a word.

    Examples
    --------
    >>> import pandas as pd
    >>> list(told_apart(pd.DataFrame(columns=["Area", "area", "fid"]), ["fid"]))
    ['Area', 'area_', 'fid_']
    """
    taken, names = {n.casefold() for n in own}, {}
    for name in attributes(frame):
        new, number = name, 1
        while new.casefold() in taken:
            new = f"{name}_" if number == 1 else f"{name}_{number}"
            number += 1
        taken.add(new.casefold())
        if new != name:
            names[name] = new
    return frame.rename(columns=names) if names else frame


def held_fields(columns: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """Column -> field of the file that was made of it, in the order of the columns.

    Parameters
    ----------
    columns : sequence of str
        Without the geometry.
    fields : sequence of str
        As the file gives them.

    Raises
    ------
    OSError
        When the file lacks one.

    Examples
    --------
    >>> held_fields(["group", "n"], ["group_", "n"])
    {'group': 'group_', 'n': 'n'}
    """
    if len(fields) != len(columns):  # drivers keep the order, so this is all there is to know
        lost = [c for c in columns if c not in fields]
        raise OSError(say("gis.out.fields_lost", names=listed(lost)))
    return dict(zip(columns, map(str, fields), strict=True))


def plain_text(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A cell of a text column as text: lists in a row, mappings as JSON, nothing as None.

    Examples
    --------
    >>> plain_text(["a", 1]), plain_text({"a": 1}), plain_text(float("nan")), plain_text("x")
    ('a;1', '{"a": 1}', None, 'x')
    """
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | set | frozenset):
        return washed(";".join(map(str, value)))
    if isinstance(value, dict):
        return washed(json.dumps(value, ensure_ascii=False))
    return None if _missing(value) else washed(str(value))


def _missing(value: Any) -> bool:  # noqa: ANN401 - a cell
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA is neither like itself nor unlike
        return True


def plain_columns(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lists, mappings and columns of several types as text: no vector format keeps them."""
    out = table.copy(deep=False)
    for name in out.columns:
        if name == out.geometry.name or out[name].dtype != object:
            continue
        column = typed(out[name])
        odd = column.dtype == object and _odd(column)
        out[name] = [plain_text(v) for v in column] if odd else column
    return out


def _odd(column: pd.Series[Any]) -> bool:
    from pandas.api.types import infer_dtype

    if {type(v) for v in column} & {list, tuple, set, frozenset, dict, np.ndarray}:
        return True
    return infer_dtype(column, skipna=True) in ("mixed", "mixed-integer")


def typed(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of objects that are all numbers or all truth values as what it is.

    Joins of tables leave numbers with gaps behind as objects.

    Examples
    --------
    >>> import pandas as pd
    >>> str(typed(pd.Series([1.5, None], dtype=object)).dtype)
    'float64'
    >>> str(typed(pd.Series([1, "a"], dtype=object)).dtype)
    'object'
    """
    from pandas.api.types import infer_dtype

    if column.dtype != object or not column.notna().any():
        return column
    kind = infer_dtype(column, skipna=True)
    if kind == "boolean":
        return column.astype("boolean")
    if kind in ("floating", "mixed-integer-float"):
        return column.astype("float64")
    if kind == "integer" and column.dropna().map(lambda v: -(2**63) <= v < 2**63).all():
        return column.astype("Int64")
    return column


def kind_of(gdf: gpd.GeoDataFrame) -> str:
    """``point``, ``line``, ``polygon``, ``""`` of nothing, ``mixed`` of several or collections.

    Examples
    --------
    >>> import geopandas as gpd
    >>> kind_of(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0), None]))
    'point'
    """
    held = set(shapely.get_type_id(gdf.geometry.to_numpy()).tolist()) - {-1}
    for kind, ids in KINDS.items():
        if held and held <= set(ids):
            return kind
    return "mixed" if held else ""


def of_one_kind(name: str, gdf: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """A layer as layers of one kind of geometry, in two dimensions, by name.

    A layer of one kind keeps its name. Of several kinds each is named after its own
    (``layout_line``); parts of a collection go to their kinds, rows without geometry to the
    first. A layer without any geometry is one of polygons.

    Examples
    --------
    >>> import geopandas as gpd
    >>> both = [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])]
    >>> list(of_one_kind("a", gpd.GeoDataFrame(geometry=both)))
    ['a_point', 'a_line']
    """
    gdf = gdf.set_geometry(shapely.force_2d(gdf.geometry.to_numpy()), crs=gdf.crs)
    if kind_of(gdf) != "mixed":
        return {name: gdf}
    ids = shapely.get_type_id(gdf.geometry.to_numpy())
    if (ids == _COLLECTION).any():
        gdf = gdf.explode(ignore_index=True)
        ids = shapely.get_type_id(gdf.geometry.to_numpy())
    out: dict[str, gpd.GeoDataFrame] = {}
    for kind, own in KINDS.items():
        mine = np.isin(ids, own)
        if not mine.any():
            continue
        if not out:
            mine |= ids == -1
        out[f"{name}_{kind}"] = gdf[mine].reset_index(drop=True)
    return out


def one_type(gdf: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, str]:
    """A layer of one kind of geometry as one type, and its name: all multi where one is.

    Polygons are always multi, as the readers of county data expect them.

    Examples
    --------
    >>> import geopandas as gpd
    >>> some = [shapely.Point(0, 0), shapely.MultiPoint([(0, 0), (1, 1)])]
    >>> frame, name = one_type(gpd.GeoDataFrame(geometry=some))
    >>> name, list(frame.geom_type)
    ('MultiPoint', ['MultiPoint', 'MultiPoint'])
    """
    geometry = gdf.geometry.to_numpy().copy()
    ids = shapely.get_type_id(geometry)
    kind = kind_of(gdf) or "polygon"
    single, multi = _TYPES[kind]
    if kind != "polygon" and (ids < _FIRST_MULTI).all():
        return gdf, single
    for i in np.flatnonzero((ids >= 0) & (ids < _FIRST_MULTI)):
        if kind == "point":
            geometry[i] = shapely.multipoints([geometry[i]])
        elif kind == "line":
            geometry[i] = shapely.multilinestrings([geometry[i]])
        else:
            geometry[i] = shapely.multipolygons([geometry[i]])
    return gdf.set_geometry(geometry, crs=gdf.crs), multi


def arrow_table(frame: pd.DataFrame, titles: Mapping[str, str], *, whole: str) -> Any:  # noqa: ANN401
    """A frame as an Arrow table whose fields carry their titles for GDAL.

    Parameters
    ----------
    frame : DataFrame
        A GeoDataFrame's geometry becomes a last field ``geometry`` of well-known binary.
    titles : mapping
        Column -> what people call it.
    whole : {"int32", "int64"}
        What the format has for whole numbers. Numbers of 64 bits that do not fit 32 become
        doubles where these hold them, else text: no digit is lost.
    """
    import geopandas as gpd
    import pyarrow as pa

    geometry = frame.geometry if isinstance(frame, gpd.GeoDataFrame) else None
    own = "" if geometry is None else geometry.name
    fields, arrays = [], []
    for name in frame.columns:
        if name == own:
            continue
        array = _array(frame[name], whole)
        # drivers change a name that is a word of SQL: the alias then says what it was
        note = {"GDAL:OGR:alternative_name": titles.get(str(name)) or str(name)}
        fields.append(pa.field(str(name), array.type, metadata=note))
        arrays.append(array)
    if geometry is not None:
        wkb = pa.array(shapely.to_wkb(geometry.to_numpy(), include_srid=False), pa.binary())
        note = {"ARROW:extension:name": "geoarrow.wkb"}
        fields.append(pa.field("geometry", pa.binary(), metadata=note))
        arrays.append(wkb)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(column: pd.Series[Any], whole: str) -> Any:  # noqa: ANN401
    """One column in a type that every driver has."""
    import pandas as pd
    import pyarrow as pa

    column = typed(column)
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        column = column.astype(object)
        kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return pa.array(column, pa.bool_(), from_pandas=True)
    if pd.api.types.is_integer_dtype(kind):
        held = column.dropna()
        most = max(abs(int(held.max())), abs(int(held.min()))) if len(held) else 0
        if most < 2**31:
            return pa.array(column, pa.int32(), from_pandas=True)
        if whole == "int64" and most < 2**63:
            return pa.array(column, pa.int64(), from_pandas=True)
        if most <= _EXACT:
            return pa.array(column.astype("float64"), from_pandas=True)
    elif pd.api.types.is_float_dtype(kind):
        return pa.array(column.astype("float64"), from_pandas=True)
    elif pd.api.types.is_datetime64_any_dtype(kind):
        return pa.array(column, pa.timestamp("ms", getattr(kind, "tz", None) and "UTC"))
    return pa.array([plain_text(v) for v in column], pa.string())
