"""GCJ-02 and BD-09 against published points and, entry by entry, the published formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gis.crs.gcj02 import gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02

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
