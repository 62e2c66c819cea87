"""Soil profiles of a plan: with and without a forest map, and at the doctor's door."""

from __future__ import annotations

import pytest

from carbon_sink.stand.findings import stand_findings
from carbon_sink.step_stand import stand_step
from layers.plain_json import to_json
from tests.carbon_sink.conftest import X0, Y0, quiet, write_plan
from tests.carbon_sink.stand.conftest import forest, stand_plan

LAYER = '[layers.soil_samples]\npath = "soil.csv"\ncrs = "EPSG:4544"\n'
SOIL = f"""剖面号,x,y,层顶,层底,容重(g/cm3),有机碳,石砾（%）,地类,备注
A,{X0 + 50},{Y0 + 50},0,20,1.45,6.2,5,林地,备
A,{X0 + 50},{Y0 + 50},20,40,1.5,4.1,10,林地,备
B,{X0 + 60},{Y0 + 50},0,30,1.45,62,0,林地,备
C,{X0 + 70},{Y0 + 50},0,200,1.3,5,0,林地,备
C,{X0 + 70},{Y0 + 50},200,400,1.3,5,0,林地,备
"""


@pytest.fixture
def sheet(tmp_path):
    (tmp_path / "soil.csv").write_text(SOIL, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("with_forest", [False, True])
def test_profiles_have_their_stock_whether_or_not_there_are_stands(sheet, with_forest):
    plan = (
        stand_plan(sheet, forest([{"HUO_LMGQXJ": 40.0}]), layers=LAYER)
        if with_forest
        else write_plan(sheet, LAYER)
    )
    r = stand_step(plan, sheet, quiet)
    assert to_json(r.summary)["stand"]["state"] == ("computed" if with_forest else "missing")
    got = r.tables["soil_profiles"].set_index("profile_id")["tc_ha"]
    # 6.2 x 1.45 x 20 x 0.95 x 0.1 + 4.1 x 1.5 x 10 x 0.90 x 0.1
    assert got["A"] == pytest.approx(22.616)
    assert got["B"] == pytest.approx(62 * 1.45 * 30 * 0.1)
    assert got.isna().tolist() == [False, False, True]  # 400 "cm" are millimetres
    assert len(r.layers["soil_profiles"]) == 3
    told = {w.code: w.text for w in r.warnings}
    assert "疑为毫米" in told["soil_profiles_refused"]("zh")
    assert "备注" in told["soil_columns_unread"]("zh")
    assert "x" not in told["soil_columns_unread"]("zh").split("：")[1].split("；")[0]


@pytest.mark.parametrize("with_forest", [False, True])
def test_the_doctor_tells_what_the_step_tells(sheet, with_forest):
    plan = (
        stand_plan(sheet, forest([{"HUO_LMGQXJ": 40.0}]), layers=LAYER)
        if with_forest
        else write_plan(sheet, LAYER)
    )
    found = {f.code: f for f in stand_findings(plan)}
    assert {"soil_profiles_refused", "soil_columns_unread", "soil_cut"} <= set(found)
    assert found["soil_cut"].layer == "soil_samples"


def test_the_mean_of_few_profiles_is_no_carbon_below_nothing(tmp_path):
    # 1, 3 and 20 tC/ha: mean 8, se 6.03, Student's 4.303 x 6.03 = 25.9 either way
    layers = {"A": (1.0, "林地"), "B": (3.0, "林地"), "C": (20.0, "林地"), "D": (5.0, "")}
    rows = "".join(
        f"{k},{X0 + 50 + i},{Y0 + 50},0,30,{c / 10},{kind}\n"
        for i, (k, (c, kind)) in enumerate(layers.items())
    )
    (tmp_path / "soil.csv").write_text(
        f"剖面号,x,y,层顶,层底,stock_kg_m2,地类\n{rows}", "utf-8"
    )
    r = stand_step(write_plan(tmp_path, LAYER), tmp_path, quiet)
    table = r.tables["soil_by_class"].set_index("land_class")
    row = table.loc["林地"]
    se = (((1 - 8) ** 2 + (3 - 8) ** 2 + (20 - 8) ** 2) / 2 / 3) ** 0.5
    assert row["mean_tc_ha"] == pytest.approx(8.0)
    assert row["low_tc_ha"] == 0.0
    assert row["high_tc_ha"] == pytest.approx(8.0 + 4.302653 * se, rel=1e-6)
    assert table.loc["", ["low_tc_ha", "high_tc_ha"]].isna().all()
    (told,) = [w.text("en") for w in r.warnings if w.code == "soil_without_class"]
    assert "1 profile has no land class (D)" in told
