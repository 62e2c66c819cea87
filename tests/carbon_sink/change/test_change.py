"""Two dates: matrix, stock-difference, gain-loss, soils of both zones, methane beside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_sink.change.change_report import _wetland_gain_ha, change_report
from carbon_sink.change.conversion import Period
from carbon_sink.change.outlines import parcel_transitions
from carbon_sink.change.transitions import class_change, matrix_of
from carbon_sink.change.two_dates import change_by_place, stock_change, waterfall
from carbon_sink.local import carbon_section
from carbon_sink.step_carbon import carbon_step
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.ipcc import soil_transition
from carbon_sink.stock.methane import CH4_ROW, wetland_net
from carbon_sink.stock.pools import ZONES, choose_densities
from carbon_sink.stock.soil import tier1_by_zone, zones_table
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError, ModelError
from gis.files.write import write_cog
from layers.plain_json import to_json
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

TABLE = load_coefficients()
CHOICE = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")

MOVES = pd.DataFrame(
    {
        "township": ["A", "A", "B", "B"],
        "before": ["cropland_irrigated", "grass_other", "cropland_irrigated", "sand"],
        "after": ["marsh", "grass_other", "built", "shrubland"],
        "area_ha": [100.0, 5000.0, 40.0, 200.0],
    }
)


def test_stock_difference_by_hand():
    r = stock_change(MOVES, CHOICE, TABLE, years=10.0)
    # soil: 100 x (87 - 33.11) + 200 x (43 - 13) = 5,389 + 6,000, half of it in 10 years
    assert r.stock_difference["soc"].value == pytest.approx(11_389.0 / 2)
    # cropland biomass is not estimated, so no living change is made up
    assert "living" not in r.stock_difference
    # the loss of crops on 140 ha, the gain of marsh and shrubs on 300 (100 lack both)
    assert r.not_estimated_ha["living"] == 340.0
    assert r.not_estimated_ha["soc"] == 40.0
    # soil of 40 ha of fields built over may lose all it has: 40 x 33.11
    assert r.more_loss_tc == pytest.approx(40.0 * 33.11)
    assert r.bound == "open"
    assert r.converted_ha == 340.0
    assert r.known_ha == 5340.0
    assert r.stock_difference_yr.value == pytest.approx(11_389.0 / 20)
    assert r.gain_loss_yr == r.stock_difference_yr


def test_unchanged_land_changes_by_exactly_nothing():
    still = MOVES[MOVES["before"] == MOVES["after"]]
    r = stock_change(still, CHOICE, TABLE, years=5.0)
    assert r.stock_difference == {}
    assert r.known_ha == 5000.0


def test_growth_only_when_given():
    stand = pd.DataFrame(
        {"before": ["forest_arbor"], "after": ["forest_arbor"], "area_ha": [10.0]}
    )
    growth = {"forest_arbor": "afforest_elm_榆树/rate_tree_biomass"}
    assert stock_change(stand, CHOICE, TABLE, years=5.0).gain_loss_yr is None
    r = stock_change(stand, CHOICE, TABLE, years=5.0, growth=growth)
    assert r.gain_loss_yr.value == pytest.approx(4.3)  # 10 ha x 0.43


def test_long_periods_finish_their_transition():
    r = stock_change(MOVES, CHOICE, TABLE, years=40.0)
    assert r.gain_loss_yr.value == pytest.approx(11_389.0 / 40)
    with pytest.raises(ModelError, match="apart"):
        stock_change(MOVES, CHOICE, TABLE, years=0.0)


def test_matrix_and_places_add_up():
    m = matrix_of(MOVES)
    assert m.loc["cropland_irrigated", "marsh"] == 100.0
    assert m.loc["total", "total"] == pytest.approx(5340.0)
    towns = change_by_place(MOVES, CHOICE, TABLE, Period(20.0), place="township")
    towns = towns.set_index("township")
    assert towns.loc["A", "change_tc"] == pytest.approx(5_389.0)
    assert towns["change_tc"].sum() == pytest.approx(11_389.0)
    assert towns.loc["B", "partly_not_estimated_ha"] == 240.0
    fall = waterfall(MOVES, CHOICE, TABLE, Period(20.0))
    assert fall["total_tc"].sum() == pytest.approx(11_389.0)
    lost = fall[fall["after"] == "built"].iloc[0]
    assert np.isnan(lost["total_tc"])
    assert "soc" in lost["not_estimated"]


def test_parcels_of_two_years():
    a = pd.DataFrame(
        {"parcel_id": ["1", "2"], "ecosystem": ["sand", "sand"], "area_m2": [1e4, 1e4]}
    )
    b = a.assign(ecosystem=["sand", "shrubland"])
    assert parcel_transitions(a, b).to_dict("records") == [
        {"before": "sand", "after": "sand", "area_ha": 1.0},
        {"before": "sand", "after": "shrubland", "area_ha": 1.0},
    ]
    # a number of one date only, or with another area: the number does not tell what became
    for other in (
        b.assign(parcel_id=["2", "3"]),
        b.assign(area_m2=[0.6e4, 1.4e4]),
        b.iloc[:1],
    ):
        with pytest.raises(DataError, match="outlines"):
            parcel_transitions(a, other)
    with pytest.raises(DataError, match="used twice"):
        parcel_transitions(pd.concat([a, a]), b)


# ---------------------------------------------------------------- soils


def test_both_climate_zones():
    r = tier1_by_zone({("cropland_irrigated", "grass_other"): 100.0}, TABLE, ZONES)
    # cool: 43 - 43 x 0.77 = 9.89; warm: 24 - 24 x 0.76 = 5.76 tC/ha; over 20 years
    assert r["cool_temperate_dry"].by_end.value == pytest.approx(989.0)
    assert r["warm_temperate_dry"].by_end.value == pytest.approx(576.0)
    assert r["cool_temperate_dry"].per_year.value == pytest.approx(49.45)
    t = zones_table(r).set_index("climate_zone")
    assert t.loc["envelope", "low_tc_yr"] == t["low_tc_yr"].min()
    assert t.loc["envelope", "high_tc_yr"] == t["high_tc_yr"].max()
    # one reference stock serves both uses: only its share in the difference varies
    e = r["cool_temperate_dry"].by_end
    assert (e.high - e.low) / 2 < 100 * 43 * 0.14


def test_transition_is_linear_over_twenty_years():
    assert [soil_transition(a) for a in (0, 10, 20, 30)] == [0.0, 0.5, 1.0, 1.0]
    with pytest.raises(ModelError):
        soil_transition(-1)


def test_land_without_a_reference_is_not_estimated():
    r = tier1_by_zone({("built", "sand"): 7.0, ("sand", "sand"): 3.0}, TABLE, ZONES)
    assert r["cool_temperate_dry"].by_end is None
    assert r["cool_temperate_dry"].not_estimated_ha == 7.0


# ---------------------------------------------------------------- methane


def test_methane_exceeds_burial_and_is_never_mixed():
    # section 3.2: 235 kg x 28 = 6.58 tCO2e/ha/yr against 0.499 x 44/12 = 1.83
    n = wetland_net(10.0, TABLE)
    assert n.methane_tco2e_yr.value == pytest.approx(65.8)
    assert n.carbon_tco2_yr == pytest.approx(-18.2967, rel=1e-4)
    assert n.net_tco2e_yr.value == pytest.approx(65.8 - 18.2967, rel=1e-4)
    assert n.carbon_tc_yr.value == pytest.approx(4.99)
    assert n.needs_review
    assert not wetland_net(10.0, TABLE.switched_on([CH4_ROW])).needs_review
    with pytest.raises(ModelError):
        wetland_net(-1.0, TABLE)


def test_wetland_gained_is_what_came_less_what_went():
    moves = pd.DataFrame(
        {
            "before": ["cropland_irrigated", "marsh", "marsh", "floodplain", "sand"],
            "after": ["marsh", "built", "floodplain", "marsh", "grass_other"],
            "area_ha": [5.0, 2.0, 8.0, 16.0, 32.0],
        }
    )
    # 5 ha came and 2 ha went; from one wetland to another and elsewhere is neither
    assert _wetland_gain_ha(moves) == 3.0
    assert _wetland_gain_ha(moves.iloc[1:]) == -2.0


# ---------------------------------------------------------------- in a run


def test_two_land_covers_in_a_run(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    base = np.full((30, 40), 40, np.uint8)  # cropland
    later = base.copy()
    later[:10, :20] = 30  # 200 ha to grassland
    base[25:, :] = 0  # 200 ha known only later
    for name, data in (("base", base), ("later", later)):
        write_cog(tmp_path / f"{name}.tif", data, grid, dtype="uint8", nodata=0)
    plan = write_plan(
        tmp_path,
        '[layers.land_cover]\npath = "later.tif"\nvocabulary = "worldcover2021"\n'
        '[layers.land_cover_base]\npath = "base.tif"\nvocabulary = "worldcover2021"\n',
        "[carbon]\nyear = 2023\nbase_year = 2013\n"
        '[carbon.crosswalk]\n"40" = "cropland_irrigated"\n"30" = "grass_other"\n',
    )
    r = carbon_step(plan, tmp_path, quiet)
    c = to_json(r.summary)["carbon"]["change"]
    assert c["footprints_ha"]["after_only"] == pytest.approx(200.0, rel=2e-3)
    assert c["converted_ha"] == pytest.approx(200.0, rel=2e-3)
    # 200 ha x (43 - 33.11) at equilibrium, half of it in 10 years
    assert c["stock_difference_tc"]["soc"]["value"] == pytest.approx(989.0, rel=2e-3)
    assert c["stock_difference_tc_yr"]["value"] == pytest.approx(98.9, rel=2e-3)
    assert c["gain_loss_tc_yr"]["value"] == pytest.approx(98.9, rel=2e-3)
    assert {w.code for w in r.warnings} >= {"footprints_differ"}
    towns = r.tables["carbon_change_by_township"]
    assert towns["change_tc"].sum() == pytest.approx(989.0, rel=2e-3)
    assert (tmp_path / "carbon_change.tif").exists()
    assert (c["from_year"], c["to_year"], c["years"]) == (2013, 2023, 10.0)
    # without years nothing is a year's
    undated = carbon_section(plan).model_copy(update={"base_year": 0})
    with pytest.raises(ConfigError, match="years are not given"):
        change_report(plan, undated, tmp_path)
    assert (tmp_path / "carbon_density.tif").exists()


def test_ambiguous_classes_are_intervals(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    data = np.full((30, 40), 30, np.uint8)  # grassland: three ecosystems of one density
    data[:10] = 60  # bare, sand, saline, rock, mine ...
    write_cog(tmp_path / "cover.tif", data, grid, dtype="uint8", nodata=0)
    plan = write_plan(
        tmp_path, '[layers.land_cover]\npath = "cover.tif"\nvocabulary = "worldcover2021"\n'
    )
    layers = {k: v for k, v in plan.layers.items() if k != "land_parcels"}
    r = carbon_step(plan.model_copy(update={"layers": layers}), tmp_path, quiet)
    by = r.tables["carbon_by_class"].set_index("ecosystem")
    grass = by.loc["worldcover2021:30"]
    assert grass["soc_tc_ha"] == pytest.approx(43.0)
    bare = by.loc["worldcover2021:60"]
    # from nothing known (rock) to the upper end of sandy soil, 13 tC/ha + 33 % = 17.29
    assert bare["soc_tc_ha"] == pytest.approx(17.29 / 2)
    # three grasslands of one density keep its interval: 8 % of 43
    assert grass["high_tc"] - grass["total_tc"] > 0.05 * grass["soc_tc"]
    assert bare["low_tc"] < 0.1 * bare["total_tc"]
    assert {"land_from_raster", "ambiguous_classes"} <= {w.code for w in r.warnings}


ECOSYSTEMS = sorted({e for e, _ in CHOICE} | {"built", "rock"})


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(ECOSYSTEMS), st.sampled_from(ECOSYSTEMS), st.floats(0.1, 1e4)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_soil_going_back_undoes_the_change_and_the_rest_never_gains_by_it(moves):
    there = pd.DataFrame(moves, columns=["before", "after", "area_ha"])
    back = there.rename(columns={"before": "after", "after": "before"})
    a = stock_change(there, CHOICE, TABLE, years=7.0, draws=1000)
    b = stock_change(back, CHOICE, TABLE, years=7.0, draws=1000)
    assert a.known_ha == pytest.approx(there["area_ha"].sum())
    if "soc" in a.stock_difference:
        e, other = a.stock_difference["soc"], b.stock_difference["soc"]
        scale = 1e-9 * (abs(e.value) + abs(e.low) + abs(e.high) + 1.0)
        assert e.value == pytest.approx(-other.value, abs=scale)
        assert e.low == pytest.approx(-other.high, abs=scale)
    # what was cleared is gone at once and comes back no faster than it grows
    for c in ("living", "litter"):
        both = [r.stock_difference[c].value for r in (a, b) if c in r.stock_difference]
        assert sum(both) <= 1e-6 * (1.0 + sum(map(abs, both)))


def test_crosswalk_of_an_unknown_code(tmp_path):
    plan = write_plan(tmp_path, more='[carbon.crosswalk]\n"777" = "sand"\n')
    with pytest.raises(ConfigError, match="no such class code"):
        carbon_step(plan, tmp_path, quiet)
    with pytest.raises(ConfigError, match="no such ecosystem"):  # when the plan is read
        write_plan(tmp_path, more='[carbon.crosswalk]\n"0404" = "meadow"\n')


def test_soil_map_on_the_reconciliation_page(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    soil = np.full((30, 40), 50.0, np.float32)
    soil[:, 30:] = -1.0  # not known: 300 ha
    write_cog(tmp_path / "soc.tif", soil, grid, dtype="float32", nodata=-1.0)
    plan = write_plan(tmp_path, '[layers.soc_density]\npath = "soc.tif"\n')
    page = carbon_step(plan, tmp_path, quiet).tables["carbon_reconciliation"]
    page = page.set_index(["topic", "method"])
    # 900 ha x 50 tC/ha
    assert page.loc[("soil_carbon_0_100", "soil map"), "value"] == pytest.approx(45e3, rel=1e-3)
    # measured in 0-100 cm: arbor 90.25, shrub 39.2, sand 7.3, 100 ha each
    by_class = page.loc[("soil_carbon_0_100", "by class"), "value"]
    assert by_class == pytest.approx(100 * (90.25 + 39.2 + 7.3), rel=1e-3)


@pytest.mark.parametrize(
    ("given", "classes", "where"),
    [
        (np.array([[1, 2]]), "ecosystem", "classes"),
        (np.array([["0401", "0101"]]), "dlbm", "before"),
        (np.array([[30.0, 40.0]]), "worldcover2021", "before"),
    ],
)
def test_arrays_say_their_vocabulary_and_hold_integers(given, classes, where):
    with pytest.raises(ConfigError) as err:
        class_change(given, given, classes=classes, cell_ha=1.0)
    assert err.value.faults[0].where == where
