"""A layer in several files is one layer; two versions of one thing are not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
import xarray as xr

from gis.files.write import write_coordinate_txt
from layers.bundled_county import bundled_county
from layers.recognise.choose import recognise
from layers.recognise.counties import find_county
from tests.layers.open.test_sentinel2 import safe
from tests.layers.recognise.bureau import survey

CODE = "640221"
COUNTY = find_county(CODE)


@pytest.fixture(scope="module")
def parcels():
    """A survey of more parcels than `_ROWS` on either side of a line."""
    return survey(CODE, n=12)


def write(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.write_dataframe(table, path)


def found_in(folder, layer_id="land_parcels"):
    found = recognise(folder, COUNTY)
    taken = found.taken[layer_id]
    names = sorted(p.name for p in (taken.path, *taken.others))
    return taken, names, [m.why("en") for m in found.not_taken]


def halves(table, slope):
    """Rows on one side of a line through the middle, and on the other; `slope` of the line."""
    x, y = table.geometry.centroid.x, table.geometry.centroid.y
    over = (y - y.mean()) > slope * (x - x.mean())
    return table[over], table[~over]


@pytest.mark.parametrize("slope", [0.0, 1.5])  # boxes beside one another; boxes that overlap
def test_townships_in_two_files_are_both_taken(tmp_path, parcels, slope):
    one, two = halves(parcels, slope)
    write(tmp_path / "DLTB_1.gpkg", one)
    write(tmp_path / "DLTB_2.gpkg", two)
    taken, names, why = found_in(tmp_path)
    assert (names, why) == (["DLTB_1.gpkg", "DLTB_2.gpkg"], [])
    # no parcel is left out and none is counted twice
    assert taken.rows == len(one) + len(two) == len(parcels)
    assert "is in 2 files" in taken.remarks[0]("en")


def test_two_versions_without_a_date_are_not_put_together(tmp_path, parcels):
    undated = parcels.drop(columns="SJNF")
    moved = undated.copy()  # a later one: every outline a little elsewhere, some rows gone
    moved.geometry = moved.geometry.translate(3.0, -2.0)
    write(tmp_path / "DLTB.gpkg", undated)
    write(tmp_path / "DLTB_b.gpkg", moved.iloc[5:])
    taken, names, why = found_in(tmp_path)
    assert (names, taken.rows) == (["DLTB.gpkg"], len(parcels))
    assert len(why) == 1


def test_an_older_version_of_one_part_is_older(tmp_path, parcels):
    one, two = halves(parcels, 1.5)
    write(tmp_path / "DLTB_1.gpkg", one)
    write(tmp_path / "DLTB_2.gpkg", two)
    write(tmp_path / "alt" / "DLTB_2.gpkg", two.assign(SJNF=np.int32(2019)))
    taken, names, why = found_in(tmp_path)
    assert (names, taken.rows) == (["DLTB_1.gpkg", "DLTB_2.gpkg"], len(parcels))
    assert "newer and taken (2019 before 2023)" in why[0]


def test_a_part_whose_columns_need_another_mapping_is_told(tmp_path, parcels):
    one, two = halves(parcels, 0.0)
    write(tmp_path / "DLTB_1.gpkg", one.rename(columns={"DLBM": "dileibianma"}))
    write(tmp_path / "DLTB_2.gpkg", two)
    taken, names, why = found_in(tmp_path)
    assert (len(names), len(why)) == (1, 1)
    assert "1 more file is other parts" in taken.remarks[0]("en")


def test_roads_by_class_are_parts_though_they_cross(tmp_path):
    west, south, east, north = bundled_county(CODE).geometry_ll.buffer(-0.1).bounds
    rng = np.random.default_rng(1)
    for name, values in {"国道": ["G109", "国道"], "乡道": ["Y001", "乡道"]}.items():
        ends = rng.uniform([west, south], [east, north], (8, 2, 2))
        lines = [shapely.LineString(e) for e in ends]
        table = gpd.GeoDataFrame({"公路等级": values * 4}, geometry=lines, crs=4490)
        write(tmp_path / f"公路_{name}.gpkg", table)
    taken, names, _ = found_in(tmp_path, "road")
    assert (len(names), taken.rows) == (2, 16)
    # the spellings of both files stand in the plan: G109 is a national road, Y001 a township's
    assert taken.guess.values["road_class"] == {"G109": "national", "Y001": "township"}


def scenes(folder, *names):
    for name in names:
        safe(folder / "影像" / f"{name}.SAFE")


def test_scenes_of_a_year_are_one_layer_and_a_scene_is_one_source(tmp_path):
    # tile 48 N: the scenes of the tests lie in the county's zone
    new = "S2A_MSIL2A_20230812T035539_N0509", "S2B_MSIL2A_20230906T035539_N0509"
    scenes(tmp_path, *new, "S2A_MSIL2A_20190812T035539_N0400")
    (tmp_path / "S2A_MSIL1C_20230812T035539_N0509.SAFE" / "GRANULE").mkdir(parents=True)
    taken, names, why = found_in(tmp_path, "ndvi")
    assert names == [f"{n}.SAFE" for n in new]
    assert taken.date == "2023-08-12"
    assert sorted(w[:24] for w in why) == [
        "S2A_MSIL2A_20230812T0355",
        "a scene of level 1 (L1C)",
    ]


def test_bands_in_a_folder_are_a_scene(tmp_path):
    safe(tmp_path / "a.SAFE")
    for band in ("B04", "B08"):
        file = next((tmp_path / "a.SAFE").rglob(f"*{band}_10m.tif"))
        (tmp_path / "八月").mkdir(exist_ok=True)
        file.rename(tmp_path / "八月" / f"T48TXJ_20230812T035539_N0509_{band}.tif")
    taken, names, _ = found_in(tmp_path, "ndvi")
    assert names == ["八月"]
    assert taken.path.is_dir()


def test_variables_of_a_file_are_layers_of_their_own(tmp_path):
    west, south, east, north = bundled_county(CODE).geometry_ll.bounds
    lat, lon = np.arange(south, north, 0.05), np.arange(west, east, 0.05)
    flat = np.full((len(lat), len(lon)), 1500.0)
    names = {"ghi": flat, "dni": flat + 100, "xyz": flat}
    made = xr.Dataset(
        {k: (("lat", "lon"), v) for k, v in names.items()}, {"lat": lat, "lon": lon}
    )
    made["lat"].attrs["units"] = "degrees_north"
    made.to_netcdf(tmp_path / "辐射.nc", engine="scipy")
    found = recognise(tmp_path, COUNTY)
    assert {k: t.variable for k, t in found.taken.items()} == {"ghi": "ghi", "dni": "dni"}
    assert [m.table for m in found.not_taken] == ["xyz"]


def test_a_boundary_of_a_project_is_named_as_what_it_is(tmp_path):
    shape = bundled_county(CODE).geometry_ll.representative_point().buffer(0.01)
    table = gpd.GeoDataFrame({"name": ["拟选项目"]}, geometry=[shape], crs=4490).to_crs(4523)
    write_coordinate_txt(tmp_path / "红线.txt", table)
    found = recognise(tmp_path, COUNTY)
    assert dict(found.taken) == {}
    assert "1 parcel, whose name says no layer" in found.not_taken[0].why("en")
