"""Areas of numbered cells: those of the ellipsoid, the same in every window."""

from __future__ import annotations

import numpy as np
import pytest

from gis.cells.by_label import areas_by_label, cells_by_label, codes_of_label
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import plan_grid

# 120 km east of the central meridian a cell is 1.8e-4 larger in the plane than on the ground
GRID = plan_grid((620_000, 4_300_000, 630_000, 4_306_000), 4544, 100.0)
RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 6, GRID.shape).astype(np.int32)
CODES = RNG.integers(0, 9, GRID.shape).astype(np.uint16)


def test_areas_are_the_sums_of_cell_areas():
    cell = cell_area_m2(GRID)
    area, cells = cells_by_label(LABELS, GRID, 7)
    expected = [cell[k == LABELS].sum() if k else 0.0 for k in range(8)]
    np.testing.assert_allclose(area, expected, rtol=1e-10)
    assert cells.tolist() == [0, *((k == LABELS).sum() for k in range(1, 8))]
    assert abs(area[1] / (cells[1] * 1e4) - 1) > 1e-4  # not those of the plane


def test_a_cell_has_the_same_area_in_every_window():
    one = np.arange(1, GRID.shape[0] * GRID.shape[1] + 1, dtype=np.int32).reshape(GRID.shape)
    whole = areas_by_label(one, GRID, one.size)[1:].reshape(GRID.shape)
    for window in ((slice(7, 31), slice(11, 60)), (slice(59, 60), slice(99, 100))):
        own = one[window].copy()
        found = areas_by_label(own, GRID, one.size, window)
        np.testing.assert_array_equal(found[own], whole[window])


@pytest.mark.parametrize("label", [1, 5, 7])
def test_codes_of_a_label_are_those_of_its_cells(label):
    window = (slice(10, 50), slice(20, 90))
    codes, area = codes_of_label(LABELS[window], label, CODES[window], 9, GRID, window)
    own = LABELS[window] == label
    assert codes.tolist() == np.unique(CODES[window][own]).tolist()
    cell = cell_area_m2(GRID)[window]
    expected = [cell[own & (CODES[window] == k)].sum() for k in codes]
    np.testing.assert_allclose(area, expected, rtol=1e-10)
