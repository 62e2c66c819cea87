"""Classes of IEC 61400-1: mean 10, 8.5, 7.5 m/s; gust 70, 59.5, 52.5 m/s; 0.18 to 0.12."""

from __future__ import annotations

import pytest

import siting


@pytest.mark.parametrize(
    ("mean", "gust", "turbulence", "name"),
    [
        (7.5, 52.5, 0.12, "IIIC"),
        (7.51, 52.5, 0.12, "IIC"),
        (7.5, 52.6, 0.12, "IIC"),
        (8.5, 59.5, 0.14, "IIB"),
        (8.5, 59.6, 0.141, "IA"),
        (10.0, 70.0, 0.18, "IA+"),
        (10.1, None, None, "S"),
        (6.0, 70.1, 0.1, "S"),
        (6.0, 50.0, 0.181, "S"),
        (6.0, None, None, "III?"),
    ],
)
def test_the_mildest_class_that_covers_a_place(mean, gust, turbulence, name):
    assert siting.iec_class(mean, gust, turbulence).name == name
