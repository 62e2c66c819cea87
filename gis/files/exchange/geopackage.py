"""The tables every GeoPackage has, and geometry as its cells hold it, without a driver.

A driver rewrites a layer as a whole. Who appends rows under a lock, and keeps what was there,
speaks to SQLite itself; QGIS and GDAL read the result like any other file.

References
----------
OGC 12-128r15, GeoPackage Encoding Standard 1.2.1, sections 1.1.1 and 2.1.
"""

from __future__ import annotations

import sqlite3
import struct
from typing import TYPE_CHECKING

import shapely

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.say import say

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["add_layer", "begin_geopackage", "geometry_cell", "geometry_of_cell"]

_APPLICATION = 0x47504B47  # "GPKG"
_VERSION = 10200
_MAGIC, _LITTLE, _EMPTY = b"GP", 0x01, 0x10
_ENVELOPE = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}  # bytes of the bounds, by their kind
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
 organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
 definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
 identifier TEXT UNIQUE, description TEXT DEFAULT '',
 last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
 min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
 CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
 geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL,
 m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name));
INSERT INTO gpkg_spatial_ref_sys VALUES
 ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', ''),
 ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', '');
"""


def begin_geopackage(link: sqlite3.Connection, epsg: int) -> None:
    """Make the tables of an empty GeoPackage, and the system `epsg`, in an empty database.

    Inside the transaction of the caller, but for the two marks of the file itself.
    """
    link.execute(f"PRAGMA application_id = {_APPLICATION}")
    link.execute(f"PRAGMA user_version = {_VERSION}")
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            link.execute(statement)
    crs = as_crs(epsg)
    link.execute(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, '')",
        (crs.name, epsg, epsg, crs.to_wkt("WKT1_GDAL")),
    )


def add_layer(link: sqlite3.Connection, name: str, epsg: int, *, column: str = "geom") -> None:
    """Tell that a table or view is a layer; a table without features when `column` is empty."""
    kind = "features" if column else "attributes"
    link.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
        "VALUES (?, ?, ?, ?)",
        (name, kind, name, epsg if column else None),
    )
    if column:
        link.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 0, 0)",
            (name, column, epsg),
        )


def geometry_cell(geometry: BaseGeometry | None, epsg: int) -> bytes | None:
    r"""A geometry as a cell of a GeoPackage; None for none.

    Examples
    --------
    >>> cell = geometry_cell(shapely.Point(1, 2), 4545)
    >>> cell[:4], geometry_of_cell(cell).wkt
    (b'GP\x00\x01', 'POINT (1 2)')
    """
    if geometry is None:
        return None
    flags = _LITTLE | (_EMPTY if geometry.is_empty else 0)
    wkb: bytes = shapely.to_wkb(geometry, byte_order=1)
    return _MAGIC + bytes((0, flags)) + struct.pack("<i", epsg) + wkb


def geometry_of_cell(cell: bytes | None, where: str = "") -> BaseGeometry | None:
    """The geometry of a cell.

    Raises
    ------
    DataError
        When it is none.
    """
    if cell is None:
        return None
    try:
        if cell[:2] != _MAGIC:
            raise ValueError(cell[:2])
        start = 8 + _ENVELOPE[(cell[3] >> 1) & 0x07]
        return shapely.from_wkb(bytes(cell[start:]))
    except (IndexError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as err:
        raise DataError(say("gis.files.geopackage_cell"), where=where) from err
