"""Metres of the map for a metre on the ground, against pyproj's own factors and geodesics."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.ground import feature_scales, length_scale


def meridional_scale(x, y, epsg):
    """Scale by pyproj: conformal, so one number in every direction."""
    crs = pyproj.CRS.from_epsg(epsg)
    lon, lat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(
        x, y
    )
    return np.asarray(pyproj.Proj(crs).get_factors(lon, lat).meridional_scale)


@pytest.mark.parametrize(
    ("epsg", "x", "y"),
    [
        (4544, [500_000, 634_000, 366_000, 560_000], [4.3e6, 4.31e6, 2e6, 5.5e6]),
        # UTM zone 32: 0.9996 on the central meridian, shorter than the ground
        (25832, [500_000, 300_000, 700_000], [5.6e6, 5.63e6, 4e6]),
        # Lambert's conformal cone of China
        (2154, [700_000, 300_000], [6.6e6, 6.2e6]),
    ],
)
def test_scale_of_a_conformal_map_is_pyprojs(epsg, x, y):
    got = length_scale(x, y, epsg)
    # CGCS2000, GRS80 and WGS84 differ by 1e-10 in their axes
    np.testing.assert_allclose(got, meridional_scale(x, y, epsg), rtol=2e-9)


def test_an_equal_area_map_takes_the_longer_direction():
    """LAEA Europe: areas are true, so lengths grow in one direction as they shrink across."""
    x, y = [4_321_000.0, 5_800_000.0], [3_210_000.0, 4_900_000.0]
    lon, lat = pyproj.Transformer.from_crs(3035, 4258, always_xy=True).transform(x, y)
    found = pyproj.Proj(3035).get_factors(lon, lat)
    longest = np.asarray(found.tissot_semimajor)
    np.testing.assert_allclose(length_scale(x, y, 3035), longest, rtol=2e-8)
    assert longest[1] > 1.01


@settings(max_examples=40, deadline=None)
@given(
    st.floats(310_000, 690_000),
    st.floats(2e6, 5.9e6),
    st.floats(0, 60_000),
    st.floats(0, 9_000),
)
def test_a_feature_has_the_largest_scale_in_its_bounds_and_hardly_more(x, y, width, height):
    got = feature_scales(np.array([[x, y, x + width, y + height]]), 4544)[0]
    gx, gy = np.meshgrid(np.linspace(x, x + width, 7), np.linspace(y, y + height, 5))
    inside = length_scale(gx.ravel(), gy.ravel(), 4544).max()
    assert got >= inside
    # 8e-8 of interpolation, 1e-9 of rounding up
    assert got <= inside * (1 + 9e-8)


@pytest.mark.parametrize("metres", [20.0, 100.0, 300.0, 2000.0])
@pytest.mark.parametrize("x", [366_000.0, 500_000.0, 634_000.0])
def test_the_laws_metres_are_metres_on_the_ellipsoid_and_never_cut_short(metres, x):
    """A geodesic between two places ``k`` times as far apart on the map is as long as asked."""
    y = 4_300_000.0
    k = feature_scales(np.array([[x, y, x, y]]), 4544, metres)[0]
    to_ll = pyproj.Transformer.from_crs(4544, 4490, always_xy=True)
    for angle in np.radians([0, 37, 90, 180, 211]):
        far = (x + metres * k * np.cos(angle), y + metres * k * np.sin(angle))
        (lon0, lat0), (lon1, lat1) = to_ll.transform(x, y), to_ll.transform(*far)
        _, _, ground = pyproj.Geod(ellps="GRS80").inv(lon0, lat0, lon1, lat1)
        # half the scale's change over the distance, 3.3e-9 a metre, to the other side
        assert ground == pytest.approx(metres, abs=1e-7 * metres + 3.4e-9 * metres**2)
        assert ground >= metres - 1e-6


def test_features_without_geometry_have_no_scale():
    got = feature_scales(np.array([[np.nan] * 4, [0.5e6, 4e6, 0.5e6, 4e6]]), 4544)
    assert np.isnan(got[0])
    assert got[1] == pytest.approx(1.0, abs=1e-7)
    assert len(feature_scales(np.zeros((0, 4)), 4544)) == 0
