"""Read features and rasters: one door, so that what enters is checked."""

from __future__ import annotations

from gis.files.coordinate_txt import read_coordinate_txt
from gis.files.notes import Note, notes_of
from gis.files.raster_info import RasterInfo, raster_info
from gis.files.read_features import list_layers, read_features
from gis.files.read_raster import Kind, read_raster

__all__ = [
    "Kind",
    "Note",
    "RasterInfo",
    "list_layers",
    "notes_of",
    "raster_info",
    "read_coordinate_txt",
    "read_features",
    "read_raster",
]
