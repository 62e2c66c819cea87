"""Studies of PV against numbers derived by hand: light, targets, maps, places, drawings."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from gis.say import say
from siting.economy.waterfall import waterfall_of
from siting.pv.light.rows import ground_sky_factor
from siting.pv.plant.chain import site_yield
from siting.pv.plant.losses import loss_rows
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.tracking import Orientation
from siting.pv.plant.waterfall import UNIT, waterfall_svg, waterfall_table
from siting.pv.study import context as context_module
from siting.pv.study import one_site as one_module
from siting.pv.study import yield_map as map_module
from siting.pv.study.agrivoltaic import ground_light_share
from siting.pv.study.assess import monthly_table
from siting.pv.study.design import design
from siting.pv.study.layout import LayoutRules, draw_layout
from siting.pv.study.load_curve import SelfConsumption
from siting.pv.study.rooftop import _specific_yield
from siting.pv.study.section import PvSection, RooftopSection
from siting.pv.study.spacing import array_ha_mw, gb_gcr
from tests.siting.pv.pv_cases import OWN_LIGHT, clear_resource, clear_weather, some_plant

CRS = 4544


# ------------------------------------------------------------------ light under rows


def test_light_under_rows_of_an_even_sky_is_the_share_of_sky():
    """Without beam every spot of the ground has the sky's share alone, whatever the sun."""
    res = clear_resource(0.3)
    dull = replace(res, ghi_w_m2=res.dhi_w_m2, dni_w_m2=np.zeros_like(res.dni_w_m2))
    share = ground_light_share(dull, tilt_deg=33.0, gcr=0.42, clearance=0.2)
    assert share == pytest.approx(ground_sky_factor(33.0, 0.42, 0.2), rel=1e-9)
    assert share < 0.8


def test_light_under_next_to_no_rows_is_that_of_the_open_field():
    res = clear_resource(0.3)
    share = ground_light_share(res, tilt_deg=33.0, gcr=0.001, clearance=0.2)
    assert share == pytest.approx(1.0, abs=0.005)


def test_the_growing_season_ends_in_september():
    """Other months give another share: in winter shadows are long."""
    res = clear_resource(0.0)
    given = {"tilt_deg": 33.0, "gcr": 0.42, "clearance": 0.2}
    season = ground_light_share(res, **given)
    assert season == ground_light_share(res, **given, months=(4, 5, 6, 7, 8, 9))
    assert ground_light_share(res, **given, months=(12, 1)) < season


def test_sky_of_the_ground_under_trackers_at_every_tilt():
    """At tilts of the table it is that of fixed rows, between them half way."""
    zero = np.asarray(0.0)
    tilts = np.array([0.0, 20.0, 22.5, 55.0])
    turned = Orientation(tilts, zero, tilts, zero, zero, zero, np.asarray(1.2))
    fixed = [ground_sky_factor(t, 0.4, 1.2) for t in (0.0, 20.0, 25.0, 55.0)]
    middle = (fixed[1] + fixed[2]) / 2
    found = turned.ground_sky(0.4)
    assert found == pytest.approx([fixed[0], fixed[1], middle, fixed[3]], rel=1e-9)
    still = Orientation(np.asarray(20.0), zero, np.asarray(20.0), *[zero] * 3, np.asarray(1.2))
    assert float(still.ground_sky(0.4)) == pytest.approx(fixed[1], rel=1e-9)


# ------------------------------------------------------------------ energy


def test_energy_of_a_month_is_yield_times_module_power():
    """100 kWh/kWp of 2.5 MWp are 250 MWh."""
    months = pd.DataFrame({"month": [1, 2], "ac_kwh_kwp": [100.0, 80.0]})
    assessment = SimpleNamespace(
        name="s", dc_mw=2.5, result=SimpleNamespace(monthly=months.copy)
    )
    found = monthly_table(assessment)
    assert found["energy_mwh"].tolist() == [250.0, 200.0]
    assert found["site_id"].tolist() == ["s", "s"]


def test_every_level_of_the_fall_without_losses_is_the_power_of_the_hours():
    """Without losses the level after temperature is the DC energy of the hours."""
    found = site_yield(clear_resource(), some_plant(dc_ac_ratio=0.9))
    levels = {s.id: s.after for s in found.waterfall.steps}
    assert levels["temperature"] == pytest.approx(found.hourly["dc_kw_kwp"].sum(), rel=1e-6)


def test_light_lost_on_both_sides_leaves_the_fall_as_it_leaves_the_module():
    """10 % of all light away in front of a module of two faces: 0.9 of what was there."""
    res = clear_resource()
    both = {"bifacial": True, "clearance_m": 1.0}
    found = site_yield(res, some_plant(**both, losses={"snow": 0.1}))
    steps = {s.id: s for s in found.waterfall.steps}
    assert steps["rear"].delta > 0
    assert steps["snow"].after == pytest.approx(0.9 * steps["snow"].before, rel=1e-9)


def test_half_the_light_warms_the_cells_half_as_much():
    """Snow takes light from both sides, and Faiman's warmth grows with the light."""
    res = clear_resource()
    both = {"bifacial": True, "clearance_m": 1.0}
    warm, cool = (
        site_yield(res, some_plant(**both, losses={"snow": share})).hourly["temp_cell_c"]
        - res.temp_air_c
        for share in (0.0, 0.5)
    )
    assert warm.max() > 20.0
    np.testing.assert_allclose(cool, 0.5 * warm, rtol=1e-9, atol=1e-9)


def test_a_loss_is_below_its_upper_bound():
    for key, row in loss_rows().items():
        low, high = row.bounds
        assert PvPlant(losses={key: low}).losses[key] == (low,) * 12
        for value in (high, low - 0.01, float("nan")):
            with pytest.raises(ConfigError, match=key):
                PvPlant(losses={key: value})


def test_nothing_made_or_used_has_no_share():
    none = SelfConsumption(0.0, 5.0, 0.0)
    assert np.isnan(none.self_consumed_frac)
    assert none.covered_frac == 0.0
    assert np.isnan(SelfConsumption(5.0, 0.0, 0.0).covered_frac)
    assert SelfConsumption(8.0, 4.0, 2.0).covered_frac == 0.5
    assert SelfConsumption(8.0, 4.0, 2.0).self_consumed_frac == 0.25


def test_land_of_impossible_modules_is_refused():
    # 1 MW of 20 % are 5,000 m2 of modules, on 40 % of the land 1.25 ha
    assert array_ha_mw(0.2, 0.4) == pytest.approx(1.25)
    for efficiency, gcr in ((0.0, 0.4), (1.0, 0.4), (0.2, 0.0), (0.2, -0.1)):
        with pytest.raises(ConfigError):
            array_ha_mw(efficiency, gcr)


# ------------------------------------------------------------------ the map


def map_of(monkeypatch, annual, mounting="fixed", tilt=None):
    grid = plan_grid((0, 0, 2000, 1000), CRS, 500)
    asked = {}

    def county_yield(*_, tilt_deg, **__):
        asked["tilt"] = tilt_deg
        return SimpleNamespace(annual_kwh_kwp=annual, grid=grid)

    def write(path, _found, *, tags):
        asked["tags"] = tags
        return path

    monkeypatch.setattr(map_module, "terrain", lambda *_: (grid, np.zeros((2, 4))))
    monkeypatch.setattr(map_module, "county_boundary", lambda _: box(0, 0, 1000, 1000))
    monkeypatch.setattr(map_module, "county_yield", county_yield)
    monkeypatch.setattr(map_module, "write_county_yield", write)
    monkeypatch.setattr(map_module, "best_tilt_deg", lambda *_: 36.0)
    monkeypatch.setattr(map_module, "atlas_light", lambda *_: None)
    section = PvSection(mounting=mounting, tilt_deg=tilt)
    context = SimpleNamespace(
        section=section,
        dem=np.zeros((2, 4)),
        tilt_deg=31.0,
        res=clear_resource(),
        light=OWN_LIGHT,
        far=None,
    )
    found = map_module.yield_map_of(SimpleNamespace(), PATH, context, lambda *_: None)
    return asked, found


class _Path:
    def __truediv__(self, name):
        return name


PATH = _Path()


def test_the_middle_nine_tenths_of_the_map(monkeypatch):
    """Of 0, 1 .. 100 the quantiles at 5 and 95 % are 5 and 95, the mean 50."""
    annual = np.append(np.arange(101.0), np.nan)
    asked, (files, summary) = map_of(monkeypatch, annual)
    assert files == {"pv_yield": "pv_yield.tif"}
    assert (summary.p05_kwh_kwp, summary.mean_kwh_kwp, summary.p95_kwh_kwp) == (5.0, 50.0, 95.0)
    assert summary.cells == 101
    assert asked["tilt"] == summary.tilt_deg == 31.0
    assert 0.5 < summary.p90_over_p50 < 1.0


def test_the_map_of_a_plan_with_trackers_shows_fixed_modules(monkeypatch):
    asked, _ = map_of(monkeypatch, np.ones(2), "tracker")
    assert asked["tilt"] == 36.0  # the best one
    asked, _ = map_of(monkeypatch, np.ones(2), "tracker", tilt=28.0)
    assert asked["tilt"] == 28.0
    assert map_of(monkeypatch, np.full(2, np.nan))[1] == ({"pv_yield": "pv_yield.tif"}, None)


def test_no_map_without_ground_or_wish(monkeypatch):
    ground, grid = np.zeros((2, 4)), plan_grid((0, 0, 2000, 1000), CRS, 500)
    monkeypatch.setattr(map_module, "terrain", lambda *_: (grid, ground))

    def none(*_, **__):
        raise AssertionError

    monkeypatch.setattr(map_module, "county_boundary", none)

    def found(enabled, dem):
        section = PvSection(yield_map={"enabled": enabled})
        context = SimpleNamespace(section=section, dem=dem, tilt_deg=31.0, res=None)
        return map_module.yield_map_of(SimpleNamespace(), PATH, context, lambda *_: None)

    assert found(False, ground) == found(True, None) == ({}, None)
    for given in ((None, None), (grid, None)):
        monkeypatch.setattr(map_module, "terrain", lambda *_, g=given: g)
        assert found(True, ground) == ({}, None)


# ------------------------------------------------------------------ one place


class _FoundError(Exception):
    pass


def test_a_point_a_kilometre_outside_is_still_the_county(monkeypatch):
    def stop(*_, **given):
        raise _FoundError(given["capacity_mw"])

    monkeypatch.setattr(one_module, "pv_context", lambda _: SimpleNamespace())
    monkeypatch.setattr(one_module, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(one_module, "assess_place", stop)
    x, y = (v[0] for v in transform_points([105.0], [37.0], "EPSG:4326", CRS))

    def at(gap_m, **given):
        ground = box(x + gap_m, y - 500, x + gap_m + 900, y + 500)
        monkeypatch.setattr(one_module, "county_boundary", lambda _: ground)
        choice = one_module.SiteChoice(lonlat=(105.0, 37.0), **given)
        one_module.assess_one(SimpleNamespace(), choice)

    with pytest.raises(_FoundError, match=r"100\.0"):
        at(999.5)
    with pytest.raises(_FoundError, match=r"20\.0"):
        at(-100.0, capacity_mw=20.0)
    with pytest.raises(DataError):
        at(1000.5)


def test_twenty_sites_are_named_where_one_is_unknown(monkeypatch):
    sites = pd.DataFrame({"site_id": [f"S{k:02d}" for k in range(30)], "tech": "pv"})
    monkeypatch.setattr(one_module, "pv_context", lambda _: SimpleNamespace())
    monkeypatch.setattr(one_module, "read_layer", lambda *_: sites)
    with pytest.raises(ConfigError) as caught:
        one_module.assess_one(
            SimpleNamespace(), one_module.SiteChoice(site_id="X"), work=SimpleNamespace()
        )
    text = str(caught.value)
    assert "S19" in text
    assert "S20" not in text


def test_pitch_and_densest_rows():
    """Ground cover is collector over pitch, and never above 0.85; without rows no pitch."""
    given = design(some_plant(gcr=0.4, collector_m=4.0), 39.0, tilt_deg=30.0)
    assert given.pitch_m == pytest.approx(10.0)
    alone = design(some_plant(gcr=0.0, collector_m=4.0), 39.0, tilt_deg=30.0)
    assert np.isinf(alone.pitch_m)
    flat = some_plant(collector_m=4.0).model_copy(update={"gcr": None})
    found = design(flat, 10.0, tilt_deg=2.0)
    assert found.plant.gcr == 0.85
    assert found.pitch_m == pytest.approx(4.0 / 0.85)


def test_roofs_are_told_apart_by_the_way_they_face():
    """South before east before north; 360 degrees are 0, and 179.4 is of the class of 180."""
    facing = np.array([180.0, 179.4, 90.0, 0.0, 360.0])
    found = _specific_yield(clear_resource(), RooftopSection(), PvSection(), 30.0, facing, 0.0)
    assert found[0] == found[1] > found[2] > found[3]
    assert found[4] == pytest.approx(found[3], rel=1e-5)


def test_no_rows_on_a_slope_the_winter_sun_does_not_reach():
    """At 39 N the sun is 14.8 degrees high at nine; a north slope of 42 degrees is dark."""
    rise = np.array([-0.9, 0.0])
    dark, level = gb_gcr(39.0, 35.0, rise=rise, axis_rise=np.zeros(2))
    assert dark == 0.0
    assert 0.3 < level < 0.5


def test_a_setback_of_next_to_nothing_is_none():
    site = box(0, 0, 600, 400)
    areas = []
    for setback_m in (0.0, 1e-9):
        rules = LayoutRules(10.0, 4.6, 30.0, setback_m=setback_m)
        f = draw_layout(site, "EPSG:4545", rules).features
        areas.append(f[f["layer"] == "buildable"].geometry.area.sum())
    assert areas == [240_000.0, 240_000.0]


# ------------------------------------------------------------------ places


def place(monkeypatch, x, y):
    """Ground of 10 m cells that rises 1 in 10 to the north and 1 in 20 to the east.

    20 by 12 cells from (1000, 2000); x and y count from there.
    """
    grid = plan_grid((1000, 2000, 1120, 2200), CRS, 10)
    dem = np.arange(20.0, 0.0, -1.0)[:, None] + 0.5 * np.arange(12.0)
    given = {}

    def assess(*_, **kept):
        given.update(kept)

    monkeypatch.setattr(context_module, "assess", assess)
    context = SimpleNamespace(
        section=PvSection(horizon=False), dem=dem, grid=grid, res=None, tilt_deg=30.0,
        decomposition=float("nan"), battery=None, far=None, light=OWN_LIGHT, price_cny_mwh=None,
    )  # fmt: skip
    context_module.assess_place(
        context, "p", x=1000.0 + x, y=2000.0 + y, lat=39.0, capacity_mw=1.0
    )
    return given


def test_slope_of_a_place_and_none_beside_the_edge(monkeypatch):
    """A south slope of 1 in 10 rises behind rows that face south; three cells are needed."""
    found = place(monkeypatch, 65.0, 105.0)
    assert found["slope"].rise == pytest.approx(0.1, abs=1e-6)
    # along the rows it is told towards the west, where the ground falls
    assert found["slope"].axis_rise == pytest.approx(-0.05, abs=1e-6)
    assert found["altitude_m"] == pytest.approx(20.0 - 9 + 0.5 * 6)  # row 9, column 6
    for x, y in ((35.0, 105.0), (85.0, 105.0), (65.0, 165.0), (65.0, 35.0)):
        assert place(monkeypatch, x, y)["altitude_m"] is not None, (x, y)
    for x, y in ((25.0, 105.0), (95.0, 105.0), (65.0, 175.0), (65.0, 25.0)):
        edge = place(monkeypatch, x, y)
        assert edge["altitude_m"] is None, (x, y)
        assert (edge["slope"].rise, edge["slope"].axis_rise) == (0.0, 0.0)


def test_a_spread_of_light_models_only_where_light_was_split(monkeypatch):
    """Weather that has beam and diffuse light is uncertain by no model of splitting."""
    plan = SimpleNamespace(
        section=lambda _: PvSection(weather={"path": "w.csv"}, tilt_deg=30.0)
    )
    measured = clear_weather()
    total = measured.hourly[["ghi_w_m2", "temp_air_c", "wind_speed_m_s"]]
    monkeypatch.setattr(context_module, "terrain", lambda *_: (None, None))
    monkeypatch.setattr(context_module, "_light", lambda *_: (OWN_LIGHT, ()))
    for weather, known in ((measured, False), (replace(measured, hourly=total), True)):
        monkeypatch.setattr(context_module, "_raw_weather", lambda *_, w=weather: w)
        found = context_module.pv_context(plan)
        assert np.isfinite(found.decomposition) == known
        assert [w.code for w in found.warnings][-1] == "pv_no_dem"


# ------------------------------------------------------------------ drawing


def test_bars_of_the_waterfall_are_to_scale_and_do_not_touch():
    """2,000, less 500, more 100: widths as 20 : 5 : 1 : 16, from 0, 1500, 1500, 0."""
    title = say("siting.pv_plant.net_yield")
    fall = waterfall_of(
        UNIT, [("a", title, 2000.0), ("b", title, 1500.0), ("c", title, 1600.0)]
    )
    table = waterfall_table(fall)
    assert table["delta_kwh_kwp"].tolist() == [2000.0, -500.0, 100.0]
    text = waterfall_svg(fall, "en")
    found = re.findall(r'<rect x="([\d.]+)" y="(\d+)" width="([\d.]+)" height="(-?\d+)"', text)
    bars = [tuple(float(v) for v in bar) for bar in found]
    x, y, width, height = (np.array(v) for v in zip(*bars, strict=True))
    assert width / width[0] == pytest.approx([1.0, 0.25, 0.05, 0.8], abs=1e-3)
    assert (x - x[0]) / width[0] == pytest.approx([0.0, 0.75, 0.75, 0.0], abs=1e-3)
    assert (height > 0).all()
    assert (y[1:] >= y[:-1] + height[:-1]).all()
    size = re.search(r'width="(\d+)" height="(\d+)"', text)
    assert y[-1] + height[-1] < float(size[2])
    assert (x + width).max() < float(size[1])
    notes = re.findall(r'">([^<]+)</text></?', text) + re.findall(r">([-+][^<]+)<", text)
    assert any("-500 (-25.0%)" in n for n in notes)


def test_rows_look_south_when_not_said():
    res = clear_resource(0.0)
    given = {"tilt_deg": 33.0, "gcr": 0.42, "clearance": 0.2}
    south, by_default = (
        ground_light_share(res, **given, **more) for more in ({"azimuth_deg": 180.0}, {})
    )
    assert by_default == south
    assert ground_light_share(res, **given, azimuth_deg=150.0) != south
