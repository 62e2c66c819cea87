"""Layout, roofs, P-values, ledger, assessment and its files."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from datetime import date

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from gis.errors import ConfigError, DataError, ModelError
from layers.plan.model import Plan, Plant, Target
from layers.weather import prepare_weather
from siting.economy.storage_rule import StorageChoice
from siting.pv.plant.chain import resource
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.waterfall import waterfall_table
from siting.pv.study.assess import assess, energy_by_year_mwh
from siting.pv.study.design import best_tilt_deg
from siting.pv.study.layout import LayoutRules, draw_layout, write_layout
from siting.pv.study.load_curve import self_consumption
from siting.pv.study.rooftop import (
    footprint_azimuth_deg,
    pilot_quotas,
    priority_list,
    rooftop_table,
    share_table,
)
from siting.pv.study.section import PvSection, RooftopSection
from siting.pv.study.spacing import land_need
from siting.pv.study.step_pv import reference_table
from siting.pv.study.targets import cumulative_curve
from siting.pv.study.uncertainty import default_components, interannual_frac, stack
from tests.conftest import ROOT
from tests.siting.pv.pv_cases import clear_resource, clear_weather

CRS = "EPSG:4545"

# ---------------------------------------------------------------- layout


def l_shape():
    return Polygon([(0, 0), (600, 0), (600, 250), (300, 250), (300, 500), (0, 500)])


@settings(max_examples=15, deadline=None)
@given(
    azimuth=st.floats(150, 210),
    setback=st.integers(0, 250).map(lambda v: v / 10.0),
    road=st.integers(0, 80).map(lambda v: v / 10.0),
    pitch=st.floats(6, 14),
)
def test_rows_keep_inside_setback_and_off_roads(azimuth, setback, road, pitch):
    site = l_shape().difference(box(100, 100, 160, 160))
    rules = LayoutRules(
        pitch, 4.6, 35.0, azimuth_deg=azimuth, setback_m=setback, road_m=road, block_mw=0.5
    )
    drawn = draw_layout(site, CRS, rules)
    f = drawn.features
    rows = f[f["layer"] == "rows"].geometry
    inside = site.buffer(-setback, join_style="mitre").buffer(1e-6)
    assert rows.within(inside).all()
    # no two rows overlap, and none lies on a road
    union = shapely.union_all(rows.to_numpy())
    assert union.area == pytest.approx(rows.area.sum(), rel=1e-6)
    roads = f[f["layer"] == "roads"].geometry
    if len(roads):
        assert shapely.union_all(roads.to_numpy()).intersection(union).area < 1e-3
    assert drawn.dc_mw == pytest.approx(
        f.loc[f["layer"] == "rows", "kwp"].sum() / 1000.0, rel=1e-9
    )


def test_layout_density_is_that_of_the_array():
    """A big square without roads: module power per hectare is gcr times efficiency."""
    rules = LayoutRules(11.19, 4.6, 35.0, setback_m=0.0, road_m=0.0, table_m=10.0)
    drawn = draw_layout(box(0, 0, 3000, 3000), CRS, rules)
    expected_mw = 3000.0**2 * (4.6 / 11.19) * 0.225 / 1000.0
    assert drawn.dc_mw == pytest.approx(expected_mw, rel=0.01)


def test_layout_files(tmp_path):
    drawn = draw_layout(l_shape(), CRS, LayoutRules(11.0, 4.6, 35.0, block_mw=0.5))
    geojson, dxf = write_layout(drawn, tmp_path, "plant")
    back = gpd.read_file(geojson)
    assert set(back["layer"]) == {"rows", "roads", "buildable", "site"}
    assert back.crs.to_epsg() == 4326
    text = dxf.read_text(encoding="utf-8", errors="replace")
    assert "rows" in text
    assert "roads" in text


def test_sites_without_area_are_refused():
    rules = LayoutRules(11.0, 4.6, 35.0)
    with pytest.raises(ModelError, match="no area"):
        draw_layout(Polygon(), CRS, rules)
    with pytest.raises(ModelError, match="nothing is left"):
        draw_layout(box(0, 0, 15, 15), CRS, rules)
    with pytest.raises(ConfigError, match="overlap"):
        LayoutRules(3.0, 4.6, 35.0)


# ---------------------------------------------------------------- roofs


def roofs():
    return gpd.GeoDataFrame(
        {
            "building_id": list("abcde"),
            "use": ["school", "school", "government", "industrial", "rural_residential"],
            "roof": ["flat", None, "flat", "metal", None],
            "pv_kwp": [0.0, 0.0, 20.0, 0.0, 0.0],
            "year_built": [1999, 2024, 2001, 2010, 1990],
        },
        geometry=[
            box(0, 0, 52, 22),
            box(100, 0, 130, 20),
            box(200, 0, 240, 30),
            box(300, 0, 380, 60),
            box(400, 0, 405, 5),
        ],
        crs=CRS,
    )


def test_roof_power_by_hand():
    """52 x 22 m flat: 50 x 20 m inside 1 m, 70 % free, half covered, 22.5 %: 78.75 kWp."""
    section = RooftopSection()
    t = rooftop_table(roofs(), clear_resource(), section, PvSection()).set_index("building_id")
    assert t.loc["a", "kwp"] == pytest.approx(1000.0 * 0.7 * 0.5 * 0.225)
    # metal roofs count as pitched: half of 78 x 58 m over cos 25 deg
    half = 78.0 * 58.0 * 0.7 / 2.0 / np.cos(np.deg2rad(25.0))
    assert t.loc["d", "kwp"] == pytest.approx(half * 0.225)
    # 25 m2 is below the least area
    assert t.loc["e", "kwp"] == 0.0
    assert bool(t.loc["b", "roof_assumed"])
    assert not bool(t.loc["a", "roof_assumed"])
    assert (t.loc[["a", "d"], "kwh_kwp"] > 1000).all()


def test_footprint_azimuths():
    """Long sides south, and a block turned by 30 deg faces 150 or 210."""
    turned = shapely.affinity.rotate(box(0, 0, 40, 10), 30.0)
    a = footprint_azimuth_deg([box(0, 0, 40, 10), turned, box(0, 0, 10, 40)])
    assert a[0] == pytest.approx(180.0)
    assert a[1] == pytest.approx(150.0, abs=1e-6) or a[1] == pytest.approx(210.0, abs=1e-6)
    assert a[2] == pytest.approx(90.0)


def test_share_and_priority():
    """Three public buildings, one with PV: 1/3 by number; roofs 1,144 + 600 + 1,200 m2."""
    section = RooftopSection(share_target_frac=0.5)
    t = rooftop_table(roofs(), clear_resource(), section, PvSection())
    share = share_table(t, section).set_index("use")
    everything = share.loc["all_public"]
    assert everything["share_number"] == pytest.approx(1 / 3)
    assert everything["share_area"] == pytest.approx(1200.0 / 2944.0)
    assert np.isnan(share.loc["hospital", "share_number"])
    todo = priority_list(t, section)
    assert todo["building_id"].tolist() == ["a", "b"]
    # with a: 2/3 by number and 2,344/2,944 by area: enough for one half
    assert todo["needed"].tolist() == [True, False]
    older = RooftopSection(share_target_frac=0.15, built_before=2020)
    assert share_table(t, older).set_index("use").loc["all_public", "buildings"] == 2


def test_pilot_quotas_are_the_published_ones():
    section = RooftopSection()
    t = rooftop_table(roofs(), clear_resource(), section, PvSection())
    q = share_table(t, section).set_index("use")["pilot_quota"]
    assert q["government"] == 0.50
    assert q["school"] == q["hospital"] == q["village_committee"] == 0.40
    # 党政机关 50 %, 公共建筑 40 %, 工商业 30 %, 农村 20 % (PV-091 to PV-094)
    assert pilot_quotas("CN") == {
        "government": 0.5,
        "school": 0.4,
        "hospital": 0.4,
        "village_committee": 0.4,
        "public": 0.4,
        "industrial": 0.3,
        "commercial": 0.3,
        "rural_residential": 0.2,
    }


def test_self_consumption():
    s = self_consumption(np.array([0.0, 5.0, 1.0]), np.array([2.0, 2.0, 2.0]))
    assert s.used_kwh == 3.0
    assert s.self_consumed_frac == 0.5
    assert s.covered_frac == 0.5
    with pytest.raises(DataError, match="length"):
        self_consumption(np.ones(3), np.ones(4))
    with pytest.raises(DataError, match="negative"):
        self_consumption(np.array([np.nan]), np.ones(1))


def test_roofs_without_use_are_refused():
    with pytest.raises(DataError, match="use type"):
        rooftop_table(
            roofs().drop(columns="use"), clear_resource(), RooftopSection(), PvSection()
        )


# ---------------------------------------------------------------- P-values


def test_stack_takes_what_was_computed():
    parts = {c.id: c for c in stack(interannual=0.02, model_spread=0.03)}
    assert parts["interannual"].sd_frac == 0.02
    assert parts["dc_model"].sd_frac == pytest.approx(0.03 / np.sqrt(12))
    assert parts["decomposition"].sd_frac == 0.0
    mine = {c.id: c for c in stack(given={"soiling": 0.04})}
    assert (mine["soiling"].sd_frac, mine["soiling"].quality) == (0.04, "user")
    with pytest.raises(ConfigError, match="no such uncertainty"):
        stack(given={"luck": 0.1})
    assert all(c.source for c in default_components())
    # Thevenard & Pelland (2013): GHI 5, transposition 3, rating 3, soiling 2, other 5 %
    assert {c.id: c.sd_frac for c in default_components()} == {
        "resource": 0.05,
        "sources": 0.0,
        "correction": 0.0,
        "interannual": 0.035,
        "transposition": 0.03,
        "decomposition": 0.0,
        "dc_model": 0.0,
        "module_rating": 0.03,
        "soiling": 0.02,
        "degradation": 0.0,
        "other": 0.05,
    }
    assert [c.id for c in default_components() if c.yearly] == ["interannual"]
    assert np.isnan(interannual_frac([1.0, 1.0]))


# ---------------------------------------------------------------- assessment


def test_assessment_holds_together():
    """Rows of the table, years, LCOE and P-values agree with one another."""
    section = PvSection.model_validate(
        {
            "grid_factor": "national_2022",
            "storage": {"enabled": True, "round_trip_frac": 0.85, "grid_limit_frac": 0.5},
            "cost": {"discount_nominal_frac": 0.06},
        }
    )
    a = assess(
        "s",
        section,
        clear_resource(0.3),
        capacity_mw=100.0,
        tilt_deg=33.0,
        lat=38.8,
        battery=StorageChoice(0.1, 2.0),
    )
    row = a.row()
    assert row["p50_mwh_yr"] == pytest.approx(a.result.kwh_kwp_yr * 125.0)
    assert row["full_load_hours_h"] == pytest.approx(row["p50_mwh_yr"] / 100.0)
    assert row["capacity_factor"] == pytest.approx(row["p50_mwh_yr"] / 876_000.0)
    assert (row["tilt_deg"], row["azimuth_deg"]) == (33.0, 180.0)
    assert row["p99_mwh_yr"] < row["p90_mwh_yr"] < row["p75_mwh_yr"] < row["p50_mwh_yr"]
    assert row["avoided_tco2_yr"] == pytest.approx(row["p50_mwh_yr"] * 0.5366)
    assert list(a.lcoe) == [0.06]
    # 1,959 CNY/kW on 100 MW, 2.2 % of it a year (costs.toml)
    assert a.costs.capex_cny == pytest.approx(195.9e6)
    assert a.costs.opex_cny_yr == pytest.approx(195.9e6 * 0.022)
    assert a.storage is not None
    assert a.storage.sent_mw.max() <= 50.0 + 1e-9
    assert a.storage.recovered_mwh > 0.0
    table = waterfall_table(a.result.waterfall)
    assert table["after_kwh_kwp"].iloc[-1] == pytest.approx(a.result.kwh_kwp_yr)
    monthly = a.result.monthly()
    assert monthly["ac_kwh_kwp"].sum() == pytest.approx(a.result.kwh_kwp_yr)
    assert 0.6 < a.result.performance_ratio < 0.95


def test_degradation_of_25_years():
    """0.4 % of the first year's energy a year: year 25 gives 1 - 24 * 0.004 = 90.4 %."""
    e = energy_by_year_mwh(100.0, 25, 0.004)
    assert e[0] == 100.0
    assert e[-1] == pytest.approx(90.4)


def test_sandstorm_months_cost_in_those_months():
    # without the hour's inside, which is a share of the year's energy
    plain = PvSection(inside_hour=False)
    base = assess("s", plain, clear_resource(), capacity_mw=1.0, tilt_deg=33.0, lat=38.8)
    dust = [0.035] * 12
    dust[3] = 0.10
    section = plain.changed(losses={"soiling": dust})
    dusty = assess("s", section, clear_resource(), capacity_mw=1.0, tilt_deg=33.0, lat=38.8)
    ratio = dusty.result.monthly()["ac_kwh_kwp"] / base.result.monthly()["ac_kwh_kwp"]
    assert ratio[3] == pytest.approx(0.90 / 0.965, abs=0.01)
    assert np.delete(ratio.to_numpy(), 3) == pytest.approx(1.0)


def test_best_tilt_is_near_the_latitude():
    """Clear skies at 38.8 N with rows at the rule's pitch: 30 to 42 deg."""
    assert 28.0 <= best_tilt_deg(clear_resource(), PvPlant(), 38.8) <= 42.0


def test_zero_area_site_is_refused():
    with pytest.raises(ModelError, match="without capacity"):
        assess("s", PvSection(), clear_resource(), capacity_mw=0.0, tilt_deg=33.0, lat=38.8)


def test_leap_years_count_as_years():
    """A year of 8,784 hours and one of 8,760 under equal skies differ by a day."""
    weather, _ = prepare_weather(clear_weather(years=(2003, 2004)))
    a = assess("s", PvSection(), resource(weather), capacity_mw=1.0, tilt_deg=33.0, lat=38.8)
    y = a.result.by_year_kwh_kwp
    assert list(y.index) == [2003, 2004]
    assert y[2004] / y[2003] == pytest.approx(366 / 365, abs=0.002)


def test_agrivoltaic_rows_let_more_light_to_the_ground():
    from siting.pv.study.agrivoltaic import ground_light_share

    res = clear_resource(0.3)
    a = ground_light_share(res, tilt_deg=33.0, gcr=0.42, clearance=0.2)
    b = ground_light_share(res, tilt_deg=33.0, gcr=0.21, clearance=0.6)
    assert 0.2 < a < b < 1.0


def test_land_need_and_real_plants():
    """25,000 mu for 1,000 MW are 1.667 ha/MW; 10 MWp on 27.09 ha are 2.709 ha/MW."""
    text = (ROOT / "plans" / "pingluo.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["pv"]["references"]
    section = PvSection.model_validate({"references": rows})
    table = reference_table(section.references)
    assert table["ha_mw"].tolist() == pytest.approx([25.0 / 15.0, 2.709], rel=1e-6)
    assert table["of_modules"].tolist() == [False, True]
    assert reference_table(()).empty
    n = land_need(
        100.0, 150.0, dc_ac_ratio=1.25, efficiency_frac=0.225, gcr=0.411, index_ha_mw=1.4
    )
    assert n.within_index is False
    with pytest.raises(ConfigError):
        land_need(0.0, 1.0, dc_ac_ratio=1.25, efficiency_frac=0.225, gcr=0.4)


# ---------------------------------------------------------------- ledger


def plan():
    text = {"zh": "x", "en": "x"}

    def plant(name, mw, status, year=None, on_grid=None, technology="pv"):
        return Plant.model_validate(
            {
                "name": {"zh": name, "en": name},
                "technology": technology,
                "capacity_mw": mw,
                "status": status,
                "year": year,
                "on_grid": on_grid,
                "source": "test",
            }
        )

    def target(i, year, value, unit="MW", indicator="new_energy_capacity"):
        return Target.model_validate(
            {
                "id": i,
                "title": text,
                "indicator": indicator,
                "year": year,
                "value": value,
                "unit": unit,
                "section": "s",
                "quote": "q",
            }
        )

    return Plan.model_validate(
        {
            "plan": {"id": "t", "title": text, "as_of": "2026-01-01"},
            "area": {"boundary": {"adcode": "640221"}},
        }
    ).model_copy(
        update={
            "plants": (
                plant("Xinghai", 1000.0, "operating", on_grid=date(2025, 6, 30)),
                plant("Old", 10.0, "operating", 2011),
                plant("Next", 300.0, "construction", 2028),
                plant("Gone", 50.0, "retired", 2000),
                plant("Coal", 600.0, "operating", 2000, technology="coal"),
            ),
            "targets": (
                target("t2025", 2025, 100.0, "万千瓦"),
                target("t2030", 2030, 1500.0),
                target("turbines", 2030, 3.0, "MW", "repower_turbine_capacity"),
            ),
        }
    )


def site_table():
    return pd.DataFrame(
        {
            "site_id": ["a", "b", "c"],
            "capacity_mw": [100.0, 60.0, 200.0],
            "conditional_rules": ["", "PV-041;PV-052", ""],
            "lcoe_6pct_cny_mwh": [110.0, 100.0, 105.0],
        }
    )


def test_curve_is_ranked_by_cost_with_and_without_conditional_land():
    c = cumulative_curve(plan(), site_table())
    free = c[c["scenario"] == "unconditional"]
    assert free["site_id"].tolist() == ["c", "a"]
    assert free["cumulative_mw"].tolist() == [200.0, 300.0]
    # of a site that is free by half, half is unconditional
    half = cumulative_curve(plan(), site_table().assign(unconditional_frac=[0.0, 0.5, 1.0]))
    half = half[half["scenario"] == "unconditional"]
    assert half["site_id"].tolist() == ["b", "c"]
    assert half["capacity_mw"].tolist() == [30.0, 200.0]
    everything = c[c["scenario"] == "all"]
    assert everything["site_id"].tolist() == ["b", "c", "a"]
    assert everything["with_plants_mw"].iloc[-1] == pytest.approx(1310.0 + 360.0)
    assert cumulative_curve(plan(), site_table().iloc[:0]).empty


# ---------------------------------------------------------------- the step and one site


def with_sections(p, **sections):
    return p.model_copy(update={"sections": {"pv": PvSection(), **sections}})


def test_a_plan_without_weather_is_not_estimated(tmp_path):
    from siting.pv.study.step_pv import pv_step

    r = pv_step(with_sections(plan()), tmp_path, lambda *_: None)
    assert r.summary.pv.estimated is False
    assert [w.code for w in r.warnings] == ["pv_no_weather"]


def test_one_site_needs_a_place_and_weather():
    from siting.pv.study.one_site import SiteChoice, assess_one

    with pytest.raises(ConfigError, match="either a site id or"):
        SiteChoice()
    with pytest.raises(ConfigError, match="either a site id or"):
        SiteChoice(site_id="a", lonlat=(106.7, 38.9))
    with pytest.raises(DataError, match="no weather"):
        assess_one(with_sections(plan()), SiteChoice(lonlat=(106.7, 38.9)))


def test_storage_needs_its_efficiency():
    with pytest.raises(ValueError, match="round_trip_frac"):
        PvSection.model_validate({"storage": {"enabled": True}})


def test_plan_sections_refuse_nonsense():
    for bad in (
        {"losses": {"soiling": 1.5}},
        {"losses": {"soiling": [0.1] * 11}},
        {"mounting": "kite"},
        {"weather": {"path": ""}},
        {"colour": "blue"},
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own message
            PvSection.model_validate(bad)


# ---------------------------------------------------------------- workbook


def test_workbook_has_formulas(tmp_path):
    from geoplan.report.pv_workbook import write_pv_workbook

    a = assess("s1", PvSection(), clear_resource(), capacity_mw=50.0, tilt_deg=33.0, lat=38.8)
    path = write_pv_workbook(tmp_path / "b.xlsx", a, lang="en")
    book = openpyxl.load_workbook(path)
    assert len(book.sheetnames) == 8
    assert book[book.sheetnames[0]]["B11"].value == "=B10*B6"
    losses = book[book.sheetnames[1]]
    assert losses["D3"].value == "=B3*(1+C3)"
    assert losses.max_row == 1 + len(a.result.waterfall.steps)


@pytest.mark.slow
def test_workbook_recalculates_to_the_same_numbers(tmp_path):
    """LibreOffice's own arithmetic on the formulas gives the assessment's numbers."""
    from geoplan.report.pv_workbook import write_pv_workbook

    if shutil.which("soffice") is None:
        pytest.skip("no LibreOffice on this machine")
    section = PvSection.model_validate(
        {"cost": {"discount_nominal_frac": 0.07, "inflation_frac": 0.02, "tax_frac": 0.25}}
    )
    a = assess("s1", section, clear_resource(), capacity_mw=50.0, tilt_deg=33.0, lat=38.8)
    path = write_pv_workbook(tmp_path / "b.xlsx", a, lang="en")
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path / "out"),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    book = openpyxl.load_workbook(tmp_path / "out" / "b.xlsx", data_only=True)
    cover, _, levels, years, money = (book[n] for n in book.sheetnames[:5])
    assert cover["B11"].value == pytest.approx(a.p50_mwh_yr, rel=1e-9)
    found = {r[0].value: r[1].value for r in levels.iter_rows() if r[0].value}
    assert found["P90"] == pytest.approx(a.p.one_year[90], rel=1e-6)
    assert years.cell(row=29, column=2).value == pytest.approx(a.energy_mwh.sum(), rel=1e-9)
    assert money["B8"].value == pytest.approx(a.lcoe[0.07].real_cny_mwh, rel=1e-9)
    assert money["B9"].value == pytest.approx(a.lcoe[0.07].nominal_cny_mwh, rel=1e-9)


def test_a_block_is_of_grid_power():
    """3.15 MW of grid at 1.25 are 3,938 kWp; at 4.6 m of 0.225 kW/m2 every 11 m of pitch their
    square has a side of sqrt(3937.5 / 1.035 x 11) = 204.6 m: 19 rows and 14 tables of 15 m."""
    land = shapely.box(0.0, 0.0, 800.0, 800.0)
    drawn = draw_layout(land, CRS, LayoutRules(11.0, 4.6, 35.0, setback_m=0.0))
    rows = drawn.features[drawn.features["layer"] == "rows"]
    whole = rows[rows["block"] == "1-1"]
    assert (len(whole), float(whole["length_m"].iloc[0])) == (19, 14 * 15.0)
    assert whole["kwp"].sum() / 1.25 / 1000.0 == pytest.approx(3.15, rel=0.06)
    # four times the grid power, twice the side
    wide = draw_layout(land, CRS, LayoutRules(11.0, 4.6, 35.0, setback_m=0.0, block_mw=12.6))
    assert wide.features.loc[wide.features["block"] == "1-1", "length_m"].max() == 27 * 15.0
