"""Where a QGIS project lies: its reference system and the extent of its map."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET

from gis.crs.systems import as_crs

__all__ = ["map_canvas", "reference_system"]


def reference_system(db: sqlite3.Connection) -> ET.Element:
    """``<spatialrefsys>`` of the layers; QGIS leaves it empty without the full text."""
    code = db.execute(
        "SELECT s.organization || ':' || s.organization_coordsys_id FROM gpkg_geometry_columns "
        "g JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id LIMIT 1"
    ).fetchone()[0]
    crs = as_crs(code)
    out = ET.Element("spatialrefsys", nativeFormat="Wkt")
    texts = {
        "wkt": crs.to_wkt(),
        "srid": code.partition(":")[2],
        "authid": code,
        "description": crs.name,
        "geographicflag": "true" if crs.is_geographic else "false",
    }
    for key, text in texts.items():
        ET.SubElement(out, key).text = text
    return out


def map_canvas(db: sqlite3.Connection, reference: ET.Element) -> ET.Element:
    """``<mapcanvas>``: the extent of all features."""
    box = db.execute(
        "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents "
        "WHERE data_type = 'features'"
    ).fetchone()
    out = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(out, "units").text = "meters"
    extent = ET.SubElement(out, "extent")
    for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        ET.SubElement(extent, key).text = repr(float(value or 0.0))
    ET.SubElement(out, "rotation").text = "0"
    ET.SubElement(out, "destinationsrs").append(reference)
    return out
