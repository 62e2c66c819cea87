"""The wind and repowering steps on the tiny sample county and on bad plans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gis.errors import ConfigError, DataError, ModelError
from layers.plain_json import to_json
from layers.plan.model import Plan
from layers.plan.read import read_plan
from siting.pv.study.section import PvSection
from siting.screen.section import ScreeningSection
from siting.wind.repower.step_repower import repower_step, with_options
from siting.wind.section import ExistingTurbine, RepowerSection, WindSection
from siting.wind.step_wind import wind_step

SECTIONS = {
    "wind": WindSection,
    "repower": RepowerSection,
    "screening": ScreeningSection,
    "pv": PvSection,
}


def _quiet(*_: object) -> None:
    return None


def _weather(path: Path, hours: int = 8760) -> None:
    rng = np.random.default_rng(3)
    t = pd.date_range("2022-01-01 00:30", periods=hours, freq="h")
    pd.DataFrame(
        {
            "time": t.strftime("%Y-%m-%d %H:%M"),
            "wind_speed_m_s": rng.weibull(2, hours) * 5.5,
            "wind_direction_deg": rng.uniform(0, 360, hours),
            "temp_air_c": 10 + 12 * np.sin(np.arange(hours) / 8760 * 2 * np.pi - 1.6),
            "pressure_pa": 88_700.0,
        }
    ).to_csv(path, index=False)


HEAD = """
[plan]
id = "t"
title = { zh = "试", en = "t" }
as_of = 2026-01-01
[area]
boundary = { adcode = "640221" }
"""
WEATHER = """
[wind.weather]
path = "w.csv"
time_columns = ["time"]
tz = "UTC+08:00"
label = "mid"
lon = 106.87
lat = 39.02
altitude_m = 1150
wind_height_m = 10
"""


def _plan(folder: Path, body: str, rows: list[str] | None = None) -> Plan:
    _weather(folder / "w.csv")
    if rows is not None:
        text = "turbine_id,model,capacity_kw,hub_m,rotor_m,on_grid,lon,lat\n"
        (folder / "t.csv").write_text(text + "\n".join(rows), encoding="utf-8")
    path = folder / "plan.toml"
    path.write_text(HEAD + body + WEATHER, encoding="utf-8")
    return read_plan(path, SECTIONS, frozenset())


ROWS = [f"T{i},,1500,70,82,2015-06-01,{106.86 + 0.008 * i},39.01" for i in range(3)]


def test_thin_path(tmp_path):
    """Three old machines: yields near one another, engine and windpowerlib agree to 0.1 %."""
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    found = wind_step(plan, tmp_path, _quiet)
    wind = to_json(found.summary)["wind"]
    assert wind["turbines"] == 3
    assert wind["capacity_mw"] == 4.5
    assert abs(wind["reference"]["difference_frac"]) < 1e-3
    assert wind["p90_mwh_yr"] < wind["p75_mwh_yr"] < wind["p50_mwh_yr"] < wind["gross_mwh_yr"]
    table = found.tables["wind_turbines"]
    assert table["p50_mwh_yr"].sum() == pytest.approx(wind["p50_mwh_yr"], rel=1e-9)
    assert (table["curve_kind"] == "generic").all()
    assert len(found.layers["turbines_existing"]) == 3
    losses = found.tables["wind_losses"]
    closed = losses["left_mwh_yr"].iloc[0] - losses["loss_mwh_yr"].sum()
    assert closed == pytest.approx(losses["left_mwh_yr"].iloc[-1], rel=1e-9)
    codes = {w.code for w in found.warnings}
    assert {"turbine_generic_curve", "wind_shear_assumed"} <= codes


PLANT = """
[[plants]]
name = { zh = "甲", en = "A" }
technology = "wind"
capacity_mw = 49.5
lon = 106.876
lat = 39.0212
source = "register"
"""


def test_a_plant_without_its_turbines_is_one_mast_and_says_its_needs(tmp_path):
    """33 machines of 1.5 MW alone, without wakes: hours of one of them at that place."""
    plan = _plan(tmp_path, PLANT)
    found = wind_step(plan, tmp_path, _quiet)
    plant = to_json(found.summary)["wind"]["plants"][0]
    assert plant["basis"] == "one_mast"
    assert {"wind.existing_csv", "rotor_m"} <= set(plant["missing"])
    one = f"T,nrel_ge_1500_77,1500,80,77,2015-06-01,{106.876},{39.0212}"
    alone = wind_step(
        _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', [one]), tmp_path, _quiet
    )
    hours = to_json(alone.summary)["wind"]["full_load_hours_h"]
    assert plant["full_load_hours_h"] == pytest.approx(hours, rel=1e-6)
    assert plant["p50_mwh_yr"] == pytest.approx(hours * 49.5, rel=1e-6)
    told = next(w for w in found.warnings if w.code == "plant_one_mast")
    assert "wind.existing_csv" in told.text("en")


def test_density_correction_is_on_by_default(tmp_path):
    """At 887 hPa the uncorrected energy is some 7 % higher."""
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS[:1])
    on = to_json(wind_step(plan, tmp_path, _quiet).summary)["wind"]["gross_mwh_yr"]
    body = '[wind]\nexisting_csv = "t.csv"\ndensity_correction = "off"\n'
    off = wind_step(_plan(tmp_path, body, ROWS[:1]), tmp_path, _quiet)
    assert to_json(off.summary)["wind"]["gross_mwh_yr"] / on == pytest.approx(1.08, abs=0.03)


def test_without_turbines_or_weather_nothing_is_estimated(tmp_path):
    empty = wind_step(_plan(tmp_path, "[wind]\n"), tmp_path, _quiet)
    assert to_json(empty.summary)["wind"] == {
        "turbines": 0, "estimated": False, "map": None, "plants": [], "sites": [],
        "weather": {"source": "w.csv", "speed_scale": 1.0, "synthetic": False},
    }  # fmt: skip
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    bare = plan.model_copy(
        update={"sections": {**plan.sections, "wind": WindSection(existing_csv="t.csv")}}
    )
    found = wind_step(bare, tmp_path, _quiet)
    assert to_json(found.summary)["wind"]["estimated"] is False
    assert found.warnings[-1].code == "no_weather"
    assert (
        to_json(repower_step(bare, tmp_path, _quiet).summary)["repower"]["estimated"] is False
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([ROWS[0], ROWS[0]], "duplicated turbine"),
        ([ROWS[0], ROWS[0].replace("T0", "T9")], "stand on one another"),
        (["T0,,1500,30,82,2015-06-01,106.86,39.01"], "hub lower than the rotor radius"),
        (["T0,,1.5,70,82,2015-06-01,106.86,39.01"], "another unit"),
        (["T0,,,70,82,2015-06-01,106.86,39.01"], "no rated power"),
        (["T0,,1500,70,82,2015-06-01,39.01,106.86"], "far outside|latitude|inf|position"),
        (["T0,,1500,70,82,2015-06-01,116.86,39.01"], "far outside the county"),
    ],
)
def test_bad_turbine_lists(tmp_path, rows, words):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', rows)
    with pytest.raises(DataError, match=words) as caught:
        wind_step(plan, tmp_path, _quiet)
    assert caught.value.exit_code == 3


def test_missing_columns_and_files(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n')
    with pytest.raises(DataError, match=r"t\.csv"):
        wind_step(plan, tmp_path, _quiet)
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns are missing"):
        wind_step(plan, tmp_path, _quiet)


def test_gbk_list_and_chinese_headers(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n')
    head = "机位号,机型,单机容量,轮毂高度,叶轮直径,并网日期,lon,lat"
    text = f"{head}\nF1,金风,1500,70,82,2012-01-01,106.86,39.01\n"
    (tmp_path / "t.csv").write_bytes(text.encode("gb18030"))
    found = wind_step(plan, tmp_path, _quiet)
    assert found.tables["wind_turbines"]["model"].tolist() == ["金风"]
    assert found.tables["wind_turbines"]["on_grid"].tolist() == ["2012-01-01"]


def test_plan_table_and_section_faults(tmp_path):
    one = ExistingTurbine(
        id="A", lon=106.86, lat=39.01, turbine="V90/2000", capacity_mw=2.0, hub_m=80,
        rotor_m=90, on_grid=date(2010, 1, 1),
    )  # fmt: skip
    plan = _plan(tmp_path, "[wind]\n")
    section = plan.section(WindSection).model_copy(update={"existing": (one,)})
    found = wind_step(
        plan.model_copy(update={"sections": {**plan.sections, "wind": section}}),
        tmp_path,
        _quiet,
    )
    assert found.tables["wind_turbines"]["curve"].tolist() == ["wpl/V90/2000"]
    with pytest.raises(ConfigError) as caught:
        _plan(tmp_path, '[wind]\nshear = "cubic"\nmagic = 1\n[repower]\nmode = "all"\n')
    assert len(caught.value.faults) == 3


def test_a_wrong_time_zone_is_caught(tmp_path):
    """A series with irradiance whose clock says UTC but is Beijing time: hours off the sun."""
    import pvlib

    t = pd.date_range("2022-01-01 00:30", periods=8760, freq="h")
    local = t.tz_localize("Etc/GMT-8")
    zenith = pvlib.solarposition.get_solarposition(local, 39.0, 106.9)["zenith"].to_numpy()
    rng = np.random.default_rng(0)
    pd.DataFrame(
        {
            "time": t.strftime("%Y-%m-%d %H:%M"),
            "ghi_w_m2": np.clip(1000 * np.cos(np.deg2rad(zenith)), 0, None),
            "wind_speed_m_s": rng.weibull(2, 8760) * 6,
            "temp_air_c": 8.0,
        }
    ).to_csv(tmp_path / "w.csv", index=False)
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    pd.DataFrame(
        {
            "time": t.strftime("%Y-%m-%d %H:%M"),
            "ghi_w_m2": np.clip(1000 * np.cos(np.deg2rad(zenith)), 0, None),
            "wind_speed_m_s": rng.weibull(2, 8760) * 6,
            "temp_air_c": 8.0,
        }
    ).to_csv(tmp_path / "w.csv", index=False)
    right = plan.section(WindSection).weather
    wrong = plan.section(WindSection).model_copy(
        update={"weather": right.model_copy(update={"tz": "UTC"})}
    )
    assert to_json(wind_step(plan, tmp_path, _quiet).summary)["wind"]["estimated"]
    with pytest.raises(DataError, match="clock of the weather"):
        wind_step(
            plan.model_copy(update={"sections": {**plan.sections, "wind": wrong}}),
            tmp_path,
            _quiet,
        )


def test_options_of_the_command_line(tmp_path):
    plan = _plan(tmp_path, "[wind]\n")
    changed = with_options(plan, turbine=("generic_4000_225",), mode="max", seed=7)
    section = changed.section(RepowerSection)
    assert (section.turbine, section.mode, section.seed) == (("generic_4000_225",), "max", 7)
    assert plan.section(RepowerSection).mode == "keep_capacity"
    with pytest.raises(ConfigError, match="no such turbine"):
        with_options(plan, turbine=("Nonsense 9",))


# ------------------------------------------------------------------ the sample county


@pytest.fixture(scope="module")
def sample(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    from geoplan.plan_file import load_plan

    text = (root / "plans" / "sample.toml").read_text(encoding="utf-8")
    text = text.replace('sample = "demo"', 'sample = "tiny"')
    text = text.replace("cell_m = 30", "cell_m = 100")
    path = tmp_path_factory.mktemp("sample") / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return load_plan(path)


def _with(plan: Plan, **changes: object) -> Plan:
    section = plan.section(RepowerSection).model_copy(update=changes)
    return plan.model_copy(update={"sections": {**plan.sections, "repower": section}})


@pytest.mark.slow
def test_repowering_the_sample_farm(sample, tmp_path):
    """33 x 1.5 MW of 2015 are judged, replaced by at least 3 MW, and nothing is made up."""
    plan = _with(
        sample, turbine=("generic_3300_225",), starts=2, steps=20_000, rasters=True,
    )  # fmt: skip
    found = repower_step(plan, tmp_path, _quiet)
    out = to_json(found.summary)["repower"]
    assert out["of"] == 33
    assert out["encouraged"] == 0  # 10.8 years on grid and exactly 1.5 MW
    assert out["before"]["capacity"] == 49.5
    assert out["after"]["turbines"] == 15
    assert out["after"]["p50"] > out["before"]["p50"]
    assert out["noise"]["over_after"] == 0
    assert out["co2"]["after_tco2_yr"] is None
    assert out["money"]["lcoe_cny_mwh"] is None
    assert out["recycling"]["blades"] == 99
    assert out["recycling"]["blade_t"] is None
    new = found.layers["turbines_new"]
    assert set(new["land_state"]) <= {"left", "conditional"}
    xy = np.column_stack([new.geometry.x, new.geometry.y])
    gap = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + np.eye(15) * 1e9
    assert gap.min() >= 3 * new["rotor_m"].iloc[0] - 1e-6
    seen = {"turbine_visibility_before", "turbine_visibility_after"}
    assert {"flicker", *seen} == set(found.rasters)
    assert all(p.exists() for p in found.rasters.values())
    assert any(w.code == "park_wind_law" and "108" in w.text("zh") for w in found.warnings)
    again = repower_step(plan, tmp_path, _quiet)
    assert (again.layers["turbines_new"].geometry.x == new.geometry.x).all()


@pytest.mark.slow
def test_stricter_setback_never_adds_land(sample):
    from layers.open.county import plan_crs
    from siting.wind.impact.people import dwellings
    from siting.wind.layout.land import screening_for, turbine_land
    from siting.wind.machine.existing import existing_turbines
    from siting.wind.repower.candidates import candidate_turbines

    frame, _ = existing_turbines(sample, sample.section(WindSection), plan_crs(sample))
    x, y = frame["x"].to_numpy(float), frame["y"].to_numpy(float)
    section = sample.section(RepowerSection)
    machine = candidate_turbines(section, {})[0]
    screening = screening_for(sample, machine)
    near, _ = dwellings(sample, x, y, 8000.0)
    before = None
    for setback in (0.0, 200.0, 400.0, 700.0):
        land = turbine_land(
            sample, screening, x, y, section, dwellings=near.geometry, setback_m=setback,
            gross_mwh_yr=9000.0,
        )  # fmt: skip
        if before is not None:
            assert not (land.allowed & ~before).any()
        before = land.allowed


@pytest.mark.slow
def test_small_or_oversize_machines_are_refused(sample, tmp_path):
    with pytest.raises(ConfigError, match="smaller than the plan asks"):
        repower_step(_with(sample, turbine=("generic_2000_225",)), tmp_path, _quiet)


# ------------------------------------------------------------------ other inputs


def _changed(plan: Plan, **changes: object) -> Plan:
    section = plan.section(WindSection).model_copy(update=changes)
    return plan.model_copy(update={"sections": {**plan.sections, "wind": section}})


def test_weibull_sectors_in_place_of_a_series(tmp_path):
    """One sector A = 8, k = 2 at the hub height of 70 m: mean 8 Gamma(1.5) = 7.09 m/s."""
    from siting.wind.section import WeibullSector

    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    sector = WeibullSector(direction_deg=0, frequency=1.0, a_m_s=8.0, k=2.0)
    found = wind_step(
        _changed(plan, weather=None, weibull=(sector,), distribution_height_m=70.0),
        tmp_path,
        _quiet,
    )
    wind = to_json(found.summary)["wind"]
    assert wind["mean_speed_m_s"] == pytest.approx(8 * np.sqrt(np.pi) / 2, rel=1e-3)
    # all wind from the north, turbines east-west of one another: no wake
    assert wind["wake_loss_frac"] == pytest.approx(0.0, abs=1e-3)
    assert any(w.code == "air_density_from_altitude" for w in found.warnings)
    half = WeibullSector(direction_deg=0, frequency=0.8, a_m_s=8.0, k=2.0)
    with pytest.raises(DataError, match="not rescaled"):
        wind_step(_changed(plan, weather=None, weibull=(half,)), tmp_path, _quiet)


def test_a_rose_in_place_of_a_series(tmp_path):
    """Half of the hours at 10 m/s, half calm: mean 5 m/s at the hub."""
    (tmp_path / "rose.csv").write_text(
        "direction_deg,speed_m_s,frequency\n0,0.5,0.5\n180,9.5,0.5\n", encoding="utf-8"
    )
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    one = _changed(plan, weather=None, rose_csv="rose.csv", distribution_height_m=70.0)
    found = wind_step(one, tmp_path, _quiet)
    assert to_json(found.summary)["wind"]["mean_speed_m_s"] == pytest.approx(5.0, rel=1e-6)
    (tmp_path / "rose.csv").write_text(
        "direction_deg,speed_m_s,frequency\n180,9.5,0.886\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match="not rescaled"):
        wind_step(one, tmp_path, _quiet)


def test_impossible_hours_are_told_and_left_out(tmp_path):
    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    table = pd.read_csv(tmp_path / "w.csv")
    table.loc[10:19, "wind_speed_m_s"] = -9.0
    table.loc[30:34, "wind_speed_m_s"] = np.nan
    table.to_csv(tmp_path / "w.csv", index=False)
    found = wind_step(plan, tmp_path, _quiet)
    text = {w.code: w.text("en") for w in found.warnings}
    assert "wind_speed_m_s: 10 hours outside 0..60" in text["weather_limits"]
    assert "wind_speed_missing" in text


def test_roughness_from_land_cover(sample, tmp_path):
    """Log law, one height, no roughness: the land cover's, said in a warning."""
    from layers.open.county import county_boundary
    from layers.open.plan_file import plan_file
    from layers.weather import read_weather
    from siting.wind.resource.roughness import with_roughness

    section = sample.section(WindSection).model_copy(update={"shear": "log"})
    # the sample is made when this test is the first to ask for it
    weather = read_weather(plan_file(sample, "weather.csv"), section.weather)
    one = weather.with_hourly(weather.hourly.drop(columns=["wind_speed_100m_m_s"]))
    centre = county_boundary(sample).representative_point()
    x, y = np.array([centre.x]), np.array([centre.y])
    changed, warnings = with_roughness(sample, section, one, x, y)
    assert 2e-4 <= changed.roughness_length_m <= 0.8
    assert warnings[0].code == "roughness_from_land_cover"
    same, none = with_roughness(sample, section, weather, x, y)
    assert same is section
    assert none == []


@pytest.mark.slow
def test_only_the_named_farm_is_replaced(sample, tmp_path):
    """Half of the turbines belong to another farm: they stay, and the rest keep distance."""
    from layers.open.county import plan_crs
    from siting.wind.machine.existing import existing_turbines

    frame, _ = existing_turbines(sample, sample.section(WindSection), plan_crs(sample))
    table = pd.DataFrame(frame.drop(columns=["geometry", "x", "y"]))
    table["farm"] = ["A" if i < 17 else "B" for i in range(len(table))]
    path = tmp_path / "farms.csv"
    table.to_csv(path, index=False)
    plan = _changed(sample, existing_csv=str(path))
    plan = _with(
        plan, farms=("A",), turbine=("generic_4000_250",), starts=1, steps=5000, rasters=False
    )
    found = repower_step(plan, tmp_path, _quiet)
    out = to_json(found.summary)["repower"]
    assert out["of"] == 17
    assert out["before"]["capacity"] == 25.5
    assert out["after"]["turbines"] == 6
    new = found.layers["turbines_new"]
    stay = frame[table["farm"] == "B"]
    for p in new.geometry:
        assert stay.geometry.distance(p).min() >= 3 * new["rotor_m"].iloc[0] - 1e-6
    with pytest.raises(ConfigError, match="no turbine belongs"):
        repower_step(_with(plan, farms=("Z",)), tmp_path, _quiet)


def test_full_load_hours_follow_wind_and_density(tmp_path):
    """More wind, more hours; unknown wind stays unknown; thin air gives less."""
    from layers.weather import read_weather
    from siting.wind.machine.library import turbine
    from siting.wind.yield_map import full_load_hours

    plan = _plan(tmp_path, "[wind]\n")
    section = plan.section(WindSection)
    weather = read_weather(tmp_path / "w.csv", section.weather)
    mean = np.array([[5.0, 6.0], [7.0, np.nan]])
    found = full_load_hours(turbine("generic_5000_225"), weather, section, mean)
    assert found[0, 0] < found[0, 1] < found[1, 0] < 8760
    assert np.isnan(found[1, 1])
    high = full_load_hours(
        turbine("generic_5000_225"), weather, section, mean, np.full((2, 2), 3000.0)
    )
    assert (high[:1] < found[:1]).all()


def test_half_a_year_is_no_year(tmp_path):
    """April to September alone: 17.7 % below the year in the case that was found."""
    from gis.errors import DataError

    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    table = pd.read_csv(tmp_path / "w.csv")
    month = pd.to_datetime(table.iloc[:, 0]).dt.month
    table[month.between(4, 9)].to_csv(tmp_path / "w.csv", index=False)
    with pytest.raises(DataError, match="whole year"):
        wind_step(plan, tmp_path, _quiet)


def test_missing_days_of_january_keep_their_weight(tmp_path):
    """A year of 4 m/s with a January of 8: 18 lost days of January change nothing."""
    from siting.wind.inputs import plan_weather

    plan = _plan(tmp_path, '[wind]\nexisting_csv = "t.csv"\n', ROWS)
    table = pd.read_csv(tmp_path / "w.csv")
    month = pd.to_datetime(table.iloc[:, 0]).dt.month
    speeds = [c for c in table if c.startswith("wind_speed")]
    table[speeds] = np.where((month == 1).to_numpy()[:, None], 8.0, 4.0)
    table.loc[:, speeds] += 0.5 * np.where(np.arange(len(table)) % 2, 1, -1)[:, None]
    table.to_csv(tmp_path / "w.csv", index=False)
    section = plan.section(WindSection)
    want = plan_weather(plan, section).hourly[speeds].mean()
    table.iloc[48 : 48 + 18 * 24, [table.columns.get_loc(c) for c in speeds]] = np.nan
    table.to_csv(tmp_path / "w.csv", index=False)
    got = plan_weather(plan, section)
    assert got.hourly[speeds].mean().to_numpy() == pytest.approx(want.to_numpy(), rel=1e-3)
    assert "wind_gaps_by_month" in {w.code for w in got.warnings}


def test_columns_named_twice_in_a_list_of_turbines_are_one(tmp_path):
    """A list that has both the catalogue's name and ours keeps ours."""
    from siting.wind.machine.existing import _from_csv

    text = "turbine_id,机位号,单机容量,lon,lat\nF01,9,1500,106.6,38.7\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    table = _from_csv(tmp_path / "t.csv")
    assert table["turbine_id"].tolist() == ["F01"]
    assert table["capacity_kw"].tolist() == [1500]


def test_case_of_turbines_with_chinese_column_names(shared):
    from geoplan.plan_file import load_plan
    from layers.open.county import plan_crs
    from siting.wind.machine.existing import existing_turbines

    plan = load_plan(shared / "cases" / "b34" / "wind_cn" / "plan.toml")
    frame, _ = existing_turbines(plan, plan.section(WindSection), plan_crs(plan))
    assert frame["turbine_id"].tolist() == ["F01", "F02", "F03", "F04", "F05"]
    assert frame["hub_m"].tolist() == [70.0] * 5
    assert frame["rotor_m"].tolist() == [82.0] * 5


@pytest.mark.slow
def test_what_nobody_asked_for_holds_up_no_run(tmp_path):
    """One 1.5 MW turbine is less than one new machine of 3 MW: without ``[repower]`` it is
    told and the other steps go on; with it, it is an error."""
    body = '[wind]\nexisting_csv = "t.csv"\n'
    found = repower_step(_plan(tmp_path, body, ROWS[:1]), tmp_path, _quiet)
    assert "repower_none_fits" in [w.code for w in found.warnings]
    assert to_json(found.summary)["repower"]["estimated"] is False
    asked = _plan(tmp_path, body + "[repower]\nmax_turbines = 5\n", ROWS[:1])
    with pytest.raises(ModelError):
        repower_step(asked, tmp_path, _quiet)
