"""The three capacities of a set of sites."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.connection.capacity import capacity_of, capacity_words, site_capacity


def table(**columns):
    return pd.DataFrame(columns)


def test_the_free_part_of_a_site_is_unconditional():
    """Two of ten hectares free: a fifth of its MW is unconditional, though the site is not."""
    found = capacity_of(
        table(
            capacity_mw=[100.0, 50.0],
            unconditional_frac=[0.2, 1.0],
            conditional_rules=["a", ""],
        ),
        dc_ac_ratio=1.25,
    )
    assert found.unconditional_mw == pytest.approx(70.0)  # 20 + 50
    assert found.with_approvals_mw == pytest.approx(150.0)
    assert found.with_grid_mw is None  # nobody asked the grid
    assert found.with_grid_mwp is None
    assert found.with_approvals_mwp == pytest.approx(187.5)  # 150 x 1.25


def test_a_provisional_site_is_in_none_of_the_three():
    found = capacity_of(
        table(
            capacity_mw=[100.0, 40.0],
            unconditional_frac=[1.0, 1.0],
            provisional=[True, False],
            grid_mw=[90.0, 30.0],
        ),
        dc_ac_ratio=1.0,
    )
    assert (found.unconditional_mw, found.with_approvals_mw, found.with_grid_mw) == (40, 40, 30)
    assert found.provisional_mw == 100.0


def test_a_site_of_unknown_capacity_is_told_and_not_zero():
    found = capacity_of(
        table(capacity_mw=[np.nan, 10.0, -3.0], unconditional_frac=[1.0, 1.0, 1.0]),
        dc_ac_ratio=1.0,
    )
    assert found.unknown_sites == 2
    assert found.with_approvals_mw == 10.0


def test_dc_is_of_pv_alone():
    found = capacity_of(
        table(capacity_mw=[100.0, 50.0], unconditional_frac=[1.0, 1.0], tech=["pv", "wind"]),
        dc_ac_ratio=1.3,
    )
    assert found.with_approvals_mw == 150.0
    assert found.with_approvals_mwp == pytest.approx(130.0)
    wind = capacity_of(table(capacity_mw=[50.0], tech=["wind"]), dc_ac_ratio=1.3)
    assert wind.with_approvals_mwp is None
    assert "MWp" not in capacity_words(wind)("en")


def test_without_a_share_conditions_bind_the_whole_site():
    found = site_capacity(
        table(capacity_mw=[10.0, 10.0, 10.0, 10.0], conditional_rules=["", "a;b", None, 2])
    )
    assert found["unconditional_mw"].tolist() == [10.0, 0.0, 10.0, 0.0]


def test_no_site_at_all_has_no_capacity():
    empty = table(capacity_mw=[], unconditional_frac=[], grid_mw=[])
    found = capacity_of(empty, dc_ac_ratio=1.2)
    assert (found.sites, found.with_approvals_mw, found.with_grid_mw) == (0, 0.0, 0.0)


def test_an_unknown_grid_is_said_in_both_languages():
    words = capacity_words(capacity_of(table(capacity_mw=[10.0]), dc_ac_ratio=1.2))
    assert "with grid not known" in words("en")
    assert "未知" in words("zh")


@given(
    st.lists(
        st.tuples(
            st.floats(0, 500), st.floats(0, 1), st.booleans(), st.floats(0, 800) | st.none()
        ),
        max_size=8,
    )
)
def test_each_capacity_holds_the_next_and_sets_add_up(rows):
    sites = pd.DataFrame(
        rows, columns=["capacity_mw", "unconditional_frac", "provisional", "grid_mw"]
    ).astype({"grid_mw": float})
    found = capacity_of(sites, dc_ac_ratio=1.2)
    assert found.unconditional_mw <= found.with_approvals_mw + 1e-9
    assert (found.with_grid_mw or 0.0) <= found.with_approvals_mw + 1e-9
    parts = [capacity_of(sites.iloc[[i]], dc_ac_ratio=1.2) for i in range(len(sites))]
    assert sum(p.with_approvals_mw for p in parts) == pytest.approx(found.with_approvals_mw)
    assert sum(p.unconditional_mw for p in parts) == pytest.approx(found.unconditional_mw)
