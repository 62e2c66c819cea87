"""Cells read from a table yield what the kernel gives each of them, or the table is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gis.cells.grid import cell_centres, plan_grid
from siting.pv.plant.fused import fixed_yield
from siting.pv.plant.node_hours import node_hours
from siting.pv.plant.table import gentle_cells, take_cells, yield_by_table
from siting.pv.study import county
from siting.pv.study.county import cell_planes, county_yield, grid_yield, map_plant
from siting.pv.study.ground import FarGround
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource

LAT, TILT = 38.8, 33.0


@pytest.fixture(scope="module")
def res():
    return clear_resource(cloud=0.4)


def cells_of(section, n, seed=4):
    """Gentle slopes, hills to the south-west and south-east, 9 K from low to high ground."""
    rng = np.random.default_rng(seed)
    azimuth = np.arange(36) * 10.0
    west = np.exp(-(((azimuth - 225.0) / 40.0) ** 2))
    east = np.exp(-(((azimuth - 120.0) / 25.0) ** 2))
    high = rng.uniform(0.0, 12.0, (n, 2)) * rng.integers(0, 2, (n, 2))
    return cell_planes(
        section,
        lat=LAT,
        tilt_deg=TILT,
        slope_deg=rng.uniform(0.0, 8.0, n) * rng.integers(0, 2, n),
        aspect_deg=rng.uniform(0.0, 360.0, n),
        warmer_c=rng.uniform(-8.0, 1.0, n),
        horizon_deg=high[:, :1] * west + high[:, 1:] * east,
    )


@pytest.mark.parametrize("gcr", [None, 0.45])
def test_the_year_is_the_kernels_within_a_thousandth(res, gcr):
    section = PvSection(gcr=gcr)
    cells = cells_of(section, 800)
    cells = take_cells(cells, gentle_cells(cells))
    assert len(cells.rise) > 500
    assert cells.sky_left.min() < 0.985
    plant, node = map_plant(section), node_hours(res, map_plant(section), 36)
    want = fixed_yield(node, cells, plant)
    found = yield_by_table(node, cells, plant, county._open_planes(section, LAT, TILT))
    assert found is not None
    year = want.sum(axis=1)
    assert np.abs(found.sum(axis=1) / year - 1.0).max() < 1e-3
    # of a month: what hills hide of it comes hour by hour
    assert np.abs(found - want).max() < 0.005 * year.max() / 12.0
    hidden = 1.0 - year / fixed_yield(
        node, replace(cells, horizon_tan=0 * cells.horizon_tan), plant
    ).sum(axis=1)
    assert hidden.max() > 0.005  # five times the tolerance, so that leaving it out would show


def test_a_table_that_does_not_fit_is_not_used(res, monkeypatch):
    """Cells whose rows stand closer than those of the table's nodes are computed one by one."""
    section = PvSection(gcr=0.45)
    cells = cells_of(section, 300)
    plant, node = map_plant(section), node_hours(res, map_plant(section), 36)
    wrong = county._open_planes(PvSection(gcr=0.6), LAT, TILT)
    gentle = take_cells(cells, gentle_cells(cells))
    assert yield_by_table(node, gentle, plant, wrong) is None
    monkeypatch.setattr(county, "_MANY", 10)
    alone = grid_yield(res, section, cells)
    np.testing.assert_array_equal(grid_yield(res, section, cells, at=wrong), alone)
    right = county._open_planes(section, LAT, TILT)
    both = grid_yield(res, section, cells, at=right)
    np.testing.assert_array_equal(both[~gentle_cells(cells)], alone[~gentle_cells(cells)])
    assert (both[gentle_cells(cells)] != alone[gentle_cells(cells)]).any()
    assert both.sum(axis=1) == pytest.approx(alone.sum(axis=1), rel=1e-3)


def test_far_ground_of_the_same_cells_stands_for_the_near(res):
    """A ridge 1 km to the west, in both: the horizon is looked for once, the map the same."""
    grid = plan_grid((500_000.0, 4_300_000.0, 504_000.0, 4_302_000.0), "EPSG:4544", 100.0)
    large = plan_grid((496_000.0, 4_296_000.0, 508_000.0, 4_306_000.0), "EPSG:4544", 100.0)

    def heights(on):
        x, y = cell_centres(on)
        across, along = np.exp(-(((x - 501_000.0) / 250.0) ** 2)), np.abs(y - 4_301_000.0) < 700
        return 1100.0 + 250.0 * across[None, :] * along[:, None]

    section = PvSection()
    inside = np.zeros(grid.shape, dtype=bool)
    inside[1:-1, 18:-1] = True  # at the rim there is no slope
    args = (res, section, grid, heights(grid), inside)
    near = county_yield(*args, tilt_deg=TILT)
    far = county_yield(
        *args, tilt_deg=TILT, far=FarGround(large, heights(large), 1, 3000.0, 20_000.0)
    )
    level = county_yield(*args[:3], np.full(grid.shape, 1100.0), inside, tilt_deg=TILT)
    assert np.isfinite(near.annual_kwh_kwp[inside]).all()
    assert far.annual_kwh_kwp[inside] == pytest.approx(near.annual_kwh_kwp[inside], rel=1e-4)
    assert far.annual_kwh_kwp[10, 20] < 0.995 * level.annual_kwh_kwp[10, 20]
