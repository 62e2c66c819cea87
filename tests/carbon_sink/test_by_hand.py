"""Small numbers worked out by hand, one for each place where a sign or a unit could turn."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbon_sink.change.measures import measure_kinds, stand_gain_terms
from carbon_sink.change.scenario import target_paths, treated_ha
from carbon_sink.change.two_dates import stock_change
from carbon_sink.cover.figure import matching_calibers
from carbon_sink.cover.grass import calibrate, endpoints_of
from carbon_sink.cover.indicator import _first
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.indicators.forest_cover import forest_areas_from_layer
from carbon_sink.cover.indicators.wetland_protection_rate import protection_rate
from carbon_sink.cover.land import county_land, raster_class_areas
from carbon_sink.cover.proxy import sure_and_maybe
from carbon_sink.cover.sampling import cells_of, layer_total
from carbon_sink.cover.township import township_gaps
from carbon_sink.cover.vegetation import county_endpoints
from carbon_sink.potential.candidates import candidates
from carbon_sink.potential.ccer import CcerFacts, ccer_screen
from carbon_sink.potential.pipeline import choose
from carbon_sink.potential.projects import as_projects, sink_rate
from carbon_sink.potential.tradeoff import carbon_on_sites, energy_for_forest
from carbon_sink.potential.works import _belts
from carbon_sink.section import (
    CarbonSection,
    Measure,
    PotentialSection,
    SpeciesShare,
    StockVolume,
)
from carbon_sink.step_targets import targets_step
from carbon_sink.stock.choice import table_of
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficient, Coefficients
from carbon_sink.stock.pools import Density, choose_densities
from carbon_sink.stock.reconcile import (
    _area_rows,
    _tree_rows,
    alternatives,
    reconciliation,
)
from carbon_sink.stock.soil import tier1_by_zone
from carbon_sink.stock.totals import coverage_of
from carbon_sink.stock.uncertainty import Factor, value_of
from gis.cells.grid import plan_grid
from gis.files.write import write_cog
from layers.answers.figure import Comparison, Figure, against
from layers.open.county import plan_grid_of
from layers.plan.model import Target
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

TABLE = load_coefficients()
WORDS = Text(zh="甲", en="a")


def figure(indicator: str, value: float, unit: str, **more: object) -> Figure:
    return Figure(indicator, WORDS, value, unit, "x", 2025, "s", "measured", **more)


def target(indicator: str, value: float, unit: str) -> Target:
    return Target(id="t", title=WORDS, indicator=indicator, year=2030, value=value, unit=unit,
                  section="s", quote="q")  # fmt: skip


# ---------------------------------------------------------------- cover


def test_scatter_of_plots_about_their_line():
    # residuals of y about the least-squares line x -> 0.1 + 0.9 x: 0.1 * (1, -1, 0, -1, 1)/..
    x = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    r = 0.02 * np.array([1.0, -2.0, 2.0, -2.0, 1.0])  # sums to 0 and is orthogonal to x
    assert abs(r.sum()) < 1e-15
    assert abs(float(r @ x)) < 1e-15
    c = calibrate(0.1 + 0.6 * x + r, x)
    assert (c.slope, c.intercept) == pytest.approx((0.6, 0.1))
    # sum of squares 0.0004 x 14, five plots less two parameters
    assert c.residual_sd == pytest.approx(math.sqrt(0.0056 / 3))
    assert c.slope_se == pytest.approx(math.sqrt(0.0056 / 3) / math.sqrt(0.625))


def test_endpoints_are_the_half_percent_and_its_mirror():
    e = endpoints_of(np.linspace(0.0, 1.0, 1001), source="x")
    assert (e.soil, e.vegetation) == pytest.approx((0.005, 0.995))


def test_grassland_types_with_areas_of_the_plan(tmp_path):
    points = gpd.GeoDataFrame(
        {
            "plot_id": ["a", "b", "c", "d"],
            "cover_pct": [30.0, 50.0, 20.0, 20.0],
            "grass_type": ["meadow", "meadow", "desert", "desert"],
        },
        geometry=[shapely.Point(X0 + 100 * k, Y0 + 100) for k in range(1, 5)],
        crs=CRS,
    )
    points.to_file(tmp_path / "plots.gpkg", layer="plots")
    plan = write_plan(
        tmp_path,
        '[layers.grass_plots]\npath = "plots.gpkg"\n',
        "[carbon.grass_type_areas_ha]\nmeadow = 300\ndesert = 100\n",
    )
    row = targets_step(plan, tmp_path, quiet).tables["indicators"].set_index("id")
    # (40 % x 300 + 20 % x 100) / 400 = 35 %
    assert row.loc["grass_2025", "value"] == pytest.approx(35.0)
    assert row.loc["grass_2025", "caliber"] == "plots"


def test_a_forest_layer_counts_from_its_limits_on():
    layer = pd.DataFrame(
        {
            "forest_type": ["arbor", "arbor", "arbor", "shrub", "shrub", "shrub"],
            "canopy_frac": [0.19, 0.20, 0.25, np.nan, np.nan, np.nan],
            "shrub_cover_pct": [np.nan, np.nan, np.nan, 30.0, 31.0, 35.0],
            "special_shrub": [None, None, None, "yes", "yes", None],
        }
    )
    a = forest_areas_from_layer(layer, np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0]))
    assert (a.arbor_ha, a.special_shrub_ha, a.shrub_possible_ha) == (6.0, 16.0, 32.0)


def test_special_shrub_of_the_layer_is_at_most_the_surveys(tmp_path):
    layer = gpd.GeoDataFrame(
        {"forest_type": ["shrub"], "special_shrub": ["yes"], "shrub_cover_pct": [45.0]},
        geometry=[shapely.box(X0, Y0, X0 + 2500, Y0 + 2000)],  # 500 ha; the survey has 100
        crs=CRS,
    )
    layer.to_file(tmp_path / "forest.gpkg", layer="forest")
    plan = write_plan(tmp_path, '[layers.forest_land]\npath = "forest.gpkg"\n')
    row = targets_step(plan, tmp_path, quiet).tables["indicators"].set_index("id")
    # 100 ha of arbor and 100 ha of shrub of 1,200 ha
    assert row.loc["forest_2025", "value"] == pytest.approx(200 / 12, rel=2e-3)
    assert row.loc["forest_2025", "numerator"] == pytest.approx(200.0, rel=2e-3)


def test_protected_share_is_one_of_area():
    wet = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs=CRS)
    reserve = gpd.GeoDataFrame(geometry=[shapely.box(-1, -1, 1.5, 2)], crs=CRS)
    found = protection_rate(
        wet, np.array([100.0, 300.0]), {"a": reserve, "b": reserve}, "narrow", year=2025
    )
    assert (found.value, found.numerator, found.denominator) == (25.0, 100.0, 400.0)


def test_gaps_of_an_area_target_keep_the_townships_shares():
    areas = pd.DataFrame(
        {"township": ["A", "A", "B"], "code": ["1106", "0102", "1106"],
         "area_ha": [30.0, 70.0, 10.0]}
    )  # fmt: skip
    wet = figure("wetland_area", 40.0, "ha")
    wet = Figure(**{**wet.__dict__, "caliber": "narrow"})
    c = against(wet, target("wetland_area", 60.0, "ha"))
    assert (c.gap, c.gap_ha, c.gap_mu) == (20.0, 20.0, 300.0)
    gaps = township_gaps(areas, [c]).set_index("township")
    # 60 ha shared as today, 3 to 1: 45 and 15
    assert gaps["target"].to_dict() == {"A": 45.0, "B": 15.0}
    assert gaps["gap_ha"].to_dict() == {"A": 15.0, "B": 5.0}
    assert gaps["gap_mu"].to_dict() == {"A": 225.0, "B": 75.0}
    assert gaps["progress_frac"].to_dict() == pytest.approx({"A": 30 / 45, "B": 10 / 15})
    assert gaps["value_pct"].to_dict() == {"A": 30.0, "B": 100.0}


@pytest.mark.parametrize(
    ("relation", "wants", "progress"),
    [
        (">=", 60.0, {"A": 30 / 45, "B": 10 / 15}),  # 60 ha shared 3 to 1
        (">=", 40.0, {"A": 1.0, "B": 1.0}),
        ("<=", 20.0, {"A": 15 / 30, "B": 5 / 10}),  # twice what is allowed is half the way
        ("<=", 80.0, {"A": 1.0, "B": 1.0}),
    ],
)
def test_only_a_township_that_has_its_share_is_at_one(relation, wants, progress):
    codes = ["1106", "1106"]
    areas = pd.DataFrame({"township": ["A", "B"], "code": codes, "area_ha": [30.0, 10.0]})
    wet = replace(figure("wetland_area", 40.0, "ha"), caliber="narrow")
    goal = target("wetland_area", wants, "ha").model_copy(update={"relation": relation})
    gaps = township_gaps(areas, [against(wet, goal)]).set_index("township")
    assert gaps["progress_frac"].to_dict() == pytest.approx(progress)
    assert set(gaps["met"]) == {"yes" if progress["A"] == 1 else "no"}


def test_gaps_of_a_share_follow_the_land():
    areas = pd.DataFrame(
        {"township": ["A", "A", "B"], "code": ["0301", "0102", "0102"],
         "area_ha": [10.0, 40.0, 50.0]}
    )  # fmt: skip
    forest = figure(
        "forest_cover", 10.0, "%", numerator=10.0, denominator=100.0, numerator_unit="ha"
    )
    c = against(forest, target("forest_cover", 12.0, "%"))
    assert c.gap_ha == pytest.approx(2.0)  # two percent of 100 ha
    gaps = township_gaps(areas, [c]).set_index("township")
    # 12 % of 50 ha each: A has 10 ha of 6, B none of 6
    assert gaps["target"].to_dict() == pytest.approx({"A": 6.0, "B": 6.0})
    assert gaps["gap_ha"].to_dict() == pytest.approx({"A": -4.0, "B": 6.0})


def test_an_interval_across_the_target_is_uncertain():
    f = figure("forest_cover", 11.5, "%", low=11.0, high=13.0)
    assert against(f, target("forest_cover", 12.0, "%")).met == "uncertain"
    assert against(f, target("forest_cover", 10.0, "%")).met is True
    assert against(f, target("forest_cover", 14.0, "%")).met is False
    assert isinstance(against(f, target("forest_cover", 14.0, "%")), Comparison)


def test_calibers_near_a_published_area():
    (m,) = matching_calibers([figure("wetland_area", 110.0, "ha")], 100.0, 0.05)
    assert m.relative == pytest.approx(0.1)
    assert not m.within


def test_cells_of_points():
    grid = plan_grid((630_000, 4_300_000, 630_300, 4_300_200), "EPSG:4544", 100)
    row, col = cells_of(grid, np.array([630_250.0]), np.array([4_300_150.0]))
    assert (row.tolist(), col.tolist()) == ([0], [2])


def test_border_cells_count_with_their_part(tmp_path):
    """A raster of one class over a county that cuts through the cells of 700 m."""
    plan = write_plan(tmp_path)
    big = plan_grid((X0 - 1400, Y0 - 1400, X0 + 5600, Y0 + 4200), CRS, 700)
    write_cog(
        tmp_path / "one.tif", np.full(big.shape, 40, np.uint8), big, dtype="uint8", nodata=0
    )
    write_cog(
        tmp_path / "soc.tif", np.full(big.shape, 20.0, np.float32), big,
        dtype="float32", nodata=-9.0,
    )  # fmt: skip
    plan = write_plan(
        tmp_path,
        '[layers.land_cover]\npath = "one.tif"\nvocabulary = "worldcover2021"\n'
        '[layers.soc_density]\npath = "soc.tif"\n',
    )
    plan = plan.model_copy(update={"area": plan.area.model_copy(update={"cell_m": 700.0})})
    county_ha = county_land(plan, CarbonSection()).area_m2 / 1e4
    assert county_ha == pytest.approx(1200.0, rel=2e-3)
    areas, unknown = raster_class_areas(plan, "land_cover", plan_grid_of(plan))
    assert areas[40] / 1e4 == pytest.approx(county_ha, rel=1e-6)
    assert unknown == 0.0
    total, known = layer_total(plan, "soc_density", plan_grid_of(plan))
    assert known == pytest.approx(county_ha, rel=1e-6)
    assert total == pytest.approx(20.0 * county_ha, rel=1e-6)


def test_what_surely_and_what_maybe_belongs_to_a_class():
    land = SimpleNamespace(
        by_ecosystem=lambda: {"forest_arbor": 10.0, "v:1": 20.0, "v:2": 40.0, "sand": 80.0},
        ambiguous={
            "v:1": frozenset({"forest_arbor", "shrubland"}),
            "v:2": frozenset({"shrubland", "sand"}),
        },
    )
    forest = frozenset({"forest_arbor"})
    # sure: arbor alone; maybe: with the code that may be arbor or shrub
    assert sure_and_maybe(land, forest) == (10.0, 30.0)
    assert sure_and_maybe(land, forest | {"shrubland"}) == (30.0, 70.0)


def test_endpoints_of_a_county_are_half_a_percent_of_its_land(tmp_path):
    ndvi = np.full(1200, 0.4, np.float32)
    ndvi[:12], ndvi[12:24] = 0.05, 0.85  # one percent each
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    write_cog(tmp_path / "ndvi.tif", ndvi.reshape(30, 40), grid, dtype="float32", nodata=-9.0)
    plan = write_plan(tmp_path, '[layers.ndvi]\npath = "ndvi.tif"\n')
    e = county_endpoints(plan, CarbonSection(), plan_grid_of(plan))
    assert (e.soil, e.vegetation) == pytest.approx((0.05, 0.85), abs=2e-4)


def test_the_first_caliber_is_meant_where_a_target_names_none():
    both = [Figure(**{**figure("a", 1.0, "%").__dict__, "caliber": c}) for c in ("one", "two")]
    assert _first(CarbonSection(), both) == "one"
    assert _first(CarbonSection(), []) == ""


def test_only_trees_wait_for_their_years():
    # planted land is forest when it has grown; grass and wetland count when they are made
    assert [k for k, i in indicators().items() if i.delayed] == ["forest_cover"]


# ---------------------------------------------------------------- stock


def test_a_form_that_cannot_be_used_leaves_the_other_one_on_the_page():
    # willow has no continuous equation; its constants (recalled) are named
    stock = StockVolume(
        year=2025, volume_m3=2500.0, source="bureau",
        species=(SpeciesShare(species="willow", share_frac=1.0),),
    )  # fmt: skip
    section = CarbonSection(use_rows=("tree_params_柳树",))
    county = SimpleNamespace(by_ecosystem=lambda: {"forest_arbor": 100.0})
    page = _tree_rows(section, table_of(section), county, stock)
    rows = {r["method"]: r["value"] for r in page}
    assert math.isnan(rows["volume_continuous"])
    # AR-CM-001-V01, willow: density 0.443, expansion 1.821, roots 0.288, carbon 0.485
    assert rows["volume_constant"] == pytest.approx(2500 * 0.443 * 1.821 * 1.288 * 0.485)


def test_a_county_without_forest_has_none_on_the_page():
    areas = pd.DataFrame({"group": ["grassland", "grassland"], "area_ha": [3.0, 4.0]})
    county = SimpleNamespace(
        areas=areas, area_m2=8e4, area_source="TBMJ", source="s",
        closure=SimpleNamespace(parcels_m2=7e4),
    )  # fmt: skip
    page = pd.DataFrame(_area_rows(CarbonSection(), county, [])).set_index(["topic", "method"])
    assert page["value"].to_dict() == {
        ("county_area", "parcels"): 7.0,
        ("county_area", "boundary"): 8.0,
        ("forest_area", "mapped"): 0.0,
        ("grassland_area", "mapped"): 7.0,
    }


def test_other_numbers_in_print_times_the_area():
    choice = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
    page = alternatives({"sand": 3.0, "grass_other": 7.0}, choice, TABLE)
    assert len(page)
    assert page["stock_tc"].to_numpy() == pytest.approx(
        (page["density_tc_ha"] * page["area_ha"]).to_numpy(), nan_ok=True
    )
    assert set(page["area_ha"]) <= {3.0, 7.0, 10.0}


def test_numbers_measured_in_another_country_are_left_out():
    choice = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
    area = {"sand": 3.0, "grass_other": 7.0, "forest_arbor": 1.0}
    here, far = (alternatives(area, choice, TABLE, country=c) for c in ("CN", "DE"))
    left_out = here[~here["coefficient"].isin(far["coefficient"])]
    assert len(left_out)
    assert not left_out["used"].any()
    assert set(left_out["grade"]) & {"T1"} == set()
    assert (far["used"] | (far["grade"] == "T1")).all()


def row(**more: object) -> Coefficient:
    base = {
        "id": "a", "subject": "a", "kind": "stock", "pool": "agb", "depth_cm": None,
        "value": 6.0, "unit": "tC/ha", "low": 0.0, "high": 12.0, "spread": "uniform",
        "spread_a": math.nan, "spread_b": math.nan, "grade": "B", "by_name": False,
        "spread_text": "", "source": "s", "doi": "", "quality": "B",
    }  # fmt: skip
    return Coefficient(**{**base, **more})


def test_standard_deviations():
    assert row().sd == pytest.approx(12.0 / math.sqrt(12.0))
    assert row(spread="lognormal", spread_a=0.5).sd == 3.0
    assert row(spread="normal", spread_a=1.5).sd == 1.5
    # Student t of 5 degrees of freedom: scale x sqrt(5 / 3)
    assert row(spread="student_t", spread_a=2.0, spread_b=5.0).sd == pytest.approx(
        2.0 * math.sqrt(5.0 / 3.0)
    )
    # without a variance: a normal one of the same 95 % interval
    two = row(spread="student_t", spread_a=2.0, spread_b=2.0)
    assert two.sd == pytest.approx(6.0 / 1.959964, rel=1e-6)
    # symmetric triangle 0-6-12: 12 / sqrt(24)
    assert row(spread="triangular").sd == pytest.approx(12.0 / math.sqrt(24.0))


# ---------------------------------------------------------------- change


def test_growth_counts_from_its_age_and_as_often_as_it_says():
    k = measure_kinds()
    belts = stand_gain_terms(k["shelterbelt"], 2.0, 10.0, depth_cm=100)
    # 2 ha, ten years less the 6.866 in which the line of poplar is below nothing
    assert [t.weight for t in belts["biomass"]] == pytest.approx([2.0 * (10.0 - 6.866)])
    assert belts["soc"] is None
    ban = stand_gain_terms(k["grazing_exclusion"], 2.0, 10.0, depth_cm=100)
    # Deng et al. 2017, per 10 cm of soil: 0.27, 0.23, 0.18, and 0.09 in each of seven below
    assert [t.weight for t in ban["soc"]] == [20.0, 20.0, 20.0, 140.0]
    assert value_of(ban["soc"], TABLE) == pytest.approx(
        2.0 * 10.0 * (0.27 + 0.23 + 0.18 + 7 * 0.09)
    )
    top = stand_gain_terms(k["grazing_exclusion"], 2.0, 10.0, depth_cm=30)
    assert value_of(top["soc"], TABLE) == pytest.approx(2.0 * 10.0 * 0.68)
    assert value_of(ban["biomass"], TABLE) == pytest.approx(2.0 * 10.0 * (0.1064 + 0.3214))


def test_paths_by_hand():
    shrub = Measure(id="a", kind="shrub", ha_per_year=10.0, start=2026, end=2027,
                    survival_frac=0.5, counts_as_forest_after_years=2)  # fmt: skip
    assert [treated_ha(shrub, y) for y in (2025, 2026, 2027, 2030)] == [0.0, 5.0, 10.0, 10.0]
    forest = figure(
        "forest_cover", 10.0, "%", numerator=100.0, denominator=1000.0, numerator_unit="ha"
    )
    volume = figure("forest_stock_volume", 1_000.0, "m3")
    goals = [target("forest_cover", 11.0, "%"), target("forest_stock_volume", 1_300.0, "m3")]
    goals = [g.model_copy(update={"id": f"t{n}"}) for n, g in enumerate(goals)]
    found = target_paths(
        goals, {"t0": forest, "t1": volume}, [shrub], first_year=2025, last_year=2030,
        shrub_is_forest=True, growth={"forest_stock_volume": 100.0},
    )  # fmt: skip
    # 5 ha of 2026 count in 2028, 10 ha from 2029 on: 0.5 and 1 % of 1,000 ha
    assert [found[0].values[y] for y in range(2025, 2031)] == pytest.approx(
        [10.0, 10.0, 10.0, 10.5, 11.0, 11.0]
    )
    assert (found[0].met_in, found[0].met_on_time) == (2029, True)
    assert [found[1].values[y] for y in (2025, 2027, 2030)] == [1_000.0, 1_200.0, 1_500.0]
    assert (found[1].met_in, found[1].met_on_time) == (2028, True)


# ---------------------------------------------------------------- potential

CCER = {
    "area_m2": 400.0, "group": "unused", "ecosystem": "bare", "dlbm": "1206",
    "planting": "shrub", "non_forest_years": 3, "planned_land": True, "clearing_frac": 0.20,
    "rain_mm": 180.0, "tenure": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, set()),
        ({"area_m2": 399.0}, {"area"}),
        ({"started": 2019}, {"area"}),  # 667 m2 were asked for until 2019
        ({"started": 2019, "area_m2": 667.0}, set()),
        ({"started": 2019, "area_m2": 666.0}, {"area"}),
        ({"non_forest_years": 2}, {"non_forest"}),
        ({"clearing_frac": 0.21}, {"clearing"}),
        ({"planned_land": False}, {"planned"}),
        ({"dlbm": "0307K"}, {"no_reversion"}),
        ({"group": "wetland"}, {"not_wetland"}),
        ({"group": "transport"}, {"greening"}),
        ({"planting": "other"}, {"planting"}),
    ],
)
def test_conditions_of_ccer_at_their_limits(change, failed):
    checks = ccer_screen(CcerFacts(**{**CCER, **change}))
    assert {c.id for c in checks if c.answer == "fail"} == failed
    assert {c.id for c in checks if c.answer == "unknown"} == set()


def test_most_sink_takes_the_best_within_the_water():
    s = choose(
        np.array([10.0, 10.0]), np.array([5.0, 9.0]), np.zeros(2), np.array([1.0, 1.0]),
        gain_ha=10.0, objective="most_sink", water_budget_m3=1.0,
    )  # fmt: skip
    assert s.taken.tolist() == [False, True]
    assert (s.sink, s.shortfall_ha) == (9.0, 0.0)
    short = choose(np.array([4.0]), np.ones(1), np.ones(1), np.zeros(1), gain_ha=10.0)
    assert (short.feasible, short.shortfall_ha) == (False, 6.0)


def test_project_figures():
    parcels = gpd.GeoDataFrame(
        {"parcel_id": ["p"], "dlbm": ["1205"], "ecosystem": ["sand"], "group": ["unused"],
         "township": [""]},
        geometry=[shapely.box(X0, Y0, X0 + 1000, Y0 + 1000)], crs=CRS,
    )  # fmt: skip
    eligible = gpd.GeoDataFrame({"state": ["left"]}, geometry=parcels.geometry, crs=CRS)
    found = candidates(parcels, eligible, "afforest", min_area_ha=1.0)
    ha = float(found["area_ha"].iloc[0])
    assert ha == pytest.approx(100.0, rel=2e-3)
    assert found["area_mu"].iloc[0] == pytest.approx(ha * 15)
    rate = sink_rate("shrub", TABLE, years=10, depth_cm=100)
    # 0.67075 tC/ha/yr (mean of four shrubs) x 44 / 12
    assert rate.tco2e_ha_yr == pytest.approx(0.67075 * 44 / 12, rel=1e-9)
    section = PotentialSection(
        costs={"shrub": {"yuan_per_ha": 3000.0, "source": "s"}},
        irrigation_m3_ha_yr={"shrub": 200.0},
    )
    projects, _ = as_projects(found, rate, section)
    one = projects.iloc[0]
    assert one["gain_tc"] == pytest.approx(ha * 6.7075)
    assert one["tco2e_yr"] == pytest.approx(ha * 0.67075 * 44 / 12)
    assert one["cost_yuan"] == pytest.approx(ha * 3000)
    assert one["water_m3_yr"] == pytest.approx(ha * 200)
    # price over all tonnes of ten years
    assert one["yuan_per_tco2"] == pytest.approx(3000 / (6.7075 * 44 / 12))


def test_land_of_energy_sites():
    parcels = gpd.GeoDataFrame(
        {"group": ["unused"], "area_m2": [1e6], "living_tc_ha": [2.0], "soc_tc_ha": [30.0],
         "total_tc_ha": [32.0]},
        geometry=[shapely.box(0, 0, 1000, 1000)], crs=CRS,
    )  # fmt: skip
    sites = gpd.GeoDataFrame(
        {"site_id": ["s"]}, geometry=[shapely.box(0, 0, 500, 1000)], crs=CRS
    )
    table = carbon_on_sites(
        sites, parcels, mwh_yr=pd.Series({"s": 100.0}), factor_tco2_mwh=0.5, years=20,
        greening_tc_ha_yr=0.1,
    )  # fmt: skip
    one = table.iloc[0]
    assert one["area_ha"] == pytest.approx(50.0)
    assert (one["living_tc"], one["soc_tc"], one["stock_tc"]) == pytest.approx(
        (100.0, 1500.0, 1600.0)
    )
    assert one["lost_if_cleared_tco2"] == pytest.approx(100.0 * 44 / 12)
    assert one["greening_tco2_yr"] == pytest.approx(50.0 * 0.1 * 44 / 12)
    assert (one["avoided_tco2_yr"], one["avoided_tco2_life"]) == pytest.approx((50.0, 1000.0))
    rate = sink_rate("shrub", TABLE, years=10, depth_cm=100)
    e = energy_for_forest(50.0, rate)
    assert e["equivalent_ha"] == pytest.approx(50.0 / rate.tco2e_ha_yr)
    assert e["equivalent_low_ha"] < e["equivalent_ha"] < e["equivalent_high_ha"]
    # of ten years' gain, a year's tenth in CO2; a sink that may be none needs endless land
    gain = rate.gain_tc_ha
    assert e["equivalent_high_ha"] == pytest.approx(50.0 / (gain.low * 44 / 12 / 10))
    assert e["equivalent_low_ha"] == pytest.approx(50.0 / (gain.high * 44 / 12 / 10))
    doubt = replace(rate, gain_tc_ha=replace(gain, low=-0.1))
    assert energy_for_forest(50.0, doubt)["equivalent_high_ha"] == math.inf


def test_a_belt_is_as_wide_as_it_says():
    line = gpd.GeoDataFrame(
        {"width_m": [10.0, np.nan]},
        geometry=[shapely.LineString([(0, 0), (100, 0)])] * 2,
        crs=CRS,
    )
    assert [float(shapely.area(g)) for g in _belts(line)] == [1000.0]


@pytest.mark.parametrize(
    ("form", "value", "slope"),
    [("x", 0.25, 1.0), ("1+x", 1.25, 1.0), ("1/(1+x)", 0.8, -0.64), ("x/(1+x)", 0.2, 0.64)],
)
def test_forms_of_a_factor(form, value, slope):
    f = Factor("a", form)
    assert float(f.of(0.25)) == pytest.approx(value)
    assert f.slope(0.25) == pytest.approx(slope)  # 1 / 1.25**2 = 0.64


def test_coverage_by_hand():
    def density(eco: str, pool: str) -> Density:
        return Density(eco, pool, ((1.0, (Factor(f"{eco}/{pool}"),)),))

    rows = [row(id="a/soc", pool="soc", value=10.0, grade="T1"),
            row(id="b/soc", pool="soc", value=5.0, grade="A")]  # fmt: skip
    found = coverage_of(
        {"a": 20.0, "b": 40.0, "c": 40.0},
        {("a", "soc"): density("a", "soc"), ("b", "soc"): density("b", "soc")},
        Coefficients({r.id: r for r in rows}),
    )
    # every class lacks pools, c of 40 ha has none; 200 tC on T1 of 400 in all
    assert found.area_partly_estimated_frac == 1.0
    assert found.area_not_estimated_frac == pytest.approx(0.4)
    assert found.weak_frac == pytest.approx(0.5)


def test_living_biomass_a_year():
    own = {
        (e, "biomass"): Density(e, "biomass", ((v, ()),)) for e, v in (("a", 2.0), ("b", 7.0))
    }
    moved = pd.DataFrame({"before": ["a"], "after": ["b"], "area_ha": [10.0]})
    found = stock_change(moved, own, TABLE, years=5.0)
    # 10 ha x 2 tC/ha are lost; b has no growth line, so nothing of its 7 tC/ha is credited
    assert found.stock_difference["living"].value == pytest.approx(-20.0)
    assert found.stock_difference_yr.value == pytest.approx(-4.0)
    assert {(m.carrier, m.side) for m in found.missing if m.carrier == "living"} == {
        ("living", "gain")
    }


def test_soil_by_zone_is_after_minus_before_over_twenty_years():
    pair = {("cropland_irrigated", "grass_other"): 100.0}
    (found,) = tier1_by_zone(pair, TABLE, ["cool_temperate_dry"]).values()
    # 100 ha x (43 - 43 x 0.77) = 989 tC
    assert found.by_end.value == pytest.approx(989.0)
    assert found.per_year.value == pytest.approx(49.45)


def test_numbers_of_one_topic_stand_beside_its_first():
    """7 ha of parcels in a boundary of 8 ha; 7 ha of grass, and an official figure of 14."""
    areas = pd.DataFrame({"group": ["grassland", "grassland"], "area_ha": [3.0, 4.0]})
    county = SimpleNamespace(
        areas=areas, area_m2=8e4, area_source="TBMJ", source="s",
        closure=SimpleNamespace(parcels_m2=7e4), by_ecosystem=lambda: {"grass_other": 7.0},
    )  # fmt: skip
    official = {"quantity": "grassland_area_ha", "value": 14.0, "year": 2020, "source": "x"}
    section = CarbonSection(official=(official,))
    page = reconciliation(section, table_of(section), county, None)
    ratio = page.set_index(["topic", "method"])["ratio_to_first"]
    assert ratio["county_area", "parcels"] == 1.0
    assert ratio["county_area", "boundary"] == pytest.approx(8 / 7)
    assert ratio["grassland_area", "official 2020"] == pytest.approx(2.0)
