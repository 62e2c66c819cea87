"""The county's total with the density of its stands: by hand, one source, told where apart."""

from __future__ import annotations

import pytest

from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_stand import stand_step
from gis.errors import ConfigError
from layers.result import read_table, save_step
from layers.run_folder import RunFolder
from tests.carbon_sink.conftest import quiet
from tests.carbon_sink.stand.conftest import forest, stand_plan

A, B, CF = 0.6251, 11.462, 0.452  # poplar: B = a V + b [t/ha], measured carbon fraction
ROWS = [{"HUO_LMGQXJ": 20.0}, {"HUO_LMGQXJ": 40.0}, {"DI_LEI": "0132", "YOU_SHI_SZ": "柠条"}]
ON = "[carbon.stands]\nin_county_total = true\n"


def run(tmp_path, carbon, rows=ROWS):
    plan = stand_plan(tmp_path, forest(rows), "[carbon]\nyear = 2023\ndraws = 4000\n" + carbon)
    kept = RunFolder(tmp_path / "out", tmp_path)
    save_step(kept, "stand", stand_step(plan, tmp_path, quiet))
    result = carbon_step(plan, tmp_path, quiet)
    save_step(kept, "carbon", result)
    table = read_table(tmp_path, "carbon_by_class").set_index("ecosystem")
    return table.loc["forest_arbor"], {w.code: w.text for w in result.warnings}


def test_the_survey_gives_hectares_and_the_stands_give_density(tmp_path):
    # two stands of 4 ha: the mean of 20 and 40 m3/ha, on the 100 ha of arbor forest surveyed
    row, told = run(tmp_path, ON)
    want = (A * 30.0 + B) * CF
    assert row["biomass_tc_ha"] == pytest.approx(want, rel=1e-6)
    assert row["biomass_tc"] == pytest.approx(want * row["area_ha"], rel=1e-6)
    assert row["area_ha"] == pytest.approx(100.0, rel=1e-3)
    assert "stands_beside_total" not in told
    # 8 ha of stands stand for 100 ha
    assert "has 100.0 ha" in told["stands_carried_over"]("en").replace("99.9", "100.0")
    assert "are on 8.0 ha" in told["stands_carried_over"]("en")


def test_stands_that_were_not_computed_are_asked_for(tmp_path):
    plan = stand_plan(tmp_path, forest(ROWS), "[carbon]\nyear = 2023\n" + ON)
    with pytest.raises(ConfigError, match="compute the stands first"):
        carbon_step(plan, tmp_path, quiet)


def test_the_interval_is_as_wide_as_that_of_the_stands(tmp_path):
    key = ON + 'volume_error = { half_width_frac = 0.3, source = "survey" }\n'
    row, _ = run(tmp_path, key)
    total = read_table(tmp_path, "stand_total").iloc[0]
    of_stands = total["arbor_living_high_tc"] - total["arbor_living_low_tc"]
    area = total["arbor_estimated_ha"]
    table = read_table(tmp_path, "carbon_by_pool").set_index("pool")
    assert row["biomass_tc_ha"] == pytest.approx((A * 30.0 + B) * CF, rel=1e-6)
    # the volume alone is +-30 % of 18.75 of 30.2 t/ha; carbon fraction and area add little
    volume_alone = 2 * 0.30 * A * 30 / (A * 30 + B)
    assert of_stands / area / row["biomass_tc_ha"] == pytest.approx(volume_alone, rel=0.1)
    assert table.loc["biomass", "high_tc"] - table.loc["biomass", "low_tc"] == pytest.approx(
        of_stands / area * row["area_ha"], rel=0.08
    )


def test_without_the_key_the_default_stays_and_the_difference_is_told(tmp_path):
    row, told = run(tmp_path, "")
    assert row["biomass_tc_ha"] == pytest.approx(42.65)
    assert "42.6 tC" in told["stands_beside_total"]("zh")
    assert f"{(A * 30.0 + B) * CF:.1f}" in told["stands_beside_total"]("en")


def test_one_density_has_one_source(tmp_path):
    volume = (
        '[[carbon.stock_volume]]\nyear = 2023\nvolume_m3 = 5000\narbor_area_ha = 100\n'
        'source = "s"\n'
    )  # fmt: skip
    with pytest.raises(ConfigError) as e:
        run(tmp_path, ON + volume)
    assert "in_county_total" in e.value.text("zh")
    assert "stock_volume" in e.value.text("en")
    own = (
        '[[carbon.densities]]\necosystem = "forest_arbor"\npool = "agb"\nvalue_tc_ha = 9.0\n'
        'source = "s"\n'
    )
    with pytest.raises(ConfigError, match="densities"):
        run(tmp_path, ON + own)
    unknown = [{"HUO_LMGQXJ": 30.0, "YOU_SHI_SZ": "???"}]
    with pytest.raises(ConfigError, match="no stand of tree forest"):
        run(tmp_path, ON, unknown)
