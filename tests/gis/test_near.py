"""Features within reach of a place are those the exact distance says."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.near import within_reach


@pytest.mark.parametrize("seed", range(5))
def test_same_as_the_exact_distance_of_every_shape(seed):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 10_000, (400, 2)) + np.array([500_000, 4_200_000])
    shapes = np.concatenate(
        [
            shapely.buffer(shapely.points(xy[:200]), rng.uniform(1, 500, 200)),
            shapely.linestrings(np.stack([xy[200:300], xy[300:]], axis=1)),
        ]
    )
    for place in (shapes[0], shapely.multipoints(xy[:7]), shapely.Point(xy[5])):
        reach = float(rng.uniform(10, 3_000))
        want = shapely.distance(shapes, place) <= reach
        assert want.any()
        assert not want.all()
        assert (within_reach(shapes, place, reach) == want).all()


def test_a_shape_exactly_as_far_as_the_reach_is_within_it():
    # at the coordinates of a plan CRS a number of metres is exact
    place = shapely.Point(500_000.0, 4_200_000.0)
    shapes = shapely.points([500_300.0, 500_300.5], [4_200_000.0, 4_200_000.0])
    assert within_reach(shapes, place, 300.0).tolist() == [True, False]


def test_empty_shapes_empty_places_and_no_shapes_are_out_of_reach():
    some = np.array([shapely.Point(0, 0), shapely.Point(), shapely.Polygon()])
    assert within_reach(some, shapely.Point(0, 0), 1.0).tolist() == [True, False, False]
    assert not within_reach(some, shapely.Point(), 1.0).any()
    assert within_reach(np.array([], dtype=object), shapely.Point(0, 0), 1.0).shape == (0,)
