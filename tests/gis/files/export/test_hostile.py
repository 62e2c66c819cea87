"""Odd features through every writer, read back by readers that are not ours."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import xml.etree.ElementTree as ET
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from gis.errors import DataError
from gis.files.export.drawing import CadLayer, write_dxf
from gis.files.export.geodatabase import write_geodatabase
from gis.files.export.globe import write_kml
from gis.files.export.portable import write_flatgeobuf, write_geoparquet
from gis.files.write_shapefile import write_shapefile

X, Y = 500_000.0, 4_300_000.0
KML = "{http://www.opengis.net/kml/2.2}"
LONG = "权" * 200


def square(k, side=100.0):
    return shapely.box(X + 200 * k, Y, X + 200 * k + side, Y + side)


def frame(data, shapes, crs="EPSG:4544"):
    return gpd.GeoDataFrame(data, geometry=shapes, crs=crs)


CASES = {
    "quotes": frame(
        {"na'me": ["a'b\"c;--", "x"], 'q"t': ["🌞", "<&>]]>"]}, [square(0), square(1)]
    ),
    "nothing": frame(
        {
            "b": pd.array([True, None], dtype="boolean"),
            "i": pd.array([1, None], dtype="Int64"),
            "s": pd.array(["a", None], dtype="string"),
        },
        [square(0), square(1)],
    ),
    "objects": frame(
        {
            "n": pd.Series([1.5, None], dtype=object),
            "b": pd.Series([True, None], dtype=object),
            "m": pd.Series([1, "a"], dtype=object),
            "l": [["a", "b"], None],
        },
        [square(0), square(1)],
    ),
    "long_names": frame({LONG: ["v"] * 2, LONG[:-1] + "x": [1, 2]}, [square(0), square(1)]),
    "one_name": frame({"Name": ["a"], "name": ["b"], "NAME": ["c"]}, [square(0)]),
    "null_shape": frame({"a": [1, 2]}, [None, square(1)]),
    "no_shapes": frame({"a": [1, 2]}, [None, None]),
    "empty_shape": frame({"a": [1, 2]}, [shapely.Polygon(), square(1)]),
    "no_rows": frame({"a": [], "t": pd.Series([], dtype=object)}, []),
    "heights": frame({"a": [1]}, [shapely.force_3d(square(0), 5.0)]),
    "parts": frame(
        {"a": [1]},
        [shapely.MultiPolygon([square(0), square(1).difference(square(1, 20.0))])],
    ),
    "no_columns": frame({}, [square(0)]),
    "numbered": frame({0: [1], 1: ["a"]}, [square(0)]),
    "own_names": frame({"fid": [7], "OBJECTID": [9], "Shape": ["s"]}, [square(0)]),
    "select": frame({"order": [1]}, [square(0)]).rename_geometry("形状"),
}
# a side of a square is 100 m, a corner moves by 1e-7 m at most in a geodatabase's steps and by
# 1e-10 degree (1e-5 m) in KML: an area moves by the length of the outline times that
OUTLINE = 1_000.0


def area(gdf):
    """Planar area in the zone of the cases [m2]."""
    return float(gdf.to_crs(4544).area.sum()) if len(gdf) else 0.0


@pytest.fixture(params=list(CASES))
def case(request):
    return request.param, CASES[request.param]


@pytest.mark.filterwarnings("ignore")
def test_a_geodatabase_keeps_every_row_and_area(tmp_path, case):
    name, data = case
    path = write_geodatabase(tmp_path / "a.gdb", {name: data})
    (layer,) = [n for n, _ in pyogrio.list_layers(path)]
    back = pyogrio.read_dataframe(path, layer=layer)
    assert len(back) == len(data)
    assert area(back) == pytest.approx(area(data), abs=2e-7 * OUTLINE)
    assert len([c for c in back.columns if c not in ("geometry", "Shape_Area")]) == (
        len(data.columns) - 1
    )


@pytest.mark.filterwarnings("ignore")
def test_flatgeobuf_keeps_every_row_and_bit(tmp_path, case):
    _, data = case
    back = pyogrio.read_dataframe(write_flatgeobuf(tmp_path / "a.fgb", data))
    assert len(back) == len(data)
    assert area(back) == area(data)
    assert bool(back.has_z.any()) == bool(data.has_z.any())


@pytest.mark.filterwarnings("ignore")
def test_geoparquet_keeps_every_row_and_bit(tmp_path, case):
    _, data = case
    path = write_geoparquet(tmp_path / "a.parquet", data)
    assert b"geo" in pq.read_schema(path).metadata
    back = gpd.read_parquet(path)
    assert len(back) == len(data)
    assert area(back) == area(data)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_shapefile_keeps_every_row_and_bit(tmp_path, case, encoding):
    _, data = case
    path = write_shapefile(tmp_path / "a.shp", data, encoding=encoding)
    back = pyogrio.read_dataframe(path)
    assert len(back) == len(data)
    assert area(back) == pytest.approx(area(data), abs=1e-6)
    names = [c for c in back.columns if c != "geometry"]
    assert all(len(n.encode(encoding)) <= 10 for n in names)
    assert len({n.casefold() for n in names}) == max(len(data.columns) - 1, 1)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("suffix", ["kml", "kmz"])
def test_a_globe_shows_every_row(tmp_path, case, suffix):
    name, data = case
    path = write_kml(tmp_path / f"a.{suffix}", {name: data}, title="题 <&> ]]>")
    raw = path.read_bytes()
    if suffix == "kmz":
        with zipfile.ZipFile(path) as box:
            (inside,) = box.namelist()
            raw = box.read(inside)
    root = ET.fromstring(raw)
    marks = root.findall(f".//{KML}Placemark")
    assert len(marks) == len(data)
    drawn = data.geometry.notna() & ~data.geometry.is_empty
    rings = root.findall(f".//{KML}outerBoundaryIs//{KML}coordinates")
    assert len(rings) == sum(len(shapely.get_parts(g)) for g in data.geometry[drawn])
    for text in rings:
        lon, lat = np.array([p.split(",")[:2] for p in text.text.split()], float).T
        assert ((lon > 100) & (lon < 110) & (lat > 35) & (lat < 42)).all()
    if name == "quotes":
        values = [v.text for v in root.iter(f"{KML}value")]
        assert values == ["a'b\"c;--", "🌞", "x", "<&>]]>"]


def pairs(path):
    """Codes and values of a DXF, in the code page its header names."""
    lines = path.read_bytes().decode("gbk").split("\r\n")
    return list(itertools.zip_longest(map(str.strip, lines[::2]), lines[1::2], fillvalue=""))


def entities(path):
    """Objects of a drawing: kind, layer, text, corners."""
    found = pairs(path)
    start = next(i for i, p in enumerate(found) if p == ("2", "ENTITIES"))
    out = []
    for code, value in found[start + 1 :]:
        if code == "0":
            if value == "VERTEX":
                out[-1]["corners"].append([0.0, 0.0])
                inside = True
                continue
            inside = False
            if value not in ("SEQEND", "ENDSEC", "EOF"):
                out.append({"kind": value, "corners": [], "text": "", "layer": ""})
        elif code == "8" and not inside and out:
            out[-1]["layer"] = value
        elif code == "1" and out:
            out[-1]["text"] = value
        elif code in ("10", "20") and inside:
            out[-1]["corners"][-1][code == "20"] = float(value)
    return out


@pytest.mark.filterwarnings("ignore")
def test_a_drawing_holds_every_outline(tmp_path, case):
    name, data = case
    labels = [f"{k}号 🌞 %%c" for k in range(len(data))]
    path = write_dxf(tmp_path / "a.dxf", [CadLayer(name, data, labels)], lang="zh")
    found = entities(path)
    lines = [e for e in found if e["kind"] == "POLYLINE"]
    drawn = data.geometry.notna() & ~data.geometry.is_empty
    assert len(lines) == sum(
        len(shapely.get_rings(p)) for g in data.geometry[drawn] for p in shapely.get_parts(g)
    )
    # even-odd: a hole is drawn as an outline of its own; six decimals of a metre
    sizes = [shapely.Polygon(e["corners"]).area for e in lines]
    holes = sum(
        shapely.Polygon(r).area
        for g in data.geometry[drawn]
        for p in shapely.get_parts(g)
        for r in p.interiors
    )
    assert sum(sizes) - 2 * holes == pytest.approx(area(data), abs=1e-6 * OUTLINE)
    texts = [e["text"] for e in found if e["kind"] == "TEXT" and e["layer"] != "CRS"]
    assert texts == [f"{k}号 ? %%037%%037c" for k in np.flatnonzero(drawn)]
    (said,) = [e["text"] for e in found if e["layer"] == "CRS"]
    assert "35" in said
    assert "105" in said


def test_layers_of_a_drawing_whose_names_fall_together_stay_apart(tmp_path):
    names = ["a/b", "a*b", "A?B", "x" * 40, "x" * 41, "crs"]
    layers = [CadLayer(n, frame({}, [square(k)])) for k, n in enumerate(names)]
    found = entities(write_dxf(tmp_path / "a.dxf", layers))
    called = [e["layer"] for e in found if e["kind"] == "POLYLINE"]
    assert len({c.casefold() for c in called}) == len(names)
    assert all(len(c) <= 31 for c in called)
    assert "CRS" not in {c.upper() for c in called}


def test_layers_of_a_geodatabase_whose_names_fall_together_stay_apart(tmp_path):
    mixed = frame({"a": [1, 2]}, [shapely.Point(X, Y), square(0)])
    layers = {"a": mixed, "a_point": frame({"a": [1]}, [shapely.Point(X, Y)])}
    path = write_geodatabase(tmp_path / "a.gdb", layers)
    found = [n for n, _ in pyogrio.list_layers(path)]
    assert len(found) == 3
    assert sum(len(pyogrio.read_dataframe(path, layer=n)) for n in found) == 3


def test_numbers_of_joined_tables_stay_numbers(tmp_path):
    path = write_geodatabase(tmp_path / "a.gdb", {"a": CASES["objects"]})
    back = pyogrio.read_dataframe(path)
    assert back["n"].tolist()[0] == 1.5
    assert np.isnan(back["n"].tolist()[1])
    assert back["b"].tolist()[0] == 1
    assert back["m"].tolist() == ["1", "a"]
    assert back["l"].tolist()[0] == "a;b"


def test_whole_numbers_lose_no_digit(tmp_path):
    data = frame(
        {
            "small": [-(2**31) + 1, 1],
            "exact": [2**53, 1],
            "wide": [2**53 + 1, 1],
            "least": [-(2**63), 1],
            "most": np.array([2**64 - 1, 1], np.uint64),
        },
        [square(0), square(1)],
    )
    back = pyogrio.read_dataframe(write_geodatabase(tmp_path / "a.gdb", {"a": data}))
    for name in data.columns.drop("geometry"):
        assert int(back[name].iloc[0]) == int(data[name].iloc[0]), name


def test_a_number_a_shapefile_cannot_hold_is_refused(tmp_path):
    with pytest.raises(DataError, match="more places"):
        write_shapefile(tmp_path / "a.shp", frame({"f": [1e300]}, [square(0)]))
    assert not (tmp_path / "a.shp").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_desktop_of_2022_opens_the_geodatabase(tmp_path):
    tool = shutil.which("ogrinfo")
    if tool is None:
        pytest.skip("no ogrinfo on this machine")
    path = write_geodatabase(
        tmp_path / "结果 a.gdb",
        dict(CASES),
        tables={"codes": pd.DataFrame({"code": [1], "title": ["甲"]})},
        fields={"a": "面积 <&>"},
        names={"parts": "多部分"},
    )
    command = [tool, "-al", "-so", "-ro", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    assert done.stdout.count("Layer name:") == len(CASES) + 1
    assert 'alternative name="面积 <&>"' in done.stdout
    assert 'ID["EPSG",4544]' in done.stdout


def test_a_table_of_a_layers_name_does_not_take_its_place(tmp_path):
    layer, table = frame({"a": [1]}, [square(0)]), pd.DataFrame({"cost": [2.5, 3.5]})
    path = write_geodatabase(tmp_path / "a.gdb", {"works": layer}, tables={"works": table})
    assert len(pyogrio.read_dataframe(path, layer="works")) == 1
    assert pyogrio.read_dataframe(path, layer="works_table")["cost"].tolist() == [2.5, 3.5]
