"""Targets in every unit and relation, from the plan file to indicator, scenario and workbook.

The mini county (4 km x 3 km of twelve square kilometres) has wetland of the caliber
``broad_law`` on two parcels, river (1101) and inland flat (1106): 200 ha in the plane, a little
less on the ellipsoid. Figures here follow from that area A alone:
needed = target - A for a target above it, A - target for one below.
"""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from carbon_sink.section import SECTIONS
from carbon_sink.step_targets import targets_step
from geoplan.answers.target_sheet import fill_target_sheet
from geoplan.plan_file import load_plan, target_kinds
from gis.errors import ConfigError
from layers.catalogue import layer_ids
from layers.plan.read import read_plan
from tests.carbon_sink.conftest import quiet, write_plan

PER_HA = {"ha": 1.0, "m2": 10_000.0, "km2": 0.01, "mu": 15.0, "亩": 15.0, "万亩": 0.0015}
RELATIONS = (">=", ">", "<=", "<", "=")
TARGET_HA = 260.0
# 40 ha a year of restored wetland from 2026 on: 200 + 40 n passes 260 with the second year
MEASURE = """
[carbon]
year = 2025
scenario_end = 2029
draws = 1000
[[carbon.measures]]
id = "flats"
kind = "wetland_restoration"
ha_per_year = 40
start = 2026
end = 2029
"""


def goal(unit: str, relation: str, value_ha: float = TARGET_HA) -> str:
    return f"""
[[targets]]
id = "wet"
title = {{ zh = "湿地", en = "wetland" }}
indicator = "wetland_area"
year = 2027
value = {value_ha * PER_HA[unit]!r}
unit = "{unit}"
relation = "{relation}"
caliber = "broad_law"
section = "s"
quote = "q"
"""


def evaluated(formula: object, cells: dict[str, object]) -> object:
    """The value of a formula of the sheet, for the few functions it uses."""
    if not isinstance(formula, str) or not re.match("=.", formula):
        return formula
    text = formula[1:].replace("OR(", "any_(").replace("AND(", "all_(").replace("IF(", "if_(")
    text = re.sub(r"(?<![<>=])=(?!=)", "==", text)
    own = {k: v for k, v in cells.items() if re.search(rf"\b{k}\b", text)}
    names = {k: "" if v is None else evaluated(v, cells) for k, v in own.items()}
    tools = {
        "any_": lambda *a: any(a), "all_": lambda *a: all(a),
        "if_": lambda c, a, b: a if c else b, "ABS": abs, "MAX": max, "N": lambda x: x or 0,
        "NOT": lambda x: not x, "ISNUMBER": lambda x: isinstance(x, int | float),
    }  # fmt: skip
    return eval(text, {"__builtins__": {}}, {**tools, **names})  # noqa: S307


# what must come out: met today (200 ha), met in the scenario (first year), needed land
EXPECTED = {
    ">=": ("no", 2027, 60.0),
    ">": ("no", 2027, 60.0),
    "<=": ("yes", 2025, 0.0),
    "<": ("yes", 2025, 0.0),
    "=": ("no", None, 60.0),  # 240, then 280 ha: never within half a percent of 260
}


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("unit", PER_HA)
def test_every_unit_and_relation_reaches_indicator_scenario_and_workbook(
    tmp_path: Path, unit: str, relation: str
) -> None:
    plan = write_plan(tmp_path, more=MEASURE + goal(unit, relation))
    result = targets_step(plan, tmp_path, quiet)
    row = result.tables["indicators"].set_index("id").loc["wet"]
    met, first, needed = EXPECTED[relation]
    area_ha = row["value"] / PER_HA[unit]
    assert area_ha == pytest.approx(200.0, rel=2e-3)
    assert row["gap"] == pytest.approx(TARGET_HA * PER_HA[unit] - row["value"], rel=1e-12)
    assert row["gap_ha"] == pytest.approx(TARGET_HA - area_ha, rel=1e-9)
    assert row["gap_mu"] == pytest.approx((TARGET_HA - area_ha) * 15, rel=1e-9)
    assert row["met"] == met

    path = result.tables["scenario_targets"]
    path = path[path["target_id"] == "wet"].set_index("year")
    for n, year in enumerate(range(2025, 2030)):
        assert path["value"][year] / PER_HA[unit] == pytest.approx(area_ha + 40 * n, rel=1e-9)
    assert (None if pd.isna(path["met_in"].iloc[0]) else int(path["met_in"].iloc[0])) == first
    on_time = {">=": "yes", ">": "yes", "<=": "no", "<": "no", "=": "no"}  # 280 ha in 2027
    assert set(path["met_on_time"]) == {on_time[relation]}

    book = openpyxl.Workbook()
    fill_target_sheet(book.active, result.tables["indicators"], "en")
    rows = {r[0].value: r for r in book.active.iter_rows(min_row=4)}
    assert len(rows) == 4  # three of the mini plan and this one: none is left out
    line = rows["wetland"]
    cells = {c.coordinate: c.value for c in line}
    shown = [evaluated(c.value, cells) for c in line]
    assert shown[2] == relation
    assert shown[8] == pytest.approx(needed - (area_ha - 200.0 if needed else 0.0), rel=1e-9)
    assert shown[9] == pytest.approx(shown[8] * 15, rel=1e-12)
    assert shown[10] == {"yes": "Met", "no": "Not met"}[met]


def test_a_target_that_is_met_needs_no_land(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, more=goal("亩", "=", 200.5))  # within half a percent
    table = targets_step(plan, tmp_path, quiet).tables["indicators"]
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, table[table["id"] == "wet"], "zh")
    line = next(book.active.iter_rows(min_row=4))
    cells = {c.coordinate: c.value for c in line}
    assert [evaluated(c.value, cells) for c in line][8:11] == [0.0, 0.0, "达到"]


BAD = """
[[targets]]
id = "a"
title = {{ zh = "甲", en = "a" }}
year = 2030
value = 1.0
section = "s"
quote = "q"
{more}
"""


@pytest.mark.parametrize(
    ("more", "key", "got", "expected"),
    [
        ('indicator = "wetland_area"\nunit = "acre"', "unit", "acre", "10000 mu"),
        ('indicator = "wetland_area"\nunit = "%"', "unit", "%", "ha, m2, km2, mu, 10000 mu"),
        ('indicator = "forest_cover"\nunit = "亩"', "unit", "亩", "%"),
        ('indicator = "forest_stock_volume"\nunit = "MW"', "unit", "MW", "m3, 10000 m3"),
        ('indicator = "new_energy_capacity"\nunit = "h"', "unit", "h", "MW"),
        ('indicator = "forest"\nunit = "%"', "indicator", "forest", "forest_cover"),
        ('indicator = "wetland_area"\nunit = "ha"\nrelation = "=>"', "relation", "=>", ">="),
        (
            'indicator = "wetland_area"\nunit = "ha"\ncaliber = "old"',
            "caliber",
            "old",
            "narrow",
        ),
        (
            'indicator = "forest_stock_volume"\nunit = "m3"\ncaliber = "x"',
            "caliber",
            "x",
            "none",
        ),
    ],
)
def test_a_target_nobody_can_judge_is_refused_when_the_plan_is_read(
    tmp_path: Path, more: str, key: str, got: str, expected: str
) -> None:
    write_plan(tmp_path)
    path = tmp_path / "plan.toml"
    path.write_text(path.read_text("utf-8") + BAD.format(more=more), "utf-8")
    with pytest.raises(ConfigError) as err:
        load_plan(path)
    assert len(err.value.faults) == 1
    fault = err.value.faults[0]
    assert fault.where.startswith("plan.toml [targets")
    assert key in fault.where
    assert got in fault.got
    assert expected in str(fault.expected)
    assert re.search(r"[一-鿿]", fault.text("zh"))


def test_all_faults_of_all_targets_come_at_once(tmp_path: Path) -> None:
    write_plan(tmp_path)
    path = tmp_path / "plan.toml"
    more = [
        'indicator = "wetland_area"\nunit = "acre"',
        'indicator = "nothing"\nunit = "ha"',
        'indicator = "forest_cover"\nunit = "h"\ncaliber = "old"',
    ]
    text = path.read_text("utf-8") + "".join(
        BAD.format(more=m).replace('"a"', f'"a{i}"', 1) for i, m in enumerate(more)
    )
    path.write_text(text + "[nonsense]\n", "utf-8")
    with pytest.raises(ConfigError) as err:
        load_plan(path)
    assert len(err.value.faults) == 5


@pytest.mark.parametrize(("value", "refused"), [("100.0", False), ("100.1", True)])
def test_a_share_over_the_whole_is_refused(tmp_path: Path, value: str, refused: bool) -> None:
    write_plan(tmp_path)
    path = tmp_path / "plan.toml"
    bad = BAD.format(more='indicator = "forest_cover"\nunit = "%"')
    text = path.read_text("utf-8") + bad.replace("value = 1.0", f"value = {value}")
    path.write_text(text, "utf-8")
    if not refused:
        assert load_plan(path).targets[-1].value == 100.0
        return
    with pytest.raises(ConfigError) as err:
        load_plan(path)
    (fault,) = err.value.faults
    assert (fault.got, fault.expected) == ("100.1 %", "0 .. 100 %")


def test_rooms_name_different_indicators_and_know_their_units() -> None:
    kinds = target_kinds()
    assert {"forest_cover", "wetland_area", "new_energy_capacity"} <= set(kinds)
    assert all(k == one.id for k, one in kinds.items())
    assert {one.quantity for one in kinds.values()} <= {
        "area",
        "volume",
        "share",
        "power",
        "carbon",
        "time",
        "count",
    }


def test_a_target_without_a_relation_takes_its_indicators(tmp_path: Path) -> None:
    class Lower:
        id, quantity, target_calibers, relation = "wetland_area", "area", (), "<="

    write_plan(tmp_path)
    kinds = {**target_kinds(), "wetland_area": Lower()}
    plan = read_plan(tmp_path / "plan.toml", SECTIONS, layer_ids(), kinds)
    assert {t.id: t.relation for t in plan.targets}["wetland_2025"] == "<="
    assert {t.id: t.relation for t in plan.targets}["forest_2025"] == ">="
