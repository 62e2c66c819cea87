"""CAD drawings: the encoding of their text, and closed polylines as the parcels they are."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.files.notes import Note
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["closed_lines", "dxf_encoding", "dxf_text"]

_HEAD_BYTES = 4 << 20  # the header and enough of the text to judge it
_UNICODE_SINCE = 1021  # $ACADVER of AutoCAD 2007: UTF-8 from here on, whatever the code page
_LOCK = threading.Lock()


def dxf_encoding(path: Path) -> str:
    """Encoding of a drawing's text; empty when the driver's own choice is right.

    Notes
    -----
    Drawings since AutoCAD 2007 are UTF-8 and still name the Chinese code page, which the
    driver then believes. Older ones without a code page, or with the western one, are judged
    by their bytes.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    if head.startswith(b"AutoCAD Binary DXF"):
        return ""
    version = re.search(rb"\$ACADVER\s+1\s+AC(\d{4})", head)
    if version and int(version[1]) >= _UNICODE_SINCE:
        return "UTF-8"
    page = re.search(rb"\$DWGCODEPAGE\s+3\s+(\S+)", head)
    if page and page[1].upper() != b"ANSI_1252":
        return ""
    text = head[: head.rfind(b"\n") + 1]
    if text.isascii():
        return ""
    for name in ("UTF-8", "GB18030"):
        try:
            text.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return ""


@contextmanager
def dxf_text(path: Path) -> Iterator[None]:
    """While the block runs the driver reads a drawing's text as `dxf_encoding` says.

    The driver takes it from a setting of the process only, so drawings are read one by one.
    """
    import pyogrio

    with _LOCK:
        pyogrio.set_gdal_config_options({"DXF_ENCODING": dxf_encoding(path) or None})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"DXF_ENCODING": None})


def closed_lines(frame: gpd.GeoDataFrame, notes: list[Note], label: str) -> gpd.GeoDataFrame:
    """Closed polylines of a drawing as polygons, with a note that says how many."""
    geoms = frame.geometry.to_numpy().copy()
    is_line = shapely.get_type_id(geoms) == shapely.GeometryType.LINESTRING
    closed = np.flatnonzero(is_line & shapely.is_closed(geoms))
    closed = closed[shapely.get_num_coordinates(geoms[closed]) >= 4]
    if closed.size:
        for k in closed:
            geoms[k] = shapely.Polygon(shapely.get_coordinates(geoms[k]))
        frame = frame.set_geometry(geoms, crs=frame.crs)
        notes.append(
            Note(
                "closed_lines",
                label,
                say("gis.files.closed_lines", size=closed.size),
                {"n": float(closed.size)},
            )
        )
    return frame
