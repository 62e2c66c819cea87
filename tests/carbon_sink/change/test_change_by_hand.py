"""Change of carbon by hand: every column of the tables, every border, both methods.

Densities at 0-30 cm in the cool dry zone [tC/ha]: soil of irrigated fields 33.11, of grassland,
shrubland and forest 43, of sand 13, of marsh 87; living biomass of forest 42.65, of shrubland
0.62 + 0.88, of grassland (1.365 + 3.822) / 1.9 = 2.73; litter of forest 0.81, of grass none.
"""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from carbon_sink.change.change_report import _footprint_warning, change_report
from carbon_sink.change.conversion import Period
from carbon_sink.change.cover_change import CoverChange, cover_change
from carbon_sink.change.measures import (
    SHRUB_ROW,
    measure_kind,
    measure_kinds,
    stand_gain_terms,
    with_derived_rows,
)
from carbon_sink.change.outlines import parcel_transitions
from carbon_sink.change.raster import Footprints, RasterChange, raster_change, tally_change
from carbon_sink.change.scenario import own_rates, scenario, target_paths
from carbon_sink.change.transitions import class_change
from carbon_sink.change.two_dates import (
    change_by_place,
    row_changes,
    stock_change,
    waterfall,
)
from carbon_sink.local import carbon_section
from carbon_sink.section import Measure
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.pools import choose_densities
from carbon_sink.stock.totals import pool_estimates
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError, ModelError
from gis.files.read_raster import read_raster
from gis.files.write import write_cog
from layers.answers.figure import Figure
from layers.plan.model import Target
from layers.spec import Text
from tests.carbon_sink.conftest import CRS, X0, Y0, write_plan

TABLE = load_coefficients()
CHOICE = choose_densities(TABLE, depth_cm=(0, 30), zone="cool_temperate_dry")
GRASS = 0.718421052631579 + 2.0115789473684207  # 1.365 / 1.9 above and 3.822 / 1.9 below ground


def moves(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["township", "before", "after", "area_ha"])


CUT = moves(
    ("A", "forest_arbor", "grass_other", 100.0),
    ("B", "sand", "shrubland", 50.0),
    ("B", "sand", "sand", 7.0),
    ("C", "rock", "rock", 9.0),
)


# ------------------------------------------------------------------ two dates


def test_each_carrier_and_each_part():
    r = stock_change(CUT, CHOICE, TABLE, years=10.0)
    living = 100.0 * (GRASS - 42.65)  # shrubs have no growth line: 50 ha are not estimated
    # half of the 20 years soil takes
    soil = (100.0 * (43.0 - 43.0) + 50.0 * (43.0 - 13.0)) / 2.0
    assert r.stock_difference["living"].value == pytest.approx(living)
    assert r.stock_difference["litter"].value == pytest.approx(-81.0)
    assert r.stock_difference["soc"].value == pytest.approx(soil)
    assert r.stock_difference["total"].value == pytest.approx(living - 81.0 + soil)
    assert r.stock_difference_yr.value == pytest.approx((living - 81.0 + soil) / 10.0)
    # gains less losses are the same total: litter is lost in the year of the conversion
    parts = {k: e.value for k, e in r.parts.items()}
    assert parts == pytest.approx(
        {"cleared": -4265.0, "grown": 100.0 * GRASS, "dead_matter": -81.0, "soil": soil}
    )
    assert r.gain_loss_yr.value == r.stock_difference_yr.value
    # dead wood of the forest cut is lost but not known, shrubs grow but by no known line
    assert r.bound == "open"
    assert {(m.carrier, m.side) for m in r.missing} == {
        ("dead_wood", "loss"), ("living", "gain"), ("dead_wood", "gain"), ("litter", "gain"),
    }  # fmt: skip
    assert r.not_estimated_ha == {
        "living": 50.0,
        "dead_wood": 150.0,
        "litter": 50.0,
        "soc": 0.0,
    }
    assert (r.converted_ha, r.known_ha, r.years) == (150.0, 166.0, 10.0)


def test_growth_is_of_land_that_remained_and_has_a_rate():
    rate = "afforest_elm_榆树/rate_tree_biomass"  # 0.43 tC/ha/yr
    growth = {"forest_arbor": rate, "sand": rate}
    r = stock_change(CUT, CHOICE, TABLE, years=10.0, growth=growth)
    assert r.parts["standing"].value == pytest.approx(7.0 * 0.43 * 10.0)
    assert r.stock_difference["total"].value == pytest.approx(
        100.0 * (GRASS - 42.65) - 81.0 + 750.0 + 30.1
    )


def test_years_between_the_dates():
    for years in (0.0, -3.0):
        with pytest.raises(ModelError, match="apart") as e:
            stock_change(CUT, CHOICE, TABLE, years=years)
        assert f"{years:g}" in str(e.value)
    half = stock_change(CUT, CHOICE, TABLE, years=0.5)
    assert half.stock_difference_yr.value == pytest.approx(
        2 * half.stock_difference["total"].value
    )
    # soil is at its new equilibrium after twenty years, and stays there
    for years, moved in ((5.0, 375.0), (20.0, 1500.0), (21.0, 1500.0)):
        r = stock_change(CUT, CHOICE, TABLE, years=years)
        assert r.parts["soil"].value == pytest.approx(moved)


def test_the_waterfall_is_each_transition_largest_first():
    fall = waterfall(CUT, CHOICE, TABLE, Period(20.0))
    assert fall[["before", "after", "area_ha"]].to_numpy().tolist() == [
        ["forest_arbor", "grass_other", 100.0],
        ["sand", "shrubland", 50.0],
    ]
    cut, grown = (fall.iloc[k] for k in (0, 1))
    assert cut["living_tc"] == pytest.approx(100.0 * (GRASS - 42.65))
    assert cut["litter_tc"] == pytest.approx(-81.0)
    assert cut["soc_tc"] == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(cut["dead_wood_tc"])
    assert cut["not_estimated"] == "dead_wood"
    assert cut["total_tc"] == pytest.approx(100.0 * (GRASS - 42.65) - 81.0)
    assert cut["low_tc"] < cut["total_tc"] < cut["high_tc"] < 0.0
    assert grown["total_tc"] == pytest.approx(1500.0)
    assert grown["not_estimated"] == "living dead_wood litter"
    # 43 and 13 tC/ha are known to 14 % and 33 % or so: the interval is hundreds of tonnes
    assert 100.0 < grown["high_tc"] - grown["low_tc"] < 2000.0
    np.testing.assert_allclose(fall["after_tc"] - fall["before_tc"], fall["total_tc"])
    assert cut["before_tc"] == pytest.approx(100.0 * (42.65 + 0.81 + 43.0))
    assert waterfall(CUT.iloc[2:], CHOICE, TABLE, Period(20.0)).empty
    nothing = waterfall(moves(("A", "rock", "built", 1.0)), CHOICE, TABLE, Period(20.0)).iloc[0]
    assert all(math.isnan(nothing[f"{c}_tc"]) for c in ("total", "low", "high", "soc"))


def test_places_have_their_own_rows():
    towns = change_by_place(CUT, CHOICE, TABLE, Period(20.0), place="township")
    towns = towns.set_index("township")
    assert towns.index.tolist() == ["A", "B", "C"]
    assert towns["known_ha"].tolist() == [100.0, 57.0, 9.0]
    assert towns["converted_ha"].tolist() == [100.0, 50.0, 0.0]
    # no dead wood of grassland or sand; land that stayed lacks nothing
    assert towns["partly_not_estimated_ha"].tolist() == [100.0, 50.0, 0.0]
    assert towns.loc["A", "change_tc"] == pytest.approx(100.0 * (GRASS - 42.65) - 81.0)
    assert towns.loc["B", "change_tc"] == pytest.approx(1500.0)
    assert towns.loc["B", "low_tc"] < 1500.0 < towns.loc["B", "high_tc"]
    assert towns.loc["C", ["change_tc", "low_tc", "high_tc"]].tolist() == [0.0, 0.0, 0.0]


def test_a_place_of_which_nothing_is_estimated_is_empty_and_not_zero():
    # rock to built: no pool of either is known; B keeps its class and changes by nothing
    land = moves(("A", "rock", "built", 1.0), ("B", "sand", "sand", 9.0))
    towns = change_by_place(land, CHOICE, TABLE, Period(20.0), place="township")
    towns = towns.set_index("township")[["change_tc", "low_tc", "high_tc"]]
    assert towns.loc["A"].isna().all()
    assert towns.loc["B"].tolist() == [0.0, 0.0, 0.0]


# ------------------------------------------------------------------ rasters


def test_the_share_of_land_known_at_one_date():
    assert Footprints(6.0, 1.0, 3.0, 100.0).mismatch_frac == 0.4
    assert Footprints(0.0, 0.0, 0.0, 5.0).mismatch_frac == 0.0
    assert Footprints(0.0, 2.0, 0.0, 0.0).mismatch_frac == 1.0


def change_of(density_before: dict[int, float], density_after: dict[int, float]) -> Any:
    area = np.array([[1000.0, 20.0, 40.0], [300.0, 2.0, 4.0], [500.0, 8.0, 16.0]])
    return RasterChange((3, 5), (3, 7), area.astype(int), area, density_before, density_after)


def test_totals_of_a_matrix_by_hand():
    # known at both: 3>3 2 ha, 3>7 4 ha, 5>3 8 ha, 5>7 16 ha
    r = change_of({3: 10.0, 5: 1.0}, {3: 20.0, 7: 5.0})
    assert r.stock_before_tc == 6 * 10.0 + 24 * 1.0
    assert r.stock_after_tc == 10 * 20.0 + 20 * 5.0
    assert r.change_tc == 2 * 10.0 + 4 * -5.0 + 8 * 19.0 + 16 * 4.0
    f = r.footprints
    assert (f.both_ha, f.before_only_ha, f.after_only_ha, f.neither_ha) == (30, 800, 60, 1000)
    # a class that is not estimated is in no sum it would take part in
    r = change_of({3: math.nan, 5: 1.0}, {3: 20.0, 7: 5.0})
    assert r.stock_before_tc == 24.0
    assert r.change_tc == 8 * 19.0 + 16 * 4.0


def test_classes_and_densities_a_raster_may_have():
    one = np.full((1, 2), 1e4)
    cells, area, change = tally_change(
        np.array([[0, 65_535]]), np.array([[65_535, 0]]), one, {0: 0.0, 65_535: 2.0},
        {0: 5.0, 65_535: 9.0},
    )  # fmt: skip
    assert change.tolist() == [[9.0, 3.0]]
    assert cells[1:, 1:].tolist() == [[0, 1], [1, 0]]
    assert area[1:, 1:].tolist() == [[0.0, 1e4], [1e4, 0.0]]
    codes = np.zeros((1, 2), int)
    for bad in (-1, 65_536):
        with pytest.raises(DataError) as e:
            tally_change(codes, codes, one, {0: 1.0, bad: 1.0}, {0: 1.0})
        assert [f.got for f in e.value.faults] == [str(bad)]
    with pytest.raises(DataError) as e:
        tally_change(codes, codes, one, {0: 1.0}, {0: -0.5, 1: -2.0}, where="w")
    assert [(str(f.where), f.got) for f in e.value.faults] == [("w 0", "-0.5"), ("w 1", "-2")]
    # the class nobody declared is named, 0 as any other, on either date
    for b, a, strange in ((0, 4, "0"), (4, 0, "0"), (9, 4, "9"), (4, 9, "9")):
        with pytest.raises(DataError) as e:
            tally_change(np.full((1, 2), b), np.full((1, 2), a), one, {4: 1.0}, {4: 1.0})
        assert e.value.faults[0].got == strange


def test_cells_without_area_or_class_are_no_change():
    before, after = np.full((2, 3), 1), np.full((2, 3), 2)
    area = np.array([[1e4, 0.0, -1.0], [1.0, 2.0, 4.0]])
    kb = np.array([[True, True, True], [True, False, False]])
    ka = np.array([[True, True, True], [False, True, False]])
    cells, sums, change = tally_change(
        before, after, area, {1: 3.0}, {2: 2.0}, known_before=kb, known_after=ka
    )
    np.testing.assert_array_equal(change, [[-1.0, np.nan, np.nan], [np.nan] * 3])
    assert sums.tolist() == [[4.0, 2.0], [1.0, 1e4]]
    assert cells.tolist() == [[1, 1], [1, 1]]
    # what is not known is not looked up
    tally_change(np.full((2, 3), 9), after, area, {1: 3.0}, {2: 2.0}, known_before=kb & False)


def test_a_mismatch_within_the_tolerance_is_let_pass(tmp_path):
    grid = plan_grid((X0, Y0, X0 + 1000, Y0 + 100), CRS, 100)
    before = np.full((1, 10), 1, np.uint8)
    after = np.array([[1] * 9 + [0]], np.uint8)
    a, b = (
        write_cog(tmp_path / f"{n}.tif", v, grid, dtype="uint8", nodata=0)
        for n, v in (("a", before), ("b", after))
    )
    cells = cell_area_m2(grid)[0] / 1e4
    part = float(cells[9] / cells.sum())
    for more in (1e-9, -1e-9):
        args = (a, b, grid, {1: 2.0}, {1: 3.0})
        kwargs = {"footprints": "refuse", "tolerance_frac": part + more, "engine": "serial"}
        if more > 0:
            r = raster_change(*args, **kwargs)
            assert r.change_tc == pytest.approx(cells[:9].sum())
            assert (r.before, r.after, r.change) == ((1,), (1,), None)
        else:
            with pytest.raises(DataError, match=r"1\.0") as e:
                raster_change(*args, **kwargs)
            assert str(e.value.faults[0].where) == "a.tif, b.tif"
    # what is known at both dates is no mismatch: none is allowed, and none is there
    same = raster_change(
        a, a, grid, {1: 2.0}, {1: 3.0}, footprints="refuse", tolerance_frac=0.0, engine="serial"
    )
    assert same.footprints.mismatch_frac == 0.0
    loose = raster_change(*args, tolerance_frac=0.0, engine="serial")
    assert loose.footprints.before_only_ha == pytest.approx(cells[9])


# ------------------------------------------------------------------ in a plan

GRID = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
CELLS_HA = cell_area_m2(GRID) / 1e4


@pytest.fixture(scope="module")
def covers(tmp_path_factory):
    """Fields of which 200 ha became grass and 150 ha marsh; edges known at one date."""
    folder = tmp_path_factory.mktemp("covers")
    base = np.full((30, 40), 40, np.uint8)
    later = base.copy()
    later[:10, :20] = 30
    later[10:20, 20:35] = 90
    base[25:, :] = 0  # 200 ha known later alone, but for 20 ha
    later[20:, 36:] = 0  # 20 ha known before alone
    for name, data in (("base", base), ("later", later)):
        write_cog(folder / f"{name}.tif", data, GRID, dtype="uint8", nodata=0)
    plan = write_plan(
        folder,
        '[layers.land_cover]\npath = "later.tif"\nvocabulary = "worldcover2021"\n'
        '[layers.land_cover_base]\npath = "base.tif"\nvocabulary = "worldcover2021"\n',
        "[carbon]\nyear = 2023\nbase_year = 2013\ndraws = 1000\n"
        '[carbon.crosswalk]\n"40" = "cropland_irrigated"\n"30" = "grass_other"\n'
        '"90" = "marsh"\n',
    )
    section = carbon_section(plan)
    return plan, section, folder, change_report(plan, section, folder), base, later


def test_land_of_two_covers(covers):
    _, _, _, report, base, later = covers
    s = report.summary
    known = {
        "both": (base > 0) & (later > 0),
        "before_only": (base > 0) & (later == 0),
        "after_only": (base == 0) & (later > 0),
        "neither": (base == 0) & (later == 0),
    }
    for name, mask in known.items():  # fmt: skip
        assert getattr(s.footprints_ha, name) == pytest.approx(CELLS_HA[mask].sum(), rel=1e-6)
    table = report.tables["carbon_transitions"].set_index(["township", "before", "after"])
    west = CELLS_HA[:10, :20].sum()  # the western town is the western half
    marsh = CELLS_HA[10:20, 20:35].sum()
    found = table["area_ha"]
    assert found["西镇", "cropland_irrigated", "grass_other"] == pytest.approx(west, rel=1e-6)
    assert found["东乡", "cropland_irrigated", "marsh"] == pytest.approx(marsh, rel=1e-6)
    assert ("东乡", "cropland_irrigated", "grass_other") not in found.index
    assert found.sum() == pytest.approx(CELLS_HA[known["both"]].sum(), rel=1e-6)
    assert s.converted_ha == pytest.approx(west + marsh, rel=1e-6)
    warning = report.warnings[0]
    assert [w.code for w in report.warnings] == [
        *("footprints_differ", "change_is_a_bound", "planting_year_not_known"),
        "change_of_model_choices",  # nothing says the climate zone: both stand beside
    ]
    # nobody dated the change: soil moved for ten of its twenty years, or not at all
    soil = (west * (43.0 - 33.11) + marsh * (87.0 - 33.11)) / 2
    told = report.warnings[2].text("en")
    assert f"the change of {west + marsh:,.1f} ha" in told
    assert f"earliest less latest is {soil:+,.0f} tC: soil {soil:+,.0f} tC;" in told
    assert f"{s.footprints_ha.before_only:.0f}" in warning.text("en")
    assert f"{s.footprints_ha.after_only:.0f}" in warning.text("en")


def test_carbon_of_two_covers(covers):
    _, _, _, report, _, _ = covers
    s = report.summary
    west, marsh = CELLS_HA[:10, :20].sum(), CELLS_HA[10:20, 20:35].sum()
    soil = west * (43.0 - 33.11) + marsh * (87.0 - 33.11)
    # ten of the twenty years soil takes
    assert s.stock_difference_tc["soc"].value == pytest.approx(soil / 2.0, rel=1e-6)
    assert s.stock_difference_tc_yr.value == pytest.approx(soil / 20.0, rel=1e-6)
    assert s.gain_loss_tc_yr.value == pytest.approx(soil / 20.0, rel=1e-6)
    assert s.gain_loss_tc["soil"].value == pytest.approx(soil / 2.0, rel=1e-6)
    assert s.stock_after_tc - s.stock_before_tc == pytest.approx(soil / 2.0, rel=1e-6)
    assert s.one_estimate
    assert s.not_estimated_ha["living"] == pytest.approx(west + marsh, rel=1e-6)
    assert s.growth_estimated is False
    # 0.499 tC, 235 kg of methane x 28 to the hectare and year
    w = s.wetland_gain
    assert w.gained_ha == pytest.approx(marsh, rel=1e-6)
    assert w.carbon_tco2_yr == pytest.approx(-marsh * 0.499 * 44 / 12, rel=1e-4)
    assert w.methane_tco2e_yr.value == pytest.approx(marsh * 6.58, rel=1e-4)
    assert w.needs_review
    zones = report.tables["carbon_change_soil_zones"].set_index("climate_zone")
    assert zones.loc["cool_temperate_dry", "by_end_tc"] == pytest.approx(soil, rel=1e-6)
    assert zones.loc["cool_temperate_dry", "tc_yr"] == pytest.approx(soil / 20.0, rel=1e-6)
    matrix = report.tables["carbon_transition_matrix"].set_index("before")
    assert matrix.loc["cropland_irrigated", "marsh"] == pytest.approx(marsh, rel=1e-6)


def test_rasters_of_two_covers(covers):
    _, _, folder, report, base, later = covers
    change, valid = read_raster(report.rasters["carbon_change"], GRID, kind="intensive")
    np.testing.assert_array_equal(valid, (base > 0) & (later > 0))
    # half of the soil's transition; crops and their follower grass are not estimated
    step = {30: (43.0 - 33.11) / 2, 90: (87.0 - 33.11) / 2, 40: 0.0}
    for code, value in step.items():
        np.testing.assert_allclose(change[valid & (later == code)], value, rtol=1e-6)
    density, valid = read_raster(report.rasters["carbon_density"], GRID, kind="intensive")
    np.testing.assert_array_equal(valid, later > 0)
    both = base > 0
    for code, value in {30: (43.0 + 33.11) / 2, 90: (87.0 + 33.11) / 2, 40: 33.11}.items():
        np.testing.assert_allclose(density[(later == code) & both], value, rtol=1e-6)
    assert report.rasters["carbon_change"] == folder / "carbon_change.tif"


@pytest.mark.parametrize(
    ("base_year", "years"), [(2022, 1.0), (2013, 10.0), (2023, None), (2024, None), (0, None)]
)
def test_years_of_a_report(covers, tmp_path, monkeypatch, base_year, years):
    """Years are given and in order, else refused: no change a year of a period nobody knows."""
    plan, section, _, report, _, _ = covers
    land = cover_of(report)
    monkeypatch.setattr("carbon_sink.change.change_report.cover_change", lambda *a, **k: land)
    dated = section.model_copy(update={"base_year": base_year})
    if years is None:
        with pytest.raises((ConfigError, ModelError)):
            change_report(plan, dated, tmp_path)
        return
    s = change_report(plan, dated, tmp_path).summary
    assert (s.from_year, s.to_year, s.years) == (base_year, 2023, years)
    total = s.stock_difference_tc["total"].value
    assert s.stock_difference_tc_yr.value == pytest.approx(total / years)


def cover_of(report: Any) -> CoverChange:
    """The land of a report again, so that it is counted once."""
    f = report.summary.footprints_ha
    feet = Footprints(f.both, f.before_only, f.after_only, f.neither)
    return CoverChange(report.tables["carbon_transitions"], feet, CHOICE, TABLE, {})


def test_a_report_without_new_wetland_or_with_growth(covers, tmp_path, monkeypatch):
    plan, section, _, _, _, _ = covers
    # soil of marsh and sand is 74 tC/ha apart; in ten years half of it moves
    for rows, gained, swing in (
        (moves(("A", "marsh", "sand", 5.0), ("A", "sand", "sand", 5.0)), None, -185.0),
        (moves(("A", "marsh", "sand", 5.0), ("A", "sand", "marsh", 5.0)), None, 0.0),
        (
            moves(
                ("A", "marsh", "sand", 5.0),
                ("A", "sand", "marsh", 5.5),
                ("A", "marsh", "marsh", 1.0),
            ),
            0.5,
            18.5,
        ),
        (moves(("A", "sand", "sand", 5.0), ("A", "m:30", "sand", 2.0)), None, 0.0),
    ):
        monkeypatch.setattr(
            "carbon_sink.change.change_report.cover_change",
            lambda *a, _rows=rows, **k: CoverChange(
                _rows, Footprints(10.0, 0.0, 0.0, 0.0), CHOICE, TABLE, {}
            ),
        )
        own = section.model_copy(update={"growth": {"sand": "user/x"}} if gained else {})
        if gained:
            own = section.model_copy(
                update={"growth": {"marsh": "afforest_elm_榆树/rate_tree_biomass"}}
            )
        report = change_report(plan, own, tmp_path)
        found = report.summary.wetland_gain
        assert (found.gained_ha if found else None) == gained
        assert report.summary.growth_estimated == bool(gained)
        told = {w.code: w.text("en") for w in report.warnings}
        # nothing says the climate zone: the change of both stands beside
        zones = "change_of_model_choices"
        assert set(told) <= {"change_is_a_bound", "planting_year_not_known", zones}
        said = told.get("planting_year_not_known", "")
        assert (f": soil {swing:+,.0f} tC;" in said) == bool(swing), said
    both = section.model_copy(
        update={"climate_zones": ("cool_temperate_dry", "warm_temperate_dry")}
    )
    zones = change_report(plan, both, tmp_path).tables["carbon_change_soil_zones"]
    assert zones["climate_zone"].tolist() == ["cool_temperate_dry", "warm_temperate_dry"]
    # a class that may be several is asked in neither zone, on whichever date it is
    assert zones["not_estimated_ha"].tolist() == [0.0, 0.0]
    land = CoverChange(
        moves(("A", "sand", "m:30", 2.0)), Footprints(2.0, 0, 0, 0), CHOICE, TABLE, {}
    )
    monkeypatch.setattr("carbon_sink.change.change_report.cover_change", lambda *a, **k: land)
    other = change_report(plan, both, tmp_path).tables["carbon_change_soil_zones"]
    assert other["not_estimated_ha"].tolist() == [0.0, 0.0]
    # all that stayed, and a class that may be several: nothing is estimated
    assert report.summary.stock_difference_tc_yr is None
    assert report.summary.gain_loss_tc_yr is None


@pytest.mark.parametrize(("one_date_ha", "said"), [(0.0, 0), (1.0, 0), (1.1, 1)])
def test_a_millionth_of_the_land_may_be_known_at_one_date(one_date_ha, said):
    feet = Footprints(1e6 - one_date_ha, one_date_ha, 0.0, 7.0)
    land = CoverChange(pd.DataFrame(), feet, {}, TABLE, {})
    assert len(_footprint_warning(land)) == said


def test_covers_of_two_vocabularies_or_of_none_are_not_compared(covers, tmp_path):
    plan, section, _, _, _, _ = covers
    layers = dict(plan.layers)
    other = layers["land_cover_base"].model_copy(update={"vocabulary": "clcd"})
    for changed in (
        {k: v for k, v in layers.items() if k != "land_cover_base"},
        {k: v for k, v in layers.items() if k != "land_cover"},
        layers | {"land_cover_base": other},
    ):
        short = plan.model_copy(update={"layers": changed})
        assert cover_change(short, section, tmp_path) is None
        report = change_report(short, section, tmp_path)
        if len(changed) < len(layers):
            assert report is None
            continue
        # the reason stands where the change would
        assert report.summary.state == "refused"
        assert "clcd" in report.summary.reason.zh
        assert [w.code for w in report.warnings] == ["land_covers_not_comparable"]


def test_a_county_without_townships_is_one_place(covers, tmp_path):
    plan, section, _, report, _, _ = covers
    layers = {k: v for k, v in plan.layers.items() if k != "townships"}
    land = cover_change(plan.model_copy(update={"layers": layers}), section, tmp_path)
    assert set(land.transitions["township"]) == {""}
    assert land.transitions["area_ha"].sum() == pytest.approx(
        report.tables["carbon_transitions"]["area_ha"].sum()
    )


def test_cells_on_the_border_count_with_their_part(covers, tmp_path):
    """Of the fields that became grass the county holds 10 cells of its first row by half."""
    plan, section, folder, _, _, _ = covers
    top = Y0 + 3000
    shape = shapely.union_all(
        [shapely.box(X0, Y0, X0 + 100, top), shapely.box(X0, top - 50, X0 + 1000, top)]
    ).union(shapely.box(X0 + 3900, Y0, X0 + 4000, Y0 + 100))
    gpd.GeoDataFrame(geometry=[shape], crs=CRS).to_file(folder / "part.gpkg")
    boundary = plan.area.boundary.model_copy(update={"path": str(folder / "part.gpkg")})
    area = plan.area.model_copy(update={"boundary": boundary})
    layers = {k: v for k, v in plan.layers.items() if k != "townships"}
    part = plan.model_copy(update={"area": area, "layers": layers})
    land = cover_change(part, section, tmp_path)
    found = land.transitions.set_index(["before", "after"])["area_ha"]
    grass = CELLS_HA[:10, 0].sum() + CELLS_HA[0, 1:10].sum() / 2
    assert found["cropland_irrigated", "grass_other"] == pytest.approx(grass, rel=1e-6)
    # beyond the border nothing is written, whatever the land cover knows there
    for name in ("carbon_density", "carbon_change"):
        _, valid = read_raster(land.rasters[name], GRID, kind="intensive")
        inside = np.zeros((30, 40), bool)
        inside[:, 0] = inside[0, :10] = inside[29, 39] = True
        known = inside & (covers[5] > 0)
        if name == "carbon_change":
            known &= covers[4] > 0
        np.testing.assert_array_equal(valid, known)


# ------------------------------------------------------------------ tables and arrays


def parcels(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["parcel_id", "ecosystem", "area_m2"])


def test_parcels_take_the_area_of_the_later_year():
    before = parcels(("a", "sand", 1e4), ("b", "sand", 3e4))
    after = parcels(("a", "shrubland", 1.005e4), ("b", "shrubland", 3.01e4))
    land = class_change(before, after, classes="ecosystem")
    assert land.transitions["area_ha"].tolist() == pytest.approx([4.015])
    f = land.footprints
    assert (f.before_only_ha, f.after_only_ha, f.neither_ha) == (0.0, 0.0, 0.0)
    # a parcel of one date only, or one that grew by a tenth
    for other in (after.iloc[:1], after.assign(area_m2=[1.1e4, 3e4])):
        with pytest.raises(DataError, match="outlines"):
            class_change(before, other, classes="ecosystem")
    assert land.ambiguous == {}
    for twice, name in ((before, "earlier"), (after, "later")):
        pair = [before, after]
        pair[0 if twice is before else 1] = pd.concat([twice, twice])
        with pytest.raises(DataError, match="used twice") as e:
            parcel_transitions(*pair)
        assert name in str(e.value)


def test_codes_that_may_be_several_are_told_from_both_years():
    def coded(*rows: tuple[str, str, float]) -> pd.DataFrame:
        return parcels(*rows).rename(columns={"ecosystem": "code"})

    land = class_change(
        coded(("a", "60", 1e4), ("b", "10", 1e4)),
        coded(("a", "30", 1e4), ("b", "10", 1e4)),
        classes="worldcover2021",
    )
    assert {"worldcover2021:60", "worldcover2021:30"} <= set(land.ambiguous)
    assert land.transitions["area_ha"].tolist() == [1.0, 1.0]


def test_arrays_have_cells_of_their_own_area():
    before = np.array([[40, 40], [30, 10]])
    after = np.array([[30, 40], [30, 10]])
    each = np.array([[1.0, 2.0], [4.0, 8.0]])
    for cell_ha, changed, both in ((each, 1.0, 15.0), (3.0, 3.0, 12.0)):
        land = class_change(before, after, classes="worldcover2021", cell_ha=cell_ha)
        moved = land.transitions[land.transitions["before"] != land.transitions["after"]]
        assert moved["area_ha"].tolist() == [changed]
        assert land.footprints == Footprints(both, 0.0, 0.0, 0.0)
    # a row of cells
    land = class_change(before[0], after[0], classes="worldcover2021", cell_ha=each[0])
    assert land.footprints.both_ha == 3.0
    for cell_ha in (None, 0.0, -1.0, np.array([[1.0, 0.0], [1.0, 1.0]])):
        with pytest.raises(ConfigError):
            class_change(before, after, classes="worldcover2021", cell_ha=cell_ha)


@pytest.mark.parametrize("mixed", ["array and table", "array and file", "files and no grid"])
def test_two_dates_of_two_kinds_are_refused(mixed, tmp_path):
    array, file = np.array([[30]]), tmp_path / "a.tif"
    pair: dict[str, tuple[Any, Any]] = {
        "array and table": (array, parcels(("a", "sand", 1.0))),
        "array and file": (array, file),
        "files and no grid": (file, str(file)),
    }
    for given in (pair[mixed], pair[mixed][::-1]):
        with pytest.raises(ConfigError):
            class_change(*given, classes="worldcover2021", cell_ha=1.0)


# ------------------------------------------------------------------ measures


def test_what_the_kinds_of_measures_are():
    kinds = measure_kinds()
    # a rate of its own that is known to be nothing; gains that come anyway; methane beside
    assert {k for k, m in kinds.items() if m.zero} == {"pv_greening"}
    assert {k for k, m in kinds.items() if not m.additional} == {"grazing_exclusion"}
    assert {k for k, m in kinds.items() if m.methane} == {"wetland_restoration"}
    assert {d for m in kinds.values() for d in m.soc} == {30, 100}
    assert kinds["afforest_elm"].biomass[0].start_age_year == 11.116
    assert {r.times for m in kinds.values() for r in m.biomass} == {1.0}
    with pytest.raises(ConfigError, match="afforest_poplar") as e:
        measure_kind("mangrove", "here")
    assert (e.value.faults[0].where, e.value.faults[0].got) == ("here", "mangrove")


def test_the_row_of_sand_shrubs():
    row = with_derived_rows(TABLE)[SHRUB_ROW]
    assert row.value == pytest.approx((0.686 + 0.779 + 0.347 + 0.871) / 4, abs=1e-3)
    assert (row.depth_cm, row.kind, row.pool, row.unit) == ((0, 100), "rate", "soc", "tC/ha/yr")
    assert (row.low, row.high, row.spread, row.by_name) == (0.263, 0.961, "triangular", False)
    assert math.isnan(row.spread_a)
    assert math.isnan(row.spread_b)


def test_gains_of_a_stand():
    kinds = measure_kinds()
    # exactly at the age a line begins there is nothing yet, and before it no less
    for age, years in ((5.0, 0.0), (6.866, 0.0), (7.866, 1.0)):
        got = stand_gain_terms(kinds["afforest_poplar"], 3.0, age, depth_cm=100)
        assert sum(t.weight for t in got["biomass"]) == pytest.approx(3.0 * years)
    own = stand_gain_terms(kinds["reseeding"], 3.0, 4.0, depth_cm=30, own_rate="user/x")
    assert [(t.weight, t.factors[0].coefficient) for t in own["biomass"]] == [(12.0, "user/x")]
    assert own["soc"] == []
    assert stand_gain_terms(kinds["pv_greening"], 3.0, 4.0, depth_cm=30) == {
        "biomass": [], "soc": [],
    }  # fmt: skip
    assert stand_gain_terms(kinds["reseeding"], 3.0, 4.0, depth_cm=30) == {
        "biomass": None, "soc": None,
    }  # fmt: skip


def measure(id_: str, kind: str, **more: Any) -> Measure:
    base = {"ha_per_year": 10.0, "start": 2026, "end": 2027, "survival_frac": 0.5}
    return Measure(id=id_, kind=kind, **{**base, **more})


def test_own_rates_are_rows_of_their_measures():
    given = [
        measure("a", "reseeding"),
        measure("b", "reseeding", rate_tc_ha_yr=0.0, rate_source="trial"),
        measure("c", "shrub", rate_tc_ha_yr=0.4, rate_source="survey"),
    ]
    ids, rows = own_rates(given)
    assert ids == {"b": "user/measure/b", "c": "user/measure/c"}
    assert [(r.id, r.value, r.source) for r in rows] == [
        ("user/measure/b", 0.0, "trial"), ("user/measure/c", 0.4, "survey"),
    ]  # fmt: skip
    assert all(math.isnan(x) for r in rows for x in (r.low, r.high, r.spread_a, r.spread_b))
    assert not any(r.by_name for r in rows)


def test_a_path_with_water_own_rates_and_choices():
    given = [
        measure("w", "wetland_restoration", water_m3_ha_yr=100.0),
        measure("g", "grazing_exclusion", additional=True),
        measure("r", "reseeding", rate_tc_ha_yr=2.0, rate_source="trial", additional=False),
        measure("n", "reseeding"),
        measure("z", "pv_greening"),
    ]
    found = scenario(given, TABLE, first_year=2025, last_year=2028, depth_cm=30, draws=1000)
    assert found.total["year"].tolist() == [2025, 2026, 2027, 2028]
    by = found.path.set_index(["year", "measure"])
    assert len(by) == 20
    # 5 ha of 2026 are two years old in 2028, those of 2027 one: 15 ha years
    row = by.loc[2028, "w"]
    assert (row["area_ha"], row["water_m3"]) == (10.0, 1000.0)
    assert row["gain_tc"] == pytest.approx(15 * 0.499)
    assert row["methane_tco2e_yr"] == pytest.approx(10 * 6.58)
    assert row["low_tc"] < row["gain_tc"] < row["high_tc"]
    assert by.loc[2028, "additional"].tolist() == [True, True, False, True, True]
    for m in "grnz":
        assert math.isnan(by.loc[2028, m]["water_m3"])
        assert math.isnan(by.loc[2028, m]["methane_tco2e_yr"])
    own = by.loc[2028, "r"]
    assert (own["gain_tc"], own["low_tc"], own["high_tc"]) == (30.0, 30.0, 30.0)
    none = by.loc[2028, "n"]
    assert none["not_estimated"] == "biomass soc"
    assert all(math.isnan(none[f"{k}_tc"]) for k in ("gain", "low", "high"))
    zero = by.loc[2028, "z"]
    assert (zero["gain_tc"], zero["not_estimated"]) == (0.0, "")
    # before anything is planted nothing is gained and nothing lacks
    assert by.loc[2025, "n"]["not_estimated"] == ""
    assert by.loc[2025, "w"][["area_ha", "gain_tc"]].tolist() == [0.0, 0.0]
    total = found.total.set_index("year")
    assert total.loc[2025].tolist() == [0.0] * 6
    last = total.loc[2028]
    grass = 15 * (0.1064 + 0.3214 + 0.27 + 0.23 + 0.18)
    assert last["gain_tc"] == pytest.approx(15 * 0.499 + grass + 30.0)
    assert last["additional_tc"] == pytest.approx(15 * 0.499 + grass)
    # only the burial has an interval; the rest moves it and makes it no wider
    for end in ("low", "high"):
        assert last[f"{end}_tc"] == pytest.approx(row[f"{end}_tc"] + grass + 30.0)
        assert last[f"additional_{end}_tc"] == pytest.approx(row[f"{end}_tc"] + grass)


def test_measures_without_any_rate_gain_an_unknown_amount_and_not_nothing():
    found = scenario(
        [measure("n", "reseeding")], TABLE, first_year=2025, last_year=2026, depth_cm=30
    )
    total = found.total.set_index("year")
    assert total.loc[2025].tolist() == [0.0] * 6  # nothing is sown yet
    assert total.loc[2026].isna().all()


def goal(id_: str, indicator: str, unit: str, value: float, year: int = 2028) -> Target:
    return Target(
        id=id_, title=Text(zh="甲", en="a"), indicator=indicator, year=year, value=value,
        unit=unit, section="s", quote="q",
    )  # fmt: skip


def figure(id_: str, value: float, unit: str, **more: Any) -> Figure:
    fields = {"caliber": "", "year": 2024, "source": "s", "quality": "q", **more}
    return Figure(id=id_, title=Text(zh="甲", en="a"), value=value, unit=unit, **fields)


def test_targets_that_nothing_moves_have_no_path():
    goals = [
        goal("lost", "forest_cover", "%", 11.0),
        goal("nan", "forest_stock_volume", "m3", 11.0),
        goal("still", "grass_cover", "%", 11.0),
        goal("moved", "forest_stock_volume", "m3", 1150.0, year=2030),
    ]
    figures = {
        "nan": figure("forest_stock_volume", math.nan, "m3"),
        "still": figure("grass_cover", 10.0, "%"),
        "moved": figure("forest_stock_volume", 1000.0, "m3"),
    }
    found = target_paths(
        goals, figures, [], first_year=2025, last_year=2027, shrub_is_forest=False,
        growth={"forest_stock_volume": 50.0},
    )  # fmt: skip
    assert [p.target.id for p in found] == ["moved"]
    # from the figure's own year on; the scenario ends before the target's year
    assert found[0].values == {2025: 1050.0, 2026: 1100.0, 2027: 1150.0}
    assert (found[0].met_in, found[0].met_on_time) == (2027, None)
    undated = figures | {"moved": figure("forest_stock_volume", 1000.0, "m3", year=None)}
    found = target_paths(
        goals, undated, [], first_year=2025, last_year=2027, shrub_is_forest=False,
        growth={"forest_stock_volume": 50.0},
    )  # fmt: skip
    assert found[0].values == {2025: 1000.0, 2026: 1050.0, 2027: 1100.0}
    assert found[0].met_in is None


def test_wetland_under_a_measure_counts_at_once_in_the_targets_unit():
    goals = [goal("a", "wetland_area", "亩", 1650.0), goal("h", "wetland_area", "ha", 105.0)]
    now = {
        "a": figure("wetland_area", 1500.0, "亩", caliber="legal"),
        "h": figure("wetland_area", 100.0, "ha", caliber="legal"),
    }
    found = target_paths(
        goals, now, [measure("w", "wetland_restoration")], first_year=2025, last_year=2028,
        shrub_is_forest=False,
    )  # fmt: skip
    # 5 ha a year for two years; a hectare is 15 mu
    assert found[0].values == pytest.approx({2025: 1500, 2026: 1575, 2027: 1650, 2028: 1650})
    assert found[1].values == pytest.approx({2025: 100, 2026: 105, 2027: 110, 2028: 110})
    assert (found[0].met_in, found[1].met_in) == (2027, 2026)


def test_a_pool_that_is_nothing_by_rule_at_both_dates_reads_0_and_not_nothing():
    """Tier 1: no dead matter on land without trees. What nobody knows of forest stays open."""
    pairs = [
        ("grass_other", "cropland_irrigated"),
        ("sand", "grass_other"),
        ("built", "water"),
        ("forest_arbor", "built"),
    ]
    rows = pd.DataFrame(pairs, columns=["before", "after"]).assign(area_ha=100.0)
    table = load_coefficients()
    choice = choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry")
    found = row_changes(rows, choice, table, Period(8.0, 2023, "start"))
    assert found["dead_wood_tc"].tolist()[:3] == [0.0, 0.0, 0.0]
    assert found["litter_tc"].tolist() == pytest.approx([0.0, 0.0, 0.0, -100 * 0.81])
    # dead wood of a forest is not estimated, and soil under water and buildings is not
    assert math.isnan(found["dead_wood_tc"].iloc[3])
    assert found["soc_tc"].isna().tolist() == [False, False, True, True]
    # neither houses nor open water bear a living stock at Tier 1
    assert found["living_tc"].iloc[2] == 0.0
    fall = waterfall(rows, choice, table, Period(8.0, 2023, "start"), draws=1000)
    by = fall.set_index(["before", "after"])
    assert by.loc[("grass_other", "cropland_irrigated"), "dead_wood_tc"] == 0.0
    kinds = ["living_tc", "dead_wood_tc", "litter_tc", "soc_tc"]
    known = by[by["total_tc"].notna()]
    assert known[kinds].sum(axis=1).to_numpy() == pytest.approx(known["total_tc"].to_numpy())


def test_a_county_without_trees_has_no_dead_matter_by_rule():
    table = load_coefficients()
    choice = choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry")
    bare = {"grass_other": 100.0, "cropland_irrigated": 50.0, "built": 10.0}
    pools = pool_estimates(bare, choice, table, draws=1000, seed=0)
    assert (pools["dead_wood"].value, pools["litter"].high) == (0.0, 0.0)
    with_trees = pool_estimates(bare | {"forest_arbor": 1.0}, choice, table, draws=1000, seed=0)
    assert "dead_wood" not in with_trees
    assert with_trees["litter"].value == pytest.approx(0.81)
