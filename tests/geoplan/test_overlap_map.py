"""The map that ``geoplan check`` writes: alone, offline, with what each rule hits."""

import json
import re
import shutil

import geopandas as gpd
import pytest
from shapely.geometry import LineString, box

from geoplan.maps.features import unpack_features
from geoplan.maps.offline import remote_references
from geoplan.plan_file import load_plan
from geoplan.report.overlap import write_overlap
from siting.check.boundary import check_boundary

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
X, Y = 633000.0, 4308000.0
CRS = "EPSG:4544"
NASTY = "</script><script>alert(1)</script>"
PLAN = f"""
[plan]
id = "square"
title = {{ zh = "方县{NASTY}", en = "Square{NASTY}" }}
synthetic = true
as_of = 2026-06-01

[area]
crs = "EPSG:4544"
cell_m = 10.0
boundary = {{ path = "county.gpkg", source = "test" }}

[screening]
techs = ["pv"]

[layers.road]
path = "road.gpkg"
source = "{NASTY}"
[layers.nature_reserve]
assumed_absent = "test"
[layers.annual_rainfall]
required_from_user = "test"
"""


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("square 县")
    county = gpd.GeoDataFrame(
        {"name": ["方县"]}, geometry=[box(X, Y, X + 2e3, Y + 2e3)], crs=CRS
    )
    county.to_file(folder / "county.gpkg")
    line = LineString([(X - 500, Y + 1000), (X + 2500, Y + 1000)])
    road = gpd.GeoDataFrame({"road_class": ["国道"], "ref": [NASTY]}, geometry=[line], crs=CRS)
    road.to_file(folder / "road.gpkg")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    plan = load_plan(folder / "plan.toml")
    drawn = gpd.GeoDataFrame(
        {"note": [NASTY]}, geometry=[box(X + 1500, Y + 900, X + 1600, Y + 1000)], crs=CRS
    )
    red = folder / "red <b>红线.gpkg"
    drawn.to_file(red)
    found = check_boundary(red, plan)
    files = write_overlap(found, plan, folder / "out", lang="zh")
    return found, files


@pytest.fixture(scope="module")
def page(checked):
    return checked[1][-1].read_text(encoding="utf-8")


def meta_of(page):
    return json.loads(re.search(r'id="gp-meta">(.*?)</script>', page, re.S)[1])


def test_the_file_stands_beside_the_others_and_asks_for_nothing(checked, page):
    assert [p.suffix for p in checked[1]] == [".xlsx", ".docx", ".gpkg", ".html"]
    assert checked[1][-1].name == "red <b>红线_map.html"
    assert remote_references(page) == []
    assert "connect-src 'none'" in page


def test_names_cannot_become_markup(page):
    assert "alert(1)" in page  # it is there, as text
    assert NASTY not in page
    assert "<b>红线" not in page


def test_a_rule_is_a_layer_with_its_area_and_article(checked, page):
    # the land reaches the road's centre line: 12 m to its edge and 20 m more are forbidden,
    # 32 m x 100 m = 3,200 m2 in the plane, 0.06 % off on the ellipsoid
    meta = meta_of(page)
    layer = next(x for x in meta["layers"] if x["id"] == "v-check_overlaps-PV-036")
    assert [c["value"] for c in layer["classes"]] == ["fail"]
    assert layer["title"]["zh"].startswith("PV-036 ")
    assert layer["title"]["en"] != layer["title"]["zh"]
    blob = re.search(r'id="gp-v-check_overlaps-PV-036">([^<]*)<', page)[1]
    head, lonlat = unpack_features(blob)
    area = head["attrs"]["area_m2"]
    assert area["v"][0] == pytest.approx(3200, rel=1e-3)
    # the forbidden strip is the north end of the boundary
    assert lonlat[:, 1].max() == pytest.approx(meta["bounds"][3], abs=1e-6)
    rule = meta["rules"]["PV-036"]
    asked = next(r for r in checked[0].rules if r.rule.id == "PV-036")
    assert rule["citation"]["zh"] == asked.rule.citation
    assert "in force 2011-07-01), art. 11" in rule["citation"]["en"]
    assert rule["quote"] == asked.rule.quote
    assert rule["review"] == asked.rule.needs_review


def test_banners_tell_synthetic_and_provisional(checked, page):
    kinds = {b["kind"]: b["text"] for b in meta_of(page)["banners"]}
    assert set(kinds) == {"synthetic", "provisional"}
    n, of = checked[0].provisional
    assert str(n) in kinds["provisional"]["zh"]
    assert str(of) in kinds["provisional"]["en"]


def test_the_page_opens_at_the_boundary(checked, page):
    want = checked[0].outline.parcels.to_crs("EPSG:4326").total_bounds
    assert meta_of(page)["bounds"] == pytest.approx(list(want), abs=1e-9)


def test_a_boundary_that_nothing_hits_has_a_map_too(checked, tmp_path):
    plan = load_plan(checked[1][0].parents[1] / "plan.toml")
    far = gpd.GeoDataFrame(geometry=[box(X + 100, Y + 100, X + 200, Y + 200)], crs=CRS)
    far.to_file(tmp_path / "far.gpkg")
    found = check_boundary(tmp_path / "far.gpkg", plan)
    assert not len(found.parts())
    meta = meta_of(write_overlap(found, plan, tmp_path, lang="en")[-1].read_text("utf-8"))
    assert "v-check_boundary" in [x["id"] for x in meta["layers"]]
    assert not [x for x in meta["layers"] if x["id"].startswith("v-check_overlaps")]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_in_a_browser_a_click_names_the_rule_in_both_languages(checked):
    from playwright.sync_api import sync_playwright

    found, files = checked
    title = next(r for r in found.rules if r.rule.id == "PV-036").rule.title
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM)
        tab = browser.new_context(offline=True).new_page()
        wrong, asked = [], []
        tab.on("pageerror", lambda e: wrong.append(str(e)))
        tab.on("dialog", lambda d: wrong.append(d.message))
        tab.on("request", lambda r: asked.append(r.url))
        tab.goto(files[-1].as_uri())
        tab.wait_for_selector("html[data-ready]")
        # 10 m south of the road, inside the boundary
        point = gpd.GeoSeries.from_xy([X + 1550], [Y + 990], crs=CRS).to_crs(4326)[0]
        tab.evaluate(f"GP.query(L.latLng({point.y}, {point.x}), false)")
        tab.wait_for_selector(".gp-pop .gp-rules")
        assert title.zh in tab.inner_text(".gp-pop")
        tab.click("#gp-lang")
        assert title.en in tab.inner_text(".gp-pop")
        assert len(tab.query_selector_all(".gp-banner")) == 2
        assert not wrong
        assert all(u.startswith(("file:", "data:", "blob:")) for u in asked)
        browser.close()
