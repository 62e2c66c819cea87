"""The law of the day reaches every door: terminal, JSON, workbook, Word, HTML, map, pack.

The road rule PV-036 rests on 公路安全保护条例 art. 11, in force since 2011-07-01 (its art. 77).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from docx import Document
from openpyxl import load_workbook
from shapely.geometry import LineString, box

from geoplan.cli import main
from geoplan.maps.contents import run_contents
from geoplan.maps.page import MapOptions, page_data
from geoplan.report.overlap import write_overlap
from geoplan.summary import read_run_summary
from geoplan.summary_text import summary_lines
from siting.check.boundary import check_boundary

CRS = "EPSG:4544"
X, Y = 633000.0, 4308000.0
DAY, SINCE = "2026-11-27", "2011-07-01"
PLAN = f"""
[plan]
id = "square"
title = {{ zh = "方县", en = "Square" }}
as_of = {DAY}

[area]
crs = "EPSG:4544"
cell_m = 10.0
adcode = "640221"
basins = ["yellow_river"]
boundary = {{ path = "county.gpkg", source = "test" }}

[screening]
techs = ["pv"]

[layers.road]
path = "road.gpkg"
"""


@pytest.fixture(scope="module")
def square(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("square")
    county = gpd.GeoDataFrame(
        {"name": ["方县"]}, geometry=[box(X, Y, X + 2e3, Y + 2e3)], crs=CRS
    )
    county.to_file(folder / "county.gpkg")
    line = LineString([(X - 500, Y + 1000), (X + 2500, Y + 1000)])
    gpd.GeoDataFrame({"road_class": ["国道"], "ref": ["G1"]}, geometry=[line], crs=CRS).to_file(
        folder / "road.gpkg"
    )
    drawn = box(X + 1500, Y + 900, X + 1600, Y + 1000)
    gpd.GeoDataFrame(geometry=[drawn], crs=CRS).to_file(folder / "site.gpkg")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def written(square, tmp_path_factory) -> dict[str, Path]:
    from geoplan.plan_file import load_plan

    plan = load_plan(square / "plan.toml")
    out = tmp_path_factory.mktemp("check")
    found = check_boundary(square / "site.gpkg", plan)
    return {p.suffix: p for p in write_overlap(found, plan, out, lang="zh")}


def _sheet(path: Path, name: str) -> list[dict[str, Any]]:
    head, *rows = load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


def _word(path: Path) -> str:
    doc = Document(str(path))
    cells = [c.text for t in doc.tables for row in t.rows for c in row.cells]
    text = "\n".join([*(p.text for p in doc.paragraphs), *cells])
    return text.replace("\u200b", "")  # where a list of codes may be broken over lines


def _meta(path: Path) -> dict[str, Any]:
    page = path.read_text(encoding="utf-8")
    text = re.search(r'<script[^>]*id="gp-meta"[^>]*>(.*?)</script>', page, re.S)
    assert text is not None
    found: dict[str, Any] = json.loads(text.group(1))
    return found


# ------------------------------------------------------------------ check and explain


def test_the_terminal_says_it(square, capsys):
    assert main(["check", str(square / "site.gpkg"), str(square / "plan.toml")]) == 0
    text = capsys.readouterr().out
    assert f"在 {DAY} 有效的条文：《公路安全保护条例》" in text
    assert f"自 {SINCE} 起施行" in text
    assert "其他部位" in text  # rules about roads and lines judge nothing


def test_json_says_it(square, capsys):
    argv = ["check", str(square / "site.gpkg"), str(square / "plan.toml"), "--json"]
    assert main([*argv, "--project", "expansion"]) == 0
    body = json.loads(capsys.readouterr().out)
    row = next(r for r in body["rules"] if r["id"] == "PV-036")
    law = row["law"]
    assert (law["as_of"], law["valid_from"], law["valid_to"]) == (DAY, SINCE, None)
    assert law["known"] is True
    assert body["project"] == "expansion"
    assert "PV-104" in body["other_part_rules"]


def test_the_workbook_says_it(written):
    rows = {r["编号"]: r for r in _sheet(written[".xlsx"], "规则压占")}
    road = rows["PV-036"]
    assert road["法规日期"] == f"在 {DAY} 有效的条文"
    assert road["施行与终止"] == f"自 {SINCE} 起施行"
    assert road["依据层级"].endswith("有效性已查明")
    told = {r["类别"]: r["说明"] for r in _sheet(written[".xlsx"], "法规日期与变动")}
    assert DAY in told["法规日期"]
    assert told["项目类型"] == "项目类型：新建"


def test_the_word_file_says_it(written):
    text = _word(written[".docx"])
    assert f"在 {DAY} 有效的条文；自 {SINCE} 起施行；" in text


def test_the_map_of_a_check_says_it(written):
    text = written[".html"].read_text(encoding="utf-8")
    assert f"在 {DAY} 有效的条文" in text
    assert f"since {SINCE}" in text


def test_a_notice_that_ends_is_told_in_word_map_and_workbook(square, tmp_path):
    """The wind notice of 2026-01-22 ends on 2030-12-31, within 25 years."""
    from geoplan.plan_file import load_plan

    plan = load_plan(square / "plan.toml")
    found = check_boundary(square / "site.gpkg", plan, "wind")
    files = {p.suffix: p for p in write_overlap(found, plan, tmp_path, lang="zh")}
    rows = _sheet(files[".xlsx"], "法规日期与变动")
    told = [r["说明"] for r in rows if r["类别"] == "法规变动"]
    (ends,) = [t for t in told if "2031-01-01" in t]
    assert ends in _word(files[".docx"])
    assert ends in files[".html"].read_text(encoding="utf-8")


# ------------------------------------------------------------------ a run


@pytest.fixture(scope="module")
def of_rule(tiny_run: Path):
    part = (read_run_summary(tiny_run).screening or {})["pv"]
    return {r.rule_id: r for r in part.rules}


def test_a_summary_says_it(of_rule):
    law = of_rule["PV-036"].law
    assert law.valid_from is not None
    assert law.valid_from.isoformat() == SINCE
    assert all(r.law.citation == r.citation for r in of_rule.values())


def test_popups_say_the_same(tiny_run, of_rule):
    data = page_data(run_contents(tiny_run), MapOptions(lang="zh"))
    shown = data.meta["rules"]
    for rule_id, r in of_rule.items():
        for lang in ("zh", "en"):
            assert shown[rule_id]["law"][lang] == [x(lang) for x in r.law.lines()]


def test_page_one_names_the_land_and_the_documents(tiny_run):
    summary = read_run_summary(tiny_run)
    assert summary.screening is not None
    data = page_data(run_contents(tiny_run), MapOptions(lang="zh"))
    panel = json.dumps(data.meta["panel"], ensure_ascii=False)
    html = (tiny_run / "report.html").read_text(encoding="utf-8")
    terminal = "\n".join(summary_lines(summary, tiny_run, "zh"))
    laws = [part.law for part in summary.screening.values()]
    assert any(law.first for law in laws), "the sample has land on texts that are not settled"
    for part in [p for p in summary.screening.values() if p.law.first]:
        moved = [x.moves_ha for x in part.law.first]
        assert moved == sorted(moved, reverse=True)
        area = f"{part.law.unsettled_ha / 100:,.1f} km²"
        for text in (panel, html, terminal):
            assert area in text
            assert part.law.first[0].name("zh") in text


def test_tables_hold_the_documents_and_the_changes(tiny_run):
    book = load_workbook(tiny_run / "tables.xlsx", read_only=True)
    assert {"宜先查核的文件", "已知的法规变化"} <= set(book.sheetnames)
    rows = list(book["宜先查核的文件"].iter_rows(values_only=True))
    summary = read_run_summary(tiny_run)
    documents = {x.document for p in (summary.screening or {}).values() for x in p.law.look_ups}
    column = rows[0].index("文件")
    assert {r[column] for r in rows[1:]} == documents


def test_a_county_lists_rules_about_other_parts_and_projects(tiny_run):
    parts = read_run_summary(tiny_run).screening or {}
    assert "PV-104" in parts["pv"].other_part_rules
    assert {"WD-069", "WD-001"} <= set(parts["wind"].other_project_rules)


def test_no_door_speaks_of_confidence(tiny_run):
    for path in tiny_run.glob("tables/*.csv"):
        head = path.read_text(encoding="utf-8-sig").split("\n", 1)[0]
        assert "confidence" not in head, path.name
    assert "confidence" not in (tiny_run / "summary.json").read_text(encoding="utf-8")
