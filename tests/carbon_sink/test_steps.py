from __future__ import annotations

import math

import pytest

from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_targets import targets_step
from tests.carbon_sink.conftest import quiet


def test_carbon_step_of_twelve_parcels(mini, tmp_path):
    r = carbon_step(mini, tmp_path, quiet)
    s = r.summary["carbon"]
    layer = r.layers["ecosystem"]
    assert len(layer) == 12
    # irrigated 43 x 0.77 (IPCC 2019) in 0-30 cm
    irrigated = layer[layer["dlbm"] == "0102"].iloc[0]
    assert irrigated["soc_tc_ha"] == pytest.approx(33.11)
    # built-up land has no coefficient: not estimated, not zero
    assert math.isnan(layer[layer["dlbm"] == "0702"].iloc[0]["total_tc_ha"])
    by = r.tables["carbon_by_class"]
    assert s["total_tc"]["value"] == pytest.approx(by["total_tc"].sum(), rel=1e-9)
    towns = r.tables["carbon_by_township"]
    assert towns["total_tc"].sum() == pytest.approx(s["total_tc"]["value"], rel=1e-9)
    assert s["total_tc"]["low"] < s["total_tc"]["value"] < s["total_tc"]["high"]
    assert 0 < s["area_not_estimated_frac"] < 1


def test_targets_step(mini_ndvi, tmp_path):
    carbon = carbon_step(mini_ndvi, tmp_path, quiet)
    assert carbon.summary["carbon"]["state"] == "computed"
    r = targets_step(mini_ndvi, tmp_path, quiet)
    rows = r.tables["indicators"].set_index("id")
    # one arbor parcel of twelve: 8.33 %, with the shrub parcel 16.67 %
    assert rows.loc["forest_2025", "value"] == pytest.approx(100 / 12, rel=1e-3)
    assert rows.loc["forest_2025", "high"] == pytest.approx(200 / 12, rel=1e-3)
    assert rows.loc["forest_2025", "met"] == "uncertain"
    # river + inland flat = 2 km2 = 0.3 万亩 by the law's caliber (paddy, aquaculture out)
    assert rows.loc["wetland_2025", "value"] == pytest.approx(0.3, rel=1e-3)
    # (0.31 - 0.05) / 0.65 = 0.4 on both grassland parcels
    assert rows.loc["grass_2025", "value"] == pytest.approx(40.0, abs=0.1)
    assert rows.loc["grass_2025", "quality"] == "proxy"
    gaps = r.tables["targets_by_township"]
    f = gaps[gaps["target_id"] == "forest_2025"]
    assert f["gap_ha"].sum() == pytest.approx(rows.loc["forest_2025", "gap_ha"], rel=1e-9)
    assert (tmp_path / "fvc.tif").exists()
    assert (tmp_path / "indicators.json").exists()
