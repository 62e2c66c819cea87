"""Files as offices pack them: KMZ, zipped geodatabases, Chinese headers, drawings."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import DataError
from gis.files.read import notes_of, read_features
from gis.files.write import write_drawing, write_shapefile

BOX = shapely.box(500_000, 4_300_000, 500_500, 4_300_400)
RING = shapely.box(501_000, 4_300_000, 502_000, 4_301_000).difference(
    shapely.box(501_200, 4_300_200, 501_400, 4_300_400)
)
NAMES = ["高仁乡", "红崖子乡"]


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "平罗 县"
    path.mkdir()
    return path


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": NAMES}, geometry=[BOX, RING], crs=4544)


class gbk(zipfile.ZipInfo):  # noqa: N801
    """A member's name as Chinese Windows writes it: GBK bytes without the UTF-8 flag."""

    def _encodeFilenameFlags(self):  # noqa: N802
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


@pytest.mark.parametrize("member", ["doc.kml", "图层/片区.kml"])
def test_kmz(folder, member):
    write_drawing(folder / "a.kml", frame())
    path = folder / "片区.kmz"
    with zipfile.ZipFile(path, "w") as z:
        z.write(folder / "a.kml", member)
        z.writestr("files/icon.png", b"picture")
    got = read_features(path)
    assert list(got["Name"]) == NAMES
    assert got.crs.to_epsg() == 4326
    np.testing.assert_allclose(got.to_crs(4544).area, frame().area, rtol=1e-6)


def test_kml_of_several_folders_is_one_picture(folder):
    def placemark(name: str, west: float) -> str:
        ring = " ".join(
            f"{x},{y},1100"
            for x, y in ((west, 38), (west + 1, 38), (west + 1, 39), (west, 39), (west, 38))
        )
        return (
            f"<Placemark><name>{name}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
            f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        )

    text = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><Folder><name>甲</name>{placemark('一', 105)}</Folder>"
        f"<Folder><name>乙</name>{placemark('二', 107)}</Folder></Document></kml>"
    )
    path = folder / "a.kmz"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr("doc.kml", text)
    got = read_features(path)
    assert sorted(got["Name"]) == ["一", "二"]
    assert not shapely.has_z(got.geometry).any()
    assert len(read_features(path, layer="乙")) == 1


@pytest.mark.parametrize("name", ["图斑.gdb.zip", "成果.zip"])
@pytest.mark.parametrize("inside", ["图斑.gdb", "子目录/图斑.gdb"])
def test_zipped_geodatabase(folder, name, inside):
    frame().to_file(folder / "a.gdb", driver="OpenFileGDB", layer="地类图斑")
    with zipfile.ZipFile(folder / name, "w") as z:
        for file in sorted((folder / "a.gdb").iterdir()):
            z.writestr(gbk(f"{inside}/{file.name}"), file.read_bytes())
        z.writestr(gbk("说明.txt"), "说明")
    for layer in ("", "地类图斑"):
        got = read_features(folder / name, layer=layer)
        assert list(got["name"]) == NAMES
        assert got.crs.to_epsg() == 4544
        np.testing.assert_allclose(got.area, frame().area)
    with pytest.raises(DataError, match="地类图斑"):
        read_features(folder / name, layer="无")


def test_zip_of_two_shapefiles_is_chosen_from_by_name(folder):
    for stem, part in (("图斑", frame()), ("道路", frame().iloc[:1])):
        write_shapefile(folder / f"{stem}.shp", part)
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w") as z:
        for file in sorted(folder.glob("*.*")):
            if file != path:
                z.writestr(gbk(f"矢量/{file.name}"), file.read_bytes())
    with pytest.raises(DataError, match=r"图斑\.shp, 道路\.shp"):
        read_features(path)
    assert list(read_features(path, layer="图斑")["name"]) == NAMES
    assert len(read_features(path, layer="道路")) == 1


def test_faults_of_packed_files_name_the_archive(folder):
    pd.DataFrame({"a": [1]}).to_csv(folder / "a.csv", index=False)
    for name in ("a.csv",):
        path = folder / "a.zip"
        with zipfile.ZipFile(path, "w") as z:
            z.write(folder / name, "表.csv")
        with pytest.raises(DataError, match="no coordinate columns") as e:
            read_features(path)
        assert str(path) in str(e.value)
        assert "geoplan-" not in str(e.value)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("X 北坐标", "Y 东坐标"),
        ("X北坐标(m)", "Y东坐标(m)"),
        ("X（北坐标）", "Y（东坐标）"),
        ("X坐标", "Y坐标"),
        ("纵坐标X", "横坐标Y"),
        (" X 北坐标 ", " Y 东坐标 "),
        ("北坐标", "东坐标"),
    ],
)
@pytest.mark.parametrize("zone", [0, 35])
def test_workbook_with_chinese_headers(folder, x, y, zone):
    path = folder / "拐点.xlsx"
    pd.DataFrame(
        {
            "序号": range(1, 6),
            "地块编号": ["高仁"] * 5,
            "界址点号": ["J1", "J2", "J3", "J4", "J1"],
            x: [4_300_000.0, 4_300_000, 4_300_100, 4_300_100, 4_300_000],
            y: zone * 1e6 + np.array([500_000.0, 500_200, 500_200, 500_000, 500_000]),
        }
    ).to_excel(path, index=False)
    got = read_features(path, crs="" if zone else "EPSG:4544")
    assert got.crs.to_epsg() == (4523 if zone else 4544)
    # 200 m east by 100 m north
    assert got.total_bounds.tolist() == [
        zone * 1e6 + 500_000, 4_300_000, zone * 1e6 + 500_200, 4_300_100,
    ]  # fmt: skip
    assert got["parcel_no"].tolist() == ["高仁"]


def test_workbook_with_a_title_and_numbers_as_text(folder):
    path = folder / "坐标表.xlsx"
    pd.DataFrame(
        [
            ["高仁光伏园区拐点坐标表", None, None],
            ["点号", "X 北坐标", "Y 东坐标"],
            ["J1", "4300000.000", "35500000.000"],
            ["J2", "4300000.000", "35500200.000"],
            ["J3", "4300100.000", "35500200.000"],
            [None, None, None],
        ]
    ).to_excel(path, index=False, header=False)
    got = read_features(path)
    assert got.area.tolist() == pytest.approx([10_000])
    assert got.crs.to_epsg() == 4523


def drawing(version: str, page: str) -> str:
    """LWPOLYLINEs on a layer with a Chinese name; flag 70 = 1 closes the first."""

    def polyline(points: list[tuple[float, float]], *, closed: bool) -> str:
        rows = ["0", "LWPOLYLINE", "8", "红线", "90", str(len(points)), "70", str(int(closed))]
        for x, y in points:
            rows += ["10", str(x), "20", str(y)]
        return "\n".join(rows)

    x, y = 500_000, 4_300_000
    head = ["0\nSECTION\n2\nHEADER"]
    if version:
        head.append(f"9\n$ACADVER\n1\n{version}")
    if page:
        head.append(f"9\n$DWGCODEPAGE\n3\n{page}")
    return "\n".join(
        [
            *head,
            "0\nENDSEC\n0\nSECTION\n2\nENTITIES",
            polyline([(x, y), (x + 100, y), (x + 100, y + 100), (x, y + 100)], closed=True),
            polyline([(x + 200, y), (x + 300, y)], closed=False),
            "0\nENDSEC\n0\nEOF\n",
        ]
    )


@pytest.mark.parametrize(
    ("version", "page", "encoding"),
    [
        # AutoCAD 2007 and later: UTF-8, whatever the code page in the header says
        ("AC1021", "", "utf-8"),
        ("AC1032", "ANSI_936", "utf-8"),
        ("AC1027", "ANSI_1252", "utf-8"),
        ("AC1018", "ANSI_936", "gbk"),
        ("AC1015", "ANSI_1252", "gbk"),
        ("AC1015", "", "gbk"),
        ("", "", "utf-8"),
    ],
)
def test_drawing_with_closed_and_open_polylines(folder, version, page, encoding):
    path = folder / "红线.dxf"
    path.write_text(drawing(version, page), encoding=encoding)
    got = read_features(path, crs="EPSG:4544")
    assert got.geometry.geom_type.tolist() == ["Polygon", "LineString"]
    assert got.area[0] == pytest.approx(10_000)
    assert got["Layer"].tolist() == ["红线", "红线"]
    (note,) = notes_of(got)
    assert (note.code, note.figures["n"]) == ("closed_lines", 1)
    with pytest.raises(DataError, match="no coordinate system"):
        read_features(path)
    with zipfile.ZipFile(folder / "a.zip", "w") as z:
        z.writestr(gbk("用地/红线.dxf"), path.read_bytes())
    assert read_features(folder / "a.zip", crs="EPSG:4544")["Layer"].tolist() == ["红线"] * 2
