"""What an export is asked for: systems that fit, options that are used, fields as they are."""

from __future__ import annotations

import csv
import itertools
import math
from xml.etree import ElementTree

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geoplan.cli import main
from geoplan.demo import sample_plan
from geoplan.export.ask import FORMATS, wanted
from geoplan.export.system import asked_crs, fitting
from geoplan.export.write import write_results
from gis.errors import ConfigError
from gis.files.export.drawing import system_of
from tests.geoplan.fake_run import fake_run

KML = "{http://www.opengis.net/kml/2.2}"
FILES = tuple(f for f in FORMATS if f != "postgis")
TURNED = "+proj=ob_tran +o_proj=longlat +o_lat_p=40 +o_lon_p=10 +lon_0=180"
CRS_OF = [f for f in FORMATS if f not in ("kml", "kmz", "cog")]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fake_run(tmp_path_factory.mktemp("asked") / "run", cell_m=400.0, n_parcels=60)


@pytest.fixture
def verb(run, monkeypatch, capsys):
    """The verb on the command line: exit code, stdout, stderr."""
    monkeypatch.setattr("geoplan.commands.results.finished_run", lambda *_: run)
    monkeypatch.setattr("geoplan.commands.results._warned", lambda *_: None)

    def call(*words, lang="en"):
        code = main(["export", str(sample_plan("tiny").path), *words, "--lang", lang])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def place(lon, lat, size=0.4, crs=4544):
    """A county of some size, in the plan's system."""
    box = shapely.box(lon - size / 2, lat - size / 2, lon + size / 2, lat + size / 2)
    return gpd.GeoDataFrame(geometry=[box], crs=4490).to_crs(crs)


# ------------------------------------------------------------------ systems


@pytest.mark.parametrize("kind", ["gpkg", "dxf"])
@pytest.mark.parametrize(
    "crs", ["EPSG:1", "gurke", "EPSG:4978", "EPSG:5773", "EPSG:4610", TURNED]
)
def test_a_system_that_is_none_is_a_fault_of_the_command(verb, tmp_path, kind, crs):
    """Unknown, nonsense, of space, of heights, of Xi'an 80, turned: exit code 2, a way out."""
    code, out, err = verb("--format", kind, "--crs", crs, "--to", str(tmp_path / "o"))
    assert (code, out) == (2, "")
    assert "--crs: " in err
    assert "cgcs2000-3-zone; write another --crs" in err
    assert not (tmp_path / "o").exists()
    for other in CRS_OF if crs == "EPSG:1" else ():
        with pytest.raises(ConfigError, match="--crs"):
            wanted([other], crs=crs)


@pytest.mark.parametrize(
    ("kind", "crs", "words"),
    [
        ("dxf", "EPSG:4326", "图纸（dxf）须用以米为单位的平面坐标系"),
        ("dxf", "EPSG:4490", "图纸（dxf）须用以米为单位的平面坐标系"),
        ("dxf", "EPSG:3857", "+66.0 %"),
        ("txt", "EPSG:4326", "高斯-克吕格"),
        ("points", "EPSG:3857", "高斯-克吕格"),
        ("txt", "EPSG:32648", "高斯-克吕格"),
        ("gpkg", "EPSG:32610", "别的地方"),
    ],
)
def test_a_system_that_does_not_fit_names_the_option_and_no_file(
    verb, tmp_path, kind, crs, words
):
    code, _, err = verb("--format", kind, "--crs", crs, "--to", str(tmp_path / "o"), lang="zh")
    assert code == 2
    assert "--crs：" in err
    assert words in err
    assert "请改写 --crs" in err
    assert ".export-" not in err  # the folder it is written aside in is nobody's


def test_how_far_planar_areas_are_off_is_told(verb, tmp_path):
    """Web Mercator enlarges areas by 1 / cos(latitude)^2 on the sphere."""
    code, _, err = verb(
        "--format", "gpkg", "--crs", "EPSG:3857", "--layers", "county", "--to", str(tmp_path)
    )
    assert code == 0
    assert "off by +66.0 %" in err
    assert "on the ellipsoid" in err
    # where the county ends, at 39.1 N, it is farthest
    expected = 100 * (1 / math.cos(math.radians(39.1)) ** 2 - 1)
    assert abs(float(err.partition("off by +")[2].partition(" %")[0]) - expected) < 1


@pytest.mark.parametrize(
    ("lon", "lat", "crs", "off"),
    [
        # one neighbour: 3.1 degrees from its meridian, (0.0541 x cos 38.9)^2 is 0.18 %
        (106.1, 38.9, "EPSG:4545", False),
        # the next: 4.9 degrees, 0.0855 x cos 38.9 squared is 0.44 %
        (106.9, 38.9, "EPSG:4543", True),
        # UTM has 0.9996 on its meridian: -0.08 % there
        (105.0, 30.0, "EPSG:32648", False),
        (105.0, 30.0, "EPSG:3857", True),
        # Albers of China keeps areas
        (106.5, 38.9, "+proj=aea +lat_1=25 +lat_2=47 +lon_0=105 +ellps=GRS80 +units=m", False),
        # Lambert's cone does not: off by more between its parallels
        (106.5, 36.0, "+proj=lcc +lat_1=25 +lat_2=47 +lon_0=105 +ellps=GRS80 +units=m", True),
    ],
)
def test_systems_are_judged_by_what_they_do_to_areas(lon, lat, crs, off):
    county = place(lon, lat)
    found = fitting(crs, county, ["gpkg"])
    assert bool(found.told) == off
    if off:
        with pytest.raises(ConfigError, match="drawing"):
            fitting(crs, county, ["dxf"])
    else:
        assert fitting(crs, county, ["dxf"]).told == ()


def test_a_share_of_area_is_that_of_the_farthest_part():
    """At the edge of a zone, 1.5 + 0.2 degrees from its meridian: (0.0297 x cos 30)^2."""
    told = fitting("EPSG:4547", place(118.5, 30.0), ["gpkg"]).told  # zone of 114 E
    # 4.7 degrees from it: (0.0820 x cos 29.8)^2 = 0.51 %
    assert "+0.5 %" in str(told[0])


@pytest.mark.parametrize(
    ("crs", "lon", "lat", "fits"),
    [
        ("EPSG:4326", 106.5, 38.9, True),
        ("EPSG:4490", 106.5, 38.9, True),
        ("EPSG:4269", 106.5, 38.9, False),  # North America
        ("EPSG:32610", 106.5, 38.9, False),
        ("EPSG:4534", 106.5, 38.9, False),  # the zone of 75 E
        ("EPSG:32748", 106.5, 38.9, False),  # the southern half
        ("EPSG:3832", 106.5, 38.9, True),  # Mercator of the Pacific, over the date line
        ("EPSG:27700", 106.5, 38.9, False),  # Britain
    ],
)
def test_systems_of_other_places_are_refused(crs, lon, lat, fits):
    county = place(lon, lat)
    if fits:
        assert fitting(crs, county, ["gpkg"]).crs == asked_crs(crs)
    else:
        with pytest.raises(ConfigError, match=r"another place.*106\.\d"):
            fitting(crs, county, ["gpkg"])


def test_the_plans_own_zone_is_never_remarked_on():
    county = place(107.5, 38.9, size=1.0)  # reaches 1.5 degrees out of the zone of 105 E
    for crs in ("EPSG:4544", "EPSG:4523", "cgcs2000-3", "cgcs2000-3-zone"):
        assert fitting(crs, county, ["gpkg", "dxf", "txt"]).told == ()


def test_a_system_is_named_once():
    assert str(system_of(3857)).count("3857") == 1
    assert system_of(3857)("zh").count("3857") == 1
    assert str(system_of(4523)).count("4523") == 1


# ------------------------------------------------------------------ options


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--format", "gpkg", "--layers", ""], "--layers"),
        (["--format", "gpkg", "--layers", "sites", "--layers", " , "], "--layers"),
        (["--format", "gpkg", "--site", ""], "--site"),
        (["--format", "gpkg", "--crs", ""], "--crs"),
        (["--format", "shp", "--encoding", ""], "--encoding"),
        (["--format", ""], "--format"),
        (["--format", "gpkg", "--to", ""], "--to"),
        (["--site", "PV-01", "--pack", ""], "--pack"),
        (["--site", "PV-01", "--province", ""], "--province"),
        (["--format", "postgis", "--dsn-env", ""], "--dsn-env"),
        (["--format", "postgis", "--schema", ""], "--schema"),
    ],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_option_that_is_given_and_empty_is_refused(verb, words, option, lang):
    """A variable nobody set, ``--layers "$LAYERS"``, would mean everything."""
    code, out, err = verb(*words, lang=lang)
    assert (code, out) == (2, "")
    assert option in err
    assert ("没有内容" if lang == "zh" else "given and empty") in err


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--format", "cog", "--crs", "EPSG:4490"], "--crs"),
        (["--format", "kml,kmz", "--crs", "EPSG:4490"], "--crs"),
        (["--format", "cog", "--site", "PV-01"], "--site"),
        *((["--format", f, "--encoding", "utf-8"], "--encoding")
          for f in FORMATS if f not in ("shp", "txt")),
        (["--format", "gpkg", "--schema", "a"], "--schema"),
        (["--format", "gpkg", "--dsn-env", "A"], "--dsn-env"),
        (["--format", "postgis", "--to", "x"], "--to"),
        (["--format", "gpkg", "--pack", "x"], "--pack"),
        (["--format", "gpkg", "--province", "x"], "--province"),
        (["--format", "gpkg", "--substation-ha", "1"], "--substation-ha"),
        (["--site", "PV-01", "--layers", "sites"], "--layers"),
        (["--site", "PV-01", "--crs", "EPSG:4490"], "--crs"),
        (["--site", "PV-01", "--encoding", "gbk"], "--encoding"),
        (["--site", "PV-01", "--to", "x"], "--to"),
        (["--site", "PV-01", "--schema", "x"], "--schema"),
        (["--site", "PV-01", "--dsn-env", "X"], "--dsn-env"),
    ],
)  # fmt: skip
def test_an_option_nothing_has_a_use_for_is_refused(verb, words, option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = verb(*words)
    assert (code, out) == (2, "")
    assert option in err
    assert list(tmp_path.iterdir()) == []


def test_every_pair_of_formats_tells_what_one_of_them_passes_over():
    """An option is used by all, told of, or refused: there is no fourth."""
    options = {"crs": "EPSG:4490", "encoding": "utf-8", "site": "PV-01"}
    unused = {
        "crs": {"kml", "kmz", "cog"},
        "site": {"cog"},
        "encoding": set(FORMATS) - {"shp", "txt"},
    }
    for pair in itertools.combinations(FORMATS, 2):
        for name, value in options.items():
            idle = [f for f in pair if f in unused[name]]
            if len(idle) == 2:
                with pytest.raises(ConfigError, match=f"--{name}"):
                    wanted(pair, **{name: value})
                continue
            told = wanted(pair, **{name: value}).told
            assert len(told) == len(idle)
            assert all(f in str(told[0]) for f in idle)
            assert all("不起作用" in line("zh") for line in told)


def test_globes_are_in_longitude_and_latitude_anyway():
    assert wanted(["kml"], crs="EPSG:4326").told == ()


def write(run, to, *formats, told=None, **more):
    return write_results(
        sample_plan("tiny"),
        run,
        wanted(formats, **more),
        to,
        lang="en",
        tell=(told if told is not None else []).append,
    )


def test_layers_of_rasters_and_of_features_go_to_their_formats(run, tmp_path):
    write(run, tmp_path / "a", "cog", layers=["eligibility"])
    names = {p.name.partition("_")[0] for p in (tmp_path / "a" / "cog").glob("*.tif")}
    assert names == {"eligibility"}
    write(run, tmp_path / "b", "cog,gpkg", layers=["sites,eligibility"])
    assert [n for n, _ in pyogrio.list_layers(tmp_path / "b" / "results.gpkg")] == ["sites"]
    for formats, layers, words in (
        ("cog", "sites", r"cog writes rasters.*sites.*eligibility"),
        ("cog", "eligibilty", r"no such layer.*eligibility"),
        ("gpkg,cog", "sites", "cog writes rasters"),
        ("gpkg,cog", "eligibility", "rasters only"),
        ("gpkg", "sites,eligibility", r"only the format cog.*eligibility.*add --format cog"),
    ):
        with pytest.raises(ConfigError, match=words):
            write(run, tmp_path / "c", formats, layers=[layers])
    assert not (tmp_path / "c").exists()


def test_layers_a_table_of_points_cannot_hold_are_told(run, tmp_path):
    told = []
    write(run, tmp_path, "txt", layers=["sites,turbines_new"], told=told)
    assert any("left out: turbines_new" in t for t in told)


def test_layers_without_sites_are_refused_beside_those_with(run, tmp_path):
    with pytest.raises(ConfigError, match=r"no sites.*county.*sites"):
        write(run, tmp_path, "gpkg", layers=["sites,county"], site="PV-01")


def test_nothing_is_written_where_the_database_is_not_named(verb, tmp_path):
    code, out, err = verb("--format", "gpkg,postgis", "--to", str(tmp_path / "o"))
    assert (code, out) == (2, "")
    assert "--dsn-env GEOPLAN_DSN" in err
    assert not (tmp_path / "o").exists()


# ------------------------------------------------------------------ fields


def in_file(path):
    """Layer -> names of its fields, by another reading than the export's own."""
    if path.suffix in (".kml", ".kmz"):
        root = ElementTree.parse(path).getroot()
        return {
            f.get("id"): {d.get("name") for d in f.iter(f"{KML}Data")}
            for f in root.iter(f"{KML}Folder")
        }
    if path.suffix == ".parquet":
        return {path.stem: set(gpd.read_parquet(path).columns.drop("geometry"))}
    return {
        name: set(pyogrio.read_dataframe(path, layer=name).columns) - {"geometry"}
        for name, _ in pyogrio.list_layers(path)
        if name != "fields"
    }


def rows_of(path):
    with path.open(encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_the_list_of_fields_says_what_is_in_every_file(run, tmp_path):
    """A word of SQL gets a sign in a geodatabase, a Shapefile has ten bytes."""
    write(run, tmp_path, "gpkg,gdb,shp,fgb,parquet,kml")
    rows = rows_of(tmp_path / "fields.csv")
    files = {r["file"] for r in rows}
    assert {"results.gpkg", "results.gdb", "results.kml", "shp/sites.shp"} <= files
    for file in files:
        found = in_file(tmp_path / file)
        told = {}
        for r in (r for r in rows if r["file"] == file):
            told.setdefault(r["layer"], set()).add(r["field"])
        assert told == {k: v for k, v in found.items() if v}, file
    named = {(r["file"], r["column"]): r["field"] for r in rows}
    assert named["results.gdb", "group"] == "group_"
    assert named["results.gpkg", "group"] == "group"
    assert named["shp/sites.shp", "capacity_mw"] == "capacity_m"
    inside = pyogrio.read_dataframe(tmp_path / "results.gdb", layer="fields")
    own = [(r["layer"], r["field"], r["column"]) for r in rows if r["file"] == "results.gdb"]
    columns = inside[["layer", "field", "column_" if "column_" in inside else "column"]]
    assert sorted(map(tuple, columns.to_numpy().tolist())) == sorted(own)


def test_the_list_keeps_the_files_of_an_earlier_export(run, tmp_path):
    write(run, tmp_path, "gpkg", layers=["sites"])
    write(run, tmp_path, "shp", layers=["sites"])
    files = [r["file"] for r in rows_of(tmp_path / "fields.csv")]
    assert set(files) == {"results.gpkg", "shp/sites.shp"}
    write(run, tmp_path, "gpkg", layers=["county"])
    layers = {(r["file"], r["layer"]) for r in rows_of(tmp_path / "fields.csv")}
    assert layers == {("results.gpkg", "county"), ("shp/sites.shp", "sites")}
    (tmp_path / "results.gpkg").unlink()
    write(run, tmp_path, "shp", layers=["sites"])
    assert {r["file"] for r in rows_of(tmp_path / "fields.csv")} == {"shp/sites.shp"}


ODD = ("fid", "geom", "OBJECTID", "group", "Area", "area", "order", "select", "1abc",
       "权属单位名称", "权属单位代码", "字段 名-1", "shape_area", "x" * 80)  # fmt: skip


@pytest.mark.parametrize("kind", ["gpkg", "gdb", "shp", "shp-utf8", "fgb", "parquet"])
def test_odd_names_are_listed_as_they_came_out(tmp_path, kind):
    """Names a format keeps for itself, names that differ in case only, names too long."""
    from gis.files.export.geodatabase import write_geodatabase
    from gis.files.export.portable import write_flatgeobuf, write_geoparquet
    from gis.files.write import write_features
    from gis.files.write_shapefile import write_shapefile

    frame = gpd.GeoDataFrame(
        {c: [k] for k, c in enumerate(ODD)}, geometry=[shapely.box(0, 0, 1, 1)], crs=4544
    )
    held, path = [], tmp_path / f"a.{kind.partition('-')[0]}"
    if kind == "gpkg":
        write_features(path, "a", frame, held=held)
    elif kind == "gdb":
        write_geodatabase(path, {"a": frame}, held=held)
    elif kind == "fgb":
        write_flatgeobuf(path, frame, held=held)
    elif kind == "parquet":
        write_geoparquet(path, frame, held=held)
    else:
        encoding = "utf-8" if kind.endswith("8") else "gbk"
        write_shapefile(path, frame, encoding=encoding, held=held)
    read = gpd.read_parquet(path) if kind == "parquet" else pyogrio.read_dataframe(path)
    assert list(held[0].fields) == list(ODD)
    # by the values each column had
    assert {c: int(read[held[0].fields[c]].iloc[0]) for c in ODD} == {
        c: k for k, c in enumerate(ODD)
    }
