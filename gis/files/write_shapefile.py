"""Shapefiles for older desktops: GBK or UTF-8, names that are cut between characters."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely

from gis.errors import DataError
from gis.files.export.frames import (
    Held,
    held_fields,
    kind_of,
    one_type,
    plain_text,
    typed,
)
from gis.files.notes import Note
from gis.files.plain_text import harmless
from gis.files.whole_file import whole_file
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["short_names", "write_shapefile"]

_NAME_BYTES = 10  # dBASE III field names
_TEXT_BYTES = 254
_EXACT = 2**53
_PLACES = 1e-14  # fifteen decimals, and sixteen digits of larger numbers
_ENCODING = "gbk"
_INDEXES = (".qix", ".sbn", ".sbx")  # of the file before: they would point to wrong rows


def short_names(names: Sequence[str], encoding: str = _ENCODING) -> list[str]:
    """Field names of at most ten bytes, unique, never cut inside a character.

    Parameters
    ----------
    names : sequence of str
    encoding : str
        Of the table: a Chinese character takes two bytes in GBK, three in UTF-8.

    Examples
    --------
    >>> short_names(["权属单位名称", "权属单位代码", "dlbm"])
    ['权属单位名', '权属单位代', 'dlbm']
    >>> short_names(["capacity_mw_ac", "capacity_mw_dc"])
    ['capacity_m', 'capacity_1']
    """
    used: set[str] = set()
    out = []
    for name in names:
        clean = name.encode(encoding, errors="ignore").decode(encoding) or "field"
        short = _cut(clean, _NAME_BYTES, encoding)
        number = 0
        while short.casefold() in used:
            number += 1
            tail = str(number)
            short = _cut(clean, _NAME_BYTES - len(tail), encoding) + tail
        used.add(short.casefold())
        out.append(short)
    return out


def _cut(text: str, n_bytes: int, encoding: str) -> str:
    raw = text.encode(encoding)
    if len(raw) <= n_bytes:
        return text
    return raw[:n_bytes].decode(encoding, errors="ignore")


def write_shapefile(
    path: str | Path,
    gdf: gpd.GeoDataFrame,
    *,
    encoding: str = _ENCODING,
    notes: list[Note] | None = None,
    held: list[Held] | None = None,
) -> Path:
    """Write a Shapefile with ``.cpg`` and a table of the full field names.

    Parameters
    ----------
    path : path
        ``.shp``; beside it ``.cpg`` and ``<stem>_fields.csv`` with both names of each field.
    gdf : GeoDataFrame
        One kind of geometry; heights are left out.
    encoding : {"gbk", "utf-8"}
        Of the table.
    notes : list, optional
        Told what the format could not hold.
    held : list, optional
        Told how every column is called in the file.

    Raises
    ------
    DataError
        Several kinds of geometry, no CRS, a number the table cannot hold, or a file that
        cannot be written.

    Notes
    -----
    The format cuts text at 254 bytes, and GBK lacks some signs, which become ``?``. Each such
    text stands whole in ``<stem>_long_text.csv`` (row, field, text). Whole numbers that a
    double does not hold and times of day, which the table has no place for, become text.
    """
    import pyogrio

    path = Path(path)
    if path.suffix.lower() != ".shp":
        raise DataError(say("gis.files.shapefile_ends_shp"), where=str(path))
    if gdf.crs is None:
        raise DataError(say("gis.files.features_without_crs_cannot_written"), where=str(path))
    if kind_of(gdf) == "mixed":
        kinds = {str(k).removeprefix("Multi") for k in gdf.geometry.geom_type.dropna()}
        raise DataError(
            say("gis.files.shapefile_holds_one_kind_geometry"),
            where=str(path),
            got=listed(sorted(kinds)),
            todo=say("gis.files.split_layer_write_geopackage"),
        )
    gdf = gdf.rename(columns=str)
    geometry = gdf.geometry.name
    names = [str(c) for c in gdf.columns if c != geometry]
    short = dict(zip(names, short_names(names, encoding), strict=True))
    flat = gdf.set_geometry(shapely.force_2d(gdf.geometry.to_numpy()), crs=gdf.crs)
    frame, kind = one_type(flat.rename(columns=short))
    long: list[tuple[int, str, str]] = []
    for name in short.values():
        column, whole = _column(frame[name], encoding)
        frame[name] = column
        long += [(row, name, text) for row, text in whole]
    with whole_file(path, say("gis.files.shapefile_cannot_be_written")) as part:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numbers are read back below
            pyogrio.write_dataframe(
                frame,
                part,
                driver="ESRI Shapefile",
                encoding=encoding,
                geometry_type=kind.removeprefix("Multi") if kind != "MultiPoint" else kind,
            )
        _numbers_kept(frame, part, path)
        fields = pyogrio.read_info(part, encoding=encoding)["fields"] if names else ()
        called = held_fields(names, fields)  # without columns the driver makes one of its own
        part.with_suffix(".cpg").write_text(encoding.upper(), encoding="ascii")
        _table(part, "fields", [("shapefile", "full"), *((s, n) for n, s in called.items())])
        lost = path.with_name(f"{path.stem}_long_text.csv")
        lost.unlink(missing_ok=True)
        if long:
            _table(part, "long_text", [("row", "field", "text"), *long])
            text = say("gis.out.text_cut", n=len(long), file=lost.name)
            if notes is not None:
                notes.append(Note("text_cut", str(path), text, {"n": float(len(long))}))
        for suffix in _INDEXES:
            path.with_suffix(suffix).unlink(missing_ok=True)
        for side in part.parent.iterdir():
            if side != part:
                side.replace(path.with_name(side.name))
    if held is not None:
        held.append(Held(path.stem, path.stem, called))
    return path


def _table(part: Path, name: str, rows: Sequence[tuple[object, ...]]) -> None:
    beside = part.with_name(f"{part.stem}_{name}.csv")
    with beside.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([harmless(v) for v in row] for row in rows)


def _column(column: pd.Series[Any], encoding: str) -> tuple[Any, list[tuple[int, str]]]:
    """A column as the table holds it, and rows (from 1) whose text does not fit, whole."""
    from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

    column = typed(column)
    kind = column.dtype
    if is_bool_dtype(kind):
        return column.astype("int16" if column.notna().all() else "Int16"), []
    if is_float_dtype(kind):
        return column.astype("float64"), []
    if is_integer_dtype(kind) and not (column.abs() > _EXACT).any():
        return column, []
    cells, long = [], []
    for row, value in enumerate(column, 1):
        text = plain_text(value)
        cells.append(text)
        if text is None:
            continue
        cells[-1] = fit = _fitting(text, encoding)
        if fit != text:
            long.append((row, text))
    return cells, long


def _fitting(text: str, encoding: str) -> str:
    """What the table can hold of a text: signs of its encoding, 254 bytes."""
    held = text.encode(encoding, "replace").decode(encoding)
    return _cut(held, _TEXT_BYTES, encoding) if len(held) * 4 > _TEXT_BYTES else held


def _numbers_kept(frame: gpd.GeoDataFrame, part: Path, path: Path) -> None:
    """Refuse a number that came out as another: the table has 24 places."""
    import numpy as np
    import pyogrio

    floats = [
        c for c in frame.columns if c != frame.geometry.name and frame[c].dtype.kind == "f"
    ]
    if not floats or not len(frame):
        return
    back = pyogrio.read_dataframe(part, columns=floats, read_geometry=False)
    for name in floats:
        gave, got = frame[name].to_numpy(), back[name].to_numpy(dtype=float)
        same = np.isclose(gave, got, rtol=_PLACES, atol=_PLACES, equal_nan=True)
        if not same.all():
            raise DataError(
                say("gis.out.number_too_wide"),
                where=f"{path} {name}",
                got=str(gave[~same][0]),
                todo=say("gis.out.write_another_format"),
            )
