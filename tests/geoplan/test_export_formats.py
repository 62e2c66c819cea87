"""Results in every format, each read back by a reader that is not its writer."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from geoplan.demo import sample_plan
from geoplan.export.ask import wanted
from geoplan.export.folder import export_folder
from geoplan.export.write import file_stem, write_results
from geoplan.report.exports import field_docs, run_layers
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError, DataError
from tests.geoplan.fake_run import fake_run

KML = "{http://www.opengis.net/kml/2.2}"
VECTORS = ("gpkg", "gdb", "shp", "fgb", "parquet", "kml", "kmz", "dxf")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fake_run(tmp_path_factory.mktemp("export") / "成果 run", cell_m=400.0, n_parcels=60)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def out(run, tmp_path_factory, told):
    """All formats at once, in the zone with its number."""
    to = tmp_path_factory.mktemp("out") / "导出"
    ask = wanted([*VECTORS, "cog", "txt", "points"], crs="cgcs2000-3-zone")
    write_results(sample_plan("tiny"), run, ask, to, lang="zh", tell=told.append)
    return to


@pytest.fixture(scope="module")
def layers(run):
    return dict(run_layers(run))


def length_of(gdf):
    return float(shapely.length(gdf.to_crs(4523).geometry.to_numpy()).sum())


def same(read, gave, moved_m, *, names=None, empty=True):
    """Rows, system, attributes and areas; `moved_m` is how far a corner may have moved.

    An outline of length L whose corners move by e changes its area by less than L e.
    """
    assert len(read) == len(gave)
    metric = read.to_crs(4523) if read.crs.to_epsg() != 4523 else read
    there = gave.to_crs(4523)
    areas = np.abs(
        polygon_area_m2(metric.geometry, metric.crs)
        - polygon_area_m2(there.geometry, there.crs)
    )
    lengths = shapely.length(there.geometry.to_numpy())
    assert (areas <= lengths * moved_m + 1e-4).all()
    for column in gave.columns.drop("geometry"):
        own = (names or {}).get(column, column)
        a, b = gave[column], read[own]
        if a.dtype.kind in "fiu":
            assert np.allclose(a.astype(float), b.astype(float), rtol=1e-14, equal_nan=True), (
                own
            )
        elif a.dtype == bool:
            assert a.astype(int).tolist() == b.astype(int).tolist()
        else:
            # the table of a Shapefile has no empty text but nothing
            none = (None,) if empty else ("", None)
            texts = [[None if v in none or v != v else str(v) for v in c] for c in (a, b)]
            assert texts[0] == texts[1], own


def polygons(layers):
    return {n: g for n, g in layers.items() if g.geom_type.str.contains("Polygon").all()}


def test_geopackage_and_geodatabase(out, layers):
    # the driver keeps steps of 1e-7 m, the projection there and back another 1e-7 m
    for file, moved in (("results.gpkg", 1e-6), ("results.gdb", 1e-6)):
        for name, gave in polygons(layers).items():
            read = pyogrio.read_dataframe(out / file, layer=name)
            assert read.crs.to_epsg() == 4523
            # the driver adds a sign to a word of SQL
            words = {"group": "group_"} if file.endswith(".gdb") else {}
            same(read, gave, moved, names=words)
    names = {n for n, kind in pyogrio.list_layers(out / "results.gdb") if kind is not None}
    assert names == set(layers)
    tables = {n for n, kind in pyogrio.list_layers(out / "results.gdb") if kind is None}
    assert {"fields", "codes_pv"} <= tables


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="no ogrinfo on this machine")
def test_another_gdal_reads_the_geodatabase_with_its_aliases(out):
    done = subprocess.run(
        ["ogrinfo", "-so", out / "results.gdb", "sites"],
        capture_output=True,
        text=True,
        check=True,
    )
    title = field_docs()["site_id"]["zh"]
    assert re.search(rf'site_id: String.*alternative name="{title}"', done.stdout)
    assert "Feature Count: " in done.stdout
    assert 'ID["EPSG",4523]' in done.stdout


def test_shapefiles_in_gbk_with_their_names(out, layers):
    for name, gave in polygons(layers).items():
        with (out / "shp" / f"{name}_fields.csv").open(encoding="utf-8-sig") as stream:
            short = {r["full"]: r["shapefile"] for r in csv.DictReader(stream)}
        assert max(len(s.encode("gbk")) for s in short.values()) <= 10
        assert len(set(short.values())) == len(short)
        assert (out / "shp" / f"{name}.cpg").read_text() == "GBK"
        read = pyogrio.read_dataframe(out / "shp" / f"{name}.shp", encoding="GBK")
        same(read, gave, 1e-6, names=short, empty=False)


def test_flatgeobuf_and_parquet(out, layers):
    pq = pytest.importorskip("pyarrow.parquet")
    for name, gave in polygons(layers).items():
        # its index is the order of its rows
        read = pyogrio.read_dataframe(out / "fgb" / f"{name}.fgb")
        key = gave.columns[0]
        assert gave[key].is_unique
        order = gave[key].tolist()
        read = read.iloc[np.argsort([order.index(v) for v in read[key]])].reset_index(drop=True)
        same(read, gave, 1e-6)
        table = pq.read_table(out / "parquet" / f"{name}.parquet")
        facts = json.loads(table.schema.metadata[b"geo"])
        assert facts["columns"]["geometry"]["crs"]["id"] == {"authority": "EPSG", "code": 4523}
        shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
        columns = {c: table[c].to_pylist() for c in gave.columns.drop("geometry")}
        same(gpd.GeoDataFrame(columns, geometry=shapes, crs=4523), gave, 1e-6)


def placemarks(root):
    for folder in root.iter(f"{KML}Folder"):
        for mark in folder.iter(f"{KML}Placemark"):
            data = {d.get("name"): d.findtext(f"{KML}value") for d in mark.iter(f"{KML}Data")}
            rings = [
                [tuple(map(float, p.split(","))) for p in c.text.split()]
                for c in mark.iter(f"{KML}coordinates")
            ]
            yield folder.get("id"), mark.findtext(f"{KML}name"), data, rings


def test_kml_and_kmz_by_an_xml_parser(out, layers):
    root = ElementTree.parse(out / "results.kml").getroot()
    with zipfile.ZipFile(out / "results.kmz") as archive:
        assert archive.namelist() == ["doc.kml"]
        assert ElementTree.fromstring(archive.read("doc.kml")).tag == root.tag
    marks = [m for m in placemarks(root) if m[0] == "sites"]
    sites = layers["sites"]
    assert [m[1] for m in marks] == sites["site_id"].tolist()
    for (_, _, data, rings), site in zip(marks, sites.itertuples(), strict=True):
        shape = gpd.GeoSeries([site.geometry], crs=sites.crs).to_crs(4326).iloc[0]
        expected = shapely.get_coordinates(shape)
        # nine decimals are half of 1e-9 degrees
        assert np.abs(np.concatenate(rings) - expected).max() <= 0.6e-9
        assert data["area_m2"] == str(site.area_m2)
    titles = {d.get("name"): d.findtext(f"{KML}displayName") for d in root.iter(f"{KML}Data")}
    assert titles["site_id"] == field_docs()["site_id"]["zh"]


def pairs(path):
    lines = path.read_bytes().decode("gbk").split("\r\n")
    assert lines[-1] == ""
    return list(zip(map(int, lines[:-1:2]), lines[1::2], strict=True))


def test_dxf_by_its_group_codes_and_by_gdal(out, layers):
    found = pairs(out / "results.dxf")
    assert found[0] == (999, next(v for c, v in found if c == 1 and "EPSG" in v))
    assert "第 35 带" in found[0][1]
    assert "4523" in found[0][1]
    vertices = {}
    for i, (code, value) in enumerate(found):
        if (code, value) == (0, "VERTEX"):
            vertices.setdefault(found[i + 1][1], []).append(
                (float(found[i + 2][1]), float(found[i + 3][1]))
            )
    sites = layers["sites"].to_crs(4523)
    for site, shape in zip(sites["site_id"], sites.geometry, strict=True):
        rings = [shapely.get_coordinates(r)[:-1] for r in shapely.get_rings(shape)]
        got = np.array(vertices[re.sub(r"[^\w$-]", "_", f"sites_{site}")[:31]])
        assert np.abs(got - np.concatenate(rings)).max() <= 0.51e-6  # six decimals
    texts = {v for (c, v), (a, b) in zip(found[6:], found, strict=False) if c == 1}
    assert set(sites["site_id"]) <= texts
    read = pyogrio.read_dataframe(out / "results.dxf")
    names = {re.sub(r"[^\w$-]", "_", f"sites_{s}")[:31] for s in sites["site_id"]}
    assert names <= set(read["Layer"])
    assert any("高斯" in str(t) for t in read["Text"])


def test_coordinate_text_by_its_grammar(out, layers):
    raw = (out / "txt" / "sites.txt").read_bytes().decode("gb18030")
    assert "带号=35" in raw
    assert raw.count("@\r\n") == len(layers["sites"])
    points = re.findall(r"^J\d+,\d+,([\d.]+),([\d.]+)\r$", raw, re.M)
    shapes = layers["sites"].to_crs(4523).geometry
    gave = np.concatenate([shapely.get_coordinates(s) for s in shapes])
    assert np.abs(np.array(points, float)[:, ::-1] - gave).max() <= 0.51e-4


def test_boundary_points_by_openpyxl_and_python_docx(out, layers):
    docx = pytest.importorskip("docx")
    openpyxl = pytest.importorskip("openpyxl")
    sites = layers["sites"]
    lon = sites.to_crs(4490).total_bounds[[0, 2]].mean()
    zone = int((lon + 1.5) // 3)  # of three degrees, counted from 1.5 E
    plane = sites.to_crs(zone + 4488)  # EPSG 4513 is zone 25
    xy = shapely.get_coordinates(plane.geometry.to_numpy()).round(4).tolist()
    corners = {(north, east) for east, north in xy}
    book = openpyxl.load_workbook(out / "sites_points.xlsx")
    rows = [r for sheet in book for r in sheet.iter_rows(values_only=True)]
    numbers = [[float(v) for v in r if isinstance(v, int | float) and v > 1e5] for r in rows]
    assert corners <= {(r[0], r[1]) for r in numbers if len(r) >= 2}
    assert f"第 {zone} 带" in " ".join(v for r in rows for v in r if isinstance(v, str))
    word = docx.Document(out / "sites_points.docx")
    texts = {c.text for t in word.tables for c in t._cells}
    assert {f"{north:.4f}" for north, _ in corners} <= texts
    for table in word.tables:
        if len(table.rows) > len(plane):
            assert table.rows[0]._tr.trPr.find(docx.oxml.ns.qn("w:tblHeader")) is not None


def cog_faults(path):
    """What the layout of a cloud-optimised GeoTIFF asks for (GDAL's own validator's rules)."""
    with rasterio.open(path) as data:
        if max(data.shape) > 512:
            assert data.profile["tiled"]
            assert data.overviews(1), path
        assert data.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    raw = path.read_bytes()
    assert b"LAYOUT=IFDS_BEFORE_DATA" in raw[:500]
    order = "<" if raw[:2] == b"II" else ">"
    kind = np.dtype(f"{order}u4")
    at = int(np.frombuffer(raw, kind, 1, 4)[0])
    ends = []
    while at:
        ends.append(at)
        n = int(np.frombuffer(raw, f"{order}u2", 1, at)[0])
        at = int(np.frombuffer(raw, kind, 1, at + 2 + 12 * n)[0])
    assert ends == sorted(ends)  # the directories stand in their order, before the tiles


def test_rasters_with_colours_names_units_and_statistics(out, run):
    for path in sorted((out / "cog").glob("*.tif")):
        cog_faults(path)
    with rasterio.open(run / "eligibility.tif") as source:
        techs, states = source.descriptions, source.read()
    for band, tech in enumerate(techs):
        path = out / "cog" / f"eligibility_{tech}.tif"
        with rasterio.open(path) as data:
            assert (data.read(1) == states[band]).all()
            assert data.colormap(1)[1] == (0x0B, 0x7A, 0x75, 255)  # "left" of themes.toml
            assert data.nodata == 0
        names = ElementTree.parse(f"{path}.aux.xml").getroot()
        words = [c.text or "" for c in names.iter("Category")]
        assert words[1] in ("可用", "未禁止")
        style = ElementTree.parse(path.with_suffix(".qml")).getroot()
        entries = {e.get("value"): e for e in style.iter("paletteEntry")}
        assert [e.get("label") for e in entries.values()] == words
        assert entries["1"].get("color") == "#0b7a75"
        assert entries["0"].get("alpha") == "0"
    with rasterio.open(out / "cog" / "carbon_density.tif") as data:
        values = data.read(1, masked=True).astype(float)
        tags = data.tags(1)
        assert float(tags["STATISTICS_MEAN"]) == pytest.approx(values.mean(), rel=1e-6)
        assert float(tags["STATISTICS_MAXIMUM"]) == pytest.approx(values.max(), rel=1e-6)


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="no gdalinfo on this machine")
def test_another_gdal_shows_the_names_of_classes(out, run):
    with rasterio.open(run / "eligibility.tif") as source:
        tech = source.descriptions[0]
    path = out / "cog" / f"eligibility_{tech}.tif"
    done = subprocess.run(["gdalinfo", path], capture_output=True, text=True, check=True)
    categories = done.stdout.split("Categories:")[1]
    assert "1: 可用" in categories


def test_the_field_table_and_what_a_format_could_not_hold(out, told):
    with (out / "fields.csv").open(encoding="utf-8-sig") as stream:
        rows = {r["column"]: r for r in csv.DictReader(stream)}
    assert rows["area_m2"]["unit"] == "m2"
    assert [t for t in told if "--crs" in t("zh")]


# ------------------------------------------------------------------ what is asked for


def export(run, to, *formats, **more):
    return write_results(
        sample_plan("tiny"), run, wanted(formats, **more), to, lang="en", tell=lambda _: None
    )


def test_wrong_choices_name_what_there_is(run, tmp_path):
    with pytest.raises(ConfigError, match=r"shapefile.*gpkg, gdb"):
        wanted(["shapefile"])
    with pytest.raises(ConfigError, match="latin"):
        wanted(["shp"], encoding="latin")
    with pytest.raises(ConfigError, match=r"sitess.*sites"):
        export(run, tmp_path / "x", "kml", layers=["sitess"])
    with pytest.raises(ConfigError, match="NO-1"):
        export(run, tmp_path / "x", "kml", site="NO-1")
    with pytest.raises(ConfigError, match="polygons"):
        export(run, tmp_path / "x", "txt", layers=["turbines_new"])
    assert not (tmp_path / "x").exists()


def test_some_layers_of_one_site(run, tmp_path, layers):
    site = layers["sites"]["site_id"].iloc[0]
    export(run, tmp_path, "gpkg", layers=["sites, county"])
    assert {n for n, _ in pyogrio.list_layers(tmp_path / "results.gpkg")} == {"sites", "county"}
    export(run, tmp_path, "gpkg", site=site)
    assert pyogrio.read_dataframe(tmp_path / "results.gpkg", layer="sites")[
        "site_id"
    ].tolist() == [site]


def test_zones_with_and_without_number(run, tmp_path):
    for word, code in (("cgcs2000-3", 4544), ("cgcs2000-3-zone", 4523), ("EPSG:4490", 4490)):
        export(run, tmp_path, "fgb", layers=["sites"], crs=word)
        assert pyogrio.read_info(tmp_path / "fgb" / "sites.fgb")["crs"] == f"EPSG:{code}"


def test_a_run_takes_exports_in_its_own_folder_only(run, tmp_path):
    for bad in (run, run / "steps", run / "steps" / "x"):
        with pytest.raises(ConfigError, match="exports"):
            export(run, bad, "kml")
    written = export(run, None, "kml", layers=["sites"])
    assert (run / "exports" / "results.kml") in written
    shutil.rmtree(run / "exports")


@pytest.mark.parametrize("name", ["results.kml", "results.gdb/a.gdbtable", "fields.csv"])
def test_files_of_others_are_left_alone(run, tmp_path, name):
    other = tmp_path / name
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    with pytest.raises(DataError, match="no export's"):
        export(run, tmp_path, "kml,gdb", layers=["sites"])
    assert other.read_text() == "mine"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [other]


def test_nothing_is_written_through_a_link_or_beside_a_file(run, tmp_path):
    elsewhere, to = tmp_path / "elsewhere", tmp_path / "to"
    elsewhere.mkdir()
    to.mkdir()
    (to / "shp").symlink_to(elsewhere)
    with pytest.raises(DataError, match=r"no export's.*shp"):
        export(run, to, "shp,kml", layers=["sites"])
    assert list(elsewhere.iterdir()) == []
    (to / "shp").unlink()
    (to / "shp").write_text("no folder")
    with pytest.raises(DataError, match=r"no export's.*shp"):
        export(run, to, "shp,kml", layers=["sites"])
    assert [p.name for p in to.iterdir()] == ["shp"]  # nothing half done


def test_what_leaves_nothing_to_write_is_refused(run, tmp_path):
    with pytest.raises(ConfigError, match="--format"):
        export(run, tmp_path, ",")
    site = dict(run_layers(run))["sites"]["site_id"].iloc[0]
    with pytest.raises(ConfigError, match="these layers have no sites"):
        export(run, tmp_path, "gdb", layers=["county"], site=site)


def test_an_export_takes_the_place_of_its_own_and_of_no_edited_file(run, tmp_path):
    export(run, tmp_path, "gdb,kml,shp", layers=["sites"])
    (tmp_path / "results.gdb" / "x.lock").touch()  # of a desktop that has it open
    (tmp_path / "shp" / "sites.qix").touch()
    (tmp_path / "own.txt").touch()
    export(run, tmp_path, "gdb,kml,shp", layers=["sites"])
    assert not (tmp_path / "shp" / "sites.qix").exists()  # it pointed into the file before
    assert (tmp_path / "own.txt").exists()
    (tmp_path / "results.kml").write_text("edited")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(DataError, match=r"results\.kml"):
        export(run, tmp_path, "gdb,kml,shp", layers=["sites"])
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}


def test_a_full_disk_leaves_the_folder_as_it_was(run, tmp_path, monkeypatch):
    export(run, tmp_path / "o", "kml,gdb", layers=["sites"])
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyogrio, "write_arrow", full)
    with pytest.raises(DataError, match="disk is full"):
        export(run, tmp_path / "o", "kml,gdb", layers=["sites"])
    with pytest.raises(DataError, match="disk is full"):
        export(run, tmp_path / "new", "kml,gdb", layers=["sites"])
    assert before == {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert not (tmp_path / "new").exists()


def test_a_full_disk_is_told_at_the_place_that_was_named(run, tmp_path, monkeypatch):
    """GDAL says of a file it could not finish what is wrong with it; the folder it is written
    aside in is nobody's."""
    from collections import namedtuple

    def cut(*_, **__):
        raise pyogrio.errors.DataSourceError("no such table: gpkg_contents")

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(pyogrio, "write_dataframe", cut)
    for free, words in ((0, "磁盘已满"), (10**9, "gpkg_contents")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, f=free: usage(1, 1, f))
        with pytest.raises(DataError) as err:
            export(run, tmp_path / "o", "gpkg", layers=["sites"])
        told = err.value.text("zh")
        assert words in told
        assert str(tmp_path / "o" / "results.gpkg") in told
        assert ".export-" not in told


def test_a_place_that_cannot_be_written_is_a_fault_of_the_data(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="cannot be written"):
        export(run, tmp_path / "file" / "x", "kml", layers=["sites"])
    link = tmp_path / "link"
    link.mkdir()
    (link / "results.kml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"results\.kml"):
        export(run, link, "kml", layers=["sites"])
    assert not (tmp_path / "elsewhere").exists()


def test_names_every_system_takes():
    assert [file_stem(n) for n in ("CON", "com1.x", "nul", "a?b", "..")] == [
        "CON_",
        "com1.x_",
        "nul_",
        "a_b",
        "_",
    ]


def odd(n=3):
    long = "长" * 200
    texts = ["quote \" and ' <b>&", "emoji 🌞 %%d", long]
    return gpd.GeoDataFrame(
        {
            "name": (texts * (n // 3 + 1))[:n],
            "group": range(n),
            "big": [2**60 + i for i in range(n)],
            "many": [["a", 1]] * n,
            "when": pd.Timestamp("2026-11-28 10:11:12"),
            "x" * 200: 1.5,
        },
        geometry=[
            shapely.box(35_500_000, 4_290_000, 35_500_100, 4_290_100),
            None,
            shapely.MultiPolygon(
                [
                    shapely.box(35_501_000 + k, 4_290_000, 35_501_010 + k, 4_290_010)
                    for k in (0, 50)
                ]
            ),
        ][:n]
        + [shapely.box(35_500_000, 4_290_000, 35_500_100, 4_290_100)] * (n - 3),
        crs=4523,
    )


def test_odd_names_long_fields_and_missing_shapes(tmp_path):
    from gis.files.export.drawing import CadLayer, write_dxf
    from gis.files.export.geodatabase import write_geodatabase
    from gis.files.export.globe import write_kml
    from gis.files.export.portable import write_flatgeobuf, write_geoparquet
    from gis.files.write_shapefile import write_shapefile

    frame = odd()
    notes = []
    write_geodatabase(tmp_path / "a.gdb", {"odd": frame}, fields={"name": "名 <称>"})
    write_kml(tmp_path / "a.kml", {"odd": frame})
    write_dxf(tmp_path / "a.dxf", [CadLayer("奇 /怪", frame, frame["name"].tolist())])
    write_flatgeobuf(tmp_path / "a.fgb", frame)
    write_geoparquet(tmp_path / "a.parquet", frame)
    write_shapefile(tmp_path / "a.shp", frame, notes=notes)
    for file in ("a.gdb", "a.fgb", "a.parquet"):
        read = (
            gpd.read_parquet(tmp_path / file)
            if file == "a.parquet"
            else pyogrio.read_dataframe(tmp_path / file)
        )
        assert read["name"].tolist() == frame["name"].tolist()
        assert read.geometry.isna().tolist() == [False, True, False]
        # 2**60 and its neighbours are no doubles: as text where there are no long numbers
        assert [int(v) for v in read["big"]] == frame["big"].tolist()
    root = ElementTree.parse(tmp_path / "a.kml").getroot()
    assert [m[1] for m in placemarks(root)] == frame["name"].tolist()
    texts = [v for c, v in pairs(tmp_path / "a.dxf") if c == 1]
    assert "quote \" and ' <b>&" in texts
    short = pyogrio.read_dataframe(tmp_path / "a.shp")
    assert short["name"].iloc[1] == "emoji ? %%d"
    assert short["name"].iloc[2] == "长" * 127  # 254 bytes
    with (tmp_path / "a_long_text.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["row"], r["text"]) for r in rows if r["field"] == "name"] == [
        ("2", "emoji 🌞 %%d"),
        ("3", "长" * 200),
    ]
    assert [n.code for n in notes] == ["text_cut"]
    assert short["when"].iloc[0].startswith("2026-11-28")


def test_a_number_a_shapefile_cannot_hold_is_refused(tmp_path):
    from gis.files.write_shapefile import write_shapefile

    frame = odd().assign(f=[1e25, 1.0, 2.0])
    with pytest.raises(DataError, match=r"1e\+25"):
        write_shapefile(tmp_path / "a.shp", frame)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_hundred_thousand_features(tmp_path):
    from gis.files.export.geodatabase import write_geodatabase
    from gis.files.export.portable import write_flatgeobuf

    frame = odd(100_000)
    write_geodatabase(tmp_path / "a.gdb", {"odd": frame})
    write_flatgeobuf(tmp_path / "a.fgb", frame)
    for file in ("a.gdb", "a.fgb"):
        assert (
            pyogrio.read_info(tmp_path / file, force_feature_count=True)["features"] == 100_000
        )


def test_a_file_is_no_place_for_an_export(run, tmp_path):
    there = tmp_path / "afile"
    there.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"--to.*afile.*give a folder"):
        export_folder(run, there)
    assert there.read_text(encoding="utf-8") == "mine"
