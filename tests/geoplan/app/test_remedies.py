"""What the doctor asks for is told as clicks and fields of the pages, not as plan keys."""

from __future__ import annotations

import re

import pytest

from geoplan.app.parameters import default_of, parameters
from geoplan.app.remedies import page_fault, plan_keys, remedied, remedy_of
from geoplan.plan_file import load_plan
from gis.errors import Fault
from gis.say import LANGS, say, sentences
from gis.toml import read_toml
from layers.plain_json import write_json
from layers.plan.write import edited_plan
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

CODE = re.compile(r"\[\[?[a-z_.]+\]|--[a-z]|geoplan [a-z]|[a-z]+_[a-z_]+|\bdate\b|\bfields\b")
TODO = "layers.doctor.todo_"


def given(project, **layers) -> None:
    text = project.plan.read_text(encoding="utf-8")
    changed = edited_plan(text, {f"layers.{k}": v for k, v in layers.items()})
    project.plan.write_text(changed, encoding="utf-8")


def test_no_remedy_of_the_pages_names_a_key(project) -> None:
    """Every remedy the doctor knows, with and without a layer; and every key a text settles."""
    plan = load_plan(project.plan)
    asked = {k.removeprefix(TODO): k for k in sentences("layers") if k.startswith(TODO)}
    asked.pop("plan_key")
    said = [(code, {x: say(key)(x) for x in LANGS}) for code, key in asked.items()]
    for key in ("[carbon] climate_zone", "[[plants]] year", "[carbon.crosswalk]", "[money]"):
        todo = say(f"{TODO}plan_key", plan_key=key)
        said.append(("anything", {x: todo(x) for x in LANGS}))
    assert len(said) > 40
    for code, todo in said:
        for layer in ("", "road"):
            found = remedy_of(code, layer, todo, plan)
            for lang in LANGS:
                text = found["text"][lang]
                assert text, (code, lang)
                assert CODE.search(text) is None, (code, lang, text)
            if found["text"] != todo:
                assert found["in_plan"] == todo  # and whoever writes plans still has it


def test_sentences_of_the_table_are_there() -> None:
    table = read_toml("geoplan.app", "remedies.toml")
    known = sentences("geoplan")
    for way in (*table["codes"].values(), *table["beside"]):
        assert f"geoplan.app.do_{way}" in known
        assert way in table["beside"]
    assert set(table["part"]) == {k for k, v in table["beside"].items() if v == "data"}


def test_places_of_a_plan_in_a_sentence() -> None:
    assert plan_keys("state it: [layers.turbines], [wind.weather]") == [
        "layers.turbines",
        "wind.weather",
    ]
    assert plan_keys('[rooftop] installed_field = "a"') == ["rooftop.installed_field"]
    assert plan_keys("ask the holder") == []


def test_what_the_doctor_wrote_is_told_by_the_pages(client, project) -> None:
    one = {"layer": "", "severity": "warning", "text": {"zh": "x", "en": "x"}}
    todo = say(f"{TODO}plan_key", plan_key="[pv.yield_map] horizon_reach_m")
    written = {
        "findings": [
            {**one, "code": "pv_horizon_cut", "todo": {x: todo(x) for x in LANGS}},
            {**one, "code": "fine", "todo": {"zh": "", "en": ""}},
        ]
    }
    (project.folder / "doctor").mkdir()
    write_json(project.folder / "doctor" / "doctor.json", written)
    first, second = client.get("/api/projects/甲/doctor").json()["found"]["findings"]
    assert first["remedy"]["beside"] == "values"
    assert first["remedy"]["keys"] == ["pv.yield_map.horizon_reach_m"]
    assert second["remedy"]["text"]["zh"] == ""
    base = "/api/projects/甲/values"
    given = {"key": "pv.yield_map.horizon_reach_m", "value": "5000"}
    assert client.post(base, json=given).status_code == 200
    assert load_plan(project.plan).sections["pv"].yield_map.horizon_reach_m == 5000
    rows = {r["key"]: r for r in client.get("/api/projects/甲").json()["parameters"]}
    assert rows[given["key"]]["value"] == "5000"
    assert rows[given["key"]]["usual"] == "20000"
    assert client.post(base, json={**given, "value": ""}).status_code == 200
    assert load_plan(project.plan).sections["pv"].yield_map.horizon_reach_m == 20_000


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("layers.road.path", "/etc/passwd"),  # no value of the list
        ("pv.yield_map.horizon_reach_m", "far"),
        ("pv.yield_map.horizon_reach_m", "-1"),  # the plan's own bounds
        ("sites.cut_at_zones", "maybe"),
        ("energy.base_year", "20.5"),
        ("plan.as_of", "2026-13-01"),
        ("carbon.climate_zone", "hot"),
    ],
)
def test_values_that_are_none_leave_the_plan_as_it_is(client, project, key, value) -> None:
    before = project.plan.read_bytes()
    answer = client.post("/api/projects/甲/values", json={"key": key, "value": value})
    assert answer.status_code == 422
    assert project.plan.read_bytes() == before


def test_every_value_is_one_of_the_plan_and_is_said() -> None:
    for key, own in parameters().items():
        default_of(key)  # a KeyError where the plan has no such value
        for word in own.takes if isinstance(own.takes, tuple) else ():
            assert say(f"{own.words}{word}")("zh")


def test_the_date_of_a_layer_is_filled_in_and_a_whole_layer_vouched_for(
    client, project
) -> None:
    given(project, road={"path": "r.shp", "incomplete": "volunteers drew it"})
    rows = {r["id"]: r for r in client.get("/api/projects/甲").json()["layers"]}
    assert rows["road"]["incomplete"]["zh"] == "volunteers drew it"
    base = "/api/projects/甲/layers/road/facts"
    for wrong in ("2024.5", "2024-02-30", "昨天"):
        assert client.post(base, json={"date": wrong}).status_code == 422
    assert client.post(base, json={"date": "2024-06"}).status_code == 200
    found = load_plan(project.plan).layers["road"]
    assert (found.date, bool(found.incomplete)) == ("2024-06", True)
    assert client.post(base, json={"date": "", "complete": True}).status_code == 200
    found = load_plan(project.plan).layers["road"]
    assert (found.date, bool(found.incomplete)) == ("", False)
    none = "/api/projects/甲/layers/railway/facts"
    assert client.post(none, json={"date": "2024"}).status_code == 422


def test_layers_without_a_date_are_those_of_the_plan(project) -> None:
    given(project, road={"path": "r.shp"}, dem={"path": "d.tif", "date": "2020"})
    todo = {x: say(f"{TODO}date_missing")(x) for x in LANGS}
    found = remedy_of("date_missing", "", todo, load_plan(project.plan))
    assert [x["id"] for x in found["layers"]] == ["road"]
    assert found["beside"] == "dates"


@pytest.mark.parametrize(
    ("where", "zh", "en"),
    [
        (".run-0001.toml [layers.land_parcels] dlbm",
         "地类图斑（国土变更调查 DLTB）的“地类编码”：",
         "“land class code” of land survey parcels (DLTB): "),
        ("plan.toml [layers.road] 等级 (road_class)", "公路的“技术/行政等级”：",
         "“class” of roads: "),
        ("plan.toml [layers.road] 等级", "公路的“等级”：", "“等级” of roads: "),
        ("plan.toml [layers.road] where", "“公路”：", "“roads”: "),
        (".tried.toml [zones]", "片区：", "Zones: "),
        (".tried.toml [sites.min_area_ha]", "“场址最小面积”：", "“smallest site”: "),
        (".tried.toml [scenarios]", "", ""),
        (".tried.toml, line 282, column 11", "line 282, column 11：", "line 282, column 11: "),
        ("公路.shp", "公路.shp：", "公路.shp: "),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_as_the_pages_do(where, zh, en):
    told = page_fault(Fault("x", where=where, todo="draw it again"))
    assert told.text("zh") == f"{zh}x；draw it again"
    assert told.text("en") == f"{en}x; draw it again"


def test_a_remedy_of_the_plan_file_is_the_pages_own():
    what = say("layers.vocabulary.codes_not", title="y")
    todo = say("layers.vocabulary.say_what_code_means", name="dlbm", code="9999")
    told = page_fault(Fault(what, where=".run-0001.toml [layers.land_parcels] dlbm", todo=todo))
    assert told.text("zh").endswith("；" + say("geoplan.app.do_values")("zh"))
    assert "toml" not in told.text("en")
    # what has its field on the doctor's page alone is to be looked for there
    later = page_fault(Fault("x", todo=say("layers.doctor.todo_resolution")))
    assert later.todo == say("geoplan.app.do_examine")


def test_a_finding_begins_with_the_name_of_its_place(project):
    given(project, road={"path": "r.shp"})
    found = {
        "findings": [
            {
                "code": "field_missing",
                "layer": "road",
                "text": {
                    "zh": "plan.toml [layers.road] 等级：字段缺失",
                    "en": "plan.toml [layers.road] 等级: the field is missing",
                },
                "todo": {"zh": "", "en": ""},
            }
        ]
    }
    (told,) = remedied(found, load_plan(project.plan))["findings"]
    assert told["text"] == {
        "zh": "公路的“等级”：字段缺失",
        "en": "“等级” of roads: the field is missing",
    }
