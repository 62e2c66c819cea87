"""GCJ-02 and BD-09 against published points and, entry by entry, the published formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from gis.constants import constants
from gis.crs import gcj02
from gis.crs.gcj02 import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    suspect_gcj02,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

# eviltransform, python/test.py (https://github.com/googollee/eviltransform, MIT): lat, lon of
# WGS 84 and of GCJ-02 in Shanghai, Shenzhen and Beijing. Every term of the polynomial is
# far from 0 in at least one of them.
POINTS = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), POINTS)
def test_published_points(lat, lon, gcj_lat, gcj_lon):
    x, y = wgs84_to_gcj02([lon], [lat])
    # the published figures come from the rounded ellipsoid constant of that package: the
    # ninth decimal of a degree is a tenth of a millimetre
    assert x[0] == pytest.approx(gcj_lon, abs=1e-9)
    assert y[0] == pytest.approx(gcj_lat, abs=1e-9)
    bx, by = gcj02_to_wgs84([gcj_lon], [gcj_lat])
    assert bx[0] == pytest.approx(lon, abs=2e-9)
    assert by[0] == pytest.approx(lat, abs=2e-9)


@pytest.mark.parametrize(("lat", "lon", "gcj_lat", "gcj_lon"), POINTS)
def test_baidus_own_offset_is_the_published_one(lat, lon, gcj_lat, gcj_lon):
    """The same package, matlab/gcj2bd.m: a turn and a stretch about the origin of degrees."""
    k = math.pi * 3000.0 / 180.0
    z = math.hypot(gcj_lon, gcj_lat) + 0.00002 * math.sin(gcj_lat * k)
    theta = math.atan2(gcj_lat, gcj_lon) + 0.000003 * math.cos(gcj_lon * k)
    x, y = wgs84_to_bd09([lon], [lat])
    assert x[0] == pytest.approx(z * math.cos(theta) + 0.0065, abs=2e-9)
    assert y[0] == pytest.approx(z * math.sin(theta) + 0.006, abs=2e-9)


def test_the_box_in_which_places_are_shifted():
    """eviltransform outOfChina: 72.004..137.8347 E, 0.8293..55.8271 N."""
    step = 1e-4
    edges = [(72.004, 30.0, -1), (137.8347, 30.0, 1)]
    for lon, lat, out in edges:
        assert wgs84_to_gcj02([lon + out * step], [lat])[0][0] == lon + out * step
        assert wgs84_to_gcj02([lon - out * step], [lat])[0][0] != lon - out * step
    for lon, lat, out in [(110.0, 0.8293, -1), (110.0, 55.8271, 1)]:
        assert wgs84_to_gcj02([lon], [lat + out * step])[1][0] == lat + out * step
        assert wgs84_to_gcj02([lon], [lat - out * step])[1][0] != lat - out * step


def test_missing_places_stay_missing():
    x, y = wgs84_to_gcj02([np.nan], [39.0])
    assert np.isnan(x[0])
    assert y[0] == 39.0


def test_the_edges_of_the_box_are_shifted_too():
    """eviltransform calls a place outside when it is beyond an edge, not on it."""
    for lon, lat in ((72.004, 30.0), (137.8347, 30.0), (110.0, 0.8293), (110.0, 55.8271)):
        x, y = wgs84_to_gcj02([lon], [lat])
        assert (x[0], y[0]) != (lon, lat)
        x, y = wgs84_to_bd09([lon], [lat])
        assert (x[0], y[0]) != (lon, lat)


SQUARE = shapely.box(106.3, 38.7, 106.7, 39.1)
# Metres in a degree of longitude and of latitude at 38.9 N, rounded as the detector says
EAST_M, NORTH_M = 111_320.0 * math.cos(math.radians(38.9)), 110_950.0


def moved(shape: shapely.Geometry, there: object) -> shapely.Geometry:
    return shapely.transform(shape, lambda p: np.c_[there(p[:, 0], p[:, 1])])


def along(shape: shapely.Geometry, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    line = shapely.LineString(shapely.get_coordinates(shape))
    at = shapely.line_interpolate_point(line, np.arange(n) / n, normalized=True)
    return shapely.get_x(at), shapely.get_y(at)


@pytest.mark.parametrize(
    ("there", "back", "system", "function"),
    [
        (wgs84_to_gcj02, gcj02_to_wgs84, "GCJ-02", "gcj02_to_wgs84"),
        (wgs84_to_bd09, bd09_to_wgs84, "BD-09", "bd09_to_wgs84"),
    ],
)
def test_the_offset_is_the_mean_shift_along_the_outline(there, back, system, function):
    layer = moved(SQUARE, there)
    found = suspect_gcj02(layer, SQUARE)
    assert found.system == system
    lon, lat = along(layer)
    x, y = back(lon, lat)
    east, north = np.mean(lon - x) * EAST_M, np.mean(lat - y) * NORTH_M
    assert found.east_m == pytest.approx(east, rel=0.01)
    assert found.north_m == pytest.approx(north, rel=0.01)
    assert found.offset_m == pytest.approx(math.hypot(east, north), rel=0.01)
    # a side that moves by the shift lies off by its part across the side: the western and
    # eastern sides by `east`, the others by `north`; each pair is about half of the points
    low, high = sorted((east, north))
    assert low * 0.8 <= found.before_m <= high * 1.2
    # only corners were moved: between them the shift bends by a few metres
    assert found.after_m < 5.0
    assert found.message("en").count(f"{found.offset_m:.0f}") >= 1
    assert function in found.message("en")


def test_what_has_no_outline_cannot_be_judged():
    layer = moved(SQUARE, wgs84_to_gcj02)
    assert suspect_gcj02(layer, SQUARE) is not None
    for shape in (shapely.Point(106.5, 38.9), SQUARE.exterior, shapely.Polygon()):
        assert suspect_gcj02(shape, SQUARE) is None
        assert suspect_gcj02(layer, shape) is None


def test_the_largest_part_of_a_layer_is_judged():
    layer = moved(SQUARE, wgs84_to_gcj02)
    speck = shapely.box(106.5, 38.9, 106.51, 38.91)  # in place, and not the outline
    whole = suspect_gcj02(layer, SQUARE)
    line = shapely.LineString([(106.0, 38.0), (107.0, 39.0)])
    for parts in ([speck, layer], [layer, speck], [line, speck, layer, shapely.Polygon()]):
        assert suspect_gcj02(shapely.GeometryCollection(parts), SQUARE) == whole
    # of a layer with a hole the outer ring counts, by the area within it
    holed = layer.difference(shapely.box(106.32, 38.72, 106.68, 39.08))
    assert holed.area < 0.5 * layer.area
    half = moved(shapely.box(106.3, 38.7, 106.56, 38.96), wgs84_to_gcj02)
    assert holed.area < half.area < layer.area
    apart = shapely.transform(half, lambda p: p + np.array([1.0, 0.0]))
    found = suspect_gcj02(shapely.MultiPolygon([apart, holed]), SQUARE)
    assert found.offset_m == pytest.approx(whole.offset_m, rel=1e-3)  # begun at another corner


def test_borders_of_the_offset_and_of_what_is_left(monkeypatch):
    """A web map's shift has a length, and undoing it must explain the distance."""
    layer = moved(SQUARE, wgs84_to_gcj02)
    found = suspect_gcj02(layer, SQUARE)
    known = dict(constants("gcj02_suspicion"))
    assert (known["offset_min_m"], known["offset_max_m"]) == (250.0, 800.0)
    assert (known["bd09_offset_max_m"], known["residual_ratio_max"]) == (1600.0, 0.45)

    def judged(**changes: float) -> object:
        real = constants
        monkeypatch.setattr(
            gcj02,
            "constants",
            lambda name: known | changes if name == "gcj02_suspicion" else real(name),
        )
        got = suspect_gcj02(layer, SQUARE)
        return got and got.system

    at = found.offset_m
    assert judged(offset_min_m=at) == judged(offset_max_m=at) == "GCJ-02"
    assert judged(offset_min_m=at * 1.001, bd09_offset_max_m=0.0) is None
    assert judged(offset_max_m=at * 0.999, bd09_offset_max_m=0.0) is None
    left = found.after_m / found.before_m
    assert judged(residual_ratio_max=left * 1.001) == "GCJ-02"
    assert judged(residual_ratio_max=left) is None  # less than the share, not as much
