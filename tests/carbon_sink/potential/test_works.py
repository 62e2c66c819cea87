"""Named works: where they are, what they hold, what they may not do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.cover.land import county_land
from carbon_sink.potential.works import named_works, work_summaries, works_table
from carbon_sink.section import CarbonSection, NamedWork
from carbon_sink.stock.choice import county_choice
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, X0, Y0, write_plan

T = Text(zh="工程", en="work")


def features(path, layer, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(path, layer=layer)


def table_of(plan, works):
    section = plan.section(CarbonSection)
    county = county_land(plan, section)
    choice, table = county_choice(section, county)
    return works_table(plan, works, county.parcels, choice, table, years=10, depth_cm=30)


def test_bundled_works_only_for_their_county(mini):
    assert named_works(mini, ()) == ()
    own = NamedWork(id="a", title=T, action="grass")
    assert named_works(mini, (own,)) == (own,)


def test_pingluo_works_are_the_plans_six():
    import tomllib
    from importlib import resources

    text = resources.files("carbon_sink").joinpath("data/works.toml").read_text("utf-8")
    works = [w for w in tomllib.loads(text)["work"] if w["adcode"] == "640221"]
    assert {w["id"] for w in works} == {
        "tianhewan", "hanquanhai", "hedong", "helanshan", "shelterbelts", "parks",
    }  # fmt: skip
    assert all(w["quote"] and w["section"] for w in works)


def test_farmland_back_to_wetland(tmp_path):
    # a park over the irrigated and the paddy parcel; a quarter of the first is basic farmland
    park = shapely.box(X0, Y0 + 1000, X0 + 2000, Y0 + 2000)
    features(tmp_path / "park.gpkg", "p", [park], MC=["天河湾国家湿地公园"])
    basic = shapely.box(X0, Y0 + 1000, X0 + 250, Y0 + 2000)
    features(tmp_path / "basic.gpkg", "b", [basic], YJJBNTMJ=[25.0])
    plan = write_plan(
        tmp_path,
        '[layers.natural_park]\npath = "park.gpkg"\n'
        '[layers.permanent_basic_farmland]\npath = "basic.gpkg"\n',
    )
    work = NamedWork(
        id="thw", title=T, action="wetland", layer="natural_park", name_contains="天河湾"
    )
    rows, layer = table_of(plan, [work])
    r = rows.iloc[0]
    assert r["located"]
    assert r["area_ha"] == pytest.approx(200.0, rel=1e-3)
    assert r["cropland_ha"] == pytest.approx(200.0, rel=1e-3)
    assert r["basic_farmland_ha"] == pytest.approx(25.0, rel=1e-3)
    assert r["convertible_ha"] == pytest.approx(175.0, rel=1e-3)
    # half irrigated (33.11), half paddy (58.05) to marsh (87): 175 x (87 - 45.58) = 7,248.5
    assert r["change_tc"] == pytest.approx(175 * (87 - 45.58), rel=2e-3)
    assert r["methane_tco2e_yr"] == pytest.approx(175 * 6.58, rel=2e-3)
    # stock: 100 ha x 33.11 + 100 ha x 58.05
    assert r["stock_tc"] == pytest.approx(9_116.0, rel=1e-3)
    assert len(layer) == 1


def test_what_has_no_place_says_what_it_needs(mini):
    works = [
        NamedWork(id="a", title=T, action="greening", layer="restoration_projects",
                  name_contains="泉海"),
        NamedWork(id="b", title=T, action="grass", townships=("无此乡",)),
        NamedWork(id="c", title=T, action="grass"),
    ]  # fmt: skip
    rows, layer = table_of(mini, works)
    assert layer is None
    assert list(rows["located"]) == [False, False, False]
    # words for people, no ids of layers
    assert list(rows["needs_zh"]) == [
        "边界：没有“生态修复工程区”图层", "边界：乡镇图层中没有 无此乡", "边界：须由用户给出",
    ]  # fmt: skip
    for column in ("needs_en", "missing_zh", "missing_en"):
        assert not rows[column].str.contains("restoration_projects|townships:").any()
    assert rows["area_ha"].isna().all()
    assert rows["missing_zh"].str.contains("需水定额").all()


def test_a_layer_without_the_work_says_its_name(tmp_path):
    box = shapely.box(X0, Y0, X0 + 100, Y0 + 100)
    features(tmp_path / "r.gpkg", "r", [box], MC=["别的工程"])
    plan = write_plan(tmp_path, '[layers.restoration_projects]\npath = "r.gpkg"\n')
    work = NamedWork(
        id="a", title=T, action="greening", layer="restoration_projects", name_contains="泉海"
    )
    row = table_of(plan, [work])[0].iloc[0]
    assert row["needs_zh"] == "边界：“生态修复工程区”图层中没有名称含“泉海”的图斑"
    assert "whose name contains 泉海" in row["needs_en"]


def test_water_is_the_users_and_of_the_land_that_turns_wet(tmp_path):
    park = shapely.box(X0, Y0 + 1000, X0 + 2000, Y0 + 2000)
    features(tmp_path / "park.gpkg", "p", [park], MC=["天河湾国家湿地公园"])
    plan = write_plan(tmp_path, '[layers.natural_park]\npath = "park.gpkg"\n')
    said = {"water_m3_ha_yr": 9000.0, "water_source": "synthetic"}
    works = [
        NamedWork(id="w", title=T, action="wetland", layer="natural_park", **said),
        NamedWork(id="g", title=T, action="greening", layer="natural_park", **said),
        NamedWork(id="n", title=T, action="greening", layer="natural_park"),
    ]
    rows, _ = table_of(plan, works)
    # 200 ha of farmland that may turn to wetland, 200 ha that are greened
    assert rows["water_m3_yr"].tolist()[:2] == pytest.approx([1.8e6, 1.8e6], rel=1e-3)
    assert np.isnan(rows["water_m3_yr"].iloc[2])
    assert "永久基本农田" in rows["missing_zh"].iloc[0]
    assert "需水定额" not in rows["missing_zh"].iloc[0]
    told = work_summaries(rows, works)
    assert told[0].water_source == "synthetic"
    assert told[2].missing_en.count(";") == 2  # water, basic farmland, a rate
    with pytest.raises(ValueError, match="water_source"):
        NamedWork(id="x", title=T, action="wetland", water_m3_ha_yr=1.0)


def test_township_and_box(mini):
    from gis.crs.systems import as_crs, transform_points

    x = np.array([X0, X0 + 1000.0])
    y = np.array([Y0, Y0 + 1000.0])
    lon, lat = transform_points(x, y, as_crs(CRS), as_crs("EPSG:4326"))
    works = [
        NamedWork(id="west", title=T, action="grass", townships=("西镇",)),
        NamedWork(
            id="box", title=T, action="grass", bounds_ll=(lon[0], lat[0], lon[1], lat[1])
        ),
    ]
    rows = table_of(mini, works)[0].set_index("work")
    assert rows.loc["west", "area_ha"] == pytest.approx(600.0, rel=1e-3)
    assert rows.loc["box", "area_ha"] == pytest.approx(100.0, rel=0.05)


def test_shelterbelts_are_strips_of_their_width(tmp_path):
    line = shapely.LineString([(X0 + 100, Y0 + 1500), (X0 + 900, Y0 + 1500)])
    features(tmp_path / "belts.gpkg", "b", [line], KD=[10.0])
    plan = write_plan(tmp_path, '[layers.farmland_shelterbelt]\npath = "belts.gpkg"\n')
    work = NamedWork(id="b", title=T, action="shelterbelt", layer="farmland_shelterbelt")
    r = table_of(plan, [work])[0].iloc[0]
    # 800 m x 10 m = 0.8 ha; poplar of 10 years: 2.17 x (10 - 6.866) x 0.8 = 5.44 tC
    assert r["area_ha"] == pytest.approx(0.8, rel=1e-3)
    assert r["gain_tc"] == pytest.approx(2.17 * 3.134 * 0.8, rel=2e-3)
    assert r["cropland_ha"] == pytest.approx(0.8, rel=1e-3)
