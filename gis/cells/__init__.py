"""Cells, grids and areas: rasterise, measure, tally, and back to polygons."""
