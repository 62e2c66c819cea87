"""Named works: where they are, what they hold, what they may not do."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.cover.land import county_land
from carbon_sink.potential.works import named_works, works_table
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
    assert list(rows["needs"]) == ["restoration_projects", "townships", "boundary"]
    assert rows["area_ha"].isna().all()


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
