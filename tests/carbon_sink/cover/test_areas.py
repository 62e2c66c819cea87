"""Net areas, closure, and survey tables that are wrong."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbon_sink.cover.areas import (
    close_on_county,
    net_areas,
)
from carbon_sink.cover.land import _sums_by_class, county_land
from carbon_sink.section import CarbonSection
from carbon_sink.step_carbon import carbon_step
from gis.errors import DataError
from layers.plain_json import to_json
from tests.carbon_sink.conftest import CRS, parcels, quiet, write_plan

TRUE = np.array([10_000.0, 20_000.0, 30_000.0])


def test_net_area_first_then_tbmj_then_ellipsoid():
    both = pd.DataFrame({"tbmj_m2": TRUE, "tbdlmj_m2": TRUE * 0.9})
    a = net_areas(both, TRUE)
    assert a.source == "TBDLMJ"
    np.testing.assert_allclose(a.net_m2, TRUE * 0.9)
    np.testing.assert_allclose(a.net_m2 + a.ridge_m2, TRUE)
    only = net_areas(pd.DataFrame({"tbmj_m2": TRUE, "kcmj_m2": [100.0, 0.0, 0.0]}), TRUE)
    assert only.source == "TBMJ"
    assert only.net_m2[0] == 9_900
    none = net_areas(pd.DataFrame({"dlbm": ["a"] * 3}), TRUE)
    assert none.source == "ellipsoidal"
    assert close_on_county(none, 60_000.0).relative == 0.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([-1.0, 2e4, 3e4], "negative area"),
        ([np.nan, 2e4, 3e4], "missing in some"),
        (TRUE * 15e-4, "not in square metres.*mu"),
        (TRUE * 1e-4, "not in square metres.*ha"),
        ([10_000.0, 20_000.0, 45.0], "two units in one column"),
    ],
)
def test_wrong_area_columns(values, message):
    with pytest.raises(DataError, match=message):
        net_areas(pd.DataFrame({"tbmj_m2": values}), TRUE)


def test_net_over_gross():
    with pytest.raises(DataError, match="net area exceeds"):
        net_areas(pd.DataFrame({"tbmj_m2": TRUE, "tbdlmj_m2": TRUE * 1.01}), TRUE)


def test_land_of_two_parcels_counts_once(tmp_path):
    clean = parcels()
    bad = clean.copy()
    bad.loc[1, "geometry"] = shapely.affinity.translate(bad.geometry[1], -50, 0)
    doubled = pd.concat([clean, clean.iloc[[2]]], ignore_index=True)
    sums = {}
    for name, table in (("clean", clean), ("shifted", bad), ("doubled", doubled)):
        folder = tmp_path / name
        folder.mkdir()
        table.to_file(folder / "parcels.gpkg", layer="dltb")
        plan = write_plan(folder)
        land = county_land(plan, plan.section(CarbonSection))
        sums[name] = land.closure.parcels_m2
    assert sums["doubled"] == pytest.approx(sums["clean"], rel=1e-9)
    # 50 m x 1,000 m lie over parcel 0 and count there; k2 of the map is within 1e-3
    assert sums["clean"] - sums["shifted"] == pytest.approx(50_000.0, rel=2e-3)


def test_parcels_that_do_not_close_are_said(tmp_path):
    part = parcels().drop(index=[0])
    part.to_file(tmp_path / "parcels.gpkg", layer="dltb")
    plan = write_plan(tmp_path)
    # write_plan's county is the whole 12 km2, the parcels are 11
    r = carbon_step(plan, tmp_path, quiet)
    warn = next(w for w in r.warnings if w.code == "parcels_do_not_close")
    assert "-8.33%" in warn.text("en")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("DLBM", "9999", "9999"),
        ("DLBM", "203", "CZCSXM"),
        ("DLMC", "港口码头用地", "用地用海"),
        ("TBMJ", -5.0, "negative area"),
    ],
)
def test_bad_parcels_stop_the_step(tmp_path, column, value, message):
    table = parcels()
    if column == "TBMJ":
        table["TBMJ"] = table.area
    if value == "203":
        table["DLMC"] = None
    row = 8 if column == "DLMC" else 3  # 1204 is 盐碱地 here and a port in the other list
    table.loc[row, column] = value
    table.to_file(tmp_path / "parcels.gpkg", layer="dltb")
    with pytest.raises(DataError, match=message):
        carbon_step(write_plan(tmp_path), tmp_path, quiet)


def test_net_areas_reach_the_classes(tmp_path):
    table = parcels()
    # the plane is 0.04 % off here; TBMJ is what the survey says, ridges are 1203
    table["TBMJ"] = 1_000_000.0
    table["TBDLMJ"] = np.where(table["DLBM"] == "0102", 950_000.0, 1_000_000.0)
    table.to_file(tmp_path / "parcels.gpkg", layer="dltb")
    r = carbon_step(write_plan(tmp_path), tmp_path, quiet)
    areas = r.tables["land_areas"].groupby("code")["area_ha"].sum()
    assert areas["0102"] == pytest.approx(95.0)
    assert areas["1203"] == pytest.approx(5.0)
    assert to_json(r.summary)["carbon"]["area_source"] == "TBDLMJ"


def test_gpkg_fixture_is_a_valid_coverage():
    table = gpd.GeoDataFrame(geometry=parcels().geometry, crs=CRS)
    assert shapely.coverage_is_valid(np.asarray(table.geometry.array))


@pytest.mark.parametrize("kind", ["uint8", "int32"])
def test_classes_of_a_window_are_summed_alike_whatever_their_type(kind):
    values = np.array([3, 255, 3, 0, 7], kind)
    area = np.array([1.0, 2.0, 4.0, 8.0, 0.0])
    # a class seen on no area is seen
    assert _sums_by_class(values, area) == {0: 8.0, 3: 5.0, 7: 0.0, 255: 2.0}
