"""The horizon is looked for as far as the plan asks, and what is not known is said."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from shapely.geometry import box

from gis.cells.grid import cell_centres
from siting.pv.light.horizon import Horizon
from siting.pv.plant.chain import site_yield
from siting.pv.study import ground as ground_module
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource, some_plant

CRS = "EPSG:4545"
COUNTY = box(0, 0, 1000, 1000)


def ridge_ground(monkeypatch, *, high_m, away_m, known_m=1e9, reach_m=20_000.0):
    """The far ground of a square kilometre with a ridge east and south of its middle; its
    flanks rise 1 in 4, it is known to `known_m` around the square."""

    def open_raster(_plan, _layer, grid):
        x, y = cell_centres(grid)
        east, south = x[None, :] - 500.0, 500.0 - y[:, None]
        off = np.abs(np.maximum(east, south) - away_m)
        dem = 1100.0 + np.maximum(high_m - off / 4.0, 0.0)
        lo, hi = -known_m, 1000.0 + known_m
        known = ((x > lo) & (x < hi))[None, :] & ((y > lo) & (y < hi))[:, None]
        return dem.astype(np.float32), known

    section = PvSection(yield_map={"horizon_reach_m": reach_m})
    monkeypatch.setattr(ground_module, "county_boundary", lambda _: COUNTY)
    monkeypatch.setattr(ground_module, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(ground_module, "open_raster", open_raster)
    return ground_module.far_ground(SimpleNamespace(section=lambda _: section), 50.0)


def seen(far):
    level = Horizon(np.zeros(72))
    return far.raised(level, x=500.0, y=500.0, ground_m=1100.0)


def test_a_ridge_twice_as_far_and_twice_as_high_hides_the_same(monkeypatch):
    """1,600 m at 8 km and 800 m at 4 km: atan((h - d^2 * 0.87 / 12,742 km - 1.5) / d), with
    the eye at 1.5 m: 11.27 and 11.28 deg."""
    found, lost = [], []
    res = clear_resource()
    for high, away in ((800.0, 4000.0), (1600.0, 8000.0)):
        far = ridge_ground(monkeypatch, high_m=high, away_m=away)
        assert far.warning is None
        horizon = seen(far)
        for north in (90.0, 180.0):
            drop = away**2 * 0.87 / (2 * 6_371_000.0)
            expected = np.rad2deg(np.arctan((high - drop - 1.5) / away))
            assert float(horizon.at(north)) == pytest.approx(expected, abs=0.1)
        assert float(horizon.at(0.0)) == 0.0
        found.append(horizon.elevation_deg)
        steps = site_yield(res, some_plant(), horizon=horizon).waterfall.steps
        lost.append(next(-s.delta for s in steps if s.id == "horizon"))
    # along the ridges, to the north and the west, one ends at the reach and the other does not
    broad = slice(8, 47)  # 40 to 230 deg
    assert found[1][broad] == pytest.approx(found[0][broad], abs=0.15)
    assert lost[0] > 5.0
    assert lost[1] == pytest.approx(lost[0], rel=0.03)


def test_large_ground_is_read_in_larger_cells_at_the_same_angle(monkeypatch):
    """With 20,000 cells at most the 41 km wide square has cells of 300 m; a crest of 1,600 m
    at 8 km is then lower by half a cell of its flank, 37 m or 0.3 deg."""
    monkeypatch.setattr(ground_module, "_MOST_CELLS", 20_000)
    far = ridge_ground(monkeypatch, high_m=1600.0, away_m=8000.0)
    assert far.grown == 6
    assert far.dem_m.size <= 20_000
    assert float(seen(far).at(90.0)) == pytest.approx(11.27, abs=0.3)


@pytest.mark.parametrize(
    ("known_m", "reach_m", "told"), [(3000.0, 20_000.0, 3.0), (3000.0, 2500.0, None)]
)
def test_ground_that_ends_sooner_is_told_with_the_distance(monkeypatch, known_m, reach_m, told):
    far = ridge_ground(
        monkeypatch, high_m=800.0, away_m=4000.0, known_m=known_m, reach_m=reach_m
    )
    if told is None:
        assert far.warning is None
    else:
        assert f"{told:.1f} km" in far.warning.text("en")
        assert far.warning.code == "pv_horizon_cut"


def test_no_ground_is_read_where_no_horizon_is_asked_for():
    section = PvSection(horizon=False)
    assert ground_module.far_ground(SimpleNamespace(section=lambda _: section), 50.0) is None
