"""What a forest map or its plots leave in doubt: told, and in no figure without a word."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from scipy import stats

from carbon_sink.step_stand import stand_step
from carbon_sink.step_targets import targets_step
from gis.say import plan_key_of
from layers.plain_json import to_json
from tests.carbon_sink.conftest import CRS, quiet
from tests.carbon_sink.stand.conftest import forest, square, stand_plan


def run(plan, tmp_path):
    r = stand_step(plan, tmp_path, quiet)
    return r, to_json(r.summary)["stand"], {w.code: w.text for w in r.warnings}


def test_codes_no_list_explains_are_told_and_stay_as_spelled(plan_of, tmp_path):
    rows = [
        {"HUO_LMGQXJ": 40.0, "LIN_ZHONG": "113", "LD_QS": "20"},
        {"HUO_LMGQXJ": 40.0, "LIN_ZHONG": "999", "LD_QS": "30"},
    ]
    r, _, told = run(plan_of(rows), tmp_path)
    assert "999" in told["stand_purpose_unknown"]("zh")
    assert "林种" in told["stand_purpose_unknown"]("zh")
    assert "ownership" in told["stand_ownership_unknown"]("en")
    by = r.tables["stand_by_group"].set_index(["by", "member_id"])
    assert by.loc[("ownership", "30"), "stands"] == 1
    assert by.loc[("purpose", "protection"), "stands"] == 1


def test_six_digit_codes_of_species_are_read_and_told_others_are_asked_for(plan_of, tmp_path):
    rows = [
        {"HUO_LMGQXJ": 50.0, "YOU_SHI_SZ": "460000"},
        {"HUO_LMGQXJ": 50.0, "YOU_SHI_SZ": 460},
    ]
    r, s, told = run(plan_of(rows), tmp_path)
    layer = r.layers["stands"]
    # elm by its equation: (0.7564 x 50 + 8.3103) x 0.43
    assert layer["living_tc_ha"].iloc[0] == pytest.approx((0.7564 * 50 + 8.3103) * 0.43)
    assert np.isnan(layer["living_tc_ha"].iloc[1])
    assert s["not_estimated_ha"] == pytest.approx(layer["area_ha"].iloc[1])
    assert "460000 为榆" in told["stand_species_codes"]("zh")
    assert "needs review" in told["stand_species_codes"]("en")
    # the line to write does not suggest poplar for an elm
    assert '"460" = "..." } (poplar, elm' in plan_key_of(told["stand_species_unknown"])


def test_999_years_is_a_way_to_write_unknown(plan_of, tmp_path):
    rows = [{"HUO_LMGQXJ": 50.0, "PINGJUN_NL": 999}, {"HUO_LMGQXJ": 50.0, "PINGJUN_NL": 90}]
    _, s, told = run(plan_of(rows), tmp_path)
    assert s["findings"] == {"age_doubtful": 1}
    assert "999" in told["stand_age_doubtful"]("zh")
    assert "carbon does not go by this age" in told["stand_age_doubtful"]("en")


def test_a_volume_in_ten_thousands_is_asked_about(plan_of, tmp_path):
    # 0.14 of 10,000 m3 read as m3, on a stand of a hectare or so; a plantation of 6 years may
    # have next to nothing
    rows = [
        {"HUO_LMGQXJ": 0.0056, "PINGJUN_NL": 20},
        {"HUO_LMGQXJ": 0.4, "PINGJUN_NL": 6},
        {"HUO_LMGQXJ": 50.0, "PINGJUN_NL": 20},
    ]
    _, s, told = run(plan_of(rows), tmp_path)
    assert s["findings"] == {"volume_doubtful": 1}
    assert "0.0056" in told["stand_volume_doubtful"]("en")
    assert "万立方米" in told["stand_volume_doubtful"]("zh")


def test_units_of_area_have_a_name_in_the_language(plan_of, tmp_path):
    _, _, told = run(plan_of([{"HUO_LMGQXJ": 50.0, "XBMJ": 60.0}]), tmp_path)
    assert "亩" in told["stand_area_unit"]("zh")
    assert " mu " in told["stand_area_unit"]("en")


@pytest.mark.parametrize(
    ("column", "special", "other"),
    [
        ("DI_LEI", "0131", "0132"),
        ("DI_LEI", "030301", "030302"),
        ("地类", "国家特别规定灌木林地", "其他灌木林地"),
    ],
)
def test_the_land_class_says_which_shrubland_is_special(tmp_path, column, special, other):
    # 4 ha each of 1,200 ha; three special shrub stands, two others: 12 / 1200 = 1 %
    table = forest([{}] * 5).drop(columns="DI_LEI")
    table[column] = [special, special, special, other, other]
    carbon = "[carbon]\nyear = 2023\nannual_rainfall_mm = 180\n"
    plan = stand_plan(tmp_path, table, carbon=carbon)
    found = targets_step(plan, tmp_path, quiet).tables["indicators_by_caliber"]
    found = found[found["indicator"] == "forest_cover"].set_index("caliber")
    row = found.loc["special_shrub"]
    assert row["value"] == pytest.approx(1.0, rel=1e-4)
    assert not row["low"] < row["high"]  # nothing is left that may or may not be special


def plots(tmp_path, volumes, at, names=None):
    ids = names or [f"P{i}" for i in range(len(volumes))]
    spots = [square(c, 0).centroid for c in at]
    table = gpd.GeoDataFrame({"YDH": ids, "GQXJ": volumes}, geometry=spots, crs=CRS)
    table.to_file(tmp_path / "plots.gpkg", layer="plots")
    return '[layers.forest_plots]\npath = "plots.gpkg"\n'


MAP = (40.0, 60.0, 80.0, 100.0)


def plots_plan(tmp_path, layers, carbon=""):
    return stand_plan(tmp_path, forest([{"HUO_LMGQXJ": v} for v in MAP]), carbon, layers=layers)


def test_a_plot_given_twice_is_one_plot(tmp_path):
    layers = plots(
        tmp_path, [44.0, 61.0, 88.0, 109.0, 44.0], [0, 1, 2, 3, 0], ["1", "2", "3", "4", "1"]
    )
    r, s, told = run(plots_plan(tmp_path, layers), tmp_path)
    assert s["plots"]["n"] == 4
    y = np.array([44.0, 61.0, 88.0, 109.0])
    means = r.tables["stand_plot_means"].set_index("estimator")
    assert means.loc["simple", "se_m3_ha"] == pytest.approx(stats.sem(y))
    assert "(1)" in told["stand_plots_twice"]("en")


def test_a_plot_no_forest_holds_is_left_out(tmp_path):
    layers = plots(tmp_path, [44.0, 61.0, 88.0, 109_000.0], range(4))
    _, s, told = run(plots_plan(tmp_path, layers), tmp_path)
    assert s["plots"]["n"] == 3
    assert s["plots"]["bias_m3_ha"] == pytest.approx((-4 - 1 - 8) / 3)
    assert "109,000" in told["stand_plots_cannot_be"]("zh")


def test_the_calibrated_volume_has_the_interval_of_the_table(tmp_path):
    layers = plots(tmp_path, [44.0, 61.0, 88.0, 109.0], range(4))
    key = '[carbon.stands]\ncalibrate = "ratio"\n'
    r, s, _ = run(plots_plan(tmp_path, layers, key), tmp_path)
    row = r.tables["stand_plot_means"].set_index("estimator").loc["ratio"]
    assert s["volume_m3"] == pytest.approx(row["total_m3"], rel=1e-9)
    assert s["volume_low_m3"] == pytest.approx(row["total_low_m3"], rel=1e-9)
    assert s["volume_high_m3"] == pytest.approx(row["total_high_m3"], rel=1e-9)
    # Student's t of three degrees of freedom, 3.182, not 1.96
    half = row["high_m3_ha"] - row["mean_m3_ha"]
    assert half / row["se_m3_ha"] == pytest.approx(3.182446, rel=1e-6)


def test_why_an_estimator_is_not_had_is_told_without_a_name_of_code(tmp_path):
    # the map says 40 m3/ha under all three plots: there is no regression on it
    layers = plots(tmp_path, [44.0, 61.0, 88.0], range(3))
    plan = stand_plan(tmp_path, forest([{"HUO_LMGQXJ": 40.0}] * 3), layers=layers)
    r = stand_step(plan, tmp_path, quiet)
    told = [w.text for w in r.warnings if w.code == "stand_estimator"]
    assert any("无从回归" in t("zh") for t in told)
    assert not any("forest_plots" in t(lang) for t in told for lang in ("zh", "en"))
