"""Folders as they come: odd names, odd contents, hostile files; the walk always ends."""

from __future__ import annotations

import json
import os
import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from gis.errors import ConfigError
from layers.bundled_county import bundled_county
from layers.recognise.choose import recognise
from layers.recognise.counties import find_county
from tests.layers.recognise.bureau import (
    dem,
    divisions,
    epw,
    gbk_shapefile,
    part_of,
    roads,
    survey,
)

CODE = "640221"
COUNTY = find_county(CODE)
NEXT = "640205"  # the district north of it
FAR = "522327"


@pytest.fixture(scope="module")
def small():
    """A survey of few parcels."""
    return survey(CODE, n=6)


def look(folder):
    return recognise(folder, COUNTY)


def whys(found):
    return {
        m.path.name + (f" {m.table}" if m.table else ""): m.why("en") for m in found.not_taken
    }


def write(path, table, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.write_dataframe(table, path, **options)
    return path


def test_an_empty_folder_gives_nothing(tmp_path):
    found = look(tmp_path)
    assert (dict(found.taken), found.not_taken, dict(found.other)) == ({}, (), {})


def test_no_folder_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "none", tmp_path / "a.txt"):
        with pytest.raises(ConfigError, match="no such folder"):
            look(folder)


def test_a_name_without_meaning_is_known_by_its_fields(tmp_path, small):
    write(tmp_path / "新建 文件夹 (2)" / "Export_Output.gpkg", small)
    taken = look(tmp_path).taken["land_parcels"]
    # 0.45 for fields, 0.3 for values, 0.1 for geometry
    assert taken.guess.score == pytest.approx(0.85)
    assert (taken.date, taken.table, taken.crs) == ("2023", "", "")


def test_a_layer_called_dltb_that_holds_something_else(tmp_path):
    lines = roads(CODE)
    write(tmp_path / "DLTB.shp", lines, encoding="UTF-8")
    strange = gpd.GeoDataFrame(
        {"DLBM": ["甲", "乙"], "DLMC": ["x", "y"]}, geometry=[part_of(CODE, 0.02)] * 2, crs=4490
    )
    write(tmp_path / "other" / "DLTB.gpkg", strange)
    found = look(tmp_path)
    assert "land_parcels" not in found.taken
    assert "most values are not those" in whys(found)["DLTB.gpkg"]


def test_of_two_years_the_newer_is_taken(tmp_path, small):
    old = small.assign(SJNF=np.int32(2021))
    write(tmp_path / "DLTB_2021.gpkg", old)
    write(tmp_path / "DLTB_2023.gpkg", small)
    found = look(tmp_path)
    assert found.taken["land_parcels"].path.name == "DLTB_2023.gpkg"
    assert "DLTB_2023.gpkg is newer" in whys(found)["DLTB_2021.gpkg"]


def test_a_doubtful_newer_one_does_not_push_out_and_the_own_goes_before_the_citys(tmp_path):
    own, near = survey(CODE, n=6), survey(NEXT, n=6)
    city = pd.concat([own, near.to_crs(own.crs)], ignore_index=True)
    write(tmp_path / "DLTB市.gpkg", gpd.GeoDataFrame(city, crs=own.crs))
    write(tmp_path / "DLTB县.gpkg", own)
    few = own[["TBMJ", "geometry"]]
    write(tmp_path / "2025 地类图斑x.gpkg", few)
    found = look(tmp_path)
    assert found.taken["land_parcels"].path.name == "DLTB县.gpkg"


def test_case_of_fields_and_pinyin(tmp_path, small):
    few = small[["DLBM", "DLMC", "TBMJ", "ZLDWDM", "geometry"]]
    few.columns = ["dileibianma", "dlmc", "tbmj", "ZldwDM", "geometry"]
    write(tmp_path / "tu.gpkg", few)
    taken = look(tmp_path).taken["land_parcels"]
    assert taken.guess.fields == {"dlbm": "dileibianma"}


def test_classes_by_name_alone(tmp_path, small):
    few = small[["DLMC", "TBMJ", "ZLDWDM", "ZLDWMC", "geometry"]]
    write(tmp_path / "DLTB.gpkg", few)
    guess = look(tmp_path).taken["land_parcels"].guess
    assert guess.fields["dlbm"] == "DLMC"
    assert guess.values["dlbm"]["河流水面"] == "1101"


def test_a_zipped_geodatabase(tmp_path, small):
    base = tmp_path / "库.gdb"
    write(base, small, layer="DLTB", driver="OpenFileGDB")
    write(base, divisions(CODE, 3, 9), layer="XZQ", driver="OpenFileGDB")
    shutil.make_archive(str(tmp_path / "库.gdb"), "zip", tmp_path, "库.gdb")
    shutil.rmtree(base)
    found = look(tmp_path)
    assert {k: t.table for k, t in found.taken.items()} == {
        "land_parcels": "DLTB",
        "townships": "XZQ",
    }
    assert found.boundary is not None


def test_several_shapefiles_in_one_archive(tmp_path):
    inner = tmp_path / "in"
    shape = gpd.GeoDataFrame({"BSM": ["1"]}, geometry=[part_of(CODE, 0.02)], crs=4490)
    for name in ("YJJBNT", "STBHHX"):
        gbk_shapefile(inner / f"{name}.shp", shape)
    with zipfile.ZipFile(tmp_path / "三线.zip", "w") as out:
        for path in inner.iterdir():
            out.write(path, path.name)
    shutil.rmtree(inner)
    found = look(tmp_path)
    assert {k: t.table for k, t in found.taken.items()} == {
        "permanent_basic_farmland": "YJJBNT",
        "ecological_red_line": "STBHHX",
    }


def test_one_table_of_a_file_may_be_called_anything(tmp_path):
    box = part_of(CODE, 0.02)
    for name, columns in {
        "某水库饮用水水源一级保护区": {"备注": ["a"]},
        "某山自然保护区": {"备注": ["a"]},
        "a1": {"JBNTTBBH": ["1"], "JBNTMJ": [2.0], "BSM": ["3"]},
        "永久基本农田储备区": {"JBNTTBBH": ["1"], "BSM": ["3"]},
    }.items():
        table = gpd.GeoDataFrame(columns, geometry=[box], crs=4490)
        write(tmp_path / f"{name}.gpkg", table, layer="export")
    found = look(tmp_path)
    assert {k: t.path.stem for k, t in found.taken.items()} == {
        "drinking_water_zone": "某水库饮用水水源一级保护区",
        "nature_reserve": "某山自然保护区",
        "permanent_basic_farmland": "a1",
    }
    # the grade stands in the name alone
    assert found.taken["drinking_water_zone"].guess.constants == {"zone": "first"}
    assert all(t.guess.score < 0.6 for t in found.taken.values())  # low, and it says so


def test_a_file_of_the_county_is_its_boundary_when_it_is(tmp_path):
    for name, shape in (
        ("平罗县县界", bundled_county(CODE).geometry_ll),
        ("county", part_of(CODE, 0.02)),
    ):
        write(tmp_path / f"{name}.gpkg", gpd.GeoDataFrame(geometry=[shape], crs=4490))
    found = look(tmp_path)
    assert found.boundary is not None
    assert found.boundary.path.stem == "平罗县县界"
    assert [m.path.stem for m in found.not_taken] == ["county"]


def test_volts_of_a_web_map_are_no_kilovolts(tmp_path):
    line = shapely.LineString(part_of(CODE, 0.02).exterior.coords[:2])
    table = gpd.GeoDataFrame({"voltage": [110000, 35000]}, geometry=[line] * 2, crs=4490)
    write(tmp_path / "power_line.gpkg", table)
    guess = look(tmp_path).taken["power_line"].guess
    assert guess.values["voltage_kv"] == {"110000": "110", "35000": "35"}


def test_a_drawing_without_a_system_lies_where_its_numbers_fit(tmp_path):
    ring = shapely.LineString(part_of(CODE, 0.02).exterior.coords)
    drawn = gpd.GeoDataFrame(geometry=[ring], crs=4490)
    write(tmp_path / "光伏片区红线.dxf", drawn.to_crs(4524), driver="DXF")
    taken = look(tmp_path).taken["zones"]
    assert (taken.crs, taken.guess.score) == ("EPSG:4524", pytest.approx(0.6))


def test_tables_of_the_standard_nobody_reads_are_named(tmp_path):
    box = part_of(CODE, 0.02)
    for name in ("PDT", "640221LXDW"):
        table = gpd.GeoDataFrame({"BSM": ["1"]}, geometry=[box], crs=4490)
        write(tmp_path / "库.gdb", table, layer=f"T_{name}", driver="OpenFileGDB")
    told = whys(look(tmp_path))
    assert "slope classes" in told["库.gdb T_PDT"]
    assert "scattered small features" in told["库.gdb T_640221LXDW"]


def test_kinds_of_settlements_of_the_survey(tmp_path):
    box = part_of(CODE, 0.02)
    kinds = gpd.GeoDataFrame({"CZCLX": ["201", "203", "204"]}, geometry=[box] * 3, crs=4490)
    write(tmp_path / "CZCDYD.gpkg", kinds)
    guess = look(tmp_path).taken["settlement"].guess
    # 204 is a mine: no city, town or village (TD/T 1057)
    assert guess.fields == {"settlement_class": "CZCLX"}
    assert guess.values["settlement_class"] == {"201": "city", "203": "village", "204": ""}
    assert guess.strange["settlement_class"] == ("204",)


@pytest.mark.slow
def test_series_that_do_not_say_their_clock_or_place(tmp_path):
    hours = pd.date_range("2023-01-01", periods=8760, freq="h")
    table = pd.DataFrame({"time": hours, "ghi_w_m2": 100.0, "temp_air_c": 10.0})
    table.to_csv(tmp_path / "met.csv", index=False)
    stamps = {f"{t:%Y%m%d%H}": 100.0 for t in hours}
    power = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [106.5, 38.9, 1100.0]},
        "properties": {"parameter": {"ALLSKY_SFC_SW_DWN": stamps}},
        "header": {"fill_value": -999.0, "time_standard": "UTC"},
    }
    (tmp_path / "power.json").write_text(json.dumps(power), encoding="utf-8")
    found = look(tmp_path)
    assert found.weather.path.name == "power.json"
    assert "time zone" in whys(found)["met.csv"] or "UTC" in whys(found)["met.csv"]


def test_another_county_is_named_and_not_taken(tmp_path):
    write(tmp_path / "DLTB.gpkg", survey(NEXT, n=5))
    write(tmp_path / "XZQ.gpkg", divisions(FAR, 3, 9))
    found = look(tmp_path)
    assert dict(found.taken) == {}
    assert "640205" in whys(found)["DLTB.gpkg"]
    assert "522327" in whys(found)["XZQ.gpkg"]


@pytest.mark.slow
def test_areas_of_a_neighbour_that_touch_the_county_are_not_taken(tmp_path):
    """Red lines of the county beside it, cut at the common border: 0 ha of them lie here."""
    here = bundled_county(CODE).geometry_ll
    beside = bundled_county(NEXT).geometry_ll
    assert not here.disjoint(beside)
    cut = shapely.difference(beside, shapely.buffer(here, 1e-7))
    w, s, e, n = cut.bounds
    parts = [
        shapely.intersection(
            cut, shapely.box(w, s + k * (n - s) / 4, e, s + (k + 1) * (n - s) / 4)
        )
        for k in range(4)
    ]
    red = gpd.GeoDataFrame({"HXMC": ["红线"] * 4}, geometry=parts, crs=4490)
    write(tmp_path / "生态保护红线.gpkg", red)
    found = look(tmp_path)
    assert "ecological_red_line" not in found.taken
    assert "平罗" in whys(found)["生态保护红线.gpkg"]
    # with one piece of land here it is the county's, and its share is told
    spot = shapely.buffer(shapely.point_on_surface(here), 0.01)
    more = gpd.GeoDataFrame({"HXMC": ["红线"] * 5}, geometry=[*parts, spot], crs=4490)
    (tmp_path / "b").mkdir()
    write(tmp_path / "b" / "生态保护红线.gpkg", more)
    taken = look(tmp_path / "b").taken["ecological_red_line"]
    assert any("of it lie in" in str(r) for r in taken.remarks)


@pytest.mark.parametrize(
    ("code", "start"), [(4523, "没有声明坐标系，按 EPSG:4523 看："), (4544, "没有声明坐标系：")]
)
def test_another_countys_file_without_a_system_is_said_to_declare_none(tmp_path, code, start):
    # eastings that begin with their zone, 35, leave one system; without it none puts it here
    far = roads(FAR).to_crs(code)
    far.crs = None
    write(tmp_path / "公路.gpkg", far)
    found = recognise(tmp_path, COUNTY)
    assert dict(found.taken) == {}
    (miss,) = found.not_taken
    assert miss.why("zh").startswith(start)
    assert "声明的却是" not in miss.why("zh")


@pytest.mark.slow
def test_no_system_is_found_from_the_zone_and_the_place(tmp_path, small):
    bare = small.copy()
    bare.crs = None
    write(tmp_path / "DLTB.gpkg", bare)
    local = roads(CODE).to_crs(4545)
    local.crs = None
    write(tmp_path / "公路.gpkg", local)
    found = look(tmp_path)
    assert found.taken["land_parcels"].crs == f"EPSG:{small.crs.to_epsg()}"
    # an easting without zone number: the meridian by which it lies in the county
    assert found.taken["road"].crs == "EPSG:4545"


def test_a_declared_zone_that_is_another_is_not_believed_without_codes(tmp_path, small):
    moved = small.to_crs(4545).set_crs(4543, allow_override=True)
    write(tmp_path / "DLTB.gpkg", moved)
    line = roads(CODE).to_crs(4545).set_crs(4543, allow_override=True)
    write(tmp_path / "公路.gpkg", line)
    found = look(tmp_path)
    # its codes say whose parcels they are
    assert found.taken["land_parcels"].crs == "EPSG:4545"
    assert "EPSG:4545" in whys(found)["公路.gpkg"]


def test_voltage_of_the_name_and_class_of_another_column(tmp_path):
    line = shapely.LineString(part_of(CODE, 0.02).exterior.coords[:2])
    table = gpd.GeoDataFrame({"MC": ["甲"]}, geometry=[line], crs=4490)
    write(tmp_path / "输电线路110kV.gpkg", table)
    named = gpd.GeoDataFrame(
        {"LXMC": ["G109线", "X301线"], "备注": ["a", "b"]}, geometry=[line] * 2, crs=4490
    )
    write(tmp_path / "公路.gpkg", named)
    found = look(tmp_path)
    assert found.taken["power_line"].guess.constants == {"voltage_kv": 110.0}
    guess = found.taken["road"].guess
    assert guess.fields["road_class"] == "LXMC"
    assert guess.values["road_class"] == {"G109线": "national", "X301线": "county"}


def test_roads_whose_classes_nobody_understands_are_roads_still(tmp_path):
    line = shapely.LineString(part_of(CODE, 0.02).exterior.coords[:2])
    build = ["一级公路", "二级公路", "三级公路", "四级公路", "等外"]
    table = gpd.GeoDataFrame({"等级": build}, geometry=[line] * 5, crs=4490)
    write(tmp_path / "公路.gpkg", table)
    guess = look(tmp_path).taken["road"].guess
    assert guess.values["road_class"] == dict.fromkeys(build, "")
    assert guess.strange["road_class"] == tuple(sorted(build))


def test_a_required_value_nobody_says_is_told_with_the_columns(tmp_path):
    line = shapely.LineString(part_of(CODE, 0.02).exterior.coords[:2])
    write(
        tmp_path / "公路.gpkg",
        gpd.GeoDataFrame({"备注": ["甲"]}, geometry=[line], crs=4490),
    )
    found = look(tmp_path)
    assert "road" not in found.taken
    assert "required field is missing" in whys(found)["公路.gpkg"]


def test_rasters(tmp_path):
    dem(tmp_path / "高程.tif", CODE)
    dem(tmp_path / "平罗.tif", CODE)  # elevations, or radiation: nothing says which
    dem(tmp_path / "NDVI.tif", CODE)
    dem(tmp_path / "dem_far.tif", FAR)
    found = look(tmp_path)
    assert set(found.taken) == {"dem"}
    told = whys(found)
    assert "name says no layer" in told["平罗.tif"]
    assert "out of the layer's range" in told["NDVI.tif"]
    assert "km from" in told["dem_far.tif"]


def test_land_cover_by_its_codes(tmp_path):
    west, south, _, north = part_of(CODE, 0.3).bounds
    codes = np.array([[10, 20], [80, 60]], dtype="uint8").repeat(50, 0).repeat(50, 1)
    step = (north - south) / 100
    with rasterio.open(
        tmp_path / "esa worldcover.tif",
        "w",
        driver="GTiff",
        width=100,
        height=100,
        count=1,
        dtype="uint8",
        crs="EPSG:4326",
        transform=from_origin(west, north, step, step),
    ) as out:
        out.write(codes, 1)
    assert look(tmp_path).taken["land_cover"].vocabulary == "worldcover2021"


@pytest.mark.slow
def test_weather_and_tables_of_places(tmp_path):
    epw(tmp_path / "a b" / "x.epw", CODE)
    epw(tmp_path / "far.epw", FAR)
    c = part_of(CODE, 0.01).centroid
    pd.DataFrame({"机位号": ["1"], "单机容量": [1500], "经度": [c.x], "纬度": [c.y]}).to_csv(
        tmp_path / "台账.csv", index=False, encoding="gbk"
    )
    (tmp_path / "成本.csv").write_text("项目,金额\na,1\n", encoding="utf-8")
    found = look(tmp_path)
    assert found.weather is not None
    assert (found.weather.path.name, found.weather.hours) == ("x.epw", 8760)
    assert "farther than 300 km" in whys(found)["far.epw"]
    assert found.taken["turbines"].path.name == "台账.csv"
    assert "成本.csv" in whys(found)


@pytest.mark.slow
def test_what_cannot_be_read_is_told_and_the_walk_goes_on(tmp_path, small):
    write(tmp_path / "z.gpkg", small)
    (tmp_path / "a.gpkg").write_bytes(b"SQLite format 3\x00" + b"\x00" * 200)
    (tmp_path / "b.tif").write_bytes(b"II*\x00broken")
    (tmp_path / "c.dbf").write_bytes(b"\x03")
    (tmp_path / "d.mdb").write_bytes(b"\x00\x01\x00\x00Standard Jet DB\x00")
    (tmp_path / "e.zip").write_bytes(b"PK\x03\x04")
    (tmp_path / "f.xlsx").write_bytes(b"no workbook")
    (tmp_path / "g.kml").write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><kml/>", encoding="utf-8")
    (tmp_path / "h.dxf").write_bytes(b"0\nSECTION")
    (tmp_path / "i.dwg").write_bytes(b"AC1032")
    (tmp_path / "j.json").write_text("{", encoding="utf-8")
    (tmp_path / "k.txt").write_text("readme", encoding="utf-8")
    (tmp_path / "l.epw").write_text("LOCATION", encoding="utf-8")
    (tmp_path / "m.gdb").mkdir()
    (tmp_path / "n.nc").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "o.pdf").write_bytes(b"%PDF")
    found = look(tmp_path)
    assert set(found.taken) == {"land_parcels"}
    assert {m.path.suffix[1] for m in found.not_taken} == set("gtdmzxkdjtenw") - set("w")
    assert len(found.not_taken) == 14
    assert dict(found.other) == {".pdf": 1}
    told = whys(found)
    assert "GPKG" in told["d.mdb"]
    assert "DXF" in told["i.dwg"]
    assert all(m.why("zh") and m.why("en") for m in found.not_taken)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of other systems")
def test_links_pipes_hidden_files_and_depth(tmp_path, small):
    write(tmp_path / ".hidden.gpkg", small, layer="a")
    write(tmp_path / "~$lock.gpkg", small, layer="a")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.shp").symlink_to(tmp_path / "nowhere.shp")
    os.mkfifo(tmp_path / "pipe.csv")
    deep = tmp_path
    for i in range(20):
        deep /= str(i)
    write(deep / "DLTB.gpkg", small)
    found = look(tmp_path)
    assert dict(found.taken) == {}
    told = whys(found)
    assert "link" in told["loop"]
    assert "link" in told["gone.shp"]
    assert told["pipe.csv"] == "no ordinary file"
    assert any("folders deep" in v for v in told.values())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a file that is locked")
def test_a_file_nobody_may_read(tmp_path, small):
    path = write(tmp_path / "DLTB.gpkg", small)
    path.chmod(0)
    try:
        assert "DLTB.gpkg" in whys(look(tmp_path))
    finally:
        path.chmod(0o600)


def test_results_of_a_run_are_no_data(tmp_path, small):
    done = tmp_path / "out"
    write(done / "results.gpkg", small)
    (done / "summary.json").write_text("{}", encoding="utf-8")
    found = look(tmp_path)
    assert dict(found.taken) == {}
    assert "result of a run" in whys(found)["out"]


@pytest.mark.slow
def test_five_thousand_files_are_passed_by(tmp_path):
    for i in range(5000):
        (tmp_path / f"{i}.pdf").touch()
    assert dict(look(tmp_path).other) == {".pdf": 5000}


def test_no_more_than_a_data_folder_holds(tmp_path, monkeypatch):
    from layers.recognise import walk

    limits = {"walk": {"most_files": 3, "deepest": 2, "skipped": []}}
    monkeypatch.setattr(walk, "read_toml", lambda *_: limits)
    for i in range(5):
        (tmp_path / f"{i}.pdf").touch()
    with pytest.raises(ConfigError, match="too many files"):
        list(walk.held_files(tmp_path))


def test_the_number_a_drawing_gives_a_line_is_no_class(tmp_path):
    """KML numbers lines after their folder: "铁路.1" is the name of no class of railway."""
    at = bundled_county("640221").geometry_ll.representative_point()
    line = shapely.LineString([(at.x - 0.01, at.y), (at.x + 0.01, at.y)])
    drawn = gpd.GeoDataFrame({"说明": ["包兰线"]}, geometry=[line], crs=4490)
    drawn.to_file(tmp_path / "铁路.kml", driver="KML")
    read = pyogrio.read_dataframe(tmp_path / "铁路.kml")
    assert read["id"].tolist() == ["铁路.1"]  # what the file says by itself
    # its class is not known: a high-speed line may lie in a file of that name, too
    found = look(tmp_path)
    assert "railway" not in found.taken
    assert "class" in whys(found)["铁路.kml"]
    drawn.assign(说明="高速铁路").to_file(tmp_path / "铁路.kml", driver="KML")
    guess = look(tmp_path).taken["railway"].guess
    assert guess.fields == {"rail_class": "说明"}


def test_a_file_in_place_of_the_folder_is_named_as_one(tmp_path):
    path = tmp_path / "数据.txt"
    path.write_text("x", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        look(path)
    (fault,) = caught.value.faults
    assert (fault.where, str(fault.got)) == (str(path), "a file")
    assert "name the folder" in str(fault.todo)


def test_how_much_was_looked_at_is_told(tmp_path):
    for name in ("公路", "公路2", "公路3"):
        write(tmp_path / f"{name}.gpkg", roads(CODE))
    (tmp_path / "说明.docx").write_bytes(b"x" * 5_000_000)  # is not read
    heard = []
    recognise(tmp_path, COUNTY, lambda label, n, of: heard.append((label, n, of)))
    # 10 a file, 60 more for the first and 1 for 100 kB; what follows counts a fifth more
    size = (tmp_path / "公路.gpkg").stat().st_size / 1e5
    after = [70 + size, 80 + 2 * size, 90 + 3 * size]
    assert [n for _, n, _ in heard] == [0, *(round(x) for x in after)]
    assert {(label, of) for label, _, of in heard} == {("new", round(1.2 * after[-1]) + 1)}


def test_a_large_file_is_more_of_the_work(tmp_path):
    small, large = tmp_path / "公路.gpkg", tmp_path / "铁路.gpkg"
    write(small, roads(CODE))
    large.write_bytes(small.read_bytes() + b"\0" * 20_000_000)
    heard = []
    recognise(tmp_path, COUNTY, lambda _label, n, of: heard.append(n / of))
    assert heard[1] < 0.35  # the first of two; by number of files it was two thirds


def test_what_lies_mostly_elsewhere_is_told_with_its_share_of_length(tmp_path):
    # the county reaches to 106.967 E at 39.0 N: of a line from 106.9 E to 107.9 E what is west
    # of its border is in it, whatever the middle of the line says
    line = shapely.LineString([(106.90, 39.0), (107.90, 39.0)])
    body = {"路名": ["甲"], "行政等级": ["国道"]}
    write(tmp_path / "公路.gpkg", gpd.GeoDataFrame(body, geometry=[line], crs=4490))
    taken = look(tmp_path).taken["road"]
    inside = shapely.intersection(line, bundled_county(CODE).geometry_ll).length
    assert 0.03 < inside < 0.1
    told = next(str(r) for r in taken.remarks if "of it lie in" in str(r))
    assert f"only {100 * inside:.1f} % of it" in told


@pytest.mark.parametrize("code", ["640221", "640221000", 640221])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_one_division_that_is_the_county_is_its_boundary(tmp_path, small, code, share):
    """A survey's XZQ with the county alone, dated, beside the townships of another file."""
    whole = bundled_county(CODE).geometry_ll
    west, south, east, north = whole.bounds
    # what is said to be the county may be part of it: the plan tells which share it covers
    shape = whole & shapely.box(west, south, west + share * (east - west), north)
    own = {"XZQDM": [code], "XZQMC": ["平罗县"], "SJNF": [2023]}
    base = write(tmp_path / "三调.gpkg", small, layer="DLTB")
    write(base, gpd.GeoDataFrame(own, geometry=[shape], crs=4490), layer="XZQ", append=True)
    write(tmp_path / "乡镇界.gpkg", divisions(CODE, 3, 9).drop(columns=["BSM", "YSDM"]))
    found = look(tmp_path)
    assert found.taken["townships"].path.stem == "乡镇界"
    assert found.boundary is not None
    assert (found.boundary.path.stem, found.boundary.table) == ("三调", "XZQ")
    assert found.not_taken == ()


def test_why_a_table_is_not_taken_is_true(tmp_path):
    """One dated township against three without a year: neither holds less for certain."""
    whole = bundled_county(CODE).geometry_ll
    for name, n in (("乡镇界2023", 1), ("乡镇界", 3)):
        codes = {"XZQDM": [f"64022110{k}" for k in range(n)], "XZQMC": list("甲乙丙")[:n]}
        table = gpd.GeoDataFrame(codes, geometry=[whole] * n, crs=4490)
        write(tmp_path / f"{name}.gpkg", table)
    (why,) = whys(look(tmp_path)).values()
    assert "says no year" in why
