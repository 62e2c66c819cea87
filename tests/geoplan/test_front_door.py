"""What ``import geoplan`` and the rooms offer, and screening without a plan."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from shapely.geometry import LineString, Point, box

import geoplan
from gis.errors import ConfigError, DataError
from gis.lazy import where_offered
from siting.rules.model import Rule

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
OFFERED = [(room, name) for room in ROOMS for name in importlib.import_module(room).__all__]


@pytest.mark.parametrize(("room", "name"), OFFERED)
def test_every_name_is_there_with_its_documentation(room, name):
    thing = getattr(importlib.import_module(room), name)
    if name != "Grid":  # a name for the grid library's own type
        assert (inspect.getdoc(thing) or "").strip(), name


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_hides_a_module(room):
    package = importlib.import_module(room)
    modules = {m.name for m in pkgutil.iter_modules(package.__path__)}
    assert modules & set(package.__all__) == set()
    stub = where_offered(Path(package.__file__).with_suffix(".pyi"))
    assert sorted(stub) == package.__all__
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="nothing_like_this"):
        _ = package.nothing_like_this


def test_about_forty_names():
    assert 35 <= len(geoplan.__all__) <= 55


def test_import_is_quick_and_light():
    code = (
        "import sys, time; t = time.perf_counter(); import geoplan; "
        "print(time.perf_counter() - t); "
        "print(sorted({'numpy', 'pandas', 'geopandas', 'shapely'} & set(sys.modules)))"
    )
    times = []
    for _ in range(3):
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        seconds, heavy = out.stdout.splitlines()
        assert heavy == "[]"
        times.append(float(seconds))
    assert min(times) < 0.1  # the fastest of three, since the machine may be shared


# ------------------------------------------------------- screening without a plan

X, Y = 500_000.0, 4_300_000.0
KM2 = 1e6


def land(**columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[box(X, Y, X + 2000, Y + 2000)], crs=4544)


def rule(test: dict[str, object], kind: str = "hard", n: int = 1) -> Rule:
    return Rule.model_validate(
        {
            "id": f"T-{n:03d}",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": kind,
            "source_step": "primary",
            "title": {"zh": "测试", "en": "test"},
            "citation": "test",
            "quote": "test",
            "stated": {"layer": "x", "operator": "x"},
            "test": test,
        }
    )


def nowhere(shape: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shape])


NEAR = rule({"type": "within", "layer": "settlement", "distance_m": 300, "bounds_m": [0, 2000]})
STEEP = rule({"type": "above", "layer": "slope", "limit": 25, "unit": "deg"}, n=2)
CROPS = rule({"type": "in_classes", "layer": "land_cover", "classes": ["cropland"]}, n=3)


def village() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[Point(X + 1000, Y + 1000)], crs=4544)


def test_a_distance_is_kept_and_areas_add_up():
    found = geoplan.screen(land(), {"settlement": village()}, rules=[NEAR])
    areas = geoplan.areas_by_state(found)
    # a disc of 300 m; cells of 10 m follow its edge to a cell's half diagonal
    assert areas["taken"] == pytest.approx(np.pi * 300**2, rel=0.01)
    whole = geoplan.polygon_area(land())
    assert sum(areas.values()) == pytest.approx(float(np.sum(whole)), rel=1e-7)


def test_features_in_degrees_and_with_chinese_fields_are_understood():
    plain = geoplan.areas_by_state(
        geoplan.screen(land(), {"settlement": village()}, rules=[NEAR])
    )
    turned = village().to_crs(4490)
    again = geoplan.areas_by_state(geoplan.screen(land(), {"settlement": turned}, rules=[NEAR]))
    assert again["taken"] == pytest.approx(plain["taken"], rel=1e-3)
    road = gpd.GeoDataFrame(
        {"DJ": ["国道"]}, geometry=[LineString([(X, Y + 1000), (X + 2000, Y + 1000)])], crs=4544
    )
    near = rule(
        {
            "type": "within",
            "layer": "road",
            "where": {"road_class": "national"},
            "distance_m": 100,
            "bounds_m": [0, 500],
        }
    )
    areas = geoplan.areas_by_state(geoplan.screen(land(), {"road": road}, rules=[near]))
    # half_widths.toml: the land of a national road ends 12 m from its line; of the rows of
    # cells, those whose centres lie 5, 15 ... 105 m from the line are nearer than 112 m
    assert areas["taken"] == pytest.approx(2 * 11 * 10 * 2000, rel=1e-6)


def test_a_layer_that_is_not_given_leaves_its_land_unknown():
    areas = geoplan.areas_by_state(geoplan.screen(land(), {}, rules=[NEAR]))
    assert areas["left"] == 0
    assert areas["unknown"] == pytest.approx(4 * KM2, rel=2e-3)
    for free in ({"absent": ["settlement"]}, {"others": "absent"}):
        found = geoplan.screen(land(), {}, rules=[NEAR], **free)
        assert geoplan.areas_by_state(found)["left"] == pytest.approx(4 * KM2, rel=2e-3)
        assert not geoplan.rules_table(found)["judged"].any()  # and it is told so


def heights(slope_pct: float, unit: str = "m") -> xr.DataArray:
    x = np.arange(X - 95, X + 2100, 10.0)
    y = np.arange(Y + 2095, Y - 100, -10.0)
    values = np.broadcast_to((x - X) * slope_pct / 100, (len(y), len(x)))
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}, attrs={"unit": unit})


@pytest.mark.parametrize(("slope_pct", "state"), [(40.0, "left"), (50.0, "taken")])
def test_slope_from_an_array_of_heights(slope_pct, state):
    # 25 degrees is a slope of 46.6 %
    found = geoplan.screen(land(), {"dem": heights(slope_pct)}, rules=[STEEP])
    areas = geoplan.areas_by_state(found)
    assert areas[state] == pytest.approx(4 * KM2, rel=2e-3)


@pytest.mark.parametrize("kind", ["above", "below"])
@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [25.0, 0.1])
def test_at_a_limit_an_array_is_compared_as_the_number_it_holds(kind, inclusive, dtype, limit):
    judge = {
        ("above", True): np.greater_equal,
        ("above", False): np.greater,
        ("below", True): np.less_equal,
        ("below", False): np.less,
    }[kind, inclusive]
    test = {"layer": "slope", "limit": limit, "unit": "deg", "inclusive": inclusive}
    own = rule({"type": kind, **test})
    # three strips of a hectare: the value before the limit, the limit, the value after it
    ground = gpd.GeoDataFrame(geometry=[box(X, Y, X + 300, Y + 100)], crs=4544)
    x, y = X + 5 + np.arange(30) * 10.0, Y + 5 + np.arange(10) * 10.0
    at = dtype(limit)
    strips = np.array([np.nextafter(at, dtype(0)), at, np.nextafter(at, dtype(90))])
    slope = xr.DataArray(
        np.tile(np.repeat(strips, 10), (10, 1)), dims=("y", "x"), coords={"y": y, "x": x}
    )
    found = geoplan.screen(ground, {"slope": slope}, rules=[own])
    # the limit is a double: float32(0.1) is 0.1000000015 and so above it
    hectares = int(judge(strips.astype(np.float64), limit).sum())
    assert geoplan.areas_by_state(found)["taken"] == pytest.approx(hectares * 1e4, rel=1e-3)


def test_heights_in_degrees_are_turned():
    # the same plane 40 % east, given on longitude and latitude
    import pyproj

    turn = pyproj.Transformer.from_crs(4544, 4490, always_xy=True)
    west, south = turn.transform(X - 300, Y - 300)
    east, north = turn.transform(X + 2300, Y + 2300)
    lon, lat = np.linspace(west, east, 300), np.linspace(south, north, 300)
    back = pyproj.Transformer.from_crs(4490, 4544, always_xy=True)
    xx, _ = back.transform(*np.meshgrid(lon, lat))
    tilted = xr.DataArray(
        (xx - X) * 0.5, dims=("y", "x"), coords={"y": lat, "x": lon}, attrs={"crs": "EPSG:4490"}
    )
    # the CRS as a word of ours, as rioxarray and odc-geo write it, and as the land's own
    named = tilted.drop_attrs().assign_coords(
        spatial_ref=xr.DataArray(0, attrs={"crs_wkt": pyproj.CRS(4490).to_wkt()})
    )
    for ground, dem in (
        (land(), tilted),
        (land(), named),
        (land().to_crs(4490), tilted.drop_attrs()),
    ):
        found = geoplan.screen(ground, {"dem": dem}, rules=[STEEP])
        assert geoplan.areas_by_state(found)["taken"] == pytest.approx(4 * KM2, rel=2e-3)


def test_classes_come_from_the_nearest_cell():
    x, y = np.array([X + 500, X + 1500]), np.array([Y + 1500, Y + 500])
    # WorldCover 40 (cropland) cannot say whether it is cropland of the survey; 60 is bare
    cover = xr.DataArray([[40, 40], [60, 60]], dims=("y", "x"), coords={"y": y, "x": x})
    found = geoplan.screen(
        land(),
        {"land_cover": cover},
        rules=[CROPS],
        vocabularies={"land_cover": "worldcover2021"},
    )
    state = geoplan.state_raster(found)
    rows = state.shape[0]
    middle = slice(60, 140)  # beyond the outermost cell centres nothing is known
    assert set(np.unique(state[60 : rows // 2 - 1, middle])) == {4}
    assert set(np.unique(state[rows // 2 + 1 : 140, middle])) == {1}


def test_parts_by_name():
    two = gpd.GeoDataFrame(
        {"name": ["west", "east"]},
        geometry=[box(X, Y, X + 1000, Y + 2000), box(X + 1000, Y, X + 2000, Y + 2000)],
        crs=4544,
    )
    shifted = gpd.GeoDataFrame(geometry=[Point(X + 500, Y + 1000)], crs=4544)
    found = geoplan.screen(two, {"settlement": shifted}, rules=[NEAR], names="name")
    assert geoplan.areas_by_state(found, "east")["taken"] == 0
    assert geoplan.areas_by_state(found, "west")["taken"] == pytest.approx(
        np.pi * 300**2, rel=0.01
    )


def test_land_in_degrees_goes_into_its_zone():
    found = geoplan.screen(land().to_crs(4490), {"settlement": village()}, rules=[NEAR])
    # 111 E: the three-degree zone of 111 E, where the land was made
    assert found.grid.crs.to_epsg() in {4546, 4544}


@pytest.mark.parametrize(
    ("error", "words", "change"),
    [
        (ConfigError, "technology", {"tech": "solar"}),
        (ConfigError, "cell size", {"cell_m": 0}),
        (ConfigError, "cell_m", {"cell_m": float("nan")}),
        (ConfigError, "cell size", {"cell_m": 5000}),
        (ConfigError, "column", {"names": "parish"}),
        (ConfigError, "GeoDataFrame", {"land": box(0, 0, 1, 1)}),
        (DataError, "coordinate system", {"land": nowhere(box(0, 0, 1, 1))}),
        (DataError, "polygons", {"land": gpd.GeoDataFrame(geometry=[Point(X, Y)], crs=4544)}),
        (DataError, "polygons", {"land": gpd.GeoDataFrame(geometry=[], crs=4544)}),
        (DataError, "metres", {"crs": 4490}),
        (DataError, "layer", {"layers": {"settlemant": village()}}),
        (DataError, "features", {"layers": {"settlement": heights(1)}}),
        (DataError, "raster", {"layers": {"dem": village()}}),
        (DataError, "coordinate system", {"layers": {"settlement": nowhere(Point(X, Y))}}),
        (DataError, "unit", {"layers": {"dem": heights(1, "ft")}}),
        (DataError, "outside what this layer", {"layers": {"dem": heights(4000)}}),
        (DataError, "whole numbers", {"layers": {"land_cover": heights(0.55)}}),
        (DataError, "dimensions", {"layers": {"dem": heights(1).rename(x="lon")}}),
        (DataError, "road_class", {"layers": {"road": village()}}),
        (DataError, "catalogue", {"absent": ["settlemant"]}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(error, words, change):
    given = {"land": land(), "layers": {}, "rules": [NEAR]} | change
    with pytest.raises(error, match=words):
        geoplan.screen(given.pop("land"), given.pop("layers"), **given)


def test_all_faults_of_the_layers_at_once():
    wrong = {"settlemant": village(), "dem": heights(1, "ft"), "road": village()}
    with pytest.raises(DataError) as err:
        geoplan.screen(land(), wrong, rules=[NEAR])
    assert len(err.value.faults) == 3


def test_a_plan_brings_its_own():
    plan = geoplan.sample_plan("tiny")
    with pytest.raises(ConfigError, match="brings its own"):
        geoplan.screen(plan, {"settlement": village()})


def test_a_rule_book_of_ones_own(tmp_path):
    book = tmp_path / "mine.toml"
    book.write_text(
        """
[book]
id = "mine"
title = { zh = "自定", en = "own" }
as_of = 2026-01-01
version = 1

[[rules]]
id = "MY-001"
applies_to = ["pv"]
holds_in = { country = "CN" }
kind = "hard"
source_step = "primary"
title = { zh = "距村庄 200 米", en = "200 m from villages" }
citation = "own"
quote = "200 m"
source = "own"
stated = { layer = "settlement", operator = "within" }

[rules.test]
type = "within"
layer = "settlement"
distance_m = 200
bounds_m = [0, 1000]
""",
        encoding="utf-8",
    )
    found = geoplan.screen(land(), {"settlement": village()}, rules=book)
    assert [r.id for r in found.rules] == ["MY-001"]
    assert geoplan.areas_by_state(found)["taken"] == pytest.approx(np.pi * 200**2, rel=0.015)


def test_a_name_is_one_thing_whoever_asks_for_it():
    """What was handed out stays the same thing, or it could not travel to other processes."""
    import gis
    from gis.lazy import offered

    get, _, _ = offered("gis", gis.__file__)
    before = gis.to_mu
    assert get("to_mu") is before
    assert gis.to_mu is before
