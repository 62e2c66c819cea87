"""Features as their file holds them, before anything is mended: what a repair starts from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.systems import same_crs
from gis.errors import DataError
from gis.files.checked_features import with_crs
from gis.files.given import check_features_file, foreign, given_file, has_views
from gis.files.notes import Note
from gis.files.read_features import list_layers, shapefile_encoding
from gis.say import listed, say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["AsItIs", "joined", "mendable", "read_as_it_is"]

_SUFFIXES = (".shp", ".gpkg", ".gdb", ".fgb", ".geojson")
_UTF8 = ("", "UTF-8", "UTF8")


@dataclass(frozen=True)
class AsItIs:
    """A table as a file holds it.

    Attributes
    ----------
    table
        Every row, shapes neither mended nor moved; in the CRS that is declared.
    unclosed
        Rows whose rings do not come back to their first point; closed in `table`.
    encoding
        Of a Shapefile's attributes where it is not UTF-8, else empty.
    declared
        What the file declares of its system where the one that was stated took its place,
        empty for nothing; None where it declares the same or none was stated.
    """

    table: gpd.GeoDataFrame
    unclosed: tuple[int, ...]
    encoding: str
    declared: str | None = None


def mendable(path: Path) -> bool:
    """Whether `read_as_it_is` reads files of this kind.

    Examples
    --------
    >>> mendable(Path("a.SHP")), mendable(Path("a.dxf"))
    (True, False)
    """
    return path.suffix.lower() in _SUFFIXES


def read_as_it_is(path: Path, *, layer: str = "", encoding: str = "", crs: str = "") -> AsItIs:
    """A layer as its file holds it; arguments as of `gis.files.read.read_features`.

    Raises
    ------
    DataError
        When the file is of another kind, cannot be read at all, or has no CRS.
    """
    import pyogrio

    path = given_file(path)
    if not mendable(path):
        raise DataError(
            say("gis.files.cannot_be_mended"),
            where=str(path),
            got=path.suffix,
            expected=listed(_SUFFIXES),
        )
    check_features_file(path)
    if path.suffix.lower() == ".gpkg" and has_views(path):
        raise DataError(say("gis.files.cannot_be_mended"), where=str(path), got="view")
    notes: list[Note] = []
    options: dict[str, Any] = {}
    found = ""
    if path.suffix.lower() == ".shp":
        found = shapefile_encoding(path, encoding, notes, str(path))
        options["encoding"] = found or None
    else:
        names = list_layers(path)
        if layer in names or len(names) == 1:
            options["layer"] = layer if layer in names else names[0]
    with (
        foreign(say("gis.files.file_cannot_read_features"), str(path)),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # measured values and odd dates are not our subject
        closed = pyogrio.read_dataframe(path, force_2d=True, on_invalid="fix", **options)
        read = pyogrio.read_dataframe(
            path, force_2d=True, on_invalid="ignore", columns=[], **options
        )
    open_ended = shapely.is_missing(read.geometry.to_numpy()) & ~shapely.is_missing(
        closed.geometry.to_numpy()
    )
    table = with_crs(closed, crs, str(path), notes)
    used = "" if found.upper() in _UTF8 else found
    declared = None
    if crs and (closed.crs is None or not same_crs(closed.crs, table.crs)):
        declared = "" if closed.crs is None else str(closed.crs.name)
    return AsItIs(table, tuple(int(k) for k in np.flatnonzero(open_ended)), used, declared)


def joined(parts: Sequence[AsItIs]) -> AsItIs | None:
    """Parts of a layer as one table, row after row; None where their systems are others.

    Parameters
    ----------
    parts : sequence of AsItIs
        At least one.
    """
    import geopandas as gpd
    import pandas as pd

    first = parts[0]
    if len(parts) == 1:
        return first
    if not all(same_crs(p.table.crs, first.table.crs) for p in parts):
        return None
    name = first.table.geometry.name
    tables = [
        p.table if p.table.geometry.name == name else p.table.rename_geometry(name)
        for p in parts
    ]
    starts = np.cumsum([0, *(len(t) for t in tables)])
    unclosed = (int(s) + k for p, s in zip(parts, starts, strict=False) for k in p.unclosed)
    whole = gpd.GeoDataFrame(
        pd.concat(tables, ignore_index=True), geometry=name, crs=first.table.crs
    )
    return AsItIs(
        whole,
        tuple(unclosed),
        next((p.encoding for p in parts if p.encoding), ""),
        next((p.declared for p in parts if p.declared is not None), None),
    )
