"""Slope and aspect on planes whose slope is known, and honest edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.terrain import FLAT, aspect_deg, slope_deg
from gis.cells.threshold import or_slope, slope_at
from gis.errors import DataError


def plane(slope: float, facing: float, cell: float = 10.0, n: int = 7) -> np.ndarray:
    """A plane of a slope [deg] that faces (downhill) a direction clockwise from north."""
    east = np.arange(n) * cell
    north = -np.arange(n)[:, None] * cell
    t = math.tan(math.radians(slope))
    down_e, down_n = math.sin(math.radians(facing)), math.cos(math.radians(facing))
    return 1000.0 - t * (east * down_e + north * down_n)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 60), st.floats(0, 359))
def test_planes_have_their_slope_and_aspect(slope, facing):
    z = plane(slope, facing)
    # heights in float32 are good to 1e-4 m: 0.0005 degrees over 20 m
    assert slope_deg(z, 10.0)[3, 3] == pytest.approx(slope, abs=2e-3)
    turn = (float(aspect_deg(z, 10.0)[3, 3]) - facing + 180) % 360 - 180
    assert abs(turn) < 0.2


def test_horn_weights_by_hand():
    """z = 1..9 in rows: p = ((3 + 12 + 9) - (1 + 8 + 7)) / 80 = 0.1,
    q = ((1 + 4 + 3) - (7 + 16 + 9)) / 80 = -0.3; slope = atan(sqrt(0.1)) = 17.548 deg."""
    z = np.arange(1.0, 10.0).reshape(3, 3)
    assert slope_deg(z, 10.0)[1, 1] == pytest.approx(17.54840, abs=1e-4)
    # rises to the south (0.3) and east (0.1): faces north-north-west, 360 - atan(1/3)
    assert aspect_deg(z, 10.0)[1, 1] == pytest.approx(360 - 18.43495, abs=1e-3)


def test_flat_ground_faces_nowhere():
    z = np.full((3, 3), 5.0)
    assert slope_deg(z, 10.0)[1, 1] == 0
    assert aspect_deg(z, 10.0)[1, 1] == FLAT


def test_unknown_heights_and_rim_stay_unknown():
    z = plane(10, 90, n=9)
    z[4, 4] = np.nan
    for got in (slope_deg(z, 10.0), aspect_deg(z, 10.0)):
        nan = np.isnan(got)
        want = np.ones((9, 9), bool)
        want[1:-1, 1:-1] = False
        want[3:6, 3:6] = True
        assert (nan == want).all()
    steep = beyond(z, np.isfinite(z), ">", 5.0)
    rim = np.isnan(slope_deg(z, 10.0))[1:-1, 1:-1]
    assert (steep[rim] == 2).all()
    assert (steep[~rim] == 1).all()
    assert (slope_deg(z[:2], 10.0).shape, np.isnan(slope_deg(z[:2], 10.0)).all()) == (
        (2, 9),
        True,
    )


def beyond(z, known, operator, limit):
    """1 where the slope is beyond a limit, 2 where it is not known."""
    out = np.zeros((z.shape[0] - 2, z.shape[1] - 2), np.uint64)
    or_slope(out, z, known, 10.0, operator, limit, hit=1, unknown=2)
    return out


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 60), st.sampled_from([np.float32, np.float64]))
def test_a_limit_is_compared_with_the_slope_in_double_precision(seed, limit, dtype):
    z = np.random.default_rng(seed).normal(0, 3, (12, 12)).astype(dtype)
    slope = np.array(
        [[slope_at(z[r : r + 3, c : c + 3], 10.0) for c in range(10)] for r in range(10)]
    )
    np.testing.assert_allclose(slope, slope_deg(z, 10.0)[1:-1, 1:-1], rtol=2e-4, atol=1e-3)
    at = float(slope[3, 4])  # a limit that one cell has exactly
    for one in (limit, at, 0.0, 90.0):
        for operator, want in (
            (">", slope > one),
            (">=", slope >= one),
            ("<", slope < one),
            ("<=", slope <= one),
        ):
            got = beyond(z, np.ones(z.shape, bool), operator, one)
            np.testing.assert_array_equal(got == 1, want)


def test_a_height_that_is_no_number_is_not_known():
    z = np.zeros((3, 4))
    z[0, 3] = np.nan
    for operator in (">", "<="):
        assert beyond(z, np.ones(z.shape, bool), operator, 5.0)[0, 1] == 2


def test_east_west_mirror():
    z = np.random.default_rng(0).normal(0, 5, (10, 11))
    a, b = slope_deg(z, 10.0), slope_deg(z[:, ::-1], 10.0)[:, ::-1]
    np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.zeros((3, 3), np.int16), np.zeros(4)])
def test_refused_heights(bad):
    with pytest.raises(DataError):
        slope_deg(bad, 10.0)
