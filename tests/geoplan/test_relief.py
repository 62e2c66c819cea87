"""Shaded relief and legends of printed maps."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.maps.relief import hillshade
from geoplan.maps.sheet_ramp import bound_texts, is_signed


@pytest.mark.parametrize(("east", "north", "light"), [(-1.0, 1.0, 1.0), (1.0, -1.0, 0.0)])
def test_a_slope_of_45_degrees_towards_the_sun_is_bright_and_away_from_it_dark(
    east, north, light
):
    # towards the sun at 45 degrees the light falls straight (cos 0), away from it at 90 degrees
    cell = 10.0
    y, x = np.mgrid[0:5, 0:5] * cell
    facing = np.array([east, north]) / np.sqrt(2)
    heights = -(facing[0] * x + facing[1] * -y)  # falls towards `facing`; rows run south
    assert hillshade(heights, cell)[2, 2] == pytest.approx(light, abs=0.01)


def test_unknown_heights_have_no_light():
    heights = np.zeros((5, 5))
    heights[2, 2] = np.nan
    light = hillshade(heights, 10.0)
    assert np.isnan(light[2, 2])


def test_bounds_of_a_legend_differ_however_near_they_are():
    for low, high in ((1540.02, 1540.2), (-0.054, 0.054), (0.0, 1e-6)):
        texts = bound_texts(list(np.linspace(low, high, 5)), 1)
        assert len(set(texts)) == 5


def test_a_few_values_below_zero_make_no_change():
    assert not is_signed(np.array([-1.0, *np.arange(1.0, 200.0)]))
    assert is_signed(np.array([-1.0, -2.0, 3.0]))
