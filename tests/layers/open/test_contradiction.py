"""A layer assumed absent that the parcels show is a fault of the plan."""

from __future__ import annotations

import json

import geopandas as gpd
import pytest
import shapely

from geoplan.cli import main
from geoplan.doctor import diagnose
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from layers.catalogue import layer as layer_of
from layers.open.contradiction import (
    contradiction_faults,
    contradiction_warnings,
    contradictions,
    refuse_contradictions,
)
from layers.sample import with_sample
from layers.vocabulary import vocabulary
from siting.screen.step_screen import screen_step

# a square of the plain near the middle of zone 35, where a map hectare is one to 1e-3
X, Y = 500_000.0, 4_300_000.0


@pytest.fixture
def plan_of(tmp_path):
    """A plan of a 4 km square with parcels of the given codes and hectares."""
    county = gpd.GeoDataFrame(geometry=[shapely.box(X, Y, X + 4e3, Y + 4e3)], crs="EPSG:4544")
    county.to_file(tmp_path / "county.gpkg")

    def make(parcels, absent, more=""):
        shapes = [
            shapely.box(x, Y + 100, x + 100, Y + 100 + 100 * ha)
            for x, (_, ha) in zip((X + 200.0 * i for i in range(20)), parcels, strict=False)
        ]
        table = gpd.GeoDataFrame(
            {"DLBM": [c for c, _ in parcels]}, geometry=shapes, crs="EPSG:4544"
        )
        table.to_file(tmp_path / "land.gpkg")
        words = "\n".join(f'[layers.{a}]\nassumed_absent = "无"' for a in absent)
        path = tmp_path / "p.toml"
        path.write_text(
            f"""[plan]
id = "t"
title = {{ zh = "测", en = "test" }}
as_of = 2026-01-01
[area]
boundary = {{ path = "county.gpkg" }}
crs = "EPSG:4544"
cell_m = 100.0
[layers.land_parcels]
path = "land.gpkg"
{words}
{more}""",
            encoding="utf-8",
        )
        return load_plan(path)

    return make


def test_housing_against_no_settlement(plan_of):
    plan = plan_of([("0701", 12.0), ("0702", 3.0), ("1206", 50.0)], ["settlement"])
    (found,) = contradictions(plan)
    assert found.layer_id == "settlement"
    assert found.area_ha == pytest.approx({"0701": 12.0, "0702": 3.0}, rel=1e-2)
    assert found.is_fault
    (fault,) = contradiction_faults(plan)
    zh, en = fault.text("zh"), fault.text("en")
    for text in (zh, en):
        assert "[layers.settlement]" in text
        assert "required_from_user" in text
        assert "0701" in text
        assert "0702" in text
        assert "15.0" in text  # 12 + 3 ha
    assert "城镇住宅用地" in zh
    assert "urban residential land" in en
    assert not contradiction_warnings(plan)
    with pytest.raises(ConfigError, match="settlement"):
        refuse_contradictions(plan)


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        ("1102", "water_body"),
        ("1103", "water_body"),
        ("1101", "river"),
        ("0301K", "forest_land"),
        ("0305", "forest_land"),
        ("1003", "road"),
        ("1001", "railway"),
        ("1007", "airport"),
        ("1009", "pipeline"),
        ("1107A", "canal"),
    ],
)
def test_pairs_that_prove_the_layer(plan_of, code, layer):
    plan = plan_of([(code, 9.0)], [layer])
    assert [f.where for f in contradiction_faults(plan)] == [f"p.toml [layers.{layer}]"]


@pytest.mark.parametrize(
    ("code", "layer"),
    [
        ("0601", "settlement"),  # industry and mining prove no settlement
        ("0602", "settlement"),
        ("0602", "mining_right"),
        ("1104A", "water_body"),  # a fish pond is no lake
        ("1107", "canal"),  # a field ditch is no canal
        ("1006", "road"),
        ("0401", "forest_land"),
        ("1206", "river"),
    ],
)
def test_pairs_that_prove_nothing(plan_of, code, layer):
    assert contradictions(plan_of([(code, 90.0)], [layer])) == ()


@pytest.mark.parametrize(
    ("code", "layer"),
    [("0701", "buildings"), ("1108", "wetland"), ("0102", "permanent_basic_farmland")],
)
def test_what_is_likely_only_warns(plan_of, code, layer):
    plan = plan_of([(code, 90.0)], [layer])
    assert not contradiction_faults(plan)
    (warn,) = contradiction_warnings(plan)
    assert warn.code == "layer_contradicted"
    assert code in warn.text("zh")
    refuse_contradictions(plan)


@pytest.mark.parametrize(("ha", "faults"), [(0.9, 0), (1.1, 1)])
def test_little_land_only_warns(plan_of, ha, faults):
    plan = plan_of([("0702", ha)], ["settlement"])
    assert len(contradiction_faults(plan)) == faults
    assert len(contradiction_warnings(plan)) == 1 - faults


def test_only_land_inside_the_county_counts(plan_of, tmp_path):
    plan = plan_of([("0103", 60.0), ("0702", 30.0)], ["settlement"])
    far = gpd.read_file(tmp_path / "land.gpkg")
    town = far.index == 1  # a strip of 100 m, all of it outside
    far.loc[town, "geometry"] = far.geometry[town].translate(xoff=-1e3)
    far.to_file(tmp_path / "land.gpkg")
    assert contradictions(load_plan(plan.path)) == ()


def test_layers_that_are_there_or_asked_for_contradict_nothing(plan_of):
    plan = plan_of([("0701", 12.0)], [], '[layers.settlement]\nrequired_from_user = "x"')
    assert contradictions(plan) == ()
    assert contradictions(plan_of([("0701", 12.0)], [])) == ()


def test_the_doctor_and_the_screen_refuse(plan_of, tmp_path):
    plan = plan_of([("0701", 12.0), ("1102", 4.0)], ["settlement", "water_body", "wetland"])
    faults = [f.where for f in diagnose(plan).faults]
    assert "p.toml [layers.settlement]" in faults
    assert "p.toml [layers.water_body]" in faults
    with pytest.raises(ConfigError) as err:
        screen_step(plan, tmp_path, lambda *_: None)
    assert [f.where for f in err.value.faults] == [
        "p.toml [layers.settlement]",
        "p.toml [layers.water_body]",
    ]


def test_plans_of_the_toolkit_contradict_nothing(root):
    plan = with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")
    assert contradictions(plan) == ()
    assert contradictions(load_plan(root / "plans" / "pingluo.toml")) == ()


def test_the_table_names_layers_and_codes_that_are_there():
    from layers.open.contradiction import _pairs

    survey = vocabulary("dlbm").entries
    pairs = _pairs()
    assert len({p.layer for p in pairs}) == len(pairs)
    for p in pairs:
        assert layer_of(p.layer).id == p.layer
        assert set(p.classes) <= set(survey)


HOUSING = [("0701", 12.0), ("0702", 3.0), ("1206", 50.0)]  # 15 ha against "no settlement"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["doctor", "p.toml"],
        ["run", "p.toml", "--out", "out"],
        ["screen", "p.toml", "--out", "out"],
        ["check", "site.gpkg", "p.toml"],
        ["explain", "105.01", "38.83", "p.toml"],
        ["rules", "diff", "2026-11-27", "2027-01-01", "--plan", "p.toml"],
    ],
    ids=lambda w: w[0] if isinstance(w, list) else w,
)
@pytest.mark.parametrize("as_json", [False, True])
def test_every_door_tells_the_fault(plan_of, tmp_path, monkeypatch, capsys, words, as_json):
    plan_of(HOUSING, ["settlement"])
    site = shapely.box(X + 1000, Y + 1000, X + 1200, Y + 1200)
    gpd.GeoDataFrame(geometry=[site], crs="EPSG:4544").to_file(tmp_path / "site.gpkg")
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--lang", "en", *(["--json"] if as_json else [])]) in (2, 3)
    told = capsys.readouterr()
    said = told.out + told.err
    assert "[layers.settlement]" in said
    assert "0701" in said
    assert "15.0" in said
    if as_json:
        json.loads(told.out or told.err.splitlines()[-1])  # progress stands before it
