"""Names of tables and files: what they say, and what they only seem to say."""

from __future__ import annotations

import pytest

from layers.recognise.names import date_in, name_fits

PLACES = ["平罗县", "平罗", "石嘴山市", "宁夏"]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        *(
            ("DLTB", "land_parcels"),
            ("dltb_640221", "land_parcels"),
            ("6402212023DLTB", "land_parcels"),
        ),
        *(
            ("平罗县地类图斑（2023年度变更）", "land_parcels"),
            ("国土变更调查成果", "land_parcels"),
        ),
        *(
            ("XZQ", "townships"),
            ("乡镇界", "townships"),
            ("CJDCQ", "villages"),
            ("村界", "villages"),
        ),
        *(
            ("YJJBNTBHTB", "permanent_basic_farmland"),
            ("永久基本农田2021划定成果", "permanent_basic_farmland"),
        ),
        *(
            ("yongjiujibennongtian", "permanent_basic_farmland"),
            ("永农", "permanent_basic_farmland"),
        ),
        *(("STBHHX", "ecological_red_line"), ("生态红线", "ecological_red_line")),
        *(("CZKFBJ", "urban_growth_boundary"), ("CSKFBJ", "urban_growth_boundary")),
        *(("城镇开发边界", "urban_growth_boundary"), ("gis_osm_roads_free_1", "road")),
        *(
            ("gonglu", "road"),
            ("公路中心线", "road"),
            ("平罗公路", "road"),
            ("路网2022", "road"),
        ),
        *(
            ("tielu", "railway"),
            ("铁路线", "railway"),
            ("输电线路", "power_line"),
            ("DLXL", "power_line"),
        ),
        *(("bianzhan dian", ""), ("变电站点", "substations"), ("风机点位20台", "turbines")),
        *(("DEM_12.5m", "dem"), ("ASTGTM_N38E106", "dem"), ("坡度图", "slope"), ("GHI", "ghi")),
        *(("河道管理范围", "river_lake_management"), ("基本草原", "basic_grassland")),
        *(("林地一张图2022", "forest_land"), ("自然保护区（某山）", "nature_reserve")),
        *(
            ("WorldCover_2021", "land_cover"),
            ("wind_speed_100m", "wind_speed"),
            ("GFBQ", "existing_pv"),
        ),
    ],
)
def test_a_name_that_says_the_layer(name, layer):
    whole = {k for k, fit in name_fits(name, PLACES).items() if fit.whole}
    assert whole == ({layer} if layer else set())


@pytest.mark.parametrize(
    ("name", "layer", "rest"),
    [
        ("DLTBGX", "land_parcels", "gx"),  # the parcels of an update alone
        ("永久基本农田储备区", "permanent_basic_farmland", "储备"),
        ("CSKFBJNGHYT", "urban_growth_boundary", "nghyt"),  # uses planned inside it
        ("生态保护红线内永久基本农田", "ecological_red_line", "内永久基本农田"),
    ],
)
def test_a_name_that_says_more_is_no_whole_name(name, layer, rest):
    fit = name_fits(name, PLACES)[layer]
    assert (fit.whole, fit.rest) == (False, rest)
    assert fit.changed
    assert not fit.head or fit.changed


@pytest.mark.parametrize(
    ("name", "layer", "rest"),
    [
        ("贺兰山自然保护区", "nature_reserve", "贺兰山"),
        ("高仁光伏片区", "zones", "高仁"),
        ("沙湖湿地公园", "natural_park", "沙湖"),
    ],
)
def test_a_proper_name_before_the_name_of_a_layer(name, layer, rest):
    fit = name_fits(name, PLACES)[layer]
    assert (fit.whole, fit.head, fit.changed, fit.rest) == (False, True, False, rest)


@pytest.mark.parametrize(
    "name", ["规划公路", "非永久基本农田", "压占永久基本农田", "生态保护红线评价"]
)
def test_what_is_planned_or_rated_is_another_thing(name):
    assert all(fit.changed for fit in name_fits(name, PLACES).values())


@pytest.mark.parametrize(
    "name",
    [
        "STBHZYYXPJJG",
        "PDT",
        "LXDW",
        "Export_Output",
        "新建文件夹",
        "图斑",
        "a",
        "",
        "1",
        "数据",
    ],
)
def test_names_that_say_nothing(name):
    assert name_fits(name, PLACES) == {}


@pytest.mark.parametrize(
    ("name", "date"),
    [
        *(("DLTB_2023年度变更", "2023"), ("红线202307", "2023-07"), ("2021.12路网", "2021-12")),
        *(("6402212023年度变更", "2023"), ("640221XZQ", ""), ("dem30", ""), ("12023456", "")),
    ],
)
def test_dates_in_names(name, date):
    assert date_in(name) == date
