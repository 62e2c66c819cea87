"""PV plants at the ends of what may be, their table, money and places, by hand."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from shapely.geometry import LineString, Point, box

from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError, ModelError
from siting.pv.plant.module import Module, modules
from siting.pv.plant.plant import PvPlant, Slope
from siting.pv.study import agrivoltaic as agri_module
from siting.pv.study import assess as assess_module
from siting.pv.study import context as context_module
from siting.pv.study import county as county_module
from siting.pv.study import ground as ground_module
from siting.pv.study import land_plan as land_module
from siting.pv.study import one_site as one_module
from siting.pv.study.agrivoltaic import compare_variants
from siting.pv.study.assess import Assessment, assess, energy_by_year_mwh, monthly_table
from siting.pv.study.county import county_yield
from siting.pv.study.design import Design, design
from siting.pv.study.rooftop import _existing_public
from siting.pv.study.section import PvSection, RooftopSection
from siting.pv.study.spacing import array_ha_mw, gb_gcr
from siting.pv.study.uncertainty import interannual_frac, stack
from tests.siting.pv.pv_cases import OWN_LIGHT, clear_resource, clear_weather, some_plant

CRS = 4544

# ------------------------------------------------------------------ limits

# field, what may be (both ends, or next to them), what may not (just beyond)
LIMITS = (
    ("tilt_deg", (0.0, 90.0), (-0.01, 90.01)),
    ("azimuth_deg", (0.0, 359.99), (-0.01, 360.0)),
    ("collector_m", (0.01, 20.0), (0.0, 20.01)),
    ("gcr", (0.0, 0.05, 0.95), (-0.01, 0.0499, 0.951)),
    ("clearance_m", (0.01, 10.0), (0.0, 10.01)),
    ("max_angle_deg", (0.1, 90.0), (0.0, 90.1)),
    ("shade_steps", (0, 24), (-1, 25)),
    ("dc_ac_ratio", (0.5, 3.0), (0.49, 3.01)),
    ("inverter_frac", (0.501, 1.0), (0.5, 1.001)),
    ("albedo", (0.0, 1.0), (-0.01, 1.01)),
    ("u0", (0.01, 100.0), (0.0, 100.01)),
    ("u1", (0.0, 50.0), (-0.01, 50.01)),
    ("noct_c", (20.01, 80.0), (20.0, 80.01)),
    ("line_frac", (0.0, 0.1), (-0.01, 0.11)),
    ("transformer_load_frac", (0.0, 0.05), (-0.01, 0.051)),
    ("transformer_no_load_frac", (0.0, 0.02), (-0.01, 0.021)),
    ("string_modules", (1, 100), (0, 101)),
    ("coldest_c", (-90.0, 40.0), (-90.1, 40.1)),
    ("hottest_c", (20.0, 120.0), (19.9, 120.1)),
    ("rear_loss_frac", (0.0, 0.999), (-0.01, 1.0)),
)


def test_the_ends_of_every_figure_of_a_plant():
    for name, may, may_not in LIMITS:
        for value in may:
            assert getattr(PvPlant(**{name: value}), name) == value
        for value in may_not:
            with pytest.raises(ConfigError, match=name):
                PvPlant(**{name: value})


def test_every_figure_of_a_plant_has_its_limits_tested():
    numbers = {
        name
        for name, field in PvPlant.model_fields.items()
        if {float, int} & {field.annotation, *getattr(field.annotation, "__args__", ())}
    }
    assert numbers == {name for name, _, _ in LIMITS}


def test_what_a_plant_is_when_nothing_is_said():
    """Two modules of 2.3 m up the slope, facing south, 1 m over the ground, 1.25 of module
    over inverter power; heat loss is that of the model, Faiman's 25 and 6.84 W/(m2 K)
    (Koehl 2011, 10.1016/j.solmat.2011.01.020, free-standing c-Si), NOCT 45 C; one face."""
    p = PvPlant()
    assert (p.mounting, p.tilt_deg, p.azimuth_deg, p.gcr) == ("fixed", None, 180.0, None)
    assert (p.collector_m, p.clearance_m) == (2 * 2.3, 1.0)
    assert p.clearance == pytest.approx(1 / 4.6)
    assert (p.backtrack, p.max_angle_deg, p.shade_steps) == (True, 60.0, 0)
    assert (p.dc_ac_ratio, p.inverter_frac, p.albedo) == (1.25, None, None)
    assert (p.u0, p.u1, p.noct_c) == (None, None, 45.0)
    assert p.heat_loss == (25.0, 6.84)
    # PVsyst's help, array thermal losses: 29 W/(m2 K) for free-standing modules, no wind
    assert PvPlant(cell="pvsyst").heat_loss == (29.0, 0.0)
    assert (p.bifacial, p.rear_loss_frac) == (False, 0.0)


def test_modules_have_shares_between_nothing_and_all():
    """Efficiency and first-year loss below one; power falls with warmth, by less than 2 %."""
    base = {**dict(modules()["hpbc_mono"])}
    del base["bifaciality_frac"]
    assert Module.model_validate(base).bifaciality_frac == 0.0
    for name, may, may_not in (
        ("efficiency_frac", (0.01, 0.99), (0.0, 1.0)),
        ("gamma_per_c", (-0.0199, 0.0), (-0.02, 0.001)),
        ("lid_frac", (0.0, 0.99), (-0.01, 1.0)),
        ("degradation_frac_yr", (0.0, 0.99), (-0.01, 1.0)),
        ("bifaciality_frac", (0.0, 1.0), (-0.01, 1.01)),
    ):
        for value in may:
            assert getattr(Module.model_validate({**base, name: value}), name) == value
        for value in may_not:
            with pytest.raises(ValidationError):
                Module.model_validate({**base, name: value})


# ------------------------------------------------------------------ a plant's row


def assessment(**changed) -> Assessment:
    plant = changed.pop("plant", some_plant(tilt_deg=33.0, azimuth_deg=170.0, gcr=0.4))
    months = pd.DataFrame({"month": [1], "ac_kwh_kwp": [100.0]})
    given = {
        "name": "S1",
        "design": Design(plant, Slope(), None, 11.5),
        "result": SimpleNamespace(
            poa_kwh_m2=1900.0, kwh_kwp_yr=1500.0, performance_ratio=0.8, monthly=months.copy
        ),
        "capacity_mw": 10.0,
        "dc_mw": 12.5,
        "p": SimpleNamespace(
            one_year={50: 17_520.0, 75: 17_000.0, 90: 16_000.0, 99: 15_000.0},
            ten_year={90: 16_800.0},
            life={90: 16_500.0},
            sd_one_year_frac=0.07,
        ),
        "components": (),
        "model_spread_frac": 0.02,
        "energy_mwh": np.array([100.0, 90.0, 80.0]),
        "lcoe": {
            0.06: SimpleNamespace(real_cny_mwh=250.0),
            0.085: SimpleNamespace(real_cny_mwh=290.0),
        },
        "costs": None, "finance": None, "storage": None, "avoided_tco2_yr": None,
    }  # fmt: skip
    return Assessment(**{**given, **changed})


def test_a_plant_as_a_row():
    """17,520 MWh of 10 MW are 1,752 hours, a fifth of the year's 8,760."""
    row = assessment().row()
    assert (row["site_id"], row["mounting"]) == ("S1", "fixed")
    assert (row["capacity_mw"], row["dc_mw"]) == (10.0, 12.5)
    assert (row["tilt_deg"], row["azimuth_deg"]) == (33.0, 170.0)
    assert (row["pitch_m"], row["gcr"]) == (11.5, 0.4)
    assert (row["poa_kwh_m2"], row["specific_kwh_kwp"]) == (1900.0, 1500.0)
    energy = [row[f"p{k}_mwh_yr"] for k in (50, 75, 90, 99)]
    assert energy == [17_520.0, 17_000.0, 16_000.0, 15_000.0]
    assert (row["p90_ten_year_mwh_yr"], row["p90_life_mwh_yr"]) == (16_800.0, 16_500.0)
    assert (row["full_load_hours_h"], row["capacity_factor"]) == (1752.0, 0.2)
    assert row["life_mwh"] == 270.0
    assert (row["lcoe_6pct_cny_mwh"], row["lcoe_8.5pct_cny_mwh"]) == (250.0, 290.0)
    assert np.isnan(row["avoided_tco2_yr"])
    assert assessment(avoided_tco2_yr=9.0).row()["avoided_tco2_yr"] == 9.0
    tracker = assessment(plant=some_plant(mounting="tracker")).row()
    assert np.isnan(tracker["tilt_deg"])
    assert np.isnan(tracker["azimuth_deg"])
    month = monthly_table(assessment())
    assert (month.columns[0], month["energy_mwh"][0]) == ("site_id", 1250.0)


def test_energy_falls_in_a_line_and_not_below_nothing():
    assert energy_by_year_mwh(100.0, 4, 0.4).tolist() == pytest.approx([100, 60, 20, 0])


# ------------------------------------------------------------------ money and batteries


def test_money_of_a_plant():
    """10 MW at the default 1,959 CNY/kW and 2.2 % a year (costs.toml); at 3,000 CNY/kW and
    1 %: 30 million and 300,000 CNY. Without a rate three are shown, the middle one counts;
    without interest, tax and inflation a MWh costs (30 + 25 0.3) million over its energy."""
    energy = np.full(25, 15_000.0)
    costs, finance, rates = assess_module._money(PvSection(), 10.0, energy)
    assert costs.capex_cny == pytest.approx(19.59e6)
    assert costs.opex_cny_yr == pytest.approx(0.022 * 19.59e6)
    assert list(rates) == [0.04, 0.06, 0.08]
    assert finance.discount_nominal_frac == 0.06
    assert rates[0.04].real_cny_mwh < rates[0.06].real_cny_mwh < rates[0.08].real_cny_mwh
    given = {
        "capex_cny_kw": 3000.0, "opex_frac_yr": 0.01, "discount_nominal_frac": 0.0,
        "inflation_frac": 0.0, "tax_frac": 0.0,
    }  # fmt: skip
    costs, finance, rates = assess_module._money(PvSection(cost=given), 10.0, energy)
    assert (costs.capex_cny, costs.opex_cny_yr) == (30e6, 0.3e6)
    assert list(rates) == [0.0]
    assert rates[0.0].real_cny_mwh == pytest.approx((30e6 + 25 * 0.3e6) / energy.sum())
    free, _, _ = assess_module._money(
        PvSection(cost={"capex_cny_kw": 3000.0, "opex_frac_yr": 0.0}), 10.0, energy
    )
    assert free.opex_cny_yr == 0.0


def stored(monkeypatch, **storage):
    """What the battery of a 10 MW plant with 12 MWp is asked: full, cut off and dark."""
    asked = {}

    def dispatch(power, limit, battery):
        asked.update(power=power, limit=limit, battery=battery)
        return "run"

    monkeypatch.setattr(assess_module, "dispatch", dispatch)
    hours = pd.DataFrame(
        {"ac_kw_kwp": [0.5, 10 / 12, 0.9, 0.0], "clipped_kw_kwp": [0.0, 0.1, 0.0, 0.0]}
    )
    size = SimpleNamespace(power_frac=0.2, duration_h=2.0)
    section = PvSection(storage={"enabled": True, **storage})
    result = SimpleNamespace(hourly=hours)
    return assess_module._storage(section, size, result, 10.0, 12.0), asked


def test_a_battery_takes_what_is_cut_off(monkeypatch):
    """6, 10 and 10.8 MW are sent, 1.2 MW cut off in the second hour, when no more goes out
    than is sent; at half the capacity the grid takes 5 MW always. 2 MW and 4 MWh."""
    run, asked = stored(monkeypatch, round_trip_frac=0.85)
    assert run == "run"
    assert asked["power"] == pytest.approx([6.0, 11.2, 10.8, 0.0])
    assert asked["limit"] == pytest.approx([10.0, 10.0, 10.8, 10.0])
    assert (asked["battery"].power_mw, asked["battery"].energy_mwh) == (2.0, 4.0)
    _, asked = stored(monkeypatch, round_trip_frac=0.85, grid_limit_frac=0.5)
    assert asked["limit"].tolist() == [5.0] * 4
    section = PvSection()
    assert assess_module._storage(section, None, SimpleNamespace(), 1.0, 1.0) is None


def test_no_yield_without_capacity():
    for capacity_mw in (0.0, -1.0, float("nan")):
        with pytest.raises(ModelError, match="none"):
            assess(
                "none", PvSection(), clear_resource(), capacity_mw=capacity_mw, tilt_deg=30.0,
                lat=38.8,
            )  # fmt: skip


def test_a_plant_above_the_station_is_cooler_and_yields_more():
    """300 m above it the air is 0.0065 300 = 1.95 K colder: at the -0.29 % a kelvin of the
    module 0.57 % more; a height not known changes nothing."""
    args = {"capacity_mw": 8.0, "tilt_deg": 30.0, "lat": 38.8}
    section = PvSection(gcr=0.4, inside_hour=False)
    same, high, unknown = (
        assess("p", section, clear_resource(), altitude_m=h, **args)
        for h in (1100.0, 1400.0, float("nan"))
    )
    assert unknown.p50_mwh_yr == same.p50_mwh_yr
    assert high.p50_mwh_yr / same.p50_mwh_yr - 1 == pytest.approx(0.0057, abs=0.0003)
    assert same.dc_mw == 8.0 * 1.25
    assert same.p50_mwh_yr == pytest.approx(10.0 * same.result.kwh_kwp_yr)
    assert same.full_load_hours_h == pytest.approx(1.25 * same.result.kwh_kwp_yr)
    # 0.4 % of the first year less every year, over 25 years
    assert len(same.energy_mwh) == 25
    assert same.energy_mwh[24] == pytest.approx(same.p50_mwh_yr * (1 - 24 * 0.004))


# ------------------------------------------------------------------ design and variants


def test_trackers_are_designed_level_at_their_ground_cover():
    """0.35 of the land without a figure, else what is given; a tracker's tilt is nothing."""
    free = some_plant(mounting="tracker", collector_m=2.1).model_copy(update={"gcr": None})
    found = design(free, 38.8, tilt_deg=30.0)
    assert found.plant.designed() == (0.0, 0.35)
    assert found.plant.tilt_deg == 0.0
    assert found.pitch_m == pytest.approx(6.0)
    assert found.spacing is None
    given = design(some_plant(mounting="tracker", gcr=0.5), 38.8, tilt_deg=30.0)
    assert given.plant.designed() == (0.0, 0.5)


def test_variants_over_crops_per_hectare(monkeypatch):
    """Rows half as far apart again: ground cover 0.4 and 0.4/1.5, pitch 4.6/0.4 = 11.5 m and
    17.25 m. A MWp of 22.5 % is 4,444 m2 of modules: 1.1111 and 1.6667 ha. 1,500 kWh/kWp:
    1,350 and 900 MWh/ha. The higher and wider rows leave the ground more light."""
    asked = []

    def site_yield(_res, plant, *, slope):
        asked.append((plant.gcr, plant.clearance_m, slope))
        return SimpleNamespace(kwh_kwp_yr=1500.0)

    monkeypatch.setattr(agri_module, "site_yield", site_yield)
    variant = {
        "id": "crops", "title_zh": "z", "title_en": "crops below", "clearance_m": 2.5,
        "pitch_factor": 1.5,
    }  # fmt: skip
    section = PvSection(agrivoltaic=(variant,))
    plant = PvPlant(tilt_deg=33.0, gcr=0.4)
    slope = Slope(0.05)
    table = compare_variants(
        clear_resource(), section, Design(plant, slope, None, plant.collector_m / 0.4)
    )
    assert table["variant"].tolist() == ["base", "crops"]
    assert table["clearance_m"].tolist() == [1.0, 2.5]
    assert table["gcr"].tolist() == pytest.approx([0.4, 0.4 / 1.5])
    assert table["pitch_m"].tolist() == pytest.approx([11.5, 17.25])
    assert table["ha_mwp"].tolist() == pytest.approx([1.11111, 1.66667], abs=1e-5)
    assert table["mwh_ha"].tolist() == pytest.approx([1350.0, 900.0])
    assert asked == [(0.4, 1.0, slope), (pytest.approx(0.4 / 1.5), 2.5, slope)]
    low, high = table["ground_light_frac"]
    assert 0.3 < low < high < 1.0


# ------------------------------------------------------------------ places


def test_ground_five_kilometres_around_the_county(monkeypatch):
    """Cells that are not valid are unknown; without a layer there is no ground."""
    asked = []

    def open_raster(_plan, layer, grid):
        asked.append((layer, grid))
        valid = np.ones(grid.shape, dtype=bool)
        valid[0, 0] = False
        return np.full(grid.shape, 1100, dtype=np.int16), valid

    monkeypatch.setattr(ground_module, "county_boundary", lambda _: box(0, 200, 1000, 700))
    monkeypatch.setattr(ground_module, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(ground_module, "open_raster", open_raster)
    grid, dem = ground_module.terrain(SimpleNamespace(), 50.0)
    assert asked[0][0] == "dem"
    bounds = grid.boundingbox
    assert (bounds.left, bounds.right) == (-5000.0, 6000.0)
    assert (bounds.bottom, bounds.top) == (-4800.0, 5700.0)
    assert np.isnan(dem[0, 0])
    assert dem[5, 5] == 1100.0
    monkeypatch.setattr(ground_module, "open_raster", lambda *_: None)
    assert ground_module.terrain(SimpleNamespace(), 50.0) == (None, None)


def test_gridded_weather_is_read_at_the_middle_of_the_county(monkeypatch, tmp_path):
    """A folder, a NetCDF or a Zarr store without a place of its own; a table is one place."""
    read = []
    monkeypatch.setattr(context_module, "plan_file", lambda _, path: tmp_path / path)
    weather = SimpleNamespace(lon=105.0, lat=37.0, hourly=None, with_hourly=lambda *_: None)
    monkeypatch.setattr(
        context_module, "read_weather", lambda *given: read.append(given) or weather
    )
    monkeypatch.setattr(context_module, "weather_place_warnings", lambda *_, **__: ())
    x, y = (v[0] for v in transform_points([105.0], [37.0], "EPSG:4326", CRS))
    monkeypatch.setattr(
        context_module, "county_boundary", lambda _: box(x - 500, y - 500, x + 500, y + 500)
    )
    monkeypatch.setattr(context_module, "plan_crs", lambda _: CRS)
    (tmp_path / "folder").mkdir()
    for name in ("folder", "era5.nc", "era5.zarr", "w.csv"):
        given = PvSection(weather={"path": name})
        context_module._raw_weather(SimpleNamespace(), given)
    places = [(source.lon, source.lat) for _, source in read]
    assert places[:3] == [pytest.approx((105.0, 37.0), abs=0.001)] * 3
    assert places[3] == (None, None)
    own = PvSection(weather={"path": "era5.nc", "lon": 106.0, "lat": 38.0})
    context_module._raw_weather(SimpleNamespace(), own)
    assert (read[4][1].lon, read[4][1].lat) == (106.0, 38.0)
    with pytest.raises(DataError, match=r"pv\.weather"):
        context_module._raw_weather(SimpleNamespace(), PvSection())


def test_a_horizon_only_where_it_is_asked_for(monkeypatch):
    """Seen from the place's own cell, row 9 and column 6, over the reach of the plan."""
    grid = plan_grid((1000, 2000, 1120, 2200), CRS, 10)
    asked, given = [], {}
    monkeypatch.setattr(context_module, "assess", lambda *_, **kept: given.update(kept))
    monkeypatch.setattr(
        context_module, "horizon_of_dem", lambda _, *at, **kw: asked.append((at, kw)) or "seen"
    )
    for wanted, found in ((False, None), (True, "seen")):
        context = SimpleNamespace(
            section=PvSection(horizon=wanted, yield_map={"horizon_reach_m": 7000.0}),
            dem=np.zeros((20, 12)), grid=grid, res=None, tilt_deg=30.0,
            decomposition=0.02, battery=None, far=None, light=OWN_LIGHT, price_cny_mwh=None,
        )  # fmt: skip
        context_module.assess_place(context, "p", x=1065.0, y=2105.0, lat=39.0, capacity_mw=1.0)
        assert given["horizon"] == found
        assert (given["tilt_deg"], given["decomposition"]) == (30.0, 0.02)
    assert asked == [((9, 6), {"cell_m": 10.0, "reach_m": 7000.0})]


def test_slopes_under_trackers_are_told_to_the_west(monkeypatch):
    """Ground that falls 1 in 20 to the west: trackers lie across it, and 1 in 10 to the
    south is along their axes."""
    grid = plan_grid((1000, 2000, 1120, 2200), CRS, 10)
    dem = np.arange(20.0, 0.0, -1.0)[:, None] + 0.5 * np.arange(12.0)
    given = {}
    monkeypatch.setattr(context_module, "assess", lambda *_, **kept: given.update(kept))
    context = SimpleNamespace(
        section=PvSection(horizon=False, mounting="tracker"), dem=dem, grid=grid, res=None,
        tilt_deg=0.0, decomposition=float("nan"), battery=None, light=OWN_LIGHT,
        price_cny_mwh=None,
    )  # fmt: skip
    context_module.assess_place(context, "p", x=1065.0, y=2105.0, lat=39.0, capacity_mw=1.0)
    assert abs(given["slope"].rise) == pytest.approx(0.05, abs=1e-6)
    assert abs(given["slope"].axis_rise) == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "tilt"), [({"tilt_deg": 30.0}, 30.0), ({}, 34.0), ({"mounting": "tracker"}, 0.0)]
)
def test_the_tilt_of_a_county(monkeypatch, given, tilt):
    """Given, the best, or none for trackers; light models are spread at it, level ones at
    30 degrees."""
    plan = SimpleNamespace(section=lambda _: PvSection(weather={"path": "w.csv"}, **given))
    total = clear_weather().hourly[["ghi_w_m2", "temp_air_c", "wind_speed_m_s"]]
    weather = clear_weather().with_hourly(total)
    asked = []
    monkeypatch.setattr(context_module, "terrain", lambda *_: (None, None))
    monkeypatch.setattr(context_module, "_raw_weather", lambda *_: weather)
    monkeypatch.setattr(context_module, "best_tilt_deg", lambda *_: 34.0)
    monkeypatch.setattr(context_module, "_light", lambda *_: (OWN_LIGHT, ()))
    monkeypatch.setattr(
        context_module, "decomposition_spread", lambda *a: asked.append(a[2]) or 0.01
    )
    found = context_module.pv_context(plan)
    assert found.tilt_deg == tilt
    assert asked == [tilt or 30.0]
    assert found.battery is None


def test_the_site_of_a_run_is_assessed_and_drawn(monkeypatch):
    """The third site of the table, the second of PV: its own middle, latitude, capacity."""
    sites = gpd.GeoDataFrame(
        {
            "site_id": ["A", "B", "B"],
            "tech": ["pv", "wind", "pv"],
            "lat": [37.0, 38.0, 39.0],
            "capacity_mw": [5.0, 6.0, 7.0],
        },
        geometry=[box(0, 0, 1, 1), box(5, 5, 6, 6), box(10, 20, 14, 24)],
        crs=CRS,
    )
    asked = []
    monkeypatch.setattr(one_module, "pv_context", lambda _: SimpleNamespace())
    monkeypatch.setattr(one_module, "read_layer", lambda *_: sites)
    monkeypatch.setattr(one_module, "layout_rules", lambda *_: "rules")
    monkeypatch.setattr(one_module, "_told", lambda a, *_: a)
    monkeypatch.setattr(
        one_module, "assess_place", lambda _, name, **kw: asked.append((name, kw)) or "found"
    )
    monkeypatch.setattr(one_module, "draw_layout", lambda *a: a)
    monkeypatch.setattr(one_module, "_told", lambda found, *_: found)  # warnings of the plan
    plan = SimpleNamespace()
    for capacity, used in ((None, 7.0), (3.0, 3.0)):
        choice = one_module.SiteChoice("B", capacity_mw=capacity)
        a, drawn = one_module.assess_one(plan, choice, work=SimpleNamespace())
        name, kw = asked.pop()
        assert (a, name) == ("found", "B")
        assert (kw["x"], kw["y"], kw["lat"], kw["capacity_mw"]) == (12.0, 22.0, 39.0, used)
        assert drawn[0].contains(Point(12.0, 22.0))
        assert drawn[2] == "rules"
    with pytest.raises(ConfigError):
        one_module.assess_one(plan, one_module.SiteChoice("B"))
    for wrong in ({}, {"site_id": "B", "lonlat": (1.0, 2.0)}):
        with pytest.raises(ConfigError):
            one_module.SiteChoice(**wrong)


def test_rows_are_drawn_as_the_plant_was_designed():
    """Fixed rows at their tilt and azimuth; those of trackers lie level and face west."""
    plan = SimpleNamespace(section=lambda _: PvSection(setback_m=7.0, road_m=5.0, block_mw=2.0))
    rules = one_module.layout_rules(assessment(), plan)
    assert (rules.pitch_m, rules.collector_m) == (11.5, 4.6)
    assert (rules.tilt_deg, rules.azimuth_deg) == (33.0, 170.0)
    assert (rules.setback_m, rules.road_m, rules.block_mw) == (7.0, 5.0, 2.0)
    assert rules.kw_m2 == modules()["topcon_bifacial"].efficiency_frac
    turned = one_module.layout_rules(
        assessment(plant=some_plant(mounting="tracker", gcr=0.35)), plan
    )
    assert (turned.tilt_deg, turned.azimuth_deg) == (0.0, 270.0)


# ------------------------------------------------------------------ the county and its table


def test_density_of_cells_and_none_where_rows_are_dark(monkeypatch):
    """A wall of 42 degrees to the north has no row the winter sun reaches; the level cells
    hold 1/(ha a MWp)/1.25 MW of grid capacity a hectare."""
    section = PvSection(tilt_deg=35.0, horizon=False)
    grid = plan_grid((500_000, 4_300_000, 500_100, 4_300_160), CRS, 10)
    dem = np.repeat(np.concatenate([np.zeros(8), np.arange(1, 9) * 9.0])[:, None], 10, axis=1)
    monkeypatch.setattr(
        county_module, "horizon_grid", lambda _, rows, *__, **___: rows[:, None]
    )
    asked = {}

    def yields(_res, _section, planes, **_):
        asked["planes"] = planes
        return np.tile(np.arange(12.0), (len(planes.gcr), 1))

    monkeypatch.setattr(county_module, "grid_yield", yields)
    found = county_yield(
        clear_resource(), section, grid, dem, np.ones(dem.shape, bool), tilt_deg=35.0
    )
    level = gb_gcr(38.8, 35.0, rise=np.zeros(1), axis_rise=np.zeros(1))[0]
    assert found.mw_ha[3, 4] == pytest.approx(1 / array_ha_mw(0.225, level) / 1.25, rel=0.01)
    assert found.mw_ha[12, 4] == 0.0
    assert found.annual_kwh_kwp[3, 4] == 66.0  # 0 + 1 .. + 11
    assert not asked["planes"].horizon_tan.any()
    # 1,100 m is the station's height: 0.0065 K a metre warmer below it
    assert asked["planes"].warmer_c[0] == pytest.approx(0.0065 * 1100)


def test_where_the_grid_leaves_a_site(monkeypatch):
    """The nearest point of the site to its own route; without one a point inside."""
    site = box(0, 0, 100, 60)
    route = gpd.GeoDataFrame(
        {"site_id": ["B", "A"]},
        geometry=[LineString([(300, 0), (300, 9)]), LineString([(150, 30), (400, 30)])],
        crs=CRS,
    )
    for found, own in ((route, "A"), (route, "C"), (None, "A"), (route[:0], "A")):
        monkeypatch.setattr(land_module, "optional_layer", lambda *_, f=found: f)
        point = land_module.connection_point(SimpleNamespace(), own, site)
        if found is route and own == "A":
            assert (point.x, point.y) == (100.0, 30.0)
        else:
            assert site.buffer(-1).contains(point)


def test_the_land_of_a_site_of_a_run(monkeypatch):
    layout = SimpleNamespace(
        features=gpd.GeoDataFrame(
            {"layer": ["rows", "site"]}, geometry=[box(0, 0, 1, 1), box(0, 0, 9, 9)], crs=CRS
        )
    )
    asked = {}
    drawn = [layout]
    monkeypatch.setattr(
        land_module, "assess_one", lambda *_, **__: (SimpleNamespace(dc_mw=12.5), drawn[0])
    )
    monkeypatch.setattr(land_module, "layout_rules", lambda *_: "rules")
    monkeypatch.setattr(
        land_module, "connection_point", lambda _run, site, shape: (site, shape)
    )
    monkeypatch.setattr(
        land_module, "plant_land", lambda *a, **kw: asked.update(kw, given=a) or "land"
    )
    args = (SimpleNamespace(), SimpleNamespace(), "S1")
    assert land_module.site_layout(*args, substation_ha=0.5) == "land"
    assert asked["given"] == (layout, "rules", ("S1", box(0, 0, 9, 9)))
    assert (asked["wanted_dc_mw"], asked["site_id"], asked["substation_ha"]) == (
        12.5,
        "S1",
        0.5,
    )
    drawn[0] = None
    with pytest.raises(ModelError, match="S1"):
        land_module.site_layout(*args)


def test_existing_means_built_before_the_year():
    """2019 counts, 2020 is not before 2020, a year not known counts."""
    roofs = pd.DataFrame(
        {
            "use": ["school"] * 4 + ["factory"],
            "year_built": ["2019", "2020", "2021", "", "1990"],
        }
    )
    section = RooftopSection(share_target_frac=0.15, built_before=2020)
    assert _existing_public(roofs, section).tolist() == [True, False, False, True, False]
    every = RooftopSection(share_target_frac=0.15)
    assert _existing_public(roofs, every).tolist() == [True] * 4 + [False]
    assert _existing_public(roofs[["use"]], section).tolist() == [True] * 4 + [False]


def test_years_differ_by_their_deviation_over_their_mean():
    """98, 102, 100, 99, 101: squares 4, 4, 0, 1, 1 over four are 2.5, root 1.58114 of 100;
    twice the yield differs by the same share. Four years, or nothing made, tell nothing."""
    years = np.array([98.0, 102.0, 100.0, 99.0, 101.0])
    assert interannual_frac(years) == pytest.approx(0.0158114, abs=1e-7)
    assert interannual_frac(2 * years) == pytest.approx(0.0158114, abs=1e-7)
    assert np.isnan(interannual_frac(years[:4]))
    assert np.isnan(interannual_frac(0 * years))


def test_a_stack_takes_what_is_computed_and_then_what_is_given():
    """Models that differ by 6 %, either way, and splits by 3 %: over sqrt(12)."""
    default = {c.id: c.sd_frac for c in stack()}
    found = {
        c.id: c for c in stack(interannual=0.02, model_spread=-0.06, decomposition_spread=0.03)
    }
    assert found["interannual"].sd_frac == 0.02
    assert found["dc_model"].sd_frac == pytest.approx(0.06 / 12**0.5)
    assert found["decomposition"].sd_frac == pytest.approx(0.03 / 12**0.5)
    computed = {"interannual", "dc_model", "decomposition", "correction", "sources"}
    assert {k for k, c in found.items() if c.quality == "computed"} == computed
    assert found["correction"].sd_frac == 0.0  # no series was corrected
    assert all(found[k].sd_frac == default[k] for k in set(found) - computed)
    given = {c.id: c for c in stack(model_spread=0.06, given={"dc_model": 0.01})}
    assert (given["dc_model"].sd_frac, given["dc_model"].quality) == (0.01, "user")
    with pytest.raises(ConfigError, match="luck"):
        stack(given={"luck": 0.1})
