"""Plants on candidate sites: their land is once in every sum of plants and sites."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from siting.connection.capacity import Capacity
from siting.connection.distances import line_lengths
from siting.connection.expansion import Potential, expansion_table, target_rows
from siting.connection.ledger import ledger
from siting.connection.on_sites import Taken
from siting.connection.section import ConnectionSection
from siting.connection.stations import known_stations
from siting.connection.words import target_words
from siting.connection.works import known_works
from siting.connection.yearly import grid_years, potentials_of
from siting.pv.study.targets import cumulative_curve
from tests.siting.connection.test_expansion import ALL, target
from tests.siting.pv.test_pv_design import plan as ledger_plan

# 1,310 MW of plants stand or are being built in 2030; see the ledger's own test
PLANTS = 1310.0


def potential(free, bound, grid, grid_free):
    one = Capacity(sites=1, unconditional_mw=free, with_approvals_mw=bound, with_grid_mw=grid)
    return Potential(one, grid_free, 500.0)


def row_of(goal, high, low, relation=">="):
    one = replace(high, least=low)
    years = dict.fromkeys(range(2026, 2036), one)
    asked = [target(2030, goal, relation=relation)]
    return target_rows(asked, ledger(ledger_plan()), {ALL: years}, now=2026).iloc[0]


@pytest.mark.parametrize(
    ("goal", "way", "blocked", "ends"),
    [
        # sites 300 MW without the plant's land, 100 if it takes all of it: 1,410 to 1,610
        (1400.0, "approvals", "permit plant_land", (1360.0, 1410.0)),
        (1500.0, "uncertain", "permit plant_land", (1410.0, 1510.0)),
        (1550.0, "uncertain", "permit grid plant_land", (1410.0, 1610.0)),
        (1650.0, "none", "land", None),
    ],
)
def test_a_target_between_both_sums_is_uncertain(goal, way, blocked, ends):
    """Free land 50 to 100 MW, with grid 100 to 200, with approvals 100 to 300, plants 1,310."""
    row = row_of(
        goal, potential(100.0, 300.0, 200.0, 100.0), potential(50.0, 100.0, 100.0, 50.0)
    )
    assert (row["met_with"], row["blocked_by"]) == (way, blocked)
    if ends is None:
        assert pd.isna(row["sum_low_mw"])
    else:
        assert (row["sum_low_mw"], row["sum_high_mw"]) == ends
    words = target_words(row.to_dict())
    if way == "uncertain":
        assert "is uncertain" in words("en")
        assert f"between {ends[0]:,.1f} and {ends[1]:,.1f} MW" in words("en")
        assert "不确定" in words("zh")
        # what is missing where the land is all taken
        assert row["short_mw"] == pytest.approx(goal - PLANTS - 100.0)
        assert pd.isna(row["met_year"])


def test_a_year_is_uncertain_where_its_target_lies_between_both_totals():
    one = replace(
        potential(100.0, 300.0, 200.0, 100.0), least=potential(50.0, 100.0, 100.0, 50.0)
    )
    table = expansion_table(ledger(ledger_plan()), {2030: one}, [target(2030, 1450.0)], ALL)
    row = table.iloc[0]
    assert (row["total_with_grid_least_mw"], row["total_with_grid_mw"]) == (1410.0, 1510.0)
    assert row["met_with_grid"] is None


SITES = gpd.GeoDataFrame(
    {
        "site_id": ["A", "B"],
        "tech": ["pv", "pv"],
        "capacity_mw": [100.0, 60.0],
        "unconditional_frac": [0.5, 1.0],
    },
    geometry=[box(4e5, 43e5, 4.01e5, 43.01e5), box(4.02e5, 43e5, 4.03e5, 43.01e5)],
    crs="EPSG:4544",
)
STATIONS, _ = known_stations(
    gpd.GeoDataFrame(
        {"name": ["s"], "voltage_kv": [110.0], "free_mw": [120.0]},
        geometry=[Point(4e5, 43.05e5)],
        crs="EPSG:4544",
    ),
    None,
)


def potentials(least, most):
    how = ConnectionSection()
    works, _ = known_works(STATIONS, how, None, "", "zh")
    km, between, _ = line_lengths(SITES, STATIONS, how)

    def solve(sites):
        given = (sites, STATIONS, (km, between), how, works, range(2026, 2027), [ALL])
        return grid_years(*given, lambda *_: None)[0]

    taken = Taken(("A", "B"), np.array([9.0, 0.0]), np.array(least), np.array(most))
    return potentials_of(SITES, taken, solve(SITES), solve, 1.2)[ALL][2026]


def test_land_with_a_boundary_is_left_out_and_the_grid_goes_to_the_rest():
    """A loses 30 of 100 MW: 70 + 60 remain, and the 120 MW that are free take 120 of them.

    Of A 50 MW are free land: 50 where the plant stands on the rest, so 110 with B. A loses 60:
    40 + 60 remain, all connected.
    """
    one = potentials([30.0, 0.0], [30.0, 0.0])
    assert one.least is None
    assert (one.taken_mw, one.taken_ha) == (30.0, 9.0)
    assert one.capacity.with_approvals_mw == pytest.approx(130.0)
    assert one.capacity.unconditional_mw == pytest.approx(110.0)
    assert one.capacity.with_grid_mw == pytest.approx(120.0)
    one = potentials([60.0, 0.0], [60.0, 0.0])
    assert one.capacity.with_grid_mw == pytest.approx(100.0)


def test_a_plant_known_by_a_point_leaves_between_nothing_and_all_of_its_site():
    one = potentials([0.0, 0.0], [100.0, 0.0])
    assert one.capacity.with_approvals_mw == pytest.approx(160.0)
    assert one.capacity.with_grid_mw == pytest.approx(120.0)
    assert one.least.capacity.with_approvals_mw == pytest.approx(60.0)
    assert one.least.capacity.with_grid_mw == pytest.approx(60.0)
    # both sites taken whole: nothing is left, which is known
    gone = potentials([0.0, 0.0], [100.0, 60.0])
    assert gone.least.capacity.with_grid_mw == 0.0


def test_the_curve_on_top_of_the_plants_has_their_land_once():
    """Plants 1,310 MW; B (cheaper) 60, A 100 of which 30 are taken for sure, 100 at most."""
    table = pd.DataFrame(SITES.drop(columns="geometry")).assign(
        lcoe_6pct_cny_mwh=[110.0, 100.0]
    )
    taken = Taken(("A", "B"), np.zeros(2), np.array([30.0, 0.0]), np.array([100.0, 0.0]))
    curve = cumulative_curve(ledger_plan(), table, taken)
    own = curve[curve["scenario"] == "all"]
    assert own["cumulative_mw"].tolist() == [60.0, 160.0]
    assert own["with_plants_mw"].tolist() == [1370.0, 1440.0]
    assert own["with_plants_least_mw"].tolist() == [1370.0, 1370.0]
