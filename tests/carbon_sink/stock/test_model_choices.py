"""A choice of the model stands beside the interval and is warned of, with its own total."""

from __future__ import annotations

import pytest

from carbon_sink.step_carbon import carbon_step
from tests.carbon_sink.conftest import parcels, quiet, write_plan

ZONES = 'climate_zones = ["cool_temperate_dry", "warm_temperate_dry"]'
APART_TC_HA = (43.0 - 24.0) + (6.5 - 6.1) * 0.42
"""Cold and warm temperate dry, IPCC 2006 Vol. 4: soil carbon of high-activity clay (table 2.3)
and dry matter of grass with roots (table 6.4) at the carbon fraction of herbs and litter."""


def grassland(folder, carbon: str):
    """Twelve parcels of other grassland, whose soil is the reference of its zone."""
    table = parcels().assign(DLBM="0404", DLMC="其他草地")
    table.to_file(folder / "parcels.gpkg", layer="dltb")
    plan = write_plan(folder, more=f"[carbon]\nyear = 2024\nsoc_depth_cm = 30\n{carbon}\n")
    found = carbon_step(plan, folder, quiet)
    return found.summary.carbon, {w.code: w for w in found.warnings}


def test_the_other_climate_zone_is_warned_of_with_its_total(tmp_path):
    carbon, warned = grassland(tmp_path, ZONES)
    area = sum(carbon.area_ha_by_group.values())
    by = {c.choice: c for c in carbon.choices}
    headline, other = by["cool_temperate_dry"], by["warm_temperate_dry"]
    assert headline.chosen
    assert not other.chosen
    apart = headline.total_tc.value - other.total_tc.value
    assert apart == pytest.approx(area * APART_TC_HA, rel=1e-9)
    assert carbon.choices_low_tc == pytest.approx(other.total_tc.low)
    told = warned["stock_of_model_choices"]
    assert told.where == "[carbon] climate_zone"
    for lang, zone in (("zh", "暖温带干旱"), ("en", "warm temperate dry")):
        assert zone in told.text(lang)
        for v in (carbon.total_tc.value, other.total_tc.value, other.total_tc.low):
            assert f"{v:,.0f}" in told.text(lang)


def test_one_zone_is_no_choice(tmp_path):
    carbon, warned = grassland(tmp_path, 'climate_zones = ["cool_temperate_dry"]')
    assert not carbon.choices
    assert "stock_of_model_choices" not in warned
