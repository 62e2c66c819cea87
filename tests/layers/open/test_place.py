"""The gate of place: layers of another zone, province or datum are noticed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.crs.systems import transform_points, wgs84_to_gcj02
from gis.errors import DataError
from layers.open.county import plan_grid_of
from layers.open.place import _outlines, _sampled, place_of
from layers.open.plan_layers import layer_report, open_features, open_raster, warnings_of
from tests.layers.open.test_open import X, Y, plan_of
from tests.layers.open.test_raster_values import tif, whole

__all__ = ["plan_of"]

RED = '[layers.ecological_red_line]\npath = "r.gpkg"\n'
HALF = shapely.box(X, Y, X + 5e3, Y + 1e4)  # the west half of the county


def red_line(folder, *shapes, crs="EPSG:4544"):
    gpd.GeoDataFrame(geometry=list(shapes), crs=crs).to_file(folder / "r.gpkg")


def codes(plan):
    return {w.code for w in warnings_of(plan)}


def test_a_red_line_in_its_place_passes_with_its_share(plan_of, tmp_path):
    red_line(tmp_path, HALF)
    plan = plan_of(RED)
    found = place_of(plan, "ecological_red_line")
    assert (found.away_km, found.inside, found.features) == (0.0, 1, 1)
    assert found.covered_frac == pytest.approx(0.5)
    assert found.own_frac == pytest.approx(1.0)
    assert not codes(plan) & {"none_inside", "layer_shifted", "covers_part"}


def test_a_red_line_declared_in_the_next_zone_names_the_zone_that_fits(plan_of, tmp_path):
    red_line(tmp_path, HALF, crs="EPSG:4545")  # the numbers are of 4544
    with pytest.raises(DataError, match="does not lie in this county") as err:
        open_features(plan_of(RED), "ecological_red_line")
    said = str(err.value)
    assert "EPSG:4544" in said
    # zones are 3 degrees apart: 3 x 111.32 x cos(38.8) = 260 km, less the county's own 10 km
    assert " 250 km from the county" in said
    with pytest.raises(DataError, match="ecological_red_line"):
        layer_report(plan_of(RED), "ecological_red_line")


def test_a_red_line_of_another_province_is_refused(plan_of, tmp_path):
    red_line(tmp_path, shapely.box(113.0, 28.0, 113.2, 28.2), crs="EPSG:4490")
    with pytest.raises(DataError, match="assumed_absent"):
        open_features(plan_of(RED), "ecological_red_line")


def test_a_province_wide_file_without_a_feature_here_is_told(plan_of, tmp_path):
    far = [shapely.box(X + d, Y, X + d + 1e3, Y + 1e3) for d in (-4e4, 6e4)]
    red_line(tmp_path, *far)
    plan = plan_of(RED)
    assert len(open_features(plan, "ecological_red_line")) == 2
    assert "none_inside" in codes(plan)


def test_substations_away_from_the_county_may_be_used(plan_of, tmp_path):
    points = gpd.GeoDataFrame(
        {"电压": [110]}, geometry=[shapely.Point(X + 5e4, Y)], crs="EPSG:4544"
    )
    points.to_file(tmp_path / "s.gpkg")
    plan = plan_of('[layers.substations]\npath = "s.gpkg"\nfields = { voltage_kv = "电压" }\n')
    assert len(open_features(plan, "substations")) == 1


@pytest.mark.parametrize("layer", ["land_parcels", "townships", "villages"])
def test_a_neighbours_file_that_only_touches_is_refused(plan_of, tmp_path, layer):
    beside = shapely.box(X + 9_990, Y, X + 2e4, Y + 1e4)  # 0.1 % of the county
    gpd.GeoDataFrame(
        {"DLBM": ["0103"], "XZMC": ["a"], "name": ["a"]}, geometry=[beside], crs="EPSG:4544"
    ).to_file(tmp_path / "c.gpkg")
    with pytest.raises(DataError, match=r"0\.10 % of the county"):
        open_features(plan_of(f'[layers.{layer}]\npath = "c.gpkg"\n'), layer)


def test_a_covering_layer_prints_its_share(plan_of, tmp_path):
    half = gpd.GeoDataFrame({"DLBM": ["0103"]}, geometry=[HALF], crs="EPSG:4544")
    half.to_file(tmp_path / "c.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "c.gpkg"\n')
    said = {w.code: w.text("en") for w in warnings_of(plan)}
    assert "50.00 % of the county" in said["covers_part"]


def _moved(shape, move):
    def by(xy):
        lon, lat = transform_points(xy[:, 0], xy[:, 1], "EPSG:4544", "EPSG:4326")
        x, y = transform_points(*move(lon, lat), "EPSG:4326", "EPSG:4544")
        return np.column_stack([x, y])

    return shapely.transform(shapely.segmentize(shape, 200.0), by)


def test_a_red_line_of_half_the_county_in_gcj02_is_told(plan_of, tmp_path):
    red_line(tmp_path, _moved(HALF, wgs84_to_gcj02))
    said = {w.code: w.text("en") for w in warnings_of(plan_of(RED))}
    assert "GCJ-02" in said["layer_shifted"]


def test_gauss_numbers_declared_utm_are_told(plan_of, tmp_path):
    red_line(tmp_path, HALF, crs="EPSG:32648")  # same meridian, 105 E, scale 0.9996
    said = {w.code: w.text("en") for w in warnings_of(plan_of(RED))}
    assert "UTM" in said["layer_shifted"]


def test_an_island_inside_the_county_is_not_suspected(plan_of, tmp_path):
    red_line(tmp_path, shapely.box(X + 3e3, Y + 3e3, X + 6e3, Y + 6e3))
    assert "layer_shifted" not in codes(plan_of(RED))


def test_a_raster_of_another_place_is_refused_and_a_part_is_told(plan_of, tmp_path):
    tif(tmp_path / "d.tif", whole(1100.0))
    elsewhere = plan_of('[layers.dem]\npath = "d.tif"\ncrs = "EPSG:4545"\n')
    text = '[layers.dem]\npath = "d.tif"\n'
    assert "covers_part" not in codes(plan_of(text))
    import rasterio

    with rasterio.open(tmp_path / "d.tif", "r+") as src:
        src.crs = "EPSG:4545"
    with pytest.raises(DataError, match="EPSG:4544"):
        open_raster(elsewhere, "dem", plan_grid_of(elsewhere))
    with rasterio.open(tmp_path / "d.tif", "r+") as src:
        src.crs = "EPSG:4544"
        src.transform = src.transform @ rasterio.Affine.translation(50, 0)
    assert "50.00 %" in {w.code: w.text("en") for w in warnings_of(plan_of(text))}[
        "covers_part"
    ].replace("50.01", "50.00").replace("49.99", "50.00")


@pytest.mark.parametrize("doubled", [False, True])
def test_parcels_that_are_no_sound_coverage_run(plan_of, tmp_path, doubled):
    """A vertex more on one side of an edge, and a row twice (libgeos/geos#889)."""
    west = shapely.Polygon([(X, Y), (X + 5e3, Y), (X + 5e3, Y + 1e4), (X, Y + 1e4)])
    east = shapely.Polygon(
        [(X + 5e3, Y), (X + 1e4, Y), (X + 1e4, Y + 1e4), (X + 5e3, Y + 1e4), (X + 5e3, Y + 4e3)]
    )
    rows = [west, east, *([west] if doubled else [])]
    gpd.GeoDataFrame({"DLBM": ["0103"] * len(rows)}, geometry=rows, crs="EPSG:4544").to_file(
        tmp_path / "c.gpkg"
    )
    plan = plan_of('[layers.land_parcels]\npath = "c.gpkg"\n')
    assert "layer_gcj02" not in codes(plan)
    assert len(open_features(plan, "land_parcels")) == len(rows)


def test_outlines_taken_out_in_parts_are_those_of_one_go(monkeypatch):
    """Rings of holes are lines of their own; a polygon without any is none."""
    frame = shapely.box(0, 0, 3, 2).difference(shapely.box(1, 0.5, 2, 1))
    shapes = np.array([frame, shapely.Polygon(), shapely.box(5, 5, 6, 6), frame], dtype=object)
    whole = _outlines(shapes)
    assert whole[1].tolist() == [k for k in range(5) for _ in range(5)]
    monkeypatch.setattr("layers.open.place._AT_A_TIME", 1)
    for one, other in zip(_outlines(shapes), whole, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [len(x) for x in _outlines(shapes[1:2])] == [0, 0]


def test_points_along_lines_are_those_of_the_library():
    """Evenly along two lines of 30 and 10 m: the second begins where the first ends."""
    ends = [[(0, 0), (30, 0)], [(0, 5), (0, 15)]]
    lines = [shapely.LineString(e) for e in ends]
    got = _sampled(*shapely.get_coordinates(lines, return_index=True), 8)
    want = [(2.5 + 5 * k, 0) for k in range(6)] + [(0, 7.5), (0, 12.5)]
    assert got == pytest.approx(np.array(want))
    draw = np.random.default_rng(2).normal(size=(5000, 2)).cumsum(axis=0)
    many = np.array([shapely.LineString(draw)])
    at = (np.arange(100) + 0.5) / 100 * shapely.length(many[0])
    along = shapely.get_coordinates(shapely.line_interpolate_point(many[0], at))
    assert _sampled(*shapely.get_coordinates(many, return_index=True), 100) == pytest.approx(
        along, abs=1e-6
    )
