"""Boundary check, explanation and certificate on a county of two by two kilometres.

The county is the square x 633000..635000, y 4308000..4310000 of EPSG:4544. All areas are
checked as ellipsoidal: the planar area times the areal scale of the zone at the place
(x - 500 km = 134 km: k = 1 + 134^2 / (2 6371^2) = 1.000221, area 0.99956 of planar). The
scale changes by 7e-9 a metre eastwards, so one value serves the county to 1e-5.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box

from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from gis.cells.cell_area import areal_scale
from gis.cells.grid import cell_centres
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from gis.files.write import write_coordinate_txt
from layers.open.county import plan_crs
from layers.sample import with_sample
from siting.check.boundary import check_boundary
from siting.check.certificate import RuleCut, _left, certify, cut_land, proof_table
from siting.check.explain import explain_point, explanation_lines
from siting.check.near import gather, place_of
from siting.check.shapes import Shapes, ground_of
from siting.check.shares import favourable_frac
from siting.rules.conditions.canvas import FeatureMeasure
from siting.screen.screening import not_judged_of, rules_of, screen, state_raster
from siting.screen.section import ScreeningSection
from siting.screen.tables import not_judged

CRS = "EPSG:4544"
X, Y = 633000.0, 4308000.0
SCALE = float(areal_scale([X + 1000], [Y + 1000], CRS)[0])
K = SCALE**-0.5  # planar metres for one on the ellipsoid

PLAN = """
[plan]
id = "square"
title = { zh = "方县", en = "Square" }
as_of = 2026-06-01

[area]
crs = "EPSG:4544"
cell_m = 10.0
boundary = { path = "county.gpkg", source = "test" }

[screening]
techs = ["pv"]

[layers.road]
path = "road.gpkg"
[layers.permanent_basic_farmland]
path = "farmland.gpkg"
[layers.land_parcels]
path = "parcels.gpkg"
[layers.nature_reserve]
assumed_absent = "test"
[layers.annual_rainfall]
required_from_user = "test"
"""


def at(x: float, y: float) -> tuple[float, float]:
    return X + x, Y + y


def rect(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    return box(X + x0, Y + y0, X + x1, Y + y1)


def write(path: Path, geoms: list, **columns: list) -> None:
    gpd.GeoDataFrame(columns, geometry=geoms, crs=CRS).to_file(path)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("square 县")
    write(folder / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    # one national road on y = 1000, centre line: 12 m to the land edge, 20 m from there
    write(
        folder / "road.gpkg",
        [LineString([at(-500, 1000), at(2500, 1000)])],
        road_class=["国道"],
        ref=["G244"],
    )
    write(folder / "farmland.gpkg", [rect(0, 0, 400, 400)], BSM=["1"])
    # west half irrigated cropland owned by collectives, east half sand owned by the state
    write(
        folder / "parcels.gpkg",
        [rect(0, 0, 1000, 2000), rect(1000, 0, 2000, 2000)],
        DLBM=["0102", "1205"],
        DLMC=["水浇地", "沙地"],
        QSXZ=["30", "20"],
    )
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return load_plan(folder / "plan.toml")


def drawn(tmp_path: Path, *geoms: Polygon, **columns: list) -> Path:
    path = tmp_path / "red line 红线.gpkg"
    gpd.GeoDataFrame(columns, geometry=list(geoms), crs=CRS).to_file(path)
    return path


def by_id(found, rule_id):
    return next(r for r in found.rules if r.rule.id == rule_id)


def test_overlap_with_a_rule_is_the_exact_ellipsoidal_area(plan, tmp_path):
    # 100 m wide from y = 900.25 to 1000: the road reaches 12 m + 20 m = 32 m (times k)
    found = check_boundary(drawn(tmp_path, rect(1500, 900.25, 1600, 1000.5)), plan)
    road = by_id(found, "PV-036")
    planar = 100 * (32 * K + 0.5)
    assert road.overlap_m2 == pytest.approx(planar * SCALE, rel=1e-5)
    assert road.result == "fail"
    assert road.distance_m == 0
    assert road.features == ("G244",)
    assert found.result == "fail"
    assert found.area_m2 == pytest.approx(100 * 100.25 * SCALE, rel=1e-5)
    # written to 0.01 m2, and to four decimals of mu and percent
    row = found.rule_table("en").iloc[:, :7].set_axis(
        ["id", "rule", "kind", "result", "m2", "mu", "pct"], axis=1
    ).set_index("id").loc["PV-036"]  # fmt: skip
    assert row["m2"] == pytest.approx(road.overlap_m2, abs=0.0051)
    assert row["mu"] == pytest.approx(road.overlap_m2 * 3 / 2000, abs=0.000051)
    assert row["pct"] == pytest.approx(100 * road.overlap_m2 / found.area_m2, abs=0.000051)


def test_pass_conditional_fail_unknown_assumed(plan, tmp_path):
    found = check_boundary(drawn(tmp_path, rect(900, 1100.25, 1100, 1300)), plan)
    assert by_id(found, "PV-004").result == "fail"  # cropland, west part
    assert by_id(found, "PV-004").overlap_m2 == pytest.approx(100 * 199.75 * SCALE, rel=1e-5)
    assert by_id(found, "PV-001").result == "pass"  # basic farmland is far
    assert by_id(found, "PV-036").result == "pass"
    # 100.25 m to the centre line, less 12 m
    assert by_id(found, "PV-036").distance_m == pytest.approx(100.25 / K - 12, abs=1e-3)
    assert by_id(found, "PV-015").result == "assumed"  # reserve assumed absent
    assert by_id(found, "PV-013").result == "unknown"  # red line not in the plan
    assert by_id(found, "PV-013").unknown_m2 == pytest.approx(found.area_m2)
    assert by_id(found, "PV-058").result == "favourable"  # desert
    n, of = found.provisional
    # preferences exclude nothing: they are not counted, as in screening
    assert 0 < n < of == sum(r.rule.kind != "preference" for r in found.rules)


def test_rules_not_judged_are_counted_as_screening_counts_them(plan, tmp_path):
    found = check_boundary(drawn(tmp_path, rect(900, 1100.25, 1100, 1300)), plan)
    screened = screen(plan, "pv")
    counted = sum(e != "none" for e in screened.effects)
    assert found.provisional == (len(not_judged(screened)), counted)
    assert not_judged_of(plan, "pv") == found.provisional


@pytest.mark.shared
@pytest.mark.parametrize("tech", ["pv", "wind"])
def test_pingluo_counts_the_same_in_check_and_screening(root, shared, tmp_path, tech):
    plan = load_plan(root / "plans" / "pingluo.toml")
    corners = [(106.61, 38.71), (106.62, 38.71), (106.62, 38.72), (106.61, 38.72)]
    path = tmp_path / "site.geojson"
    gpd.GeoDataFrame({"name": ["A"]}, geometry=[Polygon(corners)], crs=4490).to_file(path)
    assert check_boundary(path, plan, tech).provisional == not_judged_of(plan, tech)


def test_a_clean_boundary_says_that_it_was_looked_at(plan, tmp_path):
    # along the edge of two parcels, so that its coordinates are known to fit
    found = check_boundary(drawn(tmp_path, rect(1000, 100.25, 1100, 900)), plan)
    assert found.outline.findings == ()
    assert found.tables("zh")["界线检查"].to_numpy().tolist() == [
        ["通过", "界线已检查，未发现问题"]
    ]
    assert found.tables("en")["Boundary"]["severity"].tolist() == ["passed"]


@pytest.mark.parametrize("tech", ["solar", "", "PV"])
def test_an_unknown_technology_is_refused(plan, tmp_path, tech):
    with pytest.raises(ConfigError, match="pv, wind, afforest, wetland, grass"):
        check_boundary(drawn(tmp_path, rect(1500, 100.25, 1600, 200)), plan, tech)


def test_areas_by_class_ownership_and_kind_close(plan, tmp_path):
    found = check_boundary(drawn(tmp_path, rect(300, 300, 1100, 500.25)), plan)
    classes = found.classes.set_index("dlbm")
    assert classes.loc["0102", "area_m2"] == pytest.approx(700 * 200.25 * SCALE, rel=1e-5)
    assert classes.loc["0102", "ownership"] == "collective"
    assert classes["area_m2"].sum() == pytest.approx(found.area_m2, rel=1e-9)
    assert classes["area_mu"].sum() == pytest.approx(found.area_m2 * 15 / 10000, rel=1e-9)
    kinds = found.kinds.set_index("kind")
    parts = kinds.loc[["agricultural", "construction", "unused", "unclassified"], "area_m2"]
    assert parts.sum() == pytest.approx(kinds.loc["total", "area_m2"], rel=1e-9)
    # farmland 0..400 square: 100 x 100 m of the boundary
    assert kinds.loc["basic_farmland", "area_m2"] == pytest.approx(1e4 * SCALE, rel=1e-5)
    assert kinds.loc["cropland", "collective_ha"] == pytest.approx(
        kinds.loc["cropland", "area_ha"]
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_and_json(plan, tmp_path, lang):
    found = check_boundary(drawn(tmp_path, rect(300, 300, 1100, 500.25)), plan)
    tables = found.tables(lang)
    assert len(tables) == 7
    told = tables[{"zh": "数据提示", "en": "What to know of the data"}[lang]]
    assert told.iloc[:, 0].tolist() == [w.text(lang) for w in found.told]
    assert len(tables[{"zh": "规则压占", "en": "Rules"}[lang]]) == len(found.rules)
    assert all(len(t.columns) == t.columns.nunique() for t in tables.values())
    body = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert body["result"] == "fail"
    assert {r["id"] for r in body["rules"]} >= {"PV-001", "PV-036"}
    parts = found.parts()
    assert set(parts["rule_id"]) >= {"PV-001", "PV-004"}
    assert shapely.covers(shapely.buffer(found.outline.land, 1e-6), parts.union_all())


def test_favourable_share(plan):
    rules, _ = rules_of(plan, "pv")
    # a third on cropland in the west, two thirds on sand in the east
    share = favourable_frac(rules, place_of(plan), rect(900, 100, 1200, 200))
    assert share == pytest.approx(2 / 3, abs=1e-5)


def test_a_rule_about_arrays_says_nothing_about_a_road(plan, tmp_path):
    """Array land and auxiliary land are managed separately (自然资办发〔2023〕12号)."""
    # the array lies on sand, the access road crosses cropland
    array, road = rect(1100, 1500.25, 1300, 1600), rect(900, 1600, 1300, 1606)
    path = drawn(tmp_path, array, road, 功能=["光伏方阵", "进场道路"])
    found = check_boundary(path, plan)
    assert by_id(found, "PV-004").result == "pass"
    auxiliary = by_id(found, "PV-081")
    assert auxiliary.result == "conditional"
    assert auxiliary.overlap_m2 == pytest.approx(100 * 6 * SCALE, rel=1e-5)
    parts = found.component_table("en")
    assert parts["part"].tolist() == ["array", "road"]
    # without parts the cropland counts against the whole project
    (tmp_path / "b").mkdir()
    whole = check_boundary(drawn(tmp_path / "b", array, road), plan)
    assert by_id(whole, "PV-004").result == "fail"
    assert whole.component_table("en") is None


# ------------------------------------------------------------------ faults of the drawing


def codes(found) -> set[str]:
    return {f.code for f in found.outline.findings if f.severity == "fault"}


def test_clean_boundary_has_no_faults(plan, tmp_path):
    assert codes(check_boundary(drawn(tmp_path, rect(1500, 100.25, 1600, 200)), plan)) == set()


def test_faults_are_found(plan, tmp_path):
    bow = Polygon([at(1500, 100.25), at(1600, 200), at(1600, 100.25), at(1500, 200)])
    assert "self_intersection" in codes(check_boundary(drawn(tmp_path, bow), plan))


def test_crossing_ring_of_a_table_is_found(plan, tmp_path):
    ring = [at(1500, 100.25), at(1600, 200), at(1600, 100.25), at(1500, 200)]
    table = pd.DataFrame([(y, x + 35e6) for x, y in ring], columns=["X", "Y"])
    table.insert(0, "点号", [f"J{i}" for i in range(1, 5)])
    table.to_csv(tmp_path / "bow.csv", index=False)
    found = check_boundary(tmp_path / "bow.csv", plan)
    assert codes(found) == {"self_intersection"}
    crossing = next(f for f in found.outline.findings if f.code == "self_intersection")
    # the diagonals of the square cross in its middle; eastings keep the zone number
    assert crossing.places[0] == pytest.approx((35e6 + X + 1550, Y + 150.125), abs=1e-3)


def test_repeated_points_and_spike(plan, tmp_path):
    ring = [at(1500, 100.25), at(1600, 100.25), at(1600, 100.25), at(1600, 200), at(1500, 200)]
    assert codes(check_boundary(drawn(tmp_path, Polygon(ring)), plan)) == {"duplicate_vertex"}


def test_faults_of_multipolygons_are_found(plan, tmp_path):
    ring = [at(1500, 100.25), at(1600, 100.25), at(1600, 100.25), at(1600, 200), at(1500, 200)]
    both = MultiPolygon([Polygon(ring), rect(1700, 100.25, 1800, 200)])
    assert codes(check_boundary(drawn(tmp_path, both), plan)) == {"duplicate_vertex"}


def test_spike(plan, tmp_path):
    ring = [at(1500, 100.25), at(1600, 100.25), at(1600, 150), at(1700, 150.1), at(1600, 150.2),
            at(1600, 200), at(1500, 200)]  # fmt: skip
    assert codes(check_boundary(drawn(tmp_path, Polygon(ring)), plan)) == {"spike"}


def test_few_decimals(plan, tmp_path):
    for y, words in ((100, "0 decimals (about 1 m)"), (100.5, "1 decimal (about 0.1 m)")):
        found = check_boundary(drawn(tmp_path, rect(1500, y, 1600, 200)), plan)
        assert codes(found) == {"few_decimals"}
        assert words in found.outline.findings[0].text("en")


def test_gap_and_overlap_between_parcels(plan, tmp_path):
    gap = drawn(tmp_path, rect(1500, 100.25, 1600, 200), rect(1600.4, 100.25, 1700, 200))
    found = check_boundary(gap, plan)
    assert codes(found) == {"gap"}
    # 0.4 m by 99.75 m
    assert "39.8" in next(f.text("en") for f in found.outline.findings if f.code == "gap")


def test_overlapping_parcels_count_once(plan, tmp_path):
    both = drawn(tmp_path, rect(1500, 100.25, 1600, 200), rect(1590, 100.25, 1700, 200))
    found = check_boundary(both, plan)
    assert codes(found) == {"parcels_overlap"}
    assert found.area_m2 == pytest.approx(200 * 99.75 * SCALE, rel=1e-5)


def test_wrong_zone_is_named(plan, tmp_path):
    frame = gpd.GeoDataFrame(geometry=[rect(1500, 100.25, 1600, 200)], crs="EPSG:4543")
    path = tmp_path / "zone.gpkg"
    frame.to_file(path)
    with pytest.raises(DataError, match=r"wrong zone.*4544"):
        check_boundary(path, plan)


def test_vertices_of_a_table_and_coordinate_text(plan, tmp_path):
    ring = [at(1500, 100.25), at(1600, 100.25), at(1600, 200), at(1500, 200)]
    table = pd.DataFrame(ring, columns=["Y", "X"])
    table.insert(0, "点号", [f"J{i}" for i in range(1, 5)])
    table["Y"] += 35_000_000  # easting with the zone number
    table[["点号", "X", "Y"]].to_excel(tmp_path / "points.xlsx", index=False)
    found = check_boundary(tmp_path / "points.xlsx", plan)
    assert found.area_m2 == pytest.approx(100 * 99.75 * SCALE, rel=1e-5)
    lines = [
        "[属性描述]",
        "坐标系=2000国家大地坐标系",
        "几度分带=3",
        "投影类型=高斯克吕格",
        "带号=35",
        "[地块坐标]",
        "5,0.9000,1,场址,面,,光伏,,@",
    ]
    lines += [
        f"J{i % 4 + 1},1,{y:.4f},{x + 35e6:.4f}" for i, (x, y) in enumerate([*ring, ring[0]])
    ]
    path = tmp_path / "points.txt"
    path.write_text("\n".join(lines), encoding="gb18030")
    found = check_boundary(path, plan)
    assert found.area_m2 == pytest.approx(100 * 99.75 * SCALE, rel=1e-5)
    # it declares 0.9000 ha and has 0.9971
    assert codes(found) == {"declared_area"}
    # and goes out again as it came in
    write_coordinate_txt(tmp_path / "again.txt", found.outline.drawn)
    assert (tmp_path / "again.txt").read_bytes() == path.read_bytes()
    write_coordinate_txt(tmp_path / "again.txt", found.outline.parcels)  # in the plan's system
    assert (tmp_path / "again.txt").read_bytes() == path.read_bytes()
    # its head says 99 points where five lines follow
    path.write_text("\n".join(lines).replace("5,0.9000", "99,0.9000"), encoding="gb18030")
    found = check_boundary(path, plan)
    assert codes(found) == {"declared_area", "declared_points"}
    (said,) = [f.text for f in found.outline.findings if f.code == "declared_points"]
    assert said("zh") == "第 1 个地块写明界址点 99 个，实有 5 个：可能缺行，请核对"
    # without its closing point: closed, and told
    open_ended = "\n".join(lines[:-1]).replace("5,0.9000", "4,0.9000")
    path.write_text(open_ended, encoding="gb18030")
    found = check_boundary(path, plan)
    assert found.area_m2 == pytest.approx(100 * 99.75 * SCALE, rel=1e-5)
    told = {f.code: f.severity for f in found.outline.findings}
    assert (told["rings_closed"], told["declared_area"]) == ("remark", "fault")


@pytest.mark.parametrize(
    ("name", "crs"),
    [
        ("红线.shp", CRS),
        ("line.geojson", "EPSG:4490"),
        ("line.kml", "EPSG:4326"),
        ("line.fgb", CRS),
        ("line.gpkg", "EPSG:4547"),
        ("line.dxf", CRS),
    ],
)
def test_formats_give_the_same_answer(plan, tmp_path, name, crs):
    land = rect(1500.123, 940.25, 1600, 1100.75)
    frame = gpd.GeoDataFrame({"name": ["场址"]}, geometry=[land], crs=CRS).to_crs(crs)
    if name.endswith(".dxf"):  # a drawing: a closed line, no CRS
        frame = frame[["geometry"]].set_geometry(frame.boundary)
    path = tmp_path / name
    frame.to_file(path, driver="KML" if name.endswith(".kml") else None)
    found = check_boundary(path, plan, crs=CRS if name.endswith(".dxf") else "")
    want = 99.877 * 160.5 * SCALE
    assert found.area_m2 == pytest.approx(want, rel=2e-5)
    assert by_id(found, "PV-036").overlap_m2 == pytest.approx(99.877 * 64 * K * SCALE, rel=1e-4)


# ------------------------------------------------------------------ explain


def test_explain_names_distances(plan):
    # 69 m north of the centre line: 69 / k - 12 = 57 m from the land edge
    x, y = at(1500, 1069)
    lon, lat = (float(np.ravel(v)[0]) for v in transform_points(x, y, CRS, "EPSG:4490"))
    found = explain_point(plan, lon, lat)
    rules = {r.id: r for r in found.techs["pv"].rules}
    road = rules["PV-036"]
    assert road.result == "clear"
    # the road's scale is that of its end 1 km further east: 6e-6 of 69 m
    assert road.measures[0].distance_m == pytest.approx(69 / K - 12, abs=0.002)
    assert road.measures[0].needed_m == 20
    text = "\n".join(explanation_lines(found, "en"))
    assert "G244 land edge 57 m away, 20 m needed; ok" in text
    assert "G244公路用地外缘相距 57 m，需 20 m" in "\n".join(explanation_lines(found, "zh"))
    assert rules["PV-013"].result == "unknown"
    assert found.techs["pv"].state == "unknown"
    body = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    row = next(r for r in body["techs"]["pv"]["rules"] if r["id"] == "PV-036")
    assert set(row["measures"][0]) == {
        "layer", "name", "code", "from", "distance_m", "needed_m", "half_width_m",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("result", "distance", "zh", "en"),
    [
        (
            "hit",
            3657.0,
            "相距 3657 m，20000 m 以内为宜；有利",
            "within 20000 m is favourable; fa",
        ),
        ("clear", 2.5e4, "20000 m 以内为宜；不占优", "is favourable; not favourable"),
    ],
)
def test_a_preference_reads_as_one(plan, result, distance, zh, en):
    lon, lat = (float(np.ravel(v)[0]) for v in transform_points(*at(1500, 1069), CRS, 4490))
    found = explain_point(plan, lon, lat)
    row = next(r for r in found.techs["pv"].rules if r.id == "PV-085")
    station = FeatureMeasure(
        layer="substations", name="A", code="", from_="edge",
        distance_m=distance, needed_m=20000.0, half_width_m=0.0,
    )  # fmt: skip
    row = row.model_copy(
        update={"result": result, "assumed_absent": (), "missing": (), "measures": (station,)}
    )
    only = found.techs["pv"].model_copy(update={"rules": (row,)})
    found = found.model_copy(update={"techs": {"pv": only}, "warnings": ()})
    for lang, words in (("zh", zh), ("en", en)):
        text = "\n".join(explanation_lines(found, lang))
        assert words in text
        for violation in ("命中 1", "1 hit", "；命中", "; hit", "needed", "需 20000"):
            assert violation not in text


@pytest.mark.parametrize(("beyond_m", "result"), [(-0.5, "hit"), (0.5, "clear")])
def test_half_a_metre_decides_at_a_place(plan, beyond_m, result):
    # 12 m to the land edge and 20 m from there, on the ground
    x, y = at(1500, 1000 + 32 * K + beyond_m)
    lon, lat = (float(np.ravel(v)[0]) for v in transform_points(x, y, CRS, 4490))
    found = explain_point(plan, lon, lat)
    row = next(r for r in found.techs["pv"].rules if r.id == "PV-036")
    assert row.result == result
    # the law is told where it is broken, and only there
    text = "\n".join(explanation_lines(found, "zh"))
    assert (row.citation in text.split("PV-036")[1]) == (result == "hit")
    assert (row.quote in text) == (result == "hit")


def test_explain_taken_and_outside(plan):
    lon, lat = (float(np.ravel(v)[0]) for v in transform_points(*at(100, 100), CRS, 4490))
    found = explain_point(plan, lon, lat)
    assert found.techs["pv"].state == "taken"
    assert found.techs["pv"].rules[0].result == "hit"
    assert "位于永久基本农田 1内" in "\n".join(explanation_lines(found, "zh"))
    assert explain_point(plan, lon + 1, lat).techs["pv"].state == "outside"
    with pytest.raises(DataError, match="exchanged"):
        explain_point(plan, lat, lon)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sample", "pingluo"])
def test_explanation_and_screening_say_the_same(root, name):
    """At cell centres the exact answer and the cells agree, whatever layers are there."""
    found = load_plan(root / "plans" / f"{name}.toml")
    if name == "sample":
        found = with_sample(found, "tiny")
    elif not found.data_root.is_dir():
        pytest.skip("shared data not here")
    words = {1: "left", 2: "conditional", 3: "taken", 4: "unknown", 5: "provisional"}
    crs = plan_crs(found)
    for tech in found.section(ScreeningSection).techs[:2]:
        screening = screen(found, tech)
        state = state_raster(screening)
        xs, ys = cell_centres(screening.grid)
        rows, cols = np.nonzero(state)
        chosen = np.random.default_rng(5).choice(len(rows), 12, replace=False)
        for r, c in zip(rows[chosen], cols[chosen], strict=True):
            lon, lat = (
                float(np.ravel(v)[0]) for v in transform_points(xs[c], ys[r], crs, 4490)
            )
            said = explain_point(found, lon, lat).techs[tech].state
            if said != "outside":  # a cell may lie partly outside the county
                assert said == words[int(state[r, c])], (tech, lon, lat)


# ------------------------------------------------------------------ certificate


def test_certificate_leaves_nothing_of_a_hard_rule(plan):
    sites = gpd.GeoDataFrame(
        {"site_id": ["A", "B"]},
        geometry=[rect(900, 800, 1500, 1200), rect(10, 10, 100, 100)],
        crs=CRS,
    )
    found = certify(sites, plan, "pv")
    assert found.sites["site_id"].tolist() == ["A"]  # B is all basic farmland
    assert (found.rules["overlap_m2"] == 0.0).all()
    road = found.rules[(found.rules.rule_id == "PV-036") & (found.rules.site_id == "A")]
    # 600 m of road, 2 x 32 m wide, before the cut
    assert road["before_m2"].item() == pytest.approx(600 * 64 * K * SCALE, rel=1e-5)
    # left: 500 m east of the cropland, 400 m high less the road, drawn 2 mm inwards
    planar = 2 * (500 - 0.004) * (200 - 32 * K - 0.004)
    area = found.sites["area_m2"].item()
    assert area == pytest.approx(planar * SCALE, rel=1e-5)
    assert area == pytest.approx(
        float(np.sum(polygon_area_m2(found.sites.geometry.to_numpy(), CRS))), rel=1e-12
    )
    # layers the plan lacks are named, never silently passed
    assert not found.sites["certified"].item()
    assert "PV-013" in found.sites["not_judged"].item()


def test_the_proof_measures_what_is_still_overlapped(plan):
    rules, effects = rules_of(plan, "pv")
    hard = [r for r, e in zip(rules, effects, strict=True) if e == "taken"]
    land = rect(1500, 990, 1600, 1200)
    near = gather(hard, place_of(plan), land)
    found = dict(zip([r.id for r in hard], _left(land, hard, near), strict=True))
    # 100 m of road from 10 m south of it to 32 m north of it on the ground
    assert found["PV-036"][0] == pytest.approx(100 * (10 + 32 * K) * SCALE, rel=1e-4)
    assert _left(Polygon(), hard, near) == [(0.0, 0.0)] * len(hard)


def test_what_covers_a_land_is_not_taken_for_another(plan):
    rules, effects = rules_of(plan, "pv")
    hard = [r for r, e in zip(rules, effects, strict=True) if e == "taken"]
    place, land, part = place_of(plan), rect(900, 800, 1500, 1200), rect(950, 900, 1400, 1100)
    near = gather(hard, place, land)
    first = [ground_of(r, near) for r in hard]
    # many rules ask for parcels: what they leave bare is that of this land, kept with it
    parcels = near.layers["land_parcels"].drawn.shapes
    bare = shapely.difference(land, shapely.union_all(parcels))
    assert near.bare["land_parcels"].symmetric_difference(bare).area == 0.0
    for a, r in zip(first, hard, strict=True):
        again = ground_of(r, near)
        assert (again.hit.wkb, again.unknown.wkb) == (a.hit.wkb, a.unknown.wkb)
    anew = _left(part, hard, gather(hard, place, part))
    np.testing.assert_allclose(_left(part, hard, near), anew, rtol=1e-9, atol=1e-6)
    assert near.bare["land_parcels"].symmetric_difference(bare).area == 0.0


def test_rules_share_what_layers_cover_of_a_boundary(plan, monkeypatch):
    # the union of the parcels costs more than all the rules: made once a boundary
    made = []
    own = Shapes._bare

    def counted(self, layer_id):
        known = layer_id in self.nearby.bare
        out = own(self, layer_id)
        made.extend([] if known else [layer_id])
        return out

    monkeypatch.setattr(Shapes, "_bare", counted)
    rules, effects = rules_of(plan, "pv")
    cut_land(rect(900, 1100, 1100, 1300), rules, effects, place_of(plan))
    # once for the land as it came, once for the boundary that was cut
    assert made == ["land_parcels"] * 2


def test_points_written_with_three_decimals_stay_legal(plan):
    rules, effects = rules_of(plan, "pv")
    # a slanted edge across the setback, so that nothing falls on the grid by luck
    land = Polygon([at(1111.11, 900), at(1777.7, 913.3), at(1689, 1201.01), at(1203.3, 1187.7)])
    place = place_of(plan)
    final, _ = cut_land(land, rules, effects, place)
    again = shapely.set_precision(final, 0.001)
    road = LineString([at(-500, 1000), at(2500, 1000)])
    assert shapely.distance(again, road) / K >= 32.0
    coordinates = shapely.get_coordinates(final)
    assert np.allclose(coordinates, np.round(coordinates, 3), atol=1e-9, rtol=0)


def test_the_proof_holds_rules_and_no_copies_of_their_words(plan):
    """2,400 sites have 100,000 rows: a row is its rule, one flag and three numbers."""
    rule = rules_of(plan, "pv")[0][0]
    cut = RuleCut(rule, True, 3.0, 0.0, 1.5)
    # 16 bytes for the collector, 16 of an object's head, five references; no table of names
    assert sys.getsizeof(cut) <= 16 + 16 + 5 * 8
    table = proof_table(["PV-01", "PV-02"], [[cut], [cut]])
    assert table["site_id"].tolist() == ["PV-01", "PV-02"]
    assert table["rule_id"].tolist() == [rule.id] * 2
    assert table[["before_m2", "overlap_m2", "unknown_m2"]].iloc[0].tolist() == [3.0, 0.0, 1.5]
    assert table["title_zh"].tolist() == [rule.title.zh] * 2
    assert not len(proof_table([], []).columns)
