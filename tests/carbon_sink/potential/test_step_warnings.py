"""What the step of the potential warns of: land that waits for layers, rain of two sources."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from carbon_sink.local import zone_warnings
from carbon_sink.potential.step_warnings import rain_differs
from carbon_sink.section import CarbonSection
from carbon_sink.step_potential import potential_step
from layers.result import StepResult, save_step
from layers.run_folder import RunFolder
from tests.carbon_sink.conftest import CRS, quiet, write_plan


def test_land_that_waits_for_layers_is_no_candidate_and_said(tmp_path):
    # nothing is left or conditional: 250 ha wait for layers, so no candidate is not "no land"
    plan = write_plan(tmp_path)
    (tmp_path / "work").mkdir()
    run = RunFolder(tmp_path / "run", tmp_path / "work")
    nothing = gpd.GeoDataFrame({"state": pd.Series([], dtype=str)}, geometry=[], crs=CRS)
    screened = {"screening": {"afforest": {"area_ha": {"provisional": 250.0}}}}
    save_step(run, "screen", StepResult(screened, layers={"eligible_afforest": nothing}))
    found = potential_step(plan, run.work, quiet)
    told = next(w.text for w in found.warnings if w.code == "afforest_candidates_wait")
    assert "250 公顷" in told("zh")
    assert "250 ha" in told("en")
    assert not {"grass_candidates_wait"} & {w.code for w in found.warnings}


@pytest.mark.parametrize(
    ("unknown_ha", "budget_m3", "answer", "water"),
    [
        # 9 ha are wanted of a county of 1,200 ha; nothing is left or conditional
        (1190.0, "", "unknown", ""),
        (1190.0, "5000.0", "unknown", "够 10 公顷"),  # 5,000 m3 at 500 m3/ha
        (1190.0, "4000.0", "no", "只够 8 公顷"),
        (8.0, "", "no", "未判定（未给出"),
    ],
)
def test_land_nobody_could_judge_is_no_no(tmp_path, unknown_ha, budget_m3, answer, water):
    budget = f"water_budget_m3_yr = {budget_m3}\n" if budget_m3 else ""
    more = f"[potential]\nforest_gain_ha = 9.0\n{budget}"
    more += "[potential.irrigation_m3_ha_yr]\nshrub = 500.0\n"
    plan = write_plan(tmp_path, more=more)
    (tmp_path / "work").mkdir()
    run = RunFolder(tmp_path / "run", tmp_path / "work")
    nothing = gpd.GeoDataFrame({"state": pd.Series([], dtype=str)}, geometry=[], crs=CRS)
    area = {"taken": 1200.0 - unknown_ha, "left": 0.0, "unknown": unknown_ha}
    screened = {"screening": {"afforest": {"area_ha": area}}}
    save_step(run, "screen", StepResult(screened, layers={"eligible_afforest": nothing}))
    gain = potential_step(plan, run.work, quiet).summary.potential.forest_gain
    assert (gain.answer, gain.left_ha) == (answer, 0.0)
    assert water in gain.text.zh
    if answer == "unknown":
        assert f"{unknown_ha:,.0f} 公顷土地尚未判定" in gain.text.zh
        assert f"{unknown_ha:,.0f} ha of the county are not judged yet" in gain.text.en


@pytest.mark.parametrize(
    ("plan_mm", "layer_mm", "warned"),
    [
        (401.0, [180.0, 180.0], True),  # the plan needs a proof, the layer does not
        (399.0, [380.0, 400.0], True),  # 400 are not less than 400
        (399.0, [180.0, 399.9], False),
        (None, [180.0], False),
        (401.0, [float("nan")], False),
    ],
)
def test_rain_of_the_plan_and_of_the_layer_on_two_sides(plan_mm, layer_mm, warned):
    carbon = CarbonSection(annual_rainfall_mm=plan_mm)
    found = rain_differs(carbon, pd.DataFrame({"rainfall_mm": layer_mm}))
    assert [w.code for w in found] == (["rain_on_two_sides"] if warned else [])
    if warned:
        assert f"{plan_mm:g} mm" in found[0].text("zh")


def test_an_assumed_zone_is_named_in_words(tmp_path):
    told = zone_warnings(write_plan(tmp_path))[0].text
    assert "冷温带干旱" in told("zh")
    assert "cool_temperate_dry" not in told("zh") + told("en")
