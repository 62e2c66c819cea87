"""Polygons side by side, all at once and neighbourhood by neighbourhood."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.open import coverage
from layers.open.coverage import union_of, unmatched

BOXES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4)),
    min_size=2,
    max_size=12,
    unique=True,
)


def few_at_a_time(many, shapes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "_AT_A_TIME", many)
        apart = unmatched(shapes)
        return apart, union_of(shapes, ~apart)


@given(BOXES, st.integers(1, 5))
def test_the_union_is_that_of_all_polygons_however_many_at_a_time(boxes, many):
    """Parcels that match, overlap, lie inside one another or meet at a vertex of one only."""
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=object)
    whole = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes))
    for size in (50, many):
        apart, quick = few_at_a_time(size, shapes)
        assert apart.tolist() == whole.tolist()
        assert shapely.symmetric_difference(quick, shapely.union_all(shapes)).area == 0.0


def test_a_lattice_of_polygons_in_any_order_has_no_seam():
    squares = [
        shapely.box(x, y, x + 1, y + 1)
        for x in range(30)
        for y in range(30)
        if (x, y) != (7, 9)
    ]
    shapes = np.random.default_rng(3).permutation(np.array(squares, dtype=object))
    apart, union = few_at_a_time(64, shapes)
    assert not apart.any()
    assert union.area == 30 * 30 - 1
    assert [shapely.Polygon(r).bounds for r in union.interiors] == [(7.0, 9.0, 8.0, 10.0)]


def test_an_empty_polygon_meets_nobody():
    shapes = np.array([shapely.Polygon(), *(shapely.box(k, 0, k + 1, 1) for k in range(4))])
    apart, union = few_at_a_time(2, shapes)
    assert not apart.any()
    assert union.area == 4.0
