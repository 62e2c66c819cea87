"""The step of two surveys through the plan's door, on a county of twelve squares of 1 km."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_survey import survey_step
from carbon_sink.survey.outcome import SurveySummary
from gis.errors import ConfigError, DataError
from layers.result import StepResult
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan

SURVEYS = """
[carbon.survey_before]
path = "{path}"
year = 2015
{before}
[carbon.survey_after]
year = 2023
{after}
{more}
"""


def earlier(**codes: tuple[str, str]) -> gpd.GeoDataFrame:
    """The twelve parcels with other numbers; ``p3=("0404", "其他草地")`` was grass."""
    table = parcels().rename(columns={"BSM": "TBBH"})
    table["TBBH"] = [f"A{i:02d}" for i in range(12)]
    for key, (code, name) in codes.items():
        table.loc[int(key[1:]), ["DLBM", "DLMC"]] = [code, name]
    return table


def run(
    folder: Path,
    old: gpd.GeoDataFrame,
    *,
    path: str = "old.gpkg",
    before: str = "",
    after: str = "",
    more: str = "",
    layers: str = "",
) -> StepResult:
    if path.endswith(".gpkg"):
        old.to_file(folder / path, layer="dltb")
    plan = write_plan(
        folder,
        layers,
        SURVEYS.format(path=path, before=before, after=after, more=more),
    )
    return survey_step(plan, folder, quiet)


def summary(found: StepResult) -> SurveySummary:
    assert found.summary.survey is not None
    return found.summary.survey


def square(i: int) -> shapely.Polygon:
    return parcels().geometry.iloc[i]


def codes_of(found: StepResult) -> list[str]:
    return [w.code for w in found.warnings]


def test_without_surveys_nothing_is_said(mini, tmp_path):
    found = survey_step(mini, tmp_path, quiet)
    assert found.summary.survey is None
    assert (dict(found.tables), dict(found.layers), list(found.warnings)) == ({}, {}, [])


def test_grass_planted_with_poplar_eight_years_ago(tmp_path):
    found = run(tmp_path, earlier(p0=("0404", "其他草地")))
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert (row["before"], row["after"], row["change_kind"]) == (
        "grass_other", "forest_arbor", "afforestation",
    )  # fmt: skip
    assert (row["township"], row["parcels_before"], row["parcels_after"]) == (
        "西镇", "A00", "B00",
    )  # fmt: skip
    # 2.17 x 8 - 14.9 = 2.46 tC/ha grown, 2.73 of grass cleared: -27 tC on 100 ha, not +3,992
    assert row["living_tc"] == pytest.approx(row["area_ha"] * (2.46 - 2.73), rel=1e-9)
    assert row["low_tc"] < row["total_tc"] < row["high_tc"]
    s = summary(found)
    assert s.change_tc["living"].value == pytest.approx(row["living_tc"], rel=1e-9)
    assert s.change_tc["total"].value == pytest.approx(row["total_tc"], rel=1e-9)


def test_forest_built_over_loses_its_trees(tmp_path):
    found = run(tmp_path, earlier(p10=("0301", "乔木林地")))
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert (row["change_kind"], row["after"]) == ("land_take", "built")
    # 42.65 tC/ha of living biomass; the soil of built land is not estimated
    assert row["living_tc"] == pytest.approx(-42.65 * row["area_ha"], rel=1e-6)
    assert "soc" in row["not_estimated"]
    assert summary(found).bound == "at_most"
    assert "survey_partly_not_estimated" in codes_of(found)


def test_a_split_parcel_is_found_whatever_its_number(tmp_path):
    # the plan's parcel 4 was one with parcel 5 in 2015, as irrigated land; 5 became paddy
    old = earlier()
    old.loc[4, "geometry"] = shapely.union(square(4), square(5))
    old = old.drop(index=5)
    found = run(tmp_path, old)
    (row,) = found.tables["survey_changes"].to_dict("records")
    assert (row["before"], row["after"]) == ("cropland_irrigated", "cropland_paddy")
    assert row["area_ha"] == pytest.approx(100.0, rel=1e-3)
    assert (row["parcels_before"], row["parcels_after"]) == ("A04", "B05")


def test_areas_of_townships_say_what_they_are_of(tmp_path):
    # parcels of the stock count whole in one township, those of the survey are cut at borders
    found = run(tmp_path, earlier())
    note = summary(found).townships_note
    assert note is not None
    assert "parcels are cut there" in note.en
    plan = write_plan(tmp_path)
    stock = carbon_step(plan, tmp_path, quiet).summary.carbon.townships_note
    assert "each counts whole in the township" in stock.en
    assert "整块" in stock.zh


def test_an_earlier_survey_of_changes_alone_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot have covers"):
        run(tmp_path, earlier(), before='covers = "changes"')


def test_every_table_adds_up_to_county_and_townships(tmp_path):
    old = earlier(p0=("0404", "其他草地"), p9=("0305", "灌木林地"), p7=("1204", "盐碱地"))
    old = old.assign(geometry=old.geometry.translate(30, -20)).drop(index=11)
    found = run(tmp_path, old)
    s, t = summary(found), found.tables
    county = s.county_ha
    neither = s.neither_ha
    assert t["survey_transitions"]["area_ha"].sum() + neither == pytest.approx(county, rel=1e-9)
    assert t["survey_kinds"]["area_ha"].sum() == pytest.approx(county, rel=1e-9)
    matrix = t["survey_matrix"].set_index("before")
    assert matrix.loc["total", "total"] + neither == pytest.approx(county, rel=1e-9)
    by = t["survey_by_township"].set_index("township")
    kinds = [c for c in by if c.endswith("_ha") and c != "area_ha"]
    assert by[kinds].sum(axis=1).to_numpy() == pytest.approx(by["area_ha"].to_numpy(), rel=1e-9)
    assert by["area_ha"].sum() == pytest.approx(county, rel=1e-9)
    changes = t["survey_changes"]
    real = changes[~changes["change_kind"].isin(["before_only", "after_only"])]
    assert real["area_ha"].sum() == pytest.approx(s.changed_ha, rel=1e-9)
    assert real["total_tc"].sum() == pytest.approx(s.change_tc["total"].value, rel=1e-9)
    assert by["change_tc"].sum() == pytest.approx(s.change_tc["total"].value, rel=1e-9)
    assert t["survey_kinds"]["change_tc"].sum() == pytest.approx(
        s.change_tc["total"].value, rel=1e-9
    )
    # the twelfth square, and the strips the shift left bare in west and north
    assert s.after_only_ha > 100
    assert s.before_only_ha == 0.0
    assert "surveys_cover_other_land" in codes_of(found)
    layer = found.layers["survey_changes"]
    assert layer.geometry.area.sum() / 1e4 == pytest.approx(changes["area_ha"].sum(), rel=1e-3)


def test_boundaries_drawn_a_metre_off_are_no_change(tmp_path):
    old = earlier()
    found = run(tmp_path, old.assign(geometry=old.geometry.translate(1.0, 1.0)))
    s = summary(found)
    assert (s.changed_ha, s.changes) == (0.0, 0)
    assert s.absorbed_ha > 0
    assert "survey_slivers" in codes_of(found)
    assert "survey_changes" not in found.layers
    assert s.change_tc == {}
    found = run(tmp_path, old.assign(geometry=old.geometry.translate(1.0, 1.0)),
                more="[carbon.survey]\ntolerance_m = 0.0\n")  # fmt: skip
    assert summary(found).changed_ha > 0
    assert summary(found).absorbed_ha == 0.0


def test_years_that_do_not_follow_are_refused(tmp_path):
    for first, last in ((2023, 2015), (2023, 2023)):
        more = f"""
[carbon.survey_before]
path = "a.gpkg"
year = {first}
[carbon.survey_after]
year = {last}
"""
        with pytest.raises(ConfigError, match="in order") as e:
            write_plan(tmp_path, "", more)
        assert str(first) in str(e.value)
    with pytest.raises(ConfigError, match="both"):
        write_plan(tmp_path, "", '[carbon.survey_before]\npath = "a.gpkg"\nyear = 2015\n')


def test_the_same_survey_twice_is_told(tmp_path):
    # a copy under another name and with other numbers
    copy = run(tmp_path, earlier())
    assert codes_of(copy) == ["survey_same_land"]
    write_plan(tmp_path)
    more = SURVEYS.format(path="parcels.gpkg", before="", after="", more="")
    again = survey_step(write_plan(tmp_path, "", more), tmp_path, quiet)
    assert codes_of(again) == ["survey_same_file"]
    assert summary(again).changed_ha == 0.0


def test_a_survey_of_another_place_is_refused(tmp_path):
    old = earlier()
    with pytest.raises(DataError, match="does not lie in this county"):
        run(tmp_path, old.assign(geometry=old.geometry.translate(80_000, 0)))


def test_files_as_they_come(tmp_path):
    """A shapefile in GBK, in the next zone, with a ring that crosses itself."""
    old = earlier(p0=("0404", "其他草地"))
    tie = [(0, 0), (1000, 0), (0, 1000), (1000, 1000)]
    old.loc[11, "geometry"] = shapely.Polygon([(X0 + 3000 + x, Y0 + 2000 + y) for x, y in tie])
    old.to_crs("EPSG:4545").to_file(tmp_path / "old.shp", encoding="GBK")
    found = run(tmp_path, old, path="old.shp", before='encoding = "GBK"')
    row = found.tables["survey_changes"].iloc[0]
    assert (row["before"], row["after"], row["township"]) == (
        "grass_other", "forest_arbor", "西镇",
    )  # fmt: skip
    assert "repaired" in codes_of(found)
    # half of the twelfth parcel is missing from the earlier survey
    assert summary(found).after_only_ha == pytest.approx(50.0, rel=1e-3)


@pytest.mark.parametrize(
    ("code", "words"),
    [("9999", "9999"), ("203", "attribute"), ("", "no class code")],
)
def test_classes_nobody_knows_are_refused(tmp_path, code, words):
    with pytest.raises((DataError, ConfigError), match=words):
        run(tmp_path, earlier(p3=(code, "")))


def test_a_little_land_without_a_class_is_told_and_no_change(tmp_path):
    """Said to be unknown, the twelfth of the land is in no survey before: nothing changed."""
    whole = run(tmp_path, earlier())
    said = 'values = { dlbm = { "" = "" } }'
    found = run(tmp_path, earlier(p3=("", "")), before=said)
    assert "class_unknown" in codes_of(found)
    gained = summary(found).after_only_ha - summary(whole).after_only_ha
    assert gained == pytest.approx(100.0, rel=1e-3)


def test_a_file_that_is_not_there(tmp_path):
    plan = write_plan(
        tmp_path, "", SURVEYS.format(path="no.gpkg", before="", after="", more="")
    )
    with pytest.raises(DataError, match=r"survey_before"):
        survey_step(plan, tmp_path, quiet)


def test_a_survey_of_changes_and_one_with_planting_years(tmp_path):
    new = gpd.GeoDataFrame(
        {"DLBM": ["0301", "0301"], "TBBH": ["1", "2"], "ZLN": [2018, 0]},
        geometry=[shapely.box(X0 + 2000, Y0, X0 + 2400, Y0 + 1000),
                  shapely.box(X0 + 2400, Y0, X0 + 2600, Y0 + 1000)],
        crs=CRS,
    )  # fmt: skip
    new.to_file(tmp_path / "new.gpkg", layer="bg")
    after = 'path = "new.gpkg"\ncovers = "changes"\nplanted_year = "ZLN"'
    found = run(tmp_path, earlier(), after=after)
    (row,) = found.tables["survey_changes"].to_dict("records")
    # one patch of 60 ha: 40 ha planted in 2018, the year of 20 ha is not known
    assert row["area_ha"] == pytest.approx(60.0, rel=1e-3)
    assert row["parcels_after"] == "1 2"
    # 5 and 8 years old: nothing yet at 5, 2.46 tC/ha at 8
    ha = row["area_ha"] / 60.0
    assert row["living_tc"] == pytest.approx(ha * (20 * 2.46 - 60 * 2.73), rel=1e-3)
    assert summary(found).before_only_ha == 0.0


def test_the_forest_inventory_as_earlier_survey(tmp_path):
    stands = gpd.GeoDataFrame(
        {"DI_LEI": ["灌木林地", "宜林地"]}, geometry=[square(0), square(2)], crs=CRS
    )
    stands.to_file(tmp_path / "old.gpkg", layer="xb")
    plan = write_plan(
        tmp_path,
        "",
        SURVEYS.format(path="old.gpkg", before='catalogue = "forest_land"', after="", more=""),
    )
    found = survey_step(plan, tmp_path, quiet)
    moves = found.tables["survey_changes"].set_index(["before", "after"])["area_ha"]
    assert moves["shrubland", "forest_arbor"] == pytest.approx(100.0, rel=1e-3)
    assert moves.drop(("shrubland", "forest_arbor")).index.get_level_values(0).isin(
        ["none", "not_surveyed"]
    ).all()  # fmt: skip


# ---------------------------------------------------------------- disturbances

REGISTER = '[layers.disturbance]\npath = "d.gpkg"\n'


def register(folder: Path, *rows: tuple[str, str, float | None, shapely.Geometry]) -> str:
    table = gpd.GeoDataFrame(
        {
            "类型": [r[0] for r in rows],
            "发生日期": [r[1] for r in rows],
            "损失比例": [r[2] for r in rows],
        },
        geometry=[r[3] for r in rows],
        crs=CRS,
    )
    table.to_file(folder / "d.gpkg", layer="d")
    return REGISTER


def test_a_fire_takes_its_share_of_what_stood(tmp_path):
    half = shapely.box(X0, Y0, X0 + 500, Y0 + 1000)
    layers = register(tmp_path, ("森林火灾", "2019-04-05", 60.0, half))
    found = run(tmp_path, earlier(), layers=layers)
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    # 50 ha of forest, 42.65 tC/ha standing, 60 % lost: -1,279.5 tC
    assert row["loss_tc"] == pytest.approx(-0.6 * 42.65 * row["area_ha"], rel=1e-6)
    assert row["area_ha"] == pytest.approx(50.0, rel=1e-3)
    d = summary(found).disturbance
    assert d is not None
    assert d.loss_tc.value == pytest.approx(row["loss_tc"])
    assert d.with_change_tc.value == pytest.approx(row["loss_tc"])
    assert row["low_tc"] < row["loss_tc"] < row["high_tc"]


def test_a_loss_is_not_counted_twice(tmp_path):
    # forest (parcel 10 today built) felled and built over: the change of class has the loss;
    # of an event that reaches over into parcel 0, forest still, only that part counts
    layers = register(
        tmp_path,
        ("采伐", "2019", 100.0, square(10)),
        ("采伐", "2019", 100.0, shapely.box(X0, Y0, X0 + 500, Y0 + 1000)),
    )
    found = run(tmp_path, earlier(p10=("0301", "乔木林地")), layers=layers)
    s = summary(found)
    assert s.disturbance.in_change_ha == pytest.approx(100.0, rel=1e-3)
    assert s.disturbance.loss_tc.value == pytest.approx(-42.65 * 50.0, rel=1e-3)
    both = s.disturbance.with_change_tc.value
    assert both == pytest.approx(s.change_tc["total"].value + s.disturbance.loss_tc.value)
    assert "disturbance_in_change" in codes_of(found)


def test_a_later_event_takes_what_the_earlier_left(tmp_path):
    whole, half = square(0), shapely.box(X0, Y0, X0 + 500, Y0 + 1000)
    events = [("火灾", "2018-05-01", 50.0, whole), ("采伐", "2020-01-01", 100.0, half)]
    # half of all burnt; on one half the other half felled: 50 + 25 = 75 ha's worth of 100
    for rows in (events, events[::-1]):
        found = run(tmp_path, earlier(), layers=register(tmp_path, *rows))
        loss = summary(found).disturbance.loss_tc.value
        assert loss == pytest.approx(-42.65 * 75.0, rel=1e-3)


def test_what_a_register_lacks_is_told_and_not_made_up(tmp_path):
    layers = register(
        tmp_path,
        ("病虫害", "2019", None, square(0)),
        ("火灾", "2010", 50.0, square(1)),
        ("火灾", "", 50.0, square(1)),
        ("火灾", "2018-13-45", 50.0, square(1)),  # no day, so no year is taken of it
    )
    found = run(tmp_path, earlier(), layers=layers)
    s = summary(found)
    assert s.disturbance.loss_tc is None
    assert s.disturbance.not_estimated_ha == pytest.approx(100.0, rel=1e-3)
    assert s.disturbance.out_of_period == 3
    assert {"disturbance_without_share", "disturbance_out_of_period"} <= set(codes_of(found))
    more = (
        '[carbon.disturbance]\nshare_lost = { pest = 0.1 }\nsource = "county forestry bureau"\n'
    )
    found = run(tmp_path, earlier(), layers=layers, more=more)
    loss = summary(found).disturbance.loss_tc.value
    assert loss == pytest.approx(-0.1 * 42.65 * 100.0, rel=1e-3)


@pytest.mark.parametrize(
    ("row", "words"),
    [(("雪灾", "2019", 10.0), "雪灾"), (("火灾", "2019", 120.0), "120")],
)
def test_entries_that_cannot_be_are_refused(tmp_path, row, words):
    layers = register(tmp_path, (*row, square(0)))
    with pytest.raises(DataError, match=words):
        run(tmp_path, earlier(), layers=layers)


def test_kinds_of_the_plan_itself(tmp_path):
    old = earlier(p4=("0201", "果园"))
    found = run(tmp_path, old)
    assert found.tables["survey_changes"]["change_kind"].tolist() == ["other"]
    more = '[carbon.survey]\nkinds = { "orchard>cropland" = "degradation" }\n'
    found = run(tmp_path, old, more=more)
    assert found.tables["survey_changes"]["change_kind"].tolist() == ["degradation"]
    with pytest.raises(ConfigError, match="kinds"):
        run(tmp_path, old, more='[carbon.survey]\nkinds = { "orchard" = "moon" }\n')


def test_dividing_parcels_and_their_order_change_nothing(tmp_path):
    old = earlier(p0=("0404", "其他草地"), p9=("0305", "灌木林地"))
    whole = run(tmp_path, old)
    halves = old.copy()
    box = halves.geometry.bounds
    west = shapely.box(box["minx"], box["miny"], box["minx"] + 330, box["maxy"])
    parts = [
        halves.assign(geometry=halves.geometry.intersection(gpd.GeoSeries(west, crs=CRS))),
        halves.assign(geometry=halves.geometry.difference(gpd.GeoSeries(west, crs=CRS))),
    ]
    import pandas as pd

    mixed = pd.concat(parts, ignore_index=True).sample(frac=1.0, random_state=3)
    got = run(tmp_path, mixed)
    for name in ("survey_kinds", "survey_by_township"):
        a, b = (f.tables[name].select_dtypes("number").to_numpy() for f in (whole, got))
        assert np.allclose(a, b, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert len(got.tables["survey_changes"]) == len(whole.tables["survey_changes"]) == 2


def test_one_survey_and_a_register_give_the_losses_after_its_date(tmp_path):
    """50 ha of forest of 42.65 tC/ha, 60 % lost in 2024; 2023 shows what 2019 left."""
    half = shapely.box(X0, Y0, X0 + 500, Y0 + 1000)
    layers = register(
        tmp_path,
        ("森林火灾", "2024-04-05", 60.0, half),
        ("森林火灾", "2019-04-05", 60.0, half),
        ("采伐", "", 60.0, half),
    )
    plan = write_plan(tmp_path, layers, "[carbon]\nyear = 2023\n")
    found = survey_step(plan, tmp_path, quiet)
    assert found.summary.survey is None  # no change of class is known
    (row,) = found.tables["survey_disturbance"].to_dict("records")
    assert row["area_ha"] == pytest.approx(50.0, rel=1e-3)
    assert row["loss_tc"] == pytest.approx(-0.6 * 42.65 * row["area_ha"], rel=1e-6)
    told = {w.code: w.text for w in found.warnings}
    assert f"{row['loss_tc']:+,.0f} tC" in told["losses_after_the_survey"]("en")
    assert "2 条" in told["events_before_the_survey"]("zh")


def test_a_register_without_a_dated_stock_says_what_it_needs(tmp_path):
    layers = register(tmp_path, ("森林火灾", "2024-04-05", 60.0, square(0)))
    found = survey_step(write_plan(tmp_path, layers), tmp_path, quiet)
    assert codes_of(found) == ["register_without_stock"]
    assert not found.tables


OF_WEST = (
    '[[carbon.densities]]\necosystem = "forest_arbor"\npool = "{pool}"\n'
    'value_tc_ha = 10.0\n{land}\nsource = "synthetic"\n'
)
"""Parcel 0 is of 西镇: 10 tC/ha of living biomass of forest, not 42.65 as the class."""


def test_a_loss_goes_by_the_densities_of_its_township(tmp_path):
    """60 % of 10 tC/ha on 50 ha: -300 tC; in 东乡 the class holds, 0 of 西镇's density."""
    half = shapely.box(X0, Y0, X0 + 500, Y0 + 1000)
    east = square(3).buffer(-250)
    layers = register(
        tmp_path, ("森林火灾", "2019-04-05", 60.0, half), ("火灾", "2019-04-05", 50.0, east)
    )
    for land in ('townships = ["西镇"]', 'townships = ["西镇"]\nyear = 2015'):
        own = OF_WEST.format(pool="biomass", land=land)
        own += OF_WEST.format(pool="biomass", land='townships = ["东乡"]\nyear = 2023')
        old = earlier(p3=("0301", "乔木林地"), p10=("0301", "乔木林地"))
        found = run(tmp_path, old, layers=layers, more=own)
        rows = found.tables["survey_disturbance"].set_index("township")
        west = rows.loc["西镇"]
        assert west["before"] == "forest_arbor"
        assert west["loss_tc"] == pytest.approx(-0.6 * 10.0 * west["area_ha"], rel=1e-6)
        total = summary(found).disturbance.loss_tc.value
        assert total == pytest.approx(rows["loss_tc"].sum(), rel=1e-9)
    # forest of 东乡 that was built over (parcel 10): its own density is of 2023, not of 2015
    built = found.tables["survey_changes"].set_index("parcels_after").loc["B10"]
    assert built["living_tc"] == pytest.approx(-42.65 * built["area_ha"], rel=1e-6)


def test_what_is_built_over_loses_the_biomass_its_township_gives(tmp_path):
    """Parcel 9 (西镇) was forest of 10 tC/ha: -10 tC/ha, and the whole is the sum of rows."""
    old = earlier(p9=("0301", "乔木林地"), p10=("0301", "乔木林地"))
    plan_of = OF_WEST.format(pool="biomass", land='townships = ["西镇"]')
    found = run(tmp_path, old, more=plan_of)
    rows = found.tables["survey_changes"].set_index("parcels_before")
    assert rows.loc["A09", "living_tc"] == pytest.approx(-10.0 * rows.loc["A09", "area_ha"])
    assert rows.loc["A10", "living_tc"] == pytest.approx(
        -42.65 * rows.loc["A10", "area_ha"], rel=1e-6
    )
    living = summary(found).change_tc["living"].value
    assert living == pytest.approx(rows["living_tc"].sum(), rel=1e-9)
    towns = found.tables["survey_by_township"].set_index("township")["change_tc"]
    assert towns.sum() == pytest.approx(rows["total_tc"].sum(), rel=1e-9)


def test_a_loss_after_one_survey_goes_by_the_densities_of_the_parcel(tmp_path):
    """One survey knows its parcels: 60 % of 10 tC/ha of parcel B00."""
    half = shapely.box(X0, Y0, X0 + 500, Y0 + 1000)
    layers = register(tmp_path, ("森林火灾", "2024-04-05", 60.0, half))
    for land in ('parcels = ["B00"]', 'townships = ["西镇"]', "year = 2023"):
        own = "[carbon]\nyear = 2023\n" + OF_WEST.format(pool="biomass", land=land)
        found = survey_step(write_plan(tmp_path, layers, own), tmp_path, quiet)
        (row,) = found.tables["survey_disturbance"].to_dict("records")
        assert row["before"] == "forest_arbor"
        assert row["loss_tc"] == pytest.approx(-6.0 * row["area_ha"], rel=1e-6)


def test_a_class_named_otherwise_than_its_code_is_told(tmp_path):
    """0301 called 水田, one parcel of 1,200: the code counts, and the office has to look."""
    whole = earlier()
    steps = range(0, 1000, 100)
    old = gpd.GeoDataFrame(
        [
            {"DLBM": r.DLBM, "DLMC": r.DLMC, "TBBH": f"{r.TBBH}-{k}"}
            for r in whole.itertuples()
            for k in range(100)
        ],
        geometry=[
            shapely.box(west + x, south + y, west + x + 100, south + y + 100)
            for west, south, _, _ in whole.geometry.bounds.to_numpy()
            for y in steps
            for x in steps
        ],
        crs=CRS,
    )
    plain = run(tmp_path, old, path="plain.gpkg")
    assert "survey_names_differ" not in codes_of(plain)
    old.loc[0, "DLMC"] = "水田"
    found = run(tmp_path, old)
    (told,) = [w for w in found.warnings if w.code == "survey_names_differ"]
    assert "1 个图斑" in told.text("zh")
    assert "A00-0: 0301 水田" in told.text("zh")
    # the later survey has tree forest there too: nothing changed
    assert summary(found).changed_ha == pytest.approx(0.0, abs=1e-9)
