"""``geoplan pv --polygon``: from a folder with a polygon, an EPW and nothing else."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pvlib
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from shapely.geometry import Polygon

from geoplan.array.bill_book import write_bill_book
from geoplan.cli import main
from geoplan.commands.polygon import set_values
from geoplan.demo import sample_plan
from gis.crs.systems import as_crs
from gis.errors import ConfigError
from gis.files.read import read_features
from layers.result import read_layer
from siting.check.boundary import check_outline
from siting.check.outline import Outline
from siting.pv.array.bill import bill
from siting.pv.array.features import LAYERS, array_features
from siting.pv.array.of_plan import study_in_plan, study_of_site
from siting.pv.array.place import (
    PolygonFiles,
    connection_xy,
    polygon_of_file,
    study_of_files,
)
from siting.pv.study.section import PvSection
from tests.geoplan.test_workbooks import faults, formulas, needs_office, recalculated

LL = [(106.55, 38.80), (106.554, 38.80), (106.554, 38.802), (106.552, 38.802),
      (106.552, 38.804), (106.55, 38.804)]  # fmt: skip


def put(path, points=LL, crs=4326):
    gpd.GeoDataFrame(geometry=[Polygon(points)], crs=crs).to_file(path, layer="land")
    return path


def study(path, **files):
    return study_of_files(PolygonFiles(path, **files), PvSection())


@pytest.mark.slow
def test_a_polygon_alone_is_a_plant(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "land.geojson")
    assert main(["--lang", "zh", "pv", "--polygon", "land.geojson", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["yield"] is None
    assert {w["code"] for w in told["warnings"]} >= {"array_no_weather", "array_no_dem"}
    # 38.802 N: GB 50797 asks about 11 m for the tilt taken, the latitude
    assert told["tilt_deg"] == 39.0
    assert {f.stem for f in (tmp_path / "out" / "land").iterdir()} >= {
        "land_bill", "land_layout", "land_pv_bill",
    }  # fmt: skip
    tables = read_features(told["files"]["layout_gpkg"], layer="tables")
    assert tables["modules"].sum() == told["bill"]["modules"]
    assert set(LAYERS) - {"no_go"} == set(gpd.list_layers(told["files"]["layout_gpkg"])["name"])
    drawing = read_features(told["files"]["layout_dxf"], layer="tables", crs="EPSG:4545")
    assert len(drawing) == len(tables)


def test_the_same_land_in_any_system_is_the_same_plant(tmp_path):
    """Degrees, the zone of the place, web mercator: all come to the zone's own metres."""
    frame = gpd.GeoDataFrame(geometry=[Polygon(LL)], crs=4326)
    found = []
    for k, crs in enumerate((4326, 4490, 4545, 3857)):
        path = tmp_path / f"a{k}.gpkg"
        frame.to_crs(crs).to_file(path)
        found.append(study(path).array)
    assert {a.n_tables for a in found} == {found[0].n_tables}
    assert {str(a.crs.to_epsg()) for a in found} == {"4545"}


@pytest.mark.parametrize(
    ("points", "crs", "code", "words"),
    [
        ([(y, x) for x, y in LL], 4326, 3, "axes are swapped"),
        ([(x / 1e4, y / 1e4) for x, y in LL], 4545, 3, "declared"),
        (
            [(106.55, 38.8), (106.55005, 38.8), (106.55005, 38.80005)],
            4326,
            4,
            "nothing is left",
        ),
        ([(106.0, 38.0), (107.0, 38.0), (107.0, 39.0), (106.0, 39.0)], 4326, 4, "too large"),
    ],
)
def test_what_is_no_land_is_refused(points, crs, code, words, tmp_path, capsys):
    put(tmp_path / "a.gpkg", points, crs)
    args = ["--lang", "en", "pv", "--polygon", str(tmp_path / "a.gpkg"), "--out", str(tmp_path)]
    assert main(args) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ([], 2, "drawn in one place"),
        (["--polygon", "a.gpkg", "--capacity-mw", "3"], 2, "what it holds"),
        (["--polygon", "a.gpkg", "--lonlat", "106", "38"], 2, "drawn in one place"),
        (["--polygon", "nofile.shp"], 3, "nofile.shp"),
        (["--polygon", "a.gpkg", "--tilt", "95"], 2, "--tilt:"),
        (["--polygon", "a.gpkg", "--module", "no_such"], 2, "no_such"),
    ],
)
def test_wrong_questions(args, code, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["--lang", "en", "pv", *args]) == code
    assert words in capsys.readouterr().err


def test_no_system_is_asked_for_and_taken(tmp_path, capsys):
    path = tmp_path / "a.shp"
    frame = gpd.GeoDataFrame(geometry=[Polygon(LL)], crs=4326).to_crs(4545)
    frame.set_crs(None, allow_override=True).to_file(path)
    assert main(["--lang", "en", "pv", "--polygon", str(path)]) == 3
    assert "no coordinate system" in capsys.readouterr().err
    assert study(path, crs="EPSG:4545").array.n_tables > 100


@pytest.mark.slow
def test_south_of_the_equator_modules_face_north(tmp_path):
    path = put(tmp_path / "a.gpkg", [(x + 32.0, y - 70.0) for x, y in LL])
    found = study(path)
    assert found.array.rules.azimuth_deg == 0.0
    assert "UTM zone 54S" in found.array.crs.name
    assert "array_faces_away" not in {w.code for w in found.warnings}
    # asked for, it is built and told
    south = study_of_files(PolygonFiles(path), PvSection(), named=frozenset({"azimuth_deg"}))
    assert "array_faces_away" in {w.code for w in south.warnings}


def test_names_are_no_formulas(tmp_path):
    found = study(put(tmp_path / "=cmd.gpkg"))
    path = write_bill_book(tmp_path / "a.xlsx", found, lang="en")
    assert not [c for c in formulas(path) if "cmd" in c[1]]


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_formulas_of_the_bill_come_to_the_bill(tmp_path, lang):
    found = study(put(tmp_path / "a.gpkg"))
    book = recalculated(write_bill_book(tmp_path / "b.xlsx", found, lang=lang), tmp_path)
    assert faults(book) == []
    sheet = book.worksheets[0]
    values = {sheet.cell(row=r, column=1).value: sheet.cell(row=r, column=2).value
              for r in range(5, sheet.max_row + 1)}  # fmt: skip
    for row in bill(found.array):
        if row.quantity is not None:
            assert values[row.item(lang)] == pytest.approx(row.quantity, rel=1e-9), row.key
        else:
            assert isinstance(values[row.item(lang)], str)
    assert pytest.approx(found.array.dc_mw) in list(values.values())
    # no price is assumed: the total is nothing
    last = 5 + len(bill(found.array))
    assert sheet.cell(row=last, column=7).value == 0


@pytest.mark.slow
def test_three_commands_and_no_plan(tmp_path, shared, capsys):
    """The yield is that of the plant as drawn: P50 = kWh/kWp times its modules."""
    epw = shared / "data" / "weather" / "CHN_Ningxia.Hui.Yinchuan.536140_CSWD.epw"
    land = put(tmp_path / "land.geojson")
    args = ["pv", "--polygon", str(land), "--weather", str(epw), "--out", str(tmp_path / "o")]
    assert main(["--lang", "zh", *args, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    y = told["yield"]
    assert y["p50_mwh_yr"] == pytest.approx(y["specific_kwh_kwp"] * told["dc_mw"], rel=1e-6)
    assert y["full_load_hours_h"] == pytest.approx(y["p50_mwh_yr"] / told["ac_mw"], rel=1e-9)
    assert y["p90_mwh_yr"] < y["p50_mwh_yr"]
    # what the clock and the components of this file are like is told here as everywhere
    assert {"weather_clock_corrected", "weather_decomposed"} <= {
        w["code"] for w in told["warnings"]
    }
    assert main(["--lang", "zh", *args]) == 0
    text = capsys.readouterr().out
    assert "P50" in text
    assert "P90" in text
    assert "设计惯例" in text
    assert (tmp_path / "o" / "land.xlsx").exists()


@pytest.mark.slow
def test_weather_of_another_climate_is_refused(tmp_path, shared, capsys):
    epw = shared / "data" / "weather" / "CHN_Ningxia.Hui.Yinchuan.536140_CSWD.epw"
    land = put(tmp_path / "a.gpkg", [(x + 14.0, y - 10.0) for x, y in LL])
    assert main(["--lang", "en", "pv", "--polygon", str(land), "--weather", str(epw)]) == 3
    assert "km away" in capsys.readouterr().err


@pytest.mark.slow
def test_a_large_site_is_quick(tmp_path):
    """Five square kilometres with a hundred holes are drawn in two seconds (2 cores shared)."""
    import time

    from siting.pv.array.plant import draw_array
    from tests.siting.pv.array.test_array_layout import CRS, RULES, square

    holes = [
        square(40.0, (100.0 + 210.0 * i, 100.0 + 210.0 * j))
        for i in range(10)
        for j in range(10)
    ]
    site = square(2236.0).difference(shapely.union_all(holes))
    start = time.perf_counter()
    found = draw_array(site, CRS, RULES, lat=38.9)
    assert time.perf_counter() - start < 4.0
    assert found.n_tables > 15_000


def test_a_figure_of_the_design_is_another(tmp_path):
    path = put(tmp_path / "a.gpkg")
    section = PvSection().changed(**set_values(["setback_m=0", "pile_spacing_m=3"]))
    found = study_of_files(PolygonFiles(path), section)
    assert found.array.rules.setback_m == 0.0
    # 16.136 m in spans of 3 m at most: 6 spans, 7 piles
    assert found.array.rules.table_piles == 7
    given = {x.title("en") for x in found.assumed if x.given}
    assert given == {"spacing of piles, one line under a table"}
    for wrong in ("x", "no_such=3", "pile_spacing_m=wide"):
        with pytest.raises(ConfigError, match="KEY=VALUE"):
            set_values([wrong])
    with pytest.raises(ConfigError, match="out of its bounds"):
        PvSection().changed(array={"pile_spacing_m": 99.0})


@pytest.mark.slow
def test_a_site_of_a_run_and_a_polygon_under_its_law(tiny_run, tmp_path):
    """Land the rules take is left out; the site's own polygon is free of it already."""
    plan = sample_plan("tiny")
    sites = read_layer(tiny_run, "sites")
    own = sites[sites["tech"] == "pv"].iloc[[0]]
    name, section = str(own["site_id"].iloc[0]), plan.section(PvSection)
    found = study_of_site(plan, tiny_run, name, section)
    shape = own.geometry.iloc[0]
    tables = array_features(found.array)["tables"].geometry.to_numpy()
    assert shapely.covers(shape.buffer(-section.setback_m + 0.013), tables).all()
    assert found.assessment is not None
    assert found.assessment.p50_mwh_yr == pytest.approx(
        found.assessment.result.kwh_kwp_yr * found.array.dc_mw, rel=1e-6
    )
    assert {w.code for w in found.warnings} >= {"array_capacity", "array_dem_coarse"}
    # a square kilometre over the site's edge holds land of both kinds
    edge = shapely.Point(shapely.get_coordinates(shape)[0])
    around = gpd.GeoDataFrame(geometry=[edge.buffer(500.0).envelope], crs=sites.crs)
    around.to_file(tmp_path / "around.gpkg")
    wide = study_in_plan(plan, PolygonFiles(tmp_path / "around.gpkg"), section)
    assert wide.array.no_go_m2 > 0.0
    tables = array_features(wide.array)["tables"].geometry.to_numpy()
    assert shapely.covers(wide.array.land.buffer(1e-6), tables).all()
    # nothing stands on land that the rules take: checked anew, rule by rule, in square metres
    check = check_outline(Outline(own, wide.array.land, "", ()), plan, "pv")
    assert [r.rule_id for r in check.rules if r.effect == "taken" and r.overlap_m2 > 0.01] == []


def test_the_connection_is_near_the_polygon_and_on_the_earth():
    """Twice 0.1 degrees of longitude at 38.8 N are 17.4 km; the nearest edge is half as far."""
    shape = shapely.box(5e5, 4.3e6, 5e5 + 300, 4.3e6 + 300)
    crs = as_crs("EPSG:4545")  # 5e5 is 108 E
    (x, _y), told = connection_xy((108.001, 38.83), shape, crs)
    assert told == []
    assert x == pytest.approx(5e5 + 86.8, abs=1.0)
    _, told = connection_xy((108.1, 38.83), shape, crs)
    km = (0.1 * 111.32 * np.cos(np.deg2rad(38.83)) * 1.001) - 0.3
    assert [w.code for w in told] == ["array_connection_outside"]
    assert f"{km:.1f} km" in told[0].text("en")
    for lonlat, words in (((38.8, 108.0), "no longitude"), ((0.0, 0.0), "not of this plant")):
        with pytest.raises(ConfigError, match=words) as caught:
            connection_xy(lonlat, shape, crs)
        assert caught.value.faults[0].where == "--connection"


def test_values_of_the_command_line_are_told_at_their_options(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "a.gpkg")
    wrong = ("--tilt", "95", "--gcr", "2", "--set", "road_m=-1", "--module", "x")
    assert main(["--lang", "en", "pv", "--polygon", "a.gpkg", *wrong]) == 2
    said = capsys.readouterr().err
    assert all(f" {o}: " in said for o in ("--tilt", "--gcr", "--set road_m", "--module"))
    assert "PvSection" not in said
    assert "4 faults" in said
    assert main(["--lang", "zh", "pv", "--polygon", "a.gpkg", "--gcr", "0"]) == 2
    said = capsys.readouterr().err
    assert "gcr" in said
    assert "{" not in said


def clear_year(path, lon=106.55, lat=38.8):
    """A made-up year without clouds, as a CSV that says all of itself."""
    times = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-8")
    sky = pvlib.location.Location(lat, lon, altitude=1100).get_clearsky(times, "haurwitz")
    ghi = sky["ghi"].to_numpy() * 0.8
    head = f"# lon: {lon}\n# lat: {lat}\n# altitude_m: 1100\n# tz: UTC+08:00\n# label: mid\n"
    warm = 10.0 + 10.0 * np.sin(np.arange(8760) / 24.0 * 2.0 * np.pi)
    table = pd.DataFrame(
        {"time": times.tz_localize(None), "ghi": ghi, "temp_air": warm, "wind_speed": 2.0}
    )
    path.write_text(head + table.to_csv(index=False), "utf-8")
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("half_m", "told"), [(3_000.0, True), (26_000.0, False)])
def test_heights_that_end_before_the_horizon_are_told(tmp_path, half_m, told):
    """The horizon is looked for as far as 20 km: a file of 3 km around hides what is behind."""
    land = put(tmp_path / "a.gpkg")
    shape, crs, _ = polygon_of_file(land)
    x, y = shape.centroid.x, shape.centroid.y
    n = int(2 * half_m / 500.0)
    across = from_origin(x - half_m, y + half_m, 500.0, 500.0)
    dem = tmp_path / "dem.tif"
    kind = {"driver": "GTiff", "dtype": "float32", "count": 1, "height": n, "width": n}
    with rasterio.open(dem, "w", **kind, crs=crs.to_wkt(), transform=across) as out:
        out.write(np.full((n, n), 1100.0, "float32"), 1)
    weather = clear_year(tmp_path / "w.csv")
    section = PvSection(tilt_deg=30.0, gcr=0.4)
    files = PolygonFiles(land, weather=weather, dem=dem)
    found = study_of_files(files, section)
    assert ("pv_horizon_cut" in {w.code for w in found.warnings}) == told
    # what a plan says of its plant, a folder says, too
    assert "pv_rear_not_counted" in {w.code for w in found.warnings}
    away = study_of_files(files, section.changed(horizon=False))
    assert "pv_horizon_cut" not in {w.code for w in away.warnings}
