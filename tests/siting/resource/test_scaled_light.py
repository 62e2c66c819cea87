"""Light scaled to other monthly sums: sums met, closure kept, nothing impossible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import DataError
from siting.resource.scaled_light import possible_light, scaled_light

FREE = tuple(np.full(48, 1e9) for _ in range(3))
MONTH = np.repeat([0, 6], 24)


def day(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two days with cos zenith, closed light below clear sky."""
    rng = np.random.default_rng(seed)
    mu = np.clip(np.sin((np.arange(48) % 24 - 6) / 12 * np.pi), 0.0, None)
    dhi = 60.0 * mu * rng.uniform(0.5, 2.0, 48)
    dni = 700.0 * rng.uniform(0.0, 1.0, 48) * (mu > 0)
    return mu, dni * mu + dhi, dni, dhi


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), f=st.floats(0.85, 1.15), g=st.floats(0.85, 1.15))
def test_sums_closure_and_diffuse_share(seed, f, g):
    """Each month's sum is its factor times the old one; GHI = DNI mu + DHI in every hour; the
    share of diffuse light stays."""
    mu, ghi, dni, dhi = day(seed)
    factor = np.ones(12)
    factor[0], factor[6] = f, g
    most = possible_light(np.full(48, 1361.0), mu)
    new = scaled_light(ghi, dni, dhi, month=MONTH, factor=factor, most=most)
    for m, k in ((0, f), (6, g)):
        assert new[0][m == MONTH].sum() == pytest.approx(k * ghi[m == MONTH].sum(), rel=1e-8)
    assert new[0] == pytest.approx(new[1] * mu + new[2], abs=1e-9)
    lit = ghi > 0
    assert new[2][lit] / new[0][lit] == pytest.approx(dhi[lit] / ghi[lit], abs=1e-12)
    assert all((v <= np.maximum(m, old) + 1e-9).all()
               for v, m, old in zip(new, most, (ghi, dni, dhi), strict=True))  # fmt: skip


def test_an_hour_at_its_limit_leaves_the_rest_to_the_others():
    """Hours of 400 and 900, + 50 %: the second stops at 1,000, the first takes 950."""
    zero = np.zeros(2)
    most = (np.array([2000.0, 1000.0]), np.full(2, 1e9), np.full(2, 1e9))
    ghi, _, _ = scaled_light(
        np.array([400.0, 900.0]), zero, zero,
        month=np.zeros(2, int), factor=np.full(12, 1.5), most=most,
    )  # fmt: skip
    assert ghi.tolist() == pytest.approx([950.0, 1000.0])


def test_more_than_a_month_can_hold_is_refused():
    zero = np.zeros(2)
    most = (np.array([500.0, 1000.0]), np.full(2, 1e9), np.full(2, 1e9))
    with pytest.raises(DataError):
        scaled_light(
            np.array([400.0, 900.0]), zero, zero,
            month=np.zeros(2, int), factor=np.full(12, 1.5), most=most,
        )  # fmt: skip


def test_a_month_without_light_stays_dark():
    zero = np.zeros(48)
    new = scaled_light(zero, zero, zero, month=MONTH, factor=np.full(12, 1.3), most=FREE)
    assert not new[0].any()
