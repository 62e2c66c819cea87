"""Another region, another CRS, another land-cover list: against an independent computation.

The rules of ``tests/data/aachen_rules.toml`` are worked out a second time with geopandas alone
(buffer, union, difference) from the raw files, without any code of the project, and the land
left is compared.
"""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.features
import shapely

from geoplan.plan_file import load_plan
from layers.plain_json import to_json
from layers.result import save_step
from layers.run_folder import open_run
from siting.screen.screening import not_in_force_of, rules_of
from siting.screen.section import ScreeningSection
from siting.screen.step_screen import screen_step
from siting.sites.section import SitesSection
from siting.sites.step_sites import sites_step

pytestmark = [pytest.mark.shared, pytest.mark.slow]

CRS = "EPSG:25832"
SEGMENTS = 64  # of a quarter circle: an inscribed arc of 300 m is 0.02 m short


def quiet(*_):
    """No progress."""


@pytest.fixture(scope="module")
def run(root, shared, tmp_path_factory):
    plan = load_plan(root / "plans" / "aachen.toml")
    folder = open_run(tmp_path_factory.mktemp("aachen") / "out", "k")
    screened = screen_step(plan, folder.work, quiet)
    save_step(folder, "screen", screened)
    sites = sites_step(plan, folder.work, quiet)
    return plan, screened, sites


@pytest.fixture(scope="module")
def parts(shared):
    """Land each rule takes, from the raw files with geopandas, cut to the district."""
    folder = shared / "data/test_region_aachen"
    district = gpd.read_file(folder / "glaes/aachenShapefile.shp").to_crs(CRS).union_all()
    near = district.buffer(2_000)

    def read(name):
        table = gpd.read_file(folder / name).to_crs(CRS)
        return table[table.intersects(near)]

    roads = read("glaes/aachenRoads.shp")

    def road(types, metres):
        own = roads[roads["type"].isin(types)]
        return own.buffer(metres, quad_segs=SEGMENTS).union_all()

    with rasterio.open(folder / "glaes/clc-aachen_clipped.tif") as src:
        classes = src.read(1)
        # CORINE grid codes 1..44 in order of the level-3 codes
        codes = [1, 2, 3, 4, 7, 10, 11, 23, 24, 25, 40, 41]
        wanted = np.isin(classes, codes)
        shapes = [
            shapely.geometry.shape(s)
            for s, v in rasterio.features.shapes(
                wanted.astype("uint8"), mask=wanted, transform=src.transform
            )
            if v
        ]
        land = gpd.GeoSeries(shapes, crs=src.crs)
    land = land.segmentize(100.0).to_crs(CRS)
    rails = read("geokit/aachen_rails.shp")
    taken = {
        "EU-001": road(["motorway", "motorway_link"], 200),
        "EU-002": road(["primary", "primary_link"], 200),
        "EU-003": road(["secondary", "secondary_link", "tertiary", "tertiary_link"], 50),
        "EU-004": read("glaes/Natura2000_aachenClipped.shp").buffer(0).union_all(),
        "EU-005": read("glaes/CDDA_aachenClipped.shp").buffer(0).union_all(),
        "EU-006": read("geokit/aachen_buildings.shp")
        .buffer(300, quad_segs=SEGMENTS)
        .union_all(),
        "EU-007": land.buffer(0).union_all(),
        "EU-008": rails[rails["type"] == "rail"].buffer(20, quad_segs=SEGMENTS).union_all(),
    }
    return district, {k: v.intersection(district) for k, v in taken.items()}


def geodesic_ha(shape):
    """Ellipsoidal area by pyproj, of the shape with its edges made dense first."""
    from pyproj import Geod

    dense = gpd.GeoSeries([shapely.segmentize(shape, 200.0)], crs=CRS).to_crs("EPSG:4326")
    return abs(Geod(ellps="GRS80").geometry_area_perimeter(dense.iloc[0])[0]) / 1e4


def test_every_rule_is_judged(run):
    _, screened, _ = run
    pv = screened.summary.screening["pv"]
    assert pv.not_judged == 0
    assert not pv.provisional
    assert pv.closure < 1e-9


def test_land_left_agrees_within_three_per_mille(run, parts):
    _, screened, _ = run
    district, taken = parts
    left = district.difference(shapely.union_all(list(taken.values())))
    own = screened.summary.screening["pv"].area_ha
    assert own["left"] == pytest.approx(geodesic_ha(left), rel=0.003)
    # 709.5 km2 of planar area in UTM zone 32; the scale there is 0.9996 + x: 0.1 %
    assert sum(own.values()) == pytest.approx(geodesic_ha(district), rel=1e-4)


def test_each_rule_agrees_within_three_per_mille(run, parts):
    _, screened, _ = run
    _, taken = parts
    rows = {r.rule_id: r for r in screened.summary.screening["pv"].rules}
    for rule_id, shape in taken.items():
        assert rows[rule_id].gross_ha == pytest.approx(geodesic_ha(shape), rel=0.003), rule_id


def test_sites_are_clear_of_every_rule(run, parts):
    plan, _, result = run
    _, taken = parts
    sites = result.layers["sites"]
    assert len(sites) >= 5
    assert sites["certified"].all()
    assert (sites["area_ha"] >= plan.section(SitesSection).min_area_ha).all()
    everything = shapely.union_all([v for k, v in taken.items() if k != "EU-007"])
    over = shapely.area(shapely.intersection(sites.geometry.to_numpy(), everything))
    assert over.max() < 0.01
    proof = result.tables["sites_certificate"]
    assert (proof["overlap_m2"] == 0.0).all()
    # 15 mu a megawatt is a hectare a megawatt
    assert sites["capacity_mw"].to_numpy() == pytest.approx(sites["area_ha"].to_numpy())


def test_outputs_name_no_place_in_china(run):
    plan, screened, sites = run
    assert rules_of(plan, "pv")[0]
    assert not_in_force_of(plan, "pv") == ()
    text = (
        json.dumps([to_json(screened.summary), to_json(sites.summary)], ensure_ascii=False)
        + "".join(t.to_csv() for found in (screened, sites) for t in found.tables.values())
        + "".join(w.text(x) for w in sites.warnings for x in ("zh", "en"))
    )
    places = "中国|宁夏|平罗|石嘴山|黄河|县|Ningxia|Pingluo|China|Yellow River"
    assert re.findall(places, text) == []


def test_the_books_of_china_are_not_in_force_in_germany(run):
    plan, _, _ = run
    section = plan.section(ScreeningSection).model_copy(update={"books": ("bundled",)})
    other = plan.model_copy(update={"sections": {**plan.sections, "screening": section}})
    assert rules_of(other, "pv") == ((), ())
    assert len(not_in_force_of(other, "pv")) > 50
