"""A land cover of classes of one's own and one line ``pools``: every verb goes on."""

from __future__ import annotations

import json

import pytest

from geoplan.plan_file import load_plan
from geoplan.report.carbon.chapter import carbon_blocks
from geoplan.report.carbon.stands import pools_sentence
from geoplan.report.document import Heading, Table
from geoplan.run import run_plan
from geoplan.summary import read_run_summary
from tests.carbon_sink.conftest import quiet, write_plan
from tests.carbon_sink.stock.test_pool_table import DENSITY, POOLS, cover

LINE = '[carbon]\npools = "pools.csv"\n'


@pytest.fixture
def own(tmp_path):
    """A plan whose only land is a raster of classes nobody else knows."""
    cover(tmp_path, cell=100.0)
    (tmp_path / "pools.csv").write_text(POOLS, encoding="utf-8")
    layers = '[layers.land_cover]\npath = "cover.tif"\n'
    write_plan(tmp_path, layers, LINE)
    text = (tmp_path / "plan.toml").read_text(encoding="utf-8")
    head, tail = text.split("[layers.land_parcels]\n")
    (tmp_path / "plan.toml").write_text(
        head + tail.split("\n", 1)[1] + "[screening]\ntechs = ['pv']\n", encoding="utf-8"
    )
    return load_plan(tmp_path / "plan.toml")


def test_the_verb_carbon_answers_by_the_table_of_pools(own, tmp_path):
    out = run_plan(own, tmp_path / "out", only=("carbon",), lang="zh", progress=quiet)
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert found["pools"]["classes"] == len(DENSITY)
    assert found["carbon"]["state"] == "missing"
    told = {w["code"]: w["text"]["zh"] for w in found["warnings"]}
    assert "国土调查图斑" in told["carbon_by_own_pools"]
    assert "carbon_missing_land" not in told
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "自备碳库表：分类储量" in report


def test_the_verb_pools_alone_has_its_chapter(own, tmp_path):
    out = run_plan(own, tmp_path / "out", only=("pools",), lang="zh", progress=quiet)
    assert "自备碳库表：分类储量" in (out / "report.html").read_text(encoding="utf-8")


def test_a_run_of_pools_alone_has_its_answer_and_its_map(own, tmp_path):
    out = run_plan(own, tmp_path / "out", only=("pools",), lang="en", progress=quiet)
    s = read_run_summary(out)
    assert s.carbon is None
    assert s.survey is None
    blocks = tuple(carbon_blocks(s, out, "en"))
    assert isinstance(blocks[0], Heading)
    assert [b.id for b in blocks if isinstance(b, Table)] == ["pools_by_class"]
    told = pools_sentence(s.pools)("en")
    assert f"{s.pools.total_tc:,.0f} tC" in told
    page = (out / "map.html").read_text(encoding="utf-8")
    assert "Carbon density (own pools)" in page


@pytest.mark.slow
def test_a_screening_takes_such_land_for_unknown_and_says_what_to_do(own, tmp_path):
    out = run_plan(own, tmp_path / "out", only=("screen", "carbon"), lang=None, progress=quiet)
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    told = {w["code"]: w["text"] for w in found["warnings"]}["classes_of_ones_own"]
    assert "分类代码表" in told["zh"]
    assert "parcels" in told["en"]
    areas = found["screening"]["pv"]["area_ha"]
    assert areas["left"] == 0.0  # nothing is free where nobody knows the land
    assert found["pools"]["total_tc"] > 0
