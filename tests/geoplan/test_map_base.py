"""The base of the page: what of a plan's layers is drawn under the answer, and how."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.maps import base
from geoplan.maps.contents import RunContents, run_contents
from geoplan.maps.page import MapOptions, page_data
from tests.geoplan import fake_run as fake
from tests.geoplan.fake_run import fake_run

COUNTY = shapely.box(fake.X0, fake.Y0, fake.X0 + 10_000.0, fake.Y0 + 8_000.0)


def _lines() -> gpd.GeoDataFrame:
    y = fake.Y0 + 4_000.0
    # a corner every metre, and three times as long as the county
    x = fake.X0 + np.arange(-10_000.0, 20_001.0, 1.0)
    long = shapely.linestrings(np.column_stack([x, np.full(len(x), y)]))
    away = shapely.LineString([(fake.X0 + 90_000.0, y), (fake.X0 + 99_000.0, y)])
    return gpd.GeoDataFrame(
        {"name": ["黄河", "远处"], "secret": ["x", "y"]}, geometry=[long, away], crs=fake.CRS
    )


def _towns() -> gpd.GeoDataFrame:
    at = (fake.X0 + 1_000.0, fake.Y0 + 1_000.0)
    large = shapely.box(*at, at[0] + 200.0, at[1] + 200.0)  # 4 ha
    small = shapely.box(*at, at[0] + 100.0, at[1] + 100.0)  # 1 ha: not to be seen
    return gpd.GeoDataFrame({"name": ["镇", "村"]}, geometry=[large, small], crs=fake.CRS)


def _lakes() -> gpd.GeoDataFrame:
    at = (fake.X0 + 3_000.0, fake.Y0 + 1_000.0)
    lake = shapely.box(*at, at[0] + 3_000.0, at[1] + 3_000.0)
    return gpd.GeoDataFrame({"name": ["湖"]}, geometry=[lake], crs=fake.CRS)


@pytest.fixture
def contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunContents:
    frames = {"river": _lines(), "settlement": _towns(), "water_body": _lakes()}
    light = np.full((20, 25), base._FLAT)
    light[:, 10:] = 0.0  # in the shade
    monkeypatch.setattr(
        base, "layer_state", lambda _p, i: "available" if i in frames else "assumed_absent"
    )
    monkeypatch.setattr(base, "open_features", lambda _p, i: frames[i])
    monkeypatch.setattr(base, "county_boundary", lambda _p: COUNTY)
    monkeypatch.setattr(base, "plan_crs", lambda _p: fake.CRS)
    monkeypatch.setattr(base, "relief_of", lambda _p: lambda bounds: (light, bounds))
    run = fake_run(tmp_path, cell_m=400.0, n_parcels=50)
    return base.with_base(run_contents(run), plan=None)  # type: ignore[arg-type]


def test_base_is_cut_to_the_county_and_thinned(contents):
    river, towns = contents.layer("base_river"), contents.layer("base_towns")
    # the river ends a kilometre beyond either side, two corners stand for 30,001
    assert river.length.tolist() == pytest.approx([12_000.0])
    assert river.count_coordinates().tolist() == [2]
    assert river["name"].tolist() == ["黄河"]
    assert "secret" not in river  # fields of the office's own file stay there
    assert towns["name"].tolist() == ["镇"]
    assert set(contents.frames) == {"base_river", "base_towns", "base_water"}


def test_relief_is_dark_where_the_light_is_not(contents):
    shade = contents.shade
    h, w = shade.values.shape
    # 10 of 25 columns are lit
    assert shade.values[h // 2, : int(0.38 * w)].max() == 0
    assert shade.values[h // 2, int(0.44 * w) : -2].min() >= 105


def test_the_page_has_the_base_under_its_answer(contents):
    page = page_data(contents, MapOptions()).meta
    by = {x["id"]: x for x in page["layers"]}
    assert by["r-hillshade"]["visible"]
    assert by["v-base_river"]["group"] == by["v-base_towns"]["group"] == "base"
    assert by["v-base_river"]["z"] < by["v-sites"]["z"]


def test_a_layer_of_too_many_corners_is_left_out(contents, monkeypatch):
    monkeypatch.setattr(base, "_MOST_POINTS", 1)
    assert base._shown(_lines(), COUNTY) is None
