"""Wind from arrays: units found out, energies by hand."""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest

import geoplan
from gis.errors import DataError
from siting.wind.farm import farm_yield
from siting.wind.machine.library import turbine
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.of_arrays import repower
from siting.wind.section import WindSection
from siting.wind.yields import wind_weather, wind_yield

TIMES = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")


def steps() -> Turbine:
    """Power is 100 kW for every m/s up to 10 m/s, then 1,000 kW to 25 m/s; no thrust."""
    v = np.array([0.0, 10.0, 25.0])
    return Turbine(
        id="steps", rated_kw=1000.0, rotor_m=80.0, hub_m=80.0, hubs_m=(80.0,), speed_m_s=v,
        power_kw=np.array([0.0, 1000.0, 1000.0]), ct=None, ct_kind="none", kind="generic",
        manufacturer="", source="test", licence="",
    )  # fmt: skip


def test_energy_by_hand_at_the_hub():
    """Half the year 4 m/s, half 8 m/s; 15 C, 101,325 Pa at an 80 m hub.

    Hydrostatic with 6.5 K/km over 80 m and 78 m of cooling above the thermometer:
    p = 101325 (1 - 0.0065 80/288.15)^5.25588 = 100367 Pa, T = 288.15 - 0.0065 78 =
    287.643 K, rho = 100367/(287.05287 287.643) = 1.21555 kg/m3; speeds shift by
    (1.21555/1.225)^(1/3) = 0.99742. Mean power 100 kW/(m/s) times 6 m/s times 0.99742 =
    598.45 kW, 5,242.5 MWh.
    """
    v = np.tile([4.0, 8.0], 4380)
    found = wind_yield(
        TIMES, v, steps(), height_m=80.0,
        temp_air_c=np.full(8760, 15.0), pressure_pa=np.full(8760, 101_325.0),
    )  # fmt: skip
    assert found.series.rho_kg_m3[0] == pytest.approx(1.21555, abs=2e-5)
    assert found.gross_mwh_yr == pytest.approx(5242.5, rel=3e-4)
    assert found.full_load_hours_h == pytest.approx(5242.5, rel=3e-4)
    assert found.capacity_factor_frac == pytest.approx(5242.5 / 8760, rel=3e-4)
    assert found.coverage_frac == 1.0
    assert found.warnings == ()


def test_missing_hours_are_scaled_not_zero():
    v = np.tile([4.0, 8.0], 4380)
    whole = wind_yield(TIMES, v, steps(), height_m=80.0)
    holes = v.copy()
    holes[:4380] = np.nan
    part = wind_yield(TIMES, holes, steps(), height_m=80.0)
    assert part.gross_mwh_yr == pytest.approx(whole.gross_mwh_yr, rel=1e-6)
    assert part.coverage_frac == 0.5
    assert "wind_speed_missing" in {w.code for w in part.warnings}


def test_shear_lifts_the_wind_to_the_hub():
    """0.2 from 40 m to 80 m: 2^0.2 = 1.1487."""
    low = wind_yield(TIMES, np.full(8760, 5.0), steps(), height_m=40.0, shear_exponent=0.2)
    assert low.mean_speed_m_s == pytest.approx(5.0 * 1.148698, rel=1e-6)
    assert low.turbine.hub_m == 80.0
    tall = wind_yield(
        TIMES, np.full(8760, 5.0), steps(), height_m=40.0, hub_m=160.0, shear_exponent=0.2
    )
    assert tall.mean_speed_m_s == pytest.approx(5.0 * 1.148698**2, rel=1e-6)


def test_shear_assumed_is_said():
    low = wind_yield(TIMES, np.full(8760, 5.0), steps(), height_m=40.0)
    assert "wind_shear_assumed" in {w.code for w in low.warnings}


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("wind_speed_m_s", np.full(8760, 90.0), "divide km/h by 3.6"),
        ("wind_speed_m_s", np.full(8760, 27.0), "divide km/h by 3.6"),
        ("wind_speed_m_s", np.full(8760, -1.0), "NaN for a missing hour"),
        ("wind_speed_m_s", np.full(8760, np.nan), "no value at all"),
        ("wind_speed_m_s", np.full(8760, np.inf), "divide km/h"),
        ("wind_speed_m_s", np.full(24, 5.0), "8760 values"),
        ("wind_direction_deg", np.full(8760, 361.0), "clockwise from north"),
        ("wind_direction_deg", np.full(8760, -90.0), "clockwise from north"),
        ("temp_air_c", np.full(8760, 288.0), "take 273.15 off"),
        ("pressure_pa", np.full(8760, 1013.0), "multiply hPa by 100"),
        ("relative_humidity_frac", np.full(8760, 55.0), "divide per cent by 100"),
        ("height_m", 0.0, "1 to 300 m"),
        ("height_m", 1000.0, "1 to 300 m"),
        ("altitude_m", 20_000.0, "-430 to 9000 m"),
        ("times", TIMES.tz_localize(None), "no zone"),
        ("times", TIMES[::-1], "repeat or run backwards"),
        ("times", pd.date_range("2023-01-01", periods=8760, freq="10min", tz="UTC"), "hour"),
    ],
)
def test_what_cannot_be_is_refused(name, values, words):
    given = {"times": TIMES, "wind_speed_m_s": np.full(8760, 6.0), "height_m": 80.0}
    with pytest.raises(DataError, match=words) as err:
        wind_weather(**{**given, name: values})
    assert name in str(err.value)


def test_all_faults_at_once():
    with pytest.raises(DataError) as err:
        wind_weather(TIMES, np.full(8760, 80.0), height_m=-1.0, temp_air_c=np.full(8760, 290.0))
    assert len(err.value.faults) == 3


def test_hub_height_bounds():
    with pytest.raises(DataError, match="10 to 300 m"):
        wind_yield(TIMES, np.full(8760, 6.0), steps(), height_m=80.0, hub_m=8000.0)


def test_a_farm_in_degrees_or_of_other_length_is_refused():
    wind = wind_weather(TIMES, np.full(8760, 8.0), height_m=100.0)
    machine = turbine("generic_3000_225")
    with pytest.raises(DataError, match="look like degrees"):
        farm_yield([106.50, 106.51], [38.80, 38.81], machine, wind)
    with pytest.raises(DataError, match="one place for each turbine"):
        farm_yield([0.0, 900.0], [0.0, 0.0], [machine], wind)
    with pytest.raises(DataError, match="without a place"):
        farm_yield([0.0, np.nan], [0.0, 0.0], machine, wind)
    with pytest.raises(DataError, match="ground_m"):
        farm_yield([0.0, 900.0], [0.0, 0.0], machine, wind, ground_m=np.zeros(3))


def test_a_small_farm_in_local_metres_is_no_degrees():
    wind = wind_weather(TIMES, np.full(8760, 8.0), height_m=100.0)
    found = farm_yield([0.0, 80.0], [0.0, 60.0], steps(), wind)
    assert len(found.net_mwh_yr) == 2


def test_repowering_by_hand():
    """Two machines of 1 MW give way to one of 1 MW: half the energy, no thrust, no wakes."""
    wind = wind_weather(TIMES, np.full(8760, 6.0), height_m=80.0)
    found = repower(([0.0, 900.0], [0.0, 0.0], steps()), ([450.0], [0.0], steps()), wind)
    assert (found.before_mw, found.after_mw) == (2.0, 1.0)
    assert found.gain_frac == pytest.approx(-0.5, abs=1e-9)
    assert found.gain_mwh_yr == pytest.approx(-found.after.levels.life[50])
    table = found.table().set_index("item")
    assert table.loc["turbines", ["before", "after"]].tolist() == [2, 1]
    assert table.loc["hours", "before"] == pytest.approx(table.loc["hours", "after"])
    assert table.loc["unit", ["before", "after"]].tolist() == [1.0, 1.0]
    with pytest.raises(DataError, match="three values"):
        repower(([0.0], [0.0]), ([0.0], [0.0], steps()), wind)


def test_the_front_door_offers_them():
    assert inspect.unwrap(geoplan.wind_yield) is wind_yield
    assert inspect.unwrap(geoplan.farm_yield) is farm_yield
    assert inspect.unwrap(geoplan.repower) is repower


def test_speeds_of_the_plan_section_are_met():
    """Scaled to 7 m/s at 100 m: the farm's first series has that mean at a 100 m hub."""
    wind = wind_weather(TIMES, np.tile([4.0, 8.0], 4380), height_m=100.0)
    section = WindSection(mean_speed_m_s=7.0, mean_speed_height_m=100.0, shear_exponent=0.1)
    found = farm_yield([0.0], [0.0], turbine("generic_3000_225_h100"), wind, section)
    assert found.series.mean_speed_m_s == pytest.approx(7.0, rel=1e-9)
    assert found.series.speed_scale == pytest.approx(7.0 / 6.0, rel=1e-9)
