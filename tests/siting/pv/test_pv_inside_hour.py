"""Clipping inside the hour against the authors' own program and the size they publish."""

from __future__ import annotations

import numpy as np
import pytest

from siting.pv.plant.chain import site_yield
from siting.pv.plant.fused import fixed_yield
from siting.pv.plant.inside_hour import ReferenceSky, bias_share
from siting.pv.plant.node_hours import node_hours
from tests.siting.pv.pv_cases import some_plant, tmy_resource
from tests.siting.pv.test_pv_grid import open_cells


def test_the_shares_are_those_of_the_matrix():
    """method2.csv of Allen, Hobbs and Bolen: rows by gamma, columns by clipping potential,
    open below and closed above."""
    gamma = np.array([0.05, 0.051, 0.5, 0.9, 0.97, 1.2, 0.5])
    potential = np.array([0.35, 0.25, 0.25, 0.0, 0.05, 0.5, 1.7])
    # rows "-0.05", "0.05 - 0.10", "0.45 - 0.50", "0.85 - 0.90", "0.95 - 1.10", none, none
    listed = [2.67e-07, 2.57e-06, 1.43e-05, 1.35e-08, 0.0, 0.0, 0.0]
    dni = np.full(7, 900.0)
    sky = ReferenceSky(dni, dni, dni)
    found = bias_share(gamma * dni, sky, (potential + 1.0) / 1.4, dc_ac_ratio=1.4)
    assert found == pytest.approx(listed, rel=1e-9)
    night = bias_share(dni, ReferenceSky(dni, 0.0 * dni, dni), dni, dc_ac_ratio=1.4)
    assert not night.any()


def test_it_is_of_the_published_size():
    """Allen and Hobbs (2022), minutes of stations in the United States: next to nothing at a
    ratio of 1, some tenths of a per cent at 1.25, one to two per cent at 1.4 without losses of
    DC power (1.38 % at State College by the authors' files), more for more modules."""
    res = tmy_resource("greensboro")
    share = {}
    for ratio in (1.0, 1.25, 1.4, 1.6):
        y = site_yield(res, some_plant(dc_ac_ratio=ratio, inside_hour=True, gcr=0.0))
        steps = {s.id: s for s in y.waterfall.steps}
        share[ratio] = -steps["inside_hour"].delta / steps["inverter"].after
        assert y.waterfall.net == pytest.approx(y.kwh_kwp_yr, rel=1e-9)
        assert (y.hourly["ac_kw_kwp"] >= 0.0).all()
    assert list(share.values()) == sorted(share.values())
    assert share[1.0] < 0.003
    assert 0.004 < share[1.25] < 0.017
    assert 0.010 < share[1.4] < 0.022


def test_the_map_loses_the_same():
    res, cells = tmy_resource("greensboro"), open_cells(np.array([30.0]), np.array([180.0]))
    plant = some_plant(gcr=0.0, inside_hour=True, dc_ac_ratio=1.35)
    mapped = fixed_yield(node_hours(res, plant, 8), cells, plant)[0].sum()
    assert mapped == pytest.approx(site_yield(res, plant).kwh_kwp_yr, rel=2e-4)
