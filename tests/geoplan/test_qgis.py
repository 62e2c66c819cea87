"""The GeoPackage styles and the QGIS project of a run, read by the standard and by QGIS."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely

from geoplan.maps.contents import named_ids, run_contents
from geoplan.maps.print import padded_bounds
from geoplan.maps.reasons import STATES
from geoplan.maps.sheet import sheet_for
from geoplan.maps.themes import raster_theme, themes
from geoplan.report.qgis import base
from geoplan.report.qgis.layouts import Shown, _subjects, layout_elements
from geoplan.report.qgis.project import write_qgis
from geoplan.report.qgis.states import hatched_land
from gis.files.write import write_features
from siting.screen.summary import JudgedSummary
from tests.geoplan.fake_run import fake_run

SYSTEM_PYTHON = "/usr/bin/python3"
BASE = (
    *("geoplan_layer_base_road", "geoplan_layer_base_river", "geoplan_layer_base_towns"),
    *("geoplan_layer_base_red_line", "geoplan_layer_base_farmland"),
)
ALONE = ("county", "townships", "sites", "eligible_pv", "ecosystem", "turbines_existing")


def has_qgis() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    call = [SYSTEM_PYTHON, "-c", "import qgis.core"]
    return subprocess.run(call, capture_output=True, check=False).returncode == 0


def _probe(project: Path, gpkg: Path, alone: tuple[str, ...] = ()) -> dict[str, Any]:
    probe = Path(__file__).with_name("qgis_probe.py")
    # QGIS is built against the system's libraries: nothing of the test's environment may leak
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GDAL", "PROJ"))}
    env |= {"QT_QPA_PLATFORM": "offscreen", "HOME": str(project.parent), "LC_ALL": "C.UTF-8"}
    call = [SYSTEM_PYTHON, str(probe), str(project), str(gpkg), *alone]
    done = subprocess.run(call, capture_output=True, check=False, env=env, timeout=120)
    out = done.stdout.decode()
    assert "FOUND" in out, done.stderr.decode()[-2000:]
    found: dict[str, Any] = json.loads(out[out.index("FOUND") + 5 :])
    return found


def _project(path: Path) -> ET.Element:
    with zipfile.ZipFile(path) as z:
        assert z.namelist() == ["results.qgs"]
        return ET.fromstring(z.read("results.qgs"))


def test_styles_table_is_a_registered_default(tiny_run: Path) -> None:
    with closing(sqlite3.connect(tiny_run / "results.gpkg")) as db:
        kind = db.execute(
            "SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'"
        ).fetchall()
        assert kind == [("attributes",)]
        styles = dict(
            db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault")
        )
        tables = {r[0] for r in db.execute("SELECT table_name FROM gpkg_geometry_columns")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(styles) <= tables
    assert {"county", "townships", "zones", "sites", "eligible_pv", "ecosystem"} <= set(styles)
    for name, qml in styles.items():
        assert ET.fromstring(qml).find("renderer-v2") is not None, name


def test_project_is_relative_and_carries_the_whole_crs(tiny_run: Path) -> None:
    root = _project(tiny_run / "results.qgz")
    sources = [e.text or "" for e in root.iter("datasource")]
    assert sources
    vectors = [s for s in sources if not s.endswith(".tif")]
    assert vectors
    assert all(s.startswith(("./results.gpkg|layername=", "./base.gpkg|")) for s in vectors)
    rasters = {s for s in sources if s.endswith(".tif")}
    assert {"./eligibility.tif", "./pv_yield.tif", "./carbon_density.tif"} <= rasters
    assert all((tiny_run / s).is_file() for s in rasters)
    assert root.findtext("projectCrs/spatialrefsys/wkt", "").startswith("PROJCRS[")
    # the sample lies in zone 35 of 3 degrees, EPSG:4544 = CGCS2000 / 3-degree GK CM 105E
    assert root.findtext("projectCrs/spatialrefsys/authid") == "EPSG:4544"
    assert str(tiny_run) not in ET.tostring(root, encoding="unicode")


def test_farmland_and_names_of_towns_wait_for_a_larger_scale(tiny_run: Path) -> None:
    root = _project(tiny_run / "results.qgz")
    layers = {e.findtext("id"): e for e in root.iter("maplayer")}
    farmland = layers["geoplan_layer_base_farmland"]
    asked = ("hasScaleBasedVisibilityFlag", "minScale", "maxScale")
    assert [farmland.get(k) for k in asked] == ["1", "150000", "0"]
    towns, river = (layers[f"geoplan_layer_base_{n}"] for n in ("towns", "river"))
    assert towns.get("minScale") is None  # land of towns is seen at every scale
    (names,) = towns.iter("rendering")
    assert (names.get("scaleVisibility"), names.get("scaleMax")) == ("1", "150000")
    (names,) = river.iter("rendering")
    assert names.get("scaleVisibility") == "0"


def test_relief_darkens_shadows_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Light 1, that of flat land (cos 45 degrees), half of it, none, not known."""
    flat = float(np.cos(np.pi / 4))
    light = np.array([[1.0, flat, flat / 2], [0.0, np.nan, flat]])
    monkeypatch.setattr(
        base, "relief_of", lambda _: lambda _: (light, (0.0, 0.0, 300.0, 200.0))
    )
    monkeypatch.setattr(base, "county_boundary", lambda _: shapely.box(0, 0, 300, 200))
    monkeypatch.setattr(base, "plan_crs", lambda _: "EPSG:4544")
    monkeypatch.setattr(base, "base_frames", lambda _: {})
    plan: Any = None
    made = base.write_base(plan, tmp_path)
    assert made.features is None
    assert made.relief is not None
    with rasterio.open(made.relief) as f:
        # a shadow takes half of the light away, half a shadow a quarter: 127.5 and 191.25
        assert f.read(1).tolist() == [[255, 255, 191], [128, 0, 255]]
        assert (f.nodata, f.transform.a, f.bounds[:4]) == (0, 100.0, (0.0, 0.0, 300.0, 200.0))


def test_carbon_of_parcels_has_a_sheet_where_no_raster_shows_it() -> None:
    """The subject of carbon takes the parcels when a run has no raster of carbon."""
    assert [v.instead for v in themes().view if v.id == "carbon"] == [("v-ecosystem",)]
    parcels, yields = (
        Shown(k, f"v-{k}", k, group, visible=False, provider="ogr", source=k)
        for k, group in (("ecosystem", "carbon"), ("sites", "sites"))
    )
    subjects = {
        name: [x.id for x in own] for name, _, own in _subjects([parcels, yields], "en")
    }
    assert subjects["carbon"] == ["ecosystem"]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    bad = "'; DROP TABLE sites; --\"<script>&"
    sites = gpd.GeoDataFrame(
        {"site_id": [bad, "b"], "tech": ["pv", bad]},
        geometry=[shapely.box(0, 0, 9, 9), shapely.box(10, 0, 19, 9)],
        crs="EPSG:4544",
    )
    write_features(tmp_path / "results.gpkg", "sites", sites)
    path = write_qgis(
        tmp_path / "results.gpkg", lang="zh", title=bad, names={}, field_title=str
    )
    again = path.read_bytes()
    write_qgis(tmp_path / "results.gpkg", lang="zh", title=bad, names={}, field_title=str)
    assert path.read_bytes() == again  # and a second call changes nothing
    root = _project(path)
    assert root.findtext("title") == bad
    labels = [c.get("label") for c in root.iter("category")]
    assert labels == ["光伏场址", "其他"]  # an unknown class goes under "other"
    with closing(sqlite3.connect(tmp_path / "results.gpkg")) as db:
        assert db.execute("SELECT count(*) FROM sites").fetchone() == (2,)
        assert db.execute("SELECT count(*) FROM layer_styles").fetchone() == (1,)


def test_colours_are_the_map_s(tiny_run: Path) -> None:
    theme = next(v for v in themes().vector if v.layer == "ecosystem")
    want = {
        str(c.value): ",".join(str(int(c.colour[i : i + 2], 16)) for i in (1, 3, 5))
        for c in theme.classes
    }
    with closing(sqlite3.connect(tiny_run / "results.gpkg")) as db:
        sql = "SELECT styleQML FROM layer_styles WHERE f_table_name = 'ecosystem'"
        root = ET.fromstring(db.execute(sql).fetchone()[0])
    symbols = {s.get("name"): s for s in root.iter("symbol")}
    seen = 0
    for category in root.iter("category"):
        value = category.get("value") or ""
        symbol = symbols[category.get("symbol")]
        colour = next(p.get("v") for p in symbol.iter("prop") if p.get("k") == "color") or ""
        assert colour.rsplit(",", 1)[0] == want[value], value
        seen += 1
    assert seen >= 5


def test_land_too_large_for_the_paper_has_no_layout() -> None:
    """A3 at 1:2,000,000, the smallest scale, shows less than 420 mm x 2,000 m = 840 km."""
    nothing: Any = None
    made = layout_elements([], nothing, (0.0, 0.0, 840_000.0, 1.0), pyproj.CRS(4544), "zh")
    assert len(made) == 0


@pytest.fixture(scope="module")
def provisional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with provisional PV land, a third of the rules judged, and its project."""
    run = fake_run(tmp_path_factory.mktemp("late") / "run", cell_m=500.0, n_parcels=20)
    contents = run_contents(run)
    with rasterio.open(run / "eligibility.tif", "r+") as f:
        pv = f.read(1)
        pv[pv == 1] = STATES.index("provisional")
        f.write(pv, 1)
    judged = JudgedSummary(
        frac=0.3, n=26, of=87, hard_frac=0.3, hard_n=13, hard_of=43, limit=0.5, above_ha=0.0,
        below_ha=9.0, next_layers=(),
    )  # fmt: skip
    parts = dict(contents.summary.screening or {})
    parts["pv"] = parts["pv"].model_copy(update={"judged": judged})
    summary = contents.summary.model_copy(update={"screening": parts})
    contents = replace(contents, summary=summary)
    gpkg = run / "results.gpkg"
    for name in ("county", "townships", "sites", "turbines_new"):
        write_features(gpkg, name, contents.layer(name))
    middle = shapely.box(*contents.layer("county").total_bounds).centroid
    squares = [middle.buffer(4_000), shapely.affinity.translate(middle.buffer(4_000), 12_000)]
    land = gpd.GeoDataFrame(
        {"state": ["provisional"] * 2, "hatched": [False, True], "area_ha": [1.0, 1.0]},
        geometry=squares,
        crs="EPSG:4544",
    )
    write_features(gpkg, "provisional_pv", land)
    for name, frame in hatched_land(run / "eligibility.tif").items():
        write_features(run / "base.gpkg", name, frame)
    own = base.BaseFiles(features=run / "base.gpkg")
    said = {"lang": "en", "title": "t", "names": {}, "field_title": str}
    return write_qgis(gpkg, **said, contents=contents, base=own)


def test_provisional_sites_are_pale_in_a_broken_line(tmp_path: Path) -> None:
    contents = run_contents(fake_run(tmp_path / "run", cell_m=500.0, n_parcels=20))
    gpkg = tmp_path / "run" / "results.gpkg"
    sites = contents.layer("sites")
    write_features(gpkg, "sites", sites.assign(provisional=np.arange(len(sites)) % 2 == 0))
    write_features(gpkg, "county", contents.layer("county"))
    project = write_qgis(gpkg, lang="en", title="t", names={}, field_title=str)
    layers = {x.findtext("id"): x for x in _project(project).iter("maplayer")}
    renderer = layers["geoplan_layer_sites"].find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == (
        """"tech" || CASE WHEN "provisional" THEN ' (provisional)' ELSE '' END"""
    )
    # rank 1 has priority 8 of 10 among names, rank 11 one less
    names = layers["geoplan_layer_sites"].find("labeling/settings")
    assert names is not None
    told = {e.get("name"): e.get("value") for e in names.iter("Option") if e.get("value")}
    assert told["expression"] == '8 - min(1.9, 0.1 * (coalesce("rank", 20) - 1))'
    labels = {c.get("label"): c.get("symbol") for c in renderer.iter("category")}
    assert {"PV site", "PV site, provisional"} <= set(labels)
    looks = {}
    for label in ("PV site", "PV site, provisional"):
        symbol = renderer.find(f"symbols/symbol[@name='{labels[label]}']")
        assert symbol is not None
        looks[label] = {e.get("k"): e.get("v") for e in symbol.iter("prop")}
    sure, late = looks.values()
    assert (sure["outline_style"], late["outline_style"]) == ("solid", "dash")
    # 0.3 of the colour on white, and opaque: on the map it is as in the legend
    dark, pale = ([int(v) for v in x["color"].split(",")] for x in (sure, late))
    assert pale[:3] == pytest.approx([255 - 0.3 * (255 - v) for v in dark[:3]], abs=1)
    assert pale[3] == 255
    # the legend tells what is drawn: where all sites are provisional there are no others
    write_features(gpkg, "sites", sites.assign(provisional=True))
    project = write_qgis(gpkg, lang="en", title="t", names={}, field_title=str)
    (layer,) = (
        x
        for x in _project(project).iter("maplayer")
        if x.findtext("id") == "geoplan_layer_sites"
    )
    told = {c.get("label") for c in layer.iter("category")}
    assert told == {"PV site, provisional", "Wind site, provisional"}
    # a name stands in its land, be that bent as it may, or beside it: QGIS calls it 4, 1 + 2
    (placed,) = layer.iter("placement")
    assert (placed.get("placement"), placed.get("polygonPlacementFlags")) == ("4", "3")
    assert [e.get("displayAll") for e in layer.iter("rendering")] == ["1"]


def _layer_ids(layout: ET.Element) -> list[str]:
    return [e.text or "" for e in layout.iter("Layer")]


def test_provisional_land_is_hatched_and_said_on_the_sheets_that_show_it(
    provisional: Path,
) -> None:
    root = _project(provisional)
    layers = {x.findtext("id"): x for x in root.iter("maplayer")}
    late, thin = layers["geoplan_layer_provisional_pv"], layers["geoplan_thin_pv"]
    steps = {}
    for layer in (late, thin):
        for symbol in layer.iterfind("renderer-v2/symbols/symbol"):
            hatch = symbol.find("layer[@class='LinePatternFill']")
            assert hatch is not None
            fill = symbol.find("layer[@class='SimpleFill']/prop[@k='style']")
            assert fill is not None
            assert fill.get("v") == "no"  # the land states beneath are seen
            marks = {e.get("k"): e.get("v") for e in hatch.iterfind("prop")}
            steps[layer.findtext("id"), symbol.get("name")] = float(marks["distance"] or 0)
    at_limit, below, over_all = steps.values()
    assert below < at_limit < over_all
    # lines of provisional land rise, those of land taken fall, of land not judged are level
    taken = layers["geoplan_layer_hatched_pv"].iter("prop")
    assert {e.get("v") for e in taken if e.get("k") == "angle"} == {"135", "0"}
    sheets = {x.get("name"): x for x in root.iter("Layout")}
    over = {"geoplan_layer_provisional_pv", "geoplan_thin_pv", "geoplan_layer_hatched_pv"}
    assert over <= set(_layer_ids(sheets["PV"]))
    assert not over & set(_layer_ids(sheets["Wind"]))
    said = {
        k: "\n".join(e.get("labelText") or "" for e in x.iter("LayoutItem"))
        for k, x in sheets.items()
    }
    # 12 of 87 rules of both technologies are open; of PV 30 % were judged, under the 50 % asked
    assert "PV Provisional: 12 of 87 rules not judged" in said["PV"]
    assert "Wind Provisional: 12 of 87 rules not judged" in said["Wind"]
    assert "only 30% of the rules judged (limit 50%)" in said["PV"]
    assert "only 30%" not in said["Wind"]
    assert "Provisional" not in said["Carbon"]
    # the hatching is on where its land is on
    on = {x.get("id"): x.get("checked") for x in root.iter("layer-tree-layer")}
    assert {on[x] for x in over} == {"Qt::Checked"}


def test_land_taken_is_hatched_to_the_edge_of_its_cells(provisional: Path) -> None:
    """The areas are for the eye: of 100 cells taken not more than 5 are gained or lost."""
    path = provisional.parent / "eligibility.tif"
    with rasterio.open(path) as f:
        cells = np.isin(f.read(1), STATES.index("taken")).sum() * f.transform.a**2
    found = hatched_land(path)["hatched_pv"]
    assert set(found["state"]) == {"taken", "unknown"}
    assert found[found["state"] == "taken"].area.sum() == pytest.approx(cells, rel=0.05)


def test_a_legend_names_nothing_that_is_not_drawn_at_the_scale_of_its_sheet(
    provisional: Path,
) -> None:
    contents = run_contents(provisional.parent)
    bounds = tuple(contents.layer("county").total_bounds)
    place = {"group": "base", "visible": True, "provider": "ogr", "source": "./a.gpkg"}
    layers = [
        Shown(id="near", key="v-base_farmland", title="a", shown_from=2_000, **place),
        Shown(id="far", key="v-base_river", title="b", **place),
        Shown(id="sites", key="v-sites", title="c", headed=True, **place | {"group": "sites"}),
        Shown(id="routes", key="v-routes", title="d", **place | {"group": "sites"}),
    ]
    crs = pyproj.CRS.from_user_input("EPSG:4544")
    sheets = layout_elements(layers, contents, bounds, crs, "en")
    assert len(sheets)
    for sheet in sheets:
        named = {x.get("id") for x in sheet.iter("layer-tree-layer")}
        assert "near" not in named
        assert "far" in named
        assert "near" in _layer_ids(sheet)  # there, for who enlarges the map
        # what has no heading of its own does not stand beneath the heading of the sites
        tree = sheet.find("LayoutItem/layer-tree-group")
        assert tree is not None
        own = [x.get("id") for x in tree.findall("layer-tree-layer")]
        assert own[-1] == "sites"
        base = tree.findall("layer-tree-group")
        assert [x.get("name") for x in base] == ["Base, boundaries and zones"]
        assert [x.get("id") for x in base[0]] == ["far"]


def test_every_raster_of_a_run_has_a_layer_and_every_quantity_a_sheet(
    provisional: Path,
) -> None:
    root = _project(provisional)
    codes = next(
        x for x in root.iter("maplayer") if x.findtext("id") == "geoplan_raster_screening_pv"
    )
    labels = {x.get("value"): x.get("label") for x in codes.iter("paletteEntry")}
    # code 2 of the fake screen is conditional by PV-020, code 3 taken by PV-001
    assert "Shrub land only with agro-PV" in labels["2"]
    assert "No PV on permanent basic farmland" in labels["3"]
    assert "0" not in labels  # land outside has no colour
    sheets = {x.get("name"): _layer_ids(x) for x in root.iter("Layout")}
    alone = [k for k, x in sheets.items() if "geoplan_raster_pv_yield" in x]
    assert alone == ["Yield per kWp DC"]
    # what a subject shows already has no second sheet
    assert sum("geoplan_raster_carbon_density" in x for x in sheets.values()) == 1


@pytest.mark.parametrize("name", ["wind_yield", "screening_afforest", "judged_share"])
def test_rasters_of_a_run_have_a_look(name: str) -> None:
    assert raster_theme(name).title_of(name).en


@pytest.mark.slow
def test_qgis_hatches_provisional_land(provisional: Path) -> None:
    if not has_qgis():
        pytest.skip("QGIS is not installed: apt-get install qgis python3-qgis")
    found = _probe(provisional, provisional.with_suffix(".gpkg"))
    fills = found["layers"]["geoplan_layer_provisional_pv"]["symbol_layers"]
    assert fills == [["SimpleFill", "LinePatternFill"]] * 2
    assert found["layers"]["geoplan_thin_pv"]["symbol_layers"] == [
        ["SimpleFill", "LinePatternFill"]
    ]
    assert all(x["valid"] for x in found["rasters"].values())
    assert all(x["pdf"] for x in found["layouts"].values())


@pytest.mark.slow
def test_qgis_opens_and_styles_every_layer(tiny_run: Path, tmp_path: Path) -> None:
    if not has_qgis():
        pytest.skip("QGIS is not installed: apt-get install qgis python3-qgis")
    # moved elsewhere, under a Chinese name with a blank: paths are relative
    folder = tmp_path / "平罗 成果"
    folder.mkdir()
    for file in (*tiny_run.glob("results.*"), *tiny_run.glob("*.tif"), tiny_run / "base.gpkg"):
        shutil.copy(file, folder / file.name)
    found = _probe(folder / "results.qgz", folder / "results.gpkg", ALONE)
    assert found["read"]
    assert found["crs"] == "EPSG:4544"
    assert "底图、区划与规划分区" in found["groups"]
    layers = found["layers"]
    assert len(layers) >= 12
    assert all(x["valid"] and x["features"] > 0 for x in layers.values())
    assert all(x["crs"] == "EPSG:4544" for x in layers.values())
    assert not [k for k, x in layers.items() if x["not_drawn"]], "features without a symbol"
    by_table = {k.removeprefix("geoplan_layer_"): v for k, v in layers.items()}
    palette = themes().palette
    states = {c[0]: c[2] for c in by_table["eligible_pv"]["classes"]}
    assert states
    assert states.items() <= {k: palette[k] for k in ("left", "conditional")}.items()
    assert by_table["ecosystem"]["field"] == "group"
    assert by_table["townships"]["label_field"] == "name"
    assert by_table["sites"]["alias"]["area_ha"] != "area_ha"  # told in the run's language
    assert set(BASE) <= set(layers)
    assert layers["geoplan_layer_base_river"]["label_field"] == "name"
    # the boundary is drawn over the parcels, the relief between water and land
    order = found["order"]
    assert order.index("geoplan_layer_county") < order.index("geoplan_layer_ecosystem")
    assert order.index("geoplan_layer_base_river") < order.index("geoplan_relief")
    assert order.index("geoplan_relief") < order.index("geoplan_layer_ecosystem")
    assert order.index("geoplan_relief") < order.index("geoplan_raster_eligibility_pv")
    # the layers alone, without the project, take the style in the GeoPackage
    for name in ALONE:
        alone = found["alone"][name]
        assert alone["valid"], name
        assert alone["renderer"] == by_table[name]["renderer"], name
        assert alone["classes"] == by_table[name]["classes"], name
    picture = folder / "results.qgz.png"
    assert picture.stat().st_size > 5_000
    _rasters_are_the_map_s(found["rasters"], palette)
    _layouts_are_whole(found["layouts"])


def _rasters_are_the_map_s(rasters: dict[str, Any], palette: dict[str, Any]) -> None:
    assert all(x["valid"] and x["crs"] == "EPSG:4544" for x in rasters.values())
    pv, wind = (rasters[f"geoplan_raster_eligibility_{t}"] for t in ("pv", "wind"))
    assert (pv["band"], wind["band"]) == (1, 2)
    assert pv["renderer"] == "paletted"
    colours = {colour for _, colour in pv["classes"]}
    states = {palette[k] for k in ("left", "conditional", "taken", "unknown", "provisional")}
    assert colours
    assert colours <= states
    density = rasters["geoplan_raster_carbon_density"]
    ramp = list(palette["viridis"])
    assert [colour for _, colour in density["classes"]] == ramp
    assert all(text.endswith(" tC/ha") for text, _ in density["classes"])


def _layouts_are_whole(layouts: dict[str, Any]) -> None:
    assert {"光伏", "风电", "碳汇"} <= set(layouts)
    for name, sheet in layouts.items():
        assert sheet["page"] == [420, 297], name  # A3 of ISO 216, landscape
        assert round(sheet["scale"]) % 500 == 0, name  # a scale of sheet.toml
        assert sheet["pdf"], name
        assert Path(sheet["pdf"]).read_bytes().startswith(b"%PDF"), name
        assert "geoplan_layer_county" in sheet["layers"], name
        # the relief has no line, nor has farmland, which is drawn from 1:150,000 on
        assert sheet["scale"] > 150_000, name
        assert len(sheet["legend"]) == len(sheet["layers"]) - 2, name
        assert {"geoplan_relief", *BASE} <= set(sheet["layers"]), name
        told = "\n".join(sheet["texts"])
        assert "合成示例数据" in told, name
        assert "资料来源" in told, name
        assert f"1:{round(sheet['scale']):,}" in told, name
        kinds = set(sheet["kinds"])
        assert {"QgsLayoutItemScaleBar", "QgsLayoutItemPicture", "QgsLayoutItemLegend"} <= kinds
    assert "geoplan_raster_eligibility_pv" in layouts["光伏"]["layers"]
    assert "geoplan_raster_carbon_density" in layouts["碳汇"]["layers"]


@pytest.fixture
def crowded(tmp_path: Path) -> Path:
    """Ten sites of 1,500 m, 500 m apart in two rows, and a line that leaves the county."""
    run = fake_run(tmp_path / "run", cell_m=500.0, n_parcels=20)
    contents = run_contents(run)
    gpkg = run / "results.gpkg"
    county = contents.layer("county")
    x, y, _, _ = county.total_bounds
    at = [(x + 9_000 + 2_000 * (i % 5), y + 9_000 + 2_000 * (i // 5)) for i in range(10)]
    land = [shapely.box(a, b, a + 1_500, b + 1_500) for a, b in at]
    ids = [f"PV-{i:02}" for i in range(1, 11)]
    sites = {"site_id": ids, "tech": "pv", "rank": range(1, 11)}
    write_features(gpkg, "county", county)
    write_features(gpkg, "sites", gpd.GeoDataFrame(sites, geometry=land, crs=county.crs))
    far = {"id": ["a"]}
    line = [shapely.LineString([(x, y), (x - 60_000, y)])]
    write_features(gpkg, "wind_lines", gpd.GeoDataFrame(far, geometry=line, crs=county.crs))
    said = {"lang": "en", "title": "t", "names": {}, "field_title": str}
    return write_qgis(gpkg, **said, contents=contents)


def test_a_layout_has_the_scale_of_the_county_not_of_what_leaves_it(crowded: Path) -> None:
    """The scale of the printed map: county and 2 % of its longer side around it."""
    county = run_contents(crowded.parent).layer("county").total_bounds
    paper = sheet_for(padded_bounds(county, 0.02), "A3", portrait=False)
    extents = [x.attrib for x in _project(crowded).iter("Extent")]
    assert extents
    for sides in extents:
        told = [float(sides[k]) for k in ("xmin", "ymin", "xmax", "ymax")]
        assert told == pytest.approx(paper.bounds)


@pytest.mark.slow
def test_qgis_names_every_site_and_none_on_another(crowded: Path) -> None:
    """Names of 8 mm for land of 6 mm at 1:250,000: they find no room inside it."""
    if not has_qgis():
        pytest.skip("QGIS is not installed: apt-get install qgis python3-qgis")
    found = _probe(crowded, crowded.with_suffix(".gpkg"))
    assert round(found["layouts"]["PV"]["scale"]) == 250_000
    names, on_another = found["layouts"]["PV"]["names"]
    assert names == [f"PV-{i:02}" for i in range(1, 11)]
    assert on_another == 0


def test_layers_of_a_case_of_facilities_have_its_title(tmp_path: Path) -> None:
    sites = gpd.GeoDataFrame(
        {"facility_case": ["fire_watch", "other"], "name": ["a", "b"]},
        geometry=[shapely.Point(0, 0), shapely.Point(9, 9)],
        crs="EPSG:4544",
    )
    write_features(tmp_path / "results.gpkg", "facility_sites", sites)
    rings = sites.assign(within_min=[10.0, 30.0], facility_case="fire_watch")
    rings = rings.set_geometry(rings.buffer(5.0))
    write_features(tmp_path / "results.gpkg", "facility_reach", rings)
    case = SimpleNamespace(id="fire_watch", title={"zh": "瞭望", "en": "fire watch"}.get)
    held = named_ids(SimpleNamespace(indicators=None, facilities=[case]))
    names = {k: v["zh"] for k, v in held.items()}
    path = write_qgis(
        tmp_path / "results.gpkg", lang="zh", title="t", names=names, field_title=str
    )
    titles = sorted(str(x.text) for x in _project(path).iter("layername"))
    assert [t.partition("：")[0] for t in titles] == ["other", "瞭望", "瞭望"]
    assert "瞭望：等时圈（10、30 分钟）" in titles
