"""Rasters of whole numbers as runs of equal cells along their rows."""

from __future__ import annotations

from gis.cells.runs.raster import Cells, RunRaster, in_strips, joined, run_raster, strips

__all__ = ["Cells", "RunRaster", "in_strips", "joined", "run_raster", "strips"]
