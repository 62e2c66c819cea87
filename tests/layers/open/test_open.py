"""The one door to layers: what is mended, what is refused, and what is said about it."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError
from gis.files.write import write_cog
from layers.catalogue import layer
from layers.open.canonical import canonical
from layers.open.county import plan_grid_of
from layers.open.plan_layers import (
    layer_report,
    layer_state,
    open_features,
    open_layer,
    open_raster,
    warnings_of,
)
from layers.plan.model import LayerSource

# a square of the plain near Pingluo, in metres of EPSG:4544
X, Y = 640_000.0, 4_300_000.0


@pytest.fixture
def plan_of(tmp_path):
    """Makes a plan whose county is a 10 km square, with the layers given as TOML."""
    county = gpd.GeoDataFrame(geometry=[shapely.box(X, Y, X + 1e4, Y + 1e4)], crs="EPSG:4544")
    county.to_file(tmp_path / "county.gpkg")

    def make(layers, cell_m=100.0):
        path = tmp_path / "p.toml"
        path.write_text(
            f"""[plan]
id = "t"
title = {{ zh = "测", en = "test" }}
as_of = 2026-01-01
[area]
boundary = {{ path = "county.gpkg" }}
crs = "EPSG:4544"
cell_m = {cell_m}
{layers}""",
            encoding="utf-8",
        )
        return load_plan(path)

    return make


def squares(n, **columns):
    shapes = [shapely.box(X + 100 * i, Y, X + 100 * i + 90, Y + 90) for i in range(n)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4544")


def lines(**columns):
    n = len(next(iter(columns.values())))
    shapes = [shapely.LineString([(X, Y + 50 * i), (X + 900, Y + 50 * i)]) for i in range(n)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4544")


# ---------------------------------------------------------------- states


def test_three_states_of_a_layer(plan_of):
    plan = plan_of(
        '[layers.road]\npath = "x.shp"\n[layers.railway]\nassumed_absent = "县内没有"\n'
        '[layers.canal]\nrequired_from_user = "水务局"\n'
    )
    states = [layer_state(plan, i) for i in ("road", "railway", "canal", "pipeline")]
    assert states == ["available", "assumed_absent", "missing", "missing"]
    assert open_features(plan, "railway") is None
    assert open_features(plan, "canal") is None
    assert layer_report(plan, "railway") is None


def test_missing_file_says_where_and_what_to_do(plan_of):
    plan = plan_of('[layers.road]\npath = "none.shp"\n[layers.dem]\npath = "none.tif"\n')
    with pytest.raises(DataError, match=r"p.toml \[layers.road\]: the file is missing") as err:
        open_features(plan, "road")
    assert err.value.exit_code == 3
    assert "assumed_absent" in str(err.value)
    # both at once
    with pytest.raises(DataError) as err:
        warnings_of(plan)
    assert len(err.value.faults) == 2


def test_missing_data_folder_is_told_apart(plan_of, tmp_path):
    plan = plan_of('[layers.road]\npath = "x.shp"\n')
    plan = plan.model_copy(update={"base": tmp_path / "gone"})
    with pytest.raises(DataError, match=r"data folder .*gone is not here"):
        open_features(plan, "road")


# ---------------------------------------------------------------- fields


def test_chinese_field_names_and_spellings_become_canonical(plan_of, tmp_path):
    lines(等级=["高速公路", "国道", "村道"], MC=["甲", "乙", "丙"]).to_file(
        tmp_path / "r.shp", encoding="utf-8"
    )
    plan = plan_of('[layers.road]\npath = "r.shp"\n')
    road = open_features(plan, "road")
    assert road["road_class"].tolist() == ["expressway", "national", "village"]
    assert road["name"].tolist() == ["甲", "乙", "丙"]


def test_gbk_shapefile_without_cpg_reads_as_chinese(plan_of, tmp_path):
    table = lines(DJ=["高速公路", "国道"], MC=["京藏高速石嘴山段", "一〇九国道平罗段"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table.to_file(tmp_path / "r.shp", encoding="GBK")
    (tmp_path / "r.cpg").unlink()
    road = open_features(plan_of('[layers.road]\npath = "r.shp"\n'), "road")
    assert road["name"].tolist() == ["京藏高速石嘴山段", "一〇九国道平罗段"]
    assert road["road_class"].tolist() == ["expressway", "national"]


def test_the_plan_names_fields_values_and_constants(plan_of, tmp_path):
    lines(type=["primary", "footway"], lanes_n=["2", "1"]).to_file(tmp_path / "r.geojson")
    plan = plan_of(
        '[layers.road]\npath = "r.geojson"\n'
        'fields = { road_class = "type", lanes = "lanes_n" }\n'
        'values = { road_class = { footway = "" } }\nconstants = { name = "OSM" }\n'
        "half_width_m = 4.0\n"
    )
    road = open_features(plan, "road")
    assert road["road_class"].tolist()[0] == "provincial"
    assert pd.isna(road["road_class"].iloc[1])
    assert road["lanes"].tolist() == [2, 1]
    assert road["name"].tolist() == ["OSM", "OSM"]
    assert road["half_width_m"].tolist() == [4.0, 4.0]


def test_unknown_values_of_a_closed_list_are_refused_not_passed_over(plan_of, tmp_path):
    lines(DJ=["国道", "林区便道"]).to_file(tmp_path / "r.geojson")
    plan = plan_of('[layers.road]\npath = "r.geojson"\n')
    with pytest.raises(DataError, match="林区便道") as err:
        open_features(plan, "road")
    assert "values.road_class" in str(err.value)


def test_all_faults_of_the_fields_come_at_once(plan_of, tmp_path):
    lines(DYDJ=["abc"]).to_file(tmp_path / "p.geojson")
    plan = plan_of('[layers.power_line]\npath = "p.geojson"\nfields = { current = "zz" }\n')
    with pytest.raises(DataError) as err:
        open_features(plan, "power_line")
    text = str(err.value)
    assert "text where a number is expected" in text
    assert "expected zz" in text


@pytest.mark.parametrize("kv", ["1100.1", "110000", "-1"])
def test_a_voltage_no_line_has_is_of_another_unit(plan_of, tmp_path, kv):
    # GB/T 156-2017: 1,100 kV is the highest voltage there is
    lines(DYDJ=[kv]).to_file(tmp_path / "p.geojson")
    with pytest.raises(DataError, match="number that cannot be") as err:
        open_features(plan_of('[layers.power_line]\npath = "p.geojson"\n'), "power_line")
    assert ">= 0 kV, <= 1100 kV" in str(err.value)


def test_what_is_counted_in_pieces_is_whole(plan_of, tmp_path):
    """0.9 of a bay is none: it is refused with its row, and 2.0 is two."""
    table = gpd.GeoDataFrame(
        {"name": ["A", "B"], "voltage_kv": 110.0, "bays": [2.0, 0.9]},
        geometry=gpd.points_from_xy([106.5, 106.6], [38.9, 38.9]),
        crs="EPSG:4326",
    )
    plan = plan_of('[layers.substations]\npath = "s.geojson"\n')
    table.to_file(tmp_path / "s.geojson")
    with pytest.raises(DataError, match="number that is not whole") as err:
        open_features(plan, "substations")
    for word in ("[layers.substations] bays", "0.9 (rows: B; 1 in all)", "a whole number"):
        assert word in str(err.value)
    table.iloc[:1].to_file(tmp_path / "s.geojson")
    assert open_features(plan, "substations")["bays"].tolist() == [2.0]


def test_required_field_missing(plan_of, tmp_path):
    lines(foo=["1"]).to_file(tmp_path / "r.geojson")
    with pytest.raises(DataError, match=r"a field is missing.*fields.road_class"):
        open_features(plan_of('[layers.road]\npath = "r.geojson"\n'), "road")


def test_filter_keeps_only_what_was_asked_for(plan_of, tmp_path):
    lines(DJ=["国道", "国道", "省道"], region=[1, 2, 2]).to_file(tmp_path / "r.geojson")
    base = '[layers.road]\npath = "r.geojson"\n'
    assert len(open_features(plan_of(base + "where = { region = 2 }\n"), "road")) == 2
    assert len(open_features(plan_of(base + 'where = { DJ = ["省道"] }\n'), "road")) == 1
    with pytest.raises(DataError, match="no feature is left"):
        open_features(plan_of(base + "where = { region = 9 }\n"), "road")
    with pytest.raises(ConfigError, match="a field the layer does not have"):
        open_features(plan_of(base + "where = { regio = 9 }\n"), "road")


def test_codes_read_as_floats_are_codes_again(plan_of, tmp_path):
    squares(2, DLBM=[1101.0, 1206.0]).to_file(tmp_path / "d.gpkg")
    land = open_features(plan_of('[layers.land_parcels]\npath = "d.gpkg"\n'), "land_parcels")
    assert land["dlbm"].tolist() == ["1101", "1206"]


# ---------------------------------------------------------------- vocabulary


def test_unknown_dlbm_code_is_refused(plan_of, tmp_path):
    squares(2, DLBM=["0101", "0999"], DLMC=["水田", "不明"]).to_file(tmp_path / "d.gpkg")
    with pytest.raises(DataError, match="0999") as err:
        open_features(plan_of('[layers.land_parcels]\npath = "d.gpkg"\n'), "land_parcels")
    assert "layers.land_parcels" in str(err.value)


def test_code_of_the_other_classification_is_refused(plan_of, tmp_path):
    # 1204 is 盐碱地 in the land survey and 港口码头用地 in 用地用海: the name tells
    squares(1, DLBM=["1204"], DLMC=["港口码头用地"]).to_file(tmp_path / "d.gpkg")
    with pytest.raises(DataError, match="港口码头用地"):
        open_features(plan_of('[layers.land_parcels]\npath = "d.gpkg"\n'), "land_parcels")


# ---------------------------------------------------------------- CRS


def test_wrong_crs_is_refused_with_advice(plan_of, tmp_path):
    # metres of zone 35 labelled as degrees
    bad = lines(DJ=["国道"]).set_crs("EPSG:4490", allow_override=True)
    bad.to_file(tmp_path / "r.gpkg")
    with pytest.raises(DataError) as err:
        open_features(plan_of('[layers.road]\npath = "r.gpkg"\n'), "road")
    assert err.value.exit_code == 3


def test_swapped_axes_are_refused(plan_of, tmp_path):
    ll = lines(DJ=["国道"]).to_crs("EPSG:4490")
    ll.geometry = shapely.transform(ll.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    ll.to_file(tmp_path / "r.gpkg")
    with pytest.raises(DataError, match=r"(?i)swap|axes|order"):
        open_features(plan_of('[layers.road]\npath = "r.gpkg"\n'), "road")


def test_missing_crs_is_refused_and_can_be_said(plan_of, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines(DJ=["国道"]).set_crs(None, allow_override=True).to_file(tmp_path / "r.shp")
    with pytest.raises(DataError, match="no coordinate system"):
        open_features(plan_of('[layers.road]\npath = "r.shp"\n'), "road")
    road = open_features(plan_of('[layers.road]\npath = "r.shp"\ncrs = "EPSG:4544"\n'), "road")
    assert road.total_bounds[0] == pytest.approx(X)


def test_lonlat_comes_out_in_the_plan_crs(plan_of, tmp_path):
    lines(DJ=["国道"]).to_crs("EPSG:4490").to_file(tmp_path / "r.gpkg")
    road = open_features(plan_of('[layers.road]\npath = "r.gpkg"\n'), "road")
    assert road.crs.to_epsg() == 4544
    assert road.total_bounds == pytest.approx([X, Y, X + 900, Y], abs=1e-3)


# ---------------------------------------------------------------- geometry


def test_empty_layer_is_refused(plan_of, tmp_path):
    squares(1, name=["a"]).iloc[:0].to_file(tmp_path / "e.gpkg")
    with pytest.raises(DataError, match="empty"):
        open_features(
            plan_of('[layers.ecological_red_line]\npath = "e.gpkg"\n'), "ecological_red_line"
        )


def test_invalid_polygons_are_mended_and_reported(plan_of, tmp_path):
    bow = shapely.Polygon([(X, Y), (X + 90, Y + 90), (X + 90, Y), (X, Y + 90)])
    table = squares(2, name=["ok", "bow"])
    table.geometry = [table.geometry.iloc[0], bow]
    table.to_file(tmp_path / "e.gpkg")
    plan = plan_of('[layers.ecological_red_line]\npath = "e.gpkg"\ndate = "2024"\n')
    found = open_features(plan, "ecological_red_line")
    assert found.geometry.is_valid.all()
    # two triangles of base 90 and height 45: 4050 m2
    assert found.area.iloc[1] == pytest.approx(4050.0)
    report = layer_report(plan, "ecological_red_line")
    assert report.rows == 2
    assert [w.code for w in report.warnings] == ["repaired"]
    assert "repaired" in {w.code for w in warnings_of(plan)}


def test_points_where_areas_belong_are_refused(plan_of, tmp_path):
    gpd.GeoDataFrame(geometry=[shapely.Point(X, Y)], crs="EPSG:4544").to_file(
        tmp_path / "p.gpkg"
    )
    with pytest.raises(DataError, match="another kind of geometry"):
        open_features(plan_of('[layers.settlement]\npath = "p.gpkg"\n'), "settlement")


def test_footprints_of_a_point_layer_become_points(plan_of, tmp_path):
    squares(1, DYDJ=[220]).to_file(tmp_path / "s.gpkg")
    found = open_features(plan_of('[layers.substations]\npath = "s.gpkg"\n'), "substations")
    assert found.geom_type.tolist() == ["Point"]


def test_a_changed_copy_does_not_reach_the_next_reader(plan_of, tmp_path):
    lines(DJ=["国道"]).to_file(tmp_path / "r.gpkg")
    plan = plan_of('[layers.road]\npath = "r.gpkg"\n')
    first = open_features(plan, "road")
    first["road_class"] = "county"
    assert open_features(plan, "road")["road_class"].tolist() == ["national"]


# ---------------------------------------------------------------- rasters


def raster(tmp_path, name, values, cell, *, nodata, dtype="float32"):
    h, w = values.shape
    grid = plan_grid((X, Y, X + w * cell, Y + h * cell), "EPSG:4544", cell)
    write_cog(tmp_path / name, values.astype(dtype), grid, dtype=dtype, nodata=nodata)


def test_an_undeclared_fill_is_unknown_and_said_so(plan_of, tmp_path):
    values = np.full((100, 100), 1100.0)
    values[:5] = -9999.0
    raster(tmp_path, "d.tif", values, 100.0, nodata=None)
    plan = plan_of('[layers.dem]\npath = "d.tif"\ndate = "2024"\n')
    found = {w.code: w for w in warnings_of(plan)}
    assert "nodata" in found["no_nodata"].text("en")
    # 5 rows of 100 cells of a hectare
    assert "500 cells (about 500.0 ha) hold the undeclared fill -9999" in found[
        "fill_unknown"
    ].text("en")
    array, valid = open_raster(plan, "dem", plan_grid_of(plan))
    assert int((~valid).sum()) == 500
    assert (array[valid] == 1100).all()
    stated = plan_of('[layers.dem]\npath = "d.tif"\nnodata = -9999.0\ndate = "2024"\n')
    assert "no_nodata" not in {w.code for w in warnings_of(stated)}
    array, valid = open_raster(stated, "dem", plan_grid_of(stated))
    assert int((~valid).sum()) == 500
    assert np.isnan(array[~valid]).all()


def test_cells_far_coarser_than_the_grid_are_warned_about_loudly(plan_of, tmp_path):
    raster(tmp_path, "c.tif", np.full((3, 3), 10), 4000.0, nodata=0, dtype="uint8")
    text = '[layers.land_cover]\npath = "c.tif"\nvocabulary = "mcd12_igbp"\ndate = "2019"\n'
    found = {w.code: w for w in warnings_of(plan_of(text))}
    # 4000 / 100 = 40
    assert "40 倍" in found["resolution"].text("zh")
    assert "indicative only" in found["resolution"].text("en")
    quiet = plan_of(text + "resolution_warning = false\n")
    assert "resolution" not in {w.code for w in warnings_of(quiet)}


def test_scale_and_offset_give_the_unit_of_the_catalogue(plan_of, tmp_path):
    raster(tmp_path, "n.tif", np.full((100, 100), 6000), 100.0, nodata=-32768, dtype="int16")
    plan = plan_of('[layers.ndvi]\npath = "n.tif"\nscale = 0.0001\n')
    array, valid = open_raster(plan, "ndvi", plan_grid_of(plan))
    assert valid.all()
    assert array == pytest.approx(0.6)


def test_feature_layer_is_no_raster(plan_of, tmp_path):
    lines(DJ=["国道"]).to_file(tmp_path / "r.gpkg")
    plan = plan_of('[layers.road]\npath = "r.gpkg"\n')
    with pytest.raises(DataError, match="not a raster"):
        open_raster(plan, "road", plan_grid_of(plan))


def test_a_county_layer_in_gcj02_is_suspected(tmp_path):
    from gis.crs.systems import wgs84_to_gcj02
    from layers.bundled_county import bundled_county

    county = bundled_county("640221").geometry_ll
    halves = [
        shapely.intersection(county, shapely.box(105, 38, 106.5, 40)),
        shapely.intersection(county, shapely.box(106.5, 38, 108, 40)),
    ]
    plan_text = (
        '[plan]\nid = "t"\ntitle = { zh = "t", en = "t" }\nas_of = 2026-01-01\n'
        '[area]\nboundary = { adcode = "640221" }\n'
        '[layers.townships]\npath = "towns.gpkg"\ndate = "2024"\n'
    )
    path = tmp_path / "p.toml"
    path.write_text(plan_text, encoding="utf-8")

    def codes(shapes):
        table = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapes, crs="EPSG:4326")
        table.to_file(tmp_path / "towns.gpkg")
        return {w.code for w in warnings_of(load_plan(path))}

    assert not {"layer_gcj02", "layer_shifted"} & codes(halves)
    (tmp_path / "towns.gpkg").unlink()
    shifted = shapely.transform(
        np.array(halves, object), lambda xy: np.column_stack(wgs84_to_gcj02(*xy.T))
    )
    # told once, by whichever of the two looks saw it
    assert len({"layer_gcj02", "layer_shifted"} & codes(shifted)) == 1


# ---------------------------------------------------------------- what is said


def test_every_gap_is_a_warning(plan_of, tmp_path):
    lines(DJ=["国道"]).to_file(tmp_path / "r.gpkg")
    plan = plan_of(
        '[layers.road]\npath = "r.gpkg"\n[layers.railway]\nassumed_absent = "无"\n'
        '[layers.canal]\nrequired_from_user = "水务局"\n'
    )
    found = [w.code for w in warnings_of(plan)]
    assert {"date_missing", "layer_assumed_absent", "layer_missing"} <= set(found)


def test_postgis_without_its_connection_is_explained(plan_of, monkeypatch):
    monkeypatch.delenv("NO_SUCH_DSN", raising=False)
    plan = plan_of('[layers.road]\nsql = "select 1"\ndsn_env = "NO_SUCH_DSN"\n')
    with pytest.raises(ConfigError, match="NO_SUCH_DSN is empty"):
        open_features(plan, "road")


def test_open_layer_gives_features_or_a_map_with_its_unit(plan_of, tmp_path):
    grid = plan_grid((X, Y, X + 1e4, Y + 1e4), 4544, 100.0)
    height = np.full(grid.shape, 1100.0, np.float32)
    height[0, 0] = np.nan
    height[0, 1] = 1200.0
    write_cog(tmp_path / "dem.tif", height, grid, nodata=float("nan"), dtype="float32")
    squares(2, name=["a", "b"]).to_file(tmp_path / "road.gpkg")
    plan = plan_of('[layers.dem]\npath = "dem.tif"\n[layers.townships]\npath = "road.gpkg"\n')
    dem = open_layer(plan, "dem")
    assert dem.dims == ("y", "x")
    assert dem.attrs["unit"] == "m"
    assert dem.attrs["crs"] == "EPSG:4544"
    assert np.isnan(dem.values[0, 0])
    # the second cell of the first row: 150 m from the left edge, 50 m below the top
    assert float(dem.sel(x=X + 150, y=Y + 1e4 - 50)) == 1200.0
    assert open_layer(plan, "townships")["name"].tolist() == ["a", "b"]


def test_open_layer_says_why_there_is_nothing_to_open(plan_of):
    plan = plan_of(
        '[layers.river]\nassumed_absent = "none here"\n[layers.weather]\npath = "w.csv"\n'
    )
    for layer_id, told in (
        ("road", "does not have this layer"),
        ("river", "assumes this layer absent"),
        ("weather", "a time series, not a map"),
    ):
        with pytest.raises(DataError, match=told):
            open_layer(plan, layer_id)
    with pytest.raises(ConfigError, match="did you mean road"):
        open_layer(plan, "roadd")


def test_a_column_that_became_a_field_is_not_there_twice(plan_of, tmp_path):
    """The wind step knew the Chinese names too, and found every turbine's number twice."""
    table = gpd.GeoDataFrame(
        {"机位号": ["F01"], "单机容量": [1500], "备注": ["x"]},
        geometry=[shapely.Point(X + 50, Y + 50)],
        crs="EPSG:4544",
    )
    table.to_file(tmp_path / "t.gpkg")
    got = open_features(plan_of('[layers.turbines]\npath = "t.gpkg"\n'), "turbines")
    assert {"turbine_id", "capacity_kw", "备注"} <= set(got.columns)
    assert not {"机位号", "单机容量"} & set(got.columns)


def test_points_in_one_row_are_as_many_rows(plan_of, tmp_path):
    shapes = [
        shapely.MultiPoint([(X + 50, Y + 50), (X + 950, Y + 50)]),
        shapely.MultiPoint([(X + 50, Y + 950)]),
        shapely.GeometryCollection(
            [shapely.Point(X + 500, Y), shapely.box(X, Y, X + 1, Y + 1)]
        ),
    ]
    table = gpd.GeoDataFrame(
        {"turbine_id": ["F01", "F02", "F03"], "capacity_kw": 1500.0},
        geometry=shapes,
        crs="EPSG:4544",
    )
    table.to_file(tmp_path / "t.gpkg")
    plan = plan_of('[layers.turbines]\npath = "t.gpkg"\n')
    got = open_features(plan, "turbines")
    assert set(got.geom_type) == {"Point"}
    assert got["turbine_id"].tolist() == ["F01", "F01", "F02", "F03"]
    report = layer_report(plan, "turbines")
    assert report.rows == 4
    assert "points_split" in {w.code for w in report.warnings}


def test_a_substation_in_several_points_is_one(plan_of, tmp_path):
    """60 MW are free there once, at the middle of both points, not twice."""
    table = gpd.GeoDataFrame(
        {"name": ["A", "B"], "voltage_kv": 110.0, "free_mw": [60.0, -5.0]},
        geometry=[
            shapely.MultiPoint([(X, Y), (X + 200, Y)]),
            shapely.MultiPoint([(X + 900, Y)]),
        ],
        crs="EPSG:4544",
    )
    table.to_file(tmp_path / "s.gpkg")
    plan = plan_of('[layers.substations]\npath = "s.gpkg"\n')
    got = open_features(plan, "substations")
    assert set(got.geom_type) == {"Point"}
    assert got["free_mw"].tolist() == [60.0, -5.0]  # an overloaded one is read
    assert got.geometry.x.to_numpy() == pytest.approx([X + 100, X + 900], abs=0.01)
    warnings = layer_report(plan, "substations").warnings
    codes = {w.code for w in warnings}
    (told,) = (w.text for w in warnings if w.code == "points_joined")
    assert "1 行（A）" in told("zh")  # B has one point, though a multi-point
    assert "1 row (A)" in told("en")
    assert "points_split" not in codes


def test_a_collection_of_a_polygon_layer_keeps_its_areas(plan_of, tmp_path):
    box = shapely.box(X, Y, X + 100, Y + 100)
    mixed = shapely.GeometryCollection([box, shapely.LineString([(X, Y), (X + 500, Y)])])
    table = gpd.GeoDataFrame({"BSM": [1], "DLBM": ["0101"]}, geometry=[mixed], crs="EPSG:4544")
    table.to_file(tmp_path / "d.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\n')
    assert open_features(plan, "land_parcels").geometry[0].area == pytest.approx(10_000.0)


def test_two_columns_of_one_meaning_that_differ_are_told(plan_of, tmp_path):
    """The second code would make cropland of one parcel: the column that is read is named."""
    table = squares(3, DLBM=["1206", "1206", "1206"], 地类编码=["1206", "0102", "1206"])
    table.to_file(tmp_path / "p.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "p.gpkg"\n')
    said = {w.code: w.text("en") for w in layer_report(plan, "land_parcels").warnings}
    assert "DLBM and 地类编码" in said["field_twice"]
    assert "differ in 1 row; DLBM is read" in said["field_twice"]
    for layers in ('fields = { dlbm = "地类编码" }', None):
        if layers is None:  # the same in both: nothing to tell
            table.assign(地类编码="1206").to_file(tmp_path / "p.gpkg")
            layers = ""
        plan = plan_of(f'[layers.land_parcels]\npath = "p.gpkg"\n{layers}\n')
        codes = {w.code for w in layer_report(plan, "land_parcels").warnings}
        assert "field_twice" not in codes


def test_a_vertex_beyond_the_earth_is_named_in_few_digits(plan_of, tmp_path):
    far = shapely.Polygon([(X, Y), (X + 1e300, Y), (X, Y + 90)])
    gpd.GeoDataFrame(geometry=[far], crs="EPSG:4544").to_file(tmp_path / "r.gpkg")
    with pytest.raises(DataError, match="beyond any coordinate system") as err:
        open_features(plan_of('[layers.river]\npath = "r.gpkg"\n'), "river")
    assert len(str(err.value)) < 300


def test_equal_texts_of_a_column_are_one_object():
    """Half a million parcels with fifty names hold fifty names in memory, and None stays."""
    codes, names = ["0301", "0101", "0101"] * 3, [None, "水田", "水田"] * 3
    codes, names = ([v and "".join(list(v)) for v in given] for given in (codes, names))
    table = gpd.GeoDataFrame(
        {"DLBM": codes, "DLMC": names, "BSM": [f"{k:03d}" for k in range(9)]},
        geometry=[shapely.box(k, 0, k + 1, 1) for k in range(9)],
        crs=4544,
    )
    found = canonical(table, layer("land_parcels"), LayerSource(path="a.gpkg"), "plan")
    assert found["dlbm"].tolist() == codes
    assert found["dlmc"].tolist() == names
    assert found["bsm"].tolist() == [f"{k:03d}" for k in range(9)]
    assert len({id(v) for v in found["dlbm"]}) == 2


def test_numbers_of_many_parcels_say_the_same_as_those_of_few(monkeypatch):
    """Of a large table they stay as they were read, of a small one they are objects."""
    table = gpd.GeoDataFrame(
        {
            "BSM": [" 640221000000000001", "640221000000000002 ", None],
            "DLBM": ["0101", "0101", "0101"],
        },
        geometry=[shapely.box(k, 0, k + 1, 1) for k in range(3)],
        crs=4523,
    )
    told = []
    for many in (100_000, 2):
        monkeypatch.setattr("layers.open.canonical._MANY", many)
        found = canonical(table, layer("land_parcels"), LayerSource(path="a.gpkg"), "plan")
        bsm = found["bsm"]
        told.append((bsm.isna().tolist(), bsm[bsm.notna()].tolist(), str(bsm.dtype)))
    numbers = ["640221000000000001", "640221000000000002"]
    assert [t[:2] for t in told] == [([False, False, True], numbers)] * 2
    assert [t[2] for t in told] == ["object", "str"]
