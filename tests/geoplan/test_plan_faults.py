"""One line for one fault of a plan; an unknown key is told beside those there are."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

from geoplan.plan_file import SECTIONS, load_plan
from gis.crs.systems import as_crs
from gis.errors import ConfigError, DataError
from layers.model_faults import model_faults
from layers.plan.model import Plan

WRONG = ("5", "", 5, -1.5, True, [1], ["x"], [], {"a": "x"}, {}, [["5"]], date(2026, 1, 1))
HEAD = """
[plan]
id = "x"
title = "X"
as_of = 2026-01-01
[area]
crs = "EPSG:4544"
boundary = { adcode = "640221", source = "s" }
[data]
sample = "demo"
"""
CASE = """
[[facilities]]
id = "a"
demand = { layer = "townships", each = true }
candidates = { layers = ["townships"] }
cost = { by = "straight", unit = "km", limit = 5 }
model = "lscp"
"""


def _models(annotation, found):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation in found:
            return found
        found.add(annotation)
        parts = [f.annotation for f in annotation.model_fields.values()]
    else:
        parts = get_args(annotation)
    for one in parts:
        _models(one, found)
    return found


MODELS = sorted(
    set().union(*(_models(m, set()) for m in (*SECTIONS.values(), Plan))),
    key=lambda m: (m.__module__, m.__name__),
)


def _told(model, given):
    try:
        model.model_validate(given)
    except ValidationError as err:
        return model_faults(err, "p")
    return []


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_value_of_the_wrong_kind_is_one_line(wrong):
    for model in MODELS:
        told = _told(model, {f.alias or k: wrong for k, f in model.model_fields.items()})
        places = [str(f.where) for f in told]
        kinds = Counter(str(f.where) for f in told if "another kind" in f.what)
        assert all(n == 1 for n in kinds.values()), (model, kinds)
        # what is wrong deeper inside is told there alone
        assert not [w for w in kinds for p in places if p.startswith(w[:-1] + ".")], model


def test_an_unknown_key_is_told_with_the_keys_there_are():
    for model in MODELS:
        told = [f for f in _told(model, {"no_such_key": 1}) if f.what == "unknown key"]
        wanted = [f.alias or k for k, f in model.model_fields.items()]
        # of two models of one name nothing is said, but below the table they stand in
        assert not told or told[0].expected in ("", ", ".join(wanted))


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_of_a_section_is_told_with_the_keys_there_are(section):
    model = SECTIONS[section]
    told = [f for f in _told(model, {"no_such_key": 1}) if f.what == "unknown key"]
    assert not told or told[0].expected == ", ".join(
        f.alias or k for k, f in model.model_fields.items()
    )


def _faults(tmp_path, case):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD + case, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    return caught.value.faults


@pytest.mark.parametrize(
    ("old", "new", "en", "zh"),
    [
        (
            "limit = 5",
            'limit = "5"',
            'plan.toml [[facilities]] a [cost.limit]: the value is of another kind; got "5"; '
            "expected a number, or an array such as [1, 2]",
            "应为 数字或数组，如 [1, 2]",
        ),
        (
            "limit = 5",
            'limit = [5, "6"]',
            "plan.toml [[facilities]] a [cost.limit]: item 2: the value is of another kind; "
            'got "6"; expected a number',
            "应为 数字",
        ),
        (
            'model = "lscp"',
            'model = "transfers"\nbus = { gtfs = "x" }',
            "plan.toml [[facilities]] a [bus.gtfs]: unknown key; expected layer, gtfs_path, "
            "route, order, stop, both_ways, same_stop_m; perhaps gtfs_path is meant",
            "是否指 gtfs_path",
        ),
    ],
)
def test_a_case_of_facilities_is_told_once(tmp_path, old, new, en, zh):
    (fault,) = _faults(tmp_path, CASE.replace(old, new))
    assert fault.text("en") == en
    assert fault.text("zh").endswith(zh)


def test_a_key_of_one_of_several_models_is_told_by_its_own(tmp_path):
    curve = '[preference.curves]\nslope = { type = "bell", best = 1, width = 2, hight = 3 }\n'
    (fault,) = _faults(tmp_path, curve)
    assert fault.expected == "type, best, width"


@pytest.mark.parametrize("wrong", ["[]", "{ a = 1 }", "5"])
def test_a_relation_of_any_kind_is_refused_in_words(tmp_path, wrong):
    target = f"""
[[targets]]
id = "t"
title = "T"
indicator = "pv_capacity"
year = 2030
value = 5
unit = "MW"
section = "1"
quote = "five"
relation = {wrong}
"""
    (fault,) = _faults(tmp_path, target)
    assert str(fault.where).endswith("[targets.0.relation]")


@pytest.mark.parametrize("text", ["", "# 说明 a remark\n\n"])
def test_an_empty_plan_is_one_fault_that_says_what_to_do(tmp_path, text):
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    (fault,) = caught.value.faults
    n = len(text.encode())
    assert fault.text("en") == (
        f"plan.toml: the plan file is empty; got {n} bytes without a key; expected [plan], "
        "[area]; make one with geoplan new, or write at least the tables [plan] and [area]"
    )
    assert "geoplan new" in fault.text("zh")


def test_a_table_that_is_missing_is_told_with_the_keys_it_must_have(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('[plan]\nid = "x"\nas_of = 2026-01-01\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    told = {str(f.where): str(f.expected) for f in caught.value.faults}
    assert told == {
        "plan.toml [plan.title]": "the key with its value",
        "plan.toml [area]": "a table of keys and values; it must have: boundary",
    }


@pytest.mark.parametrize(
    ("crs", "what", "expected", "todo"),
    [
        ("EPSG:99999", "cannot be read", "such as EPSG:4544", 'crs = "auto"'),
        ("EPSG:4490", "projected CRS in metres", "such as EPSG:4544", 'crs = "auto"'),
    ],
)
def test_a_system_that_is_none_is_told_with_what_to_write(tmp_path, crs, what, expected, todo):
    path = tmp_path / "plan.toml"
    path.write_text(HEAD.replace("EPSG:4544", crs), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    (fault,) = caught.value.faults
    assert fault.where == "plan.toml [area.crs]"
    assert crs in str(fault.got)
    assert what in fault.what
    assert expected in str(fault.expected)
    assert todo in str(fault.todo)


def test_a_system_of_the_command_line_is_told_with_what_to_write():
    with pytest.raises(DataError) as caught:
        as_crs("EPSG:99999", "a.csv")
    assert caught.value.text("en") == (
        "a.csv: the coordinate system cannot be read; got EPSG:99999; expected an EPSG code or "
        "WKT; give another one (crs of the plan, or --crs): EPSG:4490 for longitude and "
        "latitude, EPSG:4513 to 4554 for 3-degree zones"
    )
    assert "--crs" in caught.value.text("zh")


def _area(line):
    return HEAD.replace('crs = "EPSG:4544"\n', f"{line}\n")


@pytest.mark.parametrize("code", ["EPSG:999999", "EPSG:4490", "EPSG:4610", "x"])
def test_the_system_that_is_advised_passes(tmp_path, code):
    """Longitude and latitude are refused of a plan, so they are not what is advised."""
    path = tmp_path / "plan.toml"
    path.write_text(_area(f'crs = "{code}"'), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    (fault,) = caught.value.faults
    for lang in ("zh", "en"):
        advised = re.findall(r'"auto"|EPSG:\d+', fault.text(lang).partition(code)[2])
        assert {'"auto"', "EPSG:4513", "EPSG:4544"} <= {*advised}
        for one in advised:
            path.write_text(_area(f'crs = "{one.strip(chr(34))}"'), encoding="utf-8")
            assert load_plan(path).area.crs == one.strip('"')


def test_true_is_told_as_what_it_is(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(_area("cell_m = true"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_plan(path)
    (fault,) = caught.value.faults
    assert fault.text("zh").endswith("值的类型不对；实际为 逻辑值 true；应为 数字")
    assert fault.text("en").endswith("got the logical value true; expected a number")


def test_a_table_of_a_list_is_called_by_its_id(tmp_path):
    (fault,) = _faults(
        tmp_path,
        '[[facilities]]\nid = "bus"\nmodel = "transfers"\nbus = { layer = "bus_stops" }\n'
        'demand = { layer = "townships", each = true }\nopen = { 2030 = 4 }\n',
    )
    head = "plan.toml [[facilities]] bus"
    assert fault.text("zh").startswith(f"{head}：模型 transfers 不读这些键")
    assert fault.text("en").startswith(f"{head}: the model transfers does not read these keys")
    assert fault.text("zh").endswith("open；删去这些键，或改用读它们的模型")


def test_an_item_of_a_list_is_counted_as_people_do(tmp_path):
    (fault,) = _faults(tmp_path, '[screening]\ntechs = ["pv", "sun"]\n')
    assert fault.text("zh").startswith(
        'plan.toml [screening.techs]：第 2 项：不在可选值之内；实际为 "sun"；应为 "pv"、'
    )
    assert fault.text("en").startswith("plan.toml [screening.techs]: item 2: the value is none")
