"""Quantile breaks: as many values a class as there can be, never an empty class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gis.cells.classes import quantile_classes
from gis.errors import DataError


def test_edges_are_the_quantiles():
    # 0..100: the quartiles are 0, 25, 50, 75, 100
    assert quantile_classes(np.arange(101.0), 4).tolist() == [0, 25, 50, 75, 100]
    # five values, three classes: positions 4/3 and 8/3 between the sorted values
    edges = quantile_classes([50, 10, 40, 20, 30], 3)
    assert edges == pytest.approx([10, 10 + 40 / 3, 10 + 80 / 3, 50])


def test_what_is_not_a_number_belongs_to_no_class():
    values = np.array([[np.nan, 1.0], [np.inf, 3.0]])
    assert quantile_classes(values, 1).tolist() == [1, 3]
    assert quantile_classes([np.nan], 5).size == 0
    assert quantile_classes([], 5).size == 0


def test_equal_values_make_fewer_classes():
    assert quantile_classes([4, 4, 4], 5).tolist() == [4]
    # nine tenths are zero: the quantiles up to 0.8 are one edge
    assert quantile_classes([0] * 9 + [1], 5).tolist() == [0, pytest.approx(1)]


def test_a_class_at_least():
    with pytest.raises(DataError, match="1 or more"):
        quantile_classes([1, 2], 0)


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6)),
       st.integers(1, 9))  # fmt: skip
def test_edges_rise_and_span_the_values(values, n):
    edges = quantile_classes(values, n)
    assert edges[0] == values.min()
    assert edges[-1] == values.max()
    assert (np.diff(edges) > 0).all()
    assert len(edges) <= n + 1
