"""Ages, species, inventories and errors of areas between two surveys, by hand.

Parcels are squares of 1 km2. Poplar holds 2.17 x age - 14.9 tC/ha (0 below 6.87 years), elm
0.43 x age - 4.78 (`data/growth.toml`); arbor forest of unknown age 42.65, other grassland 2.73.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from carbon_sink.step_survey import survey_step
from carbon_sink.survey.opened import survey_faults
from geoplan.doctor import diagnose
from geoplan.plan_file import load_plan
from gis.errors import ConfigError, DataError
from layers.result import StepResult
from tests.carbon_sink.conftest import quiet, write_plan
from tests.carbon_sink.survey.test_survey_step import (
    codes_of,
    earlier,
    register,
    square,
    summary,
)

GRASS, VILLAGE = ("0404", "其他草地"), ("0702", "农村宅基地")
POPLAR = 2.17


def pair(
    folder: Path,
    old: gpd.GeoDataFrame,
    new: gpd.GeoDataFrame,
    *,
    before: str = "",
    after: str = "",
    more: str = "",
    layers: str = "",
) -> StepResult:
    """The step on two files, surveys of 2015 and 2023."""
    old.to_file(folder / "old.gpkg", layer="dltb")
    new.to_file(folder / "new.gpkg", layer="dltb")
    surveys = (
        f'[carbon.survey_before]\npath = "old.gpkg"\nyear = 2015\n{before}\n'
        f'[carbon.survey_after]\npath = "new.gpkg"\nyear = 2023\n{after}\n{more}'
    )
    return survey_step(write_plan(folder, layers, surveys), folder, quiet)


def planted(table: gpd.GeoDataFrame, *years: object) -> gpd.GeoDataFrame:
    """The table with planting years of its first parcels."""
    return table.assign(ZLNF=[*years, *["0"] * (len(table) - len(years))])


YEARS = 'planted_year = "ZLNF"'


def test_a_stand_that_kept_its_class_grows_by_its_age(tmp_path):
    found = pair(tmp_path, earlier(), planted(earlier(), 2010), after=YEARS)
    s = summary(found)
    # 5 years in 2015: nothing yet; 13 in 2023: 2.17 x 13 - 14.9 = 13.31 tC/ha
    kinds = found.tables["survey_kinds"].set_index("change_kind")
    ha = found.tables["survey_transitions"].set_index(["before", "after"])["area_ha"]
    own = 13.31 * float(ha["forest_arbor", "forest_arbor"].sum())
    assert s.standing_tc is not None
    assert s.standing_tc.value == pytest.approx(own, rel=1e-9)
    assert s.change_tc["total"].value == pytest.approx(own, rel=1e-9)
    assert kinds.loc["unchanged", "change_tc"] == pytest.approx(own, rel=1e-9)
    towns = found.tables["survey_by_township"]["change_tc"]
    assert towns.sum() == pytest.approx(own, rel=1e-9)
    assert s.changes == 0


def test_a_stand_past_its_line_stands_empty_and_is_no_new_plant(tmp_path):
    found = pair(tmp_path, earlier(), planted(earlier(), 1960), after=YEARS)
    s = summary(found)
    kinds = found.tables["survey_kinds"].set_index("change_kind")
    assert s.standing_tc is None
    assert s.change_tc == {}
    assert s.change_tc_yr is None
    assert kinds.loc["unchanged", ["change_tc", "low_tc", "high_tc"]].isna().all()
    (said,) = [w for w in found.warnings if w.code == "survey_partly_not_estimated"]
    assert "trees that stood already" in said.text("en")
    assert "new plants" not in said.text("en")
    assert "新增" not in said.text("zh")


def test_the_users_rate_of_standing_land_counts_between_surveys_too(tmp_path):
    rate = '[carbon.growth]\nforest_arbor = "afforest_poplar_小叶杨/rate_tree_biomass"\n'
    found = pair(tmp_path, earlier(), earlier(), more=rate)
    ha = found.tables["survey_transitions"].set_index(["before", "after"])["area_ha"]
    own = POPLAR * 8 * float(ha["forest_arbor", "forest_arbor"].sum())
    assert summary(found).change_tc["total"].value == pytest.approx(own, rel=1e-9)


def test_what_is_cleared_is_what_stood(tmp_path):
    found = pair(tmp_path, planted(earlier(), 2005), earlier(p0=VILLAGE), before=YEARS)
    (row,) = found.tables["survey_changes"].to_dict("records")
    # a stand of 10 years holds 2.17 x 10 - 14.9 = 6.8 tC/ha, no mature 42.65
    assert row["living_tc"] == pytest.approx(-6.8 * row["area_ha"], rel=1e-9)


def test_stands_older_than_their_line_lose_the_mean_of_their_class(tmp_path):
    found = pair(tmp_path, planted(earlier(), 1950), earlier(p0=VILLAGE), before=YEARS)
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert row["living_tc"] == pytest.approx(-42.65 * row["area_ha"], rel=1e-6)


def test_a_planting_year_before_grassland_was_seen_counts_as_unknown(tmp_path):
    # grass in 2015, trees "of 1990" in 2023: at most 8 years old, 2.17 x 8 - 14.9 - 2.73
    old = earlier(p0=GRASS)
    found = pair(tmp_path, old, planted(earlier(), 1990), after=YEARS)
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert row["living_tc"] == pytest.approx((2.46 - 2.73) * row["area_ha"], rel=1e-6)
    told = {w.code: w.text for w in found.warnings}
    assert f"{row['area_ha']:,.1f} 公顷" in told["planted_too_early"]("zh")
    assert "2015" in told["planted_too_early"]("en")
    assert "planting_year_not_known" in told


def test_a_stand_felled_and_planted_anew_loses_what_stood(tmp_path):
    found = pair(
        tmp_path,
        planted(earlier(), 1990),
        planted(earlier(), 2016),
        before=YEARS,
        after=YEARS,
    )
    s = summary(found)
    ha = found.tables["survey_transitions"].set_index(["before", "after"])["area_ha"]
    own = float(ha["forest_arbor", "forest_arbor"].sum())
    # 25 years in 2015: 2.17 x 25 - 14.9 = 39.35; 7 years in 2023: 2.17 x 7 - 14.9 = 0.29
    assert s.change_tc["living"].value == pytest.approx((0.29 - 39.35) * own, rel=1e-9)


def test_the_species_of_the_survey_has_its_own_line(tmp_path):
    new = planted(earlier(), 2015).assign(YSSZ=["榆"] + [""] * 11)
    old = earlier(p0=GRASS)
    found = pair(tmp_path, old, new, after='planted_year = "ZLNF"')
    (row,) = found.tables["survey_changes"].to_dict("records")
    # elm of 8 years holds nothing yet (4.78 / 0.43 = 11.1 years); the grass is gone
    assert row["living_tc"] == pytest.approx(-2.73 * row["area_ha"], rel=1e-6)


def test_a_species_without_a_line_is_credited_with_nothing(tmp_path):
    new = planted(earlier(), 2015).assign(YSSZ=["柳"] + [""] * 11)
    found = pair(tmp_path, earlier(p0=GRASS), new, after=YEARS)
    s = summary(found)
    assert s.bound == "at_least"
    assert s.not_estimated_ha["living"] == pytest.approx(s.changed_ha)
    assert "没有生长曲线" in s.bound_note("zh")
    assert "has no growth line" in s.bound_note("en")


@pytest.mark.parametrize(
    ("given", "age"),
    [(2015, 8), ("2015年", 8), ("2015-04-01", 8), (20150401, 8), ("201504", 8)],
)
def test_planting_years_are_read_as_offices_write_them(tmp_path, given, age):
    found = pair(tmp_path, earlier(p0=GRASS), planted(earlier(), given), after=YEARS)
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert row["planted_year"] == 2015
    density = POPLAR * age - 14.9 - 2.73
    assert row["living_tc"] == pytest.approx(density * row["area_ha"], rel=1e-6)


@pytest.mark.parametrize("given", [("不详", "12345"), ("2016至2018", "2016-2018")])
def test_planting_years_nobody_can_read_are_told(tmp_path, given):
    """A span of years names no year either."""
    new = planted(earlier(), *given)
    found = pair(tmp_path, earlier(p0=GRASS), new, after=YEARS)
    (told,) = [w for w in found.warnings if w.code == "planting_year_unreadable"]
    assert "2 个图斑" in told.text("zh")
    assert all(x in told.text("en") for x in given)
    # and the three times of planting stand beside the total
    assert [c.choice for c in summary(found).choices if c.kind == "planted"] == [
        "start",
        "even",
        "end",
    ]
    assert "planting_year_not_known" in codes_of(found)


def test_the_doctor_refuses_a_column_of_years_that_is_not_there(tmp_path):
    earlier().to_file(tmp_path / "old.gpkg", layer="dltb")
    more = (
        '[carbon.survey_before]\npath = "old.gpkg"\nyear = 2015\nplanted_year = "ZZZ"\n'
        "[carbon.survey_after]\nyear = 2023\n"
    )
    plan = write_plan(tmp_path, more=more)
    (fault,) = survey_faults(plan)
    assert "ZZZ" in fault.text("en")
    found = diagnose(load_plan(plan.path))
    assert [f.text("en") for f in found.faults] == [fault.text("en")]
    assert not survey_faults(
        write_plan(tmp_path, more=more.replace('planted_year = "ZZZ"\n', ""))
    )


def test_planted_after_the_survey_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"A00: 2024") as caught:
        pair(tmp_path, earlier(p0=GRASS), planted(earlier(), 2024), after=YEARS)
    assert "造林年份晚于调查年份 2023" in caught.value.text("zh")


def test_losses_take_the_inventory_before_them(tmp_path):
    stock = (
        "[[carbon.stock_volume]]\nyear = 2015\nvolume_m3 = 3000\narbor_area_ha = 100\n"
        'source = "test"\n'
    )
    found = pair(tmp_path, earlier(), earlier(p0=VILLAGE), more=stock)
    (row,) = found.tables["survey_changes"].to_dict("records")
    # (0.6251 x 30 m3/ha + 11.4627 t/ha) x 0.452, by the continuous form of poplar
    per_ha = -row["living_tc"] / row["area_ha"]
    slope = 0.6251 * 30 * 0.452
    assert slope < per_ha < 42.65
    again = pair(tmp_path, earlier(), earlier(p0=VILLAGE), more=stock.replace("3000", "4000"))
    (more,) = again.tables["survey_changes"].to_dict("records")
    grown = -(more["living_tc"] - row["living_tc"]) / row["area_ha"]
    assert grown == pytest.approx(0.6251 * 10 * 0.452, rel=1e-4)


def test_an_error_of_areas_widens_totals_and_rows(tmp_path):
    old = earlier(p0=GRASS)
    plain = summary(pair(tmp_path, old, earlier()))
    error = '[carbon.area_accuracy]\nerror_frac = 0.3\nsource = "检查 test"\n'
    found = pair(tmp_path, old, earlier(), more=error)
    wide = summary(found)
    assert (plain.area_source, wide.area_source) == ("", "检查 test")
    a, b = plain.change_tc["litter"], wide.change_tc["litter"]
    assert b.value == pytest.approx(a.value)
    assert b.high - b.low > a.high - a.low
    rows = found.tables["survey_changes"]
    assert rows["total_tc"].sum() == pytest.approx(wide.change_tc["total"].value, rel=1e-9)
    kinds = found.tables["survey_kinds"].set_index("change_kind")
    assert kinds.loc["afforestation", "low_tc"] == pytest.approx(
        wide.change_tc["total"].low, rel=1e-6
    )


def test_checked_places_of_a_survey_adjust_its_areas(tmp_path):
    # of 100 places mapped as planted 80 were; of 200 stable 5 were planted:
    # 0.8 x planted + 0.025 x the rest
    matrix = (
        '[carbon.survey.area_accuracy]\nstrata = ["grass_other>forest_arbor", "stable"]\n'
        'matrix = [[80, 20], [5, 195]]\nsource = "test"\n'
    )
    found = pair(tmp_path, earlier(p0=GRASS), earlier(), more=matrix)
    s = summary(found)
    planted_ha, rest = s.changed_ha, s.unchanged_ha
    (first, _) = s.areas
    adjusted = 0.8 * planted_ha + 0.025 * rest
    assert first.adjusted_ha == pytest.approx(adjusted, rel=1e-9)
    per_ha = POPLAR * 8 - 14.9 - 2.73
    assert s.change_tc["living"].value == pytest.approx(per_ha * adjusted, rel=1e-6)


def test_kinds_of_classes_nobody_knows_are_refused(tmp_path):
    more = '[carbon.survey]\nkinds = { "grass>forest" = "land_take" }\n'
    with pytest.raises(ConfigError, match="nobody knows") as caught:
        pair(tmp_path, earlier(p0=GRASS), earlier(), more=more)
    assert "grass" in caught.value.text("zh")


def test_surveys_without_common_land_are_refused(tmp_path):
    with pytest.raises(DataError, match="no land in common"):
        pair(tmp_path, earlier().iloc[:6], earlier().iloc[6:])


# ---------------------------------------------------------------- register


def felled(
    folder: Path, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, *events: tuple[str, float]
) -> StepResult:
    """The first parcel felled at dates and by shares [%]."""
    layers = register(folder, *(("采伐", date, pct, square(0)) for date, pct in events))
    return pair(folder, old, new, before=YEARS, after=YEARS, layers=layers)


def test_a_young_stand_that_is_felled_loses_what_stood_and_grows_no_more(tmp_path):
    stand = planted(earlier(), 2005)
    found = felled(tmp_path, stand, stand, ("2020-05-01", 100.0))
    d = summary(found).disturbance
    assert d is not None
    assert d.loss_tc is not None
    assert d.with_change_tc is not None
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    ha = row["area_ha"]
    # 15 years in 2020: 2.17 x 15 - 14.9 = 17.65; 10 years in 2015 held 6.8, all of it gone
    assert d.loss_tc.value == pytest.approx(-17.65 * ha, rel=1e-6)
    assert d.with_change_tc.value == pytest.approx(-6.8 * ha, rel=1e-6)


def test_part_of_a_stand_leaves_the_rest_to_grow(tmp_path):
    stand = planted(earlier(), 2005)
    found = felled(tmp_path, stand, stand, ("2020", 40.0))
    d = summary(found).disturbance
    assert d is not None
    assert d.with_change_tc is not None
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    # 18 years in 2023: 24.16, of which 60 % stand; 6.8 stood in 2015
    expected = (0.6 * 24.16 - 6.8) * row["area_ha"]
    assert d.with_change_tc.value == pytest.approx(expected, rel=1e-6)
    # change as if all stood (24.16 - 6.8), less the loss (0.4 of 17.65), less what the felled
    # part no longer grew (0.4 of 24.16 - 17.65)
    assert d.loss_tc is not None
    assert d.forgone_tc is not None
    assert d.loss_tc.value == pytest.approx(-0.4 * 17.65 * row["area_ha"], rel=1e-6)
    assert d.forgone_tc.value == pytest.approx(-0.4 * 6.51 * row["area_ha"], rel=1e-6)


def test_felling_before_planting_anew_counts_once(tmp_path):
    found = felled(
        tmp_path, planted(earlier(), 1990), planted(earlier(), 2018), ("2016", 100.0)
    )
    d = summary(found).disturbance
    assert d is not None
    assert d.with_change_tc is not None
    assert d.loss_tc is None
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    assert row["in_change_ha"] == pytest.approx(row["area_ha"])
    # 25 years in 2015: 39.35; 5 years in 2023: nothing yet
    assert d.with_change_tc.value == pytest.approx(-39.35 * row["area_ha"], rel=1e-6)


def test_an_entry_written_twice_counts_once(tmp_path):
    table = planted(earlier())
    found = felled(tmp_path, table, table, ("2018", 60.0), ("2018", 60.0))
    d = summary(found).disturbance
    assert d is not None
    assert d.loss_tc is not None
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    assert d.loss_tc.value == pytest.approx(-0.6 * 42.65 * row["area_ha"], rel=1e-6)
    assert "disturbance_twice" in codes_of(found)


def test_shares_written_as_fractions_are_asked_about(tmp_path):
    stand = planted(earlier(), 0)
    found = felled(tmp_path, stand, stand, ("2018", 0.5))
    assert "disturbance_fractions" in codes_of(found)
    whole = felled(tmp_path, stand, stand, ("2018", 50.0))
    assert "disturbance_fractions" not in codes_of(whole)
    # one among whole ones as well, by name
    mixed = felled(tmp_path, stand, stand, ("2018", 50.0), ("2019", 0.3))
    (told,) = (w.text for w in mixed.warnings if w.code == "disturbance_fractions")
    assert "D00002" in told("zh")
    assert "D00001" not in told("zh")


def test_entries_without_a_date_of_the_period_are_named(tmp_path):
    stand = planted(earlier(), 0)
    found = felled(tmp_path, stand, stand, ("2018", 50.0), ("2001", 20.0))
    (told,) = (w.text for w in found.warnings if w.code == "disturbance_out_of_period")
    assert "(D00002)" in told("en").replace("（", "(").replace("）", ")")


def test_splitting_stands_of_known_age_changes_nothing(tmp_path):
    old, new = planted(earlier(p3=GRASS), 2005), planted(earlier(), 2005)
    whole = summary(pair(tmp_path, old, new, before=YEARS, after=YEARS)).change_tc["total"]
    left = new.iloc[[0]].assign(geometry=[square(0).intersection(square(0).buffer(-100))])
    rest = new.iloc[[0]].assign(geometry=[square(0).difference(left.geometry.iloc[0])])
    parts = gpd.GeoDataFrame(pd.concat([rest, left, new.iloc[1:]]), crs=new.crs)
    split = summary(pair(tmp_path, old, parts, before=YEARS, after=YEARS)).change_tc["total"]
    assert np.isclose(split.value, whole.value, rtol=1e-9)


def test_an_interval_of_young_stands_says_what_it_lacks(tmp_path):
    found = pair(tmp_path, earlier(p0=GRASS), planted(earlier(), 2015), after=YEARS)
    (told,) = [w for w in found.warnings if w.code == "growth_lines_without_intercept"]
    # 14.9 / 2.17 = 6.87 years
    assert "小叶杨人工林自 6.9 年起" in told.text("zh")
    assert "from 6.9 years" in told.text("en")
    built = pair(tmp_path, earlier(), earlier(p0=VILLAGE))
    assert "growth_lines_without_intercept" not in codes_of(built)


def test_a_survey_has_one_source(tmp_path):
    with pytest.raises(ConfigError, match="give one of path, sql and table"):
        pair(tmp_path, earlier(), earlier(), before='sql = "select 1"')


@pytest.mark.parametrize(("age", "living"), [(3.0, 0.0), (8.0, 2.46), (0.0, 2.46)])
def test_a_mean_age_is_the_planting_year_where_no_column_gives_one(tmp_path, age, living):
    """Forest maps: 3 years hold nothing yet, 8 hold 2.17 x 8 - 14.9; 0 is not known."""
    land = earlier()[["geometry"]]
    n = len(land)
    kinds = {"DI_LEI": ["宜林地"] * n, "XBH": [f"{i}" for i in range(n)]}
    new = {**kinds, "DI_LEI": ["乔木林", *["宜林地"] * (n - 1)]}
    extra = {"YOU_SHI_SZ": ["杨树"] * n, "PINGJUN_NL": [age, *[0.0] * (n - 1)]}
    of = 'catalogue = "forest_land"'
    found = pair(
        tmp_path, land.assign(**kinds), land.assign(**new, **extra), before=of, after=of
    )
    one = found.tables["survey_changes"].iloc[0]
    assert one["living_tc"] == pytest.approx(living * one["area_ha"], abs=1e-6)
    told = {w.code for w in found.warnings}
    assert ("planted_by_mean_age" in told) == (age > 0)
