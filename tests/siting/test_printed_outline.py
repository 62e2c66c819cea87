"""Corners as they are printed lie inside the legal edge."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs.systems import transform_shape
from siting.check.printed_outline import printed_outline


def star(seed: int, n: int) -> shapely.Polygon:
    """Corners at any distance of 0.2 to 4 km, at coordinates of all decimals; one hole."""
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, n))
    r = rng.uniform(200, 4000, n)
    xy = np.column_stack([r * np.cos(turn), r * np.sin(turn)])
    hole = 20 * np.column_stack([np.cos(turn), np.sin(turn)]) + rng.uniform(-9, 9, 2)
    land = shapely.Polygon(xy, [hole]) if shapely.Polygon(xy).contains(
        shapely.Polygon(hole)) else shapely.Polygon(xy)  # fmt: skip
    return shapely.affinity.translate(land, 600_000 + rng.uniform(), 4_300_000)


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(4, 60), st.sampled_from([4523, 4524]))
def test_what_a_reader_of_the_coordinates_draws_lies_inside(seed: int, n: int, zone: int):
    """In the zone of the land and in the one beside it, where its straight sides are bent."""
    land = star(seed, n)
    shape, drawn_in = printed_outline(land, land, 4544, zone)
    xy = shapely.get_coordinates(shape)
    assert np.array_equal(xy, np.round(xy, 4))
    edge = transform_shape(land, 4544, zone)
    assert shape.is_valid
    assert shape.difference(edge).area == 0.0
    assert transform_shape(shape, zone, 4544).difference(land).area == 0.0
    # nothing is given up but a strip of that width, and at sharp corners inwards more
    assert edge.area - shape.area <= 2 * edge.length * (drawn_in + 1e-4)
    if zone == 4523:
        assert drawn_in == 1e-4


def test_rounding_alone_would_lie_outside():
    """The right value of the fault: sides of a kilometre, their corners 0.04 mm inwards."""
    land = shapely.box(500_000.00004, 4_300_000.00004, 501_000.00006, 4_301_000.00006)
    rounded = shapely.transform(land, lambda xy: np.round(xy, 4))
    assert rounded.difference(land).area == pytest.approx(4 * 1000 * 4e-5, rel=0.01)
    shape, drawn_in = printed_outline(land, land, 4544, 4544)
    assert land.covers(shape)
    assert drawn_in == 1e-4
    # 500,000.00014 and 500,999.99996: the nearest tenths of a millimetre
    assert shape.bounds == (500_000.0001, 4_300_000.0001, 501_000.0, 4_301_000.0)


def test_outer_rings_run_clockwise():
    shape, _ = printed_outline(star(1, 9), star(1, 9), 4544, 4523)
    assert not shape.exterior.is_ccw
