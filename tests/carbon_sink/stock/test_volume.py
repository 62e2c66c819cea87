"""Stock volume to carbon: the published poplar numbers of the county's target."""

from __future__ import annotations

import math
import tomllib
from importlib import resources

import pytest
from pydantic import ValidationError

from carbon_sink import species
from carbon_sink.section import SpeciesShare, StockVolume
from carbon_sink.species import species_table
from carbon_sink.stock.coefficient_file import load_coefficients, read_coefficients
from carbon_sink.stock.volume import volume_carbon_tc, volume_density
from gis.errors import ConfigError

TABLE = load_coefficients()
ON = TABLE.switched_on(["tree_params_杨树"])


def test_constants_183_ktc():
    # 550,000 x 0.378 x 1.446 x 1.227 x 0.496 = 182,957
    got = volume_carbon_tc(550_000, ON, form="constant")
    assert got == pytest.approx(182_957, abs=30)
    # 600,000 m3: 199.6 ktC, a gain of 16.6 ktC
    more = volume_carbon_tc(600_000, ON, form="constant")
    assert more / 1e3 == pytest.approx(199.6, abs=0.05)
    assert (more - got) / 1e3 == pytest.approx(16.6, abs=0.05)


@pytest.mark.parametrize(("area", "ktc"), [(8_000, 216), (12_000, 239), (21_836, 295)])
def test_continuous_needs_the_area(area, ktc):
    # (0.6251 x 550,000 + 11.462 x A) x 0.496
    got = volume_carbon_tc(
        550_000, ON, form="continuous", arbor_area_ha=area, carbon_fraction="methodology"
    )
    assert round(got / 1e3) == ktc


def test_measured_carbon_fraction_is_the_default():
    # (343,805 + 11.462 x 12,000) x 0.452 = 217.57 ktC, no recalled row needed
    got = volume_carbon_tc(550_000, TABLE, form="continuous", arbor_area_ha=12_000)
    assert got / 1e3 == pytest.approx(217.57, abs=0.01)


def test_constants_are_off_until_named():
    with pytest.raises(ConfigError, match="recalled"):
        volume_carbon_tc(550_000, TABLE, form="constant")


def test_continuous_without_area_or_equation():
    with pytest.raises(ConfigError, match="area"):
        volume_carbon_tc(1.0, TABLE, form="continuous")
    with pytest.raises(ConfigError, match="no continuous equation"):
        volume_carbon_tc(
            1.0, TABLE, (SpeciesShare(species="willow", share_frac=1.0),),
            form="continuous", arbor_area_ha=1.0,
        )  # fmt: skip


def test_mixed_species_add_up():
    shares = (
        SpeciesShare(species="poplar", share_frac=0.6),
        SpeciesShare(species="elm", share_frac=0.4),
    )
    # poplar (0.6251 x 600 + 11.462 x 60) x 0.452 + elm (0.7564 x 400 + 8.3103 x 40) x 0.430
    # = (375.06 + 687.72) x 0.452 + (302.56 + 332.412) x 0.43 = 480.377 + 273.038
    got = volume_carbon_tc(1000, TABLE, shares, form="continuous", arbor_area_ha=100)
    assert got == pytest.approx(480.37656 + 273.03796, rel=1e-6)


def test_density_times_area_gives_the_volume_back():
    stock = StockVolume(year=2025, volume_m3=550_000, arbor_area_ha=12_000, source="target")
    for mapped in (5_000.0, 21_836.0):
        d = volume_density(stock, mapped, form="continuous")
        assert d.value(TABLE) * mapped / 1e3 == pytest.approx(217.57, abs=0.01)


def test_species_shares_must_be_whole():
    with pytest.raises(ValueError, match="add up"):
        StockVolume(
            year=2025, volume_m3=1, source="x",
            species=(SpeciesShare(species="elm", share_frac=0.5),),
        )  # fmt: skip


def test_every_species_row_exists():
    on = TABLE.switched_on([s.constants for s in species_table().values()])
    for s in species_table().values():
        needed = [s.cf_measured]
        needed += [
            f"{s.constants}/{q}" for q in ("BEF", "root_shoot_R", "wood_density_WD", "CF")
        ]
        needed += [f"{s.continuous}/{q}" for q in ("a_slope", "b_intercept") if s.continuous]
        assert [n for n in needed if not math.isfinite(on[n].value)] == [], s.id


LARCH = """
[larch]
title = { zh = "落叶松", en = "larch" }
continuous = "volume_to_biomass_落叶松"
cf_measured = "TIER1_carbon_fraction_woody/CF"
"""
ROWS = [
    f"{stem}/{row},{stem},{row},factor,{pool},,,{value},{unit},,,none,,,B,,,invented,,B"
    for stem in ("volume_to_biomass_落叶松",)
    for row, pool, value, unit in (
        ("a_slope", "slope", 0.5, "t d.m./m3"), ("b_intercept", "intercept", 20, "t d.m./ha"),
    )
]  # fmt: skip


def test_a_species_is_a_table_and_its_rows(tmp_path, monkeypatch):
    """Larch: species.toml and coefficients.csv, no code."""
    with pytest.raises(ValidationError, match="no such species"):
        SpeciesShare(species="larch", share_frac=1.0)
    data = resources.files("carbon_sink").joinpath("data")
    table = tomllib.loads(data.joinpath("species.toml").read_text("utf-8") + LARCH)
    monkeypatch.setattr(species, "read_toml", lambda *_: table)
    species.species_table.cache_clear()
    rows = data.joinpath("coefficients.csv").read_text("utf-8").splitlines()
    (tmp_path / "c.csv").write_text("\n".join([*rows, *ROWS]), "utf-8")
    coefficients = read_coefficients(tmp_path / "c.csv")
    try:
        share = (SpeciesShare(species="larch", share_frac=1.0),)
        cf = coefficients["TIER1_carbon_fraction_woody/CF"].value
        # 0.5 x 1,000 m3 + 20 x 30 ha = 1,100 t of dry matter
        got = volume_carbon_tc(
            1_000.0, coefficients, share, form="continuous", arbor_area_ha=30.0
        )
        assert got == pytest.approx(1_100.0 * cf, rel=1e-12)
        with pytest.raises(ConfigError, match="no wood density"):
            volume_carbon_tc(1_000.0, coefficients, share, form="constant")
    finally:
        species.species_table.cache_clear()


@pytest.mark.parametrize("form", ["constant", "continuous"])
def test_mixed_stands_are_the_sum_of_their_species(form):
    """60 % poplar and 40 % elm of 1,000 m3 on 40 ha: two terms, each with its share."""
    table = TABLE.switched_on(["tree_params_杨树", "tree_params_榆树"])
    given = {"form": form, "arbor_area_ha": 40.0}
    mixed = (
        SpeciesShare(species="poplar", share_frac=0.6),
        SpeciesShare(species="elm", share_frac=0.4),
    )
    alone = [
        volume_carbon_tc(1e3, table, (SpeciesShare(species=s, share_frac=1.0),), **given)
        for s in ("poplar", "elm")
    ]
    found = volume_carbon_tc(1e3, table, mixed, **given)
    assert found == pytest.approx(0.6 * alone[0] + 0.4 * alone[1], rel=1e-12)
    assert alone[0] != pytest.approx(alone[1], rel=1e-3)
