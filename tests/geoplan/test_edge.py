"""Every name the rooms offer meets bad arguments: a fault in both languages, no raw error."""

from __future__ import annotations

import datetime
import importlib
import inspect
import pickle
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box

import geoplan
import gis
import layers
import siting
from gis.errors import ConfigError, DataError, GeoplanError
from gis.gate import faults_of, range_of
from gis.kinds import kinds_of

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
THINGS = {
    f"{room}.{name}": getattr(importlib.import_module(room), name)
    for room in ROOMS
    for name in importlib.import_module(room).__all__
}
FUNCTIONS = {
    n: f for n, f in THINGS.items() if inspect.isfunction(f) and inspect.signature(f).parameters
}
BAD = {
    "none": None,
    "text": "zzz",
    "nan": float("nan"),
    "inf": float("inf"),
    "negative": -1e300,
    "empty": [],
    "mapping": {"zzz": object()},
    "other": object(),
    "complex": 1j,
    "bytes": b"zzz",
}
# what may be given on purpose, with what it means
NOTHING = "no values in, no values out"
ACCEPTED = {
    ("to_ha", "negative"): "a difference of areas",
    ("to_km2", "negative"): "a difference of areas",
    ("to_mu", "negative"): "a difference of areas",
    ("co2_of", "negative"): "a loss of carbon",
    ("to_ha", "empty"): NOTHING,
    ("to_km2", "empty"): NOTHING,
    ("to_mu", "empty"): NOTHING,
    ("gcj02_to_wgs84", "empty"): NOTHING,
    ("wgs84_to_gcj02", "empty"): NOTHING,
    ("gcj02_to_wgs84", "nan"): "a missing point stays missing",
    ("wgs84_to_gcj02", "nan"): "a missing point stays missing",
    ("province", "text"): "None: no such province",
    ("rule_books", "none"): "all books",
    ("rule_books", "empty"): "no book",
    ("turbine_ids", "empty"): "the library alone",
    ("check_document", "mapping"): "gives the faults back",
}


def speaks(err: GeoplanError) -> None:
    for fault in err.faults:
        assert fault.where
        assert fault.what
    zh = err.text("zh")
    assert re.search(r"[一-鿿]", zh)
    assert zh != err.text("en")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_all_arguments_bad(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function = FUNCTIONS[name]
    params = inspect.signature(function).parameters
    taken = set()
    for bad, value in BAD.items():
        try:
            function(**dict.fromkeys(params, value))
        except GeoplanError as err:
            speaks(err)
        except Exception as err:
            raise AssertionError(bad) from err  # what was given, beside what came of it
        else:
            taken.add(bad)
    assert taken <= {bad for f, bad in ACCEPTED if f == function.__name__}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_has_a_kind_and_every_number_a_range(name):
    function = inspect.unwrap(FUNCTIONS[name])
    kinds = kinds_of(function)
    for key, of in kinds.items():
        assert of, key
        # a code of a coordinate system is no measure
        if {"number", "whole"} & {k.id for k in of} and key not in {"crs", "src", "dst"}:
            assert range_of(function, key) is not None, key


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_of_no_kind_is_named(name):
    function = inspect.unwrap(FUNCTIONS[name])
    kinds = kinds_of(function)
    for key in kinds:
        if any(k.id in {"any", "callable"} for k in kinds[key]):
            continue
        for bad in ("other", "complex", "bytes"):
            assert [f.where for f in faults_of(function, {key: BAD[bad]})] == [key], bad


@pytest.mark.parametrize("room", ROOMS)
def test_dir_shows_what_is_offered(room):
    package = importlib.import_module(room)
    assert [n for n in dir(package) if not n.startswith("__")] == package.__all__


def test_offered_functions_travel_to_other_processes():
    for function in FUNCTIONS.values():
        assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301


# ------------------------------------------------------------------ one argument at a time

TIMES = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
WIND = np.full(8760, 9.0)
LAND = gpd.GeoDataFrame(geometry=[box(106.0, 38.9, 106.01, 38.91)], crs=4490)
HOLED = Polygon([(0, 0), (1, float("nan")), (1, 1)])


def wind(**changes):
    given = {"times": TIMES, "wind_speed_m_s": WIND, "machine": "generic_5000_225"}
    return geoplan.wind_yield(**({**given, "height_m": 100.0} | changes))


def farm(**changes):
    weather = geoplan.wind_weather(TIMES, WIND, height_m=100.0)
    given = {"x_m": [5e5], "y_m": [4.3e6], "machines": geoplan.turbine("generic_5000_225")}
    return geoplan.farm_yield(**(given | {"weather": weather} | changes))


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: geoplan.p_values(float("nan"), []), "p50"),
        (lambda: geoplan.p_values(-1.0, []), "p50"),
        (lambda: geoplan.p_values(1.0, [], haircut_frac=5), "haircut_frac"),
        (lambda: geoplan.p_values(1.0, [], years=0), "years"),
        (lambda: geoplan.p_values(1.0, [], levels=[100]), "levels"),
        (lambda: geoplan.distance_m(np.ones((2, 2), bool), cell_m=-1), "cell_m"),
        (lambda: geoplan.distance_m(np.ones((2, 2), bool), cell_m="10"), "cell_m"),
        (lambda: geoplan.pick_gk_crs((1.0, 2.0)), "bounds_ll"),
        (lambda: geoplan.pick_gk_crs((106.7, 38.5, 106.2, 39.1)), "extent"),
        (lambda: geoplan.screen(LAND, others="x"), "others"),
        (lambda: geoplan.screen(LAND, here="zzz"), "here"),
        (lambda: geoplan.screen(LAND, as_of="2020-01-01"), "as_of"),
        (lambda: geoplan.load_rules("pv", here="abc"), "here"),
        (lambda: geoplan.load_rules("pv", as_of="2020"), "as_of"),
        (lambda: geoplan.load_rules("pv", as_of=datetime.datetime(2020, 1, 1)), "as_of"),
        (lambda: geoplan.load_plan(None), "path"),
        (lambda: geoplan.polygon_area(None), "shapes"),
        (lambda: geoplan.polygon_area([1], 4490), "shapes"),
        (lambda: geoplan.polygon_area(HOLED, 4490), "shapes"),
        (lambda: geoplan.carbon_stock({}), "land"),
        (lambda: geoplan.screen(gpd.GeoDataFrame({"a": [1]})), "land"),
        (lambda: geoplan.reproject(gpd.GeoDataFrame({"a": [1]}), 4544), "gdf"),
        (lambda: farm(x_m=[float("nan")]), "x_m"),
        (lambda: farm(mean_speed_m_s=[float("nan")]), "mean_speed_m_s"),
        (lambda: farm(mean_speed_m_s=[9.0, float("nan")]), "mean_speed_m_s"),
        (lambda: geoplan.row_pitch_m(38.0, 4.0, 30.0, hours_h=(15.0, 9.0)), "hours_h"),
        (lambda: geoplan.search_rules(applies_to="zzz"), "applies_to"),
        (lambda: gis.transform_points([1.0, 2.0], [3.0], 4490, 4544), "y"),
        (lambda: siting.rose_from_series(np.ones(3), np.ones(2)), "direction_deg"),
        (lambda: layers.sun(TIMES.tz_localize(None), 106.0, 38.0), "index"),
        (lambda: layers.Weather(None, 106.0, 38.0, 0.0), "hourly"),
        (lambda: siting.Costs(float("nan"), 1.0), "capex_cny"),
        (lambda: siting.Costs("a", 1.0), "capex_cny"),
        (lambda: siting.Finance(0.05, depreciation_yr=0), "depreciation_yr"),
        (lambda: geoplan.Turbine("x", "a", 60.0, 80.0, [3, 10], [0, 1], None), "rated_kw"),
        (lambda: geoplan.Turbine("x", 1.0, 60.0, 80.0, ["a"], [0, 1], None), "speed_m_s"),
        (lambda: wind(machine=None), "machine"),
        (lambda: wind(wind_speed_m_s=WIND > 3), "wind_speed_m_s"),
        (lambda: wind(wind_speed_m_s=["a"] * 8760), "wind_speed_m_s"),
        (lambda: wind(wind_speed_m_s=[]), "wind_speed_m_s"),
        (lambda: wind(wind_speed_m_s=WIND[:-1]), "wind_speed_m_s"),
        (lambda: wind(wind_speed_m_s=np.full(8760, 36.0)), "wind_speed_m_s"),
        (lambda: wind(altitude_m=None), "altitude_m"),
        (lambda: wind(times=TIMES.tz_localize(None)), "times"),
        (lambda: wind(shear_exponent=9), "shear_exponent"),
        (lambda: geoplan.PvPlant(tilt_deg="steep"), "PvPlant [tilt_deg]"),
    ],
)  # fmt: skip
def test_one_bad_argument_is_named(call, where):
    with pytest.raises((ConfigError, DataError)) as err:
        call()
    assert [str(f.where) for f in err.value.faults] == [where]
    assert re.search(r"[一-鿿]", err.value.text("zh"))


def test_pv_weather_in_kilometres_an_hour_is_refused():
    up = np.zeros(8760)
    with pytest.raises(DataError) as err:
        geoplan.pv_yield(TIMES, up, up, up, up, np.full(8760, 36.0), lat=38.8, lon=106.7)
    assert "wind_speed_m_s" in {str(f.where) for f in err.value.faults}


def test_numbers_of_numpy_and_lists_are_welcome():
    # (a 3-4-5 triangle of cells) the far corner is 5 cells of 2 m away
    inside = np.zeros((4, 5), bool)
    inside[0, 0] = True
    assert geoplan.distance_m(inside, np.float32(2.0))[3, 4] == 10.0
    assert geoplan.distance_m(inside.tolist(), np.array(2.0))[3, 4] == 10.0
    assert wind(height_m=np.int64(100)).gross_mwh_yr == wind().gross_mwh_yr


def test_a_point_in_the_west_and_south_is_no_option(monkeypatch, capsys):
    from geoplan.cli import main
    from siting.check import explain

    seen = []

    def told(_plan, lon, lat, **_):
        seen.append((lon, lat))
        raise ConfigError("enough", where="here")

    monkeypatch.setattr(explain, "explain_point", told)
    monkeypatch.setattr("geoplan.commands.results.load", lambda *_: None)
    monkeypatch.setattr("layers.open.contradiction.refuse_contradictions", lambda _: None)
    for words in (["-1", "2", "p"], ["-1.5", "-.5e1", "p", "--json"], ["--", "-3", "-4", "p"]):
        assert main(["explain", *words]) == 2
    assert seen == [(-1.0, 2.0), (-1.5, -5.0), (-3.0, -4.0)]
    capsys.readouterr()
    assert main(["explain", "-1", "2", "p", "--lnag"]) == 2
    assert "--lnag" in capsys.readouterr().err
    assert len(seen) == 3


def test_a_wrong_call_names_the_function():
    for call in (lambda: geoplan.lcoe(), lambda: geoplan.row_pitch_m(38.9, 4.6, 35.0, tilt=3)):
        with pytest.raises(TypeError, match=r"^(lcoe|row_pitch_m)\(\) "):
            call()


def test_a_run_needs_nothing_but_its_plan():
    given = inspect.signature(geoplan.run_plan).parameters.values()
    assert [p.name for p in given if p.default is inspect.Parameter.empty] == ["plan"]
