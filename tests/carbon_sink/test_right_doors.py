"""Cases of a bureau's own data by the plan: what lies outside, twice, in another unit or order.

The county is 1,200 ha of twelve parcels of 100 ha, one of them arbor forest: 8.33 %.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from affine import Affine

from carbon_sink.asked.keys import key_findings
from carbon_sink.change.findings import change_findings
from carbon_sink.section import SECTIONS
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_monitor import monitor_step
from carbon_sink.step_targets import targets_step
from carbon_sink.stock.inventory_faults import inventory_faults
from geoplan.needs import require_asked
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import own_grid, plan_grid
from gis.errors import ConfigError, DataError
from gis.files.read_raster import read_raster
from gis.files.write import write_cog
from layers.catalogue import layer_ids
from layers.plain_json import to_json
from layers.plan.read import read_plan
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan

GRID = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
CELLS_HA = cell_area_m2(GRID) / 1e4
WORDS = (
    '[carbon.crosswalk]\n"10" = "forest_arbor"\n"30" = "grass_other"\n'
    '"40" = "cropland_irrigated"\n"50" = "built"\n"90" = "marsh"\n'
)


def cover(folder, before, after, grid=GRID, base_grid=GRID, *, more="", carbon="", nodata=0):
    """A plan with two land covers of WorldCover's classes, 2015 and 2023."""
    for name, data, own in (("base", before, base_grid), ("later", after, grid)):
        write_cog(folder / f"{name}.tif", data, own, dtype="uint8", nodata=nodata)
    layers = "".join(
        f'[layers.{k}]\npath = "{n}.tif"\nvocabulary = "worldcover2021"\n'
        for k, n in (("land_cover", "later"), ("land_cover_base", "base"))
    )
    dates = "" if "year =" in carbon else "year = 2023\nbase_year = 2015\n"
    text = f"[carbon]\ndraws = 1000\n{dates}{carbon}{WORDS}"
    return write_plan(folder, layers + more, text)


def dated(plan, base, later):
    """The plan with its two land covers dated."""
    given = {"land_cover_base": base, "land_cover": later}
    return plan.with_layers(
        {k: plan.layers[k].model_copy(update={"date": d}) for k, d in given.items()}
    )


def planted(folder, **kwargs):
    """100 ha of grassland that became forest between 2015 and 2023, the rest fields."""
    before = np.full((30, 40), 40, np.uint8)
    before[:10, :10] = 30
    after = before.copy()
    after[:10, :10] = 10
    return cover(folder, before, after, **kwargs)


def forest_layer(folder, shapes, **columns):
    columns = {"DI_LEI": ["乔木林"] * len(shapes), **columns}
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)
    table.to_file(folder / "forest.gpkg")
    return '[layers.forest_land]\npath = "forest.gpkg"\n'


def forest_cover(plan, folder, caliber="decree"):
    r = targets_step(plan, folder, quiet)
    by = r.tables["indicators_by_caliber"].set_index(["indicator", "caliber"])
    return float(by.loc[("forest_cover", caliber), "value"]), {w.code for w in r.warnings}


# ------------------------------------------------------------------ two dates by the plan


def test_a_plantation_of_eight_years_by_the_plan(tmp_path):
    r = carbon_step(planted(tmp_path), tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    ha = CELLS_HA[:10, :10].sum()
    # 2.17 x 8 - 14.9 - 2.73 tC/ha
    living = change["stock_difference_tc"]["living"]["value"]
    assert living == pytest.approx(-0.27 * ha, rel=1e-6)
    assert living == pytest.approx(-27.0, abs=0.2)
    told = {w.code: w.text for w in r.warnings}
    assert {"change_is_a_bound", "planting_year_not_known"} <= set(told)
    choices = {c["choice"]: c["total_tc"]["value"] for c in change["choices"]}
    # planted at the later date nothing stands yet and no litter: all grass is lost
    assert choices["end"] == pytest.approx(-2.73 * ha, rel=1e-6)
    assert choices["end"] < choices["even"] < choices["start"]
    assert change["choices_low_tc"] < choices["end"]
    assert "0 至 8 年" in told["planting_year_not_known"]("zh")
    assert change["one_estimate"] is True
    # the map says what the table says
    for name, value in (("carbon_change", -0.27 + 0.81 * 8 / 20),
                        ("carbon_density", 2.46 + 0.81 * 8 / 20 + 43.0)):  # fmt: skip
        got, _ = read_raster(r.rasters[name], GRID, kind="intensive")
        np.testing.assert_allclose(got[:10, :10], value, rtol=1e-5)


def test_tables_of_a_land_cover_speak_to_a_reader(tmp_path):
    """No row says that the land is in no township; no cell names a layer or a coefficient."""
    plan = planted(tmp_path)
    rasters = {k: v for k, v in plan.layers.items() if k != "land_parcels"}
    r = carbon_step(plan.model_copy(update={"layers": rasters}), tmp_path, quiet)
    assert "carbon_by_township" not in r.tables
    notes = r.tables["carbon_reconciliation"]["note_zh"]
    assert "土地覆盖栅格像元的椭球面积之和" in set(notes)
    assert not {"raster", "land_cover"} & set(notes)
    labels = r.tables["carbon_variance"]["label_zh"]
    assert any("土壤有机碳" in x for x in labels)
    assert not labels.str.contains(r"[A-Za-z]_", regex=True).any()


def test_a_project_layer_dates_its_planting(tmp_path):
    # the western half was planted in 2020: 3 years old, nothing stands yet
    west = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    gpd.GeoDataFrame({"NF": [2020]}, geometry=[west], crs=CRS).to_file(tmp_path / "works.gpkg")
    plan = planted(tmp_path, more='[layers.restoration_projects]\npath = "works.gpkg"\n')
    r = carbon_step(plan, tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    young, old = CELLS_HA[:10, :5].sum(), CELLS_HA[:10, 5:10].sum()
    living = change["stock_difference_tc"]["living"]["value"]
    assert living == pytest.approx(-2.73 * young - 0.27 * old, rel=1e-6)
    got, _ = read_raster(r.rasters["carbon_change"], GRID, kind="intensive")
    assert got[5, 2] == pytest.approx(-2.73 + 0.81 * 3 / 20, rel=1e-5)
    assert got[5, 7] == pytest.approx(-0.27 + 0.81 * 8 / 20, rel=1e-5)


def test_a_project_before_the_earlier_map_dates_nothing(tmp_path):
    """Grass in 2015, trees in 2023, a project "of 1990": at most 8 years old, and told."""
    west = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    gpd.GeoDataFrame({"NF": [1990]}, geometry=[west], crs=CRS).to_file(tmp_path / "works.gpkg")
    plan = planted(tmp_path, more='[layers.restoration_projects]\npath = "works.gpkg"\n')
    r = carbon_step(plan, tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    assert change == pytest.approx(-0.27 * CELLS_HA[:10, :10].sum(), rel=1e-6)
    got, _ = read_raster(r.rasters["carbon_change"], GRID, kind="intensive")
    np.testing.assert_allclose(got[:10, :10], -0.27 + 0.81 * 8 / 20, rtol=1e-5)
    told = {w.code: w.text for w in r.warnings}["planted_too_early"]
    assert f"{CELLS_HA[:10, :5].sum():,.1f} 公顷" in told("zh")


def stands_of_age(folder, *ages, date="2023-12-31"):
    """Stands of tree forest on halves of the planted square, with their mean ages."""
    halves = [
        shapely.box(X0 + 500 * i, Y0 + 2000, X0 + 500 * (i + 1), Y0 + 3000) for i in (0, 1)
    ]
    table = {"DI_LEI": ["乔木林"] * len(ages), "PINGJUN_NL": [float(a) for a in ages]}
    gpd.GeoDataFrame(table, geometry=halves[: len(ages)], crs=CRS).to_file(folder / "xb.gpkg")
    when = f'date = "{date}"\n' if date else ""
    return f'[layers.forest_land]\npath = "xb.gpkg"\n{when}'


def test_a_mean_age_dates_planting_where_no_project_does(tmp_path):
    """Survey of 2023 less 3 years: the western half is that of the project of 2020 above."""
    plan = planted(tmp_path, more=stands_of_age(tmp_path, 3))
    r = carbon_step(plan, tmp_path, quiet)
    young, old = CELLS_HA[:10, :5].sum(), CELLS_HA[:10, 5:10].sum()
    change = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    assert change == pytest.approx(-2.73 * young - 0.27 * old, rel=1e-6)
    told = {w.code: w.text for w in r.warnings}["planted_by_mean_age"]
    assert "2023" in told("zh")
    assert "2020" in told("en")


def test_a_project_is_better_than_a_mean_age(tmp_path):
    west = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    gpd.GeoDataFrame({"NF": [2020]}, geometry=[west], crs=CRS).to_file(tmp_path / "works.gpkg")
    layers = '[layers.restoration_projects]\npath = "works.gpkg"\n'
    # the stands would have both halves at 8 years, planted just after the earlier date
    r = carbon_step(
        planted(tmp_path, more=layers + stands_of_age(tmp_path, 7, 7)), tmp_path, quiet
    )
    young, rest = CELLS_HA[:10, :5].sum(), CELLS_HA[:10, 5:10].sum()
    change = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    # 2.17 x 7 - 14.9 = 0.29 tC/ha in the east, nothing yet in the west
    assert change == pytest.approx(-2.73 * young + (0.29 - 2.73) * rest, rel=1e-6)


@pytest.mark.parametrize(
    ("written", "per_ha", "missing"),
    [
        ("杨树", 2.17 * 7 - 14.9, False),  # 0.29 tC/ha
        ("榆树", 0.0, False),  # 0.43 x 7 - 4.78 is below zero: nothing stands yet
        ("", 2.17 * 7 - 14.9, False),  # not stated: the line of the class, as without a layer
        ("530", 0.0, True),  # a code nobody explains borrows no other species' line
    ],
)
@pytest.mark.parametrize("of", ["works", "stands"])
def test_planting_grows_along_the_line_of_its_species(tmp_path, of, written, per_ha, missing):
    """Planted in 2016, 7 years before the later date."""
    box = shapely.box(X0, Y0 + 2000, X0 + 1000, Y0 + 3000)
    if of == "works":
        table = {"NF": [2016], "SZ": [written]}
        layer = '[layers.restoration_projects]\npath = "species.gpkg"\n'
    else:
        table = {"DI_LEI": ["乔木林"], "PINGJUN_NL": [7.0], "YOU_SHI_SZ": [written]}
        layer = '[layers.forest_land]\npath = "species.gpkg"\ndate = "2023-12-31"\n'
    gpd.GeoDataFrame(table, geometry=[box], crs=CRS).to_file(tmp_path / "species.gpkg")
    r = carbon_step(planted(tmp_path, more=layer), tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    living = change["stock_difference_tc"]["living"]["value"]
    ha = CELLS_HA[:10, :10].sum()
    assert living == pytest.approx((per_ha - 2.73) * ha, rel=1e-6)
    told = {w.code: w.text for w in r.warnings}
    lacking = sum(m["area_ha"] for m in change["missing"] if m["pool"] == "living")
    assert (lacking > 0) == missing
    if missing and of == "works":
        assert "530" in told["species_without_line"]("zh")


@pytest.mark.parametrize("years", [{}, {"NF": [None]}])
@pytest.mark.parametrize(
    ("written", "per_ha"),
    [("杨树", 2.17 * 8 - 14.9), ("榆树", 0.0), ("落叶松", None)],  # elm: 0.43 x 8 - 4.78 < 0
)
def test_a_project_without_a_year_keeps_its_species(tmp_path, years, written, per_ha):
    """Planted at some time since the earlier date, 8 years ago, as land of no project is."""
    box = shapely.box(X0, Y0 + 2000, X0 + 1000, Y0 + 3000)
    table = {**years, "SZ": [written]}
    gpd.GeoDataFrame(table, geometry=[box], crs=CRS).to_file(tmp_path / "works.gpkg")
    plan = planted(tmp_path, more='[layers.restoration_projects]\npath = "works.gpkg"\n')
    r = carbon_step(plan, tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    living = change["stock_difference_tc"]["living"]["value"]
    ha = CELLS_HA[:10, :10].sum()
    assert living == pytest.approx(((per_ha or 0.0) - 2.73) * ha, rel=1e-6)
    told = {w.code for w in r.warnings}
    assert ("species_without_line" in told) == (per_ha is None)


def test_of_projects_on_one_land_the_last_planting_stands(tmp_path):
    """Poplar of 2016 over all, planted anew in 2020 in the west: 3 years, nothing yet."""
    whole = shapely.box(X0, Y0 + 2000, X0 + 1000, Y0 + 3000)
    west = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    works = gpd.GeoDataFrame({"NF": [2016, 2020, 2030]}, geometry=[whole, west, west], crs=CRS)
    works.to_file(tmp_path / "works.gpkg")
    plan = planted(tmp_path, more='[layers.restoration_projects]\npath = "works.gpkg"\n')
    r = carbon_step(plan, tmp_path, quiet)
    living = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    young, old = CELLS_HA[:10, :5].sum(), CELLS_HA[:10, 5:10].sum()
    assert living == pytest.approx(-2.73 * young + (2.17 * 7 - 14.9 - 2.73) * old, rel=1e-6)
    told = {w.code: w.text for w in r.warnings}
    assert "50.0 公顷" in told["projects_overlap"]("zh")
    assert "1 planting project is dated after 2023" in told["projects_to_come"]("en")


@pytest.mark.parametrize(
    ("date", "per_ha"),
    [
        ("2023-12-31", 0.0),  # elm, 0.43 x 7 - 4.78 is below zero: nothing stands yet
        ("2015-12-31", 2.17 * 7 - 14.9),  # older than the planting: the line of the class
        ("", 2.17 * 7 - 14.9),
    ],
)
def test_a_project_of_no_species_takes_that_of_the_stand_there(tmp_path, date, per_ha):
    """Planted in 2016 by the project; the western half is elm by the forest map."""
    box = shapely.box(X0, Y0 + 2000, X0 + 1000, Y0 + 3000)
    west = shapely.box(X0, Y0 + 2000, X0 + 500, Y0 + 3000)
    works = gpd.GeoDataFrame({"NF": [2016]}, geometry=[box], crs=CRS)
    works.to_file(tmp_path / "works.gpkg")
    stand = gpd.GeoDataFrame(
        {"DI_LEI": ["乔木林"], "YOU_SHI_SZ": ["榆树"]}, geometry=[west], crs=CRS
    )
    stand.to_file(tmp_path / "stand.gpkg")
    layers = '[layers.restoration_projects]\npath = "works.gpkg"\n'
    layers += '[layers.forest_land]\npath = "stand.gpkg"\n'
    layers += f'date = "{date}"\n' if date else ""
    r = carbon_step(planted(tmp_path, more=layers), tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    of_map, rest = CELLS_HA[:10, :5].sum(), CELLS_HA[:10, 5:10].sum()
    hand = (per_ha - 2.73) * of_map + (2.17 * 7 - 14.9 - 2.73) * rest
    assert change == pytest.approx(hand, rel=1e-6)
    told = {w.code: w.text for w in r.warnings}["species_of_the_map"]("en")
    assert ("50.0 ha; on 50.0 ha" if date.startswith("2023") else "0.0 ha; on 100.0 ha") in told


@pytest.mark.parametrize(("age", "date"), [(30, "2023-12-31"), (3, ""), (0, "2023-12-31")])
def test_an_age_that_cannot_date_the_planting_does_not(tmp_path, age, date):
    """Older than the earlier map, of a survey without a date, and 0 for "not known"."""
    r = carbon_step(
        planted(tmp_path, more=stands_of_age(tmp_path, age, date=date)), tmp_path, quiet
    )
    living = to_json(r.summary)["carbon"]["change"]["stock_difference_tc"]["living"]["value"]
    assert living == pytest.approx(-0.27 * CELLS_HA[:10, :10].sum(), rel=1e-6)
    assert "planted_by_mean_age" not in {w.code for w in r.warnings}


def test_forest_built_over_by_the_plan(tmp_path):
    before = np.full((30, 40), 40, np.uint8)
    before[:10, :10] = 10
    after = before.copy()
    after[:10, :10] = 50
    r = carbon_step(cover(tmp_path, before, after), tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    ha = CELLS_HA[:10, :10].sum()
    total = change["stock_difference_tc"]["total"]["value"]
    assert total == pytest.approx(-(42.65 + 0.81) * ha, rel=1e-6)
    assert (change["bound"], change["more_loss_tc"]) == (
        "at_most", pytest.approx(43.0 * ha, rel=1e-6)
    )  # fmt: skip
    assert "上限" in change["bound_note"]["zh"]
    assert "upper bound" in change["bound_note"]["en"]
    # where the loss of forest is, the map shows it
    got, _ = read_raster(r.rasters["carbon_change"], GRID, kind="intensive")
    np.testing.assert_allclose(got[:10, :10], -43.46, rtol=1e-5)


def test_a_township_layer_of_half_the_county_halves_nothing(tmp_path):
    plan = planted(tmp_path)
    whole = to_json(carbon_step(plan, tmp_path, quiet).summary)["carbon"]["change"]
    half = gpd.GeoDataFrame(
        {"XZMC": ["西镇"]}, geometry=[shapely.box(X0, Y0, X0 + 500, Y0 + 3000)], crs=CRS
    )
    half.to_file(tmp_path / "towns.gpkg", layer="towns")
    r = carbon_step(plan, tmp_path, quiet)
    part = to_json(r.summary)["carbon"]["change"]
    for key in ("converted_ha", "stock_difference_tc", "footprints_ha"):
        a, b = whole[key], part[key]
        if key == "stock_difference_tc":
            a, b = a["total"]["value"], b["total"]["value"]
        assert b == pytest.approx(a, rel=1e-9)
    towns = r.tables["carbon_change_by_township"]
    assert sorted(towns["township"]) == ["", "西镇"]
    total = part["stock_difference_tc"]["total"]["value"]
    assert towns["change_tc"].sum() == pytest.approx(total, rel=1e-9)
    assert towns["known_ha"].sum() == pytest.approx(part["footprints_ha"]["both"], rel=1e-9)


def test_townships_drawn_over_one_another_count_land_once(tmp_path):
    plan = planted(tmp_path)
    both = [
        shapely.box(X0, Y0, X0 + 3000, Y0 + 3000),
        shapely.box(X0, Y0, X0 + 4500, Y0 + 3500),
    ]
    twice = gpd.GeoDataFrame({"XZMC": ["甲", "乙"]}, geometry=both, crs=CRS)
    twice.to_file(tmp_path / "towns.gpkg", layer="towns")
    r = carbon_step(plan, tmp_path, quiet)
    known = r.tables["carbon_change_by_township"]["known_ha"].sum()
    assert known == pytest.approx(CELLS_HA.sum(), rel=1e-9)


def test_a_township_of_two_features_is_one_and_one_without_a_name_is_none(tmp_path):
    plan = planted(tmp_path)
    boxes = [shapely.box(X0 + e, Y0, X0 + e + 1000, Y0 + 3000) for e in (0, 1000, 2000)]
    towns = gpd.GeoDataFrame({"XZMC": ["甲", "甲", None]}, geometry=boxes, crs=CRS)
    towns.to_file(tmp_path / "towns.gpkg", layer="towns")
    raw = parcels().drop(columns="XZMC")  # parcels that do not say their township
    raw.to_file(tmp_path / "parcels.gpkg", layer="dltb")
    r = carbon_step(plan, tmp_path, quiet)
    assert r.tables["land_areas"]["area_ha"].sum() == pytest.approx(1199.5, abs=0.5)
    table = r.tables["carbon_change_by_township"]
    known = table.set_index("township")["known_ha"]
    assert known.to_dict() == pytest.approx(
        {"甲": CELLS_HA[:, :20].sum(), "": CELLS_HA[:, 20:].sum()}, rel=1e-9
    )


def test_dates_of_unlike_cells_are_not_compared(tmp_path):
    coarse = plan_grid((X0, Y0, X0 + 4200, Y0 + 3000), CRS, 300)
    after = np.full((30, 40), 40, np.uint8)
    after[:, ::7] = 10
    before = np.full(tuple(coarse.shape), 40, np.uint8)
    plan = cover(tmp_path, before, after, base_grid=coarse)
    r = carbon_step(plan, tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    assert change["state"] == "refused"
    assert "300" in change["reason"]["zh"]
    assert "land_covers_not_comparable" in {w.code for w in r.warnings}
    assert not any(name.startswith("carbon_change") for name in r.tables)
    (found,) = change_findings(plan)
    assert found.code == "land_covers_not_comparable"
    assert found.text("zh") == change["reason"]["zh"]


@pytest.mark.parametrize(
    ("shift", "cell", "word"),
    [(50, 100, "0.50"), (0, 98, "98.0"), (100, 100, ""), (0.2, 100, "")],
)
def test_dates_whose_cells_do_not_lie_upon_one_another_say_so(tmp_path, shift, cell, word):
    base = own_grid((32, 44), Affine(cell, 0, X0 + shift, 0, -cell, Y0 + 3000), CRS)
    plan = cover(
        tmp_path,
        np.full((32, 44), 40, np.uint8),
        np.full((30, 40), 40, np.uint8),
        base_grid=base,
    )
    r = carbon_step(plan, tmp_path, quiet)
    told = [w.text("en") for w in r.warnings if w.code == "land_covers_unlike_cells"]
    assert [word in x for x in told] == ([True] if word else [])
    assert [f.text("en") for f in change_findings(plan)] == told


@pytest.mark.parametrize(
    ("base", "later"), [("2023", "2015"), ("2023", ""), ("", "2015-12-31"), ("2023", "2023")]
)
def test_layers_dated_against_the_years_of_the_plan_are_refused(tmp_path, base, later):
    """base_year 2015, year 2023: new forest of one order is forest lost of the other."""
    plan = dated(planted(tmp_path), base, later)
    with pytest.raises(ConfigError, match="not in the order of the plan"):
        monitor_step(plan, tmp_path, quiet)
    with pytest.raises(ConfigError, match="not in the order of the plan") as e:
        carbon_step(plan, tmp_path, quiet)
    told = e.value.text("en")
    assert "[layers.land_cover_base] date" in told
    assert f"{base or '-'}, {later or '-'}" in told
    assert "2015 and 2023" in told
    with pytest.raises(ConfigError, match="not in the order of the plan"):
        require_asked(plan, ("screen", "carbon"))
    (found,) = change_findings(plan)
    assert (found.code, found.severity) == ("land_covers_dated_against_years", "error")


@pytest.mark.parametrize(
    ("base", "later", "told"),
    [("2015-08-31", "2023", False), ("", "", False), ("2013", "2023", True),
     ("", "2021", True)],
)  # fmt: skip
def test_layers_of_other_years_in_order_are_told(tmp_path, base, later, told):
    plan = dated(planted(tmp_path), base, later)
    require_asked(plan, ("carbon",))
    r = carbon_step(plan, tmp_path, quiet)
    said = [w.text("en") for w in r.warnings if w.code == "land_covers_of_other_years"]
    assert [f.text("en") for f in change_findings(plan)] == said
    assert len(said) == told
    if told:
        years = f"{base[:4] or 2015} and {later[:4] or 2023}"
        assert f"dated {years}, but the change is counted from 2015 to 2023" in said[0]


@pytest.mark.parametrize(
    ("more", "got", "expected"),
    [
        ("year = 2050\nvolume_m3 = 6000\n", "year=2050", "<= 2026"),
        (
            "year = 2023\nvolume_m3 = 6000\narbor_area_ha = 30000\n",
            "arbor_area_ha=30000",
            "<= 1199.5 ha",
        ),
    ],
)
def test_an_inventory_that_cannot_be_is_refused(tmp_path, more, got, expected):
    """The plan's day is in 2026; the county's 1,200 ha of the plane are 1,199.5 ha."""
    volume = f'[[carbon.stock_volume]]\n{more}source = "inventory"\n'
    plan = planted(tmp_path, carbon="year = 2023\nbase_year = 2015\n" + volume)
    for step in (carbon_step, targets_step):
        with pytest.raises(ConfigError) as e:
            step(plan, tmp_path, quiet)
        told = e.value.text("en")
        assert "[[carbon.stock_volume]] 1" in told
        assert got in told
        assert expected in told
    with pytest.raises(ConfigError):
        require_asked(plan, ("targets",))
    assert expected in inventory_faults(plan)[0].expected
    (found,) = key_findings(plan)
    assert found.severity == "error"


@pytest.mark.parametrize(("value", "unit", "wrong"), [(1, "万亩", False), (1.9, "万亩", True)])
def test_a_target_of_more_land_than_the_county_is_refused(tmp_path, value, unit, wrong):
    """1 x 10,000 mu are 666.7 ha of the county's 1,199.5; 1.9 are 1,266.7 ha."""
    goal = (
        f'[[targets]]\nid = "wet"\ntitle = "wetland"\nindicator = "wetland_area"\nyear = 2030\n'
        f'value = {value}\nunit = "{unit}"\nsection = "1"\nquote = "q"\n'
    )
    found = inventory_faults(write_plan(tmp_path, more=goal))
    assert [f.where.split("] ")[-1] for f in found] == ["wet"] * wrong
    assert [f.got for f in found] == ["1.9 万亩"] * wrong


@pytest.mark.parametrize(("ha", "told"), [(20, True), (95, False), (130, True), (None, False)])
def test_an_inventory_on_other_land_than_the_survey_is_told(tmp_path, ha, told):
    """The parcels have 100 ha of arbor forest; 6,000 m3 on 20 ha are 300 m3/ha."""
    area = "" if ha is None else f"arbor_area_ha = {ha}\n"
    volume = f'[[carbon.stock_volume]]\nyear = 2023\nvolume_m3 = 6000\n{area}source = "s"\n'
    r = carbon_step(write_plan(tmp_path, more="[carbon]\nyear = 2023\n" + volume), tmp_path,
                    quiet)  # fmt: skip
    said = [w.text("en") for w in r.warnings if w.code == "inventory_on_other_land"]
    assert bool(said) == told
    if told:
        assert f"states {ha:,.1f} ha of arbor forest ({6000 / ha:,.1f} m³/ha)" in said[0]
        assert "has 100.0 ha" in said[0] or "has 99.9 ha" in said[0]


@pytest.mark.parametrize(
    ("belt", "trees", "refused"), [(690, 400, False), (1300, 0, True), (700, 600, True)]
)
def test_more_trees_beside_the_map_than_land_are_refused_before_a_run(
    tmp_path, belt, trees, refused
):
    """1,199.5 ha of land, 100 of them arbor: 1,090 ha of belts and trees fit, 1,300 do not."""
    more = "".join(
        f'[carbon.{name}]\narea_ha = {ha}\nsource = "s"\n'
        for name, ha in (("shelterbelt", belt), ("four_side_trees", trees))
    )
    plan = planted(tmp_path, carbon="year = 2023\nbase_year = 2015\n" + more)
    assert bool(key_findings(plan)) == refused
    if not refused:
        require_asked(plan, ("targets",))
        return
    with pytest.raises(ConfigError, match="shelterbelts and four-side trees is larger") as e:
        require_asked(plan, ("screen", "targets"))
    told = e.value.text("en")
    assert "[carbon] shelterbelt, four_side_trees" in told
    assert f"shelterbelt={belt}, four_side_trees={trees}; expected <= 1199.5 ha" in told


def test_years_that_are_not_there_or_not_in_order_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="must lie before"):
        planted(tmp_path, carbon="year = 2015\nbase_year = 2025\n")
    with pytest.raises(ConfigError, match="must lie before"):
        planted(tmp_path, carbon="year = 2015\nbase_year = 2015\n")
    plan = planted(tmp_path, carbon="year = 2023\n")
    with pytest.raises(ConfigError, match="years are not given"):
        carbon_step(plan, tmp_path, quiet)
    # the doctor says it before anything is computed
    (found,) = change_findings(plan)
    assert (found.code, found.severity) == ("land_cover_years_missing", "error")
    # and so does a run, for which it would be the last of many minutes
    with pytest.raises(ConfigError, match="years are not given"):
        require_asked(plan, ("screen", "carbon"))
    require_asked(plan, ("screen",))


def test_zero_is_no_data_in_worldcover_whatever_the_file_declares(tmp_path):
    before = np.full((30, 40), 30, np.uint8)
    after = before.copy()
    before[:, :10] = 0
    plan = cover(tmp_path, before, after, nodata=255)
    change = to_json(carbon_step(plan, tmp_path, quiet).summary)["carbon"]["change"]
    found = change["footprints_ha"]
    assert found["after_only"] == pytest.approx(CELLS_HA[:, :10].sum(), rel=1e-6)
    assert found["both"] == pytest.approx(CELLS_HA[:, 10:].sum(), rel=1e-6)


def test_stock_and_change_on_different_land_is_said(tmp_path):
    # 100 ha of forest in the parcels, 300 ha in the land cover
    before = np.full((30, 40), 40, np.uint8)
    before[:, :10] = 10
    r = carbon_step(cover(tmp_path, before, before), tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    forest = next(x for x in change["land"] if x["group"] == "forest")
    assert forest["stock_ha"] == pytest.approx(100.0, rel=1e-3)
    assert forest["change_ha"] == pytest.approx(CELLS_HA[:, :10].sum(), rel=1e-6)
    assert change["stock_after_tc"] == change["stock_before_tc"]
    told = next(w for w in r.warnings if w.code == "stock_and_change_differ_in_land")
    assert "300" in told.text("zh")


def test_checked_places_give_the_areas_their_error(tmp_path):
    (tmp_path / "accuracy.csv").write_text(
        ",*>forest_arbor,stable\n*>forest_arbor,40,10\nstable,2,198\n", encoding="utf-8"
    )
    accuracy = '[carbon.area_accuracy]\npath = "accuracy.csv"\nsource = "field check"\n'
    plan = planted(tmp_path)
    plain = to_json(carbon_step(plan, tmp_path, quiet).summary)["carbon"]["change"]
    path = plan.path
    path.write_text(path.read_text(encoding="utf-8") + accuracy, encoding="utf-8")
    plan = read_plan(path, SECTIONS, layer_ids())
    r = carbon_step(plan, tmp_path, quiet)
    change = to_json(r.summary)["carbon"]["change"]
    mapped = CELLS_HA[:10, :10].sum()
    rest = CELLS_HA.sum() - mapped
    adjusted = 0.8 * mapped + 0.01 * rest
    row = next(a for a in change["areas"] if a["stratum"] == "*>forest_arbor")
    assert row["adjusted_ha"] == pytest.approx(adjusted, rel=1e-6)
    living = change["stock_difference_tc"]["living"]
    assert living["value"] == pytest.approx(-0.27 * adjusted, rel=1e-6)
    assert change["area_source"] == "field check"
    wide = [c["stock_difference_tc"]["living"] for c in (change, plain)]
    assert wide[0]["high"] - wide[0]["low"] > 0.9 * (wide[1]["high"] - wide[1]["low"])
    for bad in ("not,a\nmatrix,x\n", ",a,b\nb,1,2\na,3,4\n", ",a\na,1.5\n", ""):
        (tmp_path / "accuracy.csv").write_text(bad, encoding="utf-8")
        with pytest.raises(DataError):
            carbon_step(plan, tmp_path, quiet)


# ------------------------------------------------------------------ inventories and densities


@pytest.mark.parametrize(("old", "new"), [(5_500, 6_000), (550_000, 600_000)])
def test_two_inventories_by_the_plan(tmp_path, old, new):
    rows = "".join(
        f'[[carbon.stock_volume]]\nyear = {y}\nvolume_m3 = {v}\nsource = "inventory"\n'
        for y, v in ((2020, old), (2025, new))
    )
    plan = write_plan(tmp_path, more=f"[carbon]\nyear = 2025\ndraws = 1000\n{rows}")
    r = carbon_step(plan, tmp_path, quiet)
    found = to_json(r.summary)["carbon"]["inventories"]
    # 0.6251 t to the m3, 0.452 tC to the tonne: +141 tC, +14.1 ktC
    assert found["change_tc"]["value"] == pytest.approx((new - old) * 0.6251 * 0.452)
    assert found["change_tc_yr"]["value"] == pytest.approx((new - old) * 0.6251 * 0.452 / 5)
    (told,) = [w for w in r.warnings if w.code == "inventory_change"]
    # no error_frac: whoever reads the interval is told what it lacks
    assert "2020、2025年蓄积量没有给出误差" in told.text("zh")
    assert "[[carbon.stock_volume]] error_frac" in told.plan_key
    assert len(r.tables["carbon_inventories"]) == 1


def test_an_inventory_with_its_error_is_not_told_as_exact(tmp_path):
    rows = "".join(
        f'[[carbon.stock_volume]]\nyear = {y}\nvolume_m3 = {v}\nsource = "inventory"\n{more}'
        for y, v, more in ((2020, 5_500, "error_frac = 0.05\n"), (2025, 6_000, ""))
    )
    plan = write_plan(tmp_path, more=f"[carbon]\nyear = 2025\ndraws = 1000\n{rows}")
    (told,) = [
        w for w in carbon_step(plan, tmp_path, quiet).warnings if w.code == "inventory_change"
    ]
    assert "2025年蓄积量没有给出误差" in told.text("zh")
    assert "2020、" not in told.text("zh")


@pytest.mark.parametrize("pools", [("soc", "soc"), ("agb", "biomass"), ("biomass", "bgb")])
def test_two_densities_of_one_pool_are_refused(tmp_path, pools):
    rows = "".join(
        f'[[carbon.densities]]\necosystem = "sand"\npool = "{p}"\nvalue_tc_ha = {v}\n'
        f'source = "x"\n{"depth_cm = 30" if p == "soc" else ""}\n'
        for p, v in zip(pools, (1.0, 2.0), strict=True)
    )
    with pytest.raises(ConfigError, match="two densities"):
        write_plan(tmp_path, more=rows)


def test_halves_and_depths_are_no_rivals(tmp_path):
    rows = "".join(
        f'[[carbon.densities]]\necosystem = "sand"\npool = "{p}"\nvalue_tc_ha = 1.0\n'
        f'source = "x"\n{more}\n'
        for p, more in (
            ("agb", ""), ("bgb", ""), ("soc", "depth_cm = 30"), ("soc", "depth_cm = 100")
        )
    )  # fmt: skip
    write_plan(tmp_path, more=rows)


# ------------------------------------------------------------------ land outside and twice


def test_parcels_beyond_the_county_do_not_count(tmp_path):
    # 5 ha of 1,200 (0.42 %) of the forest parcel lie outside: 8.33 % stays 8.33 %
    table = parcels()
    shapes = list(table.geometry)
    shapes[0] = shapely.box(X0 - 50, Y0, X0 + 1000, Y0 + 1000)
    far = shapely.box(X0 + 9000, Y0, X0 + 9500, Y0 + 1000)  # and 50 ha more far away
    extra = table.iloc[[0]].assign(BSM="B99")
    table = pd.concat([table.set_geometry(shapes), extra.set_geometry([far])])
    table.to_file(tmp_path / "parcels.gpkg", layer="dltb")
    plan = write_plan(tmp_path)
    r = carbon_step(plan, tmp_path, quiet)
    closure = to_json(r.summary)["carbon"]["closure"]
    assert closure["relative"] == pytest.approx(0.0, abs=1e-6)
    told = next(w for w in r.warnings if w.code == "outside_county")
    assert "55.0" in told.text("en")
    assert len(r.layers["ecosystem"]) == 12
    for caliber in ("decree", "special_shrub", "integrated"):
        got, _ = forest_cover(plan, tmp_path, caliber)
        assert got == pytest.approx(100 / 12, abs=2e-3)


def test_stands_twice_or_outside_do_not_count(tmp_path):
    own = shapely.box(X0, Y0, X0 + 1000, Y0 + 1000)
    half_out = shapely.box(X0 - 1000, Y0 + 1000, X0, Y0 + 2000)
    for shapes, code in (([own], None), ([own, own], "stands_counted_once"),
                         ([own, half_out], "outside_county")):  # fmt: skip
        plan = write_plan(tmp_path, forest_layer(tmp_path, shapes))
        got, told = forest_cover(plan, tmp_path)
        assert got == pytest.approx(100 / 12, abs=2e-3)
        assert code is None or code in told


def test_canopy_in_percent_is_refused(tmp_path):
    own = [shapely.box(X0, Y0, X0 + 1000, Y0 + 1000)]
    plan = write_plan(tmp_path, forest_layer(tmp_path, own, YU_BI_DU=[40.0]))
    with pytest.raises(DataError, match=r"0\.4") as e:
        targets_step(plan, tmp_path, quiet)
    assert "40" in e.value.text("zh")
    for canopy, share in ((0.4, 100 / 12), (0.1, 0.0)):
        plan = write_plan(tmp_path, forest_layer(tmp_path, own, YU_BI_DU=[canopy]))
        got, _ = forest_cover(plan, tmp_path)
        assert got == pytest.approx(share, abs=2e-3)


def test_survey_codes_in_place_of_forest_types_are_told(tmp_path):
    own = [shapely.box(X0, Y0, X0 + 1000, Y0 + 1000)]
    table = gpd.GeoDataFrame({"DLBM": ["0301"]}, geometry=own, crs=CRS)
    table.to_file(tmp_path / "forest.gpkg")
    plan = write_plan(tmp_path, '[layers.forest_land]\npath = "forest.gpkg"\n')
    r = targets_step(plan, tmp_path, quiet)
    told = next(w for w in r.warnings if w.code == "forest_layer_without_type")
    assert "DLBM" in told.text("zh")
    assert "DI_LEI" in told.text("en")


# ------------------------------------------------------------------ wetland, NDVI


def test_burial_of_lakes_is_not_of_rivers(tmp_path):
    # 100 ha of river and 100 ha of inland flat; fish ponds are no wetland by law
    r = carbon_step(write_plan(tmp_path), tmp_path, quiet)
    flux = to_json(r.summary)["carbon"]["wetland_flux"]
    assert flux["area_ha"] == pytest.approx(100.0, rel=1e-3)
    assert flux["flowing_ha"] == pytest.approx(100.0, rel=1e-3)
    assert flux["burial_tc_yr"]["value"] == pytest.approx(49.9, rel=1e-3)


@pytest.mark.parametrize(("rises", "told"), [(True, False), (False, True)])
def test_plots_that_run_against_ndvi_calibrate_nothing(tmp_path, rises, told):
    ndvi = np.tile(np.linspace(0.1, 0.8, 40, dtype=np.float32), (30, 1))
    write_cog(tmp_path / "ndvi.tif", ndvi, GRID, dtype="float32", nodata=float("nan"))
    at = np.arange(10)
    slope = 5.0 if rises else -5.0
    plots = gpd.GeoDataFrame(
        {"plot_id": [f"p{i}" for i in at], "cover_pct": 50.0 + slope * (at - 4.5)},
        geometry=gpd.points_from_xy(X0 + 250 + 350 * at, np.full(10, Y0 + 1500)),
        crs=CRS,
    )
    plots.to_file(tmp_path / "plots.gpkg")
    plan = write_plan(
        tmp_path,
        '[layers.ndvi]\npath = "ndvi.tif"\n[layers.grass_plots]\npath = "plots.gpkg"\n',
    )
    r = targets_step(plan, tmp_path, quiet)
    assert ("ndvi_runs_the_other_way" in {w.code for w in r.warnings}) is told


def test_one_raster_as_both_dates_is_told(tmp_path):
    same = np.full((30, 40), 30, np.uint8)
    plan = cover(tmp_path, same, same)
    told = list(carbon_step(plan, tmp_path, quiet).warnings)
    (one,) = [w for w in told if w.code == "land_covers_same_file"]
    assert "同一个文件" in one.text("zh")
    assert "the same file" in one.text("en")
    other = same.copy()
    other[0, 0] = 40
    again = carbon_step(cover(tmp_path, same, other), tmp_path, quiet)
    assert "land_covers_same_file" not in {w.code for w in again.warnings}


def test_a_project_of_the_period_clears_no_forest_both_maps_show(tmp_path):
    # a work of 2018 on land that is forest at both dates may have been tending
    forest = np.full((30, 40), 10, np.uint8)
    later = forest.copy()
    later[0, 0] = 30
    west = shapely.box(X0, Y0, X0 + 2000, Y0 + 2000)
    gpd.GeoDataFrame({"NF": [2018]}, geometry=[west], crs=CRS).to_file(tmp_path / "works.gpkg")
    plan = cover(
        tmp_path, forest, later, more='[layers.restoration_projects]\npath = "works.gpkg"\n'
    )
    change = to_json(carbon_step(plan, tmp_path, quiet).summary)["carbon"]["change"]
    living = change["stock_difference_tc"]["living"]["value"]
    assert living == pytest.approx((2.73 - 42.65) * CELLS_HA[0, 0], rel=1e-6)


@pytest.mark.parametrize(("nets", "trees"), [(1200, 0), (900, 200), (0, 1150)])
def test_forest_of_more_land_than_the_county_has_is_refused(tmp_path, nets, trees):
    """100 ha of arbor forest and 1,200, 1,100 or 1,150 ha beside it, in 1,200 ha."""
    carbon = "[carbon]\nyear = 2023\n" + "".join(
        f'[carbon.{k}]\narea_ha = {ha}\nsource = "bureau"\n'
        for k, ha in (("shelterbelt", nets), ("four_side_trees", trees))
    )
    plan = write_plan(tmp_path, more=carbon)
    if nets == 900:  # 100 + 1,100 ha of the plane: taken, were it less by 1 ha of the ellipsoid
        less = plan.path.read_text(encoding="utf-8").replace("= 900", "= 899")
        (tmp_path / "plan.toml").write_text(less, encoding="utf-8")
        fits, _ = forest_cover(read_plan(plan.path, SECTIONS, layer_ids()), tmp_path)
        assert 99.9 < fits <= 100.0
    with pytest.raises(ConfigError, match="more than the land of the county") as e:
        targets_step(plan, tmp_path, quiet)
    assert f"{nets + trees:.1f} = " in e.value.text("en")


def test_measures_on_more_land_than_the_county_has_are_told(tmp_path):
    """400 ha a year, 2026-2031: 2,400 of 1,199 ha; 2 x 8.33 + 3 x 33.35 % is over 100 %."""
    measure = (
        '[[carbon.measures]]\nid = "m"\nkind = "shrub"\nha_per_year = 400\nstart = 2026\n'
        "end = 2031\nsurvival_frac = 1.0\ncounts_as_forest_after_years = 0\n"
    )
    plan = write_plan(tmp_path, more="[carbon]\nyear = 2023\nspecial_shrub = 'all'\n" + measure)
    r = targets_step(plan, tmp_path, quiet)
    told = [w.text("en") for w in r.warnings if w.code == "measures_beyond_county"]
    assert "2,400 ha, the county has 1,199 ha" in told[0]
    assert "forest cover is 116.7 % in 2028" in told[1]
    small = plan.path.read_text(encoding="utf-8").replace("= 400", "= 4")
    plan.path.write_text(small, encoding="utf-8")
    r = targets_step(read_plan(plan.path, SECTIONS, layer_ids()), tmp_path, quiet)
    assert "measures_beyond_county" not in {w.code for w in r.warnings}


@pytest.mark.parametrize(
    ("columns", "area"),
    [({}, "200.0"), ({"YBD": [0.5, None]}, "100.0"), ({"YBD": [0.5, 0.3]}, "")],
)
def test_stands_without_canopy_are_told_with_their_area(tmp_path, columns, area):
    """Two stands of 100 ha (99.96 of the ellipsoid)."""
    shapes = [shapely.box(X0 + x, Y0, X0 + x + 1000, Y0 + 1000) for x in (0, 2000)]
    plan = write_plan(
        tmp_path, forest_layer(tmp_path, shapes, **columns), "[carbon]\nyear = 2023\n"
    )
    r = targets_step(plan, tmp_path, quiet)
    told = [w.text("en") for w in r.warnings if w.code == "stands_without_canopy"]
    assert len(told) == bool(area)
    if area:
        ha = float(told[0].split(" ha")[0])
        assert ha == pytest.approx(float(area), rel=1e-3)
