"""Shapefiles for older desktops: GBK text, names that are cut between characters."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import DataError
from gis.files.whole_file import whole_file
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["short_names", "write_shapefile"]

_NAME_BYTES = 10  # dBASE III field names
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
    while len(text.encode(encoding)) > n_bytes:
        text = text[:-1]
    return text


def write_shapefile(path: str | Path, gdf: gpd.GeoDataFrame) -> Path:
    """Write a Shapefile in GBK with ``.cpg`` and a table of the full field names.

    Parameters
    ----------
    path : path
        ``.shp``; beside it ``.cpg`` (GBK) and ``<stem>_fields.csv`` with both names of each
        field.
    gdf : GeoDataFrame
        One kind of geometry.

    Raises
    ------
    DataError
        Several kinds of geometry, no CRS, or a file that cannot be written.

    Notes
    -----
    Characters that GBK lacks are written as ``?``. Text is cut at 254 bytes by the format.
    """
    import pyogrio

    path = Path(path)
    if path.suffix.lower() != ".shp":
        raise DataError(say("gis.files.shapefile_ends_shp"), where=str(path))
    if gdf.crs is None:
        raise DataError(say("gis.files.features_without_crs_cannot_written"), where=str(path))
    kinds = {str(k).removeprefix("Multi") for k in gdf.geometry.geom_type.dropna()}
    if len(kinds) > 1:
        raise DataError(
            say("gis.files.shapefile_holds_one_kind_geometry"),
            where=str(path),
            got=", ".join(sorted(kinds)),
            todo=say("gis.files.split_layer_write_geopackage"),
        )
    geometry = gdf.geometry.name
    names = [str(c) for c in gdf.columns if c != geometry]
    short = dict(zip(names, short_names(names), strict=True))
    frame = gdf.rename(columns=short)
    for name in frame.columns:
        if name == frame.geometry.name:
            continue
        column = frame[name]
        if column.dtype == bool:
            frame[name] = column.astype("int16")
        elif column.dtype == object or str(column.dtype) in {"string", "str"}:
            frame[name] = [
                v
                if v is None or v != v
                else str(v).encode(_ENCODING, "replace").decode(_ENCODING)
                for v in column
            ]
    with whole_file(path, say("gis.files.shapefile_cannot_be_written")) as part:
        pyogrio.write_dataframe(frame, part, driver="ESRI Shapefile", encoding="GBK")
        part.with_suffix(".cpg").write_text("GBK", encoding="ascii")
        with part.with_name(f"{part.stem}_fields.csv").open(
            "w", encoding="utf-8-sig", newline=""
        ) as stream:
            table = csv.writer(stream)
            table.writerow(["shapefile", "full"])
            table.writerows((s, n) for n, s in short.items())
        for suffix in _INDEXES:
            path.with_suffix(suffix).unlink(missing_ok=True)
        for side in part.parent.iterdir():
            if side != part:
                side.replace(path.with_name(side.name))
    return path
