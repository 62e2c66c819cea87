"""The catalogue is whole: every file reads, every field is usable, faults are named."""

from __future__ import annotations

import pytest

from gis.errors import ConfigError
from layers.catalogue import layer, layer_ids, layers, parse_layer
from layers.vocabulary import vocabularies

# What other rooms read by name; renaming one breaks plans of users.
EXPECTED = {
    "road",
    "railway",
    "power_line",
    "pipeline",
    "substations",
    "weather_stations",
    "turbines",
    "land_parcels",
    "land_cover",
    "land_cover_base",
    "dem",
    "slope",
    "aspect",
    "ndvi",
    "annual_rainfall",
    "ghi",
    "wind_speed",
    "weather",
    "buildings",
    "settlement",
    "townships",
    "zones",
    "canal",
    "dyke",
    "mining_subsidence",
    "nature_reserve",
    "natural_park",
    "wetland",
    "ecological_red_line",
    "permanent_basic_farmland",
    "basic_grassland",
    "forest_land",
    "great_wall",
    "great_wall_zone",
    "river_lake_management",
    "grass_plots",
}


def test_every_file_is_a_layer_named_as_the_file():
    assert layer_ids() >= EXPECTED
    assert all(key == value.id for key, value in layers().items())


@pytest.mark.parametrize("layer_id", sorted(layer_ids()))
def test_layer_is_consistent(layer_id):
    found = layer(layer_id)
    assert found.title.zh != found.title.en
    raster = found.geometry == "raster"
    assert raster == (found.kind in {"classes", "intensive", "extensive"})
    if found.kind in {"intensive", "extensive"}:
        assert found.unit
        assert found.range is not None
        assert found.range[0] < found.range[1]
    if raster:
        assert found.unknown == "unknown"  # no data on a raster is never "there is none"
    if found.vocabulary:
        assert found.vocabulary in vocabularies()
        assert found.field(found.vocabulary).required
    names = [f.name for f in found.fields]
    assert len(names) == len(set(names))
    aliases = [a for f in found.fields for a in f.aliases]
    assert len(aliases) == len(set(aliases)), "one column name may not feed two fields"
    for f in found.fields:
        spellings = [s for v in f.values.values() for s in v]
        assert len(spellings) == len(set(spellings)), f.name
        assert f.unit == "" or f.type in {"number", "integer"}
    if found.half_width_field:
        assert found.geometry == "line"
        assert found.field(found.half_width_field).unit == "m"


def test_survey_field_names_are_read():
    parcels = layer("land_parcels")
    aliases = {a for f in parcels.fields for a in f.aliases}
    assert {"BSM", "DLBM", "DLMC", "TBMJ", "TBDLMJ", "KCMJ", "QSXZ"} <= aliases


def test_reserves_read_both_zone_forms():
    zones = layer("nature_reserve").field("zone").values
    spelled = {s for v in zones.values() for s in v}
    assert {"核心保护区", "一般控制区"} <= spelled  # regulation of 2026
    assert {"核心区", "缓冲区", "实验区"} <= spelled  # regulation of 1994


def test_sensitive_layers_are_marked():
    for layer_id in ("military_zone", "military_radio_zone", "pipeline", "survey_mark"):
        assert layer(layer_id).sensitive


def test_unknown_layer_suggests():
    with pytest.raises(ConfigError, match="did you mean road"):
        layer("raod")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id = ", "line 1"),
        ('id = "x"\nkind = "features"', "x.toml"),
        (
            'id = "y"\nkind = "features"\ngeometry = "line"\ngroup = "g"\n'
            '[title]\nzh = "一"\nen = "one"\n[about]\nzh = "一"\nen = "one"\n',
            "differ",
        ),
    ],
)
def test_faulty_file(text, message):
    with pytest.raises(ConfigError, match=message):
        parse_layer(text, "x.toml")
