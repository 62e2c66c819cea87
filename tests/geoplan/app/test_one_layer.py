"""What is wrong with a layer is told where it is corrected, before the plan is written."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
from pyproj import Geod
from shapely import LineString, Point, box
from shapely.ops import nearest_points

from geoplan.app.one_layer import _twice_read
from geoplan.plan_file import load_plan
from gis.say import say
from layers.bundled_county import bundled_county
from layers.catalogue import layer as layer_of
from layers.plan.model import LayerSource
from layers.plan.write import edited_plan
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

AWAY = box(108.367, 38.6, 108.4, 38.7)  # 1.4 degrees east of the county's 106.967 E
BASE = "/api/projects/甲"


@pytest.fixture
def files(project):
    """Roads, a reserve 120 km off and stations of the county 640221 [deg]."""
    project.data.mkdir()
    line = LineString([(106.4, 38.9), (106.6, 38.9)])
    gpd.GeoDataFrame({"路名": ["甲"]}, geometry=[line], crs=4490).to_file(
        project.data / "公路.shp", encoding="utf-8"
    )
    gpd.GeoDataFrame({"name": ["乙"]}, geometry=[AWAY], crs=4490).to_file(
        project.data / "邻县红线.gpkg"
    )
    stations = {"站名": ["东站", "西站"], "电压": [110, 220]}
    points = [Point(106.5, 38.9), Point(106.6, 38.8)]
    gpd.GeoDataFrame(stations, geometry=points, crs=4490).to_file(project.data / "变电站.gpkg")
    for kind in ("shp", "prj"):  # what is left of a Shapefile
        (project.data / f"铁路.{kind}").write_bytes(
            (project.data / f"公路.{kind}").read_bytes()
        )
    return project


def row(client, layer):
    return next(r for r in client.get(BASE).json()["layers"] if r["id"] == layer)


def choice(client, name):
    return next(c for c in client.get(BASE).json()["choices"] if c["path"].endswith(name))


def take(client, layer, name, mark=""):
    return client.post(
        f"{BASE}/layers/{layer}/source", json={**choice(client, name), "mark": mark}
    )


@pytest.mark.parametrize(
    ("layer", "name", "word"),
    [
        ("permanent_basic_farmland", "公路.shp", "图层的几何类型不符；实际为 线；应为 面"),
        ("land_parcels", "公路.shp", "图层的几何类型不符；实际为 线；应为 面"),
        ("railway", "铁路.shp", ".dbf"),
        ("ecological_red_line", "邻县红线.gpkg", "不在本县"),
    ],
)
def test_a_file_that_cannot_be_the_layer_is_refused_with_the_reason(
    client, files, layer, name, word
):
    before = files.plan.read_bytes()
    told = take(client, layer, name).json()
    assert told["written"] is False
    assert any(word in t["zh"] for t in told["rest"])
    for text in (v for t in told["rest"] for v in t.values()):
        assert str(files.folder) not in text  # nobody asks where the server keeps it
        assert "[layers." not in text
    assert files.plan.read_bytes() == before
    assert not list(files.folder.glob(".layer-*"))


def test_how_far_away_a_file_lies_is_told(client, files):
    (told,) = take(client, "ecological_red_line", "邻县红线.gpkg").json()["rest"]
    km = float(re.search(r"距县界 ([0-9.]+) 千米", told["zh"]).group(1))
    # from the corner of the county that is nearest, on the ellipsoid
    a, b = nearest_points(bundled_county("640221").geometry_ll, AWAY)
    least = Geod(ellps="GRS80").inv(a.x, a.y, b.x, b.y)[2] / 1000
    assert km == pytest.approx(least, abs=2)


def test_columns_that_do_not_fit_are_told_beside_their_fields(client, files):
    assert take(client, "substations", "变电站.gpkg").json()["written"] is True
    before = files.plan.read_bytes()

    def mapped(**fields):
        url = f"{BASE}/layers/substations/mapping"
        return client.post(url, json={"fields": fields, "values": {}}).json()

    words = mapped(free_mw="站名")
    assert words["written"] is False
    assert words["faults"]["free_mw"]["zh"].startswith("字段应为数字，实为文字；实际为 '东站'")
    none = mapped(free_mw="没有的列")
    assert "没有的列" in none["faults"]["free_mw"]["zh"]
    both = mapped(free_mw="站名", voltage_kv="没有的列")
    assert set(both["faults"]) == {"free_mw", "voltage_kv"}
    assert files.plan.read_bytes() == before
    kept = mapped(name="站名", voltage_kv="电压")
    assert (kept["faults"], kept["rest"], kept["written"]) == ({}, [], True)
    # a warning is shown, and refuses nothing
    assert [t["zh"] for t in kept["told"]] == ["变电站：2 座中有 2 座没有剩余接入容量"]
    assert dict(load_plan(files.plan).layers["substations"].fields) == {
        "name": "站名",
        "voltage_kv": "电压",
    }


def test_one_column_for_two_fields_is_told(client, files):
    assert take(client, "substations", "变电站.gpkg").json()["written"] is True
    url = f"{BASE}/layers/substations/mapping"
    fields = {"voltage_kv": "电压", "free_mw": "电压"}
    told = client.post(url, json={"fields": fields, "values": {}}).json()
    assert told["written"] is True
    assert "“电压”一列同时作最高电压、剩余接入容量，请核对" in [t["zh"] for t in told["told"]]


def test_a_column_of_names_that_gives_the_codes_too_is_meant():
    source = {"path": "d.gpkg", "fields": {"dlbm": "名称", "dlmc": "名称"}}
    assert (
        _twice_read("land_parcels", LayerSource(**source, values={"dlbm": {"旱地": "0103"}}))
        == []
    )
    (told,) = _twice_read("land_parcels", LayerSource(**source))
    assert "名称" in told("zh")


def test_a_boundary_of_lines_is_refused_by_the_name_of_the_page(client, files):
    refused = client.post(f"{BASE}/boundary", json=choice(client, "公路.shp"))
    assert refused.status_code == 422
    assert refused.json()["error"].startswith("“县界”：边界不是面几何；实际为 线；应为 面")


def test_a_day_to_come_is_refused_and_an_old_one_told(client, files):
    assert take(client, "road", "公路.shp").json()["written"] is True
    url = f"{BASE}/layers/road/facts"
    refused = client.post(url, json={"date": "2199-01-01"})
    assert refused.status_code == 422
    assert "数据的日期还没有到" in refused.json()["error"]
    told = client.post(url, json={"date": "1850"}).json()["told"]
    # 31 December 1850 to the plan's day: 175 years and some
    assert "1850" in told[0]["zh"]
    assert "175" in told[0]["zh"] or "176" in told[0]["zh"]
    assert client.post(url, json={"date": "2026"}).json()["told"] == []


def test_what_another_person_changed_meanwhile_is_not_written_over(client, files):
    assert take(client, "road", "公路.shp").json()["written"] is True
    shown = row(client, "road")["mark"]
    facts, mapping = f"{BASE}/layers/road/facts", f"{BASE}/layers/road/mapping"
    assert client.post(facts, json={"date": "2025", "mark": shown}).status_code == 200
    before = files.plan.read_bytes()
    for url, body in (
        (facts, {"date": "2024"}),
        (mapping, {"fields": {"name": "路名"}, "values": {}}),
        (f"{BASE}/layers/road/source", {"absent": "没有"}),
        (f"{BASE}/layers/road/source", choice(client, "公路.shp")),
    ):
        answer = client.post(url, json={**body, "mark": shown})
        assert answer.status_code == 422
        assert "在此期间被改过" in answer.json()["error"]
    assert files.plan.read_bytes() == before
    now = row(client, "road")["mark"]
    assert client.post(facts, json={"date": "2024", "mark": now}).status_code == 200


def test_values_and_preferences_of_a_stale_page_are_refused(client, project):
    values = f"{BASE}/values"
    asked = {"key": "pv.yield_map.horizon_reach_m", "value": "1,200", "was": ""}
    assert client.post(values, json=asked).status_code == 200
    assert load_plan(project.plan).sections["pv"].yield_map.horizon_reach_m == 1200
    assert client.post(values, json={**asked, "value": "30"}).status_code == 422
    view = client.get(f"{BASE}/preference").json()
    ids = [c["id"] for c in view["criteria"]]
    pairs = {f"{a}/{b}": "1" for i, a in enumerate(ids) for b in ids[i + 1 :]}
    url = f"{BASE}/preference"
    assert client.post(url, json={"pairs": pairs, "mark": view["mark"]}).status_code == 200
    stale = client.post(url, json={"pairs": {}, "mark": view["mark"]})
    assert stale.status_code == 422
    assert "在此期间被改过" in stale.json()["error"]


def test_comparisons_that_contradict_need_a_reason_and_are_called_by_their_titles(
    client, project
):
    url = f"{BASE}/preference"
    view = client.get(url).json()
    ids = [c["id"] for c in view["criteria"]]
    names = {c["id"]: c["zh"] for c in view["criteria"]}
    pairs = {f"{a}/{b}": "1" for i, a in enumerate(ids) for b in ids[i + 1 :]}
    equal = client.post(f"{url}/weights", json={"pairs": pairs}).json()
    assert equal["ratio"] == 0.0
    assert not str(equal["ratio"]).startswith("-")
    assert equal["weights"] == pytest.approx([1 / len(ids)] * len(ids))
    # a is nine times b, b nine times c, and c nine times a
    pairs |= {f"{ids[0]}/{ids[1]}": "9", f"{ids[1]}/{ids[2]}": "9", f"{ids[0]}/{ids[2]}": "1/9"}
    worst = client.post(f"{url}/weights", json={"pairs": pairs}).json()["worst"]
    assert {w["zh"] for w in worst} <= set(names.values())
    refused = client.post(url, json={"pairs": pairs})
    assert refused.status_code == 422
    text = refused.json()["error"]
    assert text.startswith(f"“{worst[0]['zh']}”与“{worst[1]['zh']}”")
    assert "AHP" not in text
    assert "note" not in text
    given = {"pairs": pairs, "note": "专家会一致同意"}
    assert client.post(url, json=given).status_code == 200
    assert client.get(url).json()["note"] == "专家会一致同意"


def test_the_register_takes_numbers_and_headings_as_its_page_prints_them(client, project):
    from geoplan.register.columns import row_of
    from gis.say import texts_of

    entry = {"id": "P1", "name": "一期", "kind": "pv", "stage": "planned"}
    given = {**entry, "capacity_mw": "1,200", "year": "2027"}
    assert client.post(f"{BASE}/register", json=given).status_code == 200
    (kept,) = client.get(f"{BASE}/register").json()["rows"]
    assert (kept["capacity_mw"], kept["year"]) == (1200.0, 2027)
    assert row_of({"装机（MW）": "1,200"}, "").values == {"capacity_mw": 1200.0}
    refused = client.post(f"{BASE}/register", json={**entry, "capacity_mw": "-5"})
    assert "装机（MW）" in refused.json()["error"]
    words = texts_of("geoplan.app")
    heads = ("id", "name", "kind", "stage", "unit", "year", "mw", "result")
    for lang in ("zh", "en"):
        printed = {words[f"entry_{k}"][lang]: "1" for k in heads}
        read = row_of(printed, "")
        assert read.unread == ()
        assert set(read.values) == {
            *("id", "name", "kind", "stage", "unit", "year", "capacity_mw")
        }


def test_errors_of_the_page_hold_no_place_on_the_servers_disk(client, files):
    assert take(client, "road", "公路.shp").json()["written"] is True
    for file in files.data.glob("公路.*"):
        file.unlink()
    answer = client.post(f"{BASE}/columns", json={"layer": "road"})
    assert answer.status_code == 422
    assert "公路.shp" in answer.json()["error"]
    assert str(files.folder.parent) not in answer.text


def test_a_repaired_copy_keeps_how_sure_the_originals_were(client, files, space):
    from geoplan.app.watch import Watch
    from geoplan.app.work import KINDS
    from layers.plain_json import write_json

    roads = gpd.read_file(files.data / "公路.shp")
    broken = gpd.GeoDataFrame({"路名": ["空"]}, geometry=[None], crs=roads.crs)
    gpd.pd.concat([roads, broken]).to_file(files.data / "公路.gpkg")
    assert take(client, "road", "公路.gpkg").json()["written"] is True
    path = load_plan(files.plan).layers["road"].path
    found = {"path": path, "level": "high", "score": 0.9, "reasons": ["名称为“公路”"]}
    own = {"zh": {"layers": {"road": found}}, "en": {"layers": {"road": found}}}
    write_json(files.own / "findings.json", own)
    assert row(client, "road")["level"] == "high"
    into = space.folder / "甲 修复副本"
    KINDS["repair"](files, {"into": str(into), "lang": "zh"}, Watch(files.folder))
    layers = client.get("/api/projects/甲 修复副本").json()["layers"]
    (copied,) = (r for r in layers if r["id"] == "road")
    assert copied["file"].endswith("甲 修复副本/road.gpkg")
    assert (copied["level"], copied["reasons"]["zh"]) == ("high", ["名称为“公路”"])
    assert "原为 公路.gpkg" in copied["remarks"]["zh"][0]


def test_the_remark_of_another_file_goes_with_it(client, files):
    text = files.plan.read_text(encoding="utf-8")
    made = say(
        "geoplan.newplan.guess",
        title=layer_of("substations").title,
        level=say("geoplan.newplan.level_high"),
        score=1.0,
        reasons="旧站.gpkg",
    )("zh")
    text = edited_plan(text, {"layers.substations": {"path": "data/旧站.gpkg"}})
    text = text.replace("[layers.substations]\n", f"# {made}\n# mine\n[layers.substations]\n")
    files.plan.write_text(text, encoding="utf-8")
    assert take(client, "substations", "变电站.gpkg").json()["written"] is True
    now = files.plan.read_text(encoding="utf-8")
    assert "旧站" not in now
    assert "# mine\n[layers.substations]" in now


def test_classes_nobody_knows_are_mended_on_the_page(client, project):
    """A blank class and a strange one: both are offered with the classes of the list."""
    project.data.mkdir()
    shapes = [box(106.4 + 0.01 * k, 38.9, 106.41 + 0.01 * k, 38.91) for k in range(40)]
    codes = ["9999", None, *["0102"] * 38]
    gpd.GeoDataFrame({"DLBM": codes}, geometry=shapes, crs=4490).to_file(
        project.data / "DLTB.gpkg"
    )
    # the file is the layer all the same: what is wrong with its classes stands beside them
    told = take(client, "land_parcels", "DLTB.gpkg").json()
    assert told["written"] is True
    shown = row(client, "land_parcels")
    field = next(f for f in shown["fields"] if f["id"] == "dlbm")
    assert {"id": "1206", "zh": "1206 裸土地", "en": "1206 bare soil"} in field["choices"]
    asked = {"layer": "land_parcels", "column": "DLBM", "field": "dlbm"}
    assert client.post(f"{BASE}/columns", json=asked).json()["values"] == ["", "9999"]

    def mapped(values):
        url = f"{BASE}/layers/land_parcels/mapping"
        return client.post(url, json={"fields": {}, "values": {"dlbm": values}}).json()

    refused = mapped({})
    assert refused["written"] is False
    assert refused["faults"]["dlbm"]["zh"].startswith("有代码不在")
    assert "请在下面给每个值选一个含义" in refused["faults"]["dlbm"]["zh"]
    kept = mapped({"9999": "", "": "1206"})
    assert kept["written"] is True
    assert any("1 个要素没有可用的分类代码" in t["zh"] for t in kept["told"])
    assert load_plan(project.plan).layers["land_parcels"].values == {
        "dlbm": {"9999": "", "": "1206"}
    }


def test_a_run_is_refused_while_a_column_is_known_to_be_unread(client, files):
    """The row says it as long as it is so, and nothing begins that would break off."""
    assert row(client, "road")["unread"] == {}
    told = take(client, "road", "公路.shp").json()
    assert told["written"]
    assert list(told["faults"]) == ["road_class"]
    assert row(client, "road")["unread"] == told["faults"]
    for text in told["faults"]["road_class"].values():
        assert "road_class" not in text  # a field is called by its title
        assert "fclass" not in text
    for lang, words in (
        ("zh", ("公路的“技术/行政等级”", "点“更正”")),
        ("en", ("“class” of roads", "press Correct")),
    ):
        refused = client.post(f"{BASE}/jobs", json={"kind": "run"}, headers={"X-Lang": lang})
        assert refused.status_code == 422
        assert all(w in refused.json()["error"] for w in words), refused.json()["error"]
    assert not list(files.folder.glob(".run-*.toml"))  # no run is half begun
    # another file in its place, or none in the county: it is no fault any more
    absent = {"absent": "没有公路", "mark": row(client, "road")["mark"]}
    assert client.post(f"{BASE}/layers/road/source", json=absent).status_code == 200
    assert row(client, "road")["unread"] == {}


def test_words_in_a_column_of_numbers_are_given_their_numbers(client, files):
    """High, middle and low become what a person says; one left without stays a fault."""
    lines = [LineString([(106.4, 38.9 + d), (106.6, 38.9 + d)]) for d in (0, 0.01, 0.02)]
    gpd.GeoDataFrame({"档": ["高", "中", "低"]}, geometry=lines, crs=4490).to_file(
        files.data / "输电线路.gpkg"
    )
    assert take(client, "power_line", "输电线路.gpkg").json()["written"]
    field = next(f for f in row(client, "power_line")["fields"] if f["id"] == "voltage_kv")
    assert field["number"]
    body = {"layer": "power_line", "field": "voltage_kv", "column": "档"}
    words = client.post(f"{BASE}/columns", json=body).json()["values"]
    assert sorted(words) == sorted(["高", "中", "低"])

    def mapped(**values):
        asked = {"fields": {"voltage_kv": "档"}, "values": {"voltage_kv": values}}
        return client.post(f"{BASE}/layers/power_line/mapping", json=asked).json()

    short = mapped(高="220", 中="110")
    assert not short["written"]
    assert "把每个文字对应成数字" in short["faults"]["voltage_kv"]["zh"]
    assert mapped(高="220", 中="110", 低="35")["written"]
    assert row(client, "power_line")["unread"] == {}
    from layers.open.plan_layers import open_features

    found = open_features(load_plan(files.plan), "power_line")
    assert sorted(found["voltage_kv"]) == [35, 110, 220]
