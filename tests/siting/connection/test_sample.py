"""The sample county: what its 1,010 MW of free capacity mean for the target of 2030."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPoint, Point, box

from siting.connection.allocate import allocate
from siting.connection.capacity import capacity_of
from siting.connection.expansion import Potential, target_rows
from siting.connection.ledger import LEDGER_COLUMNS
from siting.sites.route import one_point
from tests.siting.connection.test_expansion import ALL, target

# layers.sample.lines.point_layers: kV, free MW; and twelve sites of 330 MW beside them
STATIONS = ((750.0, 400.0), (220.0, 120.0), (220.0, 300.0), (220.0, 500.0), (220.0, 90.0))
SMALL = ((110.0, 60.0), (110.0, 40.0), *[(110.0, 25.0)] * 9, *[(35.0, 8.0)] * 8)


def plants():
    """200 and 150 MW of [[plants]], 33 x 1.5 MW of turbines, 90 MW of existing PV."""
    rows = [
        ("a", "pv", 200.0, "operating", 2021),
        ("b", "pv", 150.0, "construction", 2025),
        ("c", "wind", 49.5, "operating", 2015),
        ("d", "pv", 90.0, "operating", 2015),
    ]
    table = pd.DataFrame(
        rows, columns=["id", "technology", "capacity_mw", "status", "year"]
    ).assign(retires=[2046, 2050, 2035, 2040], retires_late=[2046, 2050, 2040, 2040])
    assert set(table.columns) <= set(LEDGER_COLUMNS)
    return table


def test_the_target_of_2030_is_not_met_without_reinforcement():
    """24 sites of 331 MW are 7,944 MW; their voltage is 220 kV, and there 1,010 MW are free.

    489.5 MW of plants and 1,010 are 1,499.5 of 1,500 MW: half a megawatt is missing.
    """
    every = (*STATIONS, *SMALL)
    stations = pd.DataFrame(
        {
            "station_id": [f"t{i}" for i in range(len(every))],
            "voltage_kv": [kv for kv, _ in every],
            "free_mw": [mw for _, mw in every],
        }
    )
    sites = pd.DataFrame({"site_id": [f"PV-{i:02d}" for i in range(24)], "capacity_mw": 331.0})
    km = np.random.default_rng(3).uniform(1, 40, (24, len(every)))
    found = allocate(sites, stations, km)
    assert found.stations["free_mw"].sum() == pytest.approx(1410.0 + 389.0)
    assert found.sites["grid_mw"].sum() == pytest.approx(1010.0)
    used = found.stations[found.stations["routed_mw"] > 0]
    assert set(used["voltage_kv"]) == {220.0}
    assert used["routed_mw"].tolist() == pytest.approx(used["free_mw"].tolist())
    own = sites.merge(found.sites[["site_id", "grid_mw"]], on="site_id")
    one = Potential(
        capacity_of(own.assign(unconditional_frac=0.03), dc_ac_ratio=1.25), 100.0, 1799.0
    )
    years = dict.fromkeys(range(2026, 2036), one)
    row = target_rows([target(2030, 1500.0)], plants(), {ALL: years}, now=2026).iloc[0]
    assert row["gap_mw"] == pytest.approx(1010.5)
    assert row["met_with_grid"] == False  # noqa: E712 - a cell, not a flag
    assert row["met_with"] == "reinforcement"
    assert row["short_mw"] == pytest.approx(0.5)
    assert row["blocked_by"] == "permit grid"
    assert pd.isna(row["met_year"])


def test_the_place_of_a_station():
    assert one_point(MultiPoint([(4.0, 5.0)])) == Point(4.0, 5.0)
    assert one_point(box(0, 0, 2, 2)) == Point(1.0, 1.0)
    assert one_point(shapely.GeometryCollection([Point(0, 0), Point(0, 4)])) == Point(0, 2)
    assert one_point(None) is None
    assert one_point(Point()) is None


def test_routes_lead_to_a_station_in_several_points(monkeypatch):
    """A layer promoted to multi ends in ways as any other; it ended in a traceback."""
    from siting.sites import route
    from siting.sites.section import SitesSection

    layers = {
        "substations": gpd.GeoDataFrame(
            {"name": ["A", "B"], "voltage_kv": [110.0, 110.0]},
            geometry=[MultiPoint([(5000.0, 0.0)]), MultiPoint()],
            crs=4544,
        )
    }
    monkeypatch.setattr(route, "open_features", lambda _plan, layer: layers.get(layer))
    monkeypatch.setattr(route, "open_raster", lambda *_: None)
    plan = type("P", (), {"layers": {}})()
    sites = gpd.GeoDataFrame(
        {"site_id": ["s"], "capacity_mw": [80.0]}, geometry=[box(0, 0, 1000, 1000)], crs=4544
    )
    table, ways = route.connect(plan, sites, SitesSection())
    assert table["substation"].tolist() == ["A"]
    assert table["substation_distance_m"].tolist() == [pytest.approx(4000.0)]
    assert len(ways) == 1
