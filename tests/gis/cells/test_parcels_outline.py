"""The outline of cells is their union, corner for corner."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays

from gis.cells.grid import cell_size_m, origin, plan_grid
from gis.cells.parcels import cells_outline

masks = arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def grid_of(mask):
    h, w = mask.shape
    return plan_grid((500_000, 4_300_000, 500_000 + 10 * w, 4_300_000 + 10 * h), 4544, 10)


@settings(max_examples=150, deadline=None)
@given(masks)
def test_it_is_the_union_of_the_cells(mask):
    grid = grid_of(mask)
    (left, top), cell = origin(grid), cell_size_m(grid)
    r, c = np.nonzero(mask)
    boxes = shapely.box(
        left + c * cell, top - (r + 1) * cell, left + (c + 1) * cell, top - r * cell
    )
    found = cells_outline(mask, grid)
    assert found.is_valid
    assert found.area == 100.0 * mask.sum()
    assert shapely.symmetric_difference(found, shapely.union_all(boxes)).area == 0.0


def test_no_cell_no_land():
    mask = np.zeros((3, 4), bool)
    assert cells_outline(mask, grid_of(mask)).is_empty
