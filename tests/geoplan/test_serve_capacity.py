"""Moved rules: three capacities beside each other, none of them older than the others."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.serve.capacity import land_capacity, moved_sites, sites_capacity
from geoplan.serve.sites import SiteCells, site_rows
from siting.connection.capacity import Capacity
from siting.screen.coded import STATES

LEFT, BOUND, TAKEN = (STATES.index(s) for s in ("left", "conditional", "taken"))
KNOWN = Capacity(sites=2, unconditional_mw=70.0, with_approvals_mw=140.0, with_grid_mw=33.0)
AGAIN = {"zh": "未重新计算，请运行方案", "en": "not computed again, run the plan"}


@pytest.fixture
def case():
    """Two sites of four cells: 100 MW half free, 40 MW half free."""
    sites = gpd.GeoDataFrame(
        {
            "site_id": ["PV-01", "PV-02"],
            "tech": "pv",
            "capacity_mw": [100.0, 40.0],
            "area_ha": [200.0, 80.0],
            "unconditional_frac": [0.5, 0.5],
            "slope_mean_deg": 1.0,
            "ghi_kwh_m2": 1600.0,
            "route_cost_m": 1000.0,
            "road_distance_m": 100.0,
            "grid_mw": [33.0, 0.0],
        },
        geometry=[shapely.box(0, 0, 4, 1), shapely.box(0, 1, 4, 2)],
        crs=4544,
    )
    cells = SiteCells(np.arange(8), np.repeat([0, 1], 4), np.array([4, 4]))
    run = np.array([[LEFT, LEFT, BOUND, BOUND]] * 2, np.uint8)
    return sites, cells, run


def moved(case, state, **kw):
    sites, cells, run = case
    return moved_sites(sites, cells, run, np.asarray(state, np.uint8), conditional=True, **kw)


def test_nothing_moved_is_what_the_run_says(case):
    table = moved(case, case[2])
    assert not table["moved"].any()
    said = sites_capacity(table, KNOWN, None)
    assert (
        said("en") == "unconditional 70.0 MW, with approvals 140.0 MW, with grid 33.0 MW (AC)"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_old_figure_of_the_grid_never_stands_beside_new_ones(case, lang):
    # a free cell of PV-01 is taken: three of four cells are left, one of them free:
    # B = 100 x 3/4 + 40 = 115, A = 75 x 1/3 + 40 x 1/2 = 45; DC at 1.2: 54 and 138
    run = case[2].copy()
    run[0, 0] = TAKEN
    table = moved(case, run)
    assert table["moved"].tolist() == [True, False]
    assert table["capacity_mw"].tolist() == pytest.approx([75.0, 40.0])
    assert table["unconditional_frac"].tolist() == pytest.approx([1 / 3, 0.5])
    said = sites_capacity(table, KNOWN, 1.2)(lang)
    assert "45.0 MW" in said
    assert "115.0 MW" in said
    assert "54.0 / 138.0 / —" in said
    assert AGAIN[lang] in said
    assert "33.0" not in said


def test_a_condition_lifted_moves_the_first_figure_alone(case):
    # all four cells of PV-02 free: A = 50 + 40, B stays 140
    run = case[2].copy()
    run[1] = LEFT
    said = sites_capacity(moved(case, run), KNOWN, None)("en")
    assert said.startswith("unconditional 90.0 MW, with approvals 140.0 MW, with grid not comp")


def test_a_site_that_loses_all_its_land_has_none_of_the_three(case):
    run = case[2].copy()
    run[0] = TAKEN
    table = moved(case, run)
    said = sites_capacity(table, KNOWN, None)("en")
    assert said.startswith("unconditional 20.0 MW, with approvals 40.0 MW")
    rows = site_rows(moved(case, case[2]), table, {"capacity": 1.0})
    one = next(r for r in rows if r["site_id"] == "PV-01")
    assert (one["before_ha"], one["after_ha"], one["capacity_mw"]) == (200.0, 0.0, 0.0)


def test_the_capacity_hangs_on_the_run_and_not_on_what_was_frozen(case):
    # frozen with half of PV-01 gone, nothing moved since: still 50 MW, before and after
    run = case[2].copy()
    run[0, :2] = TAKEN
    frozen = moved(case, run)
    rows = site_rows(frozen, frozen, {"capacity": 1.0})
    assert next(r for r in rows if r["site_id"] == "PV-01")["capacity_mw"] == 50.0


def test_without_sites_the_land_is_counted():
    # 100 ha free and 50 ha bound at 30 mu a MW: 1,500 mu / 30 = 50 MW, 750 / 30 = 25 MW more
    said = land_capacity({"left": 100.0, "conditional": 50.0, "taken": 9.0}, 30.0, 1.2)("zh")
    assert "50.0 MW" in said
    assert "75.0 MW" in said
    assert "60.0 / 90.0 / —" in said
    assert AGAIN["zh"] in said


def test_a_site_not_known_in_the_run_is_not_taken_for_nothing(case):
    sites, cells, run = case
    run = run.copy()
    run[0] = TAKEN  # of the screening of the run no cell is usable: nothing to scale by
    table = moved_sites(sites, cells, run, case[2], conditional=True)
    assert pd.isna(table["capacity_mw"].iloc[0])
