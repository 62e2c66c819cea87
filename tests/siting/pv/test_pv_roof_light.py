"""Roofs and the PV beside a wind farm take the light of their place, as sites on land do."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from shapely.geometry import box

from siting.pv.plant.chain import site_yield
from siting.pv.study.roof_light import roof_factors
from siting.pv.study.site_light import scaled_resource
from tests.siting.pv.pv_cases import clear_resource, some_plant


def test_roofs_take_the_light_of_their_square_kilometre():
    """West of x = 0 the series, east of it 6 % less light: the yield of the eastern roofs is
    that of the chain in 6 % less light."""
    res, plant = clear_resource(0.3), some_plant(gcr=0.5)
    asked = []

    def at(x, y):
        asked.append((x, y))
        return SimpleNamespace(factor=np.full(12, 0.94 if x > 0 else 1.0))

    roofs = [box(x, 0, x + 10, 10) for x in (-700.0, -300.0, 200.0, 640.0, 5200.0)]
    found = roof_factors(SimpleNamespace(at=at), res, plant, roofs)
    less = site_yield(scaled_resource(res, np.full(12, 0.94)), plant).kwh_kwp_yr
    expected = less / site_yield(res, plant).kwh_kwp_yr
    assert found == pytest.approx([1.0, 1.0, expected, expected, expected], rel=1e-6)
    assert 0.9 < expected < 0.96
    assert len(asked) == 3  # three square kilometres


def test_roofs_in_the_light_of_the_series_are_left_alone():
    same = SimpleNamespace(at=lambda *_: SimpleNamespace(factor=np.ones(12)))
    assert roof_factors(same, None, None, [box(0, 0, 1, 1)]).tolist() == [1.0]
