"""A door never drops a warning: what an input makes the library say, every door says.

A county of two kilometres with one fault in each of its inputs. Each fault is a warning of the
library; it is looked for in every command, on the screen, in ``--json``, workbook, CSV, map and
report.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from docx import Document
from rasterio.transform import from_origin

from geoplan.cli import UNDER, main
from geoplan.cli import VERBS as ALL_VERBS
from geoplan.plan_file import load_plan
from geoplan.report.document import capital
from layers.catalogue import layers as catalogue
from layers.open.plan_layers import told_of, warnings_of
from layers.weather import weather_of
from siting.pv.study.section import PvSection
from siting.screen.coded import UNDECIDED, state_raster
from siting.screen.screening import screen
from tests.layers.weather.test_weather import HEAD, clear, csv_file

pytestmark = pytest.mark.slow

CRS = "EPSG:4544"
X, Y = 633_000.0, 4_308_000.0
LON, LAT = "106.5372", "38.9018"
GIVEN = ("land_parcels", "settlement", "road", "dem")


def box(x0, y0, x1, y1):
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


def write(path, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS).to_file(path)


@pytest.fixture(scope="module")
def plan_path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doors")
    write(folder / "county.gpkg", [box(0, 0, 2000, 2000)], name=["方县"])
    west, east = box(0, 0, 1000, 2000), box(1000, 0, 2000, 2000)
    corner = box(0, 0, 200, 200)  # 1 % of the land, in nobody's class
    write(
        folder / "land_parcels.gpkg",
        [west - corner, east, east, corner],  # the third row lies on the second
        BSM=["1", "2", "3", "4"],
        DLBM=["0404", "1206", "1206", None],
        DLMC=["其他草地", "裸土地", "裸土地", None],
    )
    x, y = X + 500, Y + 500
    bow = shapely.Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    write(folder / "settlement.gpkg", [bow], name=["村"])  # crosses itself
    away = shapely.LineString([(X - 9000, Y), (X - 9000, Y + 500)])
    write(folder / "road.gpkg", [away], road_class=["国道"])  # none in the county
    heights = np.full((60, 60), 1100.0, dtype=np.float32)
    heights[20:24, 20:24] = -9999.0  # an undeclared mark
    with rasterio.open(
        folder / "dem.tif",
        "w",
        driver="GTiff",
        height=60,
        width=60,
        count=1,
        dtype="float32",
        crs=CRS,
        transform=from_origin(X - 200, Y + 2200, 40.0, 40.0),
        nodata=-1.0,
    ) as out:
        out.write(heights, 1)
    hours = clear()
    hours.iloc[100:152, 3] = -9900.0  # missing marks in a temperature
    csv_file(folder / "hourly.csv", hours, label="mid", **HEAD)
    lines = [
        "[plan]",
        'id = "doors"',
        'title = { zh = "方县", en = "Square" }',
        "as_of = 2026-03-31",
        'lang = "en"',
        "[area]",
        f'crs = "{CRS}"',
        "cell_m = 40.0",
        'boundary = { path = "county.gpkg", source = "test" }',
        "[screening]",
        'techs = ["pv"]',
        "[sites]",
        "min_area_ha = 2.0",
        "min_width_m = 60.0",
        "[pv]",
        'weather = { path = "hourly.csv" }',
    ]
    for layer_id in sorted(catalogue()):
        lines.append(f"[layers.{layer_id}]")
        if layer_id in GIVEN:
            suffix = "tif" if layer_id == "dem" else "gpkg"
            lines.append(f'path = "{layer_id}.{suffix}"')
        else:
            lines.append('assumed_absent = "test"')
    path = folder / "plan.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def wanted(plan_path):
    """Code -> sentence of every warning about the inputs."""
    plan = load_plan(plan_path)
    found = {w.code: w.text("en") for w in warnings_of(plan)}
    source = plan.section(PvSection).weather
    read, _ = weather_of(source, plan_path.parent / source.path)
    return found | {w.code: w.text("en") for w in read.warnings}


LAND = (
    "class_unknown",
    "parcels_doubled",
    "repaired",
    "none_inside",
    "fill_unknown",
    "layer_assumed_absent",
    "date_missing",
)
WEATHER = ("weather_missing_marks",)


@pytest.fixture(scope="module")
def folder(plan_path):
    out = plan_path.parent / "out"
    assert main(["run", str(plan_path), "--out", str(out), "--lang", "en"]) == 0
    return out


def plain(text):
    """Words of a text, HTML or JSON, without marks and escapes."""
    for _ in range(2):
        text = html.unescape(text)
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    # with and without what looks like tags: scripts have "<" too
    bare = re.sub(r"<[^<>]{0,200}>", "", text)
    return re.sub(r"[\s\\\"“”]+", "", text + "\n" + bare)


def squeezed(text):
    """A sentence as `plain` leaves it."""
    return re.sub(r"[\s\\\"“”]+", "", text)


def said(text, wanted, codes):
    """Codes whose sentence is not there."""
    all_ = plain(text)
    # a report begins its English sentences with a capital letter
    begun = {c: (squeezed(wanted[c]), squeezed(capital(wanted[c]))) for c in codes}
    return [c for c, words in begun.items() if not any(w in all_ for w in words)]


def shown(capsys, *words):
    assert main([*map(str, words), "--lang", "en"]) == 0
    return capsys.readouterr().out


def book(path):
    cells = [
        str(c)
        for sheet in openpyxl.load_workbook(path).worksheets
        for row in sheet.iter_rows(values_only=True)
        for c in row
        if c is not None
    ]
    return "\n".join(cells)


def word(path):
    found = Document(str(path))
    cells = [c.text for t in found.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in found.paragraphs), *cells])


def test_each_fault_is_a_warning_of_the_library(wanted, plan_path):
    assert {*LAND, *WEATHER} <= set(wanted)
    assert {w.code for w in told_of(load_plan(plan_path))} >= set(LAND)


def test_land_without_a_class_is_decided_by_no_rule(plan_path):
    """Five cells of 40 m a side in the south-western corner, whose parcel says no class."""
    state = state_raster(screen(load_plan(plan_path), "pv"))
    assert (state[-5:, :5] == UNDECIDED).all()
    assert (state[-10:-5, :5] != UNDECIDED).all()  # of the parcel beside it


@pytest.mark.parametrize("json_", [False, True])
def test_doctor(capsys, plan_path, wanted, json_):
    text = shown(capsys, "doctor", plan_path, *(["--json"] if json_ else []))
    assert said(text, wanted, LAND + WEATHER) == []


def test_a_run_says_it_in_every_file(folder, wanted):
    for name in ("summary.json", "tables/warnings.csv", "map.html", "report.html"):
        text = (folder / name).read_text(encoding="utf-8-sig")
        assert (name, said(text, wanted, LAND + WEATHER)) == (name, [])
    assert said(book(folder / "tables.xlsx"), wanted, LAND + WEATHER) == []
    assert "land_parcels_faults" in set(gpd.list_layers(folder / "results.gpkg")["name"])


# one door for all of them: each is asked on the screen or in JSON
VERBS = {
    "run": "ab", "screen": "a", "pv": "b", "wind": "a", "carbon": "b", "targets": "a",
    "zones": "ab", "potential": "b", "survey": "b", "stand": "a", "mrv": "b", "pools": "a",
    "money": "a", "rooftop": "a", "repower": "b", "connect": "ab",
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "json_"), [(v, k == "b") for v, how in VERBS.items() for k in how]
)
def test_verbs_that_run_steps(capsys, tmp_path, plan_path, folder, wanted, verb, json_):
    """What a step told is told again where it is taken over."""
    extra = ["--json"] if json_ else []
    shutil.copytree(folder, tmp_path / "o")
    text = shown(capsys, verb, plan_path, "--out", tmp_path / "o", *extra)
    assert said(text, wanted, LAND) == []
    if verb in ("run", "pv"):
        assert said(text, wanted, WEATHER) == []


@pytest.mark.parametrize("json_", [False, True])
def test_explain(capsys, plan_path, wanted, json_):
    text = shown(capsys, "explain", LON, LAT, plan_path, *(["--json"] if json_ else []))
    assert said(text, wanted, LAND) == []


@pytest.mark.parametrize("json_", [False, True])
def test_check(capsys, tmp_path, plan_path, wanted, json_):
    write(tmp_path / "line.gpkg", [box(100, 100, 700, 700)], name=["场"])
    extra = ["--json"] if json_ else []
    text = shown(capsys, "check", tmp_path / "line.gpkg", plan_path, "--out", tmp_path, *extra)
    assert said(text, wanted, LAND) == []
    (path,) = tmp_path.glob("*.xlsx")
    assert said(book(path), wanted, LAND) == []
    (path,) = tmp_path.glob("*.docx")
    assert said(word(path), wanted, LAND) == []
    (path,) = tmp_path.glob("*_map.html")
    assert said(path.read_text(encoding="utf-8"), wanted, LAND) == []


KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    "<Document>{}</Document></kml>"
)
PLACEMARK = (
    "<Placemark><name>{}</name><Polygon><outerBoundaryIs><LinearRing><coordinates>{}"
    "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
)
RING = "106.540,38.905,0 106.545,38.905,0 106.545,38.909,0 106.540,38.905,0"


def test_a_parcel_whose_coordinates_cannot_be_read(capsys, tmp_path, plan_path):
    """One of two parcels of a KML is left out: every door of a check or a layer says so."""
    text = KML.format(PLACEMARK.format("one", RING) + PLACEMARK.format("two", "105，38"))
    (tmp_path / "two.kml").write_text(text, encoding="utf-8")
    wanted = {"lost": "the coordinates of 1 shape cannot be read; they were left out: two"}
    for extra in ([], ["--json"]):
        words = ["check", tmp_path / "two.kml", plan_path, "--out", tmp_path, *extra]
        assert said(shown(capsys, *words), wanted, wanted) == []
    (path,) = tmp_path.glob("*.xlsx")
    assert said(book(path), wanted, wanted) == []
    (path,) = tmp_path.glob("*.docx")
    assert said(word(path), wanted, wanted) == []
    (path,) = tmp_path.glob("*_map.html")
    assert said(path.read_text(encoding="utf-8"), wanted, wanted) == []
    plan = plan_path.read_text(encoding="utf-8")
    layer = "[layers.ecological_red_line]\n"
    assert layer in plan
    given = f'{layer}path = "{(tmp_path / "two.kml").as_posix()}"'
    other = plan_path.with_name("kml.toml")
    other.write_text(plan.replace(f'{layer}assumed_absent = "test"', given), encoding="utf-8")
    assert said(shown(capsys, "doctor", other, "--json"), wanted, wanted) == []
    assert said(shown(capsys, "explain", LON, LAT, other), wanted, wanted) == []


@pytest.mark.parametrize("json_", [False, True])
def test_pv_of_a_point(capsys, tmp_path, plan_path, wanted, json_):
    where = ["--lonlat", LON, LAT, "--capacity-mw", "10", "--out", tmp_path]
    text = shown(capsys, "pv", plan_path, *where, *(["--json"] if json_ else []))
    told = (*WEATHER, "fill_unknown")
    assert said(text, wanted, told) == []
    (path,) = tmp_path.glob("*.xlsx")
    assert said(book(path), wanted, told) == []
    (path,) = tmp_path.glob("*_warnings.csv")
    assert said(path.read_text(encoding="utf-8-sig"), wanted, told) == []


def test_map_and_report_made_again(capsys, folder, plan_path, wanted):
    for verb, name in (("map", "map.html"), ("report", "report.html")):
        (folder / name).unlink()
        assert main([verb, str(plan_path), "--out", str(folder), "--lang", "en"]) == 0
        assert said(capsys.readouterr().err, wanted, LAND + WEATHER) == []
        text = (folder / name).read_text(encoding="utf-8")
        assert (verb, said(text, wanted, LAND + WEATHER)) == (verb, [])
    # the body holds what decides, the annex all of it
    assert {p.name for p in folder.glob("*.docx")} == {"report.docx", "annex.docx"}
    assert said(word(folder / "annex.docx"), wanted, LAND + WEATHER) == []


def test_a_map_on_paper(capsys, folder, plan_path, wanted):
    words = ["map", str(plan_path), "--out", str(folder), "--print", "A4", "--format", "svg"]
    assert main([*words, "--lang", "en"]) == 0
    assert said(capsys.readouterr().err, wanted, LAND + WEATHER) == []


def test_export(capsys, tmp_path, folder, plan_path, wanted):
    site = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["sites"][0]
    words = ["export", str(plan_path), "--site", site["site_id"], "--province", "ningxia"]
    assert main([*words, "--out", str(folder), "--pack", str(tmp_path), "--lang", "en"]) == 0
    err = capsys.readouterr().err
    assert said(err, wanted, LAND) == []
    # the hours of the weather are no matter of a boundary: where they are told is said
    assert said(err, wanted, WEATHER) == [*WEATHER]
    assert "not about this site: " in err
    assert str(folder / "report.html") in err
    (path,) = tmp_path.glob("*.xlsx")
    assert said(book(path), wanted, LAND) == []
    (path,) = tmp_path.glob("*.docx")
    assert said(word(path), wanted, LAND) == []


def test_what_if(plan_path, wanted):
    pytest.importorskip("httpx")
    client_of = pytest.importorskip("fastapi.testclient").TestClient
    from geoplan.serve.app import Planner, create_app

    planner = Planner(load_plan(plan_path), None, "en")
    token = "right-token-0123456789"
    here = {"base_url": "http://127.0.0.1", "headers": {"X-Token": token}}
    with client_of(create_app(planner, token), **here) as client:
        session = client.post("/api/session").json()["session"]
        rules = client.get("/api/rules/pv", params={"session": session}).json()
        ask = {"session": session, "tech": "pv", "changes": []}
        answers = [rules, client.post("/api/whatif", json=ask).json()]
    for answer in answers:
        text = json.dumps(answer["warnings"], ensure_ascii=False)
        assert said(text, wanted, LAND) == []


def test_the_workspace(plan_path, wanted):
    """What the page of the doctor lists holds it, not the whole file alone."""
    pytest.importorskip("httpx")
    client_of = pytest.importorskip("fastapi.testclient").TestClient
    from geoplan.app.server import create_app
    from geoplan.app.watch import Watch
    from geoplan.app.work import KINDS
    from geoplan.app.workspace import Workspace

    folder = plan_path.with_name("workspace")
    folder.mkdir(exist_ok=True)
    space = Workspace(folder, (folder,))
    project = space.new_project("doors")
    project.jobs.mkdir(parents=True)
    data = f'[data]\nroot = "{plan_path.parent.as_posix()}"\n[area]'
    text = plan_path.read_text(encoding="utf-8").replace("[area]", data, 1)
    project.plan.write_text(text, encoding="utf-8")
    KINDS["doctor"](project, {"lang": "en"}, Watch(project.folder))
    token = "right-token-0123456789"
    here = {"base_url": "http://127.0.0.1", "headers": {"X-Token": token}}
    with client_of(create_app(space, token, "en"), **here) as client:
        told = client.get("/api/projects/doors/doctor").json()["found"]["findings"]
    shown = "\n".join(f["text"]["en"] for f in told)
    assert said(shown, wanted, LAND + WEATHER) == []


@pytest.mark.parametrize("how", ["screen", "json", "xlsx", "csv"])
def test_rules_diff(capsys, tmp_path, plan_path, wanted, how):
    words = ["rules", "diff", "2023-01-01", "2026-03-31", "--plan", plan_path]
    words += {"screen": [], "json": ["--json"]}.get(how, ["--export", tmp_path / f"d.{how}"])
    assert said(shown(capsys, *words), wanted, LAND) == []
    if how == "xlsx":
        assert said(book(tmp_path / "d.xlsx"), wanted, LAND) == []
    if how == "csv":
        text = (tmp_path / "d_warnings.csv").read_text(encoding="utf-8-sig")
        assert said(text, wanted, LAND) == []


def test_every_verb_that_reads_layers_is_asked_here():
    """A new verb stands in one of these lists, or it reads no layer."""
    asked = {*VERBS, "doctor", "explain", "check", "map", "report", "export", "serve", "app"}
    assert set(ALL_VERBS) - asked == {
        "demo",
        "new",
        "fetch",
        "rules",
        "layers",
        "long-term",
        "soil",
        "register",
        "review",
        "facilities",  # refused without cases; asked with its own plan in siting/facilities
    }
    assert set(UNDER["rules"]) == {"audit", "diff"}  # the first reads the law alone


def test_doctor_says_what_a_run_says_and_the_reverse(capsys, folder, plan_path):
    """But for what a run finds on its way: sites, energy, land that is judged."""
    doctor = plain(shown(capsys, "doctor", plan_path, "--json"))
    summary = json.loads((Path(folder) / "summary.json").read_text(encoding="utf-8"))
    about = [w for w in summary["warnings"] if w["where"].startswith(plan_path.name)]
    assert [w["code"] for w in about if squeezed(w["text"]["en"]) not in doctor] == []
    run = plain(json.dumps(summary["warnings"], ensure_ascii=False))
    found = json.loads(shown(capsys, "doctor", plan_path, "--json"))
    told = [w for x in found["layers"] for w in x["warnings"]] + found["place"]
    assert [w["code"] for w in told if squeezed(w["text"]["en"]) not in run] == []
    weather = [w for w in found["weather"] if w["level"] != "info"]
    assert [w["code"] for w in weather if squeezed(w["text"]["en"]) not in run] == []
