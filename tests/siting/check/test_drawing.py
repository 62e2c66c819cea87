"""How a boundary is drawn, in numbers small enough to see."""

from __future__ import annotations

import numpy as np
import pytest

from siting.check.drawing import _decimals


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([500000.0, 4300000.0], 0),
        ([500000.1, 4300000.0], 1),
        ([500000.12, 4300000.3], 2),
        ([106.5123456, 38.9], 7),
        ([1 / 3], 12),  # no end: as many as are looked for
        ([500000.00001], 0),  # a hundredth of a millimetre was not drawn
        ([0.1 + 0.2], 1),  # 0.30000000000000004 was written 0.3
    ],
)
def test_decimals_are_those_written(values, decimals):
    assert _decimals(np.array(values)) == decimals


def test_no_more_decimals_than_are_looked_for():
    assert _decimals(np.array([1 / 3]), 4) == 4
