"""Parts that fill a piece of land sum to its area, to the last digit that is printed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from gis.cells.area import polygon_area_m2
from siting.check.reports import told_result
from siting.check.shares import _areas

CRS = "EPSG:4524"  # CGCS2000, zone 36: metres
WEST, SOUTH = 36_380_000.0, 4_280_000.0


def strips(land: shapely.Polygon, n: int) -> list[shapely.Geometry]:
    """`land` cut from west to east; its long edges get a point at each cut."""
    left, bottom, right, top = land.bounds
    edges = np.linspace(left, right, n + 1)
    return [
        shapely.intersection(shapely.box(a, bottom, b, top), land)
        for a, b in itertools.pairwise(edges)
    ]


def test_strips_of_a_land_with_long_edges_sum_to_it() -> None:
    land = shapely.box(WEST, SOUTH, WEST + 40_000.0, SOUTH + 5_000.0)
    total = float(polygon_area_m2([land], CRS)[0])
    cut = strips(land, 40)
    # a straight edge of 40 km is another line on the ellipsoid than its forty pieces
    assert abs(float(np.sum(polygon_area_m2(cut, CRS))) - total) > 1.0
    assert float(_areas(cut, land, CRS).sum()) == pytest.approx(total, abs=1e-3)
    # half of them fill half of the land: what is bare is bare, and no artefact is
    half = float(_areas(cut[:20], land, CRS).sum())
    assert half == pytest.approx(total / 2, rel=1e-12)


def test_nothing_cut_has_no_area() -> None:
    land = shapely.box(WEST, SOUTH, WEST + 10.0, SOUTH + 10.0)
    assert _areas([], land, CRS).tolist() == []


def test_a_preference_nobody_judged_is_not_passed() -> None:
    # the layer is missing on all of 586.49 ha
    assert told_result("pass", 5_864_928.57) == "unknown"
    assert told_result("favourable", 10.0) == "favourable"
