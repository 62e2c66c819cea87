"""Projects go into the register, are checked again; it says what changed and why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon

from geoplan.cli import main
from geoplan.demo import sample_plan
from geoplan.plan_file import load_plan
from geoplan.register.adding import add_projects, epsg_of, stamp_of
from geoplan.register.checking import check_register, impact_of
from geoplan.register.exporting import export_register
from geoplan.register.ledger import Finding
from geoplan.register.listing import checked_lines, impact_as_dict, impact_lines
from geoplan.register.named_lands import named_lands
from geoplan.register.reading import Brought, land_of_file, read_brought
from geoplan.register.store import Place, opened
from gis.cells.cell_area import areal_scale
from gis.errors import DataError
from siting.check.law_days import days_of_rule
from siting.screen.on_day import plan_on
from tests.siting.check.test_law_of_the_day import CRS, PLAN, X, Y, rect, write

SCALE = float(areal_scale([X + 1000], [Y + 1000], CRS)[0])
BOOK = """
[book]
id = "own"
title = { zh = "县级规定", en = "rules of the county" }
as_of = 2026-01-01
version = 1

[[rules]]
id = "OWN-001"
applies_to = ["pv"]
holds_in = { country = "CN" }
kind = "hard"
title = { zh = "道路两侧不得建设", en = "not beside roads" }
approval = { zh = "无", en = "none" }
stated = { layer = "road", operator = "within", parameter = "100", unit = "m" }
[[rules.versions]]
citation = "《县道路管理规定》第三条"
quote = "道路中心线两侧一百米内不得建设"
source_step = "primary"
source = "test"
valid_from = 2025-01-01
valid_to = 2026-06-30
last_text = true
[rules.test]
type = "within"
layer = "road"
distance_m = 100.0
bounds_m = [0.0, 500.0]
from = "centre_line"
"""


@pytest.fixture
def folder(tmp_path):
    from shapely.geometry import LineString

    write(tmp_path / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    line = LineString([(X - 500, Y + 1000), (X + 2500, Y + 1000)])
    write(tmp_path / "road.gpkg", [line], road_class=["国道"], ref=["G244"])
    write(tmp_path / "sand.gpkg", [rect(1200, 1400, 2000, 2000)], name=["封禁区"])
    write(
        tmp_path / "parcels.gpkg",
        [rect(0, 0, 1000, 2000), rect(1000, 0, 2000, 2000)],
        DLBM=["0102", "1205"], DLMC=["水浇地", "沙地"], QSXZ=["30", "20"],
    )  # fmt: skip
    write(tmp_path / "farmland.gpkg", [rect(0, 0, 400, 400)], BSM=["1"])
    (tmp_path / "own.toml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def plan_of(folder, day="2026-06-01", books='["own.toml"]', more=""):
    text = PLAN.format(day=day).replace(
        'techs = ["pv", "wind"]', f'techs = ["pv"]\nbooks = {books}'
    )
    (folder / "plan.toml").write_text(text + more, encoding="utf-8")
    return load_plan(folder / "plan.toml")


def brought(*rows):
    return [Brought("t", {"id": i, "name": i, "kind": "pv"}, land) for i, land in rows]


NEAR, FAR = rect(1300, 1050, 1500, 1150), rect(1300, 200, 1500, 400)


@pytest.fixture
def place(folder):
    return Place(folder / "register.gpkg")


def check(place, plan):
    return check_register(place, plan, stamp_of(plan, "审核", "run-1"))


def test_a_rule_that_ends_frees_the_project_it_held_and_says_which_article(folder, place):
    """The road reaches 100 m: 200 x 50 m of NEAR = 1 ha planar; the rule ends on 2026-06-30.

    100 m on the ground are 100 / sqrt(SCALE) on the map, 2e-5 more at the far end of the road.
    """
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR), ("远", FAR)), stamp_of(plan, "甲", ""))
    first = check(place, plan)
    assert {f.id: f.result for f in first.check.findings} == {"近": "fail", "远": "pass"}
    near = next(f for f in first.check.findings if f.id == "近")
    assert near.rules["OWN-001"][1] == pytest.approx(
        200 * (100 / SCALE**0.5 - 50) * SCALE, rel=5e-5
    )
    later = check(place, plan_on(plan, date(2026, 7, 1)))
    assert [m.id for m in later.moved] == ["近"]
    moved = later.moved[0]
    assert (moved.before, moved.after) == ("fail", "pass")
    assert [(r.rule_id, r.causes, r.article) for r in moved.rules] == [
        ("OWN-001", ("rule",), ("《县道路管理规定》第三条", ""))
    ]
    assert "《县道路管理规定》第三条" in "\n".join(checked_lines(later, "zh"))
    back = check(place, plan)  # and a rule that comes takes it
    assert [(m.before, m.after) for m in back.moved] == [("pass", "fail")]


def test_a_change_of_law_says_which_text_ended_or_began_and_when(folder, place):
    """The text of OWN-001 holds from 2025-01-01 to 2026-06-30; a second one from 2026-10-01.

    Without last_text nobody knows the law between them, so NEAR is not judged there.
    """
    second = """[[rules.versions]]
citation = "《县道路管理规定》（2026）第五条"
quote = "q"
source_step = "primary"
source = "test"
valid_from = 2026-10-01
"""
    text = BOOK.replace("last_text = true\n", "").replace(
        "[rules.test]", second + "[rules.test]"
    )
    (folder / "own.toml").write_text(text, encoding="utf-8")
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "甲", ""))
    check(place, plan)

    def said(day):
        found = check(place, plan_on(plan, day))
        (rule,) = found.moved[0].rules
        return rule.law_days, [*checked_lines(found, "zh"), *checked_lines(found, "en")]

    days, lines = said(date(2026, 7, 1))
    assert days == (("ended", "2026-06-30"),)
    assert any("原条文 2026-06-30 期满失效" in x for x in lines)
    assert any("the old text ended 2026-06-30" in x for x in lines)
    days, lines = said(date(2026, 10, 1))
    assert days == (("began", "2026-10-01"),)
    assert any("came into force 2026-10-01" in x for x in lines)
    # and back in time
    assert said(date(2026, 7, 1))[0] == (("not_yet", "2026-10-01"),)
    assert said(date(2026, 6, 1))[0] == (("still", "2026-06-30"),)
    found = impact_of(place, plan, "OWN-001")
    own = {str(t.day): t.law_days for t in found.touched}
    assert own["2026-07-01"] == (("ended", "2026-06-30"),)
    assert own["2026-10-01"] == (("began", "2026-10-01"),)
    text = "\n".join(impact_lines(found, "OWN-001", "2026-06-01", "en"))
    assert "the old text ended 2026-06-30" in text
    rows = impact_as_dict(found)["touched"]
    assert {"event": "began", "day": "2026-10-01"} in [d for r in rows for d in r["law_days"]]


def test_a_layer_that_changed_is_named_with_its_dates(folder, place):
    from shapely.geometry import LineString

    dated = PLAN.replace('path = "road.gpkg"', 'path = "road.gpkg"\ndate = "{road}"')
    text = dated.replace('techs = ["pv", "wind"]', 'techs = ["pv"]\nbooks = ["own.toml"]')

    def plan(road):
        (folder / "plan.toml").write_text(
            text.format(day="2026-06-01", road=road), encoding="utf-8"
        )
        return load_plan(folder / "plan.toml")

    add_projects(place, plan("2024"), brought(("远", FAR)), stamp_of(plan("2024"), "", ""))
    check(place, plan("2024"))
    line = LineString([(X - 500, Y + 300), (X + 2500, Y + 300)])  # the road runs through FAR
    write(folder / "road.gpkg", [line], road_class=["国道"], ref=["G244"])
    found = check(place, plan("2026"))
    (rule,) = found.moved[0].rules
    assert (rule.causes, rule.layers) == (("layer",), (("road", "2024", "2026"),))
    line = LineString([(X - 500, Y + 1000), (X + 2500, Y + 1000)])
    write(folder / "road.gpkg", [line], road_class=["国道"], ref=["G244"])
    again = check(place, plan("2026"))  # another road of the same date: it frees FAR
    assert (again.moved[0].before, again.moved[0].after) == ("fail", "pass")
    assert "内容改变（数据日期前后同为 2026）" in "\n".join(checked_lines(again, "zh"))


def test_a_boundary_that_moved_is_the_reason(folder, place):
    plan = plan_of(folder)
    add_projects(place, plan, brought(("远", FAR)), stamp_of(plan, "", ""))
    check(place, plan)
    add_projects(place, plan, brought(("远", NEAR)), stamp_of(plan, "", ""))
    (rule,) = check(place, plan).moved[0].rules
    assert rule.causes == ("land",)


def test_nothing_changed_says_so_and_new_projects_are_told(folder, place):
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "", ""))
    assert check(place, plan).before == ""
    add_projects(place, plan, brought(("远", FAR)), stamp_of(plan, "", ""))
    again = check(place, plan)
    assert (again.moved, again.new) == ((), ("远",))


@pytest.mark.parametrize(("wide", "wrong"), [(0.001, True), (0.01, False)])
def test_a_project_whose_boundary_has_no_land_is_refused(folder, place, wide, wrong):
    """5 m x 1 mm are 0.005 m2, below the 0.01 m2 areas are shown to; 5 m x 1 cm are 0.05."""
    plan = plan_of(folder)
    strip = brought(("细", rect(1300, 1050, 1300 + wide, 1055)))
    if not wrong:
        assert add_projects(place, plan, strip, stamp_of(plan, "", "")).added == ("细",)
        return
    with pytest.raises(DataError, match="has no land") as err:
        add_projects(place, plan, strip, stamp_of(plan, "", ""))
    (fault,) = err.value.faults
    assert fault.got == "0.005 m²"


def test_impact_shows_what_the_coming_and_the_end_of_a_rule_do(folder, place):
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR), ("远", FAR)), stamp_of(plan, "", ""))
    for name in ("OWN-001", "own"):
        found = impact_of(place, plan, name).touched
        said = [
            (t.name, str(t.day), t.before and t.before.says, t.after and t.after.says)
            for t in found
        ]
        # before 2025 the law is not known, and both have land it may have held
        assert ("近", "2025-01-01", "unknown", "fail") in said
        assert ("近", "2026-07-01", "fail", None) in said
        assert not any(n == "远" and d == "2026-07-01" for n, d, _, _ in said)


def test_impact_of_a_day_that_changes_nothing_is_no_move(folder, place):
    """The road of OWN-001 is hit alike on both sides of a day: one figure, and no arrow."""
    from geoplan.register.listing import impact_lines

    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "", ""))
    found = impact_of(place, plan, "OWN-001")
    one = next(t for t in found.touched if t.before and t.after)
    same = replace(one, before=one.after)
    for day, words in ((same.day, "as the day before"), (None, "ha)")):
        lines = list(
            impact_lines(replace(found, touched=(replace(same, day=day),)), "x", "d", "en")
        )
        assert lines[-1].endswith(words)
        assert "->" not in lines[-1]
    assert "->" in list(impact_lines(replace(found, touched=(one,)), "x", "d", "en"))[-1]


def test_the_end_of_a_text_that_no_longer_counted_is_no_day_of_the_rule(folder):
    """From 2026-04-01 a stricter text counts: the end of the first on 2026-06-30 is nothing.

    So it is with the notice of 2026 on basic grassland: the code counts since its day.
    """
    first = BOOK.replace('kind = "hard"', 'kind = "conditional"').replace(
        "last_text = true\n", ""
    )
    stricter = """[[rules.versions]]
citation = "《县条例》第五条"
quote = "q"
source_step = "primary"
source = "test"
kind = "hard"
valid_from = 2026-04-01
"""
    text = first.replace("[rules.test]", stricter + "[rules.test]")
    (folder / "own.toml").write_text(text, encoding="utf-8")
    plan = plan_of(folder)
    days = [d.isoformat() for d in days_of_rule(plan, "OWN-001")]
    assert days == ["2025-01-01", "2026-04-01"]
    assert date(2031, 1, 1) not in days_of_rule(sample_plan("tiny"), "WD-016")


def test_impact_of_a_rule_that_is_replaced_shows_the_one_that_takes_its_place(folder, place):
    """From 2026-07-01 the ban is a condition of another article: the land is not free."""
    first, rest = BOOK.split("[[rules]]\n", 1)
    later = rest.replace("OWN-001", "OWN-002").replace('kind = "hard"', 'kind = "conditional"')
    days = "valid_from = 2025-01-01\nvalid_to = 2026-06-30\nlast_text = true"
    later = later.replace(days, "valid_from = 2026-07-01").replace("第三条", "第九条")
    old = rest.replace('id = "OWN-001"', 'id = "OWN-001"\nreplaced_by = "OWN-002"')
    old = old.replace("last_text = true\n", "")
    text = f"{first}[[rules]]\n{old}\n[[rules]]\n{later}"
    (folder / "own.toml").write_text(text, encoding="utf-8")
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "", ""))
    found = impact_of(place, plan, "OWN-001")
    assert found.rules == ("OWN-001", "OWN-002")
    said = {
        (t.rule_id, str(t.day)): (t.before and t.before.says, t.after and t.after.says)
        for t in found.touched
    }
    assert said["OWN-001", "2026-07-01"] == ("fail", None)
    assert said["OWN-002", "2026-07-01"] == (None, "conditional")


def test_all_faults_of_a_file_are_told_at_once_and_nothing_is_written(folder, place):
    plan = plan_of(folder)
    table = folder / "项目.csv"
    table.write_text(
        "项目编号,项目名称,阶段,年度,文件,经度,纬度\n"
        "A,甲,开竣工,2025,,,\nA,乙,谋划,3000,,,\nB,,谋划,2025,../../etc/passwd,,\nC,丙,谋划,2025,,1,2\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as err:
        add_projects(place, plan, read_brought(table, plan), stamp_of(plan, "", ""))
    text = err.value.text("zh")
    for wanted in (
        "第 2 行",
        "出现两次",
        "不是项目阶段",
        "不大于 2200",
        "之内",
        "位于县域之外",
    ):
        assert wanted in text, wanted
    with opened(place, epsg_of(plan), write=True) as ledger:
        assert ledger.current() == {}


@pytest.mark.parametrize("place_of_it", ["106.6,", ",38.8", "106.6,东"])
def test_half_a_place_is_refused_and_named(folder, place_of_it):
    plan = plan_of(folder)
    table = folder / "项目.csv"
    table.write_text(f"项目编号,项目名称,经度,纬度\nA,甲,{place_of_it}\n", encoding="utf-8")
    with pytest.raises(DataError, match="—") as err:
        add_projects(
            Place(folder / "r.gpkg"), plan, read_brought(table, plan), stamp_of(plan, "", "")
        )
    assert "第 2 行" in err.value.text("zh")


def test_a_fault_of_place_hides_no_other_fault_of_the_table(folder, place):
    """Row 2 has its axes swapped, row 3 lies in the sea and in no stage, row 4 no name."""
    plan = plan_of(folder)
    table = folder / "项目.csv"
    table.write_text(
        "项目编号,项目名称,阶段,年度,经度,纬度\n"
        "A,甲,谋划,3000,38.9,106.5\nB,乙,开竣工,2025,1,2\nC,,谋划,2025,106.5,\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as err:
        add_projects(place, plan, read_brought(table, plan), stamp_of(plan, "", ""))
    found = [f.text("zh") for f in err.value.faults]
    by_row = [sum(f"第 {row} 行" in text for text in found) for row in (2, 3, 4)]
    assert by_row == [2, 2, 2], found
    assert len(found) == 6


def test_a_fault_of_place_hides_no_other_fault_of_a_layer(folder, place):
    """Metres called degrees are no place: told once, with the stage and the year of others."""
    plan = plan_of(folder)
    frame = gpd.GeoDataFrame(
        {"项目编号": ["A", "B", "C"], "name": ["甲", "乙", "丙"],
         "stage": ["谋划", "开竣工", "谋划"], "year": [2025, 2025, 3000]},
        geometry=[FAR, NEAR, FAR], crs=4326,
    )  # fmt: skip
    frame.to_file(folder / "p.geojson")
    with pytest.raises(DataError) as err:
        add_projects(
            place, plan, read_brought(folder / "p.geojson", plan), stamp_of(plan, "", "")
        )
    assert len(err.value.faults) == 3, err.value.text("zh")


@pytest.mark.parametrize("kind", ["xlsx", "csv", "gpkg", "shp", "geojson", "kml"])
def test_files_of_every_kind_bring_the_same_projects(folder, place, kind):
    plan = plan_of(folder)
    rows = {
        "id": ["P1", "P2"],
        "name": ["一期", "二期"],
        "kind": ["光伏", "风电"],
        "year": [2025, 2026],
    }
    path = folder / f"p.{kind}"
    lands = gpd.GeoSeries([FAR, NEAR], crs=CRS)
    if kind in ("xlsx", "csv"):
        spots = lands.centroid.to_crs(4490)
        table = pd.DataFrame({**rows, "lon": spots.x, "lat": spots.y})
        table.to_excel(path, index=False) if kind == "xlsx" else table.to_csv(path, index=False)
    elif kind in ("geojson", "kml"):
        rows = {"项目编号" if k == "id" else k: v for k, v in rows.items()}
        frame = gpd.GeoDataFrame(rows, geometry=lands).to_crs(4326)
        frame.to_file(path, driver={"kml": "KML"}.get(kind), engine="pyogrio")
    else:
        gpd.GeoDataFrame(rows, geometry=lands).to_file(path, encoding="utf-8")
    add_projects(place, plan, read_brought(path, plan), stamp_of(plan, "", ""))
    with opened(place, epsg_of(plan)) as ledger:
        found = ledger.current()
    got = {i: (e.project.name, e.project.kind, e.project.year) for i, e in found.items()}
    assert got == {"P1": ("一期", "pv", 2025), "P2": ("二期", "wind", 2026)}
    for i, land in (("P1", FAR), ("P2", NEAR)):
        centre = found[i].geometry.centroid
        assert centre.distance(land.centroid) < 0.05  # a KML has seven decimals


def test_the_order_of_a_file_and_a_second_import_change_nothing(folder, place):
    plan = plan_of(folder)
    rows = brought(*((f"P{i}", rect(50 * i, 100, 50 * i + 40, 140)) for i in range(20)))
    other = Place(folder / "other.gpkg")
    add_projects(place, plan, rows, stamp_of(plan, "a", ""))
    add_projects(other, plan, rows[::-1], stamp_of(plan, "a", ""))
    again = add_projects(place, plan, rows[::-1], stamp_of(plan, "b", ""))
    assert (again.added, again.changed, len(again.same)) == ((), (), 20)

    def all_of(where):
        with opened(where, epsg_of(plan)) as ledger:
            return [(e.seq, e.event, e.project, e.geometry.wkb) for e in ledger.history()]

    assert all_of(place) == all_of(other)


def test_an_id_is_one_whatever_the_blanks_around_and_in_it(folder, place):
    """What is said of " G  01 " is said of G 01: a change, and what is not given stays."""
    plan = plan_of(folder)
    stamp = stamp_of(plan, "", "")
    one = {"id": "G 01", "name": "一期", "kind": "pv", "capacity_mw": 100}
    add_projects(place, plan, [Brought("t", one, NEAR)], stamp)
    again = [Brought("t", {"id": " G \t 01 ", "name": "一期", "stage": "投产"})]
    done = add_projects(place, plan, again, stamp)
    assert (done.added, done.changed) == ((), ("G 01",))
    with opened(place, epsg_of(plan)) as ledger:
        (entry,) = ledger.current().values()
        assert len(ledger.history(" G  01")) == 2
    assert (entry.project.kind, entry.project.capacity_mw) == ("pv", 100.0)
    assert (entry.project.stage, entry.geometry) == ("commissioned", entry.geometry)
    assert entry.geometry.equals(NEAR)
    assert list(check_register(place, plan, stamp, only=" G 01 ").entries) == ["G 01"]
    two = [Brought(f"row {i}", {"id": i, "name": "x"}) for i in ("H 4", "H  4")]
    with pytest.raises(DataError, match="H 4"):
        add_projects(place, plan, two, stamp)


def test_an_id_in_full_width_is_the_one_in_usual_characters(folder, place):
    """Ｇ０１ after G01 is a change of it: one project of 30 MW, not two of 130; it is told."""
    plan = plan_of(folder)
    stamp = stamp_of(plan, "", "")
    one = {"id": "G01", "name": "一期", "kind": "pv", "capacity_mw": 100}
    add_projects(place, plan, [Brought("t", one, NEAR)], stamp)
    wide = {"id": "Ｇ０１", "name": "全角", "capacity_mw": 30}
    done = add_projects(place, plan, [Brought("t", wide)], stamp)
    assert (done.added, done.changed) == ((), ("G01",))
    (words,) = done.told
    assert "Ｇ０１" in words("zh")
    assert "G01" in words("zh")
    with opened(place, epsg_of(plan)) as ledger:
        (entry,) = ledger.current().values()
        assert len(ledger.history("Ｇ０１")) == 2
        assert [e.project.id for e in ledger.shown("Ｇ０１")] == ["G01"]
    assert (entry.project.kind, entry.project.capacity_mw) == ("pv", 30.0)
    assert list(check_register(place, plan, stamp, only="Ｇ０１").entries) == ["G01"]
    both = [Brought(f"row {i}", {"id": i, "name": "x"}) for i in ("H4", "Ｈ４")]
    with pytest.raises(DataError, match="H4"):
        add_projects(place, plan, both, stamp)


@pytest.mark.parametrize(
    ("headings", "cells", "values", "unread"),
    [
        # 5 x 10 MW; 300 mu / 15; 1.2 GWh are 1,200 MWh
        ("装机容量（万千瓦）,备注", "5,续建", {"capacity_mw": 50.0}, ("备注",)),
        ("面积(亩),投资", "300,", {"area_ha": 20.0}, ()),
        ("储能容量/GWh", "1.2", {"energy_mwh": 1200.0}, ()),
        ("装机容量（单位：MW）", "7", {"capacity_mw": 7.0}, ()),
        ("装机容量 万千瓦", "5", {"capacity_mw": 50.0}, ()),
        ("装机容量 备注", "5", {}, ("装机容量 备注",)),
        ("装机容量,capacity_mw", "50,50.0", {"capacity_mw": 50.0}, ()),
        ("责任单位,业主", "甲,乙", {"unit": "甲"}, ("业主",)),
    ],
)
def test_columns_are_read_in_their_unit_or_told(folder, headings, cells, values, unread):
    plan = plan_of(folder)
    path = folder / "pool.csv"
    path.write_text(f"项目编号,项目名称,{headings}\nP1,一期,{cells}\n", encoding="utf-8")
    (row,) = read_brought(path, plan)
    assert not row.faults
    assert {k: v for k, v in row.values.items() if k not in ("id", "name")} == values
    done = add_projects(Place(folder / "r.gpkg"), plan, [row], stamp_of(plan, "", ""))
    assert done.unread == unread


@pytest.mark.parametrize(
    ("headings", "cells", "word"),
    [
        ("装机容量（MWp）", "5", "MWp"),
        ("装机容量（亩）", "5", "亩"),
        ("装机容量,capacity_mw", "50,70", "capacity_mw = 70"),
        ("装机容量（万千瓦）,capacity_mw", "5,5", "capacity_mw = 5"),
        ("装机容量（万千瓦）", "五", "五"),
    ],
)
def test_a_measure_nobody_can_read_is_refused(folder, headings, cells, word):
    plan = plan_of(folder)
    path, place = folder / "pool.csv", Place(folder / "r.gpkg")
    path.write_text(f"项目编号,项目名称,{headings}\nP1,一期,{cells}\n", encoding="utf-8")
    with pytest.raises(DataError, match=word):
        add_projects(place, plan, read_brought(path, plan), stamp_of(plan, "", ""))


def test_what_is_given_changes_and_the_rest_stays(folder, place):
    plan = plan_of(folder)
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "甲", "run-1"))
    stage = [Brought("t", {"id": "近", "stage": "投产", "commissioned": "2026年5月"})]
    add_projects(place, plan, stage, stamp_of(plan, "乙", "run-2"))
    with opened(place, epsg_of(plan)) as ledger:
        history = ledger.history("近")
    assert [(e.stamp.who, e.stamp.run_id, e.event) for e in history] == [
        ("甲", "run-1", "added"),
        ("乙", "run-2", "changed"),
    ]
    now = history[-1]
    assert (now.project.kind, now.project.stage, now.project.commissioned) == (
        "pv", "commissioned", "2026-05",
    )  # fmt: skip
    assert now.geometry.equals(NEAR)
    assert now.stamp.rules_hash == history[0].stamp.rules_hash != ""


def test_an_id_that_is_too_long_is_counted_in_letters(folder, place):
    plan = plan_of(folder)
    with pytest.raises(DataError) as err:
        add_projects(place, plan, brought(("甲" * 65, NEAR)), stamp_of(plan, "", ""))
    assert "64 个字符" in err.value.text("zh")


def test_documents_stay_below_the_folder_of_the_register(folder, place, tmp_path_factory):
    plan = plan_of(folder)
    outside = tmp_path_factory.mktemp("outside") / "secret.txt"
    outside.write_text("x")
    (folder / "批文.pdf").write_text("x")
    (folder / "link.pdf").symlink_to(outside)

    def give(name):
        one = [Brought("t", {"id": "A", "name": "A", "documents": name})]
        return add_projects(place, plan, one, stamp_of(plan, "", ""))

    for name in ("/etc/passwd", "..\\a", "C:/a", "a/../../b", "link.pdf", "nowhere.pdf"):
        with pytest.raises(DataError):
            give(name)
    assert give("批文.pdf").added == ("A",)


def test_a_point_is_judged_where_it_stands_and_kinds_without_rules_say_so(folder, place):
    plan = plan_of(folder)
    rows = [
        Brought("t", {"id": "点", "name": "点", "kind": "pv"}, Point(X + 1300, Y + 1010)),
        Brought("t", {"id": "储", "name": "储", "kind": "储能"}, Point(X + 1300, Y + 1010)),
        Brought("t", {"id": "无", "name": "无", "kind": "pv"}),
    ]
    add_projects(place, plan, rows, stamp_of(plan, "", ""))
    found = {f.id: (f.result, f.area_m2) for f in check(place, plan).check.findings}
    assert found == {"点": ("fail", 0.0), "储": ("no_rules", 0.0), "无": ("no_land", 0.0)}
    lines = {line.split()[0]: line for line in checked_lines(check(place, plan), "en")}
    assert "a point, judged on one square metre" in lines["点"]
    assert " — " in lines["无"] + " "
    assert "0.0000" not in lines["点"] + lines["无"]


def test_no_cell_of_the_workbook_is_a_formula_and_the_history_is_whole(folder, place):
    plan = plan_of(folder)
    evil = '=HYPERLINK("http://x")'
    rows = [Brought("t", {"id": "A", "name": evil, "unit": "@SUM(1)", "kind": "pv"}, NEAR)]
    add_projects(place, plan, rows, stamp_of(plan, "+1+1|cmd", ""))
    add_projects(
        place, plan, [Brought("t", {"id": "A", "stage": "开工"})], stamp_of(plan, "", "")
    )
    check(place, plan)
    with opened(place, epsg_of(plan)) as ledger:
        given = ledger.current(), ledger.history(), ledger.last_check(), ledger.epsg
    book = openpyxl.load_workbook(export_register(folder / "x.xlsx", *given, "zh"))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not any(c.data_type == "f" for c in cells)
    assert any(c.value == "'" + evil for c in cells)
    assert book.worksheets[1].max_row == 3  # two entries and a header
    frame = gpd.read_file(export_register(folder / "x.gpkg", *given, "zh"), layer="projects")
    assert frame.loc[0, "result"] == "不符合"
    assert frame.geometry[0].equals(NEAR)


def test_the_command_line_leads_through_it(folder, place, capsys):
    from geoplan.cli import main

    plan = plan_of(folder)
    gpd.GeoDataFrame({"a": [1]}, geometry=[NEAR], crs=CRS).to_file(folder / "红线.geojson")
    own = ["--register", str(place.path)]

    def call(*words):
        code = main(["register", *words, *own])
        return code, capsys.readouterr()

    file = str(plan.path)
    line = ["--boundary", str(folder / "红线.geojson"), "--who", "张三"]
    given = ["--id", "A", "--name", "甲", "--kind", "光伏", "--stage", "谋划", *line]
    code, _ = call("add", file, *given)
    assert code == 0
    code, out = call("check", file, "--json")
    assert (code, json.loads(out.out)["projects"][0]["result"]) == (0, "fail")
    code, out = call("list", file, "--history", "--lang", "en")
    assert code == 0
    assert "张三" in out.out
    code, out = call("impact", "OWN-001", file, "--json")
    assert {t["day"] for t in json.loads(out.out)["touched"]} == {"2025-01-01", "2026-07-01"}
    code, out = call("impact", "NO-999", file)
    assert code == 2
    code, _ = call("export", file, str(place.path))
    assert code == 2


def test_stages_feed_the_capacity_by_year(folder, place):
    from geoplan.register.feeding import expansion_lines, ledger_projects

    plan = plan_of(folder)
    stages = {"谋划": 10, "开工": 20, "投产": 40, "达效": 80}
    rows = [
        Brought(
            "t", {"id": s, "name": s, "kind": "pv", "stage": s, "capacity_mw": mw, "year": 2026}
        )
        for s, mw in stages.items()
    ]
    rows.append(Brought("t", {"id": "无", "name": "无", "kind": "wind"}))
    add_projects(place, plan, rows, stamp_of(plan, "", ""))
    with opened(place, epsg_of(plan)) as ledger:
        given = list(ledger.current().values()), ledger.epsg
    found, open_ = ledger_projects(plan, *given)
    by_stage = {s: sum(p.capacity_mw for p in found if p.stage == s) for s in
                ("planned", "construction", "operating")}  # fmt: skip
    assert by_stage == {"planned": 10, "construction": 20, "operating": 120}
    assert open_ == ("无",)
    first, *_, last = expansion_lines(plan, *given, 2027, "en")
    assert "operating 120.0 MW, being built 20.0 MW, planned 10.0 MW" in first
    assert "无" in last


def test_what_is_set_right_in_a_boundary_is_told(folder, place):
    """A bow of two triangles of 200 x 100 / 2 m each: repaired, 2 ha on the map, and told."""
    plan = plan_of(folder)
    x, y = X + 1300, Y + 200
    bow = Polygon([(x, y), (x + 200, y + 200), (x + 200, y), (x, y + 200)])
    gpd.GeoDataFrame(
        {"项目编号": ["弓"], "项目类型": ["光伏"]}, geometry=[bow], crs=CRS
    ).to_file(folder / "bow.gpkg")
    stamp = stamp_of(plan, "", "")
    done = add_projects(place, plan, read_brought(folder / "bow.gpkg", plan), stamp)
    assert ["已修复" in t("zh") for t in done.told] == [True]
    assert "已修复" in done.as_dict()["told"][0]["zh"]
    land, told = land_of_file(folder / "bow.gpkg", plan)
    assert land.area == pytest.approx(2 * 200 * 100 / 2)
    assert {t("zh") for t in done.told} <= {t("zh") for t in told}


def test_a_stage_that_goes_back_is_told(folder, place):
    plan = plan_of(folder)
    stamp = stamp_of(plan, "", "")
    stages = [("开工", 0), ("投产", 0), ("谋划", 1), ("谋划", 0)]
    for stage, n in stages:
        one = Brought("t", {"id": "A", "name": "A", "kind": "pv", "stage": stage}, NEAR)
        done = add_projects(place, plan, [one], stamp)
        assert len(done.told) == n, stage
        assert all("went back from commissioned to planned" in t("en") for t in done.told)


def test_a_check_tells_what_it_rests_on_and_what_it_did_not_judge(folder, place):
    """200 x 100 m of which 50 x 100 lie beyond the county's edge at 2,000 m: 5,000 m2."""
    from geoplan.register.listing import checked_as_dict, checked_lines, not_judged, not_passed

    plan = plan_of(folder)
    add_projects(
        place, plan, brought(("边", rect(1850, 200, 2050, 300))), stamp_of(plan, "", "")
    )
    found = check(place, plan)
    (warn,) = [w for w in found.told if w.code == "outside_county"]
    assert warn.where == "边"
    assert float(warn.text("en").split()[0]) == pytest.approx(5000 * SCALE, rel=1e-5)
    rows = checked_as_dict(found, "zh")["warnings"]
    assert {"outside_county"} <= {r["code"] for r in rows}
    lines = list(checked_lines(found, "zh"))
    assert lines[-1].startswith("! 边: ")
    rules = {"a": ("fail", 1.0, 0.0), "b": ("unknown", 0.0, 1.0), "c": ("assumed", 0.0, 0.0)}
    one = Finding("边", 1, "pv", "fail", 1.0, rules)
    assert (not_passed(one), not_judged(one)) == (["a"], ["b"])
    shown = replace(found, check=replace(found.check, findings=(one,)))
    assert "a；无法判定 1 条：b" in next(iter(checked_lines(shown, "zh")))


def test_a_file_without_kinds_is_told_and_takes_the_one_that_is_given(folder):
    """A drawing of land alone says nothing of what is built there: no rule would be asked."""
    from geoplan.register.adding import added_lines
    from geoplan.register.reading import with_kind

    plan = plan_of(folder)
    gpd.GeoDataFrame(geometry=[rect(100, 1200, 300, 1400)], crs=CRS).to_file(
        folder / "field.gpkg"
    )
    brought = read_brought(folder / "field.gpkg", plan)
    stamp = stamp_of(plan, "", "")
    done = add_projects(Place(folder / "a.gpkg"), plan, brought, stamp)
    assert done.no_kind == ("field",)
    assert ["field" in t("zh") for t in added_lines(done)] == [True]
    told = add_projects(Place(folder / "b.gpkg"), plan, with_kind(brought, "光伏"), stamp)
    assert told.no_kind == ()
    with opened(Place(folder / "b.gpkg"), epsg_of(plan)) as ledger:
        assert ledger.current()["field"].project.kind == "pv"


def test_law_after_the_calendar_is_told_by_check_and_impact(folder, place):
    """`geoplan check` says it; the register rests on the same law."""
    plan = plan_of(folder, "2100-01-01")
    add_projects(place, plan, brought(("近", NEAR)), stamp_of(plan, "甲", ""))
    told = [w.code for w in check(place, plan).told]
    assert told.count("law_calendar_old") == 1
    found = impact_of(place, plan, "OWN-001")
    assert "law_calendar_old" in [w.code for w in found.told]
    assert "law_calendar_old" in [w["code"] for w in impact_as_dict(found)["warnings"]]
    lines = list(impact_lines(found, "OWN-001", "2100-01-01", "zh"))
    assert any("2100" in line and "法规" in line for line in lines)


def test_projects_of_a_register_are_compared_by_name_between_two_days(folder, place, capsys):
    """`rules diff --projects` takes the register itself: three layers and no question which."""
    plan = plan_of(folder)
    lands = {"近处电站": NEAR, "远处电站": FAR, "只有点": Point(X + 10, Y + 10)}
    rows = [
        Brought("t", {"id": str(k), "name": name, "kind": "pv"}, land)
        for k, (name, land) in enumerate(lands.items())
    ]
    add_projects(place, plan, rows, stamp_of(plan, "甲", ""))
    found = named_lands(place.path, plan)
    assert {k: round(v.area) for k, v in found.items()} == {
        "近处电站": 20_000,
        "远处电站": 40_000,
    }
    asked = ["rules", "diff", "2026-06-01", "2026-07-01", "--plan", str(folder / "plan.toml")]
    assert main([*asked, "--projects", str(place.path)]) == 0
    out = capsys.readouterr().out
    assert "近处电站" in out
    assert "远处电站" not in out
