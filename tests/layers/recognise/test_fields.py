"""Columns as fields and values as what they mean; what is not understood stays unknown."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from layers.catalogue import layer
from layers.open.canonical import picked_column
from layers.recognise.fields import _heading, field_fit, unused_columns, value_fits
from layers.recognise.guess import _filled


def fit(layer_id, field, values):
    spec = layer(layer_id)
    return value_fits(spec, spec.field(field), values)


def test_road_classes_of_numbers_and_words():
    # letters and digits of a road's number: GB/T 917-2017
    found = fit(
        "road",
        "road_class",
        [
            "G109",
            "G6",
            "G1816",
            "S203",
            "S12",
            "X301",
            "Y012",
            "C001",
            "国道",
            "省道S203",
            "二级公路",
        ],
    )
    assert found.said == {
        "G109": "national",
        "G6": "expressway",
        "G1816": "expressway",
        "S203": "provincial",
        "S12": "expressway",
        "X301": "county",
        "Y012": "township",
        "C001": "village",
        "省道S203": "provincial",
        "二级公路": "",
    }
    assert found.strange == ("二级公路",)
    assert (found.understood, found.of) == (10, 11)


@pytest.mark.parametrize("text", ["乡村道路", "非国道", "一级", "等外", "？", "G", "0"])
def test_a_class_no_rule_reads_stays_unknown(text):
    found = fit("road", "road_class", [text])
    assert found.said[text] == ""
    assert found.strange == (text,)


@pytest.mark.parametrize(
    ("text", "kv"),
    [
        *(("110kV", "110"), ("110 KV", "110"), ("35千伏", "35"), ("±800kV", "800")),
        *(("１１０ＫＶ", "110"), ("110000V", "110"), ("500/220", "500"), ("220;110", "220")),
        *(("高压", ""), ("110kW", ""), ("kV", "")),
    ],
)
def test_voltages(text, kv):
    assert fit("power_line", "voltage_kv", [text]).said[text] == kv


def test_plain_numbers_and_spellings_of_the_catalogue_need_no_word():
    assert fit("power_line", "voltage_kv", ["110", "35.0", ""]).said == {}
    assert fit("drinking_water_zone", "zone", ["一级", "二级保护区"]).said == {}
    # any text is a name
    assert fit("road", "name", ["a"]) is None


def test_codes_of_the_survey_by_name_and_without_their_zero():
    found = fit("land_parcels", "dlbm", ["0101", "103", "水浇地", "0301K", "9999", "某地"])
    assert found.said == {"103": "0103", "水浇地": "0102", "9999": "", "某地": ""}


def test_a_longer_text_that_holds_one_spelling_alone():
    found = fit("drinking_water_zone", "zone", ["饮用水水源一级保护区", "非一级保护区"])
    assert found.said == {"饮用水水源一级保护区": "first", "非一级保护区": ""}


@pytest.mark.parametrize(
    ("columns", "field", "column", "named"),
    [
        (["Dlbm"], "dlbm", "Dlbm", False),
        (["dileibianma"], "dlbm", "dileibianma", True),
        (["地类编码"], "dlbm", "地类编码", False),
        (["地 类 编 码"], "dlbm", "地 类 编 码", True),
        (["坐落单位名"], "zldwmc", "坐落单位名", True),  # cut off by a Shapefile
        (["TB_MJ"], "tbmj_m2", "TB_MJ", True),
        (["X", "DLBM_1"], "dlbm", None, False),
    ],
)
def test_columns_by_case_pinyin_and_cut_off(columns, field, column, named):
    found = field_fit(layer("land_parcels"), columns)
    assert found.columns.get(field) == column
    assert (field in found.named) == named


def test_names_many_layers_have_tell_nothing():
    found = field_fit(layer("road"), ["MC", "名称", "BH"])
    assert found.telling == ()
    assert found.missing == ("road_class",)


@pytest.mark.parametrize(
    ("heading", "unit", "means"),
    [
        ("剩余容量MW", "MW", ("剩余容量", 1.0)),
        ("单机容量（MW）", "kW", ("单机容量", 1000.0)),
        ("轮毂高度/米", "m", ("轮毂高度", 1.0)),
        ("free_MW", "MW", ("free", 1.0)),
        ("FARM", "m", ("FARM", None)),  # a word that ends with the letter
        ("m", "m", ("m", None)),
        ("容量", "MW", ("容量", None)),
        ("图斑面积（平方米）", "m2", ("图斑面积", 1.0)),
        ("蓄积(m³)", "m3", ("蓄积", 1.0)),
        ("植被盖度(%)", "%", ("植被盖度", 1.0)),
        ("密度(g/cm3)", "g/cm3", ("密度", 1.0)),
        ("面积(亩)", "m2", ("面积(亩)", None)),  # numbers of another size
    ],
)
def test_units_behind_a_heading(heading, unit, means):
    assert _heading(heading, unit) == means


def test_numbers_are_in_the_unit_of_their_heading():
    machines = layer("turbines")
    field = machines.field("capacity_kw")
    # 2.5 MW are 2,500 kW; what says its own unit is in that
    found = value_fits(machines, field, ["2.5", "1500kW"], "单机容量(MW)")
    assert found.said == {"2.5": "2500", "1500kW": "1500"}
    assert value_fits(machines, field, ["2500"], "单机容量(kW)").said == {}
    columns = ["风机编号", "单机容量(MW)", "轮毂高度m"]
    assert field_fit(machines, columns).columns == {
        "turbine_id": "风机编号",
        "capacity_kw": "单机容量(MW)",
        "hub_height_m": "轮毂高度m",
    }


@pytest.mark.parametrize(
    ("layer_id", "column", "field"),
    [
        ("substations", "变电站名称", "name"),
        ("substations", "可用间隔", "bays"),
        ("river", "河流名称", "name"),
        ("road", "公路名称", "name"),
    ],
)
def test_headings_that_say_what_a_row_is_of(layer_id, column, field):
    found = field_fit(layer(layer_id), [column, "经度", "纬度"])
    assert found.named[field] == column
    given = [column, "经度", "北纬", "备注"]  # a place is read from two of them
    assert unused_columns(given, found.columns.values()) == ["备注"]


def test_codes_of_the_second_survey_become_no_other_class():
    """Of 101 alone a table program took the zero (0101); beside 013 it is railways of 2007."""
    assert fit("land_parcels", "dlbm", ["101", "102"]).said == {"101": "0101", "102": "0102"}
    assert fit("land_parcels", "dlbm", ["013", "101"]).said == {"013": "", "101": ""}


@pytest.mark.parametrize(
    "heading", ["剩余可接入容量(MW)", "剩余可开放容量（兆瓦）", "可开放容量"]
)
def test_what_can_still_be_connected_to_a_substation(heading):
    found = field_fit(layer("substations"), ["变电站名称", "电压等级(kV)", heading])
    assert found.columns["free_mw"] == heading


@pytest.mark.parametrize("name", ["主变容量", "主变总容量", "主变压器容量", "变电容量", "容量"])
@pytest.mark.parametrize("unit", ["", "(MVA)", "（MVA）", "（兆伏安）", "(kVA)"])
def test_what_the_transformers_of_a_substation_hold(name, unit):
    found = field_fit(layer("substations"), ["变电站名称", "电压等级(kV)", name + unit])
    assert found.columns["capacity_mva"] == name + unit


@pytest.mark.parametrize(
    ("heading", "said"),
    [("主变容量（kVA）", {"50000": "50"}), ("主变容量（万千伏安）", {"50000": "500000"})],
)
def test_transformers_in_another_unit_are_turned_into_mva(heading, said):
    spec = layer("substations")
    found = value_fits(spec, spec.field("capacity_mva"), ["50000"], heading)
    assert found.said == said


@pytest.mark.parametrize("column", ["主变容量", "主变总容量（MVA）", "容量(MVA)"])
def test_a_plan_that_names_no_column_reads_what_transformers_hold(column):
    field = layer("substations").field("capacity_mva")
    assert picked_column(["名称", column], field, "") == column


def test_a_plan_that_names_no_column_reads_no_other_unit():
    field = layer("substations").field("capacity_mva")
    assert picked_column(["名称", "主变容量（kVA）"], field, "") is None


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        # a column of capacity is no voltage, whatever its numbers look like
        ({"dy": ["220", "一百一十"], "rl": ["240", "约180"]}, ""),
        ({"zb": ["240", "约180"]}, ""),
        ({"zb": ["240", "180 左右"]}, ""),
        ({"zb": ["220kV", "110"]}, "zb"),
        ({"zb": ["220千伏", "约110千伏"]}, "zb"),
    ],
)
def test_a_number_says_what_it_measures_by_its_unit_alone(columns, found):
    spec = layer("substations")
    sample = pd.DataFrame({"mc": ["甲站", "乙站"], **columns})
    look = SimpleNamespace(sample=sample)  # names and values alone are looked at
    assert _filled(spec, look, "").fields.get("voltage_kv", "") == found
