"""What stands for which pool: the user's rows in place of the bundled ones, unclear classes."""

from __future__ import annotations

import math

import pytest

from carbon_sink.section import CarbonSection, UserDensity
from carbon_sink.stock.choice import densities_of, table_of, with_ambiguous
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficient
from carbon_sink.stock.pools import Density, choose_densities
from carbon_sink.stock.uncertainty import Factor
from gis.errors import ConfigError

TABLE = load_coefficients()
BUNDLED = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")


def row(name: str, **more: object) -> Coefficient:
    base = {
        "id": name, "subject": name, "kind": "stock", "pool": "litter", "depth_cm": None,
        "value": 6.0, "unit": "tC/ha", "low": math.nan, "high": math.nan, "spread": "normal",
        "spread_a": 1.0, "spread_b": math.nan, "grade": "B", "by_name": False,
        "spread_text": "", "source": "s", "doi": "", "quality": "B",
    }  # fmt: skip
    return Coefficient(**{**base, **more})


def density(ecosystem: str, pool: str, name: str) -> Density:
    return Density(ecosystem, pool, ((1.0, (Factor(name),)),))


# ---------------------------------------------------------------- classes that may be several


def test_a_class_runs_from_the_lowest_low_to_the_highest_high():
    # IPCC 2019 table 2.3, cool temperate dry: sandy 13 +- 33 %, high activity clay 43 +- 8 %
    choice, table = with_ambiguous(BUNDLED, TABLE, {"v:1": ["sand", "grass_other"]})
    own = table["v:1/soc"]
    assert (own.low, own.high) == pytest.approx((13 * 0.67, 43 * 1.08), abs=1e-3)
    assert own.value == pytest.approx((8.71 + 46.44) / 2, abs=1e-3)
    assert (own.spread, own.depth_cm) == ("uniform", (0, 30))
    assert choice["v:1", "soc"].value(table) == pytest.approx(27.575, abs=1e-3)
    assert choice["v:1", "soc"].depth_cm == (0, 30)


def test_what_has_no_estimate_may_be_nothing():
    _, table = with_ambiguous(BUNDLED, TABLE, {"v:1": ["sand", "grass_other", "rock"]})
    assert (table["v:1/soc"].low, table["v:1/soc"].high) == pytest.approx(
        (0.0, 46.44), abs=1e-3
    )


def test_no_density_is_below_nothing():
    # 6 +- 1.96 x 5 reaches -3.8; 20 +- 1.96 reaches 21.96
    table = TABLE.with_rows([row("wide", spread_a=5.0), row("far", value=20.0)])
    choice = {(e, "litter"): density(e, "litter", e) for e in ("wide", "far")}
    _, found = with_ambiguous(choice, table, {"v:1": ["wide", "far"]})
    assert (found["v:1/litter"].low, found["v:1/litter"].high) == pytest.approx(
        (0.0, 20.0 + 1.959964)
    )


def test_two_exact_densities_leave_no_doubt_where_they_are_equal():
    table = TABLE.with_rows([row("one", spread="none"), row("two", spread="none")])
    choice = {(e, "litter"): density(e, "litter", e) for e in ("one", "two")}
    _, found = with_ambiguous(choice, table, {"v:1": ["one", "two"]})
    own = found["v:1/litter"]
    assert (own.value, own.low, own.high, own.spread) == (6.0, 6.0, 6.0, "none")


def test_one_density_for_all_is_kept_with_its_own_spread():
    choice, table = with_ambiguous(BUNDLED, TABLE, {"v:1": ["grass_other", "grass_sown"]})
    assert choice["v:1", "soc"].parts == BUNDLED["grass_other", "soc"].parts
    assert choice["v:1", "soc"].ecosystem == "v:1"
    assert len(table) == len(TABLE)


def test_a_pool_nobody_estimates_is_not_estimated():
    choice, table = with_ambiguous(BUNDLED, TABLE, {"v:1": ["rock", "built"]})
    assert not [k for k in choice if k[0] == "v:1"]
    assert len(table) == len(TABLE)


# ---------------------------------------------------------------- the user's own


def chosen(*own: Density) -> dict[tuple[str, str], Density]:
    table = TABLE.with_rows([row("mine", pool="agb")])
    return choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry", overrides=own)


def test_living_biomass_is_never_counted_twice():
    # shrubs are bundled above and below ground, trees undivided
    assert {("shrubland", "agb"), ("shrubland", "bgb")} <= set(BUNDLED)
    assert ("forest_arbor", "biomass") in BUNDLED
    whole = chosen(density("shrubland", "biomass", "mine"))
    assert set(BUNDLED) - set(whole) == {("shrubland", "agb"), ("shrubland", "bgb")}
    assert set(whole) - set(BUNDLED) == {("shrubland", "biomass")}
    for part in ("agb", "bgb"):
        found = chosen(density("forest_arbor", part, "mine"))
        assert set(BUNDLED) - set(found) == {("forest_arbor", "biomass")}
        assert found["forest_arbor", part].coefficients == ("mine",)


@pytest.mark.parametrize("ecosystem", ["shrubland", "forest_arbor"])
def test_another_pool_leaves_living_biomass_alone(ecosystem):
    found = chosen(density(ecosystem, "dead_wood", "mine"))
    assert set(BUNDLED) <= set(found)
    assert found[ecosystem, "dead_wood"].value(TABLE.with_rows([row("mine")])) == 6.0


@pytest.mark.parametrize(
    ("ends", "spread"),
    [((4.0, 9.0), "triangular"), ((6.0, 6.0), "none"), ((None, None), "none")],
)
def test_a_density_of_the_user_is_as_sure_as_the_user_says(ends, spread):
    own = UserDensity(
        ecosystem="sand", pool="soc", value_tc_ha=6.0, low_tc_ha=ends[0], high_tc_ha=ends[1],
        depth_cm=30, source="own pits",
    )  # fmt: skip
    found = table_of(CarbonSection(densities=(own,)))["user/sand/soc/1"]
    assert (found.value, found.spread, found.depth_cm) == (6.0, spread, (0, 30))
    if ends[0] is not None:
        assert (found.low, found.high) == ends
    else:
        assert math.isnan(found.low)
        assert math.isnan(found.high)


def test_soil_of_the_user_needs_no_leave_to_count():
    """The user states value and depth: it is no row of unknown depth, and is taken."""
    own = UserDensity(ecosystem="sand", pool="soc", value_tc_ha=6.0, depth_cm=30, source="own")
    section = CarbonSection(densities=(own,), soc_depth_cm=30)
    assert not section.accept_unconfirmed_depth
    table = table_of(section)
    found = densities_of(section, table, {"sand": 1.0}, zone="cool_temperate_dry")
    assert found["sand", "soc"].value(table) == 6.0
    assert not found["sand", "soc"].unconfirmed


def test_plots_narrow_the_spread_of_their_mean():
    """Litter of poplar plots, CV 1.1856: 36 plots and 0.2 between studies leave
    sqrt(1.1856**2 / 36 + 0.2**2) = 0.28115; a row that no plots measured has none to narrow."""
    row_id = "plantation_poplar_杨树/litter"
    table = load_coefficients().with_plot_means({row_id: 36}, 0.2)
    assert table[row_id].spread_a == pytest.approx(0.28115, abs=1e-5)
    for unfit in ("no/such", "tree_params_poplar/none"):
        with pytest.raises(ConfigError):
            load_coefficients().with_plot_means({unfit: 36}, 0.2)
    other = next(r for r in load_coefficients().values() if r.spread != "lognormal")
    with pytest.raises(ConfigError):
        load_coefficients().with_plot_means({other.id: 36}, 0.2)
