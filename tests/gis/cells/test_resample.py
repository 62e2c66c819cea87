"""What is known where a raster is known in part."""

from __future__ import annotations

import numpy as np
import pytest

from gis.cells.resample import resample_box, resample_linear


def box(values, known, how=0):
    """One cell that spans the whole file."""
    h, w = values.shape
    out, valid = np.full((1, 1), np.nan), np.zeros((1, 1), bool)
    resample_box(
        values, known, 0, 0, np.array([[w / 2]]), np.array([[h / 2]]), np.zeros(1),
        w / 2, h / 2, how, out, valid,
    )  # fmt: skip
    return float(out[0, 0]), bool(valid[0, 0])


@pytest.mark.parametrize(("n_known", "is_known"), [(4, False), (5, True), (9, True)])
def test_a_mean_needs_half_of_its_cell(n_known, is_known):
    values = np.arange(10.0).reshape(1, 10)
    known = np.zeros((1, 10), bool)
    known[0, :n_known] = True
    mean, valid = box(values, known)
    assert valid is is_known
    if valid:
        assert mean == pytest.approx(values[0, :n_known].mean())
    # a sum is known when any of it is
    assert box(values, known, how=1) == (pytest.approx(values[0, :n_known].sum()), True)


def test_bilinear_leaves_unknown_neighbours_out_by_weight():
    """At (1.25, 1.25): weights 9/16 of (1, 1) and 3/16, 3/16, 1/16 of its neighbours.

    Centres are at 0.5, 1.5, so 1.25 lies a quarter of the way from 1.5 back to 0.5.
    """
    values = np.array([[10.0, 20.0], [30.0, 40.0]])
    at = np.array([[1.25]])
    for known, want in (
        (np.ones((2, 2), bool), (10 + 3 * 20 + 3 * 30 + 9 * 40) / 16),
        (np.array([[False, True], [True, True]]), (3 * 20 + 3 * 30 + 9 * 40) / 15),
        (np.array([[False, False], [True, True]]), (3 * 30 + 9 * 40) / 12),
    ):
        out, valid = np.zeros((1, 1)), np.zeros((1, 1), bool)
        resample_linear(values, known, 0, 0, at, at, np.zeros(1), out, valid)
        assert valid[0, 0]
        assert out[0, 0] == pytest.approx(want)
