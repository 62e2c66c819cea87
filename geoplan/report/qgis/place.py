"""Where a QGIS project lies: its reference system, the extent of its map, its settings."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET

from geoplan.maps.print import padded_bounds
from geoplan.maps.sheet import Bounds
from gis.crs.systems import as_crs

__all__ = ["map_canvas", "project_properties", "reference_system", "sheet_land"]

_MARGIN = 0.02  # around the county, as on the printed maps
_PLACES_CM2 = 20  # where a name of a polygon is tried; of the 2.5 of QGIS many lie on another
_BOX = (
    "SELECT min(min_x), min(min_y), max(max_x), max(max_y) FROM gpkg_contents "
    "WHERE data_type = 'features'"
)


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
    box = db.execute(_BOX).fetchone()
    out = ET.Element("mapcanvas", name="theMapCanvas", annotationsVisible="1")
    ET.SubElement(out, "units").text = "meters"
    extent = ET.SubElement(out, "extent")
    for key, value in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True):
        ET.SubElement(extent, key).text = repr(float(value or 0.0))
    ET.SubElement(out, "rotation").text = "0"
    ET.SubElement(out, "destinationsrs").append(reference)
    return out


def sheet_land(db: sqlite3.Connection) -> Bounds:
    """What a layout shows: the county as on a printed map, or all features without one.

    A line far beyond the county would take a scale that leaves the county half of the frame.
    """
    box = db.execute(f"{_BOX} AND table_name = 'county'").fetchone()
    if None not in box:
        return padded_bounds(box, _MARGIN)
    left, bottom, right, top = (float(v or 0.0) for v in db.execute(_BOX).fetchone())
    return left, bottom, right, top


def project_properties() -> ET.Element:
    """``<properties>``: relative paths, the reference system, how names find their places."""
    out = ET.Element("properties")
    paths = ET.SubElement(ET.SubElement(out, "Paths"), "Absolute", type="bool")
    paths.text = "false"
    # without this QGIS does not look at <projectCrs>
    system = ET.SubElement(out, "SpatialRefSys")
    ET.SubElement(system, "ProjectionsEnabled", type="int").text = "1"
    names = ET.SubElement(out, "PAL")
    ET.SubElement(names, "CandidatesPolygonPerCM", type="double").text = str(_PLACES_CM2)
    # that of new projects; a file that does not say so gets the one before
    ET.SubElement(names, "PlacementEngineVersion", type="int").text = "1"
    return out
