"""Few cells of a file on many cells of a grid are many."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine

from gis.cells.grid import own_grid, plan_grid
from gis.files import read_raster as reading
from gis.files.write import write_cog

CRS = "EPSG:4544"


@pytest.mark.parametrize(("cell_m", "side"), [(10.0, 300), (999.0, 3)])
def test_how_a_raster_is_resampled_hangs_on_the_cells_of_both_sides(
    tmp_path, monkeypatch, cell_m, side
):
    """3 x 3 cells of 1 km upon cells of 10 m are 90,000: a kernel's work, not Python's."""
    x, y = 600_000.0, 4_280_000.0
    file = tmp_path / "coarse.tif"
    coarse = plan_grid((x, y, x + 3000, y + 3000), CRS, 1000)
    write_cog(file, np.arange(9.0).reshape(3, 3), coarse, dtype="float32", nodata=-9999.0)
    asked: list[int] = []
    known = reading.for_few
    monkeypatch.setattr(reading, "for_few", lambda k, n: asked.append(n) or known(k, n))
    shifted = Affine(cell_m, 0.0, x + 1.5, 0.0, -cell_m, y + 3000.0)
    reading.read_raster(file, own_grid((side, side), shifted, CRS), kind="intensive")
    assert asked == [max(side * side, 9)]
