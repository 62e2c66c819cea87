"""Targets over the years, the tables of the inventory, and bad input of ``[monitor]``."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pydantic import ValidationError

from carbon_sink.cover.indicators import indicators
from carbon_sink.monitor.inventory import (
    activity,
    categories,
    checks,
    inventory_lines,
    other_gases,
)
from carbon_sink.monitor.states import target_states, trends_of
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section import CarbonSection
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_monitor import monitor_step
from carbon_sink.step_targets import targets_step
from carbon_sink.stock.coefficient_file import load_coefficients
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError
from layers.plain_json import to_json
from layers.plan.target import Target
from layers.result import read_table, save_step
from layers.run_folder import RunFolder
from layers.vocabulary import groups
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet, write_plan

GOAL = Target(
    id="grass", title={"zh": "盖度", "en": "cover"}, indicator="grass_cover", year=2030,
    value=41.0, unit="%", caliber="plots", section="s", quote="q",
)  # fmt: skip


def series(values, first=2015, caliber="plots", indicator="grass_cover"):
    return pd.DataFrame(
        {
            "year": range(first, first + len(values)), "indicator": indicator,
            "title_zh": "x", "title_en": "x", "caliber": caliber, "value": values,
            "low": np.nan, "high": np.nan, "unit": "%", "quality": "official", "source": "s",
        }
    )  # fmt: skip


def states(values, measures=None, goal=GOAL):
    table = series(values)
    return target_states([goal], table, trends_of(table, 4), {}, measures, last_year=2035)


def test_met_when_by_the_trend():
    # 30, 31, .. 37 % in 2015..2022: 38 in 2023, 41 in 2026, no spread
    rows, (state,) = states([30.0 + k for k in range(8)])
    assert (state.basis, state.met_in, state.met_earliest, state.met_latest) == (
        "trend", 2026, 2026, 2026,
    )  # fmt: skip
    assert rows["year"].tolist() == list(range(2015, 2036))
    by = rows.set_index("year")
    assert by.loc[2026, ["value", "met", "basis"]].tolist() == [41.0, "yes", "trend"]
    assert by.loc[2022, "basis"] == "observed"
    assert "2026" in state.text.en


def test_the_interval_tells_earliest_and_latest():
    rng = np.random.default_rng(2)
    _, (state,) = states(list(30.0 + 0.6 * np.arange(10) + rng.normal(0, 0.4, 10)))
    assert state.basis == "trend"
    assert state.met_earliest <= state.met_in
    assert state.met_latest is None or state.met_in <= state.met_latest


def test_without_a_trend_nothing_is_carried_on():
    rows, (state,) = states([40.0, 38.0, 40.5, 38.2, 39.9, 38.4])
    assert (state.basis, state.met_in) == ("none", None)
    assert rows["year"].max() == 2020  # only what was seen
    rows, (state,) = states([39.0])
    assert (state.basis, state.dates) == ("none", 1)


def test_measures_carry_on_where_there_is_no_trend():
    path = pd.DataFrame(
        {"target_id": "grass", "caliber": "plots", "year": range(2015, 2031),
         "value": np.linspace(39.0, 43.0, 16)}
    )  # fmt: skip
    rows, (state,) = states([39.0], path)
    assert state.basis == "measures"
    # 39 + 4/15 a year: 41 after 7.5 years
    # one course without an interval: no earliest and no latest are made of it
    assert (state.met_in, state.met_earliest, state.met_latest) == (2023, None, None)
    assert "no interval" in state.text.en
    assert rows[rows["basis"] == "measures"][["low", "high"]].isna().all(axis=None)
    other = path.assign(caliber="ndvi_proxy")
    assert states([39.0], other)[1][0].basis == "none"  # another definition


def test_a_target_is_followed_in_the_caliber_it_was_compared_in():
    open_ = GOAL.model_copy(update={"caliber": ""})
    both = pd.concat([series([30.0 + k for k in range(8)]), series([9.0] * 8, caliber="a")])
    trends = trends_of(both, 4)
    _, (state,) = target_states([open_], both, trends, {"grass": "plots"}, None, last_year=2035)
    assert (state.caliber, state.met_in) == ("plots", 2026)
    # nobody compared it: no caliber is picked for it
    _, (state,) = target_states([open_], both, trends, {}, None, last_year=2035)
    assert (state.dates, state.met_in) == (0, None)


def test_figures_in_calibers_the_target_does_not_name_are_told(tmp_path):
    """Twelve dates by plots and no caliber in the target: it is the caliber that lacks."""
    both = pd.concat(
        [series([30.0 + k for k in range(12)], 2010), series([9.0] * 8, caliber="ndvi_proxy")]
    )
    open_ = GOAL.model_copy(update={"caliber": ""})
    _, (state,) = target_states([open_], both, trends_of(both, 4), {}, None, last_year=2035)
    assert state.dates == 0
    plots, proxy = (
        {**indicators()["grass_cover"].calibers, **indicators()["grass_cover"].proxies}[c]
        for c in ("plots", "ndvi_proxy")
    )
    assert f"有数值的口径为{plots.zh}、{proxy.zh}" in state.text.zh
    assert "请在目标中写明口径" in state.text.zh
    assert f"{plots.en}, {proxy.en}, but the target does not say" in state.text.en
    only = both[both["caliber"] == "ndvi_proxy"]
    _, (state,) = target_states([GOAL], only, {}, {}, None, last_year=2035)
    assert f"所指口径没有数值，有数值的口径为{proxy.zh}" in state.text.zh
    none = only[only["year"] < 0]
    _, (state,) = target_states([open_], none, {}, {}, None, last_year=2035)
    assert state.text.zh == "盖度：没有数值，未判断"


def test_a_target_without_a_figure_says_so():
    _, (state,) = target_states([GOAL], series([]), {}, {}, None, last_year=2035)
    assert (state.dates, state.met_in, state.last_seen) == (0, None, None)
    assert "not judged" in state.text.en


# ------------------------------------------------------------------ inventory

CLASSES = pd.DataFrame(
    {
        "ecosystem": ["forest_arbor", "sand", "built"], "title_zh": "x", "title_en": "x",
        "group": ["forest", "unused", "built"], "area_ha": [100.0, 50.0, 10.0],
        **{f"{p}_tc_ha": np.nan for p in ("agb", "bgb", "dead_wood", "litter")},
        **{f"{p}_tc": np.nan for p in ("agb", "bgb", "dead_wood", "litter")},
        "biomass_tc_ha": [20.0, np.nan, np.nan], "biomass_tc": [2000.0, np.nan, np.nan],
        "soc_tc_ha": [30.0, 7.0, np.nan], "soc_tc": [3000.0, 350.0, np.nan],
        "total_tc": [5000.0, 350.0, np.nan], "low_tc": [4000.0, 315.0, np.nan],
        "high_tc": [5500.0, 385.0, np.nan], "grade": "B", "not_estimated": "", "sources": "s",
    }
)  # fmt: skip
TABLE = load_coefficients()


def test_uncertainty_by_hand():
    section = MonitorSection(area_u95_frac=0.15, area_u95_source="accuracy sample")
    t = activity(CLASSES, section, 2023).set_index("ecosystem")
    # forest: the longer side, 1000 of 5000 = 20 %, with 15 % of the area 25 %
    assert t.loc["forest_arbor", "u95_frac"] == pytest.approx(0.25)
    assert t.loc["sand", "u95_frac"] == pytest.approx(math.hypot(0.1, 0.15))
    assert math.isnan(t.loc["built", "total_tc"])  # not estimated is not 0
    gases = other_gases(10.0, TABLE, section)
    lines = {x.id: x.value for x in inventory_lines(t.reset_index(), gases)}
    assert lines["carbon"] == 5350.0
    assert lines["co2"] == pytest.approx(5350 * 44 / 12)
    sand = 350 * math.hypot(0.1, 0.15)
    assert lines["u95"] == pytest.approx(math.hypot(1250, sand) / 5350)
    # 10 ha x 235 kg x 28: beside, in no sum
    assert lines["ch4"] == pytest.approx(65.8)
    assert math.isnan(lines["n2o"])
    given = MonitorSection(n2o_kg_ha_yr=1.0, n2o_source="trial")
    assert other_gases(10.0, TABLE, given)["emission_tco2e_yr"].iloc[1] == pytest.approx(2.65)
    without = activity(CLASSES, MonitorSection(), 2023).set_index("ecosystem")
    assert without.loc["forest_arbor", "u95_frac"] == pytest.approx(0.20)
    assert without["area_u95_frac"].isna().all()


def test_every_group_of_the_survey_has_a_category():
    assert set(groups()) - {"ice"} <= set(categories()) | {"attribute"}


def test_checks_find_what_does_not_add_up():
    towns = pd.DataFrame({"total_tc": [5000.0, 350.0]})
    good = checks(CLASSES, towns, 0.001, 0.005).set_index("check")["result"]
    assert good.drop(["estimated"]).tolist() == ["pass"] * 4
    every = checks(CLASSES, towns, 0.001, 0.005).set_index("check")
    # 10 of 160 ha are built-up land: nothing is wrong, and the class is named
    assert good["estimated"] == "explain"
    assert every.loc["estimated", "value"] == pytest.approx(10 / 160)
    assert "10 ha" in every.loc["estimated", "note_en"]
    assert "10 公顷" in every.loc["estimated", "note_zh"]
    assert every["note_en"].drop("estimated").eq("").all()
    wrong = checks(CLASSES.assign(soc_tc=[3001.0, 350.0, np.nan]), towns * 1.01, 0.02, 0.005)
    found = wrong.set_index("check")["result"]
    assert found[["pools", "closure", "townships"]].tolist() == ["fail"] * 3
    unknown = checks(CLASSES, None, None, 0.005).set_index("check")["result"]
    assert unknown[["closure", "townships"]].tolist() == ["unknown"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"area_u95_frac": 0.1},
        {"area_u95_frac": 1.5, "area_u95_source": "s"},
        {"n2o_kg_ha_yr": 1.0},
        {"n2o_kg_ha_yr": -1.0, "n2o_source": "s"},
        {"least_dates": 3},
        {"last_year": 99},
        {"unknown": 1},
        {"series": [{"layer": "dem", "year": 2020, "path": "x", "source": "s"}]},
        {"series": [{"layer": "ndvi", "year": 2020, "path": "", "source": "s"}]},
        {"series": [{"layer": "ndvi", "year": 2020, "path": "x", "source": "s"}] * 2},
        {"values": [{"indicator": "a", "year": 2020, "value": "nan", "unit": "%",
                     "source": "s"}]},
        {"values": [{"indicator": "a", "year": 2020, "value": 1, "unit": "%", "low": 0.5,
                     "source": "s"}]},
        {"values": [{"indicator": "a", "year": 2020, "value": 1, "unit": "%", "low": 2,
                     "high": 3, "source": "s"}]},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong):
    with pytest.raises(ValidationError):
        MonitorSection.model_validate(wrong)


# ------------------------------------------------------------------ the step

PUBLISHED = """
[carbon]
year = 2024
draws = 1000
[monitor]
area_u95_frac = 0.05
area_u95_source = "synthetic"
"""


PARCELS_2023 = """
[[monitor.series]]
layer = "land_parcels"
year = 2023
path = "parcels.gpkg"
source = "survey"
"""


def published(values, unit="%", caliber="integrated", first=2016):
    return "".join(
        f'[[monitor.values]]\nindicator = "forest_cover"\ncaliber = "{caliber}"\n'
        f'year = {first + k}\nvalue = {v}\nunit = "{unit}"\nsource = "synthetic"\n'
        for k, v in enumerate(values)
    )


def run_of(folder, more):
    plan = write_plan(folder, more=PUBLISHED + more)
    work = folder / "work"
    work.mkdir()
    run = RunFolder(folder / "out", work)
    for name, step in (("carbon", carbon_step), ("targets", targets_step)):
        save_step(run, name, step(plan, work, quiet))
    return plan, run


def test_the_step_follows_published_figures_and_the_survey(tmp_path):
    # 2 points a year from 2 %: 2016 .. 2022; the survey of 2024 says what it says
    plan, run = run_of(tmp_path, published([2.0 * k for k in range(1, 8)]))
    result = monitor_step(plan, run.work, quiet)
    save_step(run, "monitor", result)
    own = read_table(run.work, "monitor_series").query("caliber == 'integrated'")
    assert own["year"].tolist() == [*range(2016, 2023), 2024]
    trend = read_table(run.work, "monitor_trends").query("caliber == 'integrated'").iloc[0]
    assert trend["slope"] == pytest.approx(2.0, abs=0.6)
    state = next(s for s in result.summary.monitor.targets if s.id == "forest_2025")
    # 10.6 % were passed by the 12 % of 2021
    assert state.met_in == 2021
    assert "figure of 2021 meets it" in state.text.en
    lines = {x.id: x for x in result.summary.monitor.inventory}
    carbon = read_table(run.work, "carbon_by_class")["total_tc"].sum()
    assert lines["carbon"].value == pytest.approx(carbon, rel=1e-12)
    assert to_json(result.summary)
    assert "monitor_area_not_known" not in {w.code for w in result.warnings}


def test_the_step_without_any_series_says_so(tmp_path):
    plan, run = run_of(tmp_path, "")
    codes = {w.code for w in monitor_step(plan, run.work, quiet).warnings}
    assert "monitor_no_series" in codes


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (published([1.0], unit="ha"), "values"),
        (published([1.0], caliber="mine"), "integrated"),
        (published([1.0]).replace("forest_cover", "happiness"), "happiness"),
    ],
)
def test_a_published_figure_of_nothing_is_refused(tmp_path, more, said):
    plan = write_plan(tmp_path, more=PUBLISHED + more)
    with pytest.raises(ConfigError, match=said):
        monitor_step(plan, tmp_path, quiet)


def test_ndvi_of_two_dates_gives_a_map_of_change(tmp_path):
    from gis.cells.grid import plan_grid
    from gis.files.read import read_raster
    from gis.files.write import write_cog
    from tests.carbon_sink.conftest import CRS, X0, Y0

    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    for year, value in ((2016, 0.31), (2020, 0.44)):
        ndvi = np.full((30, 40), value, np.float32)
        ndvi[10:20, 0:10] = 0.70
        write_cog(tmp_path / f"ndvi_{year}.tif", ndvi, grid, dtype="float32", nodata=-9.0)
    more = (
        "".join(
            f'[[monitor.series]]\nlayer = "ndvi"\nyear = {y}\npath = "ndvi_{y}.tif"\n'
            'source = "synthetic"\n'
            for y in (2016, 2020)
        )
        + '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.70\nsource = "test"\n'
    )
    plan = write_plan(tmp_path, more="[carbon]\nyear = 2024\n" + more)
    result = monitor_step(plan, tmp_path, quiet)
    assert result.summary.monitor.change_maps == ("fvc_change_2016_2020",)
    values, known = read_raster(result.rasters["fvc_change_2016_2020"], grid, kind="intensive")
    # (0.44 - 0.31) / 0.65 = 0.2; the field stays
    assert values[0, 20] == pytest.approx(0.2, abs=1e-6)
    assert values[15, 5] == pytest.approx(0.0, abs=1e-7)
    assert known.all()
    cover = result.tables["monitor_series"].query("caliber == 'ndvi_proxy'")
    assert cover["year"].tolist() == [2016, 2020]
    assert np.diff(cover["value"]) == pytest.approx([20.0], abs=0.8)  # bins of the histogram
    assert CarbonSection


def test_a_target_that_was_met_and_lost_again_says_so():
    # over 41 in 2017 only; 2018 and later fall under it
    values = [39.0, 40.0, 41.5, 40.5, 40.0, 40.2]
    rows, (state,) = states(values)
    assert (state.met_in, state.lost_in) == (2017, 2018)
    assert "2018 年的观测又不满足" in state.text.zh
    assert "the figure of 2018 no longer meets it" in state.text.en
    assert rows.set_index("year").loc[2020, "met"] == "no"
    # a line that falls by one a year from 45 in 2015: under 41 from 2020
    _, (state,) = states([45.0 - k for k in range(5)])
    assert (state.met_in, state.lost_in) == (2015, 2020)
    assert "按推算 2020 年起不再满足" in state.text.zh


def test_a_break_widens_the_interval_by_the_dates_since():
    # two a year until 2019, flat from 2020 on: all dates meet 41 %, those since never do
    values = [20.0, 22.0, 24.0, 26.0, 28.0, 28.0, 28.1, 27.9, 28.0, 28.1]
    _, (state,) = states(values)
    assert state.basis == "trend"
    # flat since: 28 % in every year to come, so only the trend of all dates meets it
    assert (state.met_in, state.met_latest) == (None, None)
    assert state.met_earliest is not None
    assert f"not met before 2035 (by the interval {state.met_earliest}" in state.text.en
    assert "突变（1% 水平），按其后各期外推" in state.text.zh


def test_a_break_that_may_be_chance_widens_the_interval_and_leaves_the_course():
    # the noise of this seed looks like a break in 2019 with a chance of 0.049
    rng = np.random.default_rng(2)
    values = list(30.0 + 0.6 * np.arange(10) + rng.normal(0, 0.4, 10))
    (trend,) = trends_of(series(values), 4).values()
    assert 0.01 < trend.break_p < 0.05
    rows, (state,) = states(values)
    ahead = rows[rows["basis"] == "trend"].set_index("year")
    assert ahead.loc[2030, "value"] == pytest.approx(trend.at(2030)[0])
    assert "外推区间兼含" in state.text.zh


VOLUMES = """
[[carbon.stock_volume]]
year = 2020
volume_m3 = 550000
arbor_area_ha = 1100
error_frac = 0.05
source = "survey"
[[carbon.stock_volume]]
year = 2024
volume_m3 = 590000
arbor_area_ha = 1100
source = "survey"
"""
GOAL_M3 = """
[[targets]]
id = "stock"
title = { zh = "蓄积", en = "volume" }
indicator = "forest_stock_volume"
year = 2030
value = 60
unit = "万立方米"
section = "s"
quote = "q"
"""


def test_inventories_are_a_series_at_their_own_years(tmp_path):
    plan = write_plan(
        tmp_path, more="[carbon]\nyear = 2024\ndraws = 1000\n" + VOLUMES + GOAL_M3
    )
    result = monitor_step(plan, tmp_path, quiet)
    own = result.tables["monitor_series"].query("indicator == 'forest_stock_volume'")
    assert own["year"].tolist() == [2020, 2024]
    assert own["value"].tolist() == [550_000.0, 590_000.0]
    # 1.96 x 5 % of 550,000
    assert own["low"].iloc[0] == pytest.approx(550_000 - 1.959964 * 27_500)
    assert math.isnan(own["low"].iloc[1])
    state = next(s for s in result.summary.monitor.targets if s.id == "stock")
    assert (state.dates, state.last_seen, state.met_in) == (2, 2024, None)
    rows = result.tables["monitor_targets"].query("target_id == 'stock'")
    assert rows["value"].tolist() == [55.0, 59.0]


def test_the_volume_of_the_stands_is_a_date_of_the_series(tmp_path):
    plan = write_plan(tmp_path, more="[carbon]\nyear = 2024\ndraws = 1000\n" + GOAL_M3)
    run = RunFolder(tmp_path / "out", tmp_path)
    total = pd.DataFrame([{"volume_m3": 533_567.0, "low_m3": 480_210.0, "high_m3": 586_924.0}])
    (tmp_path / "tables").mkdir(exist_ok=True)
    save_step(run, "stand", _stands_result(total))
    found = monitor_step(plan, tmp_path, quiet).tables["monitor_series"]
    row = found[found["indicator"] == "forest_stock_volume"].iloc[0]
    assert (row["year"], row["value"], row["high"]) == (2024, 533_567.0, 586_924.0)


def _stands_result(total):
    from carbon_sink.stand.outcome import StandMissing, StandPart
    from layers.result import StepResult

    missing = StandPart(stand=StandMissing(needs=()))
    return StepResult(summary=missing, tables={"stand_total": total})


@pytest.mark.parametrize("more", ["", PARCELS_2023])
def test_plots_and_the_register_are_told_as_the_targets_tell_them(tmp_path, more):
    """50 ha listed of 2021; plots of 40 and 44 % of one type: (40 + 44) / 2 = 42 % in 2023."""
    wet = shapely.box(X0, Y0, X0 + 1000, Y0 + 500)
    gpd.GeoDataFrame({"NAME": ["w"]}, geometry=[wet], crs=CRS).to_file(tmp_path / "wet.gpkg")
    points = shapely.points([[X0 + 500, Y0 + 500], [X0 + 600, Y0 + 700]])
    plots = {"plot_id": ["1", "2"], "cover_pct": [40.0, 44.0], "grass_type": ["a", "a"]}
    gpd.GeoDataFrame(plots, geometry=points, crs=CRS).to_file(tmp_path / "plots.gpkg")
    layers = (
        '[layers.wetland]\npath = "wet.gpkg"\ndate = "2021-06-30"\n'
        '[layers.grass_plots]\npath = "plots.gpkg"\n'
    )
    carbon = "[carbon]\nyear = 2023\n[carbon.grass_type_areas_ha]\na = 100.0\n"
    plan = write_plan(tmp_path, layers, carbon + more)
    first = targets_step(plan, tmp_path, quiet).tables["indicators_by_caliber"]
    found = monitor_step(plan, tmp_path, quiet).tables["monitor_series"]
    ha = polygon_area_m2([wet], CRS)[0] / 1e4
    wanted = {("wetland_area", "register"): (2021, ha), ("grass_cover", "plots"): (2023, 42.0)}
    for key, (year, value) in wanted.items():
        for table in (first, found):
            row = table.set_index(["indicator", "caliber"]).loc[[key]]
            assert len(row) == 1
            assert row["value"].iloc[0] == pytest.approx(value)
        assert row["year"].iloc[0] == year


def test_a_recalled_warming_potential_is_labelled():
    gases = other_gases(10.0, TABLE, MonitorSection()).set_index("gas")
    assert "GWP-100 凭记忆录入" in gases.loc["n2o", "note_zh"]
    assert "needs review" in gases.loc["n2o", "note_en"]
    assert "GWP" not in gases.loc["ch4", "note_en"]


def test_an_interval_of_a_date_makes_its_verdict_uncertain():
    # 533,567 in 480,210 .. 586,924 against 550,000: not met for certain, not missed for certain
    table = series([40.5, 41.2]).assign(low=[39.0, 40.8], high=[42.0, 41.6])
    rows, (state,) = target_states([GOAL], table, {}, {}, None, last_year=2035)
    assert rows["met"].tolist() == ["uncertain", "uncertain"]
    assert rows["low"].tolist() == [39.0, 40.8]
    assert (state.met_earliest, state.met_in, state.met_latest) == (2015, 2016, None)
    assert "不能断定" in state.text.zh
    assert "not certain" in state.text.en


def test_ends_of_intervals_make_no_trend():
    # what may be forest is 0 for certain and up to 17 %: five such dates say nothing of a trend
    table = series([0.0] * 5).assign(low=0.0, high=[5.0, 8.0, 11.0, 14.0, 17.0])
    assert trends_of(table, 4) == {}
    with_figures = pd.concat([table, series([1.0, 2.0, 3.0, 4.0], first=2020)])
    assert trends_of(with_figures, 4)["grass_cover", "plots"].n == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("value = 1.0", "value = 900", "100 %"),
        ("value = 1.0", "value = -5", "100 %"),
        ("year = 2016", "year = 2090", "2026"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(tmp_path, old, new, said):
    plan = write_plan(tmp_path, more=PUBLISHED + published([1.0]).replace(old, new))
    with pytest.raises(ConfigError) as e:
        monitor_step(plan, tmp_path, quiet)
    assert said in e.value.text("en")
    assert "monitor.values" in e.value.text("zh")


def twelve_dates(folder, crosswalk=""):
    """A plan of twelve dates: forest by land cover, cover of grass by NDVI; its states.

    Trees are 3, 4, .. 8 of 30 rows in 2012-2017 and 9 from 2018 on; NDVI cover rises by 3
    points a year to 35 % in 2017 and falls by 2 from then on.
    """
    from gis.cells.grid import plan_grid
    from gis.files.write import write_cog
    from tests.carbon_sink.conftest import CRS, X0, Y0

    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    more = f"[carbon]\nyear = 2024\n{crosswalk}\n"
    for k, year in enumerate(range(2012, 2024)):
        land = np.full((30, 40), 30, np.uint8)
        land[: min(3 + k, 9)] = 10
        cover = 0.20 + 0.03 * k if k < 6 else 0.35 - 0.02 * (k - 5)
        ndvi = np.full((30, 40), 0.05 + 0.65 * cover, np.float32)
        write_cog(folder / f"lc_{year}.tif", land, grid, dtype="uint8", nodata=0)
        write_cog(folder / f"ndvi_{year}.tif", ndvi, grid, dtype="float32", nodata=-9.0)
        words = 'vocabulary = "worldcover2021"\n'
        for layer, stem, key in (("land_cover", "lc", words), ("ndvi", "ndvi", "")):
            more += (
                f'[[monitor.series]]\nlayer = "{layer}"\nyear = {year}\n'
                f'path = "{stem}_{year}.tif"\nsource = "synthetic"\n{key}'
            )
    more += '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.70\nsource = "test"\n'
    for key, caliber in (("grass_cover", "ndvi_proxy"), ("forest_cover", "land_cover")):
        more += (
            f'[[targets]]\nid = "{key}"\ntitle = {{ zh = "甲", en = "jia" }}\n'
            f'indicator = "{key}"\ncaliber = "{caliber}"\nyear = 2030\nvalue = 40.0\n'
            'unit = "%"\nsection = "s"\nquote = "q"\n'
        )
    result = monitor_step(write_plan(folder, more=more), folder, quiet)
    return result, {s.id: s for s in result.summary.monitor.targets}


@pytest.mark.slow
def test_twelve_dates_by_the_plan_tell_trend_and_break_in_both_languages(tmp_path):
    result, states = twelve_dates(tmp_path, 'crosswalk = { "10" = "forest_arbor" }')
    trend = result.tables["monitor_trends"].set_index(["indicator", "caliber"])
    # six dates up and six down: all of them have no trend, those since the break fall by 2
    grass = trend.loc[("grass_cover", "ndvi_proxy")]
    assert (grass["dates"], grass["break_year"]) == (12, 2017)
    assert grass["p"] > 0.05
    assert states["grass_cover"].met_in is None
    text = states["grass_cover"].text
    assert text.zh.startswith("甲：12 期观测，最近 2023 年；没有显著趋势也没有措施")
    assert "2017 年突变，前后走向不同：其后各期每年 -2 个百分点" in text.zh
    assert text.en.endswith("since: -2 percentage points a year, which is not carried on")
    # 40 ha a year until 2018, then none: a trend over all dates, and a break
    forest = trend.loc[("forest_cover", "land_cover")]
    assert (forest["dates"], forest["break_year"]) == (12, 2018)
    state = states["forest_cover"]
    assert state.basis == "trend"
    assert (state.met_in, state.met_latest) == (None, None)  # 30 % since, 40 % are asked
    assert "2018 年突变" in state.text.zh
    assert "not met before 2035" in state.text.en


def test_twelve_dates_that_are_ends_of_an_interval_say_why_there_is_no_trend(tmp_path):
    _, states = twelve_dates(tmp_path)
    text = states["forest_cover"].text
    assert "12 期观测" in text.zh
    assert "数值只是区间的一端" in text.zh
    assert "one end of an interval, so no trend" in text.en


def test_one_date_is_too_few_and_is_not_called_a_missing_trend():
    _, (state,) = states([39.0])
    assert state.text.zh.startswith("盖度：1 期观测，最近 2015 年；期数太少，未判断趋势")
    assert "1 date, the last 2015; too few for a trend" in state.text.en


def test_land_cover_whose_classes_may_be_several_is_told(tmp_path):
    from gis.cells.grid import plan_grid
    from gis.files.write import write_cog
    from tests.carbon_sink.conftest import CRS, X0, Y0

    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    more = "[carbon]\nyear = 2024\ndraws = 1000\n"
    for k, year in enumerate((2015, 2017, 2019, 2021)):
        cover = np.full((30, 40), 30, np.uint8)
        cover[: 3 * (k + 1)] = 10  # trees: forest or orchard, 10 % more each time
        write_cog(tmp_path / f"lc_{year}.tif", cover, grid, dtype="uint8", nodata=0)
        more += (
            f'[[monitor.series]]\nlayer = "land_cover"\nyear = {year}\npath = "lc_{year}.tif"\n'
            'vocabulary = "worldcover2021"\nsource = "synthetic"\n'
        )
    result = monitor_step(write_plan(tmp_path, more=more), tmp_path, quiet)
    trend = result.tables["monitor_trends"].set_index(["indicator", "caliber"])
    assert math.isnan(trend.loc[("forest_cover", "land_cover"), "slope"])
    told = {w.code: w.text for w in result.warnings}
    assert "森林覆盖率" in told["monitor_bounds_only"]("zh")
    sure = more.replace("draws = 1000", 'draws = 1000\ncrosswalk = { "10" = "forest_arbor" }')
    result = monitor_step(write_plan(tmp_path, more=sure), tmp_path, quiet)
    trend = result.tables["monitor_trends"].set_index(["indicator", "caliber"])
    # 10 percentage points in two years
    assert trend.loc[("forest_cover", "land_cover"), "slope"] == pytest.approx(5.0, abs=0.01)
