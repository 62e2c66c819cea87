"""The law of the day, parts and kinds of project, in explanation and check.

A county of two by two kilometres: a national road, a closed sandy area in the north-east, and
cropland in the west. Days of law are those of the law calendar: 公路安全保护条例 holds since
2011-07-01 (art. 77), the wind notice of 2026-01-22 ends on 2030-12-31, the law on cropland
passed on 2026-08-28 holds from 2027-01-01.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Polygon, box

from geoplan.plan_file import load_plan
from gis.cells.cell_area import areal_scale
from gis.crs.systems import transform_points
from gis.errors import ConfigError
from layers.open.county import plan_crs
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point, explanation_lines
from siting.rules import all_rules, calendar, load_rules
from siting.screen.law_summary import law_of, law_warnings
from siting.screen.screening import screen

CRS = "EPSG:4544"
X, Y = 633000.0, 4308000.0
SCALE = float(areal_scale([X + 1000], [Y + 1000], CRS)[0])
PLAN = """
[plan]
id = "square"
title = {{ zh = "方县", en = "Square" }}
as_of = {day}

[area]
crs = "EPSG:4544"
cell_m = 10.0
adcode = "640221"
basins = ["yellow_river"]
boundary = {{ path = "county.gpkg", source = "test" }}

[screening]
techs = ["pv", "wind"]

[layers.road]
path = "road.gpkg"
[layers.sandy_closed_area]
path = "sand.gpkg"
[layers.land_parcels]
path = "parcels.gpkg"
[layers.permanent_basic_farmland]
path = "farmland.gpkg"
"""


def rect(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return box(X + x0, Y + y0, X + x1, Y + y1)


def write(path: Path, geoms: list, **columns: list) -> None:
    gpd.GeoDataFrame(columns, geometry=geoms, crs=CRS).to_file(path)


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("square")
    write(folder / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    line = LineString([(X - 500, Y + 1000), (X + 2500, Y + 1000)])
    write(folder / "road.gpkg", [line], road_class=["国道"], ref=["G244"])
    write(folder / "sand.gpkg", [rect(1200, 1400, 2000, 2000)], name=["封禁区"])
    write(
        folder / "parcels.gpkg",
        [rect(0, 0, 1000, 2000), rect(1000, 0, 2000, 2000)],
        DLBM=["0102", "1205"],
        DLMC=["水浇地", "沙地"],
        QSXZ=["30", "20"],
    )
    write(folder / "farmland.gpkg", [rect(0, 0, 400, 400)], BSM=["1"])

    def of(day: str):
        path = folder / f"plan {day}.toml"
        path.write_text(PLAN.format(day=day), encoding="utf-8")
        return load_plan(path)

    return of


def drawn(tmp_path: Path, *geoms: Polygon, **columns: list) -> Path:
    path = tmp_path / "line.gpkg"
    gpd.GeoDataFrame(columns, geometry=list(geoms), crs=CRS).to_file(path)
    return path


def by_id(found, rule_id):
    return next((r for r in found.rules if r.rule.id == rule_id), None)


def place(plan, x: float, y: float) -> tuple[float, float]:
    lon, lat = transform_points(X + x, Y + y, plan_crs(plan), "EPSG:4490")
    return float(lon), float(lat)


# ------------------------------------------------------------------ the day


def test_an_explanation_says_which_text_was_in_force_and_since_when(plans):
    plan = plans("2026-11-27")
    found = explain_point(plan, *place(plan, 1500, 1005))
    road = next(r for r in found.techs["pv"].rules if r.id == "PV-036")
    assert road.result == "hit"
    assert road.law.as_of == date(2026, 11, 27)
    assert road.law.valid_from == date(2011, 7, 1)
    assert road.law.known
    body = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert body["as_of"] == "2026-11-27"
    row = next(r for r in body["techs"]["pv"]["rules"] if r["id"] == "PV-036")
    assert row["law"]["valid_from"] == "2011-07-01"
    assert row["law"]["source_step"] == road.law.source_step
    zh = "\n".join(explanation_lines(found, "zh", clear=False))
    assert "在 2026-11-27 有效的条文：《公路安全保护条例》" in zh
    assert "自 2011-07-01 起施行" in zh
    en = "\n".join(explanation_lines(found, "en", clear=False))
    assert "law in force on 2026-11-27: " in en
    assert "since 2011-07-01" in en


def test_a_day_before_the_first_text_says_that_its_law_is_not_known(plans, tmp_path):
    plan = plans("2005-01-01")
    unknown = {r.id for r in load_rules("pv", as_of=date(2005, 1, 1)) if not r.law_known}
    assert "PV-036" in unknown  # the regulation of 2011 is the first text on record
    found = explain_point(plan, *place(plan, 1500, 1005))
    road = next(r for r in found.techs["pv"].rules if r.id == "PV-036")
    assert road.result == "unknown"
    assert not road.law.known
    assert "2005-01-01 当日的法规未知" in "\n".join(explanation_lines(found, "zh", clear=False))
    checked = check_boundary(drawn(tmp_path, rect(1500, 950, 1600, 1050)), plan)
    codes = {w.code: w.text("zh") for w in checked.law_warnings()}
    assert "PV-036" in codes["law_unknown"]


def test_an_unknown_law_is_no_missing_layer(plans, tmp_path):
    plan = plans("2005-01-01")
    found = explain_point(plan, *place(plan, 1500, 1005))
    for lang, words in {"zh": "缺少图层", "en": "missing: "}.items():
        lines = explanation_lines(found, lang, clear=False)
        own = [x for x in lines if x.startswith("  PV-036")]
        assert own
        assert words not in own[0]
    table = check_boundary(drawn(tmp_path, rect(1500, 950, 1600, 1050)), plan).rule_table("zh")
    row = table[table["编号"] == "PV-036"].iloc[0]
    assert row["缺少图层"] == ""
    assert "当日的法规未知" in " ".join(map(str, row))


def test_a_day_after_the_calendar_was_read_is_told_at_every_answer(plans, tmp_path):
    """Nobody knows the laws of 2100; the ones known today are not called its law outright."""
    read = calendar().read_on
    plan, last = plans("2100-01-01"), plans(read.isoformat())
    found = explain_point(plan, *place(plan, 1500, 1005))
    zh = explanation_lines(found, "zh", clear=False)
    assert any(x.startswith(f"法规日历查至 {read}；其后至 2100-01-01") for x in zh)
    assert any(f"在 2100-01-01 有效的条文（法规日历查至 {read}）" in x for x in zh)
    site = drawn(tmp_path, rect(1500, 950, 1600, 1050))
    assert "law_calendar_old" in {w.code for w in check_boundary(site, plan).law_warnings()}
    # on the day it was read nothing is missing
    codes = {w.code for w in check_boundary(site, last).law_warnings()}
    assert "law_calendar_old" not in codes
    known = explain_point(last, *place(last, 1500, 1005))
    assert "法规日历查至" not in "\n".join(explanation_lines(known, "zh", clear=False))


def test_a_law_to_come_about_roads_and_lines_is_told_for_a_bare_boundary(plans, tmp_path):
    """PV-081 asks substation, road and line to spare cropland; the next law takes it over."""
    found = check_boundary(drawn(tmp_path, rect(1500, 500, 1600, 600)), plans("2026-11-27"))
    assert ("PV-081", date(2027, 1, 1)) in {(c.rule_id, c.day) for c in found.changes}
    texts = {w.code: w.text("zh") for w in found.law_warnings()}
    assert "耕地保护和质量提升法" in texts["law_changes"]


def test_a_text_that_ends_in_the_life_of_the_project_is_told(plans, tmp_path):
    plan = plans("2026-11-27")
    found = check_boundary(drawn(tmp_path, rect(1500, 500, 1600, 600)), plan, "wind")
    ends = {(c.rule_id, c.day) for c in found.changes if c.change == "ends"}
    assert ("WD-013", date(2031, 1, 1)) in ends  # last day 2030-12-31
    changes = {(c.rule_id, c.day) for c in found.changes if c.change == "changes"}
    assert ("WD-022", date(2027, 1, 1)) in changes
    texts = {w.code: w.text("zh") for w in found.law_warnings()}
    assert "2031-01-01" in texts["law_ends"]
    assert "耕地保护和质量提升法" in texts["law_changes"]
    body = found.as_dict()
    assert {c["rule_id"] for c in body["law_changes"]} >= {"WD-013", "WD-022"}


def test_a_short_life_ends_before_the_notice(plans, tmp_path):
    plan = plans("2026-11-27")
    section = plan.sections["screening"].model_copy(update={"life_years": 4.0})
    short = plan.model_copy(update={"sections": {**plan.sections, "screening": section}})
    found = check_boundary(drawn(tmp_path, rect(1500, 500, 1600, 600)), short, "wind")
    # 2026-11-27 and four years is 2030-11-27, a month before the notice ends
    assert [c for c in found.changes if c.change == "ends"] == []
    assert [c.day for c in found.changes][:1] == [date(2027, 1, 1)]


def test_tables_of_classes_speak_the_language_of_the_reader(plans, tmp_path):
    """Parcels of the plan: 水浇地 of the collective west, 沙地 of the state east."""
    found = check_boundary(drawn(tmp_path, rect(900, 500, 1100, 600)), plans("2026-11-27"))
    zh = found.tables("zh")["地类面积"]
    assert list(zip(zh["地类编码"], zh["三大类"], zh["权属"], strict=True)) == [
        ("0102", "农用地", "集体"),
        ("1205", "未利用地", "国有"),
    ]
    en = next(t for t in found.tables("en").values() if "ownership" in t.columns)
    assert list(en["ownership"]) == ["collective", "state"]
    assert list(en["kind"]) == ["agricultural land", "unused land"]
    # values for a program stay ids
    assert {r.category for r in found.report().classes} == {"agricultural", "unused"}


# ------------------------------------------------------------------ parts


def test_a_line_may_cross_a_closed_sandy_area_an_array_may_not(plans, tmp_path):
    """自然资办发〔2023〕12号 一（二）: 输出线路允许穿越国家沙化土地封禁保护区."""
    array, line = rect(1050, 1200.25, 1190, 1390), rect(1190, 1500, 1400, 1504)
    path = drawn(tmp_path, array, line, 功能=["光伏方阵", "送出线路"])
    found = check_boundary(path, plans("2026-11-27"))
    assert by_id(found, "PV-060").result == "pass"
    crossing = by_id(found, "PV-104")
    assert crossing.result == "conditional"
    assert crossing.overlap_m2 == pytest.approx(200 * 4 * SCALE, rel=1e-5)
    assert set(crossing.part_m2) == {"line"}
    # other layers are not there, so the line is not settled; but nothing forbids it
    assert found.result_of("line") == "unknown"
    assert replace(found, missing="provisional").result_of("line") == "provisional"
    assert replace(found, rules=(crossing,)).result_of("line") == "conditional"
    # the same land as an array is forbidden
    (tmp_path / "b").mkdir()
    other = drawn(tmp_path / "b", array, line, 功能=["光伏方阵", "光伏方阵"])
    whole = check_boundary(other, plans("2026-11-27"))
    assert by_id(whole, "PV-060").result == "fail"
    assert by_id(whole, "PV-060").part_m2["array"] == pytest.approx(800 * SCALE, rel=1e-5)
    assert by_id(whole, "PV-104") is None
    assert "PV-104" in whole.left_out["other_part_rules"]
    assert whole.result_of("array") == "fail"


def test_each_part_has_its_own_result(plans, tmp_path):
    station, road = rect(1250, 1500, 1300, 1550), rect(1050, 300.25, 1300, 306)
    path = drawn(tmp_path, station, road, 功能=["升压站", "进场道路"])
    found = check_boundary(path, plans("2026-11-27"))
    assert found.result_of("substation") == "fail"  # in the closed area
    assert (
        "PV-060"
        not in found.component_table("en").set_index("part").loc["road", "rules that hit"]
    )
    table = found.component_table("en").set_index("part")
    assert "PV-060" in table.loc["substation", "rules that hit"]
    assert table.loc["substation", "result"] == "fail"
    # nothing is said of an array that is not there
    assert "PV-006" in found.left_out["other_part_rules"]
    assert by_id(found, "PV-006") is None


def test_a_parcel_that_does_not_say_what_it_is_may_be_any_part(plans, tmp_path):
    known, other = rect(1050, 300.25, 1100, 350), rect(1250, 1500, 1300, 1550)
    path = drawn(tmp_path, known, other, 功能=["光伏方阵", "管理用房"])
    found = check_boundary(path, plans("2026-11-27"))
    assert found.left_out["other_part_rules"] == ()
    assert by_id(found, "PV-060").result == "fail"
    assert by_id(found, "PV-104").result == "conditional"


def test_a_point_lists_rules_about_other_parts(plans):
    plan = plans("2026-11-27")
    found = explain_point(plan, *place(plan, 1500, 1700)).techs["pv"]
    assert "PV-104" in found.other_part_rules
    assert "PV-060" in {r.id for r in found.rules if r.result == "hit"}


# ------------------------------------------------------------------ projects


@pytest.mark.parametrize("project", ["", "new", "expansion", "repower", "village"])
def test_rules_of_another_kind_of_project_are_left_out_and_listed(plans, tmp_path, project):
    path = drawn(tmp_path, rect(1300, 1500, 1400, 1600))
    found = check_boundary(path, plans("2026-11-27"), "wind", project=project)
    asked = project or "new"
    every = {r.id: r for r in all_rules() if r.projects and "wind" in r.applies_to}
    assert every["WD-069"].projects == ("village",)
    assert every["WD-001"].projects == ("repower",)
    own = {i for i, r in every.items() if asked in r.projects}
    judged = {r.rule.id for r in found.rules} | {r.id for r in found.conditions}
    assert judged & set(every) == own
    assert set(found.left_out["other_project_rules"]) == set(every) - own
    assert found.project == asked
    assert found.as_dict()["project"] == asked
    if project == "village":
        # 不涉及……国家沙化土地封禁保护区: the boundary lies in one
        assert by_id(found, "WD-069").overlap_m2 == pytest.approx(10000 * SCALE, rel=1e-5)


def test_a_kind_of_project_there_is_not_is_refused(plans, tmp_path):
    path = drawn(tmp_path, rect(1300, 1500, 1400, 1600))
    with pytest.raises(ConfigError) as err:
        check_boundary(path, plans("2026-11-27"), "wind", project="rooftop")
    assert "village" in err.value.text("zh")
    assert "--project" in err.value.text("en")


@pytest.mark.slow
def test_the_law_of_roads_and_substations_is_told_ahead_of_an_array(plans):
    # PV-081 (of 2027-01-01: article 23 of the law on cropland) is about works beside the
    # array: it takes no land of the county, and binds every plant
    plan = plans("2026-11-27")
    found = screen(plan, "pv")
    assert "PV-081" not in {r.id for r in found.rules}
    law = law_of(plan, found)
    [change] = [c for c in law.changes if c.day == date(2027, 1, 1)]
    assert (change.rule_id, change.change) == ("PV-081", "changes")
    [told] = [w for w in law_warnings("pv", law) if w.code == "law_changes"]
    assert "PV-081" in told.text("zh")
    assert "2027-01-01" in told.text("en")
    assert law_of(plans("2027-01-01"), screen(plans("2027-01-01"), "pv")).changes == ()


@pytest.mark.parametrize(
    ("project", "kinds", "kept"),
    [
        ("village", 'PV-060 = "hard"', {"WD-068": "conditional"}),
        ("village", 'WD-068 = "off"', {}),
        ("village", 'WD-068 = "hard"', {"WD-068": "hard"}),
        # about another kind of project, and so neither asked nor refused
        ("new", 'WD-068 = "hard"', {}),
    ],
)
def test_what_is_asked_of_a_project_follows_the_plan(plans, tmp_path, project, kinds, kept):
    path = drawn(tmp_path, rect(1200, 200, 1500, 500))
    own = plans("2026-11-27").path.parent / f"{tmp_path.name}.toml"
    section = f'[screening]\nproject = "{project}"\nscenario = "custom"\n'
    text = PLAN.format(day="2026-11-27").replace("[screening]\n", section)
    own.write_text(f"{text}\n[screening.kinds]\n{kinds}\n", encoding="utf-8")
    found = check_boundary(path, load_plan(own), "wind")
    assert {r.id: r.kind for r in found.conditions if r.id == "WD-068"} == kept


# ------------------------------------------------------------- a small share inside


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """A square of sand with a rural road 10 m wide from south to north, and one house."""
    folder = tmp_path_factory.mktemp("track")
    write(folder / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    land = [rect(0, 0, 500, 2000), rect(500, 0, 510, 2000), rect(510, 0, 2000, 2000)]
    house = rect(800, 800, 820, 820)
    write(
        folder / "parcels.gpkg",
        [*land[:2], land[2] - house, house],
        DLBM=["1205", "1006", "1205", "0702"],
        DLMC=["沙地", "农村道路", "沙地", "农村宅基地"],
        QSXZ=["20", "30", "20", "30"],
    )
    text = PLAN.format(day="2026-11-27")
    head, _, _ = text.partition("[layers.road]")
    path = folder / "plan.toml"
    parcels = '[layers.land_parcels]\npath = "parcels.gpkg"\n'
    path.write_text(head + parcels, encoding="utf-8")
    return load_plan(path)


@pytest.mark.parametrize(
    ("box_", "result", "share_pct"),
    [
        # 10 m of 400 m is 2.5 % of the boundary; 10 m of 200 m is 5 %, of 198 m 5.05 %
        ((300, 0, 700, 400), "conditional", 2.5),
        ((400, 0, 600, 400), "conditional", 5.0),
        ((402, 0, 600, 400), "fail", None),
        ((600, 0, 700, 400), "pass", None),
        # a house beside the road is no road: 20 m by 20 m of it fail the boundary
        ((490, 700, 890, 1100), "fail", None),
    ],
)
def test_a_rural_road_counts_by_its_small_share(track, tmp_path, box_, result, share_pct):
    found = check_boundary(drawn(tmp_path, rect(*box_)), track, "pv")
    transport, house = by_id(found, "ENG-007"), by_id(found, "ENG-003")
    inside = box_[0] < 505 < box_[2]
    assert transport.result == (result if house.result == "pass" else "conditional")
    assert transport.overlap_m2 == pytest.approx(
        10 * (box_[3] - box_[1]) * SCALE if inside else 0.0, rel=1e-5
    )
    assert house.result == ("fail" if box_[1] == 700 else "pass")
    if share_pct:
        said = f"农村道路占边界 {share_pct:.2f} %，不超过 5 %"
        assert any(said in a for a in found.approvals("zh"))
        [row] = [r for r in found.report().rules if r.id == "ENG-007"]
        assert f"{share_pct:.2f} % of the boundary" in row.approval("en")


def test_a_road_is_still_no_land_for_a_site(track):
    # 10 m by 2,000 m of road and 400 m2 of house are taken in the county, cell by cell
    found = screen(track, "pv")
    taken = {r.id: e for r, e in zip(found.rules, found.effects, strict=True)}
    assert taken["ENG-007"] == "taken"


@pytest.mark.parametrize("word", ["输出线路", "Line", " 送出线路 "])
def test_an_export_line_is_known_by_the_word_of_the_notice(plans, tmp_path, word):
    """自然资办发〔2023〕12号: 光伏发电项目输出线路允许穿越国家沙化土地封禁保护区."""
    site = drawn(tmp_path, rect(1500, 1500, 1600, 1600), 部位=[word])
    found = check_boundary(site, plans("2026-11-27"))
    assert by_id(found, "PV-060") is None
    assert by_id(found, "PV-104").result == "conditional"
    assert "part_not_known" not in {f.code for f in found.outline.findings}


@pytest.mark.parametrize("words", [["外星人"], ["外星人", "线路"]])
def test_a_part_nobody_knows_is_any_part_and_is_told(plans, tmp_path, words):
    rects = [rect(1500, 1500 + 100 * i, 1600, 1600 + 100 * i) for i in range(len(words))]
    found = check_boundary(drawn(tmp_path, *rects, 部位=words), plans("2026-11-27"))
    assert by_id(found, "PV-060").result == "fail"
    assert by_id(found, "PV-104").result == "conditional"  # it may be the line as well
    (told,) = [f for f in found.outline.findings if f.code == "part_not_known"]
    assert "外星人" in told("zh")
    assert "线路” " not in told("zh")


def test_a_column_of_uses_without_a_part_says_nothing_of_parts(plans, tmp_path):
    """用途 may hold anything; only a column that names parts alone is held to its word."""
    site = drawn(tmp_path, rect(1500, 1500, 1600, 1600), 用途=["光伏发电"])
    found = check_boundary(site, plans("2026-11-27"))
    assert "component" not in found.outline.parcels.columns
    assert "part_not_known" not in {f.code for f in found.outline.findings}
    blank = drawn(tmp_path, rect(1500, 1500, 1600, 1600), 部位=[None])
    assert "component" not in check_boundary(blank, plans("2026-11-27")).outline.parcels.columns
