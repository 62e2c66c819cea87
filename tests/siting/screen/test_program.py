"""Which bits of a layer are burned together."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.cells.ragged import ragged
from siting.screen.program import _reach, atom_of, burn_jobs

SHAPES = ragged([shapely.box(10 * k, 0, 10 * k + 5, 5) for k in range(3)])
NAN = np.nan


def atom(bit: int, *distance: float, touch: bool = False) -> object:
    return atom_of(bit, np.array(distance), touch=touch)


@pytest.mark.parametrize(
    ("atoms", "jobs"),
    [
        # no feature has two distances: one job with both bits
        ([atom(0, 5, NAN, NAN), atom(1, NAN, 7, 7)], [(0, False, [1, 2, 2], [5, 7, 7])]),
        ([atom(62, 5, 6, NAN), atom(63, 5, NAN, 7)],
         [(0, False, [3 << 62, 1 << 62, 2 << 62], [5, 6, 7])]),
        # one feature has two: two jobs
        ([atom(0, 5, 6, NAN), atom(1, 5, 7, NAN)],
         [(0, False, [1, 1, 0], [5, 6, NAN]), (0, False, [2, 2, 0], [5, 7, NAN])]),
        # bits of two words, and touching beside reaching, are never mixed
        ([atom(63, 5, NAN, NAN), atom(64, NAN, 5, NAN)],
         [(0, False, [1 << 63, 0, 0], [5, NAN, NAN]), (1, False, [0, 1, 0], [NAN, 5, NAN])]),
        ([atom(0, 5, NAN, NAN), atom(1, NAN, 5, NAN, touch=True)],
         [(0, False, [1, 0, 0], [5, NAN, NAN]), (0, True, [0, 2, 0], [NAN, 5, NAN])]),
        # what no feature takes part in is not burned
        ([atom(0, NAN, NAN, NAN)], []),
    ],
)  # fmt: skip
def test_bits_share_a_job_when_no_feature_has_two_distances(atoms, jobs):
    found = burn_jobs("road", SHAPES, atoms)
    assert [(j.word, j.touch, j.mask.tolist()) for j in found] == [j[:3] for j in jobs]
    for job, wanted in zip(found, jobs, strict=True):
        np.testing.assert_array_equal(job.distance_m, wanted[3])


def test_bounds_of_a_block_are_those_of_who_takes_part():
    # boxes 0-5, 10-15, 20-25 wide and 0-5 high; the last takes no part
    np.testing.assert_array_equal(_reach(SHAPES, np.array([2.0, 3.0, NAN])), [[-2, -3, 18, 8]])
    nobody = _reach(SHAPES, np.full(3, NAN))
    np.testing.assert_array_equal(nobody, [[np.inf, np.inf, -np.inf, -np.inf]])
