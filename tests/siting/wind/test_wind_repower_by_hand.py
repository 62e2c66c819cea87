"""Repowering, its neighbours and its curves against numbers derived by hand."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError, ModelError
from gis.say import LANGS, in_lang
from layers.plan.locality import UNTOLD
from siting.economy.storage import Battery
from siting.wind import yield_map as map_module
from siting.wind.impact.flicker import SunSteps
from siting.wind.impact.people import Dwellings
from siting.wind.layout import region as region_module
from siting.wind.machine.existing import _from_plan, machine_of
from siting.wind.machine.generic import generic_turbine, listed_generic, machine_words
from siting.wind.machine.library import read_turbine_csv
from siting.wind.machine.reference import reference_kw
from siting.wind.repower import candidates, compare, hybrid_station
from siting.wind.repower import neighbours as neighbours_module
from siting.wind.repower.eligibility import rule_limit
from siting.wind.repower.hybrid import best_split, complementarity
from siting.wind.repower.of_arrays import repower
from siting.wind.resource import roughness
from siting.wind.resource.distribution import _counts
from siting.wind.resource.rose import Rose, rose_from_weibull
from siting.wind.resource.shear import fit_profile
from siting.wind.resource.weibull import _solved
from siting.wind.section import ExistingTurbine, RepowerSection, WindSection
from siting.wind.summary import NoHybrid
from siting.wind.wake.gaussian import GaussWake
from siting.wind.yield_map import full_load_hours
from siting.wind.yields import wind_weather
from tests.siting.wind.test_wind_formulas import TIMES, ramp

CRS = 4544
PLAN = SimpleNamespace(
    area=SimpleNamespace(cell_m=10.0), plan=SimpleNamespace(as_of="2026-01-01")
)


# ------------------------------------------------------------------ machines


def test_machine_without_rotor_is_of_the_generic_class():
    """77 m at 1.5 MW: 1,500,000 / (pi 77^2 / 4) = 322 W/m2; half the power, half the area."""
    for rated in (1500.0, 750.0):
        found, warnings = machine_of(
            {"capacity_kw": rated, "rotor_m": None, "hub_m": None, "model": "X"}, {}
        )
        assert found.id == f"generic_{rated:.0f}_322"
        (warned,) = warnings
        assert warned.code == "turbine_generic_curve"
        assert f"通用机型（{rated / 1000:g} MW，322 W/m²）" in in_lang(warned.text, "zh")
        assert "generic_" not in in_lang(warned.text, "en")
    given, _ = machine_of({"capacity_kw": 2000.0, "rotor_m": 100.0, "hub_m": 85.0}, {})
    # 2,000,000 / (pi 100^2 / 4) = 254.6
    assert (given.id, given.hub_m) == ("generic_2000_255", 85.0)
    # 3 MW on 60 m are 1,061 W/m2, on 200 m 95: the generic machines end at 600 and 150
    for rotor, specific in ((60.0, 600), (200.0, 150)):
        edge, _ = machine_of({"capacity_kw": 3000.0, "rotor_m": rotor, "hub_m": None}, {})
        assert edge.id == f"generic_3000_{specific}"


def test_every_listed_generic_machine_has_words_in_place_of_its_id():
    for name in (*listed_generic(), "generic_3000_300_h100"):
        words = machine_words(name)
        _, rated, specific = name.split("_")[:3]
        for lang in LANGS:
            assert "generic_" not in words(lang)
            assert f"{int(rated) / 1000:g} MW" in words(lang)
            assert f"{specific} W/m" in words(lang)
    assert "100 m" in machine_words("generic_3000_300_h100")("zh")


def test_existing_turbines_of_a_plan():
    place = {"id": "A", "lon": 106.0, "lat": 39.0, "hub_m": 70.0, "rotor_m": 77.0}
    rows = WindSection(
        existing=[
            ExistingTurbine(capacity_mw=1.5, on_grid="2010-05-01", **place),
            ExistingTurbine(capacity_mw=2.0, **place),
        ]
    )
    table = _from_plan(rows)
    assert table["on_grid"].fillna("").tolist() == ["2010-05-01", ""]
    assert table["capacity_kw"].tolist() == [1500.0, 2000.0]


def test_bounds_of_generic_machines():
    for name in ("generic_500_150", "generic_16000_600"):
        assert generic_turbine(name).id == name
    for name in (
        "generic_499_300",
        "generic_16001_300",
        "generic_3000_149",
        "generic_3000_601",
    ):
        with pytest.raises(ConfigError):
            generic_turbine(name)


def test_power_begins_where_the_curve_leaves_zero():
    assert ramp().cut_in_m_s == 10.0
    assert ramp().cut_out_m_s == 25.0


def test_the_reference_reads_the_curve_in_kilowatts():
    """8 m/s in standard air: 800 kW of the straight curve, 1,000 kW above 10 m/s."""
    found = reference_kw(ramp(), np.array([8.0, 12.0, 0.0]), np.full(3, 1.225))
    assert found == pytest.approx([800.0, 1000.0, 0.0], abs=1e-6)


def test_a_curve_without_any_thrust_is_read(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text(
        "turbine,wind_speed_m_s,power_kw,ct,rated_kw,rotor_m,hub_m,cut_out_m_s\n"
        "A,12,2000,,2000,100,90,25\nA,3,0,,,,,\n",
        encoding="utf-8",
    )
    found = read_turbine_csv(path)["A"]
    assert found.ct is None
    assert found.speed_m_s.tolist() == [3.0, 12.0, 25.0]


# ------------------------------------------------------------------ resource


def test_hours_are_the_steps_of_rounded_running_sums():
    """10 hours in shares of 0.43, 0.17, 0.40: sums 4.3, 6, 10 round to 4, 6, 10; quarters
    2.5, 5, 7.5, 10 to 2, 5, 8, 10 (halves to the even)."""
    assert _counts(np.array([0.43, 0.17, 0.40]), 10).tolist() == [4, 2, 4]
    assert _counts(np.array([0.25, 0.25, 0.25, 0.25]), 10).tolist() == [2, 3, 3, 2]


def test_the_ratio_of_cube_and_mean_where_the_share_decides_nothing():
    """Rayleigh of A = 8: mean 8 Gamma(1.5) = 7.0898, cube 512 Gamma(2.5) = 680.62."""
    found = _solved(7.089815, 680.6223, 0.0)
    assert found is not None
    assert found.k == pytest.approx(2.0, abs=1e-4)
    assert found.a_m_s == pytest.approx(8.0, abs=1e-3)


def test_bins_of_a_weibull_rose_stand_in_their_middle():
    rose = rose_from_weibull(np.array([0.25, 0.75]), np.array([6.0, 8.0]), np.array([2.0, 2.0]))
    assert rose.speed_m_s[:2].tolist() == [0.25, 0.75]
    assert rose.direction_deg.tolist() == [0.0, 180.0]
    assert rose.direction_frequency == pytest.approx([0.25, 0.75])
    # mean 8 Gamma(1.5) = 7.0898 m/s, bins of 0.5 m/s
    mean = (rose.frequency[1] * rose.speed_m_s).sum() / 0.75
    assert mean == pytest.approx(7.0898, abs=0.01)


def test_roughness_of_known_cells_near_the_turbines_only(monkeypatch):
    """Class 1 is 0.1 m, class 2 is 1 m; what is far or not valid does not count."""
    grid = plan_grid((0, 0, 30_000, 100), CRS, 100)
    codes = np.full(grid.shape, 2)
    codes[0, :5] = [1, 1, 2, 1, 1]
    valid = np.ones(grid.shape, dtype=bool)
    valid[0, 2] = False
    monkeypatch.setattr(roughness, "grid_around", lambda *_: grid)
    monkeypatch.setattr(roughness, "open_raster", lambda *_: (codes, valid))
    monkeypatch.setattr(roughness, "vocabulary_of", lambda *_: "x")
    monkeypatch.setattr(roughness, "roughness_of_classes", lambda _: {1: 0.1, 2: 1.0})
    monkeypatch.setattr(roughness, "_data", lambda: {"radius_m": 450.0})
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=10.0)
    x, y = np.array([50.0]), np.array([50.0])
    section, (warning,) = roughness.with_roughness(PLAN, WindSection(shear="log"), wind, x, y)
    assert section.roughness_length_m == pytest.approx(0.1)
    assert warning.code == "roughness_from_land_cover"
    power, none = roughness.with_roughness(PLAN, WindSection(shear="power"), wind, x, y)
    assert power.roughness_length_m is None
    assert none == []
    own = WindSection(shear="log", roughness_length_m=0.03)
    assert roughness.with_roughness(PLAN, own, wind, x, y) == (own, [])


def test_slow_wind_is_known_and_none_is_not():
    """A mean of 0.9 m/s gives few hours, not an unknown; 0 m/s in an atlas is no wind known."""
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0)
    mean = np.array([0.9, 6.0, 0.0, -1.0])
    section = WindSection(mean_speed_height_m=80.0, density_correction="off")
    found = full_load_hours(ramp(), wind, section, mean)
    # 100 kW for every m/s of a machine of 1,000 kW: 876 h for every m/s
    assert found[:2] == pytest.approx([0.9 * 876.0, 6.0 * 876.0], rel=1e-6)
    assert np.isnan(found[2:]).all()


def test_profiles_begin_at_3_m_s():
    """v2 = v1 2^0.2 at twice the height; hours of 3.0 m/s count, of 2.9 m/s do not."""
    v = np.full(48, 3.0)
    assert fit_profile({40.0: v, 80.0: v * 2**0.2}).value == pytest.approx(0.2)
    with pytest.raises(DataError):
        fit_profile({40.0: v - 0.1, 80.0: v})
    assert fit_profile({40.0: v[:24], 80.0: v[:24] * 2**0.2}).value == pytest.approx(0.2)
    with pytest.raises(DataError):
        fit_profile({40.0: v[:23], 80.0: v[:23]})


def test_wakes_that_cannot_be_are_refused():
    for k, epsilon, rotor, ct in (
        (0.0, 0.3, 80.0, 0.8), (1.0, 0.3, 80.0, 0.8), (0.04, 0.0, 80.0, 0.8),
        (0.04, 2.0, 80.0, 0.8), (0.04, 0.3, 0.0, 0.8), (0.04, 0.3, 80.0, 1.0),
        (0.04, 0.3, 80.0, -0.1),
    ):  # fmt: skip
        with pytest.raises(ModelError):
            GaussWake(k, epsilon, ct, rotor)
    assert GaussWake(0.04, 0.3, 0.0, 80.0).ct == 0.0


def test_the_wind_map_is_of_the_county_and_told_in_hours(monkeypatch):
    """Half of the atlas lies outside the county; without an atlas there is no map."""
    grid = plan_grid((0, 0, 2000, 1000), CRS, 500)
    told = {}

    def write(path, values, own, **given):
        told.update(given, values=values)
        return path

    monkeypatch.setattr(map_module, "county_boundary", lambda _: shapely.box(0, 0, 1000, 1000))
    monkeypatch.setattr(map_module, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(map_module, "plan_grid", lambda *_: grid)
    layers = {"atlas": np.full((2, 4), 6.0)}
    monkeypatch.setattr(map_module, "raster_on", lambda _, layer, __: layers.get(layer))
    monkeypatch.setattr(map_module, "write_cog", write)
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0)
    section = WindSection(
        atlas_layer="atlas", mean_speed_height_m=80.0, density_correction="off"
    )
    _, _, hours = map_module.write_yield_map(PLAN, section, wind, ramp(), None)
    # 876 h for every m/s of this machine
    assert hours[:, :2] == pytest.approx(np.full((2, 2), 6 * 876.0), rel=1e-6)
    assert np.isnan(hours[:, 2:]).all()
    assert told["nodata"] == -1.0
    assert (told["values"][:, 2:] == told["nodata"]).all()
    layers.clear()
    assert map_module.write_yield_map(PLAN, section, wind, ramp(), None) is None
    none = WindSection()
    assert map_module.write_yield_map(PLAN, none, wind, ramp(), None) is None


# ------------------------------------------------------------------ candidates


def test_a_candidate_keeps_the_spacing_of_the_rules(monkeypatch):
    """WD-057 along and WD-058 across the main wind, in rotors of 80 m."""
    land = SimpleNamespace(
        region=region_module.mask_region(np.ones((20, 20), bool), 0.0, 2000.0, 100.0)
    )
    monkeypatch.setattr(candidates, "turbine_land", lambda *_, **__: land)
    rose = Rose(np.array([0.0, 180.0]), np.array([8.0]), np.array([[0.9], [0.1]]))
    found = candidates.lay_out(
        PLAN, ramp(ct=0.8), RepowerSection(steps=1000), rose,
        old_xy=(np.array([500.0]), np.array([500.0])), old_kw=1500.0,
        stay_xy=(np.zeros(0), np.zeros(0)), near=None, turbulence=0.1,
        starts=1, screening=SimpleNamespace(),
    )  # fmt: skip
    assert found.spacing.main_m == pytest.approx(80.0 * rule_limit("WD-057").value)
    assert found.spacing.cross_m == pytest.approx(80.0 * rule_limit("WD-058").value)
    assert len(found.layout.x_m) == 1
    assert found.capacity_mw == 1.0
    # 8,760 h of 800 kW, nothing in its way
    assert found.layout.aep_mwh_yr == pytest.approx(7008.0)


# ------------------------------------------------------------------ neighbours


def neighbours_of(monkeypatch, homes, old_xy, new_xy, asked=None, **limits):
    """Level ground, the sun 30 degrees high in the west at noon of one day."""
    grid = plan_grid((-4000, -4000, 4000, 4000), CRS, 200)
    sun = SunSteps(
        np.array([270.0]), np.array([30.0]), np.array([100]), np.array([4]), np.ones(1),
        np.full(1, np.nan), 0.5,
    )  # fmt: skip

    def near(_plan, _x, _y, reach):
        if asked is not None:
            asked.append(reach)
        x, y = (np.array([h[k] for h in homes], dtype=float) for k in (0, 1))
        names = np.array([str(k) for k in range(len(homes))], dtype=object)
        return Dwellings(shapely.points(x, y), names, x, y, "buildings"), []

    monkeypatch.setattr(neighbours_module, "grid_around", lambda *_: grid)
    monkeypatch.setattr(neighbours_module, "raster_on", lambda *_: None)
    monkeypatch.setattr(neighbours_module, "dwellings", near)
    monkeypatch.setattr(neighbours_module, "_sun", lambda *_: (sun, False))
    old = pd.DataFrame({"x": [old_xy[0]], "y": [old_xy[1]]})
    new = SimpleNamespace(
        layout=SimpleNamespace(x_m=np.array([new_xy[0]]), y_m=np.array([new_xy[1]])),
        machine=ramp(),
    )
    limits = limits or {"noise_limit_night_db": 45.0, "noise_limit_day_db": 55.0}
    section = RepowerSection(**limits)
    found, warnings = neighbours_module.effects(
        PLAN, section, SimpleNamespace(), old, [ramp()], new, None
    )
    assert warnings == []
    return found


def test_homes_before_and_after(monkeypatch):
    """Hub 80 m: the shadow of a sun 30 degrees high falls 80/tan 30 = 138.6 m to the east.

    The home stands there from the old turbine and 2 km from the new one.
    """
    found = neighbours_of(monkeypatch, [(138.6, 0.0)], (0.0, 0.0), (-2000.0, 0.0))
    home = found.layers["wind_dwellings"].iloc[0]
    assert home["flicker_before_h_yr"] == 0.5
    assert home["flicker_after_h_yr"] == 0.0
    assert home["noise_before_db"] > home["noise_after_db"] + 20.0  # 20 lg(2139/160) = 22.5
    assert not home["over_night"]
    rows = {r[0]: r for r in found.rows}
    assert rows["flicker"][-2:] == (0.5, 0.0)
    assert rows["noise"][-2:] == (
        pytest.approx(home["noise_before_db"]), pytest.approx(home["noise_after_db"])
    )  # fmt: skip
    assert found.flicker.max_worst_before_h_yr == 0.5
    assert found.flicker.max_worst_after_h_yr == 0.0
    assert found.noise.max_before_db == pytest.approx(home["noise_before_db"])
    assert found.noise.over_before == int(home["noise_before_db"] > 45.0)
    assert rows["noise_over"][-2:] == (found.noise.over_before, 0.0)
    turned = neighbours_of(monkeypatch, [(138.6, 0.0)], (-2000.0, 0.0), (0.0, 0.0))
    home = turned.layers["wind_dwellings"].iloc[0]
    assert home["flicker_after_min_day"] == 30.0
    assert {r[0]: r for r in turned.rows}["flicker"][-2:] == (0.0, 0.5)
    assert bool(home["over_night"]) is bool(home["noise_after_db"] > 45.0)


def test_homes_are_looked_for_within_3_km(monkeypatch):
    """Noise is drawn and judged within 3 km of every turbine, old and new."""
    asked: list[float] = []
    found = neighbours_of(monkeypatch, [], (0.0, 0.0), (500.0, 0.0), asked)
    assert asked == [3000.0]
    assert "wind_dwellings" not in found.layers
    assert found.noise.dwellings == 0
    assert found.rows == ()


def test_limits_of_the_area_where_the_plan_says_none(monkeypatch):
    """GB 3096 class 1: 55 dB by day, 45 by night; the plan's own limits come first."""
    args = (monkeypatch, [(138.6, 0.0)], (-2000.0, 0.0), (0.0, 0.0), None)
    area = neighbours_of(*args, noise_area="class_1").noise
    assert (area.day_limit_db, area.night_limit_db) == (55.0, 45.0)
    own = neighbours_of(*args, noise_area="class_1", noise_limit_night_db=40.0).noise
    assert (own.day_limit_db, own.night_limit_db) == (55.0, 40.0)


def test_contours_lie_around_the_new_turbine(monkeypatch):
    found = neighbours_of(monkeypatch, [], (-3000.0, 0.0), (500.0, -500.0))
    lines = found.layers["noise_contours"]
    assert set(lines["level_db"]) <= {35.0, 40.0, 45.0, 50.0, 55.0}
    ring = lines[lines["level_db"] == 40.0].geometry.iloc[0]
    assert ring.centroid.x == pytest.approx(500.0, abs=30.0)
    assert ring.centroid.y == pytest.approx(-500.0, abs=30.0)


# ------------------------------------------------------------------ before and after


def compared(section, roads=(), positions=((0.0, 0.0),)):
    """Two machines of 1 MW give way to one in steady wind of 6 m/s."""
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0)
    x, y = (np.array([p[k] for p in positions]) for k in (0, 1))
    both = repower(([0.0, 900.0], [0.0, 0.0], ramp()), (x, y, ramp()), wind)
    machine = ramp()
    new = SimpleNamespace(
        layout=SimpleNamespace(x_m=x, y_m=y), machine=machine, capacity_mw=1.0 * len(x),
        land=SimpleNamespace(refused_ha={}, grid=plan_grid((0, 0, 100, 100), CRS, 50)),
        spacing=SimpleNamespace(main_m=400.0, cross_m=240.0),
    )  # fmt: skip
    old = pd.DataFrame({"x": [0.0, 900.0], "y": 0.0, "on_grid": "2015-01-01"})
    old["capacity_kw"] = 1000.0
    lines = pd.DataFrame(roads, columns=["kind", "length_m"])
    judged = pd.DataFrame({"years_on_grid": [11.0, 11.0]})
    effect = SimpleNamespace(rows=(), noise=None, flicker=None)
    return both, compare.compare(
        PLAN, section, old, [ramp(), ramp()], both, new, effect, lines, judged
    )


def test_the_table_before_and_after(monkeypatch):
    """Roads of 3,000 m in the width of WD-071, cables of 500 m, pads of 400 and 600 m2."""
    monkeypatch.setattr(compare, "locality_of", lambda _: UNTOLD)
    section = RepowerSection(
        old_pad_m2=400.0, new_pad_m2=600.0, grid_factor="national_2022", min_capacity_mw=1.0
    )
    roads = [("road", 1000.0), ("cable", 500.0), ("road", 2000.0)]
    both, (table, facts, _) = compared(section, roads)
    row = table.set_index("item")[["before", "after"]]
    assert row.loc["pad_land"].tolist() == [0.08, 0.06]
    assert row.loc["capacity"].tolist() == [2.0, 1.0]
    levels = (both.before.levels.life, both.after.levels.life)
    for item, share in (("p50", 50), ("p75", 75), ("p90", 90)):
        assert row.loc[item].tolist() == pytest.approx([life[share] for life in levels])
    assert row.loc["hours"].tolist() == pytest.approx([levels[0][50] / 2, levels[1][50]])
    assert row.loc["road", "after"] == 3000.0
    assert row.loc["cable", "after"] == 500.0
    assert row.loc["road_land", "after"] == pytest.approx(0.3 * rule_limit("WD-071").value)
    assert row.loc["pads_reused", "after"] == 1.0
    # 0.5366 kgCO2/kWh, national grid 2022, on the P50
    assert row.loc["co2"].tolist() == pytest.approx(
        [0.5366 * f.levels.life[50] for f in (both.before, both.after)]
    )
    assert facts.recycling.blades == 6
    assert facts.recycling.blade_length_m == 40.0
    assert facts.spacing_m.main == 400.0
    assert facts.cell_m == 50.0
    _, (table, facts, _) = compared(RepowerSection(min_capacity_mw=1.0), (), [(51.0, 0.0)])
    row = table.set_index("item")[["before", "after"]]
    assert row.loc["pad_land"].isna().all()
    assert row.loc["pads_reused", "after"] == 0.0
    assert row.loc[["road", "cable", "road_land"], "after"].tolist() == [0.0, 0.0, 0.0]
    assert facts.before["pad_land"] is None


# ------------------------------------------------------------------ wind and PV


def station(monkeypatch, hours, *, wind=1.0, pv=0.5, **hybrid):
    index = pd.date_range("2021-01-01", periods=hours, freq="h", tz="UTC")
    power = np.full(hours, wind * 10_000.0)
    farm = SimpleNamespace(power_kw=power, series=SimpleNamespace(index=index))
    monkeypatch.setattr(
        hybrid_station, "pv_hourly_frac", lambda _: pd.Series(np.full(hours, pv), index=index)
    )
    section = RepowerSection(hybrid={"storage": False, **hybrid})
    monkeypatch.setattr(hybrid_station, "_tables", lambda *_: {})  # test_station_energy.py
    monkeypatch.setattr(hybrid_station, "price_of_hours", lambda *_: None)
    return hybrid_station.hybrid_station(PLAN, section, farm, 10.0)


def test_a_station_of_wind_and_pv_by_hand(monkeypatch):
    """Two years of 10 MW at 1 and 10 MW PV at 0.5 behind 10 MW: 15 of which 5 are lost."""
    found, tables, warnings = station(monkeypatch, 2 * 8760)
    assert warnings == []
    assert (found.wind_mw, found.pv_mw, found.limit_mw) == (10.0, 10.0, 10.0)
    assert found.produced_mwh_yr == pytest.approx(15 * 8760.0)
    assert found.sent_mwh_yr == pytest.approx(10 * 8760.0)
    assert found.curtailed_mwh_yr == pytest.approx(5 * 8760.0)
    assert found.curtailed_frac == pytest.approx(1 / 3)
    assert found.connection_use_frac == found.connection_use_wind_alone_frac == 1.0
    assert found.battery is None
    assert tables["hybrid_duration"]["both_mw"].tolist() == [15.0] * len(
        tables["hybrid_duration"]
    )
    assert tables["hybrid_split"]["sent_mwh"].max() == pytest.approx(10 * 8760.0)
    wide, _, _ = station(monkeypatch, 8760, export_limit_mw=20.0, pv_mw=4.0, oversize=1.0)
    assert wide.best_wind_share == 1.0
    assert wide.produced_mwh_yr == pytest.approx(12 * 8760.0)
    assert wide.curtailed_frac == 0.0
    assert wide.connection_use_frac == pytest.approx(0.6)
    assert wide.connection_use_wind_alone_frac == pytest.approx(0.5)


def test_less_than_eleven_months_together_are_not_compared(monkeypatch):
    found, tables, (warning,) = station(monkeypatch, 7999)
    assert isinstance(found, NoHybrid)
    assert tables == {}
    assert warning.code == "hybrid_no_overlap"
    assert not isinstance(station(monkeypatch, 8000)[0], NoHybrid)
    monkeypatch.setattr(hybrid_station, "pv_hourly_frac", lambda _: None)
    found, _, (warning,) = hybrid_station.hybrid_station(PLAN, RepowerSection(), None, 10.0)
    assert isinstance(found, NoHybrid)
    assert warning.code == "hybrid_no_pv"


def test_two_days_have_no_daily_correlation():
    t = pd.date_range("2022-01-01", periods=72, freq="h", tz="UTC")
    a, b = np.linspace(0.0, 1.0, 72), np.linspace(0.5, 0.7, 72)
    assert complementarity(t, a, b).daily == pytest.approx(1.0)
    assert np.isnan(complementarity(t[:48], a[:48], b[:48]).daily)


def test_three_months_have_a_correlation_and_two_have_none():
    t = pd.date_range("2022-01-01", "2022-03-31 23:00", freq="h", tz="UTC")
    a = t.month.to_numpy() / 10.0
    two = t.month < 3
    assert complementarity(t, a, a).monthly == pytest.approx(1.0)
    assert np.isnan(complementarity(t[two], a[two], a[two]).monthly)


def test_output_below_nothing_is_refused():
    good, bad = np.full(30, 0.5), np.full(30, -0.1)
    for a, b in ((good, bad), (bad, good)):
        with pytest.raises(DataError):
            complementarity(TIMES[:30], a, b)


def test_a_battery_grows_with_the_station():
    """20 MW behind 10 MW, every other hour: 0.5 MW and MWh a MW hold 10 MWh for the next."""
    on_off = np.tile([1.0, 0.0], 10)
    given = {"oversize": 2.0, "steps": 2, "battery_per_mw": Battery(0.5, 0.5, 1.0)}
    best, _ = best_split(on_off, np.zeros(20), 10.0, **given)
    assert best.wind_mw == 20.0
    assert best.sent_mwh == pytest.approx(20 * 10.0)


def test_contours_of_nothing():
    grid = plan_grid((0, 0, 40, 40), CRS, 10)
    found = neighbours_module.contours(np.zeros(grid.shape), grid, (20.0,))
    assert isinstance(found, gpd.GeoDataFrame)
    assert found.empty
