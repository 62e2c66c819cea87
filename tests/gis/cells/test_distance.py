"""Distances between cells against scipy, and by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt

from gis.cells.distance import distance_m, halo_px
from gis.errors import DataError

grids = hnp.arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@settings(max_examples=200, deadline=None)
@given(grids)
def test_equals_scipy(inside):
    got = distance_m(inside, 1.0)
    if not inside.any():
        assert np.isinf(got).all()
        return
    # squared distances are whole numbers: compare them exactly
    want = np.round(distance_transform_edt(~inside) ** 2)
    assert np.array_equal(np.round(got.astype(float) ** 2), want)


@pytest.mark.parametrize("share", [0.5, 0.01, 0.0005])
def test_equals_scipy_on_a_wide_grid(share):
    # more than 4096 columns: squares no longer fit a float32
    inside = np.random.default_rng(1).uniform(size=(60, 6000)) < share
    inside[3, 5] = True
    want = np.round(distance_transform_edt(~inside) ** 2)
    assert np.array_equal(np.round(distance_m(inside, 1.0).astype(float) ** 2), want)


def test_threads_give_the_same():
    inside = np.random.default_rng(2).uniform(size=(301, 207)) < 0.003
    assert np.array_equal(
        distance_m(inside, 10.0, workers=1), distance_m(inside, 10.0, workers=3)
    )


def test_a_haloed_window_equals_the_whole():
    inside = np.random.default_rng(3).uniform(size=(120, 110)) < 0.004
    h = halo_px(95.0, 10.0)
    assert h == 9
    whole = distance_m(inside, 10.0) <= 95.0
    part = distance_m(inside[40 - h : 70 + h, 30 - h : 80 + h], 10.0) <= 95.0
    assert np.array_equal(part[h:-h, h:-h], whole[40:70, 30:80])


def test_a_halo_holds_every_whole_cell_of_the_distance():
    # 0.3 / 0.1 is 2.9999999999999996 in floating point; three cells it is
    assert halo_px(0.3, 0.1) == 3
    assert [halo_px(d, 10.0) for d in (0.0, 9.9, 10.0, 19.9, 20.0)] == [0, 0, 1, 1, 2]


def test_a_disc_not_a_diamond():
    inside = np.zeros((101, 101), bool)
    inside[50, 50] = True
    # cells of a disc of 50 cells radius (Gauss circle problem): 7845 lattice points
    assert np.count_nonzero(distance_m(inside, 10.0) <= 500.0) == 7845


def test_too_many_rows_are_refused():
    with pytest.raises(DataError, match="65535"):
        distance_m(np.zeros((65_535, 1), bool), 10.0)
