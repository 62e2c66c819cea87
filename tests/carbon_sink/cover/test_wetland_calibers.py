"""A wetland target against each caliber, the plan's own, and the register as a layer.

Of the twelve parcels of 100 ha (a little less or more on the ellipsoid): inland flat (1106)
is narrow; the river (1101) comes with ``broad_law``; paddy (0101) with ``broad``;
the aquaculture pond (1104A) never counts.
"""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from carbon_sink.step_targets import targets_step
from geoplan.answers.target_table import answer_lines
from gis.errors import ConfigError
from layers.plain_json import to_json
from layers.plan.target import Target
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

GOAL = """
[[targets]]
id = "wet"
title = {{ zh = "湿地", en = "wetland" }}
indicator = "wetland_area"
year = 2027
value = {ha}
unit = "ha"
section = "s"
quote = "q"
{more}
"""


def run(folder, ha=250.0, more="", layers="", carbon=""):
    folder.mkdir(exist_ok=True)
    plan = write_plan(folder, layers, more=carbon + GOAL.format(ha=ha, more=more))
    result = targets_step(plan, folder, quiet)
    row = next(r for r in result.summary.indicators if r.id == "wet")
    return row, result


def test_all_calibers_stand_side_by_side(tmp_path):
    row, result = run(tmp_path)
    sides = {c.caliber: c for c in row.calibers}
    assert {k: c.value for k, c in sides.items()} == {
        "narrow": pytest.approx(100.0, rel=2e-3),
        "broad": pytest.approx(300.0, rel=2e-3),
        "broad_law": pytest.approx(200.0, rel=2e-3),
    }
    assert {k: c.met for k, c in sides.items()} == {
        "narrow": False, "broad": True, "broad_law": False,
    }  # fmt: skip
    table = result.tables["targets_by_caliber"]
    assert len(table[table["target_id"] == "wet"]) == 3


def test_a_caliber_nobody_states_judges_nothing(tmp_path):
    row, result = run(tmp_path)
    assert (row.met, row.met_text, row.caliber_meant) == (None, "uncertain", False)
    assert "caliber_not_stated" in {w.code for w in result.warnings}
    # all of them say yes, or all no: the caliber does not matter
    row, _ = run(tmp_path / "low", ha=50.0)
    assert row.met is True
    row, _ = run(tmp_path / "high", ha=900.0)
    assert row.met is False


def test_no_township_fails_in_a_caliber_the_plan_did_not_mean(tmp_path):
    _, result = run(tmp_path)
    for table in (
        result.tables["targets_by_township"],
        result.layers["targets_by_township"],  # what a GIS colours
    ):
        own = table[table["target_id"] == "wet"]
        assert len(own)
        assert set(own["met"]) == {"unknown"}
    _, result = run(tmp_path / "meant", more='caliber = "broad_law"')
    table = result.tables["targets_by_township"]
    # 200 ha of 250 wanted, at least one township has less than its share
    assert "no" in set(table[table["target_id"] == "wet"]["met"])


def test_the_plans_caliber_judges_with_its_reason(tmp_path):
    said = 'caliber = "broad"\ncaliber_reason = "by the bureau\'s letter"'
    row, result = run(tmp_path, more=said)
    assert (row.met, row.caliber, row.caliber_meant) == (True, "broad", True)
    assert row.caliber_reason("zh") == "by the bureau's letter"
    wet = result.tables["targets_by_caliber"].query("target_id == 'wet'")
    assert wet[wet["caliber_meant"]]["caliber"].tolist() == ["broad"]
    assert set(wet["caliber_reason_en"]) == {"by the bureau's letter"}
    # the verdict at the terminal has every caliber beside it, and the reason
    told = "\n".join(answer_lines([result.summary.targets["wet"]], "en", short=False))
    assert "why this caliber: by the bureau's letter" in told
    assert told.count(", Met\n") + told.count(", Not met\n") == len(wet)
    document = json.loads((tmp_path / "indicators.json").read_text("utf-8"))
    one = next(t for t in document["targets"] if t["id"] == "wet")
    assert one["caliber_meant"]
    assert {c["caliber"]: c["met"] for c in one["calibers"]}["broad_law"] is False


def test_the_section_may_state_it_for_all(tmp_path):
    row, _ = run(tmp_path, carbon='[carbon]\nwetland_caliber = "broad_law"\n')
    assert (row.met, row.caliber, row.caliber_meant) == (False, "broad_law", True)


def test_a_reason_needs_its_caliber():
    good = {"id": "a", "title": {"zh": "a", "en": "a"}, "indicator": "wetland_area",
            "year": 2025, "value": 1, "unit": "ha", "section": "s", "quote": "q"}  # fmt: skip
    with pytest.raises(ConfigError, match="caliber_reason"):
        Target(**good, caliber_reason="because")


def test_the_register_is_a_caliber_of_its_own(tmp_path):
    shapes = [
        shapely.box(X0, Y0, X0 + 1000, Y0 + 1000),
        shapely.box(X0, Y0, X0 + 1000, Y0 + 500),  # listed twice
        shapely.box(X0 - 500, Y0 + 1000, X0 + 500, Y0 + 2000),  # half outside the county
        shapely.box(X0 + 2000, Y0, X0 + 3000, Y0 + 1000),  # paddy: no wetland by law
    ]
    table = gpd.GeoDataFrame(
        {"MC": ["a", "b", "c", "d"], "SDL": ["湖泊湿地", "湖泊湿地", "河流湿地", "水田"]},
        geometry=shapes, crs=CRS,
    )  # fmt: skip
    table.to_file(tmp_path / "w.gpkg", layer="w")
    layers = '[layers.wetland]\npath = "w.gpkg"\ndate = "2024"\n'
    row, result = run(tmp_path, ha=150.0, more='caliber = "register"', layers=layers)
    # 100 ha once, and 50 of the 100 ha that reach over the border
    assert row.value == pytest.approx(150.0, rel=2e-3)
    assert (row.caliber, row.data_year) == ("register", 2024)
    assert "register" in {c.caliber for c in row.calibers}
    assert to_json(result.summary)


def test_without_the_layer_its_caliber_is_not_estimated(tmp_path):
    row, _ = run(tmp_path, more='caliber = "register"')
    assert (row.value != row.value, row.met_text) == (True, "unknown")
