"""Changes of bus, and patches as a graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import DataError
from siting.facilities.buses.matrix import transfer_matrix, transfer_shares
from siting.facilities.links import connectivity

ROUTES = {"1": ["a", "b", "c"], "2": ["c", "d"], "3": ["d", "e"], "4": ["x", "y"]}
TOWNS = {t.upper(): [t] for t in "abcdex"}


def test_changes_are_rides_less_one():
    m = transfer_matrix(ROUTES, TOWNS)
    assert m.loc["A"].tolist()[:5] == [0, 0, 0, 1, 2]
    assert m.loc["A", "X"] != m.loc["A", "X"]  # no chain of routes leads there
    assert (m.fillna(-1) == m.T.fillna(-1)).all().all()


def test_a_route_that_does_not_run_back():
    m = transfer_matrix({"1": ["a", "b"]}, {"A": ["a"], "B": ["b"]}, both_ways=False)
    assert m.loc["A", "B"] == 0
    assert np.isnan(m.loc["B", "A"])


def test_a_town_takes_its_best_stop():
    m = transfer_matrix(ROUTES, {"T": ["a", "d"], "E": ["e"]})
    assert m.loc["T", "E"] == 0


def test_shares_count_pairs_of_different_towns():
    got = transfer_shares(transfer_matrix(ROUTES, TOWNS))
    # of 30 ordered pairs: direct ab ac bc cd de, one change ad bd ce, two ae be, ten with x
    assert got == pytest.approx(
        {"direct": 10 / 30, "one_change": 16 / 30, "not_reached": 10 / 30}
    )


def test_stops_nobody_serves_are_told():
    with pytest.raises(DataError, match="no route serves"):
        transfer_matrix(ROUTES, {"A": ["a"], "Q": ["q"]})


def test_a_stepping_stone_connects():
    """Three patches of 1 in a row: steps of one half, the ends over the middle a quarter.

    Sum of a a p: 3 + 2 (1/2 + 1/2 + 1/4) = 5.5; without the middle 2 + 2 (1/16) by the
    direct way of 4 half distances, which the middle shortens to 2.
    """
    d = np.array([[0, 1, 4], [1, 0, 1], [4, 1, 0]], float)
    pc, lost = connectivity([1, 1, 1], d, half_distance=1.0)
    assert pc == pytest.approx(5.5 / 9)
    middle = lost.iloc[1]
    assert middle["dpc_pct"] == pytest.approx(100 * (5.5 - 2.125) / 5.5)
    assert middle["intra_pct"] == pytest.approx(100 / 5.5)
    assert middle["flux_pct"] == pytest.approx(100 * 2 / 5.5)
    assert middle["connector_pct"] == pytest.approx(100 * 0.375 / 5.5)


def test_patches_that_touch_are_one():
    """No distance is a way: (2 + 1)^2 / 9; farther on the way of the third counts from both."""
    assert connectivity([2, 1], [[0, 0], [0, 0]], half_distance=5.0)[0] == 1.0
    far = [[0, 0, np.inf], [0, 0, 5], [np.inf, 5, 0]]
    pc, _ = connectivity([2, 1, 3], far, half_distance=5.0)
    assert pc == pytest.approx((9 + 9 + 2 * 3 * 3 / 2) / 36)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 9999))
def test_pc_is_a_share_and_parts_add_up(seed):
    rng = np.random.default_rng(seed)
    area, xy = rng.random(6) + 0.1, rng.random((6, 2)) * 5
    d = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    pc, lost = connectivity(area, d, half_distance=1.0)
    alone = connectivity(area, np.where(np.eye(6) > 0, 0, np.inf), half_distance=1.0)[0]
    assert alone - 1e-12 <= pc <= 1 + 1e-12
    assert alone == pytest.approx((area**2).sum() / area.sum() ** 2)
    assert lost["dpc_pct"].to_numpy() == pytest.approx(
        lost[["intra_pct", "flux_pct", "connector_pct"]].sum(axis=1).to_numpy()
    )
    closer = connectivity(area, d / 2, half_distance=1.0)[0]
    assert closer >= pc - 1e-12


@pytest.mark.parametrize(
    ("area", "d", "half"),
    [
        ([1.0, -1.0], np.zeros((2, 2)), 1.0),
        ([1.0], np.zeros((2, 2)), 1.0),
        ([1.0], [[0.0]], 0.0),
    ],
)
def test_patches_that_cannot_be_are_refused(area, d, half):
    with pytest.raises(DataError, match="0 or more"):
        connectivity(area, d, half_distance=half)
