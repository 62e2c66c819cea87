"""Measures, scenario, candidates, CCER screen, choice of projects, works, trade-off."""

from __future__ import annotations

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbon_sink.change.scenario import scenario, target_paths
from carbon_sink.cover.exchange import SCHEMA, check_document
from carbon_sink.cover.indicators.forest_cover import ForestAreas, forest_cover
from carbon_sink.potential.candidates import candidates, tiled
from carbon_sink.potential.ccer import CcerFacts, ccer_screen, verdict
from carbon_sink.potential.fit_answer import answer_of
from carbon_sink.potential.pipeline import choose, fits
from carbon_sink.potential.projects import as_projects, select_projects, sink_rate
from carbon_sink.potential.tradeoff import carbon_on_sites, energy_for_forest
from carbon_sink.section import Measure, PotentialSection, YearCost
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_potential import potential_step, wanted_forest_ha
from carbon_sink.step_targets import targets_step
from carbon_sink.stock.coefficient_file import load_coefficients
from gis.errors import ConfigError
from layers.answers.figure import Figure, in_unit
from layers.plain_json import to_json
from layers.plan.model import Target
from layers.result import StepResult, read_table, save_step
from layers.run_folder import RunFolder
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan

TABLE = load_coefficients()


def measure(kind: str, **more) -> Measure:
    return Measure(id=kind, kind=kind, ha_per_year=100.0, start=2026, end=2028, **more)


# ---------------------------------------------------------------- scenario


def test_poplar_path_by_hand():
    s = scenario(
        [measure("afforest_poplar")], TABLE, first_year=2025, last_year=2035, depth_cm=100
    )
    path = s.path.set_index("year")
    assert path.loc[2025, "area_ha"] == 0.0
    assert path.loc[2035, "area_ha"] == 300.0
    # ages 9, 8, 7 in 2035; 2.17 x (age - 6.866) each, x 100 ha: 217 x (2.134 + 1.134 + 0.134)
    assert path.loc[2035, "gain_tc"] == pytest.approx(217 * 3.402, rel=1e-6)
    # nothing before age 6.866, and never below nothing
    assert path.loc[2030, "gain_tc"] == 0.0
    assert (path["gain_tc"] >= 0).all()
    assert path.loc[2035, "not_estimated"] == "soc"


def test_shrub_path_and_total():
    s = scenario([measure("shrub")], TABLE, first_year=2026, last_year=2030, depth_cm=100)
    # stands planted at the ends of 2026-2028 are 4, 3, 2 years old in 2030: 900 ha yr x 0.67075
    assert s.total.set_index("year").loc[2030, "gain_tc"] == pytest.approx(900 * 0.67075)
    row = s.path[s.path["year"] == 2030].iloc[0]
    assert row["low_tc"] < row["gain_tc"] < row["high_tc"]
    # at 0-30 cm there is no rate: not estimated, not zero
    shallow = scenario([measure("shrub")], TABLE, first_year=2030, last_year=2030, depth_cm=30)
    assert math.isnan(shallow.path.iloc[0]["gain_tc"])


def test_extra_forest_of_the_target_as_sand_shrubs():
    # carbon_methods.md section 0.1: 2,884 ha store 1.0 - 2.5 ktC a year
    rates = [
        TABLE[f"afforest_sand_{n}/rate_SOC_0-100cm"].value
        for n in ("Artemisia_15yr_沙蒿", "Amygdalus_14yr_长柄扁桃")
    ]
    assert [round(2884 * r / 1e3, 1) for r in rates] == [1.0, 2.5]


def test_grazing_exclusion_is_not_additional_and_reseeding_is_blank():
    s = scenario(
        [measure("grazing_exclusion"), measure("reseeding"), measure("pv_greening")],
        TABLE, first_year=2030, last_year=2030, depth_cm=30,
    )  # fmt: skip
    by = s.path.set_index("kind")
    # 900 ha yr x (0.1064 + 0.3214 + 0.27 + 0.23 + 0.18)
    assert by.loc["grazing_exclusion", "gain_tc"] == pytest.approx(900 * 1.1078)
    assert s.total.iloc[0]["additional_tc"] == 0.0
    assert s.total.iloc[0]["gain_tc"] == pytest.approx(900 * 1.1078)
    assert math.isnan(by.loc["reseeding", "gain_tc"])
    assert by.loc["pv_greening", "gain_tc"] == 0.0


def test_reseeding_with_the_users_rate():
    m = measure("reseeding", rate_tc_ha_yr=0.3, rate_source="county trial 2024")
    s = scenario([m], TABLE, first_year=2030, last_year=2030, depth_cm=30)
    assert s.path.iloc[0]["gain_tc"] == pytest.approx(270.0)
    with pytest.raises(ValueError, match="rate_source"):
        measure("reseeding", rate_tc_ha_yr=0.3)


def test_wetland_restoration_shows_methane():
    s = scenario(
        [measure("wetland_restoration")], TABLE, first_year=2030, last_year=2030, depth_cm=30
    )
    assert s.path.iloc[0]["gain_tc"] == pytest.approx(900 * 0.499)
    assert s.path.iloc[0]["methane_tco2e_yr"] == pytest.approx(300 * 6.58)


def test_unknown_kind():
    with pytest.raises(ConfigError, match=r"afforest_poplar.*shrub"):
        scenario([measure("mangrove")], TABLE, first_year=2026, last_year=2027, depth_cm=30)


def forest_target(value: float, year: int) -> Target:
    return Target(
        id=f"f{year}", title=Text(zh="森林", en="forest"), indicator="forest_cover", year=year,
        value=value, unit="%", section="s", quote="q",
    )  # fmt: skip


def test_when_a_target_is_met():
    now = forest_cover(ForestAreas(1060.0, 0, 0, "x"), 10_000.0, "integrated", year=2025)
    m = Measure(
        id="a", kind="afforest_elm", ha_per_year=70.0, start=2025, end=2030,
        counts_as_forest_after_years=3,
    )  # fmt: skip
    goal = forest_target(12.0, 2030)
    p = target_paths(
        [goal], {"f2030": now}, [m], first_year=2025, last_year=2035, shrub_is_forest=False
    )[0]
    # planted 2025 .. y-3: in 2030 three cohorts, 210 ha: 12.7 %; in 2029 two, 140 ha: 12.0 %
    assert p.values[2030] == pytest.approx(12.7)
    assert p.values[2027] == pytest.approx(10.6)
    assert p.met_in == 2029
    assert p.met_on_time is True
    # shrubs count only where they are booked as special shrubland; belts under the decree alone
    for kind, counts in (("shrub", True), ("shrub", False), ("shelterbelt", True)):
        path = target_paths(
            [goal], {"f2030": now}, [m.model_copy(update={"kind": kind})],
            first_year=2025, last_year=2035, shrub_is_forest=counts,
        )[0]  # fmt: skip
        assert (path.met_in is not None) == (kind == "shrub" and counts)


def test_stock_volume_grows_by_the_users_rate():
    # 540,000 m3 in 2024 and +10,000 a year reach 600,000 in 2030
    goal = Target(
        id="v", title=Text(zh="蓄积", en="stock"), indicator="forest_stock_volume", year=2030,
        value=60.0, unit="万m3", section="s", quote="q",
    )  # fmt: skip
    now = Figure(
        id="forest_stock_volume", title=Text(zh="蓄积", en="stock"), value=540_000.0, unit="m3",
        caliber="", year=2024, source="bureau", quality="official",
    )  # fmt: skip
    paths = target_paths(
        [goal], {"v": in_unit(now, "万m3")}, [], first_year=2025, last_year=2035,
        shrub_is_forest=False, growth={"forest_stock_volume": 10_000.0},
    )  # fmt: skip
    assert paths[0].values[2030] == pytest.approx(60.0)
    assert paths[0].met_in == 2030
    none = target_paths(
        [goal], {"v": now}, [], first_year=2025, last_year=2035, shrub_is_forest=False
    )
    assert none == []


# ---------------------------------------------------------------- choice of projects


def brute_force(area, cost, gain, water=None, limit=None):
    best = None
    for taken in itertools.product([False, True], repeat=len(area)):
        t = np.array(taken)
        if area[t].sum() < gain or (limit is not None and water[t].sum() > limit):
            continue
        total = cost[t].sum()
        best = total if best is None else min(best, total)
    return best


def test_solver_against_brute_force():
    rng = np.random.default_rng(11)
    for _ in range(8):
        area, cost, water = rng.uniform(1, 20, (3, 10))
        gain, limit = 0.5 * area.sum(), 0.55 * water.sum()
        want = brute_force(area, cost, gain, water, limit)
        s = choose(area, area, cost, water, gain_ha=gain, water_budget_m3=limit)
        assert s.feasible == (want is not None)
        if want is not None:
            assert s.cost == pytest.approx(want, rel=1e-3)
            assert s.area_ha >= gain - 1e-6
            assert s.water_m3 <= limit + 1e-6


def test_most_sink_under_a_budget():
    area = np.array([10.0, 10.0, 10.0])
    sink = np.array([5.0, 9.0, 7.0])
    s = choose(
        area, sink, np.array([4.0, 6.0, 4.0]), np.zeros(3), gain_ha=10.0,
        objective="most_sink", budget=8.0,
    )  # fmt: skip
    assert s.taken.tolist() == [True, False, True]  # 12 for 8, against 9 for 6


def test_without_a_bound_the_best_pieces_are_taken_up_to_one_more_than_wanted():
    # 5 ha wanted and a piece more: two of the three, and the two that store most
    area = np.array([5.0, 5.0, 5.0])
    s = choose(
        area, np.array([1.0, 3.0, 2.0]), np.full(3, np.nan), np.full(3, np.nan), gain_ha=5.0,
        objective="most_sink",
    )  # fmt: skip
    assert s.taken.tolist() == [False, True, True]
    assert (s.feasible, s.area_ha, s.sink, s.shortfall_ha) == (True, 10.0, 5.0, 0.0)


def test_what_does_not_fit_says_how_much_does():
    area = np.array([5.0, 4.0])
    s = choose(area, area, area, np.array([10.0, 10.0]), gain_ha=20.0)
    assert not s.feasible
    assert s.shortfall_ha == pytest.approx(11.0)
    dry = choose(area, area, area, np.array([10.0, 10.0]), gain_ha=9.0, water_budget_m3=10.0)
    assert not dry.feasible
    assert dry.area_ha == 5.0
    nothing = choose(*[np.zeros(0)] * 4, gain_ha=3.0)
    assert not nothing.feasible
    assert nothing.shortfall_ha == 3.0


def test_unknown_water_is_not_free_water():
    area = np.array([5.0, 5.0])
    s = choose(area, area, area, np.array([np.nan, 1.0]), gain_ha=5.0, water_budget_m3=100.0)
    assert s.taken.tolist() == [False, True]


def test_does_it_fit():
    assert fits(2892.0, 3000.0, 0.0).answer == "yes"
    assert fits(2892.0, 2000.0, 500.0).answer == "no"
    assert fits(2892.0, 0.0, 0.0, screened=False).answer == "unknown"


@pytest.mark.parametrize(
    ("areas", "left", "conditional", "answer"),
    [
        ({"left": [3.0, 4.0], "conditional": [5.0]}, 7.0, 5.0, "conditional"),
        ({"conditional": [5.0]}, 0.0, 5.0, "no"),
        ({"left": [12.0]}, 12.0, 0.0, "yes"),
    ],
)
def test_land_is_counted_by_its_state(areas, left, conditional, answer):
    rows = [(state, ha) for state, own in areas.items() for ha in own]
    projects = pd.DataFrame(rows, columns=["state", "area_ha"])
    a = answer_of(projects, PotentialSection(), 10.0, provisional=False)
    assert (a.left_ha, a.conditional_ha, a.answer) == (left, conditional, answer)


def test_ranking_and_missing_prices():
    found = gpd.GeoDataFrame(
        {
            "candidate_id": ["A1", "A2"], "action": "afforest", "state": "left",
            "parcel_id": ["1", "2"], "dlbm": "1205", "ecosystem": "sand", "group": "unused",
            "township": "", "area_ha": [10.0, 20.0], "area_mu": [150.0, 300.0],
            "score": [0.9, 0.1],
        },
        geometry=[shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)], crs=CRS,
    )  # fmt: skip
    rate = sink_rate("shrub", TABLE, years=10, depth_cm=100)
    free = PotentialSection()
    projects, checks = as_projects(found, rate, free)
    # 10 ha x 0.67075 x 10 years
    assert projects["gain_tc"].iloc[0] == pytest.approx(67.075)
    assert projects["ccer"].tolist() == ["unknown", "unknown"]
    assert len(checks) == 2 * 10
    out, chosen, warns = select_projects(projects, free, 15.0)
    assert [w.code for w in warns] == ["costs_not_given"]
    assert chosen.objective == "least_area"
    assert out["selected"].tolist() == [False, True]
    assert out.loc[out["rank"] == 1, "candidate_id"].item() == "A1"  # the better score
    priced = PotentialSection(costs={"shrub": YearCost(yuan_per_ha=6000, source="tender")})
    projects, _ = as_projects(found, rate, priced)
    # 6,000 / (6.7075 x 44 / 12) = 243.96 yuan per tonne
    assert projects["yuan_per_tco2"].iloc[0] == pytest.approx(243.96, rel=1e-4)
    _, chosen, warns = select_projects(projects, priced, 10.0)
    assert chosen.cost == pytest.approx(60_000.0)
    assert warns == []


# ---------------------------------------------------------------- CCER


BASE = CcerFacts(
    5e4, "unused", "sand", "1205", "shrub",
    non_forest_years=10, planned_land=True, clearing_frac=0.0, rain_mm=180.0, tenure=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"group": "wetland", "ecosystem": "floodplain", "dlbm": "1106"}, "not_wetland"),
        ({"dlbm": "0307K"}, "no_reversion"),
        (
            {"ecosystem": "shrubland", "group": "shrub_conditional", "clearing_frac": None},
            "clearing",
        ),
        ({"clearing_frac": 0.21}, "clearing"),
        ({"area_m2": 399.0}, "area"),
        ({"area_m2": 500.0, "started": 2018}, "area"),
        ({"non_forest_years": 2}, "non_forest"),
        ({"planned_land": False}, "planned"),
        ({"group": "mine"}, "greening"),
        ({"passage_or_town": True}, "greening"),
        ({"planting": "other"}, "planting"),
        ({"ecosystem": "orchard"}, "planting"),
    ],
)
def test_each_condition_can_fail(change, failed):
    from dataclasses import replace

    checks = ccer_screen(replace(BASE, **change))
    assert [c.id for c in checks if c.answer == "fail"] == [failed]
    assert verdict(checks) == "fail"
    assert all(c.reason.zh and c.reason.en for c in checks)


def test_unknown_is_not_passed():
    from dataclasses import replace

    assert verdict(ccer_screen(BASE)) == "pass"
    for key in ("non_forest_years", "planned_land", "clearing_frac"):
        assert verdict(ccer_screen(replace(BASE, **{key: None}))) == "unknown"


# ---------------------------------------------------------------- candidates and trade-off


def survey():
    table = parcels()
    return gpd.GeoDataFrame(
        {
            "parcel_id": table["BSM"], "dlbm": table["DLBM"], "township": table["XZMC"],
            "ecosystem": ["forest_arbor", "shrubland", "grass_other", "grass_natural",
                          "cropland_irrigated", "cropland_paddy", "water", "floodplain",
                          "saline", "sand", "built", "pond_canal"],
            "group": ["forest", "shrub_conditional", "grassland", "grassland", "cropland",
                      "cropland", "water", "wetland", "unused", "unused", "built", "water"],
            "area_m2": table.area,
            "living_tc_ha": 1.0, "soc_tc_ha": 10.0, "total_tc_ha": 11.0,
        },
        geometry=table.geometry, crs=CRS,
    )  # fmt: skip


def test_candidates_are_lawful_suitable_and_large_enough():
    # lawful: the western half of every parcel of the north row, a strip of 20 m of the sand
    whole = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    strip = shapely.box(X0 + 1000, Y0 + 2000, X0 + 1020, Y0 + 3000)
    crumb = shapely.box(X0 + 1500, Y0 + 2500, X0 + 1540, Y0 + 2540)
    field = shapely.box(X0, Y0 + 1000, X0 + 1000, Y0 + 2000)  # irrigated: never
    eligible = gpd.GeoDataFrame(
        {"state": ["left", "conditional", "left", "left"]},
        geometry=[whole, strip, crumb, field], crs=CRS,
    )  # fmt: skip
    found = candidates(survey(), eligible, "afforest", min_area_ha=0.5)
    assert list(found["ecosystem"]) == ["saline", "sand"]
    assert list(found["state"]) == ["left", "conditional"]
    assert list(found["candidate_id"]) == ["A0001", "A0002"]  # the largest first
    assert found["area_mu"].tolist() == pytest.approx((found["area_ha"] * 15).tolist())
    assert found["area_ha"].iloc[0] == pytest.approx(50.0, rel=1e-3)
    assert found["area_ha"].iloc[1] == pytest.approx(2.0, rel=1e-3)
    none = candidates(survey(), eligible.iloc[3:], "afforest", min_area_ha=0.5)
    assert len(none) == 0


def test_tiles_keep_area():
    shape = shapely.Point(0, 0).buffer(7000)
    pieces, source = tiled([shape, shapely.box(0, 0, 10, 10)])
    assert shapely.area(pieces[source == 0]).sum() == pytest.approx(shape.area, rel=1e-12)
    assert (source == 1).sum() == 1


def test_carbon_on_sites():
    site = shapely.box(X0, Y0, X0 + 1500, Y0 + 1000)  # a whole parcel and half of the next
    sites = gpd.GeoDataFrame({"site_id": ["S1"]}, geometry=[site], crs=CRS)
    t = carbon_on_sites(
        sites, survey(), mwh_yr=pd.Series({"S1": 1000.0}), factor_tco2_mwh=0.5, years=25
    ).iloc[0]
    assert t["area_ha"] == pytest.approx(150.0)
    assert t["stock_tc"] == pytest.approx(1650.0)
    assert t["lost_if_cleared_tco2"] == pytest.approx(150 * 44 / 12)
    assert t["avoided_tco2_yr"] == 500.0
    assert t["avoided_tco2_life"] == 12_500.0
    assert t["survey_ha"] == pytest.approx(150.0)
    # a site says its own area at every door; the survey's own areas differ by a little
    told = carbon_on_sites(sites.assign(area_ha=149.97), survey()).iloc[0]
    assert (told["area_ha"], told["survey_ha"]) == pytest.approx((149.97, 150.0))
    assert told["stock_tc"] == pytest.approx(1650.0)
    bare = carbon_on_sites(sites, survey()).iloc[0]
    assert math.isnan(bare["avoided_tco2_yr"])


def test_energy_for_forest():
    rate = sink_rate("shrub", TABLE, years=10, depth_cm=100)
    e = energy_for_forest(1000.0, rate)
    # 0.67075 x 44 / 12 = 2.4594 tCO2/ha/yr
    assert e["equivalent_ha"] == pytest.approx(1000 / 2.45942, rel=1e-4)
    assert e["equivalent_low_ha"] < e["equivalent_ha"] < e["equivalent_high_ha"]
    blank = energy_for_forest(1000.0, sink_rate("reseeding", TABLE, years=10, depth_cm=100))
    assert math.isnan(blank["equivalent_ha"])


# ---------------------------------------------------------------- the step


def run_folder(tmp_path) -> RunFolder:
    work = tmp_path / "work"
    work.mkdir()
    return RunFolder(tmp_path / "out", work)


MORE = """
[[targets]]
id = "forest_2030"
title = { zh = "森林覆盖率", en = "forest cover" }
indicator = "forest_cover"
year = 2030
value = 12.0
unit = "%"
relation = ">"
section = "s"
quote = "q"
[carbon]
annual_rainfall_mm = 180.0
special_shrub = "all"
[[carbon.measures]]
id = "belt"
kind = "shrub"
ha_per_year = 10.0
start = 2026
end = 2030
[potential]
grid_emission_factor_tco2_mwh = 0.5
[potential.irrigation_m3_ha_yr]
shrub = 500.0
"""


def test_wanted_gain_is_the_plans_own_question(tmp_path):
    plan = write_plan(tmp_path, more=MORE)
    # 12 % - 10.6 % of 206,580 ha = 2,892 ha = 28.9 km2
    section = plan.section(PotentialSection)
    assert wanted_forest_ha(plan, section, 206_580.0) == pytest.approx(2892.1, abs=0.1)
    assert wanted_forest_ha(plan, PotentialSection(forest_gain_ha=7.0), 1.0) == 7.0


def test_step_without_a_screening_says_so(tmp_path):
    plan = write_plan(tmp_path, more=MORE)
    run = run_folder(tmp_path)
    r = potential_step(plan, run.work, quiet)
    assert to_json(r.summary)["potential"]["forest_gain"]["answer"] == "unknown"
    assert {"afforest_not_screened"} <= {w.code for w in r.warnings}
    assert "candidates" not in r.layers


def test_whole_room_on_twelve_parcels(tmp_path):
    plan = write_plan(tmp_path, more=MORE)
    run = run_folder(tmp_path)
    lawful = gpd.GeoDataFrame(
        {"state": ["left", "conditional"]},
        geometry=[
            shapely.box(X0, Y0 + 2000, X0 + 1200, Y0 + 3000),
            shapely.box(X0 + 1200, Y0 + 2000, X0 + 2000, Y0 + 3000),
        ],
        crs=CRS,
    )
    box = shapely.box(X0 + 1000, Y0 + 2000, X0 + 1500, Y0 + 3000)
    sites = gpd.GeoDataFrame({"site_id": ["PV-01"]}, geometry=[box], crs=CRS)
    screened = {"screening": {"afforest": {"provisional": True}}}
    save_step(run, "screen", StepResult(screened, layers={"eligible_afforest": lawful}))
    save_step(run, "sites", StepResult(layers={"sites": sites}))
    energy = pd.DataFrame({"site_id": ["PV-01"], "p50_mwh_yr": [2000.0]})
    save_step(run, "pv", StepResult(tables={"pv_sites": energy}))
    for name, step in (("carbon", carbon_step), ("targets", targets_step)):
        save_step(run, name, step(plan, run.work, quiet))
    r = potential_step(plan, run.work, quiet)
    p = to_json(r.summary)["potential"]
    # 1.4 % of 1,200 ha = 16.8 ha; left: 100 ha saline + 20 ha sand
    assert p["forest_gain"]["wanted_ha"] == pytest.approx(16.8, rel=1e-3)
    assert p["forest_gain"]["answer"] == "yes"
    assert p["forest_gain"]["provisional"] is True
    assert p["forest_gain"]["left_ha"] == pytest.approx(120.0, rel=1e-3)
    assert "水未判定" in p["forest_gain"]["text"]["zh"]
    assert p["selection"]["reached"]
    assert p["tradeoff"]["avoided_tco2_yr"] == pytest.approx(1000.0)
    assert len(p["tradeoff"]["caveats"]) == 3
    layer = r.layers["candidates"]
    assert {"candidate_id", "measure", "area_ha", "tco2e_yr", "ccer", "selected"} <= set(layer)
    save_step(run, "potential", r)  # every table and layer can be written
    overview = read_table(run.work, "township_overview").set_index("township")
    assert overview.loc["西镇", "forest_ha"] == pytest.approx(100.0, rel=1e-3)
    assert overview["area_ha"].sum() == pytest.approx(1200.0, rel=1e-3)
    assert {"carbon_total_tc", "gap_forest_2030_ha", "gap_forest_2030_mu"} <= set(overview)
    scenario_rows = pd.read_parquet(run.work / "steps/targets/scenario_targets.table.parquet")
    assert set(scenario_rows["target_id"]) == {"forest_2025", "forest_2030", "wetland_2025"}
    import json

    document = json.loads((run.work / "indicators.json").read_text(encoding="utf-8"))
    assert document["schema"] == SCHEMA
    assert check_document(document) == []
    assert {f["caliber"] for f in document["figures"] if f["id"] == "forest_cover"} == {
        "decree", "special_shrub", "integrated",
    }  # fmt: skip


def test_water_budget_bounds_the_answer(tmp_path):
    plan = write_plan(
        tmp_path, more=MORE.replace("[potential]", "[potential]\nwater_budget_m3_yr = 5000.0")
    )
    run = run_folder(tmp_path)
    lawful = gpd.GeoDataFrame(
        {"state": ["left"]},
        geometry=[shapely.box(X0, Y0 + 2000, X0 + 2000, Y0 + 3000)],
        crs=CRS,
    )
    save_step(run, "screen", StepResult(layers={"eligible_afforest": lawful}))
    r = to_json(potential_step(plan, run.work, quiet).summary)["potential"]["forest_gain"]
    # 5,000 m3 at 500 m3/ha are 10 ha of the 16.8 wanted
    assert r["with_water_ha"] == pytest.approx(10.0)
    assert r["answer"] == "no"


def test_trees_under_400_mm_are_warned_of(tmp_path):
    plan = write_plan(
        tmp_path,
        more=MORE.replace("[potential]", '[potential]\nafforest_measure = "afforest_poplar"'),
    )
    r = potential_step(plan, run_folder(tmp_path).work, quiet)
    told = next(w.text for w in r.warnings if w.code == "trees_under_400_mm")
    assert "杨树" in told("zh")  # the measure by its name, not its key
    assert "afforest_poplar" not in told("zh") + told("en")


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_the_last_bit_of_an_area_does_not_choose_the_projects(seed: int) -> None:
    """The same parcels read from another file: sums in another order, a bit or two apart."""
    draw = np.random.default_rng(seed)
    area = np.round(draw.uniform(5, 80, 14) * 4) / 4 * 1.0007  # many choices of one sum
    other = area * (1 + draw.integers(-2, 3, 14) * 2.2e-16)
    assert (other != area).any()
    none = np.zeros(14)
    first, again = (
        choose(a, a, none, none, gain_ha=200.0, objective="least_area", seconds=5.0).taken
        for a in (area, other)
    )
    assert np.array_equal(first, again)
