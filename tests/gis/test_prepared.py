"""Prepared geometries: the same shape, and never one that somebody else holds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.cells.area import polygonal
from gis.prepared import points_inside, prepared


def star(points: int) -> shapely.Polygon:
    t = np.linspace(0, 2 * np.pi, points, endpoint=False)
    r = 0.5 + 0.4 * np.sin(9 * t)
    return shapely.Polygon(np.c_[r * np.cos(t), r * np.sin(t)])


@given(st.lists(st.tuples(st.floats(-1e7, 1e7), st.floats(-1e7, 1e7)), min_size=1, max_size=9))
def test_a_copy_has_the_same_coordinates_to_the_last_bit(points):
    kept = shapely.multipoints(points)
    own = prepared(kept)
    assert shapely.get_coordinates(own).tobytes() == shapely.get_coordinates(kept).tobytes()
    assert not shapely.is_prepared(kept)


def test_a_shape_that_is_kept_answers_several_threads():
    """Two threads that asked one prepared polygon ended the process within 300 rounds."""
    rng = np.random.default_rng(1)
    low, high = rng.uniform(-1, 0, (2, 100)), rng.uniform(0, 1, (2, 100))
    boxes = shapely.box(*low, *high)
    kept = star(2000)
    want = shapely.intersects(kept, boxes).tolist()
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(lambda: shapely.intersects(prepared(kept), boxes).tolist())
            for _ in range(400)
        ]
        assert all(a.result() == want for a in asked)
    assert not shapely.is_prepared(kept)


def test_points_inside_a_shape_that_is_kept_leave_it_as_it_was():
    """``shapely.contains_xy`` prepares what it is given; two threads then meet in one index."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-1, 1, (2, 500))
    kept = star(2000)
    want = shapely.contains(star(2000), shapely.points(x, y)).tolist()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(lambda: points_inside(kept, x, y).tolist()) for _ in range(200)]
        assert all(a.result() == want for a in asked)
    assert 0 < sum(want) < 500
    assert not shapely.is_prepared(kept)
    own = prepared(kept)
    assert points_inside(own, x, y).tolist() == want


def test_touching_shapes_share_no_polygon():
    # unit squares side by side share an edge; the lower pair share a corner
    edge = shapely.intersection(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1))
    corner = shapely.intersection(shapely.box(0, 0, 1, 1), shapely.box(1, 1, 2, 2))
    assert (edge.geom_type, corner.geom_type) == ("LineString", "Point")
    assert polygonal(edge).is_empty
    assert polygonal(corner).is_empty
    half = shapely.intersection(shapely.box(0, 0, 1, 1), shapely.box(0.5, 0, 2, 1))
    assert polygonal(half).area == 0.5
