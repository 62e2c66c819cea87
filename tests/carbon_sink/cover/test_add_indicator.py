"""A new indicator is one module: targets, gaps, scenario and tables find it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import carbon_sink.cover.indicators as room
from carbon_sink.cover.exchange import check_document
from carbon_sink.step_targets import targets_step
from geoplan.plan_file import load_plan, target_kinds
from gis.errors import ConfigError
from tests.carbon_sink.conftest import quiet, write_plan

MODULE = '''
"""Sandy land that is still bare."""

import math

from layers.answers.figure import Figure
from carbon_sink.cover.indicator import Answer, Indicator
from layers.spec import Text

TITLE = Text(zh="沙地面积", en="sandy land")


def rows(areas):
    return areas[areas["code"] == "1205"]


def answer(evidence):
    area = rows(evidence.county.areas)["area_ha"]
    return Answer((
        Figure("sandy_land", TITLE, math.fsum(area), "ha", "survey", 2025, "DLTB", "measured"),
    ))


def by_township(areas, figure):
    whole = areas.groupby("township")["area_ha"].sum()
    own = rows(areas).groupby("township")["area_ha"].sum()
    return own.reindex(whole.index, fill_value=0.0)


INDICATOR = Indicator(
    id="sandy_land",
    title=TITLE,
    unit="ha",
    needs="land_parcels",
    answer=answer,
    calibers={"survey": Text(zh="三调", en="land survey")},
    relation="<=",
    by_township=by_township,
    counts=lambda land: land.action == "afforest",
)
'''

PLAN = """
[carbon]
year = 2025
scenario_end = 2027
draws = 1000
[[carbon.measures]]
id = "shrub"
kind = "shrub"
ha_per_year = 10
start = 2026
end = 2027
[[targets]]
id = "sand_2027"
title = { zh = "沙地", en = "sand" }
indicator = "sandy_land"
year = 2027
value = 1200
unit = "亩"
section = "s"
quote = "q"
"""


@pytest.fixture
def with_sand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "sandy_land.py").write_text(MODULE, "utf-8")
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(folder)])
    room.indicators.cache_clear()
    yield
    sys.modules.pop("carbon_sink.cover.indicators.sandy_land", None)
    room.indicators.cache_clear()


def test_without_the_module_the_plan_is_refused(tmp_path: Path) -> None:
    write_plan(tmp_path, more=PLAN)
    with pytest.raises(ConfigError, match="sandy_land"):
        load_plan(tmp_path / "plan.toml")


@pytest.mark.usefixtures("with_sand")
def test_one_module_is_enough(tmp_path: Path) -> None:
    write_plan(tmp_path, more=PLAN)
    assert target_kinds()["sandy_land"].quantity == "area"
    plan = load_plan(tmp_path / "plan.toml")
    result = targets_step(plan, tmp_path, quiet)
    # one square kilometre of sand, all of it in the western town: 1,500 mu against 1,200
    row = result.tables["indicators"].set_index("id").loc["sand_2027"]
    assert row["value"] == pytest.approx(1_500.0, rel=2e-3)
    assert (row["relation"], row["met"]) == ("<=", "no")
    assert row["gap_ha"] == pytest.approx(-20.0, abs=0.2)
    every = result.tables["indicators_by_caliber"]
    assert every[every["indicator"] == "sandy_land"]["value"].tolist() == pytest.approx(
        [100.0], rel=2e-3
    )
    gaps = result.tables["targets_by_township"]
    gaps = gaps[gaps["target_id"] == "sand_2027"].set_index("township")
    assert gaps["value"]["西镇"] == pytest.approx(100.0, rel=2e-3)
    assert gaps["gap_ha"].sum() == pytest.approx(row["gap_ha"], rel=1e-9)
    # 10 ha a year of shrub: 150 mu a year come to count from the first year on
    path = result.tables["scenario_targets"].set_index("target_id").loc["sand_2027"]
    steps = path.set_index("year")["value"]
    assert steps[2026] - steps[2025] == pytest.approx(150.0)
    document = (tmp_path / "indicators.json").read_text("utf-8")
    assert '"sandy_land"' in document
    assert "gap_sand_2027_ha" in result.tables["township_overview"].columns


def test_a_document_about_something_else_is_told() -> None:
    keys = ("value", "unit", "caliber", "year", "quality", "source")
    figure = {"id": "moon", **dict.fromkeys(keys, "")}
    document = {"schema": "geoplan-indicators/1", "targets": [], "figures": [figure]}
    assert check_document(document) == ["figures[0] is no indicator: moon"]
