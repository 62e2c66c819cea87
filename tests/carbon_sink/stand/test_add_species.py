"""A species more is data: a table of species.toml and rows of coefficients.csv, no code."""

from __future__ import annotations

from importlib import resources

import pytest

import carbon_sink.species as species_module
from carbon_sink.stock import coefficient_file
from gis.toml import parse_toml
from layers.plain_json import to_json
from tests.carbon_sink.conftest import quiet
from tests.carbon_sink.stand.conftest import forest, stand_plan

# invented figures, for the test alone
LARCH = """
[larch]
title = { zh = "落叶松", en = "larch" }
continuous = "volume_to_biomass_落叶松"
cf_measured = "TIER1_carbon_fraction_woody/CF"
names = ["华北落叶松", "日本落叶松"]
"""
ROWS = [
    "volume_to_biomass_落叶松/a_slope,volume_to_biomass_落叶松,a_slope,factor,slope,,,0.9,"
    "t d.m./m3,,,none,,,user,,test,invented,,user",
    "volume_to_biomass_落叶松/b_intercept,volume_to_biomass_落叶松,b_intercept,factor,intercept,"
    ",,20.0,t d.m./ha,,,none,,,user,,test,invented,,user",
]


@pytest.fixture
def with_larch(monkeypatch, tmp_path):
    """The two data files with larch in them."""
    text = (resources.files("carbon_sink") / "data/species.toml").read_text(encoding="utf-8")
    table = parse_toml((text + LARCH).encode(), "species.toml")
    monkeypatch.setattr(species_module, "read_toml", lambda *_: table)
    rows = resources.files("carbon_sink") / "data/coefficients.csv"
    path = tmp_path / "coefficients.csv"
    path.write_text(
        rows.read_text(encoding="utf-8").rstrip() + "\n" + "\n".join(ROWS) + "\n",
        encoding="utf-8",
    )
    found = coefficient_file.read_coefficients(path)
    monkeypatch.setattr("carbon_sink.stock.choice.load_coefficients", lambda: found)
    kept = (species_module.species_table, species_module.species_named)
    for one in kept:
        one.cache_clear()
    yield
    for one in kept:
        one.cache_clear()


@pytest.mark.usefixtures("with_larch")
def test_larch_through_data_alone(tmp_path):
    from carbon_sink.step_stand import stand_step

    table = forest([{"YOU_SHI_SZ": "华北落叶松", "HUO_LMGQXJ": 50.0}])
    r = stand_step(stand_plan(tmp_path, table), tmp_path, quiet)
    # (0.9 x 50 + 20) x 0.47 tC/ha
    assert r.layers["stands"]["living_tc_ha"].iloc[0] == pytest.approx(65.0 * 0.47)
    assert r.layers["stands"]["species_zh"].iloc[0] == "落叶松"
    assert to_json(r.summary)["stand"]["not_estimated_ha"] == 0.0


def test_without_it_larch_is_told_and_not_estimated(tmp_path):
    from carbon_sink.step_stand import stand_step

    table = forest([{"YOU_SHI_SZ": "华北落叶松", "HUO_LMGQXJ": 50.0}])
    r = stand_step(stand_plan(tmp_path, table), tmp_path, quiet)
    assert "stand_species_unknown" in {w.code for w in r.warnings}
    assert to_json(r.summary)["stand"]["living_tc"] is None
