"""Collector trees and earthwork against closed forms and independent trees."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from gis.cells.grid import cell_size_m, origin, plan_grid
from gis.errors import ModelError
from siting.pv.array.collector import collector_lines, current_a
from siting.pv.array.earthwork import Ground, table_earth
from siting.pv.array.features import array_features
from siting.pv.array.ground import mean_slope
from siting.pv.array.plant import draw_array
from siting.pv.study.spacing import row_pitch_m
from tests.siting.pv.array.test_array_layout import CRS, LAT, TILT, X0, Y0, rules, square

L, W = 16.0, 4.0
ALONG = (np.arange(32) + 0.5) / 32 * L


def ground(height):
    """A plane or ridge given as a function of x and y from the site's corner, cells of 5 m."""
    grid = plan_grid((X0 - 300.0, Y0 - 300.0, X0 + 700.0, Y0 + 700.0), CRS, 5.0)
    left, top = origin(grid)
    cell = cell_size_m(grid)
    h, w = grid.shape
    x = left + (np.arange(w) + 0.5) * cell - X0
    y = top - (np.arange(h) + 0.5) * cell - Y0
    return Ground(grid, height(x[None, :], y[:, None]) + np.zeros((h, w)), 5.0)


@pytest.mark.parametrize("n", [1, 2, 15, 60])
def test_without_a_limit_the_tree_is_the_shortest(n):
    xy = np.random.default_rng(n).uniform(0.0, 1000.0, (n, 2))
    found = collector_lines(xy, np.ones(n), (500.0, 500.0), 1e9)
    nodes = np.vstack([[500.0, 500.0], xy])
    tree = minimum_spanning_tree(cdist(nodes, nodes, "cityblock")).sum()
    assert found.length_m.sum() == pytest.approx(float(tree), rel=1e-9)


@pytest.mark.parametrize("most", [1.0, 2.5, 4.0])
def test_no_feeder_above_its_limit_and_every_node_comes_home(most):
    rng = np.random.default_rng(3)
    xy = rng.uniform(0.0, 1000.0, (40, 2))
    power = rng.uniform(0.3, 1.0, 40)
    found = collector_lines(xy, power, (0.0, 0.0), most)
    assert np.bincount(found.feeder, power).max() <= most + 1e-9
    # what reaches the substation is what the nodes give
    assert found.power_mw[found.towards < 0].sum() == pytest.approx(power.sum())
    assert (found.power_mw <= most + 1e-9).all()
    # never longer than a line of its own for each, nor shorter than the tree without limit
    star = np.abs(xy).sum(axis=1)
    free = collector_lines(xy, power, (0.0, 0.0), 1e9).length_m.sum()
    assert free <= found.length_m.sum() <= star.sum()
    for k in range(40):
        seen, at = set(), k
        while at >= 0:
            assert at not in seen
            seen.add(at)
            at = int(found.towards[at])


def test_a_limit_of_one_node_is_a_star():
    xy = np.array([[10.0, 0.0], [20.0, 0.0], [0.0, 30.0]])
    found = collector_lines(xy, np.ones(3), (0.0, 0.0), 1.0)
    assert found.length_m.tolist() == [10.0, 20.0, 30.0]
    with pytest.raises(ModelError, match="above the limit"):
        collector_lines(xy, np.full(3, 2.0), (0.0, 0.0), 1.0)


def test_current_of_a_line():
    """P / (sqrt(3) U cos phi): 25 MW at 35 kV and 0.95 are 434.1 A."""
    assert float(current_a(25.0, 35.0, 0.95)) == pytest.approx(434.09, abs=0.01)


@pytest.mark.parametrize("slope", [0.0, 0.05, 0.10, -0.10])
def test_a_plane_a_table_can_follow_moves_no_earth(slope):
    e = table_earth(np.tile(slope * ALONG, (1, 4, 1)), L, W, slope_most=0.1, reveal_m=0.0)
    assert float(e.cut_m3[0] + e.fill_m3[0]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("slope", [0.15, -0.25])
def test_a_steeper_plane_is_turned_to_the_limit(slope):
    """(s - limit) L^2 W / 8 each way: two wedges about the middle of the table."""
    e = table_earth(np.tile(slope * ALONG, (1, 4, 1)), L, W, slope_most=0.1, reveal_m=0.0)
    volume = (abs(slope) - 0.1) * L * L * W / 8
    assert float(e.cut_m3[0]) == pytest.approx(volume, rel=1e-9)
    assert float(e.fill_m3[0]) == pytest.approx(volume, rel=1e-9)
    # with play r the wedge begins where its height is r: (D L/2 - r)^2 W / (2 D), D = s - limit
    d = abs(slope) - 0.1
    held = table_earth(np.tile(slope * ALONG, (1, 4, 1)), L, W, slope_most=0.1, reveal_m=0.2)
    assert float(held.cut_m3[0]) == pytest.approx(
        (d * L / 2 - 0.2) ** 2 * W / (2 * d), rel=0.02
    )


def test_a_ridge_under_a_table():
    """Ground falls by s on both sides of the middle: s L^2 W / 16 each way of a level plane."""
    s = 0.3
    ridge = np.tile(-s * np.abs(ALONG - L / 2), (1, 4, 1))
    e = table_earth(ridge, L, W, slope_most=0.1, reveal_m=0.0)
    assert float(e.cut_m3[0]) == pytest.approx(s * L * L * W / 16, rel=1e-9)
    assert float(e.fill_m3[0]) == pytest.approx(s * L * L * W / 16, rel=1e-9)
    valley = table_earth(-ridge, L, W, slope_most=0.1, reveal_m=0.0)
    assert float(valley.cut_m3[0]) == pytest.approx(float(e.fill_m3[0]))


@pytest.mark.parametrize("azimuth", [180.0, 150.0])
def test_earth_of_a_plant_on_a_plane_to_the_east(azimuth):
    """15 % to the east; rows of azimuth 150 run 30 deg off it: 0.15 cos(30) = 13 % along."""
    own = rules(azimuth, given={"reveal_m": 0.0})
    found = draw_array(
        square(200.0), CRS, own, lat=LAT, ground=ground(lambda x, y: 0.15 * x + 0 * y)
    )
    along = 0.15 * np.cos(np.deg2rad(azimuth - 180.0))
    volume = (along - 0.1) * own.table_m**2 * own.depth_m / 8
    assert found.earth.cut_m3 == pytest.approx(volume, rel=1e-6)
    assert found.earth.fill_m3 == pytest.approx(volume, rel=1e-6)
    tables = array_features(found)["tables"]
    assert tables["cut_m3"].sum() == pytest.approx(volume * found.n_tables)
    assert not any(w.code == "array_no_dem" for w in found.warnings)


def test_slope_and_pitch_of_a_plane():
    """5 % up to the north: the pitch is that of the rule with a rise of 0.05, closed form."""
    site = square(300.0)
    slope, height = mean_slope(ground(lambda x, y: 0.05 * y + 0 * x), site, 180.0)
    assert (slope.rise, slope.axis_rise) == pytest.approx((0.05, 0.0), abs=1e-6)
    assert height == pytest.approx(0.05 * 150.0, abs=0.2)
    # the same plane seen by rows that face west (trackers): along their axis, to the north
    west, _ = mean_slope(ground(lambda x, y: 0.05 * y + 0 * x), site, 270.0)
    assert (west.rise, west.axis_rise) == pytest.approx((0.0, 0.05), abs=1e-6)
    # at 9:00 of the winter solstice: k = tan(h) / cos(A) = 0.3553 at 38.9 N
    k = np.tan(np.deg2rad(14.77)) / np.cos(np.deg2rad(180.0 - 137.87))
    b = np.deg2rad(TILT)
    pitch = 4.6 * (np.sin(b) + k * np.cos(b)) / (k + 0.05)
    assert row_pitch_m(LAT, 4.6, TILT, rise=slope.rise).pitch_m == pytest.approx(
        pitch, rel=1e-3
    )


def test_tables_that_see_shade_are_told():
    """A roof of 6 % both ways has a mean of none: its north half asks for a wider pitch."""
    roof = ground(lambda x, y: 12.0 - 0.06 * np.abs(y - 150.0) + 0 * x)
    found = draw_array(square(300.0), CRS, rules(), lat=LAT, ground=roof)
    assert found.shaded_frac == pytest.approx(0.5, abs=0.06)
    assert "array_pitch_uniform" in {w.code for w in found.warnings}
    level = draw_array(square(300.0), CRS, rules(), lat=LAT, ground=ground(lambda x, y: 0 * x))
    assert level.shaded_frac == 0.0


def test_ground_that_is_not_known_is_left_out_and_told():
    half = ground(lambda x, y: np.where(x > 150.0, np.nan, 0.2 * x) + 0 * y)
    found = draw_array(square(300.0), CRS, rules(), lat=LAT, ground=half)
    assert "array_dem_gaps" in {w.code for w in found.warnings}
    assert 0.3 < np.isnan(found.earth.cut_m3).mean() < 0.7


def test_lines_follow_rows_and_end_at_the_site_near_the_connection():
    at = (X0 + 900.0, Y0 + 200.0)
    found = draw_array(square(600.0), CRS, rules(150.0), lat=LAT, connection=at)
    assert found.root == pytest.approx((X0 + 600.0, Y0 + 200.0))
    lines = array_features(found)["collector"]
    assert lines.geometry.length.to_numpy() == pytest.approx(found.collector.length_m, rel=1e-6)
    ends = [
        shapely.get_coordinates(g)[-1] for g in lines.geometry[lines["to_transformer"] == 0]
    ]
    assert np.abs(np.array(ends) - found.root).max() < 1e-3
    assert "array_root_assumed" not in {w.code for w in found.warnings}


def test_lines_over_land_not_to_be_built_on_are_measured():
    """A bar across the site from edge to edge parts it: lines cross its 40 m at least once."""
    bar = shapely.box(X0 - 10.0, Y0 + 280.0, X0 + 610.0, Y0 + 320.0)
    found = draw_array(square(600.0), CRS, rules(), lat=LAT, no_go=bar)
    lines = array_features(found)["collector"]
    over = shapely.length(shapely.intersection(lines.geometry.to_numpy(), bar))
    assert lines["outside_m"].to_numpy() == pytest.approx(over, abs=2e-3)
    assert over.sum() >= 40.0
