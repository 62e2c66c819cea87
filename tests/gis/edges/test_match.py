"""Edges of neighbours that do not match: the same polygons as by GEOS' check of coverages."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.edges.match import mismatched

EAST, NORTH = 555_000.0, 4_300_000.0
"""Of a county in metres: rounding of coordinates is that of real ones."""


def by_geos(polygons: np.ndarray) -> np.ndarray:
    return ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))


def cells_of(seed: int, n: int, decimals: int) -> np.ndarray:
    """A square divided by n points, each part a valid polygon, neighbours vertex by vertex."""
    rng = np.random.default_rng(seed)
    points = shapely.MultiPoint(rng.random((n, 2)) * 1000 + (EAST, NORTH))
    around = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)
    parts = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=around))
    parts = shapely.transform(parts, lambda xy: xy.round(decimals))
    return parts[shapely.is_valid(parts) & ~shapely.is_empty(parts)]


def disturbed(parts: np.ndarray, seed: int) -> np.ndarray:
    """The same with what goes wrong: moved, doubled, turned, set inside, with vertices left."""
    rng = np.random.default_rng(seed)
    out = list(parts)
    for k in rng.choice(len(out), 6, replace=False):
        p = out[k]
        out[k] = [
            lambda p=p: shapely.affinity.translate(p, 0.01, 0.0),
            lambda p=p: shapely.simplify(p, 60.0),
            lambda p=p: shapely.reverse(p),
            lambda p=p: shapely.segmentize(p, 100.0),
            lambda p=p: shapely.affinity.rotate(p, 1e-7),
            lambda p=p: shapely.affinity.scale(p, 0.5, 0.5),
        ][rng.integers(6)]()
    twin = out[int(rng.integers(len(out)))]
    more = [[twin], [shapely.affinity.scale(twin, 0.3, 0.3)], [twin.buffer(80.0)], []]
    out += more[rng.integers(4)]
    found = np.array(out, dtype=object)
    return found[shapely.is_valid(found) & ~shapely.is_empty(found)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(8, 60), st.sampled_from([0, 1, 3, 9]))
def test_the_polygons_are_those_geos_finds(seed, n, decimals):
    parts = cells_of(seed, n, decimals)
    assert (mismatched(parts) == by_geos(parts)).all()
    worse = disturbed(parts, seed)
    assert (mismatched(worse) == by_geos(worse)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 4), min_size=2, max_size=8), st.booleans())
def test_rectangles_on_few_lines_meet_as_geos_says(corners, slanted):
    """Edges in one line, corners on edges, equal ones and nested ones: all that can touch."""
    boxes = [
        shapely.box(EAST + min(a, c), NORTH + min(b, d), EAST + max(a, c), NORTH + max(b, d))
        for a, b, c, d in corners
        if a != c and b != d
    ]
    if slanted:
        boxes = [
            shapely.transform(p, lambda xy: xy @ np.array([[3, 1], [-1, 3]])) for p in boxes
        ]
    polygons = np.array(boxes, dtype=object)
    assert (mismatched(polygons) == by_geos(polygons)).all()


RING = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])


@pytest.mark.parametrize(
    ("other", "ring", "own"),
    [
        (shapely.box(3, 3, 6, 6), False, False),  # fills the hole edge by edge
        (shapely.box(4, 4, 5, 5), False, False),  # lies in the hole
        (shapely.box(3, 3, 5, 5), True, True),  # covers a part of two edges of the hole
        (shapely.box(1, 1, 2, 2), False, True),  # lies in the land: its own edges are inside
        (shapely.box(20, 0, 21, 1), False, False),  # far away
        (shapely.box(0, 0, 9, 9), True, True),  # the same without a hole
        (shapely.Polygon([(9, 9), (12, 9), (9, 12)]), False, False),  # meets in a corner
        (shapely.Polygon([(0, 0), (2, 1), (1, 2)]), False, True),  # from the corner inwards
        (shapely.Polygon([(9, 0), (9, 5), (12, 5)]), True, True),  # a vertex the ring lacks
    ],
)
def test_a_ring_and_another(other, ring, own):
    pair = np.array([RING, other])
    assert mismatched(pair).tolist() == [ring, own]
    assert by_geos(pair).tolist() == [ring, own]


def test_a_touch_in_the_last_digit_is_told_from_a_crossing():
    """A corner one unit of rounding before an edge is apart; one behind it lies across."""
    slope = shapely.Polygon([(EAST, NORTH), (EAST + 300, NORTH + 100), (EAST, NORTH + 100)])
    at = NORTH + 10.0  # on the line at 30 m east, as far as numbers go
    for step, wrong in ((-1, False), (1, True)):
        y = np.nextafter(at, at + step * 1e9)
        tip = shapely.Polygon(
            [(EAST + 30, y), (EAST + 30, NORTH - 50), (EAST + 90, NORTH - 50)]
        )
        pair = np.array([slope, tip])
        assert mismatched(pair).tolist() == [wrong, wrong]
        assert by_geos(pair).tolist() == [wrong, wrong]


def test_nothing_to_match():
    assert mismatched(np.empty(0, dtype=object)).tolist() == []
    assert mismatched(np.array([shapely.Polygon(), RING])).tolist() == [False, False]
